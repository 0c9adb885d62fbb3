"""Rows that are deleted because somebody asks: when they go, and how many did."""

from __future__ import annotations

import numpy as np

from clsim.engine.calendar import FOREVER
from clsim.engine.ends import Ends
from clsim.engine.timeline import Timeline


def ends_of(timeline: Timeline) -> Ends:
    """The last tick that may use each row: the one before the first that starts at its deletion.

    Or after it. What serves a row has seen it all the same.
    """
    deleted = timeline.events.deleted
    if deleted is None:
        return FOREVER
    last = np.searchsorted(timeline.starts[:-1], deleted, "left") - 1
    return Ends(np.maximum(last, timeline.tick_of).astype(np.int32), timeline.n_ticks)
