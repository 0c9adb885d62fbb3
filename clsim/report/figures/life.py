"""The life of models: who answered, what was watched, and what was kept and bought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    GREEN,
    INK,
    LOOKS,
    ORANGE,
    VERMILLION,
    Words,
    characters,
    in_style,
    legend_above,
    new_figure,
    positions,
    thousands,
    time_axis,
    tint,
    wrapped,
)
from clsim.report.figures.time import mark_drifts
from clsim.rounding import amount
from clsim.types import DriftEvent

ENDS: dict[str, dict[str, Any]] = {
    "deployed": {"marker": ">", "ms": 4.2, "mew": 0.5, "color": INK, "mec": "#ffffff"},
    "rejected": {"marker": "x", "ms": 4.2, "mew": 1.1, "color": INK},
    "undecided": {"marker": "o", "ms": 3.8, "mew": 0.9, "color": INK, "mfc": "none"},
    "rollback": {"marker": "<", "ms": 4.6, "mew": 1.0, "color": VERMILLION, "mfc": "none"},
    "reused": {"marker": ">", "ms": 4.6, "mew": 1.0, "color": GREEN, "mfc": "none"},
}
"""How that which befalls a model is marked on its line."""

CALLED = {
    "deployed": "begins to answer", "rejected": "challenger rejected",
    "undecided": "trial without a verdict", "rollback": "taken back",
    "reused": "re-used",
}  # fmt: skip

OFFLINE = "offline"
"""What the row of challengers is called that were rejected before any trial."""

TOGETHER = 3
"""Largest number of lines of a signal in one panel; more have a panel each."""

PANELS = 6
"""Largest number of lines of a signal that are drawn."""


def lifelines(
    lives: pd.DataFrame,
    tried: pd.DataFrame,
    withdrawn: pd.DataFrame,
    reused: pd.DataFrame,
    rejected: Any,
    drifts: Sequence[DriftEvent],
    words: Words,
    tick: str,
    width: float = FULL,
) -> Figure:
    """A line for each model: when it answered, when it was tried, and what befell it.

    Parameters
    ----------
    lives, tried, withdrawn, reused : pandas.DataFrame
        As `clsim.analysis.behaviour.lifeline` gives services, trials, rollbacks and re-uses, with
        the clock times ``start`` and ``end`` for tick and until.
    rejected : array
        Clock times at which a challenger failed its offline test.
    drifts : sequence of DriftEvent
        Those of the stream; they are marked where there are few.
    words : Words
    tick : str
        How long a tick is.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        The clock to the right, a row for each model.

    Examples
    --------
    Model 1 answered from tick 2 on, in which it had passed a trial of one tick.

    >>> from clsim.analysis.behaviour.lifeline import REUSES, ROLLBACKS
    >>> lives = pd.DataFrame({"model": [0, 1], "tick": [0, 2], "until": [2, 4], "start": [0, 200],
    ...                       "end": [200, 400]})
    >>> tried = pd.DataFrame({"model": [1], "start": [100], "end": [200], "verdict": ["promoted"],
    ...                       "share": [0.2]})
    >>> none = pd.DataFrame(columns=[*{*REUSES, *ROLLBACKS}, "start", "end"])
    >>> figure = lifelines(lives, tried, none, none, [], [], Words(), "100 rows")
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['answers (champion)', 'on trial beside it', 'begins to answer']
    """
    models = sorted({*lives["model"], *tried["model"]} - {-1})
    row = {model: y for y, model in enumerate(models)}
    names = [str(model) for model in models] + [OFFLINE] * bool(len(rejected))
    with in_style():
        figure = new_figure(width, 0.75 + 0.155 * len(names))
        axes = figure.subplots()
        _bars(axes, lives, row, words, height=0.62, color=BLUE, lw=0)
        _bars(axes, tried, row, words, height=0.62, color=tint(ORANGE, 0.5), hatch="////////",
              edgecolor=INK, lw=0.6)  # fmt: skip
        there = _marks(axes, lives, tried, withdrawn, reused, row, words)
        if len(rejected):
            x = positions(rejected, words.timed)
            axes.plot(x, np.full(len(x), len(models)), ls="", **ENDS["rejected"])
            there.add("rejected")
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.35, -0.65)
        axes.tick_params(axis="y", length=0, labelsize=7)
        axes.set_ylabel(models_in_order(len(names)))
        handles: list[Any] = [
            Patch(color=BLUE, lw=0, label="answers (champion)"),
            Patch(facecolor=tint(ORANGE, 0.5), hatch="////////", edgecolor=INK, lw=0.6,
                  label="on trial beside it"),
        ][: 2 if len(tried) else 1]  # fmt: skip
        handles += [
            Line2D([], [], ls="", label=CALLED[kind], **style)
            for kind, style in ENDS.items() if kind in there
        ]  # fmt: skip
        handles += mark_drifts([axes], drifts, words.timed)
        time_axis(axes, words, f"one tick: {tick}", width)
        legend_above(figure, handles, 4)
    return figure


def models_in_order(rows: int) -> str:
    """What rows of models are called; in a word where there are too few of them for more."""
    return "model, in order of training" if rows > 8 else "model"


def _bars(
    axes: Axes, spans: pd.DataFrame, row: Mapping[int, int], words: Words, **style: Any
) -> None:
    spans = spans[spans["model"] >= 0]
    start, end = (positions(spans[name], words.timed) for name in ("start", "end"))
    axes.barh([row[model] for model in spans["model"]], end - start, left=start, **style)


def _marks(
    axes: Axes,
    lives: pd.DataFrame,
    tried: pd.DataFrame,
    withdrawn: pd.DataFrame,
    reused: pd.DataFrame,
    row: Mapping[int, int],
    words: Words,
) -> set[str]:
    """Mark what befell each model; gives the kinds that there are."""
    returned = set(zip(withdrawn["returned"], withdrawn["until"], strict=True))
    returned |= set(zip(reused["model"], reused["tick"], strict=True))
    starts = zip(lives["model"], lives["tick"], strict=True)
    came = np.array([start not in returned for start in starts], dtype=bool)
    undecided = tried["verdict"].isin(["undecided", "superseded"])
    points = {
        "deployed": (lives[came & (lives["tick"] > 0) & (lives["model"] >= 0)], "start"),
        "rejected": (tried[tried["verdict"] == "rejected"], "end"),
        "undecided": (tried[undecided], "end"),
        "rollback": (withdrawn, "end"),
        "reused": (reused, "start"),
    }
    ends = positions(withdrawn["end"], words.timed)
    for x, old, new in zip(ends, withdrawn["model"], withdrawn["returned"], strict=True):
        axes.plot([x, x], [row[old], row[new]], color=VERMILLION, lw=0.9, ls=(0, (3, 1.5)))
    for kind, (some, side) in points.items():
        x = positions(some[side], words.timed)
        axes.plot(x, [row[model] for model in some["model"]], ls="", **ENDS[kind])
    return {kind for kind, (some, _) in points.items() if len(some)}


def signal(
    values: pd.DataFrame,
    alarms: pd.DataFrame,
    start: Any,
    label: str,
    thresholds: Sequence[float],
    drifts: Sequence[DriftEvent],
    words: Words,
    tick: str,
    width: float = FULL,
) -> Figure:
    """A signal over time and when a rule fired: up to three lines together, or a panel for each.

    Parameters
    ----------
    values, alarms : pandas.DataFrame
        As `clsim.analysis.behaviour.watching.signal_over_time` gives them; ``PANELS`` columns at
        most.
    start : array
        Clock time of each row.
    label : str
        What is measured, and in which unit.
    thresholds : sequence of float
        Drawn across, such as the level above which a rule fires.
    drifts : sequence of DriftEvent
        Those of the stream; they are marked where there are few.
    words : Words
    tick : str
        How long a tick is.
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        One panel, or one for each column.

    Examples
    --------
    >>> values = pd.DataFrame({"age": [0.1, 0.4]})
    >>> figure = signal(values, values > 0.2, [0, 100], "distance", [0.2], [], Words(), "100 rows")
    >>> figure.axes[0].get_ylabel(), figure.axes[0].lines[0].get_ydata().tolist()
    ('distance', [0.1, 0.4])
    """
    x, apart = positions(start, words.timed), values.shape[1] > TOGETHER
    across = 1 if not apart else 3 if width > COLUMN else 2
    down = -(-values.shape[1] // across) if apart else 1
    handles: list[Any] = []
    with in_style():
        figure = new_figure(width, 0.45 + 1.15 * down if apart else 2.1)
        panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
        lines = [[name] for name in values] if apart else [list(values)]
        for axes, names in zip(panels, lines, strict=False):
            for name, look in zip(names, LOOKS, strict=False):
                axes.plot(x, values[name], color=look.color, ls=look.line, lw=0.9 if apart else 1.2)
                called = str(name) or "signal"
                if apart:
                    axes.set_title(wrapped(called, characters(width, 0.8 / across)), pad=3)
                else:
                    line = Line2D([], [], color=look.color, ls=look.line, label=called)
                    handles.append(line)
            for at in thresholds:
                axes.axhline(at, color=INK, lw=0.8, ls=(0, (1, 1.5)))
        handles += [
            Line2D([], [], color=INK, lw=0.8, ls=(0, (1, 1.5)), label=f"threshold {at:g}")
            for at in thresholds
        ]
        handles += _fired(panels, lines, x, alarms)
        handles += mark_drifts(list(panels[: len(lines)]), drifts, words.timed)
        for axes in panels[len(lines) :]:
            axes.set_axis_off()
        _labelled(figure, panels[: len(lines)], across, label, words, tick, width)
        legend_above(figure, handles, 5)
    return figure


def _fired(panels: Any, lines: Any, x: np.ndarray, alarms: pd.DataFrame) -> list[Line2D]:
    """Mark over each panel when a rule fired on one of its lines; the entry of the legend."""
    if not alarms.to_numpy().any():
        return []
    low, high = panels[0].get_ylim()
    for axes, names in zip(panels, lines, strict=False):
        at = x[alarms[names].any(axis=1).to_numpy()]
        axes.plot(at, np.full(len(at), high), ls="", marker="|", ms=6, mew=0.8, color=INK)
    panels[0].set_ylim(low, high + 0.05 * (high - low))
    return [Line2D([], [], ls="", marker="|", ms=6, mew=0.8, color=INK, label="a rule fired")]


def _labelled(
    figure: Figure, panels: Any, across: int, label: str, words: Words, tick: str, width: float
) -> None:
    """Labels of the axes, once where panels share them."""
    panels[0].yaxis.set_major_locator(MaxNLocator(5 if across == 1 else 4))
    for place, axes in enumerate(panels):
        lowest = place + across >= len(panels)
        time_axis(axes, words, f"one tick: {tick}" if place + 1 == len(panels) else "",
                  width / across)  # fmt: skip
        if not lowest:
            axes.set_xlabel("")
        else:
            axes.tick_params(labelbottom=True)
    if across == 1:
        panels[0].set_ylabel(wrapped(label, 30))
    else:
        figure.supylabel(wrapped(label, 36), fontsize=8)


def kept_and_bought(
    held: pd.DataFrame, costs: Mapping[str, str], words: Words, width: float = FULL
) -> Figure:
    """Events served and kept, and labels that came and were bought, up to each time.

    Parameters
    ----------
    held : pandas.DataFrame
        As `clsim.analysis.cost.keeping.holdings` gives it.
    costs : dict of str to str
        For kept, natural and bought: what they cost, in words.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels: events and labels, each the sum so far.

    Examples
    --------
    >>> held = pd.DataFrame({"tick": [0, 1], "end": [100, 200], "served": [100, 200],
    ...                      "kept": [50, 100], "natural": [0, 80], "bought": [0, 10],
    ...                      "ordered": [10, 20]})
    >>> figure = kept_and_bought(held, {"bought": "40 EUR"}, Words())
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['events so far', 'labels so far']
    """
    wide = width > COLUMN
    x = positions(held["end"], words.timed)
    lines: dict[str, list[tuple[str, str, Any]]] = {
        "events": [("served", INK, "-"), ("kept", BLUE, (0, (5, 1.2)))],
        "labels": [("known", INK, "-"), ("natural", GREEN, (0, (5, 1.2, 1.2, 1.2))),
                   ("bought", VERMILLION, (0, (5, 1.2)))],
    }  # fmt: skip
    called = {"served": "events served", "kept": "events kept", "known": "labels known",
              "natural": "labels that came", "bought": "labels bought"}  # fmt: skip
    held = held.assign(known=held["natural"] + held["bought"])
    with in_style():
        figure = new_figure(width, 2.0 if wide else 3.6)
        panels = figure.subplots(1, 2) if wide else figure.subplots(2, 1)
        handles = []
        for axes, (what, drawn) in zip(panels, lines.items(), strict=True):
            for name, color, line in drawn:
                axes.plot(x, held[name], color=color, ls=line)
                cost = f" ({costs[name]})" if name in costs else ""
                label = f"{called[name]}: {amount(held[name].iloc[-1])}{cost}"
                handles.append(Line2D([], [], color=color, ls=line, label=label))
            axes.set_ylim(bottom=0)
            axes.set_ylabel(f"{what} so far")
            axes.yaxis.set_major_formatter(thousands())
            axes.yaxis.set_major_locator(MaxNLocator(4))
            time_axis(axes, words, "", width / 2 if wide else width)
        # a column for each panel
        legend_above(figure, handles, 3)
    return figure
