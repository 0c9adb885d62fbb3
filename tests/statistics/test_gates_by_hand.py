"""Statistics of gates against published numbers, and against what scipy says."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, ttest_1samp

from clsim.statistics.alternatives import normal_result
from clsim.statistics.multiplicity import benjamini_hochberg, holm
from clsim.statistics.paired import mcnemar, paired_bootstrap, paired_equivalence, paired_t
from clsim.statistics.proportions import (
    beta_above,
    equivalence,
    non_inferiority,
    two_proportions,
)


def test_mcnemar_of_the_approval_ratings():
    """Agresti, Categorical Data Analysis: [[794, 86], [150, 570]]."""
    assert mcnemar(86, 150, "chi2").statistic == pytest.approx(17.355932, abs=5e-7)
    assert mcnemar(86, 150, "corrected").statistic == pytest.approx(16.817797, abs=5e-7)
    assert mcnemar(86, 150).p == pytest.approx(3.716e-5, rel=1e-3)


@pytest.mark.parametrize("method", ["exact", "chi2", "corrected"])
def test_mcnemar_one_sided(method):
    better, worse = mcnemar(30, 12, method, "greater").p, mcnemar(30, 12, method, "less").p
    assert better < 0.01 < 0.98 < worse
    assert mcnemar(12, 30, method, "less").p == pytest.approx(better, rel=1e-9)
    assert mcnemar(30, 12, method).p == pytest.approx(2 * better, rel=1e-9)
    assert mcnemar(0, 0, method).p == 1
    assert mcnemar(7, 7, method).p == pytest.approx(1)


def test_many_tests_at_once():
    p = [0.01, 0.04, 0.03, 0.005]
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, 0.02])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.02, 0.04, 0.04, 0.02])


def test_paired_t_is_that_of_scipy():
    x = np.random.default_rng(0).normal(0.2, 1, 30)
    for alternative in ("two-sided", "greater", "less"):
        found, there = paired_t(x, 0.1, alternative), ttest_1samp(x, 0.1, alternative=alternative)
        assert found == pytest.approx((there.statistic, there.pvalue), rel=1e-12)
    sides = paired_t(x, -0.5, "greater").p, paired_t(x, 0.5, "less").p
    assert paired_equivalence(x, 0.5).p == max(sides)
    assert np.isnan(paired_t([1.0]).p)
    assert np.isnan(paired_equivalence([1.0, 1.0], 2).p)


def test_bootstrap_of_a_mean():
    x = np.random.default_rng(1).normal(0.3, 1, 400)
    for method in ("percentile", "studentised"):
        found = paired_bootstrap(x, np.random.default_rng(0), method=method)
        again = paired_bootstrap(x, np.random.default_rng(0), method=method)
        assert found == again
        half = 1.96 * x.std() / 20  # √400 rows
        assert found.low == pytest.approx(x.mean() - half, abs=0.1 * half)
        assert found.high == pytest.approx(x.mean() + half, abs=0.1 * half)


def test_studentised_bootstrap_reaches_farther_on_the_long_side():
    x = np.random.default_rng(2).exponential(size=40)
    plain = paired_bootstrap(x, np.random.default_rng(0), method="percentile")
    found = paired_bootstrap(x, np.random.default_rng(0))
    assert found.high - found.mean > 1.1 * (plain.high - plain.mean)
    assert found.high - found.mean > 1.3 * (found.mean - found.low)


def test_bootstrap_of_too_little():
    rng = np.random.default_rng(0)
    assert np.isnan(paired_bootstrap([], rng).mean)
    assert paired_bootstrap([2.0], rng).mean == 2
    assert np.isnan(paired_bootstrap([2.0, 2.0], rng).low)
    assert paired_bootstrap([2.0, 2.0], rng, method="percentile") == (2, 2, 2)
    few = paired_bootstrap([0.0, 1.0, 1.0], rng)  # a third of all resamples have no spread
    assert few.low == -np.inf
    with pytest.raises(ValueError, match="draws=10: must be at least 100"):
        paired_bootstrap([1.0, 2.0], rng, draws=10)


def test_equivalence_of_two_proportions():
    above, below = equivalence(180, 200, 176, 200, margin=0.1)
    assert above.statistic == pytest.approx(3.837177, abs=5e-7)
    assert below.statistic == pytest.approx(-2.558118, abs=5e-7)
    assert max(above.p, below.p) == pytest.approx(0.005262, abs=5e-7)
    assert non_inferiority(180, 200, 176, 200, 0.1) == above


def test_two_proportions_by_hand():
    """.6 against .4 of 100 rows each: .2 / √(.5 · .5 · .02), and .2 / √(2 · .24 / 100)."""
    found = two_proportions(60, 100, 40, 100)
    assert found.statistic == pytest.approx(0.2 / np.sqrt(0.005))
    assert found.statistic**2 == pytest.approx(8)  # Pearson's χ² of the table
    assert two_proportions(60, 100, 40, 100, pooled=False).statistic == pytest.approx(
        0.2 / np.sqrt(0.0048)
    )
    assert found.p == pytest.approx(2 * two_proportions(60, 100, 40, 100, alternative="greater").p)


def test_no_verdict_without_a_spread():
    assert np.isnan(non_inferiority(10, 10, 10, 10, margin=0.1).p)
    assert np.isnan(two_proportions(0, 10, 0, 20).p)
    assert two_proportions(10, 10, 0, 10).p < 1e-4
    with pytest.raises(ValueError, match="hits_b=11: must be at most 10"):
        two_proportions(1, 10, 11, 10)
    with pytest.raises(ValueError, match="did you mean 'greater'"):
        normal_result(1.0, "greeter")


def test_one_beta_above_another():
    assert beta_above(15, 85, 10, 90) == pytest.approx(0.861942, abs=5e-7)
    assert beta_above(10, 90, 15, 85) == pytest.approx(1 - 0.861942, abs=5e-7)
    assert beta_above(3, 1, 1, 1) == pytest.approx(0.75, abs=1e-9)  # P(u < x) = E x
    assert beta_above(0.5, 0.5, 1, 2) == pytest.approx(2 * 0.5 - 0.375, abs=1e-6)  # E (2 x - x²)
    narrow = beta_above(3e5, 7e5, 2, 5)  # as good as a number: P(Beta(2, 5) < .3)
    assert narrow == pytest.approx(beta.cdf(0.3, 2, 5), abs=1e-5)
    assert beta_above(2, 5, 3e5, 7e5) == pytest.approx(1 - narrow, abs=1e-9)
