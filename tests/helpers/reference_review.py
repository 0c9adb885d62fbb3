"""Reviews of the slow reference: challengers that wait for a person, and what the person finds."""

import numpy as np

from clsim.randomness import chance
from helpers.reference_world import length, more


class Reviews:
    """Needs what the reference knows of models, and how it tests them."""

    def lets_pass(self, model):
        """Whether a challenger passes its offline test, and its review when that ends."""
        review = self.strategy.review
        if model.submitted is None:
            won = self.passes(model)
            self.wins = 0 if won else self.wins + 1
            if not won and not self.insists(review):
                return False
            if type(review).__name__ == "NoReview":
                return True
            model.submitted, model.done = self.tick, self.now + length(review.takes)
            if model.done > self.now:
                self.challengers.append(model)
                return False
        return model.held_up or self.seen_by(model, review)  # not twice, around a freeze

    def insists(self, review):
        if type(review).__name__ == "NoReview":
            return False
        served = self.now - self.starts[self.since]
        stale = review.stale_after is not None and served >= length(review.stale_after)
        return stale or (review.max_wins is not None and self.wins >= review.max_wins)

    def seen_by(self, model, review):
        draw = chance(0, f"review {self.tick}", model.trained + 1)
        pairs = []
        for row in range(self.warm, self.first_row(self.tick)) if self.champion else []:
            if self.table.time[row] < self.now - length(review.over):
                continue
            if not self.kept(row, self.now):
                continue
            if self.learned(row, model) or self.learned(row, self.champion):
                continue
            both = [self.predict(one, row) for one in (model, self.champion)]
            if None not in both:
                pairs.append([self.error(row, answer, self.table.y[row]) for answer in both])
        accepted = draw >= review.suspects
        if pairs:
            new, old = (self.score(None, mean) for mean in np.mean(pairs, axis=0))
            if more(old - review.margin, new):
                accepted = draw >= review.sees
        self.events.append((self.tick, "review", model.number, len(pairs), bool(accepted)))
        return accepted

    def learned(self, row, model):
        return not self.lessons([row]) - model.lineage
