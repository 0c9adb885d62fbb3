"""Triggers that weigh what waiting costs against what training costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Trigger
from clsim.strategy.rules.costs import Excess
from clsim.strategy.triggers.losses import OnLosses
from clsim.types import Fired
from clsim.view import View


def waited(new: ArrayLike, steps: ArrayLike = 1.0) -> np.ndarray:
    """How long all that is new has waited together, after each of some steps.

    The area under the number of what has come: within a step it comes evenly, so it waits half of
    it (Modyn's incorporation latency).

    Parameters
    ----------
    new : array-like of shape (n,)
        How much came in each step.
    steps : float, or array-like of shape (n,), default=1
        Lengths of the steps.

    Examples
    --------
    >>> waited([1.0, 0.5], steps=[2, 4]).tolist()
    [1.0, 6.0]
    """
    new = np.asarray(new, dtype=float)
    return np.cumsum(_waits(np.cumsum(new) - new, new) * np.asarray(steps))


def _waits(before: Any, new: Any) -> Any:
    """How long all that is there waits in a step of length 1, in which more comes evenly."""
    return before + new / 2


class IncorporationLatency(Trigger):
    """Retrain when labels have waited too long, all together, for a model that has seen them.

    Modyn's data-incorporation latency (Böther et al., SIGMOD 2025): the area under the number of
    labels that arrived since the last training started, in labels times ticks. Modyn compares it
    with the time that trainings have taken; here the bound is a number.

    Parameters
    ----------
    allowed : float
        Fires when so many labels times ticks have been waited.

    Examples
    --------
    >>> trigger = IncorporationLatency(allowed=5_000)

    Ten labels come in each tick. In a tick they wait half of it, and those of before all of it: 5,
    and with the second tick 5 + 10 + 5:

    >>> from types import SimpleNamespace
    >>> trigger = IncorporationLatency(allowed=20)
    >>> labels = SimpleNamespace(count_at=lambda tick: 10 * (tick + 1))
    >>> for tick in (0, 1):
    ...     fired = trigger.fires(SimpleNamespace(tick=tick, labels=labels, training_ticks=[]))
    ...     print(tick, None if fired is None else fired.reason)
    0 None
    1 labels waited 20 ticks together
    """

    alarms = False

    def __init__(self, allowed: float) -> None:
        check_number("allowed", allowed, above=0)
        self.allowed = allowed
        self._since: int | None = None
        self._tick, self._area = 0, 0.0

    def fires(self, view: View) -> Fired | None:
        since = view.training_ticks[-1] if view.training_ticks else -1
        if since != self._since:
            self._since, self._tick, self._area = since, since, 0.0
        before = view.labels.count_at(since)
        for tick in range(self._tick + 1, view.tick + 1):
            was, now = (view.labels.count_at(at) - before for at in (tick - 1, tick))
            self._area += _waits(was, now - was)
        self._tick = view.tick
        if self._area < self.allowed:
            return None
        return Fired(f"labels waited {self._area:.4g} ticks together", {"value": self._area})


class LyapunovBudget(OnLosses):
    """Retrain when what was lost outweighs how much of the budget is overdrawn.

    After RCCDA (Piaseczny et al., NeurIPS 2025), by the drift-plus-penalty method. A queue counts
    what trainings have overdrawn: Q ← max(0, Q + u - B), u being 1 in a tick in which a training
    started, and B the trainings that a tick may have in the mean. It fires when V times the excess
    loss since the deployment is more than Q. So trainings up to tick T number at most
    B T + 1 + V · (the largest excess loss), whatever happens.

    What differs from the paper: the excess is what the mean loss of each tick exceeds what is
    expected by, added up and never below 0, instead of an estimate of the gradient's norm.

    Parameters
    ----------
    every : int or str
        Mean number of ticks between two trainings that the budget allows, or a duration that is a
        whole number of them; B is 1 / every.
    weight : float, default=1
        V: how much loss counts against the budget.
    expected : float or None, default=None
        Mean loss that is no excess. None: learned.
    learn : int, default=200
        Number of first losses of a deployment that it is learned from.
    of : {'champion', 'all'}, default='champion'
        Events served by the present champion, or any.

    Examples
    --------
    >>> trigger = LyapunovBudget(every="14d")

    One training in four ticks; one started in tick 0, which overdraws .75, and in tick 2 still .5.
    Each tick loses .5 more than is expected:

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> trigger = LyapunovBudget(every=4, expected=0.1)
    >>> trigger.bind(Clock.of(False, tick=100))
    >>> outcomes = SimpleNamespace(arrived_losses=lambda of: np.array([1.0, 0.2]))
    >>> for tick in (1, 2):
    ...     view = SimpleNamespace(tick=tick, training_ticks=[0], outcomes=outcomes, score=float)
    ...     print(tick, trigger.fires(view) is not None)
    1 False
    2 True
    """

    def __init__(
        self,
        every: Duration,
        weight: float = 1.0,
        expected: float | None = None,
        learn: int = 200,
        of: str = "champion",
    ) -> None:
        check_number("weight", weight, above=0)
        super().__init__(Excess(expected, learn), of)
        self.every = as_duration(every, "every", positive=True)
        self.weight = weight
        self.expected = expected
        self.learn = learn
        self._tick, self._queue = 0, 0.0

    def bind(self, clock: Clock) -> None:
        self._budget = 1 / clock.ticks(self.every, "trigger.every")

    def fires(self, view: View) -> Fired | None:
        started = view.training_ticks
        for tick in range(self._tick, view.tick):
            self._queue = max(0.0, self._queue + started.count(tick) - self._budget)
        self._tick = view.tick
        said = super().fires(view)
        lost = 0.0 if said is None else self.weight * said.detail["value"]
        if lost <= self._queue:
            return None
        return Fired(f"excess {lost:.4g} above queue {self._queue:.4g}", {"queue": self._queue})
