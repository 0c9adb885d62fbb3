"""A sweep's jobs are composed once for each kind, and equal Hydra's own to the last key."""

import copy
import os
from functools import partial
from pathlib import Path

import pytest
from hydra import initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.core.utils import run_job as hydras_run_job
from hydra.core.utils import setup_globals
from hydra.errors import ConfigCompositionException
from hydra.types import HydraContext, RunMode
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf, open_dict

from clsim.sweep.app import CONF, resolved
from clsim.sweep.composing import Composer
from clsim.sweep.hydra_job import run_job
from helpers.commands import start
from helpers.examples import share


@pytest.fixture(scope="module")
def loader():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        setup_globals()
        yield GlobalHydra.instance().config_loader()


def master_of(loader, *words):
    return loader.load_configuration("config", list(words), RunMode.MULTIRUN)


def check(composer, loader, master, job):
    hydras = loader.load_sweep_config(master, list(job))
    ours = composer.config(master, job)
    for config in (hydras, ours):
        config.hydra.sweep.subdir = "its name"  # else resolved by Hydra's parser once more
    raw = [OmegaConf.to_container(config, resolve=False) for config in (hydras, ours)]
    assert raw[0] == raw[1]
    assert repr(raw[0]) == repr(raw[1])  # 1 is not 1.0, and keys have their order
    assert composer.plain(master, job) == resolved(hydras)
    return ours


VALUES = {
    "seed": ["0", "7", "12"],
    "delay.delay": ["3d", "0", "'1d'", "null"],
    "strategy.trigger.every": ["7d", "500", "2.5"],
    "strategy.name": ["mine", "'a b'", "${name}", "'a=b'"],
    "threshold": ["null", "0.3", "by_price"],
    "name": ["this", "that"],
    "prices.error": ["2", "1e3"],
    "metrics": ["[auc]", "[]"],
    "tick": ["1d", "true"],
}
CHOICES = {
    "stream": ["drifting", "sea"],
    "delay": ["constant"],
    "strategy": ["periodic", "gated"],
    "strategy/dataset": ["all", "window"],
    "learner": ["naive_bayes", "sgd"],
    "+stream.noise_of_mine": ["3", "{a: 1}"],
    "hydra.job.chdir": ["true"],
}


@st.composite
def jobs(draw):
    """Two jobs of one sweep: the same words before ``=``, other ones behind."""
    keys = draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=4, unique=True))
    groups = ["delay", *draw(st.lists(st.sampled_from(sorted(CHOICES)), max_size=2, unique=True))]
    words = draw(st.permutations(list(dict.fromkeys(groups)) + keys))
    options = VALUES | CHOICES
    return [[f"{w}={draw(st.sampled_from(options[w]))}" for w in words] for _ in range(3)]


@share(1 / 8)
@given(drawn=jobs())
@pytest.mark.slow
def test_drawn_jobs_are_as_hydra_composes_them(loader, drawn):
    master, composer = master_of(loader), Composer(loader)
    for job in drawn:
        try:
            loader.load_sweep_config(master, list(job))
        except ConfigCompositionException:
            with pytest.raises(ConfigCompositionException):
                composer.config(master, job)
            continue
        check(composer, loader, master, job)


@pytest.mark.parametrize("path", sorted((CONF / "experiment").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_experiment_is_as_hydra_composes_it(loader, path):
    word = f"+experiment={path.stem}"
    master, composer = master_of(loader, word), Composer(loader)
    for seed in (1, 2):
        ours = check(composer, loader, master, [word, f"seed={seed}"])
    assert ours.seed == 2


def test_jobs_of_one_kind_are_composed_once(loader):
    master, composed = master_of(loader), []

    class Counted:
        get_group_options = loader.get_group_options

        def load_sweep_config(self, *given):
            composed.append(given[1])
            return loader.load_sweep_config(*given)

    composer = Composer(Counted())
    for seed in range(5):
        for trigger in ("weekly", "never"):
            config = composer.config(master, [f"strategy={trigger}", f"seed={seed}"])
            plain = composer.plain(master, [f"strategy={trigger}", f"seed={seed}"])
            assert (config.seed, plain["seed"]) == (seed, seed)
    assert composed == [["strategy=weekly", "seed=0"], ["strategy=never", "seed=0"]]


def test_a_job_does_not_change_what_another_gets(loader):
    master, composer = master_of(loader), Composer(loader)
    first = composer.plain(master, ["seed=1", "delay=constant"])
    kept = copy.deepcopy(first)
    first["stream"]["n"] = -1
    composer.config(master, ["seed=2", "delay=constant"]).seed = 9
    assert composer.plain(master, ["seed=1", "delay=constant"]) == kept


CALLED = """
from hydra.experimental.callback import Callback

class Said(Callback):
    def on_job_start(self, config, **kwargs):
        print("begins", config.seed)
"""


@pytest.mark.slow
def test_a_job_that_is_done_is_none_for_hydra(tmp_path):
    (tmp_path / "called.py").write_text(CALLED)
    words = ("-m", "strategy=never", "stream.n=4380", "stream.rate=12/d", "out=r",
             "+hydra.callbacks.said._target_=called.Said")  # fmt: skip
    first = start(*words, "seed=0,1", cwd=tmp_path, drawn=False, PYTHONPATH=_here(tmp_path))
    assert first.returncode == 0, first.stderr
    assert first.stdout.count("begins") == 2
    second = start(*words, "seed=0,1,2", cwd=tmp_path, drawn=False, PYTHONPATH=_here(tmp_path))
    assert second.returncode == 0, second.stderr
    assert [line for line in second.stdout.splitlines() if "begins" in line] == ["begins 2"]
    assert len(list(tmp_path.glob("r/*/.hydra/overrides.yaml"))) == 3


class Heard:
    """Callbacks that note what they are told."""

    def __init__(self):
        self.said = []

    def on_job_start(self, config, *, task_function):
        self.said.append(("start", plain(config), task_function, HydraConfig.get().job.num))

    def on_job_end(self, config, job_return):
        self.said.append(("end", plain(config), job_return.status, job_return._return_value))


def plain(config):
    return OmegaConf.to_container(config, resolve=False)


def task(config):
    return 7.5 if config.seed == 2 else 1 / 0


@pytest.mark.parametrize("seed", [1, 2])
def test_a_job_is_run_as_hydra_runs_it(loader, tmp_path, monkeypatch, seed):
    monkeypatch.setattr(HydraConfig.instance(), "cfg", None)
    words = ["strategy=weekly", f"seed={seed}", "+strategy.note='1e3'", "hydra.job.chdir=true",
             "+hydra.job.env_set.A_B=on", "delay.delay='007'", "delay=constant"]  # fmt: skip
    master, composer = master_of(loader), Composer(loader)
    saw, where = [], []
    for name in ("hydras", "ours"):
        folder = tmp_path / name / "run"
        heard, config = Heard(), composer.config(master, words)
        context = HydraContext(loader, heard)
        if name == "hydras":
            with open_dict(config):
                config.hydra.job.id = config.hydra.job.num = 4
                config.hydra.sweep.dir, config.hydra.sweep.subdir = str(folder.parent), folder.name
            returned = hydras_run_job(
                hydra_context=context, task_function=task, config=config,
                job_dir_key="hydra.sweep.dir", job_subdir_key="hydra.sweep.subdir",
            )  # fmt: skip
        else:
            job = composer.composed(master, words)
            returned = run_job(job, 4, folder, partial(task, job.own), context, task)
        files = {path.relative_to(folder): OmegaConf.load(path) for path in folder.rglob("*.yaml")}
        assert len(files) == 3
        said = [*heard.said, *vars(returned).items(), files]
        saw.append(repr(said).replace(str(folder.parent), "HERE"))
        where.append(os.getcwd())
    assert saw[0] == saw[1]
    assert where[0] == where[1]
    assert HydraConfig.instance().cfg is None


def _here(folder: Path) -> str:
    return os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
