"""Rows that can be trained on later than they are served."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.checks import check_stream
from clsim.engine.knowledge import Knowledge
from clsim.strategy import Strategy
from clsim.strategy.datasets import All
from clsim.strategy.triggers import Periodic, Volume
from clsim.streams import Synthetic
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import Sine
from clsim.streams.delays import ByClass, Capacity, Constant, Exponential, Missing, Uniform
from clsim.types import NEVER, NEVER_TIME
from helpers.tables import Table, two_clouds

HOUR, DAY = 3_600_000_000, 86_400_000_000


def available(stream, seed=1):
    return np.concatenate([batch.available for batch in stream.blocks(seed)])


def days(n, per_day=4):
    return Synthetic(Sine(), n=n, rate=f"{per_day}/d", start="2024-01-01")


def test_a_load_takes_all_that_is_ready():
    loads = available(Warehouse(days(9), every="1d", at="3h"))
    origin = days(1).schema and next(days(1).blocks(1)).time[0]
    # events at 0, 6, 12 and 18 o'clock; loads at three in the morning
    expected = [3, 27, 27, 27, 27, 51, 51, 51, 51]
    assert ((loads - origin) / HOUR).tolist() == expected


def test_a_row_on_time_for_a_load_is_in_it():
    assert available(Warehouse(Synthetic(Sine(), n=7), every=3)).tolist() == [0, 3, 3, 3, 6, 6, 6]
    assert available(Warehouse(Synthetic(Sine(), n=4), every=3, at=1)).tolist() == [1, 1, 4, 4]


def test_a_lag_per_row_without_loads():
    stream = Warehouse(Synthetic(Sine(), n=40_000), every=None, lag=Uniform(0, 100))
    lag = available(stream) - np.arange(40_000)
    assert lag.min() == 0
    assert lag.max() == 100
    assert abs(lag.mean() - 50) < 3 * 100 / np.sqrt(12 * 40_000) < 0.05 * 50
    # lags are drawn apart from the delays of labels, though both are uniform
    world = Knowledge.of(stream, seed=1, tick=100, delay=Uniform(0, 100))
    late = world.labels.time - world.timeline.time
    assert abs(np.corrcoef(lag, late)[0, 1]) < 4 / np.sqrt(40_000)


def test_rows_that_never_load():
    stream = Warehouse(Synthetic(Sine(), n=2000), every=10, lag=Missing(0.5))
    never = available(stream) == NEVER_TIME
    assert 0.4 < never.mean() < 0.6
    world = Knowledge.of(stream, seed=1, tick=10)
    assert (world.training.arrives[never] == NEVER).all()
    assert (world.known.arrives[never][:-9] != NEVER).all()


def test_a_row_is_there_when_its_label_and_its_load_are():
    table = Table(np.zeros((6, 1)), [0, 1] * 3, label_time=[0, 4, 2, 3, 4, 5],
                  available=[3, 1, 2, None, 5, 5])  # fmt: skip
    world = Knowledge.of(table, seed=0, tick=1)
    assert world.known.arrives.tolist() == [1, 4, 3, 4, 5, NEVER]
    assert world.training.arrives.tolist() == [3, 4, 3, NEVER, 5, NEVER]
    assert world.training.at(4).tolist() == [0, 1, 2]
    assert world.known.at(4).tolist() == [0, 1, 2, 3]


class Watching(Volume):
    """Sees labels when they come, though the rows are not yet there to train on."""

    seen = []

    def fires(self, view):
        self.seen.append(
            (view.tick, view.labels.count, len(view.labels.arrived()), len(view.labelled()))
        )
        return super().fires(view)


def test_monitors_see_labels_at_once_and_training_sees_rows_after_the_load():
    stream = Warehouse(two_clouds(100), every=50)
    Watching.seen.clear()
    strategies = {
        "watching": Strategy(Watching(rows=1000), All()),
        "often": Strategy(Periodic(2), All()),
    }
    runs = clsim.replay(stream, strategies, learner=GaussianNB(), tick=10, warmup=20)
    assert Watching.seen == [
        (tick, 20 + 10 * tick, 20 if tick == 0 else 10, there)
        for tick, there in enumerate([20, 20, 20, 50, 51, 51, 51, 51])
    ]
    trained = runs["often"].events.query("kind == 'train'")
    assert trained["rows"].tolist() == [20, 51, 51]
    assert runs["often"].totals["labels"] == 70


def test_warehouses_inside_each_other_draw_lags_apart():
    inner = Warehouse(Synthetic(Sine(), n=20_000), every=None, lag=Uniform(0, 100))
    outer = Warehouse(inner, every=None, lag=Uniform(0, 100))
    mean = (available(outer) - np.arange(20_000)).mean()
    assert abs(mean - 200 / 3) < 1  # of the larger of two that are independent


def test_it_keeps_its_contract_and_passes_on_the_rest():
    stream = Warehouse(days(100), lag=Exponential("5h"))
    check_stream(stream)
    assert stream.describe().endswith("late (loads every 1d, lag: exponential)")
    assert stream.truth(np.array([0]), 1).shape[0] == 1
    twice = Warehouse(Warehouse(days(9)), every="2d")
    assert (available(twice) >= available(Warehouse(days(9)))).all()


@pytest.mark.parametrize(("given", "message"), [
    ({"every": None}, r"^every: give the time between loads, or a lag"),
    ({"every": 5}, r"^every=5: this stream has time"),
    ({"every": "0d"}, r"^every='0d': must be above 0"),
    ({"at": -1}, r"^at=-1: must be at least 0"),
    ({"lag": ByClass({0: Capacity(9)}, 5)}, r"^lag: a team's queue"),
])  # fmt: skip
def test_bad_arguments_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        Warehouse(days(5), **given)


def test_a_row_that_is_there_before_its_event_is_refused():
    table = Table(np.zeros((3, 1)), [0, 1, 0], available=[0, 0, 2])
    with pytest.raises(ValueError, match=r"^stream: row 1 is known before"):
        Knowledge.of(table, seed=0, tick=1)
    with pytest.raises(TypeError, match=r"^lag=3.5: expected a delay, or a duration"):
        Warehouse(days(5), lag=3.5)
    assert Warehouse(days(5), every=None, lag=Constant("1d")).lag is not None
