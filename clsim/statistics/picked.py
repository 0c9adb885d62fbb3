"""Means over all rows from those that were picked: inverse chances, LURE, predictions.

Two kinds of chances must not be mixed. An inclusion chance is that of being among those picked at
all. A sequence chance is that of being picked next among those left, of rows picked one after the
other: the formulas for the one give a wrong number with the other.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_choice, check_number

PICKED = "picked"
"""The name of weights by the chance with which a label was bought."""

PREDICTION_POWERED = "prediction_powered"
"""The name of predictions for all rows, mended by these weights where there are labels."""


def inverse(chances: np.ndarray) -> np.ndarray:
    """How many rows each picked one stands for, by inclusion chances: 1 / chance.

    The sum of weight times value has the sum over all candidates as its mean (Horvitz and Thompson,
    Journal of the American Statistical Association, 1952).

    Parameters
    ----------
    chances : numpy.ndarray of shape (picked,)

    Returns
    -------
    numpy.ndarray of the same shape

    Raises
    ------
    ValueError
        If one is not above 0 and at most 1.

    Examples
    --------
    >>> inverse(np.array([0.5, 0.1])).tolist()
    [2.0, 10.0]
    """
    return 1.0 / _checked(chances)


def lure(chances: np.ndarray, candidates: int) -> np.ndarray:
    """How many rows each picked one stands for, by sequence chances.

    Levelled unbiased risk estimator: of M rows picked from N, the m-th has the weight
    1 + (N - M) / (N - m) (1 / ((N - m + 1) q_m) - 1), times N / M here (Farquhar, Gal and
    Rainforth, On statistical bias in active learning, ICLR 2021; Kossen et al., Active testing,
    ICML 2021). The sum of weight times value has the sum over all candidates as its mean, if every
    candidate had a chance in every step.

    Parameters
    ----------
    chances : numpy.ndarray of shape (picked,)
        In the order picked, each among those left.
    candidates : int
        Number of rows before the first was picked, N.

    Returns
    -------
    numpy.ndarray of the same shape
        Of small chances some may be below 0.

    Raises
    ------
    TypeError, ValueError
        If a chance is not above 0 and at most 1, or more were picked than there were.

    Examples
    --------
    Of losses 0, 1, 2, picked with chances as 1 : 2 : 5, the third and then the first:

    >>> (lure(np.array([5 / 8, 1 / 3]), candidates=3) @ np.array([2.0, 0.0]) / 3).round(4)
    np.float64(0.7667)
    """
    chances = _checked(chances)
    check_number("candidates", candidates, whole=True, low=len(chances))
    n, m = candidates, np.arange(1, len(chances) + 1)
    ahead = np.maximum(n - m, 1)  # of the last of all candidates the factor before it is 0
    weights = 1 + (n - len(chances)) / ahead * (1 / ((n - m + 1) * chances) - 1)
    return weights * n / max(len(chances), 1)


def stands_for(chances: np.ndarray, kind: str, candidates: int) -> np.ndarray:
    """How many rows each picked one stands for, by what its chance is.

    Parameters
    ----------
    chances : numpy.ndarray of shape (picked,)
    kind : {'inclusion', 'sequence'}
    candidates : int

    Returns
    -------
    numpy.ndarray of the same shape

    Raises
    ------
    TypeError, ValueError
        As `inverse` and `lure`.

    Examples
    --------
    Two of four rows, each picked with a chance of one half, and then one after the other with equal
    chances among four and among three:

    >>> stands_for(np.array([0.5, 0.5]), "inclusion", candidates=4).tolist()
    [2.0, 2.0]
    >>> stands_for(np.array([1 / 4, 1 / 3]), "sequence", candidates=4).round(9).tolist()
    [2.0, 2.0]
    """
    check_choice("kind", kind, ("inclusion", "sequence"))
    return inverse(chances) if kind == "inclusion" else lure(chances, candidates)


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """The mean by weights that are divided by their sum (Hájek); of values that are not NaN.

    Parameters
    ----------
    values : numpy.ndarray of shape (n,)
    weights : numpy.ndarray of shape (n,)
        How many rows each stands for.

    Returns
    -------
    float
        NaN where the weights do not add up to more than 0.

    References
    ----------
    Hájek, in Godambe and Sprott (eds.), *Foundations of statistical inference* (1971).

    Examples
    --------
    >>> weighted_mean(np.array([0.0, 1.0, np.nan]), np.array([3.0, 1.0, 9.0]))
    0.25
    """
    there = ~np.isnan(values)
    total = weights[there].sum()
    return float(values[there] @ weights[there] / total) if total > 0 else float("nan")


class Mean(NamedTuple):
    """An estimate and its standard error.

    Attributes
    ----------
    value : float
    error : float
        In the unit of the value.

    Examples
    --------
    An interval of 95 %, by the normal quantile:

    >>> found = Mean(value=0.5, error=0.25)
    >>> [round(found.value + z * found.error, 2) for z in (-1.96, 1.96)]
    [0.01, 0.99]
    """

    value: float
    error: float


def prediction_powered(
    predicted: np.ndarray,
    predicted_labelled: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray | None = None,
) -> Mean:
    """The mean of all labels: of predictions, mended by what they miss where there are labels.

    mean(f over rows without labels) - mean(f - y over rows with labels), where the latter were
    picked with equal chances (Angelopoulos et al., Prediction-powered inference, Science 2023). Of
    unequal chances, the second mean is by how many rows each stands for, and the first one is over
    all rows, those with labels too, since what is left of a biased pick is biased as well (Zrnic
    and Candès, Active statistical inference, ICML 2024). Good predictions make the error small, and
    bad ones no bias.

    Parameters
    ----------
    predicted : numpy.ndarray of shape (n,)
        Predictions for rows without labels; with weights, for all rows.
    predicted_labelled, labels : numpy.ndarray of shape (m,)
    weights : numpy.ndarray of shape (m,) or None, default=None
        As `stands_for` gives them. None: equal chances.

    Returns
    -------
    Mean
        Its error is the root of var(f) / n + var(f - y) / m, the latter by weights; NaN with fewer
        than two rows of either kind. The value is NaN where weights add up to no more than 0.

    Raises
    ------
    ValueError
        If a kind of rows is empty, or predictions and labels differ in number.

    Examples
    --------
    >>> found = prediction_powered(
    ...     np.array([0.2, 0.6, 0.4, 0.8]), np.array([0.5, 0.7]), np.array([1.0, 0.0])
    ... )
    >>> round(found.value, 10)
    0.4
    """
    if len(predicted_labelled) != len(labels):
        raise ValueError(f"labels: {len(labels)} for {len(predicted_labelled)} predictions")
    if len(predicted) == 0 or len(labels) == 0:
        raise ValueError("there must be rows with labels, and rows without")
    missed = predicted_labelled - labels
    share = np.full(len(missed), 1 / len(missed))
    if weights is not None:
        total = weights.sum()
        if total <= 0:
            return Mean(np.nan, np.nan)
        share = weights / total
    mean, error = missed @ share, np.nan
    if len(predicted) > 1 and len(labels) > 1:
        of_missed = np.square(share * (missed - mean)).sum() * len(missed) / (len(missed) - 1)
        error = float(np.sqrt(predicted.var(ddof=1) / len(predicted) + of_missed))
    return Mean(float(predicted.mean() - mean), error)


def _checked(chances: np.ndarray) -> np.ndarray:
    chances = np.asarray(chances, dtype=float)
    wrong = ~((chances > 0) & (chances <= 1 + 1e-9))
    if wrong.any():
        raise ValueError(f"chances: {chances[wrong][0]} is not above 0 and at most 1")
    return chances
