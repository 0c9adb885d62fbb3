"""What monitors of estimates, arrived labels and data quality give in a replay, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, Perceptron
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import clsim
from clsim.monitoring import (
    ArrivalBias,
    ConfidenceScore,
    ExpectedScore,
    Quality,
    RegressedScore,
    Score,
    Unlabelled,
    arrived,
)
from clsim.statistics.picked import weighted_mean
from clsim.strategy import Strategy
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table


def signals(table, learner, tick=10, trigger=None, **monitors):
    """For each monitor its values as {tick: {(of, slice): value}}."""
    strategy = Strategy(trigger or Never(), monitors=monitors)
    run = clsim.replay(table, {"it": strategy}, learner=learner, tick=tick, warmup=2 * tick)["it"]
    assert not (run.events["kind"] == "alarm").any(), run.events["reason"].tolist()
    found = {name: {} for name in monitors}
    for row in run.signals.itertuples():
        of = None if pd.isna(row.of) else row.of
        found[row.signal].setdefault(row.tick, {})[of, row.slice] = round(row.value, 9)
    return found


# estimates ----------------------------------------------------------------------------------------


def halves(n=60):
    """Of even rows a fifth is 1; of odd ones four fifths in the warm-up, and then all are."""
    row = np.arange(n)
    y = np.where(row % 2 == 0, row % 10 == 0, (row % 10 != 5) | (row >= 20)).astype(int)
    return Table((row % 2)[:, None], y, group=row % 2)


TREE = DecisionTreeClassifier(max_depth=1)
"""Its chances are those of the warm-up: .2 and .8."""


def test_estimates_before_the_labels_are_there():
    few = {"window": 10, "min_rows": 5}
    more = {**few, "labels": 20, "min_labels": 20}
    costs = [[0, 1], [4, 0]]
    found = signals(
        halves(), TREE,
        said=ExpectedScore(calibrate=False, **few),
        calibrated=ExpectedScore(slices=["group"], **more),
        low=ExpectedScore(bound="low", **more),
        cost=ExpectedScore("cost", costs, **more),
        dearest=ExpectedScore("cost", costs, bound="high", **more),
        recall=ExpectedScore("recall", **more),
        difference=ConfidenceScore("difference", **more),
        regressed=RegressedScore(DecisionTreeRegressor(), slices=["group"], **more),
        older=ExpectedScore(mature=10, **more),
        weighted=ExpectedScore(shift="inputs", **more),
        shares=ExpectedScore(shift="labels", **more),
        counted=ExpectedScore(shift="labels_by_confusion", **more),
    )  # fmt: skip
    whole = (None, "all")
    assert found["said"] == {tick: {whole: 0.8} for tick in (1, 2, 3)}, "as in the warm-up"
    # from tick 2 on there are 20 labels: of odd rows all are right, of even ones four fifths
    groups = {whole: 0.9, (None, "group=a"): 0.8, (None, "group=b"): 1.0}
    assert found["calibrated"] == found["regressed"] == {2: groups, 3: groups}
    # five are certain; of the others two or more are right with .993, three or more with .942
    assert found["low"][2] == {whole: 0.7}
    assert found["cost"][2] == {whole: round(5 * 0.2 * 4 / 10, 9)}
    # at most three are missed with .993, at most two with .942
    assert found["dearest"][2] == {whole: round(3 * 4 / 10, 9)}
    assert found["recall"][2] == {whole: round(5 / (5 + 1), 9)}
    assert found["difference"][2] == {whole: 0.9}
    assert list(found["older"]) == [3], "a tick later there are 20 that are as old"
    # nothing has shifted, and so nothing is corrected
    for name in ("weighted", "shares", "counted"):
        assert found[name][2][whole] == pytest.approx(0.9, abs=0.001), name


def test_after_a_training_on_all_labels_an_estimate_waits_for_new_ones():
    monitor = ExpectedScore(window=10, min_rows=5, labels=20, min_labels=10)
    found = signals(halves(100), TREE, trigger=Periodic(3), it=monitor)["it"]
    assert list(found) == [1, 2, 3, 4, 5, 6, 7], "a deployment is measured in the next tick"
    late = ExpectedScore(window=10, min_rows=5, labels=20, min_labels=20)
    assert list(signals(halves(100), TREE, trigger=Periodic(3), it=late)["it"]) == [2, 3, 5, 6]


@pytest.mark.parametrize("monitor", [
    ExpectedScore(), ConfidenceScore(), RegressedScore(LinearRegression()),
])  # fmt: skip
def test_an_estimate_without_probabilities_is_refused(monitor):
    name = type(monitor).__name__
    with pytest.raises(ValueError, match=f"monitors.it: {name} needs probabilities.*Perceptron"):
        signals(halves(), Perceptron(), it=monitor)
    table = Table(np.zeros((60, 1)), np.zeros(60), classes=())
    with pytest.raises(
        ValueError, match=r"probabilities|RegressedScore\(regressor, confidence=Fal"
    ):
        signals(table, LinearRegression(), it=monitor)


def test_a_regression_of_the_loss_needs_no_probabilities():
    row = np.arange(60)
    table = Table((row % 2)[:, None], (row % 2) * 2.0 + (row >= 20), classes=())
    monitor = RegressedScore(
        DecisionTreeRegressor(), confidence=False, window=10, min_rows=5, min_labels=10
    )
    found = signals(table, LinearRegression(), it=monitor)["it"]
    assert found == {tick: {(None, "all"): -1.0} for tick in (1, 2, 3)}, "each answer is 1 too low"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExpectedScore("accurracy"), "did you mean 'accuracy'"),
        (lambda: ExpectedScore("cost"), "costs: metric='cost' needs a matrix"),
        (lambda: ExpectedScore("f1", [[0, 1], [1, 0]]), "has no use of it"),
        (lambda: ExpectedScore("cost", [[0, 1]]), r"needs the shape \(2, 2\)"),
        (lambda: ExpectedScore(shift="inputs", calibrate=False), "shift='inputs' weights the labe"),
        (lambda: ExpectedScore(min_rows=60, window=50), "widen the window"),
        (lambda: ExpectedScore(min_labels=60, labels=50), "min_labels=60: must be at most 50"),
        (lambda: ConfidenceScore("difference", "negative_entropy"), "the same unit"),
        (lambda: Score(weigh="clas"), "unknown group 'clas'; did you mean 'class'"),
        (lambda: Score(weigh="class", mature=5), "give one of the two"),
        (lambda: ArrivalBias(Score()), "it must have mature or weigh"),
        (lambda: Quality({"mising": 0.1}), "unknown check 'mising'; did you mean 'missing'"),
        (lambda: Quality({"missing": 0.0}), "limits.missing=0.0: must be above 0"),
        (lambda: Quality(min_rows=50), "min_rows=50, and the warm-up that it refers to has 20"),
        (lambda: Quality(features=["b"]), "monitor.features: unknown feature 'b'; Allowed: a"),
        (lambda: Score(slices=["grp"]), "unknown slice 'grp'; did you mean 'group'"),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        signals(halves(), TREE, it=make())


def test_more_than_two_classes_have_bounds_of_the_accuracy_alone():
    table = Table(np.arange(60)[:, None] % 3, np.arange(60) % 3, classes=(0, 1, 2))
    with pytest.raises(ValueError, match="with 3 classes there are bounds of the accuracy alone"):
        signals(table, TREE, it=ExpectedScore("recall", bound="low"))


def test_a_model_that_learns_row_by_row_is_refused():
    with pytest.raises(ValueError, match=r"monitors\.it: a model that learns row by row"):
        Strategy(Never(), None, RowByRow(), monitors={"it": ExpectedScore()})


# labels that have arrived -------------------------------------------------------------------------


def slow_ones(n=80):
    """Every second label is 1 and comes after 15 rows; those that are 0 come after one."""
    row = np.arange(n)
    return Table(
        np.zeros((n, 1)), row % 2, label_time=row + np.where(row % 2, 15, 1), group=row % 2
    )


ZERO = DummyClassifier(strategy="most_frequent")
"""Answers 0, so that its loss is the label."""


def test_mature_labels_tell_what_arrived_ones_hide():
    few = {"window": 40, "min_labels": 5}
    found = signals(
        slow_ones(), ZERO,
        arrived=Score(**few),
        mature=Score(mature=15, per_class=True, slices=["group"], **few),
        unlabelled=Unlabelled(mature=5, window=20, min_rows=20),
        bias=ArrivalBias(Score(mature=15, **few)),
        latest=Score(6, 5, mature=15),
    )  # fmt: skip
    whole = (None, "all")
    # before row 50: zeros of 20 to 48, ones of 21 to 35; older than 15 are rows 20 to 35
    assert found["arrived"][3] == {whole: round(15 / 23, 9)}
    halves = {whole: 0.5, ("0", "all"): 1.0, ("1", "all"): 0.0}
    assert found["mature"][3] == halves | {(None, "group=a"): 1.0, (None, "group=b"): 0.0}
    assert found["latest"][3] == {whole: 0.5}, "rows 30 to 35"
    assert found["bias"][3] == {whole: round(15 / 23 - 0.5, 9)}
    # older than 5 are rows up to 45; of the last twenty 37, 39, ..., 45 are still to come
    assert found["unlabelled"][3] == {whole: 0.25}


def test_where_all_labels_take_as_long_weights_change_nothing():
    row = np.arange(80)
    table = Table(np.zeros((80, 1)), row % 3 == 0, label_time=(row // 10 + 2) * 10)
    found = signals(table, ZERO, it=Score(50, 5, weigh="class"))
    assert len(found["it"]) > 3
    for tick, values in found["it"].items():
        known = np.arange(max(20, 10 * tick - 30), 10 * tick + 10)  # two ticks later
        assert values == {(None, "all"): round(1 - np.mean(known % 3 == 0), 9)}


@pytest.mark.parametrize("weigh", ["class", "group"])
def test_weights_by_class_and_by_slice(weigh):
    monitor = Score(40, 5, weigh=weigh)
    found = signals(slow_ones(), ZERO, it=monitor)["it"]
    for tick, values in found.items():
        now = 20 + 10 * tick
        rows = np.arange(max(now - 40, 20), now)
        served = (rows - 20) // 10
        come = np.maximum(np.ceil((rows + np.where(rows % 2, 15, 1) - 20) / 10), served + 1)
        waited = np.where(come <= tick, come - served, np.nan)
        by = "class" if weigh == "class" else "slice"
        weights = arrived.weights(waited, tick - served, rows % 2, by)
        assert values == {(None, "all"): round(1 - weighted_mean(rows % 2, weights), 9)}


# data quality -------------------------------------------------------------------------------------


def batches():
    """Ticks of 40 rows; in tick 10 a half of b is missing, in tick 12 a is in another unit."""
    rng = np.random.default_rng(0)
    n = 40 * 18
    X, tick = rng.normal(20, 2, size=(n, 2)), np.arange(n) // 40 - 2
    X[(tick == 10) & (np.arange(n) % 2 == 0), 1] = np.nan
    X[tick == 12, 0] = X[tick == 12, 0] * 1.8 + 32
    X[tick == 14] = X[40]
    return Table(X, rng.integers(0, 2, n))


def test_a_broken_batch_stands_out():
    found = signals(batches(), ZERO, tick=40, it=Quality(), missing=Quality({"missing": 1.0}))
    broken = {
        (tick, of) for tick, values in found["it"].items() for (of, _), v in values.items() if v > 1
    }
    assert broken == {(11, "b"), (13, "a"), (15, "a"), (15, "b"), (15, None)}
    shares = {tick: values["b", "all"] for tick, values in found["missing"].items()}
    assert shares == {tick: 0.5 if tick == 11 else 0.0 for tick in range(1, 16)}


def test_a_batch_that_does_not_come():
    """Forty rows an hour for 30 hours; nothing comes in the hours 20 to 22."""
    hour, n = 3_600_000_000, 40 * 30
    time = np.arange(n) * (hour // 40)
    late = time >= 20 * hour
    table = Table(np.zeros((n, 1)), np.arange(n) % 2, time=(time + late * 3 * hour).tolist())
    strategy = Strategy(Never(), monitors={"it": Quality({"volume": 6.0, "freshness": 1.0})})
    run = clsim.replay(table, {"it": strategy}, learner=ZERO, tick="1h", warmup="2h")["it"]
    values = run.signals.set_index("tick")["value"]
    # ticks 18 to 20 are empty, which is seen at 19, 20, 21: √40 deviations of 6, or 1, 2, 3 ticks
    usual = np.sqrt(40) / 6
    assert values.loc[19:21].round(9).tolist() == [round(max(usual, k), 9) for k in (1, 2, 3)]
    assert (values.drop([19, 20, 21]) == 0).all()
