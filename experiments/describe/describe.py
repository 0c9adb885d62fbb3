"""What clsim-describe finds in logs with a planted trouble, misses, and invents.

``python experiments/describe/describe.py`` writes ``results/describe``, of which the README is
made; tests assert what it says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))

from logs import CLEAN, TROUBLES, UNSOUGHT, Trouble, clean  # type: ignore[import-not-found]

from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.table import Description, describe_file

GRAVE = ("refused", "asked", "warned")
"""Levels at which a finding that is not due is an invention."""


def described(log: pd.DataFrame) -> Description:
    """A log, written as CSV and described as the command does it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.csv"
        log.to_csv(file, index=False)
        return describe_file(file)


def end_of(found: Description) -> str:
    """How a log ends: with a reading, a refusal or a question."""
    if found.of_level("refused"):
        return "refusal"
    return "question" if found.of_level("asked") else "reading"


def judge(trouble: Trouble, found: Description) -> dict[str, object]:
    """Whether a trouble was found, and what else was said."""
    due = {(kind, column) for kind in trouble.kinds for column in trouble.columns or (None,)}
    due_columns = set(trouble.columns or (None,))
    said = [(finding.kind, finding.column) for finding in found.findings]
    hit = {column for kind, column in said if (kind, column) in due}
    invented = [
        f"{finding.kind}: {finding.column}" for finding in found.findings
        if finding.level in GRAVE
        and (finding.kind, finding.column) not in due | set(trouble.beside)
    ]  # fmt: skip
    return {
        "trouble": trouble.name,
        "in": ", ".join(trouble.columns),
        "found": hit == due_columns,
        "ends in a": end_of(found),
        "as it should": end_of(found) == trouble.ends and _right(trouble, found),
        "invented": "; ".join(invented),
    }


def _right(trouble: Trouble, found: Description) -> bool:
    """Whether a reading leaves out what knows the label, and keeps what does not."""
    if trouble.ends != "reading":
        return found.stream is None
    assert found.stream is not None
    return set(found.stream.schema.features) == set(trouble.features)


def troubled(seed: int, troubles: Sequence[Trouble] = TROUBLES) -> pd.DataFrame:
    """One row for each trouble."""
    rows = []
    for number, trouble in enumerate(troubles):
        draw = np.random.default_rng([seed, number])
        rows.append(judge(trouble, described(trouble.plant(clean(seed + number), draw))))
    return pd.DataFrame(rows)


def untroubled(seed: int) -> pd.DataFrame:
    """One row for each clean log."""
    rows = []
    for name, make in CLEAN.items():
        found = described(make(seed))
        invented = [finding for finding in found.findings if _grave(finding)]
        rows.append(
            {"log": name, "read": found.stream is not None,
             "invented": "; ".join(f"{f.kind}: {f.column}" for f in invented)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _grave(finding: Finding) -> bool:
    return finding.level in GRAVE


def main() -> None:
    """Print a line for each seed, and write each log of all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=10, help="the first seed")
    parser.add_argument("--seeds", type=int, default=10, help="how many of them")
    parser.add_argument("--out", type=Path, default=Path("results/describe"))
    given = parser.parse_args()
    bad, good = [], []
    for seed in range(given.first, given.first + given.seeds):
        sought, beyond, healthy = troubled(seed), troubled(seed, UNSOUGHT), untroubled(seed)
        bad += [sought.assign(sought=True, seed=seed), beyond.assign(sought=False, seed=seed)]
        good.append(healthy.assign(seed=seed))
        said = (sought["invented"] != "").sum(), (healthy["invented"] != "").sum()
        print(
            f"seed {seed}: found {sought['found'].sum()} of {len(sought)}, ended as they should "
            f"{sought['as it should'].sum()}, invented in {said[0]}; clean: read "
            f"{healthy['read'].sum()} of {len(healthy)}, invented in {said[1]}; beyond the rules: "
            f"found {beyond['found'].sum()} of {len(beyond)}",
            flush=True,
        )
    given.out.mkdir(parents=True, exist_ok=True)
    pd.concat(bad).to_csv(given.out / "troubled.csv", index=False)
    pd.concat(good).to_csv(given.out / "untroubled.csv", index=False)


if __name__ == "__main__":
    main()
