"""Micro-batches give what a bare loop of the same calls gives, and take what the README says."""

import sys
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "speed"))

import micro_batches

ROOT = Path(__file__).parent.parent


def test_answers_are_those_of_a_bare_loop():
    """Which `measured` asserts: of four learners, with ten batches a tick and with one."""
    found = micro_batches.measured(rows=3 * micro_batches.WARMUP, repeats=1)
    assert found["batches"].tolist() == [10, 19] * len(micro_batches.LEARNERS)


def test_the_table_is_that_of_its_file():
    seconds = pd.read_csv(ROOT / "results" / "speed" / "micro_batches.csv")
    readme = (ROOT / "experiments" / "speed" / "README.md").read_text("utf-8")
    for _, row in micro_batches.summary(seconds).iterrows():
        copy = row["copied, more µs"]
        told = [f"{row['bare, µs']:,.0f}", f"{row['bare, µs'] + row['clsim, more µs']:,.0f}",
                f"{row['ratio']:.2f}", f"{row['clsim, more µs']:.0f}",
                f"{copy:.0f}" if copy >= 10 else "under 10"]  # fmt: skip
        line = f"| {row['learner']} | {row['batches a tick']} | {' | '.join(told)} |"
        assert line in readme
