"""Times in which nothing is deployed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from clsim.clock import UNITS, WEEKDAYS, Clock, named_weekdays, of_date, parse_date, weekday
from clsim.errors import check_number
from clsim.protocols import Guard, Monitor, completed
from clsim.types import NEVER, Column, Extent, Rollback, Schema
from clsim.view import View

DAY = UNITS["d"]


class Span(NamedTuple):
    """From a tick or clock time on, and before another; and what it is called."""

    start: int
    stop: int
    name: str


class Freeze(Guard):
    """Deploy nothing in ticks that start at given times.

    A challenger whose training ends in a freeze is tested as ever. If it passes, it waits until the
    freeze ends, and is then tested once more, against the champion of the moment. One that passes
    later than another takes its place, and the other ends as superseded. A trial goes on in a
    freeze: it gets no larger share of the events, may be lost, and is not won before the freeze
    ends. A challenger that waits counts as a training in flight, so triggers are mute unless
    ``overlap`` names that stage. Retired models are not re-used. Rollbacks are allowed, but for
    those of ``rollbacks_of``.

    Parameters
    ----------
    dates : sequence of str, datetime.date or pairs of them, default=()
        Days, such as ``'2024-11-29'``, or stretches of days ``['2024-12-20', '2025-01-06']``,
        the last one included. Either end may be a moment (``'2024-12-20 12:00'``); one that ends
        the stretch is not included. In UTC.
    weekdays : sequence of str, default=()
        Such as ``['friday', 'saturday', 'sunday']``, by their full names. In UTC.
    ticks : sequence of int or pairs of int, default=()
        Numbers of ticks, or stretches ``[10, 14]``, the last one included.
    rollbacks_of : Guard or None, default=None
        A guard that takes nothing back in a freeze either; it is asked again when the freeze ends.
        Give those that may beside this one (`FirstOf`).

    Examples
    --------
    >>> guard = Freeze(dates=["2024-11-29", ["2024-12-20", "2025-01-06"]], weekdays=["friday"])

    >>> from types import SimpleNamespace
    >>> guard = Freeze(ticks=[3, [10, 12]])
    >>> said = [guard.frozen(SimpleNamespace(tick=tick, now=tick)) for tick in (3, 4, 12)]
    >>> [reason is not None for reason in said]
    [True, False, True]
    """

    def __init__(
        self,
        dates: Sequence[Any] = (),
        weekdays: Sequence[str] = (),
        ticks: Sequence[Any] = (),
        rollbacks_of: Guard | None = None,
    ) -> None:
        for key, given in (("dates", dates), ("weekdays", weekdays), ("ticks", ticks)):
            if isinstance(given, str) or not isinstance(given, Sequence):
                raise TypeError(f"{key}={given!r}: expected a list, such as [{given!r}]")
        if not (dates or weekdays or ticks):
            raise ValueError("freeze: give dates, weekdays or ticks")
        self._days = named_weekdays("weekdays", weekdays)
        self.dates, self.weekdays, self.ticks = list(dates), list(weekdays), list(ticks)
        self._spans = [_dates(f"dates[{n}]", given) for n, given in enumerate(dates)]
        self._stretches = [_ticks(f"ticks[{n}]", given) for n, given in enumerate(ticks)]
        guard = rollbacks_of
        self.rollbacks_of: Guard | None = (
            None if guard is None else completed("guard.rollbacks_of", guard, Guard)
        )
        self.keeps = 0 if self.rollbacks_of is None else self.rollbacks_of.keeps

    @property
    def monitors(self) -> dict[str, Monitor]:
        return {} if self.rollbacks_of is None else self.rollbacks_of.monitors

    def bind(self, clock: Clock) -> None:
        for key in ("dates", "weekdays"):
            if getattr(self, key) and not clock.timed:
                raise ValueError(
                    f"guard.{key}: this stream has no time, so give numbers of ticks (ticks=[...]);"
                    " or name a time column"
                )
        if self.rollbacks_of is not None:
            self.rollbacks_of.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        if self.rollbacks_of is not None:
            self.rollbacks_of.check_schema(schema)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        if self.rollbacks_of is not None:
            self.rollbacks_of.check_scores(loss, score)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        if self.rollbacks_of is not None:
            self.rollbacks_of.check_columns(column)

    def check_times(self, begin: int, end: int) -> None:
        """Refuse dates of which none lies in the stream."""
        inside = [span for span in self._spans if span.start < end and span.stop > begin]
        if self._spans and not inside:
            first, last = (dt.datetime.fromtimestamp(t / 1e6, dt.UTC) for t in (begin, end - 1))
            raise ValueError(
                f"dates: none of {', '.join(span.name for span in self._spans)} lies in the stream,"
                f" which goes from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
            )
        if self.rollbacks_of is not None:
            self.rollbacks_of.check_times(begin, end)

    def due(self, tick: int) -> int:
        return NEVER if self.rollbacks_of is None else self.rollbacks_of.due(tick)

    def frozen(self, view: View) -> str | None:
        for span in self._stretches:
            if span.start <= view.tick < span.stop:
                return span.name
        for span in self._spans:
            if span.start <= view.now < span.stop:
                return span.name
        day = weekday(view.now) if self.weekdays else 0
        return WEEKDAYS[day] if self._days[day] else None

    def watch(self, view: View) -> Rollback | None:
        if self.rollbacks_of is None:
            return None
        rollback = self.rollbacks_of.watch(view)  # asked in every tick, so that it misses nothing
        return rollback if self.frozen(view) is None else None


def _dates(key: str, given: Any) -> Span:
    """The clock times of a day, or of a stretch."""
    pair = _pair(key, given, "a day '2024-12-24', or a pair ['2024-12-20', '2025-01-06']")
    times = [_moment(key, value) for value in pair]
    if len(pair) == 1 and not _is_day(pair[0]):
        raise ValueError(f"{key}={given!r}: a moment has no length; give a day, or a pair of times")
    name = " to ".join(str(value) for value in pair)
    span = Span(times[0], times[-1] + (DAY if _is_day(pair[-1]) else 0), name)
    _check_order(key, given, span)
    return span


def _is_day(value: Any) -> bool:
    return not isinstance(value, dt.datetime) and ":" not in str(value)


def _moment(key: str, value: Any) -> int:
    if isinstance(value, dt.date):
        return of_date(value)
    if not isinstance(value, str):
        raise TypeError(f"{key}={value!r}: expected a date such as '2024-12-24'")
    return parse_date(value, key)


def _ticks(key: str, given: Any) -> Span:
    pair = _pair(key, given, "a number of a tick, or a pair [10, 14]")
    for value in pair:
        check_number(key, value, whole=True, low=0)
    name = f"tick {pair[0]}" if len(pair) == 1 else f"ticks {pair[0]} to {pair[1]}"
    span = Span(int(pair[0]), int(pair[-1]) + 1, name)
    _check_order(key, given, span)
    return span


def _pair(key: str, given: Any, expected: str) -> list[Any]:
    """A value, or two."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        return [given]
    if len(given) != 2:
        raise ValueError(f"{key}={given!r}: expected {expected}")
    return list(given)


def _check_order(key: str, given: Any, span: Span) -> None:
    if span.start >= span.stop:
        raise ValueError(f"{key}={given!r}: it ends before it begins")
