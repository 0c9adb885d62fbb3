"""The models of one replay, as each strategy asks them: for answers, or for probabilities."""

from __future__ import annotations

from clsim.engine.answering import Answering
from clsim.engine.binding import Bound
from clsim.engine.fits import Fits
from clsim.engine.models import Models
from clsim.strategy.strategy import Strategy


class Asked:
    """Models whose fits all strategies share, however they are asked.

    Attributes
    ----------
    fits : Fits
    """

    def __init__(self, fits: Fits, bound: Bound) -> None:
        self.fits, self._loss = fits, bound.loss
        some = any(map(self._likely, bound.strategies.values()))
        self._answers = Models(fits, bound.learner, bound.loss, likely=False)
        self._chances = Models(fits, bound.chances, bound.loss, likely=True, serves=some)
        # where a stream responds, what is to come hangs on what was served
        self._answers.looks_ahead = self._chances.looks_ahead = not bound.responds
        if bound.wants_chances:
            self._answers.chances = self._chances.chances = self._chances

    def _likely(self, strategy: Strategy) -> bool:
        return Answering(self._loss, strategy.policy).likely

    def by(self, strategy: Strategy) -> Models:
        """Those that a strategy asks."""
        return self._chances if self._likely(strategy) else self._answers

    @property
    def predict_seconds(self) -> float:
        """Seconds of all calls."""
        return self._answers.predict_seconds + self._chances.predict_seconds
