"""What a confusion matrix is expected to be, by the chances of classes: no label is needed.

Right where chances are calibrated: of the events with a chance of .8 for a class, 80 % are of it.
Then the expected accuracy is unbiased (Kivimäki, Białek, Nurminen & Kuberski, JAIR 82, 2025). None
of this sees a drift of the concept alone, since inputs and chances stay as they were.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clsim.errors import check_choice
from clsim.statistics.counts import Distribution, poisson_binomial


def expected_confusion(chances: np.ndarray, answers: np.ndarray) -> np.ndarray:
    """How many events of each class are expected among those that were answered with each.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        Calibrated chances, which add up to 1 in each row.
    answers : numpy.ndarray of shape (n,)
        Codes of the classes that were answered.

    Returns
    -------
    numpy.ndarray of shape (classes, classes)
        By true class and answer; of two classes [[TN, FP], [FN, TP]]. It adds up to n.

    Examples
    --------
    >>> chance = np.array([0.9, 0.8, 0.3, 0.6])
    >>> matrix = expected_confusion(np.column_stack([1 - chance, chance]), chance >= 0.5)
    >>> matrix.round(9).tolist()
    [[0.7, 0.7], [0.3, 2.3]]
    """
    size = chances.shape[1]
    matrix = np.zeros((size, size))
    for code in range(size):
        matrix[:, code] = chances[answers == code].sum(axis=0)
    return matrix


# what a matrix says -------------------------------------------------------------------------------


def _accuracy(matrix: np.ndarray) -> np.ndarray:
    return _divided(_right(matrix).sum(axis=-1), matrix.sum(axis=(-2, -1)))


def _precision(matrix: np.ndarray) -> np.ndarray:
    return _of_class(_divided(_right(matrix), matrix.sum(axis=-2)))


def _recall(matrix: np.ndarray) -> np.ndarray:
    return _of_class(_divided(_right(matrix), matrix.sum(axis=-1)))


def _f1(matrix: np.ndarray) -> np.ndarray:
    both = matrix.sum(axis=-2) + matrix.sum(axis=-1)
    return _of_class(_divided(2 * _right(matrix), both))


def _right(matrix: np.ndarray) -> np.ndarray:
    return np.diagonal(matrix, axis1=-2, axis2=-1)


def _divided(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.shape(whole), np.nan), where=whole != 0)


def _of_class(values: np.ndarray) -> np.ndarray:
    """Of two classes the second's; else the mean over those for which there is a value."""
    if values.shape[-1] == 2:
        return values[..., 1]
    there = ~np.isnan(values)
    return _divided(np.where(there, values, 0.0).sum(axis=-1), there.sum(axis=-1))


RATES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "accuracy": _accuracy,
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
}
"""Functions of confusion matrices of shape (..., classes, classes), by name.

Conventions are those of `clsim.metrics`: of two classes precision, recall and F1 are the second's,
of more they are means over the classes for which they are defined. NaN where there is none.
"""


def rate(name: str, matrix: np.ndarray) -> float:
    """A rate of a matrix of expected counts: the ratio of expectations, not that of the ratio.

    Both come together as events grow in number; `distribution` has the exact expectation.

    Parameters
    ----------
    name : {'accuracy', 'precision', 'recall', 'f1'}
    matrix : numpy.ndarray of shape (classes, classes)
        As `expected_confusion` gives it.

    Returns
    -------
    float
        NaN where it is not defined, such as the precision of what was never answered.

    Examples
    --------
    >>> round(rate("recall", np.array([[0.7, 0.7], [0.3, 2.3]])), 6)
    0.884615
    """
    check_choice("rate", name, RATES)
    return float(RATES[name](matrix))


def mean_cost(matrix: np.ndarray, costs: np.ndarray) -> float:
    """The expected cost of an event, by a matrix of costs by true class and answer.

    Parameters
    ----------
    matrix, costs : numpy.ndarray of shape (classes, classes)

    Examples
    --------
    >>> round(mean_cost(np.array([[0.7, 0.7], [0.3, 2.3]]), np.array([[0.0, 1.0], [5.0, 0.0]])), 9)
    0.55
    """
    return float((matrix * costs).sum() / matrix.sum())


# how far it may lie from what is expected ---------------------------------------------------------


def accuracy_distribution(chances: np.ndarray, answers: np.ndarray) -> Distribution:
    """How the accuracy on some events is distributed: the number that is right is Poisson binomial.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        Calibrated; that they are estimates themselves adds to the spread and is not in it.
    answers : numpy.ndarray of shape (n,)

    Examples
    --------
    >>> chance = np.array([0.9, 0.8, 0.3, 0.6])
    >>> found = accuracy_distribution(np.column_stack([1 - chance, chance]), chance >= 0.5)
    >>> round(found.mean, 9), round(found.deviation, 6), found.interval(0.9)
    (0.75, 0.209165, (0.5, 1.0))
    """
    codes = np.asarray(answers, dtype=np.int64)
    right = chances[np.arange(len(codes)), codes]
    return Distribution(np.arange(len(right) + 1) / len(right), poisson_binomial(right))


def distribution(name: str, chances: np.ndarray, answers: np.ndarray) -> Distribution:
    """How a rate of two classes is distributed, exactly.

    Of the events that were answered with the second class the number that belong to it is Poisson
    binomial, of the others too, and the two are independent; they make the whole matrix.

    Parameters
    ----------
    name : {'accuracy', 'precision', 'recall', 'f1'}
    chances : numpy.ndarray of shape (n, 2)
    answers : numpy.ndarray of shape (n,)
        0 or 1.

    Returns
    -------
    Distribution
        0/0 counts as 0. Numbers of events with a chance below 1e-12 are left out.

    Examples
    --------
    >>> chance = np.array([0.9, 0.8, 0.3, 0.6])
    >>> recall = distribution("recall", np.column_stack([1 - chance, chance]), chance >= 0.5)
    >>> round(recall.mean, 6)
    0.8978
    """
    check_choice("rate", name, RATES)
    return _of_counts(lambda matrix: np.nan_to_num(RATES[name](matrix)), chances, answers)


def cost_distribution(chances: np.ndarray, answers: np.ndarray, costs: np.ndarray) -> Distribution:
    """How the mean cost of an event of two classes is distributed; parameters as there.

    Examples
    --------
    >>> found = cost_distribution(np.array([[0.5, 0.5]]), np.array([0]), np.array([[0, 1], [5, 0]]))
    >>> found.values.tolist(), found.chances.tolist()
    ([0.0, 5.0], [0.5, 0.5])
    """
    return _of_counts(
        lambda matrix: (matrix * costs).sum(axis=(-2, -1)) / matrix.sum(axis=(-2, -1)),
        chances,
        answers,
    )


def _of_counts(
    function: Callable[[np.ndarray], np.ndarray], chances: np.ndarray, answers: np.ndarray
) -> Distribution:
    """A function of the confusion matrix, over all that it may be."""
    if chances.shape[1] != 2:
        raise ValueError(f"of two classes alone, not of {chances.shape[1]}")
    positive = np.asarray(answers) == 1
    found, likely = _counted(chances[positive, 1])
    missed, probable = _counted(chances[~positive, 1])
    tp, fn = np.meshgrid(found, missed, indexing="ij")
    matrix = np.empty((*tp.shape, 2, 2))
    matrix[..., 1, 1], matrix[..., 1, 0] = tp, fn
    matrix[..., 0, 1], matrix[..., 0, 0] = positive.sum() - tp, (~positive).sum() - fn
    weights = likely[:, None] * probable
    return Distribution(function(matrix).ravel(), (weights / weights.sum()).ravel())


def _counted(chances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of events that may well happen, and their chances."""
    found = poisson_binomial(chances)
    numbers = np.flatnonzero(found > 1e-12)
    return numbers, found[numbers]
