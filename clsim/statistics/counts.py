"""How many of several independent events happen, each with a chance of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clsim.statistics.intervals import check_level


@dataclass(frozen=True)
class Distribution:
    """A number that takes each of some values with a chance.

    Attributes
    ----------
    values : numpy.ndarray of shape (n,)
        In any order; they may repeat.
    chances : numpy.ndarray of shape (n,)
        They add up to 1.

    Examples
    --------
    >>> coin = Distribution(np.array([0.0, 1.0]), np.array([0.5, 0.5]))
    >>> coin.mean, coin.deviation, coin.interval(0.95)
    (0.5, 0.5, (0.0, 1.0))
    """

    values: np.ndarray
    chances: np.ndarray

    @property
    def mean(self) -> float:
        """The expectation."""
        return float(self.values @ self.chances)

    @property
    def deviation(self) -> float:
        """The standard deviation."""
        return float(np.sqrt((self.values - self.mean) ** 2 @ self.chances))

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """The quantiles that leave half of 1 - level on either side, each a value that it takes.

        Parameters
        ----------
        level : float, default=0.95
            It lies within with at least this chance.
        """
        check_level(level)
        order = np.argsort(self.values, kind="stable")
        below = np.cumsum(self.chances[order])
        tails = np.array([(1 - level) / 2, (1 + level) / 2]) * below[-1]
        low, high = self.values[order][np.searchsorted(below, tails - 1e-12)]
        return float(low), float(high)


def poisson_binomial(chances: ArrayLike) -> np.ndarray:
    """The chance of each number of events, of n independent ones that happen with their own chance.

    Parameters
    ----------
    chances : array-like of shape (n,)

    Returns
    -------
    numpy.ndarray of shape (n + 1,)
        The chance that 0, 1, ..., n of them happen; event after event is folded in, which is exact
        and takes n² / 2 steps (Biscarri, Zhao & Brunner, Computational Statistics & Data Analysis
        122, 2018).

    Examples
    --------
    >>> poisson_binomial([0.5, 0.5]).tolist()
    [0.25, 0.5, 0.25]
    """
    found = np.ones(1)
    for chance in np.asarray(chances, dtype=float):
        more = np.append(found, 0.0) * (1 - chance)
        more[1:] += found * chance
        found = more
    return found
