"""Figures fit for a paper: vector graphics, readable in grey and by the colour-blind.

Colours are those of Okabe & Ito (2008), Color universal design; each comes with a line style or a
hatch of its own. Nothing here touches matplotlib's global state.
"""

from __future__ import annotations

import io
import itertools
import logging
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import (
    FuncFormatter,
    LogLocator,
    MaxNLocator,
    NullFormatter,
    SymmetricalLogLocator,
)
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike

from clsim.analysis.comparison import Interval
from clsim.report.tables import MINUS, amount

COLUMN, FULL = 3.4, 7.0
"""Widths of a figure in inches: one column of a paper, or both."""

INK = "#1b1b1d"
"""Colour of text and axes; in the page it becomes the colour of the page's text."""

ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = (
    "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
GREY = "#808080"

RC: Any = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7.5,
    "xtick.labelsize": 7.5, "ytick.labelsize": 7.5, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4, "lines.linewidth": 1.2, "axes.spines.top": False,
    "axes.spines.right": False, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "hatch.linewidth": 0.5, "legend.frameon": False,
    "axes.titlelocation": "left", "pdf.fonttype": 42, "svg.fonttype": "path",
    "svg.hashsalt": "clsim", "path.simplify": False, "figure.dpi": 200, "axes.unicode_minus": True,
}  # fmt: skip

MAX_BINS = 90
"""Largest number of points of a curve."""

NAMED = 16
"""Largest number of points that all have names and whiskers in accuracy against cost; of more,
only those on the frontier and those that other figures show."""

MAX_MARKS = 700
"""Largest number of marks of one strategy in a strip; closer ones cannot be told apart."""


@dataclass(frozen=True)
class Look:
    """How a strategy is drawn in every figure."""

    color: str
    line: Any
    marker: str


LOOKS = (
    Look(INK, "-", "o"),
    Look(VERMILLION, (0, (5, 1.2)), "s"),
    Look(BLUE, (0, (1.2, 0.8)), "^"),
    Look(GREEN, (0, (5, 1.2, 1.2, 1.2)), "D"),
)
OTHER = Look(GREY, "-", "o")


@dataclass(frozen=True)
class Words:
    """What the axes of a setting are called.

    Attributes
    ----------
    score : str
        Name of the score, as ``'accuracy'``.
    loss : str
        What a unit of loss is, as ``'wrong predictions'``.
    currency : str
    timed : bool
        Whether clocks are microseconds since 1970; if not, row numbers.
    point : str
        What a point of a curve over time is, as ``'4 ticks (192 events)'``.
    seeds : int
        Largest number of seeds of a strategy.
    """

    score: str
    loss: str
    currency: str
    timed: bool
    point: str
    seeds: int

    @property
    def spread(self) -> str:
        """What bands and whiskers show; empty where there are none."""
        return f"95% interval over {self.seeds} seeds" if self.seeds > 1 else ""

    @property
    def bands(self) -> str:
        """As ``spread``, but empty for two seeds too: their bands would hide every curve."""
        return f"; bands: {self.spread}" if self.seeds > 2 else ""


def bin_width(ticks: int) -> int:
    """Number of ticks in a bin, so that no curve has more than `MAX_BINS` points."""
    return max(1, math.ceil(ticks / MAX_BINS))


def accuracy_over_time(
    curves: Mapping[str, pd.DataFrame],
    looks: Mapping[str, Look],
    captions: Mapping[str, str],
    drifts: Sequence[Mapping[str, Any]],
    marks: Mapping[str, tuple[Any, Any]],
    words: Words,
    marks_seed: int,
) -> Figure:
    """Score over time, and under it when each strategy deployed.

    Parameters
    ----------
    curves : dict of str to pandas.DataFrame
        As `clsim.analysis.comparison.score_over_time` gives them, by strategy; few.
    captions : dict of str to str
        What the legend calls them.
    drifts : list of dict
        kind, start and end in clock units.
    marks : dict of str to (deployments, rejections)
        Clock times of one seed's run, by strategy, in the order of the rows of the strip.
    """
    strip = 0.13 * len(marks) + 0.05
    with rc_context(RC):
        figure = _figure(FULL, 2.75 + strip)
        top, below = figure.subplots(
            2, 1, sharex=True, gridspec_kw={"height_ratios": [2.1, strip], "hspace": 0.02}
        )
        handles: list[Any] = []
        for name, curve in curves.items():
            look = looks[name]
            _band(top, curve, look, words, 0.13)
            handles.append(
                Line2D([], [], color=look.color, ls=look.line, label=captions[name])
            )  # fmt: skip
        handles += _drifts([top, below], drifts, words.timed)
        top.set_ylabel(words.score)
        _limits(top, list(curves.values()), words)
        top.tick_params(bottom=False)
        below.set_ylim(len(marks) - 0.4, -0.6)
        below.set_yticks(range(len(marks)), [_short(name) for name in marks])
        below.tick_params(axis="y", length=0, labelsize=7)
        below.spines["left"].set_visible(False)
        for row, (name, (deployed, rejected)) in enumerate(marks.items()):
            look = looks.get(name, OTHER)
            x = _thinned(_x(deployed, words.timed))
            below.plot(x, np.full(len(x), row), ls="", marker="|", ms=6, mew=0.7, color=look.color)
            x = _thinned(_x(rejected, words.timed))
            below.plot(x, np.full(len(x), row), ls="", marker="x", ms=2.6, mew=0.6, color=GREY)
        handles.append(Line2D([], [], ls="", marker="|", ms=6, mew=0.8, color=INK,
                              label=f"new model serves (seed {marks_seed})"))  # fmt: skip
        if any(len(rejected) for _, rejected in marks.values()):
            handles.append(Line2D([], [], ls="", marker="x", ms=3, mew=0.7, color=GREY,
                                  label="challenger rejected"))  # fmt: skip
        _time_axis(below, words, f"one point: {words.point}{words.bands}")
        _legend_above(figure, handles, 3)
    return figure


def small_multiples(
    curves: Mapping[str, pd.DataFrame],
    reference: tuple[str, pd.DataFrame],
    drifts: Sequence[Mapping[str, Any]],
    words: Words,
) -> Figure:
    """Score over time of each strategy in a panel of its own, beside the reference."""
    columns = min(3, len(curves))
    rows = math.ceil(len(curves) / columns)
    with rc_context(RC):
        figure = _figure(FULL, 0.75 + 1.25 * rows)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        marks: list[Any] = []
        for axes, (name, curve) in zip(grid.flat, curves.items(), strict=False):
            base = Look(INK, (0, (2, 1)), "o")
            axes.plot(_middle(reference[1], words.timed), reference[1]["mean"], lw=0.7,
                      color=base.color, ls=base.line)  # fmt: skip
            _band(axes, curve, Look(BLUE, "-", "o"), words, 0.2)
            marks = _drifts([axes], drifts, words.timed)
            axes.set_title(_wrapped(name, 36))
        _limits(grid.flat[0], [*curves.values(), reference[1]], words)
        for axes in grid.flat[len(curves) :]:
            axes.remove()
        for axes in grid[-1, : len(curves) - (rows - 1) * columns]:
            _time_axis(axes, words, "")
        figure.supylabel(words.score, fontsize=8)
        figure.supxlabel(f"one point: {words.point}{words.bands}", fontsize=8)
        handles = [
            Line2D([], [], color=BLUE, label="the panel's strategy"),
            Line2D([], [], color=INK, ls=(0, (2, 1)), lw=0.7, label=f"{reference[0]} (reference)"),
            *marks,
        ]
        _legend_above(figure, handles, 4)
    return figure


def accuracy_cost(
    points: pd.DataFrame, looks: Mapping[str, Look], words: Words, slope: float
) -> Figure:
    """Score against upkeep, with the Pareto frontier.

    Parameters
    ----------
    points : pandas.DataFrame
        Index: strategy. Columns: cost, cost_low, cost_high, score, score_low, score_high, pareto,
        cheapest; NaN bounds where there is no interval.
    slope : float
        Score that is worth one unit of money in total cost; NaN: no line of equal cost.
    """
    wide = len(points) > 4
    if len(points) > NAMED:
        named = points["pareto"] | points.index.isin(list(looks))
        bounds = ["cost_low", "cost_high", "score_low", "score_high"]
        points = points.assign(**{name: points[name].where(named) for name in bounds})
    else:
        named = pd.Series(True, points.index)
    with rc_context(RC):
        figure = _figure(FULL if wide else COLUMN, 3.6 if wide else 3.0)
        axes = figure.subplots()
        _cost_scale(axes, points["cost"], words.currency, wide)
        equal = np.empty((0, 2))
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
        x, y = _staircase(front["cost"], front["score"], right)
        axes.plot(x, y, color=SKY, lw=1.6, zorder=1)
        axes.set_xlim(right=right)
        handles = [
            Line2D(
                [],
                [],
                color=SKY,
                lw=1.6,
                marker="o",
                ms=4,
                mfc=INK,
                mec=INK,
                label="Pareto frontier",
            ),
            Line2D([], [], color=INK, marker="o", ms=4, mfc="none", ls="", label="dominated"),
        ]
        best = points[points["cheapest"]]
        if len(best) and math.isfinite(slope):
            low, high = axes.get_ylim()
            x = np.append(0.0, np.geomspace(right * 1e-4, right, 200))
            y = best["score"].iloc[0] + (x - best["cost"].iloc[0]) * slope
            inside = (y >= low) & (y <= high)
            equal = np.column_stack([x[inside], y[inside]])
            axes.plot(*equal.T, color=GREY, lw=0.8, ls=(0, (1, 1.5)), zorder=1)
            axes.set_ylim(low, high)
            handles.append(Line2D([], [], color=GREY, lw=0.8, ls=(0, (1, 1.5)),
                                  label="same total cost as the cheapest"))  # fmt: skip
        axes.set_ylabel(words.score)
        handles += _whisker_handle(words)
        _legend_above(figure, handles, 5 if wide else 2)
        _settle(figure)
        lines = [np.column_stack(_staircase(front["cost"], front["score"], right)), equal]
        _place_labels(axes, points[named], _obstacles(axes, points, lines))
    return figure


def opportunity(
    curve: pd.DataFrame,
    names: tuple[str, str],
    total: Interval,
    bars: pd.DataFrame,
    reference: str,
    words: Words,
    per_event: float,
    note: str,
) -> Figure:
    """Opportunity cost: two loss curves with the area between them, and a bar per strategy.

    Parameters
    ----------
    curve : pandas.DataFrame
        As `clsim.analysis.opportunity.mean_curve` gives it for strategies A and B.
    names : (str, str)
        A and B.
    total : Interval
        OC(A|B), the area, in units of loss.
    bars : pandas.DataFrame
        Index: strategy. Columns: mean, low, high of OC(strategy|reference) in units of loss, and
        money (mean).
    per_event : float
        Units of loss per event for one unit of loss: 1 / number of events.
    note : str
        What a step of the curves is.
    """
    a, b = names
    with rc_context(RC):
        figure = _figure(FULL, max(2.9, 1.35 + _rows_height(bars.index, 26)))
        left, right = figure.subplots(1, 2, width_ratios=[1.45, 1])
        figure.get_layout_engine().set(wspace=0.05)  # type: ignore[union-attr, call-arg]
        edges = np.append(curve["events_start"], curve["events_end"].iloc[-1])
        x = np.repeat(edges, 2)[1:-1]
        ya, yb = np.repeat(curve[["a", "b"]].to_numpy(float), 2, axis=0).T
        left.fill_between(x, ya, yb, where=list(ya > yb), color=ORANGE, alpha=0.55, lw=0)
        left.fill_between(
            x, ya, yb, where=list(ya < yb), facecolor=_tint(SKY, 0.55), lw=0, hatch="//////",
            edgecolor=BLUE,
        )  # fmt: skip
        left.stairs(curve["b"], edges, color=INK, lw=0.8, baseline=None)
        left.stairs(curve["a"], edges, color=VERMILLION, lw=0.8, ls=(0, (3, 0.8)), baseline=None)
        left.set_xlabel(f"events served (one step: {note})")
        left.set_ylabel(f"{words.loss} per event")
        left.margins(x=0, y=0.08)
        left.xaxis.set_major_formatter(_thousands())
        left.xaxis.set_major_locator(MaxNLocator(6))
        left.set_title(f"OC(A|B) = {_interval_text(total)} {words.loss}")
        handles = [
            Line2D([], [], color=VERMILLION, lw=0.9, ls=(0, (3, 0.8)), label=f"A: {a}"),
            Line2D([], [], color=INK, lw=0.9, label=f"B: {b}"),
            Patch(facecolor=ORANGE, alpha=0.55, label="A is worse"),
            Patch(facecolor=_tint(SKY, 0.55), hatch="//////", edgecolor=BLUE, lw=0,
                  label="A is better"),
            *_whisker_handle(words),
        ]  # fmt: skip
        _opportunity_bars(right, bars, reference, words, per_event)
        _legend_above(figure, handles, 5)
    return figure


def total_cost(parts: pd.DataFrame, bounds: pd.DataFrame, words: Words) -> Figure:
    """Total cost of each strategy, split into what it is paid for.

    Parameters
    ----------
    parts : pandas.DataFrame
        Index: strategy, cheapest first. One column per kind of cost, in money.
    bounds : pandas.DataFrame
        Same index; mean, low and high of the total.
    """
    fills = [(GREY, ""), (ORANGE, "//////"), (SKY, "......"), (GREEN, "xxxxxx")]
    with rc_context(RC):
        figure = _figure(FULL, 0.95 + _rows_height(parts.index, 44))
        axes = figure.subplots()
        start = np.zeros(len(parts))
        rows = range(len(parts))
        for (name, values), (color, hatch) in zip(parts.items(), fills, strict=False):
            axes.barh(rows, values, left=start, height=0.66, color=_tint(color, 0.7), lw=0,
                      hatch=hatch, edgecolor=INK, label=str(name))  # fmt: skip
            start = start + values.to_numpy()
        _whiskers(axes, rows, bounds)
        ends = np.fmax(bounds["high"].to_numpy(float), bounds["mean"].to_numpy(float))
        for row, (end, mean) in enumerate(zip(ends, bounds["mean"], strict=True)):
            axes.annotate(amount(mean), (end, row), (4, 0), textcoords="offset points",
                          va="center_baseline", fontsize=7.5)  # fmt: skip
        axes.set_xlim(0, max(ends.max() * 1.08, 1e-12))
        _bar_rows(axes, parts.index, 44)
        axes.axvline(0, color=INK, lw=0.6)
        axes.set_xlabel(f"total cost of the replay ({words.currency})")
        axes.xaxis.set_major_formatter(_thousands())
        _legend_above(figure, [*axes.get_legend_handles_labels()[0], *_whisker_handle(words)], 5)
    return figure


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write ``name.pdf`` and ``name.png``, and give the SVG for the page.

    Equal figures give equal bytes: dates and versions are left out.

    Returns
    -------
    str
        An ``<svg>`` element: transparent, text in the colour of the page and blue in that of its
        ``--blue``, ids starting with ``name``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with rc_context(RC), _quiet("fontTools"):
        _settle(figure)
        figure.savefig(folder / f"{name}.pdf", metadata={"CreationDate": None, "Producer": None,
                                                         "Creator": None})  # fmt: skip
        figure.savefig(folder / f"{name}.png", dpi=250, metadata={"Software": None})
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", transparent=True)
    return _inline(buffer.getvalue(), name)


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's progress out of the log of an app that shows everybody's."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


def _inline(svg: str, name: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns:xlink="[^"]*"', "", svg).replace("xlink:href=", "href=")
    svg = svg.replace(INK, "currentColor").replace(BLUE.lower(), "var(--blue)")
    svg = re.sub(r'id="', f'id="{name}-', svg)
    svg = re.sub(r'href="#', f'href="#{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    width, height = re.findall(r'(?:width|height)="([\d.]+)pt"', svg)[:2]
    svg = svg.replace(f'width="{width}pt" height="{height}pt" ', "", 1)
    svg = svg.replace(f'height="{height}pt" width="{width}pt" ', "", 1)
    return svg.strip()


# parts of figures --------------------------------------------------------------------------


def _figure(width: float, height: float) -> Figure:
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _x(clock: Any, timed: bool) -> np.ndarray:
    """Positions on a time axis: days for matplotlib, or rows."""
    values = np.asarray(clock)
    if not timed:
        return values.astype(float)
    if values.dtype.kind != "M":
        values = values.astype("int64").astype("datetime64[us]")
    return np.asarray(date2num(values), dtype=float)


def _middle(curve: pd.DataFrame, timed: bool) -> np.ndarray:
    return (_x(curve["start"], timed) + _x(curve["end"], timed)) / 2


def _band(axes: Axes, curve: pd.DataFrame, look: Look, words: Words, alpha: float) -> None:
    x = _middle(curve, words.timed)
    if words.bands:
        axes.fill_between(x, curve["low"], curve["high"], color=look.color, alpha=alpha, lw=0)
    axes.plot(x, curve["mean"], color=look.color, ls=look.line)


def _limits(axes: Axes, curves: Sequence[pd.DataFrame], words: Words) -> None:
    """Show all means; wide bands are cut off, so that they do not flatten the curves."""
    every = pd.concat(curves)
    start, end = float(_x(every["start"], words.timed).min()), _x(every["end"], words.timed).max()
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


REPEATS = 6
"""Changes of one kind that come more often are not marked."""


def _drifts(
    panels: Sequence[Axes], drifts: Sequence[Mapping[str, Any]], timed: bool
) -> list[Line2D | Patch]:
    """Mark drifts that come seldom in all panels; give the entries of the legend."""
    times = Counter(d["kind"] for d in drifts)
    last = max((d["end"] for d in drifts), default=0)
    first = min((d["start"] for d in drifts), default=0)
    drifts = [
        d for d in drifts
        if times[d["kind"]] <= REPEATS and (d["end"] - d["start"] < last - first or len(times) == 1)
    ]  # fmt: skip
    at = {_called(d["kind"]) for d in drifts if d["start"] == d["end"]}
    over = {_called(d["kind"]) for d in drifts if d["start"] != d["end"]}
    for drift in drifts:
        start, end = _x([drift["start"], drift["end"]], timed)
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


def _time_axis(axes: Axes, words: Words, label: str) -> None:
    if words.timed:
        locator = AutoDateLocator(minticks=3, maxticks=8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_xlabel(label)
    else:
        axes.xaxis.set_major_formatter(_thousands())
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.set_xlabel("row of the stream" + (f" ({label})" if label else ""))


def _legend_above(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """Legend over the panels, in as many columns as fit the width."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for count in range(min(columns, len(handles)), 0, -1):
        legend = figure.legend(handles=list(handles), loc="outside upper left", ncols=count,
                               columnspacing=1.4, handlelength=2.0, borderaxespad=0.1)  # fmt: skip
        if legend.get_window_extent(renderer).width <= figure.bbox.width or count == 1:
            return
        legend.remove()


def _thousands() -> FuncFormatter:
    return FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", MINUS))


def _short(text: str) -> str:
    return text if len(text) <= 44 else f"{text[:43]}\N{HORIZONTAL ELLIPSIS}"


def _rows_height(labels: Any, width: int) -> float:
    """Inches for rows of bars whose labels are wrapped."""
    lines = max(_wrapped(str(name), width).count("\n") for name in labels) + 1
    return len(labels) * (0.09 + 0.115 * lines)


def _wrapped(text: str, width: int) -> str:
    import textwrap

    return "\n".join(textwrap.wrap(text, width))


def _interval_text(value: Interval) -> str:
    bounds = f" [{amount(value.low)}, {amount(value.high)}]" if not math.isnan(value.low) else ""
    return amount(value.mean) + bounds


def _tint(color: str, share: float) -> tuple[float, float, float, float]:
    return (*to_rgb(color), share)


def _whisker_handle(words: Words) -> list[Line2D]:
    if not words.spread:
        return []
    return [Line2D([], [], color=INK, marker="|", ms=4, lw=0.8, label=words.spread)]


def _whiskers(axes: Axes, rows: Sequence[int], bounds: pd.DataFrame) -> None:
    for row, (low, high) in zip(rows, bounds[["low", "high"]].to_numpy(float), strict=True):
        if not math.isnan(low):
            axes.plot([low, high], [row, row], color=INK, lw=0.9, marker="|", ms=4, mew=0.9)


def _bar_rows(axes: Axes, labels: Any, width: int) -> None:
    axes.set_yticks(range(len(labels)), [_wrapped(str(name), width) for name in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _opportunity_bars(
    axes: Axes, bars: pd.DataFrame, reference: str, words: Words, per_event: float
) -> None:
    rows = range(len(bars))
    for row, mean in zip(rows, bars["mean"], strict=True):
        worse = mean > 0
        axes.barh(row, mean, height=0.62, lw=0, edgecolor=BLUE, hatch="" if worse else "//////",
                  color=_tint(ORANGE if worse else SKY, 0.55))  # fmt: skip
    axes.axvline(0, color=INK, lw=0.6)
    _whiskers(axes, rows, bars)
    _bar_rows(axes, bars.index, 26)
    edge = axes.get_yaxis_transform()
    axes.set_ylim(max(len(bars), 5) - 0.4, -1.25)
    axes.text(
        1.03, -0.85, words.currency, transform=edge, ha="left", va="center_baseline", fontsize=7.5
    )
    for row, money in zip(rows, bars["money"], strict=True):
        axes.text(
            1.03, row, amount(money), transform=edge, ha="left", va="center_baseline", fontsize=7.5
        )
    axes.set_xlabel(f"{_wrapped(f'opportunity cost against {reference}', 44)}\n({words.loss})")
    axes.xaxis.set_major_formatter(_thousands())
    axes.xaxis.set_major_locator(MaxNLocator(4))
    scale: Any = (lambda v: v * per_event, lambda v: v / per_event)
    top = axes.secondary_xaxis("top", functions=scale)
    top.xaxis.set_major_locator(MaxNLocator(4))
    top.set_xlabel(f"{words.loss} per event")


# accuracy against cost ------------------------------------------------------------------------


def _cost_scale(axes: Axes, costs: pd.Series, currency: str, wide: bool) -> None:
    """Linear, or logarithmic where the dearest is more than ten times the cheapest above 0."""
    positive = costs[costs > 0]
    label = f"upkeep: retrainings, rows and labels ({currency})"
    if len(positive) < 2 or positive.max() <= 10 * positive.min():
        axes.set_xlabel(label)
        width = max(float(costs.max() - costs.min()), 1e-9)
        axes.set_xlim(float(costs.min()) - 0.06 * width, float(costs.max()) + 0.1 * width)
        axes.xaxis.set_major_formatter(_thousands())
        return
    spread = math.log10(positive.max() / positive.min())
    subs = (1.0, 2.0, 5.0) if spread < (2 if wide else 0.8) else (1.0,)
    comma = ", " if wide else ",\n"
    if (costs == 0).any():
        unit = 10.0 ** math.floor(math.log10(positive.min()))
        axes.set_xscale("symlog", linthresh=unit, linscale=0.6, subs=subs)
        axes.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=unit, subs=subs))
        axes.set_xlim(-0.12 * unit, float(costs.max()) * 1.7)
        axes.set_xlabel(f"{label}{comma}logarithmic from {amount(unit)}")
    else:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=subs))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlim(float(costs.min()) / 1.2, float(costs.max()) * 1.3)
        axes.set_xlabel(f"{label}{comma}logarithmic")
    axes.xaxis.set_major_formatter(_thousands())


def _staircase(cost: ArrayLike, score: ArrayLike, right: float) -> tuple[np.ndarray, np.ndarray]:
    """Best score that a cost buys, from the cheapest point to the right edge."""
    return np.append(np.repeat(cost, 2)[1:], right), np.repeat(score, 2)


def _settle(figure: Figure) -> None:
    """Fix the layout, so that positions in pixels stay what they are."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")


def _obstacles(axes: Axes, points: pd.DataFrame, lines: Sequence[np.ndarray]) -> list[Bbox]:
    """Boxes in pixels that a label should not cover: markers, whiskers and lines.

    Parameters
    ----------
    lines : sequence of numpy.ndarray of shape (n, 2)
        In data coordinates.
    """
    whiskers = [
        [[p["cost_low"], p["score"]], [p["cost_high"], p["score"]]]
        for _, p in points.iterrows() if not math.isnan(p["cost_low"])
    ] + [
        [[p["cost"], p["score_low"]], [p["cost"], p["score_high"]]]
        for _, p in points.iterrows() if not math.isnan(p["score_low"])
    ]  # fmt: skip
    markers = [[centre, centre] for centre in points[["cost", "score"]].to_numpy(float)]
    parts = [(np.array(m), 3.0) for m in markers]
    parts += [(np.array(line), 0.6) for line in [*whiskers, *lines]]
    boxes = []
    for line, pad in parts:
        pixels = axes.transData.transform(line) if len(line) else line
        for a, b in itertools.pairwise(pixels):
            ends = Bbox.from_extents(*np.minimum(a, b), *np.maximum(a, b))
            boxes.append(ends.padded(pad * _pixels_per_point(axes)))
    return boxes


def _pixels_per_point(axes: Axes) -> float:
    return float(axes.figure.dpi) / 72


def _place_labels(axes: Axes, points: pd.DataFrame, obstacles: list[Bbox]) -> None:
    """Name every point where its name covers least; a thin line leads to names further off."""
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    pixels = _pixels_per_point(axes)
    frame, covered = _corners([axes.get_window_extent(renderer)]), _corners(obstacles)
    labels = []
    for name, p in points.iterrows():
        text = axes.annotate(
            _wrapped(str(name), 26), (p.cost, p.score), (0, 0), textcoords="offset points",
            fontsize=7.5, fontweight="bold" if p.cheapest else "normal", zorder=4,
        )  # fmt: skip
        labels.append(text)
    anchors = axes.transData.transform(points[["cost", "score"]].to_numpy(float))
    sizes = [t.get_window_extent(renderer) for t in labels]
    placed: dict[int, Bbox] = {}
    best: dict[int, tuple[float, float]] = {}
    # a second and third round let early labels make room for later ones
    for _ in range(3):
        for i, (anchor, size) in enumerate(zip(anchors, sizes, strict=True)):
            others = _corners([box for j, box in placed.items() if j != i])
            options = []
            for dx, dy in _offsets(size.width / pixels, size.height / pixels):
                x, y = anchor + pixels * np.array([dx, dy])
                box = Bbox.from_bounds(x, y, size.width, size.height).padded(pixels)
                penalty = _penalty(box, others, 60) + _penalty(box, covered, 20)
                penalty += 100 * (box.width * box.height - float(_overlap(box, frame)[0]))
                middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
                gap = np.maximum(np.abs(middle - anchor) - [box.width / 2, box.height / 2], 0)
                options.append((penalty + float(np.hypot(*gap)) / pixels, (dx, dy), box))
            _, best[i], placed[i] = min(options, key=lambda option: option[0])
    for i, text in enumerate(labels):
        text.set_position(best[i])
        box = placed[i]
        nearest = np.clip(anchors[i], [box.x0, box.y0], [box.x1, box.y1])
        if np.hypot(*(nearest - anchors[i])) > 11 * pixels:
            ends = axes.transData.inverted().transform([anchors[i], nearest])
            axes.plot(*ends.T, color=GREY, lw=0.4, zorder=2)


def _offsets(width: float, height: float) -> list[tuple[float, float]]:
    """Offsets in points of a label's lower left corner from its point, near ones first."""
    found = []
    for gap in (5, 8, 12, 18, 26, 36, 48):
        xs = (gap, -width / 2, -width - gap)
        ys = (gap, -height / 2, -height - gap)
        found += [(x, y) for x in xs for y in ys if not (x == xs[1] and y == ys[1])]
        found += [(x, y) for x in (2.0, -width - 2.0) for y in (gap, -height - gap)]
    return found


def _penalty(box: Bbox, others: np.ndarray, weight: float) -> float:
    """What it costs in points of distance to cover others: for each contact, and for its area."""
    shared = _overlap(box, others)
    return float(weight * ((shared > 0) + shared / 100).sum())


def _overlap(box: Bbox, others: np.ndarray) -> np.ndarray:
    """Area in square pixels that a box shares with each of others (x0, y0, x1, y1)."""
    width = np.minimum(box.x1, others[:, 2]) - np.maximum(box.x0, others[:, 0])
    height = np.minimum(box.y1, others[:, 3]) - np.maximum(box.y0, others[:, 1])
    return np.clip(width, 0, None) * np.clip(height, 0, None)


def _corners(boxes: Sequence[Bbox]) -> np.ndarray:
    return np.array([box.extents for box in boxes]).reshape(-1, 4)
