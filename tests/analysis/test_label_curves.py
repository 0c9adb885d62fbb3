"""The experiment on which labels to buy: what it compares, and what it computes of its runs."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "labels"))

import labels
import labels_drawing as drawing


def runs():
    """Two seeds of one stream: a pick that is .1 and then .3 better than random."""
    rows = []
    for seed, more in ((0, 0.1), (1, 0.3)):
        scores = {
            ("at once", "all", 1.0): 0.9, ("at once", "random", 0.1): 0.5 + seed / 10,
            ("at once", "mine", 0.1): 0.5 + seed / 10 + more, ("late", "all", 1.0): 0.8,
            ("late", "random", 0.1): 0.4, ("late", "mine, forget", 0.1): 0.4 + more,
            ("late", "mine, bagged", 0.1): 0.6,
        }  # fmt: skip
        for (when, pick, share), score in scores.items():
            rows.append({"stream": "s", "labels": when, "pick": pick, "share": share, "seed": seed,
                         "bought": 10 + 2 * seed, "accuracy": score})  # fmt: skip
    return pd.DataFrame(rows)


def test_differences_are_of_the_same_seed_and_the_same_delay():
    found = labels.curves(runs()).set_index(["labels", "pick"])
    mine = found.loc[("at once", "mine")]
    assert mine["accuracy"] == pytest.approx(0.75)
    assert mine["to_random"] == pytest.approx(0.2)
    # .1 and .3: a standard error of .1, and Student's t of one degree of freedom is 12.706
    assert mine["to_random_low"] == pytest.approx(0.2 - 1.2706, abs=1e-4)
    assert mine["to_all"] == pytest.approx(-0.15)
    assert mine["bought"] == 11
    assert found.loc[("late", "mine, bagged"), "to_forget"] == pytest.approx(0.0)  # +.1, -.1
    assert found.loc[("late", "mine, bagged"), "to_random"] == pytest.approx(0.2)
    assert found["to_forget"].notna().sum() == 1


def test_every_pick_buys_its_share_and_is_drawn():
    made = labels.strategies()
    assert len(made) == 2 + len(labels.PICKS) * len(labels.SHARES) + len(labels.PENDING)
    for (when, _, share), strategy in made.items():
        budget = strategy.curation.budget
        if share < 1:  # of so many ticks' events
            assert budget.given == pytest.approx(share * labels.TICK * budget.per)
        assert (strategy.curation.delay is None) == (when == "at once")
    drawn = [pick for picks in drawing.FAMILIES.values() for pick in picks]
    assert sorted([*drawn, "random"]) == sorted(labels.PICKS)
    assert set(drawing.LOOKS) == set(drawn)
