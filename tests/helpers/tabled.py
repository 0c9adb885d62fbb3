"""Small streams to make counterfactual tables of, and what makes a table right."""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.naive_bayes import GaussianNB

from clsim.strategy.datasets import All
from helpers.tables import Table, two_clouds

SECOND = 1_000_000
ROWS = {"tick": 50, "warmup": 100}
TIME = {"tick": "30s", "warmup": "150s"}
GIVEN = {"learner": GaussianNB(), "dataset": All(), **ROWS}


class Idle:
    """Never fires, but does not say so before: its first model has the rows of its dataset."""

    def fires(self, view):
        return None


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


def assert_equal(one, other):
    for name in ("loss", "ticks", "serves", "rows", "n", "held_out", "unanswered", "variance"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert one.failures == other.failures
    for name in ("slices", "slice_n"):
        assert [*getattr(one, name)] == [*getattr(other, name)]
        for key, values in getattr(one, name).items():
            np.testing.assert_array_equal(values, getattr(other, name)[key])
