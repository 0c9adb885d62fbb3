import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from clsim.analysis.compare.effects import effects

A, B = ("drift", "never", "weekly"), ("all", "window")
MAIN_A, MAIN_B = np.array([0.3, -0.4, 0.1]), np.array([0.05, -0.05])
BOTH = np.array([[0.02, -0.02], [0.01, -0.01], [-0.03, 0.03]])


def sweep(streams=2, seeds=3, noise=0.0, rng=None, keep=None):
    """A full sweep with the effects above, blocks that differ, and perhaps noise."""
    rows = []
    for stream, seed in itertools.product(range(streams), range(seeds)):
        for (i, a), (j, b) in itertools.product(enumerate(A), enumerate(B)):
            value = 0.7 + 0.1 * stream + 0.01 * seed + MAIN_A[i] + MAIN_B[j] + BOTH[i, j]
            value += noise * rng.normal() if noise else 0
            rows.append((stream, seed, a, b, value))
    table = pd.DataFrame(rows, columns=["stream", "seed", "trigger", "dataset", "score"])
    return table if keep is None else table[keep]


def values(found, term):
    return found.loc[found["term"] == term, "effect"].to_numpy()


def check_truth(found):
    assert values(found, "trigger") == pytest.approx(MAIN_A)
    assert values(found, "dataset") == pytest.approx(MAIN_B)
    assert values(found, "trigger:dataset") == pytest.approx(BOTH.ravel())


def test_effects_of_a_full_sweep_are_those_that_went_in():
    found = effects(sweep(), ["trigger", "dataset"])
    check_truth(found)
    assert found["cell"].tolist()[:5] == [*A, *B]
    assert found["cell"].tolist()[5] == "drift:all"
    # without noise the blocks agree, so nothing varies
    assert found["low"].to_numpy() == pytest.approx(found["effect"].to_numpy())
    assert found["reason"].isna().all()


def test_means_are_those_of_the_blocks():
    found = effects(sweep(), ["trigger", "dataset"])
    middle = 0.7 + 0.05 + 0.01  # over two streams and three seeds
    assert found["mean"].tolist()[:3] == pytest.approx(list(middle + MAIN_A))
    cell = found.set_index("cell").loc["never:window"]
    assert cell["mean"] == pytest.approx(middle - 0.4 - 0.05 - 0.01)


@pytest.mark.slow
@given(st.lists(st.booleans(), min_size=36, max_size=36))
def test_an_unbalanced_sweep_gives_the_same_effects(keep):
    table = sweep(keep=[first or second for first, second in zip(keep, [True] * 6 + [False] * 30,
                                                                 strict=True)])  # fmt: skip
    check_truth(effects(table, ["trigger", "dataset"], resamples=20))


def test_unbalanced_noise_gives_least_squares_on_blocks():
    rng = np.random.default_rng(0)
    keep = rng.random(36) < 0.7
    table = sweep(noise=0.2, rng=rng, keep=keep)
    found = effects(table, ["trigger", "dataset"], interactions=False)
    # the same model written with dummies of blocks and levels
    block = pd.get_dummies(table["stream"].astype(str) + "/" + table["seed"].astype(str))
    dummies = [pd.get_dummies(table[name]).iloc[:, 1:] for name in ("trigger", "dataset")]
    X = np.hstack([block, *dummies]).astype(float)
    beta = np.linalg.lstsq(X, table["score"].to_numpy(), rcond=None)[0][block.shape[1] :]
    trigger, dataset = np.array([0, *beta[:2]]), np.array([0, beta[2]])
    assert values(found, "trigger") == pytest.approx(trigger - trigger.mean())
    assert values(found, "dataset") == pytest.approx(dataset - dataset.mean())
    assert set(found["term"]) == {"trigger", "dataset"}


def test_effects_sum_to_zero_over_each_factor():
    rng = np.random.default_rng(1)
    found = effects(sweep(noise=1, rng=rng), ["trigger", "dataset"])
    assert values(found, "trigger").sum() == pytest.approx(0, abs=1e-12)
    both = values(found, "trigger:dataset").reshape(3, 2)
    assert both.sum(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert both.sum(axis=1) == pytest.approx([0, 0, 0], abs=1e-12)


@pytest.mark.slow
def test_intervals_cover_at_their_nominal_rate():
    rng = np.random.default_rng(2)
    hits = []
    for seed in range(300):
        table = sweep(streams=2, seeds=4, noise=0.1, rng=rng)
        found = effects(table, ["trigger", "dataset"], resamples=200, seed=seed)
        row = found[found["cell"] == "weekly"].iloc[0]
        hits.append(row["low"] <= 0.1 <= row["high"])
    assert binom.ppf(0.0005, 300, 0.95) <= sum(hits) <= binom.ppf(0.9995, 300, 0.95)


def test_no_interval_is_invented_for_one_seed():
    found = effects(sweep(seeds=1), ["trigger", "dataset"])
    check_truth(found)
    assert found[["low", "high"]].isna().all().all()
    assert set(found["reason"]) == {"one seed: no interval"}


def test_a_pair_of_levels_that_few_seeds_have_gets_no_interval():
    table = sweep(streams=1)
    rare = (table["trigger"] == "drift") & (table["dataset"] == "all") & (table["seed"] > 0)
    found = effects(table[~rare], ["trigger", "dataset"])
    check_truth(found)
    assert set(found["reason"]) == {"too few seeds have each pair of levels"}
    assert math.isnan(found["low"][0])


def test_runs_without_a_value_are_left_out():
    table = sweep()
    table.loc[3, "score"] = np.nan
    check_truth(effects(table, ["trigger", "dataset"]))


def test_a_factor_that_does_not_vary_is_named():
    table = sweep().assign(training="stateless")
    with pytest.raises(
        ValueError, match=r"factor 'training': it must vary, but is \['stateless'\]"
    ):
        effects(table, ["trigger", "training"])
    with pytest.raises(ValueError, match="unknown column 'triger'; did you mean 'trigger'"):
        effects(table, ["triger"])
    with pytest.raises(ValueError, match="factor 'trigger': run 4 has no level"):
        effects(sweep().assign(trigger=["a", "b", "a", "b", None, "b"] * 6), ["trigger"])
    with pytest.raises(ValueError, match="name at least one"):
        effects(table, [])


def test_empty_cells_are_named():
    table = sweep()
    empty = (table["trigger"] == "never") & (table["dataset"] == "window")
    with pytest.raises(ValueError, match="no run has trigger=never, dataset=window; run them"):
        effects(table[~empty], ["trigger", "dataset"])
    found = effects(table[~empty], ["trigger", "dataset"], interactions=False)
    assert len(found) == 5


def test_factors_that_change_together_are_refused():
    table = sweep()
    table = table.assign(copy=table["trigger"].map({"drift": 1, "never": 2, "weekly": 3}))
    with pytest.raises(ValueError, match="their levels change together"):
        effects(table, ["trigger", "copy"], interactions=False)
