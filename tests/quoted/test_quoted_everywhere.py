"""Every page that quotes numbers has a test that holds them, and every result its page."""

import re
from pathlib import Path

import pytest

from helpers.quoted import ROOT, unaccounted

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
