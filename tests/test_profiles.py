"""Profiles: merged without loss, with errors that hold, of all that was served."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.monitoring import FeatureDistribution, ProfileDistribution
from clsim.monitoring.distances import DISTANCES, bounds, measured
from clsim.monitoring.profiled import sides
from clsim.profiles import Bins, Profile, merged
from clsim.protocols import Monitor
from clsim.runs.ledger import Prices, upkeep
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.logging import Everything, Profiles, Sample
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import Never, Periodic
from clsim.types import Column, Schema

NUMBERS = st.lists(
    st.one_of(st.floats(-9, 9).map(lambda x: round(x, 1)), st.just(np.nan)), min_size=0, max_size=30
)
SOME = st.lists(st.floats(-9, 9).map(lambda x: round(x, 2)), min_size=1, max_size=30)


def profile(values, bins):
    return Profile.of(Column(np.array(values, dtype=float)), bins)


@given(SOME, st.lists(NUMBERS, min_size=1, max_size=4), st.integers(1, 9), st.floats(0, 1))
def test_merged_ticks_are_one_and_their_ranks_hold(before, ticks, count, share):
    bins = Bins.by(Column(np.array(before)), count)
    one = merged([profile(tick, bins) for tick in ticks], bins)
    every = np.array([value for tick in ticks for value in tick])
    whole, there = profile(every, bins), np.sort(every[~np.isnan(every)])
    assert one.counts.tolist() == whole.counts.tolist()
    assert (one.size, one.missing) == (len(there), len(every) - len(there))
    assert (one.least, one.largest) == (whole.least, whole.largest)
    np.testing.assert_allclose([one.mean, one.variance], [whole.mean, whole.variance], atol=1e-9)
    if not len(there):
        return
    for value in [*bins.edges, *there, 0.05]:
        low, high = one.rank(value)
        assert low <= np.mean(there <= value) <= high
        assert high - low <= 2 * one.rank_error + 1e-12
        assert low == high or value not in bins.edges
    least, largest = one.quantile(share)
    assert least <= there[max(int(np.ceil(share * len(there))), 1) - 1] <= largest


@given(SOME, SOME, SOME, st.integers(1, 9))
def test_a_distance_of_values_lies_within_the_bounds_of_its_profiles(warmup, was, now, count):
    bins = Bins.by(Column(np.array(warmup)), count)
    seen = sides(profile(was, bins), profile(now, bins))
    values = np.array(was), np.array(now)
    for name in ("kolmogorov_smirnov", "cramer_von_mises", "earth_mover", "energy"):
        low, high = bounds(name, *seen)
        assert low - 1e-9 <= DISTANCES[name](*values) <= high + 1e-9


def test_categories_are_counted_exactly():
    names = np.array(["a", "b", "c"])
    bins = Bins(names=names)
    was, now = (Profile.of(Column(np.array(v), names), bins) for v in ([0, 0, 1, -1], [1, 2, 2, 2]))
    assert was.counts.tolist() == [2, 1, 0]
    assert was.missing == 1
    assert measured(["l_infinity"], *sides(was, now))["l_infinity"] == 0.75
    with pytest.raises(TypeError, match="no order"):
        was.rank(1.0)


class World:
    """Two numbers in two slices, of 80 ticks of 25 events; the first number moves after a time."""

    schema = Schema(
        ("x0", "x1"), "classification", np.array([0, 1]), False, {"group": ("group=a", "group=b")}
    )

    def blocks(self, seed):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(2000, 2))
        X[1200:, 0] += 2
        group = rng.integers(0, 2, 2000)
        y = (X[:, 1] + rng.normal(size=2000) > 0).astype(int)
        time = np.arange(2000)
        yield clsim.types.Batch(X, y, time, time, {"group": group})


SETTING = {"learner": GaussianNB(), "tick": 25, "warmup": 200, "seed": 3}


def of_profiles(logging, **monitor):
    monitors = {"it": ProfileDistribution(**monitor)}
    return clsim.replay(
        World(), {"it": Strategy(Never(), logging=logging, monitors=monitors)}, **SETTING
    )["it"]


def test_profiles_are_of_all_that_was_served_whatever_is_kept():
    slices = {"distance": "psi", "slices": ["group"]}
    runs = [of_profiles(Profiles(rows, slices=["group"]), **slices)
            for rows in (None, Sample(0.1), Everything())]  # fmt: skip
    signals = [run.signals["value"].tolist() for run in runs]
    assert signals[0] == signals[1] == signals[2]
    assert [run.totals["logged"] for run in runs[::2]] == [0, 1800]
    values = runs[0].signals.set_index(["of", "slice", "tick"])["value"].sort_index()
    moved = values.loc["x0", "group=a"]
    assert moved[20] < 1 < 2 < moved[60]
    assert values.loc["x1", "all"].max() < 1


def test_shares_are_those_of_the_rows_while_values_stay_within_the_warm_up():
    rows = Strategy(
        Never(), logging=Profiles(Everything(), bins=10),
        monitors={"rows": FeatureDistribution(reference="warmup", window=175, features=["x1"]),
                  "profile": ProfileDistribution(features=["x1"])},
    )  # fmt: skip

    class Within(World):
        def blocks(self, seed):
            for batch in super().blocks(seed):
                X = batch.X.copy()
                X[0, 1], X[1, 1] = X[:, 1].min(), X[:, 1].max()  # the warm-up has all of the range
                yield clsim.types.Batch(X, batch.y, batch.time, batch.label_time, batch.slices)

    run = clsim.replay(Within(), {"it": rows}, **SETTING)["it"]
    signals = run.signals.pivot_table(index="tick", columns="signal", values="value").dropna()
    assert len(signals) == 65
    np.testing.assert_allclose(signals["profile"], signals["rows"], atol=1e-12)


REFUSED = [
    (lambda: of_profiles(Profiles(), slices=["group"]), r"no profiles of the slice 'group=a'"),
    (lambda: of_profiles(Everything()), r"monitors.it: it reads profiles, and logging keeps none"),
    (
        lambda: of_profiles(Profiles(), what="confidence", reference=3),
        r"no profiles of confidence; keep them \(logging.confidence=true\)",
    ),
    (lambda: of_profiles(Profiles(slices=["grop"])), r"logging.slices: .*did you mean 'group'"),
    (lambda: of_profiles(Profiles(), features=["x2"]), r"monitor.features: .*'x2'"),
    (
        lambda: of_profiles(Profiles(), what="answer", distance="energy", reference=3),
        r"distance='energy' is one of numbers, and answers are classes",
    ),
    (lambda: ProfileDistribution("answer"), r"reference='warmup': nothing was answered in it"),
    (lambda: ProfileDistribution(reference=0), r"reference=0: must be at least 1"),
    (lambda: Profiles(bins=0), r"bins=0: must be at least 1"),
    (lambda: Profiles(Profiles()), r"keeps profiles itself"),
    (lambda: Profiles("half"), r"logging.rows='half': needs a method 'kept'"),
    (lambda: Profiles(slices="group"), r"expected a list"),
]


@pytest.mark.parametrize(("make", "message"), REFUSED)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"trigger": Periodic(3)}, r"keeps no rows, so there is nothing to train on .*Sample"),
        ({"training": RowByRow()}, r"row by row"),
        ({"curation": Buying(Random(), Fixed(2))}, r"curation: logging keeps no rows"),
        ({"monitors": {"it": FeatureDistribution()}}, r"monitors.it: .* looks at rows"),
    ],
)
def test_what_needs_rows_is_refused_where_none_are_kept(parts, message):
    strategy = Strategy(**{"trigger": Never(), **parts}, logging=Profiles())
    with pytest.raises((TypeError, ValueError), match=message):
        clsim.replay(World(), {"it": strategy}, **SETTING)


def test_profiles_need_a_warm_up():
    with pytest.raises(ValueError, match=r"bins of profiles are those of the warm-up"):
        clsim.replay(
            World(), {"it": Strategy(Never(), logging=Profiles())}, **SETTING | {"warmup": 0}
        )


def test_profiles_and_bytes_are_counted_and_paid(tmp_path):
    run = of_profiles(Profiles(Sample(0.1), slices=["group"]), slices=["group"])
    # 72 ticks; 2 features and the answers, of all events and of 2 slices
    assert run.totals["profiles"] == 72 * 3 * 3
    # 22 bins and 6 numbers more of a feature, 2 classes and what is missing of the answers
    size = 72 * 3 * 8 * (2 * (22 + 6) + 3)
    # a row has 2 numbers of 8 bytes, and a class of one byte
    kept = run.totals["logged"]
    assert run.totals["megabytes"] == (kept * (2 * 8 + 1) + size) / 1e6
    alone = run.ticks.groupby("slice")[["profiles", "profile_bytes"]].sum()
    assert (alone.loc["all"] == 3 * alone.loc["group=a"]).all()
    prices = Prices(retraining=0, logged=0.5, profile=0.01, megabyte=100)
    paid = 0.5 * kept + 0.01 * 648 + 100 * run.totals["megabytes"]
    assert upkeep(run.totals, prices) == pytest.approx(paid)
    again = clsim.load(run.save(tmp_path / "run"))
    pd.testing.assert_frame_equal(again.ticks, run.ticks, check_dtype=False)
    assert again.totals == run.totals
    all_rows = clsim.replay(World(), {"it": Strategy(Never())}, **SETTING)["it"]
    assert (all_rows.totals["profiles"], all_rows.totals["megabytes"]) == (0, 1800 * 17 / 1e6)


class Curious(Monitor):
    """What a view says to those who ask for a profile that is not there, or not yet."""

    def measure(self, view):
        asked = {
            "to come": ("features", view.tick, view.tick + 1, {"name": "x0"}),
            "before all": ("features", -2, 0, {"name": "x0"}),
            "answers of the warm-up": ("answer", -1, 0, {}),
            "slice": ("features", -1, 0, {"name": "x0", "of_slice": "group=a"}),
            "confidence": ("confidence", 0, view.tick, {}),
            "feature": ("features", -1, 0, {"name": "x9"}),
        }
        refused = 0.0
        for kind, first, stop, more in asked.values():
            try:
                view.profiles.of(kind, first, stop, **more)
            except LookupError:
                refused += 1
        return {None: refused / len(asked), "size": float(view.profiles.of("answer", 0, 5).size)}


def test_a_view_gives_no_profile_of_what_is_to_come_or_not_kept():
    kept = {"it": Strategy(Never(), logging=Profiles(Sample(0.5)), monitors={"it": Curious()})}
    signals = clsim.replay(World(), kept, **SETTING)["it"].signals
    signals = signals[signals["tick"] >= 5]
    assert signals[signals["of"].isna()]["value"].tolist() == [1.0] * 67
    assert set(signals[signals["of"] == "size"]["value"]) == {5 * 25}  # all that was served
