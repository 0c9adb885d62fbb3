"""What a model of a strategy would answer to any rows, whoever answered them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import Model
from clsim.policies import Policy
from clsim.types import Rows


@dataclass(frozen=True)
class Hypothetical:
    """A model that is asked about rows that it need not have served."""

    model: Model
    answering: Answering
    knowledge: Knowledge

    def under(self, policy: Policy | None) -> Hypothetical:
        """The same if a policy turned what the model gives into answers; None: as it is."""
        if policy is None:
            return self
        return replace(self, answering=Answering(self.answering.loss, policy))

    def answers(self, rows: Rows, X: Any = None) -> np.ndarray:
        """What it would answer; with ``X``, if the rows had these features instead of their own."""
        amount = self.knowledge.timeline.amount(rows)
        output = self.model.output_of(rows) if X is None else self.model.output_to(X)
        return self.answering.answers(output, amount)

    def chances(self, rows: Rows, X: Any = None) -> np.ndarray:
        """Its probabilities, as it gives them; with ``X`` as `answers`."""
        return self.model.chances_of(rows) if X is None else self.model.chances_to(X)

    def losses(self, rows: Rows, tick: int) -> np.ndarray:
        """What it would lose, by labels as they are told by a tick; NaN where unanswered."""
        if len(rows) == 0:
            return np.empty(0)
        return self._lost(
            rows, self.knowledge.labels.coded(self.knowledge.telling.y_at(rows, tick))
        )

    def true_losses(self, rows: Rows) -> np.ndarray:
        """The same by the true labels, which no strategy sees."""
        return self._lost(rows, self.knowledge.labels.truth[rows]) if len(rows) else np.empty(0)

    def _lost(self, rows: Rows, truth: np.ndarray) -> np.ndarray:
        amount, output = self.knowledge.timeline.amount(rows), self.model.output_of(rows)
        answers = self.answering.answers(output, amount)
        losses = self.answering.losses(truth, output, answers, amount).astype(float)
        losses[~self.answering.loss.answered(answers)] = np.nan
        return losses

    def expected_losses(self, rows: Rows) -> np.ndarray:
        """What it would lose in the mean, by its own probabilities."""
        amount = self.knowledge.timeline.amount(rows)
        chances = self.answering.policy.chances(self.chances(rows))
        return self.answering.expected(chances, self.answers(rows), amount)
