"""Signals that somebody else has measured: a table of times and values."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from clsim.clock import Clock
from clsim.errors import check_object, unknown
from clsim.protocols import Monitor
from clsim.types import Of, Schema
from clsim.view import View

ZONED = r"[T ]\d\d[\d:.,]*\s*(?:Z|[+-]\d\d(?::?\d\d)?)$"
"""A time of day, and behind it its zone."""


class FromFile(Monitor):
    """A signal that was measured elsewhere, so that it can be judged without being installed.

    In each tick its value is the last one that came since the tick before; where none came, there
    is none.

    Parameters
    ----------
    data : path or pandas.DataFrame
        A CSV or Parquet file, or a table.
    time : str, default='time'
        The column that says when a value was known: dates, where the stream has time (all with a
        zone, or all without, which is UTC), else numbers of rows.
    value : str, default='value'
        The column of values; rows without a value are left out.
    of : str or None, default=None
        The column that says what a value is of, such as a feature. None: there is one signal.

    Examples
    --------
    >>> import pandas as pd
    >>> scores = pd.DataFrame({"time": [120, 260], "value": [0.1, 0.9]})
    >>> monitor = FromFile(scores)
    """

    FILE_PARAMETERS: ClassVar[tuple[str, ...]] = ("data",)

    reads_rows = False

    shared = True

    def __init__(
        self, data: Any, time: str = "time", value: str = "value", of: str | None = None
    ) -> None:
        self.data, self.time, self.value, self.of = data, time, value, of
        frame = read(data, [time, value, *([] if of is None else [of])])
        frame = frame[frame[value].notna()]
        self._when = frame[time]
        self._values = numbers(frame[value], value)
        names = [None] * len(frame) if of is None else frame[of].astype(str).tolist()
        self._of: Sequence[str | None] = names

    def bind(self, clock: Clock) -> None:
        times = moments(self._when, clock.timed, self.time)
        order = np.argsort(times, kind="stable")
        self._times = times[order]
        self._ordered = [(self._of[k], float(self._values[k])) for k in order]

    def names(self, schema: Schema) -> Sequence[str] | None:
        return sorted({name for name in self._of if name is not None})

    def measure(self, view: View) -> dict[Of, float]:
        since = view.start(view.tick - 1) if view.tick else np.iinfo(np.int64).min
        first, last = np.searchsorted(self._times, [since, view.now], "right")
        return dict(self._ordered[first:last])


def read(data: Any, columns: Sequence[str]) -> pd.DataFrame:
    """A table of one's own or of a file, with the columns that are asked for.

    Raises
    ------
    TypeError, ValueError
        If it is no table, or lacks a column.
    """
    check_object("data", data)
    if isinstance(data, pd.DataFrame):
        frame = data
    elif isinstance(data, (str, os.PathLike)):
        path = Path(data)
        if not path.is_file():
            raise ValueError(f"data={str(data)!r}: no such file")
        try:
            frame = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
        except pd.errors.EmptyDataError as error:
            raise ValueError(f"data={str(data)!r}: the file is empty") from error
    else:
        raise TypeError(f"data={data!r}: expected a table, or the path of a CSV or Parquet file")
    for name in columns:
        if name not in frame.columns:
            raise ValueError(f"data: {unknown('column', name, list(map(str, frame.columns)))}")
    return frame[list(dict.fromkeys(columns))].reset_index(drop=True)


def numbers(column: pd.Series, name: str) -> np.ndarray:
    """A column of numbers.

    Raises
    ------
    ValueError
        Naming the first value that is none.
    """
    values = pd.to_numeric(column, errors="coerce")
    strange = column[values.isna()]
    if len(strange):
        raise ValueError(f"data: column {name!r} holds {strange.iloc[0]!r}, which is no number")
    return values.to_numpy(dtype=float)


def moments(column: pd.Series, timed: bool, name: str) -> np.ndarray:
    """When rows of a table are known, on the clock of a stream.

    Raises
    ------
    ValueError
        If they cannot be read, or are of another kind than the clock, or some have a zone and
        others none; naming the first such row, counted from 0.
    """
    numeric = pd.api.types.is_numeric_dtype(column.dtype)
    if timed == numeric and len(column):
        what = "dates, since the stream has time" if timed else "rows, since the stream has no time"
        raise ValueError(f"data: column {name!r} must hold {what}, not {column.iloc[0]!r}")
    if not timed:
        rows = numbers(column, name)
        _check_rows(column, name, rows != np.floor(rows), "which is no whole number")
        return rows.astype(np.int64)
    dated = isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M"
    if not dated:
        zoned = column.astype(str).str.contains(ZONED).to_numpy()
        _check_rows(
            column, name, zoned & ~zoned.all(), "with a time zone, and other rows have none; give "
            "all of them one, by writing its offset, or none"
        )  # fmt: skip
    form = None if dated else "ISO8601"
    dates = pd.to_datetime(column, utc=True, format=form, errors="coerce")
    wrong = dates.isna().to_numpy()
    _check_rows(column, name, wrong, "which is no date; write 2024-05-01 or 2024-05-01 12:00")
    return dates.dt.tz_localize(None).to_numpy(dtype="datetime64[us]").astype(np.int64)


def _check_rows(column: pd.Series, name: str, wrong: np.ndarray, why: str) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        value = column.iloc[[row]].tolist()[0]
        raise ValueError(f"data: column {name!r} holds {value!r} in row {row}, {why}")
