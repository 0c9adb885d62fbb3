"""Windows: which rows a monitor looks at now, and which it compares them with."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration, parse_date
from clsim.errors import check_choice, check_number
from clsim.protocols import Part
from clsim.types import Rows
from clsim.view import View


class Recent(Part):
    """The events that were served last: a number of rows, or those of a duration.

    Parameters
    ----------
    length : int or str
    """

    def __init__(self, length: Duration) -> None:
        self.length = as_duration(length, "window", positive=True)
        self._units: int | None = None

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.length, int):
            self._units = clock.units(self.length, "monitor.window")

    def rows(self, view: View) -> Rows:
        """Rows of served events that are kept, ascending."""
        if self._units is None:
            assert isinstance(self.length, int)
            rows = view.recent(self.length)
        else:
            rows = view.rows(self._units)
        return rows[np.searchsorted(rows, view.first_row(0)) :]


def check_holds(min_rows: int, window: Duration) -> None:
    """Raise ``ValueError`` if a window of so many rows never holds as many as are needed."""
    if isinstance(window, int) and min_rows > window:
        raise ValueError(
            f"min_rows={min_rows}: more than window={window} holds, so there would never be a "
            "value; widen the window, or ask for fewer"
        )


class Reference(Part):
    """What the present is compared with."""

    warmup = False
    """Whether it lies in the warm-up as a whole, so that its length is known before."""

    def rows(self, view: View, current: Rows) -> Rows:
        """Rows whose features can be seen, ascending; empty where there are none.

        Parameters
        ----------
        view : View
        current : Rows
            Those that they are compared with.
        """
        raise NotImplementedError


class Training(Reference):
    """The rows that the champion was trained on, as far as they are kept."""

    def rows(self, view: View, current: Rows) -> Rows:
        return view.usable(view.trained_rows)


class Validation(Reference):
    """The rows that were held out when the champion was trained, as far as they are kept.

    The first model has none, so nothing is measured while it serves.
    """

    def rows(self, view: View, current: Rows) -> Rows:
        return view.usable(view.held_out)


class Warmup(Reference):
    """The warm-up, whoever serves."""

    warmup = True

    def rows(self, view: View, current: Rows) -> Rows:
        return view.stretch(0, view.first_row(0))


class Before(Reference):
    """A window that slides along: the last events before those of the present.

    Parameters
    ----------
    length : int or str
        Number of rows, or a duration before the first of the present rows.
    gap : int or str, default=0
        Rows, or a duration, between the two windows.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> monitor = FeatureDistribution(reference=Before("28d", gap="7d"), window="7d")
    """

    def __init__(self, length: Duration, gap: Duration = 0) -> None:
        self.length = as_duration(length, "length", positive=True)
        self.gap = as_duration(gap, "gap")
        mixed = self.gap != 0 and isinstance(self.length, int) != isinstance(self.gap, int)
        if mixed:
            raise ValueError(
                f"gap={gap!r}: length={length!r} is of another kind; give both as rows or both as "
                "durations"
            )
        self._units: tuple[int, int] | None = None

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.length, int):
            gap = 0 if self.gap == 0 else clock.units(self.gap, "monitor.reference.gap")
            self._units = clock.units(self.length, "monitor.reference.length"), gap

    def rows(self, view: View, current: Rows) -> Rows:
        if not len(current):
            return current
        if self._units is None:
            assert isinstance(self.length, int)
            assert isinstance(self.gap, int)
            rows = view.recent(self.length + self.gap, int(current[0]))
            return rows[: max(len(rows) - self.gap, 0)]
        length, gap = self._units
        end = int(view.time(current[:1])[0]) - gap
        return view.stretch(view.row_at(end - length), view.row_at(end))


class Season(Reference):
    """The same stretch of time, one period ago; so a season is no drift.

    Parameters
    ----------
    period : str
        A duration, such as ``'364d'``: whole weeks keep the day of the week.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> monitor = FeatureDistribution(reference=Season("364d"), window="28d")
    """

    def __init__(self, period: str) -> None:
        self.period = as_duration(period, "period", positive=True)

    def bind(self, clock: Clock) -> None:
        self._period = clock.units(self.period, "monitor.reference.period")

    def rows(self, view: View, current: Rows) -> Rows:
        if not len(current):
            return current
        first, last = (int(time) - self._period for time in view.time(current[[0, -1]]))
        return view.stretch(view.row_at(first), view.row_at(last + 1))


class Fixed(Reference):
    """A stretch of the past that stays: from one point in the stream to another.

    Parameters
    ----------
    start, end : int or str
        Rows since the stream began, or dates such as ``'2024-01-01'``. Before it is over nothing
        is measured.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> monitor = FeatureDistribution(reference=Fixed(1_000, 2_000), window=500)
    """

    def __init__(self, start: int | str, end: int | str) -> None:
        if isinstance(start, str) != isinstance(end, str):
            raise ValueError(
                f"end={end!r}: start={start!r} is of another kind; give two rows, or two dates"
            )
        self.start, self.end, self._dated = start, end, isinstance(start, str)
        self._start, self._end = (
            parse_date(point, key) if isinstance(point, str) else point
            for key, point in (("start", start), ("end", end))
        )
        check_number("start", self._start, whole=True, low=None if self._dated else 0)
        check_number("end", self._end, whole=True)
        if self._end <= self._start:
            raise ValueError(f"end={end!r}: must be above start={start!r}")

    def bind(self, clock: Clock) -> None:
        if self._dated and not clock.timed:
            raise ValueError(
                f"monitor.reference.start={self.start!r}: the stream has no time; give rows"
            )

    def rows(self, view: View, current: Rows) -> Rows:
        if self._dated:
            over = view.now >= self._end
            first, stop = view.row_at(self._start), view.row_at(self._end)
        else:
            over = view.first_row(view.tick) >= self._end
            first, stop = self._start, self._end
        return view.stretch(first, stop if over else first)


BY_NAME: dict[str, type[Reference]] = {
    "training": Training,
    "validation": Validation,
    "warmup": Warmup,
}
"""References without parameters, by the name that a monitor is given."""


def as_reference(given: Any) -> Reference:
    """A reference, by name or as it is.

    Raises
    ------
    TypeError, ValueError
        For anything else.
    """
    if isinstance(given, Reference):
        return given
    if isinstance(given, str):
        check_choice("reference", given, BY_NAME)
        return BY_NAME[given]()
    raise TypeError(
        f"reference={given!r}: expected one of {', '.join(map(repr, BY_NAME))}, or an object of "
        "clsim.monitoring.windows, such as Before('28d')"
    )
