"""Slice by slice, by hand: costs, choices, and who loses by the choice for all."""

import pandas as pd
import pytest

from clsim.analysis.choice.aloud import warning
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.limits import cannot_say
from clsim.analysis.choice.slices import by_slice, losers
from clsim.runs.run import Run
from helpers.handmade import PRICES, run, setting


def cut(made, north):
    """Of ten events a tick, four are of the north, with so many of the errors; six of the south."""
    ticks = made.ticks
    loss = pd.Series(north, dtype=float)
    parts = [
        ticks.assign(slice="region=north", n=4, answered=4, loss=loss),
        ticks.assign(slice="region=south", n=6, answered=6, loss=ticks["loss"] - loss),
    ]
    table = pd.concat([ticks, *parts], ignore_index=True)
    return Run({**made._tables, "ticks": table}, made.info, made.config)


def world(late=0):
    """Three seeds. Rare: 10 errors in the north and 0 to 2 in the south; often: 1 and 20."""
    rare = [cut(run([1] * 9 + [1 + k], seed=k + 1, trained=[1]), [1] * 10) for k in range(3)]
    often = [
        cut(run([2] * 9 + [3 + late * k], seed=k + 1, trained=[1, 4]), [0] * 9 + [1 + late * k])
        for k in range(3)
    ]
    return setting(rare=rare, often=often)


def test_costs_and_choices_by_hand():
    found = by_slice(world(), PRICES, "rare").set_index(["slice", "strategy"])
    # of 100 events 40 are of the north: upkeep 5 and 10, shared as 2 and 3, 4 and 6
    north, south = ("region=north", "region=south")
    assert found.loc[(north, "rare"), ["n", "errors", "upkeep", "cost"]].tolist() == [40, 10, 2, 12]
    assert found.loc[(north, "often"), ["errors", "upkeep", "cost"]].tolist() == [1, 4, 5]
    assert found.loc[(south, "rare"), ["errors", "upkeep", "cost"]].tolist() == [1, 3, 4]
    assert found.loc[(south, "often"), ["errors", "upkeep", "cost"]].tolist() == [20, 6, 26]
    assert found.groupby("strategy")["cost"].sum().to_dict() == {"rare": 16, "often": 31}
    assert found.loc[(north, "rare"), "score"] == pytest.approx(0.75)
    assert found.loc[(south, "rare"), "score"] == pytest.approx(1 - 1 / 60)
    assert found["choice"].to_dict() == {
        (south, "rare"): True, (south, "often"): False,
        (north, "often"): True, (north, "rare"): False,
    }  # fmt: skip
    assert found.index.get_level_values(0)[0] == south  # the largest first
    assert found["share"].unique().tolist() == [0.6, 0.4]
    assert "all" not in found.index


def test_intervals_are_of_the_differences_seed_by_seed():
    found = by_slice(world(late=1), PRICES, "rare").set_index(["slice", "strategy"])
    row = found.loc[("region=north", "often")]
    # rare costs 12, often 5, 6 and 7: 7, 6 and 5, 6 ± 4.302653 / sqrt(3)
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((6, 3.516, 8.484), abs=1e-3)
    assert row["over"] == "95% interval over 3 seeds"
    # two slices and one other strategy: at 1 - 0.05 / 2 Student's t with 2 degrees is 6.205347
    assert row["jointly_low"] == pytest.approx(6 - 6.205347 / 3**0.5, abs=1e-5)
    assert row["loses"]
    assert not found.loc[("region=south", "often"), "loses"]
    assert pd.isna(found.loc[("region=north", "rare"), "mean"])


def test_the_headline_says_who_loses():
    found = answers(world(late=1), PRICES)
    assert found.advice.strategy == "rare"
    low, high = 6 - 6.205347 / 3**0.5, 6 + 6.205347 / 3**0.5
    assert warning(found) == (
        "The whole hides who loses: on region=north (40% of the events), 'rare' costs 60 units per "
        f"1,000 events more than 'often' ({low * 10:.2f} to {high * 10:.2f}). Each event bears the "
        "same share of the upkeep; the intervals of all slices and strategies hold together at 95%."
    )
    assert losers(found.slices)["slice"].tolist() == ["region=north"]


def test_nobody_is_called_a_loser_without_being_sure():
    # often: 1, 5 and 9 errors in the north, so rare costs 7, 3 and -1 more there
    found = answers(world(late=4), PRICES)
    row = found.slices.set_index(["slice", "strategy"]).loc[("region=north", "often")]
    assert row["mean"] == 3
    assert not row["loses"]
    assert warning(found) == ""


def test_one_stream_has_intervals_over_blocks_and_no_slices_no_rows():
    one = setting(
        a=cut(run([2, 3] * 15), [1, 2, 0] * 10), b=cut(run([3, 3] * 15, trained=[3]), [0, 1] * 15)
    )
    found = by_slice(one, PRICES, "a").set_index(["slice", "strategy"])
    over = found.loc[("region=north", "b"), "over"]
    assert "moving blocks of" in over
    assert by_slice(setting(a=run([1, 1]), b=run([2, 2])), PRICES, "a").empty


def test_a_stream_that_names_slices_is_not_said_to_have_none():
    assert not any("names no slices" in one for one in cannot_say(world()))


def test_only_what_may_be_chosen_is_chosen_for_a_slice():
    found = by_slice(world(), PRICES, "rare", among=["rare"])
    assert found.loc[found["choice"], "strategy"].tolist() == ["rare", "rare"]
