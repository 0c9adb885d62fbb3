"""Distances of whole rows: published numbers, arithmetic by hand, and what must hold."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.multivariate import (
    classifier,
    directions,
    drawn,
    energy,
    mmd,
    mmd_between,
    sliced_earth_mover,
)
from clsim.randomness import uniform


@pytest.mark.parametrize(("mean", "size", "published"), [
    (0, 100, 0.00052755), (2, 100, 0.43377622), (0, 10, -0.03200193),
])  # fmt: skip
def test_published_mmd(mean, size, published):
    random = np.random.RandomState(31)
    reference, current = random.normal(mean, 1, (100, 1)), random.normal(0, 1, (size, 1))
    assert mmd(reference, current, width=0.5) == pytest.approx(published, abs=5e-9)


def kernel_loop(one, other, width):
    """Unbiased, pair by pair."""

    def mean(pairs):
        return np.mean([np.exp(-((x - y) ** 2).sum() / (2 * width**2)) for x, y in pairs])

    within = [mean(itertools.permutations(rows, 2)) for rows in (one, other)]
    return sum(within) - 2 * mean(itertools.product(one, other))


def test_mmd_pair_by_pair_with_the_median_distance():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(7, 3)), rng.normal(1, 2, size=(5, 3))
    rows = np.concatenate([one, other])
    apart = [np.linalg.norm(rows[i] - rows[j]) for i in range(12) for j in range(i)]
    assert mmd(one, other) == pytest.approx(kernel_loop(one, other, np.median(apart)))


def test_mmd_of_rows_that_are_nearly_all_equal():
    rows = np.zeros((10, 2))
    assert mmd(rows, rows) == 0.0
    one_off = np.vstack([rows[1:], [[3.0, 4.0]]])
    # most distances are 0, so that the width is the mean of the others, 5
    assert mmd(rows, one_off) == pytest.approx(kernel_loop(rows, one_off, 5.0))


def test_mmd_is_around_zero_without_drift():
    rng = np.random.default_rng(0)
    found = [mmd(*rng.normal(size=(2, 20, 2))) for _ in range(200)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(200)
    assert np.min(found) < 0


COLUMNS = st.lists(st.integers(-20, 20), min_size=1, max_size=15).map(
    lambda v: np.array(v, dtype=float)
)


@given(COLUMNS, COLUMNS)
def test_one_column_is_the_distance_of_one_feature(was, now):
    one, other = was[:, None], now[:, None]
    assert energy(one, other) == pytest.approx(DISTANCES["energy"](was, now), abs=1e-6)
    assert energy(one, other) == pytest.approx(energy(other, one), abs=1e-6)
    mover = DISTANCES["earth_mover"](was, now)
    for axes in ([[1.0]], [[-1.0, 1.0]]):
        assert sliced_earth_mover(one, other, np.array(axes)) == pytest.approx(mover)


def test_sliced_by_hand():
    square = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    # 3 along the first axis, 1 along the second, 4 over the root of 2 along the diagonal
    axes = np.array([[1, 0, np.sqrt(0.5)], [0, 1, np.sqrt(0.5)]])
    expected = (3 + 1 + 4 * np.sqrt(0.5)) / 3
    assert sliced_earth_mover(square, square + np.array([3, 1]), axes) == pytest.approx(expected)


def test_directions_have_length_one_and_come_again():
    axes = directions(4, 6, np.random.default_rng(2))
    np.testing.assert_allclose((axes**2).sum(axis=0), 1)
    np.testing.assert_array_equal(axes, directions(4, 6, np.random.default_rng(2)))


def test_a_classifier_tells_what_no_feature_shows():
    """A correlation turns its sign: each column stays what it was."""
    rng = np.random.default_rng(1)
    reference = rng.normal(size=(120, 2))
    reference[:, 1] = 0.9 * reference[:, 0] + np.sqrt(1 - 0.81) * reference[:, 1]
    current = reference * [1, -1]
    auc = classifier(reference, current, random_state=0)
    assert auc > 0.8
    assert auc == classifier(reference, current, random_state=0)
    assert classifier(reference, current, 0, LogisticRegression()) < 0.6, "a line cannot"


def test_a_classifier_cannot_tell_what_is_alike():
    rng = np.random.default_rng(1)
    learner = LogisticRegression()
    found = [classifier(*rng.normal(size=(2, 60, 2)), 0, learner, folds=3) for _ in range(8)]
    assert np.mean(found) == pytest.approx(0.5, abs=0.06)


def test_windows_that_overlap_keep_the_rows_they_share():
    first, second = np.arange(1_000), np.arange(100, 1_100)
    kept = [drawn(rows, uniform(1, "mmd", rows), 300) for rows in (first, second)]
    assert [len(rows) for rows in kept] == [300, 300]
    assert len(np.intersect1d(*kept)) > 230
    assert (np.diff(kept[0]) > 0).all()
    np.testing.assert_array_equal(drawn(first, uniform(1, "mmd", first), 5_000), first)


def test_many_ways_to_deal_out_are_each_way_alone():
    rows = np.random.default_rng(0).normal(size=(9, 2))
    masks = np.array([[True] * 5 + [False] * 4, [False, True] * 4 + [True]])
    each = [mmd(rows[mask], rows[~mask], 1.0) for mask in masks]
    assert mmd_between(rows, 1.0)(masks) == pytest.approx(each)


@pytest.mark.parametrize(("ask", "said"), [
    (lambda: mmd(np.zeros((1, 2)), np.zeros((3, 2))), "reference has 1 rows: at least 2"),
    (lambda: mmd(np.zeros((3, 2)), np.zeros((3, 3))), "same columns"),
    (lambda: energy(np.zeros((3, 2)), np.full((3, 2), np.nan)), "current has missing"),
    (lambda: mmd(np.zeros((3, 2)), np.zeros((3, 2)), width=0), "width=0: must be above 0"),
    (lambda: sliced_earth_mover(np.zeros((3, 2)), np.zeros((3, 2)), np.eye(3)), "for 3 columns"),
    (lambda: classifier(np.zeros((3, 2)), np.zeros((9, 2)), 0), "at least 5 are needed"),
])  # fmt: skip
def test_what_cannot_be_compared(ask, said):
    with pytest.raises(ValueError, match=said):
        ask()
