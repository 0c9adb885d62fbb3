"""All that a strategy may know."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.types import Rows


class View:
    """All that a strategy may know at the start of a tick.

    Features are visible of events served in earlier ticks; labels when they have arrived. Asking
    for more raises ``LookupError``.

    Attributes
    ----------
    tick : int
        The present tick, from 0.
    """

    def __init__(self, world: Any, lane: Any) -> None:
        self._world = world
        self._lane = lane
        self.tick = 0

    @property
    def now(self) -> int:
        """Clock time at the start of this tick (microseconds since 1970, or rows)."""
        return int(self._world.starts[self.tick])

    @property
    def in_flight(self) -> bool:
        """Whether a training has started and has not yet taken effect."""
        return bool(self._lane.challengers)

    @property
    def training_ticks(self) -> list[int]:
        """Ticks at which trainings started, the initial one apart."""
        return list(self._lane.training_ticks)

    @property
    def n_labels(self) -> int:
        """Number of labels that have arrived so far, the warm-up's included."""
        return int(self._world.labels.known[self.tick])

    def n_labels_at(self, tick: int) -> int:
        """Number of labels that had arrived at an earlier tick; at -1, the warm-up's."""
        if tick > self.tick:
            raise LookupError(f"tick {tick} is not yet known at tick {self.tick}")
        return int(self._world.labels.known[max(tick, 0)])

    def arrived(self) -> Rows:
        """Rows whose labels arrived in this tick (the warm-up's arrive in tick 0)."""
        return self._world.labels.arrived(self.tick)

    def revised(self) -> Rows:
        """Rows whose labels arrived before, and were revised in this tick."""
        return np.sort(self._world.revised(self.tick - 1, self.tick))

    def labelled(self) -> Rows:
        """All rows that can be trained on: their label is visible, and they are available."""
        return self._world.training.at(self.tick)

    def latest(self, count: int) -> Rows:
        """The ``count`` most recent events that can be trained on (fewer if there are fewer)."""
        return self._world.training.latest(self.tick, count)

    def since(self, length: int) -> Rows:
        """Rows that can be trained on, of events in the last ``length`` clock units."""
        return self._world.training.at(self.tick, self._world.row_at(self.now - length))

    def unseen(self) -> Rows:
        """Rows with a label on which the champion and its ancestors never trained.

        Rows that can be trained on; among them those whose label was revised since.
        """
        return self._lane.unseen(self.tick)

    def X(self, rows: Rows) -> Any:
        """Features of rows that were served in an earlier tick."""
        if len(rows) and (np.min(rows) < 0 or np.max(rows) >= self._world.first[self.tick]):
            raise LookupError(f"row {np.max(rows)} is not served before tick {self.tick}")
        if self._world.absent[rows].any():
            raise LookupError(f"row {rows[self._world.absent[rows]][0]} did not happen")
        return self._world.X_of(rows)

    def y(self, rows: Rows) -> np.ndarray:
        """Labels of rows whose labels have arrived, as they are told by now."""
        self._world.check_labels(rows, self.tick)
        return self._world.y_at(rows, self.tick)

    def losses(self, *, of: str = "champion") -> np.ndarray:
        """Losses of served, answered events whose labels arrived in this tick, as they came.

        By label time, then by event.

        Parameters
        ----------
        of : {'champion', 'all'}
            Events that the present champion served, or all that were served.
        """
        if of not in ("champion", "all"):
            raise ValueError(f"of={of!r}: give 'champion' or 'all'")
        return self._lane.arrived_losses(self.tick, of)

    def losses_on(self, model: int, rows: Rows) -> np.ndarray:
        """Losses of a model of this run (by its number) on labelled rows; NaN if unanswered."""
        self._world.check_labels(rows, self.tick)
        return self._lane.losses_on(model, rows)

    def score(self, mean_loss: float) -> float:
        """The declared score (higher is better) that belongs to a mean loss."""
        return self._lane.loss_function.score(mean_loss)

    def alarm(self, reason: str, **detail: float) -> None:
        """Record that a monitor raised an alarm, whether or not anything is retrained."""
        self._lane.record(self.tick, "alarm", reason=reason, detail=detail)
