"""How much of what the champion has learned is no longer there."""

from __future__ import annotations

from clsim.protocols import Monitor
from clsim.types import Extent, Of
from clsim.view import View


class GoneRows(Monitor):
    """How many of the rows that the champion was trained on are no longer kept.

    Because somebody asked that they be deleted, or because their retention is over. A model that
    was trained on such rows goes on serving; where it must not, a rule over this signal has it
    trained anew from what is left. It counts the rows of its own training: neither those of models
    that it was trained on from, nor what it has learned row by row since.

    Examples
    --------
    Train anew as soon as more than a hundred rows of what serves were deleted:

    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.rules import Level
    >>> from clsim.strategy.triggers import OnSignal
    >>> strategy = Strategy(OnSignal(GoneRows(), Level(above=100)))
    """

    shared = True

    def extent(self, score: Extent) -> Extent:
        return Extent(0)

    def measure(self, view: View) -> dict[Of, float]:
        if not view.has_champion:
            return {}
        rows = view.trained_rows
        return {None: float(len(rows) - len(view.usable(rows)))}
