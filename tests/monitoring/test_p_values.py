"""p-values: published numbers, scipy, and the rate of false alarms; one number out of many."""

import numpy as np
import pytest
import scipy.stats

from clsim.monitoring.combining import CORRECTIONS, combine
from clsim.monitoring.multivariate import energy_between, mmd_between
from clsim.monitoring.p_values import P_VALUES, permuted
from clsim.monitoring.samples import Categories, sample
from clsim.statistics.multiplicity import benjamini_hochberg, bonferroni, holm


def test_the_exact_p_value_of_kolmogorov_and_smirnov():
    was, now = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5])
    assert P_VALUES["kolmogorov_smirnov"](sample(was), now) == pytest.approx(0.771429, abs=5e-7)


def test_with_many_rows_a_difference_of_nothing_is_beyond_doubt():
    n = 10**5
    least = 0.0019 * np.sqrt(10**6 / n)  # .0019 with a million rows, and it goes by the root
    was = np.arange(n) / n
    p = [P_VALUES["kolmogorov_smirnov"](was, was + shift) for shift in (0.98 * least, 1.03 * least)]
    assert p[0] > 0.05 > p[1]


@pytest.mark.parametrize(("n", "m", "shift"), [(5, 9, 0), (40, 40, 0.1), (300, 20, 0.2)])
def test_cramer_and_von_mises_as_scipy(n, m, shift):
    rng = np.random.default_rng(0)
    was, now = rng.random(n), rng.random(m) + shift
    theirs = scipy.stats.cramervonmises_2samp(was, now, method="asymptotic").pvalue
    assert P_VALUES["cramer_von_mises"](was, now) == pytest.approx(theirs, abs=1e-8)


def test_pearsons_test_as_scipy():
    was, now = np.repeat(list("abc"), [10, 20, 30]), np.repeat(list("abd"), [25, 20, 5])
    table = [[10, 20, 30, 0], [25, 20, 0, 5]]
    theirs = scipy.stats.chi2_contingency(table, correction=False).pvalue
    assert P_VALUES["chi_squared"](was, now) == pytest.approx(theirs)


@pytest.mark.parametrize("name", P_VALUES)
def test_the_rate_of_false_alarms(name):
    rng = np.random.default_rng(5)
    p = np.array([P_VALUES[name](*rng.normal(size=(2, 100))) for _ in range(300)])
    # three standard errors of a share of 300; that of Kolmogorov and Smirnov has few values
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=0.038)
    assert (p <= 0.3).mean() == pytest.approx(0.3, abs=0.08)


@pytest.mark.parametrize("name", P_VALUES)
def test_nothing_has_changed_in_a_constant_column(name):
    assert P_VALUES[name](np.zeros(50), np.zeros(20)) == 1.0


def test_p_values_of_numbers_refuse_categories():
    letters = np.array(list("aab"))
    for name in ("kolmogorov_smirnov", "cramer_von_mises"):
        with pytest.raises(TypeError, match="one of numbers, and was given categories"):
            P_VALUES[name](letters, Categories.of(letters))


def test_all_ways_to_deal_out_six_rows():
    """Of the 20 ways two are as extreme as 0, 1, 2 against 10, 11, 12: p is near 1/10."""
    rows = np.array([[0.0], [1], [2], [10], [11], [12]])
    for between in (energy_between(rows), mmd_between(rows)):
        p = permuted(between, 3, 3, np.random.default_rng(0), 999)
        assert p == pytest.approx(0.1, abs=0.03)


def test_the_rate_of_false_alarms_by_permutation():
    rng = np.random.default_rng(2)
    p = [permuted(mmd_between(rng.normal(size=(24, 2))), 12, 12, rng, 39) for _ in range(300)]
    assert np.mean(np.array(p) <= 0.1) == pytest.approx(0.1, abs=0.052)
    assert min(p) >= 1 / 40


# many features ------------------------------------------------------------------------------------


def test_published_corrections():
    p = [0.01, 0.04, 0.03, 0.005]
    assert holm(p) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert bonferroni(p) == pytest.approx([0.04, 0.16, 0.12, 0.02])
    for correct in (holm, benjamini_hochberg, bonferroni):
        there = correct([0.01, np.nan, 0.04, 0.03, 0.005])
        assert np.isnan(there[1])
        np.testing.assert_array_equal(np.delete(there, 1), correct(p))
        assert correct([]).tolist() == []


def test_benjamini_and_hochberg_as_scipy():
    p = np.random.default_rng(0).random((20, 6)) ** 2
    for each in p:
        theirs = scipy.stats.false_discovery_control(each)
        assert benjamini_hochberg(each) == pytest.approx(theirs)


def test_twenty_features_without_a_correction_and_with():
    p = np.random.default_rng(0).random((2_000, 20))
    for how in CORRECTIONS:
        rate = np.mean([(CORRECTIONS[how](each) <= 0.05).any() for each in p])
        assert rate == pytest.approx(0.05, abs=0.015)  # three standard errors of a share of 2,000
    assert (p.min(axis=1) <= 0.05).mean() == pytest.approx(0.642, abs=0.033)  # 1 - .95**20


def test_one_number_by_hand():
    distances = [0.2, 0.6, np.nan, 0.1]
    assert combine(distances, "worst", k=1) == 0.6
    assert combine(distances, "worst", k=2) == pytest.approx(0.4)
    assert combine(distances, "worst", k=9) == combine(distances, "mean") == pytest.approx(0.3)
    assert combine(distances, "weighted", weights=[2, 1, 100, 1]) == pytest.approx(1.1 / 4)
    assert np.isnan(combine([np.nan], "mean"))
    assert np.isnan(combine(distances, "weighted", weights=[0, 0, 1, 0]))


@pytest.mark.parametrize(("arguments", "said"), [
    ({"how": "wurst"}, "did you mean 'worst'"),
    ({"how": "worst"}, "k: how='worst' needs it"),
    ({"how": "worst", "k": 0}, "k=0: must be at least 1"),
    ({"how": "mean", "k": 2}, "k=2: of use with how='worst' alone"),
    ({"how": "mean", "weights": [1, 1]}, "of use with how='weighted' alone"),
    ({"how": "weighted"}, "weights: how='weighted' needs it"),
    ({"how": "weighted", "weights": [1, -1]}, "one number for each value, at least 0"),
    ({"how": "weighted", "weights": [1, 1, 1]}, "one number for each value, at least 0"),
])  # fmt: skip
def test_what_combine_refuses(arguments, said):
    with pytest.raises(ValueError, match=said):
        combine([0.1, 0.2], **arguments)
