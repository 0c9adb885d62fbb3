"""Answers that no learner gives: those of a log, a constant, or the last known label."""

from __future__ import annotations

from bisect import bisect_right

import numpy as np

from clsim.engine.fits import Fit
from clsim.engine.knowledge import Knowledge
from clsim.engine.lane import Lane
from clsim.engine.lineage import Version
from clsim.engine.models import Model, Models, Write
from clsim.engine.timeline import Timeline
from clsim.strategy.given import AsServed, NoModel
from clsim.types import Production, Rows

NONE = np.empty(0, dtype=np.int64)


class Given(Model):
    """Answers that are given for every row of the stream, in place of a model's.

    Parameters
    ----------
    models : Models
    output : numpy.ndarray
        For every row of the stream, as a learner's output would be.
    likely : numpy.ndarray of shape (n, classes) or None, default=None
        Probabilities of the classes, where they are given too.
    """

    def __init__(
        self, models: Models, output: np.ndarray, likely: np.ndarray | None = None
    ) -> None:
        super().__init__(models, Fit(b"given"))
        self.given, self.likely = output, likely

    @property
    def key(self) -> None:
        """None: what is given has no name."""
        return None

    def owe(self, first: int, stop: int, write: Write) -> None:
        """Nothing can be saved by waiting."""
        write(self, first, self.output(first, stop))

    def output(self, first: int, stop: int) -> np.ndarray:
        """Class codes, values or probabilities for consecutive rows of the stream."""
        return self.given[first:stop]

    def going_on(self, first: int, stop: int) -> np.ndarray:
        """The same: nothing is saved by looking ahead."""
        return self.output(first, stop)

    def chances(self, first: int, stop: int) -> np.ndarray:
        """Probabilities of the classes for consecutive rows, where they are given."""
        if self._models.likely:
            return self.output(first, stop)
        assert self.likely is not None
        return self.likely[first:stop]

    def output_of(self, rows: Rows) -> np.ndarray:
        """The same for any rows."""
        return self.given[rows]

    def chances_of(self, rows: Rows) -> np.ndarray:
        """The same for any rows."""
        if self._models.likely:
            return self.output_of(rows)
        assert self.likely is not None
        return self.likely[rows]


class LastKnown(Given):
    """In each tick, the label of the latest event whose label is known by then."""

    def __init__(self, models: Models, knowledge: Knowledge) -> None:
        super().__init__(models, models.room_for_all())
        self.given[:] = models.no_answer
        self.knowledge = knowledge
        self._next = 0  # the first tick that has no answer yet

    def output(self, first: int, stop: int) -> np.ndarray:
        """What was known in the tick of each served row."""
        timeline = self.knowledge.timeline
        until = int(timeline.ticks_of(stop - 1)) if stop > first else -1
        for tick in range(self._next, until + 1):
            row = self.knowledge.known.latest(tick, 1)
            if len(row):
                label = self.knowledge.labels.coded(self.knowledge.telling.y_at(row, tick))
                self.given[timeline.first[tick] : timeline.first[tick + 1]] = label
        self._next = max(self._next, until + 1)
        return self.given[first:stop]

    def output_of(self, rows: Rows) -> np.ndarray:
        """What was known in the ticks of any rows that were served."""
        if len(rows):
            self.output(int(rows.min()), int(rows.max()) + 1)
        return super().output_of(rows)


class GivenLane(Lane):
    """A strategy without a learner on its way through the world.

    Attributes
    ----------
    answers : Given or None
        None where nothing can be answered.
    deployed : dict of int to int
        The model that begins to answer in a tick.
    """

    def begin(self) -> None:
        """Let what is given answer."""
        self.answers, self.deployed, self._names = self._given()
        self._ticks = sorted(self.deployed)
        if 0 in self.deployed:
            self._promote(0)

    def _given(self) -> tuple[Given | None, dict[int, int], tuple[str, ...]]:
        """The answers, the model of each tick in which it changes, and what models are called."""
        strategy, timeline = self.strategy, self.knowledge.timeline
        if isinstance(strategy, AsServed):
            production = timeline.events.production
            assert production is not None
            answers = Given(self.models, as_served(production, self.models), production.proba)
            if production.version is None:
                return answers, {0: 0}, ()
            return answers, versions(production.version, timeline), timeline.schema.versions
        assert isinstance(strategy, NoModel)
        if strategy.rule == "last":
            return LastKnown(self.models, self.knowledge), {0: 0}, ()
        output = constant(strategy, self.knowledge, self.models)
        if output is None:
            return None, {}, ()
        return Given(self.models, output), {0: 0}, ()

    def _promote(self, tick: int) -> None:
        number = self.deployed[tick]
        assert self.answers is not None
        version = Version(
            number, None, -1, tick, tick, NONE, NONE, self.answers, self.answers, None
        )  # fmt: skip
        self.lineage.add(version)
        self.promotions.promote(version, tick)

    def step(self, tick: int) -> None:
        """Let another version answer, if there is one; then as every strategy."""
        if tick and tick in self.deployed:
            self._promote(tick)
            number = self.deployed[tick]
            self.journal.note(tick, "deploy", model=number, reason=f"version {self._names[number]}")
        super().step(tick)
        place = bisect_right(self._ticks, tick)
        if place < len(self._ticks):
            self.wakes = min(self.wakes, self._ticks[place])

    def follow(self, world: Knowledge) -> None:
        """See what has become of the world."""
        super().follow(world)
        if isinstance(self.answers, LastKnown):
            self.answers.knowledge = self.knowledge


def as_served(production: Production, models: Models) -> np.ndarray:
    """What production answered, as a learner's output would be."""
    loss = models.loss
    if models.likely:
        assert production.proba is not None
        return np.where(_answered(production, loss.n_classes)[:, None], production.proba, np.nan)
    output = models.room_for_all()
    output[:] = production.answers
    output[~_answered(production, loss.n_classes)] = models.no_answer
    return output


def _answered(production: Production, n_classes: int) -> np.ndarray:
    return production.answers >= 0 if n_classes else ~np.isnan(production.answers)


def versions(version: np.ndarray, timeline: Timeline) -> dict[int, int]:
    """The ticks in which another version than before gives most answers, and which.

    Of equals the one that came first; a tick without answers changes nothing.
    """
    served = version[timeline.n_warm :]
    ticks = timeline.tick_of[timeline.n_warm :]
    pairs, counts = np.unique(
        np.stack([ticks[served >= 0], served[served >= 0]]), axis=1, return_counts=True
    )
    order = np.lexsort([pairs[1], -counts, pairs[0]])
    ticks, found = pairs[:, order]
    first = np.append(True, ticks[1:] != ticks[:-1]) if len(ticks) else np.zeros(0, dtype=bool)
    ticks, found = ticks[first], found[first]
    new = np.append(True, found[1:] != found[:-1]) if len(found) else first
    return dict(zip(ticks[new].tolist(), found[new].tolist(), strict=True))


def constant(strategy: NoModel, knowledge: Knowledge, models: Models) -> np.ndarray | None:
    """One answer to every event; None where the warm-up has no label to find it by."""
    loss, schema = models.loss, knowledge.timeline.schema
    output = models.room_for_all()
    if strategy.value is not None:
        output[:] = schema.codes([strategy.value])[0] if loss.n_classes else strategy.value
        return output
    rows = knowledge.known.at(0)
    if len(rows) == 0:
        return None
    labels = knowledge.labels.coded(knowledge.telling.y_at(rows, 0))
    if not loss.n_classes:
        output[:] = np.median(labels) if loss.kind == "absolute" else np.mean(labels)
        return output
    counts = np.bincount(labels, minlength=loss.n_classes)
    if models.likely:
        output[:] = counts / counts.sum()
    elif loss.matrix is not None:
        output[:] = np.argmin(counts @ loss.matrix)
    elif loss.kind == "amount":
        amount, each = knowledge.timeline.amount(rows), range(loss.n_classes)
        lost = [loss.per_event(labels, np.full(len(rows), k), amount).sum() for k in each]
        output[:] = np.argmin(lost)
    else:
        output[:] = np.argmax(counts)
    return output
