"""Electricity prices of New South Wales: numbers of river, scikit-learn and CapyMOA."""

from __future__ import annotations

from typing import Any

import pytest
from river import dummy, linear_model, naive_bayes, optim, preprocessing
from sklearn.linear_model import SGDClassifier

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant

pytestmark = pytest.mark.slow

ROWS = 45_312
ONLINE = {"online": Strategy(Never(), training=RowByRow())}

LEARNERS = {
    "regression": lambda: (
        preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.005))
    ),
    "bayes": lambda: naive_bayes.GaussianNB(),
    "no-change": lambda: dummy.NoChangeClassifier(),
}

PREQUENTIAL = [
    ("regression", 0, 0.822144, ROWS),
    ("regression", 48, 0.782331, ROWS),
    ("regression", 336, 0.772952, ROWS),
    ("regression", 1000, 0.747396, ROWS),
    ("bayes", 0, 0.728763, ROWS - 1),
    pytest.param("bayes", 48, 0.725411, ROWS - 48, marks=pytest.mark.long),  # 8 s each
    pytest.param("bayes", 336, 0.721251, ROWS - 336, marks=pytest.mark.long),
    ("bayes", 1000, 0.716465, ROWS - 1000),
    ("no-change", 0, 0.853303, ROWS - 1),
    ("no-change", 48, 0.656239, ROWS - 48),
    ("no-change", 336, 0.660641, ROWS - 336),
    ("no-change", 1000, 0.516181, ROWS - 1000),
]


@pytest.fixture(scope="module")
def elec2(published_data: Any) -> Recorded:
    return Recorded(published_data("elec2.csv.zip"), label="class")


@pytest.mark.parametrize(("learner", "delay", "score", "answered"), PREQUENTIAL)
def test_row_by_row_with_late_labels(
    elec2: Recorded, learner: str, delay: int, score: float, answered: int
) -> None:
    when = Constant(delay) if delay else None
    run = clsim.replay(elec2, ONLINE, learner=LEARNERS[learner](), tick=1, delay=when)["online"]
    assert run.score == pytest.approx(score, abs=1e-6)
    assert run.totals["n"] == ROWS
    assert run.totals["answered"] == answered


@pytest.mark.long  # shown on the tiny set too, below
def test_unanswered_rows_may_count_as_wrong(elec2: Recorded) -> None:
    run = clsim.replay(
        elec2, ONLINE, learner=naive_bayes.GaussianNB(), tick=1, delay=Constant(1000),
        unanswered="wrong",
    )["online"]  # fmt: skip
    assert run.score == pytest.approx(0.700653, abs=1e-6)


def test_frozen_after_a_warm_up(elec2: Recorded) -> None:
    frozen = {"frozen": Strategy(Never())}
    run = clsim.replay(elec2, frozen, learner=naive_bayes.GaussianNB(), tick=48, warmup=1000)
    assert run["frozen"].score == pytest.approx(0.700420, abs=1e-6)
    assert run["frozen"].totals["n"] == ROWS - 1000


@pytest.fixture(scope="module")
def tiny(published_data: Any) -> Recorded:
    return Recorded(published_data("electricity_tiny.csv"), label="class")


EVERY_ROW = {"sgd": Strategy(Periodic(1), NewSinceLast(), Stateful(initial="partial_fit"))}


def test_tiny_set_with_scikit_learn(tiny: Recorded) -> None:
    learner = SGDClassifier(loss="log_loss")
    run = clsim.replay(
        tiny, EVERY_ROW, learner=learner, tick=1, unanswered="wrong", record="events"
    )["sgd"]
    assert run.predictions is not None
    right = run.predictions["y_true"] == run.predictions["y_pred"]
    assert run.score == pytest.approx(0.8575, abs=1e-9)
    assert right[-100:].mean() == pytest.approx(0.82, abs=1e-9)
    assert right.sum() / 1999 == pytest.approx(0.8579, abs=5e-5)


def test_tiny_set_with_no_change(tiny: Recorded) -> None:
    skipped, wrong = (
        clsim.replay(tiny, ONLINE, learner=dummy.NoChangeClassifier(), tick=1, unanswered=how)
        for how in ("skip", "wrong")
    )
    assert wrong["online"].score == pytest.approx(0.8595, abs=1e-9)
    assert skipped["online"].score == pytest.approx(0.8599, abs=5e-5)
    assert skipped["online"].totals["answered"] == 1999
    # the temporal kappa of a classifier that is right in 83.85 % of all rows
    baseline = wrong["online"].score
    kappa = 100 * (0.8385 - baseline) / (1 - baseline)
    assert kappa == pytest.approx(-14.946619217081869)
