"""Feedback: what was served changes what comes next, in a branch of the world for each history.

Strategies share a branch, and the work done in it, as long as they have answered alike. Every
branch draws on the same random numbers, so two branches differ in what their answers changed alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.lane import Lane
from clsim.engine.models import RowByRowModel
from clsim.losses import Loss
from clsim.protocols import as_stream
from clsim.types import Batch, Response, Served


@dataclass
class Branch:
    """A world, what its stream remembers of what was served in it, and the strategies in it."""

    world: Knowledge
    state: Any
    lanes: list[Lane]


def check_feedback(stream: Any) -> bool:
    """Whether a stream responds to what is served.

    Raises
    ------
    ValueError
        If a stream that does is wrapped in one that does not: its feedback would be lost.
    """
    layers = as_stream(stream).layers()
    for outer, inner in pairwise(layers):
        if inner.responds and not outer.responds:
            raise ValueError(
                f"stream: {outer.class_name} around {inner.class_name} would hide its "
                "feedback; wrap them the other way round"
            )
    return layers[0].responds


class Branches:
    """All branches of one replay."""

    def __init__(self, stream: Any, world: Knowledge, lanes: list[Lane], loss: Loss) -> None:
        self.stream, self.loss = stream, loss
        self.number = 1
        first = world.fork(self.number)
        moved: dict[int, RowByRowModel] = {}
        for lane in lanes:
            _enter(lane, first, moved)
        self.branches = [Branch(first, None, lanes)]

    def respond(self, tick: int) -> None:
        """Let the stream respond to what was served in a tick."""
        self.branches = [new for branch in self.branches for new in self._respond(branch, tick)]

    def _respond(self, branch: Branch, tick: int) -> list[Branch]:
        alike: dict[bytes, list[Lane]] = {}
        answers: dict[bytes, np.ndarray] = {}
        for lane in branch.lanes:
            first = lane.knowledge.timeline.first
            given = lane.serving.answers_to(int(first[tick]), int(first[tick + 1]))
            alike.setdefault(given.tobytes(), []).append(lane)
            answers[given.tobytes()] = given
        grown = []
        for number, (key, lanes) in enumerate(alike.items()):
            world = branch.world
            if number < len(alike) - 1:  # the last ones stay where they are
                self.number += 1
                world = branch.world.fork(self.number)
                moved: dict[int, RowByRowModel] = {}
                for lane in lanes:
                    _enter(lane, world, moved)
            state = self._apply(world, branch.state, answers[key], tick)
            for lane in lanes:
                _follow(lane, world)
            grown.append(Branch(world, state, lanes))
        return grown

    def _apply(self, world: Knowledge, state: Any, answers: np.ndarray, tick: int) -> Any:
        """Change the rest of a world as its stream responds; what the stream then remembers."""
        timeline = world.timeline
        last = tick + 1 == timeline.n_ticks
        stop = timeline.first[tick + 1]
        rows = _present(world, timeline.first[tick], stop)
        upcoming = _present(world, stop, stop if last else timeline.first[tick + 2])
        given = answers[rows - timeline.first[tick]]
        answered = self.loss.named(given)
        labels: np.ndarray = given
        if self.loss.n_classes:
            labels = timeline.schema.classes[np.where(answered, given, 0)]
        served = Served(
            tick, rows, _batch(world, rows), labels, answered, upcoming, _batch(world, upcoming)
        )
        response = self.stream.respond(served, state, timeline.seed)
        check_response(response, served, timeline.schema.classes)
        if len(response.hidden):
            world.hide(response.hidden)
        if response.y is not None:
            if world.labels.told is not None:
                raise ValueError(
                    "delay: votes and attribution windows go by the labels before what was served "
                    "changed them; give another delay, or a stream whose labels stay"
                )
            world.labels.change(upcoming, response.y)
        if len(response.gone):
            world.remove(response.gone)
        return response.state


def _enter(lane: Lane, world: Knowledge, moved: dict[int, RowByRowModel]) -> None:
    """Let a strategy go on in another branch.

    ``moved`` has the models that go on learning there, by what they were; strategies that move
    together share them.
    """
    lane.follow(world)
    for version in lane.lineage.versions.values():
        if isinstance(version.serving, RowByRowModel):
            key = id(version.serving)
            if key not in moved:
                moved[key] = version.serving.fork(lane.knowledge)
            version.serving = moved[key]
            if version is lane.lineage.champion:
                lane.promotions.routing.moved(version.number, version.serving)


def _follow(lane: Lane, world: Knowledge) -> None:
    """Let a strategy and its models see what has become of its branch."""
    lane.follow(world)
    for version in lane.lineage.versions.values():
        if isinstance(version.serving, RowByRowModel):
            version.serving.follow(lane.knowledge)


def _present(world: Knowledge, low: int, stop: int) -> np.ndarray:
    assert world.seen.absent is not None
    return low + np.flatnonzero(~world.seen.absent[low:stop])


def _batch(world: Knowledge, rows: np.ndarray) -> Batch:
    timeline = world.timeline
    slices = {column: codes[rows] for column, codes in timeline.slices.items()}
    return Batch(timeline.X_of(rows), world.labels.y[rows], timeline.time[rows], None, slices,
                 amount=timeline.amount(rows))  # fmt: skip


def check_response(response: Response, served: Served, classes: np.ndarray) -> None:
    """Refuse a response that changes what has been, or what it may not."""
    if not isinstance(response, Response):
        raise TypeError(f"stream: respond gave {response!r}; it must give a Response")
    for name, rows, allowed in (
        ("hidden", response.hidden, served.rows),
        ("gone", response.gone, served.upcoming_rows),
    ):
        if not isinstance(rows, np.ndarray) or rows.dtype.kind not in "iu":
            raise TypeError(f"stream: respond gave {name}={rows!r}; it must be an array of rows")
        if not np.isin(rows, allowed).all():
            raise ValueError(
                f"stream: respond gave {name} rows that are not among those of its tick"
            )
    y, upcoming = response.y, served.upcoming_rows
    if y is None:
        return
    if y.shape != upcoming.shape:
        raise ValueError(f"stream: respond gave {y.shape} labels for {len(upcoming)} events")
    strange = ~np.isin(y, classes) if len(classes) else ~np.isfinite(y)
    if strange.any():
        raise ValueError(f"stream: respond gave the label {y[strange][0]}, which it has not")
