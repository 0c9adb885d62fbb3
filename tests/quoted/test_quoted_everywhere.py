"""Every page that quotes numbers has a test that holds them, and every result its page."""

import re
from pathlib import Path

import pytest

from helpers.quoted import ROOT, Page, unaccounted

EXPERIMENTS = sorted(path.parent.name for path in (ROOT / "experiments").glob("*/README.md"))

ELSEWHERE = {
    "published": "published/test_shelf.py",
    "signals": "analysis/test_signal_claims.py",
    "suite": "test_suite_table.py",
    "tests_judged": "test_league_of_tests.py",
} | {name: "test_claims.py" for name in EXPERIMENTS if name.startswith("claim_")}
"""Where the numbers of a page are held that are not held in this folder."""


def churn(page):
    """A log that is drawn: its numbers are those of the script that draws it."""
    script = (ROOT / "experiments" / "churn" / "log.py").read_text("utf-8")
    [rows] = re.findall(r'"--rows", type=int, default=([\d_]+)', script)
    [day] = re.findall(r"day > (\d+)", script)
    page.says("goes through: # customers in two years", int(rows))
    page.says("cuts its prices on day #", int(day))


def gallery(page):
    page.sets("7 inches wide", "some 300 events", "(150 in each", "from (.9, .1) to (.1, .9)",
              "of class 1")  # fmt: skip


def paper(page):
    page.sets("3.3 inches wide")


PAGES = {f"experiments/{spec.__name__}/README.md": spec for spec in (churn, gallery, paper)}


@pytest.mark.parametrize("path", PAGES)
def test_numbers_of_a_page_without_results(path):
    assert not unaccounted(path, PAGES[path])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_test_holds_the_numbers_of_a_page(name):
    here = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    listed = f'"experiments/{name}/README.md"' in here or name in {
        path.split("/")[1] for path in PAGES
    }
    assert listed != (name in ELSEWHERE)
    if name in ELSEWHERE:
        assert name in (ROOT / "tests" / ELSEWHERE[name]).read_text("utf-8")


@pytest.mark.parametrize("folder", sorted((ROOT / "results").iterdir()), ids=lambda it: it.name)
def test_results_are_of_an_experiment_whose_page_names_them(folder):
    page = (ROOT / "experiments" / folder.name / "README.md").read_text("utf-8")
    assert f"results/{folder.name}" in page


def test_the_list_of_experiments_has_every_folder():
    folders = {path.name for path in (ROOT / "experiments").iterdir() if path.is_dir()}
    text = (ROOT / "experiments" / "README.md").read_text("utf-8")
    listed = re.findall(r"\]\((\w+)/README\.md\)", text)
    assert sorted(listed) == sorted(folders - {"__pycache__"}) == EXPERIMENTS


def told(text):
    """What is found of a short page whose file says 1,234.4, .0452, 1.46, -2 and 3."""
    page = Page(text)
    page.says("It took # runs, or # of all", 1_234.4, 0.0452)
    page.sets("at 20 units")
    page.table("| a | b |", {"x": [1.46, -2, 3]})
    return [*page.wrong, *page.rest()]


RIGHT = """It took 1,234 runs,
or .045 of all, at 20 units.

| a | b |
|---|---|
| x | 1.5 (\N{MINUS SIGN}2 to 3) |

`8 of 9`
"""


@pytest.mark.parametrize(("was", "is_now"), [
    ("1,234", "1,235"), (".045", ".046"), (".045", ".0453"), ("20", "21"), ("1.5", "1.4"),
    ("\N{MINUS SIGN}2", "2"),
    (" to 3", ""), ("| x |", "| y |"), ("runs", "trials"), ("`8 of 9`", "8 of 9"),
    ("20 units.", "20 units, 7 in all."),
])  # fmt: skip
def test_whatever_parts_ways_is_found(was, is_now):
    assert not told(RIGHT)
    assert RIGHT.count(was) == 1
    assert told(RIGHT.replace(was, is_now))
