"""Which strategies are not beaten in both cost and score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def pareto(cost: ArrayLike, score: ArrayLike) -> np.ndarray:
    """Which points no other point beats: none is as cheap and as good, and better in one.

    Parameters
    ----------
    cost : array-like of shape (n,)
        Lower is better.
    score : array-like of shape (n,)
        Higher is better.

    Returns
    -------
    numpy.ndarray of shape (n,), bool
        Equal points are kept or dropped together; a point with a NaN is never kept.

    Raises
    ------
    ValueError
        If the two have other shapes.

    Examples
    --------
    >>> pareto([0, 10, 20, 30], [0.6, 0.8, 0.7, 0.9]).tolist()
    [True, True, False, True]
    """
    costs, scores = np.asarray(cost, dtype=float), np.asarray(score, dtype=float)
    if costs.ndim != 1 or costs.shape != scores.shape:
        raise ValueError(f"cost and score: shapes {costs.shape} and {scores.shape} must be (n,)")
    known = ~(np.isnan(costs) | np.isnan(scores))
    as_good = (costs[:, None] <= costs) & (scores[:, None] >= scores)
    better = (costs[:, None] < costs) | (scores[:, None] > scores)
    beaten = (as_good & better).any(axis=0)
    return known & ~beaten
