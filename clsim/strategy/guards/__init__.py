"""Guards: what may undo a promotion, or put it off."""

from clsim.strategy.guards.first import FirstOf
from clsim.strategy.guards.floor import Floor
from clsim.strategy.guards.former import LastFine
from clsim.strategy.guards.freeze import Freeze
from clsim.strategy.guards.on_alarm import OnAlarm
from clsim.strategy.guards.roll_back import RollBack
from clsim.strategy.guards.taking_back import NoGuard

__all__ = ["FirstOf", "Floor", "Freeze", "LastFine", "NoGuard", "OnAlarm", "RollBack"]
