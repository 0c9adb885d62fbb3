"""What a row takes, beside its features: a slope between two lengths, so that constants fall out.

Ten features of 8 bytes, two classes, time, a constant delay and one column of slices.
"""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant
from clsim.streams.groups import Groups

LENGTHS = 200_000, 400_000
FEATURES = 80
SETTING = {"tick": "1d", "warmup": "1d", "seed": 1, "delay": Constant("1d")}


def generated(rows):
    groups = {"country": Groups({"a": 0.7, "b": 0.3})}
    return Synthetic(Logistic(), n=rows, rate="20000/d", groups=groups)


def table(rows):
    draws = np.random.default_rng(1)
    frame = pd.DataFrame(draws.random((rows, 10)), columns=[f"x{k}" for k in range(10)])
    frame["x9"] = frame["x9"].round()
    frame["y"] = (frame["x0"] < frame["x1"]).astype(int)
    frame["time"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(
        np.arange(rows) * 4_320_000, unit="us"
    )
    return frame


def logged(rows):
    return Recorded(table(rows), "y", time="time", slices="x9")


def bytes_of(make, job):
    """Bytes a row that a job leaves, and that there are at the most while it runs."""
    rest, peak = [], []
    job(make(50_000))  # what is imported and kept once is no part of it
    for rows in LENGTHS:
        stream = make(rows)
        tracemalloc.start()
        kept = job(stream)
        held, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        del kept
        rest.append(held)
        peak.append(most)
    return np.diff(rest)[0] / np.diff(LENGTHS)[0], np.diff(peak)[0] / np.diff(LENGTHS)[0]


def test_a_generated_row_takes_10_bytes_beside_its_features_and_few_more_on_the_way():
    rest, peak = bytes_of(generated, lambda stream: Knowledge.of(stream, **SETTING))
    assert rest == pytest.approx(FEATURES + 8 + 1 + 1, abs=0.5)  # time, class, slice
    assert peak < FEATURES + 16


def test_a_log_that_is_read_takes_as_much():
    def read(frame):
        return Recorded(frame, "y", time="time", slices="x9")

    assert bytes_of(table, read)[0] == pytest.approx(FEATURES + 8 + 1 + 1, abs=0.5)


def test_what_a_log_holds_is_held_once():
    rest, peak = bytes_of(logged, lambda stream: Knowledge.of(stream, **SETTING))
    assert rest == pytest.approx(1, abs=0.5)  # a class
    assert peak < 24


@pytest.mark.slow
def test_a_strategy_takes_a_byte_a_row_and_scoring_less_than_loading():
    def replayed(count):
        strategies = {
            str(k): Strategy(Periodic(1, phase=0), SlidingWindow("3d")) for k in range(count)
        }
        return lambda stream: clsim.replay(stream, strategies, learner=GaussianNB(), **SETTING)

    few, many = (bytes_of(generated, replayed(count))[1] for count in (1, 5))
    assert many - few <= 4 * 1.25
    assert few < FEATURES + 16
