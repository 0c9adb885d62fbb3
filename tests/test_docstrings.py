"""Docstrings of public names say what goes in and what comes out, and show it; the debt shrinks."""

import importlib
import inspect
import re
from pathlib import Path

from reference import homes

DEBT = Path(__file__).parent / "helpers" / "docstrings.txt"
"""A line for each public name that still lacks a section: the name, and what it lacks."""


def lacks(it):
    """Which sections a class or function lacks, of those that it ought to have."""
    text = inspect.getdoc(it) or ""
    heads = {m[1] for m in re.finditer(r"^([A-Z][a-z ]+)\n-+$", text, re.M)}
    sign = inspect.signature(it)
    if not text:
        yield "docstring"
    takes = {*sign.parameters} - {"args", "kwargs"}
    if takes and not heads & {"Parameters", "Attributes"}:
        yield "parameters"
    gives = inspect.isfunction(it) and sign.return_annotation not in (None, "None")
    if gives and not heads & {"Returns", "Yields"}:
        yield "returns"
    if "Examples" not in heads or ">>>" not in text:
        yield "example"


def found():
    for home in sorted(set(homes().values())):
        module, _, name = home.rpartition(".")
        it = getattr(importlib.import_module(module), name)
        if inspect.isclass(it) or inspect.isfunction(it):
            said = list(lacks(it))
            if said:
                yield f"{home}: {', '.join(said)}"


def test_public_names_have_their_sections_and_an_example():
    listed = set(DEBT.read_text("utf-8").splitlines())
    lacking = set(found())
    assert not sorted(lacking - listed), "write what is missing; the list takes nothing new"
    assert not sorted(listed - lacking), f"these are mended: take their lines out of {DEBT.name}"


def test_every_public_name_says_what_it_is():
    assert not [line for line in found() if "docstring" in line.partition(": ")[2].split(", ")]


def test_what_is_lacking_is_seen():
    def bare(x: int) -> int:
        """Something."""

    def whole(x: int) -> int:
        """Something.

        Parameters
        ----------
        x : int

        Returns
        -------
        int

        Examples
        --------
        >>> 1
        1
        """

    assert list(lacks(bare)) == ["parameters", "returns", "example"]
    assert list(lacks(whole)) == []
