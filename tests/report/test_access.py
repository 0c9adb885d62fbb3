"""The page by keys, to a screen reader, in print, and of several settings, which are folded."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest

from clsim.analysis.choice.aloud import sentences, warning
from clsim.analysis.choice.answers import answers
from clsim.analysis.choice.choose import recommend
from clsim.analysis.compare.comparison import priced, settings
from clsim.report import write_report
from clsim.report.tables import LONG, plain_table
from clsim.runs.ledger import Prices
from clsim.runs.reading import load
from helpers.undrawn import write_undrawn

pytestmark = pytest.mark.slow  # draws pages in a browser

FOUND = """
  const told = [], tell = (what, e) => told.push(`${what}: ${e.outerHTML.slice(0, 90)}`);
  const every = selector => [...document.querySelectorAll(selector)];
  every("details").forEach(one => { one.name = ""; one.open = true; });
  await new Promise(then => setTimeout(then, 100));
  const named = e => (e.getAttribute("aria-label") || e.textContent
    || e.closest("label")?.textContent || "").trim();
  for (const e of every("button, input, select, summary, a, [tabindex], nav, [role]")) {
    if (e.closest("[aria-hidden=true]")) continue;
    if (!named(e)) tell("no name", e);
  }
  for (const e of every("svg:not([aria-hidden]) , img")) {
    if (!(e.getAttribute("aria-label") || e.alt)) tell("no words for a picture", e);
  }
  let level = 0;
  for (const e of every("h1, h2, h3, h4, h5, h6")) {
    const own = Number(e.tagName[1]);
    if (own > level + 1) tell(`a heading below level ${level}`, e);
    level = own;
  }
  if (every("h1").length !== 1) tell("not one first heading", document.body);
  if (!document.documentElement.lang || !document.title) tell("no title", document.body);
  for (const e of every("table")) {
    if (!(e.caption?.textContent || e.getAttribute("aria-label"))) tell("a table without title", e);
    if ([...e.tHead.rows[0].cells].some(cell => cell.scope !== "col" || !cell.textContent.trim())) {
      tell("a column without heading", e);
    }
    if ([...e.tBodies[0].rows].some(row => row.cells[0].scope !== "row")) tell("a row without", e);
  }
  const labels = every("nav").map(e => e.getAttribute("aria-label"));
  for (const e of every("nav")) {
    if (labels.filter(l => l === e.getAttribute("aria-label")).length > 1) tell("twice", e);
  }
  const ids = every("[id]").map(e => e.id);
  if (new Set(ids).size < ids.length) tell("an id twice", document.body);
  for (const e of every(".scroll")) {
    if (e.scrollWidth > e.clientWidth && e.tabIndex < 0) tell("not scrolled by keys", e);
  }
  for (const e of every("button, input, select, summary, a")) {
    e.focus();
    if (document.activeElement === e && getComputedStyle(e).outlineStyle === "none") {
      tell("a focus that is not seen", e);
    }
  }
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(x => x / 255)
      .map(x => x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    for (let at = e; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (!/, 0\\)$|transparent/.test(colour)) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const e of every("main *")) {
    const text = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!text || e.closest("svg, script, style") || !e.getClientRects().length) continue;
    const [low, high] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => a - b);
    if ((high + 0.05) / (low + 0.05) < 4.5) tell("too little contrast", e);
  }
  return [told, every("table").length, every("button").length];
"""
"""What somebody would stumble over who uses keys or a screen reader, and how much was looked at."""


@pytest.fixture(scope="module")
def several(tmp_path_factory, fill):
    """The undrawn page of two settings, with two seeds of each."""
    folder = fill(tmp_path_factory.mktemp("several"), delays=["1d", "5d"])
    return write_undrawn(folder)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", ["one setting", "several settings"])
def test_nobody_stumbles(original, several, browser, page, dark):
    place = several if page == "several settings" else original / "report.html"
    told, tables, buttons = browser(place, FOUND, dark=dark)
    assert told == []
    assert tables > 5
    assert buttons > 30


def test_what_one_stumbles_over_is_found(original, browser, tmp_path):
    """A good page with faults of all kinds in it."""
    page = (original / "report.html").read_text("utf-8")
    faults = {
        "a heading below level 1": ("<h2>", "<h4>"),
        "no words for a picture": ('role="img" aria-label="', 'role="img" aria-title="'),
        "too little contrast": ("--faint: #6a6a70", "--faint: #9a9aa0"),
        "a focus that is not seen": (":focus-visible {", "* { outline: none !important } x {"),
        "a row without": ('scope="row"', 'scope=""'),
        "a table without title": ("<caption>", "<caption></caption><caption>"),
        "no name": ('<button type="button">Pareto</button>', "<button></button>"),
    }
    for good, bad in faults.values():
        assert good in page
        page = page.replace(good, bad)
    (tmp_path / "changed.html").write_text(page, "utf-8")
    told = browser(tmp_path / "changed.html", FOUND)[0]
    assert {one.split(": <")[0] for one in told} >= {*faults}


def test_one_setting_is_open_at_a_time_and_a_link_opens_it(several, browser):
    found = browser(several, """
      const every = [...document.querySelectorAll("details.setting")];
      const wait = () => new Promise(then => setTimeout(then, 100));
      const state = () => every.map(one => [one.open, !!one.querySelector(".bars > div")]);
      const told = [state()];
      for (const link of document.querySelectorAll("table a")) {
        link.click(); await wait(); told.push(state());
      }
      every[0].querySelector("summary").click(); await wait(); told.push(state());
      return { told, asked: performance.getEntriesByType("resource").length };
    """)  # fmt: skip
    closed, first, second, again = found["told"]
    assert closed == [[False, False], [False, False]]  # nothing is drawn of what nobody sees
    assert first == [[True, True], [False, False]]
    assert second == [[False, True], [True, True]]
    assert again == [[True, True], [False, True]]
    assert found["asked"] == 0


@pytest.mark.parametrize("width", [390, 1600])
def test_several_settings_never_scroll_sideways(several, browser, width):
    wide = browser(several, """
      document.querySelectorAll("details").forEach(one => { one.name = ""; one.open = true; });
      await new Promise(then => setTimeout(then, 100));
      return document.documentElement.scrollWidth;
    """, width=width)  # fmt: skip
    assert wide <= width


def test_all_is_unfolded_to_be_printed_and_folded_again(several, browser):
    before, printed, after = browser(several, """
      const state = () => [...document.querySelectorAll("details")].map(one => one.open);
      const told = [state()];
      for (const name of ["beforeprint", "afterprint"]) {
        dispatchEvent(new Event(name)); told.push(state());
      }
      return told;
    """)  # fmt: skip
    assert all(printed)
    assert before == after
    assert not all(before)


def test_the_table_of_settings_says_what_python_says(several):
    """Each cell: what a strategy costs more than the cheapest, by totals of the runs."""
    page = several.read_text("utf-8")
    rows = re.findall(r'<tr><th[^>]*><a href="#setting-(\w+)">', page)
    assert rows == ["1d", "5d"]
    for setting in settings(load(several.parent)):
        table = priced(setting, Prices(currency="EUR"), "every 1d")
        means = table.groupby("strategy")["total"].mean()
        row = re.search(
            rf'<tr><th[^>]*><a href="#setting-{setting.name}">.*?</tr>', page, re.DOTALL
        )[0]
        cells = [float(value) for value in re.findall(r'<td[^>]* data-v="([\d.-]+)"', row)]
        assert cells[0] == pytest.approx(means.min())
        assert sorted(cells[1:]) == pytest.approx(sorted(means - means.min()))


def test_sliders_equal_python_at_50_random_prices(original, browser):
    [setting] = settings(load(original))
    rng = np.random.default_rng(15)
    draws = [{"error": float(f"{10 ** rng.uniform(-2, 1):.3g}"),
              "retraining": float(f"{10 ** rng.uniform(-1, 3):.3g}"),
              "row": float(f"{10 ** rng.uniform(-4, -1):.3g}")} for _ in range(50)]  # fmt: skip
    told = browser(original / "report.html", f"""
      const set = (key, value) => {{
        const input = document.querySelector(`.pricing [data-key="${{key}}"] [type=number]`);
        input.value = value;
        input.dispatchEvent(new Event("input"));
      }};
      return {json.dumps(draws)}.map(prices => {{
        for (const [key, value] of Object.entries(prices)) set(key, value);
        return [document.querySelector(".bars .chosen span").textContent,
          [...document.querySelectorAll(".answers dd")].map(e => e.textContent),
          document.querySelector(".answers .loses")?.textContent ?? ""];
      }});
    """)  # fmt: skip
    for draw, (chosen, said, lost) in zip(draws, told, strict=True):
        prices = Prices(**draw, currency="EUR")
        found = answers(setting, prices)
        assert chosen == recommend(setting, prices).strategy, draw
        assert (said, lost) == (list(sentences(found).values()), warning(found)), draw
    assert len({chosen for chosen, *_ in told}) > 1


def test_a_page_is_printed_whole(original, tmp_path):
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs a browser, one of chromium, google-chrome")
    pdf = tmp_path / "page.pdf"
    subprocess.run(
        [found, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
         f"--print-to-pdf={pdf}", (original / "report.html").as_uri()],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf.read_bytes())) >= 4


def test_long_tables_are_folded_and_none_is_without_title():
    rows = [[str(k), k] for k in range(LONG + 1)]
    short, long = plain_table("All", ["a", "b"], rows[1:]), plain_table("All", ["a", "b"], rows)
    assert "<caption>All</caption>" in short
    assert "<details>" not in short
    assert f"<summary>All ({LONG + 1} rows)</summary>" in long
    assert 'aria-label="All"' in long


def test_a_report_that_is_refused_leaves_no_process_waiting(original):
    with pytest.raises(ValueError, match="n_jobs=0"):
        write_report(original, n_jobs=0)
    with pytest.raises(ValueError, match="reference: unknown strategy"):
        write_report(original, reference="nevr", n_jobs=2)
