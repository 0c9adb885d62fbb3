"""Online tests: how a challenger is tried on the events that are served."""

from clsim.strategy.online.at_once import NoTrial
from clsim.strategy.online.holdback import Holdback
from clsim.strategy.online.shadow import Shadow

__all__ = ["Holdback", "NoTrial", "Shadow"]
