"""Features that stay in Parquet files: what is replayed is what the whole table would give."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.engine.knowledge import Knowledge
from clsim.engine.scratch import OnDisk
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded
from clsim.streams.tables.at_rest import STRETCH

ROWS = STRETCH + 40_000
SETTING = {"learner": GaussianNB(), "tick": "1d", "warmup": "2d", "seed": 1}


def log(kind, rows=ROWS):
    draws = np.random.default_rng(1)
    frame = pd.DataFrame(draws.normal(size=(rows, 3)).astype(kind), columns=["a", "b", "c"])
    frame.loc[::50, "c"] = np.nan
    frame["bought"] = np.where(frame["a"] > frame["b"], "yes", "no")
    seconds = pd.to_timedelta(np.arange(rows) * 20, unit="s")
    frame["time"] = pd.Timestamp("2024-01-01") + seconds
    return frame.fillna({"c": 7.5})


def in_folder(frame, folder, files=4):
    for number, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        folder.joinpath(f"month={number + 1}").mkdir(parents=True)
        frame.iloc[part].to_parquet(folder / f"month={number + 1}/part.parquet", index=False)
    return folder


@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_a_folder_is_replayed_like_the_table_that_it_holds(kind, tmp_path):
    frame = log(kind)
    folder = in_folder(frame, tmp_path / "log")
    tables = {
        "frame": Recorded(frame, "bought", time="time"),
        "folder": Recorded(folder, "bought", time="time", drop=["month"]),
    }
    strategy = {"it": Strategy(Periodic(3), SlidingWindow(3_000))}
    runs = [
        clsim.replay(stream, strategy, **SETTING, scratch=scratch)["it"]
        for stream in tables.values()
        for scratch in (None, tmp_path)
    ]
    for run in runs[1:]:
        pd.testing.assert_frame_equal(run.ticks, runs[0].ticks)
        assert run.info.draw == runs[0].info.draw
    assert len(list(tables["folder"].blocks(0))) == 2  # a stretch, whatever files it lies in
    np.testing.assert_array_equal(tables["folder"].whole().X, tables["frame"].whole().X)


def test_short_floats_stay_short_on_disk_and_are_read_as_what_they_were(tmp_path):
    folder = in_folder(log("float32"), tmp_path / "log")
    stream = Recorded(folder, "bought", time="time", drop=["month"])
    world = Knowledge.of(stream, seed=1, tick="1d", scratch=tmp_path)
    assert isinstance(world.timeline.X, OnDisk)
    assert world.timeline.X.bytes == ROWS * 3 * 4
    found = world.timeline.X_at(slice(0, 10))
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, stream.whole().X[:10])


def test_rows_without_a_label_are_left_out_of_the_features_too(tmp_path):
    frame = log("float64", 100)
    frame.loc[[3, 50], "bought"] = None
    frame.to_parquet(tmp_path / "log.parquet", index=False)
    stream = Recorded(tmp_path / "log.parquet", "bought", time="time", unlabelled="leave out")
    assert stream.whole().X[:, 0].tolist() == frame["a"].drop([3, 50]).tolist()
    (batch,) = stream.blocks(0)
    assert batch.X[:, 0].tolist() == frame["a"].drop([3, 50]).tolist()


def test_a_whole_number_that_no_float_holds_is_refused(tmp_path):
    table = pa.table({"x": pa.array([1, 2**53 + 1], pa.int64()), "y": [0, 1]})
    pyarrow.parquet.write_table(table, tmp_path / "log.parquet")
    with pytest.raises(ValueError, match=r"column 'x', row 1: no float holds 9007199254740993"):
        next(Recorded(tmp_path / "log.parquet", "y").blocks(0))


def test_a_file_that_changes_under_the_stream_is_refused(tmp_path):
    frame = log("float64", 100)
    frame.to_parquet(tmp_path / "log.parquet", index=False)
    stream = Recorded(tmp_path / "log.parquet", "bought", time="time")
    frame[:60].to_parquet(tmp_path / "log.parquet", index=False)
    with pytest.raises(ValueError, match=r"has changed|cannot be read"):
        list(stream.blocks(0))
