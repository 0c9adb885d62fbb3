"""Retired models that serve again, by hand."""

import numpy as np
import pytest
from river import naive_bayes

import clsim
from clsim.analysis import reuses
from clsim.protocols import Guard, Reusing
from clsim.runs.ledger import Prices, cost
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import FirstOf, Freeze, RollBack
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.reuse import BestFit, NoReuse
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import At, Periodic, Volume
from clsim.types import Reuse, Rollback
from helpers.fixed import Counting, labels
from helpers.tables import happened

# labels change every 40 rows: 0 in the warm-up and ticks 0 and 1, 1 in ticks 2 to 5, 0 in ticks 6
# to 9, and so on; a training every four ticks comes two ticks after each change
SEASONS = [(40, 0), (40, 10), (40, 0), (40, 10), (40, 0), (20, 10)]
FIT = {"window": 20, "min_labels": 10}


def replay(reuse, *, table=None, trigger=None, training=None, **more):
    strategy = Strategy(
        trigger or Periodic(4), SlidingWindow(20), training or Stateless(), reuse=reuse, **more
    )
    return clsim.replay(
        table or labels(*SEASONS), {"it": strategy}, learner=Counting(), tick=10, warmup=20,
        record="events",
    )["it"]  # fmt: skip


def came_back(run):
    return [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["reuse"])]


def trained(run):
    return [e["tick"] for e in happened(run, ["train"])]


def test_re_use_wins_on_a_periodic_drift():
    slow = Stateless(duration=10)
    train, run = (replay(reuse, training=slow) for reuse in (NoReuse(), BestFit(**FIT)))
    # model 1 is trained once, when ones come for the first time; then 0 and 1 take turns
    assert (trained(train), trained(run)) == ([4, 8, 12, 16], [4])
    assert came_back(run) == [(8, 0, 1), (12, 1, 0), (16, 0, 1)]
    # of each season of 40 rows the first 20 are lost until somebody looks, and 10 more while a
    # training runs; the last season has 20 rows
    assert train.totals["errors"] == 4 * (20 + 10) + 20
    assert run.totals["errors"] == (20 + 10) + 3 * 20 + 20
    prices = Prices(error=1, retraining=25)
    assert cost(train.totals, prices) == 140 + 4 * 25
    assert cost(run.totals, prices) == 110 + 25
    assert run.totals["retrainings"] == run.totals["deployments"] == 1
    assert run.totals["reuses"] == 3
    event = happened(run, ["reuse"])[0]
    assert event["reason"] == "every 4: model 0 fits best: score 1.0000, 0.0000 now"
    assert event["detail"] == {"reused": 1.0, "champion": 0.0, "labels": 20.0, "asked": 1.0}
    assert run.ticks["model"].tolist() == [0] * 5 + [1] * 3 + [0] * 4 + [1] * 4 + [0] * 4


def test_what_a_re_use_was_worth_beside_what_answered_before():
    found = reuses(replay(BestFit(**FIT), training=Stateless(duration=10)))
    columns = ["model", "replaced", "tick", "until", "away", "n", "per_event", "before"]
    # before the first one, of rows 60 to 99, 10 were lost while the training ran, and 20 after 80
    assert found[columns].values.tolist() == [
        [0, 1, 8, 12, 3, 40, 0.5, 0.75],
        [1, 0, 12, 16, 4, 40, 0.5, 0.5],
        [0, 1, 16, 20, 4, 40, 0.5, 0.5],
    ]
    assert found[["labels", "score", "score_replaced"]].values.tolist() == [[20, 1, 0]] * 3


def test_a_model_that_is_re_used_answers_as_it_did():
    run = replay(BestFit(**FIT))
    answers = run.predictions.groupby("model")["y_pred"].unique()
    assert {model: list(said) for model, said in answers.items()} == {0: [0], 1: [1]}


@pytest.mark.parametrize(("setting", "expected"), [
    ({"margin": 0.99}, [8, 12, 16]),
    ({"margin": 1.0}, []),  # it must be ahead by more
    ({"window": 20, "min_labels": 20}, [8, 12, 16]),
    ({"window": 30, "min_labels": 30}, [8, 12, 16]),  # what was trained on is older than these
    ({"window": 60, "min_labels": 41}, []),  # of the last 60, the champion learned 20
])  # fmt: skip
def test_what_a_re_use_rests_on(setting, expected):
    run = replay(BestFit(**{**FIT, **setting}))
    assert [tick for tick, *_ in came_back(run)] == expected


def test_of_those_kept_the_one_that_is_ahead_by_most_serves():
    # models 0 to 3 know 0, 1, 0 and 1; the last one that retired wins a tie
    told = [(20, 0), (20, 10), (20, 0), (20, 10), (60, 0)]
    run = replay(BestFit(**FIT), table=labels(*told), trigger=At([2, 4, 6, 8]), offline=None)
    assert came_back(run)[0] == (4, 0, 1), "what it knows need not be trained"
    forgetful = replay(BestFit(**FIT, keeps=1), table=labels(*told), trigger=At([2, 4, 6, 8]))
    assert [e["tick"] for e in happened(forgetful, ["reuse"])][:1] == [4]


class Chosen(Reusing):
    """Re-uses a given model in given ticks."""

    keeps = 5
    seen = []

    def __init__(self, by_tick):
        self.by_tick = by_tick

    def choose(self, view):
        self.seen.append((view.tick, view.champion, view.former, view.retired))
        model = self.by_tick.get(view.tick)
        return None if model is None else Reuse(model, "as told")


class Back(Guard):
    keeps = 1

    def __init__(self, *ticks):
        self.ticks = ticks

    def due(self, tick):
        return tick

    def watch(self, view):
        return Rollback("not wanted") if view.tick in self.ticks else None


def test_a_withdrawn_model_returns_by_re_use_alone():
    Chosen.seen.clear()
    run = replay(Chosen({6: 1}), trigger=Periodic(2), guard=Back(3))
    # model 1 of tick 2 is withdrawn at tick 3; at tick 4 model 2 is trained; at 6 model 1 is back
    assert [(e["tick"], e["model"]) for e in happened(run, ["rollback"])] == [(3, 0)]
    assert came_back(run) == [(6, 1, 2)]
    assert Chosen.seen[:2] == [(4, 0, (), (1,)), (6, 2, (0,), (1, 0))]
    assert Chosen.seen[2][:3] == (8, 1, (2,)), "it is a champion now, and model 2 a former one"


def test_a_guard_watches_what_was_re_used():
    run = replay(Chosen({8: 0}), guard=Back(9))
    assert came_back(run) == [(8, 0, 1)]
    assert [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["rollback"])] == [
        (9, 1, 0)
    ]
    falling = RollBack(margin=0.1, within=4, window=10, min_labels=10)
    run = replay(Chosen({7: 0}), trigger=Periodic(7), guard=falling, table=labels((140, 0)))
    assert happened(run, ["rollback"]) == []


def test_newer_goes_by_the_time_of_the_re_use():
    # model 2 starts at tick 8 and is ready at 10; at 9 model 0 serves again, which is newer
    slow = Stateless(duration=20)
    run = replay(Chosen({9: 0}), training=slow, trigger=At([4, 8, 9]), overlap=True)
    assert came_back(run) == [(9, 0, 1)]
    [gone] = happened(run, ["superseded"])
    assert (gone["tick"], gone["model"], gone["reason"]) == (10, 2, "model 0 is newer")


def test_stateful_training_goes_on_from_what_was_re_used():
    run = replay(Chosen({8: 0}), training=Stateful())
    parents = [(e["tick"], e["parent"]) for e in happened(run, ["train"])]
    assert parents == [(4, 0), (12, 0), (16, 2)]


def test_none_is_re_used_in_a_freeze():
    run = replay(BestFit(**FIT), guard=Freeze(ticks=[8]))
    assert trained(run) == [4, 8]
    assert came_back(run) == [(12, 1, 2), (16, 2, 1)], "model 2, of tick 8, knows zeros as 0 does"


def test_the_trigger_starts_afresh_with_it():
    class Counted(Periodic):
        asked = 0
        seen = []

        def fires(self, view):
            self.asked += 1
            self.seen.append((view.tick, self.asked))
            return super().fires(view)

    Counted.seen.clear()
    replay(BestFit(**FIT), trigger=Counted(4))
    assert Counted.seen[5:11] == [(5, 1), (6, 2), (7, 3), (8, 4), (9, 1), (10, 2)]


def test_volume_counts_from_the_last_training():
    run = replay(BestFit(**FIT), trigger=Volume(rows=40))
    assert trained(run)[0] == 4
    assert came_back(run)[:1] == [(8, 0, 1)]
    assert trained(run)[1] == 9, "the labels of tick 4 on are still new, and no one fits better"


def test_a_gate_compares_with_what_was_re_used():
    run = replay(BestFit(**FIT), offline=ChampionChallenger(10, min_rows=5))
    tests = [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["offline_test"])]
    assert tests == [(4, 1, 0)]
    assert came_back(run) == [(8, 0, 1), (12, 1, 0), (16, 0, 1)]


def test_together_is_alone():
    made = {
        "reuse": Strategy(Periodic(4), SlidingWindow(20), reuse=BestFit(**FIT)),
        "train": Strategy(Periodic(4), SlidingWindow(20)),
        "back": Strategy(Periodic(4), SlidingWindow(20), reuse=BestFit(**FIT, keeps=2),
                         guard=FirstOf([RollBack(0.1, 3, 10, 10), Freeze(ticks=[12])])),
    }  # fmt: skip
    setting = {"learner": Counting(), "tick": 10, "warmup": 20, "record": "events"}
    together = clsim.replay(labels(*SEASONS), made, **setting)
    for name, strategy in made.items():
        alone = clsim.replay(labels(*SEASONS), {name: strategy}, **setting)[name]
        assert together[name].predictions.equals(alone.predictions)
        assert np.array_equal(happened(together[name]), happened(alone))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: BestFit(keeps=0), r"^keeps=0: must be at least 1"),
    (lambda: BestFit(margin=-1), r"^margin=-1: must be at least 0"),
    (lambda: BestFit(window=50), r"^min_labels=100: must be at most 50"),
    (lambda: Strategy(Periodic(4), reuse="best"), r"^reuse='best': needs a method 'choose'"),
    (lambda: Strategy(Periodic(4), None, RowByRow(), reuse=BestFit()),
     r"^reuse: a model that learns row by row goes on learning.*; use stateful training"),
])  # fmt: skip
def test_bad_settings_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_a_model_that_is_not_kept_cannot_be_re_used():
    with pytest.raises(LookupError, match=r"reuse: model 7 is not kept; only \[0\] are"):
        replay(Chosen({8: 7}))


def test_models_that_learn_row_by_row_have_no_former_ones():
    learner = naive_bayes.GaussianNB()
    strategy = Strategy(Periodic(4), None, RowByRow(), reuse=NoReuse())
    run = clsim.replay(labels(*SEASONS), {"it": strategy}, learner=learner, tick=10, warmup=20)
    assert run["it"].totals["reuses"] == 0
