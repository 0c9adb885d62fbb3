"""Docstrings of public names say what goes in and what comes out, and show it."""

import importlib
import inspect
import re

from imports import add, missing
from reference import homes

FLAGS = re.MULTILINE | re.DOTALL
"""Of the pattern of a section: heads begin a line, and a section is of many."""


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


def taken(it):
    """The parameters that the signature of a class or function has."""
    return [name for name in inspect.signature(it).parameters if name not in ("self", "cls")]


def told(it):
    """The parameters that its docstring lists, or None where it lists none."""
    text = inspect.cleandoc(it.__doc__ or "")
    section = re.search(r"^Parameters\n-+\n(.*?)(?=\n\n[A-Z][a-zA-Z ]+\n-+\n|\Z)", text, FLAGS)
    if section is None:
        return None
    heads = re.findall(r"^(\S.*?)(?: : .*)?$", section[1], re.M)
    return [name.lstrip("*") for head in heads for name in head.split(", ")]


def members(it):
    """A class or function, and what a class has of its own that can be called."""
    yield it
    for name, one in vars(it).items() if inspect.isclass(it) else ():
        function = one.__func__ if isinstance(one, classmethod | staticmethod) else one
        if inspect.isfunction(function) and not name.startswith("_"):
            yield function


def found():
    for home in sorted(set(homes().values())):
        module, _, name = home.rpartition(".")
        it = getattr(importlib.import_module(module), name)
        if inspect.isclass(it) or inspect.isfunction(it):
            said = list(lacks(it))
            if said:
                yield f"{home}: {', '.join(said)}"


def test_public_names_have_their_sections_and_an_example():
    assert not list(found())


def test_an_example_can_be_run_as_its_page_shows_it():
    wrong = []
    for home in sorted(set(homes().values())):
        module, _, name = home.rpartition(".")
        it = getattr(importlib.import_module(module), name)
        for one in members(it) if callable(it) else ():
            lines = inspect.cleandoc(one.__doc__ or "").splitlines()
            add(None, "", home, one, None, lines)
            if missing("\n".join(lines)):
                wrong.append((home, missing("\n".join(lines))))
            for line in lines:
                if line.startswith((">>> import ", ">>> from ")):
                    exec(line.removeprefix(">>> "), {})
    assert not wrong


def test_parameters_are_called_as_the_signature_calls_them():
    wrong = []
    for home in sorted(set(homes().values())):
        module, _, name = home.rpartition(".")
        it = getattr(importlib.import_module(module), name)
        for one in members(it) if callable(it) else ():
            given = told(one)
            if given is not None and sorted(given) != sorted(taken(one)):
                wrong.append(f"{home}: {one.__name__}: {set(given) ^ set(taken(one))}")
    assert not wrong


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
    assert (told(bare), told(whole), taken(whole)) == (None, ["x"], ["x"])
