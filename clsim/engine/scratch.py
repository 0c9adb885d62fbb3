"""Where columns of all rows lie: in memory, or in files without a name that are read by block."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np

from clsim.types import Rows

CHUNK = 1 << 14
"""Rows that are read at a time, where those asked for do not follow each other."""

KEPT = 32
"""So many chunks stay in memory, the latest ones that were read."""


class Room:
    """Room for arrays of all rows: here in memory.

    Examples
    --------
    >>> Room().full(3, 7, np.uint8).tolist()
    [7, 7, 7]
    """

    folder: Path | None = None

    def empty(self, shape: int | tuple[int, ...], kind: Any) -> np.ndarray:
        """An array whose values are still to be given."""
        return np.empty(shape, dtype=kind)

    def full(self, shape: int | tuple[int, ...], value: Any, kind: Any) -> np.ndarray:
        """An array of one value."""
        return np.full(shape, value, dtype=kind)

    def resized(self, values: np.ndarray, n: int) -> np.ndarray:
        """An array that nobody else has seen yet, with room for other than so many rows."""
        values.resize((n, *values.shape[1:]), refcheck=False)
        return values


MEMORY = Room()


class Scratch(Room):
    """The same in files without a name, which are mapped, and gone when nobody holds the array.

    What is mapped is the operating system's to drop from memory, and no part of what a process
    allocates.

    Parameters
    ----------
    folder : str or Path

    Raises
    ------
    TypeError, ValueError
        If it is no path, there is no such folder, or nothing can be written there.

    Examples
    --------
    >>> values = Scratch(tempfile.gettempdir()).full((2, 2), 0.5, float)
    >>> values[1] = 2
    >>> values.tolist()
    [[0.5, 0.5], [2.0, 2.0]]
    """

    def __init__(self, folder: str | Path) -> None:
        if not isinstance(folder, (str, Path)):
            raise TypeError(f"scratch={folder!r}: expected the path of a folder, or null")
        self.folder: Path = Path(folder)
        if not self.folder.is_dir():
            raise ValueError(f"scratch={str(folder)!r}: there is no such folder; make it first")
        try:
            tempfile.TemporaryFile(dir=self.folder).close()
        except OSError as error:
            raise ValueError(
                f"scratch={str(folder)!r}: nothing can be written there ({error.strerror}); give a "
                "folder of your own"
            ) from error

    def empty(self, shape: int | tuple[int, ...], kind: Any) -> np.ndarray:
        """An array whose values are still to be given."""
        return self.full(shape, 0, kind)

    def full(self, shape: int | tuple[int, ...], value: Any, kind: Any) -> np.ndarray:
        """An array of one value."""
        size = int(np.prod(shape)) * np.dtype(kind).itemsize
        if size == 0:
            return np.empty(shape, dtype=kind)
        some = np.full(CHUNK, value, dtype=kind).data.cast("B")
        with tempfile.TemporaryFile(dir=self.folder) as file:
            for low in range(0, size, len(some)):  # written, so that a full disk says so now
                file.write(some[: size - low])
            file.flush()
            return np.ndarray(shape, kind, mmap.mmap(file.fileno(), size))

    def resized(self, values: np.ndarray, n: int) -> np.ndarray:
        """An array that nobody else has seen yet, with room for other than so many rows."""
        if n <= len(values):
            return values[:n]
        other = self.empty((n, *values.shape[1:]), values.dtype)
        other[: len(values)] = values
        return other


def room_in(folder: str | Path | None) -> Room:
    """Room in a folder; None: in memory."""
    return MEMORY if folder is None else Scratch(folder)


class OnDisk:
    """An array of two dimensions in a file without a name, which is gone when nobody holds it.

    It is filled like `clsim.engine.filling.Filled`, and indexed by rows like an array; nothing of
    it is mapped, so that what was read counts as memory only as long as somebody holds it.

    Parameters
    ----------
    folder : str or Path
        Where the file is; it needs room for all that is added.
    at_rest : numpy.dtype or None, default=None
        The type in the file, in which values lose nothing; None: as they come.

    Examples
    --------
    >>> array = OnDisk(tempfile.gettempdir())
    >>> array.add(np.array([[1.0, 2.0], [3.0, 4.0]]))
    >>> array.add(np.array([[5.0, 6.0]]))
    >>> array[1:].tolist(), array[np.array([2, 0])].tolist(), array.shape
    ([[3.0, 4.0], [5.0, 6.0]], [[5.0, 6.0], [1.0, 2.0]], (3, 2))
    """

    def __init__(self, folder: str | Path, at_rest: np.dtype | None = None) -> None:
        self._file, self._at_rest = tempfile.TemporaryFile(dir=folder), at_rest  # noqa: SIM115
        self._n, self._width = 0, 0
        self.dtype: Any = None
        self._chunks: OrderedDict[int, np.ndarray] = OrderedDict()
        self._latest: tuple[tuple[int, int], np.ndarray | None] = (0, 0), None

    def add(self, block: np.ndarray) -> None:
        """Add rows.

        Raises
        ------
        TypeError
            If they are of another type than those before.
        """
        if self.dtype is None:
            self.dtype, self._width = block.dtype, block.shape[1]
        if block.dtype != self.dtype:
            raise TypeError(
                f"scratch: features of type {self.dtype} and {block.dtype}; give all blocks one"
            )
        self._file.write(np.ascontiguousarray(block, self._at_rest).data)
        self._n += len(block)

    def whole(self) -> OnDisk:
        """All that was added: itself."""
        self._file.flush()
        return self

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._n, self._width

    @property
    def bytes(self) -> int:
        """Bytes in the file."""
        kind = self.dtype if self._at_rest is None else self._at_rest
        return int(self._n * self._width * kind.itemsize)

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, rows: slice | Rows) -> np.ndarray:
        if isinstance(rows, slice):
            first, stop, _ = rows.indices(self._n)
            if self._latest[0] != (first, stop) or self._latest[1] is None:
                self._latest = (first, stop), self._read(first, stop)  # as a rule, for each column
            assert self._latest[1] is not None
            return self._latest[1]
        taken = np.empty((len(rows), self._width), self.dtype)
        numbers = rows // CHUNK
        for number in np.unique(numbers).tolist():
            some = numbers == number
            taken[some] = self._chunk(number)[rows[some] - number * CHUNK]
        return taken

    def _chunk(self, number: int) -> np.ndarray:
        if number in self._chunks:
            self._chunks.move_to_end(number)
            return self._chunks[number]
        chunk = self._read(number * CHUNK, min((number + 1) * CHUNK, self._n))
        self._chunks[number] = chunk
        if len(self._chunks) > KEPT:
            self._chunks.popitem(last=False)
        return chunk

    def _read(self, first: int, stop: int) -> np.ndarray:
        kind = self.dtype if self._at_rest is None else self._at_rest
        size = self._width * kind.itemsize
        want, read = max(stop - first, 0) * size, b""
        self._file.flush()  # what was added last may still be in memory
        while len(read) < want:  # the system may give less than was asked for
            more = os.pread(self._file.fileno(), want - len(read), first * size + len(read))
            if not more:
                raise OSError("scratch: the file of the features was cut short")
            read = read + more if read else more
        values = np.frombuffer(read, kind).reshape(-1, self._width)
        return values.astype(self.dtype, copy=False)
