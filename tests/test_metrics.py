"""Metrics beside the loss, probabilities, and thresholds: by hand, and against scikit-learn."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
import sklearn.metrics as sk
from river import naive_bayes
from river.multiclass import OneVsOneClassifier
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.checks import check_learner, check_metric
from clsim.losses import Loss, cheapest, cheapest_cut, likeliest_is_cheapest
from clsim.metrics import METRICS, Metric, as_metrics
from clsim.policies import as_policy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import LED, Logistic
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.streams.feedback import Selective
from clsim.sweep import config as build
from clsim.types import Schema
from helpers.tables import Table

TWO = np.array(["no", "yes"])
THREE = np.array([0, 1, 2])
SCHEMA = Schema(("a",), "classification", TWO, False)
REAL = Schema(("a",), "regression", np.empty(0), False)


class Own(BaseEstimator):
    """Answers the first feature, and has other chances: 0, 1 with that of the second."""

    def fit(self, X, y):
        self.classes_ = np.array([0, 1])
        return self

    def predict(self, X):
        return X[:, 0].astype(int)

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 1], X[:, 1]])


def replay(stream, learner, threshold=None, **setting):
    setting = {"tick": 50, "warmup": 200, "record": "events", "delay": Constant(20), **setting}
    strategies = {
        "never": clsim.Strategy(Never(), threshold=threshold),
        "often": clsim.Strategy(Periodic(2), SlidingWindow(150), threshold=threshold),
    }
    strategies = setting.pop("strategies", strategies)
    return clsim.replay(stream, strategies, learner=learner, **setting)


def drifting(n=700):
    return Synthetic(Logistic(4), [Sudden(Logistic(4, variant=1), at=400)], n=n)


def chances_of(run):
    return run.predictions[[f"p_{label}" for label in run.info.classes]].to_numpy()


# metrics ------------------------------------------------------------------------------------------


def value(name, truth, given, classes=TWO):
    return METRICS[name].measure(np.array(truth), np.array(given), classes)[0]


def test_metrics_of_two_classes_by_hand():
    truth, answers = [0, 0, 1, 1, 1], [0, 1, 1, 0, 1]
    assert value("precision", truth, answers) == pytest.approx(2 / 3)
    assert value("recall", truth, answers) == pytest.approx(2 / 3)
    assert value("f1", truth, answers) == pytest.approx(2 / 3)
    assert value("accuracy", truth, answers) == 3 / 5
    assert value("balanced_accuracy", truth, answers) == pytest.approx((1 / 2 + 2 / 3) / 2)
    truth, p = [0, 0, 1, 1], np.array([0.1, 0.4, 0.35, 0.8])
    chances = np.column_stack([1 - p, p])
    assert value("auc", truth, chances) == 3 / 4, "of four pairs, one is the wrong way round"
    assert value("average_precision", truth, chances) == pytest.approx((1 + 2 / 3) / 2)
    assert value("brier", truth, chances) == pytest.approx((0.1**2 + 0.4**2 + 0.65**2 + 0.2**2) / 4)
    assert value("log_loss", truth, chances) == pytest.approx(-np.log([0.9, 0.6, 0.35, 0.8]).mean())
    assert value("calibration_error", truth, chances) == pytest.approx((0.1 + 0.4 + 0.65 + 0.2) / 4)
    together = np.array([0.72, 0.78, 0.75, 0.71])  # one bin: half of them happened
    chances = np.column_stack([1 - together, together])
    assert value("calibration_error", truth, chances) == pytest.approx(together.mean() - 0.5)


def test_metrics_of_three_classes_by_hand():
    truth = [0, 1, 2, 2]
    assert value("recall", truth, [0, 0, 2, 1], THREE) == pytest.approx((1 + 0 + 1 / 2) / 3)
    precision = value("precision", truth, [0, 0, 2, 2], THREE)
    assert precision == pytest.approx((1 / 2 + 1) / 2), "class 1 was never answered"
    chances = [[0.8, 0.1, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.4, 0.3, 0.3]]
    brier = (0.06 + 0.38 + 0.14 + (0.16 + 0.09 + 0.49)) / 4
    assert value("brier", truth, chances, THREE) == pytest.approx(brier)
    assert value("auc", truth, chances, THREE) == pytest.approx((1 + 1 + 3.5 / 4) / 3)
    assert value("calibration_error", truth, chances, THREE) == pytest.approx(
        (0.2 + 0.5 + 0.3 + 0.4) / 4
    )


def test_metrics_of_values_by_hand():
    truth, given, none = [1.0, 2.0, 4.0], [2.0, 2.0, 2.0], np.empty(0)
    assert value("mae", truth, given, none) == 1
    assert value("rmse", truth, given, none) == pytest.approx(np.sqrt(5 / 3))
    assert value("mape", truth, given, none) == pytest.approx((1 + 0 + 1 / 2) / 3)
    assert value("r2", truth, given, none) == pytest.approx(1 - 5 / (14 / 3))


@pytest.mark.parametrize(
    ("name", "truth", "given", "reason"),
    [
        ("auc", [1, 1], [[0.5, 0.5]] * 2, "one class alone: yes"),
        ("average_precision", [0, 0], [[0.5, 0.5]] * 2, "no event of class yes"),
        ("balanced_accuracy", [0, 0], [0, 0], "one class alone: no"),
        ("precision", [0, 1], [0, 0], "yes never was answered"),
        ("recall", [0, 0], [0, 1], "yes never happened"),
        ("f1", [0, 0], [0, 0], "yes neither happened nor was answered"),
        ("f1", [], [], "no events"),
    ],
)  # fmt: skip
def test_what_is_not_defined_is_missing_with_a_reason(name, truth, given, reason):
    found = METRICS[name].measure(np.array(truth, dtype=int), np.array(given), TWO)
    assert np.isnan(found[0])
    assert found[1] == reason


def test_values_that_are_not_defined_are_missing_with_a_reason():
    for name, truth in (("r2", [2.0, 2.0]), ("mape", [0.0, 1.0])):
        value, reason = METRICS[name].measure(np.array(truth), np.array(truth), np.empty(0))
        assert np.isnan(value)
        assert reason


@pytest.mark.parametrize(
    ("given", "schema", "message"),
    [
        (["auk"], SCHEMA, r"unknown metric 'auk'; did you mean 'auc'"),
        (["rmse"], SCHEMA, r"'rmse' is for regression, .*Allowed: accuracy"),
        (["auc"], REAL, r"'auc' is for classification, .*Allowed: r2"),
        (["f1", "f1"], SCHEMA, r"'f1' is there twice"),
        ("auc", SCHEMA, r"metrics='auc': give a list"),
        ([3], SCHEMA, r"3: expected a name"),
        ([Metric], SCHEMA, r"expected a function"),
    ],
)
def test_metrics_that_do_not_fit_are_refused(given, schema, message):
    with pytest.raises((TypeError, ValueError), match=message):
        as_metrics(given, schema)


def test_a_function_is_called_by_its_name_and_by_what_is_fixed():
    given = [sk.fbeta_score, partial(sk.fbeta_score, beta=2), Metric("own", max)]
    names = [metric.name for metric in as_metrics(given, SCHEMA)]
    assert names == ["fbeta_score", "fbeta_score(beta=2)", "own"]


def test_metrics_that_need_probabilities_are_refused_where_there_are_none():
    with pytest.raises(ValueError, match=r"'brier' needs probabilities, .*Ridge.*accuracy"):
        replay(drifting(), RidgeClassifier(), metrics=["brier"])
    runs = replay(drifting(), RidgeClassifier(), metrics=["f1"])
    assert not any(column.startswith("p_") for column in runs["never"].predictions)
    with pytest.raises(ValueError, match="OneVsOneClassifier has no predict_proba_one"):
        replay(drifting(), OneVsOneClassifier(naive_bayes.GaussianNB()), loss="log")


def test_metrics_of_a_configuration():
    names = ["auc", {"_target_": "sklearn.metrics.fbeta_score", "beta": 2},
             {"_target_": "clsim.metrics.Metric", "name": "own", "reads": "probabilities",
              "function": {"_target_": "numpy.shape"}}]  # fmt: skip
    made = as_metrics(build.metrics(names), SCHEMA)
    assert [metric.name for metric in made] == ["auc", "fbeta_score(beta=2)", "own"]
    assert made[1].measure(np.array([0, 1]), np.array([0, 1]), np.array([0, 1])) == (1.0, None)
    with pytest.raises(ValueError, match=r"metrics\[0\].bata: unknown .*did you mean 'beta'"):
        build.metrics([{"_target_": "sklearn.metrics.fbeta_score", "bata": 2}])
    with pytest.raises(ValueError, match=r"metrics\[0\].*no such module"):
        build.metrics([{"_target_": "nowhere.score"}])


# in a replay --------------------------------------------------------------------------------------


def test_answers_are_those_of_the_learner_whoever_asks_for_chances():
    for learner in (GaussianNB(), naive_bayes.GaussianNB()):
        bare = replay(drifting(), learner, record="ticks")
        asked = replay(drifting(), learner, metrics=["auc"])
        for name, run in bare.items():
            pd.testing.assert_frame_equal(run.ticks, asked[name].ticks)
            pd.testing.assert_frame_equal(run.confusion, asked[name].confusion)
            assert run.metrics is None
            assert run.predictions is None
    X = np.random.default_rng(0).uniform(size=(60, 2)).round(1)
    X[:, 0] = np.arange(60) % 2
    run = replay(Table(X, np.arange(60) // 2 % 2), Own(), warmup=10, tick=10, metrics=["auc"])[
        "never"
    ]
    assert run.predictions["y_pred"].tolist() == X[10:, 0].tolist()
    assert chances_of(run)[:, 1].tolist() == X[10:, 1].tolist()


def test_every_tick_and_slice_is_what_scikit_learn_says_of_the_predictions():
    n, rng = 240, np.random.default_rng(2)
    X, group = rng.normal(size=(n, 2)), rng.integers(0, 2, n)
    y = (X[:, 0] + rng.normal(size=n) > 0.8).astype(int)
    table = Table(X, y, group=group, label_time=[t + 5 for t in range(n)])
    names = ["auc", "f1", "log_loss", sk.matthews_corrcoef]
    run = replay(table, GaussianNB(), warmup=0, tick=40, metrics=names, delay=None)["often"]
    assert run.predictions["y_pred"].isna().any(), "before the first training nobody answers"
    there = run.predictions[run.predictions["y_pred"].notna()]
    functions = {
        "auc": lambda e: sk.roc_auc_score(e["y_true"], e["p_1"]),
        "f1": lambda e: sk.f1_score(e["y_true"], e["y_pred"].astype(int)),
        "log_loss": lambda e: sk.log_loss(e["y_true"], e[["p_0", "p_1"]], labels=[0, 1]),
        "matthews_corrcoef": lambda e: sk.matthews_corrcoef(e["y_true"], e["y_pred"].astype(int)),
    }
    slices = ["all", *dict.fromkeys(there["slice"])]
    assert len(run.metrics) == (6 + 1) * len(slices) * len(names)
    for row in run.metrics.itertuples():
        events = there if pd.isna(row.tick) else there[there["tick"] == row.tick]
        events = events if row.slice == "all" else events[events["slice"] == row.slice]
        assert row.n == len(events)
        if row.reason is None:
            assert row.value == pytest.approx(functions[row.metric](events), abs=1e-12)
        else:
            assert len(set(events["y_true"])) < 2
    served = run.ticks[run.ticks["slice"] == "all"].set_index("tick")["model"]
    per_tick = run.metrics[run.metrics["tick"].notna()]
    assert (per_tick["model"].fillna(-1) == served[per_tick["tick"]].fillna(-1).to_numpy()).all()


@pytest.mark.parametrize("learner", [GaussianNB(), naive_bayes.GaussianNB()])
def test_chances_are_those_that_the_log_loss_is_made_of(learner):
    strategies = {"never": clsim.Strategy(Never())}
    if not isinstance(learner, GaussianNB):
        strategies["rows"] = clsim.Strategy(Never(), None, RowByRow())
    one, log = (
        replay(drifting(), learner, loss=loss, metrics=["log_loss"], strategies=strategies)
        for loss in ("zero_one", "log")
    )
    for name in strategies:
        assert np.array_equal(chances_of(one[name]), chances_of(log[name]))
        whole = one[name].metrics.iloc[0]
        assert pd.isna(whole["tick"])
        assert whole["value"] == pytest.approx(-log[name].score)


def test_a_world_for_each_answer_has_chances_too():
    stream = Selective(drifting(), explore=0.1)
    runs = replay(stream, naive_bayes.GaussianNB(), metrics=["brier"], strategies={
        "never": clsim.Strategy(Never()), "rows": clsim.Strategy(Never(), None, RowByRow())
    })  # fmt: skip
    for run in runs.values():
        error = chances_of(run)[:, 1] - run.predictions["y_true"]
        assert run.metrics["value"][0] == pytest.approx((error**2).mean())


def test_ten_classes_and_regression():
    run = replay(Synthetic(LED(), n=600), GaussianNB(), metrics=["auc", "f1"])["often"]
    assert chances_of(run).sum(axis=1) == pytest.approx(1)
    truth, answers = run.predictions["y_true"], run.predictions["y_pred"]
    expected = sk.f1_score(truth, answers, average="macro")
    assert run.metrics.set_index("metric")["value"].iloc[1] == pytest.approx(expected)
    X = np.random.default_rng(0).normal(size=(300, 2))
    table = Table(X, X[:, 0] ** 3, classes=())
    run = replay(table, LinearRegression(), metrics=["r2"])["never"]
    truth, answers = run.predictions["y_true"], run.predictions["y_pred"]
    assert run.metrics["value"][0] == pytest.approx(sk.r2_score(truth, answers))


def test_metrics_come_back_from_disk_and_must_agree_with_ticks(tmp_path):
    run = replay(drifting(), GaussianNB(), metrics=["auc", "recall"])["often"]
    again = clsim.load(run.save(tmp_path / "right"))
    assert np.array_equal(chances_of(again), chances_of(run))
    assert list(again.metrics) == list(run.metrics)
    for column, values in run.metrics.items():
        same = (again.metrics[column] == values) | (again.metrics[column].isna() & values.isna())
        assert same.all(), column
    for column, wrong in (("n", 51), ("tick", 99), ("value", None)):
        frame = run.metrics.copy()
        frame.loc[5, column] = wrong
        run._tables["metrics"] = frame
        run.save(tmp_path / column)
        with pytest.raises(ValueError, match=r"metrics\.parquet: "):
            clsim.load(tmp_path / column)
        run._tables["metrics"] = again.metrics


# thresholds ---------------------------------------------------------------------------------------


def test_the_cheapest_answer_by_hand():
    """Elkan's example: a good credit refused costs 1, a bad one granted 5."""
    matrix = np.array([[0.0, 1.0], [5.0, 0.0]])
    assert cheapest_cut(matrix) == pytest.approx(1 / 6)
    chances = np.array([[0.85, 0.15], [0.8, 0.2]])  # costs 0.15 * 5 < 0.85, 0.2 * 5 > 0.8
    assert cheapest(chances, matrix).tolist() == [0, 1]
    three = np.array([[0, 1, 1], [1, 0, 1], [9, 9, 0]])
    assert cheapest(np.array([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]), three).tolist() == [2, 2]
    assert cheapest(np.array([[0.8, 0.15, 0.05]]), three).tolist() == [0]
    assert np.isnan(cheapest_cut(np.array([[1.0, 0.0], [5.0, 0.0]])))


def test_where_the_likeliest_class_is_the_cheapest():
    assert likeliest_is_cheapest(np.array([[0, 1], [1, 0]]))
    assert likeliest_is_cheapest(np.array([[2, 3], [0, -1]]))
    assert not likeliest_is_cheapest(np.array([[0, 1], [5, 0]]))
    assert likeliest_is_cheapest(1.0 - np.eye(4))
    assert not likeliest_is_cheapest(np.diag([1.0, 2.0, 3.0]))


def test_a_threshold_by_price_gives_the_cheapest_answers():
    costs = [[0, 1], [5, 0]]
    run = replay(drifting(), GaussianNB(), loss=costs, threshold="by_price")["often"]
    assert (run.predictions["y_pred"] == (run.predictions["p_1"] > 1 / 6)).all()
    pairs = run.predictions.groupby(["y_true", "y_pred"]).size()
    assert run.totals["loss"] == pairs.get((0, 1), 0) + 5 * pairs.get((1, 0), 0)
    cut = replay(drifting(), GaussianNB(), loss=costs, threshold=1 / 6)["often"]
    assert cut.predictions["y_pred"].tolist() == run.predictions["y_pred"].tolist()
    with pytest.warns(UserWarning, match=r"errors cost differently.*0\.167"):
        half = replay(drifting(), GaussianNB(), loss=costs)["often"]
    assert half.totals["loss"] > run.totals["loss"]
    assert half.totals["errors"] < run.totals["errors"]


def test_nothing_is_said_where_a_threshold_would_change_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay(drifting(), GaussianNB(), loss=[[0, 3], [3, 0]])
        replay(drifting(), RidgeClassifier(), loss=[[0, 1], [5, 0]])
        replay(drifting(), GaussianNB(), loss=[[0, 1], [5, 0]], threshold=0.4)


def test_a_table_of_hindsight_has_the_same_threshold():
    setting = {"loss": [[0, 1], [5, 0]], "threshold": "by_price", "tick": 50, "warmup": 200}
    table = clsim.counterfactual(
        drifting(), learner=GaussianNB(), dataset=SlidingWindow(200), candidates=[], **setting
    )
    never = replay(drifting(), GaussianNB(), delay=None, **setting)["never"]
    assert table.loss[-1].tolist() == never.ticks["loss"].tolist()
    own = clsim.counterfactual(
        drifting(), learner=GaussianNB(), dataset=SlidingWindow(200), candidates=[],
        **{**setting, "threshold": None},
    )  # fmt: skip
    assert own.setting.family != table.setting.family
    assert own.loss[-1].sum() != table.loss[-1].sum()


def test_strategies_of_one_replay_have_thresholds_of_their_own():
    """Each fit is made once, and answers as each strategy asks: 0.3 p > 0.7 (1 - p), and so on."""
    cuts = {"own": None, "low": 0.3, "high": 0.7, "price": "by_price"}
    strategies = {
        name: clsim.Strategy(Periodic(2), SlidingWindow(150), threshold=cut)
        for name, cut in cuts.items()
    }
    costs = [[0, 1], [5, 0]]
    runs = replay(drifting(), GaussianNB(), loss=costs, strategies=strategies)
    assert runs["own"].info.made.unique_fits == runs["own"].totals["retrainings"] + 1
    likely = runs["own"].predictions["p_1"]
    for name, at in (("own", 0.5), ("low", 0.3), ("high", 0.7), ("price", 1 / 6)):
        run = runs[name]
        assert run.predictions["p_1"].tolist() == likely.tolist()
        assert (run.predictions["y_pred"] == (likely >= at)).all()
        assert run.info.threshold == cuts[name]
        y, said = run.predictions["y_true"], run.predictions["y_pred"]
        assert run.totals["loss"] == (said > y).sum() + 5 * (said < y).sum()


@pytest.mark.parametrize(
    ("loss", "threshold", "message"),
    [
        (
            "zero_one",
            "by_price",
            r"^strategies\['never'\]: threshold.*is a matrix of costs",
        ),
        ([[0, 1], [5, 0]], "by_prize", "did you mean 'by_price'"),
        ("zero_one", 1.5, "threshold=1.5: must be at most 1"),
        ("zero_one", True, "threshold=True: expected a number"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(loss, threshold, message):
    with pytest.raises((TypeError, ValueError), match=message):
        replay(drifting(), GaussianNB(), loss=loss, threshold=threshold)
    with pytest.raises(ValueError, match="task is regression"):
        as_policy(0.5).check(Loss("absolute", REAL), REAL)
    three = Schema(("a",), "classification", THREE, False)
    with pytest.raises(ValueError, match="for two classes, and the stream has 3"):
        as_policy(0.5).check(Loss(None, three), three)
    with pytest.raises(ValueError, match=r"threshold: needs probabilities.*RidgeClassifier.*none"):
        replay(drifting(), RidgeClassifier(), threshold=0.5)


# for authors --------------------------------------------------------------------------------------


def test_the_check_for_authors_finds_what_is_wrong():
    def first(y_true, y_pred):
        return y_pred[0] == y_true[0]

    def writes(y_true, y_pred):
        y_pred[:] = y_true
        return 1.0

    for metric in ("auc", "f1", sk.matthews_corrcoef, Metric("own", lambda y, p: p[:, 1].mean(),
                                                             "probabilities")):  # fmt: skip
        check_metric(metric)
    check_metric("r2", task="regression")
    for metric, message in ((first, "order"), (writes, "read-only"), ("auk", "did you mean"),
                            (lambda y, p: "good", "could not convert")):  # fmt: skip
        with pytest.raises(AssertionError, match=message):
            check_metric(metric)


class Spoilt(GaussianNB):
    """Answers otherwise once it was asked for probabilities."""

    def predict_proba(self, X):
        self.asked_ = True
        return super().predict_proba(X)

    def predict(self, X):
        return 1 - super().predict(X) if hasattr(self, "asked_") else super().predict(X)


def test_the_check_for_learners_finds_answers_that_depend_on_who_asks_for_chances():
    with pytest.raises(AssertionError, match="asking for probabilities changes what it answers"):
        check_learner(Spoilt())
