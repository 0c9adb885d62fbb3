"""Trials that a rule judges, for the reference: lists of losses, one look at a time."""

from __future__ import annotations

import functools
import math

import numpy as np

from clsim.randomness import integer
from clsim.statistics.boundaries import lan_demets
from helpers.reference_world import length, more, near

TOGETHER = ("Interleaving", "Shadow")
"""Tests in which both models answer each row."""


class Splits:
    """A/B tests, canaries and interleaving, as seen at ``self.tick``."""

    def judged(self, trial):
        """Of a trial: another share, None to go on, or on how many labels it rests, and whether
        the challenger is promoted."""
        test = self.online[0]
        canary = type(test).__name__ == "Canary"
        since = trial.since if canary else trial.tick
        waited, span = self.now - self.starts[since], length(test.each if canary else test.length)
        if type(test.rule).__name__ in ("AtTheEnd", "Kayenta") and waited < span:
            return None
        rows = self.that_count(trial, test, since)
        rows = rows[: self.look_at(test.rule, rows, since)]
        sides = [[r for r in rows if r[side] is not None] for side in (1, 2)]
        enough = min(len(side) for side in sides) >= test.min_labels
        says = self.says_of(test, trial.share, *sides) if enough else 0
        rests = len(sides[0]) if type(test).__name__ in TOGETHER else len(rows)
        last = type(test.rule).__name__ == "GroupSequential" and len(rows) >= test.rule.rows
        if canary:
            return self.next_step(trial, test, says, waited, enough, rests)
        if says:
            return rests, says > 0
        return (rests, False) if waited >= span or last else None

    def next_step(self, trial, test, says, waited, enough, rests):
        if says > 0:
            return rests, False  # shown to be worse
        if waited < length(test.each):
            return None
        step = test.steps.index(trial.share)
        if not enough or (step + 1 < len(test.steps) and waited >= 2 * length(test.each)):
            return rests, False
        return test.steps[step + 1] if step + 1 < len(test.steps) else (rests, True)

    def bandit(self, trial):
        """The share that is dealt to a challenger now; at the end, who has the better mean."""
        test = self.online[0]
        if not self.is_over(trial):
            return self.dealt(trial.model, trial.tick)
        rows = self.that_count(trial, test, trial.tick)
        old, new = ([row[side] for row in rows if row[side] is not None] for side in (1, 2))
        enough = min(len(old), len(new)) >= test.min_labels
        return len(rows), enough and more(np.mean(old), np.mean(new) + test.margin)

    def is_over(self, trial):
        return self.now >= self.starts[trial.tick] + length(self.online[0].length)

    def dealt(self, model, began):
        """The part of a challenger in what the policy pulls, after the rewards of all arms."""
        test = self.online[0]
        arms = {trial.model.number: trial.tick for trial in self.trials
                if trial.champion is self.champion and not self.is_over(trial)}  # fmt: skip
        arms[model.number] = began
        since, rewards = min(arms.values()), []
        for row in self.seen:
            by = self.by.get(row)
            mine = arms.get(by.number, self.tick) if by else self.tick
            first = self.first_row(since if by is self.champion else mine)
            age = 0 if test.mature is None else length(test.mature)
            if row < first or row not in self.known or self.answer[row] is None:
                continue
            if test.mature is not None and self.table.time[row] > self.now - age:
                continue
            counts = self.words[row][0][0]
            while test.mature is not None and self.starts[counts] < self.table.time[row] + age:
                counts += 1
            reward = self.score(None, self.error(row, self.answer[row]))
            rewards.append((counts, row, by.number, reward))
        policy = test.policy.clone({"seed": integer(0, f"monitor.bandit {self.tick}")})
        for _, _, number, reward in sorted(rewards):
            policy.update(number, reward)
        numbers = [self.champion.number, *sorted(arms)]
        pulled = [policy.pull(numbers) for _ in range(test.pulls)]
        return test.share * pulled.count(model.number) / test.pulls

    def that_count(self, trial, test, since):
        """(tick from which on it counts, loss of the champion, of the challenger, unit) of rows, in
        that order; None where the other model answered."""
        found = []
        for row in self.seen:
            age = 0 if test.mature is None else length(test.mature)
            if row < self.first_row(since) or row not in self.known:
                continue
            if self.table.time[row] > self.now - age and test.mature is not None:
                continue
            losses = self.both_lost(trial, test, row)
            if losses is None:
                continue
            ripe = next(
                t
                for t in range(since, self.tick + 1)
                if test.mature is None or self.starts[t] >= self.table.time[row] + age
            )
            unit = None
            if test.unit is not None:
                unit = self.table.X[row, self.table.schema.features.index(test.unit)]
                unit = ("row", row) if np.isnan(unit) else unit
            found.append((max(ripe, self.words[row][0][0]), *losses, unit))
        return sorted(found, key=lambda each: each[0])

    def both_lost(self, trial, test, row):
        """What the champion and the challenger lost on a row; None if it does not count."""
        models = trial.champion, trial.model
        if type(test).__name__ in TOGETHER:
            answers = [self.predict(model, row) for model in models]
            if None in answers:
                return None
            old, new = (self.error(row, answer) for answer in answers)
            if type(test).__name__ == "Shadow":
                return old, new
            return None if near(old, new) else (float(old > new), float(new > old))
        if self.answer[row] is None or self.by[row] not in models:
            return None
        loss = self.error(row, self.answer[row])
        return (loss, None) if self.by[row] is models[0] else (None, loss)

    def look_at(self, rule, rows, since):
        """How many of the rows the last look is at."""
        if type(rule).__name__ != "GroupSequential":
            return len(rows)
        self.looked = []
        for tick in range(since, self.tick + 1):
            count = min(sum(row[0] <= tick for row in rows), rule.rows)
            before = self.looked[-1] if self.looked else 0
            if count > before and (count - before >= rule.rows / rule.looks or count == rule.rows):
                self.looked.append(count)
        return self.looked[-1] if self.looked else 0

    def says_of(self, test, share, champion, challenger):
        """1: the challenger is shown to be better (of a canary: worse); -1: the other way round."""
        rule, margin, kind = test.rule, getattr(test, "margin", 0.0), type(test).__name__
        old = [(tick, loss, unit) for tick, loss, _, unit in champion]
        new = [(tick, loss, unit) for tick, _, loss, unit in challenger]
        if kind == "Canary":
            old, new, share = new, old, 1 - share
        new = [(tick, loss + margin, unit) for tick, loss, unit in new]
        if type(rule).__name__ == "Kayenta":
            return ranks(rule, old, new)
        if kind == "Interleaving":
            return self.coins(rule, champion)
        if kind == "Shadow":
            return self.pairs(rule, old, new)
        old, new, units = (
            [r[1] for r in old],
            [r[1] for r in new],
            [[r[2] for r in some] for some in (old, new)],
        )
        apart = all(len(set(some)) == len(some) or None in some for some in units)
        difference = settle(np.mean(new) - np.mean(old))
        parts = [variance(x, u, apart) for x, u in zip((old, new), units, strict=True)]
        if any(map(math.isnan, parts)):
            return 0  # of one user alone nobody knows how much users differ
        counts = [len(u if apart else set(u)) for u in units]
        if type(rule).__name__ == "AtTheEnd":
            if apart and {*old, *new} <= {0.0, 1.0}:
                share = np.mean(old + new)
                error = math.sqrt(share * (1 - share) * (1 / len(old) + 1 / len(new)))
                p = 1 if error == 0 else math.erfc(abs(difference) / error / math.sqrt(2))
                return 0 if p > rule.alpha else -int(np.sign(difference))
            below = sum(p**2 / (n - 1) for p, n in zip(parts, counts, strict=True))
            freedom = sum(parts) ** 2 / below if below else math.nan
            return by_t(rule, difference, sum(parts), freedom)
        if type(rule).__name__ == "ConfidenceSequence" and rule.by_arm:
            each = zip(counts, parts, (1 - share, share), strict=True)
            half = sum(width(n, n * v, rule.rows * of, rule.alpha / 2) for n, v, of in each)
            return -int(np.sign(difference)) if abs(difference) > half else 0
        return self.at_any_look(rule, difference, sum(parts), sum(counts))

    def at_any_look(self, rule, difference, error2, count):
        """What a rule says that may be looked at in every tick."""
        if type(rule).__name__ == "ConfidenceSequence":
            half = width(count, count * error2, rule.rows, rule.alpha)
        elif type(rule).__name__ == "GroupSequential":
            bound = lan_demets(np.array(self.looked) / rule.rows, rule.alpha, rule.spending)[-1]
            half = bound * math.sqrt(error2) if error2 else math.nan
        else:
            ratio = (-difference - rule.difference / 2) * rule.difference
            return wald(rule, ratio / error2 if error2 else 0.0)
        return -int(np.sign(difference)) if abs(difference) > half else 0

    def pairs(self, rule, old, new):
        """What a rule says of rows that both models answered, by how much more one loses."""
        units, gaps = (
            [r[2] for r in old],
            [settle(b[1] - a[1]) for a, b in zip(old, new, strict=True)],
        )
        apart = None in units or len({*units}) == len(units)
        error2, count = variance(gaps, units, apart), len(units if apart else {*units})
        if math.isnan(error2):
            return 0
        if type(rule).__name__ == "AtTheEnd":
            return by_t(rule, settle(np.mean(gaps)), error2, count - 1)
        return self.at_any_look(rule, settle(np.mean(gaps)), error2, count)

    def coins(self, rule, rows):
        """What a rule says of rows that one of the models won, each a unit."""
        from scipy.stats import binomtest

        won, count = sum(row[1] > row[2] for row in rows), len(rows)
        if type(rule).__name__ == "AtTheEnd":
            shown = not more(binomtest(won, count).pvalue, rule.alpha)
            return int(np.sign(2 * won - count)) if shown else 0
        if type(rule).__name__ == "ConfidenceSequence":  # of a coin the variance is 1
            return self.at_any_look(rule, 1 - 2 * won / count, 1 / count, count)
        chance = (1 + rule.difference) / 2
        return wald(rule, won * math.log(2 * chance) + (count - won) * math.log(2 - 2 * chance))


def settle(difference):
    """0 where a difference is rounding."""
    return 0.0 if near(difference) else difference


def wald(rule, ratio):
    """What Wald's test says of the logarithm of a ratio of chances."""
    if ratio >= math.log((1 - rule.beta) / rule.alpha):
        return 1
    return -1 if ratio <= math.log(rule.beta / (1 - rule.alpha)) else 0


def by_t(rule, difference, error2, freedom):
    """Whether Student's t, or Welch's, shows a difference."""
    from scipy.stats import t

    if error2 == 0:
        return 0
    shown = abs(difference) > t.ppf(1 - rule.alpha / 2, freedom) * math.sqrt(error2)
    return -int(np.sign(difference)) if shown else 0


def width(count, variance, best, alpha):
    """Half of the width of a confidence sequence that is tightest at a number of values."""
    if not variance > 0:
        return math.nan
    r = (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / best
    inside = 2 * (count * r + 1) * math.log(math.sqrt(count * r + 1) / alpha) / r
    return math.sqrt(variance * inside) / count


def ranks(rule, old, new):
    """Netflix's rule: all differences of means of ticks, and those from the k-th to the k-th."""
    ticks = [sorted({r[0] for r in some}) for some in (old, new)]
    old, new = ([np.mean([r[1] for r in some if r[0] == tick]) for tick in those]
                for some, those in zip((old, new), ticks, strict=True))  # fmt: skip
    gaps = sorted(settle(b - a) for a in old for b in new)
    sizes, k = (len(old), len(new)), 0
    every = math.comb(sum(sizes), sizes[0])
    while not more(sum(orders(*sizes, u) for u in range(k + 1)) / every, (1 - rule.level) / 2):
        k += 1
    if k == 0:
        return 0
    bar = rule.tolerance * abs(np.median(gaps))
    return 1 if more(-bar, gaps[-k]) else -1 if more(gaps[k - 1], bar) else 0


@functools.cache
def orders(m, n, u):
    """In how many orders of m and n values u of the second come before one of the first."""
    if u < 0 or min(m, n) < 0:
        return 0
    if m == 0 or n == 0:
        return int(u == 0)
    return orders(m - 1, n, u - n) + orders(m, n - 1, u)


def variance(losses, units, apart):
    """Of the mean of losses, by users if they come again."""
    mean, count = np.mean(losses), len(losses)
    if apart:
        if len(set(losses)) == 1 and losses[0] in (-1.0, 0.0, 1.0):
            half = (abs(sum(losses)) + 0.5) / (count + 1)
            return half * (1 - half) / count
        if count > 1 and near(min(losses), max(losses)):
            return 0.0
        return np.var(losses, ddof=1) / count if count > 1 else math.nan
    rest = {}
    for loss, unit in zip(losses, units, strict=True):
        rest[unit] = rest.get(unit, 0.0) + loss - mean
    size = len(rest)
    return (
        sum(settle(r) ** 2 for r in rest.values()) / count**2 * size / (size - 1)
        if size > 1
        else math.nan
    )
