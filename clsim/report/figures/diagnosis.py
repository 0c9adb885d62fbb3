"""Why a model is as good as it is: freshness, harm of retraining, and what monitors foretold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from clsim.report.figures.labels import obstacles, place_labels
from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREY,
    INK,
    ORANGE,
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
    settle,
    thousands,
    tint,
    wrapped,
)
from clsim.rounding import amount, percent


def freshness(
    age: pd.DataFrame,
    season: pd.DataFrame,
    half_life: float,
    tick: str,
    words: Words,
    width: float = FULL,
) -> Figure:
    """Loss by the age of the model, and by calendar time, each apart from the other.

    Parameters
    ----------
    age : pandas.DataFrame
        age (ticks), effect, low, high, raw: loss per event above that of the youngest models.
    season : pandas.DataFrame
        tick, loss, raw: per event.
    half_life : float
        Ticks; NaN: none is drawn.
    tick : str
        What a tick is.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: over the age of the model, and over time.

    Examples
    --------
    >>> age = pd.DataFrame({"age": [0, 1, 2], "effect": [0.0, 0.1, 0.2], "low": [0.0, 0.05, 0.1],
    ...                     "high": [0.0, 0.15, 0.3], "raw": [0.0, 0.12, 0.25]})
    >>> season = pd.DataFrame({"tick": [0, 1, 2], "loss": [0.2, 0.3, 0.2], "raw": [0.2, 0.4, 0.5]})
    >>> figure = freshness(age, season, 1.0, "7 days", Words(loss="wrong predictions"))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['age of the model in ticks (one: 7 days)', 'tick']
    """
    wide = width > COLUMN
    with in_style():
        figure = new_figure(width, 2.2 if wide else 3.9)
        left, right = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
        handles: list[Any] = []
        if age["low"].notna().any():
            left.fill_between(age["age"], age["low"], age["high"], color=VERMILLION, alpha=0.18,
                              lw=0)  # fmt: skip
            handles.append(Patch(color=tint(VERMILLION, 0.18), lw=0, label="95% interval"))
        left.plot(age["age"], age["raw"], color=GREY, ls=":", lw=1.0)
        left.plot(age["age"], age["effect"], color=VERMILLION)
        left.axhline(0, color=INK, lw=0.5)
        if math.isfinite(half_life):
            left.axvline(half_life, color=BLUE, lw=1.0, ls=(0, (4, 2)))
            handles.append(Line2D([], [], color=BLUE, lw=1.0, ls=(0, (4, 2)),
                                  label=f"half-life: {amount(half_life)} ticks"))  # fmt: skip
        left.set_title("by age")
        left.set_xlabel(wrapped(f"age of the model in ticks (one: {tick})", 40))
        left.set_ylabel(wrapped(f"{words.loss} per event above the youngest", 32))
        right.plot(season["tick"], season["raw"], color=GREY, ls=":", lw=1.0)
        right.plot(season["tick"], season["loss"], color=VERMILLION)
        right.set_title("by calendar time, of the youngest models")
        right.set_xlabel("tick")
        right.set_ylabel(wrapped(f"{words.loss} per event", 32))
        for axes in (left, right):
            axes.xaxis.set_major_formatter(thousands())
            axes.xaxis.set_major_locator(MaxNLocator(5))
            axes.yaxis.set_major_locator(MaxNLocator(5))
        handles = [
            Line2D([], [], color=VERMILLION, label="age and season apart"),
            Line2D([], [], color=GREY, ls=":", lw=1.0, label="plain mean"),
            *handles,
        ]
        legend_above(figure, handles, 4)
    return figure


def harm(rows: pd.DataFrame, words: Words, width: float = FULL) -> Figure:
    """What new models lost and saved against those that they replaced, strategy by strategy.

    Parameters
    ----------
    rows : pandas.DataFrame
        Index: strategy. Columns: worse (loss added by models that were worse, above 0), better
        (loss saved by models that were better, above 0), share (of models that were worse).
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        For each strategy a bar to the left, what was lost, and one to the right, what was saved.

    Examples
    --------
    >>> rows = pd.DataFrame({"worse": [30.0], "better": [50.0], "share": [0.25]}, index=["weekly"])
    >>> figure = harm(rows, Words(loss="wrong predictions"))
    >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
    [-50.0, 30.0]
    """
    chars = name_width(width)
    at = np.arange(len(rows))
    with in_style():
        figure = new_figure(width, 0.75 + rows_height(rows.index, chars))
        axes = figure.subplots()
        axes.barh(at, -rows["better"], height=0.6, lw=0, color=tint(SKY, 0.55), hatch="//////",
                  edgecolor=BLUE)  # fmt: skip
        axes.barh(at, rows["worse"], height=0.6, lw=0, color=tint(ORANGE, 0.7))
        axes.axvline(0, color=INK, lw=0.6)
        for y, (worse, share) in enumerate(zip(rows["worse"], rows["share"], strict=True)):
            axes.annotate(f"{percent(share)} worse", (worse, y), (4, 0), textcoords="offset points",
                          va="center_baseline", fontsize=7.5)  # fmt: skip
        low, high = float(-rows["better"].max()), float(rows["worse"].max())
        room = max(high - low, 1e-9) * (0.14 if width > COLUMN else 0.4)
        axes.set_xlim(low - 0.03 * room, high + room)
        bar_rows(axes, rows.index, chars)
        label = f"loss against the model replaced ({words.loss})"
        axes.set_xlabel(wrapped(label, characters(width, 0.6)))
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(7 if width > COLUMN else 3))
        handles = [
            Patch(facecolor=tint(ORANGE, 0.7), lw=0, label="models that made it worse"),
            Patch(facecolor=tint(SKY, 0.55), hatch="//////", edgecolor=BLUE, lw=0,
                  label="models that made it better"),
        ]  # fmt: skip
        legend_above(figure, handles, 2)
    return figure


def value_feasibility(signals: pd.DataFrame, value: str, width: float = FULL) -> Figure:
    """What each monitor foretold, against how soon it can be known.

    Parameters
    ----------
    signals : pandas.DataFrame
        Index: name of the signal. Columns: value, wait (ticks until what it needs is there, plus
        its own delay), kind ('alarm' or 'number').
    value : str
        What the value is, as ``'F1 of alarms'``.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        A point for each signal.

    Examples
    --------
    What the inputs say is known at once, and the loss when its labels have come.

    >>> signals = pd.DataFrame({"value": [0.5, 0.9], "wait": [0.0, 14.0], "kind": "alarm"},
    ...                        index=["inputs", "loss"])
    >>> figure = value_feasibility(signals, "F1 of alarms")
    >>> figure.axes[0].get_ylabel(), figure.axes[0].get_xlabel()
    ('F1 of alarms', 'ticks until it is known: delay of labels, and of the alarm')
    """
    with in_style():
        figure = new_figure(width, 2.8 if width > COLUMN else 2.6)
        axes = figure.subplots()
        points = signals.rename(columns={"wait": "cost", "value": "score"})
        span = max(float(points["cost"].max()), 1.0)
        axes.set_xlim(-0.06 * span, 1.1 * span)
        axes.set_ylim(-0.05, 1.08)
        styles: dict[str, Any] = {
            "alarm": {"marker": "o", "color": VERMILLION},
            "number": {"marker": "s", "color": BLUE, "mfc": "none"},
        }
        for kind, style in styles.items():
            of = points[points["kind"] == kind]
            axes.plot(of["cost"], of["score"], ls="", ms=5, **style)
        axes.set_xlabel(wrapped("ticks until it is known: delay of labels, and of the alarm",
                                characters(width, 0.8)))  # fmt: skip
        axes.set_ylabel(value)
        axes.xaxis.set_major_locator(MaxNLocator(6 if width > COLUMN else 4))
        axes.xaxis.set_major_formatter(thousands())
        handles = [
            Line2D([], [], ls="", ms=5, marker="o", color=VERMILLION, label="alarm"),
            Line2D([], [], ls="", ms=5, marker="s", color=BLUE, mfc="none",
                   label="signal of numbers"),
        ]  # fmt: skip
        legend_above(figure, handles, 2)
        settle(figure)
        points = points.assign(cheapest=False, cost_low=np.nan, cost_high=np.nan, score_low=np.nan,
                               score_high=np.nan).sort_values("score", ascending=False)  # fmt: skip
        places = points[["cost", "score"]].to_numpy(float)
        chars = 26 if width > COLUMN else 18
        place_labels(axes, points, obstacles(axes, points, []), places, chars)
    return figure
