"""Losses that add up over events, and the scores that belong to them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.types import Extent, Schema

OF_CLASSES, OF_NUMBERS = ("zero_one", "log", "amount"), ("absolute", "squared")
LOSSES = (*OF_CLASSES, *OF_NUMBERS)
"""Losses by name: of classes, and of numbers."""


def _costs(given: Any, schema: Schema) -> np.ndarray:
    """A matrix of costs in the order of the classes, which a frame may name."""
    import pandas as pd

    if isinstance(given, pd.DataFrame):
        places = [schema.codes(names) for names in given.axes]
        if all(sorted(codes) == list(range(len(schema.classes))) for codes in places):
            given = given.to_numpy()[np.ix_(*map(np.argsort, places))]
        elif any((codes >= 0).any() for codes in places):
            raise ValueError(
                f"loss: its rows are {given.index.tolist()} and its columns "
                f"{given.columns.tolist()}; name each by every class ({schema.listed}), or neither"
            )
    try:
        return np.asarray(given, dtype=float)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"loss={given!r}: expected the name of one, or a matrix of costs with a row for each "
            "true class and a column for each answer"
        ) from error


class Loss:
    """An additive loss, and the score (higher is better) that belongs to it.

    Parameters
    ----------
    kind : {'zero_one', 'log', 'amount', 'absolute', 'squared'} or matrix
        A matrix of shape (classes, classes) prices each error by true and predicted class, in
        the order of the schema's classes; a DataFrame whose rows and columns are the classes, by
        their names. ``'amount'``: what the event says that a wrong answer to
        it costs.
    schema : Schema
    abstention : float or None, default=None
        What an event loses that is left to somebody else, which no class is answered to; None:
        nobody may.

    Notes
    -----
    The score of the zero-one loss is accuracy, 1 - mean loss; of any other loss it is minus the
    mean loss. A tick's loss is the sum over its events.
    """

    def __init__(
        self,
        kind: str | Sequence[Sequence[float]] | None,
        schema: Schema,
        abstention: float | None = None,
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
            self.matrix = _costs(kind, schema)
            size = len(schema.classes)
            if not classification or self.matrix.shape != (size, size):
                raise ValueError(f"loss: a cost matrix needs the shape ({size}, {size})")
            if not (self.matrix >= 0).all():
                raise ValueError("loss: costs cannot be negative or missing")
        self.amounts = schema.amounts if self.kind == "amount" else None
        self.n_classes = len(schema.classes)
        if not classification:
            self.answer_dtype: Any = np.float64
            self.unanswered: float = np.nan
        else:
            narrow = np.uint8 if self.n_classes < 255 else np.int32
            self.answer_dtype, self.unanswered = narrow, np.iinfo(narrow).max
        self.abstention = abstention
        if abstention is None:
            return
        check_number("abstention", abstention, low=0)
        if not classification or self.n_classes == np.iinfo(self.answer_dtype).max:
            raise ValueError(
                f"abstention={abstention!r}: it is of answers that are one of at most 254 classes"
            )
        self.abstained = self.unanswered - 1

    @property
    def judged_as(self) -> str:
        """The kind of loss by what its values may be: with abstention, more than 0 and 1."""
        return self.kind if self.abstention is None or self.kind != "zero_one" else "matrix"

    @property
    def extent(self) -> Extent:
        """Between which numbers the loss of an event lies, as far as it is known before."""
        low, high = 0.0, 1.0 if self.kind == "zero_one" else math.inf
        if self.matrix is not None:
            low, high = float(self.matrix.min()), float(self.matrix.max())
        if self.abstention is not None:
            low, high = min(low, self.abstention), max(high, self.abstention)
        return Extent(low, high, "the loss", self.judged_as == "zero_one")

    @property
    def score_extent(self) -> Extent:
        """The same of the score."""
        low, high = (float(self.score(end)) + 0.0 for end in self.extent[1::-1])  # no minus 0
        return Extent(low, high, "the score")

    def answered(self, answers: np.ndarray) -> np.ndarray:
        """Which events have a prediction, or were left to somebody else on purpose."""
        return ~np.isnan(answers) if self.n_classes == 0 else answers != self.unanswered

    def left(self, answers: np.ndarray) -> np.ndarray:
        """Which events were left to somebody else."""
        if self.abstention is None:
            return np.zeros(len(answers), dtype=bool)
        return answers == self.abstained

    def named(self, answers: np.ndarray) -> np.ndarray:
        """Which events have a prediction."""
        there = self.answered(answers)
        return there if self.abstention is None else there & ~self.left(answers)

    def per_event(
        self, truth: np.ndarray, answers: np.ndarray, amount: np.ndarray | None = None
    ) -> np.ndarray:
        """Loss of each event by what was answered; without an answer, 1 (zero-one) or NaN.

        Parameters
        ----------
        truth, answers : numpy.ndarray of shape (n,)
            Codes of classes, or values.
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        if self.abstention is not None:
            left = self.left(answers)
            losses = self._of_named(truth, np.where(left, truth, answers), amount)
            return np.where(left, self.abstention, losses)
        return self._of_named(truth, answers, amount)

    def _of_named(
        self, truth: np.ndarray, answers: np.ndarray, amount: np.ndarray | None
    ) -> np.ndarray:
        if self.kind == "zero_one":
            return (answers != truth).astype(np.uint8)
        if self.kind == "absolute":
            return np.abs(answers - truth)
        if self.kind == "squared":
            return (answers - truth) ** 2
        some = answers != self.unanswered
        loss = np.full(len(truth), np.nan)
        if self.matrix is not None:
            loss[some] = self.matrix[truth[some], answers[some]]
            return loss
        assert amount is not None
        if amount.ndim == 1:
            loss[some] = np.where(answers != truth, amount, 0.0)[some]
        elif amount.ndim == 2:
            loss[some] = amount[some, answers[some]]
        else:
            loss[some] = amount[some, truth[some], answers[some]]
        return loss

    def of(
        self, truth: np.ndarray, chances: np.ndarray, answers: np.ndarray, amount: np.ndarray | None
    ) -> np.ndarray:
        """The same, by the chances of classes where the loss goes by them."""
        if self.kind != "log":
            return self.per_event(truth, answers, amount)
        losses = self.by_chances(truth, chances)
        if self.abstention is not None:
            losses[self.left(answers)] = self.abstention
        return losses

    @property
    def expected(self) -> bool:
        """Whether chances of classes say what an answer loses in the mean, before its label.

        Not of amounts that are known with the label alone, since they would give it away.
        """
        return self.n_classes > 0 and self.amounts in (None, "pair")

    def by_chances(self, truth: np.ndarray, chances: np.ndarray) -> np.ndarray:
        """Log loss of each event by the probabilities of its classes, of shape (n, classes)."""
        chance = chances[np.arange(len(truth)), truth]
        return -np.log(np.clip(chance, np.finfo(float).eps, 1.0))

    def score(self, mean_loss: Any) -> Any:
        """The score that belongs to a mean loss."""
        return 1.0 - mean_loss if self.kind == "zero_one" else -mean_loss


def cheapest(chances: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The class whose answer has the least expected cost, for each event (Elkan, IJCAI 2001).

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        They should be calibrated: the rule is right for chances that are true.
    costs : numpy.ndarray of shape (classes, classes) or (n, classes, classes)
        Cost by true and predicted class, of every event or of each.

    Returns
    -------
    numpy.ndarray of shape (n,)
        Codes of classes; of answers that cost the same, the first.

    Examples
    --------
    >>> chances = np.array([[0.9, 0.1], [0.8, 0.2]])
    >>> cheapest(chances, np.array([[0.0, 1.0], [5.0, 0.0]])).tolist()
    [0, 1]
    >>> of_each = np.array([[[0.0, 1.0], [50.0, 0.0]], [[0.0, 1.0], [3.0, 0.0]]])
    >>> cheapest(chances, of_each).tolist()
    [1, 0]
    """
    expected = np.zeros(chances.shape)
    for code in range(chances.shape[1]):  # so that no bit hangs on the other events
        expected += chances[:, code, None] * costs[..., code, :]
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
