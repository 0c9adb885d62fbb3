"""Guards: what may undo a promotion."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Guard
from clsim.types import Rollback
from clsim.view import View


class NoGuard(Guard):
    """What was promoted stays until the next promotion."""


class RollBack(Guard):
    """Go back to the champion before, when the score falls soon after a promotion.

    The score on the events that the new champion served, whose labels have arrived, is compared
    with that of the last labelled events served before it, by whom they were served.

    Parameters
    ----------
    margin : float
        How far the score may fall, in units of the declared score.
    within : int or str
        For how long after a promotion: ticks, or a duration that is a whole number of them.
    window : int, default=500
        Number of the last labelled events before the promotion that the score is compared with.
    min_labels : int, default=100
        Number of arrived labels of the new champion's events that it takes, and of those before.
    distrust : bool, default=False
        Whether rows that only the withdrawn model was trained on are kept from later trainings.
    """

    keeps = 1

    def __init__(
        self,
        margin: float,
        within: Duration,
        window: int = 500,
        min_labels: int = 100,
        distrust: bool = False,
    ) -> None:
        check_number("margin", margin, low=0)
        within = as_duration(within, "within", positive=True)
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        self.margin = margin
        self.within = within
        self.window = window
        self.min_labels = min_labels
        self.distrust = distrust

    def bind(self, clock: Clock) -> None:
        self._within = clock.ticks(self.within, "guard.within")

    def due(self, tick: int) -> int:
        return tick

    def watch(self, view: View) -> Rollback | None:
        if view.replaced is None or view.tick - view.promoted > self._within:
            return None
        rows = view.served()
        rows = rows[view.labels.known(rows)]
        place = int(np.searchsorted(rows, view.first_row(view.promoted)))
        before, after = rows[max(0, place - self.window) : place], rows[place:]
        after = after[view.outcomes.answered_by(after) == view.champion]
        if len(before) < self.min_labels or len(after) < self.min_labels:
            return None
        was, now = (self._score(view, some) for some in (before, after))
        if not now < was - self.margin:  # also where there is no score
            return None
        reason = f"score {now:.4f}, {was:.4f} before the promotion"
        detail = {"before": was, "after": now, "labels": float(len(after))}
        return Rollback(reason, None, detail, self.distrust)

    @staticmethod
    def _score(view: View, rows: np.ndarray) -> float:
        losses = view.outcomes.losses(rows)
        losses = losses[~np.isnan(losses)]
        return float(view.score(losses.mean())) if len(losses) else float("nan")
