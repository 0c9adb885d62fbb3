"""Tables out of files, CSV or Parquet, and out of folders of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from clsim.streams.tables.arrow import of_arrow
from clsim.streams.tables.delimited import Csv, by_name, csv_files, is_csv, read_csv, readable

AS_USUAL = Csv()


def read_table(path: Path, csv: Csv = AS_USUAL, text: Sequence[str] = ()) -> pd.DataFrame:
    """The table of a file, or of a folder of files.

    In a CSV file an empty field is missing. So are words such as 'NA' and 'None' in a column that
    holds numbers otherwise; in text they are names, as they stand.

    Parameters
    ----------
    path : Path
        A file ``.csv``, ``.tsv`` (also compressed) or ``.parquet``, or a folder of files of either
        kind, which have the same columns and are read in the order of their names, ``part-2``
        before ``part-10``.
    csv : Csv, optional
        How CSV files are written.
    text : sequence of str, default=()
        Columns of a CSV file that stay text, such as numbers of which every bit counts: pandas
        reads them fast, and some in their last bit otherwise than Python.

    Raises
    ------
    ValueError
        That names the file, if there is none, it is of another kind or cannot be read; and the
        column, where files of a folder differ.
    """
    import pyarrow.parquet

    name = f"data={str(path)!r}"
    if not path.exists():
        raise ValueError(f"{name}: no such file")
    if path.is_dir():
        files = csv_files(path)
    else:
        files = [path] if is_csv(path) else []
        if not files and path.suffix.lower() != ".parquet":
            raise ValueError(f"{name}: expected a .csv or .tsv (also .gz, .zip) or .parquet file")
    for key, value in csv.said().items():
        if not files:
            raise ValueError(f"{key}={value!r}: only a CSV file has one; leave it out")
    if files:
        return read_csv(files, csv, text)
    with readable(path):
        if path.is_dir():
            check_folder(path)
            return of_arrow(parquet(path).to_table())
        return of_arrow(pyarrow.parquet.read_table(path))


def parquet(path: Path) -> Any:
    """A file, or the files of a folder in the order of their names, as Arrow's dataset.

    Folders in it may say ``name=value``.
    """
    import pyarrow.dataset

    hive = pyarrow.dataset.HivePartitioning.discover(infer_dictionary=True)
    how: dict[str, Any] = {"format": "parquet", "partitioning": hive}
    dataset = pyarrow.dataset.dataset(path, **how)
    if not path.is_dir() or not dataset.files:
        return dataset
    files = sorted(dataset.files, key=lambda file: by_name(Path(file)))
    return pyarrow.dataset.dataset(files, partition_base_dir=str(path), **how)


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
        raise ValueError(f"data={str(path)!r}: a folder without .csv or .parquet files")
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
