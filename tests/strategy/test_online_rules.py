"""Rules of online tests: their numbers by hand, and how often they err where there is nothing."""

import numpy as np
import pytest

from clsim.statistics.arms import arm, paired, split
from clsim.strategy.online.rules import (
    SPRT,
    AtTheEnd,
    ConfidenceSequence,
    GroupSequential,
    Kayenta,
)

# sums ------------------------------------------------------------------------------------------


def test_the_variance_of_independent_losses_is_the_usual_one():
    losses = np.array([0.0, 1.0, 1.0, 3.0, 0.5])
    found = arm(losses, [2, 5])
    assert found.mean.tolist() == pytest.approx([0.5, 1.1])
    assert found.error2.tolist() == pytest.approx([0.25, losses.var(ddof=1) / 5])
    alone = arm(losses, [2, 5], np.array([3, 0, 9, 1, 4]))
    assert np.array_equal(alone, found), "units of one row each are rows"
    assert np.isnan(arm(losses, [0, 1]).error2).all()
    # of ten right answers and half a wrong one: 1/22 times 21/22 / 10
    assert arm(np.zeros(10), [10]).error2[0] == pytest.approx(21 / 22**2 / 10)
    for same in (np.ones(10), -np.ones(10)):
        assert arm(same, [10]).error2[0] == pytest.approx(21 / 22**2 / 10)
    for better in (0, 1):  # on every row: a pair knows as much either way round
        pair = paired(np.full(10, 1.0 - better), np.full(10, float(better)), [10])
        assert AtTheEnd().found(pair).says.tolist() == [1 - 2 * better]


def test_rows_of_one_unit_are_summed_before_their_variance():
    # users A, B and C lose 3 of 4, 0 of 2 and 1 of 2: the mean is 1/2, and what they lose beyond
    # half of their rows is 1, -1 and 0, so the variance of the mean is 2 / 8² times 3 / 2
    losses = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0])
    users = np.array([0, 1, 0, 0, 1, 2, 0, 2])
    found = arm(losses, [8], users)
    assert (found.units[0], found.total[0]) == (3, 4.0)
    assert found.error2[0] == pytest.approx(2 / 64 * 3 / 2)
    # after six rows A has lost 2 of 3, B 0 of 2 and C 1 of 1; residuals are 1/2, -1 and 1/2
    assert arm(losses, [6], users).error2[0] == pytest.approx(1.5 / 36 * 3 / 2)


def test_the_models_in_each_others_place():
    rng = np.random.default_rng(0)
    for tally in (
        split(rng.random(20), np.arange(20) % 4 == 0, [9, 20], share=0.25),
        paired(rng.random(20), rng.random(20), [9, 20], np.arange(20) % 6),
    ):
        other = tally.swapped
        assert other.difference.tolist() == (-tally.difference).tolist()
        assert other.error2.tolist() == pytest.approx(tally.error2.tolist())
        assert np.array_equal(other.swapped.difference, tally.difference)
    assert split(rng.random(4), np.arange(4) > 2, [4], share=0.25).swapped.share == 0.75


# numbers ---------------------------------------------------------------------------------------


def halves(champion, challenger):
    """Each model has rows of its own: (wrong, rows) of each."""
    wrong = [int(i < hits) for hits, rows in (champion, challenger) for i in range(rows)]
    its = np.arange(len(wrong)) >= champion[1]
    return split(wrong, its, [len(wrong)])


def test_one_look_at_two_proportions():
    # z = 0.2 / √(0.5 / 100) is 2.8284, as of two_proportions(60, 100, 40, 100)
    found = AtTheEnd().found(halves((60, 100), (40, 100)))
    assert found.says.tolist() == [1]
    assert AtTheEnd(0.0047).found(halves((60, 100), (40, 100))).says.tolist() == [1]
    assert AtTheEnd(0.0046).found(halves((60, 100), (40, 100))).says.tolist() == [0]
    assert AtTheEnd().found(halves((40, 100), (60, 100))).says.tolist() == [-1]
    assert AtTheEnd().found(halves((50, 100), (50, 100))).says.tolist() == [0]


def test_one_look_at_means_is_welchs_test():
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(1)
    old, new = rng.exponential(1.0, 12), rng.exponential(2.0, 30)
    tally = split(np.r_[old, new], np.arange(42) >= 12, [42])
    test = ttest_ind(new, old, equal_var=False)
    low, high = test.confidence_interval(0.95)
    found = AtTheEnd().found(tally)
    assert (found.low[0], found.high[0]) == (pytest.approx(low), pytest.approx(high))
    for alpha in (test.pvalue * 0.99, test.pvalue * 1.01):
        assert AtTheEnd(alpha).found(tally).says[0] == (-1 if alpha > test.pvalue else 0)


def coins(won, lost):
    """Rows that the challenger wins, and then those that it loses."""
    new = np.r_[np.zeros(won), np.ones(lost)]
    return paired(1 - new, new, [len(new)], coin=True)


def test_one_look_at_who_wins_a_row_is_the_sign_test():
    # of ten rows nine: p = 22 / 1024 = .0215; of nine rows eight: 20 / 512 = .039
    assert AtTheEnd(0.0215).found(coins(9, 1)).says.tolist() == [1]
    assert AtTheEnd(0.0214).found(coins(9, 1)).says.tolist() == [0]
    assert AtTheEnd(0.04).found(coins(1, 8)).says.tolist() == [-1]
    # Clopper and Pearson: of none of ten at most 1 - .025^(1/10) = .3085
    found = AtTheEnd().found(coins(10, 0))
    assert (found.low[0], found.high[0]) == (-1.0, pytest.approx(2 * 0.30850 - 1, abs=1e-4))


def test_looks_are_taken_as_labels_come_and_never_beyond_the_plan():
    rule = GroupSequential(100, looks=4)
    assert rule.look_at(np.array([10, 24, 26, 40, 51, 99, 130])).tolist() == [26, 51, 99, 100]
    assert rule.look_at(np.array([10])).tolist() == []
    assert rule.look_at(np.array([80, 300])).tolist() == [80, 100]
    equal = GroupSequential(100, looks=3, equal=True)
    assert equal.look_at(np.array([10, 70])).tolist() == [34, 67]
    assert equal.look_at(np.array([10, 70, 200])).tolist() == [34, 67, 100]


@pytest.mark.parametrize(("rule", "bounds"), [
    (GroupSequential(100, 5), [4.877, 3.357, 2.680, 2.290, 2.031]),
    (GroupSequential(100, 4, equal=True), [4.049, 2.863, 2.337, 2.024]),
    (GroupSequential(100, 5, spending="pocock", equal=True), [2.413] * 5),
])  # fmt: skip
def test_bounds_are_the_published_ones(rule, bounds):
    looks = np.arange(1, rule.looks + 1) * rule.rows // rule.looks
    assert rule.bounds(looks).round(3).tolist() == bounds
    assert rule.bounds(looks[:2]).round(3).tolist() == bounds[:2], "later looks change nothing"


def test_walds_test_on_a_coin_by_hand():
    # three of four against one of two: a row won gives ln 1.5 = 0.405, a row lost ln 0.5 = -0.693;
    # ln A = 2.773 takes seven that are won, ln B = -1.558 three that are lost
    rule = SPRT(difference=0.5)
    assert [rule.found(coins(won, 0)).says[0] for won in (6, 7)] == [0, 1]
    assert [rule.found(coins(0, lost)).says[0] for lost in (2, 3)] == [0, -1]
    assert rule.log_ratio(coins(2, 1))[0] == pytest.approx(np.log(1.5**2 * 0.5))


def test_a_sequence_of_each_arm_is_wider_and_holds_without_a_common_order():
    tally = halves((60, 200), (40, 200))
    both = ConfidenceSequence(400, by_arm=False).found(tally)
    each = ConfidenceSequence(400).found(tally)
    assert each.low[0] < both.low[0] < -0.1 < both.high[0] < each.high[0]


def test_netflixs_canary():
    # mean losses of four ticks: 1, 2, 3, 4 of the champion, 10, 20, 30, 40 of the challenger
    losses = np.array([[1, 10], [2, 20], [3, 30], [4, 40]]).ravel()
    counts = np.array([2, 4, 6, 8])
    rule = Kayenta(0.95)
    assert rule.look_at(counts).tolist() == [2, 4, 6, 8]
    found = rule.found(split(losses, np.arange(8) % 2 == 1, counts))
    assert (found.says.tolist(), found.low[0], found.high[0]) == ([-1], 6.0, 39.0)
    assert rule.found(split(losses, np.arange(8) % 2 == 0, counts)).says.tolist() == [1]
    assert rule.found(split(losses[:6], np.arange(6) % 2 == 1, counts[:3])).says.tolist() == [0]


def test_without_any_spread_nothing_is_shown():
    halves = paired(np.full(50, 0.5), np.zeros(50), [50])
    for rule in (AtTheEnd(), GroupSequential(50, 1), SPRT(0.1), ConfidenceSequence(50)):
        assert rule.found(halves).says.tolist() == [0]


# errors ----------------------------------------------------------------------------------------

TRIALS, ROWS = 2_000, 1_000
LOOKS = np.arange(100, ROWS + 1, 50)
MANY = 3 * np.sqrt(0.05 * 0.95 / TRIALS)
"""Three standard deviations of a share of .05 among so many trials."""


@pytest.fixture(scope="module")
def equal_arms():
    """Losses of two equally good models, a fifth of them wrong, in alternate rows."""
    return np.random.default_rng(7).random((TRIALS, ROWS), dtype=np.float32) < 0.2


def shown(rule, losses, counts=LOOKS):
    """The shares of trials that a rule ever decides for and against the challenger."""
    tally = split(losses, np.arange(losses.shape[-1]) % 2 == 1, rule.look_at(counts))
    says = rule.found(tally).says
    first = np.take_along_axis(says, (says != 0).argmax(axis=-1)[:, None], axis=-1)
    return (first > 0).mean(), (first < 0).mean()


@pytest.mark.parametrize("rule", [
    AtTheEnd(), GroupSequential(ROWS), GroupSequential(ROWS, 4, spending="pocock"),
    GroupSequential(ROWS, 5, equal=True), GroupSequential(ROWS, 5, 0.05, "pocock", equal=True),
], ids=["one look", "spending little first", "evenly", "O'Brien", "Pocock"])  # fmt: skip
def test_tests_that_claim_a_twentieth_err_as_often(rule, equal_arms):
    better, worse = shown(rule, equal_arms)
    assert 0.05 - MANY < better + worse < 0.05 + MANY
    assert abs(better - worse) < MANY, "both sides alike"


def test_sequences_err_less_often_at_any_of_all_looks(equal_arms):
    tally = split(equal_arms, np.arange(ROWS) % 2 == 1, LOOKS)
    ever = [(ConfidenceSequence(ROWS, by_arm=by_arm).found(tally).says != 0).any(axis=-1).mean()
            for by_arm in (False, True)]  # fmt: skip
    assert ever[1] < ever[0] < 0.05
    assert ever[0] > 0


def test_of_pairs_they_err_no_more_often(equal_arms):
    """Of a shadow, that both models answer each row of, at the same looks."""
    counts = np.arange(100, ROWS // 2 + 1, 50)
    old, new = equal_arms[:, : ROWS // 2], equal_arms[:, ROWS // 2 :]
    ever = {}
    for rule in (AtTheEnd(), GroupSequential(ROWS // 2), SPRT(0.06), ConfidenceSequence(ROWS // 2)):
        says = rule.found(paired(old, new, rule.look_at(counts))).says
        first = np.take_along_axis(says, (says != 0).argmax(axis=-1)[:, None], axis=-1)
        ever[type(rule).__name__] = (first > 0).mean(), (first < 0).mean()
    for name in ("AtTheEnd", "GroupSequential"):
        assert 0.05 - MANY < sum(ever[name]) < 0.05 + MANY, name
    assert 0 < sum(ever["ConfidenceSequence"]) < 0.05
    assert ever["SPRT"][0] < 0.05 / 0.8 + MANY


def test_walds_test_errs_as_it_says(equal_arms):
    rule, its = SPRT(difference=0.06), np.arange(ROWS) % 2 == 1
    says = rule.found(split(equal_arms, its, LOOKS)).says[:, -1]
    assert (says > 0).mean() < rule.alpha / (1 - rule.beta) + MANY
    assert (says < 0).mean() > 0.6, "most trials end early"
    rng = np.random.default_rng(8)
    losses = rng.random((TRIALS, ROWS), dtype=np.float32) < np.where(its, 0.14, 0.2)
    says = rule.found(split(losses, its, LOOKS)).says[:, -1]
    assert (says < 0).mean() < rule.beta / (1 - rule.alpha) + MANY


def test_kayenta_claims_nothing_and_rarely_errs_on_independent_ticks(equal_arms):
    better, worse = shown(Kayenta(), equal_arms, np.arange(50, ROWS + 1, 50))
    assert 0 < better + worse < 0.02, "its interval alone misses 0 with a chance of .02"


def test_looking_in_every_tick_with_the_rule_for_one_look_errs_far_more_often(equal_arms):
    tally = split(equal_arms[:400], np.arange(ROWS) % 2 == 1, LOOKS)
    ever = (AtTheEnd().found(tally).says != 0).any(axis=-1).mean()
    assert ever > 0.15


def test_users_who_come_again_and_again():
    # fifty users in each arm with twenty events each, the intra-class correlation of a tenth: as if
    # rows were independent the error is 1.96 / √2.9 deviations, .25; by users it is a twentieth
    rng, users, times = np.random.default_rng(3), 100, 20
    units = np.tile(np.arange(users), times)
    its, naive, by_user = units % 2 == 1, [], []
    for _ in range(300):
        losses = 10 + np.sqrt(0.1) * rng.normal(size=users)[units]
        losses += np.sqrt(0.9) * rng.normal(size=len(units))
        for found, some in ((naive, None), (by_user, units)):
            tally = split(losses, its, [len(units)], some)
            found.append(AtTheEnd().found(tally).says[0] != 0)
    assert 0.17 < np.mean(naive) < 0.33
    assert 0.01 < np.mean(by_user) < 0.09
