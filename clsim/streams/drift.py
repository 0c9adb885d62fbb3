"""Drifts: when something changes, as a weight that is a function of time.

Times are those of the stream: durations since its start where it has time, else row numbers. What
changes is the target ``to``: another concept, a change of the inputs (`clsim.streams.targets`), or
other class shares.
"""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from clsim.clock import Duration, check_duration, parse_duration
from clsim.errors import check_choice, check_number
from clsim.randomness import generator
from clsim.types import DriftEvent


class Between:
    """A position that is drawn for each seed, so that no schedule is in step by accident.

    Parameters
    ----------
    low, high : str or int
        Durations since the stream's start, or row numbers; uniform between them.
    """

    def __init__(self, low: Duration, high: Duration) -> None:
        check_duration(low, "low")
        check_duration(high, "high")
        self.low = low
        self.high = high


def _check(value: Duration | Between, key: str, *, positive: bool = False) -> None:
    if not isinstance(value, Between):
        check_duration(value, key, positive=positive)


def length(value: Duration | Between, timed: bool, key: str, seed: int = 0, role: str = "") -> int:
    """A length or a position on the stream's clock: microseconds where it has time, else rows."""
    if isinstance(value, Between):
        low, high = (length(v, timed, key) for v in (value.low, value.high))
        if high < low:
            raise ValueError(f"{key}: high={value.high!r} must not be below low={value.low!r}")
        return low + round((high - low) * generator(seed, f"{role}.{key}").random())
    if isinstance(value, int):
        if timed and value != 0:
            raise ValueError(f"{key}={value}: this stream has time; give a duration such as '30d'")
        return value
    if not timed:
        raise ValueError(f"{key}={value!r}: this stream has no time; give a row number")
    return parse_duration(value, key)


class Drift:
    """What all drifts share.

    Parameters
    ----------
    to : Concept, Inputs, Prior or None
        What the drift leads to. None for a shape alone, as in `Sum`.
    how : {'mix', 'move'}, default='mix'
        Mix: the weight is the share of events that are of the new kind. Move: every event has
        moved by the weight (incremental drift: the parameters of the concept, or the inputs).
    slice : str or None, default=None
        Name of the only slice that drifts, such as ``'user=new'``.
    """

    kind = "drift"

    def __init__(self, to: Any = None, how: str = "mix", slice: str | None = None) -> None:
        check_choice("how", how, ("mix", "move"))
        self.to = to
        self.how = how
        self.slice = slice

    @property
    def target(self) -> str:
        """What changes: 'concept', 'inputs' or 'labels'."""
        return getattr(self.to, "target", "concept")

    def parts(self) -> list[Drift]:
        """The drifts that this one stands for: itself."""
        return [self]

    def latest(self) -> Drift:
        """This drift, at the last of the positions that it may have."""
        at = getattr(self, "at", None)
        if not isinstance(at, Between):
            return self
        late = copy.copy(self)
        vars(late)["at"] = at.high
        return late

    def first(self, timed: bool) -> int:
        """Where its first change begins, since the stream's start."""
        return min(start for start, _ in self.spans(1, timed, 0, "drift"))

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        """Weight in [0, 1] at times since the stream's start; what is random hangs on the role."""
        raise NotImplementedError

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        """Start and end of each change, since the stream's start."""
        raise NotImplementedError

    def events(self, end: int, timed: bool, seed: int = 0, role: str = "drift") -> list[DriftEvent]:
        """When the world changes, up to the stream's end."""
        return [
            DriftEvent(self.kind, a, b, self.target, self.slice)
            for a, b in self.spans(end, timed, seed, role)
        ]


class Sudden(Drift):
    """The new kind from one event to the next.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    at : str, int or Between
        Duration since the stream's start (``'30d'``), or row number.
    """

    kind = "sudden"

    def __init__(
        self, to: Any, at: Duration | Between, how: str = "mix", slice: str | None = None
    ) -> None:
        super().__init__(to, how, slice)
        _check(at, "at")
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
        _check(at, "at")
        check_duration(width, "width", positive=True)
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
        check_duration(period, "period", positive=True)
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
        _check(at, "at")
        check_duration(duration, "duration", positive=True)
        check_duration(ramp, "ramp")
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


class Recurring(Drift):
    """Concepts that take turns: the stream's own, then each of several, then its own again.

    Parameters
    ----------
    to : sequence of Concept
    every : str or int
        How long each has its turn.
    slice
        As for `Drift`.
    phase : str, int or Between, default=0
        How much of the cycle of all turns has passed when the stream starts.
    """

    kind = "recurring"

    def __init__(
        self,
        to: Sequence[Any],
        every: Duration,
        slice: str | None = None,
        phase: Duration | Between = 0,
    ) -> None:
        if not isinstance(to, (list, tuple)) or not to:
            raise TypeError(f"to={to!r}: give a list of at least one concept")
        super().__init__(to[0], "mix", slice)
        check_duration(every, "every", positive=True)
        _check(phase, "phase")
        self.every = every
        self.phase = phase
        self._turns = list(to)

    def parts(self) -> list[Drift]:
        """One drift for each concept's turns."""
        count = len(self._turns) + 1
        return [
            _Turn(to, self.every, number, count, self.slice, self.phase)
            for number, to in enumerate(self._turns, start=1)
        ]

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        """Weight of all the turns but the stream's own."""
        return np.sum([turn.weight(time, timed, seed, role) for turn in self.parts()], axis=0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        return sorted(s for turn in self.parts() for s in turn.spans(end, timed, seed, role))


class _Turn(Drift):
    """The turns of one of several recurring concepts."""

    kind = "recurring"

    def __init__(
        self,
        to: Any,
        every: Duration,
        number: int,
        count: int,
        slice: str | None,
        phase: Duration | Between,
    ) -> None:
        super().__init__(to, "mix", slice)
        self.every, self.number, self.count = every, number, count
        self.phase = phase

    def _passed(self, timed: bool, seed: int) -> int:
        """The phase; the same for all turns of one cycle."""
        return length(self.phase, timed, "phase", seed, f"recurring.{self.every}.{self.count}")

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        every, passed = length(self.every, timed, "every"), self._passed(timed, seed)
        return ((time + passed) // every % self.count == self.number).astype(float)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        every, passed = length(self.every, timed, "every"), self._passed(timed, seed)
        cycle = every * self.count
        begin = self.number * every - passed % cycle
        begin += cycle if begin + every <= 0 else 0
        return [(max(t, 0), t + every) for t in range(begin, end, cycle)]

    def first(self, timed: bool) -> int:
        every = length(self.every, timed, "every")
        if isinstance(self.phase, Between):  # where it may begin at the latest
            return self.number * every
        return self.spans(every * self.count + 1, timed, 0, "")[0][0]


STEPS = 1_024
"""Steps of a random walk that are drawn at a time."""


class RandomWalk(Drift):
    """Parameters wander: the weight is a random walk, reflected at 0 and 1.

    Parameters
    ----------
    to, slice
        As for `Drift`; the walk goes along the line from the old parameters to these.
    step : str or int
        Time between two steps; the weight is constant in between.
    scale : float, default=0.05
        Standard deviation of a step.
    """

    kind = "random walk"

    def __init__(
        self, to: Any, step: Duration, scale: float = 0.05, slice: str | None = None
    ) -> None:
        super().__init__(to, "move", slice)
        check_duration(step, "step", positive=True)
        check_number("scale", scale, above=0)
        self.step = step
        self.scale = scale

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        if len(time) == 0:
            return np.zeros(0)
        number = time // length(self.step, timed, "step")
        first, last = int(number.min()) // STEPS, int(number.max()) // STEPS
        walk = [_walk(seed, role, block) for block in range(first, last + 1)]
        walk = self.scale * np.concatenate(walk)[number - first * STEPS]
        return 1.0 - np.abs(np.abs(walk) % 2.0 - 1.0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        return [(0, end)]


def _steps(seed: int, role: str, block: int) -> np.ndarray:
    steps = generator(seed, f"{role}.walk", block).standard_normal(STEPS)
    if block == 0:
        steps[0] = 0.0
    return steps


@lru_cache(maxsize=64)
def _starts(seed: int, role: str, blocks: int) -> np.ndarray:
    """Position of a standard random walk before each of its blocks of steps."""
    return np.cumsum([0.0, *(_steps(seed, role, block).sum() for block in range(blocks))])


def _walk(seed: int, role: str, block: int) -> np.ndarray:
    """Positions of a standard random walk from 0, one for each step of a block."""
    starts = _starts(seed, role, 1 << block.bit_length())  # powers of two, not to draw too often
    return starts[block] + np.cumsum(_steps(seed, role, block))


class Sum(Drift):
    """Weights of several shapes added, such as daily and weekly cycles; at most 1.

    Parameters
    ----------
    to, how, slice
        As for `Drift`.
    shapes : sequence of Drift
        With ``to: null``; only their weights count.
    """

    kind = "sum"

    def __init__(
        self, to: Any, shapes: Sequence[Drift], how: str = "mix", slice: str | None = None
    ) -> None:
        super().__init__(to, how, slice)
        if not shapes:
            raise ValueError("shapes: give at least one")
        for n, shape in enumerate(shapes):
            if not isinstance(shape, Drift):
                raise TypeError(f"shapes[{n}]={shape!r}: expected a drift, such as Periodic")
            if shape.slice is not None:
                raise ValueError(f"shapes[{n}].slice={shape.slice!r}: give it to the sum")
        self.shapes = list(shapes)

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        weights = [
            shape.weight(time, timed, seed, f"{role}.{n}") for n, shape in enumerate(self.shapes)
        ]
        return np.clip(np.sum(weights, axis=0), 0.0, 1.0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        return [
            span
            for n, shape in enumerate(self.shapes)
            for span in shape.spans(end, timed, seed, f"{role}.{n}")
        ]

    def first(self, timed: bool) -> int:
        """Where the last of the shapes begins: none may lie after the stream."""
        return max(shape.latest().first(timed) for shape in self.shapes)
