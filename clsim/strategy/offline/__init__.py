"""Offline tests: what a challenger must show before it serves."""

from clsim.strategy.offline.bounds import Bound, Bounds
from clsim.strategy.offline.champion import ChampionChallenger, NoTest
from clsim.strategy.offline.significance import Significance

__all__ = ["Bound", "Bounds", "ChampionChallenger", "NoTest", "Significance"]
