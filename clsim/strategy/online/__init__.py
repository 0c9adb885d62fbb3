"""Online tests: how a challenger is tried on the events that are served."""

from clsim.strategy.online.ab_test import ABTest
from clsim.strategy.online.at_once import NoTrial
from clsim.strategy.online.bandit import Bandit
from clsim.strategy.online.canary import Canary
from clsim.strategy.online.holdback import Holdback
from clsim.strategy.online.interleaving import Interleaving
from clsim.strategy.online.shadow import Shadow

__all__ = ["ABTest", "Bandit", "Canary", "Holdback", "Interleaving", "NoTrial", "Shadow"]
