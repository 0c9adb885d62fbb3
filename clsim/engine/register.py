"""What each model of one run came from, as its record says it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from clsim.engine.models import Model, RowByRowModel
from clsim.learners import settings_of
from clsim.runs.schema import chance_columns
from clsim.types import Plan, Rows, named

COLUMNS: dict[str, Any] = {
    "model": np.int32, "parent": np.int32, "tick": np.int32, "recipe": object, "learner": object,
    "rows": np.int64, "first": np.int64, "last": np.int64, "digest": object, "weights": object,
    "holdout": np.int64, "data": object,
}  # fmt: skip
"""What is noted of a model; -1 where there is no parent or no row."""

HOW = {how: json.dumps({"how": how}) for how in ("fit", "partial_fit", "warm_start", "refit")}
"""A recipe, or the detail of a training's event, of which there is nothing else to say."""


class Register:
    """The recipes of one run's models, and where that is asked for, all that each learned."""

    def __init__(self) -> None:
        self._noted: list[tuple[Any, ...]] = []
        self._lessons: list[dict[str, Any]] = []
        self._learning: list[tuple[int, RowByRowModel]] = []
        self._names: dict[int, str] = {}  # of prototypes, which live as long as the replay

    def note(
        self, number: int, parent: int | None, tick: int, plan: Plan, goes_on: bool,
        labels: np.ndarray | None, model: Model, serving: Model | RowByRowModel,
    ) -> None:  # fmt: skip
        """Note a training; with its rows where the replay keeps them."""
        fits, sample, recipe = model.fits, plan.sample, plan.recipe
        rows, taught = sample.rows, sample.taught
        told: dict[str, Any] = {"how": recipe.how}
        if goes_on:
            told["from"] = recipe.parent
        if recipe.batch:
            told["batch"] = recipe.batch
        if recipe.frozen:
            told["frozen"] = list(recipe.frozen)
        if sample.counts is not None:
            told["counts"] = digest_of(sample.counts)
        if taught is not None:
            told["taught"] = _kind(taught)
        if recipe.row_by_row:
            told["row_by_row"] = True
        first, last = (int(rows[0]), int(rows[-1])) if len(rows) else (-1, -1)
        weights = None if sample.weights is None else digest_of(sample.weights)
        data = fits.digest_of(rows) if fits.keeps_rows else None
        prototype = fits.prototype_of(recipe.learner)
        if id(prototype) not in self._names:
            self._names[id(prototype)] = settings_of(prototype)
        fit = model.fit
        if fit.rows is None:  # strategies that share a training share its digest
            fit.rows = digest_of_rows(rows)
        recipe_said = HOW[recipe.how] if len(told) == 1 else json.dumps(told)
        self._noted.append(
            (number, -1 if parent is None else parent, tick, recipe_said,
             self._names[id(prototype)], len(rows), first, last, fit.rows, weights,
             len(plan.holdout), data)
        )  # fmt: skip
        if fits.keeps_rows:
            y = fits.truth(rows) if labels is None else labels
            self._lessons.append(_lesson(number, rows, -1, _taught_as(taught, y, fits), plan))
            if isinstance(serving, RowByRowModel):
                self._learning.append((number, serving))

    def models(self) -> dict[str, np.ndarray] | None:
        """A row for each model; None where none was trained."""
        if not self._noted:
            return None
        noted = zip(*self._noted, strict=True)
        return {
            name: np.array(values, dtype=dtype)
            for (name, dtype), values in zip(COLUMNS.items(), noted, strict=True)
        }

    def lessons(self, last: dict[int, int], classes: list[Any] | None) -> Any:
        """A row for each row that each model learned; None where they are not kept.

        Parameters
        ----------
        last : dict of int to int
            The last tick that each model answered, by its number.
        classes : list or None
            Those that have a column of chances.
        """
        import pandas as pd

        later = []
        for number, model in self._learning:
            rows, labels, ticks = model.learned(last.get(number, -1))
            later.append(_lesson(number, rows, ticks, (labels, None), None))
        if not self._lessons:
            return None
        every = [*self._lessons, *later]
        columns = {name: np.concatenate([one[name] for one in every])
                   for name in ("model", "id", "learned", "y", "weight", "times")}  # fmt: skip
        frame = pd.DataFrame(columns)
        frame["learned"] = frame["learned"].astype("Int32").where(columns["learned"] >= 0)
        if classes is not None:
            empty = np.full(len(classes), np.nan)
            chances = [
                np.tile(empty, (len(one["id"]), 1)) if one["chances"] is None else one["chances"]
                for one in every
            ]
            frame[list(chance_columns(classes))] = np.concatenate(chances)
        return frame


def digest_of(values: np.ndarray) -> str:
    """A digest of an array's values.

    >>> digest_of(np.arange(3)) == digest_of(np.array([0, 1, 2])), digest_of(np.arange(3))
    (True, 'cf5ddb2411b6887b')
    """
    return hashlib.blake2b(np.ascontiguousarray(values).data, digest_size=8).hexdigest()


def digest_of_rows(rows: Rows) -> str:
    """A digest of ascending row numbers, of a stretch without gaps by its ends alone.

    >>> digest_of_rows(np.arange(3)) == digest_of_rows(np.array([0, 1, 2]))
    True
    """
    return hashlib.blake2b(repr(named(rows)).encode(), digest_size=8).hexdigest()


def _kind(taught: np.ndarray) -> str:
    """What stands in place of labels: values, classes of which it is sure, or chances."""
    if taught.ndim == 1:
        return "values"
    return "classes" if (taught.max(axis=1, initial=0) == 1).all() else "chances"


def _taught_as(taught: np.ndarray | None, y: Any, fits: Any) -> tuple[Any, np.ndarray | None]:
    """Labels as they were learned, and chances where it was not sure of them."""
    if taught is None:
        return y, None
    kind = _kind(taught)
    if kind == "values":
        return taught, None
    likely = fits.timeline.schema.classes[taught.argmax(axis=1)]
    return likely, taught if kind == "chances" else None


def _lesson(
    number: int, rows: Rows, learned: Any, said: tuple[Any, np.ndarray | None], plan: Plan | None
) -> dict[str, Any]:
    n, (y, chances) = len(rows), said
    weights = None if plan is None else plan.sample.weights
    counts = None if plan is None else plan.sample.counts
    return {
        "model": np.full(n, number, dtype=np.int32),
        "id": np.asarray(rows, dtype=np.int64),
        "learned": np.broadcast_to(np.asarray(learned, dtype=np.int32), n),
        "y": np.asarray(y),
        "weight": np.full(n, np.nan) if weights is None else weights,
        "times": np.ones(n, dtype=np.int64) if counts is None else counts,
        "chances": chances,
    }
