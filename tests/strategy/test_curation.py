"""Bought labels, by hand: the allowance, when they come, and what they say."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.clock import Clock
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.triggers import Periodic
from clsim.streams.delays import Annotators
from helpers.tables import Table, happened, two_clouds

DAILY = Clock(timed=True, tick=86_400_000_000, tick_in_rows=False)


def replay(rule, table=None, **setting):
    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 20, **setting}
    strategy = Strategy(Periodic(2), curation=rule)
    return clsim.replay(table or late(), {"it": strategy}, **setting)["it"]


def at_random(labels, per=1, **more):
    return Buying(Random(), Fixed(labels, per), **more)


def late(n=100):
    """Labels that come by themselves are 45 rows late."""
    return two_clouds(n, label_time=[i + 45 if i >= 20 else i for i in range(n)])


def bought(run):
    return {e["tick"]: e["labels"] for e in happened(run, ["buy"])}


def arrived(run, reason):
    events = [e for e in happened(run, ["label"]) if e.get("reason", "natural") == reason]
    return {e["tick"]: e["labels"] for e in events}


@pytest.mark.parametrize(("labels", "per", "expected"), [
    (3, 1, [3, 3, 3, 3, 3, 3, 3]),
    (10, "7d", [1, 1, 2, 1, 2, 1, 2]),  # 10/7 = 1.43, 20/7 = 2.86, 30/7 = 4.29, 5.7, 7.1, 8.6, 10
    (1, "3d", [0, 0, 1, 0, 0, 1, 0]),
    (7, 7, [1] * 7),
])  # fmt: skip
def test_the_allowance_of_each_tick(labels, per, expected):
    rule = Fixed(labels, per)
    rule.bind(DAILY)
    assert [rule.labels(tick) for tick in range(7)] == expected


def test_what_is_left_over_is_not_carried_on():
    run = replay(at_random(15))
    # no label of the warm-up is missing, and a tick serves 10 rows
    assert bought(run) == {1: 10, 2: 10, 3: 10, 4: 10, 5: 10, 6: 10, 7: 10}
    assert run.totals["bought"] == 70


def test_a_bought_label_comes_in_the_next_tick_and_its_natural_one_is_nothing_new():
    run = replay(at_random(4))
    assert bought(run) == dict.fromkeys(range(1, 8), 4)
    assert arrived(run, "bought") == dict.fromkeys(range(2, 8), 4)
    # row 20 is known by itself at 65, so from tick 5 on: 6, 10, 10 of which 4 a tick are known
    natural = arrived(run, "natural")
    assert sum(natural.values()) == run.totals["labels"]
    assert set(natural) == {5, 6, 7}
    # all rows of tick 0 and 1 are due by then; 8 of rows 20 to 39 were bought, some of 40 to 45
    assert arrived(run, "revision") == {}
    assert 26 - 12 <= run.totals["labels"] <= 26 - 8


def test_the_natural_label_comes_first_and_the_order_is_void():
    run = replay(at_random(4, delay=60))
    assert run.totals["bought"] == 28, "paid when it is ordered"
    assert arrived(run, "bought") == {}
    assert run.totals["labels"] == 26


def test_without_natural_labels_there_are_those_that_were_bought():
    run = replay(at_random(4, natural=False))
    assert run.totals["labels"] == 0
    assert arrived(run, "bought") == dict.fromkeys(range(2, 8), 4)
    # at ticks 2, 4 and 6 the warm-up, and what was bought until the tick before
    assert [e["rows"] for e in happened(run, ["train"])] == [20 + 4, 20 + 12, 20 + 20]


def test_the_delay_counts_from_the_order():
    run = replay(at_random(4, natural=False, delay=25))
    assert arrived(run, "bought") == dict.fromkeys(range(4, 8), 4), "ordered at 30, there at 55"


def test_among_reaches_further_back():
    run = replay(at_random(25, among=30))
    # at row 30 rows 20 to 29; at 40 those to 39 without the ten that are ordered; and so on
    assert bought(run) == dict.fromkeys(range(1, 8), 10)
    run = replay(at_random(6, among=30), late(60))
    assert bought(run) == {1: 6, 2: 6, 3: 6}
    run = replay(at_random(30, per=3, among=30), late(60))
    # all of the period's labels are spread: 10 a tick, of 10, 10 and 10 that are left
    assert bought(run) == {1: 10, 2: 10, 3: 10}


def test_labels_that_annotators_get_wrong_are_revised_by_natural_ones():
    table = late(200)
    run = replay(at_random(10, delay=Annotators(noise=1.0)), table)
    came, again = arrived(run, "bought"), arrived(run, "revision")
    assert sum(came.values()) == 160, "all rows from 20 on, but the last tick's and those after"
    # each says the other class; the natural ones of rows up to 145 come by 190, and differ
    assert sum(again.values()) == run.totals["revisions"] == len(range(20, 146))
    assert run.totals["votes"] == 160
    assert run.totals["labels"] == 0
    # observed by what was told first: wrong where the answer is right
    ticks = run.ticks[run.ticks["observed_n"] > 0]
    answered = run.ticks.set_index("tick")["score"]
    for tick, observed in zip(ticks["tick"], ticks["observed_score"], strict=True):
        assert observed == pytest.approx(1 - answered[tick - 2])


def test_of_two_labels_that_come_in_one_tick_the_natural_one_counts():
    class Heard(Periodic):
        losses = []

        def fires(self, view):
            self.losses.append(view.outcomes.arrived_losses(of="all").tolist())
            return super().fires(view)

    Heard.losses.clear()
    # rows 20 to 29 are ordered at row 30, and there at row 70, tick 5, where the natural labels of
    # rows 20 to 25 come too; those of rows 26 to 29 come later, and what was bought is wrong
    table = Table(np.zeros((80, 1)), [0] * 80, label_time=late(80).label_time)
    rule = at_random(10, delay=Annotators(noise=1.0, delay=40))
    clsim.replay(table, {"it": Strategy(Heard(99), curation=rule)}, learner=DummyClassifier(),
                 tick=10, warmup=20)  # fmt: skip
    assert Heard.losses == [[], [], [], [], [], [0.0] * 6 + [1.0] * 4]


def test_a_wrong_label_is_told_right_from_the_tick_of_its_natural_one_on():
    class Looking(Periodic):
        told = []

        def fires(self, view):
            rows = np.intersect1d(view.rows(), view.labels.arrived())
            self.told += [(view.tick, "came", row, view.y(np.array([row]))[0]) for row in rows]
            again = view.labels.revised()
            self.told += [(view.tick, "again", row, view.y(np.array([row]))[0]) for row in again]
            return super().fires(view)

    Looking.told.clear()
    rule = at_random(10, delay=Annotators(noise=0.5))
    table = late(150)
    clsim.replay(table, {"it": Strategy(Looking(2), curation=rule)}, learner=GaussianNB(),
                 tick=10, warmup=20)  # fmt: skip
    first = {row: y for _, what, row, y in Looking.told if what == "came"}
    again = {row: (tick, y) for tick, what, row, y in Looking.told if what == "again"}
    assert len(again) > 20
    for row, (tick, y) in again.items():
        assert tick == -(-(row + 45 - 20) // 10), "the tick that begins when the natural one is due"
        assert y == table.y[row] != first[row]


def test_every_candidate_has_the_same_chance():
    table = Table(np.zeros((3020, 1)), [0, 1] * 1510, label_time=[*range(20), *[None] * 3000])
    picked = []

    class Spy(Buying):
        def buy(self, view, draw):
            order = super().buy(view, draw)
            if order is not None:
                picked.append(order)
            return order

    replay(Spy(Random(), Fixed(3), natural=False), table, learner=DummyClassifier())
    assert all((order.chances == 0.3).all() and order.kind == "inclusion" for order in picked)
    rows = np.concatenate([order.rows for order in picked])
    assert len(rows) == len(set(rows.tolist())) == 3 * 299
    by_place = np.bincount(rows % 10, minlength=10)
    assert (np.abs(by_place - 89.7) < 4 * np.sqrt(299 * 0.3 * 0.7)).all(), by_place


def test_bought_labels_under_the_log_loss():
    """A bought label that is the truth is scored by the chance that was given, as any other."""
    table = two_clouds(200)
    rule = at_random(10, natural=False)
    run = replay(rule, table, loss="log")
    ticks = run.ticks.set_index("tick")
    for tick in range(3, 17):  # what is served in a tick is bought in the next, known in the next
        assert ticks["observed_n"][tick] == 10
        assert ticks["observed_score"][tick] == pytest.approx(ticks["score"][tick - 2])
