"""Champion against challenger: the one that scores higher serves."""

from __future__ import annotations

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.protocols import EvaluationSet, OfflineTest
from clsim.statistics.picked import PREDICTION_POWERED
from clsim.strategy.comparing import compare_weighted
from clsim.strategy.evaluation import HELD_OUT
from clsim.strategy.offline.held_out import HeldOut
from clsim.types import Extent, Rows, Verdict
from clsim.view import View


class NoTest(OfflineTest):
    """Every challenger that could be trained serves.

    Examples
    --------
    >>> import numpy as np
    >>> no_rows = np.empty(0, dtype=np.int64)
    >>> NoTest().judge(None, challenger=1, champion=0, holdout=no_rows) is None  # it asks no view
    True
    """


class ChampionChallenger(HeldOut):
    """The challenger must beat the champion on recent labelled rows that neither trained on.

    The holdout is fixed when the dataset is formed: the most recent labelled rows on which the
    champion never trained (if few labels have come since a windowed training, rows older than its
    window are among them). The challenger does not train on them either. It is judged when its
    training ends, and must score higher than the champion then serving by more than a margin; if
    that is another one by then, on the rows of the holdout that it never trained on.

    Parameters
    ----------
    holdout : int, str or EvaluationSet, default=500
        Number of rows, or a duration: rows of that last stretch of time; or a set of
        `clsim.strategy.evaluation`, which says itself what it is using and how it is weighed. Of a
        set, ``detail`` of the event tells its version, by a digest of the rows.
    margin : float, default=0.0
        In units of the declared score. With 0, a tie keeps the champion.
    min_rows : int, default=30
        With a smaller holdout there is no evidence, and the champion stays.
    weigh : {'picked', 'prediction_powered'} or None, default=None
        ``'picked'``: of bought labels, each row stands for 1/P(picked), so that both models are
        compared on all candidates and not on those that were worth a question
        (`clsim.statistics.picked`); rows whose label was not bought are left out. Only where labels
        are bought by chance and none comes by itself. ``'prediction_powered'``: on all events from
        the first of these rows to the last, by what each model's own probabilities let expect,
        mended by what they miss on these rows: surer where probabilities are near the truth, and
        less sure where they are not. An event that a model was trained on flatters it there.
    using : {'held_out', 'evaluation'}, default='held_out'
        ``'evaluation'``: on the most recent labels that were bought for evaluation alone
        (``evaluation`` of `clsim.strategy.curation.Buying`). No model ever trains on them, so
        nothing is held out of training.

    Examples
    --------
    >>> gate = ChampionChallenger(holdout=200, weigh="picked")

    After four zeros all labels are 1. The challenger is trained on ones, and is right on the four
    rows that were held out, on which the champion is wrong:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = ChampionChallenger(holdout=4, min_rows=4)
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([2]), SlidingWindow(8), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['challenger is better', True]]
    """

    takes_weights = True

    def __init__(
        self,
        holdout: Duration | EvaluationSet = 500,
        margin: float = 0.0,
        min_rows: int = 30,
        weigh: str | None = None,
        using: str = HELD_OUT,
    ) -> None:
        check_number("margin", margin)
        super().__init__(holdout, min_rows, using, weigh)
        self.margin = margin
        self.expects_losses = self.set.weigh == PREDICTION_POWERED

    def check_scores(self, loss: Extent, score: Extent) -> None:
        score.check_gap("margin", self.margin)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None:
            return Verdict(True, "no champion")
        weights = self.set.weights(view, holdout)
        found = compare_weighted(
            view, challenger, champion, holdout, weights, self.min_rows, powers=self.expects_losses
        )
        of_set, missing = self.of_set(view, holdout), self.too_few(found.rows)
        if missing is not None:
            return Verdict(False, missing, of_set=of_set)
        accepted = found.better(self.margin)
        return Verdict(
            accepted,
            "challenger is better" if accepted else "champion is not beaten",
            {
                "challenger": found.challenger, "champion": found.champion,
                "rows": float(found.rows),
            },
            of_set=of_set,
        )  # fmt: skip
