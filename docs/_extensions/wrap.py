"""Prose of Markdown pages in lines of at most 100 characters.

``python docs/_extensions/wrap.py PAGE …`` wraps them in place.
Tables, code, headings and what has no space to break at are left as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

WIDTH = 100
WHOLE = re.compile(r"`+[^`]+`+|\$[^$]+\$|!?\[[^\]]*\]\([^)]*\)|[\d.]+ %")  # code, formulas, links
MARK = re.compile(r"([-*+>]|\d+[.)]|#+)( |$)|[|=]|-+$|```")  # would begin a block of another kind
LABEL = re.compile(r"\([\w-]+\)=$")
ITEM = re.compile(r"( *)([-*+] |\d+[.)] |> ?)?")


def words(text: str) -> list[str]:
    """Pieces of a paragraph between which a line may end; none would begin a list or table."""
    hidden: list[str] = []

    def hide(found: re.Match[str]) -> str:
        hidden.append(found[0])
        return f"\0{len(hidden) - 1}\0"

    pieces: list[str] = []
    for piece in WHOLE.sub(hide, text).split():
        if pieces and MARK.match(piece):
            pieces[-1] += f" {piece}"
        else:
            pieces.append(piece)
    return [re.sub(r"\0(\d+)\0", lambda m: hidden[int(m[1])], piece) for piece in pieces]


def filled(text: str, first: str, rest: str) -> str:
    """A paragraph as lines, of which the first and the others begin as told."""
    lines = [first]
    for word in words(text):
        line = lines[-1]
        begins = line in (first, rest) and (len(lines) == 1 or line == rest)
        if not begins and len(line) + 1 + len(word) > WIDTH:
            lines.append(rest + word)
        else:
            lines[-1] = line + word if begins else f"{line} {word}"
    return "\n".join(lines)


def blocks(text: str) -> Iterator[tuple[bool, list[str]]]:
    """The page in stretches of lines, each with whether it is prose (a paragraph, or one item)."""
    block: list[str] = []
    fence = front = False
    for line in text.split("\n"):
        mark = line.lstrip().startswith(("```", ":::", "$$"))
        verbatim = fence or mark or line.lstrip().startswith(("|", "#", "<")) or not line
        verbatim = verbatim or line.startswith("    ") or bool(LABEL.match(line))
        if mark and not (
            line.lstrip().startswith("$$") and line.rstrip().endswith("$$") and len(line) > 4
        ):
            fence = not fence
        found = ITEM.match(line)
        starts = verbatim or front or bool(found and found[2] and not found[2].startswith(">"))
        if starts and block:
            yield not front, block
            block = []
        block.append(line)
        front = verbatim
        if verbatim:
            yield False, block
            block, front = [], False
    if block:
        yield True, block


def wrapped(text: str) -> str:
    """The page with its prose filled."""
    done = []
    for prose, block in blocks(text):
        if not prose or all(len(line) <= WIDTH for line in block):
            done += block
            continue
        indent, mark = ITEM.match(block[0]).groups(default="")  # type: ignore[union-attr]
        strip = len(indent) + len(mark)
        rest = indent + (mark if mark.startswith(">") else " " * len(mark))
        body = [block[0][strip:], *(re.sub(r"^ *>? ?", "", line) for line in block[1:])]
        done.append(filled(" ".join(body), indent + mark, rest))
    return "\n".join(done)


def too_long(text: str) -> list[str]:
    """Lines of prose that are longer than they may be, although there is a place to break them."""
    found = []
    for prose, block in blocks(text):
        if not prose:
            continue
        for line in block:
            if len(line) > WIDTH and len(words(line)) > 2:
                found.append(line)
    return found


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name)
        page.write_text(wrapped(page.read_text("utf-8")), "utf-8")
