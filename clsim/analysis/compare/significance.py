"""Significance tests over several streams, for papers.

Each gives numbers, or the reason why it gives none.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import combinations, pairwise
from math import factorial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clsim.errors import check_number, unknown
from clsim.randomness import integer
from clsim.statistics.intervals import check_level
from clsim.statistics.multiplicity import holm

FEWEST_STRATEGIES = 3
FEWEST_STREAMS = 5


@dataclass(frozen=True)
class Friedman:
    """Whether strategies differ over streams.

    Attributes
    ----------
    ranks : pandas.Series
        Mean rank of each strategy; 1 is best.
    streams : int
    chi2 : float
        Friedman's statistic, without a correction for ties.
    f : float
        Iman and Davenport's statistic, with k - 1 and (k - 1)(N - 1) degrees of freedom.
    p : float
        By ``f``.
    reason : str or None
        Why there is no test; its numbers are then NaN.
    """

    ranks: pd.Series
    streams: int
    chi2: float = np.nan
    f: float = np.nan
    p: float = np.nan
    reason: str | None = None


@dataclass(frozen=True)
class Nemenyi:
    """Which pairs of strategies differ over streams.

    Attributes
    ----------
    ranks : pandas.Series
        Mean rank of each strategy, best first.
    streams : int
    level : float
        Family-wise level of significance.
    critical_difference : float
        Mean ranks that differ by at least this differ significantly.
    p : pandas.DataFrame or None
        p-value of each pair, corrected for their number.
    cliques : tuple of tuple of str
        The largest groups of two or more strategies, best first, of which no two differ
        significantly: the bars of a critical-difference diagram.
    reason : str or None
        Why there is no test.
    """

    ranks: pd.Series
    streams: int
    level: float
    critical_difference: float = np.nan
    p: pd.DataFrame | None = None
    cliques: tuple[tuple[str, ...], ...] = ()
    reason: str | None = None


@dataclass(frozen=True)
class SignedRank:
    """How probable it is that one of two strategies is better on a further stream.

    Attributes
    ----------
    a, rope, b : float
        Posterior probability that A is better, that the two are practically equal, and that B is
        better.
    streams : int
    reason : str or None
        Why there are no probabilities.
    """

    a: float
    rope: float
    b: float
    streams: int
    reason: str | None = None


def friedman(scores: pd.DataFrame) -> Friedman:
    """Friedman's test, with Iman and Davenport's correction: do the strategies differ at all?

    χ² = 12 N / (k (k + 1)) (Σ R² - k (k + 1)² / 4), F = (N - 1) χ² / (N (k - 1) - χ²), after
    Demšar (JMLR 2006, section 3.2.2). Ties share their mean rank; χ² is not corrected for them,
    so many ties make the test careful.

    Parameters
    ----------
    scores : pandas.DataFrame of shape (strategies, streams)
        Higher is better, as `stream_means` gives them.

    Returns
    -------
    Friedman
        Without numbers for fewer than 3 strategies or 5 streams, or if all tie everywhere.

    Notes
    -----
    Where all streams agree, F is infinite, and p is exact: (1 / k!)^(N - 1).

    Streams are taken for independent. Those that are drawn with the same seeds share random
    numbers: with as much in common in all streams as is their own, a test at 0.05 was wrong in 22
    of 100 simulations (``experiments/worlds``).

    Examples
    --------
    >>> scores = pd.DataFrame([[1, 1, 1, 1, 2], [2, 2, 3, 3, 1], [3, 3, 2, 2, 3]], list("abc"))
    >>> test = friedman(scores)
    >>> round(test.chi2, 2), round(test.f, 2), round(test.p, 3)
    (5.2, 4.33, 0.053)
    """
    from scipy.stats import f as f_distribution

    ranks, reason = _ranks(scores)
    k, n = scores.shape
    if reason:
        return Friedman(ranks, n, reason=reason)
    chi2 = 12 * n / (k * (k + 1)) * float((ranks**2).sum() - k * (k + 1) ** 2 / 4)
    rest = n * (k - 1) - chi2
    if rest <= 1e-9 * n:
        return Friedman(ranks, n, chi2, np.inf, factorial(k) ** -(n - 1.0))
    f = (n - 1) * chi2 / rest
    return Friedman(ranks, n, chi2, f, float(f_distribution.sf(f, k - 1, (k - 1) * (n - 1))))


def nemenyi(scores: pd.DataFrame, level: float = 0.05) -> Nemenyi:
    """Nemenyi's test of all pairs, after Friedman's, for a critical-difference diagram.

    Demšar (JMLR 2006, section 3.2.2). The p-values are those of scikit-posthocs.

    Parameters
    ----------
    scores : pandas.DataFrame of shape (strategies, streams)
        Higher is better, as `stream_means` gives them.
    level : float, default=0.05

    Returns
    -------
    Nemenyi
        Without numbers where `friedman` has none.

    Raises
    ------
    ImportError
        If scikit-posthocs is not installed.

    Examples
    --------
    ``a`` is first on every one of six streams, ``b`` second and ``c`` third. The critical
    difference of three strategies on six streams is 2.343 * sqrt(3 * 4 / (6 * 6)) = 1.35 ranks, so
    only ``a`` and ``c`` can be told apart.

    >>> scores = pd.DataFrame([[0.9] * 6, [0.8] * 6, [0.7] * 6], ["a", "b", "c"])
    >>> test = nemenyi(scores)
    >>> test.ranks.tolist(), round(test.critical_difference, 2), test.cliques
    ([1.0, 2.0, 3.0], 1.35, (('a', 'b'), ('b', 'c')))
    """
    check_level(level)
    ranks, reason = _ranks(scores)
    ranks = ranks.sort_values(kind="stable")
    k, n = scores.shape
    if reason:
        return Nemenyi(ranks, n, level, reason=reason)
    posthocs = _extra("scikit_posthocs")
    p = posthocs.posthoc_nemenyi_friedman(-_values(scores).T)
    p.index = p.columns = scores.index
    difference = critical_difference(k, n, level)
    return Nemenyi(ranks, n, level, difference, p, _cliques(ranks, difference))


def critical_difference(strategies: int, streams: int, level: float = 0.05) -> float:
    """Nemenyi's critical difference of mean ranks: q sqrt(k (k + 1) / (6 N)).

    q is the upper quantile of the studentised range of k values with infinite degrees of freedom,
    divided by sqrt(2) (Demšar, JMLR 2006, table 5a).

    Parameters
    ----------
    strategies : int
        k, at least 2.
    streams : int
        N, at least 1.
    level : float, default=0.05
        Of the test, above 0 and below 1.

    Returns
    -------
    float
        In ranks: mean ranks that differ by more are told apart.

    Raises
    ------
    TypeError, ValueError
        If a number is out of bounds.

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)
    1.25
    """
    from scipy.stats import studentized_range

    check_number("strategies", strategies, whole=True, low=2)
    check_number("streams", streams, whole=True, low=1)
    check_level(level)
    q = studentized_range.ppf(1 - level, strategies, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(strategies * (strategies + 1) / (6 * streams)))


def wilcoxon_holm(
    scores: pd.DataFrame, against: str | None = None, level: float = 0.05
) -> pd.DataFrame:
    """Wilcoxon's signed-rank test of pairs of strategies, two-sided, with Holm's correction.

    The distribution is exact, given the ranks, with ties too. Streams on which the two are equal
    take part in the ranking, and their ranks are split evenly (Demšar, JMLR 2006, section 3.1.3;
    Pratt, JASA 1959). Holm (Scandinavian Journal of Statistics, 1979).

    Parameters
    ----------
    scores : pandas.DataFrame of shape (strategies, streams)
        As `stream_means` gives them.
    against : str, optional
        One strategy with which the others are compared; None: all pairs.
    level : float, default=0.05
        Where a pair cannot reach this level whatever happens, there is no p-value.

    Returns
    -------
    pandas.DataFrame
        One row per pair: a, b; difference (Hodges and Lehmann's estimate of a minus b: the median
        of the means of two differences); rank_sum_a, rank_sum_b (ranks of the streams on which a,
        or b, has the higher score); differing (number of streams on which they differ); p; p_holm
        (of the pairs that are tested); reason (why there is no p-value, else None).

    Raises
    ------
    ValueError
        For fewer than 2 strategies, or if ``against`` is not among them.

    Notes
    -----
    With m streams that differ, no two-sided p-value is below 2 / 2^m, so 5 cannot reach 0.05; nor
    can any pair of many if the least p-value, times their number, is above the level.

    Examples
    --------
    >>> scores = pd.DataFrame([[1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12]], ["a", "b"])
    >>> wilcoxon_holm(scores)[["a", "b", "difference", "differing", "p"]]
       a  b  difference  differing        p
    0  a  b        -3.5          6  0.03125
    """
    check_level(level)
    values = _values(scores)
    names = list(scores.index)
    if len(names) < 2:
        raise ValueError(f"scores: 2 strategies or more are compared, got {names}")
    if against is not None and against not in names:
        raise ValueError(unknown("strategy", against, names))
    pairs = [
        (i, j) if against is None or names[i] != against else (j, i)
        for i, j in combinations(range(len(names)), 2)
        if against is None or against in (names[i], names[j])
    ]
    rows = [
        {"a": names[i], "b": names[j], **_signed_rank(values[i] - values[j], level)}
        for i, j in pairs
    ]
    table = pd.DataFrame(rows)
    table["reason"] = pd.Series([row["reason"] for row in rows], dtype=object)
    tested = table["p"].notna()
    least = tested.sum() * 0.5 ** (table["differing"].max() - 1.0)
    if tested.any() and least > level:
        table.loc[tested, "reason"] = (
            f"{tested.sum()} pairs on {table['differing'].max()} streams: after Holm's correction "
            f"no p-value is below {least:.2g}"
        )
        table["p"] = np.nan
    table["p_holm"] = holm(table["p"])
    return table[[*table.columns.drop(["reason", "p_holm"]), "p_holm", "reason"]]


def bayesian_signed_rank(
    a: ArrayLike,
    b: ArrayLike,
    rope: float,
    *,
    prior: float = 0.5,
    samples: int = 50_000,
    seed: int = 0,
) -> SignedRank:
    """Bayesian signed-rank test of two strategies over streams, by baycomp.

    The posterior probability that, on a further stream of the same kind, A is better than B by
    more than ``rope``, B than A, or neither: Benavoli et al. (ICML 2014; JMLR 2017, section 4.2).
    The prior is a Dirichlet process with one pseudo-observation of no difference.

    Parameters
    ----------
    a, b : array-like of shape (streams,)
        Scores of the two on the same streams; higher is better.
    rope : float
        Differences up to this are practically none (region of practical equivalence), in units of
        the score; 0: there is no such region.
    prior : float, default=0.5
        Weight of the pseudo-observation; a stream has 1.
    samples : int, default=50000
        Draws from the posterior.
    seed : int, default=0

    Returns
    -------
    SignedRank
        Without probabilities for fewer than 2 streams: one cannot take a probability above 0.85.

    Raises
    ------
    ValueError
        If shapes differ, a value is not finite, or the rope is negative.
    ImportError
        If baycomp is not installed.

    Examples
    --------
    A is better by 0.1 on each of 20 streams, which is more than the 0.01 that counts as nothing.

    >>> found = bayesian_signed_rank([0.9] * 20, [0.8] * 20, 0.01, samples=1000)
    >>> found.streams, found.a > 0.95
    (20, True)
    """
    x, y = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"a and b: shapes {x.shape} and {y.shape} must be (streams,)")
    if not np.isfinite([x, y]).all():
        raise ValueError("a and b: scores must be finite")
    check_number("rope", rope, low=0)
    check_number("prior", prior, above=0)
    check_number("samples", samples, whole=True, low=1)
    if len(x) < 2:
        return SignedRank(np.nan, np.nan, np.nan, len(x), f"needs at least 2 streams, has {len(x)}")
    baycomp = _extra("baycomp")
    state = integer(seed, "signed rank")
    drawn = baycomp.SignedRankTest(x, y, rope, prior=prior, nsamples=samples, random_state=state)
    left, middle, right = (float(share) for share in drawn.probs())
    return SignedRank(left, middle, right, len(x))


def _values(scores: pd.DataFrame) -> np.ndarray:
    values = scores.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        where = f"strategy {scores.index[row]!r}, stream {scores.columns[column]!r}"
        raise ValueError(f"scores: {where}: {values[row, column]} is not a finite number")
    return values


def _ranks(scores: pd.DataFrame) -> tuple[pd.Series, str | None]:
    """Mean ranks, and why they cannot be tested."""
    from scipy.stats import rankdata

    values = _values(scores)
    ranks = pd.Series(rankdata(-values, axis=0).mean(axis=1), scores.index, name="rank")
    k, n = values.shape
    if k < FEWEST_STRATEGIES:
        return ranks, f"needs at least {FEWEST_STRATEGIES} strategies, has {k}"
    if n < FEWEST_STREAMS:
        return ranks, f"needs at least {FEWEST_STREAMS} streams, has {n}"
    if (values == values[0]).all():
        return ranks, "all strategies tie on every stream"
    return ranks, None


def _cliques(ranks: pd.Series, difference: float) -> tuple[tuple[str, ...], ...]:
    """Longest stretches of the sorted ranks whose ends differ by less than the difference."""
    sorted_ranks = ranks.to_numpy()
    ends = np.searchsorted(sorted_ranks, sorted_ranks + difference, side="left")
    new = [True, *(later > earlier for earlier, later in pairwise(ends))]
    groups = [tuple(ranks.index[i:end]) for i, end in enumerate(ends) if new[i]]
    return tuple(group for group in groups if len(group) > 1)


def _signed_rank(difference: np.ndarray, level: float) -> dict[str, Any]:
    from scipy.stats import rankdata

    ranks = rankdata(np.abs(difference))
    even = ranks[difference == 0].sum() / 2
    above = float(ranks[difference > 0].sum() + even)
    below = float(ranks[difference < 0].sum() + even)
    i, j = np.triu_indices(len(difference))
    differing = int(np.count_nonzero(difference))
    row: dict[str, Any] = {
        "difference": float(np.median((difference[i] + difference[j]) / 2)),
        "rank_sum_a": above, "rank_sum_b": below,
        "differing": differing, "p": np.nan, "reason": None,
    }  # fmt: skip
    least = 0.5 ** (differing - 1.0)
    if differing == 0:
        return {**row, "reason": "the two tie on every stream"}
    if least > level:
        few = f"they differ on {differing} streams: no two-sided p-value is below {least:.2g}"
        return {**row, "reason": few}
    return {**row, "p": _exact(ranks[difference != 0], min(above, below) - even)}


def _exact(ranks: np.ndarray, smaller: float) -> float:
    """Two-sided p-value of a rank sum, each rank having either sign with probability 1/2."""
    steps = np.rint(2 * ranks).astype(int)  # ties have ranks of halves
    chance = np.zeros(steps.sum() + 1)
    chance[0] = 1.0
    for step in steps:
        moved = np.zeros_like(chance)
        moved[step:] = chance[: len(chance) - step]
        chance = (chance + moved) / 2
    return min(1.0, 2 * float(chance[: round(2 * smaller) + 1].sum()))


def _extra(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        message = f'{name} is not installed; it comes with: pip install "clsim[stats]"'
        raise ImportError(message) from error
