"""Triggers that go by labels: how many have arrived, and what the losses are."""

from __future__ import annotations

from typing import Any

from clsim.clock import Clock
from clsim.errors import check_choice, check_number
from clsim.protocols import Trigger
from clsim.strategy.rules import Detected, Rule, ScoreLevel
from clsim.strategy.rules.rule import as_rule, check_p_values
from clsim.types import Extent, Fired
from clsim.view import View


class Volume(Trigger):
    """Retrain when enough labels have arrived since the last training started.

    Give one of ``rows`` and ``growth``.

    Parameters
    ----------
    rows : int or None
        New labels needed.
    growth : float or None
        New labels needed, in per cent of all that had arrived by then.

    Examples
    --------
    There were 400 labels when the last training started, in tick 5, and now there are 1,500:

    >>> from types import SimpleNamespace
    >>> labels = SimpleNamespace(count=1_500, count_at=lambda tick: {5: 400}[tick])
    >>> view = SimpleNamespace(labels=labels, training_ticks=[2, 5])  # what is asked of a view here
    >>> Volume(rows=1_000).fires(view).reason
    '1100 new labels'
    >>> Volume(growth=300).fires(view) is None  # it takes 1,200
    True
    """

    alarms = False

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
        labels, ticks = view.labels, view.training_ticks
        before = labels.count_at(ticks[-1] if ticks else -1)
        new = labels.count - before
        if self.rows is not None:
            return Fired(f"{new} new labels") if new >= self.rows else None
        assert self.growth is not None
        if new > 0 and new * 100 >= before * self.growth:
            return Fired(f"{new} new labels after {before}")
        return None


class OnLosses(Trigger):
    """Retrain when a rule fires over the losses whose labels have arrived.

    Parameters
    ----------
    rule : Rule
        What fires, started afresh at every deployment (`clsim.strategy.rules`).
    of : {'champion', 'all'}, default='champion'
        Events served by the present champion, or any.

    Examples
    --------
    >>> from clsim.strategy.rules import HarmfulDrift
    >>> trigger = OnLosses(HarmfulDrift(tolerance=0.05, alpha=0.05))

    Of the four losses that arrived in this tick three are 1:

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from clsim.strategy.rules import Level
    >>> losses = np.array([1.0, 1.0, 0.0, 1.0])
    >>> outcomes = SimpleNamespace(arrived_losses=lambda of: losses)
    >>> view = SimpleNamespace(outcomes=outcomes, score=lambda loss: 1 - loss)
    >>> OnLosses(Level(above=0.5)).fires(view).reason
    '0.75 above 0.5'
    """

    def __init__(self, rule: Rule, of: str = "champion") -> None:
        check_choice("of", of, ("champion", "all"))
        self.rule = as_rule("rule", rule)
        check_p_values(self.rule, "losses are none; use OnSignal with a monitor of p_value=True")
        self.of = of

    @property
    def alarms(self) -> bool:
        return self.rule.alarms

    def bind(self, clock: Clock) -> None:
        self.rule.bind(clock)

    def begins(self, deployment: int) -> None:
        self.rule.begins(deployment)

    def check_scores(self, loss: Extent, score: Extent) -> None:
        self.rule.check_values(loss, score)

    def fires(self, view: View) -> Fired | None:
        return self.rule.after(view.outcomes.arrived_losses(of=self.of).tolist(), view.score)


class Performance(OnLosses):
    """Retrain when the score on arrived labels is too low.

    The score is the declared one (accuracy for the zero-one loss, else minus the mean loss), over
    the last ``window`` labels that arrived since the champion was deployed.

    Give one of ``below`` and ``drop``.

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

    Examples
    --------
    >>> trigger = Performance(drop=0.05, window=1_000)

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> losses = np.array([1.0, 0.0, 1.0, 0.0])
    >>> outcomes = SimpleNamespace(arrived_losses=lambda of: losses)
    >>> view = SimpleNamespace(outcomes=outcomes, score=lambda loss: 1 - loss)
    >>> Performance(below=0.8, window=10, min_labels=4).fires(view).reason
    'score 0.5000 below 0.8'
    >>> Performance(below=0.8, window=10, min_labels=5).fires(view) is None
    True
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
        super().__init__(ScoreLevel(below, drop, window, min_labels), of)
        self.below = below
        self.drop = drop
        self.window = window
        self.min_labels = min_labels


class Drift(OnLosses):
    """Retrain when a drift detector alarms on the losses whose labels have arrived.

    Parameters
    ----------
    detector : river.base.DriftDetector
        Any detector of river's ``drift`` module (``ADWIN``, ``KSWIN``, ``binary.DDM``, ...); a
        prototype, started afresh at every deployment.
    of : {'champion', 'all'}, default='champion'
        Events served by the present champion, or any.

    Examples
    --------
    >>> from river.drift import ADWIN
    >>> trigger = Drift(ADWIN())

    All was right at first, and then nothing:

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> losses = np.repeat([0.0, 1.0], 200)
    >>> outcomes = SimpleNamespace(arrived_losses=lambda of: losses)
    >>> view = SimpleNamespace(outcomes=outcomes, score=lambda loss: 1 - loss)
    >>> Drift(ADWIN()).fires(view).reason
    'ADWIN'
    """

    def __init__(self, detector: Any, of: str = "champion") -> None:
        rule = Detected(detector)
        self.detector = rule.detector
        super().__init__(rule, of)
