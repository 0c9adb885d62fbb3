"""The labelled rows that a test keeps out of training, to judge models on."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.protocols import OfflineTest
from clsim.types import Rows
from clsim.view import View

HELD_OUT, EVALUATION = "held_out", "evaluation"
"""The rows on which models are compared."""


class HeldOut(OfflineTest):
    """A test on the most recent labelled rows that neither model trained on.

    The holdout is fixed when the dataset is formed: the most recent labelled rows on which the
    champion never trained (if few labels have come since a windowed training, rows older than its
    window are among them). The challenger does not train on them either.

    Parameters
    ----------
    holdout : int or str
        Number of rows, or a duration: rows of that last stretch of time.
    min_rows : int
        With a smaller holdout there is no evidence, and the champion stays.
    using : {'held_out', 'evaluation'}
        ``'evaluation'``: on the most recent labels that were bought for evaluation alone
        (``evaluation`` of `clsim.strategy.curation.Buying`). No model ever trains on them, so
        nothing is held out of training.
    """

    def __init__(self, holdout: Duration, min_rows: int, using: str) -> None:
        check_choice("using", using, (HELD_OUT, EVALUATION))
        holdout = as_duration(holdout, "holdout", positive=True)
        check_number("min_rows", min_rows, whole=True, low=1)
        if isinstance(holdout, int) and holdout < min_rows:
            raise ValueError(f"holdout={holdout}: must not be below min_rows={min_rows}")
        self.size = holdout
        self.min_rows = min_rows
        self.using, self.on_evaluation = using, using == EVALUATION

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.size, int):
            self._length = clock.units(self.size, "offline.holdout")

    def holdout(self, view: View) -> Rows:
        rows = view.labels.evaluation() if self.on_evaluation else view.unseen()
        if self.undoes_picks:
            rows = rows[~np.isnan(view.labels.stands_for(rows))]
        if isinstance(self.size, int):
            return rows[max(0, len(rows) - self.size) :]
        return rows[np.searchsorted(rows, view.row_at(view.now - self._length)) :]

    def too_few(self, rows: int) -> str | None:
        """Why there is no evidence, if there are fewer rows than it takes."""
        if rows >= self.min_rows:
            return None
        return f"holdout of {rows} rows, needs {self.min_rows}"
