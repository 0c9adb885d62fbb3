"""The table of what every model would have lost: equal to replaying, and honest where it is not."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import naive_bayes
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from tables import Table, two_clouds

import clsim
from clsim.analysis import counterfactual as module
from clsim.analysis.counterfactual import Counterfactual, counterfactual
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Never, Periodic, Volume
from clsim.streams.delays import Constant
from clsim.types import NEVER, NEVER_TIME, Told

SECOND = 1_000_000


def served(table, started):
    """For each tick, the row of the newest started training that can serve it."""
    rows = {int(tick): i for i, tick in enumerate(table.ticks)}
    newest = []
    for j in range(table.loss.shape[1]):
        able = [t for t in started if table.serves[rows[t]] <= j]
        newest.append(rows[max(able, default=-1)])
    return np.array(newest)


def looked_up(values, table, started):
    return values[served(table, started), np.arange(values.shape[1])]


def started(run):
    return run.events.loc[run.events["kind"] == "train", "tick"].astype(int).tolist()


def assert_exact(table, run, schedule=None):
    """Every column that both have is equal, tick by tick and slice by slice."""
    schedule = started(run) if schedule is None else schedule
    every = run.ticks[run.ticks["slice"] == "all"]
    np.testing.assert_array_equal(looked_up(table.loss, table, schedule), every["loss"])
    np.testing.assert_array_equal(table.n, every["n"])
    missing = every["n"] - every["answered"]
    if table.unanswered is None:
        assert not missing.any()
    else:
        np.testing.assert_array_equal(looked_up(table.unanswered, table, schedule), missing)
    for name, values in table.slices.items():
        some = run.ticks[run.ticks["slice"] == name]
        np.testing.assert_array_equal(looked_up(values, table, schedule), some["loss"])
        np.testing.assert_array_equal(table.slice_n[name], some["n"])
    trained = run.events[run.events["kind"] == "train"].set_index("tick")
    known = dict(zip(table.ticks.tolist(), table.rows.tolist(), strict=True))
    assert trained["rows"].to_dict() == {t: known[t] for t in trained.index}


class Shy(ClassifierMixin, BaseEstimator):
    """Naive Bayes that fails on a call with a row beyond a bound."""

    def fit(self, X, y):
        self.model_ = GaussianNB().fit(X, y)
        self.classes_ = self.model_.classes_
        return self

    def predict(self, X):
        if (X[:, 0] > 2.5).any():
            raise ValueError("too far")
        return self.model_.predict(X)


def timed(n=900, seed=3, **more):
    """Events at random seconds, with a pause, labels 0 to 90 seconds late, some never."""
    rng = np.random.default_rng(seed)
    seconds = np.sort(rng.integers(0, n, n))
    seconds[n // 2 :] += 100
    late = seconds + rng.integers(0, 90, n)
    due = [None if rng.random() < 0.05 else int(t) * SECOND for t in late]
    when = (seconds * SECOND).tolist()
    return two_clouds(n, seed, time=when, label_time=due, **more)


def grouped(n=700, seed=2):
    rng = np.random.default_rng(seed)
    return two_clouds(n, seed, group=rng.integers(0, 2, n))


def regression(n=700, seed=5):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    slope = np.where(np.arange(n) < n // 2, 1.0, -2.0)
    return Table(X, X[:, 0] * slope + rng.normal(size=n), classes=())


class Loaded(Table):
    """Rows can be trained on 80 rows after their events."""

    def blocks(self, seed):
        for batch in super().blocks(seed):
            yield dataclasses.replace(batch, available=batch.time + 80)


class Misheard(Constant):
    """Every third label is told wrongly; most are put right 150 rows later."""

    def told(self, events, schema, clock, seed):
        wrong = np.arange(len(events.y)) % 3 == 0
        right = np.where(np.arange(len(events.y)) % 5, events.time + 150, NEVER_TIME)
        return Told(np.where(wrong, 1 - events.y, events.y), right)


ROWS = {"tick": 50, "warmup": 100}
TIME = {"tick": "30s", "warmup": "150s"}
WORLDS = {
    "rows": (lambda: two_clouds(800), {**ROWS, "dataset": SlidingWindow(120)}),
    "everything": (lambda: two_clouds(800), {**ROWS, "dataset": All()}),
    "late labels": (
        lambda: two_clouds(800), {**ROWS, "dataset": SlidingWindow(120), "delay": Constant(130)},
    ),
    "duration": (
        lambda: two_clouds(800), {**ROWS, "dataset": SlidingWindow(120), "duration": 120},
    ),
    "slices": (grouped, {**ROWS, "dataset": SlidingWindow(120), "slices": True}),
    "absolute": (
        regression, {**ROWS, "dataset": All(), "learner": LinearRegression(), "loss": "absolute"},
    ),
    "squared": (
        regression,
        {**ROWS, "dataset": SlidingWindow(77), "learner": LinearRegression(), "loss": "squared"},
    ),
    "log": (
        grouped,
        {**ROWS, "dataset": All(), "learner": LogisticRegression(), "loss": "log", "slices": True},
    ),
    "matrix": (
        grouped, {**ROWS, "dataset": All(), "loss": [[0, 0.7], [3.1, 0.2]], "slices": True},
    ),
    "time": (timed, {**TIME, "dataset": SlidingWindow("70s")}),
    "time, rows": (timed, {**TIME, "dataset": SlidingWindow(90), "duration": "75s"}),
    "time, ticks of rows": (
        timed, {"tick": 40, "warmup": 90, "dataset": SlidingWindow(90), "duration": "75s"},
    ),
    "rows that load late": (
        lambda: Loaded(two_clouds(800).X, two_clouds(800).y),
        {**ROWS, "dataset": SlidingWindow(120)},
    ),
    "labels told wrongly": (
        lambda: two_clouds(800),
        {**ROWS, "dataset": SlidingWindow(120), "delay": Misheard(60)},
    ),
    "river": (
        lambda: two_clouds(400),
        {**ROWS, "dataset": SlidingWindow(60), "learner": naive_bayes.GaussianNB()},
    ),
    "unanswered": (grouped, {**ROWS, "dataset": All(), "learner": Shy(), "slices": True}),
    "unanswered is wrong": (
        grouped, {**ROWS, "dataset": All(), "learner": Shy(), "unanswered": "wrong"},
    ),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:learner. no prediction:RuntimeWarning")
@pytest.mark.parametrize("world", WORLDS)
def test_every_schedule_is_a_look_up(world):
    make, given = WORLDS[world]
    given = {"learner": GaussianNB(), **given}
    table = counterfactual(make(), **given)
    parts = Stateless(given.pop("duration", 0))
    dataset = given.pop("dataset")
    given.pop("slices", None)
    triggers = {"never": Never(), "odd": Volume(rows=130)}
    triggers |= {f"{k}, {p}": Periodic(k, p) for k, p in [(1, 0), (2, 1), (3, 0), (5, 4)]}
    runs = clsim.replay(
        make(), {name: Strategy(trigger, dataset, parts) for name, trigger in triggers.items()},
        **given,
    )  # fmt: skip
    for run in runs.values():
        assert_exact(table, run)
    assert len({run.totals["loss"] for run in runs.values()}) > 3
    assert (table.unanswered is not None) == world.startswith("unanswered")


class At:
    """Fires at given ticks."""

    def __init__(self, ticks):
        self.ticks = ticks

    def fires(self, view):
        return "now" if view.tick in self.ticks else None


class Fussy(GaussianNB):
    """Naive Bayes that fails on one class, and on every fifth number of rows."""

    def fit(self, X, y):
        if len(np.unique(y)) < 2 or len(y) % 5 == 0:
            raise ValueError("not these")
        return super().fit(X, y)


@st.composite
def small_worlds(draw):
    n = draw(st.integers(40, 160))
    seed = draw(st.integers(0, 1000))
    rng = np.random.default_rng(seed)
    given = {"learner": draw(st.sampled_from([GaussianNB(), Fussy()]))}
    columns = {}
    if draw(st.booleans()):
        second = np.sort(rng.integers(0, n, n))
        late = second + rng.integers(0, draw(st.integers(1, 60)), n)
        columns = {"time": second.tolist(), "label_time": late.tolist()}
        unit = "us"
    else:
        given["delay"] = Constant(draw(st.integers(0, 40)))
        unit = ""
    if draw(st.booleans()):
        columns["group"] = rng.integers(0, 2, n)

    def length(low, high):
        drawn = draw(st.integers(low, high))
        return f"{drawn}{unit}" if unit else drawn

    given["tick"] = length(1, 15) if draw(st.booleans()) else draw(st.integers(1, 15))
    given["warmup"] = draw(st.integers(8, 30))
    given["duration"] = length(0, 40)
    kind = draw(st.integers(0, 2))
    dataset = All() if kind == 0 else SlidingWindow(draw(st.integers(15, 60)))
    if kind == 2:
        dataset = SlidingWindow(length(15, 60))
    ticks = draw(st.sets(st.integers(0, 30), max_size=12))
    return two_clouds(n, seed, **columns), dataset, sorted(ticks), given


@settings(max_examples=80, deadline=None)
@given(small_worlds())
def test_any_schedule_in_any_small_world_is_a_look_up(world):
    stream, dataset, ticks, given = world
    duration = given.pop("duration")
    replayed = functools.partial(clsim.replay, stream, **given)
    strategy = Strategy(At(ticks), dataset, Stateless(duration), overlap=True)
    try:
        run = replayed({"at": strategy})["at"]
    except ValueError:  # the first model fails, or there are no labels to train it on
        with pytest.raises(ValueError, match="first model"):
            counterfactual(stream, dataset=dataset, duration=duration, slices=True, **given)
        return
    if not (run.events["kind"] == "initial").any():
        return
    table = counterfactual(stream, dataset=dataset, duration=duration, slices=True, **given)
    assert_exact(table, run)
    # what found no rows was no training
    wanted = [t for t in ticks if t < table.loss.shape[1]]
    empty = [t for t in wanted if "no labelled rows" in table.failures.get(t, "")]
    assert started(run) == [t for t in wanted if t not in empty]


def test_a_table_by_hand():
    # the learner answers with the majority of the last four labels, ticks are of two rows
    y = [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]
    table = counterfactual(
        Table(np.zeros((10, 1)), y), learner=DummyClassifier(), dataset=SlidingWindow(4), tick=2,
        warmup=4, duration=1,
    )  # fmt: skip
    assert table.ticks.tolist() == [0, 1, 2, -1]
    assert table.serves.tolist() == [1, 2, NEVER, 0]  # a duration of one row ends in the next tick
    assert table.rows.tolist() == [4, 4, 4, 0]
    assert table.n.tolist() == [2, 2, 2]
    nan = np.nan
    np.testing.assert_array_equal(table.loss, [[nan, 1, 0], [nan, nan, 2], [nan] * 3, [2, 1, 0]])
    assert table.failures == {}


def test_failed_and_impossible_trainings_never_serve():
    # between rows 10 and 20 there is one class alone, and logistic regression refuses it
    y = np.r_[np.tile([0, 1], 5), np.zeros(10, dtype=int), np.tile([0, 1], 5)]
    X = np.arange(30.0)[:, None]
    table = counterfactual(
        Table(X, y), learner=LogisticRegression(), dataset=SlidingWindow(5), tick=5, warmup=10
    )
    assert table.serves.tolist() == [0, NEVER, NEVER, 3, 0]
    assert [*table.failures] == [1, 2]
    assert "class" in table.failures[1]
    assert np.isnan(table.loss[1:3]).all()
    assert table.rows.tolist() == [5, 5, 5, 5, 0]  # a failed training is paid for
    assert table.trainings["failure"].notna().tolist() == [False, True, True, False, False]


def test_a_tick_without_labelled_rows_is_no_training():
    when = [s * SECOND for s in (*range(20), *range(60, 80))]
    y = [0, 1] * 20
    table = counterfactual(
        Table(np.array(y)[:, None], y, time=when), learner=GaussianNB(), tick="10s", warmup="10s",
        dataset=SlidingWindow("15s"),
    )  # fmt: skip
    # no event in the 15 s before tick 3 (40 s) to tick 5 (60 s)
    assert table.rows.tolist() == [10, 15, 5, 0, 0, 0, 10, 0]
    assert [*table.failures] == [3, 4, 5]
    assert table.n.tolist() == [10, 0, 0, 0, 0, 10, 10]
    np.testing.assert_array_equal(table.loss[-1], np.zeros(7))


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
        assert set(table.held_out.tolist()) == {60, 0}


def test_a_holdout_may_be_a_duration_or_a_part():
    class Last:
        def holdout(self, view):
            return view.since(20 * SECOND)

    tables = [
        counterfactual(timed(), learner=GaussianNB(), dataset=All(), holdout=h, **TIME)
        for h in ("20s", Last(), None)
    ]
    np.testing.assert_array_equal(tables[0].loss, tables[1].loss)
    np.testing.assert_array_equal(tables[0].rows + tables[0].held_out, tables[2].rows)
    np.testing.assert_array_equal(
        tables[0].loss[-1], tables[2].loss[-1]
    )  # the first is trained on all
    assert not np.array_equal(tables[0].loss, tables[2].loss, equal_nan=True)


# what it refuses ------------------------------------------------------------------------------

GIVEN = {"learner": GaussianNB(), "dataset": All(), **ROWS}


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
    Moody(lambda v: v.losses()), Moody(lambda v: v.losses_on(0, v.labelled())), Growing(),
])  # fmt: skip
def test_refuses_datasets_that_depend_on_the_past(dataset):
    name = type(dataset).__name__
    with pytest.raises(ValueError, match=rf"dataset: {name} .*strategy's own past"):
        counterfactual(two_clouds(400), **GIVEN | {"dataset": dataset})


def test_refuses_a_holdout_that_depends_on_the_champion():
    with pytest.raises(ValueError, match=r"holdout: ChampionChallenger .*number of rows"):
        counterfactual(two_clouds(400), **GIVEN, holdout=ChampionChallenger(50))


def test_refuses_streams_that_answer_back():
    stream = two_clouds(400)
    stream.respond = lambda served: None
    with pytest.raises(ValueError, match="respond"):
        counterfactual(stream, **GIVEN)
    around = two_clouds(400)
    around.stream = stream
    with pytest.raises(ValueError, match="feedback"):
        counterfactual(around, **GIVEN)


@pytest.mark.parametrize("given", [{"warmup": 0}, {"delay": Constant(10_000), "warmup": 0}])
def test_refuses_a_table_without_a_first_model(given):
    with pytest.raises(ValueError, match=r"warmup: .*first model"):
        counterfactual(two_clouds(400), **GIVEN | given)


def test_refuses_a_first_model_that_fails():
    stream = Table(np.zeros((20, 1)), [0] * 10 + [1] * 10)
    with pytest.raises(ValueError, match="warmup: the first model cannot be trained"):
        counterfactual(stream, learner=LogisticRegression(), dataset=All(), tick=5, warmup=5)


@pytest.mark.parametrize(("given", "error", "says"), [
    ({"dataset": 5}, TypeError, "dataset=5: needs a method 'rows'"),
    ({"dataset": Strategy(Never())}, TypeError, "needs a method 'rows'"),
    ({"learner": 3}, TypeError, "learner=3"),
    ({"candidates": 0}, ValueError, "candidates=0"),
    ({"candidates": 1.5}, TypeError, "candidates=1.5"),
    ({"candidates": "7d"}, ValueError, "candidates='7d'"),
    ({"candidates": []}, TypeError, r"candidates=\[\]"),
    ({"candidates": [1, 1]}, ValueError, "ascending, from 0 to 5"),
    ({"candidates": [2, 6]}, ValueError, "ascending, from 0 to 5"),
    ({"candidates": [-1, 2]}, ValueError, "ascending, from 0 to 5"),
    ({"largest_age": -1}, ValueError, "largest_age=-1"),
    ({"largest_age": 1.5}, TypeError, "largest_age=1.5"),
    ({"sample": 0}, ValueError, "sample=0"),
    ({"sample": 1.1}, ValueError, "sample=1.1"),
    ({"holdout": 0}, ValueError, "holdout=0"),
    ({"holdout": "2d"}, ValueError, "holdout='2d'"),
    ({"duration": "2d"}, ValueError, "duration='2d'"),
    ({"duration": -1}, ValueError, "duration=-1"),
    ({"loss": "squared"}, ValueError, "loss='squared'"),
    ({"unanswered": "maybe"}, ValueError, "maybe"),
    ({"loss": "log", "unanswered": "wrong"}, ValueError, "zero-one"),
    ({"n_jobs": 0}, ValueError, "n_jobs=0"),
    ({"seed": "a"}, TypeError, "seed='a'"),
])  # fmt: skip
def test_bad_input_is_named(given, error, says):
    with pytest.raises(error, match=says):
        counterfactual(two_clouds(400), **GIVEN | given)


# approximations -------------------------------------------------------------------------------


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


# processes and files --------------------------------------------------------------------------


def assert_equal(one, other):
    for name in ("loss", "ticks", "serves", "rows", "n", "held_out", "unanswered", "variance"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.failures == other.failures
    for name in ("slices", "slice_n"):
        assert [*getattr(one, name)] == [*getattr(other, name)]
        for key, values in getattr(one, name).items():
            np.testing.assert_array_equal(values, getattr(other, name)[key])


def large(n=40_000):
    """Large enough that processes share its columns."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 6))
    return Table(X, (X[:, 0] > np.linspace(-1, 1, n)).astype(int), group=rng.integers(0, 2, n))


@pytest.mark.parametrize("more", [
    {"loss": "log"}, {"sample": 0.5, "slices": True},
    {"learner": LinearRegression(), "loss": "squared"},
])  # fmt: skip
def test_processes_change_nothing(more):
    stream = large()
    assert stream.X.nbytes > 1e6
    if "learner" in more:
        stream = Table(stream.X, stream.X @ np.arange(6.0) + np.sin(np.arange(len(stream.X))),
                       classes=())  # fmt: skip
    given = {"learner": LogisticRegression(), "dataset": SlidingWindow(2_000), "tick": 1_000,
             "warmup": 2_000, **more}  # fmt: skip
    assert_equal(counterfactual(stream, **given), counterfactual(stream, **given, n_jobs=2))


def test_frames_can_be_shared():
    frame = pd.DataFrame(large().X, columns=[*"abcdef"]).assign(y=large().y, g=pd.Categorical(
        np.where(large()._group, "u", "v")
    ))  # fmt: skip
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    encoded = make_column_transformer((OneHotEncoder(), ["g"]), remainder="passthrough")
    given = {"learner": make_pipeline(encoded, LogisticRegression()), "tick": 1_000,
             "dataset": SlidingWindow(2_000), "warmup": 2_000, "candidates": 5}  # fmt: skip
    stream = clsim.streams.Recorded(frame, label="y")
    one = counterfactual(stream, **given)
    assert_equal(one, counterfactual(stream, **given, n_jobs=2))


SHY = {**GIVEN, "learner": Shy(), "slices": True, "sample": 0.5}


@pytest.mark.filterwarnings("ignore:learner. no prediction:RuntimeWarning")
@pytest.mark.parametrize("given", [GIVEN, SHY, {**GIVEN, "holdout": 20, "largest_age": 2}])
def test_a_saved_table_comes_back(given, tmp_path):
    table = counterfactual(grouped(), **given)
    file = table.save(tmp_path / "some" / "table.parquet")
    back = Counterfactual.load(file)
    assert_equal(table, back)
    assert (back.setting, back.info) == (table.setting, table.info)
    assert repr(back) == repr(table)
    assert [p.name for p in file.parent.iterdir()] == ["table.parquet"]


def test_a_table_is_finished_where_it_stopped(tmp_path, monkeypatch):
    stream, folder = two_clouds(2_500), tmp_path / "table"
    given = GIVEN | {"candidates": 1}
    whole = counterfactual(stream, **given)
    made, really = [], module._made

    def stops(family, piece):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(piece)
        return really(family, piece)

    monkeypatch.setattr(module, "_made", stops)
    with pytest.raises(KeyboardInterrupt):
        counterfactual(stream, **given, path=folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "part-00000000.parquet", "part-00000016.parquet",
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"2 of its 4 parts are missing"):
        Counterfactual.load(folder)
    made.clear()
    assert_equal(counterfactual(stream, **given, path=folder), whole)
    assert [piece[0] for piece in made] == [31, 47]
    monkeypatch.setattr(module, "_made", None)  # nothing is left to do
    again = counterfactual(stream, **given, path=folder, n_jobs=2)
    assert_equal(again, whole)
    assert_equal(Counterfactual.load(folder), whole)


@pytest.mark.parametrize(("other", "key"), [
    ({"seed": 4}, "seed"), ({"dataset": SlidingWindow(120)}, "dataset"), ({"tick": 100}, "tick"),
    ({"learner": GaussianNB(var_smoothing=1e-3)}, "learner"), ({"sample": 0.5}, "sample"),
    ({"delay": Constant(60)}, "delay"), ({"candidates": 2}, "candidates"),
    ({"holdout": 10}, "holdout"), ({"duration": 10}, "duration"),
])  # fmt: skip
def test_a_folder_of_another_setting_is_refused(other, key, tmp_path):
    counterfactual(two_clouds(400), **GIVEN, path=tmp_path)
    with pytest.raises(ValueError, match=rf"holds a table with another {key}: "):
        counterfactual(two_clouds(400), **GIVEN | other, path=tmp_path)


def test_a_folder_of_another_stream_is_refused(tmp_path):
    counterfactual(two_clouds(400), **GIVEN, path=tmp_path)
    with pytest.raises(ValueError, match="holds a table with another events: "):
        counterfactual(two_clouds(400, seed=1), **GIVEN, path=tmp_path)


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no table of clsim"):
        Counterfactual.load(tmp_path)
    (tmp_path / "text.parquet").write_text("no")
    with pytest.raises(ValueError, match="not a Parquet file"):
        Counterfactual.load(tmp_path / "text.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    with pytest.raises(ValueError, match="not a table of clsim"):
        Counterfactual.load(tmp_path / "other.parquet")


# look-ups -------------------------------------------------------------------------------------


def test_a_slice_is_a_table():
    for sample in (None, 0.4):
        table = counterfactual(grouped(), **GIVEN, slices=True, sample=sample)
        one, other = table.of_slice("group=a"), table.of_slice("group=b")
        np.testing.assert_allclose(one.loss + other.loss, table.loss, rtol=1e-12)
        np.testing.assert_array_equal(one.n + other.n, table.n)
    with pytest.raises(ValueError, match="unknown value 'group=A'"):
        table.of_slice("group=A")
    with pytest.raises(ValueError, match="slices=True"):
        counterfactual(grouped(), **GIVEN).of_slice("group=a")


@pytest.mark.parametrize("duration", [0, 120])
def test_a_schedule_costs_what_its_replay_costs(duration):
    given = {**ROWS, "learner": GaussianNB(), "delay": Constant(30)}
    dataset, training = SlidingWindow(120), Stateless(duration)
    every = [(k, p) for k in range(1, 6) for p in range(k)]
    runs = clsim.replay(
        two_clouds(800),
        {f"{k}, {p}": Strategy(Periodic(k, p), dataset, training) for k, p in every},
        **given,
    )
    table = counterfactual(two_clouds(800), dataset=dataset, duration=duration, **given)
    prices = clsim.Prices(error=2.0, retraining=7.0, row=0.01)
    cheapest = table.best_schedule(prices)
    for k, p in every:
        run = runs[f"{k}, {p}"]
        cost = 2 * run.totals["loss"] + 7 * run.totals["retrainings"]
        cost += 0.01 * run.totals["rows_trained"]
        found = table.periodic(k, p, prices)
        assert list(found.ticks) == started(run)
        assert found.cost == pytest.approx(cost, rel=1e-12)
        assert table.cost_of(started(run), prices) == found.cost
        assert cheapest.cost <= cost
    assert table.best_schedule(prices, deferred=True).cost <= cheapest.cost
    least = table.frontier(prices)
    assert (least["cost"] >= cheapest.cost - 1e-9).all()
    assert cheapest.cost == pytest.approx(least["cost"].min())


def test_the_floor_knows_the_loss():
    table = counterfactual(
        regression(), learner=LinearRegression(), dataset=SlidingWindow(100), tick=100, warmup=100
    )
    worst = -(np.nanmin(table.loss, axis=0) / table.n).max()
    assert table.best_schedule(floor=worst - 1e-9).loss < table.loss[-1].sum()
    with pytest.raises(ValueError, match="floor"):
        table.best_schedule(floor=worst + 1e-9)
