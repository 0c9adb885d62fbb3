"""The page says by how much an estimate without labels was off, and when."""

from datetime import timedelta

import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim import Strategy
from clsim.analysis import estimates, furthest_off, held_against_labels
from clsim.monitoring import (
    Combined,
    ConfidenceScore,
    Corrected,
    ExpectedScore,
    FeatureDistribution,
    Score,
)
from clsim.rounding import amount
from clsim.runs.info import Signal
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import At, Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Hyperplane
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from helpers.undrawn import write_undrawn


class Mine(ExpectedScore):
    """A user's own, which is an estimate as the one that it derives from."""


@pytest.fixture(scope="module")
def runs():
    """A quarter of the events change sides at row 2,000, and labels come 1,000 events late."""
    watched = {"expected": Mine(window=300)}
    strategies = {
        "never": Strategy(Never(), SlidingWindow(1_000), monitors=watched),
        "once": Strategy(At([16]), SlidingWindow(1_000), monitors=watched),
    }
    after = Hyperplane(2, weights=[1, 1])
    stream = Synthetic(Hyperplane(2, weights=[1, 0]), [Sudden(after, at=2_000)], n=5_000, noise=0.1)
    return clsim.replay(
        stream, strategies, learner=DecisionTreeClassifier(max_depth=1), tick=100, warmup=1_000,
        delay=Constant(1_000), record="events",
    )  # fmt: skip


def test_labels_are_those_of_the_events_that_were_judged(runs):
    (estimate,) = estimates(runs["never"])
    held = held_against_labels(runs["never"], estimate)
    events = runs["never"].predictions
    right = (events["y_true"] == events["y_pred"]).to_numpy()
    for row in held.to_dict("records"):
        judged = right[row["end"] - 1_300 : row["end"] - 1_000]  # events begin after the warm-up
        assert row["labels"] == pytest.approx(judged.mean())
        assert (row["start"], row["n"]) == (row["end"] - 300, 300)
    signals = runs["never"].signals.set_index("tick")["value"]
    assert held.set_index("tick")["said"].to_dict() == signals.to_dict()


def test_a_window_that_two_models_answered_says_nothing_of_either(runs):
    (estimate,) = estimates(runs["once"])
    ticks = held_against_labels(runs["once"], estimate)["tick"]
    assert {15, 16} < set(ticks)  # the new model serves from tick 16 on, and is measured then
    assert not set(ticks) & {17, 18}


@pytest.mark.slow
def test_when_and_by_how_much_it_was_off(runs, tmp_path):
    run = runs["never"]
    run.config = {**run.config, "strategy": {"name": "never"}}
    (estimate,) = estimates(run)
    worst = furthest_off(held_against_labels(run, estimate))
    assert 1_700 <= worst.start < worst.end <= 3_600  # till half of the labels are new
    assert worst.said == pytest.approx(0.9, abs=0.04)
    assert worst.labels == pytest.approx(0.7, abs=0.05)
    run.save(tmp_path / ("0" * 12))
    write_undrawn(tmp_path)
    said = (
        f"The estimate expected of never, seed 0, was furthest off from row {worst.start:,} to row "
        f"{worst.end:,}: it said {amount(worst.said)} on average, and the labels that came later "
        f"say {amount(worst.labels)}, so it was {amount(worst.said - worst.labels)} too good"
    )
    assert said in (tmp_path / "report.html").read_text()
    table = pd.read_csv(tmp_path / "tables" / "estimates_off.csv")
    assert table["overall"].tolist() == pytest.approx([worst.overall])


class Near(FeatureDistribution):
    """A user's own, with a distance that ships."""


SAID = {
    "accuracy": (ExpectedScore(window=30, min_rows=5), Signal("accuracy", 30)),
    "recall": (ExpectedScore("recall"), Signal(None, 500)),
    "low": (ExpectedScore(bound="low"), Signal(None, 500)),
    "sure": (ConfidenceScore(window=90), Signal("accuracy", 90)),
    "score": (Score(), Signal()),
    "near": (Near("psi"), Signal("psi")),
    "tests": (Corrected(Near("chi_squared", p_value=True)), Signal("p_value")),
    "worst": (Combined(Near("psi"), "mean"), Signal("psi")),
}


def test_a_run_says_what_its_signals_are_and_what_labels_cannot_be_held_against_is_left_out(
    tmp_path,
):
    strategy = Strategy(Never(), monitors={name: one for name, (one, _) in SAID.items()})
    stream = Synthetic(Hyperplane(2), n=300)
    learner = DecisionTreeClassifier(max_depth=1)
    run = clsim.replay(stream, {"it": strategy}, learner=learner, tick=100, warmup=100)["it"]
    run.save(tmp_path / ("0" * 12))
    for one in (run, clsim.load(tmp_path / ("0" * 12))):
        assert one.info.signals == {name: signal for name, (_, signal) in SAID.items()}
        assert [found.signal for found in estimates(one)] == ["accuracy", "sure"]


def test_durations_are_told_as_text():
    monitors = {"text": ExpectedScore(window="2d"), "own": ExpectedScore(window=timedelta(days=2))}
    stream = Synthetic(Hyperplane(2), n=300, rate="24/d")
    strategy = Strategy(Never(), monitors=monitors)
    learner = DecisionTreeClassifier(max_depth=1)
    run = clsim.replay(stream, {"it": strategy}, learner=learner, tick="1d", warmup="5d")["it"]
    said = {name: signal.judges for name, signal in run.info.signals.items()}
    assert said == {"text": "2d", "own": f"{2 * 86_400_000_000}us"}
    off = [held_against_labels(run, estimate)["n"].tolist() for estimate in estimates(run)]
    assert off[0] == off[1]
