"""Several adaptations, each of what the one before has made."""

from __future__ import annotations

from collections.abc import Sequence

from clsim.clock import Clock
from clsim.errors import check_flag
from clsim.policies import Adapt, Adapted
from clsim.protocols import Adaptation, completed
from clsim.types import NEVER, Rows, Schema
from clsim.view import View


class InTurn(Adaptation):
    """One adaptation after the other, each learned from what those before it have made.

    The usual order is from the inside out: `Calibration`, `PriorCorrection`, `BestCut`,
    `Abstention`. All are
    learned whenever one of them is due. One that has too few rows is left out; if all have, what
    is in force stays.

    Parameters
    ----------
    adaptations : sequence of Adaptation
    survives : bool, default=False
        As for `Regular`, of all of them together.

    Examples
    --------
    >>> from clsim.strategy.adaptation import Calibration, PriorCorrection
    >>> both = InTurn([Calibration(window=1000), PriorCorrection(every=7)])

    What cannot learn is left out; of two the last has the last word:

    >>> from clsim.strategy.adaptation import Abstention, NoAdaptation
    >>> found = InTurn([NoAdaptation(), Abstention()]).adapt(None, 1, Adapted(), without=[])
    >>> found.reason, found.policy.then
    ('abstains', Abstaining(then=Policy()))
    """

    def __init__(self, adaptations: Sequence[Adaptation], survives: bool = False) -> None:
        if isinstance(adaptations, str) or not isinstance(adaptations, Sequence):
            raise TypeError(f"adaptations={adaptations!r}: expected a list of adaptations")
        if len(adaptations) == 0:
            raise ValueError("adaptations: give at least one, or NoAdaptation in place of InTurn")
        check_flag("survives", survives)
        self.adaptations: list[Adaptation] = [
            completed(f"adaptations[{number}]", one, Adaptation)
            for number, one in enumerate(adaptations)
        ]
        for number, one in enumerate(self.adaptations):
            if one.survives:
                raise ValueError(
                    f"adaptations[{number}].survives: say it of InTurn, since what is in force is "
                    "of all together"
                )
        self.survives = survives

    @property
    def adapts(self) -> bool:  # type: ignore[override]
        return any(one.adapts for one in self.adaptations)

    @property
    def abstains(self) -> bool:  # type: ignore[override]
        return any(one.abstains for one in self.adaptations)

    @property
    def reads_shares(self) -> bool:  # type: ignore[override]
        first = next(
            (one for one in self.adaptations if one.gives_shares or one.reads_shares), None
        )
        return first is not None and first.reads_shares

    def bind(self, clock: Clock) -> None:
        for one in self.adaptations:
            one.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for one in self.adaptations:
            one.check_schema(schema)

    def check_loss(self, loss: str, schema: Schema) -> None:
        for one in self.adaptations:
            one.check_loss(loss, schema)

    def due(self, tick: int) -> int:
        return min([one.due(tick) for one in self.adaptations], default=NEVER)

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        found: list[Adapt] = []
        for one in self.adaptations:
            so_far = found[-1].policy if found else policy
            learned = one.adapt(view, model, so_far, without)
            if learned is not None:
                found.append(learned)
        if not found:
            return None
        detail = {key: value for each in found for key, value in each.detail.items()}
        reason = "; ".join(each.reason for each in found)
        return Adapt(found[-1].policy, reason, max(each.rows for each in found), detail)
