from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from river.drift import ADWIN
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression

from clsim import load, replay
from clsim.analysis.behaviour.monitors import (
    OBSERVED,
    episodes,
    label_delay,
    match_alarms,
    monitors,
    rank_correlation,
)
from clsim.runs.info import RunInfo
from clsim.runs.ledger import REVISION
from clsim.runs.run import Run
from clsim.strategy import Strategy
from clsim.strategy.triggers import Drift, Never
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Sudden
from clsim.types import DriftEvent

DAY = 86_400_000_000

# alarms against what really happened -------------------------------------------------------


@pytest.mark.parametrize(("repeated", "f1", "precision", "false"), [
    ("true", 0.857, 3 / 4, 1), ("false", 0.667, 2 / 4, 2),
])  # fmt: skip
def test_published_scores_under_both_conventions(repeated, f1, precision, false):
    # the two conventions in use for an alarm that repeats another
    found = match_alarms([1000, 2000], [500, 1100, 1150, 2100], 200, repeated=repeated)
    assert round(found.f1, 3) == f1
    assert (found.precision, found.recall, found.false) == (precision, 1.0, false)
    assert found.firsts == ((1000, 1100), (2000, 2100))
    assert found.delay == 100


def test_acceptance_includes_its_ends():
    assert match_alarms([1000], [1000], 0).detected == 1
    assert match_alarms([1000], [1200], 200).detected == 1
    assert match_alarms([1000], [1201, 999], 200).detected == 0
    # a drift that lasts
    assert match_alarms([(1000, 1500)], [1700], 200).firsts == ((1000, 1700),)
    assert match_alarms([(1000, 1500)], [1701], 200).detected == 0


def test_an_alarm_belongs_to_the_latest_drift():
    found = match_alarms([100, 150], [160], 100)
    assert (found.detected, found.recall, found.firsts) == (1, 0.5, ((150, 160),))
    # the order in which they are given does not count
    assert match_alarms([150, 100], [160, 120], 100).firsts == ((100, 120), (150, 160))


def test_nothing_to_find_or_nothing_found():
    silent = match_alarms([100], [], 10)
    assert (silent.recall, silent.f1, silent.false) == (0, 0, 0)
    assert np.isnan(silent.precision)
    assert np.isnan(silent.delay)
    calm = match_alarms([], [5, 7], 10)
    assert (calm.precision, calm.false) == (0, 2)
    assert np.isnan(calm.recall)
    assert np.isnan(calm.f1)


times = st.lists(st.integers(0, 50), max_size=6)


@given(times, times, st.integers(0, 10), st.sampled_from(["true", "false"]))
def test_matching_alarm_by_alarm(drifts, alarms, acceptance, repeated):
    drifts, hit, true = sorted(drifts), {}, 0
    for alarm in sorted(alarms):
        mine = [k for k, d in enumerate(drifts) if d <= alarm <= d + acceptance]
        if mine:
            true += repeated == "true" or mine[-1] not in hit
            hit.setdefault(mine[-1], alarm)
    found = match_alarms(drifts, alarms, acceptance, repeated=repeated)
    assert (found.true, found.false, found.detected) == (true, len(alarms) - true, len(hit))
    assert found.firsts == tuple((drifts[k], hit[k]) for k in sorted(hit))


def test_bad_matching():
    with pytest.raises(ValueError, match="acceptance=-1"):
        match_alarms([1], [1], -1)
    with pytest.raises(ValueError, match="repeated"):
        match_alarms([1], [1], 1, repeated="maybe")


def test_episodes_by_hand():
    # reference 1.5, three standard deviations of it 3·.577 = 1.73: above 3.23
    values = [1, 2, 1, np.nan, 2, 3.2, 4, np.nan, 5, 3, 9]
    assert episodes(values, window=4).values.tolist() == [[6, 8], [10, 10]]
    assert episodes(values, window=4, threshold=3).values.tolist() == [[8, 8], [10, 10]]
    assert episodes([1, 2] * 9, window=4).empty
    with pytest.raises(ValueError, match="window=20: only 3"):
        episodes([1, 2, np.nan, 3])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=4, max_size=20))
def test_rank_correlation_is_that_of_scipy(pairs):
    x, y = np.array(pairs, dtype=float).T
    found = rank_correlation(x, y, [0, 1]).set_index("lag")
    for lag in (0, 1):
        a, b = x[: len(x) - lag], y[lag:]
        if np.ptp(a) == 0 or np.ptp(b) == 0:
            assert np.isnan(found.loc[lag, "correlation"])
        else:
            assert found.loc[lag, "correlation"] == pytest.approx(spearmanr(a, b).statistic)


def test_rank_correlation_leaves_out_what_is_not_known():
    nan = np.nan
    found = rank_correlation([1, nan, 2, 3, 4], [1, 5, 2, nan, 0], [0, 9])
    assert found["n"].tolist() == [3, 0]
    assert found["correlation"].iloc[0] == pytest.approx(-0.5)
    with pytest.raises(ValueError, match="shapes"):
        rank_correlation([1, 2], [1])
    with pytest.raises(ValueError, match="lags=-1"):
        rank_correlation([1, 2], [1, 2], [-1])


# all signals of a run ----------------------------------------------------------------------


def run(loss, observed=None, alarms=(), drifts=(), *, timed=False, n=10):
    """A run of ticks of ten rows, or of a day; alarms are (tick, reason)."""
    count = len(loss)
    edge = np.arange(count + 1) * (DAY if timed else 10)
    edge = edge.astype("datetime64[us]") if timed else edge
    observed = np.full(count, np.nan) if observed is None else np.array(observed)
    ticks = pd.DataFrame(
        {"tick": range(count), "start": edge[:-1], "end": edge[1:], "slice": "all", "n": n,
         "answered": n, "loss": np.array(loss, dtype=float), "observed_score": observed,
         "observed_n": np.where(np.isnan(observed), 0, n)}
    )  # fmt: skip
    rows = [(t, "alarm", reason, 0, np.nan) for t, reason in alarms]
    rows += [(t, "label", None, k, np.nan) for t, k in enumerate(ticks["observed_n"]) if k]
    events = pd.DataFrame(rows, columns=["tick", "kind", "reason", "labels", "seconds"])
    info = RunInfo(drifts=tuple(drifts), timed=timed)
    return Run({"ticks": ticks, "events": events}, info)


def drift(start, end=None):
    end = start if end is None else end
    return DriftEvent("sudden", start, end)


def test_alarms_of_a_run_by_hand():
    # drifts in ticks 5 and 12; one alarm in the very tick of the drift cannot have seen it
    alarms = [(5, "A"), (6, "A"), (8, "A"), (13, "A"), (3, "B"), (16, "B")]
    one = run(np.ones(20), alarms=alarms, drifts=[drift(50), drift(125)])
    found = monitors(one, acceptance=3).set_index("signal")
    a = found.loc["A"]
    assert (a["alarms"], a["drifts"], a["detected"], a["false_alarms"]) == (4, 2, 2, 1)
    assert (a["precision"], a["recall"], a["delay"]) == (3 / 4, 1.0, 1.0)
    assert a["f1"] == pytest.approx(2 * 0.75 / 1.75)
    assert a["false_per_1000"] == 1000 / 20
    assert (a["truth"], a["repeated"], a["acceptance"]) == ("drifts", "true", 3)
    b = found.loc["B"]
    assert (b["precision"], b["recall"], b["f1"]) == (0, 0, 0)
    assert np.isnan(b["delay"])
    strict = monitors(one, acceptance=3, repeated="false").set_index("signal").loc["A"]
    assert (strict["precision"], strict["false_alarms"]) == (2 / 4, 2)
    wide = monitors(one, acceptance=4).set_index("signal").loc["B"]
    assert (wide["detected"], wide["delay"]) == (1, 4.0)


def test_delay_in_days():
    one = run(np.ones(20), alarms=[(8, "A"), (13, "A")], drifts=[drift(5 * DAY), drift(12 * DAY)],
              timed=True)  # fmt: skip
    row = monitors(one, acceptance=5).set_index("signal").loc["A"]
    assert (row["delay"], row["delay_days"]) == (2.0, 2.0)
    untimed = run(np.ones(20), alarms=[(8, "A")], drifts=[drift(50)])
    assert np.isnan(monitors(untimed, acceptance=5)["delay_days"]).all()


def test_the_observed_score_foretells_by_its_lag():
    rng = np.random.default_rng(0)
    loss = rng.integers(0, 10, 60).astype(float)
    # labels of a tick arrive two ticks later: the score that is seen is that of two ticks before
    observed = np.append([np.nan, np.nan], 1 - loss[:-2] / 10)
    one = run(loss, observed, drifts=[drift(300)])
    found = monitors(one, acceptance=5).set_index("signal").loc[OBSERVED]
    assert abs(found["correlation"]) < 0.4
    seen = run(loss, 1 - np.append(loss[3:], [0, 0, 0]) / 10, drifts=[drift(300)])
    ahead = monitors(seen, acceptance=5, lag=3).set_index("signal").loc[OBSERVED]
    assert ahead["correlation"] == pytest.approx(1.0)
    assert ahead["lag"] == 3


def test_a_number_alarms_where_it_leaves_its_reference():
    loss = np.array([1, 2] * 10 + [8] * 5 + [1, 2] * 5)
    observed = np.append([np.nan], 1 - loss[:-1] / 10)
    one = run(loss, observed, drifts=[drift(200)])
    row = monitors(one, acceptance=2).set_index("signal").loc[OBSERVED]
    assert (row["alarms"], row["detected"], row["delay"], row["false_alarms"]) == (1, 1, 1.0, 0)
    assert row["labels"] == 10 * (len(loss) - 1)
    revised = one.events.assign(
        reason=one.events["reason"].where(one.events["tick"] < 30, REVISION)
    )
    assert (
        monitors(Run({"ticks": one.ticks, "events": revised}, one.info), 2)["labels"].item() == 290
    )
    # of a constant signal nothing is learned
    row = monitors(one, 2, signals={"flat": np.zeros(35)}, unlabelled=["flat"]).set_index("signal")
    assert row.loc["flat", ["alarms", "labels", "label_delay"]].tolist() == [0, 0, 0]
    assert np.isnan(row.loc["flat", "correlation"])


def test_degradation_is_the_truth_where_no_drift_is_known():
    loss = np.array([1, 2] * 10 + [8] * 5 + [1, 2] * 5)
    one = run(loss, alarms=[(22, "A"), (33, "A")])
    row = monitors(one, acceptance=2).set_index("signal").loc["A"]
    assert (row["truth"], row["drifts"], row["detected"], row["false_alarms"]) == ("loss", 1, 1, 1)
    assert row["delay"] == 2.0
    none = monitors(run(loss, alarms=[(33, "A")]), 2, threshold=0.9).set_index("signal").loc["A"]
    assert none["drifts"] == 0
    assert np.isnan(none["recall"])
    known = run(loss, alarms=[(22, "A")], drifts=[drift(10)])
    assert monitors(known, 2).loc[0, "truth"] == "drifts"
    assert monitors(known, 2, truth="loss").loc[0, "recall"] == 1.0


def test_bad_input():
    one = run(np.ones(30))
    with pytest.raises(ValueError, match="knows of no drift"):
        monitors(one, 2, truth="drifts")
    with pytest.raises(ValueError, match="truth"):
        monitors(one, 2, truth="labels")
    with pytest.raises(ValueError, match=r"signals\['x'\]: shape \(3,\)"):
        monitors(one, 2, signals={"x": [1, 2, 3]})
    with pytest.raises(TypeError, match=r"acceptance=2\.5"):
        monitors(one, 2.5)


@pytest.mark.parametrize(("delay", "wait", "labels"), [
    # the label of row r is known in the first tick that starts at r + delay or later, so one of
    # 250 waits 3 ticks for rows 0 to 50 of a tick; those of rows up to 3900 - delay arrive
    (0, 1, 3400), (1, 1, 3400), (250, 3, 3151), (1000, 11, 2401),
])  # fmt: skip
def test_label_delay_from_ticks_and_from_events(delay, wait, labels, tmp_path):
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=4000)
    given = {"learner": LogisticRegression(), "tick": 100, "warmup": 500, "seed": 1,
             "delay": Constant(delay)}  # fmt: skip
    strategies = {"drift": Strategy(Drift(ADWIN())), "never": Strategy(Never())}
    ticks = replay(stream, strategies, **given)
    events = replay(stream, strategies, **given, record="events")
    assert label_delay(events["drift"]) == wait
    assert label_delay(ticks["drift"]) == wait
    again = load(ticks["drift"].save(tmp_path / "run"))
    pd.testing.assert_frame_equal(
        monitors(again, 10), monitors(ticks["drift"], 10), check_dtype=False
    )
    found = monitors(ticks["drift"], 20).set_index("signal")
    assert found.loc["ADWIN", "recall"] == 1
    assert found.loc["ADWIN", "delay"] > delay / 100
    assert found.loc["ADWIN", "labels"] == labels


def test_label_delay_by_hand():
    one = run(np.ones(5))
    # known at 10, 0 (but not before the next tick), 25, 49 (after the end) and never
    told = pd.DataFrame({"tick": [0, 0, 1, 4, 2], "label_time": [10, 0, 25, 49, None]})
    told["label_time"] = told["label_time"].astype("Int64")
    events = Run({"ticks": one.ticks, "events": one.events, "predictions": told}, one.info)
    assert label_delay(events) == 1.0  # of 1, 1 and 2 ticks
    later = told.assign(label_time=pd.array([25, 0, 35, 49, None], dtype="Int64"))
    events = Run({"ticks": one.ticks, "events": one.events, "predictions": later}, one.info)
    assert label_delay(events) == 3.0  # of 3, 1 and 3
    same = told.assign(tick=[1, 1, 2, 4, 2])
    events = Run({"ticks": one.ticks, "events": one.events, "predictions": same}, one.info)
    assert label_delay(events) == 1.0  # all known at once, and so in the next tick


def test_drifts_of_one_tick_are_found_once():
    one = run(
        np.ones(20), alarms=[(6, "A")], drifts=[drift(50), replace(drift(52), target="inputs")]
    )
    assert monitors(one, 3).set_index("signal").loc["A", ["drifts", "recall"]].tolist() == [1, 1]


def test_no_label_ever():
    assert np.isnan(label_delay(run(np.ones(5))))
