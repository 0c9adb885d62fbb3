"""Strategies of a configuration whose threshold is found before the replay."""

import copy
import json
from functools import cache

import pandas as pd
import pytest

import clsim
from clsim.report.page import read
from clsim.report.parts.thresholds import calibrated
from clsim.runs.info import RunInfo
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Performance
from clsim.sweep import config as build
from clsim.sweep.app import complete
from clsim.sweep.families import families
from clsim.sweep.jobs import replay_jobs
from test_app import config

pytestmark = pytest.mark.slow

WORLD = ("stream.n=2400", "stream.rate=8/d", "learner=naive_bayes", "delay=constant", "tick=2d",
         "delay.delay=1d")  # fmt: skip
NEVER = ("strategy=never",)
CHOICE = ("strategy=calibrated", "strategy.calibrate.grid=[0.01,0.05,0.2]",
          "strategy.calibrate.twins=3", "strategy.calibrate.false_alarms=3/y")  # fmt: skip


@cache
def composed(*overrides):
    return config(*WORLD, *overrides)


def job(*path, value=None, choice=CHOICE):
    """A job, with another value at a path; None: with nothing there."""
    given = copy.deepcopy(composed(*choice))
    inside = given
    for key in path[:-1]:
        inside = inside[key]
    if path and value is None:
        del inside[path[-1]]
    elif path:
        inside[path[-1]] = value
    return given


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A calibrated strategy for two seeds, and the same with a threshold by hand."""
    home = tmp_path_factory.mktemp("sweep")
    for seed in (0, 1):
        configs = [job("seed", value=seed, choice=choice) for choice in (CHOICE, NEVER)]
        for one in configs:
            complete(one)
        replay_jobs(configs, [home / build.run_id(one) for one in configs])
    return home


def runs_of(folder):
    every = clsim.load(folder).runs.values()
    return {run.info.seed: run for run in every if run.info.calibrated is not None}


def test_the_threshold_is_that_of_python_and_the_run_is_that_of_the_threshold(folder):
    given = job()
    setting = {key: given[key] for key in ("tick", "warmup")} | {
        key: build.instance(given[key], key) for key in ("stream", "learner", "delay")
    }

    def strategy(drop):
        return Strategy(Performance(drop=drop, window=300, min_labels=100), SlidingWindow("30d"))

    assert given["strategy"]["dataset"]["window"] == "30d"
    own = clsim.calibrate(
        strategy=strategy, grid=[0.01, 0.05, 0.2], false_alarms="3/y", twins=3, **setting
    )
    run = runs_of(folder)[0]
    said = run.info.calibrated
    assert (said.value, said.parameter, said.twins) == (own.value, "trigger.drop", 3)
    assert (said.rate, said.low, said.high) == tuple(own.rate)
    assert (said.note, said.knows_world, said.wanted) == (own.note, True, "3/y")
    direct = clsim.replay(strategies={"it": strategy(own.value)}, **setting)["it"]
    pd.testing.assert_frame_equal(
        run.ticks.drop(columns="slice"), direct.ticks.drop(columns="slice"), check_dtype=False
    )


def test_the_run_says_its_threshold_and_seeds_stay_one_strategy(folder):
    for run in runs_of(folder).values():
        assert run.strategy["trigger"]["drop"] == run.info.calibrated.value
        assert run.config["strategy"]["trigger"]["drop"] == 0.05  # what stood there
    table = clsim.load(folder).table.set_index("strategy.name")
    own = table.loc["at most 3/y false alarms"]
    values = {seed: run.info.calibrated.value for seed, run in runs_of(folder).items()}
    assert dict(zip(own["seed"], own["strategy.trigger.drop"], strict=True)) == values


def test_the_page_has_a_row_for_it_with_the_note(folder):
    _, (section,), _ = read(folder)
    part = calibrated(section)
    assert part.html.count("<tr>") == 2  # of the headings, and one for both seeds
    assert ">at most 3/y false alarms<" in part.html
    assert part.html.count("alarms: Calibrated with knowledge of the world: twins of it") == 1
    assert part.tables["calibrated"]["seed"].tolist() == [0, 1]


def test_which_threshold_it_is_makes_no_table_of_hindsight_of_its_own():
    by_hand = job("hindsight", value=True, choice=("strategy=performance",))
    assert list(families([by_hand])) == list(families([job("hindsight", value=True)]))


@pytest.mark.parametrize(("key", "value", "message"), [
    ("grid", None, r"\.grid: no value; give strategy.calibrate.grid="),
    ("girds", [1], r"\.girds: unknown key 'girds'; did you mean 'grid'\?"),
    ("parameter", "trigger.rule.limit", r"\.parameter=.*: unknown key of strategy.trigger 'rule'"),
    ("parameter", "dataset.window", r"\.parameter='dataset.window': expected .* of the trigger"),
    ("parameter", "trigger._target_", r"\.parameter='trigger._target_': no number"),
    ("grid", [0.1], r"\.grid=\[0.1\]: give two thresholds or more"),
    ("grid", [0.1, 0.3, 0.2], r"\.grid: give thresholds in order"),
    ("grid", ["a", "b"], r"\.grid\[0\]='a': expected a number"),
    ("false_alarms", "often", r"\.false_alarms='often': expected a rate"),
    ("false_alarms", "1/1000", r"\.false_alarms='1/1000': the stream has time"),
    ("twins", 1, r"\.twins=1: must be at least 2"),
    ("blocks", "7d", r"\.blocks='7d': expected the keys season and trained"),
    ("blocks", {"season": "7d"}, r"\.blocks.trained: no value"),
    ("blocks", {"season": "7d", "train": 1}, r"\.blocks.train: .* did you mean 'trained'\?"),
    ("blocks", {"season": 7, "trained": "9d"}, r"\.blocks.season=7: this stream has time"),
])  # fmt: skip
def test_refused_before_any_work(key, value, message):
    with pytest.raises((TypeError, ValueError), match=rf"^strategy\.calibrate{message}"):
        complete(job("strategy", "calibrate", key, value=value))


@pytest.mark.parametrize(("key", "value", "message"), [
    ("parameter", "trigger.dorp", r"^strategy.trigger.dorp: unknown .*; did you mean 'drop'\?"),
    ("grid", [0.1, -3], r"^strategy.trigger: drop=-3: must be"),
])  # fmt: skip
def test_what_the_trigger_does_not_take_is_refused(key, value, message):
    with pytest.raises(ValueError, match=message):
        complete(job("strategy", "calibrate", key, value=value))


@pytest.mark.parametrize(("stream", "message"), [
    ("random_walk", "Synthetic: a random walk goes on, so it is never quiet"),
    ("selective", "Selective: what is served changes what comes next, so it is never quiet"),
])  # fmt: skip
def test_a_stream_that_never_stands_still_is_refused(stream, message):
    given = config(*CHOICE, f"stream={stream}", "learner=naive_bayes")
    with pytest.raises(ValueError, match=rf"^strategy\.calibrate: {message}"):
        complete(given)


def test_keys_are_needed():
    with pytest.raises(TypeError, match=r"^strategy.calibrate='1/y': expected the keys parameter"):
        complete(job("strategy", "calibrate", value="1/y"))


def test_what_trains_nothing_is_not_calibrated():
    wanted = job()["strategy"]["calibrate"]
    given = job("strategy", "calibrate", value=wanted, choice=("strategy=no_model",))
    with pytest.raises(ValueError, match=r"^strategy.calibrate: NoModel trains nothing"):
        complete(given)


@pytest.mark.parametrize("change", [
    {"value": "0.1"}, {"twins": True}, {"note": None}, {"more": 1}, {"parameter": "trigger"},
])  # fmt: skip
def test_a_damaged_calibration_is_refused(folder, change):
    run = runs_of(folder)[0]
    given = json.loads(json.dumps(run.info.to_json()))
    assert RunInfo.from_json(given).calibrated == run.info.calibrated
    given["calibrated"] |= change
    with pytest.raises(ValueError, match=r"^calibrated=.*: expected a calibration, or null"):
        RunInfo.from_json(given)
