"""Rules of triggers and of label budgets as others test theirs, and first alarms of detectors."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from claim import Claim, numbers
from river.drift import ADWIN, KSWIN
from river.drift.binary import DDM, HDDMA, HDDMW
from sklearn.dummy import DummyClassifier, DummyRegressor

import clsim
from clsim.strategy import Strategy, rules
from clsim.strategy.curation import Chance, FixedUncertainty, VariableUncertainty
from clsim.strategy.triggers import Cooldown, Drift
from clsim.strategy.triggers.costs import waited
from clsim.streams import Recorded

MODYN = "Böther et al., SIGMOD 2025: Modyn, its unit tests"
RIVER = "river 0.26.1, first alarm on its published sequence"
SKACTIVEML = "Žliobaitė et al. (2014), as scikit-activeml tests it: budget .1, w = 100"


def claims() -> list[Claim]:
    found = numbers("modyn/latency area", MODYN, {
        "after 1 new": (1.0, lambda: float(waited([1.0, 0.5], [2, 4])[0])),
        "after 1.5": (6.0, lambda: float(waited([1.0, 0.5], [2, 4])[1])),
        "anew": (1.0, lambda: float(waited([2.0], [1])[0])),
    }, 9)  # fmt: skip
    found += numbers("modyn/quantile of 3, lowest quarter", MODYN, {
        "fires at": (5, quantile_fires),
    }, 0)  # fmt: skip
    found += numbers("modyn/avoidable errors above 10", MODYN, {
        "first fires with": (10, lambda: avoidable_errors()[2]),
        "then with": (13, lambda: avoidable_errors()[4]),
    }, 0)  # fmt: skip
    alarms = {
        "KSWIN": (1042, lambda: KSWIN(alpha=1e-4, window_size=200, stat_size=100, seed=42), False),
        "ADWIN": (1023, ADWIN, False), "DDM": (1049, DDM, True), "HDDM_A": (1047, HDDMA, True),
        "HDDM_W": (1018, HDDMW, True),
    }  # fmt: skip
    found += numbers("detector", RIVER, {
        name: (alarm, partial(first_alarm, make, errors))
        for name, (alarm, make, errors) in alarms.items()
    }, 0)  # fmt: skip
    budgets = {
        "fixed uncertainty": (FixedUncertainty(classes=2), [0, 1, 2, 3, 5, 7, 8, 10, 11, 12, 13,
                                                            18, 27, 37]),
        "variable uncertainty": (VariableUncertainty(), [*range(11), 17, 26, 35, 45]),
        "random": (Chance(0.1), [14, 15, 16, 34, 43]),
    }  # fmt: skip
    return found + numbers("label budget", SKACTIVEML, {
        f"{name}: of 50 asked as published": (50, partial(agreeing, rule, asked))
        for name, (rule, asked) in budgets.items()
    }, 0, note="MOA counts the budget otherwise")  # fmt: skip


def quantile_fires() -> float:
    """The position of the first value that fires; the first three fill the window."""
    rule = rules.Quantile(0.25, window=3, side="below")
    values = [0.9, 0.7, 0.5, 0.9, 0.61, 0.53, 0.59]
    return float([rule.after([value], float) is not None for value in values].index(True))


def avoidable_errors() -> list[float]:
    """The sum with which each batch of a hundred fires; NaN of those that do not."""
    rule = rules.AvoidableErrors(10, expected=0.0, reduction=True)
    found = []
    for accuracy, errors in zip([1, 0.95, 1, 1, 1], [5, 9, 1, 9, 4], strict=True):
        rule.expected = round(1 - accuracy, 2)
        said = rule.after([1.0] * errors + [0.0] * (100 - errors), float)
        found.append(float("nan") if said is None else float(said.detail["value"]))
    return found


def agreeing(rule: Any, asked: list[int]) -> float:
    """Of 50 doubts, for how many the rule decides as is published."""
    draws = np.random.RandomState(0).rand(50)
    wanted = np.isin(np.arange(50), asked)
    return float((rule.asks(draws, draws) == wanted).sum())


def first_alarm(make: Any, errors: bool) -> float:
    """The event whose loss first raises an alarm, in a replay with exactly these losses.

    The learner always says 0, so that the label is the loss.
    """
    random = np.random.RandomState(12345)
    if errors:
        parts = [random.binomial(1, 0.2, size=1000), random.binomial(1, 0.8, size=1000)]
    else:
        parts = [random.randint(2, size=1000), random.randint(8, size=1000)]
    losses = np.concatenate(parts)
    task = "classification" if errors else "regression"
    zero = {"strategy": "constant", "constant": 0}
    learner = DummyClassifier(**zero) if errors else DummyRegressor(**zero)
    # one more event at either end: the first for the warm-up, the last for a tick after it
    frame = pd.DataFrame({"x": 0.0, "y": np.concatenate([[0], losses, [0]]).astype(float)})
    run = clsim.replay(
        Recorded(frame, label="y", task=task, classes=[0, 1] if errors else None),
        {"drift": Strategy(Cooldown(Drift(make(), of="all"), wait=10_000))},
        learner=learner, tick=1, warmup=1,
    )["drift"]  # fmt: skip
    if run.totals["loss"] != losses.sum():
        raise AssertionError("the losses of the replay are not those of the sequence")
    # an event's label is known one tick later
    return float(run.events.loc[run.events["kind"] == "alarm", "tick"].iloc[0]) - 1
