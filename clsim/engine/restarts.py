"""A strategy made ready for one run: what is random in it is seeded, and triggers start afresh."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from clsim.randomness import integer, seeded, uniform
from clsim.strategy.strategy import Strategy, due_of
from clsim.types import Rows


class Restarts:
    """One strategy, and the trigger that it starts with whenever the champion changes.

    Attributes
    ----------
    strategy : Strategy
        A copy; what is random in it depends on the seed and on its place alone.
    foreign : bool
        Whether it draws from the global generators.
    """

    def __init__(self, strategy: Strategy, seed: int) -> None:
        ready = seeded(strategy, "strategy", _draws(seed, -1))
        self.strategy, self.foreign = ready.part, ready.foreign
        self._seed, self._trigger = seed, strategy.trigger
        self._random = seeded(self._trigger, "strategy.trigger", lambda place: 0).random
        self._due = due_of(self.strategy.trigger)
        self._deployments = 0

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which the trigger must be asked."""
        return tick if self._due is None else self._due(tick)

    def draw(self, rows: Rows, what: str = "", *, tick: int) -> np.ndarray:
        """A uniform number in [0, 1) for each of some rows, for one use of curation in a tick."""
        return uniform(self._seed, f"strategy.curation {tick}{what}", rows)

    def afresh(self, tick: int) -> None:
        """Start the trigger afresh; one that depends on the tick alone has nothing to forget."""
        self._deployments += 1
        if self._due is not None:
            return
        if self._random:
            draws = _draws(self._seed, tick)
            self.strategy.trigger = seeded(self._trigger, "strategy.trigger", draws).part
        else:
            self.strategy.trigger = copy.deepcopy(self._trigger)
        self.strategy.trigger.begins(self._deployments)


def _draws(seed: int, tick: int) -> Callable[[str], int]:
    """Integers for what is random in a strategy, by its place and by the tick of its start."""
    return lambda place: integer(seed, place, tick)
