"""Rows that are deleted because somebody asks: when they go, and how many did."""

from __future__ import annotations

import numpy as np

from clsim.engine.calendar import FOREVER
from clsim.engine.ends import Ends
from clsim.engine.timeline import Timeline
from clsim.types import Rows


def ends_of(timeline: Timeline) -> Ends:
    """The last tick that may use each row: the one before the first that starts at its deletion.

    Or after it. What serves a row has seen it all the same.
    """
    last = _last_ticks(timeline)
    return FOREVER if last is None else Ends(last, timeline.n_ticks)


def _last_ticks(timeline: Timeline) -> np.ndarray | None:
    deleted = timeline.events.deleted
    if deleted is None:
        return None
    last = np.searchsorted(timeline.starts[:-1], deleted, "left") - 1
    return np.maximum(last, timeline.tick_of).astype(np.int32)


def went(
    timeline: Timeline, ends: Ends, logged: np.ndarray | None
) -> tuple[Rows, np.ndarray] | None:
    """Rows that were deleted while a strategy had them, and the first tick without each.

    Parameters
    ----------
    timeline : Timeline
    ends : Ends
        Of what the strategy keeps: what it let go before is not deleted.
    logged : numpy.ndarray of shape (n,), bool, or None
        What it keeps; None: everything.

    Returns
    -------
    (Rows, numpy.ndarray of the same shape) or None
        None where nobody can ask. What is gone when the warm-up ends is not among them.
    """
    last = _last_ticks(timeline)
    if last is None:
        return None
    there = (last >= 0) & (last < timeline.n_ticks - 1) & (last == ends.last)
    rows = np.flatnonzero(there if logged is None else there & logged)
    return rows, last[rows] + 1


def counted_column(timeline: Timeline, rows: Rows, ticks: np.ndarray) -> np.ndarray:
    """How many rows went in each tick and slice, as the rows of ``ticks`` stand.

    Parameters
    ----------
    timeline : Timeline
    rows, ticks : numpy.ndarray of one shape
        As `went` gives them.
    """
    count = timeline.n_ticks
    parts = [np.bincount(ticks, minlength=count)[:, None]]
    for column, codes in timeline.slices.items():
        width = len(timeline.schema.slices[column])
        cells = ticks.astype(np.int64) * width + codes[rows]
        parts.append(np.bincount(cells, minlength=count * width).reshape(count, width))
    return np.concatenate(parts, axis=1).ravel()
