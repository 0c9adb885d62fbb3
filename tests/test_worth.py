"""What three parts of the loop are worth, on streams that a reader can draw."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "worth"))

import loop_worth as worth

PRICE = 1.0  # of a label


def errors(table):
    return table["errors"].unstack("strategy")


def test_a_rollback_is_worth_money_where_the_drift_passes():
    table = worth.rollback("passing")
    by = errors(table)
    # the training at event 6,000 learned what has just ended, and the next is 2,000 events later:
    # the guard spares some 1,500 errors in between
    assert (by["kept"] - by["guarded"] > 1_200).all()
    assert (table["rollbacks"].unstack("strategy")["guarded"] >= 1).all()


def test_and_not_where_it_is_for_good():
    by = errors(worth.rollback("for good"))
    assert (by["guarded"] - by["kept"]).abs().max() < 30
    assert abs((by["guarded"] - by["kept"]).mean()) < 10


@pytest.mark.slow
def test_a_shadow_stops_bad_challengers_that_a_gate_with_too_few_labels_lets_through():
    table = worth.shadow()
    by, deployed = errors(table), table["deployments"].unstack("strategy")
    # nothing drifts, so whoever was trained on 100 labels is worse than the first, on 2,000
    assert (by["no test"] - by["never"] > 500).all()
    assert (by["gate"] - by["never"]).mean() > 500, "8 labels let a quarter of them through"
    assert (deployed["gate"] >= 3).all()
    assert (by["gate, then shadow"] - by["never"]).mean() < 150
    assert (deployed["gate, then shadow"] == 0).sum() >= 4
    assert table["trials"].unstack("strategy")["gate, then shadow"].min() >= 2


@pytest.mark.slow
def test_a_tenth_of_the_labels_reaches_the_score_of_all():
    table = worth.labels()
    by = table["accuracy"].unstack("strategy")
    assert (by["all labels"] - by["a tenth"] < 0.01).all(), "a point of accuracy, for every seed"
    assert (by["a tenth"] - by["never"]).mean() > 0.05
    paid = PRICE * (table["labels"] + table["bought"]).unstack("strategy")
    assert (paid["a tenth"] / paid["all labels"]).to_numpy() == pytest.approx(0.1)
