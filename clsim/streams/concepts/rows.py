"""What concepts work out row by row.

Sums run over columns in their order, so that a row has the same bits in any block (BLAS may round
by the length of a block).
"""

from __future__ import annotations

import numpy as np


def names(count: int) -> tuple[str, ...]:
    return tuple(f"x{i}" for i in range(count))


def dot(X: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Sum of columns times weights, always in the order of columns; more columns are left out."""
    total = X[:, 0] * weights[0]
    for column in range(1, len(weights)):
        total += X[:, column] * weights[column]
    return total


def click(uniform: np.ndarray, logit: np.ndarray) -> np.ndarray:
    """1 where ``uniform`` lies below the logistic function."""
    odds = np.exp(np.minimum(-logit, 700.0))  # beyond, it would overflow
    return (uniform * (1.0 + odds) < 1.0).astype(np.int64)
