"""What was learned between outputs and answers, of every run that adapts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clsim.analysis.behaviour import adapted
from clsim.analysis.findings.case import Case, once
from clsim.statistics.intervals import ratio_interval


@once
def adaptations(case: Case) -> pd.DataFrame:
    """Each adaptation, as `clsim.analysis.adaptations`."""
    return case.of_runs(adapted.adaptations)


@once
def numbers(case: Case) -> pd.DataFrame:
    """What each has learned, as `clsim.analysis.adapted_numbers`."""
    return case.of_runs(adapted.adapted_numbers)


@once
def rates(case: Case) -> pd.DataFrame:
    """How events fared by policy, over seeds: `clsim.analysis.policy_rates` of each run.

    Returns
    -------
    pandas.DataFrame
        strategy, policy; times, n, share, labels, reward (means of a run; 0 of a run without the
        policy, and labels and reward of those that have it); per_event with low and high (ratio of
        means, and its interval over seeds), seeds. Empty where nothing was adapted.
    """
    every = case.of_runs(adapted.policy_rates)
    if every.empty:
        return every
    rows = []
    for name, of in every.groupby("strategy", sort=False):
        seeds = of["seed"].unique()
        for policy, each in of.groupby("policy", sort=False):
            own = each.set_index("seed").reindex(seeds)
            counted = own[["times", "n", "share", "loss"]].astype(float).fillna(0)
            mean, low, high = ratio_interval(counted["loss"], counted["n"])
            known = {key: float(np.nanmean(own[key])) if own[key].notna().any() else np.nan
                     for key in ("labels", "reward")}  # fmt: skip
            rows.append({
                "strategy": name, "policy": policy,
                **{key: float(counted[key].mean()) for key in ("times", "n", "share")}, **known,
                "per_event": mean, "low": low, "high": high, "seeds": len(seeds),
            })  # fmt: skip
    return pd.DataFrame(rows)
