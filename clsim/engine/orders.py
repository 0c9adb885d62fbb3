"""The labels that one strategy ordered: when they come, what they say, and what they took."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clsim.engine.calendar import places
from clsim.engine.filling import Coded
from clsim.types import Rows


class Orders:
    """Bought labels, by row; of each row one at most.

    Attributes
    ----------
    rows : Rows
    due : numpy.ndarray of the same shape, int64
        The first tick that knows each; ``NEVER`` if none does.
    time : numpy.ndarray of the same shape, int64
        Clock time at which it comes.
    y : numpy.ndarray of the same shape
        What it says.
    votes : numpy.ndarray of the same shape, int64
        Votes that it took.
    tick : numpy.ndarray of the same shape, int64
        The tick in which it was ordered.
    chance : numpy.ndarray of the same shape, float64
        With which it was picked; NaN where there is none.
    sequence : numpy.ndarray of the same shape, bool
        Whether that is its chance among those left, and not that of being picked at all.
    stands : numpy.ndarray of the same shape, float64
        How many candidates it stands for, by that chance; NaN where there is none.
    evaluation : numpy.ndarray of the same shape, bool
        Whether it is for evaluation alone, and never trained on.
    """

    def __init__(self, like: Coded | np.ndarray) -> None:
        self.rows = np.empty(0, dtype=np.int64)
        self.due, self.time, self.votes, self.tick = (self.rows.copy() for _ in range(4))
        self.y = like[:0].copy()
        self.chance, self.stands = np.empty(0), np.empty(0)
        self.sequence, self.evaluation = np.empty(0, dtype=bool), np.empty(0, dtype=bool)

    def add(self, rows: Rows, columns: Mapping[str, np.ndarray]) -> None:
        """Add what is ordered in a tick: all attributes but the rows, by name."""
        order = np.argsort(np.concatenate([self.rows, rows]), kind="stable")
        for name, values in {"rows": rows, **columns}.items():
            setattr(self, name, np.concatenate([getattr(self, name), values])[order])

    def places(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Where rows stand among those ordered, and which of them do."""
        return places(self.rows, rows)
