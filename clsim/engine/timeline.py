"""The events of one stream on the clock: rows, ticks, and which tick serves which row."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Clock, Duration, as_duration, parse_duration
from clsim.engine.batches import PIECE, check_drifts, check_schema, checked
from clsim.engine.filling import Events, by_piece, events_of
from clsim.engine.scratch import CHUNK, OnDisk, room_in
from clsim.protocols import Stream, as_stream
from clsim.randomness import globals_kept, integer, seed_globals
from clsim.types import NEVER, NEVER_TIME, Column, DriftEvent, Rows, Schema

MOST_TICKS = 50_000_000
"""A tick that makes more of them is taken for a slip."""


class Timeline:
    """What happens in one replay, whoever watches it; nothing in it ever changes.

    Attributes
    ----------
    schema : Schema
    seed : int
    clock : Clock
    drifts : list of DriftEvent
    events : Events
        All n events of the stream.
    n, n_warm : int
        Number of rows, and of those of the warm-up; row ``n_warm`` is the first that is served.
    first : numpy.ndarray of shape (ticks + 1,)
        First row of each tick; the last entry is n.
    starts : numpy.ndarray of shape (ticks + 1,)
        Clock time at which each tick starts; the last entry is the end.
    n_ticks : int
    warmup_labels : {'history', 'as_recorded'}
        Whether what is logged of the warm-up is there when it ends, or comes as the log says.
    room : Room
        Where columns of all rows lie.
    """

    def __init__(
        self, stream: Stream, *, seed: int, tick: Duration, warmup: Duration = 0,
        warmup_labels: str = "history", scratch: str | Path | None = None,
    ) -> None:  # fmt: skip
        stream = as_stream(stream)
        check_schema(stream.schema)
        self.schema: Schema = stream.schema
        self.seed = seed
        self.warmup_labels = warmup_labels
        self.clock, self.room = Clock.of(self.schema.timed, tick, warmup), room_in(scratch)
        with globals_kept():  # what a user's own stream draws from them hangs on the seed
            seed_globals(integer(seed, "stream"))
            # a learner or a plug-in that works in place must not change what the others see
            self.events: Events = events_of(
                checked(stream.blocks(seed), self.schema),
                self.schema,
                stream.length,
                self.room,
                stream.at_rest,
            )
            self.drifts: list[DriftEvent] = list(stream.drift_events(seed))
        self.labelling = stream.labelling
        check_drifts(self.drifts)
        self._columns: dict[str, Column] = {}
        self.n = len(self.time)
        self._ids: Rows | None = None
        self._set_ticks(as_duration(tick, "tick"), as_duration(warmup, "warmup"))

    def _set_ticks(self, tick: Duration, warmup: Duration) -> None:
        n, length = self.n, self.clock.tick
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
        self.n_ticks = len(self.first) - 1

    @property
    def ids(self) -> Rows:
        """Row numbers in the stream; worked out when asked for."""
        return np.arange(self.n) if self._ids is None else self._ids

    @property
    def tick_of(self) -> np.ndarray:
        """The tick that serves each row, int32; -1 in the warm-up; worked out when asked for."""
        ticks = np.arange(-1, self.n_ticks, dtype=np.int32)
        return np.repeat(ticks, np.diff(self.first, prepend=0))

    def ticks_of(self, rows: Any) -> Any:
        """The same of some rows, or of one."""
        return np.searchsorted(self.first, rows, "right") - 1

    @property
    def time(self) -> np.ndarray:
        """Clock time of each row."""
        return self.events.time

    @property
    def X(self) -> Any:
        """Features of all rows."""
        return self.events.X

    @property
    def slices(self) -> dict[str, np.ndarray]:
        """For each slice column, codes into its names."""
        return self.events.slices

    # between rows, times and ticks -------------------------------------------------------------

    def row_at(self, time: int) -> int:
        """The first row of an event at or after a clock time."""
        return int(np.searchsorted(self.time, time, "left"))

    def ticks_at(self, times: np.ndarray, rows: slice, *, logged: bool = True) -> np.ndarray:
        """The first tick that knows of rows what is there at a clock time; ``NEVER`` if none.

        What is logged of the warm-up is there when it ends, whenever it came, unless it comes as
        recorded.

        Parameters
        ----------
        times : numpy.ndarray of shape (rows,)
        rows : slice
        logged : bool, default=True
            Whether that is logged.
        """
        due = np.searchsorted(self.starts[:-1], times, "left")
        due = np.maximum(due, self.ticks_of(np.arange(rows.start, rows.stop)) + 1)
        if logged and self.warmup_labels == "history":
            due[: max(0, self.n_warm - rows.start)] = 0
        due[(times == NEVER_TIME) | (due >= self.n_ticks)] = NEVER
        return due

    def tick_at(self, times: Callable[[slice], np.ndarray], *, logged: bool = True) -> np.ndarray:
        """The same of all rows, int32; ``times`` gives the clock times of consecutive rows."""
        return by_piece(
            lambda rows: self.ticks_at(times(rows), rows, logged=logged),
            self.n, np.int32, self.room,
        )  # fmt: skip

    def ready(self, tick: int, duration: int) -> int:
        """The tick in which a training that starts in a tick takes effect; may be after the end."""
        if not duration:
            return tick
        done = self.starts[tick] + duration
        return max(tick, int(np.searchsorted(self.starts[:-1], done, "left")))

    def sampled(self, rows: Rows, first: np.ndarray) -> Timeline:
        """Some of the rows alone, and the first of them that each tick has."""
        other, events = copy.copy(self), self.events
        vars(other).pop("served", None)
        other._columns = {}
        slices = {column: codes[rows] for column, codes in events.slices.items()}
        other.events = replace(
            events, X=self.X_at(rows), y=events.y[rows], time=events.time[rows], slices=slices,
            amount=self.amount(rows),
        )  # fmt: skip
        other.n, other.first, other._ids = len(rows), first, None
        return other

    def of(self, there: np.ndarray) -> Timeline:
        """Those rows alone that a mask names; of each what is scored."""
        other, events = copy.copy(self), self.events
        vars(other).pop("served", None)
        other._ids = np.flatnonzero(there)
        other.n = len(other._ids)
        other.first = np.append(0, np.cumsum(there))[self.first]
        slices = {column: codes[there] for column, codes in events.slices.items()}
        deleted = None if events.deleted is None else events.deleted[there]
        other.events = replace(events, time=events.time[there], slices=slices, deleted=deleted)
        return other

    def amount(self, rows: slice | Rows) -> np.ndarray | None:
        """What wrong answers to rows cost, or each answer; None where the stream does not say."""
        return None if self.events.amount is None else self.events.amount[rows]

    # features ----------------------------------------------------------------------------------

    def X_of(self, rows: Rows) -> Any:
        """Features of rows, in any order; without a copy where they are consecutive."""
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows) and bool((np.diff(rows) == 1).all()):
            return self.X_at(slice(int(rows[0]), int(rows[-1]) + 1))
        return self.X_at(rows)

    def column(self, name: str, rows: slice | Rows) -> Column:
        """One feature of some rows, as numbers or as codes of categories."""
        X, place = self.events.X, self.schema.features.index(name)
        if isinstance(X, OnDisk):
            some = self.X_at(rows) if isinstance(rows, slice) else self.X_of(rows)
            return Column(some[:, place].astype(float))
        if name not in self._columns:
            whole = X[:, place] if isinstance(X, np.ndarray) else X.iloc[:, place]
            self._columns[name] = as_column(whole)
        values, names = self._columns[name]
        return Column(values[rows], names)

    def head(self, name: str) -> Column:
        """The same of all rows, or of the first where they are not in memory."""
        return self.column(name, slice(0, CHUNK if isinstance(self.events.X, OnDisk) else None))

    def begins(self, name: str) -> int | None:
        """Clock time of the first event that has a feature; None if none has."""
        for low in range(0, self.n, CHUNK):
            there = np.flatnonzero(~self.column(name, slice(low, low + CHUNK)).missing)
            if len(there):
                return int(self.time[low + there[0]])
        return None

    def X_at(self, rows: slice | Rows) -> Any:
        """Features of a slice of the rows, without a copy if in memory, or of some rows."""
        X = self.events.X
        return X[rows] if isinstance(X, (np.ndarray, OnDisk)) else X.iloc[rows]

    # sums --------------------------------------------------------------------------------------

    @cached_property
    def served(self) -> np.ndarray:
        """Number of events that each tick serves."""
        return np.diff(self.first)


def as_column(values: Any) -> Column:
    """A column of a table as numbers, or as codes of its categories in order of their text."""
    if isinstance(values, np.ndarray) and values.dtype.kind in "iufb":
        return Column(values.astype(float, copy=False))
    series = pd.Series(values)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return Column(series.to_numpy(dtype=float, na_value=np.nan))
    missing = series.isna().to_numpy()
    names, codes = np.unique(series[~missing].to_numpy(dtype=str), return_inverse=True)
    every = np.full(len(series), -1, dtype=np.int64)
    every[~missing] = codes
    return Column(every, names)


def sum_runs(values: np.ndarray, lengths: np.ndarray) -> np.ndarray:
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


def draw_of(truth: np.ndarray, classes: bool) -> str:
    """A hash of labels: two seeds that have it in common replay one and the same stream.

    Parameters
    ----------
    truth : numpy.ndarray of shape (n,)
    classes : bool
        Whether they are codes of classes, whose width says nothing.
    """
    name = hashlib.blake2b(digest_size=8)
    for low in range(0, len(truth), PIECE):
        part = truth[low : low + PIECE]
        name.update(np.ascontiguousarray(part, dtype=np.int64 if classes else None).tobytes())
    return name.hexdigest()
