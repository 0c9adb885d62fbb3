"""What one more label is worth, by hand."""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis import labels_by_use, marginal_labels
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.triggers import Periodic
from helpers.tables import two_clouds


def run(training, evaluation, score):
    detail = [json.dumps({"chances": "inclusion"}), json.dumps({"evaluation": True}), None]
    events = {"kind": ["buy", "buy", "train"], "labels": [training, evaluation, 99]}
    totals = {"loss": None if score is None else 1000 * (1 - score)}
    table = pd.DataFrame({**events, "detail": detail})
    return SimpleNamespace(events=table, score=score, totals=totals)


def test_by_hand():
    """.002 and .001 a label in one seed, .004 and .003 in the other."""
    base = {0: run(80, 20, 0.5), 1: run(80, 20, 0.6), 2: run(1, 1, 0.1)}
    more = {0: run(160, 40, 0.5 + 0.16 + 0.02), 1: run(160, 40, 0.6 + 0.32 + 0.06)}
    moved = {0: run(60, 40, 0.5 - 0.04 + 0.02), 1: run(60, 40, 0.6 - 0.08 + 0.06)}
    found = marginal_labels({"base": base, "more": more, "moved": moved})
    assert found["value"].tolist() == pytest.approx([0.003, 0.002])
    half = 12.706 * 0.001  # t of one degree of freedom, times the standard error
    assert found["low"].tolist() == pytest.approx([0.003 - half, 0.002 - half], rel=1e-3)
    assert found["seeds"].tolist() == [2, 2]
    assert found["reason"].isna().all()
    assert found["avoided"].tolist() == pytest.approx([3, 2]), "of the losses of 1,000 events"
    one = marginal_labels({"base": {0: base[0]}, "more": more, "moved": moved})
    assert one["value"].tolist() == pytest.approx([0.002, 0.001])
    assert one["low"].isna().all()
    assert set(one["reason"]) == {"one seed, so no interval"}


@pytest.mark.parametrize(("more", "moved", "reason"), [
    ({0: run(160, 40, 0.7)}, {0: run(240, 60, 0.8)}, "the two uses change in proportion"),
    ({0: run(160, 40, 0.7)}, {0: run(80, 20, 0.5)}, "the two uses change in proportion"),
    ({0: run(160, 40, None)}, {0: run(60, 40, 0.5)}, "a run has no score"),
    ({0: run(161, 39, 0.7)}, {0: run(319, 81, 0.8)}, "the two uses change in proportion"),
    ({1: run(160, 40, 0.7)}, {0: run(60, 40, 0.5)}, "no seed that all of them have"),
])  # fmt: skip
def test_why_there_is_none(more, moved, reason):
    found = marginal_labels({"base": {0: run(80, 20, 0.5)}, "more": more, "moved": moved})
    assert found["value"].isna().all()
    assert found["reason"].str.startswith(reason).all()


def test_by_budget_alone_training_has_a_value_and_evaluation_a_reason():
    """Least squares over three budgets: scores .5, .7, .6 at 0, 100, 200 rise by .05 a hundred."""
    every = {str(n): {0: run(n, 7, score)} for n, score in ((0, 0.5), (100, 0.7), (200, 0.6))}
    found = marginal_labels(every)
    assert found.loc["training", "value"] == pytest.approx(0.0005)
    assert found.loc["evaluation", "reason"] == "each of them bought as many labels for it"
    assert np.isnan(found.loc["evaluation", "value"])


def test_of_runs():
    strategy = Strategy(
        Periodic(9), curation=Buying(Random(), Fixed(10), natural=False, evaluation=0.3)
    )
    setting = {"learner": GaussianNB(), "tick": 50, "warmup": 50}
    found = clsim.replay(two_clouds(300), {"it": strategy}, **setting)["it"]
    assert labels_by_use(found) == {"training": 4 * 7, "evaluation": 4 * 3}
