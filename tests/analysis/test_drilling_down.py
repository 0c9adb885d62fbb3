"""What made an alarm, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clsim
from clsim.analysis import drill_down, loss_by_slice
from clsim.runs.info import RunInfo
from clsim.runs.run import Run
from helpers.lived import lived

nan = np.nan


def measured():
    """x jumps in the last of four ticks."""
    values = {("x", "all"): [1, 9, 1, 4], ("y", "all"): [2, 9, 2, 1], ("x", "g=a"): [5, 0, 5, 5.5],
              (None, "all"): [0, 0, 0, 2], ("new", "all"): [nan, nan, nan, 7]}  # fmt: skip
    rows = [
        (tick, of, part, value, of == "x" and tick == 3)
        for (of, part), given in values.items()
        for tick, value in enumerate(given)
        if of != "new" or tick == 3
    ]
    columns = ["tick", "of", "slice", "value", "alarm"]
    return pd.DataFrame(rows, columns=columns).assign(signal="inputs", model=0)


def test_features_and_slices_that_moved_most_come_first():
    found = drill_down(lived(signals=measured()), "inputs", 3)
    assert found["rank"].tolist() == [1, 2, 3, 4, 5]
    assert found["of"].fillna("").tolist() == ["x", "", "y", "x", "new"]
    assert found["slice"].tolist() == ["all", "all", "all", "g=a", "all"]
    np.testing.assert_array_equal(found["reference"], [1, 0, 2, 5, nan])
    np.testing.assert_array_equal(found["moved"], [3, 2, -1, 0.5, nan])
    np.testing.assert_array_equal(found["share"], [0.75, nan, 0.25, nan, nan])
    assert found["alarm"].tolist() == [True, False, False, True, False]


def test_the_first_tick_has_nothing_to_compare_with():
    found = drill_down(lived(signals=measured()), "inputs", 0)
    assert found["reference"].isna().all()
    assert found["share"].isna().all()


def test_what_is_not_there_is_refused():
    run = lived(signals=measured())
    for given, message in [(("input", 3), "unknown signal 'input'; did you mean 'inputs'"),
                           (("inputs", 8), "tick=8: must be at most 7")]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            drill_down(run, *given)
    with pytest.raises(ValueError, match="no signals"):
        drill_down(lived(), "inputs", 3)


def observed(rows):
    """A run of labels that arrived, by tick and slice, and their errors."""
    frame = pd.DataFrame(rows, columns=["tick", "slice", "observed_n", "errors"])
    frame["observed_score"] = 1 - frame["errors"] / frame["observed_n"]
    return Run({"ticks": frame}, RunInfo(timed=False, loss="zero_one"))


def test_the_rise_in_loss_adds_up_over_slices():
    # .15 before: a .1 of 50, b .2 of 50. Then .46: a .1 of 20, b .55 of 80.
    run = observed([(0, "all", 100, 15), (0, "g=a", 50, 5), (0, "g=b", 50, 10),
                    (1, "all", 100, 46), (1, "g=a", 20, 2), (1, "g=b", 80, 44)])  # fmt: skip
    found = loss_by_slice(run, tick=1, ticks=1).set_index("slice")
    assert found.index.tolist() == ["g=b", "g=a"]
    # b: (.5 + .8) / 2 (.55 - .2) = .2275, and .3 (.375 - .305) = .021; a: 0, and -.3 (.1 - .305)
    assert found["worse"].tolist() == pytest.approx([0.2275, 0])
    assert found["more_frequent"].tolist() == pytest.approx([0.021, 0.0615])
    assert found["contribution"].sum() == pytest.approx(0.46 - 0.15)
    assert found["share"].tolist() == pytest.approx([0.2485 / 0.31, 0.0615 / 0.31])


def test_slices_that_come_and_go_and_events_in_none_add_up():
    run = observed([(0, "all", 100, 20), (0, "g=a", 60, 6), (0, "g=b", 0, 0), (0, "h=1", 100, 20),
                    (1, "all", 0, 0), (1, "g=a", 0, 0), (1, "g=b", 0, 0), (1, "h=1", 0, 0),
                    (2, "all", 50, 20), (2, "g=a", 0, 0), (2, "g=b", 30, 15), (2, "h=1", 50, 20),
                    (3, "all", 0, 0), (3, "g=a", 0, 0), (3, "g=b", 0, 0), (3, "h=1", 0, 0),
                    ])  # fmt: skip
    found = loss_by_slice(run, tick=3, ticks=2)
    assert found.groupby("column")["contribution"].sum().tolist() == pytest.approx([0.2, 0.2])
    assert set(found["slice"]) == {"g=a", "g=b", "none", "h=1"}
    by = found.set_index("slice")
    assert by.loc[["g=a", "g=b"], "worse"].tolist() == [0, 0]
    with pytest.raises(ValueError, match=r"tick=3: no labels arrived on one side"):
        loss_by_slice(run, tick=3, ticks=1)
    with pytest.raises(ValueError, match=r"tick=2: must be at least 3"):
        loss_by_slice(run, tick=2, ticks=2)


def test_a_run_from_disk_gives_the_same_and_what_was_not_logged_changes_nothing(tmp_path):
    from sklearn.naive_bayes import GaussianNB

    from clsim.monitoring import FeatureDistribution
    from clsim.randomness import uniform
    from clsim.strategy import Strategy
    from clsim.strategy.logging import Sample
    from clsim.strategy.triggers import Never
    from helpers.tables import Table

    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    X = y[:, None] + rng.normal(size=(400, 2))
    X[300:, 0] += 2
    lost = (np.arange(400) >= 100) & (uniform(0, "strategy.logging", np.arange(400)) >= 0.5)
    assert 100 < lost.sum() < 200

    def run_of(X, y):
        stream = Table(X, y, group=np.arange(400) % 2)
        monitors = {"inputs": FeatureDistribution(window=60, min_rows=20)}
        strategy = Strategy(Never(), logging=Sample(0.5), monitors=monitors)
        return clsim.replay(stream, {"it": strategy}, learner=GaussianNB(), tick=50, warmup=100)[
            "it"
        ]

    run = run_of(X, y)
    run.save(tmp_path / "run")
    read = clsim.load(tmp_path / "run")
    other = run_of(np.where(lost[:, None], 99.0, X), np.where(lost, 1 - y, y))
    found = drill_down(run, "inputs", 5)
    assert found["of"][0] == "a"
    for again in (read, other):
        pd.testing.assert_frame_equal(found, drill_down(again, "inputs", 5), check_dtype=False)
        pd.testing.assert_frame_equal(loss_by_slice(run, 5, 3), loss_by_slice(again, 5, 3))
