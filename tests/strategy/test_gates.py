"""Bounds, statistical tests and what is put together of them, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.behaviour.cards import report_cards
from clsim.statistics.intervals import mean_interval
from clsim.statistics.paired import bootstrap_test, paired_bootstrap, tango, tango_interval
from clsim.statistics.sample_sizes import mean_difference, mean_rows, paired_difference
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.offline import (
    AllOf,
    AnyOf,
    Bound,
    Bounds,
    ChampionChallenger,
    NoTest,
    Significance,
)
from clsim.strategy.offline.measures import Cell, Given
from clsim.strategy.offline.ways import WAYS
from clsim.strategy.training import Stateless
from clsim.strategy.triggers import Periodic
from clsim.types import Verdict
from helpers.tables import Table, happened

# statistics ---------------------------------------------------------------------------------------


def test_tango_is_that_of_propcis():
    """``scoreci.mp(25, 28, 618, 0.9)`` and ``scoreci.mp(7, 1, 21, 0.95)`` of R's PropCIs."""
    np.testing.assert_allclose(tango_interval(28, 25, 618, 0.9)[1:], (-0.0148, 0.0247), atol=5e-5)
    np.testing.assert_allclose(tango_interval(1, 7, 21)[1:], (-0.517, -0.026), atol=5e-4)


def test_tango_by_hand():
    assert tango(150, 86, 1600).statistic ** 2 == pytest.approx(17.355932, abs=5e-7)  # McNemar's
    z = math.sqrt(500 * 0.01 / 0.99)  # where nobody is alone right
    assert tango(0, 0, 500, -0.01).statistic == pytest.approx(z)
    low, high = tango_interval(12, 5, 80, 0.9)[1:]
    for bound, side in ((low, "greater"), (high, "less")):
        assert tango(12, 5, 80, bound, side).p == pytest.approx(0.05, abs=1e-6)
    assert tango_interval(3, 0, 3)[2] == 1
    with pytest.raises(ValueError, match=r"^rows=3: must be at least 4"):
        tango(2, 2, 3)


def test_a_bootstrap_test_agrees_with_its_interval():
    x = np.random.default_rng(3).exponential(size=40)
    low = paired_bootstrap(x, np.random.default_rng(0), level=0.9).low
    p = [bootstrap_test(x, np.random.default_rng(0), at).p for at in (low - 0.02, low + 0.02)]
    assert p[0] < 0.05 < p[1]
    assert math.isnan(bootstrap_test([1.0, 1.0], np.random.default_rng(0)).p)


def test_rows_of_a_mean():
    quantiles = 1.959964 + 0.841621
    assert mean_rows(0.1, 0.5) == pytest.approx((quantiles * 5) ** 2, rel=1e-5)
    assert mean_difference(mean_rows(0.1, 0.5), 0.5) == pytest.approx(0.1)


# bounds and tests of given values -----------------------------------------------------------------


def cell(new, old=None, *, metric="score", sign=1, name="all", right=True, seed=0):
    both = [new] if old is None else [new, old]
    given = tuple(Given(np.asarray(values, dtype=float)) for values in both)
    return Cell(metric, name, sign, np.arange(len(new)), given, right, 100, seed)


def pairs(both, only_new, only_old, neither, **more):
    counts = (both, only_new, only_old, neither)
    new, old = np.repeat([1, 1, 0, 0], counts), np.repeat([1, 0, 1, 0], counts)
    return cell(new, old, **more)


@pytest.mark.parametrize(("bound", "holds"), [
    ({"floor": 0.9}, True), ({"floor": 0.91}, False),
    ({"absolute": 0.1}, True), ({"absolute": 0.11}, False),
    ({"relative": 0.125}, True), ({"relative": 0.13}, False),
    ({"floor": 0.9, "absolute": 0.2}, False),
])  # fmt: skip
def test_bounds_that_are_just_met_hold(bound, holds):
    found = pairs(75, 15, 5, 5)  # .9 against .8
    assert Bounds([Bound("score", **bound)]).told([[found]]).accepted is holds
    less = {key: 1 - value if key == "floor" else value for key, value in bound.items()}
    less["relative"] = 2 * bound.get("relative", -0.4) + 0.25  # .1 is better than .2 by a half
    lost = cell(*(1 - given.each for given in found.given), metric="loss", sign=-1)
    assert Bounds([Bound("loss", **less)]).told([[lost]]).accepted is holds


def test_a_floor_with_a_confidence_is_that_of_clopper_and_pearson():
    """All of 100 rows right: the share is at least .05^(1/100) with 95 % confidence."""
    found, least = cell(np.ones(100)), 0.05**0.01
    for floor, holds in ((least - 1e-6, True), (least + 1e-6, False)):
        verdict = Bounds([Bound("score", floor, confidence=0.95)]).told([[found]])
        assert verdict.accepted is holds
        assert verdict.card[0].low == pytest.approx(least)
        assert verdict.card[0].high is None
    lost = cell(np.zeros(100), metric="loss", sign=-1)
    card = Bounds([Bound("loss", 0.03, confidence=0.95)]).told([[lost]]).card
    assert card[0].high == pytest.approx(1 - least)


def test_a_difference_with_a_confidence():
    same = pairs(450, 0, 0, 50)
    for bound, holds in ((-0.01, True), (-0.005, False)):  # z = 2.25 and 1.59
        gate = Bounds([Bound("score", absolute=bound, confidence=0.95)])
        assert gate.told([[same]]).accepted is holds
    rng = np.random.default_rng(0)
    new, old = rng.normal(2, 1, 90), rng.normal(2.5, 1, 90)
    low, mean = mean_interval(old - new, 0.9).low, float((old - new).mean())
    found = cell(new, old, metric="mae", sign=-1, right=False)
    [line] = Bounds([Bound("mae", absolute=0.1, confidence=0.95)]).told([[found]]).card
    assert (line.low, line.high) == (None, pytest.approx(-low))
    assert line.accepted is (low >= 0.1)
    [line] = Bounds([Bound("mae", relative=0.1, confidence=0.95)]).told([[found]]).card
    values = old - new - 0.1 * old
    assert line.accepted is (mean_interval(values, 0.9).low >= 0)
    assert -line.high == pytest.approx(mean_interval(values, 0.9).low + 0.1 * old.mean())
    assert mean > 0
    alike = cell(np.ones(50), np.ones(50), metric="mae", sign=-1, right=False)
    said = Bounds([Bound("mae", absolute=-1, confidence=0.95)]).told([[alike]])
    assert (said.accepted, "nothing is sure" in said.reason) == (False, True)


def test_what_is_no_mean_goes_by_pseudo_values():
    """Of a mean, the pseudo-value of a group is the mean of the group."""
    values = np.random.default_rng(0).normal(size=(2, 40))
    given = tuple(Given(None, lambda rows, of=of: (float(of[rows].mean()), None)) for of in values)
    found = Cell("auc", "all", 1, np.arange(40), given, False, 100, 0)
    np.testing.assert_allclose(found.each, values.reshape(2, 2, 20).mean(axis=1))


def test_thin_slices_say_nothing_and_an_empty_whole_keeps_the_champion():
    whole, thin = pairs(50, 20, 5, 5), pairs(0, 0, 9, 0, name="group=b")
    for gate in (Bounds([Bound(absolute=0)]), Significance(by="mcnemar")):
        cells = [whole, thin]
        verdict = gate.told([cells] if isinstance(gate, Bounds) else cells)
        assert verdict.accepted
        assert [line.accepted for line in verdict.card] == [True, None]
        assert verdict.card[1].reason == "9 rows, needs 30"
    nothing = Cell("auc", "all", 1, np.arange(40), (Given(None, lambda _: (math.nan, "why")),) * 2,
                   False, 100, 0)  # fmt: skip
    verdict = Bounds([Bound("auc", 0.1)]).told([[nothing]])
    assert (verdict.accepted, verdict.reason) == (False, "no evidence: auc, no value: why")


def test_claims_by_mcnemar():
    """Nine rows to the challenger alone and one to the champion: p = 11/1024."""
    found = pairs(60, 9, 1, 30)
    [line] = Significance().told([found]).card
    assert line == Significance(by="mcnemar").told([found]).card[0]
    assert (line.accepted, line.reason) == (True, "shown to be better: p = 0.0107")
    assert line.shows == pytest.approx(paired_difference(100, 0.1, two_sided=False))
    assert (line.low, line.high) == pytest.approx(tango_interval(9, 1, 100, 0.9)[1:])
    turned = pairs(60, 1, 9, 30)
    for claim in ("better", "not_worse", "equivalent", "not_shown_worse"):
        margin = 0.05 if claim in ("not_worse", "equivalent") else 0
        assert not Significance(claim, "mcnemar", margin).told([turned]).accepted
    assert Significance("not_worse", "mcnemar", 0.2).told([turned]).accepted
    assert Significance("equivalent", "mcnemar", 0.2).told([turned]).accepted
    assert not Significance("equivalent", "mcnemar", 0.2).told([pairs(60, 30, 1, 9)]).accepted
    assert Significance("not_shown_worse", "mcnemar", 0.1).told([turned]).accepted


def test_many_slices_are_corrected_for():
    """One-sided 11/1024 and 176/4096: Holm doubles the first, and the other is .043."""
    first, other = pairs(60, 9, 1, 30), pairs(60, 9, 2, 29, name="group=b")
    p = binom.sf(8, 11, 0.5)
    assert 0.03 < p < 0.05
    third = pairs(60, 9, 2, 29, name="group=c")
    by = {None: [True] * 3, "holm": [True, False, False], "benjamini_hochberg": [True] * 3}
    for correction, holds in by.items():
        verdict = Significance(by="mcnemar", correction=correction).told([first, other, third])
        assert [line.accepted for line in verdict.card] == holds
        assert verdict.accepted is all(holds)
        assert (
            Significance(by="mcnemar", correction=correction, must="any")
            .told([first, other, third])
            .accepted
        )
    assert (
        "score, group=b: not shown" in Significance(by="mcnemar").told([first, other, third]).reason
    )


MOST = 0.05 + 3 * math.sqrt(0.05 * 0.95 / 2_000)


@pytest.mark.parametrize("by", WAYS)
def test_error_rates_of_each_way(by):
    """Of 2,000 challengers that are as good, or worse by just the margin."""
    rng, wrong = np.random.default_rng(5), np.zeros(2)
    for trial in range(2_000):
        for k, shares in enumerate(((0.1, 0.1, 0.2), (0.06, 0.16, 0.14))):
            counts = rng.multinomial(120, [1 - sum(shares), *shares])
            found = pairs(*counts, seed=trial)
            wrong[k] += WAYS[by].p(found, (0, -0.1)[k], "greater") <= 0.05
    assert (wrong / 2_000 <= MOST).all()
    assert (wrong / 2_000 >= 0.002).all()


def test_error_rate_of_a_card_by_holm():
    rng, wrong, alone = np.random.default_rng(6), 0, 0
    gate, each = Significance(must="any"), Significance(must="any", correction=None)
    for _ in range(500):
        cells = [
            cell(*rng.normal(size=(2, 60)), right=False, name=name) for name in ("all", "b", "c")
        ]
        wrong += gate.told(cells).accepted
        alone += each.told(cells).accepted
    assert wrong / 500 <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 500)
    assert alone / 500 > 0.1  # 1 - .95³ = .143


# worlds with a known answer -----------------------------------------------------------------------


def clouds(n, flipped, seed=0, group=None):
    """Two classes around -1.5 and 1.5; of some rows the label is the other one."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n)
    X = rng.normal(size=(n, 2)) + 3 * y[:, None] - 1.5
    return Table(X, np.where(flipped, 1 - y, y), group=group)


def served(table, gate, *, every=7, window=250):
    return clsim.replay(
        table, {"it": Strategy(Periodic(every), SlidingWindow(window), offline=gate)},
        learner=GaussianNB(), tick=100, warmup=200,
    )["it"]  # fmt: skip


def test_a_gate_stops_a_poisoned_batch():
    rows = np.arange(1_800)
    table = clouds(1_800, (rows >= 640) & (rows < 790))  # trained on at row 900, but for the latest
    free = served(table, NoTest())
    for gate in (Bounds([Bound("accuracy", 0.7, confidence=0.95)], 100), Significance(holdout=100),
                 Significance("not_worse", "mcnemar", 0.05, holdout=100)):  # fmt: skip
        gated = served(table, gate)
        assert happened(gated, ["offline_test"])[0]["accepted"] is False
        assert gated.score > free.score + 0.3


def test_a_gate_by_slice_catches_what_the_whole_misses():
    rows, group = np.arange(1_200), np.random.default_rng(1).choice(2, 1_200, p=[0.8, 0.2])
    table = clouds(1_200, (rows >= 600) & (group == 0), group=group)  # group b stays as it was
    free, gated = (
        served(table, Bounds([Bound("score", absolute=-0.05, slices=slices)], 200), window=300)
        for slices in ([], ["group"])
    )
    last = [report_cards(run).query("tick == 7") for run in (free, gated)]
    assert last[0]["passed"].all()
    assert last[1][["slice", "accepted"]].to_numpy().tolist() == [
        ["all", True], ["group=a", True], ["group=b", False],
    ]  # fmt: skip
    assert not last[1]["passed"].any()


# put together -------------------------------------------------------------------------------------


class Asks(NoTest):
    """Asks for the latest rows, and notes those that it judges."""

    def __init__(self, size, accepted):
        self.size, self.accepted, self.judged = size, accepted, []

    def __deepcopy__(self, memo):
        return self

    def holdout(self, view):
        return view.latest(self.size)

    def judge(self, view, challenger, champion, holdout):
        self.judged.append(holdout.tolist())
        return Verdict(self.accepted, f"says {self.accepted}")


def test_each_judges_what_it_asked_for():
    few, many = Asks(5, True), Asks(30, False)
    tables = clouds(400, np.zeros(400, dtype=bool))
    runs = {}
    for kind in (AllOf, AnyOf):
        few.judged, many.judged = [], []
        gate = kind([few, kind([many])])
        strategy = Strategy(
            Periodic(2), SlidingWindow(100), Stateless(35), gate, overlap=True
        )  # two in flight at a time
        runs[kind] = clsim.replay(
            tables, {"it": strategy}, learner=GaussianNB(), tick=10, warmup=100
        )["it"]
        ends = [list(range(120 + 20 * k)) for k in range(len(few.judged))]
        assert few.judged == [rows[-5:] for rows in ends]
        assert many.judged == [rows[-30:] for rows in ends]
        assert len(ends) > 5
    for kind, accepted, reason in ((AllOf, False, "says False"), (AnyOf, True, "says True")):
        tests = happened(runs[kind], ["offline_test"])
        assert {(e["accepted"], e["reason"], e["rows"]) for e in tests} == {(accepted, reason, 30)}


def test_cards_are_read_back():
    gate = AllOf(
        [ChampionChallenger(60, -0.2), NoTest(), Significance("not_worse", margin=0.1, holdout=90)]
    )
    table = clouds(900, np.random.default_rng(2).random(900) < 0.1)
    run = served(table, gate, every=2)
    cards = report_cards(run)
    assert cards["test"].tolist()[:2] == ["ChampionChallenger", "not worse"]
    assert cards["rows"].tolist()[:2] == [60, 90]
    tested = happened(run, ["offline_test"])
    assert len(cards) == 2 * len(tested)
    card = tested[0]["detail"]["card"][1]
    row = cards.iloc[1]
    for key in ("challenger", "champion", "low", "high", "shows"):
        assert row[key] == card[key] or (math.isnan(row[key]) and card[key] is None)
    assert row["low"] < row["challenger"] - row["champion"] < row["high"]
    plain = report_cards(served(table, ChampionChallenger(60)))
    assert plain["challenger"].notna().all()


# bad input ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Bound("score"), "^metric='score': give floor, absolute or relative"),
    (lambda: Bound("auc", -0.1), "^metric='auc': floor=-0.1: must be at least 0"),
    (lambda: Bound(relative=-1), "^relative=-1: must be above -1"),
    (lambda: Bound(absolute=math.inf), "^absolute=inf: expected a number"),
    (lambda: Bound(floor=1, confidence=1), "^confidence=1: must be below 1"),
    (lambda: Bound(floor=1, confidence=0.4), "^confidence=0.4: must be above 0.5"),
    (lambda: Bounds([Bound("acuracy", 0.5)]), "unknown metric 'acuracy'; did you mean 'accuracy'"),
    (lambda: Bounds([Bound("score", 0.5)], 20), "^holdout=20: must not be below min_rows=30"),
    (lambda: Bounds([Bound("score", 0.5)], costs=2), "^costs: .* it is not asked for"),
    (lambda: Bounds([Bound("money", 0.5)], costs=[[0, -1], [1, 0]]), "^costs: .*negative"),
    (lambda: Significance("beter"), "^claim: unknown value 'beter'; did you mean 'better'"),
    (lambda: Significance("equivalent"), "^margin=0.0: 'equivalent' needs one above 0"),
    (lambda: Significance(alpha=0), "^alpha=0: must be above 0"),
    (lambda: Significance(correction="holms"), "did you mean 'holm'"),
    (lambda: Significance(draws=20), "^draws=20: must be at least 100"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [
    lambda: Bounds(Bound(floor=1)), lambda: Bounds([0.8]), lambda: Significance(metrics="auc"),
    lambda: AllOf([]), lambda: AnyOf(NoTest()), lambda: Significance(slices="group"),
])  # fmt: skip
def test_what_is_no_list_of_the_right_things_is_refused(make):
    with pytest.raises(TypeError, match=r"expected|'group'"):
        make()


@pytest.mark.parametrize(("gate", "message"), [
    (Bounds([Bound("rmse", 3)]), "offline: metrics: 'rmse' is for regression"),
    (Significance(slices=["groop"]), "slices: unknown slice 'groop'; did you mean 'group'"),
    (Bounds([Bound("money", 2)]), "offline: the metric 'money' needs prices"),
    (Bounds([Bound("money", 2)], costs=np.ones((3, 3))), r"offline.costs: .* shape \(2, 2\)"),
    (Bounds([Bound("loss", -1)]), "metric='loss': floor=-1: must be at least 0"),
    (Significance(by="mcnemar", metrics=["auc"]), "offline.by='mcnemar': .*or wrong, and auc"),
    (AllOf([NoTest(), Significance(slices=["groop"])]), "offline: slices: unknown slice 'groop'"),
    (AllOf([Significance(using="evaluation")]), "offline: it goes by labels that are bought for"),
])  # fmt: skip
def test_what_does_not_fit_the_stream_is_refused_before_the_replay(gate, message):
    table = clouds(300, np.zeros(300, dtype=bool), group=np.zeros(300, dtype=int))
    with pytest.raises(ValueError, match=message):
        served(table, gate)


def test_probabilities_that_a_learner_has_not_are_refused():
    table = clouds(300, np.zeros(300, dtype=bool))
    gate = AllOf([Bounds([Bound("auc", 0.5)])])
    with pytest.raises(ValueError, match=r"offline: AllOf needs probabilities, .*metrics of answ"):
        clsim.replay(
            table, {"it": Strategy(Periodic(2), offline=gate)}, learner=RidgeClassifier(),
            tick=100, warmup=100,
        )  # fmt: skip
