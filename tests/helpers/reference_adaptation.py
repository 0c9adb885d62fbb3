"""What of a model's chances becomes the answer, for the reference, one row at a time."""

from contextlib import contextmanager

import numpy as np

from helpers.reference_learned import LEFT, NOTHING, Learned, stepped


class Adaptations(Learned):
    """Which policy is in force for each model, and when it is learned anew."""

    @property
    def adaptations(self):
        it = self.strategy.adaptation
        if type(it).__name__ == "NoAdaptation":
            return []
        return it.adaptations if type(it).__name__ == "InTurn" else [it]

    def in_force(self, model):
        return self.policies.get(model.number, NOTHING)

    def stepped(self, model, row, steps):
        """The chances of a row after some steps; None where there are none."""
        chances = self.likely(model.estimator, row)
        if chances is None or not all(chance >= 0 for chance in chances):
            return None
        for kind, numbers in steps:
            chances = stepped(kind, numbers, chances)
        return chances

    def adapted(self, model, row, policy=None):
        """The answer to a row by a policy, or by the one in force."""
        steps, cut, _, leaves = policy or self.in_force(model)
        chances = self.stepped(model, row, steps)
        if chances is None:
            return None
        answer = self.by_chances(chances, cut, row)
        if not leaves:
            return answer
        lost = 0.0
        for chance, truth in zip(chances, self.table.classes, strict=True):
            lost += chance * self.error(row, answer, truth)
        return LEFT if lost - self.abstention > 1e-12 * max(lost, self.abstention) else answer

    def by_chances(self, chances, cut, row):
        if cut is not None:
            return self.table.classes[int(chances[1] >= cut)]
        if self.strategy.threshold is not None:
            return self.decided(chances, row)
        return self.table.classes[int(np.argmax(chances))]

    def learn_policy(self, model, without):
        """What would be in force for a model; None where there are too few rows for all."""
        policy, some = NOTHING, False
        for one in self.adaptations:
            found = self.learned_by(one, model, policy, without)
            policy, some = found or policy, some or found is not None
        return policy if some else None

    def put(self, model, policy):
        if policy != self.in_force(model):
            self.policies[model.number] = policy
            self.events.append((self.tick, "adapt", model.number))

    def is_due(self, it):
        if type(it).__name__ in ("Abstention", "BanditOver"):
            return type(it).__name__ == "BanditOver"
        return self.tick >= 1 and self.tick % it.every == 0

    def adapt(self):
        """The champion's, where it is due and no trial is on."""
        due = any(self.is_due(one) for one in self.adaptations)
        if due and self.champion and not self.trials:
            found = self.learn_policy(self.champion, ())
            if found:
                self.put(self.champion, found)

    def ready(self, model):
        found = self.learn_policy(model, ()) if self.adaptations else None
        if found:
            self.put(model, found)

    def begins(self, model):
        """A model begins to serve."""
        if self.adaptations and self.strategy.adaptation.survives and self.champion:
            self.put(model, self.in_force(self.champion))
        else:
            self.ready(model)

    @contextmanager
    def judged_apart(self, model, rows):
        """Both models as if nothing were known of the rows of a test."""
        before = dict(self.policies)
        for each in [model, self.champion] if self.adaptations else []:
            if each:
                self.policies[each.number] = self.learn_policy(each, set(rows)) or NOTHING
        yield
        self.policies = before
