"""Alerts that somebody else has raised, by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import Strategy
from clsim.strategy.triggers import Alerts, Attention
from helpers.tables import Table, happened

DAY = 86_400_000_000


def replay(trigger, time=None, tick=10, warmup=20):
    table = Table(np.arange(60.0)[:, None], [0, 1] * 30, time=time)
    return clsim.replay(
        table, {"it": Strategy(trigger)}, learner=GaussianNB(), tick=tick, warmup=warmup
    )["it"]


def daily(trigger):
    """Two events a day for 30 days from 1970-01-01; ticks start on days 10, 15, 20 and 25."""
    return replay(trigger, [i * DAY // 2 for i in range(60)], "5d", "10d")


def frame(*times, **more):
    return pd.DataFrame({"time": list(times), **more})


def trained(run):
    return [e["tick"] for e in happened(run, ["train"])]


def test_an_alert_counts_in_the_first_tick_that_starts_at_its_time_or_after_it(tmp_path):
    # ticks start at rows 20, 30, 40 and 50. Row 12 lies in the warm-up; 30 is the start of tick 1,
    # which decides with it; 31 is known when tick 2 starts; 51 would be at the start of the next.
    alerts = frame(51, 31, 30, 12)
    alerts.to_csv(tmp_path / "alerts.csv", index=False)
    alerts.to_parquet(tmp_path / "alerts.parquet")
    for data in (alerts, str(tmp_path / "alerts.csv"), tmp_path / "alerts.parquet"):
        run = replay(Alerts(data))
        assert trained(run) == [1, 2]
        assert [(e["tick"], e["reason"]) for e in happened(run, ["alarm", "trigger"])] == [
            (1, "alert"), (1, "alert at row 30"), (2, "alert"), (2, "alert at row 31")]  # fmt: skip
    assert trained(replay(Alerts(frame(20)))) == [0]
    assert trained(replay(Alerts(frame(19)))) == []


def test_alerts_by_date_and_by_what_they_are_of():
    alerts = pd.DataFrame({
        "at": ["1970-01-16T01:00+01:00", "1970-01-17T00:00Z", "1970-01-17T00:00Z"],
        "column": ["price", "age", None],
    })  # fmt: skip
    run = daily(Alerts(alerts, time="at", of="column", name="vendor"))
    # the first is midnight of the day on which tick 1 starts, in UTC
    assert [(e["tick"], e["reason"]) for e in happened(run, ["alarm", "trigger"])] == [
        (1, "vendor of price"), (1, "vendor of price at 1970-01-16"),
        (2, "vendor of age"), (2, "vendor"), (2, "vendor of age at 1970-01-17, and 1 more"),
    ]  # fmt: skip


def test_a_vendor_whose_alerts_need_somebody():
    run = replay(Attention(Alerts(frame(22, 27, 35, 44)), looks=2, per=2))
    # two alerts at tick 1 take both looks of ticks 1 and 2, so that of tick 2 is missed
    assert [e["accepted"] for e in happened(run, ["alarm"])] == [True, True, False, True]
    assert trained(run) == [1, 3]
    assert (run.totals["alarms"], run.totals["looked_at"]) == (4, 3)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Alerts("nowhere.csv"), r"^data='nowhere.csv': no such file"),
    (lambda: Alerts([1]), r"^data=\[1\]: expected a table, or the path"),
    (lambda: Alerts(frame(1), time="when"), r"^data: unknown column 'when'"),
    (lambda: Alerts(frame(1), of="what"), r"^data: unknown column 'what'"),
    (lambda: Alerts(frame()), r"^data: there is no alert in it"),
    (lambda: replay(Alerts(frame(22, 60))),
     r"^strategies\['it'\]: trigger: data: row 1 \(time=60\) lies outside the stream, which goes "
     r"from row 0 to row 59"),
    (lambda: replay(Alerts(frame(-1))), r"row 0 \(time=-1\) lies outside"),
    (lambda: daily(Alerts(frame("2024-05-01"))),
     r"row 0 \(time='2024-05-01'\) lies outside the stream, which goes from 1970-01-01 to 1970-01"),
    (lambda: replay(Alerts(frame("1970-01-12"))), r"'time' must hold rows, since"),
    (lambda: daily(Alerts(frame(22))), r"'time' must hold dates, since"),
    (lambda: daily(Alerts(frame("1970-01-12", "soon"))), r"'soon' in row 1, which is no date"),
    (lambda: daily(Alerts(frame("1970-01-12", "1970-01-13T00:00Z"))), r"row 1, with a time zone"),
    (lambda: replay(Alerts(frame(22, 31, 22))),
     r"row 2 is the alert of row 0 again \(time=22\); leave it out, or say by of="),
    (lambda: replay(Alerts(frame(22, 22, of=["a", "a"]), of="of")), r"row 1 is the alert of a of"),
    (lambda: replay(Attention(Alerts(frame(99)), looks=1)), r"row 0 \(time=99\) lies outside"),
])  # fmt: skip
def test_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "alerts.csv").write_text("")
    with pytest.raises(ValueError, match=r"^data='.*alerts.csv': the file is empty"):
        Alerts(tmp_path / "alerts.csv")
