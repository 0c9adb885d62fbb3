"""Tests that may be looked at after every value: bets, bounds of a mean, and ratios of chances.

A test is valid at any time if, without a change, the chance that it ever alarms is at most its
level, however often somebody looks.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_number

LARGEST_BET = 0.5
"""Share of what could be lost that a bound of a mean bets at the most."""


def wald_bounds(alpha: float, beta: float) -> tuple[float, float]:
    """Bounds of the logarithm of a likelihood ratio, between which a test goes on.

    Wald (Annals of Mathematical Statistics, 1945), with his approximations: at or below
    ln(beta / (1 - alpha)) the hypothesis stands, at or above ln((1 - beta) / alpha) it is rejected.

    Parameters
    ----------
    alpha, beta : float
        Chances of a false alarm, and of missing what is tested for.

    Returns
    -------
    (float, float)
        The lower and the upper bound.

    Examples
    --------
    >>> [round(bound, 6) for bound in wald_bounds(0.05, 0.2)]
    [-1.558145, 2.772589]
    """
    return float(np.log(beta / (1 - alpha))), float(np.log((1 - beta) / alpha))


def share_of(alpha: float, k: int) -> float:
    """The level of the k-th of endlessly many tests that together have one: alpha / (k (k + 1)).

    Parameters
    ----------
    alpha : float
    k : int
        From 1.

    Returns
    -------
    float

    Examples
    --------
    >>> [share_of(0.06, k) for k in (1, 2, 3)]
    [0.03, 0.01, 0.005]
    """
    return alpha / (k * (k + 1))


def wealth(x: ArrayLike, mean: float, bet: ArrayLike) -> np.ndarray:
    """What a bet against the mean of values has made of 1: the products of 1 + bet (x - mean).

    While the mean is at most ``mean``, wealth from bets of at least 0 that were placed before the
    value came exceeds 1 / alpha with a chance of at most alpha (Ville's inequality).

    Parameters
    ----------
    x : array-like of shape (..., n)
        Values, in order; none may lie below ``mean - 1 / bet``.
    mean : float
        The mean that is bet against.
    bet : float, or array-like of shape (..., n)

    Returns
    -------
    numpy.ndarray of shape (..., n)
        After each value.

    Examples
    --------
    >>> wealth([1, 1, 0], mean=0.5, bet=1).tolist()
    [1.5, 2.25, 1.125]
    """
    return np.cumprod(1 + np.asarray(bet) * (np.asarray(x, dtype=float) - mean), axis=-1)


class _Bets:
    """Bets against the mean of values that are placed before each value comes.

    The predictable plug-in of Waudby-Smith and Ramdas (JRSS B, 2024): large where the values so
    far differ little.
    """

    def __init__(self, alpha: float, size: int | None) -> None:
        check_number("alpha", alpha, above=0, high=1)
        self._cost, self._size = -np.log(alpha), size
        self.count = 0
        self._sum: np.ndarray = np.zeros(())
        self._squares: np.ndarray = np.zeros(())

    def _placed(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The bet on each of some more values, and the mean before it, of shape (..., n)."""
        t = np.arange(self.count + 1, self.count + x.shape[-1] + 1)
        sums = _on(self._sum, x)
        before = (0.5 + _shifted(self._sum, sums)) / t  # the mean, half a value at .5 added
        squares = _on(self._squares, np.square(x - (0.5 + sums) / (t + 1)))
        variance = (0.25 + _shifted(self._squares, squares)) / t
        horizon = t * np.log1p(t) if self._size is None else self._size
        self.count += x.shape[-1]
        self._sum, self._squares = sums[..., -1], squares[..., -1]
        return np.sqrt(2 * self._cost / (variance * horizon)), before


class MeanBound(_Bets):
    """A lower bound of the mean of values between 0 and 1 that holds at all times at once.

    The predictable plug-in empirical Bernstein bound (Waudby-Smith and Ramdas, JRSS B, 2024,
    theorem 2), one-sided, and the best one so far. The values may come a piece at a time, and of
    many sequences at once.

    Parameters
    ----------
    alpha : float
        Chance that it ever exceeds the mean. What is needed is that the mean of each value, given
        those before it, is the same.
    size : int or None, default=None
        The number of values after which the bound is to be tightest; None: at all times alike. It
        holds for any number of values.

    Attributes
    ----------
    best : float or numpy.ndarray
        The bound so far.
    count : int
        Number of values so far.

    Examples
    --------
    >>> bound = MeanBound(alpha=0.05)
    >>> bound.after(np.tile([0.0, 1.0], 500))[[9, 99, 999]].round(2).tolist()
    [0.0, 0.34, 0.44]
    """

    def __init__(self, alpha: float, size: int | None = None) -> None:
        super().__init__(alpha, size)
        self.best: np.ndarray = np.zeros(())
        self._bets = self._won = self._paid = np.zeros(())

    def after(self, x: ArrayLike) -> np.ndarray:
        """The bound after each of some more values, of shape (..., n)."""
        x = np.asarray(x, dtype=float)
        if x.shape[-1] == 0:
            return x
        bets, before = self._placed(x)
        bets = np.minimum(bets, LARGEST_BET)
        price = -np.log1p(-bets) - bets
        all_bets, won = _on(self._bets, bets), _on(self._won, bets * x)
        paid = _on(self._paid, np.square(x - before) * price)
        bounds = (won - paid - self._cost) / all_bets
        bounds = np.maximum.accumulate(np.maximum(bounds, self.best[..., None]), axis=-1)
        self._bets, self._won, self._paid = all_bets[..., -1], won[..., -1], paid[..., -1]
        self.best = bounds[..., -1]
        return bounds


class BettingBound(_Bets):
    """The same by betting: the largest mean that a bet against it has ruled out.

    Waudby-Smith and Ramdas (JRSS B, 2024, theorem 3), one-sided: wealth 1 is bet against each mean
    of a grid, and a mean whose wealth has once exceeded 1 / alpha is too low. Wealth falls as the
    mean rises, so between grid points the bound is rounded down. With few values,
    and with losses of half wrong and half right, it is tighter than `MeanBound`; it takes a
    thousand times the memory.

    Parameters
    ----------
    alpha : float
    size : int or None, default=None
        As of `MeanBound`.

    Examples
    --------
    >>> bound = BettingBound(alpha=0.05)
    >>> bound.after(np.tile([0.0, 1.0], 500))[[9, 99, 999]].round(2).tolist()
    [0.14, 0.35, 0.44]
    """

    GRID = np.arange(1, 1000) / 1000

    def __init__(self, alpha: float, size: int | None = None) -> None:
        super().__init__(alpha, size)
        self.best: np.ndarray = np.zeros(())
        self._wealth = np.zeros(len(self.GRID))  # its logarithm, and the most that there was
        self._most = np.zeros(len(self.GRID))

    def after(self, x: ArrayLike) -> np.ndarray:
        """The bound after each of some more values, of shape (..., n)."""
        x = np.asarray(x, dtype=float)
        if x.shape[-1] == 0:
            return x
        bets, _ = self._placed(x)
        bounds = np.empty_like(x)
        for i in range(x.shape[-1]):
            bet = np.minimum(bets[..., i, None], LARGEST_BET / self.GRID)
            self._wealth = self._wealth + np.log1p(bet * (x[..., i, None] - self.GRID))
            self._most = np.maximum(self._most, self._wealth)
            ruled_out = (self._most >= self._cost).sum(axis=-1)
            bounds[..., i] = ruled_out / (len(self.GRID) + 1)
        self.best = bounds[..., -1]
        return bounds


def _on(start: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Sums that go on from a start."""
    return start[..., None] + np.cumsum(more, axis=-1)


def _shifted(start: np.ndarray, sums: np.ndarray) -> np.ndarray:
    """The sums before each value."""
    first = np.broadcast_to(start[..., None], (*sums.shape[:-1], 1))
    return np.concatenate([first, sums[..., :-1]], axis=-1)


# conformal test martingales --------------------------------------------------------------------


def conformal_p(before: Sequence[float], value: float, draw: float) -> float:
    """How rare a value is among those before it and itself, with ties broken at random.

    Smoothed conformal p-values are independent and uniform while values are exchangeable (Vovk,
    Gammerman and Shafer, Algorithmic Learning in a Random World, 2005).

    Parameters
    ----------
    before : sequence of float
        The values so far, ascending.
    value : float
        The next one; large values are strange.
    draw : float
        A uniform number in (0, 1].

    Returns
    -------
    float
        Above 0 and at most 1; small for strange values.

    Examples
    --------
    >>> conformal_p([1.0, 2.0, 2.0, 5.0], 2.0, draw=0.5)
    0.5
    """
    low, high = bisect.bisect_left(before, value), bisect.bisect_right(before, value)
    return (len(before) - high + draw * (high - low + 1)) / (len(before) + 1)


def log_power(count: np.ndarray, log_p: np.ndarray, epsilon: float) -> np.ndarray:
    """The logarithm of the power martingale, a product of ε p^(ε - 1): small p-values make it grow.

    Vovk, Nouretdinov and Gammerman (ICML, 2003); of uniform p-values it ever exceeds 1 / alpha with
    a chance of at most alpha.

    Parameters
    ----------
    count : numpy.ndarray of int
        Number of p-values.
    log_p : numpy.ndarray
        The sum of their logarithms.
    epsilon : float

    Returns
    -------
    numpy.ndarray of the shape of both, broadcast

    Examples
    --------
    >>> p = np.array([0.1, 0.2, 0.05, 0.5])
    >>> np.exp(log_power(np.arange(1, 5), np.cumsum(np.log(p)), 0.5)).round(4).tolist()
    [1.5811, 1.7678, 3.9528, 2.7951]
    """
    return count * np.log(epsilon) + (epsilon - 1) * log_p


def log_mixture(count: ArrayLike, log_p: ArrayLike) -> np.ndarray:
    """The logarithm of the power martingale's mean over all ε between 0 and 1.

    ∫ εⁿ exp((1 - ε) s) dε, with s = -Σ ln p, is eˢ gamma(n + 1, s) / sⁿ⁺¹.

    Parameters
    ----------
    count : array-like of int
        Number n of p-values.
    log_p : array-like
        The sum of their logarithms.

    Returns
    -------
    numpy.ndarray of the shape of both, broadcast

    Examples
    --------
    >>> float(np.exp(log_mixture(1, np.log(0.1))).round(4))  # (1 - p + p ln p) / (p ln² p)
    1.2632
    """
    from scipy.special import gammainc, gammaln

    n, s = np.broadcast_arrays(np.asarray(count, dtype=float), -np.asarray(log_p, dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = gammainc(n + 1, s)
        exact = s + gammaln(n + 1) + np.log(share) - (n + 1) * np.log(s)
    tiny = -np.log1p(np.maximum(n - s, 0))  # where all p are close to 1: ε near 1 counts alone
    return np.where(share > 0, exact, tiny)
