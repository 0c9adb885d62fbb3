"""Data moves one way, and so do imports; importing clsim is light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import clsim

ROOT = Path(clsim.__file__).parent

BASE = {"types", "errors", "clock", "randomness"}
PARTS = BASE | {"streams", "strategy", "monitoring", "learners"}
REPLAY = PARTS | {
    "batches",
    "binding",
    "calendar",
    "world",
    "branches",
    "scoring",
    "models",
    "ledger",
    "files",
    "runs",
    "reading",
    "replaying",
}
MAY_IMPORT = {
    "types": set(),
    "errors": set(),
    "clock": {"errors"},
    "randomness": {"errors"},
    "batches": {"types"},
    "streams": BASE,
    "strategy": BASE | {"monitoring"},
    "monitoring": BASE,
    "learners": BASE,
    "calendar": {"types"},
    "world": PARTS - {"strategy", "streams", "learners"} | {"batches", "calendar"},
    "scoring": PARTS | {"world"},
    "models": PARTS | {"world", "scoring"},
    "ledger": BASE,
    "files": set(),
    "runs": BASE | {"ledger", "files"},
    "reading": BASE | {"ledger", "files", "runs"},
    "branches": BASE | {"world", "scoring"},
    "binding": REPLAY - {"replaying"},
    "replaying": REPLAY,
    "checks": REPLAY,
    "analysis": REPLAY - {"replaying", "strategy"},
    "report": BASE | {"ledger", "files", "runs", "reading", "analysis", "world"},
    "report.cli": REPLAY | {"analysis", "report", "build", "app"},
    "build": REPLAY | {"analysis", "report"},
    "oracle": {"build", "analysis"},
    "launcher": REPLAY | {"analysis", "report", "build", "app", "oracle"},
    "app": REPLAY | {"analysis", "report", "build", "launcher"},
}
"""For each part of clsim, the parts that it may import besides itself."""

HEAVY = {
    "markupsafe": {"report"},
    "matplotlib": {"report"},
    "hydra": {"app", "launcher", "build", "report.cli"},
    "omegaconf": {"app", "launcher", "build", "report.cli"},
    "joblib": {"launcher", "analysis"},
}
"""Libraries that only some parts may import."""


def imports():
    """(part, what it imports) for each import statement of clsim, wherever it stands."""
    for path in sorted(ROOT.rglob("*.py")):
        inside = path.relative_to(ROOT)
        part = inside.parts[0].removesuffix(".py")
        if inside.parts == ("report", "cli.py"):  # a command, beside the app
            part = "report.cli"
        if inside.parts[0] == "conf":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{inside}:{node.lineno}: relative import"
                names = [node.module]
                if node.module == "clsim":
                    names = [f"clsim.{alias.name}" for alias in node.names]
            else:
                continue
            for name in names:
                yield f"{inside}:{node.lineno}", part, name


def test_every_part_has_its_place():
    parts = {part for _, part, _ in imports()} - {"__init__", "__main__"}
    assert parts <= set(MAY_IMPORT)


def test_imports_point_one_way():
    wrong = []
    for where, part, name in imports():
        target = name.split(".")
        if target[0] != "clsim" or part == "__init__" or target[1] == "__version__":
            continue
        if target[1] != part and target[1] not in MAY_IMPORT[part]:
            wrong.append(f"{where} imports {name}")
    assert not wrong


def test_heavy_libraries_are_imported_in_their_place_alone():
    wrong = [f"{where} imports {name}" for where, part, name in imports()
             if part not in HEAVY.get(name.split(".")[0], {part})]  # fmt: skip
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
