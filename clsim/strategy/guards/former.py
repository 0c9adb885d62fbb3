"""Which former champion serves again, where that need not be the one that was replaced."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clsim.errors import check_number
from clsim.statistics.ties import exceeds
from clsim.strategy.comparing import compare
from clsim.types import Extent, Rows
from clsim.view import View


class Found(NamedTuple):
    """A model that may serve again, and the scores that say so.

    Attributes
    ----------
    model : int
    score, champion : float
        Its score and the champion's, both on the same rows.
    rows : int
        Number of these rows.
    size : float
        How large losses are on them, in the mean.
    """

    model: int
    score: float
    champion: float
    rows: int
    size: float

    @property
    def gain(self) -> float:
        """By how much it scores higher than the champion."""
        return self.score - self.champion

    def leads(self, margin: float) -> bool:
        """Whether it scores higher than the champion by more than a margin."""
        return exceeds(self.score, self.champion, margin, self.size)


def on_todays_labels(view: View, model: int, window: int, min_labels: int) -> Found | None:
    """A model beside the champion on the newest labels that neither was trained on.

    Parameters
    ----------
    view : View
    model : int
    window : int
        Number of the newest labelled rows, of which those count on which neither of the two, nor an
        ancestor, was trained, and which both answer.
    min_labels : int
        With fewer of these, there is no evidence, and None is given.
    """
    champion = view.champion
    if champion is None:
        return None
    rows = _new_to(view, view.latest_known(window), model, champion)
    found = compare(view, model, champion, rows, None, min_labels)
    if found.rows < min_labels:
        return None
    return Found(model, found.challenger, found.champion, found.rows, found.size)


def _new_to(view: View, rows: Rows, *models: int) -> Rows:
    masks = [view.model(model).untrained(rows) for model in models]
    return rows[np.logical_and.reduce(masks)]


class LastFine:
    """The last former champion that is fine on today's labels.

    Former champions are asked from the latest on about the newest labels on which neither they nor
    the present champion, nor their ancestors, were trained. The first that is fine serves again. If
    none is, the present one goes on serving.

    Parameters
    ----------
    floor : float or None, default=None
        Its score on them is at least this.
    margin : float or None, default=None
        It is higher than that of the present champion by more than this. Give one of the two, or
        both.
    window : int, default=500
        Number of the newest labelled events.
    min_labels : int, default=100
        Number of those among them that neither was trained on that it takes.
    keeps : int, default=3
        Number of former champions that are kept.

    Examples
    --------
    >>> from clsim.strategy.guards import Floor
    >>> guard = Floor(0.8, to=LastFine(floor=0.85, keeps=5))
    >>> guard.keeps
    5
    """

    def __init__(
        self,
        floor: float | None = None,
        margin: float | None = None,
        window: int = 500,
        min_labels: int = 100,
        keeps: int = 3,
    ) -> None:
        if floor is None and margin is None:
            raise ValueError("to: give a floor, a margin, or both: what is fine without either?")
        if floor is not None:
            check_number("to.floor", floor)
        if margin is not None:
            check_number("to.margin", margin)
        check_number("to.window", window, whole=True, low=1)
        check_number("to.min_labels", min_labels, whole=True, low=1, high=window)
        check_number("to.keeps", keeps, whole=True, low=1)
        self.floor = floor
        self.margin = margin
        self.window = window
        self.min_labels = min_labels
        self.keeps = keeps

    def check_scores(self, score: Extent) -> None:
        """Refuse a floor or a margin that no score can reach.

        Raises
        ------
        ValueError
        """
        if self.floor is not None:
            score.check_below("to.floor", self.floor)
        if self.margin is not None:
            score.check_gap("to.margin", self.margin)

    def of(self, view: View) -> Found | None:
        """The one that serves again; None if none is fine."""
        for model in reversed(view.former[-self.keeps :]):
            found = on_todays_labels(view, model, self.window, self.min_labels)
            if found is not None and self._is_fine(found):
                return found
        return None

    def _is_fine(self, found: Found) -> bool:
        high = self.floor is None or not exceeds(self.floor, found.score, 0.0, found.size)
        return high and (self.margin is None or found.leads(self.margin))
