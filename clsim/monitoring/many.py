"""Many values of one tick, taken together: corrected p-values, and one number of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from clsim.clock import Clock
from clsim.errors import check_choice, check_number, unknown
from clsim.monitoring.combining import CORRECTIONS, HOW, check_given, combine
from clsim.protocols import Monitor, completed
from clsim.types import Column, Extent, Of, Schema
from clsim.view import View


class _Around(Monitor):
    """A monitor that makes something of the values of another."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor: Monitor = completed("monitor", monitor, Monitor)
        self.asks_as(self.monitor)

    def of(self, values: dict[Of, float]) -> dict[Of, float]:
        """What is made of the values of a tick."""
        raise NotImplementedError

    @property
    def measures(self) -> str | None:
        return self.monitor.measures

    def extent(self, score: Extent) -> Extent:
        return self.monitor.extent(score)

    def bind(self, clock: Clock) -> None:
        self.monitor.bind(clock)

    def needs(self) -> tuple[str, int] | None:
        return self.monitor.needs()

    def check_schema(self, schema: Schema) -> None:
        self.monitor.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.monitor.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.monitor.check_rows(X)

    def slice_names(self, schema: Schema) -> Sequence[str] | None:
        return self.monitor.slice_names(schema)

    def measure(self, view: View) -> dict[Of, float]:
        return self.of(self.monitor.measure(view))


class Corrected(_Around):
    """p-values of many features, corrected for how many there are; a value for each still.

    Twenty features, each tested at .05, give a false alarm in 64 % of all ticks. All values of a
    tick are one family: features, windows and slices. The correction holds within a tick; a rule
    that looks in every tick tests again in each.

    Parameters
    ----------
    monitor : Monitor
        One that gives p-values.
    correction : {'holm', 'bonferroni', 'benjamini_hochberg'}, default='holm'
        The first two bound the chance of any false alarm in a tick, Holm's the sharper; the last
        bounds the share of false ones among the alarms, where features are independent.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> from clsim.strategy.rules import Significant
    >>> from clsim.strategy.triggers import OnSignal
    >>> tests = FeatureDistribution("kolmogorov_smirnov", p_value=True)
    >>> trigger = OnSignal(Corrected(tests), Significant(0.05))
    """

    p_values = True

    def __init__(self, monitor: Monitor, correction: str = "holm") -> None:
        super().__init__(monitor)
        check_choice("correction", correction, CORRECTIONS)
        if not self.monitor.p_values:
            raise ValueError(
                f"monitor: {type(self.monitor).__name__} gives no p-values here, and these alone "
                "can be corrected; give one with p_value=True, or use Combined for distances"
            )
        self.correction = correction

    def names(self, schema: Schema) -> Sequence[str] | None:
        return self.monitor.names(schema)

    def of(self, values: dict[Of, float]) -> dict[Of, float]:
        corrected = CORRECTIONS[self.correction](list(values.values()))
        return dict(zip(values, corrected.tolist(), strict=True))


class Combined(_Around):
    """One number of the distances of many features, for the whole and for each slice.

    Parameters
    ----------
    monitor : Monitor
        One that gives a value for each feature, and no p-values (see `Corrected`).
    how : {'worst', 'mean', 'weighted'}
        The mean of the ``k`` largest, of all, or by ``weights``.
    k : int or None, default=None
        For 'worst', which needs it: how many.
    weights : mapping of str to float or None, default=None
        For 'weighted', which needs it: how much each feature matters, such as its importance to
        the champion, by the names that the monitor gives; at least 0, and any that is not named
        weighs nothing.

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> monitor = Combined(FeatureDistribution("psi"), "weighted", weights={"price": 3, "age": 1})
    """

    def __init__(
        self,
        monitor: Monitor,
        how: str,
        k: int | None = None,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        super().__init__(monitor)
        check_choice("how", how, HOW)
        check_given("k", k, how, "worst")
        check_given("weights", weights, how, "weighted")
        if k is not None:
            check_number("k", k, whole=True, low=1)
        if weights is not None and not isinstance(weights, Mapping):
            raise TypeError(f"weights={weights!r}: expected a dict, such as {{'price': 2}}")
        for name, weight in (weights or {}).items():
            check_number(f"weights.{name}", weight, low=0)
        if weights is not None and not any(weights.values()):
            raise ValueError(f"weights={dict(weights)!r}: one must be above 0")
        if self.monitor.p_values:
            raise ValueError(
                "monitor: it gives p-values, of which the least matters; use Corrected"
            )
        self.how = how
        self.k = k
        self.weights = None if weights is None else dict(weights)

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        names = self.monitor.names(schema)
        if names is None:
            return
        if not names:
            raise ValueError(
                f"monitor: {type(self.monitor).__name__} gives one value for all features, so "
                "there is nothing to combine; use it as it is"
            )
        for name in self.weights or ():
            if name not in names:
                raise ValueError(f"monitor.weights: {unknown('feature', name, names)}")
        if self.k is not None and self.k > len(names):
            raise ValueError(
                f"monitor.k={self.k}: {type(self.monitor).__name__} gives {len(names)} "
                f"{'value' if len(names) == 1 else 'values'}; ask for at most as many"
            )

    def names(self, schema: Schema) -> Sequence[str]:
        return ()

    def of(self, values: dict[Of, float]) -> dict[Of, float]:
        parts: dict[Of, dict[str | None, float]] = {}
        for of, value in values.items():
            feature, part = of if isinstance(of, tuple) else (of, None)
            parts.setdefault(None if part is None else (None, part), {})[feature] = value
        return {part: self._one(those) for part, those in parts.items()}

    def _one(self, values: dict[str | None, float]) -> float:
        weights = None
        if self.weights is not None:
            weights = [self.weights.get(name or "", 0.0) for name in values]
        return combine(list(values.values()), self.how, self.k, weights)
