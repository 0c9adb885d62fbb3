"""Rules over signals, run along a table: what a strategy would have trained, without a training.

A rule is run, not read off: in every tick it sees the signal of the model that would serve then,
``S[m(t), t]``, the trainings started and in flight, and what it made of all that itself. The
triggers are those of a replay; only what they look at comes out of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, cast

import numpy as np

from clsim.clock import Clock, as_duration
from clsim.engine.restarts import Restarts
from clsim.engine.signals import Values
from clsim.errors import unknown
from clsim.hindsight.files import plain
from clsim.hindsight.losses import check_every_tick
from clsim.hindsight.optimum import Schedule, evaluate
from clsim.hindsight.signals import Signals
from clsim.hindsight.table import Counterfactual
from clsim.randomness import copied, globals_kept, integer, seed_globals
from clsim.runs.ledger import Prices
from clsim.strategy.adaptation import NoAdaptation
from clsim.strategy.curation import Nothing
from clsim.strategy.deployment import Sure
from clsim.strategy.exploration import NoExploration
from clsim.strategy.guards import NoGuard
from clsim.strategy.logging import Everything
from clsim.strategy.offline import NoTest
from clsim.strategy.online import NoTrial
from clsim.strategy.repair import NoRepair
from clsim.strategy.reuse import NoReuse
from clsim.strategy.review import NoReview
from clsim.strategy.strategy import Strategy
from clsim.strategy.training import Stateless
from clsim.strategy.triggers.combinations import as_fired
from clsim.types import NEVER
from clsim.view import Known, Past, View

PLAIN: dict[str, type] = {
    "offline": NoTest, "online": NoTrial, "review": NoReview, "guard": NoGuard,
    "deployment": Sure, "adaptation": NoAdaptation, "exploration": NoExploration,
    "repair": NoRepair, "reuse": NoReuse, "logging": Everything, "curation": Nothing,
}  # fmt: skip
"""Parts that a strategy of the table's class must not have, and what stands for none of each."""


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """What a strategy would have done, by a table.

    Attributes
    ----------
    started : tuple of int
        Ticks at which trainings started, the initial one apart.
    serving : numpy.ndarray of shape (T,), int64
        Row of the table that serves each tick; -1 for the initial model.
    fired : tuple of int
        Ticks in which the trigger fired, whether or not a training could start.

    Examples
    --------
    A strategy trained once, at tick 1, at which its trigger fired.

    >>> import pandas as pd
    >>> frame = pd.DataFrame({"version": ["a", "a", "b"], "trained_at": [-1, -1, 1],
    ...                       "tick": [0, 1, 1], "loss": [2, 9, 1], "n": 10})
    >>> done = Rehearsal(started=(1,), serving=np.array([-1, 0]), fired=(1,))
    >>> done.schedule(Counterfactual.from_frame(frame), Prices(retraining=5)).cost
    8.0
    """

    started: tuple[int, ...]
    serving: np.ndarray
    fired: tuple[int, ...]

    def schedule(self, table: Counterfactual, prices: Prices | None = None) -> Schedule:
        """What it costs.

        Parameters
        ----------
        table : Counterfactual
            The one along which it was run.
        prices : Prices or None, default=None
            None: the default prices.

        Returns
        -------
        Schedule
        """
        return evaluate(table, self.started, Prices() if prices is None else prices)


def rehearse(table: Counterfactual, strategy: Strategy) -> Rehearsal:
    """Run a strategy along a table that was made with monitors, to the bit as a replay would.

    Parameters
    ----------
    table : Counterfactual
        Made with ``monitors``, and so with every tick as a candidate.
    strategy : Strategy
        With the table's dataset, duration and threshold, trained from scratch, and without tests,
        trials, reviews, guards, purchases, re-use or a logging of its own. Its trigger may be any
        that goes by the signals of the table, by the clock, by how many labels there are, and by
        trainings; put together in any way.

    Returns
    -------
    Rehearsal
        ``started`` and ``fired`` (ticks), and ``serving`` (the row of the table that serves each
        tick).

    Raises
    ------
    TypeError, ValueError
        For a strategy outside of that class, with the reason: replay it. For a table without
        signals, or that lacks the model of a tick or a loss of one.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> import clsim
    >>> from clsim.monitoring import FeatureDistribution
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Cooldown, Threshold
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Gaussians
    >>> from clsim.streams.drift import Sudden
    >>> stream = Synthetic(Gaussians(), [Sudden(Gaussians(variant=1), at=2_000)], n=4_000)
    >>> monitor, dataset = FeatureDistribution(window=300), SlidingWindow(500)
    >>> table = clsim.counterfactual(
    ...     stream, learner=GaussianNB(), dataset=dataset, tick=100, warmup=500,
    ...     monitors={"inputs": monitor},
    ... )
    >>> trigger = Cooldown(Threshold(monitor, above=0.2, name="inputs"), wait=5)
    >>> len(rehearse(table, clsim.Strategy(trigger, dataset)).started) > 0
    True
    """
    signals = _signals(table)
    check_every_tick(table)
    clock = _clock(table, signals)
    _check(table, signals, strategy)
    strategy = copied(strategy, "strategy")
    strategy.bind(clock)
    if not strategy.retrains:
        _outside("trigger: it never retrains, so its model trains on the whole warm-up", "that do")
    restarts = Restarts(strategy, table.setting.seed)
    run = _Run(table, signals, restarts)
    with globals_kept():
        for tick in range(table.loss.shape[1]):
            if restarts.foreign:  # what it draws from the global generators hangs on the tick alone
                seed_globals(integer(table.setting.seed, "strategy", tick))
            run.step(tick)
    return Rehearsal(tuple(run.training_ticks), np.array(run.serving), tuple(run.fired))


def _signals(table: Counterfactual) -> Signals:
    if table.signals is None:
        raise ValueError(
            "table: it has no signals; make it with monitors={...}, so that rules over them can be "
            "run"
        )
    return table.signals


def _clock(table: Counterfactual, signals: Signals) -> Clock:
    return Clock.of(signals.timed, as_duration(_number(table.setting.tick), "tick"))


def _number(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _check(table: Counterfactual, signals: Signals, strategy: Strategy) -> None:
    """Refuse a strategy that is not of the class that the table describes."""
    if not isinstance(strategy, Strategy):
        raise TypeError(f"strategy={strategy!r}: expected a Strategy")
    for key, none in PLAIN.items():
        part = getattr(strategy, key)
        if type(part) is not none:
            _outside(f"{key}: {part.class_name}", f"without {key}")
    training = strategy.training
    if type(training) is not Stateless:
        _outside(f"training: {training.class_name}", "trained from scratch (Stateless)")
    setting = table.setting
    if str(training.duration) != setting.duration:
        _outside(f"training.duration={training.duration!r}", f"with {setting.duration!r}")
    if plain(strategy.dataset) != setting.dataset:
        _outside(f"dataset: {plain(strategy.dataset)}", f"with {setting.dataset}")
    if plain(strategy.threshold) != plain(setting.threshold):
        _outside(f"threshold={strategy.threshold!r}", f"with {setting.threshold!r}")
    for name, monitor in strategy.trigger.monitors.items():
        if name not in signals.values:
            raise ValueError(f"trigger: {unknown('signal', name, signals.values)}")
        kept = (setting.monitors or {})[name]
        if plain(monitor) != kept:
            raise ValueError(
                f"trigger: the signal {name!r} of the table is of {kept}, and that of the trigger "
                f"of {plain(monitor)}; make the table with it"
            )


def _outside(what: str, those: str) -> NoReturn:
    raise ValueError(
        f"{what}: the table describes strategies {those}, and a rule over it is a replay to the "
        "bit for those alone; replay this one"
    )


class _Run:
    """One strategy along a table; what its trigger sees of the run's past."""

    def __init__(self, table: Counterfactual, signals: Signals, restarts: Restarts) -> None:
        self._table, self._signals, self._restarts = table, signals, restarts
        self._known, self._row, self._flying = _Labels(signals), -1, list[int]()
        self.training_ticks: list[int] = []
        self.looks: list[int] = []
        self.serving: list[int] = []
        self.fired: list[int] = []
        self.promoted, self.on_trial = 0, False
        restarts.afresh(0)

    @property
    def in_flight(self) -> bool:
        return bool(self._flying)

    def step(self, tick: int) -> None:
        """What takes effect, what is decided, and who serves a tick."""
        self._take_effect(tick)
        view = View(cast(Known, self._known), cast(Past, self), tick)
        strategy = self._restarts.strategy
        fired = as_fired(strategy.trigger, view)
        if fired is not None:
            self.looks += [tick] * len(fired.looked_at)
            if not fired.held:
                self.fired.append(tick)
                if not (self._flying and "training" not in strategy.overlap):
                    self._start(tick)
        self.serving.append(self._row)

    def _start(self, tick: int) -> None:
        if self._table.rows[tick] == 0:  # no labelled row to train on
            return
        self.training_ticks.append(tick)
        self._flying.append(tick)
        self._take_effect(tick)

    def _take_effect(self, tick: int) -> None:
        for row in [row for row in self._flying if self._signals.ends[row] <= tick]:
            self._flying.remove(row)
            if self._table.serves[row] != NEVER and row > self._row:
                self._row, self.promoted = row, tick
                self._restarts.afresh(tick)

    def signal(self, name: str, view: View) -> Values:
        return self._signals.of(name, self._row, view.tick)

    def __getattr__(self, name: str) -> NoReturn:
        _lacks(name)


class _Labels:
    """What a trigger sees of the world: the clock, and how many labels there are."""

    def __init__(self, signals: Signals) -> None:
        self.starts, self._counts = signals.starts, signals.labels

    @property
    def timeline(self) -> _Labels:
        return self

    @property
    def known(self) -> _Labels:
        return self

    def counts_at(self, tick: int) -> int:
        """Number of labels that are known at the start of a tick."""
        return int(self._counts[tick])

    def __getattr__(self, name: str) -> NoReturn:
        _lacks(name)


def _lacks(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ValueError(
        f"trigger: it asks for {name}, which is not in the table (that has signals, the clock, the "
        "number of labels, and trainings); replay it"
    )
