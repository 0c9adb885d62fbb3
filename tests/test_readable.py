"""What runs, strategies and streams show of themselves."""

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim.readable import Readable
from clsim.runs.info import RunInfo
from clsim.runs.run import Run, Runs
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden


def run(seed, score, strategy="weekly", loss=5):
    totals = {"answered": 20_000, "loss": loss, "retrainings": 4 - seed}
    config = {"strategy": {"name": "every 7d"}, "choices": {"strategy": strategy}}
    return Run({}, RunInfo(seed=seed, score=score, totals=totals), config)


@pytest.mark.parametrize(("given", "said"), [
    (clsim.Strategy(Never()), "Strategy(Never())"),
    (
        clsim.Strategy(Periodic(every="7d"), SlidingWindow("28d"), name="weekly"),
        "Strategy(Periodic('7d'), dataset=SlidingWindow('28d'), name='weekly')",
    ),
    (
        Synthetic(SEA(0), [Sudden(SEA(2), at=300)], n=600),
        "Synthetic(SEA(), drifts=[Sudden(SEA(function=2), at=300)], n=600)",
    ),
    (Constant("3d"), "Constant(delay='3d')"),
    (
        Recorded(pd.DataFrame({"x": np.arange(3.0), "y": ["no", "yes", "no"]}), label="y"),
        "Recorded(3 events, 1 feature, classes no, yes)",
    ),
    (run(3, 0.81254), "Run(weekly, seed 3; accuracy 0.8125 over 20,000 events; 1 retraining)"),
    (Run({}, RunInfo()), "Run(seed 0; no score over 0 events; 0 retrainings)"),
])  # fmt: skip
def test_a_repr_says_what_it_is(given, said):
    assert repr(given) == said


def test_runs_are_a_table_of_means():
    runs = Runs({"a": run(1, 0.5, loss=4), "b": run(2, 0.7, loss=5)}, ["c"], {"d": "damaged"})
    first, *table = repr(runs).splitlines()
    assert first == "Runs: 2 finished, 1 unfinished, 1 damaged"
    assert table[-1].split() == ["weekly", "2", "0.6", "4.5", "2.5"]
    assert "<td>0.6</td>" in runs._repr_html_()
    named = Runs({"a": run(1, 0.5, strategy="<b>")})
    assert "&lt;b&gt;" in named._repr_html_()


def test_arrays_are_told_by_their_shape_and_long_values_cut_off():
    class Part(Readable):
        def __init__(self, values, note="", rest=()):
            self.values, self.note, self.rest = values, note, rest

    assert repr(Part(np.zeros((3, 2)), "x" * 100)) == (
        f"Part(<ndarray of 3 x 2>, note='{'x' * 59}...)"
    )
