"""For each kind of trouble the answer that is right, and the numbers of its page."""

import re
import sys
from pathlib import Path

import pandas as pd
import pytest

from clsim.runs.ledger import cost

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "repair"))

import repair

ROOT = Path(__file__).parent.parent

RIGHT = {
    "broken feature": "repair",
    "poisoned batch": "go back",
    "concept drift": "retrain",
    "other class shares": "adapt",
    "harmless shift": "nothing",
}


@pytest.mark.slow
@pytest.mark.parametrize("world", RIGHT)
def test_each_trouble_has_its_own_answer(world):
    runs = repair.replayed(world, 101)  # none of the seeds of the page
    costs = {name: cost(run.totals, repair.PRICES) for name, run in runs.items()}
    assert costs[RIGHT[world]] == min(costs.values())
    others = [value for name, value in costs.items() if name not in (RIGHT[world], "go back")]
    if world != "harmless shift":
        assert costs[RIGHT[world]] < min(others) - 20


def test_the_numbers_of_the_page_are_those_of_the_table():
    text = (ROOT / "experiments" / "repair" / "README.md").read_text()
    table = pd.read_csv(ROOT / "results" / "repair" / "repair.csv").set_index(["world", "strategy"])
    for world in repair.WORLDS:
        [line] = [line for line in text.splitlines() if line.startswith(f"| {world} |")]
        cells = [cell.replace("\u2212", "-").replace("*", "") for cell in line.split("|")[2:6]]
        for name, cell in zip(("retrain", "go back", "adapt", "repair"), cells, strict=True):
            row = table.loc[(world, name)]
            numbers = [int(part) for part in re.findall(r"-?\d+", cell)]
            assert numbers[0] == pytest.approx(row["more"], abs=0.5 + 1e-9), (world, name)
            if len(numbers) == 3:
                assert numbers[1:] == pytest.approx([row["low"], row["high"]], abs=0.5 + 1e-9)
            else:
                assert row["low"] == row["high"] == row["more"]
    wrong = table["errors"].round()
    told = {
        ("broken feature", "retrain"): 3064, ("broken feature", "nothing"): 3067,
        ("broken feature", "repair"): 1808, ("poisoned batch", "go back"): 1809,
        ("poisoned batch", "retrain"): 1830, ("other class shares", "adapt"): 1112,
        ("other class shares", "nothing"): 1337, ("other class shares", "retrain"): 1161,
    }  # fmt: skip
    for key, number in told.items():
        assert wrong[key] == number
        assert f"{number:,}" in text
