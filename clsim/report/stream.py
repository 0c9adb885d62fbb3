"""One figure of a stream: what it holds, how it drifts, and how late its labels are."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from clsim.clock import UNITS, to_minute
from clsim.engine.knowledge import Knowledge
from clsim.protocols import as_stream
from clsim.report.figures.style import (
    BLUE,
    FULL,
    GREEN,
    GREY,
    INK,
    LOOKS,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    characters,
    in_style,
    new_figure,
    positions,
    thousands,
    tint,
    wrapped,
)
from clsim.report.figures.time import REPEATS, seldom
from clsim.types import NEVER, NEVER_TIME, DriftEvent

MEANS, TICKS = 73, 400
"""Largest number of points of a curve of means, and of one of counts or weights."""

BESIDE = 1.6
"""Inches that names take beside the panels, at most."""

NARROW = 5.0
"""Inches up to which a figure is for one column."""

LINES = len(LOOKS)
"""Largest number of lines in a panel."""

FILLS = (
    (GREY, 0.18, ""), (SKY, 0.75, ""), (ORANGE, 0.75, "//////"), (GREEN, 0.75, "......"),
    (PURPLE, 0.75, "xxxxxx"), (BLUE, 0.85, "||||||"), (VERMILLION, 0.75, "------"),
    (GREY, 0.75, "++++++"),
)  # fmt: skip
"""Colour, how much of it, and hatch of each concept; after the last they begin again."""


# what is drawn ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bins:
    """Ticks in bins, from the first event on.

    Attributes
    ----------
    edges : numpy.ndarray of shape (bins + 1,)
        Clock times.
    rows : numpy.ndarray of shape (n,)
        The bin of each row.
    """

    edges: np.ndarray
    rows: np.ndarray

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean in each bin, leaving out what is missing; NaN where there is nothing."""
        sums = pd.Series(np.asarray(values, dtype=float)).groupby(self.rows).mean()
        return sums.reindex(range(len(self.edges) - 1)).to_numpy()

    def count(self, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
        """Number of rows in each bin."""
        return np.bincount(self.rows[rows], minlength=len(self.edges) - 1)


def bins(world: Knowledge, most: int) -> Bins:
    """Whole ticks in at most ``most`` bins, and the warm-up in bins as long."""
    tick, in_rows = world.timeline.clock.tick, world.timeline.clock.tick_in_rows
    start = world.timeline.n_warm if in_rows else int(world.timeline.starts[0])
    first, end = (
        (0, world.timeline.n)
        if in_rows
        else (int(world.timeline.time[0]), int(world.timeline.starts[-1]))
    )
    length = tick * math.ceil((end - first) / tick / most)
    before = start - length * np.arange((start - first) // length, 0, -1)
    edges = np.concatenate([before, np.arange(start, end, length), [end]]).astype(np.int64)
    if edges[0] > first:
        edges = np.append(first, edges)
    position = np.arange(world.timeline.n) if in_rows else world.timeline.time
    rows = np.searchsorted(edges, position, "right") - 1
    if in_rows and world.timeline.clock.timed:
        edges = np.append(world.timeline.time[edges[:-1]], world.timeline.time[-1] + 1)
    return Bins(edges, np.clip(rows, 0, len(edges) - 2))


def weights(stream: Any, world: Knowledge, grid: Bins) -> pd.DataFrame | None:
    """Mean expected weights in each bin: of concepts first, then of other drifts; None: unknown.

    The columns are named for a legend.
    """
    stream = as_stream(stream)
    low, high = grid.edges[:-1, None], grid.edges[1:, None]
    times = (low + (high - low) * (np.arange(24) + 0.5) / 24).astype(np.int64)
    known = stream.truth(times.ravel(), world.timeline.seed)
    if known is None:
        return None
    truth = known.drop(columns="time")
    truth = truth.loc[:, ~truth.columns.str.startswith("fault ")]
    names, concept = ["concept 0"], 0
    for drift in stream.layers()[-1].drifts:
        on = f" ({drift.slice})" if drift.slice else ""
        if drift.target == "concept":
            concept += 1
            names.insert(concept, f"concept {concept}{on}")
        else:
            kind = re.sub("(?<=[a-z])(?=[A-Z])", " ", type(drift.to).__name__).lower()
            names.append(f"{drift.kind} {kind}{on}")
    if len(names) != truth.shape[1]:  # a stream that says nothing of its drifts
        names = list(map(str, truth))
    means = truth.to_numpy().reshape(*times.shape, -1).mean(axis=1)
    return pd.DataFrame(means, columns=names)


def features(world: Knowledge, grid: Bins) -> pd.DataFrame:
    """Means of the numeric features whose means vary most, standardised over the stream."""
    X = (
        world.timeline.X
        if isinstance(world.timeline.X, pd.DataFrame)
        else pd.DataFrame(world.timeline.X)
    )
    X = X.set_axis(list(world.timeline.schema.features), axis=1).select_dtypes("number")
    columns = {}
    for name, column in X.items():
        values = column.to_numpy(dtype=float, na_value=np.nan)
        centre, scale = np.nanmean(values), np.nanstd(values)
        constant = scale <= 1e-12 * abs(centre)
        columns[name] = (grid.mean(values) - centre) / (1.0 if constant else scale)
    means = pd.DataFrame(columns)
    spread = (means.max() - means.min()).sort_values(ascending=False, kind="stable")
    chosen = set(spread.index[:LINES])
    return means[[name for name in means if name in chosen]]


def pending(world: Knowledge) -> tuple[np.ndarray, np.ndarray]:
    """At the start of each tick: events whose label is still to come, and never comes."""
    lost = np.append(0, np.cumsum(world.labels.time == NEVER_TIME))
    served = world.timeline.first[:-1]
    never = lost[served]
    return served - world.known.settled().counts - never, never


def loading(world: Knowledge) -> np.ndarray:
    """At the start of each tick: events whose label is known, and that cannot be trained on yet."""
    return world.known.settled().counts - world.training.settled().counts


def describe(stream: Any, world: Knowledge) -> str:
    """The stream in a few lines: what it is, its changes, and how late its labels are."""
    schema = world.timeline.schema
    stream = as_stream(stream)
    lines, shown = [stream.describe()], []
    if not lines[0]:
        kind = f"{len(schema.classes)} classes" if len(schema.classes) else "regression"
        size = f"{world.timeline.n:,} events, {len(schema.features)} features"
        lines, shown = [f"{stream.class_name}: {size}, {kind}"], world.timeline.drifts
    for drift in shown[:12]:
        start, end = (_moment(t, schema.timed) for t in (drift.start, drift.end))
        until = "" if end == start else f" to {end}"
        lines.append(f"- {_name(drift)}: {start}{until}")
    if len(shown) > 12:
        lines.append(f"- and {len(shown) - 12} more")
    late = (world.labels.time - world.timeline.time)[world.labels.time != NEVER_TIME]
    middle = float(np.median(late)) if len(late) else 0.0
    words = f"median delay {_length(middle, schema.timed)}" if middle else "at once"
    missing = (
        f"{1 - len(late) / world.timeline.n:.1%} never come" if len(late) < world.timeline.n else ""
    )
    said = [words] * bool(len(late)) + [missing] * bool(missing)
    if world.labels.told is not None and world.labels.final is not None:
        wrong = np.asarray(world.labels.told_truth != world.labels.truth)
        mended = np.mean(world.labels.final[wrong] != NEVER)
        rest = f"{mended:.0%} of them are revised" if mended else "and never revised"
        said.append(f"{wrong.mean():.1%} are told otherwise, {rest}")
    lines.append(f"- labels: {'; '.join(said)}")
    if world.training is not world.known:
        both = world.training.arrives != NEVER
        later = np.mean(world.training.arrives[both] > world.known.arrives[both])
        lines.append(f"- rows: {later:.1%} can be trained on in a later tick than their label")
    return "\n".join(lines)


# the figure ---------------------------------------------------------------------------------


def draw(stream: Any, world: Knowledge, width: float = FULL) -> Figure:
    """Panels of a stream under one time axis; those that it has nothing for are left out.

    Parameters
    ----------
    stream : Stream
    world : Knowledge
        The same stream on a clock, with the delay of its labels.
    width : float, default=7.0
        In inches; below 5, titles are broken and legends stand under them.
    """
    fine, coarse = bins(world, TICKS), bins(world, MEANS)
    truth = weights(stream, world, fine)
    concepts = others = pd.DataFrame()
    heading = "weights of concepts"
    if truth is not None:
        is_concept = truth.columns.str.startswith("concept ")
        concepts, others = truth.loc[:, is_concept], truth.loc[:, ~is_concept]
        slices = {name.partition(" (")[2].rstrip(")") for name in concepts.columns[1:]}
        if len(slices) == 1 and slices != {""}:  # the same for all, so said once
            heading += f" in {slices.pop()}"
            concepts = concepts.rename(columns=lambda name: name.partition(" (")[0])
    means = features(world, coarse)
    to_come, never = pending(world)
    panels: list[Callable[[Axes], None]] = []
    if concepts.shape[1] > 1:
        panels.append(lambda axes: _stack(axes, concepts, fine, world, heading))
    if others.shape[1]:
        panels.append(lambda axes: _others(axes, others, fine, world))
    panels.append(lambda axes: _target(axes, coarse, world))
    if means.shape[1]:
        every = world.timeline.schema.features
        title = f"standardised means of {means.shape[1]} of {len(every)} features"
        panels.append(lambda axes: _lines(axes, means, coarse, world, title))
    panels.append(lambda axes: _arrivals(axes, fine, world))
    if to_come.any() or never.any():
        panels.append(lambda axes: _pending(axes, to_come, never, world))
    if loading(world).any():
        awaited = "events whose label is known, and that cannot be trained on yet"
        panels.append(lambda axes: _backlog(axes, loading(world), awaited, world))

    rows = _rows(world.timeline.drifts)
    lines = sum(wrapped(name, _beside(width)).count("\n") + 1 for name in rows)
    strip = 0.05 + 0.13 * (lines + 1)
    each = 0.98 if width > NARROW else 1.3
    with in_style():
        figure = new_figure(width, 0.35 + strip + each * len(panels))
        ratios = [strip, *[0.72] * len(panels)]
        below = figure.subplots(len(ratios), 1, sharex=True, height_ratios=ratios, squeeze=False)
        top, *rest = below[:, 0]
        _strip(top, rows, world)
        for axes, panel in zip(rest, panels, strict=True):
            panel(axes)
            _mark(axes, rows, world)
            axes.margins(x=0)
        start, end = positions(
            [world.timeline.time[0], world.timeline.starts[-1]], world.timeline.clock.timed
        )
        top.set_xlim(start, end)
        for axes in (top, *rest[:-1]):
            axes.tick_params(bottom=False)
        _time_axis(rest[-1], world.timeline.clock.timed)
    return figure


def _name(drift: DriftEvent) -> str:
    text = drift.kind if drift.target == "data" else f"{drift.kind}, {drift.target}"
    return f"{text}, {drift.slice}" if drift.slice else text


def _rows(drifts: Sequence[DriftEvent]) -> dict[str, list[DriftEvent]]:
    """Changes by what they are called, in order of their first; faults come last."""
    rows: dict[str, list[DriftEvent]] = {}
    for drift in sorted(drifts, key=lambda d: d.target == "data"):
        rows.setdefault(_name(drift), []).append(drift)
    return rows


def _strip(axes: Axes, rows: dict[str, list[DriftEvent]], world: Knowledge) -> None:
    """A row for each sort of change: a bar for each that lasts, a diamond for each that does not.

    The first row is the warm-up.
    """
    timed = world.timeline.clock.timed
    start, end = positions([world.timeline.time[0], world.timeline.starts[0]], timed)
    if world.timeline.n_warm:
        axes.barh(0, end - start, left=start, height=0.6, color=_on_white(GREY, 0.5), lw=0)
    beside = _beside(axes.get_figure(root=True).get_figwidth())  # type: ignore[union-attr]
    names = ["warm-up" if world.timeline.n_warm else "", *(wrapped(name, beside) for name in rows)]
    heights = np.array([name.count("\n") + 1 for name in names])
    middles = np.cumsum(heights) - heights / 2 - 0.5
    for row, drifts in zip(middles[1:], rows.values(), strict=True):
        for drift in drifts:
            a, b = positions([drift.start, drift.end], timed)
            if a == b:
                axes.plot(a, row, marker="D", ms=3, color=_color(drift), ls="")
            else:
                hatch = "//////" if drift.target == "data" else ""
                axes.barh(row, b - a, left=a, height=0.6, color=_on_white(_color(drift), 0.7),
                          hatch=hatch, edgecolor=INK,
                          lw=0.4 if len(drifts) <= 2 * REPEATS else 0)  # fmt: skip
    axes.set_yticks(middles, names)
    axes.set_ylim(heights.sum() - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelsize=7)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)


def _color(drift: DriftEvent) -> str:
    return ORANGE if drift.target == "data" else PURPLE


def _mark(axes: Axes, rows: dict[str, list[DriftEvent]], world: Knowledge) -> None:
    """Mark in a panel the changes that do not come often and do not last nearly throughout."""
    every = [drift for drifts in rows.values() for drift in drifts]
    marked = seldom(every, int(world.timeline.time[0]), int(world.timeline.starts[-1]))
    until: dict[str, int] = {}  # so that no stretch is shaded twice in one colour
    for drift in sorted(marked, key=lambda d: (d.start, d.end)):
        start, end, color = drift.start, drift.end, _color(drift)
        if start == end:
            x = float(positions([start], world.timeline.clock.timed)[0])
            axes.axvline(x, color=color, lw=0.8, ls=(0, (4, 2)), zorder=2.5)
            continue
        start = max(start, until.get(color, start))
        if start < end:
            a, b = positions([start, end], world.timeline.clock.timed)
            hatch = "//////" if drift.target == "data" else ""
            axes.axvspan(a, b, facecolor=tint(color, 0.18), hatch=hatch, lw=0, zorder=0.5,
                         edgecolor=tint(color, 0.45))  # fmt: skip
            until[color] = end


def _edges(grid: Bins, world: Knowledge) -> np.ndarray:
    return positions(grid.edges, world.timeline.clock.timed)


def _lines(
    axes: Axes, curves: pd.DataFrame, grid: Bins, world: Knowledge, title: str, legend: bool = True
) -> None:
    """A line through the middles of the bins for each column."""
    edges = _edges(grid, world)
    handles = []
    for number, (name, values) in enumerate(curves.items()):
        look = LOOKS[number % LINES]
        axes.plot((edges[1:] + edges[:-1]) / 2, values, color=look.color, ls=look.line, lw=1.0)
        handles.append(Line2D([], [], color=look.color, ls=look.line, lw=1.0, label=str(name)))
    _head(axes, title, handles if legend else [])


def _others(axes: Axes, weights: pd.DataFrame, grid: Bins, world: Knowledge) -> None:
    axes.set_ylim(-0.04, 1.06)
    _lines(axes, weights, grid, world, "weights of drifts of inputs and labels")
    axes.set_yticks([0, 0.5, 1])


def _stack(
    axes: Axes, shares: pd.DataFrame, grid: Bins, world: Knowledge, title: str, graded: bool = False
) -> None:
    """Shares that sum to 1, one on the other; graded: from dark to light, for many."""
    edges, base = _edges(grid, world), np.zeros(len(shares))
    fills: list[tuple[str, float, str]] = [FILLS[k % len(FILLS)] for k in range(shares.shape[1])]
    if graded:
        fills = [(BLUE, share, "") for share in np.linspace(1.0, 0.08, shares.shape[1])]
    handles = []
    for (name, values), (color, share, hatch) in zip(shares.items(), fills, strict=True):
        top, color = base + values.to_numpy(), _on_white(color, share)
        axes.stairs(top, edges, baseline=base, fill=True, facecolor=color, hatch=hatch,
                    edgecolor=INK, lw=0)  # fmt: skip
        handles.append(Patch(facecolor=color, hatch=hatch, edgecolor=INK, lw=0.3, label=str(name)))
        base = top
    axes.set_ylim(0, 1)
    _head(axes, title, [handles[0], handles[-1]] if graded else handles)


def _on_white(color: str, share: float) -> str:
    """An opaque tint."""
    return to_hex(np.array(to_rgb(color)) * share + 1.0 - share)  # type: ignore[arg-type]


def _target(axes: Axes, grid: Bins, world: Knowledge) -> None:
    """Class shares, or the mean of the target."""
    classes = world.timeline.schema.classes
    if len(classes) == 0:
        mean = pd.DataFrame({"y": grid.mean(world.labels.truth)})
        _lines(axes, mean, grid, world, "mean of the target", legend=False)
        axes.yaxis.set_major_formatter(thousands())
        return
    every = {str(c): grid.mean(world.labels.truth == k) for k, c in enumerate(classes)}
    if len(classes) == 2:
        share = pd.DataFrame({"share": every[str(classes[1])]})
        _lines(axes, share, grid, world, f"share of class {classes[1]}", legend=False)
        axes.set_ylim(bottom=0)
        low, high = axes.get_ylim()
        axes.set_ylim(low, min(high * 1.08, 1.02))
        return
    named = pd.DataFrame(every).add_prefix("class ").ffill()
    if len(classes) <= LINES:
        _lines(axes, named, grid, world, "class shares")
        axes.set_ylim(bottom=0)
    else:
        _stack(axes, named, grid, world, "class shares", graded=True)


def _arrivals(axes: Axes, grid: Bins, world: Knowledge) -> None:
    """Events in each tick, in all and of the slices of the first column."""
    edges = _edges(grid, world)
    tick, timed = world.timeline.clock.tick, world.timeline.clock.timed
    lengths = np.diff(grid.edges)
    per = f"per tick ({_length(tick, timed)})"
    if timed and world.timeline.clock.tick_in_rows:
        tick, per = UNITS["d"], "per day"
    # the first bin and the last may be cut off
    whole = np.minimum(np.append(lengths[:-1], world.timeline.time[-1] - grid.edges[-2]), lengths)
    whole = whole >= 0.9 * np.median(lengths)
    if world.timeline.clock.tick_in_rows:
        whole = np.append(np.ones(len(whole) - 1, dtype=bool), not timed)

    counts = {"all": grid.count()}
    column = next(
        (c for c, names in world.timeline.schema.slices.items() if len(names) < LINES), None
    )
    if column is not None:
        for code, name in enumerate(world.timeline.schema.slices[column]):
            counts[name] = grid.count(world.timeline.slices[column] == code)
    handles = []
    for look, (name, count) in zip(LOOKS, counts.items(), strict=False):
        values = np.where(whole, count * tick / np.maximum(lengths, 1), np.nan)
        axes.stairs(values, edges, baseline=None, color=look.color, ls=look.line, lw=0.8)
        handles.append(Line2D([], [], color=look.color, ls=look.line, lw=0.8, label=name))
    axes.set_ylim(bottom=0)
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * 1.06)
    axes.yaxis.set_major_formatter(thousands())
    _head(axes, f"events {per}", handles if len(handles) > 1 else [])


def _pending(axes: Axes, to_come: np.ndarray, never: np.ndarray, world: Knowledge) -> None:
    """Labels still to come; or, where all that is missing never comes, those that never come."""
    values, title = to_come, "served events whose label is still to come"
    if not to_come.any():
        values, title = never, "served events whose label never comes"
    elif never.any():
        share = float(np.mean(world.labels.time == NEVER_TIME))
        title += f" (those of another {share:.0%} never come)"
    _backlog(axes, values, title, world)


def _backlog(axes: Axes, values: np.ndarray, title: str, world: Knowledge) -> None:
    """How many events wait for something, at the start of each tick."""
    edges = positions(world.timeline.starts, world.timeline.clock.timed)
    axes.stairs(values, edges, baseline=0, fill=True, color=_on_white(SKY, 0.75), lw=0)
    if world.timeline.n_ticks <= TICKS:
        axes.stairs(values, edges, baseline=None, color=INK, lw=0.6)
    axes.set_ylim(0, values.max() * 1.08)
    axes.yaxis.set_major_formatter(thousands())
    _head(axes, title, [])


def _beside(width: float) -> int:
    """Characters in a line of a name beside the panels."""
    return 24 if width > NARROW else 12


def _head(axes: Axes, title: str, handles: Sequence[Any]) -> None:
    """Title on the left above a panel, and the legend on its right, in as many columns as fit.

    In a narrow figure the legend stands under the title.
    """
    figure: Any = axes.figure
    width = figure.get_figwidth()
    narrow = width <= NARROW
    text = axes.set_title(wrapped(title, characters(width, 0.8)) if narrow else title, pad=3)
    if axes.get_ylim() == (0, 1):
        axes.set_yticks([0, 0.5, 1])
    else:
        axes.yaxis.set_major_locator(MaxNLocator(3))
    renderer = figure.canvas.get_renderer()
    room = (width - (0.7 if narrow else BESIDE)) * figure.dpi
    room -= 0 if narrow else text.get_window_extent(renderer).width
    side: Any = ("lower left", (0.0, 1.03)) if narrow else ("lower right", (1.0, 1.03))
    for columns in range(len(handles), 0, -1):
        legend = axes.legend(handles=list(handles), loc=side[0], bbox_to_anchor=side[1],
                             ncols=columns, handlelength=1.8, columnspacing=1.2, fontsize=7,
                             handletextpad=0.5, borderaxespad=0.0, borderpad=0.1)  # fmt: skip
        extent = legend.get_window_extent(renderer)
        if extent.width <= room:
            break
    if narrow and handles:
        axes.set_title(text.get_text(), pad=5 + extent.height / figure.dpi * 72)


def _time_axis(axes: Axes, timed: bool) -> None:
    if timed:
        wide = axes.get_figure(root=True).get_figwidth() > NARROW  # type: ignore[union-attr]
        locator = AutoDateLocator(minticks=4 if wide else 2, maxticks=10 if wide else 5)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    else:
        axes.xaxis.set_major_formatter(thousands())
        wide = axes.get_figure(root=True).get_figwidth() > NARROW  # type: ignore[union-attr]
        axes.xaxis.set_major_locator(MaxNLocator(6 if wide else 3, integer=True))
        axes.set_xlabel("row of the stream")


# words --------------------------------------------------------------------------------------


def _moment(time: int, timed: bool) -> str:
    if not timed:
        return f"row {time:,}"
    moment = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=int(time))
    return to_minute(moment)


def _length(length: float, timed: bool) -> str:
    """A length on the clock in words, as ``'3 d'`` or ``'100 rows'``."""
    if not timed:
        return f"{length:,.0f} row{'' if length == 1 else 's'}"
    for unit in ("d", "h", "min"):
        if length >= UNITS[unit]:
            return f"{length / UNITS[unit]:.3g} {unit}"
    return f"{length / UNITS['s']:.3g} s"
