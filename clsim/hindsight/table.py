"""What every model that could have been trained would have lost in every tick."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration
from clsim.hindsight import schedules
from clsim.hindsight.candidates import in_pieces
from clsim.hindsight.files import (
    INITIAL,
    piece_file,
    read_columns,
    read_setting,
    write_columns,
)
from clsim.hindsight.frames import columns_of, frame_of
from clsim.hindsight.given import read
from clsim.hindsight.losses import Sliced, check_shape
from clsim.hindsight.optimum import Schedule, deferred_optimum, evaluate, frontier, optimum
from clsim.hindsight.setting import TableSetting
from clsim.hindsight.signals import PREFIX, Signals, check_needs, read_signals
from clsim.runs.ledger import Prices
from clsim.types import NEVER, Columns


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Counterfactual(Sliced):
    """What every candidate model would have lost in every tick, and how that was found out.

    ``clsim.counterfactual`` makes it; or `from_frame`, of models that were trained elsewhere.

    Attributes
    ----------
    loss, ticks, serves, rows, n, unanswered, slices, slice_n, slice_unanswered
        As in `Table` and `Sliced`. A training that ends after the stream, that failed, or that
        found no labelled row never serves; the last has 0 rows.
    held_out : numpy.ndarray of shape (m,), int64
        Labelled rows that were kept out of each training.
    seconds : numpy.ndarray of shape (m,)
        Measured seconds of each training; they decide nothing.
    failures : dict of int to str
        For the training ticks without a model, why.
    variance : numpy.ndarray of shape (m, T) or None
        Variance of each entry of ``loss`` by the sampling of rows; None if all were scored.
    served : numpy.ndarray of shape (T,), int64, or None
        The row that really served each tick, where the frame that it was made of says so.
    signals : Signals or None
        What monitors said of each model in each tick, where they were asked for.
    setting : TableSetting
        What the table was made of.
    info : dict
        ``approximations`` (of each one what it means, and its error), and measured seconds.

    Examples
    --------
    >>> import pandas as pd
    >>> losses = pd.DataFrame(
    ...     {"version": ["a", "a", "a", "b", "b"], "trained_at": [-1, -1, -1, 1, 1],
    ...      "tick": [0, 1, 2, 1, 2], "loss": [5, 9, 9, 4, 4], "n": 20}
    ... )
    >>> table = Counterfactual.from_frame(losses)
    >>> best = table.best_schedule(Prices(retraining=6))
    >>> best.ticks, best.cost
    ((1,), 19.0)
    """

    held_out: np.ndarray
    seconds: np.ndarray
    failures: dict[int, str]
    variance: np.ndarray | None = None
    served: np.ndarray | None = None
    signals: Signals | None = None
    setting: TableSetting = field(default_factory=TableSetting)
    info: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_parts(self)

    def __repr__(self) -> str:
        models, ticks = self.loss.shape
        text = f"Counterfactual: {models - 1} candidates and the initial model, {ticks} ticks"
        text += f", {self.setting.loss} loss"
        if self.failures:
            text += f"; {len(self.failures)} trainings gave no model"
        for name, approximation in self.info.get("approximations", {}).items():
            text += f"\n  {name}={approximation['value']}: {approximation['meaning']}"
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

    @property
    def versions(self) -> list[str]:
        """What its models are called: as in the frame it was made of, else by their ticks."""
        return self.info.get("versions", [*map(str, self.ticks[:-1].tolist()), "first"])

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
        clsim.analysis.evaluate
        """
        return evaluate(self, ticks, _or_default(prices)).cost

    def periodic(self, every: int, phase: int = 0, prices: Prices | None = None) -> Schedule:
        """The schedule of `clsim.strategy.triggers.Periodic`: as `schedules.periodic`, priced."""
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
            As for `clsim.hindsight.optimum.optimum`: most, spacing, budget, floor, n_min.
        """
        best = deferred_optimum if deferred else optimum
        return best(self, _or_default(prices), kind=self.setting.loss, **constraints)

    def frontier(
        self, prices: Prices | None = None, most: int | None = None, **constraints: Any
    ) -> pd.DataFrame:
        """The best schedule for each number of retrainings.

        See Also
        --------
        clsim.analysis.optimum
        """
        return frontier(self, prices, most, kind=self.setting.loss, **constraints)

    def standard_error(self, serving: np.ndarray) -> float:
        """Standard error of a schedule's total loss by the sampling of rows.

        Ticks are sampled independently, so their variances add.

        Parameters
        ----------
        serving : numpy.ndarray of shape (T,)
            The row of the table that serves each tick, as in ``Schedule.serving``.
        """
        if self.variance is None:
            return 0.0
        return float(np.sqrt(self.variance[serving, np.arange(len(serving))].sum()))

    # as a frame --------------------------------------------------------------------------

    @classmethod
    def from_frame(
        cls,
        data: pd.DataFrame | str | Path,
        *,
        loss: str = "zero_one",
        tick: Duration | None = None,
        largest_age: int | None = None,
        seed: int | None = None,
        unanswered: str | None = None,
        served: Mapping[Any, str] | None = None,
    ) -> Counterfactual:
        """The table of versions that were trained elsewhere, without a single fit.

        Parameters
        ----------
        data : pandas.DataFrame or path
            What each version lost in each tick, or how it answered each event: a frame, CSV or
            Parquet, with the columns that ``docs/own-table.md`` lists.
        loss : str, default='zero_one'
            Kind of the losses: 'zero_one', 'log', 'absolute', 'squared' or 'matrix'.
        tick : int, str or None, default=None
            Length of a tick, for predictions by ``row`` (1000) or ``time`` (``'7d'``).
        largest_age : int or None, default=None
            Ticks up to which a version was scored after its training. None: to the end.
        seed : int or None, default=None
            Which of several in the column ``seed``.
        unanswered : {'skip', 'wrong'} or None, default=None
            How events without an answer are scored, as for `clsim.replay`. None: there are none.
        served : dict or None, default=None
            Which version really served, by when it began to: ``{'2024-01-01': 'a', ...}``, or
            ``{0: 'a', ...}`` where ticks are numbers. None: as the column ``served`` says, if there
            is one.

        Raises
        ------
        TypeError, ValueError
            For what makes no table: by column and row, or by version and tick.
        """
        try:
            columns, about, info = columns_of(
                read(data), loss, tick, largest_age, seed, unanswered, served
            )  # fmt: skip
        except ValueError as error:
            of = "" if isinstance(data, pd.DataFrame) else f"{data}: "
            raise ValueError(f"{of}{error}") from error
        return cls.from_pieces([columns], about, info)

    def to_frame(self) -> pd.DataFrame:
        """What `from_frame` reads: a row per model and tick that it may serve, to the bit.

        Estimates (``sample``) are refused: a frame does not hold their errors.
        """
        if self.variance is not None:
            raise ValueError(f"sample={self.setting.sample}: losses are estimates; save the table")
        return frame_of(self, self.served, self.versions, self.setting.seed)

    @classmethod
    def from_pieces(
        cls, pieces: Sequence[Columns], about: dict[str, Any], info: dict[str, Any]
    ) -> Counterfactual:
        """The table of all parts, with the initial model last."""
        table = cls(**_fields(pieces, about), info=info)
        if "approximations" not in info:
            info["approximations"] = approximations(table)
            info["fit_seconds"] = float(np.nansum(table.seconds))
        return table

    # on disk -----------------------------------------------------------------------------

    def save(self, path: str | Path) -> Path:
        """Write the table into one Parquet file: a row per model, a list per row for its losses.

        Numbers come back bit for bit. What the table was made of is in the file's metadata.
        """
        return write_columns(Path(path), *_on_disk(self))

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
        if place.is_dir():
            pieces, about, info = _parts(place)
        else:
            columns, about = read_columns(place)
            pieces, info = [columns], about.get("info", {})
        try:
            check_needs(info.get("signals", {}))
            return cls.from_pieces(pieces, about, info)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error


def _check_parts(table: Counterfactual) -> None:
    """Refuse what is said of other models or ticks than those of the losses."""
    models, ticks = table.loss.shape
    for key, values in (("held_out", table.held_out), ("seconds", table.seconds)):
        check_shape(key, values, (models,))
    check_shape("variance", table.variance, (models, ticks))
    _who_served(None if table.served is None else table.served.tolist(), table.loss)
    if table.signals is not None:
        table.signals.check(models, ticks)


def _on_disk(table: Counterfactual) -> tuple[Columns, dict[str, Any]]:
    """The columns of a table's file, and what it says of itself."""
    columns: Columns = {
        "tick": table.ticks, "serves": table.serves, "rows": table.rows,
        "held_out": table.held_out, "seconds": table.seconds,
        "failure": np.array([table.failures.get(tick) for tick in table.ticks.tolist()], object),
        "loss": table.loss,
    }  # fmt: skip
    for name in ("unanswered", "variance"):
        if getattr(table, name) is not None:
            columns[name] = getattr(table, name)
    columns |= {f"loss {name}": values for name, values in table.slices.items()}
    columns |= {f"unanswered {name}": v for name, v in table.slice_unanswered.items()}
    about: dict[str, Any] = {
        "setting": table.setting.to_json(), "info": table.info, "n": table.n.tolist(),
        "slice_n": {name: n.tolist() for name, n in table.slice_n.items()},
    }  # fmt: skip
    if table.served is not None:
        about["served"] = table.served.tolist()
    if table.signals is not None:
        columns |= table.signals.columns
        about["signals"] = table.signals.about
    return columns, about


def _parts(place: Path) -> tuple[list[Columns], dict[str, Any], dict[str, Any]]:
    """The parts of a table in the folder in which it was made, and what they say of it.

    What its signals need was measured when the first part was made, and may differ in others.
    """
    files = sorted(place.glob("part-*.parquet"))
    if not files:
        raise ValueError(f"{place}: no table of clsim in it")
    pieces = in_pieces(read_setting(files[0]).candidates)
    there = [piece for piece in pieces if piece_file(place, piece) in files]
    if len(there) < len(pieces):
        raise ValueError(
            f"{place}: {len(pieces) - len(there)} of its {len(pieces)} parts are missing; call "
            "clsim.counterfactual again with this path to finish it"
        )
    read_parts = [read_columns(piece_file(place, piece), piece) for piece in pieces]
    said = read_parts[0][1]
    about: dict[str, Any] = {
        key: said[key] for key in ("setting", "n", "slice_n", "signals") if key in said
    }
    for piece, (columns, other) in zip(pieces, read_parts, strict=True):
        strange = any(other.get(key) != about[key] for key in about)
        if strange or _all_have(columns) != _all_have(read_parts[0][0]):
            raise ValueError(f"{piece_file(place, piece)}: is of another table")
    needs = said.get("needs")
    info = {} if needs is None else {"signals": needs}
    return [columns for columns, _ in read_parts], about, info


def _fields(pieces: Sequence[Columns], about: dict[str, Any]) -> dict[str, Any]:
    """What a table consists of, but for ``info``."""
    names = dict.fromkeys(name for piece in pieces for name in piece)
    column = {name: np.concatenate([_of(piece, name) for piece in pieces]) for name in names}
    if column["tick"][0] == INITIAL:
        order = np.roll(np.arange(len(column["tick"])), -1)
        column = {name: values[order] for name, values in column.items()}
    missing = column.get("unanswered")
    if missing is not None and not np.nansum(missing):
        missing = None
    failed = zip(column["tick"].tolist(), column["failure"], strict=True)
    return {
        "loss": column["loss"], "ticks": column["tick"], "serves": column["serves"],
        "rows": column["rows"], "n": np.array(about["n"]), "held_out": column["held_out"],
        "seconds": column["seconds"],
        "failures": {tick: reason for tick, reason in failed if reason is not None},
        "unanswered": missing, "variance": column.get("variance"),
        "slices": {
            n.removeprefix("loss "): v for n, v in column.items() if n.startswith("loss ")
        },
        "slice_n": {name: np.array(n) for name, n in about["slice_n"].items()},
        "slice_unanswered": {} if missing is None else {
            n.removeprefix("unanswered "): v for n, v in column.items()
            if n.startswith("unanswered ")
        },
        "served": _who_served(about.get("served"), column["loss"]),
        "signals": read_signals(column, about.get("signals")),
        "setting": TableSetting.from_json(about["setting"], len(about["n"])),
    }  # fmt: skip


def _all_have(columns: Columns) -> list[str]:
    """Columns but for signals: what has a value for some models alone is not in every part."""
    return [name for name in columns if not name.startswith(PREFIX)]


def _of(piece: Columns, name: str) -> np.ndarray:
    """A column of a part; a signal without any value in it is missing there."""
    return piece[name] if name in piece else np.full_like(piece["loss"], np.nan)


def _who_served(given: Any, loss: np.ndarray) -> np.ndarray | None:
    """The row that served each tick.

    Raises
    ------
    ValueError
        If it is none that could.
    """
    if given is None:
        return None
    m, ticks = loss.shape
    rows = isinstance(given, list) and all(type(row) is int and 0 <= row < m for row in given)
    if not rows or len(given) != ticks or not np.isfinite(loss[given, np.arange(ticks)]).all():
        raise ValueError("does not say which of its versions served each tick")
    return np.array(given, dtype=np.int64)


def _or_default(prices: Prices | None) -> Prices:
    return Prices() if prices is None else prices


def approximations(table: Counterfactual) -> dict[str, Any]:
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
    if setting.largest_age is not None and setting.largest_age < T - 1:
        made["largest_age"] = {
            "value": setting.largest_age,
            "meaning": "schedules in which no model but the initial one is older are exact, others "
            "are impossible, and the best schedule is an upper bound",
        }
    if table.variance is not None:
        never = np.full(T, len(table.ticks) - 1)
        error = np.sqrt(table.variance[np.isfinite(table.variance)])
        made["sample"] = {
            "value": setting.sample,
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
