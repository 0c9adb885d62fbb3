"""One clock for a replay: durations and rows, as integers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from clsim.errors import check_choice

UNITS = {
    "us": 1,
    "ms": 1_000,
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
"""Microseconds in each unit of duration."""

_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(us|ms|s|min|h|d|w)(?![a-zA-Z])", re.IGNORECASE)

Duration = int | str | dt.timedelta
"""A number of rows, or a length of time such as ``'7d'``, ``'12h'`` or ``'1d12h'``."""


def parse_duration(value: str | dt.timedelta, key: str) -> int:
    """Length of time in microseconds.

    Parameters
    ----------
    value : str or datetime.timedelta
        ``'3d'``, ``'12h'``, ``'30min'``, ``'1d 12h'``; units are us, ms, s, min, h, d and w.
    key : str
        Name of the parameter, for the error.

    Raises
    ------
    ValueError
        If it cannot be read, or is negative.

    Examples
    --------
    >>> parse_duration("1d12h", "window") / 3_600_000_000
    36.0
    """
    if isinstance(value, dt.timedelta):
        length = value // dt.timedelta(microseconds=1)
        if length < 0:
            raise ValueError(f"{key}={value}: a duration cannot be negative")
        return length
    position, total = 0, 0.0
    text = value.strip()
    if text.startswith("-"):
        raise ValueError(f"{key}={value!r}: a duration cannot be negative")
    while position < len(text):
        part = _PART.match(text, position)
        if part is None:
            break
        total += float(part[1]) * UNITS[part[2].lower()]
        position = part.end()
    if position == 0 or position < len(text):
        raise ValueError(
            f"{key}={value!r}: not a duration; write a number and a unit, such as '7d', '12h' or "
            f"'1d12h' (units: {', '.join(UNITS)})"
        )
    return round(total)


def in_words(length: int) -> str:
    """A length of time for a reader, in the largest unit of which it is a whole number.

    What is a whole number of none is rounded to four digits, in days or hours where it is as long.

    Parameters
    ----------
    length : int
        Microseconds.

    Examples
    --------
    >>> in_words(7 * UNITS["d"]), in_words(UNITS["h"]), in_words(90 * UNITS["min"])
    ('7 days', '1 hour', '90 minutes')
    >>> in_words(47 * UNITS["d"] + 12_345_678), in_words(1_500_000)
    ('47 days', '1.5 seconds')
    """
    for unit, word in (("d", "day"), ("h", "hour"), ("min", "minute"), ("s", "second")):
        count, rest = divmod(length, UNITS[unit])
        if count and not rest:
            return f"{count:,} {word}{'' if count == 1 else 's'}"
    for unit, word in (("d", "days"), ("h", "hours")):
        if length >= UNITS[unit]:
            return f"{length / UNITS[unit]:.4g} {word}"
    return f"{length / UNITS['s']:g} seconds"


def parse_date(value: str, key: str) -> int:
    """A date, or a date and time, as clock time; without a zone it is UTC.

    Raises
    ------
    ValueError
        If it cannot be read.

    Examples
    --------
    >>> parse_date("1970-01-02", "start")
    86400000000
    """
    try:
        moment = dt.datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{key}={value!r}: expected a date such as '2024-03-31' or '2024-03-31T12:00'"
        ) from error
    return of_date(moment)


def of_date(date: dt.date) -> int:
    """A date, or a date and time, as clock time; without a zone it is UTC.

    Examples
    --------
    >>> of_date(dt.date(1970, 1, 2)) == of_date(dt.datetime(1970, 1, 2)) == UNITS["d"]
    True
    """
    moment = date if isinstance(date, dt.datetime) else dt.datetime.combine(date, dt.time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1)


def as_date(time: int) -> dt.datetime:
    """A clock time as a date and time, in UTC.

    Examples
    --------
    >>> as_date(UNITS["d"]).isoformat()
    '1970-01-02T00:00:00+00:00'
    """
    return dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=time)


MONDAY = -3 * UNITS["d"]
"""Clock time at which a week began: 1970 began on a Thursday."""


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Days of the week, as they are named everywhere."""


def named_weekdays(key: str, days: Sequence[str]) -> tuple[bool, ...]:
    """Which days of the week are named, Monday first.

    Raises
    ------
    TypeError
        If it is no list.
    ValueError
        For what is no day of the week.

    Examples
    --------
    >>> named_weekdays("days", ["monday", "sunday"])
    (True, False, False, False, False, False, True)
    """
    if isinstance(days, str) or not isinstance(days, Sequence):
        raise TypeError(f"{key}={days!r}: expected a list, such as ['monday', 'tuesday']")
    for number, day in enumerate(days):
        check_choice(f"{key}[{number}]", day, WEEKDAYS)
    return tuple(day in days for day in WEEKDAYS)


def weekday(time: int) -> int:
    """The day of the week of a clock time, in UTC; 0 is Monday.

    Examples
    --------
    >>> weekday(0)
    3
    """
    return (time - MONDAY) // UNITS["d"] % 7


def to_minute(moment: dt.datetime) -> str:
    """A moment in words, to the minute; at midnight the date alone.

    Examples
    --------
    >>> to_minute(dt.datetime(2025, 4, 1, 6, 30)), to_minute(dt.datetime(2025, 4, 1))
    ('2025-04-01 06:30', '2025-04-01')
    """
    return f"{moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")


def first_to_last(begin: int, end: int, timed: bool) -> str:
    """From when until when a stream goes, in words; ``end`` is behind its last event.

    Examples
    --------
    >>> first_to_last(0, 1_001, timed=False), first_to_last(0, UNITS["d"] + 1, timed=True)
    ('row 0 to row 1,000', '1970-01-01 to 1970-01-02')
    """
    ends = (begin, end - 1)
    return " to ".join(to_minute(as_date(time)) if timed else f"row {time:,}" for time in ends)


def as_duration(value: Any, key: str, *, positive: bool = False) -> Duration:
    """A number of rows or ticks, or a duration, as Python's own; NumPy's scalars are taken too.

    Raises
    ------
    TypeError, ValueError
        For what is neither, or cannot be read, or is negative (or 0, if it must be positive).

    Examples
    --------
    >>> import numpy as np
    >>> as_duration(np.int64(7), "every"), as_duration(np.timedelta64(7, "D"), "every")
    (7, datetime.timedelta(days=7))
    """
    given = value
    if isinstance(value, np.timedelta64):
        if np.isnat(value) or np.datetime_data(value.dtype)[0] in ("Y", "M", "generic"):
            raise ValueError(f"{key}={value!r}: no fixed length; give one such as '7d' or '12h'")
        value = dt.timedelta(microseconds=int(value // np.timedelta64(1, "us")))
    elif isinstance(value, Integral) and not isinstance(value, bool):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str, dt.timedelta)):
        raise TypeError(
            f"{key}={given!r}: expected a whole number, or a duration such as '7d' or '12h'"
        )
    length = value if isinstance(value, int) else parse_duration(value, key)
    if length < 0 or (positive and length == 0):
        raise ValueError(f"{key}={given!r}: must be {'above' if positive else 'at least'} 0")
    return value


@dataclass(frozen=True)
class Clock:
    """The clock of one replay.

    Attributes
    ----------
    timed : bool
        Whether the clock counts microseconds; if not, rows.
    tick : int
        Length of a tick: microseconds, or rows if ``tick_in_rows``.
    tick_in_rows : bool
        Whether a tick is a number of rows (always so on a stream without time).
    """

    timed: bool
    tick: int
    tick_in_rows: bool

    @classmethod
    def of(cls, timed: bool, tick: Duration, warmup: Duration = 0) -> Clock:
        """The clock of a replay with these ticks and this warm-up.

        Raises
        ------
        TypeError, ValueError
            For what is no duration, or durations on a stream without time.
        """
        tick = as_duration(tick, "tick", positive=True)
        warmup = as_duration(warmup, "warmup")
        for key, value in (("tick", tick), ("warmup", warmup)):
            if not timed and not isinstance(value, int):
                raise ValueError(
                    f"{key}={value!r}: this stream has no time; give a number of rows, "
                    "or name a time column"
                )
        rows = isinstance(tick, int)
        return cls(timed, tick if isinstance(tick, int) else parse_duration(tick, "tick"), rows)

    def said(self, length: int) -> str:
        """A length on this clock for a reader: a length of time, or a number of events."""
        return in_words(length) if self.timed else f"{length:,} events"

    def units(self, value: Duration, key: str) -> int:
        """A length on this clock: microseconds where the stream has time, else rows.

        Raises
        ------
        ValueError
            For a duration on a stream without time, or a number of rows on one with time.
        """
        value = as_duration(value, key)
        if isinstance(value, int):
            if self.timed and value != 0:
                raise ValueError(
                    f"{key}={value}: this stream has time; give a duration such as '{value}d'"
                )
            return value
        if not self.timed:
            raise ValueError(
                f"{key}={value!r}: this stream has no time; give a number of rows, "
                "or name a time column"
            )
        return parse_duration(value, key)

    def ticks(self, value: Duration, key: str) -> int:
        """A number of ticks: a whole number as it is, a duration if it is a multiple of the tick.

        Raises
        ------
        ValueError
            If ticks have no fixed duration, or the duration is not a multiple of theirs.
        """
        value = as_duration(value, key)
        if isinstance(value, int):
            return value
        if not self.timed:
            raise ValueError(
                f"{key}={value!r}: this stream has no time; give a number of ticks, "
                "or name a time column"
            )
        if self.tick_in_rows:
            raise ValueError(
                f"{key}={value!r}: ticks of {self.tick} rows have no fixed duration; give a "
                "number of ticks, or make the tick a duration"
            )
        count, rest = divmod(parse_duration(value, key), self.tick)
        if rest:
            raise ValueError(
                f"{key}={value!r}: not a whole number of ticks of {in_words(self.tick)}"
            )
        return count
