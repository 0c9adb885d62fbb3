"""A plan becomes a model of one run."""

from __future__ import annotations

from typing import Any

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.models import Model, Models, RowByRowModel
from clsim.engine.register import HOW
from clsim.learners import RiverLearner
from clsim.types import NEVER, Plan, Rows


def refused(plan: Plan) -> dict[str, Any] | None:
    """Why a training does not start, for its trigger's event; None: it does."""
    if plan.sample.veto is not None:
        return {"failure": plan.sample.veto, "veto": True, **plan.sample.noted}
    return None if len(plan.sample.rows) else {"failure": "no labelled rows to train on"}


def noted(plan: Plan, version: Version, champion: Version | None) -> dict[str, Any] | str:
    """Detail of a training event: how, what is noted of the rows, and if they are the champion's.

    A scheduler would run such a training, so it is charged, whether or not it gives another model.
    """
    recipe = plan.recipe
    same = champion is not None and _same(champion.rows, version.rows)
    told: dict[str, Any] = dict(plan.sample.noted)
    if recipe.how == "refit":
        told["parameters_of"] = recipe.parent
    if recipe.learner is not None:
        told["learner"] = type(recipe.learner).__name__
    if recipe.frozen:
        told["frozen"] = list(recipe.frozen)
    if same:
        told["same_rows"] = True
    return {"how": recipe.how, **told} if told else HOW[recipe.how]


def _same(rows: Rows, others: Rows) -> bool:
    """Whether ascending rows are the same; as a rule their first ones differ."""
    if len(rows) != len(others) or (len(rows) and rows[0] != others[0]):
        return False
    return np.array_equal(rows, others)


def train(plan: Plan, tick: int, lineage: Lineage, knowledge: Knowledge, models: Models) -> Version:
    """Train what a strategy asks for in a tick; -1 for the first model, on the warm-up."""
    rows, recipe, now = plan.sample.rows, plan.recipe, max(tick, 0)
    if plan.sample.taught is not None:  # of those without a label, it learns what is answered
        knowledge.seen.check(rows, now)
        rows = rows[knowledge.training.ticks_of(rows) <= now]
    models.fits.check_rows(rows, now, knowledge)
    parent = None if recipe.parent is None else lineage.versions[recipe.parent]
    goes_on = parent is not None and plan.sample.taught is None
    labels = None
    if not knowledge.truthful and plan.sample.taught is None:
        labels = knowledge.telling.y_at(rows, now)
    model = models.train(
        plan.sample, recipe.how, parent.model if goes_on and parent else None, labels,
        batch=recipe.batch, frozen=recipe.frozen, learner=recipe.learner,
    )  # fmt: skip
    if recipe.how == "refit":
        parent = None  # of which it has learned no row
    left_out = None
    if parent is not None:
        unseen = lineage.unseen(knowledge, tick, parent)
        begins = np.array_equal(unseen[: len(rows)], rows)  # as a rule: all, but for a holdout
        left_out = unseen[len(rows) :] if begins else np.setdiff1d(unseen, rows, True)
    ready = 0 if tick < 0 else knowledge.timeline.ready(tick, recipe.duration)
    serving: Model | RowByRowModel = model
    if recipe.row_by_row and model.fit.failure is None:
        starts = knowledge.timeline.starts[:-1]
        until = NEVER if recipe.until is None else int(np.searchsorted(starts, recipe.until))
        serving = models.row_by_row(model, tick, knowledge, until)
    number, before = lineage.next_number, None if parent is None else parent.number
    goes_on = goes_on or recipe.how == "refit"
    lineage.register.note(number, before, tick, plan, goes_on, labels, model, serving)
    return Version(
        number, before, tick, ready, tick, rows, plan.holdout, model, serving, left_out,
        sample=plan.sample,
    )  # fmt: skip


def learned_shares(version: Version, knowledge: Knowledge) -> np.ndarray:
    """Shares of the classes in what a model was last trained on, as it counted there.

    Of shape (classes,).
    """
    sample, tick = version.sample, max(version.trained, 0)
    assert sample is not None, "production is not adapted"
    weights = np.ones(len(sample.rows)) if sample.weights is None else sample.weights.astype(float)
    if sample.counts is not None:
        weights = weights * sample.counts
    if sample.taught is not None and sample.taught.ndim == 2:
        total = weights @ sample.taught
    else:
        labels = knowledge.labels.coded(knowledge.telling.y_at(sample.rows, tick))
        classes = len(knowledge.timeline.schema.classes)
        total = np.bincount(labels, weights, minlength=classes)
    return np.asarray(total / total.sum())


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
