"""Runs of a sweep side by side: settings, strategies, seeds, means and intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.cost.opportunity import opportunity_cost, same_events
from clsim.runs.ledger import Prices, error_cost, upkeep
from clsim.runs.names import natural
from clsim.runs.run import Run, Runs
from clsim.statistics.intervals import Interval, mean_interval, within


@dataclass(frozen=True)
class Setting:
    """One world and learner: runs that differ only in strategy, seed and prices.

    Attributes
    ----------
    name : str
        The options that tell it from the other settings of the sweep; empty if it is alone.
    config : dict
        What its runs have in common.
    runs : dict of str to dict of int to Run
        By strategy and seed.
    one_draw : bool
        Whether several seeds replayed one and the same stream, as they do a recorded one: they then
        differ in the learner alone.
    repeated : tuple of int
        Seeds that are left out, since their runs repeat those of another.
    choices : mapping of str to str
        The option that was chosen of each group of its configuration, where that is known.
    """

    name: str
    config: dict[str, Any]
    runs: dict[str, dict[int, Run]]
    one_draw: bool = False
    repeated: tuple[int, ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)


SIGNED = (
    "opportunity", "opportunity_per_event", "opportunity_money", "total_difference",
)  # fmt: skip
"""Quantities of a run that can be below 0."""


def settings(runs: Runs) -> list[Setting]:
    """Runs grouped into settings; only runs of one setting can be compared.

    They are called as `clsim.runs.names` says. Of runs with equal setting, strategy and seed, the
    first counts. Runs that another replay may give otherwise (``deterministic`` is False) are left
    out. Seeds that repeat another one, on a recorded stream with a learner that draws
    nothing, are left out.

    Parameters
    ----------
    runs : Runs
        As `clsim.load` gives them for a sweep folder.

    Returns
    -------
    list of Setting
        In order of their names.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> def run(delay, strategy, seed):
    ...     return Run({}, RunInfo(seed=seed), {"delay": delay, "strategy": {"name": strategy}})
    >>> sweep = {0: run("1d", "never", 1), 1: run("7d", "never", 1), 2: run("7d", "weekly", 1)}
    >>> [(one.name, list(one.runs)) for one in settings(Runs(sweep, []))]
    [('1d', ['never']), ('7d', ['never', 'weekly'])]
    """
    groups: dict[str, dict[str, dict[int, Run]]] = {}
    for key, called in runs.called.items():
        run = runs.runs[key]
        beside = run.config.get("counterpart")  # another run: see `waiting`
        if not beside and run.info.deterministic:
            of = groups.setdefault(called.setting, {}).setdefault(called.strategy, {})
            of.setdefault(run.info.seed, run)
    found = []
    for name in sorted(groups, key=natural):
        first = next(iter(next(iter(groups[name].values())).values()))
        choices = first.config.get("choices") or {}
        found.append(_once(Setting(name, first.common, _in_order(groups[name]), choices=choices)))
    return found


def _in_order(by_strategy: dict[str, dict[int, Run]]) -> dict[str, dict[int, Run]]:
    """The same runs, by names of strategies and seeds."""
    return {
        name: dict(sorted(by_strategy[name].items())) for name in sorted(by_strategy, key=natural)
    }


def _once(setting: Setting) -> Setting:
    """The setting without seeds that repeat another."""
    every = [(seed, run) for by_seed in setting.runs.values() for seed, run in by_seed.items()]
    seeds = sorted({seed for seed, _ in every})
    draws = {run.info.draw for _, run in every}
    if len(seeds) < 2 or len(draws) > 1 or None in draws:
        return setting
    setting = replace(setting, one_draw=True)
    first = {name: by_seed.get(seeds[0]) for name, by_seed in setting.runs.items()}
    for name, by_seed in setting.runs.items():
        one = first[name]
        if one is None or not all(_alike(one, run) for run in by_seed.values()):
            return setting
    kept = {name: {seeds[0]: run} for name, run in first.items() if run is not None}
    return replace(setting, runs=kept, repeated=tuple(seeds[1:]))


def _alike(one: Run, other: Run) -> bool:
    """Whether two runs on one stream lost the same in every tick."""
    return np.array_equal(one.ticks["loss"], other.ticks["loss"]) and all(
        one.totals[key] == other.totals[key] for key in ("retrainings", "rows_trained", "rejected")
    )


def strategies(runs: Runs) -> pd.DataFrame:
    """One row per run: setting, strategy, seed, score and the physical totals.

    Parameters
    ----------
    runs : Runs
        As `clsim.load` gives them for a sweep folder.

    Returns
    -------
    pandas.DataFrame
        setting, strategy, seed, score (NaN where nothing is scored), and a column for each of the
        totals, as `clsim.runs.ledger.quantities` names them.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> totals = {"n": 100, "loss": 20.0, "retrainings": 3}
    >>> run = Run({}, RunInfo(seed=1, totals=totals, score=0.8), {"strategy": {"name": "weekly"}})
    >>> table = strategies(Runs({0: run}, []))
    >>> table[["strategy", "seed", "score", "n", "loss", "retrainings"]].values.tolist()
    [['weekly', 1, 0.8, 100, 20.0, 3]]
    """
    frames = [_totals(setting).assign(setting=setting.name) for setting in settings(runs)]
    table = pd.concat(frames, ignore_index=True)
    return table[["setting", *table.columns.drop("setting")]]


def priced(setting: Setting, prices: Prices, reference: str) -> pd.DataFrame:
    """One row per run of a setting: totals, and what they cost, also against a reference.

    Parameters
    ----------
    setting : Setting
    prices : Prices
    reference : str
        Strategy with which the others are compared, seed by seed.

    Returns
    -------
    pandas.DataFrame
        strategy, seed, score, the physical totals, and in money ``upkeep``, ``error_cost`` and
        ``total``; ``opportunity`` (OC against the reference, in units of loss),
        ``opportunity_per_event``, ``opportunity_money``, and ``total_difference`` (total cost
        minus the reference's). The last four are NaN where the reference lacks the seed or
        served other events.

    Raises
    ------
    ValueError
        For errors priced by class where the loss is money already, or has other classes.
    """
    table = costed(setting, prices)
    runs = _runs(setting, table)
    opportunity = []
    for seed, run in zip(table["seed"], runs, strict=True):
        other = setting.runs[reference].get(seed)
        if other is None or not same_events(run.ticks, other.ticks):
            opportunity.append((np.nan, np.nan))
        else:
            lost = opportunity_cost(run.ticks, other.ticks)
            opportunity.append((lost.total, lost.per_event))
    table[["opportunity", "opportunity_per_event"]] = np.array(opportunity)
    base = table[table["strategy"] == reference].set_index("seed")
    for column, of in (("opportunity_money", "error_cost"), ("total_difference", "total")):
        difference = table[of] - table["seed"].map(base[of])
        table[column] = difference.where(table["opportunity"].notna())
    return table


def costed(setting: Setting, prices: Prices) -> pd.DataFrame:
    """One row per run of a setting: totals, and what they cost, as in `priced`, by itself alone.

    Parameters
    ----------
    setting : Setting
    prices : Prices

    Returns
    -------
    pandas.DataFrame
        strategy, seed, score, the physical totals, and in money ``upkeep``, ``error_cost`` and
        ``total``.

    Raises
    ------
    ValueError
        As `priced`.
    """
    table = _totals(setting)
    table["upkeep"] = upkeep(table, prices)
    runs = _runs(setting, table)
    if prices.by_class and any(run.info.loss == "amount" for run in runs):
        raise ValueError(
            "prices.error: a matrix, and the loss is the amount of each event, which is money "
            "already; give a number, such as 1"
        )
    table["error_cost"] = [
        error_cost(run.totals, prices, run.confusion, run.info.classes) for run in runs
    ]
    table["total"] = table["error_cost"] + table["upkeep"]
    return table


def _runs(setting: Setting, table: pd.DataFrame) -> list[Run]:
    return [setting.runs[label][seed] for label, seed in _keys(table)]


def _keys(table: pd.DataFrame) -> Iterator[tuple[str, int]]:
    return zip(table["strategy"], table["seed"], strict=True)


def summary(table: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Mean and interval over seeds of every quantity of every strategy.

    Intervals are those of `mean_interval`, without what is impossible: counts below 0, shares
    beyond 0 and 1.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per strategy and seed, as `priced` gives it.
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        Tidy: strategy, quantity, mean, low, high, seeds (those with a value).

    Examples
    --------
    The mean of 10, 12 and 14 is 12. Their standard deviation is 2, and the t quantile of two
    degrees of freedom 4.303, so that the interval is 12 - 4.303 * 2 / sqrt(3) to 12 + 4.303 * 2 /
    sqrt(3).

    >>> table = pd.DataFrame({"strategy": "weekly", "seed": [1, 2, 3], "total": [10.0, 12.0, 14.0]})
    >>> summary(table).round(2)
      strategy quantity  mean   low   high  seeds
    0   weekly    total  12.0  7.03  16.97      3
    """
    rows = []
    quantities = table.columns.drop(["strategy", "seed"])
    share = "errors" in table and bool((table["errors"] == table["loss"]).all())  # of 1
    for strategy, group in table.groupby("strategy", sort=False):
        for name in quantities:
            values = group[name].dropna()
            interval = mean_interval(values, level)
            if name == "score":
                interval = within(interval, *((0.0, 1.0) if share else (-np.inf, np.inf)))
            elif name not in SIGNED:
                interval = within(interval, 0.0, np.inf)
            rows.append({"strategy": strategy, "quantity": name, **interval._asdict(),
                         "seeds": len(values)})  # fmt: skip
    return pd.DataFrame(rows)


def paired_difference(table: pd.DataFrame, column: str, a: str, b: str) -> Interval:
    """Mean and interval of a quantity of strategy A minus that of B, seed by seed.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per strategy and seed; seeds that only one of the two has are left out.
    """
    of: dict[str, dict[int, float]] = {a: {}, b: {}}
    columns = table["strategy"].tolist(), table["seed"].tolist(), table[column].astype(float)
    for name, seed, value in zip(*columns, strict=True):
        if name in of:
            of[name][seed] = value
    apart = np.array([of[a][seed] - of[b][seed] for seed in sorted(of[a].keys() & of[b].keys())])
    return mean_interval(apart[~np.isnan(apart)])


def of_source(setting: Setting, source: str) -> list[str]:
    """Strategies whose answers come from a ``learner``, from ``production``, or from a ``rule``."""
    return [
        name
        for name, by_seed in setting.runs.items()
        if next(iter(by_seed.values())).info.source == source
    ]


def trained(setting: Setting, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the strategies that train models; all, if none does."""
    rows = table[table["strategy"].isin(of_source(setting, "learner"))]
    return rows if len(rows) else table


def most_retrained(table: pd.DataFrame) -> str:
    """The strategy with the most retrainings; of equals, the one that trains on most rows."""
    return str(_means(table).iloc[-1]["strategy"])


def least_retrained(table: pd.DataFrame) -> str:
    """The strategy with the fewest retrainings; of equals, the one that trains on fewest rows."""
    return str(_means(table).iloc[0]["strategy"])


def _means(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["retrainings", "rows_trained"]
    mean = table.groupby("strategy")[keys].mean().reset_index()
    return mean.sort_values([*keys, "strategy"])


def mean_score(loss: Any, counted: Any, kind: str) -> Any:
    """Score of events from their summed loss: accuracy for zero-one, else minus the mean loss."""
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.asarray(loss, dtype=float) / np.asarray(counted, dtype=float)
    return 1.0 - mean if kind == "zero_one" else -mean


def score_over_time(runs: dict[int, Run], per_bin: int = 1) -> pd.DataFrame:
    """Score over bins of whole ticks, weighted by events, with an interval over seeds.

    Parameters
    ----------
    runs : dict of int to Run
        One strategy's runs by seed.
    per_bin : int, default=1
        Number of ticks in a bin; the last bin may be shorter.

    Returns
    -------
    pandas.DataFrame
        One row per bin: start, end (clock of the first seed), n (events per seed), mean, low,
        high. Bins in which no event counts have a NaN mean.

    Examples
    --------
    Two seeds of three ticks, two in a bin: of the first 20 events of seed 1, 3 were answered
    wrongly, and 5 of those of seed 2, which is a mean score of 0.8.

    >>> from clsim.runs.info import RunInfo
    >>> def run(losses):
    ...     ticks = pd.DataFrame({"tick": range(3), "start": [0, 10, 20], "end": [10, 20, 30],
    ...                           "slice": "all", "n": 10, "answered": 10, "loss": losses})
    ...     return Run({"ticks": ticks}, RunInfo())
    >>> curve = score_over_time({1: run([1.0, 2.0, 5.0]), 2: run([3.0, 2.0, 5.0])}, per_bin=2)
    >>> curve[["start", "end", "n", "mean"]].round(3).values.tolist()
    [[0.0, 20.0, 20.0, 0.8], [20.0, 30.0, 10.0, 0.5]]
    """
    scores, sizes = [], []
    first = next(iter(runs.values()))
    for run in runs.values():
        ticks = run.whole
        bins, at = np.unique(ticks["tick"].to_numpy() // per_bin, return_inverse=True)
        n, counted, loss = (
            np.bincount(at, ticks[name].to_numpy(dtype=float))
            for name in ("n", run.counted, "loss")
        )
        scores.append(pd.Series(mean_score(loss, counted, run.info.loss), bins))
        sizes.append(pd.Series(n, bins))
    ticks = first.whole
    span = ticks.groupby(ticks["tick"].to_numpy() // per_bin).agg(
        start=("start", "first"), end=("end", "last")
    )
    wide = pd.concat(scores, axis=1).reindex(span.index)
    bounds = (0.0, 1.0) if first.info.loss == "zero_one" else (-np.inf, np.inf)
    intervals = [within(mean_interval(row), *bounds) for row in wide.to_numpy()]
    span["n"] = pd.concat(sizes, axis=1).mean(axis=1)
    span[["mean", "low", "high"]] = np.array(intervals)
    return span.reset_index(drop=True)


def _totals(setting: Setting) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "strategy": label,
                "seed": seed,
                "score": np.nan if run.score is None else run.score,
                **run.totals,
            }
            for label, by_seed in setting.runs.items()
            for seed, run in by_seed.items()
        ]
    )
