"""How much memory does a generated stream take, whatever its length?

Each length is consumed block by block in a process of its own; the peak is that of the operating
system (resident set), imports included.

python experiments/speed/stream_memory.py [--rows 1_000_000 20_000_000] [--out results/speed]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd

from clsim.streams import Synthetic
from clsim.streams.arrival import Poisson
from clsim.streams.concepts import SEA
from clsim.streams.drift import Gradual, RandomWalk


def peak(rows: int) -> float:
    """Mebibytes at the peak of this process, once it has consumed a stream."""
    drifts = [
        RandomWalk(SEA(1), step="1h"),
        Gradual(SEA(2), at="5d", width="2d"),
    ]
    rate = Poisson("100000/d", daily=0.5, weekly=0.2)
    for _ in Synthetic(SEA(0), drifts, n=rows, rate=rate, balance=[0.5, 0.5]).blocks(seed=1):
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 20_000_000])
    parser.add_argument("--alone", type=int, help="consume so many rows in this process")
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    arguments = parser.parse_args()
    if arguments.alone is not None:
        print(peak(arguments.alone))
        return
    peaks: dict[int, float] = {}
    for rows in arguments.rows:
        command = [sys.executable, __file__, "--alone", str(rows)]
        found = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        peaks[rows] = found
        share = found / peaks[arguments.rows[0]]
        print(f"{rows:>12,} rows: {found:7.1f} MiB, {share:.3f} of the first")
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = pd.Series(peaks, name="peak_mib").rename_axis("rows").round(2)
    table.to_csv(arguments.out / "stream_memory.csv")


if __name__ == "__main__":
    main()
