"""Training: from scratch or on from the champion, and how long it takes."""

from __future__ import annotations

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_number
from clsim.protocols import Dataset, Training, completed
from clsim.strategy.datasets import All
from clsim.types import How, Recipe, Schema
from clsim.view import View


class Stateless(Training):
    """Every training starts from scratch.

    Parameters
    ----------
    duration : int or str, default=0
        Simulated time from the start of a training until it takes effect: a duration where the
        stream has time, else rows. Until then the old champion serves.
    """

    def __init__(self, duration: Duration = 0) -> None:
        duration = as_duration(duration, "duration")
        self.duration = duration

    def bind(self, clock: Clock) -> None:
        self._duration = clock.units(self.duration, "training.duration")

    def recipe(self, view: View) -> Recipe:
        return Recipe("fit", duration=self._duration)


class Stateful(Stateless):
    """Training goes on from the champion.

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
    """

    def __init__(
        self,
        how: How = "partial_fit",
        initial: How = "fit",
        full_every: int | None = None,
        full_dataset: Dataset | None = None,
        duration: Duration = 0,
    ) -> None:
        super().__init__(duration)
        check_choice("how", how, ("partial_fit", "warm_start"))
        check_choice("initial", initial, ("fit", "partial_fit"))
        if full_every is not None:
            check_number("full_every", full_every, whole=True, low=1)
        self.how = how
        self.hows = (how, "fit") if full_every else (how,)
        self.initial = initial
        self.full_every = full_every
        self.full_dataset: Dataset = completed("full_dataset", full_dataset or All(), Dataset)

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        self.full_dataset.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.full_dataset.check_schema(schema)

    def recipe(self, view: View) -> Recipe:
        if self._full(view):
            return Recipe("fit", duration=self._duration)
        return Recipe(self.how, view.champion, self._duration)

    def dataset(self, view: View, usual: Dataset) -> Dataset:
        return self.full_dataset if self._full(view) else usual

    def _full(self, view: View) -> bool:
        """Whether this training is one from scratch."""
        every = self.full_every
        return every is not None and (len(view.training_ticks) + 1) % every == 0


class RowByRow(Stateless):
    """The model learns row by row while it serves, each label in the tick in which it arrives.

    For river models. A trigger, if it fires, starts a new model from scratch on the dataset,
    which then goes on learning.

    Parameters
    ----------
    duration : int or str, default=0
        As for `Stateless`.
    """

    def recipe(self, view: View) -> Recipe:
        return Recipe("fit", duration=self._duration, row_by_row=True)
