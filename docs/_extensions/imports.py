"""The imports of an example: on its page it can be run as it stands, without its module around it.

Doctests have the names of their module. Whoever copies an example has not, so the pages of the API
begin each with the imports that it takes.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from doctest import DocTestParser
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from reference import homes

BEFORE_NUMPYDOC = 400
"""The priority with which this listens: numpydoc then finds the imports in their section."""


def missing(examples: str) -> list[str]:
    """Names that examples use and neither make, import, nor have from Python, as they come."""
    source = "".join(each.source for each in DocTestParser().get_examples(examples))
    used, made = list[str](), {*dir(builtins)}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (used.append if isinstance(node.ctx, ast.Load) else made.add)(node.id)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
        elif isinstance(node, ast.alias):
            made.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.ExceptHandler):
            made.add(f"{node.name}")
    return [name for name in dict.fromkeys(used) if name not in made]


@cache
def _homes() -> dict[int, str]:
    return homes()


@cache
def _origins(module: ModuleType) -> dict[str, str]:
    """Where a module has the names from that it imports."""
    nodes = ast.walk(ast.parse(inspect.getsource(module)))
    return {
        alias.asname or alias.name: f"{node.module}"
        for node in nodes
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def imports(examples: str, module: ModuleType) -> list[str]:
    """The import statements that examples of a module take, as they are sorted in a file."""
    plain, of = set[str](), dict[str, set[str]]()
    for name in missing(examples):
        if name not in vars(module):
            continue
        it = getattr(module, name)
        if isinstance(it, ModuleType):
            plain.add(f"import {it.__name__}" + (f" as {name}" if name != it.__name__ else ""))
        else:
            home = _homes().get(id(it), "").rpartition(".")[0]
            of.setdefault(home or _origins(module).get(name, module.__name__), set()).add(name)
    named = [f"from {place} import {', '.join(sorted(names))}" for place, names in of.items()]
    return [*sorted(plain), *sorted(named)]


def add(app: Any, what: str, name: str, it: Any, options: Any, lines: list[str]) -> None:
    """Put them before the first line of the examples of a docstring."""
    first = next((at for at, line in enumerate(lines) if line.startswith(">>> ")), None)
    module = getattr(it, "__module__", None)
    if first is not None and module:
        needed = imports("\n".join(lines), import_module(module))
        lines[first:first] = [f">>> {statement}" for statement in needed]
