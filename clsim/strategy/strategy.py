"""One strategy: a part for each stage of the loop."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np

from clsim.clock import Clock
from clsim.errors import check_choice
from clsim.policies import as_policy
from clsim.protocols import (
    Curation,
    Dataset,
    Guard,
    Logging,
    Monitor,
    OfflineTest,
    OnlineTest,
    Part,
    Review,
    Training,
    Trigger,
    completed,
)
from clsim.strategy.curation import Nothing
from clsim.strategy.datasets import All
from clsim.strategy.guards import NoGuard
from clsim.strategy.logging import Everything
from clsim.strategy.offline import NoTest
from clsim.strategy.online import NoTrial
from clsim.strategy.review import NoReview
from clsim.strategy.training import RowByRow, Stateless
from clsim.strategy.triggers.attention import check_attention
from clsim.strategy.triggers.combinations import as_fired, named_once
from clsim.types import NEVER, Alarm, Buy, Plan, Recipe, Rows, Sample, Schema
from clsim.view import View

TickDraw = Callable[..., np.ndarray]
"""A uniform number in [0, 1) for each of some rows, in a ``tick``."""

STAGES = ("training", "trial")
"""Stages that may overlap with a new training."""


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


class Strategy:
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
        What may undo a promotion.
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
        self.logging: Logging = completed("logging", logging or Everything(), Logging)
        self.curation: Curation = completed("curation", curation or Nothing(), Curation)
        if not isinstance(monitors or {}, Mapping):
            raise TypeError(f"monitors={monitors!r}: expected a dict of names to monitors")
        own = {
            key: completed(f"monitors.{key}", monitor, Monitor)
            for key, monitor in (monitors or {}).items()
        }
        self.monitors: dict[str, Monitor] = named_once([own, self.trigger.monitors])
        if isinstance(overlap, str) or not isinstance(overlap, (bool, Sequence)):
            close = difflib.get_close_matches(str(overlap), STAGES, n=1) or STAGES[:1]
            raise TypeError(
                f"overlap={overlap!r}: expected true, false or a list of stages, such as {close}"
            )
        self.overlap = (STAGES if overlap else ()) if isinstance(overlap, bool) else tuple(overlap)
        for stage in self.overlap:
            check_choice("overlap", stage, STAGES)
        if name is not None and not isinstance(name, str):
            raise TypeError(f"name={name!r}: expected text")
        self.name = name
        self.threshold, self.policy = threshold, as_policy(threshold)
        self.buys = not isinstance(self.curation, Nothing)  # whether it may buy labels
        self._check_row_by_row()
        self._check_picks()

    def _check_picks(self) -> None:
        """Refuse weights where they would be wrong, and an evaluation set where there is none."""
        curation, offline = self.curation, self.offline
        weighing: dict[str, Any] = {f"monitors.{key}": it for key, it in self.monitors.items()}
        weighing |= {"offline": offline, "online": self.online}
        for key, part in weighing.items():
            if part.undoes_picks and curation.biased is not None:
                raise ValueError(
                    f"{key}: how the labels were picked cannot be undone: {curation.biased}; use "
                    "another weigh, or a curation that picks by chance"
                )
        if offline.on_evaluation and not curation.evaluation:
            raise ValueError(
                "offline: it goes by labels that are bought for evaluation, and none are; give the "
                "curation a share of them (evaluation=0.2), or have using='held_out'"
            )
        if offline.undoes_picks and curation.evaluation and not offline.on_evaluation:
            raise ValueError(
                "offline.weigh: the labels that are not for evaluation have no chance that could "
                "be undone alone; have using='evaluation'"
            )

    @property
    def retrains(self) -> bool:
        """Whether it may train after the first time, as far as its trigger says."""
        due = due_of(self.trigger)
        return isinstance(self.training, RowByRow) or due is None or due(0) != NEVER

    def _check_without_rows(self) -> None:
        """Refuse what needs rows where none are kept."""
        remedy = "keep some beside the profiles, such as logging.rows=Sample(0.1)"
        if self.retrains:
            raise ValueError(
                "logging: it keeps no rows, so there is nothing to train on after the warm-up; "
                f"{remedy}, or never retrain (the trigger Never)"
            )
        if self.buys:
            raise ValueError(
                f"curation: logging keeps no rows, so there are none to have labelled; {remedy}"
            )
        for key, monitor in self.monitors.items():
            if monitor.reads_rows:
                raise ValueError(
                    f"monitors.{key}: {monitor.class_name} looks at rows, and logging keeps none; "
                    f"{remedy}, or watch profiles (ProfileDistribution)"
                )

    def _check_row_by_row(self) -> None:
        """Refuse what a model that learns row by row cannot have."""
        if not isinstance(self.training, RowByRow):
            return
        learns = "a model that learns row by row"
        if not isinstance(self.offline, NoTest):
            raise ValueError(
                f"offline: {learns} learns every label as it arrives, so none can be held out for "
                "a test; use NoTest, or stateful training"
            )
        if not isinstance(self.review, NoReview):
            raise ValueError(f"review: {learns} is never done; use stateful training")
        if not isinstance(self.online, NoTrial):
            raise ValueError(
                f"online: {learns} can be neither tried nor held back; use stateful training"
            )
        if not isinstance(self.guard, NoGuard):
            raise ValueError(
                f"guard: {learns} goes on learning, so there is no former one to go back to; use "
                "stateful training"
            )
        if self.curation.keeps:
            raise ValueError(
                f"curation: {learns} goes on learning, so there are no former ones that "
                f"{self.curation.class_name} could ask; use stateful training, or another pick"
            )
        for key, monitor in self.monitors.items():
            if monitor.asks_models:
                raise ValueError(
                    f"monitors.{key}: {learns} cannot be asked what it would have answered; watch "
                    "inputs or losses, or use stateful training"
                )
        if self.dataset.weighs:
            raise ValueError(f"dataset: {learns} takes no weights; use another dataset")

    @property
    def trains(self) -> bool:
        """Whether it has a learner."""
        return self.source == "learner"

    @property
    def parts(self) -> Iterator[Part]:
        """All parts of the strategy; monitors before what names their signals."""
        yield from self.monitors.values()
        yield from (self.logging, self.curation, self.trigger, self.dataset, self.training)
        yield from (self.offline, self.review, self.online, self.guard)

    @property
    def reads_chances(self) -> tuple[str, Part] | None:
        """What asks for probabilities: the first monitor that does, else another part."""
        parts: dict[str, Monitor | Logging | Curation | OfflineTest] = {
            f"monitors.{key}": monitor for key, monitor in self.monitors.items()
        }
        parts |= {"logging": self.logging, "curation": self.curation, "offline": self.offline}
        return next((found for found in parts.items() if found[1].reads_chances), None)

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
                    f"{key}: it compares events that are older than logging keeps them, so there "
                    "is none; compare younger ones, or keep rows for longer"
                )

    def check_schema(self, schema: Schema) -> None:
        """Refuse what does not fit the features, classes and slices of the stream."""
        for part in self.parts:
            part.check_schema(schema)
        if not self.logging.keeps_rows:
            self._check_without_rows()

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse a loss by which the answers cannot be scored."""

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
        recipe = Recipe(self.training.initial, row_by_row=isinstance(self.training, RowByRow))
        return Plan(Sample(rows, self.dataset.weights(view, rows)), recipe, "warm-up")

    def decide(self, view: View, draw: TickDraw) -> list[Buy | Alarm | Plan]:
        """What to do now, from what is visible alone: labels to buy, alarms, and a training.

        Parameters
        ----------
        view : View
        draw : callable
            A uniform number in [0, 1) for each of some rows in a tick, for curation.
        """
        actions: list[Buy | Alarm | Plan] = []
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
            actions.append(self._plan(view, fired.reason))
        return actions

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
        return Plan(Sample(rows, dataset.weights(view, rows)), recipe, reason, holdout)
