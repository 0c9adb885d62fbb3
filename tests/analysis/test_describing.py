"""What is found in a table: by hand, by published numbers, and in logs with planted troubles."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.describe.delays import delays_of
from clsim.analysis.describe.drift import class_shares, distances
from clsim.analysis.describe.leaks import Split, by_gaps, by_model
from clsim.analysis.describe.roles import is_row_number
from clsim.analysis.describe.table import describe_table
from clsim.analysis.describe.times import epoch, gaps, serial
from clsim.report.describing import REASONS, ROLES, SENTENCES, lines_of, sentence

DAY = 86_400e6
ROOT = Path(__file__).parents[2]


def test_delays_are_the_estimate_of_kaplan_and_meier():
    """Remissions under 6-mercaptopurine (Freireich et al., 1963), as every textbook has them."""
    came = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    waited = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    end = 100.0
    time = np.array([0.0] * len(came) + [end - w for w in waited]) * DAY
    time[0] = (end - 6) * DAY  # so that the log ends at 100
    known = np.array([time[0] / DAY + 6, *came[1:], *[np.nan] * len(waited)]) * DAY
    found = delays_of(time, known)
    assert found.end == end * DAY
    assert (found.came, found.open, found.naive_median) == (9, 12, 10.0)
    curve = found.curve
    assert curve["delay"].tolist() == [6, 7, 10, 13, 16, 22, 23]
    published = [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448]
    assert np.round(1 - curve["known"], 3).tolist() == published
    assert curve["at_risk"].tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.quantile(0.5) == 23
    assert np.isnan(found.quantile(0.9))
    assert (curve["low"] <= curve["known"]).all()
    assert (curve["known"] <= curve["high"]).all()


def test_labels_still_to_come_make_the_naive_median_too_short():
    draw = np.random.default_rng(0)
    time = np.sort(draw.uniform(0, 60, 4000)) * DAY
    known = time + draw.exponential(30 / np.log(2), 4000) * DAY  # a median of 30 days
    known[known > 60 * DAY] = np.nan
    found = delays_of(time, known)
    assert found.naive_median < 17
    assert found.quantile(0.5) == pytest.approx(30, abs=3)  # its standard error is 1
    assert delays_of(time, np.full(4000, np.nan)) is None


def test_gaps_by_hand():
    clock = np.append(np.arange(100.0), 100 + 40 + np.arange(60.0)) * DAY
    (gap,) = gaps(clock, "at")
    assert gap.facts["days"] == 41
    assert gap.facts["start"] == "1970-04-10 00:00"
    assert gap.facts["share"] == pytest.approx(41 / 199)
    assert gaps(np.arange(100.0) * DAY, "at") == []
    (most,) = gaps(np.array([0, *range(30, 40)]) * DAY, "at")  # though there are few pauses
    assert most.facts["days"] == 30
    weekends = np.flatnonzero(np.arange(700) % 7 < 5) * DAY
    assert gaps(weekends, "at") == []


def test_numbers_that_count_since_1970():
    moment = pd.Series([1_704_067_200, 1_704_153_600])
    units = ["seconds", "milliseconds", "microseconds", "nanoseconds"]
    assert [epoch(moment * 1000**k) for k in range(4)] == units
    assert epoch(pd.Series([20240131, 20240201])) is None
    assert epoch(pd.Series(["1704067200"])) is None


def test_dates_of_a_spreadsheet():
    days = pd.Series(np.arange(45_292, 45_442, 0.25))
    assert serial(days)
    assert not serial(days.sample(frac=1, random_state=0))  # 30,000 to 60,000 may be an income
    assert not serial(days - 20_000)


@pytest.mark.parametrize(("times", "kind", "level"), [
    (np.arange(45_292, 45_442, 0.25), "serial", "refused"),
    (pd.date_range("2024-01-01", periods=600, freq="6h").strftime("%G-W%V-%u"), "unread time",
     "warned"),
], ids=["spreadsheet", "weeks"])  # fmt: skip
def test_times_that_cannot_be_read_are_no_features_in_silence(times, kind, level):
    rng = np.random.default_rng(0)
    log = pd.DataFrame({"Time": times, "x": rng.normal(size=600), "label": rng.integers(0, 2, 600)})
    assert ("Time", kind, level) in [
        (f.column, f.kind, f.level) for f in describe_table(log, {"label": "label"}).findings
    ]
    other = log.rename(columns={"Time": "income"})  # no time by its name
    said = describe_table(other, {"label": "label"}).findings
    assert not [f for f in said if f.kind == kind]


def test_holes_that_know_the_label_are_no_chance():
    rows = 200
    y = pd.Series(np.arange(rows) % 2).astype("Int64")
    y[150:] = pd.NA
    frame = pd.DataFrame({
        "y": y,
        "same": np.where(y.isna(), np.nan, 1.0),
        "inside": np.where(np.arange(rows) < 100, 1.0, np.nan),
        "one": np.where((np.arange(rows) % 2 == 1) & (np.arange(rows) < 60), 1.0, np.nan),
        "few": np.where(np.isin(np.arange(rows), [1, 3, 5]), 1.0, np.nan),
        "free": np.where(np.arange(rows) % 3 == 0, np.nan, 1.0),
    })  # fmt: skip
    found = {f.column: f.kind for f in by_gaps(frame, list(frame)[1:], "y")}
    # three rows of one class come by chance, with one in eight
    assert found == {
        "same": "missing with the label", "inside": "only with the label",
        "one": "only of one class",
    }  # fmt: skip


def test_a_column_leaks_where_it_beats_all_others_by_the_margin():
    draw = np.random.default_rng(1)
    X = pd.DataFrame(draw.normal(size=(1200, 2)), columns=["a", "b"])
    y = (X["a"] + 0.5 * draw.normal(size=1200) > 0).astype(int).to_numpy()
    scores, leaks = by_model(Split.of(X, y, "classification"))
    assert leaks == []
    assert scores["column"].tolist() == ["a", "b"]
    assert 0.8 < scores["alone"][0] < 0.95
    leaky = X.assign(c=y + 0.01 * draw.normal(size=1200))
    scores, leaks = by_model(Split.of(leaky, y, "classification"))
    assert [leak.column for leak in leaks] == ["c"]
    assert leaks[0].facts["alone"] > 0.999
    assert leaks[0].facts["others"] < 0.95
    asked, few = y[720:], min((y[720:] == 0).sum(), (y[720:] == 1).sum())  # of 1,200, the last 40 %
    assert (leaks[0].facts["rows"], leaks[0].facts["rarest"]) == (len(asked), few)
    assert f"on 480 of the last rows, {few} of them of the rarest class," in sentence(leaks[0])
    # of two that tell everything neither is hidden by the other
    both = pd.DataFrame({"a": X["a"], "b": X["a"] ** 3, "z": draw.normal(size=1200)})
    _, leaks = by_model(Split.of(both, (X["a"] > 0).astype(int).to_numpy(), "classification"))
    assert [leak.column for leak in leaks] == ["a", "b"]
    y = (X["a"] + X["b"]).to_numpy()
    _, leaks = by_model(Split.of(X.assign(c=3.0 * X["a"]), y, "regression"))
    assert leaks == []
    assert by_model(Split.of(X, np.zeros(1200, int), "classification"))[0].empty


def test_distances_by_hand():
    frame = pd.DataFrame({"x": np.repeat([0.0, 1.0, 2.0], 100), "c": np.repeat(list("aab"), 100),
                          "same": np.tile(np.arange(10.0), 30)})  # fmt: skip
    moved = distances(frame, ["x", "c", "same"]).set_index("column")["distance"]
    assert moved.to_dict() == {"x": 1.0, "c": 1.0, "same": 0.0}
    shares = class_shares(pd.Series([0, 0, 1, 1, 1, 1], dtype="Int64"))
    assert shares.to_dict("list") == {
        "class": ["0", "1"], "part 1": [1, 0], "part 2": [0, 1], "part 3": [0, 1],
    }  # fmt: skip


def test_a_user_goes_before_every_guess():
    draw = np.random.default_rng(0)
    at = pd.date_range("2024-01-01", periods=300, freq="1h")
    log = pd.DataFrame({"created": at, "seen": at + pd.Timedelta("1h"), "x": draw.normal(size=300),
                        "row": range(300), "churn": draw.integers(0, 2, 300),
                        "y": draw.integers(0, 2, 300)})  # fmt: skip
    found = describe_table(log)
    assert [f.kind for f in found.of_level("asked")] == ["which"]
    assert sentence(found.of_level("asked")[0]) == (
        "which column is the label: churn, y? Say label=NAME"
    )
    assert found.reading == {}
    found = describe_table(log, {"label": "y", "keep": ["row"], "time": "seen", "drop": "churn",
                                 "label_time": None})  # fmt: skip
    assert found.reading == {"label": "y", "time": "seen", "drop": ["created", "churn"]}
    assert found.stream.schema.features == ("x", "row")
    for given in ({"labl": "y"}, {"label": "z"}, {"slices": [1]}, {"day_first": 1}):
        with pytest.raises(ValueError, match=next(iter(given))):
            describe_table(log, given)


def test_what_counts_hours_counts_no_rows():
    rows = pd.Series(np.arange(500))
    assert is_row_number(rows)
    assert is_row_number(rows[rows % 50 != 7].reset_index(drop=True))
    assert is_row_number(rows.sample(frac=1, random_state=0))
    assert not is_row_number(rows % 24)
    assert not is_row_number(rows // 2)
    assert not is_row_number(rows / 2)


def test_what_is_kept_is_a_feature_though_it_leaks():
    draw = np.random.default_rng(0)
    y = draw.integers(0, 2, 400)
    log = pd.DataFrame({"x": draw.normal(size=400), "again": y * 2.0, "y": y})
    found = describe_table(log, {"label": "y"})
    assert found.reading["drop"] == ["again"]
    assert "say keep=[again] if it is there when a model answers" in "\n".join(lines_of(found))
    assert "drop" not in describe_table(log, {"label": "y", "keep": ["again"]}).reading


def test_offsets_in_text_are_told_as_the_zone_of_a_column_is():
    at = pd.date_range("2026-03-28 12:00", periods=400, freq="h", tz="Europe/Zurich")
    log = pd.DataFrame({"at": at, "x": np.arange(400.0) % 7, "y": np.arange(400) % 2})
    text = [time.isoformat() for time in at]
    for times, zone in ((at, "Europe/Zurich"), (text, "+01:00 or +02:00")):
        found = describe_table(log.assign(at=times), {"label": "y"})
        assert f"- at: times have the zone {zone}; the clock is UTC" in lines_of(found)
    utc = [time.isoformat() for time in at.tz_convert("UTC")]
    assert "zone" not in "\n".join(lines_of(describe_table(log.assign(at=utc), {"label": "y"})))


# planted troubles -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted():
    folder = str(ROOT / "experiments" / "describe")
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("planted", f"{folder}/describe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(folder)


@pytest.mark.slow
def test_troubles_are_found_and_told_and_none_is_invented(planted):
    judged = []
    for number, trouble in enumerate(planted.TROUBLES):
        draw = np.random.default_rng([1, number])
        found = planted.described(trouble.plant(planted.clean(1 + number), draw))
        judged.append(planted.judge(trouble, found))
        said = "\n".join(lines_of(found))
        assert all(column in said for column in trouble.columns)
        assert {f.kind for f in found.findings} <= set(SENTENCES)
        assert {role.role for role in found.roles.values()} <= set(ROLES)
        assert {role.reason for role in found.roles.values()} <= set(REASONS)
    table = pd.DataFrame(judged)
    assert len(table) == 40
    assert table[~(table["found"] & table["as it should"])]["trouble"].tolist() == []
    assert table[table["invented"] != ""]["trouble"].tolist() == []


@pytest.mark.slow
def test_clean_logs_are_read_and_nothing_is_invented(planted):
    table = planted.untroubled(seed=1)
    assert len(table) == 7
    assert table["read"].all()
    assert (table["invented"] == "").all()
