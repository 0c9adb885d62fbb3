"""Strategy by factor: levels, winners and differences of differences, by hand."""

import numpy as np
import pytest
from scipy.stats import binom, ttest_1samp

from clsim.analysis.compare.comparison import settings
from clsim.analysis.compare.factors import (
    Crossed,
    Factor,
    by_level,
    crossed,
    crossed_prices,
    factors,
    interactions,
    winners,
)
from clsim.runs.ledger import Prices
from clsim.runs.run import Runs
from helpers.handmade import run

PRICES = Prices(error=1, retraining=5)


def one(loss, strategy, seed, trained=(), **config):
    """A run of ten ticks that loses so much, and trains so often."""
    made = run([loss / 10] * 10, seed=seed, trained=trained)
    made.config = {"seed": seed, "strategy": {"name": strategy}, **config}
    return made


def waits(days):
    return {"_target_": "clsim.streams.delays.Constant", "delay": f"{days}d"}


def world(width=10, concept="SEA"):
    return {
        "_target_": "clsim.streams.Synthetic", "concept": {"_target_": f"x.{concept}"},
        "drifts": [{"_target_": "x.Gradual", "width": f"{width}d"}],
    }  # fmt: skip


def sweep(*runs):
    return settings(Runs({f"{i:012d}": made for i, made in enumerate(runs)}))


def delays(**config):
    """Never loses 30 + seed whatever the delay; weekly 10 + seed, and 2 a day of it; trains 3."""
    return [
        made
        for days in (0, 3, 10)
        for seed in (1, 2, 3)
        for made in (
            one(30 + seed, "never", seed, delay=waits(days), **config),
            one(10 + seed + 2 * days, "weekly", seed, (2, 4, 6), delay=waits(days), **config),
        )
    ]


def test_a_delay_is_a_factor_with_sizes_in_days():
    compared = sweep(*delays(stream=world()))
    (factor,) = factors(compared)
    assert (factor.name, factor.levels) == ("delay", ("0d", "3d", "10d"))
    assert (factor.sizes, factor.unit, factor.of_stream) == ((0.0, 3.0, 10.0), "days", False)
    assert sorted(factor.of.values()) == ["0d", "10d", "3d"]


def test_levels_winners_and_interactions_by_hand():
    of = crossed(sweep(*delays(stream=world())), "delay", PRICES)
    assert (of.strategies, of.over) == (("never", "weekly"), "seeds")
    table = by_level(of).set_index(["level", "strategy"])
    assert table["mean"].to_dict() == pytest.approx({
        ("0d", "never"): 32, ("3d", "never"): 32, ("10d", "never"): 32,
        ("0d", "weekly"): 27, ("3d", "weekly"): 33, ("10d", "weekly"): 47,
    })  # fmt: skip
    # seeds 31, 32, 33: 32 and t(.975, 2) / sqrt(3) = 2.4841
    assert table.loc[("0d", "never"), ["low", "high"]].tolist() == pytest.approx(
        [32 - 2.4841, 32 + 2.4841], abs=1e-3
    )
    who = winners(of)
    assert who[who["best"]].set_index("level")["strategy"].to_dict() == {
        "0d": "weekly", "3d": "never", "10d": "never",
    }  # fmt: skip
    behind = who[~who["best"]].set_index("level")
    assert behind["behind"].to_dict() == pytest.approx({"0d": 5, "3d": 1, "10d": 15})
    assert not who["tied"].any()  # paired by seed, the differences do not vary
    found = interactions(of, "never").set_index("level")
    # weekly less never: -5, 1 and 15; less that of no delay: 6 and 20
    assert found["interaction"].to_dict() == pytest.approx({"3d": 6, "10d": 20})
    assert found["difference"].to_dict() == pytest.approx({"3d": 1, "10d": 15})
    back = interactions(of, "never", base="10d").set_index("level")["interaction"]
    assert back.to_dict() == pytest.approx({"0d": -20, "3d": -14})


def test_other_factors_are_averaged_in_each_draw():
    both = [
        made
        for learner, more in (("sgd", 0), ("trees", 4))
        for days in (0, 3)
        for seed in (1, 2)
        for made in [one(10 + more + seed + days, "never", seed, delay=waits(days),
                         learner={"_target_": f"x.{learner}"}, stream=world())]
    ]  # fmt: skip
    compared = sweep(*both)
    assert [factor.name for factor in factors(compared)] == ["delay", "learner"]
    of = crossed(compared, "delay", PRICES)
    assert of.values.tolist() == [[pytest.approx([13, 14]), pytest.approx([16, 17])]]
    by_learner = crossed(compared, "learner", PRICES)
    assert by_learner.values.mean(axis=2).tolist() == [pytest.approx([13, 17])]
    lacks = sweep(*both[:-1])  # trees, 3d and seed 2
    assert crossed(lacks, "delay", PRICES).values.tolist() == [[[13], [16]]]  # of seed 1 alone


def test_a_parameter_of_the_stream_is_a_factor_and_another_class_is_a_stream():
    widths = [one(10, "never", seed, stream=world(w)) for w in (5, 30) for seed in (1, 2)]
    (factor,) = factors(sweep(*widths))
    assert (factor.name, factor.levels, factor.of_stream) == ("stream width", ("5d", "30d"), True)
    of = crossed(sweep(*widths), "stream width", PRICES)
    assert of.world.tolist() == [0, 0]  # seeds are paired from level to level
    (factor,) = factors(sweep(*widths, one(10, "never", 1, stream=world(concept="Sine"))))
    assert factor.name == "stream"
    assert len(factor.levels) == 3


def test_what_changes_together_is_one_factor():
    runs = [one(10, "never", 1, tick=tick, warmup=warm) for tick, warm in ((1, 10), (7, 70))]
    (factor,) = factors(sweep(*runs))
    assert (factor.name, factor.levels) == ("tick and warmup", ("1, 10", "7, 70"))


def test_a_price_is_a_factor_of_the_same_runs():
    compared = sweep(*delays(stream=world()))
    prices = {str(p): Prices(error=1, retraining=p) for p in (0, 10)}
    of = crossed_prices([compared[0]], prices, "price of a retraining")
    found = by_level(of).set_index(["level", "strategy"])["mean"]
    assert found.to_dict() == pytest.approx(
        {("0", "never"): 32, ("10", "never"): 32, ("0", "weekly"): 12, ("10", "weekly"): 42}
    )
    assert of.factor.sizes == (0, 10)


def test_a_strategy_that_a_level_lacks_is_left_out_and_named():
    runs = delays(stream=world())
    extra = one(1, "daily", 1, stream=world(), delay=waits(0))
    of = crossed(sweep(*runs, extra), "delay", PRICES)
    assert (of.strategies, of.left_out) == (("never", "weekly"), ("daily",))
    with pytest.raises(ValueError, match="unknown factor 'dealy'; did you mean 'delay'"):
        crossed(sweep(*runs), "dealy")
    with pytest.raises(ValueError, match="unknown value 'totl'; did you mean 'total'"):
        crossed(sweep(*runs), "delay", value="totl")
    with pytest.raises(ValueError, match="unknown level '1d'"):
        interactions(of, "never", base="1d")
    apart = [one(1, "never", 1, delay=waits(0)), one(1, "never", 2, delay=waits(3))]
    with pytest.raises(ValueError, match="delay: no draw has every strategy at each of its levels"):
        crossed(sweep(*apart), "delay")


def test_draws_of_several_worlds_count_within_their_world():
    factor, both = Factor("delay", ("0d",), {}), ("a", "b")
    values = np.array([[[1.0, 2, 3, 11, 12, 13]]] * 2)
    two, seeds = np.repeat([0, 1], 3), np.arange(6)
    row = by_level(Crossed("total", factor, both, two, seeds, values)).iloc[0]
    # each world: variance 1 / 3; both 1 / 6 of the mean; 4 degrees of freedom, t = 2.77645
    assert (row["mean"], row["worlds"], row["draws"]) == (7, 2, 6)
    assert row["high"] - row["mean"] == pytest.approx(2.77645 * np.sqrt(1 / 6), abs=1e-4)
    # worlds that share their seeds: three means, 6, 7 and 8
    row = by_level(Crossed("total", factor, both, two, seeds % 3, values)).iloc[0]
    assert row["draws"] == 3
    assert row["low"] == pytest.approx(ttest_1samp([6, 7, 8], 0).confidence_interval().low)
    once = Crossed("total", factor, both, np.arange(6), np.zeros(6), values)
    assert (once.over, once.independent) == ("worlds", 6)
    low = by_level(once).iloc[0]["low"]
    assert low == pytest.approx(ttest_1samp(values[0, 0], 0).confidence_interval().low)
    alone = Crossed("total", factor, both, np.array([0]), np.array([0]), values[:, :, :1])
    assert by_level(alone)["low"].isna().all()
    assert winners(alone)["tied"].tolist() == [False, True]  # equal


@pytest.mark.slow
def test_intervals_of_interactions_cover_at_their_nominal_rate():
    rng = np.random.default_rng(12)
    factor = Factor("delay", ("0d", "3d"), {})
    hits = []
    for _ in range(200):
        common = rng.normal(size=(1, 1, 6)) + rng.normal(size=(1, 2, 6))
        values = common + 0.3 * rng.normal(size=(2, 2, 6))
        values[0, 1] += 0.5  # what late labels cost the first alone
        of = Crossed("total", factor, ("a", "b"), np.zeros(6, dtype=int), np.arange(6), values)
        row = interactions(of, "b").iloc[0]
        hits.append(row["low"] <= 0.5 <= row["high"])
    assert binom.ppf(0.0005, 200, 0.95) <= sum(hits) <= binom.ppf(0.9995, 200, 0.95)
