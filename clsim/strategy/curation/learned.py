"""Rows by models that are fitted on the labels so far: predicted losses, doubt, a committee."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import signature
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_choice, check_number
from clsim.protocols import Draw
from clsim.strategy.curation.counted import (
    Counted,
    Labelled,
    chances_by,
    fitted_on,
    foreseen,
)
from clsim.strategy.curation.coverage import as_estimator, fresh, numbers
from clsim.strategy.curation.picks import MEASURES, Scored, check_classes, doubt
from clsim.types import Rows, Schema
from clsim.view import View

PENDING = ("forget", "bagged", "fuzzy")
"""What becomes of rows whose label is on order, where labels matter."""


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


class _OnLabels(Scored):
    """By classifiers that are fitted in every tick on the labels so far, and on those to come."""

    def __init__(
        self, classifier: Any, recent: int, since: Duration | None, pending: str, draws: int
    ) -> None:
        self.classifier = as_estimator("classifier", classifier, "predict")
        self._counted = Counted(recent, since)
        check_choice("pending", pending, PENDING)
        check_number("draws", draws, whole=True, low=1)
        self.pending, self.draws = pending, draws
        name = type(classifier).__name__
        if pending != "forget" and not callable(getattr(classifier, "predict_proba", None)):
            raise ValueError(
                f"pending={pending!r}: labels on order are simulated by the classifier's "
                f"probabilities, and {name} has none; give another classifier, or 'forget'"
            )
        if pending == "fuzzy" and "sample_weight" not in signature(classifier.fit).parameters:
            raise ValueError(
                f"pending='fuzzy': labels have weights, and {name} takes none (sample_weight); "
                "give another classifier, or 'bagged'"
            )

    def bind(self, clock: Clock) -> None:
        self._counted.bind(clock)

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        known = self._counted.labelled(view)
        if len(known) == 0:
            return np.full(len(rows), np.nan)
        ordered = rows[:0] if self.pending == "forget" else self._counted.ordered(view)
        learned = np.concatenate([known, ordered])
        both = numbers(view, known, np.concatenate([ordered, rows]))
        X, asked = both[: len(learned)], both[len(learned) :]
        codes, classes = view.schema.codes(view.y(known)), len(view.schema.classes)
        sets: Iterable[Labelled] = [Labelled(np.arange(len(known)), codes)]
        if len(ordered):
            fitted = fitted_on(self.classifier, X, Labelled(np.arange(len(known)), codes))
            chances = chances_by(fitted, X[len(known) :], codes[0], classes)
            sets = foreseen(codes, chances, self.pending, self.draws, ordered, draw)
        found = [self._scores_on(it, X, asked, classes, learned, draw) for it in sets]
        return np.asarray(np.mean(found, axis=0))

    def _scores_on(
        self, it: Labelled, X: np.ndarray, asked: np.ndarray, classes: int, rows: Rows, draw: Draw
    ) -> np.ndarray:
        """Scores of what is asked, from labels for ``rows``, whose features are ``X``."""
        raise NotImplementedError


class Refitted(_OnLabels):
    """Where a classifier is unsure that is fitted in every tick on all labels so far.

    As `Uncertainty`, but it has learned from labels that have come since the last training, and,
    if they are simulated, from those on order.

    Parameters
    ----------
    classifier : scikit-learn classifier with probabilities
        A prototype.
    measure : {'confidence', 'margin', 'entropy'}, default='margin'
        As for `Uncertainty`.
    recent : int, default=1000
        Number of the latest labelled rows.
    since : int, str or None, default=None
        Only those of events in this last stretch. If trainings use a window W and labels come
        after D, W - D forgets what will have left the window when the label comes.
    pending : {'forget', 'bagged', 'fuzzy'}, default='forget'
        What becomes of rows on order: they do not count, so that their neighbours are asked about
        again until the labels come; or their labels are drawn by the probabilities of the
        classifier that has learned the known ones, ``draws`` times, and scores are the means; or
        each counts once with every class, as much as its probability.
    draws : int, default=5

    Notes
    -----
    Source: Pham, Kottke, Krempl and Sick, Stream-based active learning for sliding windows under
    the influence of verification latency, Machine Learning 111, 2022. To be taught one's own
    probabilities changes them little, so with ``'fuzzy'`` doubt stays where it is; it goes with
    `Committee`, whose members it makes alike.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> pick = Refitted(LogisticRegression(), since="16d", pending="bagged")

    The labels are 0 at 0 and 1 at 10, so that of the candidates 0, 5 and 10 the middle is in doubt:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> log = pd.DataFrame({"x": [0, 10, 0, 5, 10, 10], "y": [0, 1] * 3})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=3, warmup=2, delay=Constant(9))
    >>> view = View(known, None, tick=1)  # which begins with row 5
    >>> pick = Refitted(LogisticRegression())
    >>> pick.bind(Clock.of(False, tick=3))
    >>> pick.pick(view, np.array([2, 3, 4]), 1, draw=None).rows.tolist()
    [3]
    """

    def __init__(
        self,
        classifier: Any,
        measure: str = "margin",
        recent: int = 1000,
        since: Duration | None = None,
        pending: str = "forget",
        draws: int = 5,
    ) -> None:
        as_estimator("classifier", classifier, "predict_proba")
        super().__init__(classifier, recent, since, pending, draws)
        check_choice("measure", measure, MEASURES)
        self.measure = measure
        self.confident = measure == "confidence"

    def check_schema(self, schema: Schema) -> None:
        check_classes("uncertainty", schema)

    def _scores_on(
        self, it: Labelled, X: np.ndarray, asked: np.ndarray, classes: int, rows: Rows, draw: Draw
    ) -> np.ndarray:
        fitted = fitted_on(self.classifier, X, it)
        return doubt(chances_by(fitted, asked, int(it.codes[0]), classes), self.measure)


class Committee(_OnLabels):
    """Where the members of a committee disagree, each fitted on a resample of the labels.

    The score is the entropy of their votes (Seung, Opper and Sompolinsky, Query by committee, 1992;
    Dagan and Engelson, 1995). It needs no probabilities, of the learner or of the members.

    Parameters
    ----------
    classifier : scikit-learn classifier
        A prototype, fitted ``members`` times in every tick; with ``'bagged'`` in every draw.
    members : int, default=5
    recent : int, default=1000
        Number of the latest labelled rows; each is in a resample as often as Poisson(1) says.
    since, pending, draws
        As for `Refitted`. To simulate labels on order, the classifier must have probabilities.

    Examples
    --------
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> pick = Committee(DecisionTreeClassifier(max_depth=3), members=7)
    """

    def __init__(
        self,
        classifier: Any,
        members: int = 5,
        recent: int = 1000,
        since: Duration | None = None,
        pending: str = "forget",
        draws: int = 5,
    ) -> None:
        super().__init__(classifier, recent, since, pending, draws)
        check_number("members", members, whole=True, low=2)
        self.members = members

    def check_schema(self, schema: Schema) -> None:
        check_classes("a vote of a committee", schema)

    def _scores_on(
        self, it: Labelled, X: np.ndarray, asked: np.ndarray, classes: int, rows: Rows, draw: Draw
    ) -> np.ndarray:
        votes = np.zeros((len(asked), classes))
        for member in range(self.members):
            often = np.searchsorted(POISSON, draw(rows, f" member {member}"), "right")
            bag = np.repeat(np.arange(len(it.codes)), often[it.places])
            fitted = fitted_on(self.classifier, X, it.at(bag))
            only = it.codes[bag[0] if len(bag) else 0]
            said = np.full(len(asked), only) if fitted is None else fitted.predict(asked)
            votes[np.arange(len(asked)), said.astype(np.int64)] += 1
        return doubt(votes / self.members, "entropy")


POISSON = np.cumsum(np.exp(-1) / np.cumprod(np.maximum(np.arange(12), 1)))
"""Distribution function of Poisson(1), at 0, 1, 2, ..."""
