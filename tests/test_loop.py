"""The experiment that goes round the whole loop: it composes, and every part of it has its day."""

from __future__ import annotations

import pytest
from hydra import compose, initialize_config_dir

import clsim
from clsim.sweep.app import CONF, complete, resolved
from clsim.sweep.config import instance

STRATEGIES = ("never", "weekly", "gated", "loop")


def config(*overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return resolved(compose("config", ["+experiment=loop", *overrides]))


@pytest.mark.slow
def test_it_sweeps_the_loop_beside_simpler_strategies():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        whole = compose("config", ["+experiment=loop"], return_hydra_config=True)
    assert whole.hydra.mode.name == "MULTIRUN"
    assert whole.hydra.sweeper.params == {"strategy": ",".join(STRATEGIES), "seed": "range(3)"}
    for name in STRATEGIES:
        complete(config(f"strategy={name}"))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The first 202 days of one of its runs, as it is read back."""
    chosen = config("strategy=loop", "seed=1", f"stream.n={96 * 202}")
    chosen["stream"]["drifts"].pop()  # which comes later
    parts = {key: instance(chosen[key], key) for key in ("stream", "delay", "learner", "strategy")}
    runs = clsim.replay(
        parts["stream"], {"loop": parts["strategy"]}, delay=parts["delay"],
        learner=parts["learner"], tick=chosen["tick"], warmup=chosen["warmup"], seed=1,
    )  # fmt: skip
    return clsim.load(runs["loop"].save(tmp_path_factory.mktemp("loop") / "run"))


def test_something_of_every_kind_happens(run):
    happened = set(run.events["kind"])
    assert happened >= {"buy", "label", "alarm", "trigger", "train", "offline_test", "online_test",
                        "deploy", "rollback"}  # fmt: skip
    for kind in ("offline_test", "online_test"):  # each test lets some through, and some not
        verdicts = run.events.loc[run.events["kind"] == kind, "accepted"].dropna()
        assert set(verdicts) == {True, False}


def test_a_part_of_the_events_is_kept_and_labels_come_late_or_are_bought(run):
    totals = run.totals
    assert totals["logged"] == pytest.approx(totals["n"] / 2, rel=0.05)
    assert 0 < totals["labels"] < totals["logged"] / 4
    assert totals["bought"] == 20 * len(run.ticks)
    assert totals["waited"] / totals["labels"] > 5  # days


def test_the_inputs_are_watched_and_shadows_are_asked(run):
    assert set(run.served["role"]) == {"champion", "shadow"}
    alarmed = run.signals[run.signals["alarm"]]
    assert set(alarmed["of"]) == {"x0", "x3"}  # those that moved in that time
    assert (alarmed["value"] > 0.15).all()
