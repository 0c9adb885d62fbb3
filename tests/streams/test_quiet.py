"""A quiet world is the same world up to a time, and changes no more after it."""

import numpy as np
import pandas as pd
import pytest

from clsim.streams import Synthetic, arrival, concepts, drift, faults, feedback
from clsim.streams.drift import Between
from clsim.streams.groups import Groups
from clsim.streams.recorded import Recorded

SINE, OTHER = concepts.Sine(0), concepts.Sine(1)
DAY = 86_400_000_000
START = 1_704_067_200_000_000  # 2024-01-01


def rows(stream, seed):
    batches = list(stream.blocks(seed))
    return [np.concatenate([getattr(b, name) for b in batches]) for name in ("X", "y", "time")]


DRIFTS = {
    "sudden, before": drift.Sudden(OTHER, at=300),
    "sudden, later": drift.Sudden(OTHER, at=700),
    "under way": drift.Gradual(OTHER, at=500, width=400, shape="linear"),
    "over": drift.Temporary(OTHER, at=100, duration=200),
    "for a while": drift.Temporary(OTHER, at=400, duration=300),
    "somewhere": drift.Sudden(OTHER, at=Between(600, 900)),
    "seasons": drift.Periodic(OTHER, period=200),
    "turns": drift.Recurring([OTHER], every=150),
    "sum": drift.Sum(OTHER, [drift.Periodic(None, period=200, amplitude=0.3),
                             drift.Sudden(None, at=800)]),
}  # fmt: skip


@pytest.mark.parametrize("name", DRIFTS)
def test_it_is_the_same_up_to_then_and_stands_still_after(name):
    stream = Synthetic(SINE, [DRIFTS[name]], n=1000)
    quiet = stream.quiet(500, seed=3)
    for was, now in zip(rows(stream, 3), rows(quiet, 3), strict=True):
        np.testing.assert_array_equal(was[:500], now[:500])
    shares = quiet.truth(np.arange(500, 1000), seed=3)["concept 1"].to_numpy()
    if name in ("seasons", "turns", "sum"):
        assert np.ptp(shares) > 0.1
        if name == "sum":  # the sudden part never comes
            assert shares.max() <= 0.3 + 1e-9
    else:
        assert np.ptp(shares) == 0
        assert all(event.end <= 500 for event in quiet.drift_events(3))
    # another draw of the same world: what is random in its drifts is that of seed 3
    other = quiet.truth(np.arange(1000), seed=8)["concept 1"].to_numpy()
    np.testing.assert_array_equal(other, quiet.truth(np.arange(1000), seed=3)["concept 1"])


def test_bursts_growth_and_groups_to_come_never_come():
    burst = arrival.Burst("20d", "5d", factor=10.0)
    busy = arrival.Burst("8d", "4d", factor=3.0)
    stream = Synthetic(
        SINE, n=3000, rate=arrival.Poisson("48/d", growth=20.0, bursts=[busy, burst]),
        groups={"user": Groups({"old": 1, "new": 1}, starts={"new": "15d"})},
    )  # fmt: skip
    quiet = stream.quiet(START + 10 * DAY, seed=1)
    time = rows(quiet, 1)[2] - START
    per_day = np.bincount(time // DAY)
    # on day 10 it comes 3 * (1 + 20 * 10 / 365) times as often as at the start
    expected = 48 * 3 * (1 + 20 * 10 / 365)
    assert per_day[10:-1].mean() == pytest.approx(expected, rel=0.1)
    slices = np.concatenate([b.slices["user"] for b in quiet.blocks(1)])
    assert set(slices) == {0}
    assert set(np.concatenate([b.slices["user"] for b in stream.blocks(1)])) == {0, 1}


@pytest.mark.parametrize(("window", "acts"), [
    ({"start": 0, "end": 100}, False), ({"start": 400, "end": 600}, True), ({"start": 700}, False),
])  # fmt: skip
def test_faults_of_that_time_stay_and_others_do_not_come(window, acts):
    fault = faults.ConstantFeature(Synthetic(SINE, n=1000), "x1", 0.5, **window)
    X = rows(fault.quiet(500, seed=2), 2)[0]
    assert (X[600:, 1] == 0.5).all() == acts
    assert (X[600:, 1] == 0.5).any() == acts
    np.testing.assert_array_equal(X[:500], rows(fault, 2)[0][:500])


def test_refused_where_nobody_knows():
    walk = drift.RandomWalk(concepts.Hyperplane(2, variant=1), step=10)
    stream = Synthetic(concepts.Hyperplane(2), [walk], n=100)
    with pytest.raises(ValueError, match="random walk has no quiet time"):
        stream.quiet(50, seed=0)
    with pytest.raises(ValueError, match="Selective: what is served changes what comes next"):
        feedback.Selective(Synthetic(SINE, n=100)).quiet(50, seed=0)
    log = Recorded(pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]}), label="y")
    with pytest.raises(ValueError, match="Recorded has no quiet version"):
        log.quiet(1, seed=0)
