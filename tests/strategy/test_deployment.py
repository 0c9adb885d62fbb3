"""Deployments that fail, or take serving down, by hand."""

import pytest

import clsim
from clsim.randomness import chance
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.deployment import MayFail, Sure
from clsim.strategy.guards import RollBack
from clsim.strategy.online import Shadow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import At, Never, Periodic
from helpers.fixed import Counting, labels
from helpers.tables import happened


def replay(deployment, trigger=None, table=None, **more):
    table = labels((60, 0), (60, 10)) if table is None else table
    setting = {"unanswered": more.pop("unanswered", "skip")}
    strategy = Strategy(trigger or Periodic(2), SlidingWindow(20), deployment=deployment, **more)
    setting |= {"learner": Counting(), "tick": 10, "warmup": 20}
    return clsim.replay(table, {"it": strategy}, record="events", **setting)["it"]


def deployed(run):
    return [(e["tick"], e["model"], "accepted" not in e) for e in happened(run, ["deploy"])]


def test_what_fails_is_dropped_and_the_champion_serves_on():
    run = replay(MayFail(1.0))
    assert deployed(run) == [(2, 1, False), (4, 2, False), (6, 3, False), (8, 4, False)]
    assert set(run.ticks["model"]) == {0}
    assert run.totals["deployments"] == 0
    assert run.totals["retrainings"] == 4


def test_it_fails_by_the_seed_the_tick_and_the_model():
    fails = {
        (tick, model): chance(0, f"deployment {model}", tick) < 0.5
        for tick, model in [(2, 1), (4, 2), (6, 3), (8, 4)]
    }
    assert deployed(replay(MayFail(0.5))) == [(*what, not fails[what]) for what in fails]
    assert len(set(fails.values())) == 2


def test_events_are_unanswered_while_serving_is_down():
    # the model of tick 2 is deployed at row 40 and answers from row 44 on
    run = replay(MayFail(down=4, down_chance=1.0), At([2]))
    answered = run.predictions.set_index("id")["y_pred"].notna()
    assert answered[answered].index.tolist() == [*range(20, 40), *range(44, 120)]
    assert run.totals["answered"] == 96
    wrong = replay(MayFail(down=4, down_chance=1.0), At([2]), unanswered="wrong")
    assert wrong.totals["errors"] == run.totals["errors"] + 4


def test_an_outage_may_outlast_ticks_and_be_followed_by_another_deployment():
    # row 40 and on for 25 rows, until row 65; the model of tick 4 (row 60) is then deployed, and
    # takes serving down until row 85; that of tick 6 until row 105
    run = replay(MayFail(down=25, down_chance=1.0), At([2, 4, 6]))
    answered = run.predictions.set_index("id")["y_pred"].notna()
    assert answered[answered].index.tolist() == [*range(20, 40), *range(105, 120)]
    assert run.ticks["model"].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 3, 3]


def test_a_trial_that_is_won_may_be_lost_by_its_deployment():
    run = replay(MayFail(1.0), At([6]), online=Shadow(20, min_labels=5))
    found = [(e["tick"], e.get("accepted")) for e in happened(run, ["online_test", "deploy"])]
    assert found == [(6, None), (8, True), (8, False)]


def test_a_rollback_always_works():
    # the model of tick 2 says 0 where nearly all is 1; at tick 3 ten of its events have labels
    table = labels((30, 10), (10, 0), (80, 10))
    parts = {"guard": RollBack(0.1, 5, window=20, min_labels=10)}
    run = replay(MayFail(down=3, down_chance=1.0), At([2]), table, **parts)
    assert [e["tick"] for e in happened(run, ["rollback"])] == [3]
    answered = run.predictions.set_index("id")["y_pred"].notna()
    assert answered.sum() == 97, "three rows, of the one deployment"


def test_by_default_nothing_goes_wrong():
    one, two = replay(None), replay(Sure())
    assert one.ticks.equals(two.ticks)
    assert one.totals["deployments"] == 4


@pytest.mark.parametrize(("make", "message"), [
    (lambda: MayFail(1.5), "^chance=1.5: must be at most 1"),
    (lambda: MayFail(down="1h"), "^down='1h', down_chance=0.0: say for how long"),
    (lambda: MayFail(down_chance=0.5), "^down=None, down_chance=0.5: say for how long"),
    (lambda: Strategy(Never(), training=RowByRow(), deployment=MayFail(0.1)),
     "^deployment: a model that learns row by row"),
    (lambda: replay(MayFail(down="1h", down_chance=1.0)), "deployment.down"),
])  # fmt: skip
def test_bad_parameters(make, message):
    with pytest.raises(ValueError, match=message):
        make()
