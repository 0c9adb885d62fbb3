"""The commands of experiments/paper, from an empty folder, in a smaller sweep."""

import re
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import clsim
from helpers.commands import command
from helpers.undrawn import nothing_drawn

FOLDER = Path(__file__).parents[2] / "experiments" / "paper"


def commands():
    text = (FOLDER / "README.md").read_text("utf-8")
    return dict(re.findall(r"^\$ ([\w-]+) (.*?)\s*(?:#.*)?$", text, re.MULTILINE))


@pytest.mark.slow
def test_the_job_from_the_trigger_to_the_sentence(tmp_path, monkeypatch, capsys):
    home = shutil.copytree(FOLDER, tmp_path / "empty")
    sweep = commands()["clsim"].split()
    assert sweep[:2] == ["-cd", "conf"]
    few = {"stream": "mixed", "delay": "none,constant", "strategy": "never,weekly,patient",
           "seed": "0,1"}  # fmt: skip
    words = [f"{k}={few.get(k, v)}" if v else k for k, _, v in (w.partition("=") for w in sweep)]
    done = command(*words, "tick=7d", "hydra.launcher.n_jobs=1", cwd=home)
    assert done.returncode == 0, done.stderr
    place = home / "clsim-runs" / "paper"
    runs = clsim.load(place)
    assert {run.label for run in runs.runs.values()} == {"never", "weekly", "patient"}
    with nothing_drawn():
        clsim.write_report(place, style=home / "figures.yaml")
    assert {path.stem for path in (place / "figures").glob("*.pdf")} == {
        "factor_delay", "factor_delay-column",
    }  # fmt: skip
    assert "patient" in (place / "tables" / "factor_delay.tex").read_text("utf-8")
    monkeypatch.setattr(sys, "argv", ["sentence.py", str(place)])
    runpy.run_path(str(home / "sentence.py"))
    said = capsys.readouterr().out
    assert len(re.findall(r"^At delay \w+ .* \(95% interval .* of 1 worlds, paired\)\.$", said,
                          re.MULTILINE)) == 2  # fmt: skip
    drawn = clsim.plot(runs, "factor", factor="delay", style=home / "figures.yaml", width=3.3)
    assert drawn.axes[0].get_ylabel() == "total cost (wrong predictions)"
    with pytest.raises(ValueError, match="unknown factor 'dely'; did you mean 'delay'"):
        clsim.plot(runs, "winners", factor="dely")


def test_two_bad_batches_in_a_row_fire():
    """Batches of two labels: usual loss 0, then .5, 1, 1; it fires after the third and fourth."""
    sys.path.insert(0, str(FOLDER))
    try:
        from patient import Patient
    finally:
        sys.path.remove(str(FOLDER))
    clsim.checks.check_trigger(Patient())
    losses = iter([[0, 0], [0, 1], [0, 0], [1, 1], [1], [1]])
    told = SimpleNamespace(arrived_losses=lambda of: np.array(next(losses)))
    view = SimpleNamespace(outcomes=told)
    trigger = Patient(labels=2, rise=0.5)
    fired = [trigger.fires(view) is not None for _ in range(6)]
    assert fired == [False, False, False, False, False, True]
