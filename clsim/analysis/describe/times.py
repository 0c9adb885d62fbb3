"""What is odd about the times of a table: order, zones, dates that stand for nothing, gaps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clsim.analysis.describe.columns import clock_of, moments
from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.summer import summer_time
from clsim.streams.tables.dates import date_order
from clsim.streams.tables.times import FEW
from clsim.streams.tables.zones import ZONE, check_zones

SENTINELS = (
    "0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01",
    "2099-12-31", "2999-12-31", "9999-12-31",
)  # fmt: skip
"""Days that programs write where they know none."""

EPOCHS = {"seconds": (9e8, 3e9), "milliseconds": (9e11, 3e12), "microseconds": (9e14, 3e15),
          "nanoseconds": (9e17, 3e18)}  # fmt: skip
"""Numbers that count since 1970, for moments from 1998 to 2065."""

SERIAL = 30_000, 60_000
"""Days since 1899-12-30, as spreadsheets count them, for moments from 1982 to 2064."""

OFFSET, MOST_OFFSETS = r":\d\d[\d.,]*\s*([+-](?!00:?00)\d\d(?::?\d\d)?)$", 3
"""How text says how far from UTC its time is, if it is, and how many of them are told."""

PAUSES, SPAN_SHARE, DAYS = 5.0, 0.1, 7.0
"""A gap is that many times the 99th percentile of all steps, and a share of the log or days."""


def of_times(
    frame: pd.DataFrame, roles: Mapping[str, str | None], day_first: bool | None = None
) -> list[Finding]:
    """What is odd about the columns of time.

    Parameters
    ----------
    frame : pandas.DataFrame
    roles : mapping of str to str or None
        The columns of ``time`` and ``label_time``.
    day_first : bool or None, default=None
        What the user said of dates that can be read in two ways.
    """
    given = {key: name for key, name in roles.items() if name is not None}
    found = [f for name in given.values() for f in _order(frame[name], str(name), day_first)]
    if any(finding.kind in ("either way", "both ways") for finding in found):
        return found  # the times cannot be read, so nothing is said of them
    found += _zones(frame, given)
    for key, name in given.items():
        found += sentinels(frame[name], name, key, day_first)
    time = given.get("time")
    if time is None or any(finding.level == "refused" for finding in found):
        return found
    clock = clock_of(moments(frame[time], day_first))
    found += _missing(clock, time) + _unsorted(clock, time)
    found += gaps(clock[~np.isnan(clock)], time)
    if not np.isnan(clock).any() and not _has_zone(frame[time]):
        found += summer_time(clock, time)
    if given.get("label_time"):
        found += _early(frame, clock, given["label_time"], day_first)
    return found


def epoch(column: pd.Series) -> str | None:
    """The unit in which numbers seem to count since 1970; None if they do not.

    >>> epoch(pd.Series([1_704_067_200, 1_704_153_600])), epoch(pd.Series([1.5, 2.5]))
    ('seconds', None)
    """
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all():
        return None
    values = column.dropna().to_numpy(dtype=float)
    for unit, (low, high) in EPOCHS.items():
        if ((values > low) & (values < high)).all():
            return unit
    return None


def serial(column: pd.Series) -> bool:
    """Whether numbers seem to be dates of a spreadsheet: days since 1899-12-30, in time order.

    >>> serial(pd.Series([45_292.0, 45_292.25])), serial(pd.Series([52_000, 31_000, 45_000]))
    (True, False)
    """
    if not pd.api.types.is_numeric_dtype(column.dtype) or column.isna().all():
        return False
    values = column.dropna().to_numpy(dtype=float)
    low, high = SERIAL
    return bool(((values > low) & (values < high)).all() and np.mean(np.diff(values) < 0) < 0.01)


def _order(column: pd.Series, name: str, day_first: bool | None) -> list[Finding]:
    order, rows = date_order(column), int(column.notna().sum())
    facts = {"rows": rows, "example": str(column.dropna().iloc[0])} if rows else {}
    if order == "both":
        return [Finding("both ways", name, "refused", facts)]
    if order == "either" and day_first is None:
        return [Finding("either way", name, "asked", facts)]
    if order in ("day", "month"):
        return [Finding("one way", name, "noted", {**facts, "first": order})]
    return []


def _zones(frame: pd.DataFrame, given: Mapping[str, str]) -> list[Finding]:
    try:
        check_zones({key: (name, frame[name]) for key, name in given.items()})
    except ValueError as error:
        columns = [name for name in given.values() if repr(name) in str(error)]
        return [Finding("zones", columns[-1], "refused", {"said": str(error)})]
    zones = {name: _zone(frame[name]) for name in given.values()}
    return [Finding("zone", name, "noted", {"zone": zone}) for name, zone in zones.items() if zone]


def _zone(column: pd.Series) -> str:
    """The zone of a column of times, or of text the offsets that are written; empty: none."""
    if column.dtype.kind == "M":
        zone = getattr(column.dtype, "tz", None)
        return "" if zone is None else str(zone)
    offsets = column.astype(str).str.extract(OFFSET, expand=False).dropna().unique()
    return " or ".join(sorted(offsets)[:MOST_OFFSETS])


def _has_zone(column: pd.Series) -> bool:
    if column.dtype.kind == "M":
        return getattr(column.dtype, "tz", None) is not None
    return bool(column.astype(str).str.contains(ZONE).any())


def sentinels(
    column: pd.Series, name: str, role: str, day_first: bool | None = None
) -> list[Finding]:
    """Days that stand for "not known": far from all others, or written at midnight again and again.

    A day of ``SENTINELS`` within the range of the other days is a day like any other.
    """
    times = moments(column, day_first)
    days = times.dt.strftime("%Y-%m-%d")
    odd = days.isin(SENTINELS)
    others = times[~odd & times.notna()]
    if len(others) == 0:
        return []
    low, high = others.min(), others.max()
    found = []
    for day, rows in days[odd].value_counts().items():
        moment = pd.Timestamp(str(day))
        if not low <= moment <= high:
            facts = {"day": str(day), "rows": int(rows), "role": role}
            found.append(Finding("sentinel", name, "refused", facts))
    return found


def _missing(clock: np.ndarray, name: str) -> list[Finding]:
    rows = int(np.isnan(clock).sum())
    return [Finding("no time", name, "refused", {"rows": rows})] if rows else []


def _unsorted(clock: np.ndarray, name: str) -> list[Finding]:
    back = np.flatnonzero(np.diff(clock) < 0)
    if len(back) == 0:
        return []
    return [Finding("unsorted", name, "warned", {"rows": len(back), "row": int(back[0]) + 1})]


def gaps(clock: np.ndarray, name: str) -> list[Finding]:
    """Pauses without any event that are longer than the pauses that the log has anyway.

    One that is most of the log is told in any case, as a replay tells it.

    Parameters
    ----------
    clock : numpy.ndarray of shape (n,)
        Microseconds, in any order.
    """
    clock = np.sort(clock)
    steps = np.diff(clock)
    if len(clock) < FEW or clock[-1] == clock[0]:
        return []
    span, day = clock[-1] - clock[0], 86_400e6
    long = steps >= PAUSES * max(float(np.quantile(steps, 0.99)), 1.0)
    long &= (steps >= SPAN_SHARE * span) | (steps >= DAYS * day)
    if long.sum() > 3:  # they come again and again, such as holidays
        long &= steps >= 3 * np.median(steps[long])
    long &= len(steps) >= 20
    long |= 2 * steps > span
    found = []
    for place in np.flatnonzero(long):
        facts = {
            "start": _moment(clock[place]), "end": _moment(clock[place + 1]),
            "days": float(steps[place] / day), "share": float(steps[place] / span),
        }  # fmt: skip
        found.append(Finding("gap", name, "warned", facts))
    return found


def _early(
    frame: pd.DataFrame, clock: np.ndarray, name: str, day_first: bool | None
) -> list[Finding]:
    known = clock_of(moments(frame[name], day_first))
    early = np.flatnonzero(known < clock)
    if len(early) == 0:
        return []
    facts = {"rows": len(early), "row": int(early[0])}
    return [Finding("before its event", name, "refused", facts)]


def _moment(clock: float) -> str:
    return str(pd.Timestamp(int(clock), unit="us"))[:16]
