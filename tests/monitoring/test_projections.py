"""Projections: by hand, the same again, and a drift that only they show."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.dummy import DummyClassifier
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import clsim
from clsim.checks import check_projection
from clsim.monitoring import Combined, Projected, Where
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.projections import (
    CATEGORIES,
    PCA,
    Density,
    Encoding,
    Fitted,
    Function,
    KMeans,
    Projection,
    RandomLinear,
)
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Matching, Stratified
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded

FRAME = pd.DataFrame({"amount": [1.0, 2.0, 3.0], "shop": ["north", "south", "north"]})


def mixed(n=60, seed=0):
    """A number, one with holes, a truth value and a category with holes."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "a": rng.normal(5, 2, n), "b": rng.normal(size=n), "c": rng.random(n) < 0.5,
        "d": rng.choice(["x", "y", None], n),
    })  # fmt: skip
    frame.loc[::7, "b"] = np.nan
    return frame


def test_encoding_by_hand():
    reference = pd.DataFrame({"a": [1.0, 3.0, np.nan], "constant": [7, 7, 7], "c": ["x", "y", "x"]})
    current = pd.DataFrame({"a": [5.0, np.inf], "constant": [9, 7], "c": ["new", None]})
    encoding = Encoding(reference)
    # without the missing value, which is put at the mean of 2, a varies by the root of 2/3
    third = np.sqrt(2 / 3)
    expected = [[-1 / third, 0, 1, 0], [1 / third, 0, 0, 1], [0, 0, 1, 0]]
    np.testing.assert_allclose(encoding.rows(reference), expected)
    np.testing.assert_allclose(encoding.rows(current), [[3 / third, 2, 0, 0], [0, 0, 0, 0]])


def test_what_is_missing_is_a_category_where_the_reference_misses_it():
    encoding = Encoding(pd.DataFrame({"c": ["x", None, "y", np.nan]}))
    rows = encoding.rows(pd.DataFrame({"c": [None, "y"]}))
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1]]  # (missing), x, y


def test_a_feature_of_very_many_categories_has_few_columns():
    codes = np.concatenate([np.arange(200), np.repeat(np.arange(CATEGORIES - 1), 5)])
    encoding = Encoding(pd.DataFrame({"c": [f"c{i}" for i in codes]}))
    rows = encoding.rows(pd.DataFrame({"c": ["c3", "c150", "new"]}))
    assert rows.shape == (3, CATEGORIES)
    np.testing.assert_array_equal(rows[1], rows[2])
    assert rows.sum(axis=1).tolist() == [1, 1, 1]


def test_encoding_takes_arrays_and_whole_columns_of_nothing():
    rows = Encoding(np.array([[1.0, np.nan], [3.0, np.nan]])).rows(np.array([[2.0, 5.0]]))
    assert rows.tolist() == [[0.0, 5.0]]
    with pytest.raises(ValueError, match="0 rows of 2 columns"):
        Encoding(np.empty((0, 2)))


EVERY = [RandomLinear(2), PCA(2), KMeans(4), Density(), Density(KernelDensity())]
NAMES = [["direction_0", "direction_1"], ["component_0", "component_1", "reconstruction_error"],
         ["cluster"], ["log_likelihood"], ["log_likelihood"]]  # fmt: skip


@pytest.mark.parametrize(("projection", "names"), list(zip(EVERY, NAMES, strict=True)))
def test_every_projection_passes_its_check(projection, names):
    """The same again and row by row, of numbers and categories with holes."""
    frame = mixed(90)
    check_projection(projection, frame)
    columns = projection.fit(frame[:60], 3).columns(frame[60:])
    assert list(columns) == names
    assert all(np.isfinite(v).all() for v in columns.values() if v.dtype.kind == "f")


class Broken(Projection, Fitted):
    def __init__(self, columns):
        self.of = columns

    def fit(self, X, random_state):
        return self

    def columns(self, X):
        return self.of(X)


@pytest.mark.parametrize(("columns", "said"), [
    (lambda X: {}, "no column"),
    (lambda X: {"x": X[:3, 0]}, "'x' must be an array of a value for each row"),
    (lambda X: {"x": X[:, 0] - X[:, 0].mean()}, "depend on the other rows"),
    (lambda X: {"x": X[:, 0] * np.random.default_rng().random()}, "not deterministic"),
    (lambda X: {"x": np.multiply(X[:, 0], 2, out=X[:, 0]) * 0}, "changed the rows"),
])  # fmt: skip
def test_a_broken_projection_is_found(columns, said):
    with pytest.raises(AssertionError, match=said):
        check_projection(Broken(columns))


def test_components_by_hand():
    """Points on a line: one component, whose error is the way back to the line."""
    reference = np.array([[-1.0, -10], [1, 10]])  # encoded: (-1, -1) and (1, 1)
    columns = PCA(1).fit(reference, 0).columns(np.array([[1.0, -10], [2.0, 20]]))
    np.testing.assert_allclose(np.abs(columns["component_0"]), [0, np.sqrt(8)], atol=1e-12)
    np.testing.assert_allclose(columns["reconstruction_error"], [np.sqrt(2), 0], atol=1e-12)
    assert list(PCA(9).fit(reference, 0).columns(reference)) == [
        "component_0", "component_1", "reconstruction_error"]  # fmt: skip


def test_a_broken_relation_shows_in_the_reconstruction_error_alone():
    rng = np.random.default_rng(0)
    x = rng.normal(size=400)
    reference = np.column_stack([x, x + rng.normal(scale=0.1, size=400)])
    current = np.column_stack([reference[:200, 0], reference[200:, 1]])
    ks = DISTANCES["kolmogorov_smirnov"]
    assert max(ks(reference[:, j], current[:, j]) for j in range(2)) < 0.1
    fitted = PCA(1).fit(reference, 0)
    error = [fitted.columns(X)["reconstruction_error"] for X in (reference, current)]
    assert ks(*error) > 0.6


def test_occupancy_of_clusters():
    reference = np.repeat([[0.0], [10.0], [20.0]], [5, 3, 2], axis=0)
    fitted = KMeans(8).fit(reference, 0)  # three distinct rows, so three clusters
    was, now = (fitted.columns(X)["cluster"] for X in (reference, np.repeat(reference[-1:], 4, 0)))
    assert sorted(np.unique(was, return_counts=True)[1].tolist()) == [2, 3, 5]
    # the share of the third cluster goes from .2 to 1
    assert DISTANCES["l_infinity"](was, now) == pytest.approx(0.8)


def test_a_likelihood_by_hand():
    reference = np.array([[-1.0], [1.0]] * 10)  # mean 0, variance 1
    found = Density(GaussianMixture(1)).fit(reference, 0).columns(np.array([[0.0], [3.0]]))
    np.testing.assert_allclose(found["log_likelihood"], norm.logpdf([0, 3]), rtol=1e-4)


def test_a_function_of_ones_own():
    X = np.array([[1.0, 4.0], [2.0, 2.0]])
    assert Function(lambda X: X * 2).columns(X)["<lambda>_1"].tolist() == [8.0, 4.0]
    named = Function(lambda X: {"low": X.min(axis=1), "big": np.where(X[:, 0] > 1, "yes", "no")})
    columns = named.fit(X, 0).columns(X)
    assert columns["low"].tolist() == [1.0, 2.0]
    assert columns["big"].tolist() == ["no", "yes"]
    with pytest.raises(ValueError, match="has shape \\(\\) for 2 rows"):
        Function(np.mean).columns(X)


def total(X):
    return X["amout"] * 2


class Sees(Projection):
    """Of ones own, that learns."""

    def fit(self, X, random_state):
        return Function(lambda rows: rows["amount"] - X["amuont"].mean())


@pytest.mark.parametrize(("projection", "X", "said"), [
    (Function(total), FRAME, "projection.function=total: unknown feature 'amout'; did you mean 'am"
     "ount'? Allowed: amount, shop"),
    (Function(lambda X: X.amout), FRAME, "projection.function=<lambda>: unknown feature 'amout'; "),
    (Function(lambda X: X[["amount", "zz"]]), FRAME, r"\['zz'\] not in index; rows are a frame. All"
     "owed: amount, shop"),
    (Function(lambda X: X[:, 2]), np.zeros((5, 2)), "index 2 is out of bounds for axis 1 with siz"),
    (Function(lambda X: X["a"]), np.zeros((5, 2)), r"rows are an array of shape \(n, 2\), without"),
    (Function(lambda X: X["shop"] * X["shop"]), FRAME, "it fails on the first rows of the str"),
    (Function(lambda X: X[:3, 0]), np.zeros((5, 2)), r"'<lambda>' has shape \(3,\) for 5 rows"),
    (Sees(), FRAME, "projection=Sees: unknown feature 'amuont'; did you mean 'amount'"),
])  # fmt: skip
def test_features_that_are_not_there_are_found_by_the_first_rows(projection, X, said):
    with pytest.raises(ValueError, match=said.replace("?", r"\?")):
        projection.check_rows(X)


def watched(monitor):
    return Strategy(Periodic(9), monitors={"it": monitor})


@pytest.mark.parametrize(("strategy", "said"), [
    (watched(Projected(Function(total))),
     r"^strategies\['it'\]: monitors.it: projection.function=total: unknown feature 'amout'; did"),
    (watched(Projected(Function(lambda X: X.shop), features=["amount"])),
     r"monitors.it: projection.function=<lambda>: unknown feature 'shop'; Allowed: amount$"),
    (watched(Combined(Projected(Function(total)), "mean")),
     r"monitors.it: projection.function=total: unknown feature 'amout'"),
    (watched(Projected(Function(lambda X: X.shop), "energy")),
     r"distance='energy' is one of numbers, and the projection's '<lambda>' holds categories"),
    (Strategy(Periodic(9), curation=Buying(
        Matching(Where("dear", {"amount": {"above": 1}}), Stratified(Function(total))), Fixed(3))),
     r"curation: pick.by: projection.function=total: unknown feature 'amout'"),
])  # fmt: skip
def test_they_are_refused_before_the_replay(strategy, said):
    frame = pd.concat([FRAME] * 40, ignore_index=True)
    stream = Recorded(frame.assign(y=[0, 1, 1] * 40), label="y")
    with pytest.raises(ValueError, match=said):
        clsim.replay(stream, {"it": strategy}, learner=DummyClassifier(), tick=20, warmup=40)


@pytest.mark.parametrize(("make", "error", "said"), [
    (lambda: PCA(0), ValueError, "components=0: must be at least 1"),
    (lambda: KMeans(2.5), TypeError, "clusters=2.5"),
    (lambda: RandomLinear(-1), ValueError, "count=-1"),
    (lambda: Density(GaussianMixture), TypeError, "a class; give an object"),
    (lambda: Density(3), TypeError, "no density"),
    (lambda: Function(3), TypeError, "cannot be called"),
])  # fmt: skip
def test_what_projections_refuse(make, error, said):
    with pytest.raises(error, match=said):
        make()
