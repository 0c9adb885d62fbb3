"""Weights of rows, by hand."""

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.strategy import Strategy
from clsim.strategy.datasets import All, Decayed, NewSinceLast, SlidingWindow
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.training import Stateful
from clsim.strategy.triggers import Periodic
from helpers.tables import two_clouds


class Noting(GaussianNB):
    """Notes the weights that it is given."""

    notes = []

    def fit(self, X, y, sample_weight=None):
        self.notes.append(None if sample_weight is None else sample_weight.tolist())
        return super().fit(X, y, sample_weight)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        self.notes.append(None if sample_weight is None else sample_weight.tolist())
        return super().partial_fit(X, y, classes, sample_weight)


def weights(*parts, table=None, tick=10, warmup=20):
    Noting.notes.clear()
    strategy = Strategy(Periodic(2), *parts)
    clsim.replay(table or two_clouds(60), {"it": strategy}, learner=Noting(), tick=tick,
                 warmup=warmup)  # fmt: skip
    return [notes for notes in Noting.notes if notes is None or len(notes)]


def test_half_at_the_half_life():
    first, second = weights(Decayed(SlidingWindow(15), half_life=10))[:2]
    # at row 20 the rows 5 to 19 are 15 to 1 old; at row 40 those from 25 to 39
    ages = np.arange(15, 0, -1)
    assert first == second == pytest.approx((0.5 ** (ages / 10)).tolist())
    assert first[5] == pytest.approx(0.5), "row 10 is 10 rows old"


def test_on_a_clock_of_time():
    table = two_clouds(60, time=[100 * i for i in range(60)])
    first = weights(Decayed(All(), half_life="500us"), table=table, tick="1ms", warmup="2ms")[0]
    # now is 2000; row 15 is 500 old, row 10 is 1000 old, row 0 is 2000
    assert (first[15], first[10], first[0]) == pytest.approx((1 / 2, 1 / 4, 1 / 16))


def test_only_the_rows_that_are_trained_on_have_weights():
    gate = ChampionChallenger(5, min_rows=5)
    _, second = weights(Decayed(SlidingWindow(15), half_life=10), None, gate)[:2]
    # rows 35 to 39 are held out
    assert second == pytest.approx((0.5 ** (np.arange(15, 5, -1) / 10)).tolist())


def test_a_full_training_may_weigh_where_the_others_do_not():
    rows = Stateful(full_every=2, full_dataset=Decayed(All(), half_life=10))
    notes = weights(NewSinceLast(), rows, table=two_clouds(100))
    assert [note is None or len(note) for note in notes[:3]] == [True, True, 60]


def test_weights_matter():
    table = two_clouds(600)
    runs = clsim.replay(
        table,
        {"all": Strategy(Periodic(2), All()), "decayed": Strategy(Periodic(2), Decayed(All(), 40))},
        learner=GaussianNB(), tick=10, warmup=50,
    )  # fmt: skip
    assert runs["decayed"].score > runs["all"].score + 0.1, "the concept changes half-way"
