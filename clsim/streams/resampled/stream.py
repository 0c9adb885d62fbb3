"""A table resampled into a stream with imposed drifts."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clsim.errors import check_text
from clsim.randomness import BLOCK, generator
from clsim.streams.arrival import Arrival
from clsim.streams.drift.weight import Drift
from clsim.streams.drifting import Drifting, meet
from clsim.streams.recorded import Recorded
from clsim.streams.resampled.kinds import Kind, Reweighted, Rotation
from clsim.streams.resampled.urn import Urn, inside_slice
from clsim.streams.targets import Inputs, Prior
from clsim.streams.words import headline, slice_lines
from clsim.types import Batch, Schema


class Resampled(Drifting):
    """A table resampled, with replacement, into a stream with imposed drifts.

    Each row of the table has a weight. A drift that has reached an event changes the weights for
    it so that groups of rows have the shares that are wanted, within its slice if it has one
    (then the share of the slice stays); within a group, rows weigh as before. Drifts chain: each
    acts on the weights that those before it left. Of two drifts with one grouping (class shares;
    as many clusters; the same column and quantile), and of two rotations, the later one replaces
    the earlier.

    Parameters
    ----------
    data : pandas.DataFrame or path
        As for `Recorded`; a time column is not used, so name it in ``drop``.
    label : str
        Name of the label column.
    drifts : sequence of Drift, default=()
        Drifts of `clsim.streams.drift` that mix, to a `LabelPrior`, `Clusters`, `Column` or
        `Rotation`. Without any, rows are drawn alike for ever.
    n : int, default=10_000
        Number of events; the table may be smaller or larger.
    rate : str, Arrival or None, default=None
        Events per unit of time, such as ``'48/d'``, or an arrival process. None: no time, the
        clock counts rows.
    start : str, default='2024-01-01'
        Time at which the stream starts, where there is a rate.
    slices, drop, task, classes, as_frame
        As for `Recorded`.

    Raises
    ------
    TypeError
        For a drift to something else: labels of a table cannot follow changed inputs.
    ValueError
        As `Recorded` does; if a drift lies after the end, moves instead of mixing, names an
        unknown slice, or is hidden by later ones all the time; or, when the stream is drawn, if a
        group that should be drawn has no row.

    Examples
    --------
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.streams.resampled import LabelPrior, as_table
    >>> table = as_table([[0.0], [1.0]], ["no", "yes"])
    >>> to = LabelPrior(before={"no": 1}, after={"yes": 1})
    >>> stream = Resampled(table, "label", [Sudden(to, at=3)], n=6)
    >>> next(stream.blocks(1)).y.tolist()
    ['no', 'no', 'no', 'yes', 'yes', 'yes']
    """

    FILE_PARAMETERS = ("data",)

    def __init__(
        self,
        data: pd.DataFrame | str | Path,
        label: str,
        drifts: Sequence[Drift] = (),
        *,
        n: int = 10_000,
        rate: str | Arrival | None = None,
        start: str = "2024-01-01",
        slices: str | Sequence[str] = (),
        drop: Sequence[str] = (),
        task: str | None = None,
        classes: Sequence[Any] | None = None,
        as_frame: bool | None = None,
    ) -> None:
        super().__init__(drifts, n, rate, start)
        check_text("label", label)
        table = Recorded(
            data, label, slices=slices, drop=drop, task=task, classes=classes, as_frame=as_frame
        )
        self._table = table.whole()
        self._files = table.files()
        known = table.schema
        self.schema = Schema(known.features, known.task, known.classes, self._timed, known.slices)
        for k, given in enumerate(drifts):
            for drift in given.singles():
                self._check_target(drift, f"drifts[{k}]")
        self._check_drifts()
        self._check_before()

    def _field(self, drift: Drift) -> Hashable:
        return drift.to.field

    def _check_target(self, drift: Drift, key: str) -> None:
        if isinstance(drift.to, (Inputs, Prior)):
            raise TypeError(
                f"{key}.to: {type(drift.to).__name__} is for concepts, whose labels can follow; "
                "the rows of a table take LabelPrior, Clusters, Column or Rotation"
            )
        if not isinstance(drift.to, Kind):
            raise TypeError(
                f"{key}.to={drift.to!r}: expected LabelPrior, Clusters, Column or Rotation"
            )
        if drift.how != "mix":
            raise ValueError(
                f"{key}: drifts of the kind {drift.kind!r} move, and rows of a table can only be "
                "mixed; use one with how='mix', such as Gradual"
            )
        try:
            drift.to.check(self._table, self.schema)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{key}.to: {error}") from error

    def _check_before(self) -> None:
        for k, drift in enumerate(self.drifts):
            if isinstance(drift.to, Reweighted) and drift.to.before is not None:
                for earlier in self.drifts[:k]:
                    if self._field(earlier) == self._field(drift) and meet(earlier, drift):
                        raise ValueError(
                            f"drifts: before={drift.to.before!r} of a {drift.kind} drift of the "
                            f"{drift.target}: an earlier drift says what was before; leave it out"
                        )

    # events ------------------------------------------------------------------------------

    def blocks(self, seed: int) -> Iterator[Batch]:
        """Yield all events, ``BLOCK`` at a time, each block from generators of its own."""
        urn = Urn(self._table, self.schema, self.drifts, seed)
        for number in range(-(-self.n // BLOCK)):
            yield self._block(urn, seed, number)

    def block(self, seed: int, number: int) -> Batch:
        """One block, drawn alone: its bits are those that it has in the sequence."""
        return self._block(Urn(self._table, self.schema, self.drifts, seed), seed, number)

    def _block(self, urn: Urn, seed: int, number: int) -> Batch:
        # whole blocks are drawn, so that a longer stream begins with the same events
        there = slice(0, min(BLOCK, self.n - number * BLOCK))
        since = self._times(seed, number)
        reached = np.zeros((BLOCK, len(self.drifts)), dtype=bool)
        for k in range(len(self.drifts)):
            coin = generator(seed, f"stream.drift.{k + 1}", number).random(BLOCK)
            reached[:, k] = coin < self._weight(k, since, seed)
        uniform = generator(seed, "resampled.row", number).random(BLOCK)
        drawn = urn.draw(reached[there], uniform[there])
        table = self._table
        slices = {column: codes[drawn] for column, codes in table.slices.items()}
        X = self._rotated(_rows(table.X, drawn), reached[there], slices, seed)
        return Batch(X, table.y[drawn], since[there] + self._origin, None, slices)

    def _rotated(
        self, X: Any, reached: np.ndarray, slices: dict[str, np.ndarray], seed: int
    ) -> Any:
        """Inputs with the features of each event where the last of its rotations puts them."""
        last = np.full(len(reached), -1)
        for k, drift in enumerate(self.drifts):
            if isinstance(drift.to, Rotation):
                last[reached[:, k] & inside_slice(drift, slices, self.schema)] = k
        for k in np.unique(last[last >= 0]):
            X = self.drifts[k].to.rotated(X, last == k, self.schema, seed)
        return X

    def files(self) -> tuple[Path, ...]:
        """The file or the folder of the table; none of a frame."""
        return self._files

    def describe(self) -> str:
        """The stream in a few lines."""
        length = self._since_start(self.n)
        lines = [
            headline("Resampled", self.n, length, self.schema),
            f"- drawn from a table of {len(self._table.y):,} rows",
        ]
        return "\n".join([*lines, *self._drift_lines(), *slice_lines(self.schema)])


def _rows(X: Any, rows: np.ndarray) -> Any:
    return X[rows] if isinstance(X, np.ndarray) else X.iloc[rows].reset_index(drop=True)
