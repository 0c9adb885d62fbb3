"""Pages of claims beside their files: tables are made of files, and prose of tables."""

import importlib
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
EXPERIMENTS = ROOT / "experiments"

NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")


def numbers(text):
    """All numbers of a text, as text, without signs, separators of thousands and zeros in front."""
    found = (one.strip(",").replace(",", "") for one in NUMBER.findall(text))
    return {one.lstrip("0") or "0" for one in found}


def page(claim):
    """What a page asks, and what came out."""
    asked, came_out = (EXPERIMENTS / claim / "README.md").read_text("utf-8").split("## What came")
    return asked, came_out


def of_files(claim, script):
    """The tables of a page, by name, and numbers of its prose that are in none of them."""
    folder = EXPERIMENTS / claim
    sys.path.insert(0, str(folder))
    module = importlib.import_module(script)
    assert Path(module.__file__).parent == folder
    return module.tables(ROOT / "results" / claim), module.also(ROOT / "results" / claim)


def agrees_with_its_files(claim, script):
    """The page has each table as it is made of the files, and its prose no other numbers."""
    asked, came_out = page(claim)
    made, also = of_files(claim, script)
    for name, text in made.items():
        assert text in came_out, name
        came_out = came_out.replace(text, "")
    prose = re.sub(r"`[0-9a-f]{7,}`|\]\([^)]*\)", "", came_out)  # commits and links
    others = numbers(prose) - numbers(" ".join([*made.values(), *also])) - numbers(asked)
    assert not others, claim


def slide_agrees_with_its_page(claim):
    """The sentence of a claim says numbers that are on its page."""
    [line] = [
        line
        for line in (EXPERIMENTS / "README.md").read_text("utf-8").splitlines()
        if f"({claim}/README.md)" in line
    ]
    asked, came_out = page(claim)
    said = numbers(re.sub(r"\]\([^)]*\)", "", line))
    assert len(said) > 2
    assert said <= numbers(came_out) | numbers(asked)
