"""What signals are worth on tables made by hand, where arithmetic knows it."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Counterfactual, Prices
from clsim.analysis.cost.signal_worth import (
    by_quantiles,
    envelope,
    sentence,
    signal_worth,
)
from clsim.analysis.findings.signals import signal_ranking
from clsim.clock import UNITS
from clsim.hindsight.cuts import stretch
from clsim.hindsight.grids import Levels, run_all, spread_levels
from clsim.hindsight.rules import rehearse
from clsim.hindsight.signals import Signals
from clsim.monitoring import FromFile
from clsim.report.parts.signal_worth import priced_signals
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Alerts, Threshold
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.types import NEVER
from helpers.in_frames import MINUS, TOKEN, written

TICKS = 40
PRICES = Prices(retraining=5)


def by_hand(loss, signals, duration=0, timed=False):
    """A table of 40 ticks; what cannot serve, or is not measured yet, is left out of both."""
    ticks = np.append(np.arange(len(loss) - 1), -1)
    serves = np.append(ticks[:-1] + duration, 0)
    at, first = np.arange(len(loss) - 1), np.maximum(serves, ticks + 1)
    loss = np.where(at >= serves[:, None], loss, np.nan)
    values = {
        name: {None: np.where(at >= first[:, None], np.asarray(some, dtype=float), np.nan)}
        for name, some in signals.items()
    }
    of = Signals(
        values, np.arange(len(at) + 1) * (UNITS["d"] if timed else 1),
        np.where(serves > at[-1], NEVER, serves), at * 10, timed, dict.fromkeys(signals, True),
    )  # fmt: skip
    count = len(loss)
    return Counterfactual(
        loss, ticks, np.where(serves > at[-1], NEVER, serves), np.append(np.full(count - 1, 9), 0),
        np.full(count - 1, 10), held_out=np.zeros(count), seconds=np.zeros(count), failures={},
        signals=of,
    )  # fmt: skip


def changing(at, cost=10.0, seed=0):
    """From a tick on models that were trained before it lose ``cost``, and all others 1.

    ``planted`` says so in the same tick, of the model that serves.
    """
    trained, ticks = np.append(np.arange(TICKS), -1)[:, None], np.arange(TICKS)
    old = (trained < at) & (ticks >= at)
    noise = np.random.default_rng(seed).random((TICKS + 1, TICKS))
    return by_hand(np.where(old, cost, 1.0), {"planted": old, "noise": noise})


def test_a_lower_threshold_may_train_less_often():
    values = np.zeros((9, 8))
    values[-1, 3], values[-1, 5], values[-1, 7], values[5, 7] = 1.0, 1.5, 1.5, 1.5
    table = by_hand(np.ones((9, 8)), {"s": values})
    paths = run_all(table, [Levels("s", (0.9, 1.2, 1.5))])
    assert [np.flatnonzero(one).tolist() for one in paths.starts] == [[3], [5, 7], []]
    # two ticks until a model serves: the first one is not yet measured, nor another started
    late = by_hand(np.ones((9, 8)), {"s": np.where(np.arange(9)[:, None] < 8, 0, 2.0)}, duration=2)
    [starts] = run_all(late, [Levels("s", (1.0,))]).starts
    assert np.flatnonzero(starts).tolist() == [0]
    held = run_all(by_hand(np.ones((9, 8)), {"s": np.full((9, 8), 2.0)}), [
        Levels("s", (1.0,), wait=3), Levels("s", (2.5,), "below", wait=4)])  # fmt: skip
    assert [np.flatnonzero(one).tolist() for one in held.starts] == [[0, 3, 6], [0, 4]]
    assert held.priced(table, PRICES)["cost"].tolist() == [8 + 15, 8 + 10]


def test_a_signal_that_foretells_the_loss_is_worth_all_that_hindsight_gains_and_its_gaps_nothing():
    tuning = [changing(at, seed=at) for at in (8, 14, 20, 26)]
    scored = [changing(at, seed=at) for at in (9, 13, 22, 30)]
    rules = by_quantiles(tuning, {"planted": "above", "noise": "above"}, 9, (1, 4))
    found = signal_worth(tuning, scored, rules, PRICES, labels="noise").set_index("signal")
    planted, noise = found.loc["planted"], found.loc["noise"]
    # a tick of 40 loses 1, and the change costs one retraining
    assert planted["cost"] == 40 + 5
    assert planted["retrainings"] == 1
    assert planted["worth"] == planted["hindsight"] > 0
    assert planted["share"] == 1
    assert planted["worth_low"] > 0
    assert planted["luck"] == 0
    # one training anywhere else helps a part of the draws, and less than the tuned calendar does
    for beside in ("shuffled", "random", "same_number"):
        assert planted[f"{beside}_low"] <= 0 < planted["worth_low"]
    assert noise["worth_low"] <= 0
    assert noise["over_labels"] == 0
    assert planted["over_labels"] == noise["cost"] - planted["cost"]
    every = planted["calendar"]
    by_calendar = 40 * 1 + 9 * np.mean([(-at) % every for at in (9, 13, 22, 30)])
    assert every > 0
    assert by_calendar > 40  # it comes some ticks too late


def test_what_is_harmless_costs_what_its_alarms_do_and_what_is_quiet_is_worth_nothing():
    quiet = [changing(NEVER, seed=seed) for seed in range(4)]
    harmless = [changing(at, cost=1.0, seed=at) for at in (9, 13, 22)]
    tuning = [changing(at, cost=1.0, seed=at) for at in (8, 20)]
    rules = {"planted": [Levels("planted", (0.5, 2.0))]}
    found = signal_worth(tuning, harmless, rules, PRICES, quiet=quiet, false_alarms=0)
    assert found["worth"].tolist() == [-5]  # one retraining for nothing
    assert found[["false", "calendar", "hindsight"]].values.tolist() == [[0, 0, 0]]
    # where it may, it rather never fires
    assert signal_worth(tuning, harmless, rules, PRICES)["worth"].tolist() == [0]
    rng = np.random.default_rng(0)
    noisy = [
        by_hand(rng.poisson(9, (TICKS + 1, TICKS)), {"s": rng.random((TICKS + 1, TICKS))})
        for _ in range(12)
    ]
    rules = by_quantiles(noisy[:6], {"s": "above"}, 20, (1, 2))
    [row] = signal_worth(noisy[:6], noisy[6:], rules, Prices(retraining=0.1)).to_dict("records")
    assert row["worth_low"] <= 0
    assert row["hindsight"] > 50  # which is luck
    assert row["luck"] > 0


def test_signals_are_ranked_at_an_equal_rate_of_false_alarms():
    quiet = [changing(NEVER, seed=seed) for seed in range(5)]
    tuning = [changing(at, seed=at) for at in (8, 20)]
    scored = [changing(at, seed=at) for at in (9, 13, 22)]
    rules = {"noise": [spread_levels(quiet, "noise", 50)],
             "planted": [Levels("planted", (-0.5, 0.5, 2.0))]}  # fmt: skip
    found = signal_worth(tuning, scored, rules, PRICES, quiet=quiet, false_alarms=1.5)
    assert found["signal"].tolist() == ["planted", "noise"]
    assert found["false"].le(1.5).all()
    level = found.set_index("signal").loc["noise", "level"]
    looser = [one for one in rules["noise"][0].levels if one < level][-1]
    rates = [
        np.mean([run_all(table, [Levels("noise", (one,))]).starts.sum() for table in quiet])
        for one in (level, looser)
    ]
    assert rates[0] <= 1.5 < rates[1]
    often = {"planted": [Levels("planted", (-0.5,))]}
    with pytest.raises(ValueError, match="false_alarms=0: no level of 'planted' keeps it"):
        signal_worth(tuning, scored, often, PRICES, quiet=quiet, false_alarms=0)
    with pytest.raises(ValueError, match=r"scored\[0\]: it is also among the tuning draws"):
        signal_worth(tuning, tuning, rules, PRICES)
    with pytest.raises(ValueError, match="give quiet draws"):
        signal_worth(tuning, scored, rules, PRICES, false_alarms=1)


def test_the_envelope_has_the_cheapest_rule_for_every_price_of_a_retraining():
    tuning = [changing(at, seed=at) for at in (8, 14, 20)]
    scored = [changing(at, seed=at) for at in (9, 13, 22)]
    rules = by_quantiles(tuning, {"noise": "above"}, 30, (1, 3))
    hull = envelope(tuning, scored, rules, PRICES)
    paths = [run_all(table, rules["noise"]).priced(table) for table in tuning]
    trained, loss = (np.mean([p[of] for p in paths], axis=0) for of in ("retrainings", "loss"))
    places = [
        int(np.flatnonzero((paths[0]["level"] == level) & (paths[0]["wait"] == wait))[0])
        for level, wait in zip(hull["level"], hull["wait"], strict=True)
    ]
    for price in (0, 0.1, 1, 3, 10, 100):
        cost = loss + price * trained
        assert cost[places].min() == pytest.approx(cost.min())


def test_a_log_has_a_stretch_to_choose_on_and_one_to_price_on():
    loss = np.arange(41.0)[:, None] * 100 + np.arange(40)
    whole = by_hand(loss, {"s": loss}, duration=2, timed=True)
    part = stretch(whole, 10, 30)
    assert part.loss.shape == (21, 20)
    np.testing.assert_array_equal(part.loss[0, 2:], loss[10, 12:30])
    # trained at tick 8, the newest that can serve at tick 10
    np.testing.assert_array_equal(part.loss[-1], loss[8, 10:30])
    assert part.serves.tolist() == [*range(2, 20), NEVER, NEVER, 0]
    np.testing.assert_array_equal(part.signals.values["s"][None][-1], loss[8, 10:30])
    assert part.signals.starts[0] == 10 * UNITS["d"]
    trained, ticks = np.append(np.arange(200), -1)[:, None], np.arange(200)
    # a change every 23 ticks, of which the signal tells
    old = trained // 23 < ticks // 23
    log = by_hand(np.where(old, 10.0, 1.0), {"planted": old}, timed=True)
    halves = stretch(log, 0, 100), stretch(log, 100)
    rules = {"planted": [Levels("planted", (0.5, 2.0))]}
    [row] = signal_worth(halves[:1], halves[1:], rules, PRICES).to_dict("records")
    assert row["share"] == 1
    assert 0 < row["worth_low"] < row["worth"] < row["worth_high"]
    # of 100 days, so a year has 3.65 as many
    assert row["worth"] == pytest.approx(
        3.65 * (signal_cost(halves[1], row["calendar"]) - row["cost"])
    )


def signal_cost(table, every):
    """Of a calendar, mean over phases, one retraining after the other."""
    costs = []
    for phase in range(every):
        at = [tick for tick in range(1, 100) if tick % every == phase]
        costs.append(table.cost_of(at, PRICES))
    return np.mean(costs)


def case(tables, twins=()):
    return SimpleNamespace(counterfactuals=tables, twins=[*twins], prices=PRICES, made={})


def test_the_page_says_what_the_table_says():
    tables = [changing(at, seed=at) for at in (8, 14, 20, 26)]
    twins = [changing(TICKS, seed=seed) for seed in (40, 41)]
    part = priced_signals(case(tables, twins))
    tuning, scored = tables[::2], tables[1::2]
    rules = by_quantiles(tuning, {"planted": "either", "noise": "either"}, 40)
    told = signal_worth(tuning, scored, rules, PRICES, quiet=twins)
    found, ranking = part.tables["signal_worth"], part.tables["signal_ranking"]
    pd.testing.assert_frame_equal(found[told.columns], told)
    assert (found[["choosing", "pricing"]] == 2).to_numpy().all()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", str(part.html))
    numbers = [number for cell in cells for number in TOKEN.findall(cell)]
    known = written(found) | written(ranking)
    assert {n.strip(MINUS) for n in numbers if "." in n} <= known
    assert told["signal"].iloc[0] == "planted"
    assert sentence(told.iloc[0], per="replay") in part.html
    without = [replace(table, signals=None) for table in tables]
    assert priced_signals(case(without)) is None
    assert "signal_ranking" not in priced_signals(case(tables)).tables


def test_signals_are_ranked_at_rates_that_quiet_twins_keep():
    tables = [changing(at, seed=at) for at in (8, 14, 20, 26)]
    twins = [changing(TICKS, seed=seed) for seed in (40, 41)]
    ranking = signal_ranking(case(tables, twins)).set_index(["wanted", "signal"])
    for wanted in (0.5, 1, 2):
        planted, noise = (ranking.loc[(wanted, name)] for name in ("planted", "noise"))
        # planted is silent on a twin whatever its level, and never more than it is wanted to
        assert (planted["rank"], noise["rank"], planted["share"]) == (1, 2, 1)
        assert planted["false"] == 0 <= noise["false"] <= wanted
    assert ranking.loc[(2, "noise"), "false"] > 0
    assert ranking.loc[(2, "noise"), "worth"] < 0
    named = replace(twins[0], setting=replace(twins[0].setting, quiet="of a world"))
    with pytest.raises(ValueError, match=r"tuning\[0\]: it is of a quiet twin"):
        signal_worth([named], tables, by_quantiles(tables, {"noise": "above"}, 9), PRICES)


def test_outside_signals_and_alerts_are_priced_as_any():
    stream, at = Synthetic(Sine(), n=900), [430, 610]
    ours, dataset = FromFile(pd.DataFrame({"time": at, "value": [1.0, 3.0]})), SlidingWindow(200)
    table = clsim.counterfactual(
        stream, learner=GaussianNB(), dataset=dataset, tick=50, warmup=300,
        monitors={"vendor": ours},
    )  # fmt: skip
    assert table.info["signals"]["vendor"]["reads"] == []
    vendor = Threshold(ours, above=2, name="vendor")
    assert rehearse(table, clsim.Strategy(vendor, dataset)).started == (7,)  # starts at row 650
    alerts = Alerts(pd.DataFrame({"time": at}))
    assert rehearse(table, clsim.Strategy(alerts, dataset)).started == (3, 7)
    other = Threshold(FromFile(pd.DataFrame({"time": at, "value": [9.0, 9.0]})), 2, name="vendor")
    with pytest.raises(ValueError, match="the signal 'vendor' of the table is of"):
        rehearse(table, clsim.Strategy(other, dataset))
