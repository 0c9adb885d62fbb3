"""Rows whose label is expected to change the model most."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Draw
from clsim.strategy.curation.coverage import numbers
from clsim.strategy.curation.picks import Scored, chances_of, check_classes
from clsim.types import Rows, Schema
from clsim.view import View


class ExpectedChange(Scored):
    """Where the label is expected to move the model furthest: expected gradient length.

    The gradient of the log loss by the weights is as long as the step that the label makes; of the
    lengths for all labels that it may have, the mean is taken by the model's own probabilities.

    Parameters
    ----------
    recent : int, default=1000
        The latest labelled rows, by which features are standardised. Without any, rows are picked
        at random.

    Notes
    -----
    Source: Settles and Craven, An analysis of active learning strategies for sequence labeling
    tasks, EMNLP 2008. The gradient is that of a linear model with a softmax on the standardised
    features and a constant. That is the learner itself if it is a logistic regression after a
    scaler; of another it is the step of a linear model that gives the same probabilities, a
    stand-in: its own change would take a fit for each row and label. The length goes with that of
    the row, so outliers are asked about even where there is little doubt.

    Examples
    --------
    >>> pick = ExpectedChange(recent=500)
    """

    reads_chances = True

    def __init__(self, recent: int = 1000) -> None:
        check_number("recent", recent, whole=True, low=1)
        self.recent = recent

    def check_schema(self, schema: Schema) -> None:
        check_classes("an expected change", schema)

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        known = view.latest(self.recent)
        if len(known) == 0:
            return np.full(len(rows), np.nan)
        return expected_change(chances_of(view, rows), numbers(view, known, rows)[len(known) :])


def expected_change(chances: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Expected length of the gradient of the log loss of a linear model with a softmax.

    By label k it is the length of (p - e_k) times that of the row with a constant 1.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
    X : numpy.ndarray of shape (n, d)

    Returns
    -------
    numpy.ndarray of shape (n,)

    Examples
    --------
    >>> found = expected_change(np.array([[0.8, 0.2], [1.0, 0.0]]), np.array([[0.0], [3.0]]))
    >>> found.round(4).tolist()  # 2 * sqrt(2) * 0.8 * 0.2, and no doubt
    [0.4525, 0.0]
    """
    whole = np.square(chances).sum(axis=1, keepdims=True)
    lengths = np.sqrt(np.maximum(whole - 2 * chances + 1, 0.0))  # of p - e_k
    return np.asarray((chances * lengths).sum(axis=1) * np.sqrt(np.square(X).sum(axis=1) + 1))
