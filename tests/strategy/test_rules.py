"""Rules over the values of a signal, by hand and by published numbers."""

from __future__ import annotations

import numpy as np
import pytest
from river import drift
from scipy.integrate import quad
from scipy.stats import binom, invgamma, theilslopes

from clsim.clock import Clock
from clsim.strategy import rules
from clsim.strategy.rules.beliefs import Belief, divergence
from clsim.strategy.rules.costs import avoidable

NORMAL = {"mean": 0.0, "spread": 1.0}


def ticks(rule, values, score=float):
    """Ticks in which a rule fires; a tick has one value, several, or none."""
    given = [value if isinstance(value, list) else [value] for value in values]
    return [tick for tick, new in enumerate(given) if rule.after(new, score) is not None]


def deployed(rule, number):
    rule.begins(number)
    return rule


# levels --------------------------------------------------------------------------------------


def test_of_several_values_in_a_tick_the_mean_counts_and_of_none_nothing_is_said():
    assert ticks(rules.Level(above=0.5), [0.5, 0.6, [0.1, 1.0], [0.1, 0.8], []]) == [1, 2]
    assert ticks(rules.Level(below=0.5), [0.5, 0.4, [0.1, 1.0]]) == [1]
    assert ticks(rules.Range(0, 1, inside=True), [-1, 0, 0.5, 1, 2, []]) == [1, 2, 3]


def test_quantile_trigger_of_modyn():
    # Modyn's own unit test: window 3, the lowest quarter
    rule = rules.Quantile(0.25, window=3, side="below")
    assert ticks(rule, [0.9, 0.7, 0.5]) == []  # the window fills
    assert ticks(rule, [0.9, 0.61, 0.53, 0.59]) == [2]
    # window 4, the highest quarter of distances: 10 and 11.1 no, 14.5 yes
    rule = rules.Quantile(0.25, window=4)
    assert ticks(rule, [5, 11, 15, 10, 10, 11.1, 14.5]) == [6]


def test_both_sides_of_a_quantile_share_what_is_extreme():
    rng = np.random.default_rng(0)
    fired = ticks(rules.Quantile(0.2, window=50, side="both"), rng.normal(size=850).tolist())
    assert 0.16 < len(fired) / 800 < 0.25  # a little more: of 50 values the edges are not known


def test_rolling_averages_of_modyn():
    rule = rules.RollingAverage(0.1, window=2)
    assert ticks(rule, [0.7, 0.9, 0.7, 0.8, 0.85]) == []
    rule = rules.RollingAverage(0.21, window=2, relative=True, side="below")
    assert ticks(rule, [0.3, 0.7, 0.4, 0.43]) == [3]  # .5 (1 - .21) = .395, .55 (1 - .21) = .4345
    assert ticks(rules.RollingAverage(1, 2, side="both"), [0, 0, -1.5, -2, 4, 4]) == [2, 3, 4, 5]


def test_what_is_not_finite_is_judged_and_forgotten():
    rule = rules.RollingAverage(1, window=2)
    assert ticks(rule, [0.0, 0.0, float("inf"), 0.5, 2.0]) == [2, 4]


def test_confirmed_counts_ticks_that_had_values():
    rule = rules.Confirmed(rules.Level(above=0), 2)
    assert ticks(rule, [1, [], 1, -1, 1, 1]) == [2, 5]
    rule = rules.Confirmed(rules.Level(above=0), 2, within=3)
    assert ticks(rule, [1, -1, 1, -1, -1, 1, 1]) == [2, 6]


# time ----------------------------------------------------------------------------------------


def test_a_forecast_knows_the_season_and_its_own_errors():
    clock = Clock(timed=True, tick=3_600_000_000, tick_in_rows=False)
    rule = rules.Forecast("1d", periods=2, width=3, at_least=24)
    rule.bind(clock)
    rng = np.random.default_rng(1)
    season = 10 * np.sin(2 * np.pi * np.arange(24 * 40) / 24)
    values = season + rng.normal(size=len(season))
    values[700] += 10
    fired = ticks(rule, values.tolist())
    assert 700 in fired
    # Φ(-3) on both sides, of 888 forecasts: 2.4, and the day after takes the outlier's part
    assert len(fired) <= binom.isf(0.001, 888, 0.0027) + 3
    assert len(ticks(rules.RollingAverage(3, 24, side="both"), values.tolist())) > 200


def test_a_missing_tick_does_not_shift_the_season():
    rule = rules.Forecast(2, periods=1, width=1, at_least=2)
    rule.bind(Clock(timed=False, tick=1, tick_in_rows=True))
    assert ticks(rule, [0, 9, 1, 9, [], 9, 1, 9, 1, 9]) == []


def test_trends_are_those_of_scipy():
    rng = np.random.default_rng(2)
    values = (np.arange(30) * 0.1 + rng.normal(size=30)).tolist()
    for confidence in (None, 0.9):
        fired = ticks(rules.Trend(10, above=0.05, confidence=confidence), values)
        expected = []
        for tick in range(9, 30):
            slope, _, low, _ = theilslopes(values[tick - 9 : tick + 1], alpha=confidence or 0.5)
            expected += [tick] * bool((slope if confidence is None else low) > 0.05)
        assert fired == expected != []
    assert ticks(rules.Trend(3, below=-1, method="least_squares"), [0, -1, -2.5, -3, 4]) == [2]


# charts --------------------------------------------------------------------------------------


def test_charts_by_hand():
    assert ticks(rules.Cusum(2, k=0.5, **NORMAL), [1, 1, 1, 1, 1.1, 3, -9, 2.6]) == [4, 5, 7]
    assert ticks(rules.Cusum(2, k=0.5, way="both", **NORMAL), [-1, -1, -1, -1, -1.1]) == [4]
    assert ticks(rules.Cusum(2, k=0.5, **NORMAL), [[1, 1], [1, 1, 1.1, -9]]) == [1]
    # √(.5 / 1.5) = .577; averages 1, 1.5, then anew
    assert ticks(rules.Ewma(2, weight=0.5, **NORMAL), [2, 2, 2, -9]) == [1, 3]
    assert ticks(rules.Ewma(2, weight=0.5, way="up", **NORMAL), [2, 2, 2, -9]) == [1]
    assert ticks(rules.Shewhart(3, **NORMAL), [2.9, 3.1, -3.1]) == [1, 2]
    assert ticks(rules.Shewhart(3, mean=10, spread=2, way="down"), [17, 3.9]) == [1]


def test_the_same_values_in_one_tick_or_in_many_alarm_alike():
    z = np.random.default_rng(3).normal(0.3, 1, 200).tolist()
    for make in (lambda: rules.Cusum(6, **NORMAL), lambda: rules.Sprt(**NORMAL)):
        first = ticks(make(), z)[0]
        assert ticks(make(), [z[: first + 1]]) == [0]
        assert ticks(make(), [z[:first]]) == []


def test_a_chart_learns_its_reference_from_the_first_values():
    rule = rules.Shewhart(2, learn=4)
    assert ticks(rule, [[1, 2], [3], [2, 3.7], 3.6]) == [2]  # mean 2, spread .816: bound 3.633
    # no spread, so it goes on learning
    assert ticks(rules.Shewhart(2, learn=2), [5, 5, 5, 6, 6.2, 7]) == [5]  # 5.25 ± 1


def test_a_wanted_run_length_gives_the_limit():
    assert rules.Shewhart(run_length=370.4).limit == pytest.approx(3, abs=1e-4)
    assert rules.Cusum(run_length=335.37).limit == pytest.approx(4, abs=1e-3)
    # of both sides each alarms half as often
    assert rules.Cusum(run_length=335.37 / 2, way="both").limit == pytest.approx(4, abs=1e-3)


def test_sprt_by_hand():
    # shift 1: each z adds z - .5; bounds -1.558 and 2.773
    assert ticks(rules.Sprt(**NORMAL), [1.5, 1.5, 1.2, 5]) == [3]
    # -1.6 is below the lower bound, so the test begins anew, at 0
    assert ticks(rules.Sprt(**NORMAL), [-1.1, 3.2, 0.6]) == [2]
    assert ticks(rules.Sprt(way="both", **NORMAL), [-3.0, -1.5]) == [1]  # ln(.8 / .025) = 3.466


def test_sprt_keeps_its_level_in_each_test():
    rng, limit = np.random.default_rng(4), rules.Sprt(alpha=0.05, beta=0.2, **NORMAL).limit
    walks = rng.normal(-0.5, 1, size=(2_000, 60)).cumsum(axis=1)  # z - .5 without a shift
    up, down = walks >= limit, walks <= np.log(0.2 / 0.95)
    ended = up | down
    alarms = up[ended.any(axis=1), ended.argmax(axis=1)[ended.any(axis=1)]]
    assert len(alarms) > 1_990
    assert 0.01 < alarms.mean() <= 0.05
    first = next(n for n in range(2_000) if up[n].any() and ended[n].argmax() == up[n].argmax())
    z = (np.diff(walks[first], prepend=0) + 0.5).tolist()
    assert ticks(rules.Sprt(alpha=0.05, beta=0.2, **NORMAL), z)[0] == up[first].argmax()


@pytest.mark.parametrize("make", [
    drift.ADWIN, drift.PageHinkley, lambda: drift.KSWIN(0.01, 50, 20, seed=3), drift.binary.DDM,
    drift.binary.EDDM, drift.binary.FHDDM, drift.binary.HDDMA, drift.binary.HDDMW,
])  # fmt: skip
def test_detectors_alarm_where_they_do_in_river(make):
    rng = np.random.default_rng(5)
    values = rng.binomial(1, np.repeat([0.2, 0.7], 140)).astype(float).tolist()
    detector, expected = make(), []
    for tick, value in enumerate(values):
        detector.update(value)
        expected += [tick] * detector.drift_detected
    assert ticks(rules.Detected(make()), values) == expected


def test_adwin_cuts_where_its_bound_says():
    # n0 = n1 = 100, variance .25, delta .002, least window 5 (Bifet and Gavaldà, 2007, as in river)
    size = 1 / (1 / (100 - 5 + 1) + 1 / (100 - 5 + 1))
    log = np.log(2 * np.log(200) / 0.002)
    assert np.sqrt(2 / size * 0.25 * log) + 2 / (3 * size) * log == pytest.approx(
        0.417971, abs=1e-6
    )


# guarantees ----------------------------------------------------------------------------------

ALPHA = 0.2
MOST = int(binom.isf(0.001, 400, ALPHA))
"""Of 400 runs, at a level of exactly `ALPHA`, more alarm with a chance of .001."""


def harmful(reference=100, **more):
    return rules.HarmfulDrift(tolerance=0.0, alpha=ALPHA, reference=reference, **more)


def test_quiet_losses_raise_no_more_false_alarms_than_promised():
    rng = np.random.default_rng(6)
    quiet = (rng.random((400, 600)) < 0.15).astype(float)
    assert sum(harmful().after(x, float) is not None for x in quiet.tolist()) <= MOST
    worse = (rng.random((20, 1_500)) < 0.5).astype(float)
    worse[:, :100] = quiet[:20, :100]
    assert all(harmful().after(x, float) is not None for x in worse.tolist())


@pytest.mark.parametrize("more", [{}, {"epsilon": 0.5, "way": "both"}])
def test_quiet_values_raise_no_more_martingales_than_promised(more):
    rng = np.random.default_rng(7)
    quiet = rng.binomial(4, 0.3, (400, 150)).astype(float)  # many ties
    fired = [
        rules.ConformalMartingale(ALPHA, random_state=seed, **more).after(x, float) is not None
        for seed, x in enumerate(quiet.tolist())
    ]
    assert 4 < sum(fired) <= MOST
    moved = np.concatenate([rng.normal(size=100), rng.normal(1.5, 1, 100)]).tolist()
    if not more:  # a power alone has lost too much by then
        assert 100 < ticks(rules.ConformalMartingale(0.01, random_state=0), moved)[0] < 140


def test_the_kth_deployment_of_a_run_has_its_share_of_the_level():
    rng = np.random.default_rng(8)
    losses = np.concatenate([rng.random(100) < 0.2, rng.random(2_000) < 0.45]).astype(float)
    losses = losses.reshape(-1, 25).tolist()
    first = [ticks(deployed(harmful(per="run"), k), losses)[0] for k in (1, 4)]
    assert first[0] < first[1]
    same = [ticks(deployed(harmful(), k), losses)[0] for k in (1, 4)]
    assert same[0] == same[1] < first[0]


@pytest.mark.parametrize("name", ["HarmfulDrift", "ConformalMartingale"])
def test_a_guarantee_of_a_run_counts_all_of_its_restarts(name):
    """A run of three deployments: the k-th has the level alpha / (k (k + 1))."""
    rng = np.random.default_rng(9)
    quiet = (rng.random((400, 3, 90)) < 0.3).astype(float)

    def alarms(run, seed, per):
        return [
            deployed(
                harmful(30, per=per) if name == "HarmfulDrift"
                else rules.ConformalMartingale(ALPHA, per, random_state=3 * seed + k), k + 1,
            ).after(losses, float) is not None
            for k, losses in enumerate(run)
        ]  # fmt: skip

    found = np.array([alarms(run, seed, "run") for seed, run in enumerate(quiet.tolist())])
    assert found.any(axis=1).sum() <= MOST
    for k in range(3):  # and each deployment keeps its own share
        share = ALPHA / ((k + 1) * (k + 2))
        assert found[:, k].sum() <= binom.isf(0.001, 400, share)
    if name == "ConformalMartingale":  # of each deployment, and so more of a run
        each = np.array([alarms(run, s, "deployment") for s, run in enumerate(quiet.tolist())])
        assert (each.sum(axis=0) <= MOST).all()
        assert each.any(axis=1).sum() > 1.5 * found.any(axis=1).sum()


def test_harmful_drift_is_seen_earlier_by_betting():
    losses = ([0.0, 0.0, 0.0, 1.0, 0.0] * 40) + [0.0, 1.0] * 400
    found = [
        ticks(rules.HarmfulDrift(0.05, 0.1, reference=200, bound=bound), losses)[0]
        for bound in ("bernstein", "betting")
    ]
    assert 200 < found[1] < found[0] - 20
    with pytest.raises(
        ValueError, match=r"bound: unknown value 'bernstien'; did you mean 'bernstein'"
    ):
        rules.HarmfulDrift(bound="bernstien")


def test_harmful_drift_tolerates_what_it_is_told_to_and_counts_no_loss_above_the_highest():
    losses = [0.0, 1.0, 0.0, 0.0] * 100 + [0.0, 1.0] * 1_000
    for tolerance, fires in ((0.05, True), (0.25, False)):
        rule = rules.HarmfulDrift(tolerance, 0.05, reference=400)
        assert (rule.after(losses, float) is not None) == fires
        capped = rules.HarmfulDrift(tolerance, 0.05, reference=400)
        assert (capped.after([3 * loss for loss in losses], float) is not None) == fires
    # of a highest loss of 3, a rise from .75 to 1.5 is more than a tolerance of .25
    rule = rules.HarmfulDrift(0.25, 0.05, reference=400, highest=3)
    assert rule.after([3 * loss for loss in losses], float) is not None


# beliefs -------------------------------------------------------------------------------------


def test_the_divergence_of_two_beliefs_is_the_integral():
    now, then = Belief(0.4, 30, 12.0, 2.5), Belief(0.25, 20, 9.0, 1.2)
    laws = [invgamma(each.shape, scale=each.scale) for each in (now, then)]

    def inside(variance):
        ratio = then.weight / now.weight
        mean = (ratio - 1 - np.log(ratio) + then.weight * 0.15**2 / variance) / 2
        return laws[0].pdf(variance) * (mean + laws[0].logpdf(variance) - laws[1].logpdf(variance))

    assert divergence(now, then) == pytest.approx(quad(inside, 0, 3, limit=200)[0], rel=1e-6)
    assert divergence(then, then) == 0


def test_a_learning_debt_is_small_while_nothing_changes_and_grows_when_something_does():
    rng = np.random.default_rng(9)
    debts = []
    for values in rng.normal(0, 0.1, (400, 800)):
        fired = rules.LearningDebt(1e-9, memory=200, spread=1e-3).after(values.tolist(), float)
        debts.append(fired.detail["value"])
    assert np.mean(debts) == pytest.approx(1.5, abs=4 * np.std(debts) / 20)
    for way in (1, -1):
        rule = rules.LearningDebt(10, memory=200)
        losses = (rng.random(4_000) < np.repeat([0.4, 0.4 + way * 0.25], 2_000)).astype(float)
        assert 2_000 < ticks(rule, losses.tolist())[0] < 2_200
    # in pieces, the debt at the end is the same
    whole, pieces = (rules.LearningDebt(1e-9, memory=200) for _ in range(2))
    said = whole.after(values.tolist(), float)
    for piece in np.split(values, [130, 260, 261]):
        last = pieces.after(piece.tolist(), float)
    assert last.detail["value"] == pytest.approx(said.detail["value"])


# costs ---------------------------------------------------------------------------------------


def test_avoidable_errors_of_modyn():
    # Modyn's own unit test: threshold 10, batches of 100, sums 5, 9, 10 fires, 9, 13 fires
    rule = rules.AvoidableErrors(10, expected=0.0, reduction=True)
    fired = []
    for accuracy, errors in zip([1, 0.95, 1, 1, 1], [5, 9, 1, 9, 4], strict=True):
        rule.expected = round(1 - accuracy, 2)
        fired.append(rule.after([1.0] * errors + [0.0] * (100 - errors), float))
    assert [said is not None and said.detail["value"] for said in fired] == [
        False, False, 10, False, 13,
    ]  # fmt: skip
    # and its other one: 90 and 70 errors where 75 are expected
    assert [avoidable(errors, 100, 0.75, True) for errors in (90, 70)] == [15, -5]
    assert avoidable(70, 100, 0.75) == 0


def test_what_is_expected_is_learned_from_the_first_losses():
    rule = rules.AvoidableErrors(2, learn=4)
    assert ticks(rule, [[0, 1], [0, 0, 1, 1], [1, 1]]) == [2]  # expected .25: 1.5, then 3


def test_a_return_is_what_is_gained_beyond_the_cost_over_the_cost():
    # .5 - .1 on 500 events gains 200: twice the price of 100 is a return of 1
    losses = [[1.0, 0.0] * 10]
    for wanted, fires in ((0.99, True), (1.0, False)):
        rule = rules.ReturnOnInvestment(100, 500, wanted, window=20, expected=0.1)
        assert (ticks(rule, losses) == [0]) == fires
    assert ticks(rules.ReturnOnInvestment(100, 500, window=21, expected=0.1), losses) == []


@pytest.mark.parametrize(("make", "message"), [
    (lambda: rules.Level(), r"^rule: give above or below, and not both"),
    (lambda: rules.Range(1, 0), r"^high=0: must be at least 1"),
    (lambda: rules.Quantile(0, 5), r"^share=0: must be above 0"),
    (lambda: rules.Quantile(0.1, 5, "over"), r"^side: unknown value 'over'"),
    (lambda: rules.RollingAverage(-1, 5), r"^deviation=-1: must be at least 0"),
    (lambda: rules.Confirmed(rules.Level(1), 3, within=2), r"^within=2: must be at least 3"),
    (lambda: rules.Forecast(0), r"^period=0: must be above 0"),
    (lambda: rules.Trend(2, above=1), r"^window=2: must be at least 3"),
    (lambda: rules.Trend(5, 1, method="theil"), r"^method: .*did you mean 'theil_sen'"),
    (lambda: rules.Cusum(), r"^rule: give limit or run_length, and not both"),
    (lambda: rules.Cusum(4, mean=0), r"^rule: give mean and spread, or neither"),
    (lambda: rules.Ewma(3, weight=0), r"^weight=0: must be above 0"),
    (lambda: rules.Shewhart(3, way="above"), r"^way: unknown value 'above'"),
    (lambda: rules.Sprt(alpha=0.7), r"^alpha=0.7: must be at most 0.5"),
    (lambda: rules.HarmfulDrift(per="year"), r"^per: unknown value 'year'"),
    (lambda: rules.ConformalMartingale(epsilon=0), r"^epsilon=0: must be above 0"),
    (lambda: rules.ReturnOnInvestment(0, 5), r"^price=0: must be above 0"),
    (lambda: rules.AvoidableErrors(0), r"^allowed=0: must be above 0"),
    (lambda: rules.LearningDebt(-1), r"^above=-1: must be above 0"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
