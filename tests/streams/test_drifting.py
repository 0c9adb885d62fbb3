"""Drifts that go together, and those that exclude each other; both kinds of streams share them."""

import pytest

from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.drift import (
    Between,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Recurring,
    Sudden,
    Temporary,
)
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior, Shift


def test_drifts_are_a_list_of_drifts():
    with pytest.raises(TypeError, match=r"^drifts: give a list of drifts"):
        Synthetic(SEA(0), Sudden(SEA(1), 5))
    with pytest.raises(TypeError, match=r"^drifts\[1\]=SEA\(.*\): expected a drift"):
        Synthetic(SEA(0), [Sudden(SEA(1), 5), SEA(2)])


NEVER = r"^drifts\[0\]: this {} drift of the {} never shows, since drifts\[1\] acts on what it left"


def users(*drifts):
    return Synthetic(SEA(0), drifts, n=1_000, groups={"user": Groups({"old": 1, "new": 1})})


@pytest.mark.parametrize(("drifts", "message"), [
    # in the wrong order, at the same place, or under one that lasts longer
    ([Sudden(SEA(1), 500), Sudden(SEA(2), 50)], NEVER.format("sudden", "concept")),
    ([Sudden(SEA(1), 500), Sudden(SEA(2), 500)], NEVER.format("sudden", "concept")),
    ([Gradual(SEA(1), 900, 50), Gradual(SEA(2), 200, 100)], NEVER.format("gradual", "concept")),
    ([Incremental(SEA(1), 900, 50), Incremental(SEA(2), 200, 100)], r"^drifts\[0\]: this incr"),
    ([Temporary(SEA(1), 300, 50), Temporary(SEA(2), 200, 200)], r"^drifts\[0\]: this temporary"),
    ([Temporary(SEA(1), 300, 1), Temporary(SEA(2), 200, 200)], r"^drifts\[0\]: this temporary"),
    ([Periodic(SEA(1), 90), Sudden(SEA(2), 0)], NEVER.format("periodic", "concept")),
    ([RandomWalk(SEA(1), 90), Sudden(SEA(2), 0)], NEVER.format("random walk", "concept")),
    ([Recurring([SEA(1), SEA(2)], 90), Sudden(SEA(3), 0)], NEVER.format("recurring", "concept")),
    ([Sudden(Prior([0.1, 0.9]), 500), Sudden(Prior([0.9, 0.1]), 50)],
     NEVER.format("sudden", "labels")),
    ([Sudden(SEA(1), 500, slice="user=new"), Sudden(SEA(2), 50, slice="user=new")], r"never shows"),
    ([Sudden(SEA(1), 500, slice="user=new"), Sudden(SEA(2), 50)], r"never shows"),
    ([Sudden(SEA(1), Between(500, 900)), Sudden(SEA(2), Between(50, 90))], r"never shows"),
    # two that take turns
    ([Recurring([SEA(1)], 10), Recurring([SEA(2)], 15)],
     r"^drifts\[0\] and drifts\[1\]: recurring drifts of the concept take each other's turns"),
    ([Recurring([SEA(1)], 10, slice="user=new"), Recurring([SEA(2)], 15)], r"each other's turns"),
])  # fmt: skip
def test_drifts_that_exclude_each_other_are_refused(drifts, message):
    with pytest.raises(ValueError, match=message):
        users(*drifts)


@pytest.mark.parametrize("drifts", [
    [Sudden(SEA(1), 50), Sudden(SEA(2), 500)],
    [Gradual(SEA(1), 500, 200), Sudden(SEA(2), 500)],  # in the middle of the change
    [Gradual(SEA(1), 500, 200), Gradual(SEA(2), 450, 200)],
    [Temporary(SEA(1), 200, 200), Temporary(SEA(2), 300, 200)],
    [Temporary(SEA(1), 200, 200), Temporary(SEA(2), 250, 50)],
    [Periodic(SEA(1), 90), Sudden(SEA(2), 500)],
    [Recurring([SEA(1), SEA(2)], 90), Sudden(SEA(3), 100)],  # one of the two shows
    [Sudden(SEA(1), Between(0, 900)), Sudden(SEA(2), Between(0, 900))],
    [RandomWalk(SEA(1), 90), Sudden(SEA(2), 500)],
    [Sudden(SEA(1), 500), RandomWalk(SEA(2), 90)],
    # other targets, other slices, and changes of inputs, which add up
    [Sudden(SEA(1), 500), Sudden(Prior([0.1, 0.9]), 50)],
    [Sudden(SEA(1), 500, slice="user=old"), Sudden(SEA(2), 50, slice="user=new")],
    [Sudden(SEA(1), 500), Sudden(SEA(2), 50, slice="user=new")],
    [Sudden(Shift({"x0": 1}), 500), Sudden(Shift({"x0": 1}), 500)],
    [Recurring([SEA(1)], 90, slice="user=old"), Recurring([SEA(2)], 90, slice="user=new")],
])  # fmt: skip
def test_drifts_that_chain_are_legal(drifts):
    users(*drifts)


def test_a_drift_that_shows_for_one_event_is_legal():
    long = Temporary(SEA(2), 200_000, 200_000)
    Synthetic(SEA(0), [Temporary(SEA(1), 300_000, 100_001), long], n=1_000_000)
    Synthetic(SEA(0), [Temporary(SEA(1), 199_999, 100_000), long], n=1_000_000)
    with pytest.raises(ValueError, match="never shows"):
        Synthetic(SEA(0), [Temporary(SEA(1), 300_000, 100_000), long], n=1_000_000)


@pytest.mark.parametrize("before", range(6))
def test_random_positions_may_come_in_any_order(before):
    """For some seed, the first of the list comes last, and then does not show."""
    others = [Sudden(Shift({"x0": 1}), 5)] * before  # so that positions differ from case to case
    users(*others, Sudden(SEA(1), Between(0, 900)), Sudden(SEA(2), Between(0, 900)))
