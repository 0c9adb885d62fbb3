"""When users complained of what they were answered."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.types import NEVER_TIME, Rows


def complained(
    knowledge: Knowledge,
    rows: Rows,
    tick: int,
    answered: Callable[[Rows], tuple[np.ndarray, np.ndarray]],
) -> np.ndarray:
    """Clock time at which users complained of rows by a tick; ``NEVER_TIME`` if none has.

    ``answered`` gives what was answered to some rows, and whether anything was.
    """
    timeline, times = knowledge.timeline, np.full(len(rows), NEVER_TIME)
    drawn = timeline.events.complaints
    assert drawn is not None, "a part that reads them says so"
    some = np.flatnonzero(drawn[rows].min(axis=1) <= timeline.starts[tick])
    # of those alone whose complaint could be there
    said, there = answered(rows[some])
    wrong = said != knowledge.labels.truth[rows[some]]
    come = drawn[rows[some], wrong.astype(np.int64)]
    come[~there | (come > timeline.starts[tick])] = NEVER_TIME
    times[some] = come
    return times
