"""Losses, and predictions and truth turned into the ticks table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_choice
from clsim.types import NEVER, Schema
from clsim.world import World

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
            self.answer_dtype, self.unanswered = np.float64, np.nan
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


def _sums(values: np.ndarray, keys: np.ndarray, size: int) -> np.ndarray:
    return np.bincount(keys, weights=values, minlength=size)


def ticks_table(
    world: World,
    loss: Loss,
    answers: np.ndarray,
    losses: np.ndarray,
    model: np.ndarray,
    unanswered: str,
) -> pd.DataFrame:
    """One row per tick and slice.

    Parameters
    ----------
    answers, losses : numpy.ndarray over the served rows
    model : numpy.ndarray of shape (ticks,)
        Number of the model that serves each tick; -1: none.
    unanswered : {'skip', 'wrong'}
        Whether events without a prediction are left out, or count as errors.
    """
    warm, ticks = world.n_warm, world.n_ticks
    tick_of = world.tick_of[warm:]
    arrives = world.arrives[warm:]
    answered = loss.answered(answers)
    counted = answered if unanswered == "skip" else np.ones(len(answers), dtype=bool)
    wrong = None
    if loss.n_classes:
        wrong = counted & (answers != world.codes[warm:])
    observed = counted & (arrives != NEVER)

    groups: list[tuple[tuple[str, ...], np.ndarray | None]] = [(("all",), None)]
    groups += [(world.schema.slices[c], codes[warm:]) for c, codes in world.slices.items()]
    frames = []
    for names, codes in groups:
        width = len(names)
        size = ticks * width
        key = tick_of if codes is None else tick_of.astype(np.int64) * width + codes
        n = np.bincount(key, minlength=size)
        n_answered = n if answered.all() else np.bincount(key[answered], minlength=size)
        if counted.all():
            n_counted, total = n, _sums(losses, key, size)
        else:
            n_counted = np.bincount(key[counted], minlength=size)
            total = _sums(losses[counted], key[counted], size)
        seen = arrives[observed]
        seen_key = seen if codes is None else seen.astype(np.int64) * width + codes[observed]
        observed_n = np.bincount(seen_key, minlength=size)
        observed_total = _sums(losses[observed], seen_key, size)
        with np.errstate(invalid="ignore", divide="ignore"):
            score = loss.score(total / n_counted)
            observed_score = loss.score(observed_total / observed_n)
        tick = np.repeat(np.arange(ticks), width)
        errors: Any = None
        if wrong is not None:
            same = loss.kind == "zero_one"
            errors = (total if same else np.bincount(key[wrong], minlength=size)).astype(np.int64)
        frames.append(
            pd.DataFrame(
                {
                    "tick": tick.astype(np.int32),
                    "start": world.starts[tick],
                    "end": world.starts[tick + 1],
                    "slice": np.tile(np.array(names, dtype=object), ticks),
                    "n": n,
                    "answered": n_answered,
                    "errors": pd.array(errors if errors is not None else [None] * size, "Int64"),
                    "loss": total,
                    "score": score,
                    "observed_n": observed_n,
                    "observed_score": observed_score,
                    "model": pd.array(np.where(model < 0, 0, model)[tick], "Int32"),
                }
            )
        )
        frames[-1].loc[model[tick] < 0, "model"] = pd.NA
    if len(frames) == 1:
        return frames[0]
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values("tick", kind="stable", ignore_index=True)


def confusion_table(world: World, loss: Loss, answers: np.ndarray) -> pd.DataFrame:
    """Number of answered events by tick, slice, true and predicted class."""
    warm, size = world.n_warm, loss.n_classes
    answered = loss.answered(answers)
    truth, predicted = world.codes[warm:], answers
    tick_of = world.tick_of[warm:].astype(np.int64)
    groups: list[tuple[tuple[str, ...], np.ndarray | None]] = [(("all",), None)]
    groups += [(world.schema.slices[c], codes[warm:]) for c, codes in world.slices.items()]
    frames = []
    for names, codes in groups:
        key = tick_of * len(names)
        if codes is not None:
            key = key + codes
        key = (key * size + truth) * size + predicted
        if not answered.all():
            key = key[answered]
        bins = world.n_ticks * len(names) * size * size
        if bins <= 8 * len(key) + 1_000_000:
            counts = np.bincount(key, minlength=bins)
            cells = np.flatnonzero(counts)
            counts = counts[cells]
        else:
            cells, counts = np.unique(key, return_counts=True)
        rest, y_pred = np.divmod(cells, size)
        rest, y_true = np.divmod(rest, size)
        tick, name = np.divmod(rest, len(names))
        frames.append(
            pd.DataFrame(
                {
                    "tick": tick.astype(np.int32),
                    "slice": np.array(names, dtype=object)[name],
                    "y_true": world.schema.classes[y_true],
                    "y_pred": world.schema.classes[y_pred],
                    "n": counts,
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    return table.sort_values("tick", kind="stable", ignore_index=True)
