"""A shadow: a challenger that is asked beside the champion, and does not answer."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.statistics.picked import PREDICTION_POWERED
from clsim.strategy.comparing import check_weigh, compare
from clsim.strategy.online.bandit import BetterMean
from clsim.strategy.online.evidence import Evidence, old_enough, together
from clsim.strategy.online.judged import Judged, Look
from clsim.strategy.online.rules import Rule
from clsim.types import Ask, Trial, Verdict
from clsim.view import View


class Shadow(Judged):
    """The challenger is asked beside the champion for a time, and does not answer.

    When the time is over, both are compared on the events of the trial whose labels have arrived.
    The challenger is promoted if it scores higher by more than a margin; with too few labels there
    is no evidence, and the trial ends undecided, with the champion in place. With a rule, it is
    promoted if it is shown to lose less by more than the margin, and a sequential one ends the
    trial as soon as it knows.

    Parameters
    ----------
    length : int or str
        How long the trial lasts at the most: rows, or a duration where the stream has time.
    margin : float, default=0.0
        In units of the declared score. With 0, a tie keeps the champion. With a rule it may be
        below 0: then the challenger need only be shown to be not that much worse.
    min_labels : int, default=100
        Number of arrived labels that it takes.
    mature : int, str or None, default=None
        Only events older than this are compared (rows, or a duration), so that labels that come
        fast do not count more than those that come slowly; of them, those without a label by then
        are skipped, and counted. None: every label that has arrived.
    afresh : bool, default=True
        Whether the trial starts afresh when the champion changes; else it ends as superseded.
    weigh : {'picked', 'prediction_powered'} or None, default=None
        As for `clsim.strategy.offline.ChampionChallenger`: bought labels stand for all candidates,
        and others are left out. Not with a rule, which counts all rows the same.
    rule : Rule or None, default=None
        Of `clsim.strategy.online.rules`. None: the scores at the end, as they are.
    unit : str or None, default=None
        With a rule, the feature whose values are not taken to be independent, such as a user.

    Notes
    -----
    Both models answer for the same events, so the difference has no error of the sample between
    them: a shadow needs a fraction of the labels that two halves of the traffic need.

    Examples
    --------
    >>> from clsim.strategy.online.rules import SPRT
    >>> test = Shadow("14d", rule=SPRT(difference=0.02))

    After four zeros all labels are 1. A challenger that was trained on ones is tried on the four
    rows of tick 1:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> strategy = clsim.Strategy(At([1]), SlidingWindow(4), online=Shadow(4, min_labels=4))
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "online_test", ["tick", "reason"]].values.tolist()
    [[1, 'begins as a shadow'], [2, 'challenger is better']]
    """

    fewest = 1

    def __init__(
        self,
        length: Duration,
        margin: float = 0.0,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        weigh: str | None = None,
        rule: Rule | None = None,
        unit: str | None = None,
    ) -> None:
        check_weigh(weigh)
        self.length = as_duration(length, "length", positive=True)
        self.ruled = rule is not None
        super().__init__(
            BetterMean() if rule is None else rule, margin, min_labels, mature, afresh, unit
        )
        if self.ruled and weigh is not None:
            raise ValueError(
                f"weigh={weigh!r}: a rule counts all rows the same, and its errors hold for no "
                "other weights; leave out weigh, or the rule"
            )
        if unit is not None and not self.ruled:
            raise ValueError(
                f"unit={unit!r}: scores as they are do not depend on users; give a rule, or leave "
                "it out"
            )
        self.weigh, self.undoes_picks = weigh, weigh is not None
        self.expects_losses = weigh == PREDICTION_POWERED

    def bind(self, clock: Clock) -> None:
        self._length = self.bind_length(clock, "length", self.length)

    def lasts(self) -> int:
        return self._length

    def waits(self) -> int:
        if self.ruled:
            return super().waits()
        return self._mature or 0  # what is kept no more is not compared

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(shadow=True)

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        return together(view, trial, since, self._mature, self.unit)

    def rested(self, look: Look) -> int:
        return look.rows[0]  # both models answer the same

    def step(self, view: View, trial: Trial) -> Verdict | None:
        if self.ruled:
            return self.in_time(view, trial, self._length)
        if view.now < view.start(trial.tick) + self._length:
            return None
        rows = old_enough(view, trial.tick, self._mature)
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
