"""What is known at which tick, as one integer for each row."""

from __future__ import annotations

import copy

import numpy as np

from clsim.types import NEVER, Rows


class Calendar:
    """The first tick that knows each row: its label, or the row for training.

    Parameters
    ----------
    arrives : numpy.ndarray of shape (n,), int32
        The first tick that knows each row; ``NEVER`` for those that stay unknown.
    first : numpy.ndarray of shape (ticks + 1,)
        First row that each tick serves; the last entry is n.

    Attributes
    ----------
    known : numpy.ndarray of shape (ticks,)
        Number of rows known at each tick.
    in_order : bool
        Whether rows become known one after the other, so that those known are always the first.
    """

    def __init__(self, arrives: np.ndarray, first: np.ndarray) -> None:
        self.arrives = arrives.astype(np.int32)
        self.arrives.flags.writeable = False
        self._first = first
        self._order = np.argsort(self.arrives, kind="stable")
        self._order.flags.writeable = False
        self.in_order = bool(np.all(np.diff(self.arrives) >= 0))
        counts = np.bincount(self.arrives[self.arrives != NEVER], minlength=len(first) - 1)
        self.known = self._rank = np.cumsum(counts)
        self._hidden = False
        self._latest: tuple[tuple[int, int], Rows] = ((-1, -1), self._order[:0])

    def between(self, after: int, until: int) -> Rows:
        """Rows that become known after one tick, up to another; by tick and row."""
        low = self._rank[after] if after >= 0 else 0
        rows = self._order[low : self._rank[until]]
        return rows[self.arrives[rows] != NEVER] if self._hidden else rows

    def arrived(self, tick: int) -> Rows:
        """Rows that become known in a tick, ascending."""
        return self.between(tick - 1, tick)

    def at(self, tick: int, low: int = 0) -> Rows:
        """All rows from ``low`` on that are known at a tick, ascending."""
        if self.in_order:
            return np.arange(low, max(low, self.known[tick]))
        return low + np.flatnonzero(self.arrives[low : self._first[tick]] <= tick)

    def latest(self, tick: int, count: int) -> Rows:
        """The last ``count`` rows of those known at a tick, ascending; fewer if there are fewer."""
        if self._latest[0] != (tick, count):  # strategies in step ask for the same rows
            rows = self._find_latest(tick, count)
            rows.flags.writeable = False
            self._latest = (tick, count), rows
        return self._latest[1]

    def _find_latest(self, tick: int, count: int) -> Rows:
        if self.in_order:
            return np.arange(max(0, self.known[tick] - count), self.known[tick])
        high, length = int(self._first[tick]), 2 * count
        while True:
            low = max(0, high - length)
            rows = low + np.flatnonzero(self.arrives[low:high] <= tick)
            if len(rows) >= count or low == 0:
                return rows[max(0, len(rows) - count) :]
            length *= 2

    def late(self, rows: Rows, tick: int) -> int | None:
        """The first of some rows that is not known at a tick; None if all are."""
        if self.in_order and len(rows) and rows.min() >= 0 and rows.max() < self.known[tick]:
            return None
        late = rows[self.arrives[rows] > tick]
        return int(late[0]) if len(late) else None

    @property
    def arriving(self) -> np.ndarray:
        """Number of rows that become known in each tick after the warm-up's."""
        return np.diff(self.known, prepend=self.known[:1])

    def without(self, rows: Rows) -> Calendar:
        """The same calendar, but some rows never become known."""
        rows = rows[self.arrives[rows] != NEVER]
        if len(rows) == 0:
            return self
        other = copy.copy(self)
        gone = np.bincount(self.arrives[rows], minlength=len(self.known))
        other.known = self.known - np.cumsum(gone)
        other.arrives = self.arrives.copy()
        other.arrives[rows] = NEVER
        other.arrives.flags.writeable = False
        other.in_order = False
        other._hidden = True
        return other
