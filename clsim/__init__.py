"""Choose a retraining schedule by measurement.

Everything loads when it is used, so that ``import clsim`` stays light.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOME = {
    "replay": "clsim.engine.replay",
    "calibrate": "clsim.engine.calibration",
    "Blocks": "clsim.engine.blocks",
    "counterfactual": "clsim.hindsight.make",
    "Counterfactual": "clsim.hindsight.table",
    "Strategy": "clsim.strategy",
    "Prices": "clsim.runs.ledger",
    "Run": "clsim.runs.run",
    "Runs": "clsim.runs.run",
    "load": "clsim.runs.reading",
    "findings": "clsim.analysis.findings.gather",
    "query": "clsim.analysis.compare.looked_at",
    "verdicts": "clsim.analysis.behaviour.rightness",
    "lineage": "clsim.analysis.behaviour.ancestry",
    "rebuild": "clsim.sweep.rebuilding",
    "plot": "clsim.report.drawing",
    "write_report": "clsim.report.page",
}
_MODULES = ("analysis", "checks", "report", "strategy", "streams")

__all__ = [*_HOME, *_MODULES]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name in _MODULES:
        return import_module(f"clsim.{name}")
    raise AttributeError(f"module 'clsim' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
