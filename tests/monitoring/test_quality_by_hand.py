"""Checks of columns, rows and ticks, by hand."""

import numpy as np
import pytest

from clsim.monitoring import quality
from clsim.monitoring.encoded import together
from clsim.types import Column

NAMES = np.array(["?", "1", "2", "a", "b", "c"])


def column(values):
    """Numbers with NaN, or text with None, as a column."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return Column(values)
    codes = [-1 if v is None else NAMES.tolist().index(v) for v in values.tolist()]
    return Column(np.array(codes), NAMES)


NUMBERS, LETTERS = [1.0, 2.0, 3.0, 4.0], ["a", "b", "a", "b"]


@pytest.mark.parametrize(
    ("check", "was", "now", "share"),
    [
        ("missing", NUMBERS, [np.nan, 1, 1, 1], 0.25),
        ("missing", [np.nan, 1.0], [np.nan, 1, 1, 1], 0.0),
        ("missing", LETTERS, ["a", None], 0.5),
        ("wrong_type", ["1", "2", None], ["1", "?", None, "2", "a"], 0.5),
        ("wrong_type", LETTERS, ["a", "?"], 0.0),
        ("wrong_type", NUMBERS, NUMBERS, 0.0),
        ("out_of_range", NUMBERS, [0.9, 1, 4, 4.1, np.nan], 0.5),
        ("out_of_range", NUMBERS, [np.nan, np.nan], 0.0),
        ("out_of_range", LETTERS, ["c"], 0.0),
        ("new_values", LETTERS, ["a", "c", None], 0.5),
        ("new_values", NUMBERS, [9.0], 0.0),
        ("constant", NUMBERS, [2.0, 2, 2], 1.0),
        ("constant", NUMBERS, [np.nan, np.nan], 1.0),
        ("constant", NUMBERS, [2.0], 0.0),
        ("constant", LETTERS, ["a", "a", "b"], 0.0),
        ("constant", ["a", "a"], ["a", "a"], 0.0),
    ],
)
def test_a_column_against_a_reference(check, was, now, share):
    found = quality.COLUMN_CHECKS[check](column(was), column(now))
    assert found == pytest.approx(share)


def test_rows_that_repeat_others():
    once = {"x": column([1.0, 2, 3, np.nan]), "y": column(LETTERS)}
    twice = together(once, once)
    assert quality.duplicates(once, twice) == 0.5
    assert quality.duplicates(twice, twice) == 0.0, "no more than there were"
    assert quality.duplicates(once, once) == 0.0


def test_statistics_of_nothing():
    assert np.isnan(quality.statistics(Column(np.empty(0)))).all()
    none = quality.statistics(column([np.nan, np.nan]))
    assert none[:2].tolist() == [1.0, 0.0]
    assert np.isnan(none[2:]).all()


def test_a_unit_that_changed_stands_out_and_what_sampling_does_not():
    """Twenty ticks of 200 values; then a tick in which a half is in another unit."""
    rng = np.random.default_rng(0)
    past = np.array([quality.statistics(Column(rng.normal(20, 2, 200))) for _ in range(20)])
    floor = quality.one_row(past, 200, True)
    usual = rng.normal(20, 2, 200)
    broken = np.where(np.arange(200) % 2 == 0, usual, usual * 1.8 + 32)
    sound = quality.robust_z(past, quality.statistics(Column(usual)), floor)
    wrong = quality.robust_z(past, quality.statistics(Column(broken)), floor)
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
