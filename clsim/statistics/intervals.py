"""Intervals of means, and what they rest on."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_number


class Interval(NamedTuple):
    """A mean and the bounds of its confidence interval, NaN where there is none.

    Attributes
    ----------
    mean : float
        Or what else is estimated, such as a ratio.
    low, high : float

    Examples
    --------
    >>> found = Interval(mean=0.5, low=0.25, high=0.75)
    >>> found.low < 0 < found.high  # so 0 is ruled out at this level
    False
    """

    mean: float
    low: float
    high: float


def mean_interval(values: ArrayLike, level: float = 0.95) -> Interval:
    """Mean and confidence interval by Student's t: mean ± t s / sqrt(n).

    Parameters
    ----------
    values : array-like of shape (n,)
        Independent, such as one per seed.
    level : float, default=0.95

    Returns
    -------
    Interval
        Bounds are NaN for fewer than two values; all is NaN if a value is.

    Examples
    --------
    >>> [round(x, 2) for x in mean_interval([1.0, 2.0, 3.0])]
    [2.0, -0.48, 4.48]
    """
    from scipy.special import stdtrit

    x = np.asarray(values, dtype=float)
    if len(x) == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(x.mean())
    if len(x) < 2:
        return Interval(mean, np.nan, np.nan)
    half = float(stdtrit(len(x) - 1, (1 + level) / 2) * x.std(ddof=1) / np.sqrt(len(x)))
    return Interval(mean, mean - half, mean + half)


def ratio_interval(top: ArrayLike, bottom: ArrayLike, level: float = 0.95) -> Interval:
    """A ratio of means over pairs, and its confidence interval, by linearisation.

    With r = Σ a / Σ b, the residuals a - r b have the mean 0, and those of r the standard error
    sqrt(Σ (a - r b)² / (n (n - 1))) / mean(b) (Cochran, Sampling Techniques, 1977, 6.4); with
    Student's t. A mean of ratios would count pairs alike, however small.

    Parameters
    ----------
    top, bottom : array-like of shape (n,)
        Independent pairs, such as one per seed.
    level : float, default=0.95

    Returns
    -------
    Interval
        NaN where the bottom adds up to 0; bounds are NaN for fewer than two pairs.

    Examples
    --------
    >>> [round(x, 3) for x in ratio_interval([1, 3], [2, 2])]
    [1.0, -5.353, 7.353]
    """
    from scipy.special import stdtrit

    a, b = np.asarray(top, dtype=float), np.asarray(bottom, dtype=float)
    if b.sum() == 0:
        return Interval(np.nan, np.nan, np.nan)
    ratio, n = float(a.sum() / b.sum()), len(a)
    if n < 2:
        return Interval(ratio, np.nan, np.nan)
    error = float(np.sqrt(((a - ratio * b) ** 2).sum() / (n * (n - 1))) / b.mean())
    half = float(stdtrit(n - 1, (1 + level) / 2)) * error
    return Interval(ratio, ratio - half, ratio + half)


def within(interval: Interval, low: float, high: float) -> Interval:
    """An interval without what is impossible; it covers what it covered.

    Parameters
    ----------
    interval : Interval
    low, high : float
        The least and the largest value that are possible.

    Returns
    -------
    Interval
        With the same mean, and bounds that are moved in; NaN stay NaN.

    Examples
    --------
    >>> within(Interval(0.9, 0.7, 1.1), 0, 1)
    Interval(mean=0.9, low=0.7, high=1)
    """
    return Interval(interval.mean, max(interval.low, low), min(interval.high, high))


def iqm(values: ArrayLike, axis: int | None = None) -> np.ndarray | float:
    """Interquartile mean: the mean of the middle half of the values.

    A quarter of the values, rounded down, is left out at each end. It bears outliers better than
    the mean and needs fewer runs than the median (Agarwal et al., NeurIPS 2021, who take it over
    all runs of all tasks together).

    Parameters
    ----------
    values : array-like
    axis : int or None, default=None
        None: over all values.

    Returns
    -------
    float or numpy.ndarray
        One number, or with an ``axis`` an array without that axis.

    Examples
    --------
    >>> float(iqm([[1, 2, 3, 4], [5, 6, 7, 100]]))
    4.5
    """
    from scipy.stats import trim_mean

    return trim_mean(np.asarray(values, dtype=float), 0.25, axis=axis)


def half_width(deviation: float, n: float, degrees: float, level: float) -> float:
    """Half width of an interval from the standard deviation of resampled statistics.

    The bootstrap's deviation divides by n, Student's by n - 1: t s sqrt(n / (n - 1)).

    Parameters
    ----------
    deviation : float or numpy.ndarray
    n : float
        Number of what was resampled.
    degrees : float
        Degrees of freedom of t.
    level : float

    Returns
    -------
    float or numpy.ndarray of the shape of ``deviation``
        In its unit.

    Examples
    --------
    >>> round(float(half_width(1.0, 5, 4, 0.95)), 3)
    3.104
    """
    from scipy.special import stdtrit

    found: float = stdtrit(degrees, (1 + level) / 2) * (deviation * np.sqrt(n / (n - 1)))
    return found


def longest_block(size: int) -> int:
    """The largest length that `block_length` gives for so many values.

    Parameters
    ----------
    size : int
        Length of the series, T.

    Returns
    -------
    int
        min(3 sqrt(T), T / 3), rounded up.

    Examples
    --------
    >>> longest_block(30), longest_block(100)
    (10, 30)
    """
    return int(np.ceil(min(3 * np.sqrt(size), size / 3)))


def block_length(values: ArrayLike) -> int:
    """Block length for a series, chosen from its autocorrelations.

    The rule of Politis and White (Econometric Reviews, 2004), as corrected by Patton, Politis and
    White (2009), for overlapping blocks: (2 G² / D)^(1/3) T^(1/3) with D = 4/3 g(0)², and the
    flat-top window up to twice the lag from which autocorrelations are negligible.

    Parameters
    ----------
    values : array-like of shape (T,)

    Returns
    -------
    int
        At least 1 and at most min(3 sqrt(T), T / 3), rounded up.

    Examples
    --------
    >>> block_length([1, -1] * 50) > block_length([0, 1, 5, 2, 7, 4, 1, 3, 0, 6] * 2)
    True
    """
    x = np.asarray(values, dtype=float)
    x = x - x.mean()
    size = len(x)
    if size < 3 or not x.any():
        return 1
    run = max(5, int(np.ceil(np.sqrt(np.log10(size)))))
    furthest = min(int(np.ceil(np.sqrt(size))) + run, size - 1)
    covariance = np.array([x[: size - k] @ x[k:] for k in range(furthest + 1)]) / size
    small = np.abs(covariance[1:] / covariance[0]) < 2 * np.sqrt(np.log10(size) / size)
    quiet = [m for m in range(len(small) - run + 1) if small[m : m + run].all()]
    last = quiet[0] if quiet else max((~small).nonzero()[0], default=-1) + 1
    window = int(min(2 * max(last, 1), furthest))
    lags = np.arange(1, window + 1)
    weighted = np.minimum(1, 2 * (1 - lags / window)) * covariance[1 : window + 1]
    spread = covariance[0] + 2 * weighted.sum()
    if spread <= 0:
        return longest_block(size)
    length = (2 * (2 * (lags * weighted).sum()) ** 2 / (4 / 3 * spread**2) * size) ** (1 / 3)
    return int(np.ceil(np.clip(length, 1, min(3 * np.sqrt(size), size / 3))))


def check_level(level: float, key: str = "level") -> None:
    """Raise ``ValueError`` unless a level lies between 0 and 1.

    Parameters
    ----------
    level : float
    key : str, default='level'
        What it is called in the message.

    Raises
    ------
    TypeError
        If it is no number.
    ValueError
        If it is not above 0 and below 1.

    Examples
    --------
    >>> check_level(0.95)
    >>> check_level(95)
    Traceback (most recent call last):
    ValueError: level=95: must be at most 1
    """
    check_number(key, level, above=0, high=1)
    if level == 1:
        raise ValueError(f"{key}={level!r}: must be below 1")
