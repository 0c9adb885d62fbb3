"""Shadows, by hand: what they are compared on, and what becomes of them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import Shadow
from clsim.strategy.online.rules import SPRT
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded
from clsim.streams.feedback import Churn
from clsim.types import Trial
from helpers.fixed import Counting, labels
from helpers.tables import Rumour, happened


class Seen:
    """A view of a trial: model 1 against model 0, by losses on rows 10 to 19 since tick 1."""

    tick, now = 2, 20

    def __init__(self, new, old, known=None):
        self.by_model = {1: np.array(new, dtype=float), 0: np.array(old, dtype=float)}
        self.labels = self  # it is asked for little
        self._known = np.ones(10, dtype=bool) if known is None else np.array(known, dtype=bool)

    def start(self, tick):
        return 10 * tick

    def served(self, since):
        return np.arange(10 * since, 20)

    def time(self, rows):
        return rows

    def known(self, rows):
        return self._known[rows - 10]

    def model(self, number):
        return SimpleNamespace(losses=lambda rows: self.by_model[number][rows - 10])

    def score(self, mean_loss):
        return 1 - mean_loss


def verdict(view, **parameters):
    from clsim.clock import Clock

    test = Shadow(**{"length": 10, "min_labels": 5, **parameters})
    test.bind(Clock(timed=False, tick=10, tick_in_rows=True))
    return test.step(view, Trial(1, 0, 1))


ONES, HALF = [1.0] * 10, [0.0, 1.0] * 5


def test_the_better_one_wins_by_more_than_the_margin():
    found = verdict(Seen(HALF, ONES))
    assert (found.accepted, found.reason, found.rows) == (True, "challenger is better", 10)
    assert found.detail == {"challenger": 0.5, "champion": 0.0, "unlabelled": 0.0}
    assert verdict(Seen(HALF, ONES), margin=0.4).accepted
    assert not verdict(Seen(HALF, ONES), margin=0.5).accepted
    assert not verdict(Seen(HALF, HALF)).accepted, "a tie keeps the champion"
    assert verdict(Seen(HALF, HALF), margin=-0.1).accepted
    assert verdict(Seen(ONES, HALF)).reason == "champion is not beaten"


def test_the_trial_goes_on_until_its_time_is_over():
    assert verdict(Seen(HALF, ONES), length=11) is None
    assert verdict(Seen(HALF, ONES), length=10) is not None


def test_too_few_labels_are_no_evidence():
    few = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]
    found = verdict(Seen(HALF, ONES, few))
    assert (found.accepted, found.rows) == (False, 4)
    assert found.reason == "undecided: 4 labels, needs 5"
    assert found.detail == {"unlabelled": 6.0}
    assert verdict(Seen(HALF, ONES, few), min_labels=4).accepted


def test_rows_that_one_of_them_does_not_answer_do_not_count():
    new = [np.nan, 0, 0, 0, 0, 1, 1, 1, 1, 1]
    old = [1, np.nan, 1, 1, 1, 1, 1, 1, 1, 1]
    found = verdict(Seen(new, old))
    assert found.rows == 8
    assert found.detail["challenger"] == pytest.approx(3 / 8)


def test_mature_rows_alone():
    # rows 10 to 15 are 5 or more old at 20; labels of 10, 12, 14 have come
    known = [1, 0, 1, 0, 1, 0, 1, 1, 1, 1]
    found = verdict(Seen(HALF, ONES, known), mature=5, min_labels=3)
    assert (found.rows, found.detail["unlabelled"]) == (3, 3.0)
    assert found.detail["challenger"] == 1.0, "rows 10, 12 and 14, where it is right"


def replay(table, online, **more):
    strategy = Strategy(Periodic(2), SlidingWindow(20), online=online, **more)
    return clsim.replay(table, {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]


def tried(run):
    return [(e["tick"], e["model"], e.get("parent"), e.get("accepted"))
            for e in happened(run, ["online_test"])]  # fmt: skip


def test_a_trial_from_beginning_to_end():
    # labels are 0 until row 30, then 1: the model of tick 2 (rows 20 to 39) says 0 as well, as a
    # tie; that of tick 4 is trained on rows 40 to 59, and says 1
    run = replay(labels((30, 0), (90, 10)), Shadow(20, min_labels=10))
    assert tried(run) == [
        (2, 1, 0, None), (4, 1, 0, False),
        (4, 2, 0, None), (6, 2, 0, True),
        (6, 3, 2, None), (8, 3, 2, False), (8, 4, 2, None),
    ]  # fmt: skip
    assert [(e["tick"], e["model"]) for e in happened(run, ["deploy"])] == [(6, 2)]
    assert run.totals["trials"] == 3
    # champion 0 answers ticks 0 to 5 and errs from row 30 on; a shadow's errors are nobody's
    assert run.totals["errors"] == 50
    shadows = run.served[run.served["role"] == "shadow"]
    asked = list(zip(shadows["tick"], shadows["model"], shadows["loss"], strict=True))
    assert asked == [
        (2, 1, 10.0), (3, 1, 10.0), (4, 2, 0.0), (5, 2, 0.0), (6, 3, 0.0), (7, 3, 0.0),
        (8, 4, 0.0), (9, 4, 0.0),
    ]  # fmt: skip


def test_a_rule_ends_a_trial_as_soon_as_it_knows():
    """The same world, with the labels of ten rows in each look.

    Both alike: no row in ten differs, or half of one, so the variance is 1/22 times 21/22 / 10,
    and Wald's ratio -(1/2)² / 2 over that, -28.8: futile. Better on each of ten: (1/2 - 1/8) over
    the same, 86.4.
    """
    run = replay(labels((30, 0), (90, 10)), Shadow(20, min_labels=10, rule=SPRT(0.5)))
    assert tried(run) == [
        (2, 1, 0, None), (3, 1, 0, False),
        (4, 2, 0, None), (5, 2, 0, True),
        (6, 3, 2, None), (7, 3, 2, False), (8, 4, 2, None), (9, 4, 2, False),
    ]  # fmt: skip
    assert run.totals["errors"] == 40, "one tick less than with a look at the end"
    found = happened(run, ["online_test"])[3]
    assert (found["reason"], found["rows"]) == ("challenger is better", 10)
    assert found["detail"] | {"unlabelled of both": 0.0} == found["detail"]


@pytest.mark.parametrize(("more", "message"), [
    ({"weigh": "picked", "rule": SPRT(0.5)}, "^weigh='picked': a rule counts all rows the same"),
    ({"unit": "a"}, "^unit='a': scores as they are do not depend on users; give a rule"),
])  # fmt: skip
def test_what_a_rule_cannot_be_told(more, message):
    with pytest.raises(ValueError, match=message):
        Shadow(20, **more)


def overlapping(afresh):
    """A trial of 30 rows begins every tick; the third is the first that says 1."""
    strategy = Strategy(Periodic(1), SlidingWindow(10), online=Shadow(30, -0.5, 10, None, afresh),
                        overlap=True)  # fmt: skip
    table = labels((120, 0))
    return clsim.replay(table, {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]


def test_trials_start_afresh_when_the_champion_changes():
    run = overlapping(afresh=True)
    # models 1, 2, 3 begin at ticks 1, 2, 3; at 4 the first is taken, and the others start afresh
    assert [e for e in tried(run) if e[0] == 4] == [
        (4, 1, 0, True), (4, 2, 1, None), (4, 3, 1, None), (4, 4, 1, None),
    ]  # fmt: skip
    # at 7 models 2, 3 and 4 have had their 30 rows: the second is taken, the others start again
    assert [e for e in tried(run) if e[0] == 7] == [
        (7, 2, 1, True), (7, 3, 2, None), (7, 4, 2, None), (7, 5, 2, None), (7, 6, 2, None),
        (7, 7, 2, None),
    ]  # fmt: skip
    assert run.totals["superseded"] == 0


def test_or_they_end_as_superseded():
    run = overlapping(afresh=False)
    assert [e for e in tried(run) if e[0] == 4] == [(4, 1, 0, True), (4, 4, 1, None)]
    gone = [(e["tick"], e["model"], e["reason"]) for e in happened(run, ["superseded"])]
    assert gone[:2] == [(4, 2, "model 1 serves now"), (4, 3, "model 1 serves now")]


@pytest.mark.parametrize(("overlap", "ticks"), [
    (False, [1, 4, 7]), (["training"], [1, 4, 7]), (["trial"], [*range(1, 10)]),
])  # fmt: skip
def test_triggers_are_mute_during_a_trial_unless_it_may_overlap(overlap, ticks):
    # a trial of 30 rows takes three ticks; its verdict comes before the trigger is asked
    strategy = Strategy(Periodic(1), SlidingWindow(10), online=Shadow(30, 0, 10), overlap=overlap)
    run = clsim.replay(labels((120, 0)), {"it": strategy}, learner=Counting(), tick=10, warmup=20)
    assert [e["tick"] for e in happened(run["it"], ["train"])] == ticks


def test_what_a_shadow_is_observed_to_lose_goes_by_what_is_told():
    # all labels are 0; those of rows 40 to 49 (tick 2) are told as 1 at tick 3, and never revised
    table = labels((80, 0))
    table.told, table.revised = np.array([int(40 <= row < 50) for row in range(80)]), [None] * 80
    strategy = Strategy(Periodic(2), SlidingWindow(20), online=Shadow(30, 0, 10))
    run = clsim.replay(table, {"it": strategy}, learner=Counting(), tick=10, warmup=20,
                       delay=Rumour(table))["it"]  # fmt: skip
    shadows = run.served[run.served["role"] == "shadow"].set_index("tick")
    assert shadows["model"].tolist() == [1] * 3
    assert shadows["loss"].tolist() == [0.0] * 3
    assert shadows["observed_loss"].tolist() == [0.0, 10.0, 0.0]


def test_a_shadow_where_events_do_not_happen():
    """Customers who got a wrong answer leave, and what they would have done is asked of nobody."""
    X = np.arange(600)[:, None] % 40
    log = pd.DataFrame({"who": X[:, 0].astype(float), "y": (X[:, 0] < 20).astype(int)})
    stream = Churn(Recorded(log, label="y"), by="who", rate=0.5)
    strategy = Strategy(Periodic(2), SlidingWindow(20), online=Shadow(30, -9, 5))
    run = clsim.replay(stream, {"it": strategy}, learner=Counting(), tick=10, warmup=20)["it"]
    ticks, served = run.ticks.set_index("tick"), run.served
    assert ticks["n"].sum() < 580, "somebody left"
    shadows = served[served["role"] == "shadow"]
    assert len(shadows) > 5
    assert shadows["n"].tolist() == ticks["n"].loc[shadows["tick"]].tolist()
    champions = served[served["role"] == "champion"].set_index("tick")
    assert champions["loss"].sum() == ticks["loss"].sum()
