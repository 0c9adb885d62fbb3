"""What a stream or a delay gives is refused by name where it does not fit; nobody changes it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy
from clsim.engine.knowledge import Knowledge
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, delays
from clsim.types import NEVER_TIME, DriftEvent, Schema, Told
from helpers.tables import Table, assert_same, happened, two_clouds

SETTING = {"tick": 10, "warmup": 40}


def replay(stream, delay=None, learner=None, **setting):
    learner = GaussianNB() if learner is None else learner
    strategies = {"it": Strategy(Periodic(3), SlidingWindow(60))}
    setting = {**SETTING, "learner": learner, "delay": delay, **setting}
    return clsim.replay(stream, strategies, **setting)["it"]


# streams ----------------------------------------------------------------------------------------


class Changed(Table):
    """A stream of two blocks of which the second has something changed."""

    def __init__(self, **change):
        rng = np.random.default_rng(0)
        super().__init__(rng.normal(size=(80, 2)), rng.integers(0, 2, 80), blocks=2)
        self.change = change

    def blocks(self, seed):
        first, second = super().blocks(seed)
        yield first
        yield replace(second, **{k: v(getattr(second, k)) for k, v in self.change.items()})


def put(row, value):
    def change(values):
        values = values.copy()
        values[row] = value
        return values

    return change


@pytest.mark.parametrize(("change", "message"), [
    ({"X": lambda X: X[:-1]}, r"X of shape \(39, 2\), not \(40, 2\)"),
    ({"X": lambda X: X[:, :1]}, r"X of shape \(40, 1\), not \(40, 2\)"),
    ({"X": lambda X: X.tolist()}, r"X of shape list, not \(40, 2\)"),
    ({"y": lambda y: y[:-1]}, r"X of shape \(40, 2\), not \(39, 2\)"),
    ({"y": put(3, 7)}, r"label 7 of row 43 is none of the classes \(0, 1\)"),
    ({"y": lambda y: y.astype(str)}, r"label '[01]' of row 40 is none of the classes"),
    ({"y": lambda y: np.where(y == 1, np.nan, y)}, r"label nan of row \d+ is none of the classes"),
    ({"y": list}, r"y must be an array of one dimension"),
    ({"time": put(5, 2)}, r"not in time order: row 45 is earlier than the one before it"),
    ({"time": lambda t: t - 3}, r"not in time order: row 40 is earlier than the one before it"),
    ({"time": lambda t: t.astype(float)}, r"time must be int64, not float64"),
    ({"time": lambda t: t.astype("datetime64[us]")}, r"time must be int64, not datetime64"),
    ({"time": lambda t: t[1:]}, r"time of shape \(39,\), not \(40,\)"),
    ({"time": lambda t: t + 5}, r"without time, the time of an event is its row number"),
    ({"label_time": lambda t: np.where(t > 60, np.nan, t)}, r"label_time must be int64, .*NEVER_T"),
    ({"label_time": put(9, 3)}, r"the label of row 49 is known before its event"),
    ({"available": lambda _: np.arange(40)}, r"row 40 is known before its event"),
    ({"deleted": lambda _: np.arange(40)}, r"row 40 is deleted before its event"),
    ({"label_time": lambda _: None},
     r"in the block from row 40 on, label_time is not given, and before it is; give"),
    ({"X": lambda X: pd.DataFrame(X, columns=["a", "b"])}, r"X is a frame, and before an array"),
    ({"X": lambda X: pd.DataFrame(X, columns=["b", "a"])}, r"X has the columns .* in one order"),
    ({"X": scipy.sparse.csr_matrix}, r"X must be an array or a DataFrame, not a csr_matrix"),
    ({"slices": lambda _: {"group": np.zeros(40, dtype=int)}}, r"slices of \['group'\] are not th"),
], ids=lambda value: "-".join(value) if isinstance(value, dict) else "")  # fmt: skip
def test_a_block_that_does_not_fit_is_refused_by_name(change, message):
    with pytest.raises((TypeError, ValueError), match=rf"^stream: .*{message}"):
        replay(Changed(**change))


@pytest.mark.parametrize(("schema", "message"), [
    ({"classes": np.array([0, 1, 1])}, "each of its classes must be there once"),
    ({"classes": np.empty(0)}, "classification needs classes"),
    ({"task": "ranking"}, "unknown task 'ranking'"),
    ({"features": ("a", "a")}, "each of its features must have a name of its own"),
    ({"classes": [0, 1]}, "must be an array of one dimension"),
], ids=str)  # fmt: skip
def test_a_schema_that_does_not_fit_is_refused(schema, message):
    stream = two_clouds(80)
    stream.schema = replace(stream.schema, **schema)
    with pytest.raises((TypeError, ValueError), match=f"^stream: .*{message}"):
        replay(stream)
    stream.schema = "no schema"
    with pytest.raises(TypeError, match=r"^stream: schema='no schema' must be a Schema"):
        replay(stream)


def test_what_is_no_batch_and_what_is_no_drift_is_refused():
    stream = two_clouds(80)
    stream.blocks = lambda seed: [(np.zeros((80, 2)), np.zeros(80))]
    with pytest.raises(TypeError, match=r"^stream: blocks must yield a Batch"):
        replay(stream)
    stream = two_clouds(80)
    stream.drift_events = lambda seed: [DriftEvent("sudden", 5, 3)]
    with pytest.raises(ValueError, match=r"^stream: a drift ends before it starts"):
        replay(stream)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_target_that_is_no_number_is_refused(value):
    X = np.random.default_rng(0).normal(size=(80, 2))
    y = X[:, 0].copy()
    y[71] = value
    with pytest.raises(ValueError, match=r"^stream: label \S+ of row 71 is missing or infinite"):
        replay(Table(X, y, classes=(), blocks=3), learner=LinearRegression())


@given(st.data())
def test_a_replay_takes_a_stream_or_names_it(data):
    """Whatever is done to the columns, a replay answers every event, or refuses the stream."""
    sizes = st.integers(0, 80)
    columns = {
        "X": data.draw(st.sampled_from([None, lambda v, n: v[:n], lambda v, n: v[:, : n % 3]])),
        "y": data.draw(st.sampled_from([None, lambda v, n: v[:n], lambda v, n: v + n % 2,
                                        lambda v, n: v.astype(float), lambda v, n: v.astype(str)])),
        "time": data.draw(st.sampled_from([None, lambda v, n: v[:n], lambda v, n: v + n,
                                           lambda v, n: v[::-1].copy()])),
    }  # fmt: skip
    n = data.draw(sizes)
    change = {name: lambda v, f=f: f(v, n) for name, f in columns.items() if f}
    try:
        run = replay(Changed(**change))
    except (TypeError, ValueError) as error:
        assert str(error).startswith("stream: ")  # noqa: PT017
    else:
        assert run.totals["n"] == 40


# delays -----------------------------------------------------------------------------------------


class Says:
    """A delay that gives what a function makes of the events' times."""

    def __init__(self, give, told=None):
        self.give = give
        if told is not None:
            self.told = lambda events, schema, clock, seed: told(events)

    def label_times(self, events, schema, clock, seed):
        return self.give(events)


@pytest.mark.parametrize(("give", "message"), [
    (lambda e: e.time[:-1], r"label times of shape \(79,\), not \(80,\)"),
    (lambda e: e.time + 0.5, r"label times must be int64, not float64; for never, give NEVER_TIME"),
    (lambda e: np.where(e.time % 2, np.inf, e.time), r"label times must be int64, not float64"),
    (lambda e: list(e.time), r"label times must be an array, not a list"),
    (lambda e: pd.Series(e.time), r"label times must be an array, not a Series"),
    (lambda e: None, r"label times must be an array, not a NoneType"),
    (lambda e: e.time - (e.time == 7), r"the label of row 7 is known before its event"),
    (lambda e: e.time.astype("datetime64[us]"), r"label times must be int64, not datetime64"),
])  # fmt: skip
def test_label_times_that_are_none_are_refused(give, message):
    with pytest.raises((TypeError, ValueError), match=rf"^delay: {message}"):
        replay(two_clouds(80), Says(give))


@pytest.mark.parametrize(("told", "message"), [
    (lambda e: e.y, r"told gave a ndarray, not a Told"),
    (lambda e: Told(y=e.y + 1), r"told.y: label 2 of row \d+ is none of the classes"),
    (lambda e: Told(y=e.y[1:]), r"told.y must be an array of shape \(80,\)"),
    (lambda e: Told(y=1 - e.y, revised=e.time - 1), r"row 0 is revised before its event"),
    (lambda e: Told(revised=e.time + 0.5), r"told.revised must be int64"),
    (lambda e: Told(votes=[1] * 80), r"told.votes must be an array"),
])  # fmt: skip
def test_what_is_told_wrongly_is_refused(told, message):
    with pytest.raises((TypeError, ValueError), match=rf"^delay: {message}"):
        replay(two_clouds(80), Says(lambda e: e.time, told))


SHIPPED = [
    delays.Constant(3), delays.Uniform(1, 9), delays.Exponential(4), delays.Lognormal(5, 0.5),
    delays.Weibull(3, 1.5), delays.Missing(0.7, delays.Constant(3)),
    delays.ByClass({"0": 2, "1": 9}), delays.Capacity(2, 5),
]  # fmt: skip


@given(st.sampled_from(SHIPPED), st.integers(0, 99), st.integers(60, 200))
def test_any_delay_is_at_or_after_its_event(delay, seed, n):
    world = Knowledge.of(two_clouds(n), seed=seed, delay=delay, **SETTING)
    assert (world.labels.time >= world.timeline.time).all()
    assert world.labels.time.dtype == np.int64
    known = world.known.arrives[40:] < world.timeline.n_ticks
    assert (world.known.arrives[40:][known] > world.timeline.tick_of[40:][known]).all()
    assert (world.labels.time == NEVER_TIME).any() == isinstance(delay, delays.Missing)


# nobody changes what the others see -------------------------------------------------------------


def spoil_labels(events):
    events.y.sort()
    return events.time


def spoil_time(events):
    t = events.time
    t += 100
    return t


def spoil_features(events):
    events.X[:] = 0
    return events.time


def spoil_slices(events):
    events.slices["group"][:] = 0
    return events.time


def spoil_known(events):
    events.label_time[:] = 0
    return events.time


@pytest.mark.parametrize("spoil", [spoil_labels, spoil_time, spoil_features, spoil_slices,
                                   spoil_known])  # fmt: skip
def test_a_delay_that_works_in_place_is_refused_and_changes_nothing(spoil):
    stream = two_clouds(80, group=np.arange(80) % 2)
    before = replay(stream)
    changes = r"^delay: label_times of Says changes the events that it is given \(.*read-only\);"
    with pytest.raises(ValueError, match=changes):
        replay(stream, Says(spoil))
    assert_same(before, replay(stream))


def test_a_frame_cannot_be_changed_either():
    frame = pd.DataFrame({"x": np.arange(80.0), "c": list("ab") * 40, "y": [0, 1] * 40})

    def spoil(events):
        events.X.loc[:, "x"] = 0.0
        return events.time

    class Works(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            X.iloc[:, 0] = 0.0
            return self

        def predict(self, X):
            assert (X["x"] > 0).any()
            return np.zeros(len(X), dtype=int)

    def x_of(delay):
        stream = Recorded(frame, label="y")
        try:
            world = Knowledge.of(stream, seed=0, delay=delay, **SETTING)
        except ValueError:
            return frame["x"].tolist()
        return world.timeline.X["x"].tolist()

    assert x_of(Says(spoil)) == frame["x"].tolist() == list(range(80))
    replay(Recorded(frame, label="y"), learner=Works())
    assert frame["x"].tolist() == list(range(80))


def test_a_learner_that_works_in_place_fails_as_data():
    class Scales(GaussianNB):
        times = 0

        def fit(self, X, y):
            type(self).times += 1
            if type(self).times > 1:
                X *= 2
            return super().fit(X, y)

    Scales.times = 0
    run = replay(two_clouds(200), learner=Scales())
    reasons = {event["reason"] for event in happened(run, ["train_failed"])}
    assert len(reasons) == 1
    assert "read-only" in reasons.pop()


def test_a_strategy_that_never_retrains_uses_the_whole_warm_up():
    stream = two_clouds(300)
    runs = clsim.replay(
        stream,
        {name: Strategy(trigger, SlidingWindow(20))
         for name, trigger in {"never": Never(), "often": Periodic(2)}.items()},
        learner=GaussianNB(), tick=10, warmup=90,
    )  # fmt: skip
    assert {name: run.totals["initial_rows"] for name, run in runs.items()} == {
        "never": 90, "often": 20,
    }  # fmt: skip
    X, y = stream.X, stream.y
    by_hand = (GaussianNB().fit(X[:90], y[:90]).predict(X[90:]) == y[90:]).mean()
    assert runs["never"].score == pytest.approx(by_hand)


class SometimesNever(Never):
    """Says that it is never due, and fires all the same."""

    def fires(self, view):
        return "now" if view.tick == 5 else None


def test_a_trigger_that_fires_after_all_is_not_taken_for_never():
    strategy = Strategy(SometimesNever(), SlidingWindow(20))
    run = clsim.replay(two_clouds(300), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=90)
    assert (run["it"].totals["initial_rows"], run["it"].totals["retrainings"]) == (20, 1)


def test_classes_in_another_order_change_no_loss_but_that_of_a_matrix():
    """A matrix prices pairs in the order of the classes: low taken for high costs 4, here."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    y = np.array(["low", "mid", "high"])[np.digitize(X[:, 0], [-0.5, 0.5])]
    matrix = [[0, 1, 4], [2, 0, 1], [8, 2, 0]]
    runs = {}
    for classes in (["low", "mid", "high"], ["high", "mid", "low"]):
        stream = Table(X, y, classes=classes)
        stream.schema = Schema(("a", "b"), "classification", np.array(classes), False)
        runs[classes[0]] = replay(stream, loss=matrix, record="events")
    for first, run in runs.items():
        order = ["low", "mid", "high"] if first == "low" else ["high", "mid", "low"]
        pairs = zip(run.predictions["y_true"], run.predictions["y_pred"], strict=True)
        by_hand = sum(matrix[order.index(t)][order.index(p)] for t, p in pairs)
        assert run.totals["loss"] == by_hand
        assert run.info.classes == tuple(order)
    assert runs["low"].predictions["y_pred"].equals(runs["high"].predictions["y_pred"])
