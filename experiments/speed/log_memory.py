"""How much memory does a log take that is larger than what a process may have?

A folder of Parquet files, a folder for each of its parts, is written piece by piece: float features
of 4 bytes that do not shrink, two classes, time. Then a process that may allocate no more than the
limit (RLIMIT_DATA, which leaves out files that are mapped) replays it: Gaussian naive Bayes on the
last 50,000 labelled rows, trained anew every week, and monitors as in memory.py, with a folder for
scratch and without. Arrow takes its memory from the system: its own pool reserves a gibibyte of
addresses at once, which the limit would count.

python experiments/speed/log_memory.py [--rows 1.2e7] [--features 40] [--limit 1.5e9]
    [--scratch DIR] [--out results/speed]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from memory import Allocated
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded
from clsim.streams.delays import Constant

PLAIN: dict[str, Any] = {"compression": None, "use_dictionary": ["bought"]}
"""How files are written: random numbers do not shrink."""

PART = 500_000
"""Rows of a file."""


def written(folder: Path, rows: int, features: int) -> None:
    """Write the log: the label follows two features, and turns half way."""
    names = [f"x{k}" for k in range(features)]
    for part, low in enumerate(range(0, rows, PART)):
        draws = np.random.default_rng(part)
        row = np.arange(low, min(rows, low + PART))
        X = draws.standard_normal((len(row), features), dtype=np.float32)
        frame = pd.DataFrame(X, columns=names)
        up = (X[:, 0] > X[:, 1]) ^ (row >= rows // 2)
        frame["bought"] = np.where(up ^ (draws.random(len(row)) < 0.1), "yes", "no")
        frame["time"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(row * 864, unit="ms")
        (folder / f"part={part:04}").mkdir()
        frame.to_parquet(folder / f"part={part:04}/rows.parquet", index=False, **PLAIN)


def replayed(folder: str, scratch: str | None, limit: float) -> dict[str, Any]:
    """Replay it in this process: mebibytes at the peak, and seconds."""
    resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))
    allocated, begin, processor = Allocated(), time.perf_counter(), time.process_time()
    stream = Recorded(folder, "bought", time="time", drop=["part"])
    monitors = {
        "inputs": FeatureDistribution("kolmogorov_smirnov", window=5_000),
        "score": Score(window=5_000),
    }
    run = clsim.replay(
        stream, {"it": Strategy(Periodic(7), SlidingWindow(50_000), monitors=monitors)},
        learner=GaussianNB(), tick="1d", warmup=50_000, seed=1, delay=Constant("1d"),
        scratch=scratch,
    )["it"]  # fmt: skip
    return {
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "allocated_mib": allocated.most,
        "seconds": time.perf_counter() - begin,
        "processor": time.process_time() - processor,
        "score": run.score,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, default=1.2e7)
    parser.add_argument("--features", type=int, default=40)
    parser.add_argument("--limit", type=float, default=1.5e9)
    parser.add_argument("--scratch", default=tempfile.gettempdir())
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    parser.add_argument("--alone", help="one replay in this process")
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(replayed(**json.loads(asked.alone))))
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(dir=asked.scratch) as folder:
        written(Path(folder), int(asked.rows), asked.features)
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
        for scratch in (asked.scratch, None):
            given = {"folder": folder, "scratch": scratch, "limit": asked.limit}
            command = [sys.executable, "-W", "ignore", __file__, "--alone", json.dumps(given)]
            plain = {**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
            ended = subprocess.run(command, capture_output=True, text=True, check=False, env=plain)
            told = json.loads(ended.stdout) if ended.returncode == 0 else {}
            row = {
                "rows": int(asked.rows), "features": asked.features, "file_mib": size / 2**20,
                "limit_mib": asked.limit / 2**20, "columns": "disk" if scratch else "memory",
                "ended": "well" if told else ended.stderr.strip().splitlines()[-1][:60], **told,
            }  # fmt: skip
            print(row, flush=True)
            rows.append(row)
    pd.DataFrame(rows).round(4).to_csv(asked.out / "log_memory.csv", index=False)


if __name__ == "__main__":
    main()
