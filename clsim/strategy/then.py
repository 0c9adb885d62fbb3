"""One strategy after another: from each date on another takes over, and the run goes on."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_object, prefixed, unknown
from clsim.protocols import Monitor, OfflineTest, OnlineTest, Part
from clsim.strategy.repair import NoRepair
from clsim.strategy.strategy import Strategy, Turn
from clsim.strategy.training import RowByRow
from clsim.strategy.training.ways import Moment
from clsim.types import Schema

SAID = ("at", "strategy")
"""What a configuration says of each stage."""


class Then(Strategy):
    """One strategy after another, as one history.

    At each date the next strategy takes over. The champion goes on serving; labels, orders of
    labels and the lineage go on, and so does what parts read of the run: its losses, and how many
    trainings it had. Each part of the new strategy begins then with a state of its own. Trainings,
    reviews and trials that are under way end as superseded, since nobody is left who would judge
    them by the rules by which they began; so does what was held back. They are charged, as all
    that a strategy does while it acts. Monitors of all strategies are recorded throughout.

    Parameters
    ----------
    stages : sequence of (date, Strategy)
        From when on each acts. The first is from the beginning: None. The others are dates, rows
        where the stream has no time, or durations after the end of the warm-up (``'84d'``); each
        takes over in the first tick that begins then or later. Or, as configurations have it, a
        dict by name of ``{'at': date, 'strategy': Strategy}``.
    name : str or None, default=None
        As for `Strategy`.

    Raises
    ------
    TypeError, ValueError
        For dates that do not increase, strategies that do not train, learn row by row, or differ
        in their logging or threshold, or in whether labels come by themselves; when it is
        replayed, for a date at which no tick begins.

    Examples
    --------
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> history = Then([(None, Strategy(Never())), ("2024-03-01", Strategy(Periodic("7d")))])

    From row 6 on, which begins tick 2, it is trained in every tick:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(10), "y": [0, 1] * 5})
    >>> history = Then([(None, Strategy(Never())), (6, Strategy(Periodic(1)))])
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": history},
    ...                     learner=DummyClassifier(), tick=2, warmup=2)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "train", "tick"].tolist()
    [2, 3]
    """

    def __init__(self, stages: Any, name: str | None = None) -> None:
        each = _checked(stages)
        first = each[0].strategy
        super().__init__(
            first.trigger, first.dataset, first.training, first.offline, online=first.online,
            review=first.review, guard=first.guard, deployment=first.deployment, reuse=first.reuse,
            logging=first.logging, curation=first.curation, overlap=first.overlap,
            threshold=first.threshold, name=name,
        )  # fmt: skip
        self.monitors = _monitors(each)
        self.buys = any(stage.strategy.buys for stage in each)
        # after the parts of the first, which are then seeded by the places that they have alone
        self.stages, self._each = stages, each

    @property
    def each(self) -> dict[str, Strategy]:
        """The strategies that it consists of, by their place."""
        return {f".{stage.place}": stage.strategy for stage in self._each}

    def turns(self, starts: np.ndarray) -> list[Turn]:
        """When another strategy takes over, by ticks that begin at ``starts``."""
        turns: list[Turn] = []
        for stage in self._each[1:]:
            assert stage.begin is not None
            tick = int(np.searchsorted(starts, stage.begin.time(int(starts[0]))))
            key = f"{stage.place}.at={stage.at!r}"
            if tick >= len(starts):
                raise ValueError(f"{key}: no tick begins then or later; give an earlier date")
            if tick == 0:
                raise ValueError(
                    f"{key}: is not after the start of the first tick, so that the strategy before "
                    "it would never act; give a later date, or leave that one out"
                )
            if turns and tick <= turns[-1].tick:
                raise ValueError(
                    f"{key}: begins in tick {tick}, and the strategy before it in tick "
                    f"{turns[-1].tick}; give dates that increase, a tick apart at the least"
                )
            turns.append(Turn(tick, stage.name, stage.strategy))
        return turns

    @property
    def retrains(self) -> bool:
        return any(strategy.retrains for strategy in self.each.values())

    @property
    def parts(self) -> Iterator[Part]:
        """All parts of all strategies."""
        return itertools.chain.from_iterable(strategy.parts for strategy in self.each.values())

    @property
    def reads_chances(self) -> tuple[str, Part] | None:
        found = (strategy.reads_chances for strategy in self.each.values())
        return next((asking for asking in found if asking is not None), None)

    @property
    def expects_losses(self) -> dict[str, Part]:
        every = (strategy.expects_losses for strategy in self.each.values())
        return {key: part for found in every for key, part in found.items()}

    @property
    def reads_complaints(self) -> str | None:
        found = (strategy.reads_complaints for strategy in self.each.values())
        return next((key for key in found if key is not None), None)

    def bind(self, clock: Clock) -> None:
        for stage in self._each:
            if stage.begin is not None:
                stage.begin.bind(clock)
            with prefixed(stage.place):
                stage.strategy.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for stage in self._each:
            with prefixed(stage.place):
                stage.strategy.check_schema(schema)

    def check_loss(self, loss: str, schema: Schema) -> None:
        for stage in self._each:
            with prefixed(stage.place):
                stage.strategy.check_loss(loss, schema)


class _Begin:
    """When a strategy takes over: a date, a row, or a duration after the end of the warm-up."""

    def __init__(self, key: str, given: Any) -> None:
        self._moment: Moment | None = None
        self._wait: Duration = 0
        self._key, self._given, self._after = key, given, 0
        try:
            self._moment = Moment(key, given)
        except (TypeError, ValueError) as error:
            try:
                self._wait = as_duration(given, key, positive=True)
            except (TypeError, ValueError):
                raise type(error)(
                    f"{key}={given!r}: expected a date such as '2024-05-01', a row where the "
                    "stream has no time, or a duration after the end of the warm-up such as '84d'"
                ) from error

    def bind(self, clock: Clock) -> None:
        if self._moment is not None:
            self._moment.bind(clock, "")
        else:
            self._after = clock.units(self._wait, self._key)

    def time(self, begin: int) -> int:
        """On the clock, where the warm-up ends at ``begin``."""
        return self._moment.time if self._moment is not None else begin + self._after


class _Stage(NamedTuple):
    """One strategy of several: its place in messages, its name, and from when on it acts."""

    place: str
    name: str
    at: Any
    strategy: Strategy
    begin: _Begin | None


def _checked(given: Any) -> list[_Stage]:
    """The stages that are given, if they can follow one another."""
    stages = [_stage(k, *said) for k, said in enumerate(_said(given))]
    if len(stages) < 2:
        raise ValueError("stages: give two strategies or more, the first with None as its date")
    first = stages[0]
    for stage in stages[1:]:
        for key, one, other in (
            ("logging", stage.strategy.logging, first.strategy.logging),
            ("threshold", stage.strategy.threshold, first.strategy.threshold),
            ("curation.natural", *(s.strategy.curation.natural for s in (stage, first))),
        ):
            if not _alike(one, other):
                raise ValueError(
                    f"{stage.place}: {key} is {one!r}, and before it was {other!r}; which events "
                    "are kept, which labels come by themselves and how a model's output becomes "
                    "the answer stay what they are: have the same in all strategies"
                )
    for stage in stages:
        one = stage.strategy
        other = {"adaptation": one.adaptation.adapts, "exploration": one.exploration.explores}
        other["repair"] = not isinstance(one.repair, NoRepair)
        for key, there in other.items():
            if there:
                raise ValueError(
                    f"{stage.place}.{key}: strategies that follow one another have none yet; leave "
                    "it out, or replay this strategy alone"
                )
        if _weighs(stage.strategy) and not all(
            _alike(other.strategy.curation, stage.strategy.curation) for other in stages
        ):
            raise ValueError(
                f"{stage.place}: it weighs bought labels by the chance with which they were "
                "picked, and the strategies pick in different ways; have the same curation in all, "
                "or weigh='class' or none"
            )
    return stages


def _said(given: Any) -> list[tuple[str, str | None, Any, Any]]:
    """Place, name, date and strategy of each stage, as they were given."""
    if isinstance(given, Mapping):
        said: list[tuple[str, str | None, Any, Any]] = []
        for name, stage in given.items():
            place = f"stages.{name}"
            if not isinstance(stage, Mapping):
                raise TypeError(f"{place}={stage!r}: expected the keys {', '.join(SAID)}")
            for key in stage:
                if key not in SAID:
                    raise ValueError(f"{place}: {unknown('key', key, SAID)}")
            for key in SAID:
                if key not in stage:
                    raise ValueError(f"{place}.{key}: missing; give {', '.join(SAID)}")
            said.append((place, str(name), stage["at"], stage["strategy"]))
        return said
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise TypeError(f"stages={given!r}: expected a list of pairs of a date and a Strategy")
    for k, pair in enumerate(given):
        if isinstance(pair, str) or not isinstance(pair, Sequence) or len(pair) != 2:
            raise TypeError(f"stages[{k}]={pair!r}: expected a pair of a date and a Strategy")
    return [(f"stages[{k}]", None, at, strategy) for k, (at, strategy) in enumerate(given)]


def _stage(number: int, place: str, name: str | None, at: Any, strategy: Any) -> _Stage:
    """One stage, if it can be one of several."""
    check_object(place, strategy)
    if not isinstance(strategy, Strategy):
        raise TypeError(f"{place}={strategy!r}: expected a Strategy")
    if isinstance(strategy, Then):
        raise ValueError(f"{place}: is itself a Then; write its stages into this one")
    if not strategy.trains:
        raise ValueError(
            f"{place}: {strategy.class_name} has no learner, and models are what goes on; use "
            "strategies that train"
        )
    if isinstance(strategy.training, RowByRow):
        raise ValueError(
            f"{place}: a model that learns row by row goes on learning, so no other strategy can "
            "take it over; use Stateful training, or RowByRow(until=...) in a strategy of its own"
        )
    if number == 0 and at is not None:
        raise ValueError(f"{place}: the first strategy acts from the beginning; give None as date")
    begin = _Begin(f"{place}.at", at) if number else None
    return _Stage(place, name or strategy.name or place, at, strategy, begin)


def _weighs(strategy: Strategy) -> bool:
    """Whether it weighs bought labels by how they were picked."""
    parts: list[Monitor | OfflineTest | OnlineTest] = list(strategy.monitors.values())
    return any(part.undoes_picks for part in [*parts, strategy.offline, strategy.online])


def _monitors(stages: Sequence[_Stage]) -> dict[str, Monitor]:
    """The monitors of all; one name is of one signal."""
    found: dict[str, Monitor] = {}
    for stage in stages:
        for name, monitor in stage.strategy.monitors.items():
            if not _alike(found.setdefault(name, monitor), monitor):
                raise ValueError(
                    f"{stage.place}: the monitor {name!r} measures something else than that of a "
                    "strategy before it; give one of them another name"
                )
    return found


def _alike(one: Any, other: Any) -> bool:
    """Whether two parts are the same, class and parameters."""
    if one is other:
        return True
    try:
        return type(one) is type(other) and pickle.dumps(one) == pickle.dumps(other)
    except Exception:  # whatever its parts raise that cannot be pickled
        return False
