"""A rollback when the score is below a floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.statistics.means import mean_above
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.judged import (
    Judged,
    as_slices,
    beyond_chance,
    check_slices,
    losses_of,
    masks,
    score_of,
)
from clsim.strategy.guards.taking_back import TakingBack
from clsim.types import Column, Rollback, Rows, Schema
from clsim.view import View

if TYPE_CHECKING:
    from clsim.slices import Sliced


class Floor(TakingBack):
    """Go back to a champion before, when the score of the present one is below a floor.

    The score is that of the last events that the champion answered since its promotion, whose
    labels have arrived. A champion that was put back is not watched again: below the floor too,
    it goes on serving until the next promotion.

    Parameters
    ----------
    floor : float
        The least score, in units of the declared score.
    within : int, str or None, default=None
        It takes the champion back for so long after a promotion: ticks, or a duration that is a
        whole number of them. None: until the next promotion.
    window : int, default=500
        Number of the last such events that count.
    min_labels : int, default=100
        Number of them that it takes, in each slice.
    mature : int, str or None, default=None
        Only events older than this count (rows, or a duration), so that labels that come fast do
        not count more than those that come slowly. None: every label that has arrived.
    slices : sequence of str or Where, default=()
        Slices that the floor is for, beside the whole; as for `RollBack`. They need a confidence.
    confidence : float or None, default=None
        The score must be below the floor beyond chance: by Student's t on the losses, one-sided,
        corrected by Holm's method; as for `RollBack`. None: the score as it is.
    to : LastFine or None, default=None
        Which former champion serves again. None: the one that was replaced.
    distrust : bool, default=False
        Whether rows that only the withdrawn model was trained on are kept from later trainings.

    Examples
    --------
    >>> guard = Floor(0.8, within="14d", mature="3d", to=LastFine(floor=0.8))
    """

    def __init__(
        self,
        floor: float,
        within: Duration | None = None,
        window: int = 500,
        min_labels: int = 100,
        mature: Duration | None = None,
        slices: Sequence[Sliced] = (),
        confidence: float | None = None,
        to: LastFine | None = None,
        distrust: bool = False,
    ) -> None:
        super().__init__(within, to, distrust)
        check_number("floor", floor)
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        self.floor = floor
        self.window = window
        self.min_labels = min_labels
        self.mature = None if mature is None else as_duration(mature, "mature")
        self.slices = as_slices(slices, confidence)
        self.confidence = confidence
        self._mature: int | None = None

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.mature is not None:
            self._mature = clock.units(self.mature, "guard.mature")

    def check_schema(self, schema: Schema) -> None:
        check_slices(self.slices, schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.slices.check_columns(column)

    def watch(self, view: View) -> Rollback | None:
        if not self.in_time(view):
            return None
        judged = list(self._judged(view))
        if self.confidence is not None:
            low = beyond_chance(judged, self.confidence)
        else:
            low = [one for one in judged if one.score < self.floor]
        if not low:
            return None
        worst = min(low, key=lambda one: one.score)
        reason = f"score {worst.score:.4f}{worst.place}, below {self.floor:g}"
        detail = {"after": worst.score, "floor": self.floor, "labels": float(worst.labels)}
        if self.confidence is not None:
            detail["p"] = worst.p
        return self.back(view, reason, detail)

    def _judged(self, view: View) -> Iterator[Judged]:
        """The whole and each slice with labels enough."""
        rows = self._rows(view)
        for name, mask in masks(view, self.slices, rows):
            if mask.sum() < self.min_labels:
                continue
            losses = losses_of(view, rows[mask])
            p = float("nan")
            if self.confidence is not None:  # of a mean loss of 0 the score is as high as can be
                p = mean_above(losses, view.score(0.0) - self.floor).p
            yield Judged(name, score_of(view, losses), self.floor, int(mask.sum()), p)

    def _rows(self, view: View) -> Rows:
        rows = view.served(view.promoted)
        if self._mature is not None:
            rows = rows[view.time(rows) <= view.now - self._mature]
        rows = rows[view.labels.known(rows)]
        return rows[view.outcomes.answered_by(rows) == view.champion][-self.window :]
