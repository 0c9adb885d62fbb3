"""Freezes, by hand: what passed waits, and how long."""

import datetime as dt
from dataclasses import replace

import pytest

import clsim
from clsim.analysis import waits
from clsim.protocols import Guard, OnlineTest
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, SlidingWindow
from clsim.strategy.guards import FirstOf, Freeze, RollBack
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import AnyOf, At, Periodic
from clsim.types import Ask, Rollback, Verdict
from helpers.fixed import Counting, labels
from helpers.tables import happened

DAY = 86_400_000_000

# the labels are 0 but for rows 40 to 59, which are 1: the model of tick 4 learns them
BAD = [(40, 0), (20, 10), (80, 0)]


def replay(guard, *, table=None, every=4, dataset=None, **more):
    trigger = Periodic(every) if isinstance(every, int) else every
    strategy = Strategy(trigger, dataset or SlidingWindow(20), guard=guard, **more)
    timed = table is not None and table.timed
    setting = {"tick": "1d", "warmup": "2d"} if timed else {"tick": 10, "warmup": 20}
    stream = table or labels(*BAD)
    return clsim.replay(stream, {"it": strategy}, learner=Counting(), record="events",
                        **setting)["it"]  # fmt: skip


def deployed(run):
    return [(e["tick"], e["model"]) for e in happened(run, ["deploy"])]


def gone(run):
    return [(e["tick"], e["model"], e["reason"]) for e in happened(run, ["superseded"])]


def test_a_freeze_delays_exactly():
    free, run = replay(None), replay(Freeze(ticks=[[4, 6]]))
    assert deployed(free) == [(4, 1), (8, 2)]
    assert deployed(run) == [(7, 1), (8, 2)]
    event = happened(run, ["deploy"])[0]
    assert event["reason"] == "trained at tick 4, held since tick 4 (ticks 4 to 6)"
    assert event["detail"] == {"held": 3}
    assert run.ticks["model"].tolist() == [0] * 7 + [1] + [2] * 4
    # model 1 errs on rows 60 to 99, and model 0 on none of them: 30 are spared
    assert free.totals["errors"] - run.totals["errors"] == 30
    until = run.predictions["tick"] >= 7
    assert run.predictions["y_pred"][until].equals(free.predictions["y_pred"][until])
    assert "detail" not in happened(free, ["deploy"])[0]
    # model 0 was right meanwhile; of rows 90 to 119 model 1 loses the 10 that it answers
    [(model, since, served, n, lost, after, _)] = waits(run).values.tolist()
    assert (model, since, served, n, lost, after) == (1, 4, 7, 30, 0, 10 / 30)
    assert waits(free).empty


def test_what_waits_is_a_training_in_flight():
    freeze = Freeze(ticks=[[4, 8]])
    run = replay(freeze, every=2)
    trained = [e["tick"] for e in happened(run, ["train"])]
    assert trained == [2, 4, 10], "triggers are mute until it is deployed"
    assert deployed(run) == [(2, 1), (9, 2), (10, 3)]
    run = replay(freeze, every=2, overlap=True)
    assert [e["tick"] for e in happened(run, ["train"])] == [2, 4, 6, 8, 10]
    assert gone(run) == [(6, 2, "model 3 is newer"), (8, 3, "model 4 is newer")]
    assert deployed(run) == [(2, 1), (9, 4), (10, 5)]
    # one that is ready earlier, and was trained later, is the newer one all the same
    run = replay(Freeze(ticks=[[4, 8]]), every=2, overlap=True, training=Unequal())
    assert gone(run)[0] == (7, 2, "model 3 is newer")


class Unequal(Stateless):
    """The training of tick 4 lasts for three ticks, the others for none."""

    def recipe(self, view):
        return replace(super().recipe(view), duration=30 if view.tick == 4 else 0)


def test_it_is_tested_when_it_is_ready_and_once_more_when_the_freeze_ends():
    class Sees(ChampionChallenger):
        asked = []

        def judge(self, view, *others):
            self.asked.append(view.tick)
            return super().judge(view, *others)

    Sees.asked.clear()
    run = replay(Freeze(ticks=[[4, 6]]), offline=Sees(10, margin=-2, min_rows=5))
    assert Sees.asked == [4, 7, 8]
    assert deployed(run) == [(7, 1), (8, 2)]
    strict = ChampionChallenger(10, margin=2, min_rows=5)
    run = replay(Freeze(ticks=[[4, 6]]), offline=strict)
    tested = [(e["tick"], e["accepted"]) for e in happened(run, ["offline_test"])]
    assert tested == [(4, False), (8, False)], "what fails does not wait"


def test_rollbacks_are_allowed_and_what_waits_is_then_too_old():
    guard = RollBack(margin=0.1, within=9, window=30, min_labels=10)
    trigger = AnyOf([Periodic(4), At([5])])
    # model 1 is withdrawn at tick 5; in that tick model 2 is trained, and as new as that decision
    run = replay(FirstOf([Freeze(ticks=[5, 6]), guard]), every=trigger)
    assert [(e["tick"], e["model"]) for e in happened(run, ["rollback"])] == [(5, 0)]
    assert deployed(run) == [(4, 1), (7, 2), (8, 3)]
    # model 2 is trained at tick 5 and waits; at tick 6 model 1 is withdrawn, which is newer
    late = RollBack(margin=0.1, within=9, window=30, min_labels=20)
    run = replay(FirstOf([Freeze(ticks=[5, 6]), late]), every=trigger)
    assert [(e["tick"], e["model"]) for e in happened(run, ["rollback"])] == [(6, 0)]
    assert gone(run) == [(7, 2, "model 0 is newer")]


def test_rollbacks_of_some_guards_wait_too():
    guard = RollBack(margin=0.1, within=9, window=30, min_labels=10)
    run = replay(Freeze(ticks=[[5, 6]], rollbacks_of=guard))
    assert [(e["tick"], e["model"]) for e in happened(run, ["rollback"])] == [(7, 0)]


def test_a_trial_goes_on_and_is_not_won_before_the_freeze_ends():
    shadow = Shadow(10, margin=-9, min_labels=5)
    run = replay(Freeze(ticks=[[5, 7]]), online=shadow, table=labels((140, 0)))
    tried = [(e["tick"], e.get("accepted")) for e in happened(run, ["online_test"])]
    assert tried[:2] == [(4, None), (8, True)], "a trial of one tick lasts for four"
    assert deployed(run)[0] == (8, 1)
    # what is lost in a freeze ends at once
    run = replay(Freeze(ticks=[[5, 7]]), online=Shadow(10, margin=9, min_labels=5))
    tried = [(e["tick"], e.get("accepted")) for e in happened(run, ["online_test"])]
    assert tried[:2] == [(4, None), (5, False)]


class Steps(OnlineTest):
    """A share that grows in every tick, until all are its own."""

    def begin(self, view, trial):
        return Ask(0.2)

    def step(self, view, trial):
        share = 0.2 + 0.2 * (view.tick - trial.tick)
        return Verdict(True, "so far, so good") if share > 0.7 else Ask(share)


def test_no_share_grows_in_a_freeze():
    run = replay(Freeze(ticks=[[5, 7]]), online=Steps(), table=labels((140, 0)), every=4)
    told = [(e["tick"], e["reason"]) for e in happened(run, ["online_test"])]
    # it asked for .4 and .6 in vain, and was won at tick 7, which counts from tick 8 on
    assert told[:2] == [(4, "begins with 0.2 of the events"), (8, "so far, so good")]
    run = replay(Freeze(ticks=[4]), online=Steps(), table=labels((140, 0)), every=4)
    told = [(e["tick"], e["reason"]) for e in happened(run, ["online_test"])]
    assert told[:3] == [
        (4, "waits for 0.2 of the events"),
        (5, "begins with 0.2 of the events"),
        (6, "0.4 of the events"),
    ]


def daily(n=140):
    """Ten events a day, from 1970-01-01, a Thursday."""
    return labels((n, 0), time=[row * DAY // 10 for row in range(n)])


@pytest.mark.parametrize(("freeze", "ticks"), [
    # the warm-up is Thursday and Friday, tick 0 is Saturday 3 January; trainings at ticks 4, 8
    (Freeze(weekdays=["wednesday"]), [5, 8]),  # tick 4
    (Freeze(weekdays=["wednesday", "thursday", "friday"]), [7, 8]),
    (Freeze(dates=["1970-01-07"]), [5, 8]),
    (Freeze(dates=[dt.date(1970, 1, 7), "1970-01-11"]), [5, 9]),
    (Freeze(dates=[["1970-01-06", "1970-01-09"]]), [7, 8]),
    (Freeze(dates=[["1970-01-06 12:00", "1970-01-09 00:00:01"]]), [7, 8]),
    (Freeze(dates=[["1970-01-06", "1970-01-09 00:00"]]), [6, 8]),
    (Freeze(dates=[["1970-01-06 12:00", "1970-01-09"]]), [7, 8]),
    (Freeze(dates=[[dt.datetime(1970, 1, 6), dt.datetime(1970, 1, 8)]]), [5, 8]),
    (Freeze(ticks=[4], dates=["1970-01-08"], weekdays=["friday"]), [7, 8]),
    (Freeze(dates=["1970-01-08", "2024-12-24"]), [4, 8]),
])  # fmt: skip
def test_days_dates_and_ticks(freeze, ticks):
    assert [tick for tick, _ in deployed(replay(freeze, table=daily()))] == ticks


def test_what_is_held_at_the_end_is_never_deployed():
    run = replay(Freeze(ticks=[[8, 99]]))
    assert deployed(run) == [(4, 1)]
    assert run.ticks["model"].tolist()[-1] == 1


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Freeze(), r"^freeze: give dates, weekdays or ticks"),
    (lambda: Freeze(dates="2024-12-24"), r"^dates='2024-12-24': expected a list, such as"),
    (lambda: Freeze(dates=["Christmas"]), r"^dates\[0\]='Christmas': expected a date such as"),
    (lambda: Freeze(dates=["2024-02-30"]), r"^dates\[0\]='2024-02-30': expected a date"),
    (lambda: Freeze(dates=[20241224]), r"^dates\[0\]=20241224: expected a date"),
    (lambda: Freeze(dates=["2024-12-24 12:00"]), r"a moment has no length; give a day, or a pair"),
    (lambda: Freeze(dates=[["2024-12-24"]]), r"expected a day '2024-12-24', or a pair"),
    (lambda: Freeze(dates=[["2025-01-06", "2024-12-20"]]), r"it ends before it begins"),
    (lambda: Freeze(weekdays=["sundy"]), r"^weekdays\[0\]: .*'sundy'; did you mean 'sunday'"),
    (lambda: Freeze(ticks=[-1]), r"^ticks\[0\]=-1: must be at least 0"),
    (lambda: Freeze(ticks=[[5, 4]]), r"^ticks\[0\]=\[5, 4\]: it ends before it begins"),
    (lambda: Freeze(ticks=[[1, 2, 3]]), r"^ticks\[0\]=\[1, 2, 3\]: expected a number of a tick"),
    (lambda: Freeze(ticks=[1.5]), r"^ticks\[0\]=1.5: expected a whole number"),
    (lambda: Freeze(ticks=[1], rollbacks_of="all"), r"^guard.rollbacks_of='all': needs a method"),
])  # fmt: skip
def test_bad_settings_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(("freeze", "table", "message"), [
    (Freeze(dates=["2024-12-24"]), None, r"guard.dates: this stream has no time, so give numbers"),
    (Freeze(weekdays=["friday"]), None, r"guard.weekdays: this stream has no time"),
    (Freeze(dates=["2024-12-24"]), daily(),
     r"guard: dates: none of 2024-12-24 lies in the stream, which goes from 1970-01-01 to 1970-01"),
])  # fmt: skip
def test_what_does_not_fit_the_stream_is_refused(freeze, table, message):
    with pytest.raises(ValueError, match=message):
        replay(freeze, table=table)


def test_a_guard_of_ones_own_may_freeze():
    class Closed(Guard):
        keeps = 1

        def frozen(self, view):
            return "closed" if view.tick == 4 else None

        def watch(self, view):
            return Rollback("not wanted") if view.tick == 6 else None

        def due(self, tick):
            return tick

    run = replay(Closed(), dataset=All())
    assert deployed(run)[0] == (5, 1)
    assert [e["tick"] for e in happened(run, ["rollback"])] == [6]
