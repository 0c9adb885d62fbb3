"""Jobs beside a job, without its delay or its durations, and what the waiting costs."""

import pytest

import clsim
from clsim.analysis.compare.comparison import settings
from clsim.analysis.cost.waiting import cost_of_waiting
from clsim.runs.ledger import Prices, cost
from clsim.sweep import config as build
from helpers.commands import command

pytestmark = pytest.mark.slow


def job(**more):
    strategy = {"name": "x", "trigger": {"_target_": "clsim.strategy.triggers.Never"}}
    return {"strategy": strategy, "delay": {"_target_": "a.Delay"}, "seed": 1, "also": [], **more}


def test_counterparts_differ_in_what_they_are_without():
    config = job(also=["no_delay", "no_duration"])
    no_delay, no_duration = build.counterparts(config)
    assert no_delay["delay"] == {"_target_": "clsim.streams.delays.Constant", "delay": 0}
    assert no_delay["strategy"] == config["strategy"]
    assert no_duration["delay"] == config["delay"]
    assert no_duration["strategy"]["training"]["duration"] == 0
    of = build.run_id(config)
    assert [c["counterpart"] for c in (no_delay, no_duration)] == [
        {"of": of, "as": "no_delay"}, {"of": of, "as": "no_duration"}
    ]  # fmt: skip
    ids = {build.run_id(c) for c in (config, no_delay, no_duration)}
    assert len(ids) == 3
    assert of == build.run_id(job()), "what is run beside a job changes nothing in it"


@pytest.fixture(scope="module")
def sweep(tmp_path_factory):
    folder = tmp_path_factory.mktemp("waiting")
    words = ["-m", "stream=sea", "tick=1000", "warmup=2000", "learner=naive_bayes",
             "delay=constant", "delay.delay=1500", "strategy=never,volume",
             "strategy/dataset=all", "strategy.training.duration=1200",
             "also=[no_delay,no_duration]",
             "out=sweep"]  # fmt: skip
    done = command(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    return clsim.load(folder / "sweep")


def test_a_sweep_runs_the_jobs_beside_and_the_report_leaves_them_out(sweep):
    assert len(sweep.runs) == 6
    assert sweep.unfinished == []
    [setting] = settings(sweep)
    assert [len(by_seed) for by_seed in setting.runs.values()] == [1, 1]


def test_the_cost_of_waiting_is_the_difference_of_two_runs(sweep):
    prices = Prices(error=2, retraining=10)
    table = cost_of_waiting(sweep, prices)
    assert sorted(table["without"]) == ["delay", "delay", "duration", "duration"]
    assert (table["difference"] == table["cost"] - table["cost_without"]).all()
    never = table[table["strategy"] == "never"]
    assert (never["difference"] == 0).all(), "who never retrains does not wait"
    beside = {run.config["counterpart"]["as"]: run for run in sweep.runs.values()
              if run.config.get("counterpart")
              and run.config["strategy"]["name"] != "never"}  # fmt: skip
    rest = table[table["strategy"] != "never"].set_index("without")
    for without in ("delay", "duration"):
        expected = cost(beside[f"no_{without}"].totals, prices)
        assert rest.loc[without, "cost_without"] == expected
    assert rest.loc["delay", "difference"] != 0
