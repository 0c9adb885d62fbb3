"""Datasets, training, gates, and what a strategy makes of them, by hand."""

from types import SimpleNamespace

import numpy as np
import pytest
from river import naive_bayes
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.clock import Clock
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger, NoTest
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table, happened, two_clouds

TIMED = Clock(timed=True, tick=1000, tick_in_rows=False)


class Spy:
    """A dataset that notes its rows."""

    def __init__(self, dataset, notes):
        self.dataset, self.notes = dataset, notes

    def __deepcopy__(self, memo):
        return self

    def bind(self, clock):
        if hasattr(self.dataset, "bind"):
            self.dataset.bind(clock)

    def rows(self, view):
        rows = self.dataset.rows(view)
        self.notes.append(rows.tolist())
        return rows


def asked(dataset, table, *, offline=None, training=None, every=2, **setting):
    """Rows that a dataset gave, at the initial training and then at each trigger."""
    notes = []
    clsim.replay(
        table, {"it": Strategy(Periodic(every), Spy(dataset, notes), training, offline)},
        learner=GaussianNB(), **{"tick": 10, "warmup": 20, **setting},
    )["it"]  # fmt: skip
    return notes


def test_all_and_the_latest_rows():
    table = two_clouds(60)
    assert asked(All(), table) == [list(range(20)), list(range(40))]
    assert asked(SlidingWindow(15), table) == [list(range(5, 20)), list(range(25, 40))]


def test_a_window_counts_labelled_rows_of_events_and_not_of_arrivals():
    due = [t if t % 2 else None for t in range(60)]  # labels of even rows never come
    table = two_clouds(60, label_time=due)
    assert asked(SlidingWindow(10), table) == [list(range(1, 20, 2)), list(range(21, 40, 2))]


def test_a_window_of_time_reaches_back_from_now():
    table = two_clouds(60, time=[100 * i for i in range(60)])
    # ticks of 1 ms begin at 2 ms; the second trigger of two is at 4 ms = row 40
    rows = asked(SlidingWindow("1500us"), table, tick="1ms")
    assert rows == [list(range(5, 20)), list(range(25, 40))]


def test_new_rows_are_those_that_the_lineage_never_saw():
    table = two_clouds(80)
    assert asked(NewSinceLast(), table, training=Stateful()) == [
        list(range(20)), list(range(20, 40)), list(range(40, 60)),
    ]  # fmt: skip


def test_from_scratch_what_is_new_is_new_to_the_champion_alone():
    """It has no ancestors, so what it did not learn itself is new, with a warning that says so."""
    table = two_clouds(100)
    with pytest.warns(UserWarning, match="rows that an earlier training had are new again"):
        clsim.replay(table, {"it": Strategy(Periodic(2), NewSinceLast())}, learner=GaussianNB(),
                     tick=10, warmup=20)  # fmt: skip
    rows = asked(NewSinceLast(), table)
    # the champion learned the warm-up; rows 20 to 39; the warm-up again and rows 40 to 59
    assert rows == [
        list(range(20)), list(range(20, 40)), [*range(20), *range(40, 60)],
        [*range(20, 40), *range(60, 80)],
    ]  # fmt: skip


def test_rows_of_a_rejected_challenger_are_not_lost():
    table = two_clouds(80)
    gate = ChampionChallenger(5, margin=0.99, min_rows=5)
    assert asked(NewSinceLast(), table, training=Stateful(), offline=gate) == [
        list(range(20)), list(range(20, 40)), list(range(20, 60)),
    ]  # fmt: skip


def test_held_out_rows_of_an_accepted_challenger_are_new_to_the_next():
    table = two_clouds(80)
    gate = ChampionChallenger(5, margin=-2.0, min_rows=5)
    assert asked(NewSinceLast(), table, training=Stateful(), offline=gate) == [
        list(range(20)), list(range(20, 40)), list(range(35, 60)),
    ]  # fmt: skip


def test_an_online_model_has_seen_all_that_arrived():
    notes = []
    strategy = Strategy(Periodic(2), Spy(NewSinceLast(), notes), RowByRow())
    run = clsim.replay(two_clouds(60), {"it": strategy}, learner=naive_bayes.GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    assert notes == [list(range(20)), []]
    assert [e["accepted"] for e in happened(run, ["trigger"])] == [False]


def test_labels_that_come_late_are_new_when_they_come():
    due = [{23: 65, 25: 45}.get(i, i) for i in range(80)]
    rows = asked(NewSinceLast(), two_clouds(80, label_time=due), training=Stateful())
    # ticks start at 20, 30, ...; triggers at tick 2 (row 40) and tick 4 (row 60)
    assert rows[1] == [r for r in range(20, 40) if r not in (23, 25)]
    assert rows[2] == [25, *range(40, 60)]


def test_the_gate_by_hand():
    class Fixed:
        def __init__(self, **losses):
            self.by_model = losses

        def model(self, number):
            losses = np.array(self.by_model[f"m{number}"], dtype=float)
            return SimpleNamespace(losses=lambda rows: losses[: len(rows)])

        def score(self, mean_loss):
            return 1 - mean_loss

        def usable(self, rows):
            return rows

    def judge(new, old, margin=0.0, min_rows=2):
        gate = ChampionChallenger(10, margin, min_rows)
        return gate.judge(Fixed(m1=new, m0=old), 1, 0, np.arange(len(new)))

    verdict = judge([0, 0, 1, 0], [0, 1, 1, 0])
    assert verdict.accepted
    assert verdict.detail == {"challenger": 0.75, "champion": 0.5, "rows": 4}
    assert not judge([0, 1], [1, 0]).accepted, "a tie keeps the champion"
    assert not judge([0, 0, 1, 0], [0, 1, 1, 0], margin=0.25).accepted
    assert judge([0, 0, 1, 0], [0, 1, 1, 0], margin=0.2).accepted
    assert judge([1, 1], [0, 0], margin=-1.5).accepted
    short = judge([0], [1])
    assert (short.accepted, short.reason) == (False, "holdout of 1 rows, needs 2")
    # rows that one of them does not answer do not count
    verdict = judge([0, np.nan, 1, 0], [1, 0, 1, np.nan])
    assert verdict.detail == {"challenger": 0.5, "champion": 0.0, "rows": 2}
    first = ChampionChallenger().judge(None, 0, None, np.arange(3))
    assert (first.accepted, first.reason) == (True, "no champion")


def test_the_challenger_does_not_train_on_the_holdout():
    gate = ChampionChallenger(15, margin=-2, min_rows=5)
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(3), None, None, gate)},
                       learner=GaussianNB(), tick=10, warmup=20)["it"]  # fmt: skip
    first, second = happened(run, ["train"])
    assert (first["rows"], first["labels"]) == (50 - 15, 15)
    assert (second["rows"], second["labels"]) == (80 - 15, 15)
    assert [e["rows"] for e in happened(run, ["offline_test"])] == [15, 15]


def test_every_third_training_is_a_full_one():
    run = clsim.replay(
        two_clouds(200),
        {"it": Strategy(Periodic(2), NewSinceLast(), Stateful(full_every=3))},
        learner=GaussianNB(), tick=10, warmup=20,
    )["it"]  # fmt: skip
    trains = happened(run, ["train"])
    assert [e["detail"]["how"] for e in trains[:6]] == ["partial_fit", "partial_fit", "fit"] * 2
    assert [e["rows"] for e in trains[:6]] == [20, 20, 80, 20, 20, 140]
    assert [e.get("parent") for e in trains[:4]] == [0, 1, None, 3]


def test_a_strategy_is_a_prototype_that_replays_leave_alone():
    strategy = Strategy(Periodic("2ms"), SlidingWindow("30ms"), Stateful(duration="1ms"))
    table = two_clouds(200, time=[100 * i for i in range(200)])
    before = {k: dict(vars(v)) for k, v in vars(strategy).items() if hasattr(v, "__dict__")}
    clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick="1ms", warmup="2ms")
    assert {k: dict(vars(v)) for k, v in vars(strategy).items() if hasattr(v, "__dict__")} == before


@pytest.mark.parametrize(("make", "message"), [
    (lambda: SlidingWindow(0), r"^window=0: must be above 0"),
    (lambda: SlidingWindow("-1d"), r"^window='-1d': a duration cannot be negative"),
    (lambda: SlidingWindow("9us").bind(TIMED),
     r"^dataset.window='9us': shorter than a tick.*; widen the window or shorten the tick"),
    (lambda: SlidingWindow(9).bind(Clock(False, 10, True)), r"^dataset.window=9: shorter than a"),
    (lambda: SlidingWindow("1d").bind(Clock(False, 10, True)), r"^dataset.window='1d': .*no time;"),
    (lambda: ChampionChallenger(holdout=0), r"^holdout=0: must be above 0"),
    (lambda: ChampionChallenger(20), r"^holdout=20: must not be below min_rows=30"),
    (lambda: ChampionChallenger(min_rows=0), r"^min_rows=0: must be at least 1"),
    (lambda: ChampionChallenger("1d").bind(Clock(False, 1, True)), r"^offline.holdout='1d': .*no "),
    (lambda: Stateless(-5), r"^duration=-5: must be at least 0"),
    (lambda: Stateless("2h").bind(Clock(False, 1, True)), r"^training.duration='2h': .*no time"),
    (lambda: Stateless(5).bind(TIMED), r"^training.duration=5: this stream has time; .*'5d'"),
    (lambda: Stateful(how="partial"), r"^how: .*did you mean 'partial_fit'"),
    (lambda: Stateful(initial="warm_start"), r"^initial: .*Allowed: fit, partial_fit"),
    (lambda: Stateful(full_every=0), r"^full_every=0: must be at least 1"),
    (lambda: Strategy(Never(), None, RowByRow(), ChampionChallenger()),
     r"^offline: .*; use NoTest"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("parts", "message"), [
    ((5,), r"^trigger=5: needs a method 'fires'"),
    ((Never(), NoTest()), r"^dataset=.*: needs a method 'rows'"),
    ((Never(), None, All()), r"^training=.*: needs a method 'recipe'"),
    ((Never(), None, None, All()), r"^offline=.*: needs a method 'judge'"),
])  # fmt: skip
def test_parts_in_the_wrong_place_are_refused(parts, message):
    with pytest.raises(TypeError, match=message):
        Strategy(*parts)


@pytest.mark.parametrize(("rows", "error", "message"), [
    (lambda view: np.arange(view.labels.count + 1), LookupError, "label of row 20 has not arrived"),
    (lambda view: view.labelled()[::-1], ValueError, "dataset: rows must be ascending"),
    (lambda view: np.repeat(view.labelled(), 2), ValueError, "dataset: .*each at most once"),
])  # fmt: skip
def test_datasets_of_others_cannot_cheat(rows, error, message):
    class Cheat:
        pass

    Cheat.rows = lambda self, view: rows(view)
    table = Table(np.zeros((40, 2)), [0, 1] * 20)
    with pytest.raises(error, match=message):
        clsim.replay(table, {"it": Strategy(Periodic(9), Cheat())}, learner=GaussianNB(), tick=5,
                     warmup=20)  # fmt: skip
