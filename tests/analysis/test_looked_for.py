"""What clsim-describe looks for, each rule by hand; `test_describing` has whole logs."""

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import Split
from clsim.analysis.describe.partial import afterwards, by_values, mostly_with_label
from clsim.analysis.describe.stand_ins import stand_ins
from clsim.analysis.describe.summer import SWITCHES, nights, summer_time
from clsim.analysis.describe.sums import adds_up
from clsim.analysis.describe.table import describe_table
from clsim.analysis.describe.twice import ids_twice, rows_twice
from clsim.analysis.describe.units import FACTORS, change_of, changes_of_unit
from clsim.report.describing import sentence

HOUR = 3_600e6


def table(rows=600, seed=0):
    draw = np.random.default_rng(seed)
    return pd.DataFrame({
        "at": pd.date_range("2024-01-01", periods=rows, freq="7h"), "x": draw.normal(size=rows),
        "shop": draw.choice(list("abc"), rows), "y": draw.integers(0, 2, rows),
    })  # fmt: skip


# twice ----------------------------------------------------------------------------------------


def test_rows_that_are_there_twice():
    log = table()
    assert rows_twice(log, list(log)) == []
    doubled = pd.concat([log.iloc[:15], log], ignore_index=True)
    (found,) = rows_twice(doubled, list(log))
    assert found.facts == {"rows": 15, "row": 15}
    holes = doubled.assign(x=doubled["x"].mask(doubled["shop"] == "a"))  # missing is like missing
    assert rows_twice(holes, list(log))[0].facts["rows"] == 15
    numbered = doubled.assign(number=range(len(doubled)))
    assert rows_twice(numbered, list(numbered)) == []
    assert rows_twice(numbered, list(log)) == [found]


def test_rows_that_are_the_same_by_chance_are_not_told():
    log = table(2000)
    by_chance = log.assign(day=log["at"].dt.day)[["day", "shop", "y"]]
    assert by_chance.duplicated().sum() > 1000
    assert rows_twice(by_chance, list(by_chance)) == []
    assert rows_twice(by_chance[["shop"]], ["shop"]) == []


def test_ids_that_are_there_twice():
    log = table().assign(order=range(600))
    assert ids_twice(log, ["order"], "at") == []
    joined = pd.concat([log, log.iloc[[7, 9]].assign(x=0.0)], ignore_index=True)
    (found,) = ids_twice(joined, ["order"], "at")
    assert (found.column, found.facts) == ("order", {"rows": 2, "row": 600})
    later = joined.assign(at=joined["at"].where(joined.index < 600, joined["at"].max()))
    assert ids_twice(later, ["order"], "at") == []  # they came again at another time
    assert ids_twice(joined.assign(order=joined["order"] // 2), ["order"], "at") == []
    assert ids_twice(joined, ["order"], None) == []


# numbers ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("others", "value", "told"), [
    (np.arange(18, 90), -999, True), (np.arange(18, 90), 9999, True),
    (np.arange(18, 90), 99, False),  # not as far away as the others are spread
    (np.arange(-40, 40), -9, False),  # among them
    (np.arange(-40, 40), -999, True), (np.arange(0, 40) / 4, -1, True),
    (np.repeat(np.arange(12), 2), -1, False),  # as likely one more number as a code
    (np.repeat([0, 1, 2, 3, 4], 4), -1, False), (np.array([0, 1]), -999, False),
    (np.array([5, 900, 70_000, 1, 2]), 99_999, False), (np.arange(18, 90), -500, False),
])  # fmt: skip
def test_numbers_that_stand_for_none(others, value, told):
    column = np.append(others, [value] * 4).astype(float)
    found = stand_ins(pd.DataFrame({"x": column}), ["x"])
    assert [f.facts["value"] for f in found] == [f"{value:g}"] * told
    # fewer than three rows are no sign
    assert stand_ins(pd.DataFrame({"x": column[:-2]}), ["x"]) == []


def test_minus_one_of_counts_is_told_where_the_fall_is_too_steep():
    """40 rows at -1 and 100 at 0 would go on with 40²/100 = 16 at -2."""
    counts = np.repeat([0.0, 1, 2, 3, 4, 5], [100, 90, 60, 40, 20, 9])
    for rows, told in ((40, True), (37, False)):  # 13.69 is less than 14
        column = np.append(counts, [-1.0] * rows)
        assert len(stand_ins(pd.DataFrame({"x": column}), ["x"])) == told


@pytest.mark.parametrize("factor", FACTORS)
@pytest.mark.parametrize("up", [True, False])
def test_a_change_of_unit_by_hand(factor, up):
    x = np.random.default_rng(3).normal(3, 0.05, 400)
    x[250:] += np.log(factor) * (1 if up else -1)
    assert change_of(x) == (250, factor, up)


def test_what_is_no_change_of_unit():
    x = np.random.default_rng(3).normal(3, 0.1, 400)
    late = np.arange(400) >= 250
    assert change_of(x) is None
    assert change_of(x + np.log(1.8) * late) is None  # no unit is 1.8 of another
    assert change_of(x + np.log(100) * np.linspace(0, 1, 400)) is None  # it rises all the time
    assert change_of((x - 3) * np.where(late, 5, 1) + 3 + np.log(10) * late) is None  # other spread
    wide = np.random.default_rng(3).normal(3, 2, 400)
    assert change_of(wide + np.log(1.609344) * late) is None  # one scale lies within the other


def test_a_change_of_unit_is_told_with_its_day():
    log = table().assign(km=np.exp(np.random.default_rng(1).normal(3, 0.1, 600)))
    log.loc[::50, "km"] = np.nan
    log.loc[400:, "km"] /= 1.609344
    (found,) = changes_of_unit(log, ["x", "km", "shop"], log["at"])
    day = str(log["at"].iloc[401])[:10]  # 400 is missing
    assert found.facts["since"] == day
    assert sentence(found).startswith(f"km: from {day} on 1/1.60934 times what it was (the median ")
    assert changes_of_unit(log, ["km"], None)[0].facts["since"] == "row 401"


# summer time ------------------------------------------------------------------------------------


def local(start, zone, hours=1500, step="h"):
    times = pd.date_range(start, periods=hours, freq=step, tz="UTC").tz_convert(zone)
    return times.tz_localize(None).to_numpy().astype("datetime64[us]").astype(float)


@pytest.mark.parametrize(("zone", "start", "seen"), [
    ("Europe/Berlin", "2024-03-03", "no event in the hour from 02:00 of 2024-03-31"),
    ("Europe/London", "2024-03-03", "no event in the hour from 01:00 of 2024-03-31"),
    ("Europe/Athens", "2024-10-01", "the hour from 03:00 of 2024-10-27 is there twice"),
    ("America/New_York", "2024-02-20", "no event in the hour from 02:00 of 2024-03-10"),
    ("America/New_York", "2024-10-01", "the hour from 01:00 of 2024-11-03 is there twice"),
    ("Australia/Sydney", "2024-09-10", "no event in the hour from 02:00 of 2024-10-06"),
    ("Pacific/Auckland", "2024-09-10", "no event in the hour from 02:00 of 2024-09-29"),
])  # fmt: skip
def test_summer_time_of_each_hour(zone, start, seen):
    (found,) = summer_time(local(start, zone), "at")
    assert sentence(found).startswith(f"at: {seen}: these are local times with summer time")


def test_both_nights_and_times_without_summer_time():
    (found,) = summer_time(local("2024-02-01", "Europe/Berlin", 4 * 8000, "15min"), "at")
    assert "2024-03-31, and the hour from 02:00 of 2024-10-27 is there twice" in sentence(found)
    for zone in ("UTC", "Asia/Tokyo", "Europe/Moscow"):
        assert summer_time(local("2024-02-01", zone, 8000), "at") == []
    days = np.arange(400.0) * 24 * HOUR + 1.7e15 // HOUR * HOUR
    assert summer_time(days, "at") == []
    draw = np.random.default_rng(0)  # seven events a day tell nothing of an hour
    assert summer_time(np.sort(draw.uniform(1.7e15, 1.7e15 + 400 * 24 * HOUR, 2800)), "at") == []


def test_a_step_back_in_the_night_tells_it_too():
    """Events of a busy shop, in the order in which they came."""
    draw = np.random.default_rng(2)
    true = pd.Series(pd.to_datetime("2024-10-01") + pd.to_timedelta(
        np.sort(draw.uniform(0, 60 * 24, 40_000)), "h")).dt.tz_localize("UTC")  # fmt: skip
    clock = true.dt.tz_convert("Europe/Berlin").dt.tz_localize(None).astype("datetime64[us]")
    clock = clock.astype("int64").to_numpy(dtype=float)
    assert (np.diff(clock) < 0).sum() == 1
    (found,) = summer_time(clock, "at")
    assert found.facts["autumn"] == "2024-10-27"
    assert found.facts["spring"] == ""
    assert summer_time(np.sort(clock), "at") == []
    shuffled = draw.permutation(clock)
    assert summer_time(shuffled, "at") == []


def test_sundays_on_which_clocks_are_changed():
    first, last = (
        int(pd.Timestamp(day).timestamp() // 3600) for day in ("2024-01-01", "2026-01-1")
    )
    europe, america = SWITCHES[0], SWITCHES[3]
    said = [
        [str(pd.Timestamp(hour, unit="h").date()) for hour in nights(which, 2, first, last)]
        for which in (europe.spring, europe.autumn, america.spring, america.autumn)
    ]
    assert said == [["2024-03-31", "2025-03-30"], ["2024-10-27", "2025-10-26"],
                    ["2024-03-10", "2025-03-09"], ["2024-11-03", "2025-11-02"]]  # fmt: skip


# what knows the label for a part ----------------------------------------------------------------


def test_what_is_filled_mostly_with_the_label():
    """In each part 9 of 10 rows with a label have a value, and 1 of 10 without."""
    row = np.arange(2000)
    with_label = row % 2 == 0
    filled = np.where(with_label, row % 20 != 0, row % 20 == 1)
    log = pd.DataFrame({"y": np.where(with_label, 1.0, np.nan), "a": np.where(filled, 1.0, np.nan),
                        "late": np.where(row < 1000, 1.0, np.nan),
                        "free": np.where(row % 3 == 0, 1.0, np.nan)})  # fmt: skip
    (found,) = mostly_with_label(log, ["a", "late", "free"], "y")
    assert found.column == "a"
    assert found.facts == pytest.approx({"filled_with": 0.9, "filled_without": 0.1})
    # labels end where the column does: rows of the same time say nothing against it
    ends = log.assign(y=np.where(row < 1000, 1.0, np.nan))
    assert mostly_with_label(ends, ["late"], "y") == []
    assert mostly_with_label(log.assign(y=1.0), ["a"], "y") == []


def split_of(log, names=("no", "yes")):
    X = log.drop(columns="y")
    text = X.select_dtypes("str").columns
    return Split.of(X.astype(dict.fromkeys(text, "category")), log["y"].to_numpy(),
                    "classification", names)  # fmt: skip


def told(log):
    return by_values(split_of(log), log, list(log.drop(columns="y")))


def test_a_value_that_gives_one_class_away():
    log = table(1000)[["x", "shop", "y"]]
    assert told(log) == []
    closed = (log["y"] == 1) & (np.arange(1000) % 3 == 0)
    (found,) = told(log.assign(stage=log["shop"].mask(closed, "closed")))
    assert found == Finding("one value, one class", "stage", "warned", {
        "value": "'closed'", "rows": int(closed.sum()), "others": 0, "class": "yes"})  # fmt: skip
    assert "all of the class yes" in sentence(found)
    (found,) = told(log.assign(credit=np.where(closed, log["x"] + 9, 0.0)))
    assert (found.column, found.facts["value"]) == ("credit", "another value than 0")
    (found,) = told(log.assign(code=np.where(closed, 7, np.arange(1000) % 5 * 3)))
    assert (found.column, found.facts["value"]) == ("code", "7")


def test_what_only_tells_much_is_no_leak():
    draw = np.random.default_rng(4)
    level = draw.integers(0, 9, 3000)
    log = pd.DataFrame({"level": level, "x": draw.normal(size=3000)})
    trend = log.assign(y=(level + draw.normal(0, 1.5, 3000) > 4).astype(int))
    assert trend.loc[trend["level"] == 8, "y"].mean() > 0.99  # the end of a trend
    assert told(trend) == []
    # another column tells the same
    log = table(1000)[["x", "y"]].assign(a=lambda t: np.where(t["y"] == 1, "p", "q"))
    assert told(log.assign(b=log["a"])) == []
    # in a class of nearly all rows, a value of it alone is no surprise
    rare = table(1000)[["shop", "x"]].assign(y=(np.arange(1000) % 50 == 0).astype(int))
    rare.loc[rare["shop"] == "a", "y"] = 0
    assert told(rare) == []


def test_a_label_that_is_computed_from_others():
    draw = np.random.default_rng(5)
    a, b, c = draw.uniform(1, 9, (3, 300))
    log = pd.DataFrame({"a": a, "b": b, "c": c, "n": np.where(a > 2, 1.0, np.nan)})

    def columns(y):
        return [(f.column, f.facts["others"], f.facts["how"])
                for f in adds_up(log, list(log), pd.Series(y))]  # fmt: skip

    pair = [("a", "b", "sum"), ("b", "a", "sum")]
    assert columns(a + b) == columns(2 * a - b + 7) == pair
    assert columns(a * b) == columns(a / b) == [("a", "b", "product"), ("b", "a", "product")]
    assert columns((a + b).round(3)) == pair
    log = log.drop(columns="n")
    assert [one for one, *_ in columns(a + b + c)] == ["a", "b", "c"]
    assert columns(a + b + 0.1 * draw.normal(size=300)) == []
    assert columns(3 * a) == []  # of one column its own model tells


def test_a_name_is_asked_about_where_it_matters():
    draw = np.random.default_rng(6)
    y = draw.integers(0, 2, 800)
    log = pd.DataFrame({"duration": y + draw.normal(size=800), "x": draw.normal(size=800), "y": y})
    split = split_of(log)
    (found,) = afterwards(split, ["duration", "x"])
    assert found.level == "asked"
    assert found.facts["with"] - found.facts["without"] > 0.1
    assert afterwards(split, ["x"]) == []
    other = log.rename(columns={"duration": "last_duration"})
    assert afterwards(split_of(other), ["last_duration", "x"]) == []
    no_use = log.assign(duration=draw.normal(size=800), x=log["duration"])
    assert afterwards(split_of(no_use), ["duration", "x"]) == []


def test_a_question_about_a_name_is_answered_by_keep_or_drop():
    draw = np.random.default_rng(6)
    y = draw.integers(0, 2, 800)
    log = pd.DataFrame({"duration": y + draw.normal(size=800), "x": draw.normal(size=800), "y": y})
    found = describe_table(log, {"label": "y"})
    assert found.stream is None
    assert "say keep=[duration] if it is there" in sentence(found.of_level("asked")[0])
    for given, features in ({"keep": ["duration"]}, ("duration", "x")), ({"drop": "duration"}, "x"):
        read = describe_table(log, {"label": "y", **given})
        assert read.stream.schema.features == tuple(features)
