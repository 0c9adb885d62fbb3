"""Rows that are deleted on request, by hand: when they go, and what goes with them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.calendar import FOREVER, Calendar, Overlay, Sieve
from clsim.engine.ends import Ends
from clsim.engine.knowledge import Kept, Knowledge
from clsim.monitoring import FeatureDistribution, GoneRows, LabelsWaiting, Score
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.logging import ByAnswer, Everything
from clsim.strategy.rules import Level
from clsim.strategy.triggers import Never, OnSignal, Performance, Periodic
from clsim.types import NEVER
from helpers.tables import Rumour, Table, assert_same, happened, two_clouds

SETTING = {"learner": GaussianNB(), "tick": 10, "warmup": 20}
"""Tick t starts at row 20 + 10 t."""


def asked(**when):
    """Of 80 rows, when somebody asks that they be deleted: ``r5=15`` is row 5, at row 15."""
    return [when.get(f"r{row}") for row in range(80)]


def replay(table, strategy, **setting):
    return clsim.replay(table, {"it": strategy}, **{**SETTING, **setting})["it"]


def test_what_is_trained_on_counted_and_paid():
    # rows 5 and 8 are gone when tick 0 starts (row 20), and row 2 when tick 1 does (30); row 22 is
    # gone when its label would be known (30), row 23 a tick later; row 41 asks after the last start
    deleted = asked(r2=25, r5=15, r8=20, r22=30, r23=31, r41=75)
    table = two_clouds(80, deleted=deleted)
    run = replay(table, Strategy(Periodic(2), monitors={"gone": GoneRows()}))
    trained = [(e["tick"], e["rows"]) for e in happened(run, ["initial", "train"])]
    assert trained == [(-1, 18), (2, 40 - 5), (4, 60 - 5)]
    assert run.ticks["deleted"].tolist() == [0, 2, 1, 0, 0, 0]
    assert run.totals["deleted"] == 3, "those of the warm-up that were there when it ended"
    assert run.ticks["observed_n"].tolist() == [0, 9, 10, 10, 10, 10]
    assert run.totals["labels"] == 49
    assert run.totals["n"] == run.totals["logged"] == 60, "they were served, and are scored"
    assert run.signals["value"].tolist() == [0, 1, 1, 0, 0, 0], "trained anew in tick 2"


def test_a_model_is_trained_anew_when_much_of_what_it_learned_is_deleted():
    table = two_clouds(80, deleted=asked(r1=35, r3=44, r4=45))
    strategy = Strategy(OnSignal(GoneRows(), Level(above=1), name="gone"))
    run = replay(table, strategy)
    assert [(e["tick"], e["rows"]) for e in happened(run, ["train"])] == [(3, 50 - 3)]
    assert run.signals["value"].tolist() == [0, 0, 1, 3, 0, 0]


def test_an_order_for_a_row_that_is_deleted_is_void_and_stays_paid():
    # bought in tick 1 (row 30), rows 20 to 29 would be known at 45, in tick 3; at 45 they are gone
    table = two_clouds(80, deleted=[45 if 20 <= row < 30 else None for row in range(80)])
    bought = Buying(Random(), Fixed(10), natural=False, delay=15)
    strategy = Strategy(Never(), curation=bought, monitors={"open": LabelsWaiting()})
    run = replay(table, strategy)
    assert [(e["tick"], e["labels"]) for e in happened(run, ["buy"])] == [
        (tick, 10) for tick in range(1, 6)
    ]
    came = {e["tick"]: e["labels"] for e in happened(run, ["label"]) if e.get("reason") == "bought"}
    assert {tick: n for tick, n in came.items() if n} == {4: 10, 5: 10}
    waiting = run.signals[run.signals["of"] == "bought"]
    assert waiting["value"].tolist() == [0, 0, 10, 10, 10, 10]


def test_what_is_deleted_is_not_revised():
    # row 20 is revised at 35, in tick 2 (row 40); row 21 at 61, in tick 5, and it is gone in tick 3
    table = Table(np.zeros((80, 1)), [0] * 80, deleted=asked(r21=50))
    table.told = [int(row in (20, 21)) for row in range(80)]
    table.revised = [{20: 35, 21: 61}.get(row) for row in range(80)]
    world = Knowledge.of(table, seed=0, tick=10, warmup=20, delay=Rumour(table))
    found, ticks = world.telling.revised(0, 5)
    assert (found.tolist(), ticks.tolist()) == ([20], [2])


def test_what_can_be_asked_of_a_row_that_is_deleted():
    # kept for 25 rows or until somebody asks, whatever comes first: row 20 until tick 2 (row 40)
    table = two_clouds(80, deleted=asked(r21=33, r22=70))
    world = Knowledge.of(table, seed=0, tick=10, warmup=20)
    rows = np.array([20, 21, 22])
    for knowledge, left in ((world, [20, 22]), (world.kept(Kept(length=25)), [20, 22])):
        assert knowledge.seen.left(rows, 1).tolist() == [20, 21, 22]
        assert knowledge.seen.left(rows, 2).tolist() == left
        assert knowledge.seen.rows(2, 20, 23).tolist() == left
        for refused in (knowledge.seen.check, knowledge.check_known, knowledge.check_training):
            refused(rows, 1)
            with pytest.raises(LookupError, match="21"):
                refused(rows, 2)
    assert world.seen.left(rows, 4).tolist() == [20, 22]
    assert world.kept(Kept(length=25)).seen.left(rows, 3).tolist() == []


def test_what_somebody_let_go_before_is_not_deleted():
    # row 30 asks at 60 (tick 4); kept for 25 rows it was last there at 55, in tick 3 (row 50): a
    # request that comes in the tick after is met; row 25, last there in tick 3 too, asks at 70
    table = two_clouds(80, deleted=asked(r25=70, r30=60))
    run = replay(table, Strategy(Never(), logging=Everything(retention=25)))
    assert run.ticks["deleted"].tolist() == [0, 0, 0, 0, 1, 0]
    run = replay(table, Strategy(Never()))
    assert run.ticks["deleted"].tolist() == [0, 0, 0, 0, 1, 1]
    nothing = Strategy(Never(), logging=ByAnswer({}, share=0.0))
    assert replay(table, nothing).totals["deleted"] == 0, "what was not logged cannot be deleted"


def test_deleted_rows_are_counted_in_their_slices(tmp_path):
    group = np.arange(80) % 2
    table = two_clouds(80, group=group, deleted=asked(r2=25, r21=35, r23=35, r24=35))
    run = replay(table, Strategy(Never()), record="events")
    counts = run.ticks.groupby("slice")["deleted"].apply(list).to_dict()
    assert counts == {
        "all": [0, 1, 3, 0, 0, 0], "group=a": [0, 1, 1, 0, 0, 0], "group=b": [0, 0, 2, 0, 0, 0],
    }  # fmt: skip
    loaded = clsim.load(run.save(tmp_path / "run"))
    assert loaded.ticks["deleted"].tolist() == run.ticks["deleted"].tolist()
    assert (loaded.totals["deleted"], loaded.info.deletes) == (4, True)


def test_nothing_is_held_where_nobody_can_ask():
    world = Knowledge.of(two_clouds(80), seed=0, tick=10, warmup=20)
    assert world.known.ends is world.training.ends is FOREVER
    assert FOREVER.last is None
    assert "deleted" not in replay(two_clouds(80), Strategy(Never())).ticks


def strategies():
    watched = {"inputs": FeatureDistribution(window=20, min_rows=5), "score": Score(30, 5)}
    return {
        "all": Strategy(Periodic(2), monitors=watched),
        "new": Strategy(Performance(below=0.9, window=10, min_labels=5), NewSinceLast()),
        "short": Strategy(Periodic(3), logging=Everything(retention=35), monitors=watched),
        "buys": Strategy(Periodic(2), curation=Buying(Random(), Fixed(3), delay=12)),
    }


def world(other=False):
    """Rows of which a third is deleted; what those held that nobody could learn, or other things.

    Labels come after 25 rows; in the warm-up, people ask before its end.
    """
    rng = np.random.default_rng(3)
    n, wait = 300, rng.integers(0, 25, 300)
    asks = rng.random(n) < 0.33
    wait[:40] = 40 - np.arange(40)
    deleted = [int(row + wait[row]) if asks[row] else None for row in range(n)]
    table = two_clouds(n, label_time=np.arange(n) + 25, deleted=deleted)
    if other:
        table.y[asks] = 1 - table.y[asks]
        warm = asks & (np.arange(n) < 40)
        table.X[warm] = 9.0 - 3.0 * table.X[warm]
    return table, asks


def test_what_a_deleted_row_held_changes_nothing_that_is_decided():
    setting = {**SETTING, "warmup": 40, "record": "events"}
    (one, asks), (two, _) = world(), world(other=True)
    runs = [clsim.replay(table, strategies(), **setting) for table in (one, two)]
    for name, run in runs[0].items():
        other = runs[1][name]
        assert happened(run) == happened(other)
        assert run.predictions["y_pred"].tolist() == other.predictions["y_pred"].tolist()
        assert run.ticks["observed_score"].equals(other.ticks["observed_score"])
        if run.signals is not None:
            assert run.signals.equals(other.signals)
        assert run.totals["retrainings"] >= 3
        assert run.totals["deleted"] > 50
    assert asks.sum() > 80


def test_together_is_alone():
    table, _ = world()
    setting = {**SETTING, "warmup": 40, "record": "events"}
    together = clsim.replay(table, strategies(), **setting)
    for name, strategy in strategies().items():
        assert_same(together[name], replay(table, strategy, warmup=40, record="events"))


@given(st.data())
def test_a_calendar_knows_what_is_left_of_what_it_knew(data):
    """Beside a mask for each tick, and so do those that lie over it."""
    n, ticks = 40, 10
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    first, served = np.arange(0, n + 1, 4), np.repeat(np.arange(ticks), 4)
    late = data.draw(st.sampled_from([0, 5]))
    arrives = served + 1 + rng.integers(0, late + 1, n)
    arrives[(arrives >= ticks) | (rng.random(n) < data.draw(st.sampled_from([0, 0.3])))] = NEVER
    last = np.where(rng.random(n) < 0.5, served + rng.integers(0, 6, n), ticks)
    ends = Ends(last, ticks)
    calendar = Calendar(arrives, first, ends)
    kept = rng.random(n) < 0.7
    over = Overlay(calendar)
    bought = np.sort(rng.choice(n, 8, replace=False))
    due = served[bought] + 1 + rng.integers(0, 5, 8)
    over.add(bought, due)
    earlier = arrives.copy()
    earlier[bought] = np.minimum(earlier[bought], due)
    every = np.arange(n)
    for it, when in (
        (calendar, arrives), (Sieve(calendar, kept), np.where(kept, arrives, NEVER)),
        (over, earlier),
    ):  # fmt: skip
        when = np.where(when > last, NEVER, when)
        np.testing.assert_array_equal(it.ticks_of(every), when)
        for tick in range(ticks):
            there = np.flatnonzero((when <= tick) & (last >= tick))
            assert it.at(tick).tolist() == there.tolist()
            assert it.at(tick, 13).tolist() == there[there >= 13].tolist()
            for count in (1, 5, 60):
                assert it.latest(tick, count).tolist() == there[-count:].tolist()
            assert it.counts_at(tick) == np.sum(when <= tick), "what has come has come"
            assert it.arrived(tick).tolist() == np.flatnonzero(when == tick).tolist()
            assert it.late(there, tick) is None
            for row in np.setdiff1d(every, there)[:5]:
                assert it.late(np.array([row]), tick) == row
