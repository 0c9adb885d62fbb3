"""Complaints: of the world, by hand; what a strategy sees of them, and when."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import Complaints
from clsim.strategy import AsServed, NoModel, Strategy, logging
from clsim.strategy.curation import Buying, Complained, Fixed
from clsim.strategy.triggers import Never, Threshold
from clsim.streams import Recorded, Synthetic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts import Friedman, Sine
from clsim.streams.delays import Capacity, Constant, Exponential
from clsim.streams.faults import DroppedRows
from clsim.streams.feedback import Churn
from clsim.types import NEVER_TIME
from helpers.tables import Table


def one(value=1, **monitors):
    return NoModel(value=value, monitors=monitors)


def replay(stream, strategy, tick=5, warmup=5, **more):
    return clsim.replay(stream, {"it": strategy}, tick=tick, warmup=warmup, **more)["it"]


def values(run, of=None):
    found = run.signals[run.signals["of"].isna() if of is None else run.signals["of"] == of]
    return dict(zip(found["tick"], found["value"], strict=True))


def test_by_hand():
    # all are answered 1; every wrong answer is complained of after 4 rows, row 5 (right) after 1
    y = [0] * 5 + [1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]
    complaints = [(None, row + 4) for row in range(20)]
    complaints[5] = (6, None)
    stream = Table(np.zeros((20, 1)), y, complaints=complaints)
    run = replay(stream, one(it=Complaints(4, window=5, min_rows=2, per_class=True)))
    # row 10: rows 5 and 6 are old enough; 15: rows 7 to 11, of which 7, 10 and 11 were wrong
    assert values(run) == {1: 1.0, 2: 3 / 5}
    assert values(run, "1") == values(run)
    assert not values(run, "0")
    # what comes later than asked does not count: of rows 5 to 9 at row 10, one came within 1
    run = replay(stream, one(it=Complaints(1, window=5, min_rows=2)))
    assert values(run) == {1: 1 / 5, 2: 0.0}


def test_the_young_do_not_pull_the_share_down():
    world = Synthetic(Sine(), n=12_000)
    stream = Complaining(world, wrong=0.4, right=0.1, after=Exponential(300))
    watch = {f"it{m}": Complaints(m, window=2000, min_rows=2000) for m in (100, 2000)}
    run = replay(stream, one(**watch), tick=2000, warmup=100)
    wrong = 1 - run.score
    for m in (100, 2000):
        share = run.signals.loc[run.signals["signal"] == f"it{m}", "value"]
        expected = (0.4 * wrong + 0.1 * (1 - wrong)) * (1 - np.exp(-m / 300))
        assert share.mean() == pytest.approx(expected, abs=4 * np.sqrt(expected / 8_000))


def test_the_same_answer_gets_the_same_complaint_and_a_right_one_a_wrong_one_too():
    stream = Complaining(Synthetic(Sine(), n=4_000), wrong=0.3, right=0.1, after=Exponential(50))
    right, wrong = next(stream.blocks(3)).complaints.T
    assert (wrong[right != NEVER_TIME] == right[right != NEVER_TIME]).all()
    assert (right != NEVER_TIME).mean() == pytest.approx(0.1, abs=0.02)
    assert (wrong != NEVER_TIME).mean() == pytest.approx(0.3, abs=0.03)
    watch = {"it": Complaints(50, per_class=True)}
    strategies = {"a": Strategy(Never(), monitors=watch), "b": NoModel("last", monitors=watch)}
    learner = DummyClassifier(strategy="constant", constant=1)
    both = clsim.replay(stream, strategies, learner=learner, tick=100, warmup=100)
    other = replay(stream, one(**watch), tick=100, warmup=100)  # it answers 1 as well
    pd.testing.assert_frame_equal(both["a"].signals, other.signals)


def test_a_rule_acts_before_labels_come_and_a_fault_moves_complaints():
    stream = DroppedRows(Complaining(Synthetic(Sine(), n=3_000), 1, 0, after=7), share=0.3)
    batch = next(stream.blocks(1))
    assert set((batch.complaints[:, 1] - batch.time).tolist()) == {7}
    strategy = Strategy(Threshold(Complaints(20, 200), above=0.05, name="complaints"))
    learner = DummyClassifier(strategy="constant", constant=1)
    run = replay(stream, strategy, tick=100, warmup=200, learner=learner, delay=Constant(10_000))
    assert run.totals["labels"] == 0
    assert (run.events["kind"] == "trigger").sum() > 5


def test_an_event_that_is_not_logged_has_no_complaint():
    stream = Complaining(Synthetic(Sine(), n=2_000), 1, 1)
    kept = Strategy(Never(), logging=logging.Sample(0.2), monitors={"it": Complaints(1, 50)})
    learner = DummyClassifier(strategy="constant", constant=1)
    run = replay(stream, kept, tick=500, warmup=100, learner=learner)
    assert set(values(run).values()) == {1.0}
    view_rows = run.ticks["logged"].sum()
    assert 0.15 < view_rows / run.totals["n"] < 0.25


LOG = pd.DataFrame({
    "x": range(6), "y": [0, 1, 0, 1, 1, 1], "said": [0, 1, 1, 1, 0, 1],
    "angry": [np.nan, np.nan, 3, np.nan, 5, np.nan],
})  # fmt: skip


def test_of_a_log_they_belong_to_what_production_answered():
    stream = Recorded(LOG, label="y", served="said", complained="angry")
    assert stream.schema.features == ("x",)
    assert "users complained of 33.3% of the events" in stream.describe()
    watch = {"it": Complaints(1, 2, min_rows=1)}
    run = replay(stream, AsServed(monitors=watch), tick=2, warmup=2)
    assert values(run) == {
        1: 0.5
    }  # at row 4 rows 2 and 3 are old enough; of row 2 came one in time
    with pytest.raises(ValueError, match=r"of what production answered, and of other answers"):
        replay(stream, one(**watch), tick=2, warmup=2)
    asking = Strategy(Never(), curation=Buying(Complained(), Fixed(1)))
    with pytest.raises(
        ValueError, match=r"curation: the log tells when .*; use another pick, or dr"
    ):
        replay(stream, asking, tick=2, warmup=2, learner=GaussianNB())


def test_users_who_leave_are_seen_as_fewer_events():
    rng = np.random.default_rng(0)
    X = np.column_stack([np.arange(6_000) % 60, rng.normal(size=6_000)])
    stream = Churn(Table(X, [1] * 6_000), by="a", rate=0.02)
    served = {value: replay(stream, one(value), tick=600, warmup=600).ticks["n"].tolist()
              for value in (0, 1)}  # fmt: skip
    assert served[1] == [600] * 9
    assert served[0][0] == 600
    assert all(np.diff(served[0]) < 0)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: replay(Table(np.zeros((9, 1)), [0, 1, 1] * 3), one(it=Complaints(1))),
     r"monitors\.it: the stream tells of no complaints; put Complaining around it"),
    (lambda: Complaining(Synthetic(Friedman(), n=9)), r"needs classes"),
    (lambda: Complaining(Complaining(Synthetic(Sine(), n=9))), r"tells of complaints already"),
    (lambda: Complaining(Synthetic(Sine(), n=9), wrong=20), r"^wrong=20"),
    (lambda: Complaining(Synthetic(Sine(), n=9), after=Capacity(3)), r"^after: a team's queue"),
    (lambda: Complaints(1, window=9, min_rows=10), r"^min_rows=10"),
    (lambda: Recorded(LOG, label="y", complained="angry"), r"^complained='angry': say in which"),
    (lambda: Recorded(LOG.assign(angry=0), label="y", served="said", complained="angry"),
     r"^complained='angry': the complaint of row 1 is earlier than its event"),
])  # fmt: skip
def test_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
