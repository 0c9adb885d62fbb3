"""How many rows a comparison of two models needs, and what difference so many rows can show.

Numbers are not rounded; a whole number of rows is the next one up. They hold for independent rows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clsim.errors import check_number
from clsim.statistics.intervals import check_level


def paired_rows(
    difference: float,
    disagreement: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> float:
    """Rows that McNemar's test needs if both models answer the same rows, as in a shadow.

    Connor (Biometrics, 1987): (z √ψ + z' √(ψ - d²))² / d², with the normal quantiles z of
    1 - alpha / 2 and z' of the power.

    Parameters
    ----------
    difference : float
        Of the shares of rows that are right, d; not 0, of either sign.
    disagreement : float
        Share of rows on which one alone is right, ψ: at least ``|d|``.
    power : float, default=0.8
        Chance to find the difference.
    alpha : float, default=0.05
        Chance to find one where there is none.
    two_sided : bool, default=True

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If the difference is 0 or more than the disagreement, or a chance is not between 0 and 1.

    Examples
    --------
    >>> round(paired_rows(0.02, disagreement=0.1))
    1960
    """
    check_number("disagreement", disagreement, above=0, high=1)
    check_number("difference", abs(difference), above=0, high=disagreement)
    z_alpha, z_beta = _quantiles(power, alpha, two_sided)
    spread = np.sqrt(max(disagreement - difference**2, 0.0))
    return float(((z_alpha * np.sqrt(disagreement) + z_beta * spread) / difference) ** 2)


def paired_difference(
    rows: float,
    disagreement: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> float:
    """The smallest difference that so many rows show if both models answer them.

    The inverse of `paired_rows`.

    Parameters
    ----------
    rows : float
        Above 0.
    disagreement, power, alpha, two_sided
        As of `paired_rows`.

    Returns
    -------
    float
        Above 0; NaN if not even the largest difference, the disagreement itself, would be found.

    Raises
    ------
    TypeError, ValueError
        As `paired_rows`.

    Examples
    --------
    >>> round(paired_difference(1960, disagreement=0.1), 4)
    0.02
    """
    check_number("rows", rows, above=0)
    check_number("disagreement", disagreement, above=0, high=1)

    def missing(difference: float) -> float:
        needed = paired_rows(
            difference, disagreement, power=power, alpha=alpha, two_sided=two_sided
        )
        return float(np.log(needed / rows))

    return _root(missing, disagreement)


def mean_rows(
    difference: float,
    deviation: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> float:
    """Rows that a test of the mean of paired differences needs, in large samples.

    (z + z')² s² / d², with the normal quantiles of `paired_rows`.

    Parameters
    ----------
    difference : float
        Of the means, d; not 0, of either sign. Against a margin: how far the mean is from it.
    deviation : float
        Standard deviation of the differences row by row, s; above 0.
    power, alpha, two_sided
        As of `paired_rows`.

    Returns
    -------
    float
        Not rounded up.

    Raises
    ------
    TypeError, ValueError
        If the difference is 0, the deviation is not above 0, or a chance is not between 0 and 1.

    Examples
    --------
    >>> round(mean_rows(0.5, deviation=2.0), 1)
    125.6
    """
    check_number("deviation", deviation, above=0)
    check_number("difference", abs(difference), above=0)
    return float((sum(_quantiles(power, alpha, two_sided)) * deviation / difference) ** 2)


def mean_difference(
    rows: float,
    deviation: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
) -> float:
    """The smallest difference of means that so many rows show; the inverse of `mean_rows`.

    Parameters
    ----------
    rows : float
        Above 0.
    deviation, power, alpha, two_sided
        As of `mean_rows`.

    Returns
    -------
    float
        In the unit of the deviation.

    Raises
    ------
    TypeError, ValueError
        If rows or deviation are not above 0, or a chance is not between 0 and 1.

    Examples
    --------
    >>> round(mean_difference(125.6, deviation=2.0), 3)
    0.5
    """
    check_number("rows", rows, above=0)
    check_number("deviation", deviation, above=0)
    return float(sum(_quantiles(power, alpha, two_sided)) * deviation / np.sqrt(rows))


def split_rows(
    share_a: float,
    share_b: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
    pooled: bool = True,
    ratio: float = 1.0,
) -> float:
    """Rows of the first model if each answers rows of its own, as in an A/B test.

    Fleiss, Levin and Paik (Statistical Methods for Rates and Proportions, 2003), without a
    correction for continuity. The second model gets ``ratio`` times as many.

    Parameters
    ----------
    share_a, share_b : float
        Shares of rows that are right, or of conversions: between 0 and 1, and not the same.
    power, alpha, two_sided
        As of `paired_rows`.
    pooled : bool, default=True
        Whether the test takes its error from one common share, as `two_proportions` does, or from
        each share by itself. The common one needs a few rows more.
    ratio : float, default=1
        Rows of the second model for each of the first: 0.05 / 0.95 if it gets 5 % of the traffic.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If the shares are the same or not between 0 and 1, the ratio is not above 0, or a chance is
        not between 0 and 1.

    Examples
    --------
    >>> round(split_rows(0.10, 0.12), 1), round(split_rows(0.10, 0.12, pooled=False), 1)
    (3840.8, 3838.1)
    """
    check_number("share_a", share_a, low=0, high=1)
    check_number("share_b", share_b, low=0, high=1)
    check_number("share_b - share_a", abs(share_b - share_a), above=0)
    check_number("ratio", ratio, above=0)
    z_alpha, z_beta = _quantiles(power, alpha, two_sided)
    each = share_a * (1 - share_a) + share_b * (1 - share_b) / ratio
    common = (share_a + ratio * share_b) / (1 + ratio)
    tested = common * (1 - common) * (1 + 1 / ratio) if pooled else each
    return float(((z_alpha * np.sqrt(tested) + z_beta * np.sqrt(each)) / (share_b - share_a)) ** 2)


def split_difference(
    rows: float,
    share: float,
    *,
    upward: bool = True,
    power: float = 0.8,
    alpha: float = 0.05,
    two_sided: bool = True,
    pooled: bool = True,
    ratio: float = 1.0,
) -> float:
    """The smallest difference that so many rows of the first model show, each with rows of its own.

    The inverse of `split_rows`.

    Parameters
    ----------
    rows : float
        Of the first model, above 0.
    share : float
        Of the first model.
    upward : bool, default=True
        Whether the share of the second is larger.
    power, alpha, two_sided, pooled, ratio
        As of `split_rows`.

    Returns
    -------
    float
        Above 0, whichever way; NaN if not even a second share of 1 (or 0) would be told apart.

    Raises
    ------
    TypeError, ValueError
        As `split_rows`.

    Examples
    --------
    >>> round(split_difference(3840.8, 0.10), 4)
    0.02
    """
    check_number("rows", rows, above=0)
    check_number("share", share, low=0, high=1)
    sign = 1 if upward else -1

    def missing(difference: float) -> float:
        needed = split_rows(
            share,
            share + sign * difference,
            power=power,
            alpha=alpha,
            two_sided=two_sided,
            pooled=pooled,
            ratio=ratio,
        )
        return float(np.log(needed / rows)) if needed > 0 else -np.inf

    return _root(missing, 1 - share if upward else share)


def _quantiles(power: float, alpha: float, two_sided: bool) -> tuple[float, float]:
    from scipy.special import ndtri

    check_level(power, "power")
    check_level(alpha, "alpha")
    return float(ndtri(1 - alpha / (2 if two_sided else 1))), float(ndtri(power))


def _root(missing: Callable[[float], float], largest: float) -> float:
    """Where a falling function of a difference up to the largest one is 0."""
    from scipy.optimize import brentq

    if largest <= 0 or missing(largest) > 0:
        return np.nan
    return float(brentq(lambda x: max(missing(x), -1e3), 1e-9 * largest, largest, xtol=1e-14))
