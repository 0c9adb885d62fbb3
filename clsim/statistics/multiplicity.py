"""Many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def holm(p: ArrayLike) -> np.ndarray:
    """p-values corrected by Holm's step-down method; NaN stay NaN and do not count.

    Holm (Scandinavian Journal of Statistics, 1979): the i-th smallest of m is multiplied by
    m - i + 1, and is not less than the one before.

    Parameters
    ----------
    p : array-like of shape (m,)
        p-values, NaN where there was no test.

    Returns
    -------
    numpy.ndarray of shape (m,), float64
        In the order given, at most 1.

    Examples
    --------
    >>> holm([0.25, 0.0625, 0.03125]).tolist()
    [0.25, 0.125, 0.09375]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))]
    corrected = np.full(len(values), np.nan)
    steps = values[order] * np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def bonferroni(p: ArrayLike) -> np.ndarray:
    """p-values times their number, at most 1; NaN stay NaN and do not count.

    Parameters
    ----------
    p : array-like of shape (m,)
        p-values, NaN where there was no test.

    Returns
    -------
    numpy.ndarray of shape (m,), float64
        In the order given.

    Examples
    --------
    >>> bonferroni([0.25, 0.0625, np.nan]).tolist()
    [0.5, 0.125, nan]
    """
    values = np.asarray(p, dtype=float)
    return np.minimum(values * np.count_nonzero(~np.isnan(values)), 1)


def benjamini_hochberg(p: ArrayLike) -> np.ndarray:
    """p-values corrected for the share of false discoveries; NaN stay NaN and do not count.

    Benjamini & Hochberg (Journal of the Royal Statistical Society B, 1995): the i-th smallest of m
    is multiplied by m / i, and is not more than the one after. For tests that are independent, or
    depend positively.

    Parameters
    ----------
    p : array-like of shape (m,)
        p-values, NaN where there was no test.

    Returns
    -------
    numpy.ndarray of shape (m,), float64
        In the order given, at most 1.

    Examples
    --------
    >>> benjamini_hochberg([0.5, 0.0625, 0.125]).tolist()
    [0.5, 0.1875, 0.1875]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values)[: np.count_nonzero(~np.isnan(values))][::-1]
    corrected = np.full(len(values), np.nan)
    steps = values[order] * len(order) / np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.minimum.accumulate(steps), 1)
    return corrected
