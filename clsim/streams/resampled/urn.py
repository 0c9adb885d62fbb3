"""Rows drawn from a table, by weights that drifts change."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from clsim.streams.drift.weight import Drift
from clsim.streams.resampled.kinds import Reweighted
from clsim.types import Batch, Schema


def inside_slice(drift: Drift, slices: dict[str, np.ndarray], schema: Schema) -> Any:
    """Whether rows lie in the slice of a drift."""
    for column, names in schema.slices.items():
        if drift.slice in names:
            return slices[column] == names.index(drift.slice)
    return True


class Urn:
    """The rows of a table, with weights that depend on which drifts have reached an event."""

    def __init__(self, table: Batch, schema: Schema, drifts: Sequence[Drift], seed: int) -> None:
        self._drifts, self._schema = drifts, schema
        self._kinds = [k for k, drift in enumerate(drifts) if isinstance(drift.to, Reweighted)]
        # slice after slice, so that what a drift does to one of them moves no row of another
        named = [codes for c, codes in table.slices.items()
                 if any(d.slice in schema.slices[c] for d in drifts)]  # fmt: skip
        self._rows = np.lexsort(named[::-1]) if named else np.arange(len(table.y))
        self._groups, self._inside = {}, {}
        for k in self._kinds:
            groups = drifts[k].to.groups(table, schema, seed)
            inside = np.broadcast_to(inside_slice(drifts[k], table.slices, schema), groups.shape)
            self._groups[k], self._inside[k] = groups[self._rows], inside[self._rows]
            shares = drifts[k].to.shares(schema)
            self._check_rows(k, shares, np.bincount(groups[inside], minlength=len(shares)))
        self._bounds: dict[bytes, np.ndarray] = {}
        self._first: dict[Hashable, np.ndarray] = {}
        for k in self._kinds:
            self._reweight(self._first, k, drifts[k].to.shares_before(schema))

    def draw(self, reached: np.ndarray, uniform: np.ndarray) -> np.ndarray:
        """Row numbers of the table for events, by uniform numbers."""
        states, state = np.unique(reached[:, self._kinds], axis=0, return_inverse=True)
        place = np.empty(len(uniform), dtype=np.int64)
        for number, flags in enumerate(states):
            mine = state.ravel() == number
            place[mine] = np.searchsorted(self._bounds_of(flags), uniform[mine], "right")
        return self._rows[place]

    def _bounds_of(self, flags: np.ndarray) -> np.ndarray:
        """Upper bounds of the rows in [0, 1]; the last row with a weight ends at 1 exactly."""
        key = flags.tobytes()
        if key not in self._bounds:
            factors = dict(self._first)
            for k in np.array(self._kinds, dtype=np.int64)[flags]:
                self._reweight(factors, k, self._drifts[k].to.shares(self._schema))
            weights = self._product(factors)
            bounds = np.cumsum(weights) / weights.sum()
            bounds[np.flatnonzero(weights)[-1] :] = 1.0
            self._bounds[key] = bounds
        return self._bounds[key]

    def _product(self, factors: dict[Hashable, np.ndarray]) -> np.ndarray:
        return np.prod([np.ones(len(self._rows)), *factors.values()], axis=0)

    def _reweight(
        self, factors: dict[Hashable, np.ndarray], k: int, shares: np.ndarray | None
    ) -> None:
        """Give the groups of a drift their shares, in its slice, by its factor of the weights."""
        if shares is None:
            return
        kind, groups, inside = self._drifts[k].to, self._groups[k], self._inside[k]
        own = factors.pop(kind.field, np.ones(len(groups)))
        others = self._product(factors)
        there = np.bincount(groups[inside], others[inside], minlength=len(shares))
        self._check_rows(k, shares, there)
        mass = float((own * others)[inside].sum())
        scale = mass * shares / np.where(there > 0, there, 1.0)
        factors[kind.field] = np.where(inside, scale[groups], own)

    def _check_rows(self, k: int, shares: np.ndarray, there: np.ndarray) -> None:
        missing = np.flatnonzero((shares > 0) & (there == 0))
        if len(missing):
            drift = self._drifts[k]
            place = f" in {drift.slice}" if drift.slice else ""
            raise ValueError(
                f"drifts: there is no row of {drift.to.name(int(missing[0]), self._schema)} to "
                f"draw{place}, but it has a weight"
            )
