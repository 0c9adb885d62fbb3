"""Which models a table has: on what they are trained, and on which events they are scored."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import clsim
from clsim.hindsight.make import counterfactual
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Periodic
from clsim.streams.delays import Constant
from helpers.tabled import (
    GIVEN,
    ROWS,
    SECOND,
    TIME,
    assert_equal,
    assert_exact,
    grouped,
    regression,
    started,
    timed,
)
from helpers.tables import Table, two_clouds

# holdouts -------------------------------------------------------------------------------------


def test_the_latest_rows_as_holdout_are_those_of_the_gate():
    """With 80 labels or more before each training, the latest 60 are new to any champion."""
    gate = ChampionChallenger(60, min_rows=20)
    for phase in (0, 2):
        run = clsim.replay(
            two_clouds(1500),
            {"gated": Strategy(Periodic(3, phase), SlidingWindow(120), offline=gate)},
            learner=GaussianNB(), delay=Constant(20), **ROWS,
        )["gated"]  # fmt: skip
        table = counterfactual(
            two_clouds(1500), learner=GaussianNB(), dataset=SlidingWindow(120), holdout=60,
            delay=Constant(20), **ROWS,
        )  # fmt: skip
        deployed = run.events[run.events["kind"] == "deploy"]["tick"].astype(int).tolist()
        assert 0 < len(deployed) < len(started(run))
        assert_exact(table, run, deployed)
        # at tick 1, so many labels have come that the first model did not train on
        assert table.held_out.tolist()[:2] == [0, 31]
        assert set(table.held_out.tolist()[2:-1]) == {60}


def test_the_first_gate_tests_on_what_the_first_model_has_not_seen():
    gate = ChampionChallenger(60, min_rows=20)
    run = clsim.replay(
        two_clouds(700), {"gated": Strategy(Periodic(99, 1), SlidingWindow(120), offline=gate)},
        learner=GaussianNB(), delay=Constant(20), **ROWS,
    )["gated"]  # fmt: skip
    table = counterfactual(
        two_clouds(700), learner=GaussianNB(), dataset=SlidingWindow(120), holdout=60,
        delay=Constant(20), **ROWS,
    )  # fmt: skip
    train = run.events[run.events["kind"] == "train"].iloc[0]
    assert (train["rows"], train["labels"]) == (table.rows[1], table.held_out[1]) == (120 - 31, 31)
    assert_exact(
        table, run, run.events[run.events["kind"] == "deploy"]["tick"].astype(int).tolist()
    )


def test_a_holdout_may_be_a_duration_or_a_part():
    class Last:
        def holdout(self, view):
            return view.since(20 * SECOND)

    tables = [
        counterfactual(timed(), learner=GaussianNB(), dataset=All(), holdout=h, **TIME)
        for h in ("20s", Last(), None)
    ]
    # before tick 0, all labels are of rows that the first model trained on
    assert tables[0].held_out[0] == 0 < tables[1].held_out[0]
    np.testing.assert_array_equal(tables[0].loss[1:], tables[1].loss[1:])
    np.testing.assert_array_equal(tables[0].rows + tables[0].held_out, tables[2].rows)
    np.testing.assert_array_equal(
        tables[0].loss[-1], tables[2].loss[-1]
    )  # the first is trained on all
    assert not np.array_equal(tables[0].loss, tables[2].loss, equal_nan=True)


# what it refuses ------------------------------------------------------------------------------


class Moody:
    """Asks for something that only a running strategy has."""

    def __init__(self, ask):
        self.ask = ask

    def rows(self, view):
        self.ask(view)
        return view.labelled()


class Growing:
    """A little more each time it is asked."""

    def __init__(self):
        self.asked = 0

    def rows(self, view):
        self.asked += 1
        return view.labelled()[-50 * self.asked :]


@pytest.mark.parametrize("dataset", [
    NewSinceLast(), Moody(lambda v: v.in_flight), Moody(lambda v: v.training_ticks),
    Moody(lambda v: v.outcomes.arrived_losses()),
    Moody(lambda v: v.model(0).losses(v.labelled())), Growing(),
])  # fmt: skip
def test_refuses_datasets_that_depend_on_the_past(dataset):
    name = type(dataset).__name__
    with pytest.raises(ValueError, match=rf"dataset: {name} .*strategy's own past"):
        counterfactual(two_clouds(400), **GIVEN | {"dataset": dataset})


def test_refuses_a_holdout_that_depends_on_the_champion():
    with pytest.raises(ValueError, match=r"holdout: ChampionChallenger .*number of rows"):
        counterfactual(two_clouds(400), **GIVEN, holdout=ChampionChallenger(50))


@pytest.mark.parametrize("given", [{"warmup": 0}, {"delay": Constant(10_000), "warmup": 0}])
def test_refuses_a_table_without_a_first_model(given):
    with pytest.raises(ValueError, match=r"warmup: .*first model"):
        counterfactual(two_clouds(400), **GIVEN | given)


def test_refuses_a_first_model_that_fails():
    stream = Table(np.zeros((20, 1)), [0] * 10 + [1] * 10)
    with pytest.raises(ValueError, match="warmup: the first model cannot be trained"):
        counterfactual(stream, learner=LogisticRegression(), dataset=All(), tick=5, warmup=5)


# a sample of the events -----------------------------------------------------------------------


def test_a_sample_of_all_rows_is_exact():
    for make in (grouped, regression):
        learner = LinearRegression() if make is regression else GaussianNB()
        given = {**GIVEN, "learner": learner, "slices": make is grouped}
        full, all_rows = (
            counterfactual(make(), **given),
            counterfactual(make(), **given, sample=1.0),
        )
        np.testing.assert_allclose(all_rows.loss, full.loss, rtol=1e-12)
        assert np.nanmax(all_rows.variance) == 0
        for name, values in full.slices.items():
            np.testing.assert_allclose(all_rows.slices[name], values)


@pytest.mark.slow
@pytest.mark.parametrize("make", [grouped, regression])
def test_a_sample_has_no_bias_and_the_error_that_it_states(make):
    """Over 80 samples the mean is within 4 standard errors of the truth in every entry that is
    checked, and the squared errors are what the variance says, within 15 per cent in all."""
    learner = LinearRegression() if make is regression else GaussianNB()
    given = {**GIVEN, "learner": learner, "candidates": 3}
    full = counterfactual(make(), **given)
    tables = [counterfactual(make(), **given, sample=0.3, seed=seed) for seed in range(80)]
    error = np.array([t.loss - full.loss for t in tables])
    variance = np.array([t.variance for t in tables])
    there = np.isfinite(full.loss)
    mean, spread = error.mean(0)[there], error.std(0, ddof=1)[there]
    assert (np.abs(mean) <= 4 * np.maximum(spread, 1e-9) / np.sqrt(80)).all()
    assert np.nansum(error**2) == pytest.approx(np.nansum(variance), rel=0.15)
    # of a schedule: never
    never = np.full(full.loss.shape[1], len(full.ticks) - 1)
    totals = np.array([t.loss[-1].sum() - full.loss[-1].sum() for t in tables])
    stated = np.array([t.standard_error(never) for t in tables])
    assert np.mean(totals**2) == pytest.approx(np.mean(stated**2), rel=0.4)
    told = tables[0].info["approximations"]["sample"]
    assert told["standard_error_of_the_total"] == stated[0] > told["standard_error_of_a_tick"] > 0
    assert full.standard_error(never) == 0


def test_the_same_events_are_sampled_for_every_model():
    # every model answers 0, and the label is 1 in the first half of every tick
    stream = Table(np.zeros((800, 1)), np.arange(800) % 50 < 25)
    given = {**GIVEN, "learner": DummyClassifier(strategy="constant", constant=0)}
    table = counterfactual(stream, **given, sample=0.2)
    for column in table.loss.T:
        assert len(set(column[np.isfinite(column)])) == 1
    assert len(set(table.loss[-1])) > 1  # other places in other ticks
    assert (table.loss[-1] % 5 == 0).all()  # 10 of 50 events
    some = counterfactual(stream, **given, sample=0.2, candidates=[2, 9])
    np.testing.assert_array_equal(some.loss, table.loss[[2, 9, -1]])


@pytest.mark.parametrize(("share", "k"), [(0.2, 10), (0.5, 25), (0.001, 2)])
def test_the_variance_of_a_sampled_tick_by_hand(share, k):
    """k of 50 events, e of them wrong: s² = e (k - e) / (k (k - 1))."""
    table = counterfactual(two_clouds(800), **GIVEN, sample=share)
    wrong = table.loss * k / 50
    np.testing.assert_allclose(wrong, np.round(wrong), atol=1e-9)
    s2 = wrong * (k - wrong) / (k * (k - 1))
    np.testing.assert_allclose(table.variance, 50**2 * (1 - k / 50) * s2 / k, atol=1e-9)
    assert np.nanmax(table.variance) > 0


# processes ------------------------------------------------------------------------------------


def large(n=40_000):
    """Large enough that processes share its columns."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 6))
    return Table(X, (X[:, 0] > np.linspace(-1, 1, n)).astype(int), group=rng.integers(0, 2, n))


@pytest.mark.parametrize("more", [
    {"loss": "log"}, {"sample": 0.5, "slices": True},
    {"learner": LinearRegression(), "loss": "squared"},
])  # fmt: skip
@pytest.mark.slow
def test_processes_change_nothing(more):
    stream = large()
    assert stream.X.nbytes > 1e6
    if "learner" in more:
        stream = Table(stream.X, stream.X @ np.arange(6.0) + np.sin(np.arange(len(stream.X))),
                       classes=())  # fmt: skip
    given = {"learner": LogisticRegression(), "dataset": SlidingWindow(2_000), "tick": 1_000,
             "warmup": 2_000, **more}  # fmt: skip
    assert_equal(counterfactual(stream, **given), counterfactual(stream, **given, n_jobs=2))


@pytest.mark.slow
def test_frames_can_be_shared():
    frame = pd.DataFrame(large().X, columns=[*"abcdef"]).assign(y=large().y, g=pd.Categorical(
        np.where(large().group, "u", "v")
    ))  # fmt: skip
    encoded = make_column_transformer((OneHotEncoder(), ["g"]), remainder="passthrough")
    given = {"learner": make_pipeline(encoded, LogisticRegression()), "tick": 1_000,
             "dataset": SlidingWindow(2_000), "warmup": 2_000, "candidates": 5}  # fmt: skip
    stream = clsim.streams.Recorded(frame, label="y")
    one = counterfactual(stream, **given)
    assert_equal(one, counterfactual(stream, **given, n_jobs=2))
