"""Checks of columns, rows and ticks, by hand."""

import numpy as np
import pandas as pd
import pytest

from clsim.monitoring import quality

NUMBERS = pd.Series([1.0, 2.0, 3.0, 4.0])
NAMES = pd.Series(["a", "b", "a", "b"])


@pytest.mark.parametrize(
    ("check", "was", "now", "share"),
    [
        ("missing", NUMBERS, [np.nan, 1, 1, 1], 0.25),
        ("missing", pd.Series([np.nan, 1.0]), [np.nan, 1, 1, 1], 0.0),
        ("missing", NAMES, ["a", None], 0.5),
        ("wrong_type", NUMBERS.astype(object), [1, "?", None, 2, "n/a"], 0.5),
        ("wrong_type", NAMES, ["a", 3], 0.0),
        ("out_of_range", NUMBERS, [0.9, 1, 4, 4.1, np.nan], 0.5),
        ("out_of_range", NUMBERS, [np.nan, np.nan], 0.0),
        ("out_of_range", NAMES, ["z"], 0.0),
        ("new_values", NAMES, ["a", "c", None], 0.5),
        ("new_values", NUMBERS, [9.0], 0.0),
        ("constant", NUMBERS, [2, 2, 2], 1.0),
        ("constant", NUMBERS, [np.nan, np.nan], 1.0),
        ("constant", NUMBERS, [2], 0.0),
        ("constant", NAMES, ["a", "a", "b"], 0.0),
        ("constant", pd.Series(["a", "a"]), ["a", "a"], 0.0),
    ],
)
def test_a_column_against_a_reference(check, was, now, share):
    assert quality.COLUMN_CHECKS[check](was, pd.Series(now)) == pytest.approx(share)


def test_rows_that_repeat_others():
    once = pd.DataFrame({"x": [1, 2, 3, 4], "y": list("abab")})
    twice = pd.concat([once, once])
    assert quality.duplicates(once, twice) == 0.5
    assert quality.duplicates(twice, twice) == 0.0, "no more than there were"
    assert quality.duplicates(once, once) == 0.0


def test_statistics_of_nothing():
    assert np.isnan(quality.statistics(pd.Series([], dtype=float), True)).all()
    none = quality.statistics(pd.Series([np.nan, np.nan]), True)
    assert none[:2].tolist() == [1.0, 0.0]
    assert np.isnan(none[2:]).all()


def test_a_unit_that_changed_stands_out_and_what_sampling_does_not():
    """Twenty ticks of 200 values; then a tick in which a half is in another unit."""
    rng = np.random.default_rng(0)
    past = np.array(
        [quality.statistics(pd.Series(rng.normal(20, 2, 200)), True) for _ in range(20)]
    )
    floor = quality.one_row(past, 200, True)
    usual = pd.Series(rng.normal(20, 2, 200))
    broken = usual.where(np.arange(200) % 2 == 0, usual * 1.8 + 32)
    sound = quality.robust_z(past, quality.statistics(usual, True), floor)
    wrong = quality.robust_z(past, quality.statistics(broken, True), floor)
    assert np.abs(sound).max() < 5
    names = np.array(quality.OF_NUMBERS)
    assert set(names[np.abs(wrong) > 8]) == {"mean", "deviation", "largest"}


def test_a_robust_z_bears_an_outlier_in_the_past():
    past = np.array([[1.0], [2.0], [3.0], [4.0], [1e9]])
    assert quality.robust_z(past, np.array([6.0]), np.zeros(1)) == pytest.approx(3 / 1.4826)
    assert np.isnan(quality.robust_z(past * np.nan, np.array([6.0]), np.zeros(1)))


def test_the_first_missing_value_is_one_row_and_no_more():
    """The share of missing values has never moved; one row of a hundred is one deviation."""
    past = np.tile([0.0, 1.0, 5.0, 2.0, 1.0, 9.0], (10, 1))
    now = np.array([0.01, 1.0, 5.0, 2.0, 1.0, 9.0])
    found = quality.robust_z(past, now, quality.one_row(past, 100, True))
    np.testing.assert_allclose(found, [1, 0, 0, 0, 0, 0])


def test_the_volume_of_a_tick():
    past = np.array([100] * 9 + [140])
    assert quality.volume_z(past, 100) == 0
    assert quality.volume_z(past, 70) == pytest.approx(3)
    assert quality.volume_z(past, 0) == pytest.approx(10)
