"""Times in a table, on the clock of a stream."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clsim.clock import UNITS, parse_duration
from clsim.streams.tables.columns import EXACT, as_numbers
from clsim.streams.tables.dates import microseconds
from clsim.types import NEVER_TIME

LONGEST = 36_525 * UNITS["d"]
"""What comes so long after its event stands for something else."""

FEW = 10
"""With fewer events, a stretch without any says nothing."""


def event_times(
    frame: pd.DataFrame, time: str | None, start: str | None, every: str | None, row: int = 0
) -> np.ndarray:
    """Clock times of the rows of a table, or of a stretch of one that begins with some row."""
    if time is not None:
        if pd.api.types.is_numeric_dtype(as_numbers(frame[time]).dtype):
            raise ValueError(
                f"time={time!r}: a column of numbers; convert it to timestamps, or leave time out"
            )
        if frame[time].isna().any():
            raise ValueError(f"time={time!r}: the column has missing values")
        return microseconds(frame[time], "time", time)
    rows = np.arange(row, row + len(frame), dtype=np.int64)
    if every is None:
        return rows
    first = microseconds(pd.Series([start]), "start", str(start))[0]
    return first + rows * parse_duration(every, "every")


def label_times_of(
    column: pd.Series, name: str, timed: bool, key: str = "label_time"
) -> np.ndarray:
    """Clock times of a column; where it is empty, or infinite as a row number, never."""
    column = as_numbers(column)
    known = column.notna().to_numpy()
    when = np.full(len(column), NEVER_TIME, dtype=np.int64)
    if timed:
        if pd.api.types.is_numeric_dtype(column.dtype) and known.any():
            raise ValueError(f"{key}={name!r}: expected timestamps, as the stream has time")
        when[known] = microseconds(column[known], key, name)
        return when
    if column.dtype.kind not in "iuf" and known.any():
        raise ValueError(f"{key}={name!r}: expected row numbers: the stream has no time")
    number = np.full(len(column), np.inf)
    number[known] = np.ceil(column[known].to_numpy(dtype=float))
    number[number == np.inf] = NEVER_TIME
    wrong = np.flatnonzero((np.abs(number) > EXACT) & (number != NEVER_TIME))
    if len(wrong):
        raise ValueError(
            f"{key}={name!r}: row {wrong[0]} is {column.iloc[wrong[0]]}, which is no row number; "
            "leave it empty, or write inf, where it never came"
        )
    there = number != NEVER_TIME
    when[there] = number[there].astype(np.int64)
    return when


def times_from(
    clock: np.ndarray, column: pd.Series, name: str, timed: bool, key: str
) -> np.ndarray:
    """As `label_times_of`; refused where one is earlier than its event."""
    when = label_times_of(column, name, timed, key)
    if np.any(when < clock):
        row = int(np.flatnonzero(when < clock)[0])
        words = {"label_time": "the label of row", "complained": "the complaint of row",
                 "deleted": "the deletion of row"}  # fmt: skip
        what = words.get(key, "row")
        raise ValueError(
            f"{key}={name!r}: {what} {row} is earlier than its event; "
            "correct the table, or leave it empty where it never came"
        )
    late = timed & (when != NEVER_TIME) & (when - clock > LONGEST)
    if late.any():
        row = int(np.argmax(late))
        raise ValueError(
            f"{key}={name!r}: row {row} has {column.iloc[row]}, more than 100 years after its "
            "event; where that stands for never, leave it empty"
        )
    return when


def is_timed(time: str | None, start: str | None, every: str | None) -> bool:
    """Whether a stream has time, as its time column, or its start and interval, say."""
    if time is not None and (start is not None or every is not None):
        raise ValueError(f"time={time!r}: leave out start and every, or time")
    if (start is None) != (every is None):
        raise ValueError("start and every: give both or neither")
    return time is not None or every is not None


def in_order(
    frame: pd.DataFrame, clock: np.ndarray, time: str | None, sort: bool
) -> tuple[pd.DataFrame, np.ndarray]:
    """A table and its event times in time order; unsorted ones are refused unless to be sorted."""
    back = np.flatnonzero(np.diff(clock) < 0)
    if len(back) == 0:
        return frame, clock
    if not sort:
        raise ValueError(
            f"time={time!r}: row {int(back[0]) + 1} is earlier than the row before it; "
            "sort the table, or say sort=True"
        )
    order = np.argsort(clock, kind="stable")
    return frame.iloc[order], clock[order]


def gap(clock: np.ndarray) -> str:
    """A word on a stretch without events that is most of the time; empty where there is none.

    Rows whose date stands for a missing one, such as 1970, make such a stretch.
    """
    if len(clock) < FEW:
        return ""
    lengths = np.diff(clock)
    row, span = int(np.argmax(lengths)), int(clock[-1] - clock[0])
    if 2 * int(lengths[row]) <= span:
        return ""
    first, last = (f"{pd.Timestamp(int(clock[row + k]), unit='us'):%Y-%m-%d}" for k in (0, 1))
    return (
        f"no event from {first} to {last}, which is {lengths[row] / span:.0%} of the time of the "
        f"log; {row + 1} of its {len(clock)} events are before it: if their dates stand for "
        "missing ones, leave them out"
    )
