"""The replay agrees with the slow reference, whatever the stream and the strategy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from reference import Reference
from river import drift, linear_model, naive_bayes
from sklearn.base import BaseEstimator
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from tables import Rumour, Table, assert_same, happened
from threadpoolctl import threadpool_limits

import clsim
from clsim.strategy import Strategy, datasets, offline, triggers
from clsim.strategy.training import RowByRow, Stateful, Stateless

quick = settings(max_examples=300, deadline=None, derandomize=True)


class Fussy(BaseEstimator):
    """Remembers the mean target of its rows; refuses every fifth number of rows."""

    def fit(self, X, y):
        self.total_, self.rows_ = 0.0, 0
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        if len(y) % 5 == 4:
            raise RuntimeError(f"{len(y)} rows")
        self.total_ = getattr(self, "total_", 0.0) + y.sum()
        self.rows_ = getattr(self, "rows_", 0) + len(y)
        self.whole_ = y.dtype.kind in "iu"
        return self

    def predict(self, X):
        mean = self.total_ / self.rows_
        return np.full(len(X), int(mean + 0.5)) if self.whole_ else mean + X[:, 0]


@st.composite
def worlds(draw):
    """A stream and its clock: ``(table, tick, warmup)``."""
    n = draw(st.integers(40, 250))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["rows", "regular", "irregular"]))
    n_classes = draw(st.sampled_from([2, 2, 3, 0]))
    X = rng.normal(size=(n, 2))
    if n_classes:
        y = np.clip(np.rint(X[:, 0] + 1), 0, n_classes - 1).astype(int)
        y[n // 2 :] = n_classes - 1 - y[n // 2 :]
        y = np.where(rng.random(n) < 0.2, rng.integers(0, n_classes, n), y)
    else:
        y = X[:, 0] * np.where(np.arange(n) < n // 2, 1, -1) + 0.1 * rng.normal(size=n)
    if kind == "irregular":
        time = 5 + np.cumsum(rng.choice([0, 0, 1, 2, 3, 30], n))
    else:
        time = np.arange(n) * (4 if kind == "regular" else 1)
    late = draw(st.sampled_from(["none", "constant", "random", "never"]))
    longest = draw(st.integers(1, 60))
    if late == "none":
        label_time = time
    elif late == "constant":
        label_time = time + longest
    else:
        label_time = time + rng.integers(0, longest, n)
    label_time = label_time.tolist()
    if late == "never":
        label_time = [t if rng.random() < 0.7 else None for t in label_time]
    timed = kind != "rows"
    tick = draw(st.integers(1, 20))
    if timed and draw(st.booleans()):
        tick = f"{tick}us"
    warmup = draw(st.integers(0, n // 3))
    if timed and draw(st.booleans()):
        warmup = f"{int(time[n // 3]) - int(time[0]) - draw(st.integers(0, 3))}us"
        warmup = "0us" if warmup.startswith("-") else warmup
    available = told = revised = None
    if draw(st.booleans()):  # rows load late, some never
        wait = rng.integers(0, draw(st.integers(1, 60)), n)
        available = [int(t + w) if rng.random() < 0.9 else None
                     for t, w in zip(time, wait, strict=True)]  # fmt: skip
    if draw(st.booleans()):  # labels are told otherwise, and revised
        other = rng.integers(0, n_classes, n) if n_classes else y + rng.normal(size=n)
        told = np.where(rng.random(n) < 0.3, other, y)
        wait = rng.integers(0, draw(st.integers(1, 90)), n)
        revised = [int((t or 0) + w) if rng.random() < 0.7 else None
                   for t, w in zip(label_time, wait, strict=True)]  # fmt: skip
        revised = [
            None if r is None else max(r, int(t)) for r, t in zip(revised, time, strict=True)
        ]
    table = Table(
        X, y, time=time.tolist() if timed else None, label_time=label_time,
        classes=range(n_classes), blocks=draw(st.integers(1, 3)), available=available, told=told,
        revised=revised,
    )  # fmt: skip
    event(f"{kind}, {late}, {type(tick).__name__}, {available is not None}, {told is not None}")
    return table, tick, warmup


def detectors(table):
    found = [drift.ADWIN(clock=1, grace_period=3, min_window_length=2, delta=0.3),
             drift.PageHinkley(min_instances=4, threshold=0.5)]  # fmt: skip
    return [*found, drift.binary.DDM(warm_start=4)] if table.classes else found


@st.composite
def some_trigger(draw, table, tick, depth=2):
    in_time = isinstance(tick, str)

    def ticks(low, high):
        count = draw(st.integers(low, high))
        return f"{count * int(tick[:-2])}us" if in_time and draw(st.booleans()) else count

    names = ["Never", "Periodic", "Volume", "Growth", "Below", "Drop", "Drift"]
    if depth:
        names += ["AnyOf", "AllOf", "Cooldown", "Budget", "Budget per"]
    name = draw(st.sampled_from(names))
    of = draw(st.sampled_from(["champion", "all"]))
    window = draw(st.integers(1, 20))
    watched = {"window": window, "min_labels": draw(st.integers(1, window)), "of": of}
    inner = some_trigger(table, tick, depth - 1)
    if name == "Never":
        return triggers.Never()
    if name == "Periodic":
        return triggers.Periodic(ticks(3, 6), draw(st.integers(0, 2)))
    if name == "Volume":
        return triggers.Volume(rows=draw(st.integers(1, 30)))
    if name == "Growth":
        return triggers.Volume(growth=draw(st.sampled_from([3, 10.0, 33.3])))
    if name == "Below":
        return triggers.Performance(
            below=draw(st.sampled_from([0.5, 0.75, 0.9] if table.classes else [-0.3, -1])),
            **watched,
        )
    if name == "Drop":
        return triggers.Performance(drop=draw(st.sampled_from([0, 0.05, 0.2])), **watched)
    if name == "Drift":
        return triggers.Drift(draw(st.sampled_from(detectors(table))), of)
    if name in ("AnyOf", "AllOf"):
        return getattr(triggers, name)([draw(inner), draw(inner)])
    if name == "Cooldown":
        return triggers.Cooldown(draw(inner), ticks(1, 8))
    return triggers.Budget(
        draw(inner), draw(st.integers(0, 4)), ticks(1, 8) if name == "Budget per" else None
    )


@st.composite
def some_dataset(draw, table, tick):
    """A window is never shorter than a tick."""
    name = draw(st.sampled_from(["All", "NewSinceLast", "rows", "time"]))
    if name == "rows":
        return datasets.SlidingWindow(draw(st.integers(20, 60)))
    if name == "time" and table.timed:
        return datasets.SlidingWindow(f"{draw(st.integers(20, 100))}us")
    return datasets.NewSinceLast() if name == "NewSinceLast" else datasets.All()


@st.composite
def strategies(draw, table, tick, learner):
    duration = draw(st.sampled_from([0, 0, draw(st.integers(1, 60))]))
    duration = f"{duration}us" if table.timed else duration
    ways = [how for how in ("partial_fit", "warm_start") if can(learner, how)]
    kinds = ["Stateless", *["Stateful"] * bool(ways), *["RowByRow"] * hasattr(learner, "learn_one")]
    kind = draw(st.sampled_from(kinds))
    gate = offline.NoTest()
    if kind == "Stateful":
        how = draw(st.sampled_from(ways))
        train = Stateful(
            how, "partial_fit" if how == "partial_fit" and draw(st.booleans()) else "fit",
            draw(st.sampled_from([None, 1, 3])), draw(some_dataset(table, tick)), duration,
        )  # fmt: skip
    else:
        train = RowByRow(duration) if kind == "RowByRow" else Stateless(duration)
    if kind != "RowByRow" and draw(st.booleans()):
        size = draw(st.integers(5, 20))
        size = f"{size * 3}us" if table.timed and draw(st.booleans()) else size
        gate = offline.ChampionChallenger(
            size, draw(st.sampled_from([0, 0.05, -0.1, -9])), draw(st.integers(1, 5))
        )
    return Strategy(
        draw(some_trigger(table, tick)), draw(some_dataset(table, tick)), train, gate,
        overlap=draw(st.booleans()),
    )  # fmt: skip


def can(learner, how):
    if how == "partial_fit":
        return hasattr(learner, how) or hasattr(learner, "learn_one")
    return hasattr(learner, "get_params") and how in learner.get_params()


def learners(table):
    sgd = {"random_state": 0, "max_iter": 5, "tol": None}
    if not table.classes:
        tree = DecisionTreeRegressor(max_depth=3, random_state=0)
        return [Fussy(), tree, SGDRegressor(**sgd), linear_model.LinearRegression()]
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    found = [Fussy(), tree, SGDClassifier(**sgd), GaussianNB(), naive_bayes.GaussianNB()]
    return [*found, linear_model.LogisticRegression()] if len(table.classes) == 2 else found


def told(run):
    """Events of a run as the reference tells them."""
    found = []
    for e in happened(run):
        tick, kind, number = e["tick"], e["kind"], e.get("model")
        if kind == "label" or e.get("reason") == "row_by_row":
            continue
        if kind == "initial":
            found.append((tick, kind, number, e["rows"]))
        elif kind == "alarm":
            found.append((tick, kind))
        elif kind == "trigger":
            found.append((tick, kind, e["accepted"]))
        elif kind == "train":
            span = run.events["duration"]
            length = e["duration"].value // 1000 if span.dtype.kind == "m" else e["duration"]
            what = (number, e.get("parent"), e["rows"], e["labels"], length, e["detail"]["how"])
            found.append((tick, kind, *what))
        elif kind == "offline_test":
            found.append((tick, kind, number, e.get("parent"), e["rows"], e["accepted"]))
        else:
            found.append((tick, kind, number))
    return found


def column(values):
    return [None if pd.isna(v) else v for v in values]


def assert_agrees(run, reference, table):
    assert told(run) == reference.events
    ticks = run.ticks
    got = [ticks[c] for c in ("start", "n", "answered", "loss", "observed_n", "model")]
    if table.timed:
        got[0] = got[0].astype("int64")
    assert list(zip(*[column(c.astype(object)) for c in got], strict=True)) == reference.ticks
    answers = run.predictions["y_pred"].astype(object)
    expected = [reference.answer[row] for row in range(reference.warm, reference.n)]
    assert column(answers) == expected
    labels = [e["labels"] for e in happened(run, ["label"]) if e.get("reason") != "revision"]
    counts = np.diff(reference.known_at, prepend=reference.known_at[0])
    assert labels == [n for n in counts.tolist() if n]


@st.composite
def cases(draw, count=1):
    table, tick, warmup = draw(worlds())
    learner = draw(st.sampled_from(learners(table)))
    parts = [draw(strategies(table, tick, learner)) for _ in range(count)]
    setting = {"learner": learner, "tick": tick, "warmup": warmup}
    setting["unanswered"] = draw(st.sampled_from(["skip", "wrong"])) if table.classes else "skip"
    setting["loss"] = None if table.classes else draw(st.sampled_from(["absolute", "squared"]))
    setting["delay"] = None if table.told is None else Rumour(table)
    return table, parts, setting


@quick
@given(cases())
def test_replay_agrees_with_the_reference(case):
    table, [strategy], setting = case
    learner = setting["learner"]
    event(f"{type(learner).__name__}, {type(strategy.training).__name__}")
    told = {key: value for key, value in setting.items() if key != "delay"}
    reference = Reference(strategy, table, **told)
    try:
        with threadpool_limits(1):
            reference.run()
    except ValueError:
        with pytest.raises(ValueError, match="warmup"):
            clsim.replay(table, {"it": strategy}, **setting)
        return
    run = clsim.replay(table, {"it": strategy}, record="events", **setting)["it"]
    for kind in {e[1] for e in reference.events}:
        event(kind)
    assert_agrees(run, reference, table)


@settings(quick, max_examples=80)
@given(cases(count=4))
def test_together_is_alone(case):
    table, parts, setting = case
    named = dict(zip("abcd", parts, strict=True))
    try:
        together = clsim.replay(table, named, record="events", **setting)
    except ValueError:  # the first model of some cannot be trained
        with pytest.raises(ValueError, match="warmup"):
            [clsim.replay(table, {name: named[name]}, **setting) for name in named]
        return
    for name, strategy in named.items():
        alone = clsim.replay(table, {name: strategy}, record="events", **setting)[name]
        assert_same(together[name], alone)
