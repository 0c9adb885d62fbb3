"""The parts of the page say what analysis says, and stand only where their data do."""

import re
import shutil
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.naive_bayes import GaussianNB

import clsim
from clsim.analysis.behaviour.beginning import first_models
from clsim.analysis.cost.breakeven import switches
from clsim.analysis.cost.schedule_cost import cost_by_period
from clsim.analysis.findings.paid import terms
from clsim.hindsight.optimum import optimum
from clsim.hindsight.regret import of_run
from clsim.hindsight.schedules import controls
from clsim.hindsight.table import Counterfactual
from clsim.report.figures.style import COLUMN, new_figure, save, signs_named_once
from clsim.report.page import read
from clsim.report.parts import of_section
from clsim.report.parts.cost import cost_kinds
from clsim.report.parts.numbers import block
from clsim.report.parts.prices import most_of
from clsim.report.parts.schedule import break_even, by_interval
from clsim.report.parts.time import marks_of, over_time
from clsim.report.parts.verdict import beginning
from clsim.runs.ledger import Prices
from clsim.strategy import Strategy
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Sine
from helpers.undrawn import write_undrawn

pytestmark = pytest.mark.slow  # whole pages

PRICES = Prices(currency="EUR")

HINDSIGHT = {"freshness", "schedule_cost", "regret", "controls"}
"""Figures that need a counterfactual table (the sweep has too few intervals of its own)."""


def table(folder, name):
    return pd.read_csv(folder / "tables" / f"{name}.csv")


def figures(folder):
    return {p.stem for p in (folder / "figures").glob("*.pdf") if not p.stem.endswith("-column")}


def test_hindsight_stands_where_there_are_tables(original, known):
    assert not HINDSIGHT & figures(original)
    assert figures(known) >= HINDSIGHT


def test_the_page_says_how_many_labels_the_first_models_had(known, tmp_path, fill):
    page = (known / "report.html").read_text()
    first = first_models(read(known)[1][0].setting)
    assert len(first) == 8
    (events,), (labels,) = set(first["events"]), set(first["labels"])
    assert "The first model had the labels of all 480 events of the warm-up" in page
    assert (events, labels) == (480, 480)
    fill(tmp_path, only=["never"], seeds=(1,), warmup_labels="as_recorded")
    said = str(beginning(read(tmp_path)[1][0]))
    # 48 a day, each a day late: those of nine days, and the one that comes just when it ends
    assert (
        "had the labels of 433 of the 480 events of the warm-up, and was trained on these" in said
    )
    assert "<code>warmup_labels=as_recorded</code>" in said


def test_regret_is_that_of_analysis_and_adds_up(known):
    shown = table(known, "regret").set_index("strategy")
    tables = {
        seed: Counterfactual.load(known / "counterfactual" / f"seed {seed}.parquet")
        for seed in (1, 2)
    }
    found = {}
    for run in clsim.load(known).runs.values():
        told = of_run(run, tables[run.info.seed], PRICES)
        name = run.config["strategy"]["name"]
        if told.regret is not None:
            found.setdefault(name, []).append(told.regret)
    assert set(shown.index) == set(found) == {"never", "every 1d", "every 5d"}
    for name, regrets in found.items():
        assert shown["regret_mean"][name] == pytest.approx(np.mean([r.total for r in regrets]))
        for part in ("path", "gate", "late", "early", "spend", "data"):
            mean = np.mean([getattr(r, part) for r in regrets])
            assert shown[part][name] == pytest.approx(mean, abs=1e-9)
    parts = shown[["path", "gate", "late", "early", "spend", "data"]].sum(axis=1)
    assert parts.to_dict() == pytest.approx(shown["regret_mean"].to_dict())
    costs = table(known, "strategies").query("quantity == 'total'").set_index("strategy")["mean"]
    best = np.mean([optimum(t, PRICES).cost for t in tables.values()])
    assert (costs[shown.index] - best).to_dict() == pytest.approx(shown["regret_mean"].to_dict())


def test_what_has_no_regret_is_named_with_the_reason(known):
    page = (known / "report.html").read_text()
    after = page[page.index("Strategies that have no regret") :]
    assert 'data-v="gated &lt;weekly&gt;"' in after[: after.index("</table>")]


def test_a_table_of_another_world_is_refused_or_left_out(known, tmp_path):
    other = shutil.copytree(known, tmp_path / "other")
    file = other / "counterfactual" / "seed 1.parquet"
    loaded = Counterfactual.load(file)
    replace(loaded, setting=replace(loaded.setting, seed=2)).save(file)
    with pytest.raises(ValueError, match=r"counterfactual .*seed 2 says of no run what it served"):
        write_undrawn(other, counterfactual=file)
    page = write_undrawn(other).read_text()
    assert "A counterfactual table is left out" in page
    assert "Of all seeds, these have a table: 2." in page


def test_a_table_belongs_to_the_setting_whose_runs_it_covers_best(known, tmp_path, fill):
    both = fill(tmp_path / "both", delays=["0d", "1d"], only=["never", "every 5d"])
    write_undrawn(both, counterfactual=known / "counterfactual")
    assert "regret-1d" in figures(both)  # a delay of one day, as the tables have
    assert "regret-0d" not in figures(both)


def test_a_table_elsewhere_can_be_named(sweep, known):
    write_undrawn(sweep, counterfactual=known / "counterfactual")
    for name in ("regret", "controls"):
        pd.testing.assert_frame_equal(table(sweep, name), table(known, name))


def test_what_waiting_costs_stands_where_the_sweep_has_the_same_jobs_without(sweep, fill, tmp_path):
    assert "waiting" not in figures(sweep)
    now = fill(tmp_path / "now", delays=["0d"])
    late = {r.config["strategy"]["name"] + str(r.info.seed): (k, r)
            for k, r in clsim.load(sweep).runs.items()}  # fmt: skip
    expected = {}
    for key, run in clsim.load(now).runs.items():
        name = run.config["strategy"]["name"]
        of, other = late[name + str(run.info.seed)]
        run.config["counterpart"] = {"of": of, "as": "no_delay"}
        run.save(sweep / f"{key[:-1]}x")
        loss = other.totals["loss"] - run.totals["loss"]
        trained = other.totals["retrainings"] - run.totals["retrainings"]
        expected.setdefault(name, []).append(loss + 20 * trained)
    write_undrawn(sweep)
    shown = table(sweep, "waiting")
    assert len(shown) == 8
    means = shown.groupby("strategy")["difference"].mean()
    assert means.to_dict() == pytest.approx({k: np.mean(v) for k, v in expected.items()})
    assert "waiting" in figures(sweep)


def test_break_even_is_that_of_analysis(original):
    shown = table(original, "break_even")
    _, (section,), _ = read(original)
    expected = pd.concat([switches(section.table, PRICES, key) for key in
                          ("error", "retraining", "row")], ignore_index=True)  # fmt: skip
    assert shown["at"].tolist() == pytest.approx(expected["at"].tolist())
    assert shown["below"].tolist() == expected["below"].tolist()


@pytest.mark.parametrize(
    "prices",
    [
        {},
        {"error": 0.5, "retraining": 3.0, "row": 0.01, "label": 0.2, "waiting": 0.1},
        {"error": [[0.5, 1], [7, 0]], "retraining": 2.5, "label": 1.0},
        {"logged": 0.01, "bought": 2.0},
    ],
)
def test_the_terms_add_up_to_the_total(original, prices):
    _, (section,), _ = read(original, prices)
    total = sum(term.price * term.counts for term in terms(section))
    assert total.tolist() == pytest.approx(section.table["total"].tolist())
    assert cost_kinds(section).sum(axis=1).to_dict() == pytest.approx(
        section.means["total"].to_dict()
    )
    data = block(section, terms(section), most_of(terms(section), section))
    priced = [t["price"] for t in data["terms"]]
    for one in data["strategies"]:
        mean = np.mean(np.dot(priced, np.array(one["counts"])))
        assert mean == pytest.approx(section.means["total"][one["name"]])


def test_a_floor_that_no_strategy_meets_is_said_with_the_nearest(sweep):
    page = write_undrawn(sweep, prices={"floor": 0.999}).read_text()
    best = table(sweep, "strategies").query("quantity == 'score'").set_index("strategy")["mean"]
    text = re.search(r"<div class=answers.*?<dd>(.*?)</dd>", page)[1]
    assert text.startswith("No strategy reaches a mean score of 0.999.")
    assert f"The nearest is &#39;{best.idxmax()}&#39;" in text


def test_one_seed_of_one_stream_gives_the_interval_over_its_ticks(tmp_path, fill):
    fill(tmp_path, seeds=[1])
    page = write_undrawn(tmp_path).read_text()
    assert re.search(r"95% interval [^)]*by blocks of \d+ ticks of this one stream", page)
    iqm = table(tmp_path, "interquartile_mean")
    assert iqm[["low", "high", "on_frontier"]].isna().all(axis=None)
    assert "No Friedman test" in page


def test_several_worlds_are_compared_together(tmp_path, fill, monkeypatch):
    def words(section):  # figures of each setting are not what is tested
        return [replace(part, drawings=[]) for part in of_section(section)]

    monkeypatch.setattr("clsim.report.body.of_section", words)
    only = ["never", "every 1d", "every 5d"]
    for world in range(7):
        delays = ["0d", "1d"] if world == 0 else ["1d"]
        seeds = [2 * world + 1, 2 * world + 2]
        kind = {"stream": {"_target_": "clsim.streams.Synthetic", "variant": world}}
        fill(tmp_path, seeds=seeds, delays=delays, only=only, also=kind)
    page = write_undrawn(tmp_path).read_text()
    assert "<h2>Settings at a glance</h2>" in page
    assert "Friedman&#39;s test over 7 worlds" in page
    assert "The 8 settings are of 7 worlds" in page
    assert re.search(r"if they differ so, [\d,]+ worlds tell them apart", page)
    assert table(tmp_path, "worlds")["settings"].tolist() == [2, 1, 1, 1, 1, 1, 1]
    assert "critical_difference" in figures(tmp_path)
    assert set(table(tmp_path, "left_out")["split"]) == {"seeds", "settings"}
    pairs = table(tmp_path, "pairs")
    assert len(pairs) == 2
    bib = (tmp_path / "tables" / "methods.bib").read_text()
    for key in ("demsar2006", "friedman1937", "nemenyi1963", "benavoli2017", "holm1979"):
        assert f"{{{key}," in bib


def test_the_strip_marks_deployments_rejections_and_rollbacks(original):
    _, (section,), _ = read(original)
    run = section.setting.runs["gated <weekly>"][1]
    told = run.events
    back = told[told["kind"] == "deploy"].iloc[[2]].assign(kind="rollback")
    run._tables["events"] = pd.concat([told, back], ignore_index=True)
    seed, marks = marks_of(section, section.order)
    assert seed == 1
    found = marks["gated <weekly>"]
    assert len(found["deploy"]) == run.totals["deployments"]
    assert len(found["rejected"]) == run.totals["rejected"] > 0
    assert list(found["rollback"]) == list(back["time"])
    figure = over_time(section).drawings[0].draw(COLUMN)
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert {"challenger rejected", "rollback"} <= set(labels)


def test_figures_are_drawn_when_asked_for_and_not_before(original, monkeypatch):
    from matplotlib.figure import Figure

    def never(*args, **kwargs):
        raise AssertionError("a figure was made")

    _, (section,), _ = read(original)
    monkeypatch.setattr(Figure, "__init__", never)
    assert sum(len(part.drawings) for part in of_section(section)) > 4


def test_the_circles_lie_between_the_luckiest_and_the_unluckiest_phase(tmp_path, fill, tables_of):
    """A strategy of the sweep is one of the phases over which a line is averaged."""
    prices = {"retraining": 20.0, "label": 0.5, "currency": "EUR"}
    for every in ("2d", "4d", "8d", "20d"):
        chosen = {f"every {every}": Strategy(Periodic(every), SlidingWindow("10d"))}
        fill(tmp_path, chosen=chosen, prices=prices)
    tables_of(tmp_path)
    _, (section,), _ = read(tmp_path)
    assert section.reference == "every 2d", "not the schedule that the lines are reckoned against"
    part = by_interval(section)
    curve = part.tables["schedule_cost_table"].set_index("every")
    points = part.tables["schedule_cost"].set_index("every")
    assert list(points.index) == [2, 4, 8, 20]
    low, high = (curve.loc[points.index, f"total_{end}"] for end in ("low", "high"))
    assert (points["total"] >= low - 1e-9).all()
    assert (points["total"] <= high + 1e-9).all()
    assert "against retraining at every tick. Lines" in part.drawings[0].caption
    assert points["upkeep"].tolist() == [20 * n for n in (19, 9, 4, 1)]

    section.hindsight, section.made = None, {}
    alone = by_interval(section)
    assert "against every 2d" in alone.drawings[0].caption
    assert alone.tables["schedule_cost"].set_index("every").loc[2, "opportunity"] == 0


def test_circles_take_the_seeds_that_have_a_table(tmp_path, fill, tables_of):
    for every in ("2d", "4d", "8d"):
        chosen = {f"every {every}": Strategy(Periodic(every), SlidingWindow("10d"))}
        fill(tmp_path, chosen=chosen)
    tables_of(tmp_path, seeds=[2])
    _, (section,), _ = read(tmp_path)
    points = by_interval(section).tables["schedule_cost"]
    file = Counterfactual.load(tmp_path / "counterfactual" / "seed 2.parquet")
    least = cost_by_period(file, PRICES, [1])["loss"][0]
    losses = section.table.query("seed == 2").set_index("strategy")["loss"]
    expected = [losses[name] - least for name in points["strategy"]]
    assert points["opportunity"].tolist() == pytest.approx(expected)


def test_break_even_knows_the_floor(tmp_path, fill):
    window = SlidingWindow("10d")
    often = {f"every {every}": Strategy(Periodic(every), window) for every in ("1d", "2d")}
    fill(tmp_path, chosen={"never": Strategy(Never(), window), **often})

    def found(floor):
        _, (section,), _ = read(tmp_path, {"floor": floor})
        part = break_even(section)
        if part is None:
            return section, set()
        told = part.tables["break_even"]
        return section, {*told["below"], *told["above"]}

    section, named = found(None)
    scores = section.means["score"].sort_values()
    assert list(scores.index) == ["never", "every 2d", "every 1d"]
    assert "never" in named
    assert found(scores["every 2d"])[1] == {"every 2d", "every 1d"}
    for floor in (scores["every 1d"], 0.999):  # one strategy is left, then none
        assert found(floor)[1] == set()


def test_controls_have_never_and_every_tick(known):
    shown = table(known, "controls").set_index("strategy")
    tables = [
        Counterfactual.load(known / "counterfactual" / f"seed {seed}.parquet") for seed in (1, 2)
    ]
    told = [controls(one, 0, PRICES).set_index("control")["cost"] for one in tables]
    for name, control in (("never", "never"), ("every_tick", "every tick")):
        assert shown[name].to_list() == pytest.approx([np.mean([t[control] for t in told])] * 3)
    assert shown.loc["never", "cost"] == pytest.approx(shown.loc["never", "never"])


def test_a_table_that_fits_two_settings_equally_goes_where_it_was_made_for(
    tmp_path, fill, tables_of
):
    """All is answered, so what is done with the unanswered changes no number."""
    only = ["never", "every 5d"]
    fill(tmp_path, only=only)
    fill(tmp_path, only=only, also={"unanswered": "wrong"})
    runs = clsim.load(tmp_path).runs
    for key, run in runs.items():
        if run.config.get("unanswered") == "wrong":
            run.info = replace(run.info, unanswered="wrong")
            run.save(tmp_path / key)
    tables_of(tmp_path)
    made = tmp_path / "counterfactual"
    for seed in (1, 2):
        file = made / f"seed {seed}.parquet"
        loaded = Counterfactual.load(file)
        loaded = replace(loaded, setting=replace(loaded.setting, unanswered="wrong"))
        # one comes before the other table of its seed, one after, so that dealing out would fail
        loaded.save(file.with_name(f"{['before', 'then'][seed - 1]} {seed}.parquet"))
    _, sections, left_out = read(tmp_path)
    assert len(sections) == 2
    assert not left_out
    for section in sections:
        how = section.first("never").info.unanswered
        found = [(t.setting.unanswered, t.setting.seed) for t in section.counterfactuals]
        assert sorted(found) == [(how, 1), (how, 2)]


def test_tables_that_fit_in_all_are_dealt_out(tmp_path, fill, tables_of):
    only = ["never", "every 5d"]
    fill(tmp_path, only=only)
    fill(tmp_path, only=only, also={"learner": "the same by another name"})
    tables_of(tmp_path)
    made = tmp_path / "counterfactual"
    for seed in (1, 2):
        shutil.copy(made / f"seed {seed}.parquet", made / f"twin {seed}.parquet")
    _, sections, _ = read(tmp_path)
    seeds = [[t.setting.seed for t in section.counterfactuals] for section in sections]
    assert seeds == [[1, 2], [1, 2]]


def test_one_seed_is_not_spoken_of_as_several(tmp_path, fill):
    page = write_undrawn(fill(tmp_path, seeds=[1])).read_text()
    assert "Prices that overturn the choice" in page
    assert "runner-up" in page
    for words in ("bootstrapped over seeds", "told apart by", "eans over seeds", "1 streams"):
        assert words not in page


def test_where_nothing_was_answered_the_page_says_so(tmp_path):
    chosen = {"never": Strategy(Never())}
    log = Synthetic(Sine(0), n=960, rate="48/d")
    run = clsim.replay(log, chosen, learner=GaussianNB(), tick="1d", warmup=0)["never"]
    run.config = {"strategy": {"name": "never"}, "prices": {"currency": "EUR"}, "seed": 0}
    run.save(tmp_path / "0123456789ab")
    page = write_undrawn(tmp_path).read_text()
    assert "<h2>Nothing was answered</h2><p>No strategy answered any event" in page


def test_signs_that_the_font_lacks_are_named_once(tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with signs_named_once():
            for name in ("模型", "型", "ö"):
                figure = new_figure(1, 1)
                figure.text(0, 0, name)
                save(figure, tmp_path, "figure")
            warnings.warn("of another kind", stacklevel=1)
    said = [str(warning.message) for warning in caught]
    assert said[0] == "of another kind"
    assert said[1].startswith("the font of the figures has no 型 模; they are boxes in figures")
    assert len(said) == 2
