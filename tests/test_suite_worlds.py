"""The worlds that ship: frozen, with a scale that their tuning draws show."""

import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

import clsim
from clsim import Strategy
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.compare.frozen import scale_of, world_digest
from clsim.analysis.compare.suite import over_worlds, same_labels, suite_draws, world_prices
from clsim.hindsight.optimum import optimum
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import At, Never, Periodic
from clsim.sweep import config as build
from clsim.sweep.app import CONF, resolved
from helpers.commands import command
from helpers.in_frames import missing

sys.path.insert(0, str(Path(__file__).parent.parent / "experiments" / "suite"))

import scales

ROOT = Path(__file__).parent.parent
NAMES = sorted(path.stem for path in (CONF / "world").glob("*.yaml"))
TEST = [name for name in NAMES if not name.startswith("tuning")]


@pytest.mark.slow
def test_worlds_are_those_of_their_version():
    """A world whose parameters or scale change needs a version of its own, in file and table."""
    table = pd.read_csv(
        ROOT / "results" / "suite" / "scales.csv", dtype={"digest": str, "schedule": str}
    )
    table = table.set_index("world")
    assert list(table.index) == NAMES
    assert len(TEST) == 24
    digests = set()
    for name in NAMES:
        config = scales.composed(name)
        world, row = config["world"], table.loc[name]
        assert world["id"] == name
        assert world_digest(config) == world["scale"]["digest"] == row["digest"], name
        known, found = scale_of(world), scales.scale(scales.kept(name))
        assert (
            (known.calendar, known.draws) == (found.calendar, found.draws) == (row["calendar"], 50)
        )
        for key in ("never", "gain", "error"):
            assert getattr(known, key) == pytest.approx(getattr(found, key), abs=0.005 + 1e-9)
            assert getattr(known, key) == row[key]
        assert known.earns == found.earns == row["earns"]
        assert world["version"] == row["version"]
        assert {f"budget_{k}": v for k, v in world["budget"].items()} == dict(
            row.filter(like="budget_")
        )
        trained = 90 // world["calendar"]  # all serve 90 ticks: the best calendar is affordable
        assert max(trained, len(world["schedule"])) <= world["budget"]["retrainings"]
        assert " ".join(map(str, world["schedule"])) == (
            "" if pd.isna(row["schedule"]) else str(row["schedule"])
        )
        assert known.best == found.best == row["best"]
        assert known.gain >= max(row["calendar_gain"], 0)
        digests.add(world["scale"]["digest"])
    assert len(digests) == len(NAMES)  # so what is tuned on is not what is tested on
    assert (~table.loc[TEST, "earns"]).sum() >= 3


@pytest.fixture(scope="module")
def quick():
    """A world that takes a second, and the table of one of its tuning draws."""
    config = scales.composed("sudden_concept_at_once")
    parts = {key: build.once_more(config[key], key) for key in ("stream", "learner", "delay")}
    return config, {**parts, "tick": config["tick"], "warmup": config["warmup"]}


def table_of(config, parts, seed):
    return clsim.counterfactual(dataset=SlidingWindow(config["window"]), seed=seed, **parts)


@pytest.mark.slow
def test_tuning_draws_cost_what_the_table_of_hindsight_says(quick):
    config, parts = quick
    kept, prices = scales.kept(config["world"]["id"]), world_prices(setting_of(config, {}))
    table = table_of(config, parts, 1003)
    for every in (0, 5, 18, 80):
        cost = table.cost_of([], prices) if not every else table.periodic(every, 0, prices).cost
        assert kept.loc[1003, every] == pytest.approx(cost)


def setting_of(config, by_strategy):
    found = {name: {run.info.seed: run for run in runs} for name, runs in by_strategy.items()}
    for name, runs in by_strategy.items():
        for run in runs:
            run.config = {**config, "seed": run.info.seed, "strategy": {"name": name}}
    found = found or {"": {0: clsim.runs.run.Run({}, clsim.runs.info.RunInfo(seed=0), config)}}
    return Setting(config["world"]["id"], {"world": config["world"]}, found)


@pytest.mark.slow
def test_a_planted_good_trigger_and_a_planted_bad_one_are_found(quick):
    """One trains a week after the drift, which it was told; the other in every tick."""
    config, parts = quick
    window, runs, least = SlidingWindow(config["window"]), {}, np.inf
    for seed in range(3):
        [drift] = parts["stream"].drift_events(seed)
        first = next(parts["stream"].blocks(seed)).time[0]
        day = int(drift.start - first) // 86_400_000_000 - 20  # the warm-up has as many
        ways = {"never": Never(), "calendar": Periodic(config["world"]["calendar"]),
                "good": At([day + 7, day + 20]), "bad": Periodic(1)}  # fmt: skip
        strategies = {name: Strategy(trigger, window) for name, trigger in ways.items()}
        own = clsim.replay(strategies=strategies, seed=seed, **parts)
        table, prices = table_of(config, parts, seed), world_prices(setting_of(config, {}))
        for name, run in own.items():
            runs.setdefault(name, []).append(run)
            cost = float(clsim.runs.ledger.cost(run.totals, prices))
            least = min(least, cost - optimum(table, prices).cost)
    found = over_worlds(suite_draws([setting_of(config, runs)])).set_index("strategy")
    assert list(found.index) == ["good", "calendar", "never", "bad"]
    assert found["iqm"]["bad"] < 0 == found["iqm"]["never"]
    assert (found["better"]["good"], found["better"]["bad"]) == (1, 0)
    assert least >= 0  # nobody of the class undercuts the best schedule of its draw


@pytest.mark.slow
def test_who_buys_labels_brings_a_calendar_along_that_has_as_many():
    def along(strategy):
        words = ["+experiment=suite", "world=sudden_concept_3d", f"strategy={strategy}"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            config = resolved(compose("config", words))
        return config, {of["choices"]["strategy"]: of["strategy"] for of in build.beside(config)}

    assert list(along("weekly")[1]) == ["never", "calendar", "schedule"]
    assert list(along("four_stages")[1]) == [
        "never",
        "calendar",
        "schedule",
    ]  # each stage has its own
    config, beside = along("loop")
    assert list(beside) == ["never", "calendar", "schedule", "calendar_same_labels"]
    parts = {key: build.once_more(config[key], key) for key in ("stream", "delay", "learner")}
    ways = {"loop": config["strategy"], **beside}
    runs = clsim.replay(
        strategies={name: build.once_more(of, name) for name, of in ways.items()},
        tick=config["tick"], warmup=config["warmup"], seed=0, **parts,
    )  # fmt: skip
    for name, run in runs.items():
        run.config = {**config, "strategy": ways[name], "seed": 0}
    labels = {name: run.totals["labels"] + run.totals["bought"] for name, run in runs.items()}
    assert labels["loop"] == labels["calendar_same_labels"] != labels["calendar"]
    setting = Setting("", config, {name: {0: run} for name, run in runs.items()})
    assert same_labels(setting) == {
        "loop": "calendar_same_labels", "calendar_same_labels": "calendar_same_labels",
        "never": "calendar", "calendar": "calendar", "schedule": "calendar",
    }  # fmt: skip


@pytest.mark.slow
def test_the_commands_of_a_researcher(tmp_path):
    """The commands of CONTRIBUTING, from a file with a trigger to table, figure and LaTeX."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    [words] = re.findall(r"^\$ clsim (.*\+experiment=suite .*)$", text, re.MULTILINE)
    home = shutil.copytree(ROOT / "experiments" / "paper", tmp_path / "empty")
    few = ["world=sudden_concept_at_once,none_1d", "seed=0,1", "hydra.launcher.n_jobs=1"]
    done = command(*words.split(), *few, cwd=home, drawn=True)
    assert done.returncode == 0, done.stderr
    place = home / "clsim-runs" / "suite"
    table = pd.read_csv(place / "tables" / "suite.csv").set_index("strategy")
    assert set(table.index) == {"never", "calendar", "schedule", "patient"}
    assert table["score"]["never"] == 0
    assert (table["regret_least"] >= 0).all()
    quiet = pd.read_csv(place / "tables" / "suite_quiet.csv")
    assert set(quiet["world"]) == {"none_1d"}
    assert (place / "figures" / "suite.pdf").stat().st_size > 5000
    assert "patient" in (place / "tables" / "suite_over_worlds.tex").read_text("utf-8")
    page = (place / "report.html").read_text("utf-8")
    assert "<h2>The suite</h2>" in page
    assert missing(page, clsim.findings(place)) == []
