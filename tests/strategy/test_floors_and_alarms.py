"""Guards that take back below a floor, on an alarm, in a slice; and to whom: by hand."""

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp, ttest_ind
from sklearn.base import BaseEstimator

import clsim
from clsim.monitoring import AnswerShare, Score
from clsim.statistics.means import mean_above, welch
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import FirstOf, Floor, LastFine, NoGuard, OnAlarm, RollBack
from clsim.strategy.rules import Level
from clsim.strategy.triggers import AnyOf, At, OnSignal, Periodic, Veto
from helpers.fixed import Counting, labels
from helpers.tables import Table, happened


def replay(table, guard, *, every=4, learner=None, **more):
    strategy = Strategy(Periodic(every), SlidingWindow(20), guard=guard, **more)
    setting = {"learner": learner or Counting(), "tick": 10, "warmup": 20}
    return clsim.replay(table, {"it": strategy}, **setting)["it"]


def back(run):
    return [(e["tick"], e["model"], e["parent"]) for e in happened(run, ["rollback"])]


# the labels are 0 but for a poisoned batch, rows 40 to 59, of ones: the model of tick 4 learns it
BAD = [(40, 0), (20, 10), (80, 0)]
LOW = {"floor": 0.5, "window": 10, "min_labels": 10}


def test_a_floor_stops_a_poisoned_batch():
    kept, run = (replay(labels(*BAD), guard) for guard in (NoGuard(), Floor(**LOW)))
    # rows 60 to 69, the first ten that model 1 answers, are all wrong: at tick 5 model 0 is back
    [event] = happened(run, ["rollback"])
    assert (event["tick"], event["model"], event["parent"]) == (5, 0, 1)
    assert event["reason"] == "score 0.0000, below 0.5"
    assert event["detail"] == {"after": 0.0, "floor": 0.5, "labels": 10.0}
    # rows 40 to 59 are lost in any case; without the guard rows 60 to 99, with it 60 to 69
    assert (kept.totals["errors"], run.totals["errors"]) == (20 + 40, 20 + 10)


@pytest.mark.parametrize(("more", "expected"), [
    ({"min_labels": 20, "window": 20}, [(6, 0, 1)]),
    ({"mature": 5}, [(6, 0, 1)]),  # at tick 5, row 70, rows 60 to 65 are old enough
    ({"within": 1}, [(5, 0, 1)]),
    ({"floor": -0.1}, []),
    ({"floor": 0.0}, []),  # below it, and a score of 0 is not
])  # fmt: skip
def test_what_a_floor_rests_on(more, expected):
    assert back(replay(labels(*BAD), Floor(**{**LOW, **more}))) == expected


def test_a_floor_holds_at_any_time_or_soon_after_a_promotion():
    # model 1, of tick 4, answers 0 as well; rows 90 to 99, the labels of tick 8, are ones
    late = labels((90, 0), (10, 10), (60, 0))
    assert back(replay(late, Floor(**LOW))) == [(8, 0, 1)]
    assert back(replay(late, Floor(**LOW, within=4))) == [(8, 0, 1)]
    assert back(replay(late, Floor(**LOW, within=3))) == []


def test_the_replaced_model_or_the_last_that_is_fine_today():
    # models 1 and 2, of ticks 2 and 4, learn ones; from row 60 on all is 0, which model 0 knows
    table = labels((20, 0), (40, 10), (100, 0))
    assert back(replay(table, Floor(**LOW), every=2)) == [(5, 1, 2)]
    fine = LastFine(floor=0.5, window=10, min_labels=10)
    run = replay(table, Floor(**LOW, to=fine), every=2)
    assert back(run) == [(5, 0, 2)]
    [event] = happened(run, ["rollback"])
    assert event["reason"].endswith("; model 0 scores 1.0000 on 10 labels of today")
    assert (event["detail"]["returned"], event["detail"]["withdrawn"]) == (1.0, 0.0)
    better = LastFine(margin=0.9, window=10, min_labels=10)
    assert back(replay(table, Floor(**LOW, to=better), every=2)) == [(5, 0, 2)]
    # of one former champion that is kept, none is fine, and model 2 goes on
    one = LastFine(floor=0.5, window=10, min_labels=10, keeps=1)
    assert back(replay(table, Floor(**LOW, to=one), every=2)) == []
    # ten labels are new to both: model 2 was trained on rows 40 to 59
    more = LastFine(floor=0.5, window=30, min_labels=11)
    assert back(replay(table, Floor(**LOW, to=more), every=2))[:1] != [(5, 0, 2)]


def test_an_alarm_of_any_rule_over_any_signal():
    alarm = OnSignal(Score(10, 10), Level(below=0.5))
    run = replay(labels(*BAD), OnAlarm(alarm))
    # at tick 4 the score of rows 50 to 59 is 0 as well, but model 1 has answered nothing by then
    assert back(run) == [(5, 0, 1)]
    [event] = happened(run, ["rollback"])
    assert event["reason"].startswith("signal 0")
    fired = run.signals[run.signals["alarm"]]
    assert fired["tick"].tolist() == [5]
    assert run.totals["alarms"] == 0, "nobody has to look at what takes back by itself"


def test_an_alarm_needs_no_label():
    # no label ever comes after row 59; of the answers, the share of ones goes from 0 to 1
    due = [row if row < 60 else None for row in range(140)]
    table = labels(*BAD, label_time=due)
    monitor = AnswerShare(window=10, min_rows=10)
    guard = OnAlarm(OnSignal(monitor, Level(above=0.5), of="1"), within=2)
    run = replay(table, guard, every=5)  # tick 5 has the labels of rows 40 to 59
    assert back(run) == [(6, 0, 1), (11, 0, 2)], "and again, of what tick 10 learns of them"
    assert back(replay(table, Floor(**LOW), every=5)) == []


def test_what_is_held_back_or_comes_late_takes_nothing_back():
    held = Veto(At([5]), by=At([5]))
    assert back(replay(labels(*BAD), OnAlarm(held))) == []
    assert back(replay(labels(*BAD), OnAlarm(At([6])))) == [(6, 0, 1)]
    assert back(replay(labels(*BAD), OnAlarm(At([6]), within=1))) == []


def test_an_alarm_starts_afresh_with_every_promotion():
    class Counted(At):
        asked = 0
        seen = []

        def fires(self, view):
            self.asked += 1
            self.seen.append((view.tick, self.asked))
            return super().fires(view)

    Counted.seen.clear()
    replay(labels((140, 0)), OnAlarm(Counted([99])))
    assert Counted.seen == [(5, 1), (6, 2), (7, 3), (8, 4), (9, 1), (10, 2), (11, 3)]


def test_of_several_guards_the_first_takes_back_and_all_are_asked():
    class Asked(At):
        seen = []

        def fires(self, view):
            self.seen.append(view.tick)
            return super().fires(view)

    Asked.seen.clear()
    some = [OnAlarm(Asked([6]), to=LastFine(margin=-1, window=10, min_labels=1)), Floor(**LOW)]
    run = replay(labels(*BAD), FirstOf(some))
    assert back(run) == [(5, 0, 1)]
    assert happened(run, ["rollback"])[0]["reason"].endswith("below 0.5")
    assert Asked.seen[0] == 5, "it is asked though another takes back"
    both = FirstOf([OnAlarm(At([5])), Floor(**LOW)])
    assert happened(replay(labels(*BAD), both), ["rollback"])[0]["reason"] == "at tick 5"
    assert FirstOf(some).keeps == 3


# slices ------------------------------------------------------------------------------------------


class ByGroup(BaseEstimator):
    """Answers for each value of the first feature what most of its rows say."""

    def fit(self, X, y):
        self.says_ = {g: int(2 * y[X[:, 0] == g].sum() > (X[:, 0] == g).sum()) for g in (0, 1)}
        return self

    def predict(self, X):
        return np.array([self.says_[g] for g in X[:, 0]])


def grouped():
    """One row of ten is of group b, whose label is 1, but for the batch of rows 180 to 199."""
    rows = np.arange(300)
    group = (rows % 10 == 9).astype(int)
    y = np.where((rows >= 180) & (rows < 200), 0, group)
    return Table(group[:, None], y, group=group)


# of 10 rows before 2 are wrong, of 4 since all: (1 - 0.2 - 0.1) / sqrt(0.2 * 0.8 / 9)
FALL = t.sf(0.7 / np.sqrt(0.16 / 9), 9)


def test_a_guard_of_slices_catches_what_the_whole_misses():
    # the model of tick 18 learns that batch, and is wrong on group b from row 200 on
    fall = {"margin": 0.1, "within": 8, "window": 100, "min_labels": 4}
    setting = {"every": 18, "learner": ByGroup()}
    # in all, .98 of rows 100 to 199 were right, and .9 of those since are: the fall is .08
    assert back(replay(grouped(), RollBack(**fall), **setting)) == []
    run = replay(grouped(), RollBack(**fall, slices=["group"], confidence=0.95), **setting)
    # in group b, 8 of 10 and then none of 4, at tick 22
    assert back(run) == [(22, 0, 1)]
    [event] = happened(run, ["rollback"])
    assert event["reason"] == "score 0.0000 in group=b, 0.8000 before the promotion"
    assert event["detail"] == {"before": pytest.approx(0.8), "after": 0.0, "labels": 4.0,
                               "p": pytest.approx(FALL)}  # fmt: skip
    floor = {"floor": 0.5, "window": 40, "min_labels": 4}
    assert back(replay(grouped(), Floor(**floor), **setting)) == []
    sliced = Floor(**floor, slices=["group=b"], confidence=0.95)
    assert back(replay(grouped(), sliced, **setting)) == [(22, 0, 1)]


def test_many_slices_are_corrected_for():
    """Holm's correction: of 3 tests the smallest p-value must be below a third of the level."""
    fall = {"margin": 0.1, "within": 8, "window": 100, "min_labels": 4, "slices": ["group"]}
    for level, expected in ((3.01 * FALL, [(22, 0, 1)]), (2.99 * FALL, [])):
        guard = RollBack(**{**fall, "within": 4}, confidence=1 - level)
        assert back(replay(grouped(), guard, every=18, learner=ByGroup())) == expected


def test_the_tests_of_means_are_those_of_scipy():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0.4, 1.5, 23), rng.normal(0, 1, 40)
    one, two = mean_above(a, 0.1), welch(a, b, 0.2)
    assert one == pytest.approx(ttest_1samp(a, 0.1, alternative="greater"), rel=1e-12)
    theirs = ttest_ind(a, b + 0.2, equal_var=False, alternative="greater")
    assert two == pytest.approx((theirs.statistic, theirs.pvalue), rel=1e-12)
    # where nothing varies, and where there is too little to say
    assert [welch([1, 1], [0, 0], margin).p for margin in (0.5, 1)] == [0, 1]
    assert [mean_above([1, 1], bound).p for bound in (0.5, 1)] == [0, 1]
    assert np.isnan([welch([1], [0, 0]).p, mean_above([1], 0).p]).all()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Floor(float("nan")), r"^floor=nan: expected a number"),
    (lambda: Floor(0.5, within=0), r"^within=0: must be above 0"),
    (lambda: Floor(0.5, window=50), r"^min_labels=100: must be at most 50"),
    (lambda: Floor(0.5, slices=["group"]), r"^slices: of several slices one falls by chance"),
    (lambda: Floor(0.5, slices="group"), r"^slices='group': expected a list"),
    (lambda: Floor(0.5, confidence=1), r"^confidence=1: must be between 0 and 1"),
    (lambda: Floor(0.5, to="best"), r"^to='best': expected LastFine\(\.\.\.\), or None for"),
    (lambda: Floor(0.5, to=LastFine), r"^to=LastFine: a class; give an object of it"),
    (lambda: Floor(0.5, distrust="no"), r"^distrust='no': must be true or false"),
    (lambda: LastFine(), r"^to: give a floor, a margin, or both"),
    (lambda: LastFine(floor=0.5, keeps=0), r"^to.keeps=0: must be at least 1"),
    (lambda: LastFine(margin="high"), r"^to.margin='high': expected a number"),
    (lambda: FirstOf([]), r"^guards: give at least one"),
    (lambda: FirstOf("floor"), r"^guards='floor': expected a list of guards"),
    (lambda: FirstOf(["floor"]), r"^guards\[0\]='floor': needs a method 'watch'"),
    (lambda: OnAlarm("drift"), r"^guard.trigger='drift': needs a method 'fires'"),
])  # fmt: skip
def test_bad_settings_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(("guard", "message"), [
    (Floor(0.5, slices=["grup=b"], confidence=0.9), r"guard.slices: unknown slice 'grup=b'; did"),
    (Floor(0.5, within="5d"), r"guard.within='5d': this stream has no time; give a number of t"),
    (Floor(0.5, mature="5d"), r"guard.mature='5d': this stream has no time"),
    (OnAlarm(OnSignal(Score(10, 10), Level(below=0.5), slice="group=b")),
     r"guard.trigger.slice='group=b': Score measures no slices"),
    (OnAlarm(Periodic("5d")), r"guard.trigger.every='5d': this stream has no time"),
])  # fmt: skip
def test_what_does_not_fit_the_stream_is_refused(guard, message):
    with pytest.raises(ValueError, match=message):
        replay(grouped(), guard)


def test_signals_of_a_guard_have_names_of_their_own():
    signal = OnSignal(Score(10, 10), Level(below=0.5))
    other = OnSignal(Score(20, 10), Level(below=0.5))
    with pytest.raises(ValueError, match=r"two are called 'signal'; give one another name"):
        Strategy(AnyOf([Periodic(4), signal]), guard=OnAlarm(other))
    assert list(Strategy(Periodic(4), guard=OnAlarm(other)).monitors) == ["signal"]
