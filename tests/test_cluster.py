"""A sweep on a real Dask cluster of separate processes, some of which are killed or stopped."""

import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec

import pandas as pd
import pytest

from clsim.runs.files import LEFTOVER
from clsim.runs.reading import is_done
from helpers.commands import MAIN, UNDRAWN, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("cluster"),
    pytest.mark.skipif(find_spec("distributed") is None, reason="needs Dask, the extra 'dask'"),
]

SWEEP = ("-m", "strategy=never,daily", "seed=range(6)", "stream.n=4380", "stream.rate=12/d")


class DaskCluster:
    """A scheduler and workers, each a process of its own.

    Attributes
    ----------
    file : Path
        By which the scheduler is found.
    workers : list of subprocess.Popen
    """

    def __init__(self, folder, n):
        self.file = folder / "scheduler.json"
        self.workers, self._folder = [], folder
        self._scheduler = self._begin("scheduler", "--port", "0", "--no-dashboard")
        end = time.monotonic() + 60
        while not self.file.exists() and time.monotonic() < end:
            time.sleep(0.05)
        self.more(n)

    def _begin(self, what, *words):
        code = f"from distributed.cli.dask_{what} import main; main()"
        log = (self._folder / f"{what}-{len(self.workers)}.log").open("w")
        return subprocess.Popen(
            [sys.executable, "-c", code, *words, "--scheduler-file", str(self.file)],
            cwd=self._folder, stderr=log, stdout=log,
        )  # fmt: skip

    def more(self, n):
        for _ in range(n):
            words = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
            self.workers.append(self._begin("worker", *words))

    def close(self):
        for process in [*self.workers, self._scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """The same sweep by processes of this machine."""
    home = tmp_path_factory.mktemp("usual")
    done = start(*SWEEP, "out=r", cwd=home, drawn=False)
    assert done.returncode == 0, done.stderr
    return home / "r"


def assert_same(usual, other):
    ids = sorted(path.parent.name for path in usual.glob("*/done"))
    assert len(ids) == 12
    assert sorted(path.parent.name for path in other.glob("*/done")) == ids
    for run in ids:
        assert is_done(other / run)
        for name in ("ticks.parquet", "confusion.parquet"):
            assert (usual / run / name).read_bytes() == (other / run / name).read_bytes()
        frames = [
            pd.read_parquet(home / run / "events.parquet").drop(columns="seconds")
            for home in (usual, other)
        ]
        pd.testing.assert_frame_equal(*frames)
    names = {path.name for path in other.rglob("*")}
    assert not [name for name in names if LEFTOVER.fullmatch(name) or name.endswith(".lock")]


def test_nothing_is_lost_or_made_twice_where_workers_are_killed_and_stopped(tmp_path, usual):
    cluster = DaskCluster(tmp_path, 3)
    try:
        sweep = subprocess.Popen(
            [sys.executable, "-c", UNDRAWN + MAIN, *SWEEP, "out=r", "hydra.launcher.backend=dask",
             f"hydra.launcher.address={cluster.file}"],
            cwd=tmp_path, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        killed, stopped, _ = cluster.workers
        said = []
        for line in sweep.stderr:
            said.append(line)
            if re.search(r"[1-9]\d* of 12 runs", line) and killed.poll() is None:
                killed.kill()
                killed.wait()
                stopped.send_signal(signal.SIGSTOP)
                time.sleep(1)
                stopped.send_signal(signal.SIGCONT)
        assert sweep.wait(timeout=300) == 0, "".join(said)
        written = {path: path.stat().st_mtime_ns for path in (tmp_path / "r").glob("*/done")}
        stopped.terminate()
        stopped.wait()
        assert {path: path.stat().st_mtime_ns for path in written} == written
    finally:
        cluster.close()
    assert_same(usual, tmp_path / "r")


def test_what_a_worker_cannot_do_is_said_before_work_starts(tmp_path):
    words = ("-m", "strategy=never", "seed=0,1", "hydra.launcher.backend=dask", "out=r")
    done = start(*words, "hydra.launcher.address=tcp://127.0.0.1:9", cwd=tmp_path)
    assert done.returncode == 1
    assert "no scheduler with a worker answers there" in done.stderr
    assert not list(tmp_path.glob("r/*/run.json"))
