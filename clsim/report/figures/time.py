"""Performance over time, with what the world did and what the strategies did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    GREEN,
    GREY,
    INK,
    LOOKS,
    OTHER,
    PURPLE,
    VERMILLION,
    Look,
    Words,
    characters,
    in_style,
    legend_above,
    new_figure,
    positions,
    time_axis,
    wrapped,
)
from clsim.types import DriftEvent

MAX_MARKS = 700
"""Largest number of marks of one strategy in a strip; closer ones cannot be told apart."""

SHORT = 0.5
"""A last point is drawn if it has this share of the events of the others at least."""

REPEATS = 6
"""Changes of one kind, target and slice that come more often are not marked."""

MARKS: dict[str, dict[str, Any]] = {
    "deploy": {"marker": "|", "ms": 6, "mew": 0.7},
    "rejected": {"marker": "x", "ms": 2.6, "mew": 0.6, "color": GREY},
    "rollback": {"marker": "<", "ms": 3.2, "mew": 0.6, "color": VERMILLION, "mfc": "none"},
    "reuse": {"marker": ">", "ms": 3.2, "mew": 0.6, "color": GREEN, "mfc": "none"},
    "strategy": {"marker": "D", "ms": 3.2, "mew": 0.6, "color": INK, "mfc": "none"},
}
"""How each thing that happens to a model is marked in the strip."""

CALLED = {
    "deploy": "new model serves", "rejected": "challenger rejected", "rollback": "rollback",
    "reuse": "retired model re-used", "strategy": "another strategy takes over",
}  # fmt: skip


def accuracy_over_time(
    curves: Mapping[str, pd.DataFrame],
    looks: Mapping[str, Look] | None = None,
    captions: Mapping[str, str] | None = None,
    drifts: Sequence[DriftEvent] = (),
    marks: Mapping[str, Mapping[str, Any]] | None = None,
    words: Words | None = None,
    marks_seed: int = 0,
    width: float = FULL,
) -> Figure:
    """Score over time, and under it when each strategy deployed, rejected and rolled back.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        As `clsim.analysis.score_over_time` gives them, by strategy; few. Drawn are those of their
        points that `full_points` keeps.
    looks : dict of str to Look or None, default=None
        How they are drawn. None: the first four as clsim draws.
    captions : dict of str to str or None, default=None
        What the legend calls them. None: by their names.
    drifts : sequence of DriftEvent, default=()
    marks : dict of str to dict of str to array or None, default=None
        By strategy, in the order of the rows of the strip: for each key of `MARKS` the clock
        times in one seed's run. None: the strip is empty.
    words : Words or None, default=None
        What the axes are called, and whether clocks are time. None: the clock as the frames have
        it, and a score of no name.
    marks_seed : int, default=0
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        The score, and under it the strip of marks, if there is one.

    Examples
    --------
    >>> curve = pd.DataFrame({"start": [0, 100], "end": [100, 200], "n": 100.0, "mean": [0.9, 0.6],
    ...                       "low": np.nan, "high": np.nan})
    >>> figure = accuracy_over_time({"never": curve}, words=Words("accuracy"))
    >>> line = figure.axes[0].lines[0]
    >>> line.get_xdata().tolist(), line.get_ydata().tolist()
    ([50.0, 150.0], [0.9, 0.6])
    """
    curves = {name: full_points(curve) for name, curve in curves.items()}
    looks = looks or dict(zip(curves, LOOKS, strict=False))
    captions, marks = captions or {}, marks or {}
    clock = next(iter(curves.values()))["start"]
    words = words or Words(timed=pd.api.types.is_datetime64_any_dtype(clock))
    short = 44 if width > COLUMN else 18
    names = [wrapped(name, short) for name in marks]
    lines = np.array([name.count("\n") + 1 for name in names])
    middles = np.cumsum(lines) - lines / 2
    strip = 0.13 * lines.sum() + 0.05
    with in_style():
        figure = new_figure(width, (2.5 if width > COLUMN else 2.1) + strip)
        top, below = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": [2.1, strip], "hspace": 0.02}
        )
        handles: list[Any] = []
        for name, curve in curves.items():
            look = looks.get(name, OTHER)
            _band(top, curve, look, words, 0.13)
            handles.append(
                Line2D([], [], color=look.color, ls=look.line, label=captions.get(name, name))
            )  # fmt: skip
        handles += mark_drifts([top, below], drifts, words.timed)
        top.set_ylabel(words.score)
        _limits(top, list(curves.values()), words)
        top.tick_params(bottom=False)
        below.set_ylim(max(lines.sum(), 0.5), 0)
        below.set_yticks(middles, names)
        below.tick_params(axis="y", length=0, labelsize=7)
        below.spines["left"].set_visible(False)
        there = set()
        for y, (name, times) in zip(middles, marks.items(), strict=True):
            for kind, style in MARKS.items():
                x = _thinned(positions(times.get(kind, []), words.timed))
                if len(x):
                    there.add(kind)
                    color = {"color": looks.get(name, OTHER).color}
                    below.plot(x, np.full(len(x), y), ls="", **{**color, **style})
        for kind, style in MARKS.items():
            if kind in there:
                label = f"{CALLED[kind]} (seed {marks_seed})" if kind == "deploy" else CALLED[kind]
                handles.append(Line2D([], [], ls="", label=label, **{"color": INK, **style}))
        top.spines["bottom"].set_visible(bool(marks))
        said = f"one point: {words.point}{words.bands}" if words.point else ""
        time_axis(below, words, said, width)
        legend_above(figure, handles, 3)
    return figure


def metrics_over_time(
    curves: Mapping[str, pd.DataFrame],
    start: pd.Series,
    looks: Mapping[str, Look],
    drifts: Sequence[DriftEvent],
    words: Words,
    width: float = FULL,
) -> Figure:
    """A panel for each metric, with a curve for each strategy.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        For each metric, a column for each strategy; index: tick.
    start : pandas.Series
        Clock time of each tick; index: tick.
    looks : dict of str to Look
        How strategies are drawn.
    drifts : sequence of DriftEvent
        Those of the stream; they are marked where there are few.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Panels in the order of the metrics, two in a row where the figure is wide.

    Examples
    --------
    >>> ticks = pd.Index([0, 1])
    >>> curves = {name: pd.DataFrame({"never": [0.9, 0.7]}, ticks) for name in ("auc", "f1")}
    >>> start, looks = pd.Series([0, 100], ticks), {"never": LOOKS[0]}
    >>> figure = metrics_over_time(curves, start, looks, [], Words())
    >>> [axes.get_title("left") for axes in figure.axes]
    ['auc', 'f1']
    """
    across = 2 if width > COLUMN and len(curves) > 1 else 1
    down = math.ceil(len(curves) / across)
    with in_style():
        figure = new_figure(width, 1.5 * down + 0.4)
        panels = figure.subplots(down, across, squeeze=False, sharex=True).ravel()
        for axes, (metric, frame) in zip(panels, curves.items(), strict=False):
            x = positions(start.loc[frame.index].to_numpy(), words.timed)
            for name in frame:
                look = looks[str(name)]
                axes.plot(x, frame[name], color=look.color, ls=look.line)
            axes.set_title(wrapped(metric, 40))
        names = list(dict.fromkeys(str(name) for frame in curves.values() for name in frame))
        handles: list[Any] = [
            Line2D([], [], color=looks[name].color, ls=looks[name].line, label=name)
            for name in names
        ]
        used = list(panels[: len(curves)])
        handles += mark_drifts(used, drifts, words.timed)
        for axes in panels[len(curves) :]:
            axes.set_axis_off()
        for axes in used[-across:]:
            time_axis(axes, words, "", width / across)
            axes.tick_params(labelbottom=True)
        legend_above(figure, handles, 4)
    return figure


def small_multiples(
    curves: Mapping[str, pd.DataFrame],
    reference: tuple[str, pd.DataFrame],
    drifts: Sequence[DriftEvent],
    words: Words,
    width: float = FULL,
) -> Figure:
    """Score over time of each strategy in a panel of its own, beside the reference.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        As `clsim.analysis.score_over_time` gives them, by strategy: a panel each. Drawn are those
        of their points that `full_points` keeps.
    reference : (str, pandas.DataFrame)
        The name and curve of the strategy that every panel shows beside its own.
    drifts : sequence of DriftEvent
        Those of the stream; they are marked where there are few.
    words : Words
    width : float, default=7.0
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Panels in the order of the strategies, three in a row, or two where the figure is narrow.

    Examples
    --------
    >>> def curve(*scores):
    ...     return pd.DataFrame({"start": [0, 100], "end": [100, 200], "n": 100.0, "mean": scores,
    ...                          "low": np.nan, "high": np.nan})
    >>> shown = {"weekly": curve(0.9, 0.8), "daily": curve(0.9, 0.9)}
    >>> figure = small_multiples(shown, ("never", curve(0.9, 0.6)), [], Words("accuracy"))
    >>> [axes.get_title("left") for axes in figure.axes if axes.lines]
    ['weekly', 'daily']
    """
    curves = {name: full_points(curve) for name, curve in curves.items()}
    reference = reference[0], full_points(reference[1])
    columns = min(3 if width > COLUMN else 2, len(curves))
    rows = math.ceil(len(curves) / columns)
    inches = width / columns
    titles = [wrapped(name, characters(inches, 0.75)) for name in curves]
    tall = 0.12 * max(title.count("\n") for title in titles)
    with in_style():
        figure = new_figure(width, 0.5 + (1.25 + tall) * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        marks: list[Any] = []
        for axes, title, curve in zip(grid.flat, titles, curves.values(), strict=False):
            base = Look(INK, (0, (2, 1)), "o")
            axes.plot(_middle(reference[1], words.timed), reference[1]["mean"], lw=0.7,
                      color=base.color, ls=base.line)  # fmt: skip
            _band(axes, curve, Look(BLUE, "-", "o"), words, 0.2)
            marks = mark_drifts([axes], drifts, words.timed)
            axes.set_title(title)
        _limits(grid.flat[0], [*curves.values(), reference[1]], words)
        for axes in grid.flat[len(curves) :]:
            axes.remove()
        for axes in grid[-1, : len(curves) - (rows - 1) * columns]:
            time_axis(axes, words, "", inches)
        figure.supylabel(words.score, fontsize=8)
        label = f"one point: {words.point}{words.bands}"
        figure.supxlabel(wrapped(label, characters(width, 0.9)), fontsize=8)
        handles = [
            Line2D([], [], color=BLUE, label="the panel's strategy"),
            Line2D([], [], color=INK, ls=(0, (2, 1)), lw=0.7, label=f"{reference[0]} (reference)"),
            *marks,
        ]
        legend_above(figure, handles, 4)
    return figure


def full_points(curve: pd.DataFrame) -> pd.DataFrame:
    """A curve without a last point of much fewer events than the others have, which is chance.

    The end of a log cuts its last tick, and what is left may be an event or two.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `clsim.analysis.score_over_time` gives it.

    Returns
    -------
    pandas.DataFrame
        Without its last row if that has less than half of the mean number of events of the others.

    Examples
    --------
    >>> len(full_points(pd.DataFrame({"n": [10.0, 14.0, 6.0]})))
    3
    >>> len(full_points(pd.DataFrame({"n": [10.0, 14.0, 5.0]})))
    2
    """
    n = curve["n"].to_numpy(dtype=float)
    return curve.iloc[:-1] if len(n) > 1 and n[-1] < SHORT * n[:-1].mean() else curve


def seldom(drifts: Sequence[DriftEvent], start: int, end: int) -> list[DriftEvent]:
    """Drifts worth a mark between two clock times: few of a kind, and not nearly throughout."""
    alike: dict[Any, list[DriftEvent]] = {}
    for drift in drifts:
        if drift.end >= start and drift.start <= end:
            alike.setdefault((drift.kind, drift.target, drift.slice), []).append(drift)
    return [
        drift
        for same in alike.values()
        if len(same) <= REPEATS
        and sum(min(d.end, end) - max(d.start, start) for d in same) <= 0.75 * (end - start)
        for drift in same
    ]


def mark_drifts(
    panels: Sequence[Axes], drifts: Sequence[DriftEvent], timed: bool
) -> list[Line2D | Patch]:
    """Mark drifts in all panels; give the entries of the legend."""
    at = {_called(d.kind) for d in drifts if d.start == d.end}
    over = {_called(d.kind) for d in drifts if d.start != d.end}
    for drift in drifts:
        start, end = positions([drift.start, drift.end], timed)
        for axes in panels:
            if start == end:
                axes.axvline(start, color=PURPLE, lw=1.0, ls=(0, (4, 2)), zorder=0.5)
            else:
                axes.axvspan(start, end, color=PURPLE, alpha=0.2, lw=0, zorder=0.5)
    handles: list[Line2D | Patch] = []
    if at:
        handles.append(Line2D([], [], color=PURPLE, lw=1.0, ls=(0, (4, 2)),
                              label=", ".join(sorted(at))))  # fmt: skip
    if over:
        handles.append(Patch(color=PURPLE, alpha=0.2, lw=0,
                             label=", ".join(sorted(over))))  # fmt: skip
    return handles


def _called(kind: str) -> str:
    return kind if kind.startswith("fault") else f"{kind} drift"


def _thinned(x: np.ndarray) -> np.ndarray:
    if len(x) <= MAX_MARKS:
        return x
    step = (x.max() - x.min()) / MAX_MARKS
    return x[np.unique(np.floor((x - x.min()) / step), return_index=True)[1]]


def _middle(curve: pd.DataFrame, timed: bool) -> np.ndarray:
    return (positions(curve["start"], timed) + positions(curve["end"], timed)) / 2


def _band(axes: Axes, curve: pd.DataFrame, look: Look, words: Words, alpha: float) -> None:
    x = _middle(curve, words.timed)
    if words.bands:
        axes.fill_between(x, curve["low"], curve["high"], color=look.color, alpha=alpha, lw=0)
    axes.plot(x, curve["mean"], color=look.color, ls=look.line)


def _limits(axes: Axes, curves: Sequence[pd.DataFrame], words: Words) -> None:
    """Show all means; wide bands are cut off, so that they do not flatten the curves."""
    every = pd.concat(curves)
    start = float(positions(every["start"], words.timed).min())
    end = float(positions(every["end"], words.timed).max())
    pad = 0.01 * (end - start)
    axes.set_xlim(start - pad, end + pad)
    low, high = float(every["mean"].min()), float(every["mean"].max())
    if not math.isfinite(low):
        return
    room = 0.5 * (high - low) if high > low else 0.05 * max(abs(high), 1e-9)
    best = 1.0 if words.score == "accuracy" else math.inf
    if words.bands and every["low"].notna().any():
        low = min(low, max(low - room, float(every["low"].min())))
        high = max(high, min(high + room, float(every["high"].max()), best))
    edge = 0.04 * max(high - low, room)
    axes.set_ylim(low - edge, high + edge)
