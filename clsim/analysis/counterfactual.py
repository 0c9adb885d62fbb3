"""What every model that could have been trained would have lost in every tick."""

from __future__ import annotations

import copy
import hashlib
import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.hindsight import (
    Schedule,
    Table,
    deferred_optimum,
    evaluate,
    frontier,
    optimum,
)
from clsim.branches import check_feedback
from clsim.clock import Clock, Duration, check_duration
from clsim.errors import check_choice, check_number
from clsim.learners import RiverLearner, SklearnLearner, as_learner
from clsim.ledger import Prices
from clsim.models import Model, Models, one_thread
from clsim.randomness import generator
from clsim.runs import versions
from clsim.scoring import Loss
from clsim.types import NEVER, Columns, Dataset, Delay, Rows, Stream, View
from clsim.world import World

FORMAT = 1
"""Version of the files."""

PART = 16
"""Candidate ticks in one piece of work and in one file of a table that is resumed."""

INITIAL = -1
"""The tick that stands for the initial model."""


@dataclass(frozen=True, repr=False, eq=False)
class Counterfactual(Table):
    """What every candidate model would have lost in every tick, and how that was found out.

    It is a `clsim.analysis.hindsight.Table`; ``clsim.counterfactual`` makes it.

    Attributes
    ----------
    loss, ticks, serves, rows, n
        As in `Table`. A training that ends after the stream, that failed, or that found no
        labelled row never serves; the last has 0 rows.
    held_out : numpy.ndarray of shape (m,), int64
        Labelled rows that were kept out of each training.
    seconds : numpy.ndarray of shape (m,)
        Measured seconds of each training; they decide nothing.
    failures : dict of int to str
        For the training ticks without a model, why.
    unanswered : numpy.ndarray of shape (m, T) or None
        Events without a prediction (estimated, if rows were sampled); None if there is none.
    variance : numpy.ndarray of shape (m, T) or None
        Variance of each entry of ``loss`` by the sampling of rows; None if all were scored.
    slices : dict of str to numpy.ndarray of shape (m, T)
        The same as ``loss`` for the events of each slice; empty unless asked for.
    slice_n : dict of str to numpy.ndarray of shape (T,)
        Events of each slice in each tick.
    setting : dict
        What the table was made of, as plain values.
    info : dict
        ``approximations`` (of each one what it means, and its error), and measured seconds.
    """

    held_out: np.ndarray
    seconds: np.ndarray
    failures: dict[int, str]
    unanswered: np.ndarray | None = None
    variance: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)
    slice_n: dict[str, np.ndarray] = field(default_factory=dict)
    setting: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        models, ticks = self.loss.shape
        text = f"Counterfactual: {models - 1} candidates and the initial model, {ticks} ticks"
        text += f", {self.setting.get('loss', 'additive')} loss"
        if self.failures:
            text += f"; {len(self.failures)} trainings gave no model"
        for name, found in self.info.get("approximations", {}).items():
            text += f"\n  {name}={found['value']}: {found['meaning']}"
        return text

    @property
    def trainings(self) -> pd.DataFrame:
        """One row per model: tick, serves (missing: never), rows, held_out, seconds, failure."""
        return pd.DataFrame(
            {
                "tick": self.ticks,
                "serves": pd.arrays.IntegerArray(self.serves, self.serves == NEVER),
                "rows": self.rows,
                "held_out": self.held_out,
                "seconds": self.seconds,
                "failure": [self.failures.get(int(tick)) for tick in self.ticks],
            }
        )

    def of_slice(self, name: str) -> Table:
        """The table of the events of one slice alone.

        Raises
        ------
        ValueError
            If the slice is unknown, or slices were not asked for.
        """
        if not self.slices:
            raise ValueError(f"slice={name!r}: make the table with slices=True")
        check_choice("slice", name, self.slices)
        return Table(self.slices[name], self.ticks, self.serves, self.rows, self.slice_n[name])

    # look-ups ----------------------------------------------------------------------------

    def cost_of(self, ticks: Iterable[int], prices: Prices | None = None) -> float:
        """What a schedule costs: its losses and its trainings, in money.

        Parameters
        ----------
        ticks : iterable of int
            At which trainings start, the initial one apart.
        prices : Prices or None, default=None
            None: the default prices.

        See Also
        --------
        clsim.analysis.hindsight.evaluate
        """
        return evaluate(self, ticks, _or_default(prices)).cost

    def periodic(self, every: int, phase: int = 0, prices: Prices | None = None) -> Schedule:
        """The schedule of `clsim.strategy.triggers.Periodic`: as `schedules.periodic`, priced."""
        from clsim.analysis import schedules

        ticks = schedules.periodic(every, phase, self.loss.shape[1], schedules.ready(self))
        return evaluate(self, ticks, _or_default(prices))

    def best_schedule(
        self, prices: Prices | None = None, *, deferred: bool = False, **constraints: Any
    ) -> Schedule:
        """The cheapest schedule in hindsight.

        Parameters
        ----------
        prices : Prices or None, default=None
            None: the default prices.
        deferred : bool, default=False
            Whether a model may begin to serve later than as soon as it can.
        **constraints
            As for `clsim.analysis.hindsight.optimum`: most, spacing, budget, floor, n_min.
        """
        best = deferred_optimum if deferred else optimum
        return best(self, _or_default(prices), kind=self._kind, **constraints)

    def frontier(
        self, prices: Prices | None = None, most: int | None = None, **constraints: Any
    ) -> pd.DataFrame:
        """The best schedule for each number of retrainings.

        See Also
        --------
        clsim.analysis.hindsight.frontier
        """
        return frontier(self, prices, most, kind=self._kind, **constraints)

    @property
    def _kind(self) -> str:
        return str(self.setting["loss"])

    def standard_error(self, served: np.ndarray) -> float:
        """Standard error of a schedule's total loss by the sampling of rows.

        Ticks are sampled independently, so their variances add.

        Parameters
        ----------
        served : numpy.ndarray of shape (T,)
            The row of the table that serves each tick, as in ``Schedule.served``.
        """
        if self.variance is None:
            return 0.0
        return float(np.sqrt(self.variance[served, np.arange(len(served))].sum()))

    # on disk -----------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the table into one Parquet file: a row per model, a list per row for its losses.

        Numbers come back bit for bit. What the table was made of is in the file's metadata.
        """
        columns: Columns = {
            "tick": self.ticks, "serves": self.serves, "rows": self.rows,
            "held_out": self.held_out, "seconds": self.seconds,
            "failure": self.trainings["failure"].to_numpy(object), "loss": self.loss,
        }  # fmt: skip
        for name in ("unanswered", "variance"):
            if getattr(self, name) is not None:
                columns[name] = getattr(self, name)
        columns |= {f"loss {name}": values for name, values in self.slices.items()}
        about = {
            "setting": self.setting, "info": self.info, "n": self.n.tolist(),
            "slice_n": {name: n.tolist() for name, n in self.slice_n.items()},
        }  # fmt: skip
        return _write(Path(path), columns, about)

    @classmethod
    def load(cls, path: str | Path) -> Counterfactual:
        """Read a table from its file, or from the folder in which it was made.

        Raises
        ------
        ValueError
            If there is none, if it is not finished, or if another format wrote it.
        """
        place = Path(path)
        if place.is_file():
            columns, about = _read(place)
            return _table([columns], about, about["info"])
        files = sorted(place.glob("part-*.parquet"))
        if not files:
            raise ValueError(f"{str(place)!r}: no table of clsim in it")
        parts = [_read(file) for file in files]
        about = parts[0][1]
        missing = len(_pieces(about["setting"]["candidates"])) - len(parts)
        if missing:
            raise ValueError(
                f"{str(place)!r}: {missing} of its {len(parts) + missing} parts are missing; call "
                "clsim.counterfactual again with this path to finish it"
            )
        return _table([columns for columns, _ in parts], about, {})


def _or_default(prices: Prices | None) -> Prices:
    return Prices() if prices is None else prices


def counterfactual(
    stream: Stream,
    *,
    learner: Any,
    dataset: Dataset,
    tick: Duration,
    warmup: Duration,
    seed: int = 0,
    delay: Delay | None = None,
    duration: Duration = 0,
    holdout: Any = None,
    loss: Any = None,
    unanswered: str = "skip",
    candidates: Duration | Sequence[int] = 1,
    largest_age: int | None = None,
    sample: float | None = None,
    slices: bool = False,
    n_jobs: int = 1,
    path: str | Path | None = None,
) -> Counterfactual:
    """Train one model at every candidate tick, and score it in every later tick.

    From this table every schedule of trainings from scratch is a look-up, at any prices: the
    losses are those of `clsim.replay`, bit for bit.

    Parameters
    ----------
    stream, learner, tick, warmup, seed, delay, loss, unanswered
        As for `clsim.replay`. The warm-up must have labels: every schedule needs a first model.
    dataset : Dataset
        On which labelled rows to train: a part of a `clsim.Strategy`, or any object with
        ``rows(view)``. They may depend on the tick and its visible labels, and on nothing else.
    duration : int or str, default=0
        Simulated time from the start of a training until its model can serve, as for `Stateless`.
    holdout : int, str, OfflineTest or None, default=None
        Labelled rows that are kept out of every training but the first: the latest so many, those
        of a last stretch of time (``'7d'``), or ``holdout(view)`` of an offline test. See Notes.
    candidates : int, str or sequence of int, default=1
        Every so-many-th tick from tick 0 on, or the ticks themselves. A schedule of other ticks is
        not in the table.
    largest_age : int or None, default=None
        A model is scored up to so many ticks after it was trained, and the initial model always.
        None: to the end.
    sample : float or None, default=None
        Share of each tick's events that are scored, drawn without replacement and the same for all
        models (at least 2 events); losses are scaled up, without bias. A minimum over schedules
        fits their errors, and so is too low. None: all.
    slices : bool, default=False
        Whether to keep the losses by slice, too.
    n_jobs : int, default=1
        Processes over which the trainings are spread, as for joblib. Results do not depend on it.
    path : path or None, default=None
        A folder in which finished pieces are kept. The same call finishes what is missing there.

    Returns
    -------
    Counterfactual

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit each other or the stream; if there is no first model; if what
        is trained on depends on the strategy's own past, or the world on what is served; or if
        the folder holds a table of another setting.

    Notes
    -----
    The losses of `clsim.strategy.offline.ChampionChallenger` are in a table with the same number
    as ``holdout`` where the latest so many labelled rows are all unseen by the champion: if labels
    come in the order of events and at least so many come between trainings. Elsewhere its holdout
    depends on when the champion was trained, and no table has its models.

    The variance of a sampled tick is n² (1 - k/n) s² / k for k of n events whose losses have the
    sample variance s² (Cochran, Sampling Techniques, 1977, theorem 2.2).

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> stream = Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=4000)
    >>> table = counterfactual(
    ...     stream, learner=GaussianNB(), dataset=SlidingWindow(500), tick=100, warmup=500, seed=1
    ... )
    >>> table
    Counterfactual: 35 candidates and the initial model, 35 ticks, zero_one loss
    >>> float(table.loss[-1].sum()) > float(np.nansum(np.diag(table.loss)))
    True
    """
    begin = time.perf_counter()
    check_number("seed", seed, whole=True)
    check_number("n_jobs", n_jobs, whole=True)
    check_choice("unanswered", unanswered, ("skip", "wrong"))
    if n_jobs == 0:
        raise ValueError("n_jobs=0: give a number of processes, or -1 for all cores")
    if largest_age is not None:
        check_number("largest_age", largest_age, whole=True, low=0)
    if sample is not None:
        check_number("sample", sample, above=0, high=1)
    if not callable(getattr(dataset, "rows", None)):
        raise TypeError(f"dataset={dataset!r}: needs a method 'rows'")
    if check_feedback(stream):
        raise ValueError(
            "stream: what it does next depends on what is served (it has 'respond'), so no table "
            "says what another schedule would have lost; replay each schedule"
        )
    declared = Loss(loss, stream.schema)
    if unanswered == "wrong" and declared.kind != "zero_one":
        raise ValueError(f"unanswered='wrong': needs the zero-one loss, not {declared.kind}")
    adapted = as_learner(
        learner, stream.schema, seed=seed, proba=declared.wants_proba,
        unanswered=declared.unanswered,
    )  # fmt: skip
    adapted.check("fit")
    setting = {
        "stream": _told(type(stream)), "learner": _told(learner), "dataset": _told(dataset),
        "tick": str(tick), "warmup": str(warmup), "seed": int(seed), "delay": _told(delay),
        "duration": str(duration), "holdout": _told(holdout), "loss": declared.kind,
        "matrix": _told(declared.matrix), "unanswered": unanswered,
        "largest_age": largest_age, "sample": sample, "slices": slices,
    }  # fmt: skip
    world = World(stream, seed=seed, tick=tick, warmup=warmup, delay=delay)
    chosen = _candidates(candidates, world)
    family = _Family(
        world,
        _sampled(world, seed, sample) if sample is not None else world,
        adapted,
        declared,
        unanswered,
        *_bound(dataset, holdout, world.clock),
        world.clock.units(duration, "duration"),
        world.n_ticks if largest_age is None else largest_age,
        slices,
    )
    family.check(chosen)
    setting |= {"candidates": chosen.tolist(), "versions": versions()}
    about = {
        "setting": setting, "n": world.served.tolist(),
        "slice_n": family.slice_counts() if slices else {},
    }  # fmt: skip
    if path is not None:
        setting["events"] = _fingerprint(world)
        Path(path).mkdir(parents=True, exist_ok=True)
        _check_same(Path(path), setting)
    parts = _all_parts(family, _pieces(chosen.tolist()), n_jobs, path, about)
    found = _table(parts, about, {})
    found.info["wall_seconds"] = time.perf_counter() - begin
    return found


# what a family of models is -------------------------------------------------------------------


class _NoPast:
    """Stands for the run that a dataset may not look at."""

    def __init__(self, key: str, part: Any) -> None:
        self._part = f"{key}: {type(part).__name__}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise ValueError(
            f"{self._part} asks for the strategy's own past ({name}), so a model depends on the "
            "schedule, and no table can say what another schedule would have lost; "
            "train on rows that depend on the tick alone (All, SlidingWindow; as holdout a number "
            "of rows or a duration), or replay each schedule"
        )


class _Latest:
    """The latest so many labelled rows, or those of the last stretch of time."""

    def __init__(self, size: Duration) -> None:
        check_duration(size, "holdout", positive=True)
        self.size = size

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.size, int):
            self._length = clock.units(self.size, "holdout")

    def holdout(self, view: View) -> Rows:
        if isinstance(self.size, int):
            return view.latest(self.size)
        return view.since(self._length)


def _bound(dataset: Dataset, holdout: Any, clock: Clock) -> tuple[Dataset, Any]:
    """Copies of the parts, whose durations are in units of the clock."""
    if holdout is not None and not hasattr(holdout, "holdout"):
        holdout = _Latest(holdout)
    dataset, holdout = copy.deepcopy(dataset), copy.deepcopy(holdout)
    for part in (dataset, holdout):
        if hasattr(part, "bind"):
            part.bind(clock)
    return dataset, holdout


@dataclass(frozen=True)
class _Family:
    """All that a model and its losses depend on, but for the tick at which it is trained.

    ``scored`` has the events that are scored, as rows: the world's, or a sample of them.
    """

    world: World
    scored: World
    learner: SklearnLearner | RiverLearner
    loss: Loss
    unanswered: str
    dataset: Any
    holdout: Any
    duration: int
    largest_age: int
    by_slice: bool

    def check(self, candidates: np.ndarray) -> None:
        """Refuse a family without a first model, or whose datasets depend on their own past.

        Raises
        ------
        ValueError
        """
        first, _ = self.training_rows(INITIAL)
        if len(first) == 0:
            raise ValueError(
                "warmup: the table needs a first model, and the warm-up has no labelled rows; "
                "give a longer one"
            )
        used = copy.copy(self)
        object.__setattr__(used, "dataset", copy.deepcopy(self.dataset))
        probes = candidates[[0, len(candidates) // 2, -1]]
        for tick in (*probes, *probes[::-1]):
            again, new = used._asked(tick, used.dataset), self.training_rows(tick)
            if not np.array_equal(again[0], new[0]):
                raise ValueError(
                    f"dataset: {type(self.dataset).__name__} gives other rows for tick {tick} when "
                    "it was asked before, so they depend on the strategy's own past; make it "
                    "depend on the view alone"
                )

    def training_rows(self, tick: int) -> tuple[Rows, int]:
        """Rows that the model of a tick is trained on, and how many were held out."""
        return self._asked(tick, copy.deepcopy(self.dataset))

    def _asked(self, tick: int, dataset: Any) -> tuple[Rows, int]:
        view = View(self.world, _NoPast("dataset", dataset))
        view.tick = max(int(tick), 0)
        if self.holdout is None or tick == INITIAL:
            return dataset.rows(view), 0
        apart = View(self.world, _NoPast("holdout", self.holdout))
        apart.tick = view.tick
        held = self.holdout.holdout(apart)
        return np.setdiff1d(dataset.rows(view), held, assume_unique=True), len(held)

    def serves(self, tick: int) -> int:
        """The first tick that the model of a tick can serve."""
        if tick == INITIAL:
            return 0
        done = self.world.starts[tick] + self.duration
        ready = max(tick, int(np.searchsorted(self.world.starts[:-1], done, "left")))
        return ready if ready < self.world.n_ticks else NEVER

    def until(self, tick: int) -> int:
        """The tick before which the model of a tick is scored."""
        oldest = self.world.n_ticks if tick == INITIAL else tick + self.largest_age + 1
        return min(oldest, self.world.n_ticks)

    def slice_counts(self) -> dict[str, list[int]]:
        """Number of events of each slice in each tick."""
        world = self.world
        counts: dict[str, list[int]] = {}
        for column, names in world.schema.slices.items():
            cells = _cells(world, column, 0, world.n_ticks)
            n = np.bincount(cells, minlength=world.n_ticks * len(names)).reshape(-1, len(names))
            counts |= {name: n[:, code].tolist() for code, name in enumerate(names)}
        return counts


def _sampled(world: World, seed: int, share: float) -> World:
    """The world with a random sample of the rows of each tick alone, to be scored on."""
    rows = []
    for tick, (low, n) in enumerate(zip(world.first[:-1], world.served, strict=True)):
        size = min(int(n), max(2, round(share * int(n))))
        drawn = generator(seed, "counterfactual", tick).choice(int(n), size, replace=False)
        rows.append(low + np.sort(drawn))
    scored, kept = copy.copy(world), np.concatenate(rows)
    for name in ("X", "y", "codes"):
        if hasattr(world, name):
            setattr(scored, name, world.X_part(kept) if name == "X" else getattr(world, name)[kept])
    scored.slices = {name: codes[kept] for name, codes in world.slices.items()}
    scored.n = len(kept)
    scored.first = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    return scored


def _candidates(given: Any, world: World) -> np.ndarray:
    """The ticks at which a model is trained, ascending."""
    if isinstance(given, (int, str)) or not hasattr(given, "__len__"):
        every = world.clock.ticks(given, "candidates")
        if every < 1:
            raise ValueError(f"candidates={given!r}: must be at least 1 tick")
        return np.arange(0, world.n_ticks, every)
    chosen = np.asarray(given)
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu" or len(chosen) == 0:
        raise TypeError(f"candidates={given!r}: expected ticks as whole numbers, at least one")
    if chosen.min() < 0 or chosen.max() >= world.n_ticks or (np.diff(chosen) <= 0).any():
        raise ValueError(
            f"candidates={given!r}: must be ascending, from 0 to {world.n_ticks - 1}, the last tick"
        )
    return chosen.astype(np.int64)


def _pieces(candidates: Sequence[int]) -> list[list[int]]:
    """Consecutive models that are made together; the initial one is with the first."""
    every = [INITIAL, *candidates]
    return [every[low : low + PART] for low in range(0, len(every), PART)]


# training and scoring -------------------------------------------------------------------------


def _all_parts(
    family: _Family, pieces: list[list[int]], n_jobs: int, path: Any, about: dict[str, Any]
) -> list[Columns]:
    """The columns of all pieces, in order; what is on disk is not made again."""
    files = [None if path is None else _file(Path(path), piece) for piece in pieces]
    jobs = list(zip(pieces, files, strict=True))
    found = {p[0]: _read(file)[0] for p, file in jobs if file is not None and file.exists()}
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
    family: _Family, jobs: list[tuple[list[int], Path | None]], about: dict[str, Any]
) -> list[Columns]:
    """Pieces one after the other, under one inner thread, as in a replay."""
    for world in (family.world, family.scored):
        for part in (world, world.labels, world.training):
            for name, values in vars(part).items():
                if isinstance(values, np.memmap):  # joblib's; a subclass slows every operation
                    setattr(part, name, values.view(np.ndarray))
    parts = []
    with one_thread():
        for piece, file in jobs:
            parts.append(_made(family, piece))
            if file is not None:
                _write(file, parts[-1], about)
    return parts


def _made(family: _Family, piece: list[int]) -> Columns:
    """Train and score the models of a piece."""
    world, m = family.world, len(piece)
    models = Models(world, family.learner, family.loss)
    scoring = models
    if family.scored is not world:
        scoring = Models(family.scored, family.learner, family.loss)
    shape = (m, world.n_ticks)
    made: Columns = {
        "tick": np.array(piece), "serves": np.full(m, NEVER, dtype=np.int64),
        "rows": np.zeros(m, dtype=np.int64), "held_out": np.zeros(m, dtype=np.int64),
        "seconds": np.zeros(m), "failure": np.full(m, None, dtype=object),
        "loss": np.full(shape, np.nan), "unanswered": np.full(shape, np.nan),
    }  # fmt: skip
    if scoring is not models:
        made["variance"] = np.full(shape, np.nan)
    if family.by_slice:
        names = [name for some in world.schema.slices.values() for name in some]
        made |= {f"loss {name}": np.full(shape, np.nan) for name in names}
    last = asked = None  # the next tick may have the same rows
    for i, tick in enumerate(piece):
        rows, made["held_out"][i] = family.training_rows(tick)
        if len(rows) == 0:
            made["failure"][i] = "no labelled rows to train on"
            continue
        now = max(tick, 0)
        models.check_rows(rows, now, world)
        labels = None if world.told is None else world.y_at(rows, now)
        last = models.train(rows, "fit", None, labels)
        made["rows"][i] = len(rows) if tick != INITIAL else 0
        made["seconds"][i], made["failure"][i] = last.seconds, last.failure
        if last.failure is not None:
            if tick == INITIAL:
                raise ValueError(
                    f"warmup: the first model cannot be trained on the {len(rows)} labelled rows "
                    f"of the warm-up: {last.failure}"
                )
            continue
        made["serves"][i] = low = family.serves(tick)
        high = family.until(tick)
        if low < high:
            if scoring is models:
                asked = last
            elif asked is None or asked.key != last.key:
                asked = Model(scoring, last.key)
                asked.estimator = last.estimator
            for name, values in _scores(family, scoring, asked, low, high).items():
                made[name][i, low:high] = values
    return made


def _scores(family: _Family, models: Models, model: Model, low: int, high: int) -> Columns:
    """Summed losses of a model in the ticks from ``low`` to before ``high``."""
    scored, loss = models.world, models.loss
    edges = scored.first[low : high + 1] - scored.first[low]
    first, stop = int(scored.first[low]), int(scored.first[high])
    output = model.output(first, stop)
    losses = loss.per_event(models.truth[first:stop], output)
    answered = loss.answered(loss.answers(output))
    if answered.all():
        missing = np.zeros(high - low)
    else:
        losses[~answered] = 1 if family.unanswered == "wrong" else 0
        missing = _sums(~answered, edges)
    total = _sums(losses, edges)
    weight = 1.0
    found: Columns = {}
    if scored is not family.world:
        n, k = family.world.served[low:high], np.diff(edges)
        weight = n / np.maximum(k, 1)
        squares = _sums(losses.astype(float) ** 2, edges) - total**2 / np.maximum(k, 1)
        spread = np.maximum(squares, 0) / np.maximum(k - 1, 1)  # rounding may leave less than 0
        found["variance"] = weight * (n - k) * spread
    found |= {"loss": total * weight, "unanswered": missing * weight}
    if family.by_slice:
        for column, names in scored.schema.slices.items():
            cells = _cells(scored, column, low, high)
            sums = np.bincount(cells, weights=losses, minlength=(high - low) * len(names))
            for code, name in enumerate(names):
                found[f"loss {name}"] = sums[code :: len(names)] * weight
    return found


def _cells(scored: World, column: str, low: int, high: int) -> np.ndarray:
    """For each event of some ticks, the number of its tick and slice."""
    width, first, stop = len(scored.schema.slices[column]), scored.first[low], scored.first[high]
    ticks = np.repeat(np.arange(high - low), np.diff(scored.first[low : high + 1]))
    return ticks * width + scored.slices[column][first:stop]


def _sums(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sums between edges; of floats one after the other, so that the bits are those of a replay."""
    if values.dtype.kind == "f":
        ticks = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        return np.bincount(ticks, weights=values, minlength=len(edges) - 1)
    return np.diff(np.concatenate([[0], np.cumsum(values, dtype=np.int64)])[edges])


# putting together, and files ------------------------------------------------------------------


def _table(parts: Sequence[Columns], about: dict[str, Any], info: dict[str, Any]) -> Counterfactual:
    """The table of all parts, with the initial model last."""
    column = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    if column["tick"][0] == INITIAL:
        order = np.roll(np.arange(len(column["tick"])), -1)
        column = {name: values[order] for name, values in column.items()}
    missing = column.get("unanswered")
    if missing is not None and not np.nansum(missing):
        missing = None
    failed = zip(column["tick"].tolist(), column["failure"], strict=True)
    found = Counterfactual(
        column["loss"], column["tick"], column["serves"], column["rows"], np.array(about["n"]),
        held_out=column["held_out"], seconds=column["seconds"],
        failures={tick: reason for tick, reason in failed if reason is not None},
        unanswered=missing, variance=column.get("variance"),
        slices={n.removeprefix("loss "): v for n, v in column.items() if n.startswith("loss ")},
        slice_n={name: np.array(n) for name, n in about["slice_n"].items()},
        setting=about["setting"], info=info,
    )  # fmt: skip
    if "approximations" not in info:
        info["approximations"] = _approximations(found)
        info["fit_seconds"] = float(found.seconds.sum())
    return found


def _approximations(table: Counterfactual) -> dict[str, Any]:
    """What the table leaves out, and the error that this makes."""
    made: dict[str, Any] = {}
    setting, T = table.setting, table.loss.shape[1]
    if len(table.ticks) - 1 < T:
        made["candidates"] = {
            "value": f"{len(table.ticks) - 1} of {T} ticks",
            "meaning": "schedules of these ticks are exact, others are not in the table, and the "
            "best schedule is an upper bound",
            "loss_per_tick_of_one_step": _loss_of_a_step(table),
        }
    if setting["largest_age"] is not None and setting["largest_age"] < T - 1:
        made["largest_age"] = {
            "value": setting["largest_age"],
            "meaning": "schedules in which no model but the initial one is older are exact, others "
            "are impossible, and the best schedule is an upper bound",
        }
    if table.variance is not None:
        never = np.full(T, len(table.ticks) - 1)
        error = np.sqrt(table.variance[np.isfinite(table.variance)])
        made["sample"] = {
            "value": setting["sample"],
            "meaning": "losses are estimates without bias; the best schedule fits their errors, "
            "so it seems cheaper than it is",
            "standard_error_of_a_tick": float(error.mean()),
            "standard_error_of_the_total": table.standard_error(never),
        }
    return made


def _loss_of_a_step(table: Counterfactual) -> float:
    """What a tick loses, on average, if the model before the newest one serves it."""
    loss, serves = table.loss, table.serves
    newest: list[int] = []
    lost = []
    order = np.argsort(serves[:-1], kind="stable")
    able = order[serves[order] != NEVER].tolist()
    for j in range(loss.shape[1]):
        while able and serves[able[0]] <= j:
            newest.append(able.pop(0))
        if len(newest) > 1:
            lost.append(loss[newest[-2], j] - loss[newest[-1], j])
    return float(np.nanmean(lost)) if np.isfinite(lost).any() else float("nan")


def _file(folder: Path, piece: list[int]) -> Path:
    return folder / f"part-{piece[0] + 1:08d}.parquet"


def _write(path: Path, columns: Columns, about: dict[str, Any]) -> Path:
    """A Parquet file under a temporary name, renamed when it is whole."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {}
    for name, values in columns.items():
        if values.ndim == 2:
            arrays[name] = pa.FixedSizeListArray.from_arrays(values.ravel(), values.shape[1])
        else:
            arrays[name] = pa.array(values, type=pa.string() if name == "failure" else None)
    meta = {"clsim": json.dumps({"format": FORMAT, **about})}
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    pq.write_table(pa.table(arrays, metadata=meta), temporary)
    os.replace(temporary, path)
    return path


def _about(path: Path) -> dict[str, Any]:
    """What a file of ours says of itself."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        raise ValueError(f"{str(path)!r}: not a Parquet file: {error}") from error
    if b"clsim" not in meta:
        raise ValueError(f"{str(path)!r}: not a table of clsim")
    about = json.loads(meta[b"clsim"])
    if about.get("format") != FORMAT:
        raise ValueError(
            f"{str(path)!r}: format {about.get('format')}, this clsim reads {FORMAT}; make it again"
        )
    return about


def _read(path: Path) -> tuple[Columns, dict[str, Any]]:
    import pyarrow.parquet as pq

    about, table = _about(path), pq.read_table(path)
    columns: Columns = {}
    for name in table.column_names:
        array = table[name].combine_chunks()
        if hasattr(array.type, "list_size"):
            flat = array.flatten().to_numpy(zero_copy_only=False)
            columns[name] = flat.reshape(len(array), -1)
        else:
            columns[name] = array.to_numpy(zero_copy_only=False)
    return columns, about


def _check_same(folder: Path, setting: dict[str, Any]) -> None:
    """Refuse a folder that was begun with another setting, naming what differs."""
    for file in sorted(folder.glob("part-*.parquet"))[:1]:
        there = _about(file)["setting"]
        here = json.loads(json.dumps(setting))
        for key in [*here, *there]:
            old, new = (json.dumps(s.get(key), sort_keys=True) for s in (there, here))
            if old != new:
                raise ValueError(
                    f"path={str(folder)!r}: holds a table with another {key}: {_short(old)}, and "
                    f"not {_short(new)}; give another folder"
                )


def _short(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}..."


def _told(value: Any) -> Any:
    """A part and its parameters as plain values, equal for equal parts."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype != object:
        return f"{value.dtype}{value.shape} {hashlib.blake2b(value.tobytes()).hexdigest()[:16]}"
    if isinstance(value, dict):
        return {str(key): _told(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_told(item) for item in value]
    if hasattr(value, "__qualname__"):
        return f"{value.__module__}.{value.__qualname__}"
    if hasattr(value, "get_params"):  # scikit-learn
        parameters = value.get_params(deep=False)
    elif hasattr(value, "_get_params"):  # river
        parameters = value._get_params()
    else:
        parameters = getattr(value, "__dict__", None) or {}
    return {"class": _told(type(value)), **_told(parameters)}


def _fingerprint(world: World) -> str:
    """A hash of all that a world holds: events, truth and when labels come."""
    digest = hashlib.blake2b(digest_size=16)
    X: Any = world.X
    if not isinstance(X, np.ndarray):
        digest.update(repr(X.dtypes.to_dict()).encode())
        X = pd.util.hash_pandas_object(X, index=False).to_numpy()
    arrays = [X, world.y, world.time, *world.slices.values()]
    arrays += [world.labels.arrives, world.training.arrives, world.told, world.final]
    for given in arrays:
        array = np.zeros(0) if given is None else np.asarray(given)
        if array.dtype == object:
            array = pd.util.hash_array(array)
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
