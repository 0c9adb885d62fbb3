"""Pages of claims beside their files: tables are made of files, and prose of tables."""

import importlib
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
EXPERIMENTS = ROOT / "experiments"

CLAIMS = {
    "claim_freshness": "freshness",
    "claim_periodic": "periodic_claim",
    "claim_alarms": "alarms_claim",
    "claim_stages": "four_stages_claim",
    "claim_churn_bug": "churn_bug",
    "claim_data_or_model": "data_or_model",
    "claim_feedback": "feedback_claim",
    "claim_lead_time": "lead_time",
    "claim_outcome": "outcome_claim",
    "claim_flywheel": "flywheel",
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


def of_files(claim):
    """The tables of a page, by name, and numbers of its prose that are in none of them."""
    folder = EXPERIMENTS / claim
    sys.path.insert(0, str(folder))
    module = importlib.import_module(CLAIMS[claim])
    assert Path(module.__file__).parent == folder
    return module.tables(ROOT / "results" / claim), module.also(ROOT / "results" / claim)


@pytest.mark.parametrize("claim", CLAIMS)
def test_tables_and_numbers_of_a_page_are_those_of_its_files(claim):
    asked, came_out = page(claim)
    made, also = of_files(claim)
    for name, text in made.items():
        assert text in came_out, name
        came_out = came_out.replace(text, "")
    prose = re.sub(r"`[0-9a-f]{7,}`|\]\([^)]*\)", "", came_out)  # commits and links
    others = numbers(prose) - numbers(" ".join([*made.values(), *also])) - numbers(asked)
    assert not others, claim


def slides():
    """The sentences of all claims, as they are numbered."""
    text = (EXPERIMENTS / "README.md").read_text("utf-8").split("## Claims")[1]
    return dict(re.findall(r"^\d+\. (.*) \(\[claim\]\((\w+)/README\.md\)\)$", text, re.M))


def test_each_claim_has_its_sentence():
    assert list(slides().values()) == list(CLAIMS)


@pytest.mark.parametrize("claim", CLAIMS)
def test_what_a_slide_says_is_on_the_page(claim):
    said = {of: numbers(text) for text, of in slides().items()}[claim]
    asked, came_out = page(claim)
    assert len(said) > 2
    assert said <= numbers(came_out) | numbers(asked)
