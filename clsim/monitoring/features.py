"""Whether the inputs still look as they did."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number, unknown
from clsim.monitoring.distances import DISTANCES
from clsim.protocols import Monitor
from clsim.types import Rows, Schema
from clsim.view import View

REFERENCES = ("training", "warmup")


class FeatureDistribution(Monitor):
    """The distance of each feature's recent values from a reference; it needs no labels.

    Parameters
    ----------
    distance : {'l_infinity', 'earth_mover'}, default='l_infinity'
        `clsim.monitoring.distances` defines them. The earth mover's distance of numbers is in
        standard deviations of the reference, so that features can be compared.
    reference : {'training', 'warmup'}, default='training'
        The rows that the champion was trained on, or the warm-up, whoever serves.
    window : int or str, default=500
        The recent events: a number of rows, or a duration.
    min_rows : int, default=50
        With fewer values of a feature on either side, there is no number for it.
    features : sequence of str or None, default=None
        None: all.
    """

    def __init__(
        self,
        distance: str = "l_infinity",
        reference: str = "training",
        window: Duration = 500,
        min_rows: int = 50,
        features: Sequence[str] | None = None,
    ) -> None:
        check_choice("distance", distance, DISTANCES)
        check_choice("reference", reference, REFERENCES)
        window = as_duration(window, "window", positive=True)
        check_number("min_rows", min_rows, whole=True, low=1)
        if isinstance(window, int) and min_rows > window:
            raise ValueError(
                f"min_rows={min_rows}: more than window={window} holds, so there would never be a "
                "value; widen the window, or ask for fewer"
            )
        if isinstance(features, str):
            raise TypeError(f"features={features!r}: expected a list, such as [{features!r}]")
        self.distance = distance
        self.reference = reference
        self.window = window
        self.min_rows = min_rows
        self.features = None if features is None else tuple(features)
        self._length: int | None = None

    def bind(self, clock: Clock) -> None:
        if not isinstance(self.window, int):
            self._length = clock.units(self.window, "monitor.window")

    def check_schema(self, schema: Schema) -> None:
        for name in self.features or ():
            if name not in schema.features:
                raise ValueError(f"monitor.features: {unknown('feature', name, schema.features)}")

    def names(self, schema: Schema) -> Sequence[str]:
        return schema.features if self.features is None else self.features

    def key(self, view: View) -> Hashable:
        mine = (self.distance, self.reference, self.min_rows, self.features)
        digest = hashlib.blake2b(digest_size=16)
        for rows in self._windows(view):
            digest.update(b"%d:" % len(rows) + rows.tobytes())
        return mine, digest.digest()

    def measure(self, view: View) -> dict[str | None, float]:
        reference, current = (self._columns(view, rows) for rows in self._windows(view))
        values: dict[str | None, float] = {}
        for name in self._chosen(view):
            was, now = reference[name], current[name]
            if len(was) >= self.min_rows and len(now) >= self.min_rows:
                values[name] = self._measured(was, now)
        return values

    def _measured(self, was: np.ndarray, now: np.ndarray) -> float:
        distance = DISTANCES[self.distance](was, now)
        if self.distance != "earth_mover" or was.dtype.kind not in "iufb":
            return distance
        spread = float(np.std(was))
        return distance / spread if spread else float(np.inf if distance else 0.0)

    def _windows(self, view: View) -> tuple[Rows, Rows]:
        """The reference rows and the recent ones."""
        served = view.first_row(0)
        if self._length is None:
            assert isinstance(self.window, int)
            current = view.served()[-self.window :]
        else:
            rows = view.rows(self._length)
            current = rows[np.searchsorted(rows, served) :]
        if self.reference == "training":
            return view.usable(view.trained_rows), current
        rows = view.rows()
        return rows[: np.searchsorted(rows, served)], current

    def _chosen(self, view: View) -> Sequence[str]:
        return view.features if self.features is None else self.features

    @staticmethod
    def _columns(view: View, rows: Rows) -> dict[str, np.ndarray]:
        """Values of each feature, without what is missing."""
        X: Any = view.X(rows)
        frame = X if isinstance(X, pd.DataFrame) else pd.DataFrame(X, columns=list(view.features))
        columns = {}
        for name in view.features:
            column = frame[name].dropna()
            numeric = pd.api.types.is_numeric_dtype(column.dtype)
            columns[name] = column.to_numpy(dtype=float if numeric else str)
        return columns
