"""One number out of one for each feature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_choice, check_number
from clsim.statistics.multiplicity import benjamini_hochberg, bonferroni, holm

CORRECTIONS: dict[str, Callable[[ArrayLike], np.ndarray]] = {
    "bonferroni": bonferroni,
    "holm": holm,
    "benjamini_hochberg": benjamini_hochberg,
}
"""What p-values are corrected by, for each of them a corrected one."""

HOW = ("worst", "mean", "weighted")


def combine(
    values: ArrayLike, how: str, k: int | None = None, weights: ArrayLike | None = None
) -> float:  # fmt: skip
    """One number out of the distances of many features.

    A threshold that was calibrated on it keeps its rate of false alarms, however many there are.

    Parameters
    ----------
    values : array-like of shape (n,)
        NaN where a feature has no number; such features do not count.
    how : {'worst', 'mean', 'weighted'}
        The mean of the k largest, of all, or by weights.
    k : int, optional
        For 'worst', which needs it: how many; fewer if there are fewer.
    weights : array-like of shape (n,), optional
        For 'weighted', which needs them: how much each feature matters, such as its importance; at
        least 0, in any unit.

    Returns
    -------
    float
        NaN if no feature has a number, or only such that weigh nothing.

    Raises
    ------
    ValueError
        For anything else, and for what would have no effect.

    Examples
    --------
    >>> distances = [0.1, 0.5, np.nan, 0.3]
    >>> combine(distances, "worst", k=2), combine(distances, "weighted", weights=[1, 1, 8, 2])
    (0.4, 0.3)
    """
    check_choice("how", how, HOW)
    check_given("k", k, how, "worst")
    check_given("weights", weights, how, "weighted")
    numbers = np.asarray(values, dtype=float)
    there = ~np.isnan(numbers)
    numbers = numbers[there]
    if how == "weighted":
        shares = np.asarray(weights, dtype=float)
        if shares.shape != there.shape or not (shares >= 0).all():
            raise ValueError(f"weights={weights!r}: one number for each value, at least 0")
        shares = shares[there]
        return float(shares @ numbers / shares.sum()) if shares.any() else np.nan
    if how == "worst":
        check_number("k", k, whole=True, low=1)
        numbers = np.sort(numbers)[-k:]  # type: ignore[operator]
    if not len(numbers):
        return np.nan
    return float(numbers.mean())


def check_given(key: str, value: Any, how: str, needed_by: str) -> None:
    """Raise ``ValueError`` unless a parameter is given exactly where it is needed."""
    if how == needed_by and value is None:
        raise ValueError(f"{key}: how='{how}' needs it")
    if how != needed_by and value is not None:
        raise ValueError(f"{key}={value!r}: of use with how='{needed_by}' alone, and how='{how}'")
