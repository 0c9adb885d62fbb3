"""Which rows count as labelled, and what labels those on order may get."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Draw
from clsim.types import Rows
from clsim.view import View


class Counted:
    """The labelled rows that a pick looks at, and those whose label is on order.

    Parameters
    ----------
    recent : int
        Number of the latest ones.
    since : int, str or None
        Only those of events in such a last stretch.
    """

    def __init__(self, recent: int, since: Duration | None) -> None:
        check_number("recent", recent, whole=True, low=1)
        self.recent = recent
        self.since = None if since is None else as_duration(since, "since", positive=True)
        self._length: int | None = None

    def bind(self, clock: Clock) -> None:
        if self.since is not None:
            self._length = clock.units(self.since, "curation.pick.since")

    def labelled(self, view: View) -> Rows:
        """Rows that can be trained on, ascending."""
        return self._late(view, view.latest(self.recent))

    def ordered(self, view: View) -> Rows:
        """Rows whose label is on order, and will be trained on, ascending."""
        return self._late(view, np.sort(view.labels.ordered(evaluation=False))[-self.recent :])

    def both(self, view: View) -> Rows:
        """The latest of either."""
        both = np.concatenate([self.labelled(view), self.ordered(view)])  # no row is in both
        return np.sort(both, kind="stable")[-self.recent :]

    def _late(self, view: View, rows: Rows) -> Rows:
        if self._length is None:
            return rows
        return rows[rows >= view.row_at(view.now - self._length)]


class Labelled(NamedTuple):
    """Rows to fit a classifier on.

    Attributes
    ----------
    places : numpy.ndarray of shape (n,), int64
        Of each its place among the rows; one whose label is on order may be there several times.
    codes : numpy.ndarray of shape (n,), int64
        Its class.
    weights : numpy.ndarray of shape (n,), float64, or None
        None: all the same.
    """

    places: np.ndarray
    codes: np.ndarray
    weights: np.ndarray | None = None

    def at(self, some: np.ndarray) -> Labelled:
        """Some of them."""
        weights = None if self.weights is None else self.weights[some]
        return Labelled(self.places[some], self.codes[some], weights)


def foreseen(
    codes: np.ndarray, chances: np.ndarray, how: str, draws: int, ordered: Rows, draw: Draw
) -> Iterator[Labelled]:
    """What will be known when the labels on order have come, as far as it can be foreseen.

    Parameters
    ----------
    codes : numpy.ndarray of shape (n,), int64
        Classes of the labelled rows, which have the first places.
    chances : numpy.ndarray of shape (m, classes)
        Of the classes of the rows on order, which have the next.
    how : {'fuzzy', 'bagged'}
        Each row on order once with each class, of which the weight is its chance; or with a class
        that is drawn by the chances, ``draws`` times.
    draws : int
    ordered : Rows of shape (m,)
        By which it is drawn.
    draw : callable

    Examples
    --------
    >>> it = foreseen(np.array([0]), np.array([[0.7, 0.3]]), "fuzzy", 1, np.array([5]), None)
    >>> [values.tolist() for values in next(it)]
    [[0, 1, 1], [0, 0, 1], [1.0, 0.7, 0.3]]
    """
    n, (m, classes) = len(codes), chances.shape
    if how == "fuzzy":
        places = np.concatenate([np.arange(n), n + np.repeat(np.arange(m), classes)])
        each = np.concatenate([codes, np.tile(np.arange(classes), m)])
        weights = np.concatenate([np.ones(n), chances.ravel()])
        there = weights > 0
        yield Labelled(places[there], each[there], weights[there])
        return
    upto = np.cumsum(chances, axis=1)
    upto[:, -1] = np.inf  # whatever the rounding of the sum
    for number in range(draws):
        drawn = (draw(ordered, f" label {number}")[:, None] >= upto).sum(axis=1)
        yield Labelled(np.arange(n + m), np.concatenate([codes, drawn]))


def fitted_on(classifier: Any, X: np.ndarray, it: Labelled) -> Any:
    """A copy of a classifier that has learned some rows; None where they are all of one class."""
    from sklearn.base import clone

    if len(it.codes) == 0 or (it.codes == it.codes[0]).all():
        return None
    weighed = {} if it.weights is None else {"sample_weight": it.weights}
    return clone(classifier).fit(X[it.places], it.codes, **weighed)


def chances_by(fitted: Any, X: np.ndarray, only: int, classes: int) -> np.ndarray:
    """Probabilities of all classes; where there is no classifier, that of the only one is 1."""
    chances = np.zeros((len(X), classes))
    if fitted is None:
        chances[:, only] = 1.0
    elif len(X):
        chances[:, fitted.classes_.astype(np.int64)] = fitted.predict_proba(X)
    return chances
