"""Estimates from the confidence of answers alone, and from a model of the loss."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.monitoring.encoded import Encoded, Inputs


def confidence(chances: np.ndarray) -> np.ndarray:
    """The chance of the likeliest class for each event; NaN where there are none.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)

    Examples
    --------
    >>> confidence(np.array([[0.2, 0.8], [np.nan, np.nan]])).tolist()
    [0.8, nan]
    """
    return np.asarray(chances.max(axis=1)) if len(chances) else np.empty(0)


def negative_entropy(chances: np.ndarray) -> np.ndarray:
    """Minus the entropy of the chances (in nats), the other score of Garg et al.; 0 when sure.

    >>> negative_entropy(np.array([[0.5, 0.5], [1.0, 0.0]])).round(6).tolist()
    [-0.693147, 0.0]
    """
    from scipy.special import xlogy

    return np.asarray(xlogy(chances, chances).sum(axis=1))


SCORES = {"confidence": confidence, "negative_entropy": negative_entropy}
"""How sure an answer is, by name; of two classes both order events alike."""


def threshold_by_share(scores: np.ndarray, right: np.ndarray) -> float:
    """The score that as large a share of events reaches as was answered rightly.

    The definition of average thresholded confidence (Garg, Balakrishnan, Lipton, Neyshabur &
    Sedghi, ICLR 2022, eq. 2), and ours: the share below is the share of errors. Any threshold
    between the last score below and the first above does; this is their midpoint.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n,)
        How sure the model was of each labelled event.
    right : numpy.ndarray of shape (n,)
        Whether it was right.

    Returns
    -------
    float
        Infinite where all were wrong, or right.

    Examples
    --------
    >>> sure, right = np.array([0.95, 0.9, 0.85, 0.7, 0.6]), np.array([1, 1, 1, 0, 0])
    >>> round(threshold_by_share(sure, right), 9)
    0.775
    """
    order = np.sort(scores)
    wrong = len(order) - np.count_nonzero(right)
    if wrong == 0:
        return -np.inf
    if wrong == len(order):
        return np.inf
    return float((order[wrong - 1] + order[wrong]) / 2)


def threshold_as_published(scores: np.ndarray, right: np.ndarray) -> float:
    """The threshold as the code of the method's authors finds it, to compare with their numbers.

    It is the highest of the scores that should lie below, which then count as above: so one row
    more than by the definition. Parameters as for `threshold_by_share`.

    Examples
    --------
    >>> threshold_as_published(np.array([0.95, 0.9, 0.85, 0.7, 0.6]), np.array([1, 1, 1, 0, 0]))
    0.7
    """
    wrong = len(scores) - np.count_nonzero(right)
    return float(np.sort(scores)[wrong - 1]) if wrong else 0.0


def share_above(scores: np.ndarray, threshold: float) -> float:
    """The estimated accuracy: the share of events whose score reaches the threshold.

    >>> share_above(np.array([0.9, 0.8, 0.65, 0.55]), 0.775)
    0.5
    """
    return float(np.mean(scores >= threshold))


def difference_of_confidences(known: np.ndarray, right: np.ndarray, current: np.ndarray) -> float:
    """The accuracy that was, less what the mean confidence has lost since.

    Guillory, Shankar, Ebrahimi, Darrell & Schmidt (ICCV 2021), without their regression.

    Parameters
    ----------
    known, right : numpy.ndarray of shape (m,)
        Confidence of labelled events, and whether the answer was right.
    current : numpy.ndarray of shape (n,)
        Confidence of the events to estimate.

    Returns
    -------
    float
        Within 0 and 1.

    Examples
    --------
    >>> said, right = np.array([0.95, 0.9, 0.85, 0.7, 0.6]), np.array([1, 1, 1, 0, 0])
    >>> round(difference_of_confidences(said, right, np.array([0.9, 0.8, 0.65, 0.55])), 9)
    0.525
    """
    return float(np.clip(np.mean(right) - np.mean(known) + np.mean(current), 0, 1))


def regressed_losses(
    regressor: Any,
    known: tuple[Inputs, np.ndarray],
    losses: np.ndarray,
    current: tuple[Inputs, np.ndarray],
) -> np.ndarray:
    """Losses that a regression on features and confidence expects of events without a label.

    Parameters
    ----------
    regressor : scikit-learn regressor
        A prototype; a clone of it is fitted.
    known, current : (dict of str to Column, numpy.ndarray of shape (m,))
        Features of labelled events, and of those to estimate, and how sure the answers are.
    losses : numpy.ndarray of shape (m,)
        What the labelled events lost.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Not below the least nor above the largest loss that it was fitted to.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeRegressor
    >>> from clsim.types import Column
    >>> known = {"x": Column(np.array([0.0, 0.0, 1.0, 1.0]))}, np.full(4, 0.5)
    >>> regressed_losses(DecisionTreeRegressor(), known, np.array([0, 0, 1, 0]), known).tolist()
    [0.0, 0.0, 0.5, 0.5]
    """
    from sklearn.base import clone

    encoded = Encoded(known[0])
    told, asked = (np.column_stack([encoded.numbers(x), sure]) for x, sure in (known, current))
    found = clone(regressor).fit(told, losses).predict(asked)
    return np.clip(found, np.min(losses), np.max(losses))
