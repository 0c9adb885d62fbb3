"""What streams say of themselves, in lines of text."""

from __future__ import annotations

from clsim.types import Schema


def headline(name: str, n: int, length: int, schema: Schema) -> str:
    """The first line of a description; the length is in microseconds where there is time."""
    classes = len(schema.classes)
    days = f" over {length / 86_400_000_000:,.4g} days" if schema.timed else ""
    kind = f"{classes} classes" if classes else "regression"
    return f"{name}: {n:,} events{days}, {len(schema.features)} features, {kind}"


def slice_lines(schema: Schema) -> list[str]:
    """A line for each column of slices."""
    lines = []
    for column, names in schema.slices.items():
        shown = [name.partition("=")[2] for name in names[:8]]
        more = [f"{len(names) - 8} more"] if len(names) > 8 else []
        lines.append(f"- slices of {column}: {', '.join([*shown, *more])}")
    return lines
