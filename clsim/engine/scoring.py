"""Losses and answers, summed by tick and slice."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from clsim.engine.calendar import Calendar
from clsim.engine.deletions import went
from clsim.engine.knowledge import Knowledge
from clsim.engine.shadows import Shadow
from clsim.engine.timeline import Timeline, sum_runs
from clsim.losses import Loss
from clsim.types import NEVER, Columns


def happened(knowledge: Knowledge) -> tuple[Timeline, Knowledge]:
    """A timeline, and what was known of it, without the rows that never happened."""
    absent = knowledge.seen.absent
    if absent is None or not absent.any():
        return knowledge.timeline, knowledge
    there = ~absent
    timeline, other = copy.copy(knowledge.timeline), copy.copy(knowledge)
    vars(timeline).pop("served", None)
    timeline.ids = np.flatnonzero(there)
    timeline.n = len(timeline.ids)
    timeline.first = np.append(0, np.cumsum(there))[timeline.first]
    timeline.tick_of = timeline.tick_of[there]
    slices = {column: codes[there] for column, codes in timeline.slices.items()}
    deleted = timeline.events.deleted
    timeline.events = replace(
        timeline.events, time=timeline.time[there], slices=slices,
        deleted=None if deleted is None else deleted[there],
    )  # fmt: skip
    other.timeline = timeline
    hidden, logged = knowledge.hidden, knowledge.seen.logged
    other.hidden = None if hidden is None else hidden[there]
    logged = None if logged is None else logged[there]
    ends = knowledge.seen.ends.of(there)
    other.seen = replace(
        knowledge.seen, first=timeline.first, ends=ends, logged=logged, absent=None
    )  # fmt: skip
    natural = Calendar(knowledge.known.arrives[there], timeline.first, ends)
    other.telling = replace(knowledge.telling, labels=knowledge.labels.of(there), natural=natural)
    other.known = other.training = natural
    if knowledge.training is not knowledge.known:
        other.training = Calendar(knowledge.training.arrives[there], timeline.first, ends)
    return timeline, other


class Scored:
    """What all strategies that knew the same are scored on; worked out once.

    Attributes
    ----------
    timeline : Timeline
        Of the rows that happened.
    knowledge : Knowledge
        What was known of them.
    known : Calendar
        When each label was known, as it came to be.
    deleted : (numpy.ndarray, numpy.ndarray) or None
        Rows that somebody asked to have deleted, and the first tick without each.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.timeline, self.knowledge = happened(knowledge)
        self.labels = self.knowledge.labels
        self.known = self.knowledge.known.settled()
        self.deleted = went(self.timeline, self.known.ends, self.knowledge.seen.logged)

    @cached_property
    def truth_key(self) -> np.ndarray:
        """For each served event, the number of its tick and class, times the number of classes."""
        size, warm = len(self.timeline.schema.classes), self.timeline.n_warm
        key = self.timeline.tick_of[warm:].astype(np.int64)
        return (key * size + self.labels.truth[warm:]) * size

    @cached_property
    def truth_bits(self) -> np.ndarray:
        """Class codes of the served events, in one byte."""
        return self.labels.truth[self.timeline.n_warm :].astype(np.uint8)

    @cached_property
    def positives(self) -> np.ndarray:
        """Number of served events of class 1 in each tick."""
        return self.timeline.sum_served(self.truth_bits)

    @cached_property
    def _arrived(self) -> tuple[np.ndarray | slice, np.ndarray]:
        """Served events in the order in which their labels arrive; how many do in each tick."""
        known, warm = self.known, self.timeline.n_warm
        low, high = int(known.counts[0]), int(known.counts[-1])
        if known.whole and low == warm:
            return slice(high - low), known.arriving
        rows = known.between(0, self.timeline.n_ticks - 1)
        rows = rows[rows >= warm]
        return rows - warm, np.bincount(known.arrives[rows], minlength=self.timeline.n_ticks)

    @property
    def arriving(self) -> np.ndarray:
        """Number of served events whose labels arrive in each tick."""
        return self._arrived[1]

    def sum_arriving(self, values: np.ndarray) -> np.ndarray:
        """Sums of one value for each served event, by the tick in which its label arrives."""
        events, lengths = self._arrived
        return sum_runs(values[events], lengths)

    @cached_property
    def arrivals(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Natural labels that arrive in each tick after the warm-up's; their waits and votes."""
        ticks = self.timeline.n_ticks
        rows = self.known.between(0, ticks - 1)
        if self.knowledge.orders is not None:
            rows = rows[self.knowledge.telling.natural.ticks_of(rows) == self.known.arrives[rows]]
        arrives = self.known.arrives[rows]
        waits = self.labels.time[rows] - self.timeline.time[rows]
        wait = np.bincount(arrives, waits, ticks).astype(np.int64)
        votes = np.zeros(ticks, dtype=np.int64)
        if self.labels.votes is not None:
            votes += np.bincount(arrives, self.labels.votes[rows], ticks).astype(np.int64)
        return np.bincount(arrives, minlength=ticks), wait, votes


def ticks_columns(
    scored: Scored,
    loss: Loss,
    answers: np.ndarray,
    losses: tuple[np.ndarray, np.ndarray],
    model: np.ndarray,
    unanswered: str,
) -> Columns:
    """One row per tick and slice; times in clock units, -1 where no model serves.

    Parameters
    ----------
    answers : numpy.ndarray over the served rows
    losses : (numpy.ndarray, numpy.ndarray) over the served rows
        By the truth, and by the labels as they are told. The loss of an event without a prediction
        is 0, or 1 if it counts as an error.
    model : numpy.ndarray of shape (ticks,)
        Number of the model that serves each tick; -1: none.
    unanswered : {'skip', 'wrong'}
        Whether events without a prediction are left out, or count as errors.
    """
    timeline, warm = scored.timeline, scored.timeline.n_warm
    ticks = timeline.n_ticks
    answered = loss.answered(answers)
    complete = bool(answered.all())
    wrong = None
    if loss.n_classes and loss.kind != "zero_one":
        wrong = answered & (answers != scored.labels.truth[warm:])

    parts = []
    for names, codes in groups(timeline):
        width = len(names)
        cells = _Cells(scored, codes, width)
        n, observed_n = cells.n, cells.observed_n
        n_answered = n if complete else cells.served(answered)
        n_counted = n
        if unanswered == "skip" and not complete:
            n_counted, observed_n = n_answered, cells.observed(answered)
        total = cells.served(losses[0])
        errors = np.full(len(n), -1)
        if loss.n_classes:
            errors = (total if wrong is None else cells.served(wrong)).astype(np.int64)
        with np.errstate(invalid="ignore", divide="ignore"):
            score = loss.score(total / n_counted)
            observed_score = loss.score(cells.observed(losses[1]) / observed_n)
        tick = np.repeat(np.arange(ticks, dtype=np.int32), width)
        parts.append(
            {
                "tick": tick,
                "start": timeline.starts[tick],
                "end": timeline.starts[tick + 1],
                "slice": np.array(names * ticks, dtype=object),
                "n": n,
                "answered": n_answered,
                "errors": errors,
                "loss": total.astype(float),
                "score": score,
                "observed_n": observed_n,
                "observed_score": observed_score,
                "model": model[tick],
            }
        )
        if scored.knowledge.seen.logged is not None:
            parts[-1]["logged"] = cells.served(scored.knowledge.seen.logged[warm:])
    return _by_tick(parts)


def groups(timeline: Timeline) -> list[tuple[tuple[str, ...], np.ndarray | None]]:
    """Names of slices, and codes of the served events into them; first all events as one."""
    warm, every = timeline.n_warm, timeline.schema.slices
    slices = [(every[column], codes[warm:]) for column, codes in timeline.slices.items()]
    return [(("all",), None), *slices]


class _Cells:
    """Sums over the events of each tick and slice; every event is of one slice of a column."""

    def __init__(self, scored: Scored, codes: np.ndarray | None, width: int) -> None:
        self._scored, self._codes = scored, codes
        timeline = scored.timeline
        if codes is None:
            self.n, self.observed_n = timeline.served, scored.arriving
            return
        warm, self._size = timeline.n_warm, timeline.n_ticks * width
        self._key = timeline.tick_of[warm:].astype(np.int64) * width + codes
        arrives = scored.known.arrives[warm:]
        self._seen = arrives != NEVER
        self._seen_key = arrives[self._seen].astype(np.int64) * width
        self._seen_key += codes[self._seen]
        self.n = np.bincount(self._key, minlength=self._size)
        self.observed_n = np.bincount(self._seen_key, minlength=self._size)

    def served(self, values: np.ndarray) -> np.ndarray:
        """Sums by the tick that serves."""
        if self._codes is None:
            return self._scored.timeline.sum_served(values)
        sums = np.bincount(self._key, weights=values, minlength=self._size)
        return sums.astype(np.int64) if values.dtype.kind in "bu" else sums

    def observed(self, values: np.ndarray) -> np.ndarray:
        """Sums by the tick in which the label arrives."""
        if self._codes is None:
            return self._scored.sum_arriving(values)
        return np.bincount(self._seen_key, weights=values[self._seen], minlength=self._size)


def served_columns(
    scored: Scored,
    answered: np.ndarray,
    losses: tuple[np.ndarray, np.ndarray],
    model: np.ndarray,
    shadows: Sequence[Shadow],
    by: np.ndarray,
    roles: Sequence[tuple[int, dict[int, str]]],
) -> Columns:
    """One row per tick, slice and model that was asked.

    Parameters
    ----------
    answered : numpy.ndarray over the served rows, bool
        Which the champion of the time answered.
    losses : (numpy.ndarray, numpy.ndarray) over the served rows
        As for `ticks_columns`.
    model : numpy.ndarray of shape (ticks,)
        Number of the champion in each tick.
    shadows : sequence of Shadow
        Those that have ended. Where one of them answers, it is no shadow.
    by : numpy.ndarray over the served rows
        Number of the model that answers; -1: none.
    roles : sequence of (int, dict of int to str)
        The rows from which on others than the champion answer, who, and as what.
    """
    warm = scored.timeline.n_warm
    other = by != model[scored.timeline.tick_of[warm:]]
    pieces = []
    answering = [("champion", model, ~other)]
    answering += [
        (role, np.full_like(model, number), mask)
        for number, role, mask in _others(scored, by, other, roles)
    ]
    for role, numbers, mask in answering:
        by_truth, by_told = (np.where(mask, some, 0) for some in losses)
        pieces += _asked(scored, role, numbers, mask, answered & mask, (by_truth, by_told))
    for shadow in shadows:
        low, high = np.searchsorted(scored.timeline.ids, [shadow.first, shadow.stop])
        place = slice(low - warm, high - warm)
        there = scored.timeline.ids[low:high] - shadow.first  # some events may not have happened
        asked, said = np.zeros((2, len(answered)), dtype=bool)
        by_truth, by_told = np.zeros((2, len(answered)))
        assert shadow.answered is not None
        assert shadow.losses is not None
        assert shadow.observed is not None
        beside = by[place] != shadow.number
        asked[place], said[place] = beside, shadow.answered[there] & beside
        by_truth[place] = np.where(beside, shadow.losses[there], 0)
        by_told[place] = np.where(beside, shadow.observed[there], 0)
        number = np.full_like(model, shadow.number)
        pieces += _asked(scored, "shadow", number, asked, said, (by_truth, by_told))
    return _by_tick(pieces)


def _others(
    scored: Scored, by: np.ndarray, other: np.ndarray, roles: Sequence[tuple[int, dict[int, str]]]
) -> Iterator[tuple[int, str, np.ndarray]]:
    """Each model that answers beside a champion, as what, and which served rows."""
    rows = scored.timeline.ids[scored.timeline.n_warm :]
    starts = [row for row, _ in roles]
    place = np.searchsorted(starts, rows, "right") - 1
    found: dict[tuple[int, str], np.ndarray] = {}
    for at, (_, named) in enumerate(roles):
        for number, role in named.items():
            mask = other & (place == at) & (by == number)
            found[number, role] = found.get((number, role), False) | mask
    for (number, role), mask in sorted(found.items()):
        yield number, role, mask


def _asked(
    scored: Scored,
    role: str,
    model: np.ndarray,
    asked: np.ndarray,
    answered: np.ndarray,
    losses: tuple[np.ndarray, np.ndarray],
) -> list[Columns]:
    """What one model, or the champions, did in each tick and slice in which they were asked."""
    pieces = []
    for names, codes in groups(scored.timeline):
        cells = _Cells(scored, codes, len(names))
        n = cells.served(asked)
        some = np.flatnonzero(n)
        tick, name = np.divmod(some, len(names))
        pieces.append(
            {
                "tick": tick.astype(np.int32),
                "slice": np.array(names, dtype=object)[name],
                "model": model[tick],
                "role": np.full(len(some), role, dtype=object),
                "n": n[some],
                "answered": cells.served(answered)[some],
                "loss": cells.served(losses[0]).astype(float)[some],
                "observed_n": cells.observed(asked)[some].astype(np.int64),
                "observed_loss": cells.observed(losses[1]).astype(float)[some],
            }
        )
    return pieces


def confusion_columns(scored: Scored, loss: Loss, answers: np.ndarray) -> Columns:
    """Number of answered events by tick, slice, true and predicted class."""
    timeline, size = scored.timeline, loss.n_classes
    warm = timeline.n_warm
    answered = loss.answered(answers)
    everything = answered.all()
    parts = []
    for names, codes in groups(timeline):
        if codes is None and everything and size == 2:
            every = _count_pairs(scored, answers)
            cells = np.flatnonzero(every)
            counts = every[cells]
        else:
            key = scored.truth_key + answers
            if codes is not None:
                tick_of = timeline.tick_of[warm:].astype(np.int64)
                key += (tick_of * (len(names) - 1) + codes) * size * size
            if not everything:
                key = key[answered]
            bins = timeline.n_ticks * len(names) * size * size
            if bins <= 8 * len(key) + 1_000_000:
                counts = np.bincount(key, minlength=bins)
                cells = np.flatnonzero(counts)
                counts = counts[cells]
            else:
                cells, counts = np.unique(key, return_counts=True)
        rest, y_pred = np.divmod(cells, size)
        rest, y_true = np.divmod(rest, size)
        tick, name = np.divmod(rest, len(names))
        parts.append(
            {
                "tick": tick.astype(np.int32),
                "slice": np.array(names, dtype=object)[name],
                "y_true": timeline.schema.classes[y_true],
                "y_pred": timeline.schema.classes[y_pred],
                "n": counts,
            }
        )
    return _by_tick(parts)


def _count_pairs(scored: Scored, answers: np.ndarray) -> np.ndarray:
    """Number of events by tick, true and predicted class, of two; sums beat a long bincount."""
    timeline = scored.timeline
    positive, predicted = scored.positives, timeline.sum_served(answers)
    both = timeline.sum_served(answers & scored.truth_bits)
    counts = np.empty((timeline.n_ticks, 2, 2), dtype=np.int64)
    counts[:, 1, 1] = both
    counts[:, 0, 1] = predicted - both
    counts[:, 1, 0] = positive - both
    counts[:, 0, 0] = timeline.served - positive - predicted + both
    return counts.ravel()


def _by_tick(parts: list[Columns]) -> Columns:
    if len(parts) == 1:
        return parts[0]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.argsort(columns["tick"], kind="stable")
    return {name: values[order] for name, values in columns.items()}
