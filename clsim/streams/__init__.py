"""What happens anyway: streams of events, and the delays of their labels."""

from clsim.streams.recorded import Recorded, openml
from clsim.streams.synthetic import Synthetic

__all__ = ["Recorded", "Synthetic", "openml"]
