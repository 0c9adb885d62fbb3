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
from clsim.strategy.given import NoModel
from clsim.strategy.logging import Sample
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Canary, Shadow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Exponential
from clsim.streams.deletion import Deleting
from helpers.tables import Table


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


def test_so_it_does_whoever_answers_and_whatever_is_kept(tmp_path):
    stream = Deleting(Synthetic(Logistic(), n=12_000), Exponential(2_000), 0.2)
    strategies = {
        "shadow": Strategy(Periodic(3), SlidingWindow(900), online=Shadow(2_000)),
        "canary": Strategy(Periodic(4), SlidingWindow(900), online=Canary(1_000, [0.1, 0.5])),
        "half": Strategy(Periodic(4), SlidingWindow(900), logging=Sample(0.5, retention=3_000)),
        "none": NoModel("last"),
    }
    held, read = (
        clsim.replay(
            stream, strategies, learner=GaussianNB(), tick=500, warmup=1_000, scratch=scratch,
            delay=Exponential(700), loss=[[0, 1], [3, 0]], metrics=["auc"],
        )
        for scratch in (None, tmp_path)
    )  # fmt: skip
    for name, run in held.items():
        assert (run.served is None) == (name in ("half", "none"))
        for table in ("ticks", "confusion", "metrics", *["served"] * (run.served is not None)):
            pd.testing.assert_frame_equal(getattr(run, table), getattr(read[name], table))


@pytest.mark.parametrize("delay", [None, Exponential(3_000)])
def test_a_row_takes_no_memory(tmp_path, monkeypatch, delay):
    """Not even a byte, of columns that have 90 and, where labels come in any order, 106."""
    monkeypatch.setattr("clsim.engine.scratch.KEPT", 2)  # else a stream so short is kept whole
    peak = []
    for rows in (200_000, 400_000):
        tracemalloc.start()
        stream = Synthetic(Logistic(), n=rows)
        strategy = {"it": Strategy(Periodic(4), SlidingWindow(10_000))}
        clsim.replay(
            stream, strategy, learner=GaussianNB(), tick=5_000, warmup=10_000, delay=delay,
            scratch=tmp_path,
        )  # fmt: skip
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peak[1] - peak[0]) / 200_000 < 1


@pytest.mark.slow
def test_so_it_is_where_every_event_is_recorded_and_written(tmp_path, monkeypatch):
    """Of tables that would take 170 bytes a row each; what else there is differs by 10 or so."""
    monkeypatch.setattr("clsim.engine.scratch.KEPT", 2)
    monkeypatch.setattr("clsim.runs.pieces.ROWS", 1 << 13)
    strategies = {str(k): Strategy(Periodic(k), SlidingWindow(5_000)) for k in (3, 4)}
    peak = []
    for rows in (60_000, 120_000):
        tracemalloc.start()
        stream = Synthetic(Logistic(), n=rows)
        runs = clsim.replay(
            stream, strategies, learner=GaussianNB(), tick=5_000, warmup=10_000, record="events",
            scratch=tmp_path,
        )  # fmt: skip
        for name, run in runs.items():
            run.save(tmp_path / name)
        peak.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert (peak[1] - peak[0]) / 60_000 < 30


@pytest.mark.parametrize("scratch", [None, True])
def test_a_feature_that_begins_late_is_found_where_it_begins(tmp_path, scratch):
    values = np.full((3 * CHUNK, 2), 0.5)
    values[: 2 * CHUNK + 7, 1] = np.nan
    stream = Table(values, np.arange(len(values)) % 2, blocks=5)
    timeline = Knowledge.of(
        stream, seed=1, tick=100, scratch=tmp_path if scratch else None
    ).timeline
    assert timeline.begins(timeline.schema.features[0]) == 0
    assert timeline.begins(timeline.schema.features[1]) == 2 * CHUNK + 7


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path):
    stream, strategy = Synthetic(Logistic(), n=10), {"it": Strategy(Periodic(1))}
    (tmp_path / "file").touch()
    for folder in (tmp_path / "nowhere", tmp_path / "file"):
        with pytest.raises(ValueError, match="there is no such folder; make it first"):
            clsim.replay(stream, strategy, learner=GaussianNB(), tick=1, scratch=folder)


def test_categories_are_refused(tmp_path):
    stream = Recorded(pd.DataFrame({"x": ["a", "b"] * 20, "y": [0, 1] * 20}), "y")
    with pytest.raises(TypeError, match="scratch: the features of this stream are a frame"):
        Knowledge.of(stream, seed=1, tick=5, scratch=tmp_path)
