"""A slow and obvious replay, to check the fast one against: one strategy, one row at a time,
nothing shared, lazy or vectorised. Models predict blocks of 64 rows; one answer is taken."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

from reference_parts import Parts, length


class Reference(Parts):
    def __init__(self, strategy, table, learner, *, tick, warmup, loss=None, unanswered="skip"):
        self.strategy, self.table, self.learner = strategy, table, learner
        self.loss, self.unanswered, self.tick_length = loss, unanswered, length(tick)
        self.river = hasattr(learner, "learn_one")
        self.row_by_row = type(strategy.training).__name__ == "RowByRow"
        time, self.n = table.time, len(table.y)
        origin = time[warmup] if isinstance(warmup, int) else time[0] + length(warmup)
        self.warm = warmup if isinstance(warmup, int) else sum(t < origin for t in time)
        served = range(self.warm, self.n)
        if isinstance(tick, int):
            self.tick_of = {row: (row - self.warm) // tick for row in served}
            self.starts = [time[row] for row in served if (row - self.warm) % tick == 0]
        else:
            self.tick_of = {row: (time[row] - origin) // length(tick) for row in served}
            self.starts = [origin + i * length(tick) for i in range(self.tick_of[self.n - 1] + 1)]
        self.events, self.ticks, self.answer, self.server = [], [], {}, {}
        self.champion, self.models, self.memory = None, 0, {}
        self.challengers, self.trained_at, self.known_at = [], [], []

    def visible(self, row, tick):
        due = self.table.label_time[row]
        if due is None or row < self.warm:
            return due is not None
        return self.tick_of[row] < tick and due <= self.starts[tick]

    def arrive(self, tick):
        self.tick, self.now = tick, self.starts[tick]
        self.known = [row for row in range(self.n) if self.visible(row, tick)]
        self.arrived = [row for row in self.known if tick == 0 or not self.visible(row, tick - 1)]
        self.arrived.sort(key=lambda row: (self.table.label_time[row], row))
        self.known_at += [len(self.known)]
        self.there = [row for row in self.known if self.available(row)]

    def features(self, row):
        return dict(zip(self.table.schema.features, self.table.X[row].tolist(), strict=True))

    def learn(self, estimator, rows):
        for row in rows:
            label = self.label(row).item()
            label = bool(label) if len(self.table.classes) == 2 else label
            estimator.learn_one(self.features(row), label)

    def predict(self, model, row):
        if self.river:
            answer = model.estimator.predict_one(self.features(row))
            return self.table.classes[answer] if isinstance(answer, bool) else answer
        block = row // 64 * 64
        return model.estimator.predict(self.table.X[block : block + 64])[row - block]

    def train(self, rows, holdout, how, parent, tick, duration):
        estimator = deepcopy(parent.estimator if parent else self.learner)
        failed, X, y = False, self.table.X[rows], self.labels_of(rows)
        try:
            if self.river:
                self.learn(estimator, rows)
            elif how == "partial_fit" and self.table.classes:
                estimator.partial_fit(X, y, classes=self.table.classes)
            else:
                if how == "warm_start":
                    estimator.set_params(warm_start=True)
                (estimator.partial_fit if how == "partial_fit" else estimator.fit)(X, y)
        except Exception:
            failed = True
        self.models += 1
        return SimpleNamespace(
            number=self.models - 1, estimator=estimator, failed=failed, trained=tick,
            done=duration if tick < 0 else self.starts[tick] + duration, holdout=holdout,
            missed=self.lessons(self.there) - self.lessons(rows),
            lineage=self.lessons(rows) | (parent.lineage if parent else set()),
        )  # fmt: skip

    def take_effect(self):
        for model in [m for m in self.challengers if m.done <= self.now]:
            self.challengers.remove(model)
            if model.failed:
                self.events.append((self.tick, "train_failed", model.number))
            elif self.champion and self.champion.trained > model.trained:
                self.events.append((self.tick, "superseded", model.number))
            elif self.passes(model):
                self.champion, self.memory = model, {}
                self.events.append((self.tick, "deploy", model.number))

    def decide(self):
        training = self.strategy.training
        busy = self.challengers and not self.strategy.overlap
        if not self.fires(self.strategy.trigger) or busy:
            return
        parent, how, dataset = None, "fit", self.strategy.dataset
        if type(training).__name__ == "Stateful":
            if training.full_every and (len(self.trained_at) + 1) % training.full_every == 0:
                dataset = training.full_dataset
            else:
                parent, how = self.champion, training.how
        holdout = self.holdout()
        rows = [row for row in self.rows(dataset) if row not in holdout]
        self.events.append((self.tick, "trigger", bool(rows)))
        if rows:
            self.trained_at.append(self.tick)
            model = self.train(rows, holdout, how, parent, self.tick, length(training.duration))
            of = parent.number if parent else None
            what = (model.number, of, len(rows), len(holdout), length(training.duration), how)
            self.events.append((self.tick, "train", *what))
            self.challengers.append(model)
            self.take_effect()

    def serve(self):
        rows = [row for row in range(self.warm, self.n) if self.tick_of[row] == self.tick]
        for row in rows:
            self.answer[row] = self.predict(self.champion, row) if self.champion else None
            self.server[row] = self.champion and self.champion.number
        total = 0.0
        for row in rows:  # sum() would round otherwise
            total += self.error(row, self.answer[row], self.table.y[row]) or 0.0
        answered = sum(self.answer[row] is not None for row in rows)
        observed, number = len(self.losses("all")), self.champion and self.champion.number
        self.ticks.append((self.now, len(rows), answered, total, observed, number))

    def run(self):
        self.arrive(0)
        never = type(self.strategy.trigger).__name__ == "Never"
        rows = self.there if never else self.rows(self.strategy.dataset)
        if rows or self.row_by_row:
            self.champion = self.train(rows, [], self.strategy.training.initial, None, -1, 0)
            if self.champion.failed:
                raise ValueError("warmup")
            self.events.append((-1, "initial", self.champion.number, len(rows)))
        self.known_at = []
        for tick in range(len(self.starts)):
            self.arrive(tick)
            if self.row_by_row:
                for model in [m for m in [self.champion, *self.challengers] if m]:
                    if tick > max(model.trained, 0):
                        seen = model.lineage | model.missed
                        new = [row for row in self.there if self.lessons([row]) - seen]
                        new.sort(key=lambda row: (self.came(row), row))
                        self.learn(model.estimator, new)
                        model.lineage |= self.lessons(new)
            self.take_effect()
            self.decide()
            self.serve()
        return self
