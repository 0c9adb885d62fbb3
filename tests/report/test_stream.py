"""The figure of a stream: its numbers by hand, and no text over another or out of the figure."""

import importlib.util
import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clsim.engine.knowledge import Knowledge
from clsim.report import stream as report
from clsim.report.figures.style import COLUMN
from clsim.streams import Recorded, Synthetic
from clsim.streams.availability import Warehouse
from clsim.streams.concepts import SEA, Sine
from clsim.streams.delays import Annotators, Constant, Missing
from clsim.streams.drift import Gradual, Recurring, Sudden
from clsim.streams.faults import DroppedRows
from clsim.streams.groups import Groups
from clsim.streams.resampled import LabelPrior, Resampled, Rotation
from clsim.streams.targets import Shift
from clsim.sweep import config as build
from clsim.sweep.describe import compose_stream

ROOT = Path(__file__).parents[2]
DAY = 86_400_000_000


def world_of(stream, delay=None, tick="1d", warmup="10d", seed=1):
    return Knowledge.of(stream, seed=seed, tick=tick, warmup=warmup, delay=delay)


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes if axes.get_title(loc="left")]


# numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tick", "warmup", "rate"), [
    ("1d", "10d", "8/d"), ("7d", "10d", "8/d"), ("5d", 0, "8/d"), (7, 30, "8/d"), (7, 30, None),
])  # fmt: skip
@pytest.mark.parametrize("most", [20, 400])
def test_bins_are_whole_ticks_and_hold_every_row_once(tick, warmup, rate, most):
    world = world_of(Synthetic(Sine(), n=400, rate=rate), tick=tick, warmup=warmup)
    grid = report.bins(world, most)
    assert grid.count().sum() == world.timeline.n
    assert len(grid.edges) <= most + 3  # the warm-up and the end may cut a bin in two
    assert (np.diff(grid.edges) > 0).all()
    assert (grid.edges[grid.rows] <= world.timeline.time).all()
    assert (world.timeline.time < grid.edges[grid.rows + 1]).all()
    assert world.timeline.starts[0] in grid.edges


def test_labels_to_come_by_hand():
    stream = Synthetic(SEA(), n=10)
    late = world_of(stream, Constant(3), tick=2, warmup=2)
    # rows 2..9 are served two at a time; before tick k rows up to 2k+1 are, and k' labels are due
    to_come, never = report.pending(late)
    assert late.timeline.starts.tolist() == [2, 4, 6, 8, 10]
    assert to_come.tolist() == [0, 2, 2, 2]
    assert never.tolist() == [0, 0, 0, 0]
    to_come, never = report.pending(world_of(stream, Missing(), tick=2, warmup=2))
    assert to_come.tolist() == [0, 0, 0, 0]
    assert never.tolist() == [2, 4, 6, 8]


def test_weights_are_the_truth_with_names_for_a_legend():
    drifts = [
        Sudden(Sine(1), "20d"),
        Gradual(Shift({"x0": 1.0}), "40d", "10d"),
        Sudden(Sine(2), "50d", slice="user=new"),
    ]
    groups = {"user": Groups({"old": 1, "new": 1})}
    stream = Synthetic(Sine(0), drifts, n=480, rate="8/d", groups=groups)
    world = world_of(stream)
    grid = report.bins(world, 400)
    found = report.weights(stream, world, grid)
    names = ["concept 0", "concept 1", "concept 2 (user=new)", "gradual shift"]
    assert list(found) == names
    day = (grid.edges[:-1] - world.timeline.time[0]) // DAY
    assert found["concept 0"].tolist() == (day < 20).astype(float).tolist()
    assert found["concept 2 (user=new)"].tolist() == (day >= 50).astype(float).tolist()
    assert found["gradual shift"][day == 39].item() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("rate", ["8/d", None])
def test_faults_keep_the_truth_also_where_they_shift_a_clock_of_rows(rate):
    inner = Synthetic(Sine(0), [Sudden(Sine(1), "30d" if rate else 240)], n=400, rate=rate)
    stream = DroppedRows(inner, 0.5, start="10d" if rate else 80)
    world = world_of(stream) if rate else world_of(stream, tick=8, warmup=80)
    (drift,) = [event for event in stream.drift_events(1) if event.target == "concept"]
    grid = report.bins(world, 400)
    found = report.weights(stream, world, grid)
    assert list(found) == ["concept 0", "concept 1"]
    past = grid.edges[:-1] >= drift.start
    assert 2 < past.sum() < len(past) - 2
    assert (found["concept 1"][past] == 1).all()
    assert (found["concept 1"][grid.edges[1:] <= drift.start] == 0).all()


def test_a_table_that_drifts_has_names_for_a_legend_too():
    drifts = [Sudden(Rotation(), "20d"), Gradual(LabelPrior([1, 9]), "30d", "9d", slice="who=1")]
    frame = pd.DataFrame({"a": np.arange(60.0), "b": 0.0, "who": np.arange(60) % 2})
    stream = Resampled(frame.assign(y=np.arange(60) // 30), "y", drifts, n=400, rate="8/d",
                       slices="who")  # fmt: skip
    world = world_of(stream)
    found = report.weights(stream, world, report.bins(world, 400))
    assert list(found) == ["concept 0", "concept 1", "gradual label prior (who=1)"]
    assert_legible(report.draw(stream, world))


def test_a_stream_that_says_nothing_of_its_drifts_keeps_the_names_of_its_truth():
    class Mute:
        def __init__(self, stream):
            self.schema, self.blocks, self.truth = stream.schema, stream.blocks, stream.truth
            self.drift_events = stream.drift_events

    stream = Mute(Synthetic(Sine(0), [Sudden(Shift({"x0": 1}), "20d")], n=400, rate="8/d"))
    world = world_of(stream)
    assert list(report.weights(stream, world, report.bins(world, 99))) == ["concept 0", "inputs 0"]


def test_features_are_standardised_and_those_that_move_are_drawn():
    drifts = [Sudden(Shift({"x3": 2.0}), "20d")]
    stream = Synthetic(Sine(0, irrelevant=5), drifts, n=3200, rate="80/d")
    world = world_of(stream)
    found = report.features(world, report.bins(world, 40))
    assert found.shape[1] == report.LINES
    x = world.timeline.X[:, 3]
    expected = (x[: 80 * 20].mean() - x.mean()) / x.std()
    assert found["x3"][:20].mean() == pytest.approx(expected)
    assert found["x3"].iloc[-1] > 0.8


def test_a_description_says_what_when_and_how_late():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), "20d")], n=320, rate="8/d", start="2025-01-01")
    text = report.describe(stream, world_of(stream, Constant("36h")))
    assert text.startswith(stream.describe())
    assert text.endswith("- labels: median delay 1.5 d")
    broken = DroppedRows(stream, 0.5, start="20d", end="22d")
    text = report.describe(broken, world_of(broken))
    assert "- fault: dropped rows from 20d to 22d\n- labels: at once" in text
    rows = Recorded(pd.DataFrame({"a": [1.0, 2.0, 3.0], "y": [0, 1, 0]}), label="y")
    text = report.describe(rows, world_of(rows, Missing(), tick=1, warmup=0))
    assert text == "Recorded: 3 events, 1 features, 2 classes\n- labels: 100.0% never come"


def test_a_stream_without_a_description_is_told_by_its_changes():
    class Mute:
        def __init__(self, stream):
            self.schema, self.blocks = stream.schema, stream.blocks
            self.drift_events = stream.drift_events

    drifts = [Sudden(Sine(1), "20d"), Gradual(Shift({"x0": 1}), "25d", "4d")]
    stream = Mute(Synthetic(Sine(0), drifts, n=320, rate="8/d", start="2025-01-01"))
    assert report.describe(stream, world_of(stream)).splitlines() == [
        "Mute: 320 events, 2 features, 2 classes",
        "- sudden, concept: 2025-01-21",
        "- gradual, inputs: 2025-01-24 to 2025-01-28",
        "- labels: at once",
    ]
    many = Mute(Synthetic(Sine(0), [Recurring([Sine(1)], "1d")], n=320, rate="8/d"))
    lines = report.describe(many, world_of(many)).splitlines()
    assert len(lines) == 15
    assert lines[-2] == "- and 8 more"


# the figure ---------------------------------------------------------------------------------


def test_panels_that_have_nothing_to_show_are_left_out():
    stream = Synthetic(Sine(0), [Sudden(Sine(1), "20d")], n=320, rate="8/d")
    assert titles(report.draw(stream, world_of(stream, Constant("3d")))) == [
        "weights of concepts", "share of class 1", "standardised means of 2 of 2 features",
        "events per tick (1 d)", "served events whose label is still to come",
    ]  # fmt: skip
    frame = pd.DataFrame({"word": list("abc") * 20, "y": np.arange(60) / 7})
    recorded = Recorded(frame, label="y")
    assert titles(report.draw(recorded, world_of(recorded, tick=5, warmup=5))) == [
        "mean of the target", "events per tick (5 rows)",
    ]  # fmt: skip


def assert_legible(figure):
    """All texts lie in the figure, and no two of them overlap."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    boxes = []
    for axes in figure.axes:
        texts = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
        texts += [axes.xaxis.get_offset_text(), axes.yaxis.get_offset_text()]
        legend = axes.get_legend()
        texts += legend.get_texts() if legend else []
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            texts += [
                tick.label1 for tick in axis.get_major_ticks()
                if low <= tick.get_loc() <= high and tick.label1.get_visible()
            ]  # fmt: skip
        texts = [text for text in texts if text.get_text() and text.get_visible()]
        boxes += [(text.get_text(), text.get_window_extent(renderer)) for text in texts]
    assert len(boxes) > 10
    page = figure.bbox.padded(2)
    for text, box in boxes:
        inside = page.contains(box.x0, box.y0) and page.contains(box.x1, box.y1)
        assert inside, text
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide < 1 or high < 1, (one, other)


@pytest.mark.parametrize("words", [
    "drifting delay=exponential", "inputs delay=missing", "cold_start", "led",
    "faulty_pipeline delay=constant", "friedman", "stagger", "sea tick=100 warmup=1000",
])  # fmt: skip
def test_no_text_covers_another(words):
    config = compose_stream(words.split()[0], words.split()[1:])
    stream = build.instance(config["stream"], "stream")
    delay = build.instance(config["delay"], "delay")
    world = world_of(stream, delay, config["tick"], config["warmup"], config["seed"])
    assert_legible(report.draw(stream, world))
    if words.split()[0] in ("faulty_pipeline", "led"):
        assert_legible(report.draw(stream, world, COLUMN))


def test_long_names_and_many_concepts_fit():
    drifts = [Sudden(Sine(k % 4), f"{20 * k}d", slice="country=new_comers") for k in range(1, 9)]
    groups = {"country": Groups({"old_timers": 1, "new_comers": 1})}
    stream = Synthetic(Sine(0), drifts, n=1600, rate="8/d", groups=groups)
    figure = report.draw(stream, world_of(stream, Constant("3d")))
    assert_legible(figure)
    assert titles(figure)[0] == "weights of concepts in country=new_comers"


# the gallery --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gallery():
    path = ROOT / "experiments" / "gallery" / "gallery.py"
    spec = importlib.util.spec_from_file_location("gallery", path)
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["gallery"] = module  # where dataclasses look for it
    spec.loader.exec_module(module)
    yield module
    del sys.modules["gallery"]


def test_the_gallery_fits_and_its_dots_lie_on_its_lines(gallery):
    assert_legible(gallery.draw())
    counted = 0
    for panel in gallery.panels():
        for curve in gallery.curves(panel, seed=1):
            if len(curve.dots) == 0:
                continue
            width = panel.days / len(curve.dots)
            bins = np.minimum((curve.days / width).astype(int), len(curve.dots) - 1)
            expected = pd.Series(curve.weight).groupby(bins).mean().to_numpy()
            counted += len(expected)
            assert np.abs(curve.shares - expected).max() < 4 / np.sqrt(gallery.PER_DOT / 2) / 2
    assert counted > 300


def test_rows_that_load_late_and_labels_told_otherwise_are_told():
    stream = Warehouse(Synthetic(Sine(), n=400, rate="8/d"), every="7d")
    text = report.describe(stream, world_of(stream, Annotators(3, 0.2)))
    assert "are told otherwise, and never revised" in text
    share = float(text.splitlines()[-1].removeprefix("- rows: ").split("%")[0])
    assert 50 < share < 100
    world = world_of(stream)
    assert report.loading(world).max() > 0
    heads = titles(report.draw(stream, world))
    assert len(set(heads)) == len(heads)
    assert heads[-1] == "events whose label is known, and that cannot be trained on yet"
