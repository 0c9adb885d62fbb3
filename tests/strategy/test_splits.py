"""Canaries, A/B tests and interleaving, in worlds whose answer is known."""

import inspect
from pathlib import Path

import numpy as np
import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf
from sklearn.base import BaseEstimator

import clsim
from clsim.analysis.behaviour.lifeline import trials
from clsim.randomness import uniform
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Canary, Interleaving, Shadow
from clsim.strategy.online.rules import SPRT, AtTheEnd, ConfidenceSequence, GroupSequential
from clsim.strategy.triggers import At
from clsim.streams.feedback import Selective
from helpers.fixed import Counting, labels
from helpers.tables import Rumour, Table, happened

CONF = Path(__file__).parents[2] / "conf" / "strategy" / "online"


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_configurations_are_those_of_the_classes(path):
    config = OmegaConf.load(path)
    made = instantiate(config)
    assert type(made).__module__.startswith("clsim.strategy.online.")
    named = set(config) - {"_target_"}
    assert named == set(inspect.signature(type(made)).parameters), "every parameter is said"


def tried(run):
    return [(e["tick"], e["model"], e.get("accepted"), e["reason"])
            for e in happened(run, ["online_test"])]  # fmt: skip


def verdict(run):
    """The only verdict of a run."""
    (found,) = [e for e in happened(run, ["online_test"]) if e.get("accepted") is not None]
    return found


# a bad challenger --------------------------------------------------------------------------------


def poisoned(online):
    """All labels are 0, and told as 1 on the rows 100 to 299 that the challenger is trained on."""
    table = labels((1300, 0))
    table.told = np.array([int(100 <= row < 300) for row in range(1300)])
    table.revised = [None] * 1300
    strategy = Strategy(At([2]), SlidingWindow(200), online=online)
    return clsim.replay(table, {"it": strategy}, learner=Counting(), tick=100, warmup=100,
                        delay=Rumour(table))["it"]  # fmt: skip


def test_a_canary_limits_to_a_twentieth_what_at_once_takes_in_full():
    assert poisoned(None).totals["errors"] == 1000, "of ticks 2 to 11"
    run = poisoned(Canary(500, [0.05, 0.5], min_labels=10))
    assert tried(run) == [
        (2, 1, None, "begins with 0.05 of the events"),
        (7, 1, False, "challenger is worse, at 0.05 of the events"),
    ]  # fmt: skip
    exposed = (uniform(0, "route 2", np.arange(300, 800)) < 0.05).sum()
    assert run.totals["errors"] == exposed
    assert 15 < exposed < 35
    found = verdict(run)["detail"]
    assert (found["champion"], found["challenger"]) == (1.0, 0.0)
    assert found["labels of challenger"] + found["unlabelled of challenger"] == exposed
    (life,) = trials(run).to_dict("records")
    told = [life[key] for key in ("tick", "until", "verdict", "share", "n", "loss", "saved")]
    assert told == [2, 7, "rejected", 0.05, exposed, exposed, -exposed]


def test_a_sequential_rule_aborts_as_soon_as_it_knows():
    run = poisoned(Canary(500, [0.05, 0.5], ConfidenceSequence(200, by_arm=False), min_labels=5))
    assert tried(run)[-1][:3] != (7, 1, False)
    assert run.totals["errors"] < 20


# a good one --------------------------------------------------------------------------------------


def served_by_user(online, users=40, n=1500):
    table = Table(np.arange(n)[:, None] * 7 % users, np.zeros(n, dtype=int))
    strategy = Strategy(At([1]), SlidingWindow(100), online=online)
    run = clsim.replay(table, {"it": strategy}, learner=Counting(), tick=100, warmup=100,
                       record="events")["it"]  # fmt: skip
    found = run.predictions[["tick", "model"]].assign(user=table.X[100:, 0])
    return run, found


def test_a_canary_grows_and_keeps_whom_it_had():
    run, rows = served_by_user(Canary(300, [0.1, 0.3, 0.6], min_labels=10))
    assert tried(run) == [
        (1, 1, None, "begins with 0.1 of the events"), (4, 1, None, "0.3 of the events"),
        (7, 1, None, "0.6 of the events"), (10, 1, True, "challenger is not shown to be worse"),
    ]  # fmt: skip
    draws = uniform(0, "route 1", np.arange(100, 1500))
    share = np.select([rows["tick"] < k for k in (1, 4, 7, 10)], [0, 0.1, 0.3, 0.6], 1.0)
    assert (rows["model"] == (draws < share)).all(), "nested: a draw below .1 is below .3"


def test_a_sticky_user_sees_one_model_in_a_step_and_stays():
    run, rows = served_by_user(Canary(300, [0.1, 0.3, 0.6], min_labels=10, unit="a"))
    assert verdict(run)["accepted"]
    seen = []
    for first in (1, 4, 7):
        step = rows[rows["tick"].between(first, first + 2)].groupby("user")["model"]
        assert (step.nunique() == 1).all()
        seen.append(set(step.first().index[step.first() == 1]))
    assert seen[0] < seen[1] < seen[2]


def test_rows_of_nobody_known_are_units_of_their_own():
    table = versions(2100, 4, 1)
    who = np.arange(2100) % 30 + 0.0
    who[::2] = np.nan
    table = Table(np.c_[table.X, who], table.y)
    strategy = Strategy(At([1]), SlidingWindow(100), online=ABTest(1000, unit="d", min_labels=50))
    run = clsim.replay(table, {"it": strategy}, learner=Better(), tick=100, warmup=100,
                       record="events")["it"]  # fmt: skip
    found = verdict(run)
    assert found["reason"] == "challenger is better"
    rows = run.predictions[run.predictions["tick"].between(1, 10)].assign(who=who[200:1200])
    seen = rows.groupby("who")["model"].nunique()
    assert (seen == 1).all()
    assert rows[rows["who"].isna()]["model"].value_counts().min() > 200, "each by itself"


def test_several_canaries_share_what_the_champion_has():
    strategy = Strategy(At([1, 2]), SlidingWindow(100), overlap=["trial"],
                        online=Canary(200, [0.2, 0.6], min_labels=5))  # fmt: skip
    run = clsim.replay(labels((1500, 0)), {"it": strategy}, learner=Counting(), tick=100,
                       warmup=100)["it"]  # fmt: skip
    # at 3 the first has .6, so the champion has .2 left where the other asks for .4 more at 4; it
    # goes on until the first is promoted at 5, and starts afresh against it
    assert [e[:3] for e in tried(run)] == [
        (1, 1, None), (2, 2, None), (3, 1, None), (5, 1, True),
        (5, 2, None), (7, 2, None), (9, 2, True),
    ]  # fmt: skip
    told = trials(run)[["model", "champion", "tick", "until", "verdict", "share"]]
    assert told.values.tolist() == [
        [1, 0, 1, 5, "promoted", 0.6], [2, 0, 2, 5, "begun afresh", 0.2],
        [2, 1, 5, 9, "promoted", 0.6],
    ]  # fmt: skip


def test_a_step_that_cannot_grow_does_not_last_for_ever():
    strategy = Strategy(At([1, 2]), SlidingWindow(100), overlap=["trial"],
                        online=Canary(200, [0.4, 0.7], min_labels=5))  # fmt: skip
    run = clsim.replay(labels((1200, 0)), {"it": strategy}, learner=Counting(), tick=100,
                       warmup=100)["it"]  # fmt: skip
    assert tried(run)[2][:3] == (5, 1, False)
    assert tried(run)[2][3] == "undecided: the champion has not 0.7 left to give"


def test_too_few_labels_in_a_step_are_no_evidence():
    run, _ = served_by_user(Canary(300, [0.02, 0.3], min_labels=50))
    found = verdict(run)
    assert found["tick"] == 4
    assert not found["accepted"]
    assert found["reason"].startswith("undecided: ")
    assert found["reason"].endswith(" labels, needs 50")


# an A/B test -------------------------------------------------------------------------------------


class Better(BaseEstimator):
    """Answers the column of its version, which the latest training row says."""

    def fit(self, X, y):
        self.version_ = int(X[-1, 0])
        return self

    def predict(self, X):
        return X[:, 1 + self.version_].astype(int)


def versions(rows, champion, challenger, **columns):
    """Labels are ones; the versions are wrong in so many of ten rows. Version 1 is trained at 1."""
    at = np.arange(rows)
    X = [at >= 100, at % 10 >= champion, at % 10 >= challenger]
    return Table(np.array(X, dtype=float).T, np.ones(rows, dtype=int), **columns)


def split(online, champion=4, challenger=1, rows=2100):
    strategy = Strategy(At([1]), SlidingWindow(100), online=online)
    table = versions(rows, champion, challenger)
    return clsim.replay(table, {"it": strategy}, learner=Better(), tick=100, warmup=100)["it"]


def test_an_ab_test_ends_when_its_time_is_over():
    run = split(ABTest(1000))
    found = verdict(run)
    assert (found["tick"], found["accepted"]) == (11, True)
    assert found["reason"] == "challenger is better"
    its = uniform(0, "route 1", np.arange(200, 1200)) < 0.5
    wrong = [np.arange(200, 1200)[some] % 10 < bad for some, bad in ((~its, 4), (its, 1))]
    assert found["rows"] == 1000
    assert found["detail"]["labels of challenger"] == its.sum()
    assert found["detail"]["champion"] == pytest.approx(1 - wrong[0].mean())
    assert found["detail"]["challenger"] == pytest.approx(1 - wrong[1].mean())
    assert found["detail"]["low"] < -0.3 < found["detail"]["high"] < 0
    assert verdict(split(ABTest(1000), 1, 4))["reason"] == "challenger is worse"
    assert verdict(split(ABTest(1000), 2, 2))["reason"] == "champion is not beaten"


def carded(kind):
    """An online test that shows the report cards of its verdicts, and them."""
    cards = []

    class Noted(kind):
        def step(self, view, trial):
            found = super().step(view, trial)
            cards.extend(getattr(found, "card", ()))
            return found

    return Noted, cards


def test_a_verdict_has_a_line_for_the_report_card():
    noted, cards = carded(ABTest)
    found = verdict(split(noted(1000, rule=GroupSequential(1000, 1))))
    (line,) = cards
    assert (line.test, line.metric, line.of_slice) == ("GroupSequential", "loss", "all")
    detail = found["detail"]
    assert (1 - line.challenger, 1 - line.champion) == pytest.approx(
        (detail["challenger"], detail["champion"]))  # fmt: skip
    assert (line.low, line.high) == (detail["low"], detail["high"])
    assert line.low < line.challenger - line.champion < line.high
    assert (line.rows, line.accepted, line.reason) == (1000, True, "challenger is better")
    noted, cards = carded(Interleaving)
    split(noted(1000, min_labels=20), 2, 2)
    (line,) = cards
    assert (line.metric, line.challenger, line.low) == ("rows lost", None, None)
    assert (line.rows, line.accepted) == (0, None), "there is no evidence"


def test_or_before_if_its_rule_knows():
    late = verdict(split(ABTest(1000, rule=AtTheEnd())))["tick"]
    for rule in (GroupSequential(900, 9), SPRT(0.2), ConfidenceSequence(400, by_arm=False)):
        found = verdict(split(ABTest(1000, rule=rule, min_labels=20)))
        assert found["accepted"]
        assert found["tick"] < late
    found = verdict(split(ABTest(1000, rule=SPRT(0.2), min_labels=20), 2, 2))
    assert found["reason"] == "challenger is not better by what was looked for"
    found = verdict(split(ABTest(1900, rule=GroupSequential(500)), 2, 2))
    assert (found["rows"], found["tick"]) == (500, 6), "it waits for 500 labels, and no more"
    assert found["detail"]["labels needed"] == 500.0


def test_a_margin_asks_for_more_or_for_less():
    assert not verdict(split(ABTest(1000, margin=0.35)))["accepted"]
    assert verdict(split(ABTest(1000, margin=0.1)))["accepted"]
    found = verdict(split(ABTest(1000, margin=-0.2), 2, 2))
    assert found["accepted"], "it is shown to be worse by less than .2"
    assert found["detail"]["low"] < 0 < found["detail"]["high"] < 0.2
    # of a canary it is what the challenger may be worse by
    assert verdict(split(Canary(1000, [0.5], margin=0.5), 1, 4))["accepted"]
    found = verdict(split(Canary(1000, [0.5], margin=0.1), 1, 4))
    assert not found["accepted"]
    assert 0.1 < found["detail"]["low"] < 0.3 < found["detail"]["high"]


def test_a_canary_does_not_mix_its_steps():
    # both are wrong in one of ten rows until 700, and then in five of ten, when the challenger
    # begins to answer half of them instead of a tenth: over all its rows it looks far worse
    at = np.arange(2100)
    right = (at % 10 >= np.where(at < 700, 1, 5)).astype(float)
    table = Table(np.array([at >= 100, right, right]).T, np.ones(2100, dtype=int))
    strategy = Strategy(At([1]), SlidingWindow(100), online=Canary(500, [0.1, 0.5], min_labels=20))
    run = clsim.replay(table, {"it": strategy}, learner=Better(), tick=100, warmup=100,
                       record="events")["it"]  # fmt: skip
    rows = run.predictions[run.predictions["tick"].between(1, 10)]
    wrong = (rows["y_pred"] != rows["y_true"]).groupby(rows["model"]).mean()
    assert wrong[1] > wrong[0] + 0.15
    found = verdict(run)
    assert (found["tick"], found["accepted"]) == (11, True)
    assert found["detail"]["low"] < 0 < found["detail"]["high"]


# interleaving ------------------------------------------------------------------------------------


def test_interleaving_counts_the_rows_that_one_alone_wins():
    # versions differ where row % 10 is 1, 2 or 3, and there the challenger is right
    run = split(Interleaving(1000, min_labels=20))
    found = verdict(run)
    decisive = sum(row % 10 in (1, 2, 3) for row in range(200, 1200))
    assert (found["accepted"], found["rows"]) == (True, decisive)
    assert (found["detail"]["won"], found["detail"]["lost"]) == (decisive, 0.0)
    assert found["detail"]["tied"] == 1000 - decisive
    found = verdict(split(Interleaving(1000, min_labels=20), 2, 2))
    assert found["reason"] == "undecided: 0 rows won by either, needs 20"
    # by Wald's test on a coin seven rows won suffice (ln 1.5 each): after the third tick
    found = verdict(split(Interleaving(1000, rule=SPRT(0.5), min_labels=2)))
    assert (found["tick"], found["accepted"]) == (2, True)


def test_in_regression_who_is_closer_wins():
    rows = np.arange(2100)
    near, far = 1 + rows % 3, 2 + 0 * rows  # errors 1, 2, 3 against 2
    X = np.array([rows >= 100, far, near], dtype=float).T

    class Off(Better):
        def predict(self, X):
            return X[:, 1 + self.version_]

    table = Table(X, np.zeros(2100), classes=())
    strategy = Strategy(At([1]), SlidingWindow(100), online=Interleaving(1000, min_labels=20))
    run = clsim.replay(table, {"it": strategy}, learner=Off(), tick=100, warmup=100)["it"]
    found = verdict(run)
    won, tied, lost = (sum(row % 3 == k for row in range(200, 1200)) for k in range(3))
    detail = found["detail"]
    assert (detail["won"], detail["tied"], detail["lost"]) == (won, tied, lost)
    assert found["reason"] == "champion is not beaten"


def test_where_labels_depend_on_the_answer_a_coin_is_fair_and_a_shadow_is_not():
    # a label comes of those who are answered 1; the challenger alone grants where row % 10 is 1, 2
    # or 3, and rightly so: a shadow never learns that
    found = {}
    for online in (Shadow(1000), Interleaving(1000, min_labels=20)):
        strategy = Strategy(At([1]), SlidingWindow(100), online=online)
        stream = Selective(clsim.streams.Recorded(log(), label="y"))
        run = clsim.replay(stream, {"it": strategy}, learner=Better(), tick=100, warmup=100)["it"]
        found[type(online).__name__] = verdict(run)
    assert found["Shadow"]["reason"] == "champion is not beaten"
    assert found["Shadow"]["detail"]["challenger"] == found["Shadow"]["detail"]["champion"] == 1.0
    assert found["Interleaving"]["accepted"]
    # half of those rows, by the coin
    assert 120 < found["Interleaving"]["detail"]["won"] < 180


def log():
    import pandas as pd

    table = versions(2100, 4, 1)
    return pd.DataFrame(table.X, columns=["version", "old", "new"]).assign(
        y=(np.arange(2100) % 10 >= 1).astype(int)
    )


# labels that come late by class ------------------------------------------------------------------


def late_by_class():
    """A tenth are positive. The champion errs on .5 of them and .05 of others, the challenger on
    .3 and .08. Labels of positives come at once, and of the others a ninth; the rest comes late.

    In a thousand rows the champion errs 50 + 45 = 95 times, the challenger 30 + 72 = 102 times; of
    the 200 labels that come at once they err on 50 + 5 and on 30 + 8.
    """
    place, block = np.arange(8000) % 1000, np.arange(8000) // 1000
    positive = place < 100
    old = np.where(positive, place < 50, (place < 105) | (place >= 960))
    new = np.where(positive, place < 30, (place < 108) | (place >= 936))
    y = positive.astype(int)
    X = np.array([block >= 1, np.where(old, 1 - y, y), np.where(new, 1 - y, y)], dtype=float).T
    time = np.arange(8000)
    late = np.where(place < 200, 1, 2500)
    return Table(X, y, label_time=time + late)


@pytest.mark.parametrize(("online", "accepted", "figures"), [
    (Shadow(2000), True, {"champion": 1 - 0.275, "challenger": 1 - 0.19}),
    (Shadow(4000, mature=3001), False, {"champion": 1 - 0.095, "challenger": 1 - 0.102}),
    (Interleaving(2000, min_labels=20), True, {"won": 40, "lost": 6}),
    (Interleaving(4000, min_labels=20, mature=3001), False, {"won": 20, "lost": 27}),
])  # fmt: skip
def test_labels_that_come_late_by_class_promote_a_worse_model(online, accepted, figures):
    strategy = Strategy(At([2]), SlidingWindow(1000), online=online)
    run = clsim.replay(late_by_class(), {"it": strategy}, learner=Better(), tick=1000, warmup=1000)
    found = verdict(run["it"])
    assert found["accepted"] == accepted
    assert {name: found["detail"][name] for name in figures} == pytest.approx(figures)
