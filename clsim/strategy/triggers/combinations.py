"""Triggers put together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, check_object
from clsim.protocols import Monitor, Trigger
from clsim.types import Extent, Fired, Schema
from clsim.view import View


class Combination(Trigger):
    """Triggers asked together; each is asked in every tick, so that it misses nothing."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        if not triggers:
            raise ValueError("triggers: give at least one")
        for number, trigger in enumerate(triggers):
            check_object(f"triggers[{number}]", trigger)
        self.triggers = list(triggers)

    @property
    def alarms(self) -> bool:
        return any(trigger.alarms for trigger in self.triggers)

    @property
    def monitors(self) -> dict[str, Monitor]:
        return named_once([trigger.monitors for trigger in self.triggers])

    def bind(self, clock: Clock) -> None:
        for trigger in self.triggers:
            trigger.bind(clock)

    def check_times(self, begin: int, end: int) -> None:
        for trigger in self.triggers:
            trigger.check_times(begin, end)

    def begins(self, deployment: int) -> None:
        for trigger in self.triggers:
            trigger.begins(deployment)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        for trigger in self.triggers:
            trigger.check_scores(loss, score)

    def check_schema(self, schema: Schema) -> None:
        for trigger in self.triggers:
            trigger.check_schema(schema)

    def _fired(self, view: View) -> list[Fired]:
        """What those that fire say; those that are held back come with their alarms alone."""
        answers = [as_fired(trigger, view) for trigger in self.triggers]
        return [answer for answer in answers if answer is not None]


class PerPeriod(Combination):
    """A trigger passed on so often in a period; what was spent is counted in the run's past.

    Parameters
    ----------
    trigger : Trigger
    per : int, str or None
        Any period of so many ticks (or such a duration). None: the whole run.
    """

    def __init__(self, trigger: Trigger, per: Duration | None) -> None:
        super().__init__([trigger])
        self.per = None if per is None else as_duration(per, "per", positive=True)
        self._per: int | None = None

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.per is not None:
            self._per = clock.ticks(self.per, "trigger.per")

    def _spent(self, ticks: Sequence[int], now: int) -> int:
        """How many of some ticks lie in the period that ends with this one."""
        since = 0 if self._per is None else now - self._per + 1
        return sum(tick >= since for tick in ticks)


def within(trigger: Trigger) -> Iterator[Trigger]:
    """A trigger, and all that it is put together from."""
    yield trigger
    for part in trigger.triggers if isinstance(trigger, Combination) else ():
        yield from within(part)


def named_once(given: Sequence[Mapping[str, Monitor]]) -> dict[str, Monitor]:
    """Monitors of several as one mapping.

    Raises
    ------
    ValueError
        If two have one name, since a rule would read the other's signal.
    """
    found: dict[str, Monitor] = {}
    for monitors in given:
        for name, monitor in monitors.items():
            if found.setdefault(name, monitor) is not monitor:
                raise ValueError(
                    f"monitors: two are called {name!r}; give one another name (OnSignal and "
                    "Threshold have name=)"
                )
    return found


def as_fired(trigger: Trigger, view: View) -> Fired | None:
    """What a trigger says; it may give its reason alone.

    Raises
    ------
    TypeError
        For anything else.
    """
    answer = trigger.fires(view)
    if answer is None or isinstance(answer, Fired):
        return answer
    if not isinstance(answer, str) or not answer:
        raise TypeError(
            f"trigger: {type(trigger).__name__}.fires gave {answer!r}; it must give None, or the "
            "reason to retrain as text"
        )
    return Fired(answer)


def joined(fired: Sequence[Fired], word: str, held: bool) -> Fired | None:
    """Several that fired as one; their alarms are kept."""
    if not fired:
        return None
    detail = {key: value for one in fired for key, value in one.detail.items()}
    alarms = tuple(alarm for one in fired for alarm in one.alarms)
    signals = tuple(signal for one in fired for signal in one.signals)
    looked_at = tuple(alarm for one in fired for alarm in one.looked_at)
    missed = tuple(alarm for one in fired for alarm in one.missed)
    reason = word.join(one.reason for one in fired if held or not one.held)
    return Fired(reason, detail, alarms, signals, held, looked_at, missed)


class AnyOf(Combination):
    """Retrain when any of several triggers fires.

    Parameters
    ----------
    triggers : sequence of Trigger

    Examples
    --------
    >>> from clsim.strategy.triggers import Performance, Periodic
    >>> trigger = AnyOf([Periodic("28d"), Performance(below=0.8)])

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = AnyOf([At([2, 4]), At([3, 4])])
    >>> [trigger.fires(SimpleNamespace(tick=tick)).reason for tick in (2, 3, 4)]
    ['at tick 2', 'at tick 3', 'at tick 4 or at tick 4']
    """

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        return joined(fired, " or ", all(one.held for one in fired))


class AllOf(Combination):
    """Retrain when several triggers fire in the same tick.

    Parameters
    ----------
    triggers : sequence of Trigger

    Examples
    --------
    >>> from clsim.strategy.triggers import Periodic, Volume
    >>> trigger = AllOf([Periodic("7d"), Volume(500)])  # weekly, if there are new labels

    What fires alone is held back:

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = AllOf([At([2, 4]), At([3, 4])])
    >>> [trigger.fires(SimpleNamespace(tick=tick)).held for tick in (2, 3, 4)]
    [True, True, False]
    """

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        acting = [one for one in fired if not one.held]
        return joined(fired, " and ", len(acting) < len(self.triggers))


class KOf(Combination):
    """Retrain when at least k of several triggers fire in the same tick.

    Parameters
    ----------
    triggers : sequence of Trigger
    k : int
        From 1, which is `AnyOf`, to the number of triggers, which is `AllOf`.

    Examples
    --------
    >>> from clsim.strategy.triggers import Performance, Periodic, Volume
    >>> trigger = KOf([Periodic("7d"), Volume(500), Performance(below=0.8)], k=2)

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = KOf([At([2]), At([3]), At([3])], k=2)
    >>> [trigger.fires(SimpleNamespace(tick=tick)).held for tick in (2, 3)]
    [True, False]
    """

    def __init__(self, triggers: Sequence[Trigger], k: int) -> None:
        super().__init__(triggers)
        check_number("k", k, whole=True, low=1, high=len(self.triggers))
        self.k = k

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        return joined(fired, " and ", sum(not one.held for one in fired) < self.k)


class Veto(Combination):
    """Pass a trigger on, unless another one fires in the same tick.

    So a broken batch is not trained on: the other one watches the quality of data.

    Parameters
    ----------
    trigger : Trigger
    by : Trigger
        What holds it back. Its alarms are recorded whether or not there is something to hold back.

    Examples
    --------
    >>> from clsim.strategy.triggers import Periodic, Threshold
    >>> from clsim.monitoring import FeatureDistribution
    >>> broken = Threshold(FeatureDistribution(), above=0.5)
    >>> trigger = Veto(Periodic("7d"), by=broken)

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.triggers import At
    >>> trigger = Veto(At([2, 3]), by=At([3]))
    >>> [trigger.fires(SimpleNamespace(tick=tick)).held for tick in (2, 3)]
    [False, True]
    """

    def __init__(self, trigger: Trigger, by: Trigger) -> None:
        super().__init__([trigger, by])

    def fires(self, view: View) -> Fired | None:
        fired, by = (as_fired(trigger, view) for trigger in self.triggers)
        passed = fired is not None and not fired.held and (by is None or by.held)
        both = [one for one in (fired, by) if one is not None]
        return joined(both, ", vetoed by ", not passed)
