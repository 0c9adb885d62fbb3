"""Distances out of profiles: of all events that were served, whether or not they were kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clsim.clock import Clock
from clsim.errors import check_choice, check_number
from clsim.monitoring.answers import check_confidence
from clsim.monitoring.compared import UNITS
from clsim.monitoring.distances import DISTANCES, LARGEST
from clsim.monitoring.features import as_features, check_features, check_numbers
from clsim.monitoring.samples import Categories, Histogram, Sample
from clsim.profiles import KINDS, Profile
from clsim.slices import InSlices
from clsim.types import Column, Extent, Of, Schema
from clsim.view import View


class ProfileDistribution(InSlices):
    """The distance of recent profiles from a reference; of all that was served, without labels.

    For a strategy whose logging keeps profiles (`clsim.strategy.logging.Profiles`), so that events
    of which no row is kept are measured too.

    Parameters
    ----------
    what : {'features', 'answer', 'confidence'}, default='features'
        A value for each feature, or one for what was answered, or for how sure the model was, by
        whichever model answered.
    distance : str, default='l_infinity'
        A name of `clsim.monitoring.distances.DISTANCES`. The earth mover's and the energy distance
        of numbers are in standard deviations of the reference (and their root).
    reference : 'warmup' or int, default='warmup'
        The warm-up, of features alone since nothing was answered in it; or so many ticks before the
        present ones.
    ticks : int, default=7
        The present: the events of so many ticks.
    min_rows : int, default=50
        With fewer values on either side there is no number.
    features : sequence of str or None, default=None
        None: all.
    slices : sequence of str, default=()
        Slices that are compared with themselves, beside the whole; logging must keep their
        profiles.

    Notes
    -----
    Distances of shares are those of the profile's bins, exactly. Those of values take the middle
    of each bin; `clsim.monitoring.distances.bounds` of what `sides` gives says between which
    numbers the distance of the values themselves lies.

    Examples
    --------
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.logging import Profiles
    >>> from clsim.strategy.triggers import Never
    >>> watched = Strategy(
    ...     Never(), logging=Profiles(), monitors={"inputs": ProfileDistribution("features", "psi")}
    ... )
    """

    reads_rows = False

    shared = True

    def __init__(
        self,
        what: str = "features",
        distance: str = "l_infinity",
        reference: str | int = "warmup",
        ticks: int = 7,
        min_rows: int = 50,
        features: Sequence[str] | None = None,
        slices: Sequence[str] = (),
    ) -> None:
        super().__init__(slices)
        check_choice("what", what, KINDS)
        check_choice("distance", distance, DISTANCES)
        if isinstance(reference, str):
            check_choice("reference", reference, ("warmup",))
            if what != "features":
                raise ValueError(
                    f"reference='warmup': nothing was answered in it, so there is no profile of "
                    f"{what}; give a number of ticks before the present ones, such as reference=28"
                )
        else:
            check_number("reference", reference, whole=True, low=1)
        check_number("ticks", ticks, whole=True, low=1)
        check_number("min_rows", min_rows, whole=True, low=1)
        if features is not None and what != "features":
            raise ValueError(f"features={features!r}: what={what!r} is of none; leave it out")
        for one in slices:
            if not isinstance(one, str):
                raise TypeError(
                    f"slices: {one!r}: there are profiles of slices of the stream alone"
                )
        self.what, self.distance, self.reference = what, distance, reference
        self.ticks, self.min_rows = ticks, min_rows
        self.features = as_features(features)
        self.reads_profiles = what

    def bind(self, clock: Clock) -> None:
        """There are no durations: a profile is of a tick."""

    def check_schema(self, schema: Schema) -> None:
        super().check_schema(schema)
        check_confidence(self.what, schema)
        check_features(self.features, schema)
        self._schema = schema
        words = self.what == "answer" and schema.task == "classification"
        if words and DISTANCES[self.distance].numbers_only:
            raise ValueError(
                f"distance={self.distance!r} is one of numbers, and answers are classes; use "
                "distance='l_infinity' or another of shares"
            )

    def check_columns(self, column: Callable[[str], Column]) -> None:
        if self.what == "features":
            check_numbers(self.distance, self.names(self._schema), column)

    def extent(self, score: Extent) -> Extent:
        return Extent(0, LARGEST.get(self.distance, np.inf))

    def names(self, schema: Schema) -> Sequence[str]:
        return [name for name in self._names(schema) if name is not None]

    def _names(self, schema: Schema) -> Sequence[str | None]:
        if self.what != "features":
            return (None,)
        return schema.features if self.features is None else self.features

    def measure(self, view: View) -> dict[Of, float]:
        first = view.tick - self.ticks
        since = -1 if isinstance(self.reference, str) else first - self.reference
        if first < 0 or (since < 0 and self.reference != "warmup"):
            return {}
        until = 0 if self.reference == "warmup" else first
        values: dict[Of, float] = {}
        for name in self._names(view.schema):
            for part in ("all", *self.slices.of(view.schema)):
                was, now = (
                    view.profiles.of(self.what, low, high, name=name, of_slice=part)
                    for low, high in ((since, until), (first, view.tick))
                )
                if min(was.size, now.size) >= self.min_rows:
                    of: Of = name if part == "all" else (name, part)
                    values[of] = self._distance(was, now)
        return values

    def _distance(self, was: Profile, now: Profile) -> float:
        distance = DISTANCES[self.distance](*sides(was, now))
        power = UNITS.get(self.distance)
        if power is None or was.bins.edges is None:
            return distance
        unit = float(np.sqrt(was.variance)) ** power
        return distance / unit if unit else float(np.inf if distance else 0.0)


def sides(was: Profile, now: Profile) -> tuple[Sample, Sample]:
    """Two profiles with the same bins, as distances compare them.

    The outermost bins of numbers end at the least and the largest value of both, which profiles
    know; infinite values are counted in them.

    Raises
    ------
    ValueError
        If their bins differ, or either has no value.

    Examples
    --------
    >>> from clsim.monitoring.distances import bounds
    >>> from clsim.profiles import Bins
    >>> was, now = np.array([1.0, 2, 3, 4]), np.array([2.5, 3.5, 4.5, 5.5])
    >>> bins = Bins.by(Column(was), 4)
    >>> bounds("earth_mover", *sides(*(Profile.of(Column(v), bins) for v in (was, now))))
    (0.375, 2.25)
    """
    if was.bins.edges is None or now.bins.edges is None:
        if not np.array_equal(was.bins.names, now.bins.names):  # type: ignore[arg-type]
            raise ValueError("the bins of two profiles differ; count both in the same")
        assert was.bins.names is not None
        one, other = (
            Categories(was.bins.names[each.counts > 0], each.counts[each.counts > 0])
            for each in (was, now)
        )
        return one, other
    if not np.array_equal(was.bins.edges, now.bins.edges):
        raise ValueError("the bins of two profiles differ; count both in the same")
    edges = was.bins.edges
    low = min(was.least, now.least, float(np.nextafter(edges[0], -np.inf)))
    high = max(was.largest, now.largest, float(np.nextafter(edges[-1], np.inf)))
    every = np.concatenate([[low], edges, [high]])
    return Histogram(every, was.counts), Histogram(every, now.counts)
