"""Who answers which event, for the reference: the events are drawn into a thousand cells, and each
cell belongs to one model."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from clsim.randomness import chance, uniform, uniform_by
from helpers.reference_world import length, more

CELLS = 1000


class Routes:
    """Trials, and what they are given of the events, as seen at ``self.tick``."""

    def open_routes(self):
        self.cells, self.shared_since = [None] * CELLS, 0
        self.held, self.held_until, self.routed = None, None, False
        self.down_until = 0

    @property
    def online(self):
        """The test itself, and how much is held back for how long after it."""
        test = self.strategy.online
        if type(test).__name__ == "Holdback":
            return test.test, round(test.share * CELLS), length(test.length)
        return test, 0, 0

    @property
    def is_shared(self):
        return any(owner is not self.champion for owner in self.cells)

    def all_to(self, model, hold=False):
        """Let a new champion answer everything, but for what is held back for the one before."""
        _, cells, span = self.online
        shared, old = self.is_shared, self.champion
        self.held = old if hold and cells and old else None
        if self.held:
            self.shared_since = self.shared_since if shared else self.tick
            self.held_until = self.now + span
        self.cells = [old if self.held and at < cells else model for at in range(CELLS)]
        self.routed = self.routed or bool(self.held)

    def release(self):
        if self.held and self.now >= self.held_until:
            self.cells = [self.champion if own is self.held else own for own in self.cells]
            self.held = None

    def fits(self, model, share):
        _, kept, _ = self.online
        if self.frozen() and round(share * CELLS) > self.cells.count(model):
            return False
        free = sum(self.cells[at] is self.champion for at in range(kept, CELLS))
        return round(share * CELLS) - self.cells.count(model) <= free

    def give(self, model, share):
        """Let a model have a share: it takes the lowest cells, and gives back the highest."""
        _, kept, _ = self.online
        more = round(share * CELLS) - self.cells.count(model)
        if more and not self.is_shared:
            self.shared_since = self.tick
        self.routed = self.routed or bool(more)
        for at in range(kept, CELLS) if more > 0 else reversed(range(CELLS)):
            if more > 0 and self.cells[at] is self.champion:
                self.cells[at], more = model, more - 1
            elif more < 0 and self.cells[at] is model:
                self.cells[at], more = self.champion, more + 1

    def answers(self, row):
        """The model that answers an event."""
        unit, role = self.online[0].unit, f"route {self.shared_since}"
        if not self.is_shared:
            return self.champion
        if unit is None:
            drawn = uniform(0, role, np.array([row]))[0]
        else:
            place = self.table.schema.features.index(unit)
            drawn = uniform_by(0, role, self.table.X[[row], place])[0]
        return self.cells[int(drawn * CELLS)]

    # deployments ---------------------------------------------------------------------------------

    def drawn_for(self, role, model):
        return chance(0, f"{role} {model.number}", self.tick)

    def breaks(self, model):
        """Whether a deployment fails."""
        deployment = self.strategy.deployment
        if type(deployment).__name__ == "Sure":
            return False
        return bool(self.drawn_for("deployment", model) < deployment.chance)

    def down_to(self, model):
        """The row before which nobody answers after a deployment."""
        deployment = self.strategy.deployment
        if type(deployment).__name__ == "Sure" or deployment.length is None:
            return 0
        if self.drawn_for("outage", model) >= deployment.down_chance:
            return 0
        end = self.now + length(deployment.length)
        return next((row for row in range(self.n) if self.table.time[row] >= end), self.n)

    # trials --------------------------------------------------------------------------------------

    def begin_trial(self, model):
        trial = SimpleNamespace(model=model, champion=self.champion, tick=self.tick)
        trial.since = self.tick
        trial.share, trial.shadow = self.first_ask(model)
        trial.waits = not self.fits(model, trial.share)
        if not trial.waits:
            self.give(model, trial.share)
        self.trials = sorted([*self.trials, trial], key=lambda each: each.model.number)
        self.note_trial(trial)
        return trial

    def note_trial(self, trial):
        what = (trial.model.number, trial.champion.number, None, 0)
        self.events.append((self.tick, "online_test", *what))

    def first_ask(self, model):
        """The share that a trial begins with, and whether it is a shadow."""
        test, *_ = self.online
        match type(test).__name__:
            case "Shadow":
                return 0.0, True
            case "Split":
                return test.shares[0], test.shadow
            case "Canary":
                return test.steps[0], False
            case "ABTest" | "Interleaving" as name:
                return test.share, name == "Interleaving"
            case "Bandit":
                return self.dealt(model, self.tick), False
        raise NotImplementedError(test)

    def try_out(self):
        asked = []
        for trial in list(self.trials):
            if trial.champion is not self.champion:
                self.end(trial)
                if not self.online[0].afresh:
                    self.events.append((self.tick, "superseded", trial.model.number))
                    continue
                trial = self.begin_trial(trial.model)
            if trial.waits:
                if self.fits(trial.model, self.first_ask(trial.model)[0]):
                    self.trials.remove(trial)
                    self.begin_trial(trial.model)
                continue
            found = self.found(trial)
            if isinstance(found, float):
                asked.append((trial, found))
            elif found is not None and not (found[1] and self.frozen()):
                self.end(trial)
                what = (trial.model.number, trial.champion.number, found[1], found[0])
                self.events.append((self.tick, "online_test", *what))
                if found[1]:
                    self.promote(trial.model)
        for trial, share in sorted(asked, key=lambda each: each[1] > each[0].share):
            there = any(each is trial for each in self.trials)
            if there and share != trial.share and self.fits(trial.model, share):
                self.give(trial.model, share)
                trial.share, trial.since = share, self.tick
                self.note_trial(trial)

    def end(self, trial):
        self.give(trial.model, 0.0)
        self.trials.remove(trial)

    def found(self, trial):
        """Of a trial: another share, None to go on, or on how many labels it rests, and whether
        the challenger is better."""
        test, *_ = self.online
        match type(test).__name__:
            case "Shadow":
                return self.verdict(trial)
            case "Split":
                step = (self.tick - trial.tick) // test.every
                return float(test.shares[step]) if step < len(test.shares) else self.split(trial)
            case "ABTest" | "Canary" | "Interleaving":
                return self.judged(trial)
            case "Bandit":
                return self.bandit(trial)
        raise NotImplementedError(test)

    def split(self, trial):
        """Of those that shared the events: who lost less on what they answered themselves."""
        rows = [row for row in self.seen if row >= self.first_row(trial.tick) and row in self.known]
        rows = [row for row in rows if self.answer[row] is not None]
        new, old = ([row for row in rows if self.by[row] is model]
                    for model in (trial.model, trial.champion))  # fmt: skip
        if not new or not old:
            return len(rows), False
        return len(rows), more(self.served_score(new), self.served_score(old))
