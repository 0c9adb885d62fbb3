"""What a model that learns row by row can learn between two ticks, in the order of the clock."""

from __future__ import annotations

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.types import Rows


def lessons(knowledge: Knowledge, after: int, until: int) -> tuple[Rows, np.ndarray, np.ndarray]:
    """What can be learned after one tick, up to another: rows, labels, and the tick of each.

    By tick, and in a tick as they come: by the time at which the label and the row are there,
    then by row. A row whose label is revised is there a second time.
    """
    training, telling = knowledge.training, knowledge.telling
    rows = training.between(after, until)
    ticks, when = training.ticks_of(rows), _there(knowledge, rows)
    labels = telling.y_at(rows, ticks)
    if telling.revises:
        again, then = telling.revised(after, until)
        there = training.ticks_of(again) < then
        again, then = again[there], then[there]
        labels = np.concatenate([labels, telling.y_at(again, then)])
        when = np.concatenate([when, telling.revised_times(again, then)])
        rows, ticks = np.concatenate([rows, again]), np.concatenate([ticks, then])
    elif (np.diff(when) >= 0).all():  # then ticks and rows are in order too
        return rows, labels, ticks
    order = np.lexsort([rows, when, ticks])
    return rows[order], labels[order], ticks[order]


def _there(knowledge: Knowledge, rows: Rows) -> np.ndarray:
    """Clock time at which rows and their labels are both there."""
    available = knowledge.timeline.events.available
    times = knowledge.telling.times(rows)
    return times if available is None else np.maximum(times, available[rows])
