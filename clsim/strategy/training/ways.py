"""Training: from scratch or on from the champion, and how long it takes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration, first_to_last, of_date
from clsim.errors import check_choice, check_number
from clsim.protocols import Dataset, Training, completed
from clsim.strategy.datasets import All
from clsim.types import Column, How, Recipe, Sample, Schema
from clsim.view import View


class Stateless(Training):
    """Every training starts from scratch.

    Parameters
    ----------
    duration : int or str, default=0
        Simulated time from the start of a training until it takes effect: a duration where the
        stream has time, else rows. Until then the old champion serves.
    per_thousand : int or str, default=0
        By how much longer it takes for each thousand rows that the learner is given.

    Examples
    --------
    >>> training = Stateless(duration="2h")
    """

    def __init__(self, duration: Duration = 0, per_thousand: Duration = 0) -> None:
        self.duration = as_duration(duration, "duration")
        self.per_thousand = as_duration(per_thousand, "per_thousand")

    def bind(self, clock: Clock) -> None:
        self._duration = clock.units(self.duration, "training.duration")
        self._per_thousand = clock.units(self.per_thousand, "training.per_thousand")

    def recipe(self, view: View) -> Recipe:
        return Recipe("fit", duration=self._duration)

    def formed(self, recipe: Recipe, sample: Sample) -> tuple[Recipe, Sample]:
        more = -(-self._per_thousand * sample.size // 1000)
        return replace(recipe, duration=recipe.duration + more) if more else recipe, sample


class Searched(Stateless):
    """Every training starts from scratch, and some search for parameters first.

    For a search of scikit-learn's as learner, such as ``GridSearchCV(..., cv=TimeSeriesSplit(5))``:
    splits are of the rows at hand, in the order of time. A training without a search takes the
    parameters that the champion has.

    Parameters
    ----------
    every : int, default=1
        Every so-many-th training searches; so does the first, on the warm-up.
    per_search : int or str, default=0
        By how much longer a training with a search takes.
    duration, per_thousand : int or str, default=0
        As for `Stateless`.

    Examples
    --------
    >>> training = Searched(every=4, duration="1h", per_search="1d")
    """

    hows = ("fit", "refit")

    def __init__(
        self,
        every: int = 1,
        per_search: Duration = 0,
        duration: Duration = 0,
        per_thousand: Duration = 0,
    ) -> None:
        super().__init__(duration, per_thousand)
        check_number("every", every, whole=True, low=1)
        self.every, self.per_search = every, as_duration(per_search, "per_search")

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self._per_search = clock.units(self.per_search, "training.per_search")

    def recipe(self, view: View) -> Recipe:
        searches = view.champion is None or (len(view.training_ticks) + 1) % self.every == 0
        if searches:
            return Recipe("fit", duration=self._duration + self._per_search)
        return Recipe("refit", view.champion, self._duration)


class Stateful(Stateless):
    """Training goes on from the champion.

    A pipeline whose steps can all be updated goes on as a whole, scalers too. Steps may learn
    seldom, or never again: features then mean what they meant, whatever has become of their scale.

    Parameters
    ----------
    how : {'partial_fit', 'warm_start'}, default='partial_fit'
        Whether the learner is updated with the rows, or fitted to them from the champion's
        parameters.
    initial : {'fit', 'partial_fit'}, default='fit'
        How the first model is trained on the warm-up. With ``'partial_fit'`` the warm-up may
        lack classes.
    full_every : int or None, default=None
        Every so-many-th training is a ``fit`` from scratch.
    full_dataset : Dataset or None, default=None
        The rows for trainings from scratch. None: all labelled rows.
    duration : int or str, default=0
        As for `Stateless`.
    batch : int or None, default=None
        Micro-batches: ``partial_fit`` is given so many rows at a time, in their order, as many
        times as there are so many. The last ones, too few for a batch, wait. None: all at once.
    steps : mapping of str to int or None, default={}
        Steps of a pipeline that learn in every so-many-th training alone, by name; None: in none
        but those from scratch.
    per_thousand : int or str, default=0
        As for `Stateless`.

    Examples
    --------
    >>> as_they_come = Stateful(batch=512)
    >>> frozen = Stateful(steps={"scale": None})
    """

    def __init__(
        self,
        how: How = "partial_fit",
        initial: How = "fit",
        full_every: int | None = None,
        full_dataset: Dataset | None = None,
        duration: Duration = 0,
        batch: int | None = None,
        steps: Mapping[str, int | None] | None = None,
        per_thousand: Duration = 0,
    ) -> None:
        super().__init__(duration, per_thousand)
        check_choice("how", how, ("partial_fit", "warm_start"))
        check_choice("initial", initial, ("fit", "partial_fit"))
        if full_every is not None:
            check_number("full_every", full_every, whole=True, low=1)
        if batch is not None:
            check_number("batch", batch, whole=True, low=1)
        self.steps = dict(steps or {})
        for step, every in self.steps.items():
            if every is not None:
                check_number(f"steps[{step!r}]", every, whole=True, low=1)
        if how == "warm_start" and (batch is not None or self.steps):
            raise ValueError("how='warm_start': needs all rows and steps at once; use partial_fit")
        self.how, self.batch = how, batch
        self.hows = (how, "fit") if full_every else (how,)
        self.initial = initial
        self.never = tuple(sorted(step for step, every in self.steps.items() if every is None))
        self.full_every = full_every
        self.full_dataset: Dataset = completed(
            "full_dataset", All() if full_dataset is None else full_dataset, Dataset
        )

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self.full_dataset.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.full_dataset.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.full_dataset.check_columns(column)

    def recipe(self, view: View) -> Recipe:
        if self._full(view):
            return Recipe("fit", duration=self._duration)
        number = len(view.training_ticks) + 1
        resting = {step for step, every in self.steps.items() if every is None or number % every}
        frozen = tuple(sorted(resting))
        return Recipe(self.how, view.champion, self._duration, batch=self.batch, frozen=frozen)

    def formed(self, recipe: Recipe, sample: Sample) -> tuple[Recipe, Sample]:
        if recipe.batch is not None:
            whole = len(sample.rows) // recipe.batch * recipe.batch
            sample = sample.at(np.arange(whole)) if whole < len(sample.rows) else sample
        return super().formed(recipe, sample)

    def dataset(self, view: View, usual: Dataset) -> Dataset:
        return self.full_dataset if self._full(view) else usual

    def _full(self, view: View) -> bool:
        """Whether this training is one from scratch."""
        every = self.full_every
        return every is not None and (len(view.training_ticks) + 1) % every == 0


class Moment:
    """A date, or a row where the stream has no time.

    Parameters
    ----------
    key : str
        For messages.
    given : str, datetime.date, datetime.datetime or int

    Attributes
    ----------
    time : int
        On the clock.
    """

    def __init__(self, key: str, given: Any) -> None:
        self._key, self._given, value = key, given, given
        if isinstance(given, str):
            try:
                value = dt.datetime.fromisoformat(given)
            except ValueError as error:
                raise ValueError(f"{key}={given!r}: not a date; write it as 2024-05-01") from error
        self._dated = isinstance(value, dt.date)
        if not self._dated:
            check_number(key, value, whole=True, low=0)
        self.time = of_date(value) if isinstance(value, dt.date) else int(value)

    def bind(self, clock: Clock, place: str = "training.") -> None:
        """Refuse a row on a clock of time, and a date on one of rows."""
        if self._dated != clock.timed:
            wanted = "a date" if clock.timed else "a number of a row"
            raise ValueError(f"{place}{self._key}={self._given!r}: this stream needs {wanted}")

    def check_times(self, begin: int, end: int) -> None:
        """Refuse what lies outside the stream, from the first event to the end of the last tick."""
        if not begin <= self.time < end:
            ends = first_to_last(begin, end, self._dated)
            raise ValueError(f"{self._key}={self._given!r}: outside the stream, from {ends}")


class RowByRow(Stateless):
    """The model learns row by row while it serves, each label in the tick in which it arrives.

    For river models. A trigger, if it fires, starts a new model from scratch on the dataset,
    which then goes on learning.

    Parameters
    ----------
    duration : int or str, default=0
        As for `Stateless`.
    until : str, datetime.date, datetime.datetime, int or None, default=None
        From this date (or row, where the stream has no time) on it learns no more, and serves as it
        is; ticks that begin earlier learn. None: it goes on.
    per_thousand : int or str, default=0
        As for `Stateless`.

    Examples
    --------
    >>> training = RowByRow()
    """

    def __init__(
        self, duration: Duration = 0, until: Any = None, per_thousand: Duration = 0
    ) -> None:
        super().__init__(duration, per_thousand)
        self.until = until
        self._until = None if until is None else Moment("until", until)

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self._until is not None:
            self._until.bind(clock)

    def check_times(self, begin: int, end: int) -> None:
        if self._until is not None and self._until.time < end:  # what comes later is all of it
            self._until.check_times(begin, end)

    def recipe(self, view: View) -> Recipe:
        return replace(self.first(), duration=self._duration)

    def first(self) -> Recipe:
        until = None if self._until is None else self._until.time
        return Recipe("fit", row_by_row=True, until=until)
