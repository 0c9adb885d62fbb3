"""Adaptation: what a model's probabilities become before they are answers, without a training."""

from clsim.strategy.adaptation.abstention import Abstention
from clsim.strategy.adaptation.bandit import BanditOver
from clsim.strategy.adaptation.calibration import Calibration
from clsim.strategy.adaptation.none import NoAdaptation
from clsim.strategy.adaptation.prior_correction import PriorCorrection
from clsim.strategy.adaptation.regular import Regular
from clsim.strategy.adaptation.threshold import BestCut
from clsim.strategy.adaptation.turns import InTurn

__all__ = [
    "Abstention",
    "BanditOver",
    "BestCut",
    "Calibration",
    "InTurn",
    "NoAdaptation",
    "PriorCorrection",
    "Regular",
]
