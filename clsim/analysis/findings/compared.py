"""Strategies side by side over all settings of a sweep."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from contextlib import suppress

import numpy as np
import pandas as pd

from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.analysis.compare.effects import effects
from clsim.analysis.compare.factors import (
    by_level,
    crossed,
    crossed_prices,
    factors,
    winners,
)
from clsim.analysis.compare.intervals import (
    frontier_probability,
    furthest,
    stratified_bootstrap,
)
from clsim.analysis.compare.power import seeds_to_tell
from clsim.analysis.compare.scores import scores_table, stream_means
from clsim.analysis.compare.significance import (
    Nemenyi,
    bayesian_signed_rank,
    friedman,
    nemenyi,
    wilcoxon_holm,
)
from clsim.analysis.compare.worlds import worlds, worlds_table
from clsim.analysis.cost.opportunity import same_events
from clsim.analysis.findings.case import Case, once

FACTORS = ("trigger", "dataset", "training", "offline")
"""Parts of a strategy whose effects are looked for."""

WORTH = 0.01
"""Share of the chosen strategy's total cost that is worth finding, for the number of seeds."""

ROPE = 0.01
"""Differences of score up to this count as none."""

ENDS = ("low", "high", "wide_low", "wide_high")
"""Columns of bounds."""

BEST = 3
"""Largest number of strategies, besides the choice, whose loss on one stream is compared."""


def scores_of(cases: Sequence[Case]) -> pd.DataFrame:
    """Scores of all runs, as `clsim.analysis.compare.scores.scores_table` gives them."""
    return scores_table([case.setting for case in cases], cases[0].prices)


def interquartile_means(table: pd.DataFrame, loss: str = "zero_one") -> pd.DataFrame:
    """Interquartile means with their intervals, and the chance of being on the frontier.

    Parameters
    ----------
    table : pandas.DataFrame
        As `scores_of` gives it.
    loss : str, default='zero_one'
        Kind of the declared loss: intervals of an accuracy end at 0 and 1.

    Returns
    -------
    pandas.DataFrame
        As `stratified_bootstrap`, with on_frontier (probability); over, wide_low and wide_high
        where an interval speaks of other worlds or kinds of worlds.

    Raises
    ------
    ValueError
        If strategies share no run.
    """
    estimates, over = stratified_bootstrap(table), furthest(table)
    if over != "seeds":
        wide = stratified_bootstrap(table, over=over)
        estimates = estimates.assign(over=over, wide_low=wide["low"], wide_high=wide["high"])
    if loss == "zero_one":
        ends = [name for name in ENDS if name in estimates]
        estimates[ends] = estimates[ends].clip(0.0, 1.0)
    chances = frontier_probability(table).set_index("strategy")["probability"]
    return estimates.merge(chances.rename("on_frontier"), left_on="strategy", right_index=True)


def part_effects(table: pd.DataFrame) -> pd.DataFrame:
    """Main effects of the parts of the strategies, where several vary in a full sweep.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.compare.effects.effects`, of as many parts as a full sweep has; empty
        where there is none.
    """
    table = table[table["trigger"] != ""]  # what trains nothing has no such parts
    varying = [f for f in FACTORS if f in table and len(set(table[f])) > 1]
    for count in range(len(varying), 1, -1):
        for chosen in itertools.combinations(varying, count):
            try:
                return effects(table, list(chosen))
            except ValueError:  # some pair of levels has no run
                continue
    return pd.DataFrame()


@once
def blocks_of_one_stream(case: Case) -> pd.DataFrame:
    """Of one draw of a stream: loss of the best strategies minus the reference's, by blocks.

    Returns
    -------
    pandas.DataFrame
        strategy, reference, difference, low, high (units of loss per event), block (ticks),
        reason (why there is no interval). Empty where seeds draw the stream anew.
    """
    if max(map(len, case.setting.runs.values())) > 1 and not case.setting.one_draw:
        return pd.DataFrame()
    rows = []
    for name in dict.fromkeys([case.chosen, *case.order[:BEST]]):
        a, b = case.first(name), case.first(case.reference)
        if name == case.reference or not same_events(a.ticks, b.ticks):
            continue
        x, y = (run.whole for run in (a, b))
        found = moving_block_bootstrap(x["loss"], y["loss"], x["n"])
        rows.append({
            "strategy": name, "reference": case.reference, "difference": found.difference,
            "low": found.low, "high": found.high, "block": found.block, "reason": found.reason,
        })  # fmt: skip
    return pd.DataFrame(rows)


@once
def seeds_for_the_choice(case: Case) -> pd.DataFrame:
    """How many seeds would tell the choice from each other strategy, the nearest first.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.compare.power.seeds_to_tell`, with chosen, worth (money that is worth
        finding) and share (of the total, in percent). Empty where seeds draw nothing anew.
    """
    if case.advice.strategy is None or case.advice.runners_up.empty or case.setting.one_draw:
        return pd.DataFrame()
    worth = WORTH * abs(case.advice.cost.mean)
    found = seeds_to_tell(case.table, case.chosen, worth=worth or None)
    found = found[found["seeds"] > 1].sort_values("difference", kind="stable")
    return found.assign(chosen=case.chosen, worth=worth, share=WORTH)


def what_is_independent(cases: Sequence[Case]) -> pd.DataFrame:
    """Worlds that were taken for independent, as `clsim.analysis.compare.worlds` says."""
    return worlds_table(worlds([case.setting for case in cases]))


def worlds_to_tell(scores: pd.DataFrame) -> pd.DataFrame:
    """How many worlds would tell the best score from the next.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `clsim.analysis.compare.scores.stream_means` gives it.

    Returns
    -------
    pandas.DataFrame
        One row, or none for one world: best, rival, worlds (there are), mean, low, high (score by
        which the best is higher), needed (worlds), reason.
    """
    if scores.shape[1] < 2 or len(scores) < 2:
        return pd.DataFrame()
    best, rival, *_ = scores.mean(axis=1).sort_values(ascending=False, kind="stable").index
    long = scores.rename_axis("strategy").reset_index().melt("strategy", var_name="seed")
    found = seeds_to_tell(long, best, "value").set_index("strategy").loc[rival]
    return pd.DataFrame([{
        "best": best, "rival": rival, "worlds": scores.shape[1], "mean": -found["difference"],
        "low": -found["high"], "high": -found["low"], "needed": found["needed"],
        "reason": found["reason"],
    }])  # fmt: skip


def pairs(scores: pd.DataFrame, reference: str) -> pd.DataFrame:
    """Every strategy against the reference: Wilcoxon's test with Holm's correction.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `clsim.analysis.compare.scores.stream_means` gives it.
    reference : str

    Returns
    -------
    pandas.DataFrame
        As `wilcoxon_holm`; empty where one stream, or no reference, is there.
    """
    if reference not in scores.index or len(scores) < 2 or scores.shape[1] < 2:
        return pd.DataFrame()
    return wilcoxon_holm(scores, against=reference)


def ranks(scores: pd.DataFrame) -> pd.DataFrame:
    """Mean ranks over worlds, and Friedman's test of them.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `clsim.analysis.compare.scores.stream_means` gives it.

    Returns
    -------
    pandas.DataFrame
        strategy, rank (1 is best); worlds, chi2, f and p, the same in each row; reason (why there
        is no test).
    """
    test = friedman(scores)
    table = test.ranks.rename("rank").rename_axis("strategy").reset_index()
    return table.assign(worlds=test.streams, chi2=test.chi2, f=test.f, p=test.p, reason=test.reason)


def nemenyi_pairs(test: Nemenyi) -> pd.DataFrame:
    """Which strategies differ by Nemenyi's test.

    Parameters
    ----------
    test : Nemenyi
        As `clsim.analysis.compare.significance.nemenyi` gives it.

    Returns
    -------
    pandas.DataFrame
        A row per pair: a, b, difference (of their mean ranks; above 0: b is better), p,
        critical_difference and level (the same in each row), apart (whether they differ). Empty
        where there is no test.
    """
    if test.reason or test.p is None:
        return pd.DataFrame()
    rows = [
        {"a": a, "b": b, "difference": test.ranks[a] - test.ranks[b], "p": test.p.loc[a, b]}
        for a, b in itertools.combinations(test.ranks.index, 2)
    ]
    found = pd.DataFrame(rows).assign(
        critical_difference=test.critical_difference, level=test.level
    )
    return found.assign(apart=found["difference"].abs() > found["critical_difference"])


def bayesian(scores: pd.DataFrame, tests: pd.DataFrame, reference: str) -> pd.DataFrame:
    """How likely each strategy is better than the reference, by the Bayesian signed-rank test.

    Parameters
    ----------
    scores : pandas.DataFrame
        As `clsim.analysis.compare.scores.stream_means` gives it.
    tests : pandas.DataFrame
        As `pairs` gives it.
    reference : str

    Returns
    -------
    pandas.DataFrame
        strategy, reference; better, within, worse (probabilities; within: the scores differ by at
        most rope); rope, worlds, reason (why there is none). In the order of `pairs`, and empty
        where that is.

    Raises
    ------
    ImportError
        Without baycomp.
    """
    if tests.empty or tests["p"].isna().all():
        return pd.DataFrame()
    rows = []
    for name in np.where(tests["a"] == reference, tests["b"], tests["a"]):
        found = bayesian_signed_rank(scores.loc[name], scores.loc[reference], ROPE)
        rows.append({
            "strategy": name, "reference": reference, "better": found.a, "within": found.rope,
            "worse": found.b, "rope": ROPE, "worlds": found.streams, "reason": found.reason,
        })  # fmt: skip
    return pd.DataFrame(rows)


def by_factor(cases: Sequence[Case]) -> dict[str, pd.DataFrame]:
    """Total cost and score by each factor of a sweep and each price that it varies.

    Returns
    -------
    dict of str to pandas.DataFrame
        factor_levels and factor_winners, as `by_level` and `winners` of
        `clsim.analysis.compare.factors` give them; empty without factors.
    """
    settings = [case.setting for case in cases]
    found = []
    for value in ("total", "score"):
        for factor in factors(settings):
            if factor.name != "setting":
                with suppress(ValueError):  # no draw has all levels
                    found.append(crossed(settings, factor, cases[0].prices, value))
        for name, levels in cases[0].swept.items():
            with suppress(ValueError):
                found.append(crossed_prices(settings, levels, name, value))
    made = {"factor_levels": map(by_level, found), "factor_winners": map(winners, found)}
    return {
        name: pd.concat(frames, ignore_index=True) if found else pd.DataFrame()
        for name, frames in made.items()
    }


def compared(cases: Sequence[Case]) -> dict[str, pd.DataFrame]:
    """The frames of all settings together; none where nothing can be compared."""
    if max(len(case.order) for case in cases) < 2:
        return {}
    if len({case.first(case.reference).info.loss for case in cases}) > 1:
        return {}
    table = scores_of(cases)
    try:
        means = interquartile_means(table, cases[0].first(cases[0].reference).info.loss)
    except ValueError:  # strategies share no run
        return {}
    scores, reference = stream_means(table), cases[0].reference
    tests = pairs(scores, reference)
    return {
        "worlds": what_is_independent(cases),
        "interquartile_mean": means,
        "pairs": tests,
        "ranks": ranks(scores),
        **_of_extras(scores, tests, reference),
        "worlds_to_tell": worlds_to_tell(scores),
        "effects": part_effects(table),
        **by_factor(cases),
    }


def _of_extras(
    scores: pd.DataFrame, tests: pd.DataFrame, reference: str
) -> dict[str, pd.DataFrame]:
    """Frames of tests whose libraries may be missing."""
    found = {}
    with suppress(ImportError):
        found["nemenyi"] = nemenyi_pairs(nemenyi(scores))
    with suppress(ImportError):
        found["bayesian"] = bayesian(scores, tests, reference)
    return found
