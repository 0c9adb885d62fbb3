"""What settings and strategies are called: by options, in any order, and never twice alike."""

import itertools
import random
from dataclasses import replace

import pytest
from hydra import compose, initialize_config_dir

from clsim.runs.gathered import gathered
from clsim.runs.info import RunInfo
from clsim.runs.names import setting_names, slugs, strategy_names
from clsim.runs.run import Run, Runs
from clsim.sweep.app import CONF, resolved

STREAMS = {
    "drifting": {"_target_": "clsim.streams.Synthetic", "n": 17520, "drifts": [{"at": "110d"}]},
    "sea": {"_target_": "clsim.streams.Synthetic", "n": 20000},
    "recorded": {"_target_": "clsim.streams.Recorded", "path": "a.csv"},
}
STRATEGIES = {
    "never": {"name": "never", "trigger": {"_target_": "Never"}},
    "weekly": {"name": "every 7d", "trigger": {"_target_": "Periodic", "every": "7d"}},
    "drift": {"name": "drift", "trigger": {"_target_": "OnDrift"}},
    "gated": {"name": "gated, every 7d", "trigger": {"every": "7d"}, "offline": {"_target_": "X"}},
    "five": {"name": "every 5", "trigger": {"_target_": "Periodic", "every": 5}},
    "ten": {"name": "every 10", "trigger": {"_target_": "Periodic", "every": 10}},
}


def run(stream, wait, strategy, seed=0):
    """A run of a sweep; the last two strategies are one option, swept by parameter."""
    option = "periodic" if strategy in ("five", "ten") else strategy
    config = {
        "stream": STREAMS[stream], "delay": {"_target_": "x.Constant", "delay": wait},
        "strategy": STRATEGIES[strategy], "seed": seed, "tick": "1d",
        "choices": {"stream": stream, "delay": "constant", "strategy": option},
    }  # fmt: skip
    return Run({}, RunInfo(seed=seed), config)


def test_a_sweep_of_three_streams_three_delays_and_six_strategies():
    jobs = list(itertools.product(STREAMS, ("0", "3d", "7d"), STRATEGIES))
    runs = {f"{k:012x}": run(*job) for k, job in enumerate(jobs)}
    called = Runs(runs).called
    settings = {f"{s}, constant {w}" for s in STREAMS for w in ("0", "3d", "7d")}
    assert {name.setting for name in called.values()} == settings
    strategies = {"never", "weekly", "drift", "gated", "every 5", "every 10"}
    assert {name.strategy for name in called.values()} == strategies
    assert called["000000000001"] == ("drifting, constant 0", "weekly")
    shuffled = list(runs)
    random.Random(1).shuffle(shuffled)
    assert Runs({key: runs[key] for key in shuffled}).called == called
    alone = {key: one for key, one in runs.items() if called[key].setting == "sea, constant 3d"}
    assert {name.setting for name in Runs(alone).called.values()} == {""}


def test_a_strategy_that_is_the_only_one_of_its_option_is_called_by_it_in_every_setting():
    """An option whose parameters follow the stream, such as a column, is one strategy."""
    own = [{"trigger": {"column": column}} for column in ("price", "demand")]
    assert (
        strategy_names(own, [{"strategy": "drift"}] * 2, ["elec", "bikes"], "ab") == ["drift"] * 2
    )
    assert strategy_names(own, [{"strategy": "drift"}] * 2, ["elec", "elec"], "ab") == [
        "drift (column price)", "drift (column demand)",
    ]  # fmt: skip


def test_options_beneath_an_option_stand_for_what_they_hold():
    def weekly(kind, **parameters):
        config = {"name": "weekly", "dataset": {"_target_": f"x.{kind}", **parameters}}
        return config, {"strategy": "weekly", "strategy/dataset": kind.lower()}

    members = weekly("All"), weekly("Window", window="30d"), weekly("Window", window="60d")
    configs, choices = zip(*members, strict=True)
    assert strategy_names(configs, choices, [0] * 3, "abc") == [
        "weekly (dataset all)", "weekly (dataset window, window 30d)",
        "weekly (dataset window, window 60d)",
    ]  # fmt: skip


def test_a_threshold_that_is_swept_is_added_to_the_option():
    both = [{"name": "every 30d", "threshold": cut} for cut in (None, "by_price")]
    names = strategy_names(both, [{"strategy": "monthly"}] * 2, [0, 0], "ab")
    assert names == ["monthly", "monthly (threshold by_price)"]


def test_two_files_of_ones_own():
    choices = {"stream": "recorded"}
    paths = ["/data/may/sales.csv", "/data/june/clicks.csv"]
    logs = [{"stream": {"data": path, "label": "y"}} for path in paths]
    assert setting_names(logs, [choices] * 2) == ["recorded sales.csv", "recorded clicks.csv"]
    logs[1]["stream"]["data"] = "/data/june/sales.csv"
    assert setting_names(logs, [choices] * 2) == [
        "recorded /data/may/sales.csv", "recorded /data/june/sales.csv",
    ]  # fmt: skip
    files = [{"stream": {"path": "a.csv"}, "files": {"/a.csv": [9, day * 86400 * 10**9]}}
             for day in (0, 1)]  # fmt: skip
    assert setting_names(files, [choices] * 2) == [
        "a.csv of 1970-01-01 00:00:00, 9 bytes", "a.csv of 1970-01-02 00:00:00, 9 bytes",
    ]  # fmt: skip


def test_of_many_parameters_as_few_are_named_as_tell_all_apart():
    drawn = [{"stream": {"a": k % 2, "b": k, "c": k % 3, "d": -k, "e": k // 2}} for k in range(4)]
    names = setting_names(drawn, [{"stream": "mine"}] * 4)
    assert names == ["mine b 0", "mine b 1", "mine b 2", "mine b 3"]


def test_different_parts_are_never_called_alike():
    draw, keys = random.Random(7), ("stream", "delay", "tick", "x.y")
    values = ["a", "a b", 1, "1", None, True, "b a", [1], {"_target_": "x.A"}, {"_target_": "y.A"}]
    for _ in range(200):
        parts = [
            {key: draw.choice(values) for key in keys if draw.random() < 0.7}
            for _ in range(6)
        ]  # fmt: skip
        different = [p for k, p in enumerate(parts) if not any(_equal(p, q) for q in parts[:k])]
        choices = [{"stream": draw.choice("ab")} for _ in different]
        names = setting_names(different, choices)
        assert len(set(names)) == len(names)
        count = len(different)
        labels = strategy_names(different, [{}] * count, [0] * count, ["a"] * count)
        assert len(set(labels)) == len(labels)
        order = draw.sample(range(count), count)
        again = setting_names([different[i] for i in order], [choices[i] for i in order])
        assert again == [names[i] for i in order]
        assert len(set(slugs(names))) == len(names)


def _equal(one, other):
    return repr(sorted(one.items())) == repr(sorted(other.items()))


def test_one_strategy_that_was_chosen_twice_has_one_name():
    weekly = run("sea", "0", "weekly", seed=1)
    spelled = replace_choice(run("sea", "0", "weekly", seed=2), "periodic")
    assert {n.strategy for n in Runs({"a": weekly, "b": spelled}).called.values()} == {"periodic"}


def replace_choice(one, option):
    one.config = {**one.config, "choices": {**one.config["choices"], "strategy": option}}
    return one


def test_a_run_beside_another_is_called_as_that_one():
    one, other = run("sea", "3d", "weekly"), run("sea", "0", "weekly")
    other.config = {**other.config, "counterpart": {"of": "a", "as": "no_delay"}}
    assert set(Runs({"a": one, "b": other}).called.values()) == {("", "weekly")}


def test_runs_out_of_python_keep_the_names_that_they_were_given():
    one = Run({}, RunInfo(seed=1))
    two = Run({}, replace(one.info, seed=2))
    made = gathered({"sea": [{"weekly": one}, {"weekly": two}], "led": {"weekly": one}})
    assert sorted(made.called.values()) == [("led", "weekly"), ("sea", "weekly"), ("sea", "weekly")]
    assert list(gathered(one).called.values()) == [("", "run")]
    with pytest.raises(ValueError, match="weekly, seed 1: two runs"):
        gathered([{"weekly": one}, {"weekly": one}])
    with pytest.raises(TypeError, match="expected a Run"):
        gathered([one, two])
    with pytest.raises(ValueError, match="there is none"):
        gathered({})


@pytest.mark.parametrize(("overrides", "strategy"), [
    (["strategy=weekly"], "weekly"), (["strategy=weekly", "strategy.name=mine"], "mine"),
    (["strategy=drift", "strategy.dataset.window=60d"], "drift"),
])  # fmt: skip
def test_a_job_keeps_the_options_that_were_chosen(overrides, strategy):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", ["delay=constant", *overrides], return_hydra_config=True)
    choices = resolved(config)["choices"]
    assert choices["strategy"] == strategy
    assert (choices["stream"], choices["delay"]) == ("drifting", "constant")
    assert not any(key.startswith("hydra") for key in choices)
