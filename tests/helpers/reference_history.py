"""One strategy after another, for the reference: at each date the next one acts."""

from __future__ import annotations

import numpy as np

from helpers.reference_world import length


class History:
    """The strategy that acts, as ``self.strategy``; those that follow wait in ``self.later``."""

    def open_history(self):
        stages = getattr(self.strategy, "stages", None) or [(None, self.strategy)]
        (_, self.strategy), *self.later = stages
        every = [self.strategy, *(strategy for _, strategy in self.later)]
        self.monitors = {k: m for one in every for k, m in one.monitors.items()}
        return self.strategy

    def turn(self):
        """Let the next strategy take over; nothing of what was under way is left."""
        if not self.later or self.now < moment(self.later[0][0], self.starts[0]):
            return
        self.events.append((self.tick, "strategy", None))
        for trial in list(self.trials):
            self.end(trial)
            self.events.append((self.tick, "superseded", trial.model.number))
        for model in self.challengers:
            self.events.append((self.tick, "superseded", model.number))
        self.challengers, self.held_until = [], self.now
        self.release()
        kept = [*self.former(), *self.reusable()]
        self.retired = [m for m in self.retired if any(m is each for each in kept)]
        _, self.strategy = self.later.pop(0)
        self.memory, self.reviews, self.change_points, self.wins = {}, {}, {}, 0


def moment(at, begin):
    """When a strategy takes over: a date, a row, or a length after the end of the warm-up."""
    if isinstance(at, int):
        return at
    if at.endswith("us"):
        return begin + length(at)
    return int(np.datetime64(at, "us").astype(int))
