"""Costs of strategies: against their score, against each other, and for waiting."""

from __future__ import annotations

import math

import pandas as pd

from clsim.analysis.cost.opportunity import mean_curve, same_events
from clsim.analysis.findings.case import Case, once
from clsim.statistics.intervals import mean_interval


@once
def points(case: Case) -> pd.DataFrame:
    """Cost of upkeep and score of each strategy, chosen first.

    Returns
    -------
    pandas.DataFrame
        strategy, cost, cost_low, cost_high (money), score, score_low, score_high, pareto, cheapest
        (the choice).
    """
    cost, score = case.interval("upkeep"), case.interval("score")
    table = pd.DataFrame(
        {
            "cost": cost["mean"], "cost_low": cost["low"], "cost_high": cost["high"],
            "score": score["mean"], "score_low": score["low"], "score_high": score["high"],
        }
    )  # fmt: skip
    table["pareto"] = table.index.isin(case.pareto)
    table["cheapest"] = (table.index == case.chosen) & (not case.advice.refused)
    first = [case.chosen, *(name for name in case.order if name != case.chosen)]
    table = table.loc[first].dropna(subset=["cost", "score"])
    return table.rename_axis("strategy").reset_index()


def slope(case: Case) -> float:
    """Score worth one unit of money: one unit of loss spread over the events that count."""
    if case.prices.by_class:
        return math.nan
    run = case.first(case.chosen)
    counted = case.interval(run.counted)["mean"]
    worth = case.prices.error * float(counted.to_dict()[case.chosen])
    return 1.0 / worth if worth > 0 else math.nan


def _pairs(case: Case) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """The ticks of strategies A and B, for each seed in which both served the same events."""
    of_a, of_b = (case.setting.runs[name] for name in case.pair)
    return [
        (of_a[seed].ticks, of_b[seed].ticks)
        for seed in of_a
        if seed in of_b and same_events(of_a[seed].ticks, of_b[seed].ticks)
    ]


@once
def opportunity_curve(case: Case) -> pd.DataFrame:
    """Loss curves of strategies A and B, as `clsim.analysis.cost.opportunity.mean_curve` says."""
    pairs = _pairs(case)
    return mean_curve(pairs, case.bin) if pairs else pd.DataFrame()


@once
def opportunity_total(case: Case) -> pd.DataFrame:
    """The opportunity cost of strategy A against B.

    Returns
    -------
    pandas.DataFrame
        One row, or none where they share no events: a, b, mean, low, high (units of loss over the
        whole replay; 95% interval over seeds), seeds.
    """
    pairs = _pairs(case)
    if not pairs:
        return pd.DataFrame()
    total = mean_interval(
        [(x["loss"] - y["loss"])[x["slice"].eq("all")].sum() for x, y in pairs]
    )  # fmt: skip
    a, b = case.pair
    return pd.DataFrame([{"a": a, "b": b, **total._asdict(), "seeds": len(pairs)}])


@once
def opportunities(case: Case) -> pd.DataFrame:
    """Opportunity costs against the reference, least first.

    Returns
    -------
    pandas.DataFrame
        strategy, mean, low, high (units of loss), money.
    """
    bars = case.interval("opportunity")
    bars["money"] = case.interval("opportunity_money")["mean"]
    bars = bars.drop(case.reference).dropna(subset=["mean"]).sort_values("mean")
    return bars.reset_index()


@once
def waits(case: Case) -> pd.DataFrame:
    """Each run beside the same job without a wait, as `cost_of_waiting` gives it."""
    return case.waiting


@once
def waits_by_strategy(case: Case) -> pd.DataFrame:
    """What late labels and long trainings cost each strategy, dearest first.

    Returns
    -------
    pandas.DataFrame
        strategy, without ('delay' or 'duration'), mean, low, high (money; 95% interval over
        seeds).
    """
    rows = [
        {"strategy": strategy, "without": without, **mean_interval(group["difference"])._asdict()}
        for (strategy, without), group in case.waiting.groupby(["strategy", "without"], sort=False)
    ] if len(case.waiting) else []  # fmt: skip
    table = pd.DataFrame(rows, columns=["strategy", "without", "mean", "low", "high"])
    return table.sort_values("mean", ascending=False)


@once
def strategies(case: Case) -> pd.DataFrame:
    """Every quantity of every strategy, cheapest first.

    Returns
    -------
    pandas.DataFrame
        strategy, pareto (on the frontier of upkeep and score), quantity, mean, low, high (95%
        interval over seeds), seeds.
    """
    table = case.summary.assign(pareto=case.summary["strategy"].isin(case.pareto))
    rank = table["strategy"].map({name: k for k, name in enumerate(case.order)})
    table = table.iloc[rank.argsort(kind="stable")].reset_index(drop=True)
    return table[["strategy", "pareto", *table.columns.drop(["strategy", "pareto"])]]


@once
def every_run(case: Case) -> pd.DataFrame:
    """Totals of every run, and what they cost, as `clsim.analysis.compare.comparison.priced`."""
    return case.table
