"""Whether a batch is fit to be used: checks of columns and rows, and of ticks against the past."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

# a column against a reference ---------------------------------------------------------------------


def missing(was: pd.Series, now: pd.Series) -> float:
    """How much larger the share of missing values is than it was; 0 if it is not.

    >>> missing(pd.Series([1.0, None, 3.0, 4.0]), pd.Series([None, None, None, 1.0]))
    0.5
    """
    return max(float(now.isna().mean() - was.isna().mean()), 0.0)


def wrong_type(was: pd.Series, now: pd.Series) -> float:
    """The share of values that are no numbers, where all that were there before are.

    Missing values do not count. Text that reads as a number is a number here.

    >>> wrong_type(pd.Series([1, 2], dtype=object), pd.Series(["3", "n/a"], dtype=object))
    0.5
    """
    if not is_numeric(was):
        return 0.0
    if pd.api.types.is_numeric_dtype(now.dtype):
        return 0.0
    there = now.dropna()
    strange = pd.to_numeric(there, errors="coerce").isna()
    return float(strange.mean()) if len(there) else 0.0


def out_of_range(was: pd.Series, now: pd.Series) -> float:
    """The share of numbers below the least or above the largest that was there before.

    >>> out_of_range(pd.Series([0.0, 1.0]), pd.Series([-1.0, 0.5, 1.0, 2.0]))
    0.5
    """
    if not is_numeric(was):
        return 0.0
    before, there = as_numbers(was), as_numbers(now)
    if not len(before) or not len(there):
        return 0.0
    return float(np.mean((there < before.min()) | (there > before.max())))


def new_values(was: pd.Series, now: pd.Series) -> float:
    """The share of categories that were not there before; of numbers it is 0.

    >>> new_values(pd.Series(["a", "b"]), pd.Series(["a", "c", "d", None]))
    0.6666666666666666
    """
    there = now.dropna()
    if is_numeric(was) or not len(there):
        return 0.0
    return float((~there.astype(str).isin(was.dropna().astype(str).unique())).mean())


def constant(was: pd.Series, now: pd.Series) -> float:
    """1 where all values are the same (or missing), and before they were not; else 0.

    >>> constant(pd.Series([1, 2]), pd.Series([2, 2])), constant(pd.Series([2, 2]), pd.Series([2]))
    (1.0, 0.0)
    """
    return float(len(now) > 1 and _varies(was) and not _varies(now))


def _varies(column: pd.Series) -> bool:
    there = column.dropna().to_numpy()
    return bool(len(there)) and bool((there != there[0]).any())


def is_numeric(column: pd.Series) -> bool:
    """Whether a column has numbers alone, whatever its type says; an empty one does not."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return True
    there = column.dropna()
    return bool(len(there)) and bool(pd.to_numeric(there, errors="coerce").notna().all())


def as_numbers(column: pd.Series) -> np.ndarray:
    """The numbers of a column, without what is missing or is none."""
    if not pd.api.types.is_numeric_dtype(column.dtype):
        column = pd.to_numeric(column, errors="coerce")
    numbers = column.to_numpy(dtype=float, na_value=np.nan)
    return numbers[~np.isnan(numbers)]


COLUMN_CHECKS: dict[str, Callable[[pd.Series, pd.Series], float]] = {
    "missing": missing,
    "wrong_type": wrong_type,
    "out_of_range": out_of_range,
    "new_values": new_values,
    "constant": constant,
}
"""Checks of a column against a reference, each a share between 0 and 1, by name."""

# rows ---------------------------------------------------------------------------------------------


def duplicates(was: pd.DataFrame, now: pd.DataFrame) -> float:
    """How much larger the share of rows is that repeat another of the batch; 0 if it is not.

    Compared with the latest rows of the reference, as many as the batch has: the more rows, the
    more of them repeat one by chance.

    >>> duplicates(pd.DataFrame({"x": [1, 2, 3, 4]}), pd.DataFrame({"x": [7, 7, 7, 8]}))
    0.5
    """
    if not len(now):
        return 0.0
    like = was.iloc[-len(now) :]
    before = float(like.duplicated().mean()) if len(like) else 0.0
    return max(float(now.duplicated().mean()) - before, 0.0)


# statistics of ticks ------------------------------------------------------------------------------

OF_NUMBERS = ("missing", "distinct", "mean", "deviation", "least", "largest")
OF_CATEGORIES = ("missing", "distinct", "most_frequent", "entropy", "mean_length", "longest")
"""The six statistics of a column in a tick; ``missing``, ``distinct`` and ``most_frequent`` are
shares of its rows, and lengths are numbers of characters."""


def statistics(column: pd.Series, numeric: bool) -> np.ndarray:
    """Six statistics of the values of a column.

    Parameters
    ----------
    column : pandas.Series of shape (n,)
    numeric : bool
        Whether it is taken for numbers, with `OF_NUMBERS`, or for categories, with `OF_CATEGORIES`.

    Returns
    -------
    numpy.ndarray of shape (6,)
        NaN where nothing is there to compute it from.

    Examples
    --------
    >>> statistics(pd.Series([1.0, 3.0, 3.0, None]), True).round(3).tolist()
    [0.25, 0.5, 2.333, 0.943, 1.0, 3.0]
    >>> statistics(pd.Series(["a", "bb", "bb", None]), False).round(3).tolist()
    [0.25, 0.5, 0.5, 0.637, 1.667, 2.0]
    """
    found = np.full(6, np.nan)
    if not len(column):
        return found
    if numeric:
        values: np.ndarray = as_numbers(column)
        size = len(np.unique(values))
    else:
        values = column.dropna().astype(str).to_numpy()
        counts = np.unique(values, return_counts=True)[1]
        size = len(counts)
    found[0], found[1] = 1 - len(values) / len(column), size / len(column)
    if not len(values):
        return found
    if numeric:
        found[2:] = values.mean(), values.std(), values.min(), values.max()
    else:
        shares, lengths = counts / len(values), np.char.str_len(values.astype(str))
        entropy = -float(shares @ np.log(shares))
        found[2:] = counts.max() / len(column), entropy, lengths.mean(), lengths.max()
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
