"""Run lengths of charts, and sequential tests, against published numbers."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scipy.integrate import quad

from clsim.statistics.charts import CusumChart, EwmaChart, ShewhartChart, cusum, ewma, limit_for
from clsim.statistics.sequential import (
    BettingBound,
    MeanBound,
    conformal_p,
    log_mixture,
    log_power,
    share_of,
    wald_bounds,
    wealth,
)
from helpers.quoted import NUMBER, ROOT, Page


@pytest.mark.parametrize(("chart", "quiet", "shifted"), [
    (CusumChart(4), 335.4, 8.38), (CusumChart(5), 930.9, 10.38), (ShewhartChart(3), 370.40, 43.89),
    (EwmaChart(2.814), 499.6, 10.33),
])  # fmt: skip
def test_published_run_lengths(chart, quiet, shifted):
    """Of a CUSUM: Hawkins and Olwell (1998); of an EWMA: Lucas and Saccucci (1990).

    A coarser chain of some 500 cells gives 499.5 for the EWMA; the value that cells converge to is
    499.58.
    """
    assert chart.run_length() == pytest.approx(quiet, abs=0.06)
    assert chart.run_length(shift=1) == pytest.approx(shifted, abs=0.006)


def test_run_lengths_are_those_of_the_paths():
    z = np.random.default_rng(0).normal(1, 1, (4_000, 60))
    for chart, paths in (
        (CusumChart(4), cusum(z)),
        (EwmaChart(2.814), np.abs(ewma(z)) / np.sqrt(0.1 / 1.9)),
        (ShewhartChart(1.5), np.abs(z)),
    ):
        alarm = (paths > chart.limit).argmax(axis=1) + 1
        lengths = np.where((paths > chart.limit).any(axis=1), alarm, 60)
        error = lengths.std() / np.sqrt(len(z))
        assert lengths.mean() == pytest.approx(chart.run_length(shift=1), abs=4 * error)
        within = chart.alarms_within(8, shift=1)
        assert (lengths <= 8).mean() == pytest.approx(within, abs=0.035)


def test_paths_go_on_from_where_they_were():
    z = np.random.default_rng(1).normal(size=30)
    np.testing.assert_allclose(cusum(z)[10:], cusum(z[10:], start=cusum(z)[9]), atol=1e-12)
    np.testing.assert_allclose(ewma(z)[10:], ewma(z[10:], start=ewma(z)[9]), atol=1e-12)
    by_hand, total = [], 0.0
    for value in z:
        total = max(0.0, total + value - 0.5)
        by_hand.append(total)
    np.testing.assert_allclose(cusum(z), by_hand, atol=1e-12)


def test_a_limit_gives_the_run_length_that_it_was_made_for():
    assert ShewhartChart(limit_for(ShewhartChart, 200)).run_length() == pytest.approx(200, rel=1e-4)
    assert limit_for(ShewhartChart, 370.40) == pytest.approx(3, abs=1e-4)


def test_what_is_learned_costs_false_alarms():
    chart = ShewhartChart(3)
    rng = np.random.default_rng(2)
    first, then = rng.normal(size=(8_000, 20)), rng.normal(size=(8_000, 50))
    z = (then - first.mean(1, keepdims=True)) / first.std(1, ddof=1, keepdims=True)
    drawn = (np.abs(z) > 3).any(axis=1).mean()
    assert chart.alarms_when_learned(50, 20) == pytest.approx(drawn, abs=0.02)
    assert chart.alarms_when_learned(50, 20) > 1.8 * chart.alarms_within(50)
    assert chart.alarms_when_learned(50, 10**6) == pytest.approx(chart.alarms_within(50), abs=1e-3)


@pytest.mark.parametrize("chart", [CusumChart(5), EwmaChart(2.814), ShewhartChart(3)])
def test_what_a_page_says_of_it_is_what_the_chart_says(chart):
    page = Page((ROOT / "docs" / "triggers.md").read_text("utf-8"))
    name = type(chart).__name__.removesuffix("Chart")
    [cells] = [cells for said, cells in page.rows("| chart | known |") if f"`{name}`" in said]
    found = [chart.alarms_within(370)]
    found += [chart.alarms_when_learned(370, learned) for learned in (20, 50, 100, 200, 500)]
    page.compare(name, re.findall(NUMBER, cells), found)
    assert not page.wrong


def test_wald():
    low, high = wald_bounds(0.05, 0.2)
    assert (round(high, 6), round(low, 6)) == (2.772589, -1.558145)
    assert sum(share_of(0.05, k) for k in range(1, 1_000)) == pytest.approx(0.05 * 999 / 1_000)


def test_wealth_and_martingale():
    bets = wealth([1, 1, 0, 1, 1, 1, 1, 0, 1, 1], mean=0.5, bet=1)
    assert bets[-4:].round(4).tolist() == [5.6953, 2.8477, 4.2715, 6.4072]
    sums = np.log([0.1, 0.2, 0.05, 0.5]).cumsum()
    power = np.exp(log_power(np.arange(1, 5), sums, 0.5))
    assert power.round(4).tolist() == [1.5811, 1.7678, 3.9528, 2.7951]


@pytest.mark.parametrize(("n", "s"), [(1, 2.3), (10, 5.0), (500, 480.0), (500, 600.0), (500, 30.0)])
def test_the_mixture_is_the_integral_over_all_powers(n, s):
    exact = np.log(quad(lambda e: np.exp(n * np.log(e) + (1 - e) * s), 0, 1, epsabs=0)[0])
    assert log_mixture(n, -s) == pytest.approx(exact, abs=2e-4)


def test_smoothed_p_values_are_uniform():
    assert conformal_p([], 3.0, 0.25) == 0.25
    assert conformal_p([1, 2, 3], 9.0, 1.0) == 0.25  # the largest of four
    assert conformal_p([1, 2, 3], 0.0, 1.0) == 1.0
    rng = np.random.default_rng(3)
    found = []
    for x in rng.binomial(2, 0.4, (300, 8)).astype(float):
        found.append(conformal_p(sorted(x[:-1]), x[-1], 1 - rng.random()))
    assert np.abs(np.sort(found) - (np.arange(300) + 0.5) / 300).max() < 0.11  # KS, .999


@pytest.mark.parametrize("kind", [MeanBound, BettingBound])
def test_a_bound_of_the_mean_is_the_same_however_values_come_and_rarely_wrong(kind):
    x = (np.random.default_rng(4).random((400, 400)) < 0.3).astype(float)
    if kind is BettingBound:  # a thousand means for each value
        x = x[:100, :150]
    whole = kind(0.1).after(x)
    parts = kind(0.1)
    pieces = np.concatenate([parts.after(x[:, a : a + 37]) for a in range(0, 400, 37)], axis=1)
    np.testing.assert_allclose(whole, pieces, atol=1e-12)
    most = {400: 58, 100: 20}  # the 99.9 % point of the binomial law at .1
    assert (whole[:, -1] > 0.3).sum() <= most[len(x)]
    assert (np.diff(whole) >= 0).all()
    n = x.shape[1]
    assert kind(0.1, size=n).after(x)[:, -1].mean() > whole[:, -1].mean() > 0.1


def test_betting_bounds_the_mean_by_the_wealth_of_bets_against_it():
    x = (np.random.default_rng(4).random(300) < 0.3).astype(float)
    bound = BettingBound(0.1)
    first, best = bound.after(x[:1]), bound.after(x[1:])[-1]
    assert first.tolist() == [0.0]
    # the same bets by a loop: half a value at .5, and a quarter of variance, were there before
    bets = []
    total, squares = 0.5, 0.25
    for t, value in enumerate(x, start=1):
        bets.append(np.sqrt(2 * np.log(10) / (squares / t * t * np.log1p(t))))
        total += value
        squares += (value - total / (t + 1)) ** 2
    for mean, beaten in ((best, True), (best + 0.001, False)):
        most = wealth(x, mean, np.minimum(bets, 0.5 / mean)).max()
        assert (most >= 10) == beaten
    coin = np.tile([0.0, 1.0], 50)
    assert (BettingBound(0.1).after(coin)[9:] > MeanBound(0.1).after(coin)[9:]).all()


def test_a_bound_by_hand():
    # alpha = e^-1 costs 1; the first bet is min(√(2 / (.25 · ln 2)), .5) = .5, its price ln 2 - .5
    bound = MeanBound(np.exp(-1)).after([1.0, 1.0])
    price = np.log(2) - 0.5
    first = (0.5 - 0.25 * price - 1) / 0.5
    # before the second value the mean is .75, and the variance (.25 + (1 - .75)²) / 2
    bet = min(np.sqrt(2 / ((0.25 + 0.0625) / 2 * 2 * np.log(3))), 0.5)
    second = (0.5 + bet - (0.25 + 0.0625) * price - 1) / (0.5 + bet)
    assert bound.tolist() == [max(first, 0), max(second, 0)]
