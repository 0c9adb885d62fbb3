"""Figures, tables and one page from a folder of runs; the only place that draws.

Everything loads when it is used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "plot": "clsim.report.drawing",
    "write_report": "clsim.report.page",
    "Style": "clsim.report.restyled",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'clsim.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
