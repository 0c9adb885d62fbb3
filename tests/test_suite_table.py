"""The numbers of the suite's page are those of its table."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from clsim.report.parts.suite import suite_latex

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "suite"))

import suite

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "suite"


def test_the_page_quotes_its_table():
    text = (ROOT / "experiments" / "suite" / "README.md").read_text("utf-8").replace("\u2212", "-")
    table = pd.read_csv(RESULTS / "suite_over_worlds.csv").set_index("strategy")
    assert (RESULTS / "suite_over_worlds.md").read_text("utf-8").replace("\u2212", "-") in text
    rows = re.findall(
        r"^\| (.+?) \| .*? \| (.*) \| (.*) \| (.*) \| (.*) \| .*\|$", text, re.MULTILINE
    )
    known = {name: cells for name, *cells in rows if name != "strategy"}
    assert list(known) == list(table.index)
    for name, cells in known.items():
        row = table.loc[name]
        said = [float(number) for cell in cells for number in re.findall(r"-?\d+\.?\d*", cell)]
        keys = ("iqm", "iqm_low", "iqm_high", "mean", "mean_low", "mean_high",
                "better", "better_low", "better_high", "rank", "rank_low", "rank_high")  # fmt: skip
        per = (1,) * 6 + (100,) * 3 + (1,) * 3
        steps = (0.005,) * 6 + (0.5,) * 3 + (0.05,) * 3
        for number, key, unit, step in zip(said, keys, per, steps, strict=True):
            assert number == pytest.approx(unit * row[key], abs=step + 1e-6), (name, key)
    assert set(table["worlds"]) == {19}
    options = len(suite.SHIPPED)  # loop, which one world cannot have, is not among those over all
    assert f"{options} options of `conf/strategy`, {len(suite.TRIGGERS)} of" in text
    assert len(table) == 3 + options - 1 + len(suite.TRIGGERS) + len(suite.GRIDS)
    rules = table[table["reference"].isna()]
    assert (rules["better_low"] < 0.5).all()  # no rule beats the calendar
    assert list(rules.index[rules["better_high"] >= 0.5]) == ["wait_for"]
    assert (table[:14][["iqm_low", "mean_low"]] > 0).all(axis=None)
    assert (table.iloc[14][["iqm_low", "mean_low"]] <= 0).any()
    worse = table.index[(table[["iqm_high", "mean_high"]] < 0).all(axis=1)]
    assert list(worse) == ["stage_3", "grid_calendar", "no_model", "daily"]
    assert rules.index[rules["over_budget"] == 0][0] == "wait_for"
    assert "65 % of them (50 to 79 %)" in text
    assert [
        round(100 * table.loc["schedule", key]) for key in ("better", "better_low", "better_high")
    ] == [65, 50, 79]


def test_the_page_says_what_dates_save_beside_a_calendar():
    scales = pd.read_csv(RESULTS / "scales.csv")
    earns = scales[scales["earns"] & ~scales["world"].str.startswith("tuning")]
    free = (earns["best"] == "free dates").sum()
    share = (earns["calendar_gain"] / earns["gain"]).mean()
    text = (ROOT / "experiments" / "suite" / "README.md").read_text("utf-8")
    assert f"In {free} of the {len(earns)} worlds the best fixed schedule has free dates" in text
    assert f"the best calendar saves {100 * share:.0f} % of what it saves" in text


def test_no_regret_is_negative_and_quiet_worlds_pay_nobody():
    quiet = pd.read_csv(RESULTS / "suite_quiet.csv")
    every = pd.concat([pd.read_csv(RESULTS / "suite.csv"), quiet])
    assert every["regret_least"].dropna().ge(0).all()
    assert every["regret_least"].notna().sum() > 500
    assert (quiet["high"] >= 0).all()
    assert (every.query("strategy == 'never'")[["score", "excess"]].sum() == 0).all()


def test_the_order_stays_under_other_draws():
    halves = pd.read_csv(RESULTS / "halves.csv")
    found = halves[["first", "second"]].rank().corr().iloc[0, 1]
    assert found == pytest.approx(halves["rank_correlation"].iloc[0], abs=1e-5)
    text = (ROOT / "experiments" / "suite" / "README.md").read_text("utf-8")
    assert f"(Spearman) of {found:.2f} over all {len(halves)} strategies" in text
    again = pd.read_csv(RESULTS / "again.csv")
    found = again[["table", "again"]].rank().corr().iloc[0, 1]
    assert found == pytest.approx(again["rank_correlation"].iloc[0], abs=1e-5)
    assert f"it is {found:.2f} between interquartile means" in text


def test_the_latex_is_of_the_tables():
    names = ("suite", "suite_quiet", "suite_over_worlds", "suite_equal_labels")
    found = {name: pd.read_csv(RESULTS / f"{name}.csv") for name in names}
    written = {path.stem: path.read_text("utf-8") for path in RESULTS.glob("*.tex")}
    assert written == suite_latex(found)
    over = found["suite_over_worlds"]
    columns_of = {
        "suite_over_worlds": ("iqm", "mean", "better", "rank"),
        "suite_equal_labels": ("labels", "labels_against", "saved", "better"),
    }
    for name, columns in columns_of.items():
        rows = re.findall(
            r"^    (.+?) & .+? & (.+?) & (.+?) & (.+?) & ([^&]+?)(?: & [^&]*)? \\\\$",
            written[name],
            re.M,
        )
        table = found[name]
        assert [row[0] for row in rows[1:]] == [of.replace("_", r"\_") for of in table["strategy"]]
        for row, (_, own) in zip(rows[1:], table.iterrows(), strict=True):
            for cell, key in zip(row[1:], columns, strict=True):
                mean, *half = re.findall(r"-?[\d.]+", cell.replace("{,}", ""))
                assert float(mean) == pytest.approx(own[key], rel=0.05, abs=0.06), (own, key)
                for one in half:
                    low, high = own[f"{key}_low"], own[f"{key}_high"]
                    assert float(one) == pytest.approx((high - low) / 2, rel=0.06)
    shown = ["never", "calendar", *over.loc[over["reference"].isna(), "strategy"][:4]]
    head = re.search(r"^    world & (.+) \\\\$", written["suite"], re.M)[1]
    assert head.replace(r"\_", "_").split(" & ") == shown


def test_at_equal_labels_the_page_quotes_its_table():
    table = pd.read_csv(RESULTS / "suite_equal_labels.csv").set_index("strategy")
    text = (ROOT / "experiments" / "suite" / "README.md").read_text("utf-8").replace("\u2212", "-")
    [said] = re.findall(r"^- \*\*At equal labels\*\*.*$", text, re.M)
    loop = table.loc["loop"]
    assert loop["labels"] == pytest.approx(loop["labels_against"], rel=1e-6)
    for number in (f"{loop['labels']:,.0f} labels", f"{loop['worlds']:.0f} worlds",
                   f"{loop['saved']:.2f} ({loop['saved_low']:.2f} to {loop['saved_high']:.2f})",
                   f"{100 * loop['better']:.0f} % of the draws"):  # fmt: skip
        assert number in said, number
    scores = pd.read_csv(RESULTS / "suite.csv")
    there = scores["world"].isin(scores.loc[scores["strategy"] == "loop", "world"])
    mean = scores[there].groupby("strategy")["score"].mean()
    calendar = mean["calendar, labels of loop"]
    assert f"that calendar scores {calendar:.2f}, and `loop` {mean['loop']:.2f}." in said
