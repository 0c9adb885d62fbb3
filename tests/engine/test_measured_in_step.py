"""Signals are measured once for all who would measure the same, asleep or awake; and labels that a
model has not seen are found without a look at the whole past."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy
from clsim.monitoring import AnswerDistribution
from clsim.protocols import Monitor
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.logging import Everything
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Annotators, Exponential


class Counted(Monitor):
    """The tick, and how often it was asked for."""

    shared = True
    asked: list = []

    def measure(self, view):
        self.asked.append(view.tick)
        return {None: float(view.tick)}


def test_who_sleeps_measures_with_those_who_are_awake():
    Counted.asked = []
    strategies = {
        "asleep": Strategy(Never(), monitors={"m": Counted()}),
        "asleep too": Strategy(Never(), monitors={"m": Counted()}),
        "awake": Strategy(Periodic(1), monitors={"m": Counted()}),
    }
    stream = Synthetic(Sine(), n=300)
    runs = clsim.replay(stream, strategies, learner=GaussianNB(), tick=10, warmup=100)
    assert Counted.asked == list(range(20))  # each tick once, not once for each strategy
    for run in runs.values():
        assert run.signals["value"].tolist() == list(range(20))
    assert runs["awake"].signals["model"].iloc[-1] == 18  # the one that was trained a tick before
    assert (runs["asleep"].signals["model"] == 0).all()


class Compare(Monitor):
    """Whether the latest unseen rows are the last of all that are unseen."""

    def measure(self, view):
        every, middle = view.unseen(), view.first_row(view.tick) - 150
        for count in (1, 7, 40):
            assert view.latest_unseen(count).tolist() == every[-count:].tolist()
            old = every[every < middle]
            assert view.latest_unseen(count, middle).tolist() == old[-count:].tolist()
        return {None: float(len(every))}


@pytest.mark.parametrize(
    ("delay", "parts"),
    [
        (None, {}),
        (Exponential(60), {}),
        (Exponential(60), {"logging": Everything(retention=300)}),
        (Exponential(60), {"curation": Buying(Random(), Fixed(3), natural=False)}),
        (Exponential(60), {"curation": Buying(Random(), Fixed(3))}),
        (Annotators(3, 0.3, Exponential(60)), {}),
    ],
)  # fmt: skip
def test_latest_unseen_are_the_last_of_all_unseen(delay, parts):
    watched = {"m": Compare()}
    strategies = {
        "often": Strategy(Periodic(7), SlidingWindow(50), monitors=watched, **parts),
        "never": Strategy(Never(), SlidingWindow(50), monitors=watched, **parts),
    }
    stream = Synthetic(Sine(), n=1_000)
    runs = clsim.replay(
        stream, strategies, learner=GaussianNB(), tick=20, warmup=200, delay=delay, seed=2
    )
    for run in runs.values():
        failed = run.events.loc[run.events["kind"] == "alarm", "reason"]
        assert failed.tolist() == []
        assert np.isfinite(run.signals["value"]).all()
        assert run.signals["value"].max() > 60


@pytest.mark.parametrize(("thresholds", "each"), [((None, None), 1), ((0.5, 0.9), 2)])
def test_what_reads_answers_is_shared_by_those_who_answer_alike(thresholds, each):
    measured = []

    class Watched(AnswerDistribution):
        def compare(self, before, view, current, masks):
            measured.append(view.tick)
            return super().compare(before, view, current, masks)

    def strategy(threshold):
        return Strategy(Periodic(3), SlidingWindow(100), threshold=threshold,
                        monitors={"m": Watched("answer", "l1", "warmup", 60, 10)})  # fmt: skip

    strategies = {f"{i}": strategy(threshold) for i, threshold in enumerate(thresholds)}
    setting = {"learner": GaussianNB(), "tick": 30, "warmup": 100}
    stream = Synthetic(Sine(), n=400)
    together = clsim.replay(stream, strategies, **setting)
    assert len(measured) == each * len(set(measured))
    for name, one in strategies.items():
        alone = clsim.replay(stream, {name: one}, **setting)[name]
        assert alone.signals.equals(together[name].signals)
    same = together["0"].signals.equals(together["1"].signals)
    assert same == (each == 1)
