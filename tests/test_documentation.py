"""What the pages say holds: links lead somewhere, lines fit, every public name has its entry."""

import ast
import importlib
import inspect
import re

import pytest

import clsim
from helpers.pages import ALL, DOCS, PAGES, ROOT, blocks, headings, links, named
from reference import homes, modules, public
from wrap import too_long

READ = [*ALL, *sorted((ROOT / "experiments").rglob("*.md"))]


@pytest.mark.parametrize("page", READ, ids=named)
def test_links_lead_somewhere(page):
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if link.startswith(("docs/examples", "examples/", "api/")):
            continue  # made when the pages are built, which says if they are not there
        assert target.exists(), f"{link}: no such file"
        assert not anchor or anchor in headings(target), f"{link}: no such heading"


def test_every_page_is_in_the_table_of_contents():
    index = (DOCS / "index.md").read_text("utf-8")
    listed = {
        line
        for code in re.findall(r"```{toctree}\n(.*?)```", index, re.S)
        for line in code.split("\n")
    }
    missing = [page.stem for page in PAGES if page.stem not in {*listed, "index"}]
    assert not missing, "docs/index.md: name these pages in one of its lists"


@pytest.mark.parametrize("page", ALL, ids=named)
def test_lines_of_prose_have_at_most_a_hundred_characters(page):
    assert not too_long(page.read_text("utf-8")), f"python docs/_extensions/wrap.py {named(page)}"


def test_the_readme_is_one_screen_that_begins_with_two_commands():
    text = (ROOT / "README.md").read_text("utf-8")
    assert text.count("\n") < 120
    first = blocks(ROOT / "README.md", "console")[0]
    assert re.findall(r"^\$ (make \w+)", first, re.M) == ["make demo", "make test"]
    rules = (ROOT / "Makefile").read_text("utf-8")
    assert all(f"\n{name}:" in rules for name in ("demo", "test", "docs"))


def known():
    return {f"{name}.{it}" for name in modules() for it in public(importlib.import_module(name))}


def test_what_clsim_gives_has_an_entry():
    given = {f"clsim.{name}" for name in clsim.__all__}
    assert {name for name in given if inspect.ismodule(getattr(clsim, name[6:]))} <= set(modules())
    assert {name for name in given if not inspect.ismodule(getattr(clsim, name[6:]))} <= known()


def test_what_configurations_build_has_an_entry():
    named = set()
    for path in (ROOT / "conf").rglob("*.yaml"):
        named |= set(re.findall(r"_target_: *(clsim\.[\w.]+)", path.read_text("utf-8")))
    assert named
    parts = {name.removesuffix(".of") for name in named if not name.startswith("clsim.sweep")}
    assert not sorted(parts - known())


def test_what_pages_import_has_an_entry():
    of_pages = set()
    for page in ALL:
        for node in ast.walk(ast.parse("\n".join(blocks(page, "python")))):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("clsim"):
                of_pages |= {(node.module, alias.name) for alias in node.names}
    assert of_pages
    gives = known() | set(modules())
    missing = {(at, name) for at, name in of_pages if f"{at}.{name}" not in gives}
    assert not {(at, name) for at, name in missing if at not in modules() or not name.isupper()}


def documented():
    """Each public class and function of clsim's, by its first name."""
    for name, home in sorted((home, home) for home in homes().values()):
        module, _, it = name.rpartition(".")
        yield home, getattr(importlib.import_module(module), it)
