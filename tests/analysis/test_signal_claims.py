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
    return (
        pd.read_csv(FILES / "worth.csv").set_index(["world", "delay", "how", "signal"]).sort_index()
    )


@pytest.mark.parametrize(
    "name",
    [
        "cheapest",
        "equal rate",
        "delays",
        "delays at an equal rate",
        "logs",
    ],
)
def test_tables_are_those_of_the_files(name):
    text = (ROOT / "experiments" / "signals" / "README.md").read_text()
    assert worth_tables.tables(FILES)[name] in text


def worth(worlds, world, how, column="worth", delay=450):
    [name] = {name for name in worlds.index.levels[0] if name.startswith(world)}
    return worlds.loc[(name, delay, how)][column]


def test_what_is_claimed_of_worlds_is_in_the_file(worlds):
    usual = worlds.xs((450, "cheapest"), level=("delay", "how")).reset_index()
    usual = usual.pivot_table("worth", "signal", "world")
    harmful = usual.drop(columns=[name for name in usual if name[:5] in ("quiet", "harml")])
    first = harmful.idxmax()
    assert (len(first), (first == "labels").sum()) == (11, 9)
    assert first[[name for name in first.index if name.startswith("labels")]].item() == "answers"
    for how in ("cheapest", "equal rate"):  # of what is quiet nobody earns anything
        assert worth(worlds, "quiet", how).max() <= 0
        assert worth(worlds, "harmless", how).max() <= 0
    assert worth(worlds, "harmless", "equal rate", "worth_high")["inputs"] < 0
    ten, twenty = (f"recurring: elsewhere, and back, every {every}" for every in (10, 20))
    watching = ["labels", "estimate", "inputs"]
    assert worth(worlds, ten, "equal rate")[watching].max() < 0
    assert worth(worlds, ten, "equal rate", delay=0)[watching].min() > 0
    assert worth(worlds, twenty, "equal rate")[watching].min() > 0
    assert worth(worlds, ten, "cheapest", "share")["labels"] > 0.95
    assert (worlds["hindsight"] - worlds["worth"] >= 0).all()


def test_on_no_log_a_signal_beats_the_calendar_beyond_its_interval():
    logs = pd.read_csv(FILES / "worth_logs.csv")
    assert set(logs["world"]) == {"elec2", "bike", "bank"}
    assert not (logs["worth_low"] > 0).any()
    lost = logs[logs["worth_high"] < 0]
    assert set(zip(lost["world"], lost["signal"], strict=True)) == {("elec2", "labels")}


def test_a_cell_by_hand():
    row = pd.Series({"worth": 1234.4, "worth_low": 0.6, "worth_high": -0.2})
    assert worth_tables.cell(row) == "**1,234** [1, 0]"
    row = pd.Series({"worth": -7.5, "worth_low": -20, "worth_high": 5})
    assert worth_tables.cell(row) == "-8 [-20, 5]"
