"""The rules of the whole loop: when to retrain, on what, how, and which test must pass."""

from clsim.strategy.strategy import Strategy

__all__ = ["Strategy"]
