"""Triggers: when to retrain."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number, check_object, unknown
from clsim.protocols import Monitor, Trigger, completed
from clsim.strategy.rules import Detected, Level, Rule
from clsim.types import NEVER, Fired, Schema
from clsim.view import View


class Never(Trigger):
    """Keep the first model."""

    def due(self, tick: int) -> int:
        return NEVER

    def fires(self, view: View) -> Fired | None:
        return None


class Periodic(Trigger):
    """Retrain on a schedule: at ticks t >= 1 with t = phase (mod every).

    Parameters
    ----------
    every : int or str
        Number of ticks, or a duration (``'7d'``) that is a whole number of them.
    phase : int or str, default=0
        Likewise, below ``every``.
    """

    def __init__(self, every: Duration, phase: Duration = 0) -> None:
        every = as_duration(every, "every", positive=True)
        phase = as_duration(phase, "phase")
        self.every = every
        self.phase = phase

    def bind(self, clock: Clock) -> None:
        self._every = clock.ticks(self.every, "trigger.every")
        self._phase = clock.ticks(self.phase, "trigger.phase")
        if self._phase >= self._every:
            raise ValueError(
                f"trigger.phase={self.phase!r}: must be below trigger.every={self.every!r}"
            )

    def due(self, tick: int) -> int:
        tick = max(tick, 1)
        return tick + (self._phase - tick) % self._every

    def fires(self, view: View) -> Fired | None:
        if view.tick == self.due(view.tick):
            return Fired(f"every {self.every}")
        return None


class Volume(Trigger):
    """Retrain when enough labels have arrived since the last training started.

    Parameters
    ----------
    rows : int or None
        New labels needed.
    growth : float or None
        New labels needed, in per cent of all that had arrived by then.

    Give one of the two.
    """

    def __init__(self, rows: int | None = None, growth: float | None = None) -> None:
        if (rows is None) == (growth is None):
            raise ValueError("trigger: give rows or growth, and not both")
        if rows is not None:
            check_number("rows", rows, whole=True, low=1)
        if growth is not None:
            check_number("growth", growth, above=0)
        self.rows = rows
        self.growth = growth

    def fires(self, view: View) -> Fired | None:
        before = view.n_labels_at(view.training_ticks[-1] if view.training_ticks else -1)
        new = view.n_labels - before
        if self.rows is not None:
            return Fired(f"{new} new labels") if new >= self.rows else None
        assert self.growth is not None
        if new > 0 and new * 100 >= before * self.growth:
            return Fired(f"{new} new labels after {before}")
        return None


class _OnLosses(Trigger):
    """Retrain when a rule fires over the losses whose labels have arrived.

    Parameters
    ----------
    rule : Rule
    of : {'champion', 'all'}
        Events served by the present champion, or any.
    """

    def __init__(self, rule: Rule, of: str) -> None:
        check_choice("of", of, ("champion", "all"))
        self.rule = rule
        self.of = of

    def fires(self, view: View) -> Fired | None:
        return self.rule.after(view.losses(of=self.of).tolist(), view.score)


class Performance(_OnLosses):
    """Retrain when the score on arrived labels is too low.

    The score is the declared one (accuracy for the zero-one loss, else minus the mean loss), over
    the last ``window`` labels that arrived since the champion was deployed.

    Parameters
    ----------
    below : float or None
        Fires when the score is below this.
    drop : float or None
        Fires when the score is more than this below the reference: the score on the first
        ``window`` labels that arrived since the deployment.
    window : int, default=500
        Number of labels.
    min_labels : int, default=100
        Fires only once so many labels are in the window.
    of : {'champion', 'all'}, default='champion'
        Events served by the present champion, or any.

    Give one of ``below`` and ``drop``.
    """

    def __init__(
        self,
        below: float | None = None,
        drop: float | None = None,
        window: int = 500,
        min_labels: int = 100,
        of: str = "champion",
    ) -> None:
        if (below is None) == (drop is None):
            raise ValueError("trigger: give below or drop, and not both")
        if below is not None:
            check_number("below", below)
        if drop is not None:
            check_number("drop", drop, low=0)
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        super().__init__(Level(below, drop, window, min_labels), of)
        self.below = below
        self.drop = drop
        self.window = window
        self.min_labels = min_labels


class Drift(_OnLosses):
    """Retrain when a drift detector alarms on the losses whose labels have arrived.

    Parameters
    ----------
    detector : river.base.DriftDetector
        Any detector of river's ``drift`` module (``ADWIN``, ``KSWIN``, ``binary.DDM``, ...); a
        prototype, started afresh at every deployment.
    of : {'champion', 'all'}, default='champion'
        Events served by the present champion, or any.
    """

    def __init__(self, detector: Any, of: str = "champion") -> None:
        check_object("detector", detector)
        for method in ("update", "drift_detected"):
            if not hasattr(detector, method):
                raise TypeError(f"detector={detector!r}: a drift detector needs {method!r}")
        self.detector = copy.deepcopy(detector)
        super().__init__(Detected(self.detector), of)


class Threshold(Trigger):
    """Retrain when a signal passes a threshold.

    Parameters
    ----------
    monitor : Monitor
        What is measured, in every tick; its values are recorded.
    above, below : float or None
        Fires when a value is above, or below, this. Give one of the two.
    of : str or None, default=None
        The feature or slice whose value counts. None: any.
    name : str, default='signal'
        Name of the signal, for records.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> trigger = Threshold(FeatureDistribution("earth_mover", window=1_000), above=0.5)
    """

    def __init__(
        self,
        monitor: Monitor,
        above: float | None = None,
        below: float | None = None,
        of: str | None = None,
        name: str = "signal",
    ) -> None:
        if (above is None) == (below is None):
            raise ValueError("trigger: give above or below, and not both")
        check_number("above" if below is None else "below", above if below is None else below)
        self.monitor: Monitor = completed("trigger.monitor", monitor, Monitor)
        self.above = above
        self.below = below
        self.of = of
        self.name = name

    @property
    def monitors(self) -> dict[str, Monitor]:
        return {self.name: self.monitor}

    def check_schema(self, schema: Schema) -> None:
        names = self.monitor.names(schema)
        if self.of is None or names is None or self.of in names:
            return
        if not names:
            raise ValueError(
                f"trigger.of={self.of!r}: {type(self.monitor).__name__} gives one value for all; "
                "leave it out"
            )
        raise ValueError(f"trigger.of: {unknown('feature or slice', self.of, names)}")

    def fires(self, view: View) -> Fired | None:
        values = view.signal(self.name)
        if self.of is not None:
            values = {of: value for of, value in values.items() if of == self.of}
        beyond = {of: value for of, value in values.items() if self._beyond(value)}
        if not beyond:
            return None
        worst = max if self.above is not None else min
        of = worst(beyond, key=lambda name: beyond[name])
        side = f"above {self.above}" if self.above is not None else f"below {self.below}"
        what = self.name if of is None else f"{self.name} of {of}"
        signals = tuple((self.name, name) for name in beyond)
        detail = {"value": beyond[of]}
        return Fired(f"{what} {beyond[of]:.4g} {side}", detail, (what,), signals)

    def _beyond(self, value: float) -> bool:
        if self.above is not None:
            return value > self.above
        assert self.below is not None
        return value < self.below


class _Combination(Trigger):
    """Triggers asked together; each is asked in every tick, so that it misses nothing."""

    def __init__(self, triggers: Sequence[Trigger]) -> None:
        if not triggers:
            raise ValueError("triggers: give at least one")
        for number, trigger in enumerate(triggers):
            check_object(f"triggers[{number}]", trigger)
        self.triggers = list(triggers)

    @property
    def monitors(self) -> dict[str, Monitor]:
        return named_once([trigger.monitors for trigger in self.triggers])

    def bind(self, clock: Clock) -> None:
        for trigger in self.triggers:
            trigger.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for trigger in self.triggers:
            trigger.check_schema(schema)

    def _fired(self, view: View) -> list[Fired]:
        """What those that fire say; those that are held back come with their alarms alone."""
        answers = [as_fired(trigger, view) for trigger in self.triggers]
        return [answer for answer in answers if answer is not None]


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
                    f"monitors: two are called {name!r}; give one another name (Threshold has "
                    "name=)"
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
    reason = word.join(one.reason for one in fired if held or not one.held)
    return Fired(reason, detail, alarms, signals, held)


class AnyOf(_Combination):
    """Retrain when any of several triggers fires.

    Parameters
    ----------
    triggers : sequence of Trigger
    """

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        return joined(fired, " or ", all(one.held for one in fired))


class AllOf(_Combination):
    """Retrain when several triggers fire in the same tick.

    Parameters
    ----------
    triggers : sequence of Trigger
    """

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        acting = [one for one in fired if not one.held]
        return joined(fired, " and ", len(acting) < len(self.triggers))


class Cooldown(_Combination):
    """Pass a trigger on, but not soon after a training started.

    Parameters
    ----------
    trigger : Trigger
    wait : int or str
        Number of ticks, or a duration that is a whole number of them, between two starts.
    """

    def __init__(self, trigger: Trigger, wait: Duration) -> None:
        super().__init__([trigger])
        wait = as_duration(wait, "wait", positive=True)
        self.wait = wait

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self._wait = clock.ticks(self.wait, "trigger.wait")

    def fires(self, view: View) -> Fired | None:
        fired, ticks = self._fired(view), view.training_ticks
        soon = bool(ticks) and view.tick - ticks[-1] < self._wait
        return joined(fired, " or ", soon or all(one.held for one in fired))


class Budget(_Combination):
    """Pass a trigger on while the budget of trainings lasts; the initial one is not counted.

    Parameters
    ----------
    trigger : Trigger
    trainings : int
        Largest number of trainings started.
    per : int, str or None, default=None
        In any period of so many ticks (or such a duration). None: in the whole run.
    """

    def __init__(self, trigger: Trigger, trainings: int, per: Duration | None = None) -> None:
        super().__init__([trigger])
        check_number("trainings", trainings, whole=True, low=0)
        if per is not None:
            per = as_duration(per, "per", positive=True)
        self.trainings = trainings
        self.per = per
        self._per: int | None = None

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.per is not None:
            self._per = clock.ticks(self.per, "trigger.per")

    def fires(self, view: View) -> Fired | None:
        fired = self._fired(view)
        since = 0 if self._per is None else view.tick - self._per + 1
        spent = sum(tick >= since for tick in view.training_ticks)
        out = spent >= self.trainings
        return joined(fired, " or ", out or all(one.held for one in fired))
