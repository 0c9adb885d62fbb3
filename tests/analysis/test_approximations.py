import numpy as np
import pytest

from clsim.hindsight.make import counterfactual
from helpers.tabled import GIVEN
from helpers.tables import two_clouds


def test_fewer_candidates_and_a_largest_age_leave_the_other_numbers_as_they_are():
    full = counterfactual(two_clouds(800), **GIVEN)
    assert full.info["approximations"] == {}
    coarse = counterfactual(two_clouds(800), **GIVEN, candidates=4)
    assert coarse.ticks.tolist() == [0, 4, 8, 12, -1]
    np.testing.assert_array_equal(coarse.loss, full.loss[[0, 4, 8, 12, -1]])
    some = counterfactual(two_clouds(800), **GIVEN, candidates=[3, 5, 9])
    np.testing.assert_array_equal(some.loss, full.loss[[3, 5, 9, -1]])
    young = counterfactual(two_clouds(800), **GIVEN, largest_age=3)
    age = np.arange(14) - full.ticks[:-1, None]
    np.testing.assert_array_equal(young.loss[:-1], np.where(age <= 3, full.loss[:-1], np.nan))
    np.testing.assert_array_equal(young.loss[-1], full.loss[-1])
    assert [*coarse.info["approximations"]] == ["candidates"]
    assert "candidates=4 of 14 ticks" in repr(coarse)
    assert "largest_age=3" in repr(young)


def test_the_error_of_a_coarse_grid_is_what_a_step_of_age_costs():
    coarse = counterfactual(two_clouds(800), **GIVEN, candidates=4)
    loss = coarse.loss
    steps = [
        loss[0, 4:8] - loss[1, 4:8],
        loss[1, 8:12] - loss[2, 8:12],
        loss[2, 12:] - loss[3, 12:],
    ]
    told = coarse.info["approximations"]["candidates"]["loss_per_tick_of_one_step"]
    assert told == pytest.approx(np.concatenate(steps).mean())
