"""What each way of rolling out costs, on a stream that a reader can draw."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "rollout"))

import rules
import ways


def test_a_challenger_that_has_learned_what_has_just_ended():
    table = ways.ways("passing", seeds=[0])
    wrong = table["wrong"]
    assert wrong["at once"] > 2_600, "of 3,000"
    assert table["promoted"].drop("at once").sum() == 0
    # a twentieth of 500 events at .9 more errors are some 22 in all
    assert 0 < wrong["canary"] - wrong["shadow"] < 40
    assert 350 < wrong["A/B"] - wrong["shadow"] < 550, "half of 1,000 events"
    assert wrong["A/B, Wald"] < wrong["A/B"] - 150, "it ends as soon as it knows"
    assert wrong["Thompson"] < wrong["A/B"] - 250, "half of its first labels' time, and no more"


def test_a_challenger_that_is_the_only_one_that_is_right():
    table = ways.ways("for good", seeds=[0])
    assert (table["promoted"] == 1).all()
    wrong = table["wrong"]
    assert wrong["at once"] < wrong["A/B, Wald"] < wrong["A/B"] < wrong["shadow"] < wrong["canary"]


def test_labels_late_by_class_break_the_level_and_mature_rows_do_not():
    table = rules.late_by_class(trials=300)
    # half of 522 labels are positive: .085 over sqrt(.304 / 522) is 3.52, 1.56 beyond 1.96
    assert table.loc["as they come", "better"] == pytest.approx(0.94, abs=0.05)
    assert table.loc["as they come", "worse"] == 0
    assert table.loc["mature"].sum() == pytest.approx(0.05, abs=0.04)


def test_users_of_twenty_events_break_the_level_and_a_look_by_users_does_not():
    table = rules.by_user(trials=300)
    # variances are 1 + 19 * .1 = 2.9 times as large: 1.96 / 1.70 is exceeded with a chance of .25
    assert table["by rows"].item() == pytest.approx(0.25, abs=0.08)
    assert table["by users"].item() == pytest.approx(0.05, abs=0.04)
