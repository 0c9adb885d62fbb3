"""Two models on the same rows: who is right where the other is wrong, and the mean difference.

Rows are independent of each other. Rows of one user, or of ticks close to each other, are not, and
then all of these are too sure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from clsim.errors import check_choice, check_number
from clsim.statistics.alternatives import ALTERNATIVES, Result, normal_result
from clsim.statistics.intervals import Interval, check_level

AT_ONCE = 2_000_000
"""Values that a bootstrap draws at a time."""


def mcnemar(
    only_a: int, only_b: int, method: str = "exact", alternative: str = "two-sided"
) -> Result:
    """Whether one model is right more often than another, by the rows on which one alone is.

    McNemar (Psychometrika, 1947): if they are equally good, each of these rows falls to either by
    a coin.

    Parameters
    ----------
    only_a, only_b : int
        Rows on which the first alone is right, and the second alone.
    method : {'exact', 'chi2', 'corrected'}, default='exact'
        By the binomial distribution; (a - b)² / (a + b); or (``|a - b|`` - 1)² / (a + b), with the
        correction of Edwards (Psychometrika, 1948).
    alternative : {'two-sided', 'greater', 'less'}, default='two-sided'
        'greater': the first is better.

    Returns
    -------
    Result
        The statistic is ``only_a`` where the method is exact, and χ² where it is not. With no such
        row p is 1.

    Raises
    ------
    TypeError, ValueError
        If a count is not a whole number of at least 0, or for another method or alternative.

    Examples
    --------
    >>> round(mcnemar(1, 9).p, 4)
    0.0215
    >>> round(mcnemar(1, 9, "chi2").statistic, 2)
    6.4
    """
    check_choice("method", method, ("exact", "chi2", "corrected"))
    check_choice("alternative", alternative, ALTERNATIVES)
    for key, count in (("only_a", only_a), ("only_b", only_b)):
        check_number(key, count, whole=True, low=0)
    total, difference = only_a + only_b, only_a - only_b
    if total == 0:
        return Result(0.0, 1.0)
    if method == "exact":
        from scipy.stats import binomtest

        found = binomtest(only_a, total, alternative=alternative).pvalue
        return Result(float(only_a), float(found))
    taken_off = 1 if method == "corrected" else 0
    z = np.sign(difference) * max(abs(difference) - taken_off, 0) / np.sqrt(total)
    return Result(float(z**2), normal_result(z, alternative).p)


def tango(
    only_a: int, only_b: int, rows: int, difference: float = 0.0, alternative: str = "greater"
) -> Result:
    """Whether the shares of rows that two models are right on differ by more than a stated one.

    The score test of Tango (Statistics in Medicine, 1998), the same rows for both. At a difference
    of 0 it is McNemar's, without a correction; against a difference of minus a margin it says that
    the first is not worse by the margin, and unlike Wald's it holds where the models disagree on
    few rows or on none.

    Parameters
    ----------
    only_a, only_b : int
        Rows on which the first alone is right, and the second alone.
    rows : int
        All rows.
    difference : float, default=0
        Of the shares (first less second) under the hypothesis; above -1 and below 1.
    alternative : {'greater', 'less', 'two-sided'}, default='greater'

    Returns
    -------
    Result
        The statistic is standard normal under the hypothesis. At a difference of 0 and with no row
        on which they disagree it is 0.

    Raises
    ------
    TypeError, ValueError
        If there are no rows, or fewer than those on which one alone is right.

    Examples
    --------
    >>> round(tango(150, 86, 1600).statistic ** 2, 4)
    17.3559
    >>> round(tango(0, 0, 500, difference=-0.01).statistic, 4)
    2.2473
    """
    _check_pairs(only_a, only_b, rows)
    check_number("difference", abs(difference), low=0, high=1)
    z = _tango(only_a, only_b, rows, difference)
    return normal_result(z, alternative)


def tango_interval(only_a: int, only_b: int, rows: int, level: float = 0.95) -> Interval:
    """The difference of two shares on the same rows, and its interval by `tango`.

    Parameters
    ----------
    only_a, only_b, rows : int
        As of `tango`.
    level : float, default=0.95

    Returns
    -------
    Interval
        All differences that the two-sided test does not reject.

    Raises
    ------
    TypeError, ValueError
        As `tango`, and for a level that is not between 0 and 1.

    Examples
    --------
    >>> [round(x, 4) for x in tango_interval(28, 25, 618, level=0.9)]
    [0.0049, -0.0148, 0.0247]
    """
    from scipy.optimize import brentq
    from scipy.special import ndtri

    _check_pairs(only_a, only_b, rows)
    check_level(level)
    z, mean = float(ndtri((1 + level) / 2)), (only_a - only_b) / rows
    ends = []
    for sign, end in ((1, -1.0), (-1, 1.0)):

        def missing(x: float, sign: int = sign) -> float:
            return sign * _tango(only_a, only_b, rows, x) - z

        outside = end * (1 - 1e-12)
        there = mean == end or missing(outside) <= 0
        ends.append(end if there else float(brentq(missing, outside, mean, xtol=1e-12)))
    return Interval(mean, *ends)


def _tango(only_a: int, only_b: int, rows: int, difference: float) -> float:
    """How many standard errors the difference of the shares lies above a stated one.

    The error is that of the likeliest shares with this difference.
    """
    a, b, n, d = only_a, only_b, rows, difference
    half = -a - b + (2 * n - a + b) * d
    root = np.sqrt(half**2 + 8 * n * b * d * (1 - d))
    share = (root - half) / (4 * n)  # of the rows on which the second alone is right
    variance = max(n * (2 * share + d * (1 - d)), 0.0)
    distance = a - b - n * d
    if variance == 0:
        return float(np.sign(distance) * np.inf) if distance else 0.0
    return float(distance / np.sqrt(variance))


def _check_pairs(only_a: int, only_b: int, rows: int) -> None:
    for key, count in (("only_a", only_a), ("only_b", only_b)):
        check_number(key, count, whole=True, low=0)
    check_number("rows", rows, whole=True, low=max(1, only_a + only_b))


def paired_t(differences: ArrayLike, mean: float = 0.0, alternative: str = "two-sided") -> Result:
    """Whether the mean of differences is another than a stated one, by Student's t.

    Student (Biometrika, 1908). Non-inferiority is the alternative 'greater' than a mean of minus
    the margin.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Of the first model less the second, row by row.
    mean : float, default=0
        The mean under the hypothesis.
    alternative : {'two-sided', 'greater', 'less'}, default='two-sided'

    Returns
    -------
    Result
        NaN for fewer than two differences, and where all are the same, as their spread is then not
        known.

    Raises
    ------
    ValueError
        For another alternative.

    Examples
    --------
    >>> found = paired_t([1.0, 2.0, 3.0])
    >>> round(found.statistic, 4), round(found.p, 4)
    (3.4641, 0.0742)
    """
    from scipy.special import stdtr

    check_choice("alternative", alternative, ALTERNATIVES)
    x = np.asarray(differences, dtype=float)
    if len(x) < 2 or np.ptp(x) == 0:
        return Result(np.nan, np.nan)
    t = float((x.mean() - mean) / (x.std(ddof=1) / np.sqrt(len(x))))
    below, above = stdtr(len(x) - 1, t), stdtr(len(x) - 1, -t)
    tail = {"two-sided": 2 * min(below, above), "greater": above, "less": below}
    return Result(t, float(tail[alternative]))


def paired_equivalence(differences: ArrayLike, margin: float) -> Result:
    """Whether the mean of differences lies within a margin of 0: two one-sided t tests.

    Schuirmann (Journal of Pharmacokinetics and Biopharmaceutics, 1987): the larger of the p-values
    of "above -margin" and "below margin".

    Parameters
    ----------
    differences : array-like of shape (n,)
    margin : float
        Above 0.

    Returns
    -------
    Result
        Of the test that is the less sure.

    Raises
    ------
    TypeError, ValueError
        If the margin is not above 0.

    Examples
    --------
    >>> round(paired_equivalence([-1.0, 0.0, 1.0], margin=2).p, 4)
    0.0371
    """
    check_number("margin", margin, above=0)
    above = paired_t(differences, -margin, "greater")
    below = paired_t(differences, margin, "less")
    return max(above, below, key=lambda found: found.p)


def paired_bootstrap(
    differences: ArrayLike,
    rng: np.random.Generator,
    level: float = 0.95,
    draws: int = 2_000,
    method: str = "studentised",
) -> Interval:
    """The mean of differences and a two-sided interval from resamples of the rows.

    Efron and Tibshirani (An Introduction to the Bootstrap, 1993), chapters 12 and 13. For a
    one-sided bound at level 1 - alpha take the level 1 - 2 alpha.

    Parameters
    ----------
    differences : array-like of shape (n,)
        Of the first model less the second, row by row.
    rng : numpy.random.Generator
    level : float, default=0.95
    draws : int, default=2000
        Resamples.
    method : {'studentised', 'percentile'}, default='studentised'
        'studentised': mean - t s / √n, with quantiles of the resamples' own t, which allows for
        skewness; a bound is infinite where too many resamples of few rows have no spread.
        'percentile': quantiles of the resamples' means, too narrow for few rows.

    Returns
    -------
    Interval
        Bounds are NaN for fewer than two differences; with no spread at all they are the mean for
        'percentile', and NaN for 'studentised'.

    Raises
    ------
    TypeError, ValueError
        For a level that is not between 0 and 1, fewer than 100 resamples, or another method.

    Examples
    --------
    >>> found = paired_bootstrap(np.arange(9.0), np.random.default_rng(0), method="percentile")
    >>> found.mean, bool(2 < found.low < 3), bool(5 < found.high < 6)
    (4.0, True, True)
    """
    check_level(level)
    check_number("draws", draws, whole=True, low=100)
    check_choice("method", method, ("studentised", "percentile"))
    x = np.asarray(differences, dtype=float)
    if len(x) < 2:
        return Interval(float(x.mean()) if len(x) else np.nan, np.nan, np.nan)
    mean, error = float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x)))
    means, errors = _resampled(x, rng, draws)
    tails = (1 - level) / 2, (1 + level) / 2
    if method == "percentile":
        low, high = np.quantile(means, tails)
        return Interval(mean, float(low), float(high))
    if error == 0:
        return Interval(mean, np.nan, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = (means - mean) / errors
    t = np.sort(np.nan_to_num(t, nan=0.0, posinf=np.inf, neginf=-np.inf))
    low, high = t[int(np.floor(tails[0] * (draws - 1)))], t[int(np.ceil(tails[1] * (draws - 1)))]
    return Interval(mean, float(mean - high * error), float(mean - low * error))


def bootstrap_test(
    differences: ArrayLike,
    rng: np.random.Generator,
    mean: float = 0.0,
    alternative: str = "greater",
    draws: int = 2_000,
) -> Result:
    """Whether the mean of differences is above a stated one, by resamples of the rows.

    Efron and Tibshirani (An Introduction to the Bootstrap, 1993), chapter 16: the resamples' own t,
    about the mean that was found, say how large t is where the hypothesis holds. From the same
    state of the generator it agrees with the studentised interval of `paired_bootstrap`.

    Parameters
    ----------
    differences : array-like of shape (n,)
    rng : numpy.random.Generator
    mean : float, default=0
        The mean under the hypothesis.
    alternative : {'greater', 'less'}, default='greater'
    draws : int, default=2000
        Resamples; p is at least 1 / (draws + 1).

    Returns
    -------
    Result
        t, and (1 + resamples whose t is as extreme) / (draws + 1); NaN for fewer than two
        differences, and where all are the same.

    Raises
    ------
    TypeError, ValueError
        For fewer than 100 resamples, or another alternative.

    Examples
    --------
    >>> found = bootstrap_test(np.arange(9.0), np.random.default_rng(0), mean=2.0)
    >>> round(found.statistic, 4), bool(0.01 < found.p < 0.1)
    (2.1909, True)
    """
    check_number("draws", draws, whole=True, low=100)
    check_choice("alternative", alternative, ("greater", "less"))
    x = np.asarray(differences, dtype=float)
    if len(x) < 2 or np.ptp(x) == 0:
        return Result(np.nan, np.nan)
    found = float((x.mean() - mean) / (x.std(ddof=1) / np.sqrt(len(x))))
    means, errors = _resampled(x, rng, draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.nan_to_num((means - x.mean()) / errors, nan=0.0, posinf=np.inf, neginf=-np.inf)
    extreme = t >= found if alternative == "greater" else t <= found
    return Result(found, float((1 + extreme.sum()) / (draws + 1)))


def _resampled(
    x: np.ndarray, rng: np.random.Generator, draws: int
) -> tuple[np.ndarray, np.ndarray]:
    """Means of resamples and their standard errors, a piece at a time."""
    means, errors = np.empty(draws), np.empty(draws)
    piece = max(1, AT_ONCE // len(x))
    for start in range(0, draws, piece):
        stop = min(start + piece, draws)
        drawn = x[rng.integers(len(x), size=(stop - start, len(x)))]
        means[start:stop] = drawn.mean(axis=1)
        errors[start:stop] = drawn.std(axis=1, ddof=1) / np.sqrt(len(x))
    return means, errors
