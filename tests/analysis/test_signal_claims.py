"""Tables of the README of experiments/signals are those of its files, and say what is claimed."""

import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "signals"))

import worth_tables

ROOT = Path(__file__).parents[2]
FILES = ROOT / "results" / "signals"


@pytest.fixture(scope="module")
def worlds():
    return pd.read_csv(FILES / "worth.csv").set_index(["world", "delay", "how", "signal"])


@pytest.mark.parametrize("name", ["cheapest", "equal rate", "delays", "logs"])
def test_tables_are_those_of_the_files(name):
    text = (ROOT / "experiments" / "signals" / "README.md").read_text()
    assert worth_tables.tables(FILES)[name] in text


def test_a_cell_by_hand():
    row = pd.Series({"worth": 1234.4, "worth_low": 0.6, "worth_high": -0.2})
    assert worth_tables.cell(row) == "**1,234** [1, 0]"
    row = pd.Series({"worth": -7.5, "worth_low": -20, "worth_high": 5})
    assert worth_tables.cell(row) == "-8 [-20, 5]"
