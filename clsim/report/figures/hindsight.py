"""What only hindsight knows: regret in parts, controls, and the cost of a schedule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FILLS,
    FULL,
    GREEN,
    GREY,
    INK,
    SKY,
    VERMILLION,
    Words,
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

CLOSE = ("cost", "even", "periodic", "random", "random_low", "random_high", "optimum")
"""Costs of as many retrainings, which the axis always holds."""

ASIDE = {"never": -0.2, "every_tick": 0.2}
"""Arrows at one edge lie beside each other, in parts of a row."""


def regret_causes(
    causes: pd.DataFrame, totals: pd.DataFrame, words: Words, width: float = FULL
) -> Figure:
    """Regret of each strategy against the best schedule in hindsight, in its parts.

    Parts above 0 are stacked to the right, those below 0 to the left; the mark is their sum.

    Parameters
    ----------
    causes : pandas.DataFrame
        Index: strategy. One column per part, in money.
    totals : pandas.DataFrame
        Same index; mean, low and high of the regret.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each strategy, from top to bottom.

    Examples
    --------
    Never to train lost 60 by being late and spent 5 less than the best schedule.

    >>> causes = pd.DataFrame({"late": [60.0], "spend": [-5.0]}, index=["never"])
    >>> totals = pd.DataFrame({"mean": [55.0], "low": [math.nan], "high": [math.nan]}, causes.index)
    >>> figure = regret_causes(causes, totals, Words(currency="EUR"))
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches if bar.get_width()]
    [60.0, -5.0]
    """
    chars = name_width(width)
    rows = range(len(causes))
    with in_style():
        figure = new_figure(width, 0.75 + rows_height(causes.index, chars))
        axes = figure.subplots()
        ends = {1: np.zeros(len(causes)), -1: np.zeros(len(causes))}
        handles: list[Any] = []
        for number, (name, values) in enumerate(causes.items()):
            color, hatch = FILLS[number % len(FILLS)]
            fill: Any = {"facecolor": tint(color, 0.7), "hatch": hatch, "edgecolor": INK, "lw": 0}
            for sign, end in ends.items():
                length = np.where(np.sign(values) == sign, values, 0.0)
                axes.barh(rows, length, left=end, height=0.62, **fill)
                ends[sign] = end + length
            handles.append(Patch(label=str(name), **fill))
        axes.axvline(0, color=INK, lw=0.6)
        whiskers(axes, rows, totals)
        axes.plot(totals["mean"], rows, ls="", marker="D", ms=4, color=INK, mfc="white", mew=0.9)
        handles.append(Line2D([], [], ls="", marker="D", ms=4, color=INK, mfc="white",
                              label=", ".join(filter(None, ["regret", words.spread]))))  # fmt: skip
        bar_rows(axes, causes.index, chars)
        _money(axes, f"cost above the best schedule in hindsight ({words.currency})", width)
        legend_above(figure, handles, 7)
    return figure


def against_controls(rows: pd.DataFrame, words: Words, width: float = FULL) -> Figure:
    """Cost of each strategy beside schedules of as many retrainings that need no idea.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: strategy. Columns: cost, even, periodic, random, random_low, random_high, optimum,
        never, every_tick: money, NaN where there is none. Of the last two, what lies far from
        all others is an arrow at the edge, and a number in the legend.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A row for each strategy, from top to bottom.

    Examples
    --------
    >>> rows = pd.DataFrame({"cost": 35.0, "even": 35.0, "periodic": 42.5, "random": 44.0,
    ...                      "random_low": 35.0, "random_high": 65.0, "optimum": 25.0,
    ...                      "never": 80.0, "every_tick": 55.0}, index=["often"])
    >>> figure = against_controls(rows, Words(currency="EUR"))
    >>> figure.axes[0].get_xlabel(), len(figure.legends[0].get_texts())
    ('cost (EUR)', 8)
    """
    chars = name_width(width)
    at = np.arange(len(rows))
    with in_style():
        figure = new_figure(width, 0.75 + rows_height(rows.index, chars))
        axes = figure.subplots()
        for y, (low, high) in zip(at, rows[["random_low", "random_high"]].to_numpy(), strict=True):
            if not math.isnan(low):
                axes.barh(y, high - low, left=low, height=0.55, color=tint(SKY, 0.6), lw=0)
        marks: dict[str, Any] = {
            "random": {"marker": "|", "ms": 8, "mew": 1.2, "color": BLUE, "label": "random, mean"},
            "even": {"marker": "+", "ms": 6, "mew": 1.1, "color": INK, "label": "evenly spaced"},
            "periodic": {"marker": "x", "ms": 5, "mew": 1.1, "color": GREY,
                         "label": "periodic, mean over phases"},
            "optimum": {"marker": "D", "ms": 4.5, "color": GREEN, "mfc": "none", "mew": 1.1,
                        "label": "best in hindsight"},
            "never": {"marker": "s", "ms": 4.5, "color": GREY, "mfc": "none", "mew": 1.1,
                      "label": "never retraining"},
            "every_tick": {"marker": "v", "ms": 5, "color": BLUE, "mfc": "none", "mew": 1.1,
                           "label": "retraining at every tick"},
            "cost": {"marker": "o", "ms": 5, "color": VERMILLION, "label": "the strategy itself"},
        }  # fmt: skip
        handles: list[Any] = [
            Patch(color=tint(SKY, 0.6), lw=0, label="random, 95% of the schedules")
        ]
        low, high = _near(rows[[*CLOSE]])
        for name, style in marks.items():
            values = rows[name].to_numpy(float)
            far = ((values < low) | (values > high)) & (name not in CLOSE)
            axes.plot(np.where(far, np.nan, values), at, ls="", **style)
            if far.any():
                _arrows(axes, at[far] + ASIDE[name], values[far] > high, style)
                style = {**style, "label": f"{style['label']}: {_beyond(values[far])}"}
            handles.append(Line2D([], [], ls="", **style))
        bar_rows(axes, rows.index, chars)
        axes.grid(axis="y", lw=0.3, color=tint(GREY, 0.5))
        axes.set_axisbelow(True)
        axes.use_sticky_edges = False
        axes.margins(x=0.04)
        _money(axes, f"cost ({words.currency})", width)
        legend_above(figure, handles, 3)
    return figure


def _near(values: pd.DataFrame) -> tuple[float, float]:
    """Bounds that leave these numbers at least a third of the axis."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span = high - low
    return (low - span, high + span) if span > 0 else (-math.inf, math.inf)


def _arrows(axes: Axes, at: np.ndarray, right: np.ndarray, style: dict[str, Any]) -> None:
    for y, more in zip(at, right, strict=True):
        axes.plot(
            [0.985 if more else 0.015], [y], ls="", marker=">" if more else "<", ms=5,
            color=style["color"], transform=axes.get_yaxis_transform(), clip_on=False,
        )  # fmt: skip


def _beyond(values: np.ndarray) -> str:
    """Numbers off the axis, for the legend."""
    ends = [amount(round(float(x))) for x in (values.min(), values.max())]
    return f"{' to '.join(dict.fromkeys(ends))} (arrow)"


def schedule_cost(
    curve: pd.DataFrame | None,
    points: pd.DataFrame | None,
    tick: str,
    words: Words,
    width: float = FULL,
) -> Figure:
    """The U curve: cost of staleness, cost of retraining and their sum, over the interval.

    Parameters
    ----------
    curve : pandas.DataFrame or None
        From a counterfactual table, a row per period: every, opportunity, upkeep, total,
        total_low, total_high, best.
    points : pandas.DataFrame or None
        From the runs: every, opportunity, upkeep, total, each with ``_low`` and ``_high``.
    tick : str
        What a tick is.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Ticks between retrainings to the right, on a logarithmic scale.

    Examples
    --------
    Trained every tick, every second or every fourth: the sum is least at two.

    >>> points = pd.DataFrame({"every": [1.0, 2, 4], "opportunity": [0.0, 10, 40],
    ...                        "upkeep": [40.0, 20, 10], "best": [False, True, False]})
    >>> points["total"] = points["opportunity"] + points["upkeep"]
    >>> bounds = [f"{name}_{side}" for name in ("opportunity", "upkeep", "total")
    ...           for side in ("low", "high")]
    >>> points = points.assign(**dict.fromkeys(bounds, math.nan))
    >>> figure = schedule_cost(None, points, "7 days", Words())
    >>> figure.legends[0].get_texts()[-1].get_text()
    'least: every 2 ticks'
    """
    looks = {
        "opportunity": (INK, "--", "cost of staleness (opportunity cost)"),
        "upkeep": (BLUE, ":", "cost of retraining"),
        "total": (VERMILLION, "-", "sum"),
    }
    with in_style():
        figure = new_figure(width, 2.7 if width > COLUMN else 2.4)
        axes = figure.subplots()
        handles: list[Any] = []
        for name, (color, line, label) in looks.items():
            if curve is not None:
                axes.plot(curve["every"], curve[name], color=color, ls=line)
            if points is not None:
                bounds = points[[f"{name}_low", f"{name}_high"]].to_numpy(float)
                for x, (low, high) in zip(points["every"], bounds, strict=True):
                    if not math.isnan(low):
                        axes.plot([x, x], [low, high], color=color, lw=0.8)
                axes.plot(points["every"], points[name], color=color, ms=4, mfc="none",
                          marker="o", ls="" if curve is not None else line)  # fmt: skip
            handles.append(Line2D([], [], color=color, ls=line, label=label))
        if curve is not None:
            axes.fill_between(curve["every"], curve["total_low"], curve["total_high"], lw=0,
                              color=VERMILLION, alpha=0.15)  # fmt: skip
            handles.append(Patch(color=tint(VERMILLION, 0.15), lw=0,
                                 label="luckiest to unluckiest phase"))  # fmt: skip
        if points is not None:
            label = "a strategy" + (f", {words.spread}" if words.spread else "")
            handles.append(Line2D([], [], ls="", marker="o", mfc="none", ms=4, color=INK,
                                  label=label))  # fmt: skip
        least = curve if curve is not None else points
        assert least is not None
        best = least[least["best"]]
        if len(best):
            x, y = float(best["every"].iloc[0]), float(best["total"].iloc[0])
            axes.plot([x], [y], marker="D", ms=6, mfc="none", color=VERMILLION, mew=1.2, ls="")
            label = f"least: every {x:g} ticks" if x > 1 else "least: every tick"
            handles.append(Line2D([], [], ls="", marker="D", ms=6, mfc="none", color=VERMILLION,
                                  label=label))  # fmt: skip
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_minor_formatter(thousands())
        every = sorted({*(least["every"])})
        _log_ticks(axes, every, 8 if width > COLUMN else 5)
        axes.axhline(0, color=INK, lw=0.5)
        axes.yaxis.set_major_formatter(thousands())
        axes.yaxis.set_major_locator(MaxNLocator(6))
        axes.set_xlabel(wrapped(f"ticks between retrainings (one tick: {tick})", 44))
        axes.set_ylabel(f"{words.currency}, whole replay")
        legend_above(figure, handles, 3)
    return figure


def _log_ticks(axes: Axes, values: Any, most: int) -> None:
    """Ticks at round numbers between the ends of the data, few enough to be apart."""
    low, high = float(np.min(values)), float(np.max(values))
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    ticks = [k * 10.0**p for p in powers for k in (1, 2, 5)]
    ticks = [x for x in ticks if low * 0.999 <= x <= high * 1.001] or [low, high]
    while len(ticks) > most:
        ticks = ticks[::2]
    axes.set_xticks(ticks)
    axes.set_xticks([], minor=True)


def _money(axes: Axes, label: str, width: float) -> None:
    axes.set_xlabel(wrapped(label, characters(width, 0.6)))
    axes.xaxis.set_major_formatter(thousands())
    axes.xaxis.set_major_locator(MaxNLocator(8 if width > COLUMN else 4))
