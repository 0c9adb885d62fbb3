"""How a model that is to serve is put in place, which may go wrong."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Deployment


class Sure(Deployment):
    """Every deployment works, and takes no time.

    Examples
    --------
    >>> Sure().fails(0.0), Sure().down(0.0)
    (False, 0)
    """


class MayFail(Deployment):
    """A deployment may fail, or take serving down for a while.

    Where it fails, the champion goes on serving, and what was to be deployed is dropped: its
    training, and its trial if it had one, are spent. It is a ``deploy`` event that was not
    accepted. Where it takes serving down, events are unanswered from its tick on, for as long as is
    said; then the new champion serves. Both are drawn by the seed, the tick and the model.
    Rollbacks and re-uses always work: they put in place what has served before.

    Parameters
    ----------
    chance : float, default=0.0
        With which a deployment fails.
    down : int, str or None, default=None
        For how long serving may be down: rows, or a duration where the stream has time.
    down_chance : float, default=0.0
        With which a deployment that works takes serving down.

    Examples
    --------
    One deployment in fifty fails, and every second one costs five minutes:

    >>> deployment = MayFail(0.02, down="5min", down_chance=0.5)
    >>> deployment.fails(0.01), deployment.fails(0.02)
    (True, False)
    """

    def __init__(
        self, chance: float = 0.0, down: Duration | None = None, down_chance: float = 0.0
    ) -> None:
        check_number("chance", chance, low=0, high=1)
        check_number("down_chance", down_chance, low=0, high=1)
        if (down is None) != (down_chance == 0):
            raise ValueError(
                f"down={down!r}, down_chance={down_chance!r}: say for how long serving is down and "
                "with which chance, or neither"
            )
        self.chance, self.down_chance = chance, down_chance
        self.length = None if down is None else as_duration(down, "down", positive=True)
        self._down = 0

    def bind(self, clock: Clock) -> None:
        if self.length is not None:
            self._down = clock.units(self.length, "deployment.down")

    def fails(self, draw: float) -> bool:
        return draw < self.chance

    def down(self, draw: float) -> int:
        return self._down if draw < self.down_chance else 0
