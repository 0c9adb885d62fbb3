"""Chances that are what they say: calibrated on labels, and mended for a shift."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.monitoring.encoded import Encoded, Inputs, count, together

CLIP = 10.0
"""How many times as much, or as little, as another a row may count by default."""


def calibrated(
    known: np.ndarray, truth: np.ndarray, chances: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """Chances as the labelled ones say that they should be, by isotonic regression.

    Of two classes that of the second is calibrated; of more each against the rest, and then they
    are divided by their sum (Zadrozny & Elkan, KDD 2002). A class without a label gets no chance.

    Parameters
    ----------
    known : numpy.ndarray of shape (m, classes)
        Chances of events with a label, which the model was not trained on.
    truth : numpy.ndarray of shape (m,)
        Codes of their classes.
    chances : numpy.ndarray of shape (n, classes)
        Chances to calibrate.
    weights : numpy.ndarray of shape (m,) or None, default=None
        How much each label counts, such as a `density_ratio`.

    Returns
    -------
    numpy.ndarray of shape (n, classes)

    Raises
    ------
    ValueError
        If the labels are all of one class.

    Examples
    --------
    >>> said = np.array([[0.9, 0.1], [0.9, 0.1], [0.1, 0.9], [0.1, 0.9]])
    >>> calibrated(said, np.array([0, 1, 1, 1]), said[[0, 2]]).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """
    if len(np.unique(truth)) < 2:
        raise ValueError("calibration needs labels of two classes at least")
    if known.shape[1] == 2:
        second = _isotonic(known[:, 1], truth == 1, chances[:, 1], weights)
        return np.column_stack([1 - second, second])
    every = [
        _isotonic(known[:, code], truth == code, chances[:, code], weights)
        for code in range(known.shape[1])
    ]
    return _to_one(np.column_stack(every))


def _isotonic(
    said: np.ndarray, happened: np.ndarray, asked: np.ndarray, weights: np.ndarray | None
) -> np.ndarray:
    from sklearn.isotonic import IsotonicRegression

    curve = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    return curve.fit(said, happened.astype(float), sample_weight=weights).predict(asked)


def _to_one(chances: np.ndarray) -> np.ndarray:
    """Each row divided by its sum; all alike where that is 0."""
    total = chances.sum(axis=1, keepdims=True)
    alike = np.full(chances.shape, 1 / chances.shape[1])
    return np.divide(chances, total, out=alike, where=total > 0)


# a shift of the inputs ----------------------------------------------------------------------------


def density_ratio(reference: Inputs, current: Inputs, clip: float = CLIP) -> np.ndarray:
    """How much more often the current rows look like each reference row than those around it do.

    A logistic regression tells the two apart; its odds, times the ratio of their numbers, are the
    ratio of densities (Bickel, Brückner & Scheffer, JMLR 10, 2009). That is exact where inputs
    are normal and keep their spread, and leaves out what a linear function of the features does not
    see.

    Parameters
    ----------
    reference : dict of str to Column
        Features of the m labelled events.
    current : dict of str to Column
        Features of the events that the labels are to stand for.
    clip : float, default=10
        Ratios above this and below its inverse are set to these, so that no row decides alone; what
        is cut off remains as bias.

    Returns
    -------
    numpy.ndarray of shape (m,)
        Around 1 if nothing has shifted.

    Examples
    --------
    >>> from clsim.types import Column
    >>> x = {"x": Column(np.array([0.0, 0.0, 1.0, 1.0]))}
    >>> density_ratio(x, x).round(9).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    from sklearn.linear_model import LogisticRegression

    check_number("clip", clip, low=1)
    both = together(reference, current)
    numbers, size, others = Encoded(both).numbers(both), count(reference), count(current)
    told = LogisticRegression(max_iter=1000).fit(numbers, np.repeat([0, 1], [size, others]))
    odds = np.exp(told.decision_function(numbers[:size]))
    return np.clip(odds * size / others, 1 / clip, clip)


# a shift of the labels ----------------------------------------------------------------------------


def with_prior(chances: np.ndarray, was: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Chances under another share of classes, where each class still looks as it did.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        Calibrated under the shares that were.
    was, now : numpy.ndarray of shape (classes,)
        Shares of the classes.

    Examples
    --------
    >>> even = np.array([[0.5, 0.5]])
    >>> with_prior(even, np.array([0.5, 0.5]), np.array([0.2, 0.8])).tolist()
    [[0.2, 0.8]]
    """
    ratio = np.divide(now, was, out=np.zeros(len(was)), where=was > 0)
    return _to_one(chances * ratio)


def prior_by_likelihood(
    chances: np.ndarray, was: np.ndarray, *, steps: int = 1000, close: float = 1e-5
) -> np.ndarray:
    """The shares of classes under which unlabelled events are the likeliest.

    Found step by step by expectation and maximisation (Saerens, Latinne & Decaestecker, Neural
    Computation 14, 2002). It needs calibrated chances, and each class to look as it did.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        Of the unlabelled events, calibrated under the shares that were.
    was : numpy.ndarray of shape (classes,)
        Shares of the classes where they were calibrated.
    steps : int, default=1000
        At most so many.
    close : float, default=1e-5
        Ends when no share moves by more.

    Returns
    -------
    numpy.ndarray of shape (classes,)

    Examples
    --------
    >>> sure = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    >>> prior_by_likelihood(sure, np.array([0.5, 0.5])).tolist()
    [0.25, 0.75]
    """
    now = np.asarray(was, dtype=float)
    there = now > 0
    likelihoods = chances[:, there] / now[there]  # of the events in each class, up to a factor each
    likelihoods = likelihoods[likelihoods.any(axis=1)]
    for _ in range(steps):
        then, now = now, np.zeros(len(now))
        joint = likelihoods * then[there]
        now[there] = (joint / joint.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(now - then).max() <= close:
            break
    return now


def prior_by_confusion(confusion: np.ndarray, answered: np.ndarray) -> np.ndarray:
    """The shares of classes that explain how often each was answered, by past errors.

    Black box shift estimation (Lipton, Wang & Smola, ICML 2018): the shares of answers are what a
    confusion matrix per class makes of the shares of classes. It needs no calibration, but classes
    that look as they did.

    Parameters
    ----------
    confusion : numpy.ndarray of shape (classes, classes)
        Labelled events by true class and answer, of which each class has some.
    answered : numpy.ndarray of shape (classes,)
        How many unlabelled events were answered with each class.

    Returns
    -------
    numpy.ndarray of shape (classes,)
        What lies below 0 is set to 0, and the sum to 1.

    Raises
    ------
    ValueError
        If the answers do not depend on the class, or a class has no label.

    Examples
    --------
    Of class 0 a tenth is answered 1, of class 1 eight tenths; .45 of all are now answered 1.

    >>> matrix = np.array([[90, 10], [20, 80]])
    >>> prior_by_confusion(matrix, np.array([55, 45])).round(9).tolist()
    [0.5, 0.5]
    """
    totals = confusion.sum(axis=1, keepdims=True)
    if not totals.all():
        raise ValueError("the shares of classes cannot be told: a class has no label")
    shares = (confusion / totals).T
    if np.linalg.cond(shares) > 1e6:
        raise ValueError("the shares of classes cannot be told: answers do not depend on the class")
    now = np.clip(np.linalg.solve(shares, answered / answered.sum()), 0, None)
    return now / now.sum()
