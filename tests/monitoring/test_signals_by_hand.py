"""What monitors measure, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, Score
from clsim.protocols import Monitor
from clsim.strategy import Strategy
from clsim.strategy.logging import Sample
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Never, Periodic, Threshold
from helpers.tables import Table


def signals(table, monitor, trigger=None, *, learner=None, **parts):
    strategy = Strategy(trigger or Never(), monitors={"it": monitor}, **parts)
    run = clsim.replay(table, {"it": strategy}, learner=learner or GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    signals = run.signals
    names = [None if pd.isna(of) else of for of in signals["of"]]
    return [(t, of, round(v, 9))
            for t, of, v in zip(signals["tick"], names, signals["value"], strict=True)]  # fmt: skip


def steps(n=60):
    """The feature is 0, 1, 0, 1, ...; from row 40 on it is 3 more."""
    X = (np.arange(n) % 2 + np.where(np.arange(n) >= 40, 3, 0))[:, None]
    return Table(X, [0, 1] * (n // 2))


def test_the_earth_mover_in_standard_deviations():
    monitor = FeatureDistribution("earth_mover", "warmup", window=10, min_rows=5)
    # the warm-up's values 0 and 1 have the standard deviation 1/2; a shift of 3 is 6 of them
    assert signals(steps(), monitor) == [(1, "a", 0.0), (2, "a", 0.0), (3, "a", 6.0)]


def test_the_reference_is_what_the_champion_was_trained_on():
    monitor = FeatureDistribution("earth_mover", "training", window=10, min_rows=5)
    # trained at tick 3 on 0 to 49: a fifth of the rows is 3 higher, as are all of the window
    was = np.concatenate([steps().X[:50, 0]])
    expected = 0.8 * 3 / was.std()
    found = signals(steps(70), monitor, Periodic(3))
    assert found[:3] == [(1, "a", 0.0), (2, "a", 0.0), (3, "a", 6.0)]
    assert found[3] == (4, "a", pytest.approx(expected, abs=1e-9))


def test_a_window_of_served_rows_that_are_logged():
    monitor = FeatureDistribution("l_infinity", "warmup", window=10, min_rows=1)
    assert signals(steps(), monitor, logging=Sample(0.0)) == []


def test_the_score_of_the_latest_labelled_events():
    # the one answer is 0; of the rows 20 to 39 a half is 1, then all are
    y = [0] * 19 + [1] + [0, 1] * 10 + [1] * 20
    table = Table(np.zeros((60, 1)), y)
    found = signals(table, Score(20, 10), learner=DummyClassifier(strategy="most_frequent"))
    assert found == [(1, None, 0.5), (2, None, 0.5), (3, None, 0.25)]


def test_no_number_with_too_few_labels():
    table = Table(np.zeros((60, 1)), [0, 1] * 30, label_time=[i + 15 for i in range(60)])
    learner = DummyClassifier(strategy="most_frequent")
    # label i comes at i + 15: at row 40 those of rows 20 to 25, at 50 those to 35
    assert [t for t, _, _ in signals(table, Score(20, 10), learner=learner)] == [3]


def test_the_score_counts_labels_of_rows_that_cannot_be_trained_on():
    there = [i if i < 20 else None for i in range(60)]
    table = Table(np.zeros((60, 1)), [0, 1] * 30, available=there)
    found = signals(table, Score(20, 10), learner=DummyClassifier(strategy="most_frequent"))
    assert [t for t, _, _ in found] == [1, 2, 3]


def test_the_alarm_is_that_of_the_feature_that_moved():
    X = np.column_stack([np.arange(60) % 2, steps().X[:, 0]])  # only the second one moves
    monitor = FeatureDistribution("earth_mover", "warmup", window=10, min_rows=5)
    strategy = Strategy(Threshold(monitor, above=3.0))
    run = clsim.replay(Table(X, [0, 1] * 30), {"it": strategy}, learner=GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    alarms = run.signals[run.signals["alarm"]]
    assert list(zip(alarms["tick"], alarms["of"], strict=True)) == [(3, "b")]


def test_ticks_that_were_slept_through_are_measured_with_what_served_in_them():
    class Serving(Monitor):
        def measure(self, view):
            return {None: float(view.champion)}

    # a training of tick 4 (row 60) is ready at 85, so model 1 serves from tick 7 (row 90) on; in
    # ticks 5 and 6 the strategy sleeps
    strategy = Strategy(Periodic(4), training=Stateless(25), monitors={"it": Serving()})
    run = clsim.replay(steps(100), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)["it"]
    assert run.ticks["model"].tolist() == [0] * 7 + [1]
    assert run.signals["value"].tolist() == [0.0] * 7 + [1.0]
    assert run.signals["model"].tolist() == [0] * 7 + [1]


def test_a_monitor_that_fails_is_noted_and_the_trigger_goes_on():
    class Failing(Score):
        def measure(self, view):
            if view.tick < 3:
                raise RuntimeError("the store is away")
            return {None: 5.0}

    trigger = Threshold(Failing(window=10, min_labels=1), above=1.0)
    run = clsim.replay(steps(100), {"it": Strategy(trigger)}, learner=GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    alarms = run.events[run.events["kind"] == "alarm"]
    assert alarms["tick"].tolist() == list(range(8))
    assert set(alarms["reason"][:3]) == {"signal: RuntimeError: the store is away"}
    assert run.signals["value"].isna().tolist() == [True] * 3 + [False] * 5
    assert run.events.loc[run.events["kind"] == "train", "tick"].tolist() == [3, 4, 5, 6, 7]
