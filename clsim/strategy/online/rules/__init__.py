"""Rules of online tests: when a challenger is shown to be better or worse."""

from clsim.strategy.online.rules.at_the_end import AtTheEnd
from clsim.strategy.online.rules.confidence_sequence import ConfidenceSequence
from clsim.strategy.online.rules.group_sequential import GroupSequential
from clsim.strategy.online.rules.kayenta import Kayenta
from clsim.strategy.online.rules.rule import Found, Rule
from clsim.strategy.online.rules.sprt import SPRT

__all__ = [
    "AtTheEnd", "ConfidenceSequence", "Found", "GroupSequential", "Kayenta", "Rule", "SPRT",
]  # fmt: skip
