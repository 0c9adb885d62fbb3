"""Rollbacks, by hand."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim.protocols import Guard, Monitor
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.training import Stateful, Stateless
from clsim.strategy.triggers import AnyOf, Periodic, Threshold, Volume
from clsim.types import Rollback
from helpers.fixed import Counting, labels
from helpers.tables import Table, happened


def replay(table, *parts, learner=None, every=4, **more):
    strategy = Strategy(Periodic(every), *parts, **more)
    setting = {"learner": learner or Counting(), "tick": 10, "warmup": 20, "record": "events"}
    return clsim.replay(table, {"it": strategy}, **setting)["it"]


def back(run):
    return [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["rollback"])]


GUARD = {"margin": 0.1, "within": 3, "window": 10, "min_labels": 10}

# the labels are 0 but for rows 40 to 59, which are 1: the model of tick 4 learns them
BAD = [(40, 0), (20, 10), (80, 0)]


def test_a_rollback_by_hand():
    run = replay(labels(*BAD), SlidingWindow(20), guard=RollBack(**GUARD))
    # rows 50 to 59, served before, were all wrong (score 0), so 60 to 69 are no worse (score 0)
    assert back(run) == []
    longer = {**GUARD, "window": 30}
    run = replay(labels(*BAD), SlidingWindow(20), guard=RollBack(**longer))
    # rows 30 to 59: a third is right; 0 < .333 - .1, so at tick 5 model 0 comes back
    [event] = happened(run, ["rollback"])
    assert (event["tick"], event["model"], event["parent"]) == (5, 0, 1)
    assert event["reason"] == "score 0.0000, 0.3333 before the promotion"
    assert event["detail"] == {"after": 0.0, "before": pytest.approx(1 / 3), "labels": 10.0}
    assert run.ticks["model"].tolist() == [0] * 4 + [1] + [0] * 3 + [2] * 4
    assert run.totals["errors"] == 20 + 10
    assert run.totals["rollbacks"] == 1


def test_a_margin_and_the_time_within_which_it_watches():
    wide = {**GUARD, "window": 30, "margin": 0.34}
    assert back(replay(labels(*BAD), SlidingWindow(20), guard=RollBack(**wide))) == []
    late = {**GUARD, "window": 30, "within": 1, "min_labels": 20}
    assert back(replay(labels(*BAD), SlidingWindow(20), guard=RollBack(**late))) == []
    enough = {**late, "within": 2}
    assert back(replay(labels(*BAD), SlidingWindow(20), guard=RollBack(**enough))) == [(6, 0, 1)]


def test_a_rollback_is_not_watched():
    table = labels((40, 0), (20, 10), (10, 0), (40, 10))
    run = replay(table, SlidingWindow(20), guard=RollBack(**{**GUARD, "window": 30, "within": 20}))
    # model 0 is back at tick 5, and errs from row 70 on; nothing takes it back before tick 8
    assert back(run) == [(5, 0, 1)]
    assert run.ticks["model"].tolist() == [0] * 4 + [1] + [0] * 3 + [2]


def test_what_was_trained_on_from_the_withdrawn_model_ends_with_it():
    guard = RollBack(**{**GUARD, "window": 30})
    run = replay(labels(*BAD), NewSinceLast(), Stateful(duration=20), every=2, guard=guard)
    # model 2 starts at tick 4, learns the ones and serves from 6 on; then model 3 starts from it
    trains = [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["train"])]
    assert trains[:3] == [(2, 1, 0), (4, 2, 1), (6, 3, 2)]
    assert back(run) == [(7, 1, 2)]
    [gone] = happened(run, ["superseded"])
    assert (gone["tick"], gone["model"], gone["reason"]) == (7, 3, "model 2 was withdrawn")
    assert 3 not in [e["model"] for e in happened(run, ["deploy"])]


def trained(run):
    return {e["tick"]: e["rows"] for e in happened(run, ["train"])}


def test_rows_of_a_withdrawn_model_are_new_again_unless_they_are_distrusted():
    table = labels(*BAD)
    guard = {**GUARD, "window": 30}
    # model 1 learns rows 20 to 59 at tick 4; at 8 it has 40 more
    trusting = replay(table, NewSinceLast(), Stateful(), learner=Latest(), guard=RollBack(**guard))
    assert back(trusting) == [(5, 0, 1)]
    assert trained(trusting) == {4: 40, 8: 80}
    distrusting = RollBack(**guard, distrust=True)
    run = replay(table, NewSinceLast(), Stateful(), learner=Latest(), guard=distrusting)
    assert trained(run) == {4: 40, 8: 40}
    run = replay(table, All(), learner=Latest(), guard=distrusting)
    assert back(run) == [(5, 0, 1)]
    assert trained(run) == {4: 60, 8: 100 - 40}, "what model 0 had learned too is trusted"


class Latest(Counting):
    """Answers what its last five rows say."""

    def partial_fit(self, X, y, classes=None):
        return super().partial_fit(X[-5:], y[-5:])


def test_what_ancestors_learned_is_not_distrusted():
    table = labels((70, 0), (10, 10), (80, 0))
    guard = RollBack(0.1, 1, 40, 10, distrust=True)
    run = replay(table, NewSinceLast(), Stateful(full_every=3), learner=Latest(), every=2,
                 guard=guard)  # fmt: skip
    # tick 2: rows 20 to 39; tick 4: 40 to 59; tick 6, from scratch: all 80, the last ones bad
    assert {t: n for t, n in trained(run).items() if t < 8} == {2: 20, 4: 20, 6: 80}
    assert back(run) == [(7, 2, 3)]
    # of its rows 60 to 79 alone are kept out; at tick 8 rows 80 to 99 are new
    assert trained(run)[8] == 20
    assert trained(run)[12] == 140 - 20, "from scratch, on all that is trusted"


def test_a_model_that_comes_back_answers_as_it_did():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = (X[:, 0] > 0).astype(int)
    y[100:140] = 1 - y[100:140]
    table = Table(X, y)
    guard = RollBack(0.1, 5, 100, 20)
    tree = DecisionTreeClassifier(random_state=0)
    run = replay(table, SlidingWindow(40), learner=tree, every=12, guard=guard)
    [(tick, to, _)] = back(run)[:1]
    never = replay(table, SlidingWindow(40), learner=tree, every=10**6)
    assert to == 0
    until = next((e["tick"] for e in happened(run, ["deploy"]) if e["tick"] > tick), 99)
    again = run.predictions["tick"].between(tick, until - 1)
    assert again.sum() >= 80
    assert run.predictions["y_pred"][again].equals(never.predictions["y_pred"][again])
    assert not run.predictions["y_pred"].equals(never.predictions["y_pred"])


def test_triggers_start_afresh_after_a_rollback():
    """Volume counts from the last training; it goes on as if nothing had happened."""
    strategy = Strategy(Volume(rows=40), SlidingWindow(20), Stateless(),
                        guard=RollBack(**{**GUARD, "window": 30}))  # fmt: skip
    run = clsim.replay(labels(*BAD), {"it": strategy}, learner=Counting(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    assert [e["tick"] for e in happened(run, ["train"])] == [4, 8]
    assert back(run) == [(5, 0, 1)]


class Deployed(Monitor):
    """The number of the model that serves."""

    def measure(self, view):
        return {None: float(view.champion)}


def test_a_trigger_reads_what_was_recorded_before_a_rollback_in_the_same_tick():
    class Seen(Threshold):
        read = []

        def fires(self, view):
            self.read.append((view.tick, view.champion, view.signal("signal")[None]))
            return super().fires(view)

    Seen.read.clear()
    trigger = AnyOf([Periodic(4), Seen(Deployed(), above=9)])
    strategy = Strategy(trigger, SlidingWindow(20), guard=RollBack(**{**GUARD, "window": 30}))
    run = clsim.replay(labels(*BAD), {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]
    assert back(run) == [(5, 0, 1)]
    # at tick 5 model 1 was measured, then taken back; model 0 is measured from tick 6 on
    assert Seen.read[4:7] == [(4, 0, 0.0), (5, 0, 1.0), (6, 0, 0.0)]
    recorded = run.signals.set_index("tick")
    assert recorded.loc[[4, 5, 6], "value"].tolist() == [0.0, 1.0, 0.0]
    assert recorded.loc[[4, 5, 6], "model"].tolist() == [0, 1, 0]


def test_a_gate_judges_on_rows_that_the_champion_of_the_moment_never_trained_on():
    class Lasting(Stateless):
        """The training of tick 4 lasts for five ticks, the others for one."""

        def recipe(self, view):
            return replace(super().recipe(view), duration=50 if view.tick == 4 else 10)

    class Judged(ChampionChallenger):
        asked = []

        def judge(self, view, challenger, champion, holdout):
            seen = np.intersect1d(holdout, view.trained_rows)
            self.asked.append((view.tick, challenger, champion, len(holdout), len(seen)))
            return super().judge(view, challenger, champion, holdout)

    Judged.asked.clear()
    strategy = Strategy(
        Periodic(2), All(), Lasting(), Judged(10, margin=-2, min_rows=5),
        online=Shadow(10, margin=-2, min_labels=5), overlap=True,
    )  # fmt: skip
    run = clsim.replay(
        labels((100, 5), (20, 5)), {"it": strategy}, learner=Counting(), tick=10, warmup=20
    )["it"]
    # Model 2, of tick 4, has rows 50 to 59 held out. Model 3, of tick 6, trained on them, and
    # serves when model 2 is ready at tick 9: nothing is left to judge by
    assert Judged.asked == [(3, 1, 0, 10, 0), (7, 3, 1, 10, 0), (9, 2, 3, 0, 0), (9, 4, 3, 10, 0)]
    events = happened(run, ["offline_test"])
    assert [e["rows"] for e in events] == [10, 10, 0, 10]
    assert events[2]["reason"] == "holdout of 0 rows, needs 5"


@pytest.mark.parametrize(("every", "training", "withdrawn", "asked"), [
    # model 1 serves from tick 4 on, model 0 again from tick 5 on
    (4, Stateless(), (5, 0, 1), [1, 2, 3, 4, 5, 1, 2, 3]),
    # models 1 and 2 serve from ticks 4 and 6 on, model 1 again from tick 7 on
    (2, Stateless(duration=20), (7, 1, 2), [1, 2, 3, 4, 1, 2, 1, 1, 2]),
])  # fmt: skip
def test_a_trigger_starts_afresh_after_a_rollback(every, training, withdrawn, asked):
    class Counted(Periodic):
        """Notes how often it was asked since it started."""

        seen = []
        asked = 0

        def fires(self, view):
            self.asked += 1
            self.seen.append((view.tick, self.asked))
            return super().fires(view)

    Counted.seen.clear()
    guard = RollBack(**{**GUARD, "window": 30})
    strategy = Strategy(Counted(every), SlidingWindow(20), training, overlap=True, guard=guard)
    run = clsim.replay(labels(*BAD), {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]
    assert back(run)[:1] == [withdrawn]
    assert Counted.seen[: len(asked)] == list(enumerate(asked))


def test_after_a_rollback_newer_goes_by_the_time_of_that_decision():
    guard = RollBack(**{**GUARD, "window": 30})
    run = replay(labels(*BAD), SlidingWindow(20), Stateless(duration=20), every=2, guard=guard)
    # model 2 learns the ones at tick 4, serves from 6 on and is withdrawn at 7; model 3, trained at
    # tick 6, is ready at 8, but that model 1 serves was decided after it was trained
    assert back(run) == [(7, 1, 2)]
    gone = [(e["tick"], e["model"], e["reason"]) for e in happened(run, ["superseded"])]
    assert gone[0] == (8, 3, "model 1 is newer")


def test_a_training_of_the_tick_of_a_rollback_is_as_new_as_that_decision():
    trigger = AnyOf([Periodic(4), Periodic(5)])
    strategy = Strategy(trigger, SlidingWindow(20), guard=RollBack(**{**GUARD, "window": 30}))
    run = clsim.replay(labels(*BAD), {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]
    assert back(run) == [(5, 0, 1)]
    deployed = [(e["tick"], e["model"]) for e in happened(run, ["deploy"])]
    assert deployed[:2] == [(4, 1), (5, 2)], "guards come first, and nothing is newer than model 2"


def test_a_trial_of_what_was_trained_on_from_the_withdrawn_model_ends_with_it():
    class Back(Guard):
        keeps = 1

        def watch(self, view):
            return Rollback("to be seen") if view.tick == 6 else None

    strategy = Strategy(
        AnyOf([Periodic(2), Periodic(5)]), NewSinceLast(), Stateful(), guard=Back(),
        online=Shadow(10, margin=-9, min_labels=5),
    )  # fmt: skip
    run = clsim.replay(labels((100, 5)), {"it": strategy}, learner=Counting(), tick=10, warmup=20)
    # trials last for one tick and all are won; model 3 goes on from model 2 in the tick in which
    # that begins to serve, and is on trial when it is withdrawn
    trains = [(e["tick"], e["model"], e["parent"]) for e in happened(run["it"], ["train"])]
    assert trains[:3] == [(2, 1, 0), (4, 2, 1), (5, 3, 2)]
    assert back(run["it"]) == [(6, 1, 2)]
    [gone] = happened(run["it"], ["superseded"])
    assert (gone["tick"], gone["model"], gone["reason"]) == (6, 3, "model 2 was withdrawn")
