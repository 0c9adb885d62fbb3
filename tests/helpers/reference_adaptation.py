"""What the reference learns between a model's chances and its answers, one row at a time."""

import itertools
from contextlib import contextmanager

import numpy as np
from scipy.stats import chi2

NOTHING = ((), None, None)
"""No step, no cut, and shares of classes as in training."""


class Adaptations:
    """Policies: steps (each the factors of classes), a cut, and shares that chances are about."""

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
        for factors in steps:
            raised = [chance * factor for chance, factor in zip(chances, factors, strict=True)]
            total = sum(raised)
            chances = [one / total if total else 1 / len(raised) for one in raised]
        return chances

    def adapted(self, model, row, policy=None):
        """The answer to a row by a policy, or by the one in force."""
        steps, cut, _ = policy or self.in_force(model)
        chances = self.stepped(model, row, steps)
        if chances is None:
            return None
        if cut is not None:
            return self.table.classes[int(chances[1] >= cut)]
        if self.strategy.threshold is not None:
            return self.decided(chances, row)
        return self.table.classes[int(np.argmax(chances))]

    def learn_policy(self, model, without):
        """What would be in force for a model; None where there are too few rows for all."""
        policy, some = NOTHING, False
        for one in self.adaptations:
            way = self.cut_for if type(one).__name__ == "BestCut" else self.shares_for
            found = way(one, model, policy, without)
            policy, some = found or policy, some or found is not None
        return policy if some else None

    def cut_for(self, it, model, policy, without):
        rows = [row for row in self.known if self.kept(row, self.now)][-it.window :]
        rows = [row for row in rows if self.lessons([row]) - model.lineage and row not in without]
        said = {row: self.stepped(model, row, policy[0]) for row in rows}
        said = {row: chances[1] for row, chances in said.items() if chances is not None}
        if len(said) < it.min_rows:
            return None
        values = sorted(set(said.values()))
        edges = [(0.0, values[0]), *itertools.pairwise(values), (values[-1], 1.0)]
        losses, cuts = [], []
        for low, high in edges:
            cut = (low + high) / 2
            if low < cut <= high:
                answers = {r: self.table.classes[int(c >= cut)] for r, c in said.items()}
                losses.append(sum(self.error(row, answer) for row, answer in answers.items()))
                cuts.append(cut)
        equal = [c for c, loss in zip(cuts, losses, strict=True) if loss <= min(losses) + 1e-9]
        return policy[0], min(equal, key=lambda cut: abs(cut - 0.5)), policy[2]

    def shares_for(self, it, model, policy, without):
        rows = [row for row in self.seen if row < self.first_row(self.tick)][-it.window :]
        known = set(self.known)
        rows = [r for r in rows if r not in known or self.lessons([r]) - model.lineage]
        said = [self.stepped(model, row, policy[0]) for row in rows]
        said = [chances for chances in said if chances is not None]
        if len(said) < it.min_rows:
            return None
        old = policy[2] or model.shares
        there = [k for k, share in enumerate(old) if share > 0]
        new = [old[k] for k in there]
        likelihoods = [[chances[k] / old[k] for k in there] for chances in said]
        likelihoods = [each for each in likelihoods if any(each)]
        for _ in range(1000):
            then, sums = new, [0.0] * len(there)
            for each in likelihoods:
                joint = [a * b for a, b in zip(each, then, strict=True)]
                sums = [s + j / sum(joint) for s, j in zip(sums, joint, strict=True)]
            new = [one / len(likelihoods) for one in sums]
            if max(abs(a - b) for a, b in zip(new, then, strict=True)) <= 1e-5:
                break
        factors = [0.0] * len(old)
        for k, share in zip(there, new, strict=True):
            factors[k] = share / old[k]
        with np.errstate(divide="ignore"):
            gain = 2 * sum(np.log(np.dot(chances, factors)) for chances in said)
        if chi2.sf(max(gain, 0.0), len(there) - 1) > it.alpha:
            return policy
        shares = [0.0] * len(old)
        for k, share in zip(there, new, strict=True):
            shares[k] = share
        return (*policy[0], factors), policy[1], shares

    def put(self, model, policy):
        if policy != self.in_force(model):
            self.policies[model.number] = policy
            self.events.append((self.tick, "adapt", model.number))

    def adapt(self):
        """The champion's, where it is due and no trial is on."""
        due = any(self.tick >= 1 and self.tick % one.every == 0 for one in self.adaptations)
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
