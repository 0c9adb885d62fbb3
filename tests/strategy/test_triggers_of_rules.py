"""Triggers of rules, given dates, waiting and costs, by hand, tick by tick."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from test_triggers import DAILY, ROWS, Seen, fired

import clsim
from clsim.monitoring import FeatureDistribution, Score, Where
from clsim.protocols import Monitor
from clsim.randomness import integer, uniform
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.rules import Confirmed, Level, Rule
from clsim.strategy.triggers import (
    AnyOf,
    At,
    Budget,
    Confirm,
    IncorporationLatency,
    KOf,
    LyapunovBudget,
    Never,
    NewSlice,
    OnLosses,
    OnSignal,
    Periodic,
    Random,
    Threshold,
    Veto,
    WaitFor,
)
from clsim.strategy.triggers.costs import waited
from clsim.types import NEVER, Schema

HOUR = 3_600_000_000


class Given(Monitor):
    """A monitor whose values are given tick by tick."""

    def __init__(self, *values):
        self.values = values

    def measure(self, view):
        return self.values[view.tick]


class Signalled(Seen):
    """A view of a trigger's own signal, and of a clock of hours."""

    def __init__(self, monitor=None, start=0):
        super().__init__()
        self.monitor, self._start = monitor, start

    def signal(self, name):
        return self.monitor.measure(self)

    def start(self, tick):
        return self._start + tick * HOUR

    @property
    def now(self):
        return self.start(self.tick)


# signals -------------------------------------------------------------------------------------


def test_each_feature_and_each_slice_has_a_rule_of_its_own():
    values = [{"a": 1.0, "b": 0.0, ("a", "shop=x"): 1.0}, {"a": 0.0, "b": 1.0},
              {"a": 1.0, "b": 2.0, ("a", "shop=x"): 3.0}]  # fmt: skip
    monitor = Given(*values)
    trigger = OnSignal(monitor, Confirmed(Level(above=0.5), 2), name="it")
    view, said = Signalled(monitor), []
    for view.tick in range(3):
        said.append(trigger.fires(view))
    assert said[:2] == [None, None]  # a and b were high in different ticks
    assert said[2].signals == (("it", "b"), ("it", ("a", "shop=x")))
    assert said[2].reason == "it of a in shop=x 3 above 0.5, 2 times"
    assert said[2].alarms == ("it of a in shop=x",)


@pytest.mark.parametrize(("chosen", "expected"), [
    ({}, [None, "a", (None, "g=1"), ("a", "g=1")]), ({"of": "a"}, ["a", ("a", "g=1")]),
    ({"slice": "all"}, [None, "a"]), ({"slice": "g=1"}, [(None, "g=1"), ("a", "g=1")]),
    ({"of": "a", "slice": "g=1"}, [("a", "g=1")]),
])  # fmt: skip
def test_the_values_that_count(chosen, expected):
    monitor = Given({None: 1.0, "a": 1.0, (None, "g=1"): 1.0, ("a", "g=1"): 1.0})
    said = OnSignal(monitor, Level(above=0), **chosen).fires(Signalled(monitor))
    assert [of for _, of in said.signals] == expected


def test_a_value_that_is_missing_is_no_evidence():
    monitor = Given({None: 1.0}, {}, {None: np.nan}, {None: 1.0})
    trigger = OnSignal(monitor, Confirmed(Level(above=0.5), 2))
    assert fired(trigger, 4, Signalled(monitor)) == [3]


def test_a_threshold_is_a_level_on_a_signal():
    monitor = Given({"a": 0.1, "b": 0.3, "c": 0.2})
    said = Threshold(monitor, above=0.15, name="d").fires(Signalled(monitor))
    assert (said.reason, said.detail) == ("d of b 0.3 above 0.15", {"value": 0.3})
    assert said == OnSignal(monitor, Level(above=0.15), name="d").fires(Signalled(monitor))
    low = Threshold(monitor, below=0.25, name="d").fires(Signalled(monitor))
    assert low.reason == "d of a 0.1 below 0.25"


def test_a_signal_that_there_is_none_of_is_refused():
    schema = Schema(("a",), "classification", np.array([0, 1]), True, {"g": ("g=1", "g=2")})
    wrong = [
        ({"of": "b"}, "unknown feature or slice 'b'"),
        ({"slice": "g=3"}, "unknown slice 'g=3'; did you mean 'g="),
        ({"slice": "odd"}, "unknown slice 'odd'"),
    ]
    for chosen, message in wrong:
        trigger = OnSignal(FeatureDistribution(slices=["g"]), Level(1), **chosen)
        with pytest.raises(ValueError, match=message):
            trigger.check_schema(schema)
    whole = OnSignal(FeatureDistribution(), Level(1), slice="g=1")
    with pytest.raises(ValueError, match=r"^trigger.slice='g=1': FeatureDistribution measures no "):
        whole.check_schema(schema)
    known = FeatureDistribution(slices=["g=1", Where("high", {"a": {"above": 1}})])
    for part in ("all", "g=1", "high"):
        OnSignal(known, Level(1), slice=part).check_schema(schema)
    with pytest.raises(TypeError, match=r"rule=3: expected a rule, such as Level"):
        OnSignal(Score(), 3)


class Counts(Rule):
    """Says which deployment it is of."""

    number = 0

    def begins(self, deployment):
        self.number = deployment

    def after(self, values, score):
        from clsim.types import Fired

        return Fired(f"deployment {self.number}")


def test_rules_know_the_number_of_the_deployment():
    stream = clsim.streams.Synthetic(clsim.streams.concepts.Sine(0), n=900)
    trigger = AnyOf([OnLosses(Counts()), OnSignal(Score(50, 10), Counts())])
    from sklearn.naive_bayes import GaussianNB

    run = clsim.replay(
        stream, {"it": Strategy(KOf([trigger, Periodic(3)], 2), SlidingWindow(100))},
        learner=GaussianNB(), tick=50, warmup=200,
    )["it"]  # fmt: skip
    reasons = run.events.loc[run.events["kind"] == "train", "reason"].tolist()
    expected = [f"deployment {k} or signal deployment {k} and every 3" for k in (1, 2, 3, 4)]
    assert reasons == expected


# schedules -----------------------------------------------------------------------------------


def test_given_ticks():
    assert fired(At([7, 2, 2]), 12) == [2, 7]
    assert [At([2, 7]).due(tick) for tick in (0, 2, 3, 8)] == [2, 2, 7, NEVER]
    assert fired(At([]), 5) == []


def test_given_dates_count_in_the_first_tick_that_starts_at_them_or_later():
    start = int(np.datetime64("2024-05-01", "us").astype(int))
    when = ["2024-04-30", "2024-05-01 02:30", dt.datetime(2024, 5, 1, 4), "2024-05-01T04:10",
            "2024-05-01 09:00+02:00", 9]  # fmt: skip
    assert fired(At(when), 12, Signalled(start=start), clock=DAILY) == [3, 4, 5, 7, 9]
    assert fired(At([dt.date(2024, 5, 1)]), 3, Signalled(start=start), clock=DAILY) == [0]
    with pytest.raises(ValueError, match=r"^trigger.when: this stream has no time"):
        At(when).bind(ROWS)


def test_random_ticks_are_drawn_one_by_one():
    trigger = Random(every=5, random_state=3)
    ticks = fired(trigger, 400)
    drawn = np.flatnonzero(uniform(3, "trigger", np.arange(400)) < 0.2)
    assert ticks == [tick for tick in drawn.tolist() if tick >= 1]
    assert 55 < len(ticks) < 105
    for tick in range(390):
        assert trigger.due(tick) == min(t for t in ticks if t >= tick) or tick > ticks[-1]
    rare = Random(every=10**9, random_state=0)
    rare.bind(ROWS)
    assert rare.due(5) == 16_383  # the end of a block, where it is asked again
    assert fired(Random(1), 4) == [1, 2, 3]


def test_random_ticks_are_seeded_by_the_replay():
    stream = clsim.streams.Synthetic(clsim.streams.concepts.Sine(0), n=800)
    from sklearn.naive_bayes import GaussianNB

    def ticks(seed):
        strategy = Strategy(Random(every=3), SlidingWindow(100))
        run = clsim.replay(stream, {"it": strategy}, learner=GaussianNB(), tick=20, warmup=100,
                           seed=seed)["it"]  # fmt: skip
        return run.events.loc[run.events["kind"] == "train", "tick"].tolist()

    state = integer(5, "strategy.trigger.random_state", -1)
    assert ticks(5) == fired(Random(every=3, random_state=state), 35)
    assert ticks(5) != ticks(6)


# combinations --------------------------------------------------------------------------------


def test_k_of_n():
    three = [Periodic(2), Periodic(3), Periodic(5)]
    assert fired(KOf(three, 2), 16) == [6, 10, 12, 15]
    assert fired(KOf(three, 1), 7) == fired(AnyOf(three), 7)


def test_veto():
    trigger = Veto(Periodic(2), by=Periodic(3))
    assert fired(trigger, 13) == [2, 4, 8, 10]
    view = Seen()
    view.tick = 6
    assert trigger.fires(view).reason == "every 2, vetoed by every 3"
    assert trigger.fires(view).held


def test_confirm():
    assert fired(Confirm(At([1, 2, 4, 5, 6]), 2), 8) == [2, 5, 6]
    assert fired(Confirm(At([1, 3, 6, 8, 9]), 2, within=3), 10) == [3, 8, 9]


def test_wait_for_labels_after_an_alarm():
    known = [10, 20, 30, 45, 60, 70, 80, 90, 99]
    trigger = WaitFor(At([1, 3]), labels=35)
    assert fired(trigger, 9, Seen(known=known)) == [4]  # 60 - 20; the alarm of 3 was of that wait
    assert fired(WaitFor(At([1]), labels=35), 9, Seen(known=known), train=False) == [4, 5, 6, 7, 8]
    view = Seen(known=known)
    trigger.bind(ROWS)
    said = [trigger.fires(view) for view.tick in range(5)]
    assert said[4].reason == "at tick 1, 3 ticks later"


def test_wait_for_a_quiet_time_after_an_alarm():
    known = [0] * 20
    assert fired(WaitFor(At([1, 2, 4]), quiet=3), 12, Seen(known=known)) == [7]
    assert fired(WaitFor(At([1, 9]), quiet="2d"), 12, Seen(known=known), clock=DAILY) == [3, 11]


def test_a_budget_of_money():
    assert fired(Budget(Periodic(2), cost=100, price=33), 20) == [2, 4, 6]
    assert fired(Budget(Periodic(2), cost=0.3, price=0.1), 20) == [2, 4, 6]
    assert fired(Budget(Periodic(2), cost=2, price=1, per=10), 15) == [2, 4, 12, 14]


# costs ---------------------------------------------------------------------------------------


def test_incorporation_latency_of_modyn():
    # Modyn's own unit test: 1 new after 2, then .5 after 4, then anew 2 after 1
    assert waited([1.0, 0.5], [2, 4]).tolist() == [1.0, 6.0]
    assert waited([2.0], [1]).tolist() == [1.0]


def test_incorporation_latency_by_hand():
    known = [5, 7, 7, 11, 11, 11, 11, 11]
    # areas: 0, 1, 3, 7 fires, then from tick 3 on: 0, 0, 0
    assert fired(IncorporationLatency(6), 8, Seen(known=known)) == [3]
    areas = waited(np.diff(known)[:3])
    assert areas.tolist() == [1, 3, 7]
    late = IncorporationLatency(6)  # one that begins later has missed nothing
    view = Seen(known=known)
    view.tick = 3
    assert late.fires(view) is not None


def test_a_lyapunov_budget_spends_no_more_than_it_says():
    losses = [[1.0]] * 400
    trigger = LyapunovBudget(every=10, weight=2, expected=0.25)
    # the excess grows by .75 a tick, and is not begun anew, since nobody deploys: at most 300
    spent = fired(LyapunovBudget(every=10, weight=0.001, expected=0.25), 400, Seen(losses))
    assert 400 / 10 - 1 <= len(spent) <= 400 / 10 + 1 + 0.001 * 300
    assert spent[:3] == [0, 10, 20]  # Q = .9 falls by .1 a tick
    assert len(fired(trigger, 20, Seen(losses))) > 10
    assert fired(LyapunovBudget(every=10, expected=1), 20, Seen(losses)) == []


def test_a_lyapunov_budget_that_begins_anew_remembers_what_was_spent():
    view = Seen([[1.0]] * 12)
    view.training_ticks, view.tick = [1, 2, 5], 6
    trigger = LyapunovBudget(every=4, weight=1, expected=0.5)
    trigger.bind(ROWS)
    assert trigger.fires(view) is None
    assert trigger._queue == pytest.approx(0.75 + 0.75 - 0.25 - 0.25 + 0.75)
    assert Never().fires(view) is None


@pytest.mark.parametrize(("make", "message"), [
    (lambda: At(["yesterday"]), r"^when\[0\]='yesterday': not a date; write it as 2024-05-01"),
    (lambda: At([3, -1]), r"^when\[1\]=-1: must be at least 0"),
    (lambda: Random(0), r"^every=0: must be above 0"),
    (lambda: KOf([Never()], 2), r"^k=2: must be at most 1"),
    (lambda: Confirm(Never(), 0), r"^times=0: must be at least 1"),
    (lambda: Confirm(Never(), 3, within=2), r"^within=2: must be at least 3"),
    (lambda: WaitFor(Never()), r"^trigger: give labels or quiet, or both"),
    (lambda: Budget(Never()), r"^trigger: give trainings, or cost and price"),
    (lambda: Budget(Never(), cost=3), r"^trigger: give trainings, or cost and price"),
    (lambda: Budget(Never(), 2, cost=3, price=1), r"^trigger: give trainings, or cost and price"),
    (lambda: Budget(Never(), cost=3, price=0), r"^price=0: must be above 0"),
    (lambda: IncorporationLatency(0), r"^allowed=0: must be above 0"),
    (lambda: LyapunovBudget(5, weight=0), r"^weight=0: must be above 0"),
    (lambda: OnLosses(Level(1), of="some"), r"^of: unknown value 'some'"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_list_is_needed():
    with pytest.raises(TypeError, match=r"^when='2024-05-01': expected a list of ticks or dates"):
        At("2024-05-01")


def test_a_new_slice_is_trained_on_once():
    from sklearn.naive_bayes import GaussianNB

    from helpers.tables import Table

    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    group = (np.arange(300) >= 150) & (np.arange(300) % 3 == 0)
    stream = Table(y[:, None] + rng.normal(size=(300, 1)), y, group=group.astype(int))
    run = clsim.replay(stream, {"it": Strategy(NewSlice(min_rows=5))}, learner=GaussianNB(),
                       tick=10, warmup=100)["it"]  # fmt: skip
    # ticks of 10 rows from row 100 on; the fifth of 150, 153, ... is row 162, known in tick 7
    trained = run.events[run.events["kind"] == "train"]
    assert trained["tick"].tolist() == [7]
    assert trained["reason"].tolist() == ["new slice group=b"]
    for column, wrong in ((None, Table(y[:, None], y)), ("shop", stream)):
        with pytest.raises(ValueError, match=r"has no slices|unknown column 'shop'"):
            NewSlice(column).check_schema(wrong.schema)
