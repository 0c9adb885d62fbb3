"""The columns of a table: what each holds."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import as_numbers
from clsim.streams.tables.dates import (
    WRITTEN,
    Dates,
    by_format,
    date_order,
    times_in,
    year_first,
)

MANY = 100
"""Different texts above which a column is no category."""


@dataclass(frozen=True)
class Column:
    """What one column holds.

    Attributes
    ----------
    name : str
    kind : str
        ``'number'``, ``'category'``, ``'time'``, ``'text'`` (too many values for a category),
        ``'constant'`` (one value, in every row) or ``'empty'``.
    missing, distinct : int
        Rows without a value, and different values.
    example : str
        The first value; empty if there is none.
    """

    name: str
    kind: str
    missing: int
    distinct: int
    example: str


def columns_of(frame: pd.DataFrame) -> dict[str, Column]:
    """Each column of a table, by name.

    Examples
    --------
    >>> table = pd.DataFrame({"at": ["2024-01-31", "2024-02-01"], "x": [1.5, None], "c": "a"})
    >>> {name: column.kind for name, column in columns_of(table).items()}
    {'at': 'time', 'x': 'number', 'c': 'constant'}
    """
    return {str(name): _column(str(name), frame[name]) for name in frame.columns}


def _column(name: str, values: pd.Series) -> Column:
    known = values.dropna()
    distinct = int(known.astype(str).nunique() if known.dtype.kind == "O" else known.nunique())
    example = "" if len(known) == 0 else str(known.iloc[0])
    return Column(name, _kind(values, known, distinct), len(values) - len(known), distinct, example)


def _kind(values: pd.Series, known: pd.Series, distinct: int) -> str:
    if len(known) == 0:
        return "empty"
    if is_time(known):
        return "time"
    if distinct == 1 and len(known) == len(values):
        return "constant"
    numbers = as_numbers(values)
    if pd.api.types.is_bool_dtype(numbers.dtype):
        return "category"
    if pd.api.types.is_numeric_dtype(numbers.dtype):
        return "number"
    return "category" if distinct <= MANY else "text"


def is_time(known: pd.Series) -> bool:
    """Whether all values, none of them missing, are dates or moments."""
    if pd.api.types.is_datetime64_any_dtype(known.dtype):
        return True
    if not pd.api.types.is_string_dtype(known.dtype):
        return known.dtype.kind == "O" and all(isinstance(v, dt.date) for v in known)
    values = pd.Series(known.astype(str).unique())
    if date_order(values) is not None:
        return True
    if not values.str.match(WRITTEN).all():
        return False
    return bool(moments(values).notna().all())


def moments(values: pd.Series, day_first: bool | None = None) -> pd.Series:
    """Moments in UTC, of a microsecond; missing where a value is none.

    For looking at a column. A replay reads it by `clsim.streams.Recorded`, which is stricter.
    """
    order = date_order(values)
    if order is not None:
        values = year_first(values, order == "day" if day_first is None else day_first)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        text = pd.api.types.is_string_dtype(values.dtype)
        given: dict[str, Any] = {"format": "mixed"} if text or values.dtype.kind == "O" else {}
        read = pd.to_datetime(values, utc=True, errors="coerce", **given)
    return read.dt.tz_localize(None).astype("datetime64[us]")


def with_formats_read(frame: pd.DataFrame, dates: Dates) -> pd.DataFrame:
    """A table in which columns of dates that are written as a user says are moments.

    One format for all goes for the columns that are written so, in all rows; of whole numbers, if
    it has a day.

    Raises
    ------
    ValueError
        Naming the format, if it is that of no column, or not that of the one it is given for.
    """
    if dates.date_format is None:
        return frame
    read = {}
    for name, column in frame.items():
        code = dates.of(str(name))
        if code is None or (column.dtype.kind in "iuf" and "%d" not in code):
            continue
        written = by_format(column, code)
        if written is None or written.isna().all():
            continue
        if (written.notna() | times_in(column).isna()).all():
            read[str(name)] = written
    missed = [] if isinstance(dates.date_format, str) else [*dates.date_format]
    missed = [name for name in missed if name not in read]
    if not read or missed:
        what = f"column {missed[0]!r}" if missed else "no column"
        raise ValueError(
            f"date_format={dates.date_format!r}: {what} is {'not ' * bool(missed)}written so in "
            "all its rows"
        )
    return frame.assign(**read)


def clock_of(times: pd.Series) -> np.ndarray:
    """Moments as microseconds since 1970, floats; NaN where one is missing."""
    values = times.astype("datetime64[us]")
    clock = values.astype("int64").to_numpy(dtype=float)
    clock[values.isna().to_numpy()] = np.nan
    return clock
