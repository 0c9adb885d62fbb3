import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clsim.analysis.compare.comparison import (
    least_retrained,
    most_retrained,
    paired_difference,
    priced,
    score_over_time,
    settings,
    strategies,
    summary,
)
from clsim.runs.info import RunInfo
from clsim.runs.ledger import Prices
from clsim.runs.run import Run, Runs
from clsim.statistics.intervals import mean_interval


def run(loss, *, seed=1, retrainings=0, strategy=None, answered=None, kind="zero_one", **config):
    """A run of two ticks of ten events, with the given losses."""
    ticks = pd.DataFrame(
        {"tick": [0, 1], "start": [0, 10], "end": [10, 20], "slice": "all", "n": [10, 10],
         "answered": answered or [10, 10], "loss": np.array(loss, dtype=float)}
    )  # fmt: skip
    totals = {
        "n": 20, "answered": int(ticks["answered"].sum()), "loss": float(sum(loss)),
        "retrainings": retrainings, "rows_trained": 100 * retrainings, "labels": 20,
        "votes": 0, "waited": 0.0,
    }  # fmt: skip
    info = RunInfo(
        seed=seed, totals=totals, score=1 - sum(loss) / 20, loss=kind, classes=(0, 1)
    )  # fmt: skip
    if strategy is not None:
        config["strategy"] = strategy if isinstance(strategy, dict) else {"name": strategy}
    return Run({"ticks": ticks, "events": pd.DataFrame()}, info, {"seed": seed, **config})


def sweep(*runs):
    return Runs({f"{i:012x}": r for i, r in enumerate(runs)}, [])


def test_interval_of_five_values_by_hand():
    # mean 3, s = sqrt(2.5), t(.975, 4) = 2.776445: half width 2.776445 * sqrt(.5) = 1.963243
    mean, low, high = mean_interval([1, 2, 3, 4, 5])
    assert mean == 3
    assert low == pytest.approx(1.036757, abs=1e-6)
    assert high == pytest.approx(4.963243, abs=1e-6)


def test_interval_of_student_1908():
    # Student's sleep data (Biometrika 6, p. 20), differences of two drugs; R's t.test gives
    # 0.7001142 to 2.4598858
    differences = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    assert mean_interval(differences) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-7)


def test_another_level_is_narrower():
    wide, narrow = mean_interval([1, 2, 4]), mean_interval([1, 2, 4], level=0.5)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high


def test_no_interval_is_invented_for_one_value():
    mean, low, high = mean_interval([7.0])
    assert mean == 7
    assert math.isnan(low)
    assert math.isnan(high)
    assert all(math.isnan(x) for x in mean_interval([]))
    assert all(math.isnan(x) for x in mean_interval([1.0, np.nan]))


def test_runs_are_compared_within_a_setting_only():
    found = settings(
        sweep(
            run([1, 1], strategy="a", delay={"delay": "7d"}, prices={"error": 1.0}),
            run([1, 2], strategy="a", delay={"delay": "30d"}),
            run([1, 3], strategy="b", delay={"delay": "7d"}, name="x", out="runs/x", seed=2),
        )
    )
    assert [s.name for s in found] == ["7d", "30d"]
    assert {k: list(v) for k, v in found[0].runs.items()} == {"a": [1], "b": [2]}
    assert settings(sweep(run([1, 1], strategy="a")))[0].name == ""


def test_files_of_a_strategy_make_no_setting_and_their_versions_set_it_apart():
    def vendor(seed, changed, **of_all):
        one = run([1, 1], seed=seed, strategy={"name": "vendor"})
        files = {"strategy_files": {"/a.csv": [9, changed]}, "files": of_all}
        one.info = replace(one.info, **files)
        return one

    calendar = run([1, 2], strategy="weekly")
    calendar.info = replace(calendar.info, files={})
    [setting] = settings(sweep(vendor(1, 5), vendor(2, 5), calendar))
    assert {k: list(v) for k, v in setting.runs.items()} == {"vendor": [1, 2], "weekly": [1]}
    [setting] = settings(sweep(vendor(1, 0), vendor(1, 60 * 10**9)))
    assert list(setting.runs) == [
        "vendor (a.csv of 1970-01-01 00:00:00, 9 bytes)",
        "vendor (a.csv of 1970-01-01 00:01:00, 9 bytes)",
    ]
    assert len(settings(sweep(vendor(1, 5), vendor(1, 5, log=[1, 1])))) == 2


def test_equal_names_of_different_strategies_get_what_differs():
    def periodic(every):
        return {"name": "periodic", "trigger": {"_target_": "x.Periodic", "every": every}}

    [setting] = settings(
        sweep(
            run([1, 1], strategy=periodic("30d")),
            run([1, 1], strategy=periodic("7d")),
            run([1, 1], strategy="never"),
        )
    )
    assert list(setting.runs) == [
        "never", "periodic (every 7d)", "periodic (every 30d)",
    ]  # fmt: skip


def test_names_fall_back_to_the_trigger_and_then_to_the_run():
    [setting] = settings(
        sweep(run([1, 1], strategy={"trigger": {"_target_": "x.y.Volume"}}), run([1, 1]))
    )
    assert sorted(setting.runs) == ["000000000001", "Volume"]


def test_strategies_gives_one_row_per_run():
    table = strategies(sweep(run([1, 2], strategy="a"), run([3, 4], strategy="b", retrainings=2)))
    assert table[["strategy", "seed", "loss", "retrainings"]].to_numpy().tolist() == [
        ["a", 1, 3.0, 0], ["b", 1, 7.0, 2],
    ]  # fmt: skip


def pair():
    """Strategy a loses 2, 4 and 9 more than b in three seeds; b retrains twice."""
    a, b = [(4, 4), (5, 5), (10, 5)], [(3, 3), (3, 3), (3, 3)]
    runs = [run(loss, seed=i, strategy="a") for i, loss in enumerate(a)]
    runs += [run(loss, seed=i, strategy="b", retrainings=2) for i, loss in enumerate(b)]
    return settings(sweep(*runs))[0]


def test_prices_and_opportunity_cost_by_hand():
    table = priced(pair(), Prices(error=2, retraining=10, row=0.01, label=0.5), "b")
    rows = table.set_index(["strategy", "seed"])
    assert rows.loc[("a", 0), "upkeep"] == 10  # 20 labels
    assert rows.loc[("b", 0), "upkeep"] == 20 + 2 + 10
    assert rows.loc[("a", 0), "total"] == 2 * 8 + 10
    assert rows.loc["a", "opportunity"].tolist() == [2, 4, 9]
    assert rows.loc["a", "opportunity_per_event"].tolist() == [0.1, 0.2, 0.45]
    assert rows.loc["a", "opportunity_money"].tolist() == [4, 8, 18]
    assert rows.loc["a", "total_difference"].tolist() == [4 - 22, 8 - 22, 18 - 22]
    assert rows.loc["b", ["opportunity", "total_difference"]].to_numpy().ravel().tolist() == [0] * 6


def test_differences_are_paired_by_seed():
    table = priced(pair(), Prices(), "b")
    assert paired_difference(table, "loss", "a", "b") == mean_interval([2, 4, 9])
    assert paired_difference(table.iloc[:-1], "loss", "a", "b") == mean_interval([2, 4])


def test_a_seed_that_the_reference_lacks_has_no_opportunity_cost():
    runs = [run([4, 4], seed=s, strategy="a") for s in (1, 2)] + [run([3, 3], strategy="b")]
    table = priced(settings(sweep(*runs))[0], Prices(), "b")
    tidy = summary(table).set_index(["strategy", "quantity"])
    assert tidy.loc[("a", "opportunity"), ["mean", "seeds"]].tolist() == [2, 1]
    assert tidy.loc[("a", "loss"), ["mean", "seeds"]].tolist() == [8, 2]
    assert math.isnan(tidy.loc[("a", "opportunity"), "low"])


def test_most_and_least_retrained():
    table = priced(pair(), Prices(), "a")
    assert (most_retrained(table), least_retrained(table)) == ("b", "a")


def test_score_over_time_weighs_bins_by_what_was_answered():
    runs = {1: run([5, 1], answered=[10, 10]), 2: run([0, 1], answered=[0, 10])}
    one = score_over_time({1: runs[1]})
    assert one["mean"].tolist() == [0.5, 0.9]
    both = score_over_time(runs, per_bin=2)
    assert both["mean"].tolist() == [pytest.approx((0.7 + 0.9) / 2)]
    # Student's t of two values reaches beyond what an accuracy can be, and is cut there
    assert mean_interval([0.7, 0.9]).high > 1
    assert (both.loc[0, "low"], both.loc[0, "high"]) == (0.0, 1.0)
    losses = {seed: run([5, 1], seed=seed, kind="absolute") for seed in (1, 2)}
    losses[2].ticks["loss"] *= 2
    free = score_over_time(losses, per_bin=2).loc[0]
    assert (free["low"], free["high"]) == mean_interval([-0.3, -0.6])[1:]
    assert np.isnan(score_over_time({2: runs[2]})["mean"][0])


def test_score_of_other_losses_is_minus_the_mean():
    assert score_over_time({1: run([5, 20], kind="absolute")})["mean"].tolist() == [-0.5, -2.0]


# seeds of one stream -----------------------------------------------------------------------------


def drawn(run, draw):
    run.info = replace(run.info, draw=draw)
    run.totals["rejected"] = 0
    return run


def test_seeds_that_repeat_another_are_left_out():
    runs = [drawn(run([4, 2], seed=seed, strategy="a"), "x") for seed in (1, 2, 3)]
    [setting] = settings(sweep(*runs))
    assert setting.repeated == (2, 3)
    assert list(setting.runs["a"]) == [1]
    other = [drawn(run([4, seed], seed=seed, strategy="a"), "x") for seed in (1, 2, 3)]
    [setting] = settings(sweep(*other))
    assert setting.one_draw
    assert setting.repeated == ()
    assert list(setting.runs["a"]) == [1, 2, 3]
    apart = [drawn(run([4, 2], seed=seed, strategy="a"), f"x{seed}") for seed in (1, 2, 3)]
    [setting] = settings(sweep(*apart))
    assert not setting.one_draw
