"""What every model that could have been trained would have lost in every tick."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.approximations import approximations
from clsim.analysis.candidates import (
    ModelFamily,
    all_parts,
    bound,
    candidate_ticks,
    in_pieces,
    sampled,
)
from clsim.analysis.counterfactual_files import (
    INITIAL,
    check_same_setting,
    fingerprint,
    part_file,
    plain,
    read_columns,
    read_setting,
    write_columns,
)
from clsim.analysis.hindsight import (
    Schedule,
    Table,
    deferred_optimum,
    evaluate,
    frontier,
    optimum,
)
from clsim.binding import bind_learner
from clsim.branches import check_feedback
from clsim.clock import Duration
from clsim.errors import check_choice, check_number
from clsim.ledger import Prices
from clsim.runs import versions
from clsim.types import NEVER, Columns, Dataset, Delay, Stream
from clsim.world import World


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
        return write_columns(Path(path), columns, about)

    @classmethod
    def load(cls, path: str | Path) -> Counterfactual:
        """Read a table from its file, or from the folder in which it was made.

        Raises
        ------
        ValueError
            That begins with the file or folder: if there is none, if it is not finished, if
            another format wrote it, or if it is damaged.
        """
        place = Path(path)
        if not place.is_dir():
            columns, about = read_columns(place)
            return _table([columns], about, about.get("info", {}))
        files = sorted(place.glob("part-*.parquet"))
        if not files:
            raise ValueError(f"{place}: no table of clsim in it")
        pieces = in_pieces(read_setting(files[0])["candidates"])
        there = [piece for piece in pieces if part_file(place, piece) in files]
        if len(there) < len(pieces):
            raise ValueError(
                f"{place}: {len(pieces) - len(there)} of its {len(pieces)} parts are missing; call "
                "clsim.counterfactual again with this path to finish it"
            )
        parts = [read_columns(part_file(place, piece), piece) for piece in pieces]
        about = {key: parts[0][1][key] for key in ("setting", "n", "slice_n")}
        for piece, (columns, other) in zip(pieces, parts, strict=True):
            if any(other[key] != about[key] for key in about) or [*columns] != [*parts[0][0]]:
                raise ValueError(f"{part_file(place, piece)}: is of another table")
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
        Labelled rows that are kept out of every training but the first: of those that the first did
        not train on the latest so many, or those of a last stretch of time (``'7d'``); or
        ``holdout(view)`` of an offline test. See Notes.
    candidates : int, str or sequence of int, default=1
        Every so-many-th tick from tick 0 on, or the ticks themselves; none for a strategy that
        never retrains. A schedule of other ticks is not in the table.
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
    declared, adapted = bind_learner(learner, loss, unanswered, stream.schema, seed)
    adapted.check("fit")
    setting = {
        "stream": plain(type(stream)), "learner": plain(learner), "dataset": plain(dataset),
        "tick": str(tick), "warmup": str(warmup), "seed": int(seed), "delay": plain(delay),
        "duration": str(duration), "holdout": plain(holdout), "loss": declared.kind,
        "matrix": plain(declared.matrix), "unanswered": unanswered,
        "largest_age": largest_age, "sample": sample, "slices": slices,
    }  # fmt: skip
    world = World(stream, seed=seed, tick=tick, warmup=warmup, delay=delay)
    chosen = candidate_ticks(candidates, world)
    family = ModelFamily(
        world,
        sampled(world, seed, sample) if sample is not None else world,
        adapted,
        declared,
        unanswered,
        *bound(dataset, holdout, world.clock, seed),
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
        setting["events"] = fingerprint(world)
        Path(path).mkdir(parents=True, exist_ok=True)
        check_same_setting(Path(path), setting)
    parts = all_parts(family, in_pieces(chosen.tolist()), n_jobs, path, about)
    found = _table(parts, about, {})
    found.info["wall_seconds"] = time.perf_counter() - begin
    return found


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
        info["approximations"] = approximations(found)
        info["fit_seconds"] = float(found.seconds.sum())
    return found
