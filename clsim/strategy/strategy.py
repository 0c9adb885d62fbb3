"""One strategy: a part for each stage of the loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clsim.clock import Clock
from clsim.protocols import Dataset, OfflineTest, Training, Trigger
from clsim.strategy.datasets import All
from clsim.strategy.offline import NoTest
from clsim.strategy.training import Online, Stateless
from clsim.types import NEVER, Plan
from clsim.view import View


def due_of(trigger: Any) -> Callable[[int], int] | None:
    """When a trigger is due, unless a subclass has a ``fires`` of its own that ``due`` ignores."""
    for kind in type(trigger).__mro__:
        if "due" in vars(kind):
            return trigger.due
        if "fires" in vars(kind):
            return None
    return None


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
        Which test a challenger must pass before it serves.
    overlap : bool, default=False
        Whether a training may start while another is in flight.
    name : str or None, default=None
        For configurations and reports; a replay takes names from its dictionary.

    Examples
    --------
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> weekly = Strategy(Periodic(every="7d"), SlidingWindow("28d"))
    """

    def __init__(
        self,
        trigger: Trigger,
        dataset: Dataset | None = None,
        training: Training | None = None,
        offline: OfflineTest | None = None,
        *,
        overlap: bool = False,
        name: str | None = None,
    ) -> None:
        self.trigger = trigger
        self.dataset = All() if dataset is None else dataset
        self.training = Stateless() if training is None else training
        self.offline = NoTest() if offline is None else offline
        self.overlap = overlap
        self.name = name
        for key, part, method in (
            ("trigger", self.trigger, "fires"),
            ("dataset", self.dataset, "rows"),
            ("training", self.training, "plan"),
            ("offline", self.offline, "judge"),
        ):
            if not callable(getattr(part, method, None)):
                raise TypeError(f"{key}={part!r}: needs a method {method!r}")
        if isinstance(self.training, Online) and not isinstance(self.offline, NoTest):
            raise ValueError(
                "offline: an online model learns every label as it arrives, so none can be held "
                "out for a test; use NoTest, or stateful training"
            )

    def bind(self, clock: Clock) -> None:
        """Turn durations into this clock's units, and refuse what does not fit the stream."""
        for part in (self.trigger, self.dataset, self.training, self.offline):
            if hasattr(part, "bind"):
                part.bind(clock)

    def initial(self, view: View) -> Plan:
        """The first training, on the warm-up; nothing is held out.

        A strategy that never retrains has one model for good, so it trains it on the whole warm-up.
        """
        due = due_of(self.trigger)
        never = due is not None and due(0) == NEVER
        rows = view.labelled() if never else self.dataset.rows(view)
        none = np.empty(0, dtype=np.int64)
        return Plan(rows, "warm-up", none, self.training.initial, False, 0)

    def decide(self, view: View, champion: int | None) -> Plan | None:
        """What to train now, if anything, from what is visible alone."""
        reason = self.trigger.fires(view)
        if reason is not None and not (isinstance(reason, str) and reason):
            raise TypeError(
                f"trigger: {type(self.trigger).__name__}.fires gave {reason!r}; it must give None, "
                "or the reason to retrain as text"
            )
        if reason is None or (view.in_flight and not self.overlap):
            return None
        holdout = self.offline.holdout(view)
        rows, how, inherit, duration = self.training.plan(view, self.dataset)
        if len(holdout):
            rows = np.setdiff1d(rows, holdout, assume_unique=True)
        return Plan(rows, reason, holdout, how, inherit, duration)
