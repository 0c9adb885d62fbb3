"""The tables of hindsight of a sweep: which there are, and what they hold."""

import subprocess
import sys

import numpy as np
import pytest

import clsim
from clsim.hindsight.regret import of_run
from clsim.hindsight.table import Counterfactual
from clsim.runs.ledger import Prices
from clsim.sweep import families as oracle

pytestmark = pytest.mark.xdist_group("oracle")  # its fixtures are dear

WINDOW = {"_target_": "clsim.strategy.datasets.SlidingWindow", "window": 1500}
ALL = {"_target_": "clsim.strategy.datasets.All"}


def config(dataset=WINDOW, training=None, offline=None, **more):
    strategy = {"name": "x", "trigger": {}, "dataset": dataset}
    for key, value in (("training", training), ("offline", offline)):
        if value is not None:
            strategy[key] = value
    return {"strategy": strategy, "stream": {"n": 9}, "seed": 1, "hindsight": True, **more}


def of(kind, **given):
    return {"_target_": f"clsim.strategy.{kind}", **given}


def test_one_family_for_each_world_and_rule():
    configs = [
        config(), config(), config(ALL), config(seed=2), config(stream={"n": 8}),
        config(training=of("training.Stateless", duration=50)),
        config(offline=of("offline.ChampionChallenger", holdout=90, margin=0.1)),
        config(offline=of("offline.ChampionChallenger", holdout=90, margin=0.2)),
        config(name="other", out="elsewhere", prices={"error": 3}, record="events"),
    ]  # fmt: skip
    found = list(oracle.families(configs).values())
    told = [(f.dataset["_target_"][-3:], f.config["seed"], f.duration, f.holdout) for f in found]
    assert told == [
        ("dow", 1, 0, None), ("All", 1, 0, None), ("dow", 2, 0, None), ("dow", 1, 0, None),
        ("dow", 1, 50, None), ("dow", 1, 0, 90),
    ]  # fmt: skip


@pytest.mark.parametrize("without", [
    config(hindsight=False), config(training=of("training.Stateful")),
    config(training=of("training.RowByRow")), config(counterpart={"of": "a", "as": "no_delay"}),
])  # fmt: skip
def test_runs_that_have_none(without):
    assert oracle.families([without]) == {}


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracle")
    words = ["-m", "stream=drifting", "tick=7d", "warmup=35d", "learner=naive_bayes",
             "strategy=never,weekly,drift,stateful", "seed=0,1", "hindsight=true",
             "out=sweep"]  # fmt: skip
    command = [sys.executable, "-c", "from clsim.sweep.app import main; main()", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder / "sweep", done


def test_a_sweep_makes_a_table_for_each_seed_that_covers_its_runs(sweep):
    folder, _ = sweep
    tables = [Counterfactual.load(path) for path in sorted((folder / oracle.FOLDER).iterdir())]
    assert sorted(table.setting["seed"] for table in tables) == [0, 0, 1, 1]
    still = {t.setting["seed"]: t for t in tables if len(t.ticks) == 1}
    by_seed = {t.setting["seed"]: t for t in tables if len(t.ticks) > 1}
    covered = 0
    for run in clsim.load(folder).runs.values():
        # the one model of "never" is trained on the whole warm-up, in a family of its own
        never = run.config["strategy"]["name"] == "never"
        told = of_run(run, (still if never else by_seed)[run.info["seed"]], Prices())
        if run.config["strategy"]["name"].startswith("stateful"):
            assert "stateful" in told.reason
        elif told.regret is not None:
            covered += 1
            parts = [getattr(told.regret, part) for part in
                     ("path", "gate", "late", "early", "spend", "data")]  # fmt: skip
            assert sum(parts) == pytest.approx(told.regret.total)
            assert np.isclose(told.regret.cost - told.regret.best, told.regret.total)
    assert covered == 6


def test_its_report_stands_on_them(sweep):
    page = (sweep[0] / "report.html").read_text()
    assert "Against the best schedule in hindsight" in page
    assert "stateful training" in page[page.index("No regret is shown for") :]


def test_a_family_without_a_table_is_a_warning_and_loses_no_run(tmp_path):
    words = ["-m", "stream=selective", "strategy=never,monthly", "hindsight=true",
             "learner=naive_bayes", "out=sweep"]  # fmt: skip
    command = [sys.executable, "-c", "from clsim.sweep.app import main; main()", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "no table of hindsight" in done.stdout + done.stderr
    assert len(clsim.load(tmp_path / "sweep").runs) == 2
    assert (
        "Hindsight was asked for, and there is no table"
        in (tmp_path / "sweep" / "report.html").read_text()
    )
