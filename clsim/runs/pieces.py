"""A table of all events, which is made a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd

ROWS = 1 << 17
"""Events of a piece, and of a row group of its file."""


@dataclass(frozen=True)
class Pieces:
    """A table that follows from arrays which are there anyway, and takes no memory until asked for.

    Attributes
    ----------
    n : int
        Number of events that it is about.
    of : callable
        Takes a slice of them, and gives their rows as a frame.

    Examples
    --------
    >>> table = Pieces(3, lambda some: pd.DataFrame({"id": [10, 11, 12][some]}))
    >>> table.whole()["id"].tolist(), [len(piece) for piece in table]
    ([10, 11, 12], [3])
    """

    n: int
    of: Callable[[slice], pd.DataFrame]

    def __iter__(self) -> Iterator[pd.DataFrame]:
        for low in range(0, max(self.n, 1), ROWS):
            yield self.of(slice(low, min(low + ROWS, self.n)))

    def whole(self) -> pd.DataFrame:
        """All of it."""
        return self.of(slice(0, self.n))
