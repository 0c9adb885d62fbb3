"""Ghost trials: what each challenger and the champion that it met would have lost beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Version
from clsim.engine.models import Model
from clsim.engine.serving import Serving
from clsim.protocols import Stream, as_stream
from clsim.types import NEVER, Columns


class Meeting(NamedTuple):
    """A challenger that is ready, and the champion of that tick.

    Attributes
    ----------
    tick : int
    model, champion : int
        Their numbers.
    challenger, holder : Model
        What answers: they are kept, whatever becomes of them.
    by, holder_by : Answering
        How what each gives becomes the answer, as it was in force then.
    """

    tick: int
    model: int
    champion: int
    challenger: Model
    holder: Model
    by: Answering
    holder_by: Answering


class Ghosts:
    """The challengers of one strategy, each beside the champion that it met, served to nobody.

    Nothing is asked of them before the replay has ended, so that nothing is decided by it.

    Parameters
    ----------
    length : int
        For how long both are asked, in units of the clock.
    """

    def __init__(self, length: int) -> None:
        self._length, self._met = length, dict[int, Meeting]()

    def meet(
        self,
        version: Version,
        champion: Version | None,
        tick: int,
        by: Callable[[int], Answering],
    ) -> None:
        """Keep a challenger and the champion of the tick in which it is ready for its tests.

        ``by`` says how what a model gives becomes the answer.
        """
        if champion is None or version.number in self._met:
            return
        alone = champion.serving is champion.model and version.serving is version.model
        if alone:  # what learns row by row would go on learning only if it served
            self._met[version.number] = Meeting(
                tick, version.number, champion.number, version.model, champion.model,
                by(version.number), by(champion.number),
            )  # fmt: skip

    def columns(
        self, knowledge: Knowledge, serving: Serving, chances: np.ndarray | None
    ) -> Columns | None:
        """The table ``ghosts`` of a run; None where no challenger met a champion.

        Parameters
        ----------
        knowledge : Knowledge
        serving : Serving
            Of the strategy: it says how answers are made and what is unanswered.
        chances : numpy.ndarray of shape (rows of the stream, classes) or None
            How likely each class is by the world.
        """
        if not self._met:
            return None
        starts = knowledge.timeline.starts
        parts = []
        for one in self._met.values():
            end = int(np.searchsorted(starts[:-1], starts[one.tick] + self._length))
            parts.append(_sums(one, end, knowledge, serving, chances))
        return {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}


def _sums(
    one: Meeting, end: int, knowledge: Knowledge, serving: Serving, chances: np.ndarray | None
) -> Columns:
    """Sums of what two models lose, in each tick from the one in which they met."""
    timeline, count = knowledge.timeline, end - one.tick
    rows = slice(int(timeline.first[one.tick]), int(timeline.first[end]))
    old = _said(one.holder, one.holder_by, rows, serving)
    new = _said(one.challenger, one.by, rows, serving)
    at = np.arange(len(old.answers))
    if serving.unanswered == "skip":
        at = at[old.there & new.there]
    ticks = np.asarray(timeline.ticks_of(rows.start + at)) - one.tick

    def by_tick(values: np.ndarray) -> np.ndarray:
        return np.bincount(ticks, values[at], count)

    truth = knowledge.labels.truth[rows]
    losses = old.by(truth), new.by(truth)
    sums = {
        "champion_loss": by_tick(losses[0]), "model_loss": by_tick(losses[1]),
        "squares": by_tick((losses[1] - losses[0]) ** 2),
        "differ": by_tick((old.answers != new.answers).astype(float)).astype(np.int64),
    }  # fmt: skip
    expected = np.full((2, count), np.nan)
    if chances is not None:
        expected = np.array([by_tick(each.expected(chances[rows])) for each in (old, new)])
    every = np.arange(one.tick, end, dtype=np.int32)
    return {
        "tick": every, "met": np.full(count, one.tick, np.int32),
        "model": np.full(count, one.model, np.int32),
        "champion": np.full(count, one.champion, np.int32),
        "n": np.bincount(ticks, minlength=count), **sums,
        "champion_expected": expected[0], "model_expected": expected[1],
        **_arrived(one, end, rows.start + at, (old, new), at, knowledge),
    }  # fmt: skip


def _arrived(
    one: Meeting, end: int, rows: np.ndarray, both: tuple[_Said, _Said], at: np.ndarray,
    knowledge: Knowledge,
) -> Columns:  # fmt: skip
    """Sums over those events whose labels arrive in a tick, by the labels as they are told."""
    known = knowledge.known.ticks_of(rows)
    came = np.flatnonzero((known != NEVER) & (known < end))
    told = knowledge.labels.coded(knowledge.telling.y_at(rows[came], known[came]))
    ticks, count = known[came] - one.tick, end - one.tick
    old, new = (each.at(at[came]).by(told) for each in both)
    return {
        "observed_n": np.bincount(ticks, minlength=count),
        "champion_observed": np.bincount(ticks, old, count),
        "model_observed": np.bincount(ticks, new, count),
        "observed_squares": np.bincount(ticks, (new - old) ** 2, count),
    }


@dataclass(frozen=True)
class _Said:
    """What one model answers to some rows, and what that was made of."""

    serving: Serving
    by_policy: Answering
    output: np.ndarray
    answers: np.ndarray
    amount: np.ndarray | None

    @property
    def there(self) -> np.ndarray:
        """Which rows have an answer."""
        return self.serving.loss.answered(self.answers)

    def at(self, places: np.ndarray) -> _Said:
        """What it answers to those of the rows."""
        amount = None if self.amount is None else self.amount[places]
        return replace(
            self, output=self.output[places], answers=self.answers[places], amount=amount
        )

    def by(self, truth: np.ndarray) -> np.ndarray:
        """Losses by some labels; without an answer 1 where that is wrong, and else 0."""
        losses = self.by_policy.losses(truth, self.output, self.answers, self.amount).astype(float)
        losses[~self.there] = 1.0 if self.serving.unanswered == "wrong" else 0.0
        return losses

    def expected(self, chances: np.ndarray) -> np.ndarray:
        """What they lose in the mean, by how likely each class is."""
        total = np.zeros(len(chances))
        for code in range(chances.shape[1]):
            total += chances[:, code] * self.by(np.full(len(chances), code))
        return total


def _said(model: Model, by: Answering, rows: slice, serving: Serving) -> _Said:
    """Ask a model for consecutive rows; it keeps nothing of that."""
    output, amount = model.output(rows.start, rows.stop).copy(), serving.said.amount(rows)
    model.forget()
    return _Said(serving, by, output, by.answers(output, amount), amount)


def likely(stream: Stream, seed: int) -> np.ndarray | None:
    """How likely each class is for each row of a stream, by the world; None if nobody knows."""
    blocks = as_stream(stream).chances(seed)
    return None if blocks is None else np.concatenate(list(blocks))
