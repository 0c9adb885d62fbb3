"""All events of a stream, a column each: filled as blocks come, and classes in a byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clsim.engine.batches import PIECE, lock, locked_features
from clsim.engine.scratch import MEMORY, OnDisk, Room
from clsim.types import Batch, Production, Rows, Schema


class Coded:
    """Labels of classes as their codes, in a byte each; they are written out for rows asked for.

    Parameters
    ----------
    codes : numpy.ndarray of shape (n,)
        Positions in the classes of the schema.
    classes : numpy.ndarray
        The classes, of the type that labels have.

    Examples
    --------
    >>> y = Coded(np.array([1, 0, 1], dtype=np.uint8), np.array(["no", "yes"]))
    >>> y[1:].tolist(), len(y), y.dtype.kind
    (['no', 'yes'], 3, 'U')
    """

    def __init__(self, codes: np.ndarray, classes: np.ndarray) -> None:
        self.codes, self._classes = codes, classes

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: slice | Rows) -> np.ndarray:
        return self._classes[self.codes[rows]]

    @property
    def dtype(self) -> np.dtype:
        """The type of the labels."""
        return self._classes.dtype

    def of(self, codes: np.ndarray) -> Coded:
        """Other labels of the same classes."""
        return Coded(codes, self._classes)


@dataclass(frozen=True)
class Events:
    """All n events of a stream, as the attributes of `clsim.types.Batch`; labels may be coded."""

    X: Any
    y: Coded | np.ndarray
    time: np.ndarray
    label_time: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)
    available: np.ndarray | None = None
    production: Production | None = None
    amount: np.ndarray | None = None
    complaints: np.ndarray | None = None
    deleted: np.ndarray | None = None

    def batch(self) -> Batch:
        """The same as a batch, for a delay or a stream: not to be kept, since labels take room."""
        X = self.X if isinstance(self.X, OnDisk) else locked_features(self.X)
        return Batch(
            X, lock(self.y[:]), self.time, self.label_time,
            dict(self.slices), self.available,
            production=self.production, amount=self.amount, complaints=self.complaints,
            deleted=self.deleted,
        )  # fmt: skip

    def times_of(self, rows: slice) -> Batch:
        """Consecutive events by their times and labels, without features."""
        return Batch(
            np.empty((rows.stop - rows.start, 0)), lock(self.y[rows]), self.time[rows],
            rows=np.arange(rows.start, rows.stop),
        )  # fmt: skip


class Filled:
    """An array that is filled a block at a time; it grows where more comes than was said."""

    def __init__(self, length: int, room: Room = MEMORY) -> None:
        self._length, self._n, self._room = length, 0, room
        self._values: Any = None

    def add(self, block: np.ndarray) -> None:
        """Add a block; its type may be wider than that of those before."""
        n = self._n + len(block)
        if self._values is None:
            shape = max(self._length, n), *block.shape[1:]
            self._values = self._room.empty(shape, block.dtype)
        kind = np.result_type(self._values.dtype, block.dtype)
        if self._values.dtype != kind:
            narrow, self._values = self._values, self._room.empty(self._values.shape, kind)
            self._values[: self._n] = narrow[: self._n]
        if n > len(self._values):
            self._values = self._room.resized(self._values, n + n // 4)
        self._values[self._n : n] = block
        self._n = n

    def whole(self) -> np.ndarray:
        """All that was added, not to be written to."""
        if self._n < len(self._values):
            self._values = self._room.resized(self._values, self._n)
        return np.asarray(lock(self._values))


class _Parts:
    """Features in frames: their blocks are put together at the end."""

    def __init__(self) -> None:
        self._parts: list[Any] = []

    def add(self, block: Any) -> None:
        self._parts.append(block)

    def whole(self) -> Any:
        import pandas as pd

        return locked_features(pd.concat(self._parts, ignore_index=True))


def events_of(
    batches: Iterator[Batch], schema: Schema, length: int | None, room: Room = MEMORY,
    at_rest: np.dtype | None = None,
) -> Events:  # fmt: skip
    """All events of a stream; features and times without a copy where they come as one block.

    Parameters
    ----------
    batches : iterator of Batch
        That fit the schema.
    schema : Schema
    length : int or None
        About how many there are, where the stream says so.
    room : Room, default=MEMORY
        Where they are put; features in a folder are read by block.
    at_rest : numpy.dtype or None, default=None
        The type of features in a file; None: as they come.

    Raises
    ------
    TypeError, ValueError
        If there are none, or features in a frame are to be put in a folder.
    """
    first = next(batches, None)
    if first is None:
        raise ValueError("stream: it has no events")
    if room is not MEMORY and not isinstance(first.X, np.ndarray):
        raise TypeError("scratch: the features of this stream are a frame; it takes numbers alone")
    second = next(batches, None)
    if second is None and room is MEMORY:
        return _as_one(first, schema)
    filling = _Filling(schema, length or 0, room, at_rest)
    for batch in (first, second):
        if batch is not None:
            filling.add(batch)
    del first, second, batch
    for batch in batches:
        filling.add(batch)
    return filling.events()


def _as_one(batch: Batch, schema: Schema) -> Events:
    """A stream that came as one block."""
    slices = {name: in_bytes(codes, schema.slices[name]) for name, codes in batch.slices.items()}
    production = batch.production
    return Events(
        locked_features(batch.X), coded(batch.y, schema), lock(batch.time), lock(batch.label_time),
        slices, lock(batch.available),
        production=None if production is None else production.each(lock),
        amount=lock(batch.amount), complaints=lock(batch.complaints), deleted=lock(batch.deleted),
    )  # fmt: skip


class _Filling:
    """The columns of a stream that comes in several blocks."""

    def __init__(self, schema: Schema, length: int, room: Room, at_rest: np.dtype | None) -> None:
        self._schema, self._length, self._room, self._at_rest = schema, length, room, at_rest
        self._columns: dict[str, Filled | _Parts | OnDisk] = {}
        self._kind: Any = None

    def add(self, batch: Batch) -> None:
        """Add a block to each column that the stream has."""
        y = coded(batch.y, self._schema)
        kind = batch.y.dtype
        self._kind = kind if self._kind is None else np.result_type(self._kind, kind)
        given = {
            "X": batch.X, "y": y.codes if isinstance(y, Coded) else y, "time": batch.time,
            "label_time": batch.label_time, "available": batch.available, "amount": batch.amount,
            "complaints": batch.complaints, "deleted": batch.deleted,
        }  # fmt: skip
        given |= {
            f"slice {name}": in_bytes(codes, self._schema.slices[name])
            for name, codes in batch.slices.items()
        }
        if batch.production is not None:
            given |= {f"production {name}": v for name, v in vars(batch.production).items()}
        for name, block in given.items():
            if block is not None:
                self._column(name, block).add(block)

    def _column(self, name: str, block: Any) -> Filled | _Parts | OnDisk:
        if name not in self._columns:
            array = isinstance(block, np.ndarray)
            self._columns[name] = Filled(self._length, self._room) if array else _Parts()
            if name == "X" and self._room.folder is not None:
                self._columns[name] = OnDisk(self._room.folder, self._at_rest)
        return self._columns[name]

    def events(self) -> Events:
        """All that was added."""
        whole: dict[str, Any] = {name: column.whole() for name, column in self._columns.items()}
        y = whole["y"]
        if len(self._schema.classes):
            y = Coded(y, self._schema.classes.astype(self._kind))
        production = None
        if self._schema.served:
            proba, version = (whole.get(f"production {name}") for name in ("proba", "version"))
            production = Production(whole["production answers"], proba, version)
        return Events(
            whole["X"], y, whole["time"], whole.get("label_time"),
            {name: whole[f"slice {name}"] for name in self._schema.slices},
            whole.get("available"), production, whole.get("amount"), whole.get("complaints"),
            whole.get("deleted"),
        )  # fmt: skip


def coded(y: np.ndarray, schema: Schema) -> Coded | np.ndarray:
    """Labels as codes of their classes, or targets as they are; not to be written to."""
    if not len(schema.classes):
        return np.asarray(lock(y))
    narrow = np.uint8 if len(schema.classes) < 255 else np.int32
    codes = by_piece(lambda rows: schema.codes(y[rows]), len(y), narrow)
    return Coded(codes, schema.classes.astype(y.dtype))


def in_bytes(codes: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Codes of slices in a byte each, where there are so few; not to be written to."""
    kind = np.uint8 if len(names) <= 256 else np.int32
    return np.asarray(lock(codes.astype(kind, copy=False)))


def by_piece(
    values: Callable[[slice], np.ndarray], n: int, kind: Any, room: Room = MEMORY
) -> np.ndarray:
    """An array made a piece at a time, of a narrower type than its pieces; not to be written to."""
    whole = room.empty(n, kind)
    for low in range(0, n, PIECE):
        rows = slice(low, min(n, low + PIECE))
        whole[rows] = values(rows)
    return np.asarray(lock(whole))
