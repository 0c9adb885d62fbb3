"""Dates and times as they are written, each column read in one way alone."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.errors import unknown
from clsim.streams.tables.columns import MISSING, as_numbers

DATE = re.compile(r"^\s*(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
"""Two numbers of one or two digits, then the year; with the same sign between them."""

TIME_OF_DAY = r"\s*\d{1,2}:\d\d(?::[\d.]+)?\s*(?:[AaPp][Mm])?\s*$"
SHORT_YEAR = r"\s*\d{1,2}([-/. ])\d{1,2}\1\d\d(?!\d)"
DAY_OR_MONTH = r"\s*\d{1,2}[-/. ]\d{1,2}[-/. ]\d{4}"

WRITTEN = re.compile(r"^\s*(\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{8}T\d|\w{3},? \d{1,2},? \w+)")
"""How a text begins that is a moment with the year first, or with the month in letters."""

DURATION = re.compile(r"\s*-?\d+ days?(?: [-+]?\d\d:\d\d:\d\d(?:\.\d+)?)?\s*")

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


def check_dates(column: pd.Series) -> None:
    """Refuse text that is all dates or durations, which are neither numbers nor names.

    Raises
    ------
    ValueError
        Naming the column.
    """
    known = column.dropna()
    if not pd.api.types.is_string_dtype(column.dtype) or len(known) == 0:
        return
    first = str(known.iloc[0])
    if not (DATE.match(first) or WRITTEN.match(first) or DURATION.fullmatch(first)):
        return
    values = pd.Series(known.unique()).astype(str)
    dates = date_order(values) is not None and not _short_years(values)
    if not dates and values.str.match(WRITTEN).all():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = pd.to_datetime(values, utc=True, errors="coerce", format="mixed")
        dates = bool(read.notna().all())
    if dates or values.str.fullmatch(DURATION).all():
        raise ValueError(
            f"data: column {column.name!r} holds {'dates' if dates else 'durations'} written as "
            f"text (such as {first!r}), which are neither numbers nor names; turn it into numbers, "
            "or name it in drop; if it is a category, give a frame in which its dtype is 'category'"
        )


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


@dataclass(frozen=True)
class Dates:
    """What a user says of how dates are written.

    Attributes
    ----------
    day_first : bool or None
        How dates like ``01/02/2024`` are read. None: as the values of the column say.
    date_format : str, mapping of str to str, or None
        As for `pandas.read_csv`: codes such as ``'%d.%m.%Y %H:%M'``, or ``'ISO8601'``, of all
        columns of times or of each that is named. It goes for text and whole numbers.

    Raises
    ------
    TypeError, ValueError
        For what is no such thing; for codes without a year, and for both at once.
    """

    day_first: bool | None = None
    date_format: str | Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.day_first not in (None, True, False):
            raise TypeError(f"day_first={self.day_first!r}: must be true or false")
        if self.date_format is None:
            return
        if not isinstance(self.date_format, (str, Mapping)):
            raise TypeError(
                f"date_format={self.date_format!r}: give one, or one for each column by its name"
            )
        given = self.date_format
        for code in [given] if isinstance(given, str) else given.values():
            if code != "ISO8601" and not re.search("%[YyGcx]", str(code)):
                raise ValueError(
                    f"date_format={code!r}: expected codes with a year, such as "
                    "'%d.%m.%Y %H:%M', or 'ISO8601'"
                )
        if isinstance(given, str) and self.day_first is not None:
            raise ValueError(
                f"date_format={self.date_format!r}: says what comes first; leave out day_first"
            )

    def of(self, column: str) -> str | None:
        """The format of a column, where one was given."""
        if isinstance(self.date_format, Mapping):
            return self.date_format.get(column)
        return self.date_format


def by_format(column: pd.Series, code: str) -> pd.Series | None:
    """A column of text or whole numbers as moments; None where it is no such column.

    What is not written so is missing. With ``%z`` or ``'ISO8601'`` they have a zone, UTC.
    """
    column = times_in(column)
    numbers = as_numbers(column)
    if pd.api.types.is_numeric_dtype(numbers.dtype):
        if pd.api.types.is_bool_dtype(numbers.dtype) or not (numbers.dropna() % 1 == 0).all():
            return None
        column = numbers.astype("Int64").astype("string")
    elif not pd.api.types.is_string_dtype(column.dtype) and column.dtype.kind != "O":
        return None
    utc = "%z" in code or code == "ISO8601"
    read = pd.to_datetime(column.astype("string"), format=code, utc=utc, errors="coerce")
    return pd.Series(read, column.index, name=column.name)


def with_dates_read(
    frame: pd.DataFrame, given: Mapping[str, str | None], dates: Dates
) -> pd.DataFrame:
    """A table in which each column of dates can be read in one way alone.

    Parameters
    ----------
    frame : pandas.DataFrame
    given : mapping of str to str or None
        For each key of a caller, such as ``label_time``, the name of its column.
    dates : Dates
        What the user says. Where nothing is said of day and month: as the values of the column
        say, if their years have four digits; of 24-01-03 nothing says that its year is not the
        first.

    Raises
    ------
    ValueError
        If the values do not say, or contradict each other or what the user says.
    """
    names = [name for name in given.values() if name is not None]
    if isinstance(dates.date_format, Mapping):
        for column_of in dates.date_format:
            if column_of not in names:
                raise ValueError(f"date_format: {unknown('column of times', column_of, names)}")
    for key, name in given.items():
        if name is not None:
            column = times_in(frame[name])
            code = dates.of(name)
            read = None if code is None else _in_format(column, f"{key}={name!r}", str(code))
            frame = frame.assign(
                **{name: _one_way(column, key, dates.day_first) if read is None else read}
            )
    return frame


def _in_format(column: pd.Series, where: str, code: str) -> pd.Series | None:
    read = by_format(column, code)
    if read is None:
        return None
    wrong = np.flatnonzero(read.isna() & column.notna())
    if len(wrong):
        row, name = int(wrong[0]), str(column.name)
        raise ValueError(
            f"{where}: row {row} ({str(column.iloc[row])!r}) is not written as "
            f"date_format={code!r} says, nor are {len(wrong) - 1} others; correct it, or give each "
            f"column a format of its own, such as date_format={{{name!r}: ...}}"
        )
    return column if code == "ISO8601" else read  # its zones are still to be looked at


def _one_way(column: pd.Series, key: str, day_first: bool | None) -> pd.Series:
    """Dates with day and month in front with the year first; others as they are."""
    order = date_order(column)
    if order is None or (day_first is None and _short_years(column)):
        return column
    where = f"{key}={column.name!r}"
    if order == "both" or (order != "either" and day_first not in (None, order == "day")):
        raise ValueError(f"{where}: {_contradiction(column, order, day_first)}")
    if order == "either" and day_first is None:
        example = str(column.dropna().iloc[0])
        raise ValueError(
            f"{where}: dates such as {example!r} can be read in two ways, in all "
            f"{column.notna().sum()} of them; say day_first=True or day_first=False, or write "
            "them like 2024-01-31"
        )
    return year_first(column, order == "day" or bool(day_first))


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


def times_in(column: pd.Series) -> pd.Series:
    """A column of times, without words such as 'None' that say that one is missing."""
    if column.dtype.kind != "O":
        return column
    return column.astype(object).mask(column.isin(MISSING).to_numpy())


def microseconds(column: pd.Series, key: str, value: str) -> np.ndarray:
    """Times in microseconds since 1970; what is finer is cut off.

    Raises
    ------
    ValueError
        For what is no time, or can be read as two.
    """
    if column.dtype.kind == "O":
        _check_written(column, f"{key}={value!r}")
    try:
        times = _read(column).dt.tz_localize(None).astype("datetime64[us]")
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{key}={value!r}: not timestamps of one format ({str(error).splitlines()[0]}); write "
            "them like 2024-01-31 12:00"
        ) from error
    return times.astype("int64").to_numpy()


def _read(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(as_numbers(column).dtype):  # also objects that are numbers
        raise TypeError("they are numbers")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return pd.to_datetime(column, utc=True)
        except ValueError:
            try:
                return pd.to_datetime(column, utc=True, format="ISO8601")  # of several precisions
            except ValueError:
                pass
            raise


def _check_written(column: pd.Series, key: str) -> None:
    """Refuse times of day, which pandas takes for today's, and dates that can be read two ways."""
    text = column[[isinstance(value, str) for value in column]].astype(str)
    for pattern, what in ((TIME_OF_DAY, "has no date"), (SHORT_YEAR, "has a year of two digits")):
        rows = text.index[text.str.match(pattern)]
        if len(rows):
            raise ValueError(
                f"{key}: row {rows[0]} ({text[rows[0]]!r}) {what}; write it like 2024-01-31 12:00"
            )
    written = text[text.str.match(DAY_OR_MONTH)]
    if len(written) == 0:
        return
    readings = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for day_first in (True, False):
            try:
                readings.append(pd.to_datetime(written, utc=True, dayfirst=day_first))
            except ValueError:
                return  # at most one way is left
    differ = written.index[(readings[0] != readings[1]).to_numpy()]
    if len(differ):
        row = differ[0]
        one, other = (f"{times[row]:%Y-%m-%d}" for times in readings)
        raise ValueError(
            f"{key}: row {row} ({written[row]!r}) may be {one} or {other}, and no row tells which "
            "comes first, day or month; write the dates like 2024-01-31"
        )
