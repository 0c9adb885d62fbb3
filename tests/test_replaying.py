"""The clock and the lanes: against loops by hand, when trainings fail, and what is refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from river import compose, evaluate, linear_model, metrics, naive_bayes, preprocessing
from sklearn.base import BaseEstimator, clone
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import clsim
from clsim.engine.knowledge import Knowledge
from clsim.engine.lessons import lessons
from clsim.protocols import Guard
from clsim.randomness import integer
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers import Never, Performance, Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant, Missing
from clsim.types import Rollback
from helpers.tables import Table, happened, two_clouds

LEARNERS = [
    GaussianNB(), LogisticRegression(), HistGradientBoostingClassifier(max_iter=5, max_leaf_nodes=8)
]  # fmt: skip


@pytest.mark.parametrize("learner", LEARNERS, ids=lambda it: type(it).__name__)
@pytest.mark.parametrize("delay", [0, 130])
def test_a_loop_by_hand_in_scikit_learn_gives_the_same_bits(learner, delay):
    table = two_clouds(2000, seed=3)
    run = clsim.replay(
        table, {"it": Strategy(Periodic(4), SlidingWindow(300))}, learner=learner, tick=50,
        warmup=200, delay=Constant(delay), loss="log", record="events", seed=11,
    )["it"]  # fmt: skip

    learner = clone(learner)
    if "random_state" in learner.get_params():
        learner.set_params(random_state=integer(11, "learner"))
    answers, losses, scores = [], [], []
    with threadpool_limits(1):
        model = clone(learner).fit(table.X[:200], table.y[:200])
        for tick, start in enumerate(range(200, 2000, 50)):
            known = max(200, start - max(delay, 1) + 1)
            if tick >= 1 and tick % 4 == 0:
                window = slice(max(0, known - 300), known)
                model = clone(learner).fit(table.X[window], table.y[window])
            blocks = slice(start // 64 * 64, -(-(start + 50) // 64) * 64)  # whole blocks of 64
            chances = model.predict_proba(table.X[blocks])
            chances = chances[start - blocks.start :][:50]
            answers += chances.argmax(axis=1).tolist()
            loss = 0.0
            for row, label in enumerate(table.y[start : start + 50]):
                loss += -np.log(np.clip(chances[row], np.finfo(float).eps, 1))[label]
            losses.append(loss)
            scores.append(-loss / 50)
    assert run.predictions["y_pred"].tolist() == answers
    assert run.ticks["loss"].tolist() == losses
    assert run.ticks["score"].tolist() == scores


def test_the_clock_of_one_training_by_hand():
    # ticks of 10 rows from row 20; trainings start at ticks 3 and 6 and take 15 rows: two ticks
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(3), None, Stateless(15))},
                       learner=GaussianNB(), tick=10, warmup=20)["it"]  # fmt: skip
    told = [(e["tick"], e["kind"], e.get("model")) for e in happened(run) if e["kind"] != "label"]
    assert told == [
        (-1, "initial", 0), (3, "trigger", None), (3, "train", 1), (5, "deploy", 1),
        (6, "trigger", None), (6, "train", 2),
    ]  # fmt: skip
    assert run.ticks["model"].tolist() == [0, 0, 0, 0, 0, 1, 1, 1]
    assert [e["labels"] for e in happened(run, ["label"])] == [10] * 7
    (first, second) = happened(run, ["train"])
    assert (first["rows"], second["rows"], first["duration"]) == (50, 80, 15)


@pytest.mark.parametrize(("duration", "deployed"), [(0, 3), (1, 4), (10, 4), (11, 5), (40, 7)])
def test_a_training_takes_effect_at_the_first_tick_start_at_or_after_its_end(duration, deployed):
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(5, 3), None, Stateless(duration))},
                       learner=GaussianNB(), tick=10, warmup=20)["it"]  # fmt: skip
    assert [e["tick"] for e in happened(run, ["deploy"])] == [deployed]


@pytest.mark.parametrize(("overlap", "ticks"), [(False, [2, 6]), (True, [2, 4, 6])])
def test_triggers_do_not_fire_while_a_training_is_in_flight_unless_they_may(overlap, ticks):
    strategy = Strategy(Periodic(2), None, Stateless(35), overlap=overlap)
    run = clsim.replay(two_clouds(100), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)
    assert [e["tick"] for e in happened(run["it"], ["train"])] == ticks


def test_a_trigger_starts_afresh_at_a_deployment():
    # the first model is always wrong: 20 losses of 1 fire it; the next one starts from nothing
    table = Table(np.zeros((200, 2)), [0] * 40 + [1] * 160)
    trigger = Performance(below=0.5, window=20, min_labels=20)
    run = clsim.replay(table, {"it": Strategy(trigger, SlidingWindow(20))}, learner=GaussianNB(),
                       tick=10, warmup=40)["it"]  # fmt: skip
    assert [e["tick"] for e in happened(run, ["train"])] == [2]
    assert run.ticks["errors"].tolist() == [10, 10, *[0] * 14]


@pytest.mark.parametrize(("of", "ticks"), [("champion", [4]), ("all", [4, 6])])
def test_late_labels_of_an_earlier_champion_count_only_if_asked_for(of, ticks):
    # at tick 4 (row 80) the labels of rows 40 to 60 are known, all of them errors; those of rows
    # 61 to 79, also served by the first model, come at ticks 5 and 6, when the second one serves
    table = Table(np.zeros((200, 2)), [0] * 40 + [1] * 160)
    trigger = Performance(below=0.5, window=20, min_labels=20, of=of)
    run = clsim.replay(table, {"it": Strategy(trigger, SlidingWindow(20))}, learner=GaussianNB(),
                       tick=10, warmup=40, delay=Constant(20))["it"]  # fmt: skip
    assert [e["tick"] for e in happened(run, ["train"])] == ticks
    assert run.totals["errors"] == 40


def test_what_a_former_champion_owes_is_there_when_its_labels_come():
    """Predictions wait for others who still serve the model, but not when they are looked at."""

    class Heard(Periodic):
        losses = []

        def fires(self, view):
            self.losses.append(view.outcomes.arrived_losses(of="all").tolist())
            return super().fires(view)

    class Back(Guard):
        keeps = 1

        def watch(self, view):
            return Rollback("to be seen") if view.tick == 3 else None

    Heard.losses.clear()
    # models say 0, and labels are 1 from row 40 on. Model 0 serves ticks 0 and 1 (rows 40 to 59),
    # model 1 tick 2, and model 0 again from tick 3 (row 70) on; "beside" has model 0 for good
    known = [95 if 40 <= row < 70 else row for row in range(120)]
    table = Table(np.zeros((120, 2)), [0] * 40 + [1] * 80, label_time=known)
    window = SlidingWindow(20)
    strategies = {"beside": Strategy(Periodic(50), window),
                  "it": Strategy(Heard(2, phase=0), window, Stateless(), guard=Back())}  # fmt: skip
    run = clsim.replay(table, strategies, learner=DummyClassifier(), tick=10, warmup=40)["it"]
    assert run.ticks["model"].tolist()[:4] == [0, 0, 1, 0]
    # labels of rows 70 to 79 come at tick 4, those of the first thirty at tick 6 (row 100)
    assert [len(losses) for losses in Heard.losses[:7]] == [0, 0, 0, 0, 10, 10, 40]
    assert {loss for losses in Heard.losses[:7] for loss in losses} == {1.0}


@pytest.mark.parametrize(("margin", "rows"), [(2, [10, 30, 50]), (-2, [10, 20, 20])])
def test_what_a_rejected_challenger_learned_or_a_gate_held_out_is_new_to_the_next(margin, rows):
    # ticks of 10 rows from row 20; of what the champion has not learned, the last 10 are held out.
    # Rejected: rows 20 to 29, 20 to 49, 20 to 69. Accepted: 20 to 29, 30 to 49, 50 to 69
    gate = ChampionChallenger(10, margin, min_rows=5)
    strategy = Strategy(Periodic(2), NewSinceLast(), Stateful(), gate)
    run = clsim.replay(two_clouds(90), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)
    assert [e["rows"] for e in happened(run["it"], ["train"])] == rows


# failure is data ----------------------------------------------------------------------------


class Moody(BaseEstimator):
    """Refuses to learn from rows 100 to 299 of the stream, which the first feature numbers."""

    def fit(self, X, y):
        if 100 <= X[-1, 0] < 300:
            raise ArithmeticError("not in the mood\nfor this window")
        self.answer_ = int(X[-1, 0] >= 300)
        return self

    def predict(self, X):
        return np.full(len(X), self.answer_)


def test_a_training_that_fails_is_an_event_and_the_champion_goes_on_serving():
    table = Table(np.arange(400)[:, None] * [1.0, 1.0], [0, 1] * 200)
    run = clsim.replay(table, {"it": Strategy(Periodic(2), SlidingWindow(40))}, learner=Moody(),
                       tick=20, warmup=40, record="events")["it"]  # fmt: skip
    failed = happened(run, ["train_failed"])
    assert [e["tick"] for e in failed] == [4, 6, 8, 10, 12]
    assert {e["reason"] for e in failed} == {"ArithmeticError: not in the mood"}
    assert run.ticks["model"].tolist() == [0, 0, *[1] * 12, *[7] * 2, *[8] * 2]
    assert run.predictions["y_pred"].tolist() == [0] * 280 + [1] * 80
    assert (run.totals["failed"], run.totals["deployments"]) == (5, 3)
    assert run.totals["retrainings"] == 8, "failed trainings are paid for"


def one_class_at(first, stop, n=400):
    table = two_clouds(n)
    table.y[first:stop] = 1
    return table


def test_a_window_with_one_class_fails_for_a_learner_that_needs_two():
    strategy = {"it": Strategy(Periodic(2), SlidingWindow(40))}
    setting = {"tick": 20, "warmup": 40}
    run = clsim.replay(one_class_at(100, 220), strategy, learner=LogisticRegression(), **setting)
    failed = happened(run["it"], ["train_failed"])
    assert [e["tick"] for e in failed] == [6, 8]
    assert "2 classes" in failed[0]["reason"]
    run = clsim.replay(one_class_at(100, 220), strategy, learner=GaussianNB(), **setting)
    assert run["it"].totals["failed"] == 0


def test_a_warm_up_with_one_class_is_refused_only_for_learners_that_cannot_take_it():
    table = one_class_at(0, 60)
    setting = {"tick": 20, "warmup": 40}
    strategy = {"it": Strategy(Periodic(2))}
    with pytest.raises(
        ValueError, match=r"^strategies\['it'\]: warmup: the first model .* 40 labelled .*2 classes"
    ):
        clsim.replay(table, strategy, learner=LogisticRegression(), **setting)
    for learner in (GaussianNB(), naive_bayes.GaussianNB()):
        run = clsim.replay(table, strategy, learner=learner, **setting)["it"]
        assert run.totals["answered"] == 360
    partial = {"it": Strategy(Periodic(2), None, Stateful(initial="partial_fit"))}
    sgd = SGDClassifier()
    assert clsim.replay(table, partial, learner=sgd, **setting)["it"].totals["answered"] == 360


def test_without_a_warm_up_nothing_is_answered_until_the_first_model():
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(3))}, learner=GaussianNB(),
                       tick=10)["it"]  # fmt: skip
    assert run.ticks["answered"].tolist() == [0, 0, 0, *[10] * 7]
    assert run.ticks["model"].isna().tolist() == [True] * 3 + [False] * 7
    assert run.totals["initial_rows"] == 0


def test_without_labels_there_is_nothing_to_train_on():
    run = clsim.replay(two_clouds(100), {"it": Strategy(Periodic(3))}, learner=GaussianNB(),
                       tick=10, warmup=20, delay=Missing())["it"]  # fmt: skip
    triggers = happened(run, ["trigger"])
    assert [(e["tick"], e["accepted"]) for e in triggers] == [(3, False), (6, False)]
    assert triggers[0]["detail"] == {"failure": "no labelled rows to train on"}
    assert run.totals["retrainings"] == run.totals["answered"] == run.totals["labels"] == 0
    assert run.score is None


def test_unanswered_events_that_count_as_wrong_are_wrong_for_triggers_too():
    trigger = Performance(below=0.5, window=10, min_labels=10, of="all")
    for unanswered, ticks in (("skip", []), ("wrong", [1])):
        run = clsim.replay(
            Table(np.arange(40)[:, None] % 2 * [1.0, 1.0], [0, 1] * 20), {"it": Strategy(trigger)},
            learner=GaussianNB(), tick=10, unanswered=unanswered,
        )["it"]  # fmt: skip
        assert [e["tick"] for e in happened(run, ["train"])] == ticks


def test_an_online_model_learns_each_label_once_and_before_it_answers():
    table = two_clouds(120)
    run = clsim.replay(table, {"it": Strategy(Never(), None, RowByRow())}, tick=1, warmup=20,
                       learner=linear_model.LogisticRegression(), delay=Constant(7),
                       record="events")["it"]  # fmt: skip
    by_hand = linear_model.LogisticRegression()
    rows = [dict(zip("ab", x, strict=True)) for x in table.X.tolist()]
    for row in range(20):
        by_hand.learn_one(rows[row], bool(table.y[row]))
    answers = []
    for row in range(20, 120):
        if row - 7 >= 20:
            by_hand.learn_one(rows[row - 7], bool(table.y[row - 7]))
        answers.append(int(by_hand.predict_one(rows[row])))
    assert run.predictions["y_pred"].tolist() == answers
    assert run.totals["updates"] == run.totals["rows_trained"] == run.totals["labels"] == 93
    assert run.totals["retrainings"] == 0


# what is refused ----------------------------------------------------------------------------

GIVEN = {"learner": GaussianNB(), "tick": 10, "warmup": 20}


@pytest.mark.parametrize(("given", "error", "message"), [
    ({"seed": 1.5}, TypeError, r"^seed=1.5: expected a whole number"),
    ({"seed": "1"}, TypeError, r"^seed='1': expected a whole number"),
    ({"seed": True}, TypeError, r"^seed=True: expected a whole number"),
    ({"loss": "zero-one"}, ValueError, r"^loss: .*did you mean 'zero_one'\?"),
    ({"loss": "absolute"}, ValueError, r"^loss='absolute': .*use zero_one, log or amount"),
    ({"unanswered": "ignore"}, ValueError, r"^unanswered: .*Allowed: skip, wrong"),
    ({"unanswered": "wrong", "loss": "log"}, ValueError, r"^unanswered='wrong': needs the zero"),
    ({"record": "event"}, ValueError, r"^record: .*did you mean 'events'\?"),
    ({"tick": 0}, ValueError, r"^tick=0: must be above 0"),
    ({"tick": 2.5}, TypeError, r"^tick=2.5: expected a whole number, or a duration"),
    ({"tick": "1d"}, ValueError, r"^tick='1d': this stream has no time; give a number of rows"),
    ({"warmup": -1}, ValueError, r"^warmup=-1: must be at least 0"),
    ({"warmup": 100}, ValueError, r"^warmup=100: the stream has 100 events.*shorten it"),
    ({"learner": "trees"}, TypeError, r"^learner='trees': expected a scikit-learn estimator"),
    ({"delay": Constant("1d")}, ValueError, r"^delay='1d': this stream has no time; give a number"),
])  # fmt: skip
def test_bad_settings_are_refused(given, error, message):
    with pytest.raises(error, match=message):
        clsim.replay(two_clouds(100), {"it": Strategy(Never())}, **{**GIVEN, **given})


@pytest.mark.parametrize(("strategies", "learner", "error", "message"), [
    ({}, GaussianNB(), ValueError, r"^strategies: give at least one"),
    ({"a": Periodic(3)}, GaussianNB(), TypeError, r"^strategies\['a'\]=.*: expected a Strategy"),
    ({"a": Strategy(Never(), SlidingWindow(5))}, GaussianNB(), ValueError,
     r"^dataset.window=5: shorter than a tick.*; widen the window or shorten the tick"),
    ({"a": Strategy(Periodic("7d"))}, GaussianNB(), ValueError, r"^trigger.every='7d': .*no time;"),
    ({"a": Strategy(Never(), None, RowByRow())}, GaussianNB(), ValueError,
     r"^training: learning row by row needs a river model as learner"),
    ({"a": Strategy(Never(), None, Stateful())}, LogisticRegression(), ValueError,
     r"^learner: LogisticRegression has no partial_fit; use how='warm_start'"),
    ({"a": Strategy(Never(), None, Stateful("warm_start"))}, GaussianNB(), ValueError,
     r"^learner: GaussianNB has no warm_start; use how='partial_fit'"),
])  # fmt: skip
def test_strategies_that_do_not_fit_are_refused(strategies, learner, error, message):
    with pytest.raises(error, match=message):
        clsim.replay(two_clouds(100), strategies, **{**GIVEN, "learner": learner})


def test_rows_where_the_stream_has_time_are_refused():
    timed = two_clouds(100, time=[i * 1000 for i in range(100)])
    setting = {"learner": GaussianNB(), "tick": "10ms", "warmup": "20ms"}
    for strategy, message in (
        (Strategy(Never(), None, Stateless(5)), r"^training.duration=5: .*such as '5d'"),
        (Strategy(Never(), SlidingWindow("1ms")), r"^dataset.window='1ms': shorter than a tick"),
        (Strategy(Periodic("15ms")), r"^trigger.every='15ms': not a whole number of ticks"),
    ):
        with pytest.raises(ValueError, match=message):
            clsim.replay(timed, {"it": strategy}, **setting)
    with pytest.raises(ValueError, match=r"^delay=5: this stream has time; .*such as '5d'"):
        clsim.replay(timed, {"it": Strategy(Never())}, delay=Constant(5), **setting)


def test_a_learner_that_works_in_place_cannot_change_the_world():
    table = two_clouds(600)
    before = table.X.copy()
    learner = make_pipeline(StandardScaler(copy=False), GaussianNB())
    lanes = {"never": Strategy(Never()), "often": Strategy(Periodic(2))}
    setting = {"learner": learner, "tick": 20, "warmup": 100}
    first = clsim.replay(table, lanes, **setting)["often"].score
    assert clsim.replay(table, {"often": lanes["often"]}, **setting)["often"].score == first
    np.testing.assert_array_equal(table.X, before)


def test_plug_ins_get_copies_or_locked_arrays():
    class Meddling:
        def fires(self, view):
            view.training_ticks.append(99)
            for rows in (view.labels.arrived(), view.latest(10)):
                with pytest.raises(ValueError, match="read-only"):
                    rows[:] = 0
            return None

    lanes = {"it": Strategy(Meddling()), "other": Strategy(Periodic(2))}
    runs = clsim.replay(two_clouds(300), lanes, learner=GaussianNB(), tick=20, warmup=100)
    assert runs["it"].totals["retrainings"] == 0


def test_a_row_that_nobody_can_answer_stays_unanswered_and_its_neighbours_do_not():
    table = two_clouds(600, seed=2)
    clean = clsim.replay(table, {"it": Strategy(Never())}, learner=LogisticRegression(), tick=20,
                         warmup=100, record="events")["it"].predictions  # fmt: skip
    table.X[[90, 300], 0] = np.nan  # in the warm-up without its label, and among the served
    table.label_time = [None if row == 90 else row for row in range(600)]
    lanes = {"it": Strategy(Never()), "often": Strategy(Periodic(3), SlidingWindow(100))}
    with pytest.warns(RuntimeWarning, match=r"no prediction for row 300.*NaN"):
        runs = clsim.replay(table, lanes, learner=LogisticRegression(), tick=20, warmup=100,
                            record="events")  # fmt: skip
    found = runs["it"].predictions.set_index("id")
    assert found["y_pred"].isna()[lambda it: it].index.tolist() == [300]
    rest = found.drop(index=300)["y_pred"].astype(int)
    assert (rest == clean.set_index("id").drop(index=300)["y_pred"]).mean() > 0.99
    assert runs["often"].totals["failed"] > 0  # windows with the missing value
    assert runs["often"].totals["answered"] == 499


@pytest.mark.parametrize("loss", ["zero_one", "log", [[0, 1], [5, 0]]])
def test_labels_that_are_booleans(loss):
    numbers = two_clouds(800)
    truths = Table(numbers.X, numbers.y.astype(bool), classes=(False, True))
    gated = {"it": Strategy(Periodic(3), offline=ChampionChallenger(60))}
    setting = {"learner": GaussianNB(), "tick": 20, "warmup": 100, "loss": loss}
    one, other = (clsim.replay(t, gated, **setting)["it"] for t in (numbers, truths))
    assert one.ticks["loss"].tolist() == other.ticks["loss"].tolist()
    assert one.totals["deployments"] == other.totals["deployments"] > 0


@pytest.mark.parametrize("reason", [True, False, "", 3])
def test_a_reason_is_text(reason):
    class Odd:
        def fires(self, view):
            return reason

    with pytest.raises(TypeError, match=r"trigger: Odd.fires gave .* None, or the reason"):
        clsim.replay(two_clouds(200), {"it": Strategy(Odd())}, learner=GaussianNB(), tick=20)


def test_a_subclass_with_fires_of_its_own_is_asked_in_every_tick():
    class Twice(Periodic):
        def fires(self, view):
            return "twice" if view.tick in (4, 7) else None

    run = clsim.replay(two_clouds(400), {"it": Strategy(Twice(every=50))}, learner=GaussianNB(),
                       tick=20, warmup=100)["it"]  # fmt: skip
    assert [event["tick"] for event in happened(run, ["train"])] == [4, 7]


def test_a_fit_that_does_not_converge_is_a_failure():
    class Late(LogisticRegression):
        def fit(self, X, y):
            self.max_iter = 1 if len(X) > 150 else 100
            return super().fit(X, y)

    run = clsim.replay(two_clouds(400), {"it": Strategy(Periodic(2))}, learner=Late(), tick=20,
                       warmup=100)["it"]  # fmt: skip
    assert run.totals["failed"] > 0
    failed = run.events[run.events["kind"] == "train_failed"]
    assert failed["reason"].str.contains("ConvergenceWarning").all()
    assert run.totals["answered"] == 300


def test_categories_that_a_learner_cannot_take_are_named():
    frame = pd.DataFrame({"x": [0.0, 1.0] * 50, "town": ["a", "b"] * 50, "y": [0, 1] * 50})
    with pytest.raises(ValueError, match=r"could not convert.*\(town: categories; use a learner"):
        clsim.replay(Recorded(frame, "y"), {"it": Strategy(Never())},
                     learner=LogisticRegression(), tick=10, warmup=40)  # fmt: skip


@pytest.mark.parametrize(("stream", "strategies", "learner", "message"), [
    (two_clouds(90), Strategy(Never()), GaussianNB(), r"^strategies=.*: expected a dict"),
    ("log.parquet", {"it": Strategy(Never())}, GaussianNB(), r"^stream='log.parquet': .*Record"),
    (two_clouds(90), {"it": Strategy(Never())}, GaussianNB, r"^learner=GaussianNB: a class"),
])  # fmt: skip
def test_arguments_of_another_kind_are_named(stream, strategies, learner, message):
    with pytest.raises(TypeError, match=message):
        clsim.replay(stream, strategies, learner=learner, tick=10, warmup=20)


def test_labels_of_a_tick_are_learned_as_they_come():
    """The fault that was met: of one tick, labels were learned in the order of their events."""
    rng = np.random.default_rng(1)
    n, hour = 400, 3_600_000_000
    X, y = rng.normal(size=(n, 2)), rng.integers(0, 2, n)
    time = np.arange(n) * hour
    wait = rng.integers(1, 60 * 60, n) * 60_000_000  # up to 60 hours, to the minute
    stream = Table(X, y, time=time.tolist(), label_time=(time + wait).tolist())
    world = Knowledge.of(stream, seed=0, tick="1h", warmup=0)
    rows, labels, ticks = lessons(world, -1, world.timeline.n_ticks - 1)
    order = np.lexsort([np.arange(n), time + wait])
    assert rows.tolist() == [
        row for row in order if world.known.arrives[row] < world.timeline.n_ticks
    ]
    assert (np.diff(ticks) >= 0).all()
    assert (labels == y[rows]).all()
    assert rows.tolist() != sorted(rows.tolist(), key=lambda row: (world.known.arrives[row], row))

    events = [({"at": dt.datetime(1970, 1, 1) + dt.timedelta(hours=i), "a": X[i, 0], "b": X[i, 1]},
               bool(y[i])) for i in range(n)]  # fmt: skip
    model = compose.Discard("at") | compose.Pipeline(
        preprocessing.StandardScaler(), linear_model.LogisticRegression()
    )
    waits = {row: dt.timedelta(microseconds=int(wait[row])) for row in range(n)}
    number = iter(range(n))
    steps = evaluate.iter_progressive_val_score(
        events, model, metrics.Accuracy(), moment="at", delay=lambda x, y: waits[next(number)],
        step=1,
    )  # fmt: skip
    river = list(steps)[-1]["Accuracy"].get()
    mine = preprocessing.StandardScaler() | linear_model.LogisticRegression()
    run = clsim.replay(
        stream, {"it": Strategy(Never(), training=RowByRow())}, learner=mine, tick="1h", warmup=0,
    )["it"]  # fmt: skip
    assert run.score == pytest.approx(river, abs=1e-12)
