"""The optimum equals brute force over every schedule of small tables, and hand arithmetic."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import (
    deferred_optimum,
    evaluate,
    expected_optimum,
    frontier,
    least_loss,
    optimum,
    rows_of,
    training_prices,
    until,
)
from clsim.runs.ledger import Prices
from clsim.types import NEVER
from helpers.drawn_tables import MONEY, tables
from helpers.examples import share

INF, NAN = float("inf"), float("nan")


def served(table, rows):
    """Whose turn it is: the latest of those that can serve."""
    able = [-1, *(i for i in rows if table.serves[i] != NEVER)]
    return [max(i for i in able if table.serves[i] <= j) for j in range(len(table.n))]


def paid(table, rows, prices):
    return sum(prices.retraining + prices.row * int(table.rows[i]) for i in rows)


def lost(table, service):
    loss = sum(table.loss[i, j] for j, i in enumerate(service))
    return INF if np.isnan(loss) else loss


def apart(table, rows, spacing):
    return all(table.ticks[k] - table.ticks[i] >= spacing for i, k in pairwise(rows))


def above(table, service, floor, n_min):
    if floor is None:
        return True
    return all(1 - table.loss[i, j] / table.n[j] >= floor
               for j, i in enumerate(service) if table.n[j] >= n_min)  # fmt: skip


def every_schedule(table, *, spacing=1, most=None, floor=None, n_min=1):
    """(rows, loss) of every schedule that meets the constraints and can be priced."""
    m = len(table.ticks) - 1
    for size in range((m if most is None else min(m, most)) + 1):
        for rows in combinations(range(m), size):
            service = served(table, rows)
            loss = lost(table, service)
            if loss < INF and apart(table, rows, spacing) and above(table, service, floor, n_min):
                yield rows, loss


def every_service(table, *, spacing=1, most=None, floor=None, n_min=1):
    """(rows, loss) of every way to promote models in their order, none before it can serve."""
    T = len(table.n)

    def go(j, i):
        if j == T:
            yield []
            return
        for k in range(i, len(table.ticks) - 1):
            if table.serves[k] <= j:
                for rest in go(j + 1, k):
                    yield [k, *rest]

    for service in go(0, -1):
        rows = tuple(sorted({i for i in service if i >= 0}))
        loss = lost(table, service)
        few = apart(table, rows, spacing) and (most is None or len(rows) <= most)
        if few and loss < INF and above(table, service, floor, n_min):
            yield rows, loss


def best_of(schedules, table, prices):
    """Least cost, then fewest trainings, then the latest from the last one back."""
    keys = [
        (prices.error * loss + paid(table, rows, prices), len(rows), [-i for i in rows[::-1]])
        for rows, loss in schedules
    ]
    return min(keys) if keys else None


CONSTRAINTS = st.fixed_dictionaries(
    {"spacing": st.integers(1, 3), "most": st.one_of(st.none(), st.integers(0, 4))},
    optional={"floor": st.sampled_from([-0.5, 0.0, 0.25, 0.5]), "n_min": st.integers(1, 4)},
)


@share(4)
@given(tables(), MONEY, CONSTRAINTS)
def test_optimum_equals_brute_force(table, prices, constraints):
    best = best_of(every_schedule(table, **constraints), table, prices)
    if best is None:
        with pytest.raises(ValueError, match="floor="):
            optimum(table, prices, **constraints)
        return
    found = optimum(table, prices, **constraints)
    cost, trainings, rows = best
    assert (found.cost, found.retrainings) == (cost, trainings)
    assert found.ticks == tuple(table.ticks[[-i for i in rows[::-1]]])
    assert found.serving.tolist() == served(table, [-i for i in rows[::-1]])


@share(3)
@given(tables(ticks=6, candidates=4), MONEY, CONSTRAINTS)
def test_deferred_optimum_equals_brute_force(table, prices, constraints):
    best = best_of(every_service(table, **constraints), table, prices)
    if best is None:
        with pytest.raises(ValueError, match="floor="):
            deferred_optimum(table, prices, **constraints)
        return
    found = deferred_optimum(table, prices, **constraints)
    assert found.cost == best[0]
    # what it says of itself is true
    assert lost(table, found.serving) == found.loss
    rows = rows_of(table, found.ticks).tolist()
    assert rows == sorted({i for i in found.serving.tolist() if i >= 0})
    assert found.spend == paid(table, rows, prices)
    assert found.promotions == tuple(found.serving.tolist().index(i) for i in rows)


@share(3)
@given(tables(), MONEY)
def test_deferring_is_never_dearer(table, prices):
    assert deferred_optimum(table, prices).cost <= optimum(table, prices).cost
    assert deferred_optimum(table, Prices(retraining=0)).loss >= least_loss(table)


@share(3)
@given(tables(), st.integers(1, 3), st.integers(0, 7), st.integers(1, 3))
def test_frontier_equals_brute_force(table, error, retraining, spacing):
    prices = Prices(error=error, retraining=retraining)
    found = frontier(table, prices, most=5, spacing=spacing)
    for row in found.itertuples():
        schedules = every_schedule(table, most=row.retrainings, spacing=spacing)
        assert row.loss == min(loss for _, loss in schedules)
        assert evaluate(table, row.ticks, prices).cost == row.cost
        assert row.cost == error * row.loss + retraining * len(row.ticks)
    whole = frontier(table, prices, spacing=spacing)
    losses = [loss for _, loss in every_schedule(table, spacing=spacing)]
    assert whole["loss"].iloc[-1] == min(losses)
    assert whole["loss"].is_monotonic_decreasing
    # the optimum of every price lies on it
    assert whole["cost"].min() == optimum(table, prices, spacing=spacing).cost


@share(2)
@given(tables(), st.integers(1, 3))
def test_frontier_with_dear_rows_equals_brute_force(table, row):
    able = table.serves[:-1] < len(table.n)
    differ = len(set(table.rows[:-1][able].tolist())) > 1
    counts = Prices(error=2, retraining=0, row=row if differ else 0)
    for found in frontier(table, Prices(error=2, retraining=5, row=row), most=4).itertuples():
        costs = [2 * loss + paid(table, rows, counts)
                 for rows, loss in every_schedule(table, most=found.retrainings)]  # fmt: skip
        assert evaluate(table, found.ticks, counts).cost == min(costs)
        assert found.spend == paid(
            table, rows_of(table, found.ticks), Prices(error=2, retraining=5, row=row)
        )


@pytest.mark.slow
def test_full_tables_equal_brute_force():
    """Every tick a candidate, trainings of different prices: what small examples seldom are."""
    rng = np.random.default_rng(0)
    for lag in (0, 0, 1) * 30:
        loss = rng.integers(0, 7, (7, 6)).astype(float)
        serves = np.minimum(np.arange(6) + lag, 6)
        loss[:-1][np.arange(6) < serves[:, None]] = NAN
        table = square(loss, serves, rows=rng.integers(1, 5, 6))
        prices = Prices(error=2, retraining=rng.integers(0, 4), row=rng.integers(1, 4))
        counts = Prices(error=2, retraining=0, row=prices.row)
        for most in range(4):
            best = best_of(every_schedule(table, most=most), table, prices)
            found = optimum(table, prices, most=most)
            assert (found.cost, found.retrainings) == best[:2]
            best = best_of(every_service(table, most=most), table, prices)
            assert deferred_optimum(table, prices, most=most).cost == best[0]
            best = best_of(every_schedule(table, most=most), table, counts)
            ticks = frontier(table, prices, most=most)["ticks"].iloc[-1]
            assert evaluate(table, ticks, counts).cost == best[0]


@share(3)
@given(tables(), MONEY, st.data())
def test_no_run_of_the_class_beats_the_optimum(table, prices, data):
    """A run may reject what it trains, and may promote late."""
    candidates = len(table.ticks) - 1
    coins = st.lists(st.booleans(), min_size=candidates, max_size=candidates)
    started = np.flatnonzero(data.draw(coins)).tolist()
    accepted = [i for i, heads in enumerate(data.draw(coins)) if heads and i in started]
    spend, best = paid(table, started, prices), optimum(table, prices).cost
    assert prices.error * lost(table, served(table, started)) + spend >= best
    assert prices.error * lost(table, served(table, accepted)) + spend >= best
    late = {i: data.draw(st.integers(0, 3)) for i in accepted if table.serves[i] != NEVER}
    service = [max([-1, *(i for i in late if table.serves[i] + late[i] <= j)])
               for j in range(len(table.n))]  # fmt: skip
    assert prices.error * lost(table, service) + spend >= deferred_optimum(table, prices).cost


@share(2)
@given(tables(), MONEY, st.data())
def test_evaluate_equals_the_definition(table, prices, data):
    every = st.sets(st.integers(0, len(table.ticks) - 1)) if len(table.ticks) > 1 else st.just({0})
    rows = sorted(data.draw(every) - {len(table.ticks) - 1})
    if len(table.ticks) == 1:
        rows = []
    found = evaluate(table, table.ticks[rows], prices)
    assert found.serving.tolist() == served(table, rows)
    assert found.loss == lost(table, found.serving)
    assert found.spend == paid(table, rows, prices)
    assert found.cost == prices.error * found.loss + found.spend


def square(loss, serves=None, rows=None, n=None):
    """A table with a candidate in every tick; the last row is the initial model."""
    loss = np.array(loss, dtype=float)
    T = loss.shape[1]
    serves = np.arange(T) if serves is None else np.array(serves)
    rows = np.full(T, 10) if rows is None else np.array(rows)
    n = np.full(T, 10) if n is None else np.array(n)
    return Table(loss, np.append(np.arange(T), -1), np.append(serves, 0), np.append(rows, 0), n)


BY_HAND = square(
    [
        [2, 3, 4, 5],
        [NAN, 1, 2, 3],
        [NAN, NAN, 0, 9],
        [NAN, NAN, NAN, 0],
        [5, 5, 5, 5],
    ]
)


def test_optimum_by_hand():
    dear, cheap = Prices(retraining=9.5), Prices(retraining=0.5)
    assert optimum(BY_HAND, dear).ticks == ()  # 20; one training at 1: 5 + 6 + 9.5
    assert optimum(BY_HAND, Prices(retraining=9)).ticks == ()  # 20, and so costs training at 1
    assert optimum(BY_HAND, Prices(retraining=8.5)).ticks == (1,)
    best = optimum(BY_HAND, cheap)
    assert (best.ticks, best.loss, best.spend, best.cost) == ((0, 1, 2, 3), 3.0, 2.0, 5.0)
    assert best.serving.tolist() == [0, 1, 2, 3]
    assert best.promotions == (0, 1, 2, 3)


def test_of_equal_schedules_the_fewest_trainings_then_the_latest():
    flat = square([[1, 1, 1], [NAN, 1, 1], [NAN, NAN, 1], [1, 1, 1]])
    assert optimum(flat, Prices(retraining=0)).ticks == ()
    once = square([[1, 1, 1], [NAN, 0, 1], [NAN, NAN, 0], [1, 1, 1]])
    assert optimum(once, Prices(retraining=0), most=1).ticks == (2,)
    # 2.0 saved by a training at 0 or at 1, and 2.0 by both for 2.0 more: never is as cheap
    assert optimum(once, Prices(retraining=1)).ticks == ()


def test_failed_trainings_are_paid_and_never_serve():
    table = square([[NAN] * 3, [NAN, 0, 0], [NAN] * 3, [4, 4, 4]], serves=[NEVER, 1, 3])
    found = evaluate(table, [0, 1, 2], Prices(retraining=3))
    assert found.serving.tolist() == [-1, 1, 1]
    assert (found.loss, found.spend, found.cost) == (4.0, 9.0, 13.0)
    assert found.promotions == (NEVER, 1, NEVER)
    assert optimum(table, Prices(retraining=3)).ticks == (1,)


def test_prices_of_trainings():
    prices = training_prices(square([[1, 1], [NAN, 1], [1, 1]], rows=[10, 20]), Prices(row=0.5))
    assert prices.tolist() == [25.0, 30.0, 0.0]


def test_a_schedule_beyond_the_largest_age_cannot_be_priced():
    table = square([[1, 1, NAN], [NAN, 1, 1], [NAN, NAN, 1], [5, 5, 5]])
    assert evaluate(table, [0], Prices()).cost == INF
    assert evaluate(table, [0], Prices()).loss == INF
    assert optimum(table, Prices(retraining=0.5)).ticks == (0, 2)  # as good as (0, 1), and later
    assert deferred_optimum(table, Prices(retraining=0.5)).loss == 3.0


def test_what_stands_in_a_table_before_a_model_can_serve_does_not_matter():
    table = square([[0, 0, 3], [0, 0, 0], [0, 0, 0], [5, 5, 5]], serves=[2, 3, 3])
    for solve in (optimum, deferred_optimum):
        assert solve(table, Prices(retraining=1)).cost == 5 + 5 + 3 + 1
    with pytest.raises(ValueError, match=r"in tick 0; the best .* 0.5$"):
        optimum(table, Prices(), floor=0.6)


def test_a_late_promotion_spares_the_bad_first_days():
    table = square([[9, 9, 0], [NAN, 9, 9], [NAN, NAN, 9], [1, 1, 5]])
    assert optimum(table, Prices(retraining=1)).cost == 7.0
    late = deferred_optimum(table, Prices(retraining=1))
    assert (late.cost, late.ticks, late.promotions) == (3.0, (0,), (2,))


def test_a_budget_is_a_number_of_trainings():
    prices = Prices(retraining=0.1)
    assert optimum(BY_HAND, prices, budget=0.3).retrainings == 3  # 0.3 / 0.1 is below 3 in floats
    assert optimum(BY_HAND, prices, budget=0.29).retrainings == 2
    assert deferred_optimum(BY_HAND, prices, budget=0.1).retrainings == 1
    assert optimum(BY_HAND, Prices(retraining=0), budget=0).retrainings == 4
    assert optimum(BY_HAND, Prices(error=9, retraining=0, row=1), budget=20).retrainings == 2


def test_a_budget_for_trainings_of_different_prices_is_refused():
    table = square([[1, 1], [NAN, 1], [1, 1]], rows=[10, 20])
    with pytest.raises(ValueError, match=r"budget=5: trainings cost between 30 and 40, so .* most"):
        optimum(table, Prices(row=1), budget=5)
    assert optimum(table, Prices(), budget=5).ticks == ()


def test_a_floor_that_no_model_reaches_names_the_tick_and_the_best_score():
    with pytest.raises(ValueError, match=r"floor=0.85: .* in tick 0; the best score there is 0.8"):
        optimum(BY_HAND, Prices(), floor=0.85)
    with pytest.raises(ValueError, match=r"floor=-0.1: .* in tick 0; the best score there is -0.2"):
        deferred_optimum(BY_HAND, Prices(), floor=-0.1, kind="absolute")


def test_a_floor_that_no_schedule_meets_names_the_tick_and_the_best_score():
    assert optimum(BY_HAND, Prices(), floor=0.8).ticks == (0, 1, 3)
    for solve in (optimum, deferred_optimum, lambda *a, **k: frontier(a[0], **k)):
        with pytest.raises(ValueError, match=r"at most 1 .* tick 0, where the best .* 0.8$"):
            solve(BY_HAND, Prices(), floor=0.8, most=1)
    with pytest.raises(ValueError, match=r"2 ticks apart .* tick 0, where the best .* 0.8$"):
        optimum(square([[2, 9, 9], [NAN, 1, 9], [NAN, NAN, 1], [5, 5, 5]]), Prices(), floor=0.8,
                spacing=2)  # fmt: skip


def test_a_floor_counts_only_where_there_are_events_enough():
    table = square([[5, 5], [NAN, 5], [5, 0]], n=[5, 10])
    assert optimum(table, Prices(), floor=0.9, n_min=6).ticks == ()


def test_bad_constraints_are_refused():
    with pytest.raises(ValueError, match="spacing=0: must be at least 1"):
        optimum(BY_HAND, Prices(), spacing=0)
    with pytest.raises(ValueError, match="most=-1: must be at least 0"):
        optimum(BY_HAND, Prices(), most=-1)
    with pytest.raises(TypeError, match=r"most=1.5: expected a whole number"):
        frontier(BY_HAND, most=1.5)
    with pytest.raises(ValueError, match="budget=-1: must be at least 0"):
        optimum(BY_HAND, Prices(), budget=-1)
    with pytest.raises(ValueError, match="kind: unknown value 'zero-one'; did you mean 'zero_one'"):
        optimum(BY_HAND, Prices(), floor=0.1, kind="zero-one")
    with pytest.raises(ValueError, match="at tick 7; its candidates are 0, 1, 2, 3"):
        evaluate(BY_HAND, [7], Prices())
    with pytest.raises(ValueError, match="a tick is given twice"):
        evaluate(BY_HAND, [1, 1], Prices())


def test_a_table_without_candidates_has_one_schedule():
    table = Table(np.array([[1.0, 2.0]]), np.array([-1]), np.array([0]), np.array([0]),
                  np.array([5, 5]))  # fmt: skip
    assert optimum(table, Prices()).cost == 3.0
    assert deferred_optimum(table, Prices(), most=3).cost == 3.0
    assert frontier(table)["loss"].tolist() == [3.0]


def test_losses_that_are_no_whole_numbers():
    rng = np.random.default_rng(0)
    loss = rng.gamma(1.0, size=(9, 8))
    loss[:-1][np.arange(8) < np.arange(8)[:, None]] = NAN
    table, prices = square(loss), Prices(error=1.3, retraining=0.37)
    cost, _, _ = best_of(every_schedule(table), table, prices)
    assert optimum(table, prices).cost == pytest.approx(cost, rel=1e-12)
    assert optimum(table, prices, most=7).cost == pytest.approx(cost, rel=1e-12)
    late, _, _ = best_of(every_schedule(table, most=2), table, prices)
    assert optimum(table, prices, most=2).cost == pytest.approx(late, rel=1e-12)


# twin draws -----------------------------------------------------------------------------------


def draw(seed, speed, T=80, n=1000, error=0.2):
    """Errors of models that grow worse by ``speed`` per event and tick, with the luck of each."""
    rng = np.random.default_rng(seed)
    age = np.vstack([np.arange(T) - np.arange(T)[:, None], np.arange(T)])
    loss = rng.binomial(n, np.clip(error + speed * np.maximum(age, 0), 0, 1)).astype(float)
    loss[age < 0] = NAN
    return square(loss, n=np.full(T, n))


def test_without_drift_the_realised_optimum_gains_and_the_expected_one_does_not():
    found = expected_optimum([draw(seed, 0.0) for seed in range(8)], Prices(retraining=5))
    realised = found.realised_gain.mean() / found.never.mean()
    assert all(optimum(draw(seed, 0.0), Prices(retraining=5)).retrainings > 10 for seed in range(8))
    assert realised > 0.01
    # five standard errors of the sum of 80 binomial counts, of a mean of eight differences
    noise = 5 * np.sqrt(2 * 80 * 1000 * 0.2 * 0.8 / 8)
    assert found.gain.mean() < noise < found.realised_gain.mean()
    assert found.chosen.retrainings > 0  # the mean table has luck as well, and its cost shows it
    assert found.chosen.cost < found.never.mean()


def test_with_drift_the_expected_optimum_gains_a_little_less_than_the_realised_one():
    found = expected_optimum([draw(seed, 0.002) for seed in range(6)], Prices(retraining=50))
    assert (found.gain > 0).all()
    assert (found.cost >= found.realised).all()
    assert 0.8 < found.gain.mean() / found.realised_gain.mean() < 1


def test_each_draw_is_left_out_of_its_own_choice():
    # each draw has a tick of luck of its own: nothing is to be gained from the others
    tables = []
    for lucky in range(3):
        loss = np.full((4, 3), 9.0)
        loss[:-1][np.arange(3) < np.arange(3)[:, None]] = NAN
        loss[lucky, lucky] = 0.0
        tables.append(square(loss))
    found = expected_optimum(tables, Prices(retraining=5))
    assert found.realised_gain.tolist() == [4.0, 4.0, 4.0]
    assert found.gain.tolist() == [0.0, 0.0, 0.0]  # the mean of two others saves 4.5 at most
    greedy = expected_optimum(tables, Prices(retraining=1))
    assert [s.ticks for s in greedy.schedules] == [(1, 2), (0, 2), (0, 1)]
    assert greedy.gain.tolist() == [-2.0, -2.0, -2.0]


def test_a_training_that_failed_in_one_draw_is_not_chosen():
    good = square([[0, 0], [NAN, 0], [9, 9]])
    bad = square([[NAN, NAN], [NAN, 0], [9, 9]], serves=[NEVER, 1])
    good_too = square([[0, 0], [NAN, 0], [9, 9.5]])
    found = expected_optimum([good, bad, good_too], Prices(retraining=1))
    assert [s.ticks for s in found.schedules] == [(1,), (0,), (1,)]
    assert found.chosen.ticks == (1,)
    assert found.cost.tolist() == [10.0, 19.0, 10.0]  # where it failed, it was paid for


def test_two_tables_of_one_draw_show_nothing():
    table = square([[0, 0], [NAN, 0], [9, 9]])
    with pytest.raises(ValueError, match=r"^tables\[1\]: of a draw that is there already"):
        expected_optimum([table, table], Prices())


def test_the_first_ticks_of_a_table():
    table = square([[0, 1, 2], [NAN, 3, 4], [NAN, NAN, 5], [6, 7, 8]], serves=[0, 2, 2])
    cut = until(table, 2)
    assert cut.ticks.tolist() == [0, 1, -1]
    assert cut.serves.tolist() == [0, NEVER, 0]
    np.testing.assert_array_equal(cut.loss, [[0, 1], [NAN, NAN], [6, 7]])  # 3 is too early


def test_twin_draws_that_are_none_are_refused():
    with pytest.raises(ValueError, match="1 given; leaving one out needs at least two"):
        expected_optimum([BY_HAND], Prices())
    with pytest.raises(ValueError, match=r"tables\[1\]: shape \(3, 2\), tables\[0\] has \(5, 4\)"):
        expected_optimum([BY_HAND, square([[1, 1], [NAN, 1], [1, 1]])], Prices())
