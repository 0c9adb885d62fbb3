"""Label delays: how long after an event its label is known."""

from clsim.streams.delays.annotators import Annotators
from clsim.streams.delays.attribution import Attribution
from clsim.streams.delays.constant import Constant
from clsim.streams.delays.drawn import Distributed, Exponential, Lognormal, Uniform, Weibull
from clsim.streams.delays.empirical import Empirical
from clsim.streams.delays.grouped import ByClass, BySlice, Missing
from clsim.streams.delays.team import Capacity

__all__ = [
    "Annotators",
    "Attribution",
    "ByClass",
    "BySlice",
    "Capacity",
    "Constant",
    "Distributed",
    "Empirical",
    "Exponential",
    "Lognormal",
    "Missing",
    "Uniform",
    "Weibull",
]
