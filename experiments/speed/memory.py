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
import itertools
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
from clsim.monitoring.windows import Before
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
            "kolmogorov_smirnov", Before(reference) if reference else "training", window=5_000
        ),
        "score": Score(window=5_000),
    }
    some = {
        str(k): Strategy(
            Periodic(7, phase=k % 7),
            SlidingWindow(50_000),
            monitors=monitors,
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


def measured(asked: dict[str, Any], scratch: str) -> dict[str, Any]:
    """The same in a process of its own."""
    given = {name: value for name, value in asked.items() if name != "features"}
    given["scratch"] = scratch if asked["features"] == "disk" else None
    command = [sys.executable, "-W", "ignore", __file__, "--alone", json.dumps(given)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return {**asked, **json.loads(told)}


VARIED = {
    "strategies": "strategies",
    "days": "days of labels in flight, drawn",
    "holdout": "rows held out",
    "reference": "rows of reference",
}


def drawn(table: pd.DataFrame, file: Path) -> None:
    """Memory against rows, and against whatever else was varied, on logarithmic axes."""
    import matplotlib.pyplot as plt  # not in the processes that are measured

    usual = {"strategies": 1, "days": 1, "holdout": 0, "reference": 0}
    fig, axes = plt.subplots(1, 5, figsize=(15, 3.2), layout="constrained")
    plain = (table[list(usual)] == pd.Series(usual)).all(axis=1) & (table["delay"] == "constant")
    table = table.drop_duplicates([name for name in KEY if name != "limit"], keep="last")
    for (held, some), color in zip(table[plain].groupby("features"), ("C0", "C1"), strict=True):
        line = some.sort_values("rows")
        axes[0].loglog(line["rows"], line["peak_mib"], marker="o", color=color, label=held)
        allocated = f"{held}, allocated alone"
        axes[0].loglog(line["rows"], line["allocated_mib"], ":", color=color, label=allocated)
    axes[0].set(xlabel="rows", ylabel="memory at the peak (MiB)", ylim=(100, 5_000))
    axes[0].legend(fontsize="x-small", title="columns are in", title_fontsize="x-small")
    for axis, (name, words) in zip(axes[1:], VARIED.items(), strict=True):
        others = [other for other in usual if other != name]
        some = table[(table[others] == pd.Series(usual)[others]).all(axis=1)]
        some = some[(some["delay"] == "drawn") == (name == "days")]
        if name in ("holdout", "reference"):
            some = some[some[name] > 0]
        for (held, rows), line in some.groupby(["features", "rows"]):
            if len(line) > 1:
                line = line.sort_values(name)
                label = f"{held}, {rows:,} rows"
                axis.loglog(line[name], line["peak_mib"], marker="o", label=label)
        axis.set(xlabel=words, ylim=axes[0].get_ylim())
        axis.legend(fontsize="x-small")
    fig.savefig(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=float, nargs="+", default=[1e5, 1e6, 4e6, 2e7])
    parser.add_argument("--features", nargs="+", default=["memory", "disk"])
    parser.add_argument("--strategies", type=int, nargs="+", default=[1])
    parser.add_argument("--delay", default="constant", choices=["constant", "drawn"])
    parser.add_argument("--days", type=int, nargs="+", default=[1], help="of the delay")
    parser.add_argument("--holdout", type=int, nargs="+", default=[0], help="rows; 0: no test")
    parser.add_argument("--reference", type=int, nargs="+", default=[0], help="0: what is trained")
    parser.add_argument("--limit", type=float, default=0, help="bytes; 0: none")
    parser.add_argument("--scratch", default=tempfile.gettempdir())
    parser.add_argument("--out", type=Path, default=Path("results/speed"))
    parser.add_argument("--alone", help="one replay in this process")
    asked = parser.parse_args()
    if asked.alone:
        print(json.dumps(replayed(**json.loads(asked.alone))))
        return
    asked.out.mkdir(parents=True, exist_ok=True)
    file = asked.out / "memory.csv"
    varied = itertools.product(
        map(int, asked.rows), asked.features, asked.strategies, [asked.delay], asked.days,
        asked.holdout, asked.reference, [asked.limit],
    )  # fmt: skip
    for values in varied:
        row = measured(dict(zip(KEY, values, strict=True)), asked.scratch)
        print(row, flush=True)
        table = pd.DataFrame([row]).round(4)
        if file.exists():  # keep what was not measured anew
            table = pd.concat([pd.read_csv(file), table], ignore_index=True)
        table = table.drop_duplicates(KEY, keep="last").sort_values(KEY)
        table.to_csv(file, index=False)
    drawn(pd.read_csv(file), asked.out / "memory.svg")


if __name__ == "__main__":
    main()
