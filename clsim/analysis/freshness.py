"""Freshness: what a model loses as it ages, and what it is worth to train more often."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.comparison import Setting, mean_interval
from clsim.analysis.hindsight import Table, error_price
from clsim.analysis.schedules import look_up, ready
from clsim.clock import parse_duration
from clsim.errors import check_choice, check_number
from clsim.ledger import Prices
from clsim.randomness import generator


@dataclass(frozen=True)
class Freshness:
    """Loss by the age of the model and by calendar time, each apart from the other.

    Attributes
    ----------
    age : pandas.DataFrame
        One row per age, or bin of ages: age (ticks since the training started; the mean of a bin),
        effect (loss per event above that of the youngest models, the season taken out), low, high
        (its bootstrap interval), raw (the same as a plain mean, with the season in it), models
        (number of them scored at that age), n (events scored).
    season : pandas.DataFrame
        One row per tick: tick, loss (per event, as the youngest models would have it), raw (the
        plain mean of all models scored in the tick), n (events in the tick).
    half_life : float
        Age, in ticks, at which half of the excess of the oldest over the youngest models is
        reached; NaN where there is no rise.
    half_life_low, half_life_high : float
        Bounds of its bootstrap interval; NaN where there is none.
    rises : bool
        Whether the mean effect of the older half of the ages is above 0: with the whole of its
        interval, where there is one.
    """

    age: pd.DataFrame
    season: pd.DataFrame
    half_life: float
    half_life_low: float
    half_life_high: float
    rises: bool


# the effect of age -------------------------------------------------------------------------


def freshness(
    table: Table,
    *,
    width: int | None = None,
    longest: int | None = None,
    least: int = 5,
    initial: bool = False,
    draws: int = 200,
    over: str = "ticks",
    block: int | None = None,
    seed: int = 0,
    level: float = 0.95,
) -> Freshness:
    """Loss by age of the model (the gap from training to test), the season taken out.

    The loss per event of model i in tick j is taken as

        season(j) + age(j - ticks[i]) + noise,

    fitted by weighted least squares, the weights being the events of the tick. The effect of age
    is 0 for the youngest models. A tick that is hard for all models is season, whatever their
    ages, since models of different ages are compared within the same tick.

    Age, calendar time and the time of training (the cohort) are collinear: age = tick - cohort.
    With cohorts left out of the model, as here, age and season are identified. What differs
    between cohorts, such as a training that went wrong, is noise, or, where it has a trend (ever
    better models, since the training sets grow), it is counted as age and season.

    Parameters
    ----------
    table : Table
    width : int, optional
        Ages in a bin. Default: the hundredth part of the range of ages, and at least the longest
        distance between candidate ticks, since ages that differ by less may never be scored in one
        tick.
    longest : int, optional
        The oldest age used, in ticks. Default: all.
    least : int, default=5
        Ages (bins) at which fewer models were scored are left out: the oldest rest on one or two.
    initial : bool, default=False
        Whether the initial model counts, as trained at tick -1. It is trained on the warm-up, and
        so on other rows than the rest.
    draws : int, default=200
        Bootstrap resamples; 0 for no intervals.
    over : {'ticks', 'models'}, default='ticks'
        What is drawn again in blocks: ticks of the calendar, or models in order of training.
    block : int, optional
        Length of a block. Default: the cube root of their number, rounded up.
    seed : int, default=0
    level : float, default=0.95

    Returns
    -------
    Freshness

    Raises
    ------
    ValueError
        If nothing is left to fit, or ages cannot be compared with each other (see ``width``).

    Notes
    -----
    The half-life is read off the isotonic regression of the effect on age, weighted by events,
    between whose points it interpolates; the plateau is its value at the oldest age. On a loss
    that grows steadily the half-life is therefore half the oldest age, whatever the speed. The
    season is eliminated from the normal equations, which leaves one unknown per age.

    References
    ----------
    Künsch (1989), The jackknife and the bootstrap for general stationary observations. Annals of
    Statistics 17(3): blocks are drawn from the series closed to a circle (Politis & Romano, 1992).

    Examples
    --------
    Loss grows by .1 a tick; all lose .5 more in the last tick.

    >>> age = np.array([[0, 1, 2], [np.nan, 0, 1], [np.nan, np.nan, 0], [1, 2, 3]])
    >>> loss = 100 * (0.1 * age + np.array([0.0, 0.0, 0.5]))
    >>> table = Table(loss, np.array([0, 1, 2, -1]), np.array([0, 1, 2, 0]), np.zeros(4, int),
    ...               np.full(3, 100))
    >>> found = freshness(table, least=1, draws=0)
    >>> found.age["effect"].round(6).tolist(), found.season["loss"].round(6).tolist()
    ([0.0, 0.1, 0.2], [0.0, 0.0, 0.5])
    >>> round(found.half_life, 6)
    1.0
    """
    if width is not None:
        check_number("width", width, whole=True, low=1)
    check_number("least", least, whole=True, low=1)
    check_number("draws", draws, whole=True, low=0)
    check_choice("over", over, ("ticks", "models"))
    if block is not None:
        check_number("block", block, whole=True, low=1)
    cells = _Cells.of(table, width, longest, least, initial)
    effect, season = cells.fit()
    older = np.arange(len(effect)) >= len(effect) // 2
    weight = cells.by_age(cells.n)
    rise = _mean(effect, weight, older)
    low = high = np.full(len(effect), np.nan)
    bounds = (np.nan, np.nan)
    # a rise of the size of rounding errors is none
    rises = bool(rise > 1e-9 * np.abs(cells.loss).max())
    if draws:
        effects = cells.resample(draws, over, block, seed)
        tail = (1 - level) / 2
        low, high = np.nanquantile(effects, [tail, 1 - tail], axis=0)
        # ages that a resample lacks must not shorten its curve
        effects = np.where(np.isnan(effects), effect, effects)
        again = [_mean(e, weight, older) for e in effects]
        rises = rises and bool(np.quantile(again, tail) > 0)
    half = _half_life(cells.ages, effect, weight) if rises else np.nan
    if rises and draws:
        halves = [_half_life(cells.ages, e, weight) for e in effects]
        bounds = tuple(np.nanquantile(halves, [tail, 1 - tail]))
    raw = cells.by_age(cells.n * cells.loss) / weight
    age = pd.DataFrame(
        {
            "age": cells.ages,
            "effect": effect,
            "low": low,
            "high": high,
            "raw": raw - raw[0],
            "models": cells.by_age(np.ones(len(cells.n))).astype(np.int64),
            "n": weight.astype(np.int64),
        }
    )
    return Freshness(age, season, float(half), float(bounds[0]), float(bounds[1]), rises)


@dataclass(frozen=True)
class _Cells:
    """What each model lost per event in each tick: one entry per model and tick.

    ``tick`` and ``age`` are positions among the ticks and the (bins of) ``ages`` that occur.
    """

    loss: np.ndarray
    n: np.ndarray
    tick: np.ndarray
    age: np.ndarray
    model: np.ndarray
    ticks: np.ndarray
    ages: np.ndarray

    @classmethod
    def of(
        cls, table: Table, width: int | None, longest: int | None, least: int, initial: bool
    ) -> _Cells:
        there = ~np.isnan(table.loss) & (table.n > 0)
        there[-1] &= initial
        model, tick = np.nonzero(there)
        age = tick - table.ticks[model]
        if longest is not None:
            check_number("longest", longest, whole=True, low=1)
            young = age <= longest
            model, tick, age = model[young], tick[young], age[young]
        if len(age) == 0:
            raise ValueError("freshness: no model of the table is scored in any tick")
        if width is None:
            steps = np.diff(table.ticks[:-1])
            width = max(1, -(-int(np.ptp(age) + 1) // 100), int(steps.max(initial=1)))
        bins = (age - age.min()) // width
        enough = np.bincount(bins)[bins] >= least
        model, tick, age, bins = model[enough], tick[enough], age[enough], bins[enough]
        if len(np.unique(bins)) < 2:
            raise ValueError(
                f"least={least}: models are scored that often at fewer than two ages; lower it, or "
                "make a table with more candidate ticks"
            )
        ticks, at = np.unique(tick, return_inverse=True)
        _, bins = np.unique(bins, return_inverse=True)
        n = table.n[tick].astype(float)
        loss = table.loss[model, tick] / n
        mean_age = np.bincount(bins, age) / np.bincount(bins)
        cells = cls(loss, n, at, bins, model, ticks, mean_age)
        cells.check_connected(width)
        return cells

    def check_connected(self, width: int) -> None:
        """Raise unless every age can be compared with every other, through ticks they share."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        count = len(self.ages)
        size = count + len(self.ticks)
        links = coo_array((np.ones(len(self.age)), (self.age, self.tick + count)), (size, size))
        parts, _ = connected_components(links, directed=False)
        if parts > 1:
            raise ValueError(
                f"width={width}: ages fall into {parts} groups that no tick scores together, so "
                "that age and season cannot be told apart; give the distance between the table's "
                "candidate ticks as width"
            )

    def by_age(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.age, values, len(self.ages))

    def fit(self) -> tuple[np.ndarray, pd.DataFrame]:
        effect = _effects(*self.sums(self.n))
        total = np.bincount(self.tick, self.n)
        clean = np.bincount(self.tick, self.n * (self.loss - effect[self.age])) / total
        raw = np.bincount(self.tick, self.n * self.loss) / total
        events = total / np.bincount(self.tick)
        season = pd.DataFrame(
            {"tick": self.ticks, "loss": clean, "raw": raw, "n": events.round().astype(np.int64)}
        )
        return effect, season

    def sums(self, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weights, and weighted losses, of each tick and age; both of shape (ticks, ages)."""
        shape = len(self.ticks), len(self.ages)
        flat = self.tick * shape[1] + self.age
        w, y = (
            np.bincount(flat, x, shape[0] * shape[1]).reshape(shape)
            for x in (weight, weight * self.loss)
        )
        return w, y

    def resample(self, draws: int, over: str, block: int | None, seed: int) -> np.ndarray:
        """Effects of age in bootstrap resamples of blocks; shape (draws, ages)."""
        which = self.tick if over == "ticks" else np.unique(self.model, return_inverse=True)[1]
        count = int(which.max()) + 1
        length = min(count, int(np.ceil(count ** (1 / 3))) if block is None else block)
        rng = generator(seed, "analysis.freshness")
        w, y = self.sums(self.n)
        found = np.empty((draws, len(self.ages)))
        for k in range(draws):
            first = rng.integers(0, count, -(-count // length))
            drawn = (first[:, None] + np.arange(length)).ravel()[:count] % count
            times = np.bincount(drawn, minlength=count)
            if over == "ticks":
                found[k] = _effects(w * times[:, None], y * times[:, None])
            else:
                found[k] = _effects(*self.sums(self.n * times[which]))
        return found


def _effects(w: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Effects of age by weighted least squares; NaN for ages without weight."""
    from scipy.linalg import LinAlgError, solve

    ticks, ages = w.sum(axis=1) > 0, w.sum(axis=0) > 0
    effect = np.full(w.shape[1], np.nan)
    if not ages[0]:
        return effect
    w, y = w[ticks][:, ages], y[ticks][:, ages]
    share = w / w.sum(axis=1, keepdims=True)
    normal = np.diag(w.sum(axis=0)) - w.T @ share
    right = y.sum(axis=0) - share.T @ y.sum(axis=1)
    found = np.zeros(len(right))
    try:
        found[1:] = solve(normal[1:, 1:], right[1:], assume_a="pos")
    except LinAlgError:  # a resample whose ages do not hang together
        return effect
    effect[ages] = found
    return effect


def _mean(effect: np.ndarray, weight: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.average(effect[chosen], weights=weight[chosen]))


def _half_life(ages: np.ndarray, effect: np.ndarray, weight: np.ndarray) -> float:
    """Age at which the isotonic effect has come half-way from the youngest to the oldest."""
    from sklearn.isotonic import isotonic_regression

    rising = isotonic_regression(effect, sample_weight=weight)
    if rising[-1] <= rising[0]:
        return float("nan")
    half = (rising[0] + rising[-1]) / 2
    after = int(np.argmax(rising >= half))
    share = (half - rising[after - 1]) / (rising[after] - rising[after - 1])
    return float(ages[after - 1] + share * (ages[after] - ages[after - 1]))


# cost over intervals -----------------------------------------------------------------------


def intervals(setting: Setting) -> dict[str, float]:
    """Ticks between the trainings of each strategy with a periodic trigger.

    As configured (``strategy.trigger.every`` and ``tick``); other strategies are left out.
    """
    found = {}
    for name, runs in setting.runs.items():
        config = next(iter(runs.values())).config
        trigger = (config.get("strategy") or {}).get("trigger")
        if not isinstance(trigger, dict) or "every" not in trigger:
            continue
        every = trigger["every"]
        if isinstance(every, str):
            every = parse_duration(every, "trigger.every") / parse_duration(config["tick"], "tick")
        found[name] = float(every)
    return found


def cost_by_interval(
    table: pd.DataFrame, every: Mapping[str, float], level: float = 0.95
) -> pd.DataFrame:
    """Opportunity cost and upkeep of the strategies of a sweep, over their intervals.

    The less often a model is trained, the more its staleness costs and the less its upkeep; the
    sum has a minimum.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per strategy and seed, as `clsim.analysis.comparison.priced` gives it; its
        reference is best the strategy that retrains at every tick.
    every : dict of str to float
        Ticks between trainings, for each strategy that is shown, as `intervals` gives it.
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        One row per strategy, by interval: strategy, every, and in money the means over seeds of
        ``opportunity`` (against the reference), ``upkeep`` and ``total`` (their sum), each with
        ``_low`` and ``_high`` by Student's t; ``best`` marks the least total.
    """
    rows: list[dict[str, Any]] = []
    for name in sorted(every, key=lambda name: every[name]):
        own = table[(table["strategy"] == name) & table["opportunity_money"].notna()]
        if own.empty:
            continue
        parts = {"opportunity": own["opportunity_money"], "upkeep": own["upkeep"]}
        parts["total"] = parts["opportunity"] + parts["upkeep"]
        row: dict[str, Any] = {"strategy": name, "every": float(every[name])}
        for part, values in parts.items():
            row[part], row[f"{part}_low"], row[f"{part}_high"] = mean_interval(values, level)
        rows.append(row)
    if not rows:
        raise ValueError("every: no strategy in it has an opportunity cost in the table")
    found = pd.DataFrame(rows)
    return found.assign(best=_least(found["total"]))


def cost_by_period(
    table: Table,
    prices: Prices,
    periods: Iterable[int] | None = None,
    reference: int = 1,
) -> pd.DataFrame:
    """Opportunity cost and cost of retraining of periodic schedules, from the table alone.

    The same curve as `cost_by_interval`, denser and without replaying: each period is averaged
    over its phases, so that none is lucky. A period trains at the ticks t >= 1 with t = phase
    (mod period); while a training is in flight, none starts.

    Parameters
    ----------
    table : Table
    prices : Prices
        ``error``, ``retraining`` and ``row`` are used.
    periods : iterable of int, optional
        In ticks. Default: 1 to 100, or to the number of ticks if there are fewer.
    reference : int, default=1
        The period against which the opportunity cost is reckoned: by default every tick.

    Returns
    -------
    pandas.DataFrame
        One row per period: every; phases (those that the table can look up: all, unless it has a
        coarser grid or a largest age); means over phases of retrainings, loss, ``opportunity``
        (loss against the reference's mean, in money), ``upkeep`` (trainings, in money) and
        ``total`` (their sum); ``total_low`` and ``total_high`` (the luckiest and the unluckiest
        phase); ``best`` marks the least total. NaN for a period that cannot be looked up.

    Raises
    ------
    ValueError
        If a period is below 1, or the reference cannot be looked up.

    Examples
    --------
    Two ticks; the initial model loses 10 and 12, the one trained at tick 1 loses 2 there.

    >>> table = Table(np.array([[np.nan, 2.0], [10.0, 12.0]]), np.array([1, -1]),
    ...               np.array([1, 0]), np.array([50, 0]), np.array([20, 20]))
    >>> found = cost_by_period(table, Prices(error=1, retraining=4))
    >>> found[["every", "retrainings", "opportunity", "upkeep", "total"]].values.tolist()
    [[1.0, 1.0, 0.0, 4.0, 4.0], [2.0, 0.5, 5.0, 2.0, 7.0]]
    """
    count = table.loss.shape[1]
    chosen = list(range(1, min(100, count) + 1) if periods is None else periods)
    for period in (*chosen, reference):
        check_number("periods", period, whole=True, low=1)
    unit, ends = error_price(prices), ready(table)
    base = _by_phase(table, prices, reference, ends)["loss"]
    if base.empty:
        raise ValueError(
            f"reference={reference}: the table cannot look up this period; it has models of the "
            f"ticks {_some(table.ticks[:-1])}: choose a period among its own"
        )
    rows: list[tuple[Any, ...]] = []
    for period in chosen:
        phases = _by_phase(table, prices, period, ends)
        if phases.empty:
            rows.append((period, 0, *[np.nan] * 7))
            continue
        behind = unit * (phases["loss"] - base.mean())
        total = behind + phases["spend"]
        rows.append(
            (period, len(phases), phases["retrainings"].mean(), phases["loss"].mean(),
             behind.mean(), phases["spend"].mean(), total.mean(), total.min(), total.max())
        )  # fmt: skip
    names = ["every", "phases", "retrainings", "loss", "opportunity", "upkeep", "total",
             "total_low", "total_high"]  # fmt: skip
    found = pd.DataFrame(rows, columns=names)
    return found.assign(best=_least(found["total"]))


def value_of_frequency(table: Table, prices: Prices, periods: Mapping[str, int]) -> pd.DataFrame:
    """What each step towards more frequent training is worth: monthly, weekly, daily, hourly.

    Parameters
    ----------
    table : Table
    prices : Prices
    periods : dict of str to int
        Length of each period in ticks, by name: with ticks of an hour,
        ``{"monthly": 720, "weekly": 168, "daily": 24, "hourly": 1}``.

    Returns
    -------
    pandas.DataFrame
        One row per step, from the longest period to the shortest: ``from``, ``to``, ``averted``
        (loss averted by the step, in money), ``paid`` (more paid for trainings), ``gain``
        (averted minus paid), ``retrainings`` (more of them), and ``gain_per_event``. Each period
        is averaged over its phases, as `cost_by_period` does.

    Raises
    ------
    ValueError
        If there are fewer than two periods, or two are equally long.

    Examples
    --------
    Two ticks; the initial model loses 10 and 12, the one trained at tick 1 loses 2 there. One of
    the two phases of "seldom" trains at tick 1, the other never.

    >>> table = Table(np.array([[np.nan, 2.0], [10.0, 12.0]]), np.array([1, -1]),
    ...               np.array([1, 0]), np.array([50, 0]), np.array([20, 20]))
    >>> step = value_of_frequency(table, Prices(error=1, retraining=4), {"seldom": 2, "often": 1})
    >>> step[["from", "to", "averted", "paid", "gain"]].values.tolist()
    [['seldom', 'often', 5.0, 2.0, 3.0]]
    """
    names = sorted(periods, key=lambda name: -periods[name])
    lengths = [periods[name] for name in names]
    if len(names) < 2 or len(set(lengths)) < len(lengths):
        raise ValueError(f"periods={dict(periods)!r}: give at least two, of different lengths")
    found = cost_by_period(table, prices, lengths, reference=lengths[-1]).to_dict("records")
    events = int(table.n.sum())
    rows = []
    for (name, before), (to, after) in itertools.pairwise(zip(names, found, strict=True)):
        averted, paid = (before["opportunity"] - after["opportunity"],
                         after["upkeep"] - before["upkeep"])  # fmt: skip
        rows.append(
            {
                "from": name,
                "to": to,
                "averted": averted,
                "paid": paid,
                "gain": averted - paid,
                "retrainings": after["retrainings"] - before["retrainings"],
                "gain_per_event": (averted - paid) / events if events else np.nan,
            }
        )
    return pd.DataFrame(rows)


def _by_phase(table: Table, prices: Prices, period: int, ends: np.ndarray) -> pd.DataFrame:
    """Retrainings, loss and spend in each phase of a period that the table can look up."""
    count = table.loss.shape[1]
    schedules = []
    for phase in range(period):
        fires = np.arange(phase if phase >= 1 else period, count, period)
        ticks = _not_in_flight(fires, ends)
        if np.isin(ticks, table.ticks[:-1]).all():
            schedules.append(ticks)
    found = look_up(table, schedules, prices)
    return found[np.isfinite(found["loss"])]


def _not_in_flight(fires: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Ticks at which a training starts, where none does while another is in flight."""
    if np.all(ends[fires[:-1]] <= fires[1:]):
        return fires
    started, free = [], 0
    for tick in fires.tolist():
        if tick >= free:
            started.append(tick)
            free = int(ends[tick])
    return np.array(started, dtype=np.int64)


def _least(total: pd.Series) -> np.ndarray:
    values = total.to_numpy(dtype=float)
    return (
        values == np.nanmin(values) if not np.isnan(values).all() else np.zeros(len(values), bool)
    )


def _some(ticks: np.ndarray) -> str:
    shown = ", ".join(map(str, ticks[:4]))
    return shown + (", ..." if len(ticks) > 4 else "")
