"""What guards have in common that take a champion back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_flag, check_object
from clsim.protocols import Guard
from clsim.strategy.guards.former import LastFine
from clsim.types import Extent, Of, Rollback
from clsim.view import View


class NoGuard(Guard):
    """What was promoted stays until the next promotion.

    Examples
    --------
    >>> NoGuard().watch(None) is None, NoGuard().keeps  # it asks no view
    (True, 0)
    """


class TakingBack(Guard):
    """A guard that takes the champion back.

    Parameters
    ----------
    within : int, str or None
        For how long after a promotion it does: ticks, or a duration that is a whole number of them.
        None: until the next one.
    to : LastFine or None
        Which former champion serves again. None: the one that was replaced.
    distrust : bool
        Whether rows that only the withdrawn model was trained on are kept from later trainings.
    """

    def __init__(self, within: Duration | None, to: LastFine | None, distrust: bool) -> None:
        if to is not None:
            check_object("to", to)
            if not isinstance(to, LastFine):
                raise TypeError(
                    f"to={to!r}: expected LastFine(...), or None for the model that was replaced"
                )
        check_flag("distrust", distrust)
        self.within = None if within is None else as_duration(within, "within", positive=True)
        self.to = to
        self.distrust = distrust
        self.keeps = 1 if to is None else to.keeps
        self._within: int | None = None

    def bind(self, clock: Clock) -> None:
        if self.within is not None:
            self._within = clock.ticks(self.within, "guard.within")

    def check_scores(self, loss: Extent, score: Extent) -> None:
        if self.to is not None:
            self.to.check_scores(score)

    def due(self, tick: int) -> int:
        return tick

    def in_time(self, view: View) -> bool:
        """Whether the champion can be taken back, and its promotion is not too long ago."""
        if view.replaced is None or view.tick == view.promoted:  # it has answered nothing yet
            return False
        return self._within is None or view.tick - view.promoted <= self._within

    def back(
        self,
        view: View,
        reason: str,
        detail: Mapping[str, float],
        signals: Sequence[tuple[str, Of]] = (),
    ) -> Rollback | None:
        """Take the champion back, if there is something to go back to."""
        if self.to is None:
            return Rollback(reason, None, dict(detail), self.distrust, tuple(signals))
        found = self.to.of(view)
        if found is None:
            return None
        reason += f"; model {found.model} scores {found.score:.4f} on {found.rows} labels of today"
        detail = {**detail, "returned": found.score, "withdrawn": found.champion}
        return Rollback(reason, found.model, detail, self.distrust, tuple(signals))
