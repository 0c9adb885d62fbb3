"""The workflow for whoever forks the project runs what is run here, on two Pythons."""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def job():
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    return job


def test_it_runs_the_oldest_python_and_the_newest(job):
    about = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = about["requires-python"].removeprefix(">=")
    named = re.findall(r"Python :: (3\.\d+)", " ".join(about["classifiers"]))
    assert job["strategy"]["matrix"]["python"] == [oldest, named[-1]]
    assert named[0] == oldest
    (chosen,) = (step["with"] for step in job["steps"] if "setup-python" in step.get("uses", ""))
    assert chosen == {"python-version": "${{ matrix.python }}"}


def test_it_runs_the_script_that_is_run_here_with_that_python(job):
    (run,) = (step for step in job["steps"] if "run" in step)
    script = ROOT / run["run"]
    assert os.access(script, os.X_OK)
    (name,) = run["env"]
    assert f"{name} ?=" in (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = script.read_text(encoding="utf-8").splitlines()
    assert {"make test", "make check"} <= set(commands)
    assert any(line.startswith("export CI=") for line in commands)  # no skip for other reasons
