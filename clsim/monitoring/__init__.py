"""Monitors: what a strategy measures in every tick."""

from clsim.monitoring.features import FeatureDistribution
from clsim.monitoring.scores import Score

__all__ = ["FeatureDistribution", "Score"]
