"""The numbers of the suite's page are those of its table."""

import re
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "results" / "suite"


def test_the_page_quotes_its_table():
    text = (ROOT / "experiments" / "suite" / "README.md").read_text("utf-8").replace("\u2212", "-")
    table = pd.read_csv(RESULTS / "suite_over_worlds.csv").set_index("strategy")
    rows = re.findall(r"^\| (.+?) \| .*? \| (.*) \| (.*) \| (.*) \| (.*) \|$", text, re.MULTILINE)
    known = {name: cells for name, *cells in rows if name != "strategy"}
    assert list(known) == list(table.index)
    for name, cells in known.items():
        row = table.loc[name]
        said = [float(number) for cell in cells for number in re.findall(r"-?\d+\.?\d*", cell)]
        keys = ("iqm", "iqm_low", "iqm_high", "mean", "better", "better_low", "better_high", "rank")
        per = (1, 1, 1, 1, 100, 100, 100, 1)
        steps = (0.005, 0.005, 0.005, 0.005, 0.5, 0.5, 0.5, 0.05)
        for number, key, unit, step in zip(said, keys, per, steps, strict=True):
            assert number == pytest.approx(unit * row[key], abs=step + 1e-6), (name, key)
    assert set(table["worlds"]) == {19}
    assert (table.drop("calendar")["better_high"] < 0.5).all()  # no rule beats the calendar
    assert (table[:11][["iqm_low", "mean_low"]] > 0).all(axis=None)
    assert (table.loc[["daily", "grid_calendar"], "iqm_high"] < 0).all()


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
