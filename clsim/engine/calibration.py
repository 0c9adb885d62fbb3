"""The threshold of a rule that keeps to a rate of false alarms, found where nothing drifts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Clock, Duration, parse_duration
from clsim.engine.blocks import Blocks, Reordered
from clsim.engine.knowledge import Knowledge
from clsim.engine.replay import replay
from clsim.errors import check_number
from clsim.protocols import Delay, Stream, as_stream
from clsim.randomness import integer
from clsim.statistics.intervals import Interval, mean_interval, within
from clsim.strategy import Strategy

YEAR = "365d"

OF_A_WORLD = "Calibrated with knowledge of the world: twins of it, in which nothing drifts."


@dataclass(frozen=True)
class Twins:
    """A world as it stands at the end of its warm-up, to be drawn from other seeds.

    Attributes
    ----------
    world : Knowledge
    stream : Stream
        Of the twins.
    warmup : int or str
        Of the twins.
    note : str
        What it knew to make them.
    """

    world: Knowledge
    stream: Stream
    warmup: Duration
    note: str

    @property
    def length(self) -> int:
        """Of what is scored, in units of the clock."""
        starts = self.world.timeline.starts
        return int(starts[-1] - starts[0])

    @staticmethod
    def seed(seed: int, number: int) -> int:
        """The seed of one of the twins of a world, from that of the world."""
        return integer(seed, "twin", number)


def twins_of(
    stream: Stream,
    blocks: Blocks | None,
    *,
    seed: int,
    tick: Duration,
    warmup: Duration,
    delay: Delay | None,
    warmup_labels: str = "history",
) -> Twins:
    """The twins of a world, in which nothing changes; of a log, blocks of its warm-up.

    Raises
    ------
    TypeError, ValueError
        If the stream has no quiet version, or the warm-up too few blocks.
    """
    check_quiet(stream, blocks, Clock.of(stream.schema.timed, tick, warmup), seed)
    world = Knowledge.of(
        stream, seed=seed, tick=tick, warmup=warmup, delay=delay, warmup_labels=warmup_labels
    )
    if blocks is None:
        since = int(world.timeline.starts[0])
        return Twins(world, stream.quiet(since, seed), warmup, OF_A_WORLD)
    reordered = Reordered(world, blocks)
    return Twins(world, reordered, reordered.warmup, reordered.note)


@dataclass(frozen=True)
class Calibrated:
    """A threshold, and what it rests on.

    Attributes
    ----------
    value : float
        The loosest threshold of the grid such that it and every stricter one keep the rate.
    rate : Interval
        Its trainings started per period of the wanted rate, as the mean over the twins.
    wanted : str
        The rate that it was to keep, such as ``'1/y'``.
    table : pandas.DataFrame
        For each threshold and twin: ``value``, ``twin``, ``trainings``, ``rate``.
    knows_world : bool
        Whether that took knowledge that nobody has of a real world.
    note : str
        What it knew, and what to be careful of, in a few sentences.
    """

    value: float
    rate: Interval
    wanted: str
    table: pd.DataFrame
    knows_world: bool
    note: str


def calibrate(
    stream: Stream,
    strategy: Callable[[float], Strategy],
    grid: Sequence[float],
    *,
    false_alarms: str,
    learner: Any,
    tick: Duration,
    warmup: Duration,
    twins: int = 20,
    blocks: Blocks | None = None,
    seed: int = 0,
    delay: Delay | None = None,
    **setting: Any,
) -> Calibrated:
    """Find the threshold at which a strategy retrains no more often than wanted without drift.

    A false alarm is a training that is started on a twin. Of a simulated world, that is the same
    world as it stands at the end of the warm-up, drawn again, in which nothing changes from there
    on (seasons, noise, delays and faults go on); of a log, `Blocks` of its warm-up. The strategy
    runs as a whole, with retraining, restarts and cooldown, so it is the rate of what would run.
    Nothing that is scored is looked at.

    Parameters
    ----------
    stream : Stream
        One that knows what it is without drift (``Stream.quiet``), or with ``blocks`` any but those
        that never stand still: random walks, and streams that respond to what is served.
    strategy : callable
        Makes the strategy of a threshold.
    grid : sequence of float
        Two or more thresholds, from the loosest (most alarms) to the strictest.
    false_alarms : str
        The rate to keep at most, such as ``'1/y'`` (``y``, ``w``, ``d``, ``h`` or a duration), or
        where the clock counts rows ``'1/10000'``.
    learner, tick, warmup, seed, delay, setting
        As for `clsim.replay`; the twins are drawn from other seeds.
    twins : int, default=20
        Number of twins; each lasts as long as what is scored.
    blocks : Blocks or None, default=None
        Make twins of the warm-up, as somebody who knows the log alone can; None: of the world.

    Returns
    -------
    Calibrated

    Raises
    ------
    ValueError
        If the stream has no quiet version, or the warm-up too few blocks; if the strategy trains
        nothing, no threshold of the grid keeps the rate, or the twins are too short to tell it.

    Notes
    -----
    Without ``blocks`` it takes knowledge that nobody has of a real world, and results say so.
    With them, a drift within the warm-up counts as quiet, and rows come back: a model that trained
    on a copy of what it answers may look better than it is, and alarm less.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.strategy.triggers import Performance
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> found = calibrate(
    ...     Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=3000, noise=0.1),
    ...     lambda drop: Strategy(Performance(drop=drop, window=100)),
    ...     [0.01, 0.05, 0.1, 0.2],
    ...     false_alarms="1/2000", learner=GaussianNB(), tick=100, warmup=500, twins=4,
    ... )
    >>> found.value
    0.05
    """
    stream = as_stream(stream)
    clock = Clock.of(stream.schema.timed, tick, warmup)
    count, period = parse_rate(false_alarms, clock)
    check_number("twins", twins, whole=True, low=2)
    check_grid(grid)
    strategies = {str(value): strategy(value) for value in grid}
    check_trains(strategies.values())
    of = twins_of(
        stream, blocks, seed=seed, tick=tick, warmup=warmup, delay=delay,
        warmup_labels=setting.get("warmup_labels", "history"),
    )  # fmt: skip
    rows: list[tuple[float, int, int, float]] = []
    for number in range(twins):
        runs = replay(
            of.stream, strategies, learner=learner, tick=tick, warmup=of.warmup, delay=delay,
            seed=Twins.seed(seed, number), **setting,
        )  # fmt: skip
        for value in grid:
            trainings = int(runs[str(value)].totals["retrainings"])
            rows.append((float(value), number, trainings, trainings * period / of.length))
    table = pd.DataFrame(rows, columns=["value", "twin", "trainings", "rate"])
    periods = twins * of.length / period
    place, rate, careful = _chosen(table, list(grid), count, false_alarms, periods)
    return Calibrated(
        grid[place], rate, false_alarms, table, blocks is None, " ".join([of.note, *careful])
    )


def check_grid(grid: Sequence[float]) -> None:
    """Refuse thresholds that are none, or in no order.

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(grid, str) or not isinstance(grid, (Sequence, np.ndarray)):
        raise TypeError(f"grid={grid!r}: expected a list of thresholds")
    if len(grid) < 2:
        raise ValueError(f"grid={list(grid)}: give two thresholds or more")
    for k, value in enumerate(grid):
        check_number(f"grid[{k}]", value)
    steps = np.sign(np.diff(grid))
    if len(set(steps)) > 1 or 0 in steps:
        raise ValueError("grid: give thresholds in order, from the loosest to the strictest")


def check_trains(strategies: Iterable[Strategy]) -> None:
    """Refuse a strategy that trains nothing.

    Raises
    ------
    ValueError
    """
    for strategy in strategies:
        if not strategy.trains:
            raise ValueError(
                f"strategy: {type(strategy).__name__} trains nothing, so it has no false alarms"
            )


def check_quiet(stream: Stream, blocks: Blocks | None, clock: Clock, seed: int) -> None:
    """Refuse a stream of which nobody knows twins without drift, before it is drawn.

    Raises
    ------
    TypeError, ValueError
    """
    for layer in stream.layers():
        if layer.restless:
            raise ValueError(
                f"{layer.class_name}: {layer.restless}, so it is never quiet, and no rate of false "
                "alarms can be found; choose the threshold by hand"
            )
    if blocks is None:
        stream.quiet(0, seed)
    else:
        if not isinstance(blocks, Blocks):
            raise TypeError(f"blocks={blocks!r}: expected Blocks(season, trained)")
        blocks.on(clock)


def _chosen(
    table: pd.DataFrame, grid: list[float], count: float, wanted: str, periods: float
) -> tuple[int, Interval, list[str]]:
    """Place of the loosest threshold such that it and every stricter one keep the rate.

    With its rate, and what to be careful of.
    """
    rates = [table.loc[table["value"] == value, "rate"].to_numpy() for value in grid]
    keeps = [bool(rate.mean() <= count) for rate in rates]
    if not keeps[-1]:
        raise ValueError(
            f"grid: even {grid[-1]} alarms {rates[-1].mean():.3g} times where {wanted} is wanted; "
            "give stricter thresholds"
        )
    if periods * count < 1:
        raise ValueError(
            f"twins: together they last {periods:.3g} periods of {wanted}, too short to tell that "
            "rate from none; ask for more twins or a longer stream"
        )
    place = len(grid) - 1
    while place and keeps[place - 1]:
        place -= 1
    careful = []
    if place and rates[place].mean() == 0 and rates[place - 1].mean() > 2 * count:
        careful.append(
            f"The grid is coarse: at {grid[place - 1]} it alarms {rates[place - 1].mean():.3g} "
            f"times, at {grid[place]} never."
        )
    if place == 0:
        careful.append(f"Even the loosest threshold, {grid[0]}, keeps the rate; try looser ones.")
    return place, within(mean_interval(rates[place]), 0, np.inf), careful


def parse_rate(text: str, clock: Clock) -> tuple[float, int]:
    """A rate such as ``'2/y'`` as a count and a period in units of the clock.

    Raises
    ------
    ValueError
        If it cannot be read, or counts what the clock does not.

    Examples
    --------
    >>> parse_rate("1/y", Clock(True, 1, False)) == (1.0, 365 * 86_400_000_000)
    True
    >>> parse_rate("3/10000", Clock(False, 1, True))
    (3.0, 10000)
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*/\s*(\S+)\s*", str(text))
    if match is None or float(match[1]) == 0:
        raise ValueError(
            f"false_alarms={text!r}: expected a rate such as '1/y', or '1/10000' where the clock "
            "counts rows"
        )
    count, per = float(match[1]), match[2]
    if per.isdigit() == clock.timed:
        example = "'1/y'" if clock.timed else "'1/10000', a number of rows"
        raise ValueError(
            f"false_alarms={text!r}: the stream has {'' if clock.timed else 'no '}time; give a "
            f"rate such as {example}"
        )
    if per.isdigit():
        check_number("false_alarms", int(per), whole=True, low=1)
        return count, int(per)
    per = YEAR if per == "y" else f"1{per}" if per.isalpha() else per
    return count, parse_duration(per, "false_alarms")
