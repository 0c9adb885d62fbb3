"""Triggers: when to retrain."""

from clsim.strategy.triggers.alerts import Alerts
from clsim.strategy.triggers.attention import Attention
from clsim.strategy.triggers.combinations import AllOf, AnyOf, KOf, Veto
from clsim.strategy.triggers.costs import IncorporationLatency, LyapunovBudget
from clsim.strategy.triggers.forecast import PerformanceForecast
from clsim.strategy.triggers.held import Budget, Confirm, Cooldown, WaitFor
from clsim.strategy.triggers.losses import Drift, OnLosses, Performance, Volume
from clsim.strategy.triggers.novelty import NewSlice
from clsim.strategy.triggers.reviewed import GridCalendar, SquareRootCalendar
from clsim.strategy.triggers.schedule import At, Never, Periodic, Random
from clsim.strategy.triggers.signals import OnSignal, Threshold

__all__ = [
    "Alerts", "AllOf", "AnyOf", "At", "Attention", "Budget", "Confirm", "Cooldown", "Drift",
    "GridCalendar", "IncorporationLatency", "KOf", "LyapunovBudget", "Never", "NewSlice",
    "OnLosses", "OnSignal", "Performance", "PerformanceForecast", "Periodic", "Random",
    "SquareRootCalendar", "Threshold", "Veto", "Volume", "WaitFor",
]  # fmt: skip
