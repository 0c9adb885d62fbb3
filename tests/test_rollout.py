"""What each way of rolling out costs, on a stream that a reader can draw."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "rollout"))

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
