"""Columns that stay in Parquet files until they are asked for, and are read by stretches."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clsim.streams.tables.arrow import of_arrow
from clsim.streams.tables.delimited import csv_files, readable
from clsim.streams.tables.features import features_of
from clsim.streams.tables.files import check_folder, parquet
from clsim.streams.tables.roles import Roles

if TYPE_CHECKING:
    import pyarrow

STRETCH = 1 << 16
"""Rows that are read at a time."""

SHORT = ("halffloat", "float", "int8", "uint8", "int16", "uint16")
"""Arrow's types of numbers that a float of 4 bytes holds."""

NUMBERS = (*SHORT, "double", "int32", "uint32", "int64", "uint64")

PLAIN = re.compile(rf"timestamp\[.*|date32\[day\]|{'|'.join(NUMBERS)}")
"""Arrow's types of which each value can be read by itself."""


class AtRest:
    """The columns of a Parquet file, or of a folder of them, of which all features are numbers.

    Parameters
    ----------
    path : Path
    dataset : pyarrow.dataset.Dataset
    features : list of str
        Columns that stay where they are.

    Attributes
    ----------
    kind : numpy.dtype
        The narrowest float that holds all of them.
    """

    def __init__(self, path: Path, dataset: Any, features: list[str]) -> None:
        self._path, self._dataset, self.features = path, dataset, features
        types = {str(dataset.schema.field(name).type) for name in features}
        self.kind = np.dtype(np.float32 if types <= set(SHORT) else np.float64)

    @classmethod
    def of(cls, path: Path | None, roles: Roles) -> AtRest | None:
        """Those of a file; None where a feature is no number, or it is no file of Parquet."""
        if path is None or not path.exists():
            return None
        folder = path.is_dir()
        if csv_files(path) if folder else path.suffix.lower() != ".parquet":
            return None
        with readable(path):
            if folder:
                check_folder(path)
            dataset = parquet(path)
        types = {field.name: str(field.type) for field in dataset.schema}
        features = roles.features(types)
        index = (dataset.schema.pandas_metadata or {}).get("index_columns", [])
        named = any(isinstance(one, str) for one in index)  # it is for pandas to say what they are
        wrong = named or len(types) < len(dataset.schema)
        if wrong or not features or any(types[name] not in NUMBERS for name in features):
            return None
        return cls(path, dataset, features)

    def others(self, slices: list[str]) -> pd.DataFrame:
        """All other columns, and those of slices."""
        kept = [n for n in self._dataset.schema.names if n not in self.features or n in slices]
        with readable(self._path):
            return of_arrow(self._dataset.to_table(columns=kept, **_frugal()))

    def plain(self, name: str) -> bool:
        """Whether a column holds numbers or times, and no text."""
        return PLAIN.fullmatch(str(self._dataset.schema.field(name).type)) is not None

    def blocks(
        self, there: np.ndarray | None, more: Sequence[str] = ()
    ) -> Iterator[tuple[np.ndarray, pd.DataFrame]]:
        """The features as floats and some other columns, some thousand rows at a time.

        Parameters
        ----------
        there : numpy.ndarray of bool or None
            Which rows are wanted; None: all.
        more : sequence of str, default=()
            Other columns.

        Raises
        ------
        ValueError
            For whole numbers that a float cannot hold.
        """
        row = 0
        for table in self._tables([*self.features, *more]):
            frame = of_arrow(table, ignore_metadata=True)
            try:
                X = features_of(frame, self.features, False)
            except ValueError as error:
                raise ValueError(f"{error} (rows counted from row {row:,})") from error
            frame = frame[list(more)]
            if there is not None:
                kept = there[row : row + len(X)]
                X, frame = X[kept], frame[kept]
            row += table.num_rows
            if len(X):
                yield X, frame

    def _tables(self, columns: list[str]) -> Iterator[pyarrow.Table]:
        """Some columns, a stretch of rows at a time, however files and their groups are cut."""
        import pyarrow

        few: list[Any] = []
        batches = self._dataset.to_batches(columns=columns, batch_size=STRETCH, **_frugal())
        with readable(self._path):
            for batch in batches:
                few.append(batch)
                if sum(map(len, few)) >= STRETCH:
                    yield pyarrow.Table.from_batches(few)
                    few = []
            if few:
                yield pyarrow.Table.from_batches(few)


def _frugal() -> dict[str, Any]:
    """How Arrow reads no more than is asked for, nor ahead."""
    import pyarrow.dataset

    plain = pyarrow.dataset.ParquetFragmentScanOptions(pre_buffer=False, use_buffered_stream=True)
    return {
        "batch_readahead": 1, "fragment_readahead": 1, "use_threads": False,
        "fragment_scan_options": plain,
    }  # fmt: skip
