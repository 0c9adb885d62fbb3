"""The Phishing set that comes with river, one row at a time."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from river import datasets, dummy, linear_model, naive_bayes, optim, preprocessing

import clsim
from clsim.strategy import Strategy
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never
from clsim.streams import Recorded

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def phishing() -> Recorded:
    rows = [{**x, "phishing": y} for x, y in datasets.Phishing()]
    return Recorded(pd.DataFrame(rows), label="phishing")


@pytest.mark.parametrize(
    ("learner", "score", "answered"),
    [
        (
            preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.005)),
            0.8872,
            1250,
        ),
        (naive_bayes.GaussianNB(), 0.884708, 1249),
        (dummy.NoChangeClassifier(), 0.515612, 1249),
    ],
    ids=["regression", "bayes", "no-change"],
)
def test_prequential(phishing: Recorded, learner: Any, score: float, answered: int) -> None:
    strategies = {"online": Strategy(Never(), training=RowByRow())}
    run = clsim.replay(phishing, strategies, learner=learner, tick=1)["online"]
    assert run.score == pytest.approx(score, abs=1e-6)
    assert run.totals["answered"] == answered
