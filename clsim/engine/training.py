"""A plan becomes a model of one run."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.models import Model, Models, RowByRowModel
from clsim.learners import RiverLearner
from clsim.types import Plan

HOW = {how: json.dumps({"how": how}) for how in ("fit", "partial_fit", "warm_start")}
"""Detail of a training event."""


def train(plan: Plan, tick: int, lineage: Lineage, knowledge: Knowledge, models: Models) -> Version:
    """Train what a strategy asks for in a tick; -1 for the first model, on the warm-up."""
    rows, recipe, now = plan.sample.rows, plan.recipe, max(tick, 0)
    models.fits.check_rows(rows, now, knowledge)
    parent = None if recipe.parent is None else lineage.versions[recipe.parent]
    labels = None if knowledge.truthful else knowledge.telling.y_at(rows, now)
    model = models.train(plan.sample, recipe.how, None if parent is None else parent.model, labels)
    left_out = None
    if parent is not None:
        unseen = lineage.unseen(knowledge, tick, parent)
        left_out = np.setdiff1d(unseen, rows, assume_unique=True)
    ready = 0 if tick < 0 else knowledge.timeline.ready(tick, recipe.duration)
    serving: Model | RowByRowModel = model
    if recipe.row_by_row and model.fit.failure is None:
        serving = models.row_by_row(model, tick, knowledge)
    return Version(
        lineage.next_number, recipe.parent, tick, ready, tick, rows, plan.holdout, model, serving,
        left_out,
    )  # fmt: skip


def first_model(plan: Plan, lineage: Lineage, knowledge: Knowledge, models: Models) -> Version:
    """The model that is trained on the warm-up.

    Raises
    ------
    ValueError
        If it cannot be trained, with a remedy where there is one.
    """
    version = train(plan, -1, lineage, knowledge, models)
    failure = version.model.fit.failure
    if failure is not None:
        remedy = _remedy(failure, knowledge.timeline.X_at(slice(0, 1)), models)
        raise ValueError(
            f"warmup: the first model cannot be trained on the {len(plan.sample.rows)} labelled "
            f"rows of the warm-up: {failure}{remedy}"
        )
    return version


def _remedy(failure: str, X: Any, models: Models) -> str:
    if isinstance(models.learner, RiverLearner) and failure.startswith("KeyError"):
        return (
            " (missing values are left out of what river sees; a step that needs every feature "
            "comes after river.preprocessing.StatImputer)"
        )
    if isinstance(X, np.ndarray) or "to float" not in failure:
        return ""
    text = [name for name in X.columns if X[name].dtype == "category"]
    return (
        f" ({', '.join(text)}: categories; use a learner that takes them, such as "
        "learner=boosting, or a pipeline that encodes them)"
    )
