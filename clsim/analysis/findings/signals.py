"""What the signals that tables of hindsight keep are worth."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.cost.signal_worth import by_quantiles, split_draws
from clsim.analysis.cost.signal_worth import signal_worth as worth_of
from clsim.analysis.findings.case import Case, once
from clsim.hindsight.table import Counterfactual

FEWEST = 40
"""Ticks of one table of which a half can choose and a half can price."""

LEVELS = 40
"""Thresholds of each signal that are tried, by its quantiles."""

SCORE = "clsim.monitoring.scores.Score"


@once
def signal_worth(case: Case) -> pd.DataFrame:
    """What the best rule over each signal saves against the best calendar.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.signal_worth`, with choosing and pricing (draws of the world that chose
        the rules, and that priced them; missing where both are halves of one), and timed (whether
        money is per year, or per replay). Empty without tables that keep signals, or with a price
        for each pair of classes.
    """
    tables = _tables(case)
    if not tables or case.prices.by_class:
        return pd.DataFrame()
    if len(tables) == 1 and tables[0].loss.shape[1] < FEWEST:
        return pd.DataFrame()
    tuning, scored = split_draws(tables)
    signals = tables[0].signals
    assert signals is not None
    names = [name for name, values in signals.values.items() if values and signals.decides[name]]
    if not names:
        return pd.DataFrame()
    rules = by_quantiles(tuning, dict.fromkeys(names, "either"), LEVELS)
    labels = next((name for name in names if _is_of_labels(tables[0], name)), None)
    found = worth_of(tuning, scored, rules, case.prices, labels=labels)
    several = len(tables) > 1  # else both are halves of one draw
    draws = [len(tuning), len(scored)] if several else [None, None]
    counts = pd.DataFrame([draws] * len(found), index=found.index, columns=["choosing", "pricing"])
    return found.join(counts.astype("Int64")).assign(timed=signals.timed)


def _tables(case: Case) -> list[Counterfactual]:
    """Tables with signals of the family of which there are most, by seed."""
    families: dict[tuple[str, ...], list[Counterfactual]] = {}
    for table in case.counterfactuals:
        if table.signals is not None and table.signals.values:
            families.setdefault(table.setting.family, []).append(table)
    most = max(families.values(), key=len, default=[])
    return sorted(most, key=lambda table: table.setting.seed)


def _is_of_labels(table: Counterfactual, name: str) -> bool:
    return bool((table.setting.monitors or {}).get(name, {}).get("class") == SCORE)
