"""Losses that add up over events, and the scores that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.errors import check_choice
from clsim.types import Schema

LOSSES = ("zero_one", "log", "absolute", "squared")


class Loss:
    """An additive loss, and the score (higher is better) that belongs to it.

    Parameters
    ----------
    kind : {'zero_one', 'log', 'absolute', 'squared'} or matrix
        A matrix of shape (classes, classes) prices each error by true and predicted class, in
        the order of the schema's classes.
    schema : Schema

    Notes
    -----
    The score of the zero-one loss is accuracy, 1 - mean loss; of any other loss it is minus the
    mean loss. A tick's loss is the sum over its events.
    """

    def __init__(self, kind: str | Sequence[Sequence[float]] | None, schema: Schema) -> None:
        classification = schema.task == "classification"
        self.matrix: np.ndarray | None = None
        if kind is None:
            kind = "zero_one" if classification else "absolute"
        if isinstance(kind, str):
            check_choice("loss", kind, LOSSES)
            fits = ("zero_one", "log") if classification else ("absolute", "squared")
            if kind not in fits:
                raise ValueError(
                    f"loss={kind!r}: the stream's task is {schema.task}; use {' or '.join(fits)}"
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
        self.wants_proba = self.kind == "log"
        self.n_classes = len(schema.classes)
        self.dtype = np.uint8 if self.kind == "zero_one" else np.float64
        if not classification:
            self.answer_dtype: Any = np.float64
            self.unanswered: float = np.nan
        else:
            narrow = np.uint8 if self.n_classes < 255 else np.int32
            self.answer_dtype, self.unanswered = narrow, np.iinfo(narrow).max

    def answers(self, output: np.ndarray) -> np.ndarray:
        """Predicted class codes or values, from a learner's output."""
        if self.wants_proba:
            missing = np.isnan(output[:, 0])
            return np.where(missing, self.unanswered, output.argmax(axis=1)).astype(
                self.answer_dtype
            )
        return output

    def answered(self, answers: np.ndarray) -> np.ndarray:
        """Which events have a prediction."""
        return ~np.isnan(answers) if self.n_classes == 0 else answers != self.unanswered

    def per_event(self, truth: np.ndarray, output: np.ndarray) -> np.ndarray:
        """Loss of each event; where there is no answer, 1 (zero-one) or NaN."""
        if self.kind == "zero_one":
            return (output != truth).astype(np.uint8)
        if self.kind == "absolute":
            return np.abs(output - truth)
        if self.kind == "squared":
            return (output - truth) ** 2
        if self.kind == "log":
            chance = output[np.arange(len(truth)), truth]
            return -np.log(np.clip(chance, np.finfo(float).eps, 1.0))
        assert self.matrix is not None
        answered = output != self.unanswered
        loss = np.full(len(truth), np.nan)
        loss[answered] = self.matrix[truth[answered], output[answered]]
        return loss

    def score(self, mean_loss: Any) -> Any:
        """The score that belongs to a mean loss."""
        return 1.0 - mean_loss if self.kind == "zero_one" else -mean_loss
