"""The events whose features one strategy can see at each tick."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np

from clsim.engine.ends import Ends
from clsim.types import Rows


@dataclass(frozen=True)
class Seen:
    """Events that were served, did happen, were logged, and are still kept.

    Attributes
    ----------
    first : numpy.ndarray of shape (ticks + 1,)
        First row that each tick serves.
    ends : Ends
        The last tick that may use each row.
    logged : numpy.ndarray of shape (n,), bool, or None
        Rows that are kept, as far as that is decided; None: all.
    absent : numpy.ndarray of shape (n,), bool, or None
        Rows that do not happen in this branch; None: none.
    key : hashable
        Equal for those who can see the features of the same events.
    """

    first: np.ndarray
    ends: Ends
    logged: np.ndarray | None = None
    absent: np.ndarray | None = None
    key: Hashable = 0

    def check(self, rows: Rows, tick: int) -> None:
        """Raise ``LookupError`` if some row was not served before a tick, or is not there."""
        if len(rows) and (np.min(rows) < 0 or np.max(rows) >= self.first[tick]):
            raise LookupError(f"row {np.max(rows)} is not served before tick {tick}")
        if self.absent is not None and self.absent[rows].any():
            raise LookupError(f"row {rows[self.absent[rows]][0]} did not happen")
        if self.logged is not None and not self.logged[rows].all():
            raise LookupError(f"row {rows[~self.logged[rows]][0]} was not logged")
        gone = self.ends.gone(rows, tick)
        if gone is not None:
            raise LookupError(f"row {gone} is no longer kept at tick {tick}")

    def rows(self, tick: int, low: int = 0, high: int | None = None) -> Rows:
        """Rows from ``low`` on, before ``high``, whose features can be seen at a tick."""
        served = int(self.first[tick])
        stop = served if high is None else min(high, served)
        rows = self.ends.among(np.arange(max(low, self.ends.oldest(tick)), stop), tick)
        if self.logged is not None:
            rows = rows[self.logged[rows]]
        if self.absent is not None:
            rows = rows[~self.absent[rows]]
        return rows

    def left(self, rows: Rows, tick: int) -> Rows:
        """Those of some rows that are still kept at a tick."""
        return self.ends.left(rows, tick)
