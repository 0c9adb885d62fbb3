"""Drifts: the weight of a new concept as a function of time.

The weight is the probability that an event follows the new concept. Times are those of the
stream: durations since its start where it has time, else row numbers.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from clsim.clock import Duration, check_duration, parse_duration
from clsim.errors import check_choice, check_number
from clsim.streams.concepts import Concept
from clsim.types import DriftEvent


def _length(value: Duration, timed: bool, key: str) -> int:
    if isinstance(value, int):
        if timed and value != 0:
            raise ValueError(f"{key}={value}: this stream has time; give a duration such as '30d'")
        return value
    if not timed:
        raise ValueError(f"{key}={value!r}: this stream has no time; give a row number")
    return parse_duration(value, key)


class Drift(Protocol):
    """A change from what was to another concept."""

    to: Concept

    def weight(self, time: np.ndarray, timed: bool) -> np.ndarray:
        """Weight of the new concept, in [0, 1], at times since the stream's start."""

    def events(self, end: int, timed: bool) -> list[DriftEvent]:
        """When the world changed, up to the stream's end."""


class Sudden:
    """The new concept from one event to the next.

    Parameters
    ----------
    to : Concept
    at : str or int
        Duration since the stream's start (``'30d'``), or row number.
    """

    def __init__(self, to: Concept, at: Duration) -> None:
        check_duration(at, "at")
        self.to = to
        self.at = at

    def weight(self, time: np.ndarray, timed: bool) -> np.ndarray:
        return (time >= _length(self.at, timed, "at")).astype(float)

    def events(self, end: int, timed: bool) -> list[DriftEvent]:
        at = _length(self.at, timed, "at")
        return [DriftEvent("sudden", at, at)]


class Gradual:
    """A growing share of events follows the new concept.

    P(new) = 1 / (1 + exp(-4 (t - p) / w)), with position p and width w.

    Parameters
    ----------
    to : Concept
    at : str or int
        Position p, where both concepts are equally likely.
    width : str or int
        Width w: at p + w/2 the new concept has .88 of the events, at p + w .98.

    References
    ----------
    Bifet, Holmes, Kirkby & Pfahringer (2010), MOA: Massive Online Analysis. JMLR 11.
    """

    def __init__(self, to: Concept, at: Duration, width: Duration) -> None:
        check_duration(at, "at")
        check_duration(width, "width", positive=True)
        self.to = to
        self.at = at
        self.width = width

    def weight(self, time: np.ndarray, timed: bool) -> np.ndarray:
        at, width = _length(self.at, timed, "at"), _length(self.width, timed, "width")
        return 1.0 / (1.0 + np.exp(-4.0 * (time - at) / width))

    def events(self, end: int, timed: bool) -> list[DriftEvent]:
        at, width = _length(self.at, timed, "at"), _length(self.width, timed, "width")
        return [DriftEvent("gradual", at - width // 2, at + width // 2)]


class Periodic:
    """Two concepts that come and go, as seasons do.

    Parameters
    ----------
    to : Concept
    period : str or int
    phase : float, default=0.0
        Share of a period by which the cycle is ahead, in [0, 1).
    shape : {'sine', 'square'}, default='sine'
        Sine: the weight is (1 - cos(2 pi (t / period + phase))) / 2. Square: the new concept has
        the second half of each period.
    """

    def __init__(
        self, to: Concept, period: Duration, phase: float = 0.0, shape: str = "sine"
    ) -> None:
        check_duration(period, "period", positive=True)
        check_number("phase", phase, low=0, high=1)
        check_choice("shape", shape, ("sine", "square"))
        self.to = to
        self.period = period
        self.phase = phase
        self.shape = shape

    def weight(self, time: np.ndarray, timed: bool) -> np.ndarray:
        cycle = time / _length(self.period, timed, "period") + self.phase
        if self.shape == "square":
            return (cycle % 1.0 >= 0.5).astype(float)
        return (1.0 - np.cos(2 * np.pi * cycle)) / 2.0

    def events(self, end: int, timed: bool) -> list[DriftEvent]:
        period = _length(self.period, timed, "period")
        first = round((0.5 - self.phase) % 1.0 * period)
        half = period // 2
        if self.shape == "square":
            return [DriftEvent("periodic", t, t) for t in range(first % half, end, half) if t > 0]
        return [
            DriftEvent("periodic", t - half // 2, t + half // 2)
            for t in range(first, end + half // 2, period)
        ]


class Temporary:
    """The new concept for a while, then back to what was.

    Parameters
    ----------
    to : Concept
    at : str or int
        Where the ramp up begins.
    duration : str or int
        From the start of the ramp up to the end of the ramp down.
    ramp : str or int, default=0
        Length of each linear ramp.
    """

    def __init__(self, to: Concept, at: Duration, duration: Duration, ramp: Duration = 0) -> None:
        check_duration(at, "at")
        check_duration(duration, "duration", positive=True)
        check_duration(ramp, "ramp")
        self.to = to
        self.at = at
        self.duration = duration
        self.ramp = ramp

    def _times(self, timed: bool) -> tuple[int, int, int]:
        at, duration = _length(self.at, timed, "at"), _length(self.duration, timed, "duration")
        ramp = _length(self.ramp, timed, "ramp")
        if 2 * ramp > duration:
            raise ValueError(f"ramp={self.ramp!r}: two ramps are longer than {self.duration!r}")
        return at, at + duration, ramp

    def weight(self, time: np.ndarray, timed: bool) -> np.ndarray:
        start, end, ramp = self._times(timed)
        if ramp == 0:
            return ((time >= start) & (time < end)).astype(float)
        return np.clip(np.minimum(time - start, end - time) / ramp, 0.0, 1.0)

    def events(self, end: int, timed: bool) -> list[DriftEvent]:
        start, stop, _ = self._times(timed)
        return [DriftEvent("temporary", start, stop)]
