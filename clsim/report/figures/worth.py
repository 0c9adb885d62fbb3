"""What signals are worth, against what it takes to watch them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter

from clsim.report.figures.labels import obstacles, place_labels
from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREEN,
    INK,
    RC,
    VERMILLION,
    characters,
    legend_above,
    new_figure,
    settle,
    thousands,
    wrapped,
)

CHEAPEST: dict[str, Any] = {"marker": "o", "color": VERMILLION}
RANKED: dict[str, Any] = {"marker": "s", "color": BLUE, "mfc": "none"}
HINDSIGHT: dict[str, Any] = {"color": GREEN, "lw": 1.0, "ls": (0, (4, 2))}


def signal_value(
    worth: pd.DataFrame,
    ranking: pd.DataFrame,
    currency: str = "units",
    per: str = "year",
    width: float = FULL,
) -> Figure:
    """What each signal saves, against the labels and the seconds that it needs.

    Parameters
    ----------
    worth : pandas.DataFrame
        As `clsim.analysis.signal_worth` gives it: the cheapest rule over each signal.
    ranking : pandas.DataFrame
        The same at one rate of false alarms; empty: none was counted.
    currency : str, default='units'
    per : {'year', 'replay'}, default='year'
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: against labels, and against seconds.

    Examples
    --------
    >>> worth = pd.DataFrame({"signal": ["inputs", "labels' own loss"], "worth": [120.0, 183.0],
    ...                       "worth_low": [-10.0, 169], "worth_high": [264.0, 198],
    ...                       "labels": [0, 5400], "seconds": [0.007, 0.003], "hindsight": 224.0})
    >>> figure = signal_value(worth, worth.iloc[:0], "EUR")
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['labels that it needs a year', 'seconds that it needs a year']
    """
    wide = width > COLUMN
    with rc_context(RC):
        figure = new_figure(width, 2.8 if wide else 4.8)
        panels = figure.subplots(1, 2, sharey=True) if wide else figure.subplots(2, 1, sharey=True)
        inches = width / 2 if wide else width
        for axes, need in zip(panels, ("labels", "seconds"), strict=True):
            _panel(axes, worth, ranking, need)
            axes.set_xlabel(wrapped(f"{need} that it needs a {per}", characters(inches, 0.8)))
        for axes in panels[:1] if wide else panels:
            text = f"worth a {per} over the tuned calendar ({currency})"
            axes.set_ylabel(wrapped(text, characters(2.2)))
        legend_above(figure, _handles(len(ranking) > 0), 4 if wide else 2)
        settle(figure)
        for axes, need in zip(panels, ("labels", "seconds"), strict=True):
            _name(axes, worth, ranking, need, 24 if wide else 18)
    return figure


def _handles(ranked: bool) -> list[Line2D]:
    """What the marks and lines are."""
    made = [
        Line2D([], [], ls="", ms=5, label="cheapest rule", **CHEAPEST),
        Line2D([], [], ls="", ms=5, label="at the same rate of false alarms", **RANKED),
        Line2D([], [], label="best schedule in hindsight", **HINDSIGHT),
        Line2D([], [], color=INK, marker="|", ms=4, lw=0.8, label="95% interval"),
    ]
    return made if ranked else [made[0], *made[2:]]


def _panel(axes: Axes, worth: pd.DataFrame, ranking: pd.DataFrame, need: str) -> None:
    """Points with their intervals, the calendar at 0, and what hindsight gains."""
    axes.axhline(0, color=INK, lw=0.6)
    axes.axhline(float(worth["hindsight"].iloc[0]), **HINDSIGHT)
    for points, style in ((ranking, RANKED), (worth, CHEAPEST)):
        if not len(points):
            continue
        there = points.dropna(subset=["worth_low"])
        axes.vlines(there[need], there["worth_low"], there["worth_high"], color=style["color"],
                    lw=0.8, alpha=0.6)  # fmt: skip
        axes.plot(points[need], points["worth"], ls="", ms=5, **style)
    known = worth[need].dropna()
    most = float(known.max()) if len(known) else 0.0
    if need == "seconds" and len(known) and float(known.min()) > 0:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(numticks=5))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(float(known.min()) / 2.5, most * 6)
    else:
        span = max(most, 1.0)
        axes.set_xlim(-0.08 * span, 1.45 * span)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(thousands())
    axes.yaxis.set_major_formatter(thousands())
    axes.yaxis.set_major_locator(MaxNLocator(5))


def _name(axes: Axes, worth: pd.DataFrame, ranking: pd.DataFrame, need: str, chars: int) -> None:
    """The names of signals, beside their cheapest rules; of none where nobody knows the need."""
    worth = worth.dropna(subset=[need])
    if worth.empty:
        return
    every = pd.concat([worth, ranking.dropna(subset=[need])]) if len(ranking) else worth
    points = pd.DataFrame(
        {"cost": every[need].to_numpy(float), "score": every["worth"].to_numpy(float),
         "cost_low": np.nan, "cost_high": np.nan, "cheapest": False,
         "score_low": every["worth_low"].to_numpy(float),
         "score_high": every["worth_high"].to_numpy(float)},
        index=every["signal"].astype(str),
    )  # fmt: skip
    named = points.iloc[: len(worth)]
    places = points[["cost", "score"]].to_numpy(float)
    place_labels(axes, named, obstacles(axes, points, []), places, chars)
