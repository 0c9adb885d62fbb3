"""What runs show when they are compared: pure functions over finished runs.

Everything loads when it is used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "across": "clsim.analysis.choice.honesty",
    "all_periodic": "clsim.hindsight.schedules",
    "answers": "clsim.analysis.choice.answers",
    "automation": "clsim.analysis.choice.automation",
    "bayesian_signed_rank": "clsim.analysis.compare.significance",
    "below_floor": "clsim.analysis.behaviour.harm",
    "beside": "clsim.analysis.compare.beside",
    "beside_means": "clsim.analysis.compare.beside",
    "break_even": "clsim.analysis.cost.breakeven",
    "by_level": "clsim.analysis.compare.factors",
    "by_slice": "clsim.analysis.choice.slices",
    "calendars": "clsim.analysis.cost.calendars",
    "cannot_say": "clsim.analysis.choice.limits",
    "cells_behind": "clsim.analysis.behaviour.behind",
    "cheapest": "clsim.analysis.cost.breakeven",
    "cheapest_calendar": "clsim.analysis.cost.calendars",
    "controls": "clsim.hindsight.schedules",
    "cost_by_interval": "clsim.analysis.cost.schedule_cost",
    "cost_by_period": "clsim.analysis.cost.schedule_cost",
    "cost_of_waiting": "clsim.analysis.cost.waiting",
    "critical_difference": "clsim.analysis.compare.significance",
    "crossed": "clsim.analysis.compare.factors",
    "crossed_prices": "clsim.analysis.compare.factors",
    "deferred_optimum": "clsim.hindsight.optimum",
    "drill_down": "clsim.analysis.behaviour.drilling",
    "estimates": "clsim.analysis.behaviour.estimated",
    "evaluate": "clsim.hindsight.optimum",
    "expected_optimum": "clsim.hindsight.optimum",
    "factors": "clsim.analysis.compare.factors",
    "first_models": "clsim.analysis.behaviour.beginning",
    "friedman": "clsim.analysis.compare.significance",
    "frontier_probability": "clsim.analysis.compare.intervals",
    "furthest_off": "clsim.analysis.behaviour.estimated",
    "held_against_labels": "clsim.analysis.behaviour.estimated",
    "holdings": "clsim.analysis.cost.keeping",
    "horizon": "clsim.analysis.cost.payback",
    "interactions": "clsim.analysis.compare.factors",
    "iqm": "clsim.statistics.intervals",
    "labels_by_use": "clsim.analysis.cost.labels",
    "labels_worth": "clsim.analysis.cost.labels",
    "logged_rows": "clsim.analysis.behaviour.behind",
    "look_up": "clsim.hindsight.schedules",
    "loss_by_class": "clsim.analysis.behaviour.behind",
    "marginal_labels": "clsim.analysis.cost.labels",
    "loss_by_slice": "clsim.analysis.behaviour.drilling",
    "match_alarms": "clsim.analysis.behaviour.monitors",
    "mean_interval": "clsim.statistics.intervals",
    "metric_means": "clsim.analysis.compare.reported",
    "metric_over_time": "clsim.analysis.compare.reported",
    "metric_values": "clsim.analysis.compare.reported",
    "moving_block_bootstrap": "clsim.analysis.compare.blocks",
    "nemenyi": "clsim.analysis.compare.significance",
    "opportunity_cost": "clsim.analysis.cost.opportunity",
    "optimum": "clsim.hindsight.optimum",
    "pace": "clsim.analysis.choice.pace",
    "pareto": "clsim.analysis.cost.frontier",
    "recommend": "clsim.analysis.choice.choose",
    "recovery": "clsim.analysis.behaviour.harm",
    "regrets": "clsim.hindsight.regret",
    "reuses": "clsim.analysis.behaviour.lifeline",
    "rollbacks": "clsim.analysis.behaviour.lifeline",
    "query": "clsim.analysis.compare.looked_at",
    "score_over_time": "clsim.analysis.compare.comparison",
    "scores_table": "clsim.analysis.compare.scores",
    "seeds_needed": "clsim.analysis.compare.power",
    "seeds_to_tell": "clsim.analysis.compare.power",
    "rows_behind": "clsim.analysis.behaviour.behind",
    "rows_in_cells": "clsim.analysis.behaviour.behind",
    "sentences": "clsim.analysis.choice.aloud",
    "services": "clsim.analysis.behaviour.lifeline",
    "settings": "clsim.analysis.compare.comparison",
    "signal_over_time": "clsim.analysis.behaviour.watching",
    "square_root_period": "clsim.statistics.periods",
    "stakeholders": "clsim.analysis.choice.stakeholders",
    "strategies": "clsim.analysis.compare.comparison",
    "stratified_bootstrap": "clsim.analysis.compare.intervals",
    "stream_means": "clsim.analysis.compare.scores",
    "summary": "clsim.analysis.compare.comparison",
    "switches": "clsim.analysis.cost.breakeven",
    "transfer": "clsim.analysis.behaviour.forgetting",
    "trials": "clsim.analysis.behaviour.lifeline",
    "value_of_frequency": "clsim.analysis.cost.schedule_cost",
    "waits": "clsim.analysis.behaviour.lifeline",
    "walk_forward": "clsim.analysis.choice.honesty",
    "wilcoxon_holm": "clsim.analysis.compare.significance",
    "winners": "clsim.analysis.compare.factors",
    "worlds": "clsim.analysis.compare.worlds",
    "worlds_table": "clsim.analysis.compare.worlds",
    "worst_window": "clsim.analysis.behaviour.harm",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'clsim.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
