"""Faults: by hand, in their window and slice alone, and independent of how streams are cut."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.naive_bayes import GaussianNB

from clsim import Strategy, replay
from clsim.checks import check_stream
from clsim.randomness import BLOCK
from clsim.strategy.triggers import Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.drift import Sudden
from clsim.streams.faults import (
    ConstantFeature,
    DroppedRows,
    DuplicatedRows,
    EdgeCases,
    LabelNoise,
    NullFeature,
    Outliers,
    PoisonedLabels,
    RescaledFeature,
    StaleFeature,
    SwappedFeatures,
)
from clsim.streams.targets import Shift
from clsim.sweep.app import CONF
from clsim.sweep.config import instance
from clsim.types import NEVER_TIME, DriftEvent
from helpers.whole import whole

HOUR = 3_600_000_000
DAY = 24 * HOUR

VALUES = {
    "constant": lambda s, **w: ConstantFeature(s, "x0", 5.0, **w),
    "null": lambda s, **w: NullFeature(s, "x0", 0.5, **w),
    "rescaled": lambda s, **w: RescaledFeature(s, "x1", 1000.0, 3.0, **w),
    "swapped": lambda s, **w: SwappedFeatures(s, ["x0", "x1"], **w),
    "stale": lambda s, **w: StaleFeature(s, "x1", 100, **w),
    "outliers": lambda s, **w: Outliers(s, ["x0", "x1"], 0.2, 10.0, **w),
    "noise": lambda s, **w: LabelNoise(s, 0.3, **w),
    "poison": lambda s, **w: PoisonedLabels(s, "x0", 1, below=5.0, share=0.8, **w),
    "edge": lambda s, **w: EdgeCases(s, "x1", 0.2, **w),
}
"""Faults that change values, by name."""

FAULTS = {
    **VALUES,
    "twice": lambda s, **w: DuplicatedRows(s, 0.2, **w),
    "lost": lambda s, **w: DroppedRows(s, 0.2, **w),
}
"""One of each kind, by name."""

every_fault = pytest.mark.parametrize("make", FAULTS.values(), ids=FAULTS.keys())


class Cut:
    """A stream in other blocks."""

    def __init__(self, stream, size):
        self.schema, self.drift_events = stream.schema, stream.drift_events
        self._stream, self._size = stream, size

    def blocks(self, seed):
        whole = together(self._stream, seed)
        for low in range(0, len(whole.y), self._size):
            part = slice(low, low + self._size)
            label_time = None if whole.label_time is None else whole.label_time[part]
            X = whole.X[part] if isinstance(whole.X, np.ndarray) else whole.X.iloc[part]
            slices = {column: codes[part] for column, codes in whole.slices.items()}
            yield replace(whole, X=X, y=whole.y[part], time=whole.time[part],
                          label_time=label_time, slices=slices)  # fmt: skip


def together(stream, seed=0):
    return whole(stream, seed)


def sea(n=2_000, rate=None, drifts=()):
    return Synthetic(SEA(0), drifts, n=n, rate=rate)


def table(n=2_000, array=False, timed=True, seed=0):
    """Numbers, a category, a whole number and a slice, with labels that come late."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "x0": rng.uniform(0, 10, n), "x1": rng.uniform(0, 10, n), "k": rng.integers(0, 9, n),
        "at": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(n) // 2, "h"),
        "y": rng.integers(0, 2, n), "who": rng.integers(0, 2, n),
    })  # fmt: skip
    frame["known"] = frame["at"] + pd.Timedelta("24h") if timed else np.arange(n) + 7
    frame["c"] = rng.choice(["left", "right"], n) if not array else rng.integers(0, 2, n)
    time = {"time": "at"} if timed else {"drop": ["at"]}
    return Recorded(frame, "y", label_time="known", slices="who", **time)


def small(x, y=None, **columns):
    """A table of one feature ``x`` and labels, by rows."""
    frame = pd.DataFrame({"x": np.asarray(x, dtype=float), **columns})
    labels = np.arange(len(frame)) % 2 if y is None else y
    return Recorded(frame.assign(y=labels), "y")


def values(X):
    """Every value, so that they can be compared bit for bit."""
    if isinstance(X, np.ndarray):
        return X
    codes = [X[c].cat.codes if str(X[c].dtype) == "category" else X[c] for c in X.columns]
    return np.column_stack([np.asarray(column, dtype=float) for column in codes])


def assert_equal(left, right, rows_left=..., rows_right=...):
    for name in ("X", "y", "time", "label_time"):
        a, b = getattr(left, name), getattr(right, name)
        if name == "X":
            a, b = values(a), values(b)
        if a is not None or b is not None:
            np.testing.assert_array_equal(a[rows_left], b[rows_right], err_msg=name)
    for column, codes in left.slices.items():
        np.testing.assert_array_equal(codes[rows_left], right.slices[column][rows_right])


def assert_share(found, share):
    """The share of True in a sample, within 4.5 standard errors; an error of 5 % would fail."""
    tolerance = 4.5 * np.sqrt(share * (1 - share) / len(found))
    assert tolerance < 0.05 * share, "the sample is too small to tell"
    assert abs(np.mean(found) - share) < tolerance


# what all faults share ---------------------------------------------------------------------


@every_fault
@pytest.mark.parametrize("stream", [sea(), sea(rate="48/d"), table(), table(array=True),
                                    table(timed=False)])  # fmt: skip
def test_a_faulty_stream_is_a_stream(make, stream):
    seeded = isinstance(stream, Synthetic)
    window = {"start": "5d", "end": "30d"} if stream.schema.timed else {"start": 100, "end": 900}
    check_stream(make(stream, **window), seeded=seeded)
    check_stream(make(stream), seeded=seeded)
    assert make(stream).schema is stream.schema


@every_fault
@pytest.mark.parametrize("array", [True, False], ids=["array", "frame"])
def test_rows_outside_of_window_and_slice_are_untouched(make, array):
    stream = table(array=array)
    before = together(stream)
    faulty = make(stream, start="10d", end="20d", slice="who=1")
    found = together(faulty)
    since = [batch.time - before.time[0] for batch in (before, found)]
    inside = [
        (t >= 10 * DAY) & (t < 20 * DAY) & (batch.slices["who"] == 1)
        for t, batch in zip(since, (before, found), strict=True)
    ]
    assert inside[0].any()
    assert_equal(before, found, ~inside[0], ~inside[1])
    assert not np.array_equal(values(before.X)[inside[0]], values(found.X)[inside[1]]) or (
        not np.array_equal(before.y[inside[0]], found.y[inside[1]])
    )
    if not array:
        assert found.X.dtypes["c"] == before.X.dtypes["c"]
    assert_equal(before, together(stream))  # the wrapped table itself has not changed


@every_fault
def test_rows_do_not_depend_on_how_the_stream_is_cut(make):
    stream = sea(2 * BLOCK + 500)
    whole = together(make(stream, start=1_000, end=BLOCK + 2_000), 3)
    for size in (999, BLOCK + 1, 10 * BLOCK):
        assert_equal(whole, together(make(Cut(stream, size), start=1_000, end=BLOCK + 2_000), 3))
    frame = table()
    assert_equal(together(make(frame)), together(make(Cut(frame, 130))))


@every_fault
def test_a_longer_stream_begins_with_the_same_rows(make):
    short, long = together(make(sea(BLOCK + 100)), 5), together(make(sea(3 * BLOCK)), 5)
    head = slice(0, len(short.y))
    assert_equal(short, long, head, head)


@every_fault
def test_the_seed_decides_and_nothing_else(make):
    assert_equal(together(make(table())), together(make(table())))
    one, other = (together(make(sea()), seed) for seed in (1, 2))
    assert not np.array_equal(one.X[:1000], other.X[:1000])


@every_fault
def test_a_faulty_stream_can_be_replayed(make):
    stream = make(sea(1_000), start=500)
    missing = isinstance(stream, NullFeature)
    learner = HistGradientBoostingClassifier(max_iter=3) if missing else GaussianNB()
    runs = replay(stream, {"often": Strategy(Periodic(2))}, learner=learner, tick=100, warmup=300)
    ticks = runs["often"].ticks
    assert ticks["answered"].sum() == len(together(stream).y) - 300
    drifts = [event for event in stream.drift_events(0) if event.kind.startswith("fault: ")]
    assert [event.start for event in drifts] == [500]


def test_a_window_ends_before_its_end_and_a_slice_may_be_a_mapping():
    x = together(ConstantFeature(small([1, 2, 3, 4]), "x", 0, start=1, end=3)).X[:, 0]
    assert x.tolist() == [1, 0, 0, 4]
    named, mapped = (
        together(ConstantFeature(table(), "x0", slice=s))
        for s in ("who=1", {"column": "who", "value": 1})
    )
    assert_equal(named, mapped)


# faults of inputs --------------------------------------------------------------------------


def test_a_constant_feature():
    stream = small([1, 2, 3], k=[7, 8, 9], c=["left", "right", "right"])
    X = together(ConstantFeature(stream, "x", 0.5, start=1)).X
    assert X["x"].tolist() == [1, 0.5, 0.5]
    X = together(ConstantFeature(stream, "k", 1, start=1)).X
    assert (X["k"].tolist(), X["k"].dtype) == ([7, 1, 1], np.int64)
    X = together(ConstantFeature(stream, "c", "left", start=1)).X
    assert X["c"].tolist() == ["left", "left", "left"]
    with pytest.raises(ValueError, match=r"^value: unknown category 'lefd'; did you mean 'left'"):
        together(ConstantFeature(stream, "c", "lefd"))
    with pytest.raises(TypeError, match=r"^value='left': expected a number"):
        together(ConstantFeature(stream, "x", "left"))


def test_a_missing_feature():
    stream = small([1, 2, 3], k=[7, 8, 9], c=["left", "right", "right"])
    for name in ("x", "k", "c"):
        X = together(NullFeature(stream, name, start=1)).X
        assert X[name].isna().tolist() == [False, True, True]
    assert together(NullFeature(stream, "c")).X["c"].cat.categories.tolist() == ["left", "right"]
    found = together(NullFeature(sea(30_000), "x0", 0.3, start=10_000)).X
    assert_share(np.isnan(found[10_000:, 0]), 0.3)
    assert not np.isnan(found[:10_000]).any()
    assert not np.isnan(found[:, 1:]).any()


def test_a_rescaled_feature():
    stream = RescaledFeature(small([0, 10, 20]), "x", 1.8, 32, start=1)
    assert together(stream).X[:, 0].tolist() == [0, 50, 68]


def test_swapped_features():
    X = together(SwappedFeatures(small([1, 2, 3], z=[4, 5, 6]), ["z", "x"], start=1)).X
    assert X.tolist() == [[1, 4], [5, 2], [6, 3]]
    stream = small([1, 2], c=["a", "b"], d=["b", "b"], e=["b", "a"])
    X = together(SwappedFeatures(stream, ["c", "e"], start=1)).X
    assert (X["c"].tolist(), X["e"].tolist()) == (["a", "a"], ["b", "b"])
    for pair in (["c", "d"], ["c", "x"]):  # d has other categories, x is a number
        with pytest.raises(ValueError, match=r"^features=.*both must be numbers, or categories"):
            together(SwappedFeatures(stream, pair))


def test_a_stale_feature_by_rows():
    stream = small([1, 2, 3, 4, 5, 6])
    assert together(StaleFeature(stream, "x", 2)).X[:, 0].tolist() == [1, 1, 1, 2, 3, 4]
    late = StaleFeature(stream, "x", 2, start=3, end=5)
    assert together(late).X[:, 0].tolist() == [1, 2, 3, 2, 3, 6]
    for size in (1, 2, 4):
        found = together(StaleFeature(Cut(stream, size), "x", 3))
        assert found.X[:, 0].tolist() == [1, 1, 1, 1, 2, 3]
    category = small([1, 2, 3], c=["a", "b", "a"])
    assert together(StaleFeature(category, "c", 1)).X["c"].tolist() == ["a", "a", "b"]


def test_a_stale_feature_by_time():
    at = ["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 01:00", "2024-01-01 05:00",
          "2024-01-01 06:30"]  # fmt: skip
    frame = pd.DataFrame({"at": at, "x": [1.0, 2, 3, 4, 5], "y": [0, 1, 0, 1, 0]})
    stream = Recorded(frame, "y", time="at")
    # the last one at least an hour older: of 01:00 that of 00:00, of 05:00 the second of 01:00
    for size in (1, 2, 3, 5):
        found = together(StaleFeature(Cut(stream, size), "x", "1h"))
        assert found.X[:, 0].tolist() == [1, 1, 1, 3, 4]
    assert together(StaleFeature(stream, "x", 1)).X[:, 0].tolist() == [1, 1, 2, 3, 4]


def test_outliers():
    stream = sea(60_000)
    before, found = together(stream).X, together(Outliers(stream, "x0", 0.25, 7.0)).X
    step = 7 * before[:1000, 0].std()
    moved = found[:, 0] != before[:, 0]
    np.testing.assert_allclose(np.abs(found - before)[moved, 0], step)
    assert_share(moved, 0.25)
    assert_share(found[moved, 0] > before[moved, 0], 0.5)
    assert np.array_equal(found[:, 1:], before[:, 1:])
    both = together(Outliers(stream, ["x0", "x1"], 0.25, 7.0)).X - before
    assert np.array_equal(both[:, 0] != 0, both[:, 1] != 0)
    up = both[both[:, 0] != 0][:, :2] > 0
    assert_share(up[:, 0] == up[:, 1], 0.5)
    constant = together(Outliers(small([3, 3, 3]), "x", 1.0, 10)).X
    assert np.abs(constant - 3).ravel().tolist() == [10, 10, 10]


# faults of delivery ------------------------------------------------------------------------


def late(n=6):
    """Labels two rows after their events; that of row 1 never."""
    frame = pd.DataFrame({"x": np.arange(n, dtype=float), "y": np.arange(n) % 2})
    return Recorded(frame.assign(known=[2, np.nan, *range(4, n + 2)]), "y", label_time="known")


def test_duplicated_rows_without_time_are_numbered_anew():
    found = together(DuplicatedRows(late(), 1.0, start=1, end=3))
    assert found.X[:, 0].tolist() == [0, 1, 1, 2, 2, 3, 4, 5]
    assert found.time.tolist() == list(range(8))
    assert found.label_time.tolist() == [2, NEVER_TIME, NEVER_TIME, 5, 6, 7, 8, 9]


def test_dropped_rows_without_time_are_numbered_anew():
    for size in (1, 2, 6):
        found = together(DroppedRows(Cut(late(), size), 1.0, start=1, end=3))
        assert found.X[:, 0].tolist() == [0, 3, 4, 5]
        assert found.time.tolist() == [0, 1, 2, 3]
        assert found.label_time.tolist() == [2, 3, 4, 5]


def test_rows_with_time_keep_it():
    stream, every = table(), {"start": "1d", "end": "2d"}
    before = together(stream)
    day = (before.time >= before.time[0] + DAY) & (before.time < before.time[0] + 2 * DAY)
    for fault, copies in ((DuplicatedRows, 2), (DroppedRows, 0)):
        found = together(fault(stream, 1.0, **every))
        assert_equal(found, before, ..., np.repeat(np.arange(2_000), np.where(day, copies, 1)))


@pytest.mark.parametrize(("fault", "change"), [(DuplicatedRows, 1), (DroppedRows, -1)])
def test_shares_of_delivery(fault, change):
    n = 40_000
    times = together(fault(sea(n, rate="48/d"), 0.2)).time
    copies = np.bincount(((times - times[0]) // (HOUR // 2)).astype(int), minlength=n)
    assert set(copies.tolist()) == {1, 1 + change}
    assert_share(copies[:n] != 1, 0.2)


def test_without_time_the_events_of_the_world_move_with_the_rows():
    stream = sea(1000, drifts=[Sudden(SEA(1), at=500)])
    lost = DroppedRows(stream, 1.0, start=100, end=300)
    assert lost.drift_events(0) == [
        DriftEvent("fault: dropped rows", 100, 100, "data"), DriftEvent("sudden", 300, 300),
    ]  # fmt: skip
    twice = DuplicatedRows(lost, 1.0, start=200, end=400)  # the drift is in the midst of these
    assert twice.drift_events(0) == [
        DriftEvent("fault: dropped rows", 100, 100, "data"),
        DriftEvent("fault: duplicated rows", 200, 600, "data"),
        DriftEvent("sudden", 400, 400),
    ]
    assert twice.fault_windows(0) == twice.drift_events(0)[:2]
    X = together(stream).X
    assert np.array_equal(together(twice).X[400], X[500])
    for inner in (stream, Cut(stream, 70)):
        half = DroppedRows(inner, 0.5, end=500)
        window, event = half.drift_events(3)
        assert (window.start, window.end, event.kind) == (0, event.start, "sudden")
        assert np.array_equal(together(half, 3).X[event.start], together(stream, 3).X[500])


# faults of labels --------------------------------------------------------------------------


def test_label_noise():
    stream = sea(40_000)
    wrong = together(LabelNoise(stream, 0.2)).y != together(stream).y
    assert_share(wrong, 0.2)
    classes = np.arange(40_000) % 4
    stream = small(np.zeros(40_000), y=np.array(["a", "bb", "ccc", "d"])[classes])
    codes = np.searchsorted(stream.schema.classes, together(LabelNoise(stream, 0.6)).y)
    steps = (codes - classes) % 4
    for step, share in enumerate([0.4, 0.2, 0.2, 0.2]):  # each of the other classes is as likely
        assert_share(steps == step, share)


def test_growing_label_noise():
    n = 120_000
    stream = sea(n)
    faulty = LabelNoise(stream, 0.8, growing=True, start=20_000, end=100_000)
    wrong = together(faulty).y != together(stream).y
    assert not wrong[:20_000].any()
    assert not wrong[100_000:].any()
    # over a window's part, the mean of a linear rate is that in its midst
    for low, high, rate in ((20_000, 60_000, 0.2), (60_000, 100_000, 0.6), (90_000, 100_000, 0.75)):
        assert_share(wrong[low:high], rate)
    days = LabelNoise(sea(n, rate="1000/d"), 0.8, growing=True, start="20d", end="100d")
    assert np.array_equal(together(days).y, together(faulty).y)


@pytest.mark.parametrize(("pattern", "expected"), [
    ({"above": 2}, "no no yes yes yes no"),
    ({"below": 2}, "yes no no no no no"),
    ({"above": 1, "below": 4}, "no yes yes no no no"),
    ({"equals": 3}, "no no yes no no no"),
])  # fmt: skip
def test_poisoned_labels(pattern, expected):
    frame = pd.DataFrame({"x": [1, 2, 3, 4, 5, np.nan], "y": "no"})
    stream = Recorded(frame, "y", classes=["no", "yes"])
    assert together(PoisonedLabels(stream, "x", "yes", **pattern)).y.tolist() == expected.split()


def test_poison_by_category_and_by_share():
    stream = small([1, 2, 3], y=[0, 0, 1], c=["a", "b", "a"])
    assert together(PoisonedLabels(stream, "c", 1, equals="a")).y.tolist() == [1, 0, 1]
    with pytest.raises(ValueError, match=r"^equals: unknown category 'z'; .*Allowed: a, b"):
        together(PoisonedLabels(stream, "c", 1, equals="z"))
    zeros = small(np.ones(40_000), y=[0] * 39_999 + [1])
    assert_share(together(PoisonedLabels(zeros, "x", 1, above=0, share=0.3)).y[:-1] == 1, 0.3)


def test_edge_cases_by_hand():
    # the .3 quantile of 0 to 9 is 2.7, so the region is that of rows 0, 1 and 2
    stream = small(np.arange(10), y=["a", "b", "c"] * 3 + ["a"])
    assert together(EdgeCases(stream, "x", 0.3)).y.tolist() == [
        "b", "c", "a", "a", "b", "c", "a", "b", "c", "a",
    ]  # fmt: skip
    tied = small([1, 1, 1, 2], y=[0, 1, 0, 0])  # the median is 1
    assert together(EdgeCases(tied, "x", 0.5)).y.tolist() == [1, 0, 1, 0]
    faulty = EdgeCases(stream, "x", 0.3, start=1, end=2)
    assert together(faulty).y.tolist()[:4] == ["a", "c", "c", "a"]


def test_edge_cases_are_where_a_model_of_the_rest_fails():
    stream = sea(60_000)
    before, found = together(stream), together(EdgeCases(stream, "x0", 0.2))
    threshold = np.quantile(before.X[:1000, 0], 0.2)
    edge = before.X[:, 0] <= threshold
    assert np.array_equal(found.y != before.y, edge)
    assert_share(edge, threshold / 10)  # x0 is uniform in [0, 10]
    model = GaussianNB().fit(before.X, before.y)
    right = model.predict(found.X) == found.y
    assert right[~edge].mean() > 0.85
    assert right[edge].mean() < 0.15


# composition -------------------------------------------------------------------------------


def test_faults_of_one_kind_draw_apart():
    stream = NullFeature(NullFeature(sea(40_000), "x0", 0.5), "x0", 0.5)
    assert_share(np.isnan(together(stream).X[:, 0]), 0.75)
    stream = NullFeature(NullFeature(sea(40_000), "x0", 0.5), "x1", 0.5)
    missing = np.isnan(together(stream).X)
    assert_share(missing[:, 0] & missing[:, 1], 0.25)
    between = NullFeature(LabelNoise(NullFeature(sea(40_000), "x0", 0.5)), "x0", 0.5)
    assert_share(np.isnan(together(between).X[:, 0]), 0.75)


def test_faults_of_other_kinds_leave_each_other_alone():
    stream = sea(3_000)
    alone = [together(NullFeature(stream, "x0", 0.5)).X, together(LabelNoise(stream, 0.3)).y]
    for both in (
        NullFeature(LabelNoise(stream, 0.3), "x0", 0.5),
        LabelNoise(NullFeature(stream, "x0", 0.5), 0.3),
    ):
        found = together(both)
        np.testing.assert_array_equal(found.X, alone[0])
        np.testing.assert_array_equal(found.y, alone[1])


def test_nested_faults_act_from_the_inside_out():
    inner = RescaledFeature(small([1, 2, 3]), "x", 10)
    assert together(ConstantFeature(inner, "x", 7, start=2)).X[:, 0].tolist() == [10, 20, 7]
    inner = ConstantFeature(small([1, 2, 3]), "x", 7, start=2)
    assert together(RescaledFeature(inner, "x", 10)).X[:, 0].tolist() == [10, 20, 70]
    lost = DroppedRows(small([1, 2, 3, 4]), 1.0, end=2)
    assert together(ConstantFeature(lost, "x", 7, start=1)).X[:, 0].tolist() == [3, 7]


def test_windows_of_faults_are_events_on_the_clock():
    stream = sea(960, rate="48/d", drifts=[Sudden(SEA(1), at="10d")])
    inner = ConstantFeature(stream, "x0", 1.0, start="12d")
    outer = LabelNoise(inner, 0.1, start="2d", end="4d")
    origin = together(stream).time[0]
    end = together(stream).time[-1] + 1
    constant = DriftEvent("fault: constant x0", origin + 12 * DAY, end, "data")
    noise = DriftEvent("fault: label noise", origin + 2 * DAY, origin + 4 * DAY, "data")
    (sudden,) = stream.drift_events(0)
    assert outer.drift_events(0) == [noise, sudden, constant]
    assert outer.fault_windows(0) == [constant, noise]
    sliced = ConstantFeature(table(), "x0", start="1d", end="999d", slice="who=1")
    (event,) = sliced.fault_windows(0)
    assert (event.kind, event.target, event.slice) == ("fault: constant x0", "data", "who=1")
    assert event.end == together(table()).time[-1] + 1


def test_truth_is_that_of_the_world_with_the_windows_of_the_faults():
    stream = sea(960, rate="48/d", drifts=[Sudden(SEA(1), at="10d")])
    faulty = LabelNoise(ConstantFeature(stream, "x0", start="12d"), start="2d", end="4d")
    time = together(stream).time[0] + DAY * np.array([0, 2, 4, 10, 12])
    assert faulty.truth(time, 0).to_dict("list") == {
        "time": time.tolist(),
        "concept 0": [1, 1, 1, 0, 0],
        "concept 1": [0, 0, 0, 1, 1],
        "fault 0": [0, 0, 0, 0, 1],
        "fault 1": [0, 1, 0, 0, 0],
    }
    windows = faulty.fault_windows(0)
    every = together(faulty).time
    for k, window in enumerate(windows):
        acts = faulty.truth(every, 0)[f"fault {k}"] == 1
        assert np.array_equal(acts, (every >= window.start) & (every < window.end))


@pytest.mark.parametrize("make", [DroppedRows, DuplicatedRows])
def test_truth_follows_rows_that_are_numbered_anew(make):
    stream = Synthetic(SEA(0), [Sudden(Shift({"x0": 100}), at=500)], n=1_000)
    faulty = make(ConstantFeature(stream, "x1", -1, start=450, end=700), 0.4, start=100, end=600)
    found = together(faulty, 3)
    truth = faulty.truth(found.time, 3)
    assert np.array_equal(truth["time"], np.arange(len(found.y)))
    assert np.array_equal(truth["inputs 0"] == 1, found.X[:, 0] >= 100)
    assert np.array_equal(truth["fault 0"] == 1, found.X[:, 1] == -1)
    window = faulty.fault_windows(3)[1]
    assert truth["fault 1"].sum() == window.end - window.start > 100


def test_nobody_knows_the_truth_of_a_log_but_its_windows():
    faulty = ConstantFeature(table(), "x0", start="1d", slice="who=1")
    assert faulty.truth(np.arange(3), 0) is None
    assert ConstantFeature(sea(), "x0").truth(np.arange(3), 0) is not None
    assert len(faulty.fault_windows(0)) == 1


def test_describe():
    faulty = LabelNoise(ConstantFeature(table(), "x0", slice="who=1"), start="2d", end="4d")
    assert faulty.describe() == table().describe() + (
        "\n- fault: constant x0 on who=1 from the start\n- fault: label noise from 2d to 4d"
    )
    assert DroppedRows(sea(), start=5, end=9).describe().endswith("rows from row 5 to row 9")
    assert DroppedRows(Cut(sea(), 9)).describe().startswith("Cut\n- fault: dropped rows from the")


@pytest.mark.parametrize("name", ["null", "units", "labels", "poison", "edge", "pipeline"])
def test_the_configurations_are_streams(name):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("config", [f"stream=faulty_{name}"])
    stream = instance(config["stream"], "stream")
    check_stream(stream)
    kinds = [event.kind for event in stream.drift_events(0)]
    assert sum(kind.startswith("fault: ") for kind in kinds) == (3 if name == "pipeline" else 1)


# refusals ----------------------------------------------------------------------------------

SEA_ = sea(100)
NUMBERS = Recorded(pd.DataFrame({"x": [1.0, 2.0], "y": [0.5, 0.7]}), "y")
MIXED = small([1, 2], c=["a", "b"])


@pytest.mark.parametrize(("make", "message"), [
    (lambda: ConstantFeature(SEA_, "X0"), r"^feature: unknown feature 'X0'; .*Allowed: x0, x1, x2"),
    (lambda: NullFeature(table(), "x"), r"^feature: unknown feature 'x'; did you mean 'x"),
    (lambda: Outliers(SEA_, ["x0", "x11"]), r"^features: unknown feature 'x11'; did you mean 'x1'"),
    (lambda: SwappedFeatures(SEA_, ["x0", "x7"]), r"^features: unknown feature 'x7'"),
    (lambda: SwappedFeatures(SEA_, ["x0", "x0"]), r"^features=.*give two different features"),
    (lambda: Outliers(SEA_, []), r"^features: name one or more"),
    (lambda: DroppedRows(table(), slice="who=7"), r"^slice: unknown slice 'who=7'; did you mean"),
    (lambda: DroppedRows(table(), slice={"column": "hwo", "value": 1}),
     r"^slice: unknown column 'hwo'; did you mean 'who'"),
    (lambda: DroppedRows(table(), slice={"column": "who"}), r"^slice=.*the keys column and value"),
    (lambda: DroppedRows(SEA_, slice="who=1"), r"^slice: unknown slice 'who=1'"),
    (lambda: NullFeature(SEA_, "x0", 1.5), r"^rate=1.5: must be at most 1"),
    (lambda: LabelNoise(SEA_, -0.5), r"^rate=-0.5: must be at least 0"),
    (lambda: DuplicatedRows(SEA_, 2), r"^share=2: must be at most 1"),
    (lambda: DroppedRows(SEA_, -1), r"^share=-1: must be at least 0"),
    (lambda: Outliers(SEA_, "x0", 1.1), r"^share=1.1: must be at most 1"),
    (lambda: Outliers(SEA_, "x0", scale=0), r"^scale=0: must be above 0"),
    (lambda: PoisonedLabels(SEA_, "x0", 1, above=1, share=3), r"^share=3: must be at most 1"),
    (lambda: EdgeCases(SEA_, "x0", 7), r"^quantile=7: must be at most 1"),
    (lambda: PoisonedLabels(SEA_, "x0", 2, above=1), r"^label: unknown class '2'; Allowed: 0, 1"),
    (lambda: PoisonedLabels(SEA_, "x0", 1), r"^above, below, equals: give a bound or two, or eq"),
    (lambda: PoisonedLabels(SEA_, "x0", 1, above=1, equals=2), r"^above, below, equals: give"),
    (lambda: LabelNoise(NUMBERS), r"^LabelNoise: needs a stream with two classes or more"),
    (lambda: EdgeCases(NUMBERS, "x"), r"^EdgeCases: needs a stream with two classes or more"),
    (lambda: LabelNoise(SEA_, growing=True), r"^growing=True: say at which end"),
    (lambda: DroppedRows(SEA_, start=-1), r"^start=-1: must be at least 0"),
    (lambda: DroppedRows(SEA_, end=-1), r"^end=-1: must be at least 0"),
    (lambda: DroppedRows(SEA_, start=9, end=9), r"^end=9: must be after start=9"),
    (lambda: DroppedRows(SEA_, start="1d"), r"^start='1d': this stream has no time"),
    (lambda: DroppedRows(table(), start=5), r"^start=5: this stream has time; .* such as '5d'"),
    (lambda: StaleFeature(SEA_, "x0", 0), r"^lag=0: must be above 0"),
    (lambda: StaleFeature(SEA_, "x0", "1d"), r"^lag='1d': this stream has no time"),
    (lambda: together(DroppedRows(SEA_, start=100)),
     r"^start=100: the fault begins after the last of 100 events"),
    (lambda: DroppedRows(table(), start="99d").drift_events(0),
     r"^start='99d': the fault begins after the last of 2000 events"),
    (lambda: together(RescaledFeature(MIXED, "c", 2)), r"^feature: 'c' is a category; Rescaled"),
    (lambda: together(Outliers(MIXED, "c")), r"^feature: 'c' is a category; Outliers needs num"),
    (lambda: together(EdgeCases(MIXED, "c")), r"^feature: 'c' is a category; EdgeCases needs num"),
    (lambda: together(PoisonedLabels(MIXED, "c", 1, above=1)), r"^feature: 'c' is a category"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize("make", [
    lambda: NullFeature(SEA_, "x0", "half"), lambda: DroppedRows(SEA_, start=1.5),
    lambda: RescaledFeature(SEA_, "x0", "2"), lambda: DroppedRows(SEA_, True),
])  # fmt: skip
def test_values_of_another_type_are_refused(make):
    with pytest.raises(TypeError, match="expected a"):
        make()
