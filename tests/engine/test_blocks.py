"""Twins of a log: whole seasons of its warm-up in random order, and nothing of what is scored."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Blocks
from clsim.engine.blocks import Reordered
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.triggers import Performance, Periodic
from clsim.streams import Recorded

DAY = 86_400_000_000
SETTING = {"tick": "1d", "warmup": "60d"}


def log(rows=1200, *, wait="36h", change=0):
    """One event every two hours, from a Monday; the warm-up of 60 days has 720 rows."""
    rng = np.random.default_rng(5)
    at = pd.Timestamp("2024-01-01") + pd.to_timedelta(2 * np.arange(rows), unit="h")
    x = rng.normal(size=rows)
    y = (x + rng.normal(size=rows) > 0).astype(int)
    waits = pd.to_timedelta(np.arange(rows) % 5, unit="h") + pd.Timedelta(wait)
    frame = pd.DataFrame({"x": x, "row": np.arange(rows), "at": at, "known": at + waits, "y": y})
    if change:  # all that is known of every row after the warm-up, but for when it was
        later = np.arange(rows) >= 720
        frame.loc[later, "x"] += change
        frame.loc[later, "y"] = 1 - frame.loc[later, "y"]
        frame.loc[later, "known"] = frame["at"] + pd.Timedelta("1h")
    return Recorded(frame, label="y", time="at", label_time="known")


def twin(blocks, seed=0, stream=None, **setting):
    world = Knowledge.of(stream or log(), seed=0, **{**SETTING, **setting})
    made = Reordered(world, blocks)
    (batch,) = made.blocks(seed)
    return world.timeline.events, made, batch


@pytest.mark.parametrize(("blocks", "seasons"), [
    (Blocks("2d", "20d"), 20), (Blocks("2d", "19d"), 20), (Blocks("1d", "20d", seasons=2), 40),
])  # fmt: skip
def test_rows_keep_their_label_their_wait_and_their_place_in_the_season(blocks, seasons):
    events, made, drawn = twin(blocks)
    assert (made.seasons, made.warmup) == (seasons, f"{20 * DAY}us")
    row = drawn.X[:, 1].astype(int)  # which row of the log each one is
    np.testing.assert_array_equal(row[:240], np.arange(240))  # the front as it was
    assert set(row[240:]) <= set(range(240, 720))  # and then nothing but the rest of the warm-up
    np.testing.assert_array_equal(drawn.y, events.y[row])
    waits = events.label_time - events.time
    np.testing.assert_array_equal(drawn.label_time - drawn.time, waits[row])
    season = DAY if blocks.seasons == 2 else 2 * DAY
    assert not ((drawn.time - events.time[row]) % season).any()
    np.testing.assert_array_equal(drawn.time, events.time[:720])  # events are evenly spaced
    # within a block rows follow each other, from the last to the first of the part
    length = 24
    steps = np.diff(row[240:].reshape(-1, length), axis=1)
    assert set(np.unique(steps)) <= {1, -479}
    assert len(np.unique(np.diff(row[240::length]))) > 5  # in random order


def test_each_seed_draws_its_own_and_the_same_again():
    rows = [twin(Blocks("2d", "20d"), seed)[2].X[:, 1] for seed in (1, 1, 2)]
    assert np.array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], rows[2])


def test_a_log_that_counts_rows():
    frame = pd.DataFrame({"x": np.arange(1000.0), "y": np.arange(1000) % 2})
    _, made, drawn = twin(Blocks(30, 100), stream=Recorded(frame, label="y"), tick=50, warmup=725)
    assert (made.seasons, made.warmup) == (20, 125)
    np.testing.assert_array_equal(drawn.time, np.arange(125 + 275))
    assert (drawn.X[125:, 0] >= 125).all()
    assert (drawn.X[125:, 0] < 725).all()


def test_what_is_scored_is_never_looked_at():
    def found(stream):
        return clsim.calibrate(
            stream, lambda drop: Strategy(Performance(drop=drop, window=100)),
            [0.02, 0.05, 0.1, 0.2], false_alarms="9/y", blocks=Blocks("2d", "20d"), twins=4,
            learner=GaussianNB(), **SETTING,
        )  # fmt: skip

    one, other = found(log()), found(log(change=7))
    assert one.table.equals(other.table)
    assert one.table["trainings"].max() > 0
    assert one.value == other.value
    assert not one.knows_world
    assert one.note.startswith(
        "Calibrated on the log: the last 20 seasons of its warm-up, on which"
    )


def test_the_rate_is_counted_on_twins_as_long_as_what_is_scored():
    found = clsim.calibrate(
        log(), lambda ticks: Strategy(Periodic(int(ticks))), [10, 20, 30], false_alarms="1/20d",
        blocks=Blocks("2d", "20d"), twins=2, learner=GaussianNB(), **SETTING,
    )  # fmt: skip
    # the log goes on for 40 days: every 10 days at 10, 20, 30; every 20 days at 20; at 30
    assert found.table["trainings"].tolist() == [3, 1, 1, 3, 1, 1]
    assert (found.value, found.rate.mean) == (20, 0.5)


@pytest.mark.parametrize(("given", "message"), [
    ((Blocks("2d", "21d"), {}), r"^blocks: the warm-up has 19 of 2 days after trained='21d'"),
    ((Blocks("1d", "20d", seasons=3), {}), r"^blocks: the warm-up has 13 of 3 days after"),
    ((Blocks("2d", "90d"), {}), r"^blocks: the warm-up has 0 of 2 days"),
    ((Blocks("1d", "20d"), {}), r"^blocks: of 1 day, and some labels .* wait for 40 hours"),
    ((Blocks(7, "20d"), {}), r"^blocks.season=7: this stream has time; give a duration"),
    ((Blocks("7d", 0), {}), r"^blocks.trained=0: must be above 0"),
])  # fmt: skip
def test_refused(given, message):
    blocks, setting = given
    with pytest.raises(ValueError, match=message):
        clsim.calibrate(
            log(**setting), lambda ticks: Strategy(Periodic(int(ticks))), [10, 20],
            false_alarms="1/20d", blocks=blocks, learner=GaussianNB(), **SETTING,
        )  # fmt: skip


def test_blocks_of_no_season_are_refused():
    with pytest.raises(ValueError, match=r"^blocks.seasons=0: must be at least 1"):
        Blocks("7d", "20d", seasons=0)


def test_a_log_without_blocks_is_told_of_them():
    with pytest.raises(ValueError, match=r"^Recorded has no quiet version: .* say blocks, to make"):
        clsim.calibrate(
            log(), lambda ticks: Strategy(Periodic(int(ticks))), [10, 20], false_alarms="1/20d",
            learner=GaussianNB(), **SETTING,
        )  # fmt: skip
