"""For how long models that do not serve are asked beside those that do."""

from __future__ import annotations

from typing import NamedTuple

from clsim.clock import Clock, Duration, as_duration


class Asks(NamedTuple):
    """For how long ghosts, and former champions, are asked, in units of the clock; None: not."""

    ghosts: int | None
    churn: int | None

    @classmethod
    def of(
        cls, clock: Clock, responds: bool, *, ghosts: Duration | None, churn: Duration | None
    ) -> Asks:
        """As somebody writes them.

        Parameters
        ----------
        clock : Clock
        responds : bool
            Whether the stream responds to what is served.
        ghosts, churn : int, str or None

        Raises
        ------
        TypeError, ValueError
            For what is no duration on this clock, or a stream that responds.
        """
        return cls(
            _length("ghosts", ghosts, "another model", clock, responds),
            _length("churn", churn, "the former champion", clock, responds),
        )


def _length(key: str, given: Duration | None, who: str, clock: Clock, responds: bool) -> int | None:
    if given is None:
        return None
    length = clock.units(as_duration(given, key, positive=True), key)
    if responds:
        raise ValueError(
            f"{key}={given!r}: what is served changes what comes next, so nobody knows what "
            f"{who} would have met; leave {key} out"
        )
    return length
