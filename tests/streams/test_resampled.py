"""Tables resampled into drifting streams, by hand and by the shares that were imposed."""

import copy
import itertools

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB

from clsim import Strategy, replay
from clsim.checks import check_stream
from clsim.randomness import BLOCK
from clsim.strategy.triggers import Never, Periodic
from clsim.streams.arrival import Poisson
from clsim.streams.concepts import SEA
from clsim.streams.drift import (
    Between,
    Drift,
    Gradual,
    Incremental,
    Recurring,
    Sudden,
    Temporary,
)
from clsim.streams.drift import Periodic as Seasons
from clsim.streams.resampled import (
    Clusters,
    Column,
    Kind,
    LabelPrior,
    Resampled,
    Rotation,
    as_table,
    covertype,
    digits,
    scikit_learn,
)
from clsim.streams.resampled.urn import Urn
from clsim.streams.targets import Prior, Shift
from clsim.sweep.app import CONF
from clsim.sweep.config import instance
from clsim.types import DriftEvent
from helpers.whole import whole

DAY = 86_400_000_000


class Weight(Drift):
    """A shape with one weight for ever."""

    def __init__(self, weight):
        super().__init__()
        self._weight = weight

    def weight(self, time, timed, seed=0, role=""):
        return np.full(len(time), self._weight)

    def spans(self, end, timed, seed, role):
        return []

    def first(self, timed):
        return 0


BEFORE, AFTER = Weight(0.0), Weight(1.0)


def resample(table, by, when, label="label", **options):
    """A table with one drift: the shape ``when``, to ``by``."""
    when = copy.copy(when)
    when.to = by
    return Resampled(table, label, [when], **options)


def together(stream, seed=0):
    return whole(stream, seed)


def numbered(n=1_000):
    """Rows that tell their number; one class for each third; who is even or odd."""
    rows = np.arange(n)
    frame = pd.DataFrame({"row": rows, "half": rows / 2.0, "who": rows % 2})
    return frame.assign(label=np.array(["a", "b", "c"])[3 * rows // n])


def mixed(n=300):
    rng = np.random.default_rng(0)
    frame = numbered(n).assign(c=rng.choice(["left", "right"], n))
    frame.loc[::7, "half"] = np.nan
    return frame


def assert_share(found, share, most=0.05):
    """The share of True in a sample, within 4.5 standard errors; an error of 5 % would fail."""
    tolerance = 4.5 * np.sqrt(share * (1 - share) / len(found))
    assert tolerance < most * share, "the sample is too small to tell"
    assert abs(np.mean(found) - share) < tolerance


KINDS = {
    "prior": LabelPrior([0, 1, 1]),
    "clusters": Clusters([0, 1, 1]),
    "column": Column("row", 0.9),
    "rotation": Rotation(),
    "nothing": Kind(),
}

every_kind = pytest.mark.parametrize("by", KINDS.values(), ids=KINDS.keys())


# what all kinds share ----------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize("table", [numbered(), mixed()], ids=["array", "frame"])
def test_a_resampled_table_is_a_stream(by, table):
    check_stream(resample(table, by, Sudden(None, at=500), n=BLOCK + 900))
    drift = Gradual(None, at="10d", width="5d")
    check_stream(resample(table, by, drift, n=960, rate="48/d", slices="who"))


@every_kind
@pytest.mark.parametrize("table", [numbered(), mixed()], ids=["array", "frame"])
def test_a_longer_stream_begins_with_the_same_events(by, table):
    short, long = (
        together(resample(table, by, Gradual(None, at=BLOCK, width=900), n=n), 4)
        for n in (BLOCK + 700, 2 * BLOCK + 100)
    )
    assert np.array_equal(short.y, long.y[: BLOCK + 700])
    assert pd.DataFrame(short.X).equals(pd.DataFrame(long.X).iloc[: BLOCK + 700])


@every_kind
def test_the_seed_decides_and_nothing_else(by):
    one, again, other = (
        together(resample(numbered(), by, Sudden(None, at=500), n=2_000), seed)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.X, again.X)
    assert not np.array_equal(one.X, other.X)


@every_kind
def test_before_the_drift_all_kinds_draw_rows_of_the_table(by):
    found = together(resample(numbered(), by, BEFORE, n=20_000, slices="who"))
    rows = found.X[:, 0].astype(int)
    assert np.array_equal(found.X[:, 1], rows / 2)
    assert np.array_equal(found.y, numbered()["label"].to_numpy(dtype=str)[rows])
    assert np.array_equal(found.slices["who"], rows % 2)
    assert len(np.unique(rows)) == 1_000
    assert_share(rows < 500, 0.5)


@every_kind
def test_a_resampled_table_can_be_replayed(by):
    drift = Sudden(None, at=1_000)
    table = numbered().drop(columns="row").assign(row=np.arange(1000) % 71)
    stream = resample(table, by, drift, n=2_000)
    strategies = {"never": Strategy(Never()), "often": Strategy(Periodic(2))}
    runs = replay(stream, strategies, learner=GaussianNB(), tick=100, warmup=500)
    assert runs["often"].totals["retrainings"] == 7
    assert len(runs["never"].ticks) == 15


# priors ------------------------------------------------------------------------------------


def test_the_prior_moves_as_imposed():
    n = 120_000
    by = LabelPrior(before=[6, 3, 1], after={"c": 3, "a": 2})
    for weight, expected in ((0.0, [0.6, 0.3, 0.1]), (1.0, [0.4, 0.0, 0.6]),
                             (0.25, [0.55, 0.225, 0.225])):  # fmt: skip
        y = together(resample(numbered(), by, Weight(weight), n=n)).y
        for name, share in zip("abc", expected, strict=True):
            if share:
                assert_share(y == name, share)
            else:
                assert not (y == name).any()


def test_a_prior_in_time_and_one_of_the_table():
    by = LabelPrior({"c": 1})
    frame = numbered().query("label != 'b' or row < 500")  # 334 of a, 166 of b, 333 of c
    stream = resample(frame, by, Sudden(None, at=90_000), n=100_000)
    y = together(stream).y
    assert (y[90_000:] == "c").all()
    for name, count in frame["label"].value_counts().items():
        assert_share(y[:90_000] == name, count / len(frame))


def test_a_prior_leaves_the_inputs_of_a_class_alone():
    by = LabelPrior(before=[8, 1, 1], after=[1, 8, 1])
    one, other = (together(resample(numbered(), by, drift, n=300_000)) for drift in (BEFORE, AFTER))
    for batch in (one, other):
        rows = batch.X[batch.y == "c", 0]  # those of class c are 667 to 999
        assert rows.min() == 667
        assert_share(rows < 833.5, 167 / 333)


def test_a_gradual_prior_has_the_weight_of_its_shape():
    by = LabelPrior(before=[1, 0, 0], after=[0, 0, 1])
    drift = Gradual(None, at=200_000, width=120_000)
    y = together(resample(numbered(), by, drift, n=400_000)).y
    weight = drift.weight(np.arange(400_000), False)
    for rows in (slice(low, low + 40_000) for low in range(160_000, 400_000, 40_000)):
        assert_share(y[rows] == "c", weight[rows].mean())


# inputs ------------------------------------------------------------------------------------


def test_a_column_moves_as_imposed_and_labels_stay():
    by = Column("half", before=0.3, after=0.8, quantile=0.75)
    for drift, share in ((BEFORE, 0.3), (AFTER, 0.8), (Weight(0.5), 0.55)):
        found = together(resample(numbered(), by, drift, n=60_000))
        rows = found.X[:, 0].astype(int)
        assert_share(rows >= 750, share)  # the .75 quantile of row is 749.25
        low = rows[rows < 750]
        assert_share(low < 375, 0.5)
        assert np.array_equal(found.y, numbered()["label"].to_numpy(dtype=str)[rows])
    own = together(resample(numbered(), Column("half", 1.0, quantile=0.4), BEFORE,
                             n=60_000))  # fmt: skip
    assert_share(own.X[:, 0] >= 400, 0.6)


def test_rows_without_the_column_count_as_low():
    found = together(resample(mixed(), Column("half", after=1.0), AFTER, n=900))
    assert found.X["half"].notna().all()
    found = together(resample(mixed(), Column("half", after=0.0), AFTER, n=900))
    assert found.X["half"].isna().any()


def blobs():
    """Three clouds far from each other: 500, 300 and 200 rows; the label is noise."""
    rng = np.random.default_rng(1)
    cloud = np.repeat([0, 1, 2], [500, 300, 200])
    X = np.array([[0, 0], [50, 0], [0, 5000]])[cloud] + rng.normal(size=(1_000, 2))
    table = as_table(X, np.arange(1_000)).assign(cloud=cloud, label=rng.integers(0, 2, 1_000))
    return table.sample(frac=1, random_state=0)


def clouds(X):
    return np.where(X[:, 1] > 2500, 2, (X[:, 0] > 25).astype(int))


@pytest.mark.parametrize("seed", range(3))
def test_clusters_move_as_imposed_from_the_largest_to_the_smallest(seed):
    table = blobs().drop(columns="cloud")
    by = Clusters(after=[1, 2, 7])
    for drift, expected in ((BEFORE, [0.5, 0.3, 0.2]), (AFTER, [0.1, 0.2, 0.7]),
                            (Weight(0.5), [0.3, 0.25, 0.45])):  # fmt: skip
        found = clouds(together(resample(table, by, drift, n=80_000), seed).X)
        for cloud, share in enumerate(expected):
            assert_share(found == cloud, share)
    given = together(resample(table, Clusters([0, 0, 1], [0, 1, 0]), BEFORE, n=500))
    assert (clouds(given.X) == 1).all()


def test_clusters_weigh_features_alike_whatever_their_units():
    rng = np.random.default_rng(0)
    small, large = np.repeat([0.0, 1.0], [400, 600]), rng.uniform(0, 1_000, 1_000)
    table = as_table(np.column_stack([small, large]), np.arange(1_000) % 2)
    found = together(resample(table, Clusters([0, 1]), AFTER, n=500)).X
    assert (found[:, 0] == 0).all()  # a split by the large one would reduce variance by less


def test_clusters_leave_labels_alone():
    table = blobs()
    known = {tuple(row[:2]): row[3] for row in table[["x0", "x1", "cloud", "label"]].to_numpy()}
    found = together(resample(table, Clusters([0, 0, 1]), AFTER, n=500, drop=["cloud"]))
    assert [known[tuple(row)] for row in found.X] == found.y.tolist()


def test_clusters_are_fitted_on_a_part_of_a_large_table(monkeypatch):
    monkeypatch.setattr(Clusters, "fitted_on", 100)
    stream = resample(blobs(), Clusters([0, 0, 1]), AFTER, n=500, drop=["cloud"])
    assert (clouds(together(stream).X) == 2).all()


def test_a_rotation_is_one_cycle_of_the_features():
    columns = {f"x{i}": np.full(10, i) for i in range(6)}
    frame = pd.DataFrame(columns).assign(c="left", label=[0, 1] * 5)
    seen = set()
    for seed in range(4):
        found = together(resample(frame, Rotation(), AFTER, n=3), seed).X
        assert (found["c"] == "left").all()
        source = found.iloc[0, :6].astype(int).tolist()
        place, length = source[0], 1
        while place:
            place, length = source[place], length + 1
        assert length == 6
        assert (found.iloc[:, :6] == source).all().all()
        seen.add(tuple(source))
    assert len(seen) > 1


def test_a_rotation_of_two_exchanges_them_by_the_weight():
    n = 30_000
    frame = numbered().assign(row=np.arange(1_000) + 5_000)
    for table in (frame, frame.assign(c="left")):
        by = Rotation(["row", "half"])
        found = together(resample(table, by, Weight(0.3), n=n, drop=["who"]))
        X = np.asarray(found.X)[:, :2].astype(float)
        moved = X[:, 0] < 2_500
        assert_share(moved, 0.3)
        rows = np.where(moved, X[:, 1], X[:, 0]).astype(int) - 5_000
        assert np.array_equal(np.where(moved, X[:, 0], X[:, 1]), rows / 2)
        assert np.array_equal(found.y, frame["label"].to_numpy(dtype=str)[rows])


# truth and time ----------------------------------------------------------------------------


def test_drift_events_are_on_the_clock():
    drift = Gradual(None, at="10d", width="4d")
    stream = resample(numbered(), KINDS["prior"], drift, n=528, rate="48/d",
                       start="2025-01-01")  # fmt: skip
    time = together(stream).time
    assert time[0] == np.datetime64("2025-01-01", "us").astype(int)
    assert np.diff(time).tolist() == [DAY // 48] * 527
    assert stream.drift_events(0) == [
        # the stream ends there
        DriftEvent("gradual", time[0] + 8 * DAY, time[0] + 11 * DAY, "labels")
    ]
    rows = resample(numbered(), KINDS["prior"], Seasons(None, 400), n=500)
    assert rows.drift_events(0) == [DriftEvent("periodic", 100, 300, "labels")]
    assert together(rows).time.tolist() == list(range(500))


@pytest.mark.parametrize(("name", "target"), [
    ("prior", "labels"), ("clusters", "inputs"), ("column", "inputs"), ("rotation", "concept"),
])  # fmt: skip
def test_drift_events_tell_what_drifts(name, target):
    stream = resample(numbered(), KINDS[name], Sudden(None, at=50), n=100)
    assert stream.drift_events(0) == [DriftEvent("sudden", 50, 50, target)]


def test_a_position_that_is_drawn_for_each_seed():
    by = LabelPrior({"c": 1}, {"a": 1})
    stream = resample(numbered(), by, Sudden(None, at=Between(100, 900)), n=1_000)
    for seed in range(3):
        (event,) = stream.drift_events(seed)
        y = together(stream, seed).y
        assert (y[event.start - 1], y[event.start]) == ("a", "c")
    assert len({stream.drift_events(seed)[0].start for seed in range(3)}) == 3


def test_events_may_come_in_bursts():
    drift = Sudden(None, at="4d")
    arrival = Poisson("100/d")
    stream = resample(numbered(), LabelPrior({"c": 1}, {"a": 1}), drift, n=1_000,
                       rate=arrival)  # fmt: skip
    found = together(stream)
    since = found.time - np.datetime64("2024-01-01", "us").astype(int)
    assert np.array_equal(found.y == "c", since >= 4 * DAY)
    check_stream(stream)


def test_regression_and_files(tmp_path):
    frame = numbered().assign(label=np.arange(1_000) + 0.5)
    frame.to_csv(tmp_path / "log.csv", index=False)
    stream = resample(tmp_path / "log.csv", Column("row", 1.0), AFTER, n=100)
    found = together(stream)
    assert stream.schema.task == "regression"
    assert np.array_equal(found.y, found.X[:, 0] + 0.5)


# tables ------------------------------------------------------------------------------------


def test_digits():
    frame = digits()
    assert frame.shape == (1797, 65)
    by = LabelPrior(before=[1] * 5 + [0] * 5, after=[0] * 5 + [1] * 5)
    y = together(resample(frame, by, Sudden(None, at=100), "digit", n=200)).y
    assert y[:100].max() <= 4
    assert y[100:].min() >= 5


def test_tables_of_scikit_learn():
    frame = scikit_learn("breast_cancer", "benign")
    assert frame.shape == (569, 31)
    assert frame["benign"].sum() == 357  # as its documentation says
    assert scikit_learn("digits", "digit").equals(digits())
    with pytest.raises(ValueError, match=r"^name: unknown value 'wines'; did you mean 'wine'"):
        scikit_learn("wines")


def test_covertype_without_the_network(monkeypatch):
    import sklearn.datasets

    X = pd.DataFrame({"Elevation": [1, 2, 3], "Slope": [4, 5, 6]})

    def fetch(*, return_X_y, as_frame):
        return X, pd.Series([1, 2, 7], name="Cover_Type")

    monkeypatch.setattr(sklearn.datasets, "fetch_covtype", fetch)
    frame = covertype()
    assert frame.columns.tolist() == ["Elevation", "Slope", "cover"]
    assert frame["cover"].tolist() == [1, 2, 7]


def test_as_table():
    assert as_table([[1, 2]], [3]).to_dict("list") == {"x0": [1], "x1": [2], "label": [3]}
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 8])
    assert as_table(frame, pd.Series([3, 4]), "y")["y"].tolist() == [3, 4]
    with pytest.raises(ValueError, match=r"^label='a': there is a feature of this name"):
        as_table(frame, [1, 2], "a")


@pytest.mark.parametrize("name", ["prior", "clusters", "column", "rotation"])
def test_the_configurations_are_streams(name):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", [f"stream=resampled_{name}"])
    check_stream(instance(config["stream"], "stream"))


# several drifts ----------------------------------------------------------------------------


def cells():
    """A hundred rows: x and z are 0 or 1, y is 1 for 10 of 50 with x = 0, and 30 of 50 with x = 1.

    Half the rows of each cell are of either group, and have either z.
    """
    counts = {(0, 0): 40, (0, 1): 10, (1, 0): 20, (1, 1): 30}
    rows = [(x, y, k % 2) for (x, y), count in counts.items() for k in range(count)]
    frame = pd.DataFrame(rows, columns=["x", "label", "who"])
    return frame.assign(z=frame["who"])


def high(share, **options):
    """More rows with x = 1: P(x) drifts."""
    return Column("x", share, quantile=0.3, **options)


def test_each_kind_leaves_alone_what_it_should_and_would_fail_as_another():
    """By hand: P(y=1) is .4; P(y=1 | x) is .2 and .6; P(x=1 | y) is 1/3 and 3/4."""
    expected = {
        # P(x=1) and P(y=1); P(y=1 | x=1); P(x=1 | y=1)
        "table": (Kind(), 0.5, 0.4, 0.6, 0.75),
        "labels": (LabelPrior([0.2, 0.8]), 2 / 30 + 0.6, 0.8, 0.6 / (0.6 + 2 / 30), 0.75),
        "inputs": (high(0.9), 0.9, 0.56, 0.6, 0.54 / 0.56),
        # z, which says nothing, stands in the place of x
        "concept": (Rotation(["x", "z"]), 0.5, 0.4, 0.4, 0.5),
    }
    for by, x, y, y_of_x, x_of_y in expected.values():
        found = together(resample(cells(), by, AFTER, n=120_000, drop=["who"]))
        one, labels = found.X[:, 0] == 1, found.y
        assert_share(one, x)
        assert_share(labels == 1, y)
        assert_share(labels[one] == 1, y_of_x)
        assert_share(one[labels == 1], x_of_y)


def test_drifts_chain():
    # inputs first: P(x=1) = .9, P(x=1 | y=1) = 27/28 and P(x=1 | y=0) = 9/11; then P(y=1) = .8
    drifts = [Sudden(high(0.9), at=100_000), Sudden(LabelPrior([2, 8]), at=200_000)]
    found = together(Resampled(cells(), "label", drifts, n=300_000))
    x, y = found.X[:, 0], found.y
    expected = [(0.5, 0.4), (0.9, 0.56), (0.8 * 27 / 28 + 0.2 * 9 / 11, 0.8)]
    for rows, (x_share, y_share) in zip(np.split(np.arange(300_000), 3), expected, strict=True):
        assert_share(x[rows] == 1, x_share)
        assert_share(y[rows] == 1, y_share)
    assert_share(x[200_000:][y[200_000:] == 0] == 1, 9 / 11)


def test_a_later_drift_replaces_an_earlier_one_of_its_grouping():
    shares = LabelPrior(before=[1, 0, 0], after=[0, 1, 0]), LabelPrior([0, 0, 1])
    drifts = [Sudden(shares[0], at=100), Temporary(shares[1], at=200, duration=100)]
    y = together(Resampled(numbered(), "label", drifts, n=400)).y
    assert ["".join(dict.fromkeys(y[k : k + 100])) for k in range(0, 400, 100)] == list("abcb")


def test_rotations_are_concepts_that_replace_each_other():
    frame = pd.DataFrame({f"x{i}": np.full(10, float(i)) for i in range(6)})
    table = frame.assign(label=[0, 1] * 5)
    drifts = [Sudden(Rotation(), at=100), Temporary(Rotation(variant=1), at=200, duration=100)]
    X = together(Resampled(table, "label", drifts, n=400)).X
    orders = [np.unique(X[k : k + 100], axis=0) for k in range(0, 400, 100)]
    assert [len(order) for order in orders] == [1, 1, 1, 1]
    assert orders[0][0].tolist() == list(range(6))
    assert orders[1].tolist() == orders[3].tolist()
    assert len({tuple(order[0]) for order in orders}) == 3
    alone = together(resample(table, Rotation(variant=1), AFTER, n=3)).X
    assert alone[0].tolist() == orders[2][0].tolist()


def test_kinds_can_take_turns():
    drift = Recurring([LabelPrior([0, 1, 0], before=[1, 0, 0]), LabelPrior([0, 0, 1])], 100)
    stream = Resampled(numbered(), "label", [drift], n=600)
    y = together(stream).y
    assert ["".join(dict.fromkeys(y[k : k + 100])) for k in range(0, 600, 100)] == list("abcabc")
    assert [(e.start, e.target) for e in stream.drift_events(0)] == [
        (100, "labels"), (200, "labels"), (400, "labels"), (500, "labels"),
    ]  # fmt: skip


@pytest.mark.parametrize("by", [
    LabelPrior([0.1, 0.9]), high(0.9), Clusters([1, 2]), Rotation(["x", "z"]),
])  # fmt: skip
def test_a_drift_on_one_slice_leaves_the_others_bit_for_bit(by):
    rng = np.random.default_rng(3)
    table = cells().assign(noise=rng.normal(size=100)).sample(frac=1, random_state=1)
    table = table.assign(x2=table["x"], x3=table["x"])  # so that clusters are those of x
    n = 30_000
    still = together(Resampled(table, "label", [Weighted(Kind(), "who=1")], n=n, slices="who"))
    moved = together(Resampled(table, "label", [Weighted(by, "who=1")], n=n, slices="who"))
    assert np.array_equal(still.slices["who"], moved.slices["who"])  # its share stays
    out = still.slices["who"] == 0
    assert np.array_equal(still.X[out], moved.X[out])
    assert np.array_equal(still.y[out], moved.y[out])
    assert not np.array_equal(still.X[~out], moved.X[~out])


class Weighted(Weight):
    """A drift that has reached all events."""

    def __init__(self, to, slice=None):
        super().__init__(1.0)
        self.to, self.slice = to, slice


def test_shares_within_a_slice_are_as_imposed():
    drifts = [Weighted(LabelPrior([1, 3], before=[1, 1]), "who=1")]
    found = together(Resampled(cells(), "label", drifts, n=80_000, slices="who"))
    one = found.slices["who"] == 1
    assert_share(found.y[one] == 1, 0.75)
    assert_share(found.y[~one] == 1, 0.4)
    assert_share(one, 0.5)
    before = Resampled(cells(), "label", [Sudden(drifts[0].to, at=79_999, slice="who=1")],
                       n=80_000, slices="who")  # fmt: skip
    found = together(before)
    assert_share(found.y[found.slices["who"] == 1] == 1, 0.5)


@given(st.data())
def test_weights_of_rows_are_as_the_last_drift_wants_and_else_as_before(data):
    """By brute force over rows, for any drifts in any order, on all rows or on one slice."""
    rows = data.draw(st.lists(st.tuples(*[st.integers(0, 1)] * 3), min_size=6, max_size=20))
    rows += list(itertools.product((0, 1), repeat=3))  # so that no group is empty
    frame = pd.DataFrame(rows, columns=["x", "label", "who"]).sort_values("who", kind="stable")
    share = st.floats(0.1, 0.9)
    kind = st.one_of(share.map(lambda p: LabelPrior([1 - p, p])),
                     share.map(lambda p: Column("x", p, quantile=0)))  # fmt: skip
    where = st.sampled_from([None, "who=0", "who=1"])
    drifts = [Weighted(to, on) for to, on in data.draw(st.lists(st.tuples(kind, where), min_size=1,
                                                                max_size=4))]  # fmt: skip
    table, schema = Resampled(frame, "label", slices="who")._table, None
    schema = Resampled(frame, "label", slices="who").schema

    def weights(count):
        bounds = Urn(table, schema, drifts, 0)._bounds_of(np.arange(len(drifts)) < count)
        return np.diff(bounds, prepend=0)

    before, after = weights(len(drifts) - 1), weights(len(drifts))
    last = drifts[-1]
    inside = np.ones(len(frame), dtype=bool)
    if last.slice:
        inside = frame["who"].to_numpy() == int(last.slice[-1])
    key = "label" if isinstance(last.to, LabelPrior) else "x"
    group = frame[key].to_numpy()
    wanted = last.to.shares(schema)
    np.testing.assert_allclose(after[~inside], before[~inside], atol=1e-12)
    fresh = not any(type(d.to) is type(last.to) for d in drifts[:-1])
    for g in (0, 1):
        mine = inside & (group == g)
        assert after[mine].sum() == pytest.approx(wanted[g] * before[inside].sum())
        if fresh:  # within a group, rows weigh as before
            np.testing.assert_allclose(after[mine] * before[mine].sum(),
                                       before[mine] * after[mine].sum(), atol=1e-12)  # fmt: skip


# truth -------------------------------------------------------------------------------------


def test_truth_by_hand():
    drifts = [
        Gradual(Rotation(), 100, 40, "linear"), Sudden(KINDS["prior"], 100),
        Sudden(Rotation(variant=1), 120),
    ]  # fmt: skip
    stream = Resampled(numbered(), "label", drifts, n=200)
    assert stream.truth(np.array([80, 90, 100, 120]), 0).to_dict("list") == {
        "time": [80, 90, 100, 120],
        "concept 0": [1, 0.75, 0.5, 0],
        "concept 1": [0, 0.25, 0.5, 0],
        "concept 2": [0, 0, 0, 1],
        "labels 1": [0, 0, 1, 1],
    }
    assert [(e.target, e.start) for e in stream.drift_events(0)] == [
        ("concept", 80), ("labels", 100), ("concept", 120),
    ]  # fmt: skip


def test_truth_is_how_often_each_rotation_is_drawn():
    frame = pd.DataFrame({"a": [1.0] * 9, "b": [2.0] * 9, "c": [3.0] * 9, "label": [0, 1, 1] * 3})
    swaps = Rotation(["a", "b"]), Rotation(["a", "c"])
    drifts = [Gradual(swaps[0], 60_000, 60_000), Seasons(swaps[1], 90_000, amplitude=0.6)]
    stream = Resampled(frame, "label", drifts, n=120_000)
    found = together(stream)
    truth = stream.truth(found.time, 0)
    for k in range(3):
        for rows in np.split(np.arange(120_000), 3):
            assert_share(found.X[rows, 0] == k + 1, truth[f"concept {k}"][rows].mean(), most=0.1)


def test_describe():
    drifts = [Sudden(LabelPrior([1, 1, 1]), "5d", slice="who=1"), Gradual(Rotation(), "9d", "3d")]
    stream = Resampled(numbered(), "label", drifts, n=960, rate="48/d", slices="who")
    assert stream.describe().splitlines() == [
        "Resampled: 960 events over 20 days, 3 features, 3 classes",
        "- drawn from a table of 1,000 rows",
        "- sudden drift of the labels to LabelPrior on who=1, at 5d",
        "- gradual drift of the concept to Rotation, at 9d, width 3d",
        "- slices of who: 0, 1",
    ]


# refusals ----------------------------------------------------------------------------------


def make(by=None, when=BEFORE, table=None, **options):
    table = numbered() if table is None else table
    return together(resample(table, by or Kind(), when, **{"n": 100, **options}))


def several(*drifts, **options):
    return Resampled(numbered(), "label", drifts, **{"n": 100, **options})


TEXT = mixed().drop(columns=["row", "half", "who"])
VALUES = numbered().assign(label=0.5 * np.arange(1_000))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: make(n=0), r"^n=0: must be at least 1"),
    (lambda: make(rate="often"), r"^rate='often': write events"),
    (lambda: make(rate="1/d", start="soon"), r"^start='soon': write a date such as '2024-01-01'"),
    (lambda: make(when=Sudden(None, at=100)), r"^drifts\[0\]: a sudden drift begins after"),
    (lambda: make(when=Sudden(None, at="1d")), r"^at='1d': .*give a row number"),
    (lambda: Resampled(numbered(), "lable"), r"unknown column 'lable'; did you"),
    (lambda: make(LabelPrior([1, 2])), r"^drifts\[0\].to: after: 2 weights, for 3 groups"),
    (lambda: make(LabelPrior({"a": 1}, [0, 0, 0])), r"^drifts\[0\].to: before: one weight at"),
    (lambda: make(LabelPrior({"d": 1})), r"^drifts\[0\].to: after: unknown class 'd'; A"),
    (lambda: make(LabelPrior([1, 1, -1])), r"^drifts\[0\].to: after=-1: must be at least 0"),
    (lambda: make(LabelPrior([1, 1, 0, 1]), classes=["a", "b", "c", "d"]),
     r"^drifts: there is no row of class d to draw, but it has a weight"),
    (lambda: make(LabelPrior([1]), table=VALUES), r"^drifts\[0\].to: LabelPrior: needs"),
    (lambda: Clusters([1, 2], [1]), r"^before: 1 weights, for 2 groups"),
    (lambda: Clusters([]), r"^after: one weight at least must be above 0"),
    (lambda: make(Clusters([1, 1]), table=TEXT), r"^drifts\[0\].to: Clusters: needs a"),
    (lambda: Column("row", 1.5), r"^after=1.5: must be at most 1"),
    (lambda: Column("row", 0.5, -1), r"^before=-1: must be at least 0"),
    (lambda: Column("row", 0.5, quantile=2), r"^quantile=2: must be at most 1"),
    (lambda: make(Column("roww", 0.5)), r"^drifts\[0\].to: feature: unknown feature 'roww'; did"),
    (lambda: make(Column("c", 0.5), table=mixed()), r"^drifts\[0\].to: feature: 'c' is a category"),
    (lambda: make(Column("row", 0.5, quantile=1.0)), r"^drifts: there is no row of high 'row'"),
    (lambda: make(Rotation(["row", "haff"])), r"^drifts\[0\].to: features: .*'haff'"),
    (lambda: make(Rotation(["row", "c"]), table=mixed()), r"^drifts\[0\].to: features: .*'c'"),
    (lambda: make(Rotation(["row", "row"])), r"^drifts\[0\].to: features: a rotation needs"),
    (lambda: make(Rotation(), table=TEXT), r"^drifts\[0\].to: features: a rotation needs"),
    (lambda: several(Sudden(LabelPrior([0, 1, 1]), 5, slice="who=1")),
     r"^drifts\[0\].slice: unknown slice 'who=1'; Allowed: $"),
    (lambda: several(Sudden(Kind(), 5, slice="who=2"), slices="who"),
     r"^drifts\[0\].slice: unknown slice 'who=2'; did you mean 'who=1'\?"),
    (lambda: several(Incremental(Rotation(), 50, 9)), r"^drifts\[0\]: .*incremental.* move, and"),
    (lambda: several(Gradual(Rotation(), 50, 9, how="move")), r"how='mix'"),
    (lambda: several(Sudden(LabelPrior([0, 1, 1]), 50), Sudden(LabelPrior([1, 1, 0]), 5)),
     r"^drifts\[0\]: this sudden drift of the labels never shows, since drifts\[1\] acts on"),
    (lambda: several(Sudden(Rotation(), 50), Sudden(Rotation(variant=1), 50)), r"never shows"),
    (lambda: several(Recurring([Rotation()], 9), Recurring([Rotation(variant=1)], 20)),
     r"^drifts\[0\] and drifts\[1\]: recurring drifts of the concept take each other's turns"),
    (lambda: several(Sudden(LabelPrior([0, 1, 1]), 5), Sudden(LabelPrior([1] * 3, [1, 0, 1]), 9)),
     r"^drifts: before=\[1, 0, 1\] of a sudden drift of the labels: an earlier drift says"),
    (lambda: together(several(Weighted(Column("row", 1.0)), Weighted(LabelPrior([1, 0, 0])))),
     r"^drifts: there is no row of class a to draw, but it has a weight"),
])  # fmt: skip
def test_bad_parameters_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_drifts_that_do_not_exclude_each_other_are_legal():
    """Other groupings, other slices, and the middle of a change."""
    prior, other = LabelPrior([0, 1, 1]), LabelPrior([1, 1, 0])
    several(Sudden(prior, 50), Sudden(Column("row", 0.9), 5))
    several(Sudden(Column("row", 0.9), 50), Sudden(Column("row", 0.9, quantile=0.3), 5))
    several(Sudden(prior, 50), Sudden(other, 5, slice="who=1"), slices="who")
    several(Gradual(prior, 50, 40), Sudden(other, 50))
    several(Sudden(prior, 5), Sudden(other, 50))


@pytest.mark.parametrize(("drifts", "message"), [
    ([Sudden(Shift({"row": 1}), 5)], r"^drifts\[0\].to: Shift is for concepts, whose labels"),
    ([Sudden(Prior([0.5, 0.5]), 5)], r"^drifts\[0\].to: Prior is for concepts"),
    ([Sudden(SEA(), 5)], r"^drifts\[0\].to=.*: expected LabelPrior, Clusters, Column or Rotation"),
    ([Sudden(None, 5)], r"^drifts\[0\].to=None: expected LabelPrior"),
    ([Sudden(LabelPrior(["a", 1, 1]), 5)], r"^drifts\[0\].to: after='a': expected a number"),
    (Sudden(Rotation(), 5), r"^drifts: give a list of drifts"),
    ([Rotation()], r"^drifts\[0\]=.*: expected a drift, such as Sudden"),
])  # fmt: skip
def test_drifts_of_another_type_are_refused(drifts, message):
    with pytest.raises(TypeError, match=message):
        Resampled(numbered(), "label", drifts, n=100)
