"""Break-even prices: where two runs cost the same, and where each run is the cheapest."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clsim.analysis.cost.frontier import pareto
from clsim.errors import check_choice, check_number, unknown
from clsim.randomness import generator
from clsim.runs.ledger import PER_UNIT, Prices

QUANTITIES = {"error": "loss", **PER_UNIT}
"""The physical total that each price multiplies."""


@dataclass(frozen=True)
class BreakEven:
    """The price at which two strategies cost the same, the other prices fixed.

    Attributes
    ----------
    price : str
        Which price: a field of `clsim.runs.ledger.Prices`.
    a, b : str
        Strategies.
    at : float
        The break-even price; NaN where there is none.
    low, high : float
        Bounds of its bootstrap interval, cut at 0; NaN where there is none.
    now : float
        The price as given.
    below, above : str or None
        The cheaper of the two at lower and at higher prices.
    reason : str or None
        Why a number is missing.
    """

    price: str
    a: str
    b: str
    at: float
    low: float
    high: float
    now: float
    below: str | None
    above: str | None
    reason: str | None


def price_ranges(quantity: ArrayLike, rest: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The prices at which each of several runs is the cheapest: the lower convex hull.

    Run r costs ``rest[r] + price * quantity[r]``. As the price goes from 0 to infinity, the
    cheapest run moves along the lower left convex hull of the points (quantity, rest). A point
    that no other beats in both (on the Pareto front) but that is off the hull is never the
    cheapest.

    Parameters
    ----------
    quantity : array-like of shape (n,)
        Units that the price multiplies.
    rest : array-like of shape (n,)
        All other costs, in money.

    Returns
    -------
    low, high : numpy.ndarray of shape (n,)
        Prices from 0 to inf; both NaN for a run that is the cheapest in no range of prices. Of
        equal points the first counts.

    Raises
    ------
    ValueError
        If the shapes differ, or a number is missing or infinite.

    References
    ----------
    Andrew (1979), Another efficient algorithm for convex hulls in two dimensions. Information
    Processing Letters 9(5).

    Examples
    --------
    Never retraining, and 10 and 20 retrainings: the second is worth it up to a price of 8.

    >>> low, high = price_ranges([0, 10, 20], [100, 20, 10])
    >>> low.tolist(), high.tolist()
    ([8.0, 1.0, 0.0], [inf, 8.0, 1.0])
    """
    x, y = np.asarray(quantity, dtype=float), np.asarray(rest, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"quantity and rest: shapes {x.shape} and {y.shape} must be (n,)")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("quantity and rest: must be finite numbers")
    low, high = np.full(len(x), np.nan), np.full(len(x), np.nan)
    hull: list[int] = []
    for k in np.lexsort((y, x)):
        if hull and y[k] >= y[hull[-1]]:
            continue  # as much of the quantity, and no cheaper otherwise
        while len(hull) > 1 and _switch(x, y, hull[-2], hull[-1]) <= _switch(x, y, hull[-1], k):
            hull.pop()
        hull.append(int(k))
    switches = [_switch(x, y, i, j) for i, j in itertools.pairwise(hull)]
    low[hull] = [*switches, 0.0]
    high[hull] = [np.inf, *switches]
    return low, high


def _switch(x: np.ndarray, y: np.ndarray, i: int, j: int) -> float:
    """The price at which two points cost the same."""
    return float((y[i] - y[j]) / (x[j] - x[i]))


def break_even(
    table: pd.DataFrame,
    prices: Prices,
    price: str,
    a: str,
    b: str,
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> BreakEven:
    """The price at which strategies A and B cost the same, with an interval over seeds.

    With Q the quantity of the price and R all other costs, means over the seeds that both have,

        price* = (R_B - R_A) / (Q_A - Q_B).

    There is none where the quantities are equal, and a negative one is not reported. The interval
    is the percentile bootstrap of this ratio of means: seeds are drawn again, pairs kept together.
    The mean of the seeds' own ratios is another number, and a wild one where a seed's quantities
    are nearly equal.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per strategy and seed, as `clsim.analysis.compare.comparison.priced` gives
        it: strategy, seed, the quantities, and ``total`` in money at these prices. Only strategies
        that served the same events can be compared, and those that decide by prices have no
        break-even: leave them out.
    prices : Prices
        Those at which ``total`` was reckoned.
    price : {'error', 'retraining', 'row', 'label', 'vote', 'waiting', 'alarm'}
        The price that varies.
    a, b : str
        Strategies.
    draws : int, default=2000
        Bootstrap resamples.
    seed : int, default=0
    level : float, default=0.95

    Returns
    -------
    BreakEven
        ``at`` (the price; NaN where there is none), ``low`` and ``high`` (its interval), ``now``,
        ``below`` and ``above`` (the cheaper of the two on either side), and ``reason`` (why a
        number is missing).

    Raises
    ------
    ValueError
        For an unknown price or strategy, a matrix of error prices, or no seed in common.

    Examples
    --------
    Ten retrainings more save 200 errors at 1 each: they break even at 20.

    >>> table = pd.DataFrame({"strategy": ["never", "often"], "seed": [1, 1],
    ...                       "loss": [500.0, 300.0], "retrainings": [0, 10],
    ...                       "total": [500.0, 350.0]})
    >>> turn = break_even(table, Prices(error=1, retraining=5), "retraining", "often", "never")
    >>> turn.at, turn.below, turn.above, turn.reason
    (20.0, 'often', 'never', 'one seed: no interval')
    """
    check_number("draws", draws, whole=True, low=1)
    check_number("level", level, above=0, high=1)
    quantity, rest = _split(table, prices, price, [a, b])
    now = float(getattr(prices, price))
    more, saved = quantity[a] - quantity[b], rest[b] - rest[a]
    if more.mean() == 0:
        reason = f"equal quantities of {QUANTITIES[price]}: no price of them tells the two apart"
        return BreakEven(price, a, b, np.nan, np.nan, np.nan, now, None, None, reason)
    at = float(saved.mean() / more.mean())
    few, many = (b, a) if more.mean() > 0 else (a, b)
    if at < 0:
        reason = f"{few!r} is the cheaper at every price"
        return BreakEven(price, a, b, np.nan, np.nan, np.nan, now, few, few, reason)
    low, high, no_interval = _ratio_interval(saved.to_numpy(), more.to_numpy(), draws, seed, level)
    return BreakEven(price, a, b, at, low, high, now, many, few, no_interval)


def _ratio_interval(
    top: np.ndarray, bottom: np.ndarray, draws: int, seed: int, level: float
) -> tuple[float, float, str | None]:
    if len(top) < 2:
        return np.nan, np.nan, "one seed: no interval"
    rng = generator(seed, "analysis.breakeven")
    again = rng.integers(0, len(top), (draws, len(top)))
    denominators = bottom[again].mean(axis=1)
    if np.any(denominators * np.sign(bottom.mean()) <= 0):
        return np.nan, np.nan, "the difference in quantity has no sure sign: no interval"
    ratios = top[again].mean(axis=1) / denominators
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2])
    return max(float(low), 0.0), max(float(high), 0.0), None


def cheapest(table: pd.DataFrame, prices: Prices, price: str) -> pd.DataFrame:
    """The range of one price, the others fixed, in which each strategy is the cheapest.

    Means over the seeds that all strategies have; see `price_ranges`.

    Parameters
    ----------
    table, prices, price
        As for `break_even`.

    Returns
    -------
    pandas.DataFrame
        One row per strategy, those with the most of the quantity first: strategy, quantity (mean),
        rest (mean of all other costs, in money), pareto (no other has as little of both), low,
        high (the range; NaN: never the cheapest), now (whether it is at the price as given).

    Raises
    ------
    ValueError
        As `break_even`.

    Examples
    --------
    Ten retrainings save 80 errors and ten more another 10, at 1 each: the second ten pay up to a
    price of 1, the first ten up to 8.

    >>> table = pd.DataFrame({"strategy": ["never", "monthly", "weekly"], "seed": 1,
    ...                       "loss": [100.0, 20, 10], "retrainings": [0, 10, 20],
    ...                       "total": [100.0, 70, 110]})
    >>> ranges = cheapest(table, Prices(error=1, retraining=5), "retraining")
    >>> ranges[["strategy", "quantity", "rest", "low", "high", "now"]]
      strategy  quantity   rest  low  high    now
    0   weekly      20.0   10.0  0.0   1.0  False
    1  monthly      10.0   20.0  1.0   8.0   True
    2    never       0.0  100.0  8.0   inf  False
    """
    quantity, rest = _split(table, prices, price, list(dict.fromkeys(table["strategy"])))
    x, y = quantity.mean().to_numpy(), rest.mean().to_numpy()
    low, high = price_ranges(x, y)
    value = float(getattr(prices, price))
    ranges = pd.DataFrame(
        {
            "strategy": list(quantity.columns),
            "quantity": x,
            "rest": y,
            "pareto": pareto(x, -y),
            "low": low,
            "high": high,
            "now": (low <= value) & (value <= high),
        }
    )
    order = np.lexsort((y, -x))
    return ranges.iloc[order].reset_index(drop=True)


def switches(
    table: pd.DataFrame,
    prices: Prices,
    price: str,
    *,
    draws: int = 2000,
    seed: int = 0,
    level: float = 0.95,
) -> pd.DataFrame:
    """The prices at which the cheapest strategy changes, with intervals.

    Parameters
    ----------
    table, prices, price, draws, seed, level
        As for `break_even`.

    Returns
    -------
    pandas.DataFrame
        One row per switch, by price: the columns of `BreakEven`. The interval is that of the
        break-even of the two neighbours; that others stay dearer is taken from the means.

    Raises
    ------
    ValueError
        As `break_even`.

    Examples
    --------
    Up to a price of 1 a retraining, weekly training is the cheapest, and up to 8 monthly training.

    >>> table = pd.DataFrame({"strategy": ["never", "monthly", "weekly"], "seed": 1,
    ...                       "loss": [100.0, 20, 10], "retrainings": [0, 10, 20],
    ...                       "total": [100.0, 70, 110]})
    >>> turns = switches(table, Prices(error=1, retraining=5), "retraining")
    >>> turns[["below", "above", "at"]].values.tolist()
    [['weekly', 'monthly', 1.0], ['monthly', 'never', 8.0]]
    """
    ranges = cheapest(table, prices, price)
    names = ranges[ranges["low"].notna()].sort_values("low")["strategy"].tolist()
    # those with most of the quantity are cheapest at low prices
    rows = [
        vars(break_even(table, prices, price, a, b, draws=draws, seed=seed, level=level))
        for a, b in itertools.pairwise(names)
    ]
    return pd.DataFrame(rows, columns=list(BreakEven.__dataclass_fields__))


def _split(
    table: pd.DataFrame, prices: Prices, price: str, names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Quantity of a price and all other costs: a row per seed that all have, a column each."""
    check_choice("price", price, QUANTITIES)
    if price == "error" and prices.by_class:
        raise ValueError("price='error': a matrix of prices has no single break-even")
    value = float(getattr(prices, price))
    have = list(dict.fromkeys(table["strategy"]))
    for name in names:
        if name not in have:
            raise ValueError(unknown("strategy", name, have))
    chosen = table[table["strategy"].isin(names)]
    wide = chosen.set_index(["seed", "strategy"])[[QUANTITIES[price], "total"]].astype(float)
    quantity, total = (wide[name].unstack() for name in (QUANTITIES[price], "total"))  # noqa: PD010
    common = quantity.dropna().index.intersection(total.dropna().index)
    if len(common) == 0:
        raise ValueError(f"{', '.join(names)}: no seed that all of them have")
    quantity, total = quantity.loc[common, names], total.loc[common, names]
    return quantity, total - value * quantity
