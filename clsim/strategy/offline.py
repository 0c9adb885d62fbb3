"""Offline tests: what a challenger must show before it serves."""

from __future__ import annotations

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import OfflineTest
from clsim.types import Rows, Verdict
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
    holdout : int or str, default=500
        Number of rows, or a duration: rows of that last stretch of time.
    margin : float, default=0.0
        In units of the declared score. With 0, a tie keeps the champion.
    min_rows : int, default=30
        With a smaller holdout there is no evidence, and the champion stays.
    """

    def __init__(self, holdout: Duration = 500, margin: float = 0.0, min_rows: int = 30) -> None:
        holdout = as_duration(holdout, "holdout", positive=True)
        check_number("margin", margin)
        check_number("min_rows", min_rows, whole=True, low=1)
        if isinstance(holdout, int) and holdout < min_rows:
            raise ValueError(f"holdout={holdout}: must not be below min_rows={min_rows}")
        self.size = holdout
        self.margin = margin
        self.min_rows = min_rows

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.size, int):
            self._length = clock.units(self.size, "offline.holdout")

    def holdout(self, view: View) -> Rows:
        rows = view.unseen()
        if isinstance(self.size, int):
            return rows[max(0, len(rows) - self.size) :]
        return np.intersect1d(rows, view.since(self._length), assume_unique=True)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None:
            return Verdict(True, "no champion")
        new, old = view.model(challenger).losses(holdout), view.model(champion).losses(holdout)
        both = ~(np.isnan(new) | np.isnan(old))
        if both.sum() < self.min_rows:
            return Verdict(False, f"holdout of {both.sum()} rows, needs {self.min_rows}")
        challenger_score = float(view.score(new[both].mean()))
        champion_score = float(view.score(old[both].mean()))
        accepted = challenger_score > champion_score + self.margin
        return Verdict(
            accepted,
            "challenger is better" if accepted else "champion is not beaten",
            {"challenger": challenger_score, "champion": champion_score, "rows": float(both.sum())},
        )
