"""A world whose drift has constant speed: the best period is that of the square-root law."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.hindsight.schedules import all_periodic
from clsim.runs.ledger import Prices
from clsim.statistics.periods import square_root_period
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from helpers.tables import Table

pytestmark = pytest.mark.slow

TICKS, EVENTS, SPEED = 360, 250, 0.001
"""Ticks, events in each, and what a model loses more per event as it gets a tick older."""

SETTING = {"learner": LogisticRegression(C=1e6), "tick": EVENTS, "warmup": 4 * EVENTS}


def turning():
    """The border between two classes turns by the same angle in every tick.

    Inputs are round, so a model whose border is off by an angle is wrong with the chance angle / pi
    (SPEED a tick), however far it has turned.
    """
    rng = np.random.default_rng(11)
    n = (TICKS + 4) * EVENTS
    X = rng.normal(size=(n, 2))
    angle = np.pi * SPEED * np.arange(n) / EVENTS
    return Table(X, (X[:, 0] * np.cos(angle) + X[:, 1] * np.sin(angle) > 0).astype(int))


@pytest.fixture(scope="module")
def table():
    return clsim.counterfactual(turning(), dataset=SlidingWindow(2 * EVENTS), **SETTING)


def test_a_model_loses_the_same_more_with_every_tick(table):
    by_age = [np.diagonal(table.loss[:-1], age).mean() / EVENTS for age in range(100)]
    slope = np.polyfit(np.arange(100), by_age, 1)[0]
    assert slope == pytest.approx(SPEED, rel=0.03)


@pytest.mark.parametrize("wanted", [6, 12, 24, 48])
def test_the_best_period_is_that_of_the_law(table, wanted):
    price = EVENTS * SPEED * wanted**2 / 2
    assert square_root_period(price, 1, SPEED, EVENTS) == pytest.approx(wanted)
    prices = Prices(error=1, retraining=price)
    cost = all_periodic(table, 100, prices).groupby("every")["cost"].mean()
    grid = [3, 6, 12, 24, 48, 96]
    assert cost[grid].idxmin() == wanted
    assert abs(cost.idxmin() - wanted) <= max(1, 0.25 * wanted)


@pytest.mark.slow
def test_the_sweep_recommends_it():
    from clsim.analysis.choice.choose import recommend
    from clsim.analysis.compare.comparison import settings
    from clsim.runs.run import Runs

    ways = {
        f"every {k}": Strategy(Periodic(k), SlidingWindow(2 * EVENTS)) for k in (3, 6, 12, 24, 48)
    }
    runs = clsim.replay(turning(), ways, **SETTING)
    [setting] = settings(Runs(runs, []))
    price = EVENTS * SPEED * 12**2 / 2
    assert recommend(setting, Prices(error=1, retraining=price)).strategy == "every 12"
