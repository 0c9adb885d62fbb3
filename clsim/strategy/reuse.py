"""Re-use: which retired model serves again instead of a training."""

from __future__ import annotations

from clsim.errors import check_number
from clsim.protocols import Reusing
from clsim.statistics.ties import exceeds
from clsim.strategy.guards.former import on_todays_labels
from clsim.types import Extent, Reuse
from clsim.view import View


class NoReuse(Reusing):
    """A model that has retired never comes back, but by a guard.

    Examples
    --------
    >>> NoReuse().choose(None) is None, NoReuse().keeps  # it asks no view
    (True, 0)
    """


class BestFit(Reusing):
    """Re-use the retired model that fits the newest labels best, instead of a training.

    When a training would start, each retired model that is kept is compared with the champion on
    the newest labels on which neither of the two, nor an ancestor, was trained. If some score
    higher by more than a margin, the one that is ahead by most serves again at once (of equals the
    one that retired last), and nothing is trained. Else the training starts as ever. So where the
    world comes back to what it was, a model that knows it need not be paid for twice.

    Models that a guard has withdrawn are among those that can be re-used. While a freeze lasts,
    none is. What is re-used is watched by the guard like what was promoted, and is newer, from
    then on, than what was trained before.

    Parameters
    ----------
    keeps : int, default=5
        Number of retired models that are kept; the last ones.
    margin : float, default=0.0
        In units of the declared score. With 0, a tie keeps the champion, and trains.
    window : int, default=500
        Number of the newest labelled events.
    min_labels : int, default=100
        Number of those among them that neither was trained on that it takes.

    Notes
    -----
    Triggers that count since the last training (`Volume`, `WaitFor`, `Budget`) take no notice of a
    re-use: no training was paid for. So `Volume` fires again in the next tick.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Performance
    >>> strategy = Strategy(Performance(below=0.8), reuse=BestFit(keeps=4, margin=0.05))

    The first model answers 0 and the second 1. When zeros come back, so does the first, in place
    of a training:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 4 + [0] * 8})
    >>> reuse = BestFit(window=4, min_labels=4)
    >>> strategy = clsim.Strategy(At([1, 2]), SlidingWindow(4), reuse=reuse)
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "reuse", ["tick", "reason"]].values.tolist()
    [[2, 'at tick 2: model 0 fits best: score 1.0000, 0.0000 now']]
    """

    def __init__(
        self, keeps: int = 5, margin: float = 0.0, window: int = 500, min_labels: int = 100
    ) -> None:
        check_number("keeps", keeps, whole=True, low=1)
        check_number("margin", margin, low=0)
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        self.keeps = keeps
        self.margin = margin
        self.window = window
        self.min_labels = min_labels

    def check_scores(self, loss: Extent, score: Extent) -> None:
        score.check_gap("margin", self.margin)

    def choose(self, view: View) -> Reuse | None:
        every = [
            on_todays_labels(view, model, self.window, self.min_labels)
            for model in reversed(view.retired[-self.keeps :])
        ]
        better = [found for found in every if found is not None and found.leads(self.margin)]
        if not better:
            return None
        best = better[0]
        for found in better[1:]:  # of those that gain the same, the latest
            best = found if exceeds(found.gain, best.gain, 0.0, found.size) else best
        reason = f"model {best.model} fits best: score {best.score:.4f}, {best.champion:.4f} now"
        detail = {
            "reused": best.score, "champion": best.champion, "labels": float(best.rows),
            "asked": float(len(every)),
        }  # fmt: skip
        return Reuse(best.model, reason, detail)
