"""What happened in one run, as columns."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

COLUMNS: dict[str, Any] = {
    "tick": np.int32, "kind": object, "reason": object, "model": np.int32, "parent": np.int32,
    "rows": np.int64, "labels": np.int64, "duration": np.int64, "seconds": np.float64,
    "accepted": np.int8, "detail": object,
}  # fmt: skip
"""What is noted of an event; -1 where a model or a verdict is missing."""


class Journal:
    """Events of one run, in the order in which they happened."""

    def __init__(self) -> None:
        self._noted: list[tuple[Any, ...]] = []

    def note(
        self,
        tick: int,
        kind: str,
        *,
        reason: str | None = None,
        model: int | None = None,
        parent: int | None = None,
        rows: int = 0,
        labels: int = 0,
        duration: int = 0,
        seconds: float = np.nan,
        accepted: bool | None = None,
        detail: dict[str, Any] | str | None = None,
    ) -> None:
        """Note that something happened; columns as in `Run.events`, a detail as text or not yet."""
        model = -1 if model is None else model
        parent = -1 if parent is None else parent
        verdict = -1 if accepted is None else int(accepted)
        text = json.dumps(detail) if isinstance(detail, dict) and detail else detail or None
        self._noted.append(
            (tick, kind, reason, model, parent, rows, labels, duration, seconds, verdict, text)
        )

    def columns(self, others: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
        """All events by tick: in each tick first the others, as they stand, then those noted."""
        noted = zip(*self._noted, strict=True) if self._noted else [()] * len(COLUMNS)
        mine = {
            name: np.array(values, dtype=dtype)
            for (name, dtype), values in zip(COLUMNS.items(), noted, strict=True)
        }
        columns = {n: np.concatenate([part[n] for part in [*others, mine]]) for n in COLUMNS}
        order = np.argsort(columns["tick"], kind="stable")
        return {name: values[order] for name, values in columns.items()}


def in_every_tick(kind: str, **given: Any) -> dict[str, np.ndarray]:
    """Columns of the events of one kind that may happen in any tick: where a count is not 0."""
    count = given["labels" if "labels" in given else "rows"]
    ticks = np.flatnonzero(count)
    default = {"reason": None, "detail": None, "rows": 0, "labels": 0, "duration": 0}
    values = {"model": -1, "parent": -1, "accepted": -1, "seconds": np.nan, **default, **given}
    values |= {"kind": kind, "tick": np.arange(len(count))}
    columns = {}
    for name, dtype in COLUMNS.items():
        value = values[name]
        value = value[ticks] if isinstance(value, np.ndarray) else [value] * len(ticks)
        columns[name] = np.array(value, dtype=dtype)
    return columns
