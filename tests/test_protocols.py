"""Streams and delays that have the least get the defaults for the rest, in one place."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.protocols import Delay, Stream, as_delay, as_stream
from clsim.strategy import Strategy
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic, delays
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import Sine
from clsim.streams.faults import DroppedRows, NullFeature
from clsim.streams.feedback import Selective
from clsim.streams.resampled import Resampled
from clsim.types import Batch, Response, Schema, Told


class Least:
    """A stream of a user's: what no stream can do without."""

    schema = Schema(("x",), "classification", np.array([0, 1]), False)

    def blocks(self, seed):
        for low in (0, 40, 70):
            time = np.arange(low, low + 40 if low == 0 else low + 30)
            yield Batch(time[:, None] % 7.0, time % 2, time)


class Later:
    """A delay of a user's: what no delay can do without."""

    def __init__(self, delay=None):
        self.delay = delay

    def label_times(self, events, schema, clock, seed):
        return events.time + 3


def test_what_ships_has_its_base():
    for module in (delays,):
        assert all(issubclass(getattr(module, name), Delay) for name in module.__all__)
    assert isinstance(Selective(Synthetic(Sine(), n=9)), Stream)
    stream = Synthetic(Sine(), n=9)
    assert as_stream(stream) is stream
    assert as_stream(as_stream(Least())).class_name == "Least"


def test_the_least_stream_and_the_least_delay_are_replayed():
    strategies = {"it": Strategy(Periodic(2))}
    given = {"learner": GaussianNB(), "tick": 10, "warmup": 20}
    run = clsim.replay(Least(), strategies, delay=Later(), **given)["it"]
    assert run.totals["n"] == 80
    same = clsim.replay(Least(), strategies, delay=delays.Constant(3), **given)["it"]
    pd.testing.assert_frame_equal(run.ticks, same.ticks)


def test_the_least_stream_has_defaults():
    stream = as_stream(Least())
    assert (stream.drift_events(1), stream.files(), stream.describe()) == ([], (), "")
    assert stream.truth(np.arange(3), 1) is None
    assert not stream.responds
    assert stream.respond(None, "state", 1).state == "state"
    assert stream.block(1, 2).time.tolist() == list(range(70, 100))
    with pytest.raises(IndexError, match=r"^number=3: the stream has fewer blocks"):
        stream.block(1, 3)
    fault = NullFeature(Warehouse(Least(), every=5), "x", 0.5)
    assert fault.describe().splitlines()[0] == "Least"
    assert [layer.class_name for layer in fault.layers()] == ["NullFeature", "Warehouse", "Least"]
    for one, other in pairwise([fault.block(1, 1), list(fault.blocks(1))[1]]):
        np.testing.assert_array_equal(one.X, other.X)
        assert one.available.tolist() == other.available.tolist()


def test_what_a_stream_calls_its_stream_may_be_something_else():
    given = Least()
    given.stream = open
    assert [layer.class_name for layer in as_stream(given).layers()] == ["Least"]
    given.stream = Least()
    assert [layer.class_name for layer in as_stream(given).layers()] == ["Least", "Least"]


def test_the_least_delay_has_defaults():
    delay = as_delay(Later())
    assert delay.told(None, None, None, 1) is None
    assert not delay.tells
    assert not delay.queues
    assert as_delay(Later(delays.Missing(0.5, delays.Capacity(9)))).queues
    listed = Later()
    listed.delays = [1, 2]
    assert not as_delay(listed).queues
    assert delays.ByClass({0: 1}, default=Later(delays.Capacity(9))).queues


def test_what_is_no_stream_and_no_delay_is_refused():
    with pytest.raises(TypeError, match=r"^stream=5: expected a stream; of a log, Recorded"):
        NullFeature(5, "x")
    with pytest.raises(TypeError, match=r"^delay='7d': expected a delay, such as Constant"):
        as_delay("7d")


def test_who_can_respond_or_tell_says_so():
    class Answers(Synthetic):
        def respond(self, served, state, seed):
            return Response()

    class Silent(Answers):
        responds = False

    class Tells(delays.Constant):
        def told(self, events, schema, clock, seed):
            return Told()

    assert Answers(Sine(), n=9).responds
    assert not Silent(Sine(), n=9).responds
    with pytest.raises(ValueError, match=r"^delay: Tells tells other labels than the truth"):
        delays.Missing(0.5, Tells(3))
    strategies = {"it": Strategy(Periodic(2))}
    with pytest.raises(ValueError, match="DroppedRows around Answers would hide its feedback"):
        clsim.replay(DroppedRows(Answers(Sine(), n=9)), strategies, learner=GaussianNB(), tick=2)


def test_files_are_those_of_the_innermost_stream(tmp_path):
    frame = pd.DataFrame({"x": np.arange(9.0), "y": np.arange(9) % 2})
    path = tmp_path / "log.csv"
    frame.to_csv(path, index=False)
    assert NullFeature(Warehouse(Recorded(path, "y"), every=2), "x").files() == (path,)
    assert Resampled(path, "y", n=5).files() == (path,)
    assert Recorded(frame, "y").files() == ()
    assert [kind.FILE_PARAMETERS for kind in (Recorded, Resampled, delays.Empirical)] == [
        ("data",)
    ] * 3
    assert Synthetic.FILE_PARAMETERS == Warehouse.FILE_PARAMETERS == ()
