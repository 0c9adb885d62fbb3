"""The parts of a regret add up, on tables by hand and on recorded runs; others get a reason."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.naive_bayes import GaussianNB as OnlineGaussianNB
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import deferred_optimum, evaluate, optimum
from clsim.hindsight.regret import CAUSES, of_run, outside, regret, regrets
from clsim.hindsight.schedules import recorded
from clsim.runs.ledger import Prices, cost
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import Performance, Periodic
from clsim.streams.delays import Constant
from clsim.types import Verdict
from helpers.examples import share
from helpers.tabled import Idle
from helpers.tables import two_clouds

NAN = float("nan")


def total(found):
    return sum(getattr(found, part) for part in CAUSES)


def square(loss, lag=0):
    loss = np.array(loss, dtype=float)
    T = loss.shape[1]
    serves = np.append(np.minimum(np.arange(T) + lag, T), 0)
    loss[np.arange(T) < serves[:, None]] = NAN
    return Table(loss, np.append(np.arange(T), -1), serves, np.append(np.full(T, 10), 0),
                 np.full(T, 50))  # fmt: skip


def test_parts_by_hand():
    table = square([[9, 9, 9, 9], [0, 1, 4, 6], [0, 0, 3, 9], [0, 0, 0, 1], [3, 7, 7, 7]])
    prices, other = Prices(error=2, retraining=4), square(np.ones((5, 4)))
    best = optimum(table, prices)
    # training at 1 and 3: 3 + 1 + 4 + 1 = 9 units, 18 + 8; at 1 and 2: 3 + 1 + 3 + 9
    assert (best.ticks, best.cost) == ((1, 3), 26.0)
    found = regret(table, 20.0, [0, 2, 3], [2], prices, charges=5, families={"other": other})
    assert found.path == 2 * (20 - (3 + 7 + 3 + 9))
    assert found.gate == 2 * ((3 + 7 + 3 + 9) - (9 + 9 + 3 + 1)) + 5
    assert found.late == 2 * (9 - 1)  # at tick 1, model 0 in the place of 1
    assert found.early == 2 * ((9 - 3) + (3 - 4))  # at ticks 0 and 2, models 0 and 2
    assert found.spend == 12 - 8
    assert found.data == 26 - 8  # never retraining in the other family: 4 units
    assert found.cost == 2 * 20 + 12 + 5
    assert found.total == total(found) == found.cost - 8
    assert (found.best, found.charges) == (8.0, 5)


@share(3)
@given(st.data())
def test_parts_add_up_and_timing_never_gains(data):
    T = data.draw(st.integers(1, 7))
    cells = st.lists(st.integers(0, 9), min_size=(T + 1) * T, max_size=(T + 1) * T)
    lag = data.draw(st.integers(0, 2))
    table, other = (square(np.reshape(data.draw(cells), (T + 1, T)), lag) for _ in range(2))
    prices = Prices(error=data.draw(st.integers(1, 3)), retraining=data.draw(st.integers(0, 9)))
    started = sorted(data.draw(st.sets(st.integers(0, T - 1))))
    accepted = [i for i in started if data.draw(st.booleans())]
    loss, charges = data.draw(st.integers(0, 99)), data.draw(st.integers(0, 9))
    found = regret(table, loss, started, accepted, prices, charges=charges,
                   families={"other": other})  # fmt: skip
    best = min(optimum(table, prices).cost, optimum(other, prices).cost)
    spent = prices.error * loss + prices.retraining * len(started) + charges
    assert total(found) == found.total == spent - best
    assert found.late + found.early + found.spend >= 0
    assert found.data >= 0
    # what a gate serves is bounded as well
    served = evaluate(table, accepted, prices).loss
    assert regret(table, served, started, accepted, prices).total >= 0


def test_the_optimum_has_no_regret():
    table = square(np.random.default_rng(0).integers(0, 9, (9, 8)))
    best = optimum(table, Prices(retraining=2))
    found = regret(table, best.loss, best.ticks, best.ticks, Prices(retraining=2))
    assert [getattr(found, part) for part in (*CAUSES, "total")] == [0.0] * 7


def test_impossible_questions_are_refused():
    table = square(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"accepted=\[2\]: trainings that were not started"):
        regret(table, 3.0, [1], [1, 2], Prices())
    with pytest.raises(ValueError, match=r"families\['far'\]: other numbers of events"):
        regret(table, 3.0, [1], [1], Prices(), families={"far": square(np.ones((5, 4)))})
    table.loss[1, 2] = NAN
    with pytest.raises(ValueError, match="needs a loss that it lacks"):
        regret(table, 3.0, [1], [1], Prices())
    matrix = Prices(error=[[0, 1], [5, 0]])
    with pytest.raises(TypeError, match="summed losses; give a number"):
        regret(table, 3.0, [], [], matrix)


# recorded runs --------------------------------------------------------------------------------


class At:
    """Trains at given ticks."""

    def __init__(self, *ticks):
        self.ticks = ticks

    def fires(self, view):
        return "planned" if view.tick in self.ticks else None


class Coin:
    """Holds nothing out, and rejects every other challenger."""

    def __init__(self):
        self.judged = 0

    def holdout(self, view):
        return np.empty(0, dtype=np.int64)

    def judge(self, view, challenger, champion, holdout):
        self.judged += 1
        return Verdict(self.judged % 2 == 1, "coin")


DATASET, DURATION = SlidingWindow(300), 150
WORLD = {"learner": GaussianNB(), "tick": 100, "warmup": 400, "seed": 2, "delay": Constant(120)}


def play(strategies, **changed):
    return clsim.replay(two_clouds(2400, seed=1), strategies, **{**WORLD, **changed})


def stateless(trigger, **parts):
    return Strategy(trigger, DATASET, Stateless(duration=DURATION), **parts)


def table_by_replays(dataset=DATASET, duration=DURATION):
    """One replay for each candidate, that trains in no other tick."""
    training = Stateless(duration=duration)
    single = {t: Strategy(At(t), dataset, training) for t in range(20)}
    runs = play({"never": Strategy(Idle(), dataset, training), **single})
    never = runs.pop("never").ticks
    events = [run.events for run in runs.values()]
    trained = [e[e["kind"] == "train"]["rows"].tolist() for e in events]
    deployed = [e[e["kind"] == "deploy"]["tick"].tolist() for e in events]
    serves = np.array([ticks[0] if ticks else 20 for ticks in deployed] + [0])
    loss = np.array([run.ticks["loss"] for run in runs.values()] + [never["loss"]], dtype=float)
    loss[np.arange(20) < serves[:, None]] = NAN
    rows = np.array([count for (count,) in trained] + [0])
    return Table(loss, np.append(np.arange(20), -1), serves, rows, never["n"].to_numpy())


@pytest.fixture(scope="module")
def table():
    return table_by_replays()


@pytest.fixture(scope="module")
def runs():
    return play({
        "never": stateless(Idle()),
        "often": stateless(Periodic(1)),
        "every3": stateless(Periodic(3, phase=1)),
        "below": stateless(Performance(below=0.8, window=100, min_labels=50)),
        "crowd": stateless(Periodic(1), overlap=True),
        "coin": stateless(Periodic(2), offline=Coin()),
    })  # fmt: skip


PRICES = Prices(error=1, retraining=6, row=0.01, label=0.02)


def test_pricing_a_recorded_schedule_equals_its_replay(table, runs):
    for run in runs.values():
        _, accepted = recorded(run)
        found = evaluate(table, accepted, PRICES)
        assert found.loss == run.totals["loss"]
        losses = table.loss[found.serving, np.arange(20)]
        assert losses.tolist() == run.ticks["loss"].tolist()


def test_parts_add_up_on_every_run_and_no_run_beats_the_optimum(table, runs):
    families = {"short": table_by_replays(SlidingWindow(100)), "same": table}
    best = min(optimum(t, PRICES).cost for t in families.values())
    found = regrets(runs, table, PRICES, families=families).set_index("run")
    assert found["reason"].isna().all()
    for name, run in runs.items():
        row = found.loc[name]
        assert row["cost"] == pytest.approx(cost(run.totals, PRICES))
        assert row[[*CAUSES]].sum() == pytest.approx(row["total"], abs=1e-9)
        assert row["total"] == pytest.approx(cost(run.totals, PRICES) - best)
        assert row["path"] == 0
        assert row["charges"] == pytest.approx(0.02 * run.totals["labels"])
        assert row["late"] + row["early"] + row["spend"] >= -1e-9
        assert cost(run.totals, PRICES) >= optimum(table, PRICES).cost
        assert optimum(table, PRICES).cost >= deferred_optimum(table, PRICES).cost
    assert found.loc["never", ["early", "gate"]].tolist() == [0, found.loc["never", "charges"]]
    assert found.loc["never", "late"] > 0
    assert found.loc["often", "spend"] > 0
    judged = of_run(runs["coin"], table, PRICES)
    assert (judged.started, judged.accepted) == recorded(runs["coin"])
    assert 0 < len(judged.accepted) < len(judged.started)
    assert judged.regret.gate != judged.regret.charges


def test_runs_outside_of_the_class_get_a_reason(table):
    def only(strategy, **changed):
        judged = of_run(play({"it": strategy}, **changed)["it"], table, PRICES)
        assert judged.regret is None
        return judged.reason

    update = Strategy(Periodic(5), NewSinceLast(), Stateful())
    assert only(update).startswith("stateful training (partial_fit at tick 5)")
    online = Strategy(Idle(), DATASET, RowByRow())
    assert only(online, learner=OnlineGaussianNB()).startswith("it learns row by row")
    gate = stateless(Periodic(5), offline=ChampionChallenger(holdout=100))
    reason = "at tick 5 it trained on 200 rows, and held out 100; the table's model on 300"
    assert only(gate) == reason
    longer = Strategy(Periodic(5), SlidingWindow(350), Stateless(duration=DURATION))
    assert only(longer) == "at tick 5 it trained on 350 rows; the table's model on 300"
    assert "served other events" in only(stateless(Periodic(5)), tick=200)
    quick = Strategy(Periodic(10), DATASET, Stateless())
    assert "the table's model, nan" in only(quick)  # it serves before the table's model can
    other = stateless(Periodic(5))
    assert "it lost" in only(other, learner=GaussianNB(var_smoothing=0.5))


def test_a_sampled_table_is_compared_on_request(table, runs):
    rough = dataclasses.replace(table, loss=table.loss + 1)
    assert of_run(runs["every3"], rough, PRICES).regret is None
    found = of_run(runs["every3"], rough, PRICES, exact=False).regret
    assert found.path == -20  # each of 20 ticks loses one less than the table says
    assert total(found) == pytest.approx(found.total)


def test_a_candidate_that_is_missing_and_a_run_that_goes_back(table, runs):
    keep = table.ticks != 4
    coarse = Table(table.loss[keep], table.ticks[keep], table.serves[keep], table.rows[keep],
                   table.n)  # fmt: skip
    assert outside(runs["every3"], coarse) == (
        "it trained at tick 4, which is no candidate of the table"
    )
    run = runs["every3"]
    ticks = run.ticks.copy()
    ticks.loc[12, "model"] = 0
    back = clsim.runs.run.Run({"ticks": ticks, "events": run.events}, run.info)
    assert outside(back, table) == "in tick 12 it went back to a model that was trained earlier"
    ticks.loc[2, "model"] = None
    back = clsim.runs.run.Run({"ticks": ticks, "events": run.events}, run.info)
    assert outside(back, table) == "no model served tick 2"


def test_a_saved_run_has_the_same_regret(table, runs, tmp_path):
    found = clsim.load(runs["coin"].save(tmp_path / "run"))
    assert of_run(found, table, PRICES) == of_run(runs["coin"], table, PRICES)
