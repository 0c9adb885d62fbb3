import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from clsim import replay
from clsim.analysis.harm import (
    below_floor,
    changes,
    harm,
    horizon,
    recovery,
    transfer,
    worst_window,
)
from clsim.analysis.hindsight import Table
from clsim.analysis.schedules import periodic
from clsim.ledger import Prices
from clsim.runs import Run
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.drift import Recurring, Sudden, Temporary
from clsim.types import NEVER

GIVEN = {"learner": LogisticRegression(), "tick": 100, "warmup": 200, "seed": 1}
nan = float("nan")
DAY = 86_400_000_000


def drift(start, end=None, kind="sudden", slice=None):
    end = start if end is None else end
    return {"kind": kind, "start": start, "end": end, "target": "concept", "slice": slice}


def run(
    loss, *, n=10, model=None, events=(), drifts=(), timed=False, answered=None, kind="zero_one"
):
    """A run of ticks of ten rows, or of a day."""
    count = len(loss)
    n = np.broadcast_to(n, count).astype(np.int64)
    edge = np.arange(count + 1) * (DAY if timed else 10)
    edge = edge.astype("datetime64[us]") if timed else edge
    model = np.zeros(count, dtype=np.int64) if model is None else np.array(model)
    ticks = pd.DataFrame(
        {"tick": range(count), "start": edge[:-1], "end": edge[1:], "slice": "all", "n": n,
         "answered": n if answered is None else answered, "loss": np.array(loss, dtype=float),
         "model": pd.array(model, dtype="Int32")}
    )  # fmt: skip
    ticks.loc[model < 0, "model"] = pd.NA
    # slices overlap, and are not to be mixed up with all
    ticks = pd.concat([ticks, ticks.assign(slice="group=a", loss=0.0)], ignore_index=True)
    columns = ["tick", "kind", "reason", "model"]
    info = {"drifts": list(drifts), "timed": timed, "loss": kind, "unanswered": "skip"}
    return Run({"ticks": ticks, "events": pd.DataFrame(events, columns=columns)}, info)


# retrainings that made it worse ------------------------------------------------------------


TWO = [
    (-1, "initial", "warmup", 0), (1, "train", "x", 1), (2, "deploy", "x", 1),
    (3, "train", "x", 2), (4, "train", "online", 2), (4, "deploy", "x", 2),
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
    triggers = {"twice": Periodic(every=12), "once": Periodic(every=24, phase=12), "never": Never()}
    strategies = {name: Strategy(t, SlidingWindow(300)) for name, t in triggers.items()}
    runs = replay(stream, strategies, **GIVEN | {"warmup": 500})
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
    # until the next drift; whose level is that of the three ticks after the first one
    assert found["ticks"].tolist() == [3, 0]
    assert found["censored"].tolist() == [True, False]
    assert found["level"].tolist() == pytest.approx([0.9, 0.5])
    assert found["fell"].isna().tolist() == [False, True]
    assert recovery(one, 0.05)["ticks"].tolist() == [3, 1]
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


# recurring concepts ------------------------------------------------------------------------


def test_transfer_by_hand():
    # concepts 0 0 0 1 1 0 0 1: opens at .5, closes at .9; comes back at .6 after .9
    one = run([5, 2, 1, 6, 3, 4, 2, 2])
    found = transfer(one, [0, 0, 0, 1, 1, 0, 0, 1])
    turns = found.occurrences
    assert turns[["concept", "occurrence", "first", "last"]].values.tolist() == [
        [0, 0, 0, 2], [1, 0, 3, 4], [0, 1, 5, 6], [1, 1, 7, 7]]  # fmt: skip
    assert turns["opening"].tolist() == pytest.approx([0.5, 0.4, 0.6, 0.8])
    assert turns["closing"].tolist() == pytest.approx([0.9, 0.7, 0.8, 0.8])
    assert turns["transfer"].iloc[2:].tolist() == pytest.approx([0.6 - 0.9, 0.8 - 0.7])
    assert found.backward_transfer == pytest.approx((-0.3 + 0.1) / 2)
    assert found.forgetting == pytest.approx((0.3 - 0.1) / 2)


def test_forgetting_counts_from_the_best_closing_and_transfer_from_the_last():
    found = transfer(run([1, 5, 3, 5, 4]), [0, 1, 0, 1, 0])
    turns = found.occurrences
    assert turns["transfer"].iloc[4] == pytest.approx(0.6 - 0.7)
    assert turns["forgetting"].iloc[4] == pytest.approx(0.9 - 0.6)


def test_edges_wider_than_a_turn_are_the_turn():
    one = run([5, 2, 1, 6, 3, 4, 2, 2])
    turns = transfer(one, [0, 0, 0, 1, 1, 0, 0, 1], edge=9).occurrences
    assert turns["opening"].tolist() == turns["closing"].tolist() == turns["score"].tolist()


def test_the_recurring_drift_of_a_stream_tells_the_concepts():
    stream = Synthetic(Sine(0), [Recurring([Sine(1), Sine(2)], every=300)], n=2400)
    runs = replay(stream, {"never": Strategy(Never())}, **GIVEN)
    found = transfer(runs["never"])
    starts = np.arange(200, 2400, 100)
    truth = stream.truth(starts, 1).filter(like="concept").to_numpy().argmax(axis=1)
    again = transfer(runs["never"], truth)
    pd.testing.assert_frame_equal(found.occurrences, again.occurrences)
    assert found.occurrences["concept"].tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert changes(runs["never"])["tick"].tolist() == [1, 4, 7, 10, 13, 16, 19]


def test_concepts_must_be_known():
    with pytest.raises(ValueError, match="no recurring drift"):
        transfer(run([1, 2], drifts=[drift(10)]))
    with pytest.raises(ValueError, match="one for each of 2"):
        transfer(run([1, 2]), [0, 1, 0])
    assert np.isnan(transfer(run([1, 2]), [0, 1]).backward_transfer)


def test_changes_of_a_real_stream():
    stream = Synthetic(Sine(0), [Temporary(Sine(1), at=1000, duration=500)], n=2000)
    runs = replay(stream, {"never": Strategy(Never())}, **GIVEN | {"warmup": 500})
    assert changes(runs["never"])["tick"].tolist() == [5, 10]


# the horizon -------------------------------------------------------------------------------


def steady(count=10, saved=2.0, every=3):
    """Every training saves so much a tick over the model before it, for good."""
    ticks = np.arange(every, count, every)
    level = 100 - saved * np.arange(len(ticks) + 1)
    loss = np.repeat(np.append(level[1:], level[0])[:, None], count, axis=1)
    loss[np.arange(count) < np.append(ticks, 0)[:, None]] = nan
    return Table(loss, np.append(ticks, -1), np.append(ticks, 0),
                 np.append(np.ones(len(ticks), int), 0), np.full(count, 200))  # fmt: skip


def test_late_trainings_by_hand():
    # at 3, 6 and 9 of 10 ticks; each saves 2 a tick and costs 5: three ticks, and one is left
    found = horizon(steady(), Prices(error=1.0, retraining=5.0), [3, 6, 9])
    assert found.trainings["payback"].iloc[:2].tolist() == [3, 3]
    assert found.trainings["best"].tolist() == [14, 8, 2]
    assert found.trainings["left"].tolist() == [7, 4, 1]
    assert found.trainings["late"].tolist() == [False, False, True]
    assert found.without.ticks == (3, 6)
    # it saved 2 and cost 5
    assert found.schedule.cost - found.without.cost == pytest.approx(3.0)


def test_trainings_that_never_pay_are_not_called_late():
    found = horizon(steady(), Prices(error=1.0, retraining=500.0), [3, 6, 9])
    assert not found.trainings["pays_back"].any()
    assert not found.trainings["late"].any()
    assert found.without.cost == found.schedule.cost


def test_a_bad_training_in_the_middle_is_not_late():
    table = steady()
    table.loss[1, 6:] = table.loss[0, 6:] + 0.5  # worse than the one before
    found = horizon(table, Prices(error=1.0, retraining=5.0), [3, 6, 9])
    assert found.trainings["pays_back"].tolist() == [True, False, False]
    # the last saves 4.5 in the one tick left; the second had four ticks, more than the three needed
    assert found.trainings["late"].tolist() == [False, False, True]


def test_ticks_that_the_table_lacks_save_nothing():
    table = steady()
    table.loss[0, 5:] = nan  # beyond the largest age
    found = horizon(table, Prices(error=1.0, retraining=5.0), [3])
    assert found.trainings["best"].tolist() == [4.0]
    assert found.schedule.cost == np.inf


def test_failed_and_useless_trainings():
    table = steady()
    serves = table.serves.copy()
    serves[1] = NEVER
    failed = Table(table.loss, table.ticks, serves, table.rows, table.n)
    found = horizon(failed, Prices(error=1.0, retraining=5.0), [3, 6, 9])
    # the last is compared with the first: 4 saved in the one tick
    assert found.trainings["best"].tolist() == [14, 0, 4]
    assert found.trainings["late"].tolist() == [False, False, True]
    empty = horizon(table, Prices(), [])
    assert empty.trainings.empty
    assert empty.schedule.cost == empty.without.cost
    with pytest.raises(ValueError, match="no model of the table was trained at tick 4"):
        horizon(table, Prices(), [4])
