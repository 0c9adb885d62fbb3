"""Tests that go by bought labels: weighed by their chances, or on labels for evaluation alone."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.dummy import DummyClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.protocols import Curation
from clsim.slices import Where
from clsim.strategy import Strategy
from clsim.strategy.curation import (
    Buying,
    Chance,
    Fixed,
    InProportion,
    KCentre,
    Random,
    Uncertainty,
    Unlimited,
)
from clsim.strategy.datasets import All, NewSinceLast, SlidingWindow
from clsim.strategy.offline import Bound, Bounds, ChampionChallenger, Significance
from clsim.strategy.offline.measures import Cell, Given
from clsim.strategy.online import Shadow
from clsim.strategy.triggers import Periodic
from clsim.types import Buy
from helpers.tables import Table, happened, two_clouds

ONES, ZEROS = [30, 31, 32, 33], [34, 35]
"""Bought with the chance 1, and with the chance 1/4."""


class ByHand(Curation):
    """Buys training rows of class 1 in tick 2, and in tick 3 the six rows of the test."""

    natural = False

    def __init__(self, kind="inclusion"):
        self.kind = kind

    def due(self, tick):
        return tick

    def buy(self, view, draw):
        if view.tick == 2:
            return Buy(np.arange(15, 25))
        if view.tick != 3:
            return None
        chances = np.array([1, 1, 1, 1, 0.25, 0.25])
        return Buy(np.array(ONES + ZEROS), chances, self.kind, 10)


def by_hand():
    """Rows 15 to 24 and 30 to 33 are of class 1, all others of class 0."""
    y = np.zeros(70, dtype=int)
    y[15:25] = y[ONES] = 1
    return Table(np.arange(70.0)[:, None], y)


def verdict(weigh, test=ChampionChallenger, given=(), **more):
    """Of a challenger that answers 1, against a champion that answers 0."""
    gate = test(*given, holdout=6, min_rows=6, weigh=weigh)
    strategy = Strategy(Periodic(4), SlidingWindow(10), None, gate, curation=ByHand(), **more)
    setting = {"learner": DummyClassifier(strategy="most_frequent"), "tick": 10, "warmup": 10}
    run = clsim.replay(by_hand(), {"it": strategy}, **setting)["it"]
    return happened(run, ["offline_test"])[0]


def test_a_test_on_what_was_picked_and_on_all_of_which_it_was_picked():
    """Four rows of class 1 stand for one each, two of class 0 for four each: 4 and 8 of 12."""
    plain, weighed = verdict(None), verdict("picked")
    assert (plain["tick"], plain["rows"], plain["accepted"]) == (4, 6, True)
    assert plain["detail"] == pytest.approx({"challenger": 4 / 6, "champion": 2 / 6, "rows": 6})
    assert (weighed["tick"], weighed["rows"], weighed["accepted"]) == (4, 6, False)
    assert weighed["detail"] == pytest.approx({"challenger": 4 / 12, "champion": 8 / 12, "rows": 6})


def test_bounds_and_significance_on_what_was_picked():
    """Of 12 rows the challenger is right on 4, the champion on 8: a gain of -1/3.

    Its variance is 6/5 (4 (1/12 4/3)² + 2 (4/12 2/3)²) = 8/45, and of t with 5 degrees of freedom
    the 95 % quantile is 2.015.
    """
    bound = [Bound("accuracy", absolute=0.0, slices=[Where("some", {"a": {"above": 30.5}})])]
    assert verdict(None, Bounds, [bound])["accepted"]
    weighed = verdict("picked", Bounds, [bound])
    assert not weighed["accepted"]
    whole, some = weighed["detail"]["card"]
    assert (whole["challenger"], whole["champion"]) == pytest.approx((4 / 12, 8 / 12))
    assert (some["rows"], some["accepted"]) == (5, None), "too few in the slice"
    [line] = verdict("picked", Significance)["detail"]["card"]
    assert (line["accepted"], line["rows"]) == (False, 6)
    half = 2.015048 * (8 / 45) ** 0.5
    assert (line["low"], line["high"]) == pytest.approx((-1 / 3 - half, -1 / 3 + half), rel=1e-5)
    assert line["reason"].startswith("not shown to be better: p = 0.7")


def test_a_weighed_test_errs_as_often_as_it_says():
    """Two equal models: one is better where labels are dear, the other where they are cheap."""
    rng, gate, found = np.random.default_rng(3), Significance(min_rows=2), []
    dear = np.arange(400) % 2 == 0
    chances = np.where(dear, 0.15, 0.6)
    for _ in range(1_000):
        rows = np.flatnonzero(rng.random(400) < chances)
        gains = np.where(rng.random(len(rows)) < 0.7, np.where(dear[rows], -1.0, 1.0), 0.0)
        given = Given(gains), Given(np.zeros(len(rows)))
        for weights in (1 / chances[rows], None):
            cell = Cell("score", "all", 1, np.arange(len(rows)), given, False, 100, 0, weights)
            found.append(gate.told([cell]).accepted)
    weighed, plain = np.reshape(found, (-1, 2)).mean(axis=0)
    assert weighed == pytest.approx(0.05, abs=3 * (0.05 * 0.95 / 1_000) ** 0.5)
    assert plain > 0.99


def test_rows_without_a_chance_are_not_in_a_weighed_test():
    """The warm-up's labels and those of tick 2 came without one."""
    gate = ChampionChallenger(holdout=50, min_rows=6, weigh="picked")
    strategy = Strategy(Periodic(4), SlidingWindow(10), None, gate, curation=ByHand())
    setting = {"learner": DummyClassifier(), "tick": 10, "warmup": 10}
    run = clsim.replay(by_hand(), {"it": strategy}, **setting)["it"]
    assert [e["rows"] for e in happened(run, ["offline_test"])] == [6]
    assert happened(run, ["train"])[0]["labels"] == 6


class Side(BaseEstimator):
    """Says 1 on the right, and after a training on few rows on the left; unsure at the border."""

    def fit(self, X, y):
        self.classes_, self.right_ = np.array([0, 1]), len(y) >= 500
        return self

    def predict_proba(self, X):
        one = 1 / (1 + np.exp(-4 * X[:, 0] * (1 if self.right_ else -1)))
        return np.stack([1 - one, one], axis=1)

    def predict(self, X):
        return (self.predict_proba(X)[:, 1] > 0.5).astype(int)


def turned(pick, gate, **buying):
    """Class 1 is on the right, but for the 24 % of events next to the border after the warm-up."""
    x = np.random.default_rng(5).normal(0, 3, 2_500)
    y = (x > 0) ^ ((np.abs(x) < 0.9) & (np.arange(2_500) >= 500))
    curation = Buying(pick, Fixed(16), natural=False, **buying)
    strategy = Strategy(Periodic(10), NewSinceLast(), None, gate, curation=curation)
    setting = {"learner": Side(), "tick": 100, "warmup": 500}
    run = clsim.replay(Table(x[:, None], y.astype(int)), {"it": strategy}, **setting)["it"]
    return run.score, happened(run, ["offline_test"])[0]


def test_a_test_on_doubtful_rows_decides_wrongly_and_a_weighed_one_rightly():
    """The champion is right about 76 % of all, and about a minority of those in doubt."""
    doubt, gate = InProportion(Uncertainty("margin")), {"holdout": 60, "min_rows": 40}
    score, test = turned(doubt, ChampionChallenger(**gate))
    assert test["accepted"]
    assert test["detail"]["champion"] < 0.4
    assert score < 0.55, "it serves about half of the time"
    score, test = turned(doubt, ChampionChallenger(**gate, weigh="picked"))
    assert not test["accepted"]
    assert test["detail"]["champion"] == pytest.approx(0.76, abs=0.1)
    assert score == pytest.approx(0.76, abs=0.02)


def test_labels_for_evaluation_judge_rightly_whatever_the_pick():
    doubt, gate = Uncertainty("margin"), {"holdout": 60, "min_rows": 40}
    _, test = turned(doubt, ChampionChallenger(**gate))
    assert test["accepted"]
    for weigh in (None, "picked"):  # as many candidates in every tick: the same
        alone = ChampionChallenger(**gate, using="evaluation", weigh=weigh)
        score, test = turned(doubt, alone, evaluation=0.4)
        assert not test["accepted"]
        assert test["detail"]["champion"] == pytest.approx(0.76, abs=0.15)
        assert score == pytest.approx(0.76, abs=0.02)


# labels for evaluation ---------------------------------------------------------------------------


class Noting(NewSinceLast):
    """Notes what is trained on, and what is for evaluation."""

    def __init__(self, dataset, notes):
        self.dataset, self.notes = dataset, notes

    def __deepcopy__(self, memo):
        return self

    def rows(self, view):
        rows = self.dataset.rows(view)
        self.notes.append((rows, view.labels.evaluation(), view.latest_known(10**6)))
        return rows


@pytest.mark.parametrize("dataset", [All(), SlidingWindow(500), NewSinceLast()])
@pytest.mark.parametrize("pick", [Random(), Uncertainty(), KCentre()])
def test_nobody_trains_on_labels_for_evaluation(dataset, pick):
    notes = []
    curation = Buying(pick, Fixed(10), natural=False, evaluation=0.3)
    strategy = Strategy(Periodic(2), Noting(dataset, notes), curation=curation)
    setting = {"learner": GaussianNB(), "tick": 50, "warmup": 50, "record": "events"}
    run = clsim.replay(two_clouds(1_000), {"it": strategy}, **setting)["it"]
    bought = run.bought.set_index("id")
    assert len(bought) == 10 * 18
    assert bought.groupby("tick")["evaluation"].sum().tolist() == [3] * 18
    np.testing.assert_allclose(bought["stands_for"][bought["evaluation"]], 50 / 3)
    assert len(notes) == 10
    for rows, evaluation, known in notes:
        assert len(np.intersect1d(rows, evaluation)) == 0
        assert np.isin(evaluation, known).all()
        assert bought["evaluation"].reindex(evaluation).all()
    assert len(notes[-1][1]) == 3 * 17


def test_to_train_on_a_label_for_evaluation_is_an_error():
    class Cheating(All):
        def rows(self, view):
            return view.labels.evaluation() if view.tick else super().rows(view)

    curation = Buying(Random(), Fixed(10), natural=False, evaluation=0.5)
    strategy = Strategy(Periodic(3), Cheating(), curation=curation)
    with pytest.raises(LookupError, match=r"row \d+ is not available for training"):
        clsim.replay(two_clouds(300), {"it": strategy}, learner=GaussianNB(), tick=50, warmup=50)


def test_a_share_of_a_label_is_rounded_by_chance():
    """A fifth of three labels in every tick of ten events: 0 or 1, .6 in the mean."""
    table = Table(np.zeros((3_020, 1)), [0, 1] * 1510)
    curation = Buying(Random(), Fixed(3), natural=False, evaluation=0.2)
    strategy = Strategy(Periodic(999), curation=curation)
    setting = {"learner": DummyClassifier(), "tick": 10, "warmup": 20, "record": "events"}
    bought = clsim.replay(table, {"it": strategy}, **setting)["it"].bought
    some = bought.groupby("tick")["evaluation"].sum()
    assert set(some) == {0, 1}
    assert some.mean() == pytest.approx(0.6, abs=4 * np.sqrt(0.24 / 299))
    of = bought[bought["evaluation"]]
    np.testing.assert_allclose(of["chance"], 0.06)
    places = np.bincount(of["id"] % 10, minlength=10)
    assert (np.abs(places - 17.9) < 4 * np.sqrt(17.9)).all(), places


@pytest.mark.parametrize("budget", [Unlimited(), Fixed(10**6)])
def test_of_all_labels_a_share_too(budget):
    curation = Buying(Uncertainty(), budget, natural=False, evaluation=0.25)
    strategy = Strategy(Periodic(999), curation=curation)
    setting = {"learner": GaussianNB(), "tick": 100, "warmup": 100, "record": "events"}
    bought = clsim.replay(two_clouds(400), {"it": strategy}, **setting)["it"].bought
    assert (
        bought.groupby("tick")["evaluation"].agg(["size", "sum"]).to_numpy().tolist()
        == [[100, 25]] * 2
    )


# what each pays, and what they share -------------------------------------------------------------


def test_strategies_that_differ_only_in_curation_share_every_fit_on_equal_rows():
    """All labels are bought by both, whichever they prefer; each pays for its own."""
    named = {
        name: Strategy(Periodic(2), curation=Buying(pick, Unlimited(), natural=False))
        for name, pick in {"random": Random(), "doubt": Uncertainty(), "far": KCentre()}.items()
    }
    setting = {"learner": GaussianNB(), "tick": 50, "warmup": 50}
    runs = clsim.replay(two_clouds(500), named, **setting)
    assert [run.totals["bought"] for run in runs.values()] == [400] * 3
    assert [run.totals["labels"] for run in runs.values()] == [0] * 3
    made = runs["doubt"].info.made
    assert (made.unique_fits, made.together) == (1 + runs["doubt"].totals["retrainings"], 3)


# what does not go together -----------------------------------------------------------------------


def strategy(curation=None, **parts):
    return Strategy(Periodic(2), curation=curation, **parts)


WEIGHED = ChampionChallenger(weigh="picked")
SHADOW = Shadow(50, weigh="picked")
ON_EVALUATION = ChampionChallenger(using="evaluation")


@pytest.mark.parametrize(("make", "message"), [
    (lambda: strategy(offline=WEIGHED), r"^offline: how the labels were picked cannot be undone: no"
     r" labels are bought; use another weigh, or a curation that picks by chance$"),
    (lambda: strategy(Buying(Uncertainty(), Fixed(5), natural=False), offline=WEIGHED),
     r"^offline: .*: it picks by what looks best, not by chance"),
    (lambda: strategy(Buying(Random(), Fixed(5)), offline=WEIGHED), r"labels come by themselves"),
    (lambda: strategy(Buying(KCentre(), Fixed(5), natural=False), online=SHADOW),
     r"^online: how the labels were picked cannot be undone: it picks by what looks best"),
    (lambda: strategy(Buying(Random(), Fixed(5), natural=False), offline=ON_EVALUATION),
     r"^offline: it goes by labels that are bought for evaluation, and none are; give the"),
    (lambda: strategy(Buying(Random(), Fixed(5), natural=False, evaluation=0.2), offline=WEIGHED),
     r"^offline.weigh: .*; have using='evaluation'$"),
    (lambda: Buying(Random(), Fixed(5), evaluation=0.2), r"^evaluation=0.2: .*give natural=False"),
    (lambda: Buying(Random(), Chance(), natural=False, evaluation=0.2),
     r"^evaluation=0.2: by Chance each event is asked about for itself.*; use a budget such as Fi"),
    (lambda: Buying(Random(), Fixed(5), natural=False, evaluation=2), r"^evaluation=2: must be"),
    (lambda: ChampionChallenger(weigh="piked"), r"^weigh: unknown value 'piked'; did you mean"),
    (lambda: ChampionChallenger(using="evaluate"), r"^using: unknown value 'evaluate'; did you"),
])  # fmt: skip
def test_refused_at_once(make, message):
    with pytest.raises(ValueError, match=message):
        make()
