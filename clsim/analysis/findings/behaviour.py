"""Freshness, harm and monitors of a case: why the strategies cost what they cost."""

from __future__ import annotations

import math
from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.forgetting import transfer
from clsim.analysis.behaviour.freshness import Freshness, freshness
from clsim.analysis.behaviour.harm import harm, recovery, worst_window
from clsim.analysis.behaviour.monitors import monitors
from clsim.analysis.cost.payback import horizon
from clsim.analysis.cost.schedule_cost import value_of_frequency
from clsim.analysis.findings.case import Case, in_front, once
from clsim.clock import UNITS

WINDOW, ACCEPTANCE = 5, 20
"""Ticks of a worst stretch, and ticks within which an alarm counts for a drift."""

TOLERANCE = 0.05
"""How near to its level before a drift a score has to come back: of the span of scores."""

PERIODS = {"monthly": 30 * 24.0, "weekly": 7 * 24.0, "daily": 24.0, "hourly": 1.0}
"""Hours."""

SIGNALS = ["correlation", "alarms", "precision", "recall", "f1", "delay", "false_per_1000",
           "labels", "label_delay"]  # fmt: skip
"""What is said of a signal."""


@once
def fitted_freshness(case: Case) -> Freshness | None:
    """Loss by age and season, of the first seed that has a table; None where nothing tells."""
    if case.hindsight is None:
        return None
    _, tables = next(iter(sorted(case.hindsight.tables.items())))
    try:
        return freshness(tables[0])
    except ValueError:  # too few ticks to tell age from season
        return None


@once
def half_life(case: Case) -> pd.DataFrame:
    """When half of what age costs a model is reached: seed, ticks (NaN: that does not rise)."""
    fitted = fitted_freshness(case)
    if fitted is None:
        return pd.DataFrame()
    ticks = fitted.half_life if fitted.rises else math.nan
    return pd.DataFrame([{"seed": min(case.hindsight.tables), "ticks": ticks}])


@once
def freshness_age(case: Case) -> pd.DataFrame:
    """Loss by the age of the model, as `clsim.analysis.behaviour.freshness.freshness` has it."""
    fitted = fitted_freshness(case)
    return pd.DataFrame() if fitted is None else fitted.age


@once
def freshness_season(case: Case) -> pd.DataFrame:
    """Loss by calendar time, as `clsim.analysis.behaviour.freshness.freshness` has it."""
    fitted = fitted_freshness(case)
    return pd.DataFrame() if fitted is None else fitted.season


@once
def freshness_steps(case: Case) -> pd.DataFrame:
    """Value of monthly, weekly, daily and hourly training, where ticks allow it, mean over seeds.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.cost.schedule_cost.value_of_frequency`; empty where ticks do not.
    """
    if not case.timed or case.hindsight is None:
        return pd.DataFrame()
    hours = case.tick_length / UNITS["h"]
    periods = {name: length / hours for name, length in PERIODS.items()}
    whole = {name: round(k) for name, k in periods.items()
             if k >= 1 and abs(k - round(k)) < 1e-9 and k < case.n_ticks}  # fmt: skip
    if len(whole) < 2:
        return pd.DataFrame()
    frames = [value_of_frequency(t[0], case.prices, whole) for t in case.hindsight.tables.values()]
    return pd.concat(frames).groupby(["from", "to"], sort=False).mean().reset_index()


@once
def harms(case: Case) -> pd.DataFrame:
    """What new models did, drift by drift and stretch by stretch, mean over seeds.

    Returns
    -------
    pandas.DataFrame
        strategy, cheapest first; models (that replaced one), share (of them that made it worse),
        worse and better (units of loss that they added and saved), worst (score of the worst
        `WINDOW` ticks), recovery (mean ticks to recover from a drift), censored (drifts without
        recovery), transfer (backward transfer, in score), late (trainings too late to pay back),
        exact (whether tables cover the models: 'table', 'ticks', or both).
    """
    rows: list[dict[str, Any]] = []
    for name in case.order:
        by_seed = [_of_run(case, name, seed) for seed in case.setting.runs[name]]
        sources = sorted({source for one in by_seed for source in one.pop("sources")})
        means: dict[Any, Any] = pd.DataFrame(by_seed).mean().to_dict()
        rows.append({"strategy": name, **means, "exact": ", ".join(sources)})
    return pd.DataFrame(rows)


def _of_run(case: Case, name: str, seed: int) -> dict[str, Any]:
    run, hindsight = case.setting.runs[name][seed], case.hindsight
    table = hindsight.covering.get(name, {}).get(seed) if hindsight is not None else None
    harms = harm(run, table)
    added = harms["harm"].to_numpy(float)
    every = run.whole
    counted = every[run.counted]
    enough = bool((counted > 0).sum() >= WINDOW)
    result: dict[str, Any] = {
        "sources": set(harms["source"]), "models": len(harms),
        "share": float(np.mean(added > 0)) if len(added) else math.nan,
        "worse": float(added[added > 0].sum()), "better": float(-added[added < 0].sum()),
        "worst": worst_window(run, ticks=WINDOW).score if enough else math.nan,
    }  # fmt: skip
    scores = every["score"].to_numpy(dtype=float, na_value=np.nan)
    scores = scores[~np.isnan(scores)]
    low, high = np.quantile(scores, [0.05, 0.95]) if len(scores) else (math.nan, math.nan)
    span = float(high - low)
    back = recovery(run, TOLERANCE * span, hold=2) if span > 0 else None
    if back is not None and len(back):
        result["recovery"] = float(back["ticks"].mean())
        result["censored"] = float(back["censored"].fillna(False).sum())
    with suppress(ValueError):  # raised where no concept comes back
        result["transfer"] = transfer(run).backward_transfer
    if table is not None and hindsight is not None:
        late = horizon(table, case.prices, hindsight.started[name][seed])
        result["late"] = float(late.trainings["late"].sum())
    return result


@once
def every_signal(case: Case) -> pd.DataFrame:
    """What each signal of each run foretold, as `clsim.analysis.behaviour.monitors.monitors` says.

    The observed score is a signal of every run; that of the reference stands for it.

    Returns
    -------
    pandas.DataFrame
        strategy, seed, and the columns of `monitors`; empty where no run has enough ticks.
    """
    frames = []
    for name, runs in case.setting.runs.items():
        for seed, run in runs.items():
            if name != case.reference and not run.totals["alarms"]:
                continue  # of others, alarms alone are shown
            with suppress(ValueError):  # too few ticks for a reference
                frames.append(monitors(run, ACCEPTANCE).assign(strategy=name, seed=seed))
    every = in_front(frames, ["strategy", "seed"])
    if every.empty:
        return every
    alarms = every[every["kind"] == "alarm"].assign(
        signal=lambda t: t["strategy"] + ": " + t["signal"]
    )
    numbers = every[(every["kind"] == "number") & (every["strategy"] == case.reference)]
    return pd.concat([alarms, numbers], ignore_index=True)


@once
def foretold(case: Case) -> pd.DataFrame:
    """What each signal foretold of the true loss, and what it needed, mean over seeds.

    Returns
    -------
    pandas.DataFrame
        signal, kind ('alarm' or 'number'), correlation (rank correlation with the loss), alarms,
        precision, recall, f1, delay (ticks), false_per_1000 (false alarms in 1,000 ticks), labels,
        label_delay (ticks).
    """
    every = every_signal(case)
    if every.empty:
        return every
    return every.groupby(["signal", "kind"], sort=False)[SIGNALS].mean().reset_index()
