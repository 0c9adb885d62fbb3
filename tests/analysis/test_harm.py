import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from clsim import replay
from clsim.analysis.behaviour.harm import below_floor, changes, harm, recovery, worst_window
from clsim.hindsight.losses import Table
from clsim.hindsight.schedules import periodic
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Sudden, Temporary
from helpers.short_runs import DAY, drift, run
from helpers.tabled import Idle

GIVEN = {"learner": LogisticRegression(), "tick": 100, "warmup": 500, "seed": 1}
nan = float("nan")


# retrainings that made it worse ------------------------------------------------------------


TWO = [
    (-1, "initial", "warmup", 0), (1, "train", "x", 1), (2, "deploy", "x", 1),
    (3, "train", "x", 2), (4, "train", "row_by_row", 2), (4, "deploy", "x", 2),
]  # fmt: skip


def two_deployments():
    one = run([1, 1, 5, 4, 2, 1], model=[0, 0, 1, 1, 2, 2], events=TWO)
    loss = [[nan, nan, 5, 4, 4, 4], [nan, nan, nan, nan, 2, 1], [1, 1, 2, 3, 9, 9]]
    table = Table(np.array(loss), np.array([1, 3, -1]), np.array([2, 4, 0]), np.array([7, 7, 0]),
                  np.full(6, 10))  # fmt: skip
    return one, table


def test_harm_by_hand_from_the_table():
    found = harm(*two_deployments())
    # the first lost 9 where the initial model would have lost 5; the second 3 instead of 8
    assert found["harm"].tolist() == [4.0, -5.0]
    assert found["loss_old"].tolist() == [5.0, 8.0]
    assert found[["tick", "until", "model", "replaced", "trained", "n"]].values.tolist() == [
        [2, 4, 1, 0, 1, 20], [4, 6, 2, 1, 3, 20]]  # fmt: skip
    assert found["per_event"].tolist() == [0.2, -0.25]
    assert found["source"].unique().tolist() == ["table"]
    # differences 3 and 1 per tick: 2·(2 ± 12.7062·sqrt(2)/sqrt(2))
    assert found["low"][0] == pytest.approx(4 - 2 * 12.7062, abs=1e-3)
    assert found["high"][0] == pytest.approx(4 + 2 * 12.7062, abs=1e-3)


def test_without_a_table_harm_is_before_and_after():
    one, _ = two_deployments()
    found = harm(one, window=1)
    # ticks 1 and 2: 1 and 5 errors; ticks 3 and 4: 4 and 2
    assert found["harm"].tolist() == [4.0, -2.0]
    assert found["source"].unique().tolist() == ["before and after"]
    assert found["low"].isna().all()
    # within the service of each model, however long the window
    assert harm(one, window=99)["harm"].tolist() == [9.0 - 2.0, 3.0 - 9.0]
    assert harm(one, window=99)["until"].tolist() == [4, 6]


def test_a_drift_accuses_the_new_model_without_the_table_and_not_with_it():
    loss = [1, 1, 6, 6]
    one = run(loss, model=[0, 0, 1, 1], events=TWO[:3])
    table = Table(np.array([[nan, nan, 6, 6], [1, 1, 9, 9.0]]), np.array([1, -1]), np.array([2, 0]),
                  np.array([7, 0]), np.full(4, 10))  # fmt: skip
    assert harm(one)["harm"].item() > 0
    assert harm(one, table)["harm"].item() == -6.0


def test_models_that_the_table_does_not_have_are_compared_before_and_after():
    one, table = two_deployments()
    other = table.loss.copy()
    other[0, 3] = 3.9  # the first was another model, so neither comparison is of this table
    changed = Table(other, table.ticks, table.serves, table.rows, table.n)
    assert harm(one, changed)["source"].tolist() == ["before and after"] * 2
    unknown = other.copy()
    unknown[0] = table.loss[0]
    unknown[-1, 3] = nan  # beyond the largest age
    found = harm(one, Table(unknown, table.ticks, table.serves, table.rows, table.n))
    assert found["source"].tolist() == ["before and after", "table"]


def test_ticks_that_no_model_served_replace_nothing():
    one = run([0, 0, 3, 3], model=[-1, -1, 0, 0], answered=[0, 0, 10, 10])
    assert harm(one).empty
    assert harm(run([1, 2])).empty


def test_harm_equals_replaying_the_schedule_without_the_retraining():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=1500)], n=3000)
    triggers = {"twice": Periodic(every=12), "once": Periodic(every=24, phase=12), "never": Idle()}
    strategies = {name: Strategy(t, SlidingWindow(300)) for name, t in triggers.items()}
    runs = replay(stream, strategies, **GIVEN)
    lost = {name: r.ticks["loss"].to_numpy() for name, r in runs.items()}
    ticks = np.array([12, 24, -1])
    loss = np.array([lost["once"], lost["twice"], lost["never"]])
    loss[0, :12] = loss[1, :24] = nan
    table = Table(loss, ticks, np.array([12, 24, 0]), np.array([300, 300, 0]), np.full(25, 100))
    found = harm(runs["twice"], table)
    assert found["source"].tolist() == ["table", "table"]
    assert found["harm"].tolist() == [
        (lost["once"] - lost["never"])[12:24].sum(), (lost["twice"] - lost["once"])[24:].sum()
    ]  # fmt: skip
    assert found["tick"].tolist() == periodic(12, 0, 25).tolist()


# recovery ----------------------------------------------------------------------------------


def test_changes_in_ticks():
    drifts = [
        drift(25), drift(40, 59, "gradual"), drift(30, 70, "temporary"),
        drift(10, 80, "fault: missing"), drift(-5, 3), drift(25), drift(99, 100, "recurring"),
    ]  # fmt: skip
    found = changes(run(np.zeros(10), drifts=drifts))
    assert found[["tick", "end", "kind"]].values.tolist() == [
        [1, 1, "fault: missing"], [2, 2, "sudden"], [3, 3, "temporary"], [4, 5, "gradual"],
        [7, 7, "temporary"], [8, 8, "fault: missing"], [9, 9, "recurring"],
    ]  # fmt: skip


def test_changes_of_a_real_stream():
    stream = Synthetic(Sine(0), [Temporary(Sine(1), at=1000, duration=500)], n=2000)
    runs = replay(stream, {"never": Strategy(Idle())}, **GIVEN)
    assert changes(runs["never"])["tick"].tolist() == [5, 10]


def test_recovery_by_hand():
    # level .9; falls at the drift, back within .1 three ticks later
    one = run([1, 1, 1, 6, 5, 3, 2, 1], drifts=[drift(30)], timed=False)
    found = recovery(one, 0.1).iloc[0]
    assert found["level"] == pytest.approx(0.9)
    assert (found["tick"], found["fell"], found["ticks"]) == (3, 0, 3)
    assert (found["lowest"], found["dip"]) == (pytest.approx(0.4), pytest.approx(0.5))
    assert not found["censored"]
    assert np.isnan(found["days"])
    assert recovery(one, 0.0).iloc[0]["ticks"] == 4
    timed = run([1, 1, 1, 6, 5, 3, 2, 1], drifts=[drift(3 * DAY + 5)], timed=True)
    assert recovery(timed, 0.1).iloc[0][["ticks", "days"]].tolist() == [3, 3]


def test_the_lowest_score_is_that_before_it_was_back():
    found = recovery(run([1, 1, 5, 1, 9, 1], drifts=[drift(20)]), 0.1).iloc[0]
    assert (found["ticks"], found["lowest"]) == (1, pytest.approx(0.5))


def test_recovery_counts_from_the_start_of_a_slow_drift_to_after_its_fall():
    one = run([1, 1, 1, 1, 2, 4, 6, 4, 1, 1], drifts=[drift(20, 70, "gradual")])
    found = recovery(one, 0.15).iloc[0]
    assert (found["fell"], found["ticks"]) == (3, 6)


def test_recovery_that_never_comes_is_censored_and_that_of_no_fall_is_zero():
    one = run([1, 1, 5, 5, 5, 6, 5, 5], drifts=[drift(20), drift(50)])
    found = recovery(one, 0.1)
    # until the next drift; it never came back, so the next one does not count from a broken level
    assert found["ticks"].tolist() == [3, 3]
    assert found["censored"].tolist() == [True, True]
    assert found["level"].tolist() == pytest.approx([0.9, 0.9])
    assert found["fell"].tolist() == [0, 0]
    better = recovery(run([5, 5, 1, 1, 1, 1, 5, 1], drifts=[drift(20), drift(50)]), 0.1)
    assert better["level"].tolist() == pytest.approx([0.5, 0.9])
    assert better["ticks"].tolist() == [0, 2]
    assert better["fell"].isna().tolist() == [True, False]
    longer = run([1, 1, 5, 5], drifts=[drift(2 * DAY)], timed=True)
    assert recovery(longer, 0.1)["days"].tolist() == [2]


def test_recovery_may_have_to_hold():
    one = run([1, 1, 6, 1, 6, 1, 1, 1], drifts=[drift(20)])
    assert recovery(one, 0.1)["ticks"].tolist() == [1]
    assert recovery(one, 0.1, hold=2)["ticks"].tolist() == [3]
    assert recovery(one, 0.1, hold=4)["censored"].tolist() == [True]


def test_recovery_passes_over_ticks_without_events_and_needs_a_level():
    n = [10, 0, 10, 0, 10, 10]
    one = run([1, 0, 6, 0, 6, 1], n=n, drifts=[drift(0), drift(10)])
    found = recovery(one, 0.1)
    assert found["level"].isna().tolist() == [True, False]
    assert found["censored"].isna().tolist() == [True, False]
    assert found[["fell", "ticks"]].iloc[1].tolist() == [1, 4]
    assert recovery(one, 0.1, at=[2])["ticks"].tolist() == [3]
    with pytest.raises(ValueError, match="at=6"):
        recovery(one, 0.1, at=[6])
    with pytest.raises(ValueError, match="did you mean 'group=a'"):
        recovery(one, 0.1, slice="groep=a")
    assert recovery(one, 0.1, slice="group=a")["ticks"].iloc[1] == 0


def test_changes_that_start_in_one_tick_are_one_drift():
    one = run([1, 1, 6, 1], drifts=[drift(20), drift(22, kind="gradual"), drift(24)])
    assert recovery(one, 0.1)["kind"].tolist() == ["sudden + gradual"]


# bad stretches -----------------------------------------------------------------------------


def test_time_below_a_floor_by_hand():
    one = run([1, 4, 0, 5, 1, 3], n=[10, 10, 0, 10, 10, 20], timed=True)
    found = below_floor(one, 0.7)
    # scores .9 .6 - .5 .9 .85
    assert (found.ticks, found.events, found.days, found.longest) == (2, 20, 2.0, 2)
    assert found.share == pytest.approx(20 / 60)
    assert found.shortfall == pytest.approx(10 * 0.1 + 10 * 0.2)
    none = below_floor(one, 0.5)
    assert (none.ticks, none.events, none.longest, none.shortfall) == (0, 0, 0, 0)
    assert below_floor(run([1, 2]), 0.85).days is None
    assert below_floor(one, 0.7, slice="group=a").ticks == 0


def test_a_floor_on_minus_the_mean_loss():
    assert below_floor(run([10, 30], kind="squared"), -2.0).ticks == 1


def test_worst_window_by_hand():
    one = run([1, 4, 0, 5, 1, 3], n=[10, 10, 0, 10, 10, 20], timed=True)
    found = worst_window(one, ticks=3)
    assert (found.first, found.last, found.events) == (1, 3, 20)
    assert found.score == pytest.approx(1 - 9 / 20)
    assert (found.start, found.end) == (pd.Timestamp("1970-01-02"), pd.Timestamp("1970-01-05"))
    # the shortest runs of whole ticks with 20 events: ticks 0-1, 1-3 (and 2-3 has ten), 3-4, 5
    assert worst_window(one, events=20).score == pytest.approx(0.55)
    assert worst_window(one, events=5).score == pytest.approx(0.5)
    whole = worst_window(one, ticks=6)
    assert (whole.score, whole.events) == (pytest.approx(1 - 14 / 60), 60)
    assert worst_window(one, events=60).score == pytest.approx(whole.score)


def test_worst_window_against_trying_all():
    rng = np.random.default_rng(1)
    n = rng.integers(0, 6, 40)
    loss = rng.integers(0, n + 1)
    one = run(loss, n=n)
    for events in (1, 7, 30):
        best = 1.0
        for end in range(40):
            start = end
            while start >= 0 and n[start : end + 1].sum() < events:
                start -= 1
            if start >= 0:
                best = min(best, 1 - loss[start : end + 1].sum() / n[start : end + 1].sum())
        assert worst_window(one, events=events).score == pytest.approx(best)


def test_worst_window_refuses_what_is_not_there():
    one = run([1, 4], n=[10, 10])
    for given in ({}, {"ticks": 1, "events": 1}):
        with pytest.raises(ValueError, match="ticks or events, and not both"):
            worst_window(one, **given)
    with pytest.raises(ValueError, match="ticks=3: the run has 2"):
        worst_window(one, ticks=3)
    with pytest.raises(ValueError, match="events=21: the run has 20"):
        worst_window(one, events=21)
    with pytest.raises(ValueError, match="ticks=0"):
        worst_window(one, ticks=0)
