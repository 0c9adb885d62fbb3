"""Which classes and rows made a loss rise, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim.analysis import loss_by_class, loss_by_slice, rows_behind
from clsim.runs.info import RunInfo
from clsim.runs.run import Run


def recorded(cells):
    """Events in ticks 0 and 1, known one tick later: slice, label and answer, and how many."""
    rows = [(tick, *cell) for tick, *cell, n in cells for _ in range(n)]
    frame = pd.DataFrame(rows, columns=["tick", "slice", "y_told", "y_pred"])
    frame["id"] = frame["time"] = np.arange(100, 100 + len(frame))
    frame["loss"] = (frame["y_told"] != frame["y_pred"]).astype(float)
    frame["known"] = (frame["tick"] + 1).astype("Int32")
    frame["model"] = 0
    ticks = pd.DataFrame({"tick": range(4), "slice": "all"})
    predictions = frame[["id", "tick", "time", "slice", "y_pred", "model"]]
    tables = {"ticks": ticks, "predictions": predictions,
              "seen": frame[["id", "known", "y_told", "loss"]]}  # fmt: skip
    return Run(tables, RunInfo(timed=False, task="classification", classes=["no", "yes"]))


CELLS = [  # 50 "no" of which 5 are wrong, 50 "yes" of which 10 are; then 2 of 20, and 44 of 80
    (0, "g=a", "no", "no", 45), (0, "g=a", "no", "yes", 5),
    (0, "g=b", "yes", "yes", 40), (0, "g=b", "yes", "no", 10),
    (1, "g=a", "no", "no", 18), (1, "g=a", "no", "yes", 2),
    (1, "g=b", "yes", "yes", 36), (1, "g=b", "yes", "no", 44),
    (2, "g=b", "yes", "yes", 7),
]  # fmt: skip


def test_the_rise_in_loss_adds_up_over_classes():
    found = loss_by_class(recorded(CELLS), tick=2, ticks=1)
    assert found["class"].tolist() == ["yes", "no"]
    assert found[["reference_n", "n"]].to_numpy().tolist() == [[50, 80], [50, 20]]
    # yes: (.5 + .8) / 2 (.55 - .2) = .2275, and .3 (.375 - .305) = .021; no: -.3 (.1 - .305)
    assert found["worse"].tolist() == pytest.approx([0.2275, 0])
    assert found["more_frequent"].tolist() == pytest.approx([0.021, 0.0615])
    assert found["contribution"].sum() == pytest.approx(0.46 - 0.15)
    within = loss_by_class(recorded(CELLS), tick=2, ticks=1, column="g")
    assert within["slice"].tolist() == ["g=b", "g=a"]
    pd.testing.assert_frame_equal(found.drop(columns="slice"), within.drop(columns="slice"))


def test_by_answer_it_adds_up_too_and_says_what_waits():
    # the labels of tick 1 are known in tick 2; in tick 3, seven answers of tick 2 have theirs
    run = recorded(CELLS)
    run.seen.loc[run.predictions["tick"] == 2, "known"] = pd.NA
    found = loss_by_class(run, tick=3, ticks=2, by="answer").set_index("class")
    assert found["contribution"].sum() == pytest.approx(0.46 - 0.15)
    assert found.loc["yes", ["reference_n", "n", "waiting"]].tolist() == [45, 38, 7]
    assert found.loc["no", ["reference_n", "n", "waiting"]].tolist() == [55, 62, 0]
    assert found.loc["no", ["reference_loss", "loss"]].tolist() == pytest.approx([10 / 55, 44 / 62])


def test_rows_that_lost_most_come_first():
    found = rows_behind(recorded(CELLS), tick=2, ticks=1, most=3)
    assert found["id"].tolist() == [299, 298, 297]  # the last three of the 44
    assert found["share"].tolist() == [1 / 46] * 3
    assert found["y_told"].tolist() == ["yes"] * 3


def test_what_is_not_there_is_refused():
    run = recorded(CELLS)
    for given, message in [
        ({"by": "labl"}, "unknown value 'labl'; did you mean 'label'"),
        ({"column": "h"}, "unknown slice column 'h'"),
        ({"tick": 9}, "tick=9: must be at most 3"),
        ({"ticks": 2}, "tick=2: must be at least 3"),
    ]:
        with pytest.raises(ValueError, match=message):
            loss_by_class(run, **{"tick": 2, "ticks": 1, **given})
    with pytest.raises(ValueError, match="record='events'"):
        rows_behind(Run({}, RunInfo(timed=False)), 1)


def test_what_was_not_logged_or_not_yet_known_changes_nothing(tmp_path):
    from sklearn.naive_bayes import GaussianNB

    from clsim.randomness import uniform
    from clsim.strategy import Strategy
    from clsim.strategy.logging import Sample
    from clsim.strategy.triggers import Never
    from helpers.tables import Table

    rng, n, tick = np.random.default_rng(0), 400, 5
    y = rng.integers(0, 2, n)
    X = y[:, None] + rng.normal(size=(n, 2))
    row = np.arange(n)
    label_time = [None if i % 17 == 0 else i + 30 for i in range(n)]
    lost = (row >= 100) & (uniform(0, "strategy.logging", row) >= 0.5)
    now = 100 + 50 * tick  # of the tick
    unknown = (row >= 100) & ((row + 30 > now) | (row % 17 == 0))

    def run_of(X, y):
        stream = Table(X, y, label_time=label_time, group=row % 2)
        strategy = Strategy(Never(), logging=Sample(0.5))
        setting = {"learner": GaussianNB(), "tick": 50, "warmup": 100, "record": "events"}
        return stream, clsim.replay(stream, {"it": strategy}, **setting)["it"]

    stream, run = run_of(X, y)
    there = np.where((lost | (row >= now))[:, None], 99.0, X)
    other_stream, other = run_of(there, np.where(lost | unknown, 1 - y, y))
    run.save(tmp_path / "run")
    read = clsim.load(tmp_path / "run")
    found = rows_behind(run, tick, 2, 200, stream)
    assert {"a", "b"} <= set(found)
    assert not np.isin(found["id"], row[lost | unknown]).any()
    np.testing.assert_array_equal(found[["a", "b"]], X[found["id"]])
    for again, world in ((read, stream), (other, other_stream)):
        pd.testing.assert_frame_equal(
            found, rows_behind(again, tick, 2, 200, world), check_dtype=False
        )
        for given in ({}, {"column": "group"}, {"by": "answer", "column": "group"}):
            one, two = (loss_by_class(each, tick, 2, **given) for each in (run, again))
            pd.testing.assert_frame_equal(one, two)
    # and it is the same change that slices take apart
    whole = loss_by_class(run, tick, 2)["contribution"].sum()
    assert whole == pytest.approx(loss_by_slice(run, tick, 2)["contribution"].sum())
    with pytest.raises(ValueError, match="give the one replayed"):
        rows_behind(run, tick, stream=Table(X[:300], y[:300], time=list(range(5, 305))))
