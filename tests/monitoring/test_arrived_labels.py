"""What arrived labels say where delays depend on the outcome, in a world whose answer is known."""

import numpy as np
import pytest

from clsim.monitoring import arrived
from clsim.statistics.picked import weighted_mean
from clsim.statistics.waiting import censored, truncated

ERROR, SLOW, FAST = 0.1, 10.0, 2.0
N = 400
PLACES = (np.arange(N) + 0.5) / N


def world(day, rate=50):
    """Events at a constant rate; each stands for all delays of its outcome, at even quantiles.

    Wrong answers are known after an exponential time with mean 10 d, right ones after 2 d.

    Returns ages, delays, losses and how much each row stands for.
    """
    ages = day - (np.arange(day * rate) + 0.5) / rate
    exponential = -np.log1p(-PLACES)
    delays = np.concatenate([SLOW * exponential, FAST * exponential])
    losses = np.repeat([1.0, 0.0], N)
    stands = np.where(losses == 1, ERROR, 1 - ERROR)
    every = np.repeat(ages, len(delays))
    return every, np.tile(delays, len(ages)), np.tile(losses, len(ages)), np.tile(stands, len(ages))


def said(keep, losses, stands):
    return float(losses[keep] @ stands[keep] / stands[keep].sum())


def test_labels_as_they_come_say_less_than_half_of_the_error():
    ages, delays, losses, stands = world(10)
    assert said(delays <= ages, losses, stands) == pytest.approx(0.0485, abs=1e-4)


@pytest.mark.parametrize(("least", "error"), [(9.07, 0.073), (23.0, 0.0935)])
def test_maturity_goes_by_the_slowest_outcome(least, error):
    """A week of events, the youngest as old as 95 % or 99 % of all delays are long."""
    ages, delays, losses, stands = world(30, rate=20)
    week = np.flatnonzero(ages <= least + 7)
    rows = week[arrived.mature(ages[week], (delays <= ages)[week], least).rows]
    assert said(rows, losses, stands) == pytest.approx(error, abs=5e-4)
    # these are the ages by which 95 % and 99 % of all labels are there
    share = stands @ (delays <= least) / stands.sum()
    assert share == pytest.approx({9.07: 0.95, 23.0: 0.99}[least], abs=0.001)


def sample(by_outcome, n=20_000, seed=5):
    """Two classes, answered wrongly with .3 and .1; delays by class, or by being right."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, n)
    losses = (rng.random(n) < np.where(truth, 0.3, 0.1)).astype(float)
    slow = losses if by_outcome else truth
    delays = rng.exponential(np.where(slow == 1, SLOW, FAST))
    ages = 60 * (1 - (np.arange(n) + 0.5) / n)
    delays[delays > ages] = np.nan
    return truth, losses, delays, ages


@pytest.mark.parametrize("by", arrived.KINDS)
def test_weights_mend_a_delay_that_depends_on_the_class(by):
    truth, losses, delays, ages = sample(by_outcome=False)
    come, young = ~np.isnan(delays), ages < 12
    weights = arrived.weights(delays, ages, truth, by)
    assert losses[come & young].mean() < 0.175
    assert weighted_mean(losses[young], weights[young]) == pytest.approx(0.2, abs=0.01)


def test_weights_by_class_do_not_mend_a_delay_that_depends_on_being_right():
    truth, losses, delays, ages = sample(by_outcome=True)
    young = ages < 12
    weights = arrived.weights(delays, ages, truth, "class")
    assert weighted_mean(losses[young], weights[young]) < 0.15, "the truth is .2"
    old = arrived.mature(ages, ~np.isnan(delays), least=40).rows
    assert losses[old].mean() == pytest.approx(0.2, abs=0.01)


@pytest.mark.parametrize("estimate", [censored, truncated])
def test_the_share_that_has_come_by_an_age(estimate):
    rng = np.random.default_rng(6)
    ages, delays = rng.uniform(0, 20, 20_000), rng.exponential(3, 20_000)
    come = delays <= ages
    if estimate is censored:
        found = censored(np.where(come, delays, np.nan), ages)
    else:
        found = truncated(delays[come], ages[come])
    asked = np.array([0.0, 1, 3, 9])
    np.testing.assert_allclose(found(asked), 1 - np.exp(-asked / 3), atol=0.015)


def test_a_label_stands_for_no_more_than_is_said():
    delays, ages = np.array([1.0, 8.0, np.nan]), np.array([9.0, 9.0, 1.0])
    # of the three there is one label after 1; two thirds waited on, and one of two came at 8
    assert arrived.weights(delays, ages, np.zeros(3), "slice")[0] == pytest.approx(1)
    assert arrived.weights(delays, np.array([1.0, 9, 1]), np.zeros(3), "slice", 2.0)[0] == 2.0


def test_who_is_skipped_lies_between_the_oldest_that_counts_and_maturity():
    ages, known = np.arange(10.0, 0, -1), np.array([0, 1, 0, 1, 1, 0, 1, 1, 0, 0], dtype=bool)
    # at least 4 old: places 0 to 6, of which 1, 3, 4 and 6 have a label
    assert arrived.mature(ages, known, 4).rows.tolist() == [1, 3, 4, 6]
    assert arrived.mature(ages, known, 4).skipped == 2
    assert arrived.mature(ages, known, 4, window=2).rows.tolist() == [4, 6]
    assert arrived.mature(ages, known, 4, window=2).skipped == 1
    assert arrived.mature(ages, known & (ages < 4), 4).skipped == 7
