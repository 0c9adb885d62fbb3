"""Features of any kind as numbers, for models that a monitor fits of its own in every tick."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


class Encoded:
    """What makes numbers of features, as some rows say; others of the same columns can be given.

    Numbers are standardised, with the median for what is missing and a column that says so; all
    else is taken for categories, one column each, of which being missing is one. Categories that
    were not there are zeros. (Pipelines of scikit-learn do the same in several times the time.)

    Parameters
    ----------
    X : pandas.DataFrame of shape (n, features)

    Examples
    --------
    >>> X = pd.DataFrame({"x": [1.0, 3.0, None], "c": ["a", None, "b"]})
    >>> Encoded(X).numbers(X).round(3).tolist()
    [[-1.225, 0.0, 0.0, 1.0, 0.0], [1.225, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]]
    """

    def __init__(self, X: pd.DataFrame) -> None:
        self._numeric: dict[Any, tuple[float, float, float]] = {}
        self._categories: dict[Any, np.ndarray] = {}
        for name in X:
            if not pd.api.types.is_numeric_dtype(X[name].dtype):
                self._categories[name] = np.unique(_text(X[name]))
                continue
            values = _numbers(X[name])
            there = values[~np.isnan(values)]
            middle = float(np.median(there)) if len(there) else 0.0
            filled = np.where(np.isnan(values), middle, values)
            self._numeric[name] = middle, float(filled.mean()), float(filled.std()) or 1.0

    def numbers(self, X: pd.DataFrame) -> np.ndarray:
        """Rows as numbers, of shape (n, columns)."""
        columns = []
        for name, (middle, mean, spread) in self._numeric.items():
            values = _numbers(X[name])
            missing = np.isnan(values)
            columns += [(np.where(missing, middle, values) - mean) / spread, missing.astype(float)]
        for name, categories in self._categories.items():
            columns += list((_text(X[name])[:, None] == categories).astype(float).T)
        return np.column_stack(columns) if columns else np.empty((len(X), 0))


def _numbers(column: pd.Series) -> np.ndarray:
    return column.to_numpy(dtype=float, na_value=np.nan)


def _text(column: pd.Series) -> np.ndarray:
    return column.astype(object).where(column.notna(), "").astype(str).to_numpy(dtype=str)
