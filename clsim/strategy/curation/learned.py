"""Rows by models that are fitted on the labels so far: predicted losses, and a committee."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Draw
from clsim.strategy.curation.coverage import as_estimator, fresh, numbers
from clsim.strategy.curation.picks import Scored, doubt
from clsim.types import Rows, Schema
from clsim.view import View


class PredictedLoss(Scored):
    """Where a regression expects the highest loss, by the losses that have arrived.

    It is fitted anew in every tick on the features of the latest labelled events and what was lost
    on each when it was served. With nearest neighbours, ``KNeighborsRegressor(10)``, the rows that
    are similar to known errors are picked.

    Parameters
    ----------
    regressor : scikit-learn regressor
        A prototype.
    recent : int, default=1000
        Number of the latest labelled events.
    min_labels : int, default=50
        With fewer the rows are picked at random.

    Notes
    -----
    After Yoo and Kweon, Learning loss for active learning, CVPR 2019, with a model beside the
    learner. What it learns from was picked by itself, so it may never see where it is wrong.

    Examples
    --------
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> similar_to_errors = PredictedLoss(KNeighborsRegressor(10), recent=500)
    """

    def __init__(self, regressor: Any, recent: int = 1000, min_labels: int = 50) -> None:
        self.regressor = as_estimator("regressor", regressor, "predict")
        check_number("recent", recent, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=recent)
        self.recent, self.min_labels = recent, min_labels

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        known = view.latest_known(self.recent)
        known = known[np.searchsorted(known, view.first_row(0)) :]
        losses = view.outcomes.losses(known)
        known, losses = known[~np.isnan(losses)], losses[~np.isnan(losses)]
        if len(known) < self.min_labels:
            return np.full(len(rows), np.nan)
        both = numbers(view, known, rows)
        fitted = fresh(self.regressor).fit(both[: len(known)], losses)
        return np.asarray(fitted.predict(both[len(known) :]), dtype=float)


class Committee(Scored):
    """Where the members of a committee disagree, each fitted on a resample of the labels.

    The score is the entropy of their votes (Seung, Opper and Sompolinsky, Query by committee, 1992;
    Dagan and Engelson, 1995). It needs no probabilities, of the learner or of the members.

    Parameters
    ----------
    classifier : scikit-learn classifier
        A prototype, fitted ``members`` times in every tick.
    members : int, default=5
    recent : int, default=1000
        Number of the latest labelled rows; each is in a resample as often as Poisson(1) says.
    """

    def __init__(self, classifier: Any, members: int = 5, recent: int = 1000) -> None:
        self.classifier = as_estimator("classifier", classifier, "predict")
        check_number("members", members, whole=True, low=2)
        check_number("recent", recent, whole=True, low=1)
        self.members, self.recent = members, recent

    def check_schema(self, schema: Schema) -> None:
        if schema.task != "classification":
            raise ValueError(
                "curation.pick: a committee votes on classes, and the stream's task is regression; "
                "use PredictedLoss"
            )

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        known = view.latest(self.recent)
        if len(known) == 0:
            return np.full(len(rows), np.nan)
        both, codes = numbers(view, known, rows), view.schema.codes(view.y(known))
        X, asked = both[: len(known)], both[len(known) :]
        votes = np.zeros((len(rows), len(view.schema.classes)))
        for member in range(self.members):
            often = np.searchsorted(POISSON, draw(known, f" member {member}"), "right")
            bag = np.repeat(np.arange(len(known)), often)
            if len(bag) == 0 or (codes[bag] == codes[bag[0]]).all():
                only = codes[bag[0] if len(bag) else 0]
                said = np.full(len(rows), only)
            else:
                said = fresh(self.classifier).fit(X[bag], codes[bag]).predict(asked)
            votes[np.arange(len(rows)), said.astype(np.int64)] += 1
        return doubt(votes / self.members, "entropy")


POISSON = np.cumsum(np.exp(-1) / np.cumprod(np.maximum(np.arange(12), 1)))
"""Distribution function of Poisson(1), at 0, 1, 2, ..."""
