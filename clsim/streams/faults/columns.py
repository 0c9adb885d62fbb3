"""Single columns of inputs, read and written whatever the table is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np


def is_category(X: Any, index: int) -> bool:
    return not isinstance(X, np.ndarray) and str(X.dtypes.iloc[index]) == "category"


def read(X: Any, index: int) -> np.ndarray:
    """A column as an array; of categories the codes, with -1 where missing."""
    if isinstance(X, np.ndarray):
        return X[:, index]
    column = X.iloc[:, index]
    if is_category(X, index):
        return column.cat.codes.to_numpy(dtype=np.int64)
    if isinstance(column.dtype, np.dtype):
        return column.to_numpy()
    return column.to_numpy(dtype=float, na_value=np.nan)


def write(X: Any, columns: Mapping[int, np.ndarray]) -> Any:
    """A copy of X with other columns, in the terms of `read`."""
    if isinstance(X, np.ndarray):
        X = X.astype(np.result_type(X, *columns.values()))
        for index, values in columns.items():
            X[:, index] = values
        return X
    import pandas as pd

    names, out = X.columns, X.copy(deep=False)
    for index, values in columns.items():
        column: Any = values
        if is_category(X, index):
            column = pd.Categorical.from_codes(values, dtype=X.dtypes.iloc[index])
        out[names[index]] = column
    return out


def changed(values: np.ndarray, hit: np.ndarray, to: Any) -> np.ndarray:
    """A copy of values with others at some rows; floats keep their precision, integers grow."""
    to = np.asarray(to)
    kind = values.dtype if values.dtype.kind == "f" else np.result_type(values, to)
    values = values.astype(kind)
    values[hit] = to
    return values
