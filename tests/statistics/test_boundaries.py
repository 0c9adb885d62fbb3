"""Bounds of group-sequential tests, and rows needed, against published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from clsim.statistics.boundaries import (
    crossing_chances,
    error_of_looking,
    lan_demets,
    obrien_fleming,
    pocock,
    spent,
)
from clsim.statistics.sample_sizes import (
    paired_difference,
    paired_rows,
    split_difference,
    split_rows,
)


def test_looking_again_and_again():
    """Of the bound that has .05 for one look, which is not quite 1.96."""
    found = [error_of_looking(looks) for looks in (1, 2, 3, 4, 5, 30)]
    np.testing.assert_array_equal(
        np.round(found, 4), [0.0500, 0.0831, 0.1073, 0.1262, 0.1417, 0.2802]
    )


def test_constants():
    """Jennison and Turnbull, Group Sequential Methods (2000), tables 2.1 and 2.3."""
    np.testing.assert_array_equal(
        np.round([pocock(looks)[0] for looks in (2, 3, 4, 5)], 3), [2.178, 2.289, 2.361, 2.413]
    )
    np.testing.assert_array_equal(
        np.round([obrien_fleming(looks)[-1] for looks in (2, 3, 4, 5)], 3),
        [1.977, 2.004, 2.024, 2.040],
    )
    np.testing.assert_array_equal(np.round(obrien_fleming(4), 3), [4.049, 2.863, 2.337, 2.024])
    ten = [pocock(10)[0], obrien_fleming(10)[-1], pocock(20)[0], obrien_fleming(20)[-1]]
    np.testing.assert_array_equal(np.round(ten, 3), [2.555, 2.087, 2.672, 2.126])
    for bounds in (pocock(1, 0.1), obrien_fleming(1, 0.1)):
        assert bounds == pytest.approx([norm.ppf(0.95)], abs=1e-6)


def test_lan_demets_of_both_conventions():
    times = (0.2, 0.4, 0.6, 0.8, 1.0)
    np.testing.assert_array_equal(
        np.round(lan_demets(times), 3), [4.877, 3.357, 2.680, 2.290, 2.031]
    )
    np.testing.assert_array_equal(
        np.round(lan_demets(times, each_side=False), 3), [4.383, 3.100, 2.553, 2.254, 2.064]
    )
    pocock_like = lan_demets(times, spending="pocock")
    np.testing.assert_array_equal(np.round(pocock_like, 3), [2.438, 2.427, 2.410, 2.397, 2.386])
    np.testing.assert_allclose(pocock_like, lan_demets(times, spending="pocock", each_side=False))


@pytest.mark.parametrize("spending", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("two_sided", [True, False])
def test_bounds_spend_what_they_may(spending, two_sided):
    times = (0.13, 0.131, 0.5, 0.92)
    bounds = lan_demets(times, 0.05, spending, two_sided=two_sided, each_side=False)
    chances = crossing_chances(bounds, times, two_sided=two_sided)
    np.testing.assert_allclose(np.cumsum(chances), spent(times, 0.05, spending), rtol=1e-6)
    np.testing.assert_array_equal(
        lan_demets(times[:3], 0.05, spending, two_sided=two_sided, each_side=False), bounds[:3]
    )  # looks to come change nothing


def test_chances_are_those_of_the_normal_distribution():
    times, bounds, drift = np.array([0.3, 0.75]), np.array([1.5, 1.2]), 2.0
    covariance = [[1, np.sqrt(0.3 / 0.75)], [np.sqrt(0.3 / 0.75), 1]]
    both = multivariate_normal(drift * np.sqrt(times), covariance)
    stays = both.cdf(bounds, lower_limit=-bounds)
    found = crossing_chances(bounds, times, drift=drift)
    assert found.sum() == pytest.approx(1 - stays, abs=1e-6)
    found = crossing_chances(bounds, times, drift=drift, two_sided=False)
    assert found.sum() == pytest.approx(1 - both.cdf(bounds), abs=1e-6)
    assert found[0] == pytest.approx(norm.sf(1.5 - drift * np.sqrt(0.3)), abs=1e-12)


def test_looks_that_cannot_end_a_test():
    assert crossing_chances([np.inf, 1.96], [0.5, 1.0]).round(6).tolist() == [0.0, 0.049996]
    assert crossing_chances([1e-9, 1.96], [0.5, 1.0]).sum() == pytest.approx(1, abs=1e-6)
    assert np.isinf(lan_demets([0.01, 1.0])[0])
    assert lan_demets([0.01, 1.0])[1] == pytest.approx(1.96, abs=1e-4)


def test_refused():
    for times in ([], [0.5, 0.5], [0.0, 1.0], [0.5, 1.1], [0.5, 0.50001], [0.5, np.nan]):
        with pytest.raises(ValueError, match=r"times=.*must ascend by at least 0\.0001"):
            lan_demets(times)
    with pytest.raises(ValueError, match="did you mean 'pocock'"):
        lan_demets([1.0], spending="pocok")
    with pytest.raises(ValueError, match="bounds: 1 for 2 times"):
        crossing_chances([1.0], [0.5, 1.0])
    with pytest.raises(ValueError, match="looks=0: must be at least 1"):
        pocock(0)


def test_rows_on_which_both_models_answer():
    assert [round(paired_rows(0.02, psi)) for psi in (0.05, 0.1)] == [979, 1960]
    assert paired_rows(-0.02, 0.1) == paired_rows(0.02, 0.1)
    split = split_rows(0.90, 0.92, pooled=False)
    saved = [2 * split / paired_rows(0.02, psi) for psi in (0.1, 0.05, 0.2)]
    assert np.round(saved, 1).tolist() == [3.3, 6.6, 1.6]


def test_rows_of_two_halves():
    assert round(split_rows(0.90, 0.92, pooled=False)) == 3210
    assert round(split_rows(0.10, 0.12), 1) == 3840.8
    assert round(split_rows(0.10, 0.12, pooled=False), 1) == 3838.1
    assert split_rows(0.12, 0.10, pooled=False) == split_rows(0.10, 0.12, pooled=False)


def test_rows_of_unequal_parts():
    """Twenty to one: variances .09 and .0736 · 20 in place of .09 and .0736."""
    found = split_rows(0.90, 0.92, pooled=False, ratio=1 / 20)
    assert found / split_rows(0.90, 0.92, pooled=False) == pytest.approx(
        (0.09 + 20 * 0.0736) / (0.09 + 0.0736)
    )
    one_way, other = split_rows(0.9, 0.92, ratio=0.2), split_rows(0.92, 0.9, ratio=5)
    assert 0.2 * one_way == pytest.approx(other)  # whichever is called the first


def test_so_many_rows_have_the_power():
    """By simulation of McNemar's z on 979 rows with 5 % disagreement, and of two halves."""
    rng, trials = np.random.default_rng(0), 20_000
    better, worse, _ = rng.multinomial(979, [0.035, 0.015, 0.95], size=trials).T
    found = np.abs(better - worse) / np.sqrt(better + worse) > 1.96
    assert found.mean() == pytest.approx(0.8, abs=0.02)
    a, b = rng.binomial(3841, [[0.10], [0.12]], size=(2, trials)) / 3841
    found = np.abs(a - b) / np.sqrt((a + b) / 2 * (1 - (a + b) / 2) * 2 / 3841) > 1.96
    assert found.mean() == pytest.approx(0.8, abs=0.02)


def test_differences_are_the_inverse():
    for psi, kwargs in ((0.05, {}), (0.3, {"power": 0.95, "alpha": 0.01, "two_sided": False})):
        rows = paired_rows(0.02, psi, **kwargs)
        assert paired_difference(rows, psi, **kwargs) == pytest.approx(0.02, rel=1e-6)
    for upward, other in ((True, 0.12), (False, 0.08)):
        rows = split_rows(0.10, other, pooled=False, ratio=0.25)
        found = split_difference(rows, 0.10, upward=upward, pooled=False, ratio=0.25)
        assert found == pytest.approx(0.02, rel=1e-6)
    assert np.isnan(paired_difference(3, 0.05))
    assert np.isnan(split_difference(2, 0.9))
    assert np.isnan(split_difference(100, 1.0))


def test_no_rows_for_what_cannot_be():
    with pytest.raises(ValueError, match=r"difference=0\.2: must be at most 0\.1"):
        paired_rows(0.2, 0.1)
    with pytest.raises(ValueError, match=r"share_b - share_a=0\.0: must be above 0"):
        split_rows(0.5, 0.5)
    with pytest.raises(ValueError, match="power=1: must be below 1"):
        paired_rows(0.1, 0.2, power=1)
