"""Of bounds that no loss, score or signal can reach a replay warns before anything is drawn."""

import re
import warnings

import numpy as np
import pytest
from river.drift import binary
from sklearn.linear_model import LinearRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import (
    AnswerShare,
    Combined,
    Corrected,
    ExpectedScore,
    FeatureDistribution,
    RowDistribution,
    Score,
    Unlabelled,
)
from clsim.protocols import Monitor
from clsim.strategy import Strategy, guards, offline, online, review, rules
from clsim.strategy.repair import OnCall
from clsim.strategy.reuse import BestFit
from clsim.strategy.triggers import (
    AnyOf,
    Cooldown,
    Drift,
    Never,
    OnLosses,
    OnSignal,
    Performance,
    Periodic,
    Threshold,
)
from clsim.types import Extent
from helpers.tables import Table

COSTS = [[0, 1], [5, 0]]


class Undrawn(Table):
    """A stream that nobody may draw from."""

    def blocks(self, seed):
        raise AssertionError("the replay has drawn from the stream")


def said_of(make, **setting):
    """What a replay says before it draws: what it warns of, or why it refuses."""
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with pytest.raises((ValueError, AssertionError)) as refused:
            replay(make(), **setting)
    return [str(one.message) for one in warned if "strategies" in str(one.message)] or [
        str(refused.value)
    ]


def replay(strategy, kind=Undrawn, numbers=False, **setting):
    y = np.arange(100.0) if numbers else [0, 1] * 50
    table = kind(np.arange(200.0).reshape(100, 2), y, classes=() if numbers else (0, 1))
    setting = {"learner": LinearRegression() if numbers else GaussianNB(), **setting}
    return clsim.replay(table, {"it": strategy}, tick=10, warmup=20, **setting)["it"]


def on(monitor, rule=None, **bounds):
    return lambda: Strategy(OnSignal(monitor, rule or rules.Level(**bounds), name="s"))


def losses(rule):
    return lambda: Strategy(OnLosses(rule))


def part(**parts):
    return lambda: Strategy(Periodic(3), **parts)


@pytest.mark.parametrize(("make", "said"), [
    (lambda: Strategy(Performance(drop=2)),
     "trigger: drop=2: the score lies between 0 and 1, so two of them never differ by more; give "),
    (lambda: Strategy(Performance(below=80)),
     "trigger: below=80: the score is always below it, being at most 1; give a number above 0 and"),
    (lambda: Strategy(Performance(below=0)), "trigger: below=0: the score is never below it, bei"),
    (lambda: Strategy(AnyOf([Never(), Cooldown(Performance(drop=1), 3)])), "trigger: drop=1: the"),
    (losses(rules.Level(above=1)), "trigger: above=1: the loss is never above it, being at most 1"),
    (losses(rules.Level(above=-0.1)), "trigger: above=-0.1: the loss is always above it, being a"),
    (losses(rules.Confirmed(rules.Range(-1, 2), 2)),
     "trigger: low=-1, high=2: the loss lies between 0 and 1, always inside of this range; give o"),
    (losses(rules.Range(2, 3, inside=True)), "trigger: low=2, high=3: .* always outside of this"),
    (losses(rules.RollingAverage(1, 3)), "trigger: deviation=1: the loss lies between 0 and 1"),
    (losses(rules.Trend(3, above=1)), "trigger: above=1: a slope of the loss is never above it"),
    (losses(rules.AvoidableErrors(9, expected=1)), "trigger: expected=1: the loss is never above"),
    (losses(rules.ReturnOnInvestment(100, 50, expected=0.5)),
     "trigger: price=100: the loss is at most 1, so in horizon=50 events a training never returns "
     "more than -0.75, and wanted=0; give a lower price"),
    (losses(rules.Shewhart(3, mean=0.5, spread=0.25)),
     "trigger: limit=3: the loss lies between 0 and 1, at most 2 standard deviations off"),
    (losses(rules.Cusum(3, mean=20, spread=1)), "trigger: mean=20: the loss lies between 0 and 1"),
    (losses(rules.HarmfulDrift(highest=0.5)),
     "trigger: highest=0.5: the loss may be 1, and the guarantee needs a bound; give highest=1"),
    (losses(rules.HarmfulDrift(tolerance=1)), "trigger: tolerance=1: the loss lies between 0 and"),
    (on(AnswerShare(), above=1.5), r"trigger: above=1.5: s \(AnswerShare\) is never above it, bei"),
    (on(Unlabelled(5), below=0), r"trigger: below=0: s \(Unlabelled\) is never below it, being at"),
    (on(FeatureDistribution("kolmogorov_smirnov"), above=2), "trigger: above=2: s .* at most 1;"),
    (on(FeatureDistribution("psi"), above=-1), "trigger: above=-1: .* always above it, being at l"),
    (on(Corrected(FeatureDistribution("kolmogorov_smirnov", p_value=True), "holm"), below=1.2),
     "trigger: below=1.2: s .* always below it, being at most 1"),
    (on(Combined(FeatureDistribution("hellinger"), "mean"), above=1), "trigger: above=1: s .* nev"),
    (on(RowDistribution("classifier"), above=1), "trigger: above=1: s .* never above it"),
    (on(Score(), below=80), "trigger: below=80: s .* always below it, being at most 1"),
    (on(ExpectedScore("cost", COSTS), above=5), "trigger: above=5: s .* never above it, being at "),
    (on(ExpectedScore(), rules.Detected(binary.DDM())),
     r"trigger: detector=DDM: takes values of 0 and 1 alone, and s \(ExpectedScore\) has others"),
    (on(RowDistribution(), rules.HarmfulDrift()),
     r"trigger: rule: HarmfulDrift is about losses, from 0 up, and s \(RowDistribution\) may be b"),
    (part(offline=offline.ChampionChallenger(margin=2)), "offline: margin=2: the score lies betwe"),
    (part(offline=offline.AllOf([offline.Significance("not_worse", margin=1)])),
     "offline: margin=1: the score lies between 0 and 1"),
    (part(offline=offline.Bounds([offline.Bound("accuracy", floor=80)])),
     "offline: floor=80: metric='accuracy' lies between 0 and 1; give one between them"),
    (part(offline=offline.Bounds([offline.Bound("auc", absolute=2)])),
     "offline: absolute=2: metric='auc' lies between 0 and 1"),
    (part(online=online.Shadow(20, margin=1, min_labels=9)), "online: margin=1: the loss lies bet"),
    (part(online=online.Holdback(0.1, 20, online.Shadow(
        20, rule=online.rules.SPRT(difference=2), min_labels=9))), "online: rule.difference=2: th"),
    (part(review=review.Person(margin=3)), "review: margin=3: the score lies between 0 and 1"),
    (part(guard=guards.Floor(0)), "guard: floor=0: the score is never below it, being at least 0"),
    (part(guard=guards.FirstOf([guards.RollBack(5, 3)])), "guard: margin=5: the score lies betwe"),
    (part(guard=guards.Freeze(ticks=[3], rollbacks_of=guards.OnAlarm(Performance(drop=2)))),
     "guard: drop=2: the score lies between 0 and 1"),
    (part(guard=guards.Floor(0.5, to=guards.LastFine(floor=2))), "guard: to.floor=2: the score is"),
    (part(guard=guards.Floor(0.5, to=guards.LastFine(margin=1))), "guard: to.margin=1: the score "),
    (part(reuse=BestFit(margin=1)), "reuse: margin=1: the score lies between 0 and 1"),
    (part(repair=OnCall(Performance(below=-1), 20)), "repair: below=-1: the score is nev"),
])  # fmt: skip
def test_bounds_beyond_what_there_can_be(make, said):
    assert re.match(rf"strategies\['it'\]: {said}", said_of(make)[0])


@pytest.mark.parametrize(("trigger", "setting", "said"), [
    (Performance(drop=5), {"loss": COSTS}, "drop=5: the score lies between -5 and 0"),
    (Performance(below=0.5), {"loss": COSTS}, "below=0.5: the score is always below it, being at "),
    (OnLosses(rules.HarmfulDrift(highest=4)), {"loss": COSTS}, "highest=4: the loss may be 5, and"),
    (OnLosses(rules.HarmfulDrift()), {"abstention": 2.0}, "highest=1: the loss may be 2, and"),
    (Drift(binary.DDM()), {"loss": COSTS}, "detector=DDM: takes values of 0 and 1 alone, and the "),
    (Drift(binary.DDM()), {"numbers": True}, "detector=DDM: takes values of 0 and 1 alone, and"),
    (Performance(below=0.1), {"numbers": True}, "below=0.1: the score is always below it, being a"),
    (OnLosses(rules.Level(above=-1)), {"numbers": True}, "above=-1: the loss is always above it"),
    (Threshold(Score(), below=0.1), {"numbers": True}, r"below=0.1: signal \(Score\) is always be"),
])  # fmt: skip
def test_the_declared_loss_says_what_there_can_be(trigger, setting, said):
    [found] = said_of(lambda: Strategy(trigger), **setting)
    assert re.match(rf"strategies\['it'\]: trigger: {said}", found)


def test_who_knows_that_a_bound_is_never_reached_may_have_it():
    """A gate that nobody passes: the run is one that never promotes."""
    with pytest.warns(UserWarning, match="offline: margin=2: the score lies between 0 and 1"):
        run = replay(part(offline=offline.ChampionChallenger(margin=2))(), kind=Table)
    assert run.totals["deployments"] == 0


@pytest.mark.parametrize(("make", "setting"), [
    (lambda: Strategy(Performance(drop=0.99)), {}),
    (lambda: Strategy(Performance(below=1)), {}),
    (lambda: Strategy(Performance(drop=4)), {"loss": COSTS}),
    (lambda: Strategy(Performance(below=-80)), {"numbers": True}),
    (lambda: Strategy(OnLosses(rules.HarmfulDrift(highest=5))), {"loss": COSTS}),
    (on(FeatureDistribution("psi"), above=9), {}), (on(Score(), below=-3), {"numbers": True}),
    (part(offline=offline.ChampionChallenger(margin=-9)), {}),
    (part(guard=guards.RollBack(50, 3)), {"numbers": True}),
])  # fmt: skip
def test_bounds_that_can_be_reached(make, setting):
    replay(make(), kind=Table, **setting)


def test_a_monitor_of_ones_own_says_what_there_can_be():
    class Own(Monitor):
        def measure(self, view):
            return {None: 0.5}

    class Share(Own):
        def extent(self, score):
            return Extent(0, 1)

    with pytest.raises(
        ValueError, match=r"HarmfulDrift is about losses, from 0 up, and s .Own. may"
    ):
        replay(on(Own(), rules.HarmfulDrift())())
    replay(on(Own(), above=7)(), kind=Table)  # nobody knows what it may say
    replay(on(Share(), rules.HarmfulDrift())(), kind=Table)


def test_losses_without_a_bound_end_no_replay():
    # answers are 0, and labels 1 until row 60 and then 30: each counts as 2 from there on
    class Zero(LinearRegression):
        def predict(self, X):
            return np.zeros(len(X))

    table = Table(np.zeros((400, 1)), np.repeat([1.0, 30.0], [60, 340]), classes=())
    rule = rules.HarmfulDrift(reference=40, highest=2.0)
    run = clsim.replay(table, {"it": Strategy(OnLosses(rule, of="all"))}, learner=Zero(), tick=20,
                       warmup=20)["it"]  # fmt: skip
    fired = run.events[run.events["kind"] == "trigger"]
    assert len(fired)
    assert 1 < float(fired["reason"].iloc[0].split(",")[0].rsplit(" ", 1)[1]) <= 2
