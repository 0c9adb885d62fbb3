"""Whether the mean of one sample lies above a bound, or above that of another."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from clsim.statistics.alternatives import Result
from clsim.statistics.ties import settled


def mean_above(values: ArrayLike, bound: float) -> Result:
    """Whether the mean of some values is above a bound: one-sided, by Student's t.

    Student (Biometrika, 1908).

    Parameters
    ----------
    values : array-like of shape (n,)
        Independent.
    bound : float

    Returns
    -------
    Result
        NaN for fewer than two values. Where all are the same, the mean is taken for known: p is 0
        above the bound, and 1 at it or below.

    Examples
    --------
    >>> found = mean_above([1.0, 2.0, 3.0], 0.0)
    >>> round(found.statistic, 4), round(found.p, 4)
    (3.4641, 0.0371)
    """
    x = np.asarray(values, dtype=float)
    if len(x) < 2:
        return Result(np.nan, np.nan)
    distance = settled(x.mean() - bound, np.abs(x).mean(), bound)
    return _above(float(distance), _variance(x) / len(x), len(x) - 1)


def welch(a: ArrayLike, b: ArrayLike, margin: float = 0.0) -> Result:
    """Whether the mean of one sample is above another's by more than a margin: one-sided.

    Welch (Biometrika, 1947): t with each sample's own variance.

    Parameters
    ----------
    a, b : array-like of shapes (m,) and (n,)
        Independent.
    margin : float, default=0

    Returns
    -------
    Result
        A small p-value says that the mean of ``a`` is above that of ``b`` plus the margin. NaN
        for fewer than two values of either; where neither varies, as for `mean_above`.

    Examples
    --------
    >>> found = welch([2.0, 3.0, 4.0], [1.0, 2.0, 3.0])
    >>> round(found.statistic, 4), round(found.p, 4)
    (1.2247, 0.1439)
    """
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if min(len(x), len(y)) < 2:
        return Result(np.nan, np.nan)
    parts = np.array([_variance(x) / len(x), _variance(y) / len(y)])
    each = (parts**2 / np.array([len(x) - 1, len(y) - 1])).sum()
    freedom = parts.sum() ** 2 / each if each > 0 else 1.0
    sizes = np.abs(x).mean(), np.abs(y).mean(), margin
    distance = settled(x.mean() - y.mean() - margin, *sizes)
    return _above(float(distance), float(parts.sum()), freedom)


def _variance(values: np.ndarray) -> float:
    """Of a sample; 0 where all values are the same but for rounding."""
    spread = settled(np.ptp(values), np.abs(values).max())
    return float(values.var(ddof=1)) if spread > 0 else 0.0


def _above(distance: float, variance: float, freedom: float) -> Result:
    from scipy.special import stdtr

    if variance <= 0:
        t = np.inf if distance > 0 else -np.inf
        return Result(t, 0.0 if distance > 0 else 1.0)
    t = distance / np.sqrt(variance)
    return Result(float(t), float(stdtr(freedom, -t)))
