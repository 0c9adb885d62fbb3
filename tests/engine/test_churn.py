"""Answers that a change of the champion changed, counted by hand and priced."""

import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.runs.ledger import Prices, cost
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from helpers.fixed import Counting, labels

# 0 until row 40, then 1: a model of tick 4 (row 60) answers 1, one of tick 8 too
STREAM = labels((40, 0), (80, 10))
SETTING = {"learner": Counting(), "tick": 10, "warmup": 20}


def changed(ways, **setting):
    runs = clsim.replay(STREAM, ways, **{**SETTING, **setting})
    return {name: run.ticks["changed"].tolist() for name, run in runs.items()}, runs


def test_each_deployment_by_hand(tmp_path):
    window = SlidingWindow(20)
    ways = {"never": Strategy(Never(), window), "often": Strategy(Periodic(4), window)}
    counts, runs = changed(ways, churn=20)
    assert counts["never"] == [0] * 10
    # the first change: all 20 answers of two ticks; the second champion says what the first said
    assert counts["often"] == [0, 0, 0, 0, 10, 10, 0, 0, 0, 0]
    assert changed(ways, churn=5)[0]["often"] == [0, 0, 0, 0, 10, 0, 0, 0, 0, 0]  # the whole tick
    assert changed(ways, churn=1_000)[0]["often"] == [0] * 4 + [10] * 4 + [0] * 2
    assert runs["often"].totals["changed"] == 20
    # 40 wrong answers before the first model of 1, 2 trainings, 20 changed answers
    prices = Prices(error=1, retraining=5, change=0.5)
    wrong = runs["often"].totals["loss"]
    assert cost(runs["often"].totals, prices) == wrong + 2 * 5 + 20 * 0.5
    runs["often"].save(tmp_path / "run")
    again = clsim.load(tmp_path / "run")
    pd.testing.assert_frame_equal(again.ticks, runs["often"].ticks, check_dtype=False)
    assert again.totals == runs["often"].totals


def test_the_page_has_it_and_its_price():
    window = SlidingWindow(20)
    ways = {"never": Strategy(Never(), window), "often": Strategy(Periodic(4), window)}
    found = clsim.findings(changed(ways, churn=20)[1], {"change": 3.0, "retraining": 5.0})
    paid = found["cost_parts"].set_index(["strategy", "paid_for"])["cost"]
    assert paid["often", "answers changed by a new champion"] == 60
    assert paid["never", "answers changed by a new champion"] == 0
    at = found["break_even"].set_index("price")
    # often makes 20 errors (rows 40 to 59), never 80: 60 of money, less two trainings, for 20
    assert at.loc["change", "at"] == pytest.approx((80 - 20 - 10) / 20)


def test_a_model_that_is_taken_back_changes_answers_twice():
    stream = labels((40, 0), (11, 10), (89, 0))
    guarded = Strategy(Periodic(4), SlidingWindow(20), guard=RollBack(0.1, 60, 20, 10))
    run = clsim.replay(stream, {"guarded": guarded}, **SETTING, churn=10)["guarded"]
    back = run.events.query("kind == 'rollback'")["tick"].tolist()
    assert len(back) == 1
    counted = run.ticks.set_index("tick")["changed"]
    assert counted[counted > 0].to_dict() == {4: 10, back[0]: 10}


def test_what_is_not_counted_has_no_price():
    runs = clsim.replay(STREAM, {"often": Strategy(Periodic(4))}, **SETTING)
    assert "changed" not in runs["often"].totals
    assert cost(runs["often"].totals, Prices(retraining=0)) == runs["often"].totals["loss"]
    with pytest.raises(ValueError, match=r"prices.change: there are no quantities 'changed'"):
        cost(runs["often"].totals, Prices(change=1))
    with pytest.raises(ValueError, match="churn='1d': this stream has no time"):
        clsim.replay(STREAM, {"often": Strategy(Periodic(4))}, **SETTING, churn="1d")


def test_retraining_less_often_changes_fewer_answers_and_need_not_cost_errors():
    """Zanotti (2025, arXiv 2506.05776), here of classes without a drift: 48 events a tick."""
    ways = {str(every): Strategy(Periodic(every), SlidingWindow(400)) for every in (1, 4, 16)}
    setting = {"learner": GaussianNB(), "tick": 48, "warmup": 480, "churn": 48}
    stream, totals = Synthetic(Sine(0), n=2_400, noise=0.1), []
    for seed in range(4):
        runs = clsim.replay(stream, ways, seed=seed, **setting)
        counts = [run.totals["changed"] for run in runs.values()]
        assert counts == sorted(counts, reverse=True)
        assert counts[0] > 1.5 * counts[1] > 1.5 * 1.5 * counts[2] > 0
        totals.append([run.totals["errors"] for run in runs.values()])
    every_tick, every_fourth, _ = pd.DataFrame(totals).sum()
    # of 7,680 events; two independent shares of 15 % would differ by .006 within a standard error
    assert abs(every_tick - every_fourth) < 0.006 * 4 * 1_920
