"""How numbers are written in text: the decimal sign, and the sign between thousands."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import are_numbers

SIGNS = {" ": "[ \u00a0\u202f]", "'": "['\u2019]"}
"""What is taken for a blank, also one that does not break, and for an apostrophe."""

BESIDE = "[$%\u20ac\u00a3\u00a5\u2030]"
SIGNED = re.compile(rf"[\s(]*[-+\u2212]?\s*{BESIDE}?\s*[-+\u2212]?\d[\d.,'\s]*{BESIDE}?[\s)]*")
"""A number with a currency, a per cent sign, brackets, a blank or a printed minus beside it."""

CATEGORY = "if it is a category, give a frame in which its dtype is 'category'"


@dataclass(frozen=True)
class Numerals:
    """How numbers are written.

    Attributes
    ----------
    decimal : str
        What stands before the fraction.
    thousands : str or None
        What stands between groups of three digits; a blank stands for those that do not break too.
    """

    decimal: str = "."
    thousands: str | None = None

    @property
    def _group(self) -> str:
        return SIGNS.get(self.thousands or "", re.escape(self.thousands or ""))

    def reads(self, values: pd.Series) -> np.ndarray:
        """Which texts are numbers written so, every group of three digits."""
        whole = r"\d+"
        if self.thousands is not None:
            whole = rf"(?:\d{{1,3}}(?:{self._group}\d{{3}})+|\d+)"
        point = re.escape(self.decimal)
        pattern = rf"\s*[-+]?(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?\s*"
        return values.str.fullmatch(pattern).to_numpy(dtype=bool, na_value=False)

    def in_table(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table in which text that is all numbers with signs between thousands is numbers."""
        if self.thousands is not None:
            for place, (_, column) in enumerate(frame.items()):
                if pd.api.types.is_string_dtype(column.dtype):
                    frame.isetitem(place, self.numbers(column).array)
        return frame

    def numbers(self, column: pd.Series) -> pd.Series:
        """A column of text that is all numbers written so as numbers; else as it is."""
        known = column.dropna()
        if len(known) == 0 or not self.reads(known).all():
            return column
        plain = known.str.replace(self._group, "", regex=True).str.strip()
        plain = plain.str.replace(self.decimal, ".", regex=False)
        return pd.to_numeric(plain).reindex(column.index)

    def __str__(self) -> str:
        said = [f"decimal={self.decimal!r}"] if self.decimal != "." else []
        said += [f"thousands={self.thousands!r}"] if self.thousands is not None else []
        return " and ".join(said)


PLAIN = Numerals()

OTHERS = (
    Numerals(","), Numerals(".", ","), Numerals(".", " "), Numerals(".", "'"), Numerals(",", "."),
    Numerals(",", " "), Numerals(",", "'"),
)  # fmt: skip
"""How numbers are written elsewhere; what needs less to be said comes first."""


def ways(known: pd.Series) -> list[Numerals]:
    """The ways in which nearly all texts can be read as numbers, some of which are none otherwise.

    Those that read most, and of these the ones of which least must be said.

    Examples
    --------
    >>> [str(way) for way in ways(pd.Series(["1,5", "12", "0,25"]))]
    ["decimal=','"]
    >>> [str(way) for way in ways(pd.Series(["1,250", "12,000"]))]
    ["decimal=','", "thousands=','"]
    """
    values, codes = _distinct(known)
    if not values.str.contains(r"\d", regex=True).any():
        return []
    plain = PLAIN.reads(values)
    best: list[Numerals] = []
    most, said = 0, ""
    for way in OTHERS:
        reads = way.reads(values)
        if not (reads & ~plain).any() or not _nearly_all(known, reads[codes]):
            continue
        count = int(reads[codes].sum())
        if count > most:
            best, most, said = [way], count, str(way)
        elif count == most and str(way).count("=") == said.count("="):
            best.append(way)
    return best


def check_numerals(column: pd.Series, path: str | None = None, written: Numerals = PLAIN) -> None:
    """Refuse text that is numbers, all or nearly all, written otherwise than was told.

    In a frame, of two values that have a comma none is taken for a number: they tell a learner as
    much as names.

    Raises
    ------
    ValueError
        Naming the column, and what is to be told.
    """
    known = column.dropna().astype(str)
    if path is None and known.nunique() <= 2:
        return
    found, where = ways(known), _where(column, path)
    reads = found[0].reads(known) if found else np.zeros(len(known), dtype=bool)
    if not reads.all():
        _check_mixed(known, where)
    if not found:
        return
    how = "" if written in found else f"; read the file with {' or with '.join(map(str, found))}"
    signs = "a decimal comma" if found[0].decimal == "," else "a sign between thousands"
    if len({way.decimal for way in found}) > 1:
        signs = "a comma, which may be the decimal sign or stand between thousands"
    first = known[reads & ~PLAIN.reads(known)].iloc[0]
    if reads.all():
        raise ValueError(
            f"{where} holds numbers with {signs} ({first!r}), in all of {len(known)} values{how}; "
            f"{CATEGORY}"
        )
    odd = int(np.flatnonzero(~reads)[0])
    raise ValueError(
        f"{where} holds numbers with {signs} ({first!r}) in {reads.sum()} of {len(known)} values, "
        f"and text in the others ({known.iloc[odd]!r} in row {known.index[odd]}){how}; correct the "
        f"others, or leave them empty; {CATEGORY}"
    )


def _check_mixed(known: pd.Series, where: str) -> None:
    comma, plain = Numerals(",").reads(known), PLAIN.reads(known)
    commas, points = np.flatnonzero(comma & ~plain), np.flatnonzero(plain & ~comma)
    if len(commas) and len(points) and _nearly_all(known, comma | plain):
        one, other = int(commas[0]), int(points[0])
        raise ValueError(
            f"{where} holds numbers with a decimal comma ({known.iloc[one]!r} in row "
            f"{known.index[one]}) and with a decimal point ({known.iloc[other]!r} in row "
            f"{known.index[other]}); write all of them one way"
        )


def check_kind(column: pd.Series, path: str | None, written: Numerals = PLAIN) -> None:
    """Refuse text that is numbers: all, nearly all, or, in a file, up to some row or from it on.

    Parameters
    ----------
    column : pandas.Series
    path : str or None
        The file that it comes from.
    written : Numerals, optional
        How numbers are written in the file.
    """
    if not pd.api.types.is_string_dtype(column.dtype) or are_numbers(column):
        return
    distinct = pd.Series(column.unique()).dropna().astype(str)
    no_digit = not distinct.str.contains(r"\d").any()
    if no_digit and pd.to_numeric(distinct, errors="coerce").isna().all():
        return  # as a rule, and without another look at each row
    check_numerals(column, path, written)
    rows = np.flatnonzero(column.notna())
    known = column.iloc[rows].astype(str)
    values, codes = _distinct(known)
    number = pd.to_numeric(values, errors="coerce").notna().to_numpy()[codes]
    if not number.all() and len(values) > 2 and _signed(values):
        first = known.iloc[int(np.flatnonzero(~number)[0])]
        raise ValueError(
            f"{_where(column, path)} holds numbers with a sign beside them ({first!r}), in all of "
            f"{len(known)} values; leave the sign out, or {CATEGORY}"
        )
    if not number.any():
        return
    where = _where(column, path)
    if number.all():
        besides = "" if written.decimal == "." else f" (not with {written})"
        raise ValueError(
            f"{where} holds numbers written as text{besides}, in all of {len(known)} values (such "
            f"as {known.iloc[0]!r}); convert it by pd.to_numeric, or {CATEGORY}"
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
        f"na_values=[{known[~number].iloc[0]!r}]; {CATEGORY}"
    )


def _signed(values: pd.Series) -> bool:
    """Whether texts are all numbers, written in any one way, once signs beside them are gone."""
    if not values.str.fullmatch(SIGNED).all():
        return False
    plain = values.str.replace(rf"{BESIDE}|[()]", "", regex=True).str.replace("\u2212", "-")
    return any(way.reads(plain.str.strip()).all() for way in (PLAIN, *OTHERS))


def _where(column: pd.Series, path: str | None) -> str:
    return f"data{'' if path is None else f'={path!r}'}: column {column.name!r}"


def _distinct(known: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """The texts that differ, and which of them each row has."""
    codes, values = pd.factorize(known)
    return pd.Series(values, dtype=object), codes


def _nearly_all(known: pd.Series, number: np.ndarray) -> bool:
    """Whether nine in ten are numbers, of the values or of those that differ.

    A sign without letter or digit, such as '?', marks what is missing, and is not counted.
    """
    named = known[number | known.str.contains(r"[^\W_]").to_numpy(dtype=bool)]
    numbers = known[number]
    return len(numbers) >= 0.9 * len(named) or numbers.nunique() >= 0.9 * named.nunique()
