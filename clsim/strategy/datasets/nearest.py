"""Labelled rows that are like what is served now."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Dataset
from clsim.strategy.curation.coverage import numbers
from clsim.strategy.datasets.drawn import lowest
from clsim.strategy.datasets.within import Within
from clsim.types import Rows, Sample
from clsim.view import View


class Nearest(Within):
    """Rows of another rule that are nearest to the newest events without a label.

    Labels come late, inputs do not. After Csaba et al., Label delay in online continual learning
    (NeurIPS 2024), who train on labelled rows from memory that are similar to the newest unlabelled
    ones; theirs are drawn by cosine similarity of what a network makes of them, within the class
    that it predicts. Here distances are Euclidean between numbers that the labelled rows
    standardise, and the nearest rows of each new event are taken, one after the other, until there
    are enough.

    Parameters
    ----------
    dataset : Dataset
        Which labelled rows.
    rows : int
        How many of them.
    newest : int, default=200
        Number of the newest events that are looked at; of these, those without a label. If all have
        one, all of the newest.

    Examples
    --------
    >>> from clsim.strategy.datasets import All
    >>> dataset = Nearest(All(), rows=1000)

    Labels come four rows after their event. In tick 2, which begins with row 8, the newest events
    are of 10, and two of the rows with a label are like them:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> from clsim.streams.delays import Constant
    >>> log = pd.DataFrame({"x": [0, 10, 20, 0, 10, 20, 10, 10, 0, 0], "y": [0, 1] * 5})
    >>> stream = Recorded(log, label="y")
    >>> known = Knowledge.of(stream, seed=0, tick=2, warmup=4, delay=Constant(4))
    >>> view = View(known, None, tick=2)
    >>> nearest = Nearest(All(), rows=2, newest=2)
    >>> view.labelled().tolist(), nearest.sample(view, view.labelled()).rows.tolist()
    ([0, 1, 2, 3, 4], [1, 4])
    """

    def __init__(self, dataset: Dataset, rows: int, newest: int = 200) -> None:
        check_number("rows", rows, whole=True, low=1)
        check_number("newest", newest, whole=True, low=1)
        super().__init__(dataset)
        self.size, self.newest = rows, newest

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        rows, new = sample.rows, view.recent(self.newest)
        if len(rows) <= self.size or not len(new):
            return sample
        open_ = new[~view.labels.known(new)]
        new = open_ if len(open_) else new
        both = numbers(view, rows, new)
        best = places_to(both[: len(rows)], both[len(rows) :])
        return sample.at(lowest(best, self.size))


def places_to(X: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """For each row, its best place among all, by distance to some target.

    Parameters
    ----------
    X : numpy.ndarray of shape (n, d)
    targets : numpy.ndarray of shape (m, d)

    Returns
    -------
    numpy.ndarray of shape (n,)
        0 of what is nearest to a target, 1 of what is second, ...; of equal distances the later row
        comes first.

    Examples
    --------
    >>> places_to(np.array([[0.0], [1.0], [5.0], [9.0]]), np.array([[0.4], [8.0]])).tolist()
    [0, 1, 1, 0]
    """
    from scipy.spatial.distance import cdist

    best = np.full(len(X), len(X))
    late_first = X[::-1]
    for first in range(0, len(targets), 50):  # so that the table of distances stays small
        distances = cdist(targets[first : first + 50], late_first, "sqeuclidean")
        order = np.argsort(distances, axis=1, kind="stable")
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(len(X))[None, :], axis=1)
        np.minimum(best, places.min(axis=0), out=best)
    return best[::-1]
