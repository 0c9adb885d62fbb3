"""Which names are public, and the pages of the API: one for each module, with all of its names.

Nothing is listed by hand but the modules: a name that one of them gives has its entry.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from pathlib import Path
from types import ModuleType

SECTIONS = {
    "Replay and read": ["clsim"],
    "Streams": [
        "clsim.streams",
        "clsim.streams.concepts",
        "clsim.streams.drift",
        "clsim.streams.targets",
        "clsim.streams.arrival",
        "clsim.streams.groups",
        "clsim.streams.resampled",
        "clsim.streams.faults",
        "clsim.streams.feedback",
        "clsim.streams.complaints",
        "clsim.streams.poisoning",
        "clsim.streams.availability",
        "clsim.streams.deletion",
        "clsim.streams.money",
        "clsim.streams.wrapper",
        "clsim.streams.delays",
    ],
    "Strategies": [
        "clsim.strategy",
        "clsim.strategy.logging",
        "clsim.strategy.curation",
        "clsim.strategy.triggers",
        "clsim.strategy.rules",
        "clsim.strategy.datasets",
        "clsim.strategy.training",
        "clsim.strategy.offline",
        "clsim.strategy.evaluation",
        "clsim.strategy.expectations",
        "clsim.strategy.changes",
        "clsim.strategy.suitable",
        "clsim.strategy.review",
        "clsim.strategy.online",
        "clsim.strategy.online.rules",
        "clsim.strategy.deployment",
        "clsim.strategy.adaptation",
        "clsim.strategy.exploration",
        "clsim.strategy.guards",
        "clsim.strategy.reuse",
        "clsim.strategy.repair",
    ],
    "Monitors and metrics": [
        "clsim.monitoring",
        "clsim.monitoring.distances",
        "clsim.monitoring.samples",
        "clsim.monitoring.projections",
        "clsim.metrics",
        "clsim.policies",
        "clsim.slices",
    ],
    "Models": ["clsim.learners", "clsim.ensembles"],
    "Analysis and figures": [
        "clsim.analysis",
        "clsim.analysis.behaviour.cards",
        "clsim.analysis.cost.signal_worth",
        "clsim.runs.ledger",
        "clsim.runs.gathered",
        "clsim.hindsight.rules",
        "clsim.hindsight.grids",
        "clsim.hindsight.cuts",
        "clsim.hindsight.going_back",
        "clsim.report",
        "clsim.report.figures",
        "clsim.report.figures.factors",
    ],
    "Statistics": [
        "clsim.statistics.alternatives",
        "clsim.statistics.arms",
        "clsim.statistics.boundaries",
        "clsim.statistics.charts",
        "clsim.statistics.counts",
        "clsim.statistics.intervals",
        "clsim.statistics.means",
        "clsim.statistics.multiplicity",
        "clsim.statistics.paired",
        "clsim.statistics.periods",
        "clsim.statistics.picked",
        "clsim.statistics.proportions",
        "clsim.statistics.sample_sizes",
        "clsim.statistics.sequences",
        "clsim.statistics.sequential",
        "clsim.statistics.shifts",
        "clsim.statistics.ties",
        "clsim.statistics.waiting",
    ],
    "For authors of parts": ["clsim.protocols", "clsim.types", "clsim.view", "clsim.checks"],
}


SAID = (
    "Every public class and function, by module. Each example can be run as it stands. A value out "
    "of its bounds is refused with ``TypeError`` or ``ValueError`` before any work starts, and the "
    "message has the parameter, the value and what is allowed. Where more than that is refused, "
    "``Raises`` says so."
)
"""What the pages of the API have in common."""


def modules() -> list[str]:
    """The public modules, in the order of the pages."""
    return [name for names in SECTIONS.values() for name in names]


def public(module: ModuleType) -> dict[str, object]:
    """Its public names: those of its ``__all__``, else classes and functions of its own."""
    if hasattr(module, "__all__"):
        given = {name: getattr(module, name) for name in module.__all__}
        return {name: it for name, it in given.items() if not isinstance(it, ModuleType)}
    return {
        name: it
        for name, it in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(it) or inspect.isfunction(it))
        and it.__module__ == module.__name__
    }


def homes() -> dict[int, str]:
    """Where each object has its entry: the first public module that gives it."""
    found: dict[int, str] = {}
    for name in modules():
        for it, what in public(import_module(name)).items():
            found.setdefault(id(what), f"{name}.{it}")
    return found


def page(module: ModuleType, home: dict[int, str]) -> str:
    """The page of one module, as reStructuredText."""
    name = module.__name__
    summary = (inspect.getdoc(module) or "").partition("\n\n")[0]
    names = public(module)
    lines = [name, "=" * len(name), "", summary, "", f".. currentmodule:: {name}", ""]
    lines += [".. autosummary::", "   :nosignatures:", ""]
    own = [it for it, what in names.items() if home[id(what)] == f"{name}.{it}"]
    lines += [f"   {it if it in own else '~' + home[id(what)]}" for it, what in names.items()]
    for it in own:
        what = names[it]
        if inspect.isclass(what):
            lines += ["", f".. autoclass:: {it}", "   :members:"]
        elif inspect.isfunction(what):
            lines += ["", f".. autofunction:: {it}"]
        else:
            lines += ["", f".. autodata:: {it}"]
    return "\n".join(lines) + "\n"


def index() -> str:
    """The page that lists the modules, by section."""
    title = "API reference"
    lines = [title, "=" * len(title), "", SAID, ""]
    for section, names in SECTIONS.items():
        lines += [section, "-" * len(section), "", ".. toctree::", "   :maxdepth: 1", ""]
        lines += [f"   {name}" for name in names] + [""]
    return "\n".join(lines)


def write_reference(folder: Path) -> None:
    """Write the pages into a folder; what has not changed is left alone, and not built anew."""
    folder.mkdir(exist_ok=True)
    home = homes()
    pages = {f"{name}.rst": page(import_module(name), home) for name in modules()}
    pages["index.rst"] = index()
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    for path in folder.glob("*.rst"):
        if path.name not in pages:
            path.unlink()
