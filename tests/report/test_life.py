"""The parts of the page that show the whole loop, and that stand only where there is one."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB
from test_figures import check

import clsim
from clsim.analysis.behaviour.cards import report_cards
from clsim.analysis.behaviour.drilling import drill_down
from clsim.analysis.behaviour.lifeline import reuses, rollbacks, trials, waits
from clsim.analysis.cost.keeping import holdings
from clsim.analysis.findings import alarms
from clsim.analysis.findings.paid import terms
from clsim.monitoring import FeatureDistribution
from clsim.monitoring.distances import DISTANCES
from clsim.monitoring.rows import ROW_DISTANCES
from clsim.report.figures.life import signal
from clsim.report.figures.style import COLUMN, FULL, Words
from clsim.report.page import read
from clsim.report.parts import of_section, watching
from clsim.report.parts.cards import cards
from clsim.report.parts.life import lives
from clsim.report.parts.watching import MEASURES, not_drawn
from clsim.rounding import amount
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.guards import Freeze, RollBack
from clsim.strategy.logging import Sample
from clsim.strategy.offline import AllOf, ChampionChallenger, Significance
from clsim.strategy.online import Shadow
from clsim.strategy.reuse import BestFit
from clsim.strategy.triggers import AnyOf, Never, Periodic, Threshold
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from clsim.streams.delays import Constant
from clsim.streams.drift import Periodic as Season
from clsim.streams.drift import Sudden
from conftest import PRICES, world
from helpers.undrawn import write_undrawn

pytestmark = pytest.mark.slow  # whole pages

DRAWN = ("lifelines", "signals", "kept_and_bought")
TITLES = ("Champions and challengers", "Signals", "Events kept and labels bought")


def strategies():
    window = SlidingWindow("10d")
    inputs = Threshold(FeatureDistribution(window=100), above=0.1, name="inputs")
    loop = Strategy(
        AnyOf([inputs, Periodic("5d")]), window,
        offline=AllOf(
            [ChampionChallenger(40, -0.05), Significance("not_worse", margin=0.5, holdout=40)]
        ),
        online=Shadow("2d", margin=-0.02, min_labels=20), logging=Sample(0.6),
        guard=RollBack(margin=0.0, within="10d", window=60, min_labels=20),
        curation=Buying(Random(), Fixed(5), natural=True, delay="1d"),
    )  # fmt: skip
    return {"never": Strategy(Never(), window), "the <loop>": loop}


@pytest.fixture(scope="module")
def loops(tmp_path_factory):
    """A sweep of two strategies and two seeds with its report."""
    folder = tmp_path_factory.mktemp("loops")
    trigger = {"triggers": [{"monitor": {"distance": "l_infinity"}, "above": 0.1,
                             "name": "inputs"}, {"every": "5d"}]}  # fmt: skip
    for seed in (1, 2):
        runs = clsim.replay(world(), strategies(), learner=GaussianNB(), tick="1d", warmup="10d",
                            seed=seed, delay=Constant("1d"), record="events")  # fmt: skip
        for k, (name, run) in enumerate(runs.items()):
            run.config = {
                "seed": seed, "strategy": {"name": name, "trigger": trigger if k else {}},
                "prices": {**PRICES, "bought": 0.5, "logged": 0.01},
            }  # fmt: skip
            run.save(folder / f"{seed}{k}".rjust(12, "0"))
    write_undrawn(folder)
    return folder


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """A sweep of one run on a stream that has no time, whose configuration says nothing."""
    folder = tmp_path_factory.mktemp("rows")
    strategy = Strategy(
        Periodic(3), SlidingWindow(200), online=Shadow(100, min_labels=20), logging=Sample(0.8),
        monitors={"inputs": FeatureDistribution(window=100)},
    )  # fmt: skip
    stream = Synthetic(Sine(0), [Sudden(Sine(1), at=1000)], n=2000)
    runs = clsim.replay(stream, {"it": strategy}, learner=GaussianNB(), tick=50, warmup=500)
    runs["it"].save(folder / ("0" * 12))
    write_undrawn(folder)
    return folder


def table(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv")


def section_of(folder):
    _, (section,), _ = read(folder)
    return section


def test_every_kind_of_thing_happens_in_it(loops):
    run = section_of(loops).setting.runs["the <loop>"][1]
    assert {"promoted", "rejected"} <= set(trials(run)["verdict"])
    assert len(rollbacks(run)) > 0
    assert run.signals["alarm"].any()


def test_each_challenger_has_a_line_that_opens_to_its_card(loops):
    [run, other] = section_of(loops).setting.runs["the <loop>"].values()
    found, shown = table(loops, "report_cards"), cards(section_of(loops)).html
    assert len(found) == len(report_cards(run)) + len(report_cards(other))
    lines = report_cards(run)
    tested = lines.drop_duplicates(["tick", "kind", "model"])
    assert shown.count("<details>") == min(len(tested), 20)
    last = lines.iloc[-1]
    assert f"model {last['model']} against model {last['against']}, tested on" in shown
    assert ">not worse<" in shown
    assert "Tests of challengers" in (loops / "report.html").read_text()


def test_the_last_alarms_are_taken_apart(loops):
    run = section_of(loops).setting.runs["the <loop>"][1]
    made = table(loops, "what_made_it")
    fired = run.signals.loc[run.signals["alarm"], "tick"].unique()
    assert made["tick"].unique().tolist() == fired[-3:].tolist()
    last = made[made["tick"] == fired[-1]].reset_index(drop=True)
    expected = drill_down(run, "inputs", int(fired[-1])).head(3)
    assert last["of"].tolist() == expected["of"].tolist()
    assert last["share"].tolist() == pytest.approx(expected["share"].tolist())
    page = (loops / "report.html").read_text()
    assert "What made it: " in page
    assert "are taken apart" not in page  # there are two alarms, and both are
    assert page.count(": inputs of the &lt;loop&gt;</summary>") == 2
    cells = table(loops, "cells_behind")
    assert set(cells["alarm_tick"]) == set(made["tick"])
    given = cells[cells["alarm_tick"] == fired[-1]].groupby("of")["contribution"].max()
    values = run.signals[(run.signals["tick"] == fired[-1]) & run.signals["alarm"]]
    assert given.to_dict() == pytest.approx(dict(zip(values["of"], values["value"], strict=True)))
    assert "Bins, classes and rows are there where events are recorded" not in page


def test_the_page_says_how_many_alarms_it_leaves_out(loops, monkeypatch):
    section = section_of(loops)
    monkeypatch.setattr(alarms, "ALARMS", 1)
    part = watching.signals(section)
    assert "Of 2 alarms 1 are taken apart." in part.html
    assert len(part.tables["what_made_it"]["tick"].unique()) == 1


@pytest.mark.parametrize("sweep_of", ["loops", "rows"])
@pytest.mark.parametrize("width", [COLUMN, FULL])
def test_no_text_is_clipped_or_covered(sweep_of, width, request):
    section = section_of(request.getfixturevalue(sweep_of))
    drawings = [drawing for part in of_section(section) for drawing in part.drawings]
    chosen = [drawing for drawing in drawings if drawing.name in DRAWN]
    assert [drawing.name for drawing in chosen] == list(DRAWN)
    for drawing in chosen:
        check(drawing.draw(width))


@pytest.mark.parametrize("width", [COLUMN, FULL])
@pytest.mark.parametrize("count", [1, 3, 5])
def test_many_lines_of_a_signal_have_a_panel_each(width, count):
    values = pd.DataFrame({f"a long name of x{k}": [0.1 * k, 0.5, 0.2] for k in range(count)})
    alarms = values > 0.45
    words = Words("accuracy", "errors", "units", False, "1 tick", 1)
    figure = signal(values, alarms, np.arange(3), "what is measured", [0.45], [], words, "5", width)
    check(figure)
    panels = [axes for axes in figure.axes if axes.axison]
    assert len(panels) == (5 if count == 5 else 1)
    for axes, name in zip(panels, values, strict=False):
        drawn = [line.get_ydata() for line in axes.lines if len(line.get_ydata()) == 3]
        assert any((ys == values[name]).all() for ys in drawn)
        assert sum(line.get_marker() == "|" for line in axes.lines) == 1


def test_lines_that_are_not_drawn_are_said(rows):
    run = section_of(rows).setting.runs["it"][0]
    whole = run.signals[run.signals["of"] == "x0"]
    names = [f"z{k}" for k in range(8)]
    signals = pd.concat([whole.assign(of=name, value=whole["value"] * (9 - k) / 9)
                         for k, name in enumerate(names)])  # fmt: skip
    made = SimpleNamespace(signals=signals, ticks=run.ticks)
    high = signals.loc[signals["of"].isin(["z6", "z7"]), "value"].max()
    said = not_drawn(made, "inputs")
    assert "Drawn are the 6 of 8 lines" in said
    assert "The others (z6, z7) lay between" in said
    assert f"and {amount(high)}, and no rule fired on them." in said
    few = SimpleNamespace(signals=signals[signals["of"] < "z6"], ticks=run.ticks)
    assert not_drawn(few, "inputs") == ""


def test_the_tables_are_those_of_analysis(loops):
    runs = section_of(loops).setting.runs["the <loop>"]
    for name, of in (("trials", trials), ("rollbacks", rollbacks)):
        expected = pd.concat([of(run) for run in runs.values()], ignore_index=True)
        shown = table(loops, name)
        assert set(shown["strategy"]) == {"the <loop>"}
        pd.testing.assert_frame_equal(
            shown.drop(columns=["strategy", "seed"]), expected, check_dtype=False
        )
    held = table(loops, "kept_and_bought").set_index(["strategy", "seed"])
    for seed, run in runs.items():
        last = holdings(run).iloc[-1]
        found = held.loc["the <loop>", seed]
        assert found["kept_cost"] == pytest.approx(0.01 * last["kept"])
        assert found["bought_cost"] == pytest.approx(0.5 * run.totals["bought"])
        assert found["ordered"] == run.totals["bought"]
        assert found["kept"] == run.totals["logged"] < run.totals["n"] == found["served"]


def test_the_page_says_what_befell_the_challengers_of_the_first_seed(loops):
    page = (loops / "report.html").read_text()
    run = section_of(loops).setting.runs["the <loop>"][1]
    verdicts, back = trials(run)["verdict"], len(rollbacks(run))
    won, lost = ((verdicts == word).sum() for word in ("promoted", "rejected"))
    undone = "one was" if back == 1 else f"{back} were"
    said = f"With seed 1, the &lt;loop&gt; ended {won + lost} trials, promoted {won} of the challen"
    assert f"{said}gers, of which {undone} taken back." in page
    for title in TITLES:
        assert f"<h2>{title}</h2>" in page
    assert "Signal inputs of the &lt;loop&gt;, seed 1." in page


def test_the_table_of_strategies_has_the_columns_that_tell_them_apart(loops, original):
    headings = ["events kept", "labels bought", "trials", "rollbacks"]
    for folder, there in ((loops, headings), (original, [])):
        page = (folder / "report.html").read_text()
        (head,) = re.findall(r"<table[^>]*data-section.*?</thead>", page, re.DOTALL)
        found = re.findall(r'<button type="button">([^<]*)</button>', head)
        assert [heading for heading in found if heading in headings] == there


def test_a_page_without_a_loop_says_nothing_of_one(original):
    page = (original / "report.html").read_text()
    for title in TITLES:
        assert title not in page
    assert not any((original / "figures" / f"{name}.pdf").exists() for name in DRAWN)
    assert "logged" not in [term.key for term in terms(section_of(original))]


def test_what_was_held_and_re_used_is_told_where_nothing_was_tried(tmp_path):
    """A world that comes back every 20 days, and a model that waits for two ticks."""
    strategy = Strategy(
        Periodic("10d"), SlidingWindow("5d"), guard=Freeze(ticks=[[10, 11]]),
        reuse=BestFit(margin=0.1, window=100, min_labels=50),
    )  # fmt: skip
    season = Season(Sine(1), "40d", phase=0.25, shape="square")
    stream = Synthetic(Sine(0), [season], n=1_600, rate="20/d")
    run = clsim.replay(stream, {"it": strategy}, learner=GaussianNB(), tick="1d", warmup="10d")
    run["it"].save(tmp_path / ("0" * 12))
    part = lives(section_of(tmp_path))
    assert run["it"].totals["reuses"] > 0
    (wait,) = waits(run["it"]).to_dict("records")
    assert (
        "A model that was promoted may be taken back, one that has retired may serve" in part.lead
    )
    assert "took back no models, re-used a retired model" in part.lead
    assert part.lead.endswith(", held one until a freeze ended.</p>")
    assert wait["reason"] in part.html
    assert "Retired models that served again instead of a training." in part.html
    expected = reuses(run["it"])
    pd.testing.assert_frame_equal(part.tables["reuses"][list(expected)], expected)
    figure = part.drawings[0].draw(COLUMN)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert "re-used" in labels
    assert "taken back" not in labels


def test_without_time_what_befell_is_told_by_row(rows):
    page = (rows / "report.html").read_text()
    first = trials(next(iter(clsim.load(rows).runs.values()))).iloc[0]
    assert f"{first['model']} against {first['champion']}" in page
    assert f"row {500 + 50 * first['tick']:,}" in page


def test_what_is_kept_and_bought_is_priced(loops):
    section = section_of(loops)
    named = {term.key: term for term in terms(section)}
    assert named["logged"].unit == "event kept"
    assert named["bought"].label == "labels bought"
    total = sum(term.price * term.counts for term in named.values())
    assert total.tolist() == pytest.approx(section.table["total"].tolist())


def test_every_distance_has_words():
    assert set(MEASURES) == {*DISTANCES, *ROW_DISTANCES, "p_value"}
