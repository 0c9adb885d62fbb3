"""The window that would have been best on the latest labels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Dataset
from clsim.strategy.curation.coverage import as_estimator, fresh
from clsim.types import Rows, Sample
from clsim.view import View


class BestWindow(Dataset):
    """The latest rows, as many as would have been best for the latest labels.

    A learner is fitted to windows of several lengths that end before the latest labelled rows, and
    asked about these; the length that errs least is taken, of equal ones the longest. After
    Klinkenberg and Joachims, Detecting concept drift with support vector machines, ICML 2000, who
    estimate the error on the last batch in another way.

    Parameters
    ----------
    windows : sequence of int
        Numbers of rows, ascending.
    learner : scikit-learn estimator
        What is fitted to them: the learner of the replay, or one that is quicker.
    judges : int, default=200
        Number of the latest labelled rows that are asked about. They are trained on afterwards.

    Notes
    -----
    The fits are part of forming a dataset: they are no trainings, and are not charged. How many
    rows they had, and what each window lost, is in the training's event.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> dataset = BestWindow([250, 1000, 4000], GaussianNB())

    In the first 20 rows small values are of class 0, and after them of class 1. For the latest four
    labels the last eight before them are the better ones:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> y = [0, 0, 1, 1] * 5 + [1, 1, 0, 0] * 5
    >>> log = pd.DataFrame({"x": [0.0, 0.1, 1.0, 1.1] * 10, "y": y})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=4, warmup=4)
    >>> view = View(known, None, tick=7)  # which begins with row 32
    >>> dataset = BestWindow([8, 24], GaussianNB(), judges=4)
    >>> dataset.sample(view, dataset.rows(view)).noted
    {'window': 8, 'lost': {'8': 0.0, '24': 1.0}, 'rows_tried': 32}
    """

    def __init__(self, windows: Sequence[int], learner: Any, judges: int = 200) -> None:
        check_number("judges", judges, whole=True, low=1)
        self.windows = list(windows)
        for place, window in enumerate(self.windows):
            check_number(f"windows[{place}]", window, whole=True, low=1)
        if len(self.windows) < 2 or sorted(set(self.windows)) != self.windows:
            raise ValueError(f"windows={self.windows!r}: give at least two numbers, ascending")
        self.learner, self.judges = as_estimator("learner", learner, "predict"), judges

    def rows(self, view: View) -> Rows:
        return view.latest(self.windows[-1] + self.judges)

    def sample(self, view: View, rows: Rows) -> Sample:
        known, latest = rows[: -self.judges], rows[-self.judges :]
        lost: dict[int, float] = {}
        tried = tried_last = 0
        for window in self.windows:
            if len(known) > tried_last:  # else the one before had all of them
                some = known[-window:]
                lost[window], tried_last = self._lost(view, some, latest), len(some)
                tried += tried_last
        best = min(lost, key=lambda w: (lost[w], -w), default=self.windows[-1])
        noted = {str(w): round(loss, 6) for w, loss in lost.items() if np.isfinite(loss)}
        sample = Sample(rows[-best:])
        return replace(sample, noted={"window": best, "lost": noted, "rows_tried": tried})

    def _lost(self, view: View, rows: Rows, latest: Rows) -> float:
        """The mean error on the latest rows; infinite where a window cannot be fitted."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                fitted = fresh(self.learner).fit(view.X(rows), view.y(rows))
                answers, truth = fitted.predict(view.X(latest)), view.y(latest)
            except Exception:  # such as a window of one class
                return float("inf")
        if view.schema.task == "classification":
            return float(np.mean(answers != truth))
        return float(np.mean(np.abs(answers - truth)))
