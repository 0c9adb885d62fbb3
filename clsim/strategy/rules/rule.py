"""What a rule is, and rules around rules."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from clsim.clock import Clock
from clsim.errors import check_number, check_object, undefined
from clsim.types import Extent, Fired

Scoring = Callable[[float], float]
"""The declared score that belongs to a mean loss."""


class Rule:
    """What fires over a sequence of values; it starts afresh when the champion changes.

    Of a signal it is given the value of each tick, of losses all that came in the tick. What it
    draws is seeded by an attribute ``random_state=None``.

    Examples
    --------
    >>> class ThreeInARow(Rule):
    ...     run = 0
    ...
    ...     def after(self, values, score):
    ...         for value in values:
    ...             self.run = self.run + 1 if value else 0
    ...         return Fired(f"{self.run} wrong in a row") if self.run >= 3 else None
    >>> rule = ThreeInARow()
    >>> rule.after([0.0, 1.0, 1.0], float) is None, rule.after([1.0], float).reason
    (True, '3 wrong in a row')
    """

    of_p_values = False
    """Whether it judges p-values, and nothing else."""

    alarms = False
    """Whether what it says of losses has alarms. (A signal on which a rule fires is one itself.)"""

    def bind(self, clock: Clock) -> None:
        """Turn durations into the clock's units; called once before the first tick."""

    def begins(self, deployment: int) -> None:
        """It starts with a champion, the ``deployment``-th of the run, from 1."""

    def check_values(self, values: Extent, scores: Extent) -> None:
        """Raise `Unreachable` for bounds that no value can reach; asked before the first tick.

        Parameters
        ----------
        values, scores : Extent
            Between which numbers values lie, and the scores that belong to them.
        """

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        """What it says once it has seen the values of one more tick.

        Parameters
        ----------
        values : sequence of float
            Any number of losses, or the value of a signal; empty where the tick has none. None of
            them is missing.
        score : callable
            The declared score of a mean loss; of a signal, the value itself.
        """
        raise undefined(self, "after")

    def excess(self, fired: Fired) -> float:
        """How bad what it said is, so that a reason names the worst of several."""
        return 0.0


def as_rule(key: str, rule: Any) -> Rule:
    """A rule as it is.

    Raises
    ------
    TypeError
        If it is none.
    """
    check_object(key, rule)
    if not isinstance(rule, Rule):
        raise TypeError(
            f"{key}={rule!r}: expected a rule, such as Level(above=0.5); rules of your own derive "
            "from clsim.strategy.rules.Rule"
        )
    return rule


def check_p_values(rule: Rule, lack: str) -> None:
    """Raise ``ValueError`` for a rule of p-values where, as is said, there are none."""
    if rule.of_p_values:
        raise ValueError(f"rule: {type(rule).__name__} judges p-values, and {lack}")


def of_tick(values: Sequence[float]) -> float | None:
    """One value for a tick: the mean of what came in it; None where nothing came."""
    if len(values) == 0:
        return None
    return values[0] if len(values) == 1 else sum(values) / len(values)


class Confirmed(Rule):
    """A rule that must say so several times before it counts.

    Parameters
    ----------
    rule : Rule
    times : int
        In how many ticks it must fire.
    within : int or None, default=None
        Of the last so many ticks that had values. None: of as many, so one after the other.

    Examples
    --------
    >>> from clsim.strategy.rules import Level
    >>> rule = Confirmed(Level(above=1), times=2)
    >>> [rule.after([x], float) is not None for x in (2, 0, 2, 3, 3)]
    [False, False, False, True, True]
    """

    def __init__(self, rule: Rule, times: int, within: int | None = None) -> None:
        self.rule = as_rule("rule", rule)
        check_number("times", times, whole=True, low=1)
        if within is not None:
            check_number("within", within, whole=True, low=times)
        self.times = times
        self.within = within
        self._fired: deque[bool] = deque(maxlen=within or times)
        self.of_p_values, self.alarms = self.rule.of_p_values, self.rule.alarms

    def bind(self, clock: Clock) -> None:
        self.rule.bind(clock)

    def begins(self, deployment: int) -> None:
        self.rule.begins(deployment)

    def check_values(self, values: Extent, scores: Extent) -> None:
        self.rule.check_values(values, scores)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        fired = self.rule.after(values, score)
        if len(values) == 0:
            return None
        self._fired.append(fired is not None)
        if fired is None or sum(self._fired) < self.times:
            return None
        return replace(fired, reason=f"{fired.reason}, {sum(self._fired)} times")

    def excess(self, fired: Fired) -> float:
        return self.rule.excess(fired)
