"""How the reference asks models, and turns what they say into answers, one row at a time."""

import numpy as np


class Answers:
    def features(self, row):
        return dict(zip(self.table.schema.features, self.table.X[row].tolist(), strict=True))

    def learn(self, estimator, rows):
        for row in rows:
            label = self.label(row).item()
            label = bool(label) if len(self.table.classes) == 2 else label
            estimator.learn_one(self.features(row), label)

    def given(self, row):
        """The answer of a strategy without a learner."""
        if self.strategy.source == "production":
            return self.table.served[row]
        if self.strategy.rule == "last":
            there = [row for row in self.known if self.kept(row, self.now)]
            return self.label(max(there)) if there else None
        return self.constant

    def best_constant(self):
        """What loses least on the labels of the warm-up; None without one."""
        labels, value = [self.label(row) for row in self.known], self.strategy.value
        if value is not None or not labels:
            return value
        if self.loss == "amount":
            return min(
                self.table.classes,
                key=lambda c: sum(
                    self.error(row, c, label) for row, label in zip(self.known, labels, strict=True)
                ),
            )
        if self.table.classes:
            return max(self.table.classes, key=labels.count)
        return np.mean(labels) if self.loss == "squared" else np.median(labels)

    def predict(self, model, row):
        if self.strategy.source != "learner":
            return self.given(row)
        if self.strategy.threshold is not None:
            return self.decided(self.likely(model.estimator, row), row)
        if self.river:
            answer = model.estimator.predict_one(self.features(row))
            return self.table.classes[answer] if isinstance(answer, bool) else answer
        block = row // 64 * 64
        try:
            return model.estimator.predict(self.table.X[block : block + 64])[row - block]
        except Exception:  # of some row; the others are answered as beside any
            pass
        try:
            return model.estimator.predict(self.table.X[[row] * 64])[0]
        except Exception:
            return None

    def likely(self, estimator, row):
        """The chance of each class; None where there are no probabilities."""
        if self.river:
            told = estimator.predict_proba_one(self.features(row))
            named = (False, True) if len(self.table.classes) == 2 else self.table.classes
            return [told.get(name, 0.0) for name in named] if told else None
        block = row // 64 * 64
        told = estimator.predict_proba(self.table.X[block : block + 64])[row - block]
        told = dict(zip(estimator.classes_, told, strict=True))
        return [told.get(name, 0.0) for name in self.table.classes]

    def decided(self, chances, row):
        """The answer by a threshold, or of the least expected cost."""
        classes, cut = self.table.classes, self.strategy.threshold
        if chances is None or not all(chance >= 0 for chance in chances):
            return None
        if cut != "by_price":
            return classes[int(chances[1] >= cut)]
        costs = []
        for answer in classes:
            cost = 0.0
            for chance, truth in zip(chances, classes, strict=True):
                cost += chance * self.error(row, answer, truth)
            costs.append(cost)
        likeliest = np.ndim(self.table.amount) == 1
        return classes[int(np.argmax(chances) if likeliest else np.argmin(costs))]
