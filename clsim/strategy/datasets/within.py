"""Rules that are about the rows of another rule; the plainest: rows count less with age."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.protocols import Dataset, completed
from clsim.types import Column, Rows, Sample, Schema
from clsim.view import View


class Within(Dataset):
    """A rule about the rows of another one; by itself it changes nothing of them.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    """

    def __init__(self, dataset: Dataset) -> None:
        self.inner: Dataset = completed("dataset", dataset, Dataset)
        self.weighs, self.asks_models = self.inner.weighs, self.inner.asks_models
        self.reads_alarms = self.inner.reads_alarms

    def bind(self, clock: Clock) -> None:
        self.inner.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.inner.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.inner.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.inner.check_rows(X)

    def rows(self, view: View) -> Rows:
        return self.inner.rows(view)

    def sample(self, view: View, rows: Rows) -> Sample:
        return self.inner.sample(view, rows)


def weighed(sample: Sample, weights: np.ndarray) -> Sample:
    """A sample whose rows count so many times as much as they did.

    >>> weighed(Sample(np.arange(2), np.array([1.0, 3.0])), np.array([2.0, 0.5])).weights.tolist()
    [2.0, 1.5]
    """
    before = sample.weights
    return replace(sample, weights=weights if before is None else before * weights)


class Decayed(Within):
    """Rows of another rule, which count the less the older they are.

    The weight is 2 to the power of minus the age over the half-life. For learners whose training
    takes ``sample_weight``.

    Parameters
    ----------
    dataset : Dataset
        Which rows.
    half_life : int or str
        The age at which a row counts half: rows, or a duration where the stream has time.

    Examples
    --------
    >>> from clsim.strategy.datasets import All
    >>> dataset = Decayed(All(), half_life="14d")

    >>> from types import SimpleNamespace
    >>> dataset = Decayed(All(), half_life=2)
    >>> dataset.bind(Clock.of(False, tick=2))
    >>> view = SimpleNamespace(now=8, time=lambda rows: rows)
    >>> dataset.sample(view, np.array([4, 6, 7])).weights.round(3).tolist()
    [0.25, 0.5, 0.707]
    """

    def __init__(self, dataset: Dataset, half_life: Duration) -> None:
        half_life = as_duration(half_life, "half_life", positive=True)
        super().__init__(dataset)
        self.half_life, self.weighs = half_life, True

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self._half_life = clock.units(self.half_life, "dataset.half_life")

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        age = view.now - view.time(sample.rows)
        return weighed(sample, np.exp2(-age / self._half_life))
