"""Triggers that go by the signals of monitors."""

from __future__ import annotations

import copy

from clsim.clock import Clock
from clsim.errors import check_text, unknown
from clsim.protocols import Monitor, Trigger, completed
from clsim.strategy.rules import Level, Rule
from clsim.strategy.rules.rule import as_rule, check_p_values
from clsim.types import Extent, Fired, Of, Schema
from clsim.view import View

ALL = "all"
"""The slice that holds every event."""


class OnSignal(Trigger):
    """Retrain when a rule fires over the values of a signal.

    A signal has a value for each feature, or each slice, or one; each of them has a rule of its
    own, started afresh at every deployment.

    Parameters
    ----------
    monitor : Monitor
        What is measured, in every tick; its values are recorded.
    rule : Rule
        What fires (`clsim.strategy.rules`).
    of : str or None, default=None
        The feature whose value counts. None: any.
    slice : str or None, default=None
        The slice whose value counts, ``column=value`` or the name of a
        `clsim.monitoring.Where`; or ``'all'`` for the values of all events together. None: any.
    name : str, default='signal'
        Name of the signal, for records.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> from clsim.strategy.rules import Quantile
    >>> monitor = FeatureDistribution("earth_mover", window=1_000)
    >>> trigger = OnSignal(monitor, Quantile(0.01, window=100), of="price")

    Two features have a value in this tick, and that of one is too high:

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.rules import Level
    >>> trigger = OnSignal(monitor, Level(above=0.5), name="moved")
    >>> view = SimpleNamespace(signal=lambda name: {"price": 0.9, "age": 0.1})
    >>> trigger.fires(view).reason
    'moved of price 0.9 above 0.5'
    """

    def __init__(
        self,
        monitor: Monitor,
        rule: Rule,
        of: str | None = None,
        slice: str | None = None,
        name: str = "signal",
    ) -> None:
        self.monitor: Monitor = completed("trigger.monitor", monitor, Monitor)
        check_text("name", name)
        if not self.monitor.decides:
            raise ValueError(
                f"trigger.monitor: {self.monitor.class_name} says how the system does, not how the "
                "model does: it is recorded and decides nothing; give it to the strategy's "
                "monitors, and the trigger another"
            )
        self.rule = as_rule("rule", rule)
        if not self.monitor.p_values:
            check_p_values(
                self.rule,
                f"{type(monitor).__name__} gives none here; give a monitor with p_value=True, or a "
                "rule of distances, such as Level(above=...)",
            )
        self.of = of
        self.slice = slice
        self.name = name
        self._rules: dict[Of, Rule] = {}

    @property
    def monitors(self) -> dict[str, Monitor]:
        return {self.name: self.monitor}

    def bind(self, clock: Clock) -> None:
        self.rule.bind(clock)

    def begins(self, deployment: int) -> None:
        self.rule.begins(deployment)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        values = self.monitor.extent(score)._replace(of=f"{self.name} ({self.monitor.class_name})")
        self.rule.check_values(values, values)

    def check_schema(self, schema: Schema) -> None:
        slices = self.monitor.slice_names(schema)
        if self.slice not in (None, ALL) and slices is not None and self.slice not in slices:
            if not slices:
                raise ValueError(
                    f"trigger.slice={self.slice!r}: {type(self.monitor).__name__} measures no "
                    f"slices; give it slices=[{self.slice!r}], or leave it out"
                )
            raise ValueError(f"trigger.slice: {unknown('slice', self.slice, [ALL, *slices])}")
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
        of: Of
        for of, value in values.items():  # a rule begins with the first number
            if of not in self._rules and value == value and self._counts(of):
                self._rules[of] = copy.deepcopy(self.rule)
        fired: dict[Of, Fired] = {}
        for of, rule in self._rules.items():
            now = values.get(of)
            # no value, or one that is not a number, is no evidence
            said = rule.after([] if now is None or now != now else [now], _itself)
            if said is not None:
                fired[of] = said
        if not fired:
            return None
        worst: Of = max(fired, key=lambda of: self._rules[of].excess(fired[of]))
        what, said = self._named(worst), fired[worst]
        signals = tuple((self.name, of) for of in fired)
        return Fired(f"{what} {said.reason}", said.detail, (what,), signals)

    def _counts(self, of: Of) -> bool:
        feature, part = of if isinstance(of, tuple) else (of, ALL)
        return self.of in (None, feature) and self.slice in (None, part)

    def _named(self, of: Of) -> str:
        feature, part = of if isinstance(of, tuple) else (of, ALL)
        name = self.name if feature is None else f"{self.name} of {feature}"
        return name if part == ALL else f"{name} in {part}"


def _itself(value: float) -> float:
    return value


class Threshold(OnSignal):
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

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(signal=lambda name: {"price": 0.9, "age": 0.1})
    >>> fired = trigger.fires(view)
    >>> fired.reason, fired.signals
    ('signal of price 0.9 above 0.5', (('signal', 'price'),))
    """

    def __init__(
        self,
        monitor: Monitor,
        above: float | None = None,
        below: float | None = None,
        of: str | None = None,
        name: str = "signal",
    ) -> None:
        super().__init__(monitor, Level(above, below), of, name=name)
        self.above = above
        self.below = below
