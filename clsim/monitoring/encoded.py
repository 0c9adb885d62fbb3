"""Features of any kind as numbers, for models that a monitor fits of its own in every tick."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clsim.types import Column

Inputs = Mapping[str, Column]
"""Features of some rows by name."""


class Encoded:
    """What makes numbers of features, as some rows say; others of the same features can be given.

    Numbers are standardised, with the median for what is missing and a column that says so;
    categories have a column each, of which being missing is one. A category that was not there is
    a row of zeros.

    Parameters
    ----------
    inputs : dict of str to Column
        Each of n values.

    Examples
    --------
    >>> names = np.array(["red", "blue"])
    >>> inputs = {"x": Column(np.array([1, 3, np.nan])), "c": Column(np.array([0, -1, 1]), names)}
    >>> Encoded(inputs).numbers(inputs).round(3).tolist()
    [[-1.225, 0.0, 0.0, 1.0, 0.0], [1.225, 0.0, 1.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0, 1.0]]
    """

    def __init__(self, inputs: Inputs) -> None:
        self._numbers: dict[str, tuple[float, float, float]] = {}
        self._categories: dict[str, np.ndarray] = {}
        for feature, (values, names) in inputs.items():
            if names is not None:
                self._categories[feature] = np.unique(values)
                continue
            missing = np.isnan(values)
            middle = 0.0 if missing.all() else float(np.median(values[~missing]))
            filled = np.where(missing, middle, values)
            self._numbers[feature] = middle, float(filled.mean()), float(filled.std()) or 1.0

    def numbers(self, inputs: Inputs) -> np.ndarray:
        """Rows as numbers, of shape (n, columns)."""
        columns: list[np.ndarray] = []
        for feature, (middle, mean, spread) in self._numbers.items():
            values = inputs[feature].values
            missing = np.isnan(values)
            columns += [(np.where(missing, middle, values) - mean) / spread, missing]
        for feature, categories in self._categories.items():
            columns += list(categories[:, None] == inputs[feature].values)
        return np.column_stack(columns).astype(float, copy=False)


def together(one: Inputs, other: Inputs) -> dict[str, Column]:
    """The rows of both, which have the same features."""
    return {
        feature: Column(np.concatenate([column.values, other[feature].values]), column.names)
        for feature, column in one.items()
    }


def count(inputs: Inputs) -> int:
    """How many rows there are."""
    return len(next(iter(inputs.values())).values)
