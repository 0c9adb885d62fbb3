"""Two proportions of different rows, such as two halves of the traffic."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.statistics.alternatives import Result, normal_result

POINTS = np.linspace(-9, 9, 721)
"""Normal quantiles at which the chance of one Beta above another is summed."""


def two_proportions(
    hits_a: int,
    rows_a: int,
    hits_b: int,
    rows_b: int,
    *,
    difference: float = 0.0,
    pooled: bool = True,
    alternative: str = "two-sided",
) -> Result:
    """Whether two shares differ, by z = (a - b) / its standard error.

    Fleiss, Levin and Paik (Statistical Methods for Rates and Proportions, 2003), without a
    correction for continuity.

    Parameters
    ----------
    hits_a, rows_a, hits_b, rows_b : int
    difference : float, default=0
        Of the shares under the hypothesis. Other than 0 there is no common share, so the error is
        that of each share by itself.
    pooled : bool, default=True
        Whether the error is that of one common share, which holds under the hypothesis, or of each
        share by itself (Wald).
    alternative : {'two-sided', 'greater', 'less'}, default='two-sided'
        'greater': the first is larger.

    Returns
    -------
    Result
        NaN where the standard error is 0: where all or none are hits (without pooling, in both
        halves).

    Raises
    ------
    TypeError, ValueError
        If there are no rows, or more hits than rows.

    Examples
    --------
    >>> round(two_proportions(60, 100, 40, 100).statistic, 4)
    2.8284
    >>> round(two_proportions(60, 100, 40, 100, pooled=False).statistic, 4)
    2.8868
    """
    found, error = _difference(hits_a, rows_a, hits_b, rows_b)
    if pooled and difference == 0:
        share = (hits_a + hits_b) / (rows_a + rows_b)
        error = np.sqrt(share * (1 - share) * (1 / rows_a + 1 / rows_b))
    return _z(found - difference, error, alternative)


def non_inferiority(hits_a: int, rows_a: int, hits_b: int, rows_b: int, margin: float) -> Result:
    """Whether the first share is at most a margin below the second: one-sided, Wald's error.

    Parameters
    ----------
    hits_a, rows_a, hits_b, rows_b : int
    margin : float
        Above 0; by so much the first may be worse.

    Returns
    -------
    Result
        A small p-value says that it is not worse by the margin. NaN where both shares are 0 or 1,
        as Wald's error is then 0 however few rows there are.

    Raises
    ------
    TypeError, ValueError
        If the margin is not above 0, there are no rows, or more hits than rows.

    Examples
    --------
    >>> round(non_inferiority(180, 200, 176, 200, margin=0.1).statistic, 6)
    3.837177
    """
    check_number("margin", margin, above=0)
    difference, error = _difference(hits_a, rows_a, hits_b, rows_b)
    return _z(difference + margin, error, "greater")


def equivalence(
    hits_a: int, rows_a: int, hits_b: int, rows_b: int, margin: float
) -> tuple[Result, Result]:
    """Whether two shares are within a margin of each other: two one-sided tests, Wald's error.

    TOST (Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics, 1987). They are equivalent
    at level alpha if both p-values are at most alpha: the p-value of the whole is the larger.

    Parameters
    ----------
    hits_a, rows_a, hits_b, rows_b : int
    margin : float
        Above 0.

    Returns
    -------
    (Result, Result)
        That the difference is above -margin, and that it is below margin; NaN as of
        `non_inferiority`.

    Raises
    ------
    TypeError, ValueError
        As `non_inferiority`.

    Examples
    --------
    >>> above, below = equivalence(180, 200, 176, 200, margin=0.1)
    >>> round(below.statistic, 6), round(max(above.p, below.p), 6)
    (-2.558118, 0.005262)
    """
    above = non_inferiority(hits_a, rows_a, hits_b, rows_b, margin)
    difference, error = _difference(hits_a, rows_a, hits_b, rows_b)
    return above, _z(difference - margin, error, "less")


def beta_above(a: float, b: float, other_a: float, other_b: float) -> float:
    """The chance that one Beta variable is above another, independent one.

    The mean of one's distribution function over the other's quantiles, by the trapezoidal rule on
    the normal scale; the wider of the two is the one whose function is taken, so that it is smooth.

    Parameters
    ----------
    a, b : float
        Above 0: of a uniform prior, hits + 1 and misses + 1.
    other_a, other_b : float

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If a parameter is not above 0.

    Examples
    --------
    >>> round(beta_above(15, 85, 10, 90), 6)
    0.861942
    """
    from scipy.special import betainc, betaincinv, ndtr
    from scipy.stats import beta

    for key, value in (("a", a), ("b", b), ("other_a", other_a), ("other_b", other_b)):
        check_number(key, value, above=0)
    weights = np.exp(-(POINTS**2) / 2)
    weights /= weights.sum()
    if beta.var(a, b) <= beta.var(other_a, other_b):
        return float(weights @ betainc(other_a, other_b, betaincinv(a, b, ndtr(POINTS))))
    return float(1 - weights @ betainc(a, b, betaincinv(other_a, other_b, ndtr(POINTS))))


def _difference(hits_a: int, rows_a: int, hits_b: int, rows_b: int) -> tuple[float, float]:
    """The first share less the second, and its error by each share by itself."""
    for arm, hits, rows in (("a", hits_a, rows_a), ("b", hits_b, rows_b)):
        check_number(f"rows_{arm}", rows, whole=True, low=1)
        check_number(f"hits_{arm}", hits, whole=True, low=0, high=rows)
    a, b = hits_a / rows_a, hits_b / rows_b
    return a - b, float(np.sqrt(a * (1 - a) / rows_a + b * (1 - b) / rows_b))


def _z(distance: float, error: float, alternative: str) -> Result:
    return normal_result(distance / error if error > 0 else np.nan, alternative)
