"""Names of points where they cover least, and never one another."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.transforms import Bbox

from clsim.report.figures.style import GREY, wrapped


def obstacles(axes: Axes, points: pd.DataFrame, lines: Sequence[np.ndarray]) -> list[Bbox]:
    """Boxes in pixels that a label should not cover: markers, whiskers and lines.

    Parameters
    ----------
    points : pandas.DataFrame
        cost, cost_low, cost_high, score, score_low, score_high.
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
    shapes = [(np.array(m), 3.0) for m in markers]
    shapes += [(np.array(line), 0.6) for line in [*whiskers, *lines]]
    boxes = []
    for line, pad in shapes:
        pixels = axes.transData.transform(line) if len(line) else line
        for a, b in itertools.pairwise(_in_steps(pixels)):
            ends = Bbox.from_extents(*np.minimum(a, b), *np.maximum(a, b))
            boxes.append(ends.padded(pad * _pixels_per_point(axes)))
    return boxes


FAR = 10_000
"""Pixels beyond every figure."""


def _in_steps(line: np.ndarray) -> np.ndarray:
    """A line in pixels whose slanting parts are cut up, so that the boxes around them are small."""
    if len(line) < 2:
        return line
    line = np.clip(line, -FAR, FAR)  # what is nothing on a logarithmic axis lies endlessly far
    points = [line[:1]]
    for a, b in itertools.pairwise(line):
        length = np.abs(b - a)
        steps = int(np.ceil(length.max() / 8)) if length.min() > 2 else 1
        points.append(a + (b - a) * np.arange(1, steps + 1)[:, None] / max(steps, 1))
    return np.concatenate(points)


def place_labels(
    axes: Axes, points: pd.DataFrame, covered_by: list[Bbox], places: np.ndarray, width: int = 26
) -> list[str]:
    """Name every point where its name covers least; a thin line leads to names further off.

    A name that would still cover another name or a point, or leave the axes, is not drawn: those
    of the first rows of ``points`` win, and the first is always drawn.

    Parameters
    ----------
    points : pandas.DataFrame
        Index: names. Columns: cost, score, cheapest (drawn bold).
    covered_by : list of Bbox
        As `obstacles` gives them.
    places : numpy.ndarray of shape (n, 2)
        All points, named or not, in data coordinates.
    width : int, default=26
        Characters in a line of a name.

    Returns
    -------
    list of str
        Names that found no place.
    """
    renderer = axes.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    pixels = _pixels_per_point(axes)
    frame, covered = _corners([axes.get_window_extent(renderer)]), _corners(covered_by)
    labels = []
    for name, p in points.iterrows():
        text = axes.annotate(
            wrapped(str(name), width), (p.cost, p.score), (0, 0), textcoords="offset points",
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
                # the text hangs below its position by its descenders
                x, y = [size.x0, size.y0] + pixels * np.array([dx, dy])
                box = Bbox.from_bounds(x, y, size.width, size.height).padded(pixels)
                penalty = _penalty(box, others, 60) + _penalty(box, covered, 20)
                penalty += 100 * (box.width * box.height - float(_overlap(box, frame)[0]))
                middle = np.array([(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2])
                gap = np.maximum(np.abs(middle - anchor) - [box.width / 2, box.height / 2], 0)
                options.append((penalty + float(np.hypot(*gap)) / pixels, (dx, dy), box))
            _, best[i], placed[i] = min(options, key=lambda option: option[0])
    marks = axes.transData.transform(places)
    kept: list[Bbox] = []
    missing = []
    for i, text in enumerate(labels):
        text.set_position(best[i])
        box = placed[i]
        outside = box.width * box.height - float(_overlap(box, frame)[0]) > 1.0
        over = box.count_contains(marks) > 0
        if i and (outside or over or _overlap(box, _corners(kept)).any()):
            text.remove()
            missing.append(str(points.index[i]))
            continue
        kept.append(box)
        nearest = np.clip(anchors[i], [box.x0, box.y0], [box.x1, box.y1])
        if np.hypot(*(nearest - anchors[i])) > 11 * pixels:
            ends = axes.transData.inverted().transform([anchors[i], nearest])
            axes.plot(*ends.T, color=GREY, lw=0.4, zorder=2)
    return missing


def _pixels_per_point(axes: Axes) -> float:
    return float(axes.figure.dpi) / 72


def _offsets(width: float, height: float) -> list[tuple[float, float]]:
    """Offsets in points of a label's lower left corner from its point, near ones first."""
    offsets = []
    for gap in (5, 8, 12, 18, 26, 36, 48):
        xs = (gap, -width / 2, -width - gap)
        ys = (gap, -height / 2, -height - gap)
        offsets += [(x, y) for x in xs for y in ys if not (x == xs[1] and y == ys[1])]
        offsets += [(x, y) for x in (2.0, -width - 2.0) for y in (gap, -height - gap)]
    return offsets


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
