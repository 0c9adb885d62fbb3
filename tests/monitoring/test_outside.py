"""Signals and alerts that others have measured."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FromFile
from clsim.strategy import Strategy
from clsim.strategy.triggers import Never, Threshold
from helpers.tables import Table

DAY = 86_400_000_000


def replay(strategy, time=None, tick=10, warmup=20):
    table = Table(np.arange(60.0)[:, None], [0, 1] * 30, time=time)
    return clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=tick, warmup=warmup)[
        "it"
    ]


def scores():
    # ticks start at rows 20, 30, 40, 50; a value at row 30 is there when the tick begins
    return pd.DataFrame({"time": [12, 25, 29, 30, 31, 55], "value": [9, 1, 2, 3, 4, 5.0]})


def test_the_last_value_since_the_tick_before(tmp_path):
    frame = scores()
    frame.to_csv(tmp_path / "scores.csv", index=False)
    frame.to_parquet(tmp_path / "scores.parquet")
    for data in (frame, tmp_path / "scores.csv", str(tmp_path / "scores.parquet")):
        run = replay(Strategy(Threshold(FromFile(data), above=3.5)))
        assert run.signals[["tick", "value", "alarm"]].to_numpy().tolist() == [
            [0, 9.0, True], [1, 3.0, False], [2, 4.0, True]]  # fmt: skip
        assert run.events.loc[run.events["kind"] == "train", "tick"].tolist() == [0, 2]


def test_values_of_several_features_by_date():
    frame = pd.DataFrame({
        "at": ["1970-01-12T06:00+02:00", "1970-01-13T00:00Z", "1970-01-20 00:00:00+00:00"],
        "psi": [0.1, 0.2, 0.3], "feature": ["a", "b", "a"],
    })  # fmt: skip
    monitor = FromFile(frame, time="at", value="psi", of="feature")
    run = replay(
        Strategy(Never(), monitors={"psi": monitor}), [i * DAY // 2 for i in range(60)], "5d", "10d"
    )
    # ticks start on the days 10, 15, 20 and 25 since 1970-01-01
    assert run.signals[["tick", "of", "value"]].to_numpy().tolist() == [
        [1, "a", 0.1], [1, "b", 0.2], [2, "a", 0.3]]  # fmt: skip


def watched(data):
    return Strategy(Never(), monitors={"it": FromFile(data)})


def at(*times):
    return pd.DataFrame({"time": times, "value": 1.0})


WORDS = pd.DataFrame({"time": [1], "value": ["high"]})
DATES = pd.DataFrame({"time": ["2024-01-01"], "value": [1.0]})
DAYS = [i * DAY for i in range(60)]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: FromFile("nowhere.csv"), r"^data='nowhere.csv': no such file"),
    (lambda: FromFile([1]), r"^data=\[1\]: expected a table, or the path"),
    (lambda: FromFile(scores(), value="score"), r"^data: unknown column 'score'"),
    (lambda: FromFile(WORDS), r"'value' holds 'high', which is no number"),
    (lambda: replay(watched(scores()), DAYS, "5d", "10d"), r"'time' must hold dates, since"),
    (lambda: replay(watched(DATES)), r"'time' must hold rows, since"),
    (lambda: replay(watched(at(12, 25.5))), r"'time' holds 25.5 in row 1, which is no whole"),
    (lambda: replay(watched(at("1970-01-12", None)), DAYS, "5d", "10d"), r"row 1, which is no"),
    (lambda: replay(watched(at("1970-01-12 06:00", "1970-01-12T06:00+02")), DAYS, "5d", "10d"),
     r"holds '1970-01-12T06:00\+02' in row 1, with a time zone, and other rows have none"),
])  # fmt: skip
def test_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()
