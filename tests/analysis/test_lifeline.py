"""Who answered, what was tried, what came back: by hand, on eight ticks of ten events."""

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.behaviour.lifeline import rollbacks, services, trials
from clsim.analysis.behaviour.watching import Rule, rules, signal_over_time
from clsim.analysis.cost.keeping import holdings
from clsim.runs.ledger import Prices
from helpers.lived import lived

nan = float("nan")


def test_who_answered_when():
    told = services(lived())
    assert told.values.tolist() == [
        [0, 0, 2, 20, 4.0, 0.8], [1, 2, 4, 20, 10.0, 0.5], [0, 4, 7, 30, 6.0, 0.8],
        [3, 7, 8, 10, 1.0, 0.9],
    ]  # fmt: skip


def test_every_trial_has_an_end_and_what_both_lost_on_its_events():
    told = trials(lived())
    columns = ["model", "champion", "tick", "until", "verdict", "labels", "n"]
    assert told[columns].values.tolist() == [
        [1, 0, 0, 2, "promoted", 16, 20], [2, 1, 3, 4, "begun afresh", 0, 10],
        [2, 0, 4, 5, "undecided", 3, 10], [3, 0, 5, 7, "promoted", 12, 20],
        [4, 0, 5, 6, "superseded", 0, 10], [5, 3, 7, 8, "open", 0, 10],
    ]  # fmt: skip
    np.testing.assert_array_equal(told["score"], [0.9, nan, nan, 0.95, nan, nan])
    np.testing.assert_array_equal(told["score_champion"], [0.8, nan, nan, 0.85, nan, nan])
    assert told["loss"].tolist() == [2, 5, 2, 1, 4, 3]
    assert told["loss_champion"].tolist() == [4, 6, 3, 3, 1, 1]
    assert told["saved"].tolist() == [2, 1, 1, 2, -3, -2]


def test_without_a_table_of_who_was_asked_a_trial_has_no_losses():
    told = trials(lived(asked=False))
    assert len(told) == 6
    assert told["n"].tolist() == [0] * 6
    assert told[["loss", "loss_champion"]].isna().all(axis=None)


def test_what_was_taken_back_beside_what_came_before_and_after():
    (told,) = rollbacks(lived()).to_dict("records")
    # two ticks before it lost 4 of 20, it lost 10 of 20, and two ticks after it 4 of 20 were lost
    assert told == {
        "model": 1, "returned": 0, "tick": 2, "until": 4, "labels": 12, "score_before": 0.8,
        "score_after": 0.5, "n": 20, "loss": 10.0, "per_event": 0.5, "before": 0.2, "after": 0.2,
        "reason": "score fell",
    }  # fmt: skip


def test_what_was_kept_and_which_labels_came():
    run = lived(kept=[5] * 8)
    told = holdings(run, Prices(logged=0.1, bought=2.0, label=0.5))
    assert told["served"].tolist() == [10, 20, 30, 40, 50, 60, 70, 80]
    assert told["kept"].tolist() == [5, 10, 15, 20, 25, 30, 35, 40]
    assert told["natural"].tolist() == [0, 4, 4, 4, 4, 4, 4, 4]
    assert told["ordered"].tolist() == [0, 3, 3, 3, 3, 3, 3, 3]
    assert told["bought"].tolist() == [0, 0, 2, 2, 2, 2, 2, 2]
    last = told.iloc[-1]
    assert (last["kept_cost"], last["natural_cost"], last["bought_cost"]) == (4.0, 2.0, 6.0)
    assert holdings(lived())["kept"].tolist() == told["served"].tolist()


def measured():
    """x moves, and a rule fires on it in tick 2; y moves less, z is there once."""
    rows = [(t, "x", value, t == 2) for t, value in enumerate([0.1, 0.1, 0.9, 0.1])]
    rows += [(t, "y", value, False) for t, value in enumerate([0.0, 0.5, 0.0, 0.5])]
    rows += [(1, "z", 0.3, False), (3, None, nan, False)]
    table = pd.DataFrame(rows, columns=["tick", "of", "value", "alarm"])
    return table.assign(signal="inputs", slice="all")


def test_signals_over_time_begin_with_those_that_a_rule_fired_on():
    run = lived(signals=measured())
    values, alarms = signal_over_time(run, "inputs")
    assert list(values) == list(alarms) == ["x", "y", "", "z"]
    assert values.shape == alarms.shape == (8, 4)
    np.testing.assert_array_equal(values["x"], [0.1, 0.1, 0.9, 0.1, nan, nan, nan, nan])
    np.testing.assert_array_equal(values["z"], [nan, 0.3, *[nan] * 6])
    assert np.flatnonzero(alarms["x"]).tolist() == [2]
    assert not alarms.drop(columns="x").any(axis=None)


def test_signals_in_bins_are_the_largest_or_the_smallest_of_their_ticks():
    run = lived(signals=measured())
    values, alarms = signal_over_time(run, "inputs", per_bin=3, most=2)
    assert list(values) == ["x", "y"]
    np.testing.assert_array_equal(values["x"], [0.9, 0.1, nan])
    np.testing.assert_array_equal(values["y"], [0.5, 0.5, nan])
    assert alarms["x"].tolist() == [True, False, False]
    values, _ = signal_over_time(run, "inputs", per_bin=3, least=True)
    np.testing.assert_array_equal(values["x"], [0.1, 0.1, nan])


def test_a_run_without_signals_says_so():
    with pytest.raises(ValueError, match="no signals"):
        signal_over_time(lived(), "inputs")


def test_thresholds_are_read_where_they_lie():
    threshold = {"_target_": "a.Threshold", "monitor": {"distance": "l_infinity"}, "above": None,
                 "below": 0.5}  # fmt: skip
    config = {"trigger": {"trigger": threshold, "wait": "7d"}, "monitors": {
        "score": {"window": 5}, "far": {"distance": "earth_mover"}}}  # fmt: skip
    assert rules(config) == [Rule("signal", 0.5, above=False)]
    assert rules({"trigger": {"monitor": 3, "above": "high", "name": []}}) == rules(None) == []


def test_a_level_of_a_rule_is_read_where_it_lies():
    tests = {"distance": "chi_squared", "p_value": True}
    corrected = {"_target_": "clsim.monitoring.Corrected", "monitor": tests}
    alarm = {"_target_": "clsim.strategy.rules.Significant", "alpha": 0.01}
    config = {
        "monitors": {"far": {"_target_": "clsim.monitoring.Combined",
                             "monitor": {"distance": "psi", "p_value": False}}},
        "trigger": {"monitor": corrected, "rule": alarm, "name": "tests"},
    }  # fmt: skip
    assert rules(config) == [Rule("tests", 0.01, above=False)]


def test_slices_of_a_signal_have_lines_of_their_own():
    sliced = pd.concat([
        measured().query("of == 'x'"),
        measured().query("of == 'x'").assign(slice="group=a", value=7.0, alarm=False),
        pd.DataFrame({"tick": [1], "of": [None], "value": [0.5], "alarm": False,
                      "signal": "inputs", "slice": "night"}),
    ])  # fmt: skip
    values, _ = signal_over_time(lived(signals=sliced), "inputs")
    assert set(values) == {"x", "x in group=a", "night"}
    np.testing.assert_array_equal(values["x"][:4], [0.1, 0.1, 0.9, 0.1])
    assert values["x in group=a"].dropna().tolist() == [7.0] * 4
