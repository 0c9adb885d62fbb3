"""Trainings and predictions that take too long, or too much memory, are ended."""

import json
import sys
import time

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.compare.comparison import settings
from clsim.engine.limits import LimitError, Limits
from clsim.runs.run import Runs
from clsim.strategy import Strategy
from clsim.strategy.triggers import At, Never
from helpers.tables import two_clouds

SETTING = {"tick": 50, "warmup": 100, "seed": 1}


class Odd(ClassifierMixin, BaseEstimator):
    """Answers the most frequent class; hangs, or takes a gigabyte, from so many rows on."""

    def __init__(self, rows=150, fits="", predicts=""):
        self.rows, self.fits, self.predicts = rows, fits, predicts

    def fit(self, X, y):
        if len(y) > self.rows:
            self._be(self.fits)
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_, self.seen_ = self.classes_[counts.argmax()], len(y)
        return self

    def predict(self, X):
        if self.seen_ > self.rows:
            self._be(self.predicts)
        return np.full(len(X), self.most_)

    def _be(self, how):
        if how == "slow":
            time.sleep(3600)
        elif how == "large":
            np.ones(1 << 27)


def replay(learner, limits, strategies=None):
    strategies = strategies or {"twice": Strategy(At([1, 3])), "never": Strategy(Never())}
    return clsim.replay(two_clouds(400), strategies, learner=learner, limits=limits, **SETTING)


@pytest.mark.slow
def test_what_is_within_its_limits_is_the_same_to_the_bit(tmp_path):
    within = replay(GaussianNB(), {"seconds": 600, "memory": 4_000})
    for name, run in replay(GaussianNB(), None).items():
        for table in ("ticks", "confusion"):
            one, other = getattr(run, table), getattr(within[name], table)
            assert one.equals(other)
        saved = json.loads((within[name].save(tmp_path / name) / "run.json").read_text())
        assert "deterministic" not in saved


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
@pytest.mark.parametrize(("how", "limits", "why"), [
    ({"fits": "slow"}, {"seconds": 0.5}, r"seconds=0.5: a training on \d+ rows takes longer"),
    pytest.param(
        {"predicts": "slow"}, {"seconds": 0.5}, r"seconds=0.5: a prediction for \d+ rows takes",
        marks=pytest.mark.long,
    ),
    ({"fits": "large"}, {"memory": 500}, r"memory=500: a training on \d+ rows needs more"),
])  # fmt: skip
def test_what_is_beyond_them_is_ended_and_the_run_has_failed(how, limits, why):
    with pytest.raises(LimitError, match=why):
        replay(Odd(**how), limits)


@pytest.mark.slow
def test_a_training_that_is_ended_may_count_as_failed(tmp_path):
    limits = Limits(seconds=0.5, count_as_failure=True)
    runs = replay(Odd(fits="slow"), limits)
    events = runs["twice"].events
    failed = events[events["kind"] == "train_failed"]
    assert failed["tick"].tolist() == [3]
    assert failed["reason"].str.startswith("limits.seconds=0.5: ").all()
    assert [runs[name].info.deterministic for name in ("twice", "never")] == [False, True]
    for name, run in runs.items():
        run.save(tmp_path / name)
    read = clsim.load(tmp_path)
    assert [read.runs[name].info.deterministic for name in ("twice", "never")] == [False, True]
    compared = [setting.runs for setting in settings(read)]
    assert [run for one in compared for runs in one.values() for run in runs.values()] == [
        read.runs["never"]
    ]
    assert isinstance(read, Runs)


@pytest.mark.parametrize(("limits", "why"), [
    ({"seconds": 0}, "limits.seconds=0: must be above 0"),
    ({"memory": -1}, "limits.memory=-1: must be above 0"),
    ({"second": 1}, "limits.second: .* did you mean 'seconds'"),
    ({"count_as_failure": True}, "there is no limit"),
    ({"seconds": 1, "count_as_failure": "yes"}, "must be true or false"),
    (5, "limits=5: expected a mapping"),
])  # fmt: skip
def test_limits_that_cannot_be_are_refused(limits, why):
    with pytest.raises((TypeError, ValueError), match=why):
        replay(GaussianNB(), limits)
