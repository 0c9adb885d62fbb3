"""Losses and answers, summed by tick and slice."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from clsim.engine.calendar import Calendar
from clsim.engine.deletions import went
from clsim.engine.knowledge import Knowledge
from clsim.engine.served import Places, Served, Values
from clsim.engine.shadows import Shadow
from clsim.engine.timeline import Timeline, sum_runs
from clsim.losses import Loss
from clsim.types import Columns


def happened(knowledge: Knowledge) -> tuple[Timeline, Knowledge]:
    """A timeline, and what was known of it, without the rows that never happened."""
    absent = knowledge.seen.absent
    if absent is None or not absent.any():
        return knowledge.timeline, knowledge
    there = ~absent
    timeline, other = knowledge.timeline.of(there), copy.copy(knowledge)
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


AT_ONCE = 1 << 16
"""Events that are scored at a time, where what is made on the way is wider than what is kept."""


def pieces(edges: np.ndarray) -> Iterator[tuple[int, int]]:
    """Runs of ticks, one after the other, of few events each, or of one tick.

    Examples
    --------
    >>> list(pieces(np.array([0, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])))
    [(0, 1), (1, 2), (2, 3)]
    """
    low, last = 0, len(edges) - 1
    while low < last:
        high = int(np.searchsorted(edges, edges[low] + AT_ONCE, "right")) - 1
        yield low, (low := max(low + 1, high))


@dataclass(frozen=True)
class Stretch:
    """Events of some ticks: served in them, or with labels that arrive in them.

    Attributes
    ----------
    low, high : int
        The ticks from the one on, before the other.
    places : slice or Rows
        Where the events are among the served ones, tick after tick.
    lengths : numpy.ndarray of shape (high - low,)
        How many there are of each tick.
    """

    low: int
    high: int
    places: Places
    lengths: np.ndarray


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
    groups : list of (tuple of str, numpy.ndarray or None)
        Names of slices, and codes of the served events into them; first all events as one.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self.timeline, self.knowledge = happened(knowledge)
        self.labels = self.knowledge.labels
        self.known = self.knowledge.known.settled()
        self.deleted = went(self.timeline, self.known.ends, self.knowledge.seen.logged)
        self.groups = groups(self.timeline)
        self._cells: dict[int | None, Cells] = {}

    @cached_property
    def truth(self) -> np.ndarray:
        """The labels of the served events as the loss compares them."""
        return self.labels.truth[self.timeline.n_warm :]

    @cached_property
    def positives(self) -> np.ndarray:
        """Number of served events of class 1 in each tick."""
        return self.cells(None, 1).served(self.truth.__getitem__)

    @cached_property
    def arriving(self) -> np.ndarray:
        """Number of served events whose labels arrive in each tick."""
        counts = np.zeros(self.timeline.n_ticks, dtype=np.int64)
        for some in self.arrivals():
            counts[some.low : some.high] = some.lengths
        return counts

    def served(self) -> Iterator[Stretch]:
        """The served events, some ticks at a time."""
        edges, lengths = self.timeline.first - self.timeline.n_warm, self.timeline.served
        for low, high in pieces(edges):
            yield Stretch(low, high, slice(edges[low], edges[high]), lengths[low:high])

    def arrivals(self) -> Iterator[Stretch]:
        """Those whose labels arrive, by the ticks in which they do, some ticks at a time."""
        known, warm = self.known, self.timeline.n_warm
        for before, last in pieces(known.counts):  # the first tick has those of the warm-up
            if known.whole:
                edges = np.maximum(known.counts[before : last + 1], warm) - warm
                places: Places = slice(edges[0], edges[-1])
                lengths = np.diff(edges)
            else:
                rows = known.between(before, last)
                rows = rows[rows >= warm]
                places = rows - warm
                lengths = np.bincount(known.ticks_of(rows) - before - 1, minlength=last - before)
            yield Stretch(before + 1, last + 1, places, lengths)

    def cells(self, codes: np.ndarray | None, width: int) -> Cells:
        """Sums by tick and slice; one for all strategies."""
        key = None if codes is None else id(codes)
        if key not in self._cells:
            self._cells[key] = Cells(self, codes, width)
        return self._cells[key]

    @cached_property
    def waits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Natural labels that arrive in each tick after the warm-up's; their waits and votes."""
        ticks = self.timeline.n_ticks
        count, wait, votes = np.zeros((3, ticks), dtype=np.int64)
        for before, last in pieces(self.known.counts):
            rows = self.known.between(before, last)
            arrives = self.known.ticks_of(rows)
            if self.knowledge.orders is not None:
                natural = self.knowledge.telling.natural.ticks_of(rows) == arrives
                rows, arrives = rows[natural], arrives[natural]
            size, there = last - before, slice(before + 1, last + 1)
            place = arrives - before - 1
            count[there] = np.bincount(place, minlength=size)
            waits = self.labels.times_of(rows) - self.timeline.time[rows]
            wait[there] = np.bincount(place, waits, size).astype(np.int64)
            if self.labels.votes is not None:
                given = np.bincount(place, self.labels.votes[rows], size)
                votes[there] = given.astype(np.int64)
        return count, wait, votes


def ticks_columns(
    scored: Scored, loss: Loss, served: Served, model: np.ndarray, unanswered: str
) -> Columns:
    """One row per tick and slice; times in clock units, -1 where no model serves.

    Parameters
    ----------
    scored : Scored
    loss : Loss
    served : Served
        What was answered.
    model : numpy.ndarray of shape (ticks,)
        Number of the model that serves each tick; -1: none.
    unanswered : {'skip', 'wrong'}
        Whether events without a prediction are left out, or count as errors.
    """
    timeline, warm = scored.timeline, scored.timeline.n_warm
    ticks = timeline.n_ticks
    complete, answered = served.complete, served.answered

    def wrong(places: Places) -> np.ndarray:
        answers = served.answers(places)
        return loss.named(answers) & (answers != scored.truth[places])

    parts = []
    for names, codes in scored.groups:
        width = len(names)
        cells = scored.cells(codes, width)
        n, observed_n = cells.n, cells.observed_n
        n_answered = n if complete else cells.served(answered)
        n_counted = n
        if unanswered == "skip" and not complete:
            n_counted, observed_n = n_answered, cells.observed(answered)
        total = cells.served(served.losses)
        errors = np.full(len(n), -1)
        if loss.n_classes:
            counted = total if loss.judged_as == "zero_one" else cells.served(wrong)
            errors = counted.astype(np.int64)
        with np.errstate(invalid="ignore", divide="ignore"):
            score = loss.score(total / n_counted)
            observed_score = loss.score(cells.observed(served.observed) / observed_n)
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
        if loss.abstention is not None:
            left = cells.served(lambda places: loss.left(served.answers(places)))
            parts[-1]["abstained"] = left
        if scored.knowledge.seen.logged is not None:
            parts[-1]["logged"] = cells.served(scored.knowledge.seen.logged[warm:].__getitem__)
    return _by_tick(parts)


def groups(timeline: Timeline) -> list[tuple[tuple[str, ...], np.ndarray | None]]:
    """Names of slices, and codes of the served events into them; first all events as one."""
    warm, every = timeline.n_warm, timeline.schema.slices
    slices = [(every[column], codes[warm:]) for column, codes in timeline.slices.items()]
    return [(("all",), None), *slices]


class Cells:
    """Sums over the events of each tick and slice; every event is of one slice of a column.

    Attributes
    ----------
    n, observed_n : numpy.ndarray of shape (ticks * width,)
        Events that were served, and whose labels arrived.
    """

    def __init__(self, scored: Scored, codes: np.ndarray | None, width: int) -> None:
        self._scored, self._codes, self._width = scored, codes, width
        if codes is None:
            self.n, self.observed_n = scored.timeline.served, scored.arriving
        else:
            self.n, self.observed_n = self.served(self._ones), self.observed(self._ones)

    def _ones(self, places: Places) -> np.ndarray:
        assert self._codes is not None
        return np.ones(len(self._codes[places]), dtype=bool)

    def served(self, values: Values) -> np.ndarray:
        """Sums by the tick that serves."""
        return self._summed(values, self._scored.served())

    def observed(self, values: Values) -> np.ndarray:
        """Sums by the tick in which the label arrives."""
        return self._summed(values, self._scored.arrivals())

    def _summed(self, values: Values, stretches: Iterator[Stretch]) -> np.ndarray:
        width, codes = self._width, self._codes
        kind = float if values(slice(0, 0)).dtype.kind == "f" else np.int64
        sums = np.zeros(self._scored.timeline.n_ticks * width, dtype=kind)
        for some in stretches:
            given, cells = values(some.places), slice(some.low * width, some.high * width)
            if codes is None:
                sums[cells] = sum_runs(given, some.lengths)
                continue
            of = codes[some.places]
            if kind is float or width > FEW:
                key = np.repeat(np.arange(some.high - some.low) * width, some.lengths) + of
                sums[cells] = np.bincount(key, given, minlength=(some.high - some.low) * width)
                continue
            for code in range(width):  # a sum for each of a few is much faster
                sums[cells][code::width] = sum_runs((of == code) * given, some.lengths)
        return sums


FEW = 6
"""So many slices of a column are summed one after the other."""


def served_columns(
    scored: Scored,
    served: Served,
    model: np.ndarray,
    shadows: Sequence[Shadow],
    roles: Sequence[tuple[int, dict[int, str]]],
) -> Columns:
    """One row per tick, slice and model that was asked.

    Parameters
    ----------
    scored : Scored
    served : Served
        What was answered, and by whom.
    model : numpy.ndarray of shape (ticks,)
        Number of the champion in each tick.
    shadows : sequence of Shadow
        Those that have ended. Where one of them answers, it is no shadow.
    roles : sequence of (int, dict of int to str)
        The rows from which on others than the champion answer, who, and as what.
    """

    def by_champion(places: Places) -> np.ndarray:
        return served.by(places) == model[served.ticks(places)]

    answering: list[tuple[str, np.ndarray, Values]] = [("champion", model, by_champion)]
    answering += [
        (role, np.full_like(model, number), mask)
        for number, role, mask in _others(served, by_champion, roles)
    ]
    pieces = []
    for role, numbers, mask in answering:
        said = served.answered, served.losses, served.observed
        pieces += _asked(scored, role, numbers, mask, *(where(mask, some) for some in said))
    for shadow in shadows:
        assert shadow.answered is not None
        assert shadow.losses is not None
        assert shadow.observed is not None
        each = shadow.answered, shadow.losses, shadow.observed
        beside, *rest = (_of_shadow(served, shadow, some) for some in (None, *each))
        pieces += _asked(scored, "shadow", np.full_like(model, shadow.number), beside, *rest)
    return _by_tick(pieces)


def where(mask: Values, values: Values) -> Values:
    """Values where a mask says so, else 0."""
    return lambda places: np.where(mask(places), given := values(places), given.dtype.type(0))


def _of_shadow(served: Served, shadow: Shadow, given: np.ndarray | None) -> Values:
    """What a shadow gave where it did not answer itself, else 0; None: where it was asked so."""

    def values(places: Places) -> np.ndarray:
        rows = served.rows(places)
        there = (rows >= shadow.first) & (rows < shadow.stop)
        there &= served.by(places) != shadow.number
        if given is None:
            return there
        found = np.zeros(len(rows), dtype=given.dtype)
        found[there] = given[rows[there] - shadow.first]
        return found

    return values


def _others(
    served: Served, by_champion: Values, roles: Sequence[tuple[int, dict[int, str]]]
) -> Iterator[tuple[int, str, Values]]:
    """Each model that answers beside a champion, as what, and which served rows."""
    starts = [row for row, _ in roles]
    found: dict[tuple[int, str], list[int]] = {}
    for at, (_, named) in enumerate(roles):
        for number, role in named.items():
            found.setdefault((number, role), []).append(at)

    def answers(number: int, begun: list[int]) -> Values:
        def mask(places: Places) -> np.ndarray:
            at = np.searchsorted(starts, served.rows(places), "right") - 1
            return ~by_champion(places) & (served.by(places) == number) & np.isin(at, begun)

        return mask

    for (number, role), begun in sorted(found.items()):
        yield number, role, answers(number, begun)


def _asked(
    scored: Scored,
    role: str,
    model: np.ndarray,
    asked: Values,
    answered: Values,
    losses: Values,
    observed: Values,
) -> list[Columns]:
    """What one model, or the champions, did in each tick and slice in which they were asked."""
    pieces = []
    for names, codes in scored.groups:
        cells = scored.cells(codes, len(names))
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
                "loss": cells.served(losses).astype(float)[some],
                "observed_n": cells.observed(asked)[some].astype(np.int64),
                "observed_loss": cells.observed(observed).astype(float)[some],
            }
        )
    return pieces


def confusion_columns(scored: Scored, loss: Loss, served: Served) -> Columns:
    """Number of answered events by tick, slice, true and predicted class."""
    size, classes = loss.n_classes, scored.timeline.schema.classes
    parts = []
    for names, codes in scored.groups:
        if codes is None and size == 2 and served.complete and loss.abstention is None:
            every = _count_pairs(scored, served.answers)
            cells = np.flatnonzero(every)
            counts = every[cells]
        else:
            found = [
                _confused(scored, some, served, codes, len(names), loss) for some in scored.served()
            ]
            cells, counts = (np.concatenate(each) for each in zip(*found, strict=True))
        rest, y_pred = np.divmod(cells, size)
        rest, y_true = np.divmod(rest, size)
        tick, name = np.divmod(rest, len(names))
        parts.append(
            {
                "tick": tick.astype(np.int32),
                "slice": np.array(names, dtype=object)[name],
                "y_true": classes[y_true],
                "y_pred": classes[y_pred],
                "n": counts,
            }
        )
    return _by_tick(parts)


def _confused(
    scored: Scored, some: Stretch, served: Served, codes: np.ndarray | None, width: int, loss: Loss
) -> tuple[np.ndarray, np.ndarray]:
    """Of some ticks: numbers of tick, slice, true and predicted class, and events of each."""
    ticks, size, answers = some.high - some.low, loss.n_classes, served.answers(some.places)
    key = np.repeat(np.arange(ticks) * width, some.lengths)
    if codes is not None:
        key += codes[some.places]
    key *= size
    key += scored.truth[some.places]
    key *= size
    key += answers
    if not served.complete or loss.abstention is not None:
        key = key[loss.named(answers)]
    bins, first = ticks * width * size * size, some.low * width * size * size
    if bins > 8 * len(key) + 1_000_000:
        cells, counts = np.unique(key, return_counts=True)
    else:
        counts = np.bincount(key, minlength=bins)
        cells = np.flatnonzero(counts)
        counts = counts[cells]
    return first + cells, counts


def _count_pairs(scored: Scored, answers: Values) -> np.ndarray:
    """Number of events by tick, true and predicted class, of two; sums beat a long bincount."""
    timeline, cells = scored.timeline, scored.cells(None, 1)
    positive, predicted = scored.positives, cells.served(answers)
    both = cells.served(lambda places: answers(places) & scored.truth[places])
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
