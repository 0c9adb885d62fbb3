"""Offline tests: what a challenger must show before it serves."""

from clsim.strategy.offline.champion import ChampionChallenger, NoTest

__all__ = ["ChampionChallenger", "NoTest"]
