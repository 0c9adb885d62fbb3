"""Which labels are bought and how many, by published numbers and by hand."""

import copy
import itertools

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

import clsim
from clsim.clock import Clock
from clsim.monitoring import Score, Where, projections
from clsim.runs.reading import AGREE
from clsim.statistics.picked import lure
from clsim.strategy import Strategy
from clsim.strategy.curation import (
    Biqf,
    Buying,
    Chance,
    Committee,
    Complained,
    ExpectedChange,
    Fixed,
    FixedUncertainty,
    FormerModels,
    InProportion,
    KCentre,
    Matching,
    Money,
    PredictedLoss,
    Random,
    RandomVariableUncertainty,
    Refitted,
    SplitUncertainty,
    Stratified,
    Uncertainty,
    Unlike,
    Unlimited,
    VariableUncertainty,
)
from clsim.strategy.curation.change import expected_change
from clsim.strategy.curation.counted import foreseen
from clsim.strategy.curation.coverage import k_centre, nearest
from clsim.strategy.curation.picks import doubt, highest
from clsim.strategy.curation.strata import rounded, shares
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Periodic
from clsim.types import Buy
from helpers.tables import Table, happened, two_clouds

DAILY = Clock(timed=True, tick=86_400_000_000, tick_in_rows=False)
DOUBT = np.random.RandomState(0).rand(50)


# how many ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "asked"), [  # by scikit-activeml's own tests, budget .1, w = 100
    (FixedUncertainty(classes=2), [0, 1, 2, 3, 5, 7, 8, 10, 11, 12, 13, 18, 27, 37]),
    (VariableUncertainty(), [*range(11), 17, 26, 35, 45]),
    (Chance(0.1), [14, 15, 16, 34, 43]),
])  # fmt: skip
def test_the_rules_of_zliobaite_as_scikit_activeml_has_them(rule, asked):
    draws = np.random.RandomState(0).rand(50)
    assert np.flatnonzero(rule.asks(DOUBT, draws)).tolist() == asked


@pytest.mark.parametrize("rule", [
    FixedUncertainty(0.3, classes=2), VariableUncertainty(0.3), RandomVariableUncertainty(0.3),
    SplitUncertainty(0.3), Biqf(0.3),
])  # fmt: skip
def test_rules_remember_from_tick_to_tick_and_keep_the_budget(rule):
    rng = np.random.default_rng(4)
    doubt, draws = rng.random(2_000) / 2, rng.random(2_000)
    whole = copy.deepcopy(rule).asks(doubt, draws)
    cuts = [0, 3, 700, 701, 2_000]
    pieces = [rule.asks(doubt[a:b], draws[a:b]) for a, b in itertools.pairwise(cuts)]
    assert np.concatenate(pieces).tolist() == whole.tolist()
    assert 0.25 < whole.mean() < 0.34, "the start of the window is free"


def test_by_hand_what_is_asked_of_events_of_which_the_model_is_sure():
    sure, draws = np.zeros(1_000), (np.arange(1_000) + 0.5) / 1_000
    assert FixedUncertainty(0.2, classes=2).asks(sure, draws).sum() == 0, "1 is above .6"
    # a tenth of the events is of the random part, of which a fifth is asked about; the bound of
    # the others grows above 1 with the first that is not asked about
    never = VariableUncertainty(0.2, step=1e-9)
    assert never.asks(sure, draws).sum() > 0
    # factors are 1 + z: in half of the cases the bound is above 1 from the beginning
    first = [RandomVariableUncertainty().asks(sure[:1], np.array([u]))[0] for u in (0.49, 0.51)]
    assert first == [False, True]
    split = [SplitUncertainty(0.2).asks(np.ones(1), np.array([u]))[0] for u in (0.019, 0.021, 0.5)]
    assert split == [True, False, True], "0.1 * 0.2; the random part; and doubt beyond it"


def test_biqf_has_the_quantile_of_numpy():
    rng = np.random.default_rng(1)
    scores, rule = rng.random(300), Biqf(0.23, window=40)
    for i, score in enumerate(scores):
        rule.asks(np.array([score]), np.zeros(1))
        latest = scores[max(i - 39, 0) : i + 1]
        assert rule._quantile() == pytest.approx(np.quantile(latest, 0.77))
    assert not Biqf().asks(np.full(3, np.nan), np.zeros(3)).any()


def test_money_buys_whole_labels_and_carries_the_rest_on():
    budget = Money(5, 2)
    budget.bind(DAILY)
    assert [budget.labels(tick) for tick in range(4)] == [2, 3, 2, 3]
    tenths = Money(0.3, 0.1)  # 0.3 / 0.1 is less than 3
    tenths.bind(DAILY)
    assert [tenths.labels(tick) for tick in range(3)] == [3, 3, 3]


# which rows --------------------------------------------------------------------------------------


def test_k_centre_greedy():
    X = np.array([[0.0], [1.0], [5.0], [9.0], [10.0]])
    near = nearest(X, X[:1])
    assert k_centre(X, near, 2).tolist() == [4, 2]
    after = np.sqrt(nearest(X, X[[0, 4, 2]]))
    assert after.max() == 1
    same = np.zeros((4, 2))
    assert sorted(k_centre(same, nearest(same, same[:1]), 3).tolist()) == [0, 1, 2]


def test_the_highest_with_ties_by_chance_and_what_has_no_score_last():
    rows, scores = np.arange(5), np.array([1.0, np.nan, 3.0, 1.0, 1.0])

    def draw(rows):
        return np.array([0.9, 0.5, 0.1, 0.2, 0.3])[rows]

    assert highest(scores, 1, rows, draw).tolist() == [2]
    assert highest(scores, 3, rows, draw).tolist() == [2, 3, 4]
    assert highest(scores, 4, rows, draw).tolist() == [0, 2, 3, 4]


def test_shares_of_strata_are_rounded_without_bias():
    share = shares(np.array([1, 30, 30, 30]), np.array([1.0, 1.0, 2.0, 1.0]), 7)
    assert share.tolist() == [1.0, 1.5, 3.0, 1.5]
    starts = (np.arange(1_000) + 0.5) / 1_000
    whole = np.array([rounded(share, start) for start in starts])
    assert (whole.sum(axis=1) == 7).all()
    assert (np.abs(whole - share) < 1).all()
    assert np.allclose(whole.mean(axis=0), share, atol=0.002)
    assert shares(np.array([2, 3]), np.ones(2), 5).tolist() == [2.0, 3.0]


class Spy(Buying):
    """Keeps what it orders, and what it could have ordered."""

    orders = []

    def buy(self, view, draw):
        found = super().buy(view, draw)
        if found is not None:
            Spy.orders.append((view, found))
        return found


def orders(pick, budget, table, **more):
    Spy.orders.clear()
    setting = {"learner": GaussianNB(), "tick": 100, "warmup": 100, **more.pop("setting", {})}
    strategy = Strategy(Periodic(99), curation=Spy(pick, budget, **{"natural": False, **more}))
    run = clsim.replay(table, {"it": strategy}, **setting)["it"]
    return run, list(Spy.orders)


def test_the_margin_of_two_classes_is_that_of_any_number_to_the_bit():
    chances = np.random.default_rng(0).dirichlet([1, 1], 500)
    chances[::7], chances[0] = np.nan, 0.5
    three = np.column_stack([chances, np.full(500, -1.0)])  # a third class that is never second
    assert np.array_equal(doubt(chances, "margin"), doubt(three, "margin"), equal_nan=True)
    assert doubt(chances, "margin")[0] == 1


def test_uncertainty_asks_between_the_classes():
    table = two_clouds(500)
    run, found = orders(Uncertainty("margin"), Fixed(10), table)
    for view, buy in found[1:]:
        rows = view.served(view.tick - 1)
        chances = np.sort(view.model(view.champion).chances(rows), axis=1)
        gap = chances[:, -1] - chances[:, -2]
        assert set(buy.rows) == set(rows[np.argsort(gap)[:10]])
        assert buy.chances is None
    assert run.totals["bought"] == 30


def rare(n=3_000, share=0.02, seed=5):
    """A slice in which the other class is right; of ``n`` events so large a share."""
    rng = np.random.default_rng(seed)
    group = (rng.random(n) < share).astype(int)
    X = np.column_stack([rng.normal(size=n) + np.where(group, 6.0, 0.0), rng.normal(size=n)])
    y = ((X[:, 1] > 0) ^ (group == 1)).astype(int)
    return Table(X, y, group=group)


def test_strata_find_what_chance_misses():
    table, group = rare(), rare().group
    found = {}
    for name, pick in {"random": Random(), "strata": Stratified("group")}.items():
        run, bought = orders(pick, Fixed(10), table)
        rows = np.concatenate([buy.rows for _, buy in bought])
        found[name] = np.mean(np.asarray(group)[rows])
        assert run.totals["bought"] == 280
    # at random 2 % of 280; by strata all that there are, up to half of each tick's ten
    assert found["random"] < 0.05
    assert found["strata"] > 0.15


def test_the_chances_of_strata_are_right():
    """Each row's chance, over many ticks, is how often it is picked."""
    _, bought = orders(Stratified("group", {"group=b": 0.2}), Fixed(7), rare(share=0.3))
    stands = sum((1 / buy.chances).sum() for _, buy in bought)
    # the sum of inverse chances has the number of candidates as its mean; of each tick it is so up
    # to the rounding of shares
    assert stands == pytest.approx(100 * len(bought), rel=0.05)
    assert {buy.kind for _, buy in bought} == {"inclusion"}


def test_a_discriminator_asks_about_a_new_slice_first():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(400, 2))
    new = np.arange(300, 400, 10)
    X[new] += [8, 0]
    table = Table(X, (X[:, 1] > 0).astype(int))
    _, bought = orders(Unlike(LogisticRegression()), Fixed(10), table, setting={"tick": 50})
    asked = np.concatenate([buy.rows for _, buy in bought])
    assert set(new[:5]) <= set(asked), "five new rows among fifty, and ten labels"


def test_what_is_on_order_is_not_asked_about_again():
    """A place is new, of which every tick has five rows; labels take 250 rows, or three ticks."""
    rng = np.random.default_rng(3)
    place = np.where(np.arange(600) % 2 == 0, 0.0, 20.0) + rng.normal(size=600)
    place[100::20] = 10
    table = Table(place[:, None], rng.integers(0, 2, 600))
    asked = {}
    for pending in ("count", "forget"):
        _, bought = orders(KCentre(pending=pending), Fixed(1), table, delay=250)
        asked[pending] = [view.tick for view, buy in bought if place[buy.rows[0]] == 10]
    # ordered at 200, there at 450: so before tick 4, which starts at 500
    assert asked == {"count": [1], "forget": [1, 2, 3]}


def test_with_labels_two_weeks_late_a_rule_that_forgets_them_asks_twice():
    """Places a, at 20, and b, at 10, are new from week 1 on: each week has a row of each.

    One label a week, there after two: what is ordered at the start of week 2 is known in week 4.
    """
    place = np.tile(np.r_[np.linspace(-0.1, 0.1, 12), 20.0, 10.0], 7)
    place[12:14] = 0.0  # in the warm-up, week 0, there is neither
    table = Table(place[:, None], np.arange(98) % 2, time=np.arange(98) * DAILY.tick // 2)
    setting, asked = {"tick": "7d", "warmup": "7d"}, {}
    for pending in ("count", "forget"):
        pick = KCentre(pending=pending)
        run, bought = orders(pick, Fixed(1), table, delay="14d", setting=setting)
        new = [(view.tick + 1, "ab"[int(place[buy.rows[0]] == 10)])
               for view, buy in bought if place[buy.rows[0]] > 1]  # fmt: skip
        asked[pending] = new
        assert run.totals["bought"] == 5, "either pays for each order, whatever is under way"
    assert asked["count"] == [(2, "a"), (3, "b")]
    assert asked["forget"] == [(2, "a"), (3, "a"), (4, "b"), (5, "b")]


def weekly(*rare, weeks):
    """Twelve rows a week at -1 and 1, and then rare ones, of which the warm-up has none."""
    usual = np.r_[np.linspace(-1.1, -0.9, 6), np.linspace(0.9, 1.1, 6)]
    place = np.tile(np.r_[usual, rare], weeks)
    place[12 : 12 + len(rare)] = -1.0
    time = np.arange(len(place)) * (7 * DAILY.tick) // (12 + len(rare))
    return place, Table(place[:, None], (place > 0).astype(int), time=time)


def asked_weekly(pick, *rare, weeks=7):
    """At which of the rare places each week's label is bought; each comes two weeks later."""
    place, table = weekly(*rare, weeks=weeks)
    setting = {"tick": "7d", "warmup": "7d"}
    _, bought = orders(pick, Fixed(1), table, delay="14d", setting=setting)
    asked = [float(place[buy.rows[0]]) for _, buy in bought]
    return [at if at in rare else None for at in asked]


@pytest.mark.parametrize(("make", "once"), [
    (lambda how: Refitted(LogisticRegression(C=1e6), pending=how), {"bagged"}),
    (lambda how: Committee(DecisionTreeClassifier(), 15, pending=how, draws=1),
     {"bagged", "fuzzy"}),
])  # fmt: skip
def test_labels_under_way_that_are_simulated_are_not_asked_for_twice(make, once):
    """The border is half-way between -1 and 1, or, once the label at 0 is there, next to .46.

    So 0 is asked about in week 2, and by a rule that forgets it again in week 3, since its label
    comes in week 4. Whatever it will be, the border is no longer there: drawn labels say so. Half a
    label of each class leaves the doubt of one model where it is, and makes members agree.
    """
    for how in ("forget", "bagged", "fuzzy"):
        assert asked_weekly(make(how), 0.0, 0.46, weeks=4) == [0.0, 0.46 if how in once else 0.0]


def test_what_will_have_left_the_window_is_forgotten():
    """Trainings on four weeks, labels two weeks late: what is older than two is forgotten.

    A row of week 1 is ordered in week 2; at the start of week 4, 28d, it is older than 14d.
    """
    for pick in (KCentre, lambda **more: Unlike(LogisticRegression(), **more)):
        assert asked_weekly(pick(since="14d"), 10.0) == [10.0, None, 10.0, None, 10.0]
    assert asked_weekly(KCentre(), 10.0) == [10.0, None, None, None, None]


def test_labels_on_order_are_foreseen_by_their_chances():
    codes, chances = np.array([1, 0]), np.array([[0.25, 0.0, 0.75], [0.0, 1.0, 0.0]])
    (fuzzy,) = foreseen(codes, chances, "fuzzy", 9, np.array([7, 8]), None)
    assert [values.tolist() for values in fuzzy] == [
        [0, 1, 2, 2, 3], [1, 0, 0, 2, 1], [1.0, 1.0, 0.25, 0.75, 1.0],
    ]  # fmt: skip

    def draw(rows, text):
        return np.array({" label 0": [0.24, 0.5], " label 1": [0.25, 0.999]}[text])

    drawn = list(foreseen(codes, chances, "bagged", 2, np.array([7, 8]), draw))
    assert [it.codes.tolist() for it in drawn] == [[1, 0, 0, 1], [1, 0, 2, 1]]
    assert all(it.places.tolist() == [0, 1, 2, 3] and it.weights is None for it in drawn)


def test_of_orders_those_for_evaluation_alone_can_be_left_out():
    """No model will be trained on them, so they cover nothing."""
    table = two_clouds(500)
    _, bought = orders(KCentre(), Fixed(4), table, evaluation=0.25, delay=400)
    evaluated = [buy.rows for _, (buy, _) in bought]
    labels = bought[-1][0].labels  # by the end, when none has come
    left_out = np.setdiff1d(labels.ordered(), labels.ordered(evaluation=False))
    assert len(labels.ordered()) == 12
    assert left_out.tolist() == np.sort(np.concatenate(evaluated)).tolist()
    assert len(left_out) == 3


def test_predicted_loss_asks_where_losses_were_and_committees_where_members_differ():
    rng = np.random.default_rng(7)
    X = rng.uniform(-1, 1, size=(1_200, 2))
    y = np.where(X[:, 0] > 0.5, rng.integers(0, 2, 1_200), (X[:, 1] > 0).astype(int))
    table = Table(X, y)
    for pick in (
        PredictedLoss(LinearRegression(), min_labels=30),
        PredictedLoss(KNeighborsRegressor(10), min_labels=30),
    ):
        _, bought = orders(pick, Fixed(20), table)
        rows = np.concatenate([buy.rows for _, buy in bought[4:]])
        assert np.mean(X[rows, 0] > 0.5) > 0.4, "a quarter of all rows are there"
    table = Table(X, (X[:, 1] > 0).astype(int))
    committee = Committee(LogisticRegression(), members=4)
    _, bought = orders(committee, Fixed(10), table, setting={"learner": LinearSVC()})
    rows = np.concatenate([buy.rows for _, buy in bought])
    assert np.abs(X[rows, 1]).mean() < 0.35, ".5 of all rows"


def test_the_expected_change_by_hand_and_by_the_gradient():
    # p = (.5, .3, .2): of (p - e_k) the squares are .38, .78, .98; the row (3, 1) is sqrt(10) long
    by_hand = 0.5 * 0.38**0.5 + 0.3 * 0.78**0.5 + 0.2 * 0.98**0.5
    chances = np.array([[0.5, 0.3, 0.2]] * 2 + [[np.nan] * 3])
    found = expected_change(chances, np.array([[0.0], [3.0], [3.0]]))
    assert found[:2].tolist() == pytest.approx([by_hand, by_hand * 10**0.5])
    assert np.isnan(found[2])
    # a small step by the weights of each class and feature, for each label
    W, x, h = np.array([[0.4, 0.1], [-0.3, 0.2], [0.0, -0.5]]), np.array([1.5, 1.0]), 1e-6

    def log_chances(W):
        return W @ x - np.log(np.exp(W @ x).sum())

    steps = [h * np.eye(6)[i].reshape(3, 2) for i in range(6)]
    gradient = np.array([(log_chances(W + step) - log_chances(W - step)) / (2 * h)
                         for step in steps])  # fmt: skip
    p = np.exp(log_chances(W))
    expected = (p * np.linalg.norm(gradient, axis=0)).sum()
    assert expected_change(p[None], x[None, :1])[0] == pytest.approx(expected)


def test_the_expected_change_is_that_of_a_logistic_regression():
    table = two_clouds(500)
    setting = {"learner": LogisticRegression()}
    _, bought = orders(ExpectedChange(), Fixed(10), table, setting=setting)
    for view, buy in bought[1:]:
        rows, known = view.served(view.tick - 1), view.latest(1000)
        X = (table.X[rows] - table.X[known].mean(0)) / table.X[known].std(0)
        p = view.model(view.champion).chances(rows)[:, 1]
        change = p * (1 - p) * np.sqrt((X**2).sum(axis=1) + 1)  # of two classes
        assert set(buy.rows) == set(rows[np.argsort(-change)[:10]])


class Asked(Spy):
    """Keeps who could be asked, and what they say, too."""

    asked = []

    def buy(self, view, draw):
        rows = view.served(view.tick - 1) if view.tick else view.rows()
        models = (view.champion, *view.former)
        said = np.column_stack([view.model(model).answers(rows) for model in models])
        Asked.asked.append((view.champion, view.former, dict(zip(rows, said, strict=True))))
        return super().buy(view, draw)


def test_former_models_vote_on_what_has_changed():
    """The bound between the classes moves by a half in every tick, and models learn one each.

    The first of them learned in the warm-up; from tick 4 on three that differ have served.
    """
    rng = np.random.default_rng(5)
    x, bound = rng.uniform(-1, 5, 800), np.arange(800) // 100 / 2
    table = Table(x[:, None], (x > bound).astype(int), label_time=np.arange(800) + 60)
    Asked.asked.clear()
    Spy.orders.clear()
    # what was served in a tick has no label yet in the next
    curation = Asked(FormerModels(2), Fixed(2), delay=200)
    strategy = Strategy(Periodic(1), SlidingWindow(100), curation=curation)
    learner = DecisionTreeClassifier(max_depth=1)
    clsim.replay(table, {"it": strategy}, learner=learner, tick=100, warmup=200)
    assert [found[:2] for found in Asked.asked] == [
        (0, ()), (0, ()), (1, (0,)), (2, (0, 1)), (3, (1, 2)), (4, (2, 3))
    ], "what is trained in tick 1, for the first time, serves from tick 2 on"  # fmt: skip
    late = [(Asked.asked[view.tick][2], buy.rows) for view, buy in Spy.orders if view.tick > 3]
    for votes, rows in late:
        assert all(len(set(votes[row])) == 2 for row in rows), "they do not say the same"
    assert [len(rows) for _, rows in late] == [2, 2]
    with pytest.raises(ValueError, match="so there are no former ones that FormerModels could ask"):
        Strategy(Periodic(1), training=RowByRow(), curation=curation)


def broken(n=1_500):
    """Every twentieth row is of the other class from row 100 on; who is wronged complains."""
    rng = np.random.default_rng(8)
    y, group = rng.integers(0, 2, n), (np.arange(n) % 20 == 0).astype(int)
    X = np.column_stack([4.0 * y - 2 + 0.1 * rng.normal(size=n), 5.0 * group])
    turned = (group == 1) & (np.arange(n) >= 100)
    complaints = [(None, row) for row in range(n)]
    return Table(X, np.where(turned, 1 - y, y), group=group, complaints=complaints)


def test_complaints_find_the_broken_slice():
    table = broken()
    for there in (5, 8):  # 5 of the 100 rows of a tick are in the slice, and all others are right
        _, bought = orders(Complained(), Fixed(there), table)
        for view, buy in bought:
            rows = view.served(view.tick - 1)
            assert set(rows[rows % 20 == 0]) <= set(buy.rows)
            assert len(buy.rows) == there
    found = {}
    for pick in (Complained(), Random()):
        _, bought = orders(pick, Fixed(5), table)
        found[type(pick)] = sum((buy.rows % 20 == 0).sum() for _, buy in bought)
        run, _ = learned(table, pick, KNeighborsClassifier(1), 5)
        at = run.predictions.iloc[-300:]
        at = at[at["id"] % 20 == 0]
        found[pick.class_name] = (at["y_pred"] == at["y_true"]).mean()
    # 13 ticks; by chance 65 labels hold 1 in 20, 3.25 in the mean
    assert found[Complained] == 65
    assert found[Random] <= 7
    assert found["Complained"] > 0.9 > 0.7 > found["Random"]


def test_a_complaint_that_comes_later_is_found_among_older_rows():
    """Users wait for 150 rows: at row 300 complaints of rows up to 150 have come."""
    table = broken(400)
    table.complaints = [(None, row + 150) for row in range(400)]
    for among, found in ((None, []), (250, [100, 120, 140])):
        _, bought = orders(Complained(), Fixed(3), table, among=among)
        rows = next(buy.rows for view, buy in bought if view.tick == 2)
        assert [row for row in rows if row in found] == found


def test_a_rule_of_ones_own():
    table = two_clouds(500)
    high = Where("high", {"a": {"above": 0.5}})
    _, bought = orders(Matching(high), Fixed(5), table)
    rows = np.concatenate([buy.rows for _, buy in bought])
    assert (table.X[rows, 0] > 0.5).all()
    assert len(rows) == 15
    assert all(buy.chances is None for _, buy in bought)
    _, bought = orders(Matching(high, Uncertainty()), Unlimited(), table)
    for view, buy in bought[1:]:
        rows = view.served(view.tick - 1)
        assert buy.rows.tolist() == rows[table.X[rows, 0] > 0.5].tolist()
        assert buy.chances is None, "the others have no chance"


def test_all():
    run, bought = orders(Random(), Unlimited(), two_clouds(500))
    assert run.totals["bought"] == 300
    assert all((buy.chances == 1).all() for _, buy in bought)


def learned(table, pick, learner, labels):
    """A run by bought labels alone, and the labels that were bought."""
    curation = Buying(pick, Fixed(labels), natural=False)
    strategy = Strategy(Periodic(2), curation=curation)
    run = clsim.replay(table, {"it": strategy}, learner=learner, tick=100, warmup=200,
                       record="events")["it"]  # fmt: skip
    return run, table.y[run.bought["id"].to_numpy()]


@pytest.mark.parametrize("seed", [0, 3])
def test_doubt_finds_a_rare_class(seed):
    """Three in a hundred: of 85 labels chance finds 2 or 3 of it."""
    rng = np.random.default_rng(seed)
    y = (rng.random(2_000) < 0.03).astype(int)
    table = Table(rng.normal(size=(2_000, 2)) + np.where(y, 2.0, 0.0)[:, None], y)
    found, recall = {}, {}
    for pick in (Random(), Uncertainty()):
        run, bought = learned(table, pick, LogisticRegression(), 5)
        rare = run.predictions[run.predictions["y_true"] == 1].iloc[20:]
        found[type(pick)], recall[type(pick)] = bought.mean(), (rare["y_pred"] == 1).mean()
    assert found[Uncertainty] > 0.25 > 0.08 > found[Random]
    assert recall[Uncertainty] >= recall[Random]


@pytest.mark.parametrize("seed", [0, 3])
def test_doubt_loses_where_labels_are_noise_and_the_model_is_sure_and_wrong(seed):
    """In a quarter of all events the label is a coin; in 28 % it turns, where nobody doubts.

    Chance spends a quarter of its labels on coins and 28 % where things turned; doubt asks for
    coins first.
    """
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, size=(2_000, 2))
    coin = X[:, 1] > 0.5
    turned = (X[:, 1] < -0.2) & (np.abs(X[:, 0]) > 0.3) & (np.arange(2_000) >= 200)
    y = np.where(coin, rng.integers(0, 2, 2_000), (X[:, 0] > 0) ^ turned)
    score, coins = {}, {}
    for pick in (Random(), Uncertainty()):
        run, _ = learned(Table(X, y), pick, KNeighborsClassifier(9), 10)
        score[type(pick)] = run.score
        coins[type(pick)] = coin[run.bought["id"]].mean()
    assert coins[Uncertainty] > 0.4 > 0.35 > coins[Random]
    assert score[Random] > score[Uncertainty] + 0.01


# the chance of each pick -------------------------------------------------------------------------


def test_in_proportion_keeps_the_chance_among_those_left():
    _, bought = orders(InProportion(Uncertainty(), floor=0.2), Fixed(6), two_clouds(400))
    for view, buy in bought[1:]:
        rows = view.served(view.tick - 1)
        doubt = 1 - view.model(view.champion).chances(rows).max(axis=1)
        q = dict(zip(rows, 0.8 * doubt / doubt.sum() + 0.2 / len(rows), strict=True))
        left = 1.0
        for row, chance in zip(buy.rows, buy.chances, strict=True):
            assert chance == pytest.approx(q[row] / left)
            left -= q[row]
        assert (buy.kind, buy.candidates) == ("sequence", 100)


def test_the_score_of_all_from_labels_of_some():
    """Doubt picks the hard rows, so their score is too low; by the chances it is that of all."""
    table = overlapping(6_000)
    plain, mended = Score(4_000, 100), Score(4_000, 100, weigh="picked")
    found = {}
    for pick in (Random(), InProportion(Uncertainty("margin")), Stratified("answer", {"1": 4})):
        curation = Buying(pick, Fixed(20), natural=False)
        strategy = Strategy(
            Periodic(999), curation=curation, monitors={"plain": plain, "mended": mended}
        )
        run = clsim.replay(table, {"it": strategy}, learner=GaussianNB(), tick=100, warmup=500)
        last = run["it"].signals.groupby("signal")["value"].last()
        found[type(pick).__name__] = last["plain"], last["mended"], run["it"].score
    plain, mended, true = found["InProportion"]
    assert plain < true - 0.08
    assert all(abs(mended - true) < 0.035 for _, mended, true in found.values()), found
    assert found["Random"][0] == pytest.approx(found["Random"][1], abs=0.01)


def overlapping(n):
    rng = np.random.default_rng(11)
    y = rng.integers(0, 2, n)
    return Table(rng.normal(size=(n, 2)) + np.where(y, 0.8, -0.8)[:, None], y)


def test_a_run_keeps_the_chance_of_each_pick(tmp_path):
    pick = InProportion(Uncertainty(), floor=0.2)
    setting = {"learner": GaussianNB(), "record": "events"}
    run, ordered = orders(pick, Fixed(6), two_clouds(400), setting=setting, delay=30)
    run.save(tmp_path)
    table = clsim.load(tmp_path).bought
    assert table["tick"].tolist() == [1] * 6 + [2] * 6
    assert (table["label_time"] - 100 * table["tick"] == 130).all()
    assert set(table["kind"]) == {"sequence"}
    for (_, buy), (_, mine) in zip(ordered, table.groupby("tick"), strict=True):
        order = np.argsort(buy.rows)
        assert mine["id"].tolist() == buy.rows[order].tolist()
        assert mine["chance"].tolist() == buy.chances[order].tolist()
        assert mine["stands_for"].tolist() == lure(buy.chances, 100)[order].tolist()
    tables = {"bought": table, "events": run.events}
    for change, why in (
        (table.iloc[1:], "its orders are not those of events"),
        (table.assign(id=7), "has a row twice"),
        (table.assign(kind=None), "a chance is missing where there is a kind, or has none"),
    ):
        assert why in AGREE["bought"]({**tables, "bought": change}, run.info)
    assert AGREE["bought"](tables, run.info) is None
    run, _ = orders(KCentre(), Fixed(6), two_clouds(400), setting=setting)
    assert run.bought[["chance", "kind", "stands_for"]].isna().all().all()


@pytest.mark.parametrize(("buy", "message"), [
    (Buy(np.array([110, 120]), np.array([0.5]), "inclusion"), "1 chances for 2 rows"),
    (Buy(np.array([110]), np.array([0.5]), "sequence"), "chances of a sequence need the number of"),
    (Buy(np.array([110]), np.array([0.0]), "inclusion"), "chances: 0.0 is not above 0"),
])  # fmt: skip
def test_chances_that_are_none(buy, message):
    class Wrong(Buying):
        def buy(self, view, draw):
            return buy if view.tick == 1 else None

    strategy = Strategy(Periodic(9), curation=Wrong(Random(), Fixed(1), natural=False))
    with pytest.raises(ValueError, match=message):
        clsim.replay(two_clouds(300), {"it": strategy}, learner=GaussianNB(), tick=100, warmup=100)


# what does not go together -----------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Buying(KCentre(), Biqf()), r"^pick: Biqf takes one event after the other, and KCen"),
    (lambda: Buying(Random(), VariableUncertainty()), r"^pick: VariableUncertainty goes by the ch"),
    (lambda: Buying(Uncertainty("margin"), SplitUncertainty()), r"use Uncertainty\('confidence'\)"),
    (lambda: Buying(Uncertainty(), Chance()), r"^pick: Chance asks by chance alone; use Random"),
    (lambda: Buying(Uncertainty(), Biqf(), among=50), r"^among=50: by Biqf each event passes once"),
    (lambda: Uncertainty("entropi"), r"^measure: unknown value 'entropi'; did you mean 'entropy'"),
    (lambda: KCentre(pending="cont"), r"^pending: unknown value 'cont'; did you mean 'count'"),
    (lambda: Committee(GaussianNB(), pending="fuzy"), r"^pending: unknown value .fuzy.; did you m"),
    (lambda: Committee(LinearSVC(), pending="bagged"), r"^pending='bagged': labels on order are sim"
     r"ulated by the classifier's probabilities, and LinearSVC has none"),
    (lambda: Committee(KNeighborsClassifier(), pending="fuzzy"),
     r"^pending='fuzzy': labels have weights, and KNeighborsClassifier takes none"),
    (lambda: KCentre(since=0), r"^since=0: must be above 0"),
    (lambda: Chance(0), r"^share=0: must be above 0"),
    (lambda: Money(-1, 2), r"^amount=-1: must be above 0"),
    (lambda: Stratified("group", {"a": 0}), r"^weights.a=0: must be above 0"),
    (lambda: InProportion(Uncertainty(), floor=0), r"^floor=0: must be above 0"),
    (lambda: Strategy(Periodic(3), monitors={"it": Score(weigh="picked")}),
     r"^monitors.it: how the labels were picked cannot be undone: no labels are bought"),
    (lambda: weighed(Random(), natural=True), r"cannot be undone: labels come by themselves too"),
    (lambda: weighed(Random(), among=50), r"cannot be undone: with among a row may be picked in"),
    (lambda: weighed(KCentre()), r"cannot be undone: it picks by what looks best, not by chance"),
    (lambda: weighed(Uncertainty(), Biqf()), r"cannot be undone: by its budget some events have"),
    (lambda: weighed(Matching(Where("x", {"a": {"above": 0}}))), r"do not meet the rule have no"),
])  # fmt: skip
def test_what_does_not_go_together(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Buying("random", Fixed(3)), r"^pick='random': expected a Pick, such as Random\(\)"),
    (lambda: Buying(Random, Fixed(3)), r"^pick=Random: a class; give an object of it"),
    (lambda: Buying(Random(), 50), r"^budget=50: expected a budget, such as Fixed\(50\)"),
    (lambda: InProportion(KCentre()), r"^scored: KCentre picks rows together and has no score"),
    (lambda: Unlike(LinearSVC()), r"^classifier=LinearSVC\(\): needs a method 'predict_proba'"),
    (lambda: Refitted(LinearSVC()), r"^classifier=LinearSVC\(\): needs a method 'predict_proba'"),
    (lambda: Matching({"a": 1}), r"^where=.*: expected a Where"),
    (lambda: Stratified(5), r"^by=5: expected a slice column, 'answer', or one of clsim"),
    (lambda: Stratified(GaussianNB()), r"^by=GaussianNB\(\): expected a slice column, 'ans"),
    (lambda: Stratified(projections.PCA), r"^by=PCA: a class; give an object of it, PCA"),
])  # fmt: skip
def test_values_of_another_kind(make, message):
    with pytest.raises(TypeError, match=message):
        make()


class Numbers(Random):
    """Refuses all features."""

    def check_columns(self, column):
        raise ValueError("no numbers")


def weighed(pick, budget=None, natural=False, **more):
    curation = Buying(pick, budget or Fixed(3), natural=natural, **more)
    return Strategy(Periodic(3), curation=curation, monitors={"it": Score(weigh="picked")})


@pytest.mark.parametrize(("pick", "learner", "message"), [
    (Uncertainty(), LinearSVC(), r"curation: Uncertainty needs probabilities, and the learner \(Lin"
     r"earSVC\) has none; give another learner, or another pick, such as Committee"),
    (ExpectedChange(), LinearSVC(), r"curation: ExpectedChange needs probabilities, and the learn"),
    (KCentre(since="3d"), GaussianNB(), r"curation.pick.since='3d': this stream has no time"),
    (Complained(), GaussianNB(), r"curation: the stream tells of no complaints; put Complaining"),
    (InProportion(Complained()), GaussianNB(), r"curation: the stream tells of no complaints"),
    (Stratified("grup"), GaussianNB(), r"curation.pick.by: unknown strata 'grup'; did you mean"),
    (Stratified("group", {"group=c": 1}), GaussianNB(),
     r"curation.pick.weights: unknown stratum 'group=c'; did you mean 'group=[ab]'"),
    (Stratified("a"), GaussianNB(), r"curation.pick.by: 'a' is a feature and no slice column"),
    (Stratified(projections.PCA(3)), GaussianNB(),
     r"curation: pick.by: projection.components=3: there are 2 features; ask for fewer"),
    (Matching(Where("x", {"a": {"above": 0}}), Stratified(projections.PCA(3))), GaussianNB(),
     r"pick.by: projection.components=3"),
    (InProportion(Numbers()), GaussianNB(), r"curation: no numbers"),
    (Stratified("answer", {"2": 1}), GaussianNB(), r"weights: unknown stratum '2'; Allowed: 0, 1"),
    (Matching(Where("x", {"c": {"above": 0}})), GaussianNB(),
     r"curation.pick.where: x: unknown feature 'c'; Allowed: a, b"),
])  # fmt: skip
def test_refused_before_the_replay(pick, learner, message):
    strategy = Strategy(Periodic(1), curation=Buying(pick, Fixed(3)))
    with pytest.raises(ValueError, match=message):
        clsim.replay(rare(200), {"it": strategy}, learner=learner, tick=50, warmup=50)


def test_more_labels_than_candidates_is_fine():
    run, _ = orders(Uncertainty(), Fixed(10**6), two_clouds(500))
    assert [e["labels"] for e in happened(run, ["buy"])] == [100] * 3
