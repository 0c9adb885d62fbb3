"""Faults: what goes wrong between the world and the table that a model sees.

Each fault wraps a stream and is a stream, so faults compose by nesting. A fault acts in a window
of time and, if you like, in one slice; everything else passes through untouched, and what the
wrapped stream draws never changes. Random choices depend on the seed and the row of the wrapped
stream alone. Faults of one kind inside each other draw from generators of their own.
"""

from clsim.streams.faults.delivery import DroppedRows, DuplicatedRows
from clsim.streams.faults.fault import Fault
from clsim.streams.faults.features import (
    ConstantFeature,
    NullFeature,
    Outliers,
    RescaledFeature,
    StaleFeature,
    SwappedFeatures,
)
from clsim.streams.faults.labels import EdgeCases, LabelNoise, PoisonedLabels

__all__ = [
    "ConstantFeature",
    "DroppedRows",
    "DuplicatedRows",
    "EdgeCases",
    "Fault",
    "LabelNoise",
    "NullFeature",
    "Outliers",
    "PoisonedLabels",
    "RescaledFeature",
    "StaleFeature",
    "SwappedFeatures",
]
