"""Parameters that wander."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from clsim.clock import Duration, as_duration
from clsim.errors import check_number
from clsim.randomness import generator
from clsim.streams.drift.position import length
from clsim.streams.drift.weight import Drift

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

    Examples
    --------
    >>> from clsim.streams.concepts import Hyperplane
    >>> drift = RandomWalk(Hyperplane(variant=1), step="1d", scale=0.02)

    Constant within a step, within 0 and 1, and 0 at the start:

    >>> walk = RandomWalk(Hyperplane(variant=1), step=10, scale=0.5)
    >>> weights = walk.weight(np.arange(1_000), timed=False, seed=0)
    >>> weights[:10].tolist() == [0.0] * 10, bool(0 <= weights.min() <= weights.max() <= 1)
    (True, True)
    >>> len(np.unique(weights)) <= 100
    True
    """

    kind = "random walk"

    def __init__(
        self, to: Any, step: Duration, scale: float = 0.05, slice: str | None = None
    ) -> None:
        super().__init__(to, "move", slice)
        step = as_duration(step, "step", positive=True)
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
