"""Thresholds that keep to a rate of false alarms, by arithmetic."""

import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import NoModel, Strategy
from clsim.strategy.triggers import Performance, Periodic
from clsim.streams import Synthetic, concepts, drift, feedback

SETTING = {"learner": GaussianNB(), "tick": 100, "warmup": 500, "twins": 2}


def world(n=1500):
    """In 1,000 rows after the warm-up there are ten ticks; it drifts in the middle of them."""
    return Synthetic(concepts.Sine(0), [drift.Sudden(concepts.Sine(1), at=1000)], n=n)


def every(ticks):
    return Strategy(Periodic(int(ticks)))


def test_the_rate_is_the_trainings_that_were_started():
    found = clsim.calibrate(world(), every, [2, 5, 10], false_alarms="1/1000", **SETTING)
    # every 2 ticks: at 2, 4, 6, 8; every 5: at 5; every 10: never
    assert found.table["trainings"].tolist() == [4, 1, 0, 4, 1, 0]
    assert (found.value, found.rate.mean, found.rate.low, found.rate.high) == (5, 1.0, 1.0, 1.0)
    assert found.note == (
        "Calibrated with knowledge of the world: twins of it, in which nothing drifts."
    )


def test_every_stricter_threshold_must_keep_it_too():
    length = {1: 10, 2: 2, 3: 5}  # the loosest one never fires, the next one often
    found = clsim.calibrate(
        world(), lambda k: every(length[k]), [1, 2, 3], false_alarms="1/1000", **SETTING
    )
    assert found.value == 3


def test_a_coarse_grid_says_so():
    found = clsim.calibrate(world(), every, [2, 10], false_alarms="1/1000", **SETTING)
    assert found.value == 10
    assert found.note.endswith("The grid is coarse: at 2 it alarms 4 times, at 10 never.")
    found = clsim.calibrate(world(), every, [5, 10], false_alarms="9/1000", **SETTING)
    assert found.note.endswith("Even the loosest threshold, 5, keeps the rate; try looser ones.")


def test_twins_do_not_drift_and_are_drawn_afresh():
    drops = [0.02, 0.05, 0.1, 0.2]

    def strategy(drop):
        return Strategy(Performance(drop=drop, window=100))

    setting = {**SETTING, "twins": 6}
    found = clsim.calibrate(world(4000), strategy, drops, false_alarms="1/3500", **setting)
    again = clsim.calibrate(world(4000), strategy, drops, false_alarms="1/3500", **setting)
    assert found.table.equals(again.table)
    other = clsim.calibrate(world(4000), strategy, drops, false_alarms="1/3500", seed=1, **setting)
    assert not found.table.equals(other.table)
    # fresh quiet draws keep the rate within the interval of both
    assert other.table.loc[other.table["value"] == found.value, "rate"].mean() <= 1.5
    setting = {"learner": GaussianNB(), "tick": 100, "warmup": 500}
    run = clsim.replay(world(4000), {"it": strategy(found.value)}, **setting)["it"]
    assert run.totals["retrainings"] > found.rate.mean  # the real world does drift


@pytest.mark.parametrize(("change", "message"), [
    ({"grid": [2, 3]}, r"^grid: even 3 alarms 3 times where 1/1000 is wanted"),
    ({"false_alarms": "1/9000"}, r"^twins: together they last 0.222 periods of 1/9000"),
    ({"false_alarms": "1/y"}, r"^false_alarms='1/y': the stream has no time; .*'1/10000'"),
    ({"false_alarms": "seldom"}, r"^false_alarms='seldom': expected a rate such as '1/y'"),
    ({"false_alarms": 3}, r"^false_alarms=3: expected a rate"),
    ({"grid": [5, 2, 10]}, r"^grid: give thresholds in order"),
    ({"grid": []}, r"^grid=\[\]: give two thresholds or more"),
    ({"grid": [5]}, r"^grid=\[5\]: give two thresholds or more"),
    ({"grid": [5, 5]}, r"^grid: give thresholds in order"),
    ({"grid": "2, 5"}, r"^grid='2, 5': expected a list of thresholds"),
    ({"blocks": "7d"}, r"^blocks='7d': expected Blocks\(season, trained\)"),
    ({"twins": 1}, r"^twins=1: must be at least 2"),
])  # fmt: skip
def test_refused(change, message):
    setting = {**SETTING, "grid": [2, 5, 10], "false_alarms": "1/1000", **change}
    with pytest.raises((ValueError, TypeError), match=message):
        clsim.calibrate(world(), every, **setting)


def test_a_strategy_that_trains_nothing_is_refused():
    with pytest.raises(ValueError, match=r"^strategy: NoModel trains nothing"):
        clsim.calibrate(world(), lambda _: NoModel(), [2, 5], false_alarms="1/1000", **SETTING)


WALK = drift.RandomWalk(concepts.Hyperplane(2, variant=1), step=100)
RESTLESS = {
    "RandomWalk": (Synthetic(concepts.Hyperplane(2), [WALK], n=1500), "Synthetic: a random walk"),
    "Selective": (feedback.Selective(world()), "Selective: what is served changes"),
}


@pytest.mark.parametrize("blocks", [None, clsim.Blocks(10, 100)])
@pytest.mark.parametrize("name", RESTLESS)
def test_what_never_stands_still_is_refused_also_with_blocks(name, blocks):
    stream, message = RESTLESS[name]
    with pytest.raises(ValueError, match=message):
        clsim.calibrate(stream, every, [2, 5], false_alarms="1/1000", blocks=blocks, **SETTING)
