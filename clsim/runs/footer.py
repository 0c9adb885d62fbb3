"""What a Parquet footer says of columns; Arrow must not be asked, for it aborts over nonsense.

The footer is a structure in Thrift's compact protocol.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
"""Types of the protocol; all others that it has are whole numbers."""

DEEPEST = 16
"""Structures within each other that a footer may have."""


@dataclass(frozen=True)
class Packing:
    """How the values of a column in a row group are packed.

    Attributes
    ----------
    encodings : list of int
    codec : int
    values : int
        How many there are.
    size : int
        Bytes, unpacked.
    """

    encodings: list[int]
    codec: int
    values: int
    size: int


def packings(data: bytes) -> list[list[Packing]]:
    """How each column of each row group is packed, as the footer says.

    Parameters
    ----------
    data : bytes
        Of the whole file.

    Raises
    ------
    ValueError
        If the footer is no such structure.
    """
    size = int.from_bytes(data[-8:-4], "little")
    try:
        footer = _Reader(data[len(data) - 8 - size : len(data) - 8]).structure(0)
        stated = [[column[3] for column in group[1]] for group in footer[4]]
        return [[Packing(list(c[2]), c[4], c[5], c[6]) for c in group] for group in stated]
    except (LookupError, TypeError) as error:
        raise ValueError("its footer is broken") from error


class _Reader:
    """Reads values one after the other; past the end there is nothing (``IndexError``)."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def structure(self, depth: int) -> dict[int, Any]:
        """Values by the number of their field."""
        if depth > DEEPEST:
            raise ValueError("its footer is nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) & 15 != STOP:
            number = number + (head >> 4) if head >> 4 else self._whole()
            if number in fields:  # else two readers may take different ones
                raise ValueError("its footer has a field twice")
            kind = head & 15
            fields[number] = kind == TRUE if kind in (TRUE, FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind == STRUCT:
            return self.structure(depth + 1)
        if kind in (LIST, SET):
            head = self._byte()
            count = self._varint() if head >> 4 == 15 else head >> 4
            return [self._value(head & 15, depth + 1) for _ in range(count)]
        if kind == BINARY:
            return self._bytes(self._varint())
        if kind == DOUBLE:
            return self._bytes(8)
        if kind in (TRUE, FALSE, BYTE):
            return self._byte()
        if kind == MAP:  # Parquet's footer has none
            raise ValueError("its footer is broken")
        return self._whole()

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _bytes(self, count: int) -> bytes:
        self._at += count
        if self._at > len(self._data):
            raise IndexError(count)
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while (byte := self._byte()) & 128:
            value |= (byte & 127) << shift
            shift += 7
        return value | byte << shift

    def _whole(self) -> int:
        value = self._varint()
        return value >> 1 ^ -(value & 1)
