"""Freshness: what a model loses as it ages, the season taken out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clsim.errors import check_choice, check_number
from clsim.hindsight.losses import Table
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
    >>> fitted = freshness(table, least=1, draws=0)
    >>> fitted.age["effect"].round(6).tolist(), fitted.season["loss"].round(6).tolist()
    ([0.0, 0.1, 0.2], [0.0, 0.0, 0.5])
    >>> round(fitted.half_life, 6)
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
        groups, _ = connected_components(links, directed=False)
        if groups > 1:
            raise ValueError(
                f"width={width}: ages fall into {groups} groups that no tick scores together, so "
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
        effects = np.empty((draws, len(self.ages)))
        for k in range(draws):
            first = rng.integers(0, count, -(-count // length))
            drawn = (first[:, None] + np.arange(length)).ravel()[:count] % count
            times = np.bincount(drawn, minlength=count)
            if over == "ticks":
                effects[k] = _effects(w * times[:, None], y * times[:, None])
            else:
                effects[k] = _effects(*self.sums(self.n * times[which]))
        return effects


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
    solved = np.zeros(len(right))
    try:
        solved[1:] = solve(normal[1:, 1:], right[1:], assume_a="pos")
    except LinAlgError:  # a resample whose ages do not hang together
        return effect
    effect[ages] = solved
    return effect


def _mean(effect: np.ndarray, weight: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.average(effect[chosen], weights=weight[chosen]))


def _half_life(ages: np.ndarray, effect: np.ndarray, weight: np.ndarray) -> float:
    """Age at which the isotonic effect has come half-way from the youngest to the oldest."""
    from scipy.optimize import isotonic_regression

    rising = isotonic_regression(effect, weights=weight).x
    if rising[-1] <= rising[0]:
        return float("nan")
    half = (rising[0] + rising[-1]) / 2
    after = int(np.argmax(rising >= half))
    share = (half - rising[after - 1]) / (rising[after] - rising[after - 1])
    return float(ages[after - 1] + share * (ages[after] - ages[after - 1]))
