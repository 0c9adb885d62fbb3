"""Generated streams."""

import numpy as np
import pytest

from clsim.randomness import BLOCK
from clsim.streams import Synthetic
from clsim.streams.concepts import SEA, Sine
from clsim.streams.drift import Gradual, Periodic, Sudden, Temporary
from clsim.streams.arrival import parse_rate

DAY = 86_400_000_000


def rows(stream, seed=0):
    batches = list(stream.blocks(seed))
    return (np.concatenate([getattr(b, name) for b in batches]) for name in ("X", "y", "time"))


def test_each_event_has_the_label_of_its_concept():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=300), Sudden(Sine(2), at=600)], n=1000)
    X, y, time = rows(stream)
    assert time.tolist() == list(range(1000))
    for function, part in enumerate((slice(0, 300), slice(300, 600), slice(600, 1000))):
        assert y[part].tolist() == Sine(function).label(X[part], X[part, 0], 0).tolist()


def test_drifts_chain():
    # the second drift acts on what the first one left
    drifts = [Sudden(Sine(1), at=100), Temporary(Sine(2), at=200, duration=100)]
    X, y, _ = rows(Synthetic(Sine(0), drifts, n=400))
    for function, part in ((0, slice(0, 100)), (1, slice(100, 200)), (2, slice(200, 300)),
                           (1, slice(300, 400))):  # fmt: skip
        assert y[part].tolist() == Sine(function).label(X[part], X[part, 0], 0).tolist()


def test_a_gradual_drift_mixes_by_its_weight():
    X, y, _ = rows(Synthetic(Sine(0), [Gradual(Sine(1), at=20_000, width=4000)], n=40_000))
    new = y != Sine(0).label(X, X[:, 0], 0)  # Sine(1) is the reverse of Sine(0)
    for centre, weight in ((16_000, 0.018), (18_000, 0.119), (20_000, 0.5), (22_000, 0.881)):
        assert abs(new[centre - 300 : centre + 300].mean() - weight) < 0.07


def test_blocks_are_drawn_alone_so_a_longer_stream_begins_with_the_same_events():
    drifts = [Gradual(SEA(2), at=BLOCK, width=5000)]
    short = rows(Synthetic(SEA(0), drifts, n=BLOCK + 100, noise=0.1), seed=5)
    long = rows(Synthetic(SEA(0), drifts, n=3 * BLOCK, noise=0.1), seed=5)
    for left, right in zip(short, long, strict=True):
        np.testing.assert_array_equal(left, right[: BLOCK + 100])


def test_seed_decides_everything_and_noise_only_flips():
    quiet, loud = (Synthetic(SEA(0), n=20_000, noise=noise) for noise in (0.0, 0.1))
    X, y, _ = rows(quiet, 3)
    X_again, y_again, _ = rows(quiet, 3)
    X_loud, y_loud, _ = rows(loud, 3)
    np.testing.assert_array_equal(X, X_again)
    np.testing.assert_array_equal(y, y_again)
    np.testing.assert_array_equal(X, X_loud)
    assert abs((y != y_loud).mean() - 0.1) < 0.01
    assert not np.array_equal(X, next(iter(rows(quiet, 4))))


def test_a_rate_gives_times():
    stream = Synthetic(SEA(0), [Sudden(SEA(1), at="1d")], n=100, rate="48/d", start="2024-01-01")
    _, _, time = rows(stream)
    assert np.diff(time).tolist() == [30 * 60 * 1_000_000] * 99
    assert time[0] == np.datetime64("2024-01-01", "us").astype(int)
    (drift,) = stream.drift_events(0)
    assert (drift.kind, drift.start) == ("sudden", time[48])
    assert parse_rate("2/h") == parse_rate("48/d")


def test_drift_events_stay_within_the_stream():
    stream = Synthetic(SEA(0), [Gradual(SEA(1), at=90, width=50), Periodic(SEA(2), 80)], n=100)
    found = [(e.kind, e.start, e.end) for e in stream.drift_events(0)]
    assert found == [("periodic", 20, 60), ("gradual", 65, 100)]


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Synthetic(SEA(0), n=0), r"^n=0: must be at least 1"),
    (lambda: Synthetic(SEA(0), noise=-0.1), r"^noise=-0.1: must be at least 0"),
    (lambda: Synthetic(SEA(0), rate="often"), r"^rate='often': write events .* such as '48/d'"),
    (lambda: Synthetic(SEA(0), rate="0/d"), r"^rate='0/d': write"),
    (lambda: Synthetic(SEA(0), rate="1/d", start="soon"), r"^start='soon': write a date such as"),
    (lambda: Synthetic(SEA(0), [Sudden(Sine(0), at=5)]), r"^drifts\[0\].to: Sine has other feat"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at=90)], n=50), r"^drifts\[0\]: .*move it forward"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at="1d")]), r"^at='1d': .*give a row number"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at=9)], rate="1/d"), r"^at=9: .*such as '30d'"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
