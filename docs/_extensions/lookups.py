"""Twelve look-ups of a newcomer, tried in the search of the pages whenever they are built.

The score is that of Sphinx's search page: titles and headings that hold all that was typed, then
names of the API, then pages with all of the words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snowballstemmer import stemmer
from sphinx.application import Sphinx
from sphinx.util import logging

FIRST = 5
"""Among how many results a page has to be."""

LOOKUPS = {
    "where is the gate executed": {"docs/faq", "docs/design"},
    "plot one run": {"docs/faq", "docs/figures"},
    "read my own log": {"docs/faq", "docs/own-log"},
    "add an offline test": {"docs/faq", "CONTRIBUTING"},
    "why was my run not run again": {"docs/faq"},
    "change prices without replaying": {"docs/faq"},
    "resume a sweep": {"docs/faq"},
    "labels come one tick later": {"docs/faq"},
    "canary": {"docs/rollouts"},
    "RollBack": {"docs/api/clsim.strategy.guards"},
    "best schedule in hindsight": {"docs/hindsight"},
    "slurm": {"docs/scale"},
}
"""What is typed, and the pages of which one has to be found."""

logger = logging.getLogger(__name__)


def found(index: dict[str, Any], typed: str) -> list[str]:
    """Pages in the order in which the search shows them."""
    query = typed.lower().strip()
    pages, scores = index["docnames"], dict[str, float]()

    def count(page: int, score: float) -> None:
        name = pages[page]
        scores[name] = max(scores.get(name, 0), score)

    for title, places in index["alltitles"].items():
        if query in title.lower() and 2 * len(query) >= len(title):
            for page, anchor in places:
                count(page, round(15 * len(query) / len(title)) + (anchor is None))
    for score, page in by_name(index, query):
        count(page, score)
    for page, score in by_words(index, query.split()).items():
        count(page, score)
    return sorted(scores, key=lambda name: (-scores[name], name))


def by_name(index: dict[str, Any], query: str) -> Iterator[tuple[float, int]]:
    """Objects of the API whose last name is, or holds, what was typed."""
    for prefix, members in index["objects"].items():
        for page, _, priority, _, name in members:
            full = f"{prefix}.{name}" if prefix else name
            if query in (full.lower(), name.lower().rpartition(".")[2]):
                yield 11 + 5 * (1 - priority), page
            elif query in name.lower():
                yield 6 + 5 * (1 - priority), page


def by_words(index: dict[str, Any], words: list[str]) -> dict[int, float]:
    """Pages that hold all of the words, by the best place of any."""
    stem, common = stemmer("english").stemWord, {"a", "the", "is", "in", "my", "was", "not"}
    each = []
    for word in words:
        term = stem(word)
        places = [(index["titleterms"].get(term, []), 15), (index["terms"].get(term, []), 5)]
        scores: dict[int, float] = {}
        for pages, score in places:
            for page in [pages] if isinstance(pages, int) else pages:
                scores[page] = max(scores.get(page, 0), score)
        if scores or word not in common:
            each.append(scores)
    shared = set.intersection(*map(set, each)) if each else set()
    return {page: max(scores[page] for scores in each) for page in shared}


def check(app: Sphinx, exception: Exception | None) -> None:
    """Warn of each look-up whose page is not among the first results."""
    path = Path(app.outdir) / "searchindex.js"
    if exception is not None or not path.is_file():
        return
    text = path.read_text("utf-8")
    index = json.loads(text[text.index("{") : text.rindex("}") + 1])
    for typed, wanted in LOOKUPS.items():
        first = found(index, typed)[:FIRST]
        if not wanted & set(first):
            logger.warning("look-up %r: %s not among %s", typed, sorted(wanted), first)
