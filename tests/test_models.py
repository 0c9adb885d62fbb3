"""Fits and predictions as shared values."""

import gc
import warnings
from dataclasses import replace

import numpy as np
import pytest
from river import naive_bayes
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clsim
from clsim.engine.fits import Fits
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import Models
from clsim.learners import as_learner
from clsim.losses import Loss
from clsim.strategy import Strategy
from clsim.strategy.triggers import Performance
from clsim.streams.delays import Constant
from clsim.types import Sample
from helpers.tables import Table


class Counter(BaseEstimator):
    """Answers whether the first feature exceeds its mean; notes the size of each call."""

    calls: list = []

    def fit(self, X, y):
        if len(X) == 13:
            raise RuntimeError("thirteen rows\nare unlucky")
        self.mean_ = X[:, 0].mean()
        return self

    def predict(self, X):
        Counter.calls.append(len(X))
        return (X[:, 0] > self.mean_).astype(int)


@pytest.fixture
def models():
    return some_models(Counter())


def some_models(learner, n=300, **columns):
    X = np.random.default_rng(0).normal(size=(n, 2))
    table = Table(X, (X[:, 0] > 0).astype(int), **columns)
    world = Knowledge.of(table, seed=0, tick=10, warmup=20)
    loss = Loss(None, world.timeline.schema)
    learner = as_learner(
        learner, world.timeline.schema, seed=0, proba=False, unanswered=loss.unanswered
    )
    Counter.calls.clear()
    models = Models(Fits(world.timeline, world.labels.y, learner), learner, loss, likely=False)
    models.world = world
    return models


def test_the_same_rows_are_the_same_model(models):
    rows = np.arange(50)
    one = models.train(Sample(rows), "fit", None)
    assert models.train(Sample(rows.copy()), "fit", None) is one
    ways = [(np.arange(51), "fit", None), (rows[::2], "fit", None), (rows, "warm_start", None),
            (rows, "fit", one)]  # fmt: skip
    others = [models.train(Sample(some), how, parent) for some, how, parent in ways]
    others.append(models.train(Sample(rows, np.linspace(0.5, 1, 50)), "fit", None))
    assert len({id(m) for m in [one, *others]}) == 6
    assert models.fits.count == 6


def test_what_nobody_holds_is_gone(models):
    models.train(Sample(np.arange(50)), "fit", None)
    gc.collect()
    assert (len(models._models), len(models.fits._fits)) == (0, 0)
    models.train(Sample(np.arange(50)), "fit", None)
    assert models.fits.count == 2


def test_calls_cover_whole_blocks_and_nothing_twice(models):
    model = models.train(Sample(np.arange(50)), "fit", None)
    first = models.world.timeline.X[:, 0]
    expected = (first > first[:50].mean()).astype(int)
    assert model.output(70, 75).tolist() == expected[70:75].tolist()
    assert sum(Counter.calls) == 64
    assert model.output(60, 140).tolist() == expected[60:140].tolist()
    assert sum(Counter.calls) == 3 * 64
    rows = np.array([3, 130, 299])
    assert model.output_of(rows).tolist() == expected[rows].tolist()
    assert sum(Counter.calls) == 3 * 64 + 300 - 4 * 64
    model.output(0, 300)
    assert sum(Counter.calls) == 300
    assert model.output(40, 40).tolist() == []


def asked_on(models, model, blocks):
    """What a model answers to one who asks for a block of 64 rows at a time."""
    models.looks_ahead = True
    return np.concatenate([model.going_on(64 * k, 64 * k + 64) for k in range(blocks)])


def test_who_goes_on_asking_is_answered_ahead_and_nothing_twice():
    models = some_models(Counter(), 6_400)
    model = models.train(Sample(np.arange(50)), "fit", None)
    first = models.world.timeline.X[:, 0]
    assert asked_on(models, model, 100).tolist() == (first > model.fit.estimator.mean_).tolist()
    # as many blocks ahead as were asked for before, but no more than 32, and not beyond the end
    assert [rows // 64 for rows in Counter.calls] == [1, 2, 4, 8, 16, 32, 33, 4]


@pytest.mark.parametrize("raises", [True, False])
def test_a_row_that_fails_is_asked_for_when_its_time_has_come(raises):
    class Brittle(Counter):
        def predict(self, X):
            if raises and X[:, 0].max() > 9:
                raise ValueError("too far")
            return np.where(X[:, 0] > 9, 7, super().predict(X))  # 7 is no class

    models = some_models(Brittle(), 1_280)
    X = models.world.timeline.X.copy()
    X[1_000, 0] = 10
    models.world.timeline.events = replace(models.world.timeline.events, X=X)
    model = models.train(Sample(np.arange(50)), "fit", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = asked_on(models, model, 15)
    assert found.tolist() == (X[:960, 0] > model.fit.estimator.mean_).tolist()
    with pytest.warns(RuntimeWarning, match="no prediction for row 1000"):
        last = model.going_on(960, 1_024)
    assert np.flatnonzero(last == models.no_answer).tolist() == [40]


def test_answers_wait_until_the_label_of_one_of_them_comes():
    # ticks of 64 rows, labels ten ticks late: rows 64 to 703 are needed when the label of row 64
    # comes, at row 704; those from 704 on at row 1344, with as many ahead; then the last ten ticks
    table = Table(np.zeros((64 * 41, 1)), [0, 1] * (32 * 41))
    Counter.calls.clear()
    strategy = Strategy(Performance(below=-1, window=10, min_labels=1))
    clsim.replay(table, {"it": strategy}, learner=Counter(), tick=64, warmup=64,
                 delay=Constant(640))  # fmt: skip
    assert Counter.calls == [640, 1280, 640]


def test_a_failure_is_noted_with_its_reason_in_one_line(models):
    model = models.train(Sample(np.arange(13)), "fit", None)
    assert model.fit.failure == "RuntimeError: thirteen rows"


def test_features_stay_with_their_labels_when_labels_come_out_of_order():
    # labels of rows 20 to 23 arrive in the order 20, 22, 21, 23: first, last and number do not tell
    n = 60
    due = [*range(20), 25, 45, 35, 45, *[None] * 36]
    models = some_models(naive_bayes.GaussianNB(), n, label_time=due)
    world, learner = models.world, models.learner
    assert world.training.between(0, world.timeline.n_ticks - 1).tolist() == [20, 22, 21, 23]
    empty = models.train(Sample(np.empty(0, dtype=int)), "fit", None)
    online = models.row_by_row(empty, -1, world)
    answers = online.output(20, n)
    by_hand = naive_bayes.GaussianNB()
    expected = []
    for tick in range(world.timeline.n_ticks):
        if tick:
            for row in sorted(world.known.arrived(tick)):
                by_hand.learn_one(
                    *next(learner.lessons(world.timeline.X[[row]], world.labels.y[[row]]))
                )
        for row in range(world.timeline.first[tick], world.timeline.first[tick + 1]):
            answer = by_hand.predict_one(next(learner.dicts(world.timeline.X[[row]])))
            expected.append(255 if answer is None else int(answer))
    assert answers.tolist() == expected
    np.testing.assert_array_equal(
        world.timeline.X_of(np.array([3, 5, 4, 6])), world.timeline.X[[3, 5, 4, 6]]
    )
    np.testing.assert_array_equal(
        world.timeline.X_of(np.array([3, 3, 5])), world.timeline.X[[3, 3, 5]]
    )


class Uneven(BaseEstimator):
    """A linear score whose last bits depend on its place in the call, and which takes no gaps."""

    def fit(self, X, y):
        self.weights_ = np.array([0.1, 0.7])
        return self

    def predict(self, X):
        if np.isnan(X).any():
            raise ValueError("a gap")
        Uneven.calls.append(X.copy())
        return (X @ self.weights_ > 0).astype(int)

    calls: list = []


def test_a_block_that_fails_is_asked_again_with_a_row_that_does_not_in_place_of_those_that_do():
    models = some_models(Uneven())
    X = models.world.timeline.X.copy()
    X[[130, 133], 0] = np.nan
    timeline = models.world.timeline
    timeline.events = replace(timeline.events, X=X)
    model = models.train(Sample(np.arange(50)), "fit", None)
    Uneven.calls.clear()
    with pytest.warns(RuntimeWarning, match=r"no prediction for row 130, .*: a gap"):
        output = model.output(0, 300)
    assert np.flatnonzero(output == 255).tolist() == [130, 133]
    there = np.delete(np.arange(300), [130, 133])
    assert output[there].tolist() == (X[there] @ [0.1, 0.7] > 0).astype(int).tolist()
    block = next(call for call in Uneven.calls if len(call) == 64 and (call[0] == X[128]).all()
                 and (call[1] == X[129]).all())  # fmt: skip
    expected = X[128:192].copy()
    expected[[2, 5]] = X[128]
    np.testing.assert_array_equal(block, expected)
    assert {len(call) for call in Uneven.calls} == {64, 300 - 4 * 64}


def test_a_row_that_fails_later_changes_no_bit_of_those_before():
    """The fault that was met: log losses of a block with a gap had other last bits."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(600, 7)) * 10.0 ** rng.integers(-3, 3, 7)
    y = (X @ rng.normal(size=7) > 0).astype(int)
    chances = []
    for gap in (None, 318, 570):
        spoiled = X.copy()
        if gap is not None:
            spoiled[gap, 2] = np.nan
        world = Knowledge.of(Table(spoiled, y), seed=0, tick=10, warmup=200)
        loss = Loss("log", world.timeline.schema)
        learner = as_learner(
            make_pipeline(StandardScaler(), LogisticRegression()), world.timeline.schema, seed=0,
            proba=True, unanswered=loss.unanswered,
        )  # fmt: skip
        fits = Fits(world.timeline, world.labels.y, learner)
        models = Models(fits, learner, loss, likely=True)
        model = models.train(Sample(np.arange(200)), "fit", None)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            chances.append(model.output(0, 600).copy())
        assert np.flatnonzero(np.isnan(chances[-1][:, 0])).tolist() == [gap] * (gap is not None)
    for gap, other in zip((318, 570), chances[1:], strict=True):
        rest = np.delete(np.arange(600), gap)
        assert chances[0][rest].tobytes() == other[rest].tobytes()


@pytest.mark.parametrize(("rows", "message"), [
    ([1, 2], "rows must be an array of whole numbers"),
    (np.array([0.0, 1.0]), "rows must be an array of whole numbers"),
    (np.array([True, False]), "rows must be an array of whole numbers"),
    (np.array([[1, 2]]), "rows must be an array of whole numbers"),
    (np.array([2, 1]), "rows must be ascending"),
    (np.array([-1, 1]), "rows must lie between 0 and 299"),
    (np.array([1, 300]), "rows must lie between 0 and 299"),
])  # fmt: skip
def test_rows_that_are_none_are_refused(models, rows, message):
    with pytest.raises((TypeError, ValueError), match=message):
        models.fits.check_rows(rows, 5, models.world)
