"""Features on disk: the same numbers, and none of the memory."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.knowledge import Knowledge
from clsim.engine.scratch import CHUNK, KEPT, OnDisk
from clsim.monitoring import FeatureDistribution
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Exponential


def test_rows_are_read_as_they_were_written_in_any_order(tmp_path):
    n = CHUNK * (KEPT + 2) + 3
    values = np.arange(n, dtype=float)[:, None]
    array = OnDisk(tmp_path)
    for block in np.array_split(values, 7):
        array.add(block)
    array = array.whole()
    rows, some = np.random.default_rng(1).integers(0, n, 5_000), slice(CHUNK - 1, 2 * CHUNK + 1)
    np.testing.assert_array_equal(array[rows], values[rows])
    np.testing.assert_array_equal(array[some], values[some])
    assert array[n:].shape == (0, 1)
    assert list(tmp_path.iterdir()) == []  # the file has no name, so nothing is left behind


def test_a_replay_gives_the_same_tables(tmp_path):
    stream = Synthetic(Logistic(), n=40_000)
    monitors = {"inputs": FeatureDistribution("kolmogorov_smirnov", window=300)}
    strategies = {
        "window": Strategy(Periodic(4), SlidingWindow(2_000), monitors=monitors),
        "all": Strategy(Periodic(9), All(), offline=ChampionChallenger()),
    }
    held, read = (
        clsim.replay(
            stream, strategies, learner=GaussianNB(), tick=1_000, warmup=3_000,
            delay=Exponential(500), record="events", scratch=scratch,
        )
        for scratch in (None, tmp_path)
    )  # fmt: skip
    for name, run in held.items():
        pd.testing.assert_frame_equal(run.ticks, read[name].ticks)
        pd.testing.assert_frame_equal(run.predictions, read[name].predictions)
        pd.testing.assert_frame_equal(
            run.events.drop(columns="seconds"), read[name].events.drop(columns="seconds")
        )
    pd.testing.assert_frame_equal(held["window"].signals, read["window"].signals)


def test_features_take_no_memory(tmp_path):
    held = []
    for rows in (200_000, 400_000):
        tracemalloc.start()
        world = Knowledge.of(Synthetic(Logistic(), n=rows), seed=1, tick=1_000, scratch=tmp_path)
        held.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        del world
    assert (held[1] - held[0]) / 200_000 < 16  # times and classes; features have 80


def test_categories_are_refused(tmp_path):
    stream = Recorded(pd.DataFrame({"x": ["a", "b"] * 20, "y": [0, 1] * 20}), "y")
    with pytest.raises(TypeError, match="scratch: the features of this stream are a frame"):
        Knowledge.of(stream, seed=1, tick=5, scratch=tmp_path)
