"""Numbers that a page quotes, held against the files that they come from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from clsim.rounding import MINUS

ROOT = Path(__file__).parents[2]
NUMBER = r"(?:(?<![\w.)])[-+])?(?<![\w.])(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)"
"""A number as pages write it: 1,234 or .05 or -3; within 1.7-1.8 the dash is no sign."""

PAGES: dict[str, Callable[[Page], None]] = {}
"""For each page what it quotes."""


def quotes(path: str) -> Callable:
    """Registers what a page quotes, by its path in the repository."""

    def register(spec):
        assert path not in PAGES
        PAGES[path] = spec
        return spec

    return register


def read(name: str, *index: str) -> pd.DataFrame:
    """A table of `results`, by some of its columns."""
    table = pd.read_csv(ROOT / "results" / name)
    return table.set_index(list(index)).sort_index() if index else table


def said(number: str) -> tuple[float, float]:
    """A number as it is written, and half a unit of its last digit."""
    plain = number.replace(",", "")
    return float(plain), 0.5 * 10.0 ** -len(plain.partition(".")[2])


def agrees(number: str, value: float) -> bool:
    """Whether a number that is written is the value, rounded to its last digit."""
    written, half = said(number)
    return abs(written - value) <= half + 1e-9 + 1e-6 * half


class Page:
    """A text, of which one number after the other is accounted for.

    In templates `#` stands for a number, and a space for any space or end of line. What does not
    agree is collected in `wrong`, so that one run tells all.

    Parameters
    ----------
    text
        The text of the page.
    """

    def __init__(self, text: str) -> None:
        self.text = self.left = text.replace(MINUS, "-")
        self.wrong: list[str] = []

    def starts(self, words: str) -> None:
        """What stands before these words asks and sets, so that its numbers are no results."""
        assert words in self.text
        self.left = self.text[self.text.index(words) :]

    def says(self, template: str, *values: float) -> None:
        """The numbers of a sentence are those values, in this order; each stands for one `#`."""
        pattern = re.escape(template).replace(r"\ ", r"\s+").replace(r"\#", f"({NUMBER})")
        found = re.findall(pattern, self.text)
        if len(found) != 1:
            self.wrong.append(f"{len(found)} times on the page: {template}")
            return
        numbers = re.fullmatch(pattern, re.search(pattern, self.text)[0]).groups()
        self.compare(template, numbers, values)
        self.left = re.sub(pattern, " ", self.left)

    def holds(self, words: str, condition: bool) -> None:
        """Words of the page, of which some number may be one, and whether the files say so."""
        self.says(words)
        if not condition:
            self.wrong.append(f"is not so: {words}")

    def sets(self, *phrases: str) -> None:
        """Words of the page with numbers that were chosen, and not measured."""
        for phrase in phrases:
            pattern = re.escape(phrase).replace(r"\ ", r"\s+")
            if not re.search(pattern, self.text):
                self.wrong.append(f"not on the page: {phrase}")
            self.left = re.sub(pattern, " ", self.left)

    def table(self, header: str, rows: Mapping[str, Iterable[float]], cells: int = 1) -> None:
        """All rows of the table below a header, by their first cells; no row is left out."""
        lines = self.text[self.text.index(header) :].split("\n\n")[0].splitlines()
        there = {}
        for line in lines[2:]:
            name, *rest = line.strip().strip("|").replace("\\|", "/").split("|", cells)
            *more, last = rest
            there[" | ".join(part.strip() for part in (name, *more))] = last
        if list(there) != list(rows):
            self.wrong.append(f"{header}: rows {list(there)} and not {list(rows)}")
        for name in there.keys() & rows.keys():
            self.compare(f"{header[:30]}… {name}", re.findall(NUMBER, there[name]), rows[name])
        self.left = self.left.replace("\n".join(lines), " ")

    def compare(self, where: str, numbers: Iterable[str], values: Iterable[float]) -> None:
        numbers, values = [*numbers], [*values]
        if len(numbers) != len(values):
            self.wrong.append(f"{where}: {numbers} and not {values}")
        for number, value in zip(numbers, values, strict=False):
            if not agrees(number, value):
                self.wrong.append(f"{where}: {number} and not {value}")

    def rest(self) -> Iterator[str]:
        """Numbers that nothing accounts for, with what stands around each; code is left out."""
        plain = re.sub(r"^```.*?^```|^    .*?$", " ", self.left, flags=re.S | re.M)
        plain = re.sub(r"`[^`]*`|\]\([^)]*\)|<[^>]*>", " ", plain)
        for match in re.finditer(NUMBER, plain):
            yield " ".join(plain[max(match.start() - 40, 0) : match.end() + 20].split())
