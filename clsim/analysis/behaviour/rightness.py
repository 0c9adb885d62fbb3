"""Whether the tests of challengers were right, by what both models would have lost from then on.

Of runs with ghosts (`clsim.replay`, ``ghosts``): for a challenger i that was ready at tick v beside
champion m, the difference over a horizon H is Δ = c Σ_{v <= j < v+H} E[L[m, j] - L[i, j]], in
money, both models kept to its end, whatever was promoted. It is the expectation over the labels
that an event may have, where the stream says how likely they are; else what was realised, with its
standard error. Where |Δ| is at most an indifference, no verdict is wrong.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.behaviour.ticks import clock_units, ticks_of
from clsim.clock import UNITS, Clock, Duration
from clsim.errors import check_number
from clsim.hindsight.optimum import error_price
from clsim.runs.gathered import gathered
from clsim.runs.ledger import Prices
from clsim.runs.run import Run
from clsim.statistics.intervals import ratio_interval

TESTS = {"offline_test": "offline", "review": "review", "online_test": "online"}
"""What a challenger may have to pass, by kind of event."""

TOGETHER = "together"
"""All tests of a challenger as one: whether it was deployed in the end."""

NO_EVIDENCE = ("undecided", "no evidence", "holdout of")
"""How the reasons of verdicts without evidence begin."""

NOT_SHOWN = "champion is not beaten"
"""The reason of a trial by a rule that showed neither model to be better by its end."""

VERDICTS = [
    "model", "champion", "tick", "until", "complete", "test", "verdict", "judged", "delta",
    "matters", "error", "by", "regret", "exposure", "waited", "labels", "n", "differ", "ghost",
]  # fmt: skip

SHARES = ("wrong_promotions", "wrong_rejections", "undecided", "foretold")
"""What is a share, so that nothing above 1 is possible."""

ALPHA = 0.05
"""Level of the ghosts' own test, of two sides."""

WRONG = {"promoted": "wrong promotion", "rejected": "wrong rejection"}


def verdicts(
    runs: Any,
    prices: Prices | None = None,
    *,
    horizon: Duration = "next",
    indifference: float | None = None,
) -> pd.DataFrame:
    """Each test of each challenger: what it found, whether that was right, and what it cost.

    Parameters
    ----------
    runs : Run, Runs, mapping or sequence
        As `clsim.runs.gathered.gathered` takes them. Those without ghosts give no rows.
    prices : Prices or None, default=None
        ``error`` counts, and for the indifference ``retraining`` and ``by_hand``. None: those of
        ``Prices()``.
    horizon : int, str, default='next'
        For how long from the tick in which a challenger is ready its answers are compared with the
        champion's: rows, or a duration, at most as long as ghosts were asked. ``'next'``: until the
        next challenger is ready, and at most as long as that.
    indifference : float or None, default=None
        In money over the horizon: of a smaller difference no verdict is wrong. None: the price of
        a retraining.

    Returns
    -------
    pandas.DataFrame
        One row per challenger and test, and one for all of its tests together: setting, strategy,
        seed, model, champion (that it met), tick (in which it was ready), until (the tick after the
        horizon), complete (whether the replay lasts as long), test ('offline', 'review', 'online',
        'together'), verdict ('promoted', which is passed of one test; 'rejected', by evidence;
        'undecided', by the end or too few labels; 'left out': superseded, begun afresh against
        another champion, a deployment that failed, or still open at the end), judged ('right',
        'wrong promotion', 'wrong rejection', 'no matter' where the difference is within the
        indifference, else as the verdict), delta (money that the challenger saves over the
        horizon), matters (whether that is more than the indifference), error (its standard error; 0
        of an expectation), by ('expected' or 'realised'), regret (money: what the worse of the two
        loses over the horizon if the verdict keeps or makes it the champion, an undecided one
        keeping the old), exposure (money: what those who answered before the verdict lost beyond
        the better of the two, by their shares), waited (days, or rows, until the verdict), labels
        (that the test went by; of all together their sum), n (events compared), differ (share of
        these that they answer otherwise), ghost (what a shadow of the whole horizon would have
        shown by the labels that arrived in it: 'better', 'worse' or 'not shown', by Student's t of
        the differences at .05). Regret is that of the verdict as if it had come at once, so it
        overlaps with the exposure.

    Raises
    ------
    ValueError
        If no run has ghosts, or they were asked for less than the horizon.

    Examples
    --------
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> from clsim.strategy.triggers import Periodic
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> stream = Synthetic(Sine(0), [Sudden(Sine(1), at=1500)], n=3000)
    >>> gated = clsim.Strategy(Periodic(every=5), offline=ChampionChallenger())
    >>> runs = clsim.replay(
    ...     stream, {"gate": gated}, learner=GaussianNB(), tick=100, warmup=500, ghosts=500
    ... )
    >>> found = verdicts(runs, clsim.Prices(retraining=5))
    >>> some = found[found["matters"] & (found["test"] == "offline")]
    >>> some[["model", "verdict", "judged"]].values.tolist()
    [[3, 'promoted', 'right'], [4, 'rejected', 'right']]
    """
    prices = Prices() if prices is None else prices
    if indifference is not None:
        check_number("indifference", indifference, low=0)
    every = gathered(runs)
    names = every.called
    parts = [
        judged(run, prices, horizon, indifference).assign(
            setting=names[key].setting, strategy=names[key].strategy, seed=run.info.seed
        )
        for key, run in every.runs.items()
        if run.info.ghosts is not None and not run.config.get("counterpart")
    ]
    if not parts:
        raise ValueError("ghosts: no run has any; replay with ghosts, such as ghosts='30d'")
    frame = pd.concat(parts, ignore_index=True)
    return frame[["setting", "strategy", "seed", *VERDICTS]]


def judged(
    run: Run, prices: Prices, horizon: Duration = "next", indifference: float | None = None
) -> pd.DataFrame:
    """The tests of one run, as `verdicts` has them, without setting, strategy and seed."""
    ghosts, price = run.ghosts, error_price(prices)
    if ghosts is None or ghosts.empty:
        return pd.DataFrame(columns=VERDICTS)
    if indifference is None:
        indifference = prices.retraining + prices.by_hand
    ends = _ends(run, horizon)
    events = run.events[run.events["kind"].isin([*TESTS, "deploy", "superseded"])]
    by_model = dict(list(events.dropna(subset=["model"]).groupby("model")))
    rows: list[dict[str, Any]] = []
    for model in ghosts["model"].unique().tolist():
        asked = ghosts[ghosts["model"] == model]
        until, complete = ends[model]
        within = asked[asked["tick"] < until]
        known = _difference(within, price)
        known |= {"model": model, "champion": int(asked["champion"].iloc[0])}
        known |= {"tick": int(asked["met"].iloc[0]), "until": until, "complete": complete}
        happened = by_model.get(model, events.iloc[:0]).to_dict("records")
        for found in _found(happened, known["champion"]):
            verdict, delta = found["verdict"], known["delta"]
            kept = {"promoted": -delta, "rejected": delta, "undecided": delta}.get(verdict, 0.0)
            costs = {"regret": max(0.0, kept), **_until(run, asked, known, found, price)}
            matters = abs(delta) > indifference
            said = _judged(verdict, delta, matters)
            rows.append({**known, **found, "matters": matters, "judged": said, **costs})
    return pd.DataFrame(rows, columns=VERDICTS)


def _ends(run: Run, horizon: Duration) -> dict[int, tuple[int, bool]]:
    """For each challenger the tick after its horizon, and whether the replay lasts as long."""
    assert run.ghosts is not None
    assert run.info.ghosts is not None
    ticks = ticks_of(run)
    starts = np.append(clock_units(ticks["start"]), clock_units(ticks["end"])[-1])
    asked = _length(run, run.info.ghosts, "ghosts")
    length = asked if horizon == "next" else _length(run, horizon, "horizon")
    if length > asked:
        raise ValueError(
            f"horizon={horizon!r}: ghosts were asked for {_clock(run).said(asked)} alone; replay "
            "with longer ghosts, or shorten the horizon"
        )
    met = run.ghosts.drop_duplicates("model")[["model", "met"]].sort_values("met", kind="stable")
    ends = {}
    for model, tick in met.itertuples(index=False):
        end = int(np.searchsorted(starts[:-1], starts[tick] + length))
        complete = bool(starts[tick] + length <= starts[-1])
        later = met["met"][met["met"] > tick]
        if horizon == "next" and len(later) and later.iloc[0] <= end:
            end, complete = int(later.iloc[0]), True
        ends[int(model)] = end, complete
    return ends


def _length(run: Run, value: Duration, key: str) -> int:
    """A duration in units of the run's clock."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return _clock(run).units(value, key)


def _clock(run: Run) -> Clock:
    return Clock(run.info.timed, 1, not run.info.timed)


def _difference(within: pd.DataFrame, price: float) -> dict[str, Any]:
    """How much less the challenger loses than the champion, in money."""
    sums, n = within.sum(numeric_only=True), int(within["n"].sum())
    expected = not within[["champion_expected", "model_expected"]].isna().any(axis=None)
    saved = float(sums["champion_loss"] - sums["model_loss"])
    error = 0.0
    if expected:
        saved = float(sums["champion_expected"] - sums["model_expected"])
    elif n > 1:
        error = math.sqrt(max(0.0, float(sums["squares"]) - saved**2 / n) * n / (n - 1))
    return {
        "delta": price * saved, "error": price * error, "n": n,
        "by": "expected" if expected else "realised",
        "differ": float(sums["differ"] / n) if n else math.nan, "ghost": _ghost(sums),
    }  # fmt: skip


def _ghost(sums: pd.Series) -> str:
    """What a shadow would have shown by the labels that arrived."""
    from scipy.special import stdtr

    k, saved = float(sums["observed_n"]), float(sums["champion_observed"] - sums["model_observed"])
    if k < 2 or saved == 0:
        return "not shown"
    spread = max(0.0, float(sums["observed_squares"]) - saved**2 / k) * k / (k - 1)
    shown = spread == 0 or 2 * stdtr(k - 1, -abs(saved) / math.sqrt(spread)) <= ALPHA
    return ("better" if saved > 0 else "worse") if shown else "not shown"


def _found(happened: list[dict[Any, Any]], champion: int) -> list[dict[str, Any]]:
    """What each test of a challenger found, and what became of it."""
    last: dict[str, dict[str, Any]] = {}
    end, deployed = None, False
    for event in happened:
        kind = str(event["kind"])
        if kind in TESTS and not pd.isna(event["accepted"]):
            last[TESTS[kind]] = _verdict(event, champion)
        elif kind == "deploy" and end is None:
            end, deployed = int(event["tick"]), bool(pd.isna(event["accepted"]))
        elif kind == "superseded" and end is None:
            end = int(event["tick"])
    found = [{"test": test, **one} for test, one in last.items()]
    labels = sum(one["labels"] for one in last.values())
    final = found[-1] if found else None
    if deployed and not (final and final["verdict"] == "left out"):
        verdict = "promoted"
    elif end is None and final is not None and final["verdict"] in ("rejected", "undecided"):
        verdict, end = final["verdict"], final["ended"]
    else:
        verdict = "left out"
    return [*found, {"test": TOGETHER, "verdict": verdict, "ended": end, "labels": labels}]


def _verdict(event: dict[Any, Any], champion: int) -> dict[str, Any]:
    """What one test found, by its event."""
    reason = str(event["reason"])
    online = event["kind"] == "online_test"
    by_rule = online and '"card"' in str(event["detail"])
    if online and int(event["parent"]) != champion:
        verdict = "left out"  # begun afresh: it was held against another champion
    elif event["accepted"]:
        verdict = "promoted"
    elif reason.startswith(NO_EVIDENCE) or (by_rule and reason == NOT_SHOWN):
        verdict = "undecided"
    else:
        verdict = "rejected"
    return {"verdict": verdict, "ended": int(event["tick"]), "labels": int(event["rows"])}


def _judged(verdict: str, delta: float, matters: bool) -> str:
    """Whether a verdict was right."""
    if verdict not in WRONG:
        return verdict
    if not matters:
        return "no matter"
    wrong = (verdict == "promoted") == (delta < 0)
    return WRONG[verdict] if wrong else "right"


def _until(
    run: Run, asked: pd.DataFrame, known: dict[str, Any], found: dict[str, Any], price: float
) -> dict[str, float]:
    """What it cost until the verdict, and how long that took."""
    if found["ended"] is None:
        return {"exposure": math.nan, "waited": math.nan}
    start = clock_units(ticks_of(run)["start"])
    first, last = known["tick"], min(found["ended"], len(start) - 1)
    waited = float(start[last] - start[first]) / (UNITS["d"] if run.info.timed else 1)
    before = asked[asked["tick"] < found["ended"]]
    kind = "expected" if known["by"] == "expected" else "loss"
    old, new = (before[f"{name}_{kind}"].to_numpy() for name in ("champion", "model"))
    share = _shares(run, known["model"], before["tick"].to_numpy())
    better = new if known["delta"] > 0 else old
    lost = float((share * new + (1 - share) * old - better).sum())
    return {"exposure": price * lost, "waited": waited}


def _shares(run: Run, model: int, ticks: np.ndarray) -> np.ndarray:
    """The share of each tick's events that a challenger answered."""
    if run.served is None:
        return np.zeros(len(ticks))
    served = run.served
    its = served[(served["slice"] == "all") & (served["model"] == model)]
    answered = its[its["role"] == "challenger"].set_index("tick")["n"]
    every = ticks_of(run).set_index("tick")["n"].reindex(ticks).to_numpy(float)
    counts = answered.reindex(ticks).fillna(0).to_numpy(float)
    return np.divide(counts, every, out=np.zeros(len(ticks)), where=every > 0)


def verdict_rates(found: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How often tests erred, and what that cost, over seeds.

    Parameters
    ----------
    found : pandas.DataFrame
        As `verdicts` gives it. Rows whose horizon the replay ends, and those that are left out, do
        not count.
    level : float, default=0.95
        Of the intervals over seeds (`clsim.statistics.intervals.ratio_interval`; NaN of one seed).

    Returns
    -------
    pandas.DataFrame
        One row per setting, strategy and test. regret, with regret_low and regret_high: money per
        challenger. Then shares, each with its interval: wrong_promotions (of the challengers that
        are worse by more than the indifference, those that were promoted), wrong_rejections (of
        those that are better by more than it, those that were rejected by evidence), undecided (of
        all), foretold (of the challengers of which a ghost trial showed something, those of which
        the test said the same). Per challenger, each with its interval: exposure (money), waited
        (days or rows), labels. challengers, worse, better (counts over all seeds), seeds.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = [(1, "wrong promotion", -9.0, 9.0), (1, "right", 5.0, 0.0), (2, "right", -7.0, 0.0)]
    >>> found = pd.DataFrame(rows, columns=["seed", "judged", "delta", "regret"]).assign(
    ...     setting="", strategy="gate", test="offline", verdict="promoted", complete=True,
    ...     matters=True, ghost="not shown", exposure=0.0, waited=0.0, labels=30)
    >>> verdict_rates(found)[["regret", "wrong_promotions", "worse"]].values.tolist()
    [[3.0, 0.5, 2.0]]
    """
    some = found[found["complete"].astype(bool) & (found["verdict"] != "left out")]
    matters = some["matters"].astype(bool)
    some = some.assign(
        worse=matters & (some["delta"] < 0), better=matters & (some["delta"] > 0),
        bad=some["judged"] == WRONG["promoted"], lost=some["judged"] == WRONG["rejected"],
        open=some["verdict"] == "undecided", one=1, shown=some["ghost"] != "not shown",
        same=(some["ghost"] == "better") & (some["verdict"] == "promoted")
        | (some["ghost"] == "worse") & (some["verdict"] != "promoted"),
    )  # fmt: skip
    ratios = {
        "regret": ("regret", "one"), "wrong_promotions": ("bad", "worse"),
        "wrong_rejections": ("lost", "better"), "undecided": ("open", "one"),
        "foretold": ("same", "shown"),
        **{name: (name, "one") for name in ("exposure", "waited", "labels")},
    }  # fmt: skip
    rows = []
    for names, each in some.groupby(["setting", "strategy", "test"], sort=False):
        seeds = found.loc[found["setting"] == names[0], "seed"].unique()
        summed = [*{name: 0 for pair in ratios.values() for name in pair}]
        sums = each.groupby("seed")[summed].sum().reindex(seeds, fill_value=0).astype(float)
        row = dict(zip(("setting", "strategy", "test"), names, strict=True))
        for name, (top, bottom) in ratios.items():
            at = ratio_interval(sums[top], sums[bottom], level)
            low = at.low if name == "exposure" else float(np.maximum(0, at.low))
            high = float(np.minimum(1, at.high)) if name in SHARES else at.high
            row |= {name: at.mean, f"{name}_low": low, f"{name}_high": high}
        counts = {"challengers": "one", "worse": "worse", "better": "better"}
        row |= {name: int(sums[of].sum()) for name, of in counts.items()}
        rows.append({**row, "seeds": len(seeds)})
    return pd.DataFrame(rows)
