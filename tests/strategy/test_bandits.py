"""Bandits, in worlds whose answer is known."""

import numpy as np
import pytest
from river import metrics
from river.bandit import (
    UCB,
    BayesUCB,
    EpsilonGreedy,
    Exp3,
    LinUCBDisjoint,
    RandomPolicy,
    ThompsonSampling,
)
from river.bandit.base import Policy
from river.proba import Beta, Gaussian
from sklearn.base import BaseEstimator

import clsim
from clsim.analysis.behaviour.lifeline import trials
from clsim.randomness import integer, uniform
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.online import ABTest, Bandit, Canary, Holdback
from clsim.strategy.triggers import At
from helpers.tables import Table, happened


class Version(BaseEstimator):
    """Answers the column of its version, which the latest training row says."""

    def fit(self, X, y):
        self.version_ = int(X[-1, 0])
        return self

    def predict(self, X):
        return X[:, 1 + self.version_].astype(int)


def world(online, *wrong, late=0, at=(1,), rows=2100, **more):
    """A hundred rows a tick; version k is trained at tick k, and is wrong in so many of ten rows.

    The classes are of no use to a learner: all labels are 1. ``late``: for so many rows.
    """
    n = np.arange(rows)
    X = [np.minimum(n // 100, len(wrong) - 1), *(n % 10 >= bad for bad in wrong)]
    table = Table(np.array(X, dtype=float).T, np.ones(rows, dtype=int), label_time=n + late)
    strategy = Strategy(At(list(at)), SlidingWindow(100), online=online, overlap=["trial"])
    return clsim.replay(table, {"it": strategy}, learner=Version(), tick=100, warmup=100,
                        record="events", seed=0, **more)["it"]  # fmt: skip


def tried(run):
    return [(e["tick"], e["model"], e.get("accepted"), e["reason"])
            for e in happened(run, ["online_test"])]  # fmt: skip


def shares(run, tick, *models):
    """The parts of a tick's events that models answered."""
    by = run.predictions[run.predictions["tick"] == tick]["model"]
    return [float((by == model).mean()) for model in models]


def exposed(run):
    """How many events a challenger answered."""
    served = run.served
    return int(served[(served["slice"] == "all") & (served["role"] == "challenger")]["n"].sum())


def thompson():
    return ThompsonSampling(reward_obj=Beta())


# what a policy is told, and what becomes of its pulls ---------------------------------------------


class Told(Policy):
    """Writes down what it is told, and pulls one arm after another."""

    said: list = []

    def update(self, arm_id, *reward_args, **reward_kwargs):
        super().update(arm_id, *reward_args, **reward_kwargs)
        Told.said.append((arm_id, *reward_args))

    def _pull(self, arm_ids):
        self._n += 1
        return arm_ids[self._n % len(arm_ids)]


def test_a_policy_is_told_what_each_model_earned_on_its_own_rows():
    test = Bandit(300, Told(), min_labels=2, pulls=4)
    Told.said.clear()
    run = world(test, 4, 1)
    assert tried(run) == [
        (1, 1, None, "begins with 0.5 of the events"),
        (4, 1, True, "challenger has the better mean (adaptive shares bias means)"),
    ]  # fmt: skip
    n = np.arange(200, 400)  # of ticks 1 and 2, by the half that a draw gives to the challenger
    by = (uniform(0, "route 1", n) < 0.5).astype(int)
    earned = (n % 10 >= np.where(by == 1, 1, 4)).astype(float)
    first = list(zip(by.tolist(), earned.tolist(), strict=True))
    assert Told.said == first[:100] + first, "at tick 2 those of tick 1; at tick 3 all, once more"


def test_by_another_loss_it_earns_minus_the_loss():
    test = Bandit(300, Told(), min_labels=2, pulls=4)
    Told.said.clear()
    world(test, 4, 1, loss=[[0, 1], [3, 0]])
    assert {reward for _, reward in Told.said} == {0.0, -3.0}


def test_late_labels_leave_the_shares_as_they_began():
    run = world(Bandit(1000, thompson(), min_labels=20, pulls=50), 1, 4, late=300, at=(4,))
    here = [tick for tick, _, accepted, _ in tried(run) if accepted is None]
    assert here[:4] == [4, 5, 6, 7], "pulls are drawn anew in each tick"
    assert min(shares(run, tick, 1)[0] for tick in (4, 5, 6)) > 0.3
    assert max(shares(run, tick, 1)[0] for tick in (9, 10, 11, 12, 13)) < 0.05


# exposure -----------------------------------------------------------------------------------------


def test_thompson_asks_a_worse_challenger_less_than_an_ab_test_does():
    online = {"A/B": ABTest(1000), "Thompson": Bandit(1000, thompson(), min_labels=20)}
    runs = {name: world(test, 1, 4) for name, test in online.items()}
    assert all(tried(run)[-1][:3] == (11, 1, False) for run in runs.values())
    asked = {name: exposed(run) for name, run in runs.items()}
    assert 450 < asked["A/B"] < 550
    assert asked["Thompson"] < 100, "half of the first tick, and hardly any after it"
    # an event more that a challenger answers is wrong by .3 more
    more = runs["A/B"].totals["errors"] - runs["Thompson"].totals["errors"]
    assert more == pytest.approx(0.3 * (asked["A/B"] - asked["Thompson"]), abs=25)
    (life,) = trials(runs["Thompson"]).to_dict("records")
    assert (life["verdict"], life["n"]) == ("rejected", asked["Thompson"])


def test_the_better_challenger_is_promoted_and_the_verdict_says_what_means_are_worth():
    run = world(Bandit(1000, thompson(), min_labels=20), 4, 1)
    last = happened(run, ["online_test"])[-1]
    assert (last["tick"], last["accepted"], last["rows"]) == (11, True, 1000)
    (line,) = last["detail"]["card"]
    assert (line["test"], line["metric"], line["low"]) == ("BetterMean", "loss", None)
    assert line["reason"].endswith("(adaptive shares bias means)")
    assert (run.predictions[run.predictions["tick"] >= 11]["model"] == 1).all()
    stricter = world(Bandit(1000, thompson(), margin=0.35, min_labels=20), 4, 1)
    assert tried(stricter)[-1][:3] == (11, 1, False), "it is better by .3 of an event"


def test_too_few_labels_of_either_are_no_evidence():
    run = world(Bandit(1000, EpsilonGreedy(epsilon=0.0), min_labels=50), 1, 4)
    assert tried(run) == [
        (1, 1, None, "begins with none of the events"),
        (11, 1, False, "undecided: 0 labels, needs 50"),
    ]  # fmt: skip
    assert trials(run)["verdict"].tolist() == ["undecided"]


# a share of one -----------------------------------------------------------------------------------


def test_ucb_gives_one_arm_all_and_the_champion_comes_back():
    run = world(Bandit(1000, UCB(delta=1), min_labels=20), 1, 4)
    assert tried(run)[:4] == [
        (1, 1, None, "begins with 0.51 of the events"), (2, 1, None, "none of the events"),
        (5, 1, None, "all of the events"), (6, 1, None, "none of the events"),
    ]  # fmt: skip
    assert shares(run, 5, 0, 1) == [0.0, 1.0]
    assert shares(run, 6, 0, 1) == [1.0, 0.0]
    ticks = run.ticks[run.ticks["slice"] == "all"].set_index("tick")
    assert (ticks["model"] == 0).all(), "the champion is who has the events when the trial ends"
    assert ticks["loss"][[5, 6]].tolist() == [40, 10]
    total = run.served[run.served["slice"] == "all"].query("role != 'shadow'")
    assert (total.groupby("tick")["n"].sum() == 100).all()


def test_burn_in_counts_rewards_one_arm_after_another():
    run = world(Bandit(1000, EpsilonGreedy(0.0, burn_in=50), min_labels=20), 1, 4, 2, at=(1, 2))
    found = [shares(run, tick, 0, 1, 2) for tick in range(1, 6)]
    # all of tick 1 to the champion, then 1 and 2 have a tick each, and the best one has the rest
    assert found == [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0], [1, 0, 0]]


# several challengers, and a holdback --------------------------------------------------------------


def test_all_trials_of_a_tick_see_the_same_pulls():
    run = world(Bandit(800, RandomPolicy(), min_labels=20, pulls=40), 1, 1, 1, at=(1, 2))
    asked = {(e["tick"], e["model"]): e["detail"]["share"] for e in happened(run, ["online_test"])
             if "share" in e["detail"]}  # fmt: skip
    for tick in range(3, 9):
        seed = integer(0, f"monitor.bandit {tick}")
        policy = RandomPolicy(seed=seed)
        pulls = [policy.pull([0, 1, 2]) for _ in range(40)]
        for model in (1, 2):
            if (tick, model) in asked:
                assert asked[tick, model] == pulls.count(model) / 40
        mine = shares(run, tick, 1, 2)
        assert mine == pytest.approx([pulls.count(1) / 40, pulls.count(2) / 40], abs=0.15)
    assert len(asked) > 10


def test_what_is_held_back_is_kept_out():
    with pytest.raises(ValueError, match=r"^share=0.1: the test asks for up to 1 of the events"):
        Holdback(0.1, 300, Bandit(500, thompson()))
    online = Holdback(0.1, 900, Bandit(500, RandomPolicy(), share=0.9, min_labels=10))
    run = world(online, 5, 3, 0, at=(1, 7))
    assert next(e[:3] for e in tried(run) if e[2] is not None) == (6, 1, True)
    held = uniform(0, "route 6", np.arange(100, 2100)) < 0.1
    by = run.predictions["model"].to_numpy()
    at = run.predictions["tick"].to_numpy()
    assert (by[held & (at >= 6) & (at < 12)] == 0).all(), "whatever the second trial is dealt"
    assert set(by[~held & (at >= 8) & (at < 12)]) == {1, 2}


# refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Bandit(50, 3), r"^policy=3: expected a policy of river.bandit, such as"),
    (lambda: Bandit(50, UCB), r"^policy=UCB: a class; give an object of it"),
    (lambda: Bandit(50, LinUCBDisjoint(alpha=1)), r"^policy=LinUCBDisjoint: it goes by the feat"),
    (lambda: Bandit(50, Exp3(gamma=0.1)), r"^policy=Exp3: it cannot learn from one number for"),
    (lambda: Bandit(50, UCB(1, reward_obj=metrics.Accuracy())), r"^policy=UCB: it cannot learn"),
    (lambda: Bandit(50, UCB(1, seed=4)), r"^policy.seed=4: leave it out; each tick has one of"),
    (lambda: Bandit(50, UCB(1), share=0), r"^share=0: must be above 0"),
    (lambda: Bandit(50, UCB(1), share=1.1), r"^share=1.1: must be at most 1"),
    (lambda: Bandit(50, UCB(1), pulls=0), r"^pulls=0: must be at least 1"),
    (lambda: Bandit(0, UCB(1)), r"^length=0: must be above 0"),
    (lambda: Bandit(50, UCB(1), min_labels=1), r"^min_labels=1: must be at least 2"),
])  # fmt: skip
def test_settings(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(("online", "loss", "message"), [
    (Bandit(500, thompson()), [[0, 1], [3, 0]], r"online.policy=ThompsonSampling: Beta takes rewa"),
    (Holdback(0.1, 50, Bandit(500, BayesUCB(), share=0.5)), [[0, 1], [3, 0]],
     r"online.policy=BayesUCB: Beta takes rewards of 0 and 1 alone, and by the loss 'matrix'"),
    (Bandit(500, ThompsonSampling(reward_obj=Gaussian())), None,
     r"by Gaussian a model without rewards earns 0, .* and is never tried; use Beta, or a burn_in"),
    (Bandit(2000, thompson()), None, r"online: a trial of 2,000 events could not end, since only"),
    (Bandit(50, thompson()), None, r"online.min_labels=100: there are 50 events, so there"),
    (Bandit(500, thompson(), mature=500), None, r"online.mature=500: must be shorter than online"),
    (Bandit(500, thompson(), unit="usr"), None, r"unknown unit 'usr'"),
    (Canary(50, min_labels=60), None, r"online.min_labels=60: there are 50 events, so there"),
])  # fmt: skip
def test_what_does_not_fit_the_stream(online, loss, message):
    with pytest.raises(ValueError, match=message):
        world(online, 1, 4, loss=loss)


def test_a_bandit_can_be_read_before_it_was_ever_pulled():
    test = Bandit("7d", EpsilonGreedy(0.1), share=0.3)
    assert repr(test).startswith("Bandit('7d', policy=EpsilonGreedy(...), share=0.3")
    assert "EpsilonGreedy" in repr(Strategy(At([1]), online=test))
