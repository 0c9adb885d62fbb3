"""Strategies by factor: lines with intervals, who wins and by how much, and interactions."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator

from clsim.analysis.compare.factors import Factor
from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREY,
    INK,
    LOOKS,
    MORE_LOOKS,
    OTHER,
    SKY,
    VERMILLION,
    Look,
    characters,
    in_style,
    legend_above,
    name_width,
    new_figure,
    thousands,
    tint,
    wrapped,
)
from clsim.rounding import amount

LINES = (*LOOKS, *MORE_LOOKS)
"""How groups are drawn, in the order of a figure's rows."""

BEHIND = LinearSegmentedColormap.from_list("behind", ["#ffffff", SKY, BLUE])
"""From the best on: the darker, the further behind."""


def by_factor(
    rows: pd.DataFrame,
    factor: Factor,
    looks: Mapping[str, Look],
    label: str,
    spread: str,
    width: float = FULL,
) -> Figure:
    """A value of strategies at the levels of a factor, as lines with intervals.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `clsim.analysis.by_level` gives it.
    factor : Factor
        Levels that are sizes stand where they measure; others side by side.
    looks : mapping of str to Look
        How strategies are drawn.
    label : str
        Of the value, with its unit.
    spread : str
        What whiskers are; empty where there are none.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Levels to the right, the value upwards.

    Examples
    --------
    Weekly training costs more the later labels come.

    >>> factor = Factor("delay", ("1d", "7d"), {}, sizes=(1.0, 7.0), unit="days")
    >>> rows = pd.DataFrame({"level": ["1d", "7d"] * 2, "strategy": ["weekly"] * 2 + ["never"] * 2,
    ...                      "mean": [5.0, 10, 8, 8], "low": math.nan, "high": math.nan})
    >>> looks = {"weekly": LOOKS[0], "never": LOOKS[1]}
    >>> figure = by_factor(rows, factor, looks, "total cost (EUR)", "")
    >>> [line.get_ydata().tolist() for line in figure.axes[0].lines]
    [[5.0, 10.0], [8.0, 8.0]]
    """
    names = list(dict.fromkeys(rows["strategy"]))
    at, ticks = _places(factor)
    step = (max(at) - min(at)) / max(len(at) - 1, 1) * 0.015
    with in_style():
        figure = new_figure(width, 2.6 if width > COLUMN else 2.3)
        axes = figure.subplots()
        handles = []
        for number, name in enumerate(names):
            look = looks.get(name, OTHER)
            own = rows[rows["strategy"] == name].set_index("level").loc[list(factor.levels)]
            # beside each other, so that whiskers at one level do not hide each other
            x = at + step * (number - (len(names) - 1) / 2)
            axes.plot(x, own["mean"], color=look.color, ls=look.line, marker=look.marker, ms=4,
                      mew=0.8)  # fmt: skip
            for place, low, high in zip(x, own["low"], own["high"], strict=True):
                if not math.isnan(low):
                    axes.plot([place, place], [low, high], color=look.color, lw=0.9, marker="_",
                              ms=4, mew=0.9)  # fmt: skip
            handles.append(Line2D([], [], color=look.color, ls=look.line, marker=look.marker, ms=4,
                                  lw=1.2, label=str(name)))  # fmt: skip
        _levels(axes, factor, at, ticks, width)
        axes.set_ylabel(wrapped(label, characters(figure.get_size_inches()[1], 0.8)))
        axes.yaxis.set_major_formatter(thousands())
        axes.yaxis.set_major_locator(MaxNLocator(5))
        axes.grid(axis="y", lw=0.3, color=tint(GREY, 0.5))
        axes.set_axisbelow(True)
        if spread:
            handles.append(Line2D([], [], color=INK, marker="_", ms=4, lw=0.9, ls="", mew=0.9,
                                  label=spread))  # fmt: skip
        legend_above(figure, handles, 4 if width > COLUMN else 2)
    return figure


def who_wins(rows: pd.DataFrame, factor: Factor, unit: str, width: float = FULL) -> Figure:
    """Who wins at each level, and what the others are behind.

    Parameters
    ----------
    rows : pandas.DataFrame
        As `clsim.analysis.winners` gives it.
    factor : Factor
    unit : str
        Of what they are behind.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each strategy, a column for each level.

    Examples
    --------
    >>> factor = Factor("delay", ("1d", "7d"), {})
    >>> rows = pd.DataFrame({"level": ["1d", "1d", "7d", "7d"], "strategy": ["weekly", "never"] * 2,
    ...                      "behind": [0.0, 3, 2, 0], "best": [True, False, False, True],
    ...                      "tied": False})
    >>> figure = who_wins(rows, factor, "EUR")
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['best', '+2', '+3', 'best']
    """
    names, levels = list(dict.fromkeys(rows["strategy"])), list(factor.levels)
    cells = rows.set_index(["strategy", "level"])
    most = max(float(rows["behind"].max()), 1e-300)
    chars = name_width(width) if width > COLUMN else 16
    lines = max(wrapped(name, chars).count("\n") for name in names) + 1
    height = 0.12 + 0.13 * lines
    with in_style():
        figure = new_figure(width, 0.75 + len(names) * max(height, 0.26))
        axes = figure.subplots()
        size = 7.5 if width > COLUMN else 6
        for y, name in enumerate(names):
            for x, level in enumerate(levels):
                cell = cells.loc[(name, level)]
                share = math.sqrt(max(cell["behind"], 0.0) / most)  # small ones stay apart
                best, tied = bool(cell["best"]), bool(cell["tied"])
                axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fc=BEHIND(share), ec="white",
                                         lw=1))  # fmt: skip
                if tied:
                    axes.add_patch(Rectangle((x - 0.5, y - 0.5), 1, 1, fill=False, hatch="////",
                                             ec=tint(GREY, 0.55), lw=0))  # fmt: skip
                if best:
                    axes.add_patch(Rectangle((x - 0.47, y - 0.45), 0.94, 0.9, fill=False,
                                             ec=VERMILLION, lw=1.6))  # fmt: skip
                words = "best" if best else f"+{amount(cell['behind'])}"
                back: Any = {"fc": BEHIND(share), "ec": "none", "pad": 0.8} if tied else None
                # on cells of one colour whatever the page's, so the text is of one colour too
                axes.text(x, y, words, ha="center", va="center_baseline", fontsize=size, bbox=back,
                          color="white" if share > 0.75 else "black",
                          weight="bold" if best else "normal")  # fmt: skip
        axes.set_xlim(-0.5, len(levels) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), [wrapped(name, chars) for name in names])
        _levels(axes, factor, np.arange(len(levels)), levels, width)
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        handles = [
            Patch(fc="white", ec=VERMILLION, lw=1.6, label="best"),
            Patch(fc=BEHIND(0.8), ec="none", label=f"behind the best, {unit}"),
        ]
        if rows["tied"].any():
            handles.insert(1, Patch(fc="white", ec=tint(GREY, 0.8), hatch="//////",
                                    label="not told apart from it"))  # fmt: skip
        legend_above(figure, handles, 3)
    return figure


def differences_of(rows: pd.DataFrame, label: str, spread: str, width: float = FULL) -> Figure:
    """Differences of differences, or differences of two sweeps, with their intervals.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: what each is of. Columns: estimate, low, high, group (rows of one have one look).
    label : str
        Of the axis, with its unit.
    spread : str
        What whiskers are; empty where there are none.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Rows from top to bottom, as they are given.

    Examples
    --------
    >>> rows = pd.DataFrame({"estimate": [3.0, -1.0], "low": [1.0, -4.0], "high": [5.0, 2.0],
    ...                      "group": ["1d", "7d"]}, index=["weekly", "weekly "])
    >>> figure = differences_of(rows, "difference (EUR)", "95% interval over 5 seeds")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['1d', '7d', '95% interval over 5 seeds']
    """
    chars = name_width(width)
    names = [wrapped(str(name), chars) for name in rows.index]
    begins = [at == 0 or name != names[at - 1] for at, name in enumerate(names)]
    groups = list(dict.fromkeys(rows["group"]))
    lines = max(name.count("\n") for name in names) + 1
    at = np.arange(len(rows))
    with in_style():
        figure = new_figure(width, 0.7 + len(rows) * (0.09 + 0.115 * lines))
        axes = figure.subplots()
        axes.axvline(0, color=GREY, lw=0.8)
        for y, (_, row) in zip(at, rows.iterrows(), strict=True):
            look = LINES[groups.index(row["group"]) % len(LINES)]
            if not math.isnan(row["low"]):
                axes.plot([row["low"], row["high"]], [y, y], color=look.color, lw=1.0, marker="|",
                          ms=4, mew=0.9)  # fmt: skip
            axes.plot(row["estimate"], y, ls="", marker=look.marker, ms=4.5, color=look.color)
        axes.set_yticks(
            at, [name if first else "" for name, first in zip(names, begins, strict=True)]
        )
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="y", lw=0.3, color=tint(GREY, 0.5))
        axes.set_axisbelow(True)
        axes.set_xlabel(wrapped(label, characters(width, 0.6)))
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(7 if width > COLUMN else 4))
        handles: list[Any] = []
        if len(groups) > 1:
            handles = [
                Line2D([], [], ls="", marker=look.marker, ms=4.5, color=look.color, label=str(name))
                for name, look in zip(groups, LINES, strict=False)
            ]
        if spread:
            handles.append(Line2D([], [], color=INK, marker="|", ms=4, lw=0.8, label=spread))
        if handles:
            legend_above(figure, handles, 4)
    return figure


def _places(factor: Factor) -> tuple[np.ndarray, list[str]]:
    """Where the levels stand along the axis, and what is written there."""
    levels = list(factor.levels)
    sizes = np.array(factor.sizes, dtype=float)
    if len(sizes) and len(set(sizes)) == len(sizes):
        gaps = np.diff(np.sort(sizes))
        if gaps.min() >= 0.04 * (sizes.max() - sizes.min()):
            return sizes, levels
    return np.arange(len(levels), dtype=float), levels


def _levels(axes: Axes, factor: Factor, at: np.ndarray, levels: list[str], width: float) -> None:
    """The levels along the axis, and what the factor is called."""
    room = characters(width, 0.75 / max(len(levels), 1))
    axes.set_xticks(at, [wrapped(level, room) for level in levels])
    axes.set_xlabel(wrapped(factor.name, characters(width, 0.6)))
