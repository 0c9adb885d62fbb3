"""The page in a headless browser: phone, dark, sliders against Python, sorting."""

import re
from dataclasses import replace

import pandas as pd
import pytest

import clsim
from clsim.analysis.choice.aloud import sentences, warning
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.choose import recommend
from clsim.analysis.compare.comparison import priced, settings
from clsim.runs.ledger import Prices
from helpers.undrawn import write_undrawn

SET = """
  const set = (key, value) => {
    const input = document.querySelector(`.pricing [data-key="${key}"] [type=number]`);
    input.value = value;
    input.dispatchEvent(new Event("input"));
  };
  const state = () => ({
    said: Object.fromEntries([...document.querySelectorAll(".answers dt")]
      .map(e => [e.textContent, e.nextElementSibling.textContent])),
    lost: document.querySelector(".answers .loses")?.textContent ?? "",
    chosen: document.querySelector(".bars .chosen span").textContent,
    below: [...document.querySelectorAll(".bars .below span")].map(x => x.textContent),
    bars: Object.fromEntries([...document.querySelectorAll(".bars > div")].map(row =>
      [row.querySelector("span").textContent, row.querySelector("em").textContent])),
    rows: Object.fromEntries([...document.querySelectorAll("table[data-section] tbody tr")]
      .map(row => [row.cells[0].dataset.v, Object.fromEntries([...row.cells]
        .filter(cell => cell.dataset.q).map(cell => [cell.dataset.q, cell.dataset.v]))])),
    texts: Object.fromEntries([...document.querySelectorAll("table[data-section] tbody tr")]
      .map(row => [row.cells[0].dataset.v, [...row.cells].map(cell => cell.textContent)])),
    curve: document.querySelector(".curve").innerHTML.replace(/clip\\d+-\\w+/g, ""),
    switches: document.querySelector(".switches").textContent,
  });
"""


def setting_of(folder):
    return settings(clsim.load(folder))[0]


def told_by_python(setting, prices, **options):
    """What the page is to say at these prices: the answers, and who loses."""
    found = answers(setting, prices, **options)
    return {"said": sentences(found), "lost": warning(found)}


def told_by_page(found):
    return {key: found[key] for key in ("said", "lost")}


def test_nothing_moves_while_prices_are_those_of_the_report(original, browser):
    page = original / "report.html"
    before, after = browser(page, SET + """
      const before = state();
      document.querySelector(".reset").click();
      return [before, state()];
    """)  # fmt: skip
    for key in ("said", "lost", "chosen", "bars", "texts", "curve", "switches"):
        assert before[key] == after[key]


GIVEN = [
    {"retraining": 0.5},
    {"error": 3, "retraining": 7.5},
    {"retraining": 2000, "row": 0.01},
    {"error": 0.1, "label": 0.25, "waiting": 0.125},
    {"retraining": 0, "error": 0},
    {"floor": 0.8},
    {"floor": 0.9, "retraining": 3},
    {"floor": 0.999},
]


def test_sliders_price_as_python_does(original, browser):
    setting = setting_of(original)
    script = "".join(
        "document.querySelector('.reset').click();"
        + "".join(f"set('{key}', {value});" for key, value in given.items())
        + "told.push(state());"
        for given in GIVEN
    )
    told = browser(original / "report.html", f"{SET} const told = []; {script} return told;")
    for given, found in zip(GIVEN, told, strict=True):
        prices = Prices(**{"retraining": 20.0, "currency": "EUR", **given})
        advice = recommend(setting, prices)
        assert told_by_page(found) == told_by_python(setting, prices), given
        assert found["chosen"] == (advice.strategy or advice.nearest)
        table = priced(setting, prices, "every 1d")
        means = table.groupby("strategy").mean()
        columns = ["total", "upkeep", "total_difference", "opportunity_money"]
        shown = pd.DataFrame(found["rows"]).T[columns].astype(float)
        for name in columns:
            assert shown[name].to_dict() == pytest.approx(means[name].to_dict(), abs=1e-6)
        if "floor" in given:
            under = set(means.index[means["score"] < given["floor"]])
            assert set(found["below"]) == under - {found["chosen"]}


def test_the_page_at_other_prices_is_the_report_at_those_prices(sweep, browser):
    script = f"{SET} set('retraining', 3); set('row', 0.05); return state();"
    moved = browser(write_undrawn(sweep), script)
    page = write_undrawn(sweep, prices={"retraining": 3, "row": 0.05})
    afresh = browser(page, SET + "return state();")
    assert told_by_page(moved) == told_by_page(afresh)
    assert moved["bars"] == afresh["bars"]
    assert moved["texts"] == afresh["texts"]


def test_prices_of_errors_by_class_have_a_slider_for_each_kind(sweep, browser):
    page = write_undrawn(sweep, prices={"error": [[0, 1], [5, 0]]})
    found = browser(page, SET + "set('error[1][0]', 2); set('label', 1); return state();")
    prices = Prices(error=[[0, 1], [2, 0]], label=1.0, currency="EUR")
    assert told_by_page(found) == told_by_python(setting_of(sweep), prices)


def test_seeds_of_the_learner_alone_are_called_so(sweep, browser):
    for key, run in clsim.load(sweep).runs.items():  # as of one recorded stream
        run.info = replace(run.info, draw="the same")
        run.save(sweep / key)
    page = write_undrawn(sweep)
    assert "All seeds replay one and the same stream" in page.read_text()
    found = browser(page, SET + "set('retraining', 4); return state();")
    prices = Prices(retraining=4.0, currency="EUR")
    assert told_by_page(found) == told_by_python(setting_of(sweep), prices)
    assert "over blocks of this one stream" in found["said"]["How sure is that?"]


def test_sliders_know_which_seeds_all_strategies_have(sweep, browser):
    run = next(k for k, r in clsim.load(sweep).runs.items()
               if r.config["strategy"]["name"] == "every 5d")  # fmt: skip
    (sweep / run / "done").unlink()
    page = write_undrawn(sweep)
    told = browser(page, SET + """
      set("retraining", 4); const four = state(); set("retraining", 300);
      return [four, state()];
    """)  # fmt: skip
    for price, found in zip((4.0, 300.0), told, strict=True):
        prices = Prices(retraining=price, currency="EUR")
        assert told_by_page(found) == told_by_python(setting_of(sweep), prices)
        assert "blocks of" in found["said"]["How sure is that?"]


def test_the_curve_says_where_the_cheapest_changes(original, browser):
    told = browser(original / "report.html", SET + """
      const first = state();
      set("error", 4);
      return [first, state()];
    """)  # fmt: skip
    setting = setting_of(original)
    for error, found in zip((1.0, 4.0), told, strict=True):
        names = re.findall(r"(?:cheapest\. |, )(.*?) (?:up to|above|at every)", found["switches"])
        bounds = re.findall(r"up to ([\d.,]+\d)", found["switches"])
        at = [float(bound.replace(",", "")) for bound in bounds]
        assert len(names) == len(at) + 1
        points = [0.0, *at, 200.0]
        for name, low, high in zip(names, points[:-1], points[1:], strict=True):
            prices = Prices(error=error, retraining=(low + high) / 2)
            assert recommend(setting, prices).strategy == name
    assert told[0]["curve"] != told[1]["curve"]


def test_the_curve_takes_the_seeds_that_all_strategies_have(sweep, browser):
    runs = clsim.load(sweep).runs.items()
    run = next(k for k, r in runs if r.config["strategy"]["name"] == "never")
    (sweep / run / "done").unlink()
    found = browser(write_undrawn(sweep), SET + "return state();")
    table = priced(setting_of(sweep), Prices(retraining=20.0), "every 1d")
    lone = table.loc[table["strategy"] == "never", "seed"].item()
    at = table[table["seed"] == lone].set_index("strategy")
    often, never = at.loc["every 1d"], at.loc["never"]
    expected = (never["loss"] - often["loss"]) / often["retrainings"]
    every = table.groupby("strategy").mean().loc["every 1d"]
    assert expected != pytest.approx((never["loss"] - every["loss"]) / every["retrainings"], 0.01)
    told = re.search(r"every 1d up to ([\d.]+\d), never above", found["switches"])
    assert float(told[1]) == pytest.approx(expected, rel=0.005)


def test_a_heading_sorts_the_table(original, browser):
    columns = browser(original / "report.html", """
      const table = document.querySelector("table[data-section]");
      const heads = [...table.tHead.rows[0].cells];
      const at = heads.findIndex(head => head.textContent === "retrainings");
      const told = [];
      for (let click = 0; click < 2; click++) {
        heads[at].firstChild.click();
        told.push([...table.tBodies[0].rows].map(row => Number(row.cells[at].dataset.v)));
      }
      heads[0].firstChild.click();
      told.push([...table.tBodies[0].rows].map(row => row.cells[0].dataset.v));
      return told;
    """)  # fmt: skip
    assert columns[0] == sorted(columns[0])
    assert columns[1] == sorted(columns[0])[::-1]
    assert columns[2] == ["every 1d", "every 5d", "gated <weekly>", "never"]


@pytest.mark.parametrize("width", [390, 768, 1600])
def test_the_page_never_scrolls_sideways(original, browser, width):
    found = browser(original / "report.html", """
      return {
        width: innerWidth, page: document.documentElement.scrollWidth,
        drawn: [...document.querySelectorAll("figure svg")]
          .map(svg => svg.getBoundingClientRect().width),
        wide: [...document.querySelectorAll("main *")].filter(e => !e.closest(".scroll, svg")
          && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80)),
      };
    """, width=width)  # fmt: skip
    assert found["width"] == width
    assert found["page"] <= width
    assert found["wide"] == []
    assert len(found["drawn"]) >= 5
    assert min(found["drawn"]) >= 576  # pixels: what is written in a figure stays readable


def test_tables_fit_onto_a_printed_sheet_and_headings_stay_with_what_follows(
    original, browser, tmp_path
):
    page = tmp_path / "printed.html"
    text = (original / "report.html").read_text("utf-8")
    page.write_text(text.replace("@media print", "@media all"), "utf-8")
    found = browser(page, """
      const style = e => getComputedStyle(e);
      return {
        wide: [...document.querySelectorAll("main table")]
          .map(table => table.getBoundingClientRect().right),
        headings: [...document.querySelectorAll("section h2")].map(h => style(h).breakAfter),
        whole: [...document.querySelectorAll("figure, tr")].map(e => style(e).breakInside),
      };
    """, width=690)  # fmt: skip
    assert max(found["wide"]) <= 690  # A4 is 794 wide, less margins of 12 mm
    assert set(found["headings"]) == {"avoid"}
    assert set(found["whole"]) == {"avoid"}


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_the_page_in_light_and_dark(original, browser, dark):
    found = browser(original / "report.html", """
      const style = getComputedStyle(document.body);
      const text = document.querySelector("figure svg text, figure svg use[href*=DejaVu]");
      const faint = document.querySelector("figcaption");
      return [style.backgroundColor, style.color, getComputedStyle(text).color,
        getComputedStyle(faint).color];
    """, dark=dark)  # fmt: skip
    paper, *inks = [_luminance(colour) for colour in found]
    assert (paper < 0.1) == dark
    for ink in inks:
        low, high = sorted([paper, ink])
        assert (high + 0.05) / (low + 0.05) >= 4.5  # WCAG 2.1, contrast of text, level AA


def _luminance(colour):
    """Relative luminance, by WCAG 2.1."""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_page_asks_for_nothing_else(original, browser):
    asked = browser(
        original / "report.html", "return performance.getEntriesByType('resource').map(x => x.name)"
    )
    assert asked == []


def test_the_answers_come_back_when_prices_do(original, browser):
    found = browser(original / "report.html", SET + """
      const place = document.querySelector(".answers"), told = [place.innerHTML];
      set("retraining", 3); told.push(place.innerHTML);
      set("retraining", 20); told.push(place.innerHTML);
      set("floor", 0.5); told.push(place.innerHTML);
      return { told, first: document.querySelectorAll("main > *")[1] === place, ...state() };
    """)  # fmt: skip
    report, moved, back, floored = found["told"]
    assert report == back
    assert ["At the prices that you moved to" in one for one in found["told"]] == [
        False, True, False, True,
    ]  # fmt: skip
    assert len({report, moved, floored}) == 3
    assert found["first"]
    prices = Prices(currency="EUR")
    assert told_by_page(found) == told_by_python(setting_of(original), prices, floor=0.5)
