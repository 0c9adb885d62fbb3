"""What happens anyway: streams of events, and the delays of their labels."""

from clsim.streams.recorded import Recorded
from clsim.streams.synthetic import Synthetic

__all__ = ["Recorded", "Synthetic"]
