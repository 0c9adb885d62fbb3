"""Reports whose figures are made but not rendered, for tests of the words around them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest import mock

from matplotlib.figure import Figure

from clsim.report import write_report


def save(figure: Figure, folder: Path, name: str) -> str:
    """Leave empty files in the place of a figure's, and give an empty picture."""
    folder.mkdir(parents=True, exist_ok=True)
    for ending in ("pdf", "png"):
        (folder / f"{name}.{ending}").touch()
    return '<svg viewBox="0 0 1 1"></svg>'


@contextmanager
def nothing_drawn() -> Iterator[None]:
    """In here, reports make their figures and do not render them, which takes most of the time."""
    with (
        mock.patch("clsim.report.pictures.save", save),
        mock.patch("clsim.report.page.processes", return_value=nullcontext()),
    ):
        yield


def write_undrawn(folder: Path, **options: Any) -> Path:
    """As `write_report`, with empty pictures."""
    with nothing_drawn():
        return write_report(folder, **options)
