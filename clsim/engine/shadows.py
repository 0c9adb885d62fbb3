"""Models that are asked beside those who answer, and what they would have lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clsim.engine.models import Model
from clsim.engine.serving import Serving


@dataclass
class Shadow:
    """A model that is asked beside the champion and does not answer.

    Attributes
    ----------
    number : int
    first, stop : int
        Rows from the one on, before the other.
    losses, answered : numpy.ndarray of shape (stop - first,)
        By the truth; a loss of 0, or 1 if it counts as an error, where there is no prediction.
    observed : numpy.ndarray of the same shape
        By the labels as they are told.
    """

    number: int
    model: Model
    first: int
    stop: int = -1
    losses: np.ndarray | None = None
    observed: np.ndarray | None = None
    answered: np.ndarray | None = None


class Shadows:
    """The shadows of one strategy.

    Attributes
    ----------
    asked : list of Shadow
        In the order in which they began.
    """

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self.asked: list[Shadow] = []

    def begin(self, number: int, model: Model, row: int) -> None:
        """Ask a model beside the others from a row on."""
        self.asked.append(Shadow(number, model, row))

    def end(self, number: int, row: int) -> None:
        """Stop asking it before a row."""
        shadow = next(s for s in self.asked if s.number == number and s.stop < 0)
        shadow.stop = row
        if row == shadow.first:
            shadow.losses = shadow.observed = np.empty(0)
            shadow.answered = np.empty(0, dtype=bool)
            return
        serving, rows = self._serving, slice(shadow.first, row)
        output, amount = shadow.model.output(shadow.first, row), serving.said.amount(rows)
        answering = serving.answering_of(number)
        answers = answering.answers(output, amount)
        shadow.answered = answered = serving.loss.answered(answers)

        def by(truth: np.ndarray) -> np.ndarray:
            losses = answering.losses(truth, output, answers, amount).astype(float)
            losses[~answered] = 1.0 if serving.unanswered == "wrong" else 0.0
            return losses

        labels = serving.said.labels
        shadow.losses = shadow.observed = by(labels.truth[rows])
        if labels.told_truth is not None:
            shadow.observed = by(labels.told_truth[rows])
