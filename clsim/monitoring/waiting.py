"""How the system does: what is recorded of it, and decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

from clsim.protocols import Monitor
from clsim.types import Of, Schema
from clsim.view import View


class LabelsWaiting(Monitor):
    """How many labels a strategy waits for: ``'natural'`` ones, and ``'bought'`` ones.

    Natural: events that were served and logged and whose label is neither known nor on order,
    whether or not it will ever come, which nobody knows. Bought: labels on order. A label that is
    known counts no more, also if it is revised later. It says how the system does, not the model:
    it is recorded, and no trigger can have it.

    Examples
    --------
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> weekly = Strategy(Periodic("7d"), monitors={"labels_waiting": LabelsWaiting()})
    """

    decides = False

    def names(self, schema: Schema) -> Sequence[str]:
        return ("natural", "bought")

    def measure(self, view: View) -> dict[Of, float]:
        natural = view.labels.missing(view.served())
        return {"natural": float(len(natural)), "bought": float(len(view.labels.ordered()))}
