"""A shadow: a challenger that is asked beside the champion, and does not answer."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import OnlineTest
from clsim.strategy.comparing import check_weigh, compare
from clsim.types import Ask, Trial, Verdict
from clsim.view import View


class Shadow(OnlineTest):
    """The challenger is asked beside the champion for a time, and does not answer.

    When the time is over, both are compared on the events of the trial whose labels have arrived.
    The challenger is promoted if it scores higher by more than a margin; with too few labels there
    is no evidence, and the trial ends undecided, with the champion in place.

    Parameters
    ----------
    length : int or str
        How long the trial lasts: rows, or a duration where the stream has time.
    margin : float, default=0.0
        In units of the declared score. With 0, a tie keeps the champion.
    min_labels : int, default=100
        Number of arrived labels that it takes.
    mature : int, str or None, default=None
        Only events older than this are compared (rows, or a duration), so that labels that come
        fast do not count more than those that come slowly; of them, those without a label by then
        are skipped, and counted. None: every label that has arrived.
    afresh : bool, default=True
        Whether the trial starts afresh when the champion changes; else it ends as superseded.
    weigh : {'picked'} or None, default=None
        As for `clsim.strategy.offline.ChampionChallenger`: bought labels stand for all candidates,
        and others are left out.

    Notes
    -----
    Both models answer for the same events, so the difference has no error of the sample between
    them: a shadow needs a fraction of the labels that two halves of the traffic need.
    """

    def __init__(
        self,
        length: Duration,
        margin: float = 0.0,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        weigh: str | None = None,
    ) -> None:
        check_weigh(weigh)
        length = as_duration(length, "length", positive=True)
        check_number("margin", margin)
        check_number("min_labels", min_labels, whole=True, low=1)
        if mature is not None:
            mature = as_duration(mature, "mature")
        self.length = length
        self.margin = margin
        self.min_labels = min_labels
        self.mature = mature
        self.afresh = afresh
        self.weigh, self.undoes_picks = weigh, weigh is not None
        self._mature = 0

    def bind(self, clock: Clock) -> None:
        self._length = clock.units(self.length, "online.length")
        if self.mature is not None:
            self._mature = clock.units(self.mature, "online.mature")
            if self._mature >= self._length:
                raise ValueError(
                    f"online.mature={self.mature!r}: must be shorter than online.length="
                    f"{self.length!r}, or no event of a trial is ever old enough"
                )

    def lasts(self) -> int:
        return self._length

    def waits(self) -> int:
        return self._mature

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(shadow=True)

    def step(self, view: View, trial: Trial) -> Verdict | None:
        if view.now < view.start(trial.tick) + self._length:
            return None
        rows = view.served(trial.tick)
        if self.mature is not None:
            rows = rows[view.time(rows) <= view.now - self._mature]
        labelled = rows[view.labels.known(rows)]
        found = compare(view, trial.model, trial.champion, labelled, self.weigh, self.min_labels)
        waiting = {"unlabelled": float(len(rows) - len(labelled))}
        if found.rows < self.min_labels:
            reason = f"undecided: {found.rows} labels, needs {self.min_labels}"
            return Verdict(False, reason, waiting, found.rows)
        accepted = found.better(self.margin)
        reason = "challenger is better" if accepted else "champion is not beaten"
        detail = {"challenger": found.challenger, "champion": found.champion, **waiting}
        return Verdict(accepted, reason, detail, found.rows)
