"""Changes of features to which a model's answers are expected to respond in a known way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from clsim.errors import check_number, unknown
from clsim.protocols import Change
from clsim.types import Column, Rows, Schema
from clsim.view import View


class OfFeature(Change):
    """A change of one feature.

    Parameters
    ----------
    feature : str
        Its name.

    Raises
    ------
    TypeError
        If it is no text, or before the first tick if the feature has categories.
    ValueError
        Before the first tick, if the stream has no such feature.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> class Twice(OfFeature):
    ...     def values(self, view, rows, values):
    ...         return 2 * values
    >>> view = SimpleNamespace(X=lambda rows: np.ones((len(rows), 2)),
    ...                        schema=SimpleNamespace(features=("age", "income")))
    >>> Twice("income").features(view, np.array([7])).tolist()
    [[1.0, 2.0]]
    """

    def __init__(self, feature: str) -> None:
        if not isinstance(feature, str):
            raise TypeError(f"feature={feature!r}: expected the name of a feature")
        self.feature = feature

    def check_schema(self, schema: Schema) -> None:
        if self.feature not in schema.features:
            raise ValueError(f"change: {unknown('feature', self.feature, schema.features)}")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        if column(self.feature).names is not None:
            raise TypeError(f"change: {self.feature!r} has categories; use Swap, or a feature of "
                            "numbers")  # fmt: skip

    def features(self, view: View, rows: Rows) -> Any:
        X, place = view.X(rows).copy(), view.schema.features.index(self.feature)
        if isinstance(X, np.ndarray):
            X[:, place] = self.values(view, rows, X[:, place])
        else:
            X.isetitem(place, self.values(view, rows, X.iloc[:, place]))
        return X

    def values(self, view: View, rows: Rows, values: Any) -> Any:
        """What the feature becomes, an array or a series as it was."""
        raise NotImplementedError


class AddNoise(OfFeature):
    """Normal noise, drawn by row.

    Parameters
    ----------
    feature : str
        A feature of numbers.
    scale : float
        Standard deviation of the noise, in the units of the feature.

    Examples
    --------
    >>> AddNoise("income", scale=100.0).scale
    100.0
    """

    def __init__(self, feature: str, scale: float) -> None:
        super().__init__(feature)
        check_number("scale", scale, above=0)
        self.scale = scale

    def values(self, view: View, rows: Rows, values: Any) -> Any:
        from scipy.special import ndtri

        draw = view.uniform(f"change.{self.feature}", rows)
        return values + self.scale * ndtri(np.maximum(draw, np.finfo(float).tiny))


class Shift(OfFeature):
    """The same amount more, or less.

    Parameters
    ----------
    feature : str
        A feature of numbers.
    by : float

    Examples
    --------
    >>> Shift("income", by=1_000).by
    1000
    """

    def __init__(self, feature: str, by: float) -> None:
        super().__init__(feature)
        check_number("by", by)
        if by == 0:
            raise ValueError("by=0: changes nothing")
        self.by = by

    def values(self, view: View, rows: Rows, values: Any) -> Any:
        return values + self.by


class Swap(OfFeature):
    """Values become others, such as one category another.

    Parameters
    ----------
    feature : str
    to : mapping
        What each value becomes; values that it does not name stay.

    Examples
    --------
    >>> Swap("sex", {"f": "m", "m": "f"}).to
    {'f': 'm', 'm': 'f'}
    """

    def __init__(self, feature: str, to: Mapping[Any, Any]) -> None:
        super().__init__(feature)
        if not isinstance(to, Mapping) or not to:
            raise TypeError(f"to={to!r}: expected a mapping of values to others")
        self.to = dict(to)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        names = column(self.feature).names
        for value in () if names is None else [*self.to, *self.to.values()]:
            if str(value) not in names.astype(str):  # type: ignore[union-attr]
                raise ValueError(
                    f"change: {unknown(f'category of {self.feature}', value, names)}"  # type: ignore[arg-type]
                )

    def values(self, view: View, rows: Rows, values: Any) -> Any:
        new = values.copy()
        for old, to in self.to.items():
            new[values == old] = to
        return new
