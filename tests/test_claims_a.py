"""The same of claims on freshness and lead time: tables are of files, and prose of the tables."""

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXPERIMENTS = ROOT / "experiments"

CLAIMS = {
    "claim_freshness": "freshness",
    "claim_lead_time": "lead_time",
}

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")


def numbers(text):
    """All numbers of a text, as text, without signs, separators of thousands and zeros in front."""
    found = (one.strip(",").replace(",", "") for one in NUMBER.findall(text))
    return {one.lstrip("0") or "0" for one in found}


def page(claim):
    """What a page asks, and what came out."""
    asked, came_out = (EXPERIMENTS / claim / "README.md").read_text("utf-8").split("## What came")
    return asked, came_out


def tables(claim):
    folder = EXPERIMENTS / claim
    sys.path.insert(0, str(folder))
    module = importlib.import_module(CLAIMS[claim])
    assert Path(module.__file__).parent == folder
    return module.tables(ROOT / "results" / claim), module.also(ROOT / "results" / claim)


@pytest.mark.parametrize("claim", CLAIMS)
def test_tables_and_numbers_of_a_page_are_those_of_its_files(claim):
    asked, came_out = page(claim)
    made, also = tables(claim)
    for name, text in made.items():
        assert text in came_out, name
        came_out = came_out.replace(text, "")
    of_files = numbers(" ".join([*made.values(), *also]))
    prose = re.sub(r"`[0-9a-f]{7,}`|\]\([^)]*\)", "", came_out)  # commits and links
    assert numbers(prose) <= of_files | numbers(asked), claim


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_slide_says_is_on_the_page(claim):
    [line] = [
        line
        for line in (EXPERIMENTS / "README.md").read_text("utf-8").splitlines()
        if f"({claim}/README.md)" in line
    ]
    asked, came_out = page(claim)
    said = numbers(re.sub(r"\]\([^)]*\)", "", line))
    assert len(said) > 2
    assert said <= numbers(came_out) | numbers(asked)
