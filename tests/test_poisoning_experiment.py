"""Who is turned by attackers who watch."""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "poisoning"))

import poisoning


def test_a_model_is_turned_at_the_end_of_the_first_week_below_the_bound():
    scores = np.full(poisoning.DAYS - poisoning.WARMUP, 0.9)
    assert poisoning.turned_after(scores) is None
    begin = poisoning.START - poisoning.WARMUP
    scores[begin + 10 :] = 0.56  # two such days of seven make .803, three .754
    assert poisoning.turned_after(scores) == 13
    scores[:begin] = 0.0  # what was before the attack does not count, but for weeks that it is in
    assert poisoning.turned_after(scores) == 1
