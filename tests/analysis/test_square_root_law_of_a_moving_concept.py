"""The square-root law, end to end, where a generated concept moves at constant speed."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.analysis.choice.choose import recommend
from clsim.analysis.compare.comparison import settings
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from clsim.statistics.periods import square_root_period
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Hyperplane
from clsim.streams.drift import Incremental

TICKS, EVENTS, ANGLE = 300, 250, 0.45
"""Ticks, events in each, and how far the line turns to either side of the diagonal (radians).

So little that it turns nearly as fast at the ends as in the middle.
"""

WINDOW = SlidingWindow(2 * EVENTS)
PERIODS = (2, 4, 8, 16, 32, 64)


def line(angle):
    return Hyperplane(2, weights=[np.cos(np.pi / 4 + angle), np.sin(np.pi / 4 + angle)])


@pytest.fixture(scope="module")
def sweep():
    """How much more a model loses per event as it gets a tick older; and the runs of a sweep."""
    n = (TICKS + 4) * EVENTS
    stream = Synthetic(line(-ANGLE), [Incremental(line(ANGLE), at=n // 2, width=n)], n=n)
    given = {"learner": LogisticRegression(C=1e6), "tick": EVENTS, "warmup": 4 * EVENTS, "seed": 1}
    table = clsim.counterfactual(stream, dataset=WINDOW, candidates=5, largest_age=60, **given)
    ages = np.arange(0, 60)
    lost = [
        np.nanmean(table.loss[np.arange(len(table.ticks) - 1 - 12), table.ticks[:-13] + age])
        for age in ages
    ]
    speed = np.polyfit(ages, np.array(lost) / EVENTS, 1)[0]
    runs = clsim.replay(
        stream, {f"every {k}": Strategy(Periodic(k), WINDOW) for k in PERIODS}, **given
    )
    [setting] = settings(Runs(runs, []))
    return speed, setting


@pytest.mark.parametrize("wanted", [4, 8, 16, 32])
@pytest.mark.slow
def test_the_recommended_period_is_that_of_the_law_within_the_grid(sweep, wanted):
    speed, setting = sweep
    price = EVENTS * speed * wanted**2 / 2
    assert square_root_period(price, 1, speed, EVENTS) == pytest.approx(wanted)
    assert recommend(setting, Prices(error=1, retraining=price)).strategy == f"every {wanted}"
