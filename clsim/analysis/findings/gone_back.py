"""What going back to former models was worth at most, and when it beats a training."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.findings.case import Case, once
from clsim.analysis.findings.hindsight import exact
from clsim.hindsight.going_back import best_of_trained, best_set, worths
from clsim.hindsight.optimum import error_price, least_loss, optimum
from clsim.statistics.intervals import mean_interval

KEPT = (0, 1, 2, 4, None)
"""Former models kept; None: all."""

MOST = 5_000
"""Candidates times ticks of the largest table over all of whose sets an integer programme runs."""


@once
def going_back(case: Case) -> pd.DataFrame:
    """What going back was worth at most to each strategy, by how many former models are kept.

    Returns
    -------
    pandas.DataFrame
        strategy; kept (missing: all); mean, low, high (money); seeds. Of the runs whose models are
        rows of a table; they may have gone back. Empty without tables.
    """
    if case.hindsight is None:
        return pd.DataFrame()
    parts = []
    for name in case.order:
        for seed, run in case.setting.runs[name].items():
            for table in case.hindsight.tables.get(seed, []):
                found = worths({name: run}, table, case.prices, kept=KEPT, exact=exact(table))
                if found["reason"].isna().all():
                    parts.append(found.assign(seed=seed))
                    break
    if not parts:
        return pd.DataFrame()
    rows = []
    every = pd.concat(parts, ignore_index=True)
    for (strategy, kept), each in every.groupby(["run", "kept"], sort=False, dropna=False):
        worth = mean_interval(each["worth"])
        rows.append({"strategy": strategy, "kept": kept, **worth._asdict(), "seeds": len(each)})
    return pd.DataFrame(rows).astype({"kept": "Int64"})


@once
def back_or_train(case: Case) -> pd.DataFrame:
    """The best schedules with and without going back: which trainings that spares.

    Returns
    -------
    pandas.DataFrame
        One row per seed with a table: seed; without and with_back (money: the least cost under
        immediate promotion, and if any trained model may serve any tick), trainings_without,
        trainings_with; gap (money, by which with_back may lie above the best of all sets; missing
        where the table is too large to ask an integer programme: then with_back is the least of
        the schedule without, served by the best of its models); bound (money, that no set
        undercuts); back (share of the ticks that an older model than the newest serves). Empty
        without tables.
    """
    if case.hindsight is None:
        return pd.DataFrame()
    rows = []
    for seed, tables in sorted(case.hindsight.tables.items()):
        table, prices = tables[0], case.prices
        plain = optimum(table, prices)
        known = best_of_trained(table, plain.ticks, prices)
        if table.loss.size <= MOST:
            known = best_set(table, prices)
        floor = error_price(prices) * least_loss(table)
        newest = best_of_trained(table, known.ticks, prices, kept=0)
        rows.append({
            "seed": seed, "without": plain.cost, "with_back": known.cost,
            "trainings_without": len(plain.ticks), "trainings_with": len(known.ticks),
            "gap": known.gap, "bound": floor if known.bound is None else known.bound,
            "back": float((known.serving != newest.serving).mean()),
        })  # fmt: skip
    return pd.DataFrame(rows).astype({"gap": float})
