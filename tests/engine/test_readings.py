"""A signal is measured once for all strategies that show it the same, and for no others."""

import pytest
from river import naive_bayes
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy
from clsim.engine.readings import CALLED, READ, SHOWN
from clsim.monitoring import (
    AnswerDistribution,
    AnswerShare,
    ArrivalBias,
    Combined,
    Complaints,
    ConfidenceScore,
    ExpectedScore,
    FeatureDistribution,
    Prevalence,
    ProfileDistribution,
    Quality,
    Score,
    Where,
)
from clsim.protocols import Monitor
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import RollBack
from clsim.strategy.logging import ByAnswer, Everything, Profiles, Sample
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import RowByRow, Stateful
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Annotators, ByClass, Constant, Exponential
from clsim.streams.drift import Sudden
from clsim.streams.feedback import Selective
from clsim.view import Known, Past
from helpers.tables import assert_same

HIGH = Where("high", {"x1": {"above": 0.5}})
COUNTED: list = []


def counted(kind):
    """A monitor of a kind that notes when it measures."""

    class Counted(kind):
        shared = True

        def measure(self, view):
            COUNTED.append((self.noted_as, view.tick))
            return super().measure(view)

    return Counted


def made(kind, name, *given, **more):
    monitor = counted(kind)(*given, **more)
    monitor.noted_as = name
    return monitor


def monitors(complaints=False, asks=True):
    """One of each kind; ``asks``: those that put rows to a model too."""
    chosen = {
        "training": FeatureDistribution(window=60, min_rows=20),
        "warmup": FeatureDistribution("psi", "warmup", 60, 20, slices=[HIGH]),
        "worst": Combined(FeatureDistribution("psi", "warmup", 60, 20), "worst", k=1),
        "quality": Quality(min_rows=5, past=6),
        "share": AnswerShare(60, 20, slices=[HIGH]),
        "prevalence": Prevalence([HIGH], 60, 20),
        "score": Score(40, 10, slices=[HIGH], per_class=True),
        "weighed": Score(120, 10, weigh="class"),
        "bias": ArrivalBias(Score(40, 10, mature=60)),
    }
    if asks:
        chosen |= {
            "answers": AnswerDistribution("answer", "l1", "warmup", 60, 10),
            "expected": ExpectedScore(window=60, labels=80, min_labels=20, min_rows=10),
            "confidence": ConfidenceScore(window=60, labels=80, min_labels=20, min_rows=10),
        }
    if complaints:
        chosen["complaints"] = Complaints(20, 80, 20, per_class=True, slices=[HIGH])
    return chosen


RECENT = SlidingWindow(80)
GATE = ChampionChallenger(40, margin=-1.0, min_rows=10)
STRATEGIES = {
    "never": lambda **it: Strategy(Never(), RECENT, **it),
    "every third": lambda **it: Strategy(Periodic(3), RECENT, **it),
    "every sixth": lambda **it: Strategy(Periodic(6), RECENT, **it),  # the same fits, other numbers
    "another fit": lambda **it: Strategy(Periodic(3), SlidingWindow(50), **it),
    "another answer": lambda **it: Strategy(Periodic(3), RECENT, threshold=0.7, **it),
    "gated": lambda **it: Strategy(Periodic(3), RECENT, offline=GATE, **it),
    "stateful": lambda **it: Strategy(Periodic(3), RECENT, Stateful(), **it),
    "slow": lambda **it: Strategy(Periodic(6), RECENT, guard=RollBack(0.0, 4, 40, 5), **it),
    "samples": lambda **it: Strategy(Periodic(3), RECENT, logging=Sample(0.6), **it),
    "forgets": lambda **it: Strategy(Periodic(3), RECENT, logging=Everything(retention=150), **it),
    "by answer": lambda **it: Strategy(Never(), RECENT, logging=ByAnswer({"1": 0.5}), **it),
    "buys": lambda **it: Strategy(Never(), RECENT, curation=Buying(
        Random(), Fixed(4), delay=Annotators(1, 0.3, Constant(5))), **it),
    "buys too": lambda **it: Strategy(Never(), RECENT, curation=Buying(Random(), Fixed(4)), **it),
    "buys all": lambda **it: Strategy(
        Periodic(3), RECENT, curation=Buying(Random(), Fixed(8), natural=False), **it),
}  # fmt: skip


def stream(n=450):
    return Synthetic(Gaussians(), [Sudden(Gaussians(variant=1), at=250)], n=n)


def together_is_alone(stream, strategies, **setting):
    setting = {"tick": 25, "warmup": 150, "seed": 3, **setting}
    together = clsim.replay(stream, strategies, **setting)
    for name, strategy in strategies.items():
        assert_same(together[name], clsim.replay(stream, {name: strategy}, **setting)[name])
        assert not (together[name].events["kind"] == "alarm").any(), name  # none of them failed
    return together


@pytest.mark.slow
@pytest.mark.parametrize("delay", [
    ByClass({0: Constant(5), 1: Exponential(80)}), Annotators(3, 0.3, Exponential(30)),
], ids=["by class", "revised"])  # fmt: skip
def test_who_knows_or_answers_otherwise_measures_otherwise(delay):
    world = Complaining(stream(), wrong=0.6, right=0.05, after=Exponential(15))
    strategies = {name: one(monitors=monitors(True)) for name, one in STRATEGIES.items()}
    if isinstance(delay, Annotators):  # who errs twice cannot be bought from
        strategies = {name: one for name, one in strategies.items() if "buys" not in name}
    runs = together_is_alone(world, strategies, learner=GaussianNB(), delay=delay)
    values = {
        name: run.signals.set_index(["tick", "signal", "of", "slice"])["value"]
        for name, run in runs.items()
    }
    other = [name for name in values if not values[name].equals(values["never"])]
    assert set(other) == set(values) - {"never"}  # each of them shows something else


@pytest.mark.slow
def test_models_that_learn_row_by_row_and_worlds_that_respond():
    mine = {"monitors": monitors(asks=False)}
    learning = {str(k): Strategy(Never(), RECENT, RowByRow(), **mine) for k in range(2)}
    learning["again"] = Strategy(Periodic(9), RECENT, RowByRow(), **mine)
    learner = naive_bayes.GaussianNB()
    together_is_alone(stream(375), learning, learner=learner, delay=Exponential(40))
    few = ("never", "every third", "every sixth", "samples", "by answer")
    responding = {name: STRATEGIES[name](monitors=monitors()) for name in few}
    world = Selective(stream(375), explore=0.2)
    together_is_alone(world, responding, learner=GaussianNB(), delay=Exponential(40))


def test_every_monitor_is_measured_once_for_those_who_are_alike():
    chosen = {
        "complaints": lambda: made(Complaints, "complaints", 20, 80, 20),
        "score": lambda: made(Score, "score", 40, 10),
        "bias": lambda: made(ArrivalBias, "bias", Score(40, 10, mature=60)),
        "answers": lambda: made(AnswerDistribution, "answers", window=60, min_rows=10),
    }
    # classes made in a function have no name to go by, so each kind is made once
    kinds = {name: new() for name, new in chosen.items()}
    names = ["a", "b", "c"]
    COUNTED.clear()
    strategies = {name: Strategy(Periodic(3), RECENT, monitors=kinds) for name in names}
    world = Complaining(stream(375), wrong=0.6, right=0.05, after=Exponential(15))
    setting = {"learner": GaussianNB(), "tick": 25, "warmup": 150, "delay": Exponential(40)}
    clsim.replay(world, strategies, **setting)
    assert sorted(COUNTED) == [(name, tick) for name in sorted(kinds) for tick in range(9)]


def test_profiles_are_compared_once_for_those_who_keep_the_same():
    kinds = {
        "inputs": made(ProfileDistribution, "inputs", "features", "psi", ticks=2),
        "answers": made(
            ProfileDistribution, "answers", "answer", reference=1, ticks=1, min_rows=10
        ),
    }
    strategies = {
        f"{k} {bins}": Strategy(
            Periodic(k), RECENT, logging=Profiles(Everything(), bins), monitors=kinds
        )
        for k, bins in [(3, 10), (6, 10), (6, 5)]
    }
    COUNTED.clear()
    runs = clsim.replay(stream(375), strategies, learner=GaussianNB(), tick=25, warmup=150)
    inputs = COUNTED.count(("inputs", 8)), COUNTED.count(("inputs", 4))
    assert inputs == (2, 2)  # by 10 bins and by 5, whatever the models
    assert COUNTED.count(("answers", 2)) == 2
    assert COUNTED.count(("answers", 6)) == 3  # another model answered since tick 3
    for name, strategy in strategies.items():
        alone = clsim.replay(stream(375), {name: strategy}, learner=GaussianNB(), tick=25,
                             warmup=150)  # fmt: skip
        assert_same(runs[name], alone[name])


def test_the_same_model_under_another_number_is_the_same():
    """Both train at tick 6 on the same rows; for one it is model 2, for the other model 1."""
    kinds = {"answers": made(AnswerDistribution, "answers", window=60, min_rows=10)}
    COUNTED.clear()
    strategies = {str(k): Strategy(Periodic(k), RECENT, monitors=kinds) for k in (3, 6)}
    runs = clsim.replay(stream(375), strategies, learner=GaussianNB(), tick=25, warmup=150)
    ticks = [tick for _, tick in COUNTED]
    # other models from tick 3, whose training is seen a tick later, until tick 6
    assert [tick for tick in range(9) if ticks.count(tick) == 2] == [4, 5, 6]
    at = [run.signals.set_index("tick").loc[8] for run in runs.values()]
    assert at[0]["model"] == 2
    assert at[1]["model"] == 1
    assert at[0]["value"] == at[1]["value"]


class Grows(Monitor):
    """A monitor of one's own that remembers, and so says nothing of sharing."""

    def __init__(self, step):
        self.step, self.total = step, 0.0

    def measure(self, view):
        self.total += self.step
        return {None: self.total}


class Raised(Score):
    """One that ships, with a parameter and a way to measure of its own."""

    shared = True

    def __init__(self, by):
        super().__init__(40, 10)
        self.by = by

    def measure(self, view):
        return {of: value + self.by for of, value in super().measure(view).items()}


def test_monitors_of_ones_own_are_told_apart():
    assert not Grows(1).shared
    assert Score().shared
    assert not type("Own", (Score,), {"measure": lambda self, view: {}})().shared
    strategies = {
        name: Strategy(Never(), RECENT, monitors={"grows": Grows(by), "raised": Raised(by)})
        for name, by in {"a": 1.0, "b": 2.0, "c": 1.0}.items()
    }
    together = together_is_alone(stream(275), strategies, learner=GaussianNB())
    last = together["b"].signals.groupby("signal")["value"].last()
    assert last["grows"] == 2 * len(set(together["b"].signals["tick"]))
    others = together["a"].signals.groupby("signal")["value"].last()
    assert last["raised"] == pytest.approx(others["raised"] + 1)


def test_all_that_a_view_can_read_is_noted():
    members = {name for seen in (Known, Past) for name in vars(seen) if name[0] != "_"}
    assert set(READ) == members
    assert set(CALLED) <= members
    assert {what for parts in READ.values() for what in parts} <= set(SHOWN)
