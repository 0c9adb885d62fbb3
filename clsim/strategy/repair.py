"""Repair: a person who is called to end what is broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, check_object
from clsim.protocols import Monitor, Repairing, Trigger, completed
from clsim.strategy.triggers.combinations import as_fired
from clsim.types import NEVER, Column, Extent, Fired, Schema
from clsim.view import View


class NoRepair(Repairing):
    """Nobody is called: what is broken lasts as long as the world says.

    Examples
    --------
    >>> NoRepair().due(3) == NEVER
    True
    """

    def due(self, tick: int) -> int:
        return NEVER


class OnCall(Repairing):
    """An alarm calls a person, who after a while ends the faults that were there, or does not.

    What the person ends are the faults (`clsim.streams.faults`) that had begun by the call and
    would have lasted beyond the end of the work: "rolling back the data pipeline". Events from
    there on are as they would be without the fault; what was broken before stays as it was, with
    what was trained on it. Where nothing is broken, or the work fails, nothing changes. Each call
    has its price (``Prices.repair``). While somebody is at work, nobody else is called.

    Parameters
    ----------
    when : Trigger
        What calls, such as a rule over a signal: ``OnSignal(Quality(), Level(above=0), name=...)``.
        It goes on through deployments, and is asked in every tick in which it is due and nobody is
        at work.
    after : int or str
        How long the work takes: rows, or a duration where the stream has time.
    chance : float, default=1.0
        With which it ends what is broken; drawn by the seed and the tick of the call.
    wait : int, str or None, default=None
        For how long from the end of the work on nobody is called, such as the window of the signal,
        which still holds what was broken; None: not at all.

    Notes
    -----
    A call that ends a fault makes another world from there on. The strategy is replayed in it from
    the start; that it decides the same until then is what "causal" says. Strategies with the same
    repairs share a world.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Never, Performance
    >>> strategy = Strategy(Never(), repair=OnCall(Performance(below=0.7), after="2d", chance=0.9))

    Somebody is called when accuracy is too low, unless the work ended less than ten rows ago:

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> repair = OnCall(Performance(below=0.7, window=4, min_labels=4), after=5, wait=10)
    >>> repair.bind(Clock.of(False, tick=5))
    >>> outcomes = SimpleNamespace(arrived_losses=lambda of: np.ones(4))
    >>> for called in (None, 93, 90):
    ...     view = SimpleNamespace(now=100, called=called, outcomes=outcomes, score=lambda x: 1 - x)
    ...     print(called, repair.calls(view) is not None)
    None True
    93 False
    90 True
    """

    def __init__(
        self, when: Trigger, after: Duration, chance: float = 1.0, wait: Duration | None = None
    ) -> None:
        check_object("when", when)
        self.when: Trigger = completed("when", when, Trigger)
        check_number("chance", chance, low=0, high=1)
        self.chance = chance
        self.after = as_duration(after, "after")
        self.wait = None if wait is None else as_duration(wait, "wait")

    @property
    def monitors(self) -> dict[str, Monitor]:
        return self.when.monitors

    def bind(self, clock: Clock) -> None:
        self.when.bind(clock)
        self._after = clock.units(self.after, "repair.after")
        self._wait = 0 if self.wait is None else clock.units(self.wait, "repair.wait")

    def check_schema(self, schema: Schema) -> None:
        self.when.check_schema(schema)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        self.when.check_scores(loss, score)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.when.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.when.check_rows(X)

    def check_times(self, begin: int, end: int) -> None:
        self.when.check_times(begin, end)

    def due(self, tick: int) -> int:
        return self.when.due(tick)

    def takes(self) -> int:
        return self._after

    def calls(self, view: View) -> Fired | None:
        fired = as_fired(self.when, view)
        soon = view.called is not None and view.now < view.called + self._wait
        return None if fired is None or fired.held or soon else fired
