"""Concepts, by hand and against the published streams."""

import numpy as np
import pandas as pd
import pytest
from river.datasets import synth

from clsim.streams.concepts import SEA, Logistic, Sine

HALF = np.full(4, 0.5)


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


def test_logistic_labels_do_not_depend_on_how_calls_are_cut():
    concept = Logistic(n_features=10)
    rng = np.random.default_rng(0)
    X, uniform = rng.normal(size=(1000, 10)), rng.random(1000)
    parts = [concept.label(X[i : i + 1], uniform[i : i + 1], 0)[0] for i in range(1000)]
    assert concept.label(X, uniform, 0).tolist() == parts


@pytest.mark.parametrize("concept", [Sine(0), SEA(3), Logistic(4)])
def test_inputs_have_a_column_for_each_feature(concept):
    X = concept.draw(5000, np.random.default_rng(0))
    assert X.shape == (5000, len(concept.features))
    expected = {"Sine": (0, 1), "SEA": (0, 10), "Logistic": (-9, 9)}[type(concept).__name__]
    assert expected[0] <= X.min()
    assert X.max() <= expected[1]
    assert abs(X.mean() - sum(expected) / 2) < 0.1


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
