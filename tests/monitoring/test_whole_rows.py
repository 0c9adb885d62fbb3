"""Whole rows, projections, p-values and many features as signals: the functions, and by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

import clsim
from clsim.monitoring import (
    ArrivalBias,
    Combined,
    Complaints,
    Corrected,
    FeatureDistribution,
    Projected,
    RowDistribution,
    Score,
    Where,
)
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.multivariate import (
    classifier,
    classifier_p_value,
    drawn,
    energy,
    energy_between,
    mmd,
)
from clsim.monitoring.p_values import P_VALUES, permuted
from clsim.monitoring.projections import PCA, Density, Encoding, Function, KMeans, RandomLinear
from clsim.monitoring.rows import ROW_DISTANCES, ROW_P_VALUES
from clsim.monitoring.samples import sample
from clsim.randomness import integer, uniform
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, KCentre
from clsim.strategy.rules import Confirmed, Level, Significant
from clsim.strategy.triggers import Never, OnLosses, OnSignal
from helpers.tables import Table

WARM, TICK = 60, 40


def table(columns, n=180, group=None):
    rng = np.random.default_rng(0)
    return Table(rng.normal(size=(n, columns)), [0, 1] * (n // 2), group=group)


def replayed(stream, **strategies):
    return clsim.replay(
        stream, strategies, learner=DummyClassifier(), tick=TICK, warmup=WARM, seed=7
    )  # fmt: skip


def signals(stream, monitor):
    """Values of the second tick, by feature and slice; NaN is everything."""
    found = replayed(stream, it=Strategy(Never(), monitors={"it": monitor}))["it"].signals
    found = found[found["tick"] == 1]
    return {
        (of if isinstance(of, str) else None, part): value
        for of, part, value in zip(found["of"], found["slice"], found["value"], strict=True)
    }


def taken(of):
    """The rows of some that a seed draws, at most 30."""
    return drawn(of, uniform(7, "monitor.rows", of), 30)


def sides(X, now=slice(60, 100)):
    """Drawn rows of the warm-up and of the first tick, as numbers."""
    was, now = taken(np.arange(WARM)), taken(np.arange(len(X))[now])
    encoding = Encoding(X[was])
    return encoding.rows(X[was]), encoding.rows(X[now])


@pytest.mark.parametrize(("distance", "function"), [
    ("mmd", mmd), ("energy", energy),
    ("classifier", lambda a, b: classifier(a, b, integer(7, "monitor.rows"))),
])  # fmt: skip
def test_a_monitor_of_rows_is_the_function_of_drawn_rows(distance, function):
    stream = table(3)
    found = signals(stream, RowDistribution(distance, "warmup", TICK, 20, rows=30))
    assert found == {(None, "all"): function(*sides(stream.X))}


def test_rows_in_a_slice_are_compared_with_the_same_slice():
    stream = table(2, group=[0, 1] * 90)
    found = signals(stream, RowDistribution("energy", "warmup", TICK, 10, slices=["group=b"],
                                            rows=30))  # fmt: skip
    was, now = (np.arange(*ends)[1::2] for ends in ((0, WARM), (60, 100)))
    encoding = Encoding(stream.X[taken(np.arange(WARM))])
    expected = energy(*(encoding.rows(stream.X[taken(rows)]) for rows in (was, now)))
    assert list(found) == [(None, "all"), (None, "group=b")]
    assert found[None, "group=b"] == expected


def test_rows_by_hand():
    """One feature, 0 and 2 by turns and then 4: encoded -1, 1 and 3."""
    stream = Table(np.concatenate([[0.0, 2] * 30, np.full(120, 4.0)])[:, None], [0, 1] * 90)
    # squared: 2 (4 + 2) / 2 - (0 + 2) / 2 = 5, for half of all pairs in the warm-up are 2 apart
    monitor = RowDistribution("energy", "warmup", TICK, 20)
    assert signals(stream, monitor)[None, "all"] == pytest.approx(np.sqrt(5))
    # the one axis has no other direction than itself, and mass moves 4 or 2
    monitor = RowDistribution("sliced_earth_mover", "warmup", TICK, 20)
    assert signals(stream, monitor)[None, "all"] == pytest.approx(3)
    assert signals(stream, RowDistribution("classifier", "warmup", TICK, 20))[None, "all"] == 1


def test_a_relation_that_turned_shows_in_rows_and_components_and_in_no_feature():
    """The halves have the same values of each feature; in the second b is -a, not a."""
    half = np.tile(np.linspace(-1, 1, 40), 2)
    a, b = np.tile(half, 2), np.concatenate([half, -half])
    stream = Table(np.column_stack([a, b]), [0, 1] * 80)
    monitors = {
        "each": FeatureDistribution("kolmogorov_smirnov", "warmup", 40, 20),
        "rows": RowDistribution("energy", "warmup", 40, 20, p_value=True),
        "told": RowDistribution("classifier", "warmup", 40, 20),
        "error": Projected(PCA(1), "kolmogorov_smirnov", "warmup", 40, 20),
    }
    run = clsim.replay(stream, {"it": Strategy(Never(), monitors=monitors)},
                       learner=DummyClassifier(), tick=40, warmup=80)["it"]  # fmt: skip
    last = run.signals[run.signals["tick"] == 1].set_index("signal")
    assert run.signals["tick"].max() == 1
    assert (last.loc["each", "value"] < 0.05).all()
    assert last.loc["rows", "value"] == 1 / 200
    assert last.loc["told", "value"] > 0.9
    error = last[last["of"] == "reconstruction_error"]["value"]
    assert float(error.iloc[0]) > 0.9


def test_p_values_of_rows_are_those_of_the_functions():
    stream = table(2)
    was, now = sides(stream.X)
    generator = np.random.default_rng(integer(7, "monitor.rows"))
    expected = permuted(energy_between(np.concatenate([was, now])), 30, 30, generator)
    monitor = RowDistribution("energy", "warmup", TICK, 20, rows=30, p_value=True)
    assert signals(stream, monitor) == {(None, "all"): expected}
    assert set(ROW_P_VALUES) < set(ROW_DISTANCES)


def test_the_p_value_of_a_classifier_by_hand():
    """Two rows of each side are asked, and told apart: one of the 6 ways to rank them."""
    apart = np.arange(4.0)[:, None], 90 + np.arange(4.0)[:, None]
    assert classifier_p_value(*apart, 0, LogisticRegression()) == pytest.approx(1 / 6)


# projections --------------------------------------------------------------------------------------


def test_a_projection_learns_from_one_half_and_the_other_is_compared():
    stream = table(3)
    found = signals(stream, Projected(PCA(2), "kolmogorov_smirnov", "warmup", TICK, 10))
    first = uniform(7, "monitor.projection", np.arange(WARM)) < 0.5
    fitted = PCA(2).fit(stream.X[:WARM][first], integer(7, "monitor.projection"))
    was, now = fitted.columns(stream.X[:WARM][~first]), fitted.columns(stream.X[60:100])
    ks = DISTANCES["kolmogorov_smirnov"]
    assert found == {(name, "all"): ks(was[name], now[name]) for name in was}
    assert [of for of, _ in found] == ["component_0", "component_1", "reconstruction_error"]


def test_a_function_learns_nothing_and_is_compared_with_the_whole_reference():
    stream = table(2, group=[0, 1] * 90)
    high = Where("high", {"a": {"above": 0}})
    monitor = Projected(Function(lambda X: {"sum": X.sum(axis=1)}), "earth_mover", "warmup", TICK,
                        10, slices=["group=a", high])  # fmt: skip
    found, total = signals(stream, monitor), stream.X.sum(axis=1)
    masks = {"all": np.ones(180, bool), "group=a": np.arange(180) % 2 == 0,
             "high": stream.X[:, 0] > 0}  # fmt: skip
    assert found == {
        ("sum", name): pytest.approx(
            DISTANCES["earth_mover"](total[:60][mask[:60]], total[60:100][mask[60:100]])
            / total[:60][mask[:60]].std()
        )
        for name, mask in masks.items()
    }  # fmt: skip


def test_occupancy_and_likelihood_by_hand():
    """Two places; all events move to the second: half of the mass has left."""
    stream = Table(np.concatenate([[0.0, 2] * 30, np.full(120, 2.0)])[:, None], [0, 1] * 90)
    found = signals(stream, Projected(KMeans(5), "l_infinity", "warmup", TICK, 10))
    second = (uniform(7, "monitor.projection", np.arange(WARM)) >= 0.5).nonzero()[0] % 2 == 1
    assert found == {("cluster", "all"): pytest.approx(1 - second.mean())}
    far = Table(np.concatenate([[0.0, 2] * 30, np.full(120, 9.0)])[:, None], [0, 1] * 90)
    found = signals(far, Projected(Density(), "kolmogorov_smirnov", "warmup", TICK, 10))
    assert found == {("log_likelihood", "all"): 1.0}


def test_categories_and_holes_are_seen_as_the_encoding_has_them():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"a": rng.normal(size=180), "b": rng.choice(["u", "v", None], 180),
                          "y": [0, 1] * 90})  # fmt: skip
    frame.loc[::7, "a"] = np.nan
    stream = clsim.streams.Recorded(frame, label="y")
    was, now = taken(np.arange(WARM)), taken(np.arange(60, 100))
    for features in (["a", "b"], ["b"]):
        X = frame[features]
        rows = Encoding(X.iloc[was])
        monitor = RowDistribution("energy", "warmup", TICK, 20, features, rows=30)
        expected = energy(rows.rows(X.iloc[was]), rows.rows(X.iloc[now]))
        assert signals(stream, monitor)[None, "all"] == expected


# p-values and many features -----------------------------------------------------------------------


def test_p_values_where_a_rule_asks_for_them():
    stream = table(4)
    tests = FeatureDistribution("kolmogorov_smirnov", "warmup", TICK, 20, p_value=True)
    expected = [P_VALUES["kolmogorov_smirnov"](stream.X[:60, j], stream.X[60:100, j])
                for j in range(4)]  # fmt: skip
    assert list(signals(stream, tests).values()) == expected
    corrected = signals(stream, Corrected(tests, "bonferroni"))
    assert list(corrected.values()) == [min(1, 4 * p) for p in expected]
    assert list(corrected) == [(name, "all") for name in "abcd"]


class Given(Score):
    """Gives the same values in every tick."""

    def __init__(self, values, p_values=False):
        super().__init__()
        self.values, self.p_values = values, p_values

    def names(self, schema):
        return [of for of in self.values if isinstance(of, str)]

    def measure(self, view):
        return dict(self.values)


P = {"a": 0.01, "b": 0.04, ("a", "group=x"): 0.03, ("b", "group=x"): 0.005}


@pytest.mark.parametrize(("correction", "published"), [
    ("holm", [0.03, 0.06, 0.06, 0.02]), ("benjamini_hochberg", [0.02, 0.04, 0.04, 0.02]),
])  # fmt: skip
def test_published_corrections_over_features_and_slices_alike(correction, published):
    found = signals(table(2), Corrected(Given(P, p_values=True), correction))
    assert list(found.values()) == pytest.approx(published)


def test_one_number_of_many_features_in_each_slice():
    values = {"a": 0.2, "b": 0.6, "c": 0.1, ("a", "s"): 0.5, ("b", "s"): np.nan, ("c", "s"): 0.3}
    stream, given = table(3), Given(values)
    assert signals(stream, Combined(given, "worst", k=2)) == {
        (None, "all"): pytest.approx(0.4), (None, "s"): pytest.approx(0.4)}  # fmt: skip
    weighted = Combined(given, "weighted", weights={"a": 1, "b": 3})
    assert signals(stream, weighted) == {(None, "all"): pytest.approx(0.5), (None, "s"): 0.5}
    assert signals(stream, Combined(given, "mean"))[None, "all"] == pytest.approx(0.3)


def test_a_rule_of_p_values_names_what_changed():
    """Of the corrected values .03, .06, .06 and .02 two are at or below .03."""
    trigger = OnSignal(Corrected(Given(P, p_values=True)), Significant(0.03), name="tests")
    run = replayed(table(2), it=Strategy(trigger))["it"]
    reasons = run.events.loc[run.events["kind"] == "train", "reason"]
    assert reasons.iloc[0].startswith("tests of b in group=x p = 0.02 at or below 0.03")
    alarms = run.signals[run.signals["alarm"] & (run.signals["tick"] == 0)]
    assert list(zip(alarms["of"], alarms["slice"], strict=True)) == [("a", "all"), ("b", "group=x")]


@pytest.mark.slow
def test_many_rows_make_any_difference_significant_and_no_distance_large():
    """A shift by .003 of a range that is uniform, with a million rows a side."""
    was = sample((np.arange(1_000_000) + 0.5) / 1_000_000)
    now = sample(was.values + 0.003)
    assert DISTANCES["kolmogorov_smirnov"](was, now) == pytest.approx(0.003, abs=2e-6)
    assert P_VALUES["kolmogorov_smirnov"](was, now) < 0.001
    # outermost bins hold .097 and .103 for .1: .003 (ln(.1 / .097) + ln(.103 / .1))
    assert DISTANCES["psi"](was, now) == pytest.approx(0.00018, rel=0.01)


# sharing, and what is refused ---------------------------------------------------------------------


def looking(name, monitor):
    """A strategy that looks at a signal in every tick."""
    return Strategy(OnSignal(monitor, Level(above=9), name=name))


@pytest.mark.parametrize("make", [
    lambda: RowDistribution("energy", "warmup", TICK, 20, rows=30),
    lambda: Projected(Density(), "psi", "warmup", TICK, 20),
    lambda: Corrected(FeatureDistribution("chi_squared", "warmup", TICK, 20, p_value=True)),
], ids=["rows", "projected", "corrected"])  # fmt: skip
def test_strategies_share_what_would_be_the_same(make, monkeypatch):
    """Under any name; and alone a strategy has the same values to the bit."""
    made, several = make(), {"one": make(), "other": make()}
    counted = []
    kind = type(made)
    measure = kind.measure
    monkeypatch.setattr(
        kind, "measure", lambda self, view: (counted.append(view.tick), measure(self, view))[1]
    )
    strategies = {name: looking(name, one) for name, one in several.items()}
    both = replayed(table(2), **strategies)
    together = len(counted)
    alone = replayed(table(2), one=looking("one", make()))
    assert together == len(counted) - together
    values = [runs.signals["value"] for runs in (both["one"], both["other"], alone["one"])]
    assert values[0].tolist() == values[1].tolist() == values[2].tolist()


@pytest.mark.parametrize(("make", "said"), [
    (lambda: RowDistribution("mdm"), r"distance: unknown value 'mdm'; did you mean 'mmd'"),
    (lambda: RowDistribution(rows=20), r"rows=20: fewer than min_rows=50"),
    (lambda: RowDistribution(window=20), r"min_rows=50: more than window=20 holds"),
    (lambda: RowDistribution(min_rows=1), r"min_rows=1: must be at least 2"),
    (lambda: RowDistribution("classifier", min_rows=7), r"min_rows=7: must be at least 8"),
    (lambda: RowDistribution("sliced_earth_mover", p_value=True),
     r"distance='sliced_earth_mover' has none; those that have one are 'mmd', 'energy'"),
    (lambda: FeatureDistribution("psi", p_value=True), r"p_value: distance='psi' has none"),
    (lambda: FeatureDistribution("chi_squared", p_value=1), r"p_value=1: must be true or false"),
    (lambda: Projected(PCA), r"projection=PCA: a class"),
    (lambda: Projected(len), r"expected one of clsim.monitoring.projections"),
    (lambda: Projected(KMeans(), "energy"), r"KMeans gives categories; use distance='l_infinity'"),
    (lambda: Corrected(FeatureDistribution("psi")), r"FeatureDistribution gives no p-values here"),
    (lambda: Corrected(Given({}, True), "holms"), r"correction: unknown value 'holms'; did you"),
    (lambda: Combined(Given({}, True), "mean"), r"monitor: it gives p-values"),
    (lambda: Combined(Given({}), "worst"), r"k: how='worst' needs it"),
    (lambda: Combined(Given({}), "weighted", weights={"a": -1}), r"weights.a=-1: must be at least"),
    (lambda: Combined(Given({}), "weighted", weights={"a": 0}), r"one must be above 0"),
    (lambda: Significant(0), r"alpha=0: must be above 0"),
    (lambda: Significant(1.0), r"alpha=1.0: must be below 1"),
    (lambda: OnSignal(FeatureDistribution("psi"), Significant()), r"Significant judges p-values"),
    (lambda: OnSignal(Given({}), Confirmed(Significant(), 2)), r"Confirmed judges p-values"),
    (lambda: OnLosses(Significant()), r"Significant judges p-values, and losses are none"),
])  # fmt: skip
def test_refused_at_once(make, said):
    with pytest.raises((TypeError, ValueError), match=said):
        make()


EACH = FeatureDistribution("psi")


@pytest.mark.parametrize(("monitor", "said"), [
    (Projected(PCA(3)), r"monitors.it: projection.components=3: there are 2 features"),
    (RowDistribution(features=["aa"]), r"monitor.features: unknown feature 'aa'"),
    (Projected(PCA(1), features=["c"]), r"monitor.features: unknown feature 'c'"),
    (Projected(PCA(1), "psi", "warmup"), r"min_rows=100, and the warm-up that it refers to has 60"),
    (Combined(EACH, "worst", k=3), r"monitor.k=3: FeatureDistribution gives 2 values"),
    (Combined(EACH, "weighted", weights={"aa": 1}), r"monitor.weights: unknown feature 'aa'"),
    (Combined(RowDistribution(), "mean"), r"RowDistribution gives one value for all features"),
])  # fmt: skip
def test_refused_before_the_replay(monitor, said):
    with pytest.raises(ValueError, match=said):
        signals(table(2), monitor)


def test_names_of_columns_are_checked_where_they_are_known():
    trigger = OnSignal(Projected(RandomLinear(2)), Level(above=1), of="direction_2")
    with pytest.raises(ValueError, match=r"unknown feature or slice 'direction_2'"):
        replayed(table(2), it=Strategy(trigger))


def test_a_monitor_around_another_is_refused_where_that_one_is():
    stream = Table(np.zeros((60, 1)), [0, 1] * 30)
    told = Complaints(10, window=20, min_rows=5, per_class=True)
    strategy = Strategy(Never(), monitors={"m": Combined(told, "mean")})
    with pytest.raises(ValueError, match=r"monitors.m: the stream tells of no complaints"):
        clsim.replay(stream, {"it": strategy}, learner=DummyClassifier(), tick=10, warmup=20)
    picked = Combined(Score(weigh="picked", per_class=True), "mean")
    buying = Buying(KCentre(), Fixed(3), natural=False)
    with pytest.raises(ValueError, match=r"^monitors.m: how the labels were picked cannot be "):
        Strategy(Never(), curation=buying, monitors={"m": picked})
    for around in (Combined(FeatureDistribution(), "mean"), ArrivalBias(Score(mature=5))):
        trigger = OnSignal(around, Level(1), slice="g=1")
        with pytest.raises(ValueError, match=r"^trigger.slice='g=1': \w+ measures no slices"):
            trigger.check_schema(stream.schema)
