"""Tests of what can be expected of any model, for the reference: one event at a time, shares as
exact fractions, and a logistic regression by Newton's method."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from scipy.special import ndtri

from clsim.randomness import uniform
from helpers.reference_world import more, near


class Expectations:
    """Needs what the reference knows of rows, models and their answers."""

    def as_expected(self, gate, model):
        """On how many rows a test rests, and whether the challenger passes."""
        found = self.shares(gate, model)
        self.figures += [float(share) if n >= gate.min_rows else None for share, n, *_ in found]
        enough = all(count >= gate.min_rows for _, count, *_ in found)
        return min((count for _, count, *_ in found), default=0), enough and all(
            (least is None or share >= least) and (most is None or share <= most)
            for share, _, least, most in found
        )

    def shares(self, gate, model):
        """(share, number of rows, least, most) of each line of the report card."""
        rows = self.seen[-gate.size :]
        match type(gate).__name__:
            case "Invariance" | "Direction" as name:
                changed = [self.changed(gate.change, row) for row in rows]
                both = [
                    (row, self.table.X[row], new) for row, new in zip(rows, changed, strict=True)
                ]
                told = [self.turns(gate, model, *each) for each in both]
                told = [wrong for wrong in told if wrong is not None]
                return [(share(told), len(told), None, exact(gate.most))]
            case "NotConstant":
                answers = [a for a in (self.predict(model, row) for row in rows) if a is not None]
                most = max((answers.count(a) for a in answers), default=0)
                return [(Fraction(most, len(answers) or 1), len(answers), None, exact(gate.most))]
            case "FewMissing":
                gone = [self.predict(model, row) is None for row in rows]
                found = [(share(gone), len(gone), None, exact(gate.answers))]
                for place in range(self.table.X.shape[1] if gate.values is not None else 0):
                    gone = [bool(np.isnan(self.table.X[row, place])) for row in rows]
                    found.append((share(gone), len(gone), None, exact(gate.values)))
                return found
            case "Agreement":
                if self.champion is None:
                    return []
                pairs = [[self.predict(one, row) for one in (model, self.champion)] for row in rows]
                same = [self.alike(gate, *pair) for pair in pairs if None not in pair]
                return [(share(same), len(same), exact(gate.least), exact(gate.most))]
            case "ClassShares":
                rows = [row for row in self.known if self.kept(row, self.now)][-gate.size :]
                labels = [self.label(row) for row in rows]
                answers = [a for a in (self.predict(model, row) for row in rows) if a is not None]
                found = []
                for name in self.table.classes:
                    said = share([label == name for label in labels])
                    mine = share([answer == name for answer in answers])
                    within = exact(gate.within)
                    found.append((mine, len(answers), said - within, said + within))
                return found
        raise NotImplementedError(gate)

    def changed(self, change, row):
        """The features of a row after a change."""
        X, place = self.table.X[row].copy(), self.table.schema.features.index(change.feature)
        match type(change).__name__:
            case "Shift":
                X[place] += change.by
            case "AddNoise":
                drawn = uniform(0, f"monitor.change.{change.feature}", np.array([row]))[0]
                X[place] += change.scale * ndtri(drawn)
            case "Swap":
                X[place] = change.to.get(X[place], X[place])
        return X

    def turns(self, gate, model, row, *features):
        """Whether the change of one row turned its answer where it should not have; None: nobody
        knows."""
        if type(gate).__name__ == "Invariance":
            pair = [self.answered_to(model, row, X) for X in features]
            return None if None in pair else not self.alike(gate, *pair)
        if gate.of is None:
            pair = [self.answered_to(model, row, X) for X in features]
        else:
            code = self.table.classes.index(gate.of)
            told = [self.chances_to(model, X) for X in features]
            known = [chances is not None and all(c == c for c in chances) for chances in told]
            pair = [chances[code] if k else None for chances, k in zip(told, known, strict=True)]
        if None in pair or any(value != value for value in pair):
            return None
        rise = (pair[1] - pair[0]) * (1 if gate.moves == "up" else -1)
        return bool(rise < -gate.tolerance)

    def alike(self, gate, one, other):
        return one == other if self.table.classes else abs(one - other) <= gate.tolerance

    def chances_to(self, model, X):
        """The chance of each class of one event with these features."""
        if self.river:
            named = dict(zip(self.table.schema.features, X.tolist(), strict=True))
            told = model.estimator.predict_proba_one(named)
            names = (False, True) if len(self.table.classes) == 2 else self.table.classes
            return [told.get(name, 0.0) for name in names] if told else None
        told = model.estimator.predict_proba(X[None])[0]
        told = dict(zip(model.estimator.classes_, told, strict=True))
        return [told.get(name, 0.0) for name in self.table.classes]

    def answered_to(self, model, row, X):
        """What a model would answer to a row with these features."""
        if self.strategy.threshold is not None:
            return self.decided(self.chances_to(model, X), row)
        if self.river:
            named = dict(zip(self.table.schema.features, X.tolist(), strict=True))
            answer = model.estimator.predict_one(named)
            return self.table.classes[answer] if isinstance(answer, bool) else answer
        return model.estimator.predict(X[None])[0]

    # without labels ------------------------------------------------------------------------------

    def is_suitable(self, gate, model, rows):
        """On how many rows the estimate rests, and whether the challenger may serve."""
        models = model, self.champion
        new = [row for row in self.seen[-gate.size :] if row not in self.known]
        new, old = (
            [row for row in some if all(self.tells(one, row) for one in models)]
            for some in (new, rows)
        )
        for some in (old, new):
            if len(some) < gate.min_rows:
                return len(some), False
        estimates, off = zip(*(self.estimated(one, old, new) for one in models), strict=True)
        gains, missed = np.subtract(*estimates), np.subtract(*off)
        mean = gains.mean() + missed.mean()
        mean = 0.0 if near(mean) else mean
        error = math.sqrt(gains.var(ddof=1) / len(gains) + missed.var(ddof=1) / len(missed))
        self.figures += [np.mean(estimates[0]) + np.mean(off[0]), mean + ndtri(gate.alpha) * error]
        if near(error):
            return len(new), not more(-gate.margin, mean)
        chance = math.erfc((mean + gate.margin) / error / math.sqrt(2)) / 2
        return len(new), bool(chance <= gate.alpha)

    def tells(self, model, row):
        """Whether a model answers a row, and says how likely each class is."""
        chances = self.likely(model.estimator, row)
        known = chances is not None and all(chance == chance for chance in chances)
        return known and self.predict(model, row) is not None

    def estimated(self, model, old, new):
        """The estimated chance to be right on each new row, and what it is off by on some old."""
        right = [self.predict(model, row) == self.label(row) for row in old]
        told = [self.signs(model, row) for row in old]
        chance = logistic(told[::2], right[::2])
        off = [r - chance(x) for x, r in zip(told[1::2], right[1::2], strict=True)]
        return np.array([chance(self.signs(model, row)) for row in new]), np.array(off)

    def signs(self, model, row):
        chances = self.likely(model.estimator, row)
        said = chances[list(self.table.classes).index(self.predict(model, row))]
        first, second, *_ = sorted(chances, reverse=True)
        entropy = sum(p * math.log(max(p, 1e-9)) for p in chances)
        return [said, first, first - second, entropy]


def exact(bound):
    """A number as it is written."""
    return Fraction(str(bound))


def share(mask):
    return Fraction(sum(mask), len(mask) or 1)


def logistic(rows, right):
    """The chance to be right by standardised signals: the least log loss, with half of the sum of
    squared coefficients (but the constant) added."""
    if len({*right}) == 1:
        return lambda x: float(right[0])
    X, y = np.array(rows), np.array(right, dtype=float)
    centre, spread = X.mean(axis=0), X.std(axis=0)
    spread[spread < 1e-12] = 1.0
    Z = np.column_stack([np.ones(len(X)), (X - centre) / spread])
    weights, ridge = np.zeros(Z.shape[1]), np.diag([0.0, *[1.0] * X.shape[1]])
    for _ in range(100):
        p = 1 / (1 + np.exp(-Z @ weights))
        slope = Z.T @ (p - y) + ridge @ weights
        weights -= np.linalg.solve((Z.T * (p * (1 - p))) @ Z + ridge, slope)
    return lambda x: (
        1 / (1 + math.exp(-(np.array([1, *(np.array(x) - centre) / spread]) @ weights)))
    )
