"""Bank Marketing as the plain CSV that `clsim.streams.Recorded` reads.

    python experiments/bank_marketing/prepare.py bank-additional.zip bank_marketing.csv

The archive of UCI separates by ';'. `duration`, the length of the call, is left out: it is known
only when the answer is, and so leaks it (the data's own description says so).
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from pathlib import Path

import pandas as pd

MEMBER = "bank-additional/bank-additional-full.csv"
LABEL, LEAK = "y", "duration"


def read(archive: Path) -> pd.DataFrame:
    """The 41,188 calls in time order: 19 features and the label.

    Raises
    ------
    ValueError
        If the file is no zip, lacks the member, or the member is another table.
    """
    if not archive.is_file():
        raise ValueError(f"{str(archive)!r}: no such file")
    if not zipfile.is_zipfile(archive):
        raise ValueError(f"{str(archive)!r}: not a zip archive")
    with zipfile.ZipFile(archive) as files:
        if MEMBER not in files.namelist():
            inner = [name for name in files.namelist() if name.endswith(".zip")]
            remedy = f"; unpack it, and give the one within that has it ({inner})" if inner else ""
            raise ValueError(f"{str(archive)!r}: has no {MEMBER!r}{remedy}")
        with files.open(MEMBER) as file:
            # as text, so that numbers are written as they were and no category becomes missing
            frame = pd.read_csv(file, sep=";", dtype=str, keep_default_na=False)
    missing = {LABEL, LEAK} - set(frame.columns)
    if missing:
        raise ValueError(
            f"{MEMBER}: has no column {', '.join(sorted(missing))}; columns are "
            f"{', '.join(frame.columns)}"
        )
    return frame.drop(columns=LEAK)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("archive", type=Path, help=f"zip that holds {MEMBER}")
    parser.add_argument("out", type=Path, help="CSV to write")
    given = parser.parse_args()
    try:
        frame = read(given.archive)
        frame.to_csv(given.out, index=False)
    except (OSError, ValueError) as error:
        print(f"prepare.py: {error}", file=sys.stderr)
        return 2
    yes = (frame[LABEL] == "yes").mean()
    print(f"{given.out}: {len(frame):,} rows, {frame.shape[1] - 1} features, {yes:.1%} said yes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
