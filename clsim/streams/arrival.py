"""Arrivals: when events come."""

from __future__ import annotations

import copy
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import UNITS, Duration, as_duration
from clsim.errors import check_list, check_number
from clsim.randomness import BLOCK, generator
from clsim.streams.drift.position import length
from clsim.types import NEVER_TIME

_RATE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*/\s*(us|ms|s|min|h|d|w)\s*", re.IGNORECASE)


def parse_rate(rate: str) -> float:
    """Events per microsecond from text such as ``'48/d'``.

    Parameters
    ----------
    rate : str
        A number above 0 and a unit: us, ms, s, min, h, d or w.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If it cannot be read, or is not above 0.

    Examples
    --------
    >>> round(1 / parse_rate("48/d") / 60e6)
    30
    """
    match = _RATE.fullmatch(rate) if isinstance(rate, str) else None
    if match is None or float(match[1]) <= 0:
        raise ValueError(
            f"rate={rate!r}: write events per unit of time above 0, such as '48/d' "
            f"(units: {', '.join(UNITS)})"
        )
    return float(match[1]) / UNITS[match[2].lower()]


class Burst:
    """A stretch of time with more events, such as a Black Friday.

    Parameters
    ----------
    at, duration : str
        Since the stream's start.
    factor : float
        By which the rate is multiplied; below 1: a lull.

    Examples
    --------
    >>> burst = Burst(at="330d", duration="4d", factor=8)

    >>> burst.start == 330 * UNITS["d"], burst.end == 334 * UNITS["d"]
    (True, True)
    """

    def __init__(self, at: Duration, duration: Duration, factor: float) -> None:
        at = as_duration(at, "at")
        duration = as_duration(duration, "duration", positive=True)
        check_number("factor", factor, above=0)
        self.start = length(at, True, "at")
        self.end = self.start + length(duration, True, "duration")
        self.factor = factor


class Arrival:
    """When the events of a stream come; the base of all arrivals.

    Attributes
    ----------
    bursts : sequence of Burst
        Stretches that are to lie within the stream.

    Examples
    --------
    An event every second:

    >>> class EverySecond(Arrival):
    ...     def times(self, block, seed):
    ...         return 1_000_000 * (block * BLOCK + np.arange(BLOCK))
    ...
    ...     def at(self, row):
    ...         return 1_000_000 * row
    >>> arrivals = EverySecond()
    >>> arrivals.times(block=0, seed=0)[:3].tolist(), arrivals.at(2), arrivals.quiet(5) is arrivals
    ([0, 1000000, 2000000], 2000000, True)
    """

    bursts: Sequence[Burst] = ()

    def times(self, block: int, seed: int) -> np.ndarray:
        """Microseconds since the stream's start of the ``BLOCK`` events of a block, ascending."""
        raise NotImplementedError

    def at(self, row: int) -> int:
        """Expected time of a row, in microseconds since the stream's start."""
        raise NotImplementedError

    def quiet(self, until: int) -> Arrival:
        """Arrivals as they are at a time since the stream's start, for good.

        Raises
        ------
        ValueError
            If they have bursts and do not say what they would be without those to come.
        """
        if self.bursts:
            raise ValueError(
                f"rate: {type(self).__name__} does not say what arrivals are when nothing changes; "
                "give it a method quiet(until)"
            )
        return self

    def describe(self) -> str:
        """The arrivals in a few words; empty if there is nothing to say."""
        return ""


class Constant(Arrival):
    """Events at equal intervals.

    Parameters
    ----------
    rate : str
        Events per unit of time, such as ``'48/d'``.

    Examples
    --------
    >>> arrivals = Constant("48/d")  # one every half hour

    >>> (arrivals.times(block=0, seed=0)[:3] // UNITS["min"]).tolist()
    [0, 30, 60]
    """

    def __init__(self, rate: str) -> None:
        self._interval = 1.0 / parse_rate(rate)

    def times(self, block: int, seed: int) -> np.ndarray:
        rows = np.arange(block * BLOCK, (block + 1) * BLOCK)
        return np.rint(rows * self._interval).astype(np.int64)

    def at(self, row: int) -> int:
        return round(row * self._interval)


STEP = 10 * UNITS["min"]
"""Time over which the rate of a Poisson process is averaged."""


class Poisson(Arrival):
    """Events at random, at a rate that has cycles, growth and bursts.

    The rate at time t is ``rate * (1 + growth t) * (1 - daily cos(2 pi t / day)) *
    (1 + weekly cos(2 pi t / week))``, times the factors of the bursts, averaged over ten minutes.

    Parameters
    ----------
    rate : str
        Mean events per unit of time at the start, such as ``'48/d'``.
    daily, weekly : float, default=0.0
        Amplitudes of the cycles, in [0, 1). If the stream starts at midnight, the day
        peaks at noon; the week peaks at the start.
    growth : float, default=0.0
        Growth per 365 days, as a share of the first rate; at least 0.
    bursts : sequence of Burst, default=()

    Notes
    -----
    Each block of 16,384 events fills as many units of expected time with independent uniform
    positions: a Poisson process given its count in each block (the order-statistics property), so
    that any block can be drawn alone. Counts over stretches that are long against a block vary less
    than Poisson's.

    Examples
    --------
    >>> arrivals = Poisson("48/d", daily=0.5, weekly=0.3, bursts=[Burst("330d", "4d", 8)])

    >>> Poisson("48/d", daily=0.5).describe()
    '48/d at random, 50% up and down in a day'
    >>> days = Poisson("48/d").times(block=0, seed=0)[:4_800] / UNITS["d"]
    >>> round(float(days[-1]), -1)  # about 48 in a day
    100.0
    """

    def __init__(
        self,
        rate: str,
        daily: float = 0.0,
        weekly: float = 0.0,
        growth: float = 0.0,
        bursts: Sequence[Burst] = (),
    ) -> None:
        self._rate = parse_rate(rate)
        check_number("daily", daily, low=0, high=0.999)
        check_number("weekly", weekly, low=0, high=0.999)
        check_number("growth", growth, low=0)
        check_list("bursts", bursts, "[Burst('330d', '4d', 8)]")
        for k, burst in enumerate(bursts):
            if not isinstance(burst, Burst):
                raise TypeError(f"bursts[{k}]={burst!r}: expected a Burst(at, duration, factor)")
        self.daily, self.weekly, self.growth = daily, weekly, growth
        self.bursts = list(bursts)
        self.rate = rate
        self._clock, self._expected = np.zeros(1), np.zeros(1)
        self._until: int | None = None  # the time from which it grows no more

    def describe(self) -> str:
        """The arrivals in a few words."""
        words = [f"{self.rate} at random"]
        for name, amplitude in (("day", self.daily), ("week", self.weekly)):
            if amplitude:
                words.append(f"{amplitude:.0%} up and down in a {name}")
        if self.growth:
            words.append(f"{self.growth:.0%} more in a year")
        for burst in self.bursts:
            days = burst.start / UNITS["d"], burst.end / UNITS["d"]
            words.append(f"{burst.factor:g} times as many from day {days[0]:g} to day {days[1]:g}")
        return ", ".join(words)

    def quiet(self, until: int) -> Poisson:
        """Cycles go on; growth ends, a burst that is under way lasts, and no other comes."""
        other = copy.copy(self)
        other.bursts = [copy.copy(burst) for burst in self.bursts if burst.start <= until]
        for burst in other.bursts:
            burst.end = NEVER_TIME if burst.end > until else burst.end
        other._until = until
        other._clock, other._expected = np.zeros(1), np.zeros(1)
        return other

    def _rates(self, time: np.ndarray) -> np.ndarray:
        """Events per microsecond at times since the stream's start, without bursts."""
        day, week = UNITS["d"], UNITS["w"]
        grown = time if self._until is None else np.minimum(time, self._until)
        rate = self._rate * (1.0 + self.growth * grown / (365 * day))
        rate = rate * (1.0 - self.daily * np.cos(2 * np.pi * time / day))
        return rate * (1.0 + self.weekly * np.cos(2 * np.pi * time / week))

    def _reach(self, expected: float) -> None:
        """Extend the table of expected counts; it doubles, so that long streams cost little."""
        while self._expected[-1] < expected:
            after = self._clock[-1] + STEP * np.arange(1.0, max(8_192, len(self._clock)) + 1)
            counts = self._rates(after - STEP / 2) * STEP
            for burst in self.bursts:
                overlap = np.minimum(after, burst.end) - np.maximum(after - STEP, burst.start)
                counts *= 1.0 + (burst.factor - 1.0) * np.maximum(overlap, 0.0) / STEP
            self._expected = np.append(self._expected, self._expected[-1] + np.cumsum(counts))
            self._clock = np.append(self._clock, after)

    def times(self, block: int, seed: int) -> np.ndarray:
        places = generator(seed, "stream.arrival", block).random(BLOCK)
        expected = (block + np.sort(places)) * BLOCK
        self._reach(float((block + 1) * BLOCK))
        return np.rint(np.interp(expected, self._expected, self._clock)).astype(np.int64)

    def at(self, row: int) -> int:
        self._reach(float(row))
        return round(float(np.interp(row, self._expected, self._clock)))


def as_arrival(rate: Any) -> Arrival | None:
    """The arrivals that a rate means: text is constant, None is no time.

    Arrivals without the base class get its defaults for what they lack.

    Parameters
    ----------
    rate : str, Arrival, object or None
        Such as ``'48/d'``; or anything with ``times(block, seed)`` and ``at(row)``.

    Returns
    -------
    Arrival or None

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        For text that is no rate.

    Examples
    --------
    >>> type(as_arrival("48/d")).__name__, as_arrival(None)
    ('Constant', None)
    """
    if rate is None or isinstance(rate, Arrival):
        return rate
    if isinstance(rate, str):
        return Constant(rate)
    if not (hasattr(rate, "times") and hasattr(rate, "at")):
        raise TypeError(f"rate={rate!r}: expected text such as '48/d', an arrival process, or None")
    completed = Arrival()
    for name in ("times", "at", "bursts", "quiet", "describe"):
        if hasattr(rate, name):
            setattr(completed, name, getattr(rate, name))
    return completed
