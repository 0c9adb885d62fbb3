"""Whether the inputs still look as they did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from clsim.clock import Duration
from clsim.errors import unknown
from clsim.monitoring.compared import Columns, Distributions
from clsim.monitoring.distances import DISTANCES
from clsim.slices import Sliced
from clsim.types import Column, Of, Rows, Schema
from clsim.view import View


class FeatureDistribution(Distributions):
    """The distance of each feature's recent values from a reference; it needs no labels.

    Parameters
    ----------
    distance : str, default='l_infinity'
        A name of `clsim.monitoring.distances.DISTANCES`. The earth mover's distance of numbers is
        in standard deviations of the reference, so that features can be compared.
    reference : str or `clsim.monitoring.windows.Reference`, default='training'
        ``'training'`` (what the champion was trained on), ``'validation'`` (what was held out of
        that), ``'warmup'``, or an object such as ``Before('28d')`` or ``Season('364d')``.
    window : int, str or sequence of them, default=500
        The recent events: a number of rows, or a duration; of several, each has a value.
    min_rows : int, default=50
        With fewer values of a feature on either side, there is no number for it.
    features : sequence of str or None, default=None
        None: all.
    slices : sequence of str or `clsim.monitoring.Where`, default=()
        Slices that are compared with themselves, beside the whole.
    p_value : bool, default=False
        Whether to give the p-value of the distance instead of it, for rules that ask for one
        (`clsim.strategy.rules.Significant`): of 'kolmogorov_smirnov', 'cramer_von_mises' and
        'chi_squared'.

    Examples
    --------
    >>> monitor = FeatureDistribution("earth_mover", reference="warmup", window="7d")
    """

    def __init__(
        self,
        distance: str = "l_infinity",
        reference: Any = "training",
        window: Duration | Sequence[Duration] = 500,
        min_rows: int = 50,
        features: Sequence[str] | None = None,
        slices: Sequence[Sliced] = (),
        p_value: bool = False,
    ) -> None:
        super().__init__(distance, reference, window, min_rows, slices, p_value)
        self.features = as_features(features)

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        self._schema_features = schema.features
        check_features(self.features, schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        super().check_columns(column)
        every = self._schema_features if self.features is None else self.features
        check_numbers(self.distance, every, column)

    def whats(self, schema: Schema) -> Sequence[str]:
        return schema.features if self.features is None else self.features

    def measure_each(self, views: Sequence[View]) -> list[dict[Of, float]]:
        values: list[dict[Of, float]] = [{} for _ in views]
        for place, window in enumerate(self._windows):
            current = window.rows(views[0])  # whoever serves, the present is the same
            befores = {}
            for number, view in enumerate(views):
                reference = self._reference.rows(view, current)
                if min(len(reference), len(current)) >= self.min_rows:
                    befores[number] = self.before((place, number), view, reference)
            if befores:
                found = self.each(list(befores.values()), views[0], current, place)
                keys = {key for some in found for key in some}
                names = {key: self.called(*key, window) for key in keys}
                for number, some in zip(befores, found, strict=True):
                    values[number] |= {names[key]: value for key, value in some.items()}
        return values

    def columns(self, view: View, rows: Rows) -> Columns:
        return {name: view.column(name, rows) for name in self.whats(view.schema)}


def as_features(given: Sequence[str] | None) -> tuple[str, ...] | None:
    """Names of features, or None for all; a single name is refused (`TypeError`)."""
    if isinstance(given, str):
        raise TypeError(f"features={given!r}: expected a list, such as [{given!r}]")
    return None if given is None else tuple(given)


def features_of(view: View, rows: Rows, names: Sequence[str] | None) -> Any:
    """Some features of rows, or all (None), as the stream has them: a frame or an array."""
    return of_these(view.X(rows), names, view.schema.features)


def of_these(X: Any, names: Sequence[str] | None, features: Sequence[str]) -> Any:
    """Some features of rows that have others too, or all (None)."""
    if names is None:
        return X
    if isinstance(X, pd.DataFrame):
        return X[list(names)]
    return X[:, [features.index(name) for name in names]]


def check_features(names: Sequence[str] | None, schema: Schema) -> None:
    """Raise ``ValueError`` if the stream lacks one."""
    for name in names or ():
        if name not in schema.features:
            raise ValueError(f"monitor.features: {unknown('feature', name, schema.features)}")


def check_numbers(distance: str, names: Sequence[str], column: Callable[[str], Column]) -> None:
    """Raise ``ValueError`` if a distance is one of numbers, and a feature holds categories."""
    if not DISTANCES[distance].numbers_only:
        return
    words = [name for name in names if column(name).names is not None]
    if words:
        others = [name for name in names if name not in words]
        raise ValueError(
            f"distance={distance!r} is one of numbers, and {words[0]!r} holds categories; "
            f"use distance='l_infinity' or another of shares, or features={others}"
        )
