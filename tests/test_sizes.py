"""Nothing is so large that it holds more than one idea."""

import ast
import inspect
from pathlib import Path

import pytest

import clsim
from helpers.sizes import classes, functions

FOLDER = Path(clsim.__file__).parent
MODULES = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.py"))


@pytest.mark.parametrize("part", sorted({name.split("/")[0] for name in MODULES}))
def test_classes_have_250_lines_and_functions_60_of_code(part):
    for name in MODULES:
        if name.split("/")[0] == part:
            source = (FOLDER / name).read_text()
            large = [f"{kind}: {lines} lines" for kind, lines in classes(source) if lines > 250]
            large += [f"{kind}: {code} of code" for kind, code in functions(source) if code > 60]
            assert not large, name


def test_a_lane_is_the_loop_of_one_strategy_and_no_more():
    source = (FOLDER / "engine/lane.py").read_text()
    assert source.count("\n") <= 150
    attributes = {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
    }
    assert 0 < len(attributes) <= 12


def test_lines_are_counted():
    source = inspect.cleandoc('''
        class One:
            """What it is."""

            def two(self, x):
                """What it does,

                at length."""
                # why
                text = """

                a"""

                def three():
                    return x

                return three
    ''')
    assert dict(classes(source)) == {"One": 16}
    assert dict(functions(source)) == {"One.two": 7, "One.two.three": 2}
