"""Durations on the clock, and what is refused."""

import datetime as dt

import numpy as np
import pytest

from clsim.clock import UNITS, Clock, as_duration, parse_duration

SECOND, HOUR, DAY = 1_000_000, 3_600_000_000, 86_400_000_000

ROWS = Clock(timed=False, tick=10, tick_in_rows=True)
DAYS = Clock(timed=True, tick=DAY, tick_in_rows=False)
TIMED_ROWS = Clock(timed=True, tick=10, tick_in_rows=True)


@pytest.mark.parametrize(("text", "length"), [
    ("7d", 7 * DAY), ("1d12h", 36 * HOUR), ("1d 12h", 36 * HOUR), ("30min", HOUR // 2),
    ("1.5h", 90 * 60 * SECOND), ("2W", 14 * DAY), ("5us", 5), ("3ms", 3000), ("0s", 0),
    (" 4 s ", 4 * SECOND), (dt.timedelta(hours=2), 2 * HOUR),
])  # fmt: skip
def test_durations_in_microseconds(text, length):
    assert parse_duration(text, "key") == length


def test_a_week_is_seven_days():
    assert UNITS["w"] == 7 * UNITS["d"] == 7 * 24 * 60 * UNITS["min"]


@pytest.mark.parametrize("text", ["-1d", " -3h", dt.timedelta(days=-1)])
def test_negative_durations_are_refused(text):
    with pytest.raises(ValueError, match=r"^delay=.*cannot be negative"):
        parse_duration(text, "delay")


@pytest.mark.parametrize("text", ["", "7", "d", "7 days", "7d-1h", "1d,2h", "1e3s", "d7", "5m"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"^window='.*': not a duration; write .* such as '7d'"):
        parse_duration(text, "window")


@pytest.mark.parametrize("value", [True, 1.5, None, [1]])
def test_other_types_are_refused(value):
    with pytest.raises(TypeError, match=r"^tick=.*whole number, or a duration such as"):
        as_duration(value, "tick")


def test_bounds():
    as_duration(0, "tick")
    with pytest.raises(ValueError, match=r"^tick=-1: must be at least 0"):
        as_duration(-1, "tick")
    for value in (0, "0d"):
        with pytest.raises(ValueError, match=r"^tick='?0d?'?: must be above 0"):
            as_duration(value, "tick", positive=True)


def test_units_of_a_clock():
    assert ROWS.units(12, "delay") == 12
    assert DAYS.units("2d", "delay") == TIMED_ROWS.units("2d", "delay") == 2 * DAY
    assert DAYS.units(0, "delay") == 0
    with pytest.raises(ValueError, match=r"^delay=12: this stream has time; .* such as '12d'"):
        DAYS.units(12, "delay")
    with pytest.raises(ValueError, match=r"^delay='2d': .* no time; give a number of rows"):
        ROWS.units("2d", "delay")


def test_ticks_of_a_clock():
    assert ROWS.ticks(3, "every") == DAYS.ticks(3, "every") == DAYS.ticks("72h", "every") == 3
    with pytest.raises(ValueError, match=r"^every='3d': .* no time; give a number of ticks"):
        ROWS.ticks("3d", "every")
    with pytest.raises(
        ValueError, match=r"^every='3d': ticks of 10 rows .* give a number of ticks"
    ):
        TIMED_ROWS.ticks("3d", "every")
    for value in ("36h", "12h"):
        with pytest.raises(
            ValueError, match=rf"^every='{value}': not a whole number of ticks of 1 day"
        ):
            DAYS.ticks(value, "every")


@pytest.mark.parametrize(("given", "plain"), [
    (np.int64(7), 7), (np.uint8(7), 7), (np.timedelta64(7, "D"), dt.timedelta(7)),
    (np.timedelta64(1500, "ns"), dt.timedelta(microseconds=1)), ("7d", "7d"),
    (dt.timedelta(7), dt.timedelta(7)),
])  # fmt: skip
def test_scalars_of_numpy_are_durations_and_counts(given, plain):
    found = as_duration(given, "every")
    assert (found, type(found)) == (plain, type(plain))
    with pytest.raises((TypeError, ValueError), match=r"^every="):
        as_duration(-given if not isinstance(given, (str, np.unsignedinteger)) else "-7d", "every")


@pytest.mark.parametrize("given", [
    np.timedelta64(1, "M"), np.timedelta64(1, "Y"), np.timedelta64("NaT"), np.timedelta64(3),
    np.float64(7), np.True_, np.datetime64("2024-01-01"),
])  # fmt: skip
def test_what_has_no_fixed_length_is_refused(given):
    with pytest.raises((TypeError, ValueError), match=r"^every=np\."):
        as_duration(given, "every")
