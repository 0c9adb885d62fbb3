"""Distances by hand, and against numbers that anybody can recompute."""

import numpy as np
import pytest

from clsim.monitoring.distances import earth_mover, l_infinity, shares

LETTERS = np.repeat(list("abcd"), [1, 2, 3, 4])
UNIFORM = np.array(list("abcd"))


def test_shares_of_categories():
    one, other = shares(LETTERS, UNIFORM)
    np.testing.assert_allclose(one, [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(other, [0.25] * 4)
    assert l_infinity(LETTERS, UNIFORM) == pytest.approx(0.15)
    assert earth_mover(LETTERS, UNIFORM) == pytest.approx(0.2), "half of L1, which is .4"


def test_a_category_that_is_new_or_gone():
    was, now = np.array(list("aabb")), np.array(list("abcc"))
    # a .5 to .25, b .5 to .25, c 0 to .5
    assert l_infinity(was, now) == 0.5
    assert earth_mover(was, now) == 0.5


def test_the_earth_movers_distance_of_a_shift_is_the_shift():
    was = np.array([1.0, 2, 3, 4])
    assert earth_mover(was, was + 1.5) == 1.5
    assert earth_mover(was, was) == 0.0
    assert earth_mover(np.array([0.0, 1, 3]), np.array([5.0, 6, 8])) == pytest.approx(5.0)


def test_ten_bins_of_equal_share():
    was = np.arange(100.0)
    one, other = shares(was, np.full(7, -50.0))  # the outermost bins are open
    np.testing.assert_allclose(one, [0.1] * 10)
    assert other.tolist() == [1.0] + [0.0] * 9
    assert l_infinity(was, np.full(7, 1e9)) == pytest.approx(0.9)
    assert l_infinity(was, was[::-1]) == 0.0


def test_bins_of_few_values_are_fewer():
    was = np.array([0] * 8 + [1] * 2)  # the quantiles of .1 to .7 are 0
    now = np.array([0] * 5 + [1] * 5)
    assert l_infinity(was, now) == pytest.approx(0.3)
    assert l_infinity(np.zeros(20), np.zeros(30)) == 0.0
