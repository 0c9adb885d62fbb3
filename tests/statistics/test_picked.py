"""Means over all rows from some that were picked, by published numbers."""

import itertools

import numpy as np
import pytest

from clsim.statistics.picked import inverse, lure, prediction_powered, stands_for

LOSSES, SHARES = np.array([0.0, 1.0, 2.0]), np.array([1.0, 2.0, 5.0]) / 8


def sequences():
    """All ways to pick two of three rows one after the other: rows, chances, and how likely."""
    for order in itertools.permutations(range(3), 2):
        first = SHARES[order[0]]
        second = SHARES[order[1]] / (1 - first)
        yield list(order), np.array([first, second]), first * second


def inclusion():
    chances = np.zeros(3)
    for order, _, likely in sequences():
        chances[order] += likely
    return chances


def test_lure_is_unbiased_over_all_orders():
    found = sum(likely * (lure(q, 3) @ LOSSES[order]) / 3 for order, q, likely in sequences())
    assert found == pytest.approx(1.0, abs=1e-12)


def test_chances_of_the_two_kinds_must_not_be_mixed():
    chances = inclusion()
    assert chances.round(4).tolist() == [0.375, 0.7024, 0.9226]
    found = dict.fromkeys(("ht", "ht by q", "lure by inclusion", "lure by shares of it"), 0.0)
    for order, q, likely in sequences():
        losses = LOSSES[order] * likely / 3
        found["ht"] += inverse(chances[order]) @ losses
        found["ht by q"] += inverse(q) @ losses
        found["lure by inclusion"] += lure(chances[order], 3) @ losses
        found["lure by shares of it"] += lure(chances[order] / 2, 3) @ losses
    rounded = {name: round(value, 2) for name, value in found.items()}
    # the truth is 1; inclusion chances add up to 2, the number of picks, and half of them to 1
    assert rounded == {
        "ht": 1.0, "ht by q": 1.5, "lure by inclusion": 0.84, "lure by shares of it": 1.30,
    }  # fmt: skip


def test_of_all_rows_each_stands_for_itself():
    q = np.array([0.2, 0.5, 1.0])
    assert lure(q, 3).tolist() == [1.0, 1.0, 1.0]
    assert lure(np.empty(0), 3).tolist() == []
    even = 1 / np.arange(10, 6, -1)  # four of ten, all the same
    assert np.allclose(lure(even, 10), 2.5)
    assert stands_for(np.full(4, 0.4), "inclusion", 10).tolist() == [2.5] * 4


def test_prediction_powered():
    found = prediction_powered(
        np.array([0.2, 0.6, 0.4, 0.8]), np.array([0.5, 0.7]), np.array([1.0, 0.0])
    )
    assert found.value == pytest.approx(0.40)
    # variances .0667 / 4 and .72 / 2: of .2 .6 .4 .8, and of -.5 and .7
    assert found.error == pytest.approx(np.sqrt(0.2 / 3 / 4 + 0.72 / 2))
    one = prediction_powered(np.array([0.2]), np.array([0.5]), np.array([1.0]))
    assert np.isnan(one.error)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: inverse(np.array([0.5, 0.0])), r"chances: 0.0 is not above 0 and at most 1"),
    (lambda: lure(np.array([1.5]), 3), r"chances: 1.5 is not above 0"),
    (lambda: lure(np.array([0.5, 0.5]), 1), r"candidates=1: must be at least 2"),
    (lambda: stands_for(np.ones(1), "inclusions", 1), r"kind: .*did you mean 'inclusion'"),
    (lambda: prediction_powered(np.ones(2), np.ones(2), np.ones(1)), r"labels: 1 for 2 predicti"),
    (lambda: prediction_powered(np.ones(2), np.ones(0), np.ones(0)), r"there must be rows with"),
])  # fmt: skip
def test_what_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
