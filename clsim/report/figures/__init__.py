"""Figures fit for a paper: vector graphics at both widths, readable in grey and colour-blind safe.

Each function takes frames, as analysis gives them, and a width in inches, and gives a figure of
Matplotlib. `clsim.plot` finds the frames itself. Everything loads when it is used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "Look": "style",
    "Words": "style",
    "accuracy_cost": "cost",
    "accuracy_over_time": "time",
    "against_controls": "hindsight",
    "critical_difference": "comparing",
    "freshness": "diagnosis",
    "harm": "diagnosis",
    "intervals": "comparing",
    "kept_and_bought": "life",
    "known_by_age": "delays",
    "lifelines": "life",
    "lineage": "family",
    "metrics_over_time": "time",
    "opportunity_curves": "opportunity",
    "promised_judged": "comparing",
    "regret_causes": "hindsight",
    "schedule_cost": "hindsight",
    "signal": "life",
    "signal_value": "worth",
    "small_multiples": "time",
    "suite_scores_and_profiles": "suite",
    "total_cost": "cost",
    "value_feasibility": "diagnosis",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(f"clsim.report.figures.{_HOME[name]}"), name)
    raise AttributeError(f"module 'clsim.report.figures' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
