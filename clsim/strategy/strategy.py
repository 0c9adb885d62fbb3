"""One strategy: a part for each stage of the loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from clsim.clock import Clock
from clsim.errors import check_text
from clsim.policies import Adapt, Adapted, as_policy
from clsim.protocols import (
    Adaptation,
    Curation,
    Dataset,
    Deployment,
    Exploring,
    Guard,
    Logging,
    Monitor,
    OfflineTest,
    OnlineTest,
    Part,
    Repairing,
    Reusing,
    Review,
    Training,
    Trigger,
    completed,
)
from clsim.strategy.adaptation import NoAdaptation
from clsim.strategy.composed import Composed
from clsim.strategy.curation import Nothing
from clsim.strategy.datasets import All
from clsim.strategy.deployment import Sure
from clsim.strategy.exploration import NoExploration
from clsim.strategy.guards import NoGuard
from clsim.strategy.logging import Everything
from clsim.strategy.offline import NoTest
from clsim.strategy.online import NoTrial
from clsim.strategy.repair import NoRepair
from clsim.strategy.reuse import NoReuse
from clsim.strategy.review import NoReview
from clsim.strategy.together import (
    as_stages,
    check_alarms,
    check_picks,
    check_row_by_row,
    check_shares,
    check_without_rows,
)
from clsim.strategy.training import RowByRow, Stateless
from clsim.strategy.triggers.attention import check_attention
from clsim.strategy.triggers.combinations import as_fired, named_once
from clsim.types import NEVER, Alarm, Buy, Call, Fired, Plan, Reuse, Rows, Schema
from clsim.view import View

TickDraw = Callable[..., np.ndarray]
"""A uniform number in [0, 1) for each of some rows, in a ``tick``."""


NONE = np.empty(0, dtype=np.int64)


class Turn(NamedTuple):
    """The tick in which another strategy takes over, what it is called, and what it is."""

    tick: int
    name: str
    strategy: Strategy


def as_monitors(given: Mapping[str, Monitor] | None) -> dict[str, Monitor]:
    """The monitors that somebody names, with the defaults for what they do not say."""
    if not isinstance(given or {}, Mapping):
        raise TypeError(f"monitors={given!r}: expected a dict of names to monitors")
    monitors = {}
    for key, monitor in (given or {}).items():
        check_text("monitors: name", key)
        monitors[key] = completed(f"monitors.{key}", monitor, Monitor)
    return monitors


def part_of(key: str, given: Any, base: type[Part], usual: Callable[[], Any]) -> Any:
    """A part that somebody gives, with the defaults of its kind; the usual one for None alone."""
    return completed(key, usual() if given is None else given, base)


def due_of(trigger: Any) -> Callable[[int], int] | None:
    """When a trigger is due, unless a subclass has a ``fires`` of its own that ``due`` ignores."""
    for kind in type(trigger).__mro__:
        if kind is Trigger:
            return None
        if "due" in vars(kind):
            return trigger.due
        if "fires" in vars(kind):
            return None
    return None


def without(rows: Rows, others: Rows) -> Rows:
    """Rows that are not among others."""
    return np.setdiff1d(rows, others, assume_unique=True) if len(others) else rows


class Strategy(Composed):
    """A retraining strategy, put together from a part for each stage.

    Parts are prototypes: every replay works on copies of them.

    Parameters
    ----------
    trigger : Trigger
        When to retrain.
    dataset : Dataset, default=All()
        On which labelled rows. With the trigger `Never` the one model is trained on the whole
        warm-up.
    training : Training, default=Stateless()
        From scratch or on from the champion, and how long it takes.
    offline : OfflineTest, default=NoTest()
        Which test a challenger must pass before it serves, or is tried.
    online : OnlineTest, default=NoTrial()
        How it is tried on the events that are served, before it serves.
    review : Review, default=NoReview()
        Which person looks at it in between, and what that takes.
    guard : Guard, default=NoGuard()
        What may undo a promotion, or put it off.
    deployment : Deployment, default=Sure()
        How what is to serve is put in place, which may go wrong.
    adaptation : Adaptation, default=NoAdaptation()
        What turns a model's probabilities into answers, learned while it serves.
    exploration : Exploring, default=NoExploration()
        Which events are answered otherwise than the model has it, so that their labels come.
    repair : Repairing, default=NoRepair()
        Who is called to end what is broken, and when.
    reuse : Reusing, default=NoReuse()
        Which retired model serves again instead of a training.
    logging : Logging, default=Everything()
        Which served events are kept, and for how long.
    curation : Curation, default=Nothing()
        Which labels are bought.
    monitors : mapping of str to Monitor, default={}
        Signals that are recorded; those that the trigger reads are recorded too.
    overlap : bool or sequence of {'training', 'trial'}, default=False
        Stages during which another training may start; True: any.
    threshold : 'by_price', float or None, default=None
        How probabilities become an answer. ``'by_price'``: the class with the least expected cost,
        by a loss that is a matrix or by the amounts of the event (Elkan, The foundations of
        cost-sensitive learning, IJCAI 2001); right if the probabilities are calibrated. A number:
        of two classes the second, if its chance is at least that. None: the learner answers by
        itself.
    name : str or None, default=None
        For configurations and reports; a replay takes names from its dictionary.

    Examples
    --------
    >>> from clsim.strategy import Strategy, datasets, triggers
    >>> weekly = Strategy(triggers.Periodic(every="7d"), datasets.SlidingWindow("28d"))
    """

    usual = (
        All, Stateless, NoTest, NoTrial, NoReview, NoGuard, Sure, NoAdaptation, NoExploration,
        NoRepair, NoReuse, Everything, Nothing,
    )  # fmt: skip

    source: ClassVar[str] = "learner"
    """Where answers come from: a learner, production, or a rule that needs neither."""

    def __init__(
        self,
        trigger: Trigger,
        dataset: Dataset | None = None,
        training: Training | None = None,
        offline: OfflineTest | None = None,
        *,
        online: OnlineTest | None = None,
        review: Review | None = None,
        guard: Guard | None = None,
        deployment: Deployment | None = None,
        adaptation: Adaptation | None = None,
        exploration: Exploring | None = None,
        repair: Repairing | None = None,
        reuse: Reusing | None = None,
        logging: Logging | None = None,
        curation: Curation | None = None,
        monitors: Mapping[str, Monitor] | None = None,
        overlap: bool | Sequence[str] = False,
        threshold: Any = None,
        name: str | None = None,
    ) -> None:
        self.trigger: Trigger = completed("trigger", trigger, Trigger)
        check_attention(self.trigger)
        self.dataset: Dataset = part_of("dataset", dataset, Dataset, All)
        self.training: Training = part_of("training", training, Training, Stateless)
        self.offline: OfflineTest = part_of("offline", offline, OfflineTest, NoTest)
        self.online: OnlineTest = part_of("online", online, OnlineTest, NoTrial)
        self.review: Review = part_of("review", review, Review, NoReview)
        self.guard: Guard = part_of("guard", guard, Guard, NoGuard)
        self.deployment: Deployment = part_of("deployment", deployment, Deployment, Sure)
        self.adaptation: Adaptation = part_of("adaptation", adaptation, Adaptation, NoAdaptation)
        self.exploration: Exploring = part_of("exploration", exploration, Exploring, NoExploration)
        self.repair: Repairing = part_of("repair", repair, Repairing, NoRepair)
        self.reuse: Reusing = part_of("reuse", reuse, Reusing, NoReuse)
        self.logging: Logging = part_of("logging", logging, Logging, Everything)
        self.curation: Curation = part_of("curation", curation, Curation, Nothing)
        read = [self.trigger.monitors, self.guard.monitors, self.repair.monitors]
        self.monitors: dict[str, Monitor] = named_once([as_monitors(monitors), *read])
        self.overlap = as_stages(overlap)
        if name is not None:
            check_text("name", name)
        self.name, self.threshold, policy = name, threshold, as_policy(threshold)
        self.policy = Adapted(then=policy) if self.adaptation.adapts else policy
        self.buys = not isinstance(self.curation, Nothing)  # whether it may buy labels
        if isinstance(self.training, RowByRow):
            check_row_by_row(
                self.dataset, self.offline, self.review, self.online, self.deployment, self.guard,
                self.adaptation, self.reuse, self.curation, self.monitors,
            )  # fmt: skip
        check_shares(self.adaptation, self.training)
        check_alarms(self.trigger, self.dataset, self.training)
        check_picks(self.curation, self.offline, self.online, self.monitors)

    @property
    def each(self) -> dict[str, Strategy]:
        """The strategies that it consists of, by their place in it; as a rule itself alone."""
        return {"": self}

    def turns(self, starts: np.ndarray) -> list[Turn]:
        """When another strategy takes over, by ticks that begin at ``starts``; as a rule never."""
        return []

    @property
    def retrains(self) -> bool:
        """Whether it may train after the first time, as far as its trigger says."""
        due = due_of(self.trigger)
        return isinstance(self.training, RowByRow) or due is None or due(0) != NEVER

    @property
    def trains(self) -> bool:
        """Whether it has a learner."""
        return self.source == "learner"

    def bind(self, clock: Clock) -> None:
        """Turn durations into this clock's units, and refuse what does not fit the stream."""
        for part in self.parts:
            part.bind(clock)
        kept = self.logging.length()
        reaches = {"online": self.online.waits(), "offline": self.offline.waits()}
        for key, age in {**reaches, "review": self.review.looks_at}.items():
            if kept is not None and age > kept:
                raise ValueError(
                    f"{key}: it compares events that are older than logging keeps them; compare "
                    "younger ones, or keep rows for longer"
                )

    def check_schema(self, schema: Schema) -> None:
        """Refuse what does not fit the features, classes and slices of the stream."""
        for part in self.parts:
            part.check_schema(schema)
        if not self.logging.keeps_rows:
            check_without_rows(self.retrains, self.buys, self.monitors)

    def has_chances(self, schema: Schema) -> bool:
        """Whether it has probabilities beside its answers, as far as they come from no learner."""
        return False

    def initial(self, view: View) -> Plan:
        """The first training, on the warm-up; nothing is held out but what its test reserves.

        A strategy that never retrains has one model for good, so it trains it on the whole warm-up.
        """
        due = due_of(self.trigger)
        never = due is not None and due(0) == NEVER
        rows = view.labelled() if never else self.dataset.rows(view)
        rows = without(rows, self.offline.reserved(view))
        return Plan(self.dataset.sample(view, rows), self.training.first(), "warm-up")

    def decide(self, view: View, draw: TickDraw) -> list[Buy | Adapt | Alarm | Call | Plan | Reuse]:
        """What to do now, from what is visible alone.

        Labels to buy, another policy, somebody to call, alarms, a training or re-use.

        Parameters
        ----------
        view : View
        draw : callable
            A uniform number in [0, 1) for each of some rows in a tick, for curation.
        """
        actions: list[Buy | Adapt | Alarm | Call | Plan | Reuse] = []
        if self.buys:
            bought = self.curation.buy(view, partial(draw, tick=view.tick))
            if bought is not None:
                actions += [bought] if isinstance(bought, Buy) else bought
        adapted = self._adapted(view)
        if adapted is not None:
            actions.append(adapted)
        actions += self._called(view)
        fired = as_fired(self.trigger, view)
        if fired is None:
            return actions
        alarm = Alarm(fired.alarms, fired.signals, fired.looked_at, fired.missed)
        if alarm != Alarm(()):
            actions.append(alarm)
        if not fired.held and not self._muted(view):
            actions.append(self._reused(view, fired.reason) or self._plan(view, fired.reason))
        return actions

    def _adapted(self, view: View) -> Adapt | None:
        """What turns the champion's output into answers from now on, if something else does.

        Not while a trial is on, so that what is judged there is what would serve.
        """
        due = self.adaptation.adapts and self.adaptation.due(view.tick) == view.tick
        if not due or view.champion is None or view.on_trial:
            return None
        assert isinstance(self.policy, Adapted)
        return self.adaptation.adapt(view, view.champion, self.policy, NONE)

    def _called(self, view: View) -> list[Alarm | Call]:
        """The person who is called now, if anybody is, and the alarm that does."""
        part = self.repair
        if part.due(view.tick) != view.tick or (view.called is not None and view.now < view.called):
            return []
        fired = part.calls(view)
        if fired is None:
            return []
        fired = Fired(fired) if isinstance(fired, str) else fired
        alarm = Alarm(fired.alarms, fired.signals, fired.looked_at, fired.missed)
        call = Call(fired.reason, part.takes(), part.chance, dict(fired.detail))
        return [call] if alarm == Alarm(()) else [alarm, call]

    def _reused(self, view: View, reason: str) -> Reuse | None:
        """The retired model that serves again instead of a training, if there is one."""
        if not view.retired or self.guard.frozen(view) is not None:
            return None
        found = self.reuse.choose(view)
        return None if found is None else replace(found, reason=f"{reason}: {found.reason}")

    def _muted(self, view: View) -> bool:
        """Whether triggers are not listened to, since something is under way."""
        training = view.in_flight and "training" not in self.overlap
        return training or (view.on_trial and "trial" not in self.overlap)

    def _plan(self, view: View, reason: str) -> Plan:
        holdout = self.offline.holdout(view)
        recipe = self.training.recipe(view)
        dataset = self.training.dataset(view, self.dataset)
        rows = without(without(dataset.rows(view), holdout), self.offline.reserved(view))
        recipe, sample = self.training.formed(recipe, dataset.sample(view, rows))
        return Plan(sample, recipe, reason, holdout)
