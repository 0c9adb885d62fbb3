"""What the label of each event is: the truth, and what is told of it until then."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from clsim.engine.batches import check_label_times, check_told, lock
from clsim.engine.filling import Coded, by_piece, coded
from clsim.engine.timeline import Timeline
from clsim.protocols import Delay, as_delay
from clsim.randomness import globals_kept, integer, seed_globals
from clsim.types import NEVER, NEVER_TIME, Batch, Rows, Told


class Labels:
    """Labels of all events of a timeline.

    Attributes
    ----------
    y : Coded or numpy.ndarray of shape (n,)
        The true labels.
    told : Coded or numpy.ndarray of shape (n,), or None
        Each label as it is first told; None where that is the truth.
    final : numpy.ndarray of shape (n,), int32, or None
        The tick at which a label that was told wrongly is revised; ``NEVER`` if it is not.
    revised_time : numpy.ndarray of shape (n,), int64, or None
        Clock time of that.
    votes : numpy.ndarray of shape (n,) or None
        Number of votes that each label took; None where nobody votes.
    """

    def __init__(self, timeline: Timeline, delay: Delay | None) -> None:
        self.schema = timeline.schema
        self.told: Coded | np.ndarray | None = None
        self.final: np.ndarray | None = None
        self.votes: np.ndarray | None = None
        self.revised_time: Any = None
        events = timeline.events
        self.y = events.y
        self._since, self._wait = events.time, 0  # labels come so long after these
        if events.label_time is not None:
            self._since = events.label_time
        delay = None if delay is None else as_delay(delay)
        if delay is not None:
            self._set_times(delay, timeline)
        told = None
        if delay is not None and delay.tells:
            told = _asked(delay, "told", timeline, timeline.events.batch())
        if told is not None:
            check_told(told, events, self.schema)
            self._set_told(told, timeline)

    def _set_times(self, delay: Delay, timeline: Timeline) -> None:
        wait, last = delay.common_wait(timeline.clock), int(timeline.time[-1])
        if wait is not None and last + wait < NEVER_TIME:
            self._since, self._wait = timeline.time, wait
            return
        if delay.by_row:
            times = by_piece(
                lambda rows: _asked(delay, "label_times", timeline, timeline.events.times_of(rows)),
                timeline.n, np.int64, timeline.room,
            )  # fmt: skip
        else:
            times = _asked(delay, "label_times", timeline, timeline.events.batch())
        check_label_times(times, timeline.events)
        self._since, self._wait = lock(times), 0

    def times_of(self, rows: slice | Rows) -> np.ndarray:
        """Clock time at which the label of each row becomes known; ``NEVER_TIME`` for never."""
        since = self._since[rows]
        return since + self._wait if self._wait else since

    @property
    def time(self) -> np.ndarray:
        """The same of all rows; worked out when asked for, where all wait as long."""
        return self.times_of(slice(None))

    @property
    def truth(self) -> np.ndarray:
        """The true labels as the loss compares them: codes of classes, or targets."""
        return _compared(self.y)

    @property
    def told_truth(self) -> np.ndarray | None:
        """What is told first, likewise."""
        return None if self.told is None else _compared(self.told)

    def _set_told(self, told: Told, timeline: Timeline) -> None:
        self.votes = told.votes
        truth = self.truth
        first = truth.copy()
        if told.y is not None:
            first = self.coded(told.y).astype(truth.dtype)
        final = np.full(timeline.n, NEVER, dtype=np.int32)
        if told.revised is not None:
            final = timeline.tick_at(told.revised.__getitem__, logged=False).copy()
            self.revised_time = lock(told.revised)
        # a revision that comes with the label, or says the same, is none
        at_once = (final <= timeline.tick_at(self.times_of)) | (first == truth)
        first[at_once] = truth[at_once]
        final[at_once] = NEVER
        if not at_once.all():
            self.told, self.final = self._like(lock(first)), lock(final)

    def _like(self, truth: np.ndarray) -> Coded | np.ndarray:
        """Labels, of what the loss compares."""
        return self.y.of(truth) if isinstance(self.y, Coded) else truth

    def coded(self, y: np.ndarray) -> np.ndarray:
        """Labels as the loss compares them: codes of classes, or targets."""
        return _compared(coded(y, self.schema))

    def at(self, rows: Rows, tick: Any) -> np.ndarray:
        """Labels of rows as they are told by a tick (or one for each), when they have arrived."""
        if self.told is None or self.final is None:
            return self.y[rows]
        return np.where(self.final[rows] <= tick, self.y[rows], self.told[rows])

    def fork(self) -> Labels:
        """A copy whose labels may change."""
        other = copy.copy(self)
        other.y = self._like(self.truth.copy())
        return other

    def change(self, rows: Rows, y: np.ndarray) -> None:
        """Some rows have other labels."""
        self.truth[rows] = self.coded(y)

    def of(self, there: np.ndarray) -> Labels:
        """Those of some of the rows, given as a mask."""
        other = copy.copy(self)
        other.y, other._since = self._like(self.truth[there]), self._since[there]
        if self.told_truth is not None:
            other.told = self._like(self.told_truth[there])
        for name in ("final", "revised_time", "votes"):
            values = getattr(self, name)
            setattr(other, name, None if values is None else values[there])
        return other


def _compared(labels: Coded | np.ndarray) -> np.ndarray:
    return labels.codes if isinstance(labels, Coded) else labels


def _asked(delay: Any, method: str, timeline: Timeline, events: Batch) -> Any:
    """What a delay says of events, which it may not change."""
    schema, clock, seed = timeline.schema, timeline.clock, timeline.seed
    try:
        with globals_kept():
            seed_globals(integer(seed, "delay"))
            return getattr(delay, method)(events, schema, clock, seed)
    except ValueError as error:
        if "read-only" not in str(error) and "not writeable" not in str(error):
            raise
        raise ValueError(
            f"delay: {method} of {delay.class_name} changes the events that it is given "
            f"({error}); let it work on copies"
        ) from error
