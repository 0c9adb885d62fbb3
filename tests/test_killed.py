"""Writers that are killed at whatever moment leave what is whole, or what is made again."""

import json
import subprocess
import sys

import pytest

from helpers.processes import with_helpers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

# Processes are forked before anything has begun threads, which a fork does not take along.
DRIVER = """
import json, os, random, signal, sys, time
from pathlib import Path

import numpy as np
from sklearn.naive_bayes import GaussianNB

import clsim
import clsim.hindsight.make, clsim.hindsight.table, clsim.runs.reading, clsim.sweep.jobs
import pyarrow.parquet
from clsim.report.folder import replacing
from clsim.runs.files import LEFTOVER, clear_leftovers, write_text
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never
from helpers.tables import two_clouds

home, draw = Path(sys.argv[1]), random.Random(1)
setting = {"learner": GaussianNB(), "tick": 10, "warmup": 50}
runs = clsim.replay(two_clouds(200), {str(i): Strategy(Never()) for i in range(3)}, **setting)


def child(do):
    pid = os.fork()
    if pid:
        return pid
    try:
        do()
        os._exit(0)
    except BaseException:
        import traceback
        traceback.print_exc()
        os._exit(1)


def killed(do, longest, times):
    ended = 0
    for _ in range(times):
        pid = child(do)
        time.sleep(draw.random() * longest)
        os.kill(pid, signal.SIGKILL)
        ended += os.waitpid(pid, 0)[1] == signal.SIGKILL
    return ended


def checked(do):
    assert os.waitpid(child(do), 0)[1] == 0


def save():
    while True:
        for name, run in runs.items():
            run.save(home / "runs" / name)


def whole():
    done = [path.parent for path in (home / "runs").glob("*/done")]
    assert all(map(clsim.runs.reading.is_done, done)), done
    assert not done or clsim.load(home / "runs").damaged == {}


def finish():
    for name, run in runs.items():
        clsim.sweep.jobs.keep(run, home / "runs" / name)
    assert len(clsim.load(home / "runs").runs) == 3
    assert not [p for p in home.rglob("*") if LEFTOVER.fullmatch(p.name) or p.name == ".lock"]


def table():
    clsim.counterfactual(
        two_clouds(2_500), dataset=SlidingWindow(200), **{**setting, "tick": 20},
        path=home / "table",
    )


def same_table():
    given = {**setting, "tick": 20, "dataset": SlidingWindow(200)}
    table()
    here = clsim.Counterfactual.load(home / "table")
    there = clsim.counterfactual(two_clouds(2_500), **given)
    np.testing.assert_array_equal(here.loss, there.loss)
    assert not [p for p in (home / "table").iterdir() if not p.name.startswith("part-")]


def report(text="a"):
    with replacing(home / "report") as draft:
        (draft / "tables").mkdir()
        for i in range(9):
            (draft / "tables" / f"t{i}.csv").write_text(text)
        (draft / "report.html").write_text(text)


def reports():
    while True:
        for text in "abc":
            report(text)


def mended():
    report("z")
    names = sorted(p.relative_to(home / "report").as_posix() for p in (home / "report").rglob("*"))
    tables = [f"tables/t{i}.csv" for i in range(9)]
    assert names == [".report.json", "report.html", "tables", *tables]
    assert {p.read_text() for p in (home / "report").rglob("*.csv")} == {"z"}


(home / "runs").mkdir()
(home / "report").mkdir()
said = {}
for _ in range(4):
    said["runs"] = said.get("runs", 0) + killed(save, 0.15, 5)
    checked(whole)
checked(finish)
said["table"] = killed(table, 1.0, 4)
checked(same_table)
for _ in range(4):
    said["report"] = said.get("report", 0) + killed(reports, 0.1, 3)
    checked(mended)
print(json.dumps(said))
"""


def test_writers_are_killed_at_random_moments(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=with_helpers(),
    )
    assert done.returncode == 0, done.stderr
    killed = json.loads(done.stdout)
    assert (killed["runs"], killed["report"]) == (20, 12)
    assert killed["table"] >= 1
