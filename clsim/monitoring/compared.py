"""The distance of the present from a reference, for each column and slice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from operator import is_not
from typing import Any, NamedTuple

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_choice, check_flag, check_number
from clsim.monitoring.cells import cells
from clsim.monitoring.distances import DISTANCES, LARGEST
from clsim.monitoring.p_values import P_VALUES
from clsim.monitoring.samples import Categories, Numbers, Sample, Stacked
from clsim.monitoring.windows import Recent, as_reference, check_holds
from clsim.slices import InSlices, Sliced
from clsim.types import Cell, Column, Extent, Of, Rows, Schema, named
from clsim.view import View

Masks = Mapping[str, np.ndarray]
"""Which of some rows belong to the whole (``'all'``), and to each slice."""

Values = dict[tuple[str | None, str], float]
"""A value for each thing that is compared (None: rows as a whole), and slice."""

Columns = dict[str | None, Column]
"""What is compared, by feature or as a whole (None); a value for each row."""

UNITS = {"earth_mover": 1.0, "energy": 0.5}
"""Distances in units of the column, and the power of its unit that they have."""


class Compared(InSlices):
    """What monitors have in common that compare two samples of rows.

    Parameters
    ----------
    reference : str or `clsim.monitoring.windows.Reference`
        ``'training'`` (what the champion was trained on), ``'validation'`` (what was held out of
        that), ``'warmup'``, or an object such as ``Before('28d')``, ``Season('364d')`` or
        ``Fixed('2024-01-01', '2024-02-01')``.
    window : int, str or sequence of them
        The present: a number of events, or a duration. Of several, each has a value, as in
        ``'temperature over 7d'``.
    min_rows : int
        With fewer values on either side, there is no number.
    slices : sequence of str or Where
        Slices that are compared with themselves, beside the whole: slice columns, of which every
        slice is meant, single slices (``'region=north'``), or rules.
    """

    shared = True

    distance: str
    """What is between the two, by its name."""

    def __init__(
        self,
        reference: Any,
        window: Duration | Sequence[Duration],
        min_rows: int,
        slices: Sequence[Sliced],
    ) -> None:
        super().__init__(slices)
        given = (window,) if isinstance(window, str) or not isinstance(window, Sequence) else window
        check_number("min_rows", min_rows, whole=True, low=1)
        self.reference, self.window = reference, window
        self._reference = as_reference(reference)
        self._windows = [Recent(length) for length in given]
        if not self._windows:
            raise ValueError("window: give at least one")
        for length in given:
            check_holds(min_rows, length)
        self.min_rows = min_rows
        self._last: dict[Hashable, tuple[Hashable, Any]] = {}

    def prepared(self, view: View, rows: Rows, masks: Masks) -> Any:
        """The reference, made ready to be compared with; it is kept while it is the same."""
        raise NotImplementedError

    def compare(self, before: Any, view: View, rows: Rows, masks: Masks) -> Values:
        """The values of some rows beside a reference that was made ready."""
        raise NotImplementedError

    def whats(self, schema: Schema) -> Sequence[str | None] | None:
        """What is compared: features, or the whole (None); None: nobody knows before."""
        raise NotImplementedError

    def told_apart(self, view: View) -> Hashable:
        """What a reference that was made ready hangs on beside its rows; None: nobody knows."""
        return ()

    def bind(self, clock: Clock) -> None:
        self._reference.bind(clock)
        for window in self._windows:
            window.bind(clock)

    @property
    def measures(self) -> str:
        return "p_value" if self.p_values else self.distance

    def extent(self, score: Extent) -> Extent:
        return Extent(0, LARGEST.get(self.measures, np.inf))

    def needs(self) -> tuple[str, int] | None:
        return ("min_rows", self.min_rows) if self._reference.warmup else None

    def names(self, schema: Schema) -> Sequence[str] | None:
        whats = self.whats(schema)
        if whats is None:
            return None
        called = [self._called(what, window) for window in self._windows for what in whats]
        return [name for name in called if name is not None]

    def _called(self, what: str | None, window: Recent) -> str | None:
        """What the values of a column in a window are called."""
        if len(self._windows) == 1:
            return what
        return f"over {window.length}" if what is None else f"{what} over {window.length}"

    def measure(self, view: View) -> dict[Of, float]:
        values: dict[Of, float] = {}
        for window, before, current in self.sides(view):
            found = self.compare(before, view, current, self.masks(view, current))
            for (what, part), value in found.items():
                values[self.called(what, part, window)] = value
        return values

    def sides(self, view: View) -> Iterator[tuple[Recent, Any, Rows]]:
        """Each window with its reference, made ready, and its rows; where both have enough."""
        for place, window in enumerate(self._windows):
            current = window.rows(view)
            reference = self._reference.rows(view, current)
            if min(len(reference), len(current)) >= self.min_rows:
                yield window, self.before(place, view, reference), current

    def called(self, what: str | None, part: str, window: Recent) -> Of:
        """What the value of a column in a slice and a window is called."""
        of = self._called(what, window)
        return of if part == "all" else (of, part)

    def masks(self, view: View, rows: Rows) -> Masks:
        """Which of some rows belong to the whole, and to each slice."""
        return {"all": np.ones(len(rows), dtype=bool), **self.slices.masks(view, rows)}

    def before(self, place: Hashable, view: View, rows: Rows) -> Any:
        """The reference, made ready; that of a tick before, where it is the same."""
        key, last = (named(rows), self.told_apart(view)), self._last.get(place)
        if last is None or last[0] != key or key[1] is None:  # nobody knows if it is the same
            last = self._last[place] = key, self.prepared(view, rows, self.masks(view, rows))
        return last[1]


class Side(NamedTuple):
    """What is compared, made ready: None where there is no value; and a unit to give it in."""

    sample: Sample | None
    unit: float | None


class Prepared(NamedTuple):
    """A reference: how rows are seen, and what it is by column and slice."""

    see: Callable[[View, Rows], Columns]
    sides: dict[tuple[str | None, str], Side]


Ready = dict[tuple[str | None, str], Sample | None]
"""The present by column and slice, made ready to be compared; None where there is nothing."""

KEPT = 256 * 2**20
"""Bytes of presents that are kept for models to come."""


class Presents(dict[tuple[Hashable, int, Hashable], Ready]):
    """The present in many ticks, by the place of its window, its tick and its rows.

    Those of early ticks are dropped first, since models to come are measured in later ticks alone.
    """

    nbytes = 0

    def __setitem__(self, key: tuple[Hashable, int, Hashable], ready: Ready) -> None:
        super().__setitem__(key, ready)
        self.nbytes += _bytes(ready)
        while self.nbytes > KEPT:
            self.nbytes -= _bytes(self.pop(min(self, key=lambda key: key[1])))


def _bytes(ready: Ready) -> int:
    return sum(sample.nbytes for sample in ready.values() if sample is not None)


class Distributions(Compared):
    """What monitors have in common that compare columns, each by itself.

    Parameters
    ----------
    distance : str
        The name of a distance in `clsim.monitoring.distances`. One that has the unit of what it
        compares is given in standard deviations of the reference, so that columns can be compared.
    p_value : bool
        Whether to give its p-value instead (`clsim.monitoring.p_values.P_VALUES`).
    reference, window, min_rows, slices
        As for `Compared`.
    """

    def __init__(
        self,
        distance: str,
        reference: Any,
        window: Duration | Sequence[Duration],
        min_rows: int,
        slices: Sequence[Sliced],
        p_value: bool,
    ) -> None:
        super().__init__(reference, window, min_rows, slices)
        check_choice("distance", distance, DISTANCES)
        check_p_value(p_value, distance, P_VALUES)
        self.distance = distance
        self.p_values = p_value
        self._stacked: dict[Hashable, tuple[list[Side], Stacked | None]] = {}
        self._presents = Presents()

    def columns(self, view: View, rows: Rows) -> Columns:
        """What is compared, with a value for each row."""
        raise NotImplementedError

    def seen(self, view: View, rows: Rows) -> tuple[Rows, Callable[[View, Rows], Columns]]:
        """Those rows of a reference that are compared, and how they and others are seen."""
        return rows, self.columns

    def prepared(self, view: View, rows: Rows, masks: Masks) -> Prepared:
        compared, see = self.seen(view, rows)
        among = np.isin(rows, compared, assume_unique=True)
        sides = {
            (what, name): self._side(Column(column.values[mask[among]], column.names))
            for what, column in see(view, compared).items()
            for name, mask in masks.items()
        }
        return Prepared(see, sides)

    def compare(self, before: Prepared, view: View, rows: Rows, masks: Masks) -> Values:
        values: Values = {}
        for what, column in before.see(view, rows).items():
            for name, mask in masks.items():
                part = Column(column.values[mask], column.names)
                value = self._value(before.sides[what, name], self._side(part).sample)
                if value is not None:
                    values[what, name] = value
        return values

    def each(
        self, befores: Sequence[Prepared], view: View, rows: Rows, place: Hashable
    ) -> list[Values]:
        """The values of some rows beside several references that see them in the same way.

        What is compared with them is made ready once for all who ask in the same tick, by the
        place of its window.
        """
        values: list[Values] = [{} for _ in befores]
        key = place, view.tick, named(rows)
        present = self._presents.get(key)
        if present is None:
            present = self._presents[key] = self._made_ready(befores[0], view, rows)
        for of, now in present.items():
            sides = [before.sides[of] for before in befores]
            for found, value in zip(values, self._values(sides, now, (place, of)), strict=True):
                if value is not None:
                    found[of] = value
        return values

    def _made_ready(self, before: Prepared, view: View, rows: Rows) -> Ready:
        """Some rows by column and slice."""
        masks = self.masks(view, rows)
        return {
            (what, name): self._side(Column(column.values[mask], column.names)).sample
            for what, column in before.see(view, rows).items()
            for name, mask in masks.items()
        }

    def _values(
        self, sides: Sequence[Side], now: Sample | None, key: Hashable
    ) -> Sequence[float | None]:
        """`_value` of each side; of numbers at once where the distance can, kept by a key.

        What was kept of more sides, of which these are the first, serves them too.
        """
        of_many = DISTANCES[self.distance].of_many
        if of_many is None or self.p_values or not isinstance(now, Numbers):
            return [self._value(side, now) for side in sides]
        last = self._stacked.get(key)
        if last is None or len(last[0]) < len(sides) or any(map(is_not, sides, last[0])):
            last = self._stacked[key] = list(sides), self._stack(sides)
        if now.size < self.min_rows or last[1] is None:
            return [self._value(side, now) for side in sides]
        found: list[float] = of_many(last[1], now)[: len(sides)].tolist()
        return [_in_units(value, side.unit) for side, value in zip(sides, found, strict=True)]

    def _stack(self, sides: Sequence[Side]) -> Stacked | None:
        """Several references side by side; None where they are not alike."""
        samples = [side.sample for side in sides if isinstance(side.sample, Numbers)]
        fine = len(samples) == len(sides) and min(one.size for one in samples) >= self.min_rows
        if fine and DISTANCES[self.distance].binned:
            fine = len({len(one.edges) for one in samples}) == 1
        return Stacked(samples) if fine else None

    def cells(self, view: View, wanted: Collection[Of]) -> dict[Of, list[Cell]]:
        found: dict[Of, list[Cell]] = {}
        for window, before, rows in () if self.p_values else self.sides(view):
            masks = self.masks(view, rows)
            for what, column in before.see(view, rows).items():
                for name, mask in masks.items():
                    of = self.called(what, name, window)
                    if of in wanted:
                        part = Column(column.values[mask], column.names)
                        found[of] = self._cells(before.sides[what, name], part, rows[mask])
        return found

    def _cells(self, was: Side, column: Column, rows: Rows) -> list[Cell]:
        """The cells of a value; none where there is no value."""
        now = self._side(column).sample
        if self._value(was, now) is None or was.sample is None or now is None:
            return []
        values, names = column
        there = values >= 0 if names is not None else ~np.isnan(values)
        said = values[there] if names is None else names[values[there]]
        return cells(self.distance, was.sample, now, said, rows[there], was.unit)

    def _side(self, column: Column) -> Side:
        """One side of a comparison, and its unit where the distance has that of the column."""
        values, names = column
        if names is not None:
            counts = np.bincount(values[values >= 0], minlength=len(names))
            there = counts > 0
            size = int(counts.sum())
            return Side(Categories(names[there], counts[there]) if size else None, None)
        values = values[~np.isnan(values)]
        if not len(values):
            return Side(None, None)
        power = UNITS.get(self.distance)
        return Side(Numbers(values), None if power is None else float(np.std(values)) ** power)

    def _value(self, was: Side, now: Sample | None) -> float | None:
        """What two samples say, if both are large enough."""
        if was.sample is None or now is None or min(was.sample.size, now.size) < self.min_rows:
            return None
        if self.p_values:
            return P_VALUES[self.distance](was.sample, now)
        return _in_units(DISTANCES[self.distance](was.sample, now), was.unit)


def _in_units(distance: float, unit: float | None) -> float:
    """A distance in units of its column; None: it has none."""
    if unit is None:
        return distance
    return distance / unit if unit else float(np.inf if distance else 0.0)


def check_p_value(given: bool, distance: str, those: Mapping[str, Any]) -> None:
    """Refuse p-values of a distance that has none, and what is neither true nor false."""
    check_flag("p_value", given)
    if given and distance not in those:
        raise ValueError(
            f"p_value: distance={distance!r} has none; those that have one are "
            f"{', '.join(map(repr, those))}. Or leave it out, and calibrate a threshold"
        )
