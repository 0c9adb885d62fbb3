"""What strategies cost: score against upkeep, and the total split into its parts."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullFormatter, NullLocator
from numpy.typing import ArrayLike

from clsim.report.figures.labels import obstacles, place_labels
from clsim.report.figures.style import (
    COLUMN,
    FILLS,
    FULL,
    GREEN,
    GREY,
    INK,
    OTHER,
    PLAIN_WORDS,
    SKY,
    Look,
    Words,
    bar_rows,
    characters,
    in_style,
    legend_above,
    name_width,
    new_figure,
    rows_height,
    settle,
    thousands,
    tint,
    whisker_handle,
    whiskers,
    wrapped,
)
from clsim.rounding import amount

NAMED = 16
"""Largest number of points that all have names and whiskers in accuracy against cost; of more,
only those on the frontier and those that other figures show."""

BOUNDS = ["cost_low", "cost_high", "score_low", "score_high"]


def accuracy_cost(
    points: pd.DataFrame,
    looks: Mapping[str, Look] | None = None,
    words: Words = PLAIN_WORDS,
    slope: float = math.nan,
    hindsight: pd.DataFrame | None = None,
    width: float = FULL,
) -> Figure:
    """Score against upkeep, with the Pareto frontier.

    Parameters
    ----------
    points : pandas.DataFrame
        Index: strategy. Columns: cost, cost_low, cost_high, score, score_low, score_high, pareto,
        cheapest (the choice); NaN bounds where there is no interval.
    looks : dict of str to Look or None, default=None
        How strategies are drawn; others are grey.
    words : Words
        What the axes are called.
    slope : float, default=nan
        Score that is worth one unit of money in total cost; NaN: no line of equal cost.
    hindsight : pandas.DataFrame or None, default=None
        cost and score of the best schedule for each number of retrainings.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Upkeep to the right, the score upwards.

    Examples
    --------
    Weekly training is on the frontier, and daily training, dearer and no better, is not.

    >>> points = pd.DataFrame({"cost": [0.0, 100, 700], "score": [0.6, 0.8, 0.7]},
    ...                       index=["never", "weekly", "daily"])
    >>> bounds = dict.fromkeys(["cost_low", "cost_high", "score_low", "score_high"], math.nan)
    >>> points = points.assign(**bounds, pareto=[True, True, False], cheapest=[True, False, False])
    >>> figure = accuracy_cost(points, words=Words("accuracy", currency="EUR"))
    >>> figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()
    ('upkeep: all but errors (EUR)', 'accuracy')
    """
    wide, looks = width > COLUMN, looks or {}
    named = pd.Series(True, points.index)
    if len(points) > NAMED:
        named = points["pareto"] | points.index.isin(list(looks))
        points = points.assign(**{name: points[name].where(named) for name in BOUNDS})
    with in_style():
        figure = new_figure(width, 3.4 if wide else 2.8)
        axes = figure.subplots()
        _cost_scale(axes, points["cost"], words.currency, width)
        for name, p in points.iterrows():
            look = looks.get(str(name), OTHER)
            thin: Any = {"color": look.color, "lw": 0.8}
            if not math.isnan(p.cost_low):
                axes.plot([p.cost_low, p.cost_high], [p.score] * 2, **thin)
            if not math.isnan(p.score_low):
                axes.plot([p.cost] * 2, [p.score_low, p.score_high], **thin)
            axes.plot(p.cost, p.score, marker=look.marker, ms=5, mew=1.0, color=look.color,
                      mfc=look.color if p.pareto else "none", ls="", zorder=3)  # fmt: skip
        front = points[points["pareto"]].sort_values(["cost", "score"])
        right = axes.get_xlim()[1]
        stairs = _staircase(front["cost"], front["score"], right)
        axes.plot(*stairs, color=SKY, lw=1.6, zorder=1)
        axes.set_xlim(right=right)
        handles = [
            Line2D([], [], color=SKY, lw=1.6, marker="o", ms=4, mfc=INK, mec=INK,
                   label="Pareto frontier"),
            Line2D([], [], color=INK, marker="o", ms=4, mfc="none", ls="", label="dominated"),
        ]  # fmt: skip
        lines = [np.column_stack(stairs)]
        if hindsight is not None and len(hindsight):
            lines.append(_hindsight(axes, hindsight, handles))
        _score_limits(axes, points, hindsight, words)
        best = points[points["cheapest"]]
        if len(best) and math.isfinite(slope):
            lines.append(_equal_cost(axes, best.iloc[0], slope, handles))
        axes.set_ylabel(words.score)
        handles += whisker_handle(words)
        legend_above(figure, handles, 5)
        settle(figure)
        places = points[["cost", "score"]].to_numpy(float)
        chars = 26 if wide else 18
        place_labels(axes, points[named], obstacles(axes, points, lines), places, chars)
    return figure


def _score_limits(
    axes: Axes, points: pd.DataFrame, hindsight: pd.DataFrame | None, words: Words
) -> None:
    """Show all means; wide whiskers are cut off, so that they do not flatten the rest."""
    means = points["score"] if hindsight is None else pd.concat([points["score"], hindsight.score])
    low, high = float(means.min()), float(means.max())
    span = high - low if high > low else max(0.05 * abs(high), 1e-9)
    best = 1.0 if words.score == "accuracy" else math.inf
    bottom = max(low - 0.6 * span, np.nanmin([low, *points["score_low"]]))
    top = min(high + 0.6 * span, np.nanmax([high, *points["score_high"]]), max(best, high))
    axes.set_ylim(bottom - 0.06 * span, top + 0.06 * span)


def _hindsight(axes: Axes, hindsight: pd.DataFrame, handles: list[Line2D]) -> np.ndarray:
    right = axes.get_xlim()[1]
    inside = hindsight[hindsight["cost"] <= right]
    style: Any = {"color": GREEN, "lw": 1.0, "ls": (0, (4, 1.2, 1, 1.2))}
    axes.plot(inside["cost"], inside["score"], zorder=1, **style)
    handles.append(Line2D([], [], label="best schedules in hindsight", **style))
    return inside[["cost", "score"]].to_numpy(float)


def _equal_cost(axes: Axes, best: Any, slope: float, handles: list[Line2D]) -> np.ndarray:
    """Where the total cost is that of the cheapest strategy."""
    low, high = axes.get_ylim()
    right = axes.get_xlim()[1]
    x = np.append(0.0, np.geomspace(right * 1e-4, right, 200))
    y = best["score"] + (x - best["cost"]) * slope
    inside = (y >= low) & (y <= high)
    style: Any = {"color": GREY, "lw": 0.8, "ls": (0, (1, 1.5))}
    axes.plot(x[inside], y[inside], zorder=1, **style)
    axes.set_ylim(low, high)
    handles.append(Line2D([], [], label="same total cost as the choice", **style))
    return np.column_stack([x[inside], y[inside]])


def total_cost(
    kinds: pd.DataFrame,
    bounds: pd.DataFrame,
    words: Words = PLAIN_WORDS,
    width: float = FULL,
) -> Figure:
    """Total cost of each strategy, split into what it is paid for.

    Parameters
    ----------
    kinds : pandas.DataFrame
        Index: strategy, first to last. One column per kind of cost, in money.
    bounds : pandas.DataFrame
        Same index; mean, low and high of the total.
    words : Words
        What the axes are called.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A bar for each strategy, from top to bottom.

    Examples
    --------
    >>> kinds = pd.DataFrame({"wrong predictions": [90.0, 20], "retrainings": [0.0, 40]},
    ...                      index=["never", "weekly"])
    >>> bounds = pd.DataFrame({"mean": [90.0, 60], "low": [80.0, 55], "high": [100.0, 65]},
    ...                       index=kinds.index)
    >>> figure = total_cost(kinds, bounds, Words(currency="EUR"))
    >>> [text.get_text() for text in figure.legends[0].get_texts()][:2]
    ['wrong predictions', 'retrainings']
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [90.0, 20.0, 0.0, 40.0]
    """
    chars = name_width(width)
    with in_style():
        figure = new_figure(width, 0.65 + rows_height(kinds.index, chars))
        axes = figure.subplots()
        start = np.zeros(len(kinds))
        rows = range(len(kinds))
        for number, (name, values) in enumerate(kinds.items()):
            color, hatch = FILLS[number % len(FILLS)]
            axes.barh(rows, values, left=start, height=0.66, color=tint(color, 0.7), lw=0,
                      hatch=hatch, edgecolor=INK, label=str(name))  # fmt: skip
            start = start + values.to_numpy()
        whiskers(axes, rows, bounds)
        ends = np.fmax(bounds["high"].to_numpy(float), bounds["mean"].to_numpy(float))
        for row, (end, mean) in enumerate(zip(ends, bounds["mean"], strict=True)):
            axes.annotate(amount(mean), (end, row), (4, 0), textcoords="offset points",
                          va="center_baseline", fontsize=7.5)  # fmt: skip
        axes.set_xlim(0, max(ends.max() * (1.08 if width > COLUMN else 1.22), 1e-12))
        bar_rows(axes, kinds.index, chars)
        axes.axvline(0, color=INK, lw=0.6)
        axes.set_xlabel(wrapped(f"total cost of the replay ({words.currency})", 36))
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(8 if width > COLUMN else 4))
        legend_above(figure, [*axes.get_legend_handles_labels()[0], *whisker_handle(words)], 5)
    return figure


def _cost_scale(axes: Axes, costs: pd.Series, currency: str, width: float) -> None:
    """Linear, or logarithmic where the dearest is more than ten times the cheapest above 0."""
    wide = width > COLUMN
    positive = costs[costs > 0]
    label = f"upkeep: all but errors ({currency})"

    def say(more: str = "") -> None:
        axes.set_xlabel(wrapped(label + more, characters(width, 0.75)))

    if len(positive) < 2 or positive.max() <= 10 * positive.min():
        say()
        span = max(float(costs.max() - costs.min()), 1e-9)
        axes.set_xlim(float(costs.min()) - 0.06 * span, float(costs.max()) + 0.1 * span)
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(8 if wide else 4))
        return
    spread = math.log10(positive.max() / positive.min())
    subs = (1.0, 2.0, 5.0) if spread < (2 if wide else 0.8) else (1.0,)
    if (costs == 0).any():
        unit = 10.0 ** math.floor(math.log10(positive.min()))
        axes.set_xscale("symlog", linthresh=unit, linscale=0.6, subs=subs)
        decades = range(math.floor(math.log10(costs.max())) + 1 - round(math.log10(unit)))
        ticks = [unit * sub * 10.0**decade for decade in decades for sub in subs]
        axes.xaxis.set_major_locator(FixedLocator([0, *ticks]))  # none on the way to the first
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlim(-0.12 * unit, float(costs.max()) * 1.7)
        say(f", logarithmic from {amount(unit)}")
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(float(costs.min()) / 1.2, float(costs.max()) * 1.3)
        say(", logarithmic")
    axes.xaxis.set_major_formatter(thousands())


def _staircase(cost: ArrayLike, score: ArrayLike, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Best score that a cost buys, from the cheapest point to the right edge."""
    return np.append(np.repeat(cost, 2)[1:], right), np.repeat(score, 2)
