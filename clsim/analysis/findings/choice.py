"""The choice: what it costs and saves, what would overturn it, and whether it would have held."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.beginning import first_models
from clsim.analysis.choice.honesty import Across, WalkForward, across, walk_forward
from clsim.analysis.choice.overturning import nearest
from clsim.analysis.cost.calendars import Calendar
from clsim.analysis.findings.case import Case, once


@once
def choice(case: Case) -> pd.DataFrame:
    """What is chosen, and what it rests on.

    Returns
    -------
    pandas.DataFrame
        One row: strategy (missing: none is recommended), reference, never, today, rival, score,
        cost (money over the whole replay), retrainings, strategies, calendars (that hindsight
        knows), floor (least score), shortfall (below it), seeds, days (length of the replay),
        events, factor and unit (what makes money of the replay money a year), share (of the
        reference's cost that is saved), warmup_events, ticks, bin (ticks in a point of a curve),
        bin_events.
    """
    found, advice = case.answers, case.advice
    known = found.calendar
    saved = abs(advice.saving.mean) / (advice.cost.mean + advice.saving.mean or np.nan)
    by_bin = case.ticks["n"].groupby(case.ticks["tick"].to_numpy() // case.bin).sum().iloc[:-1]
    return pd.DataFrame([{
        "strategy": advice.strategy, "reference": advice.reference, "never": advice.never,
        "today": found.today, "rival": found.rival, "score": advice.score.mean,
        "cost": advice.cost.mean, "retrainings": found.retrainings, "strategies": found.strategies,
        "calendars": known.looked_up if isinstance(known, Calendar) else np.nan,
        "floor": advice.floor, "shortfall": advice.shortfall, "seeds": advice.seeds,
        "days": found.pace.days, "events": found.pace.events, "factor": found.pace.factor,
        "unit": found.pace.unit, "share": saved,
        "warmup_events": case.first(case.reference).info.warmup_events,
        "ticks": case.n_ticks, "bin": case.bin, "bin_events": by_bin.mean(),
    }])  # fmt: skip


@once
def answers_frame(case: Case) -> pd.DataFrame:
    """The four answers as money for the whole replay, and a year.

    Returns
    -------
    pandas.DataFrame
        As `Answers.table`, and in_unit_mean, in_unit_low, in_unit_high (money a year, or per unit).
    """
    table = case.answers.table()
    factor = table["factor"].astype(float)
    return table.assign(**{f"in_unit_{k}": table[k] * factor for k in ("mean", "low", "high")})


@once
def overturns(case: Case) -> pd.DataFrame:
    """The prices that would change the choice, as `clsim.analysis.choice.overturning.nearest`."""
    if case.advice.refused:
        return pd.DataFrame()
    return nearest(case.advice, most=len(case.advice.overturns))


@once
def runners_up(case: Case) -> pd.DataFrame:
    """What the other strategies cost more: strategy, mean, low, high (money), apart."""
    return case.advice.runners_up


@once
def walked(case: Case) -> WalkForward | None:
    """Chosen on the past of each seed, judged on its future; None where nothing tells."""
    try:
        found = walk_forward(case.setting, case.prices, reference=case.reference)
    except ValueError:  # too few ticks for the cuts
        return None
    return None if found.refused or len(case.order) < 2 else found


@once
def walk_folds(case: Case) -> pd.DataFrame:
    """Each cut of each seed, as `clsim.analysis.choice.honesty.walk_forward` gives them."""
    found = walked(case)
    return pd.DataFrame() if found is None else found.folds


@once
def walk_means(case: Case) -> pd.DataFrame:
    """What choices promised and what they cost, after each cut, mean over seeds.

    Returns
    -------
    pandas.DataFrame
        fold, promised, judged (money per event).
    """
    found = walked(case)
    if found is None:
        return pd.DataFrame()
    return found.folds.groupby("fold")[["promised", "judged"]].mean().reset_index()


@once
def walk_summary(case: Case) -> pd.DataFrame:
    """What choosing on the past was worth.

    Returns
    -------
    pandas.DataFrame
        quantity (judged, gap, gap_all, saving, regret; and the cheapest that is held throughout),
        mean, low, high (money per event; 95% interval over seeds), cuts.
    """
    found = walked(case)
    if found is None:
        return pd.DataFrame()
    named = ("judged", "gap", "gap_all", "saving", "regret")
    rows = [{"quantity": name, **getattr(found, name)._asdict()} for name in named]
    best = found.fixed.iloc[0]
    rows.append({"quantity": f"held throughout: {best['strategy']}", "mean": best["mean"],
                 "low": np.nan, "high": np.nan})  # fmt: skip
    return pd.DataFrame(rows).assign(cuts=found.folds["fold"].max())


@once
def slices(case: Case) -> pd.DataFrame:
    """Each strategy on each slice, as `clsim.analysis.choice.slices.by_slice` gives it."""
    return case.answers.slices


@once
def by_stakeholder(case: Case) -> pd.DataFrame:
    """What each stakeholder would choose, as `Stakeholders.table`; empty for one."""
    return pd.DataFrame() if case.shared is None else case.shared.table()


@once
def partings(case: Case) -> pd.DataFrame:
    """At which prices stakeholders part; empty for one."""
    return pd.DataFrame() if case.shared is None else case.shared.partings


@once
def beginnings(case: Case) -> pd.DataFrame:
    """What the first models were trained on, as `clsim.analysis.behaviour.beginning` says."""
    return first_models(case.setting)


def at_a_glance(cases: Sequence[Case]) -> pd.DataFrame:
    """Each strategy in each setting: what it costs, and how much more than the choice.

    Returns
    -------
    pandas.DataFrame
        setting; strategy, cheapest first; chosen; score, retrainings, cost (money; means over
        seeds); more, low, high (money above the choice, paired; 95% interval over seeds), apart;
        seeds. Without a choice nothing costs more than it.
    """
    frames = []
    for case in cases:
        rivals = case.advice.runners_up.rename(columns={"mean": "more"})
        own = case.means.loc[case.order, ["score", "retrainings", "total"]]
        table = own.rename(columns={"total": "cost"}).reset_index()
        table = table.merge(rivals, "left", "strategy")
        table["apart"] = table["apart"].astype("boolean")
        counts = {name: len(by_seed) for name, by_seed in case.setting.runs.items()}
        frames.append(
            table.assign(
                setting=case.setting.name, chosen=table["strategy"] == case.advice.strategy,
                seeds=table["strategy"].map(counts),
            )
        )  # fmt: skip
    every = pd.concat(frames, ignore_index=True)
    first = ["setting", "strategy", "chosen", "score", "retrainings", "cost"]
    return every[[*first, "more", "low", "high", "apart", "seeds"]]


BEFALLEN = (
    "trials",
    "rollbacks",
    "reuses",
    "alarms",
    "reviews",
    "adaptations",
    "repairs",
    "bought",
    "failed",
    "rejected",
)
"""Quantities that say what befell the models of a run."""


def befallen(cases: Sequence[Case]) -> pd.DataFrame:
    """What befell the models of each strategy that anything befell.

    Returns
    -------
    pandas.DataFrame
        setting, strategy; of a run on average, where some run has any: trials, rollbacks, reuses,
        alarms, reviews, adaptations, repairs, bought (labels), failed (trainings), rejected
        (challengers).
    """
    tables = [
        case.means.loc[case.order, list(BEFALLEN)].reset_index().assign(setting=case.setting.name)
        for case in cases
    ]
    every = pd.concat(tables, ignore_index=True)
    some = [name for name in BEFALLEN if every[name].any()]
    return every.loc[every[some].any(axis=1), ["setting", "strategy", *some]]


def elsewhere(cases: Sequence[Case]) -> Across:
    """Tuned on some seeds and settings, tested on those left out."""
    first = cases[0]
    common = set.intersection(*(set(case.setting.runs) for case in cases))
    reference = first.reference if first.reference in common else None
    return across([case.setting for case in cases], first.prices, reference=reference)


def tuned_elsewhere(found: Across) -> pd.DataFrame:
    """Each choice where it was made and where it was not: split ('seeds' or 'settings'), …."""
    frames = {"seeds": found.seeds, "settings": found.settings}
    kept = {split: frame for split, frame in frames.items() if len(frame)}
    if not kept:
        return pd.DataFrame()
    return pd.concat(kept, names=["split", None]).reset_index(level=0)
