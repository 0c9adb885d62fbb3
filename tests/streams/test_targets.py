"""Changes of inputs and of class shares."""

import numpy as np
import pytest
from scipy.stats import kstest

from clsim.streams import Synthetic
from clsim.streams.concepts import LED, SEA, STAGGER, Agrawal, Friedman, Logistic, RandomRBF
from clsim.streams.drift import Gradual, Periodic, RandomWalk, Sudden
from clsim.streams.targets import Prior, Rotate, Scale, Shift, Subpopulation

X = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
NAMES = ("x0", "x1", "x2")
N = 40_000
HALF = N // 2


def draw(stream, seed=0):
    blocks = list(stream.blocks(seed))
    return np.concatenate([b.X for b in blocks]), np.concatenate([b.y for b in blocks])


def changed(target, *share):
    before = X.copy()
    result = target.change(X, np.array(share), NAMES)
    np.testing.assert_array_equal(X, before)
    return result.round(6).tolist()


def test_shift():
    assert changed(Shift({"x0": 10, "x2": -2}), 1, 0.5) == [[11, 2, 1], [9, 5, 5]]


def test_scale():
    assert changed(Scale({"x1": 3}), 1, 0.5) == [[1, 6, 3], [4, 10, 6]]
    assert changed(Scale({"x1": 0}), 1, 0) == [[1, 0, 3], [4, 5, 6]]


def test_rotate():
    assert changed(Rotate(["x0", "x2"]), 1, 0) == [[-3, 2, 1], [4, 5, 6]]
    half = np.sqrt(0.5)
    rows = changed(Rotate(["x0", "x1"]), 0.5, 1)
    assert rows == [[round(-half, 6), round(3 * half, 6), 3], [-5, 4, 6]]


def test_each_input_is_changed_and_then_labelled():
    concept = SEA(0)
    X, _ = draw(Synthetic(concept, n=N))
    drifts = [Sudden(Shift({"x0": 5}), HALF), Sudden(Scale({"x1": 0.5}), HALF)]
    moved, y = draw(Synthetic(concept, drifts, n=N))
    np.testing.assert_array_equal(moved[:HALF], X[:HALF])
    np.testing.assert_array_equal(moved[HALF:], X[HALF:] * [1, 0.5, 1] + [5, 0, 0])
    np.testing.assert_array_equal(y, concept.label(moved, moved[:, 0], 0))


def residuals(X, y, seed=0):
    """What labels have beyond P(y=1 | x) of the first concept; on average 0 if that stays."""
    return y - 1.0 / (1.0 + np.exp(-X @ Logistic(3).weights(seed)))


def moved_labels(y, X, before):
    """Whether P(y | x) changed, at six standard errors."""
    gap = residuals(X, y) * np.sign(X @ (Logistic(3, variant=1).weights(0) - before))
    return abs(gap.mean()) > 6 * 0.5 / np.sqrt(len(y))


def moved_inputs(X):
    return min(kstest(column, "norm").pvalue for column in X.T) < 1e-6


@pytest.mark.parametrize(("to", "inputs", "concept"), [
    (Shift({"x0": 0.3}), True, False), (Scale({"x1": 1.3}), True, False),
    (Subpopulation("x2", 0.0, 0.6), True, False), (Logistic(3, variant=1), False, True),
])  # fmt: skip
def test_inputs_and_concept_drift_apart(to, inputs, concept):
    """Each kind is the other's negative control: the same two tests see one and not the other."""
    stream = Synthetic(Logistic(3), [Sudden(to, HALF)], n=N)
    X, y = draw(stream)
    before = Logistic(3).weights(0)
    assert not moved_inputs(X[:HALF])
    assert not moved_labels(y[:HALF], X[:HALF], before)
    assert moved_inputs(X[HALF:]) == inputs
    assert moved_labels(y[HALF:], X[HALF:], before) == concept


@pytest.mark.parametrize("drift", [
    Sudden(SEA(1), HALF), Gradual(SEA(2), HALF, 9_000), Gradual(SEA(3), HALF, 9_000, how="move"),
    RandomWalk(SEA(1), 100), Periodic(SEA(1), 900),
])  # fmt: skip
def test_a_drift_of_the_concept_leaves_the_inputs_as_they_are(drift):
    still, before = draw(Synthetic(SEA(0), n=N))
    X, y = draw(Synthetic(SEA(0), [drift], n=N))
    np.testing.assert_array_equal(X, still)
    assert (y != before).any()


def test_class_shares_drift_and_inputs_given_the_class_stay():
    stream = Synthetic(SEA(0), [Sudden(Prior([0.7, 0.3]), HALF)], n=N, balance=[0.5, 0.5])
    X, y = draw(stream, 1)
    bound = 3.5 * 0.5 / np.sqrt(HALF)  # .0124: a share that is wrong by a twentieth fails
    assert bound < 0.05 * 0.3
    assert abs(y[:HALF].mean() - 0.5) < bound
    assert abs(y[HALF:].mean() - 0.3) < bound
    free, labels = draw(Synthetic(SEA(0), n=N), 2)
    for part in (slice(0, HALF), slice(HALF, N)):
        for k in (0, 1):
            mine, theirs = X[part][y[part] == k], free[labels == k]
            for column in range(3):
                assert kstest(mine[:, column], theirs[:, column]).pvalue > 1e-4
    assert kstest(X[y == 0][:, 0], free[labels == 1][:, 0]).pvalue < 1e-9  # the test can see


def test_class_shares_move_by_their_weight():
    drift = Gradual(Prior([0.2, 0.8]), HALF, N, "linear")
    _, y = draw(Synthetic(SEA(0), [drift], n=N, balance=[0.6, 0.4]))
    for part in range(4):  # from .4 to .8 along a line
        found = y[part * N // 4 : (part + 1) * N // 4].mean()
        assert abs(found - (0.45 + 0.1 * part)) < 4 * 0.5 / np.sqrt(N / 4)


def test_balanced_inputs_given_the_class_are_those_of_random_labels():
    concept = Logistic(3)
    X, y = draw(Synthetic(concept, n=N, balance=[0.8, 0.2]), 1)
    free = np.random.default_rng(0).standard_normal((N, 3)) @ concept.weights(1)
    labels = np.random.default_rng(1).random(N) < 1 / (1 + np.exp(-free))
    for k in (0, 1):
        assert kstest(X[y == k] @ concept.weights(1), free[labels == k]).pvalue > 1e-4
    assert len(np.unique(X[:, 0])) == N  # no event is drawn twice


def test_class_shares_without_a_balance_begin_as_the_concept_has_them():
    _, y = draw(Synthetic(SEA(0), [Sudden(Prior([0.9, 0.1]), HALF)], n=N))
    _, free = draw(Synthetic(SEA(0), n=N))
    np.testing.assert_array_equal(y[:HALF], free[:HALF])
    assert abs(y[HALF:].mean() - 0.1) < 0.007


def test_class_shares_of_many_classes():
    shares = [0.28, 0.03, 0, 0.09, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]
    frame = next(Synthetic(LED(), n=16_000, balance=shares).blocks(0))
    found = np.bincount(frame.y, minlength=10) / 16_000
    assert np.abs(found - shares).max() < 0.0142  # 4 standard errors
    assert found[2] == 0


def test_a_rare_part_is_found():
    # one row in a thousand: half the rows of a block have to be drawn hundreds of times
    stream = Synthetic(SEA(0), [Sudden(Subpopulation("x0", 9.99, 0.5), 0)], n=2_000)
    X, _ = draw(stream)
    assert abs((X[:, 0] > 9.99).mean() - 0.5) < 0.045


def test_what_never_occurs_is_said(monkeypatch):
    monkeypatch.setattr("clsim.streams.rejection.TRIES", 20)
    stream = Synthetic(SEA(0), [Sudden(Subpopulation("x0", 10.5, 0.5), 0)], n=20)
    with pytest.raises(ValueError, match=r"^drifts: .*never occurs; .* in 20 blocks"):
        list(stream.blocks(0))


def test_subpopulation():
    X, _ = draw(Synthetic(SEA(0), [Sudden(Subpopulation("x2", 8.0, 0.7), HALF)], n=N))
    assert abs((X[:HALF, 2] > 8).mean() - 0.2) < 0.0124
    assert abs((X[HALF:, 2] > 8).mean() - 0.7) < 0.0124
    above = X[HALF:, 2][X[HALF:, 2] > 8]  # within each part, as before
    assert kstest(above, "uniform", args=(8, 2)).pvalue > 1e-4
    below = X[HALF:, 2][X[HALF:, 2] <= 8]
    assert kstest(below, "uniform", args=(0, 8)).pvalue > 1e-4


def test_inputs_move_little_by_little():
    drift = Gradual(Shift({"x0": 100}), HALF, N, "linear", how="move")
    still, _ = draw(Synthetic(SEA(0), n=N))
    X, _ = draw(Synthetic(SEA(0), [drift], n=N))
    np.testing.assert_allclose((X - still)[:, 0], 100 * np.arange(N) / N, atol=1e-9)


def test_regression_follows_its_inputs():
    concept = Friedman(noise=0)
    X, y = draw(Synthetic(concept, [Sudden(Shift({"x3": 2}), 50)], n=100))
    assert (X[50:, 3] >= 2).all()
    np.testing.assert_array_equal(y, concept.label(X, np.zeros(100), 0))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Shift({}), r"^by={}: name at least one"),
    (lambda: Scale({}), r"^by={}: name at least one"),
    (lambda: Rotate(["x0", "x0"]), r"^features=\['x0', 'x0'\]: name two features"),
    (lambda: Rotate(["x0"]), r"^features=\['x0'\]: name two"),
    (lambda: Subpopulation("x0", 1, 1.5), r"^share=1.5: must be at most 1"),
    (lambda: Prior([0.5, 0.6]), r"^shares=\[0.5, 0.6\]: must sum to 1, not 1.1"),
    (lambda: Prior([-0.5, 1.5]), r"^shares\[0\]=-0.5: must be at least 0"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("concept", "drift", "message"), [
    (SEA(), Sudden(Shift({"x9": 1}), 5), r"^drifts\[0\].to: by: unknown feature 'x9'; Allowed"),
    (Agrawal(), Sudden(Scale({"salry": 1}), 5), r"unknown feature 'salry'; did you mean 'salary'"),
    (SEA(), Sudden(Rotate(["x0", "y"]), 5), r"features: unknown feature 'y'"),
    (SEA(), Sudden(Subpopulation("y", 1, 0.5), 5), r"feature: unknown feature 'y'"),
    (STAGGER(), Sudden(Shift({"size": 1}), 5), r"by: 'size' is a category, not a number"),
    (SEA(), Sudden(Prior([0.2, 0.3, 0.5]), 5), r"^drifts\[0\].to: class shares .* of 2 classes"),
    (SEA(), Sudden(Prior([0.2, 0.8]), 5, how="move"), r"^drifts\[0\].to: class shares mix"),
    (SEA(), Gradual(Subpopulation("x0", 1, 0.5), 5, 5, how="move"), r"a subpopulation mixes"),
    (RandomRBF(), Sudden(Shift({"x0": 1}), 5), r"labels of RandomRBF are drawn with its inputs"),
])  # fmt: skip
def test_targets_that_do_not_fit_are_refused(concept, drift, message):
    with pytest.raises(ValueError, match=message):
        Synthetic(concept, [drift], n=100)
