"""How a model's output becomes the answer: values, apart from the models and from the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.losses import Loss, cheapest
from clsim.types import Schema


@dataclass(frozen=True)
class Policy:
    """What turns a model's output into the answer: here, its own answer stands.

    A value: equal outputs have equal answers, whatever was answered before. So several policies can
    be put on one model, and it is fitted once.
    """

    likely: ClassVar[bool] = False
    """Whether it asks the model for probabilities; if not, for its own answers."""

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse a loss or a stream under which it has no meaning.

        Raises
        ------
        ValueError
        """

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        """Codes of classes that are answered, by the probabilities of each class.

        Asked where the policy is ``likely``, or where the loss goes by probabilities.

        Parameters
        ----------
        chances : numpy.ndarray of shape (n, classes)
        loss : Loss
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        return chances.argmax(axis=1)


@dataclass(frozen=True)
class Cut(Policy):
    """Of two classes the second, if its chance is at least ``at``."""

    at: float

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse other than two classes."""
        _check_task(self.at, schema)
        if len(schema.classes) != 2:
            raise ValueError(
                f"threshold={self.at!r}: a cut is for two classes, and the stream has "
                f"{len(schema.classes)}"
            )

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        return (chances[:, 1] >= self.at).astype(int)


@dataclass(frozen=True)
class Cheapest(Policy):
    """The class with the least expected cost (Elkan, IJCAI 2001).

    By the matrix of costs, or by what the event itself says that each answer costs under each true
    class. It is right if the probabilities are calibrated.
    """

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse a loss that does not say what each answer costs before the label is known."""
        _check_task("by_price", schema)
        if loss.kind == "amount" and schema.amounts == "answer":
            raise ValueError(
                "threshold='by_price': what each answer to an event earned is known with its label "
                "alone, and would give it away; say what each answer costs under each true class, "
                "as in Recorded(log, label=..., amount={true: {answered: column}})"
            )
        if loss.kind not in ("matrix", "amount"):
            raise ValueError(
                "threshold='by_price': needs a loss that is a matrix of costs, such as "
                f"[[0, 1], [5, 0]], or amount, not {loss.kind}"
            )

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        if loss.matrix is not None:
            return cheapest(chances, loss.matrix)
        assert amount is not None
        if amount.ndim == 1:  # errors on a row cost the same, so the likeliest class costs least
            return chances.argmax(axis=1)
        return cheapest(chances, amount)


def _check_task(threshold: Any, schema: Schema) -> None:
    if schema.task != "classification":
        raise ValueError(f"threshold={threshold!r}: the stream's task is {schema.task}")


def as_policy(threshold: Any) -> Policy:
    """The policy of a threshold.

    Parameters
    ----------
    threshold : 'by_price', float or None
        None: the model's own answers.

    Raises
    ------
    TypeError, ValueError
        For what is no threshold.

    Examples
    --------
    >>> as_policy("by_price"), as_policy(0.2), as_policy(None)
    (Cheapest(), Cut(at=0.2), Policy())
    """
    if threshold is None:
        return Policy()
    if isinstance(threshold, str):
        check_choice("threshold", threshold, ("by_price",))
        return Cheapest()
    check_number("threshold", threshold, above=0, high=1)
    return Cut(float(threshold))
