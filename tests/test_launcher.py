"""Sweeps: the same bits by any launcher; jobs that differ in strategy alone go together."""

import shutil

import pandas as pd
import pytest

import clsim
from clsim.sweep.jobs import forget_prices, groups, other_prices, plan
from helpers.commands import command, start
from test_app import config
from test_runs import a_run

pytestmark = [pytest.mark.xdist_group("launcher"), pytest.mark.slow]  # its fixtures are dear

SWEEP = ("strategy=never,weekly,drift,gated,stateful", "seed=0,1", "delay=exponential",
         "stream.n=4380", "stream.rate=12/d")  # fmt: skip


@pytest.fixture(scope="module")
def sweeps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sweeps")
    launchers = {
        "fused": ["hydra/launcher=fused"],
        "one_process": ["hydra/launcher=fused", "hydra.launcher.n_jobs=1"],
        "basic": ["hydra/launcher=basic"],
        "joblib": ["hydra/launcher=joblib", "hydra.launcher.n_jobs=2"],
    }
    for name, choice in launchers.items():
        words = ("-m", *SWEEP, f"out={name}", *choice)
        if name == "basic":  # with two threads; the others have one
            two = {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
            done = start(*words, cwd=folder, drawn=False, **two)
        else:
            done = command(*words, cwd=folder)
        assert done.returncode == 0, done.stderr
        assert done.stdout.count("report: ") == 1
    return folder


@pytest.mark.parametrize("launcher", ["one_process", "basic", "joblib"])
def test_every_launcher_gives_the_same_bits(sweeps, launcher):
    ids = sorted(p.parent.name for p in (sweeps / "fused").glob("*/done"))
    assert len(ids) == 10
    assert sorted(p.parent.name for p in (sweeps / launcher).glob("*/done")) == ids
    for run in ids:
        for name in ("ticks.parquet", "confusion.parquet"):
            fused = (sweeps / "fused" / run / name).read_bytes()
            assert (sweeps / launcher / run / name).read_bytes() == fused
        fused, other = (
            pd.read_parquet(sweeps / which / run / "events.parquet").drop(columns="seconds")
            for which in ("fused", launcher)
        )
        pd.testing.assert_frame_equal(fused, other)


def test_jobs_that_differ_in_strategy_alone_are_put_together(tmp_path):
    configs = [
        config("strategy=never"),
        config("strategy=weekly", "prices.error=2", "name=other"),
        config("strategy=weekly", "seed=1"),
        config("strategy=weekly", "learner=naive_bayes"),
    ]
    folders = [tmp_path / str(i) for i in range(4)]
    a_run("rows").save(tmp_path / "2")
    assert [group.folders for group in groups(configs, folders)] == [folders[:2], folders[3:]]


@pytest.mark.slow
def test_a_report_knows_what_an_interrupted_sweep_was_to_have(tmp_path):
    done = command("-m", "strategy=never,weekly", "out=r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    gone = sorted(p.parent for p in (tmp_path / "r").glob("*/done"))[0]
    shutil.rmtree(gone)
    assert clsim.load(tmp_path / "r").unfinished == [gone.name]


def test_prices_of_a_sweep_are_noted_where_all_jobs_have_the_same(tmp_path):
    priced = [config(f"prices.retraining={price}") for price in (3, 3, 4)]
    run = a_run("rows")
    run.config = {"prices": {**priced[0]["prices"], "retraining": 7}}
    run.save(tmp_path / "made")
    assert other_prices(tmp_path) == {}
    plan(tmp_path, priced[:2], [tmp_path / "0", tmp_path / "1"])
    assert other_prices(tmp_path) == {"retraining": 3}
    plan(tmp_path, priced, [tmp_path / str(i) for i in range(3)])
    assert other_prices(tmp_path) == {}
    plan(tmp_path, priced[:1], [tmp_path / "0"])
    forget_prices(tmp_path)
    assert other_prices(tmp_path) == {}
