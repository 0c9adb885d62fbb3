"""Strategies ranked over frozen worlds: what each earns of what there is to be earned.

A world of the suite (``conf/world``) is a setting with prices of its own and a scale that was found
once, on tuning draws: D, what the best calendar known beforehand saves against never retraining.
On other draws a strategy scores (cost of never - its cost) / D, as a ratio of means: 0 is never, 1
that calendar, and a rule that reacts may pass it. Where D is no more than noise, nothing is to be
earned, and what is lost there is counted apart. The worlds are frozen, as a suite for reinforcement
learning is (Osband et al., Behaviour suite for reinforcement learning, ICLR 2020): one that changes
is another version, and a run says which it was made on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import Setting, costed
from clsim.analysis.compare.intervals import stratified_bootstrap
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

FROZEN = (
    "stream", "delay", "learner", "prices", "tick", "warmup", "warmup_labels", "window", "loss",
    "unanswered", "threshold",
)  # fmt: skip
"""Keys of a configuration that make a world; a change of one makes another."""

NEVER, CALENDAR = "never", "calendar"
"""Strategies that every run of the suite brings along: the score's 0, and its 1."""

SURE, WORTH = 3.0, 0.01
"""What D exceeds where a world earns: so many standard errors, this share of never's cost."""

PER = 1_000
"""Events for which an excess on quiet worlds is stated."""

PROFILE = tuple(round(-1.5 + 0.05 * k, 2) for k in range(71))
"""Scores at which a performance profile is read off."""


@dataclass(frozen=True)
class Scale:
    """What there is to be earned on a world, as it was found on its tuning draws.

    Attributes
    ----------
    never : float
        Mean cost of never retraining, in money.
    gain : float
        D: what the best calendar of a grid costs less, in the mean over the same draws.
    error : float
        Standard error of ``gain`` over the draws.
    draws : int
    calendar : int
        That calendar: ticks between two trainings.
    """

    never: float
    gain: float
    error: float
    draws: int
    calendar: int

    @property
    def earns(self) -> bool:
        """Whether there is anything to be earned; else the world is quiet."""
        return self.gain > max(SURE * self.error, WORTH * self.never)


def found_scale(never: Sequence[float], calendars: Mapping[int, Sequence[float]]) -> Scale:
    """The scale of a world, of the costs of its tuning draws.

    Parameters
    ----------
    never : sequence of float, length n >= 2
        Cost of never retraining in each draw.
    calendars : mapping of int to sequence of float, each of length n
        For each number of ticks between trainings, the costs in the same draws.

    Returns
    -------
    Scale
        Of the calendar with the least mean cost; of equals, that which trains least.

    Examples
    --------
    >>> found_scale([10.0, 14.0], {2: [9.0, 11.0], 5: [7.0, 9.0]})
    Scale(never=12.0, gain=4.0, error=1.0, draws=2, calendar=5)
    """
    best = min(calendars, key=lambda every: (float(np.mean(calendars[every])), -every))
    saved = np.subtract(never, calendars[best])
    return Scale(
        never=float(np.mean(never)), gain=float(saved.mean()),
        error=float(saved.std(ddof=1) / np.sqrt(len(saved))), draws=len(saved), calendar=best,
    )  # fmt: skip


def world_digest(config: Mapping[str, Any]) -> str:
    """Twelve characters that stand for all that makes a world: what is frozen of a version."""
    frozen = json.dumps({key: config.get(key) for key in FROZEN}, sort_keys=True, default=str)
    return hashlib.blake2b(frozen.encode(), digest_size=6).hexdigest()


def scale_of(world: Mapping[str, Any]) -> Scale:
    """The scale that a world's file states."""
    stated = {key: value for key, value in world["scale"].items() if key != "digest"}
    return Scale(**stated, calendar=world["calendar"])


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
    if NEVER not in setting.runs:
        return "no run of never, which is the 0 of its scale"
    every = (run for by_seed in setting.runs.values() for run in by_seed.values())
    if any(world_digest(run.config) != world["scale"]["digest"] for run in every):
        return (
            f"its runs are not those of version {world['version']}, whose scale it states; a "
            f"world with another of {', '.join(FROZEN)} needs a version and a scale of its own"
        )
    return None


def _first(setting: Setting) -> Run:
    return next(iter(next(iter(setting.runs.values())).values()))


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
        world, version, earns, strategy, seed; cost, saved (never's cost less its own, in money, at
        the world's prices); value: saved / D, or on a quiet world the excess over never per 1,000
        events; events, retrainings, labels (that came and were bought), bought. Empty without
        worlds.
    """
    frames = [
        _draws_of(setting) for setting in settings if is_world(setting) and refused(setting) is None
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def _draws_of(setting: Setting) -> pd.DataFrame:
    world = setting.config["world"]
    scale = scale_of(world)
    table = costed(setting, world_prices(setting))
    never = table[table["strategy"] == NEVER].set_index("seed")["total"]
    table = table[table["seed"].isin(never.index)]
    saved = table["seed"].map(never) - table["total"]
    value = saved / scale.gain if scale.earns else PER * (0.0 - saved) / table["n"]
    return pd.DataFrame({
        "world": world["id"], "version": world["version"], "earns": scale.earns,
        "strategy": table["strategy"], "seed": table["seed"], "cost": table["total"],
        "saved": saved, "value": value, "events": table["n"],
        "retrainings": table["retrainings"], "labels": table["labels"], "bought": table["bought"],
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
        retrainings, labels, bought (means), seeds. Empty where there is no such world.
    """
    name = "score" if earns else "excess"
    rows = []
    own = draws[draws["earns"] == earns] if len(draws) else draws
    for (world, version, strategy), group in own.groupby(["world", "version", "strategy"]):
        found = mean_interval(group["value"])
        means = {key: float(group[key].mean()) for key in ("retrainings", "labels", "bought")}
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
        strategy; iqm (interquartile mean of the scores of all draws), iqm_low, iqm_high (95%
        interval over draws within these worlds, stratified bootstrap), iqm_wide_low, iqm_wide_high
        (over other worlds like these); mean and its bounds; better (probability that it costs less
        than the calendar in the same draw, ties by half, mean over worlds) and its bounds; rank (in
        each draw, mean; 1 is best) and its bounds; worlds, draws; reason (why there are no
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
    base = table[table["strategy"] == CALENDAR].set_index(keys)["cost"]
    found = stratified_bootstrap(table, "value")
    made = found[["strategy", "reason"]].assign(worlds=found["streams"], draws=found["runs"])
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
