"""Drifts whose weight follows a shape."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from clsim.clock import Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.randomness import generator
from clsim.streams.drift.position import Between, check_position, length
from clsim.streams.drift.weight import Drift


class Sudden(Drift):
    """The new kind from one event to the next.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    at : str, int or Between
        Duration since the stream's start (``'30d'``), or row number.

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> drift = Sudden(SEA(2), at="90d")

    >>> Sudden(SEA(2), at=90).weight(np.array([89, 90]), timed=False).tolist()
    [0.0, 1.0]
    """

    kind = "sudden"

    def __init__(
        self, to: Any, at: Duration | Between, how: str = "mix", slice: str | None = None
    ) -> None:
        super().__init__(to, how, slice)
        check_position(at, "at")
        self.at = at

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        return (time >= length(self.at, timed, "at", seed, role)).astype(float)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        at = length(self.at, timed, "at", seed, role)
        return [(at, at)]


class Gradual(Drift):
    """The weight grows from 0 to 1 around a position.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    at : str, int or Between
        Position p, where the weight is a half.
    width : str or int
        Width w. Sigmoid: at p + w/2 the weight is .88, at p + w .98. Linear: from p - w/2 to
        p + w/2.
    shape : {'sigmoid', 'linear'}, default='sigmoid'
        Sigmoid: 1 / (1 + exp(-4 (t - p) / w)).

    References
    ----------
    Bifet, Holmes, Kirkby & Pfahringer (2010), MOA: Massive Online Analysis. JMLR 11.

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> drift = Gradual(SEA(2), at="90d", width="30d")

    >>> rows = np.array([60, 75, 90, 105, 120])
    >>> Gradual(SEA(2), at=90, width=30).weight(rows, timed=False).round(2).tolist()
    [0.02, 0.12, 0.5, 0.88, 0.98]
    >>> Gradual(SEA(2), at=90, width=30, shape="linear").weight(rows, timed=False).tolist()
    [0.0, 0.0, 0.5, 1.0, 1.0]
    """

    kind = "gradual"

    def __init__(
        self,
        to: Any,
        at: Duration | Between,
        width: Duration,
        shape: str = "sigmoid",
        how: str = "mix",
        slice: str | None = None,
    ) -> None:
        super().__init__(to, how, slice)
        check_position(at, "at")
        width = as_duration(width, "width", positive=True)
        check_choice("shape", shape, ("sigmoid", "linear"))
        self.at = at
        self.width = width
        self.shape = shape

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        at = length(self.at, timed, "at", seed, role)
        width = length(self.width, timed, "width")
        if self.shape == "linear":
            return np.clip((time - at) / width + 0.5, 0.0, 1.0)
        exponent = -4.0 * (time - at) / width
        return 1.0 / (1.0 + np.exp(np.minimum(exponent, 700.0)))  # beyond, it would overflow

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        at = length(self.at, timed, "at", seed, role)
        half = length(self.width, timed, "width") // 2
        return [(at - half, at + half)]


class Incremental(Gradual):
    """Parameters move along a straight line from the old to the new.

    Parameters
    ----------
    to, at, width, slice
        As for `Gradual`.
    shape : {'linear', 'sigmoid'}, default='linear'

    Examples
    --------
    >>> from clsim.streams.concepts import Hyperplane
    >>> drift = Incremental(Hyperplane(variant=1), at="90d", width="60d")

    >>> moving = Incremental(Hyperplane(variant=1), at=90, width=60)
    >>> moving.how, moving.weight(np.array([60, 75, 90, 120]), timed=False).tolist()
    ('move', [0.0, 0.25, 0.5, 1.0])
    """

    kind = "incremental"

    def __init__(
        self,
        to: Any,
        at: Duration | Between,
        width: Duration,
        shape: str = "linear",
        slice: str | None = None,
    ) -> None:
        super().__init__(to, at, width, shape, "move", slice)


class Periodic(Drift):
    """Two kinds that come and go, as seasons do.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    period : str or int
    phase : float or 'random', default=0.0
        Share of a period by which the cycle is ahead, in [0, 1]; 'random': drawn for each seed.
    shape : {'sine', 'square'}, default='sine'
        Sine: the weight is (1 - cos(2 pi (t / period + phase))) / 2. Square: the new kind has
        the second half of each period.
    amplitude : float, default=1.0
        Largest weight, in [0, 1].

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> drift = Periodic(SEA(2), period="365d")

    >>> rows = np.array([0, 25, 50, 75, 100])
    >>> Periodic(SEA(2), period=100).weight(rows, timed=False).round(9).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    >>> Periodic(SEA(2), period=100, shape="square").weight(rows, timed=False).tolist()
    [0.0, 0.0, 1.0, 1.0, 0.0]
    """

    kind = "periodic"

    def __init__(
        self,
        to: Any,
        period: Duration,
        phase: float | str = 0.0,
        shape: str = "sine",
        amplitude: float = 1.0,
        how: str = "mix",
        slice: str | None = None,
    ) -> None:
        super().__init__(to, how, slice)
        period = as_duration(period, "period", positive=True)
        if phase != "random":
            check_number("phase", phase, low=0, high=1)
        check_choice("shape", shape, ("sine", "square"))
        check_number("amplitude", amplitude, low=0, high=1)
        self.period = period
        self.phase = phase
        self.shape = shape
        self.amplitude = amplitude

    def _phase(self, seed: int, role: str) -> float:
        if isinstance(self.phase, str):
            return float(generator(seed, f"{role}.phase").random())
        return self.phase

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        cycle = time / length(self.period, timed, "period") + self._phase(seed, role)
        if self.shape == "square":
            return self.amplitude * (cycle % 1.0 >= 0.5)
        return self.amplitude * (1.0 - np.cos(2 * np.pi * cycle)) / 2.0

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        period, phase = length(self.period, timed, "period"), self._phase(seed, role)
        if self.shape == "square":
            changes = (math.ceil((k / 2 - phase) * period) for k in itertools.count(1))
            later = itertools.dropwhile(lambda t: t <= 0, changes)
            return [(t, t) for t in itertools.takewhile(lambda t: t < end, later)]
        middle, quarter = round((0.5 - phase) % 1.0 * period), period // 4
        return [(t - quarter, t + quarter) for t in range(middle, end + quarter, period)]

    def first(self, timed: bool) -> int:
        if self.shape == "sine":
            return 0
        return self.spans(length(self.period, timed, "period") + 1, timed, 0, "drift")[0][0]


class Temporary(Drift):
    """The new kind for a while, then back to what was.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    at : str, int or Between
        Where the ramp up begins.
    duration : str or int
        From the start of the ramp up to the end of the ramp down.
    ramp : str or int, default=0
        Length of each linear ramp.

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> drift = Temporary(SEA(2), at="90d", duration="14d")

    >>> rows = np.array([89, 95, 100, 115, 120])
    >>> Temporary(SEA(2), at=90, duration=30, ramp=10).weight(rows, timed=False).tolist()
    [0.0, 0.5, 1.0, 0.5, 0.0]
    """

    kind = "temporary"

    def __init__(
        self,
        to: Any,
        at: Duration | Between,
        duration: Duration,
        ramp: Duration = 0,
        how: str = "mix",
        slice: str | None = None,
    ) -> None:
        super().__init__(to, how, slice)
        check_position(at, "at")
        duration = as_duration(duration, "duration", positive=True)
        ramp = as_duration(ramp, "ramp")
        self.at = at
        self.duration = duration
        self.ramp = ramp

    def _times(self, timed: bool, seed: int, role: str) -> tuple[int, int, int]:
        at = length(self.at, timed, "at", seed, role)
        duration = length(self.duration, timed, "duration")
        ramp = length(self.ramp, timed, "ramp")
        if 2 * ramp > duration:
            raise ValueError(f"ramp={self.ramp!r}: two ramps are longer than {self.duration!r}")
        return at, at + duration, ramp

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        start, end, ramp = self._times(timed, seed, role)
        if ramp == 0:
            return ((time >= start) & (time < end)).astype(float)
        return np.clip(np.minimum(time - start, end - time) / ramp, 0.0, 1.0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        start, stop, _ = self._times(timed, seed, role)
        return [(start, stop)]
