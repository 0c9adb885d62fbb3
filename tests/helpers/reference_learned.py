"""What each adaptation of the reference learns, one row at a time."""

import itertools

import numpy as np
from scipy.stats import chi2
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from clsim.randomness import integer
from helpers.reference_world import World

LEFT = "left to somebody else"
"""In place of an answer."""

NOTHING = ((), None, None, False)
"""Steps, a cut, the shares of classes that chances are about, and whether some are left."""

LEAST = float(np.finfo(float).eps)


class Learned(World):
    """Policies as seen at ``self.tick``."""

    def learned_by(self, it, model, policy, without):
        """A policy with what an adaptation makes of it; None where it has too few rows."""
        match type(it).__name__:
            case "BestCut":
                return self.cut_for(it, model, policy, without)
            case "PriorCorrection":
                return self.shares_for(it, model, policy, without)
            case "Calibration":
                return self.calibrated_for(it, model, policy, without)
            case "Abstention":
                return (*policy[:3], True)
            case "BanditOver":
                arm = it.arms[self.pulled(it, model, without)]
                return self.learned_by(arm, model, policy, without) or policy
            case "NoAdaptation":
                return None

    def labelled_for(self, it, model, policy, without):
        """The chances of the last labelled rows on which a model was not trained."""
        rows = [row for row in self.known if self.kept(row, self.now)][-it.window :]
        rows = [row for row in rows if self.lessons([row]) - model.lineage and row not in without]
        said = {row: self.stepped(model, row, policy[0]) for row in rows}
        return {row: chances for row, chances in said.items() if chances is not None}

    def calibrated_for(self, it, model, policy, without):
        said, classes = self.labelled_for(it, model, policy, without), self.table.classes
        labels = [self.label(row) for row in said]
        if len(said) < it.min_rows or {*labels} != {*classes}:
            return None
        each = []
        for code in [1] if len(classes) == 2 else range(len(classes)):
            chances = [one[code] for one in said.values()]
            happened = [label == classes[code] for label in labels]
            each.append((line if it.how == "platt" else stairs)(chances, happened))
        shares = [labels.count(label) / len(labels) for label in classes]
        step = ("sigmoid" if it.how == "platt" else "stairs"), each
        return (*policy[0], step), policy[1], shares, policy[3]

    def pulled(self, it, model, without):
        """The arm that is in force for a model from now on."""
        chosen, names = self.pulls.setdefault(model.number, []), list(it.arms)
        if model is not self.champion or without:
            return chosen[-1][1] if chosen else names[0]
        if not chosen and self.since < self.tick:
            chosen.append((self.since, names[0]))
        bandit = it.policy.clone()
        if hasattr(it.policy, "seed"):
            bandit = it.policy.clone({"seed": integer(0, f"monitor.bandit over {self.tick}")})
        for row in [row for row in self.seen if row in self.tick_of and chosen]:
            before = [name for tick, name in chosen if tick <= self.tick_of[row]]
            if before and self.by[row] is model and row in self.known:
                loss = self.error(row, self.answer[row])
                if loss is not None and self.kept(row, self.now):
                    bandit.update(names.index(before[-1]), self.score(None, loss))
        chosen.append((self.tick, names[bandit.pull(list(range(len(names))))]))
        return chosen[-1][1]

    def cut_for(self, it, model, policy, without):
        said = self.labelled_for(it, model, policy, without)
        said = {row: chances[1] for row, chances in said.items()}
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
        return policy[0], min(equal, key=lambda cut: abs(cut - 0.5)), policy[2], False

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
        return (*policy[0], ("shares", factors)), policy[1], shares, policy[3]


def stepped(kind, numbers, chances):
    """Other chances of one row."""
    if kind == "shares":
        return divided([chance * factor for chance, factor in zip(chances, numbers, strict=True)])
    of = on_line if kind == "sigmoid" else on_stairs
    if len(numbers) == 1:
        second = of(chances[1], numbers[0])
        return [1 - second, second]
    return divided([of(chance, each) for chance, each in zip(chances, numbers, strict=True)])


def divided(raised):
    total = sum(raised)
    return [one / total if total else 1 / len(raised) for one in raised]


def odds_of(chance):
    inside = min(max(chance, LEAST), 1 - LEAST)
    return np.log(inside) - np.log1p(-inside)


def on_line(chance, numbers):
    slope, height = numbers
    return 1 / (1 + np.exp(-(slope * odds_of(chance) + height)))


def on_stairs(chance, numbers):
    return float(np.interp(chance, *numbers))


def line(chances, happened):
    """Each row is of the class by Platt's target, and of the others by the rest of it."""
    yes, no = happened.count(True), happened.count(False)
    weights = [(yes + 1) / (yes + 2) if it else 1 / (no + 2) for it in happened]
    odds = [[odds_of(chance)] for chance in chances]
    found = LogisticRegression(C=1e10, tol=1e-8, max_iter=1000)
    found.fit(odds + odds, [1] * len(odds) + [0] * len(odds),
              sample_weight=weights + [1 - weight for weight in weights])  # fmt: skip
    return float(found.coef_[0, 0]), float(found.intercept_[0])


def stairs(chances, happened):
    found = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
    found.fit(chances, [float(it) for it in happened])
    return found.X_thresholds_.tolist(), found.y_thresholds_.tolist()
