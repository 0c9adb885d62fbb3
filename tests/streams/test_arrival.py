"""When events come."""

import numpy as np
import pytest

from clsim.randomness import BLOCK
from clsim.streams import Synthetic
from clsim.streams.arrival import Burst, Constant, Poisson, as_arrival, parse_rate
from clsim.streams.concepts import SEA

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


def all_times(arrival, blocks, seed=0):
    return np.concatenate([arrival.times(k, seed) for k in range(blocks)])


def test_constant():
    times = Constant("48/d").times(0, 1)
    assert len(times) == BLOCK
    assert times[:3].tolist() == [0, 30 * MINUTE, HOUR]
    assert Constant("48/d").times(2, 9)[0] == 2 * BLOCK * 30 * MINUTE
    assert Constant("48/d").at(48) == DAY
    assert Constant("7/s").times(0, 0)[:4].tolist() == [0, 142_857, 285_714, 428_571]


def test_poisson_has_its_mean_rate():
    arrival = Poisson("1000/h")
    times = all_times(arrival, 3)
    assert abs(times[-1] / (3 * BLOCK / 1000 * HOUR) - 1) < 1e-3
    assert arrival.at(1000) == HOUR
    gaps = np.diff(times) / HOUR * 1000  # exponential: mean 1, sd 1
    assert abs(gaps.mean() - 1) < 0.01
    assert abs(gaps.std() - 1) < 0.03
    counts = np.histogram(times, bins=np.arange(0, 45 * HOUR, MINUTE))[0]
    assert abs(counts.var() / counts.mean() - 1) < 0.15  # 16.7 per minute


def test_blocks_are_drawn_alone_and_ascend():
    make = lambda: Poisson("900/h", 0.8, 0.4, 1.0, [Burst("2d", "6h", 5)])  # noqa: E731
    arrival = make()
    times = all_times(arrival, 4)
    assert (np.diff(times) >= 0).all()
    for k in (3, 0, 2):
        np.testing.assert_array_equal(make().times(k, 0), times[k * BLOCK : (k + 1) * BLOCK])
    assert not np.array_equal(arrival.times(0, 1), arrival.times(0, 0))


def test_a_long_table_has_the_same_times_whoever_asks_first():
    few, many = Poisson("40/d", daily=0.5), Poisson("40/d", daily=0.5)
    late = many.times(3, 0)
    np.testing.assert_array_equal(all_times(few, 4)[3 * BLOCK :], late)


def test_daily_cycle():
    times = all_times(Poisson("2000/h", daily=0.8), 12)
    days = int(times[-1] // DAY)
    hours = times[times < days * DAY] // HOUR % 24
    counts = np.bincount(hours, minlength=24) / days
    middle = (np.arange(24) + 0.5) / 24
    # the mean of the cosine over an hour is smaller by sin(pi / 24) / (pi / 24) = .997
    expected = 2000 * (1 - 0.8 * 0.99715 * np.cos(2 * np.pi * middle))
    assert (np.abs(counts - expected) < 4.5 * np.sqrt(expected / days)).all()
    assert counts.argmax() in (11, 12)


def test_expected_times_are_the_integral_of_the_rate():
    # of 1 - a cos(2 pi t) from 0 to 1/4: 1/4 - a / (2 pi)
    events = 1_000_000 * (0.25 - 0.9 / (2 * np.pi))
    assert abs(Poisson("1000000/d", daily=0.9).at(round(events)) - 6 * HOUR) < MINUTE / 20


def test_weekly_cycle():
    times = all_times(Poisson("300/h", weekly=0.5), 12)
    weeks = int(times[-1] // (7 * DAY))
    days = np.bincount(times[times < weeks * 7 * DAY] // DAY % 7, minlength=7) / weeks
    smaller = np.sin(np.pi / 7) / (np.pi / 7)
    expected = 7200 * (1 + 0.5 * smaller * np.cos(2 * np.pi * (np.arange(7) + 0.5) / 7))
    assert (np.abs(days - expected) < 4.5 * np.sqrt(expected / weeks)).all()


def test_growth():
    arrival = Poisson("100/d", growth=1.0)
    assert arrival.at(round(365 * 100 * 1.5)) / DAY == pytest.approx(365, abs=0.01)
    times = all_times(arrival, 4)
    years = [((times >= a * 365 * DAY) & (times < (a + 0.5) * 365 * DAY)).sum() for a in (0, 0.5)]
    assert years[0] == pytest.approx(36_500 * 0.625, rel=0.03)  # half a year at 1.25 of the rate
    assert years[1] == pytest.approx(36_500 * 0.875, rel=0.03)


@pytest.mark.parametrize(("at", "length", "factor"), [("2d", "6h", 5), ("1d", "12h", 0.25)])
def test_bursts(at, length, factor):
    burst = Burst(at, length, factor)
    times = all_times(Poisson("1000/h", bursts=[burst]), 5)
    inside = ((times >= burst.start) & (times < burst.end)).sum()
    expected = 1000 * (burst.end - burst.start) / HOUR * factor
    assert abs(inside - expected) < 4 * np.sqrt(expected)
    before = (times < burst.start).sum()
    assert abs(before - 1000 * burst.start / HOUR) < 4 * np.sqrt(before)


def test_a_burst_shorter_than_the_table_s_step_is_not_lost():
    # two minutes at 100 times the rate are 200 minutes' worth of events, 198 of them extra
    arrival = Poisson("60/h", bursts=[Burst("1h3min", "2min", 100)])
    assert arrival.at(60 + 60 + 198) == 2 * HOUR


def test_a_stream_takes_any_arrival():
    stream = Synthetic(SEA(), n=BLOCK + 50, rate=Poisson("100/d", daily=0.5), start="2024-02-01")
    times = np.concatenate([b.time for b in stream.blocks(3)])
    start = np.datetime64("2024-02-01", "us").astype(int)
    np.testing.assert_array_equal(
        times - start, all_times(Poisson("100/d", 0.5), 2, 3)[: len(times)]
    )


def test_units():
    for text in ("24/d", "1/h", " 1 / H ", "168/w", "1.0/h"):
        assert parse_rate(text) == 1 / HOUR


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Constant("-3/d"), r"^rate='-3/d': write events per unit of time above 0"),
    (lambda: Poisson("0/d"), r"^rate='0/d': write events"),
    (lambda: Poisson("3 per day"), r"^rate='3 per day': .*such as '48/d'"),
    (lambda: Poisson("3/d", daily=1), r"^daily=1: must be at most"),
    (lambda: Poisson("3/d", weekly=-0.1), r"^weekly=-0.1: must be at least 0"),
    (lambda: Poisson("3/d", growth=-0.1), r"^growth=-0.1: must be at least 0"),
    (lambda: Burst("1d", "1h", 0), r"^factor=0: must be above 0"),
    (lambda: Burst("1d", "0h", 2), r"^duration='0h': must be above 0"),
    (lambda: Burst(5, "1h", 2), r"^at=5: this stream has time"),
    (lambda: Burst("1d", 5, 2), r"^duration=5: this stream has time"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_rate_is_text_or_an_arrival():
    assert as_arrival(None) is None
    with pytest.raises(TypeError, match=r"^rate=5: expected text such as '48/d'"):
        as_arrival(5)


def test_arrivals_in_words():
    assert Poisson("60/d").describe() == "60/d at random"
    busy = Poisson("60/d", daily=0.5, weekly=0.2, growth=0.1, bursts=[Burst("3d", "12h", 8)])
    assert busy.describe() == (
        "60/d at random, 50% up and down in a day, 20% up and down in a week, 10% more in a year, "
        "8 times as many from day 3 to day 3.5"
    )
