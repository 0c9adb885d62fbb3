"""Concepts: how inputs are drawn, and which label they have."""

from clsim.streams.concepts.clicks import AdClick
from clsim.streams.concepts.clouds import Gaussians, RandomRBF
from clsim.streams.concepts.concept import Concept, MovingConcept
from clsim.streams.concepts.curves import Friedman
from clsim.streams.concepts.digits import LED
from clsim.streams.concepts.linear import Hyperplane, Logistic
from clsim.streams.concepts.loans import Agrawal
from clsim.streams.concepts.rules import SEA, STAGGER, Mixed, Sine
from clsim.streams.concepts.trees import RandomTree

__all__ = [
    "AdClick",
    "Agrawal",
    "Concept",
    "Friedman",
    "Gaussians",
    "Hyperplane",
    "LED",
    "Logistic",
    "Mixed",
    "MovingConcept",
    "RandomRBF",
    "RandomTree",
    "SEA",
    "STAGGER",
    "Sine",
]
