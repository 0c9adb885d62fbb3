"""Triggers that hold another back for a while."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Trigger
from clsim.strategy.triggers.combinations import Combination, PerPeriod, joined
from clsim.types import Fired
from clsim.view import View


class Cooldown(Combination):
    """Pass a trigger on, but not soon after a training started.

    Parameters
    ----------
    trigger : Trigger
    wait : int or str
        Number of ticks, or a duration that is a whole number of them, between two starts.

    Examples
    --------
    >>> from clsim.strategy.triggers import Performance
    >>> trigger = Cooldown(Performance(below=0.8), wait="7d")

    A training started in tick 4, and from three ticks later on another may; until then what fires
    is held back:

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import Periodic
    >>> trigger = Cooldown(Periodic(1), wait=3)
    >>> trigger.bind(Clock.of(False, tick=100))
    >>> views = [SimpleNamespace(tick=tick, training_ticks=[4]) for tick in (6, 7)]
    >>> [trigger.fires(view).held for view in views]
    [True, False]
    """

    def __init__(self, trigger: Trigger, wait: Duration) -> None:
        super().__init__([trigger])
        wait = as_duration(wait, "wait", positive=True)
        self.wait = wait

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self._wait = clock.ticks(self.wait, "trigger.wait")

    def fires(self, view: View) -> Fired | None:
        fired, ticks = self._fired(view), view.training_ticks
        soon = bool(ticks) and view.tick - ticks[-1] < self._wait
        return joined(fired, " or ", soon or all(one.held for one in fired))


class Budget(PerPeriod):
    """Pass a trigger on while the budget of trainings lasts; the initial one is not counted.

    Parameters
    ----------
    trigger : Trigger
    trainings : int or None, default=None
        Largest number of trainings started. Give this, or ``cost`` and ``price``.
    per : int, str or None, default=None
        In any period of so many ticks (or such a duration). None: in the whole run.
    cost, price : float or None, default=None
        The most that trainings may cost together, and what one costs. This price decides when
        to train; a run that is priced otherwise later keeps its decisions.

    Examples
    --------
    >>> Budget(Trigger(), cost=100, price=30, per="30d").trainings
    3
    """

    def __init__(
        self,
        trigger: Trigger,
        trainings: int | None = None,
        per: Duration | None = None,
        cost: float | None = None,
        price: float | None = None,
    ) -> None:
        super().__init__(trigger, per)
        if (trainings is None) == (cost is None) or (cost is None) != (price is None):
            raise ValueError("trigger: give trainings, or cost and price")
        if cost is not None and price is not None:
            check_number("cost", cost, low=0)
            check_number("price", price, above=0)
            trainings = int(cost / price + 1e-9)  # what is exactly affordable is
        check_number("trainings", trainings, whole=True, low=0)
        assert trainings is not None
        self.trainings = trainings
        self.cost = cost
        self.price = price

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        out = self._spent(view.training_ticks, view.tick) >= self.trainings
        return joined(fired, " or ", out or all(one.held for one in fired))


class Confirm(Combination):
    """Pass a trigger on once it has fired several times.

    Parameters
    ----------
    trigger : Trigger
    times : int
        In how many ticks it must fire, this one among them.
    within : int or None, default=None
        Of the last so many ticks. None: of as many, so one after the other.

    Examples
    --------
    >>> from clsim.strategy.triggers import Performance
    >>> trigger = Confirm(Performance(below=0.8), times=2, within=5)

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = Confirm(At([1, 3]), times=2, within=3)
    >>> said = [trigger.fires(SimpleNamespace(tick=tick)) for tick in range(4)]
    >>> [None if fired is None else fired.held for fired in said]
    [None, True, None, False]
    """

    def __init__(self, trigger: Trigger, times: int, within: int | None = None) -> None:
        super().__init__([trigger])
        check_number("times", times, whole=True, low=1)
        if within is not None:
            check_number("within", within, whole=True, low=times)
        self.times = times
        self.within = within
        self._acted: deque[bool] = deque(maxlen=within or times)

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        acts = any(not one.held for one in fired)
        self._acted.append(acts)
        return joined(fired, " or ", not acts or sum(self._acted) < self.times)


class WaitFor(Combination):
    """After a trigger fired, wait until there is something to train on.

    It then fires until a training has started. Give ``labels`` or ``quiet``, or both, of which then
    both must hold.

    Parameters
    ----------
    trigger : Trigger
    labels : int or None, default=None
        Number of labels that must have arrived since the tick in which it fired.
    quiet : int, str or None, default=None
        How long it must not have fired again, so that what changed has settled: a number of ticks,
        or a duration that is a whole number of them.

    Examples
    --------
    >>> from river.drift import ADWIN
    >>> from clsim.strategy.triggers import Drift
    >>> trigger = WaitFor(Drift(ADWIN()), labels=500)

    It fires in tick 1 and is held back until five labels more have come, three in each tick:

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = WaitFor(At([1]), labels=5)
    >>> for tick in range(4):
    ...     labels = SimpleNamespace(count=3 * tick, count_at=lambda tick: 3 * tick)
    ...     fired = trigger.fires(SimpleNamespace(tick=tick, labels=labels, training_ticks=[]))
    ...     print(tick, None if fired is None else (fired.held, fired.reason))
    0 None
    1 (True, 'at tick 1')
    2 None
    3 (False, 'at tick 1, 2 ticks later')
    """

    def __init__(
        self, trigger: Trigger, labels: int | None = None, quiet: Duration | None = None
    ) -> None:
        super().__init__([trigger])
        if labels is None and quiet is None:
            raise ValueError("trigger: give labels or quiet, or both")
        if labels is not None:
            check_number("labels", labels, whole=True, low=1)
        if quiet is not None:
            quiet = as_duration(quiet, "quiet", positive=True)
        self.labels = labels
        self.quiet = quiet
        self._quiet = 0
        self._since: int | None = None  # the tick in which it fired first
        self._last, self._reason = 0, ""

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.quiet is not None:
            self._quiet = clock.ticks(self.quiet, "trigger.quiet")

    def fires(self, view: View) -> Fired | None:
        ticks = view.training_ticks
        if self._since is not None and ticks and ticks[-1] >= self._since:
            self._since = None
        fired = self._fired(view)
        said = joined(fired, " or ", True)
        acting = joined([one for one in fired if not one.held], " or ", False)
        if acting is not None:
            self._last = view.tick
            if self._since is None:
                self._since, self._reason = view.tick, acting.reason
        if self._since is None or not self._ready(view, self._since):
            return said
        said = said or Fired("")
        reason = f"{self._reason}, {view.tick - self._since} ticks later"
        return replace(said, reason=reason, held=False)

    def _ready(self, view: View, since: int) -> bool:
        new = view.labels.count - view.labels.count_at(since)
        return new >= (self.labels or 0) and view.tick - self._last >= self._quiet
