"""Figures at both widths: no text over another, none out of the figure, names kept apart."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Annotation, Text

import clsim
from clsim.report.figures.comparing import critical_difference
from clsim.report.figures.cost import accuracy_cost, total_cost
from clsim.report.figures.hindsight import against_controls
from clsim.report.figures.labels import obstacles
from clsim.report.figures.style import (
    BLUE,
    COLUMN,
    FULL,
    LOOKS,
    Words,
    in_style,
    new_figure,
    save,
    settle,
)
from clsim.report.figures.time import mark_drifts, seldom
from clsim.report.figures.worth import signal_value
from clsim.report.page import read
from clsim.report.parts import of_all, of_section
from clsim.types import DriftEvent
from helpers.examples import share

WORDS = Words("accuracy", "wrong predictions", "EUR", True, "4 ticks, 192 events", 5)


def texts(figure):
    """(text, box in pixels) of all that is written in a figure that was laid out."""
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    hidden = set()
    for axes in [*figure.axes, *(child for a in figure.axes for child in a.child_axes)]:
        for axis in (axes.xaxis, axes.yaxis):
            drawn = set() if not axes.axison else {t.label1 for t in axis._update_ticks()}
            hidden |= {t.label1 for t in (*axis.majorTicks, *axis.minorTicks)} - drawn
            hidden |= {t.label2 for t in (*axis.majorTicks, *axis.minorTicks)}
    found = figure.findobj(lambda a: isinstance(a, Text) and a.get_visible() and a.get_text())
    return [(t.get_text(), t.get_window_extent(renderer)) for t in found
            if t not in hidden]  # fmt: skip


def check(figure):
    """No text leaves the figure, and none covers another."""
    settle(figure)
    frame = figure.bbox
    boxes = texts(figure)
    assert boxes
    for text, box in boxes:
        inside = (
            box.x0 >= frame.x0 - 1 and box.x1 <= frame.x1 + 1
            and box.y0 >= frame.y0 - 1 and box.y1 <= frame.y1 + 1
        )  # fmt: skip
        assert inside, f"{text!r} is clipped"
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        width = min(a.x1, b.x1) - max(a.x0, b.x0)
        height = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert min(width, height) <= 1, f"{one!r} covers {other!r}"


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_no_text_of_a_report_is_clipped_or_covered(known, width):
    _, sections, _ = read(known)
    names = set()
    for part in [*of_section(sections[0]), *of_all(sections)]:
        for drawing in part.drawings:
            figure = drawing.draw(width)
            check(figure)
            assert figure.get_size_inches()[0] == width
            names.add(drawing.name)
    assert names >= {
        "accuracy_cost", "total_cost", "opportunity_cost", "accuracy_over_time", "freshness",
        "schedule_cost", "regret", "controls", "harm", "walk_forward", "left_out",
        "interquartile_mean",
    }  # fmt: skip


def points(costs, scores, names):
    frame = pd.DataFrame({"cost": costs, "score": scores}, index=names, dtype=float)
    for bound in ("cost_low", "cost_high", "score_low", "score_high"):
        frame[bound] = np.nan
    frame["pareto"] = clsim.analysis.pareto(frame["cost"], frame["score"])
    frame["cheapest"] = frame.index == names[0]
    return frame


def names_drawn(figure, names):
    """Names of points that the axes hold, and their boxes."""
    joined = {name.replace(" ", ""): name for name in names}
    return [
        (joined[t.get_text().replace("\n", "").replace(" ", "")], t.get_window_extent())
        for t in figure.axes[0].texts if isinstance(t, Annotation)
    ]  # fmt: skip


@hypothesis_settings(share(1 / 8), phases=[Phase.generate])
@given(data=st.data(), width=st.sampled_from([COLUMN, FULL]))
def test_names_of_points_never_touch(data, width):
    n = data.draw(st.integers(1, 14))
    numbers = st.floats(0, 1, width=32)
    costs = [1e4 * data.draw(numbers) ** 3 for _ in range(n)]
    scores = [data.draw(numbers) for _ in range(n)]
    names = [f"strategy number {k} of many" for k in range(n)]
    figure = accuracy_cost(points(costs, scores, names), {}, WORDS, np.nan, width=width)
    drawn = names_drawn(figure, names)
    frame = figure.axes[0].get_window_extent()
    for _, box in drawn:
        assert frame.x0 - 1 <= box.x0
        assert box.x1 <= frame.x1 + 1
    for (_, a), (_, b) in itertools.combinations(drawn, 2):
        assert not (min(a.x1, b.x1) > max(a.x0, b.x0) and min(a.y1, b.y1) > max(a.y0, b.y0))
    assert names[0] in dict(drawn)  # the choice is always named
    marks = figure.axes[0].transData.transform(np.column_stack([costs, scores]))
    for name, box in drawn:
        assert name == names[0] or box.count_contains(marks) == 0


def test_points_at_one_place_leave_names_out_rather_than_over_each_other():
    names = [f"a rather long name of a strategy, number {k}" for k in range(16)]
    figure = accuracy_cost(points([5.0] * 16, [0.5] * 16, names), {}, WORDS, np.nan, width=COLUMN)
    drawn = names_drawn(figure, names)
    assert 1 <= len(drawn) <= 16
    for (_, a), (_, b) in itertools.combinations(drawn, 2):
        assert not a.overlaps(b)


@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_signals_that_need_the_same_are_named_apart(width):
    worth = pd.DataFrame({
        "signal": ["distance of inputs", "the labels' own loss", "an estimate", "answers"],
        "labels": [0, 5_400, 5_400, 0], "seconds": [0.007, 0.003, 0.016, 0.0075],
        "worth": [120.0, 183, 157, 48], "worth_low": [-10, 169, 74, np.nan],
        "worth_high": [264, 198, 239, np.nan], "hindsight": 224.0,
    })  # fmt: skip
    for ranking in (worth.iloc[:0], worth.assign(worth=worth["worth"] - 90)):
        figure = signal_value(worth, ranking, "EUR", width=width)
        check(figure)
        for axes in figure.axes:
            names = {t.get_text().replace("\n", " ") for t in axes.texts}
            assert names == set(worth["signal"])
    unknown = signal_value(worth.assign(seconds=np.nan), worth.iloc[:0], width=width)
    check(unknown)
    assert [bool(axes.texts) for axes in unknown.axes] == [True, False]


RANKS = {
    "Demsar": [3.143, 2.0, 2.893, 1.964],
    "close": [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 8.5, 8.6, 8.7, 8.8],
    "many": list(np.arange(1.0, 15.0)),
    "three": [1.0, 2.0, 3.0],
}


def test_an_interval_beyond_reason_does_not_flatten_the_figure():
    frame = points([0, 100, 900], [0.5, 0.7, 0.8], ["a", "b", "c"])
    frame["score_low"], frame["score_high"] = [0.45, -9.0, 0.75], [0.55, 10.0, 0.85]
    figure = accuracy_cost(frame, {}, WORDS, np.nan)
    low, high = figure.axes[0].get_ylim()
    assert 0.2 < low < 0.5
    assert 0.8 < high < 1.05


@pytest.mark.parametrize("width", [COLUMN, FULL])
@pytest.mark.parametrize("ranks", RANKS.values(), ids=RANKS)
def test_critical_difference_diagrams(ranks, width):
    names = [f"every {k}d, with a gate" for k in range(len(ranks))]
    series = pd.Series(ranks, index=names)
    cliques = [names[:2], names[1:3], names[2:]]
    check(critical_difference(series, 1.25, cliques, width))


def test_a_critical_difference_is_drawn_to_scale():
    ranks = pd.Series([3.143, 2.0, 2.893, 1.964], index=["a", "b", "c", "d"])
    figure = critical_difference(ranks, 1.25, [["d", "b", "c"], ["b", "c", "a"]])
    scale, *rest = figure.axes[0].lines
    unit = np.ptp(scale.get_xdata()) / 3  # ranks 1 to 4
    bar = next(line for line in rest if line.get_color() == BLUE)
    assert np.ptp(bar.get_xdata()) == pytest.approx(1.25 * unit)
    thick = [line for line in rest if line.get_linewidth() == 2.4]
    assert [np.ptp(line.get_xdata()) - 0.08 for line in thick] == pytest.approx(
        [(2.893 - 1.964) * unit, (3.143 - 2.0) * unit]
    )


@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_total_cost_with_long_names_and_all_prices(width):
    names = [f"stateful training with a budget of {k} in 30 days, gated" for k in range(12)]
    parts = pd.DataFrame(
        np.arange(12.0 * 6).reshape(12, 6) * 1000, index=names,
        columns=["wrong predictions", "retrainings", "rows trained", "labels", "votes", "waiting"],
    )  # fmt: skip
    total = parts.sum(axis=1)
    bounds = pd.DataFrame({"mean": total, "low": total * 0.9, "high": total * 1.2})
    check(total_cost(parts, bounds, WORDS, width))


def test_changes_that_come_often_are_not_marked():
    axes = Figure().subplots()
    daily = [DriftEvent("periodic", 10 * k, 10 * k + 5) for k in range(50)]
    walk, sudden = DriftEvent("random walk", 0, 500), DriftEvent("sudden", 90, 90)
    faults = [DriftEvent("fault: null x", 480, 900, "data"), DriftEvent("sudden", 700, 700)]
    found = seldom([*daily, walk, sudden, *faults], 0, 500)
    assert found == [sudden, faults[0]], "of the fault, 20 of 500 are seen"
    assert (
        len(seldom([DriftEvent("sudden", k, k, slice=f"u={k % 2}") for k in range(12)], 0, 9)) > 6
    )
    handles = mark_drifts([axes], [sudden], False)
    assert [h.get_label() for h in handles] == ["sudden drift"]
    assert len(axes.lines) == 1
    assert len(axes.patches) == 0


def test_looks_differ_in_more_than_colour():
    assert len({look.marker for look in LOOKS}) == len(LOOKS)
    assert len({str(look.line) for look in LOOKS}) == len(LOOKS)


def control_rows(never, every_tick):
    names = ["never", "every 7d, with a gate", "drift detector of a long name"]
    costs = {"cost": [100.0, 90, 95], "even": [100.0, 92, 93], "periodic": [np.nan, 92, 94],
             "random": [100.0, 95, 96], "random_low": [np.nan, 91, 92],
             "random_high": [np.nan, 99, 99], "optimum": [100.0, 85, 84]}  # fmt: skip
    return pd.DataFrame(costs, index=names).assign(never=never, every_tick=every_tick)


def drawn_at(figure, marker):
    """Where along the axis marks of a kind stand."""
    axes = figure.axes[0]
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [x for line in lines for x in line.get_xdata() if not np.isnan(x)]


@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_never_and_every_tick_stand_beside_the_controls(width):
    figure = against_controls(control_rows(100.0, 110.0), WORDS, width)
    check(figure)
    assert drawn_at(figure, "s") == [100.0] * 3
    assert drawn_at(figure, "v") == [110.0] * 3
    assert drawn_at(figure, ">") == drawn_at(figure, "<") == []


@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_a_control_far_away_is_an_arrow_and_does_not_squeeze_the_rest(width):
    figure = against_controls(control_rows(-4000.0, [98765.0, 98765.0, 99000.0]), WORDS, width)
    check(figure)
    low, high = figure.axes[0].get_xlim()
    assert 70 < low < 84
    assert 100 < high < 120
    assert drawn_at(figure, ">") == [0.985] * 3, "in fractions of the axes"
    assert drawn_at(figure, "<") == [0.015] * 3
    told = " ".join(t.get_text().replace("\n", " ") for t in figure.legends[0].get_texts())
    assert "retraining at every tick: 98,765 to 99,000 (arrow)" in told
    assert "never retraining: \u22124,000 (arrow)" in told


def test_a_line_that_starts_at_nothing_on_a_logarithmic_axis_is_an_obstacle_of_few_boxes():
    figure = Figure()
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.set_xlim(1, 100)
    none = pd.DataFrame(
        columns=["cost", "cost_low", "cost_high", "score", "score_low", "score_high"]
    )
    found = obstacles(axes, none, [np.array([[0.0, 0.0], [10.0, 0.5], [50.0, 0.6]])])
    assert 10 < len(found) < 3000
    widest = max(min(box.width, box.height) for box in found)
    assert widest < 30, "the boxes around a slanting line are small"


def test_a_bitmap_has_two_hundred_dots_in_an_inch(tmp_path):
    with in_style():
        figure = new_figure(FULL, 2)
        figure.subplots().plot([0, 1])
    save(figure, tmp_path, "figure")
    height, width = imread(tmp_path / "figure.png").shape[:2]
    assert (width, height) == (round(200 * FULL), 400)
