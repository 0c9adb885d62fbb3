"""Learners: scikit-learn estimators as they are, river models through an adapter."""

import numpy as np
import pandas as pd
import pytest
from river import (
    compose,
    dummy,
    ensemble,
    forest,
    linear_model,
    naive_bayes,
    preprocessing,
    stats,
    tree,
)
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from clsim.learners import STRANGE, as_learner
from clsim.randomness import integer
from clsim.types import Schema

BINARY = Schema(("a", "b"), "classification", np.array([0, 1]), False)
WORDS = Schema(("a", "b"), "classification", np.array(["no", "so", "yes"]), False)
NUMBERS = Schema(("a", "b"), "regression", np.empty(0), False)
X = np.array([[0.0, 1.0], [1.0, 0.0], [5.0, 6.0], [6.0, 5.0], [0.5, 0.5], [5.5, 5.5]])


def adapt(learner, schema=BINARY, proba=False, seed=0, unanswered=255):
    return as_learner(learner, schema, seed=seed, proba=proba, unanswered=unanswered)


def test_codes_of_classes_that_are_words():
    words = np.array(["no", "no", "yes", "yes", "no", "yes"])
    learner = adapt(GaussianNB(), WORDS)
    model = learner.train(X, words, "fit", None)
    assert learner.predict(model, X).tolist() == [0, 0, 2, 2, 0, 2]


def test_probabilities_have_a_column_for_every_class_of_the_schema():
    words = np.array(["no", "no", "yes", "yes", "no", "yes"])
    learner = adapt(GaussianNB(), WORDS, proba=True)
    chances = learner.predict(learner.train(X, words, "fit", None), X)
    assert chances.shape == (6, 3)
    assert (chances[:, 1] == 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1)


CHANCES = [[0.1, 0.6, 0.3], [0.2, 0.2, 0.6]]


@pytest.mark.parametrize(("answers", "schema", "proba", "expected"), [
    (pd.DataFrame(CHANCES, columns=["yes", "no", "so"]), WORDS, True,
     [[0.6, 0.3, 0.1], [0.2, 0.6, 0.2]]),
    (pd.DataFrame(CHANCES), WORDS, True, CHANCES),
    (np.ma.masked_array([1, 1, 0], [False, True, False]), BINARY, False, [1, STRANGE, 0]),
    (np.ma.masked_array([2.5, 1.0], [False, True]), NUMBERS, False, [2.5, np.nan]),
    (np.array([[1], [0]]), BINARY, False, [1, 0]),
    (np.array([[2.5], [1.0]]), NUMBERS, False, [2.5, 1.0]),
])  # fmt: skip
def test_answers_are_read_as_they_say_themselves(answers, schema, proba, expected):
    learner = adapt(LinearRegression() if schema is NUMBERS else GaussianNB(), schema, proba)
    np.testing.assert_array_equal(learner.encode(answers, learner.prototype), expected)


def test_random_states_come_from_the_seed_unless_given():
    state = integer(3, "learner")
    forest = make_pipeline(StandardScaler(), RandomForestClassifier())
    assert adapt(forest, seed=3).prototype.get_params()["randomforestclassifier__random_state"] == (
        state
    )
    assert forest.get_params()["randomforestclassifier__random_state"] is None
    assert adapt(SGDClassifier(random_state=9), seed=3).prototype.random_state == 9
    assert state != integer(4, "learner") != integer(3, "delay")
    seeded = adapt(tree.ExtremelyFastDecisionTreeClassifier(), seed=3)
    assert seeded.row_by_row


def test_training_returns_new_models_and_leaves_parents_alone():
    y = np.array([0, 0, 1, 1, 0, 1])
    learner = adapt(GaussianNB())
    parent = learner.train(X[:4], y[:4], "partial_fit", None)
    before = parent.class_count_.copy()
    child = learner.train(X[4:], y[4:], "partial_fit", parent)
    assert child is not parent
    np.testing.assert_array_equal(parent.class_count_, before)
    assert child.class_count_.tolist() == [3, 3]


def test_partial_fit_knows_all_classes_from_the_start():
    learner = adapt(GaussianNB())
    model = learner.train(X[:2], np.array([0, 0]), "partial_fit", None)
    assert model.classes_.tolist() == [0, 1]


def test_a_warm_start_goes_on_from_the_parent():
    y = np.array([0, 0, 1, 1, 0, 1])
    learner = adapt(SGDClassifier(max_iter=1, tol=None))
    parent = learner.train(X, y, "fit", None)
    child = learner.train(X, y, "warm_start", parent)
    by_hand = SGDClassifier(max_iter=1, tol=None, random_state=integer(0, "learner"))
    by_hand.warm_start = True
    by_hand.fit(X, y).fit(X, y)
    np.testing.assert_array_equal(child.coef_, by_hand.coef_)
    assert not np.array_equal(child.coef_, parent.coef_)


@pytest.mark.parametrize(("learner", "how", "message"), [
    (LogisticRegression(), "partial_fit", r"^learner: LogisticRegression has no partial_fit; use"),
    (GaussianNB(), "warm_start", r"^learner: GaussianNB has no warm_start; use how='partial_fit'"),
    (RandomForestClassifier(), "warm_start", r"^learner: warm_start of RandomForest.* adds"),
    (HistGradientBoostingClassifier(), "warm_start", r"^learner: warm_start of HistGradient"),
    (naive_bayes.GaussianNB(), "warm_start", r"^learner: river models have no warm_start; use"),
])  # fmt: skip
def test_ways_that_a_learner_does_not_have_are_refused(learner, how, message):
    with pytest.raises(ValueError, match=message):
        adapt(learner).check(how)
    with pytest.raises(ValueError, match=r"^(learner|dataset): "):  # with weights of rows too
        adapt(learner).check(how, weighs=True)


def test_log_loss_needs_probabilities():
    with pytest.raises(ValueError, match=r"^learner: LinearSVC has no predict_proba"):
        adapt(LinearSVC(), proba=True)


@pytest.mark.parametrize("thing", [5, "logistic", object()])
def test_what_is_no_learner_is_refused(thing):
    with pytest.raises(TypeError, match=r"^learner=.*expected a scikit-learn estimator .* river"):
        adapt(thing)


def test_river_by_hand():
    y = np.array([0, 0, 1, 1, 0, 1])
    learner = adapt(
        compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    )
    model = learner.train(X, y, "fit", None)
    by_hand = compose.Pipeline(preprocessing.StandardScaler(), linear_model.LogisticRegression())
    for row, label in zip(X.tolist(), y.tolist(), strict=True):
        by_hand.learn_one(dict(zip("ab", row, strict=True)), bool(label))
    expected = [by_hand.predict_one(dict(zip("ab", row, strict=True))) for row in X.tolist()]
    assert learner.predict(model, X).tolist() == [int(answer) for answer in expected]
    assert learner.row_by_row


def test_river_without_an_answer_leaves_the_event_unanswered():
    nothing = adapt(naive_bayes.GaussianNB())
    empty = nothing.train(X[:0], np.empty(0, dtype=int), "fit", None)
    assert nothing.predict(empty, X[:2]).tolist() == [255, 255]
    chances = adapt(naive_bayes.GaussianNB(), proba=True)
    assert np.isnan(chances.predict(empty, X[:2])).all()


def test_river_with_many_classes_frames_and_numbers():
    words = np.array(["no", "no", "yes", "yes", "no", "so"])
    learner = adapt(dummy.NoChangeClassifier(), WORDS)
    assert learner.predict(learner.train(X, words, "fit", None), X[:2]).tolist() == [1, 1]
    frame = pd.DataFrame({"a": [1.5, 2.0], "b": pd.Categorical(["u", "v"])})
    assert list(learner.dicts(frame)) == [{"a": 1.5, "b": "u"}, {"a": 2.0, "b": "v"}]
    numbers = adapt(dummy.StatisticRegressor(stats.Mean()), NUMBERS)
    model = numbers.train(X, np.array([1.0, 2, 3, 4, 5, 6]), "fit", None)
    assert numbers.predict(model, X[:2]).tolist() == [3.5, 3.5]


def test_regression_gives_floats():
    learner = adapt(LinearRegression(), NUMBERS)
    model = learner.train(X, X[:, 0] * 2 + 1, "fit", None)
    np.testing.assert_allclose(learner.predict(model, X), X[:, 0] * 2 + 1)


@pytest.mark.parametrize(
    "model",
    [
        forest.ARFClassifier(n_models=3),
        ensemble.BaggingClassifier(tree.HoeffdingTreeClassifier(), n_models=3),
        compose.Pipeline(preprocessing.StandardScaler(), forest.ARFClassifier(n_models=2)),
        ensemble.BaggingClassifier(forest.ARFClassifier(n_models=2), n_models=2),
    ],
    ids=["forest", "bagging", "pipeline", "nested"],
)
def test_models_of_river_with_random_parts_are_the_same_for_a_seed(model):
    rng = np.random.default_rng(0)
    many, labels = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)

    def chances(seed):
        learner = adapt(model, proba=True, seed=seed)
        return learner.predict(learner.train(many, labels, "fit", None), many)

    np.testing.assert_array_equal(chances(1), chances(1))
    assert (chances(1) != chances(2)).any()
