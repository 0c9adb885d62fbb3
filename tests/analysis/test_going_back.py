"""What going back is worth at most: hand arithmetic, brute force, and recorded runs."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import clsim
from clsim.hindsight.going_back import best_of_trained, best_set, of_run, worths
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import evaluate, least_loss, optimum
from clsim.hindsight.regret import outside
from clsim.runs.ledger import Prices
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.triggers import Periodic
from helpers.drawn_tables import MONEY, tables
from helpers.examples import share
from helpers.fixed import Counting, labels

# a world of four seasons: models 1 and 2 know one each, and the initial model the first
SEASONS = Table(
    loss=np.array([[np.nan, 1, 9, 1, 9], [np.nan, np.nan, 1, 9, 2], [1, 9, 9, 9, 9.0]]),
    ticks=np.array([1, 2, -1]), serves=np.array([1, 2, 0]), rows=np.array([5, 5, 0]),
    n=np.full(5, 10),
)  # fmt: skip


def test_seasons_by_hand():
    both = best_of_trained(SEASONS, [1, 2], Prices(retraining=2))
    assert both.serving.tolist() == [-1, 0, 1, 0, 1]
    assert (both.loss, both.spend, both.cost) == (1 + 1 + 1 + 1 + 2, 4, 10)
    newest = best_of_trained(SEASONS, [1, 2], Prices(retraining=2), kept=0)
    assert newest.serving.tolist() == [-1, 0, 1, 1, 1]
    assert newest.cost == evaluate(SEASONS, [1, 2], Prices(retraining=2)).cost == 14 + 4
    # each model is worth 15 beside the other: 6 + 2p for both, 21 + p for the first alone ...
    assert best_set(SEASONS, Prices(retraining=14)).ticks == (1, 2)
    assert best_set(SEASONS, Prices(retraining=15.5)).ticks == (1,)
    # ... while without going back the second model forgets what the first knew
    assert optimum(SEASONS, Prices(retraining=7)).cost == 28
    assert best_set(SEASONS, Prices(retraining=7)).cost == 20


@given(tables(ticks=6, candidates=6), MONEY, st.data())
def test_more_models_kept_never_cost_more(table, prices, data):
    ticks = data.draw(st.sets(st.sampled_from(table.ticks.tolist())).map(lambda some: some - {-1}))
    costs = [best_of_trained(table, ticks, prices, kept=k).cost for k in (0, 1, 2, 9, None)]
    assert costs == sorted(costs, reverse=True)
    assert costs[0] <= evaluate(table, ticks, prices).cost  # a model that is too old gives way
    assert costs[-2] == costs[-1]
    if np.isfinite(costs[-1]):
        assert costs[-1] >= prices.error * least_loss(table)


@share(2 / 3)
@given(tables(ticks=6, candidates=5), MONEY, st.one_of(st.none(), st.integers(0, 3)))
def test_the_best_set_is_that_of_brute_force(table, prices, most):
    candidates = table.ticks[:-1].tolist()
    sizes = range(len(candidates) + 1 if most is None else min(most, len(candidates)) + 1)
    every = [some for size in sizes for some in combinations(candidates, size)]
    least = min(best_of_trained(table, some, prices).cost for some in every)
    assume(np.isfinite(least))
    best = best_set(table, prices, most=most)
    assert best.cost == pytest.approx(least)
    assert best.gap == pytest.approx(0, abs=1e-6)
    assert best.cost <= optimum(table, prices, most=most).cost


def test_a_search_that_has_no_time_says_by_how_much_it_may_be_wrong():
    loss = np.random.default_rng(0).random((81, 80))
    loss[np.arange(80) < np.append(np.arange(80), 0)[:, None]] = np.nan
    table = Table(loss, np.append(np.arange(80), -1), np.append(np.arange(80), 0),
                  np.append(np.full(80, 9), 0), np.full(80, 9))  # fmt: skip
    best = best_set(table, Prices(retraining=0.5), seconds=1e-3)
    assert best.cost <= optimum(table, Prices(retraining=0.5)).cost
    assert best.bound <= best.cost
    assert best.gap == best.cost - best.bound


def test_what_is_impossible_is_refused():
    lacking = Table(SEASONS.loss.copy(), SEASONS.ticks, SEASONS.serves, SEASONS.rows, SEASONS.n)
    lacking.loss[:, 3] = np.nan
    with pytest.raises(ValueError, match="tick 3: no model of the table can serve it"):
        best_set(lacking, Prices())
    assert best_of_trained(lacking, [1], Prices()).cost == np.inf
    for key, call in {
        "kept": lambda: best_of_trained(SEASONS, [1], Prices(), kept=-1),
        "most": lambda: best_set(SEASONS, Prices(), most=-1),
        "seconds": lambda: best_set(SEASONS, Prices(), seconds=0),
    }.items():
        with pytest.raises(ValueError, match=rf"^{key}="):
            call()


# recorded runs --------------------------------------------------------------------------------

# the labels are 0 but for rows 40 to 59, which are 1: the model of tick 4 learns them
BAD = labels((40, 0), (20, 10), (80, 0))
SETTING = {"learner": Counting(), "tick": 10, "warmup": 20}
PRICES = Prices(error=3, retraining=5)


def replay(*parts, **more):
    strategies = {"it": Strategy(Periodic(4), SlidingWindow(20), *parts, **more)}
    return clsim.replay(BAD, strategies, **SETTING)["it"]


@pytest.fixture(scope="module")
def table():
    return clsim.counterfactual(BAD, dataset=SlidingWindow(20), **SETTING)


def test_what_a_rollback_could_have_gained(table):
    # rows 40 to 59 are lost by whoever was there; rows 60 to 99 by model 1 alone
    run, back = replay(), replay(guard=RollBack(0.1, 3, window=30, min_labels=10))
    assert (run.totals["loss"], back.totals["loss"]) == (60, 30)
    frame = worths({"never": run, "back": back}, table, PRICES)
    never, gone = (frame[frame["run"] == name]["worth"].tolist() for name in ("never", "back"))
    assert never == [0, 3 * 40, 3 * 40, 3 * 40]
    assert gone == [3 * 10 - 3 * 40, 3 * 10, 3 * 10, 3 * 10]  # it went back after one tick
    assert frame["kept"].tolist()[:3] == [0, 1, 2]
    assert frame["cost"].tolist()[-1] == 3 * 30 + 5 * 2
    assert outside(back, table) == "in tick 5 it went back to a model that was trained earlier"


def test_a_run_that_the_table_does_not_know_gets_a_reason(table):
    other = clsim.replay(BAD, {"it": Strategy(Periodic(4), SlidingWindow(10))}, **SETTING)["it"]
    judged = of_run(other, table, PRICES)
    assert np.isnan(judged.worth)
    assert judged.reason.startswith("at tick 4 it trained on 10 rows")
