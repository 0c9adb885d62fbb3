"""Reviews: how long they take, what a person sees, and how long a champion may win by default."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim import Prices
from clsim.clock import UNITS
from clsim.runs.ledger import upkeep
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import Freeze
from clsim.strategy.logging import Everything
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import Shadow
from clsim.strategy.review import OfficeHours, Person
from clsim.strategy.training import RowByRow, Stateless
from clsim.strategy.triggers import Periodic
from helpers.tables import Table, assert_same, two_clouds

HOUR, DAY = UNITS["h"], UNITS["d"]


def happened(run, *kinds):
    events = run.events[run.events["kind"].isin(kinds)]
    return list(zip(events["tick"], events["kind"], events["model"], strict=True))


def replayed(review, stream=None, learner=None, every=4, **more):
    """Ticks of 10 rows after a warm-up of 100; a training in every fourth."""
    setting = {key: more.pop(key) for key in ("seed", "tick", "warmup") if key in more}
    strategy = Strategy(Periodic(every), SlidingWindow(100), review=review, **more)
    return clsim.replay(
        two_clouds(400) if stream is None else stream, {"it": strategy},
        learner=GaussianNB() if learner is None else learner,
        **{"tick": 10, "warmup": 100, **setting},
    )["it"]  # fmt: skip


# time --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "work", "end"), [
    (4 * DAY + 9 * HOUR, 8 * HOUR, 4 * DAY + 17 * HOUR),  # Monday, 5 January 1970
    (4 * DAY + 9 * HOUR, 8 * HOUR + 1, 5 * DAY + 9 * HOUR + 1),
    (4 * DAY + 3 * HOUR, 2 * HOUR, 4 * DAY + 11 * HOUR),
    (4 * DAY + 17 * HOUR, 1 * HOUR, 5 * DAY + 10 * HOUR),
    (8 * DAY + 16 * HOUR, 2 * HOUR, 11 * DAY + 10 * HOUR),  # over a weekend
    (9 * DAY, 40 * HOUR, 15 * DAY + 17 * HOUR),  # a week of work from Saturday on
])  # fmt: skip
def test_office_hours_by_hand(start, work, end):
    assert OfficeHours().end(start, work) == end


def test_until_the_review_ends_the_champion_serves():
    run = replayed(Person(takes=25, over=100, sees=0))
    assert happened(run, "train", "review", "deploy")[:6] == [
        (4, "train", 1), (7, "review", 1), (7, "deploy", 1),  # row 140, 165 and the tick at 170
        (8, "train", 2), (11, "review", 2), (11, "deploy", 2),
    ]  # fmt: skip
    reviews = run.events[run.events["kind"] == "review"]
    assert (reviews["duration"] == 30).all()
    assert run.totals["reviews"] == len(reviews)
    assert upkeep(run.totals, Prices(retraining=0, review=50)) == 50 * len(reviews)


def test_a_freeze_holds_what_a_person_has_let_pass():
    """Neither test nor review is repeated when it ends; nothing is trained meanwhile."""
    gate = ChampionChallenger(20, margin=-9.0, min_rows=1)
    review, guard = Person(takes=25, over=100, sees=0), Freeze(ticks=[[6, 9]])
    run = replayed(review, offline=gate, guard=guard)
    assert happened(run, "train", "offline_test", "review", "deploy")[:5] == [
        (4, "train", 1), (4, "offline_test", 1), (7, "review", 1), (10, "deploy", 1),
        (12, "train", 2),
    ]  # fmt: skip
    deploy = run.events[run.events["kind"] == "deploy"].iloc[0]
    assert "held since tick 7" in deploy["reason"]
    tried = replayed(review, guard=guard, online=Shadow(20, min_labels=1, margin=-9.0))
    kinds = happened(tried, "review", "online_test", "deploy")
    assert kinds[0] == (7, "review", 1)  # the trial comes after it
    assert next(tick for tick, kind, _ in kinds if kind == "deploy") >= 10


def test_a_review_over_a_weekend():
    """Ticks of 6 hours from Friday, 2 January 1970, at midnight; a training at 12:00 on Friday."""
    time = (np.arange(400) * HOUR).tolist()
    stream = two_clouds(400, time=[DAY - 100 * HOUR + t for t in time])
    review = Person(takes="8h", over="2d", sees=0, hours=OfficeHours())
    run = replayed(review, stream, tick="6h", every=2)
    first = happened(run, "train", "review")[:2]
    # five hours are left on Friday; three more end at 12:00 on Monday, 72 hours later
    assert first == [(2, "train", 1), (14, "review", 1)]


# what is seen ------------------------------------------------------------------------------------


class Odd(BaseEstimator):
    """Answers by the first feature; every second training the wrong way round."""

    trained = 0

    def fit(self, X, y):
        Odd.trained += 1
        self.sign_ = 1 if Odd.trained % 2 else -1
        return self

    def predict(self, X):
        return (self.sign_ * X[:, 0] > 0).astype(int)


def by_sign(n=2_000):
    X = np.random.default_rng(0).normal(size=(n, 1))
    return Table(X, (X[:, 0] > 0).astype(int), label_time=np.arange(n) + 5)


def test_a_bad_model_is_seen_with_the_stated_chance():
    """Models 1, 3, ... are wrong everywhere; the person sees it on the last four events."""
    Odd.trained = 0
    more = {"stream": by_sign(), "learner": Odd(), "every": 1}
    run = replayed(Person(sees=1.0, over=50), **more)
    reviews = run.events[run.events["kind"] == "review"]
    assert (reviews["accepted"].to_numpy() == (reviews["model"].to_numpy() % 2 == 0)).all()
    assert set(reviews["reason"]) == {"seen to be worse", "nothing wrong"}
    shares = []
    for sees, suspects in ((0.7, 0.0), (0.7, 0.2)):
        Odd.trained = 0
        run = replayed(Person(sees=sees, suspects=suspects, over=50), **more)
        reviews = run.events[run.events["kind"] == "review"].iloc[1:]
        bad = reviews["reason"].isin(["seen to be worse", "nothing seen"])
        shares.append(1 - reviews["accepted"].astype(float).groupby(bad).mean())
    assert shares[0][False] == 0
    assert shares[1][False] == pytest.approx(0.2, abs=0.1)
    assert shares[0][True] == pytest.approx(0.7, abs=0.15)


def test_rows_on_which_a_model_trained_are_not_looked_at():
    """The labels of the last four rows before a tick are not there yet, or of none."""
    for late, count in ((5, 4), (0, 0)):
        run = replayed(Person(over=50), two_clouds(400, label_time=np.arange(400) + late))
        rows = run.events.loc[run.events["kind"] == "review", "rows"].tolist()
        assert rows == [count] * len(rows)


def test_rows_that_were_deleted_are_not_looked_at():
    """The review of tick 6 looks at rows 110 to 159; the model trained on those before 140, from
    40 on, and the people of rows 120 to 149 want theirs deleted by row 155: ten rows are left."""
    deleted = [155 if 120 <= row < 150 else None for row in range(400)]
    run = replayed(Person(takes=20, over=50), two_clouds(400, deleted=deleted))
    first = run.events[run.events["kind"] == "review"].iloc[0]
    assert (first["tick"], first["rows"]) == (6, 10)


def test_nothing_that_is_to_come_says_whether_a_model_is_bad():
    """Events from row 250 on are other ones: until then the same happens."""
    runs = []
    for changed in (False, True):
        stream = two_clouds(400)
        if changed:
            stream.y[250:], stream.X[250:] = 1 - stream.y[250:], -3 * stream.X[250:]
        runs.append(replayed(Person(sees=0.8, suspects=0.3, takes=20, over=40), stream))
    before = [run.events[run.events["tick"] <= 15].drop(columns="seconds") for run in runs]
    assert len(before[0]) > 10
    assert before[0].equals(before[1])


# how long a champion may win ---------------------------------------------------------------------


def test_a_champion_wins_no_more_than_so_many_times():
    gate = ChampionChallenger(20, margin=9.0, min_rows=5)  # nobody ever passes
    run = replayed(Person(sees=0, max_wins=2), offline=gate)
    assert happened(run, "offline_test", "review", "deploy")[:6] == [
        (4, "offline_test", 1), (8, "offline_test", 2), (8, "review", 2), (8, "deploy", 2),
        (12, "offline_test", 3), (16, "offline_test", 4),
    ]  # fmt: skip
    reviews = run.events[run.events["kind"] == "review"]
    reason = "looked at after 2 offline tests that the champion won"
    assert reviews["reason"].str.endswith(reason).all()
    assert not run.events.loc[run.events["kind"] == "offline_test", "accepted"].any()
    never = replayed(Person(sees=0), offline=gate)
    assert not happened(never, "review", "deploy")


def test_a_champion_that_has_served_for_long():
    gate = ChampionChallenger(20, margin=9.0, min_rows=5)
    run = replayed(Person(sees=0, stale_after=100), offline=gate)
    # at row 140 the first one has served 40 rows, at 220 it is 120
    assert happened(run, "review", "deploy")[:2] == [(12, "review", 3), (12, "deploy", 3)]
    assert happened(run, "review")[1] == (24, "review", 6)


def test_after_the_review_comes_the_trial():
    run = replayed(Person(takes=10, sees=0), online=Shadow(20, min_labels=5, margin=-9.0))
    kinds = [kind for _, kind, model in happened(run, "train", "review", "online_test", "deploy")
             if model == 1]  # fmt: skip
    assert kinds == ["train", "review", "online_test", "online_test", "deploy"]


def test_together_is_alone_and_twice_is_the_same():
    def one(takes):
        return Strategy(
            Periodic(2), SlidingWindow(100), Stateless(5),
            ChampionChallenger(20, margin=-0.2, min_rows=5), overlap=True,
            review=Person(takes=takes, sees=0.6, suspects=0.3, over=60, max_wins=2),
        )  # fmt: skip

    setting = {"learner": GaussianNB(), "tick": 10, "warmup": 100, "seed": 3}
    together = clsim.replay(two_clouds(400), {"slow": one(30), "quick": one(0)}, **setting)
    for name, takes in (("slow", 30), ("quick", 0)):
        alone = clsim.replay(two_clouds(400), {name: one(takes)}, **setting)[name]
        assert_same(together[name], alone)
        assert len(happened(alone, "review")) > 3


# what cannot be ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Person(sees=1.2), "^sees=1.2"),
    (lambda: Person(over=0), "^over"),
    (lambda: Person(max_wins=0), "^max_wins=0"),
    (lambda: OfficeHours(9, 8), "^closes=8"),
    (lambda: OfficeHours(days=["wed"]), r"^days\[0\]: .*did you mean 'wednesday'"),
    (lambda: OfficeHours(days="monday"), "^days='monday': expected a list"),
    (lambda: OfficeHours(days=[]), r"^days=\[\]: give at least one"),
    (lambda: replayed(Person(hours=OfficeHours())), "review.hours: the stream has no time"),
    (lambda: replayed(Person(takes="2d")), "review.takes='2d'"),
    (lambda: replayed(Person(takes=300)), "review: a review of 300 events could not end, since"),
    (lambda: replayed(Person(), training=RowByRow()), "^review: a model that learns row by row"),
    (lambda: replayed(Person(over=80), logging=Everything(retention=60)), "review: it compares"),
])  # fmt: skip
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()
