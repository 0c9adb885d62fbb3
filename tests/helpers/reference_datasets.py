"""Which rows a dataset gives, what they count and how often they are given, for the reference."""

from __future__ import annotations

import math

import numpy as np
from sklearn.base import clone

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
            case "SinceChange":
                return self.since_change(dataset)
            case "BestWindow":
                return self.there[-(dataset.windows[-1] + dataset.judges) :]
            case "SimpleNamespace":  # Having
                places = [self.table.schema.features.index(name) for name in dataset.having]
                gone = [any(np.isnan(self.table.X[r, p]) for p in places) for r in range(self.n)]
                return [row for row in self.rows(dataset.inner) if not gone[row]]
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
        if type(dataset).__name__ == "BestWindow":
            return dict.fromkeys(self.best_window(dataset, rows), (1.0, 1))
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
            case "Nearest" if len(found) > dataset.size and self.seen:
                return self.nearest(dataset, found)
            case "Vetted":
                self.veto |= self.is_unlike(dataset, list(found))
        return found

    # since a change, and the window that would have been best ------------------------------------

    def since_change(self, dataset):
        """Rows since the last change of the mean that was found; what was found is remembered."""
        begin = self.change_points.get(id(dataset), 0)
        if dataset.feature is None:
            rows = [row for row in self.known if self.kept(row, self.now)][-dataset.last :]
            rows = [row for row in rows if row >= max(begin, self.first_row(0))]
            said = {row: self.answer[row] for row in rows}
            values = [None if said[r] is None else self.error(r, said[r]) for r in rows]
        else:
            place = self.table.schema.features.index(dataset.feature)
            rows = [row for row in self.seen[-dataset.last :] if row >= begin]
            values = [self.table.X[row, place] for row in rows]
        pairs = [(r, v) for r, v in zip(rows, values, strict=True) if v is not None]
        rows, values = [r for r, _ in pairs], np.array([v for _, v in pairs])
        n, least = len(values), dataset.min_rows
        if n >= 2 * least and values.std() > 0:
            sums = np.cumsum(values - values.mean())
            gaps = -sums if dataset.feature is None else np.abs(sums)
            best = max(range(least, n - least + 1), key=lambda k: (gaps[k - 1], -k))
            far = gaps[best - 1] / values.std() / math.sqrt(n)
            terms = [(-1) ** (k - 1) * math.exp(-2 * k * k * far * far) for k in range(1, 200)]
            p = math.exp(-2 * max(far, 0) ** 2) if dataset.feature is None else 2 * sum(terms)
            if p <= dataset.alpha:
                self.change_points[id(dataset)] = begin = rows[best]
        later = [row for row in self.there if row >= begin]
        return later if not begin or len(later) >= least else self.there[-least:]

    def best_window(self, dataset, rows):
        """The latest rows, as many as err least on the very latest when the others are learned."""
        known, latest = rows[: -dataset.judges], rows[-dataset.judges :]
        lost, before = {}, 0
        for window in dataset.windows:
            some = known[-window:]
            if len(some) <= before:
                continue
            before, lost[window] = len(some), math.inf
            try:
                model = clone(dataset.learner).fit(self.table.X[some], self.labels_of(some))
                said, truth = model.predict(self.table.X[latest]), self.labels_of(latest)
            except Exception:
                continue
            gaps = said != truth if self.table.classes else np.abs(said - truth)
            lost[window] = float(np.mean(gaps))
        best = min(lost, key=lambda window: (lost[window], -window), default=dataset.windows[-1])
        return rows[-best:]

    # rows like the newest, and unlike the champion's ---------------------------------------------

    def nearest(self, dataset, found):
        """Of each new event its nearest row, then the second, until there are enough."""
        rows, new = list(found), self.seen[-dataset.newest :]
        new = [row for row in new if row not in self.known] or new
        X = self.table.X
        differs = [f for f in range(X.shape[1]) if len({X[r, f] for r in [*rows, *new]}) > 1]
        columns = differs or [0]
        wide = X[rows].std(axis=0)
        wide[wide == 0] = 1.0
        best = dict.fromkeys(rows, len(rows))
        for event in new:
            far = {row: sum(((X[row, f] - X[event, f]) / wide[f]) ** 2 for f in columns)
                   for row in rows}  # fmt: skip
            for place, row in enumerate(sorted(rows, key=lambda row: (far[row], -row))):
                best[row] = min(best[row], place)
        return self.lowest(found, best, dataset.size)

    def is_unlike(self, dataset, rows):
        """Whether rows are so unlike those of the champion that nothing is trained on them."""
        old = [row for row in (self.champion.rows if self.champion else [])
               if self.kept(row, self.now)]  # fmt: skip
        if not old or not rows:
            return False
        if dataset.fewer is not None and len(rows) < dataset.fewer * len(old):
            return True
        most, moved = dataset.most, {"classes": [], "slices": [], "shift": [], "spread": []}
        for key, of in (("classes", self.label), ("slices", self.group_of)):
            for value in {of(row) for row in [*old, *rows]} - {None}:
                shares = [sum(of(r) == value for r in some) / len(some) for some in (old, rows)]
                then, now = (float(f"{share:.6g}") for share in shares)
                moved[key].append(abs(now - then))
        for place in range(self.table.X.shape[1]):
            then, now = self.table.X[old, place], self.table.X[rows, place]
            gap, small = abs(now.mean() - then.mean()), min(then.std(), now.std())
            endless = math.inf if gap else 0.0
            moved["shift"].append(gap / then.std() if then.std() else endless)
            large = max(then.std(), now.std())
            moved["spread"].append(large / small if small else math.inf if large else 1.0)
        if not self.table.classes:
            moved["classes"] = []
        return any(max(moved[key], default=0) > most[key] for key in moved if most[key] is not None)

    def group_of(self, row):
        return None if self.table.group is None else self.table.group[row]

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
