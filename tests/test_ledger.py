"""Quantities and what they cost, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from tables import two_clouds

import clsim
from clsim.ledger import Prices, cost, quantities, upkeep
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic

TOTALS = {"loss": 120.0, "retrainings": 3, "rows_trained": 1500, "labels": 900}


def test_costs_by_hand():
    prices = Prices(error=2, retraining=50, row=0.01, label=0.1)
    assert upkeep(TOTALS, prices) == 3 * 50 + 1500 * 0.01 + 900 * 0.1 == 255
    assert cost(TOTALS, prices) == 2 * 120 + 255
    assert cost(TOTALS, Prices()) == 120 + 3 * 20


def test_costs_of_many_runs_at_once():
    table = pd.DataFrame([TOTALS, {**TOTALS, "retrainings": 0}])
    assert cost(table, Prices()).tolist() == [180, 120]


def test_quantities_by_hand():
    ticks = pd.DataFrame({
        "slice": ["all", "a=1", "all"], "n": [10, 4, 8], "answered": [9, 4, 8],
        "errors": pd.array([2, 1, 3], "Int64"), "loss": [2.0, 1.0, 3.0],
    })  # fmt: skip
    events = pd.DataFrame(
        [
            ("initial", "warm-up", 50, 40, 0.5, None), ("label", None, 0, 7, np.nan, None),
            ("alarm", "ADWIN", 0, 0, np.nan, None), ("trigger", "t", 0, 0, np.nan, True),
            ("train", "t", 20, 5, 0.25, None), ("train", "online", 6, 0, np.nan, None),
            ("train_failed", "no", 0, 0, np.nan, None), ("train", "t", 30, 5, 0.25, None),
            ("offline_test", "worse", 5, 0, np.nan, False), ("deploy", "x", 0, 0, np.nan, None),
            ("offline_test", "better", 5, 0, np.nan, True), ("superseded", "", 0, 0, np.nan, None),
            ("label", None, 0, 3, np.nan, None),
        ],
        columns=["kind", "reason", "rows", "labels", "seconds", "accepted"],
    )  # fmt: skip
    events["accepted"] = events["accepted"].astype("boolean")
    assert quantities(ticks, events) == {
        "n": 18, "answered": 17, "errors": 5, "loss": 5, "retrainings": 2, "failed": 1,
        "rejected": 1, "superseded": 1, "deployments": 1, "rows_trained": 56, "updates": 6,
        "labels": 10, "alarms": 1, "initial_rows": 50, "initial_seconds": 0.5,
        "train_seconds": 0.5,
    }  # fmt: skip


def test_the_totals_of_a_run_by_hand():
    # 80 events in 8 ticks after a warm-up of 20; trainings on 15 rows at ticks 3 and 6
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(3), SlidingWindow(15))},
                       learner=GaussianNB(), tick=10, warmup=20)["it"]  # fmt: skip
    expected = {"n": 80, "answered": 80, "retrainings": 2, "deployments": 2, "rows_trained": 30,
                "labels": 70, "initial_rows": 15, "failed": 0}  # fmt: skip
    assert {k: run.totals[k] for k in expected} == expected
    assert run.totals["loss"] == run.totals["errors"] == run.ticks["errors"].sum()


@pytest.mark.parametrize(("given", "error", "message"), [
    ({"retrainnig": 5}, ValueError, r"^prices: unknown price 'retrainnig'; did you mean 'ret"),
    ({"error": -1}, ValueError, r"^prices.error=-1: must be at least 0"),
    ({"row": float("nan")}, ValueError, r"^prices.row=nan: expected a number"),
    ({"label": "1"}, TypeError, r"^prices.label='1': expected a number"),
])  # fmt: skip
def test_bad_prices_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        Prices.from_dict(given)
