"""What the parts of a strategy mean, for the reference: their parameters are read, none of their
code is run. Lengths of time are written in microseconds (``'15us'``)."""

from __future__ import annotations

from copy import deepcopy

import numpy as np


def length(value):
    return value if isinstance(value, int) else int(value.removesuffix("us"))


class Parts:
    """Triggers, datasets and the gate, as seen at ``self.tick``."""

    def available(self, row):
        """Whether a row with a known label can be trained on."""
        if self.table.available is None:
            return True
        when = self.table.available[row]
        return when is not None and (row < self.warm or when <= self.now)

    def label(self, row):
        """The label of a row as it is told by now."""
        told, revised = self.table.told, self.table.revised
        if told is None or (revised[row] is not None and revised[row] <= self.now):
            return self.table.y[row]
        return told[row]

    def came(self, row):
        """When what is known of a row by now could be learned."""
        told, revised = self.table.told, self.table.revised
        wrong = told is not None and told[row] != self.table.y[row] and revised[row] is not None
        if wrong and self.table.label_time[row] < revised[row] <= self.now:
            return revised[row]
        loaded = None if self.table.available is None else self.table.available[row]
        return max(self.table.label_time[row], loaded or 0)

    def labels_of(self, rows):
        return np.array([self.label(row) for row in rows])

    def lessons(self, rows):
        return {(row, self.label(row).item()) for row in rows}

    def unseen(self):
        lineage = self.champion.lineage if self.champion else set()
        return [row for row in self.there if self.lessons([row]) - lineage]

    def lasting(self, rows, span):
        return [row for row in rows if self.table.time[row] >= self.now - length(span)]

    def error(self, row, answer, truth=None):
        truth = self.label(row) if truth is None else truth
        if answer is None:
            return 1.0 if self.unanswered == "wrong" else None
        if self.table.classes:
            return float(answer != truth)
        gap = answer - truth
        return gap * gap if self.loss == "squared" else abs(gap)

    def losses(self, of):
        rows = [r for r in self.arrived if r >= self.warm]
        present = self.champion.number if self.champion else None
        rows = [r for r in rows if of == "all" or self.server[r] == present]
        losses = [self.error(r, self.answer[r]) for r in rows]
        return [float(loss) for loss in losses if loss is not None]

    def score(self, losses, mean=None):
        mean = sum(losses) / len(losses) if mean is None else mean
        return 1 - mean if self.table.classes else -mean

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
                if trigger.rows is not None:
                    return new >= trigger.rows
                return new > 0 and new * 100 >= before * trigger.growth
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
                return self.there
            case "NewSinceLast":
                return self.unseen()
            case "SlidingWindow" if isinstance(dataset.window, int):
                return self.there[-dataset.window :]
            case "SlidingWindow":
                return self.lasting(self.there, dataset.window)
        raise NotImplementedError(dataset)

    def holdout(self):
        gate = self.strategy.offline
        if type(gate).__name__ == "NoTest":
            return []
        rows = self.unseen()
        return rows[-gate.size :] if isinstance(gate.size, int) else self.lasting(rows, gate.size)

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
