"""Tables out of CSV files, and out of folders of them."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import MISSING, check_columns
from clsim.streams.tables.numerals import PLAIN, SIGNS, Numerals, check_numerals

SUFFIXES = {".csv", ".tsv"}


@dataclass(frozen=True)
class Csv:
    """How CSV files are written.

    Attributes
    ----------
    encoding : str or None
        Such as ``'latin-1'``; None: UTF-8.
    separator : str or None
        One character, ``'\\t'`` for tabs; None: a comma, in ``.tsv`` a tab.
    decimal : str or None
        The decimal sign, a point or a comma; None: a point.
    thousands : str or None
        The sign between thousands: comma, point, blank or apostrophe; None: there is none.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    thousands: str | None = None

    def said(self) -> dict[str, str]:
        """What is not as it is anyway."""
        return {key: value for key, value in asdict(self).items() if value is not None}

    @property
    def numerals(self) -> Numerals:
        """How numbers are written."""
        return Numerals(self.decimal or PLAIN.decimal, self.thousands)

    def how(self, path: Path) -> dict[str, Any]:
        """Arguments of pandas for a file.

        Raises
        ------
        ValueError
            For an encoding that there is none of, or signs that cannot be.
        """
        tabs = ".tsv" in (suffix.lower() for suffix in path.suffixes[-2:])
        separator = (self.separator or ("\t" if tabs else ",")).replace("\\t", "\t")
        if len(separator) != 1:
            raise ValueError(f"separator={separator!r}: expected one character")
        try:
            codecs.lookup(self.encoding or "utf-8")
        except LookupError as error:
            raise ValueError(
                f"encoding={self.encoding!r}: no such encoding, such as 'latin-1'"
            ) from error
        if self.decimal not in (None, ".", ","):
            raise ValueError(f"decimal={self.decimal!r}: expected '.' or ','")
        if self.thousands not in (None, ",", ".", *SIGNS):
            allowed = ", ".join(repr(sign) for sign in (",", ".", *SIGNS))
            raise ValueError(f"thousands={self.thousands!r}: expected one of {allowed}")
        if self.thousands == self.numerals.decimal:
            raise ValueError(
                f"thousands={self.thousands!r}: is the decimal sign too; say decimal as well"
            )
        given = {"sep": separator, "encoding": self.encoding or "utf-8"}
        return given if self.decimal is None else {**given, "decimal": self.decimal}


@contextmanager
def readable(path: Path, encoding: str | None = None) -> Iterator[None]:
    """Name the file that cannot be read."""
    import pyarrow

    try:
        yield
    except UnicodeError as error:
        raise ValueError(
            f"data={str(path)!r}: not written in {encoding or 'UTF-8'} ({error}); say in which "
            "encoding, such as encoding='latin-1', 'cp1252' or 'utf-16'"
        ) from error
    except (
        pd.errors.EmptyDataError,
        pyarrow.ArrowException,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(f"data={str(path)!r}: cannot be read ({error})") from error


def is_csv(path: Path) -> bool:
    """Whether the name of a file says that it is a CSV file, maybe a compressed one."""
    return bool(SUFFIXES & {suffix.lower() for suffix in path.suffixes[-2:]})


def csv_files(folder: Path) -> list[Path]:
    """The CSV files of a folder, by their names, in which numbers go by size.

    Hidden files, and those whose names begin with ``_``, are left out.

    Raises
    ------
    ValueError
        For a file of another kind beside CSV files.
    """
    inside = [path for path in folder.iterdir() if path.name[0] not in "._"]
    files = sorted((path for path in inside if is_csv(path) and path.is_file()), key=by_name)
    other = sorted(path.name for path in inside if path not in files)
    if files and other:
        raise ValueError(
            f"data={str(folder)!r}: holds {other[0]!r} beside CSV files such as {files[0].name!r}; "
            "give a folder of files of one kind"
        )
    return files


def by_name(path: Path) -> list[tuple[int, str]]:
    """``part-2`` before ``part-10``."""
    parts = re.split(r"(\d+)", str(path))
    return [(int(part), "") if k % 2 else (0, part) for k, part in enumerate(parts)]


def read_csv(files: Sequence[Path], csv: Csv, text: Sequence[str] = ()) -> pd.DataFrame:
    """The table of CSV files, one below the other.

    In a column, either all files have numbers or truth values, where words such as 'NA' say that
    one is missing, or all have text, in which they are names.

    Raises
    ------
    ValueError
        That names the file, and the column, if their columns are not the same.
    """
    frames = []
    for path in files:
        with readable(path, csv.encoding):
            frame = _read_file(path, csv.how(path), text)
            frames.append(csv.numerals.in_table(frame))
    for path, frame in zip(files, frames, strict=True):
        _check_same(files[0], frames[0], path, frame)
    frames = [frame[list(frames[0])] for frame in frames]
    names = _text_columns(files, frames, csv.numerals)
    for place, path in enumerate(files):
        frames[place] = _with_names(path, frames[place], names, csv.how(path))
    full = [frame for frame in frames if len(frame)]
    return pd.concat(full, ignore_index=True) if len(full) > 1 else [*full, frames[0]][0]


def _read_file(path: Path, how: dict[str, Any], text: Sequence[str]) -> pd.DataFrame:
    # pandas renames columns that occur twice, so the header is read as it stands
    header = pd.read_csv(path, header=None, nrows=1, **how).iloc[0].tolist()
    others = [c for c in (",", ";", "\t", "|") if c != how["sep"] and c in str(header[0])]
    if len(header) == 1 and others:
        raise ValueError(
            f"data={str(path)!r}: one column, {header[0]!r}; if its fields are separated by "
            f"{others[0]!r}, say separator={others[0]!r}"
        )
    check_columns(pd.DataFrame(columns=header), [])
    how = {**how, "keep_default_na": False, "low_memory": False}
    # low memory: in chunks, pandas would guess types anew and mix numbers and text in one column
    try:
        kinds = dict.fromkeys(text, str)
        frame = pd.read_csv(path, na_values=[*MISSING, ""], dtype=kinds, **how)
    except pd.errors.ParserError as error:
        said = str(error).strip()
        raise ValueError(f"data={str(path)!r}: rows differ in length ({said})") from error
    if len(frame) == 0:
        return frame
    # pandas would take the first of too many columns for an index
    first = pd.read_csv(path, header=None, skiprows=1, nrows=1, **how)
    if first.shape[1] > len(header):
        raise ValueError(f"data={str(path)!r}: row 0 has more fields than the header")
    if frame.iloc[:, -1].isna().any():
        _check_short(path, len(header), how)
    return frame


def _check_short(path: Path, size: int, how: dict[str, Any]) -> None:
    """Refuse a row that ends early, which pandas fills up; rows with quotes are not looked at."""
    whole = {**how, "sep": "\x01", "header": None, "quoting": 3, "dtype": str}
    lines = pd.read_csv(path, **whole).iloc[1:, 0]
    fields = lines.str.count(re.escape(how["sep"])).to_numpy(dtype=float) + 1
    short = np.flatnonzero((fields < size) & ~lines.str.contains('"').to_numpy(dtype=bool))
    if len(short):
        row = int(short[0])
        raise ValueError(
            f"data={str(path)!r}: row {row} has {fields[row]:.0f} of {size} fields; write all "
            "columns in every row, empty where they are missing"
        )


def _check_same(first: Path, one: pd.DataFrame, path: Path, other: pd.DataFrame) -> None:
    for name in [*one, *other]:
        if name not in one or name not in other:
            there, missing = (first, path) if name in one else (path, first)
            raise ValueError(
                f"data={str(path.parent)!r}: column {name!r} is in {there.name} and not in "
                f"{missing.name}"
            )


def _text_columns(
    files: Sequence[Path], frames: Sequence[pd.DataFrame], numerals: Numerals
) -> list[Hashable]:
    """The columns that hold text, in all files in which they hold something."""
    text: list[Hashable] = []
    for name in frames[0]:
        kinds: dict[str, str] = {}
        for path, frame in zip(files, frames, strict=True):
            for kind in _kinds(frame[name]):
                kinds.setdefault(kind, path.name)
        if len(kinds) > 1 and len(set(kinds.values())) > 1:
            for path, frame in zip(files, frames, strict=True):
                check_numerals(frame[name], str(path), numerals)
            (kind, first), (another, second), *_ = kinds.items()
            raise ValueError(
                f"data={str(files[0].parent)!r}: column {name!r} holds {kind} in {first} and "
                f"{another} in {second}"
            )
        if set(kinds) == {"text"}:
            text.append(name)
    return text


def _kinds(column: pd.Series) -> Iterator[str]:
    if column.dtype.kind in "iuf":
        yield from ["numbers"] if column.notna().any() else []
        return
    names = {str: "text", bool: "truth values"}
    yield from {names.get(kind, "numbers") for kind in set(map(type, column.dropna()))}


def _with_names(
    path: Path, frame: pd.DataFrame, text: Sequence[Hashable], how: dict[str, Any]
) -> pd.DataFrame:
    """The same table, in which a word such as 'None' is a name where the column holds text."""
    places = [
        place for place, name in enumerate(frame) if name in text and frame[name].isna().any()
    ]
    if not places:
        return frame
    header = pd.read_csv(path, nrows=0, **how).columns
    again = pd.read_csv(
        path, na_values=[""], keep_default_na=False, low_memory=False,
        usecols=[header.get_loc(frame.columns[place]) for place in places],
        dtype={frame.columns[place]: str for place in places}, **how,
    )  # fmt: skip
    for place in places:
        frame.isetitem(place, again[frame.columns[place]].array)
    return frame
