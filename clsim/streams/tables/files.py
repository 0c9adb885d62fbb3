"""Tables out of files: CSV, Parquet, and folders of Parquet."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.arrow import of_arrow
from clsim.streams.tables.columns import MISSING, check_columns


def read_table(
    path: Path, *, encoding: str | None = None, separator: str | None = None
) -> pd.DataFrame:
    """The table of a file, or of a folder of files.

    In a CSV file an empty field is missing. So are words such as 'NA' and 'None' in a column that
    holds numbers otherwise; in text they are names, as they stand.

    Parameters
    ----------
    path : Path
        A file ``.csv``, ``.tsv`` (also compressed) or ``.parquet``, or a folder of ``.parquet``.
    encoding : str or None, default=None
        Of a CSV file, such as ``'latin-1'``; None: UTF-8.
    separator : str or None, default=None
        Of a CSV file: one character, ``'\\t'`` for tabs; None: a comma, in ``.tsv`` a tab.

    Raises
    ------
    ValueError
        That names the file, if there is none, it is of another kind or cannot be read.
    """
    import pyarrow
    import pyarrow.parquet

    name = f"data={str(path)!r}"
    if not path.exists():
        raise ValueError(f"{name}: no such file")
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    text = not path.is_dir() and bool({".csv", ".tsv"} & set(suffixes))
    for key, value in (("encoding", encoding), ("separator", separator)):
        if value is not None and not text:
            raise ValueError(f"{key}={value!r}: only a CSV file has one; leave it out")
    if not path.is_dir() and not text and suffixes[-1:] != [".parquet"]:
        raise ValueError(f"{name}: expected a .csv or .tsv (also .gz, .zip) or .parquet file")
    separator = (separator or ("\t" if ".tsv" in suffixes else ",")).replace("\\t", "\t")
    if len(separator) != 1:
        raise ValueError(f"separator={separator!r}: expected one character")
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as error:
        raise ValueError(f"encoding={encoding!r}: no such encoding, such as 'latin-1'") from error
    try:
        if text:
            return _read_csv(path, {"sep": separator, "encoding": encoding or "utf-8"})
        if path.is_dir():
            check_folder(path)
        return of_arrow(pyarrow.parquet.read_table(path))
    except UnicodeError as error:
        raise ValueError(
            f"{name}: not written in {encoding or 'UTF-8'} ({error}); say in which encoding, such "
            "as encoding='latin-1', 'cp1252' or 'utf-16'"
        ) from error
    except (
        pd.errors.EmptyDataError,
        pyarrow.ArrowException,
        OSError,
        EOFError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise ValueError(f"{name}: cannot be read ({error})") from error


def _read_csv(path: Path, how: dict[str, Any]) -> pd.DataFrame:
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
        frame = pd.read_csv(path, na_values=[*MISSING, ""], **how)
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
    text = [
        place
        for place, (_, column) in enumerate(frame.items())
        if column.isna().any() and set(map(type, column.dropna())) == {str}
    ]
    if text:  # there, a word such as 'None' is a name
        again = pd.read_csv(path, na_values=[""], usecols=text, **how)
        for place, name in zip(text, again, strict=True):
            frame.isetitem(place, again[name].array)
    if how["sep"] != ",":
        _check_decimals(path, frame)
    return frame


def _check_decimals(path: Path, frame: pd.DataFrame) -> None:
    """Refuse numbers with a decimal comma, which would be names."""
    for name, column in frame.items():
        known = column.dropna()
        if len(known) and known.astype(str).str.fullmatch(r"\s*-?\d*,\d+\s*|-?\d+").all():
            if pd.api.types.is_numeric_dtype(column.dtype):
                continue
            raise ValueError(
                f"data={str(path)!r}: column {name!r} holds numbers with a decimal comma "
                f"({known.iloc[0]!r}); read the file by pandas with decimal=',', and give the frame"
            )


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


def check_header(path: str, frame: pd.DataFrame) -> None:
    """Refuse a file in which the header recurs."""
    names = [str(name) for name in frame.columns]
    text = frame.astype(str)
    for row in text.index[text.isin(names).all(axis=1)]:
        if sorted(text.loc[row]) == sorted(names):
            raise ValueError(
                f"data={path!r}: row {row} repeats the header; leave it out where files are "
                "joined, and give their columns one order"
            )


def check_folder(path: Path) -> None:
    """Refuse a folder of Parquet files that differ in their columns, or in a column's type."""
    import pyarrow.dataset

    files = [
        (Path(file.path).name, {f.name: str(f.type) for f in file.physical_schema})
        for file in pyarrow.dataset.dataset(path, format="parquet").get_fragments()
    ]
    if not files:
        raise ValueError(f"data={str(path)!r}: a folder without .parquet files")
    (first, types), *others = files
    for name, kinds in others:
        for column in [*types, *kinds]:
            one, other = types.get(column), kinds.get(column)
            if one is None or other is None:
                there, missing = (first, name) if other is None else (name, first)
                raise ValueError(
                    f"data={str(path)!r}: column {column!r} is in {there} and not in {missing}"
                )
            if one != other and "null" not in (one, other):
                raise ValueError(
                    f"data={str(path)!r}: column {column!r} is {one} in {first} and {other} in "
                    f"{name}"
                )
