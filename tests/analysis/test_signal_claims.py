"""Tables of the README of experiments/signals are those of its files, and say what is claimed."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "signals"))

import worth_tables

from helpers.quoted import NUMBER, Page, said

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


def test_every_number_told_of_worth_is_some_number_of_the_files():
    """The tables say which; here a slip of the pen is found."""
    text = (ROOT / "experiments" / "signals" / "README.md").read_text("utf-8")
    for table in worth_tables.tables(FILES).values():
        text = text.replace(table, "")
    page = Page(text[text.index("\n**Logs.**") :])
    page.sets("ticks of 325", "trees on 2,000")
    there = pd.concat([pd.read_csv(FILES / f"{name}.csv") for name in ("worth", "worth_logs")])
    there = there.select_dtypes("number").abs().to_numpy().ravel()
    numbers = re.findall(NUMBER, "".join(page.told))
    assert len(numbers) > 60
    for number in numbers:
        value, half = said(number)
        assert (abs(there - abs(value)) <= half + 1e-9).any(), number
    assert not page.wrong


TOLD = [
    ("harmless", ["accuracy"]), ("harmless", ["distance of x1"]),
    ("harmless", ["estimate", "score"]),
    ("hidden", ["accuracy"]), ("hidden", ["distance of x0", "distance of x1"]),
    ("hidden", ["estimate"]),
    ("moved", ["accuracy"]), ("moved", ["estimate"]),
    ("moved", ["estimate, shares of classes mended"]),
    ("rarer", ["accuracy"]), ("rarer", ["estimate"]),
    ("rarer", ["estimate, shares of classes mended"]),
    ("broken", ["accuracy"]), ("broken", ["distance of x0"]),
    ("broken", ["distance of x0 in site=b"]), ("broken", ["score"]),
    ("broken", ["score in site=b"]),
    ("tiny", ["accuracy"]), ("tiny", ["p-value of x1"]), ("tiny", ["short distance of x1"]),
    ("slow", ["accuracy"]), ("slow", ["arrived"]), ("slow", ["mature"]),
    ("slow", ["bias of what arrived"]),
]  # fmt: skip
"""World and signals of each row of the first table; of two signals the mean, and both ends."""


def test_what_was_said_in_known_worlds_is_in_the_file():
    page = Page((ROOT / "experiments" / "signals" / "README.md").read_text("utf-8"))
    found = pd.read_csv(FILES / "worlds.csv").set_index(["world", "signal"])
    rows = page.rows("| world | | by arithmetic", cells=2)
    for (name, cells), (world, signals) in zip(rows, TOLD, strict=True):
        some = found.loc[[(world, signal) for signal in signals]]
        both = dict(zip(("before", "after"), cells.split("|")[1:3], strict=True))
        for when, cell in both.items():
            if (world, signals[0], when) == ("tiny", "p-value of x1", "after"):
                continue  # which the file has as 0
            ends = some[when].str.findall(NUMBER).map(lambda three: [*map(float, three)])
            mean, low, high = zip(*ends, strict=True)
            page.compare(f"{name}, {when}", re.findall(NUMBER, cell)[:3],
                         [sum(mean) / len(mean), min(low), max(high)])  # fmt: skip
        arithmetic = re.findall(rf"({NUMBER}) → ({NUMBER})", cells.split("|")[0])
        for numbers in arithmetic:
            if signals != ["p-value of x1"]:
                page.compare(name, numbers, some.iloc[0][["expected_before", "expected_after"]])
    assert not page.wrong
