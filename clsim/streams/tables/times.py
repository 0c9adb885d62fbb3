"""Times in a table, on the clock of a stream."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import parse_duration
from clsim.streams.tables.columns import EXACT, MISSING, as_numbers
from clsim.types import NEVER_TIME

# a time of day, and straight after it a zone
ZONE = re.compile(r"(?:\dT|:)\d\d[\d.,]*\s*(?:[AP]M\s*)?(?:Z|UTC|GMT|[+-]\d)", re.IGNORECASE)

TIME_OF_DAY = r"\s*\d{1,2}:\d\d(?::[\d.]+)?\s*(?:[AaPp][Mm])?\s*$"
SHORT_YEAR = r"\s*\d{1,2}([-/. ])\d{1,2}\1\d\d(?!\d)"
DAY_OR_MONTH = r"\s*\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}"

FEW = 10
"""With fewer events, a stretch without any says nothing."""


def microseconds(column: pd.Series, key: str, value: str) -> np.ndarray:
    """Times in microseconds since 1970; what is finer is cut off.

    Raises
    ------
    ValueError
        For what is no time, or can be read as two.
    """
    if column.dtype.kind == "O":
        _check_written(column, f"{key}={value!r}")
    try:
        times = _read(column)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{key}={value!r}: not timestamps of one format ({str(error).splitlines()[0]}); write "
            "them like 2024-01-31 12:00"
        ) from error
    return times.dt.tz_localize(None).astype("datetime64[us]").astype("int64").to_numpy()


def _read(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(as_numbers(column).dtype):  # also objects that are numbers
        raise TypeError("they are numbers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pd.to_datetime(column, utc=True)
        except ValueError:
            try:
                return pd.to_datetime(column, utc=True, format="ISO8601")  # of several precisions
            except ValueError:
                pass
            raise


def _check_written(column: pd.Series, key: str) -> None:
    """Refuse times of day, which pandas takes for today's, and dates that can be read two ways."""
    text = column[[isinstance(value, str) for value in column]].astype(str)
    for pattern, what in ((TIME_OF_DAY, "has no date"), (SHORT_YEAR, "has a year of two digits")):
        rows = text.index[text.str.match(pattern)]
        if len(rows):
            raise ValueError(
                f"{key}: row {rows[0]} ({text[rows[0]]!r}) {what}; write it like 2024-01-31 12:00"
            )
    written = text[text.str.match(DAY_OR_MONTH)]
    if len(written) == 0:
        return
    readings = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for day_first in (True, False):
            try:
                readings.append(pd.to_datetime(written, utc=True, dayfirst=day_first))
            except ValueError:
                return  # at most one way is left
    differ = written.index[(readings[0] != readings[1]).to_numpy()]
    if len(differ):
        row = differ[0]
        one, other = (f"{times[row]:%Y-%m-%d}" for times in readings)
        raise ValueError(
            f"{key}: row {row} ({written[row]!r}) may be {one} or {other}, and no row tells which "
            "comes first, day or month; write the dates like 2024-01-31"
        )


def times_in(column: pd.Series) -> pd.Series:
    """A column of times, without words such as 'None' that say that one is missing."""
    if column.dtype.kind != "O":
        return column
    return column.astype(object).mask(column.isin(MISSING).to_numpy())


def check_zones(given: Mapping[str, tuple[Any, pd.Series]]) -> None:
    """Refuse times of which some have a zone and some have none.

    Parameters
    ----------
    given : mapping of str to tuple
        For each key of a caller, such as ``label_time``, what it was given and these times.
    """
    which: dict[bool, str] = {}
    for key, (value, times) in given.items():
        rows = np.flatnonzero(times.notna())
        if pd.api.types.is_numeric_dtype(times.dtype) or len(rows) == 0:
            continue
        zoned = _zoned(times.iloc[rows])
        if zoned.any() and not zoned.all():
            one, other = rows[zoned][0], rows[~zoned][0]
            raise ValueError(
                f"{key}={value!r}: row {one} has a time zone ({str(times.iloc[one])!r}) and row "
                f"{other} has none ({str(times.iloc[other])!r}; none in {(~zoned).sum()} of "
                f"{len(rows)} rows); give all of them one, by tz_localize or by writing its offset"
            )
        which.setdefault(bool(zoned[0]), f"{key}={value!r}")
    if len(which) == 2:
        raise ValueError(
            f"{which[True]} has a time zone and {which[False]} has none; say of which zone the "
            "latter is, by tz_localize or by writing its offset, or take the former to its clock, "
            "by tz_convert and then tz_localize(None)"
        )


def _zoned(times: pd.Series) -> np.ndarray:
    """Whether each time has a zone; what is no time has none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = times if times.dtype.kind == "M" else pd.to_datetime(times)
    except (TypeError, ValueError):
        read = times
    if read.dtype.kind == "M":  # of one kind, as pandas takes no others without being given a zone
        dtype = getattr(read.dtype, "pyarrow_dtype", read.dtype)
        return np.full(len(times), getattr(dtype, "tz", None) is not None)
    return np.array([_has_zone(value) for value in times], dtype=bool)


def _has_zone(value: Any) -> bool:
    if isinstance(value, dt.datetime):
        return value.tzinfo is not None
    return ZONE.search(str(value)) is not None


def event_times(
    frame: pd.DataFrame, time: str | None, start: str | None, every: str | None
) -> np.ndarray:
    if time is not None:
        if pd.api.types.is_numeric_dtype(as_numbers(frame[time]).dtype):
            raise ValueError(
                f"time={time!r}: a column of numbers; convert it to timestamps, or leave time out"
            )
        if frame[time].isna().any():
            raise ValueError(f"time={time!r}: the column has missing values")
        return microseconds(frame[time], "time", time)
    rows = np.arange(len(frame), dtype=np.int64)
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
        what = "the label of row" if key == "label_time" else "row"
        raise ValueError(
            f"{key}={name!r}: {what} {row} is earlier than its event; "
            "correct the table, or leave it empty where it never came"
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
