"""A slow and obvious replay, to check the fast one against.

One strategy, one row at a time; nothing is shared, lazy or vectorised. It follows "One tick" of the
design. Of a strategy's parts it reads the parameters and runs no code. Lengths of time are written
in microseconds (``'15us'``); a model predicts blocks of 64 rows, of which one answer is taken.
"""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

import numpy as np
from sklearn.base import clone


def length(value):
    return value if isinstance(value, int) else int(value.removesuffix("us"))


class Reference:
    def __init__(self, strategy, table, learner, *, tick, warmup, loss=None, unanswered="skip"):
        self.strategy, self.table, self.learner = strategy, table, learner
        self.loss, self.unanswered, self.tick_length = loss, unanswered, length(tick)
        self.river = hasattr(learner, "learn_one")
        self.online = type(strategy.training).__name__ == "Online"
        time, self.n = table.time, len(table.y)
        origin = time[warmup] if isinstance(warmup, int) else time[0] + length(warmup)
        self.warm = warmup if isinstance(warmup, int) else sum(t < origin for t in time)
        served = range(self.warm, self.n)
        if isinstance(tick, int):
            self.tick_of = {row: (row - self.warm) // tick for row in served}
            self.starts = [time[row] for row in served if (row - self.warm) % tick == 0]
        else:
            self.tick_of = {row: (time[row] - origin) // length(tick) for row in served}
            last = self.tick_of[self.n - 1]
            self.starts = [origin + i * length(tick) for i in range(last + 1)]
        self.events, self.ticks, self.answer, self.server = [], [], {}, {}
        self.champion, self.challengers, self.models = None, [], 0
        self.trained_at, self.known_at, self.memory = [], [], {}

    # what is visible ----------------------------------------------------------------------

    def visible(self, row, tick):
        due = self.table.label_time[row]
        if due is None or row < self.warm:
            return due is not None
        return self.tick_of[row] < tick and due <= self.starts[tick]

    def arrive(self, tick):
        self.tick, self.now = tick, self.starts[tick]
        self.known = [row for row in range(self.n) if self.visible(row, tick)]
        self.arrived = [row for row in self.known if tick == 0 or not self.visible(row, tick - 1)]
        self.known_at.append(len(self.known))

    def unseen(self):
        lineage = self.champion.lineage if self.champion else set()
        return [row for row in self.known if row not in lineage]

    def lasting(self, rows, span):
        return [row for row in rows if self.table.time[row] >= self.now - length(span)]

    def error(self, row, answer):
        if answer is None:
            return 1.0 if self.unanswered == "wrong" else None
        if self.table.classes:
            return float(answer != self.table.y[row])
        gap = answer - self.table.y[row]
        return gap**2 if self.loss == "squared" else abs(gap)

    def losses(self, of):
        rows = [r for r in self.arrived if r >= self.warm]
        present = self.champion.number if self.champion else None
        rows = [r for r in rows if of == "all" or self.server[r] == present]
        losses = [self.error(r, self.answer[r]) for r in rows]
        return [float(loss) for loss in losses if loss is not None]

    def score(self, losses, mean=None):
        mean = sum(losses) / len(losses) if mean is None else mean
        return 1 - mean if self.table.classes else -mean

    # what the parts mean ------------------------------------------------------------------

    def in_ticks(self, value):
        return value if isinstance(value, int) else length(value) // self.tick_length

    def fires(self, trigger):
        memory = self.memory.setdefault(id(trigger), {})  # emptied at deployments
        tick, spent = self.tick, self.trained_at
        match type(trigger).__name__:
            case "Never":
                return False
            case "Periodic":
                every, phase = self.in_ticks(trigger.every), self.in_ticks(trigger.phase)
                return tick >= 1 and tick % every == phase
            case "Volume":
                before = self.known_at[spent[-1] if spent else 0]
                new = len(self.known) - before
                enough = before * trigger.growth / 100 if trigger.growth else trigger.rows
                return new > 0 and new >= enough
            case "Performance":
                new, all_losses = self.losses(trigger.of), memory.setdefault("losses", [])
                all_losses += new
                first, recent = all_losses[: trigger.window], all_losses[-trigger.window :]
                if not new or len(recent) < trigger.min_labels:
                    return False
                if trigger.below is not None:
                    return self.score(recent) < trigger.below
                full = len(first) == trigger.window
                return full and self.score(recent) < self.score(first) - trigger.drop
            case "Drift":
                detector = memory.setdefault("detector", deepcopy(trigger.detector))
                alarms = []
                for loss in self.losses(trigger.of):
                    detector.update(loss)
                    alarms.append(detector.drift_detected)
                self.events += [(tick, "alarm")] if any(alarms) else []
                return any(alarms)
            case "AnyOf" | "AllOf" as name:
                fired = [self.fires(part) for part in trigger.triggers]
                return any(fired) if name == "AnyOf" else all(fired)
            case "Cooldown":
                fired = self.fires(trigger.triggers[0])
                return fired and not (spent and tick - spent[-1] < self.in_ticks(trigger.wait))
            case "Budget":
                fired = self.fires(trigger.triggers[0])
                period = tick + 1 if trigger.per is None else self.in_ticks(trigger.per)
                return fired and sum(t > tick - period for t in spent) < trigger.trainings
        raise NotImplementedError(trigger)

    def rows(self, dataset):
        match type(dataset).__name__:
            case "All":
                return self.known
            case "NewSinceLast":
                return self.unseen()
            case "SlidingWindow" if isinstance(dataset.window, int):
                return self.known[-dataset.window :]
            case "SlidingWindow":
                return self.lasting(self.known, dataset.window)
        raise NotImplementedError(dataset)

    def holdout(self):
        gate = self.strategy.offline
        if type(gate).__name__ == "NoTest":
            return []
        rows = self.unseen()
        return rows[-gate.size :] if isinstance(gate.size, int) else self.lasting(rows, gate.size)

    # models -------------------------------------------------------------------------------

    def features(self, row):
        return dict(zip(self.table.schema.features, self.table.X[row].tolist(), strict=True))

    def learn(self, estimator, rows):
        for row in rows:
            label = self.table.y[row].item()
            label = bool(label) if len(self.table.classes) == 2 else label
            estimator.learn_one(self.features(row), label)

    def predict(self, model, row):
        if self.river:
            answer = model.estimator.predict_one(self.features(row))
            return self.table.classes[answer] if isinstance(answer, bool) else answer
        block = row // 64 * 64
        return model.estimator.predict(self.table.X[block : block + 64])[row - block]

    def train(self, rows, holdout, how, parent, tick, duration):
        estimator = deepcopy(parent.estimator) if parent else deepcopy(self.learner)
        if not (parent or self.river):
            estimator = clone(self.learner)
        failed, X, y = False, self.table.X[rows], self.table.y[rows]
        try:
            if self.river:
                self.learn(estimator, rows)
            elif how == "partial_fit":
                classes = {"classes": self.table.classes} if self.table.classes else {}
                estimator.partial_fit(X, y, **classes)
            else:
                if how == "warm_start":
                    estimator.set_params(warm_start=True)
                estimator.fit(X, y)
        except Exception:
            failed = True
        self.models += 1
        return SimpleNamespace(
            number=self.models - 1, estimator=estimator, failed=failed, trained=tick,
            done=duration if tick < 0 else self.starts[tick] + duration, holdout=holdout,
            lineage=set(rows) | (parent.lineage if parent else set()),
        )  # fmt: skip

    # one tick -----------------------------------------------------------------------------

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

    def passes(self, model):
        gate = self.strategy.offline
        if type(gate).__name__ == "NoTest":
            return True
        accepted = self.champion is None
        if not accepted:
            pairs = [[self.predict(m, r) for m in (model, self.champion)] for r in model.holdout]
            pairs = [(*p, r) for p, r in zip(pairs, model.holdout, strict=True) if None not in p]
            if len(pairs) >= gate.min_rows:
                new = self.score(None, np.mean([self.error(r, p) for p, _, r in pairs]))
                old = self.score(None, np.mean([self.error(r, p) for _, p, r in pairs]))
                accepted = new > old + gate.margin
        parent = self.champion.number if self.champion else None
        rows = len(model.holdout)
        self.events.append((self.tick, "offline_test", model.number, parent, rows, accepted))
        return accepted

    def decide(self):
        training = self.strategy.training
        if not self.fires(self.strategy.trigger) or (self.challengers and not self.strategy.overlap):
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
            self.server[row] = self.champion.number if self.champion else None
        losses = [self.error(row, self.answer[row]) for row in rows]
        total = 0.0
        for loss in losses:
            total += loss or 0.0
        observed = len(self.losses("all"))
        answered = sum(self.answer[row] is not None for row in rows)
        number = self.champion.number if self.champion else None
        self.ticks.append((self.now, len(rows), answered, total, observed, number))

    def run(self):
        self.arrive(0)
        rows = self.rows(self.strategy.dataset)
        if rows or self.online:
            self.champion = self.train(rows, [], self.strategy.training.initial, None, -1, 0)
            if self.champion.failed:
                raise ValueError("warmup")
            self.events.append((-1, "initial", self.champion.number, len(rows)))
        self.known_at = []
        for tick in range(len(self.starts)):
            self.arrive(tick)
            if self.online:
                for model in [m for m in [self.champion, *self.challengers] if m]:
                    if tick > max(model.trained, 0):
                        self.learn(model.estimator, self.arrived)
            self.take_effect()
            self.decide()
            self.serve()
        return self
