import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from clsim import replay
from clsim.analysis.comparison import Setting, priced, settings
from clsim.analysis.counterfactual import counterfactual
from clsim.analysis.freshness import (
    cost_by_interval,
    cost_by_period,
    freshness,
    intervals,
    value_of_frequency,
)
from clsim.analysis.hindsight import Table
from clsim.ledger import Prices
from clsim.runs import Run, Runs
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual
from clsim.types import NEVER

N = 100


def table(rate, ticks=60, *, candidates=None, duration=0, largest_age=None, rows=10, n=N):
    """A table whose loss per event is a function of age and tick."""
    trained = np.arange(ticks) if candidates is None else np.asarray(candidates)
    trained = np.append(trained, -1)
    serves = np.append(trained[:-1] + duration, 0)
    j = np.arange(ticks)
    age = j - trained[:, None]
    n = np.broadcast_to(n, ticks).astype(np.int64)
    loss = n * rate(age, j) * np.ones_like(age)
    loss[j < serves[:, None]] = np.nan
    if largest_age is not None:
        loss[:-1][age[:-1] > largest_age] = np.nan
    return Table(loss, trained, serves, np.append(np.full(len(trained) - 1, rows), 0), n)


def wave(j):
    return 0.3 + 0.2 * np.sin(j / 5.0)


# the effect of age -------------------------------------------------------------------------


def test_a_season_alone_gives_a_flat_age_curve_and_no_half_life():
    found = freshness(table(lambda age, j: wave(j)), draws=50)
    assert found.age["effect"].to_numpy() == pytest.approx(0, abs=1e-12)
    assert found.age["high"].to_numpy() == pytest.approx(0, abs=1e-12)
    # the plain mean does not tell the two apart
    assert np.abs(found.age["raw"]).max() > 0.02
    assert found.season["loss"].to_numpy() == pytest.approx(wave(found.season["tick"]), abs=1e-12)
    assert not found.rises
    assert np.isnan(found.half_life)


def test_constant_speed_under_a_season_gives_a_line_of_that_slope():
    n = 50 + np.arange(60) % 7 * 30
    found = freshness(table(lambda age, j: wave(j) + 0.004 * age, n=n), draws=50)
    ages = found.age["age"].to_numpy()
    assert ages.tolist() == list(range(56))  # the four oldest rest on fewer than five models
    assert found.age["effect"].to_numpy() == pytest.approx(0.004 * ages, abs=1e-12)
    assert found.season["loss"].to_numpy() == pytest.approx(wave(found.season["tick"]), abs=1e-12)
    assert found.rises
    assert found.half_life == pytest.approx(55 / 2)
    assert (found.half_life_low, found.half_life_high) == pytest.approx((27.5, 27.5))


def test_half_life_of_an_exponential_approach():
    # 1 - exp(-age / 10), as good as done at age 99: half-life 10 ln 2 = 6.93, by chords 6.94
    found = freshness(table(lambda age, j: 1 - np.exp(-age / 10), ticks=104), draws=0, longest=99)
    assert found.half_life == pytest.approx(10 * np.log(2), abs=0.02)
    assert np.isnan(found.half_life_low)
    assert found.age["low"].isna().all()


def test_age_starts_where_the_first_can_serve():
    found = freshness(table(lambda age, j: 0.01 * age, duration=3), draws=0)
    assert found.age["age"].iloc[0] == 3
    assert found.age["effect"].iloc[1] == pytest.approx(0.01)


def test_the_oldest_age_is_included():
    found = freshness(table(lambda age, j: 0.01 * age), longest=7, draws=0)
    assert found.age["age"].tolist() == list(range(8))


def test_the_plain_mean_by_hand():
    # ages 0, 1, 2 in ticks 0 to 2, whose seasons are 0, 0 and .5: means .5/3, .6/2+.05 and .7
    found = freshness(table(lambda age, j: 0.1 * age + 0.5 * (j == 2), ticks=3), least=1, draws=0)
    first = 0.5 / 3
    assert found.age["raw"].to_numpy() == pytest.approx([0, (0.1 + 0.6) / 2 - first, 0.7 - first])
    assert found.season["raw"].to_numpy() == pytest.approx([0, 0.05, 0.6])


def test_what_is_drawn_again():
    # each tick has a speed of its own: resampled ticks give lines, and resampled models do not
    own = np.random.default_rng(8).normal(0, 0.1, 60)
    one = table(lambda age, j: own[j] * age, n=np.where(np.arange(60) < 8, 0, N))
    for over, lines in (("ticks", True), ("models", False)):
        high = freshness(one, longest=8, draws=50, over=over).age["high"].iloc[1:].to_numpy()
        assert (high / np.arange(1, 9) == pytest.approx(high[0])) == lines
    # a block as long as the series, closed to a circle, draws everything once
    found = freshness(one, longest=8, draws=1, block=60).age
    assert found["low"].to_numpy() == pytest.approx(found["effect"].to_numpy())


def test_the_initial_model_counts_where_asked():
    one = table(lambda age, j: 0.01 * age)
    one.loss[-1] = 77.0 * N
    without, with_it = freshness(one, draws=0), freshness(one, initial=True, draws=0)
    assert without.age["effect"].to_numpy() == pytest.approx(0.01 * without.age["age"])
    assert np.abs(with_it.age["effect"] - 0.01 * with_it.age["age"]).max() > 1


def test_noise_lies_within_the_intervals_and_is_no_rise():
    rng = np.random.default_rng(3)
    covered, rises = [], 0
    for k in range(20):
        one = table(lambda age, j: wave(j), ticks=80)
        noisy = one.loss + np.where(np.isnan(one.loss), np.nan, rng.normal(0, 2, one.loss.shape))
        found = freshness(
            Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=20, draws=100, seed=k
        )
        covered.append(((found.age["low"] <= 0) & (found.age["high"] >= 0)).iloc[1:].mean())
        rises += found.rises
    assert 0.8 <= np.mean(covered) <= 1.0
    assert rises <= 3


@pytest.mark.parametrize("over", ["ticks", "models"])
def test_a_noisy_rise_is_found_and_its_slope_covered(over):
    rng = np.random.default_rng(4)
    one = table(lambda age, j: wave(j) + 0.005 * age)
    noisy = one.loss + rng.normal(0, 2, one.loss.shape)
    found = freshness(
        Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=30, draws=100, over=over
    )
    assert found.rises
    assert 10 < found.half_life_low <= found.half_life <= found.half_life_high < 20
    assert np.mean((found.age["low"] <= 0.005 * found.age["age"])
                   & (found.age["high"] >= 0.005 * found.age["age"])) > 0.8  # fmt: skip
    again = freshness(
        Table(noisy, one.ticks, one.serves, one.rows, one.n), longest=30, draws=100, over=over
    )
    pd.testing.assert_frame_equal(found.age, again.age)


def test_a_coarse_grid_needs_bins_as_wide_as_its_steps():
    coarse = table(lambda age, j: wave(j // 4) + 0.01 * (age // 4), candidates=range(0, 60, 4))
    with pytest.raises(ValueError, match="fall into 4 groups"):
        freshness(coarse, width=1, draws=0)
    found = freshness(coarse, draws=0)
    steps = np.arange(len(found.age))
    assert found.age["effect"].to_numpy() == pytest.approx(0.01 * steps, abs=1e-12)
    assert found.age["age"].to_numpy() == pytest.approx(4 * steps + 1.5)


def test_equal_to_least_squares_with_dummies():
    rng = np.random.default_rng(6)
    one = table(lambda age, j: wave(j) + 0.01 * age, ticks=9, n=rng.integers(1, 50, 9))
    loss = one.loss + rng.normal(0, 3, one.loss.shape)
    loss[2, 5:] = np.nan
    found = freshness(Table(loss, one.ticks, one.serves, one.rows, one.n), least=1, draws=0)
    i, j = np.nonzero(~np.isnan(loss[:-1]))
    X = np.zeros((len(i), 9 + 9))
    X[np.arange(len(i)), j] = 1
    X[np.arange(len(i)), 9 + j - i] = 1
    root = np.sqrt(one.n[j])
    solution = np.linalg.lstsq(
        np.delete(X, 9, axis=1) * root[:, None], loss[i, j] / one.n[j] * root, rcond=None
    )[0]
    assert found.age["effect"].iloc[1:].to_numpy() == pytest.approx(solution[9:])
    assert found.season["loss"].to_numpy() == pytest.approx(solution[:9])


def test_ticks_without_events_and_failed_trainings_are_left_out():
    n = np.where(np.arange(60) % 6 == 0, 0, 50)
    one = table(lambda age, j: wave(j) + 0.01 * age, n=n)
    one.loss[7] = np.nan
    found = freshness(one, draws=0)
    assert found.age["effect"].to_numpy() == pytest.approx(0.01 * found.age["age"], abs=1e-12)
    assert len(found.season) == 50


@pytest.mark.parametrize(("changes", "message"), [
    ({"width": 0}, "width=0: must be at least 1"),
    ({"least": 0}, "least=0"),
    ({"over": "tick"}, "did you mean 'ticks'"),
    ({"longest": 0}, "longest=0"),
    ({"least": 1000}, "fewer than two ages"),
    ({"block": 0}, "block=0"),
])  # fmt: skip
def test_bad_input(changes, message):
    with pytest.raises(ValueError, match=message):
        freshness(table(lambda age, j: 0.01 * age), **changes)


def test_an_empty_table_is_refused():
    with pytest.raises(ValueError, match="no model"):
        freshness(table(lambda age, j: np.nan))


# cost over intervals -----------------------------------------------------------------------


def test_the_square_root_law():
    # loss per event grows by s a tick, n events a tick, price p: period sqrt(2p / (c n s))
    prices = Prices(error=2.0, retraining=32.0)
    found = cost_by_period(table(lambda age, j: 0.01 * age, ticks=400), prices, range(1, 21))
    assert found.loc[found["best"], "every"].tolist() == [round(np.sqrt(2 * 32 / (2 * N * 0.01)))]
    assert found["opportunity"].is_monotonic_increasing
    assert found["upkeep"].is_monotonic_decreasing
    assert (found["opportunity"] + found["upkeep"]).to_numpy() == pytest.approx(found["total"])


def by_hand(one, period, phase, prices, duration):
    """Cost of a period in one phase, tick by tick, as a replay would go."""
    count = one.loss.shape[1]
    champion, busy, waiting, loss, paid = len(one.ticks) - 1, -1, [], 0.0, 0.0
    for j in range(count):
        champion = max([champion if champion < len(one.ticks) - 1 else -1,
                        *[i for i in waiting if one.serves[i] <= j]])  # fmt: skip
        waiting = [i for i in waiting if one.serves[i] > j]
        if j >= 1 and j % period == phase and j >= busy:
            busy = j + duration  # a training that fails takes as long
            i = one.ticks.tolist().index(j)
            paid += prices.retraining + prices.row * one.rows[i]
            if one.serves[i] < NEVER:
                waiting.append(i)
                champion = max([champion, *[k for k in waiting if one.serves[k] <= j]])
                waiting = [k for k in waiting if one.serves[k] > j]
        champion = champion if champion >= 0 else len(one.ticks) - 1
        loss += one.loss[champion, j]
    return loss, paid


@pytest.mark.parametrize("duration", [0, 1, 4])
def test_every_phase_is_what_a_replay_would_do(duration):
    rng = np.random.default_rng(7)
    prices = Prices(error=3.0, retraining=5.0, row=0.1)
    one = table(lambda age, j: rng.random(age.shape), ticks=17, duration=duration)
    failed = one.serves.copy()
    failed[[3, 12]] = NEVER
    loss = one.loss.copy()
    loss[[3, 12]] = np.nan
    one = Table(loss, one.ticks, failed, rng.integers(1, 90, 18), one.n)
    found = cost_by_period(one, prices, [1, 2, 3, 5, 20]).set_index("every")
    reference = by_hand(one, 1, 0, prices, duration)[0]
    for period in (1, 2, 3, 5, 20):
        phases = [by_hand(one, period, k, prices, duration) for k in range(period)]
        losses, paid = np.array(phases).T
        row = found.loc[period]
        assert row["phases"] == period
        assert row["opportunity"] == pytest.approx(3 * (losses.mean() - reference))
        assert row["upkeep"] == pytest.approx(paid.mean())
        total = 3 * (losses - reference) + paid
        assert row["total"] == pytest.approx(total.mean())
        assert (row["total_low"], row["total_high"]) == pytest.approx((total.min(), total.max()))


def test_periods_that_the_table_lacks_are_missing_and_not_guessed():
    coarse = table(lambda age, j: 0.01 * age, candidates=range(0, 60, 4))
    found = cost_by_period(coarse, Prices(), [2, 4, 8], reference=4).set_index("every")
    assert found.loc[2].drop(["phases", "best"]).isna().all()
    assert found["phases"].tolist() == [0, 1, 2]
    young = table(lambda age, j: 0.01 * age, largest_age=6)
    assert cost_by_period(young, Prices(), [7, 8])["total"].isna().tolist() == [False, True]
    with pytest.raises(ValueError, match="reference=1: the table cannot look up this period"):
        cost_by_period(coarse, Prices(), [4])
    with pytest.raises(ValueError, match="periods=0"):
        cost_by_period(young, Prices(), [0])


def test_steps_add_up_to_the_whole_way():
    one = table(lambda age, j: 0.01 * age, ticks=120)
    prices = Prices(error=1.0, retraining=7.0)
    steps = value_of_frequency(one, prices, {"daily": 4, "monthly": 30, "weekly": 12, "hourly": 1})
    assert steps["from"].tolist() == ["monthly", "weekly", "daily"]
    assert steps["to"].tolist() == ["weekly", "daily", "hourly"]
    direct = value_of_frequency(one, prices, {"monthly": 30, "hourly": 1})
    for name in ("averted", "paid", "gain", "retrainings", "gain_per_event"):
        assert steps[name].sum() == pytest.approx(direct[name].item())
    # less and less is averted by the later steps per training that they cost
    assert (steps["averted"] / steps["retrainings"]).is_monotonic_decreasing
    # hourly: 119 trainings, no age at all but that of the initial model in tick 0
    costs = cost_by_period(one, prices, [1, 4])
    assert costs["loss"].iloc[0] == pytest.approx(1.0)
    assert steps["averted"].iloc[-1] == pytest.approx(costs["loss"].iloc[1] - 1.0)
    assert steps["paid"].iloc[-1] == pytest.approx(7 * (119 - costs["retrainings"].iloc[1]))


def test_a_single_period_or_equal_ones_are_refused():
    one = table(lambda age, j: 0.01 * age)
    for periods in ({"daily": 4}, {"daily": 4, "again": 4}):
        with pytest.raises(ValueError, match="at least two, of different lengths"):
            value_of_frequency(one, Prices(), periods)


def test_intervals_of_configured_schedules():
    def run(tick, trigger):
        return {1: Run({}, {}, {"tick": tick, "strategy": {"trigger": trigger}})}

    setting = Setting("", {}, {
        "weekly": run("12h", {"_target_": "clsim.strategy.triggers.Periodic", "every": "7d"}),
        "five": run(500, {"_target_": "clsim.strategy.triggers.Periodic", "every": 5}),
        "never": run(500, {"_target_": "clsim.strategy.triggers.Never"}),
        "ours": {1: Run({}, {}, {"strategy": {"name": "ours"}})},
    })  # fmt: skip
    assert intervals(setting) == {"weekly": 14.0, "five": 5.0}


def test_the_curve_of_a_sweep_by_hand():
    rows = [("often", 1, 0.0, 40.0), ("often", 2, 0.0, 60.0), ("some", 1, 10.0, 20.0),
            ("some", 2, 14.0, 20.0), ("rare", 1, 90.0, 2.0), ("rare", 2, 70.0, 2.0),
            ("drift", 1, 5.0, 5.0)]  # fmt: skip
    sweep = pd.DataFrame(rows, columns=["strategy", "seed", "opportunity_money", "upkeep"])
    found = cost_by_interval(sweep, {"rare": 50, "often": 1, "some": 7})
    assert found["strategy"].tolist() == ["often", "some", "rare"]
    assert found["opportunity"].tolist() == [0.0, 12.0, 80.0]
    assert found["upkeep"].tolist() == [50.0, 20.0, 2.0]
    assert found["total"].tolist() == [50.0, 32.0, 82.0]
    assert found["best"].tolist() == [False, True, False]
    # 32 ± t(.975, 1) · 2, with t = 12.7062: s = 2·sqrt(2), over sqrt(2)
    assert found["total_low"][1] == pytest.approx(32 - 12.7062 * 2, abs=1e-3)
    with pytest.raises(ValueError, match="no strategy"):
        cost_by_interval(sweep, {"never": 3})


def test_the_curve_of_the_table_is_that_of_replaying_every_phase():
    stream = Synthetic(Sine(0), [Gradual(Sine(1), at=1500, width=1000)], n=3000)
    window = SlidingWindow(300)
    given = {"learner": LogisticRegression(), "tick": 100, "warmup": 500, "delay": Constant(150)}
    lengths = {f"{every} from {k}": (every, k) for every in (1, 4, 9) for k in range(every)}
    strategies = {n: Strategy(Periodic(*pair), window) for n, pair in lengths.items()}
    runs = replay(stream, strategies, seed=2, **given)
    prices = Prices(error=2.0, retraining=30.0, row=0.01)
    sweep = settings(Runs(runs, []))[0]
    found = cost_by_interval(
        priced(sweep, prices, "1 from 0"), {name: every for name, (every, _) in lengths.items()}
    )
    table = counterfactual(stream, dataset=window, seed=2, **given)
    curve = cost_by_period(table, prices, [1, 4, 9]).set_index("every")
    for every, phases in found.groupby("every"):
        for name in ("opportunity", "upkeep", "total"):
            assert curve.loc[every, name] == pytest.approx(phases[name].mean())
        assert curve.loc[every, "total_low"] == pytest.approx(phases["total"].min())
        assert phases["total_low"].isna().all()  # one seed
