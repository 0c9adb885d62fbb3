"""Numbers that were drawn, as the columns that learners get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd


def framed(X: np.ndarray, features: Sequence[str], categories: Mapping[str, int]) -> pd.DataFrame:
    """Drawn features as a frame.

    Parameters
    ----------
    X : numpy.ndarray of shape (n, n_features)
        Numbers; of a categorical feature, its codes.
    features : sequence of str
    categories : dict of str to int
        For each feature that is categorical, how many categories it has.
    """
    columns: dict[str, Any] = {}
    for place, name in enumerate(features):
        if name not in categories:
            columns[name] = X[:, place]
            continue
        dtype = pd.CategoricalDtype(list(range(categories[name])))
        codes: Any = X[:, place].astype(np.int8 if categories[name] < 128 else np.int64)
        columns[name] = pd.Categorical.from_codes(codes, dtype=dtype, validate=False)
    return pd.DataFrame(columns, copy=False)
