"""How far a choice of strategy can be trusted: chosen on one part, judged on another.

`clsim.analysis.choice.choose.recommend` chooses on all that was replayed. `walk_forward` chooses
on the past of a stream and judges on its future, `across` on some worlds and on others; both show
the gap between what was promised and what was paid.

Examples
--------
>>> import clsim
>>> from sklearn.naive_bayes import GaussianNB
>>> from clsim.analysis.compare.comparison import settings
>>> from clsim.runs.run import Runs
>>> from clsim.strategy import Strategy
>>> from clsim.strategy.triggers import Never, Periodic
>>> from clsim.streams import Synthetic
>>> from clsim.streams.concepts import Sine
>>> from clsim.streams.drift import Sudden
>>> stream = Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=4000)
>>> ways = {"never": Strategy(Never()), "often": Strategy(Periodic(every=5))}
>>> runs = {}
>>> for seed in (1, 2):
...     by_name = clsim.replay(stream, ways, learner=GaussianNB(), tick=100, warmup=500, seed=seed)
...     runs |= {f"{name} {seed}": run for name, run in by_name.items()}
>>> [setting] = settings(Runs(runs, []))
>>> walk_forward(setting, Prices(retraining=20), folds=2).folds["strategy"].tolist()
['never', 'never', 'never', 'never']
>>> across([setting], Prices(retraining=20)).seeds["strategy"].tolist()
['never', 'never']
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.choice.choose import (
    NONE,
    cheapest_meeting,
    common_seeds,
    comparable,
    least_score,
    minus,
    reference_of,
    signed,
)
from clsim.analysis.compare.comparison import Setting, costed, mean_score
from clsim.errors import check_number
from clsim.rounding import amount, with_interval
from clsim.runs.ledger import Prices, error_cost, quantities, upkeep
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval, mean_interval

# chosen on the past, judged on the future ------------------------------------------------------


@dataclass(frozen=True)
class WalkForward:
    """What choosing on the past and paying in the future comes to; costs are money per event.

    Attributes
    ----------
    folds : pandas.DataFrame
        One row per seed and cut: seed, fold, tick (the cut), until, strategy (the choice), labels
        (known at the cut), promised (cost on the past), judged (cost until the next cut), gap
        (judged - promised), gap_all (mean gap of all strategies: the world's part, where ``gap -
        gap_all`` is the part of choosing), n (events judged), score (of the events judged),
        reference_cost (of the reference), floor_met (whether the choice met the floor by then).
        Without any label at a cut the choice is the reference, and nothing is promised.
    seeds : pandas.DataFrame
        One row per seed, all folds together: seed, promised, judged, gap, gap_all, best (the
        cheapest fixed strategy in hindsight), best_cost, reference_cost, regret (judged -
        best_cost), saving (reference_cost - judged).
    fixed : pandas.DataFrame
        Each strategy held through the judged ticks, cheapest first: strategy, mean, low, high,
        and extra_mean, extra_low, extra_high: what walking forward cost more, seed by seed.
    judged, gap, gap_all, regret, saving : Interval
        Over seeds. A negative regret: changing strategies paid.
    reference : str
    currency : str
    refused : str
        Why nothing was chosen; empty if it was.
    """

    folds: pd.DataFrame
    seeds: pd.DataFrame
    fixed: pd.DataFrame
    judged: Interval
    gap: Interval
    gap_all: Interval
    regret: Interval
    saving: Interval
    reference: str
    currency: str
    refused: str

    def text(self) -> str:
        """Two sentences: promised against judged, and against fixed strategies."""
        if self.refused:
            return f"No choice is tested on the future: {self.refused}."
        unit = f"{self.currency} per event"
        best = self.fixed.iloc[0]
        count = self.folds["fold"].max()
        cuts = (
            "1 cut and judged after it" if count == 1 else f"{count} cuts and judged until the next"
        )
        lead = (
            f"Chosen on the labels known at {cuts}, the choices cost {amount(self.judged.mean)} "
            f"{unit}"
        )
        gap = ", and nothing could be promised, since no label had arrived"
        if not math.isnan(self.gap.mean):
            others, of_all = signed(Interval(self.gap_all.mean, np.nan, np.nan), "more", "less")
            gap = (
                f": {_beside(self.gap, 'than', 'as')} the past promised, where an average strategy "
                f"cost {of_all} {others} than its own past"
            )
        saved = "saved" if self.saving.mean >= 0 else "lost"
        size = self.saving if self.saving.mean >= 0 else minus(self.saving)
        return (
            f"{lead}{gap}. Held throughout, '{best['strategy']}' would have been the cheapest with "
            f"{amount(best['mean'])} {unit}; against '{self.reference}', choosing {saved} "
            f"{with_interval(size, f' {unit}')}."
        )


def walk_forward(
    setting: Setting,
    prices: Prices,
    *,
    folds: int = 5,
    burn_in: float | None = None,
    reference: str | None = None,
    floor: float | None = None,
) -> WalkForward:
    """Choose at each cut the strategy that was cheapest so far; judge it until the next cut.

    Each seed is a world of its own, as a team sees one. At a cut, a strategy's cost so far is the
    mean cost of errors over the events whose labels have arrived by then, and its upkeep per event
    served; what is judged counts all labels. The rule is prequential: first choose, then judge.

    Parameters
    ----------
    setting : Setting
    prices : Prices
    folds : int, default=5
        Number of cuts.
    burn_in : float or None, default=None
        Share of the ticks before the first cut, above 0 and below 1. None: 1 / (folds + 1), so
        that all parts are equally long.
    reference : str or None, default=None
        None: what runs today, if it is there; else the strategy with the most retrainings.
    floor : float or None, default=None
        Least mean score, of the labels known at the cut; where no strategy meets it, the one of
        best score is chosen. None: that of the prices.

    Returns
    -------
    WalkForward

    Raises
    ------
    TypeError, ValueError
        If the reference is no strategy of the setting, an argument is out of bounds, or there are
        too few ticks for the cuts.

    Notes
    -----
    Every strategy is taken to run in the shadow, so changing to it costs nothing more. Where
    errors are priced by class, what is known at a cut is taken to be the first ticks that hold as
    many events as labels have arrived, which is exact where labels come in order.

    References
    ----------
    A. P. Dawid: Statistical theory: the prequential approach. J. R. Stat. Soc. A 147 (1984).

    Examples
    --------
    At ticks 3 and 5 the one that trains was cheaper so far: at tick 5, of 50 labels known, 20 were
    answered wrongly, and 2 trainings cost 10, so it promises (20 + 10) / 50 = 0.6 an event. From
    then on it errs no more and trains once for 30 events: 5 / 30 an event.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> found = walk_forward(setting, Prices(retraining=5), folds=2)
    >>> found.folds[["tick", "until", "strategy", "promised", "judged"]].round(3).values.tolist()
    [[3, 5, 'often', 0.833, 0.25], [5, 8, 'often', 0.6, 0.167]]
    """
    check_number("folds", folds, whole=True, low=1)
    if burn_in is not None:
        check_number("burn_in", burn_in, above=0, high=1)
    floor = least_score(floor, prices)
    setting, refused = comparable(setting, prices)
    name = reference_of([setting], prices, reference)
    if refused:
        blank = pd.DataFrame()
        return WalkForward(
            blank, blank, blank, NONE, NONE, NONE, NONE, NONE, name, prices.currency, refused
        )
    by_seed = []
    for seed in common_seeds(setting):
        ticks = len(_every(setting.runs[name][seed]))
        by_seed.append(_of_folds(setting, prices, seed, _cuts(ticks, folds, burn_in)))
    table = pd.concat(by_seed, ignore_index=True)
    rows = [_fold(group, name, floor) for _, group in table.groupby(["seed", "fold"])]
    chosen = pd.DataFrame(rows)
    held = _held(table)
    seeds = _by_seed(chosen, held, name)
    judged, gap, gap_all, regret, saving = (
        mean_interval(seeds[key].dropna())
        for key in ("judged", "gap", "gap_all", "regret", "saving")
    )
    return WalkForward(
        chosen, seeds, _fixed(held, seeds), judged, gap, gap_all, regret, saving, name,
        prices.currency, "",
    )  # fmt: skip


def _cuts(ticks: int, folds: int, burn_in: float | None) -> list[int]:
    """Ticks at which is chosen, and the end of the stream."""
    share = 1 / (folds + 1) if burn_in is None else burn_in
    cuts = np.round(np.linspace(share * ticks, ticks, folds + 1)).astype(int)
    if cuts[0] < 1 or (np.diff(cuts) < 1).any():
        raise ValueError(
            f"folds={folds}, burn_in={burn_in}: too many cuts for {ticks} ticks; every part needs "
            "at least one tick"
        )
    return cuts.tolist()


def _of_folds(setting: Setting, prices: Prices, seed: int, cuts: list[int]) -> pd.DataFrame:
    """One row per fold and strategy of a seed: what was known at the cut, and paid after it."""
    runs = {name: _Columns.of(by_seed[seed]) for name, by_seed in setting.runs.items()}

    rows = []
    for name, run in runs.items():
        paid = [run.paid(prices, a, b) for a, b in itertools.pairwise([0, *cuts])]
        for fold, (cut, until) in enumerate(itertools.pairwise(cuts), start=1):
            future, known = paid[fold], run.known(cut)
            spent, n, retrainings = (
                math.fsum(part[key] for part in paid[:fold])
                for key in ("upkeep", "n", "retrainings")
            )
            error = prices.error * known["loss"] if not prices.by_class else math.nan
            if prices.by_class and known["filled"] > 0:
                some = run.paid(prices, 0, int(known["filled"]))
                error = some["error_cost"] / some["n"] if some["n"] else math.nan
            promised = error + spent / n if n else math.nan
            judged = future["total"] / future["n"] if future["n"] else math.nan
            rows.append({
                "strategy": name, "seed": seed, "fold": fold, "tick": cut, "until": until,
                "labels": int(known["labels"]), "promised": promised, "judged": judged,
                "gap": judged - promised, "known_score": known["score"],
                "retrainings": retrainings, "n": future["n"], "total": future["total"],
                "score": future["score"],
            })  # fmt: skip
    table = pd.DataFrame(rows)
    return table.sort_values("fold", kind="stable", ignore_index=True)


@dataclass(frozen=True)
class _Columns:
    """A run's ticks of all events, and its events, as arrays: stretches of them are added up."""

    run: Run
    ticks: dict[str, np.ndarray]
    events: dict[str, np.ndarray]
    confusion: pd.DataFrame | None

    @classmethod
    def of(cls, run: Run) -> _Columns:
        """The columns of a run, each table looked at once."""
        ticks = run.whole
        if ticks["errors"].isna().all():
            ticks = ticks.drop(columns="errors")
        verdict = run.events["accepted"].astype("Int8").fillna(-1).astype("int8")
        events = run.events.assign(accepted=verdict)
        confusion = run.confusion
        if confusion is not None:
            confusion = confusion[confusion["slice"] == "all"]
        return cls(run, _plain(ticks), _plain(events), confusion)

    def paid(self, prices: Prices, start: int, stop: int) -> dict[str, Any]:
        """Score, quantities and the cost of errors of the ticks from ``start`` to before ``stop``.

        They are those that a replay of these ticks alone would have recorded.
        """
        info = self.run.info
        ticks, events = (_within(of, start, stop) for of in (self.ticks, self.events))
        totals = dict.fromkeys(info.totals, 0.0)
        if len(ticks["tick"]):
            totals = quantities(ticks, events, info.timed, info.row_bytes)
        counted, confusion = totals[self.run.counted], self.confusion
        if prices.by_class and confusion is not None:
            tick = confusion["tick"]
            confusion = confusion[(tick >= start) & (tick < stop)]
        kept, lost = upkeep(totals, prices), error_cost(totals, prices, confusion, info.classes)
        return {
            "score": float(mean_score(totals["loss"], counted, info.loss)) if counted else np.nan,
            **totals, "upkeep": kept, "error_cost": lost, "total": lost + kept,
        }  # fmt: skip

    def known(self, cut: int) -> dict[str, float]:
        """At the start of a tick: labels, mean loss and score, and how many ticks they fill."""
        ticks, kind = self.ticks, self.run.info.loss
        seen = (ticks["tick"] <= cut) & (ticks["observed_n"] > 0)
        count, score = (ticks[name][seen] for name in ("observed_n", "observed_score"))
        labels = int(count.sum())
        mean = 1 - score if kind == "zero_one" else -score
        total = float((mean * count).sum())
        if kind == "zero_one":
            total = round(total)  # errors are whole; their share is not
        loss = total / labels if labels else np.nan
        counted = ticks[self.run.counted].cumsum()
        filled = int(np.searchsorted(counted, labels, "right")) if labels else 0
        return {
            "labels": labels, "loss": loss, "score": float(mean_score(loss, 1, kind)),
            "filled": min(filled, cut),
        }  # fmt: skip


def _plain(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    return {str(name): np.asarray(of) for name, of in frame.items()}


def _within(columns: dict[str, np.ndarray], start: int, stop: int) -> dict[str, np.ndarray]:
    inside = (columns["tick"] >= start) & (columns["tick"] < stop)
    return {name: of[inside] for name, of in columns.items()}


def _every(run: Run) -> pd.DataFrame:
    return run.whole


def _fold(group: pd.DataFrame, reference: str, floor: float | None) -> dict[str, Any]:
    """The choice at one cut, and what came of it."""
    by = group.set_index("strategy")
    choice = cheapest_meeting(by["promised"], by["known_score"], by["retrainings"], floor)
    strategy = reference if choice.strategy is None else choice.strategy
    keep = ("seed", "fold", "tick", "until", "labels", "promised", "judged", "gap", "n", "score")
    return {
        **{key: by[key].loc[strategy] for key in keep},
        "strategy": strategy,
        "gap_all": by["gap"].mean(),
        "reference_cost": by["judged"].loc[reference],
        "floor_met": choice.met,
    }


def _held(table: pd.DataFrame) -> pd.DataFrame:
    """Cost per event over all judged ticks of each strategy (columns) in each seed (index)."""
    total, n = (
        table.pivot_table(index="seed", columns="strategy", values=key, aggfunc="sum")
        for key in ("total", "n")
    )
    return total / n


def _by_seed(folds: pd.DataFrame, held: pd.DataFrame, reference: str) -> pd.DataFrame:
    rows = []
    for seed, group in folds.groupby("seed"):
        costs = held.loc[seed]
        mean = {k: _weighted(group[k], group["n"]) for k in ("promised", "judged", "gap")}
        rows.append(
            {
                "seed": seed, **mean, "gap_all": _weighted(group["gap_all"], group["n"]),
                "best": str(costs.idxmin()), "best_cost": costs.min(),
                "reference_cost": costs[reference], "regret": mean["judged"] - costs.min(),
                "saving": costs[reference] - mean["judged"],
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _fixed(held: pd.DataFrame, seeds: pd.DataFrame) -> pd.DataFrame:
    walked = seeds["judged"].to_numpy()
    rows = []
    for strategy in held.columns:
        cost = held[strategy].to_numpy()
        extra = mean_interval(walked - cost)
        rows.append(
            {"strategy": strategy, **mean_interval(cost)._asdict(),
             **{f"extra_{key}": value for key, value in extra._asdict().items()}}
        )  # fmt: skip
    return pd.DataFrame(rows).sort_values("mean", kind="stable", ignore_index=True)


def _weighted(values: pd.Series, weights: pd.Series) -> float:
    there = values.notna() & (weights > 0)
    if not there.any():
        return math.nan
    return float(np.average(values[there], weights=weights[there]))


# tuned on some worlds, tested on others --------------------------------------------------------

QUANTITIES = ("promised", "judged", "gap", "regret", "saving_promised", "saving")
"""Columns of `Across` that are costs per event."""

LEFT_OUT = (
    "setting", "left_out", "strategy", "promised", "judged", "gap", "best", "regret",
    "saving_promised", "saving", "score", "floor_met",
)  # fmt: skip
"""Columns of what was left out."""


@dataclass(frozen=True)
class Across:
    """What a choice tuned on some worlds comes to in others; costs are money per event.

    Attributes
    ----------
    seeds, settings : pandas.DataFrame
        One row per seed of a setting, or per setting, that was left out: setting, left_out,
        strategy (the choice on the rest), promised (its mean cost on the rest), judged (its cost
        on what was left out), gap (judged - promised), best (the cheapest there), regret (judged -
        cost of the best), saving_promised and saving (against the reference, on the rest and on
        what was left out), score, floor_met (on the rest). Empty where there is nothing to leave
        out.
    summary : pandas.DataFrame
        Tidy: split ('seeds' or 'settings'), setting, quantity, mean, low, high, count.
    reference : str or None
        None: no strategy is in every setting, so each has the reference of its own.
    currency : str
    left_out : dict of str to str
        Settings that could not be used, and why.
    """

    seeds: pd.DataFrame
    settings: pd.DataFrame
    summary: pd.DataFrame
    reference: str | None
    currency: str
    left_out: dict[str, str]

    def text(self) -> str:
        """A sentence on seeds for each setting, and one on settings."""
        sentences = []
        for (split, name), group in self.summary.groupby(["split", "setting"], sort=False):
            means = {r["quantity"]: Interval(r["mean"], r["low"], r["high"])
                     for r in group.to_dict("records")}  # fmt: skip
            what = "seeds" if split == "seeds" else "settings"
            inside = f" of {name}" if name else ""
            sentences.append(
                f"Tuned on all {what}{inside} but one and tested on that one, the choice "
                f"{self._saving(means)}; it cost {amount(means['promised'].mean)} {self.currency} "
                f"per event where it was tuned, and {_beside(means['gap'])} where it was tested."
            )
        if not sentences:
            sentences.append("No choice can be tested on other seeds or settings: there are none.")
        sentences += [f"'{name}' is left out: {why}." for name, why in self.left_out.items()]
        return " ".join(sentences)

    def _saving(self, means: Mapping[str, Interval]) -> str:
        """What the choice promised to save against the reference, and what it saved."""
        promised, saving = means["saving_promised"], means["saving"]
        if not any(np.nan_to_num([*promised, *saving])):
            return "was the reference, or cost the same"
        saved, said = signed(saving, "saved", "lost")
        unit = f"{self.currency} per event"
        return (
            f"promised to save {amount(promised.mean)} {unit} against the reference, and {saved} "
            f"{said}"
        )


def across(
    settings: Sequence[Setting],
    prices: Prices,
    *,
    reference: str | None = None,
    floor: float | None = None,
) -> Across:
    """Tune on all seeds but one, and on all settings but one; test on the one left out.

    Settings count alike, whatever their number of seeds, and only strategies that are in every
    setting can be chosen across settings.

    Parameters
    ----------
    settings : sequence of Setting
        Such as the kinds of drift of one sweep.
    prices : Prices
    reference : str or None, default=None
        None: what runs today, if it is there; else the strategy with the most retrainings.
    floor : float or None, default=None
        Least mean score on the rest; where no strategy meets it, the one of best score is chosen.
        None: that of the prices.

    Returns
    -------
    Across

    Raises
    ------
    TypeError, ValueError
        If the reference is no strategy of a setting, or the floor no number.

    Notes
    -----
    Were the choice always the same, the mean gap over left-out seeds would be exactly 0; so what
    it shows is what choosing on few seeds adds. Tuning sets overlap, so the intervals (Student's
    t over what was left out) are approximate. Across settings the gap also holds how much dearer
    a setting is than the others; savings and regrets do not.

    References
    ----------
    Y. Bengio, Y. Grandvalet: No unbiased estimator of the variance of K-fold cross-validation.
    JMLR 5 (2004).

    Examples
    --------
    Two worlds of 80 events: in one the labels change, and who trains costs 20 errors and 3 times 5
    instead of 80 errors; in the other nothing changes, and training costs 15 for nothing. Tuned on
    either, the choice is wrong for the other.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> worlds = []
    >>> for name, y in {"drift": 1, "still": 0}.items():
    ...     log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [y] * 80}), "y",
    ...                                  classes=[0, 1])
    ...     runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    ...     worlds.append(Setting(name, {}, {way: {0: run} for way, run in runs.items()}))
    >>> found = across(worlds, Prices(retraining=5)).settings
    >>> found[["left_out", "strategy", "promised", "judged", "regret"]].values.tolist()
    [['drift', 'never', 0.0, 1.0, 0.5625], ['still', 'often', 0.4375, 0.1875, 0.1875]]
    """
    floor = least_score(floor, prices)
    usable, left_out = [], {}
    for setting in settings:
        compared, refused = comparable(setting, prices)
        if refused:
            left_out[setting.name] = refused
        else:
            usable.append(compared)
    common = [n for n in usable[0].runs if all(n in s.runs for s in usable)] if usable else []
    name = reference_of(usable, prices, reference, common) if common else None
    within, means = [], {}
    for setting in usable:
        own = name or reference_of([setting], prices, reference)
        wide = _wide(costed(setting, prices))
        within += _leave_one_out(wide, own, floor, setting.name)
        means[setting.name] = {key: frame.mean() for key, frame in wide.items()}
    between: list[dict[str, Any]] = []
    if name is not None:
        wide = {
            key: pd.DataFrame({k: mean[key] for k, mean in means.items()}).T[common]
            for key in ("cost", "score", "retrainings")
        }
        between = _leave_one_out(wide, name, floor, "")
    seeds, others = (pd.DataFrame(rows, columns=list(LEFT_OUT)) for rows in (within, between))
    return Across(seeds, others, _summary(seeds, others), name, prices.currency, left_out)


def _beside(gap: Interval, than: str = "", alike: str = "") -> str:
    """How much more, or less, or whether it was as much, with the interval."""
    if amount(gap.mean) == "0":
        over = "" if math.isnan(gap.low) else (
            f" (95% interval of the difference {amount(gap.low)} to {amount(gap.high)})"
        )  # fmt: skip
        return f"as much{over} {alike}".rstrip()
    more, value = signed(gap, "more", "less")
    return f"{value} {more} {than}".rstrip()


def _wide(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Cost per event, score and retrainings: seed by strategy."""
    table = table.assign(cost=table["total"] / table["n"])
    return {
        key: table.pivot_table(index="seed", columns="strategy", values=key, dropna=False)
        for key in ("cost", "score", "retrainings")
    }


def _leave_one_out(
    wide: dict[str, pd.DataFrame], reference: str, floor: float | None, setting: str
) -> list[dict[str, Any]]:
    """Choose on all rows but one, judge on that one; for each row in turn."""
    cost, score = wide["cost"], wide["score"]
    rows = []
    for one in cost.index if len(cost) > 1 else []:
        rest = {key: frame.drop(index=one).mean() for key, frame in wide.items()}
        choice = cheapest_meeting(rest["cost"], rest["score"], rest["retrainings"], floor)
        strategy = choice.strategy or reference
        promised, judged = rest["cost"][strategy], cost.loc[one, strategy]
        best = str(cost.loc[one].idxmin())
        rows.append(
            {
                "setting": setting, "left_out": one, "strategy": strategy, "promised": promised,
                "judged": judged, "gap": judged - promised, "best": best,
                "regret": judged - cost.loc[one, best],
                "saving_promised": rest["cost"][reference] - promised,
                "saving": cost.loc[one, reference] - judged,
                "score": score.loc[one, strategy], "floor_met": choice.met,
            }
        )  # fmt: skip
    return rows


def _summary(seeds: pd.DataFrame, settings: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {"split": split, "setting": setting, "quantity": quantity,
         **mean_interval(group[quantity])._asdict(), "count": len(group)}
        for split, frame in (("seeds", seeds), ("settings", settings))
        for setting, group in frame.groupby("setting", sort=False)
        for quantity in QUANTITIES
    ]  # fmt: skip
    columns = ["split", "setting", "quantity", "mean", "low", "high", "count"]
    return pd.DataFrame(rows, columns=columns)
