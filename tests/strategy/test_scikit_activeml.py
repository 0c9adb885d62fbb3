"""Picks and budgets against scikit-activeml's, on drawn data, where it is installed."""

import numpy as np
import pytest
from scipy.special import ndtri
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import Strategy
from clsim.strategy.curation import (
    Biqf,
    Buying,
    Chance,
    Fixed,
    FixedUncertainty,
    KCentre,
    RandomVariableUncertainty,
    Refitted,
    SplitUncertainty,
    Uncertainty,
    Unlike,
    VariableUncertainty,
)
from clsim.strategy.curation.coverage import k_centre, nearest, numbers
from clsim.strategy.curation.picks import doubt
from clsim.strategy.triggers import Periodic
from helpers.tables import Table

pytest.importorskip("skactiveml", reason="scikit-activeml is not installed")

from skactiveml import pool
from skactiveml.classifier import SklearnClassifier
from skactiveml.stream import budgetmanager as managers

METHODS = {"confidence": "least_confident", "margin": "margin_sampling", "entropy": "entropy"}
"""Of our measures, theirs."""


@pytest.mark.parametrize("measure", METHODS)
@pytest.mark.parametrize("classes", [2, 3, 7])
def test_doubt(measure, classes):
    chances = np.random.default_rng(classes).dirichlet(np.full(classes, 0.5), 400)
    chances[0] = np.eye(classes)[0]
    theirs = pool.uncertainty_scores(chances, method=METHODS[measure])
    assert doubt(chances, measure) == pytest.approx(theirs, abs=1e-12)


def test_the_entropy_of_votes():
    said = np.random.default_rng(1).integers(0, 3, (300, 5))  # by five members
    votes = (said[:, :, None] == np.arange(3)).sum(axis=1)
    theirs = pool.vote_entropy(said, classes=np.arange(3))
    assert doubt(votes / 5, "entropy") == pytest.approx(theirs)


def test_k_centre():
    X = np.random.default_rng(2).normal(size=(200, 3))
    y = np.where(np.arange(200) < 20, 0.0, np.nan)
    theirs, _ = pool.k_greedy_center(X, y, batch_size=30)
    assert (20 + k_centre(X[20:], nearest(X[20:], X[:20]), 30)).tolist() == theirs.tolist()


# in a replay -------------------------------------------------------------------------------------


class Spy(Buying):
    """Keeps what was known, what could be ordered and what was."""

    seen = []

    def buy(self, view, draw):
        serves = isinstance(self.pick, Uncertainty)  # it asks the model that serves
        known = view.trained_rows if serves else view.latest(1000)
        rows = self._candidates(view)
        found = super().buy(view, draw)
        if found is not None:
            X = numbers(view, known, rows)
            Spy.seen.append((X, view.schema.codes(view.y(known)), rows, found.rows))
        return found


def bought(pick):
    """What the pick bought in each of three ticks, a tenth of the events; models learn in each."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 500)
    table = Table(
        rng.normal(size=(500, 2)) + np.array([[0, 0], [2, 0], [0, 2]])[y], y, classes=(0, 1, 2)
    )
    Spy.seen = []
    strategy = Strategy(Periodic(1), curation=Spy(pick, Fixed(10), natural=False))
    clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=100, warmup=100)
    assert [len(rows) for *_, rows in Spy.seen] == [10, 10, 10]
    return Spy.seen


def asked(query, X, codes, rows, **more):
    """What a query strategy of theirs asks about."""
    y = np.concatenate([codes, np.full(len(rows), np.nan)])
    return set(rows[query.query(X, y, batch_size=10, **more) - len(codes)])


@pytest.mark.parametrize("measure", METHODS)
@pytest.mark.parametrize("make", [Uncertainty, lambda measure: Refitted(GaussianNB(), measure)])
def test_uncertainty_in_a_replay(make, measure):
    """Naive Bayes is the same of standardised numbers, up to what it adds to variances."""
    clf = SklearnClassifier(GaussianNB(var_smoothing=0), classes=[0, 1, 2])
    query = pool.UncertaintySampling(method=METHODS[measure])
    for X, codes, rows, ours in bought(make(measure)):
        assert set(ours) == asked(query, X, codes, rows, clf=clf)


def test_a_discriminator_in_a_replay():
    query = pool.DiscriminativeAL(greedy_selection=True)
    for X, codes, rows, ours in bought(Unlike(LogisticRegression())):
        discriminator = SklearnClassifier(LogisticRegression())
        assert set(ours) == asked(query, X, codes, rows, discriminator=discriminator)


def test_k_centre_in_a_replay():
    for X, codes, rows, ours in bought(KCentre()):
        assert set(ours) == asked(pool.CoreSet(), X, codes, rows)


# how many ----------------------------------------------------------------------------------------


class Given(np.random.RandomState):
    """Gives the uniform number of an event, and others that follow from it."""

    now, place = 0.0, 0

    def __deepcopy__(self, memo):
        return self

    def get_state(self, legacy=True):
        return self.place

    def set_state(self, state):
        self.place = state

    def normal(self, mean, spread):
        return mean + spread * ndtri(self.now)

    def random_sample(self, size=None):
        self.place += 1
        number = self.now if self.place == 1 else self.now / 0.1  # given that it is below a tenth
        return number if size is None else np.full(size, number)


RULES = {
    "fixed": (
        FixedUncertainty(0.2, 50, classes=3),
        lambda draws: managers.FixedUncertaintyBudgetManager([0, 1, 2], w=50, budget=0.2),
    ),
    "variable": (
        VariableUncertainty(0.2, 50, 0.02),
        lambda draws: managers.VariableUncertaintyBudgetManager(s=0.02, w=50, budget=0.2),
    ),
    "random variable": (
        RandomVariableUncertainty(0.2, 50, 0.02, 0.7),
        lambda draws: managers.RandomVariableUncertaintyBudgetManager(
            delta=0.7, s=0.02, w=50, budget=0.2, random_state=draws
        ),
    ),
    "split": (
        SplitUncertainty(0.2, 50, 0.02),
        lambda draws: managers.SplitBudgetManager(
            v=0.1, s=0.02, w=50, budget=0.2, random_state=draws
        ),
    ),
    "biqf": (
        Biqf(0.2, 50, 30),
        lambda draws: managers.BalancedIncrementalQuantileFilter(w=50, w_tol=30, budget=0.2),
    ),
}


def asked_one_by_one(manager, scores, draws, given):
    """Which events a manager of theirs asks about, each with its uniform number."""
    found = []
    for score, draw in zip(scores, draws, strict=True):
        given.now, given.place = draw, 0
        some = manager.query_by_utility(np.array([score]))
        found.append(len(some) == 1)
        given.place = 0
        more = {"utilities": np.array([score])} if "Quantile" in type(manager).__name__ else {}
        manager.update(np.array([[score]]), some, **more)
    return found


@pytest.mark.parametrize("name", RULES)
def test_budgets(name):
    rng = np.random.default_rng(4)
    doubtful, draws, given = rng.random(600) / 1.5, rng.random(600), Given(0)
    rule, manager = RULES[name]
    ours = rule.asks(doubtful, draws)
    assert ours.tolist() == asked_one_by_one(manager(given), doubtful, draws, given)
    assert 60 < ours.sum() < 150


def test_chance_is_theirs_where_the_window_has_budget_left():
    """Theirs asks with the same chance, and not where it has asked too often of late."""
    rng = np.random.default_rng(5)
    draws, given = rng.random(600), Given(0)
    manager = managers.RandomBudgetManager(w=100, budget=0.2, random_state=given)
    theirs = np.array(asked_one_by_one(manager, np.zeros(600), draws, given))
    ours, spent = Chance(0.2).asks(np.zeros(600), draws), 0.0
    for our, their in zip(ours, theirs, strict=True):
        assert their == (our and spent / 100 < 0.2)
        spent = spent * 0.99 + their
    assert theirs.sum() < ours.sum()
