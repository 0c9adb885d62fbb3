"""Columns of Arrow's types, of pandas' nullable and of sparse ones, as NumPy's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import EXACT

if TYPE_CHECKING:
    import pyarrow

WHOLE = ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")


def of_arrow(table: pyarrow.Table, ignore_metadata: bool = False) -> pd.DataFrame:
    """A table of Arrow as a frame; whole numbers that a float cannot hold stay whole.

    Raises
    ------
    ValueError
        Naming the column, for a type that pandas has not.
    """
    import pyarrow as pa

    whole = {getattr(pa, name.lower())(): getattr(pd, f"{name}Dtype")() for name in WHOLE}
    how = {"types_mapper": whole.get, "ignore_metadata": ignore_metadata}
    try:
        return of_pandas(table.to_pandas(**how))
    except Exception:
        if not ignore_metadata and table.schema.pandas_metadata:
            # pandas writes names of types there that it cannot read
            unnamed = [n for n in table.column_names if re.fullmatch(r"__index_level_\d+__", n)]
            return of_arrow(table.drop_columns(unnamed), ignore_metadata=True)
        for field, column in zip(table.schema, table.columns, strict=True):
            try:
                pa.table({"it": column}).to_pandas(**how)
            except Exception as error:  # of Arrow's own kinds and others
                raise ValueError(
                    f"data: column {field.name!r} is of type {field.type}, which cannot be read "
                    f"({str(error).splitlines()[0]}); leave it out, or convert it"
                ) from error
        raise


def of_pandas(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame whose columns are of NumPy's types, or are text or categories; it shares the rest.

    Whole numbers of which some are missing are floats, or stay as they are where a float cannot
    hold them.
    """
    frame = frame.copy(deep=False)
    for place, dtype in enumerate(frame.dtypes):
        if not isinstance(dtype, np.dtype):
            plain = _plain(frame.iloc[:, place], dtype)
            if plain is not None:
                frame.isetitem(place, plain)
    return frame


def _plain(column: pd.Series, dtype: Any) -> Any:
    """The values of a column as another array; None where it may stay as it is."""
    import pyarrow

    if isinstance(dtype, pd.ArrowDtype):
        values = pyarrow.chunked_array(column.array.__arrow_array__())
        table = pyarrow.table({column.name: values})
        return of_arrow(table, ignore_metadata=True).iloc[:, 0].array
    if isinstance(dtype, pd.SparseDtype):
        return np.asarray(column)
    if isinstance(dtype, pd.CategoricalDtype):
        categories = dtype.categories
        if not isinstance(categories.dtype, pd.ArrowDtype):
            return None
        names = _plain(categories.to_series(), categories.dtype)
        return column.cat.rename_categories(pd.Index(names)).array
    if dtype.kind not in "iuf":
        return None
    values = column.to_numpy(dtype=float, na_value=np.nan)
    there = column.notna().to_numpy()
    if dtype.kind == "f" or np.abs(values[there]).max(initial=0) <= EXACT or there.all():
        return column.to_numpy(dtype=dtype.numpy_dtype) if there.all() else values
    return None
