import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from clsim.analysis.compare.power import seeds_needed, seeds_to_tell


@pytest.mark.parametrize(
    ("effect", "seeds", "power"),
    [(0.2, 199, 0.8017), (0.5, 34, 0.8078), (0.8, 15, 0.8213), (1.0, 10, 0.8031)],
)
def test_seeds_for_cohens_effects(effect, seeds, power):
    # G*Power 3, matched pairs, two-sided, power .8, level .05
    assert seeds_needed([-1.0, 0.0, 1.0], effect).seeds == seeds
    assert seeds_needed([-1.0, 0.0, 1.0], -effect).seeds == seeds
    assert round(seeds_needed([-1.0, 0.0, 1.0], effect).power, 4) == power


def test_power_is_reached_and_not_with_one_seed_less():
    found = seeds_needed([-2.0, 0.0, 2.0], 1.0, power=0.9)
    assert found.deviation == 2
    assert found.power >= 0.9
    less = seeds_needed([-2.0, 0.0, 2.0], 1.0, power=found.power - 1e-9)
    assert less.seeds == found.seeds


def test_power_is_how_often_the_test_rejects():
    found = seeds_needed([-1.0, 0.0, 1.0], 0.8)
    draws = np.random.default_rng(0).normal(0.8, 1, size=(4000, found.seeds))
    rejected = (ttest_1samp(draws, 0, axis=1).pvalue <= 0.05).mean()
    assert rejected == pytest.approx(found.power, abs=4 * math.sqrt(0.2 * 0.8 / 4000))


@pytest.mark.parametrize("effect", [0.5, 2.0, 4.0, 5.0, 5.642, 6.0, 7.0])
def test_power_of_three_seeds_by_hand(effect):
    # s squared is exponential: power 1 - t exp(-d^2 / (t^2 + 2)) / sqrt(t^2 + 2)
    bound, shift = 4.302653, effect * math.sqrt(3)
    missed = bound / math.sqrt(bound**2 + 2) * math.exp(-(shift**2) / (bound**2 + 2))
    found = seeds_needed([-1.0, 0.0, 1.0], effect, power=1 - missed - 1e-6)
    assert (found.seeds, found.power) == (3, pytest.approx(1 - missed, abs=5e-7))


def test_two_seeds_are_the_fewest():
    assert seeds_needed([-1.0, 0.0, 1.0], 1e5).seeds == 2


def test_why_there_is_no_number_is_said():
    assert seeds_needed([0.3], 0.1).reason == "needs at least 2 seeds, has 1"
    assert seeds_needed([0.3, 0.3], 0.1).reason == "the pilot's differences do not vary"
    few = seeds_needed([-1.0, 0.0, 1.0], 1e-4)
    assert (few.seeds, few.reason) == (None, "more than 1,000,000 seeds")


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="difference=0"):
        seeds_needed([1.0, 2.0], 0)
    with pytest.raises(ValueError, match="power=80"):
        seeds_needed([1.0, 2.0], 1, power=80)
    with pytest.raises(ValueError, match="finite"):
        seeds_needed([1.0, np.nan], 1)


def test_seeds_to_tell_are_those_of_the_paired_differences():
    # what seeds have in common is no part of it: 10, 20, 30 and differences -1, 0, 1 about .5
    values = {"a": [10.0, 20, 30], "b": [9.5, 20.5, 31.5], "c": [10.0, 20, 30], "d": [11.0, 21, 31]}
    table = pd.DataFrame(
        [(name, seed, v) for name, of in values.items() for seed, v in enumerate(of)],
        columns=["strategy", "seed", "total"],
    )
    found = seeds_to_tell(table, "a", worth=0.8).set_index("strategy")
    row = found.loc["b"]
    assert (row["difference"], row["deviation"], row["seeds"]) == (0.5, 1.0, 3)
    assert (row["needed"], row["seeds_for_worth"]) == (34, 15)  # Cohen's .5 and .8, as above
    assert found.loc["c", "reason"] == "the two are equal"
    assert found.loc["d", "reason"] == "the pilot's differences do not vary"
    assert found.loc[["c", "d"], "needed"].isna().all()
    one = table[(table["strategy"] != "b") | (table["seed"] == 0)]
    assert seeds_to_tell(one, "a").iloc[0]["reason"] == "needs at least 2 seeds, has 1"
    with pytest.raises(ValueError, match="unknown strategy 'e'"):
        seeds_to_tell(table, "e")
