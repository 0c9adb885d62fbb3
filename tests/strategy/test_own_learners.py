"""Whatever has fit and predict is a learner."""

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.checks import check_learner
from clsim.ensembles import AgedEnsemble
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.training import Searched, Stateful
from clsim.strategy.triggers import Periodic
from helpers.tables import Table, two_clouds


class Centres:
    """The class whose rows' mean is nearest; no parameters, no base, and fit returns nothing."""

    def fit(self, X, y):
        self.sums, self.counts = np.zeros((2, X.shape[1])), np.zeros(2)
        self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        for code in (0, 1):
            self.sums[code] += X[y == code].sum(axis=0)
            self.counts[code] += (y == code).sum()

    def predict(self, X):
        centres = self.sums / self.counts[:, None]
        return ((X[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)


def test_an_object_with_fit_and_predict_is_a_learner():
    check_learner(Centres())
    prototype, stream = Centres(), two_clouds(200)
    runs = clsim.replay(
        stream,
        {"scratch": Strategy(Periodic(2)), "on": Strategy(Periodic(2), NewSinceLast(), Stateful())},
        learner=prototype, tick=20, warmup=60, record="events",
    )  # fmt: skip
    assert vars(prototype) == {}, "a prototype is never fitted itself"
    by_hand = Centres()
    by_hand.fit(stream.X[:60], stream.y[:60])
    first = runs["on"].predictions.query("tick < 2")["y_pred"].tolist()
    assert first == by_hand.predict(stream.X[60:100]).tolist()
    # sums of all rows and sums that go on are the same model
    assert runs["on"].predictions["y_pred"].equals(runs["scratch"].predictions["y_pred"])


def test_an_ensemble_weighs_its_members_by_the_newest_rows():
    ensemble = AgedEnsemble(DummyClassifier(strategy="prior"), members=2)
    X = np.zeros((4, 1))
    ensemble.fit(X[:2], np.array([0, 1]))
    ensemble.partial_fit(X, np.array([0, 0, 0, 1]))
    # by chance: .75 * .25^2 + .25 * .75^2 = .1875; the first says a half of all: .25
    assert ensemble.weights_ == pytest.approx([1 / 0.4375, 1 / 0.1875])
    # (.5 / .4375 + .25 / .1875) / (1 / .4375 + 1 / .1875)
    assert ensemble.predict_proba(X[:1])[0, 1] == pytest.approx(0.325)
    ensemble.partial_fit(X, np.array([0, 0, 0, 1]))
    assert ensemble.weights_ == pytest.approx([1 / 0.375, 1 / 0.1875]), "the first has gone"


def test_an_old_member_knows_a_concept_that_comes_back():
    check_learner(AgedEnsemble(GaussianNB()))
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1600)
    turned = (np.arange(1600) // 400) % 2 == 1
    X = np.where((y == 1) ^ turned, 1.0, -1.0)[:, None] + rng.normal(size=(1600, 2))
    scores = {}
    for name, learner in {"one": GaussianNB(), "many": AgedEnsemble(GaussianNB())}.items():
        strategy = Strategy(Periodic(1), NewSinceLast(), Stateful())
        run = clsim.replay(Table(X, y), {"it": strategy}, learner=learner, tick=50, warmup=100)
        scores[name] = run["it"].score
    assert scores["many"] > scores["one"] + 0.1, scores


@pytest.mark.parametrize(
    ("training", "says"),
    [(Stateful("warm_start"), "has no warm_start"), (Searched(), "searches nothing")],
)
def test_what_it_has_not_is_refused(training, says):
    with pytest.raises(ValueError, match=says):
        clsim.replay(
            two_clouds(60), {"it": Strategy(Periodic(2), None, training)}, learner=Centres(),
            tick=20, warmup=20,
        )  # fmt: skip
    with pytest.raises(TypeError, match="fit, predict"):
        clsim.replay(two_clouds(60), {"it": Strategy(Periodic(2))}, learner=[], tick=20, warmup=20)
