"""Streams of which people ask that their rows be deleted."""

import numpy as np
import pandas as pd
import pytest

from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Capacity, Exponential, Missing
from clsim.streams.deletion import Deleting
from clsim.streams.faults import DuplicatedRows
from clsim.types import NEVER_TIME
from helpers.tables import Table


def deleted(stream, seed=1):
    return np.concatenate([batch.deleted for batch in stream.blocks(seed)])


def test_shares_and_waits():
    n = 40_000
    found = {share: deleted(Deleting(Synthetic(Sine(), n=n), Exponential(50), share))
             for share in (0.1, 0.3)}  # fmt: skip
    for share, times in found.items():
        asks = times != NEVER_TIME
        assert abs(asks.mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
        wait = (times - np.arange(n))[asks]
        assert abs(wait.mean() - 50) < 4 * 50 / np.sqrt(asks.sum()) + 1  # rows are whole
    few, many = found.values()
    asks = few != NEVER_TIME
    assert (many[asks] == few[asks]).all(), "a larger share has the same people ask"


def test_events_do_not_hang_on_those_after_them():
    short, long = (Deleting(Synthetic(Sine(), n=n), Exponential(50), 0.5) for n in (500, 40_000))
    assert deleted(short).tolist() == deleted(long)[:500].tolist()
    assert deleted(short, seed=2).tolist() != deleted(short).tolist()


def test_who_asks_has_all_of_theirs_deleted_and_comes_back_as_somebody_new():
    people = [7.0, 7.0, 9.0, 7.0, np.nan, np.nan, 9.0, 7.0, 7.0]
    table = Table([[who] for who in people], [0, 1, 0] * 3, blocks=3)
    times = deleted(Deleting(table, after=3, share=1, by="a"))
    # 7 asks at row 3, which is theirs too, and again 3 after row 7; 9 asks at 5, and 3 after row 6;
    # of whom nobody knows is somebody else each time
    assert times.tolist() == [3, 3, 5, 3, 7, 8, 9, 10, 10]
    group = np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])
    table = Table(np.zeros((9, 1)), [0, 1, 0] * 3, group=group, blocks=2)
    assert deleted(Deleting(table, after=30, share=1, by="group")).tolist() == [
        [30, 31][which] for which in group
    ]


def test_people_of_a_frame():
    frame = pd.DataFrame({"who": ["a", "b", None, "a"], "y": [0, 1, 0, 1]})
    times = deleted(Deleting(Recorded(frame, "y"), after=9, share=1, by="who"))
    assert times.tolist() == [9, 10, 11, 9]


def test_some_never_ask():
    times = deleted(Deleting(Synthetic(Sine(), n=4_000), Missing(0.5, 3), share=1))
    assert 1_800 < (times == NEVER_TIME).sum() < 2_200
    assert (deleted(Deleting(Synthetic(Sine(), n=50), 3, share=0)) == NEVER_TIME).all()


def test_the_first_request_counts():
    table = Table(np.zeros((4, 1)), [0, 1] * 2, deleted=[2, None, 9, 3])
    assert deleted(Deleting(table, after=2, share=1)).tolist() == [2, 3, 4, 3]


def test_rows_that_are_delivered_twice_go_together():
    stream = DuplicatedRows(Deleting(Synthetic(Sine(), n=300), after=7, share=0.5), share=0.2)
    [batch] = list(stream.blocks(1))
    asks = batch.deleted != NEVER_TIME
    assert len(batch.time) > 300
    assert (batch.deleted[asks] == batch.time[asks] + 7).all()


def test_a_log_says_when():
    at = pd.date_range("2024-01-01", periods=3, freq="D")
    frame = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [0, 1, 0], "at": at,
                          "asked": [at[2], pd.NaT, at[2]]})  # fmt: skip
    stream = Recorded(frame, "y", time="at", deleted="asked")
    assert stream.schema.features == ("x",)
    [batch] = stream.blocks(0)
    assert (batch.deleted - batch.time)[[0, 2]].tolist() == [2 * 86_400_000_000, 0]
    assert batch.deleted[1] == NEVER_TIME
    assert "66.7% of the events are deleted on request" in stream.describe()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Deleting(Synthetic(Sine(), n=9), 3, share=2), r"^share=2: must be at most 1"),
    (lambda: Deleting(Synthetic(Sine(), n=9), Capacity(3)), r"^after: a team's queue"),
    (lambda: Deleting(Synthetic(Sine(), n=9), 3, by="who"), r"^by: unknown column 'who'"),
    (lambda: deleted(Deleting(Synthetic(Sine(), n=9), "3d")), r"'3d': this stream has no time"),
    (lambda: Recorded(pd.DataFrame({"x": [1.0, 2], "y": [0, 1], "gone": [5, 0]}), "y",
                      deleted="gone"),
     r"^deleted='gone': the deletion of row 1 is earlier than its event"),
])  # fmt: skip
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_it_says_what_it_adds():
    stream = Deleting(Synthetic(Sine(), n=9), 3, by="x0" if "x0" in Sine().features else None)
    assert "0.05 of" in stream.describe()
    assert "deleted on request" in stream.describe()
