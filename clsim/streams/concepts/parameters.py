"""Parameters of concepts: drawn for the world of a seed, or as a user gives them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from clsim.randomness import generator


@lru_cache(maxsize=256)
def normals(seed: int, name: str, variant: int, shape: tuple[int, ...]) -> np.ndarray:
    """Standard normal parameters of a concept in the world of a seed."""
    return frozen(generator(seed, f"concept.{name}", variant).standard_normal(shape))


@lru_cache(maxsize=256)
def uniforms(seed: int, name: str, variant: int, shape: tuple[int, ...]) -> np.ndarray:
    """Parameters in [0, 1) of a concept in the world of a seed."""
    return frozen(generator(seed, f"concept.{name}", variant).random(shape))


def given(key: str, values: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Parameters that a user gave, as an array of a shape."""
    try:
        array = np.array([np.asarray(list(v) if len(shape) == 2 else v, float) for v in values])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{key}={values!r}: expected numbers of shape {shape}") from error
    if array.shape != shape or not np.isfinite(array).all():
        raise ValueError(f"{key}={values!r}: expected finite numbers of shape {shape}")
    return frozen(array)


def frozen(array: np.ndarray) -> np.ndarray:
    """An array that many may hold, so that nobody writes to it."""
    array.setflags(write=False)
    return array
