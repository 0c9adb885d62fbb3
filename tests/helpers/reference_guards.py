"""Who is taken back, held up or used again, for the reference."""

from __future__ import annotations

import numpy as np
from scipy.stats import t

from helpers.reference_world import length, more, near


class Guards:
    """Guards and re-use, as seen at ``self.tick``."""

    @property
    def guards(self):
        guard = self.strategy.guard
        return guard.guards if type(guard).__name__ == "FirstOf" else [guard]

    @property
    def freezes(self):
        return [guard for guard in self.guards if type(guard).__name__ == "Freeze"]

    def frozen(self, freezes=None):
        """Whether nothing may be deployed now."""
        freezes = self.freezes if freezes is None else freezes
        given = [each for freeze in freezes for each in freeze.ticks]
        given = [each if isinstance(each, list) else [each, each] for each in given]
        return any(first <= self.tick <= last for first, last in given)

    # who has retired -----------------------------------------------------------------------------

    def retire(self, old, new):
        """A champion retires, another serves; those that are kept no more are forgotten."""
        self.retired = [model for model in self.retired if model is not new]
        self.retired += [old] if old else []
        kept = [*self.former(), *self.reusable()]
        self.retired = [m for m in self.retired if any(m is each for each in kept)]

    def former(self):
        """Those to which a guard may go back."""
        inner = [getattr(guard, "rollbacks_of", guard) for guard in self.guards]
        inner = [guard for guard in inner if guard and type(guard).__name__ != "NoGuard"]
        keeps = max([guard.to.keeps if guard.to else 1 for guard in inner], default=0)
        models = [model for model in self.retired if not model.withdrawn]
        return models[len(models) - min(keeps, len(models)) :]

    def reusable(self):
        """Those that may be used again."""
        keeps = min(getattr(self.strategy.reuse, "keeps", 0), len(self.retired))
        return self.retired[len(self.retired) - keeps :]

    def today(self, model, window, min_labels):
        """The scores of a model and of the champion on the newest labels that are new to both."""
        rows = [row for row in self.known if self.kept(row, self.now)][-window:]
        for each in (model, self.champion):
            rows = [row for row in rows if self.lessons([row]) - each.lineage]
        count, new, old = self.compare(model, self.champion, rows)
        return (new, old) if count >= min_labels else None

    def used_again(self):
        """The retired model that serves instead of a training."""
        reuse, best, lead = self.strategy.reuse, None, 0.0
        if type(reuse).__name__ == "NoReuse" or not self.champion or self.frozen():
            return None
        for model in reversed(self.reusable()):
            scores = self.today(model, reuse.window, reuse.min_labels)
            gain = scores[0] - scores[1] if scores else 0.0
            if more(gain, reuse.margin) and more(gain, lead):
                best, lead = model, gain
        return best

    def use_again(self, model):
        self.events.append((self.tick, "reuse", model.number))
        model.withdrawn, model.newer, model.replaced = False, self.tick, self.champion
        self.install(model)

    # who is held up ------------------------------------------------------------------------------

    def hold_up(self, model):
        """A model that has passed waits; of several, the newest does."""
        model.held_up = True
        self.challengers.append(model)
        waiting = [each for each in self.challengers if each.held_up]
        for other in sorted(waiting, key=lambda each: each.number)[:-1]:
            self.challengers.remove(other)
            self.events.append((self.tick, "superseded", other.number))

    # who is taken back ---------------------------------------------------------------------------

    def goes_back(self):
        """The model that serves again, and the guard that says so; all of them are asked."""
        if self.tick == self.since:
            return None
        found = [self.back_by(guard) for guard in self.guards]
        return next((each for each in found if each), None)

    def back_by(self, guard):
        kind = type(guard).__name__
        if kind == "Freeze":
            found = guard.rollbacks_of and self.back_by(guard.rollbacks_of)
            return None if self.frozen([guard]) else found
        if kind == "NoGuard":
            return None
        falls = {"RollBack": self.fell, "Floor": self.is_low, "OnAlarm": self.is_alarmed}
        late = guard.within is not None and self.tick - self.since > self.in_ticks(guard.within)
        if not falls[kind](guard) or late:
            return None
        if guard.to is None:
            return self.champion.replaced, guard
        for model in reversed(self.former()[-guard.to.keeps :]):
            scores, to = self.today(model, guard.to.window, guard.to.min_labels), guard.to
            high = scores and (to.floor is None or not more(to.floor, scores[0]))
            if high and (to.margin is None or more(scores[0] - scores[1], to.margin)):
                return model, guard
        return None

    def is_alarmed(self, guard):
        return self.fires(guard.trigger)

    def fell(self, guard):
        rows = [row for row in self.seen if row >= self.warm and row in self.known]
        after = [row for row in rows if row >= self.first_row(self.since)]
        before = [row for row in rows if row not in after][-guard.window :]
        after = [row for row in after if self.by[row] is self.champion]
        found = []
        for was, now in zip(self.parts(guard, before), self.parts(guard, after), strict=True):
            if min(len(was), len(now)) >= guard.min_labels:
                old, new = self.lost(was), self.lost(now)
                found.append((self.served_score(was), self.served_score(now), old, new))
        if guard.confidence is None:
            return any(None not in (w, n) and more(w - guard.margin, n) for w, n, *_ in found)
        ps = [above(np.mean(new or [0]) - np.mean(old or [0]) - guard.margin, old, new)
              for *_, old, new in found]  # fmt: skip
        return is_sure(ps, guard.confidence)

    def is_low(self, guard):
        rows = [row for row in self.seen if row >= self.first_row(self.since)]
        if guard.mature is not None:
            rows = [row for row in rows if self.table.time[row] <= self.now - length(guard.mature)]
        rows = [row for row in rows if row in self.known and self.by[row] is self.champion]
        some = self.parts(guard, rows[-guard.window :])
        some = [rows for rows in some if len(rows) >= guard.min_labels]
        if guard.confidence is None:
            scores = [self.served_score(rows) for rows in some]
            return any(score is not None and more(guard.floor, score) for score in scores)
        high = self.score(None, 0.0)
        ps = [above(np.mean(self.lost(rows) or [0]) - (high - guard.floor), self.lost(rows))
              for rows in some]  # fmt: skip
        return is_sure(ps, guard.confidence)

    def lost(self, rows):
        return [self.error(r, self.answer[r]) for r in rows if self.answer[r] is not None]

    def parts(self, guard, rows):
        """All rows, and those of each slice that the guard looks at."""
        group, found = self.table.group, [rows]
        for code, name in enumerate(self.table.schema.slices.get("group", ())):
            if {"group", name} & set(guard.slices.given):
                found.append([row for row in rows if group[row] == code])
        return found


def above(distance, *samples):
    """The chance to be as far above, by t with the variance of each sample; None: too few."""
    if min(len(sample) for sample in samples) < 2:
        return None
    parts = [np.var(sample, ddof=1) / len(sample) for sample in samples]
    if all(near(min(sample), max(sample)) for sample in samples):
        return 0.0 if more(distance, 0) else 1.0
    distance = 0.0 if near(distance) else distance
    sizes = [len(sample) for sample in samples]
    each = sum(part**2 / (size - 1) for part, size in zip(parts, sizes, strict=True))
    return t.sf(distance / np.sqrt(sum(parts)), sum(parts) ** 2 / each)


def is_sure(ps, confidence):
    """Whether the smallest of some p-values counts, by the number of them (Holm's first step)."""
    ps = [p for p in ps if p is not None]
    return bool(ps) and min(ps) * len(ps) <= 1 - confidence
