"""By how much the values of one sample are larger than another's, by ranks."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_choice, check_number
from clsim.statistics.intervals import Interval, check_level
from clsim.statistics.ties import exceeds, settled

FEW = 50
"""Values of either sample up to which the interval is exact unless it is told how to be."""


def hodges_lehmann(
    a: ArrayLike, b: ArrayLike, level: float = 0.95, method: str = "auto"
) -> Interval:
    """The median of all differences between values of two samples, and its interval.

    Hodges and Lehmann (Annals of Mathematical Statistics, 1963). The interval is from the k-th
    smallest to the k-th largest difference: those shifts that the Mann-Whitney test would not
    reject, if both samples have the same distribution but for the shift. It takes memory for m n
    differences.

    Parameters
    ----------
    a, b : array-like of shapes (m,) and (n,)
    level : float, default=0.95
    method : {'auto', 'exact', 'normal'}, default='auto'
        Of k: 'exact' by the distribution of U without ties; with ties the interval is, if anything,
        too wide. 'normal': the whole part of (m n + 1) / 2 - z √(m n (m + n + 1) / 12), which is
        R's with the correction for continuity.
        'auto': exact if both samples have at most 50 values.

    Returns
    -------
    Interval
        Its mean is the estimate of how much larger ``a`` is. Bounds are infinite where there are
        too few values for the level, such as three and three for .95.
        All is NaN if a sample is empty or a value is NaN.

    Raises
    ------
    ValueError
        If the level is not between 0 and 1, or for another method.

    Examples
    --------
    >>> found = hodges_lehmann([10, 20, 30, 40], [1, 2, 3, 4])
    >>> found.mean, found.low, found.high
    (22.5, 6.0, 39.0)
    """
    check_level(level)
    check_choice("method", method, ("auto", "exact", "normal"))
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    gaps = settled(np.subtract.outer(x, y), x[:, None], y)
    differences = np.sort(gaps, axis=None)
    if len(differences) == 0 or np.isnan(differences[-1]):
        return Interval(np.nan, np.nan, np.nan)
    middle = float(np.median(differences))
    few = max(len(x), len(y)) <= FEW
    if method == "normal" or (method == "auto" and not few):
        k = max(0, _by_normal(len(x), len(y), level))
    else:
        k = _by_counting(len(x), len(y), level)
    if k == 0:
        return Interval(middle, -np.inf, np.inf)
    return Interval(middle, float(differences[k - 1]), float(differences[-k]))


def classify(found: Interval, tolerance: float = 0.25) -> str:
    """Whether a canary's values are higher or lower than the baseline's, as Kayenta has it.

    Netflix's automated canary analysis (Kayenta, MannWhitneyClassifier): 'High' if the low bound is
    above a bar, which is the tolerance times the size of the estimate, 'Low' if the high bound is
    below minus the bar, else 'Pass'. The bar grows with the estimate, so it asks whether the
    interval is narrow against the shift, and not how large the shift is: under no difference
    'High' and 'Low' come at most as often as the interval misses 0.

    Parameters
    ----------
    found : Interval
        Of the canary less the baseline: of `hodges_lehmann`.
    tolerance : float, default=0.25
        At least 0.

    Returns
    -------
    {'High', 'Low', 'Pass', 'Nodata'}
        'Nodata' if the estimate is NaN.

    Raises
    ------
    TypeError, ValueError
        If the tolerance is below 0.

    Examples
    --------
    >>> classify(hodges_lehmann([10, 20, 30, 40], [1, 2, 3, 4]))
    'High'
    """
    check_number("tolerance", tolerance, low=0)
    if np.isnan(found.mean):
        return "Nodata"
    bar = tolerance * abs(found.mean)
    if exceeds(found.low, bar):
        return "High"
    return "Low" if exceeds(-found.high, bar) else "Pass"


def _by_normal(m: int, n: int, level: float) -> int:
    from scipy.special import ndtri

    spread = np.sqrt(m * n * (m + n + 1) / 12)
    return int(np.floor(m * n / 2 + 0.5 - float(ndtri((1 + level) / 2)) * spread))


def _by_counting(m: int, n: int, level: float) -> int:
    """The largest k for which U is below k with a chance of at most half of 1 - level."""
    below = np.cumsum(_chances_of_u(*sorted((m, n))))
    tail = (1 - level) / 2
    return int((settled(below - tail, tail) <= 0).sum())


@cache
def _chances_of_u(m: int, n: int) -> np.ndarray:
    """The chance of each U from 0 to m n: coefficients of Gauss's binomial of m + n over m.

    Each factor (1 - q^(n + i)) / (1 - q^i) is put on in turn, as chances, so that nothing is large.
    """
    chances = np.zeros(m * n + 1)
    chances[0] = 1.0
    for i in range(1, m + 1):
        more = chances.copy()
        more[n + i :] -= chances[: max(len(chances) - n - i, 0)]
        for start in range(i):
            more[start::i] = np.cumsum(more[start::i])
        chances = np.maximum(more, 0) * i / (n + i)
    return chances
