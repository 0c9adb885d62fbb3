"""The tables of hindsight of a sweep: which there are, and what they hold."""

import sys

import numpy as np
import pytest

import clsim
from clsim.hindsight.regret import of_run
from clsim.hindsight.table import Counterfactual
from clsim.parallel import Here
from clsim.runs.ledger import Prices
from clsim.sweep import families as oracle
from clsim.sweep.app import complete
from clsim.sweep.jobs import look_back, tables_wanted
from helpers.commands import command
from test_app import config as full

pytestmark = [pytest.mark.xdist_group("oracle"), pytest.mark.slow]  # its fixtures are dear

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


MINE = """
import numpy as np
from clsim.strategy.datasets import NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger, NoTest
from clsim.strategy.training import Stateful, Stateless
from clsim.strategy.triggers import Never
from clsim.types import Recipe

class Evens(SlidingWindow):
    def rows(self, view):
        return super().rows(view)[::2]

class Leftovers(NewSinceLast):
    pass

class Slow(Stateless):
    def __init__(self):
        super().__init__(duration=50)

class Halves(Stateless):
    def recipe(self, view):
        return Recipe("fit", duration=self._duration + 1)

class Further(Stateful):
    pass

class Afresh:
    def recipe(self, view):
        return Recipe("fit")

class StillNever(Never):
    pass

class Once(Never):
    def due(self, tick):
        return max(tick, 3)

    def fires(self, view):
        return "once" if view.tick == 3 else None

class Strict(ChampionChallenger):
    pass

class Odd(NoTest):
    def holdout(self, view):
        return view.labelled()[::2]
"""


@pytest.fixture
def mine(tmp_path, monkeypatch):
    (tmp_path / "my_parts.py").write_text(MINE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "my_parts", raising=False)
    return lambda kind, **given: {"_target_": f"my_parts.{kind}", **given}


def test_parts_of_the_users_own_are_what_they_derive_from(mine):
    def family(**strategy):
        own = config()
        own["strategy"] |= strategy
        return next(iter(oracle.families([own]).values()), None)

    assert family(dataset=mine("Evens", window=9)).dataset == mine("Evens", window=9)
    assert family(training=mine("Slow")).duration == 50
    assert family(training=mine("Further")) is None
    still, once = family(trigger=mine("StillNever")), family(trigger=mine("Once"))
    assert (still.dataset, still.candidates, still.refused) == (ALL, (), None)
    assert (once.dataset, once.candidates, once.refused) == (WINDOW, 1, None)
    assert family(offline=mine("Strict", holdout=90)).holdout == 90
    assert family(offline=of("offline.ChampionChallenger")).holdout == 500
    assert family(offline=of("offline.Significance", holdout=70)).holdout == 70
    for key, kind, why in [
        ("training", "Halves", "training: Halves has its own 'recipe', and a table knows that of "
         "Stateless alone"),
        ("training", "Afresh", "training: Afresh is no Stateless"),
        ("offline", "Odd", "offline: Odd has its own 'holdout'"),
        ("offline", "Afresh", "offline: Afresh is neither"),
    ]:  # fmt: skip
        assert family(**{key: mine(kind)}).refused.startswith(why)


def test_tables_of_parts_of_the_users_own(mine, tmp_path, caplog):
    def job(**strategy):
        world = full("stream=sea", "stream.drifts=[]", "stream.n=3000", "tick=500", "warmup=1000",
                     "learner=naive_bayes", "strategy=volume", "strategy/dataset=all",
                     "hindsight=true")  # fmt: skip
        world["strategy"] |= strategy
        return world

    jobs = [
        job(dataset=mine("Evens", window=800)), job(training=mine("Slow")),
        job(trigger=mine("StillNever")), job(training=mine("Halves"), name="halves"),
        job(dataset=mine("Leftovers")),
    ]  # fmt: skip
    look_back(tables_wanted(jobs), tmp_path, Here())
    tables = [Counterfactual.load(path) for path in (tmp_path / oracle.FOLDER).iterdir()
              if [*path.iterdir()]]  # fmt: skip
    kinds = sorted((len(t.ticks), t.setting.dataset["class"], t.setting.duration)
                   for t in tables)  # fmt: skip
    every = "clsim.strategy.datasets.windows.All"
    assert kinds == [(1, every, "0"), (5, every, "50"), (5, "my_parts.Evens", "0")]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert "no table of hindsight for halves and its like: training: Halves has its own" in said[0]
    assert "dataset: Leftovers asks for the strategy's own past" in said[1]


def test_tables_keep_the_monitors_of_the_strategies_that_ask_for_it(tmp_path, caplog):
    def job(name, **monitors):
        world = full("stream=sea", "stream.drifts=[]", "stream.n=3000", "tick=500", "warmup=1000",
                     "learner=naive_bayes", "strategy=volume", "strategy/dataset=all",
                     "hindsight=true", "signals=true")  # fmt: skip
        world["strategy"] |= {"name": name, "monitors": monitors}
        return world

    inputs = {"_target_": "clsim.monitoring.FeatureDistribution", "window": 200}
    jobs = [
        job("a", inputs=inputs),
        job("b", everybody={"_target_": "clsim.monitoring.Score", "window": 600}),
    ]
    [family] = oracle.families(jobs).values()
    assert sorted(family.monitors) == ["everybody", "inputs"]
    assert oracle.families([{**job, "signals": False} for job in jobs]).keys() != {family.name}
    look_back(tables_wanted(jobs), tmp_path, Here())
    table = Counterfactual.load(tmp_path / oracle.FOLDER / family.name)
    assert [*table.signals.values] == ["inputs"]
    twin = Counterfactual.load(tmp_path / oracle.FOLDER / f"{family.name}{oracle.QUIET}")
    assert ([*twin.signals.values], twin.setting.quiet) == (["inputs"], table.setting.events)
    assert any("Score asks for losses" in record.getMessage() for record in caplog.records)
    with pytest.raises(ValueError, match=r"signals=true: .* also hindsight=true"):
        complete({**jobs[0], "hindsight": False})


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("oracle")
    words = ["-m", "stream=drifting", "tick=7d", "warmup=35d", "learner=naive_bayes",
             "strategy=never,weekly,drift,stateful", "seed=0,1", "hindsight=true",
             "out=sweep", "hydra.launcher.n_jobs=1"]  # fmt: skip
    done = command(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "sweep", done


def test_a_sweep_makes_a_table_for_each_seed_that_covers_its_runs(sweep):
    folder, _ = sweep
    tables = [Counterfactual.load(path) for path in sorted((folder / oracle.FOLDER).iterdir())]
    assert sorted(table.setting.seed for table in tables) == [0, 0, 1, 1]
    still = {t.setting.seed: t for t in tables if len(t.ticks) == 1}
    by_seed = {t.setting.seed: t for t in tables if len(t.ticks) > 1}
    covered = 0
    for run in clsim.load(folder).runs.values():
        # the one model of "never" is trained on the whole warm-up, in a family of its own
        never = run.config["strategy"]["name"] == "never"
        told = of_run(run, (still if never else by_seed)[run.info.seed], Prices())
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
    assert "stateful training" in page[page.index("Strategies that have no regret") :]


@pytest.mark.slow
def test_a_family_without_a_table_is_a_warning_and_loses_no_run(tmp_path):
    words = ["-m", "stream=drifting", "strategy=never,monthly", "hindsight=true", "warmup=0",
             "learner=naive_bayes", "out=sweep"]  # fmt: skip
    done = command(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no table of hindsight" in done.stdout + done.stderr
    assert len(clsim.load(tmp_path / "sweep").runs) == 2
    assert (
        "Hindsight was asked for, and there is no table"
        in (tmp_path / "sweep" / "report.html").read_text()
    )
