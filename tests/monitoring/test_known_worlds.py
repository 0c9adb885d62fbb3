"""Worlds in which arithmetic says which signals are right, each a replay."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "experiments" / "signals"))

import known_worlds as worlds
import tails

SEED = 1
EVENTS = 0.03
"""Three and a half standard errors of a share of 2,000 events of which 4 of 5 are alike."""

ROWS = 1.95 * np.sqrt(1 / worlds.WINDOW + 1 / worlds.WARMUP)
"""A distance that chance exceeds in one case of a thousand (Kolmogorov and Smirnov)."""


def said(name, seed=SEED):
    world = worlds.WORLDS[name]()
    run = world.replay(seed)
    assert (run.events["kind"] != "alarm").all()  # no monitor failed
    found = world.said(run).set_index("signal")
    assert abs(found["before"] - found["expected_before"])["accuracy"] < 0.015
    assert abs(found["after"] - found["expected_after"])["accuracy"] < 0.015
    return found


@pytest.mark.parametrize("name", ["harmless", "hidden", "moved", "rarer", "slow"])
def test_every_signal_says_what_arithmetic_says_it_says(name):
    found = said(name)
    allowed = np.where(found.index.str.startswith("distance"), ROWS, EVENTS)
    for when in ("before", "after"):
        off = (found[when] - found[f"expected_{when}"]).abs()
        assert (off < allowed).all(), found


def test_what_arithmetic_says():
    shares = worlds.rarer()
    assert shares.score[1] == pytest.approx(0.800, abs=5e-4)
    assert shares.expected["estimate", None][1] == pytest.approx(0.836, abs=5e-4)
    inputs = worlds.moved()
    assert inputs.expected["estimate", None] == inputs.score  # calibration survives
    mended = inputs.expected["estimate, shares of classes mended", None]
    assert mended[1] - inputs.score[1] > 0.03  # what mends the one spoils the other
    assert worlds.hidden().score == pytest.approx((0.9, 0.7))
    # class 0 alone is there: of it more are right
    slow = worlds.slow()
    assert slow.expected["arrived", None][1] - slow.score[1] == pytest.approx(0.0615, abs=5e-4)


def test_the_whole_misses_what_the_slice_finds():
    found = said("broken")
    after, before = found["after"], found["before"]
    assert after["distance of x0"] < ROWS  # no more than chance
    assert abs(after["score"] - before["score"]) < EVENTS
    assert after["distance of x0 in site=b"] == pytest.approx(1, abs=0.02)
    assert before["score in site=b"] - after["score in site=b"] > 0.2


@pytest.mark.slow
def test_a_test_of_many_rows_alarms_where_nothing_is_lost():
    found = said("tiny", 0)
    assert found["after"]["p-value of x1"] < 0.05 < found["before"]["p-value of x1"]
    level = worlds.threshold(twins=10)
    assert level.value == 0.035
    assert found["after"]["short distance of x1"] < level.value
    # so many alarms are to be expected of two features in 40 looks at 5,000 against 5,000 rows
    chance = {at: 80 * 2 * np.exp(-2 * at**2 * 2_500) for at in (0.03, 0.035)}
    assert chance[0.035] < 1 < chance[0.03]


def test_profiles_see_a_fault_of_few_events_of_which_a_sample_of_equal_bytes_sees_nothing():
    runs = tails.replay(SEED)
    of_profiles, of_sample = (tails.said(runs[name]) for name in ("profiles", "sample"))
    kept = {name: run.totals["megabytes"] for name, run in runs.items()}
    assert kept["profiles"] == tails.TICKS * tails.PROFILE / 1e6 == pytest.approx(0.00248)
    # rows are drawn, 27 a tick: within three standard errors of as many bytes
    assert kept["sample"] == pytest.approx(kept["profiles"], rel=3 / np.sqrt(270))
    limit, adds, _ = tails.OF_PROFILES
    assert adds > 1.5 * limit
    assert of_profiles[: tails.CHANGE - 1].max() < limit
    assert of_profiles[tails.CHANGE :].min() > limit
    assert tails.OF_SAMPLE.unseen == pytest.approx(0.997**27)
    assert of_sample.max() < tails.OF_SAMPLE.chance
