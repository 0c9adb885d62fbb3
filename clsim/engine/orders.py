"""The labels that one strategy ordered: when they come, what they say, and what they took."""

from __future__ import annotations

import numpy as np

from clsim.engine.calendar import places
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
    stands : numpy.ndarray of the same shape, float64
        How many candidates it stands for, by the chance with which it was picked; NaN where there
        is none.
    """

    def __init__(self, like: np.ndarray) -> None:
        self.rows = np.empty(0, dtype=np.int64)
        self.due, self.time, self.votes = (self.rows.copy() for _ in range(3))
        self.y = like[:0].copy()
        self.stands = np.empty(0)

    def add(
        self, rows: Rows, due: np.ndarray, time: np.ndarray, y: np.ndarray,
        votes: np.ndarray, stands: np.ndarray,
    ) -> None:  # fmt: skip
        """Add what is ordered in a tick."""
        order = np.argsort(np.concatenate([self.rows, rows]), kind="stable")
        new = {
            "rows": rows, "due": due, "time": time, "y": y,
            "votes": votes, "stands": stands,
        }  # fmt: skip
        for name, values in new.items():
            setattr(self, name, np.concatenate([getattr(self, name), values])[order])

    def places(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Where rows stand among those ordered, and which of them do."""
        return places(self.rows, rows)
