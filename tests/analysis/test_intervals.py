import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from scipy.stats import binom

from clsim.analysis.compare.blocks import drawn_means, lengths, moving_block_bootstrap
from clsim.analysis.compare.intervals import frontier_probability, stratified_bootstrap
from clsim.analysis.findings.compared import interquartile_means
from clsim.statistics.intervals import block_length, iqm, mean_interval


def tidy(values, **columns):
    """Values of shape (strategies, streams, seeds) as a tidy table of scores."""
    values = np.asarray(values, dtype=float)
    index = pd.MultiIndex.from_product(
        [[f"s{i}" for i in range(values.shape[0])], [f"w{i}" for i in range(values.shape[1])],
         range(values.shape[2])], names=["strategy", "stream", "seed"]
    )  # fmt: skip
    table = pd.DataFrame({"score": values.ravel()}, index)
    return table.assign(**{k: np.asarray(v).ravel() for k, v in columns.items()}).reset_index()


def nominal(hits, level=0.95):
    """Whether a share of hits is what the level promises, within a binomial 99.9 % range."""
    return binom.ppf(0.0005, len(hits), level) <= sum(hits) <= binom.ppf(0.9995, len(hits), level)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_iqm_is_the_mean_of_the_middle_half(values):
    out = len(values) // 4
    middle = sorted(values)[out : len(values) - out]
    assert iqm(values) == pytest.approx(sum(middle) / len(middle), rel=1e-9, abs=1e-6)


def test_mean_of_one_stream_has_students_interval():
    values = [0.61, 0.58, 0.66, 0.70, 0.59]
    row = stratified_bootstrap(tidy([[values]]), statistic="mean", resamples=20_000).iloc[0]
    mean, low, high = mean_interval(values)
    assert row["estimate"] == pytest.approx(mean)
    assert row["low"] == pytest.approx(low, abs=0.02 * (high - low))
    assert row["high"] == pytest.approx(high, abs=0.02 * (high - low))


def test_seeds_are_resampled_within_their_stream_alone():
    # streams far apart, seeds equal: nothing varies
    values = np.repeat([[0.1], [0.5], [0.9]], 4, axis=1)
    row = stratified_bootstrap(tidy([values])).iloc[0]
    assert row["low"] == pytest.approx(row["estimate"], abs=1e-12)
    assert row["high"] == pytest.approx(row["estimate"], abs=1e-12)
    assert (row["streams"], row["runs"]) == (3, 12)


def test_strategies_are_resampled_together():
    values = np.random.default_rng(0).normal(size=(4, 6))
    table = tidy([values, values + 0.25])
    found = stratified_bootstrap(table, statistic="mean", reference="s0").set_index("strategy")
    assert found.loc["s1", ["estimate", "low", "high"]].tolist() == pytest.approx([0.25] * 3)
    assert found.loc["s0", ["estimate", "low", "high"]].tolist() == [0, 0, 0]
    alone = stratified_bootstrap(table, statistic="mean")
    assert ((alone["high"] - alone["low"]) > 0.2).all()


def test_percentile_bounds_are_quantiles_of_the_resamples():
    # of two seeds, resamples have means 0, 1/2 and 1, with probabilities 1/4, 1/2 and 1/4
    table = tidy([[[0.0, 1.0]]])
    wide = stratified_bootstrap(table, statistic="mean", method="percentile").iloc[0]
    assert (wide["low"], wide["high"]) == (0, 1)
    half = stratified_bootstrap(table, statistic="mean", method="percentile", level=0.4).iloc[0]
    assert (half["low"], half["high"]) == (0.5, 0.5)


def test_no_interval_is_invented_for_one_seed():
    row = stratified_bootstrap(tidy([[[0.5], [0.7]]])).iloc[0]
    assert row["estimate"] == pytest.approx(0.6)
    assert math.isnan(row["low"])
    assert math.isnan(row["high"])
    assert row["reason"] == "one seed: no interval"
    table = tidy([[[0.5, 0.6], [0.7, 0.8]]]).iloc[:3]  # the second stream has one seed
    assert stratified_bootstrap(table)["low"].isna().all()
    assert stratified_bootstrap(table)["reason"].tolist() == ["one seed: no interval"]


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    table = tidy([np.random.default_rng(1).normal(size=(2, 5))])
    first, again, other = (stratified_bootstrap(table, seed=seed) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, again)
    assert first["low"].tolist() != other["low"].tolist()


def test_another_statistic_may_be_given():
    table = tidy([[[1.0, 2.0, 9.0]]])
    assert stratified_bootstrap(table, statistic=np.max)["estimate"].tolist() == [9]
    assert stratified_bootstrap(table, statistic="median")["estimate"].tolist() == [2]


def test_what_does_not_exist_is_refused():
    table = tidy([[[1.0, 2.0]]])
    with pytest.raises(ValueError, match="statistic: unknown value 'IQM'"):
        stratified_bootstrap(table, statistic="IQM")
    with pytest.raises(ValueError, match="method: unknown value 'bca'"):
        stratified_bootstrap(table, method="bca")
    with pytest.raises(ValueError, match="unknown strategy 'best'"):
        stratified_bootstrap(table, reference="best")
    with pytest.raises(ValueError, match="level=95"):
        stratified_bootstrap(table, level=95)
    with pytest.raises(ValueError, match="level=1"):
        stratified_bootstrap(table, level=1)


@pytest.mark.parametrize(("streams", "seeds", "statistic"), [
    (1, 2, "mean"), (1, 5, "mean"), (4, 5, "mean"), (4, 5, "iqm"),
])  # fmt: skip
def test_intervals_cover_at_their_nominal_rate(streams, seeds, statistic):
    rng = np.random.default_rng(5)
    level = np.linspace(0.5, 0.8, streams)[:, None]
    truth = level.mean()  # the middle of a symmetric mixture: its mean and its IQM
    hits = []
    for seed in range(4):  # a hundred strategies at once take as long as one
        table = tidy(level + 0.05 * rng.normal(size=(100, streams, seeds)))
        found = stratified_bootstrap(table, statistic=statistic, resamples=2000, seed=seed)
        hits += [*((found["low"] <= truth) & (truth <= found["high"]))]
    assert len(hits) == 400
    assert nominal(hits)


def test_percentiles_of_few_seeds_are_too_narrow():
    rng = np.random.default_rng(6)
    table = tidy(rng.normal(size=(200, 1, 3)))
    found = stratified_bootstrap(table, statistic="mean", method="percentile", resamples=2000)
    hits = (found["low"] <= 0) & (found["high"] >= 0)
    assert not nominal(hits)
    assert np.mean(hits) == pytest.approx(0.73, abs=0.1)


@pytest.mark.slow
def test_paired_differences_cover_at_their_nominal_rate():
    rng = np.random.default_rng(7)
    hits = []
    for seed in range(300):
        world = rng.normal(size=(3, 4))  # shared by both strategies
        noise = 0.1 * rng.normal(size=(2, 3, 4))
        table = tidy(world + noise + np.array([0.0, 0.2])[:, None, None])
        found = stratified_bootstrap(
            table, statistic="mean", reference="s0", resamples=400, seed=seed
        )
        row = found.iloc[1]
        hits.append(row["low"] <= 0.2 <= row["high"])
        assert row["high"] - row["low"] < 1  # far below the 2.6 of unpaired resamples
    assert nominal(hits)


def test_probability_of_the_frontier_by_hand():
    # daily costs more and gains +.2 and -.1: better in the mean of 3 of the 4 resamples
    table = tidy([[[0.5, 0.8]], [[0.7, 0.7]]], upkeep=[0, 0, 9, 9])
    found = frontier_probability(table, resamples=10_000)
    assert found["frontier"].tolist() == [True, True]
    assert found["probability"][0] == 1
    assert found["probability"][1] == pytest.approx(0.75, abs=4 * math.sqrt(0.75 * 0.25 / 10_000))


def test_what_is_always_beaten_is_never_on_the_frontier():
    rng = np.random.default_rng(3)
    best = rng.normal(size=(2, 4))
    table = tidy([best, best - 0.01], upkeep=[1] * 8 + [2] * 8)
    assert frontier_probability(table)["probability"].tolist() == [1, 0]


def test_the_frontier_of_one_seed_has_no_probability():
    found = frontier_probability(tidy([[[0.5]], [[0.7]]], upkeep=[0, 9]))
    assert found["frontier"].tolist() == [True, True]
    assert found["probability"].isna().all()
    assert found["reason"].tolist() == ["one seed: no interval"] * 2


def test_a_run_without_a_cost_counts_for_nobody():
    table = tidy([[[0.5, 0.6, 9.0]], [[0.7, 0.8, 0.1]]], upkeep=[0, 0, np.nan, 9, 9, 9])
    assert frontier_probability(table)["score"].tolist() == pytest.approx([0.55, 0.75])


def autoregressive(rho, ticks, rng):
    return lfilter([1], [1, -rho], rng.normal(size=ticks + 200))[200:]


@pytest.mark.parametrize("rho", [0.0, 0.5])
def test_block_intervals_cover_at_their_nominal_rate(rho):
    rng = np.random.default_rng(8)
    hits = []
    for seed in range(300):
        gap = 0.3 + autoregressive(rho, 600, rng)
        found = moving_block_bootstrap(gap, np.zeros(600), resamples=300, seed=seed)
        hits.append(found.low <= 0.3 <= found.high)
    assert nominal(hits)


def test_blocks_of_one_tick_are_too_narrow_for_neighbours_that_are_alike():
    rng = np.random.default_rng(9)
    hits = []
    for seed in range(200):
        gap = autoregressive(0.5, 300, rng)
        found = moving_block_bootstrap(gap, np.zeros(300), block=1, resamples=300, seed=seed)
        hits.append(found.low <= 0 <= found.high)
    assert np.mean(hits) < 0.85  # sqrt((1 - rho) / (1 + rho)) of the width: 74 %


def test_difference_is_per_event_and_signed():
    a, b, n = np.full(40, 6.0), np.full(40, 2.0), np.full(40, 10)
    a[0] = 46.0
    found = moving_block_bootstrap(a, b, n)
    assert found.difference == pytest.approx((40 * 4 + 40) / 400)
    back = moving_block_bootstrap(b, a, n)
    assert (back.difference, back.low) == pytest.approx((-found.difference, -found.high))


def test_ticks_without_events_are_borne():
    rng = np.random.default_rng(0)
    n = np.where(np.arange(60) % 3 == 0, 0, 20)
    found = moving_block_bootstrap(rng.binomial(n, 0.4), rng.binomial(n, 0.2), n)
    assert 0.1 < found.low < found.difference < found.high < 0.3


def test_blocks_are_no_shorter_than_the_cube_root_of_the_ticks():
    gap = np.random.default_rng(0).normal(size=1000)
    assert block_length(gap) < 10
    assert moving_block_bootstrap(gap, np.zeros(1000)).block == 10
    assert moving_block_bootstrap(gap, np.zeros(1000), block=3).block == 3


def test_why_there_is_no_block_interval_is_said():
    rng = np.random.default_rng(0)
    short = moving_block_bootstrap(rng.normal(size=19), np.zeros(19))
    assert (short.reason, math.isnan(short.low)) == ("needs at least 20 ticks, has 19", True)
    equal = moving_block_bootstrap(np.ones(50), np.ones(50))
    assert (equal.difference, equal.reason) == (0, "equal losses in every tick")
    assert math.isnan(equal.high)
    constant = moving_block_bootstrap(np.full(50, 0.3), np.full(50, 0.1))
    assert constant.reason == "the difference per event is the same in every tick"
    assert (constant.difference, math.isnan(constant.low)) == (pytest.approx(0.2), True)
    wide = moving_block_bootstrap(rng.normal(size=99), np.zeros(99), block=20)
    assert wide.reason.startswith("needs at least 5 blocks of 20 ticks")
    assert math.isnan(wide.low)
    enough = moving_block_bootstrap(rng.normal(size=100), np.zeros(100), block=20)
    assert (enough.reason, math.isnan(enough.low)) == (None, False)


def test_bad_ticks_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        moving_block_bootstrap([1, 2], [1])
    with pytest.raises(ValueError, match="loss_b: tick 1 is not finite"):
        moving_block_bootstrap([1, 2], [1, np.nan])
    with pytest.raises(ValueError, match="n: must be at least 0"):
        moving_block_bootstrap([1, 2], [1, 2], [0, 0])
    with pytest.raises(ValueError, match="block=0"):
        moving_block_bootstrap([1, 2], [1, 2], block=0)


def test_block_length_of_an_autoregression_is_that_of_theory():
    # 6^(1/3) (rho / (1 - rho^2))^(2/3) T^(1/3) = 29.9 for rho = 1/2 and T = 10,000
    rng = np.random.default_rng(4)
    found = [block_length(autoregressive(0.5, 10_000, rng)) for _ in range(20)]
    assert np.mean(found) == pytest.approx(29.9, rel=0.15)


def test_block_length_without_correlation_is_short_and_with_all_of_it_bounded():
    rng = np.random.default_rng(4)
    assert np.median([block_length(rng.normal(size=400)) for _ in range(20)]) <= 3
    assert block_length([2, 1, 2, 1, 2] * 20) == 30  # 3 sqrt(100)
    assert block_length(np.ones(100)) == 1
    assert block_length([1.0, 2.0]) == 1


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=60))
def test_block_length_keeps_its_bounds(values):
    most = math.ceil(min(3 * math.sqrt(len(values)), len(values) / 3))
    assert 1 <= block_length(values) <= most


def test_means_of_drawn_blocks_are_linear_in_what_is_summed():
    rng = np.random.default_rng(5)
    n, a, b = rng.integers(1, 9, 60), rng.integers(0, 9, 60), rng.integers(0, 9, 60)
    for block in lengths(60):
        one, other, both = drawn_means([a, b, 2.0 * a - 0.5 * b], n, block)
        np.testing.assert_allclose(both, 2.0 * one - 0.5 * other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("ticks", [20, 26, 41, 100, 730, 5000])
def test_no_other_length_of_blocks_has_an_interval(ticks):
    """Differences that are hardly, very, and in turn alike from tick to tick."""
    rng = np.random.default_rng(ticks)
    noise = rng.normal(size=ticks)
    seen = set()
    for gap in (noise, noise.cumsum(), lfilter([1], [1, -0.8], noise), np.arange(ticks) % 7 - 3.0):
        found = moving_block_bootstrap(gap, np.zeros(ticks), resamples=10)
        assert (found.block in lengths(ticks)) is (found.reason is None)
        seen.add(found.block)
    assert len(seen) > 1


def test_a_difference_of_rounding_alone_is_none():
    a, b = np.full(40, 0.1 + 0.2), np.full(40, 0.3)
    b[::3] = 0.1 + 0.2
    assert moving_block_bootstrap(a, b).reason == "equal losses in every tick"


def hierarchy(rng, between, common=None, strategies=100, kinds=2, worlds=4, seeds=5):
    """Scores around 0 of many strategies: worlds within kinds vary, and seeds within worlds.

    Worlds have seeds of their own; or the same, with something ``common`` to a seed in all of them.
    """
    values = between * rng.normal(size=(strategies, kinds * worlds, 1))
    table = tidy(values + 0.05 * rng.normal(size=(strategies, kinds * worlds, seeds)))
    world = table["stream"].str[1:].astype(int)
    if common is None:
        table["seed"] += seeds * world
    else:
        shared = common * rng.normal(size=(strategies, seeds))
        table["score"] += np.repeat(shared[:, None], kinds * worlds, axis=1).ravel()
    return table.assign(kind="k" + (world // worlds).astype(str))


def covered(rng, over, **hierarchical):
    """Whether intervals hold the truth, of four hundred strategies."""
    hits = []
    for seed in range(4):
        table = hierarchy(rng, **hierarchical)
        found = stratified_bootstrap(table, statistic="mean", over=over, seed=seed)
        hits += [*((found["low"] <= 0) & (found["high"] >= 0))]
    return hits


@pytest.mark.parametrize("between", [0.0, 0.05])
@pytest.mark.slow
def test_intervals_over_worlds_hold_what_other_worlds_would_give(between):
    rng = np.random.default_rng(10)
    assert nominal(covered(rng, "worlds", between=between))
    assert nominal(covered(rng, "seeds", between=between)) == (between == 0)  # of these worlds


@pytest.mark.slow
def test_intervals_hold_where_worlds_share_their_seeds():
    rng = np.random.default_rng(11)
    assert nominal(covered(rng, "seeds", between=0.0, common=0.05))
    hits = covered(rng, "worlds", between=0.05, common=0.05)
    assert sum(hits) >= binom.ppf(0.0005, len(hits), 0.95)
    # as if seeds of two worlds had nothing in common
    table = hierarchy(rng, between=0.05, common=0.1)
    table["seed"] = table.groupby("strategy").cumcount()
    found = stratified_bootstrap(table, statistic="mean", over="worlds")
    assert not nominal((found["low"] <= 0) & (found["high"] >= 0))


def test_a_level_is_resampled_with_all_that_is_below_it():
    # two worlds of two seeds: their means are 0 and 1, resamples have means 0, 1/2 and 1
    table = tidy([[[-5.0, 5.0], [1.0, 1.0]]])
    row = stratified_bootstrap(table, statistic="mean", over="worlds", method="percentile")
    assert row[["low", "high"]].to_numpy().tolist() == [[0.0, 1.0]]
    uneven = table[:3]  # as many draws as there are, each counting the same
    row = stratified_bootstrap(uneven, statistic="mean", over="worlds", method="percentile")
    assert row[["estimate", "low", "high"]].to_numpy() == pytest.approx(np.array([[1 / 3, 0, 1]]))
    kinds = table.assign(kind=["a", "a", "b", "b"])
    why = stratified_bootstrap(kinds, over="worlds")["reason"][0]
    assert why == "a kind has one world: no interval for other worlds"
    over_kinds = stratified_bootstrap(kinds, statistic="mean", over="kinds", method="percentile")
    assert over_kinds["low"].tolist() == [0.0]
    why = stratified_bootstrap(table, over="kinds")["reason"][0]
    assert why == "one kind of world: no interval for other kinds"


def test_intervals_of_an_accuracy_end_where_it_does():
    seeds = pd.DataFrame({"strategy": "a", "stream": "s", "seed": [1, 2, 3], "upkeep": 0.0})
    table = pd.concat([seeds.assign(score=[0.5, 0.9, 1.0]),
                       seeds.assign(strategy="b", score=[0.8, 0.8, 0.8])])  # fmt: skip
    cut, whole = interquartile_means(table), interquartile_means(table, "log")
    assert (whole["high"][0] > 1, whole["low"][0] > 0) == (True, True)
    assert cut["high"].tolist() == [1.0, whole["high"][1]]
    assert cut["low"].tolist() == whole["low"].tolist()
