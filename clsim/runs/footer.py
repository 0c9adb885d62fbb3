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
        footer, _ = _structure(data[len(data) - 8 - size : len(data) - 8], 0, 0)
        stated = [[column[3] for column in group[1]] for group in footer[4]]
        return [[Packing(list(c[2]), c[4], c[5], c[6]) for c in group] for group in stated]
    except (LookupError, TypeError) as error:
        raise ValueError("its footer is broken") from error


# values one after the other, each with the place after it; past the end is nothing (``IndexError``)


def _structure(data: bytes, at: int, depth: int) -> tuple[dict[int, Any], int]:
    """Values by the number of their field."""
    if depth > DEEPEST:
        raise ValueError("its footer is nested too deeply")
    fields: dict[int, Any] = {}
    number = 0
    while (head := data[at]) & 15 != STOP:
        at += 1
        if head >> 4:
            number += head >> 4
        else:
            number, at = _whole(data, at)
        if number in fields:  # else two readers may take different ones
            raise ValueError("its footer has a field twice")
        kind = head & 15
        if kind in (TRUE, FALSE):
            fields[number] = kind == TRUE
        else:
            fields[number], at = _value(data, at, kind, depth)
    return fields, at + 1


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind == STRUCT:
        return _structure(data, at, depth + 1)
    if kind == BINARY:
        count, at = _varint(data, at)
        return _bytes(data, at, count)
    if kind in (LIST, SET):
        head = data[at]
        count, at = _varint(data, at + 1) if head >> 4 == 15 else (head >> 4, at + 1)
        values = []
        for _ in range(count):
            value, at = _value(data, at, head & 15, depth)
            values.append(value)
        return values, at
    if kind == DOUBLE:
        return _bytes(data, at, 8)
    if kind in (TRUE, FALSE, BYTE):
        return data[at], at + 1
    if kind == MAP:  # Parquet's footer has none
        raise ValueError("its footer is broken")
    return _whole(data, at)


def _bytes(data: bytes, at: int, count: int) -> tuple[bytes, int]:
    if at + count > len(data):
        raise IndexError(count)
    return data[at : at + count], at + count


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = (byte := data[at]) & 127
    shift = 7
    while byte & 128:
        at += 1
        value |= ((byte := data[at]) & 127) << shift
        shift += 7
    return value, at + 1


def _whole(data: bytes, at: int) -> tuple[int, int]:
    value, at = _varint(data, at)
    return value >> 1 ^ -(value & 1), at
