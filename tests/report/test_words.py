"""No page says what `docs/words.md` lists."""

import re
from pathlib import Path

import pytest

from helpers.in_frames import parts
from helpers.undrawn import write_undrawn

DOCS = Path(__file__).parents[2] / "docs" / "words.md"


def never():
    """For pages of any number of seeds, and of one: the expressions."""
    every, of_one = DOCS.read_text(encoding="utf-8").split("On pages of one seed:")
    return [re.findall(r"^- `(.+?)`: ", text, re.MULTILINE) for text in (every, of_one)]


def said(page, patterns):
    text = "\n".join(parts(page.read_text(encoding="utf-8")).values())
    return [(pattern, text[max(0, found.start() - 60) : found.end() + 20])
            for pattern in patterns for found in re.finditer(pattern, text)]  # fmt: skip


@pytest.mark.parametrize("text", [
    "0 (95% interval 1 to 2) less", "95 % interval", "nan", "-3.5 to 4", "1 seeds", "0.012345",
    "1.2345", "it lost 12345 units", "mean over seeds", "95% interval over 1 seed",
    "labels of 1,440 of the 1,440 events", "(17.5 retrainings in the replay)",
])  # fmt: skip
def test_what_is_listed_is_found(text):
    every, of_one = never()
    assert [pattern for pattern in [*every, *of_one] if re.search(pattern, text)]


def test_pages_of_several_seeds(known):
    assert said(known / "report.html", never()[0]) == []


@pytest.mark.slow
def test_a_page_of_one_seed(tmp_path, fill):
    folder = fill(tmp_path, seeds=(1,), only=("never", "every 5d"))
    every, of_one = never()
    assert said(write_undrawn(folder), [*every, *of_one]) == []
