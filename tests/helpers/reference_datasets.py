"""Which rows a dataset gives, what they count and how often they are given, for the reference."""

from __future__ import annotations

import math

import numpy as np

from clsim.randomness import uniform
from helpers.reference_world import World, length


class Datasets(World):
    """Datasets as seen at ``self.tick``: their parameters are read, none of their code is run."""

    def rows(self, dataset):
        match type(dataset).__name__:
            case "All":
                return self.there
            case "NewSinceLast":
                return self.unseen()
            case "SlidingWindow" if isinstance(dataset.window, int):
                return self.there[-dataset.window :]
            case "SlidingWindow":
                return self.lasting(self.there, dataset.window)
            case "SinceAlarm":
                alarms = [e[0] for e in self.events if e[1] == "alarm" and e[2:] != (False,)]
                alarms = [tick for tick in alarms if tick < self.tick]
                if not alarms:
                    return self.there
                begin = self.starts[max(alarms)] - length(dataset.before)
                later = [row for row in self.there if self.table.time[row] >= begin]
                few = len(later) < dataset.min_rows
                return self.there[-dataset.min_rows :] if few else later
            case "Replayed":
                return sorted({*self.rows(dataset.new), *self.rows(dataset.old)})
        return self.rows(dataset.inner)

    def sampled(self, dataset, rows):
        """For each row that is trained on, what it counts, and how often it is given."""
        if type(dataset).__name__ == "Replayed":
            fresh = {*self.rows(dataset.new)}
            new = self.sampled(dataset.new, [row for row in rows if row in fresh])
            old = self.sampled(dataset.old, [row for row in rows if row not in fresh])
            draws = self.draws_for(f"replayed {self.tick}", old)
            few = sorted(old, key=draws.get)[: round(dataset.ratio * len(new))]
            return {row: {**new, **old}[row] for row in sorted([*new, *few])}
        if not hasattr(dataset, "inner"):
            return dict.fromkeys(rows, (1.0, 1))
        found = self.sampled(dataset.inner, rows)
        match type(dataset).__name__:
            case "Decayed":
                half = length(dataset.half_life)
                age = {row: self.now - self.table.time[row] for row in found}
                return {row: (w * np.exp2(-age[row] / half), c) for row, (w, c) in found.items()}
            case "Sampled":
                draws = self.draws_for("sampled", found)
                if dataset.share is not None:
                    return {row: found[row] for row in found if draws[row] < dataset.share}
                if dataset.half_life is not None:
                    half = length(dataset.half_life)
                    late = {row: np.log(2) * self.table.time[row] / half for row in found}
                    draws = {r: np.log(-np.log1p(-draws[r])) - late[r] for r in found}
                return self.lowest(found, draws, dataset.size)
            case "ByLoss" if len(found) > dataset.size:
                ranks = dict.fromkeys(found, 0)
                if self.champion:
                    lost = {r: self.error(r, self.predict(self.champion, r)) for r in found}
                    lost = {r: -math.inf if v is None else v for r, v in lost.items()}
                    order = sorted(found, key=lambda row: (-lost[row], -row))
                    ranks = {row: place for place, row in enumerate(order)}
                draws = self.draws_for(f"by_loss {self.tick}", found)
                steep = np.log(dataset.pressure) / len(found)
                draws = {r: np.log(-np.log1p(-draws[r])) + steep * ranks[r] for r in found}
                return self.lowest(found, draws, dataset.size)
            case "Balanced":
                return self.balanced(dataset, found)
        return found

    def balanced(self, dataset, found):
        by = {row: self.label(row) if dataset.by == "class" else self.table.group[row]
              for row in found}  # fmt: skip
        groups = {of: [row for row in found if by[row] == of] for of in by.values()}
        sizes = [len(rows) for rows in groups.values()] or [0]
        if dataset.how == "weights":
            wanted = {of: min(len(rows), dataset.ratio * min(sizes)) for of, rows in groups.items()}
            much = len(found) / sum(wanted.values()) if found else 1
            share = {of: wanted[of] / len(groups[of]) * much for of in groups}
            return {row: (w * share[by[row]], c) for row, (w, c) in found.items()}
        draws = self.draws_for("balanced", found)
        made = {}
        for rows in groups.values():
            order, n = sorted(rows, key=draws.get), len(rows)
            if dataset.how == "down":
                wanted = min(n, math.floor(dataset.ratio * min(sizes)))
                times = {row: int(place < wanted) for place, row in enumerate(order)}
            else:
                wanted = max(n, math.ceil(max(sizes) / dataset.ratio))
                times = {r: wanted // n + (p < wanted % n) for p, r in enumerate(order)}
            again = n / wanted if dataset.undo else 1.0
            made |= {r: (found[r][0] * again, found[r][1] * times[r]) for r in rows if times[r]}
        return {row: made[row] for row in sorted(made)}

    def draws_for(self, role, rows):
        return {row: uniform(0, f"monitor.dataset.{role}", np.array([row]))[0] for row in rows}

    @staticmethod
    def lowest(found, draws, count):
        return {row: found[row] for row in sorted(sorted(found, key=draws.get)[:count])}
