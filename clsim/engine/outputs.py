"""What a model gave for rows of the stream: room is made for those that are asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clsim.types import Rows

CHUNK = 1 << 16
"""Rows that room is made for at a time."""


class Outputs:
    """Answers, or probabilities, of some rows of the stream.

    Parameters
    ----------
    n : int
        Rows of the stream.
    empty : callable
        Gives room for so many rows.

    Examples
    --------
    >>> outputs = Outputs(3 * CHUNK, np.zeros)
    >>> outputs.write(slice(CHUNK - 1, CHUNK + 2), np.array([1.0, 2.0, 3.0]))
    >>> outputs.of(CHUNK - 1, CHUNK + 1).tolist(), outputs.take(np.array([CHUNK + 1])).tolist()
    ([1.0, 2.0], [3.0])
    """

    def __init__(self, n: int, empty: Callable[[int], np.ndarray]) -> None:
        self._n, self._empty = n, empty
        self._chunks: dict[int, np.ndarray] = {}

    def _chunk(self, number: int) -> np.ndarray:
        if number not in self._chunks:
            self._chunks[number] = self._empty(min(CHUNK, self._n - number * CHUNK))
        return self._chunks[number]

    def write(self, rows: slice | Rows, values: np.ndarray) -> None:
        """Write down what was given for rows, ascending ones."""
        if isinstance(rows, slice):
            for number in range(rows.start // CHUNK, -(-rows.stop // CHUNK)):
                low, high = max(rows.start, number * CHUNK), min(rows.stop, (number + 1) * CHUNK)
                part = values[low - rows.start : high - rows.start]
                self._chunk(number)[low - number * CHUNK : high - number * CHUNK] = part
            return
        for number, some in _by_chunk(rows):
            self._chunk(number)[rows[some] - number * CHUNK] = values[some]

    def of(self, first: int, stop: int) -> np.ndarray:
        """What was given for consecutive rows; without a copy where they are of one chunk."""
        low, high = first // CHUNK, max(stop - 1, first) // CHUNK
        if low == high:
            return self._chunk(low)[first - low * CHUNK : stop - low * CHUNK]
        parts = [self._chunk(number) for number in range(low, high + 1)]
        parts[0] = parts[0][first - low * CHUNK :]
        parts[-1] = parts[-1][: stop - high * CHUNK]
        return np.concatenate(parts)

    def take(self, rows: Rows) -> np.ndarray:
        """What was given for any rows."""
        if len(rows) == 0:
            return self._empty(0)
        number = int(rows[0]) // CHUNK
        if number * CHUNK <= rows.min() and rows.max() < (number + 1) * CHUNK:
            return self._chunk(number).take(rows - number * CHUNK, axis=0)  # faster than an index
        taken = self._empty(len(rows))
        for number, some in _by_chunk(rows):
            taken[some] = self._chunk(number).take(rows[some] - number * CHUNK, axis=0)
        return taken


def _by_chunk(rows: Rows) -> list[tuple[int, np.ndarray | slice]]:
    """The chunks that rows are of, and which of the rows."""
    numbers = rows // CHUNK
    if (numbers[1:] >= numbers[:-1]).all():
        edges = np.flatnonzero(np.diff(numbers)) + 1
        ends = zip([0, *edges.tolist()], [*edges.tolist(), len(rows)], strict=True)
        return [(int(numbers[low]), slice(low, high)) for low, high in ends]
    return [(int(number), numbers == number) for number in np.unique(numbers)]
