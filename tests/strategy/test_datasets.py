"""Datasets by hand, and in worlds whose answer is known."""

import json

import numpy as np
import pytest
from river.drift import ADWIN
from sklearn.linear_model import SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

import clsim
from clsim.monitoring import Score
from clsim.statistics.intervals import mean_interval
from clsim.strategy import Strategy
from clsim.strategy.datasets import (
    All,
    Balanced,
    BestWindow,
    ByLoss,
    Nearest,
    NewSinceLast,
    Replayed,
    Sampled,
    SinceAlarm,
    SinceChange,
    SlidingWindow,
    Vetted,
)
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.rules import Confirmed, Detected, ScoreLevel
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import At, Never, OnLosses, Periodic, Threshold
from clsim.types import Fired
from helpers.tables import Table, two_clouds


class Noting(GaussianNB):
    """Notes what it is given: its first feature, and weights."""

    notes = []

    def fit(self, X, y, sample_weight=None):
        self._note(X, sample_weight)
        return super().fit(X[:, 1:], y, sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self._note(X, sample_weight)
        return super().partial_fit(X[:, 1:], y, classes, sample_weight)

    def _note(self, X, weights):
        if len(X):
            weights = None if weights is None else weights.tolist()
            self.notes.append((X[:, 0].astype(int).tolist(), weights))

    def predict(self, X):
        return super().predict(X[:, 1:])


def given(dataset, y, trigger=None, tick=10, warmup=20, X=None, **parts):
    """What each training was given: row numbers, and weights."""
    Noting.notes.clear()
    X = np.arange(len(y)) if X is None else X
    X = np.column_stack([np.arange(len(y)), X]).astype(float)
    strategy = Strategy(trigger or Periodic(2), dataset, **parts)
    run = clsim.replay(Table(X, y), {"it": strategy}, learner=Noting(), tick=tick, warmup=warmup)[
        "it"
    ]
    return run, Noting.notes[:]


RARE = [0, 0, 0, 1] * 25


def test_down_to_the_size_of_the_smallest():
    _, notes = given(Balanced(All()), RARE)
    rows, weights = notes[0]
    assert weights is None
    assert [row for row in rows if row % 4 == 3] == [3, 7, 11, 15, 19], "the five of 20"
    assert len(rows) == 10
    assert len(set(rows)) == 10
    _, notes = given(Balanced(All(), ratio=2, undo=True), RARE)
    rows, weights = notes[0]
    assert len(rows) == 15
    # ten stand for fifteen, and the five for themselves
    assert weights == [1.0 if row % 4 == 3 else 1.5 for row in rows]


def test_up_to_the_size_of_the_largest():
    run, notes = given(Balanced(All(), how="up", undo=True), RARE)
    rows, weights = notes[0]
    assert sorted(set(rows)) == list(range(20))
    assert all(rows.count(row) == (3 if row % 4 == 3 else 1) for row in rows)
    assert sum(weights) == pytest.approx(20), "the weights correct it"
    assert all(
        w == pytest.approx(1 / 3 if row % 4 == 3 else 1) for row, w in zip(*notes[0], strict=True)
    )
    # it is charged for what the learner is given: of 20 rows 15 + 15, of 40 and of 60 likewise
    assert run.totals["initial_rows"] == 30
    assert run.totals["rows_trained"] == 60 + 90 + 120
    assert len(given(Balanced(All(), how="up", ratio=2), RARE)[1][0][0]) == 15 + 8


def test_by_weights_both_classes_count_the_same():
    rows, weights = given(Balanced(All(), how="weights"), RARE)[1][0]
    assert len(rows) == 20
    by_class = np.bincount(np.array(rows) % 4 == 3, weights)
    assert by_class == pytest.approx([10, 10])


def test_balance_is_of_what_is_not_held_out():
    gate = ChampionChallenger(9, min_rows=9)
    rows = given(Balanced(All()), RARE, offline=gate)[1][1][0]
    # of 40 rows the last nine are held out; of 31 left, seven are of the rare class
    assert len(rows) == 14
    assert max(rows) <= 30


def test_a_reservoir_has_a_fixed_size_and_what_left_it_does_not_come_back():
    sets = [set(rows) for rows, _ in given(Sampled(All(), rows=12), [0, 1] * 100)[1]]
    assert {len(rows) for rows in sets} == {12}
    for place, later in enumerate(sets):
        gone = set().union(*sets[:place]) - sets[max(place - 1, 0)]
        assert not gone & later
    assert np.mean([*sets[-1]]) == pytest.approx(90, abs=45), "of all, not of the last"
    old = [np.mean(rows) for rows, _ in given(Sampled(All(), 12, half_life=10), [0, 1] * 100)[1]]
    assert old[-1] > 160, "it forgets"


def test_new_rows_and_half_as_many_old_ones():
    dataset = Replayed(NewSinceLast(), All(), ratio=0.5)
    notes = given(dataset, [0, 1] * 50, training=Stateful())[1]
    for number, (rows, _) in enumerate(notes[1:], start=1):
        new = [row for row in rows if row >= 20 * number]
        assert new == list(range(20 * number, 20 * number + 20))
        assert len(rows) == 30
    assert len({tuple(rows[:10]) for rows, _ in notes[2:]}) == len(notes) - 2, "others each time"


def test_the_nearest_to_the_newest_that_have_no_label():
    X = np.r_[np.zeros(10), np.full(10, 5.0), np.zeros(5), np.full(5, 5.0), np.zeros(40)]
    X = np.column_stack([X, np.arange(70) % 2])
    late = [row if row < 20 else 500 for row in range(70)]
    table = Table(X, [0, 1] * 35, label_time=late)
    found = []

    class Asked(Nearest):
        def sample(self, view, rows):
            sample = super().sample(view, rows)
            found.append(sample.rows.tolist())
            return sample

    strategy = Strategy(At([1]), Asked(All(), rows=10, newest=5))
    clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)
    first, second = found
    assert first == [*range(10, 20)], "all have a label: the last five of the warm-up are fives"
    assert second == [*range(10, 20)], "rows 25 to 29 are fives, and have no label"


def test_by_loss_what_is_wrong_is_drawn_first():
    y = np.r_[[0, 1] * 30, [1, 0] * 25]  # the champion of the first is wrong on the last forty
    X = np.r_[[0.0, 9.0] * 55]
    rows = given(ByLoss(All(), 40, pressure=1e300), y, At([8]), X=X)[1][1][0]
    assert rows == list(range(60, 100))
    even = given(ByLoss(All(), 40, pressure=1.0), y, At([8]), X=X)[1][1][0]
    assert sum(row >= 60 for row in even) < 30


class Alarming:
    """Raises an alarm, and has trained, in some ticks."""

    def fires(self, view):
        return Fired("it", alarms=("it",)) if view.tick in (2, 3, 5, 6) else None


def test_since_the_last_alarm():
    y = np.r_[[0, 1] * 20, [1, 0] * 40]
    X = np.r_[[0.0, 9.0] * 60]
    run, notes = given(SinceAlarm(min_rows=5), y, Alarming(), X=X)
    assert run.totals["alarms"] == 4
    # alarms are at rows 40, 50, 70 and 80
    assert notes[1][0] == list(range(40)), "no earlier alarm"
    assert notes[2][0] == list(range(40, 50))
    assert notes[3][0] == list(range(50, 70))
    before = given(SinceAlarm(min_rows=12, before=1), y, Alarming(), X=X)[1]
    assert before[2][0] == list(range(38, 50)), "11 rows are too few"
    assert before[3][0] == list(range(49, 70))


def test_since_the_change_that_the_losses_show():
    y = np.r_[[0, 1] * 40, [1, 0] * 60]
    X = np.r_[[0.0, 9.0] * 100]
    dataset = SinceChange(alpha=0.01, min_rows=10)
    sets = [rows for rows, _ in given(dataset, y, Periodic(5), X=X)[1]]
    assert sets[1] == list(range(70)), "nothing has changed"
    assert sets[2] == list(range(80, 120)), "rows from 80 on are all wrong"
    assert sets[3] == list(range(80, 170)), "it remembers"


def test_the_change_of_a_feature_needs_no_champion():
    X = np.r_[np.arange(80) % 3, 5 + np.arange(40) % 3]
    dataset = SinceChange(feature="b", min_rows=10)
    assert given(dataset, [0, 1] * 60, Periodic(9), X=X)[1][1][0] == list(range(80, 110))


def test_the_window_that_would_have_been_best():
    y = np.r_[[0, 1] * 50, [1, 0] * 50]
    X = np.r_[[0.0, 9.0] * 100]
    dataset = BestWindow([10, 30, 150], GaussianNB(), judges=10)
    run, notes = given(dataset, y, At([12]), X=X)
    assert len(notes[1][0]) == 30, "since row 100 there are 40, and of equal ones the longest"
    detail = json.loads(run.events.loc[run.events["kind"] == "train", "detail"].iloc[0])
    assert detail == {
        "how": "fit", "window": 30, "lost": {"10": 0.0, "30": 0.0, "150": 1.0},
        "rows_tried": 10 + 30 + 130,
    }  # fmt: skip


def test_a_broken_batch_is_vetoed_and_said():
    table = sudden(400, at=400)
    X = table.X.copy()
    X[220:260] *= 1000
    broken = Table(X, table.y)
    runs = {}
    for name, bounds in {"said": {}, "vetoed": {"spread": 10.0}}.items():
        strategy = Strategy(Periodic(2), Vetted(SlidingWindow(60), **bounds))
        runs[name] = clsim.replay(
            broken, {"it": strategy}, learner=GaussianNB(), tick=20, warmup=100, record="events"
        )["it"]
    vetoed, said = runs["vetoed"], runs["said"]
    triggers = vetoed.events[vetoed.events["kind"] == "trigger"]
    turned = triggers[~triggers["accepted"].astype(bool)]
    # the window of 60 rows meets rows 220 to 259 at rows 260 and 300; at 340 it has passed them
    assert (100 + 20 * turned["tick"]).tolist() == [260, 300]
    detail = json.loads(turned["detail"].iloc[0])
    assert detail["veto"]
    assert "spread=10.0" in detail["failure"]
    assert detail["dataset"]["rows"] == [60, 60, 20]
    assert vetoed.totals["retrainings"] == said.totals["retrainings"] - 2
    assert vetoed.score > said.score + 0.02
    trained = said.events[said.events["kind"] == "train"]["detail"].map(json.loads)
    assert all(set(one["dataset"]["features"]) == {"a", "b"} for one in trained)


def test_training_on_the_rows_of_the_champion_is_charged_and_said():
    late = [row if row < 40 else max(row, 130) for row in range(200)]
    table = Table(two_clouds(200).X, two_clouds(200).y, label_time=late)
    run = clsim.replay(
        table, {"it": Strategy(Periodic(2))}, learner=GaussianNB(), tick=20, warmup=40
    )["it"]
    trained = run.events[run.events["kind"] == "train"]
    same = [json.loads(detail).get("same_rows", False) for detail in trained["detail"]]
    assert same == [True, True, False]
    assert run.totals["retrainings"] == 3
    assert run.totals["rows_trained"] == 40 + 40 + 160


# worlds with a known answer -------------------------------------------------------------------


def sudden(n, at, seed=0):
    """Two clouds whose classes change places at once."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    side = np.where((np.arange(n) < at) == (y == 1), 1.0, -1.0)
    return Table(side[:, None] + rng.normal(size=(n, 2)), y)


def over_seeds(gains, count=8):
    """For each thing that is gained, its 95 % interval over so many seeds."""
    each = [gains(seed) for seed in range(count)]
    return {key: mean_interval([one[key] for one in each]) for key in each[0]}


def test_since_the_change_beats_a_window_after_a_sudden_drift():
    parts = {
        "window": SlidingWindow(1000), "change": SinceChange(min_rows=50), "all": All(),
    }  # fmt: skip

    def gains(seed):
        runs = clsim.replay(
            sudden(3000, 1500, seed),
            {name: Strategy(Periodic(2), part) for name, part in parts.items()},
            learner=GaussianNB(), tick=50, warmup=500,
        )  # fmt: skip
        scores = {name: run.score for name, run in runs.items()}
        return {one: scores["change"] - scores[one] for one in ("window", "all")}

    found = over_seeds(gains, 4)
    assert found["window"].low > 0.1, found
    assert found["all"].low > 0.2, found


@pytest.mark.slow
def test_replay_prevents_forgetting_where_a_concept_comes_back():
    found = over_seeds(by_replay)
    assert found["back"].low > 0.02, found


def by_replay(seed):
    """How much more is right with replay, in the first tick of a season that comes back."""
    # two places of input space with a rule each; long stretches show one of them alone
    rng = np.random.default_rng(seed)
    n = 4000
    season = (np.arange(n) // 1000) % 2
    y = rng.integers(0, 2, n)
    centre = np.where(y == 1, 1.5, -1.5) * np.where(season == 1, -1.0, 1.0)
    X = np.column_stack([centre + rng.normal(size=n), season * 6.0, centre * season * 4])
    X[:, 2] += rng.normal(size=n) * 0.1
    learner = SGDClassifier(loss="log_loss", alpha=1e-3, random_state=0)
    stateful = Stateful(initial="partial_fit")
    runs = clsim.replay(
        Table(X, y),
        {"new": Strategy(Periodic(1), NewSinceLast(), stateful),
         "replayed": Strategy(Periodic(1), Replayed(NewSinceLast(), All(), 2.0), stateful)},
        learner=learner, tick=100, warmup=1000,
    )  # fmt: skip
    back = {name: run.ticks["score"].iloc[[10, 20]].mean() for name, run in runs.items()}
    return {"back": back["replayed"] - back["new"]}


@pytest.mark.slow
def test_balanced_finds_the_rare_class_at_a_price():
    found = over_seeds(by_balance)
    assert found["recall"].low > 0.3, found
    assert found["price"].low > 0, "others are taken for it"
    undone = found["undone"]
    assert undone.low < 0 < undone.high, "weights undo it, but for chance"
    assert abs(undone.mean) < 0.05, undone


def by_balance(seed):
    """What a balanced set gains in recall, what it costs in score, and what is left undone."""
    rng = np.random.default_rng(seed)
    y = (rng.random(3000) < 0.05).astype(int)
    X = y[:, None] * 1.5 + rng.normal(size=(3000, 2))
    runs = clsim.replay(
        Table(X, y),
        {"as it is": Strategy(Never(), All()), "balanced": Strategy(Periodic(50), Balanced(All())),
         "undone": Strategy(Periodic(50), Balanced(All(), undo=True))},
        learner=GaussianNB(), tick=100, warmup=1000, metrics=["recall"],
    )  # fmt: skip
    recall = {}
    for name, run in runs.items():
        confusion = run.confusion.groupby(["y_true", "y_pred"])["n"].sum()
        recall[name] = confusion.get((1, 1), 0) / confusion[1].sum()
    return {
        "recall": recall["balanced"] - recall["as it is"],
        "price": runs["as it is"].score - runs["balanced"].score,
        "undone": recall["undone"] - recall["as it is"],
    }


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Balanced(All(), by="shop"), "unknown name 'shop'"),
        (lambda: Balanced(All(), how="both"), "unknown value 'both'"),
        (lambda: Balanced(All(), how="weights", undo=True), "undo"),
        (lambda: Sampled(All()), "give one of them"),
        (lambda: Sampled(All(), share=0.5, half_life=5), "half_life"),
        (lambda: SinceChange(feature="aa"), "did you mean 'a'"),
        (lambda: BestWindow([5, 3], GaussianNB()), "ascending"),
        (lambda: Replayed(Balanced(All(), how="weights"), All()), "have weights"),
        (lambda: Vetted(All(), classes=2), "at most 1"),
        (lambda: SinceAlarm(), r"trigger \(Periodic\) never raises one"),
        (
            lambda: Vetted(Sampled(SinceAlarm(), 5)),
            "Vetted takes rows since the last alarm",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_the_replay(make, says):
    with pytest.raises((TypeError, ValueError), match=says):
        clsim.replay(
            two_clouds(60), {"it": Strategy(Periodic(2), make())}, learner=GaussianNB(), tick=10,
            warmup=20,
        )  # fmt: skip


def test_who_learns_row_by_row_is_not_asked_about_any_rows():
    with pytest.raises(ValueError, match="ByLoss asks the champion"):
        Strategy(Never(), ByLoss(All(), 5), RowByRow())
    with pytest.raises(ValueError, match="takes no sample_weight"):
        clsim.replay(
            two_clouds(60), {"it": Strategy(Periodic(2), Balanced(All(), undo=True))},
            learner=KNeighborsClassifier(), tick=10, warmup=20,
        )  # fmt: skip


@pytest.mark.parametrize(
    "rule", [ScoreLevel(0.5, None, 50, 20), Confirmed(ScoreLevel(0.5, None, 50, 20), 2)]
)
def test_a_rule_over_losses_that_raises_no_alarm_leaves_nothing_to_begin_at(rule):
    with pytest.raises(ValueError, match=r"trigger \(OnLosses\) never raises one"):
        Strategy(OnLosses(rule), SinceAlarm())
    Strategy(OnLosses(Confirmed(Detected(ADWIN()), 2)), SinceAlarm())
    Strategy(Threshold(Score(50, 20), below=0.5), SinceAlarm())
