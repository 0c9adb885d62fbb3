"""A drift that stays where it is from some time on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clsim.streams.drift.recurring import Recurring
from clsim.streams.drift.shapes import Periodic
from clsim.streams.drift.total import Sum
from clsim.streams.drift.walk import RandomWalk
from clsim.streams.drift.weight import Drift


class Frozen(Drift):
    """A drift as it is at a time, for good; what is random in it is that of one seed.

    Parameters
    ----------
    drift : Drift
        A single one.
    until : int or None
        Time since the stream's start from which its weight changes no more; None: it goes on, as
        seasons do.
    seed : int
    role : str
        Of the drift in the stream whose world this is.
    """

    def __init__(self, drift: Drift, until: int | None, seed: int, role: str) -> None:
        super().__init__(drift.to, drift.how, drift.slice)
        self.drift, self.until, self.seed, self.role = drift, until, seed, role
        self.kind = drift.kind

    def weight(
        self, time: np.ndarray, timed: bool, seed: int = 0, role: str = "drift"
    ) -> np.ndarray:
        if self.until is not None:
            time = np.minimum(time, self.until)
        return self.drift.weight(time, timed, self.seed, self.role)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        spans = self.drift.spans(end, timed, self.seed, self.role)
        if self.until is None:
            return spans
        return [(a, min(b, self.until)) for a, b in spans if a <= self.until]


def _shapes(drift: Drift) -> Sequence[Drift]:
    return drift.shapes if isinstance(drift, Sum) else [drift]


def wanders(drift: Drift) -> bool:
    """Whether a drift never stands still: a random walk, or a sum with one in it."""
    return any(isinstance(shape, RandomWalk) for shape in _shapes(drift))


def frozen(drift: Drift, until: int, seed: int, role: str) -> Drift:
    """A drift of a world that stands still from a time on: seasons come back, all else stays.

    Raises
    ------
    ValueError
        For a random walk, which never stands still.
    """
    shapes = _shapes(drift)
    if wanders(drift):
        raise ValueError(
            "a random walk has no quiet time, so no rate of false alarms can be found in this "
            "world; choose the threshold by hand"
        )
    recurs = [isinstance(shape, Periodic) or shape.kind == Recurring.kind for shape in shapes]
    if not isinstance(drift, Sum):
        return Frozen(drift, None if recurs[0] else until, seed, role)
    parts = [
        Frozen(shape, None if again else until, seed, f"{role}.{n}")
        for n, (shape, again) in enumerate(zip(shapes, recurs, strict=True))
    ]
    return Sum(drift.to, parts, drift.how, drift.slice)
