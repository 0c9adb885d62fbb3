"""What the label of each event is: the truth, and what is told of it until then."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from clsim.engine.batches import check_label_times, check_told, lock, locked
from clsim.engine.timeline import Timeline
from clsim.protocols import Delay, as_delay
from clsim.randomness import globals_kept, integer, seed_globals
from clsim.types import NEVER, Rows, Told


class Labels:
    """Labels of all events of a timeline.

    Attributes
    ----------
    y : numpy.ndarray of shape (n,)
        The true labels.
    truth : numpy.ndarray of shape (n,)
        The same as the loss compares them: codes of classes, or targets.
    time : numpy.ndarray of shape (n,), int64
        Clock time at which each becomes known; ``NEVER_TIME`` for never.
    told : numpy.ndarray of shape (n,) or None
        Each label as it is first told; None where that is the truth.
    told_truth : numpy.ndarray of shape (n,) or None
        The same as the loss compares them.
    final : numpy.ndarray of shape (n,), int32, or None
        The tick at which a label that was told wrongly is revised; ``NEVER`` if it is not.
    revised_time : numpy.ndarray of shape (n,), int64, or None
        Clock time of that.
    votes : numpy.ndarray of shape (n,) or None
        Number of votes that each label took; None where nobody votes.
    """

    def __init__(self, timeline: Timeline, delay: Delay | None) -> None:
        self.schema = timeline.schema
        self.told: np.ndarray | None = None
        self.told_truth: np.ndarray | None = None
        self.final: np.ndarray | None = None
        self.votes: np.ndarray | None = None
        self.revised_time: Any = None
        events = timeline.events
        self.y = events.y
        self.truth = self.coded(self.y)
        self.time = timeline.time if events.label_time is None else events.label_time
        delay = None if delay is None else as_delay(delay)
        if delay is not None:
            self.time = _asked(delay, "label_times", timeline)
            check_label_times(self.time, events)
        self.time = lock(self.time)
        told = None if delay is None else _asked(delay, "told", timeline)
        if told is not None:
            check_told(told, events, self.schema)
            self._set_told(told, timeline)

    def _set_told(self, told: Told, timeline: Timeline) -> None:
        self.votes = told.votes
        y = self.y.copy() if told.y is None else np.asarray(told.y).astype(self.y.dtype)
        final = np.full(timeline.n, NEVER)
        if told.revised is not None:
            final = timeline.tick_at(told.revised, logged=False)
            self.revised_time = lock(told.revised)
        # a revision that comes with the label, or says the same, is none
        at_once = (final <= timeline.tick_at(self.time)) | (y == self.y)
        y[at_once] = self.y[at_once]
        final[at_once] = NEVER
        if not at_once.all():
            self.told, self.final = lock(y), lock(final.astype(np.int32))
            self.told_truth = self.coded(self.told)

    def coded(self, y: np.ndarray) -> np.ndarray:
        """Labels as the loss compares them: codes of classes, or targets."""
        n_classes = len(self.schema.classes)
        if not n_classes:
            return y
        return self.schema.codes(y).astype(np.uint8 if n_classes < 255 else np.int32)

    def at(self, rows: Rows, tick: Any) -> np.ndarray:
        """Labels of rows as they are told by a tick (or one for each), when they have arrived."""
        if self.told is None or self.final is None:
            return self.y[rows]
        return np.where(self.final[rows] <= tick, self.y[rows], self.told[rows])

    def fork(self) -> Labels:
        """A copy whose labels may change."""
        other = copy.copy(self)
        other.y, other.truth = self.y.copy(), self.coded(self.y.copy())
        return other

    def change(self, rows: Rows, y: np.ndarray) -> None:
        """Some rows have other labels."""
        self.y[rows] = y
        self.truth[rows] = self.coded(y)

    def of(self, there: np.ndarray) -> Labels:
        """Those of some of the rows, given as a mask."""
        other = copy.copy(self)
        for name in ("y", "truth", "time", "told", "told_truth", "final", "revised_time", "votes"):
            values = getattr(self, name)
            setattr(other, name, None if values is None else values[there])
        return other


def _asked(delay: Any, method: str, timeline: Timeline) -> Any:
    """What a delay says of the events, which it may not change."""
    schema, clock, seed = timeline.schema, timeline.clock, timeline.seed
    try:
        with globals_kept():
            seed_globals(integer(seed, "delay"))
            return getattr(delay, method)(locked(timeline.events), schema, clock, seed)
    except ValueError as error:
        if "read-only" not in str(error) and "not writeable" not in str(error):
            raise
        raise ValueError(
            f"delay: {method} of {delay.class_name} changes the events that it is given "
            f"({error}); let it work on copies"
        ) from error
