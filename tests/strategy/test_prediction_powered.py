"""Scores of all events: what probabilities let expect, mended by what a few labels say."""

import json

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim.monitoring import Score
from clsim.statistics.picked import inverse, prediction_powered, weighted_mean
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, InProportion, Random, Uncertainty
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.triggers import Never, Periodic
from helpers.tables import Table, two_clouds

POWERED = "prediction_powered"


def test_by_hand():
    """All are expected at .5; those with labels miss -.5 and .7, of which the second counts 3."""
    every, some, labels = np.array([0.2, 0.6, 0.4, 0.8]), np.array([0.5, 0.7]), np.array([1.0, 0.0])
    found = prediction_powered(every, some, labels, np.array([1.0, 3.0]))
    assert found.value == pytest.approx(0.5 - (-0.5 + 3 * 0.7) / 4)
    even = prediction_powered(every, some, labels, np.ones(2))
    plain = prediction_powered(every, some, labels)
    assert even == pytest.approx(plain)
    assert plain.error == pytest.approx(np.sqrt(every.var(ddof=1) / 4 + 0.72 / 2))
    assert np.isnan(prediction_powered(every, some, labels, np.array([-1.0, 0.5])).value)


def test_good_predictions_make_it_surer_and_bad_ones_do_not_bias_it():
    """Of 2,000 losses, picked in proportion to their doubt, about 100 in each of 400 draws."""
    rng = np.random.default_rng(5)
    chance = rng.beta(0.3, 0.9, 2_000)  # of an error: most are almost sure
    loss = (rng.random(2_000) < chance).astype(float)
    picks = np.clip(100 * (0.05 + chance) / (0.05 + chance).sum(), 0, 1)
    errors = {"inverse": [], "good": [], "bad": []}
    for _ in range(400):
        some = rng.random(2_000) < picks
        weights = inverse(picks[some])
        errors["inverse"].append(weighted_mean(loss[some], weights) - loss.mean())
        for name, said in (("good", chance), ("bad", 1 - chance)):
            found = prediction_powered(said, said[some], loss[some], weights).value
            errors[name].append(found - loss.mean())
    root = {name: np.sqrt(np.mean(np.square(each))) for name, each in errors.items()}
    assert root["good"] < 0.75 * root["inverse"]
    bias, chance_of_it = np.mean(errors["bad"]), np.std(errors["bad"]) / np.sqrt(400)
    assert abs(bias) < 4 * chance_of_it + 0.003  # weights over their sum: of order 1 / labels
    assert abs(bias) < 0.05 * abs((1 - chance).mean() - loss.mean()), "it would be far off"


def replayed(learner=None, table=None, monitors=None, **parts):
    curation = Buying(parts.pop("pick", Random()), Fixed(10), natural=False,
                      evaluation=parts.pop("evaluation", 0.0))  # fmt: skip
    strategy = Strategy(parts.pop("trigger", Never()), SlidingWindow(60), curation=curation,
                        monitors=monitors, **parts)  # fmt: skip
    return clsim.replay(
        two_clouds(600) if table is None else table, {"it": strategy},
        learner=learner or GaussianNB(), tick=50, warmup=100, record="events",
    )["it"]  # fmt: skip


def test_the_score_is_that_of_predictions_and_orders():
    """By the tables of a run: of all events between the first label and the last in the window.

    The classes change places half-way, and the model is as sure as before: labels mend that.
    """
    window = 200
    run = replayed(
        pick=InProportion(Uncertainty("margin")), monitors={"it": Score(window, 20, weigh=POWERED)}
    )
    said = run.predictions.set_index("id")
    expected = 1 - said["p_1"].where(said["y_pred"] == 1, said["p_0"])
    lost = (said["y_pred"] != said["y_true"]).astype(float)
    orders = run.bought.sort_values("id")
    for tick, value in run.signals.set_index("tick")["value"].items():
        some = orders[(orders["tick"] < tick) & (orders["id"] >= 100 + 50 * tick - window)]
        rows, weights = some["id"].to_numpy(), some["stands_for"].to_numpy()
        missed = (expected[rows] - lost[rows]).to_numpy() @ weights / weights.sum()
        every = expected.loc[rows[0] : rows[-1]]
        assert value == pytest.approx(1 - (every.mean() - missed))
    assert 1 - every.mean() > 0.8, "what the model believes of itself"
    true = 1 - lost.loc[rows[0] : rows[-1]].mean()
    assert abs(value - true) < 0.3 * abs(1 - every.mean() - true)


def test_probabilities_of_0_and_1_expect_nothing_and_leave_what_was_picked():
    """A full-grown tree is always sure: it expects no loss, and labels say all of it."""
    tree, found = DecisionTreeClassifier(random_state=0), {}
    for weigh in ("picked", POWERED):
        run = replayed(
            tree, trigger=Periodic(2), monitors={"it": Score(200, 20, weigh=weigh)},
            offline=ChampionChallenger(40, -1.0, 10, weigh),
            online=Shadow(100, -1.0, 10, weigh=weigh),
        )  # fmt: skip
        tests = run.events[run.events["kind"].isin(["offline_test", "online_test"])]
        scores = [json.loads(detail) for detail in tests["detail"].dropna()]
        scores = [[one["challenger"], one["champion"]] for one in scores if "challenger" in one]
        found[weigh] = run.signals["value"].to_numpy(), np.array(scores)
        assert len(scores) > 4
    for picked, powered in zip(*found.values(), strict=True):
        assert powered == pytest.approx(picked)


@pytest.mark.parametrize(("parts", "learner", "message"), [
    ({"monitors": {"it": Score(weigh=POWERED)}}, LinearSVC(), r"monitors.it: Score needs probab"),
    ({"offline": ChampionChallenger(weigh=POWERED)}, LinearSVC(),
     r"offline: ChampionChallenger needs probabilities.* or weigh='picked'"),
    ({"online": Shadow(100, weigh=POWERED)}, LinearSVC(), r"online: Shadow needs probabilities"),
])  # fmt: skip
def test_without_probabilities_it_is_refused(parts, learner, message):
    with pytest.raises(ValueError, match=message):
        replayed(learner, **parts)


def test_where_no_loss_can_be_expected_it_is_refused():
    with pytest.raises(ValueError, match=r"per_class=True: of events without a label the class"):
        Score(weigh=POWERED, per_class=True)
    with pytest.raises(ValueError, match=r"'predicton_powered'; did you mean 'pred"):
        ChampionChallenger(weigh="predicton_powered")
    numbers = Table(np.zeros((300, 1)), np.arange(300) / 7, classes=())
    with pytest.raises(ValueError, match=r"offline.weigh='prediction_powered': .* is regression"):
        replayed(Ridge(), numbers, offline=ChampionChallenger(weigh=POWERED))
    with pytest.raises(ValueError, match=r"cannot be undone: labels come by themselves too"):
        Strategy(Never(), curation=Buying(Random(), Fixed(5)),
                 monitors={"it": Score(weigh=POWERED)})  # fmt: skip
