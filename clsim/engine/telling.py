"""What one strategy is told of each label, and when: by itself, and because it was bought."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clsim.engine.calendar import Calendar, Sieve
from clsim.engine.labels import Labels
from clsim.engine.orders import Orders
from clsim.types import NEVER, Rows


@dataclass(frozen=True)
class Telling:
    """Natural labels and bought ones; of each event the first to come counts until revised.

    Attributes
    ----------
    labels : Labels
        What the world says of all events.
    natural : Calendar or Sieve
        When natural labels come.
    orders : Orders or None
        The labels that were bought; None for a strategy that buys none.
    """

    labels: Labels
    natural: Calendar | Sieve
    orders: Orders | None = None

    @property
    def revises(self) -> bool:
        """Whether something else may be told of a label later."""
        return self.labels.final is not None or self.orders is not None

    def y_at(self, rows: Rows, tick: Any) -> np.ndarray:
        """Labels of rows as they are told at a tick (or one for each), when they have arrived."""
        y = self.labels.at(rows, tick)
        if self.orders is not None:
            place, bought = self.orders.places(rows)
            bought &= self.natural.ticks_of(rows) > tick
            y[bought] = self.orders.y[place[bought]]
        return y

    def bought_first(self, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
        """Where rows stand among the orders, and of which the bought label comes first."""
        assert self.orders is not None
        place, bought = self.orders.places(rows)
        bought[bought] = self.orders.due[place[bought]] < self.natural.ticks_of(rows[bought])
        return place, bought

    def times(self, rows: Rows) -> np.ndarray:
        """Clock time at which the label of each row comes first."""
        times = self.labels.times_of(rows)
        if self.orders is not None:
            place, bought = self.bought_first(rows)
            times[bought] = self.orders.time[place[bought]]
        return times

    def revised(self, after: int, until: int) -> tuple[Rows, np.ndarray]:
        """Rows whose label is revised after one tick, up to another, and when; by tick and row."""
        rows, ticks = self._contradicted(after, until)
        final = self.labels.final
        if final is not None:
            more = np.flatnonzero((final > after) & (final <= until))
            more = more[self.natural.ticks_of(more) != NEVER]
            last = self.natural.ends.last
            if last is not None:  # what is kept no more is not revised either
                more = more[final[more] <= last[more]]
            rows, ticks = np.concatenate([rows, more]), np.concatenate([ticks, final[more]])
        order = np.lexsort([rows, ticks])
        return rows[order], ticks[order]

    def revised_times(self, rows: Rows, ticks: np.ndarray) -> np.ndarray:
        """Clock time at which labels are revised, each in a tick."""
        times = self.labels.times_of(rows)
        if self.labels.final is not None:
            late = self.labels.final[rows] == ticks
            times = np.where(late, self.labels.revised_time[rows], times)
        return times

    def _contradicted(self, after: int, until: int) -> tuple[Rows, np.ndarray]:
        """Bought labels that were known first, and that the natural ones contradict."""
        if self.orders is None:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        rows, due, y = self.orders.rows, self.orders.due, self.orders.y
        ticks = self.natural.ticks_of(rows).astype(np.int64)
        again = (due < ticks) & (ticks > after) & (ticks <= until)
        again[again] = y[again] != self.labels.at(rows[again], ticks[again])
        return rows[again], ticks[again]
