"""For each kind of trouble the answer that is right."""

import sys
from pathlib import Path

import pytest

from clsim.runs.ledger import cost

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "repair"))

import repair

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
