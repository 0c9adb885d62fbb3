"""Every metric by slice, model version and time, by hand on three ticks."""

import numpy as np
import pandas as pd
import pytest

from clsim import query
from clsim.runs.info import RunInfo
from clsim.runs.run import Run

DAYS = pd.date_range("2025-01-01", periods=4).to_numpy("datetime64[us]")


def run(seed=0, served=False, **info):
    """Ticks of 10, 20 and 10 events; model 1 serves from the second on; a slice of 5 each."""
    every = pd.DataFrame(
        {"tick": [0, 1, 2], "start": DAYS[:3], "end": DAYS[1:], "slice": "all",
         "n": [10, 20, 10], "answered": [10, 20, 8], "loss": [5.0, 4.0, 2.0],
         "observed_n": [0, 10, 20], "observed_score": [np.nan, 0.5, 0.8], "model": [0, 1, 1]}
    )  # fmt: skip
    part = every.assign(slice="new=yes", n=5, answered=5, loss=[1.0, 0.0, 5.0])
    tables = {"ticks": pd.concat([every, part], ignore_index=True)}
    tables["metrics"] = pd.DataFrame(
        {"tick": pd.array([0, 1, 2, None], dtype="Int64"), "slice": "all", "metric": "auc",
         "model": pd.array([0, 1, 1, None], dtype="Int64"), "value": [0.6, 0.8, np.nan, 0.7],
         "n": [10, 20, 8, 38], "reason": [None, None, "one class", None]}
    )  # fmt: skip
    if served:
        tables["served"] = pd.DataFrame(
            {"tick": [2, 2, 2], "slice": "all", "model": [1, 2, 3],
             "role": ["champion", "challenger", "shadow"], "n": [6, 4, 10],
             "answered": [6, 2, 10], "loss": [1.0, 1.0, 4.0], "observed_n": [2, 2, 0],
             "observed_loss": [1.0, 0.0, 0.0]}
        )  # fmt: skip
    return Run(tables, RunInfo(seed=seed, timed=True, **info))


def test_by_tick():
    found = query({"weekly": run()}, metric=["score", "loss"], slice="all")
    score = found[found["metric"] == "score"]
    assert score["value"].tolist() == [0.5, 0.8, 0.75]  # 1 - 5/10, 1 - 4/20, 1 - 2/8
    assert score["n"].tolist() == [10, 20, 8]
    assert found[found["metric"] == "loss"]["value"].tolist() == [0.5, 0.2, 0.25]
    assert found["strategy"].unique() == ["weekly"]
    wrong = query({"weekly": run(unanswered="wrong")}, metric="score", slice="all")
    assert wrong["value"].tolist() == [0.5, 0.8, 0.8]  # of all ten events


def test_by_model_version_and_since():
    weekly = {"weekly": run()}
    found = query(weekly, metric="score", slice="all", over="model")
    assert found["model"].tolist() == [0, 1]
    assert found["value"].tolist() == pytest.approx([0.5, 1 - 6 / 28])
    late = query(weekly, metric="score", slice="all", over="model", since="2025-01-03")
    assert late[["model", "value", "n"]].to_numpy().tolist() == [[1, 0.75, 8]]
    assert query(weekly, metric="score", since=2).equals(
        query(weekly, metric="score", since=pd.Timestamp("2025-01-02 00:00:01"))
    )
    assert query(weekly, metric="observed_score", slice="all", over="run")["value"].tolist() == [
        pytest.approx((0.5 * 10 + 0.8 * 20) / 30)
    ]


def test_by_slice():
    found = query({"weekly": run()}, metric="score", over="run").set_index("slice")["value"]
    assert found.to_dict() == {"all": pytest.approx(1 - 11 / 38), "new=yes": pytest.approx(0.6)}


def test_metrics_that_are_no_means():
    runs = [{"weekly": run(seed)} for seed in (2, 1)]
    found = query(runs, metric="auc")
    assert found["seed"].tolist() == [1, 1, 1, 2, 2, 2]
    assert found["value"].tolist()[:2] == [0.6, 0.8]
    assert found["model"].tolist() == [0, 1, 1] * 2
    assert query(runs, metric="auc", over="run")["value"].tolist() == [0.7, 0.7]
    with pytest.raises(ValueError, match="metric='auc': is no mean over events"):
        query(runs, metric="auc", over="model")
    with pytest.raises(ValueError, match="metric='auc': is no mean over events"):
        query(runs, metric="auc", over="run", since=1)


def test_who_was_asked_beside_the_champion():
    weekly = {"weekly": run(served=True)}
    found = query(weekly, metric="score", slice="all", since=2).set_index("role")
    assert found["value"].to_dict() == {
        "served": 0.75, "champion": pytest.approx(5 / 6), "challenger": 0.5, "shadow": 0.6,
    }  # fmt: skip
    assert found["model"].drop("served").to_dict() == {"champion": 1, "challenger": 2, "shadow": 3}
    assert query(weekly, metric="score", model=3)["role"].tolist() == ["shadow"]
    seen = query(weekly, metric="observed_score", slice="all", model=1)
    assert seen["value"].tolist() == [0.5]


@pytest.mark.parametrize(("asked", "said"), [
    ({"metric": "scor"}, "metric: unknown metric 'scor'; did you mean 'score'"),
    ({"slice": "new=no"}, "slice: unknown slice 'new=no'; did you mean 'new=yes'"),
    ({"model": 7}, "model: unknown model '7'"),
    ({"since": "the spring"}, "since='the spring': give the number of a tick, or a time"),
    ({"over": "week"}, "over: unknown value 'week'"),
])  # fmt: skip
def test_what_there_is_not_is_refused(asked, said):
    with pytest.raises(ValueError, match=said):
        query({"weekly": run()}, **asked)
