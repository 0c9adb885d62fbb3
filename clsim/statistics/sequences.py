"""Comparisons that may be looked at after every row: confidence sequences, mixtures, SPRT.

A confidence sequence at level 1 - alpha covers at all times at once with at least that chance, so
that a test may end whenever it has seen enough. Its rows are independent, and those that are there
are a fair sample: labels that come late by class, or by who is right, break it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_number
from clsim.statistics.intervals import check_level
from clsim.statistics.sequential import wald_bounds


class Band(NamedTuple):
    """Estimates at several times, and the bounds of a confidence sequence around them.

    Attributes
    ----------
    estimate : numpy.ndarray of shape (..., n)
        At each time, of what the band is of.
    low, high : numpy.ndarray of the same shape
        NaN where there is none.

    Examples
    --------
    The band leaves out 0 from its second time on:

    >>> band = Band(np.array([0.5, 0.5]), np.array([-0.25, 0.125]), np.array([1.25, 0.875]))
    >>> ((band.low > 0) | (band.high < 0)).tolist()
    [False, True]
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Sums(NamedTuple):
    """What is left of the values of one arm: their number, sum, and sum of squares, each time.

    Attributes
    ----------
    rows : array-like of shape (...)
        Number of values.
    total : array-like of shape (...)
    squares : array-like of shape (...)
        Sum of their squares.

    Examples
    --------
    Of the values 1, 2 and 3, and of 0 before them:

    >>> sums = Sums([1, 4], [0.0, 6.0], [0.0, 14.0])
    >>> sums.mean.tolist(), sums.variance.round(4).tolist()
    ([0.0, 1.5], [nan, 1.6667])
    """

    rows: ArrayLike
    total: ArrayLike
    squares: ArrayLike

    @property
    def mean(self) -> np.ndarray:
        """The mean; NaN without values."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.asarray(self.total) / np.asarray(self.rows, dtype=float))

    @property
    def variance(self) -> np.ndarray:
        """Of one value, dividing by the number less one; NaN for fewer than two values."""
        count = np.asarray(self.rows, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            found = (np.asarray(self.squares) - count * self.mean**2) / (count - 1)
        return np.where(count > 1, np.maximum(found, 0), np.nan)


# mixtures --------------------------------------------------------------------------------------


def log_msprt(
    count: ArrayLike, difference: ArrayLike, variance: ArrayLike, tau2: float
) -> np.ndarray:
    """The logarithm of a likelihood ratio, mixed over differences with a normal distribution.

    The mixture sequential probability ratio test (Robbins, Annals of Mathematical Statistics, 1970;
    Johari, Koomen, Pekelis and Walsh, Operations Research, 2022): Λ = √(V / (V + n τ²))
    exp(n² τ² d² / (2 V (V + n τ²))). Without a difference, normal values and a known variance, it
    ever exceeds 1 / alpha with a chance of at most alpha.

    Parameters
    ----------
    count : array-like
        Number of pairs so far, n.
    difference : array-like
        Mean difference so far, d.
    variance : array-like
        Of the difference of one pair, V: the sum of both variances if the arms are independent.
    tau2 : float
        Variance of the differences that are expected, τ²; best near the square of the true one.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    TypeError, ValueError
        If ``tau2`` is not above 0.

    Examples
    --------
    >>> np.exp(log_msprt(100, 0.5, 2, 1)).round(4)
    np.float64(64.1702)
    """
    check_number("tau2", tau2, above=0)
    n, d, v = (np.asarray(x, dtype=float) for x in (count, difference, variance))
    wide = v + n * tau2
    return np.log(v / wide) / 2 + (n * d) ** 2 * tau2 / (2 * v * wide)


def always_valid_p(log_ratios: ArrayLike) -> np.ndarray:
    """p-values that hold at all times at once: 1 over the largest ratio so far, at most 1.

    Johari, Koomen, Pekelis and Walsh (Operations Research, 2022).

    Parameters
    ----------
    log_ratios : array-like of shape (..., n)
        Logarithms of likelihood ratios, or of wealth, in order.

    Returns
    -------
    numpy.ndarray of shape (..., n)
        They never rise.

    Examples
    --------
    >>> always_valid_p(np.log([0.5, 4.0, 2.0])).tolist()
    [1.0, 0.25, 0.25]
    """
    best = np.maximum.accumulate(np.asarray(log_ratios, dtype=float), axis=-1)
    return np.exp(-np.maximum(best, 0))


def msprt_band(
    count: ArrayLike, difference: ArrayLike, variance: ArrayLike, tau2: float, alpha: float = 0.05
) -> Band:
    """The differences that the mixture test would not reject: its confidence sequence.

    All d₀ for which `log_msprt` of d - d₀ is below ln(1 / alpha).

    Parameters
    ----------
    count, difference, variance, tau2
        As of `log_msprt`.
    alpha : float, default=0.05

    Returns
    -------
    Band

    Raises
    ------
    TypeError, ValueError
        If ``tau2`` is not above 0, or alpha not between 0 and 1.

    Examples
    --------
    >>> band = msprt_band(100, 0.5, 2, 1)
    >>> round(float(band.low), 4), round(float(band.high), 4)
    (0.0501, 0.9499)
    """
    check_level(alpha, "alpha")
    check_number("tau2", tau2, above=0)
    n, d, v = (np.asarray(x, dtype=float) for x in (count, difference, variance))
    wide = v + n * tau2
    with np.errstate(divide="ignore", invalid="ignore"):
        half = np.sqrt(v * wide / tau2 * (np.log(wide / v) - 2 * np.log(alpha))) / n
    return Band(d, d - half, d + half)


# asymptotic confidence sequences ---------------------------------------------------------------


def half_width(
    count: ArrayLike, variance: ArrayLike, tuned_for: float, alpha: float = 0.05
) -> np.ndarray:
    """Half the width of an asymptotic confidence sequence of a mean, as GrowthBook has it.

    Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of Statistics, 2024): with r =
    (-2 ln alpha + ln(1 - 2 ln alpha)) / N it is s √(2 (n r + 1) ln(√(n r + 1) / alpha) / r) / n.
    Asymptotic: it holds from a large first look on, as variances are estimated.

    Parameters
    ----------
    count : array-like
        Number of values so far, n.
    variance : array-like
        Of one value, s².
    tuned_for : float
        Number of values at which it is to be tightest, N. It holds at any.
    alpha : float, default=0.05

    Returns
    -------
    numpy.ndarray
        Infinite without values; NaN where the variance is 0, as the spread is then not known.

    Raises
    ------
    TypeError, ValueError
        If ``tuned_for`` is not above 0, or alpha not between 0 and 1.

    Examples
    --------
    >>> half_width([100, 1000], 0.25, tuned_for=1000).round(3).tolist()
    [0.193, 0.048]
    """
    check_level(alpha, "alpha")
    check_number("tuned_for", tuned_for, above=0)
    n, variance = np.asarray(count, dtype=float), np.asarray(variance, dtype=float)
    r = (-2 * np.log(alpha) + np.log(1 - 2 * np.log(alpha))) / tuned_for
    grown = n * r + 1
    with np.errstate(divide="ignore"):
        unit = np.sqrt(2 * grown * (np.log(grown) / 2 - np.log(alpha)) / r) / n
    return np.sqrt(np.where(variance > 0, variance, np.nan)) * unit


def mean_band(arm: Sums, tuned_for: float, alpha: float = 0.05) -> Band:
    """The confidence sequence of the mean of one arm.

    Parameters
    ----------
    arm : Sums
    tuned_for, alpha
        As of `half_width`; of values of this arm.

    Returns
    -------
    Band
        Its bounds are NaN for fewer than two values, and while all are the same.

    Raises
    ------
    TypeError, ValueError
        As `half_width`.

    Examples
    --------
    >>> mean_band(Sums(100, 50, 50), tuned_for=100).high.round(3)
    np.float64(0.653)
    """
    half = half_width(arm.rows, arm.variance, tuned_for, alpha)
    return Band(arm.mean, arm.mean - half, arm.mean + half)


def difference_band(a: Sums, b: Sums, tuned_for: float, alpha: float = 0.05) -> Band:
    """The confidence sequence of how much larger the mean of the second arm is than the first's.

    Both arms together are one sequence of n_a + n_b values, whose variance s² is that number times
    the variance of the difference. Where outcomes come late it does not hold: `apart` does.

    Parameters
    ----------
    a, b : Sums
    tuned_for, alpha
        As of `half_width`; of values of both arms together.

    Returns
    -------
    Band
        Its bounds are NaN while an arm has fewer than two values, and while neither has a spread.

    Raises
    ------
    TypeError, ValueError
        As `half_width`.

    Examples
    --------
    >>> band = difference_band(Sums(500, 250, 250), Sums(500, 300, 300), tuned_for=1000)
    >>> round(float(band.estimate), 3), round(float(band.low), 3), round(float(band.high), 3)
    (0.1, 0.005, 0.195)
    """
    error2 = a.variance / np.asarray(a.rows) + b.variance / np.asarray(b.rows)
    return _of_both(a, b, b.mean - a.mean, error2, tuned_for, alpha)


def lift_band(a: Sums, b: Sums, tuned_for: float, alpha: float = 0.05) -> Band:
    """The same of the lift: the second arm's mean less the first's, by the first's.

    GrowthBook's sequential test of a relative difference, its variance by the delta method:
    var(b) / (n_b a²) + var(a) b² / (n_a a⁴), with means a and b.

    Parameters
    ----------
    a, b, tuned_for, alpha
        As of `difference_band`.

    Returns
    -------
    Band
        As of `difference_band`; NaN where the first's mean is 0.

    Raises
    ------
    TypeError, ValueError
        As `half_width`.

    Examples
    --------
    >>> a, b = Sums(3000, 1396.87, 52377.9767), Sums(3461, 2422.7, 134698.29)
    >>> [round(float(x), 5) for x in lift_band(a, b, tuned_for=1000)]
    [0.50336, -0.55844, 1.56516]
    """
    base = np.where(a.mean == 0, np.nan, a.mean)
    error2 = b.variance / np.asarray(b.rows) / base**2
    error2 = error2 + a.variance / np.asarray(a.rows) * b.mean**2 / base**4
    return _of_both(a, b, b.mean / base - 1, error2, tuned_for, alpha)


def _of_both(
    a: Sums, b: Sums, estimate: np.ndarray, error2: np.ndarray, tuned_for: float, alpha: float
) -> Band:
    count = np.asarray(a.rows) + np.asarray(b.rows)
    half = half_width(count, count * error2, tuned_for, alpha)
    return Band(estimate, estimate - half, estimate + half)


# what is made of sequences ---------------------------------------------------------------------


def apart(a: Band, b: Band) -> Band:
    """How much more the second arm has than the first, by one confidence sequence for each.

    A union bound: if each misses with a chance of at most alpha / 2, both cover at all times with
    at least 1 - alpha, and so does their difference. Where a random split meets outcomes that come
    late, the error of the difference itself is a martingale in no order of events, while that of
    each arm is (Lindon and Kallus, arXiv 2603.25971, 2026): this is then the sequence that holds.
    It says what the outcomes that have come by now would say of all rows; if outcomes of a kind
    come late, they are missing in both arms.

    Parameters
    ----------
    a, b : Band
        Each at half of the alpha that the difference is to have.

    Returns
    -------
    Band

    Examples
    --------
    >>> a = Band(np.array([0.5]), np.array([0.25]), np.array([0.75]))
    >>> b = Band(np.array([1.0]), np.array([0.875]), np.array([1.125]))
    >>> [x.tolist() for x in apart(a, b)]
    [[0.5], [0.125], [0.875]]
    """
    return Band(b.estimate - a.estimate, b.low - a.high, b.high - a.low)


def narrowed(band: Band) -> Band:
    """The best bounds so far: a confidence sequence of what stays the same covers with all of them.

    Parameters
    ----------
    band : Band
        Bounds of shape (..., n), in order; NaN bound nothing. Not where what is estimated moves.

    Returns
    -------
    Band
        Its low bound may come to exceed the high one, if what was estimated did not stay the same.

    Examples
    --------
    >>> low, high = np.array([-2.0, -1.0, -3.0]), np.array([2.0, 3.0, 1.0])
    >>> [x.tolist() for x in narrowed(Band((low + high) / 2, low, high))[1:]]
    [[-2.0, -1.0, -1.0], [2.0, 2.0, 1.0]]
    """
    low, high = np.where(np.isnan(band.low), -np.inf, band.low), band.high
    high = np.where(np.isnan(high), np.inf, high)
    return Band(
        band.estimate, np.maximum.accumulate(low, axis=-1), np.minimum.accumulate(high, axis=-1)
    )


# Wald's test -----------------------------------------------------------------------------------


def log_coin_ratio(hits: ArrayLike, count: ArrayLike, null: float, other: float) -> np.ndarray:
    """The logarithm of how much likelier hits are with one chance than with another.

    Parameters
    ----------
    hits, count : array-like
        Hits so far, of so many; of rows on which two models disagree, those that the second wins.
    null, other : float
        Chances of a hit that are tested, and tested for: between 0 and 1.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    TypeError, ValueError
        If a chance is not between 0 and 1.

    Examples
    --------
    >>> np.exp(log_coin_ratio([1, 1], [1, 2], null=0.5, other=0.75)).round(6).tolist()
    [1.5, 0.75]
    """
    check_level(null, "null")
    check_level(other, "other")
    hits, count = np.asarray(hits, dtype=float), np.asarray(count, dtype=float)
    return hits * np.log(other / null) + (count - hits) * np.log((1 - other) / (1 - null))


def sprt(log_ratios: ArrayLike, alpha: float = 0.05, beta: float = 0.2) -> np.ndarray:
    """What Wald's sequential probability ratio test has said at each time.

    It ends at the first of `wald_bounds` that it meets. Wald's bounds hold for alpha and beta up to
    what is left over when it ends: the errors are at most alpha / (1 - beta), and
    beta / (1 - alpha), and their sum at most alpha + beta.

    Parameters
    ----------
    log_ratios : array-like of shape (..., n)
        In order.
    alpha, beta : float
        Chances of a false alarm, and of giving up on what is tested for.

    Returns
    -------
    numpy.ndarray of int, of shape (..., n)
        0 while it goes on, then for good 1 (rejected) or -1 (futile).

    Raises
    ------
    TypeError, ValueError
        If alpha and beta are not above 0, or their sum is not below 1.

    Examples
    --------
    >>> sprt([0.5, 3.0, -9.0]).tolist(), sprt([0.5, -2.0, 9.0]).tolist()
    ([0, 1, 1], [0, -1, -1])
    """
    check_level(alpha, "alpha")
    check_level(beta, "beta")
    if alpha + beta >= 1:
        raise ValueError(f"alpha={alpha!r}, beta={beta!r}: their sum must be below 1")
    low, high = wald_bounds(alpha, beta)
    x = np.asarray(log_ratios, dtype=float)
    met = np.where(x >= high, 1, np.where(x <= low, -1, 0))
    if met.shape[-1] == 0:
        return met
    first = (met != 0).argmax(axis=-1)[..., None]
    ended = np.arange(met.shape[-1]) >= first
    return np.where(ended, np.take_along_axis(met, first, axis=-1), 0)
