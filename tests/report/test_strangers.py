"""Texts of files and options are shown by the page, the tables and LaTeX, and never run."""

import ast
import io
import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import yaml
from markupsafe import Markup, escape
from matplotlib import rc_context

import clsim
from clsim.hindsight.table import Counterfactual
from clsim.report import latex, markup, write_report
from clsim.report.document import write_part
from clsim.report.figures.style import RC, new_figure, save
from clsim.report.parts import Part
from clsim.report.pictures import Pictures
from clsim.report.tables import csv, html_table, plain_table
from helpers.undrawn import write_undrawn

pytestmark = pytest.mark.slow  # whole pages

REPORT = Path(clsim.__file__).parent / "report"

TEXTS = [
    "<script>window.hit=1</script>",
    "</script><script>window.hit=1</script>",
    "'-(window.hit=1)-'",
    '"><img src=x onerror=window.hit=1>',
]
"""What runs as a script in the page's text, in a script, and in quotes of both kinds."""

ALL = " ".join(TEXTS)


class Tags(HTMLParser):
    """Counts the scripts of a page, and collects its tags and attributes."""

    def __init__(self, page):
        super().__init__()
        self.scripts, self.tags, self.attributes = 0, set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.scripts += tag == "script"
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def poisoned(known, folder, several):
    """A sweep whose every text is a stranger's; with the options of its report."""
    (folder / ALL).parent.mkdir(parents=True)
    home = shutil.copytree(known, folder / ALL)
    for name in ("figures", "tables"):
        shutil.rmtree(home / name)
    names = dict(zip(strategies_of(known), TEXTS, strict=True))
    for key, run in clsim.load(home).runs.items():
        name = run.config["strategy"]["name"]
        run.config["strategy"] |= {"name": f"{names[name]} {name}", ALL: ALL}
        run.config["stream"] = {"_target_": ALL, "label": ALL, ALL: [ALL]}
        if several:
            run.config["stream"]["label"] = f"{ALL}{run.info.seed}"
            del run.config["name"]
        else:
            run.config["name"] = ALL
        run.config["prices"] = {**run.config["prices"], "currency": ALL}
        drifts = tuple(replace(drift, kind=ALL, slice=ALL) for drift in run.info.drifts)
        run.info = replace(run.info, versions={**run.info.versions, ALL: ALL}, drifts=drifts)
        # a training of a kind of its own is the reason why there is no regret
        told = '{"how": "fit"}' if name.startswith(("never", "every")) else json.dumps({"how": ALL})
        run._tables["events"] = run.events.assign(reason=ALL, detail=told)
        (home / key / "done").unlink()  # else it is the run of another strategy
        run.save(home / key)
    unfinished = home / TEXTS[3]
    unfinished.mkdir()
    (unfinished / "config.yaml").write_text("{}")
    words = {"hydra": {"overrides": {"task": [ALL]}}}
    (home / "multirun.yaml").write_text(yaml.safe_dump(words))
    tables = home / "counterfactual"
    reference = f"{names['every 1d']} every 1d"
    options = {"reference": reference, "pair": (reference, f"{names['never']} never")}
    if several:  # tables at a place of a stranger's choice
        options["counterfactual"] = shutil.move(tables, folder / TEXTS[3])
    else:  # one that cannot be used
        other = Counterfactual.load(tables / "seed 1.parquet")
        other = replace(other, setting=replace(other.setting, seed=99))
        other.save(tables / f"{TEXTS[3]}.parquet")
    return home, options


def strategies_of(folder):
    return sorted({r.config["strategy"]["name"] for r in clsim.load(folder).runs.values()})


@pytest.fixture(scope="module", params=["one setting", "several settings"])
def strange(request, known, tmp_path_factory):
    """The page of a sweep of a stranger, and its folder."""
    folder = tmp_path_factory.mktemp("strange")
    several = request.param == "several settings"
    home, options = poisoned(known, folder, several)
    if several:
        return write_undrawn(home, **options)
    return write_report(home, n_jobs=1, **options)


@pytest.fixture(scope="module")
def priced_by_class(original, tmp_path_factory):
    """The page of a sweep whose classes are a stranger's, and a strategy called as a formula."""
    home = shutil.copytree(original, tmp_path_factory.mktemp("classes") / "sweep")
    called = {0: ALL, 1: f"{ALL} {ALL}"}
    for key, run in clsim.load(home).runs.items():
        told = run.confusion
        run._tables["confusion"] = told.assign(
            y_true=told["y_true"].map(called), y_pred=told["y_pred"].map(called)
        )
        if run.config["strategy"]["name"] == "never":
            run.config["strategy"]["name"] = "=cmd|never"
        run.info = replace(run.info, classes=tuple(called.values()), labels="<U400")
        (home / key / "done").unlink()  # else it is the run of another strategy
        run.save(home / key)
    return write_undrawn(home, prices={"error": [[0, 1], [5, 0]], "currency": ALL})


MOVED = """
  document.querySelectorAll("details").forEach(one => { one.name = ""; one.open = true; });
  await new Promise(then => setTimeout(then, 100));
  for (const input of document.querySelectorAll("input")) {
    for (const value of [input.max / 3, 1, 0]) {
      input.value = value;
      input.dispatchEvent(new Event("input"));
    }
  }
  for (const select of document.querySelectorAll("select")) {
    for (const option of select.options) {
      select.value = option.value;
      select.dispatchEvent(new Event("change"));
    }
  }
  for (const button of document.querySelectorAll("button")) button.click();
  await new Promise(then => setTimeout(then, 300));
  return [window.hit ?? null, document.querySelectorAll(".pricing, .answers").length];
"""


def test_no_text_runs_also_when_prices_move(strange, browser):
    hit, parts = browser(strange, MOVED)
    assert hit is None
    assert parts >= 2


def test_no_class_runs(priced_by_class, browser):
    assert browser(priced_by_class, MOVED)[0] is None


UNSAFE = {
    "in the page": lambda page: page.replace(str(escape(ALL)), ALL),
    "in quotes": lambda page: page.replace('data-v="&#39;', f'data-v="{TEXTS[3]} &#39;'),
    "in JSON": lambda page: page.replace(r"\u003c", "<").replace(r"\u003e", ">"),
    "by the page's script": lambda page: page.replace("replace(/[&<>\"']/g", "replace(/[!]/g"),
}


@pytest.mark.parametrize("where", UNSAFE)
def test_the_same_texts_do_run_where_they_are_not_escaped(strange, browser, tmp_path, where):
    page = strange.read_text()
    unsafe = UNSAFE[where](page)
    assert unsafe != page
    (tmp_path / "unsafe.html").write_text(unsafe)
    script = MOVED if where == "by the page's script" else (
        "await new Promise(then => setTimeout(then, 300)); return [window.hit];"
    )  # fmt: skip
    assert browser(tmp_path / "unsafe.html", script, errors=True)[0] == 1


@pytest.fixture(scope="module")
def usual(original, known):
    """Tags of ordinary pages: one with its figures, one with tables of hindsight."""
    return Tags("".join((folder / "report.html").read_text() for folder in (original, known)))


def assert_usual(page, usual):
    """A page has the tags and attributes of any other, and no script but those of clsim."""
    found = Tags(page)
    assert str(escape(ALL)) in page
    assert found.tags <= usual.tags | {"h3", "h4", "h5"}
    assert found.attributes <= usual.attributes
    assert not {attribute for attribute in found.attributes if attribute.startswith("on")}
    assert found.scripts == page.count('class="pricing"') + 1


def test_a_page_of_strange_texts_has_the_tags_of_any_other(strange, usual):
    page = strange.read_text()
    assert_usual(page, usual)
    for text in TEXTS:
        assert page.count(str(escape(text))) > 10


def test_a_page_of_strange_classes_has_the_tags_of_any_other(priced_by_class, usual):
    assert_usual(priced_by_class.read_text(), usual)


@pytest.mark.parametrize("text", TEXTS)
def test_plain_text_in_the_place_of_html_is_shown_as_text(text, tmp_path):
    part = Part(text, lead=text, html=text)
    assert write_part(part, "", Pictures(tmp_path)) == (
        "<section><h2>{0}</h2>{0}{0}</section>".format(escape(text))
    )
    assert markup.joined([text, Markup("<b>")]) == f"{escape(text)}<b>"
    shown = plain_table(text, [text, text], [[text, text]])
    assert Tags(shown).tags == {
        "div", "table", "caption", "thead", "tr", "th", "button", "tbody", "td",
    }  # fmt: skip
    folded = plain_table(text, [text, text], [[text, text]], folded=True)
    assert Tags(folded).tags == Tags(shown).tags - {"caption"} | {"details", "summary"}
    summary = pd.DataFrame(
        {"strategy": text, "quantity": ["total"], "mean": 1.0, "low": 0.0, "high": 2.0, "seeds": 2}
    )
    shown = html_table(summary, [text], [("total", text)], [], {text: text}, text)
    assert Tags(shown).tags <= Tags(str(plain_table("t", ["a"], [["b"]]))).tags | {
        "td",
        "small",
        "br",
    }


@pytest.mark.parametrize("text", [*TEXTS, "<!--", "]]>", "\u2028"])
def test_no_text_ends_a_script(text):
    told = markup.script_data({text: text})
    assert not set(told) & set("<>&\u2028")
    assert yaml.safe_load(told) == {text: text}


@pytest.mark.parametrize("text", [*TEXTS, r"$\frac{$", "-->"])
def test_figures_hold_texts_as_paths_alone(text, tmp_path):
    with rc_context(RC):
        figure = new_figure(3.0, 2.0)
        axes = figure.add_subplot(title=text, xlabel=text)
        axes.plot([0, 1], label=text)
        axes.legend()
    svg = save(figure, tmp_path, "name")
    assert Tags(svg).tags <= {"svg", "defs", "style", "g", "path", "use", "rect", "clippath"}
    assert "window" not in svg
    assert "<!--" not in svg


def test_markup_is_made_of_literals():
    """Whatever else is trusted is named here.

    The page's own script and style, SVG, JSON; and what was escaped before, with its headings
    lowered, or its font's signs defined once.
    """
    trusting = set()
    for path in REPORT.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                calls = [c for c in ast.walk(function) if isinstance(c, ast.Call)]
                made = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "Markup"]
                if not all(isinstance(arg, ast.Constant) for call in made for arg in call.args):
                    trusting.add(function.name)
    assert trusting == {"asset", "svg", "script_data", "lowered", "with_glyphs"}


# tables -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["=cmd|' /C calc'!A0", "+1", "-1+2", "@SUM(1)", "\t=1", "\r=1", "\n=1"]
)
def test_a_text_that_begins_as_a_formula_does_not_begin_a_cell(text):
    frame = pd.DataFrame({text: [text, "never"], "cost": [-1.5, 2.0]})
    frame["kind"] = pd.Categorical([text, None])
    told = pd.read_csv(io.StringIO(csv(frame)))
    shown = f"'{text}".replace("\r", "\n")
    assert list(told) == [shown, "cost", "kind"]
    assert told.iloc[0].tolist() == [shown, -1.5, shown]
    assert told.iloc[1, 0] == "never"
    assert pd.isna(told.iloc[1, 2])


def test_numbers_and_ordinary_names_stay_as_they_are():
    frame = pd.DataFrame(
        {
            "strategy": ["never", "every 1d", "a=b", "5-2"], "n": [-1, 2, 3, 4],
            "x": [-0.5, float("nan"), 1e-9, 2.0], "some": pd.array([-1, None, 3, 4], "Int32"),
            "mixed": [-1, "a", 2.5, None], "yes": [True, False, True, False],
            "when": pd.date_range("2025-01-01", periods=4),
        }
    )  # fmt: skip
    assert csv(frame) == frame.to_csv(index=False, lineterminator="\n")


def test_all_tables_of_a_report_are_neutralised(priced_by_class):
    tables = [path.read_text() for path in priced_by_class.parent.glob("tables/*.csv")]
    cells = [cell for text in tables for line in text.splitlines() for cell in line.split(",")]
    assert "'=cmd|never" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


@pytest.mark.parametrize("text", ["$&%", r"\input{x}", "[1cm]", "*", "a\n\nb"])
def test_latex_of_any_text_is_text(text):
    told = latex.table(["strategy", text], [[text, latex.number(1.0)]], text, "label")
    assert told.count(str(latex.escape(text))) == 3
    assert told.count("{") == told.count("}")
    assert "\\input" not in told
    assert not any(line.strip().startswith(("[", "*")) for line in told.splitlines())
    assert latex.escape(latex.escape(text)) == latex.escape(text)
