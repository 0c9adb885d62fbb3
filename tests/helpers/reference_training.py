"""How each training is done, for the reference: what it goes on from, of which learner, and how the
learner is given its rows."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
from sklearn.base import clone

from helpers.reference_history import moment
from helpers.reference_world import World, length


class Trainings(World):
    """Trainings as seen at ``self.tick``: their parameters are read, none of their code is run."""

    def recipe(self, training=None):
        """What the training of this tick is to be."""
        training = training or self.strategy.training
        number, kind = len(self.trained_at) + 1, type(training).__name__
        if kind == "Iterated":
            return self.iterated(training)
        made = SimpleNamespace(
            how="fit", parent=None, base=None, learner=self.learner, frozen=(), batch=None,
            dataset=self.strategy.dataset, teach=None,
            duration=length(training.duration), per_thousand=length(training.per_thousand),
        )  # fmt: skip
        if kind == "Searched":
            if self.champion and number % training.every:
                made.how, made.base = "refit", self.champion
            else:
                made.duration += length(training.per_search)
        elif kind == "Stateful":
            if training.full_every and number % training.full_every == 0:
                made.dataset = training.full_dataset
            else:
                made.how, made.parent, made.base = training.how, self.champion, self.champion
                made.batch = training.batch
                steps = training.steps.items()
                made.frozen = [s for s, every in steps if every is None or number % every]
        return made

    def train(self, sample, dataset, holdout, recipe, tick, duration, lessons=None):
        rows, failed, weights = list(sample), False, None
        if lessons is not None:  # what is taught stands in place of labels
            told = [(row, label, much) for row in lessons for label, much in lessons[row]]
            given, y = [row for row, *_ in told], np.array([label for _, label, _ in told])
            weights = [much for *_, much in told] if len(told) > len(lessons) else None
            rows = [row for row in lessons if row in self.known]
        else:
            given = [row for row, (_, times) in sample.items() for _ in range(times)]
            y = self.labels_of(given)
            weights = [sample[row][0] for row in given] if dataset.weighs else None
        try:
            estimator = self.fitted(recipe, given, y, weights)
        except Exception:
            failed, estimator = True, None
        parent = recipe.parent
        self.models += 1
        return SimpleNamespace(
            number=self.models - 1, estimator=estimator, failed=failed, trained=tick, newer=tick,
            done=duration if tick < 0 else self.starts[tick] + duration, holdout=holdout,
            missed=self.lessons(self.there) - self.lessons(rows), rows=rows, parent=parent,
            lineage=self.lessons(rows) | (parent.lineage if parent else set()), replaced=None,
            withdrawn=False, held_up=False, submitted=None, shares=self.shares_of(sample, lessons),
        )  # fmt: skip

    def shares_of(self, sample, lessons):
        """Shares of the classes in what is trained on, as it counts."""
        counted = dict.fromkeys(self.table.classes, 0.0)
        for row, (weight, times) in sample.items() if self.table.classes else ():
            told = [(self.label(row), 1.0)] if lessons is None else lessons[row]
            for label, much in told:
                counted[label] += weight * times * much
        total = sum(counted.values())
        return [part / total for part in counted.values()] if total else None

    def iterated(self, training):
        """From a date on of another learner: anew until a model of it serves."""
        made, begin = self.recipe(training.training), moment(training.at, self.starts[0])
        if self.now < begin:
            return made
        made.learner = training.learner
        if training.features:
            inner = made.dataset
            made.dataset = SimpleNamespace(
                having=training.features, inner=inner, weighs=inner.weighs
            )
        old = not self.champion or self.champion.trained < 0
        if old or self.starts[self.champion.trained] < begin:
            made.how, made.parent, made.base, made.batch, made.frozen = "fit", None, None, None, ()
            if training.teach and self.champion:
                made.parent, made.teach = self.champion, training
        return made

    def taught(self, recipe, rows, apart):
        """Rows and labels, or the champion's answers to the newest events without a label.

        For each row that is learned: labels, and what each counts.
        """
        places = [self.table.schema.features.index(name) for name in recipe.teach.features]
        newest = self.seen[len(self.seen) - min(recipe.teach.newest, len(self.seen)) :]
        new = [row for row in newest if row not in self.known and row not in apart
               and not any(np.isnan(self.table.X[row, place]) for place in places)]  # fmt: skip
        known = self.sampled(recipe.dataset, [row for row in rows if row in self.known])
        lessons = {row: [(self.label(row), 1.0)] for row in known}
        for row in new:
            if recipe.teach.teach == "hard" or not self.table.classes:
                lessons[row] = [(self.predict(self.champion, row), 1.0)]
            else:
                chances = self.likely(self.champion.estimator, row)
                pairs = zip(self.table.classes, chances, strict=True)
                lessons[row] = [(of, chance) for of, chance in pairs if chance > 0]
        return {row: lessons[row] for row in sorted(lessons)}

    def fitted(self, recipe, given, y, weights):
        """An estimator that has learned the rows that it is given."""
        X, classes = self.table.X[given], self.table.classes
        more = {} if weights is None else {"sample_weight": np.array(weights)}
        if recipe.how == "refit":
            before = recipe.base.estimator
            return clone(getattr(before, "best_estimator_", before)).fit(X, y, **more)
        estimator = deepcopy(recipe.base.estimator if recipe.base else recipe.learner)
        if self.river:
            self.learn(estimator, given)
        elif recipe.how == "partial_fit":
            size = recipe.batch or len(given)
            for k in range(0, len(given), size):
                part = slice(k, k + size)
                more = {} if weights is None else {"sample_weight": np.array(weights[part])}
                more |= {"classes": classes} if classes else {}
                self.update(estimator, X[part], y[part], recipe.frozen if recipe.base else (), more)
        elif recipe.how == "warm_start":
            estimator.set_params(warm_start=True).fit(X, y, **more)
        else:
            estimator.fit(X, y, **more)
        return estimator

    @staticmethod
    def update(estimator, X, y, frozen, more):
        """One more batch; of a pipeline, each step that does not rest, in turn."""
        *before, (name, last) = getattr(estimator, "steps", [("", estimator)])
        for step_name, step in before:
            X = (step if step_name in frozen else step.partial_fit(X)).transform(X)
        if name not in frozen:
            last.partial_fit(X, y, **more)
