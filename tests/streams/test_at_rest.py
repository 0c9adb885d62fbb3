"""Features that stay in Parquet files: what is replayed is what the whole table would give."""

import tracemalloc

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


def at(seconds):
    """Moments; missing ones where a number is missing."""
    return pd.Timestamp("2024-01-01") + pd.to_timedelta(pd.Series(seconds), unit="s")


COLUMNS = {
    "times": {"time": "time", "label_time": "known", "available": "loaded", "deleted": "gone"},
    "with a zone": {"time": "zoned", "label_time": "zoned_known"},
    "days": {"time": "day"},
    "as text": {"time": "written", "label_time": "written_known"},
    "at an interval": {"start": "2024-01-01", "every": "20s", "label_time": "known"},
    "in rows": {"label_time": "row"},
    "a target": {"label": "target", "time": "time"},
    "with production": {"served": "said", "complained": "known", "slices": "c", "time": "time"},
}


def with_times(rows):
    """A log with columns of times of all kinds; every fifth row has no label, nor an answer."""
    frame = log("float64", rows)
    seconds = np.arange(rows) * 20.0
    late = np.where(np.arange(rows) % 3 == 0, np.nan, seconds + 500)
    frame["known"], frame["loaded"], frame["gone"] = at(late), at(seconds + 900), at(late + 5_000)
    frame["zoned"] = frame["time"].dt.tz_localize("Europe/Berlin")
    frame["zoned_known"] = frame["known"].dt.tz_localize("Europe/Berlin")
    frame["day"] = frame["time"].dt.date
    frame["written"] = frame["time"].dt.strftime("%Y-%m-%d %H:%M:%S")
    frame["written_known"] = frame["known"].dt.strftime("%Y-%m-%d %H:%M:%S")
    frame["row"] = np.where(np.isnan(late), np.inf, np.arange(rows) + 7.5)
    frame["target"], frame["said"] = frame["a"] + 100, frame["bought"]
    frame["c"] = (frame["c"] > 0).astype(float)
    frame.loc[::5, ["bought", "said"]] = None
    frame.loc[::5, "target"] = np.nan
    return frame


@pytest.mark.parametrize("kind", COLUMNS)
def test_columns_that_are_read_again_are_what_they_were(kind, tmp_path, monkeypatch):
    monkeypatch.setattr("clsim.streams.tables.at_rest.STRETCH", 64)
    frame, given = with_times(300), COLUMNS[kind]
    used = ["a", "b", "c", given.get("label", "bought"), *map(given.get, given)]
    frame = frame[[column for column in frame if column in used]]
    options = {"label": "bought", "unlabelled": "leave out", **given}
    held = Recorded(frame, **options)
    read = Recorded(in_folder(frame, tmp_path / "log"), drop=["month"], **options)
    assert len(list(read.blocks(0))) > 2
    assert read.describe() == held.describe()
    whole, blocks = held.whole(), list(read.blocks(0))
    for name in ("X", "y", "time", "label_time", "available", "complaints", "deleted"):
        wanted, found = getattr(whole, name), getattr(read.whole(), name)
        np.testing.assert_array_equal(found, wanted)
        if wanted is not None:
            parts = np.concatenate([getattr(block, name) for block in blocks])
            np.testing.assert_array_equal(parts, wanted)
            assert parts.dtype == wanted.dtype


def test_a_row_of_a_log_takes_the_byte_of_its_class_and_one_of_its_slice(tmp_path):
    """Neither the features nor any time, before, while and after it is put into a folder."""
    setting = {"seed": 1, "tick": "1d", "scratch": tmp_path}
    options = {"time": "time", "label_time": "known", "slices": "d"}
    held = []
    for rows in (50_000, 150_000):
        frame = log("float32", rows).assign(d=np.arange(rows) % 2)
        frame["known"] = frame["time"] + pd.Timedelta(days=1)
        frame.to_parquet(tmp_path / "log.parquet", index=False)
        tracemalloc.start()
        stream = Recorded(tmp_path / "log.parquet", "bought", **options)
        alone = tracemalloc.get_traced_memory()[0]
        world = Knowledge.of(stream, **setting)
        held.append((alone, tracemalloc.get_traced_memory()[0]))
        tracemalloc.stop()
        del world
    assert np.diff(held, axis=0)[0] / 100_000 == pytest.approx(2, abs=0.3)


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
