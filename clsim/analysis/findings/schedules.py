"""What intervals between retrainings cost, and the prices at which the choice changes."""

from __future__ import annotations

import json

import pandas as pd

from clsim.analysis.cost.breakeven import switches
from clsim.analysis.cost.schedule_cost import cost_by_interval, cost_by_period, intervals
from clsim.analysis.findings.case import Case, once
from clsim.hindsight.optimum import error_price
from clsim.runs.ledger import units_of
from clsim.runs.run import Run

LEAST = 3
"""Fewest intervals that make a curve."""


def _from_every_tick(case: Case) -> pd.DataFrame:
    """The case's table reckoned as the lines are: trainings alone, and against every tick."""
    prices, table = case.prices, case.table
    least = {
        seed: float(cost_by_period(tables[0], prices, [1])["loss"].iloc[0])
        for seed, tables in case.hindsight.tables.items()
    }
    # an opportunity is missing where a run served other events
    behind = (table["loss"] - table["seed"].map(least)).where(table["opportunity"].notna())
    return table.assign(
        opportunity_money=error_price(prices) * behind,
        upkeep=(prices.retraining + prices.by_hand) * table["retrainings"]
        + prices.row * table["rows_trained"],
    )


@once
def cost_of_intervals(case: Case) -> pd.DataFrame:
    """What the intervals of strategies cost that differ in theirs alone; empty if too few do.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.cost.schedule_cost.cost_by_interval`; against retraining at every tick
        where tables say what that costs, else against the reference.
    """
    dense = len(cost_of_every_period(case)) > 0
    table = _from_every_tick(case) if dense else case.table
    groups: dict[str, dict[str, float]] = {}
    for name, ticks in intervals(case.setting).items():
        if table.loc[table["strategy"] == name, "opportunity_money"].notna().any():
            groups.setdefault(_but_interval(case.first(name)), {})[name] = ticks
    groups = {key: every for key, every in groups.items() if len(set(every.values())) >= LEAST}
    if not groups:
        return pd.DataFrame()
    frames = [
        cost_by_interval(table, every)
        .sort_values("total", kind="stable")
        .drop_duplicates("every")
        .sort_values("every", ignore_index=True)
        for every in groups.values()
    ]
    # one curve: of the most intervals, and of equals the cheapest
    return max(frames, key=lambda frame: (len(frame), -frame["total"].min()))


def _but_interval(run: Run) -> str:
    """What strategies share that differ in their interval alone."""
    strategy = {k: v for k, v in run.config["strategy"].items() if k != "name"}
    trigger = {k: v for k, v in strategy["trigger"].items() if k != "every"}
    return json.dumps({**strategy, "trigger": trigger}, sort_keys=True, default=str)


@once
def cost_of_every_period(case: Case) -> pd.DataFrame:
    """What every period costs by the tables, mean over seeds; empty where they cannot say.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.cost.schedule_cost.cost_by_period`, with best (the least total).
    """
    if case.hindsight is None:
        return pd.DataFrame()
    frames = []
    for tables in case.hindsight.tables.values():
        try:
            frames.append(cost_by_period(tables[0], case.prices))
        except ValueError:  # a coarser grid of candidates has no schedule of every tick
            return pd.DataFrame()
    return pd.concat(frames).groupby("every", as_index=False).mean().pipe(_best)


def _best(curve: pd.DataFrame) -> pd.DataFrame:
    return curve.dropna(subset=["total"]).assign(best=lambda c: c["total"] == c["total"].min())


@once
def price_switches(case: Case) -> pd.DataFrame:
    """For each price, where the cheapest strategy that meets the floor changes.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.cost.breakeven.switches` gives it for each price; empty where no price
        changes it.
    """
    advice = case.advice
    meeting = {advice.strategy, *advice.runners_up["strategy"]} - {None}
    if advice.refused or len(meeting) < 2:
        return pd.DataFrame()
    table = case.table[case.table["strategy"].isin(meeting)]
    units = units_of(table, case.prices).items()
    keys = [key for key, name in units if table[name].min() < table[name].max()]
    if not case.prices.by_class:
        keys = ["error", *keys]
    frames = []
    for key in keys:
        try:
            frames.append(switches(table, case.prices, key))
        except (ValueError, KeyError):  # a price that the break-even does not know
            continue
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
