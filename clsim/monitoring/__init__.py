"""Monitors: what a strategy measures in every tick."""

from clsim.monitoring.answers import AnswerDistribution, AnswerShare, Prevalence
from clsim.monitoring.features import FeatureDistribution
from clsim.monitoring.scores import Score
from clsim.monitoring.slices import Where
from clsim.monitoring.windows import Before, Fixed, Season

__all__ = [
    "AnswerDistribution",
    "AnswerShare",
    "Before",
    "FeatureDistribution",
    "Fixed",
    "Prevalence",
    "Score",
    "Season",
    "Where",
]
