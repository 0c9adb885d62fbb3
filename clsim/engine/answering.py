"""How the models of a strategy answer, and what their answers lose: a policy, and a loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clsim.losses import Loss
from clsim.policies import Policy


@dataclass(frozen=True)
class Answering:
    """What turns a model's output into the answer, and what scores it.

    Attributes
    ----------
    loss : Loss
    policy : Policy
    """

    loss: Loss
    policy: Policy

    @property
    def likely(self) -> bool:
        """Whether models are asked for probabilities, since answers or losses are made of them."""
        return self.policy.likely or self.loss.kind == "log"

    def answers(self, output: np.ndarray, amount: np.ndarray | None) -> np.ndarray:
        """Codes of classes or values that are answered, by what models were asked for.

        Parameters
        ----------
        output : numpy.ndarray of shape (n,) or (n, classes)
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        if not self.likely:
            return output
        loss = self.loss
        said = self.policy.answers(output, loss, amount)
        return np.where(np.isnan(output[:, 0]), loss.unanswered, said).astype(loss.answer_dtype)

    def losses(
        self,
        truth: np.ndarray,
        output: np.ndarray,
        answers: np.ndarray,
        amount: np.ndarray | None,
    ) -> np.ndarray:
        """Loss of each event; without an answer, 1 (zero-one) or NaN.

        Parameters
        ----------
        truth, answers : numpy.ndarray of shape (n,)
        output : numpy.ndarray of shape (n,) or (n, classes)
            What the answers were made of.
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        if self.loss.kind == "log":
            output = self.policy.chances(output)
        return self.loss.of(truth, output, answers, amount)

    def expected(
        self, chances: np.ndarray, answers: np.ndarray, amount: np.ndarray | None
    ) -> np.ndarray:
        """What each answer loses in the mean, by chances of classes; NaN without an answer or any.

        Parameters
        ----------
        chances : numpy.ndarray of shape (n, classes)
            As the policy takes them to be.
        answers : numpy.ndarray of shape (n,)
            Codes of classes.
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        total = np.zeros(len(answers))
        for code in range(self.loss.n_classes):
            truth = np.full(len(answers), code)
            total += chances[:, code] * self.loss.of(truth, chances, answers, amount)
        return np.where(self.loss.answered(answers), total, np.nan)
