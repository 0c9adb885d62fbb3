"""Which of some rows: named slices of a stream, and rules over its features."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clsim.errors import check_number, unknown
from clsim.protocols import Monitor
from clsim.types import Column, Of, Rows, Schema
from clsim.view import View

ORDERS = {"above": np.greater, "at_least": np.greater_equal, "below": np.less,
          "at_most": np.less_equal}  # fmt: skip
CONDITIONS = (*ORDERS, "among", "missing")


class Where:
    """Rows whose features meet some conditions, such as a known edge case.

    Parameters
    ----------
    name : str
        What the rows are called in records and on the page.
    features : mapping of str to mapping
        For each feature its conditions, which all must hold: ``above``, ``at_least``, ``below``,
        ``at_most`` (numbers), ``among`` (a list of values) or ``missing`` (true or false). A
        missing value meets no other condition.

    Examples
    --------
    >>> elderly = Where("elderly at night", {"age": {"at_least": 65}, "hour": {"among": [0, 1, 2]}})
    """

    def __init__(self, name: str, features: Mapping[str, Mapping[str, Any]]) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError(f"name={name!r}: expected text")
        if not isinstance(features, Mapping) or not features:
            raise TypeError(
                f"features={features!r}: expected a dict, such as {{'age': {{'above': 65}}}}"
            )
        for feature, conditions in features.items():
            key = f"features.{feature}"
            if not isinstance(conditions, Mapping) or not conditions:
                raise TypeError(f"{key}={conditions!r}: expected a dict, such as {{'above': 65}}")
            for condition, value in conditions.items():
                if condition not in CONDITIONS:
                    raise ValueError(f"{key}: {unknown('condition', condition, CONDITIONS)}")
                if condition in ORDERS:
                    check_number(f"{key}.{condition}", value)
                elif condition == "missing" and not isinstance(value, bool):
                    raise TypeError(f"{key}.missing={value!r}: expected true or false")
                elif condition == "among" and (
                    isinstance(value, str) or not isinstance(value, Sequence)
                ):
                    raise TypeError(f"{key}.among={value!r}: expected a list, such as [{value!r}]")
        self.name = name
        self.features = {feature: dict(each) for feature, each in features.items()}

    def check_schema(self, schema: Schema) -> None:
        """Refuse features that the stream does not have."""
        for feature in self.features:
            if feature not in schema.features:
                raise ValueError(f"{self.name}: {unknown('feature', feature, schema.features)}")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        """Refuse to compare what holds no numbers with one."""
        for feature, conditions in self.features.items():
            ordered = [name for name in conditions if name in ORDERS]
            if ordered and column(feature).names is not None:
                raise ValueError(
                    f"{self.name}: {feature!r} holds categories, so {ordered[0]} says nothing of "
                    "it; use among=[...]"
                )

    def mask(self, view: View, rows: Rows) -> np.ndarray:
        """Which of some rows meet all conditions."""
        meets = np.ones(len(rows), dtype=bool)
        for feature, conditions in self.features.items():
            column = view.column(feature, rows)
            (values, names), missing = column, column.missing
            for condition, value in conditions.items():
                if condition == "missing":
                    meets &= missing == value
                elif condition == "among":
                    meets &= ~missing & _among(values, names, value)
                else:
                    with np.errstate(invalid="ignore"):
                        meets &= ORDERS[condition](values, value)
        return meets

    def __repr__(self) -> str:
        return f"Where({self.name!r}, {self.features!r})"


def _among(values: np.ndarray, names: np.ndarray | None, among: Sequence[Any]) -> np.ndarray:
    """Which values are among some, or which codes stand for one of them."""
    if names is None:
        return np.isin(values, [each for each in among if isinstance(each, (int, float))])
    return np.isin(values, np.flatnonzero(np.isin(names, [str(each) for each in among])))


Sliced = str | Where
"""A slice column, one slice (``'column=value'``), or a rule."""


class Slices:
    """The slices that a monitor looks at, beside the whole.

    Parameters
    ----------
    given : sequence of str or Where
        Slice columns, of which every slice is meant; single slices ``'column=value'``; rules.

    Raises
    ------
    TypeError
        If one of them is neither text nor a `Where`.

    Examples
    --------
    >>> slices = Slices(["region=north", Where("elderly", {"age": {"at_least": 65}})])
    >>> bool(slices), bool(Slices([])), len(slices.given)
    (True, False, 2)
    """

    def __init__(self, given: Sequence[Sliced]) -> None:
        if isinstance(given, (str, Where)):
            raise TypeError(f"slices={given!r}: expected a list, such as [{given!r}]")
        for one in given:
            if not isinstance(one, (str, Where)):
                raise TypeError(f"slices: {one!r} is neither the name of a slice nor a Where")
        self.given = tuple(given)

    def __bool__(self) -> bool:
        return bool(self.given)

    def check_schema(self, schema: Schema) -> None:
        """Refuse what the stream does not have."""
        names = [name for every in schema.slices.values() for name in every]
        for one in self.given:
            if isinstance(one, Where):
                one.check_schema(schema)
                if one.name in names or one.name in ("all", *schema.slices):
                    raise ValueError(f"slices: {one.name!r} is a slice of the stream already")
            elif one not in schema.slices and one not in names:
                if not schema.slices:
                    raise ValueError(
                        f"slices: the stream has no slices, so there is no {one!r}; name slice "
                        "columns, or use Where(name, {feature: conditions})"
                    )
                raise ValueError(f"slices: {unknown('slice', one, [*schema.slices, *names])}")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        """Refuse rules that do not fit the kinds of their features."""
        for one in self.given:
            if isinstance(one, Where):
                one.check_columns(column)

    def of(self, schema: Schema) -> dict[str, Where | tuple[str, int]]:
        """For each slice its rule, or its column and its code in it."""
        found: dict[str, Where | tuple[str, int]] = {}
        for one in self.given:
            if isinstance(one, Where):
                found[one.name] = one
                continue
            for column, names in schema.slices.items():
                for code, name in enumerate(names):
                    if one in (column, name):
                        found[name] = column, code
        return found

    def parts(self, view: View, rows: Rows) -> dict[str, np.ndarray]:
        """The whole, as 'all', and each slice, and which of some rows belong to it."""
        return {"all": np.ones(len(rows), dtype=bool)} | self.masks(view, rows)

    def masks(self, view: View, rows: Rows) -> dict[str, np.ndarray]:
        """For each slice, which of some rows belong to it."""
        if not self.given:
            return {}
        codes = view.slices(rows)
        return {
            name: one.mask(view, rows) if isinstance(one, Where) else codes[one[0]] == one[1]
            for name, one in self.of(view.schema).items()
        }


class InSlices(Monitor):
    """What monitors have in common that look at slices beside the whole.

    Parameters
    ----------
    slices : sequence of str or Where

    Raises
    ------
    TypeError
        If one of them is neither text nor a `Where`.

    Examples
    --------
    A monitor of one's own that has one value for all rows and one for each slice.

    >>> class Rows(InSlices):
    ...     def measure(self, view):
    ...         found = self.groups(view, view.latest(10))
    ...         return {of: float(mask.sum()) for of, mask in found.items()}
    >>> Rows(["region"]).slices.given
    ('region',)
    """

    def __init__(self, slices: Sequence[Sliced]) -> None:
        self.slices = Slices(slices)

    def check_schema(self, schema: Schema) -> None:
        self.slices.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.slices.check_columns(column)

    def slice_names(self, schema: Schema) -> Sequence[str] | None:
        return list(self.slices.of(schema))

    def groups(self, view: View, rows: Rows) -> dict[Of, np.ndarray]:
        """Which of some rows each value is of: all of them, and those of each slice."""
        whole: dict[Of, np.ndarray] = {None: np.ones(len(rows), dtype=bool)}
        return whole | {(None, name): mask for name, mask in self.slices.masks(view, rows).items()}
