"""Rows weighed by how likely they were to have the answer that revealed them."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Dataset
from clsim.strategy.datasets.within import Within, weighed
from clsim.types import Sample
from clsim.view import View


class ByPropensity(Within):
    """Rows of another rule, each weighed by the inverse of the chance of its answer.

    Where labels are seen after one answer alone and a strategy explores
    (`clsim.strategy.exploration.Explore`), a row that was only seen by chance stands for all that
    are like it and were not seen (Horvitz & Thompson, Journal of the American Statistical
    Association 47, 1952). Rows of the warm-up, and all rows of a strategy that does not explore,
    count once. For learners whose training takes ``sample_weight``.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    most : float, default=20.0
        The largest weight, so that no row decides alone; what is cut off remains as bias.

    Examples
    --------
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> dataset = ByPropensity(SlidingWindow("28d"))

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.datasets import All
    >>> chances = np.array([1.0, 0.5, 0.01])
    >>> view = SimpleNamespace(outcomes=SimpleNamespace(propensities=lambda rows: chances))
    >>> ByPropensity(All()).sample(view, np.arange(3)).weights.tolist()
    [1.0, 2.0, 20.0]
    """

    def __init__(self, dataset: Dataset, most: float = 20.0) -> None:
        check_number("most", most, low=1)
        super().__init__(dataset)
        self.most, self.weighs = most, True

    def sample(self, view: View, rows: np.ndarray) -> Sample:
        sample = super().sample(view, rows)
        chances = view.outcomes.propensities(sample.rows)
        return weighed(sample, 1 / np.maximum(chances, 1 / self.most))
