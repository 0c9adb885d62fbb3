"""Quantities and what they cost, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.runs.ledger import Prices, cost, quantities, training_seconds, upkeep
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from helpers.tables import two_clouds

TOTALS = {"loss": 120.0, "retrainings": 3, "rows_trained": 1500, "labels": 900, "bought": 40,
          "logged": 2000, "votes": 2700, "waited": 450.0, "looked_at": 6}  # fmt: skip


def test_costs_by_hand():
    prices = Prices(error=2, retraining=50, row=0.01, label=0.1)
    assert upkeep(TOTALS, prices) == 3 * 50 + 1500 * 0.01 + 900 * 0.1 == 255
    assert cost(TOTALS, prices) == 2 * 120 + 255
    assert cost(TOTALS, Prices()) == 120 + 3 * 20
    assert upkeep(TOTALS, Prices(retraining=0, vote=0.5, waiting=2)) == 2700 * 0.5 + 450 * 2
    assert upkeep(TOTALS, Prices(retraining=0, bought=0.5, logged=0.01)) == 40 * 0.5 + 2000 * 0.01
    assert upkeep(TOTALS, Prices(retraining=0, alarm=15)) == 6 * 15


def test_answers_are_priced_by_true_and_predicted_class():
    confusion = pd.DataFrame({
        "slice": ["all"] * 4 + ["a=1"], "y_true": ["no", "no", "yes", "yes", "yes"],
        "y_pred": ["no", "yes", "no", "yes", "no"], "n": [50, 4, 3, 20, 3],
    })  # fmt: skip
    prices = Prices(error=[[0, 1], [10, 0.5]])
    assert cost(TOTALS, prices, confusion, ["no", "yes"]) == 4 + 3 * 10 + 20 * 0.5 + 3 * 20
    with pytest.raises(ValueError, match=r"^prices.error: a matrix of 2 classes, and .* has 3"):
        cost(TOTALS, prices, confusion, ["no", "perhaps", "yes"])


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
            ("initial", "warm-up", 50, 40, 0.5, None), ("label", None, 21, 7, np.nan, None),
            ("alarm", "ADWIN", 0, 0, np.nan, None), ("trigger", "t", 0, 0, np.nan, True),
            ("train", "t", 20, 5, 0.25, None), ("train", "row_by_row", 6, 0, np.nan, None),
            ("train_failed", "no", 0, 0, np.nan, None), ("train", "t", 30, 5, 0.25, None),
            ("offline_test", "worse", 5, 0, np.nan, False), ("deploy", "x", 0, 0, np.nan, None),
            ("offline_test", "better", 5, 0, np.nan, True), ("superseded", "", 0, 0, np.nan, None),
            ("label", None, 9, 3, np.nan, None), ("label", "revision", 0, 2, np.nan, None),
            ("buy", "random", 0, 9, np.nan, None), ("label", "bought", 8, 4, np.nan, None),
            ("online_test", "begins", 0, 0, np.nan, None), ("online_test", "no", 0, 0, 0, False),
            ("online_test", "yes", 0, 0, np.nan, True), ("rollback", "bad", 0, 0, np.nan, None),
            ("reuse", "fits", 0, 0, np.nan, None),
            ("alarm", "seen", 0, 0, np.nan, True), ("alarm", "missed", 0, 0, np.nan, False),
        ],
        columns=["kind", "reason", "rows", "labels", "seconds", "accepted"],
    )  # fmt: skip
    events["accepted"] = events["accepted"].astype("boolean")
    events["duration"] = [0, 7 * 36, *[0] * 10, 3 * 12, *[0] * 10]
    in_time = events.assign(duration=pd.to_timedelta(events["duration"], unit="h"))
    assert quantities(ticks, in_time, True, 9)["waited"] == 7 * 1.5 + 3 * 0.5
    assert quantities(ticks, events, False, 9) == {
        "n": 18, "answered": 17, "errors": 5, "loss": 5, "retrainings": 2, "failed": 1,
        "rejected": 1, "superseded": 1, "deployments": 1, "rows_trained": 56, "updates": 6,
        "labels": 10, "bought": 9, "logged": 18, "profiles": 0, "megabytes": 18 * 9 / 1e6,
        "votes": 38, "waited": 7 * 36 + 3 * 12, "revisions": 2, "trials": 2, "rollbacks": 1,
        "reuses": 1, "alarms": 3, "looked_at": 2, "deleted": 0, "reviews": 0,
        "adaptations": 0, "repairs": 0, "initial_rows": 50,
    }  # fmt: skip
    verdict = events["accepted"].astype("Int8").fillna(-1).to_numpy(np.int8)  # as a replay notes it
    columns = {**{name: events[name].to_numpy() for name in events}, "accepted": verdict}
    assert quantities(ticks, columns, False, 9) == quantities(ticks, events, False, 9)
    assert training_seconds(events) == (0.5, 0.5)


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
    ({"floor": "high"}, TypeError, r"^prices.floor='high': expected a number"),
    ({"error": "cheap"}, TypeError, r"^prices.error='cheap': expected a number"),
    ({"error": [[0, 1]]}, ValueError, r"^prices.error=\[\[0, 1\]\]: a number, or a matrix"),
    ({"error": [[0, 1], [-5, 0]]}, ValueError, r"^prices.error\[1\]\[0\]=-5: must be at least 0"),
])  # fmt: skip
def test_bad_prices_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        Prices.from_dict(given)
