import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from clsim import replay
from clsim.analysis.compare.comparison import Setting, priced, settings
from clsim.analysis.cost.schedule_cost import (
    cost_by_interval,
    cost_by_period,
    intervals,
    value_of_frequency,
)
from clsim.hindsight.losses import Table
from clsim.hindsight.make import counterfactual
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices
from clsim.runs.run import Run, Runs
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Gradual
from clsim.types import NEVER
from helpers.aged import N, table


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
        return {1: Run({}, RunInfo(), {"tick": tick, "strategy": {"trigger": trigger}})}

    setting = Setting("", {}, {
        "weekly": run("12h", {"_target_": "clsim.strategy.triggers.Periodic", "every": "7d"}),
        "five": run(500, {"_target_": "clsim.strategy.triggers.Periodic", "every": 5}),
        "never": run(500, {"_target_": "clsim.strategy.triggers.Never"}),
        "ours": {1: Run({}, RunInfo(), {"strategy": {"name": "ours"}})},
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
