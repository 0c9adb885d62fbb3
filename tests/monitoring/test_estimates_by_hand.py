"""Estimates without labels: published numbers, arithmetic by hand, and what each can see."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit
from sklearn.linear_model import LinearRegression

from clsim.monitoring import calibration, confidence, expected
from clsim.statistics.counts import Distribution, poisson_binomial
from clsim.types import Column

CHANCE = np.array([0.9, 0.8, 0.3, 0.6])
BOTH, ANSWERS = np.column_stack([1 - CHANCE, CHANCE]), CHANCE >= 0.5


# the matrix ---------------------------------------------------------------------------------------


def test_the_expected_confusion_of_four_events():
    matrix = expected.expected_confusion(BOTH, ANSWERS)
    np.testing.assert_allclose(matrix, [[0.7, 0.7], [0.3, 2.3]])
    assert expected.rate("accuracy", matrix) == pytest.approx(0.75)
    assert expected.rate("precision", matrix) == pytest.approx(0.766667, abs=5e-7)
    assert expected.rate("recall", matrix) == pytest.approx(0.884615, abs=5e-7)
    assert expected.rate("f1", matrix) == pytest.approx(2 * 2.3 / (2 * 2.3 + 0.7 + 0.3))


def test_the_accuracy_is_poisson_binomial():
    found = expected.accuracy_distribution(BOTH, ANSWERS)
    assert (round(found.mean, 9), round(found.deviation, 6)) == (0.75, 0.209165)


@pytest.mark.parametrize("name", expected.RATES)
def test_a_distribution_is_what_all_sixteen_cases_say(name):
    mean = 0.0
    for truth in itertools.product([0, 1], repeat=4):
        likely = np.prod(np.where(truth, CHANCE, 1 - CHANCE))
        matrix = np.zeros((2, 2))
        np.add.at(matrix, (np.array(truth), ANSWERS.astype(int)), 1)
        mean += likely * np.nan_to_num(expected.rate(name, matrix))
    found = expected.distribution(name, BOTH, ANSWERS)
    assert found.mean == pytest.approx(mean, abs=1e-12)
    if name == "recall":
        assert round(mean, 6) == 0.897800


def test_costs_of_two_classes():
    costs = np.array([[0.0, 1.0], [5.0, 0.0]])
    matrix = expected.expected_confusion(BOTH, ANSWERS)
    assert expected.mean_cost(matrix, costs) == pytest.approx((0.7 * 1 + 0.3 * 5) / 4)
    found = expected.cost_distribution(BOTH, ANSWERS, costs)
    assert found.mean == pytest.approx(0.55)
    # three may be false alarms, at 1 each; one may be missed, at 5
    variance = (0.1 * 0.9 + 0.2 * 0.8 + 0.4 * 0.6 + 25 * 0.3 * 0.7) / 16
    assert found.deviation == pytest.approx(np.sqrt(variance))


def test_rates_of_three_classes_are_means_over_those_that_have_one():
    chances = np.array([[0.8, 0.2, 0.0], [0.1, 0.6, 0.3], [0.5, 0.5, 0.0]])
    matrix = expected.expected_confusion(chances, np.array([0, 1, 0]))
    assert expected.rate("accuracy", matrix) == pytest.approx((0.8 + 0.6 + 0.5) / 3)
    assert expected.rate("precision", matrix) == pytest.approx((1.3 / 2 + 0.6) / 2), "2: never said"
    assert expected.rate("recall", matrix) == pytest.approx((1.3 / 1.4 + 0.6 / 1.3 + 0) / 3)
    with pytest.raises(ValueError, match="of two classes alone, not of 3"):
        expected.distribution("recall", chances, np.array([0, 1, 0]))


def test_nothing_is_said_of_a_precision_without_answers():
    matrix = expected.expected_confusion(BOTH, np.zeros(4, dtype=bool))
    assert np.isnan(expected.rate("precision", matrix))
    assert expected.rate("recall", matrix) == 0


def test_poisson_binomial_of_equal_chances_is_binomial():
    np.testing.assert_allclose(
        poisson_binomial(np.full(40, 0.3)), stats.binom(40, 0.3).pmf(range(41))
    )


def test_an_interval_holds_at_least_its_level():
    fair = Distribution(np.arange(11) / 10, stats.binom(10, 0.5).pmf(range(11)))
    # 2 to 8 of ten have .9785, 3 to 7 only .8906; a tail of .0107 is left on either side
    assert fair.interval(0.95) == (0.2, 0.8)
    with pytest.raises(ValueError, match="level=1"):
        fair.interval(1)


# confidence ---------------------------------------------------------------------------------------

SURE, RIGHT = np.array([0.95, 0.9, 0.85, 0.7, 0.6]), np.array([1, 1, 1, 0, 0])
NOW = np.array([0.9, 0.8, 0.65, 0.55])


def test_average_thresholded_confidence_by_its_definition_and_by_its_authors_code():
    published = confidence.threshold_as_published(SURE, RIGHT)
    ours = confidence.threshold_by_share(SURE, RIGHT)
    assert published == 0.7
    assert 0.7 < ours <= 0.85
    assert confidence.share_above(NOW, published) == confidence.share_above(NOW, ours) == 0.5
    assert confidence.share_above(SURE, ours) == RIGHT.mean()
    assert confidence.share_above(SURE, published) == RIGHT.mean() + 1 / 5, "one row more"


def test_thresholds_where_all_were_right_or_wrong():
    none = np.zeros(5)
    assert confidence.share_above(NOW, confidence.threshold_by_share(SURE, 1 - none)) == 1
    assert confidence.share_above(NOW, confidence.threshold_by_share(SURE, none)) == 0


def test_difference_of_confidences():
    found = confidence.difference_of_confidences(SURE, RIGHT, NOW)
    assert found == pytest.approx(0.6 - 0.8 + 0.725)  # .525


def test_a_regression_of_the_loss():
    number = np.array([0.0, 1, 2, np.nan])
    every = {
        "number": Column(number),
        "name": Column(np.array([0, -1, 1, 1]), np.array(["a", "b"])),
    }
    some = {feature: Column(values[1:3], names) for feature, (values, names) in every.items()}
    sure = np.full(4, 0.5)
    losses = np.array([0.0, 1.0, 3.0, 3.0])
    found = confidence.regressed_losses(LinearRegression(), (every, sure), losses, (some, sure[:2]))
    np.testing.assert_allclose(found, [1, 3], atol=1e-9)


# worlds with a known answer -----------------------------------------------------------------------

N = 40_000
MIDDLES = (np.arange(N) + 0.5) / N
"""Places at which a quantile function is read: a sample without noise of sampling."""


def normal(mean):
    return stats.norm(mean).ppf(MIDDLES)


def two(second):
    return np.column_stack([1 - second, second])


def drawn(second, seed):
    return (np.random.default_rng(seed).random(len(second)) < second).astype(int)


def accuracy(chances, answers):
    return expected.rate("accuracy", expected.expected_confusion(chances, answers))


def test_a_shift_of_inputs_that_calibration_survives():
    """An overconfident model: what is 2x is said to be 6x, before and after."""
    before, after = normal(0.0), normal(1.0)
    labels = drawn(expit(2 * before), seed=1)
    said, known = two(expit(6 * after)), two(expit(6 * before))
    answers = said[:, 1] >= 0.5
    true = np.where(answers, expit(2 * after), 1 - expit(2 * after)).mean()
    assert accuracy(said, answers) > true + 0.05
    mended = calibration.calibrated(known, labels, said)
    assert accuracy(mended, answers) == pytest.approx(true, abs=0.01)


def test_a_shift_of_what_the_model_does_not_read_needs_weights():
    """Of two features the model reads one; the other moves by one standard deviation."""
    rng = np.random.default_rng(2)
    before, after = rng.normal(size=(N, 2)), rng.normal([0.0, 1.0], size=(N, 2))
    labels = drawn(expit(2 * before.sum(axis=1)), seed=3)
    known, said = two(expit(before[:, 0])), two(expit(after[:, 0]))
    answers, chance = said[:, 1] >= 0.5, expit(2 * after.sum(axis=1))
    true = np.where(answers, chance, 1 - chance).mean()
    unweighted = accuracy(calibration.calibrated(known, labels, said), answers)
    ratio = calibration.density_ratio(
        *({"x": Column(x[:, 0]), "y": Column(x[:, 1])} for x in (before, after))
    )
    weighted = accuracy(calibration.calibrated(known, labels, said, ratio), answers)
    assert unweighted > true + 0.03
    assert weighted == pytest.approx(true, abs=0.01)


def test_a_shift_of_labels_needs_the_new_prior():
    """Classes are N(-1, 1) and N(1, 1), and the share of the second goes from .3 to .6."""
    was, now = np.array([0.7, 0.3]), np.array([0.4, 0.6])
    x = np.concatenate([normal(-1.0)[::6], normal(1.0)[::4]])  # 40 % and 60 %
    chances = two(expit(2 * x + np.log(0.3 / 0.7)))
    answers = chances[:, 1] >= 0.5
    assert round(accuracy(chances, answers), 3) == 0.836
    found = calibration.prior_by_likelihood(chances, was)
    np.testing.assert_allclose(found, now, atol=0.002)
    mended = calibration.with_prior(chances, was, found)
    assert accuracy(mended, answers) == pytest.approx(0.800, abs=0.001)
    # the same from errors of the past: of -1 and 1 these shares lie above the cut at .4236
    cut = np.log(0.7 / 0.3) / 2
    above = stats.norm([-1.0, 1.0]).sf(cut)
    matrix = np.column_stack([1 - above, above]) * was[:, None]
    counts = np.bincount(answers, minlength=2)
    np.testing.assert_allclose(calibration.prior_by_confusion(matrix, counts), now, atol=0.001)


def test_what_cannot_be_told_of_the_prior_is_refused():
    with pytest.raises(ValueError, match="do not depend on the class"):
        calibration.prior_by_confusion(np.array([[5, 5], [3, 3]]), np.array([1, 1]))
    with pytest.raises(ValueError, match="a class has no label"):
        calibration.prior_by_confusion(np.array([[5, 5], [0, 0]]), np.array([1, 1]))


def test_no_estimate_sees_a_drift_of_the_concept():
    """The same inputs, and every label turned round: all estimates stay where they were."""
    x = normal(0.0)
    chances, labels = two(expit(3 * x)), drawn(expit(3 * x), seed=4)
    answers = chances[:, 1] >= 0.5
    right = answers == labels
    sure = confidence.confidence(chances)
    cut = confidence.threshold_by_share(sure, right)
    estimates = [
        accuracy(calibration.calibrated(chances, labels, chances), answers),
        confidence.share_above(sure, cut),
        confidence.difference_of_confidences(sure, right, sure),
        1 - confidence.regressed_losses(
            LinearRegression(), ({"x": Column(x)}, sure), ~right, ({"x": Column(x)}, sure)
        ).mean(),
    ]  # fmt: skip
    np.testing.assert_allclose(estimates, right.mean(), atol=0.001)
    assert np.mean(answers == 1 - labels) < 0.25, "and this is how good it is after the drift"


def test_calibration_needs_two_classes_and_gives_none_to_one_without_a_label():
    three = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4]])
    with pytest.raises(ValueError, match="two classes"):
        calibration.calibrated(three, np.array([1, 1, 1]), three)
    found = calibration.calibrated(three, np.array([0, 1, 1]), three)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert (found[:, 2] == 0).all()


def test_a_ratio_of_densities_is_clipped_and_takes_categories():
    names = np.array(["a", "b"])
    codes = np.repeat([0, 1], 50), np.repeat([1, 0], [99, 1])
    was, now = ({"x": Column(c.astype(float)), "c": Column(c, names)} for c in codes)
    found = calibration.density_ratio(was, now, clip=1.5)
    assert set(found.round(9)) == {round(1 / 1.5, 9), 1.5}
