"""Rows that the labelled ones do not cover yet."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_choice, check_object, check_settings
from clsim.protocols import Draw
from clsim.strategy.curation.counted import Counted
from clsim.strategy.curation.picks import Pick, Picked, Scored
from clsim.types import Column, Rows
from clsim.view import View

PENDING = ("count", "forget")


def numbers(view: View, known: Rows, rows: Rows) -> np.ndarray:
    """Features of known rows, then of others, as numbers, standardised by the known ones.

    Columns in which all rows are the same, such as that nothing is missing, are left out.
    """
    from clsim.monitoring.encoded import Encoded

    inputs = view.columns(np.concatenate([known, rows]))
    first = {name: Column(values[: len(known)], names) for name, (values, names) in inputs.items()}
    columns = Encoded(first).columns(inputs)
    differ = [column for column in columns if (column != column[0]).any()] or columns[:1]
    both = np.array(differ, dtype=float).T
    return np.ascontiguousarray(both) if len(differ) == len(columns) else both


def covered_rows(view: View, counted: Counted, pending: str) -> Rows:
    """The rows that count as covered: with a label, and on order unless these are forgotten."""
    return counted.labelled(view) if pending == "forget" else counted.both(view)


class KCentre(Pick):
    """The most representative: each row is the farthest from all labelled and picked ones.

    Greedy k-centre (Gonzalez 1985; Sener and Savarese, Active learning for convolutional neural
    networks: a core-set approach, ICLR 2018): no candidate is much farther from a labelled row than
    it must be. Distances are Euclidean between numbers that the labelled rows standardise.

    Parameters
    ----------
    recent : int, default=1000
        The latest labelled rows that count as covered.
    pending : {'count', 'forget'}, default='count'
        Whether rows whose label is on order count as labelled. If they are forgotten, their
        neighbours are asked about again until the labels come.
    since : int, str or None, default=None
        Only rows of events in this last stretch are covered. If trainings use a window W and labels
        come after D, W - D forgets what will have left the window when the label comes (Pham et
        al., 2022).

    Notes
    -----
    It goes by inputs alone, so it spends labels on outliers, and on features that do not matter.

    Examples
    --------
    >>> pick = KCentre(recent=500)

    The labelled rows are of 0 and 1, and of the candidates 1, 5 and 9 the last is the farthest:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> log = pd.DataFrame({"x": [0, 1, 1, 5, 9, 9], "y": [0, 1] * 3})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=3, warmup=2, delay=Constant(9))
    >>> view = View(known, None, tick=1)  # which begins with row 5
    >>> pick.bind(Clock.of(False, tick=3))
    >>> pick.pick(view, np.array([2, 3, 4]), 1, draw=None).rows.tolist()
    [4]
    """

    def __init__(
        self, recent: int = 1000, pending: str = "count", since: Duration | None = None
    ) -> None:
        check_choice("pending", pending, PENDING)
        self.pending, self._counted = pending, Counted(recent, since)

    def bind(self, clock: Clock) -> None:
        self._counted.bind(clock)

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        covered = covered_rows(view, self._counted, self.pending)
        both = numbers(view, covered if len(covered) else rows, rows)
        X = both[len(both) - len(rows) :]
        if len(covered):
            near = nearest(X, both[: len(covered)])
        else:
            near = np.full(len(rows), np.inf)
            near[np.argmin(draw(rows))] = np.nan  # the first, since none is farther than the others
        return Picked(np.sort(rows[k_centre(X, near, count)]))


def nearest(X: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared distance of each row to the nearest of some centres."""
    from scipy.spatial.distance import cdist

    near = np.full(len(X), np.inf)
    for first in range(0, len(centres), 200):  # so that the table of distances stays small
        some = cdist(X, centres[first : first + 200], "sqeuclidean").min(axis=1)
        np.minimum(near, some, out=near)
    return near


def k_centre(X: np.ndarray, near: np.ndarray, count: int) -> np.ndarray:
    """Rows picked one after the other, each the farthest from all centres so far.

    Parameters
    ----------
    X : numpy.ndarray of shape (n, d)
    near : numpy.ndarray of shape (n,)
        Squared distance of each to the nearest centre; of equal ones the first is picked. A NaN
        comes before all.
    count : int

    Returns
    -------
    numpy.ndarray of shape (count,), int64
        In the order picked.

    Examples
    --------
    >>> X = np.array([[0.0], [1.0], [5.0], [9.0], [10.0]])
    >>> k_centre(X, nearest(X, X[:1]), 2).tolist()
    [4, 2]
    """
    from scipy.spatial.distance import cdist

    near, picked = near.copy(), np.empty(count, dtype=np.int64)
    for i in range(count):
        picked[i] = at = int(np.argmax(near))
        np.fmin(near, cdist(X[at : at + 1], X, "sqeuclidean")[0], out=near)
        near[at] = -1.0  # a row is picked once, even where others are the same
    return picked


class Unlike(Scored):
    """Unlike what is labelled: a classifier tells the candidates from the labelled rows.

    The rows that it is the surest are not of the labelled ones are picked (Gissin and
    Shalev-Shwartz, Discriminative active learning, 2019). A new slice stands out at once.

    Parameters
    ----------
    classifier : scikit-learn classifier with probabilities
        A prototype, fitted anew in every tick, such as ``LogisticRegression()``.
    recent, pending, since
        As for `KCentre`.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> pick = Unlike(LogisticRegression())

    The labelled rows are of 0 and 1, and of the candidates 0, 1 and 9 the last is unlike them:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> log = pd.DataFrame({"x": [0, 1, 0, 1, 9, 9], "y": [0, 1] * 3})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=3, warmup=2, delay=Constant(9))
    >>> view = View(known, None, tick=1)  # which begins with row 5
    >>> pick.bind(Clock.of(False, tick=3))
    >>> pick.pick(view, np.array([2, 3, 4]), 1, draw=None).rows.tolist()
    [4]
    """

    def __init__(
        self,
        classifier: Any,
        recent: int = 1000,
        pending: str = "count",
        since: Duration | None = None,
    ) -> None:
        self.classifier = as_estimator("classifier", classifier, "predict_proba")
        check_choice("pending", pending, PENDING)
        self.pending, self._counted = pending, Counted(recent, since)

    def bind(self, clock: Clock) -> None:
        self._counted.bind(clock)

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        covered = covered_rows(view, self._counted, self.pending)
        if len(covered) == 0:
            return np.full(len(rows), np.nan)
        both = numbers(view, covered, rows)
        new = np.arange(len(both)) >= len(covered)
        fitted = fresh(self.classifier).fit(both, new)
        asked = np.ascontiguousarray(both[len(covered) :])
        return np.asarray(fitted.predict_proba(asked)[:, 1], dtype=float)


def as_estimator(key: str, given: Any, method: str) -> Any:
    """An estimator that has ``fit`` and a method.

    Raises
    ------
    TypeError, ValueError
    """
    check_object(key, given)
    for name in ("fit", method):
        if not callable(getattr(given, name, None)):
            raise TypeError(f"{key}={given!r}: needs a method {name!r}")
    check_settings(key, given)
    return given


def fresh(prototype: Any) -> Any:
    """A copy that has learned nothing yet."""
    from sklearn.base import clone

    return clone(prototype)
