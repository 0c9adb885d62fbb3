"""When two numbers that were summed from the same losses are equal but for rounding."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-10
"""Share of the size of what was summed up to which a difference is rounding, and none."""


def settled(difference: ArrayLike, *sizes: ArrayLike) -> np.ndarray:
    """A difference, or 0 where rounding alone may have made it.

    Sums of the same numbers differ in the last bits with the order in which they were added, so
    that without this a tie would be decided by the order of rows. A sum of a million numbers is
    off by less than the tolerance.

    Parameters
    ----------
    difference : array-like of shape (...)
    *sizes : array-like, broadcast to (...)
        How large the numbers were that it is a difference of, of either sign.

    Returns
    -------
    numpy.ndarray of shape (...)
        NaN stays NaN.

    Examples
    --------
    >>> 0.1 + 0.2 - 0.3 > 0
    True
    >>> bool(settled(0.1 + 0.2 - 0.3, 0.1, 0.2, 0.3) > 0)
    False
    >>> settled([1e-12, 1e-3, -1e-3], 0.5).tolist()
    [0.0, 0.001, -0.001]
    """
    found = np.asarray(difference, dtype=float)
    with np.errstate(invalid="ignore"):
        size = sum((np.abs(np.asarray(each, dtype=float)) for each in sizes), np.zeros(()))
        return np.where(np.abs(found) <= ROUNDING * size, 0.0, found)


def exceeds(one: float, other: float, margin: float = 0.0, size: float = 0.0) -> bool:
    """Whether a number is above another by more than a margin, and by more than rounding.

    False where one of them is NaN.

    Parameters
    ----------
    one, other : float
    margin : float, default=0.0
        Of either sign.
    size : float, default=0.0
        How large what they were summed from is, where they may be much smaller, since numbers of
        both signs were added.

    Returns
    -------
    bool

    Examples
    --------
    >>> exceeds(0.1 + 0.2, 0.3), exceeds(0.31, 0.3)
    (False, True)
    >>> exceeds(0.9, 0.8, 0.1), 0.9 - 0.8 - 0.1 < 0
    (False, True)
    """
    return bool(settled(one - other - margin, one, other, margin, size) > 0)
