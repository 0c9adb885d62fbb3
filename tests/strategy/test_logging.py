"""Logging, by hand: what is kept of what was served."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from tables import Table, happened, two_clouds

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.logging import Everything, Sample
from clsim.strategy.triggers import Periodic


def replay(table, logging, **setting):
    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 20, **setting}
    return clsim.replay(table, {"it": Strategy(Periodic(2), logging=logging)}, **setting)["it"]


def test_shares_of_slices_by_hand():
    drawn = np.array([0.05, 0.15, 0.45, 0.55, 0.95, 0.05, 0.15, 0.45, 0.55, 0.95])
    group = np.array([0] * 5 + [1] * 5)
    table = Table(np.zeros((10, 1)), [0, 1] * 5, group=group)

    def kept(rule):
        mask = rule.kept(np.arange(10), {"group": group}, table.schema, lambda rows: drawn[rows])
        return np.flatnonzero(mask).tolist()

    assert kept(Sample(0.1)) == [0, 5]
    assert kept(Sample(0.5)) == [0, 1, 2, 5, 6, 7]
    assert kept(Sample(0.1, {"group=b": 0.5})) == [0, 5, 6, 7]
    assert kept(Sample(0.5, {"group=b": 0})) == [0, 1, 2]
    assert kept(Sample(0.0)) == []
    assert kept(Sample(1.0)) == list(range(10))


def test_a_larger_share_keeps_what_a_smaller_one_does_and_the_shares_are_right():
    table = two_clouds(4000, group=np.arange(4000) % 4 == 0)
    table.group = table.group.astype(int)
    runs = [replay(table, Sample(s, {"group=b": 0.9}), tick=400) for s in (0.2, 0.4)]
    for run, share in zip(runs, (0.2, 0.4), strict=True):
        logged = run.ticks.groupby("slice")[["n", "logged"]].sum()
        assert logged.loc["all", "logged"] == run.totals["logged"]
        last = run.ticks[(run.ticks["slice"] == "all")]["logged"].iloc[-1]
        assert run.totals["labels"] == run.totals["logged"] - last, "known a tick later"
        shares = logged["logged"] / logged["n"]
        assert shares["group=a"] == pytest.approx(share, abs=0.03)
        assert shares["group=b"] == pytest.approx(0.9, abs=0.03)
    both = [run.ticks.set_index(["tick", "slice"])["logged"] for run in runs]
    assert (both[0] <= both[1]).all()
    b = [each.xs("group=b", level="slice") for each in both]
    assert b[0].equals(b[1]), "they are drawn by row, whatever the share of others"


def test_a_retention_by_hand():
    run = replay(two_clouds(80), Everything(retention=25))
    # at row 40 rows 15 to 39 may be trained on, at row 60 rows 35 to 59
    assert [e["rows"] for e in happened(run, ["train"])] == [25, 25]
    assert [e["rows"] for e in happened(run, ["initial"])] == [20]
    # what is new since the last training is no longer there either: at row 60 rows 35 to 59 of 40
    strategy = Strategy(Periodic(4), NewSinceLast(), logging=Everything(retention=25))
    run = clsim.replay(two_clouds(70), {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)
    assert [e["rows"] for e in happened(run["it"], ["train"])] == [25]


def test_a_label_that_comes_when_its_row_is_gone_never_comes():
    due = [i + (30 if i >= 30 else 0) for i in range(90)]
    run = replay(two_clouds(90, label_time=due), Everything(retention=25))
    arrived = {e["tick"]: e["labels"] for e in happened(run, ["label"])}
    assert arrived == {1: 10}, "those of rows 20 to 29; the others are 30 rows late"
    assert run.totals["labels"] == 10


def test_what_is_not_logged_has_no_label():
    run = replay(two_clouds(80), Sample(0.0))
    assert run.totals["logged"] == run.totals["labels"] == 0
    assert [e["rows"] for e in happened(run, ["train"])] == [20, 20], "the warm-up alone"
