"""The numbers on the page of the league of gates and roll-outs are those of its table."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "tests_judged"))

import league

ROOT = Path(__file__).parent.parent

NUMBER = re.compile(r"-?(?:\d[\d,]*)?\.?\d+")

TABLES = {
    "Wrong answers per 1,000 events": (["more"], True, league.EQUAL),
    "Worse challengers promoted; better ones rejected": (
        ["wrong_promotions", "wrong_rejections"], True, league.EQUAL
    ),
    "Undecided; exposure": (["undecided", "exposure"], True, league.EQUAL),
    "Labels; days until the verdict": (["labels", "waited"], True, league.EQUAL),
    "Foretold": (["foretold"], True, league.EQUAL),
    "Trials of a week": (["more"], True, league.WEEK),
}  # fmt: skip
"""For each table of the page its columns of the file, and whether these have intervals."""


@pytest.fixture(scope="module")
def table():
    table = pd.read_csv(ROOT / "results" / "tests_judged" / "league.csv")
    return (
        table[table["test"] == "together"].set_index(["trials", "delay", "strategy"]).sort_index()
    )


@pytest.fixture(scope="module")
def text():
    return (ROOT / "experiments" / "tests_judged" / "README.md").read_text().replace("\u2212", "-")


def numbers(cell):
    """Numbers of a cell, and half a unit of each one's last digit."""
    found = [part.replace(",", "") for part in NUMBER.findall(cell)]
    return [(float(n), 0.5 * 10.0 ** -len(n.partition(".")[2]) + 1e-9) for n in found]


def cells(text, title):
    """Each row of a table below its title: the strategy, and a cell for each delay."""
    rows = text.split(f"**{title}**")[1].split("\n\n")[1].splitlines()[2:]
    for row in rows:
        name, *cells = (cell.strip() for cell in row.strip("|").split("|"))
        yield name.rsplit(" (", 1)[0], cells


@pytest.mark.parametrize("title", TABLES)
def test_every_number_of_a_table_is_that_of_the_file(title, table, text):
    columns, intervals, trials = TABLES[title]
    compared = 0
    for name, row in cells(text, title):
        for delay, cell in zip(league.DELAYS, row, strict=True):
            last = trials if league.DELAYS[delay].more else league.EQUAL
            said, places = table.loc[(last, delay, name)], cell.split(";")
            if title.startswith("Wrong answers") and name == "no test":
                assert numbers(cell)[0][0] == pytest.approx(said["wrong"], abs=0.05 + 1e-9)
                continue
            for column, place in zip(columns, places, strict=True):
                ends = [column, f"{column}_low", f"{column}_high"] if intervals else [column]
                wanted, found = said[ends].tolist(), numbers(place)
                if len(found) == 1:
                    wanted = wanted[:1]
                for value, (number, half) in zip(wanted, found, strict=True):
                    assert number == pytest.approx(value, abs=half), (title, name, delay)
                compared += 1
    assert compared >= 4 * 10


def test_every_share_and_mean_in_the_text_is_some_number_of_the_file(table, text):
    """The tables say which; here a slip of the pen is found."""
    there = table.select_dtypes("number").abs().to_numpy().ravel()
    said = [number for number in numbers(text.split("**Trials of a week**")[1].split("\n\n", 2)[2])
            if number[1] < 0.4]  # fmt: skip
    assert len(said) > 40
    for number, half in said:
        assert (abs(there - abs(number)) <= half).any(), number


def test_labels_are_about_equal_at_all_delays(table):
    """Of what looks once; the canary judges each step by itself, and pairs that differ count."""
    once = ["gate, as measured", "gate, not worse by 2 points", "gate, significantly better",
            "shadow, better mean", "shadow, significant", "shadow, significant, mature",
            "A/B, significant", "bandit"]  # fmt: skip
    labels = table.loc[league.EQUAL].loc[(slice(None), once), "labels"]
    assert labels.between(950, 1_060).all()
    assert len(labels) == 4 * len(once)


def test_three_delays_and_one_by_outcome_are_in_the_league_for_every_rule(table):
    for delay in league.DELAYS:
        assert set(table.loc[(league.EQUAL, delay)].index) == set(league.strategies(delay))
    assert len(league.DELAYS) == 4
