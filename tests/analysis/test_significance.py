import math
import sys
from itertools import product

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from clsim.analysis.compare.significance import (
    bayesian_signed_rank,
    critical_difference,
    friedman,
    nemenyi,
    wilcoxon_holm,
)
from clsim.statistics.multiplicity import holm


def frame(rows):
    values = np.asarray(rows, dtype=float)
    return pd.DataFrame(values, [f"s{i}" for i in range(len(values))]).add_prefix("w", axis=1)


def test_friedman_by_hand():
    # ranks (best 1): a 3 3 3 3 2, b 2 2 1 1 3, c 1 1 2 2 1: means 2.8, 1.8, 1.4
    scores = frame([[1, 1, 1, 1, 2], [2, 2, 3, 3, 1], [3, 3, 2, 2, 3]])
    found = friedman(scores)
    assert found.ranks.tolist() == pytest.approx([2.8, 1.8, 1.4])
    assert found.chi2 == pytest.approx(12 * 5 / 12 * (2.8**2 + 1.8**2 + 1.4**2 - 12))  # 5.2
    assert found.f == pytest.approx(4 * 5.2 / (10 - 5.2))
    assert found.p == pytest.approx(scipy.stats.f.sf(4.3333333, 2, 8), abs=1e-7)


def test_friedman_without_ties_is_scipys():
    values = np.random.default_rng(0).normal(size=(4, 9))
    assert friedman(frame(values)).chi2 == pytest.approx(
        scipy.stats.friedmanchisquare(*values).statistic
    )


def test_where_all_streams_agree_p_is_a_count_of_orders():
    # given the order on one stream, each of the other 5 agrees in 1 of 3! = 6 orders
    found = friedman(frame([[1] * 6, [2] * 6, [3] * 6]))
    assert found.f == math.inf
    assert found.p == pytest.approx(6.0**-5)


@pytest.mark.slow
def test_friedman_rejects_at_its_level_where_nothing_differs():
    rng = np.random.default_rng(1)
    rejected = [friedman(frame(rng.normal(size=(4, 10)))).p <= 0.05 for _ in range(500)]
    low, high = scipy.stats.binom.ppf([0.0005, 0.9995], 500, 0.05)
    assert low <= sum(rejected) <= high


@pytest.mark.parametrize("test", [friedman, nemenyi])
@pytest.mark.parametrize(("shape", "reason"), [
    ((2, 20), "needs at least 3 strategies, has 2"),
    ((3, 4), "needs at least 5 streams, has 4"),
])  # fmt: skip
def test_too_few_for_ranks_is_said_instead_of_a_p_value(test, shape, reason):
    found = test(frame(np.arange(np.prod(shape)).reshape(shape)))
    assert found.reason == reason
    assert len(found.ranks) == shape[0]
    if test is friedman:
        assert math.isnan(found.p)
        assert math.isnan(found.chi2)
    else:
        assert found.p is None
        assert math.isnan(found.critical_difference)
        assert found.cliques == ()


def test_all_ties_are_said_instead_of_a_p_value():
    found = friedman(frame(np.tile(np.arange(6), (3, 1))))
    assert found.reason == "all strategies tie on every stream"
    assert math.isnan(found.p)
    assert found.ranks.tolist() == [2, 2, 2]


def test_scores_that_are_missing_are_refused_by_name():
    scores = frame(np.ones((3, 6)))
    scores.loc["s1", "w4"] = np.nan
    with pytest.raises(ValueError, match="strategy 's1', stream 'w4': nan is not a finite number"):
        friedman(scores)


def test_nemenyis_p_values_agree_with_its_critical_difference():
    rng = np.random.default_rng(2)
    for _ in range(5):
        scores = frame(rng.normal(size=(5, 12)) + np.arange(5)[:, None])
        found = nemenyi(scores)
        for a, b in product(scores.index, repeat=2):
            far = abs(found.ranks[a] - found.ranks[b]) >= found.critical_difference
            assert (found.p.loc[a, b] <= 0.05) == far
            together = any({a, b} <= set(clique) for clique in found.cliques)
            if a != b:
                assert together != far


def test_cliques_are_the_longest_stretches():
    # ranks 1, 2, 3, 4 and a critical difference between 1 and 2: pairs of neighbours
    scores = frame([[4] * 11, [3] * 11, [2] * 11, [1] * 11])
    assert 1 < critical_difference(4, 11) < 2
    assert nemenyi(scores).cliques == (("s0", "s1"), ("s1", "s2"), ("s2", "s3"))
    many = frame(np.tile([[4], [3], [2], [1]], 100))
    assert nemenyi(many).cliques == ()


def brute(difference):
    """Two-sided p-value over all signs of the ranks of the differences that are not 0."""
    ranks = scipy.stats.rankdata(np.abs(difference))[difference != 0]
    signs = np.array(list(product([0, 1], repeat=len(ranks))))
    sums = signs @ ranks
    observed = ranks[difference[difference != 0] > 0].sum()
    middle = ranks.sum() / 2
    return (np.abs(sums - middle) >= abs(observed - middle) - 1e-9).mean()


@given(st.lists(st.integers(-5, 5), min_size=6, max_size=10))
def test_wilcoxon_with_ties_and_zeros_is_that_of_all_signs(values):
    difference = np.array(values, dtype=float)
    row = wilcoxon_holm(frame([difference, np.zeros(len(values))])).iloc[0]
    assert row["rank_sum_a"] + row["rank_sum_b"] == len(values) * (len(values) + 1) / 2
    if np.count_nonzero(difference) >= 6:
        assert row["p"] == pytest.approx(brute(difference))
    else:
        assert math.isnan(row["p"])


def test_wilcoxon_without_ties_is_scipys_exact_one():
    values = np.random.default_rng(3).normal([[0.0], [0.4]], size=(2, 40))
    expected = scipy.stats.wilcoxon(*values, method="exact")
    row = wilcoxon_holm(frame(values)).iloc[0]
    assert row["p"] == pytest.approx(expected.pvalue)
    assert min(row["rank_sum_a"], row["rank_sum_b"]) == expected.statistic


def test_five_streams_cannot_reach_five_percent_and_six_can():
    five = wilcoxon_holm(frame([np.arange(1, 6), np.zeros(5)])).iloc[0]
    assert math.isnan(five["p"])
    assert math.isnan(five["p_holm"])
    assert five["reason"] == "they differ on 5 streams: no two-sided p-value is below 0.062"
    six = wilcoxon_holm(frame([np.arange(1, 7), np.zeros(6)])).iloc[0]
    assert (six["p"], six["reason"]) == (2 / 2**6, None)
    loose = wilcoxon_holm(frame([np.arange(1, 6), np.zeros(5)]), level=0.1).iloc[0]
    assert loose["p"] == 2 / 2**5


def test_ties_on_all_streams_are_said():
    row = wilcoxon_holm(frame([np.ones(9), np.ones(9)])).iloc[0]
    assert row["reason"] == "the two tie on every stream"
    assert math.isnan(row["p"])


def test_too_many_pairs_for_their_streams_are_said():
    values = np.arange(1, 5)[:, None] * np.arange(1, 7)
    found = wilcoxon_holm(frame(values))
    assert found[["p", "p_holm"]].isna().all().all()
    assert set(found["reason"]) == {
        "6 pairs on 6 streams: after Holm's correction no p-value is below 0.19"
    }
    against = wilcoxon_holm(frame(values[:2]), against="s1")
    assert against["p"].tolist() == [2 / 2**6]


def test_comparisons_against_one_strategy():
    values = np.random.default_rng(4).normal(size=(4, 15)) + np.arange(4)[:, None]
    found = wilcoxon_holm(frame(values), against="s1")
    assert found[["a", "b"]].to_numpy().tolist() == [["s0", "s1"], ["s2", "s1"], ["s3", "s1"]]
    assert (np.sign(found["difference"]) == [-1, 1, 1]).all()
    assert found["p_holm"].tolist() == holm(found["p"]).tolist()
    with pytest.raises(ValueError, match="unknown strategy 's9'"):
        wilcoxon_holm(frame(values), against="s9")
    with pytest.raises(ValueError, match="2 strategies or more"):
        wilcoxon_holm(frame(values[:1]))


def test_holm_by_hand():
    # sorted .01 .02 .03 .04 times 4 3 2 1: .04 .06 .06 .04, and never less than before
    assert holm([0.04, 0.01, 0.03, 0.02]).tolist() == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]).tolist() == [1, 1]
    found = holm([np.nan, 0.02, np.nan])
    assert (found[1], math.isnan(found[0])) == (0.02, True)


def independent(differences, rope, prior, samples=20_000):
    """The posterior by its definition: shares of pairs under Dirichlet weights, by gammas."""
    z = np.append(differences, 0.0)
    sums = z[:, None] + z
    rng = np.random.default_rng(11)
    weights = rng.gamma(np.append(np.ones(len(differences)), prior), size=(samples, len(z)))
    weights /= weights.sum(axis=1, keepdims=True)
    shares = np.array([
        np.einsum("si,ij,sj->s", weights, inside.astype(float), weights)
        for inside in (sums < -2 * rope, np.abs(sums) <= 2 * rope, sums > 2 * rope)
    ])  # fmt: skip
    return np.bincount(shares.argmax(axis=0), minlength=3) / samples


def test_bayesian_signed_rank_is_an_independent_monte_carlo():
    rng = np.random.default_rng(5)
    a = rng.normal(0.80, 0.05, 12)
    b = a + rng.normal(0.012, 0.02, 12)
    found = bayesian_signed_rank(a, b, 0.01, samples=20_000)
    expected = independent(b - a, 0.01, 0.5)
    assert (expected[1:] > 0.1).all()
    assert [found.a, found.rope, found.b] == pytest.approx(expected, abs=0.02)


def test_bayesian_signed_rank_of_two_streams_by_hand():
    # w is the weight of the pseudo-observation 0, Beta(1/2, 2); B is better by 1 on both streams.
    # rope 0.6: only sums of the two count, (1 - w)^2 > 1/2; rope 0.4: also those with 0, w^2 < 1/2
    w = scipy.stats.beta(0.5, 2)
    narrow = bayesian_signed_rank([0, 0], [1, 1], 0.4, samples=20_000)
    wide = bayesian_signed_rank([0, 0], [1, 1], 0.6, samples=20_000)
    assert narrow.b == pytest.approx(w.cdf(math.sqrt(0.5)), abs=0.01)  # 0.964
    assert wide.b == pytest.approx(w.cdf(1 - math.sqrt(0.5)), abs=0.015)  # 0.732
    assert wide.rope == pytest.approx(1 - wide.b)
    back = bayesian_signed_rank([1, 1], [0, 0], 0.6, samples=20_000)
    assert back.a == pytest.approx(wide.b, abs=0.015)


def test_without_a_rope_there_are_two_probabilities():
    rng = np.random.default_rng(6)
    found = bayesian_signed_rank(rng.normal(size=8), rng.normal(size=8), 0, samples=2000)
    assert found.rope == 0
    assert found.a + found.b == pytest.approx(1)


def test_bayesian_signed_rank_repeats_itself():
    args = ([0.1, 0.4, 0.3, 0.2], [0.2, 0.3, 0.5, 0.3], 0.05)
    first, again, other = (bayesian_signed_rank(*args, samples=500, seed=s) for s in (1, 1, 2))
    assert first == again
    assert first != other


def test_one_stream_gives_no_probability():
    found = bayesian_signed_rank([0.1], [0.9], 0.01)
    assert found.reason == "needs at least 2 streams, has 1"
    assert math.isnan(found.b)


def test_bad_scores_are_refused():
    with pytest.raises(ValueError, match="shapes"):
        bayesian_signed_rank([1, 2], [1], 0.1)
    with pytest.raises(ValueError, match="finite"):
        bayesian_signed_rank([1, 2], [1, np.nan], 0.1)
    with pytest.raises(ValueError, match="rope=-1"):
        bayesian_signed_rank([1, 2], [1, 3], -1)
    with pytest.raises(ValueError, match="level=5"):
        nemenyi(frame(np.ones((3, 6))), level=5)


@pytest.mark.parametrize(("library", "test"), [
    ("baycomp", lambda: bayesian_signed_rank([1, 2], [1, 3], 0.1)),
    ("scikit_posthocs", lambda: nemenyi(frame(np.arange(18).reshape(3, 6)))),
])  # fmt: skip
def test_a_missing_library_is_named_with_its_extra(monkeypatch, library, test):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ImportError, match=rf'{library} is not installed.*"clsim\[stats\]"'):
        test()
