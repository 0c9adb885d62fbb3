"""What the reference does beside the loop: answers by chance, people who mend what is broken, and
what is asked of models when the replay has ended."""

import numpy as np

from clsim.randomness import chance, uniform
from helpers.reference_learned import LEFT
from helpers.reference_world import length


class Beside:
    """Needs what the reference knows of models, answers and labels."""

    def open_beside(self, sound=None, fault=None):
        """``sound``: features without the fault, which acts from one clock time to another."""
        self.met, self.changes, self.propensity = {}, [], {}
        self.sound, self.fault, self.called, self.for_repair = sound, fault, None, {}

    # exploration ---------------------------------------------------------------------------------

    def explored(self, row, answer):
        """What is answered in place of what the model says, and with which chance it was."""
        it, classes = self.strategy.exploration, self.table.classes
        if answer is None or answer is LEFT:
            return answer
        if type(it).__name__ == "NoExploration":
            return answer
        drawn, other = (uniform(0, role, np.array([row]))[0] for role in ("explore", "explored as"))
        given = answer
        if drawn < it.share:
            given = classes[int(other * len(classes))] if it.to is None else it.to
        by_chance = it.share / len(classes) if it.to is None else it.share * (given == it.to)
        self.propensity[row] = by_chance + (1 - it.share) * (given == answer)
        return given

    # repair --------------------------------------------------------------------------------------

    def call(self):
        """Call somebody, if something says so; where the work ends the fault, events are sound."""
        it = self.strategy.repair
        if type(it).__name__ == "NoRepair" or (self.called is not None and self.now < self.called):
            return
        self.memory, mine = self.for_repair, self.memory  # it goes on through deployments
        fired = self.fires(it.when)
        self.memory, wait = mine, 0 if it.wait is None else length(it.wait)
        if not fired or (self.called is not None and self.now < self.called + wait):
            return
        self.called = until = self.now + length(it.after)
        begin, end = self.fault
        works = chance(0, "repair", self.tick) < it.chance
        ends = works and begin <= self.now and until < min(end, self.over)
        self.events.append((self.tick, "repair", bool(ends)))
        if ends:
            self.fault = begin, until
            for row in range(self.n):
                if self.table.time[row] >= until:
                    self.table.X[row] = self.sound[row]

    @property
    def over(self):
        """When the last tick ends."""
        if isinstance(self.strategy_tick, int):
            return self.table.time[-1] + 1
        return self.starts[-1] + self.tick_length

    # asked when the replay has ended -------------------------------------------------------------

    def meets(self, model):
        """A challenger is ready for its tests, and meets the champion."""
        if not self.champion or model.number in self.met:
            return
        policy = self.learn_policy(model, ()) if self.adaptations else None
        old = self.champion, self.in_force(self.champion)
        self.met[model.number] = self.tick, (model, policy or self.in_force(model)), old

    def gives_way(self):
        """The champion of now is about to give way."""
        if self.champion:
            self.changes.append((self.tick, self.champion, self.in_force(self.champion)))

    def would_say(self, model, policy, row):
        return self.adapted(model, row, policy) if self.adaptations else self.predict(model, row)

    def until(self, tick, span):
        """The first tick that starts so long after another, or the end."""
        over = self.starts[tick] + length(span)
        return next((t for t in range(len(self.starts)) if self.starts[t] >= over),
                    len(self.starts))  # fmt: skip

    def ghost_sums(self, span):
        """Of each meeting and tick: events, losses of both, answers that differ; by labels too."""
        found = []
        for met, new, old in self.met.values():
            end = self.until(met, span)
            said = {row: [self.would_say(*who, row) for who in (old, new)]
                    for row, tick in self.tick_of.items() if met <= tick < end}  # fmt: skip
            if self.unanswered == "skip":
                said = {row: both for row, both in said.items() if None not in both}
            for tick in range(met, end):
                rows = [row for row in said if self.tick_of[row] == tick]
                came = [row for row in said if self.words[row] and self.words[row][0][0] == tick]
                told = {row: self.words[row][0][1] for row in came}
                found.append((
                    tick, met, new[0].number, old[0].number, len(rows),
                    *self.sums_of(said, rows, dict(zip(rows, self.table.y[rows], strict=True))),
                    sum(said[row][0] != said[row][1] for row in rows),
                    len(came), *self.sums_of(said, came, told),
                ))  # fmt: skip
        return found

    def sums_of(self, said, rows, labels):
        """Losses of the champion and of the challenger, and squares of their differences."""
        pairs = [[self.error(row, one, labels[row]) or 0.0 for one in said[row]] for row in rows]
        return (sum(old for old, _ in pairs), sum(new for _, new in pairs),
                sum((new - old) ** 2 for old, new in pairs))  # fmt: skip

    def changed_answers(self, span):
        """For each tick, answers that a change of the champion changed."""
        counts, after = [0] * len(self.starts), [tick for tick, *_ in self.changes[1:]]
        for (tick, former, policy), other in zip(
            self.changes, [*after, len(self.starts)], strict=False
        ):
            for row, when in self.tick_of.items():
                if tick <= when < min(self.until(tick, span), other):
                    said, before = self.answer[row], self.would_say(former, policy, row)
                    counts[when] += said is not None and before is not None and said != before
        return counts
