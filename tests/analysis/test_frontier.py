import numpy as np
import pytest

from clsim.analysis.cost.frontier import pareto


def test_a_point_is_kept_unless_another_beats_it():
    cost = [0, 10, 20, 30, 30]
    score = [0.60, 0.80, 0.70, 0.90, 0.85]
    assert pareto(cost, score).tolist() == [True, True, False, True, False]


def test_of_equal_costs_the_better_score_is_kept_and_of_equal_scores_the_cheaper():
    assert pareto([1, 1], [0.5, 0.6]).tolist() == [False, True]
    assert pareto([1, 2], [0.5, 0.5]).tolist() == [True, False]


def test_equal_points_are_kept_or_dropped_together():
    assert pareto([1, 1], [0.5, 0.5]).tolist() == [True, True]
    assert pareto([1, 1, 0], [0.5, 0.5, 0.5]).tolist() == [False, False, True]


def test_nan_is_never_on_the_frontier_and_beats_nobody():
    assert pareto([0, 1, np.nan], [np.nan, 0.5, 0.9]).tolist() == [False, True, False]


def test_nothing_of_nothing():
    assert pareto([], []).tolist() == []


def test_shapes_must_agree():
    with pytest.raises(ValueError, match="shapes"):
        pareto([1, 2], [1])
