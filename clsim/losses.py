"""Losses that add up over events, and the scores that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.types import Schema

OF_CLASSES, OF_NUMBERS = ("zero_one", "log", "amount"), ("absolute", "squared")
LOSSES = (*OF_CLASSES, *OF_NUMBERS)
"""Losses by name: of classes, and of numbers."""


class Loss:
    """An additive loss, and the score (higher is better) that belongs to it.

    Parameters
    ----------
    kind : {'zero_one', 'log', 'amount', 'absolute', 'squared'} or matrix
        A matrix of shape (classes, classes) prices each error by true and predicted class, in
        the order of the schema's classes. ``'amount'``: what the event says that a wrong answer to
        it costs.
    schema : Schema
    threshold : 'by_price', float or None, default=None
        How probabilities become an answer. A number: of two classes the second, where its chance is
        at least that. ``'by_price'``: the class with the least expected cost by the matrix. None:
        the learner answers by itself; for the log loss, the likeliest class.

    Notes
    -----
    The score of the zero-one loss is accuracy, 1 - mean loss; of any other loss it is minus the
    mean loss. A tick's loss is the sum over its events.
    """

    def __init__(
        self,
        kind: str | Sequence[Sequence[float]] | None,
        schema: Schema,
        threshold: Any = None,
    ) -> None:
        classification = schema.task == "classification"
        self.matrix: np.ndarray | None = None
        if kind is None:
            kind = "zero_one" if classification else "absolute"
        if isinstance(kind, str):
            check_choice("loss", kind, LOSSES)
            fits = OF_CLASSES if classification else OF_NUMBERS
            if kind not in fits:
                raise ValueError(
                    f"loss={kind!r}: the stream's task is {schema.task}; use "
                    f"{', '.join(fits[:-1])} or {fits[-1]}"
                )
            if kind == "amount" and not schema.amounts:
                raise ValueError(
                    "loss='amount': the stream does not say what an error on an event costs; name "
                    "the column, as in Recorded(log, label=..., amount='value')"
                )
            self.kind = kind
        else:
            self.kind = "matrix"
            self.matrix = np.asarray(kind, dtype=float)
            size = len(schema.classes)
            if not classification or self.matrix.shape != (size, size):
                raise ValueError(f"loss: a cost matrix needs the shape ({size}, {size})")
            if not (self.matrix >= 0).all():
                raise ValueError("loss: costs cannot be negative or missing")
        self.threshold = threshold
        self._check_threshold(schema)
        self.wants_proba = self.kind == "log" or threshold is not None
        self.n_classes = len(schema.classes)
        self.dtype = np.uint8 if self.kind == "zero_one" else np.float64
        if not classification:
            self.answer_dtype: Any = np.float64
            self.unanswered: float = np.nan
        else:
            narrow = np.uint8 if self.n_classes < 255 else np.int32
            self.answer_dtype, self.unanswered = narrow, np.iinfo(narrow).max

    def _check_threshold(self, schema: Schema) -> None:
        threshold = self.threshold
        if threshold is None:
            return
        if schema.task != "classification":
            raise ValueError(f"threshold={threshold!r}: the stream's task is {schema.task}")
        if isinstance(threshold, str):
            check_choice("threshold", threshold, ("by_price",))
            if self.matrix is None:
                raise ValueError(
                    "threshold='by_price': needs a loss that is a matrix of costs, such as "
                    f"[[0, 1], [5, 0]], not {self.kind}"
                )
            return
        check_number("threshold", threshold, above=0, high=1)
        if len(schema.classes) != 2:
            raise ValueError(
                f"threshold={threshold!r}: a cut is for two classes, and the stream has "
                f"{len(schema.classes)}"
            )

    def answers(self, output: np.ndarray) -> np.ndarray:
        """Predicted class codes or values, from a learner's output."""
        if self.wants_proba:
            missing = np.isnan(output[:, 0])
            return np.where(missing, self.unanswered, self._decided(output)).astype(
                self.answer_dtype
            )
        return output

    def _decided(self, chances: np.ndarray) -> np.ndarray:
        if self.threshold is None:
            return chances.argmax(axis=1)
        if self.matrix is not None and self.threshold == "by_price":
            return cheapest(chances, self.matrix)
        return (chances[:, 1] >= self.threshold).astype(int)

    def answered(self, answers: np.ndarray) -> np.ndarray:
        """Which events have a prediction."""
        return ~np.isnan(answers) if self.n_classes == 0 else answers != self.unanswered

    def per_event(
        self, truth: np.ndarray, output: np.ndarray, amount: np.ndarray | None = None
    ) -> np.ndarray:
        """Loss of each event by a learner's output; without an answer, 1 (zero-one) or NaN.

        Parameters
        ----------
        truth : numpy.ndarray of shape (n,)
        output : numpy.ndarray of shape (n,) or (n, classes)
        amount : numpy.ndarray of shape (n,) or (n, classes), or None
            As in `clsim.types.Batch`, of the same events.
        """
        if self.kind == "log":
            chance = output[np.arange(len(truth)), truth]
            return -np.log(np.clip(chance, np.finfo(float).eps, 1.0))
        return self.of_answers(truth, self.answers(output), amount)

    def of_answers(
        self, truth: np.ndarray, answers: np.ndarray, amount: np.ndarray | None = None
    ) -> np.ndarray:
        """The same by what was answered, for a loss that needs no probabilities."""
        if self.kind == "zero_one":
            return (answers != truth).astype(np.uint8)
        if self.kind == "absolute":
            return np.abs(answers - truth)
        if self.kind == "squared":
            return (answers - truth) ** 2
        answered = answers != self.unanswered
        loss = np.full(len(truth), np.nan)
        if self.matrix is not None:
            loss[answered] = self.matrix[truth[answered], answers[answered]]
            return loss
        assert amount is not None
        if amount.ndim == 1:
            loss[answered] = np.where(answers != truth, amount, 0.0)[answered]
        else:
            loss[answered] = amount[answered, answers[answered]]
        return loss

    def score(self, mean_loss: Any) -> Any:
        """The score that belongs to a mean loss."""
        return 1.0 - mean_loss if self.kind == "zero_one" else -mean_loss


def cheapest(chances: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The class whose answer has the least expected cost, for each event (Elkan, IJCAI 2001).

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        They should be calibrated: the rule is right for chances that are true.
    matrix : numpy.ndarray of shape (classes, classes)
        Cost by true and predicted class.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Codes of classes; of answers that cost the same, the first.

    Examples
    --------
    >>> cheapest(np.array([[0.9, 0.1], [0.8, 0.2]]), np.array([[0.0, 1.0], [5.0, 0.0]])).tolist()
    [0, 1]
    """
    expected = np.zeros(chances.shape)
    for code, costs in enumerate(matrix):  # row by row, so that no bit hangs on the other events
        expected += chances[:, code, None] * costs
    return expected.argmin(axis=1)


def cheapest_cut(matrix: np.ndarray) -> float:
    """The chance of the second of two classes from which to answer it (Elkan, IJCAI 2001, eq. 2).

    NaN where one answer is the cheaper one whatever the chances are.

    Examples
    --------
    >>> cheapest_cut(np.array([[0.0, 1.0], [4.0, 0.0]]))
    0.2
    """
    false_alarm, miss = matrix[0, 1] - matrix[0, 0], matrix[1, 0] - matrix[1, 1]
    if false_alarm <= 0 or miss <= 0:
        return float("nan")
    return float(false_alarm / (false_alarm + miss))


def likeliest_is_cheapest(matrix: np.ndarray) -> bool:
    """Whether the likeliest class has the least expected cost, whatever the chances are.

    So it is where every error costs as much more than the right answer as any other.
    """
    more = matrix - np.diag(matrix)[:, None]
    apart = more[~np.eye(len(matrix), dtype=bool)]
    return len(apart) == 0 or bool(apart[0] >= 0 and (apart == apart[0]).all())
