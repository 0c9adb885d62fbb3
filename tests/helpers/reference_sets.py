"""Evaluation sets of the slow reference: which rows nobody trains on, and what they stand for."""

import numpy as np

from clsim.randomness import uniform
from helpers.reference_world import length


class Sets:
    """Needs what the reference knows of rows and labels; remembers what has joined."""

    def lot_of(self, row):
        return uniform(0, "monitor.evaluation", np.array([row]))[0]

    def old_enough(self, rows, it):
        wait = 0 if it.mature is None else length(it.mature)
        return [row for row in rows if self.table.time[row] <= self.now - wait]

    def of_each_slice(self, rows, count, by):
        """The last so many of each slice, or of all."""
        groups = [*self.table.group] if by else [0] * self.n

        def newer(place, row):
            return sum(groups[other] == groups[row] for other in rows[place:])

        return [row for place, row in enumerate(rows) if newer(place, row) <= count]

    def sets(self, gate=None):
        """The sets of all tests."""
        gate = gate or self.strategy.offline
        inner = [it for test in getattr(gate, "tests", ()) for it in self.sets(test)]
        return [gate.set] if hasattr(gate, "set") else inner

    def reserved(self):
        """Rows that nobody trains on from now on."""
        return sorted({row for it in self.sets() for row in self.reserved_by(it)})

    def reserved_by(self, it):
        match type(it).__name__:
            case "Fixed":
                return [row for row in self.fixed[id(it)] if self.kept(row, self.now)]
            case "Growing":
                joined = self.joined.setdefault(id(it), set())
                for row in self.there:
                    if self.lot_of(row) < it.share or self.is_edge(row, it):
                        joined.add(row)
                return [row for row in self.there if row in joined]
        return []

    def fix(self):
        """What fixed sets have, at the end of the warm-up."""
        self.joined, self.fixed = {}, {}
        for it in self.sets():
            if type(it).__name__ == "Fixed":
                rows = self.old_enough(self.there, it)
                if it.pick == "random":
                    rows.sort(key=self.lot_of, reverse=True)
                self.fixed[id(it)] = sorted(self.of_each_slice(rows, it.size, it.by))

    def is_edge(self, row, it):
        """Whether what was answered was wrong, by what is told now, or when it joined."""
        if it.edges is None or self.lot_of(row) >= it.edges.share or row < self.warm:
            return False
        answer = self.answer[row]
        return answer is not None and self.error(row, answer) > it.edges.above

    def chance_to_join(self, row, it):
        joined = row in self.joined[id(it)] and self.lot_of(row) >= it.share
        edge = self.is_edge(row, it) or joined
        return max(it.share, it.edges.share) if edge else it.share

    def of_set(self, it):
        """The rows that models are judged on, when a dataset is formed."""
        if type(it).__name__ == "Fixed":
            return self.reserved_by(it)
        if type(it).__name__ == "Growing":
            reserved, unseen = self.reserved_by(it), self.unseen()
            rows = [row for row in reserved if row in unseen]
            rows = sorted({*rows, *(self.evaluation() if it.bought else [])})
            rows = self.old_enough(rows, it)
            return rows if it.limit is None else self.of_each_slice(rows, it.limit, it.by)
        rows = self.evaluation() if it.using == "evaluation" else self.unseen()
        if it.weigh:
            rows = [row for row in rows if row in self.stands]
        rows = self.old_enough(rows, it)
        if isinstance(it.size, int):
            return self.of_each_slice(rows, it.size, it.by)
        wait = 0 if it.mature is None else length(it.mature)
        return [row for row in rows if self.table.time[row] >= self.now - wait - length(it.size)]

    def weights_of(self, rows, it):
        """How many each of some rows stands for, None for none; or None: all the same."""
        if it.weigh in ("picked", "prediction_powered"):
            return [self.stands.get(row) for row in rows]
        if it.weigh == "joined":
            return [1 / self.chance_to_join(row, it) for row in rows]
        return None
