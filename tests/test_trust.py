"""Whose code runs: what a user types is the own, what a results folder says is a stranger's."""

import json
import subprocess
import sys

import pytest
import yaml

import clsim
from clsim import Strategy
from clsim.strategy.triggers import Periodic
from clsim.sweep import config as build
from clsim.sweep import describe as cli
from helpers.tables import two_clouds

GOOD = [
    {"_target_": "clsim.streams.Synthetic", "concept": {"_target_": "clsim.streams.concepts.SEA"}},
    {"_target_": "clsim.Strategy", "trigger": {"_target_": "clsim.strategy.triggers.Never"}},
    {"_target_": "sklearn.pipeline.make_pipeline",
     "_args_": [{"_target_": "sklearn.preprocessing.StandardScaler"}]},
    {"_target_": "river.compose.Pipeline", "_args_": [{"_target_": "river.drift.ADWIN"}]},
    {"_target_": "clsim.streams.delays.Distributed", "of": {"_target_": "scipy.stats.gamma"}},
    {"_target_": "clsim.streams.delays.Empirical.of"},
    {"_target_": "clsim.streams.resampled.digits"},
]  # fmt: skip

EVIL = [
    "pandas.read_pickle", "joblib.load", "numpy.load", "os.system", "builtins.eval",
    "subprocess.run", "pickle.loads", "evil_module.Learner", "evil_module",
    "hydra.utils.get_method",
    "clsim.sweep.app.os.system", "clsim.streams.recorded.pd.read_pickle", "clsim.runs.run.Run",
    "clsim.report.page.write_report", "clsim.report.write_report", "clsim.sweep.app.main",
    "clsim.load",
    "clsim.sweep.config.import_module", "sklearn.base.np.load", "sklearn.datasets.load_files",
    "sklearn.datasets.fetch_openml", "sklearnevil.X", "scipy.io.loadmat", "scipy.statsevil.x",
    "river.stream.iter_csv", "clsim.streams", "clsim.streams.delays", 5, None, ["os.system"],
]  # fmt: skip


@pytest.mark.parametrize("config", GOOD, ids=lambda c: c["_target_"])
def test_parts_of_clsim_and_of_known_libraries_may_be_named(config):
    build.check_trusted({"stream": config})


@pytest.mark.parametrize("wrap", [
    lambda node: {"stream": node}, lambda node: {"stream": {"also": [{"x": [node]}]}},
    lambda node: {"learner": {"_target_": "sklearn.pipeline.make_pipeline", "_args_": [node]}},
], ids=["top", "nested", "argument"])  # fmt: skip
@pytest.mark.parametrize("target", EVIL, ids=str)
def test_other_code_is_refused_by_name(target, wrap):
    with pytest.raises(ValueError, match=r"_target_=.*may name clsim's parts, .*--trust MODULE"):
        build.check_trusted(wrap({"_target_": target, "x": 1}))


def test_caches_and_interpolations_of_a_stranger_are_refused():
    node = {"_target_": "sklearn.pipeline.make_pipeline", "_args_": [], "memory": "somewhere"}
    with pytest.raises(ValueError, match=r"learner.memory: a cache of a stranger's is never read"):
        build.check_trusted({"learner": node})
    with pytest.raises(ValueError, match=r"stream.data='\$\{oc.env:HOME\}': an interpolation"):
        build.check_trusted({"stream": {"data": "${oc.env:HOME}"}})


@pytest.fixture
def run(tmp_path):
    """A run whose configuration can be written anew, as a stranger would: digests and all."""
    made = clsim.replay(two_clouds(200), {"it": Strategy(Periodic(2))},
                        learner=_learner(), tick=20, warmup=60)["it"]  # fmt: skip

    def write(stream):
        made.config = {
            "stream": stream, "delay": None, "learner": None, "strategy": None, "tick": 20,
            "warmup": 60, "seed": 0,
        }  # fmt: skip
        return made.save(tmp_path / "run")

    return write


def _learner():
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()


@pytest.mark.parametrize("target", ["evil_module.Stream", "pandas.read_pickle", "joblib.load"])
def test_the_module_of_what_is_refused_is_never_imported(run, tmp_path, target):
    (tmp_path / "evil_module.py").write_text("raise SystemExit('imported')")
    folder = run({"_target_": target, "data": "x"})
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "import builtins\n"
        "found, was = [], builtins.__import__\n"
        "def spy(name, *a, **k):\n"
        "    found.append(name)\n"
        "    return was(name, *a, **k)\n"
        "builtins.__import__ = spy\n"
        "from pathlib import Path\n"
        "from clsim.sweep.describe import config_of_run\n"
        "try:\n"
        f"    config_of_run(Path({str(folder)!r}))\n"
        "except ValueError as error:\n"
        "    import json; print(json.dumps([str(error), found, list(sys.modules)]))\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    message, imported, modules = json.loads(out.stdout)
    assert f"_target_='{target}'" in message
    assert "evil_module" not in imported + modules


def test_what_the_user_trusts_is_built(run, tmp_path, monkeypatch, capsys):
    (tmp_path / "my_streams.py").write_text(
        "from clsim.streams import Synthetic\nfrom clsim.streams.concepts import SEA\n"
        "class Mine(Synthetic):\n    def __init__(self):\n        super().__init__(SEA(), n=300)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    folder = run({"_target_": "my_streams.Mine"})
    asked = [str(folder), "--out", str(tmp_path / "page")]
    assert cli.main(asked) == 2
    assert "--trust MODULE" in capsys.readouterr().err
    assert cli.main([*asked, "--trust", "my_streams"]) == 0
    assert "300 events" in capsys.readouterr().out


def test_a_run_without_strange_targets_is_drawn(run, tmp_path, capsys):
    config = {"_target_": "clsim.streams.Synthetic", "n": 300,
              "concept": {"_target_": "clsim.streams.concepts.SEA"}}  # fmt: skip
    folder = run(config)
    assert yaml.safe_load((folder / "config.yaml").read_text())["stream"] == config
    assert cli.main([str(folder), "--out", str(tmp_path / "page")]) == 0
    assert "300 events" in capsys.readouterr().out
