"""Answers that a change of the champion changed: how restless a strategy is for those it serves."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.deletions import counted_column
from clsim.engine.lineage import Version
from clsim.engine.models import Model
from clsim.engine.serving import Serving
from clsim.engine.timeline import Timeline


class Change(NamedTuple):
    """A champion that gave way in a tick, and how what it gave became the answer.

    None: it learns row by row, and cannot be asked.
    """

    tick: int
    former: Model | None
    by: Answering


class Churn:
    """The champions of one strategy that gave way, kept so that they can be asked once more.

    Nothing is asked of them before the replay has ended, so that nothing is decided by it.

    Parameters
    ----------
    length : int
        For how long from a change on answers are compared, in units of the clock.
    """

    def __init__(self, length: int) -> None:
        self._length, self._changes = length, list[Change]()

    def change(self, former: Version | None, tick: int, serving: Serving) -> None:
        """Note that another model takes the place of a champion from a tick on."""
        if former is not None:
            alone = former.serving is former.model
            by = serving.answering_of(former.number)
            self._changes.append(Change(tick, former.model if alone else None, by))

    def column(self, timeline: Timeline, serving: Serving) -> np.ndarray:
        """How many answers were changed in each tick and slice, as the rows of ``ticks`` stand.

        Of a change, those of the events from its tick on, for the length and at most until the
        next change, that were answered otherwise than the former champion would have answered
        them; events that either does not answer are left out.
        """
        parts = [np.empty(0, dtype=np.int64)]
        starts, after = timeline.starts, [change.tick for change in self._changes[1:]]
        for (tick, former, by), other in itertools.zip_longest(self._changes, after):
            end = int(np.searchsorted(starts[:-1], starts[tick] + self._length))
            end = end if other is None else min(end, other)
            first, stop = timeline.first[tick], timeline.first[end]
            if former is not None and stop > first:
                parts.append(
                    first + np.flatnonzero(_differ(former, by, int(first), int(stop), serving))
                )
        rows = np.concatenate(parts)
        return counted_column(timeline, rows, np.asarray(timeline.ticks_of(rows)))


def _differ(former: Model, by: Answering, first: int, stop: int, serving: Serving) -> np.ndarray:
    """Which of consecutive rows were answered otherwise than a former champion would have."""
    rows = slice(first, stop)
    said = serving.said.to(rows)
    there = serving.said.there(rows)
    output = former.output(first, stop)
    other = by.answers(output, serving.said.amount(rows))
    former.forget()
    return there & serving.loss.answered(other) & (said != other)
