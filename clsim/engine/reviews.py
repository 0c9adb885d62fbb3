"""Reviews: challengers that wait for a person, and what the person finds."""

from __future__ import annotations

import numpy as np

from clsim.engine.hypothetical import Hypothetical
from clsim.engine.journal import Journal
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.restarts import Restarts
from clsim.engine.serving import Serving
from clsim.protocols import Review
from clsim.randomness import chance
from clsim.view import View


class Reviews:
    """The reviews of one strategy.

    Attributes
    ----------
    wins : int
        Offline tests in a row that the present champion won.
    """

    def __init__(
        self, restarts: Restarts, lineage: Lineage, serving: Serving, journal: Journal
    ) -> None:
        self._restarts, self._lineage = restarts, lineage
        self._serving, self._journal = serving, journal
        self.wins = 0

    @property
    def _review(self) -> Review:
        return self._restarts.strategy.review

    def insists(self, view: View) -> str | None:
        """Why a challenger is looked at that the offline test rejected; None: it is dropped."""
        age = view.now - view.start(view.promoted)
        return self._review.insists(self.wins, age)

    def submit(self, version: Version, view: View, knowledge: Knowledge, why: str | None) -> bool:
        """Give a challenger to a person, if there is one; whether it does not go on at once."""
        ends = self._review.ends(view.now)
        if ends is None:
            return why is not None
        version.submitted, version.insisted = view.tick, why
        version.ready = knowledge.timeline.ready(view.tick, ends - view.now)
        if version.ready == view.tick:
            return False
        self._lineage.challengers.append(version)
        return True

    def passed(self, version: Version, view: View, knowledge: Knowledge) -> bool:
        """Whether the person lets a challenger pass, whose time has come."""
        assert version.submitted is not None
        seed, tick = knowledge.timeline.seed, view.tick
        draw = chance(seed, f"review {tick}", version.trained + 1)
        rows, score, other = self._truth(version, view, knowledge)
        accepted, reason = self._review.finds(score, other, draw)
        if version.insisted is not None:
            reason = f"{reason}; looked at {version.insisted}"
        detail = {"challenger": score, "champion": other} if rows else {}
        self._journal.note(
            tick, "review", reason=reason, model=version.number, parent=view.champion, rows=rows,
            duration=view.now - view.start(version.submitted), accepted=accepted, detail=detail,
        )  # fmt: skip
        return accepted

    def _truth(
        self, version: Version, view: View, knowledge: Knowledge
    ) -> tuple[int, float, float]:
        """The true scores of a challenger and of the champion on the last stretch of events.

        On rows that are still kept, on which neither trained; NaN where there are none, or no
        champion.
        """
        champion, timeline = self._lineage.champion, knowledge.timeline
        if champion is None:
            return 0, np.nan, np.nan
        low = max(timeline.row_at(view.now - self._review.looks_at), timeline.n_warm)
        rows = np.arange(low, int(timeline.first[view.tick]))
        if knowledge.seen.absent is not None:
            rows = rows[~knowledge.seen.absent[rows]]
        rows = knowledge.seen.left(rows, view.tick)
        for one in (version, champion):
            rows = rows[self._lineage.untrained(knowledge, one, rows, view.tick)]
        answering = self._serving.answering
        mine, other = (
            Hypothetical(one.model, answering, knowledge).true_losses(rows)
            for one in (version, champion)
        )
        both = ~(np.isnan(mine) | np.isnan(other))
        if not both.any():
            return 0, np.nan, np.nan
        score, of_champion = (float(view.score(some[both].mean())) for some in (mine, other))
        return int(both.sum()), score, of_champion
