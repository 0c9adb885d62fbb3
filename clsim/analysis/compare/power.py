"""How many seeds show a stated difference, or tell two strategies apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clsim.errors import check_number, unknown
from clsim.statistics.intervals import check_level, mean_interval

MOST_SEEDS = 1_000_000


@dataclass(frozen=True)
class SeedsNeeded:
    """How many seeds show a stated difference.

    Attributes
    ----------
    seeds : int or None
    power : float
        The power that they have.
    deviation : float
        Standard deviation of the pilot's paired differences.
    reason : str or None
        Why there is no number.
    """

    seeds: int | None
    power: float
    deviation: float
    reason: str | None = None


def seeds_needed(
    differences: ArrayLike, difference: float, power: float = 0.8, level: float = 0.05
) -> SeedsNeeded:
    """How many seeds a paired t-test needs to find a stated difference.

    The least n at which the two-sided test has the power, by the noncentral t distribution with
    n - 1 degrees of freedom and noncentrality sqrt(n) difference / s (Cohen, Statistical Power
    Analysis, 1988). s comes from a pilot, and is uncertain if that is small.

    Parameters
    ----------
    differences : array-like of shape (seeds,)
        Paired differences of two strategies, seed by seed, in a pilot.
    difference : float
        The difference of means that one wants to find, in the same units.
    power : float, default=0.8
    level : float, default=0.05

    Returns
    -------
    SeedsNeeded
        Without a number for fewer than 2 differences, or where all are equal.

    Raises
    ------
    TypeError, ValueError
        If differences are not finite numbers of shape (seeds,), the difference is 0, the power is
        not above 0 and below 1, or the level is none.

    Examples
    --------
    >>> seeds_needed([-1.0, 0.0, 1.0], 0.5).seeds
    34
    """
    x = np.asarray(differences, dtype=float)
    if x.ndim != 1 or not np.isfinite(x).all():
        raise ValueError("differences: must be finite numbers of shape (seeds,)")
    check_number("difference", difference)
    if difference == 0:
        raise ValueError("difference=0: no number of seeds shows that there is none")
    check_number("power", power, above=0, high=0.999999)
    check_level(level)
    if len(x) < 2:
        return SeedsNeeded(None, np.nan, np.nan, f"needs at least 2 seeds, has {len(x)}")
    deviation = float(x.std(ddof=1))
    if deviation == 0:
        return SeedsNeeded(None, np.nan, 0.0, "the pilot's differences do not vary")
    effect = abs(difference) / deviation
    low, high = 1, 2
    while high < MOST_SEEDS and _power(high, effect, level) < power:
        low, high = high, 2 * high
    if high >= MOST_SEEDS:
        return SeedsNeeded(None, np.nan, deviation, f"more than {MOST_SEEDS:,} seeds")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _power(middle, effect, level) >= power else (middle, high)
    return SeedsNeeded(high, _power(high, effect, level), deviation)


def seeds_to_tell(
    table: pd.DataFrame,
    strategy: str,
    value: str = "total",
    *,
    worth: float | None = None,
    power: float = 0.8,
    level: float = 0.05,
) -> pd.DataFrame:
    """How many seeds would tell a strategy from each of the others, if they differ as they did.

    `seeds_needed` of the observed mean of the paired differences, by their observed deviation. It
    is a plan for another sweep: of the one there was, the interval says all (Hoenig and Heisey, The
    American Statistician 2001).

    Parameters
    ----------
    table : pandas.DataFrame
        strategy, seed and the value, one row per run of one setting. Or per world: then with the
        world as ``seed``, and it is worlds that are counted.
    strategy : str
    value : str, default='total'
    worth : float, optional
        A difference that one would want to find, for ``seeds_for_worth``.
    power : float, default=0.8
    level : float, default=0.05
        Of the two-sided test; intervals have 1 - level.

    Returns
    -------
    pandas.DataFrame
        One row per other strategy: strategy, difference (its value less that of ``strategy``, mean
        over the seeds that both have), low, high, deviation, seeds (there are), needed (missing
        where ``reason`` says why), seeds_for_worth, reason.

    Raises
    ------
    ValueError
        If the table lacks the strategy.

    Examples
    --------
    >>> table = pd.DataFrame({"strategy": ["a"] * 3 + ["b"] * 3, "seed": [1, 2, 3] * 2,
    ...                       "total": [5.0, 5.0, 5.0, 4.5, 5.5, 6.5]})
    >>> seeds_to_tell(table, "a")[["strategy", "difference", "deviation", "seeds", "needed"]]
      strategy  difference  deviation  seeds  needed
    0        b         0.5        1.0      3      34
    """
    wide = table.pivot_table(index="seed", columns="strategy", values=value, sort=False)
    if strategy not in wide:
        raise ValueError(unknown("strategy", strategy, list(wide)))
    rows = []
    for name in wide.columns.drop(strategy):
        gap = (wide[name] - wide[strategy]).dropna().to_numpy(dtype=float)
        mean, low, high = mean_interval(gap, 1 - level)
        row = {"strategy": name, "difference": mean, "low": low, "high": high, "seeds": len(gap)}
        asked = None if not worth or len(gap) < 2 else seeds_needed(gap, worth, power, level)
        found = SeedsNeeded(None, np.nan, 0.0, "the two are equal")
        if len(gap) == 0:
            found = SeedsNeeded(None, np.nan, np.nan, "they share no seed")
        elif mean != 0:
            found = seeds_needed(gap, mean, power, level)
        rows.append({**row, "deviation": found.deviation, "needed": found.seeds,
                     "seeds_for_worth": asked and asked.seeds, "reason": found.reason})  # fmt: skip
    columns = ["strategy", "difference", "low", "high", "deviation", "seeds", "needed",
               "seeds_for_worth", "reason"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    counts = {"needed": "Int64", "seeds_for_worth": "Int64"}
    return frame.astype(counts)


def _power(n: int, effect: float, level: float) -> float:
    """P(|T| > t), by T squared, which is F: SciPy's noncentral t is NaN for many large shifts."""
    from scipy.stats import ncf, t

    shift = effect * np.sqrt(n)
    if shift > 100:  # beyond what the distribution computes, and certain
        return 1.0
    bound = t.isf(level / 2, n - 1)
    return float(ncf.sf(bound**2, 1, n - 1, shift**2))
