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
"""What p-values are corrected by."""

HOW = ("worst", "mean", "weighted", *CORRECTIONS)


def combine(
    values: ArrayLike, how: str, k: int | None = None, weights: ArrayLike | None = None
) -> float:  # fmt: skip
    """One number out of the distances, or the p-values, of many features.

    Twenty features of which each is tested at .05 give a false alarm in 64 % of all ticks; a
    correction keeps the rate, and so does a threshold that was calibrated on the combined number.

    Parameters
    ----------
    values : array-like of shape (n,)
        NaN where a feature has no number; such features do not count.
    how : {'worst', 'mean', 'weighted', 'bonferroni', 'holm', 'benjamini_hochberg'}
        Of distances the mean of the k largest, of all, or by weights. Of p-values the smallest one
        after the correction: at or below a level exactly if some feature is. (There
        Holm's is Bonferroni's; they differ in the features after the first.)
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
    >>> combine([0.5, 0.0625, 0.125], "benjamini_hochberg")
    0.1875
    """
    check_choice("how", how, HOW)
    _check_given("k", k, how, "worst")
    _check_given("weights", weights, how, "weighted")
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
    if how in CORRECTIONS:
        return float(CORRECTIONS[how](numbers).min())
    return float(numbers.mean())


def _check_given(key: str, value: Any, how: str, needed_by: str) -> None:
    if how == needed_by and value is None:
        raise ValueError(f"{key}: how='{how}' needs it")
    if how != needed_by and value is not None:
        raise ValueError(f"{key}={value!r}: of use with how='{needed_by}' alone, and how='{how}'")
