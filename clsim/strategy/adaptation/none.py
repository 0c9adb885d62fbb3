"""Answers as the model and the strategy's threshold have them."""

from __future__ import annotations

from clsim.protocols import Adaptation
from clsim.types import NEVER


class NoAdaptation(Adaptation):
    """Nothing is learned between a model's output and the answer.

    Examples
    --------
    >>> NoAdaptation().adapts, NoAdaptation().due(3) == NEVER
    (False, True)
    """

    adapts = False

    def due(self, tick: int) -> int:
        return NEVER
