"""A rollback when the score is below a floor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.slices import Sliced
from clsim.statistics.means import mean_above
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.judged import ByScore, Judged, losses_of, score_of, size_of
from clsim.types import Extent, Rows
from clsim.view import View


class Floor(ByScore):
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

    The model that was trained on ones serves zeros from tick 1 on; the one before is put back:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 4 + [0] * 8})
    >>> guard = Floor(0.8, window=4, min_labels=4)
    >>> strategy = clsim.Strategy(At([1]), SlidingWindow(4), guard=guard)
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "rollback", ["tick", "reason"]].values.tolist()
    [[2, 'score 0.0000, below 0.8']]
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
        super().__init__(within, window, min_labels, slices, confidence, to, distrust)
        check_number("floor", floor)
        self.floor = floor
        self.mature = None if mature is None else as_duration(mature, "mature")
        self._mature: int | None = None

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.mature is not None:
            self._mature = clock.units(self.mature, "guard.mature")

    def check_scores(self, loss: Extent, score: Extent) -> None:
        super().check_scores(loss, score)
        score.check_below("floor", self.floor)

    def told(self, worst: Judged) -> tuple[str, dict[str, float]]:
        reason = f"score {worst.score:.4f}{worst.place}, below {self.floor:g}"
        return reason, {
            "after": worst.score, "floor": self.floor, "labels": float(worst.labels),
        }  # fmt: skip

    def judged(self, view: View) -> Iterator[Judged]:
        rows = self._rows(view)
        for name, mask in self.slices.parts(view, rows).items():
            if mask.sum() < self.min_labels:
                continue
            losses = losses_of(view, rows[mask])
            p = float("nan")
            if self.confidence is not None:  # of a mean loss of 0 the score is as high as can be
                p = mean_above(losses, view.score(0.0) - self.floor).p
            score, size = score_of(view, losses), size_of(losses)
            yield Judged(name, score, self.floor, int(mask.sum()), p, size)

    def _rows(self, view: View) -> Rows:
        rows = view.served(view.promoted)
        if self._mature is not None:
            rows = rows[view.time(rows) <= view.now - self._mature]
        rows = rows[view.labels.known(rows)]
        return rows[view.outcomes.answered_by(rows) == view.champion][-self.window :]
