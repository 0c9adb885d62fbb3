"""Distances by hand, and against numbers that anybody can recompute."""

import copy
import pickle

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from clsim.monitoring.distances import (
    DISTANCES,
    bounds,
    earth_mover,
    l_infinity,
    measured,
    shares,
)
from clsim.monitoring.samples import Categories, Histogram, Numbers, Stacked, sample

LETTERS = np.repeat(list("abcd"), [1, 2, 3, 4])
UNIFORM = np.array(list("abcd"))


def test_shares_of_categories():
    one, other = shares(LETTERS, UNIFORM)
    np.testing.assert_allclose(one, [0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(other, [0.25] * 4)
    assert l_infinity(LETTERS, UNIFORM) == pytest.approx(0.15)
    assert earth_mover(LETTERS, UNIFORM) == pytest.approx(0.2), "half of L1, which is .4"


def test_a_category_that_is_new_or_gone():
    was, now = np.array(list("aabb")), np.array(list("abcc"))
    # a .5 to .25, b .5 to .25, c 0 to .5
    assert l_infinity(was, now) == 0.5
    assert earth_mover(was, now) == 0.5


def test_the_earth_movers_distance_of_a_shift_is_the_shift():
    was = np.array([1.0, 2, 3, 4])
    assert earth_mover(was, was + 1.5) == 1.5
    assert earth_mover(was, was) == 0.0
    assert earth_mover(np.array([0.0, 1, 3]), np.array([5.0, 6, 8])) == pytest.approx(5.0)


def test_ten_bins_of_equal_share():
    was = np.arange(100.0)
    one, other = shares(was, np.full(7, -50.0))  # the outermost bins are open
    np.testing.assert_allclose(one, [0.1] * 10)
    assert other.tolist() == [1.0] + [0.0] * 9
    assert l_infinity(was, np.full(7, 1e9)) == pytest.approx(0.9)
    assert l_infinity(was, was[::-1]) == 0.0


def test_bins_of_few_values_are_fewer():
    was = np.array([0] * 8 + [1] * 2)  # the quantiles of .1 to .7 are 0
    now = np.array([0] * 5 + [1] * 5)
    assert l_infinity(was, now) == pytest.approx(0.3)
    assert l_infinity(np.zeros(20), np.zeros(30)) == 0.0


# published numbers, and scipy as the oracle -------------------------------------------------------


def test_published_distances_of_shares():
    found = {name: round(DISTANCES[name](LETTERS, UNIFORM), 6) for name in
             ("psi", "kl", "kl_reverse", "jensen_shannon", "l_infinity", "l1")}  # fmt: skip
    assert found == {"psi": 0.228217, "kl": 0.106440, "kl_reverse": 0.121777,
                     "jensen_shannon": 0.166930, "l_infinity": 0.15, "l1": 0.4}  # fmt: skip


def test_published_distances_of_numbers():
    was, now = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5])
    assert DISTANCES["kolmogorov_smirnov"](was, now) == 0.5
    assert DISTANCES["earth_mover"](was, now) == 1.5


def test_by_hand():
    one, other = np.repeat(list("ab"), [9, 16]), np.repeat(list("ab"), [16, 9])
    # shares .36 and .64, roots .6 and .8
    assert DISTANCES["hellinger"](one, other) == pytest.approx(0.2)
    assert DISTANCES["chi_squared"](one, other) == pytest.approx(0.28**2)
    assert DISTANCES["kl"](one, other) == pytest.approx(0.28 * np.log(16 / 9))
    assert DISTANCES["psi"](one, other) == pytest.approx(0.56 * np.log(16 / 9))
    # F - G after each of 0, 1, 2, 3 is 1/2, 1, 1/2, 0, each over a gap of 1
    low, high = np.array([0.0, 1]), np.array([2.0, 3])
    assert DISTANCES["cramer_von_mises"](low, high) == (0.25 + 1 + 0.25) / 4
    assert DISTANCES["energy"](low, high) == pytest.approx(np.sqrt(2 * (0.25 + 1 + 0.25)))
    assert DISTANCES["earth_mover"](low, high) == 2.0


def test_an_empty_cell_counts_as_half_an_event():
    was, now = np.repeat(list("ab"), [5, 5]), np.array(list("aaaa"))
    # b: 1/2 of 4 1/2 events
    there, gone = 4 / 4.5, 0.5 / 4.5
    kl = 0.5 * np.log(0.5 / there) + 0.5 * np.log(0.5 / gone)
    assert DISTANCES["kl"](was, now) == pytest.approx(kl)
    assert DISTANCES["kl_reverse"](was, now) == pytest.approx(np.log(2)), "none of b: no term"
    both = kl + there * np.log(there / 0.5) + gone * np.log(gone / 0.5)
    assert DISTANCES["psi"](was, now) == pytest.approx(both)


def test_psi_without_drift_is_chi_squared():
    """In law (1/N + 1/M) times a chi-squared number with nine degrees of freedom."""
    rng = np.random.default_rng(1)
    found = np.array([DISTANCES["psi"](*rng.random((2, 200))) for _ in range(1_000)])
    assert found.mean() == pytest.approx(9 * (1 / 200 + 1 / 200), rel=0.05)
    assert (found > 0.1).mean() == pytest.approx(0.35, abs=0.035)
    assert (found > 0.2).mean() == pytest.approx(0.018, abs=0.012)
    assert np.quantile(found, 0.95) == pytest.approx(0.1692, rel=0.08)


def test_a_shift_that_costs_nothing_has_a_distance_of_its_size():
    was = (np.arange(10**5) + 0.5) / 10**5
    assert DISTANCES["kolmogorov_smirnov"](was, was + 0.003) == pytest.approx(0.003, abs=2e-5)


ORACLES = {
    "earth_mover": scipy.stats.wasserstein_distance,
    "energy": scipy.stats.energy_distance,
    "kolmogorov_smirnov": lambda a, b: max(
        abs((a <= x).mean() - (b <= x).mean()) for x in (*a, *b)
    ),
    "jensen_shannon": lambda a, b: jensenshannon(*shares(a, b)),
}

FINITE = st.floats(-1e6, 1e6).map(lambda x: round(x, 3))
NUMBERS = st.one_of(
    st.lists(FINITE, min_size=1, max_size=40),
    st.lists(st.integers(0, 4).map(float), min_size=1, max_size=40),  # ties
).map(np.array)
WORDS = st.lists(st.sampled_from("abcde"), min_size=1, max_size=40).map(np.array)


@given(NUMBERS, NUMBERS)
def test_what_scipy_gives_or_a_loop(was, now):
    found = measured(ORACLES, was, now)
    for name, oracle in ORACLES.items():
        assert found[name] == pytest.approx(oracle(was, now), rel=1e-9, abs=1e-9), name
    one, other = shares(was, now)
    for name, (p, q) in {"kl": (one, other), "kl_reverse": (other, one)}.items():
        if not ((q == 0) & (p > 0)).any():
            assert DISTANCES[name](was, now) == pytest.approx(entropy(p, q), abs=1e-9)


def test_cramer_and_von_mises_as_scipy_where_nothing_is_repeated():
    rng = np.random.default_rng(0)
    for n, m in ((5, 9), (40, 40), (300, 20)):
        was, now = rng.random(n), rng.random(m) + 0.1
        theirs = scipy.stats.cramervonmises_2samp(was, now, method="asymptotic").statistic
        assert n * m / (n + m) * DISTANCES["cramer_von_mises"](was, now) == pytest.approx(theirs)


def test_pearsons_statistic_of_samples_of_equal_size():
    was, now = np.repeat(list("abc"), [10, 20, 30]), np.repeat(list("abc"), [25, 20, 15])
    theirs = scipy.stats.chi2_contingency([[10, 20, 30], [25, 20, 15]], correction=False).statistic
    assert DISTANCES["chi_squared"](was, now) * 120 == pytest.approx(theirs)


def test_long_samples_are_as_scipy_says():
    rng = np.random.default_rng(0)
    was, now = rng.normal(size=15_000), rng.normal(0.1, 1, 12_000)
    for name in ("earth_mover", "energy"):
        assert DISTANCES[name](was, now) == pytest.approx(ORACLES[name](was, now), rel=1e-12)


# what must hold of any two samples ----------------------------------------------------------------

MOST = {"l1": 2.0, "l_infinity": 1.0, "jensen_shannon": np.sqrt(np.log(2)), "hellinger": 1.0,
        "chi_squared": 1.0, "kolmogorov_smirnov": 1.0, "cramer_von_mises": 1.0}  # fmt: skip
SYMMETRIC_OF_VALUES = ("earth_mover", "energy", "kolmogorov_smirnov", "cramer_von_mises")
DIRECTED = ("kl", "kl_reverse")


def distances_of(was):
    return [name for name, each in DISTANCES.items()
            if was.dtype.kind in "iufb" or not each.numbers_only]  # fmt: skip


PAIRS = st.one_of(st.tuples(NUMBERS, NUMBERS), st.tuples(WORDS, WORDS))


@given(PAIRS)
def test_bounds_and_symmetry(pair):
    was, now = pair
    there = measured(distances_of(was), was, now)
    back = measured(distances_of(was), now, was)
    for name, value in there.items():
        assert 0 <= value <= MOST.get(name, np.inf) + 1e-12, name
        # bins of numbers are those of the reference, so shares change with the direction
        if (was.dtype.kind == "U" and name not in DIRECTED) or name in SYMMETRIC_OF_VALUES:
            assert back[name] == pytest.approx(value, abs=1e-12), name
    if was.dtype.kind == "U":
        assert back["kl"] == pytest.approx(there["kl_reverse"], abs=1e-12)


@given(st.one_of(NUMBERS, WORDS), st.integers(1, 4), st.randoms(use_true_random=False))
def test_nothing_between_equal_shares(values, times, random):
    again = np.repeat(values, times)
    random.shuffle(again)
    for name, value in measured(distances_of(values), values, again).items():
        assert value == pytest.approx(0, abs=1e-7), name


@given(NUMBERS, NUMBERS)
def test_distances_of_ranks_and_of_units(was, now):
    """Ranks do not change with the unit, and what is in units does."""
    for name in ("kolmogorov_smirnov", "cramer_von_mises"):
        assert DISTANCES[name](was * 8, now * 8) == DISTANCES[name](was, now)
    mover, energy = DISTANCES["earth_mover"], DISTANCES["energy"]
    assert mover(was * 4, now * 4) == pytest.approx(4 * mover(was, now))
    assert energy(was * 4, now * 4) == pytest.approx(2 * energy(was, now))


@given(NUMBERS, NUMBERS, st.randoms(use_true_random=False))
def test_order_and_making_ready_change_no_bit(was, now, random):
    found = measured(DISTANCES, was, now)
    mixed = now.copy()
    random.shuffle(mixed)
    assert measured(DISTANCES, sample(was), mixed) == found
    assert {name: each(was, now) for name, each in DISTANCES.items()} == found


# what is odd --------------------------------------------------------------------------------------


def test_a_constant_column():
    for name in DISTANCES:
        assert DISTANCES[name](np.zeros(30), np.zeros(7)) == 0.0, name
    assert DISTANCES["cramer_von_mises"](np.zeros(30), np.ones(7)) == pytest.approx(30 / 37)
    # scipy's middle ranks find 30 zeros far from 7 zeros
    assert scipy.stats.cramervonmises_2samp(np.zeros(30), np.zeros(7)).statistic > 1


def test_a_fall_below_a_value_that_fills_the_lowest_bin_is_seen():
    constant, counts = np.full(50, 7.0), np.array([0] * 8 + [1, 2])
    for name in DISTANCES:
        assert DISTANCES[name](constant, constant - 1) == DISTANCES[name](constant, constant + 1)
        assert DISTANCES[name](constant, constant - 1) > 0
    assert DISTANCES["l_infinity"](counts, np.array([-1] * 10)) == 1.0
    assert DISTANCES["l_infinity"](counts, counts) == 0.0


def test_one_row():
    found = measured(DISTANCES, np.array([1.0]), np.array([3.0]))
    assert (found["earth_mover"], found["energy"], found["kolmogorov_smirnov"]) == (2.0, 2.0, 1.0)
    assert (found["l1"], found["hellinger"], found["chi_squared"]) == (2.0, 1.0, 1.0)


def test_whole_numbers_and_truth_values_are_numbers():
    was, now = np.array([0, 1, 1, 1]), np.array([0, 0, 0, 1])
    as_floats = measured(DISTANCES, was.astype(float), now.astype(float))
    for dtype in (bool, np.int8, np.uint64, np.float32):
        assert measured(DISTANCES, was.astype(dtype), now.astype(dtype)) == as_floats
    big = np.array([2**62, 2**62 + 2**20])
    assert DISTANCES["earth_mover"](big, big + 2**20) == 2.0**20
    huge = np.array([-1.5e308, 1.5e308])
    assert DISTANCES["kolmogorov_smirnov"](huge, huge) == 0.0
    assert DISTANCES["earth_mover"](huge, huge) == 0.0


def test_infinities_are_values():
    inf = np.inf
    was, now = np.array([-inf, 1, 2, inf]), np.array([-inf, 3, 4, inf])
    found = measured(DISTANCES, was, now)
    assert (found["earth_mover"], found["kolmogorov_smirnov"]) == (1.0, 0.5), "2 for each of two"
    assert DISTANCES["earth_mover"](was, np.array([1.0, 2])) == inf
    assert DISTANCES["energy"](was, np.array([1.0, 2])) == inf
    assert all(np.isfinite(found[name]) for name in DISTANCES)


@pytest.mark.parametrize("name", DISTANCES)
def test_what_is_missing_or_empty_is_refused(name):
    with pytest.raises(ValueError, match="1 of 2 values are missing"):
        DISTANCES[name](np.array([1.0, 2]), np.array([np.nan, 1]))
    for empty in (np.array([]), np.array([], dtype=str)):
        with pytest.raises(ValueError, match="no values"):
            DISTANCES[name](np.array([1.0, 2]), empty)
    with pytest.raises(TypeError, match="is numbers, and what is compared with it categories"):
        DISTANCES[name](np.array([1.0, 2]), UNIFORM)


def test_a_distance_is_copied_and_pickled_by_its_name():
    for name, each in DISTANCES.items():
        assert each.__name__ == name
        assert copy.deepcopy(each) is each
        assert pickle.loads(pickle.dumps(each)) is each


def test_distances_that_need_an_order_refuse_categories():
    alone = {name for name, each in DISTANCES.items() if each.numbers_only}
    assert alone == {"energy", "kolmogorov_smirnov", "cramer_von_mises"}
    for name in alone:
        with pytest.raises(TypeError, match="categories have no order"):
            DISTANCES[name](LETTERS, UNIFORM)
    with pytest.raises(ValueError, match="did you mean 'hellinger'"):
        measured(["helinger"], LETTERS, UNIFORM)


# profiles -----------------------------------------------------------------------------------------


def test_a_profile_with_the_same_bins_gives_the_same_shares_to_the_bit():
    rng = np.random.default_rng(3)
    was, now = rng.normal(size=500), rng.normal(0.3, 1, 200)
    edges = np.concatenate([[-9.0], sample(was).edges, [9.0]])
    kept = [Histogram.of(values, edges) for values in (was, now)]
    for name in ("l1", "l_infinity", "jensen_shannon", "kl", "kl_reverse", "hellinger", "psi",
                 "chi_squared"):  # fmt: skip
        exact = DISTANCES[name](was, now)
        assert DISTANCES[name](*kept) == exact
        assert bounds(name, *kept) == (exact, exact)


def test_a_profile_of_categories_loses_nothing():
    kept = Categories(np.array(list("abcd")), np.array([1, 2, 3, 4]))
    for name in distances_of(LETTERS):
        assert DISTANCES[name](kept, UNIFORM) == DISTANCES[name](LETTERS, UNIFORM)


@given(st.lists(st.integers(0, 64), min_size=1, max_size=30),
       st.lists(st.integers(0, 64), min_size=1, max_size=30),
       st.sets(st.integers(1, 63), max_size=8))  # fmt: skip
def test_values_lie_within_the_bounds_of_their_profiles(was, now, inner):
    was, now, edges = np.array(was), np.array(now), np.array([0, *sorted(inner), 64])
    kept = [Histogram.of(values, edges) for values in (was, now)]
    for name in SYMMETRIC_OF_VALUES:
        low, high = bounds(name, *kept)
        assert low - 1e-9 <= DISTANCES[name](was, now) <= high + 1e-9, name
        assert low <= DISTANCES[name](*kept) <= high


@given(st.lists(st.integers(0, 20), min_size=8, max_size=8),
       st.lists(st.integers(0, 20), min_size=8, max_size=8))  # fmt: skip
def test_coarser_bins_never_see_more(was, now):
    """Of divergences: what is put together can no longer be told apart."""
    was, now = np.array(was) + 1, np.array(now) + 1  # empty cells are treated by their number
    fine = [Histogram(np.arange(9), counts) for counts in (was, now)]
    coarse = [Histogram(np.arange(0, 9, 2), c.reshape(4, 2).sum(axis=1)) for c in (was, now)]
    for name in ("l1", "jensen_shannon", "kl", "kl_reverse", "hellinger", "psi", "chi_squared"):
        assert DISTANCES[name](*coarse) <= DISTANCES[name](*fine) + 1e-12, name


@pytest.mark.parametrize(("edges", "counts", "said"), [
    ([0.0, 1, 1], [1, 2], "must be finite and ascend"),
    ([0.0, np.inf], [1], "must be finite and ascend"),
    ([0.0, 1, 2], [1], "3 edges for 1 counts"),
    ([0.0, 1, 2], [0, 0], "no values"),
])  # fmt: skip
def test_profiles_that_cannot_be(edges, counts, said):
    with pytest.raises(ValueError, match=said):
        Histogram(np.array(edges), np.array(counts))


def test_profiles_with_other_edges_are_not_compared():
    one, other = (Histogram(np.array(edges), np.array([1, 2])) for edges in ([0, 1, 2], [0, 1, 3]))
    with pytest.raises(ValueError, match="edges of two histograms differ"):
        DISTANCES["l1"](one, other)
    with pytest.raises(TypeError, match="is histogram, and what is compared with it numbers"):
        DISTANCES["earth_mover"](one, np.array([1.0]))


# many references at once --------------------------------------------------------------------------

WHOLE = st.lists(st.integers(-4, 12), min_size=1, max_size=25)
"""Few values and many ties, also between the samples."""

APART = st.lists(st.floats(width=32, allow_nan=False), min_size=10, max_size=25, unique=True)
"""None twice, infinities among them: all ten bins."""


@given(
    st.one_of(st.lists(WHOLE, min_size=1, max_size=4), st.lists(APART, min_size=1, max_size=4)),
    st.one_of(WHOLE, APART),
)
def test_many_references_at_once_say_what_each_says_to_the_bit(references, now):
    one_by_one = [Numbers(np.array(values, dtype=float)) for values in references]
    current, together = Numbers(np.array(now, dtype=float)), Stacked(one_by_one)
    alike = len({len(one.edges) for one in one_by_one}) == 1
    at_once = {name: one for name, one in DISTANCES.items() if one.of_many is not None}
    assert {"psi", "kolmogorov_smirnov", "l_infinity", "earth_mover"} <= set(at_once)
    for name, distance in at_once.items():
        if alike or not distance.binned:
            apart = [distance(one, current) for one in one_by_one]
            for _ in range(2):  # made ready the second time
                assert distance.of_many(together, current).tolist() == apart, name


def test_the_largest_difference_of_functions_beside_many_by_hand():
    """Just before 2 all of [0, 1] and none of the window lie below; [3, 4] lie all above it."""
    stacked = Stacked([Numbers(np.array(two, dtype=float)) for two in ([0, 1], [3, 4], [2, 3])])
    now = Numbers(np.array([2.0, 2.0]))
    for _ in range(2):
        assert DISTANCES["kolmogorov_smirnov"].of_many(stacked, now).tolist() == [1.0, 1.0, 0.5]
