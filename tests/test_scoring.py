"""Losses and tables, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

import clsim
from clsim.losses import Loss
from clsim.strategy import Strategy
from clsim.strategy.triggers import Never
from clsim.streams import Recorded
from clsim.types import Schema
from helpers.tables import Table

TWO = Schema(("a",), "classification", np.array([0, 1]), False)
REAL = Schema(("a",), "regression", np.empty(0), False)


class First(BaseEstimator):
    """Answers with the first feature, whatever it was trained on."""

    def fit(self, X, y):
        self.whole_ = y.dtype.kind in "iu"
        return self

    def predict(self, X):
        return X[:, 0].astype(int) if self.whole_ else X[:, 0]


def replay(table, **setting):
    setting = {"learner": First(), "tick": 3, "warmup": 2, "record": "events", **setting}
    return clsim.replay(table, {"it": Strategy(Never())}, **setting)["it"]


def table(y, answers, **columns):
    return Table(np.column_stack([answers, answers]), y, **columns)


def test_losses_by_hand():
    truth = np.array([0, 1, 1])
    assert Loss(None, TWO).per_event(truth, np.array([0, 0, 1])).tolist() == [0, 1, 0]
    chances = np.array([[0.5, 0.5], [0.75, 0.25], [1.0, 0.0]])
    found = Loss("log", TWO).by_chances(truth, chances)
    assert found[:2].tolist() == pytest.approx([np.log(2), np.log(4)])
    assert 36 < found[2] < 37, "no loss is infinite"
    costs = Loss([[0, 1], [5, 0]], TWO)
    assert costs.per_event(truth, np.array([1, 0, 1])).tolist() == [1, 5, 0]
    y = np.array([1.0, 2.0])
    assert Loss(None, REAL).per_event(y, np.array([3.0, 1.5])).tolist() == [2, 0.5]
    assert Loss("squared", REAL).per_event(y, np.array([3.0, 1.5])).tolist() == [4, 0.25]


def test_scores_are_higher_when_better():
    assert Loss(None, TWO).score(0.25) == 0.75
    for loss in (Loss("log", TWO), Loss(None, REAL), Loss("squared", REAL)):
        assert loss.score(0.25) == -0.25


def test_ticks_by_hand():
    #        warm | tick 0 | tick 1  | tick 2
    y, a = [0, 1, 0, 0, 1, 1, 1, 0, 1], [0, 1, 0, 1, 1, 0, 0, 0, 1]
    due = [0, 1, 5, 7, None, 8, 6, 7, 8]
    run = replay(table(y, a, label_time=due))
    ticks = run.ticks
    assert ticks["tick"].tolist() == [0, 1, 2]
    assert ticks["start"].tolist() == [2, 5, 8]
    assert ticks["end"].tolist() == [5, 8, 9]
    assert ticks["slice"].tolist() == ["all"] * 3
    assert ticks["n"].tolist() == ticks["answered"].tolist() == [3, 3, 1]
    assert ticks["errors"].tolist() == ticks["loss"].tolist() == [1, 2, 0]
    assert ticks["score"].tolist() == pytest.approx([2 / 3, 1 / 3, 1])
    # row 2 arrives at tick 1; rows 3, 5, 6, 7 at tick 2: of those 7 alone is right
    assert ticks["observed_n"].tolist() == [0, 1, 4]
    assert ticks["observed_score"].tolist() == [pytest.approx(np.nan, nan_ok=True), 1, 0.25]
    assert ticks["model"].tolist() == [0, 0, 0]
    assert run.totals["errors"] == 3
    assert run.score == pytest.approx(4 / 7)
    cells = run.confusion[["tick", "y_true", "y_pred", "n"]].values.tolist()
    assert cells == [[0, 0, 0, 1], [0, 0, 1, 1], [0, 1, 1, 1], [1, 0, 0, 1], [1, 1, 0, 2],
                     [2, 1, 1, 1]]  # fmt: skip
    assert run.predictions["y_pred"].tolist() == a[2:]
    assert run.predictions["label_time"].isna().tolist() == [d is None for d in due[2:]]


def test_ticks_without_events_have_no_score():
    run = replay(table([0, 1, 1, 1], [0, 1, 0, 1], time=[0, 10, 20, 55]), tick="10us",
                 warmup="20us")  # fmt: skip
    assert run.ticks["n"].tolist() == [1, 0, 0, 1]
    assert run.ticks["loss"].tolist() == [1, 0, 0, 0]
    assert run.ticks["score"].isna().tolist() == [False, True, True, False]
    assert run.ticks["observed_n"].tolist() == [0, 1, 0, 0]


def test_a_cost_matrix_prices_each_kind_of_error():
    run = replay(table([0, 1, 0, 0, 1, 1, 1], [0, 1, 0, 1, 0, 0, 1]), loss=[[0, 2], [7, 0]])
    assert run.ticks["loss"].tolist() == [9, 7]
    assert run.ticks["errors"].tolist() == [2, 1]
    assert run.ticks["score"].tolist() == [-3, -3.5]


def test_regression_has_no_errors_and_no_confusion():
    y, a = [0.5, 1.0, 2.0, 3.0, 4.0, 5.0], [0, 0, 2.5, 3.0, 2.0, 5.25]
    run = replay(table(y, a, classes=()))
    assert run.ticks["loss"].tolist() == [2.5, 0.25]
    assert run.ticks["errors"].isna().all()
    assert run.confusion is None
    assert run.score == -2.75 / 4
    squared = replay(table(y, a, classes=()), loss="squared")
    assert squared.ticks["loss"].tolist() == [4.25, 0.0625]


def test_slices_overlap_and_totals_use_all_alone():
    frame = pd.DataFrame({
        "x": [0, 1, 0, 1, 1, 0], "size": list("sssbbs"), "place": list("uvuuvv"),
        "y": [0, 1, 1, 1, 0, 0],
    })  # fmt: skip
    run = replay(Recorded(frame, "y", slices=["size", "place"], as_frame=True), learner=Column())
    first = run.ticks[run.ticks["tick"] == 0].set_index("slice")
    assert sorted(first.index) == ["all", "place=u", "place=v", "size=b", "size=s"]
    assert first["n"].to_dict() == {"all": 3, "size=b": 2, "size=s": 1, "place=u": 2, "place=v": 1}
    assert first["errors"].to_dict() == {
        "all": 2, "size=b": 1, "size=s": 1, "place=u": 1, "place=v": 1,
    }  # fmt: skip
    assert run.totals["n"] == 4
    assert run.totals["errors"] == 2
    for column in ("size", "place"):
        part = run.ticks[run.ticks["slice"].str.startswith(column)]
        whole = run.ticks[run.ticks["slice"] == "all"]
        for quantity in ("n", "answered", "errors", "loss", "observed_n"):
            assert part.groupby("tick")[quantity].sum().tolist() == whole[quantity].tolist()
        cells = run.confusion
        assert cells[cells["slice"].str.startswith(column)]["n"].sum() == 4
    assert run.predictions["slice"].tolist() == ["size=s;place=u", "size=b;place=u",
                                                 "size=b;place=v", "size=s;place=v"]  # fmt: skip


class Column(First):
    def predict(self, X):
        return X["x"].to_numpy().astype(int)


@pytest.mark.parametrize("unanswered", ["skip", "wrong"])
def test_events_without_a_prediction(unanswered):
    run = replay(table([0, 1, 1, 0, 1], [0, 1, 1, 1, 1]), warmup=0, unanswered=unanswered)
    assert run.ticks["answered"].tolist() == [0, 0]
    assert run.ticks["model"].isna().all()
    skipped = [0, 0] if unanswered == "skip" else [3, 2]
    assert run.ticks["loss"].tolist() == run.ticks["errors"].tolist() == skipped
    assert run.ticks["observed_n"].tolist() == ([0, 0] if unanswered == "skip" else [0, 3])
    assert run.predictions["y_pred"].isna().all()
    assert run.confusion.empty
    assert run.score == (None if unanswered == "skip" else 0.0)


@pytest.mark.parametrize(("loss", "schema", "message"), [
    ("zero-one", TWO, r"^loss: .*did you mean 'zero_one'\? Allowed: zero_one, log, amount, ab"),
    ("squared", TWO, r"^loss='squared': the stream's task is classification; use zero_one, "),
    ("log", REAL, r"^loss='log': the stream's task is regression; use absolute or squared"),
    ([[0, 1]], TWO, r"^loss: a cost matrix needs the shape \(2, 2\)"),
    ([[0, -1], [1, 0]], TWO, r"^loss: costs cannot be negative or missing"),
    ([[0, np.nan], [1, 0]], TWO, r"^loss: costs cannot be negative or missing"),
    ([[0, 1], [1, 0]], REAL, r"^loss: a cost matrix needs"),
    ({0: {1: 5}, 1: {0: 1}}, TWO, r"^loss=.*: expected the name of one, or a matrix of costs"),
    (pd.DataFrame([[0, 1], [1, 0]], columns=[1, 2]), TWO, r"^loss: its rows .* name each by every"),
])  # fmt: skip
def test_bad_losses_are_refused(loss, schema, message):
    with pytest.raises((TypeError, ValueError), match=message):
        Loss(loss, schema)


def test_a_cost_matrix_whose_classes_are_named_goes_by_their_names():
    given = pd.DataFrame([[0, 9], [4, 0]], index=[1, 0], columns=[1, 0])
    assert Loss(given, TWO).matrix.tolist() == [[0, 4], [9, 0]]
    words = Schema(("x",), "classification", np.array(["no", "yes"]), timed=False)
    assert Loss(given, words).matrix.tolist() == [[0, 9], [4, 0]]
