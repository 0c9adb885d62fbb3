"""A strategy made ready for one run: what is random in it is seeded, and triggers start afresh."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np

from clsim.protocols import Curation
from clsim.randomness import integer, seeded, uniform
from clsim.strategy.strategy import Strategy, Turn, due_of
from clsim.types import Rows


class Restarts:
    """One strategy, and the trigger that it starts with whenever the champion changes.

    Parameters
    ----------
    strategy : Strategy
    seed : int
    starts : numpy.ndarray or None, default=None
        Clock time at which each tick begins, by which another strategy may take over; None: it
        acts alone.

    Attributes
    ----------
    strategy : Strategy
        A copy of the one that acts; what is random in it depends on the seed and on its place
        alone.
    foreign : bool
        Whether it, or one that is to follow it, draws from the global generators.
    """

    def __init__(self, strategy: Strategy, seed: int, starts: np.ndarray | None = None) -> None:
        self._seed, self._deployments = seed, 0
        self._turns = [] if starts is None else strategy.turns(starts)
        self.foreign = False
        for one in (*(turn.strategy for turn in self._turns), strategy):
            self.foreign |= self._take_up(one)

    @property
    def curation(self) -> Curation:
        """By which labels are ordered now."""
        return self.strategy.curation

    def _take_up(self, strategy: Strategy) -> bool:
        """Make a strategy the one that acts; whether it draws from the global generators."""
        ready = seeded(strategy, "strategy", _draws(self._seed, -1))
        self.strategy, self._trigger = ready.part, strategy.trigger
        self._due = due_of(self.strategy.trigger)
        if self._due is None:
            self._random = seeded(self._trigger, "strategy.trigger", lambda place: 0).random
        return ready.foreign

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which the trigger must be asked."""
        due = tick if self._due is None else self._due(tick)
        return min(due, self._turns[0].tick) if self._turns else due

    def turned(self, tick: int) -> Turn | None:
        """The strategy that takes over in a tick; None: the same goes on."""
        return self._turns[0] if self._turns and self._turns[0].tick <= tick else None

    def turn(self, tick: int) -> None:
        """Let it take over, with a state of its own."""
        self._take_up(self._turns.pop(0).strategy)
        self._start_trigger(tick)

    def draw(self, rows: Rows, what: str = "", *, tick: int) -> np.ndarray:
        """A uniform number in [0, 1) for each of some rows, for one use of curation in a tick."""
        return uniform(self._seed, f"strategy.curation {tick}{what}", rows)

    def afresh(self, tick: int) -> None:
        """Start the trigger afresh; one that depends on the tick alone has nothing to forget."""
        self._deployments += 1
        self._start_trigger(tick)

    def _start_trigger(self, tick: int) -> None:
        if self._due is not None:
            return
        if self._random:
            draws = _draws(self._seed, tick)
            self.strategy.trigger = seeded(self._trigger, "strategy.trigger", draws).part
        else:
            self.strategy.trigger = copy.deepcopy(self._trigger)
        if self._deployments:
            self.strategy.trigger.begins(self._deployments)


def _draws(seed: int, tick: int) -> Callable[[str], int]:
    """Integers for what is random in a strategy, by its place and by the tick of its start."""
    return lambda place: integer(seed, place, tick)
