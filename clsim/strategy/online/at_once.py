"""At once: what passed its offline test answers all events from then on."""

from __future__ import annotations

from clsim.protocols import OnlineTest


class NoTrial(OnlineTest):
    """No challenger is tried: what passed its offline test serves (blue/green).

    Examples
    --------
    >>> from clsim.types import Trial
    >>> NoTrial().begin(None, Trial(model=1, champion=0, tick=3)) is None  # it asks no view
    True
    """
