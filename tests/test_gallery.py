"""Notebooks run from top to bottom, and so do examples; all examples run when pages are built."""

import json
import re
import runpy

import matplotlib.figure
import pytest

from helpers.pages import DOCS, named

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
EXAMPLES = sorted((DOCS / "gallery").glob("plot_*.py"))
SOME = ("hindsight", "price", "log", "tuning")  # the others run when the pages are built


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=named)
def test_a_notebook_runs_from_top_to_bottom(path, capsys):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert cells[0]["cell_type"] == "markdown"
    names = {"__name__": "notebook"}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert not cell["outputs"], "clear the outputs, which would be of another day"
            exec(compile("".join(cell["source"]), named(path), "exec"), names)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path", [path for path in EXAMPLES if path.stem.rpartition("_")[2] in SOME], ids=named
)
def test_an_example_runs(path):
    names = runpy.run_path(str(path))
    figures = [it for it in names.values() if isinstance(it, matplotlib.figure.Figure)]
    drawn = "clsim.plot(" in path.read_text("utf-8")
    assert bool(figures) == drawn


def test_examples_ask_one_question_each():
    assert len(EXAMPLES) >= 15
    first = [re.match(r'"""\n(.+)\n(=+)\n', path.read_text("utf-8")) for path in EXAMPLES]
    assert all(found and len(found[1]) == len(found[2]) for found in first)
    assert len({found[1] for found in first}) == len(EXAMPLES)
