"""Whether rows still look as they did, seen as fewer columns, or other ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_object
from clsim.monitoring.compared import Columns, Distributions
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.features import as_features, check_features, features_of, of_these
from clsim.monitoring.projections import Projection
from clsim.monitoring.samples import NUMERIC
from clsim.slices import Sliced
from clsim.types import Column, Rows, Schema
from clsim.view import View


class Projected(Distributions):
    """The distance of recent rows from a reference, seen through a projection; without labels.

    A value for each column of the projection. It is fitted on the reference alone, and on one half
    of it, drawn row by row; the other half is what the present is compared with, for a projection
    fits the rows that it learned from better than any others. (A function learns nothing, so all
    of the reference is compared.)

    Parameters
    ----------
    projection : `clsim.monitoring.projections.Projection`
        Such as ``PCA(2)``, ``KMeans(8)``, ``Density()``, ``RandomLinear(3)`` or ``Function(f)``.
    distance : str, default='l_infinity'
        A name of `clsim.monitoring.distances.DISTANCES`.
    reference, window, slices, p_value
        As for `clsim.monitoring.FeatureDistribution`.
    min_rows : int, default=50
        With fewer rows on either side, or in either half of the reference, there is no number.
    features : sequence of str or None, default=None
        What the projection sees. None: all.

    Examples
    --------
    >>> from clsim.monitoring.projections import PCA
    >>> monitor = Projected(PCA(2), "kolmogorov_smirnov", window=1_000)
    """

    def __init__(
        self,
        projection: Projection,
        distance: str = "l_infinity",
        reference: Any = "training",
        window: Duration | Sequence[Duration] = 500,
        min_rows: int = 50,
        features: Sequence[str] | None = None,
        slices: Sequence[Sliced] = (),
        p_value: bool = False,
    ) -> None:
        super().__init__(distance, reference, window, min_rows, slices, p_value)
        check_object("projection", projection)
        if not isinstance(projection, Projection):
            raise TypeError(
                f"projection={projection!r}: expected one of clsim.monitoring.projections, such as "
                "PCA(2); those of your own derive from Projection, and functions go into Function"
            )
        if projection.categories and DISTANCES[distance].numbers_only:
            raise ValueError(
                f"distance={distance!r} is one of numbers, and {type(projection).__name__} gives "
                "categories; use distance='l_infinity' or another of shares"
            )
        self.projection = projection
        self.features = as_features(features)

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        self._schema_features = schema.features
        check_features(self.features, schema)

    def check_rows(self, X: Any) -> None:
        found = self.projection.check_rows(of_these(X, self.features, self._schema_features))
        words = [name for name, values in found.items() if values.dtype.kind not in NUMERIC]
        if words and DISTANCES[self.distance].numbers_only:
            raise ValueError(
                f"distance={self.distance!r} is one of numbers, and the projection's {words[0]!r} "
                "holds categories; use distance='l_infinity' or another of shares"
            )

    def needs(self) -> tuple[str, int] | None:
        needs = super().needs()
        return (needs[0], 2 * needs[1]) if needs and self.projection.learns else needs

    def whats(self, schema: Schema) -> Sequence[str] | None:
        return self.projection.names

    def seen(self, view: View, rows: Rows) -> tuple[Rows, Callable[[View, Rows], Columns]]:
        learned = rows
        if self.projection.learns:
            first = view.uniform("projection", rows) < 0.5
            learned, rows = rows[first], rows[~first]
            if min(len(learned), len(rows)) < self.min_rows:
                return rows[:0], lambda view, rows: {}
        X, features = features_of(view, learned, self.features), self.features
        fitted = self.projection.fit(X, view.integer("projection"))

        def see(view: View, rows: Rows) -> Columns:
            columns = fitted.columns(features_of(view, rows, features))
            return {name: _column(values) for name, values in columns.items()}

        return rows, see


def _column(values: np.ndarray) -> Column:
    """Values of a projection as numbers, or as codes of categories."""
    if values.dtype.kind in NUMERIC:
        return Column(values.astype(float))
    names, codes = np.unique(values.astype(str), return_inverse=True)
    return Column(codes, names)
