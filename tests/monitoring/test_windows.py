"""Which rows are compared, in which slices, and what was answered to them: by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import (
    AnswerDistribution,
    AnswerShare,
    ArrivalBias,
    Before,
    ExpectedScore,
    FeatureDistribution,
    Fixed,
    Prevalence,
    Score,
    Season,
    Unlabelled,
    Where,
    windows,
)
from clsim.strategy import AsServed, Strategy
from clsim.strategy.logging import Sample
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table

DAY = 86_400_000_000


class Rows(Score):
    """Remembers the rows of a reference and of the present, by tick."""

    def __init__(self, reference, window, kept):
        super().__init__()
        self.reference, self.window_ = windows.as_reference(reference), windows.Recent(window)
        self.kept = kept

    def __deepcopy__(self, memo):
        return self

    def bind(self, clock):
        self.reference.bind(clock)
        self.window_.bind(clock)

    def measure(self, view):
        now = self.window_.rows(view)
        self.kept[view.tick] = self.reference.rows(view, now).tolist(), now.tolist()
        return {}


def rows_of(reference, window, *, table=None, tick=10, warmup=20, **parts):
    """(reference, present) by tick, of a stream of 60 rows."""
    kept = {}
    table = table or Table(np.arange(60.0)[:, None], [0, 1] * 30)
    strategy = Strategy(
        parts.pop("trigger", Never()), monitors={"it": Rows(reference, window, kept)}, **parts
    )
    clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=tick, warmup=warmup)
    return kept


def test_references_that_go_by_rows():
    assert rows_of("warmup", 5)[2] == (list(range(20)), list(range(35, 40)))
    assert rows_of("training", 5)[2] == (list(range(20)), list(range(35, 40)))
    assert rows_of(Before(8), 5)[1] == (list(range(17, 25)), list(range(25, 30)))
    assert rows_of(Before(8, gap=3), 5)[1] == (list(range(14, 22)), list(range(25, 30)))
    fixed = rows_of(Fixed(15, 35), 5)
    assert [fixed[tick][0] for tick in (0, 1, 2)] == [[], [], list(range(15, 35))]
    assert rows_of(Before(8), 5)[0] == ([], [])  # nothing was served yet


def test_the_validation_rows_are_those_held_out_for_the_champion():
    gate = ChampionChallenger(6, margin=-1.0, min_rows=1)
    kept = rows_of("validation", 5, trigger=Periodic(2), offline=gate)
    assert [kept[tick][0] for tick in range(4)] == [[], [], [], list(range(34, 40))]


def test_rows_that_are_not_logged_are_in_no_window():
    kept = rows_of(Before(8), 5, logging=Sample(0.5))
    for was, now in kept.values():
        assert len(now) <= 5
        assert not set(was) & set(now)
    was, now = kept[3]
    assert (len(was), len(now)) == (8, 5)
    assert now[-1] - was[0] > 13  # some between them were dropped


def test_references_that_go_by_time():
    time = [i * DAY // 2 for i in range(60)]  # two events a day
    table = Table(np.arange(60.0)[:, None], [0, 1] * 30, time=time)
    setting = {"table": table, "tick": "5d", "warmup": "10d"}
    # tick 2 starts on day 20, before row 40; its window of 3 days has the rows 34 to 39
    before = rows_of(Before("4d", gap="1d"), "3d", **setting)[2]
    assert before == (list(range(24, 32)), list(range(34, 40)))
    assert rows_of(Season("7d"), "3d", **setting)[2][0] == [20, 21, 22, 23, 24, 25]
    dates = rows_of(Fixed("1970-01-03", "1970-01-05"), "3d", **setting)
    assert dates[1][0] == [4, 5, 6, 7]


def signals(table, monitor, *, learner=None, strategy=None):
    strategy = strategy or Strategy(Never(), monitors={"it": monitor})
    run = clsim.replay(table, {"it": strategy}, learner=learner or GaussianNB(), tick=10,
                       warmup=20)["it"]  # fmt: skip
    found = run.signals
    return {(row.tick, None if pd.isna(row.of) else row.of, row.slice): row.value
            for row in found.itertuples()}  # fmt: skip


def test_a_feature_that_breaks_in_one_slice():
    # from row 40 on the feature is 5 in slice b, of which every fourth row is
    group = (np.arange(60) % 4 == 3).astype(int)
    X = np.where((np.arange(60) >= 40) & (group == 1), 5.0, np.arange(60) % 2 + 1.0)[:, None]
    monitor = FeatureDistribution("l_infinity", "warmup", window=20, min_rows=5, slices=["group"])
    found = signals(Table(X, [0, 1] * 30, group=group), monitor)
    assert {key: value for key, value in found.items() if key[0] == 2} == {
        (2, "a", "all"): 0.0,
        (2, "a", "group=a"): 0.0,
        (2, "a", "group=b"): 0.0,
    }
    # at tick 3 the window is rows 30 to 49: 2 of 20 are broken, and 2 of the 5 of slice b
    last = {key: value for key, value in found.items() if key[0] == 3}
    assert last == pytest.approx(
        {(3, "a", "all"): 0.1, (3, "a", "group=a"): 0.0, (3, "a", "group=b"): 0.4}
    )


def test_several_windows_at_once():
    X = np.where(np.arange(60) >= 40, 3.0, np.arange(60) % 2)[:, None]
    monitor = FeatureDistribution("earth_mover", "warmup", window=[10, 20], min_rows=5)
    found = signals(Table(X, [0, 1] * 30), monitor)
    assert [name for _, name, _ in found][:2] == ["a over 10", "a over 20"]
    # the standard deviation of the warm-up is 1/2; a move of 2.5 on average is 5 of them
    assert (found[3, "a over 10", "all"], found[3, "a over 20", "all"]) == (5.0, 2.5)


def test_shares_of_slices_and_of_answers():
    X = np.arange(60.0)[:, None]
    where = Where("late", {"a": {"at_least": 45}})
    found = signals(Table(X, [0, 1] * 30), Prevalence([where], window=10, min_rows=5))
    assert found == {(1, None, "late"): 0.0, (2, None, "late"): 0.0, (3, None, "late"): 0.5}
    learner = DummyClassifier(strategy="constant", constant=1)
    found = signals(Table(X, [0, 1] * 30), AnswerShare(10, 5, [where]), learner=learner)
    assert {key: value for key, value in found.items() if key[0] == 3} == {
        (3, "0", "all"): 0.0,
        (3, "1", "all"): 1.0,
        (3, "0", "late"): 0.0,
        (3, "1", "late"): 1.0,
    }


def test_answers_are_those_of_the_champion_on_both_sides():
    # the answer is whether the feature is above one half; from row 40 on it always is
    X = np.where(np.arange(60) >= 40, 1.0, np.arange(60) % 2)[:, None]
    found = signals(Table(X, [0, 1] * 30), AnswerDistribution(window=10, min_rows=5))
    assert found == {(1, None, "all"): 0.0, (2, None, "all"): 0.0, (3, None, "all"): 0.5}
    sure = DummyClassifier(strategy="prior")
    monitor = AnswerDistribution("confidence", "earth_mover", window=10, min_rows=5)
    assert set(signals(Table(X, [0, 1] * 30), monitor, learner=sure).values()) == {0.0}


def test_answers_of_production():
    served = [1 if i >= 40 else i % 2 for i in range(60)]
    table = Table(np.zeros((60, 1)), [0, 1] * 30, served=served)
    watched = AsServed(monitors={"it": AnswerDistribution(window=10, min_rows=5)})
    found = signals(table, None, strategy=watched)
    assert found == {(1, None, "all"): 0.0, (2, None, "all"): 0.0, (3, None, "all"): 0.5}


def test_rules_over_features():
    frame = pd.DataFrame({
        "age": pd.array([70, 20, None, 65] * 15, dtype="Int64"),
        "place": pd.array(["north", "south", "north", None] * 15, dtype="string"),
        "y": [0, 1] * 30,
    })  # fmt: skip
    stream = clsim.streams.Recorded(frame, label="y")
    cases = {
        "old": Where("old", {"age": {"at_least": 65}}),
        "older": Where("older", {"age": {"above": 65, "below": 100}}),
        "unknown": Where("unknown", {"age": {"missing": True}}),
        "north": Where("north", {"place": {"among": ["north", "west"]}}),
        "young or nowhere": Where("young or nowhere", {"age": {"among": [20, 65]}}),
        "both": Where("both", {"age": {"at_most": 70}, "place": {"missing": False}}),
    }
    strategy = Strategy(Never(), monitors={"it": Prevalence(list(cases.values()), 20, 5)})
    run = clsim.replay(stream, {"it": strategy}, learner=DummyClassifier(), tick=20, warmup=20)[
        "it"
    ]
    found = run.signals[run.signals["tick"] == 1].set_index("slice")["value"].to_dict()
    assert found == {"old": 0.5, "older": 0.25, "unknown": 0.25, "north": 0.5,
                     "young or nowhere": 0.5, "both": 0.5}  # fmt: skip


WATCH_SLICES = [
    lambda slices: FeatureDistribution(slices=slices),
    lambda slices: AnswerShare(slices=slices),
    lambda slices: Score(slices=slices),
    lambda slices: Unlabelled(5, slices=slices),
    lambda slices: ArrivalBias(Score(mature=5, slices=slices)),
    lambda slices: ExpectedScore(slices=slices),
]
"""Monitors that look at slices, each by a way to make it."""


class LabelsAlone(DummyClassifier):
    """A classifier without probabilities."""

    predict_proba = property()


@pytest.mark.parametrize(("monitor", "message"), [
    (lambda: Before(5, gap="1d"), r"^gap='1d': length=5 is of another kind"),
    (lambda: Fixed(5, 5), r"^end=5: must be above start=5"),
    (lambda: Fixed("yesterday", "today"), r"^start='yesterday': expected a date such as"),
    (lambda: FeatureDistribution(reference=3), r"^reference=3: expected one of 'training', "),
    (lambda: FeatureDistribution(window=[]), r"^window: give at least one"),
    (lambda: FeatureDistribution(slices="group"), r"^slices='group': expected a list, such as"),
    (lambda: Where("x", {"a": {"over": 3}}), r"^features.a: unknown condition 'over'"),
    (lambda: Where("x", {"a": {"above": "3"}}), r"^features.a.above='3': expected a number"),
    (lambda: Where("x", {"a": {"among": "b"}}), r"^features.a.among='b': expected a list"),
    (lambda: AnswerDistribution("score"), r"^what: unknown value 'score'"),
    (lambda: Prevalence([]), r"^slices: give at least one"),
])  # fmt: skip
def test_refused_at_once(monitor, message):
    with pytest.raises((ValueError, TypeError), match=message):
        monitor()


@pytest.mark.parametrize(("monitor", "message"), [
    (FeatureDistribution(slices=["region"]), r"slices: the stream has no slices, so there is no"),
    (Prevalence([Where("x", {"c": {"above": 0}})]), r"x: unknown feature 'c'"),
    (AnswerDistribution("confidence"), r"monitors.it: AnswerDistribution needs probabilities"),
    (FeatureDistribution(reference=Fixed("2024-01-01", "2024-02-01")), r"the stream has no time"),
    (FeatureDistribution(reference="warmup", min_rows=50, window=60), r"min_rows=50, and the"),
])  # fmt: skip
def test_refused_before_the_replay(monitor, message):
    with pytest.raises(ValueError, match=message):
        signals(Table(np.zeros((60, 1)), [0, 1] * 30), monitor, learner=LabelsAlone())


@pytest.mark.parametrize(("monitor", "message"), [
    (FeatureDistribution("kolmogorov_smirnov"), r"'b' holds categories; use distance='l_infinity' "
     r"or another of shares, or features=\['a'\]"),
    (Prevalence([Where("x", {"b": {"above": 3}})]), r"x: 'b' holds categories, so above says"),
    *((watch([Where("x", {"b": {"above": 3}})]), r"x: 'b' holds categories, so above says")
      for watch in WATCH_SLICES),
])  # fmt: skip
def test_features_of_another_kind_are_refused_before_the_replay(monitor, message):
    frame = pd.DataFrame({"a": np.zeros(60), "b": ["u", "v"] * 30, "y": [0, 1] * 30})
    stream = clsim.streams.Recorded(frame, label="y")
    strategy = Strategy(Never(), monitors={"it": monitor})
    with pytest.raises(ValueError, match=rf"strategies\['it'\]: monitors.it: .*{message}"):
        clsim.replay(stream, {"it": strategy}, learner=DummyClassifier(), tick=10, warmup=20)
