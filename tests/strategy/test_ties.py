"""What two models lose alike, but for the last bit of a sum, is no difference to anybody."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.optimize
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.statistics.arms import paired, split
from clsim.statistics.means import mean_above, welch
from clsim.statistics.shifts import classify, hodges_lehmann
from clsim.strategy import Strategy
from clsim.strategy.comparing import Compared
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import Floor
from clsim.strategy.online import Shadow
from clsim.strategy.online.bandit import BetterMean
from clsim.strategy.online.rules import AtTheEnd, GroupSequential, Kayenta
from clsim.strategy.triggers import At
from helpers.fixed import Counting, labels
from helpers.split import Split
from helpers.tables import Table, happened

UP, DOWN = [0.1, 0.2, 0.3], [0.3, 0.2, 0.1]


@pytest.mark.parametrize("turned", [False, True])
def test_sums_in_another_order_are_no_difference(turned):
    assert sum(UP) != sum(DOWN), "or there is nothing to see"
    old, new = (DOWN, UP) if turned else (UP, DOWN)
    its = np.arange(6) >= 3
    assert BetterMean().found(split(old + new, its, [6])).says.tolist() == [0]
    assert BetterMean().found(paired(old, new, [3])).says.tolist() == [0]
    for better in (-1e-6, 1e-6):
        tally = split([*old, *(loss + better for loss in new)], its, [6])
        assert BetterMean().found(tally).says.tolist() == [1 if better < 0 else -1]


def test_of_losses_of_both_signs_the_size_is_that_of_what_was_summed():
    old, new = [1000.1, -1000.2, 0.1], [0.1, 1000.1, -1000.2]  # 0, and rounding of 1000
    assert sum(old) != sum(new)
    assert BetterMean().found(split(old + new, np.arange(6) >= 3, [6])).says.tolist() == [0]


def test_equal_losses_have_no_spread():
    same = split([0.1] * 6 + [0.3] * 6, np.arange(12) >= 6, [12])
    assert same.error2.tolist() == [0.0]
    assert AtTheEnd().found(same).says.tolist() == [0], "nobody knows how much they differ"
    assert mean_above([0.1] * 6, 0.1).p == mean_above([0.1 + 0.2] * 6, 0.3).p == 1.0
    assert welch([0.1 + 0.2] * 6, [0.3] * 6).p == welch([0.8] * 6, [0.7] * 6, 0.1).p == 1.0
    assert mean_above([0.31] * 6, 0.3).p == 0.0


def test_netflixs_rule_on_the_bound():
    same = [0.1 + 0.2] * 4
    assert classify(hodges_lehmann(same, [0.3] * 4), tolerance=0.0) == "Pass"
    assert classify(hodges_lehmann([0.31] * 4, [0.3] * 4), tolerance=0.0) == "High"
    # of three and three ticks U is at most 3 in 7 of 20 orders: .35, the tail of the level of .3
    shift = hodges_lehmann([3.0, 6.0, 9.0], [0.0, 1.0, 2.0], 0.3)
    assert (shift.low, shift.high) == (4.0, 6.0), "the fourth from either end"
    ticks = Kayenta(level=0.3, tolerance=0.0)
    alike = paired([0.3] * 6, [0.1 + 0.2] * 6, [2, 4, 6])
    assert ticks.found(alike).says.tolist() == [0]


def test_a_lead_of_just_the_margin_is_none():
    assert 0.8 > 0.7 + 0.1, "as machines add"
    assert not Compared(10, 0.8, 0.7).better(0.1)
    assert Compared(10, 0.8, 0.7).better(0.099)
    assert not Compared(0, np.nan, np.nan).better(-1.0)


@pytest.mark.parametrize(("floor", "falls"), [(0.1, False), (0.11, True)])
def test_a_score_that_is_just_the_floor_holds(floor, falls):
    """The second model answers 1, and is right on one row of ten."""
    assert 1 - 0.9 < 0.1, "as machines subtract"
    strategy = Strategy(At([1]), SlidingWindow(100), guard=Floor(floor, window=100, min_labels=100))
    table = labels((100, 0), (100, 10), (500, 1))
    run = clsim.replay(table, {"it": strategy}, learner=Counting(), tick=100, warmup=100)["it"]
    assert run.ticks["score"].tolist()[1:] == pytest.approx(
        [0.1] * 5 if not falls else [0.1] + [0.9] * 4
    )
    assert len(happened(run, ["rollback"])) == falls


def test_bounds_are_found_once(monkeypatch):
    """Five looks of two thousand trials, one after the other: five searches."""
    searched, search = [], scipy.optimize.brentq

    def counted(*given, **more):
        searched.append(given)
        return search(*given, **more)

    monkeypatch.setattr(scipy.optimize, "brentq", counted)
    rule = GroupSequential(1000, alpha=0.0437)  # which nobody else has asked for
    for _ in range(2_000):
        for looks in range(1, 6):
            rule.bounds(200 * np.arange(1, looks + 1))
    assert len(searched) == 5
    equal = GroupSequential(1000, alpha=0.0437, spending="pocock", equal=True)
    for _ in range(2_000):
        equal.bounds(200 * np.arange(1, 6))
    assert len(searched) == 6


@pytest.mark.parametrize("online", [Split([0.0], every=99), Shadow(800, min_labels=1)])
def test_a_route_of_one_model_is_no_route_to_the_bit(online):
    """A challenger that is given no event changes no answer, and no number of a tick."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1_000, 3))
    table = Table(X, (X.sum(axis=1) + rng.normal(size=1_000) > 0).astype(int))
    strategies = {"alone": Strategy(At([])), "on trial": Strategy(At([2]), online=online)}
    alone, tried = clsim.replay(
        table, strategies, learner=GaussianNB(), tick=70, warmup=100, record="events"
    ).values()
    assert [e["reason"] for e in happened(tried, ["online_test"])], "there is a trial"
    assert alone.ticks.equals(tried.ticks)
    assert alone.predictions.equals(tried.predictions)
    (train,) = happened(tried, ["train"])
    first = tried.events[tried.events["tick"] < train["tick"]].drop(columns="seconds")
    rest = alone.events[alone.events["tick"] < train["tick"]].drop(columns="seconds")
    assert first.equals(rest)
