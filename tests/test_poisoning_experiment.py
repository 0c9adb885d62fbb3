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
    table = table.set_index(["world", "schedule", "gate"])
    compared = 0
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) != 5 or (cells[0], *cells[1].split(", ")) not in table.index:
            continue
        row = table.loc[(cells[0], *cells[1].split(", "))]
        assert int(cells[2]) == row["turned"]
        days = [float(part) for part in re.findall(r"[\d.]+", cells[3])]
        wanted = row[["days", "days_low", "days_high"]].to_numpy()
        assert days == pytest.approx(wanted[: len(days)], abs=0.0501)
        late = [float(part) for part in re.findall(r"[\d.]+", cells[4])]
        assert late == pytest.approx(row[["late", "late_low", "late_high"]].tolist(), abs=0.0051)
        compared += 1
    assert compared == len(table)
