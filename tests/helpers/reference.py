"""A slow and obvious replay, to check the fast one against: one strategy, one row at a time,
nothing shared, lazy or vectorised. Models predict blocks of 64 rows; one answer is taken."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np

from helpers.reference_adaptation import Adaptations
from helpers.reference_answers import Answers
from helpers.reference_beside import Beside
from helpers.reference_datasets import Datasets
from helpers.reference_expectations import Expectations
from helpers.reference_guards import Guards
from helpers.reference_history import History
from helpers.reference_lineage import Lineage
from helpers.reference_parts import Parts
from helpers.reference_review import Reviews
from helpers.reference_routes import Routes
from helpers.reference_sets import Sets
from helpers.reference_splits import Splits
from helpers.reference_training import Trainings
from helpers.reference_world import length


class Reference(
    Adaptations,
    Answers,
    Beside,
    Datasets,
    Expectations,
    Guards,
    History,
    Lineage,
    Parts,
    Reviews,
    Routes,
    Sets,
    Splits,
    Trainings,
):
    def __init__(self, strategy, table, learner, *, tick, warmup, loss=None, unanswered="skip",
                 warmup_labels="history", abstention=None, sound=None, fault=None):  # fmt: skip
        self.strategy_tick, self.abstention, self.pulls = tick, abstention, {}
        self.open_beside(sound, fault)
        self.as_recorded = warmup_labels == "as_recorded"
        self.strategy, self.table, self.learner = strategy, table, learner
        strategy = self.open_history()
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
        self.champion, self.models, self.memory, self.service, self.since = None, 0, {}, 0, 0
        self.challengers, self.trials, self.trained_at, self.known_at = [], [], [], []
        self.signals, self.alarms, self.asked, self.measured = [], set(), [], {}
        self.age, self.reviews, self.looks, self.by, self.gated = {}, {}, [], {}, {}
        self.retired, self.wins, self.figures, self.policies = [], 0, [], {}
        self.change_points, self.veto = {}, False
        self.open()
        self.open_routes()

    # one tick ----------------------------------------------------------------------------------

    def monitor(self):
        number = self.champion.number if self.champion else -1
        for name, monitor in self.monitors.items():
            self.measured[name] = self.measure(monitor)
            self.signals += [(self.tick, name, of, number, v)
                             for of, v in self.measured[name].items()]  # fmt: skip

    def decide(self):
        overlap = self.strategy.overlap
        busy = (self.challengers and "training" not in overlap) or (
            self.trials and "trial" not in overlap
        )
        before = len(self.events)
        acts = self.fires(self.strategy.trigger)
        rank = {None: 0, True: 1, False: 2}  # alarms in the order in which they are recorded
        self.events[before:] = sorted(self.events[before:], key=lambda e: rank[(*e, None)[2]])
        if not acts or busy:
            return
        again = self.used_again()
        if again:
            return self.use_again(again)
        recipe, self.veto = self.recipe(), False
        holdout = self.holdout()
        apart = {*holdout, *self.reserved()}
        rows, lessons = [row for row in self.rows(recipe.dataset) if row not in apart], None
        if recipe.teach:
            lessons = self.taught(recipe, rows, apart)
            given = dict.fromkeys(lessons, (1.0, 1))
        else:
            given = self.sampled(recipe.dataset, rows)
        if recipe.batch:
            whole = len(given) // recipe.batch * recipe.batch
            given = dict(list(given.items())[:whole])
        size = sum(times for _, times in given.values())
        size = sum(map(len, lessons.values())) if lessons is not None else size
        duration = recipe.duration - (-recipe.per_thousand * size // 1000)
        rows = {row: what for row, what in given.items() if row not in self.distrusted}
        acts = bool(rows) and not self.veto
        self.events.append((self.tick, "trigger", acts))
        if acts:
            self.trained_at.append(self.tick)
            if lessons is not None:
                lessons = {row: lessons[row] for row in rows}
            model = self.train(rows, recipe.dataset, holdout, recipe, self.tick, duration, lessons)
            of = recipe.parent.number if recipe.parent else None
            size = sum(times for _, times in rows.values())
            size = sum(map(len, lessons.values())) if lessons is not None else size
            what = (model.number, of, size, len(holdout), duration, recipe.how)
            self.events.append((self.tick, "train", *what))
            self.challengers.append(model)
            self.take_effect()

    def serve(self):
        rows = [row for row in range(self.warm, self.n) if self.tick_of[row] == self.tick]
        for row in rows:
            self.by[row] = by = self.answers(row) if self.champion else None
            if row < self.down_until:
                self.by[row] = by = self.champion
            there = by and row >= self.down_until
            self.answer[row] = self.explored(row, self.predict(by, row)) if there else None
            self.server[row] = self.service if by is self.champion else -1
            self.age[row] = self.tick - max(by.trained, 0) if by else None
        self.keep(rows)
        answered, total = self.counted(rows, self.answer)
        observed, number = len(self.losses("all")), self.champion and self.champion.number
        logged = sum(self.logged[row] for row in rows)
        self.ticks.append((self.now, len(rows), answered, total, observed, number, logged))
        for trial in [trial for trial in self.trials if trial.shadow and not trial.waits]:
            beside = [row for row in rows if self.by[row] is not trial.model]
            asked = {row: self.predict(trial.model, row) for row in beside}
            self.note_served("shadow", trial.model, beside, asked)
        for model in {self.by[row].number: self.by[row] for row in rows if self.by[row]}.values():
            role = "holdback" if model is self.held else "challenger"
            role = "champion" if model is self.champion else role
            self.note_served(role, model, [r for r in rows if self.by[r] is model], self.answer)

    def note_served(self, role, model, rows, answers):
        if rows:
            what = (model.number, len(rows), *self.counted(rows, answers))
            self.asked.append((self.tick, role, *what))

    def counted(self, rows, answers):
        """How many are answered, and the sum of the losses."""
        total = 0.0
        for row in rows:  # sum() would round otherwise
            total += self.error(row, answers[row], self.table.y[row]) or 0.0
        return sum(answers[row] is not None for row in rows), total

    def run(self):
        self.arrive(0)
        if self.strategy.source != "learner":
            self.constant = self.best_constant() if self.strategy.source == "rule" else None
            known = self.strategy.source == "production" or self.strategy.rule == "last"
            if known or self.constant is not None:
                self.install(SimpleNamespace(
                    number=0, rows=[], newer=-1, trained=-1, replaced=None, withdrawn=False
                ))  # fmt: skip
            return self.go()
        trigger = self.strategy.trigger
        never = type(trigger).__name__ == "Never" or getattr(trigger, "when", None) == []
        dataset = self.strategy.dataset
        self.fix()
        apart = {*self.reserved()}
        rows = [row for row in (self.there if never else self.rows(dataset)) if row not in apart]
        rows = self.sampled(dataset, rows)
        if rows or self.row_by_row:
            recipe = SimpleNamespace(
                how=self.strategy.training.initial, parent=None, base=None, learner=self.learner,
                frozen=(), batch=None,
            )  # fmt: skip
            first = self.train(rows, dataset, [], recipe, -1, 0)
            if first.failed:
                raise ValueError("warmup")
            given = sum(times for _, times in rows.values())
            self.events.append((-1, "initial", first.number, given))
            self.install(first)
        return self.go()

    def go(self):
        for tick in range(len(self.starts)):
            self.arrive(tick)
            self.known_at += [len(self.known)]
            if self.row_by_row:
                for model in [m for m in [self.champion, *self.challengers] if m]:
                    learns = self.now < until_of(self.strategy.training.until)
                    if tick > max(model.trained, 0) and learns:
                        seen = model.lineage | model.missed
                        new = [row for row in self.there if self.lessons([row]) - seen]
                        new.sort(key=lambda row: (self.came(row), row))
                        self.learn(model.estimator, new)
                        model.lineage |= self.lessons(new)
            self.turn()
            self.take_effect()
            self.monitor()
            self.watch()
            self.release()
            self.try_out()
            self.buy()
            self.adapt()
            self.call()
            self.decide()
            self.serve()
        return self


def until_of(until):
    """A date in microseconds, or a row; without one, never."""
    if until is None or isinstance(until, int):
        return math.inf if until is None else until
    return int(np.datetime64(until, "us").astype(int))
