"""Model iteration: from a date on another learner, or more features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from clsim.clock import Clock
from clsim.errors import check_choice, check_number, check_object, unknown
from clsim.protocols import Dataset, Training, completed
from clsim.strategy.datasets.taught import Having, Taught
from clsim.strategy.training.ways import Moment, RowByRow, Stateless
from clsim.types import Column, Recipe, Sample, Schema
from clsim.view import View

TEACHES = ("hard", "soft")


class Iterated(Training):
    """Trainings of one kind, from a date on of another learner.

    The first training from then on makes a model of the new learner from scratch; those that follow
    are what ``training`` says, of the new learner. If the champion is still an old one, or again,
    since a test rejected the new or a guard took it back, the next training begins anew.

    With few labelled rows a new model starts cold. It may be taught by the champion (Hinton,
    Vinyals & Dean, Distilling the knowledge in a neural network, 2015): rows that have a label are
    learned with it, and the newest events without one by what the champion answers.

    Parameters
    ----------
    at : str, datetime.date, datetime.datetime or int
        From when on: a date, or where the stream has no time a row.
    learner : scikit-learn estimator
        The new learner; the replay's must be one of scikit-learn's too.
    training : Training, default=Stateless()
        `Stateless` or `Stateful`, before and after.
    features : sequence of str, default=()
        What the new learner reads and the old one did not: rows in which one is missing are not
        trained on from then on. Refused if they are not there yet ``at`` that time.
    teach : {'hard', 'soft'} or None, default=None
        Whether the champion teaches the first new model, with its answers or with its
        probabilities, which are weights of rows.
    newest : int, default=2000
        Of how many of the newest events those without a label are taught.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> training = Iterated("2024-06-01", RandomForestClassifier(), teach="hard")
    """

    def __init__(
        self,
        at: Any,
        learner: Any,
        training: Training | None = None,
        features: Sequence[str] = (),
        teach: str | None = None,
        newest: int = 2000,
    ) -> None:
        check_object("learner", learner)
        if teach is not None:
            check_choice("teach", teach, TEACHES)
        if isinstance(features, str):
            raise TypeError(f"features={features!r}: expected a list of names")
        check_number("newest", newest, whole=True, low=1)
        self.training: Training = completed(
            "training", Stateless() if training is None else training, Training
        )
        if isinstance(self.training, (RowByRow, Iterated)):
            raise ValueError("training: an iteration is of Stateless or Stateful training")
        self.at, self.learner, self.features = at, learner, tuple(features)
        self._at = Moment("at", at)
        self.teach, self.newest = teach, newest
        self.initial, self.never = self.training.initial, self.training.never
        self.hows = self.training.hows
        self.reads_chances = teach == "soft"

    @property
    def others(self) -> tuple[Any, ...]:
        return (self.learner,)

    def bind(self, clock: Clock) -> None:
        self._at.bind(clock)
        self.training.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.training.check_schema(schema)
        for feature in self.features:
            if feature not in schema.features:
                raise ValueError(f"training: {unknown('feature', feature, schema.features)}")
        if self.teach == "soft" and schema.task == "regression":
            raise ValueError("training.teach='soft': values have no probabilities; use 'hard'")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.training.check_columns(column)

    def check_begin(self, begins: Callable[[str], int | None]) -> None:
        for feature in self.features:
            there = begins(feature)
            if there is None or there > self._at.time:
                when = "never comes" if there is None else "comes later"
                raise ValueError(f"training.at={self.at!r}: the feature {feature!r} {when}")

    def check_times(self, begin: int, end: int) -> None:
        self._at.check_times(begin, end)

    def recipe(self, view: View) -> Recipe:
        recipe = self.training.recipe(view)
        if view.now < self._at.time:
            return recipe
        if self._has_come(view):
            return replace(recipe, learner=self.learner)
        teacher = view.champion if self.teach is not None else None
        return Recipe("fit", teacher, recipe.duration, learner=self.learner)

    def formed(self, recipe: Recipe, sample: Sample) -> tuple[Recipe, Sample]:
        return self.training.formed(recipe, sample)

    def dataset(self, view: View, usual: Dataset) -> Dataset:
        rule = self.training.dataset(view, usual)
        if view.now < self._at.time:
            return rule
        rule = Having(rule, self.features) if self.features else rule
        if self.teach is None or self._has_come(view) or not view.has_champion:
            return rule
        return Taught(rule, self.newest, soft=self.teach == "soft", features=self.features)

    def _has_come(self, view: View) -> bool:
        """Whether the champion was trained since the iteration."""
        if not view.has_champion:
            return False
        trained = view.model(None).trained_in
        return trained >= 0 and view.start(trained) >= self._at.time
