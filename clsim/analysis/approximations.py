"""What a counterfactual table leaves out, and the error that this makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.types import NEVER

if TYPE_CHECKING:
    from clsim.analysis.counterfactual import Counterfactual


def approximations(table: Counterfactual) -> dict[str, Any]:
    """What the table leaves out, and the error that this makes."""
    made: dict[str, Any] = {}
    setting, T = table.setting, table.loss.shape[1]
    if len(table.ticks) - 1 < T:
        made["candidates"] = {
            "value": f"{len(table.ticks) - 1} of {T} ticks",
            "meaning": "schedules of these ticks are exact, others are not in the table, and the "
            "best schedule is an upper bound",
            "loss_per_tick_of_one_step": _loss_of_a_step(table),
        }
    if setting["largest_age"] is not None and setting["largest_age"] < T - 1:
        made["largest_age"] = {
            "value": setting["largest_age"],
            "meaning": "schedules in which no model but the initial one is older are exact, others "
            "are impossible, and the best schedule is an upper bound",
        }
    if table.variance is not None:
        never = np.full(T, len(table.ticks) - 1)
        error = np.sqrt(table.variance[np.isfinite(table.variance)])
        made["sample"] = {
            "value": setting["sample"],
            "meaning": "losses are estimates without bias; the best schedule fits their errors, "
            "so it seems cheaper than it is",
            "standard_error_of_a_tick": float(error.mean()),
            "standard_error_of_the_total": table.standard_error(never),
        }
    return made


def _loss_of_a_step(table: Counterfactual) -> float:
    """What a tick loses, on average, if the model before the newest one serves it."""
    loss, serves = table.loss, table.serves
    newest: list[int] = []
    lost = []
    order = np.argsort(serves[:-1], kind="stable")
    able = order[serves[order] != NEVER].tolist()
    for j in range(loss.shape[1]):
        while able and serves[able[0]] <= j:
            newest.append(able.pop(0))
        if len(newest) > 1:
            lost.append(loss[newest[-2], j] - loss[newest[-1], j])
    return float(np.nanmean(lost)) if np.isfinite(lost).any() else float("nan")
