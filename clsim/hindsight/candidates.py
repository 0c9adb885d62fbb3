"""The models of a table: on which rows each is trained, and what it loses in every tick."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.engine.answering import Answering
from clsim.engine.fits import Fits
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import Model, Models, one_thread
from clsim.engine.timeline import Timeline
from clsim.hindsight.alone import Alone
from clsim.hindsight.files import INITIAL, piece_file, read_columns, write_columns
from clsim.hindsight.measured import Measuring, Needs, first_measured, ready_monitors
from clsim.learners import RiverLearner, SklearnLearner
from clsim.policies import Policy
from clsim.profiles import Profile
from clsim.protocols import Dataset, OfflineTest, Part, completed
from clsim.randomness import generator, globals_kept, integer, seeded
from clsim.types import NEVER, Columns, Of, Rows, Sample, Trial
from clsim.view import View

PART = 16
"""Candidate ticks in one piece of work and in one file of a table that is resumed."""


# what a family of models is -------------------------------------------------------------------


class NoPast:
    """Stands for the run that a part may not look at: whatever it asks for is refused."""

    def __init__(self, key: str, part: Any) -> None:
        self._part = f"{key}: {type(part).__name__}"

    def _refuse(self, what: str) -> NoReturn:
        raise ValueError(
            f"{self._part} asks for the strategy's own past ({what}), so a model depends on the "
            "schedule, and no table can say what another schedule would have lost; "
            "train on rows that depend on the tick alone (All, SlidingWindow; as holdout a number "
            "of rows or a duration), or replay each schedule"
        )

    @property
    def training_ticks(self) -> list[int]:
        self._refuse("training_ticks")

    @property
    def looks(self) -> list[int]:
        self._refuse("looks")

    @property
    def called(self) -> int | None:
        self._refuse("called")

    @property
    def alarms(self) -> list[int]:
        self._refuse("alarms")

    @property
    def in_flight(self) -> bool:
        self._refuse("in_flight")

    @property
    def on_trial(self) -> bool:
        self._refuse("on_trial")

    @property
    def trials(self) -> tuple[Trial, ...]:
        self._refuse("trials")

    @property
    def champion(self) -> int | None:
        self._refuse("champion")

    @property
    def has_champion(self) -> bool:
        self._refuse("has_champion")

    @property
    def replaced(self) -> int | None:
        self._refuse("replaced")

    @property
    def former(self) -> tuple[int, ...]:
        self._refuse("former")

    @property
    def retired(self) -> tuple[int, ...]:
        self._refuse("retired")

    @property
    def promoted(self) -> int:
        self._refuse("promoted")

    @property
    def trained_rows(self) -> Rows:
        self._refuse("trained_rows")

    @property
    def held_out(self) -> Rows:
        self._refuse("held_out")

    def answers(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("answers")

    def chances(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("chances")

    def complaints(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("complaints")

    def answers_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray:
        self._refuse("answers_on")

    def chances_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray:
        self._refuse("chances_on")

    def unseen(self, tick: int) -> Rows:
        self._refuse("unseen")

    def untrained(self, model: int | None, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("untrained")

    def answerer(self, model: int | None) -> Hashable:
        self._refuse("answerer")

    def trained_in(self, model: int | None) -> int:
        self._refuse("trained_in")

    def latest_unseen(self, tick: int, count: int, before: int) -> Rows:
        self._refuse("latest_unseen")

    def arrived_losses(self, tick: int, of: str) -> np.ndarray:
        self._refuse("losses")

    def served_losses(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("served_losses")

    def losses_on(
        self, model: int | None, rows: Rows, tick: int, policy: Policy | None = None
    ) -> np.ndarray:
        self._refuse("losses_on")

    def propensities(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("propensities")

    def learned_shares(self, model: int | None) -> np.ndarray:
        self._refuse("learned_shares")

    def expected_losses(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("expected_losses")

    def expected_losses_on(self, model: int | None, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("expected_losses_on")

    def answerers(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("answered_by")

    def model_ages(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("model_ages")

    def score(self, mean_loss: float) -> float:
        self._refuse("score")

    def signal(self, name: str, view: View) -> dict[Of, float]:
        self._refuse("signal")

    def profile(self, kind: str, name: str | None, first: int, stop: int, of_slice: str) -> Profile:
        self._refuse("profile")


class _Latest(Part):
    """The latest so many labelled rows, or those of the last stretch of time.

    Without those that the first model trained on: no champion has a test that it has seen.
    """

    def __init__(self, size: Duration | np.integer) -> None:
        self.size = as_duration(size, "holdout", positive=True)

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.size, int):
            self._length = clock.units(self.size, "holdout")

    def unseen(self, view: View, seen: Rows) -> Rows:
        if not isinstance(self.size, int):
            return np.setdiff1d(view.since(self._length), seen, assume_unique=True)
        rows = np.setdiff1d(view.latest(self.size + len(seen)), seen, assume_unique=True)
        return rows[max(0, len(rows) - self.size) :]


def bound(dataset: Dataset, holdout: Any, clock: Clock, seed: int) -> tuple[Dataset, Any]:
    """Copies of the parts, bound to the clock and seeded as in a strategy."""
    dataset = completed("dataset", dataset, Dataset)
    if isinstance(holdout, (int, str, timedelta, np.integer)):  # or of NumPy
        holdout = _Latest(holdout)
    elif holdout is not None:
        holdout = completed("holdout", holdout, OfflineTest, "holdout")
    dataset, holdout = (
        seeded(part, f"strategy.{key}", lambda place: integer(seed, place, -1)).part
        for key, part in (("dataset", dataset), ("offline", holdout))
    )
    for part in (dataset, holdout):
        if part is not None:
            part.bind(clock)
    return dataset, holdout


@dataclass(frozen=True)
class ModelFamily:
    """All that a model and its losses depend on, but for the tick at which it is trained.

    In objects; `clsim.sweep.families.Family` says the same in a configuration. ``scored`` has
    the events that are scored, as rows: the world's, or a sample of them. ``trainer`` is the
    learner as it trains, ``learner`` as it is asked for what answers are made of. ``measuring``
    has the monitors that measure each model; None: none do.
    """

    world: Knowledge
    scored: Scoring
    trainer: SklearnLearner | RiverLearner
    learner: SklearnLearner | RiverLearner
    answering: Answering
    unanswered: str
    dataset: Any
    holdout: Any
    duration: int
    largest_age: int
    by_slice: bool
    measuring: Measuring | None = None

    @property
    def timeline(self) -> Timeline:
        """The events and the ticks of the world."""
        return self.world.timeline

    def unmapped(self) -> ModelFamily:
        """The same, whose arrays are not joblib's memory maps: a subclass slows every operation."""
        return replace(self, world=_plain(self.world), scored=_plain(self.scored))

    def check(self, candidates: np.ndarray) -> None:
        """Refuse a family without a first model, or whose datasets depend on their own past.

        Raises
        ------
        ValueError
        """
        first, _ = self.training_sample(INITIAL)
        if len(first.rows) == 0:
            raise ValueError(
                "warmup: the table needs a first model, and the warm-up has no labelled rows "
                f"(warmup_labels={self.timeline.warmup_labels}); give a longer one"
            )
        if len(candidates) == 0:
            return
        used = copy.copy(self)
        object.__setattr__(used, "dataset", copy.deepcopy(self.dataset))
        probes = candidates[[0, len(candidates) // 2, -1]]
        for tick in (*probes, *probes[::-1]):
            again, new = used._asked(tick, used.dataset)[0], self.training_sample(tick)[0]
            if not np.array_equal(again.rows, new.rows):
                raise ValueError(
                    f"dataset: {type(self.dataset).__name__} gives other rows for tick {tick} when "
                    "it was asked before, so they depend on the strategy's own past; make it "
                    "depend on the view alone"
                )

    @cached_property
    def initial_rows(self) -> Rows:
        """Rows that the first model is trained on."""
        return self._asked(INITIAL, copy.deepcopy(self.dataset))[0].rows

    def training_sample(self, tick: int) -> tuple[Sample, int]:
        """Rows that the model of a tick is trained on, and how many were held out."""
        return self._asked(tick, copy.deepcopy(self.dataset))

    def _asked(self, tick: int, dataset: Any) -> tuple[Sample, int]:
        now = max(int(tick), 0)
        view = View(self.world, NoPast("dataset", dataset), now)
        held = np.empty(0, dtype=np.int64)
        if self.holdout is not None and tick != INITIAL:
            apart = View(self.world, NoPast("holdout", self.holdout), now)
            if isinstance(self.holdout, _Latest):
                held = self.holdout.unseen(apart, self.initial_rows)
            else:
                held = self.holdout.holdout(apart)
        rows = dataset.rows(view)
        if len(held):
            rows = np.setdiff1d(rows, held, assume_unique=True)
        return dataset.sample(view, rows), len(held)

    def serves(self, tick: int) -> int:
        """The first tick that the model of a tick can serve."""
        return self.ends(tick)

    def ends(self, tick: int) -> int:
        """The tick in which a training takes effect, whether or not it gives a model."""
        ready = 0 if tick == INITIAL else self.timeline.ready(tick, self.duration)
        return ready if ready < self.timeline.n_ticks else NEVER

    def models(self) -> Models:
        """No model so far, of those that are trained and asked in this world."""
        fits = Fits(self.world.timeline, self.world.labels.y, self.trainer)
        models = Models(fits, self.learner, self.answering.loss, self.answering.likely)
        if self.measuring is not None and self.measuring.reads_chances:
            chances = self.trainer.for_chances()
            apart = Models(fits, chances, self.answering.loss, likely=True, serves=False)
            models.chances = models if self.answering.likely else apart
        return models

    def alone(self, models: Models, model: Model, rows: Rows, tick: int) -> Alone:
        """What is seen of the past while the model of a tick serves."""
        chances = models.chances is not None
        return Alone(
            self.world, self.answering, self.unanswered, model, rows, tick, self.serves(tick),
            chances,
        )  # fmt: skip

    def until(self, tick: int) -> int:
        """The tick before which the model of a tick is scored."""
        oldest = self.timeline.n_ticks if tick == INITIAL else tick + self.largest_age + 1
        return min(oldest, self.timeline.n_ticks)

    def slice_counts(self) -> dict[str, list[int]]:
        """Number of events of each slice in each tick."""
        whole, timeline = Scoring.of(self.world), self.timeline
        counts: dict[str, list[int]] = {}
        for column, names in timeline.schema.slices.items():
            cells = _cells(whole, column, 0, timeline.n_ticks)
            n = np.bincount(cells, minlength=timeline.n_ticks * len(names)).reshape(-1, len(names))
            counts |= {name: n[:, code].tolist() for code, name in enumerate(names)}
        return counts


@dataclass(frozen=True)
class Scoring:
    """The events on which models are scored, as rows of their own: all, or a sample.

    Attributes
    ----------
    timeline : Timeline
    truth : numpy.ndarray of shape (n,)
        Labels as the loss compares them.
    whole : bool
        Whether they are all events.
    """

    timeline: Timeline
    truth: np.ndarray
    whole: bool = True

    @classmethod
    def of(cls, world: Knowledge) -> Scoring:
        """All events."""
        return cls(world.timeline, world.labels.truth)

    @classmethod
    def sampled(cls, world: Knowledge, share: float) -> Scoring:
        """A random sample of the rows of each tick."""
        whole, picked = world.timeline, []
        for tick, (low, n) in enumerate(zip(whole.first[:-1], whole.served, strict=True)):
            size = min(int(n), max(2, round(share * int(n))))
            draws = generator(whole.seed, "counterfactual", tick)
            picked.append(low + np.sort(draws.choice(int(n), size, replace=False)))
        rows = np.concatenate(picked)
        first = np.concatenate([[0], np.cumsum([len(some) for some in picked])])
        return cls(whole.sampled(rows, first), world.labels.truth[rows], whole=False)


def candidate_ticks(given: Any, timeline: Timeline) -> np.ndarray:
    """The ticks at which a model is trained, ascending.

    Raises
    ------
    TypeError, ValueError
        If they are no such ticks of the world.
    """
    if isinstance(given, (int, str)) or not hasattr(given, "__len__"):
        every = timeline.clock.ticks(given, "candidates")
        if every < 1:
            raise ValueError(f"candidates={given!r}: must be at least 1 tick")
        return np.arange(0, timeline.n_ticks, every)
    chosen = np.asarray(given, dtype=None if len(given) else np.int64)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise TypeError(f"candidates={given!r}: expected ticks as whole numbers")
    if len(chosen) == 0:  # the initial model alone
        return chosen
    if chosen.min() < 0 or chosen.max() >= timeline.n_ticks or (np.diff(chosen) <= 0).any():
        raise ValueError(
            f"candidates={given!r}: must be ascending, from 0 to {timeline.n_ticks - 1}, the "
            "last tick"
        )
    return chosen.astype(np.int64)


def _plain(value: Any) -> Any:
    """An object of ours whose arrays are no memory maps, nor are those of what it holds."""
    if isinstance(value, np.memmap):
        return value.view(np.ndarray)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if not type(value).__module__.startswith("clsim.") or not hasattr(value, "__dict__"):
        return value
    other = copy.copy(value)
    vars(other).update({name: _plain(item) for name, item in vars(value).items()})
    return other


def with_monitors(
    family: ModelFamily, monitors: Mapping[str, Any] | None, candidates: np.ndarray
) -> ModelFamily:
    """A family whose models are measured, once it is known that rules could be run over that.

    Raises
    ------
    TypeError, ValueError
    """
    if monitors is None:
        return family
    ticks = family.timeline.n_ticks
    lacks = {
        f"candidates: {len(candidates)} of {ticks} ticks": len(candidates) < ticks,
        "holdout": family.holdout is not None,
        f"largest_age={family.largest_age}": family.largest_age < ticks,
        "sample": not family.scored.whole,
    }
    for key, there in lacks.items():
        if there:
            raise ValueError(
                f"{key}: rules over the values of monitors can train at any tick, and need every "
                "model in every later tick as a replay has it; leave it out, or monitors"
            )
    ready = ready_monitors(monitors, family.world, family.trainer)
    return replace(family, measuring=Measuring(ready))


def needs_of(family: ModelFamily, candidates: Sequence[int]) -> Needs | None:
    """Measure the first model as if it were others: how long all values will take is said.

    Raises
    ------
    ValueError
        For a monitor whose value hangs on the schedule.
    """
    if family.measuring is None:
        return None
    models, ticks, world = family.models(), family.timeline.n_ticks, family.world
    with one_thread(), globals_kept():
        sample, _ = family.training_sample(INITIAL)
        labels = None if world.truthful else world.telling.y_at(sample.rows, 0)
        first = models.train(sample, "fit", None, labels)
        if first.fit.failure is not None:
            return {}  # as the table will say
        begins = [first_measured(tick, family.serves(tick)) for tick in [INITIAL, *candidates]]
        pasts = [
            family.alone(models, first, sample.rows, tick)
            for tick in (INITIAL, 0, ticks // 2)
            if first_measured(tick, family.serves(tick)) < ticks
        ]
        cells = sum(max(ticks - begin, 0) for begin in begins)
        return family.measuring.how_long(pasts, len(begins), cells, ticks)


def in_pieces(candidates: Sequence[int]) -> list[list[int]]:
    """Consecutive models that are made together; the initial one is with the first."""
    every = [INITIAL, *candidates]
    return [every[low : low + PART] for low in range(0, len(every), PART)]


# training and scoring -------------------------------------------------------------------------


def all_parts(
    family: ModelFamily, pieces: list[list[int]], n_jobs: int, path: Any, about: dict[str, Any]
) -> list[Columns]:
    """The columns of all pieces, in order; what is whole on disk is not made again.

    Raises
    ------
    ValueError
        If the first model cannot be trained.
    """
    files = [None if path is None else piece_file(Path(path), piece) for piece in pieces]
    jobs = list(zip(pieces, files, strict=True))
    found = {}
    for piece, file in jobs:
        if file is not None:
            try:
                found[piece[0]] = read_columns(file, piece)[0]
            except ValueError:  # missing or damaged
                continue
    left = [(piece, file) for piece, file in jobs if piece[0] not in found]
    if n_jobs == 1 or len(left) < 2:
        made = _run(family, left, about)
    else:
        from joblib import Parallel, delayed

        done = Parallel(n_jobs=n_jobs)(delayed(_run)(family, [job], about) for job in left)
        made = [part for parts in done for part in parts]
    found |= {piece[0]: part for (piece, _), part in zip(left, made, strict=True)}
    return [found[piece[0]] for piece in pieces]


def _run(
    family: ModelFamily, jobs: list[tuple[list[int], Path | None]], about: dict[str, Any]
) -> list[Columns]:
    """Pieces one after the other, under one inner thread, as in a replay."""
    family = family.unmapped()
    parts = []
    with one_thread(), globals_kept():
        for piece, file in jobs:
            parts.append(_made(family, piece))
            if file is not None:
                write_columns(file, parts[-1], about)
    return parts


def _made(family: ModelFamily, piece: list[int]) -> Columns:
    """Train and score the models of a piece."""
    world, m = family.world, len(piece)
    answering = family.answering
    models = family.models()
    fits, scoring = models.fits, models
    if not family.scored.whole:
        timeline = family.scored.timeline
        apart = Fits(timeline, timeline.events.y, None)
        scoring = Models(apart, family.learner, answering.loss, answering.likely)
    shape = (m, family.timeline.n_ticks)
    made: Columns = {
        "tick": np.array(piece), "serves": np.full(m, NEVER, dtype=np.int64),
        "rows": np.zeros(m, dtype=np.int64), "held_out": np.zeros(m, dtype=np.int64),
        "seconds": np.zeros(m), "failure": np.full(m, None, dtype=object),
        "loss": np.full(shape, np.nan), "unanswered": np.full(shape, np.nan),
    }  # fmt: skip
    if scoring is not models:
        made["variance"] = np.full(shape, np.nan)
    if family.by_slice:
        names = [name for some in family.timeline.schema.slices.values() for name in some]
        each = [f"{what} {name}" for what in ("loss", "unanswered") for name in names]
        made |= {name: np.full(shape, np.nan) for name in each}
    last = asked = None  # the next tick may have the same rows
    pasts: list[Alone | None] = [None] * m
    for i, tick in enumerate(piece):
        sample, made["held_out"][i] = family.training_sample(tick)
        rows = sample.rows
        if len(rows) == 0:
            made["failure"][i] = "no labelled rows to train on"
            continue
        now = max(tick, 0)
        fits.check_rows(rows, now, world)
        labels = None if world.truthful else world.telling.y_at(rows, now)
        last = models.train(sample, "fit", None, labels)
        made["rows"][i] = len(rows) if tick != INITIAL else 0
        made["seconds"][i], made["failure"][i] = last.fit.seconds, last.fit.failure
        if last.fit.failure is not None:
            if tick == INITIAL:
                raise ValueError(
                    f"warmup: the first model cannot be trained on the {len(rows)} labelled rows "
                    f"of the warm-up: {last.fit.failure}"
                )
            continue
        made["serves"][i] = low = family.serves(tick)
        high = family.until(tick)
        if family.measuring is not None and low != NEVER:
            pasts[i] = family.alone(models, last, rows, tick)
        if low < high:
            if scoring is models:
                asked = last
            elif asked is None or asked.fit is not last.fit:
                asked = Model(scoring, last.fit)
            for name, values in _scores(family, scoring, asked, low, high).items():
                made[name][i, low:high] = values
    if family.measuring is not None:
        made["ends"] = np.array([family.ends(tick) for tick in piece])
        made |= family.measuring.of(pasts, family.timeline.n_ticks)
    return made


def _scores(family: ModelFamily, models: Models, model: Model, low: int, high: int) -> Columns:
    """Summed losses of a model in the ticks from ``low`` to before ``high``."""
    scored, answering = family.scored, family.answering
    edges = scored.timeline.first[low : high + 1] - scored.timeline.first[low]
    first, stop = int(scored.timeline.first[low]), int(scored.timeline.first[high])
    output = model.output(first, stop)
    amount = scored.timeline.amount(slice(first, stop))
    answers = answering.answers(output, amount)
    losses = answering.losses(scored.truth[first:stop], output, answers, amount)
    answered = answering.loss.answered(answers)
    if answered.all():
        missing = np.zeros(high - low)
    else:
        losses[~answered] = 1 if family.unanswered == "wrong" else 0
        missing = _sums(~answered, edges)
    total = _sums(losses, edges)
    weight = 1.0
    found: Columns = {}
    if not scored.whole:
        n, k = family.timeline.served[low:high], np.diff(edges)
        weight = n / np.maximum(k, 1)
        squares = _sums(losses.astype(float) ** 2, edges) - total**2 / np.maximum(k, 1)
        spread = np.maximum(squares, 0) / np.maximum(k - 1, 1)  # rounding may leave less than 0
        found["variance"] = weight * (n - k) * spread
    found |= {"loss": total * weight, "unanswered": missing * weight}
    if family.by_slice:
        for column, names in scored.timeline.schema.slices.items():
            cells = _cells(scored, column, low, high)
            for what, values in (("loss", losses), ("unanswered", ~answered)):
                sums = np.bincount(cells, weights=values, minlength=(high - low) * len(names))
                for code, name in enumerate(names):
                    found[f"{what} {name}"] = sums[code :: len(names)] * weight
    return found


def _cells(scored: Scoring, column: str, low: int, high: int) -> np.ndarray:
    """For each event of some ticks, the number of its tick and slice."""
    timeline = scored.timeline
    width, edges = len(timeline.schema.slices[column]), timeline.first[low : high + 1]
    ticks = np.repeat(np.arange(high - low), np.diff(edges))
    return ticks * width + timeline.slices[column][edges[0] : edges[-1]]


def _sums(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums between edges; of floats one after the other, so that the bits are those of a replay."""
    if values.dtype.kind == "f":
        ticks = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        return np.bincount(ticks, weights=values, minlength=len(edges) - 1)
    return np.diff(np.concatenate([[0], np.cumsum(values, dtype=np.int64)])[edges])
