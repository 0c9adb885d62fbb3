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

CODE = r"^```.*?^```|^    .*?$|`[^`]*`|\]\([^)]*\)|<[^>]*>"
"""Code, where a link leads, and tags: what is a number there was not measured."""


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
        self.text = text.replace(MINUS, "-")
        self.told = [*self.text]  # with blanks where numbers are accounted for
        self.wrong: list[str] = []
        for code in re.finditer(CODE, self.text, re.S | re.M):
            self._blank(*code.span())

    def starts(self, words: str) -> None:
        """What stands before these words asks and sets, so that its numbers are no results."""
        self._blank(0, self.text.index(words))

    def says(self, template: str, *values: float) -> None:
        """The numbers of a sentence are those values, in this order; each stands for one `#`."""
        pattern = re.escape(template).replace(r"\ ", r"\s+").replace(r"\#", f"({NUMBER})")
        found = [*re.finditer(pattern, self.text)]
        if len(found) != 1:
            self.wrong.append(f"{len(found)} times on the page: {template}")
        for match in found:
            self.compare(template, match.groups(), values)
            self._blank(*match.span())

    def holds(self, words: str, condition: bool) -> None:
        """Words of the page, of which some number may be one, and whether the files say so."""
        self.says(words)
        if not condition:
            self.wrong.append(f"is not so: {words}")

    def sets(self, *phrases: str) -> None:
        """Words of the page with numbers that were chosen, and not measured."""
        for phrase in phrases:
            pattern = re.escape(phrase).replace(r"\ ", r"\s+")
            found = [*re.finditer(pattern, self.text)]
            if not found:
                self.wrong.append(f"not on the page: {phrase}")
            for match in found:
                self._blank(*match.span())

    def by_hand(self, *phrases: str) -> None:
        """Words of the page with numbers of which it says that no file keeps them."""
        self.holds("no file keeps it", True)
        self.sets(*phrases)

    def table(self, header: str, rows: Mapping[str, Iterable[float]], cells: int = 1) -> None:
        """All rows of the table below a header, by their first cells; no row is left out."""
        there = dict(self.rows(header, cells))
        if list(there) != list(rows):
            self.wrong.append(f"{header}: rows {list(there)} and not {list(rows)}")
        for name in there.keys() & rows.keys():
            self.compare(f"{header[:30]}… {name}", re.findall(NUMBER, there[name]), rows[name])

    def rows(self, header: str, cells: int = 1, after: str = "") -> list[tuple[str, str]]:
        """Each row of a table: its first cells, and the rest; the table is accounted for.

        ``after``: words behind which the table stands, where several have the same header.
        """
        start = self.text.index(header, self.text.index(after))
        lines = self.text[start:].split("\n\n")[0].splitlines()
        there = []
        for line in lines[2:]:
            *first, last = line.strip().strip("|").replace("\\|", "/").split("|", cells)
            there.append((" | ".join(part.strip() for part in first), last))
        self._blank(start, start + len("\n".join(lines)))
        return there

    def compare(self, where: str, numbers: Iterable[str], values: Iterable[float]) -> None:
        """Numbers as they are written, and what they should be."""
        numbers, values = [*numbers], [*values]
        if len(numbers) != len(values):
            self.wrong.append(f"{where}: {numbers} and not {values}")
        for number, value in zip(numbers, values, strict=False):
            if not agrees(number, value):
                self.wrong.append(f"{where}: {number} and not {value}")

    def rest(self) -> Iterator[str]:
        """Numbers that nothing accounts for, with what stands around each; code is left out."""
        for match in re.finditer(NUMBER, "".join(self.told)):
            yield " ".join(self.text[max(match.start() - 40, 0) : match.end() + 20].split())

    def _blank(self, start: int, end: int) -> None:
        self.told[start:end] = " " * (end - start)


def unaccounted(path: str, quotes: Callable[[Page], None]) -> list[str]:
    """What on a page differs from the files, or is in none of them."""
    page = Page((ROOT / path).read_text("utf-8"))
    quotes(page)
    return [*page.wrong, *(f"of no file: {words}" for words in page.rest())]
