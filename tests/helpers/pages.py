"""The pages of the documentation: their links, their commands, and their Python."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
ALL = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *PAGES]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.S | re.M)


def named(path: Path) -> str:
    """A page by its path in the repository."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """Code of a page in one language."""
    return [code for kind, code in FENCE.findall(path.read_text("utf-8")) if kind == language]


def prose(path: Path) -> str:
    """A page without its code."""
    return FENCE.sub("", path.read_text("utf-8"))


def headings(path: Path) -> set[str]:
    """The anchors of a page, as GitHub and MyST make them of its headings."""
    found = re.findall(r"^#+ +(.+)$", prose(path), re.M)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in found)
    return {re.sub(r"[^\w\- ]", "", heading).strip().replace(" ", "-") for heading in plain}


def links(path: Path) -> Iterator[str]:
    """Where a page leads, within the repository."""
    plain = re.sub(r"`[^`]*`", "", prose(path))
    for target in re.findall(r"\]\(([^)\s]+)\)", plain):
        if "://" not in target:
            yield target


def commands(path: Path) -> Iterator[list[str]]:
    """The words of every ``clsim…`` on a page, also within its text, if nothing is left out."""
    text = path.read_text("utf-8")
    lines = [
        line
        for kind, code in FENCE.findall(text)
        if kind in ("", "console")
        for line in code.split("\n")
    ]
    spans = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose(path))]
    joined = "\n".join(lines).replace("\\\n", " ").split("\n")
    for line in [*joined, *spans]:
        found = re.match(r"\s*(?:\$ )?((?:clsim|clsim-report|clsim-describe)(?: .*)?)$", line)
        if found and "..." not in line and "…" not in line:
            yield shlex.split(found[1], comments=True)


def overrides(path: Path) -> Iterator[list[str]]:
    """Options that a page names in its text, such as `strategy/offline=bounds margin=0.1`."""
    for span in re.findall(r"`([^`]+)`", prose(path)):
        words = span.split()
        group = r"\+?(stream|delay|learner|strategy|prices)([./@][\w./@]*)?=\S+"
        if all(re.fullmatch(group, word) for word in words):
            yield words
