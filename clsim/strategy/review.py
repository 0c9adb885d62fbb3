"""Review: a person looks at a challenger before it serves, or is tried."""

from __future__ import annotations

import math
from collections.abc import Sequence

from clsim.clock import UNITS, WEEKDAYS, Clock, Duration, as_duration, named_weekdays, weekday
from clsim.errors import check_number
from clsim.protocols import Review
from clsim.statistics.ties import exceeds
from clsim.types import Extent


class NoReview(Review):
    """Nobody looks: what passed its offline test serves, or is tried.

    Examples
    --------
    >>> NoReview().ends(100) is None, NoReview().insists(wins=5, age=1_000) is None
    (True, True)
    """


class OfficeHours:
    """When people work: hours of the clock, in UTC, on some days of the week.

    Parameters
    ----------
    opens, closes : float, default=9.0, 17.0
        Hours of the day.
    days : sequence of str
        Such as ``['monday', 'wednesday']``; by default Monday to Friday.

    Examples
    --------
    Eight hours of work that come in on a Friday (2 January 1970) at 15:00 end on Monday at 15:00.

    >>> end = OfficeHours().end(39 * UNITS["h"], 8 * UNITS["h"])
    >>> end / UNITS["h"] - 4 * 24
    15.0
    """

    def __init__(
        self,
        opens: float = 9.0,
        closes: float = 17.0,
        days: Sequence[str] = WEEKDAYS[:5],
    ) -> None:
        check_number("opens", opens, low=0, high=24)
        check_number("closes", closes, above=opens, high=24)
        self._works = named_weekdays("days", days)
        if not days:
            raise ValueError("days=[]: give at least one, or nobody ever works")
        self.opens, self.closes, self.days = opens, closes, tuple(days)
        self._open = round(opens * UNITS["h"]), round(closes * UNITS["h"])

    def end(self, start: int, work: int) -> int:
        """When a stretch of work ends that comes in at a clock time (both in microseconds)."""
        day = start // UNITS["d"]
        while True:
            opens, closes = (day * UNITS["d"] + hour for hour in self._open)
            begin = max(start, opens)
            if self._works[weekday(day * UNITS["d"])] and begin < closes:
                if work <= closes - begin:
                    return begin + work
                work -= closes - begin
            day += 1


class Person(Review):
    """Somebody looks at each challenger that passed its offline test, and lets it pass or not.

    Whether a model is bad is looked up in the world, as annotators look up labels: it is, if it
    scores lower than the champion of then by more than a margin on the true labels of the events
    of the last stretch of time before the review ends, whether or not those labels have come; rows
    on which either trained are left out, and those that have been deleted since. A bad one is seen
    with a stated chance.

    Parameters
    ----------
    takes : int or str, default=0
        How long it takes: rows, or a duration where the stream has time, of office hours if there
        are any. Until then the challenger counts as in training, and the champion serves.
    sees : float, default=0.9
        The chance that a bad model is seen, and rejected.
    suspects : float, default=0.0
        The chance that a good one is taken for a bad one.
    over : int or str, default=500
        The last stretch of events by which the world says what is bad: rows, or a duration.
    margin : float, default=0.0
        By how much a bad model scores lower, in units of the declared score.
    hours : OfficeHours or None, default=None
        When the person works; None: always.
    max_wins : int or None, default=None
        When the champion has won so many offline tests in a row, or all of them by default since
        there was no evidence, the next challengers go to the person even if they are rejected.
    stale_after : int or str or None, default=None
        The same when the champion has served for so long.

    Notes
    -----
    A limit takes no model into service that nobody has looked at: the person decides, and sees a
    bad one with the stated chance. The offline test is noted as it was.

    What will happen after the review is not looked at, since it may depend on what serves, and
    since no person could see it. A model that is good by the last stretch and bad after a drift is
    a good one here.

    Where labels come at once, a training takes no time and nothing is held out, the models trained
    on all that there is, and there is nothing to look at: every model passes as a good one would.
    With a review that takes time, the events that came meanwhile are looked at.

    A person looks at any number of models at a time. Each review has draws of its own, by the seed,
    the tick in which it ends and the tick in which the training started.

    Examples
    --------
    >>> somebody = Person(takes="4h", sees=0.8, over="7d", hours=OfficeHours(), max_wins=6)

    A model that scores lower is seen where the number that is drawn is below .8:

    >>> [somebody.finds(0.7, of_champion=0.9, draw=draw)[0] for draw in (0.5, 0.85)]
    [False, True]
    >>> somebody.finds(0.95, of_champion=0.9, draw=0.5)[0]
    True
    """

    def __init__(
        self,
        takes: Duration = 0,
        sees: float = 0.9,
        suspects: float = 0.0,
        over: Duration = 500,
        margin: float = 0.0,
        hours: OfficeHours | None = None,
        max_wins: int | None = None,
        stale_after: Duration | None = None,
    ) -> None:
        self.takes = as_duration(takes, "takes")
        check_number("sees", sees, low=0, high=1)
        check_number("suspects", suspects, low=0, high=1)
        self.over = as_duration(over, "over", positive=True)
        check_number("margin", margin)
        if hours is not None and not callable(getattr(hours, "end", None)):
            raise TypeError(f"hours={hours!r}: expected OfficeHours(...)")
        if max_wins is not None:
            check_number("max_wins", max_wins, whole=True, low=1)
        self.stale_after = (
            None if stale_after is None else as_duration(stale_after, "stale_after", positive=True)
        )
        self.sees, self.suspects, self.margin = sees, suspects, margin
        self.hours, self.max_wins = hours, max_wins

    def bind(self, clock: Clock) -> None:
        self._takes = clock.units(self.takes, "review.takes")
        self.looks_at = clock.units(self.over, "review.over")
        if self.hours is not None and not clock.timed:
            raise ValueError(
                "review.hours: the stream has no time, so nobody knows when an office is open; "
                "leave it out, or give the stream a rate"
            )
        if self.stale_after is not None:
            self._stale = clock.units(self.stale_after, "review.stale_after")

    def check_scores(self, loss: Extent, score: Extent) -> None:
        score.check_gap("margin", self.margin)

    def lasts(self) -> int:
        return self._takes

    def ends(self, now: int) -> int:
        return now + self._takes if self.hours is None else self.hours.end(now, self._takes)

    def insists(self, wins: int, age: int) -> str | None:
        if self.max_wins is not None and wins >= self.max_wins:
            return f"after {wins} offline tests that the champion won"
        if self.stale_after is not None and age >= self._stale:
            return "since the champion has served for long"
        return None

    def finds(self, score: float, of_champion: float, draw: float) -> tuple[bool, str]:
        if exceeds(of_champion, score, self.margin):
            return (False, "seen to be worse") if draw < self.sees else (True, "nothing seen")
        if draw < self.suspects:
            return False, "taken for worse"
        return True, "nothing to look at" if math.isnan(score) else "nothing wrong"
