"""Choosing one of many by their weights, in constant time."""

from __future__ import annotations

import numpy as np


def alias_tables(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Tables from which ``pick`` chooses an index in constant time.

    Each of k equal cells holds an index of its own up to a chance, and another above it.

    References
    ----------
    Walker (1977), An efficient method for generating discrete random variables with general
    distributions. ACM TOMS 3(3). Vose (1991), A linear algorithm for generating random numbers
    with a given distribution. IEEE TSE 17(9).
    """
    chance = weights / weights.sum() * len(weights)
    other = np.arange(len(weights))
    poor, rich = np.flatnonzero(chance < 1).tolist(), np.flatnonzero(chance >= 1).tolist()
    while poor and rich:
        low, high = poor.pop(), rich[-1]
        other[low] = high
        chance[high] -= 1.0 - chance[low]
        if chance[high] < 1:
            poor.append(rich.pop())
    chance[poor + rich] = 1.0  # what is left differs from 1 by rounding alone
    return chance, other


def pick(uniform: np.ndarray, tables: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    chance, other = tables
    cell = uniform * len(chance)
    index = cell.astype(np.int64)
    return np.where(cell - index < chance.take(index), index, other.take(index))
