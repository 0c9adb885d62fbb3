"""Faults of delivery: rows that come twice, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from clsim.errors import check_number
from clsim.streams.faults.fault import Fault, Piece
from clsim.types import NEVER_TIME, Batch, DriftEvent


@dataclass(eq=False, repr=False)
class _Delivery(Fault):
    """Rows come a number of times other than once.

    On a stream without time the rows are numbered anew, and a label comes as many rows after its
    event as before.
    """

    share: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("share", self.share, low=0, high=1)

    def _copies(self, piece: Piece, seed: int) -> np.ndarray:
        """How often each row of a piece is delivered."""
        raise NotImplementedError

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield the batches of the wrapped stream, with the rows that are delivered."""
        row = 0
        for piece in self._pieces(seed):
            order = np.repeat(np.arange(len(piece.hit)), self._copies(piece, seed))
            if len(order):
                batch = piece.batch.take(order)
                yield batch if self.schema.timed else _numbered(batch, row)
            row += len(order)

    def _on_clock(self, events: list[DriftEvent], seed: int) -> list[DriftEvent]:
        if self.schema.timed:
            return events
        rows = np.array([(e.start, e.end) for e in events])
        new = np.zeros_like(rows)
        for piece in self._pieces(seed):
            delivered = np.append(0, np.cumsum(self._copies(piece, seed)))
            new += delivered[np.clip(rows - piece.first, 0, len(piece.hit))]
        return [replace(e, start=int(a), end=int(b)) for e, (a, b) in zip(events, new, strict=True)]

    def _inner_time(self, time: np.ndarray, seed: int) -> np.ndarray:
        if self.schema.timed:
            return time
        rows = [
            piece.first + np.repeat(np.arange(len(piece.hit)), self._copies(piece, seed))
            for piece in self._pieces(seed)
        ]
        delivered = np.concatenate(rows)
        return delivered[np.clip(time, 0, len(delivered) - 1)]


def _numbered(batch: Batch, first: int) -> Batch:
    """A batch whose times are row numbers from ``first``; all that waits does so as before."""
    time = np.arange(first, first + len(batch.time), dtype=np.int64)
    moved = time - batch.time

    def later(times: np.ndarray | None) -> np.ndarray | None:
        if times is None:
            return None
        by = moved if times.ndim == 1 else moved[:, None]
        return np.where(times == NEVER_TIME, NEVER_TIME, times + by)

    return replace(
        batch, time=time, label_time=later(batch.label_time), complaints=later(batch.complaints),
        deleted=later(batch.deleted),
    )  # fmt: skip


@dataclass(eq=False, repr=False)
class DuplicatedRows(_Delivery):
    """Some rows are delivered twice, one after the other.

    Both are served, and both have a label. On a stream without time the rows are numbered anew,
    and a label comes as many rows after its event as before.

    Parameters
    ----------
    stream : Stream
    share : float, default=0.1
        Share of rows, in [0, 1].
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = DuplicatedRows(Recorded(log, label="y"), share=1.0, start=1, end=3)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 6.0, 6.0, 7.0, 7.0, 8.0]
    """

    @property
    def what(self) -> str:
        return "duplicated rows"

    def _copies(self, piece: Piece, seed: int) -> np.ndarray:
        return 1 + (piece.hit & (self._uniform(piece, seed, "twice") < self.share))


@dataclass(eq=False, repr=False)
class DroppedRows(_Delivery):
    """Some rows are lost: never served, and never labelled.

    On a stream without time the rows are numbered anew, and a label comes as many rows after its
    event as before.

    Parameters
    ----------
    stream : Stream
    share : float, default=0.1
        Share of rows, in [0, 1].
    start, end, slice
        As for `Fault`.

    Examples
    --------
    >>> import pandas as pd
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": [5.0, 6.0, 7.0, 8.0], "y": [0, 1, 0, 1]})
    >>> stream = DroppedRows(Recorded(log, label="y"), share=1.0, start=1, end=3)
    >>> next(stream.blocks(seed=0)).X.ravel().tolist()
    [5.0, 8.0]
    """

    @property
    def what(self) -> str:
        return "dropped rows"

    def _copies(self, piece: Piece, seed: int) -> np.ndarray:
        return 1 - (piece.hit & (self._uniform(piece, seed, "lost") < self.share))
