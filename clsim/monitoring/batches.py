"""Whether the latest batch is fit to be trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock
from clsim.errors import check_number, unknown
from clsim.monitoring import quality
from clsim.monitoring.features import as_features, check_features
from clsim.monitoring.windows import as_reference
from clsim.protocols import Monitor
from clsim.types import Column, Of, Rows, Schema
from clsim.view import View

LIMITS = {
    "missing": 0.1,
    "wrong_type": 0.01,
    "out_of_range": 0.1,
    "new_values": 0.05,
    "constant": 0.5,
    "statistics": 8.0,
    "duplicates": 0.1,
    "volume": 6.0,
    "freshness": 2.0,
}
"""What is looked for, and how much of it there may be: shares, but for robust deviations
(``statistics``, ``volume``) and ticks without an event (``freshness``)."""

LEAST_PAST = 5
"""With fewer batches before it, a batch is not compared with them."""

Statistics = dict[tuple[int, int, int], np.ndarray]
"""Statistics of batches, by their first and last rows and their number."""

NONE = np.empty(0, dtype=np.int64)


class Quality(Monitor):
    """How far beyond its limit the worst of a batch is: above 1 it is broken; without labels.

    A value for each feature, and one for the rows as a whole (duplicates, volume, freshness). With
    one limit alone it gives that check in units of its limit, so with a limit of 1 the check
    itself. A rule that asks whether a value is above 1 is what keeps a broken batch from being
    trained on, as a veto.

    Parameters
    ----------
    limits : mapping of str to float or None, default=None
        What is looked for, with the largest value that is no fault: ``missing``, ``wrong_type``,
        ``out_of_range``, ``new_values``, ``constant`` (of a column, against the reference),
        ``statistics`` (six of a column, in robust standard deviations of the batches before),
        ``duplicates`` (of rows, against the reference), ``volume`` (robust standard deviations),
        ``freshness`` (ticks since the last event). None: `LIMITS`.
    reference : str or `clsim.monitoring.windows.Reference`, default='warmup'
        As for `FeatureDistribution`.
    ticks : int, default=1
        A batch is the events of so many ticks.
    past : int, default=20
        Batches that statistics and volume are compared with; with fewer than 5 there is no number.
    min_rows : int, default=20
        With fewer in the batch or the reference, columns are not judged.
    features : sequence of str or None, default=None
        None: all.

    Notes
    -----
    The limits are conventions, as all such are: a threshold with a stated rate of false alarms
    comes from calibration. Many columns and six statistics are many looks, which is why 8
    deviations are not too many.

    Examples
    --------
    >>> monitor = Quality({"missing": 0.2, "statistics": 10})
    """

    shared = True

    def __init__(
        self,
        limits: Mapping[str, float] | None = None,
        reference: Any = "warmup",
        ticks: int = 1,
        past: int = 20,
        min_rows: int = 20,
        features: Sequence[str] | None = None,
    ) -> None:
        limits = LIMITS if limits is None else limits
        if not isinstance(limits, Mapping) or not limits:
            raise TypeError(f"limits={limits!r}: expected a dict, such as {{'missing': 0.2}}")
        for check, limit in limits.items():
            if check not in LIMITS:
                raise ValueError(f"limits: {unknown('check', check, LIMITS)}")
            check_number(f"limits.{check}", limit, above=0)
        check_number("ticks", ticks, whole=True, low=1)
        check_number("past", past, whole=True, low=LEAST_PAST)
        check_number("min_rows", min_rows, whole=True, low=1)
        self.limits = dict(limits)
        self.reference, self._reference = reference, as_reference(reference)
        self.ticks, self.past, self.min_rows = ticks, past, min_rows
        self.features = as_features(features)
        self._known: Statistics = {}

    def bind(self, clock: Clock) -> None:
        self._reference.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        check_features(self.features, schema)

    def needs(self) -> tuple[str, int] | None:
        return ("min_rows", self.min_rows) if self._reference.warmup else None

    def names(self, schema: Schema) -> Sequence[str]:
        return schema.features if self.features is None else self.features

    def measure(self, view: View) -> dict[Of, float]:
        if view.tick < self.ticks:
            return {}
        batches = self._batches(view)
        rows = batches[0]
        reference = self._reference.rows(view, rows)
        found: dict[Of, list[float]] = {None: self._by_count(view, batches)}
        if min(len(rows), len(reference)) >= self.min_rows:
            names = self.names(view.schema)
            was, now = ({n: view.column(n, side) for n in names} for side in (reference, rows))
            if "duplicates" in self.limits:
                found[None].append(quality.duplicates(was, now) / self.limits["duplicates"])
            found |= {name: self._by_reference(was[name], now[name]) for name in names}
            if "statistics" in self.limits and len(batches) > LEAST_PAST:
                for name, z in self._unusual(view, batches).items():
                    found[name].append(z / self.limits["statistics"])
        return {of: max(values) for of, values in found.items() if values}

    def _batches(self, view: View) -> list[Rows]:
        """The rows of the latest batch, and of those before it, the latest first."""
        ends = range(view.tick, self.ticks - 1, -self.ticks)[: self.past + 1]
        first = view.first_row
        return [view.stretch(first(end - self.ticks), first(end)) for end in ends]

    def _by_count(self, view: View, batches: list[Rows]) -> list[float]:
        """What the numbers of events say."""
        values = []
        if "volume" in self.limits and len(batches) > LEAST_PAST:
            sizes = np.array([len(batch) for batch in batches])
            values.append(quality.volume_z(sizes[1:], int(sizes[0])) / self.limits["volume"])
        if "freshness" in self.limits:
            values.append(_silent(view) / self.limits["freshness"])
        return values

    def _by_reference(self, was: Column, now: Column) -> list[float]:
        return [
            check(was, now) / self.limits[name]
            for name, check in quality.COLUMN_CHECKS.items()
            if name in self.limits
        ]

    def _unusual(self, view: View, batches: list[Rows]) -> dict[str, float]:
        """For each column how far the statistic that has moved most is from its past."""
        oldest = min((int(rows[0]) for rows in batches if len(rows)), default=0)
        known = {key: each for key, each in self._known.items() if key[0] >= oldest}
        now, *past = (self._statistics(view, rows, known) for rows in batches)
        self._known = known
        before, names = np.array(past), self.names(view.schema)
        floors = [
            quality.one_row(before[:, k], len(batches[0]), view.column(name, NONE).names is None)
            for k, name in enumerate(names)
        ]
        flat = before.reshape(len(past), -1)
        z = np.abs(quality.robust_z(flat, now.ravel(), np.concatenate(floors))).reshape(-1, 6)
        furthest = np.where(np.isnan(z), -1.0, z).max(axis=1)
        return {name: float(f) for name, f in zip(names, furthest, strict=True) if f >= 0}

    def _statistics(self, view: View, rows: Rows, known: Statistics) -> np.ndarray:
        """Statistics of a batch, of shape (columns, 6); it does not change, so it is asked once."""
        key = (int(rows[0]), int(rows[-1]), len(rows)) if len(rows) else (-1, -1, 0)
        if key not in known:
            columns = (view.column(name, rows) for name in self.names(view.schema))
            known[key] = np.array([quality.statistics(column) for column in columns])
        return known[key]


def _silent(view: View) -> int:
    """Ticks since the last event that is kept."""
    last, tick = view.recent(1), view.tick
    while tick > 0 and not (len(last) and view.first_row(tick - 1) <= last[0]):
        tick -= 1
    return view.tick - tick
