"""Any answer of a learner is a class, a number or unanswered; a learner fits what is asked."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import (
    anomaly,
    cluster,
    compose,
    dummy,
    linear_model,
    multiclass,
    naive_bayes,
    neighbors,
    preprocessing,
    stats,
    tree,
)
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingClassifier, IsolationForest
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

import clsim
from clsim import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.types import Schema
from helpers.tables import Table, happened, two_clouds

SETTING = {"tick": 20, "warmup": 60, "record": "events"}
CLASSES = np.array(["no", "so", "yes"])


def replay(stream, learner, strategy=None, **setting):
    strategy = Strategy(Periodic(3), SlidingWindow(60)) if strategy is None else strategy
    return clsim.replay(stream, {"it": strategy}, learner=learner, **{**SETTING, **setting})["it"]


def words(n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    y = CLASSES[np.digitize(X[:, 0], [-0.5, 0.5])]
    return Table(X, y, classes=CLASSES.tolist())


class Says(ClassifierMixin, BaseEstimator):
    """Answers what it was given, over and over."""

    def __init__(self, answers):
        self.answers = answers

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return pd.Series((self.answers * len(X))[: len(X)], dtype=object).to_numpy()


# codes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("classes", "labels", "expected"), [
    ([0, 1], np.array([0, 1, 2, -1]), [0, 1, -1, -1]),
    ([0, 1], np.array([0.0, 1.0, 0.5, np.nan, np.inf]), [0, 1, -1, -1, -1]),
    ([0, 1], np.array([True, False]), [1, 0]),
    ([0, 1], ["1", 1, None, 1.0], [-1, 1, -1, 1]),
    ([3, 1, 2], np.array([1, 2, 3, 4]), [1, 2, 0, -1]),
    ([-1.5, 2.5], np.array([2.5, -1.5, 0.0]), [1, 0, -1]),
    ([False, True], np.array([1, 0, 2]), [1, 0, -1]),
    (["low", "mid", "high"], np.array(["high", "low", "hi", ""]), [2, 0, -1, -1]),
    (["low", "mid", "high"], np.array(["mid", 0, ["low"], np.nan], dtype=object), [1, -1, -1, -1]),
    (["0", "1"], np.array([0, 1]), [-1, -1]),
    (["no", "yes"], np.empty(0), []),
])  # fmt: skip
def test_codes_are_exact_whatever_is_asked(classes, labels, expected):
    schema = Schema(("x",), "classification", np.array(classes), False)
    assert schema.codes(labels).tolist() == expected


anything = st.one_of(
    st.integers(-3, 3), st.floats(), st.booleans(), st.none(), st.text(max_size=3),
    st.sampled_from(CLASSES.tolist()), st.tuples(st.integers()), st.lists(st.integers()),
)  # fmt: skip


@given(answers=st.lists(anything, min_size=1, max_size=7), numbers=st.booleans())
def test_any_answer_is_a_class_or_unanswered(answers, numbers):
    stream = words(80)
    known = CLASSES.tolist()
    if numbers:
        rng = np.random.default_rng(0)
        stream, known = Table(rng.normal(size=(80, 2)), rng.integers(0, 2, 80)), [0, 1]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        run = replay(stream, Says(answers), Strategy(Never()))
    meant = [a if isinstance(a, (str, float, int)) and a in known else None for a in answers]
    asked = [meant[row % len(answers)] for row in range(60, 80)]  # one call from row 0 on
    given_ = run.predictions["y_pred"].tolist()
    assert [None if pd.isna(a) else a for a in given_] == asked
    assert run.totals["answered"] == sum(a is not None for a in asked)
    told = [w for w in said if issubclass(w.category, RuntimeWarning)]
    assert len(told) == (None in meant[: len(answers)])


def test_the_warning_names_row_answer_and_classes():
    with pytest.warns(RuntimeWarning, match=r"no prediction for row \d+, .*'maybe' is none of the "
                                            r"classes \('no', 'so', 'yes'\)"):  # fmt: skip
        run = replay(words(), Says(["no", "maybe"]))
    assert run.totals["answered"] == run.totals["n"] / 2


class Values(RegressorMixin, BaseEstimator):
    def __init__(self, answers):
        self.answers = answers

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.resize(np.array(self.answers), len(X))


numbers = st.one_of(st.floats(-1e100, 1e100), st.sampled_from([np.nan, np.inf, -np.inf]))


@given(answers=st.lists(numbers, min_size=1, max_size=7))
def test_any_number_of_a_regressor_is_finite_or_unanswered(answers):
    X = np.random.default_rng(0).normal(size=(80, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = replay(Table(X, X[:, 0], classes=()), Values(answers), Strategy(Never()))
    asked = np.resize(answers, 80)[60:]
    given_ = run.predictions["y_pred"].to_numpy(dtype=float, na_value=np.nan)
    np.testing.assert_array_equal(given_, np.where(np.isfinite(asked), asked, np.nan))
    assert np.isfinite(run.ticks["loss"]).all()


class Chances(Says):
    def predict_proba(self, X):
        return np.resize(np.array(self.answers, dtype=float), (len(X), len(self.answers[0])))


@pytest.mark.parametrize(("rows", "answered"), [
    ([[0.2, 0.3, 0.5]], 1.0),
    ([[0.2, 0.3, 0.5 + 1e-7]], 1.0),
    ([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]], 0.5),
    ([[-0.5, 0.5, 1.0]], 0.0),
    ([[np.nan, 0.5, 0.5], [1.0, 0.0, 0.0]], 0.5),
    ([[np.nan] * 3], 0.0),
    ([[np.inf, 0.0, 0.0]], 0.0),
    ([[0.3, 0.3, 0.3]], 0.0),
    ([[0.5, 0.5]], 0.0),
], ids=str)  # fmt: skip
def test_probabilities_that_are_none_are_unanswered(rows, answered):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run = replay(words(), Chances(rows), loss="log")
    assert run.totals["answered"] == answered * run.totals["n"]
    assert np.isfinite(run.ticks["loss"]).all()


def test_probabilities_go_by_the_classes_of_the_estimator_in_whatever_order():
    stream = words()
    stream.schema = Schema(("a", "b"), "classification", np.array(["yes", "no", "so"]), False)
    a = replay(words(), GaussianNB(), loss="log")
    b = replay(stream, GaussianNB(), loss="log")
    assert a.ticks["loss"].tolist() == b.ticks["loss"].tolist()
    assert a.predictions["y_pred"].tolist() == b.predictions["y_pred"].tolist()


@pytest.mark.parametrize("shape", [lambda a: a[:, None], lambda a: a])
def test_a_column_of_answers_is_taken_as_it_is_meant(shape):
    class Column(GaussianNB):
        def predict(self, X):
            return shape(super().predict(X))

    plain = replay(two_clouds(300), GaussianNB())
    assert replay(two_clouds(300), Column()).score == plain.score


@pytest.mark.parametrize("cut", [lambda a: a[:-1], lambda a: a[:1], lambda a: np.stack([a, a], 1)])
def test_too_few_or_too_many_answers_are_none(cut):
    class Odd(GaussianNB):
        def predict(self, X):
            return cut(super().predict(X))

    with pytest.warns(RuntimeWarning, match="answers have the shape"):
        run = replay(two_clouds(300), Odd())
    assert run.totals["answered"] == 0


# training that gives no estimator -------------------------------------------------------------


class Forgets(GaussianNB):
    """Forgets to return itself, from the second training on."""

    times = 0

    def fit(self, X, y):
        found = super().fit(X, y)
        type(self).times += 1
        return found if type(self).times == 1 else None


class Mistakes(Forgets):
    def fit(self, X, y):
        return "done" if super().fit(X, y) is None else self


class ForgetsToGoOn(GaussianNB):
    def partial_fit(self, X, y, classes=None):
        super().partial_fit(X, y, classes)


@pytest.mark.parametrize(("learner", "training", "reason"), [
    (Forgets(), None, "TypeError: fit of Forgets returned None; it must return the fitted"),
    (Mistakes(), None, "TypeError: fit of Mistakes returned a str; it must return the fitted"),
    (ForgetsToGoOn(), Stateful(), "TypeError: partial_fit of ForgetsToGoOn returned None"),
])  # fmt: skip
def test_a_fit_that_returns_no_estimator_has_failed(learner, training, reason):
    Forgets.times = Mistakes.times = 0
    strategy = Strategy(Periodic(3), SlidingWindow(60), training)
    run = replay(two_clouds(300), learner, strategy)
    failed = happened(run, ["train_failed"])
    assert len(failed) == run.totals["retrainings"] > 0
    assert all(event["reason"].startswith(reason) for event in failed)
    assert run.totals["answered"] == run.totals["n"], "the champion goes on serving"


# learner and task -----------------------------------------------------------------------------


NUMBERS = Table(np.random.default_rng(0).normal(size=(200, 2)), np.arange(200.0), classes=())


@pytest.mark.parametrize(("stream", "learner", "message"), [
    (two_clouds(200), LinearRegression(), r"LinearRegression is a regressor, and the task of the "
     r"stream is classification; give a classifier, or if the labels are values, .*task='regre"),
    (two_clouds(200), make_pipeline(StandardScaler(), Ridge()), r"Pipeline is a regressor"),
    (NUMBERS, GaussianNB(), r"GaussianNB is a classifier, .* is regression; give a regressor, or "
     r"if the labels are classes, say so with task='classification'"),
    (NUMBERS, HistGradientBoostingClassifier(), r"HistGradientBoostingClassifier is a classifier"),
    (two_clouds(200), OneClassSVM(), r"OneClassSVM is no classifier \(it is a outlier detector\)"),
    (two_clouds(200), IsolationForest(), r"IsolationForest is no classifier"),
    (two_clouds(200), KMeans(2), r"KMeans is no classifier \(it is a clusterer\)"),
    (NUMBERS, KMeans(2), r"KMeans is no regressor"),
    (two_clouds(200), linear_model.LinearRegression(), r"LinearRegression is a regressor"),
    (two_clouds(200), preprocessing.StandardScaler() | linear_model.LinearRegression(),
     r"LinearRegression is a regressor"),
    (NUMBERS, tree.HoeffdingTreeClassifier(), r"HoeffdingTreeClassifier is a classifier"),
    (two_clouds(200), anomaly.HalfSpaceTrees(), r"HalfSpaceTrees is no classifier"),
    (two_clouds(200), cluster.KMeans(), r"KMeans is no classifier"),
    (two_clouds(200), preprocessing.StandardScaler(), r"StandardScaler is no classifier"),
], ids=lambda value: type(value).__name__ if not isinstance(value, str) else "")  # fmt: skip
def test_a_learner_of_another_task_is_refused(stream, learner, message):
    with pytest.raises(ValueError, match=rf"^learner: {message}"):
        replay(stream, learner)


def test_a_learner_that_does_not_say_what_it_is_may_be_either():
    class Plain(BaseEstimator):
        def fit(self, X, y):
            self.mean_ = np.mean(y)
            return self

        def predict(self, X):
            return np.full(len(X), round(self.mean_))

    assert replay(two_clouds(200), Plain()).totals["answered"] == 140
    assert replay(NUMBERS, Plain()).totals["answered"] == 140


# river ------------------------------------------------------------------------------------------


BINARY = [
    linear_model.LogisticRegression(), linear_model.Perceptron(), linear_model.PAClassifier(),
    linear_model.ALMAClassifier(), preprocessing.StandardScaler() | linear_model.Perceptron(),
]  # fmt: skip


@pytest.mark.parametrize("learner", BINARY, ids=lambda m: type(m).__name__)
def test_models_of_two_classes_are_refused_for_three(learner):
    with pytest.raises(ValueError, match=r"tells two classes apart, and the stream has 3; put it "
                                         r"into river.multiclass.OneVsRestClassifier"):  # fmt: skip
        replay(words(), learner)
    assert replay(two_clouds(200), learner).totals["answered"] == 140


@pytest.mark.parametrize("learner", [
    *(multiclass.OneVsRestClassifier(model) for model in BINARY[:2]),
    preprocessing.StandardScaler() | multiclass.OneVsRestClassifier(BINARY[0]),
    naive_bayes.GaussianNB(), tree.HoeffdingTreeClassifier(), neighbors.KNNClassifier(),
    dummy.NoChangeClassifier(), dummy.PriorClassifier(), linear_model.SoftmaxRegression(),
], ids=lambda m: type(m).__name__)  # fmt: skip
def test_models_of_many_classes_are_not(learner):
    run = replay(words(400), learner)
    assert run.totals["answered"] == run.totals["n"]
    if type(learner).__module__ != "river.dummy":
        assert set(run.predictions["y_pred"]) == set(CLASSES)


def missing(frame, n=400):
    rng = np.random.default_rng(2)
    X = rng.normal(size=(n, 3))
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    X[rng.random(n) < 0.05, 0] = np.nan
    X[2, 1] = np.nan
    table = Table(X, y)
    if frame:
        data = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y)
        data["c"] = np.where(np.arange(n) % 9 == 4, None, np.where(X[:, 2] > 0, "up", "down"))
        return clsim.streams.Recorded(data, label="y")
    return table


@pytest.mark.parametrize("frame", [False, True])
@pytest.mark.parametrize("strategy", [Strategy(Never()), Strategy(Never(), training=RowByRow())],
                         ids=["fit", "row by row"])  # fmt: skip
def test_a_missing_value_is_left_out_of_what_river_sees(frame, strategy):
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    if frame:
        numbers = compose.SelectType(float) | preprocessing.StandardScaler()
        names = compose.SelectType(str) | preprocessing.OneHotEncoder()
        model = (numbers + names) | linear_model.LogisticRegression()
    run = replay(missing(frame), model, strategy)
    assert run.totals["answered"] == run.totals["n"]
    assert run.score > 0.8


def test_missing_values_by_hand():
    stream = missing(False)
    by_hand = preprocessing.StandardScaler() | linear_model.LogisticRegression()

    def seen(row):
        return {k: v for k, v in zip("abc", stream.X[row].tolist(), strict=True) if v == v}

    expected = []
    for row in range(400):
        if row >= 60:
            expected.append(int(by_hand.predict_one(seen(row)) or 0))
        by_hand.learn_one(seen(row), bool(stream.y[row]))
    model = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    run = replay(stream, model, Strategy(Never(), training=RowByRow()), tick=1)
    assert run.predictions["y_pred"].tolist() == expected


def test_imputers_of_river_find_none_and_what_needs_every_feature_says_so():
    imputer = preprocessing.StatImputer(("a", stats.Mean()), ("b", stats.Mean()))
    run = replay(missing(False), imputer | compose.Select("a", "b") | linear_model.Perceptron())
    assert run.totals["answered"] == run.totals["n"]
    assert run.score > 0.8
    with pytest.raises(ValueError, match=r"KeyError: 'b' \(missing values are left out .*Imputer"):
        replay(missing(False), compose.Select("b") | linear_model.Perceptron())


def test_missing_values_fail_as_data_where_a_learner_takes_none():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 2))
    X[150:155, 0] = np.nan
    with pytest.warns(RuntimeWarning, match="no prediction for row 15[0-4],"):
        run = replay(Table(X, rng.integers(0, 2, 300)), LogisticRegression(),
                     Strategy(Periodic(1), SlidingWindow(40)))  # fmt: skip
    assert 0 < run.totals["failed"] < run.totals["retrainings"]
    assert run.totals["answered"] == run.totals["n"] - 5
