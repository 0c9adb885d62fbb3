"""Concepts that take turns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.clock import Duration, as_duration
from clsim.streams.drift.position import Between, check_position, length
from clsim.streams.drift.weight import Drift


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

    Examples
    --------
    >>> from clsim.streams.concepts import SEA
    >>> drift = Recurring([SEA(1), SEA(2)], every="30d")

    In turns of 30 rows: the stream's own, the first, the second, and its own again:

    >>> first, second = Recurring([SEA(1), SEA(2)], every=30).singles()
    >>> rows = np.array([0, 30, 60, 90])
    >>> first.weight(rows, timed=False).tolist(), second.weight(rows, timed=False).tolist()
    ([0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0])
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
        every = as_duration(every, "every", positive=True)
        check_position(phase, "phase")
        self.every = every
        self.phase = phase
        self._turns = list(to)

    def singles(self) -> list[Drift]:
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
        return np.sum([turn.weight(time, timed, seed, role) for turn in self.singles()], axis=0)

    def spans(self, end: int, timed: bool, seed: int, role: str) -> list[tuple[int, int]]:
        return sorted(s for turn in self.singles() for s in turn.spans(end, timed, seed, role))


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
