"""Opportunity cost: the area between two loss curves."""

from __future__ import annotations

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
    FULL,
    INK,
    ORANGE,
    SKY,
    VERMILLION,
    Words,
    bar_rows,
    characters,
    in_style,
    interval_text,
    legend_above,
    new_figure,
    rows_height,
    thousands,
    tint,
    whisker_handle,
    whiskers,
    wrapped,
)
from clsim.rounding import amount
from clsim.statistics.intervals import Interval


def opportunity_curves(
    curve: pd.DataFrame,
    names: tuple[str, str],
    total: Interval,
    bars: pd.DataFrame,
    reference: str,
    words: Words,
    per_event: float,
    note: str,
    width: float = FULL,
) -> Figure:
    """Opportunity cost: two loss curves with the area between them, and a bar per strategy.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `clsim.analysis.cost.opportunity.mean_curve` gives it for strategies A and B.
    names : (str, str)
        A and B.
    total : Interval
        Of OC(A|B), in units of loss.
    bars : pandas.DataFrame
        Index: strategy. Columns: mean, low, high of OC(strategy|reference) in units of loss, and
        money (mean).
    reference : str
        Strategy with which the bars are compared.
    words : Words
    per_event : float
        Units of loss per event for one unit of loss: 1 / number of events.
    note : str
        What a step of the curves is.
    width : float, default=7.0
        Inches; in a narrow figure the bars stand under the curves.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    Never to train loses 0.1 and then 0.5 an event, and weekly training 0.1: 4 more over 20 events.

    >>> curve = pd.DataFrame({"events_start": [0, 10], "events_end": [10, 20], "a": [0.1, 0.5],
    ...                       "b": [0.1, 0.1]})
    >>> bars = pd.DataFrame({"mean": 4.0, "low": np.nan, "high": np.nan, "money": 8.0}, ["never"])
    >>> figure = opportunity_curves(
    ...     curve, ("never", "weekly"), Interval(4.0, np.nan, np.nan), bars, "weekly",
    ...     Words(loss="wrong predictions", currency="EUR"), 1 / 20, "10 events",
    ... )
    >>> figure.axes[0].get_title("left")
    'OC(A|B) = 4 wrong predictions'
    """
    a, b = names
    wide = width > COLUMN
    bar_height = rows_height(bars.index, 26 if wide else 20)
    with in_style():
        if wide:
            figure = new_figure(width, max(2.6, 1.15 + bar_height))
            left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
            figure.get_layout_engine().set(wspace=0.05)  # type: ignore[union-attr, call-arg]
        else:
            figure = new_figure(width, 2.0 + 1.15 + max(bar_height, 0.6))
            left, right = figure.subplots(2, 1, height_ratios=[1.4, max(bar_height, 0.6)])
        edges = np.append(curve["events_start"], curve["events_end"].iloc[-1])
        x = np.repeat(edges, 2)[1:-1]
        ya, yb = np.repeat(curve[["a", "b"]].to_numpy(float), 2, axis=0).T
        left.fill_between(x, ya, yb, where=list(ya > yb), color=ORANGE, alpha=0.55, lw=0)
        left.fill_between(
            x, ya, yb, where=list(ya < yb), facecolor=tint(SKY, 0.55), lw=0, hatch="//////",
            edgecolor=BLUE,
        )  # fmt: skip
        left.stairs(curve["b"], edges, color=INK, lw=0.8, baseline=None)
        left.stairs(curve["a"], edges, color=VERMILLION, lw=0.8, ls=(0, (3, 0.8)), baseline=None)
        left.set_xlabel(wrapped(f"events served (one step: {note})", characters(width, 0.8)))
        left.set_ylabel(f"{words.loss} per event")
        left.margins(x=0, y=0.08)
        left.xaxis.set_major_formatter(thousands())
        left.xaxis.set_major_locator(MaxNLocator(6 if wide else 4))
        title = f"OC(A|B) = {interval_text(total)} {words.loss}"
        left.set_title(wrapped(title, 56 if wide else 38))
        handles = [
            Line2D([], [], color=VERMILLION, lw=0.9, ls=(0, (3, 0.8)), label=f"A: {a}"),
            Line2D([], [], color=INK, lw=0.9, label=f"B: {b}"),
            Patch(facecolor=ORANGE, alpha=0.55, label="A is worse"),
            Patch(facecolor=tint(SKY, 0.55), hatch="//////", edgecolor=BLUE, lw=0,
                  label="A is better"),
            *whisker_handle(words),
        ]  # fmt: skip
        _bars(right, bars, reference, words, per_event, wide)
        legend_above(figure, handles, 5)
    return figure


def _bars(
    axes: Axes, bars: pd.DataFrame, reference: str, words: Words, per_event: float, wide: bool
) -> None:
    rows = range(len(bars))
    for row, mean in zip(rows, bars["mean"], strict=True):
        worse = mean > 0
        axes.barh(row, mean, height=0.62, lw=0, edgecolor=BLUE, hatch="" if worse else "//////",
                  color=tint(ORANGE if worse else SKY, 0.55))  # fmt: skip
    axes.axvline(0, color=INK, lw=0.6)
    whiskers(axes, rows, bars)
    bar_rows(axes, bars.index, 26 if wide else 20)
    edge = axes.get_yaxis_transform()
    if wide:
        axes.set_ylim(max(len(bars), 5) - 0.4, -1.25)
    else:
        axes.set_ylim(len(bars) - 0.4, -1.25)
    beside: Any = {"transform": edge, "ha": "left", "va": "center_baseline", "fontsize": 7.5}
    axes.text(1.03, -0.85, words.currency, **beside)
    for row, money in zip(rows, bars["money"], strict=True):
        axes.text(1.03, row, amount(money), **beside)
    label = wrapped(f"opportunity cost against {reference}", 44 if wide else 36)
    axes.set_xlabel(f"{label}\n({words.loss})")
    axes.xaxis.set_major_formatter(thousands())
    axes.xaxis.set_major_locator(MaxNLocator(4 if wide else 3))
    scale: Any = (lambda v: v * per_event, lambda v: v / per_event)
    top = axes.secondary_xaxis("top", functions=scale)
    top.xaxis.set_major_locator(MaxNLocator(4 if wide else 3))
    top.set_xlabel(f"{words.loss} per event")
