"""What one strategy knows of the world, for the reference: row by row, from the tables alone."""

from __future__ import annotations

import itertools
import math
from types import SimpleNamespace

import numpy as np

from clsim.clock import Clock
from clsim.randomness import uniform
from clsim.types import NEVER_TIME, Batch
from helpers.reference_curation import Curation


def length(value):
    """A length of time in microseconds (``'15us'``), or a number."""
    return value if isinstance(value, int) else int(value.removesuffix("us"))


def near(one, other=0.0):
    """Whether two numbers are the same but for rounding; losses here are of the order of 1."""
    return math.isclose(one, other, rel_tol=1e-10, abs_tol=1e-10)


def more(one, other):
    """Whether a number is larger than another, by more than rounding."""
    return bool(one > other) and not near(one, other)


class World(Curation):
    """Rows that are kept, and what is said of their labels, as seen at ``self.tick``."""

    def open(self):
        """What is settled before anything is decided: what is logged, and when labels come."""
        logging, every = self.rule, range(self.n)
        self.retention = None if logging.retention is None else length(logging.retention)
        drawn = [uniform(0, "strategy.logging", np.array([row]))[0] for row in every]
        self.logged = [row < self.warm or drawn[row] < self.share(row) for row in every]
        self.orders, self.distrusted, self.spent = {}, set(), (0.0, 1.0)
        self.stands, self.set_aside = {}, set()
        self.natural = [self.comes_by_itself(row) for row in every]
        self.words = [self.said(row) for row in every]

    @property
    def rule(self):
        """Which rows are kept, beside profiles or alone."""
        logging = self.strategy.logging
        return logging.rows if type(logging).__name__ == "Profiles" else logging

    def share(self, row):
        """The chance that an event is logged: of its slices' the largest, else that of all."""
        logging, group = self.rule, self.table.group
        if type(logging).__name__ != "Sample":
            return 1.0  # the others decide when the row has been answered: see `keep`
        mine = [] if group is None else [self.table.schema.slices["group"][group[row]]]
        shares = [logging.slices[name] for name in mine if name in logging.slices]
        return max(shares, default=logging.share)

    def keep(self, rows):
        """What logging keeps by the answers of a tick that has just been served."""
        rule = self.rule
        if type(rule).__name__ not in ("ByAnswer", "Unsure"):
            return
        for row in rows:
            drawn = uniform(0, "strategy.logging", np.array([row]))[0]
            if type(rule).__name__ == "ByAnswer":
                self.logged[row] = drawn < rule.shares.get(self.answer[row], rule.share)
            else:
                sure = self.confidence(rule.by, row)
                self.logged[row] = sure is None or sure < rule.below or drawn < rule.rest
            self.natural[row] = self.comes_by_itself(row)
            self.words[row] = self.said(row)

    def confidence(self, by, row):
        """How sure the model is that has just answered a row; None: not at all."""
        if row < self.down_until:
            return None
        chances = self.by[row] and self.likely(self.by[row].estimator, row)
        if not chances or any(chance != chance for chance in chances):
            return None
        if by == "margin":
            return sorted(chances)[-1] - sorted(chances)[-2]
        answer = self.answer[row]
        return None if answer is None else chances[list(self.table.classes).index(answer)]

    def first_tick(self, after, time):
        """The first tick after one that starts at or after a time; None if there is none."""
        ticks = range(after + 1, len(self.starts))
        return next((tick for tick in ticks if self.starts[tick] >= time), None)

    def comes_by_itself(self, row):
        """The tick in which a label comes without being bought."""
        time, natural = self.table.label_time[row], self.strategy.curation.natural
        if time is None or not self.logged[row]:
            return None
        if row < self.warm and not self.as_recorded:
            return 0
        tick = self.first_tick(self.tick_of.get(row, -1), time)
        return tick if natural or tick == 0 else None

    def said(self, row):
        """All that is ever said of a label, each time something new: tick, label, clock time."""
        table, natural, order, said = self.table, self.natural[row], self.orders.get(row), []
        if order and order.due is not None and (natural is None or order.due < natural):
            said.append((order.due, order.y, order.time))
        if natural is not None:
            told, revised = table.y[row], None
            if table.told is not None:
                told, time = table.told[row], table.revised[row]
                if time is not None:
                    revised = self.first_tick(self.tick_of.get(row, -1), time)
                    told = table.y[row] if time <= self.starts[natural] else told
            said.append((natural, told, table.label_time[row]))
            if revised is not None:
                said.append((revised, table.y[row], table.revised[row]))
        said = [word for word in said if self.kept(row, self.starts[word[0]])]
        new = [True, *(one[1] != other[1] for one, other in itertools.pairwise(said))]
        return [word for word, differs in zip(said, new, strict=False) if differs]

    def kept(self, row, now):
        """Whether a row may still be used."""
        asked = None if self.table.deleted is None else self.table.deleted[row]
        if asked is not None and asked <= now:
            return False
        return self.retention is None or self.table.time[row] + self.retention >= now

    def went(self):
        """Rows that were kept until somebody asked that they go, while there still were ticks."""
        asked = self.table.deleted or [None] * self.n
        found = []
        for row in [row for row in range(self.n) if asked[row] is not None and self.logged[row]]:
            first = self.first_tick(self.tick_of.get(row, -1), asked[row])
            if first:  # what is gone when the warm-up ends was never there
                before, self.table.deleted = self.table.deleted, None
                found += [row] if self.kept(row, self.starts[first - 1]) else []
                self.table.deleted = before
        return found

    def arrive(self, tick):
        self.tick, self.now, words = tick, self.starts[tick], self.words
        self.known = [row for row in range(self.n) if words[row] and words[row][0][0] <= tick]
        self.arrived = [row for row in self.known if tick == 0 or words[row][0][0] == tick]
        self.arrived.sort(key=lambda row: (words[row][0][2], row))
        usable = [row for row in self.known if self.kept(row, self.now)]
        self.there = [row for row in usable if self.loaded(row, tick) and row not in self.set_aside]
        before = range(self.n) if tick == len(self.starts) else range(self.first_row(tick))
        self.seen = [row for row in before if self.logged[row] and self.kept(row, self.now)]

    def first_row(self, tick):
        """The first row that is served in a tick or later."""
        return next((row for row in range(self.warm, self.n) if self.tick_of[row] >= tick), self.n)

    def loaded(self, row, tick):
        """Whether a row with a known label can be trained on."""
        if self.table.available is None:
            return True
        when = self.table.available[row]
        if row < self.warm and not self.as_recorded:
            return when is not None
        return when is not None and when <= self.starts[tick]

    def heard(self, row, tick=None):
        """What was said of a label by now, or by another tick."""
        return [
            word for word in self.words[row] if word[0] <= (self.tick if tick is None else tick)
        ]

    def label(self, row):
        """The label of a row as it is told by now."""
        return self.heard(row)[-1][1]

    def labels_of(self, rows):
        return np.array([self.label(row) for row in rows])

    def lessons(self, rows, tick=None):
        """What can be learned of rows: each label, and again when something else is said."""
        return {(row, len(self.heard(row, tick))) for row in rows}

    def came(self, row):
        """When what is known of a row by now could be learned."""
        first, *_, (tick, _, time) = self.heard(row) * 2
        if len(self.heard(row)) > 1 and self.loaded(row, tick - 1):
            return time
        return max(first[2], 0 if self.table.available is None else self.table.available[row])

    # labels that are bought ------------------------------------------------------------------

    def buy(self):
        """Order the labels of events that are picked."""
        for rows, evaluation in self.picked():
            self.set_aside |= set(rows) if evaluation else set()
            for row in rows:
                self.orders[row] = self.ordered(row, self.strategy.curation.delay)
                self.words[row] = self.said(row)
            if rows:
                self.events.append((self.tick, "buy", len(rows)))

    def ordered(self, row, delay):
        """An order, given now: when its label comes, and what it says."""
        time, y, votes, table = self.now, self.table.y[row], 0, self.table
        if type(delay).__name__ == "After":
            time = self.now + length(delay.wait)
        elif delay is not None:  # annotators belong to the world: they are asked, row by row
            event = Batch(
                table.X[[row]], table.y[[row]], np.array([self.now]), rows=np.array([row])
            )
            asked = event, table.schema, Clock.of(table.timed, self.tick_length), 0
            time = int(delay.label_times(*asked)[0])
            told = delay.told(*asked)
            y, votes = told.y[0], int(told.votes[0])
        due = None if time == NEVER_TIME else self.first_tick(self.tick, time)
        return SimpleNamespace(due=due, y=y, time=time, votes=votes)

    def labels_that_came(self):
        """For each tick the labels that came by themselves, those bought, and those revised."""
        counts = {name: [0] * len(self.starts) for name in ("natural", "bought", "revision")}
        for row, words in enumerate(self.words):
            for place, (tick, _, _) in enumerate(words):
                own = tick == self.natural[row]
                name = "revision" if place else "natural" if own else "bought"
                counts[name][tick] += tick > 0
        return counts
