"""What runs show when they are compared: pure functions over finished runs.

Everything loads when it is used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "across": "clsim.analysis.honesty",
    "all_periodic": "clsim.analysis.schedules",
    "bayesian_signed_rank": "clsim.analysis.significance",
    "below_floor": "clsim.analysis.harm",
    "break_even": "clsim.analysis.breakeven",
    "cheapest": "clsim.analysis.breakeven",
    "controls": "clsim.analysis.schedules",
    "cost_by_interval": "clsim.analysis.schedule_cost",
    "cost_by_period": "clsim.analysis.schedule_cost",
    "cost_of_waiting": "clsim.analysis.waiting",
    "critical_difference": "clsim.analysis.significance",
    "deferred_optimum": "clsim.analysis.hindsight",
    "evaluate": "clsim.analysis.hindsight",
    "expected_optimum": "clsim.analysis.hindsight",
    "friedman": "clsim.analysis.significance",
    "frontier_probability": "clsim.analysis.intervals",
    "horizon": "clsim.analysis.payback",
    "iqm": "clsim.analysis.intervals",
    "look_up": "clsim.analysis.schedules",
    "match_alarms": "clsim.analysis.monitors",
    "mean_interval": "clsim.analysis.comparison",
    "moving_block_bootstrap": "clsim.analysis.intervals",
    "nemenyi": "clsim.analysis.significance",
    "opportunity_cost": "clsim.analysis.opportunity",
    "optimum": "clsim.analysis.hindsight",
    "pareto": "clsim.analysis.frontier",
    "recommend": "clsim.analysis.choose",
    "recovery": "clsim.analysis.harm",
    "regrets": "clsim.analysis.regret",
    "scores_table": "clsim.analysis.scores",
    "seeds_needed": "clsim.analysis.power",
    "settings": "clsim.analysis.comparison",
    "square_root_period": "clsim.analysis.schedules",
    "strategies": "clsim.analysis.comparison",
    "stratified_bootstrap": "clsim.analysis.intervals",
    "stream_means": "clsim.analysis.scores",
    "summary": "clsim.analysis.comparison",
    "switches": "clsim.analysis.breakeven",
    "transfer": "clsim.analysis.forgetting",
    "value_of_frequency": "clsim.analysis.schedule_cost",
    "walk_forward": "clsim.analysis.honesty",
    "wilcoxon_holm": "clsim.analysis.significance",
    "worst_window": "clsim.analysis.harm",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'clsim.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
