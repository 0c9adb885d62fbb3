"""A rule that is run over a table of signals does what the replay does, or is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river.drift import ADWIN
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Strategy, counterfactual
from clsim.hindsight.grids import Levels, run_all
from clsim.hindsight.rules import rehearse
from clsim.monitoring import (
    AnswerDistribution,
    AnswerShare,
    ExpectedScore,
    FeatureDistribution,
    Score,
)
from clsim.monitoring.distances import DISTANCES
from clsim.protocols import Monitor
from clsim.strategy.datasets import All, SlidingWindow
from clsim.strategy.guards import Floor
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.rules import Confirmed, Detected, Level, Quantile, Range, RollingAverage
from clsim.strategy.training import Stateful, Stateless
from clsim.strategy.triggers import (
    AllOf,
    AnyOf,
    Budget,
    Confirm,
    Cooldown,
    KOf,
    OnSignal,
    Performance,
    Threshold,
    Veto,
    Volume,
    WaitFor,
)
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import Gaussians
from clsim.streams.delays import Exponential
from clsim.streams.drift import Sudden
from helpers.tabled import started

DATASET = SlidingWindow(200)
MONITORS: dict[str, Monitor] = {
    "inputs": FeatureDistribution(window=120),
    "psi": FeatureDistribution("psi", window=120),
    "ranks": FeatureDistribution("kolmogorov_smirnov", window=120),
    "warmup": FeatureDistribution("kolmogorov_smirnov", reference="warmup", window=120),
    "answers": AnswerDistribution(window=120),
    "labels": Score(window=100, min_labels=20, of="champion"),
}


def world(change, at, n=1100):
    """Two classes 3 apart, which move along the line between them."""
    before, after = (Gaussians(means=[[x - 1.5, 0], [x + 1.5, 0]]) for x in (0, change))
    return Synthetic(before, [Sudden(after, at=at)], n=n)


def setting(seed, delay=80):
    return {
        "learner": GaussianNB(), "tick": 50, "warmup": 250, "seed": seed,
        "delay": Exponential(delay) if delay else None,
    }  # fmt: skip


def on(name, rule, **more):
    return OnSignal(MONITORS[name], rule, name=name, **more)


def triggers(low, high, wait):
    """Thresholds, cooldowns, combinations, confirmations and detectors, by two levels."""
    near, far = on("inputs", Level(above=low)), on("inputs", Level(above=high))
    bad, odd = on("labels", Level(below=1 - low)), on("answers", Level(above=low))
    return {
        "threshold": near, "of one": on("inputs", Level(above=low), of="x1"),
        "psi": on("psi", Level(above=high)), "ranks": on("ranks", Level(above=low)),
        "fixed reference": on("warmup", Level(above=high)), "labels": bad,
        "cooldown": Cooldown(near, wait), "quantile": on("answers", Quantile(0.3, window=wait)),
        "any": AnyOf([far, bad]), "all": AllOf([near, bad]), "k": KOf([near, bad, odd], 2),
        "veto": Cooldown(Veto(near, on("warmup", Range(high, 1))), wait),
        "confirm": Confirm(near, 2, within=wait + 1), "budget": Budget(near, 2, per=3 * wait),
        "confirmed": on("inputs", Confirmed(Level(above=low), 2)),
        "wait": WaitFor(far, labels=60), "volume": AnyOf([Volume(400), far]),
        "adwin": on("labels", Detected(ADWIN(delta=0.9, clock=1, grace_period=2,
                                             min_window_length=1))),
        "average": AnyOf([on("labels", RollingAverage(low, wait, side="below")), far]),
    }  # fmt: skip


def _lost(table, found):
    return table.loss[found.serving, np.arange(table.loss.shape[1])]


@given(
    st.integers(0, 999), st.sampled_from([0, 80, 130]), st.sampled_from([0, 80]),
    st.floats(0.05, 0.2), st.floats(0.05, 0.3), st.integers(1, 6), st.integers(400, 900),
)  # fmt: skip
@settings(max_examples=4, deadline=None)
def test_a_look_up_is_the_replay_bit_for_bit(seed, duration, delay, low, more, wait, at):
    stream, same = world(1.5, at), setting(seed, delay)
    table = counterfactual(stream, dataset=DATASET, duration=duration, monitors=MONITORS, **same)
    strategies = {
        name: Strategy(trigger, DATASET, Stateless(duration))
        for name, trigger in triggers(low, low + more, wait).items()
    }
    strategies["overlap"] = Strategy(
        triggers(low, 1, wait)["threshold"], DATASET, Stateless(duration), overlap=True
    )
    runs = clsim.replay(stream, strategies, **same)
    # the same, all at once
    grids = [Levels("inputs", (low, low + more), wait=pause) for pause in (1, wait)]
    paths = run_all(table, [*grids, Levels("labels", (1 - low,), "below")])
    alone = [rehearse(table, Strategy(trigger, DATASET, Stateless(duration))) for trigger in (
        *(Cooldown(on("inputs", Level(above=level)), pause)
          for pause in (1, wait) for level in (low, low + more)),
        on("labels", Level(below=1 - low)),
    )]  # fmt: skip
    for place, one in enumerate(alone):
        assert tuple(np.flatnonzero(paths.starts[place])) == one.started
        np.testing.assert_array_equal(paths.losses(table)[place], _lost(table, one))
    for name, run in runs.items():
        found = rehearse(table, strategies[name])
        assert list(found.started) == started(run), name
        np.testing.assert_array_equal(_lost(table, found), run.ticks["loss"])
        before = np.append(-1, found.serving)  # what is deployed at once was measured never yet
        signals = run.signals.dropna(subset="value")
        for signal, of, tick, value in zip(
            *(signals[column] for column in ("signal", "of", "tick", "value")), strict=True
        ):
            row = before[tick] if tick in found.started and not duration else found.serving[tick]
            kept = table.signals.values[signal]
            assert kept[of if isinstance(of, str) else None][row, tick] == value


@given(
    st.integers(0, 999), st.sampled_from([0, 60, 130]), st.sampled_from([0, 80]), st.data(),
    st.integers(350, 600),
)  # fmt: skip
@settings(max_examples=12, deadline=None)
def test_a_drawn_rule_does_in_a_drawn_world_what_its_replay_does(seed, duration, delay, data, at):
    low, more = data.draw(st.floats(0.02, 0.25)), data.draw(st.floats(0.01, 0.3))
    every = triggers(low, low + more, data.draw(st.integers(1, 5)))
    trigger = every[data.draw(st.sampled_from(sorted(every)))]
    overlap = data.draw(st.booleans())
    strategy = Strategy(trigger, DATASET, Stateless(duration), overlap=overlap)
    stream, same = world(data.draw(st.floats(0.5, 3)), at, 700), setting(seed, delay)
    table = counterfactual(
        stream, dataset=DATASET, duration=duration, monitors=dict(trigger.monitors), **same
    )
    [run] = clsim.replay(stream, {"it": strategy}, **same).values()
    found = rehearse(table, strategy)
    assert list(found.started) == started(run)
    np.testing.assert_array_equal(_lost(table, found), run.ticks["loss"])


def made(**more):
    return counterfactual(world(1.5, 800, 900), dataset=DATASET, **setting(0), **more)


@pytest.fixture(scope="module")
def table():
    return made(monitors=MONITORS)


def test_values_exist_from_the_tick_on_in_which_the_model_is_first_measured(table):
    late = made(monitors={"warmup": MONITORS["warmup"]}, duration=120)
    for one, first in ((table, lambda i: i + 1), (late, lambda i: i + 3)):
        values = one.signals.values["warmup"]["x0"]
        for i in range(len(values) - 1):
            assert np.flatnonzero(~np.isnan(values[i])).tolist() == list(range(first(i), 13))
        # until the window lies in what was served there are none of the first model either
        assert np.flatnonzero(~np.isnan(values[-1])).tolist() == list(range(1, 13))


def test_signals_come_back_from_a_file_and_from_a_folder_bit_for_bit(table, tmp_path):
    parts = made(monitors=MONITORS, path=tmp_path / "parts")
    table.save(tmp_path / "table.parquet")
    for place in ("table.parquet", "parts"):
        for other in (clsim.Counterfactual.load(tmp_path / place), parts):
            assert other.signals.about == table.signals.about
            np.testing.assert_array_equal(other.signals.ends, table.signals.ends)
            for name, values in table.signals.values.items():
                assert [*values] == [*other.signals.values[name]]
                for of in values:
                    np.testing.assert_array_equal(values[of], other.signals.values[name][of])
    loaded = clsim.Counterfactual.load(tmp_path / "table.parquet")
    strategy = Strategy(Cooldown(on("inputs", Level(above=0.1)), 2), DATASET)
    assert rehearse(loaded, strategy).started == rehearse(table, strategy).started != ()


class OneByOne(FeatureDistribution):
    """The same, asked of each model by itself."""

    measure_each = Monitor.measure_each


def test_models_that_are_measured_at_once_have_the_values_of_each_to_the_bit():
    rng, n = np.random.default_rng(3), 550
    moved = rng.normal(size=n) + np.linspace(0, 2, n)
    frame = pd.DataFrame({
        "exact": moved, "tied": moved.round(), "constant": 1.0,
        "some": np.where(rng.random(n) < 0.1, np.nan, moved),
        "endless": np.where(rng.random(n) < 0.05, np.inf, moved),
        "word": pd.Categorical(rng.choice(list("abcd"), n)), "y": (moved > rng.normal(size=n)) * 1,
    })  # fmt: skip
    numbers, words = ["exact", "tied", "constant", "some"], ["endless", "word"]
    no_words = [name for name, distance in DISTANCES.items() if distance.numbers_only]
    settings = {
        name: {"distance": name, "window": 70, "min_rows": 20,
               "features": numbers if name in ("earth_mover", *no_words) else numbers + words}
        for name in DISTANCES
    }  # fmt: skip
    settings["slices"] = {
        "distance": "kolmogorov_smirnov", "window": [40, 90], "slices": ["word=a"], "min_rows": 5,
        "features": ["exact", "tied", "endless"],
    }  # fmt: skip
    monitors = {name: FeatureDistribution(**given) for name, given in settings.items()}
    monitors |= {f"{name}, alone": OneByOne(**given) for name, given in settings.items()}
    learner = DummyClassifier()
    table = counterfactual(
        Recorded(frame, label="y", slices=["word"]), learner=learner, dataset=DATASET, tick=50,
        warmup=250, monitors=monitors,
    )  # fmt: skip
    values = table.signals.values
    for name in settings:
        together, apart = values[name], values[f"{name}, alone"]
        assert together.keys() == apart.keys() != set()
        for of in together:
            np.testing.assert_array_equal(together[of], apart[of], f"{name} of {of}")


class Counting(Monitor):
    """Knows how often it was asked."""

    def __init__(self):
        self.count = 0

    def measure(self, view):
        self.count += 1
        return {None: self.count}


class Numbered(Monitor):
    shared = True

    def measure(self, view):
        return {None: float(view.champion)}


@pytest.mark.parametrize(
    ("monitor", "said"),
    [
        (Counting(), "Counting keeps what it measured before"),
        (Numbered(), "asks for the number of the model that serves"),
        (Score(), "asks for losses of events before the model that serves did"),
        (AnswerShare(), "asks for answers of events before the model that serves did"),
        (FeatureDistribution(reference="validation"), "asks for the rows that were held out"),
        (ExpectedScore(window=100), None),
    ],
)
def test_monitors_that_hang_on_the_schedule_are_refused(monitor, said):
    if said is None:
        assert made(monitors={"m": monitor}).signals.values["m"]
        return
    with pytest.raises(ValueError, match=f"monitors.m: .*{said}"):
        made(monitors={"m": monitor})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"candidates": 2}, "candidates: 7 of 13 ticks"), ({"largest_age": 3}, "largest_age=3"),
        ({"sample": 0.5}, "sample"), ({"holdout": 20}, "holdout"),
    ],
)  # fmt: skip
def test_tables_without_every_model_hold_no_signals(more, said):
    with pytest.raises(ValueError, match=f"{said}: rules over the values of monitors"):
        made(monitors=MONITORS, **more)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"offline": ChampionChallenger(50)}, "offline: ChampionChallenger: .* replay this one"),
        ({"online": Shadow(50)}, "online: Shadow"), ({"guard": Floor(0.5)}, "guard: Floor"),
        ({"training": Stateful()}, "training: Stateful"),
        ({"training": Stateless(50)}, "training.duration=50"),
        ({"dataset": All()}, "dataset: "), ({"threshold": 0.5}, "threshold=0.5"),
        ({"trigger": Performance(below=0.9)}, "trigger: it asks for arrived_losses"),
        ({"trigger": Threshold(Score(), below=0.9, name="others")}, "unknown signal 'others'"),
        ({"trigger": Threshold(FeatureDistribution(window=99), above=1, name="inputs")},
         "the signal 'inputs' of the table is of .*; make the table with it"),
    ],
)  # fmt: skip
def test_strategies_outside_of_the_class_are_refused(table, parts, said):
    parts = {"trigger": on("inputs", Level(above=0.1)), "dataset": DATASET, **parts}
    with pytest.raises(ValueError, match=said):
        rehearse(table, Strategy(**parts))
