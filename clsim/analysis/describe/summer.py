"""Summer time in times that have no zone: an hour that is missing in spring and twice in autumn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding

HOUR, DAY = 3_600e6, 86_400e6

LEAST_DAYS = 30
"""A log is at least so long."""

UNLIKELY = 1e-3
"""What is seen would come about with this probability at most, without summer time."""


@dataclass(frozen=True)
class Switch:
    """When clocks are changed: Sundays of months, and the hours that are left out and repeated.

    Attributes
    ----------
    spring, autumn : tuple of int
        Month, and which Sunday in it: 1 the first, 2 the second, -1 the last.
    lost, again : int
        The hour that does not exist in spring, and the one that is there twice in autumn.
    """

    spring: tuple[int, int]
    autumn: tuple[int, int]
    lost: int
    again: int


SWITCHES = (
    Switch((3, -1), (10, -1), 2, 2), Switch((3, -1), (10, -1), 1, 1),
    Switch((3, -1), (10, -1), 3, 3), Switch((3, 2), (11, 1), 2, 1), Switch((10, 1), (4, 1), 2, 2),
    Switch((9, -1), (4, 1), 2, 2),
)  # fmt: skip
"""Central, western and eastern Europe, North America, south-east Australia, New Zealand."""


def summer_time(clock: np.ndarray, name: str) -> list[Finding]:
    """Whether times follow a clock that is set forward in spring and back in autumn.

    An hour of a night in which clocks are changed must be without an event, where hardly any other
    hour of the log is; or be there twice: with twice as many events as ever else at this hour of
    the day, or with a step back in a file that has hardly any other.

    Parameters
    ----------
    clock : numpy.ndarray of shape (n,)
        Microseconds of local time, in the order of the file.
    name : str
    """
    hours = np.floor(clock / HOUR).astype(np.int64)
    first, last = int(hours.min()), int(hours.max())
    if last - first < LEAST_DAYS * 24 or np.all(clock % DAY == 0):
        return []
    if last - first > 200 * len(clock):  # a few events in many years, of which no hour tells
        return []
    counts = np.bincount(hours - first, minlength=last - first + 1)
    back = np.flatnonzero(np.diff(clock) < 0)
    found = []
    for switch in SWITCHES:
        spring = [h - first for h in nights(switch.spring, switch.lost, first, last)]
        autumn = [h - first for h in nights(switch.autumn, switch.again, first, last)]
        lost, again = _empty(counts, spring), _twice(counts, autumn, hours - first, back)
        if lost * again <= UNLIKELY:
            seen = spring if lost < 1 else [], autumn if again < 1 else []
            found.append((lost * again, *seen, switch))
    if not found:
        return []
    _, spring, autumn, switch = min(found, key=lambda one: one[0])
    facts = {
        "spring": _said(spring, first), "lost": f"{switch.lost:02}:00",
        "autumn": _said(autumn, first), "again": f"{switch.again:02}:00",
    }  # fmt: skip
    return [Finding("summer time", name, "warned", facts)]


def nights(which: tuple[int, int], hour: int, first: int, last: int) -> Iterator[int]:
    """Hours since 1970 at an hour of such Sundays, from ``first`` to ``last``.

    >>> [str(pd.Timestamp(h, unit="h")) for h in nights((3, -1), 2, 473_352, 482_136)]
    ['2024-03-31 02:00:00']
    """
    month, number = which
    for year in range(pd.Timestamp(first, unit="h").year, pd.Timestamp(last, unit="h").year + 1):
        start = pd.Timestamp(year, month, 1)
        sundays = pd.date_range(start, start + pd.offsets.MonthEnd(), freq="W-SUN")
        day = sundays[number if number < 0 else number - 1]
        at = int(day.timestamp() // 3600) + hour
        if first < at < last:
            yield at


def _empty(counts: np.ndarray, at: list[int]) -> float:
    """The chance that these hours are all without an event; 1 if they are not."""
    if not at or counts[at].any():
        return 1.0
    others = np.delete(counts, at)
    same = np.concatenate([np.delete(counts[h % 24 :: 24], h // 24) for h in at[:1]])
    if (same == 0).sum() > len(at):  # others, too, are silent at this hour
        return 1.0
    return float((np.sum(others == 0) + 1) / (len(others) + 1)) ** len(at)


def _twice(counts: np.ndarray, at: list[int], hours: np.ndarray, back: np.ndarray) -> float:
    """The chance that these hours are all there twice; 1 if they are not."""
    if not at:
        return 1.0
    inside = np.isin(hours[back], at) & np.isin(hours[back + 1], at) if len(back) else back > 0
    if inside.sum() >= len(at):
        other = int((~inside).sum())
        return min(1.0, (other + 1) / len(counts)) ** len(at)
    usual = np.median(counts)
    if usual >= 1 and np.all(counts[at] == 2 * usual):
        others = np.delete(counts, at)
        return float((np.sum(others > usual) + 1) / (len(others) + 1)) ** len(at)
    return 1.0


def _said(at: list[int], first: int) -> str:
    return ", ".join(str(pd.Timestamp(h + first, unit="h").date()) for h in at)
