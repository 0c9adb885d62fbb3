"""Whether whole rows still look as they did: what no feature shows alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_choice, check_number
from clsim.monitoring.compared import Compared, Masks, Values, check_p_value
from clsim.monitoring.features import as_features, check_features, features_of
from clsim.monitoring.multivariate import (
    ROWS,
    classifier,
    classifier_p_value,
    directions,
    drawn,
    energy,
    energy_between,
    mmd,
    mmd_between,
    sliced_earth_mover,
)
from clsim.monitoring.p_values import permuted
from clsim.monitoring.projections import Encoding
from clsim.slices import Sliced
from clsim.types import Extent, Rows, Schema
from clsim.view import View

DIRECTIONS = 50
"""Along how many random directions rows are moved by 'sliced_earth_mover'."""

Between = Callable[[np.ndarray, np.ndarray, int], float]
"""A number for rows of a reference and present ones, and a ``random_state``."""


def _sliced(reference: np.ndarray, current: np.ndarray, random_state: int) -> float:
    along = directions(reference.shape[1], DIRECTIONS, np.random.default_rng(random_state))
    return sliced_earth_mover(reference, current, along)


def _permuted(between: Callable[[np.ndarray], Any]) -> Between:
    def p_value(reference: np.ndarray, current: np.ndarray, random_state: int) -> float:
        rows, sizes = np.concatenate([reference, current]), (len(reference), len(current))
        return permuted(between(rows), *sizes, np.random.default_rng(random_state))

    return p_value


ROW_DISTANCES: dict[str, Between] = {
    "mmd": lambda reference, current, _: mmd(reference, current),
    "energy": lambda reference, current, _: energy(reference, current),
    "sliced_earth_mover": _sliced,
    "classifier": classifier,
}
"""Distances of whole rows, by the name that a monitor is given."""

ROW_P_VALUES: dict[str, Between] = {
    "mmd": _permuted(mmd_between),
    "energy": _permuted(energy_between),
    "classifier": classifier_p_value,
}
"""p-values of those that have one."""

LEAST = {"mmd": 2, "classifier": 8}
"""Fewer rows a side would have no value."""


class Numbered(NamedTuple):
    """A reference: how rows become numbers, and its own by slice."""

    encoding: Encoding
    rows: dict[str, np.ndarray]


class RowDistribution(Compared):
    """The distance of recent rows as a whole from a reference; it needs no labels.

    It sees what no feature shows alone, such as a correlation that turned. Rows are numbers as
    `clsim.monitoring.projections.Encoding` makes them of the reference; what is missing counts as
    the mean, so `Quality` is the monitor for that.

    Parameters
    ----------
    distance : {'mmd', 'energy', 'sliced_earth_mover', 'classifier'}, default='mmd'
        As in `clsim.monitoring.multivariate`: the squared maximum mean discrepancy (around 0
        without drift), the energy distance, the earth mover's along 50 random directions, or the
        AUC of a classifier that tells present rows from the reference's (around .5).
    reference, window, slices
        As for `clsim.monitoring.FeatureDistribution`.
    min_rows : int, default=50
        With fewer rows on either side, there is no number.
    features : sequence of str or None, default=None
        None: all.
    rows : int, default=500
        At most so many rows of each side, and of each slice, are compared: those with the least
        number that the replay's seed gives them, so windows that overlap keep the same ones. The
        first two distances cost the square of it.
    p_value : bool, default=False
        Whether to give a p-value instead: of 'mmd' and 'energy' by 199 permutations, so at least
        .005; of 'classifier' by its ranks of rows that it did not learn from. Rows count as
        independent.

    Examples
    --------
    >>> from clsim.monitoring.windows import Before
    >>> monitor = RowDistribution("energy", reference=Before("28d"), window="7d")
    """

    def __init__(
        self,
        distance: str = "mmd",
        reference: Any = "training",
        window: Duration | Sequence[Duration] = 500,
        min_rows: int = 50,
        features: Sequence[str] | None = None,
        slices: Sequence[Sliced] = (),
        rows: int = ROWS,
        p_value: bool = False,
    ) -> None:
        super().__init__(reference, window, min_rows, slices)
        check_choice("distance", distance, ROW_DISTANCES)
        check_p_value(p_value, distance, ROW_P_VALUES)
        least = LEAST.get(distance, 1)
        check_number("min_rows", min_rows, low=least)
        check_number("rows", rows, whole=True, low=least)
        if rows < min_rows:
            raise ValueError(f"rows={rows}: fewer than min_rows={min_rows}; compare more")
        self.distance = distance
        self.features = as_features(features)
        self.rows = rows
        self.p_values = p_value

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        check_features(self.features, schema)

    def extent(self, score: Extent) -> Extent:
        return Extent() if self.measures == "mmd" else super().extent(score)  # around 0

    def whats(self, schema: Schema) -> Sequence[str | None]:
        return (None,)

    def prepared(self, view: View, rows: Rows, masks: Masks) -> Numbered:
        encoding = Encoding(features_of(view, self._drawn(view, rows), self.features))
        sides = {name: self._numbers(encoding, view, rows[mask]) for name, mask in masks.items()}
        return Numbered(encoding, sides)

    def compare(self, before: Numbered, view: View, rows: Rows, masks: Masks) -> Values:
        values: Values = {}
        between = (ROW_P_VALUES if self.p_values else ROW_DISTANCES)[self.distance]
        for name, mask in masks.items():
            was = before.rows[name]
            if min(len(was), mask.sum()) >= self.min_rows:
                now = self._numbers(before.encoding, view, rows[mask])
                values[None, name] = between(was, now, view.integer("rows"))
        return values

    def _drawn(self, view: View, rows: Rows) -> Rows:
        return drawn(rows, view.uniform("rows", rows), self.rows)

    def _numbers(self, encoding: Encoding, view: View, rows: Rows) -> np.ndarray:
        """Drawn rows as numbers; none where there are too few of them."""
        if len(rows) < self.min_rows:
            return np.empty((0, 0))
        return encoding.rows(features_of(view, self._drawn(view, rows), self.features))
