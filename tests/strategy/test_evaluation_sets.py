"""Evaluation sets: which rows they have, who trains on them, and what they stand for."""

import itertools
import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.protocols import OfflineTest
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Random
from clsim.strategy.curation import Fixed as FixedBudget
from clsim.strategy.datasets import All
from clsim.strategy.evaluation import EdgeCases, Fixed, Growing, Newest, version
from clsim.strategy.logging import Everything
from clsim.strategy.offline import (
    AllOf,
    AnyOf,
    Bound,
    Bounds,
    ChampionChallenger,
    NoTest,
    Significance,
)
from clsim.strategy.triggers import Periodic
from helpers.tables import Table, two_clouds

TRAINED = []
"""The values of the first feature, the row numbers, of each training."""


class Noting(BaseEstimator):
    """Answers 0, and notes what it was trained on."""

    def fit(self, X, y):
        TRAINED.append(X[:, 0].astype(int).tolist())
        return self

    def predict(self, X):
        return np.zeros(len(X), dtype=int)


def numbered(n=100, late=0, **more):
    """Row numbers as the feature; every fifth row is of class 1; labels come ``late`` rows on."""
    y = (np.arange(n) % 5 == 0).astype(int)
    return Table(np.arange(n)[:, None], y, label_time=np.arange(n) + late, **more)


def judged(it, stream=None, learner=None, every=1, **more):
    """The offline tests of a replay in ticks of 10 rows after a warm-up of 40, and its details."""
    TRAINED.clear()
    parts = {"curation": more.pop("curation", None), "logging": more.pop("logging", None)}
    gate = it if isinstance(it, OfflineTest) else ChampionChallenger(it, min_rows=1)
    run = clsim.replay(
        numbered() if stream is None else stream,
        {"it": Strategy(Periodic(every), All(), offline=gate, **parts)},
        learner=Noting() if learner is None else learner, tick=10, warmup=40, **more,
    )["it"]  # fmt: skip
    events = run.events[run.events["kind"] == "offline_test"]
    return events, [json.loads(text) for text in events["detail"]]


def test_the_gap_is_what_the_delay_imposes():
    """At row 90 labels of rows before 65 are there: the newest is of the tick that ended at 70."""
    _, details = judged(Newest(10), numbered(late=25))
    last = details[-1]  # tick 5 begins with row 90, and row 64 was served in tick 2
    assert (last["gap"], last["rows"]) == (3, 10)
    assert last["version"] == version(np.arange(56, 66))


def test_only_mature_rows_and_those_without_a_label_are_counted():
    """Labels of class 1 come at once, of class 0 after 25 rows: young rows are all of class 1."""
    stream = numbered()
    ones = np.flatnonzero(stream.y)
    stream.label_time = [i if i in ones else i + 25 for i in range(100)]
    stream.label_time[52] = None
    _, every = judged(Newest(20), stream)
    _, mature = judged(Newest(20, mature=25), stream)
    # at row 90: rows 70, 75, 80 and 85 are there, of which the mature ones have none
    assert every[-1]["version"] == version(
        np.array([*range(49, 52), *range(53, 66), 70, 75, 80, 85])
    )
    assert mature[-1]["version"] == version(np.array([*range(45, 52), *range(53, 66)]))
    assert mature[-1]["unlabelled"] == 1
    assert "unlabelled" not in every[-1]
    assert every[-1]["champion"] == pytest.approx(0.6)  # 8 of 20 are of class 1: an error each
    assert mature[-1]["champion"] == pytest.approx(0.75)  # 5 of 20: 45, 50, 55, 60, 65


def test_a_duration_ends_where_rows_are_mature():
    _, details = judged(Newest("20us", mature="10us"), numbered(time=range(100)))
    assert details[-1]["version"] == version(np.arange(60, 81))  # at 90: 60 to 80


def test_so_many_of_each_slice():
    group = (np.arange(100) >= 88).astype(int)
    _, details = judged(Newest(6, by="group"), numbered(group=group))
    assert details[-1]["version"] == version(np.array([*range(82, 90)]))
    assert details[-1]["rows"] == 8  # of the second slice there are two


@pytest.mark.parametrize("pick", ["random", "newest"])
def test_no_model_ever_trains_on_a_fixed_set(pick):
    events, details = judged(Fixed(12, pick=pick))
    assert len(TRAINED) == len(events) + 1
    never = set(range(40)) - set(TRAINED[0])
    assert len(never) == 12
    assert (never == {*range(28, 40)}) is (pick == "newest")
    assert not any(never & set(rows) for rows in TRAINED)
    assert {detail["version"] for detail in details} == {version(np.array(sorted(never)))}
    assert [detail["gap"] for detail in details][:2] == [2, 3] or pick == "random"


def test_what_is_kept_no_more_leaves_a_fixed_set():
    _, details = judged(Fixed(12, pick="newest"), logging=Everything(retention=45))
    # from row now - 45 on
    assert [detail.get("rows", 0) for detail in details] == [12, 12, 12, 5, 0]


def test_a_growing_set_keeps_what_joined_and_grows():
    edges = EdgeCases()
    events, details = judged(Growing(0.2, edges))
    assert len({detail["version"] for detail in details}) == len(details)
    assert np.all(np.diff([detail["rows"] for detail in details]) > 0)
    last = set(range(90)) - set(TRAINED[-1])
    wrong = {row for row in range(40, 90) if row % 5 == 0}  # it answers 0, of the warm-up nothing
    assert wrong <= last
    for rows, later in itertools.pairwise(TRAINED):
        left_out = set(range(max(rows) + 1)) - set(rows)
        assert not left_out & set(later), "what has joined is never trained on"
    assert events["rows"].iloc[-1] == len(last)


def test_weights_undo_how_rows_joined():
    """All errors join and a fifth of the rest: by weights the score is that of all rows."""
    stream = numbered(4_000)
    plain = judged(Growing(0.2, EdgeCases(), weigh=None), stream, every=39 * 10)[1]
    weighed = judged(Growing(0.2, EdgeCases()), stream, every=39 * 10)[1]
    assert plain[-1]["rows"] == weighed[-1]["rows"]
    # .2 errors that all join beside .8 * .2 = .16 others: .16 / .36 are right
    assert plain[-1]["champion"] == pytest.approx(0.16 / 0.36, abs=0.03)
    assert weighed[-1]["champion"] == pytest.approx(0.8, abs=0.02)


def test_by_hand_what_rows_stand_for():
    """The half of the errors joins by its share, and each of them stands for two."""

    class Knows:
        outcomes = property(lambda self: self)

        def losses(self, rows):
            return np.array([1.0, 0.0, np.nan, 1.0])[rows]

        def complaints(self, rows):
            return np.array([5, 5, 5, np.iinfo(np.int64).max])[rows]

    edges = EdgeCases(complained=True, share=0.5)
    assert edges.among(Knows(), np.arange(4)).tolist() == [True, False, False, False]
    weights = Growing(0.25, edges).weights(Knows(), np.arange(4))
    assert weights.tolist() == [2, 4, 4, 4]


def test_bought_rows_belong_to_a_growing_set():
    buying = Buying(Random(), FixedBudget(6), natural=False, evaluation=0.5)
    it = Growing(0, bought=True, weigh="picked")
    run = judged(it, two_clouds(200), GaussianNB(), curation=buying)
    assert [detail.get("rows") for detail in run[1]][-2:] == [39, 42]  # three in every tick


BOUND = [Bound("accuracy", absolute=-1.0)]
"""Every challenger keeps it."""


@pytest.mark.parametrize(
    "make",
    [
        lambda it: Bounds(BOUND, it, 1),
        lambda it: Significance("not_worse", margin=0.5, holdout=it, min_rows=1),
    ],
)
def test_every_test_takes_a_set(make):
    """The rows are those on which a champion is compared, and no model trains on them."""
    _, plain = judged(Fixed(12))
    events, details = judged(make(Fixed(12)))
    for detail, other in zip(details, plain, strict=True):
        assert {key: detail[key] for key in other} == other
        assert [line["rows"] for line in detail["card"]] == [12]
    never = set(range(40)) - set(TRAINED[0])
    assert len(never) == 12
    assert not any(never & set(rows) for rows in TRAINED)
    assert events["rows"].tolist() == [12] * len(events)


def test_tests_put_together_have_a_set_each():
    """Of the one a fixed set, of the other the mature rows: no model trains on the former."""
    gate = AllOf(
        [Bounds(BOUND, Fixed(8), 1), AnyOf([ChampionChallenger(Newest(5, mature=20), 1, 1)])]
    )
    events, details = judged(gate)
    never = set(range(40)) - set(TRAINED[0])
    assert len(never) == 8
    assert not any(never & set(rows) for rows in TRAINED)
    assert {detail["tests[0].version"] for detail in details} == {version(np.array(sorted(never)))}
    # no challenger is better by 1: at row 90 of what the initial model never trained on, up to 70
    assert details[-1]["tests[1].tests[0].version"] == version(np.arange(66, 71))
    assert [line["rows"] for line in details[-1]["card"]] == [8, 5]
    assert events["rows"].iloc[-1] == 13


def test_what_tests_put_together_need():
    complained = Growing(0.1, EdgeCases(complained=True))
    gate = AnyOf([ChampionChallenger(Fixed(3)), ChampionChallenger(Fixed(7)), NoTest()])
    assert gate.needs() == ("offline.rows", 8)
    assert AllOf([NoTest()]).needs() is None
    assert not gate.reads_complaints
    assert AllOf([gate, ChampionChallenger(complained)]).reads_complaints
    gate = AllOf([NoTest(), AnyOf([ChampionChallenger(Newest(5, mature=50), min_rows=1)])])
    with pytest.raises(ValueError, match="offline: it compares events that are older"):
        judged(gate, logging=Everything(retention=40))


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Bounds([Bound("auc", floor=0.5)], Growing(0.2)), r"^weigh='joined': auc is no mean"),
    (lambda: Significance(by="mcnemar", weigh="picked"), "^by='mcnemar': it counts rows, and with"),
    (lambda: Significance(weigh="prediction_powered"), "^weigh='prediction_powered': it mends the"),
    (lambda: Newest(0), "^rows"),
    (lambda: Newest("7d", by="group"), "^rows='7d': with by"),
    (lambda: Newest(5, using="held"), "^using: .*did you mean 'held_out'"),
    (lambda: Newest(5, weigh="picked", by="group"), "^by='group': so many"),
    (lambda: Fixed(pick="rand"), "^pick: "),
    (lambda: EdgeCases(share=0), "^share=0"),
    (lambda: Growing(0), "^share=0: nothing would ever join"),
    (lambda: Growing(0, EdgeCases()), "^weigh='joined': share is 0"),
    (lambda: Growing(0.1, bought=True), "^weigh='joined': bought labels join by another"),
    (lambda: Growing(0.1, weigh="picked"), "^weigh='picked': only labels"),
    (lambda: Growing(0.1, by="group", weigh=None), "^by='group': give a limit"),
    (lambda: Growing(0.1, by="group", limit=5), "^by='group': so many"),
    (lambda: ChampionChallenger(Newest(5), weigh="picked"), "^holdout: a set says itself"),
])  # fmt: skip
def test_a_set_that_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("it", "more", "message"), [
    (Newest(5, by="grp"), {}, "offline.by: the stream has no slices"),
    (Newest(5, by="grp"), {"stream": numbered(group=np.zeros(100, dtype=int))},
     "offline.by: unknown column of slices 'grp'; did you mean 'group'"),
    (Fixed(40), {}, "offline: offline.rows=41, and the warm-up that it refers to has 40 rows"),
    (Newest(5, mature=50), {"logging": Everything(retention=40)}, "offline: it compares events"),
    (Growing(0, bought=True, weigh=None), {}, "offline: it goes by labels that are bought for"),
    (Growing(0.1, EdgeCases(complained=True)), {}, "offline: the stream tells of no complaints"),
])  # fmt: skip
def test_what_does_not_fit_is_refused_before_the_replay(it, more, message):
    with pytest.raises(ValueError, match=message):
        judged(it, **more)
    assert not TRAINED
