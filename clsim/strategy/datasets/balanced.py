"""Classes or slices that are seldom get as much to say as the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clsim.errors import check_choice, check_flag, check_number, unknown
from clsim.protocols import Dataset
from clsim.strategy.datasets.drawn import lowest
from clsim.strategy.datasets.within import Within, weighed
from clsim.types import Rows, Sample, Schema
from clsim.view import View

WAYS = ("down", "up", "weights")


class Balanced(Within):
    """Rows of another rule, balanced by class or by slice.

    Too few of a group: the others are drawn from (down), its rows are given to the learner several
    times (up), or they count more (weights). What is balanced is no longer like the events that are
    served: chances of the groups come out too even (Dal Pozzolo, Caelen, Johnson & Bontempi,
    Calibrating probability with undersampling, 2015). ``undo`` weighs the rows so that they stand
    for all again, so that what was gained is a smaller set to train on (down).

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    by : str, default='class'
        ``'class'``, or a slice column. Rows of no slice are a group.
    how : {'down', 'up', 'weights'}, default='down'
    ratio : float, default=1.0
        Of the largest group to the smallest afterwards, at the most; by weights, of what they count
        together.
    undo : bool, default=False
        Whether each group's rows count as much as the group did before (not by weights).

    Examples
    --------
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> rare = Balanced(SlidingWindow("90d"), by="class", ratio=3)

    Six rows of one class and two of the other count as much together, or are cut down to two:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.strategy.datasets import All
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(10), "y": [0, 0, 0, 1, 0, 0, 0, 1, 0, 0]})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=2, warmup=2)
    >>> view = View(known, None, tick=3)  # which begins with row 8
    >>> Balanced(All(), how="weights").sample(view, view.labelled()).weights.round(3).tolist()
    [0.667, 0.667, 0.667, 2.0, 0.667, 0.667, 0.667, 2.0]
    >>> view.y(Balanced(All(), how="down").sample(view, view.labelled()).rows).tolist().count(0)
    2
    """

    def __init__(
        self,
        dataset: Dataset,
        by: str = "class",
        how: str = "down",
        ratio: float = 1.0,
        undo: bool = False,
    ) -> None:
        check_choice("how", how, WAYS)
        check_number("ratio", ratio, low=1)
        check_flag("undo", undo)
        if undo and how == "weights":
            raise ValueError("undo: weights that balance would be undone by others; use 'down'")
        super().__init__(dataset)
        self.by, self.how, self.ratio, self.undo = by, how, ratio, undo
        self.weighs = self.weighs or undo or how == "weights"

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        if self.by == "class" and schema.task == "regression":
            raise ValueError("dataset.by='class': the labels are values; name a slice column")
        if self.by != "class" and self.by not in schema.slices:
            raise ValueError(f"dataset.by: {unknown('name', self.by, ['class', *schema.slices])}")

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        rows = sample.rows
        if not len(rows):
            return sample
        groups = (
            view.schema.codes(view.y(rows)) if self.by == "class" else view.slices(rows)[self.by]
        )
        _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        if self.how == "weights":
            wanted = np.minimum(sizes, self.ratio * sizes.min())
            counts = wanted / sizes
            return weighed(sample, (counts * len(rows) / wanted.sum())[group])
        draws = view.uniform("dataset.balanced", rows)
        if self.how == "down":
            wanted = np.minimum(sizes, np.floor(self.ratio * sizes.min()).astype(np.int64))
            kept = np.concatenate([_of_group(draws, group == code, count)
                                   for code, count in enumerate(wanted)])  # fmt: skip
            kept.sort()
            sample, group = sample.at(kept), group[kept]
        else:
            wanted = np.maximum(sizes, np.ceil(sizes.max() / self.ratio).astype(np.int64))
            sample = _repeated(sample, draws, group, sizes, wanted)
        return weighed(sample, (sizes / wanted)[group]) if self.undo else sample


def _of_group(draws: np.ndarray, mine: np.ndarray, count: int) -> np.ndarray:
    """Places of so many rows of a group."""
    places = np.flatnonzero(mine)
    return places[lowest(draws[places], count)]


def _repeated(
    sample: Sample, draws: np.ndarray, group: np.ndarray, sizes: np.ndarray, wanted: np.ndarray
) -> Sample:
    """Each row as often as its group needs, some once more."""
    counts = (wanted // sizes)[group]
    for code, more in enumerate(wanted % sizes):
        counts[_of_group(draws, group == code, int(more))] += 1
    return replace(sample, counts=counts if sample.counts is None else sample.counts * counts)
