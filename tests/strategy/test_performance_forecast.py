"""When a new model is forecast to save more than it costs, where what models lose is known."""

import numpy as np
import pytest
from test_reviewed_calendars import climbing, staying, trained

from clsim.strategy.triggers import PerformanceForecast
from clsim.strategy.triggers.forecast import excess_of


def test_the_excess_by_hand():
    # slope (.2 - .1) / 2 = .05, residuals -.05, .1, -.05 of one degree of freedom: variance of the
    # slope .015 / 2; at an age of 4 the excess is .2, with an error of 4 sqrt(.0075) = .3464
    found = excess_of(np.arange(3), np.array([0.1, 0.3, 0.2]), np.ones(3), np.zeros(3, bool), 4)
    assert found.mean == pytest.approx(0.2)
    assert found.error == pytest.approx(4 * 0.0075**0.5)
    assert found.freedom == 1
    assert found.quantile(0.25) == pytest.approx(0.2 - 4 * 0.0075**0.5)  # Student's t of 1 is 1


def test_a_sudden_rise_is_the_champions_own_and_not_put_down_to_age():
    ages, own = np.array([0, 1, 2, 3] * 2), np.arange(8) > 3
    for age in (4, 40):
        found = excess_of(ages, np.where(own, 0.3, 0.1), np.full(8, 50), own, age)
        assert found.mean == pytest.approx(0.2)


def test_many_events_of_a_tick_count_more_than_few():
    # two ticks at age 0 that lost 0 and .4: weighted 3 to 1 their mean is .1, so the slope is .3
    ages, losses = np.array([0, 0, 1]), np.array([0.0, 0.4, 0.4])
    found = excess_of(ages, losses, np.array([30, 10, 20]), np.zeros(3, bool), age=1)
    assert found.mean == pytest.approx(0.3)


@pytest.mark.parametrize("ages", [[0, 0, 0], [0, 1]])
def test_no_forecast_without_two_ages_or_a_degree_of_freedom(ages):
    n = len(ages)
    assert excess_of(np.array(ages), np.ones(n), np.ones(n), np.zeros(n, bool), 3) is None


def test_it_trains_as_soon_as_the_saving_exceeds_the_price():
    # 100 events a tick for 10 ticks at .01 more by tick of age: a model of age 5 loses 50 more
    assert trained(PerformanceForecast(49, 10), climbing()) == list(range(5, 90, 5))
    assert trained(PerformanceForecast(51, 10), climbing()) == list(range(6, 90, 6))
    assert trained(PerformanceForecast(98, 10, error=2), climbing()) == list(range(5, 90, 5))
    assert trained(PerformanceForecast(98, 20), climbing()) == list(range(5, 90, 5))


def test_nothing_is_trained_where_nothing_decays():
    assert trained(PerformanceForecast(1, 10), staying()) == []


def test_what_is_uncertain_waits():
    rng = np.random.default_rng(0)
    y = climbing() + np.repeat(rng.normal(0, 0.03, 91), 100)
    bold, careful = (
        trained(PerformanceForecast(40, 10, confidence=level), y) for level in (0.5, 0.99)
    )
    assert careful[0] > bold[0]
    assert len(careful) < len(bold)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: PerformanceForecast(0, 10), "^price=0: must be above 0"),
    (lambda: PerformanceForecast(5, 0), "^horizon=0: must be above 0"),
    (lambda: PerformanceForecast(5, 1, confidence=1), "^confidence=1: nothing is certain"),
    (lambda: PerformanceForecast(5, 1, window=50), "^min_labels=100: must be at most 50"),
    (lambda: trained(PerformanceForecast(5, "1h"), staying()), "^trigger.horizon='1h': "),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
