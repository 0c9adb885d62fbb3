"""Ticks and arrivals, by hand."""

import numpy as np
import pytest

from clsim.engine.knowledge import Knowledge
from clsim.streams.delays import Constant
from clsim.types import NEVER
from helpers.tables import Table


def world(n=10, *, tick, time=None, label_time=None, warmup=0, delay=None, blocks=1):
    table = Table(np.arange(2 * n).reshape(n, 2), np.arange(n) % 2, time=time,
                  label_time=label_time, blocks=blocks)  # fmt: skip
    return Knowledge.of(table, seed=0, tick=tick, warmup=warmup, delay=delay)


def test_ticks_of_rows():
    it = world(10, tick=3, warmup=2)
    assert it.timeline.n_ticks == 3
    assert it.timeline.first.tolist() == it.timeline.starts.tolist() == [2, 5, 8, 10]
    assert it.timeline.tick_of.tolist() == [-1, -1, 0, 0, 0, 1, 1, 1, 2, 2]


@pytest.mark.parametrize("k", [0, 1, 2, 5])
def test_label_i_is_visible_before_event_i_plus_k_and_0_is_1(k):
    it = world(12, tick=1, delay=Constant(k))
    expected = [i + max(k, 1) for i in range(12)]
    assert it.known.arrives.tolist() == [t if t < 12 else NEVER for t in expected]
    for tick in range(12):
        assert it.training.at(tick).tolist() == list(range(max(0, tick + 1 - max(k, 1))))
        assert it.training.latest(tick, 2).tolist() == it.training.at(tick)[-2:].tolist()


def test_a_label_waits_for_the_start_of_a_tick():
    # ticks of 5 rows start at 0, 5, 10, 15; row 3 with delay 4 is known at time 7: at tick 2
    it = world(20, tick=5, delay=Constant(4))
    assert it.known.arrives[:7].tolist() == [1, 1, 2, 2, 2, 2, 2]


def test_without_a_delay_labels_arrive_in_the_next_tick():
    assert world(6, tick=2).known.arrives.tolist() == [1, 1, 2, 2, NEVER, NEVER]


def test_ticks_of_time_may_be_empty():
    it = world(5, tick="10us", time=[100, 105, 140, 140, 151])
    assert it.timeline.starts.tolist() == [100, 110, 120, 130, 140, 150, 160]
    assert it.timeline.first.tolist() == [0, 2, 2, 2, 2, 4, 5]
    assert it.timeline.tick_of.tolist() == [0, 0, 4, 4, 5]
    assert it.known.arrives.tolist() == [1, 1, 5, 5, NEVER]
    assert it.known.arrived(1).tolist() == [0, 1]
    assert it.known.arrived(3).tolist() == []
    assert it.known.counts.tolist() == [0, 2, 2, 2, 2, 4]


def test_a_warm_up_of_time_ends_where_ticks_begin():
    it = world(5, tick="10us", time=[0, 7, 20, 21, 39], warmup="8us")
    assert it.timeline.n_warm == 2
    assert it.timeline.starts.tolist() == [8, 18, 28, 38, 48]
    assert it.timeline.first.tolist() == [2, 2, 4, 4, 5]


def test_a_warm_up_of_rows_starts_the_clock_at_the_first_event_served():
    it = world(5, tick="10us", time=[0, 7, 20, 21, 39], warmup=2)
    assert it.timeline.starts.tolist() == [20, 30, 40]
    assert it.timeline.first.tolist() == [2, 4, 5]


def test_the_warm_up_may_end_between_events_of_one_time():
    it = world(5, tick="10us", time=[0, 7, 7, 7, 18], warmup=2)
    assert it.timeline.first.tolist() == [2, 4, 5]
    assert it.timeline.tick_of.tolist() == [-1, -1, 0, 0, 1]


def test_labels_of_the_warm_up_are_known_by_its_end_or_never():
    late = [9, None, 2, 3, None, 99, 6, 7]
    it = world(8, tick=2, warmup=3, label_time=late)
    assert it.known.arrives.tolist() == [0, NEVER, 0, 1, NEVER, NEVER, 2, NEVER]
    assert it.training.at(0).tolist() == [0, 2]
    assert it.training.at(2).tolist() == [0, 2, 3, 6]


def test_labels_that_come_out_of_order():
    it = world(6, tick=1, label_time=[4, 2, 5, 3, 5, 5])
    assert it.known.arrives.tolist() == [4, 2, 5, 4, 5, NEVER]
    assert [it.known.arrived(t).tolist() for t in range(6)] == [[], [], [1], [], [0, 3], [2, 4]]
    assert it.training.at(4).tolist() == [0, 1, 3]
    assert it.training.latest(5, 3).tolist() == [2, 3, 4]
    assert it.training.at(5, it.timeline.row_at(2)).tolist() == [2, 3, 4]


def test_latest_looks_back_as_far_as_it_must():
    due = [0, 1, *[None] * 60, 62]
    it = world(64, tick=1, label_time=[*due, None])
    assert it.training.latest(63, 2).tolist() == [1, 62]
    assert it.training.latest(63, 9).tolist() == [0, 1, 62]


def test_blocks_make_one_stream():
    whole, parts = world(10, tick=3), world(10, tick=3, blocks=4)
    np.testing.assert_array_equal(whole.timeline.X, parts.timeline.X)
    np.testing.assert_array_equal(whole.known.arrives, parts.known.arrives)


def test_rows_of_features():
    it = world(5, tick=1)
    assert it.timeline.X_of(np.array([1, 2])).tolist() == [[2, 3], [4, 5]]
    assert it.timeline.X_of(np.array([0, 3])).tolist() == [[0, 1], [6, 7]]
    assert it.timeline.X_at(slice(3, 5)).tolist() == [[6, 7], [8, 9]]
    assert it.timeline.X_of(np.array([1, 2])).base is not None, "consecutive rows are not copied"


@pytest.mark.parametrize(("setting", "message"), [
    ({"tick": "1d"}, r"^tick='1d': this stream has no time; give a number of rows"),
    ({"tick": 1, "warmup": "1d"}, r"^warmup='1d': this stream has no time; give a number of rows"),
    ({"tick": 0}, r"^tick=0: must be above 0"),
    ({"tick": -2}, r"^tick=-2: must be"),
    ({"tick": 1, "warmup": 10}, r"^warmup=10: the stream has 10 events, .*; shorten it"),
    ({"tick": "soon"}, r"^tick='soon': not a duration; write .* such as '7d'"),
    ({"tick": 1, "delay": Constant("1d")}, r"^delay='1d': this stream has no time; give a number"),
    ({"tick": 1, "time": range(10), "delay": Constant(3)}, r"^delay=3: .*such as '3d'"),
    ({"tick": 1, "label_time": [0, 1, 1, *range(3, 10)]},
     r"^stream: the label of row 2 is known before its event; give times at or after"),
])  # fmt: skip
def test_what_does_not_fit_the_stream_is_refused(setting, message):
    with pytest.raises(ValueError, match=message):
        world(10, **setting)


def test_a_warm_up_longer_than_the_stream_is_refused():
    with pytest.raises(ValueError, match=r"^warmup='1h': .*shorten it, or lengthen the stream"):
        world(3, tick="1s", time=[0, 5, 9], warmup="1h")


@pytest.mark.parametrize("blocks", [0, 1])
def test_an_empty_stream_is_refused(blocks):
    class Nothing(Table):
        def blocks(self, seed):
            return list(super().blocks(seed))[:blocks]

    with pytest.raises(ValueError, match="stream: it has no events"):
        Knowledge.of(Nothing(np.empty((0, 2)), []), seed=0, tick=1)
