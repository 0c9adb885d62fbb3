"""Twelve look-ups of a newcomer, tried in the search of the pages whenever they are built.

Scores and their order are those of Sphinx's search page (``searchtools.js``), but for entries of
the glossary.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from snowballstemmer import stemmer
from sphinx.application import Sphinx
from sphinx.search.en import SearchEnglish
from sphinx.util import logging

FIRST = 10
"""Among how many results a page has to be: those that one sees at once."""

COMMON = SearchEnglish.stopwords

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
    """Pages in the order in which the search shows them, each once."""
    query = typed.lower().strip()
    words = query.split()
    results = [*by_title(index, query), *by_name(index, words), *by_words(index, words)]
    results.sort(key=lambda result: (-result[0], result[1].lower()))
    return list(dict.fromkeys(index["docnames"][page] for _, _, page in results))


Result = tuple[float, str, int]
"""Score, name by which equal scores are ordered, and number of the page."""


def by_title(index: dict[str, Any], query: str) -> Iterator[Result]:
    """Titles and headings that hold all that was typed, if that is half of them at the least."""
    for title, places in index["alltitles"].items():
        if query in title.lower() and 2 * len(query) >= len(title):
            for page, _ in places:
                of_page = index["titles"][page] == title
                name = title if of_page else f"{index['titles'][page]} > {title}"
                yield round(15 * len(query) / len(title)) + of_page, name, page


def by_name(index: dict[str, Any], words: list[str]) -> Iterator[Result]:
    """Objects of the API that have a word in their name, and the others there or beside it."""
    for prefix, members in index["objects"].items():
        for page, kind, priority, _, name in members:
            full = f"{prefix}.{name}" if prefix else name
            last = full.lower().rpartition(".")[2]
            beside = f"{prefix} {name} {index['objnames'][str(kind)][2]} {index['titles'][page]}"
            for word in words:
                others = {*words} - {word}
                if word in full.lower() and all(other in beside.lower() for other in others):
                    score = 11 if word in (full.lower(), last) else 6 if word in last else 0
                    yield score + {0: 15, 2: -5}.get(priority, 5), full, page


def by_words(index: dict[str, Any], words: list[str]) -> Iterator[Result]:
    """Pages that hold all words but the most common ones, by the best place of any."""
    stem, each = stemmer("english").stemWord, list[dict[int, float]]()
    for word in dict.fromkeys(stem(word) for word in words if word not in COMMON):
        places = [(index["terms"].get(word), 5), (index["titleterms"].get(word), 15)]
        for terms, score in (("terms", 2), ("titleterms", 7)):
            if len(word) > 2 and word not in index[terms]:
                places += [(at, score) for term, at in index[terms].items() if word in term]
        scores: dict[int, float] = {}
        for at, score in places:
            for page in [at] if isinstance(at, int) else at or []:
                scores[page] = score
        each.append(scores)
    for page in set.intersection(*map(set, each)) if each else ():
        yield max(scores[page] for scores in each), index["titles"][page], page


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
