"""Columns of a table: that they are there, and whether they hold numbers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from numbers import Real

import numpy as np
import pandas as pd

from clsim.errors import unknown

CATEGORICAL = ("object", "string", "str", "category", "bool", "boolean")


def check_columns(frame: pd.DataFrame, names: Sequence[str | None]) -> None:
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"data: column {twice[0]!r} occurs more than once")
    for name in names:
        if name is not None and name not in frame.columns:
            raise ValueError(f"data: {unknown('column', name, frame.columns)}")


def check_kind(column: pd.Series, path: str | None) -> None:
    """Refuse text that is numbers: all, nearly all, or, in a file, up to some row or from it on."""
    if not pd.api.types.is_string_dtype(column.dtype) or _are_numbers(column):
        return
    rows = np.flatnonzero(column.notna())
    known = column.iloc[rows].astype(str)
    codes, values = pd.factorize(known)
    number = pd.to_numeric(pd.Series(values), errors="coerce").notna().to_numpy()[codes]
    if not number.any():
        return
    where = f"data{'' if path is None else f'={path!r}'}: column {column.name!r}"
    category = "if it is a category, give a frame in which its dtype is 'category'"
    if number.all():
        raise ValueError(
            f"{where} holds numbers written as text, in all of {len(known)} values (such as "
            f"{known.iloc[0]!r}); convert it by pd.to_numeric, or {category}"
        )
    turn = np.flatnonzero(np.diff(number)) + 1
    if path is not None and len(turn) == 1:
        kinds = ("numbers", "text") if number[0] else ("text", "numbers")
        what = f"{kinds[0]}, and from row {rows[turn[0]]} on {kinds[1]} ({known.iloc[turn[0]]!r})"
    elif _nearly_all(known, number):
        odd = int(np.flatnonzero(~number)[0])
        what = (
            f"numbers in {number.sum()} of {len(known)} values, and text in the others "
            f"({known.iloc[odd]!r} in row {rows[odd]})"
        )
    else:
        return
    raise ValueError(
        f"{where} holds {what}; correct it, by pd.to_numeric in a frame; if the text means that a "
        "value is missing, leave it empty, or read the file by pandas with "
        f"na_values=[{known[~number].iloc[0]!r}]; {category}"
    )


def _nearly_all(known: pd.Series, number: np.ndarray) -> bool:
    """Whether nine in ten are numbers, of the values or of those that differ.

    A sign without letter or digit, such as '?', marks what is missing, and is not counted.
    """
    named = known[number | known.str.contains(r"[^\W_]").to_numpy(dtype=bool)]
    numbers = known[number]
    return len(numbers) >= 0.9 * len(named) or numbers.nunique() >= 0.9 * named.nunique()


def as_numbers(column: pd.Series) -> pd.Series:
    """A column of objects that are all numbers, as numbers; any other as it is."""
    if column.dtype.kind != "O" or isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if not _are_numbers(column):
        return column
    inferred = column.infer_objects()
    if pd.api.types.is_integer_dtype(inferred.dtype):
        return inferred
    values = column.to_numpy(dtype=object, na_value=np.nan)
    return pd.Series([float(value) for value in values], column.index, dtype=float)


def _are_numbers(column: pd.Series) -> bool:
    """Whether all objects that are there are numbers; booleans and durations are none."""
    if isinstance(column.dtype, pd.StringDtype):
        return False
    kinds = set(map(type, column.dropna()))
    return bool(kinds) and all(
        issubclass(kind, (Real, Decimal)) and not issubclass(kind, (bool, np.timedelta64))
        for kind in kinds
    )
