"""What is said of stateful training says its table, and the table its runs."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "training"))

import training

from clsim.rounding import MINUS

ROOT = Path(__file__).parent.parent
README = (ROOT / "experiments" / "training" / "README.md").read_text("utf-8")
FOUND = ROOT / "results" / "training"


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(FOUND / "table.csv")


def test_the_table_is_that_of_its_runs(table):
    again = training.table(pd.read_csv(FOUND / "runs.csv")).round(3)
    pd.testing.assert_frame_equal(again, table)


def lines():
    """Lines of tables in the README that begin with a strategy: its cells."""
    for line in README.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and cells[0] in training.learners():
            yield cells


def said(row, key):
    """A number and its interval, as the README writes them."""
    mean, low, high = (f"{row[name]:.1f}" for name in (key, f"{key}, low", f"{key}, high"))
    return f"{mean} ({low} to {high})".replace("-", MINUS)


def test_every_number_of_its_tables_is_in_the_file(table):
    checked = 0
    for learner, strategy, rows, cheaper, *wrong, forgetting in lines():
        mine = table[(table["learner"] == learner) & (table["strategy"] == strategy)]
        by = mine.set_index("world")
        assert float(rows.replace(",", "")) == by["rows"].iloc[0], strategy
        assert cheaper == (f"{by['cheaper'].iloc[0]:.1f}" if by["rows"].iloc[0] else ""), strategy
        assert wrong == [said(by.loc[world], "wrong") for world in training.worlds()], strategy
        assert forgetting == said(by.loc["recurring"], "forgetting"), strategy
        checked += 1
    assert checked == len(table) / len(training.worlds())


def test_rows_are_cheaper_by_the_window_over_the_period(table):
    """By arithmetic: 45 days each day, or one."""
    for learner in training.learners():
        times = table[table["learner"] == learner].set_index(["strategy", "world"])["cheaper"]
        assert times["stateful, 1", "still"] == training.WINDOW
        fresh = times["scratch on 4 days, 1", "still"]
        assert fresh == pytest.approx(training.WINDOW / 4, abs=1e-3)


def test_every_difference_that_is_told_is_in_the_file(table):
    by = table[table["learner"] == "linear"].set_index(["strategy", "world"])
    for strategy, world, told in (
        ("stateful, 1", "turning", "15.1 points fewer (7.7 to 22.4)"),
        ("scratch on 4 days, 1", "turning", "15.2 fewer (7.8 to 22.6)"),
        ("stateful, 1", "recurring", "4.4 points (2.0 to 6.9)"),
    ):
        row = by.loc[strategy, world]
        numbers = [f"{-row[key]:.1f}" for key in ("more", "more, high", "more, low")]
        assert numbers == [part for part in told.replace("(", "").replace(")", "").split()
                           if part[0].isdigit()], told  # fmt: skip
        assert told in README
    wrong = by["wrong"]
    assert "512 the recurring world costs 3.5 points more than at 64" in README
    assert round(wrong["batch 512", "recurring"] - wrong["batch 64", "recurring"], 1) == 3.5
    assert wrong["batch 2048", "recurring"] > wrong["never", "recurring"]
    assert "on the turning world 7.1 points" in README
    lost = wrong["stateful and replay, 1", "turning"] - wrong["stateful, 1", "turning"]
    assert round(lost, 1) == 7.1
    assert "here it fell by 8" in README
    assert 7 < by["quicker"]["stateful, 1"].mean() < 9


def test_what_is_told_of_naive_bayes_is_in_the_file(table):
    """A learner that adds up: batches of 1, 8 and 64 rows are one and the same."""
    by = table[table["learner"] == "naive Bayes"].set_index(["strategy", "world"])
    for world in training.worlds():
        same = [by["wrong"][f"batch {rows}", world] for rows in (1, 8, 64)]
        assert max(same) - min(same) < 0.05
    more = by.loc["stateful, 1", "turning"]
    told = [f"{more[key]:.1f}".replace("-", MINUS) for key in ("more", "more, low", "more, high")]
    assert f"{told[0]} points more than 45 days from scratch ({told[1]} to {told[2]}," in README
    less = by.loc["scratch on 4 days, 1", "turning"]
    told = [f"{-less[key]:.1f}" for key in ("more", "more, high", "more, low")]
    assert f"wrong on {told[0]} fewer ({told[1]} to {told[2]})" in README
    gone = by["forgetting"]["stateful, 1", "recurring"]
    assert f"Nothing is forgotten ({gone:.1f} points" in README
    assert abs(gone - by["forgetting"]["scratch on 45 days, 1", "recurring"]) < 0.5
    assert "either way: by 4)" in README
    assert 3.5 < by["quicker"]["stateful, 1"].mean() < 4.5
