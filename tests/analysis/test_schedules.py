"""Look-ups equal pricing one by one; periodic schedules equal those that replay runs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import evaluate
from clsim.hindsight.schedules import (
    all_periodic,
    at_random,
    controls,
    evenly,
    look_up,
    periodic,
    ready,
    recorded,
)
from clsim.runs.ledger import Prices
from clsim.statistics.periods import square_root_period
from clsim.strategy import Strategy
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateless
from clsim.strategy.triggers import Periodic
from clsim.types import NEVER
from helpers.tables import two_clouds

INF, NAN = float("inf"), float("nan")


def ageing(T, *, ticks=None, lag=0, speed=1.0):
    """A table in which a model of age a loses a times the speed; the first is of tick 0."""
    trained = np.arange(T) if ticks is None else np.array(ticks)
    serves = np.append(np.minimum(trained + lag, T), 0)
    loss = speed * (np.arange(T) - np.append(trained, 0)[:, None]).astype(float)
    loss[np.arange(T) < serves[:, None]] = NAN
    rows = np.append(np.full(len(trained), 10), 0)
    return Table(loss, np.append(trained, -1), serves, rows, np.full(T, 100))


def noisy(T, seed, **options):
    table = ageing(T, **options)
    table.loss[:] += np.random.default_rng(seed).integers(0, 9, table.loss.shape)
    return table


def test_periodic_by_hand():
    assert periodic(1, 0, 4).tolist() == [1, 2, 3]
    assert periodic(3, 0, 10).tolist() == [3, 6, 9]
    assert periodic(3, 2, 10).tolist() == [2, 5, 8]
    assert periodic(20, 0, 10).tolist() == []


def test_a_periodic_trigger_starts_nothing_while_a_training_is_in_flight():
    ends = ready(ageing(12, lag=3))
    assert periodic(1, 0, 12, ends).tolist() == [1, 4, 7, 10]  # it ends before the tick decides
    assert periodic(2, 0, 12, ends).tolist() == [2, 6, 10]
    assert periodic(3, 1, 12, ends).tolist() == [1, 4, 7, 10]


@pytest.mark.parametrize(("duration", "lag"), [(0, 0), (100, 1), (350, 4)])
def test_periodic_schedules_are_those_that_replay_runs(duration, lag):
    training = Stateless(duration=duration)
    strategies = {
        (every, phase): Strategy(Periodic(every, phase), training=training)
        for every in (1, 2, 3, 5, 8)
        for phase in range(0, every, 2)
    }
    runs = clsim.replay(
        two_clouds(3000), strategies, learner=GaussianNB(), tick=100, warmup=500, seed=3
    )
    ends = ready(ageing(25, lag=lag))
    for (every, phase), run in runs.items():
        started, accepted = recorded(run)
        assert started == tuple(periodic(every, phase, 25, ends))
        assert accepted == tuple(t for t in started if t + lag < 25)


def test_a_failed_training_is_in_flight_as_long_as_the_others():
    table = ageing(8, lag=2)
    table.serves[[0, 3]] = NEVER
    assert ready(table).tolist() == [2, 3, 4, 5, 6, 7, 8, 8]
    table.serves[:-1] = NEVER
    assert ready(table).tolist() == list(range(8))


def test_rejected_trainings_were_started_and_not_accepted():
    gate = Strategy(Periodic(2), offline=ChampionChallenger(holdout=100))
    run = clsim.replay(
        two_clouds(3000), {"gate": gate}, learner=GaussianNB(), tick=100, warmup=500, seed=3
    )["gate"]
    started, accepted = recorded(run)
    assert len(started) == run.totals["retrainings"] == 12
    assert 0 < len(accepted) == run.totals["deployments"] < 12
    assert set(accepted) < set(started)


@pytest.mark.slow
def test_updates_row_by_row_are_no_trainings():
    online = {"online": Strategy(Periodic(10), training=RowByRow())}
    run = clsim.replay(
        two_clouds(3000), online, learner=LogisticRegression(), tick=100, warmup=500, seed=3
    )["online"]
    assert recorded(run) == ((10, 20), (10, 20))


@given(st.data(), st.integers(0, 3), st.integers(0, 99))
def test_look_up_equals_pricing_one_by_one(data, lag, seed):
    table = noisy(9, seed, lag=lag)
    table.serves[data.draw(st.integers(0, 8))] = NEVER
    table.loss[data.draw(st.integers(0, 7)), 8] = NAN
    some = st.lists(st.sets(st.integers(0, 8)).map(sorted), max_size=6)
    schedules, prices = data.draw(some), Prices(error=2, retraining=3, row=0.5)
    found = look_up(table, schedules, prices)
    one_by_one = [evaluate(table, ticks, prices) for ticks in schedules]
    for name in ("retrainings", "loss", "spend", "cost"):
        assert found[name].tolist() == [getattr(one, name) for one in one_by_one]


def test_look_up_in_pieces(monkeypatch):
    table = noisy(20, 1, lag=1)
    whole = all_periodic(table, 15, Prices())
    monkeypatch.setattr("clsim.hindsight.schedules.CELLS", 70)
    assert all_periodic(table, 15, Prices()).equals(whole)


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_all_periodic_is_every_period_in_every_phase(lag):
    table, prices = noisy(12, 4, lag=lag), Prices(retraining=2)
    found = all_periodic(table, 14, prices)
    assert len(found) == 14 * 15 / 2
    for row in found.itertuples():
        one = evaluate(table, periodic(row.every, row.phase, 12, ready(table)), prices)
        assert (row.retrainings, row.loss, row.cost) == (one.retrainings, one.loss, one.cost)
    assert found["phase"].lt(found["every"]).all()
    assert not found.duplicated(["every", "phase"]).any()


def test_periodic_schedules_off_the_grid_of_candidates_have_no_cost():
    found = all_periodic(ageing(12, ticks=[0, 3, 6, 9]), 3, Prices()).set_index(["every", "phase"])
    priced = found.index[np.isfinite(found["cost"])].tolist()
    assert priced == [(3, 0)]
    assert found.loc[(3, 0), "retrainings"] == 3
    assert found.loc[(3, 0), "loss"] == 4 * (0 + 1 + 2)


def test_evenly_spaced_by_hand():
    table = ageing(12)
    assert evenly(table, 0).tolist() == []
    assert evenly(table, 1).tolist() == [6]
    assert evenly(table, 2).tolist() == [4, 8]
    assert evenly(table, 3).tolist() == [3, 6, 9]
    assert evenly(table, 4).tolist() == [2, 5, 7, 10]  # 2.4, 4.8, 7.2, 9.6
    assert evenly(table, 11).tolist() == list(range(1, 12))
    assert evenly(ageing(12, ticks=[0, 3, 6, 9]), 1).tolist() == [6]


@given(st.integers(1, 40), st.data())
def test_evenly_spaced_gaps_differ_by_one_at_most(T, data):
    number = data.draw(st.integers(0, T - 1))
    gaps = np.diff([0, *evenly(ageing(T), number), T])
    assert gaps.min() >= 1
    assert gaps.max() - gaps.min() <= 1


def test_random_schedules_are_drawn_evenly_and_keep_their_number():
    table = ageing(11)
    found = at_random(table, 3, draws=4000, seed=5)
    assert (np.diff(found, axis=1) > 0).all()
    counts = np.bincount(found.ravel(), minlength=11)
    assert counts[0] == 0
    # each of 10 ticks in 3 of 10 schedules: five standard deviations of a binomial count
    assert np.abs(counts[1:] - 1200).max() < 5 * np.sqrt(4000 * 0.3 * 0.7)
    assert (at_random(table, 3, draws=9, seed=5) == at_random(table, 3, draws=9, seed=5)).all()
    assert (at_random(table, 3, draws=9, seed=5) != at_random(table, 3, draws=9, seed=6)).any()
    fewer, more = (at_random(table, k, draws=9, seed=5).tolist() for k in (2, 5))
    assert all(set(a) < set(b) for a, b in zip(fewer, more, strict=True))


def test_controls_by_hand():
    found = controls(ageing(12), 3, Prices(retraining=1), draws=50).set_index("control")
    assert list(found.index) == ["never", "every tick", "evenly spaced", "random", "periodic"]
    assert found.loc["never", ["retrainings", "loss", "cost"]].tolist() == [0, 66, 66]
    assert found.loc["every tick", ["retrainings", "loss", "cost"]].tolist() == [11, 0, 11]
    # four stretches of 0 + 1 + 2
    assert found.loc["evenly spaced", ["retrainings", "loss", "cost"]].tolist() == [3, 12, 15]
    # 11 / 3 ticks, rounded: a period of 4, which has 3, 3, 3 and 2 trainings
    assert found.loc["periodic", "retrainings"] == 2.75
    assert found.loc["periodic", "schedules"] == 4
    # phase 0: 3 x (0+1+2+3); 1: 0 + 2 x 6 + (0+1+2); 2: 1 + 12 + 1; 3: (0+1+2) + 12 + 0
    losses = [18, 0 + 6 + 6 + 3, 1 + 6 + 6 + 1, 3 + 6 + 6 + 0]
    assert found.loc["periodic", "loss"] == np.mean(losses)
    random = found.loc["random"]
    assert random["retrainings"] == 3
    assert 15 < random["low"] < random["cost"] < random["high"]
    assert found[["low", "high"]].isna().all(axis=1).tolist() == [True, True, True, False, False]


def test_no_even_spacing_beats_the_evenly_spaced_where_age_alone_counts():
    table = ageing(12)
    random = look_up(table, at_random(table, 3, draws=300))
    assert random["loss"].min() >= evaluate(table, evenly(table, 3), Prices()).loss == 12


def test_controls_where_trainings_take_time():
    found = controls(ageing(12, lag=5), 2, Prices(), draws=5).set_index("control")
    assert found.loc["every tick", "retrainings"] == 3  # at 1, 6 and 11


def test_controls_on_a_grid_of_candidates():
    found = controls(ageing(12, ticks=[0, 4, 8]), 2, Prices(retraining=1), draws=5)
    found = found.set_index("control")
    assert found["retrainings"].tolist() == [0, 2, 2, 2, 2]
    assert found.loc["periodic", "schedules"] == 1  # of period 4, one phase alone is on the grid
    found = controls(ageing(12, ticks=[0, 3, 6, 9]), 2, draws=5).set_index("control")
    assert found.loc["periodic", ["retrainings", "schedules"]].tolist() == [1.5, 2]  # 3, 9; and 6
    uneven = controls(ageing(12, ticks=[0, 5, 7]), 2, draws=5)
    assert "periodic" not in uneven["control"].tolist()


def test_controls_without_trainings_have_no_period():
    found = controls(ageing(5), 0, draws=3)
    assert found["control"].tolist() == ["never", "every tick", "evenly spaced", "random"]
    assert found["loss"].tolist() == [10, 0, 10, 10]


def test_controls_that_the_table_cannot_price_are_missing():
    table = ageing(12)
    table.loss[1:-1][np.arange(12) - np.arange(1, 12)[:, None] > 4] = NAN
    table.loss[0, 5:] = NAN
    found = controls(table, 1, draws=40).set_index("control")
    assert found.loc[["random"], ["loss", "cost", "low", "high"]].isna().all(axis=None)
    assert found.loc["never", "loss"] == 66


def test_more_trainings_than_candidates_are_refused():
    with pytest.raises(ValueError, match="retrainings=5: must be at most 4"):
        controls(ageing(5), 5)
    with pytest.raises(ValueError, match="phase=3: must be at most 2"):
        periodic(3, 3, 10)
    with pytest.raises(ValueError, match="no model of the table was trained at tick 9"):
        look_up(ageing(5), [[1], [9]])


@pytest.mark.parametrize(("price", "best"), [(8, 4), (12.5, 5), (24.5, 7), (50, 10)])
def test_the_best_period_is_that_of_the_square_root_law(price, best):
    """The loss grows by 0.5 a tick: 100 events, each by 0.0025, and each unit costs 2."""
    table, prices = ageing(840, speed=0.5 * 100 / 100), Prices(error=2, retraining=price)
    law = square_root_period(price=price, error=2, speed=0.005, rate=100)
    assert law == pytest.approx(best)
    found = all_periodic(table, 2 * best, prices).groupby("every")["cost"].mean()
    assert found.idxmin() == best


def test_the_square_root_law_lies_between_ticks():
    # sqrt(2 * 37 / 1) = 8.60 ticks
    assert square_root_period(37, 1, 0.01, 100) == pytest.approx(8.602, abs=1e-3)
    found = all_periodic(ageing(840), 20, Prices(retraining=37)).groupby("every")["cost"].mean()
    assert found.idxmin() in (8, 9)


def test_without_staleness_never_is_best():
    assert square_root_period(10, 1, 0, 100) == INF
    with pytest.raises(ValueError, match="speed=-1: must be at least 0"):
        square_root_period(10, 1, -1, 100)
