"""Features in a table, as numbers or as a frame, and slices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.streams.tables.columns import CATEGORICAL, as_floats, as_numbers


def features_of(frame: pd.DataFrame, features: Sequence[str], as_frame: bool | None) -> Any:
    """The features as an array of floats, or as a frame; None: a frame if one is a category."""
    if not features:
        raise ValueError("data: no column is left as a feature")
    X = frame[list(features)].copy(deep=False)
    for column in features:
        if X[column].dtype.kind == "O":
            X[column] = as_numbers(X[column])
    text = [c for c in features if str(X[c].dtype) in CATEGORICAL]
    if text and as_frame is False:
        raise ValueError(f"as_frame=False: column {text[0]!r} is not a number")
    if text or as_frame:
        return X.astype(dict.fromkeys(text, "category")).reset_index(drop=True)
    columns = [as_floats(X[column], f"data: column {column!r}") for column in features]
    return np.ascontiguousarray(np.stack(columns, axis=1))


def slices_of(
    frame: pd.DataFrame, columns: Sequence[str]
) -> tuple[dict[str, tuple[str, ...]], dict[str, np.ndarray]]:
    """For each column of slices, the names of its slices, and the slice of each row as a code."""
    names, codes = {}, {}
    for column in columns:
        try:
            value = frame[column].astype("category").cat
        except (TypeError, ValueError, NotImplementedError) as error:  # lists, short floats
            raise ValueError(f"slices: column {column!r}: {error}") from error
        names[column] = tuple(f"{column}={v}" for v in value.categories)
        if len(set(names[column])) < len(names[column]):
            twice = next(n for n in names[column] if names[column].count(n) > 1)
            raise ValueError(
                f"slices: column {column!r} has two values that are both written {twice!r}, such "
                "as 1 and '1'; make them one, or write them otherwise"
            )
        if (value.codes < 0).any():
            raise ValueError(f"slices: column {column!r} has missing values")
        narrow = np.uint8 if len(value.categories) <= 256 else np.int64
        codes[column] = value.codes.to_numpy(dtype=narrow)
    return names, codes
