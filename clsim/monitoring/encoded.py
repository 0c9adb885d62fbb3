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
        self._numbers = [f for f, column in inputs.items() if column.names is None]
        self._categories = {
            feature: np.unique(values)
            for feature, (values, names) in inputs.items()
            if names is not None
        }
        if self._numbers:
            values = self._stacked(inputs)
            missing = np.isnan(values)
            self._middle = _medians(values, missing)[:, None]
            filled = np.where(missing, self._middle, values)
            self._mean, spread = filled.mean(axis=1)[:, None], filled.std(axis=1)[:, None]
            self._spread = np.where(spread == 0, 1.0, spread)

    def columns(self, inputs: Inputs) -> list[np.ndarray]:
        """Columns that rows become, each of shape (n,): numbers, or yes and no."""
        columns: list[np.ndarray] = []
        if self._numbers:
            values = self._stacked(inputs)
            missing = np.isnan(values)
            np.copyto(values, self._middle, where=missing)
            values -= self._mean
            values /= self._spread
            for standardised, gone in zip(values, missing, strict=True):
                columns += [standardised, gone]
        for feature, categories in self._categories.items():
            columns += list(categories[:, None] == inputs[feature].values)
        return columns

    def numbers(self, inputs: Inputs) -> np.ndarray:
        """Rows as numbers, of shape (n, columns)."""
        return np.column_stack(self.columns(inputs)).astype(float, copy=False)

    def _stacked(self, inputs: Inputs) -> np.ndarray:
        """The features that are numbers, of shape (features, n)."""
        return np.array([inputs[feature].values for feature in self._numbers])


def _medians(values: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Of each row, without what is missing; 0 where all is."""
    if not missing.any():
        return np.asarray(np.median(values, axis=1))
    there = (row[~gone] for row, gone in zip(values, missing, strict=True))
    return np.array([np.median(row) if len(row) else 0.0 for row in there])


def together(one: Inputs, other: Inputs) -> dict[str, Column]:
    """The rows of both, which have the same features."""
    return {
        feature: Column(np.concatenate([column.values, other[feature].values]), column.names)
        for feature, column in one.items()
    }


def count(inputs: Inputs) -> int:
    """How many rows there are."""
    return len(next(iter(inputs.values())).values)
