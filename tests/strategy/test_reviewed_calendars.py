"""Calendars that review themselves, where what a model loses by age is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyRegressor
from test_triggers import DAILY

import clsim
from clsim.statistics.periods import square_root_period
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import AnyOf, GridCalendar, Never, SquareRootCalendar
from helpers.tables import Table

EVENTS, TICKS, SPEED = 100, 90, 0.01


def trained(trigger, y):
    """Ticks at which a model of the last tick's mean label was trained."""
    stream = Table(np.zeros((len(y), 1)), y, classes=())
    run = clsim.replay(
        stream, {"it": Strategy(trigger, SlidingWindow(EVENTS))}, learner=DummyRegressor(),
        loss="absolute", tick=EVENTS, warmup=EVENTS,
    )["it"]  # fmt: skip
    events = run.events
    return events["tick"][events["kind"] == "train"].tolist()


def climbing():
    """A label that climbs by SPEED a tick: a model of age a is off by SPEED (a + 1)."""
    return SPEED * (np.arange((TICKS + 1) * EVENTS) // EVENTS)


def staying():
    """Labels of 0 and 1 in turn: every model is off by a half, whatever its age."""
    return np.arange((TICKS + 1) * EVENTS) % 2.0


def test_the_calendar_settles_at_the_period_of_the_law():
    # sqrt(2 · 50 / (2 · 100 · .01)) = sqrt(50) = 7.07, so every 7 ticks
    assert square_root_period(50, 2, SPEED, EVENTS) == pytest.approx(50**0.5)
    calendar = SquareRootCalendar(review=20, price=50, error=2, every=3)
    # every 3 ticks until the review at tick 20, when the last training was 2 ticks ago
    expected = [3, 6, 9, 12, 15, 18, *range(25, TICKS, 7)]
    assert trained(calendar, climbing()) == expected
    assert trained(AnyOf([calendar, Never()]), climbing()) == expected  # started afresh each time


def test_four_times_the_price_doubles_the_period():
    calendar = SquareRootCalendar(review=20, price=200, error=2, every=3)
    assert np.diff(trained(calendar, climbing()))[6:].tolist() == [14] * 4  # sqrt(200) = 14.1


def test_the_grid_finds_its_best():
    # by tick: 50 / k + 2 · 100 · .01 (k + 1) / 2, at 3, 6, 12: 20.67, 15.33, 17.17
    calendar = GridCalendar([3, 6, 12], review=20, price=50, error=2)
    ticks = trained(calendar, climbing())
    # at tick 20 ages 0 to 2 are known: older ones are taken to lose what age 2 does, so 12 is tried
    assert ticks[:7] == [3, 6, 9, 12, 15, 18, 30]
    # at tick 40 all ages to 11 have been seen
    assert ticks[7:] == list(range(40, TICKS, 6))


def test_without_decay_nothing_is_trained_any_more():
    first = [3, 6, 9, 12, 15, 18]
    assert trained(SquareRootCalendar(20, 50, every=3), staying()) == first
    longest = SquareRootCalendar(20, 50, every=3, longest=30)
    assert trained(longest, staying()) == [*first, 48, 78]
    assert trained(GridCalendar([3, 12, 30], 20, 50), staying()) == [*first, 48, 78]


def test_hedging_draws_and_comes_to_the_best():
    # at rate sqrt(8 ln 2 / n) the dearer of two has exp(-sqrt(8 n ln 2)): .002 after 7 reviews
    calendar = GridCalendar([3, 60], review=10, price=500, by="hedge", random_state=1)
    calendar.bind(DAILY)
    ages, losses = np.array([0, 59]), np.array([0.0, 0.0])
    drawn = [calendar.period(ages, losses, 100, 10 * n) for n in range(400)]
    assert set(drawn[:8]) == {3, 60}
    assert set(drawn[8:]) == {60}
    assert drawn == [calendar.period(ages, losses, 100, 10 * n) for n in range(400)]


def test_too_few_labels_change_nothing():
    calendar = SquareRootCalendar(20, 50, every=3, min_labels=TICKS * EVENTS + 1)
    assert trained(calendar, climbing()) == list(range(3, TICKS, 3))
    one_age = SquareRootCalendar(20, 50, every=1)  # models of age 0 alone
    assert trained(one_age, climbing()) == list(range(1, TICKS))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SquareRootCalendar(0, 50), "^review=0: must be above 0"),
    (lambda: SquareRootCalendar("1h", 50), "^trigger.review='1h': not a whole number of ticks"),
    (lambda: SquareRootCalendar(5, 0), "^price=0: must be above 0"),
    (lambda: SquareRootCalendar(5, 50, -1), "^error=-1: must be above 0"),
    (lambda: SquareRootCalendar(5, 50, every=9, longest=8), "^trigger.longest=8: must be at least"),
    (lambda: GridCalendar([], 5, 50), r"^periods=\[\]: give at least one"),
    (lambda: GridCalendar([0, 2], 5, 50), r"^periods\[0\]=0: must be above 0"),
    (lambda: GridCalendar([3, 2], 5, 50), r"^trigger.periods=\[3, 2\]: must ascend; sort them"),
    (lambda: GridCalendar(["2d", 2], 5, 50), r"^trigger.periods=\['2d', 2\]: must ascend"),
    (lambda: GridCalendar([1], 5, 50, by="lead"), "^by: unknown value 'lead'; did you mean"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make().bind(DAILY)
