"""One strategy: a part for each stage of the loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np

from clsim.clock import Clock
from clsim.policies import as_policy
from clsim.protocols import (
    Curation,
    Dataset,
    Deployment,
    Guard,
    Logging,
    Monitor,
    OfflineTest,
    OnlineTest,
    Part,
    Reusing,
    Review,
    Training,
    Trigger,
    completed,
)
from clsim.readable import Readable
from clsim.strategy.curation import Nothing
from clsim.strategy.datasets import All
from clsim.strategy.deployment import Sure
from clsim.strategy.guards import NoGuard
from clsim.strategy.logging import Everything
from clsim.strategy.offline import NoTest
from clsim.strategy.online import NoTrial
from clsim.strategy.reuse import NoReuse
from clsim.strategy.review import NoReview
from clsim.strategy.together import (
    as_stages,
    check_picks,
    check_row_by_row,
    check_without_rows,
)
from clsim.strategy.training import RowByRow, Stateless
from clsim.strategy.triggers.attention import check_attention
from clsim.strategy.triggers.combinations import as_fired, named_once
from clsim.types import NEVER, Alarm, Buy, Plan, Reuse, Rows, Schema
from clsim.view import View

TickDraw = Callable[..., np.ndarray]
"""A uniform number in [0, 1) for each of some rows, in a ``tick``."""


class Turn(NamedTuple):
    """The tick in which another strategy takes over, what it is called, and what it is."""

    tick: int
    name: str
    strategy: Strategy


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


class Strategy(Readable):
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
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> weekly = Strategy(Periodic(every="7d"), SlidingWindow("28d"))
    """

    usual = (All, Stateless, NoTest, NoTrial, NoReview, NoGuard, Sure, NoReuse, Everything, Nothing)

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
        self.dataset: Dataset = completed("dataset", dataset or All(), Dataset)
        self.training: Training = completed("training", training or Stateless(), Training)
        self.offline: OfflineTest = completed("offline", offline or NoTest(), OfflineTest)
        self.online: OnlineTest = completed("online", online or NoTrial(), OnlineTest)
        self.review: Review = completed("review", review or NoReview(), Review)
        self.guard: Guard = completed("guard", guard or NoGuard(), Guard)
        self.deployment: Deployment = completed("deployment", deployment or Sure(), Deployment)
        self.reuse: Reusing = completed("reuse", reuse or NoReuse(), Reusing)
        self.logging: Logging = completed("logging", logging or Everything(), Logging)
        self.curation: Curation = completed("curation", curation or Nothing(), Curation)
        if not isinstance(monitors or {}, Mapping):
            raise TypeError(f"monitors={monitors!r}: expected a dict of names to monitors")
        own = {
            key: completed(f"monitors.{key}", monitor, Monitor)
            for key, monitor in (monitors or {}).items()
        }
        self.monitors: dict[str, Monitor] = named_once(
            [own, self.trigger.monitors, self.guard.monitors]
        )
        self.overlap = as_stages(overlap)
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name={name!r}: expected text")
        self.name = name
        self.threshold, self.policy = threshold, as_policy(threshold)
        self.buys = not isinstance(self.curation, Nothing)  # whether it may buy labels
        if isinstance(self.training, RowByRow):
            check_row_by_row(
                self.dataset, self.offline, self.review, self.online, self.deployment, self.guard,
                self.reuse, self.curation, self.monitors,
            )  # fmt: skip
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

    @property
    def parts(self) -> Iterator[Part]:
        """All parts of the strategy; monitors before what names their signals."""
        yield from self.monitors.values()
        yield from (self.logging, self.curation, self.trigger, self.dataset, self.training)
        yield from (self.offline, self.review, self.online, self.deployment, self.guard, self.reuse)

    @property
    def keeps(self) -> tuple[int, int]:
        """How many former champions are kept, and how many retired models can be re-used."""
        return max(self.guard.keeps, self.curation.keeps), self.reuse.keeps

    @property
    def reads_chances(self) -> tuple[str, Part] | None:
        """What asks for probabilities: the first monitor that does, else another part."""
        parts: dict[str, Monitor | Logging | Curation | OfflineTest | Training] = {
            f"monitors.{key}": monitor for key, monitor in self.monitors.items()
        }
        parts |= {"logging": self.logging, "curation": self.curation, "offline": self.offline}
        parts["training"] = self.training
        asking: dict[str, Part] = {key: part for key, part in parts.items() if part.reads_chances}
        return next(iter([*asking.items(), *self.expects_losses.items()]), None)

    @property
    def expects_losses(self) -> dict[str, Part]:
        """What asks for the losses that are expected before there are labels, by its place."""
        parts: dict[str, Monitor | OfflineTest | OnlineTest] = {
            f"monitors.{key}": monitor for key, monitor in self.monitors.items()
        }
        parts |= {"offline": self.offline, "online": self.online}
        return {key: part for key, part in parts.items() if part.expects_losses}

    @property
    def reads_complaints(self) -> str | None:
        """What asks for complaints: the first monitor that does, else another part."""
        parts: dict[str, Monitor | Curation | OfflineTest] = {
            f"monitors.{key}": monitor for key, monitor in self.monitors.items()
        }
        parts |= {"curation": self.curation, "offline": self.offline}
        return next((key for key, part in parts.items() if part.reads_complaints), None)

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

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse a loss by which the answers cannot be scored, or challengers not be judged."""
        self.offline.check_loss(loss)
        self.online.check_loss(loss)

    def has_chances(self, schema: Schema) -> bool:
        """Whether it has probabilities beside its answers, as far as they come from no learner."""
        return False

    def due(self, tick: int) -> int:
        """The first tick at or after a tick in which a part other than the trigger is asked."""
        return min(self.logging.due(tick), self.curation.due(tick), self.guard.due(tick))

    def initial(self, view: View) -> Plan:
        """The first training, on the warm-up; nothing is held out but what its test reserves.

        A strategy that never retrains has one model for good, so it trains it on the whole warm-up.
        """
        due = due_of(self.trigger)
        never = due is not None and due(0) == NEVER
        rows = view.labelled() if never else self.dataset.rows(view)
        rows = without(rows, self.offline.reserved(view))
        return Plan(self.dataset.sample(view, rows), self.training.first(), "warm-up")

    def decide(self, view: View, draw: TickDraw) -> list[Buy | Alarm | Plan | Reuse]:
        """What to do now, from what is visible alone: labels to buy, alarms, a training or re-use.

        Parameters
        ----------
        view : View
        draw : callable
            A uniform number in [0, 1) for each of some rows in a tick, for curation.
        """
        actions: list[Buy | Alarm | Plan | Reuse] = []
        if self.buys:
            bought = self.curation.buy(view, partial(draw, tick=view.tick))
            if bought is not None:
                actions += [bought] if isinstance(bought, Buy) else bought
        fired = as_fired(self.trigger, view)
        if fired is None:
            return actions
        alarm = Alarm(fired.alarms, fired.signals, fired.looked_at, fired.missed)
        if alarm != Alarm(()):
            actions.append(alarm)
        if not fired.held and not self._muted(view):
            actions.append(self._reused(view, fired.reason) or self._plan(view, fired.reason))
        return actions

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
        rows = without(dataset.rows(view), holdout)
        rows = without(rows, self.offline.reserved(view))
        recipe, sample = self.training.formed(recipe, dataset.sample(view, rows))
        return Plan(sample, recipe, reason, holdout)
