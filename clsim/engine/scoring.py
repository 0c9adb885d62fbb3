"""Losses, and predictions and truth turned into the ticks table."""

from __future__ import annotations

import numpy as np

from clsim.engine.timeline import World
from clsim.metrics import Loss
from clsim.types import NEVER, Columns


def ticks_columns(
    world: World,
    loss: Loss,
    answers: np.ndarray,
    losses: tuple[np.ndarray, np.ndarray],
    model: np.ndarray,
    unanswered: str,
) -> Columns:
    """One row per tick and slice; times in clock units, -1 where no model serves.

    Parameters
    ----------
    answers : numpy.ndarray over the served rows
    losses : (numpy.ndarray, numpy.ndarray) over the served rows
        By the truth, and by the labels as they are told. The loss of an event without a prediction
        is 0, or 1 if it counts as an error.
    model : numpy.ndarray of shape (ticks,)
        Number of the model that serves each tick; -1: none.
    unanswered : {'skip', 'wrong'}
        Whether events without a prediction are left out, or count as errors.
    """
    warm, ticks = world.n_warm, world.n_ticks
    answered = loss.answered(answers)
    complete = bool(answered.all())
    wrong = None
    if loss.n_classes and loss.kind != "zero_one":
        wrong = answered & (answers != world.codes[warm:])

    groups: list[tuple[tuple[str, ...], np.ndarray | None]] = [(("all",), None)]
    groups += [(world.schema.slices[c], codes[warm:]) for c, codes in world.slices.items()]
    parts = []
    for names, codes in groups:
        width = len(names)
        cells = _Cells(world, codes, width)
        n, observed_n = cells.n, cells.observed_n
        n_answered = n if complete else cells.served(answered)
        n_counted = n
        if unanswered == "skip" and not complete:
            n_counted, observed_n = n_answered, cells.observed(answered)
        total = cells.served(losses[0])
        errors = np.full(len(n), -1)
        if loss.n_classes:
            errors = (total if wrong is None else cells.served(wrong)).astype(np.int64)
        with np.errstate(invalid="ignore", divide="ignore"):
            score = loss.score(total / n_counted)
            observed_score = loss.score(cells.observed(losses[1]) / observed_n)
        tick = np.repeat(np.arange(ticks, dtype=np.int32), width)
        parts.append(
            {
                "tick": tick,
                "start": world.starts[tick],
                "end": world.starts[tick + 1],
                "slice": np.array(names * ticks, dtype=object),
                "n": n,
                "answered": n_answered,
                "errors": errors,
                "loss": total.astype(float),
                "score": score,
                "observed_n": observed_n,
                "observed_score": observed_score,
                "model": model[tick],
            }
        )
    return _by_tick(parts)


class _Cells:
    """Sums over the events of each tick and slice; every event is of one slice of a column."""

    def __init__(self, world: World, codes: np.ndarray | None, width: int) -> None:
        self._world, self._codes = world, codes
        if codes is None:
            self.n, self.observed_n = world.served, world.labels.arriving
            return
        warm, self._size = world.n_warm, world.n_ticks * width
        self._key = world.tick_of[warm:].astype(np.int64) * width + codes
        arrives = world.labels.arrives[warm:]
        self._seen = arrives != NEVER
        self._seen_key = arrives[self._seen].astype(np.int64) * width
        self._seen_key += codes[self._seen]
        self.n = np.bincount(self._key, minlength=self._size)
        self.observed_n = np.bincount(self._seen_key, minlength=self._size)

    def served(self, values: np.ndarray) -> np.ndarray:
        """Sums by the tick that serves."""
        if self._codes is None:
            return self._world.sum_served(values)
        sums = np.bincount(self._key, weights=values, minlength=self._size)
        return sums.astype(np.int64) if values.dtype.kind in "bu" else sums

    def observed(self, values: np.ndarray) -> np.ndarray:
        """Sums by the tick in which the label arrives."""
        if self._codes is None:
            return self._world.sum_arriving(values)
        return np.bincount(self._seen_key, weights=values[self._seen], minlength=self._size)


def confusion_columns(world: World, loss: Loss, answers: np.ndarray) -> Columns:
    """Number of answered events by tick, slice, true and predicted class."""
    warm, size = world.n_warm, loss.n_classes
    answered = loss.answered(answers)
    everything = answered.all()
    groups: list[tuple[tuple[str, ...], np.ndarray | None]] = [(("all",), None)]
    groups += [(world.schema.slices[c], codes[warm:]) for c, codes in world.slices.items()]
    parts = []
    for names, codes in groups:
        if codes is None and everything and size == 2:
            every = _count_pairs(world, answers)
            cells = np.flatnonzero(every)
            counts = every[cells]
        else:
            key = world.truth_key + answers
            if codes is not None:
                tick_of = world.tick_of[warm:].astype(np.int64)
                key += (tick_of * (len(names) - 1) + codes) * size * size
            if not everything:
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
        parts.append(
            {
                "tick": tick.astype(np.int32),
                "slice": np.array(names, dtype=object)[name],
                "y_true": world.schema.classes[y_true],
                "y_pred": world.schema.classes[y_pred],
                "n": counts,
            }
        )
    return _by_tick(parts)


def _count_pairs(world: World, answers: np.ndarray) -> np.ndarray:
    """Number of events by tick, true and predicted class, of two; sums beat a long bincount."""
    positive, predicted = world.positives, world.sum_served(answers)
    both = world.sum_served(answers & world.truth_bits)
    counts = np.empty((world.n_ticks, 2, 2), dtype=np.int64)
    counts[:, 1, 1] = both
    counts[:, 0, 1] = predicted - both
    counts[:, 1, 0] = positive - both
    counts[:, 0, 0] = world.served - positive - predicted + both
    return counts.ravel()


def _by_tick(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["tick"], kind="stable")
    return {name: values[order] for name, values in columns.items()}
