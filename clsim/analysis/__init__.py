"""What runs show when they are compared: pure functions over finished runs.

Everything loads when it is used.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "mean_interval": "clsim.analysis.comparison",
    "opportunity_cost": "clsim.analysis.opportunity",
    "pareto": "clsim.analysis.frontier",
    "settings": "clsim.analysis.comparison",
    "strategies": "clsim.analysis.comparison",
    "summary": "clsim.analysis.comparison",
}

__all__ = [*_HOME]


def __getattr__(name: str) -> Any:
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'clsim.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
