"""Many tests at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def holm(p: ArrayLike) -> np.ndarray:
    """p-values corrected by Holm's step-down method; NaN stay NaN and do not count.

    Holm (Scandinavian Journal of Statistics, 1979): the i-th smallest of m is multiplied by
    m - i + 1, and is not less than the one before.

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
