"""Offline tests: what a challenger must show before it serves."""

from clsim.strategy.offline.bounds import Bound, Bounds
from clsim.strategy.offline.champion import ChampionChallenger, NoTest
from clsim.strategy.offline.combined import AllOf, AnyOf
from clsim.strategy.offline.significance import Significance

__all__ = ["AllOf", "AnyOf", "Bound", "Bounds", "ChampionChallenger", "NoTest", "Significance"]
