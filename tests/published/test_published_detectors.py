"""First alarms of river's drift detectors, through the trigger that wraps them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from river.drift import ADWIN, KSWIN
from river.drift.binary import DDM, HDDMA, HDDMW
from sklearn.dummy import DummyClassifier, DummyRegressor

import clsim
from clsim.strategy import Strategy
from clsim.strategy.triggers import Cooldown, Drift
from clsim.streams import Recorded


def first_alarm(losses: np.ndarray, detector: Any) -> int:
    """The event whose loss first raises an alarm, in a replay with exactly these losses.

    The learner always says 0, so that the label is the loss.
    """
    task = "classification" if losses.max() == 1 else "regression"
    zero = {"strategy": "constant", "constant": 0}
    learner = DummyClassifier(**zero) if task == "classification" else DummyRegressor(**zero)
    # one more event at either end: the first for the warm-up, the last for a tick after it
    frame = pd.DataFrame({"x": 0.0, "y": np.concatenate([[0], losses, [0]]).astype(float)})
    trigger = Cooldown(Drift(detector, of="all"), wait=10_000)
    run = clsim.replay(
        Recorded(frame, label="y", task=task, classes=[0, 1] if task == "classification" else None),
        {"drift": Strategy(trigger)}, learner=learner, tick=1, warmup=1,
    )["drift"]  # fmt: skip
    assert run.totals["loss"] == losses.sum()
    alarms = run.events.loc[run.events["kind"] == "alarm", "tick"]
    # an event's label is known one tick later
    return int(alarms.iloc[0]) - 1


@pytest.mark.parametrize(
    ("detector", "alarm"),
    [(KSWIN(alpha=1e-4, window_size=200, stat_size=100, seed=42), 1042), (ADWIN(), 1023)],
    ids=["KSWIN", "ADWIN"],
)
def test_numbers_that_grow(detector: Any, alarm: int) -> None:
    np.random.seed(12345)  # noqa: NPY002, the published sequence is of this generator
    losses = np.concatenate([np.random.randint(2, size=1000), np.random.randint(8, size=1000)])  # noqa: NPY002
    assert first_alarm(losses, detector) == alarm


@pytest.mark.parametrize(
    ("detector", "alarm"),
    [(DDM(), 1049), (HDDMA(), 1047), (HDDMW(), 1018)],
    ids=["DDM", "HDDM_A", "HDDM_W"],
)
def test_errors_that_become_frequent(detector: Any, alarm: int) -> None:
    np.random.seed(12345)  # noqa: NPY002, the published sequence is of this generator
    losses = np.concatenate(
        [np.random.binomial(1, 0.2, size=1000), np.random.binomial(1, 0.8, size=1000)]  # noqa: NPY002
    )
    assert first_alarm(losses, detector) == alarm
