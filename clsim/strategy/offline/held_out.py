"""The labelled rows that a test keeps out of training, to judge models on."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import EvaluationSet, OfflineTest, completed
from clsim.strategy.evaluation import HELD_OUT, Newest
from clsim.types import Rows, Schema
from clsim.view import View


class HeldOut(OfflineTest):
    """A test on labelled rows that neither model trained on.

    The rows are those of an evaluation set, fixed when the dataset is formed: by default the most
    recent ones on which the champion never trained (if few labels have come since a windowed
    training, rows older than its window are among them). The challenger does not train on them
    either.

    Parameters
    ----------
    holdout : int, str or EvaluationSet
        Number of rows, or a duration: rows of that last stretch of time; or a set of
        `clsim.strategy.evaluation`, which says itself what it is using and how it is weighed.
    min_rows : int
        With a smaller holdout there is no evidence, and the champion stays.
    using : {'held_out', 'evaluation'}, default='held_out'
        ``'evaluation'``: on the most recent labels that were bought for evaluation alone
        (``evaluation`` of `clsim.strategy.curation.Buying`). No model ever trains on them, so
        nothing is held out of training.
    weigh : str or None, default=None
        As of `clsim.strategy.evaluation.Newest`.

    Attributes
    ----------
    set : EvaluationSet

    Raises
    ------
    TypeError, ValueError
        Also for a set with weights, if the test takes none.
    """

    takes_weights = False
    """Whether a row may stand for another number of rows than the next."""

    def __init__(
        self,
        holdout: Duration | EvaluationSet,
        min_rows: int,
        using: str = HELD_OUT,
        weigh: str | None = None,
    ) -> None:
        check_number("min_rows", min_rows, whole=True, low=1)
        self.min_rows = min_rows
        self._is_set = callable(getattr(holdout, "rows", None))
        if self._is_set:
            self.set = self._given(holdout, using, weigh)
        else:
            size = as_duration(holdout, "holdout", positive=True)
            if isinstance(size, int) and size < min_rows:
                raise ValueError(f"holdout={holdout}: must not be below min_rows={min_rows}")
            self.set = Newest(size, using, weigh)
        self.undoes_picks, self.on_evaluation = self.set.undoes_picks, self.set.on_evaluation
        self.reads_complaints = self.set.reads_complaints

    def _given(self, holdout: object, using: str, weigh: str | None) -> EvaluationSet:
        """A set that was given, if it fits."""
        if weigh is not None or using != HELD_OUT:
            raise ValueError(
                "holdout: a set says itself what it is using and how it is weighed; give weigh and "
                "using to the set"
            )
        found: EvaluationSet = completed("offline.holdout", holdout, EvaluationSet)
        if found.weigh is not None and not self.takes_weights:
            raise ValueError(
                f"holdout: {self.class_name} counts all rows the same, and this set weighs them "
                f"(weigh={found.weigh!r}); give the set weigh=None, or use another test"
            )
        return found

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

    def of_set(self, view: View, holdout: Rows) -> dict[str, float | str]:
        """What is to be known of the rows of a set that was given; of the default nothing."""
        return self.set.told(view, holdout) if self._is_set else {}

    def too_few(self, rows: int) -> str | None:
        """Why there is no evidence, if there are fewer rows than it takes."""
        if rows >= self.min_rows:
            return None
        return f"holdout of {rows} rows, needs {self.min_rows}"
