"""Until which tick each row may be used: rows are kept for a time, or deleted on request."""

from __future__ import annotations

import numpy as np

from clsim.types import Rows


class Ends:
    """The last tick that may use each row.

    Parameters
    ----------
    last : numpy.ndarray of shape (n,) or None, default=None
        None: there is no end.
    ticks : int, default=0
        How many ticks there are; read where there is an end.

    Attributes
    ----------
    ordered : bool
        Whether no row goes before an older one, so that those left are always the latest: so it is
        where rows are kept for a time, and not where people ask that theirs are deleted.

    Examples
    --------
    >>> ends = Ends(np.array([2, 9, 1, 9]), 5)
    >>> ends.oldest(2), ends.oldest(3)
    (0, 1)
    >>> ends.left(np.array([0, 1, 2, 3]), 2).tolist()
    [0, 1, 3]
    """

    def __init__(self, last: np.ndarray | None = None, ticks: int = 0) -> None:
        self.last, self._ticks = last, ticks
        self.ordered = last is None or bool((last[1:] >= last[:-1]).all())
        if last is not None:
            most = last if self.ordered else np.maximum.accumulate(last)
            self._oldest = np.searchsorted(most, np.arange(ticks), "left")

    def oldest(self, tick: int) -> int:
        """The row before which none is left at a tick."""
        return 0 if self.last is None else int(self._oldest[tick])

    def over(self, rows: Rows, tick: int) -> np.ndarray:
        """Which of some rows may no longer be used at a tick."""
        if self.last is None or self.ordered:
            return rows < self.oldest(tick)
        return self.last[rows] < tick

    def left(self, rows: Rows, tick: int) -> Rows:
        """Those of some rows that may still be used at a tick."""
        return rows if self.last is None else rows[~self.over(rows, tick)]

    def among(self, rows: Rows, tick: int) -> Rows:
        """The same of rows none of which comes before the oldest."""
        return rows if self.ordered else self.left(rows, tick)

    def gone(self, rows: Rows, tick: int) -> int | None:
        """The first of some rows that may no longer be used at a tick; None if all may."""
        if self.last is None or len(rows) == 0:
            return None
        if self.ordered:
            first = int(rows.min())
            return first if first < self.oldest(tick) else None
        over = self.over(rows, tick)
        return int(rows[np.argmax(over)]) if over.any() else None

    def and_by(self, last: np.ndarray, ticks: int) -> Ends:
        """The same, where rows go by other last ticks too."""
        return Ends(last if self.last is None else np.minimum(last, self.last), ticks)

    def of(self, rows: np.ndarray) -> Ends:
        """The same of some rows alone."""
        return self if self.last is None else Ends(self.last[rows], self._ticks)
