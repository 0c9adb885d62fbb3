"""Comparison over streams and seeds: intervals, mean ranks, and what a choice promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREY,
    INK,
    VERMILLION,
    bar_rows,
    characters,
    in_style,
    legend_above,
    name_width,
    new_figure,
    rows_height,
    thousands,
    tint,
    whiskers,
    wrapped,
)
from clsim.rounding import amount


def intervals(
    rows: pd.DataFrame, label: str, notes: pd.Series | None, note: str, width: float = FULL
) -> Figure:
    """An estimate with its interval for each strategy, and a column of text beside it.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: strategy. Columns: estimate, low, high; also wide_low and wide_high where there is
        an interval that speaks of more: then that one is thin, and the other thick.
    label : str
        Of the axis.
    notes : pandas.Series of str or None
        What stands beside each row.
    note : str
        Heading of that column.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Strategies from top to bottom, as they are given.

    Examples
    --------
    Two savings and their intervals, of which the second speaks of nothing.

    >>> rows = pd.DataFrame({"estimate": [12.0, 2.0], "low": [8.0, -3.0], "high": [16.0, 7.0]},
    ...                     index=["weekly", "daily"])
    >>> notes = pd.Series(["4", "30"], rows.index)
    >>> figure = intervals(rows, "saved (EUR)", notes, "retrainings")
    >>> axes = figure.axes[0]
    >>> axes.get_xlabel(), [text.get_text() for text in axes.get_yticklabels()]
    ('saved (EUR)', ['weekly', 'daily'])
    """
    chars = name_width(width)
    at = np.arange(len(rows))
    with in_style():
        figure = new_figure(width, 0.75 + rows_height(rows.index, chars))
        axes = figure.subplots()
        if "wide_low" in rows:
            wide = rows[["wide_low", "wide_high"]].set_axis(["low", "high"], axis=1)
            whiskers(axes, at, wide)
            axes.hlines(at, rows["low"], rows["high"], color=INK, lw=2.4)
        else:
            whiskers(axes, at, rows)
        axes.plot(rows["estimate"], at, ls="", marker="o", ms=4.5, color=VERMILLION)
        bar_rows(axes, rows.index, chars)
        axes.grid(axis="y", lw=0.3, color=tint(GREY, 0.5))
        axes.set_axisbelow(True)
        axes.set_xlabel(wrapped(label, characters(width, 0.6)))
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(7 if width > COLUMN else 4))
        if notes is not None:
            axes.set_ylim(len(rows) - 0.4, -1.3)
            beside: Any = {"transform": axes.get_yaxis_transform(), "ha": "left", "fontsize": 7.5,
                           "va": "center_baseline"}  # fmt: skip
            axes.text(1.03, -0.85, note, **beside)
            for y, text in enumerate(notes.loc[rows.index]):
                axes.text(1.03, y, text, **beside)
    return figure


def critical_difference(
    ranks: pd.Series, difference: float, cliques: Sequence[Sequence[str]], width: float = FULL
) -> Figure:
    """Mean ranks on a line, with bars over strategies that do not differ significantly.

    After Demšar (JMLR 2006, figure 1).

    Parameters
    ----------
    ranks : pandas.Series
        Mean rank of each strategy; 1 is best.
    difference : float
        Critical difference of mean ranks.
    cliques : sequence of sequence of str
        Groups of which no two differ significantly.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Ranks go from 1 at the left to the number of strategies.

    Examples
    --------
    Four strategies of Demšar's table 6 by their mean ranks; with a critical difference of 1.25 the
    first three hang together, and the last three.

    >>> ranks = pd.Series({"C4.5+m+cf": 1.964, "C4.5+m": 2.0, "C4.5+cf": 2.893, "C4.5": 3.143})
    >>> figure = critical_difference(ranks, 1.25, [ranks.index[:3], ranks.index[1:]])
    >>> sorted(text.get_text() for text in figure.axes[0].texts if "C4.5" in text.get_text())
    ['C4.5', 'C4.5+cf', 'C4.5+m', 'C4.5+m+cf']
    """
    ranks = ranks.sort_values(kind="stable")
    k = len(ranks)
    half = math.ceil(k / 2)
    chars = 30 if width > COLUMN else 16
    names = [wrapped(str(name), chars) for name in ranks.index]
    step = 0.13 * (1 + max(name.count("\n") for name in names)) + 0.04
    bars = 0.1 * len(cliques)
    height = 0.55 + bars + step * half
    with in_style():
        figure = new_figure(width, height)
        axes = figure.add_axes((0, 0, 1, 1))
        figure.set_layout_engine("none")
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)  # in inches, from the top
        side = 1.75 if width > COLUMN else 1.0
        low, high = 1.0, float(k)
        line = 0.42

        def x(rank: float) -> float:
            return side + (rank - low) / (high - low) * (width - 2 * side)

        axes.plot([x(low), x(high)], [line, line], color=INK, lw=0.8)
        for rank in range(1, k + 1):
            axes.plot([x(rank)] * 2, [line - 0.05, line], color=INK, lw=0.8)
            if width > COLUMN or k <= 8 or rank % 2:
                axes.text(x(rank), line - 0.07, str(rank), ha="center", va="bottom")
        axes.plot([x(low), x(low + difference)], [0.17, 0.17], color=BLUE, lw=1.6, marker="|")
        text = f"critical difference {amount(difference)}"
        axes.text((x(low) + x(low + difference)) / 2, 0.13, text, ha="center", va="bottom",
                  fontsize=7.5)  # fmt: skip
        for number, clique in enumerate(cliques):
            ends = [float(ranks[name]) for name in clique]
            y = line + 0.08 + 0.1 * number
            axes.plot([x(min(ends)) - 0.04, x(max(ends)) + 0.04], [y, y], color=INK, lw=2.4,
                      solid_capstyle="butt")  # fmt: skip
        top = line + bars + 0.1
        for number, (rank, name) in enumerate(zip(ranks, names, strict=True)):
            on_left = number < half
            row = number if on_left else k - 1 - number
            y = top + step * (row + 0.5)
            edge = side - 0.08 if on_left else width - side + 0.08
            axes.plot([x(rank), x(rank), edge], [line, y, y], color=GREY, lw=0.7, zorder=1)
            axes.text(edge + (-0.04 if on_left else 0.04), y, f"{name}", va="center",
                      ha="right" if on_left else "left", fontsize=7.5)  # fmt: skip
    return figure


def promised_judged(rows: pd.DataFrame, label: str, width: float = FULL) -> Figure:
    """What choices promised where they were made, and what they came to elsewhere.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: what was judged, as ``'seed 1: weekly'``. Columns: promised, judged.
    label : str
        Of the axis.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Rows from top to bottom, as they are given.

    Examples
    --------
    >>> rows = pd.DataFrame({"promised": [0.4, 0.5], "judged": [0.6, 0.5]},
    ...                     index=["seed 1: weekly", "seed 2: never"])
    >>> figure = promised_judged(rows, "EUR per event")
    >>> figure.axes[0].get_xlabel(), [text.get_text() for text in figure.legends[0].get_texts()]
    ('EUR per event', ['promised', 'judged'])
    """
    chars = name_width(width)
    at = np.arange(len(rows))
    with in_style():
        figure = new_figure(width, 0.7 + rows_height(rows.index, chars))
        axes = figure.subplots()
        for y, (a, b) in zip(at, rows[["promised", "judged"]].to_numpy(float), strict=True):
            axes.plot([a, b], [y, y], color=GREY, lw=1.0, zorder=1)
        axes.plot(rows["promised"], at, ls="", marker="o", ms=5, mfc="white", color=BLUE, mew=1.1)
        axes.plot(rows["judged"], at, ls="", marker="s", ms=4.5, color=VERMILLION)
        bar_rows(axes, rows.index, chars)
        axes.set_xlabel(wrapped(label, characters(width, 0.6)))
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(7 if width > COLUMN else 4))
        handles = [
            Line2D([], [], ls="", marker="o", ms=5, mfc="white", color=BLUE, mew=1.1,
                   label="promised"),
            Line2D([], [], ls="", marker="s", ms=4.5, color=VERMILLION, label="judged"),
        ]  # fmt: skip
        legend_above(figure, handles, 2)
    return figure
