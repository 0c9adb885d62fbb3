"""Offline tests: what a challenger must show before it serves."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.protocols import EvaluationSet, OfflineTest, completed
from clsim.strategy.comparing import check_weigh, compare_weighted
from clsim.strategy.evaluation import EVALUATION, HELD_OUT, Newest
from clsim.types import Rows, Schema, Verdict
from clsim.view import View


class NoTest(OfflineTest):
    """Every challenger that could be trained serves."""


class ChampionChallenger(OfflineTest):
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
    weigh : {'picked'} or None, default=None
        ``'picked'``: of bought labels, each row stands for 1/P(picked), so that both models are
        compared on all candidates and not on those that were worth a question
        (`clsim.statistics.picked`); rows whose label was not bought are left out. Only where labels
        are bought by chance and none comes by itself.
    using : {'held_out', 'evaluation'}, default='held_out'
        ``'evaluation'``: on the most recent labels that were bought for evaluation alone
        (``evaluation`` of `clsim.strategy.curation.Buying`). No model ever trains on them, so
        nothing is held out of training.

    Examples
    --------
    >>> gate = ChampionChallenger(holdout=200, weigh="picked")
    """

    def __init__(
        self,
        holdout: Duration | EvaluationSet = 500,
        margin: float = 0.0,
        min_rows: int = 30,
        weigh: str | None = None,
        using: str = HELD_OUT,
    ) -> None:
        check_weigh(weigh)
        check_choice("using", using, (HELD_OUT, EVALUATION))
        check_number("margin", margin)
        check_number("min_rows", min_rows, whole=True, low=1)
        self.tells = callable(getattr(holdout, "rows", None))
        if self.tells:
            if weigh is not None or using != HELD_OUT:
                raise ValueError("holdout: a set says itself what it is using and how it is "
                                 "weighed; give weigh and using to the set")  # fmt: skip
            self.set: EvaluationSet = completed("offline.holdout", holdout, EvaluationSet)
        else:
            holdout = as_duration(holdout, "holdout", positive=True)
            self.set = Newest(holdout, using, weigh)
            if isinstance(holdout, int) and holdout < min_rows:
                raise ValueError(f"holdout={holdout}: must not be below min_rows={min_rows}")
        self.margin, self.min_rows = margin, min_rows
        self.weigh, self.using = self.set.weigh, using
        self.undoes_picks, self.on_evaluation = self.set.undoes_picks, self.set.on_evaluation
        self.reads_complaints = self.set.reads_complaints

    def bind(self, clock: Clock) -> None:
        self.set.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.set.check_schema(schema)

    def needs(self) -> tuple[str, int] | None:
        return self.set.needs()

    def waits(self) -> int:
        return self.set.waits()

    def reserved(self, view: View) -> Rows:
        return self.set.reserved(view)

    def holdout(self, view: View) -> Rows:
        return self.set.rows(view)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None:
            return Verdict(True, "no champion")
        weights = self.set.weights(view, holdout)
        found = compare_weighted(view, challenger, champion, holdout, weights, self.min_rows)
        told = self.set.told(view, holdout) if self.tells else {}
        if found.rows < self.min_rows:
            return Verdict(False, f"holdout of {found.rows} rows, needs {self.min_rows}", told)
        accepted = found.better(self.margin)
        return Verdict(
            accepted,
            "challenger is better" if accepted else "champion is not beaten",
            {
                "challenger": found.challenger, "champion": found.champion,
                "rows": float(found.rows), **told,
            },
        )  # fmt: skip
