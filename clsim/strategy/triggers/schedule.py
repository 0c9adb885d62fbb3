"""Triggers that depend on the tick alone, or on the calendar."""

from __future__ import annotations

import bisect
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration, first_to_last, of_date
from clsim.errors import check_number
from clsim.protocols import Trigger
from clsim.randomness import BLOCK, uniform
from clsim.types import NEVER, Fired
from clsim.view import View


class Never(Trigger):
    """Keep the first model.

    Examples
    --------
    >>> trigger = Never()

    >>> trigger.due(0) == NEVER
    True
    """

    alarms = False

    def due(self, tick: int) -> int:
        return NEVER

    def fires(self, view: View) -> Fired | None:
        return None


class Periodic(Trigger):
    """Retrain on a schedule: at ticks t >= 1 with t = phase (mod every).

    Parameters
    ----------
    every : int or str
        Number of ticks, or a duration (``'7d'``) that is a whole number of them.
    phase : int or str, default=0
        Likewise, below ``every``.

    Raises
    ------
    TypeError, ValueError
        For what is neither ticks nor a duration; before the first tick, if it is no whole number of
        them, or the phase is not below ``every``.

    Examples
    --------
    >>> trigger = Periodic("7d", phase="2d")

    >>> trigger.bind(Clock.of(True, tick="1d"))
    >>> [trigger.due(tick) for tick in (0, 3, 10)]
    [2, 9, 16]
    """

    alarms = False

    def __init__(self, every: Duration, phase: Duration = 0) -> None:
        every = as_duration(every, "every", positive=True)
        phase = as_duration(phase, "phase")
        self.every = every
        self.phase = phase

    def bind(self, clock: Clock) -> None:
        self._every = clock.ticks(self.every, "trigger.every")
        self._phase = clock.ticks(self.phase, "trigger.phase")
        if self._phase >= self._every:
            raise ValueError(
                f"trigger.phase={self.phase!r}: must be below trigger.every={self.every!r}"
            )

    def due(self, tick: int) -> int:
        tick = max(tick, 1)
        return tick + (self._phase - tick) % self._every

    def fires(self, view: View) -> Fired | None:
        if view.tick == self.due(view.tick):
            return Fired(f"every {self.every}")
        return None


class At(Trigger):
    """Retrain at given ticks or dates, so that a schedule of the oracle, or any, can be replayed.

    Parameters
    ----------
    when : sequence of int, str, datetime.date or datetime.datetime
        Numbers of ticks, from 0; or dates, such as ``'2024-05-01'`` or ``'2024-05-01 12:00'``, each
        of which counts in the first tick that starts at it or after it. Dates before the first
        tick do not count. A date with a zone is taken in UTC.

    Examples
    --------
    >>> trigger = At([3, 10])
    >>> [trigger.due(tick) for tick in (0, 3, 4)]
    [3, 3, 10]
    """

    alarms = False

    def __init__(self, when: Sequence[Any]) -> None:
        if isinstance(when, str) or not isinstance(when, (Sequence, np.ndarray)):
            raise TypeError(f"when={when!r}: expected a list of ticks or dates, such as [3, 10]")
        given = [_moment(f"when[{number}]", value) for number, value in enumerate(when)]
        self.when = list(when)
        self._ticks = sorted({value for value, dated in given if not dated})
        self._times = sorted({value for value, dated in given if dated})

    def bind(self, clock: Clock) -> None:
        if self._times and not clock.timed:
            raise ValueError(
                "trigger.when: this stream has no time, so give numbers of ticks; or name a time "
                "column"
            )

    def check_times(self, begin: int, end: int) -> None:
        """Refuse dates of which none lies in the stream."""
        if self._times and not self._ticks and not any(begin <= time < end for time in self._times):
            ends = first_to_last(begin, end, timed=True)
            raise ValueError(f"when={self.when!r}: none lies in the stream, from {ends}")

    def due(self, tick: int) -> int:
        if self._times:
            return tick  # which tick a date lies in is seen when it has begun
        place = bisect.bisect_left(self._ticks, tick)
        return self._ticks[place] if place < len(self._ticks) else NEVER

    def fires(self, view: View) -> Fired | None:
        tick = view.tick
        if tick in self._ticks:
            return Fired(f"at tick {tick}")
        if not self._times:
            return None
        after = view.start(tick - 1) if tick else view.now - 1
        place = bisect.bisect_right(self._times, after)
        if place == len(self._times) or self._times[place] > view.now:
            return None
        return Fired(f"at {np.datetime64(self._times[place], 'us').astype(dt.datetime)}")


def _moment(key: str, value: Any) -> tuple[int, bool]:
    """A tick, or a date in microseconds since 1970; and whether it is a date."""
    if isinstance(value, str):
        try:
            value = dt.datetime.fromisoformat(value)
        except ValueError as error:
            raise ValueError(
                f"{key}={value!r}: not a date; write it as 2024-05-01 or 2024-05-01 12:00"
            ) from error
    if isinstance(value, dt.date):
        return of_date(value), True
    check_number(key, value, whole=True, low=0)
    return int(value), False


class Random(Trigger):
    """Retrain at random ticks: a control, for what a trigger is worth beyond how often it fires.

    Parameters
    ----------
    every : int or str
        Mean number of ticks between two trainings, or a duration that is a whole number of them:
        each tick from the second on has the chance of 1 / every.
    random_state : int or None, default=None
        Seeds the draws. None: by the seed of the replay.

    Notes
    -----
    Each tick has a draw of its own, so a longer run begins with the same ones.

    Examples
    --------
    >>> trigger = Random(every="14d")

    Of 200 ticks, one half:

    >>> trigger, ticks = Random(every=2), [0]
    >>> trigger.bind(Clock.of(False, tick=100))
    >>> while ticks[-1] < 200:
    ...     ticks.append(trigger.due(ticks[-1] + 1))
    >>> round(len(ticks) / 200, 1)
    0.5
    """

    alarms = False

    def __init__(self, every: Duration, random_state: int | None = None) -> None:
        self.every = as_duration(every, "every", positive=True)
        if random_state is not None:
            check_number("random_state", random_state, whole=True)
        self.random_state = random_state

    def bind(self, clock: Clock) -> None:
        self._chance = 1 / clock.ticks(self.every, "trigger.every")

    def due(self, tick: int) -> int:
        """The next tick that was drawn, or the end of a block of ticks of which none was."""
        tick = max(tick, 1)
        ticks = np.arange(tick, (tick // BLOCK + 1) * BLOCK)
        drawn = np.flatnonzero(self._drawn(ticks))
        return int(ticks[drawn[0]] if len(drawn) else ticks[-1])

    def fires(self, view: View) -> Fired | None:
        if view.tick < 1 or not self._drawn(np.array([view.tick]))[0]:
            return None
        return Fired(f"at random, every {self.every} in the mean")

    def _drawn(self, ticks: np.ndarray) -> np.ndarray:
        return uniform(self.random_state or 0, "trigger", ticks) < self._chance
