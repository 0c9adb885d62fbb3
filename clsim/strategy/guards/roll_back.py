"""A rollback when the score falls soon after a promotion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.slices import Sliced
from clsim.statistics.means import welch
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.judged import ByScore, Judged, losses_of, score_of, size_of
from clsim.types import Extent
from clsim.view import View


class RollBack(ByScore):
    """Go back to a champion before, when the score falls soon after a promotion.

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
        Number of arrived labels of the new champion's events that it takes, and of those before; in
        each slice.
    distrust : bool, default=False
        Whether rows that only the withdrawn model was trained on are kept from later trainings.
    slices : sequence of str or Where, default=()
        Slices in which the score must not fall either: a slice column, a single slice
        (``'column=value'``), or a rule (`clsim.monitoring.Where`). They need a confidence.
    confidence : float or None, default=None
        The fall must be more than the margin beyond chance: by Welch's t on the losses, one-sided,
        corrected by Holm's method for the whole and all slices that have labels enough. It holds
        for one look; the guard looks in every tick. None: the scores as they are.
    to : LastFine or None, default=None
        Which former champion serves again. None: the one that was replaced.

    Examples
    --------
    >>> guard = RollBack(0.05, "7d", slices=["country"], confidence=0.99)

    The model that was trained on ones serves zeros from tick 2 on. On the four labels before, the
    champion of then had been right once:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(20), "y": [0] * 8 + [0, 1, 1, 1] + [0] * 8})
    >>> guard = RollBack(0.05, within=2, window=4, min_labels=4)
    >>> strategy = clsim.Strategy(At([2]), SlidingWindow(4), guard=guard)
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "rollback", ["tick", "reason"]].values.tolist()
    [[3, 'score 0.0000, 0.2500 before the promotion']]
    """

    def __init__(
        self,
        margin: float,
        within: Duration,
        window: int = 500,
        min_labels: int = 100,
        distrust: bool = False,
        slices: Sequence[Sliced] = (),
        confidence: float | None = None,
        to: LastFine | None = None,
    ) -> None:
        super().__init__(within, window, min_labels, slices, confidence, to, distrust)
        check_number("margin", margin, low=0)
        self.margin = margin

    def check_scores(self, loss: Extent, score: Extent) -> None:
        super().check_scores(loss, score)
        score.check_gap("margin", self.margin)

    def told(self, worst: Judged) -> tuple[str, dict[str, float]]:
        reason = f"score {worst.score:.4f}{worst.place}, {worst.against:.4f} before the promotion"
        return reason, {
            "before": worst.against, "after": worst.score, "labels": float(worst.labels),
        }  # fmt: skip

    def judged(self, view: View) -> Iterator[Judged]:
        rows = view.served()
        rows = rows[view.labels.known(rows)]
        place = int(np.searchsorted(rows, view.first_row(view.promoted)))
        before, after = rows[max(0, place - self.window) : place], rows[place:]
        after = after[view.outcomes.answered_by(after) == view.champion]
        earlier = self.slices.parts(view, before)
        for name, now in self.slices.parts(view, after).items():
            if min(earlier[name].sum(), now.sum()) < self.min_labels:
                continue
            old, new = losses_of(view, before[earlier[name]]), losses_of(view, after[now])
            # a score is lower by as much as the mean loss is higher
            p = float("nan") if self.confidence is None else welch(new, old, self.margin).p
            was, score = score_of(view, old), score_of(view, new)
            yield Judged(name, score, was, int(now.sum()), p, size_of(old, new))
