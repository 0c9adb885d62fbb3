"""Which strategy to use, what that saves, and what would overturn the choice.

`clsim.analysis.choice.honesty` says how far such a choice can be trusted.

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
>>> stream = Synthetic(Sine(0), n=4000)
>>> ways = {"never": Strategy(Never()), "often": Strategy(Periodic(every=5))}
>>> runs = clsim.replay(stream, ways, learner=GaussianNB(), tick=100, warmup=500)
>>> [setting] = settings(Runs(runs, []))
>>> advice = recommend(setting, Prices(retraining=20))
>>> advice.strategy, advice.runners_up["strategy"].tolist(), advice.reference
('never', ['often'], 'often')
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from clsim.analysis.compare.comparison import (
    Setting,
    costed,
    least_retrained,
    most_retrained,
    of_source,
    paired_difference,
    trained,
)
from clsim.errors import check_number, unknown
from clsim.rounding import amount, percent, with_interval
from clsim.runs.ledger import Prices, error_cost, units_of
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval, mean_interval

SLACK = 1e-9
"""How far below a floor a score may lie by rounding alone."""

SAID = 4
"""Largest number of strategies that a sentence lists."""

NONE = Interval(np.nan, np.nan, np.nan)


# the recommendation ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Recommendation:
    """A strategy to use, at given prices, and what speaks for it.

    Costs are totals of one replay, in money, means over seeds.

    Attributes
    ----------
    strategy : str or None
        The cheapest that meets the floor; None if none does, or if `refused`.
    reference : str
        What the saving is measured against.
    cost, score : Interval
        Total cost and score of the strategy.
    saving : Interval
        Cost of the reference minus that of the strategy, seed by seed. It takes the choice as
        given: what choosing on the same seeds adds, `across` shows.
    never : str or None
        The strategy that never trains, if one does not.
    saving_never : Interval
        Cost of ``never`` minus that of the strategy, seed by seed.
    runners_up : pandas.DataFrame
        The others that meet the floor, cheapest first: strategy, mean, low, high (of what each
        costs more, seed by seed), apart (whether the interval lies above 0).
    overturns : pandas.DataFrame
        For every price, upward and downward (direction): price, direction, now, at, strategy.
        With the other prices as they are, ``strategy`` becomes the cheapest beyond ``at``; NaN
        and None if no price does it. For a floor, ``at`` with None: beyond it, no
        strategy meets it.
    floor : float or None
        Least mean score.
    floor_met : bool
        Whether a strategy meets the floor; True without one.
    nearest : str or None
        The strategy of best score, if none meets the floor.
    shortfall : float
        Floor minus the score of ``nearest``; 0 if the floor is met.
    seeds : int
        Number of seeds that every strategy has; only these count.
    currency : str
    refused : str
        Why nothing is recommended: the runs cannot be compared. Empty if they can.
    one_draw : bool
        Whether all seeds replayed one and the same stream: what they tell is of the learner alone.
    """

    strategy: str | None
    reference: str
    cost: Interval
    score: Interval
    saving: Interval
    never: str | None
    saving_never: Interval
    runners_up: pd.DataFrame
    overturns: pd.DataFrame
    floor: float | None
    floor_met: bool
    nearest: str | None
    shortfall: float
    seeds: int
    currency: str
    refused: str
    one_draw: bool = False

    def text(self) -> str:
        """Two sentences: what to do and what it saves, and how sure that is."""
        if self.refused:
            return f"No strategy is recommended: {self.refused}."
        if not self.floor_met:
            near = f" The nearest is '{self.nearest}', {amount(self.shortfall)} below it."
            return f"No strategy reaches a mean score of {amount(self.floor)}." + (
                near if self.nearest else ""
            )
        return f"{self._advice()} {self._doubts()}"

    def _advice(self) -> str:
        cost = f"{amount(self.cost.mean)} {self.currency} for the whole replay"
        if self.strategy == self.reference:
            return (
                f"Keep '{self.strategy}', the reference: it is the cheapest, with {cost}"
                f"{self._against_never()}."
            )
        share = abs(self.saving.mean) / (self.cost.mean + self.saving.mean or math.nan)
        part = f" or {percent(share)}" if math.isfinite(share) else ""
        if self.saving.mean < 0:
            more = with_interval(minus(self.saving), f" {self.currency}{part}")
            return (
                f"Use '{self.strategy}', the cheapest that meets the floor: it costs {cost}, "
                f"{more} more than '{self.reference}'{self._against_never()}."
            )
        saves = with_interval(self.saving, f" {self.currency}{part}")
        return (
            f"Use '{self.strategy}': it costs {cost} and saves {saves} against "
            f"'{self.reference}'{self._against_never()}."
        )

    def _against_never(self) -> str:
        if self.never is None or self.never in (self.strategy, self.reference):
            return ""
        saves, value = signed(self.saving_never, "saves", "loses")
        return f", and {saves} {value} against '{self.never}'"

    def _doubts(self) -> str:
        ties = self.runners_up.loc[~self.runners_up["apart"].astype(bool), "strategy"]
        if self.runners_up.empty:
            doubt = "No other strategy meets the floor" if self.floor is not None else (
                "There is no other strategy to compare it with"
            )  # fmt: skip
        elif self.seeds == 1:
            following = self.runners_up.iloc[0]
            doubt = (
                f"With one seed nothing says how sure that is; the next, "
                f"'{following['strategy']}', costs {amount(following['mean'])} more"
            )
        elif len(ties):
            doubt = f"{self._seeds()} do not tell it apart from {_listed(list(ties))}"
        else:
            doubt = f"{self._seeds()} tell it apart from every other"
        return f"{doubt}; {self._fragile()}."

    def _seeds(self) -> str:
        of = " of the learner, on one and the same stream," if self.one_draw else ""
        return f"{self.seeds} seeds{of}"

    def _fragile(self) -> str:
        moves = self.overturns[self.overturns["at"].notna()]
        if moves.empty:
            return "no change of a single price would overturn it"
        factors = [_factor(now, at) for now, at in zip(moves["now"], moves["at"], strict=True)]
        row = moves.iloc[int(np.argmin(factors))]
        known = isinstance(row["strategy"], str)
        then = f"to '{row['strategy']}'" if known else "and leave no strategy"
        where = "above" if row["direction"] == "up" else "below"
        return (
            f"a price '{row['price']}' {where} {amount(row['at'])} (now {amount(row['now'])}) "
            f"would overturn it {then}"
        ).replace("a price 'floor'", "a floor")


def recommend(
    setting: Setting,
    prices: Prices,
    *,
    reference: str | None = None,
    floor: float | None = None,
    table: pd.DataFrame | None = None,
) -> Recommendation:
    """The strategy of least mean total cost among those whose mean score meets a floor.

    Of equals, the one that retrains less. Means are over the seeds that every strategy has.

    Parameters
    ----------
    setting : Setting
    prices : Prices
    reference : str or None, default=None
        None: what runs today (`clsim.strategy.AsServed`), if it is there; else the strategy with
        the most retrainings, since a team that has not measured what freshness buys retrains as
        often as it can.
    floor : float or None, default=None
        Least mean score, in the units of the declared score. None: that of the prices.
    table : pandas.DataFrame or None, default=None
        What `clsim.analysis.compare.comparison.costed` gives at these prices, where it is at hand.

    Returns
    -------
    Recommendation

    Raises
    ------
    TypeError, ValueError
        If the reference is no strategy of the setting, or the floor no number.

    Notes
    -----
    Intervals are Student's t over seeds, of differences paired by seed. A total is the sum over
    prices k of price times quantity, so with the other prices fixed, A and B cost the same at
    ``price_k + (total_B - total_A) / (Q_Ak - Q_Bk)``. Rules that decide by prices are taken to
    keep their decisions. A price of errors by class is moved cell by cell.

    Examples
    --------
    Labels change for good after the warm-up. Who never trains errs 80 times; who trains at ticks 2,
    4 and 6 errs 20 times and pays 3 times 5, which is 45 less. From a price of 20 on it is no
    longer cheaper.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> advice = recommend(setting, Prices(retraining=5))
    >>> advice.strategy, advice.cost.mean, advice.saving_never.mean
    ('often', 35.0, 45.0)
    >>> turns = advice.overturns.set_index(["price", "direction"])
    >>> float(turns.loc[("retraining", "up"), "at"])
    20.0
    """
    floor = least_score(floor, prices)
    setting, refused = comparable(setting, prices)
    name = reference_of([setting], prices, reference)
    seeds = len(common_seeds(setting))
    nothing = Recommendation(
        None, name, NONE, NONE, NONE, None, NONE, _runners_up([]), _turns([]), floor, True,
        None, 0.0, seeds, prices.currency, refused, setting.one_draw,
    )  # fmt: skip
    if refused:
        return nothing
    if table is None:
        table = costed(setting, prices)
    table = table[table["seed"].isin(common_seeds(setting))]
    mean = _means(table)
    choice = cheapest_meeting(mean["total"], mean["score"], mean["retrainings"], floor)
    if not choice.met:
        score = mean["score"].max()
        return replace(
            nothing, floor_met=False, nearest=choice.strategy, shortfall=float(floor - score)
        )
    chosen = choice.strategy
    assert chosen is not None
    meets = _meets(mean["score"], floor)
    never = least_retrained(trained(setting, table))
    never_trains = bool((mean.loc[never, ["retrainings", "rows_trained"]] == 0).all())
    own = table[table["strategy"] == chosen]
    others = [
        (label, *paired_difference(table, "total", str(label), chosen))
        for label in mean.index[meets]
        if label != chosen
    ]
    quantity, now = _per_price(setting, prices, table)
    turns = _overturns(quantity[meets], now, mean["total"], chosen)
    if floor is not None:
        turns += _floor_overturns(mean, chosen, floor)
    return replace(
        nothing,
        strategy=chosen,
        cost=mean_interval(own["total"]),
        score=mean_interval(own["score"]),
        saving=paired_difference(table, "total", name, chosen),
        never=never if never_trains else None,
        saving_never=paired_difference(table, "total", never, chosen) if never_trains else NONE,
        runners_up=_runners_up(others),
        overturns=_turns(turns),
    )


def _runners_up(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["strategy", "mean", "low", "high"])
    frame = frame.sort_values("mean", kind="stable", ignore_index=True)
    return frame.assign(apart=frame["low"] > 0)


def _turns(rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["price", "direction", "now", "at", "strategy"])
    # object, since a column of text would turn None into NaN
    return frame.assign(strategy=pd.Series([row[-1] for row in rows], dtype=object))


def _per_price(
    setting: Setting, prices: Prices, table: pd.DataFrame
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Mean quantity that each price multiplies (strategy by price), and the prices."""
    columns = {"error": table["loss"]} | {
        price: table[name] for price, name in units_of(table, prices).items()
    }
    now: dict[str, float] = {price: getattr(prices, price) for price in columns}
    if prices.by_class:
        del columns["error"], now["error"]
        runs = [
            setting.runs[name][seed]
            for name, seed in zip(table["strategy"], table["seed"], strict=True)
        ]
        size = len(prices.error)
        for i, j in itertools.permutations(range(size), 2):
            unit = np.zeros((size, size))
            unit[i, j] = 1
            one = replace(prices, error=unit.tolist())
            costs = [error_cost(r.totals, one, r.confusion, r.info.classes) for r in runs]
            columns[f"error[{i}][{j}]"] = pd.Series(costs, index=table.index)
            now[f"error[{i}][{j}]"] = prices.error[i][j]
    quantity = pd.DataFrame(columns)
    return quantity.groupby(table["strategy"], sort=False).mean(), now


def _overturns(
    quantity: pd.DataFrame, now: dict[str, float], total: pd.Series, chosen: str
) -> list[tuple[Any, ...]]:
    """For each price, the nearest value above and below at which another becomes the cheapest."""
    rows: list[tuple[Any, ...]] = []
    others = quantity.index.drop(chosen)
    extra = (total[others] - total[chosen]).to_numpy()
    for price in quantity.columns:
        q = quantity[price]
        less = q[chosen] - q[others].to_numpy()
        less[np.isclose(less, 0, atol=1e-12 * max(1.0, abs(q[chosen])))] = 0
        for direction, turns in (("up", less > 0), ("down", less < 0)):
            at = now[price] + extra[turns] / less[turns]
            # where several cross at once, the cheapest beyond is the one of the steepest change
            crossings = sorted(
                (abs(x - now[price]), -abs(step), x, str(name))
                for x, step, name in zip(at, less[turns], others[turns], strict=True)
                if direction == "up" or x > 1e-12 * now[price]
            )
            where, strategy = crossings[0][2:] if crossings else (np.nan, None)
            rows.append((price, direction, now[price], where, strategy))
    return rows


def _floor_overturns(mean: pd.DataFrame, chosen: str, floor: float) -> list[tuple[Any, ...]]:
    """The floor above which the choice fails, and below which a cheaper strategy is admitted."""
    highest = mean.loc[chosen, "score"]
    above = mean[mean["score"] > highest]["total"]
    cheaper = mean[~_meets(mean["score"], floor) & (mean["total"] < mean.loc[chosen, "total"])]
    score = cheaper["score"].dropna()
    lower = (score.max(), str(score.idxmax())) if len(score) else (np.nan, None)
    return [
        ("floor", "up", floor, highest, str(above.idxmin()) if len(above) else None),
        ("floor", "down", floor, *lower),
    ]


# what all choices share ------------------------------------------------------------------------


class Choice(NamedTuple):
    """A strategy, and whether it meets the floor."""

    strategy: str | None
    met: bool


def cheapest_meeting(
    cost: pd.Series, score: pd.Series, trained: pd.Series, floor: float | None
) -> Choice:
    """The cheapest that meets the floor, of equals the least retrained; else the best score."""
    meets = _meets(score, floor).to_numpy(dtype=bool)
    # rounded, so that equal costs that were added up differently are equal
    costs, often = np.round(cost.to_numpy(dtype=float), 12), trained.to_numpy(dtype=float)
    known = np.flatnonzero(meets & ~np.isnan(costs) & ~np.isnan(often))
    if len(known):
        least = known[np.lexsort((often[known], costs[known]))[0]]
        return Choice(str(cost.index[least]), True)
    there = score.dropna()
    return Choice(str(there.idxmax()) if len(there) else None, bool(meets.any()))


def _meets(score: pd.Series, floor: float | None) -> pd.Series:
    return score.notna() | True if floor is None else score >= floor - SLACK


def least_score(floor: float | None, prices: Prices) -> float | None:
    least = prices.floor if floor is None else floor
    if least is not None:
        check_number("floor", least)
    return least


def common_seeds(setting: Setting) -> list[int]:
    """Seeds that every strategy has."""
    return sorted(set.intersection(*(set(by_seed) for by_seed in setting.runs.values())))


def common_runs(setting: Setting) -> list[Run]:
    """The runs of these seeds."""
    seeds = common_seeds(setting)
    return [by_seed[seed] for by_seed in setting.runs.values() for seed in seeds]


def comparable(setting: Setting, prices: Prices) -> tuple[Setting, str]:
    """The setting with the seeds that all strategies have, and why it cannot be compared."""
    seeds = common_seeds(setting)
    runs = {name: {s: by_seed[s] for s in seeds} for name, by_seed in setting.runs.items()}
    if not seeds:
        return setting, "no seed was replayed with every strategy, so their worlds differ"
    for seed in seeds:
        same = [by_seed[seed] for by_seed in runs.values()]
        # an event without a prediction costs nothing, unless it counts as an error of one price
        counts = same[0].info.unanswered == "wrong" and not prices.by_class
        keys = ("n",) if counts else ("n", "answered")
        if any(len({run.totals[key] for run in same}) > 1 for key in keys):
            return setting, (
                "the strategies did not serve and answer the same events, so their totals cannot "
                "be compared"
            )
    return replace(setting, runs=runs), ""


def production(setting: Setting) -> str | None:
    """The strategy that is what production answered, if there is one."""
    return next(iter(of_source(setting, "production")), None)


def reference_of(
    settings: Sequence[Setting],
    prices: Prices,
    reference: str | None,
    among: Sequence[str] | None = None,
) -> str:
    """The reference given, if it is there; else what runs today; else the most retrained."""
    names = list(settings[0].runs) if among is None else list(among)
    if reference is not None:
        if reference not in names:
            raise ValueError(f"reference: {unknown('strategy', reference, names)}")
        return reference
    today = production(settings[0])
    if today in names:
        return str(today)
    rows = [
        {"strategy": name, **run.totals}
        for setting in settings
        for name in names
        for run in setting.runs[name].values()
    ]
    return most_retrained(trained(settings[0], pd.DataFrame(rows)))


def _means(table: pd.DataFrame) -> pd.DataFrame:
    keys = ["total", "score", "retrainings", "rows_trained"]
    return table.groupby("strategy", sort=False)[keys].mean()


# words -----------------------------------------------------------------------------------------


def signed(value: Interval, above: str, below: str) -> tuple[str, str]:
    """A word for the sign of a difference, and its size with the interval."""
    if value.mean < 0:
        return below, with_interval(minus(value))
    return above, with_interval(value)


def minus(value: Interval) -> Interval:
    """The negative of a difference."""
    return Interval(-value.mean, -value.high, -value.low)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    if len(quoted) > SAID:
        quoted = [*quoted[: SAID - 1], f"{len(quoted) - SAID + 1} others"]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _factor(now: float, at: float) -> float:
    """By what factor a price has to change; infinite from or to 0."""
    low, high = sorted((now, at))
    # rounded, so that of equal factors (such as errors dearer, trainings cheaper) the first counts
    return round(high / low, 9) if low > 0 else math.inf
