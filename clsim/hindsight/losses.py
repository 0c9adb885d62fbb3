"""What every model lost in every tick: the arrays that all of hindsight is computed from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from clsim.errors import check_choice

ALL = "all"
"""The slice that is all events."""


@dataclass(frozen=True, eq=False)
class Table:
    """What each candidate model would have lost in each tick.

    Attributes
    ----------
    loss : numpy.ndarray of shape (m, T)
        Summed loss, in each of T ticks, of the model of each of m rows. The last row is the initial
        model, so ``loss[-1]`` is row -1; where every tick is a candidate, ``loss[i, j]`` is that of
        the model trained at tick i. NaN where a model cannot serve: before ``serves`` (where
        what is given counts as none), beyond the largest age, or after a failed training.
    ticks : numpy.ndarray of shape (m,), int64
        The tick at which each model was trained: ascending, and -1 in the last row.
    serves : numpy.ndarray of shape (m,), int64
        The first tick that each model can serve; ``NEVER`` for a training that failed.
    rows : numpy.ndarray of shape (m,), int64
        Number of rows that each was trained on, -1 where nobody said; 0 for the initial model,
        whose price does not count.
    n : numpy.ndarray of shape (T,), int64
        Number of events in each tick that count.

    Raises
    ------
    ValueError
        If shapes do not go together, trainings are not in order with the initial one last, or a
        model serves before it is trained.
    """

    loss: np.ndarray
    ticks: np.ndarray
    serves: np.ndarray
    rows: np.ndarray
    n: np.ndarray

    def __post_init__(self) -> None:
        if np.ndim(self.loss) != 2:
            raise ValueError(
                f"table.loss: {np.ndim(self.loss)} dimensions; must be (models, ticks)"
            )
        models, ticks = self.loss.shape
        for name in ("ticks", "serves", "rows"):
            check_shape(name, getattr(self, name), (models,))
        check_shape("n", self.n, (ticks,))
        _check_order(self)
        early = np.arange(ticks) < np.asarray(self.serves)[:, None]
        if np.isfinite(self.loss[early]).any():  # of a model that does not serve yet
            object.__setattr__(self, "loss", np.where(early, np.nan, self.loss))


@dataclass(frozen=True, eq=False)
class Sliced(Table):
    """A table, and what each model would have lost on the events of slices.

    Attributes
    ----------
    unanswered : numpy.ndarray of shape (m, T) or None
        Events without a prediction (estimated, if rows were sampled); None if there is none.
    slices : dict of str to numpy.ndarray of shape (m, T)
        The same as ``loss`` for the events of each slice; empty unless asked for.
    slice_n : dict of str to numpy.ndarray of shape (T,)
        Events of each slice in each tick.
    slice_unanswered : dict of str to numpy.ndarray of shape (m, T)
        The same as ``unanswered`` for the events of each slice; empty where that is None.
    """

    unanswered: np.ndarray | None = None
    slices: dict[str, np.ndarray] = field(default_factory=dict)
    slice_n: dict[str, np.ndarray] = field(default_factory=dict)
    slice_unanswered: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        of_models = {f"slices.{name}": values for name, values in self.slices.items()}
        of_models |= {f"slice_unanswered.{k}": v for k, v in self.slice_unanswered.items()}
        for key, values in {"unanswered": self.unanswered, **of_models}.items():
            check_shape(key, values, self.loss.shape)
        for name, values in self.slice_n.items():
            check_shape(f"slice_n.{name}", values, self.n.shape)

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

    def arrays(self, name: str = ALL) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Losses, events, and events without an answer, of all events or of a slice.

        Returns
        -------
        numpy.ndarray of shape (m, T), numpy.ndarray of shape (T,), numpy.ndarray of shape (m, T)

        Raises
        ------
        ValueError
            If the slice is unknown, or the table does not say which of its events have no answer.
        """
        every = name == ALL
        loss, n = (self.loss, self.n) if every else (self.of_slice(name).loss, self.slice_n[name])
        if self.unanswered is None:
            return loss, n, np.where(np.isfinite(loss), 0.0, np.nan)
        unanswered = self.unanswered if every else self.slice_unanswered.get(name)
        if unanswered is None:
            raise ValueError(
                f"slice={name!r}: the table does not say which of its events have no answer; make "
                "it again"
            )
        return loss, n, unanswered


def check_shape(key: str, values: np.ndarray | None, shape: tuple[int, ...]) -> None:
    """Refuse an array of a table that is not of its models and ticks; None is none."""
    if values is not None and np.shape(values) != shape:
        raise ValueError(f"table.{key}: of shape {np.shape(values)}; must be {shape}, as loss is")


def _check_order(table: Table) -> None:
    """Refuse trainings that are out of order, and models that serve before they are trained."""
    ticks, at = np.asarray(table.ticks), np.arange(table.loss.shape[1])
    if not len(ticks) or ticks[-1] != -1 or table.serves[-1] != 0:
        raise ValueError(
            "table.ticks: the last row must be the initial model, with -1 here and serves=0"
        )
    fine = (np.diff(ticks[:-1], prepend=-1) > 0) & (ticks[:-1] < len(at))
    if not fine.all():
        row = int(fine.argmin())
        raise ValueError(
            f"table.ticks: {ticks[row]} in row {row}; trainings must be in ascending order at "
            f"ticks from 0 to {len(at) - 1}"
        )
    late = np.asarray(table.serves) < ticks
    if late[:-1].any():
        row = int(late.argmax())
        raise ValueError(
            f"table.serves: {table.serves[row]} in row {row}, whose model was trained at tick "
            f"{ticks[row]}; it serves from then on at the earliest"
        )


def check_every_tick(table: Table) -> None:
    """Refuse a table along which no rule can be run: one that lacks what a rule may ask for.

    Parameters
    ----------
    table : Table

    Raises
    ------
    ValueError
        If a tick is no candidate, or a loss is missing from a tick on that a model serves.

    Examples
    --------
    >>> nan = float("nan")
    >>> check_every_tick(Table(
    ...     loss=np.array([[nan, 2.0], [1.0, 9.0]]), ticks=np.array([1, -1]),
    ...     serves=np.array([1, 0]), rows=np.array([5, 0]), n=np.array([9, 9]),
    ... ))
    Traceback (most recent call last):
    ValueError: table: no model of it was trained at tick 0, and a rule may train in every tick; \
make the table with candidates=1
    """
    at = np.arange(table.loss.shape[1])
    lacking = np.setdiff1d(at, table.ticks)
    if len(lacking):
        raise ValueError(
            f"table: no model of it was trained at tick {lacking[0]}, and a rule may train in "
            "every tick; make the table with candidates=1"
        )
    missing = np.isnan(table.loss) & (at >= table.serves[:, None])
    if missing.any():
        row, tick = np.argwhere(missing)[0]
        raise ValueError(
            f"table: it lacks what the model of tick {table.ticks[row]} loses in tick {tick}, and "
            "a rule may keep a model to the end; make the table without largest_age"
        )
