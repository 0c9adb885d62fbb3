"""Strategies ranked over frozen worlds: what each earns of what there is to be earned.

A world has a scale, D, that was found on tuning draws (`clsim.analysis.compare.frozen`). On other
draws a strategy scores (cost of never - its cost) / D, as a ratio of means: 0 is never, 1 the best
fixed schedule known beforehand, and a rule that reacts may pass it. Where D is no more than noise,
nothing is to be earned, and what is lost there is counted apart.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting, costed
from clsim.analysis.compare.frozen import (
    CALENDAR,
    FROZEN,
    NEVER,
    over_budget,
    scale_of,
    world_digest,
)
from clsim.analysis.compare.intervals import stratified_bootstrap
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

SCHEDULE = "schedule"
REFERENCES = (NEVER, CALENDAR, SCHEDULE)
"""Names of the strategies that every run of the suite brings along: the score's 0, the best
calendar, and the best fixed schedule, which is the score's 1.

They are found by the name that their configuration states, whatever a style calls them.
"""

SAME_LABELS = "calendar_same_labels"
"""The reference of a strategy that buys labels: the calendar that gets as many as it does."""

LABELS = ("curation", "logging")
"""Keys of a strategy by which it gets its labels: by what rule, and how many."""

SPENT = ("retrainings", "labels", "bought", "over_budget")
"""Of what the means over draws stand beside a score."""

PER = 1_000
"""Events for which an excess on quiet worlds is stated."""

PROFILE = tuple(round(-1.5 + 0.05 * k, 2) for k in range(71))
"""Scores at which a performance profile is read off."""


def is_world(setting: Setting) -> bool:
    """Whether a setting is a world of a suite, with a scale."""
    return bool((setting.config.get("world") or {}).get("scale"))


def world_prices(setting: Setting) -> Prices:
    """The prices that a world comes with."""
    given = _first(setting).config.get("prices") or {}
    return Prices.from_dict({key: value for key, value in given.items() if key != "_target_"})


def refused(setting: Setting) -> str | None:
    """Why the runs of a world cannot be scored; None if they can."""
    world = setting.config["world"]
    own = [own_name(setting, name) for name in setting.runs]
    if NEVER not in own:
        return "no run of never, which is the 0 of its scale"
    for name in REFERENCES:
        if own.count(name) > 1:
            return f"two strategies have the name {name!r}, which is that of a reference"
    every = (run for by_seed in setting.runs.values() for run in by_seed.values())
    if any(world_digest(run.config) != world["scale"]["digest"] for run in every):
        return (
            f"its runs are not those of version {world['version']}, whose scale it states; a "
            f"world with another of {', '.join(FROZEN)} or budget needs a version and a scale of "
            "its own"
        )
    return None


def _first(setting: Setting) -> Run:
    return next(iter(next(iter(setting.runs.values())).values()))


def _strategy(setting: Setting, name: str) -> Mapping[str, Any]:
    """The configuration of a strategy; empty where its runs have none."""
    run = next(iter(setting.runs[name].values()))
    stated = run.config.get("strategy")
    return stated if isinstance(stated, Mapping) else {}


def own_name(setting: Setting, name: str) -> str:
    """The name that a strategy's configuration states, whatever it is called here."""
    return str(_strategy(setting, name).get("name") or name)


def same_labels(setting: Setting) -> dict[str, str]:
    """For each strategy, the calendar that gets its labels by the same rule and budget.

    Of strategies that take the labels that come, it is the calendar of the world. Of those that buy
    labels, or log a part of the events, it is the same calendar with their `LABELS`, where it was
    run; else they are missing here.
    """
    of = {name: _strategy(setting, name) for name in setting.runs}
    found = [name for name in of if own_name(setting, name) == CALENDAR]
    if not found:
        return {}

    def said(name: str, by: bool) -> str:
        kept = {k: v for k, v in of[name].items() if k != "name" and (k in LABELS) is by}
        return json.dumps(kept, sort_keys=True, default=str)

    timed = [name for name in of if said(name, False) == said(found[0], False) and of[name]]
    by_labels = {said(name, True): name for name in [*timed, found[0]]}
    return {name: by_labels[said(name, True)] for name in of if said(name, True) in by_labels}


def kind_of(runs: Sequence[Run]) -> str:
    """What puts a strategy outside the class that the best schedule bounds, in words.

    Empty for one that trains from scratch on rows that come by themselves, and never goes back.
    """
    said = []
    for run in runs:
        training = (run.config.get("strategy") or {}).get("training") or {}
        name = str(training.get("_target_", "")).rsplit(".", 1)[-1]
        totals = run.totals
        said += [
            word
            for word, there in (
                ("row by row", name == "RowByRow"),
                ("stateful", name not in ("", "Stateless", "RowByRow")),
                ("goes back", totals["rollbacks"] + totals["reuses"]),
                ("live trials", totals["trials"]),
                ("adapts answers", totals["adaptations"]),
                ("bought labels", totals["bought"]),
            )
            if there
        ]
    return ", ".join(dict.fromkeys(said))


def suite_draws(settings: Sequence[Setting]) -> pd.DataFrame:
    """One row per run of worlds of a suite: what it cost beside never in the same draw.

    Parameters
    ----------
    settings : sequence of Setting
        Those that are worlds, and not `refused`, count.

    Returns
    -------
    pandas.DataFrame
        world, version, earns, strategy, reference (never, calendar, schedule, calendar_same_labels,
        or empty), seed; cost, saved (never's cost less its own, in money, at the world's prices);
        value: saved / D, or on a quiet world the excess over never per 1,000 events; events,
        retrainings, labels (that came by themselves), bought; over_budget (whether it spent more of
        anything than the world's budget); against (the calendar with the same labels, as
        `same_labels` says, or empty), gain (the world's D). Empty without worlds.
    """
    frames = [
        _draws_of(setting) for setting in settings if is_world(setting) and refused(setting) is None
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _draws_of(setting: Setting) -> pd.DataFrame:
    world = setting.config["world"]
    scale = scale_of(world)
    table = costed(setting, world_prices(setting))
    own = {name: own_name(setting, name) for name in setting.runs}
    against = same_labels(setting)
    references = dict.fromkeys(against.values(), SAME_LABELS)
    references |= {k: v for k, v in own.items() if v in REFERENCES}
    table["reference"] = table["strategy"].map(references).fillna("")
    table["against"] = table["strategy"].map(against).fillna("")
    never = table[table["reference"] == NEVER].set_index("seed")["total"]
    table = table[table["seed"].isin(never.index)]
    saved = table["seed"].map(never) - table["total"]
    value = saved / scale.gain if scale.earns else PER * (0.0 - saved) / table["n"]
    return pd.DataFrame({
        "world": world["id"], "version": world["version"], "earns": scale.earns,
        "strategy": table["strategy"], "reference": table["reference"], "seed": table["seed"],
        "cost": table["total"], "saved": saved, "value": value, "events": table["n"],
        "retrainings": table["retrainings"], "labels": table["labels"], "bought": table["bought"],
        "over_budget": over_budget(world, table), "against": table["against"], "gain": scale.gain,
    })  # fmt: skip


def suite_scores(draws: pd.DataFrame, *, earns: bool = True) -> pd.DataFrame:
    """What each strategy scores on each world that earns; or what it loses on the quiet ones.

    Parameters
    ----------
    draws : pandas.DataFrame
        As `suite_draws` gives it.
    earns : bool, default=True
        Which worlds. The two are never put together.

    Returns
    -------
    pandas.DataFrame
        world, version, strategy; score (or excess: money per 1,000 events above never), low, high
        (95% interval over draws, paired with never; of the draws alone, D being a constant);
        retrainings, labels, bought (means), over_budget (share of draws), seeds. Empty where there
        is no such world.
    """
    name = "score" if earns else "excess"
    rows = []
    own = draws[draws["earns"] == earns] if len(draws) else draws
    for (world, version, strategy), group in own.groupby(["world", "version", "strategy"]):
        found = mean_interval(group["value"])
        means = {key: float(group[key].mean()) for key in SPENT}
        rows.append({
            "world": world, "version": version, "strategy": strategy, name: found.mean,
            "low": found.low, "high": found.high, **means, "seeds": len(group),
        })  # fmt: skip
    return pd.DataFrame(rows)


def complete_draws(draws: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, str]]:
    """Draws of the strategies that were run on every draw of every world that earns.

    Returns
    -------
    draws : pandas.DataFrame
    left_out : dict of str to str
        Why a strategy is in no comparison over worlds.
    """
    own = draws[draws["earns"]] if len(draws) else draws
    if own.empty:
        return own, {}
    wanted = own[["world", "seed"]].drop_duplicates()
    counts = own.groupby("strategy").size()
    left_out = {
        str(name): f"run on {count} of {len(wanted)} draws of the worlds that earn"
        for name, count in counts.items()
        if count < len(wanted)
    }
    return own[~own["strategy"].isin(list(left_out))], left_out


def over_worlds(draws: pd.DataFrame) -> pd.DataFrame:
    """Strategies over all worlds that earn, the best first.

    Parameters
    ----------
    draws : pandas.DataFrame
        As `suite_draws` gives it.

    Returns
    -------
    pandas.DataFrame
        strategy, reference; iqm (interquartile mean of the scores of all draws), iqm_low, iqm_high
        (95% interval over draws within these worlds, stratified bootstrap), iqm_wide_low,
        iqm_wide_high (over other worlds like these); mean and its bounds; better (probability that
        it costs less than the calendar in the same draw, ties by half, mean over worlds) and its
        bounds; rank (in each draw, mean; 1 is best) and its bounds; over_budget (share of draws in
        which the world's budget was overspent); worlds, draws; reason (why there are no
        intervals). Empty where no world earns.

    Notes
    -----
    Interquartile means, stratified bootstrap and the probability of improvement are those of
    Agarwal et al. (Deep reinforcement learning at the edge of the statistical precipice, NeurIPS
    2021), but for the pairing: strategies meet in the same draws.
    """
    own, _ = complete_draws(draws)
    if own.empty:
        return pd.DataFrame()
    table = own.rename(columns={"world": "stream"}).assign(kind="suite")
    keys = ["stream", "seed"]
    table["rank"] = table.groupby(keys)["cost"].rank()
    table["draw"], table["setting"] = table["seed"], table["stream"]
    base = table[table["reference"] == CALENDAR].set_index(keys)["cost"]
    found = stratified_bootstrap(table, "value")
    made = found[["strategy", "reason"]].assign(worlds=found["streams"], draws=found["runs"])
    references = own.set_index("strategy")["reference"].to_dict()
    made.insert(1, "reference", made["strategy"].map(references))
    made["over_budget"] = made["strategy"].map(own.groupby("strategy")["over_budget"].mean())
    wide = stratified_bootstrap(table, "value", over="worlds")
    made = made.assign(
        **_bounds("iqm", found), iqm_wide_low=wide["low"], iqm_wide_high=wide["high"]
    )
    made = made.assign(**_bounds("mean", stratified_bootstrap(table, "value", "mean")))
    if len(base):
        other = base.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy()
        table["better"] = (np.sign(other - table["cost"]) + 1) / 2
        better = stratified_bootstrap(table, "better", "mean")
        made = made.assign(**_bounds("better", better, 0.0, 1.0))
    ranks = stratified_bootstrap(table, "rank", "mean")
    made = made.assign(**_bounds("rank", ranks, 1.0, float(table["strategy"].nunique())))
    return made.sort_values("iqm", ascending=False, kind="stable", ignore_index=True)


def placed(over: pd.DataFrame, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Which place each strategy has among all, and among those of its kind.

    Parameters
    ----------
    over : pandas.DataFrame
        As `over_worlds` gives it.
    kinds : mapping of str to str
        What `kind_of` says of each strategy.

    Returns
    -------
    pandas.DataFrame
        The same rows, with kind, place, place_within (among its kind) and place_in_budget (among
        those that keep to the budget in every draw; missing for others) after the reference.
    """
    if over.empty:
        return over
    made = over.copy()
    made.insert(2, "kind", made["strategy"].map(dict(kinds)))
    made.insert(3, "place", range(1, len(made) + 1))
    made.insert(4, "place_within", made.groupby("kind").cumcount() + 1)
    keeps = made["over_budget"] == 0
    made.insert(5, "place_in_budget", keeps.cumsum().where(keeps).astype("Int64"))
    return made


def at_equal_labels(draws: pd.DataFrame) -> pd.DataFrame:
    """Strategies beside the calendar that has as many labels as they, on the worlds that earn.

    Parameters
    ----------
    draws : pandas.DataFrame
        As `suite_draws` gives it.

    Returns
    -------
    pandas.DataFrame
        strategy, against (the calendar that gets labels by the same rule and budget), labels,
        labels_against (means per draw, of those that came and those bought), saved (that calendar's
        cost less its own, over D; mean over worlds), saved_low, saved_high (95% interval over
        draws, stratified bootstrap), better (probability that it costs less in the same draw, ties
        by half), better_low, better_high, worlds, draws (on which both stand), place (among those
        that are against the same, most saved first), reason (why there are no intervals). Empty
        where there is none.

    Notes
    -----
    Who buys labels pays for them, and knows more than who does not. Against a calendar that buys
    as many by the same rule, what is left is what the other parts of the strategy earn.
    """
    keys = ["world", "seed"]
    every = draws[draws["earns"]] if len(draws) else draws
    if every.empty:
        return pd.DataFrame()
    every = every.assign(all_labels=every["labels"] + every["bought"])
    other = every[[*keys, "strategy", "cost", "all_labels"]]
    both = every.merge(other, left_on=[*keys, "against"], right_on=[*keys, "strategy"],
                       suffixes=("", "_against"))  # fmt: skip
    both["saved"] = (both["cost_against"] - both["cost"]) / both["gain"]
    both["better"] = (np.sign(both["cost_against"] - both["cost"]) + 1) / 2
    both = both.rename(columns={"world": "stream"}).assign(kind="suite", draw=both["seed"])
    both["setting"] = both["stream"]
    rows = []
    for (against, name), own in both.groupby(["against", "strategy"], sort=False):
        saved = stratified_bootstrap(own, "saved", "mean")
        better = stratified_bootstrap(own, "better", "mean")
        labels = own.groupby("stream")[["all_labels", "all_labels_against"]].mean().mean()
        rows.append(pd.DataFrame({
            "strategy": name, "against": against, "labels": labels["all_labels"],
            "labels_against": labels["all_labels_against"], **_bounds("saved", saved),
            **_bounds("better", better, 0.0, 1.0), "worlds": saved["streams"],
            "draws": saved["runs"], "reason": saved["reason"],
        }))  # fmt: skip
    if not rows:
        return pd.DataFrame()
    made = pd.concat(rows, ignore_index=True)
    made["first"] = made.groupby("against")["against"].transform("size")
    made = made.sort_values(["first", "against", "saved"], ascending=[False, True, False],
                            kind="stable", ignore_index=True).drop(columns="first")  # fmt: skip
    made.insert(2, "place", made.groupby("against").cumcount() + 1)
    return made


def _bounds(
    name: str, found: pd.DataFrame, least: float = -np.inf, most: float = np.inf
) -> dict[str, Any]:
    """An estimate and its interval, without what is impossible."""
    return {
        name: found["estimate"],
        f"{name}_low": found["low"].clip(least, most),
        f"{name}_high": found["high"].clip(least, most),
    }


def profiles(draws: pd.DataFrame) -> pd.DataFrame:
    """Performance profiles: in what share of draws a strategy scores more than so much.

    Worlds count the same, however many draws they have (Agarwal et al., NeurIPS 2021, section 4).

    Returns
    -------
    pandas.DataFrame
        strategy, score (at which it is read off), share. Empty where no world earns.

    Examples
    --------
    >>> draws = pd.DataFrame({"world": "w", "earns": True, "strategy": "a", "seed": [1, 2],
    ...                       "value": [0.5, 1.5]})
    >>> found = profiles(draws).set_index("score")["share"]
    >>> found[0.0].item(), found[1.0].item(), found[1.5].item()
    (1.0, 0.5, 0.0)
    """
    own, _ = complete_draws(draws)
    rows = [
        {"strategy": name, "score": score,
         "share": float((group["value"] > score).groupby(group["world"]).mean().mean())}
        for name, group in own.groupby("strategy", sort=False)
        for score in PROFILE
    ] if len(own) else []  # fmt: skip
    return pd.DataFrame(rows)
