"""The rules of the whole loop: when to retrain, on what, how, and which test must pass."""

from clsim.strategy.given import AsServed, NoModel
from clsim.strategy.strategy import Strategy
from clsim.strategy.then import Then

__all__ = ["AsServed", "NoModel", "Strategy", "Then"]
