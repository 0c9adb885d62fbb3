"""A holdback: a share of the events that stays with the old champion after a promotion."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import OnlineTest, completed
from clsim.strategy.online.at_once import NoTrial
from clsim.types import Ask, Extent, Schema, Trial, Verdict
from clsim.view import View


class Holdback(OnlineTest):
    """After a promotion a share of the events stays with the champion before, for a time.

    What it answers beside the new champion shows what the promotion was worth, on events of the
    same days: in ``served.parquet`` its role is ``holdback``. What is held back comes first in the
    shares, so no trial takes of it, and with a sticky unit the same users stay behind. A rollback
    or another promotion ends it.

    Parameters
    ----------
    share : float
        Of the events, in (0, 1).
    length : int or str
        For how long: rows, or a duration where the stream has time.
    test : OnlineTest, default=NoTrial()
        The online test that comes before the promotion.

    Examples
    --------
    >>> from clsim.strategy.online import Shadow
    >>> online = Holdback(0.05, "7d", Shadow("3d"))

    A new model serves from tick 1 on, and for the four rows of that tick the old one beside it:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(16), "y": [0, 1] * 8})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([1]), online=Holdback(0.5, 4))},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> served = runs["it"].served
    >>> served.groupby("tick")["role"].agg(set).map(sorted).tolist()
    [['champion'], ['champion', 'holdback'], ['champion']]
    """

    def __init__(self, share: float, length: Duration, test: OnlineTest | None = None) -> None:
        check_number("share", share, above=0, high=1)
        if share == 1:
            raise ValueError("share=1: the new champion must answer something; hold back less")
        self.share = share
        self.length = as_duration(length, "length", positive=True)
        self.test: OnlineTest = completed("test", NoTrial() if test is None else test, OnlineTest)
        if isinstance(self.test, Holdback):
            raise ValueError("test: a holdback within a holdback; give the test alone")
        self.most = self.test.most
        if share + self.most > 1:
            raise ValueError(
                f"share={share}: the test asks for up to {self.most:.3g} of the events, and both "
                "must fit into all of them; hold back less, or try on less"
            )
        self.holdback, self.unit = share, self.test.unit
        self.undoes_picks, self.afresh = self.test.undoes_picks, self.test.afresh
        self.expects_losses = self.test.expects_losses

    def bind(self, clock: Clock) -> None:
        self._length = clock.units(self.length, "online.length")
        self.test.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.test.check_schema(schema)

    def check_loss(self, loss: str) -> None:
        self.test.check_loss(loss)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        self.test.check_scores(loss, score)

    def holds(self) -> int:
        return self._length

    def lasts(self) -> int | None:
        return self.test.lasts()

    def waits(self) -> int:
        return self.test.waits()

    def begin(self, view: View, trial: Trial) -> Ask | None:
        return self.test.begin(view, trial)

    def step(self, view: View, trial: Trial) -> Ask | Verdict | None:
        return self.test.step(view, trial)
