"""Rows for a new learner: those that have its features, and those that the champion teaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clsim.protocols import Dataset
from clsim.strategy.datasets.within import Within
from clsim.types import Rows, Sample
from clsim.view import View


class Having(Within):
    """Rows of another rule in which none of some features is missing.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    features : sequence of str

    Examples
    --------
    >>> from clsim.strategy.datasets import All
    >>> dataset = Having(All(), ["income"])

    >>> from types import SimpleNamespace
    >>> from clsim.types import Column
    >>> income = Column(np.array([50.0, np.nan, 70.0]))
    >>> view = SimpleNamespace(labelled=lambda: np.array([3, 4, 6]),
    ...                        column=lambda name, rows: income)
    >>> dataset.rows(view).tolist()
    [3, 6]
    """

    def __init__(self, dataset: Dataset, features: Sequence[str]) -> None:
        super().__init__(dataset)
        self.features = tuple(features)

    def rows(self, view: View) -> Rows:
        return having(view, super().rows(view), self.features)


def having(view: View, rows: Rows, features: Sequence[str]) -> Rows:
    """Those of some rows in which no feature is missing."""
    there = np.ones(len(rows), dtype=bool)
    for feature in features:
        there &= ~view.column(feature, rows).missing
    return rows[there]


class Taught(Within):
    """Labelled rows of another rule, and the newest events without a label beside them.

    Those are learned by what the champion answers. It is what `clsim.strategy.training.Iterated`
    trains a new learner on; weights of the other rule are left out.
    """

    def __init__(
        self, dataset: Dataset, newest: int, *, soft: bool, features: Sequence[str] = ()
    ) -> None:
        super().__init__(dataset)
        self.newest, self.soft, self.features = newest, soft, tuple(features)

    def rows(self, view: View) -> Rows:
        newest = having(view, view.recent(self.newest), self.features)
        open_ = newest[~view.labels.known(newest)]
        return np.union1d(self.inner.rows(view), open_)

    def sample(self, view: View, rows: Rows) -> Sample:
        known = view.labels.known(rows)
        labelled = self.inner.sample(view, rows[known]).rows
        open_ = rows[~known]
        asked = view.model(None)
        answers = asked.answers(open_)
        schema = view.schema
        if schema.task == "regression":
            there = ~np.isnan(answers)
            told, truth = answers[there], view.y(labelled)
        else:
            each = np.eye(len(schema.classes))
            said = asked.chances(open_) if self.soft else each[answers]
            there = (answers >= 0) & ~np.isnan(said).any(axis=1)
            told = said[there]
            truth = each[schema.codes(view.y(labelled))]
        every = np.concatenate([labelled, open_[there]])
        order = np.argsort(every)
        taught = np.concatenate([truth, told])[order]
        return Sample(every[order], taught=taught, noted={"taught": int(there.sum())})
