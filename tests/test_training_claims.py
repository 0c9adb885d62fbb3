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
