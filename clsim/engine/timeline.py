"""One stream on the clock: rows, ticks, and the tick at which each label arrives."""

from __future__ import annotations

import copy
import hashlib
from functools import cached_property
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, parse_duration
from clsim.engine.batches import (
    check_drifts,
    check_label_times,
    check_schema,
    check_told,
    checked,
    concatenate,
    lock,
    locked,
)
from clsim.engine.calendar import Calendar
from clsim.protocols import Delay, Stream, as_delay, as_stream
from clsim.randomness import globals_kept, integer, seed_globals
from clsim.types import NEVER, NEVER_TIME, Batch, DriftEvent, Rows, Schema, Told

_DERIVED = ("served", "arrivals", "truth_key", "truth_bits", "positives")
"""Properties that are worked out once, from labels and from what happened."""

MOST_TICKS = 50_000_000
"""A tick that makes more of them is taken for a slip."""


class World:
    """Everything that happens in one replay, whoever watches it.

    Attributes
    ----------
    X, y, codes, time : arrays over all n rows
        ``codes`` are positions in ``schema.classes`` (classification only).
    n_warm : int
        Rows of the warm-up; row ``n_warm`` is the first that is served.
    first : numpy.ndarray of shape (ticks + 1,)
        First row of each tick; the last entry is n.
    starts : numpy.ndarray of shape (ticks + 1,)
        Clock time at which each tick starts; the last entry is the end.
    tick_of : numpy.ndarray of shape (n,), int32
        The tick that serves each row; -1 in the warm-up.
    labels : Calendar
        When each label is known.
    training : Calendar
        When each row, with its label, can be trained on: the same unless rows load late.
    told : numpy.ndarray of shape (n,) or None
        Each label as it is first told; None where that is the truth.
    final : numpy.ndarray of shape (n,), int32, or None
        The tick at which a label that was told wrongly is revised; ``NEVER`` if it is not.
    revised_time : numpy.ndarray of shape (n,), int64, or None
        Clock time of that.
    votes : numpy.ndarray of shape (n,) or None
        Number of votes that each label took; None where nobody votes.
    available : numpy.ndarray of shape (n,), int64, or None
        Clock time at which each row can be trained on; None: when its label is known.
    absent, hidden : numpy.ndarray of shape (n,), bool
        Rows that do not happen in this branch, and those whose label never comes in it.
    branch : int
        0, unless this world has gone its own way.
    ids : numpy.ndarray of shape (n,)
        Row numbers in the stream.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        seed: int,
        tick: Duration,
        warmup: Duration = 0,
        delay: Delay | None = None,
    ) -> None:
        stream = as_stream(stream)
        check_schema(stream.schema)
        self.schema: Schema = stream.schema
        self.seed = seed
        self.told: np.ndarray | None = None
        self.final: np.ndarray | None = None
        self.votes: np.ndarray | None = None
        self.revised_time: Any = None
        self.clock = Clock.of(self.schema.timed, tick, warmup)
        length = self.clock.tick

        with globals_kept():  # what a user's own stream or delay draws from them hangs on the seed
            seed_globals(integer(seed, "stream"))
            batches = list(checked(stream.blocks(seed), self.schema))
            self.drifts: list[DriftEvent] = list(stream.drift_events(seed))
        check_drifts(self.drifts)
        # a learner or a plug-in that works in place must not change what the others see
        batch = locked(concatenate(batches))
        self.X, self.y, self.time, self.slices = batch.X, batch.y, batch.time, batch.slices
        n = self.n = len(self.y)
        if n == 0:
            raise ValueError("stream: it has no events")
        if self.schema.task == "classification":
            self.codes = self.schema.codes(self.y)

        if isinstance(warmup, int):
            self.n_warm = warmup
        else:
            end = self.time[0] + parse_duration(warmup, "warmup")
            self.n_warm = int(np.searchsorted(self.time, end, "left"))
        if self.n_warm >= n:
            raise ValueError(
                f"warmup={warmup!r}: the stream has {n} events, all within the warm-up; "
                "shorten it, or lengthen the stream"
            )
        origin = self.time[self.n_warm] if isinstance(warmup, int) else end
        if self.clock.tick_in_rows:
            self.first = np.append(np.arange(self.n_warm, n, length), n)
            self.starts = np.append(self.time[self.first[:-1]], self.time[-1] + 1)
            if not self.clock.timed:
                self.starts[-1] = n
        else:
            count = int((self.time[-1] - origin) // length) + 1
            if count > MOST_TICKS:
                raise ValueError(f"tick={tick!r}: makes {count:,} ticks; give a longer one")
            self.starts = origin + length * np.arange(count + 1)
            # events of the warm-up may have the time of the first one served
            self.first = np.maximum(np.searchsorted(self.time, self.starts, "left"), self.n_warm)
        self.branch = 0
        self.ids = np.arange(n)
        self.absent, self.hidden = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.n_ticks = len(self.first) - 1
        self.tick_of = np.full(n, -1, dtype=np.int32)
        self.tick_of[self.n_warm :] = np.repeat(
            np.arange(self.n_ticks, dtype=np.int32), np.diff(self.first)
        )
        self._set_calendars(batch, None if delay is None else as_delay(delay))

    def _set_calendars(self, events: Batch, delay: Delay | None) -> None:
        label_time = self.time if events.label_time is None else events.label_time
        if delay is not None:
            label_time = self._asked(delay, "label_times", events)
            check_label_times(label_time, events)
        self.label_time = lock(label_time)
        arrives = self._ticks_of(label_time)
        self.labels = self.training = Calendar(arrives, self.first)
        self.available = events.available
        if events.available is not None:
            arrives = np.maximum(arrives, self._ticks_of(events.available))
            self.training = Calendar(arrives, self.first)
        told = None if delay is None else self._asked(delay, "told", events)
        if told is not None:
            check_told(told, events, self.schema)
            self._set_told(told)

    def _asked(self, delay: Any, method: str, events: Batch) -> Any:
        """What a delay says of the events, which it may not change."""
        try:
            with globals_kept():
                seed_globals(integer(self.seed, "delay"))
                return getattr(delay, method)(locked(events), self.schema, self.clock, self.seed)
        except ValueError as error:
            if "read-only" not in str(error) and "not writeable" not in str(error):
                raise
            raise ValueError(
                f"delay: {method} of {delay.class_name} changes the events that it is given "
                f"({error}); let it work on copies"
            ) from error

    def _ticks_of(self, times: np.ndarray, *, logged: bool = True) -> np.ndarray:
        """The first tick that knows what is there at a clock time; ``NEVER`` after the last.

        What is logged of the warm-up is there when it ends, whenever it came.
        """
        due = np.searchsorted(self.starts[:-1], times, "left")
        due = np.maximum(due, self.tick_of + 1)
        if logged:
            due[: self.n_warm] = 0
        due[(times == NEVER_TIME) | (due >= self.n_ticks)] = NEVER
        return due

    def _set_told(self, told: Told) -> None:
        self.votes = told.votes
        y = self.y.copy() if told.y is None else np.asarray(told.y).astype(self.y.dtype)
        final = np.full(self.n, NEVER)
        if told.revised is not None:
            final = self._ticks_of(told.revised, logged=False)
            self.revised_time = lock(told.revised)
        # a revision that comes with the label, or says the same, is none
        at_once = (final <= self.labels.arrives) | (y == self.y)
        y[at_once] = self.y[at_once]
        final[at_once] = NEVER
        if not at_once.all():
            self.told, self.final = lock(y), lock(final.astype(np.int32))

    # branches: where what is served changes what comes next -----------------------------------

    def fork(self, branch: int) -> World:
        """The same world, to go its own way from here: features stay shared."""
        other = self._underived()
        other.branch = branch
        other.absent, other.hidden = self.absent.copy(), self.hidden.copy()
        other.y = self.y.copy()
        if self.schema.task == "classification":
            other.codes = self.codes.copy()
        return other

    def _underived(self) -> World:
        """A copy that works its derived properties out for itself."""
        other = copy.copy(self)
        for name in _DERIVED:
            vars(other).pop(name, None)
        return other

    def hide(self, rows: Rows) -> None:
        """Labels of some rows never come."""
        self.hidden[rows] = True
        both = self.training is self.labels
        self.labels = self.labels.without(rows)
        self.training = self.labels if both else self.training.without(rows)

    def remove(self, rows: Rows) -> None:
        """Some rows never happen."""
        self.hide(rows)
        self.absent[rows] = True

    def relabel(self, rows: Rows, y: np.ndarray) -> None:
        """Some rows have other labels."""
        self.y[rows] = y
        if self.schema.task == "classification":
            self.codes[rows] = self.schema.codes(y)

    def happened(self) -> World:
        """This world without the rows that never happened, for scoring."""
        if not self.absent.any():
            return self
        there = ~self.absent
        other = self._underived()
        other.ids = np.flatnonzero(there)
        other.n = len(other.ids)
        other.first = np.append(0, np.cumsum(there))[self.first]
        every = (
            "y", "codes", "time", "tick_of", "label_time", "told", "final", "votes", "hidden",
            "available", "revised_time",
        )  # fmt: skip
        for name in every:
            values = getattr(self, name, None)
            if values is not None:
                setattr(other, name, values[there])
        other.slices = {column: codes[there] for column, codes in self.slices.items()}
        other.labels = Calendar(self.labels.arrives[there], other.first)
        other.training = other.labels
        if self.training is not self.labels:
            other.training = Calendar(self.training.arrives[there], other.first)
        return other

    # labels as they are told ---------------------------------------------------------------

    def check_labels(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if the label of some row is not known at a tick."""
        late = self.labels.late(rows, tick)
        if late is not None:
            raise LookupError(f"the label of row {late} has not arrived at tick {tick}")

    def check_training(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if some row is not available for training at a tick."""
        self.check_labels(rows, tick)
        late = self.training.late(rows, tick)
        if late is not None:
            raise LookupError(f"row {late} is not available for training at tick {tick}")

    def y_at(self, rows: Rows, tick: int) -> np.ndarray:
        """Labels of rows as they are told at a tick, when they have arrived."""
        if self.told is None or self.final is None:
            return self.y[rows]
        return np.where(self.final[rows] <= tick, self.y[rows], self.told[rows])

    def truth_at(self, rows: Rows, tick: int) -> np.ndarray:
        """As `y_at`; class codes for classification."""
        y = self.y_at(rows, tick)
        return self.schema.codes(y) if len(self.schema.classes) else y

    def revised(self, after: int, until: int) -> Rows:
        """Rows whose label is revised after one tick, up to another; by tick and row."""
        if self.final is None:
            return np.empty(0, dtype=np.int64)
        rows = np.flatnonzero((self.final > after) & (self.final <= until))
        rows = rows[self.labels.arrives[rows] != NEVER]
        return rows[np.argsort(self.final[rows], kind="stable")]

    def lessons(self, after: int, until: int) -> tuple[Rows, np.ndarray, np.ndarray]:
        """What can be learned after one tick, up to another: rows, labels, and the tick of each.

        By tick, and in a tick as they come: by the time at which the label and the row are there,
        then by row. A row whose label is revised is there a second time.
        """
        rows = self.training.between(after, until)
        ticks, when, labels = self.training.arrives[rows], self._comes(rows), self.y[rows]
        if self.told is not None and self.final is not None:
            labels = np.where(self.final[rows] <= ticks, labels, self.told[rows])
            again = self.revised(after, until)
            again = again[self.training.arrives[again] < self.final[again]]
            rows, labels = np.concatenate([rows, again]), np.concatenate([labels, self.y[again]])
            ticks = np.concatenate([ticks, self.final[again]])
            when = np.concatenate([when, self.revised_time[again]])
        elif (np.diff(when) >= 0).all():  # then ticks and rows are in order too
            return rows, labels, ticks
        order = np.lexsort([rows, when, ticks])
        return rows[order], labels[order], ticks[order]

    def _comes(self, rows: Rows) -> np.ndarray:
        """Clock time at which rows can be learned from."""
        if self.available is None:
            return self.label_time[rows]
        return np.maximum(self.label_time[rows], self.available[rows])

    @cached_property
    def served(self) -> np.ndarray:
        """Number of events that each tick serves."""
        return np.diff(self.first)

    @cached_property
    def arrivals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Labels that arrive in each tick after the warm-up's; their waits and votes, summed."""
        count = self.labels.arriving
        rows = self.labels.between(0, self.n_ticks - 1)
        ticks = self.labels.arrives[rows]
        waits = self.label_time[rows] - self.time[rows]
        wait = np.bincount(ticks, waits, len(count)).astype(np.int64)
        votes = np.zeros(len(count), dtype=np.int64)
        if self.votes is not None:
            votes += np.bincount(ticks, self.votes[rows], len(count)).astype(np.int64)
        return count, wait, votes

    @cached_property
    def truth_key(self) -> np.ndarray:
        """For each served event, the number of its tick and class, times the number of classes."""
        size = len(self.schema.classes)
        key = self.tick_of[self.n_warm :].astype(np.int64)
        return (key * size + self.codes[self.n_warm :]) * size

    @cached_property
    def truth_bits(self) -> np.ndarray:
        """Class codes of the served events, in one byte."""
        return self.codes[self.n_warm :].astype(np.uint8)

    @cached_property
    def positives(self) -> np.ndarray:
        """Number of served events of class 1 in each tick."""
        return self.sum_served(self.truth_bits)

    def sum_served(self, values: np.ndarray) -> np.ndarray:
        """Sums by tick of one value for each served event."""
        return _sum_runs(values, self.served)

    def sum_arriving(self, values: np.ndarray) -> np.ndarray:
        """Sums of one value for each served event, by the tick in which its label arrives."""
        low, high = int(self.labels.known[0]), int(self.labels.known[-1])
        if self.labels.in_order and low == self.n_warm:
            return _sum_runs(values[: high - low], self.labels.arriving)
        rows = self.labels.between(0, self.n_ticks - 1)
        return _sum_runs(values[rows - self.n_warm], self.labels.arriving)

    @cached_property
    def draw(self) -> str:
        """A hash of the labels: two seeds that have it in common replay one and the same stream."""
        y = self.codes if self.schema.task == "classification" else self.y
        return hashlib.blake2b(np.ascontiguousarray(y).tobytes(), digest_size=8).hexdigest()

    def row_at(self, time: int) -> int:
        """The first row of an event at or after a clock time."""
        return int(np.searchsorted(self.time, time, "left"))

    def X_of(self, rows: Rows) -> Any:
        """Features of rows, in any order; without a copy where they are consecutive."""
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and bool((np.diff(rows) == 1).all()):
            return self.X_part(slice(int(rows[0]), int(rows[-1]) + 1))
        return self.X_part(rows)

    def X_part(self, part: slice | Rows) -> Any:
        """Features of a slice of the rows, without a copy, or of some rows."""
        return self.X[part] if isinstance(self.X, np.ndarray) else self.X.iloc[part]


def _sum_runs(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Sums over runs of the given lengths, one after the other; some may be empty."""
    if values.dtype.kind == "f":  # one after the other, so that the last bits are those of a loop
        runs = np.repeat(np.arange(len(lengths)), lengths)
        return np.bincount(runs, weights=values, minlength=len(lengths))
    sums = np.zeros(len(lengths), dtype=np.int64)
    some = lengths > 0
    if some.any():
        begin = (np.cumsum(lengths) - lengths)[some]
        # bytes add up fastest in 32 bits, and cannot overflow in so few rows
        wide = values.dtype.itemsize > 1 or len(values) >= 2**24
        sums[some] = np.add.reduceat(values, begin, dtype=np.int64 if wide else np.uint32)
    return sums
