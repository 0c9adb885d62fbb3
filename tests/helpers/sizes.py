"""Sizes of classes and functions, by their source; run it to see the largest."""

import ast
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path


def code_lines(source: str) -> set[int]:
    """The lines that hold code, docstrings among them: no blank ones and no comments."""
    held: set[int] = set()
    reading = iter(source.splitlines(keepends=True))
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    for token in tokenize.generate_tokens(lambda: next(reading, "")):
        if token.type not in skipped:
            held.update(range(token.start[0], token.end[0] + 1))
    return held


def classes(source: str) -> Iterator[tuple[str, int]]:
    """Each class with its length in lines, docstrings and blank lines included."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Each function with its lines of code: the signature counts, docstrings do not."""
    held = code_lines(source)
    parents: list[tuple[str, ast.AST]] = [("", ast.parse(source))]
    while parents:
        prefix, parent = parents.pop()
        for node in ast.iter_child_nodes(parent):
            name = prefix
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{prefix}.{node.name}".lstrip(".")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = held & set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
                if ast.get_docstring(node) is not None:
                    told = node.body[0]
                    lines -= set(range(told.lineno, (told.end_lineno or told.lineno) + 1))
                yield name, len(lines)
            parents.append((name, node))


if __name__ == "__main__":
    for kind, least in ((classes, 220), (functions, 50)):
        found = [
            (size, name, str(path))
            for path in sorted(Path(sys.argv[1] if len(sys.argv) > 1 else "clsim").rglob("*.py"))
            for name, size in kind(path.read_text())
            if size > least
        ]
        for size, name, path in sorted(found, reverse=True):
            print(size, name, path)
