"""Whatever a table comes as, as a frame of pandas' own types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from clsim.streams.tables.arrow import of_arrow, of_pandas
from clsim.streams.tables.columns import check_columns
from clsim.streams.tables.delimited import Csv
from clsim.streams.tables.files import AS_USUAL, read_table

if TYPE_CHECKING:
    import pyarrow


def frame_of(data: Any, names: Sequence[Any] = (), csv: Csv = AS_USUAL) -> pd.DataFrame:
    """A table as a frame whose rows are numbered from 0.

    Parameters
    ----------
    data : pandas.DataFrame, table of Arrow or path
        A frame; a table of pyarrow, polars or whatever else gives Arrow's stream of batches; or a
        file or folder, as `read_table` reads them.
    names : sequence, default=()
        Columns that must be there. A level of a frame's index is a column if it is named here.
    csv : Csv, optional
        How CSV files are written.

    Returns
    -------
    pandas.DataFrame
        Its columns are of NumPy's types, or of pandas' own for text, categories, truth values and
        whole numbers with missing values that a float cannot hold; none is of Arrow's or sparse.

    Raises
    ------
    TypeError, ValueError
        For what is no table, a file that cannot be read, columns that are not there or occur
        twice.
    """
    if isinstance(data, (str, Path)):
        frame = of_pandas(read_table(Path(data), csv))
    else:
        for key, value in csv.said().items():
            raise ValueError(f"{key}={value!r}: only a CSV file has one; leave it out")
        frame = of_pandas(data) if isinstance(data, pd.DataFrame) else of_arrow(_as_table(data))
    if frame.columns.nlevels > 1:
        raise ValueError(
            f"data: the names of the columns have {frame.columns.nlevels} levels; give each column "
            "one name"
        )
    levels = [n for n in frame.index.names if n is not None and n in names]
    frame = frame.reset_index([n for n in levels if n not in frame.columns])
    check_columns(frame, names, index=not isinstance(frame.index, pd.RangeIndex))
    return frame.reset_index(drop=True)


def _as_table(data: Any) -> pyarrow.Table:
    import pyarrow

    stream = hasattr(data, "__arrow_c_stream__")  # Arrow's own protocol, which columns have too
    if isinstance(data, (type, pd.Series)) or not stream:
        raise TypeError(
            f"data: expected a pandas DataFrame, a table of pyarrow or polars, or the path of a "
            f"file, not {data if isinstance(data, type) else type(data).__name__}"
        )
    return data if isinstance(data, pyarrow.Table) else pyarrow.table(data)
