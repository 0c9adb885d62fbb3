"""What waiting costs and how often updates fail, on a border that turns at constant speed."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "rollout"))

import frequency
import staleness
import turning

DAYS = 84


@pytest.fixture(scope="module")
def runs():
    """Nine strategies on a fast drift, without poisoned days: what is lost, by name."""
    none, made = np.array([], dtype=int), staleness.strategies()
    made = {name: strategy for name, strategy in made.items() if "sequential" not in name}
    lived = turning.lived(turning.world(0.005, none, DAYS), made, seed=1)
    return {name: 100 * turning.excess(run, none) for name, run in lived.items()}


@pytest.mark.parametrize("how", ["at once", "A/B", "shadow"])
@pytest.mark.parametrize("often", ["weekly", "monthly"])
def test_a_model_loses_its_age_times_the_speed(runs, often, how):
    by_age = 0.5 * staleness.age(staleness.EVERY[often], how)
    assert runs[f"{often}, {how}"] == pytest.approx(by_age, rel=0.15, abs=0.6)


def test_daily_with_an_ab_test_of_two_weeks_is_as_stale_as_monthly_at_once(runs):
    assert staleness.age(1, "A/B") == staleness.age(28, "at once") == 16
    assert runs["daily, A/B"] == pytest.approx(runs["monthly, at once"], rel=0.15)
    assert runs["daily, A/B"] - runs["daily, at once"] > 4, "13.5 days of half a point"


def test_the_crossing_of_curves_that_a_reader_can_draw():
    speeds = np.array([0.0, 1.0, 3.0])
    assert staleness.crossing(speeds, np.array([-1.0, -1.0, 3.0])) == pytest.approx(1.5)
    assert staleness.crossing(speeds, np.array([1.0, 1.0, 3.0])) == 0, "from no drift on"
    assert np.isnan(staleness.crossing(speeds, np.array([1.0, 1.0, -3.0]))), "never"


def test_the_crossing_by_age_of_what_a_trial_spares_where_nothing_drifts():
    pair = {"strategy": "daily, shadow", "than": "daily, at once"}
    assert staleness.by_age(pair, -4.1) == pytest.approx(0.2), "4.1 points over 20.5 days"
    same = {"strategy": "daily, A/B", "than": "monthly, at once"}
    assert np.isnan(staleness.by_age(same, -1.0)), "both are 16 days old"


def test_a_border_read_off_its_answers_loses_what_its_angle_says():
    truth = turning.Truth(0.004)
    today = turning.turn(0.004) * (turning.WARMUP + 10)
    line = [0, np.cos(today - 0.5), np.sin(today - 0.5)]
    assert truth.loses(np.array(line), 10) == pytest.approx(0.8 * 0.5 / np.pi, abs=0.005)


def test_a_poisoned_training_fails_at_once_and_not_behind_a_test():
    bad = np.array([5, 14])
    stream = turning.world(frequency.SPEED, bad, 21)
    made = {
        name: strategy
        for name, strategy in frequency.strategies([1]).items()
        if name in ("no test, 1", "as measured, 1")
    }
    X = np.concatenate([batch.X for batch in stream.blocks(1)])
    truth = turning.Truth(frequency.SPEED)
    found = {
        name: frequency.judged(run, X, truth, 21)
        for name, run in turning.lived(stream, made, 1, record="events").items()
    }
    worst = found["no test, 1"].nlargest(2, "more")
    # models learn from two days, which are known a day late: the poison is in two trainings
    assert set(worst["day"]) <= {7, 8, 16, 17}
    assert (worst["more"] > 0.1).all()
    assert found["as measured, 1"]["more"].max() < 0.1
    assert len(found["no test, 1"]) == 20


def test_rates_by_hand():
    runs = pd.DataFrame({
        "world": "sound", "gate": "no test", "every": 1, "seed": [0, 1], "days": 365,
        "trainings": 10, "promotions": 10, "failures": [0, 2], "worse": 5, "failed_days": [0, 4],
        "excess": [1.0, 2.0],
    })  # fmt: skip
    [row] = frequency.rates(runs).to_dict("records")
    assert row["per promotion"] == 0.1
    assert (row["per year"], row["failed days per year"]) == (1, 2)
    # of two events, Garwood's interval is .2422 to 7.2247; here for two years
    assert row["per year, low"] == pytest.approx(0.2422 / 2, abs=1e-4)
    assert row["per year, high"] == pytest.approx(7.2247 / 2, abs=1e-4)
    assert row["spread"] == 2, "variance 2 over mean 1"
