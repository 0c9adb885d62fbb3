"""Datasets and trainings agree with the slow reference, one by one; and it sees their faults."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from clsim.strategy import Strategy, datasets, training, triggers
from clsim.strategy.datasets import best, nearest, since, taught, vetted
from helpers.examples import share
from test_reference import (
    assert_case_agrees,
    assert_some_case_disagrees,
    cases,
    some_dataset,
    some_guard,
    some_span,
)

KINDS = (
    "SinceChange", "BestWindow", "Nearest", "Vetted", "Having", "Iterated", "Searched", "Steps",
)  # fmt: skip


def tree(table):
    kind = DecisionTreeClassifier if table.classes else DecisionTreeRegressor
    return kind(max_depth=3, random_state=0)


@st.composite
def some_moment(draw, table):
    """When an iteration begins: a date, or a row."""
    time = int(draw(st.sampled_from(table.time[len(table.time) // 4 : -1])))
    return str(np.datetime64(time, "us")) if table.timed else time


@st.composite
def some_of(draw, kind, table, tick):
    """A dataset and a training, of which one is of the kind; and the learner."""
    inner, learner = draw(some_dataset(table, tick)), tree(table)
    few = draw(st.integers(5, 40))
    if kind == "SinceChange":
        feature = draw(st.sampled_from([None, None, "a"]))
        alpha, least = draw(st.sampled_from([0.05, 0.4])), draw(st.integers(2, 12))
        last = draw(st.sampled_from([2 * least, 60, 5000]))
        made = datasets.SinceChange(feature, alpha, max(last, 2 * least), least)
        return draw(st.sampled_from([made, datasets.Sampled(made, share=0.7)])), None, learner
    if kind == "BestWindow":
        windows = draw(st.sampled_from([[5, 20, 60], [10, 40], [30, 200]]))
        asked = draw(st.sampled_from([tree(table), *[GaussianNB()] * bool(table.classes)]))
        return datasets.BestWindow(windows, asked, draw(st.integers(3, 20))), None, learner
    if kind == "Nearest":
        return datasets.Nearest(inner, few, draw(st.integers(3, 30))), None, learner
    if kind == "Vetted":
        bound = draw(st.sampled_from([{"fewer": 0.9}, {"classes": 0.1}, {"shift": 0.2},
                                      {"spread": 1.1}, {"slices": 0.05}, {}]))  # fmt: skip
        window = datasets.SlidingWindow(draw(st.integers(20, 60)))
        return datasets.Vetted(draw(st.sampled_from([window, inner])), **bound), None, learner
    if kind == "Searched":
        duration, more = (draw(some_span(table, 1, 20)) for _ in "ab")
        train = training.Searched(draw(st.integers(1, 3)), more, duration)
        return inner, train, GridSearchCV(learner, {"max_depth": [1, 3]}, cv=TimeSeriesSplit(2))
    sgd = (SGDClassifier if table.classes else SGDRegressor)(random_state=0, max_iter=5, tol=None)
    if kind == "Steps":
        every = st.sampled_from([None, 1, 2, 3])
        steps = {"scale": draw(every), "model": draw(st.sampled_from([1, 2]))}
        more = {"full_every": draw(st.sampled_from([None, 3]))}
        more["batch"] = draw(st.sampled_from([None, 16]))
        made = Pipeline([("scale", StandardScaler()), ("model", sgd)])
        return inner, training.Stateful(steps=steps, **more), made
    at, features = draw(some_moment(table)), ["b"] if kind == "Having" else []
    teach = draw(st.sampled_from([None, "hard", *["soft"] * bool(table.classes)]))
    usual = draw(st.sampled_from([training.Stateless(), training.Stateful(batch=few)]))
    if isinstance(usual, training.Stateful):
        learner = GaussianNB() if table.classes else sgd
        other = GaussianNB(var_smoothing=0.5) if table.classes else sgd
    else:
        other = tree(table).set_params(max_depth=1)
    if kind == "Having":  # only trees take what is missing
        learner, other, usual = tree(table), tree(table).set_params(max_depth=1), None
    train = training.Iterated(at, other, usual, features, teach, draw(st.integers(5, 40)))
    return inner, train, learner


@st.composite
def trained_cases(draw, kind):
    table, _, setting = draw(cases(count=0, longest=100))
    dataset, train, setting["learner"] = draw(some_of(kind, table, setting["tick"]))
    if kind == "Having":
        table.X[3::4, 1] = np.nan
    parts = {"guard": draw(some_guard())} if draw(st.booleans()) else {}
    trigger = triggers.Periodic(draw(st.integers(1, 4)))
    return table, [Strategy(trigger, dataset, train, **parts)], setting


@pytest.mark.parametrize("kind", KINDS)
@share(1 / 10)
@given(st.data())
def test_training_agrees_with_the_reference(kind, data):
    assert_case_agrees(data.draw(trained_cases(kind)))


FAULTS = {
    "SinceChange": (since, "since", lambda said, view, row, least: said(view, row + 1, least)),
    "BestWindow": (best.BestWindow, "_lost", lambda said, *given: -said(*given)),
    "Nearest": (nearest, "places_to", lambda said, X, targets: -said(X, targets)),
    "Vetted": (vetted.Vetted, "_broken", lambda said, *given: None),
    "Having": (taught, "having", lambda said, view, rows, features: rows),
    "Iterated": (training.Iterated, "_has_come", lambda said, self, view: False),
    "Searched": (training.Searched, "recipe", lambda said, self, view: replace(
        said(self, view), how="fit", parent=None)),
    "Steps": (training.Stateful, "recipe", lambda said, self, view: replace(
        said(self, view), frozen=())),
}  # fmt: skip
"""For each kind a fault of the fast code: where, its name, and what that gives instead."""


SLOWLY = ("BestWindow", "Searched", "SinceChange", "Vetted")
"""Faults that few examples show."""


@pytest.mark.parametrize("kind", [
    pytest.param(kind, marks=[pytest.mark.long] if kind in SLOWLY else []) for kind in KINDS
])  # fmt: skip
def test_the_reference_sees_a_fault_of_training(kind, monkeypatch):
    place, name, wrong = FAULTS[kind]
    right = getattr(place, name)
    monkeypatch.setattr(place, name, lambda *given: wrong(right, *given))
    assert_some_case_disagrees(trained_cases(kind))
