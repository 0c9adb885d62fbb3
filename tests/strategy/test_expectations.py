"""Tests of what can be expected of any model: by hand, and in worlds where the answer is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import Strategy
from clsim.strategy.changes import AddNoise, Shift, Swap
from clsim.strategy.evaluation import EdgeCases, Growing
from clsim.strategy.expectations import (
    Agreement,
    ClassShares,
    Direction,
    FewMissing,
    Invariance,
    NotConstant,
)
from clsim.strategy.suitable import Suitable, signals
from clsim.strategy.triggers import Periodic
from clsim.types import Column, Schema
from helpers.tables import Table, two_clouds


class Seen:
    """A view of rows with one feature, labels, and models that are functions of the feature."""

    tick, features = 3, ("a",)

    def __init__(self, values, *models, y=()):
        self.values, self.models, self.labels = np.asarray(values, dtype=float), models, y
        self.schema = Schema(("a",), "classification", np.array([0, 1]), False)

    def recent(self, count):
        return np.arange(len(self.values))[-count:]

    latest_known = recent

    def y(self, rows):
        return np.array(self.labels)[rows]

    def X(self, rows):
        return self.values[rows][:, None]

    def column(self, name, rows):
        return Column(self.values[rows])

    def uniform(self, role, rows):
        return (rows + 0.5) / len(self.values)

    def model(self, number):
        model = self.models[number]
        return SimpleNamespace(
            answers=lambda rows: np.array([model(x) for x in self.values[rows]]),
            answers_to=lambda rows, X: np.array([model(x) for x in X[:, 0]]),
            chances_to=lambda rows, X: np.array([[1 - x, x] for x in map(model, X[:, 0])]),
        )


def above(limit):
    return lambda x: int(x > limit)


def judged(gate, view, champion=1):
    return gate.judge(view, 0, champion, np.empty(0, dtype=np.int64))


def test_a_change_that_ought_not_to_matter():
    """Shifted by 1, the values 2 and 3 of 0, ..., 9 pass the limits 3 and 2: one answer each."""
    view = Seen(range(10), above(3), above(100))
    found = judged(Invariance(Shift("a", 1), most=0.1, min_rows=10), view)
    assert (found.accepted, found.detail, found.rows) == (True, {"changed answers": 0.1}, 10)
    [line] = found.card
    assert (line.challenger, line.champion, line.metric) == (0.1, 0, "changed answers")
    found = judged(Invariance(Shift("a", 2), most=0.1, min_rows=10), view)
    assert (found.accepted, found.reason) == (False, "changed answers 0.2 above 0.1")
    found = judged(Invariance(Shift("a", 1), rows=11, min_rows=11), view)
    assert (found.accepted, found.reason) == (False, "Invariance: 10 rows, needs 11")
    assert judged(Invariance(Swap("a", {5: 0})), Seen(range(40), above(4)), None).accepted
    values = Seen(range(40), lambda x: x / 2, lambda x: x)
    assert judged(Invariance(Shift("a", 1), most=0, tolerance=0.5), values).accepted
    assert not judged(Invariance(Shift("a", 1), most=0, tolerance=0.4), values).accepted


def test_noise_is_drawn_by_row():
    view = Seen(range(3), above(0))
    X = AddNoise("a", 2.0).features(view, np.arange(3))
    assert X[:, 0] == pytest.approx([0 - 2 * 0.967422, 1, 2 + 2 * 0.967422])  # quantiles 1/6, 1/2


def test_a_swap_of_categories_in_a_frame():
    frame = pd.DataFrame({"c": pd.Categorical(["f", "m", None]), "a": [1.0, 2.0, 3.0]})
    schema = SimpleNamespace(features=("c", "a"))
    view = SimpleNamespace(X=lambda rows: frame, schema=schema)
    changed = Swap("c", {"f": "m", "m": "f"}).features(view, np.arange(3))
    assert changed["c"].tolist()[:2] == ["m", "f"]
    assert changed["c"].isna().tolist() == [False, False, True]
    assert frame["c"].tolist()[:2] == ["f", "m"], "what it is given stays as it is"


def test_a_change_that_must_move_answers_one_way():
    """The chance falls from 4 to 5 and rises elsewhere: one of ten moves the wrong way."""
    view = Seen(range(10), lambda x: [0, 1, 2, 3, 4, 1, 2, 3, 4, 5, 6][int(x)] / 10)
    bound = Schema(("a",), "classification", np.array([0, 1]), False)

    def found(moves, of=1, **more):
        gate = Direction(Shift("a", 1), moves, of=of, min_rows=10, **more)
        gate.check_schema(bound)
        return judged(gate, view, None)

    assert found("up", most=0.1).detail == {"wrong direction": 0.1}
    assert found("up", most=0.1).accepted
    assert not found("up", most=0.05).accepted
    assert found("up", most=0, tolerance=0.31).accepted
    assert found("down").detail == {"wrong direction": 0.9}
    assert found("down", of=0).detail == {"wrong direction": 0.1}


def test_sanity_by_hand():
    half, all_ones = above(49), above(-1)
    view = Seen(range(100), all_ones, half, y=[0] * 60 + [1] * 40)
    found = judged(NotConstant(), view)
    assert (found.accepted, found.reason) == (False, "largest share 1 above 0.99")
    assert found.card[0].champion == 0.5
    found = judged(ClassShares(within=0.1), view)
    assert [line.challenger for line in found.card] == [0, 1]
    assert (found.accepted, found.reason) == (False, "share of 0 0 below 0.5")
    other = Seen(range(100), half, all_ones, y=[0] * 60 + [1] * 40)
    assert judged(ClassShares(within=0.11), other).accepted
    assert not judged(ClassShares(within=0.09), other).accepted
    found = judged(Agreement(), view)
    assert (found.accepted, found.detail) == (False, {"agreement": 0.5})
    assert judged(Agreement(0.5, 0.5), view).accepted
    assert not judged(Agreement(0.2, 0.4), view).accepted
    assert judged(Agreement(), view, None).accepted


def test_what_is_missing():
    values = np.arange(100.0)
    values[:20] = np.nan
    view = Seen(values, lambda x: -1 if np.isnan(x) else 1, above(0))
    found = judged(FewMissing(answers=0.1), view)
    assert (found.accepted, found.reason) == (False, "unanswered 0.2 above 0.1")
    found = judged(FewMissing(answers=0.2, values=0.1), view)
    assert (found.accepted, found.reason) == (False, "missing a 0.2 above 0.1")
    assert judged(FewMissing(answers=0.2, values=0.2), view).accepted


def test_what_is_just_at_a_bound_passes():
    """Of ten rows one, two, ...: shares whose sums and differences are rounded in binary."""
    for count in range(11):
        view = Seen(range(10), lambda x, n=count: -1 if x < n else 1, above(0))
        assert judged(FewMissing(answers=count / 10, min_rows=10), view).accepted
        short = FewMissing(answers=count / 10 - 0.01, min_rows=10) if count else None
        assert short is None or not judged(short, view).accepted
    for ones in range(1, 11):
        said = [0] * (10 - ones) + [1] * ones
        view = Seen(range(10), above(10 - ones), above(0), y=said)  # one 1 fewer than there are
        assert judged(ClassShares(within=0.1, min_rows=10), view).accepted, ones
        assert not judged(ClassShares(within=0.09, min_rows=10), view).accepted, ones


# in a replay -------------------------------------------------------------------------------------


class Broken(BaseEstimator):
    """Answers 1 to all after its first training."""

    def fit(self, X, y):
        self.classes_, self.broken_ = np.array([0, 1]), len(X) != 100
        return self

    def predict(self, X):
        return np.ones(len(X), dtype=int) if self.broken_ else (X[:, 0] > 0).astype(int)


@pytest.mark.parametrize(("gate", "reason"), [
    (NotConstant(rows=100), "largest share 1 above 0.99"),
    (Agreement(rows=100), "agreement 0"),
    (ClassShares(rows=100, within=0.2), "share of 0 0 below 0"),
])  # fmt: skip
def test_a_broken_model_never_serves(gate, reason):
    run = clsim.replay(
        two_clouds(300), {"it": Strategy(Periodic(2), offline=gate)},
        learner=Broken(), tick=20, warmup=100,
    )["it"]  # fmt: skip
    events = run.events[run.events["kind"] == "offline_test"]
    assert len(events) == 4
    assert events["reason"].str.startswith(reason).all()
    assert not events["accepted"].any()
    assert (events["rows"] == 100).all()


class Fragile(BaseEstimator):
    """Answers by the first feature; refuses a call with a value above 100."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        if (X[:, 0] > 100).any():
            raise ValueError("too large")
        return (X[:, 0] > 0).astype(int)


@pytest.mark.filterwarnings("ignore:learner. no prediction")
def test_a_model_that_cannot_answer_to_a_change_is_asked_row_by_row():
    stream = two_clouds(200)
    gate = Invariance(Swap("a", {stream.X[150, 0]: 1e6}), rows=70, min_rows=10)
    run = clsim.replay(
        stream, {"it": Strategy(Periodic(3), offline=gate)}, learner=Fragile(), tick=20, warmup=100
    )["it"]
    events = run.events[run.events["kind"] == "offline_test"]
    assert events["rows"].tolist() == [69]  # at row 160, of rows 90 to 159
    assert events["accepted"].tolist() == [True]


@pytest.mark.parametrize(("gate", "message"), [
    (Invariance(Shift("b2", 1)), "change: unknown feature 'b2'; did you mean 'b'"),
    (Direction(Shift("a", 1), "up"), "offline.of=None: give a class"),
    (Direction(Shift("a", 1), "up", of=7), "offline.of=7: give a class"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_replay(gate, message):
    with pytest.raises(ValueError, match=message):
        clsim.replay(two_clouds(200), {"it": Strategy(Periodic(2), offline=gate)},
                     learner=GaussianNB(), tick=20, warmup=100)  # fmt: skip


@pytest.mark.parametrize("gate", [ClassShares(), Suitable()])
def test_tests_of_classes_refuse_values(gate):
    stream = Table(np.arange(200.0)[:, None], np.arange(200.0), classes=())
    from sklearn.linear_model import LinearRegression

    with pytest.raises(ValueError, match="needs classes, and the answers are values"):
        clsim.replay(stream, {"it": Strategy(Periodic(2), offline=gate)},
                     learner=LinearRegression(), tick=20, warmup=100, loss="squared")  # fmt: skip


def test_chances_that_a_learner_has_not_are_refused():
    with pytest.raises(ValueError, match="offline: Suitable needs probabilities"):
        clsim.replay(two_clouds(200), {"it": Strategy(Periodic(2), offline=Suitable())},
                     learner=Fragile(), tick=20, warmup=100)  # fmt: skip


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Invariance(Shift("a", 1), most=2), "^most=2"),
    (lambda: Direction(Shift("a", 1), "upp", of=1), "^moves: .*did you mean 'up'"),
    (lambda: NotConstant(rows=20), "^min_rows=30"),
    (lambda: Agreement(0.9, 0.8), "^most=0.8"),
    (lambda: Shift("a", 0), "^by=0"),
    (lambda: AddNoise("a", 0), "^scale=0"),
    (lambda: Suitable(holdout=Growing(0.2, EdgeCases())), "^holdout: Suitable counts all"),
])  # fmt: skip
def test_bad_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# without labels ---------------------------------------------------------------------------------


def test_signals_by_hand():
    found = signals(np.array([[0.2, 0.7, 0.1]]), np.array([0]))
    entropy = 0.2 * np.log(0.2) + 0.7 * np.log(0.7) + 0.1 * np.log(0.1)
    assert found[0] == pytest.approx([0.2, 0.7, 0.5, entropy])


class Sure:
    """A view of models whose chance of the answer 0 is calibrated: right as often as they say."""

    def __init__(self, seed, worse, known=400, new=400):
        rng = np.random.default_rng(seed)
        n = known + new
        self.schema = Schema(("a",), "classification", np.array([0, 1]), False)
        self.chance = {1: rng.uniform(0.6, 1, n), 0: rng.uniform(0.6, 1, n)}
        self.chance[0] -= worse
        self.is_right = {m: rng.random(n) < chance for m, chance in self.chance.items()}
        self.n, self.count = n, known
        self.labels = SimpleNamespace(known=lambda rows: rows < known)

    def recent(self, count):
        return np.arange(self.n)[-count:]

    def model(self, number):
        chance, right = self.chance[number], self.is_right[number]
        return SimpleNamespace(
            answers=lambda rows: right[rows].astype(int) * 0,
            chances=lambda rows: np.column_stack([chance[rows], 1 - chance[rows]]),
        )


@pytest.mark.slow
def test_a_worse_challenger_is_seldom_found_suitable(monkeypatch):
    """Worse by exactly the margin: accepted at most as often as alpha says."""

    def right(view, model, known, new):
        rows = np.concatenate([known, new])
        estimate = view.chance[model][rows]
        return estimate[len(known) :], view.is_right[model][known][1::2] - estimate[: len(known)][
            1::2
        ]

    monkeypatch.setattr(Suitable, "_right", staticmethod(right))
    rates = []
    for worse, trials in ((0.1, 2_000), (0.0, 400)):
        gate = Suitable(margin=0.1, rows=400)
        found = [judged_on(gate, Sure(seed, worse)) for seed in range(trials)]
        rates.append(np.mean([one.accepted for one in found]))
    low, high = binom.ppf([0.0005, 0.9995], 2_000, gate.alpha) / 2_000
    assert low <= rates[0] <= high, "and the test is no stricter than it says"
    assert rates[1] > 0.8


def judged_on(gate, view):
    return gate.judge(view, 0, 1, np.arange(view.count))


def test_without_labels_the_better_model_is_found():
    """The first model saw 40 rows; the label of the row 200 ago is there, of no later one."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(2_000, 6))
    y = (X.sum(axis=1) + rng.normal(size=2_000) > 0).astype(int)
    stream = Table(X, y, label_time=np.arange(2_000) + 200)
    gate = Suitable(holdout=300, rows=200)
    run = clsim.replay(
        stream, {"it": Strategy(Periodic(4), offline=gate)},
        learner=GaussianNB(), tick=200, warmup=40,
    )["it"]  # fmt: skip
    events = run.events[run.events["kind"] == "offline_test"]
    assert events["accepted"].tolist()[0] is True
    assert events["rows"].tolist() == [199, 199]
