"""An ensemble of models of different ages, which learns a batch at a time."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from clsim.errors import check_number, check_object

LEAST = 1e-9
"""Keeps weights finite where nothing is lost."""


class AgedEnsemble:
    """Each batch of rows makes a new member, and weighs all of them by what they lose on it.

    A learner for training that goes on (``Stateful``), of classes. The accuracy updated ensemble
    (Brzezinski & Stefanowski, Reacting to different types of concept drift, IEEE TNNLS 2014), whose
    members stay as they are: a member weighs 1/(r + e), where e is the mean of (1 - chance of the
    true class)^2 on the newest batch, and r what chance would have by the shares of its classes;
    the newest member, which has learned that batch, weighs 1/r. If there are too many, the member
    that weighs least goes. An old concept that comes back finds a member that knows it.

    Parameters
    ----------
    estimator : scikit-learn classifier
        A prototype with ``predict_proba``.
    members : int, default=10
        Number of members at the most.

    Attributes
    ----------
    weights_ : list of float
        Of each member, from the oldest to the newest.

    Raises
    ------
    TypeError, ValueError
        If the estimator has no ``fit`` or ``predict_proba``, or there is to be no member.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> learner = AgedEnsemble(GaussianNB(), members=5)

    Two batches of as many of either class, so that r = .25, with opposite labels. The newest member
    weighs 1 / .25, and the one before, which is wrong on all of the second batch, 1 / (.25 + 1):

    >>> X, y = np.array([[0.0], [0.1], [1.0], [1.1]]), np.array([0, 0, 1, 1])
    >>> learner = learner.partial_fit(X, y).partial_fit(X, 1 - y)
    >>> [round(weight, 3) for weight in learner.weights_], learner.predict(X).tolist()
    ([0.8, 4.0], [1, 1, 0, 0])
    """

    def __init__(self, estimator: Any, members: int = 10) -> None:
        check_object("estimator", estimator)
        for name in ("fit", "predict_proba"):
            if not callable(getattr(estimator, name, None)):
                raise TypeError(f"estimator={estimator!r}: needs a method {name!r}")
        check_number("members", members, whole=True, low=1)
        self.estimator, self.members = estimator, members
        self.members_: list[Any] = []
        self.weights_: list[float] = []

    def fit(self, X: Any, y: np.ndarray) -> AgedEnsemble:
        """Begin anew with one member."""
        self.members_, self.weights_ = [], []
        return self.partial_fit(X, y)

    def partial_fit(self, X: Any, y: np.ndarray, classes: np.ndarray | None = None) -> AgedEnsemble:
        """Add a member, and weigh all by these rows."""
        if not self.members_:
            self.classes_ = np.unique(y) if classes is None else np.sort(classes)
        new = copy.deepcopy(self.estimator).fit(X, y)
        code = np.searchsorted(self.classes_, y)
        shares = np.bincount(code, minlength=len(self.classes_)) / len(y)
        chance = float(np.sum(shares * (1 - shares) ** 2)) + LEAST
        rows = np.arange(len(y))
        lost = [np.mean((1 - self._chances(m, X)[rows, code]) ** 2) for m in self.members_]
        self.members_ = [*self.members_, new]
        self.weights_ = [*(1 / (chance + float(e)) for e in lost), 1 / chance]
        if len(self.members_) > self.members:
            worst = int(np.argmin(self.weights_))
            del self.members_[worst], self.weights_[worst]
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """The mean of what members say, by their weights; of shape (n, classes)."""
        total = sum(
            w * self._chances(m, X) for w, m in zip(self.weights_, self.members_, strict=True)
        )
        return np.asarray(total) / sum(self.weights_)

    def predict(self, X: Any) -> np.ndarray:
        """The likeliest class of each row."""
        return np.asarray(self.classes_[self.predict_proba(X).argmax(axis=1)])

    def _chances(self, member: Any, X: Any) -> np.ndarray:
        """Of a member that may not have seen all classes."""
        chances = np.zeros((len(X), len(self.classes_)))
        chances[:, np.searchsorted(self.classes_, member.classes_)] = member.predict_proba(X)
        return chances
