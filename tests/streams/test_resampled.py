"""Tables resampled into drifting streams, by hand and by the shares that were imposed."""

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from sklearn.naive_bayes import GaussianNB

from clsim import Strategy, replay
from clsim.app import CONF
from clsim.build import part
from clsim.checks import check_stream
from clsim.randomness import BLOCK
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import resampled
from clsim.streams.arrival import Poisson
from clsim.streams.drift import Between, Gradual, Sudden
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
)
from clsim.types import DriftEvent
from clsim.world import concatenate

DAY = 86_400_000_000


class Weight:
    """A shape with one weight for ever."""

    def __init__(self, weight):
        self._weight = weight

    def weight(self, time, timed, seed, role):
        return np.full(len(time), self._weight)

    def events(self, end, timed, seed, role):
        return []


BEFORE, AFTER = Weight(0.0), Weight(1.0)


def together(stream, seed=0):
    return concatenate(list(stream.blocks(seed)))


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


def assert_share(found, share):
    """The share of True in a sample, within 4.5 standard errors; an error of 5 % would fail."""
    tolerance = 4.5 * np.sqrt(share * (1 - share) / len(found))
    assert tolerance < 0.05 * share, "the sample is too small to tell"
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
    check_stream(Resampled(table, "label", by, Sudden(None, at=500), n=BLOCK + 900))
    drift = Gradual(None, at="10d", width="5d")
    check_stream(Resampled(table, "label", by, drift, n=960, rate="48/d", slices="who"))


@every_kind
@pytest.mark.parametrize("table", [numbered(), mixed()], ids=["array", "frame"])
def test_a_longer_stream_begins_with_the_same_events(by, table):
    short, long = (
        together(Resampled(table, "label", by, Gradual(None, at=BLOCK, width=900), n=n), 4)
        for n in (BLOCK + 700, 2 * BLOCK + 100)
    )
    assert np.array_equal(short.y, long.y[: BLOCK + 700])
    assert pd.DataFrame(short.X).equals(pd.DataFrame(long.X).iloc[: BLOCK + 700])


@every_kind
def test_the_seed_decides_and_nothing_else(by):
    one, again, other = (
        together(Resampled(numbered(), "label", by, Sudden(None, at=500), n=2_000), seed)
        for seed in (1, 1, 2)
    )
    assert np.array_equal(one.X, again.X)
    assert not np.array_equal(one.X, other.X)


@every_kind
def test_before_the_drift_all_kinds_draw_rows_of_the_table(by):
    found = together(Resampled(numbered(), "label", by, BEFORE, n=20_000, slices="who"))
    rows = found.X[:, 0].astype(int)
    assert np.array_equal(found.X[:, 1], rows / 2)
    assert np.array_equal(found.y, numbered()["label"].to_numpy(dtype=str)[rows])
    assert np.array_equal(found.slices["who"], rows % 2)
    assert len(np.unique(rows)) == 1_000
    assert_share(rows < 500, 0.5)


@every_kind
def test_a_resampled_table_can_be_replayed(by):
    drift = Sudden(None, at=1_000)
    stream = Resampled(numbered().drop(columns="row").assign(row=np.arange(1000) % 71),
                       "label", by, drift, n=2_000)  # fmt: skip
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
        y = together(Resampled(numbered(), "label", by, Weight(weight), n=n)).y
        for name, share in zip("abc", expected, strict=True):
            if share:
                assert_share(y == name, share)
            else:
                assert not (y == name).any()


def test_a_prior_in_time_and_one_of_the_table():
    by = LabelPrior({"c": 1})
    frame = numbered().query("label != 'b' or row < 500")  # 334 of a, 166 of b, 333 of c
    stream = Resampled(frame, "label", by, Sudden(None, at=90_000), n=100_000)
    y = together(stream).y
    assert (y[90_000:] == "c").all()
    for name, count in frame["label"].value_counts().items():
        assert_share(y[:90_000] == name, count / len(frame))


def test_a_prior_leaves_the_inputs_of_a_class_alone():
    by = LabelPrior(before=[8, 1, 1], after=[1, 8, 1])
    one, other = (
        together(Resampled(numbered(), "label", by, drift, n=300_000)) for drift in (BEFORE, AFTER)
    )
    for batch in (one, other):
        rows = batch.X[batch.y == "c", 0]  # those of class c are 667 to 999
        assert rows.min() == 667
        assert_share(rows < 833.5, 167 / 333)


def test_a_gradual_prior_has_the_weight_of_its_shape():
    by = LabelPrior(before=[1, 0, 0], after=[0, 0, 1])
    drift = Gradual(None, at=200_000, width=120_000)
    y = together(Resampled(numbered(), "label", by, drift, n=400_000)).y
    weight = drift.weight(np.arange(400_000), False)
    for rows in (slice(low, low + 40_000) for low in range(160_000, 400_000, 40_000)):
        assert_share(y[rows] == "c", weight[rows].mean())


# inputs ------------------------------------------------------------------------------------


def test_a_column_moves_as_imposed_and_labels_stay():
    by = Column("half", before=0.3, after=0.8, quantile=0.75)
    for drift, share in ((BEFORE, 0.3), (AFTER, 0.8), (Weight(0.5), 0.55)):
        found = together(Resampled(numbered(), "label", by, drift, n=60_000))
        rows = found.X[:, 0].astype(int)
        assert_share(rows >= 750, share)  # the .75 quantile of row is 749.25
        low = rows[rows < 750]
        assert_share(low < 375, 0.5)
        assert np.array_equal(found.y, numbered()["label"].to_numpy(dtype=str)[rows])
    own = together(Resampled(numbered(), "label", Column("half", 1.0, quantile=0.4), BEFORE,
                             n=60_000))  # fmt: skip
    assert_share(own.X[:, 0] >= 400, 0.6)


def test_rows_without_the_column_count_as_low():
    found = together(Resampled(mixed(), "label", Column("half", after=1.0), AFTER, n=900))
    assert found.X["half"].notna().all()
    found = together(Resampled(mixed(), "label", Column("half", after=0.0), AFTER, n=900))
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
        found = clouds(together(Resampled(table, "label", by, drift, n=80_000), seed).X)
        for cloud, share in enumerate(expected):
            assert_share(found == cloud, share)
    given = together(Resampled(table, "label", Clusters([0, 0, 1], [0, 1, 0]), BEFORE, n=500))
    assert (clouds(given.X) == 1).all()


def test_clusters_weigh_features_alike_whatever_their_units():
    rng = np.random.default_rng(0)
    small, large = np.repeat([0.0, 1.0], [400, 600]), rng.uniform(0, 1_000, 1_000)
    table = as_table(np.column_stack([small, large]), np.arange(1_000) % 2)
    found = together(Resampled(table, "label", Clusters([0, 1]), AFTER, n=500)).X
    assert (found[:, 0] == 0).all()  # a split by the large one would reduce variance by less


def test_clusters_leave_labels_alone():
    table = blobs()
    known = {tuple(row[:2]): row[3] for row in table[["x0", "x1", "cloud", "label"]].to_numpy()}
    found = together(Resampled(table, "label", Clusters([0, 0, 1]), AFTER, n=500, drop=["cloud"]))
    assert [known[tuple(row)] for row in found.X] == found.y.tolist()


def test_clusters_are_fitted_on_a_part_of_a_large_table(monkeypatch):
    monkeypatch.setattr(Clusters, "fitted_on", 100)
    stream = Resampled(blobs(), "label", Clusters([0, 0, 1]), AFTER, n=500, drop=["cloud"])
    assert (clouds(together(stream).X) == 2).all()


def test_a_rotation_is_one_cycle_of_the_features():
    columns = {f"x{i}": np.full(10, i) for i in range(6)}
    frame = pd.DataFrame(columns).assign(c="left", label=[0, 1] * 5)
    seen = set()
    for seed in range(4):
        found = together(Resampled(frame, "label", Rotation(), AFTER, n=3), seed).X
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
        found = together(Resampled(table, "label", by, Weight(0.3), n=n, drop=["who"]))
        X = np.asarray(found.X)[:, :2].astype(float)
        moved = X[:, 0] < 2_500
        assert_share(moved, 0.3)
        rows = np.where(moved, X[:, 1], X[:, 0]).astype(int) - 5_000
        assert np.array_equal(np.where(moved, X[:, 0], X[:, 1]), rows / 2)
        assert np.array_equal(found.y, frame["label"].to_numpy(dtype=str)[rows])


# truth and time ----------------------------------------------------------------------------


def test_drift_events_are_on_the_clock():
    drift = Gradual(None, at="10d", width="4d")
    stream = Resampled(numbered(), "label", KINDS["prior"], drift, n=528, rate="48/d",
                       start="2025-01-01")  # fmt: skip
    time = together(stream).time
    assert time[0] == np.datetime64("2025-01-01", "us").astype(int)
    assert np.diff(time).tolist() == [DAY // 48] * 527
    assert stream.drift_events(0) == [
        DriftEvent(
            "gradual", time[0] + 8 * DAY, time[0] + 11 * DAY, "labels"
        )  # the stream ends there
    ]
    rows = Resampled(numbered(), "label", KINDS["prior"], Seasons(None, 400), n=500)
    assert rows.drift_events(0) == [DriftEvent("periodic", 100, 300, "labels")]
    assert together(rows).time.tolist() == list(range(500))


@pytest.mark.parametrize(("name", "target"), [
    ("prior", "labels"), ("clusters", "inputs"), ("column", "inputs"), ("rotation", "concept"),
])  # fmt: skip
def test_drift_events_tell_what_drifts(name, target):
    stream = Resampled(numbered(), "label", KINDS[name], Sudden(None, at=50), n=100)
    assert stream.drift_events(0) == [DriftEvent("sudden", 50, 50, target)]


def test_a_position_that_is_drawn_for_each_seed():
    by = LabelPrior({"c": 1}, {"a": 1})
    stream = Resampled(numbered(), "label", by, Sudden(None, at=Between(100, 900)), n=1_000)
    for seed in range(3):
        (event,) = stream.drift_events(seed)
        y = together(stream, seed).y
        assert (y[event.start - 1], y[event.start]) == ("a", "c")
    assert len({stream.drift_events(seed)[0].start for seed in range(3)}) == 3


def test_events_may_come_in_bursts():
    drift = Sudden(None, at="4d")
    arrival = Poisson("100/d")
    stream = Resampled(numbered(), "label", LabelPrior({"c": 1}, {"a": 1}), drift, n=1_000,
                       rate=arrival)  # fmt: skip
    found = together(stream)
    since = found.time - np.datetime64("2024-01-01", "us").astype(int)
    assert np.array_equal(found.y == "c", since >= 4 * DAY)
    check_stream(stream)


def test_regression_and_files(tmp_path):
    frame = numbered().assign(label=np.arange(1_000) + 0.5)
    frame.to_csv(tmp_path / "log.csv", index=False)
    stream = Resampled(tmp_path / "log.csv", "label", Column("row", 1.0), AFTER, n=100)
    found = together(stream)
    assert stream.schema.task == "regression"
    assert np.array_equal(found.y, found.X[:, 0] + 0.5)


# tables ------------------------------------------------------------------------------------


def test_digits():
    frame = digits()
    assert frame.shape == (1797, 65)
    by = LabelPrior(before=[1] * 5 + [0] * 5, after=[0] * 5 + [1] * 5)
    y = together(Resampled(frame, "digit", by, Sudden(None, at=100), n=200)).y
    assert y[:100].max() <= 4
    assert y[100:].min() >= 5


def test_covertype_without_the_network(monkeypatch):
    import sklearn.datasets

    X = pd.DataFrame({"Elevation": [1, 2, 3], "Slope": [4, 5, 6]})

    def fetch(*, return_X_y, as_frame):
        return X, pd.Series([1, 2, 7], name="Cover_Type")

    monkeypatch.setattr(sklearn.datasets, "fetch_covtype", fetch)
    frame = covertype()
    assert frame.columns.tolist() == ["Elevation", "Slope", "cover"]
    assert frame["cover"].tolist() == [1, 2, 7]
    assert resampled.covertype is covertype


def test_as_table():
    assert as_table([[1, 2]], [3]).to_dict("list") == {"x0": [1], "x1": [2], "label": [3]}
    frame = pd.DataFrame({"a": [1, 2]}, index=[7, 8])
    assert as_table(frame, pd.Series([3, 4]), "y")["y"].tolist() == [3, 4]
    with pytest.raises(ValueError, match=r"^label='a': there is a feature of this name"):
        as_table(frame, [1, 2], "a")


@pytest.mark.parametrize("name", ["prior", "clusters", "rotation"])
def test_the_configurations_are_streams(name):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", [f"stream=resampled_{name}"])
    check_stream(part(config["stream"], "stream"))


# refusals ----------------------------------------------------------------------------------


def make(by=None, drift=BEFORE, table=None, **options):
    stream = Resampled(numbered() if table is None else table, "label", by or Kind(), drift,
                       **{"n": 100, **options})  # fmt: skip
    return together(stream)


TEXT = mixed().drop(columns=["row", "half", "who"])
VALUES = numbered().assign(label=0.5 * np.arange(1_000))


@pytest.mark.parametrize(("call", "message"), [
    (lambda: make(n=0), r"^n=0: must be at least 1"),
    (lambda: make(rate="often"), r"^rate='often': write events"),
    (lambda: make(rate="1/d", start="soon"), r"^start='soon': write a date such as '2024-01-01'"),
    (lambda: make(drift=Sudden(None, at=100)), r"^drift: it begins after the last of 100 events"),
    (lambda: make(drift=Sudden(None, at="1d")), r"^at='1d': .*give a row number"),
    (lambda: Resampled(numbered(), "lable", Kind(), BEFORE), r"unknown column 'lable'; did you"),
    (lambda: make(LabelPrior([1, 2])), r"^after: 2 weights, for 3 groups"),
    (lambda: make(LabelPrior({"a": 1}, [0, 0, 0])), r"^before: one weight at least must be above"),
    (lambda: make(LabelPrior({"d": 1})), r"^after: unknown class 'd'; Allowed: a, b, c"),
    (lambda: make(LabelPrior([1, 1, -1])), r"^after=-1: must be at least 0"),
    (lambda: make(LabelPrior([1, 1, 0, 1]), classes=["a", "b", "c", "d"]),
     r"^by: the table has no row of group 3, but a weight for it"),
    (lambda: make(LabelPrior([1]), table=VALUES), r"^LabelPrior: needs a table with classes"),
    (lambda: Clusters([1, 2], [1]), r"^before: 1 weights, for 2 groups"),
    (lambda: Clusters([]), r"^after: one weight at least must be above 0"),
    (lambda: make(Clusters([1, 1]), table=TEXT), r"^Clusters: needs a numeric feature"),
    (lambda: Column("row", 1.5), r"^after=1.5: must be at most 1"),
    (lambda: Column("row", 0.5, -1), r"^before=-1: must be at least 0"),
    (lambda: Column("row", 0.5, quantile=2), r"^quantile=2: must be at most 1"),
    (lambda: make(Column("roww", 0.5)), r"^feature: unknown feature 'roww'; did you mean 'row'"),
    (lambda: make(Column("c", 0.5), table=mixed()), r"^feature: 'c' is a category; Column needs"),
    (lambda: make(Column("row", 0.5, quantile=1.0)), r"^by: the table has no row of group 1"),
    (lambda: make(Rotation(["row", "haff"])), r"^features: unknown numeric feature 'haff'; did yo"),
    (lambda: make(Rotation(["row", "c"]), table=mixed()), r"^features: unknown numeric feature 'c"),
    (lambda: make(Rotation(["row", "row"])), r"^features: a rotation needs two different"),
    (lambda: make(Rotation(), table=TEXT), r"^features: a rotation needs two different"),
])  # fmt: skip
def test_bad_parameters_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
