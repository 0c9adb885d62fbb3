"""Which labels a strategy buys, for the reference: row by row, by picks and budgets of its own."""

from __future__ import annotations

from math import floor, log

import numpy as np
from sklearn.base import clone

from clsim.randomness import uniform


class Curation:
    """Labels that are ordered at ``self.tick``."""

    def picked(self):
        """The rows whose labels are bought now, and whether they are for evaluation alone."""
        rule = self.strategy.curation
        if type(rule).__name__ == "Nothing":
            return []
        rows = [row for row in self.seen if row not in self.known and row not in self.orders]
        if rule.among is not None:
            rows = self.lasting(rows, rule.among)
        elif self.tick:
            rows = [row for row in rows if self.tick_of.get(row) == self.tick - 1]
        count = self.allowed(rule.budget)
        if count is None:
            asked = [row for row in rows if self.asks(rule.budget, row)]
            self.stands |= dict.fromkeys(asked, 1 / rule.budget.share)
            return [(asked, False)]
        count, evaluated = min(count, len(rows)), []
        if rule.evaluation and count:
            share = rule.evaluation * count
            some = floor(share + self.drawn(rows[0], " share") + 1e-9)
            evaluated = sorted(rows, key=lambda row: self.drawn(row, " evaluation"))[:some]
            self.stands |= dict.fromkeys(evaluated, 1 / (share / len(rows)))
            rows = [row for row in rows if row not in evaluated]
        return [(evaluated, True), (self.preferred(rule.pick, rows, count - len(evaluated)), False)]

    def preferred(self, pick, rows, count):
        """So many of some rows, and how many each stands for."""
        if count == len(rows):
            self.stands |= dict.fromkeys(rows, 1.0)
            return rows
        if count == 0:
            return []
        if type(pick).__name__ == "Stratified":
            return self.from_strata(pick, rows, count)
        refitted = type(pick).__name__ == "Refitted"
        doubt = self.foreseen(pick, rows) if refitted else {r: self.doubt(pick, r) for r in rows}
        found = sorted(rows, key=lambda row: (-doubt[row], self.drawn(row)))[:count]
        if type(pick).__name__ == "Random":
            self.stands |= dict.fromkeys(found, 1 / (count / len(rows)))
        return found

    def drawn(self, row, what=""):
        return uniform(0, f"strategy.curation {self.tick}{what}", np.array([row]))[0]

    def doubt(self, pick, row):
        """How much better it is to ask about a row than about others; 0 for all at random."""
        if type(pick).__name__ == "Random":
            return 0.0
        chances = self.champion and self.likely(self.champion.estimator, row)
        if chances is None or not all(chance >= 0 for chance in chances):
            return float("-inf")
        chances = sorted(chances)
        if pick.measure == "entropy":
            return -sum(chance * log(chance) for chance in chances if chance > 0)
        return 1 - (chances[-1] - (chances[-2] if pick.measure == "margin" else 0))

    def foreseen(self, pick, rows):
        """How unsure a classifier is of each row that knows all labels, and those on order."""
        counted, classes = pick._counted, list(self.table.classes)
        span = counted.since
        there = self.there if span is None else self.lasting(self.there, span)
        known = sorted(there)[-counted.recent :]
        if not known:
            return dict.fromkeys(rows, float("-inf"))
        ordered = [row for row in sorted(self.orders) if row not in self.known
                   and row not in self.set_aside and self.kept(row, self.now)]  # fmt: skip
        ordered = ordered if span is None else self.lasting(ordered, span)
        ordered = [] if pick.pending == "forget" else ordered[-counted.recent :]
        X = self.table.X[known + ordered + list(rows)]
        past = X[: len(known)]
        X = (X - [v.mean() for v in past.T]) / [v.std() or 1.0 for v in past.T]
        differs = [j for j in range(X.shape[1]) if (X[:, j] != X[0, j]).any()] or [0]
        learn, ask = X[: -len(rows), differs], X[-len(rows) :, differs]
        said, found = [classes.index(self.label(row)) for row in known], []
        past, sure = learn[: len(known)], [1.0] * len(said)
        chances = self.told(pick, past, said, sure, learn[len(known) :])
        if not ordered:
            found = [self.told(pick, past, said, sure, ask)]
        elif pick.pending == "fuzzy":
            again = np.repeat(np.arange(len(known), len(learn)), len(classes)).tolist()
            places = [*range(len(known)), *again]
            weights = [1.0] * len(known) + [chance for each in chances for chance in each]
            codes = said + list(range(len(classes))) * len(ordered)
            found = [self.told(pick, learn[places], codes, weights, ask)]
        else:
            for number in range(pick.draws):
                upto = [np.cumsum(each)[:-1] for each in chances]
                drawn = [self.drawn(row, f" label {number}") for row in ordered]
                codes = [int((u >= each).sum()) for u, each in zip(drawn, upto, strict=True)]
                weights = [1.0] * len(learn)
                found.append(self.told(pick, learn, said + codes, weights, ask))
        each = [[1 - (sorted(p)[-1] - sorted(p)[-2]) for p in one] for one in found]
        return {row: sum(one[i] for one in each) / len(each) for i, row in enumerate(rows)}

    def told(self, pick, X, codes, weights, asked):
        """Chances of a classifier that has learned some rows, of others."""
        there = [i for i, weight in enumerate(weights) if weight > 0]
        X, codes = X[there], [codes[i] for i in there]
        chances = np.zeros((len(asked), len(self.table.classes)))
        if len(set(codes)) == 1:
            chances[:, codes[0]] = 1.0
        elif len(asked):
            weights = None if pick.pending != "fuzzy" else [weights[i] for i in there]
            it = clone(pick.classifier).fit(X, codes, sample_weight=weights)
            chances[:, it.classes_] = it.predict_proba(asked)
        return chances.tolist()

    def allowed(self, budget):
        """How many labels may be bought now; None if every row is asked for itself."""
        if type(budget).__name__ != "Fixed":
            return None
        per = self.in_ticks(budget.per)
        return budget.given * (self.tick + 1) // per - budget.given * self.tick // per

    def asks(self, budget, row):
        """Whether a row is asked about, as it passes."""
        if type(budget).__name__ == "Chance":
            return self.drawn(row) < budget.share
        spent, bound = self.spent
        confidence, asked = 1 - self.doubt(self.strategy.curation.pick, row), False
        if confidence != float("inf") and spent / budget.window < budget.share:
            asked = confidence < bound
            bound *= 1 - budget.step if asked else 1 + budget.step
        self.spent = spent * (budget.window - 1) / budget.window + asked, bound
        return asked

    def from_strata(self, pick, rows, count):
        """As many from each stratum, at random."""
        names, group = self.table.schema.slices["group"], self.table.group
        strata = {code: [row for row in rows if group[row] == code] for code in sorted(set(group))}
        weight = {code: pick.weights.get(names[code], 1.0) for code in strata}
        share, left = {}, count
        strata = {code: mine for code, mine in strata.items() if mine}
        while True:
            total = sum(weight[code] for code in strata if code not in share)
            each = {c: left * weight[c] / total for c in strata if c not in share}
            full = [code for code in each if each[code] >= len(strata[code])]
            if not full:
                share |= each
                break
            for code in full:
                share[code], left = len(strata[code]), left - len(strata[code])
            if len(share) == len(strata):
                break
        start, before, bought = self.drawn(rows[0], " start"), 0.0, []
        for code in sorted(strata):
            upto = before + share[code] - floor(share[code])
            upto = round(upto) if code == max(strata) else upto
            many = floor(share[code]) + floor(upto + start) - floor(before + start)
            before = upto
            mine = sorted(strata[code], key=self.drawn)[:many]
            self.stands |= dict.fromkeys(mine, 1 / (share[code] / len(strata[code])))
            bought += mine
        return bought
