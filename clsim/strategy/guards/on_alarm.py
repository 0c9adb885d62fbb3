"""A rollback on an alarm."""

from __future__ import annotations

import copy
from collections.abc import Callable

from clsim.clock import Clock, Duration
from clsim.protocols import Monitor, Trigger, completed
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.taking_back import TakingBack
from clsim.strategy.triggers.attention import Attention
from clsim.strategy.triggers.combinations import as_fired, within
from clsim.types import Extent, Rollback, Schema
from clsim.view import View


class OnAlarm(TakingBack):
    """Take the champion back when an alarm fires: any rule over any signal.

    The alarm starts afresh with every promotion, like a trigger, and is asked in every tick after
    it. A champion that was put back is not watched again. A signal over a window that reaches back
    before the promotion tells of what others answered, too: ``OnLosses`` goes by the events of the
    present champion alone.

    Parameters
    ----------
    trigger : Trigger
        What fires, such as `clsim.strategy.triggers.OnSignal` with any rule of
        `clsim.strategy.rules`, or ``OnLosses``. Its signals are recorded. What is held back in it
        (``Veto``, ``Confirm``) takes nothing back.
    within : int, str or None, default=None
        It takes the champion back for so long after a promotion: ticks, or a duration that is a
        whole number of them. None: until the next promotion.
    to : LastFine or None, default=None
        Which former champion serves again. None: the one that was replaced.
    distrust : bool, default=False
        Whether rows that only the withdrawn model was trained on are kept from later trainings.

    Examples
    --------
    >>> from clsim.monitoring import AnswerShare
    >>> from clsim.strategy.rules import Level
    >>> from clsim.strategy.triggers import OnSignal
    >>> alarm = OnSignal(AnswerShare(window=500), Level(above=0.4), of="fraud", name="flagged")
    >>> guard = OnAlarm(alarm, within="7d")

    A model that is wrong on all that it serves in a tick is taken back:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At, OnLosses
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 4 + [0] * 8})
    >>> guard = OnAlarm(OnLosses(Level(above=0.9)))
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([1]), SlidingWindow(4), guard=guard)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "rollback", ["tick", "reason"]].values.tolist()
    [[2, '1 above 0.9']]
    """

    def __init__(
        self,
        trigger: Trigger,
        within: Duration | None = None,
        to: LastFine | None = None,
        distrust: bool = False,
    ) -> None:
        super().__init__(within, to, distrust)
        self.trigger: Trigger = completed("guard.trigger", trigger, Trigger)
        _refuse_attention(self.trigger)
        self._watched: tuple[int, int | None] | None = None
        self._asked, self._promotions = self.trigger, 0

    @property
    def monitors(self) -> dict[str, Monitor]:
        return self.trigger.monitors

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        _named(lambda: self.trigger.bind(clock))

    def check_schema(self, schema: Schema) -> None:
        _named(lambda: self.trigger.check_schema(schema))

    def check_scores(self, loss: Extent, score: Extent) -> None:
        super().check_scores(loss, score)
        self.trigger.check_scores(loss, score)

    def check_times(self, begin: int, end: int) -> None:
        self.trigger.check_times(begin, end)

    def watch(self, view: View) -> Rollback | None:
        if view.tick == view.promoted:
            return None
        watched = view.promoted, view.champion
        if watched != self._watched:
            self._watched, self._promotions = watched, self._promotions + 1
            self._asked = copy.deepcopy(self.trigger)
            self._asked.begins(self._promotions)
        fired = as_fired(self._asked, view)
        if fired is None or fired.held or not self.in_time(view):
            return None
        return self.back(view, fired.reason, fired.detail, fired.signals)


def _refuse_attention(trigger: Trigger) -> None:
    if any(isinstance(one, Attention) for one in within(trigger)):
        raise ValueError(
            "guard.trigger: a guard takes back by itself, and nobody looks; leave Attention to the "
            "strategy's trigger"
        )


def _named(check: Callable[[], None]) -> None:
    """Let what is refused of the trigger be named as the guard's."""
    try:
        check()
    except ValueError as error:
        said = str(error)
        place = "guard." if said.startswith("trigger") else "guard.trigger: "
        raise ValueError(f"{place}{said}") from error
