"""How likely a distance as large as that seen is, if nothing has changed: where a rule asks for it.

A p-value says that there is a change, not that it matters: with a million rows on either side a
difference of distribution functions of .002 is beyond doubt. It holds for rows that are drawn
independently of one another; those of a stream seldom are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from clsim.errors import check_number
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.samples import Numbers, Pair, Values


def kolmogorov_smirnov(reference: Values, current: Values) -> float:
    """Two-sided p-value of the test of Kolmogorov and Smirnov: scipy's `ks_2samp`.

    Exact for up to 10,000 values on either side, where values are not repeated, and asymptotic for
    more; on the safe side where they are.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n,), (m,), or Numbers

    Raises
    ------
    TypeError
        For anything but numbers.

    Examples
    --------
    >>> was, now = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5])
    >>> round(kolmogorov_smirnov(was, now), 6)
    0.771429
    """
    from scipy.stats import ks_2samp

    one, other = _values(reference, current)
    return float(ks_2samp(one, other).pvalue)


def cramer_von_mises(reference: Values, current: Values) -> float:
    """p-value of the test of Cramér and von Mises, asymptotic.

    The statistic T is standardised by its mean and variance for these numbers of values (Anderson,
    Annals of Mathematical Statistics, 1962), as scipy's `cramervonmises_2samp` does with
    ``method='asymptotic'``; but where values are repeated T goes by distribution functions and not
    by middle ranks, so that equal shares are never an alarm.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n,), (m,), or Numbers

    Raises
    ------
    TypeError
        For anything but numbers.

    Examples
    --------
    >>> round(cramer_von_mises(np.arange(10.0), np.arange(10.0) + 5), 4)
    0.0056
    """
    pair = Pair(*_numbers(reference, current))
    n, m = pair.reference.size, pair.current.size
    both = n + m
    statistic = n * m / both * DISTANCES["cramer_von_mises"].of(pair)
    mean = (1 + 1 / both) / 6
    spread = (both + 1) * (4 * n * m * both - 3 * (n**2 + m**2) - 2 * n * m)
    variance = spread / (45 * both**2 * 4 * n * m)
    x = 1 / 6 + (statistic - mean) / np.sqrt(45 * variance)
    return 1.0 if x < 0.003 else float(np.clip(1 - _omega_squared(x), 0, 1))


def chi_squared(reference: Values, current: Values) -> float:
    """p-value of Pearson's test for the table of counts, without a correction for continuity.

    Of categories, or of numbers in ten bins of equal share of the reference. Asymptotic: on the
    safe side or not where cells hold fewer than about five values.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n,), (m,), or Sample

    Examples
    --------
    >>> round(chi_squared(np.repeat(list("ab"), [10, 20]), np.repeat(list("ab"), [20, 10])), 6)
    0.009823
    """
    pair = Pair(reference, current)
    one, other = pair.counts
    both = one + other
    there = both > 0
    n, m = pair.reference.size, pair.current.size
    expected = both[there] * n / (n + m)
    statistic = ((one[there] - expected) ** 2 / expected).sum() * (n + m) / m
    return float(special.chdtrc(there.sum() - 1, statistic)) if there.sum() > 1 else 1.0


P_VALUES: dict[str, Callable[[Values, Values], float]] = {
    "kolmogorov_smirnov": kolmogorov_smirnov,
    "cramer_von_mises": cramer_von_mises,
    "chi_squared": chi_squared,
}
"""p-values of distances that have one without drawing, by their names in `DISTANCES`."""


def permuted(
    between: Callable[[np.ndarray], np.ndarray],
    n: int,
    m: int,
    generator: np.random.Generator,
    permutations: int = 199,
) -> float:
    """p-value by permutation: how often rows that are dealt out anew are as far apart.

    Valid for any number of rows and any distance (Phipson & Smyth, Statistical Applications in
    Genetics and Molecular Biology, 2010): those that were seen count as one of the permutations.

    Parameters
    ----------
    between : callable
        Takes which rows are the reference's, a mask of shape (k, n + m), and gives k distances;
        such as `clsim.monitoring.multivariate.mmd_between`.
    n, m : int
        Rows of the reference, which are the first, and the current ones.
    generator : numpy.random.Generator
        What deals.
    permutations : int, default=199
        The least p-value is one over one more.

    Examples
    --------
    >>> from clsim.monitoring.multivariate import energy_between
    >>> rows = np.array([[0.0], [1], [2], [3], [10], [11], [12], [13]])
    >>> permuted(energy_between(rows), 4, 4, np.random.default_rng(0), 999) < 0.06
    True
    """
    check_number("permutations", permutations, whole=True, low=1)
    reference = np.tile(np.arange(n + m) < n, (permutations + 1, 1))
    reference[1:] = generator.permuted(reference[1:], axis=1)
    found = between(reference)
    slack = 1e-12 * np.abs(found[0])  # the same rows in another order differ in their last bits
    return float((found >= found[0] - slack).mean())


def _numbers(reference: Values, current: Values) -> tuple[Numbers, Numbers]:
    pair = Pair(reference, current)
    for each in (pair.reference, pair.current):
        if not isinstance(each, Numbers):
            kind = type(each).__name__.lower()
            raise TypeError(f"this test is one of numbers, and was given {kind}")
    return pair.reference, pair.current  # type: ignore[return-value]


def _values(reference: Values, current: Values) -> tuple[np.ndarray, np.ndarray]:
    one, other = _numbers(reference, current)
    return one.values, other.values


def _omega_squared(x: float) -> float:
    """The limiting distribution function of T (Anderson & Darling, 1952).

    In the form of Csörgő & Faraway (Journal of the Royal Statistical Society B, 1996), equation
    1.2; twenty terms are exact to the last digits.
    """
    k = np.arange(20)
    y = 4 * k + 1
    q = y**2 / (16 * x)
    binomial = np.exp(special.gammaln(k + 0.5) - special.gammaln(k + 1)) / special.gamma(0.5)
    terms = binomial * np.sqrt(y) * np.exp(-2 * q) * special.kve(0.25, q)  # kve = e^q K
    return float(terms.sum() / (np.pi * np.sqrt(x)))
