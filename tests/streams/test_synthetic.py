"""Generated streams."""

import numpy as np
import pandas as pd
import pytest

from clsim import checks
from clsim.randomness import BLOCK, generator
from clsim.streams import Synthetic
from clsim.streams.arrival import Burst, Poisson, parse_rate
from clsim.streams.concepts import (
    LED,
    SEA,
    STAGGER,
    AdClick,
    Agrawal,
    Friedman,
    Gaussians,
    Hyperplane,
    Logistic,
    RandomRBF,
    RandomTree,
    Sine,
)
from clsim.streams.drift import (
    Between,
    Gradual,
    Incremental,
    Periodic,
    RandomWalk,
    Recurring,
    Sudden,
    Sum,
    Temporary,
)
from clsim.streams.groups import Groups
from clsim.streams.targets import Prior, Rotate, Scale, Shift, Subpopulation

DAY = 86_400_000_000


def rows(stream, seed=0):
    batches = list(stream.blocks(seed))
    return (np.concatenate([getattr(b, name) for b in batches]) for name in ("X", "y", "time"))


def test_each_event_has_the_label_of_its_concept():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=300), Sudden(Sine(2), at=600)], n=1000)
    X, y, time = rows(stream)
    assert time.tolist() == list(range(1000))
    for function, part in enumerate((slice(0, 300), slice(300, 600), slice(600, 1000))):
        assert y[part].tolist() == Sine(function).label(X[part], X[part, 0], 0).tolist()


def test_drifts_chain():
    # the second drift acts on what the first one left
    drifts = [Sudden(Sine(1), at=100), Temporary(Sine(2), at=200, duration=100)]
    X, y, _ = rows(Synthetic(Sine(0), drifts, n=400))
    for function, part in ((0, slice(0, 100)), (1, slice(100, 200)), (2, slice(200, 300)),
                           (1, slice(300, 400))):  # fmt: skip
        assert y[part].tolist() == Sine(function).label(X[part], X[part, 0], 0).tolist()


def test_a_gradual_drift_mixes_by_its_weight():
    X, y, _ = rows(Synthetic(Sine(0), [Gradual(Sine(1), at=20_000, width=4000)], n=40_000))
    new = y != Sine(0).label(X, X[:, 0], 0)  # Sine(1) is the reverse of Sine(0)
    for centre, weight in ((16_000, 0.018), (18_000, 0.119), (20_000, 0.5), (22_000, 0.881)):
        assert abs(new[centre - 300 : centre + 300].mean() - weight) < 0.07


def test_blocks_are_drawn_alone_so_a_longer_stream_begins_with_the_same_events():
    drifts = [Gradual(SEA(2), at=BLOCK, width=5000)]
    short = rows(Synthetic(SEA(0), drifts, n=BLOCK + 100, noise=0.1), seed=5)
    long = rows(Synthetic(SEA(0), drifts, n=3 * BLOCK, noise=0.1), seed=5)
    for left, right in zip(short, long, strict=True):
        np.testing.assert_array_equal(left, right[: BLOCK + 100])


def test_seed_decides_everything_and_noise_only_flips():
    quiet, loud = (Synthetic(SEA(0), n=20_000, noise=noise) for noise in (0.0, 0.1))
    X, y, _ = rows(quiet, 3)
    X_again, y_again, _ = rows(quiet, 3)
    X_loud, y_loud, _ = rows(loud, 3)
    np.testing.assert_array_equal(X, X_again)
    np.testing.assert_array_equal(y, y_again)
    np.testing.assert_array_equal(X, X_loud)
    assert abs((y != y_loud).mean() - 0.1) < 0.01
    assert not np.array_equal(X, next(iter(rows(quiet, 4))))


def test_a_rate_gives_times():
    stream = Synthetic(SEA(0), [Sudden(SEA(1), at="1d")], n=100, rate="48/d", start="2024-01-01")
    _, _, time = rows(stream)
    assert np.diff(time).tolist() == [30 * 60 * 1_000_000] * 99
    assert time[0] == np.datetime64("2024-01-01", "us").astype(int)
    (drift,) = stream.drift_events(0)
    assert (drift.kind, drift.start) == ("sudden", time[48])
    assert parse_rate("2/h") == parse_rate("48/d")


def test_drift_events_stay_within_the_stream():
    stream = Synthetic(SEA(0), [Gradual(SEA(1), at=90, width=50), Periodic(SEA(2), 80)], n=100)
    found = [(e.kind, e.start, e.end) for e in stream.drift_events(0)]
    assert found == [("periodic", 20, 60), ("gradual", 65, 100)]


# parameters that move -----------------------------------------------------------------------

MIDDLE, WIDTH = 1_000, 800


def halfway(n=2_000):
    """Weights of a linear move, by hand: from 600 to 1,400."""
    return np.clip((np.arange(n) - 600) / 800, 0, 1)


def test_a_moving_threshold():
    X, y, _ = rows(Synthetic(SEA(0), [Incremental(SEA(3), MIDDLE, WIDTH)], n=2_000))
    np.testing.assert_array_equal(y, X[:, 0] + X[:, 1] > 8 + 1.5 * halfway())
    assert (y != SEA(0).label(X, X[:, 0], 0)).any()


def test_a_turning_hyperplane():
    old, new = Hyperplane(3, weights=[1, 2, 3]), Hyperplane(3, weights=[3, -1, 0])
    X, y, _ = rows(Synthetic(old, [Incremental(new, MIDDLE, WIDTH)], n=2_000))
    w = halfway()[:, None]
    weights = (1 - w) * [1, 2, 3] + w * [3, -1, 0]
    margin = (X * weights).sum(axis=1) - weights.sum(axis=1) / 2
    sure = np.abs(margin) > 1e-9
    assert sure.all()
    np.testing.assert_array_equal(y, margin >= 0)


def test_moving_logistic_weights():
    old, new = Logistic(4, scale=3), Logistic(4, variant=1, scale=3)
    drift = Incremental(new, MIDDLE, WIDTH)
    X, y, _ = rows(Synthetic(old, [drift], n=2_000), seed=2)
    w = halfway()[:, None]
    logit = (X * ((1 - w) * old.weights(2) + w * new.weights(2))).sum(axis=1)
    uniform = generator(2, "stream.labels", 0).random(BLOCK)[:2_000]
    np.testing.assert_array_equal(y, uniform < 1 / (1 + np.exp(-logit)))


def test_moving_clouds():
    old, new = RandomRBF(2, n_centroids=5), RandomRBF(2, n_centroids=5, variant=1)
    still, before, _ = rows(Synthetic(old, n=2_000), seed=3)
    X, y, _ = rows(Synthetic(old, [Incremental(new, MIDDLE, WIDTH)], n=2_000), seed=3)
    np.testing.assert_array_equal(y, before)
    np.testing.assert_array_equal(X[:600], still[:600])
    way = new.centroids(3) - old.centroids(3)
    steps = (X - still)[1_000:1_400] / halfway()[1_000:1_400, None]
    near = np.abs(steps[:, None] - way).max(axis=2).min(axis=1)
    assert near.max() < 1e-9


@pytest.mark.parametrize("kind", [RandomRBF, Gaussians])
def test_concepts_whose_inputs_move_can_also_mix(kind):
    old, new = kind(n_features=2, variant=0), kind(n_features=2, variant=1)
    X, _, _ = rows(Synthetic(old, [Sudden(new, 1_000)], n=2_000), seed=3)
    still, _, _ = rows(Synthetic(old, n=2_000), seed=3)
    there, _, _ = rows(Synthetic(new, n=2_000), seed=3)
    np.testing.assert_array_equal(X[:1_000], still[:1_000])
    np.testing.assert_allclose(X[1_000:], there[1_000:], atol=1e-12)


def test_a_move_and_then_a_mix():
    drifts = [Incremental(SEA(3), 500, 200), Sudden(SEA(2), 1_500)]
    X, y, _ = rows(Synthetic(SEA(0), drifts, n=2_000))
    way = np.clip((np.arange(2_000) - 400) / 200, 0, 1)
    threshold = np.where(np.arange(2_000) < 1_500, 8 + 1.5 * way, 7)
    np.testing.assert_array_equal(y, X[:, 0] + X[:, 1] > threshold)


def test_concepts_of_other_inputs_mix():
    # the clouds have a hidden column, and the logistic concept has none
    clouds, flat = Gaussians(n_features=3), Logistic(3)
    X, y, _ = rows(Synthetic(clouds, [Sudden(flat, 1_000)], n=2_000))
    first, labels, _ = rows(Synthetic(clouds, n=2_000))
    np.testing.assert_array_equal(X[:1_000], first[:1_000])
    np.testing.assert_array_equal(y[:1_000], labels[:1_000])
    assert abs(X[1_000:].mean()) < 0.1  # standard normal
    logit = X[1_000:] @ flat.weights(0)
    assert abs((y[1_000:] - 1 / (1 + np.exp(-logit))).mean()) < 0.06


def test_perturbed_applicants_mix_with_exact_ones():
    drift = Gradual(Agrawal(0), 500, 300)
    batch = next(
        Synthetic(Agrawal(2, perturbation=0.2), [drift], n=1_000, as_frame=False).blocks(0)
    )
    assert batch.X.shape == (1_000, 9)
    exact = Agrawal(0).label(batch.X[-20:], batch.X[-20:, 0], 0)
    assert (exact == batch.y[-20:]).mean() > 0.9


def test_events_follow_the_positions_that_their_seed_drew():
    drifts = [Sudden(SEA(1), Between(100, 400)), Sudden(SEA(2), Between(500, 800))]
    stream = Synthetic(SEA(0), drifts, n=1_000)
    starts = []
    for seed in range(5):
        X, y, time = rows(stream, seed)
        first, second = (event.start for event in stream.drift_events(seed))
        threshold = np.select([time < first, time < second], [8, 9], 7)
        np.testing.assert_array_equal(y, X[:, 0] + X[:, 1] > threshold)
        starts.append((first, second - 400))
    assert all(a != b for a, b in starts)  # each drift has a random stream of its own
    assert len(set(starts)) == 5


# frames, regression, noise ------------------------------------------------------------------


def test_categories_become_categories_of_a_frame():
    batch = next(Synthetic(RandomTree(2, 2), n=50).blocks(1))
    assert list(batch.X.columns) == ["x0", "x1", "c0", "c1"]
    assert batch.X["c0"].dtype == pd.CategoricalDtype([0, 1, 2, 3, 4])
    assert batch.X["x0"].dtype == float
    codes = next(Synthetic(RandomTree(2, 2), n=50, as_frame=False).blocks(1)).X
    assert isinstance(codes, np.ndarray)
    np.testing.assert_array_equal(batch.X.astype(float).to_numpy(), codes)
    many = next(Synthetic(AdClick(70_000, 300, exponent=0), n=5_000).blocks(1)).X
    codes = next(Synthetic(AdClick(70_000, 300, exponent=0), n=5_000, as_frame=False).blocks(1)).X
    np.testing.assert_array_equal(many.astype(float).to_numpy(), codes)
    frame = next(Synthetic(SEA(), n=5, as_frame=True).blocks(1)).X
    assert list(frame.columns) == ["x0", "x1", "x2"]


def test_regression():
    stream = Synthetic(Friedman(0, noise=0), [Sudden(Friedman(1, noise=0), 500)], n=1_000)
    assert (stream.schema.task, len(stream.schema.classes)) == ("regression", 0)
    X, y, _ = rows(stream)
    assert y.dtype == float
    np.testing.assert_array_equal(y[:500], Friedman(0, noise=0).label(X[:500], X[:500, 0], 0))
    np.testing.assert_array_equal(y[500:], Friedman(1, noise=0).label(X[500:], X[500:, 0], 0))


def test_noise_moves_to_every_other_class_alike():
    quiet, loud = (
        np.concatenate([b.y for b in Synthetic(LED(0), n=40_000, noise=q).blocks(0)])
        for q in (0.0, 0.2)
    )
    flipped = quiet != loud
    assert abs(flipped.mean() - 0.2) < 4 * 0.4 / 200
    steps = np.bincount((loud - quiet)[flipped] % 10, minlength=10)
    assert steps[0] == 0
    assert np.abs(steps[1:] / flipped.sum() - 1 / 9).max() < 4 * 0.314 / np.sqrt(8_000)
    assert not np.array_equal(flipped[:BLOCK], flipped[BLOCK : 2 * BLOCK])
    everything = next(Synthetic(LED(0), n=100, noise=1).blocks(0)).y
    assert (everything != quiet[:100]).all()


# blocks -------------------------------------------------------------------------------------

TWO = {"user": Groups({"old": 1, "new": 1}, starts={"new": 9_000})}
COMBINATIONS = {
    "mix": lambda n: Synthetic(Sine(0), [Gradual(Sine(1), BLOCK, 5_000)], n=n, noise=0.1),
    "move": lambda n: Synthetic(SEA(0), [Incremental(SEA(3), BLOCK, BLOCK)], n=n),
    "walk": lambda n: Synthetic(Hyperplane(), [RandomWalk(Hyperplane(variant=1), 7)], n=n),
    "between": lambda n: Synthetic(SEA(0), [Sudden(SEA(1), Between(5_000, 16_900))], n=n),
    "clouds": lambda n: Synthetic(RandomRBF(), [Gradual(RandomRBF(variant=1), BLOCK, 999)], n=n),
    "moving clouds": lambda n: Synthetic(
        Gaussians(), [Incremental(Gaussians(variant=1), BLOCK, 9_999)], n=n
    ),
    "slices": lambda n: Synthetic(
        Logistic(), [Sudden(Logistic(variant=1), BLOCK + 9, slice="user=new")], n=n, groups=TWO
    ),
    "inputs": lambda n: Synthetic(
        SEA(0),
        [
            Gradual(Shift({"x0": 1}), BLOCK, 999),
            Sudden(Rotate(["x0", "x1"]), 9),
            Incremental(Scale({"x2": 3}), BLOCK, 999),
        ],
        n=n,
    ),
    "rejection": lambda n: Synthetic(
        SEA(0),
        [
            Gradual(Prior([0.2, 0.8]), BLOCK, 5_000, slice="user=old"),
            Sudden(Subpopulation("x2", 9, 0.5), BLOCK),
            Recurring([SEA(1), SEA(2)], 3_000),
        ],
        n=n,
        balance=[0.5, 0.5],
        noise=0.05,
        groups=TWO,
    ),
    "frames": lambda n: Synthetic(AdClick(99, 9), [Sudden(AdClick(99, 9, variant=1), 5)], n=n),
    "classes": lambda n: Synthetic(LED(), [Gradual(Prior([0.1] * 10), 5, 5)], n=n),
    "regression": lambda n: Synthetic(Friedman(), [Incremental(Friedman(1), BLOCK, 50)], n=n),
    "bursts": lambda n: Synthetic(
        STAGGER(0),
        [Sum(STAGGER(1), [Periodic(None, "1d", "random"), Sudden(None, "9d")])],
        n=n,
        rate=Poisson("1000/d", 0.5, 0.2, 0.1, [Burst("3d", "1h", 9)]),
    ),
    "rate": lambda n: Synthetic(SEA(), [Temporary(SEA(1), "9d", "2d")], n=n, rate="1000/d"),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_blocks_alone_and_longer_streams(name):
    make = COMBINATIONS[name]
    short, long = make(BLOCK + 600), make(3 * BLOCK)
    checks.check_stream(short)
    for number in (0, 1):
        a, b = short.block(4, number), long.block(4, number)
        n = len(a.y)
        np.testing.assert_array_equal(np.asarray(a.X), np.asarray(b.X)[:n])
        np.testing.assert_array_equal(a.y, b.y[:n])
        np.testing.assert_array_equal(a.time, b.time[:n])
        for column, codes in a.slices.items():
            np.testing.assert_array_equal(codes, b.slices[column][:n])


# truth --------------------------------------------------------------------------------------


def test_truth_by_hand():
    drifts = [
        Gradual(Sine(1), 100, 40, "linear"), Sudden(Shift({"x0": 1}), 100), Sudden(Sine(2), 120),
    ]  # fmt: skip
    truth = Synthetic(Sine(0), drifts, n=200).truth(np.array([80, 90, 100, 120]), 0)
    assert truth.to_dict("list") == {
        "time": [80, 90, 100, 120],
        "concept 0": [1, 0.75, 0.5, 0],
        "concept 1": [0, 0.25, 0.5, 0],
        "concept 2": [0, 0, 0, 1],
        "inputs 1": [0, 0, 1, 1],
    }


def test_truth_is_how_often_each_concept_is_drawn():
    """Shares of long stretches; a weight that is wrong by a twentieth would fail."""

    # told apart by their inputs: each concept has clouds in a place of its own
    def at(place):
        return Gaussians(2, 1, means=[[place], [place]])

    drifts = [
        Gradual(at(100), 150_000, 120_000), Periodic(at(200), 300_000, amplitude=0.6),
        Temporary(at(300), 220_000, 60_000, ramp=20_000),
    ]  # fmt: skip
    stream = Synthetic(at(0), drifts, n=300_000)
    X, _, time = rows(stream)
    drawn = np.rint(X[:, 0] / 100).astype(int)
    truth = stream.truth(time, 0)
    told = set()
    for k in range(4):
        for part in np.split(np.arange(300_000), 3):
            share = truth[f"concept {k}"].to_numpy()[part].mean()
            bound = 4 * np.sqrt(share * (1 - share) / len(part))
            assert abs((drawn[part] == k).mean() - share) <= bound
            if bound < 0.05 * share:
                told.add(k)
    assert told == {0, 1, 2, 3}
    assert (truth.filter(like="concept").sum(axis=1) - 1).abs().max() < 1e-12


def test_truth_is_on_the_clock_and_of_the_seed():
    stream = Synthetic(SEA(), [Sudden(SEA(1), Between("1d", "3d"))], n=1_000, rate="100/d")
    for seed in (1, 2):
        (event,) = stream.drift_events(seed)
        truth = stream.truth(np.array([event.start - 1, event.start]), seed)
        assert truth["concept 1"].tolist() == [0, 1]


def test_drift_events_say_what_changes_where():
    drifts = [
        Sudden(Prior([0.5, 0.5]), 60), Sudden(SEA(1), 40, slice="user=new"),
        Sudden(Shift({"x0": 1}), 20), Recurring([SEA(2), SEA(3)], 30),
    ]  # fmt: skip
    stream = Synthetic(SEA(0), drifts, n=100, groups={"user": Groups({"old": 1, "new": 1})})
    found = [(e.kind, e.start, e.end, e.target, e.slice) for e in stream.drift_events(0)]
    assert found == [
        ("sudden", 20, 20, "inputs", None), ("recurring", 30, 60, "concept", None),
        ("sudden", 40, 40, "concept", "user=new"), ("sudden", 60, 60, "labels", None),
        ("recurring", 60, 90, "concept", None),
    ]  # fmt: skip


def test_describe():
    stream = Synthetic(
        SEA(0),
        [Sudden(SEA(1), "1d", slice="user=new"), Sudden(Shift({"x0": 1}), "2d")],
        n=1_000,
        rate="100/d",
        noise=0.05,
        balance=[0.5, 0.5],
        groups={"user": Groups({"old": 1, "new": 1})},
    )
    assert stream.describe().splitlines() == [
        "SEA: 1,000 events over 10 days, 3 features, 2 classes",
        "- sudden drift of the concept to SEA on user=new, at 1d",
        "- sudden drift of the inputs to Shift, at 2d",
        "- groups of user: old, new",
        "- classes with shares of 0.5, 0.5",
        "- 5.0% of labels are noise",
    ]
    assert (
        Synthetic(Friedman(), n=200).describe() == "Friedman: 200 events, 10 features, regression"
    )


def test_describe_says_when_in_the_words_of_the_parameters():
    drifts = [
        Sudden(SEA(1), Between(2, 5)), Gradual(SEA(2), 20, 10), Periodic(SEA(3), 30),
        Recurring([SEA(1), SEA(2)], 15),
    ]  # fmt: skip
    assert Synthetic(SEA(0), drifts, n=100).describe().splitlines()[1:] == [
        "- sudden drift of the concept to SEA, between 2 and 5",
        "- gradual drift of the concept to SEA, at row 20, width 10",
        "- periodic drift of the concept to SEA, period 30",
        "- recurring drift of the concept to SEA, every 15",
    ]


# bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Synthetic(SEA(0), n=0), r"^n=0: must be at least 1"),
    (lambda: Synthetic(SEA(0), noise=-0.1), r"^noise=-0.1: must be at least 0"),
    (lambda: Synthetic(SEA(0), rate="often"), r"^rate='often': write events .* such as '48/d'"),
    (lambda: Synthetic(SEA(0), rate="0/d"), r"^rate='0/d': write"),
    (lambda: Synthetic(SEA(0), rate="1/d", start="soon"), r"^start='soon': write a date such as"),
    (lambda: Synthetic(SEA(0), [Sudden(Sine(0), at=5)]), r"^drifts\[0\].to: Sine has other feat"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at=90)], n=50), r"^drifts\[0\]: .*move it forward"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at="1d")]), r"^at='1d': .*give a row number"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), Between(0, 51))], n=50), r"^drifts\[0\]: .*begins"),
    (lambda: Synthetic(SEA(0), [Recurring([SEA(1), SEA(2)], 30)], n=50), r"^drifts\[0\]: a rec"),
    (lambda: Synthetic(SEA(0), [Recurring([SEA(1)], 9), Sudden(SEA(1), 90)], n=50),
     r"^drifts\[1\]: a sudden drift begins"),
    (lambda: Synthetic(SEA(0), [Periodic(SEA(1), 200, shape="square")], n=50), r"a periodic drift"),
    (lambda: Synthetic(SEA(0), [Sum(SEA(1), [Sudden(None, 5), Sudden(None, 90)])], n=50), r"a sum"),
    (lambda: Synthetic(SEA(0), [Temporary(SEA(1), 5, 9, ramp=5)], n=50), r"^ramp=5: two ramps"),
    (lambda: Synthetic(SEA(0), [Temporary(SEA(1), 5, "5d")], n=50), r"^duration='5d': .*a row"),
    (lambda: Synthetic(Sine(0), [Incremental(Sine(1), 5, 2)], n=50), r"Sine has no parameters"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1, 4), 5)], n=50), r"SEA has other features"),
    (lambda: Synthetic(Logistic(4), [Incremental(Logistic(4), 5, 2), Sudden(Hyperplane(4), 9)]),
     r"^drifts: concepts that move must be of one class .*not Hyperplane, Logistic"),
    (lambda: Synthetic(RandomRBF(), [Incremental(RandomRBF(n_centroids=9), 5, 2)], n=50),
     r"^drifts: concepts that move .*the same inputs"),
    (lambda: Synthetic(AdClick(9, 9), [Sudden(AdClick(8, 9), 5)], n=50), r"AdClick has other feat"),
    (lambda: Synthetic(SEA(0), balance=[0.2, 0.3, 0.5]), r"^balance: give a share .* 2 classes"),
    (lambda: Synthetic(SEA(0), balance=[0.2, 0.3]), r"^balance: shares=.*must sum to 1"),
    (lambda: Synthetic(Friedman(), noise=0.1), r"^noise and balance: for classification only"),
    (lambda: Synthetic(SEA(0), rate="-1/d"), r"^rate='-1/d': write .* above 0"),
    (lambda: Synthetic(SEA(0), n=99, rate=Poisson("9/d", bursts=[Burst("20d", "1d", 5)])),
     r"^rate.bursts\[0\]: it begins after the last of 99 events"),
    (lambda: Synthetic(SEA(0), [Sudden(SEA(1), at=9)], rate="1/d"), r"^at=9: .*such as '30d'"),
])  # fmt: skip
def test_bad_parameters_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(("to", "message"), [
    (None, r"^drifts\[0\].to=None: expected a concept, a change of inputs, or a Prior"),
    ("concept", r"^drifts\[0\].to='concept': expected a concept"),
    (SEA, r"^drifts\[0\].to=<class .*SEA'>: expected a concept"),
])  # fmt: skip
def test_what_is_no_target_is_refused(to, message):
    with pytest.raises(TypeError, match=message):
        Synthetic(SEA(0), [Sudden(to, 5)])


def test_concepts_and_groups_are_objects():
    for wrong in (None, SEA, "SEA"):
        with pytest.raises(TypeError, match=r"^concept=.*: expected a concept, such as SEA\(0\)"):
            Synthetic(wrong)
    with pytest.raises(TypeError, match=r"^groups.user=0.5: expected Groups"):
        Synthetic(SEA(), groups={"user": 0.5})
