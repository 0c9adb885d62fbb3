"""The tables of a run: their columns, and what may be missing in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

SCHEMA_VERSION = 7
"""Version of the files of a run; no other is read."""


KINDS = (
    "initial", "alarm", "trigger", "buy", "train", "train_failed", "offline_test", "review",
    "online_test", "deploy", "superseded", "rollback", "reuse", "adapt", "label",
    "strategy",
)  # fmt: skip
"""What may happen in a run."""

ROLES = ("champion", "challenger", "holdback", "shadow")
"""What a model may be asked as; a shadow alone does not answer."""


def chance_columns(classes: Sequence[Any]) -> tuple[str, ...]:
    """The columns of ``predictions`` that hold the probability of each class, in order.

    >>> chance_columns(["no", "yes"])
    ('p_no', 'p_yes')
    """
    return tuple(f"p_{label}" for label in classes)


COMPLETE = {
    "ticks": {"tick", "start", "end", "slice", "n", "answered", "observed_n", "logged"}
    | {"profiles", "profile_bytes", "deleted", "changed"},
    "served": {"tick", "slice", "role", "n", "answered", "loss", "observed_n", "observed_loss"},
    "signals": {"tick", "signal", "slice", "alarm"},
    "metrics": {"slice", "metric", "n"},
    "events": {"tick", "time", "kind", "rows", "labels", "duration"},
    "confusion": {"tick", "slice", "y_true", "y_pred", "n"},
    "predictions": {"id", "tick", "time"},
    "bought": {"id", "tick", "evaluation"},
    "seen": {"id"},
    "ghosts": {"tick", "met", "model", "champion", "n", "champion_loss", "model_loss", "squares"}
    | {"differ", "observed_n", "champion_observed", "model_observed", "observed_squares"},
    "models": {"model", "tick", "recipe", "learner", "rows", "first", "last", "digest", "holdout"},
    "lessons": {"model", "id", "y", "times"},
    "cells": {"tick", "signal", "slice", "cell", "reference", "current", "adds_to", "rows"},
}
"""Columns of each table in which nothing is missing."""


def schemas(
    timed: bool, task: str, labels: Any, sampled: bool = False, profiled: bool = False,
    deletes: bool = False, churn: bool = False, chances: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """One pyarrow schema for each table that a run may have; times are timestamps, or rows.

    Parameters
    ----------
    timed : bool
        Whether the stream has time.
    task : {'classification', 'regression'}
    labels : numpy.dtype
        Of true and predicted labels.
    sampled : bool, default=False
        Whether a part of the events was kept alone, so that ``ticks`` counts those kept.
    profiled : bool, default=False
        Whether profiles were kept, so that ``ticks`` counts them and their bytes.
    deletes : bool, default=False
        Whether people could ask for deletion, so that ``ticks`` counts what went.
    churn : bool, default=False
        Whether ``ticks`` counts the answers that changes of the champion changed.
    chances : sequence of str, default=()
        Columns of ``predictions`` with probabilities.
    """
    import pyarrow as pa

    time = pa.timestamp("us") if timed else pa.int64()
    length = pa.duration("us") if timed else pa.int64()
    label = pa.from_numpy_dtype(labels) if labels.kind in "iufb" else pa.string()
    tables = _columns(time, length, label, chances)
    if sampled:
        tables["ticks"]["logged"] = pa.int64()
    if profiled:
        tables["ticks"] |= {"profiles": pa.int64(), "profile_bytes": pa.int64()}
    if deletes:
        tables["ticks"]["deleted"] = pa.int64()
    if churn:
        tables["ticks"]["changed"] = pa.int64()
    if task != "classification":
        del tables["confusion"]
    return {
        table: pa.schema(
            pa.field(name, kind, nullable=name not in COMPLETE[table])
            for name, kind in columns.items()
        )
        for table, columns in tables.items()
    }


def _columns(
    time: Any, length: Any, label: Any, chances: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """The columns of each table, with their types, as far as every run has them."""
    import pyarrow as pa

    i32, i64, f64, text = pa.int32(), pa.int64(), pa.float64(), pa.string()
    ticks = {
        "tick": i32, "start": time, "end": time, "slice": text, "n": i64, "answered": i64,
        "errors": i64, "loss": f64, "score": f64, "observed_n": i64, "observed_score": f64,
        "model": i32,
    }  # fmt: skip
    events = {
        "tick": i32, "time": time, "kind": text, "reason": text, "model": i32, "parent": i32,
        "rows": i64, "labels": i64, "duration": length, "seconds": f64, "accepted": pa.bool_(),
        "detail": text,
    }  # fmt: skip
    confusion = {"tick": i32, "slice": text, "y_true": label, "y_pred": label, "n": i64}
    predictions = {
        "id": i64, "tick": i32, "time": time, "label_time": time, "slice": text, "y_true": label,
        "y_pred": label, "model": i32, **dict.fromkeys(chances, f64),
    }  # fmt: skip
    metrics = {
        "tick": i32, "slice": text, "model": i32, "metric": text, "value": f64, "n": i64,
        "reason": text,
    }  # fmt: skip
    served = {
        "tick": i32, "slice": text, "model": i32, "role": text, "n": i64, "answered": i64,
        "loss": f64, "observed_n": i64, "observed_loss": f64,
    }  # fmt: skip
    signals = {
        "tick": i32, "signal": text, "of": text, "slice": text, "model": i32, "value": f64,
        "alarm": pa.bool_(),
    }  # fmt: skip
    bought = {
        "id": i64, "tick": i32, "label_time": time, "y_told": label, "chance": f64, "kind": text,
        "stands_for": f64, "evaluation": pa.bool_(),
    }  # fmt: skip
    seen = {"id": i64, "known": i32, "y_told": label, "loss": f64}
    cells = {
        "tick": i32, "signal": text, "of": text, "slice": text, "cell": text, "reference": f64,
        "current": f64, "contribution": f64, "adds_to": text, "rows": text,
    }  # fmt: skip
    ghosts = {
        "tick": i32, "met": i32, "model": i32, "champion": i32, "n": i64, "champion_loss": f64,
        "model_loss": f64, "squares": f64, "differ": i64, "champion_expected": f64,
        "model_expected": f64, "observed_n": i64, "champion_observed": f64,
        "model_observed": f64, "observed_squares": f64,
    }  # fmt: skip
    models = {
        "model": i32, "parent": i32, "tick": i32, "recipe": text, "learner": text, "rows": i64,
        "first": i64, "last": i64, "digest": text, "weights": text, "holdout": i64, "data": text,
    }  # fmt: skip
    lessons = {
        "model": i32, "id": i64, "learned": i32, "y": label, "weight": f64, "times": i64,
        **dict.fromkeys(chances, f64),
    }  # fmt: skip
    return {
        "ticks": ticks, "events": events, "served": served, "signals": signals, "ghosts": ghosts,
        "metrics": metrics, "predictions": predictions, "bought": bought, "seen": seen,
        "cells": cells, "confusion": confusion, "models": models, "lessons": lessons,
    }  # fmt: skip
