"""One stream on the clock: rows, ticks, and the tick at which each label arrives."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, check_duration, parse_duration
from clsim.types import NEVER, NEVER_TIME, Batch, Delay, DriftEvent, Rows, Schema, Stream

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
    arrives : numpy.ndarray of shape (n,), int32
        The first tick that knows each label; ``NEVER`` for those that stay unknown.
    known : numpy.ndarray of shape (ticks,)
        Number of labels known at each tick.
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
        self.schema: Schema = stream.schema
        self.seed = seed
        check_duration(tick, "tick", positive=True)
        check_duration(warmup, "warmup")
        timed = self.schema.timed
        for key, value in (("tick", tick), ("warmup", warmup)):
            if not timed and not isinstance(value, int):
                raise ValueError(
                    f"{key}={value!r}: this stream has no time; give a number of rows, "
                    "or name a time column"
                )
        in_rows = isinstance(tick, int)
        length = tick if isinstance(tick, int) else parse_duration(tick, "tick")
        self.clock = Clock(timed, length, in_rows)

        batch = concatenate(list(stream.blocks(seed)))
        self.X, self.y, self.time, self.slices = batch.X, batch.y, batch.time, batch.slices
        n = self.n = len(self.y)
        if n == 0:
            raise ValueError("stream: it has no events")
        if self.schema.task == "classification":
            self.codes = self.schema.codes(self.y)
        self.drifts: list[DriftEvent] = stream.drift_events(seed)

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
        if in_rows:
            self.first = np.append(np.arange(self.n_warm, n, length), n)
            self.starts = np.append(self.time[self.first[:-1]], self.time[-1] + 1)
            if not timed:
                self.starts[-1] = n
        else:
            count = int((self.time[-1] - origin) // length) + 1
            if count > MOST_TICKS:
                raise ValueError(f"tick={tick!r}: makes {count:,} ticks; give a longer one")
            self.starts = origin + length * np.arange(count + 1)
            # events of the warm-up may have the time of the first one served
            self.first = np.maximum(np.searchsorted(self.time, self.starts, "left"), self.n_warm)
        self.n_ticks = len(self.first) - 1
        self.tick_of = np.full(n, -1, dtype=np.int32)
        self.tick_of[self.n_warm :] = np.repeat(
            np.arange(self.n_ticks, dtype=np.int32), np.diff(self.first)
        )
        self._set_arrivals(batch, delay)
        # a learner or a plug-in that works in place must not change what the others see
        self.X, self.y, self.time = _locked(self.X), _locked(self.y), _locked(self.time)

    def _set_arrivals(self, events: Batch, delay: Delay | None) -> None:
        label_time = events.label_time
        if delay is not None:
            label_time = delay.label_times(events, self.schema, self.clock, self.seed)
        elif label_time is None:
            label_time = self.time
        if np.any(label_time < self.time):
            row = int(np.flatnonzero(label_time < self.time)[0])
            key = "label_time" if delay is None else "delay"
            raise ValueError(
                f"{key}: the label of row {row} is known before its event; "
                "give times at or after those of the events"
            )
        self.label_time = label_time
        due = np.searchsorted(self.starts[:-1], label_time, "left")
        due = np.maximum(due, self.tick_of + 1)
        due[: self.n_warm] = 0  # the warm-up is a historical log
        due[(label_time == NEVER_TIME) | (due >= self.n_ticks)] = NEVER
        self.arrives = _locked(due.astype(np.int32))
        self._by_arrival = _locked(np.argsort(self.arrives, kind="stable"))
        self._in_order = bool(np.all(np.diff(self.arrives) >= 0))
        self._latest: tuple[tuple[int, int], Rows] = ((-1, -1), due[:0])
        counts = np.bincount(self.arrives[self.arrives != NEVER], minlength=self.n_ticks)
        self.known = np.cumsum(counts)

    def by_arrival(self, low: int, high: int) -> Rows:
        """Rows from the ``low``-th label to before the ``high``-th, by tick of arrival and row."""
        return self._by_arrival[low:high]

    def arrived(self, tick: int) -> Rows:
        """Rows whose labels arrive in a tick, in event order."""
        return self._by_arrival[self.known[tick - 1] if tick else 0 : self.known[tick]]

    def labelled(self, tick: int, since: int | None = None) -> Rows:
        """Rows whose labels are known at a tick, of events at or after a clock time."""
        low = 0 if since is None else int(np.searchsorted(self.time, since, "left"))
        if self._in_order:
            return np.arange(low, max(low, self.known[tick]))
        high = self.first[tick]
        return low + np.flatnonzero(self.arrives[low:high] <= tick)

    def check_arrived(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if the label of some row is not known at a tick."""
        if self._in_order and len(rows) and rows.min() >= 0 and rows.max() < self.known[tick]:
            return
        late = rows[self.arrives[rows] > tick]
        if len(late):
            raise LookupError(f"the label of row {late[0]} has not arrived at tick {tick}")

    def latest(self, tick: int, count: int) -> Rows:
        """The most recent ``count`` rows whose labels are known at a tick."""
        if self._latest[0] != (tick, count):  # strategies in step ask for the same rows
            rows = self._find_latest(tick, count)
            rows.flags.writeable = False
            self._latest = (tick, count), rows
        return self._latest[1]

    def _find_latest(self, tick: int, count: int) -> Rows:
        if self._in_order:
            return np.arange(max(0, self.known[tick] - count), self.known[tick])
        high, length = int(self.first[tick]), 2 * count
        while True:
            low = max(0, high - length)
            rows = low + np.flatnonzero(self.arrives[low:high] <= tick)
            if len(rows) >= count or low == 0:
                return rows[max(0, len(rows) - count) :]
            length *= 2

    @cached_property
    def served(self) -> np.ndarray:
        """Number of events that each tick serves."""
        return np.diff(self.first)

    @cached_property
    def arriving(self) -> np.ndarray:
        """Number of labels that arrive in each tick after the warm-up's."""
        return np.diff(self.known, prepend=self.known[:1])

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
        low, high = int(self.known[0]), int(self.known[-1])
        if self._in_order and low == self.n_warm:
            return _sum_runs(values[: high - low], self.arriving)
        return _sum_runs(values[self.by_arrival(low, high) - self.n_warm], self.arriving)

    def X_of(self, rows: Rows) -> Any:
        """Features of rows, in any order; without a copy where they are consecutive."""
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and bool((np.diff(rows) == 1).all()):
            return self.X_part(slice(int(rows[0]), int(rows[-1]) + 1))
        return self.X_part(rows)

    def X_part(self, part: slice | Rows) -> Any:
        """Features of a slice of the rows, without a copy, or of some rows."""
        return self.X[part] if isinstance(self.X, np.ndarray) else self.X.iloc[part]


def _locked(values: Any) -> Any:
    """The same values, not to be written to; pandas copies a frame by itself when it is written."""
    if isinstance(values, np.ndarray):
        values = values.view()
        values.flags.writeable = False
    return values


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


def concatenate(batches: list[Batch]) -> Batch:
    """All events of a stream in one batch; without a copy where it came as one."""
    if not batches:
        raise ValueError("stream: it has no events")
    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    if isinstance(first.X, np.ndarray):
        X = np.concatenate([b.X for b in batches])
    else:
        import pandas as pd

        X = pd.concat([b.X for b in batches], ignore_index=True)
    label_time = None
    if first.label_time is not None:
        label_time = np.concatenate([b.label_time for b in batches])
    return Batch(
        X,
        np.concatenate([b.y for b in batches]),
        np.concatenate([b.time for b in batches]),
        label_time,
        {c: np.concatenate([b.slices[c] for b in batches]) for c in first.slices},
    )
