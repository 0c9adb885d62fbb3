"""Weights of the new concept, by hand."""

import numpy as np
import pytest
from scipy.stats import kstest

from clsim.streams.concepts import Sine
from clsim.streams.drift import (
    Between,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Recurring,
    Sudden,
    Sum,
    Temporary,
)
from clsim.streams.drift.walk import STEPS
from clsim.streams.targets import Prior, Shift
from clsim.types import DriftEvent

TO = Sine(1)
DAY = 86_400_000_000


def weights(drift, *rows):
    return drift.weight(np.array(rows), False).round(4).tolist()


def test_sudden():
    assert weights(Sudden(TO, 100), 0, 99, 100, 101) == [0, 0, 1, 1]
    assert Sudden(TO, 100).events(500, False) == [DriftEvent("sudden", 100, 100)]


def test_gradual_has_the_published_weights():
    p, w = 1000, 400
    rows = (p - w, p - w // 2, p, p + w // 2, p + w, p + 2 * w)
    assert weights(Gradual(TO, p, w), *rows) == [0.018, 0.1192, 0.5, 0.8808, 0.9820, 0.9997]
    assert Gradual(TO, p, w).events(5000, False) == [DriftEvent("gradual", 800, 1200)]


def test_drifts_in_time():
    times = np.array([29 * DAY, 30 * DAY])
    assert Sudden(TO, "30d").weight(times, True).tolist() == [0, 1]
    gradual = Gradual(TO, "30d", "10d").weight(np.array([30 * DAY, 35 * DAY]), True)
    assert gradual.round(4).tolist() == [0.5, 0.8808]


def test_periodic_sine():
    drift = Periodic(TO, 400)
    assert weights(drift, 0, 100, 200, 300, 400) == [0, 0.5, 1, 0.5, 0]
    assert weights(Periodic(TO, 400, phase=0.25), 0, 100, 300) == [0.5, 1, 0]
    assert drift.events(800, False) == [
        DriftEvent("periodic", 100, 300), DriftEvent("periodic", 500, 700),
    ]  # fmt: skip


def test_periodic_square():
    drift = Periodic(TO, 400, shape="square")
    assert weights(drift, 0, 199, 200, 399, 400, 600) == [0, 0, 1, 1, 0, 1]
    changes = [event.start for event in drift.events(1000, False)]
    assert changes == [200, 400, 600, 800]
    ahead = Periodic(TO, 400, phase=0.25, shape="square")
    changes = [event.start for event in ahead.events(800, False)]
    w = ahead.weight(np.arange(800), False)
    assert changes == (np.flatnonzero(np.diff(w)) + 1).tolist() == [100, 300, 500, 700]


def test_temporary():
    assert weights(Temporary(TO, 100, 50), 99, 100, 149, 150) == [0, 1, 1, 0]
    ramped = Temporary(TO, 100, 50, ramp=10)
    assert weights(ramped, 100, 105, 110, 140, 145, 150, 160) == [0, 0.5, 1, 1, 0.5, 0, 0]
    assert ramped.events(900, False) == [DriftEvent("temporary", 100, 150)]


def test_periodic_square_with_an_odd_period():
    drift = Periodic(TO, 401, shape="square")
    changes = [event.start for event in drift.events(4_000, False)]
    assert changes == (np.flatnonzero(np.diff(drift.weight(np.arange(4_000), False))) + 1).tolist()


def test_periodic_amplitude():
    assert weights(Periodic(TO, 400, amplitude=0.3), 0, 100, 200) == [0, 0.15, 0.3]
    assert weights(Periodic(TO, 400, shape="square", amplitude=0.3), 0, 200) == [0, 0.3]


def test_periodic_phase_is_drawn_for_each_seed():
    drift = Periodic(TO, 1_000, phase="random")
    rows = np.arange(1_000)

    def peak(seed, role="drift"):
        weight = drift.weight(rows, False, seed, role)
        assert weight.max() > 0.9999
        return int(weight.argmax())

    peaks = [peak(seed) for seed in range(400)]
    assert peaks[:9] == [peak(seed) for seed in range(9)]
    assert peaks[1] != peak(1, "another")
    assert kstest(np.array(peaks) / 1_000, "uniform").pvalue > 0.01
    for seed in range(5):
        (event, *_) = drift.events(2_000, False, seed)
        assert abs((event.start + event.end) / 2 - peaks[seed]) <= 1
    assert drift.events(2_000, False, 1) != drift.events(2_000, False, 2)


def test_linear():
    drift = Gradual(TO, 100, 40, "linear")
    assert weights(drift, 0, 80, 90, 100, 115, 120, 500) == [0, 0, 0.25, 0.5, 0.875, 1, 1]


def test_a_sigmoid_far_away_does_not_overflow():
    with np.errstate(all="raise", under="ignore"):
        assert weights(Gradual(TO, 10**6, 10), 0, 2 * 10**6) == [0, 1]


def test_incremental_is_a_gradual_that_moves():
    drift = Incremental(TO, 100, 40)
    assert weights(drift, 80, 90, 120) == [0, 0.25, 1]
    assert (drift.how, drift.events(900, False)) == (
        "move", [DriftEvent("incremental", 80, 120)],
    )  # fmt: skip
    assert weights(Incremental(TO, 100, 40, "sigmoid"), 120) == [0.8808]


def test_recurring_turns():
    first, second = (turn for turn in Recurring([Sine(1), Sine(2)], 10).singles())
    rows = (0, 9, 10, 19, 20, 29, 30, 39, 40, 50)
    assert weights(first, *rows) == [0, 0, 1, 1, 0, 0, 0, 0, 1, 0]
    assert weights(second, *rows) == [0, 0, 0, 0, 1, 1, 0, 0, 0, 1]
    assert weights(Recurring([Sine(1), Sine(2)], 10), *rows) == [0, 0, 1, 1, 1, 1, 0, 0, 1, 1]
    assert [(e.kind, e.start, e.end) for e in second.events(60, False)] == [
        ("recurring", 20, 30), ("recurring", 50, 60),
    ]  # fmt: skip
    assert second.to.function == 2


def test_sums_are_clipped():
    daily = Periodic(None, "1d", amplitude=0.4)
    weekly = Periodic(None, "7d", amplitude=0.8)
    both = Sum(TO, [daily, weekly])
    time = np.array([0, DAY // 2, 3 * DAY + DAY // 2, 3 * DAY, 7 * DAY])
    by_day = 0.4 * (1 - np.cos(2 * np.pi * time / DAY)) / 2
    by_week = 0.8 * (1 - np.cos(2 * np.pi * time / (7 * DAY))) / 2
    found = both.weight(time, True)
    np.testing.assert_allclose(found, np.minimum(by_day + by_week, 1))
    assert found.round(6).tolist()[0] == 0
    assert found[2] == 1  # .4 + .8
    assert both.events(8 * DAY, True)[0].kind == "sum"
    assert len(both.events(7 * DAY, True)) == 7 + 1


def test_shapes_of_a_sum_have_random_streams_of_their_own():
    shape = Periodic(None, 100, phase="random", amplitude=0.5)
    rows = np.arange(100)
    both, single = Sum(TO, [shape, shape]).weight(rows, False, 1), shape.weight(rows, False, 1)
    assert np.abs(both - 2 * single).max() > 0.05


def test_a_random_walk():
    drift = RandomWalk(TO, 10, scale=0.01)
    rows = np.arange(200_000)
    weight = drift.weight(rows, False, 3)
    assert weight[0] == 0
    assert 0 <= weight.min() < weight.max() <= 1
    steps = weight[::10]
    np.testing.assert_array_equal(weight, np.repeat(steps, 10))
    inside = (steps[1:-1] > 0.1) & (steps[1:-1] < 0.9)  # where nothing is reflected
    moves = np.diff(steps)[1:][inside]
    assert abs(moves.std() / 0.01 - 1) < 4 / np.sqrt(2 * len(moves))
    assert abs(moves.mean()) < 4 * 0.01 / np.sqrt(len(moves))
    assert abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < 0.05
    assert not np.array_equal(weight, drift.weight(rows, False, 4))
    assert drift.events(500, False) == [DriftEvent("random walk", 0, 500)]


def test_a_random_walk_is_the_same_however_it_is_cut():
    drift = RandomWalk(TO, 3, scale=0.2)
    rows = np.arange(30 * STEPS)
    weight = drift.weight(rows, False, 3)
    for part in (slice(20 * STEPS, None), slice(0, 10), slice(7_777, 9_000), slice(5, 5)):
        np.testing.assert_array_equal(drift.weight(rows[part], False, 3), weight[part])
    assert ((weight >= 0) & (weight <= 1)).all()


def test_between_is_uniform_over_seeds():
    drift = Sudden(TO, Between(1_000, 3_000))
    starts = [drift.events(9_999, False, seed)[0].start for seed in range(500)]
    assert starts == [drift.events(9_999, False, seed)[0].start for seed in range(500)]
    assert 1_000 <= min(starts) < 1_020
    assert 2_980 < max(starts) <= 3_000
    assert kstest(starts, "uniform", args=(1_000, 2_000)).pvalue > 0.01
    for seed in range(5):
        weight = drift.weight(np.arange(4_000), False, seed)
        assert int(weight.argmax()) == starts[seed]
    assert drift.events(9_999, False, 1, "a") != drift.events(9_999, False, 1, "b")
    days = Temporary(TO, Between("10d", "20d"), "1d").events(99 * DAY, True, 4)[0]
    assert 10 * DAY <= days.start <= 20 * DAY
    assert days.end - days.start == DAY


def test_targets_have_names():
    assert Sudden(TO, 1).target == "concept"
    assert Sudden(Shift({"x0": 1}), 1).events(9, False)[0].target == "inputs"
    assert Sudden(Prior([0.5, 0.5]), 1).events(9, False)[0].target == "labels"
    assert Sudden(TO, 1, slice="g=a").events(9, False)[0].slice == "g=a"


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Sudden(TO, -1), r"^at=-1: must be at least 0"),
    (lambda: Sudden(TO, "-1d"), r"^at='-1d': a duration cannot be negative"),
    (lambda: Gradual(TO, 10, 0), r"^width=0: must be above 0"),
    (lambda: Periodic(TO, 0), r"^period=0: must be above 0"),
    (lambda: Periodic(TO, 10, phase=2), r"^phase=2: must be at most 1"),
    (lambda: Periodic(TO, 10, shape="saw"), r"^shape: .*'saw'.*Allowed: sine, square"),
    (lambda: Temporary(TO, 10, 0), r"^duration=0: must be above 0"),
    (lambda: Temporary(TO, 1, 9, ramp=5).weight(np.zeros(1), False), r"^ramp=5: two ramps"),
    (lambda: Temporary(TO, 1, "5d").weight(np.zeros(1), False), r"^duration='5d': .* row number"),
    (lambda: Temporary(TO, "1d", 5).weight(np.zeros(1), True), r"^duration=5: .*has time"),
    (lambda: Sudden(TO, Between(9, 5)).weight(np.zeros(1), False), r"^at: high=5 must not be"),
    (lambda: Between(-1, 5), r"^low=-1: must be at least 0"),
    (lambda: Gradual(TO, 5, 5, "cubic"), r"^shape: .*'cubic'.*Allowed: sigmoid, linear"),
    (lambda: Gradual(TO, 5, 5, how="jump"), r"^how: .*'jump'.*Allowed: mix, move"),
    (lambda: Periodic(TO, 10, amplitude=1.5), r"^amplitude=1.5: must be at most 1"),
    (lambda: RandomWalk(TO, 0), r"^step=0: must be above 0"),
    (lambda: RandomWalk(TO, 5, scale=0), r"^scale=0: must be above 0"),
    (lambda: Recurring([TO], 0), r"^every=0: must be above 0"),
    (lambda: Sum(TO, []), r"^shapes: give at least one"),
    (lambda: Sum(TO, [Sudden(None, 5, slice="g=a")]), r"^shapes\[0\].slice='g=a': give it to the"),
    (lambda: Sudden(TO, "1d").weight(np.zeros(1), False), r"^at='1d': .* give a row number"),
    (lambda: Sudden(TO, 5).weight(np.zeros(1), True), r"^at=5: .* give a duration such as '30d'"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [lambda: Recurring([], 5), lambda: Recurring(TO, 5)])
def test_recurring_concepts_are_a_list(make):
    with pytest.raises(TypeError, match=r"^to=.*: give a list of at least one concept"):
        make()


def test_the_shapes_of_a_sum_are_drifts():
    with pytest.raises(
        TypeError, match=r"^shapes\[1\]='daily': expected a drift, such as Periodic"
    ):
        Sum(TO, [Sudden(None, 5), "daily"])


def test_a_cycle_may_have_begun_before_the_stream():
    drift = Recurring(["a", "b"], every=10, phase=25)  # in the middle of the last turn, of b
    first, second = drift.singles()
    time = np.arange(60)
    assert first.weight(time, False).nonzero()[0].tolist() == [*range(15, 25), *range(45, 55)]
    assert second.spans(60, False, 0, "") == [(0, 5), (25, 35), (55, 65)]
    assert first.first(False) == 15
    assert second.first(False) == 0


def test_the_phase_of_a_cycle_may_be_drawn_for_each_seed():
    drift = Recurring(["a", "b"], every=10, phase=Between(0, 29))
    time = np.arange(300)
    starts = set()
    for seed in range(20):
        turns = [
            part.weight(time, False, seed, f"part {k}") for k, part in enumerate(drift.singles())
        ]
        assert np.max(turns[0] + turns[1]) == 1  # one concept at a time: they share the phase
        starts.add(int(np.argmax(turns[0])))
        spans = drift.singles()[0].spans(300, False, seed, "")
        assert spans[0][0] == np.argmax(turns[0])
    assert len(starts) > 8
