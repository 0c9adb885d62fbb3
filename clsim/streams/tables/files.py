"""Tables out of files: CSV, Parquet, and folders of Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import check_columns


def read_table(path: Path) -> pd.DataFrame:
    if not path.exists():
        raise ValueError(f"data={str(path)!r}: no such file")
    if path.is_dir():
        check_folder(path)
    if path.is_dir() or path.suffix == ".parquet":
        return pd.read_parquet(path)
    if ".csv" in path.suffixes[-2:]:
        return _read_csv(path)
    raise ValueError(f"data={str(path)!r}: expected a .csv (also .gz, .zip) or .parquet file")


def _read_csv(path: Path) -> pd.DataFrame:
    # pandas renames columns that occur twice, so the header is read as it stands
    header = pd.read_csv(path, header=None, nrows=1).iloc[0].tolist()
    if len(header) == 1 and ";" in str(header[0]):
        raise ValueError(
            f"data={str(path)!r}: one column, {header[0]!r}; if the separator is ';', read the "
            "file with pandas and give the frame"
        )
    check_columns(pd.DataFrame(columns=header), [])
    try:
        # in chunks, pandas would guess types anew and mix numbers and text in one column
        frame = pd.read_csv(path, low_memory=False)
    except pd.errors.ParserError as error:
        said = str(error).strip()
        raise ValueError(f"data={str(path)!r}: rows differ in length ({said})") from error
    if len(frame) == 0:
        return frame
    # pandas would take the first of too many columns for an index
    if pd.read_csv(path, header=None, skiprows=1, nrows=1).shape[1] > len(header):
        raise ValueError(f"data={str(path)!r}: row 0 has more fields than the header")
    if frame.iloc[:, -1].isna().any():
        _check_short(path, len(header))
    return frame


def _check_short(path: Path, size: int) -> None:
    """Refuse a row that ends early, which pandas fills up; rows with quotes are not looked at."""
    lines = pd.read_csv(path, header=None, sep="\x01", quoting=3, dtype=str).iloc[1:, 0]
    fields = lines.str.count(",").to_numpy(dtype=float) + 1
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
