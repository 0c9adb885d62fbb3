"""Monitors: what a strategy measures in every tick."""

from clsim.monitoring.answers import AnswerDistribution, AnswerShare, Prevalence
from clsim.monitoring.batches import Quality
from clsim.monitoring.complaints import Complaints
from clsim.monitoring.estimates import ConfidenceScore, ExpectedScore, RegressedScore
from clsim.monitoring.features import FeatureDistribution
from clsim.monitoring.gone import GoneRows
from clsim.monitoring.many import Combined, Corrected
from clsim.monitoring.outside import FromFile
from clsim.monitoring.profiled import ProfileDistribution
from clsim.monitoring.projected import Projected
from clsim.monitoring.rows import RowDistribution
from clsim.monitoring.scores import ArrivalBias, Score, Unlabelled
from clsim.monitoring.waiting import LabelsWaiting
from clsim.monitoring.windows import Before, Fixed, Season
from clsim.slices import Where

__all__ = [
    "AnswerDistribution",
    "AnswerShare",
    "ArrivalBias",
    "Before",
    "Combined",
    "Complaints",
    "ConfidenceScore",
    "Corrected",
    "ExpectedScore",
    "FeatureDistribution",
    "Fixed",
    "FromFile",
    "GoneRows",
    "LabelsWaiting",
    "Prevalence",
    "ProfileDistribution",
    "Projected",
    "Quality",
    "RegressedScore",
    "RowDistribution",
    "Score",
    "Season",
    "Unlabelled",
    "Where",
]
