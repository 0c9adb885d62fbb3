"""An online test with nothing but shares: a step of each for some ticks, then who lost less."""

from __future__ import annotations

import numpy as np

from clsim.protocols import OnlineTest
from clsim.statistics.ties import exceeds
from clsim.types import Ask, Verdict


class Split(OnlineTest):
    """Shares one after another, each for ``every`` ticks; the better one of its own events wins."""

    def __init__(self, shares, every=1, shadow=False, afresh=True, unit=None):
        self.shares, self.every, self.shadow = shares, every, shadow
        self.afresh, self.unit = afresh, unit

    def begin(self, view, trial):
        return Ask(self.shares[0], self.shadow)

    def step(self, view, trial):
        step = (view.tick - trial.tick) // self.every
        if step < len(self.shares):
            return Ask(self.shares[step], self.shadow)
        rows = view.served(trial.tick)
        rows = rows[view.labels.known(rows)]
        losses, by = view.outcomes.losses(rows), view.outcomes.answered_by(rows)
        there = ~np.isnan(losses)
        new, old = (losses[there & (by == model)] for model in (trial.model, trial.champion))
        if not len(new) or not len(old):
            return Verdict(False, "nothing to compare", rows=int(there.sum()))
        better = exceeds(view.score(new.mean()), view.score(old.mean()))
        return Verdict(better, "means", rows=int(there.sum()))
