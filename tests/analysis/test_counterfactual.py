"""The table of what every model would have lost: equal to replaying, and honest where it is not."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import naive_bayes
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.hindsight.make import counterfactual
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, SlidingWindow
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Periodic, Volume
from clsim.streams.delays import Constant
from clsim.types import NEVER, NEVER_TIME, Told
from helpers.tabled import (
    GIVEN,
    ROWS,
    SECOND,
    TIME,
    Idle,
    Shy,
    assert_exact,
    grouped,
    regression,
    started,
    timed,
)
from helpers.tables import Table, two_clouds


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


WORLDS = {
    "rows": (lambda: two_clouds(800), {**ROWS, "dataset": SlidingWindow(120)}),
    "everything": (lambda: two_clouds(800), {**ROWS, "dataset": All()}),
    "deleted": (
        lambda: two_clouds(800, deleted=[r + 90 if r % 3 else None for r in range(800)]),
        {**ROWS, "dataset": SlidingWindow(120), "delay": Constant(30)},
    ),
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
    "warm-up as recorded": (
        lambda: Loaded(two_clouds(800).X, two_clouds(800).y),
        {**ROWS, "dataset": SlidingWindow(120), "delay": Misheard(60),
         "warmup_labels": "as_recorded"},
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
    triggers = {"never": Idle(), "odd": Volume(rows=130)}
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


@pytest.mark.slow
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


# what it refuses ------------------------------------------------------------------------------


def test_refuses_streams_that_answer_back():
    stream = two_clouds(400)
    stream.respond = lambda served: None
    with pytest.raises(ValueError, match="respond"):
        counterfactual(stream, **GIVEN)
    around = two_clouds(400)
    around.stream = stream
    with pytest.raises(ValueError, match="feedback"):
        counterfactual(around, **GIVEN)


@pytest.mark.parametrize(("given", "error", "says"), [
    ({"dataset": 5}, TypeError, "dataset=5: needs a method 'rows'"),
    ({"dataset": Strategy(Idle())}, TypeError, "needs a method 'rows'"),
    ({"learner": 3}, TypeError, "learner=3"),
    ({"candidates": 0}, ValueError, "candidates=0"),
    ({"candidates": 1.5}, TypeError, "candidates=1.5"),
    ({"candidates": "7d"}, ValueError, "candidates='7d'"),
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
