"""Several guards."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clsim.clock import Clock
from clsim.errors import check_object
from clsim.protocols import Guard, Monitor, completed
from clsim.strategy.triggers.combinations import named_once
from clsim.types import Column, Extent, Rollback, Schema
from clsim.view import View


class FirstOf(Guard):
    """Several guards: in a tick in which several would take the champion back, the first does.

    Each of them is asked in every tick, so that it misses nothing. Nothing is deployed while one of
    them is frozen.

    Parameters
    ----------
    guards : sequence of Guard

    Examples
    --------
    >>> from clsim.strategy.guards import Floor, Freeze, RollBack
    >>> guard = FirstOf([Floor(0.7), RollBack(0.05, "7d"), Freeze(weekdays=["friday"])])
    >>> guard.keeps
    1
    """

    def __init__(self, guards: Sequence[Guard]) -> None:
        if not isinstance(guards, Sequence) or isinstance(guards, str):
            raise TypeError(f"guards={guards!r}: expected a list of guards")
        if not guards:
            raise ValueError("guards: give at least one")
        for number, guard in enumerate(guards):
            check_object(f"guards[{number}]", guard)
        self.guards: list[Guard] = [
            completed(f"guards[{number}]", guard, Guard) for number, guard in enumerate(guards)
        ]
        self.keeps = max(guard.keeps for guard in self.guards)

    @property
    def monitors(self) -> dict[str, Monitor]:
        return named_once([guard.monitors for guard in self.guards])

    def bind(self, clock: Clock) -> None:
        for guard in self.guards:
            guard.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for guard in self.guards:
            guard.check_schema(schema)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        for guard in self.guards:
            guard.check_scores(loss, score)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        for guard in self.guards:
            guard.check_columns(column)

    def check_times(self, begin: int, end: int) -> None:
        for guard in self.guards:
            guard.check_times(begin, end)

    def due(self, tick: int) -> int:
        return min(guard.due(tick) for guard in self.guards)

    def frozen(self, view: View) -> str | None:
        said = [guard.frozen(view) for guard in self.guards]
        return next((reason for reason in said if reason is not None), None)

    def watch(self, view: View) -> Rollback | None:
        found = [guard.watch(view) for guard in self.guards]
        return next((rollback for rollback in found if rollback is not None), None)
