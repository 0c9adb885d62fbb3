"""Slice by slice: what each strategy costs, which one to take, and who loses by the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized

import pandas as pd

from clsim.analysis.choice.choose import cheapest_meeting, common_seeds
from clsim.analysis.choice.difference import Costs, all_costs, difference
from clsim.analysis.compare.comparison import Setting, mean_score
from clsim.runs.ledger import Prices

COLUMNS = (
    "slice", "strategy", "n", "share", "score", "errors", "upkeep", "cost", "choice", "mean",
    "low", "high", "over", "loses", "jointly_low", "jointly_high",
)  # fmt: skip
"""Columns of the frame of slices."""


def by_slice(
    setting: Setting,
    prices: Prices,
    chosen: str,
    *,
    among: list[str] | None = None,
    per: Mapping[str, Mapping[str, Costs]] | None = None,
) -> pd.DataFrame:
    """What every strategy costs on each slice, against the one that was chosen for the whole.

    Every event bears the same share of a strategy's upkeep, so a slice is no loser only because
    the choice saves trainings at the price of errors everywhere.

    Parameters
    ----------
    setting : Setting
        Whose strategies served the same events.
    prices : Prices
    chosen : str
        The strategy that was chosen for the whole.
    among : list of str or None, default=None
        Strategies that may be chosen for a slice, such as those that meet the floor. None: all.
    per : dict of str to dict of str to Costs, or None, default=None
        What `clsim.analysis.choice.difference.all_costs` gives at these prices, where it is at
        hand.

    Returns
    -------
    pandas.DataFrame
        One row per slice and strategy, the largest slice first, cheapest strategy first: slice,
        strategy, n (events, mean over seeds), share (of all events), score, and in money over the
        whole replay ``errors``, ``upkeep`` (its share) and ``cost`` (their sum), means over the
        seeds that all strategies have. ``choice`` marks the cheapest of the slice, of equals the
        one that retrains less. ``mean``, ``low`` and ``high``: what the chosen strategy costs more
        than this one, with the 95 % interval that ``over`` names. ``loses``: whether it does so for
        sure, since the interval from ``jointly_low`` to ``jointly_high`` lies above 0; all of these
        together hold at 95 % (Bonferroni). Empty without slices.

    Raises
    ------
    TypeError, ValueError
        If errors are priced by class and a run has other classes, or has amounts as its loss.

    Examples
    --------
    After the warm-up four of five events change, those of ``b``. Who trains follows the many: ``b``
    has 16 errors instead of 64, and ``a`` 12 instead of none, so that for ``a`` it would be
    cheapest never to train.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> y = [0] * 20 + [1, 1, 1, 1, 0] * 16
    >>> frame = pd.DataFrame({"x": 0.0, "y": y, "who": list("bbbba") * 20})
    >>> log = clsim.streams.Recorded(frame, "y", slices="who", drop=["who"])
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> found = by_slice(setting, Prices(retraining=5), "often")
    >>> found[["slice", "strategy", "n", "errors", "upkeep", "cost", "choice"]]
       slice strategy     n  errors  upkeep  cost  choice
    0  who=b    often  64.0    16.0    12.0  28.0    True
    1  who=b    never  64.0    64.0     0.0  64.0   False
    2  who=a    never  16.0     0.0     0.0   0.0    True
    3  who=a    often  16.0    12.0     3.0  15.0   False
    """
    seeds = common_seeds(setting)
    per = all_costs(setting, seeds, prices) if per is None else per
    names = slices_of(per)
    tests = comparisons(names, per)
    trained = pd.Series(
        {k: sum(runs[s].totals["retrainings"] for s in seeds) for k, runs in setting.runs.items()}
    )
    frames = []
    for name in names:
        rows = []
        for strategy, of in per.items():
            own, apart = of[name], {}
            if strategy != chosen:
                mine = per[chosen][name]
                one = difference(mine, own, one_draw=setting.one_draw)
                joint = difference(mine, own, one_draw=setting.one_draw, together=tests)
                apart = {
                    "mean": one.mean, "low": one.low, "high": one.high, "over": one.over,
                    "loses": joint.low > 0, "jointly_low": joint.low, "jointly_high": joint.high,
                }  # fmt: skip
            n, errors = own.events, sum(x.sum() for x in own.errors) / len(seeds)
            rows.append(
                {"slice": name, "strategy": strategy, "n": n,
                 "share": n / per[chosen]["all"].events,
                 "score": _score(setting, strategy, name, seeds), "errors": errors,
                 "upkeep": own.upkeep.mean(), "cost": errors + own.upkeep.mean(), "loses": False,
                 **apart}
            )  # fmt: skip
        frames.append(_with_choice(pd.DataFrame(rows), trained, among))
    if not frames:
        return pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(frames, ignore_index=True).reindex(columns=list(COLUMNS))


def slices_of(per: Mapping[str, Mapping[str, Costs]]) -> list[str]:
    """Slices with events that every strategy has, the largest first; of costs by strategy."""
    first, *others = per.values()
    names = [s for s in first if s != "all" and all(s in one for one in others)]
    return sorted((s for s in names if first[s].events > 0), key=lambda s: -first[s].events)


def comparisons(names: Sequence[str], strategies: Sized) -> int:
    """Number of differences on slices whose intervals hold together."""
    return max(len(names) * (len(strategies) - 1), 1)


def losers(slices: pd.DataFrame) -> pd.DataFrame:
    """Of each slice for which the choice is surely worse, the strategy that would serve it best.

    Parameters
    ----------
    slices : pandas.DataFrame
        As `by_slice` gives it.

    Returns
    -------
    pandas.DataFrame
        Rows of it, those that lose most first.
    """
    found = slices[slices["loses"].astype(bool)]
    worst = found.sort_values("mean", ascending=False, kind="stable").drop_duplicates("slice")
    return worst.reset_index(drop=True)


def _score(setting: Setting, strategy: str, name: str, seeds: list[int]) -> float:
    """Mean over seeds of the score on a slice."""
    found = []
    for seed in seeds:
        run = setting.runs[strategy][seed]
        ticks = run.ticks[run.ticks["slice"] == name]
        found.append(mean_score(ticks["loss"].sum(), ticks[run.counted].sum(), run.info.loss))
    return float(sum(found) / len(found))


def _with_choice(rows: pd.DataFrame, trained: pd.Series, among: list[str] | None) -> pd.DataFrame:
    by = rows.set_index("strategy")
    may = by if among is None else by.loc[[name for name in by.index if name in among]]
    choice = cheapest_meeting(may["cost"], may["score"], trained[may.index], None).strategy
    rows = rows.assign(choice=rows["strategy"] == choice)
    return rows.sort_values("cost", kind="stable")
