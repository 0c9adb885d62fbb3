"""How much memory does a replay take, against rows, strategies, delays, holdouts and references?

Each replay runs in a process of its own; the peak is that of the operating system (resident set,
pages of mapped files among it; `allocated` is without them), imports included. Ten features of 8
bytes, two classes, time, a column of slices, ticks of a day (100,000 events), Gaussian naive Bayes
on the last 50,000 labelled rows, trained anew every week; a monitor of all features and one of the
score. With a limit, the process may not allocate more (RLIMIT_DATA, which leaves out files that are
mapped): what asks for more fails.

python experiments/speed/memory.py [--rows 1e5 1e6 4e6 2e7] [--delays 1 10] [--limit 1.5e9]
    [--scratch DIR] [--out results/speed]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, Score
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import Constant, Exponential
from clsim.streams.drift import Gradual
from clsim.streams.groups import Groups

KEY = ["rows", "features", "strategies", "delay", "days", "holdout", "reference", "limit"]
"""What is varied."""


class Allocated:
    """The most that this process had allocated, in mebibytes: looked at every twentieth second."""

    def __init__(self) -> None:
        self.most = 0.0
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        while True:
            status = Path("/proc/self/status").read_text()
            (line,) = (line for line in status.splitlines() if line.startswith("RssAnon"))
            self.most = max(self.most, int(line.split()[1]) / 1024)
            time.sleep(0.05)


def replayed(
    rows: int, scratch: str | None, strategies: int, delay: str, days: int, holdout: int,
    reference: int, limit: float,
) -> dict[str, Any]:  # fmt: skip
    """Replay so many rows in this process: mebibytes at the peak, and seconds."""
    if limit:
        resource.setrlimit(resource.RLIMIT_DATA, (int(limit), int(limit)))
    allocated = Allocated()
    drift = Gradual(Logistic(variant=1), at=f"{rows // 2 * 864}ms", width=f"{rows // 10 * 864}ms")
    groups = {"country": Groups({"a": 0.7, "b": 0.3})}
    stream = Synthetic(Logistic(), [drift], n=rows, rate="100000/d", groups=groups)
    monitors = {
        "inputs": FeatureDistribution(
            "kolmogorov_smirnov", window=5_000, reference=reference or None
        ),
        "score": Score(window=5_000),
    }
    some = {
        str(k): Strategy(
            Periodic(7, phase=k % 7), SlidingWindow(50_000), monitors=monitors,
            **({"offline": ChampionChallenger(holdout=holdout)} if holdout else {}),
        )
        for k in range(strategies)
    }
    begin, processor = time.perf_counter(), time.process_time()
    runs = clsim.replay(
        stream, some, learner=GaussianNB(), tick="1d" if rows > 300_000 else "1h",
        warmup=50_000, seed=1, scratch=scratch,
        delay=(Constant if delay == "constant" else Exponential)(f"{days}d"),
    )  # fmt: skip
    return {
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "allocated_mib": allocated.most,
        "seconds": time.perf_counter() - begin,
        "processor": time.process_time() - processor,
        "score": runs["0"].score,
    }


def measured(rows: int, scratch: str | None, strategies: int, delay: str) -> dict[str, Any]:
    """The same in a process of its own."""
    asked = {"rows": rows, "scratch": scratch, "strategies": strategies, "delay": delay}
    command = [sys.executable, "-W", "ignore", __file__, "--alone", json.dumps(asked)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    held = "memory" if scratch is None else "disk"
    return {"rows": rows, "features": held, "strategies": strategies, "delay": delay,
            **json.loads(told)}  # fmt: skip


def drawn(table: pd.DataFrame, file: Path) -> None:
    """Memory against rows, both on logarithmic axes."""
    import matplotlib.pyplot as plt  # not in the processes that are measured

    fig, axis = plt.subplots(figsize=(5, 3.5), layout="constrained")
    for (held, strategies, delay), some in table.groupby(["features", "strategies", "delay"]):
        line = some.sort_values("rows")
        label = f"features in {held}, {strategies} strategies, {delay} delay"
        axis.loglog(line["rows"], line["peak_mib"], marker="o", label=label)
    axis.set(xlabel="rows", ylabel="memory at the peak (MiB)")
    axis.legend(fontsize="x-small")
    fig.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 4e6, 2e7])
    parser.add_argument("--features", nargs="+", default=["memory", "disk"])
    parser.add_argument("--strategies", type=int, nargs="+", default=[1])
    parser.add_argument("--delays", nargs="+", default=["constant"], choices=list(DELAYS))
    parser.add_argument("--scratch", default=tempfile.gettempdir())
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    parser.add_argument("--alone", help="one replay in this process")
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(replayed(**json.loads(asked.alone))))
        return
    file, key = asked.out / "memory.csv", ["rows", "features", "strategies", "delay"]
    for rows in asked.rows:
        for held in asked.features:
            for strategies in asked.strategies:
                for delay in asked.delays:
                    scratch = asked.scratch if held == "disk" else None
                    row = measured(int(rows), scratch, strategies, delay)
                    print(row, flush=True)
                    table = pd.DataFrame([row]).round(4)
                    if file.exists():  # keep what was not measured anew
                        table = pd.concat([pd.read_csv(file), table], ignore_index=True)
                    table = table.drop_duplicates(key, keep="last").sort_values(key)
                    table.to_csv(file, index=False)
    drawn(pd.read_csv(file), asked.out / "memory.svg")


if __name__ == "__main__":
    main()
