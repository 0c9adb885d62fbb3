"""Weights of the new concept, by hand."""

import numpy as np
import pytest

from clsim.streams.concepts import Sine
from clsim.streams.drift import Gradual, Periodic, Sudden, Temporary
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


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Sudden(TO, -1), r"^at=-1: must be at least 0"),
    (lambda: Sudden(TO, "-1d"), r"^at='-1d': a duration cannot be negative"),
    (lambda: Gradual(TO, 10, 0), r"^width=0: must be above 0"),
    (lambda: Periodic(TO, 0), r"^period=0: must be above 0"),
    (lambda: Periodic(TO, 10, phase=2), r"^phase=2: must be at most 1"),
    (lambda: Periodic(TO, 10, shape="saw"), r"^shape: .*'saw'.*Allowed: sine, square"),
    (lambda: Temporary(TO, 10, 0), r"^duration=0: must be above 0"),
    (lambda: Temporary(TO, 1, 9, ramp=5).weight(np.zeros(1), False), r"^ramp=5: two ramps"),
    (lambda: Sudden(TO, "1d").weight(np.zeros(1), False), r"^at='1d': .* give a row number"),
    (lambda: Sudden(TO, 5).weight(np.zeros(1), True), r"^at=5: .* give a duration such as '30d'"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
