"""The command line, started afresh or, as most tests have it, in a fork of one warm process."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

MAIN = "from clsim.sweep.app import main; main()"

UNDRAWN = f"""
import sys
sys.path.append({str(Path(__file__).parents[1])!r})
from helpers.undrawn import nothing_drawn
sys.path.pop()
nothing_drawn().__enter__()
"""

SERVER = """
import json, os, sys

import river.drift, scipy.stats, sklearn.linear_model, sklearn.naive_bayes, tqdm
import clsim.report, clsim.report.page, clsim.hindsight.make
import clsim.sweep.commands, clsim.sweep.families, clsim.sweep.jobs, clsim.sweep.launcher


def next_job():
    for line in sys.stdin:
        child = os.fork()
        if not child:
            return json.loads(line)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


job = next_job()
if job:
    for file, number in ((os.devnull, 0), (job["out"], 1), (job["err"], 2)):
        os.dup2(os.open(file, os.O_RDWR), number)
    os.chdir(job["cwd"])
    os.environ |= job["env"]
    sys.argv[1:] = job["arguments"]
    exec(job["code"])
"""


def start(
    *arguments: str, cwd: Path, drawn: bool = True, **env: str
) -> subprocess.CompletedProcess[str]:
    """What ``clsim`` does in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", MAIN if drawn else UNDRAWN + MAIN, *arguments],
        cwd=cwd, env={**os.environ, **env}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def command(
    *arguments: str, cwd: Path, drawn: bool = False, **env: str
) -> subprocess.CompletedProcess[str]:
    """What ``clsim`` does, in a fork of a process that has imported what takes seconds.

    Figures of reports are made and, unless ``drawn``, not rendered: their files are empty.
    """
    with tempfile.NamedTemporaryFile() as out, tempfile.NamedTemporaryFile() as err:
        code = MAIN if drawn else UNDRAWN + MAIN
        job = {"arguments": arguments, "cwd": str(cwd), "env": env, "code": code}
        process = _server()
        process.stdin.write(json.dumps({**job, "out": out.name, "err": err.name}) + "\n")
        process.stdin.flush()
        returned = int(process.stdout.readline())
        said = [Path(file.name).read_text(encoding="utf-8") for file in (out, err)]
    return subprocess.CompletedProcess(["clsim", *arguments], returned, *said)


@cache
def _server() -> Any:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=Path(__file__).parents[2],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    atexit.register(process.communicate)
    return process
