"""Which labels a strategy buys, for the reference: row by row, by picks and budgets of its own."""

from __future__ import annotations

from math import floor, log

import numpy as np

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
        found = sorted(rows, key=lambda row: (-self.doubt(pick, row), self.drawn(row)))[:count]
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
