"""A/B tests: each model answers a share of the events, for a planned time."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.strategy.online.evidence import Evidence, apart
from clsim.strategy.online.judged import Judged
from clsim.strategy.online.rules import Rule
from clsim.types import Ask, Trial, Verdict
from clsim.view import View


class ABTest(Judged):
    """The challenger answers a share of the events, and is promoted if it is shown to be better.

    Each model is judged by the events that it answered. The trial ends when its time is over, or
    before, as soon as a sequential rule knows, or has all labels that it waits for. A challenger
    that is not shown to be better is dropped.

    Parameters
    ----------
    length : int or str
        How long the trial lasts at the most: rows, or a duration where the stream has time.
    share : float, default=0.5
        Of the events that the challenger answers; between 0 and 1.
    rule : Rule or None, default=None
        Of `clsim.strategy.online.rules`. None: one look at the end, `AtTheEnd`.
    margin : float, default=0.0
        By how much more than this the challenger must lose less, in units of the loss of one event.
        Below 0, it need only be shown to be not that much worse.
    min_labels, mature, afresh, unit
        As of `clsim.strategy.online.judged.Judged`.

    Notes
    -----
    The difference has the error of two samples, so it takes many more labels than a shadow: of
    halves of the events each at 10 % wrong, 3,841 labels each for a difference of two points, where
    a shadow takes 1,960 if the models disagree on a tenth (`clsim.statistics.sample_sizes`). What
    it is for is what depends on the answer that was given, as complaints do.

    Examples
    --------
    >>> from clsim.strategy.online.rules import GroupSequential
    >>> test = ABTest("14d", rule=GroupSequential(rows=4_000, spending="pocock"))
    >>> test.rule.needs
    4000
    """

    def __init__(
        self,
        length: Duration,
        share: float = 0.5,
        rule: Rule | None = None,
        margin: float = 0.0,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        unit: str | None = None,
    ) -> None:
        super().__init__(rule, margin, min_labels, mature, afresh, unit)
        check_share(share)
        self.length = as_duration(length, "length", positive=True)
        self.share = self.most = share

    def bind(self, clock: Clock) -> None:
        self._length = self.bind_length(clock, "length", self.length)

    def lasts(self) -> int:
        return self._length

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(self.share)

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        return apart(view, trial, since, self._mature, self.unit)

    def step(self, view: View, trial: Trial) -> Verdict | None:
        return self.in_time(view, trial, self._length)


def check_share(share: float) -> None:
    """Refuse a share of which one model would have nothing.

    Raises
    ------
    TypeError, ValueError
    """
    check_number("share", share, above=0, high=1)
    if share == 1:
        raise ValueError("share=1: must be below 1, so that the champion has events of its own")
