"""How many alarms somebody can look at, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FromFile
from clsim.runs.ledger import upkeep
from clsim.strategy import Strategy
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import (
    AllOf,
    AnyOf,
    At,
    Attention,
    Confirm,
    Never,
    Performance,
    Periodic,
    Threshold,
    WaitFor,
)
from helpers.tables import Table, assert_same, happened

RINGS = (1, 2, 3, 5, 6, 7, 9)
"""Ticks in which the alarm of these tests rings."""


def alarm(ticks=RINGS, name="alarm"):
    """An alarm in given ticks of ten rows, after a warm-up of 20."""
    scores = pd.DataFrame({"time": [20 + 10 * tick for tick in ticks], "value": 1.0})
    return Threshold(FromFile(scores), above=0.5, name=name)


def replay(trigger, ticks=12, **more):
    table = Table(np.arange(20.0 + 10 * ticks)[:, None], [0, 1] * (10 + 5 * ticks))
    strategy = Strategy(trigger, **more)
    return clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)["it"]


def told(run):
    """Ticks of alarms that were looked at, of those that were missed, and of trainings."""
    alarms = happened(run, ["alarm"])
    looks = [e["tick"] for e in alarms if e.get("accepted", True)]
    missed = [e["tick"] for e in alarms if e.get("accepted") is False]
    return looks, missed, [e["tick"] for e in happened(run, ["train"])]


def test_two_looks_in_any_five_ticks():
    # tick 1: none used, looked at.   2: one used, looked at.   3: both used, missed.
    # 5: of ticks 1 to 5 both used (1, 2), missed.
    # 6: of ticks 2 to 6 one used (2), looked at.   7: of 3 to 7 one used (6), looked at.
    # 9: of 5 to 9 both used (6, 7), missed.  Each look leads to a training of no length.
    run = replay(Attention(alarm(), looks=2, per=5))
    assert told(run) == ([1, 2, 6, 7], [3, 5, 9], [1, 2, 6, 7])
    assert (run.totals["alarms"], run.totals["looked_at"], run.totals["retrainings"]) == (7, 4, 4)
    assert upkeep(run.totals, clsim.Prices(retraining=20, alarm=15)) == 4 * 20 + 4 * 15


def test_looks_of_the_whole_run_and_none_at_all():
    assert told(replay(Attention(alarm(), looks=3))) == ([1, 2, 3], [5, 6, 7, 9], [1, 2, 3])
    assert told(replay(Attention(alarm(), looks=0))) == ([], list(RINGS), [])


def test_a_limit_that_is_never_reached_is_none():
    free, limited = replay(alarm()), replay(Attention(alarm(), looks=7))
    limited.events["accepted"] = limited.events["accepted"].where(limited.events["kind"] != "alarm")
    assert_same(free, limited)
    assert free.totals == limited.totals
    assert free.totals["looked_at"] == free.totals["alarms"] == 7


def test_what_a_missed_alarm_leads_to():
    missed = Attention(alarm((2, 3, 4)), looks=1)
    # a calendar beside it needs nobody
    assert told(replay(AnyOf([Periodic(4), missed]))) == ([2], [3, 4], [2, 4, 8])
    # what stands around it hears of nothing
    assert told(replay(AllOf([At([3, 4]), missed])))[2] == []
    assert told(replay(Confirm(missed, times=2)))[2] == []
    # what waits begins with the alarm that was looked at, and not again with those that were not
    assert told(replay(WaitFor(missed, labels=40)))[2] == [6]


def test_alarms_while_a_training_is_in_flight_take_looks_too():
    run = replay(Attention(alarm(), looks=3), training=Stateless(duration=25))
    assert told(run) == ([1, 2, 3], [5, 6, 7, 9], [1])


def test_of_several_alarms_in_a_tick_the_first_are_looked_at():
    both = AnyOf([alarm((2, 3), "one"), alarm((2, 3, 5), "other")])
    run = replay(Attention(both, looks=3))
    alarms = [(e["tick"], e["reason"], e["accepted"]) for e in happened(run, ["alarm"])]
    assert alarms == [
        (2, "one", True), (2, "other", True), (3, "one", True), (3, "other", False),
        (5, "other", False),
    ]  # fmt: skip
    assert told(run)[2] == [2, 3]


def test_what_asks_without_an_alarm_raises_one_by_its_name():
    run = replay(Attention(Performance(below=2.0, window=10, min_labels=10), looks=2, per=5))
    free = [1, 2, 6, 7, 11]  # labels come one tick later; below 2 it always is
    assert told(run)[0] == told(run)[2] == free
    assert set(run.events.loc[run.events["kind"] == "alarm", "reason"]) == {"Performance"}


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Attention(Never(), -1), r"^looks=-1: must be at least 0"),
    (lambda: Attention(Never(), 1.5), r"^looks=1.5: "),
    (lambda: Attention(Never(), 1, per="x"), r"^per='x': not a duration"),
    (lambda: replay(Attention(Never(), 1, per="7d")), r"^trigger.per='7d': this stream has no ti"),
    (lambda: Strategy(AnyOf([Attention(Never(), 1), Attention(alarm(), 1)])),
     r"^trigger: it has 2 times Attention"),
])  # fmt: skip
def test_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()
