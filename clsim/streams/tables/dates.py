"""Dates written with day and month in front, such as 01/02/2024: which of the two comes first."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

DATE = re.compile(r"^\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
"""Two numbers of one or two digits, then the year; with the same sign between them."""

CENTURY = 69
"""Years of two digits from here on are of the last century, as POSIX has it."""


def date_order(column: pd.Series) -> str | None:
    """Whether day or month comes first in a column of text.

    Returns
    -------
    str or None
        ``'day'`` or ``'month'``, where a value decides it; ``'either'``, where each value can be
        read both ways; ``'both'``, where values contradict each other; None if this is no column
        of such dates.

    Examples
    --------
    >>> date_order(pd.Series(["01/02/2024", "13/02/2024"])), date_order(pd.Series(["01/02/2024"]))
    ('day', 'either')
    """
    if not pd.api.types.is_string_dtype(column.dtype):
        return None
    known = column.dropna()
    if len(known) == 0 or not DATE.match(str(known.iloc[0])):  # most columns end here
        return None
    values = pd.Series(known.unique())
    if not all(isinstance(value, str) for value in values):
        return None
    parts = values.str.extract(DATE)
    if parts[0].isna().any():
        return None
    one, two = parts[0].astype(int), parts[2].astype(int)
    day, month = bool((one > 12).any()), bool((two > 12).any())
    if day and month:
        return "both"
    return "day" if day else "month" if month else "either"


def year_first(column: pd.Series, day_first: bool) -> pd.Series:
    """The same dates as text with the year first, which can be read in one way alone."""

    def written(date: re.Match[str]) -> str:
        one, _, two, year = date.groups()
        if len(year) == 2:
            year = f"{'19' if int(year) >= CENTURY else '20'}{year}"
        day, month = (one, two) if day_first else (two, one)
        return f"{year}-{int(month):02}-{int(day):02}"

    known = column.notna()
    text = column.astype(object)
    text[known] = column[known].map(lambda value: DATE.sub(written, value))
    return text


def with_dates_read(
    frame: pd.DataFrame, given: Mapping[str, str | None], day_first: bool | None
) -> pd.DataFrame:
    """A table in which each column of dates can be read in one way alone.

    Parameters
    ----------
    frame : pandas.DataFrame
    given : mapping of str to str or None
        For each key of a caller, such as ``label_time``, the name of its column.
    day_first : bool or None
        None: as the values of the column say, if their years have four digits; of 24-01-03 nothing
        says that its year is not the first.

    Raises
    ------
    ValueError
        If they do not say, or contradict each other or ``day_first``.
    """
    orders = {
        key: order
        for key, name in given.items()
        if name is not None and (order := date_order(frame[name])) is not None
        if day_first is not None or not _short_years(frame[name])
    }
    for key, order in orders.items():
        name = given[key]
        assert name is not None
        column = frame[name]
        if order == "both" or (order != "either" and day_first not in (None, order == "day")):
            raise ValueError(f"{key}={name!r}: {_contradiction(column, order, day_first)}")
        if order == "either" and day_first is None:
            example = str(column.dropna().iloc[0])
            raise ValueError(
                f"{key}={name!r}: dates such as {example!r} can be read in two ways, in all "
                f"{column.notna().sum()} of them; say day_first=True or day_first=False, or write "
                "them like 2024-01-31"
            )
        frame = frame.assign(**{name: year_first(column, order == "day" or bool(day_first))})
    return frame


def _short_years(column: pd.Series) -> bool:
    return bool(column.dropna().str.extract(DATE)[3].str.len().eq(2).any())


def _contradiction(column: pd.Series, order: str, day_first: bool | None) -> str:
    first, second = (column.str.extract(DATE)[part].astype(float) for part in (0, 2))
    days, months = np.flatnonzero(first > 12), np.flatnonzero(second > 12)
    if order == "both":
        return (
            f"in row {days[0]} the day comes first ({column.iloc[days[0]]!r}), in row {months[0]} "
            f"the month ({column.iloc[months[0]]!r}); write all of them like 2024-01-31"
        )
    row = (days if order == "day" else months)[0]
    return f"day_first={day_first}, and row {row} says otherwise ({column.iloc[row]!r})"
