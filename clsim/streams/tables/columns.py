"""Columns of a table: that they are there, and whether they hold numbers, names or neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import unknown

CATEGORICAL = ("object", "string", "str", "category", "bool", "boolean")

MISSING = (
    *("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN"),
    *("<NA>", "N/A", "NA", "NULL", "NaN", "NaT", "None", "n/a", "nan", "null"),
)
"""Words that say in a column of numbers or times that one is missing, and may be a name in text."""

EXACT = 2**53
"""Up to here, a float holds every whole number."""

KINDS = {
    dt.datetime: "times",
    np.datetime64: "times",
    dt.date: "dates",
    dt.time: "times of day",
    dt.timedelta: "durations",
    np.timedelta64: "durations",
    pd.Period: "periods",
    pd.Interval: "intervals",
    bytes: "bytes",
    list: "lists",
    tuple: "lists",
    np.ndarray: "lists",
    dict: "records",
    complex: "complex numbers",
    np.complexfloating: "complex numbers",
}


def check_columns(frame: pd.DataFrame, names: Sequence[str | None], index: bool = False) -> None:
    """Refuse columns that are not there, or occur twice; ``index``: the rows have names."""
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"data: column {twice[0]!r} occurs more than once")
    for name in names:
        if name is not None and name not in frame.columns:
            hint = (
                f"; if {name!r} is the index, name it so, by rename_axis"
                if index and frame.index.names == [None]
                else ""
            )
            raise ValueError(f"data: {unknown('column', name, frame.columns)}{hint}")


def check_plain(column: pd.Series, key: str, remedy: str = "") -> None:
    """Refuse a column that holds neither numbers nor names, such as dates.

    Parameters
    ----------
    column : pandas.Series
    key : str
        What the message begins with, such as ``data: column 'x'``.
    remedy : str, default=''
        What else could be done than to turn it into numbers or text.
    """
    dtype: Any = column.dtype
    if dtype.kind in "biuf" or isinstance(dtype, (pd.CategoricalDtype, pd.StringDtype)):
        return
    known = column.dropna()
    objects = isinstance(dtype, np.dtype) and dtype.kind == "O"
    types = dict.fromkeys(map(type, known)) if objects else [dtype.type]
    for kind in types:
        if _is_number(kind) or issubclass(kind, (str, bool, np.bool_)):
            continue
        what = next((word for base, word in KINDS.items() if issubclass(kind, base)), None)
        odd = next((v for v in known if not objects or type(v) is kind), None)
        raise ValueError(
            f"{key} holds {what or f'values of type {kind.__name__}'}"
            f"{'' if odd is None else f' (such as {_short(odd)})'}, which are neither numbers nor "
            f"names; turn it into numbers or text{remedy}"
        )


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def as_numbers(column: pd.Series) -> pd.Series:
    """A column of objects that are all numbers, as numbers; any other as it is."""
    if column.dtype.kind != "O" or isinstance(column.dtype, pd.CategoricalDtype):
        return column
    if not are_numbers(column):
        return column
    inferred = column.infer_objects()
    if pd.api.types.is_integer_dtype(inferred.dtype):
        return inferred
    values = as_floats(column, f"data: column {column.name!r}")
    return pd.Series(values, column.index, name=column.name)


def as_floats(column: pd.Series, key: str) -> np.ndarray:
    """Numbers as floats, NaN where they are missing.

    Raises
    ------
    ValueError
        That begins with ``key``, for a whole number that no float holds.
    """
    if column.dtype.kind == "O":
        given = column.to_numpy(dtype=object, na_value=np.nan)
        values = np.fromiter(map(_nearest, given), dtype=float, count=len(given))
    else:
        values = np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
    if column.dtype.kind != "f" or column.dtype == np.longdouble:
        for row in np.flatnonzero(np.abs(values) >= EXACT):
            _check_held(column.iloc[row], float(values[row]), f"{key}, row {row}")
    return values


def _nearest(number: Any) -> float:
    try:
        return float(number)
    except OverflowError:
        return float(np.copysign(np.inf, 1 if number > 0 else -1))


def _check_held(number: Any, value: float, where: str) -> None:
    number = number.item() if isinstance(number, np.generic) else number
    if number != value and (np.isinf(value) or number % 1 == 0):
        raise ValueError(
            f"{where}: no float holds {_short(number)}, and would take it for {value:.17g}; if it "
            "is a name, turn it into text; else subtract or divide by something, or name it in drop"
        )


def are_numbers(column: pd.Series) -> bool:
    """Whether all objects that are there are numbers; booleans and durations are none."""
    if isinstance(column.dtype, pd.StringDtype):
        return False
    kinds = set(map(type, column.dropna()))
    return bool(kinds) and all(_is_number(kind) and kind is not bool for kind in kinds)


def _is_number(kind: type) -> bool:
    return issubclass(kind, (Real, Decimal)) and not issubclass(kind, np.timedelta64)
