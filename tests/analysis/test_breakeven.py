import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clsim.analysis.cost.breakeven import break_even, cheapest, price_ranges, switches
from clsim.runs.ledger import Prices, cost

PRICES = Prices(error=2.0, retraining=5.0, row=0.01, label=0.5)
COLUMNS = ["strategy", "seed", "loss", "retrainings", "rows_trained", "labels"]


def table(*rows, prices=PRICES):
    """Totals of runs, and what they cost."""
    found = pd.DataFrame(rows, columns=COLUMNS).assign(votes=0, waited=0.0)
    return found.assign(total=cost(found, prices))


def constant(losses, retrainings):
    """One seed of some strategies that differ in losses and retrainings alone."""
    names = "abcdefgh"
    pairs = zip(losses, retrainings, strict=True)
    return table(*[(names[i], 1, loss, number, 0, 0) for i, (loss, number) in enumerate(pairs)])


def test_by_hand():
    # A: 2·100 + .01·1000 + .5·40 = 230 beside 10 retrainings; B: 2·160 + 0 + .5·40 = 340 beside 2:
    # (340 - 230) / (10 - 2) = 13.75
    found = break_even(
        table(("A", 1, 100, 10, 1000, 40), ("B", 1, 160, 2, 0, 40)), PRICES, "retraining", "A", "B"
    )
    assert found.at == pytest.approx(13.75)
    assert (found.below, found.above, found.now) == ("A", "B", 5.0)
    swapped = break_even(
        table(("A", 1, 100, 10, 1000, 40), ("B", 1, 160, 2, 0, 40)), PRICES, "retraining", "B", "A"
    )
    assert (swapped.at, swapped.below, swapped.above) == (found.at, "A", "B")


@pytest.mark.parametrize(
    "price", ["error", "retraining", "row", "label", "vote", "waiting", "alarm"]
)
def test_at_the_break_even_the_two_cost_the_same(price):
    runs = table(("A", 1, 100, 10, 5000, 40), ("B", 1, 160, 2, 300, 10))
    runs = runs.assign(votes=[5, 30], waited=[20.0, 3.0], looked_at=[0, 4])
    runs["total"] = cost(runs, PRICES)
    found = break_even(runs, PRICES, price, "A", "B")
    if np.isnan(found.at):
        assert found.below == found.above
        others = [cost(runs, Prices(**{**vars(PRICES), price: at})) for at in (0, 1, 1e6)]
        cheap = {runs["strategy"][int(np.argmin(c))] for c in others}
        assert cheap == {found.below}
        return
    a, b = cost(runs, Prices(**{**vars(PRICES), price: found.at}))
    assert a == pytest.approx(b)
    for value, name in ((found.at * 0.9, found.below), (found.at * 1.1, found.above)):
        totals = cost(runs, Prices(**{**vars(PRICES), price: value}))
        assert runs["strategy"][int(np.argmin(totals))] == name


def test_none_where_the_quantities_are_equal():
    found = break_even(constant([50, 60], [3, 3]), PRICES, "retraining", "a", "b")
    assert np.isnan(found.at)
    assert "equal quantities" in found.reason
    assert found.below is None


def test_a_negative_one_is_not_reported():
    # fewer retrainings and fewer errors: the cheaper at every price
    found = break_even(constant([50, 60], [3, 7]), PRICES, "retraining", "a", "b")
    assert np.isnan(found.at)
    assert found.reason == "'a' is the cheaper at every price"
    assert (found.below, found.above) == ("a", "a")


def test_ratio_of_means_and_not_the_mean_of_ratios():
    # differences in money 20 and 60, in retrainings 1 and 9: 40 / 5 = 8, not (20 + 60/9) / 2 = 13.3
    prices = Prices(error=1.0, retraining=0.0)
    runs = table(
        ("A", 1, 0, 1, 0, 0), ("B", 1, 20, 0, 0, 0), ("A", 2, 0, 9, 0, 0), ("B", 2, 60, 0, 0, 0),
        prices=prices,
    )  # fmt: skip
    found = break_even(runs, prices, "retraining", "A", "B")
    assert found.at == pytest.approx(8.0)
    # every resample is one of (20, 1), (80, 10), (60, 9): ratios 20, 8 and 6.67
    assert (found.low, found.high) == (pytest.approx(60 / 9), pytest.approx(20.0))


def test_no_interval_for_one_seed_or_an_unsure_sign():
    one = break_even(constant([50, 40], [1, 3]), PRICES, "retraining", "a", "b")
    assert np.isfinite(one.at)
    assert np.isnan(one.low)
    assert one.reason == "one seed: no interval"
    runs = table(
        ("A", 1, 10, 5, 0, 0), ("B", 1, 30, 2, 0, 0), ("A", 2, 10, 2, 0, 0), ("B", 2, 30, 4, 0, 0)
    )  # fmt: skip
    unsure = break_even(runs, PRICES, "retraining", "A", "B")
    assert unsure.at == pytest.approx(2 * 40 / 1)
    assert np.isnan(unsure.high)
    assert "no sure sign" in unsure.reason


def test_the_interval_is_cut_at_zero():
    prices = Prices(error=1.0, retraining=0.0)
    runs = table(
        ("A", 1, 0, 1, 0, 0), ("B", 1, 30, 0, 0, 0), ("A", 2, 10, 1, 0, 0), ("B", 2, 0, 0, 0, 0),
        prices=prices,
    )  # fmt: skip
    # resamples save 30, 10 and -10 by one retraining; no price is negative
    found = break_even(runs, prices, "retraining", "A", "B")
    assert (found.at, found.low, found.high) == (10.0, 0.0, 30.0)


def test_only_seeds_that_both_have_count():
    runs = table(("A", 1, 10, 5, 0, 0), ("B", 1, 30, 1, 0, 0), ("A", 2, 999, 50, 0, 0))
    assert break_even(runs, PRICES, "retraining", "A", "B").at == pytest.approx(2 * 20 / 4)
    with pytest.raises(ValueError, match="no seed that all of them have"):
        break_even(table(("A", 1, 1, 1, 0, 0), ("B", 2, 1, 2, 0, 0)), PRICES, "row", "A", "B")


@pytest.mark.slow
def test_the_interval_covers():
    rng = np.random.default_rng(5)
    prices, hits = Prices(error=1.0, retraining=0.0), 0
    for _ in range(200):
        saved, more = rng.normal(100, 20, 12), rng.normal(10, 2, 12)
        runs = pd.DataFrame({"strategy": ["A"] * 12 + ["B"] * 12, "seed": [*range(12)] * 2,
                             "retrainings": [*more, *[0.0] * 12],
                             "total": [*[0.0] * 12, *saved]})  # fmt: skip
        found = break_even(runs, prices, "retraining", "A", "B", draws=400)
        hits += found.low <= 10 <= found.high
    # 95 % nominal; a percentile bootstrap of 12 seeds covers a little less; 200 trials: ±3 %
    assert 0.87 <= hits / 200 <= 0.98


def test_bad_input():
    runs = constant([50, 40], [1, 3])
    with pytest.raises(ValueError, match="did you mean 'retraining'"):
        break_even(runs, PRICES, "retrainings", "a", "b")
    with pytest.raises(ValueError, match="unknown strategy 'z'"):
        break_even(runs, PRICES, "retraining", "a", "z")
    matrix = Prices(error=[[0, 1], [5, 0]])
    with pytest.raises(ValueError, match="a matrix of prices has no single break-even"):
        break_even(runs, matrix, "error", "a", "b")
    # other prices have one, at a total that was reckoned with the matrix
    found = break_even(runs.assign(total=[105.0, 75.0]), matrix, "retraining", "b", "a")
    assert found.at == pytest.approx((105 - 20 - 75 + 60) / 2)
    with pytest.raises(ValueError, match="shapes"):
        price_ranges([1, 2], [1])
    with pytest.raises(ValueError, match="finite"):
        price_ranges([1, 2], [1, np.nan])


# the hull ----------------------------------------------------------------------------------


def test_on_the_front_and_off_the_hull_is_never_the_cheapest():
    # (0, 100), (5, 80), (10, 20): the middle lies above the line from 100 to 20 (60 at 5)
    runs = constant([50, 40, 10], [0, 5, 10])
    found = cheapest(runs, PRICES, "retraining").set_index("strategy")
    assert found["pareto"].all()
    assert found.loc["b", ["low", "high"]].isna().all()
    assert found.loc["c", ["low", "high"]].tolist() == [0.0, 8.0]
    assert found.loc["a", ["low", "high"]].tolist() == [8.0, np.inf]
    assert found["now"].tolist() == [True, False, False]  # at 5: the one of 10 retrainings
    points = switches(runs, PRICES, "retraining")
    assert points[["a", "b", "at", "below", "above"]].values.tolist() == [["c", "a", 8.0, "c", "a"]]


whole = st.integers(0, 12)


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=8))
def test_the_hull_is_what_trying_every_price_finds(points):
    x, y = np.array(points, dtype=float).T
    low, high = price_ranges(x, y)
    # between all prices at which any two change places, one run (or equal ones) is the cheapest
    crossings = {0.0} | {
        (y[i] - y[j]) / (x[j] - x[i])
        for i, j in itertools.permutations(range(len(x)), 2)
        if x[i] != x[j] and (y[i] - y[j]) / (x[j] - x[i]) > 0
    }
    edges = [*sorted(crossings), max(crossings) + 2.0]
    winners = set()
    for left, right in itertools.pairwise(edges):
        if right - left < 1e-9:
            continue
        middle = (left + right) / 2
        total = y + middle * x
        best = np.flatnonzero(np.abs(total - total.min()) < 1e-9)
        assert np.sum((low <= middle) & (middle <= high)) == 1
        owner = int(np.flatnonzero((low <= middle) & (middle <= high))[0])
        assert owner in best
        winners.add(owner)
    assert winners == set(np.flatnonzero(~np.isnan(low)))


@given(st.lists(st.tuples(whole, whole), min_size=1, max_size=8))
def test_the_ranges_meet_and_cover_all_prices(points):
    x, y = np.array(points, dtype=float).T
    low, high = price_ranges(x, y)
    order = np.argsort(low[~np.isnan(low)])
    lows, highs = low[~np.isnan(low)][order], high[~np.isnan(low)][order]
    assert lows[0] == 0
    assert highs[-1] == np.inf
    assert np.array_equal(lows[1:], highs[:-1])
    assert np.all(lows < highs)
