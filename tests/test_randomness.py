"""What is random is decided by the seed, wherever it sits; what no seed decides is refused."""

import functools
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from river import compose, drift, ensemble, forest, linear_model, preprocessing
from river.feature_extraction import RBFSampler
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import FunctionTransformer

import clsim
from clsim import Strategy
from clsim.randomness import globals_kept, integer, seeded
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import AnyOf, Drift, Never, Periodic
from helpers.tables import assert_same, two_clouds


def places(part):
    """Where a plug-in is seeded."""
    found = []
    seeded(part, "it", lambda place: found.append(place) or 7)
    return found


class Holder:
    """A part of a user's own."""

    def __init__(self, **inside):
        vars(self).update(inside)


class Slotted(BaseEstimator):
    def __init__(self, inner=None, seed=None):
        self.inner, self.seed = inner, seed


UNION = compose.TransformerUnion(RBFSampler(), compose.Select("a")) | linear_model.Perceptron()
FOREST = RandomForestClassifier()


@pytest.mark.parametrize(("part", "expected"), [
    (drift.KSWIN(), ["it.seed"]),
    (drift.KSWIN(seed=42), []),
    (drift.ADWIN(), []),
    ([drift.KSWIN(seed=1), (drift.KSWIN(),)], ["it[1][0].seed"]),
    (ensemble.VotingClassifier([forest.ARFClassifier(), linear_model.Perceptron()]),
     ["it.models[0].seed"]),
    (UNION, ["it.steps[0][1].transformers[0][1].seed"]),
    (preprocessing.StandardScaler() | forest.ARFClassifier(seed=3), []),
    (FOREST, ["it.random_state"]),
    (GridSearchCV(FOREST, {}, cv=KFold(shuffle=True)),
     ["it.cv.random_state", "it.estimator.random_state"]),
    (GridSearchCV(GaussianNB(), {"clf": [FOREST, GaussianNB()]}),
     ["it.param_grid.clf[0].random_state"]),
    (Slotted(Slotted(seed=3)), ["it.seed"]),
    (Holder(rng=np.random.default_rng()), ["it.rng"]),
    (Holder(rng=np.random.default_rng(), seed=5), []),
    (Holder(seed=None, parts={"a": random.Random()}), ["it.seed", "it.parts.a"]),
    (AnyOf([Drift(drift.KSWIN()), Periodic(2)]), ["it.triggers[0].detector.seed"]),
    (functools.partial(print, np.random.RandomState()), ["it"]),
    (Holder(same=[1.0] * 9, name="seed", time=np.arange(3)), []),
], ids=lambda value: type(value).__name__ if not isinstance(value, list) else "")  # fmt: skip
def test_everything_random_is_found(part, expected):
    assert sorted(places(part)) == sorted(expected)


def test_a_seeded_copy_draws_the_same_and_the_original_stays():
    original = Holder(rng=np.random.default_rng(), more=[random.Random(), np.random.RandomState()])
    state = original.rng.bit_generator.state
    one, two = (seeded(original, "it", lambda place: 7).part for _ in range(2))
    drawn = [(p.rng.random(), p.more[0].random(), p.more[1].rand()) for p in (one, two)]
    assert drawn[0] == drawn[1]
    assert original.rng.bit_generator.state == state
    detector = seeded(drift.KSWIN(), "it", lambda place: 7).part
    assert detector.seed == 7
    assert detector._rng.getstate() == random.Random(7).getstate()


SHARED = np.random.default_rng(0)


class OfTheModule(GaussianNB):
    def fit(self, X, y):
        return super().fit(X + SHARED.normal(), y)


class OfTheClass(GaussianNB):
    draws = random.Random(0)


def closing():
    rng = np.random.default_rng(0)
    return lambda X: X + rng.normal()


@pytest.mark.parametrize(("part", "message"), [
    (OfTheModule(), r"^it: OfTheModule.fit draws from a Generator that all copies share"),
    (OfTheClass(), r"^it: OfTheClass.draws is a Random that all copies share"),
    (FunctionTransformer(closing()), r"^it.func: closing.*lambda> draws from a Generator that all"),
    (Holder(draw=random.random), r"^it.draw: Random.random draws from a Random that all copies"),
    (Holder(rng=random.SystemRandom()), r"^it: Holder cannot be copied \(System entropy source"),
], ids=lambda value: type(value).__name__ if not isinstance(value, str) else "")  # fmt: skip
def test_what_no_seed_decides_is_refused_by_name(part, message):
    with pytest.raises(ValueError, match=message):
        places(part)


# in a replay -------------------------------------------------------------------------------------


class Coin(ClassifierMixin, BaseEstimator):
    """Draws from the global generators, in fitting and in answering."""

    def fit(self, X, y):
        self.classes_, self.share_ = np.unique(y), np.random.rand() * random.random()  # noqa: NPY002
        return self

    def predict(self, X):
        return (X[:, 0] > self.share_ + np.random.rand() / 9).astype(int)  # noqa: NPY002


class Dice:
    """A trigger that draws from the global generators after it has looked at losses."""

    def fires(self, view):
        view.outcomes.arrived_losses()
        return "luck" if random.random() + np.random.rand() < 0.5 else None  # noqa: NPY002


class Own:
    """A trigger with a generator of its own, made without a seed."""

    def __init__(self):
        self.rng = np.random.default_rng()

    def fires(self, view):
        return "luck" if self.rng.random() < 0.2 else None


CASES = {
    "detector": (GaussianNB(), Drift(drift.DummyDriftDetector("random", w=50))),
    "detectors": (GaussianNB(), AnyOf([Drift(drift.KSWIN(alpha=0.2)), Drift(drift.ADWIN())])),
    "list of river": (ensemble.VotingClassifier([forest.ARFClassifier(2)] * 2), Periodic(4)),
    "search": (GridSearchCV(LogisticRegression(), {"C": [1e-3, 0.1, 1]},
                            cv=KFold(3, shuffle=True)), Periodic(4)),
    "globals in a learner": (Coin(), Periodic(4)),
    "globals in a trigger": (GaussianNB(), Dice()),
    "globals in both": (Coin(), Dice()),
    "own generator": (GaussianNB(), Own()),
}  # fmt: skip
SETTING = {"tick": 20, "warmup": 100, "record": "events"}


@pytest.mark.parametrize("name", CASES)
def test_a_replay_is_the_same_again_and_beside_others(name):
    learner, trigger = CASES[name]
    strategy, other = Strategy(trigger, SlidingWindow(80)), Strategy(Periodic(1), SlidingWindow(40))
    before = random.getstate(), np.random.get_state()  # noqa: NPY002

    def run(seed=3, **others):
        setting = {**SETTING, "learner": learner, "seed": seed}
        return clsim.replay(two_clouds(900), {**others, "it": strategy}, **setting)["it"]

    first = run()
    assert_same(first, run())
    assert_same(first, run(other=other, dice=Strategy(Dice())))
    assert any(
        not first.predictions["y_pred"].equals(run(seed=seed).predictions["y_pred"])
        for seed in range(4, 9)
    ), "another seed draws otherwise"
    assert random.getstate() == before[0]
    assert all(map(np.array_equal, np.random.get_state(), before[1]))  # noqa: NPY002


def test_triggers_start_anew_at_each_deployment_with_other_draws():
    strategy = Strategy(Drift(drift.DummyDriftDetector("random", w=50)), SlidingWindow(80))
    run = clsim.replay(two_clouds(3000), {"it": strategy}, learner=GaussianNB(), **SETTING)["it"]
    gaps = np.diff(run.events.loc[run.events["kind"] == "train", "tick"])
    assert len(gaps) > 8
    assert len(set(gaps.tolist())) > 2


class Gambler:
    """Learns row by row, and answers by the global generator."""

    def learn_one(self, x, y):
        pass

    def predict_one(self, x):
        return random.random() < 0.5


def test_a_model_that_learns_row_by_row_may_not_draw_from_the_global_generators():
    with pytest.raises(ValueError, match=r"^learner: Gambler draws from the global generators"):
        clsim.replay(
            two_clouds(300), {"it": Strategy(Never(), training=RowByRow())}, learner=Gambler(),
            **SETTING,
        )  # fmt: skip


def test_integers_are_derived_by_role_and_index():
    assert integer(1, "learner") == integer(1, "learner")
    assert len({integer(s, r, *i) for s in (0, 1) for r in "ab" for i in [(), (0,), (1,)]}) == 12
    with globals_kept():
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002


@pytest.mark.slow
def test_all_of_river_and_scikit_learn_is_the_same_in_every_process():
    script = Path(__file__).parent / "helpers" / "walk_libraries.py"
    started = [
        subprocess.Popen(
            [sys.executable, str(script)], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        for seed in ("1", "77")
    ]  # fmt: skip
    one, two = (
        dict(map(json.loads, process.communicate(timeout=600)[0].splitlines()))
        for process in started
    )
    assert len(one) > 200
    assert {name: found for name, found in one.items() if two[name] != found} == {}
    assert sum(": " in found for found in one.values()) < 25, "most can be replayed"
    for name in ("KFold, in a search", "estimators in a list", "river.drift.kswin.KSWIN, a trigger",
                 "RandomForestClassifier", "a state that was given"):  # fmt: skip
        assert ": " not in one[name], name
