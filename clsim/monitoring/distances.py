"""Distances between two samples of one feature: pure functions on arrays."""

from __future__ import annotations

import numpy as np
from scipy.stats import wasserstein_distance

BINS = 10
"""Bins of equal share of the reference into which numbers are put."""


def shares(reference: np.ndarray, current: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of both samples in the same bins, or of the same categories.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n,), (m,)
        Numbers, or anything else for categories; nothing missing, and neither empty.

    Returns
    -------
    (numpy.ndarray, numpy.ndarray)
        Each adds up to 1. Numbers are put into ten bins of equal share of the reference, of which
        the outermost are open.
    """
    if reference.dtype.kind in "iufb":
        edges = np.unique(np.quantile(reference, np.arange(1, BINS) / BINS))
        codes = [np.searchsorted(edges, values, "left") for values in (reference, current)]
        size = len(edges) + 1
    else:
        names, every = np.unique(np.concatenate([reference, current]), return_inverse=True)
        codes, size = [every[: len(reference)], every[len(reference) :]], len(names)
    one, other = (np.bincount(each, minlength=size) / len(each) for each in codes)
    return one, other


def l_infinity(reference: np.ndarray, current: np.ndarray) -> float:
    """The largest difference between shares: of categories, or of bins of numbers.

    Parameters as for `shares`. Between 0 and 1.

    Examples
    --------
    >>> round(l_infinity(np.repeat(list("abcd"), [1, 2, 3, 4]), np.array(list("abcd"))), 12)
    0.15
    """
    one, other = shares(reference, current)
    return float(np.abs(one - other).max())


def earth_mover(reference: np.ndarray, current: np.ndarray) -> float:
    """How far values have to be moved on average to make one sample of the other.

    Of numbers in their own unit (the first Wasserstein distance); of categories the share that has
    to become another category, since all are equally far apart.

    Parameters as for `shares`.

    Examples
    --------
    >>> earth_mover(np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5]))
    1.5
    """
    if reference.dtype.kind in "iufb":
        return float(wasserstein_distance(reference, current))
    one, other = shares(reference, current)
    return float(np.abs(one - other).sum() / 2)


DISTANCES = {"l_infinity": l_infinity, "earth_mover": earth_mover}
"""Distances by the name that a monitor is given."""
