"""Columns from which the label is computed: it is their sum, difference, product or ratio."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import MOST_ROWS
from clsim.streams.tables.columns import as_numbers

EXACT = 1e-6
"""Share of the variance of the label that may be left, such as by rounding."""

NEEDED = 1e-3
"""Share that is left without a column which is needed."""

MOST_COLUMNS = 60
"""Columns that are tried in pairs at most."""


def adds_up(frame: pd.DataFrame, features: Sequence[str], labels: pd.Series) -> list[Finding]:
    """Columns that give the label exactly, two together or several as a sum.

    Pairs are tried as weighted sums, and as products of powers where all is positive (of which the
    logarithm is a sum); then all columns of numbers as one sum.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows with a label.
    features : sequence of str
    labels : pandas.Series
        Numbers, of the same rows.
    """
    numbers = {}
    for name in features[:MOST_COLUMNS]:
        column = as_numbers(frame[name])
        if column.dtype.kind in "iuf" and column.nunique() > 2:
            numbers[name] = column.to_numpy(dtype=float, na_value=np.nan)
    y = labels.to_numpy(dtype=float, na_value=np.nan)
    places = np.linspace(0, len(y) - 1, min(len(y), MOST_ROWS)).astype(int)
    y, numbers = y[places], {name: values[places] for name, values in numbers.items()}
    for one, other in combinations(numbers, 2):
        pair = np.column_stack([numbers[one], numbers[other]])
        for how in ("sum", "product"):
            if _gives(pair, y, how):
                return [
                    Finding("adds up", name, "warned", {"others": rest, "how": how})
                    for name, rest in ((one, other), (other, one))
                ]
    return _all_together(numbers, y)


def _gives(X: np.ndarray, y: np.ndarray, how: str) -> bool:
    """Whether columns give the label exactly, and each of them is needed."""
    whole = ~np.isnan(X).any(axis=1) & ~np.isnan(y)
    X, y = X[whole], y[whole]
    if len(y) < 50 + X.shape[1]:
        return False
    if how == "product":
        if (y <= 0).any() or (X <= 0).any():
            return False
        X, y = np.log(X), np.log(y)
    if _left(X, y) > EXACT:
        return False
    return all(_left(np.delete(X, k, axis=1), y) > NEEDED for k in range(X.shape[1]))


def _left(X: np.ndarray, y: np.ndarray) -> float:
    """Share of the variance that a linear regression leaves."""
    X, y = X - X.mean(axis=0), y - y.mean()
    scale = X.std(axis=0)
    X = X / np.where(scale > 0, scale, 1)
    left = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return float(left @ left / max(y @ y, 1e-300))


def _all_together(numbers: dict[str, np.ndarray], y: np.ndarray) -> list[Finding]:
    if len(numbers) < 3:
        return []
    names = list(numbers)
    X = np.column_stack([numbers[name] for name in names])
    whole = ~np.isnan(X).any(axis=1) & ~np.isnan(y)
    if whole.sum() < 50 + len(names) or _left(X[whole], y[whole]) > EXACT:
        return []
    X, y = X[whole], y[whole]
    needed = [n for k, n in enumerate(names) if _left(np.delete(X, k, axis=1), y) > NEEDED]
    return [
        Finding("adds up", name, "warned",
                {"others": ", ".join(n for n in needed if n != name), "how": "sum"})
        for name in needed if len(needed) > 1
    ]  # fmt: skip
