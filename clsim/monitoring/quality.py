"""Whether a batch is fit to be used: checks of columns and rows, and of ticks against the past."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

from clsim.monitoring.encoded import Inputs
from clsim.types import Column

# a column against a reference ---------------------------------------------------------------------


def missing(was: Column, now: Column) -> float:
    """How much larger the share of missing values is than it was; 0 if it is not.

    >>> was, now = np.array([1, np.nan, 3, 4]), np.array([np.nan, np.nan, np.nan, 1])
    >>> missing(Column(was), Column(now))
    0.5
    """
    return max(float(now.missing.mean() - was.missing.mean()), 0.0)


def wrong_type(was: Column, now: Column) -> float:
    """The share of texts that are no numbers, where all that were there before are.

    Missing values do not count; of a column of numbers it is 0.

    >>> names = np.array(["1", "2", "n/a"])
    >>> wrong_type(Column(np.array([0, 1]), names), Column(np.array([1, 2]), names))
    0.5
    """
    before, there = _there(was), _there(now)
    if was.names is None or not len(before) or not len(there):
        return 0.0
    used = np.unique(np.concatenate([before, there]))
    strange = np.zeros(len(was.names), dtype=bool)
    strange[used] = np.isnan(pd.to_numeric(pd.Series(was.names[used]), errors="coerce"))
    return 0.0 if strange[before].any() else float(strange[there].mean())


def out_of_range(was: Column, now: Column) -> float:
    """The share of numbers below the least or above the largest that was there before.

    >>> out_of_range(Column(np.array([0.0, 1.0])), Column(np.array([-1.0, 0.5, 1.0, 2.0])))
    0.5
    """
    before, there = _there(was), _there(now)
    if was.names is not None or not len(before) or not len(there):
        return 0.0
    return float(np.mean((there < before.min()) | (there > before.max())))


def new_values(was: Column, now: Column) -> float:
    """The share of categories that were not there before; of numbers it is 0.

    >>> names = np.array(["red", "blue", "green"])
    >>> new_values(Column(np.array([0, 1]), names), Column(np.array([0, 2, -1]), names))
    0.5
    """
    there = _there(now)
    if was.names is None or not len(there):
        return 0.0
    return float(np.mean(~np.isin(there, _there(was))))


def constant(was: Column, now: Column) -> float:
    """1 where all values are the same (or missing), and before they were not; else 0.

    >>> constant(Column(np.array([1.0, 2.0])), Column(np.array([2.0, 2.0])))
    1.0
    """
    return float(len(now.values) > 1 and _varies(was) and not _varies(now))


def _there(column: Column) -> np.ndarray:
    return column.values[~column.missing]


def _varies(column: Column) -> bool:
    there = _there(column)
    return bool(len(there)) and bool((there != there[0]).any())


COLUMN_CHECKS: dict[str, Callable[[Column, Column], float]] = {
    "missing": missing,
    "wrong_type": wrong_type,
    "out_of_range": out_of_range,
    "new_values": new_values,
    "constant": constant,
}
"""Checks of a column against a reference, each a share between 0 and 1, by name."""

# rows ---------------------------------------------------------------------------------------------


def duplicates(was: Inputs, now: Inputs) -> float:
    """How much larger the share of rows is that repeat another of the batch; 0 if it is not.

    Compared with the latest rows of the reference, as many as the batch has: the more rows, the
    more of them repeat one by chance.

    >>> was, now = np.array([1.0, 2.0, 3.0, 4.0]), np.array([7.0, 7.0, 7.0, 8.0])
    >>> duplicates({"x": Column(was)}, {"x": Column(now)})
    0.5
    """
    rows, like = (pd.DataFrame({k: c.values for k, c in side.items()}) for side in (now, was))
    like = like.iloc[-len(rows) :]
    return max(float(rows.duplicated().mean()) - float(like.duplicated().mean()), 0.0)


# statistics of ticks ------------------------------------------------------------------------------

OF_NUMBERS = ("missing", "distinct", "mean", "deviation", "least", "largest")
OF_CATEGORIES = ("missing", "distinct", "most_frequent", "entropy", "mean_length", "longest")
"""The six statistics of a column in a tick; ``missing``, ``distinct`` and ``most_frequent`` are
shares of its rows, and lengths are numbers of characters."""


def statistics(column: Column) -> np.ndarray:
    """Six statistics of a column: `OF_NUMBERS`, or `OF_CATEGORIES`.

    Returns
    -------
    numpy.ndarray of shape (6,)
        NaN where nothing is there to compute it from.

    Examples
    --------
    >>> statistics(Column(np.array([1.0, 3.0, 3.0, np.nan]))).round(3).tolist()
    [0.25, 0.5, 2.333, 0.943, 1.0, 3.0]
    >>> statistics(Column(np.array([0, 1, 1, -1]), np.array(["a", "bb"]))).round(3).tolist()
    [0.25, 0.5, 0.5, 0.637, 1.667, 2.0]
    """
    found, size, there = np.full(6, np.nan), len(column.values), _there(column)
    if not size:
        return found
    values, counts = np.unique(there, return_counts=True)
    found[0], found[1] = 1 - len(there) / size, len(values) / size
    if not len(there):
        return found
    if column.names is None:
        found[2:] = there.mean(), there.std(), values[0], values[-1]
    else:
        shares, lengths = counts / len(there), np.char.str_len(column.names[values])
        entropy = -float(shares @ np.log(shares))
        found[2:] = counts.max() / size, entropy, shares @ lengths, lengths.max()
    return found


def robust_z(past: np.ndarray, now: np.ndarray, floor: np.ndarray) -> np.ndarray:
    """How many robust standard deviations values lie from the median of the past.

    The deviation is 1.4826 times the median distance from the median (MAD), which is the standard
    deviation of normal values and bears outliers.

    Parameters
    ----------
    past : numpy.ndarray of shape (ticks, k)
        NaN where there was no value.
    now : numpy.ndarray of shape (k,)
    floor : numpy.ndarray of shape (k,)
        No deviation is less: what one row more or less changes. Else a statistic that has hardly
        moved would alarm when it moves at all.

    Returns
    -------
    numpy.ndarray of shape (k,)
        With sign; infinite where what never moved does, and nothing is known of the chance of that;
        NaN where either side is missing.

    Examples
    --------
    >>> past = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]])
    >>> robust_z(past, np.array([3.4826, 6.0]), np.zeros(2)).round(9).tolist()
    [1.0, inf]
    """
    gaps = bool(np.isnan(past).any())
    median = np.nanmedian if gaps else np.median
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of columns without any value
        middle = median(past, axis=0)
        spread = np.maximum(1.4826 * median(np.abs(past - middle), axis=0), floor)
    apart = now - middle
    never = np.where(apart == 0, 0.0, np.copysign(np.inf, apart))
    moved = np.divide(apart, spread, out=never, where=~(spread <= 0))
    return np.where(np.isnan(apart), np.nan, moved)


def one_row(past: np.ndarray, rows: int, numeric: bool) -> np.ndarray:
    """What one row can change in the six statistics, as a floor for `robust_z`.

    1/n, but for what is in the unit of a number: there the standard error of a mean, by the usual
    spread of the column.

    Parameters
    ----------
    past : numpy.ndarray of shape (ticks, 6)
    rows : int
        In the batch that is judged.
    numeric : bool

    Returns
    -------
    numpy.ndarray of shape (6,)

    Examples
    --------
    >>> one_row(np.array([[0, 1, 5.0, 2.0, 1.0, 9.0]] * 3), 100, True).round(9).tolist()
    [0.01, 0.01, 0.2, 0.2, 0.2, 0.2]
    """
    floor = np.full(6, 1 / max(rows, 1))
    if numeric:
        spread = past[:, 3][~np.isnan(past[:, 3])]
        floor[2:] = np.median(spread) / np.sqrt(max(rows, 1)) if len(spread) else 0.0
    return floor


def volume_z(past: np.ndarray, now: int) -> float:
    """How unusual a number of rows is, in robust standard deviations and without sign.

    The deviation is not taken for less than the square root of the median, as of events that come
    independently.

    >>> round(volume_z(np.array([100, 104, 96, 100]), 50), 3)
    5.0
    """
    floor = np.sqrt(max(float(np.median(past)), 1.0))
    return float(abs(robust_z(past[:, None].astype(float), np.array([float(now)]), floor[None])[0]))
