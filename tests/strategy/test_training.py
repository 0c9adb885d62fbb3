"""Trainings by hand, and in worlds whose answer is known."""

import json

import numpy as np
import pytest
from river import naive_bayes
from sklearn.linear_model import LinearRegression, Perceptron, SGDClassifier
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, QuantileTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim.statistics.intervals import mean_interval
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.training import Iterated, RowByRow, Searched, Stateful, Stateless
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table, two_clouds


def replayed(stream, training, dataset=None, learner=None, every=1, tick=10, warmup=20):
    strategy = Strategy(Periodic(every), dataset or All(), training)
    return clsim.replay(
        stream, {"it": strategy}, learner=learner or GaussianNB(), tick=tick, warmup=warmup,
        record="events",
    )["it"]  # fmt: skip


def trained(run):
    return run.events[run.events["kind"] == "train"]


def details(run):
    return [json.loads(detail) for detail in trained(run)["detail"]]


def test_a_training_takes_longer_the_more_rows_it_has():
    run = replayed(two_clouds(120), Stateless(duration=5, per_thousand=250), every=3)
    # at rows 50 and 80: 5 + 50 / 4 and 5 + 80 / 4, rounded up; the last at row 110
    assert trained(run)["rows"].tolist() == [50, 80, 110]
    assert trained(run)["duration"].tolist() == [5 + 13, 5 + 20, 5 + 28]
    assert run.events.loc[run.events["kind"] == "deploy", "tick"].tolist() == [5, 9]


class Counting(GaussianNB):
    """Notes how many rows each call was given."""

    calls = []

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        if len(X):
            self.calls.append(len(X))
        return super().partial_fit(X, y, classes, sample_weight)


def test_micro_batches_as_rows_come_and_what_is_left_over_waits():
    Counting.calls.clear()
    run = replayed(two_clouds(80), Stateful(batch=16), NewSinceLast(), Counting())
    # ten rows come in each tick: 10, 20, 14, 24, 18 wait, of which sixteen are learned at a time
    assert trained(run)["rows"].tolist() == [16, 16, 16]
    assert trained(run)["tick"].tolist() == [2, 4, 5]
    waits = run.events[(run.events["kind"] == "trigger") & (run.events["accepted"] == False)]  # noqa: E712
    assert waits["tick"].tolist() == [1, 3]
    assert Counting.calls[-3:] == [16, 16, 16]
    Counting.calls.clear()
    replayed(two_clouds(80), Stateful(batch=16), NewSinceLast(), Counting(), every=4)
    assert Counting.calls[-2:] == [16, 16], "of forty rows, in one training"


def test_a_pipeline_goes_on_as_a_whole_and_steps_when_they_are_due():
    learner = make_pipeline(StandardScaler(), SGDClassifier(random_state=0))
    seen = []

    class Noted(StandardScaler):
        def transform(self, X, copy=None):
            seen.append(int(self.n_samples_seen_))
            return super().transform(X, copy)

    noted = make_pipeline(Noted(), SGDClassifier(random_state=0))
    steps = {"noted": 2}
    run = replayed(two_clouds(80), Stateful(steps=steps), NewSinceLast(), noted)
    assert details(run) == [
        {"how": "partial_fit", "frozen": ["noted"]}, {"how": "partial_fit"},
        {"how": "partial_fit", "frozen": ["noted"]}, {"how": "partial_fit"},
        {"how": "partial_fit", "frozen": ["noted"]},
    ]  # fmt: skip
    assert sorted(set(seen)) == [20, 30, 40], "rows of the second and of the fourth training"
    whole = replayed(two_clouds(80), Stateful(), NewSinceLast(), learner)
    by_hand = make_pipeline(StandardScaler(), SGDClassifier(random_state=0))
    table = two_clouds(80)
    by_hand.fit(table.X[:20], table.y[:20])
    scaler, sgd = by_hand[0], by_hand[1]
    for low in (20, 30):
        scaler.partial_fit(table.X[low : low + 10])
        sgd.partial_fit(scaler.transform(table.X[low : low + 10]), table.y[low : low + 10])
    answers = whole.predictions[whole.predictions["tick"] == 2]["y_pred"].tolist()
    assert answers == by_hand.predict(table.X[40:50]).tolist()


def test_a_search_at_every_third_training_and_its_parameters_in_between():
    grid = {"var_smoothing": [1e-9, 10.0]}
    learner = GridSearchCV(GaussianNB(), grid, cv=TimeSeriesSplit(2))
    training = Searched(every=3, per_search=5)
    run = replayed(two_clouds(100), training, SlidingWindow(40), learner)
    assert [detail["how"] for detail in details(run)] == [
        "refit", "refit", "fit", "refit", "refit", "fit", "refit"
    ]  # fmt: skip
    assert trained(run)["duration"].tolist() == [0, 0, 5, 0, 0, 5, 0]
    assert details(run)[0]["parameters_of"] == 0
    assert trained(run)["parent"].isna().all(), "it has learned no row of it"


def test_stateful_is_cheaper_by_the_factor_that_rows_say():
    stream = two_clouds(220)
    scratch = replayed(stream, Stateless(), All())
    goes_on = replayed(stream, Stateful(), NewSinceLast())
    # 19 trainings: on 30, 40, ..., 210 rows, or on ten each
    assert goes_on.totals["rows_trained"] == 19 * 10
    assert scratch.totals["rows_trained"] == 19 * (30 + 210) / 2
    assert scratch.totals["retrainings"] == goes_on.totals["retrainings"] == 19


def scaled(broken, seed):
    """Features whose scale changes for good; or one that breaks for a while, and is mended."""
    rng = np.random.default_rng(seed)
    n = 3000
    y = rng.integers(0, 2, n)
    X = np.where(y == 1, 1.0, -1.0)[:, None] * [0.3, 1.0] + rng.normal(size=(n, 2))
    if broken:
        X[1000:1500, 1] = 1e4
    else:
        X[1000:] = X[1000:] * 20 + 100
    return Table(X, y)


@pytest.mark.parametrize("broken", [False, True])
def test_updated_statistics_win_on_a_shift_of_scale_and_frozen_ones_on_a_broken_feature(broken):
    learner = Pipeline(
        [("scale", StandardScaler()), ("clip", FunctionTransformer(np.clip, kw_args={"a_min": -3,
         "a_max": 3})), ("sgd", SGDClassifier(loss="log_loss", random_state=0))]
    )  # fmt: skip
    ways = {"updated": {"clip": None}, "frozen": {"clip": None, "scale": None}}
    gaps = []
    for seed in range(4):
        runs = clsim.replay(
            scaled(broken, seed),
            {name: Strategy(Periodic(1), NewSinceLast(), Stateful(steps=steps))
             for name, steps in ways.items()},
            learner=learner, tick=100, warmup=500,
        )  # fmt: skip
        late = {name: run.ticks["score"].iloc[12:].mean() for name, run in runs.items()}
        gaps.append(late["frozen"] - late["updated"])
    found = mean_interval(gaps)
    assert found.low > 0.05 if broken else found.high < -0.05, gaps


def test_row_by_row_until_a_row_and_then_as_it_is():
    stream = two_clouds(120)
    learning, done = (
        clsim.replay(
            stream, {"it": Strategy(Never(), All(), RowByRow(until=until))},
            learner=naive_bayes.GaussianNB(), tick=10, warmup=20, record="events",
        )["it"]
        for until in (None, 55)
    )  # fmt: skip
    # ticks that begin at rows 30, 40 and 50 learn ten rows each
    updates = trained(done)
    assert updates["rows"].tolist() == [10, 10, 10]
    assert done.totals["updates"] == 30
    before = [run.predictions[run.predictions["id"] < 60]["y_pred"].tolist()
              for run in (learning, done)]  # fmt: skip
    assert before[0] == before[1]
    by_hand = naive_bayes.GaussianNB()
    names = ("a", "b")
    for row in range(50):
        x = dict(zip(names, stream.X[row].tolist(), strict=True))
        by_hand.learn_one(x, bool(stream.y[row]))
    later = done.predictions[done.predictions["id"] >= 60]
    answers = [by_hand.predict_one(dict(zip(names, stream.X[row].tolist(), strict=True)))
               for row in later["id"]]  # fmt: skip
    assert later["y_pred"].tolist() == [int(answer) for answer in answers]
    with pytest.raises(ValueError, match="needs a number of a row"):
        replayed(stream, RowByRow(until="2024-01-01"), learner=naive_bayes.GaussianNB())


HAS_COME = 1024
"""The first row that has the new feature."""


def richer(late=280, seed=3):
    """A sixth feature comes at a row; labels come late, and rows before never have it."""
    rng = np.random.default_rng(seed)
    n = 2400
    y = rng.integers(0, 2, n)
    X = np.where(y == 1, 1.0, -1.0)[:, None] * np.full(5, 0.6) + rng.normal(size=(n, 5))
    new = np.where(y == 1, 1.0, -1.0) + rng.normal(size=n)
    new[:HAS_COME] = np.nan
    label_time = [row if row < 512 else row + late for row in range(n)]
    return Table(np.column_stack([X, new]), y, label_time=label_time)


def old_features(X):
    """What the old learner reads."""
    return X[:, :5]


@pytest.mark.slow
def test_distilling_keeps_the_score_over_an_iteration_where_a_cold_start_loses_ticks():
    old = make_pipeline(FunctionTransformer(old_features), GaussianNB())
    ways = {"cold": None, "hard": "hard", "soft": "soft"}
    strategies = {
        name: Strategy(Periodic(10), All(), Iterated(1300, GaussianNB(), features=["f"],
                                                     teach=teach))
        for name, teach in ways.items()
    }  # fmt: skip
    strategies["old"] = Strategy(Periodic(10), All())
    gains = []  # at 9 rows to begin with, how cold a start is is luck
    for seed in range(12):
        runs = clsim.replay(richer(seed=seed), strategies, learner=old, tick=16, warmup=512)
        scores = {name: run.ticks["score"].iloc[50:60].mean() for name, run in runs.items()}
        late = {name: run.ticks["score"].iloc[70:].mean() for name, run in runs.items()}
        gains.append({
            "hard": scores["hard"] - scores["cold"], "soft": scores["soft"] - scores["cold"],
            "kept": min(scores["hard"], scores["soft"]) - scores["old"],
            "later": min(late["cold"], late["hard"]) - late["old"],
        })  # fmt: skip
    first = runs["hard"].events.query("kind == 'train' and tick == 50").iloc[0]
    # at row 1312 rows 1024 to 1032 have label and feature, and 279 have the feature alone
    detail = {"how": "fit", "taught": 279, "learner": "GaussianNB"}
    assert json.loads(first["detail"]) == detail
    assert first["rows"] == 9 + 279
    assert first["parent"] == first["model"] - 1, "its teacher"
    found = {key: mean_interval([one[key] for one in gains]) for key in gains[0]}
    assert min(found["hard"].low, found["soft"].low) > 0.03, found
    assert found["kept"].low > -0.03, found
    assert found["later"].low > 0.02, "what the iteration is for"


def iterated(at=1100, learner=None, **more):
    return Iterated(at, learner or GaussianNB(), **more)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: iterated(1000, features=["f"]), "the feature 'f' comes later"),
        (lambda: iterated(features=["g"]), "unknown feature 'g'"),
        (lambda: iterated("2024-01-01"), "needs a number of a row"),
        (lambda: iterated("soon"), "not a date"),
        (lambda: iterated(teach="softly"), "did you mean 'soft'"),
        (lambda: iterated(learner=LinearRegression()), "is a regressor"),
        (lambda: iterated(learner=Perceptron()), "has no probabilities"),
        (lambda: iterated(learner=KNeighborsClassifier(), teach="soft"), "sample_weight"),
        (lambda: iterated(learner=DecisionTreeClassifier(), training=Stateful()), "partial_fit"),
        (lambda: iterated(training=RowByRow()), "Stateless or Stateful"),
    ],
)
def test_an_iteration_that_cannot_be_is_refused_before_the_replay(make, says):
    with pytest.raises((TypeError, ValueError), match=says):
        replayed(richer(), make(), learner=GaussianNB(), tick=16, warmup=512)


REFUSED = [
    (Stateful(steps={"standardscalar": None}), GaussianNB(), "unknown step 'standardscalar'"),
    (Stateful(steps={"standardscalar": None}), make_pipeline(StandardScaler(), SGDClassifier()),
     "did you mean 'standardscaler'"),
    (Stateful(), make_pipeline(QuantileTransformer(), SGDClassifier()), "quantiletransformer"),
    (Searched(), GaussianNB(), "searches nothing"),
    (Searched(), GridSearchCV(GaussianNB(), {"var_smoothing": [1.0]}, cv=KFold(2)),
     "not in the order of time"),
    (Stateless(), GridSearchCV(GaussianNB(), {"var_smothing": [1.0]}, cv=TimeSeriesSplit(2)),
     "did you mean 'var_smoothing'"),
]  # fmt: skip


@pytest.mark.parametrize(("training", "learner", "says"), REFUSED)
def test_what_a_learner_cannot_do_is_refused_before_the_replay(training, learner, says):
    with pytest.raises(ValueError, match=says):
        replayed(two_clouds(60), training, learner=learner)


def test_a_step_without_partial_fit_may_rest_for_good():
    learner = make_pipeline(QuantileTransformer(n_quantiles=10), SGDClassifier(random_state=0))
    training = Stateful(steps={"quantiletransformer": None})
    run = replayed(two_clouds(60), training, NewSinceLast(), learner)
    assert run.totals["failed"] == 0
    assert run.totals["retrainings"] == 3
