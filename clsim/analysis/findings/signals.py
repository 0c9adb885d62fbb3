"""What the signals that tables of hindsight keep are worth."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.cost.signal_worth import by_quantiles, split_draws, years
from clsim.analysis.cost.signal_worth import signal_worth as worth_of
from clsim.analysis.findings.case import Case, once
from clsim.hindsight.table import Counterfactual

FEWEST = 40
"""Ticks of one table of which a half can choose and a half can price."""

LEVELS = 40
"""Thresholds of each signal that are tried, by its quantiles."""

RATES = (0.5, 1.0, 2.0)
"""False retrainings in a replay without drift at which signals are ranked."""

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
    names = _names(tables)
    if not names:
        return pd.DataFrame()
    tuning, scored = split_draws(tables)
    rules = by_quantiles(tuning, dict.fromkeys(names, "either"), LEVELS)
    labels = next((name for name in names if _is_of_labels(tables[0], name)), None)
    quiet = _twins(case, tables)
    found = worth_of(tuning, scored, rules, case.prices, quiet=quiet, labels=labels)
    several = len(tables) > 1  # else both are halves of one draw
    draws = [len(tuning), len(scored)] if several else [None, None]
    counts = pd.DataFrame([draws] * len(found), index=found.index, columns=["choosing", "pricing"])
    return found.join(counts.astype("Int64")).assign(timed=_timed(tables))


@once
def signal_ranking(case: Case) -> pd.DataFrame:
    """All signals at the same rates of false alarms, those that save most first.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.signal_worth` with ``false_alarms``, for each rate; with wanted (false
        retrainings in a replay without drift, at most), rank (1 is best), twins (draws on which
        they were counted) and timed. Empty without tables of quiet twins.
    """
    tables = _tables(case)
    names, quiet = _names(tables), _twins(case, tables)
    if not names or not quiet:
        return pd.DataFrame()
    tuning, scored = split_draws(tables)
    # with levels up to the largest value of both, one that never fires is among them
    rules = by_quantiles([*tuning, *quiet], dict.fromkeys(names, "either"), LEVELS)
    found = []
    for wanted in RATES:
        rate = wanted / years(quiet[0])
        some = worth_of(tuning, scored, rules, case.prices, quiet=quiet, false_alarms=rate)
        found.append(some.assign(wanted=wanted, rank=range(1, len(some) + 1)))
    return pd.concat(found, ignore_index=True).assign(twins=len(quiet), timed=_timed(tables))


def _tables(case: Case) -> list[Counterfactual]:
    """Tables with signals of the family of which there are most, by seed; none if too short."""
    families: dict[tuple[str, ...], list[Counterfactual]] = {}
    for table in [] if case.prices.by_class else case.counterfactuals:
        if table.signals is not None and table.signals.values:
            families.setdefault(table.setting.family, []).append(table)
    most = max(families.values(), key=len, default=[])
    if len(most) == 1 and most[0].loss.shape[1] < FEWEST:
        return []
    return sorted(most, key=lambda table: table.setting.seed)


def _twins(case: Case, tables: list[Counterfactual]) -> list[Counterfactual]:
    """The quiet twins of tables, which keep the same signals."""
    return [twin for twin in case.twins if twin.setting.family == tables[0].setting.family]


def _names(tables: list[Counterfactual]) -> list[str]:
    """Signals that have values, and that rules may go by."""
    signals = tables[0].signals if tables else None
    if signals is None:
        return []
    return [name for name, values in signals.values.items() if values and signals.decides[name]]


def _timed(tables: list[Counterfactual]) -> bool:
    signals = tables[0].signals
    return signals is not None and signals.timed


def _is_of_labels(table: Counterfactual, name: str) -> bool:
    return bool((table.setting.monitors or {}).get(name, {}).get("class") == SCORE)
