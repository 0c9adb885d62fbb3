"""What does a sweep cost around its replays, and how do replays grow?

python experiments/speed/sweeps.py [--questions compose job hand_over launchers leaks growth]
    [--jobs 40] [--done 200] [--repeats 3] [--out results/speed]

All rows are CPU milliseconds (of the process and its children, so that a loaded machine disturbs
them less), and each ratio is of two measurements of one run, in turn. `compose`: the configuration
of a job, by Hydra and by clsim. `job`: a job whose run is there, through Hydra's `run_job` and
through clsim's. `hand_over`: a piece of work that does nothing, to a process and back. `launchers`:
the command, imports and all but the report, with the launchers basic and fused, on jobs that differ
in strategy and seed (nine strategies), and again when all are done; with workers of Dask where it
is installed. `leaks`: 350 jobs in one process, from the fiftieth on. `growth`: `clsim.replay`
against rows, ticks, strategies, slices, delay and signals.
"""

from __future__ import annotations

import argparse
import copy
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).parents[2]
SWEEP = """
import sys
import clsim.sweep.app as app
app.ResultsFolder.on_multirun_end = lambda *a, **k: None  # the report has a page of its own
app.main()
"""
STRATEGIES = "never,weekly,daily,drift,gated,stateful,volume,performance,periodic"
SMALL = ("learner=naive_bayes", "stream.n=4380", "stream.rate=12/d")


def cpu() -> float:
    """CPU seconds of this process and of its children that have ended."""
    own = time.process_time()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return own + children.ru_utime + children.ru_stime


def each(do: Callable[[int], Any], n: int) -> float:
    """CPU milliseconds of a call, the mean of n."""
    do(-1)
    begin = cpu()
    for number in range(n):
        do(number)
    return (cpu() - begin) / n * 1e3


@contextmanager
def hydra() -> Iterator[Any]:
    """Hydra's loader of configurations."""
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.utils import setup_globals

    from clsim.sweep.app import CONF

    with initialize_config_dir(str(CONF), version_base="1.3"):
        setup_globals()
        yield GlobalHydra.instance().config_loader()


def compose(repeats: int, **_: Any) -> Iterator[dict[str, Any]]:
    """The configuration of a job that differs from others in plain values."""
    from hydra.types import RunMode

    from clsim.sweep.app import resolved
    from clsim.sweep.composing import Composer

    with hydra() as loader:
        master = loader.load_configuration("config", [], RunMode.MULTIRUN)
        composer = Composer(loader)

        def words(number: int) -> list[str]:
            return ["strategy=weekly", f"seed={number + 2}", "delay=constant"]

        for repeat in range(repeats):
            theirs = each(lambda i: resolved(loader.load_sweep_config(master, words(i))), 20)
            ours = each(lambda i: composer.plain(master, words(i)), 200)
            yield row("compose", "a job", repeat, hydra=theirs, clsim=ours)


def job(repeats: int, **_: Any) -> Iterator[dict[str, Any]]:
    """A job that finds its run."""
    from hydra.core.utils import run_job as hydras
    from hydra.types import HydraContext, RunMode
    from omegaconf import open_dict

    from clsim.sweep.composing import Composer
    from clsim.sweep.hydra_job import run_job

    class Silent:
        def on_job_start(self, **_: Any) -> None: ...
        def on_job_end(self, **_: Any) -> None: ...

    words = ["strategy=weekly", "seed=3"]
    with hydra() as loader, tempfile.TemporaryDirectory() as home:
        master = loader.load_configuration("config", [], RunMode.MULTIRUN)
        composed = loader.load_sweep_config(master, words)
        composer, context = Composer(loader), HydraContext(loader, Silent())  # type: ignore[arg-type]

        def theirs(number: int) -> None:
            config = copy.deepcopy(composed)
            with open_dict(config):
                config.hydra.job.id = config.hydra.job.num = number
                config.hydra.sweep.dir, config.hydra.sweep.subdir = home, f"theirs{number}"
            hydras(lambda _: 1.0, config, "hydra.sweep.dir", "hydra.sweep.subdir", context)

        def ours(number: int) -> None:
            run_job(
                composer.composed(master, words), number, Path(home, f"ours{number}"), lambda: 1.0,
                context, None,
            )  # fmt: skip

        for repeat in range(repeats):
            yield row("job", "a job", repeat, hydra=each(theirs, 20), clsim=each(ours, 50))


def hand_over(repeats: int, **_: Any) -> Iterator[dict[str, Any]]:
    """What it costs to give a piece to a process, in CPU milliseconds of this one."""
    from clsim.parallel import Piece, Processes, spread

    workers = Processes(2)
    try:
        for repeat in range(repeats):
            pieces = [Piece(len, ("a piece",)) for _ in range(300)]
            begin = time.process_time()
            list(spread(workers, pieces, lambda piece, ended: [], lambda under_way: None))
            yield row("hand_over", "a piece", repeat, clsim=(time.process_time() - begin) / 0.3)
    finally:
        workers.close(at_once=True)


def sweep(folder: Path, words: tuple[str, ...], jobs: int) -> float:
    """CPU milliseconds a job of the command, in a folder."""
    seeds = ",".join(map(str, range(jobs // 9)))
    environment = {**os.environ, "PYTHONPATH": str(HERE), "OMP_NUM_THREADS": "1"}
    begin = cpu()
    subprocess.run(
        [sys.executable, "-c", SWEEP, "-m", f"strategy={STRATEGIES}", f"seed={seeds}", *SMALL,
         "out=r", *words],
        cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return (cpu() - begin) / (jobs // 9 * 9) * 1e3


def launchers(repeats: int, jobs: int, done: int, **_: Any) -> Iterator[dict[str, Any]]:
    """New jobs, and jobs that are done, by several launchers."""
    with tempfile.TemporaryDirectory() as home:
        for repeat in range(repeats):
            took = {}
            for name, words in (
                ("basic", ("hydra/launcher=basic",)),
                ("fused", ()),
                ("one", ("hydra.launcher.n_jobs=1",)),
                ("dask", ("hydra.launcher.backend=dask",)),
            ):
                if name == "dask" and find_spec("distributed") is None:
                    continue
                folder = Path(home, f"{name}{repeat}")
                folder.mkdir()
                took[name] = sweep(folder, words, jobs)
                if name in ("basic", "fused"):
                    took[f"{name} done"] = sweep(folder, words, jobs)
            again = {name.split()[0]: took.pop(f"{name.split()[0]} done") for name in list(took)
                     if name.endswith(" done")}  # fmt: skip
            yield row("launchers", f"{jobs} new jobs", repeat, **took)
            yield row("launchers", f"{jobs} jobs that are done", repeat, **again)
        folder = Path(home, "many")
        folder.mkdir()
        sweep(folder, (), done)
        yield row("launchers", f"{done} jobs that are done", 0, fused=sweep(folder, (), done))


def leaks(**_: Any) -> Iterator[dict[str, Any]]:
    """What 300 jobs, one after the other, leave in a process: KB a job, and open files."""
    from hydra.types import RunMode

    from clsim.sweep.composing import Composer
    from clsim.sweep.replays import replay_group

    def now() -> tuple[float, int]:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * resource.getpagesize() / 1e3, len(list(Path("/proc/self/fd").iterdir()))

    with hydra() as loader, tempfile.TemporaryDirectory() as home:
        master = loader.load_configuration("config", [], RunMode.MULTIRUN)
        composer = Composer(loader)
        for number in range(350):
            if number == 50:
                before = now()
            words = ["strategy=weekly", f"seed={number}", *SMALL]
            failure = replay_group([composer.plain(master, words)], [f"{home}/{number}"])
            assert failure is None, failure
        after = now()
    kilobytes, files = (after[0] - before[0]) / 300, after[1] - before[1]
    yield row("leaks", "KB that a job leaves", 0, clsim=kilobytes)
    yield row("leaks", "open files that 300 jobs leave", 0, clsim=files)


USUAL = {"rows": 40_000, "ticks": 200, "strategies": 8, "slices": 1, "delay": 10, "signals": 0}
GROWTH: dict[str, list[int]] = {
    "rows": [10_000, 40_000, 160_000],
    "ticks": [50, 200, 800],
    "strategies": [2, 8, 32],
    "slices": [1, 4, 16],
    "delay": [10, 2_000, 20_000],
    "signals": [1, 4, 16],
}


def replayed(rows: int, ticks: int, strategies: int, slices: int, delay: int, signals: int) -> Any:
    """A replay of a stream with two classes and ten features."""
    from sklearn.naive_bayes import GaussianNB

    import clsim
    from clsim.monitoring import FeatureDistribution
    from clsim.strategy import Strategy
    from clsim.strategy.datasets import SlidingWindow
    from clsim.strategy.triggers import Periodic
    from clsim.streams import Recorded
    from clsim.streams.delays import Constant

    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(rows, 10)), columns=[f"x{i}" for i in range(10)])
    frame["y"] = (frame["x0"] + rng.normal(size=rows) > 0).astype(int)
    frame["group"] = np.char.add("group ", rng.integers(0, slices, rows).astype(str))
    stream = Recorded(frame, label="y", slices=["group"], drop=["group"])
    monitors = {
        f"m{i}": FeatureDistribution(features=[f"x{i % 10}"], window=500 + i)
        for i in range(signals)
    }
    made = {
        f"every {k + 5}": Strategy(Periodic(k + 5), SlidingWindow(2_000), monitors=monitors)
        for k in range(strategies)
    }
    return clsim.replay(
        stream, made, learner=GaussianNB(), tick=rows // (ticks + 10), warmup=2_000,
        delay=Constant(delay),
    )  # fmt: skip


def growth(repeats: int, **_: Any) -> Iterator[dict[str, Any]]:
    """CPU milliseconds of a replay, against one thing at a time."""
    replayed(**USUAL)
    for repeat in range(repeats):
        for key, values in GROWTH.items():
            for value in values:
                begin = time.process_time()
                replayed(**{**USUAL, key: value})
                took = (time.process_time() - begin) * 1e3
                yield row("growth", f"{key}={value}", repeat, clsim=took)


def row(question: str, what: str, repeat: int, **took: float) -> dict[str, Any]:
    """A row of the table: CPU milliseconds by who did it."""
    print(question, what, {name: round(value, 2) for name, value in took.items()}, flush=True)
    return {"question": question, "what": what, "repeat": repeat, **took}


def drawn(table: pd.DataFrame, file: Path) -> None:
    """Ratios of one run, and growth on logarithmic scales."""
    import matplotlib.pyplot as plt

    fig, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    bars = {}
    for (question, what), part in table[table["question"] != "growth"].groupby(
        ["question", "what"]
    ):
        for ours, theirs in (("clsim", "hydra"), ("fused", "basic")):
            if part.get(ours) is not None and part[[ours, theirs]].notna().all(axis=None):
                bars[f"{question}: {what}"] = (part[theirs] / part[ours]).tolist()
    for place, ratios in enumerate(bars.values()):
        left.plot(ratios, [place] * len(ratios), "o", color="C0", alpha=0.6)
        left.plot([statistics.median(ratios)], [place], "|", color="black", markersize=16)
    left.set_yticks(range(len(bars)), list(bars))
    left.axvline(1, color="grey", linewidth=0.8)
    left.set_xscale("log")
    left.set_xlabel("CPU time of Hydra, or its basic launcher / of clsim")
    grows = table[table["question"] == "growth"]
    for (key, values), marker in zip(GROWTH.items(), "osD^vX", strict=True):
        took = [grows[grows["what"] == f"{key}={value}"]["clsim"].median() for value in values]
        right.plot(np.array(values) / values[0], np.array(took) / took[0], marker=marker, label=key)
    right.plot([1, 16], [1, 16], color="grey", linewidth=0.8, label="linear")
    right.set_xscale("log")
    right.set_yscale("log")
    right.set_xlabel("times as much of it")
    right.set_ylabel("times the CPU time")
    right.legend(frameon=False, fontsize=8)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    fig.tight_layout()
    fig.savefig(file, metadata={"Date": None})


QUESTIONS = {f.__name__: f for f in (compose, job, hand_over, launchers, leaks, growth)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--questions", nargs="+", choices=QUESTIONS, default=list(QUESTIONS))
    parser.add_argument("--jobs", type=int, default=36)
    parser.add_argument("--done", type=int, default=198)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "speed")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    file = asked.out / "sweeps.csv"
    rows = [
        one
        for name in asked.questions
        for one in QUESTIONS[name](repeats=asked.repeats, jobs=asked.jobs, done=asked.done)
    ]
    new = pd.DataFrame(rows)
    if file.exists():
        old = pd.read_csv(file)
        new = pd.concat([old[~old["question"].isin(asked.questions)], new], ignore_index=True)
    new.round(3).to_csv(file, index=False)
    drawn(new, asked.out / "sweeps.svg")


if __name__ == "__main__":
    main()
