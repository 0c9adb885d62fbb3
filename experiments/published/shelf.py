"""Every published number that clsim comes to: claimed, computed, and by how much they differ.

``python experiments/published/shelf.py [ENTRY ...] [--slow] [--out FOLDER]`` writes ``shelf.csv``
and ``shelf.md``: into ``results/published`` what is whole (``--slow``), else into
``clsim-runs/published``. An entry is the beginning of a name, such as ``elec2``; with entries the
table is printed alone.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import amekoe
import comparisons
import dasari
import monitors
import pandas as pd
import prequential
import sequential
import triggers
from claim import Claim

from clsim.errors import unknown

SHELF = (sequential, comparisons, monitors, triggers, prequential, dasari, amekoe)
COLUMNS = ["claim", "source", "published", "clsim", "difference", "tolerance", "seconds", "verdict",
           "note"]  # fmt: skip
GREEN, RED, LACKS, LEFT, CANNOT = "agrees", "DIFFERS", "needs", "slow", "cannot"


def every() -> list[Claim]:
    """All claims, in the order of the shelf."""
    found = [claim for module in SHELF for claim in module.claims()]
    names = [claim.name for claim in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"two claims are called {sorted(twice)}")
    return found


def chosen(claims: Sequence[Claim], entries: Sequence[str]) -> list[Claim]:
    """Those whose names begin with one of the entries; all without entries.

    Raises
    ------
    ValueError
        For an entry with which no name begins.
    """
    for entry in entries:
        if not any(claim.name.startswith(entry) for claim in claims):
            known = dict.fromkeys(claim.name.partition("/")[0] for claim in claims)
            raise ValueError(unknown("entry", entry, known))
    return [c for c in claims if not entries or any(c.name.startswith(e) for e in entries)]


def tried(claim: Claim, slow: bool) -> dict[str, Any]:
    """A row of the shelf."""
    row: dict[str, Any] = {
        "claim": claim.name, "source": claim.source, "published": claim.published,
        "tolerance": claim.tolerance, "note": claim.note,
    }  # fmt: skip
    lacks = claim.lacks
    if claim.compute is None:
        return {**row, "verdict": CANNOT}
    if lacks is not None:
        return {**row, "verdict": f"{LACKS} {lacks}"}
    if claim.slow and not slow:
        return {**row, "verdict": LEFT}
    begin = time.process_time()
    value = float(claim.compute())
    difference = value - claim.published
    agrees = math.isfinite(value) and abs(difference) <= claim.tolerance * (1 + 1e-9)
    return {
        **row, "clsim": value, "difference": difference, "seconds": time.process_time() - begin,
        "verdict": GREEN if agrees else RED,
    }  # fmt: skip


def written(found: pd.DataFrame) -> str:
    """The table in Markdown, by entry: how many numbers agree, and the largest difference."""
    lines = ["| entry | source | numbers | agree | largest difference | tolerance | CPU seconds |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    entry = found["claim"].str.partition("/")[0]
    for (name, source), rows in found.groupby([entry, found["source"]], sort=False):
        at = rows["difference"].abs()
        largest = "" if at.isna().all() else f"{at.max():.2g}"
        within = "" if at.isna().all() else f"{rows.loc[at.idxmax(), 'tolerance']:.2g}"
        lines.append(
            f"| {name} | {source} | {len(rows)} | {(rows['verdict'] == GREEN).sum()} | {largest} "
            f"| {within} | {rows['seconds'].sum():.1f} |"
        )
    left = int((found["verdict"] == LEFT).sum())
    if left:
        lines += ["", f"Left out, since they take minutes (`--slow` has them): {left} numbers."]
    others = found[~found["verdict"].isin([GREEN, LEFT])]
    if len(others):
        lines += ["", "Not computed, or different:", ""]
        lines += [
            f"- {row.claim}: {row.verdict}. {row.note}".rstrip() for row in others.itertuples()
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("entries", nargs="*", metavar="ENTRY")
    parser.add_argument("--slow", action="store_true", help="also what takes more than seconds")
    parser.add_argument("--out", type=Path, help="folder for the table")
    given = parser.parse_args()
    out = given.out or Path("results" if given.slow else "clsim-runs") / "published"
    try:
        claims = chosen(every(), given.entries)
    except ValueError as error:
        parser.error(str(error))
    warnings.simplefilter("ignore")
    rows = []
    for claim in claims:
        rows.append(tried(claim, given.slow))
        if rows[-1]["verdict"] not in (GREEN, LEFT):
            print(f"{claim.name}: {rows[-1]['verdict']}", file=sys.stderr)
    found = pd.DataFrame(rows, columns=COLUMNS)
    if not given.entries:
        out.mkdir(parents=True, exist_ok=True)
        found.to_csv(out / "shelf.csv", index=False, float_format="%.10g")
        (out / "shelf.md").write_text(written(found), encoding="utf-8")
    print(written(found))
    sys.exit(bool((found["verdict"] == RED).any()))


if __name__ == "__main__":
    main()
