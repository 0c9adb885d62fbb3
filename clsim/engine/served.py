"""What one strategy answered to events that happened, and what that lost: a stretch at a time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np

from clsim.engine.batches import PIECE
from clsim.engine.knowledge import Knowledge
from clsim.engine.serving import Serving
from clsim.engine.timeline import Timeline
from clsim.types import Rows

Places = slice | Rows
"""Where events are among the served ones that happened."""

Values = Callable[[Places], np.ndarray]
"""Gives a value for each of some events; where all are not asked for at once, none are kept."""

ALL = slice(None)


class Served:
    """The answers of one strategy, by the places of the events that happened.

    Parameters
    ----------
    serving : Serving
        When the stream has ended.
    knowledge : Knowledge
        Of the strategy.
    happened : Timeline
        Of the rows that happened.
    model : numpy.ndarray of shape (ticks,)
        Number of the champion in each tick; -1: none.
    """

    def __init__(
        self, serving: Serving, knowledge: Knowledge, happened: Timeline, model: np.ndarray
    ) -> None:
        self._said, self._by, self._telling = serving.said, serving.answered_by, knowledge.telling
        self._missing = 1 if serving.unanswered == "wrong" else 0  # what no answer loses
        self._model, self._first = model, happened.first
        self._warm, self._n = happened.n_warm, happened.n
        self._rows = happened.ids if happened.n < knowledge.timeline.n else None
        self.chances: Values | None = None if self._said.chances is None else self._chances

    def rows(self, places: Places) -> Rows:
        """The rows of the stream that events are."""
        if self._rows is not None:
            return self._rows[self._warm :][places]
        if isinstance(places, slice):
            first, stop, _ = places.indices(self._n - self._warm)
            return np.arange(self._warm + first, self._warm + stop)
        return self._warm + places

    def _stretch(self, places: Places) -> slice | Rows:
        """The same, as a slice where they are one."""
        if self._rows is None and isinstance(places, slice):
            first, stop, _ = places.indices(self._n - self._warm)
            return slice(self._warm + first, self._warm + stop)
        return self.rows(places)

    def ticks(self, places: Places) -> np.ndarray:
        """The tick that serves each."""
        if isinstance(places, slice):
            first, stop, _ = places.indices(self._n - self._warm)
            places = np.arange(first, stop)
        return np.searchsorted(self._first, self._warm + places, "right") - 1

    def answers(self, places: Places) -> np.ndarray:
        """Codes of classes or values; as the loss has it where there is no answer."""
        return self._said.to(self._stretch(places))

    def answered(self, places: Places) -> np.ndarray:
        """Which have an answer."""
        return self._said.loss.answered(self.answers(places))

    @cached_property
    def complete(self) -> bool:
        """Whether all have one."""
        lows = range(0, self._n - self._warm, PIECE)
        return all(bool(self.answered(slice(low, low + PIECE)).all()) for low in lows)

    def _chances(self, places: Places) -> np.ndarray:
        return self._said.likely(self._stretch(places))

    def losses(self, places: Places) -> np.ndarray:
        """By the truth; 0 where there is no answer, or 1 if it counts as an error."""
        return self._filled(self._said.losses(self._stretch(places)), places)

    def observed(self, places: Places) -> np.ndarray:
        """The same by the labels as they are first told."""
        rows = self._stretch(places)
        if self._telling.orders is None:
            return self._filled(self._said.observed(rows), places)
        return self._filled(self._said.first_told(self._telling, self.rows(places)), places)

    def _filled(self, losses: np.ndarray, places: Places) -> np.ndarray:
        if self.complete:
            return losses
        losses = losses.copy()
        losses[~self.answered(places)] = self._missing
        return losses

    def by(self, places: Places) -> np.ndarray:
        """Number of the model that answers each; -1: none."""
        if self._by is None:
            return self._model[self.ticks(places)]
        return self._by[self.rows(places) - self._warm]
