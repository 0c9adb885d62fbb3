"""How many labels are waited for, by hand; and that nothing is decided by it."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import Combined, LabelsWaiting
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying
from clsim.strategy.curation.budgets import Fixed
from clsim.strategy.curation.picks import Random
from clsim.strategy.triggers import Never, Threshold
from helpers.tables import Table


def waiting(curation=None):
    """Ticks of ten rows after a warm-up of 20; labels come 15 rows later, one in five never."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 1)), np.arange(60) % 2
    label_time = [None if i % 5 == 0 and i >= 20 else i + 15 for i in range(60)]
    strategy = Strategy(Never(), curation=curation, monitors={"waiting": LabelsWaiting()})
    stream = Table(X, y, label_time=label_time)
    run = clsim.replay(stream, {"it": strategy}, learner=GaussianNB(), tick=10, warmup=20)["it"]
    values = run.signals.pivot(index="tick", columns="of", values="value")
    return values["natural"].tolist(), values["bought"].tolist()


def test_labels_that_are_waited_for():
    # tick 0: nothing was served. 1: rows 20-29. 2: 20-39 but for 21-24, 20 and 25-39: 16;
    # 3: without 26-29 and 31-34, 20-49 leave 20, 25, 30 and 35-49: 18
    assert waiting() == ([0, 10, 16, 18], [0, 0, 0, 0])


def test_labels_on_order_are_no_longer_waited_for_by_nature():
    # three are ordered in each tick from 1 on, and come 15 rows later. With none by nature: of 20
    # rows served by tick 2 three are on order; of 30 by tick 3 six were, of which three are there
    alone = Buying(Random(), Fixed(3), natural=False, delay=15)
    assert waiting(alone) == ([0, 10, 17, 24], [0, 0, 3, 3])
    # with both, rows 21 to 23 are ordered, and 31, 37 and 39: nature is first with 21 to 23 and 31
    both = Buying(Random(), Fixed(3), delay=15)
    assert waiting(both) == ([0, 10, 16, 16], [0, 0, 0, 2])


def test_no_trigger_can_have_it():
    for monitor in (LabelsWaiting(), Combined(LabelsWaiting(), "mean")):
        with pytest.raises(ValueError, match="recorded and decides nothing"):
            Threshold(monitor, above=5)
