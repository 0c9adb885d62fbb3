"""Sequences that may be looked at after every row, and shifts by ranks, by published numbers."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from clsim.statistics.intervals import Interval
from clsim.statistics.sequences import (
    Band,
    Sums,
    always_valid_p,
    apart,
    difference_band,
    half_width,
    lift_band,
    log_coin_ratio,
    log_msprt,
    mean_band,
    msprt_band,
    narrowed,
    sprt,
)
from clsim.statistics.shifts import classify, hodges_lehmann


def test_mixture_of_normals():
    log_ratio = log_msprt(100, 0.5, 2, 1)
    assert np.exp(log_ratio) == pytest.approx(64.1702, abs=5e-5)
    assert always_valid_p([log_ratio])[0] == pytest.approx(0.015584, abs=5e-7)
    assert always_valid_p([log_ratio, 0.0])[1] == always_valid_p([log_ratio])[0]
    assert np.isfinite(log_msprt(10**6, 5, 1, 1))


def test_the_band_of_a_mixture_is_what_it_does_not_reject():
    n, d = np.array([10, 100, 1000]), np.array([0.4, -0.2, 0.1])
    band = msprt_band(n, d, 2, 0.3, alpha=0.1)
    for bound in (band.low, band.high):
        np.testing.assert_allclose(np.exp(log_msprt(n, d - bound, 2, 0.3)), 10)


def test_as_growthbook_prints_it():
    a, b = Sums(3000, 1396.87, 52377.9767), Sums(3461, 2422.7, 134698.29)
    found = lift_band(a, b, tuned_for=1000)
    assert [round(float(x), 5) for x in found] == [0.50336, -0.55844, 1.56516]


def test_half_width_by_hand():
    """n = N = 1000, so that n ρ² = 5.9915 + ln 6.9915."""
    grown = 5.991465 + np.log(6.991465) + 1
    wanted = 0.5 * np.sqrt(2 * grown * np.log(np.sqrt(grown) / 0.05) / (grown - 1) / 1000)
    assert half_width(1000, 0.25, tuned_for=1000) == pytest.approx(wanted, rel=1e-6)
    n = np.arange(100, 10_000)
    ratio = half_width(n, 1, tuned_for=1000) * np.sqrt(n)
    assert n[ratio.argmin()] == pytest.approx(1000, rel=0.05)  # tightest where it is tuned


def test_bands_of_two_arms():
    a, b = Sums(500, 250, 250), Sums(500, 300, 300)
    both = difference_band(a, b, 1000)
    each = apart(mean_band(a, 500, 0.025), mean_band(b, 500, 0.025))
    assert both.estimate == each.estimate == pytest.approx(0.1)
    assert each.low < both.low < both.high < each.high
    width = mean_band(a, 500, 0.025).high - 0.5 + mean_band(b, 500, 0.025).high - 0.6
    assert each.high - 0.1 == pytest.approx(width)
    flipped = difference_band(b, a, 1000)
    assert (flipped.low, flipped.high) == pytest.approx((-both.high, -both.low))


def test_too_little_for_a_band():
    found = difference_band(Sums([0, 1, 50], [0, 1, 25], [0, 1, 25]), Sums(50, 20, 20), 100)
    assert np.isnan(found.low).tolist() == [True, True, False]
    best = narrowed(found)
    assert best.low.tolist() == [-np.inf, -np.inf, found.low[2]]
    assert np.isnan(lift_band(Sums(50, 0, 0), Sums(50, 20, 20), 100).low)
    assert np.isnan(mean_band(Sums(3, 3, 3), 100).low)  # three of three prove nothing
    with pytest.raises(ValueError, match="tuned_for=0: must be above 0"):
        mean_band(Sums(5, 2, 2), 0)
    with pytest.raises(ValueError, match="tau2=0: must be above 0"):
        log_msprt(5, 1, 1, 0)


def test_narrowed_goes_along_the_last_axis():
    low = np.array([[0.0, 2.0, 1.0], [5.0, 4.0, 6.0]])
    found = narrowed(Band(low + 1, low, low + 2))
    assert found.low.tolist() == [[0, 2, 2], [5, 5, 6]]
    assert found.high.tolist() == [[2, 2, 2], [7, 6, 6]]


def test_sprt_with_futility():
    """Of a coin with 2/3 against 1/2, bounds ln 16 and ln(.2 / .95)."""
    heads = np.log(4 / 3)
    paths = log_coin_ratio(np.arange(1, 13), np.arange(1, 13), 0.5, 2 / 3)
    np.testing.assert_allclose(paths, heads * np.arange(1, 13))
    assert sprt(paths).tolist() == [0] * 9 + [1] * 3  # 16 is met by (4/3)^10 = 17.8
    tails = log_coin_ratio(np.zeros(5), np.arange(1, 6), 0.5, 2 / 3)
    assert sprt(tails).tolist() == [0, 0, 0, -1, -1]  # .2105 by (2/3)^4 = .1975
    assert sprt([paths, np.zeros(12)]).tolist()[1] == [0] * 12
    assert sprt([]).tolist() == []
    with pytest.raises(ValueError, match="their sum must be below 1"):
        sprt([0.0], 0.5, 0.6)


def test_kayenta():
    found = hodges_lehmann([10, 20, 30, 40], [1, 2, 3, 4])
    assert found == (22.5, 6, 39)
    assert hodges_lehmann([10, 20, 30, 40], [1, 2, 3, 4], method="normal") == found
    assert classify(found) == "High"  # 6 is above .25 · 22.5 = 5.625
    assert classify(found, tolerance=0.27) == "Pass"
    assert classify(hodges_lehmann([1, 2, 3, 4], [10, 20, 30, 40])) == "Low"
    assert classify(hodges_lehmann([1, 2, 3, 4], [1, 2, 3, 4])) == "Pass"
    assert classify(hodges_lehmann([], [1.0])) == "Nodata"
    for method in ("exact", "normal"):  # too few for .95: the most extreme order has 1 in 20
        assert hodges_lehmann([7, 8, 9], [1, 2, 3], method=method)[1:] == (-np.inf, np.inf)
    assert classify(Interval(0.0, -1.0, 1.0), tolerance=0) == "Pass"


@pytest.mark.parametrize(("m", "n"), [(3, 5), (4, 4), (6, 2)])
def test_exact_interval_by_all_orders(m, n):
    """U counts the pairs in which the first sample's value is larger, over all orders of ranks."""
    counts = []
    for ranks in itertools.combinations(range(m + n), m):
        others = [rank for rank in range(m + n) if rank not in ranks]
        counts.append(sum(a > b for a in ranks for b in others))
    a, b = np.arange(m) * 3.0**5, np.arange(n) * 1.01
    differences = np.sort(np.subtract.outer(a, b), axis=None)
    for level in (0.5, 0.8, 0.9, 0.95):
        tail = (1 - Fraction(str(level))) / 2  # of which 7 of 70 orders are just as many
        below = [Fraction(sum(u < k for u in counts), len(counts)) for k in range(m * n)]
        k = max(k for k in range(m * n) if below[k] <= tail)
        found = hodges_lehmann(a, b, level, "exact")
        if k == 0:
            assert found[1:] == (-np.inf, np.inf)
        else:
            assert found[1:] == (differences[k - 1], differences[-k])


@pytest.mark.parametrize(("m", "n"), [(12, 30), (50, 50)])
def test_interval_is_what_mann_whitney_does_not_reject(m, n):
    rng = np.random.default_rng(m)
    a, b = rng.normal(1, 1, m), rng.normal(0, 1, n)
    for method, scipy_method in (("exact", "exact"), ("normal", "asymptotic")):
        low, high = hodges_lehmann(a, b, 0.95, method)[1:]

        def p(shift, scipy_method=scipy_method):
            return mannwhitneyu(a - shift, b, method=scipy_method, use_continuity=True).pvalue

        assert p(low - 1e-9) <= 0.05 < p(low + 1e-9)
        assert p(high + 1e-9) <= 0.05 < p(high - 1e-9)
