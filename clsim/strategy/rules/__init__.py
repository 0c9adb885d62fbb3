"""Rules: what fires, over the values of a signal or the losses as they come."""

from clsim.strategy.rules.beliefs import LearningDebt
from clsim.strategy.rules.bets import ConformalMartingale, HarmfulDrift
from clsim.strategy.rules.charts import Cusum, Ewma, Shewhart, Sprt
from clsim.strategy.rules.costs import AvoidableErrors, ReturnOnInvestment
from clsim.strategy.rules.detectors import Detected
from clsim.strategy.rules.forecasts import Forecast, Trend
from clsim.strategy.rules.levels import (
    Level,
    Quantile,
    Range,
    RollingAverage,
    ScoreLevel,
    Significant,
)
from clsim.strategy.rules.rule import Confirmed, Rule

__all__ = [
    "AvoidableErrors", "Confirmed", "ConformalMartingale", "Cusum", "Detected", "Ewma", "Forecast",
    "HarmfulDrift", "LearningDebt", "Level", "Quantile", "Range", "ReturnOnInvestment",
    "RollingAverage", "Rule", "ScoreLevel", "Shewhart", "Significant", "Sprt", "Trend",
]  # fmt: skip
