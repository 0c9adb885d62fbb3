"""The frames of a suite: worlds with a scale that was found on other draws."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.suite import (
    at_equal_labels,
    complete_draws,
    is_world,
    kind_of,
    over_worlds,
    placed,
    profiles,
    refused,
    suite_draws,
    suite_scores,
)
from clsim.analysis.findings.case import Case

NAMES = (
    "suite", "suite_quiet", "suite_over_worlds", "suite_equal_labels", "suite_profile",
    "suite_draws", "suite_left_out",
)  # fmt: skip


def is_suite(settings: Sequence[Setting]) -> bool:
    """Whether all settings are worlds of a suite, each with prices of its own."""
    return bool(settings) and all(map(is_world, settings))


def suite_frames(cases: Sequence[Case]) -> dict[str, pd.DataFrame]:
    """All frames of a suite, by name; empty where the settings are no worlds.

    Their money is at the prices of each world, whatever the report's are: the scale is.
    """
    made = {name: pd.DataFrame() for name in NAMES}
    worlds = [case for case in cases if is_world(case.setting)]
    draws = suite_draws([case.setting for case in worlds])
    why = {
        str(case.setting.config["world"]["id"]): said
        for case in worlds
        for said in [refused(case.setting)]
        if said is not None
    }
    partly = {} if draws.empty else complete_draws(draws)[1]
    made["suite_left_out"] = pd.DataFrame([*why.items(), *partly.items()], columns=["of", "reason"])
    if draws.empty:
        return made
    kinds = _kinds(worlds)
    return made | {
        "suite": _with_regret(suite_scores(draws), worlds, kinds),
        "suite_quiet": _with_regret(suite_scores(draws, earns=False), worlds, kinds),
        "suite_over_worlds": placed(over_worlds(draws), kinds),
        "suite_equal_labels": at_equal_labels(draws),
        "suite_profile": profiles(draws),
        "suite_draws": draws,
    }


def _kinds(cases: Sequence[Case]) -> dict[str, str]:
    """What puts each strategy outside the class that the best schedule bounds."""
    names = dict.fromkeys(name for case in cases for name in case.setting.runs)
    return {
        name: kind_of([
            run for case in cases for run in case.setting.runs.get(name, {}).values()
        ])
        for name in names
    }  # fmt: skip


def _with_regret(table: pd.DataFrame, cases: Sequence[Case], kinds: dict[str, str]) -> pd.DataFrame:
    """Beside each score, the regret to the best schedule of its class in each draw."""
    if table.empty:
        return table
    found = {
        (case.setting.config["world"]["id"], name): [one.total for one in by_seed.values()]
        for case in cases
        if case.hindsight is not None
        for name, by_seed in case.hindsight.regrets.items()
        if not kinds[name]
    }
    keys = list(zip(table["world"], table["strategy"], strict=True))
    known = [pd.Series(found.get(key, []), dtype=float) for key in keys]
    return table.assign(
        kind=table["strategy"].map(kinds), regret=[one.mean() for one in known],
        regret_least=[one.min() for one in known],
    )  # fmt: skip
