"""Who is turned by attackers who watch, and the numbers of its page."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "poisoning"))

import poisoning

ROOT = Path(__file__).parent.parent

NUMBER = re.compile(r"\d+(?:\.\d+)?")


def test_a_model_is_turned_at_the_end_of_the_first_week_below_the_bound():
    scores = np.full(poisoning.DAYS - poisoning.WARMUP, 0.9)
    assert poisoning.turned_after(scores) is None
    begin = poisoning.START - poisoning.WARMUP
    scores[begin + 10 :] = 0.56  # two such days of seven make .803, three .754
    assert poisoning.turned_after(scores) == 13
    scores[:begin] = 0.0  # what was before the attack does not count, but for weeks that it is in
    assert poisoning.turned_after(scores) == 1


def test_the_numbers_of_the_page_are_those_of_the_table():
    text = (ROOT / "experiments" / "poisoning" / "README.md").read_text()
    table = pd.read_csv(ROOT / "results" / "poisoning" / "poisoning.csv")
    table = table.set_index(["world", "gate", "schedule"]).sort_index()
    compared = 0
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 6 or tuple(cells[:2]) not in table.index:
            continue
        for schedule, cell in zip(poisoning.SCHEDULES, cells[2:], strict=True):
            row, told = table.loc[(*cells[:2], schedule)], NUMBER.findall(cell)
            if cell == "0" or ":" in cell:
                assert int(told[0]) == row["turned"]
                wanted, places = row[["days", "days_low", "days_high"]], 0.0501
            else:
                wanted, places = row[["late", "late_low", "late_high"]], 0.00501
            found = [float(number) for number in told[-3:] if cell != "0"]
            assert found == pytest.approx(wanted.tolist()[: len(found)], abs=places)
            compared += 1
    assert compared == 4 * 3 * (3 + 4)
    turned = table.drop("never", level="schedule").groupby(["world", "gate"])["turned"].sum()
    said = {
        ("adaptive, 20", "newest"): 4,
        ("adaptive, 40", "newest"): 38,
        ("blind, 20", "newest"): 22,
    }
    assert {key: turned[key] for key in said} == said
    assert turned.xs("trusted", level="gate").drop("a drift").sum() == 0
