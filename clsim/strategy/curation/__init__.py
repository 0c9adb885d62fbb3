"""Curation: which labels are bought, and how many."""

from clsim.strategy.curation.budgets import (
    Biqf,
    Budget,
    Chance,
    Fixed,
    FixedUncertainty,
    Money,
    Passing,
    RandomVariableUncertainty,
    SplitUncertainty,
    Unlimited,
    VariableUncertainty,
)
from clsim.strategy.curation.buying import After, Buying, Nothing
from clsim.strategy.curation.change import ExpectedChange
from clsim.strategy.curation.coverage import KCentre, Unlike
from clsim.strategy.curation.feedback import Complained
from clsim.strategy.curation.former import FormerModels
from clsim.strategy.curation.learned import Committee, PredictedLoss, Refitted
from clsim.strategy.curation.picks import InProportion, Matching, Pick, Random, Scored, Uncertainty
from clsim.strategy.curation.strata import Stratified

__all__ = [
    "After", "Biqf", "Budget", "Buying", "Chance", "Committee", "Complained", "ExpectedChange",
    "Fixed", "FixedUncertainty", "FormerModels", "InProportion", "KCentre", "Matching", "Money",
    "Nothing", "Passing", "Pick", "PredictedLoss", "Random", "RandomVariableUncertainty",
    "Refitted", "Scored", "SplitUncertainty", "Stratified", "Uncertainty", "Unlike", "Unlimited",
    "VariableUncertainty",
]  # fmt: skip
