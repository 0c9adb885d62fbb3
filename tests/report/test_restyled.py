"""Figures of one's own: one by one, and restyled by a file, without a replay."""

import re

import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from sklearn.linear_model import SGDClassifier

import clsim
from clsim.report.drawing import KINDS
from clsim.report.figures import accuracy_over_time
from clsim.report.parts.part import Drawing, Part
from clsim.report.pictures import check_figures, selected
from clsim.report.restyled import Style, read_style
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import SEA
from clsim.streams.drift import Sudden

STYLE = """
strategies:
  often: {name: every second tick, color: "#0072B2", line: dashed, marker: square}
  never: {name: never retrained, color: black}
only: [often, never]
order: [never]
labels: {accuracy: Accuracy (share of events), total cost of the replay (units): Cost (EUR)}
figures: [total_cost, accuracy_over_time]
width: 3.3
"""


@pytest.fixture(scope="module")
def runs():
    stream = Synthetic(SEA(0), [Sudden(SEA(2), at=800)], n=1600)
    strategies = {"never": Never(), "often": Periodic(every=2), "seldom": Periodic(every=6)}
    made = {name: clsim.Strategy(trigger) for name, trigger in strategies.items()}
    return [
        clsim.replay(stream, made, learner=SGDClassifier(), tick=100, warmup=300, seed=seed)
        for seed in (1, 2)
    ]


@pytest.fixture(scope="module")
def style(tmp_path_factory):
    path = tmp_path_factory.mktemp("style") / "figures.yaml"
    path.write_text(STYLE)
    return path


def test_a_figure_is_renamed_ordered_coloured_selected_and_labelled(runs, style):
    figure = clsim.plot(runs, "accuracy_over_time", width=3.3, style=style)
    [legend] = figure.legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts[:2] == ["never retrained", "every second tick"]
    assert not any("seldom" in text for text in texts)
    first, second = legend.get_lines()[:2]
    assert (to_rgb(first.get_color()), to_rgb(second.get_color())) == (
        to_rgb("k"),
        to_rgb("#0072B2"),
    )
    assert first.get_linestyle() == "-"
    assert second.get_linestyle() == "--"
    assert figure.axes[0].get_ylabel() == "Accuracy (share of events)"
    assert figure.get_figwidth() == pytest.approx(3.3)
    rows = clsim.plot(runs, "total_cost", style=style).axes[0].get_yticklabels()
    assert [row.get_text().replace("\n", " ") for row in rows] == [
        "never retrained", "every second tick",
    ]  # fmt: skip


def test_values_of_a_figure_are_those_of_the_runs(runs):
    """Bars of total cost: the mean of both seeds' losses and retrainings at 20 units each."""
    axes = clsim.plot(runs, "total_cost", prices={"error": 2.0}).axes[0]
    names = [row.get_text() for row in axes.get_yticklabels()]
    totals = [one[names[0]].totals for one in runs]
    first = [bar for bar in axes.patches if bar.get_y() < 0.5]
    assert [bar.get_width() for bar in first] == pytest.approx(
        [sum(2 * t["loss"] for t in totals) / 2, sum(20 * t["retrainings"] for t in totals) / 2]
    )


def test_looks_that_were_not_given_are_apart_from_those_that_were():
    style = Style.from_dict({"strategies": {"a": {"color": "black"}, "b": {"line": "dashed"}}})
    looks = style.looks(["a", "b", "c", "d"])
    assert looks["a"].color == "black"
    assert len({str(look.line) for look in looks.values()}) == 4
    assert len({look.color for look in looks.values()}) == 4


@pytest.mark.slow
def test_runs_out_of_python_have_the_page_of_a_sweep(runs, style, tmp_path):
    home = tmp_path / "report"
    page = clsim.write_report(runs, style=style, to=home, reference="never", n_jobs=1)
    assert page == home / "report.html"
    assert sorted(path.name for path in (home / "figures").glob("*-column.pdf")) == [
        "accuracy_over_time-column.pdf", "total_cost-column.pdf",
    ]  # fmt: skip
    text = page.read_text()
    assert "every second tick" in text
    assert not re.search(r"\boften\b", re.sub(r"<svg.*?</svg>|How often", "", text, flags=re.S))
    assert "seldom" in text  # tables and tests have all


@pytest.mark.parametrize(("given", "said"), [
    ({"strategys": {}}, "style: unknown key 'strategys'; did you mean 'strategies'"),
    ({"strategies": {"a": {"colour": "red"}}}, "unknown key 'colour'; did you mean 'color'"),
    ({"strategies": {"a": {"color": "reddish"}}}, "strategies.a.color='reddish': no colour"),
    ({"strategies": {"a": {"line": "dash"}}}, "unknown value 'dash'; did you mean 'dashed'"),
    ({"only": ["oftn"]}, "style.only: unknown strategy 'oftn'; did you mean 'often'"),
    ({"order": ["never", "never"]}, "a name stands there twice"),
    ({"settings": {"sea": "SEA"}}, "style.settings: unknown setting 'sea'"),
    ({"strategies": {"often": {"name": "never"}}}, "two would be called 'never'"),
    ({"width": 30}, "style.width=30: must be at most 7"),
    ({"only": "never"}, "style.only='never': expected a list"),
])  # fmt: skip
def test_a_style_that_means_nothing_is_refused(runs, given, said):
    with pytest.raises((TypeError, ValueError), match=re.escape(said)):
        clsim.plot(runs, "total_cost", style=given)


@pytest.mark.slow
def test_a_label_that_no_figure_has_is_refused_and_nothing_is_written(runs, tmp_path):
    style = {"figures": ["total_cost", "accuracy_over_time"], "labels": {"acuracy": "x"}}
    said = "unknown text of a figure 'acuracy'; did you mean 'accuracy'"
    with pytest.raises(ValueError, match=said):
        clsim.write_report(runs, style=style, to=tmp_path, n_jobs=1)
    assert not list(tmp_path.iterdir())


def test_a_figure_that_no_part_has_is_refused():
    style = Style.from_dict({"figures": ["total_cots"]})
    part = Part("Cost", drawings=[Drawing("total_cost", None, "")])
    assert selected(style, part).drawings == []
    with pytest.raises(ValueError, match="unknown figure 'total_cots'; did you mean 'total_cost'"):
        check_figures(style, [part])


def test_what_cannot_be_drawn_is_refused(runs):
    with pytest.raises(ValueError, match="unknown value 'accuracy_costs'; did you mean"):
        clsim.plot(runs, "accuracy_costs")
    with pytest.raises(ValueError, match="kind='signals': these runs do not have"):
        clsim.plot(runs, "signals")
    with pytest.raises(ValueError, match="give one of a, b"):
        clsim.plot({"a": runs, "b": runs}, "total_cost")
    with pytest.raises(ValueError, match="to: runs out of Python have no folder"):
        clsim.write_report(runs)
    assert clsim.plot({"a": runs, "b": runs}, "total_cost", setting="b").axes
    assert len(set(KINDS)) == len(KINDS)


def test_a_figure_of_frames_needs_nothing_but_frames(runs):
    by_seed = {run.info.seed: run for run in (one["often"] for one in runs)}
    curve = clsim.analysis.score_over_time(by_seed, per_bin=2)
    figure = accuracy_over_time({"often": curve}, width=3.3)
    drawn = figure.axes[0].get_lines()[0]
    assert drawn.get_ydata().tolist() == curve["mean"].tolist()
    assert figure.axes[1].get_xlabel() == "row of the stream"
    cut = pd.concat([curve, curve.tail(1).assign(n=1, mean=1.0)])  # the end of a log, by chance
    drawn = accuracy_over_time({"often": cut}, width=3.3).axes[0]
    assert drawn.get_lines()[0].get_ydata().tolist() == curve["mean"].tolist()
    days = curve.assign(
        **{edge: pd.to_datetime(curve[edge], unit="D") for edge in ("start", "end")}
    )
    assert "row" not in accuracy_over_time({"often": days}, width=3.3).axes[1].get_xlabel()


def test_a_style_of_none_is_plain():
    assert read_style(None) == Style()
