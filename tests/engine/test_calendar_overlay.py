"""A calendar with an overlay is the calendar that has the earlier ticks in it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clsim.engine.calendar import Calendar, Overlay
from clsim.engine.ends import Ends
from clsim.engine.knowledge import Kept, Knowledge
from clsim.types import NEVER
from helpers.tables import Rumour, Table

FIRST = np.arange(0, 41, 4)
"""Ten ticks of four rows."""


def rows(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_by_hand():
    late = np.full(40, NEVER)
    late[:8] = [0, 0, 0, 0, 5, 5, 5, 5]
    base = Calendar(late, FIRST)
    over = Overlay(base)
    over.add(rows(4, 9), rows(3, 6))
    over.add(rows(6), rows(7))  # comes by itself before
    assert over.ticks_of(rows(0, 4, 5, 6, 9, 10)).tolist() == [0, 3, 5, 5, 6, NEVER]
    assert [over.counts_at(tick) for tick in (0, 2, 3, 5, 6)] == [4, 4, 5, 8, 9]
    assert over.arrived(3).tolist() == [4]
    assert over.arrived(5).tolist() == [5, 6, 7]
    assert over.at(6).tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 9]
    assert over.latest(6, 3).tolist() == [6, 7, 9]
    assert over.late(rows(0, 4), 2) == 4
    assert over.late(rows(0, 4), 3) is None
    assert base.arrived(3).tolist() == [], "what others share is as it was"


def test_what_comes_when_a_row_is_gone_never_does():
    last = np.arange(40) // 4 + 2
    over = Overlay(Calendar(np.full(40, NEVER), FIRST, Ends(last, 10)))
    over.add(rows(0, 4), rows(3, 3))  # row 0 is kept until tick 2, row 4 until tick 3
    assert over.ticks_of(rows(0, 4)).tolist() == [NEVER, 3]
    assert over.at(3).tolist() == [4]
    assert over.at(4).tolist() == []
    assert over.counts_at(9) == 1


@given(st.data())
def test_it_is_the_calendar_that_it_settles_to(data):
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    served = np.repeat(np.arange(10), 4)
    arrives = np.where(rng.random(40) < 0.3, NEVER, served + 1 + rng.integers(0, 5, 40))
    last = served + 4 if data.draw(st.booleans()) else None
    over = Overlay(Calendar(arrives, FIRST, Ends(last, 10)))
    for _ in range(3):
        left = np.setdiff1d(np.arange(40), over._rows)
        new = np.sort(rng.choice(left, 5, replace=False))
        over.add(new, served[new] + 1 + rng.integers(0, 6, 5))
    whole = over.settled()
    np.testing.assert_array_equal(over.arrives, whole.arrives)
    for tick in range(10):
        assert over.counts_at(tick) == whole.counts_at(tick)
        for name in ("at", "arrived"):
            np.testing.assert_array_equal(getattr(over, name)(tick), getattr(whole, name)(tick))
        for count in (1, 7, 50):
            np.testing.assert_array_equal(over.latest(tick, count), whole.latest(tick, count))
        np.testing.assert_array_equal(over.between(tick // 2, tick), whole.between(tick // 2, tick))
        assert over.at(tick, 12).tolist() == whole.at(tick, 12).tolist()


def test_what_is_kept_no_more_is_not_revised_either():
    # ticks of 10 rows from row 20, and rows are kept for 25: row 20 is revised at 35, so at tick 2
    # (row 40), its last; row 21 at 61, tick 5, when it is gone
    table = Table(np.zeros((80, 1)), [0] * 80)
    table.told = [int(row in (20, 21)) for row in range(80)]
    table.revised = [{20: 35, 21: 61}.get(row) for row in range(80)]
    world = Knowledge.of(table, seed=0, tick=10, warmup=20, delay=Rumour(table))
    found, ticks = world.telling.revised(0, 5)
    assert (found.tolist(), ticks.tolist()) == ([20, 21], [2, 5])
    found, ticks = world.kept(Kept(length=25)).telling.revised(0, 5)
    assert (found.tolist(), ticks.tolist()) == ([20], [2])


def test_a_bought_label_of_a_row_that_loads_late_is_learned_when_the_row_is_there():
    # rows 20 to 29 load at 55, so they are there from tick 4 (row 60) on
    there = [55 if 20 <= row < 30 else row for row in range(80)]
    table = Table(np.zeros((80, 1)), [0] * 80, label_time=[*range(20), *[None] * 60],
                  available=there)  # fmt: skip
    buyer = Knowledge.of(table, seed=0, tick=10, warmup=20).buying()
    due = np.array([2, 2, 6])
    none = dict.fromkeys(("y", "votes", "tick", "sequence", "chance", "stands"), np.zeros(3, int))
    none["evaluation"] = np.zeros(3, dtype=bool)
    buyer.buy(rows(20, 30, 21), {"due": due, "time": due, **none})
    assert buyer.known.ticks_of(rows(20, 21, 30)).tolist() == [2, 6, 2]
    assert buyer.training.ticks_of(rows(20, 21, 30)).tolist() == [4, 6, 2]
