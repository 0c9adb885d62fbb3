"""Objects whose repr is the call that makes them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

LONG = 60
"""Characters above which a value is cut off."""


class Readable:
    """An object whose repr names its class, and the parameters that are not as by default.

    Parameters that it does not keep under their own names are left out.

    Examples
    --------
    >>> class Window(Readable):
    ...     def __init__(self, size, unit="rows"):
    ...         self.size, self.unit = size, unit
    >>> Window(100), Window(7, "days")
    (Window(100), Window(7, unit='days'))
    """

    usual: ClassVar[tuple[type, ...]] = ()
    """Classes of which a parameter is as by default."""

    @property
    def class_name(self) -> str:
        """What it is called in messages: the name of its class."""
        return type(self).__name__

    def __repr__(self) -> str:
        return f"{self.class_name}({', '.join(_arguments(self))})"


def _arguments(of: Any) -> list[str]:
    said: list[str] = []
    for name, parameter in inspect.signature(type(of).__init__).parameters.items():
        kept = vars(of)
        fixed = parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        if name == "self" or fixed or name not in kept or _same(kept[name], parameter.default):
            continue
        if type(kept[name]) in of.usual:
            continue
        first = not said and parameter.default is parameter.empty
        said.append(_shown(kept[name]) if first else f"{name}={_shown(kept[name])}")
    return said


def _same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    try:
        return bool(value == default) or (not len(value) and not default)
    except (TypeError, ValueError):  # arrays, and what has no length
        return False


def _shown(value: Any) -> str:
    if isinstance(value, Readable):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_shown, value))}]"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{k!r}: {_shown(v)}' for k, v in value.items())}}}"
    shape = getattr(value, "shape", None)
    if shape:
        return f"<{type(value).__name__} of {' x '.join(map(str, shape))}>"
    try:
        text = repr(value)
    except Exception:  # river prints a table of arms, and has none to print before the first reward
        return f"{type(value).__name__}(...)"
    return text if len(text) <= LONG else f"{text[:LONG]}..."
