"""Concepts, by hand, against the published streams, and against river."""

import inspect
import math

import numpy as np
import pandas as pd
import pytest
from river.datasets import synth
from scipy import stats

from clsim.randomness import generator
from clsim.streams import concepts
from clsim.streams.concepts import (
    LED,
    SEA,
    STAGGER,
    AdClick,
    Agrawal,
    Friedman,
    Gaussians,
    Hyperplane,
    Logistic,
    Mixed,
    RandomRBF,
    RandomTree,
    Sine,
)
from clsim.streams.concepts.alias import alias_tables, pick
from clsim.streams.concepts.clouds import _rbf_clouds
from clsim.streams.concepts.rows import dot
from clsim.streams.concepts.trees import _tree

HALF = np.full(4, 0.5)

SHIPPED = [
    concept
    for concept in vars(concepts).values()
    if inspect.isclass(concept)
    if concept not in (concepts.Concept, concepts.MovingConcept)
]
"""Every public concept; one that is added is tested without being named here."""

OPTIONS = [
    Sine(3, irrelevant=2),
    SEA(2, irrelevant=0),
    STAGGER(1),
    Mixed(1, irrelevant=3),
    *(Agrawal(rule) for rule in range(1, 10)),
    Agrawal(4, perturbation=0.1),
    LED(noise=0, irrelevant=17),
    LED(irrelevant=5, swapped=4),
    RandomRBF(3, 4, 7, variant=1),
    RandomTree(0, 4, 3, 3),
    RandomTree(4, 0, variant=2),
    Hyperplane(3, irrelevant=2),
    Logistic(3, irrelevant=2),
    Friedman(2, noise=0, irrelevant=0),
    Gaussians(4, 3, irrelevant=2),
    AdClick(20, 5, exponent=0, rank=1),
]


def named(concept):
    return type(concept).__name__


every = pytest.mark.parametrize("concept", [*(make() for make in SHIPPED), *OPTIONS], ids=named)


def drawn(concept, n=4000, seed=0, stream=1):
    """Inputs, hidden columns too, and the uniform numbers that go with them."""
    rng = np.random.default_rng(stream)
    return concept.draw(n, rng, seed), rng.random(n)


def frequency_is(share, expected, n, within=0.05):
    """A share in n draws is as expected, and n is enough to see a relative error of 5 %."""
    error = math.sqrt(expected * (1 - expected) / n)
    assert 8 * error < within * expected, "draw more"
    assert abs(share - expected) < 4 * error


def from_river(dataset, n=3000):
    """Rows of a river generator: values in their order, and classes."""
    events = list(dataset.take(n))
    X = np.array([[float(v) for v in x.values()] for x, _ in events])
    return X, np.array([y for _, y in events])


def test_sine_by_hand():
    # sin(0.5) = .479; 0.5 + 0.3 sin(3 pi 0.5) = 0.2
    X = np.array([[0.48, 0.5], [0.47, 0.5], [0.21, 0.5], [0.19, 0.5]])
    assert Sine(0).label(X, HALF, 0).tolist() == [0, 1, 1, 1]
    assert Sine(1).label(X, HALF, 0).tolist() == [1, 0, 0, 0]
    assert Sine(2).label(X, HALF, 0).tolist() == [0, 0, 0, 1]
    assert Sine(3).label(X, HALF, 0).tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("function", range(4))
def test_sine_has_the_numbering_of_river(function):
    events = list(synth.Sine(function, seed=1).take(500))
    X = np.array([[x[0], x[1]] for x, _ in events])
    assert Sine(function).label(X, X[:, 0], 0).tolist() == [y for _, y in events]


@pytest.mark.parametrize("function", range(4))
def test_sea_has_the_numbering_of_river(function):
    events = list(synth.SEA(function, seed=1).take(500))
    X = np.array([[x[0], x[1], x[2]] for x, _ in events])
    assert SEA(function).label(X, X[:, 0], 0).tolist() == [int(y) for _, y in events]


def test_sea_by_hand():
    X = np.array([[4, 3.5, 9], [4, 4.5, 0], [4, 5.2, 0], [4, 6, 0]])  # sums 7.5, 8.5, 9.2, 10
    assert SEA(0).label(X, HALF, 0).tolist() == [0, 1, 1, 1]
    assert SEA(1).label(X, HALF, 0).tolist() == [0, 0, 1, 1]
    assert SEA(2).label(X, HALF, 0).tolist() == [1, 1, 1, 1]
    assert SEA(3).label(X, HALF, 0).tolist() == [0, 0, 0, 1]


def test_the_published_sine_stream_has_our_labels_in_each_of_its_four_segments(shared):
    frame = pd.read_csv(shared("sine_0123_abrupto.csv.gz"))
    X, y = frame[["X1", "X2"]].to_numpy(), frame["class"].to_numpy().astype(int)
    assert len(y) == 40_000
    for function in range(4):
        part = slice(10_000 * function, 10_000 * (function + 1))
        found = [Sine(f).label(X[part], X[part, 0], 0) for f in range(4)]
        assert [int((labels == y[part]).sum()) for labels in found][function] == 10_000
        assert (found[function - 1] == y[part]).mean() < 0.7


def test_the_published_sea_stream_has_our_labels_but_for_its_noise(shared):
    frame = pd.read_csv(shared("sea_0123_abrupto_noise_0.2.csv.gz"))
    X, y = frame.iloc[:, :3].to_numpy(), frame.iloc[:, 3].to_numpy().astype(int)
    for function in range(4):
        part = slice(10_000 * function, 10_000 * (function + 1))
        agree = [(SEA(f).label(X[part], X[part, 0], 0) == y[part]).mean() for f in range(4)]
        assert agree[function] == max(agree)
        assert abs(agree[function] - 0.8) < 0.02


def test_logistic_labels_have_the_chance_that_the_weights_say():
    concept = Logistic(n_features=2, scale=2.0)
    w = concept.weights(seed=7)
    X = np.array([[1.0, 2.0]])
    chance = 1 / (1 + np.exp(-(w[0] + 2 * w[1])))
    assert concept.label(X, np.array([chance - 1e-9]), 7).tolist() == [1]
    assert concept.label(X, np.array([chance + 1e-9]), 7).tolist() == [0]
    np.testing.assert_allclose(w, 2 * Logistic(n_features=2).weights(seed=7))
    assert not np.array_equal(w, Logistic(n_features=2, variant=1, scale=2.0).weights(seed=7))
    assert not np.array_equal(w, concept.weights(seed=8))
    assert Logistic(1, weights=[2]).weights(seed=8).tolist() == [2]
    with pytest.raises(ValueError, match=r"weights=\[1, 2\]: expected finite numbers of shape"):
        Logistic(1, weights=[1, 2])


def test_logistic_labels_do_not_depend_on_how_calls_are_cut():
    concept = Logistic(n_features=10)
    rng = np.random.default_rng(0)
    X, uniform = rng.normal(size=(1000, 10)), rng.random(1000)
    parts = [concept.label(X[i : i + 1], uniform[i : i + 1], 0)[0] for i in range(1000)]
    assert concept.label(X, uniform, 0).tolist() == parts


@pytest.mark.parametrize("make", [Sine, SEA])
def test_an_unknown_function_is_refused(make):
    with pytest.raises(ValueError, match=r"^function: .*'4'.*Allowed: 0, 1, 2, 3"):
        make(4)


def test_logistic_parameters_are_checked():
    with pytest.raises(ValueError, match=r"^n_features=0: must be at least 1"):
        Logistic(n_features=0)
    with pytest.raises(TypeError, match=r"^n_features=2.5: expected a whole number"):
        Logistic(n_features=2.5)
    with pytest.raises(ValueError, match=r"^scale=0: must be above 0"):
        Logistic(scale=0)


# every concept


@every
def test_draws_are_features_and_hidden_columns_of_the_declared_kinds(concept):
    X, uniform = drawn(concept)
    p = len(concept.features)
    assert X.dtype == np.float64
    assert X.shape[0] == 4000
    assert X.shape[1] >= p
    assert len(set(concept.features)) == p
    assert np.isfinite(X).all()
    assert set(concept.categories) <= set(concept.features)
    for name, count in concept.categories.items():
        codes = X[:, concept.features.index(name)]
        assert set(codes) <= set(range(count))
        if count < 100:
            assert set(codes) == set(range(count))
    numeric = [i for i, name in enumerate(concept.features) if name not in concept.categories]
    assert (X[:, numeric].std(axis=0) > 0.05).all()
    y = concept.label(X, uniform, 0)
    assert y.shape == (4000,)
    if concept.n_classes == 0:
        assert y.dtype == np.float64
        assert np.isfinite(y).all()
    else:
        assert y.dtype == np.int64
        assert set(y) == set(range(concept.n_classes))


@every
def test_seed_and_generator_decide_draws_and_labels(concept):
    X, uniform = drawn(concept)
    X_again, _ = drawn(concept)
    np.testing.assert_array_equal(X, X_again)
    before = X.copy()
    y = concept.label(X, uniform, 0)
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(y, concept.label(X, uniform, 0))
    assert not np.array_equal(X, drawn(concept, stream=2)[0])


@every
def test_labels_do_not_depend_on_how_rows_are_cut_or_laid_out(concept):
    X, uniform = drawn(concept, n=1000)
    y = concept.label(X, uniform, 0)
    for cut in (1, 7, 64, 999):
        blocks = [slice(i, i + cut) for i in range(0, 1000, cut)]
        parts = [concept.label(X[b], uniform[b], 0) for b in blocks]
        np.testing.assert_array_equal(np.concatenate(parts), y)
    odd = np.arange(1000) % 2 == 1
    np.testing.assert_array_equal(concept.label(X[odd], uniform[odd], 0), y[odd])
    np.testing.assert_array_equal(concept.label(X[1::2], uniform[1::2], 0), y[odd])
    np.testing.assert_array_equal(concept.label(np.asfortranarray(X), uniform, 0), y)


def test_sums_have_the_same_bits_however_rows_are_cut():
    rng = np.random.default_rng(0)
    X, weights = rng.normal(size=(999, 13)), rng.normal(size=13)
    total = dot(X, weights)
    assert total.tolist() == [sum(x * w for x, w in zip(row, weights, strict=True)) for row in X]
    for i in range(999):
        assert dot(X[i : i + 1], weights)[0] == total[i]


def alternatives(make):
    """Concepts of one class that differ in how labels follow from inputs."""
    given = inspect.signature(make).parameters
    key = "function" if "function" in given else "variant"
    return [make(**{key: value}) for value in range(2)] if key in given else [make()]


@pytest.mark.parametrize("make", SHIPPED)
def test_functions_and_variants_share_the_draws(make):
    first, *others = alternatives(make)
    for other in others:
        assert other.inputs == first.inputs
        X, uniform = drawn(first)
        X_other, _ = drawn(other)
        if first.moves_inputs:
            assert not np.array_equal(X, X_other)
            X = first.moved(X, 0, [(other, np.ones(len(X)))])
            np.testing.assert_allclose(X, X_other, atol=1e-12)
        else:
            np.testing.assert_array_equal(X, X_other)
            assert (first.label(X, uniform, 0) != other.label(X, uniform, 0)).mean() > 0.02


@pytest.mark.parametrize("make", [c for c in SHIPPED if c.movable])
def test_a_blend_goes_from_one_concept_to_the_other(make):
    first, second = alternatives(make)
    X, uniform = drawn(first, n=2000)
    here, there = np.ones(2000), np.zeros(2000)

    def blended(share):
        blend = [(first, 1 - share), (second, share)]
        moved = first.moved(X, 0, blend) if first.moves_inputs else X
        return moved, first.label(moved, uniform, 0, blend)

    for share, concept in ((there, first), (here, second)):
        moved, y = blended(share)
        expected = concept.draw(2000, np.random.default_rng(1), 0)
        np.testing.assert_allclose(moved, expected, atol=1e-12)
        np.testing.assert_array_equal(y, concept.label(moved, uniform, 0))
    # rows have shares of their own, and half way lies between the ends
    X_half, y_half = blended(np.full(2000, 0.5))
    share = np.where(np.arange(2000) % 2 == 0, 0.5, 1.0)
    X_both, y_both = blended(share)
    np.testing.assert_array_equal(X_both[::2], X_half[::2])
    np.testing.assert_array_equal(y_both[::2], y_half[::2])
    np.testing.assert_array_equal(y_both[1::2], second.label(X_both, uniform, 0)[1::2])
    if first.moves_inputs:
        ends = X + second.draw(2000, np.random.default_rng(1), 0)
        np.testing.assert_allclose(X_half, ends / 2, atol=1e-12)
    else:
        assert (y_half != first.label(X, uniform, 0)).mean() > 0.01
        assert (y_half != second.label(X, uniform, 0)).mean() > 0.01


@pytest.mark.parametrize("make", [c for c in SHIPPED if hasattr(c(), "variant")])
def test_variants_and_seeds_are_different_worlds(make):
    def world(concept, seed):
        X, uniform = drawn(concept, seed=seed)
        return np.column_stack([X, concept.label(X, uniform, seed)])

    first = world(make(variant=0), 0)
    assert not np.array_equal(first, world(make(variant=1), 0))
    assert not np.array_equal(first, world(make(variant=0), 1))


# against river: the labels that its generators give to the same rows


@pytest.mark.parametrize(
    ("concept", "dataset"),
    [
        *((Sine(f, irrelevant=2), synth.Sine(f, seed=1, has_noise=True)) for f in range(4)),
        *((SEA(f), synth.SEA(f, seed=1)) for f in range(4)),
        *((STAGGER(f), synth.STAGGER(f, seed=1)) for f in range(3)),
        *((Mixed(f), synth.Mixed(f, seed=1)) for f in range(2)),
        *((Agrawal(f), synth.Agrawal(f, seed=1)) for f in range(10)),
        (LED(noise=0), synth.LED(seed=1)),
        (LED(noise=0, irrelevant=17), synth.LED(seed=1, irrelevant_features=True)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_labels_are_those_of_river(concept, dataset):
    X, y = from_river(dataset)
    assert X.shape[1] == len(concept.features)
    assert len(set(y)) > 1
    np.testing.assert_array_equal(concept.label(X, X[:, 0], 0), y.astype(int))


@pytest.mark.parametrize("function", range(10))
def test_agrawal_inputs_have_the_distribution_of_river(function):
    X, y = from_river(synth.Agrawal(function, seed=2), 5000)
    ours, uniform = drawn(Agrawal(function), 20_000)
    X[:, 4] -= 1  # cars are counted from 1 there, and are codes here
    for column in range(9):
        assert stats.ks_2samp(X[:, column], ours[:, column]).pvalue > 1e-4, column
    for column, low, high in ((2, 20, 80), (7, 1, 30)):
        assert set(ours[:, column]) == set(range(low, high + 1))
    positive = Agrawal(function).label(ours, uniform, 0).mean()
    assert abs(positive - y.mean()) < 4 * math.sqrt(0.25 / 5000 + 0.25 / 20_000)


def test_agrawal_by_hand():
    # rule 4 of the paper's count from 1: two years of school, 60 years old, salary 50 to 100
    X = np.array([[s, 0, 60, level, 0, 0, 0, 0, 0] for s in (49e3, 60e3, 99e3) for level in (1, 2)])
    assert Agrawal(3).label(X, HALF, 0).tolist() == [1, 0, 1, 1, 0, 1]
    # equity 500,000 (25 - 20) / 10 = 250,000; 2/3 30,000 - 20,000 + 50,000 - 10,000 = 40,000
    rich = np.array([[30e3, 0, 30, 4, 0, 0, 500e3, 25, 0]])
    assert Agrawal(9).label(rich, HALF, 0).tolist() == [0]
    rich[0, 7] = 20  # no equity: -10,000
    assert Agrawal(9).label(rich, HALF, 0).tolist() == [1]
    # at the limit of 1: a house of 100,020 leaves 2, one of 100,000 leaves 0
    limit = np.array([[30e3, 0, 30, 4, 0, 0, house, 25, 0] for house in (100_020, 100_000)])
    assert Agrawal(9).label(limit, HALF, 0).tolist() == [0, 1]


def test_agrawal_perturbation_moves_numbers_in_their_ranges_and_keeps_the_labels():
    n, share = 20_000, 0.1
    X, uniform = drawn(Agrawal(4, perturbation=share), n)
    assert X.shape == (n, 18)
    seen, true = X[:, :9], X[:, 9:]
    np.testing.assert_array_equal(
        Agrawal(4, perturbation=share).label(X, uniform, 0), Agrawal(4).label(true, uniform, 0)
    )
    for column in (3, 4, 5):
        np.testing.assert_array_equal(seen[:, column], true[:, column])
    np.testing.assert_array_equal(seen[:, 1] == 0, true[:, 1] == 0)
    price = 100_000 * (8 - true[:, 5])
    ranges = {0: (20e3, 150e3), 1: (10e3, 85e3), 2: (20, 80), 6: (0.5 * price, 1.5 * price),
              7: (1, 30), 8: (0, 500e3)}  # fmt: skip
    for column, (low, high) in ranges.items():
        some = seen[:, column] != 0
        step, width = np.abs(seen - true)[:, column], np.broadcast_to(np.subtract(high, low), n)
        assert (step <= share * width + 0.5).all()
        assert (seen[:, column] >= low)[some].all()
        assert (seen[:, column] <= high)[some].all()
        if column not in (2, 7):
            # |uniform| has mean 1/2; clipping at two ends takes share / 8 of it away... at most
            mean = (step[some] / width[some].clip(1)).mean() / share
            assert 0.5 * (1 - share) < mean < 0.51
        else:
            assert (seen[:, column] == np.rint(seen[:, column])).all()


@pytest.mark.parametrize("function", range(3))
def test_friedman_functions_are_those_of_river(function):
    dataset = synth.FriedmanDrift("gsg", position=(10, 20), transition_window=0, seed=1)
    rng = np.random.default_rng(0)
    X = rng.random((500, 10))
    theirs = [dataset._y_maker(dict(enumerate(row)), 5 + 10 * function) for row in X]
    ours = Friedman(function, noise=0).label(X, rng.random(500), 0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-13)


def test_hyperplane_labels_are_those_of_river_with_its_weights():
    dataset = synth.Hyperplane(seed=1, noise_percentage=0)
    X, y = from_river(dataset)
    concept = Hyperplane(weights=dataset._weights)
    np.testing.assert_array_equal(concept.label(X, X[:, 0], 0), y)
    middle = np.full((1, 10), 0.5)
    assert Hyperplane(weights=[1.0] * 10).label(middle, HALF[:1], 0).tolist() == [1]


def test_hyperplane_turns_with_its_weights():
    one, other = Hyperplane(2, weights=[1, 0]), Hyperplane(2, weights=[0, 1])
    X = np.array([[0.4, 0.7], [0.4, 0.7], [0.4, 0.55]])
    share = np.array([0.2, 0.5, 0.5])  # .46 < .5; .55 > .5; .475 < .5
    assert one.label(X, HALF[:3], 0, [(one, 1 - share), (other, share)]).tolist() == [0, 1, 0]


def test_sea_threshold_moves():
    X = np.full((3, 3), 4.2)  # sum 8.4; thresholds 8, 8.3, 9
    share = np.array([0.0, 0.3, 1.0])
    assert SEA(0).label(X, HALF[:3], 0, [(SEA(0), 1 - share), (SEA(1), share)]).tolist() == [
        1,
        1,
        0,
    ]


# what long draws show; each would fail with an error of 5 %


@pytest.mark.parametrize(
    ("concept", "positive"),
    [
        (Sine(0), 1 - math.cos(1)),  # the integral of sin from 0 to 1
        (Sine(1), math.cos(1)),
        (Sine(2), 0.5 + 0.3 * 2 / (3 * math.pi)),
        (Sine(3), 0.5 - 0.3 * 2 / (3 * math.pi)),
        (SEA(0), 1 - 0.8**2 / 2),
        (SEA(1), 1 - 0.9**2 / 2),
        (SEA(2), 1 - 0.7**2 / 2),
        (SEA(3), 1 - 0.95**2 / 2),
        (STAGGER(0), 1 / 9),
        (STAGGER(1), 5 / 9),
        (STAGGER(2), 2 / 3),
        # z has chance q; two of three of chances 1/2, 1/2, q: 1/4 + q/2
        (Mixed(1), 0.25 + (0.5 + 0.2 / math.pi) / 2),
        (Mixed(0), 0.75 - (0.5 + 0.2 / math.pi) / 2),
        (Agrawal(0), 41 / 61),
        # salaries between bounds 50,000 apart have 5 / 13 of the events
        (Agrawal(1), 5 / 13),
        (Agrawal(2), (20 * 2 + 20 * 3 + 21 * 3) / (61 * 5)),
        (Agrawal(3), 5 / 13),
        (Agrawal(4), (20 * 5 / 13 * 0.4 + 21 * (5 / 13 * 0.4 + 8 / 13 * 0.45)) / 61),
        (Hyperplane(), 0.5),
        (Logistic(), 0.5),
    ],
    ids=lambda value: "",
)
def test_class_priors(concept, positive):
    n = 400_000
    X, uniform = drawn(concept, n)
    frequency_is(concept.label(X, uniform, 0).mean(), positive, n)


def test_led_digits_segments_and_irrelevant_bits():
    n = 400_000
    concept = LED(noise=0.1, irrelevant=3)
    X, uniform = drawn(concept, n)
    y = concept.label(X, uniform, 0)
    for digit in range(10):
        frequency_is((y == digit).mean(), 0.1, n)
        for segment in range(7):
            there = X[y == digit, segment] != LED.segments[digit, segment]
            # 40,000 draws of a chance of .1 have a relative error of .015
            assert abs(there.mean() - 0.1) < 4 * 0.0015
    for column in (7, 8, 9):
        frequency_is(X[:, column].mean(), 0.5, n)
        assert abs(np.corrcoef(X[:, column], y)[0, 1]) < 4 / math.sqrt(n)
    # the best possible accuracy, from the most likely digit of each pattern: .74 as published
    pattern = X[:, :7] @ 2 ** np.arange(7)
    table = np.zeros((128, 10))
    np.add.at(table, (pattern.astype(int), y), 1)
    assert abs(table.max(axis=1).sum() / n - 0.74) < 0.005


def test_led_swaps_the_same_places_as_moa_and_keeps_the_digit():
    """Segments 0 to 2 stand where bits 7 to 9 stood, and the other way round."""
    order = [7, 8, 9, 3, 4, 5, 6, 0, 1, 2, *range(10, 24)]
    for noise in (0, 0.1):
        plain, uniform = drawn(LED(noise, 17))
        X, _ = drawn(LED(noise, 17, swapped=3))
        np.testing.assert_array_equal(X[:, :24], plain[:, order])
        y = LED(noise, 17).label(plain, uniform, 0)
        np.testing.assert_array_equal(LED(noise, 17, swapped=3).label(X, uniform, 0), y)
    # no longer a function of the first seven, of which three say nothing
    assert (LED(0, 17).label(X, uniform, 0) != y).mean() > 0.5
    shown = [7, 8, 9, 3, 4, 5, 6]
    for place, segment in enumerate(shown):
        correlation = abs(np.corrcoef(X[:, segment], LED.segments[y, place])[0, 1])
        assert correlation > 0.5
    assert max(abs(np.corrcoef(X[:, k], y)[0, 1]) for k in (0, 1, 2)) < 4 / math.sqrt(4000)


@pytest.mark.parametrize("swapped", [0, 1, 4, 7])
def test_swapped_led_labels_are_those_of_river(swapped):
    """River begins to swap at random places; its own table of them puts the columns in ours."""
    dataset = synth.LEDDrift(
        seed=1, irrelevant_features=True, n_drift_features=swapped, noise_percentage=0
    )
    X, y = from_river(dataset)
    place = np.array(dataset._attr_idx)  # column of each segment, then of each other bit
    moved = np.flatnonzero(place[:7] >= 7)
    assert len(moved) == swapped
    bits = np.delete(X, place[:7], axis=1)
    ours = np.column_stack([X[:, place[:7]], bits])
    for k in range(swapped):
        ours[:, [k, 7 + k]] = ours[:, [7 + k, k]]
    concept = LED(noise=0, irrelevant=17, swapped=swapped)
    np.testing.assert_array_equal(concept.label(ours, y, 0), y)


def test_friedman_variance():
    """By hand: variances of the terms, all independent, and of the noise.

    20 (u - 1/2)**2: 400 (1/80 - 1/144) = 20/9. 10 u: 100/12; 5 u: 25/12. The sine by quadrature.
    """
    u = (np.arange(2000) + 0.5) / 2000
    sine = 10 * np.sin(np.pi * np.outer(u, u))
    n = 400_000
    for noise in (0.0, 1.0, 3.0):
        X, uniform = drawn(Friedman(noise=noise), n)
        y = Friedman(noise=noise).label(X, uniform, 0)
        expected = sine.var() + 20 / 9 + 100 / 12 + 25 / 12 + noise**2
        error = expected * math.sqrt(2 / n)  # of the variance of a sample, tails as normal
        assert abs(y.var() - expected) < 6 * error < 0.05 * expected
        assert abs(y.mean() - (sine.mean() + 20 / 12 + 5 + 2.5)) < 4 * math.sqrt(expected / n)
        residual = y - Friedman(noise=0).label(X, uniform, 0)
        if noise:
            assert abs(residual.std() / noise - 1) < 4 / math.sqrt(2 * n)
            assert stats.kstest(residual / noise, "norm").pvalue > 1e-4


def test_friedman_noise_is_finite_at_the_ends_of_uniform():
    ends = np.array([0.0, 1 - 2.0**-53])
    assert np.isfinite(Friedman().label(np.full((2, 10), 0.5), ends, 0)).all()


def test_rbf_events_lie_around_their_centroids():
    n = 400_000
    concept = RandomRBF(n_features=3, n_classes=4, n_centroids=5)
    X, uniform = drawn(concept, n, seed=3)
    y, code = concept.label(X, uniform, 3), X[:, 3].astype(int)
    spread, _ = _rbf_clouds(3, 5)
    _, weights = generator(3, "concept.rbf.clouds").random((2, 5))
    assert 0 <= concept.centroids(3).min() < concept.centroids(3).max() <= 1
    for centroid in range(5):
        own = code == centroid
        share = weights[centroid] / weights.sum()
        assert abs(own.mean() - share) < 4 * math.sqrt(share / n)
        assert len(set(y[own])) == 1
        offset = X[own, :3] - concept.centroids(3)[centroid]
        m = own.sum()
        # squares of distances have mean spread**2 and variance 2 spread**4
        squares = (offset**2).sum(axis=1) / spread[centroid] ** 2
        assert abs(squares.mean() - 1) < 4 * math.sqrt(2 / m)
        assert (np.abs(offset.mean(axis=0)) < 4 * spread[centroid] / math.sqrt(m)).all()


def test_tree_labels_are_those_of_a_walk_from_node_to_node():
    concept = RandomTree(3, 2, 4, n_classes=3, variant=5)
    X, uniform = drawn(concept, 2000)
    feature, split, second, classes = _tree(0, 5, 3, 2, 4, 3, 5, 3, 0.15)

    def walk(row):
        node, path = 0, []
        while split[node] < np.inf:
            f = feature[node]
            assert f < 3 or f not in path  # a category is split once
            path.append(f)
            value = row[f]
            node = second[node] + (
                int(value) - 1 if f >= 3 else (0 if value >= split[node] else -1)
            )
        assert 3 <= len(path) <= 5
        return classes[node]

    assert concept.label(X, uniform, 0).tolist() == [walk(row) for row in X]
    # on a split is to its right
    root = int(feature[0])
    if root < 3:
        X[:, root] = split[0]
        assert concept.label(X, uniform, 0).tolist() == [walk(row) for row in X]


@pytest.mark.slow
def test_tree_is_a_function_of_the_features_and_its_parts_are_as_asked():
    concept = RandomTree(n_classes=2)
    X, uniform = drawn(concept)
    np.testing.assert_array_equal(concept.label(X, uniform, 0), concept.label(X, 1 - uniform, 0))
    leaves = np.isinf(_tree(0, 0, 5, 0, 2, 2, 8, 8, 0.0)[1])
    assert leaves.sum() == 2**8  # full, with numbers alone
    assert len(leaves) == 2**9 - 1
    lone = _tree(0, 0, 5, 0, 2, 2, 8, 1, 1.0)
    assert len(lone[0]) == 3  # all leaves from the first level on
    classes = np.concatenate([_tree(s, 0, 2, 0, 2, 4, 10, 10, 0.0)[3] for s in range(40)])
    leaves = np.concatenate([_tree(s, 0, 2, 0, 2, 4, 10, 10, 0.0)[1] for s in range(40)])
    for label in range(4):
        frequency_is((classes[np.isinf(leaves)] == label).mean(), 0.25, 40 * 1024, within=0.1)


def test_gaussians_have_the_best_possible_error():
    n = 400_000
    concept = Gaussians(2, 1, means=[[-1], [1]], irrelevant=1)
    X, uniform = drawn(concept, n)
    y = concept.label(X, uniform, 0)
    frequency_is(y.mean(), 0.5, n)
    frequency_is(((X[:, 0] > 0) != y).mean(), stats.norm.cdf(-1), n)
    for label in (0, 1):
        assert stats.kstest(X[y == label, 0] - (2 * label - 1), "norm").pvalue > 1e-4
        assert stats.kstest(X[y == label, 1], "norm").pvalue > 1e-4
    means = np.array([Gaussians(scale=3.0).centroids(s) for s in range(2000)])
    assert abs(means.std() / 3 - 1) < 4 / math.sqrt(2 * means.size)


def test_adclick_ids_have_a_long_tail():
    n = 400_000
    concept = AdClick(n_users=1000, n_items=50, exponent=1.3)
    X, _ = drawn(concept, n)
    for column, count in ((0, 1000), (1, 50)):
        share = np.arange(1, count + 1) ** -1.3
        share /= share.sum()
        seen = np.bincount(X[:, column].astype(int), minlength=count)
        assert stats.chisquare(seen, n * share).pvalue > 1e-4
        # the maximum-likelihood exponent, where the derivative of the likelihood is 0
        ranks = np.log(np.arange(1, count + 1))
        at = {e: (np.exp(-e * ranks) @ ranks) / np.exp(-e * ranks).sum() for e in (1.27, 1.33)}
        assert at[1.33] < (seen @ ranks) / n < at[1.27]
    hours = np.bincount(X[:, 2].astype(int), minlength=24)
    assert stats.chisquare(hours).pvalue > 1e-4


def test_adclick_rates_and_scales_move_too():
    quiet, busy = AdClick(rate=0.1, scale=0), AdClick(rate=0.9, scale=0)
    X, uniform = drawn(quiet, 40_000)
    half = np.full(len(X), 0.5)  # logits -2.2 and 2.2
    assert abs(quiet.label(X, uniform, 0, [(quiet, half), (busy, half)]).mean() - 0.5) < 0.01


@pytest.mark.filterwarnings("error")
def test_sure_labels_do_not_overflow():
    concept = Logistic(scale=1e6)
    X, uniform = drawn(concept)
    uniform[0] = 0
    sign = X @ concept.weights(0) > 0
    np.testing.assert_array_equal(concept.label(X, uniform, 0)[1:], sign[1:])


def test_shared_parameters_cannot_be_written_to():
    for array in (Hyperplane().weights(0), RandomRBF().centroids(0), AdClick().effects(0)[0],
                  Hyperplane(2, weights=[1, 2]).weights(0)):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_adclick_clicks_have_the_chance_that_the_effects_say():
    concept = AdClick(n_users=3, n_items=2, rank=2, rate=0.2, scale=0.5)
    user, item, hour = concept.effects(7)
    taste = user[2, 0] + item[1, 0] + hour[13, 0] + user[2, 1:] @ item[1, 1:] / math.sqrt(2)
    chance = 1 / (1 + math.exp(-(math.log(0.2 / 0.8) + 0.5 * taste)))
    X = np.array([[2.0, 1.0, 13.0]])
    assert concept.label(X, np.array([chance - 1e-9]), 7).tolist() == [1]
    assert concept.label(X, np.array([chance + 1e-9]), 7).tolist() == [0]
    n = 400_000
    flat = AdClick(scale=0, rate=0.05)
    X, uniform = drawn(flat, n)
    frequency_is(flat.label(X, uniform, 0).mean(), 0.05, n, within=0.06)


def test_alias_tables_give_back_the_weights():
    for count in (1, 2, 7, 1000):
        weights = np.random.default_rng(count).random(count) ** 4
        chance, other = alias_tables(weights)
        found = chance + np.bincount(other, 1 - chance, minlength=count)
        np.testing.assert_allclose(found / count, weights / weights.sum(), rtol=1e-9, atol=1e-12)
        picked = pick(np.array([0.0, 1 - 2.0**-53]), (chance, other))
        assert ((picked >= 0) & (picked < count)).all()


# what is refused


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: STAGGER(3), r"^function: .*'3'.*Allowed: 0, 1, 2"),
        (lambda: Mixed(2), r"^function: .*'2'.*Allowed: 0, 1"),
        (lambda: Agrawal(10), r"^function: .*'10'"),
        (lambda: Agrawal(perturbation=1.5), r"^perturbation=1.5: must be at most 1"),
        (lambda: LED(noise=-1), r"^noise=-1: must be at least 0"),
        (lambda: LED(irrelevant=-1), r"^irrelevant=-1: must be at least 0"),
        (lambda: LED(irrelevant=3, swapped=4), r"^swapped=4: must be at most 3"),
        (lambda: LED(irrelevant=17, swapped=8), r"^swapped=8: must be at most 7"),
        (lambda: RandomRBF(n_centroids=0), r"^n_centroids=0: must be at least 1"),
        (lambda: RandomRBF(n_classes=1), r"^n_classes=1: must be at least 2"),
        (lambda: RandomTree(n_numeric=0, n_categorical=0), r"^n_categorical=0: must be at least"),
        (lambda: RandomTree(leaf_share=2), r"^leaf_share=2: must be at most 1"),
        (lambda: Hyperplane(2, weights=[1, 2, 3]), r"^weights=.*numbers of shape \(2,\)"),
        (lambda: Hyperplane(2, weights=[1, np.nan]), r"^weights=.*finite numbers"),
        (lambda: Hyperplane(2, weights="ab"), r"^weights='ab': expected numbers"),
        (lambda: Gaussians(means=[[1, 2]]), r"^means=.*numbers of shape \(2, 2\)"),
        (lambda: Gaussians(means=[1, 2]), r"^means=.*numbers of shape \(2, 2\)"),
        (lambda: Friedman(3), r"^function: .*'3'.*Allowed: 0, 1, 2"),
        (lambda: Friedman(noise=-1), r"^noise=-1: must be at least 0"),
        (lambda: AdClick(rate=0), r"^rate=0: must be above 0"),
        (lambda: AdClick(rate=1), r"^rate=1: must be below 1"),
        (lambda: AdClick(exponent=-1), r"^exponent=-1: must be at least 0"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "make", [c for c in SHIPPED if "irrelevant" in inspect.signature(c).parameters]
)
def test_irrelevant_inputs_are_added_and_say_nothing(make):
    few, many = make(irrelevant=0), make(irrelevant=4)
    assert len(many.features) == len(few.features) + 4
    assert many.inputs != few.inputs
    X, uniform = drawn(many)
    p = len(few.features)
    y = many.label(X, uniform, 0)
    X[:, p : p + 4] = np.random.default_rng(9).random((4000, 4))
    np.testing.assert_array_equal(many.label(X, uniform, 0), y)
    np.testing.assert_array_equal(few.label(np.delete(X, range(p, p + 4), axis=1), uniform, 0), y)
