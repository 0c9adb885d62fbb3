"""Data moves one way, and so do imports; importing clsim is light."""

import ast
import importlib
import subprocess
import sys
import types
from pathlib import Path

import pytest

import clsim

ROOT = Path(clsim.__file__).parent

BASE = {
    "types", "errors", "clock", "randomness", "losses", "policies", "profiles", "metrics",
    "rounding", "routes", "readable", "parallel", "processes",
    "statistics",
}  # fmt: skip
PLUG_INS = BASE | {"protocols", "slices", "view"}
ENGINE = PLUG_INS | {"learners", "runs", "strategy"}
MAY_IMPORT = {
    "types": {"errors"},
    "errors": set(),
    "clock": {"errors"},
    "randomness": {"errors"},
    "losses": {"errors", "types"},
    "policies": {"errors", "losses", "types"},
    "profiles": {"types"},
    "metrics": {"errors", "types"},
    "rounding": {"statistics"},
    "routes": set(),
    "readable": set(),
    "parallel": {"errors", "processes"},
    "processes": {"errors"},
    "statistics": {"errors"},
    "view": {"types", "policies", "randomness", "profiles"},
    "slices": {"types", "view", "errors", "protocols"},
    "protocols": {"types", "view", "clock", "errors", "policies", "profiles", "readable"},
    "streams": PLUG_INS,
    "strategy": PLUG_INS | {"monitoring"},
    "monitoring": PLUG_INS,
    "learners": PLUG_INS,
    "ensembles": {"errors"},
    "runs": BASE,
    "engine": ENGINE | {"monitoring"},
    "checks": ENGINE | {"engine", "streams"},
    "hindsight": ENGINE | {"engine", "streams"},
    "analysis": BASE | {"runs", "hindsight", "streams"},
    "report": BASE | {"protocols", "runs", "engine", "hindsight", "analysis"},
    "sweep": ENGINE | {"engine", "hindsight", "analysis", "report"},
}
"""For each part of clsim, the parts that it may import besides itself."""

HEAVY = {
    "markupsafe": {"report"},
    "matplotlib": {"report"},
    "hydra": {"sweep"},
    "omegaconf": {"sweep"},
    "joblib": {"parallel", "processes", "hindsight"},
    "distributed": {"parallel"},
}
"""Libraries that only some parts may import."""


FILES = {
    ".".join(("clsim", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    ): path
    for path in sorted(ROOT.rglob("*.py"))
    if path.relative_to(ROOT).parts[0] != "conf"
}
"""Every module of clsim."""


def part_of(module):
    """The part of clsim that a module belongs to; None for clsim itself."""
    names = module.split(".")
    return names[1] if len(names) > 1 else None


def imports():
    """(where, module, what it imports) for each import statement, wherever it stands."""
    for module, path in FILES.items():
        inside = path.relative_to(ROOT)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{inside}:{node.lineno}: relative import"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
                names = [name if name in FILES else node.module for name in names]
            else:
                continue
            for name in names:
                yield f"{inside}:{node.lineno}", module, name


def circles(graph):
    """Strongly connected components of more than one node (Tarjan, 1972)."""
    order, low, stack, found = {}, {}, [], []

    def visit(node):
        order[node] = low[node] = len(order)
        stack.append(node)
        for after in graph[node]:
            if after not in order:
                visit(after)
            if after in stack:
                low[node] = min(low[node], low[after])
        if low[node] == order[node]:
            place = stack.index(node)
            if len(stack) - place > 1:
                found.append(sorted(stack[place:]))
            del stack[place:]

    for node in graph:
        if node not in order:
            visit(node)
    return found


def test_circles_are_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"f"}, "f": {"e"}}
    assert circles(graph) == [["b", "c"], ["e", "f"]]


def loaded_with(module, name):
    """What the import of a name loads: its module, and the packages around it, but our own."""
    parts = name.split(".")
    every = {".".join(parts[: at + 1]) for at in range(len(parts))}
    return {each for each in every if each in FILES and not f"{module}.".startswith(f"{each}.")}


def test_a_module_loads_the_packages_around_it():
    assert loaded_with("clsim.report.restyled", "clsim.report.parts.part") == {
        "clsim.report.parts", "clsim.report.parts.part",
    }  # fmt: skip


def test_no_module_is_in_a_circle_of_imports():
    graph = {module: set() for module in FILES}
    for _, module, name in imports():
        graph[module] |= loaded_with(module, name)
    assert circles(graph) == []


def test_no_package_gives_a_name_that_one_of_its_modules_hides():
    hidden = []
    for module, path in FILES.items():
        if path.name == "__init__.py":
            inside = {name.removeprefix(f"{module}.").split(".")[0]
                      for name in FILES if name.startswith(f"{module}.")}  # fmt: skip
            package = importlib.import_module(module)
            given = {n for n in getattr(package, "__all__", ())
                     if not isinstance(getattr(package, n), types.ModuleType)}  # fmt: skip
            hidden += [f"{module}.{name}" for name in inside & given]
    assert hidden == []


def test_every_part_has_its_place():
    assert {part_of(module) for module in FILES} - {None} <= set(MAY_IMPORT)


def test_imports_point_one_way():
    wrong = []
    for where, module, name in imports():
        part, target = part_of(module), part_of(name)
        if part is None or not name.startswith("clsim.") or name == "clsim.__version__":
            continue
        if target != part and target not in MAY_IMPORT[part]:
            wrong.append(f"{where} imports {name}")
    assert not wrong


def test_heavy_libraries_are_imported_in_their_place_alone():
    wrong = []
    for where, module, name in imports():
        part = part_of(module)
        if part not in HEAVY.get(name.split(".")[0], {part}):
            wrong.append(f"{where} imports {name}")
    assert not wrong


def test_no_module_uses_the_private_names_of_another():
    wrong = []
    for module, path in FILES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("clsim"):
                private = [alias.name for alias in node.names if alias.name.startswith("_")]
                wrong += [f"{module}: {node.module}.{n}" for n in private if n != "__version__"]
    assert not wrong


def loaded_by(statement):
    code = f"import sys; {statement}; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in out.stdout.split()}


SLOW = {"matplotlib", "sklearn", "river", "hydra", "omegaconf", "pyarrow", "pandas", "scipy",
        "joblib", "numpy"}  # fmt: skip


@pytest.mark.parametrize(("statement", "slow"), [
    ("import clsim", set()),
    ("import clsim; dir(clsim)", set()),
    ("import clsim.types", {"numpy"}),
    ("from clsim import Strategy", {"numpy"}),
])  # fmt: skip
def test_what_is_not_used_is_not_loaded(statement, slow):
    assert loaded_by(statement) & SLOW <= slow


def test_the_shim_that_every_hydra_app_loads_imports_hydra_alone():
    folder = ROOT.parent / "hydra_plugins"
    assert not (folder / "__init__.py").exists()
    for path in folder.glob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert name.split(".")[0] in {*sys.stdlib_module_names, "hydra", "omegaconf"}


def test_scripts_of_experiments_have_names_of_their_own():
    """Tests import them by their names alone."""
    scripts = [path.stem for path in (ROOT.parent / "experiments").glob("*/*.py")]
    assert scripts
    assert len(scripts) == len(set(scripts))
