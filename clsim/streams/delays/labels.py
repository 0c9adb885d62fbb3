"""Events by their class, and what is given by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clsim.errors import unknown
from clsim.types import Batch, Schema


def named(key: str, kind: str, given: Mapping[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is given by name, once every name is known to exist."""
    for name in given:
        if str(name) not in names:
            raise ValueError(f"{key}: {unknown(kind, name, names)}")
    return {str(name): value for name, value in given.items()}


def class_codes(key: str, events: Batch, schema: Schema) -> tuple[np.ndarray, list[str]]:
    """The class of each event, as a position in the names of the classes."""
    if schema.task != "classification":
        raise ValueError(f"{key}: by class, but the task of this stream is {schema.task}")
    return schema.codes(events.y), [str(c) for c in schema.classes]
