"""What the parts of a strategy mean, for the reference: their parameters are read, none of their
code is run. Lengths of time are written in microseconds (``'15us'``)."""

from __future__ import annotations

import itertools
import math
from copy import deepcopy

import numpy as np

from clsim.randomness import uniform
from helpers.reference_learned import LEFT
from helpers.reference_world import World, length, more

POWERED = "prediction_powered"
EXPECTED = ("Invariance", "Direction", "NotConstant", "FewMissing", "ClassShares", "Agreement")


class Parts(World):
    """Triggers, monitors, datasets and tests, as seen at ``self.tick``."""

    def unseen(self):
        lineage = self.champion.lineage if self.champion else set()
        return [row for row in self.there if self.lessons([row]) - lineage]

    def lasting(self, rows, span):
        return [row for row in rows if self.table.time[row] >= self.now - length(span)]

    def error(self, row, answer, truth=None):
        truth = self.label(row) if truth is None else truth
        if answer is None:
            return 1.0 if self.unanswered == "wrong" else None
        if answer is LEFT:
            return self.abstention
        if self.loss == "amount":
            amount, code = self.table.amount[row], self.table.classes.index(answer)
            if np.ndim(amount) == 2:
                return amount[self.table.classes.index(truth)][code]
            return amount[code] if np.ndim(amount) else amount * (answer != truth)
        if self.table.classes:
            return float(answer != truth)
        gap = answer - truth
        return gap * gap if self.loss == "squared" else abs(gap)

    def losses(self, of):
        rows = [r for r in self.arrived if r >= self.warm]
        rows = [r for r in rows if of == "all" or self.server[r] == self.service]
        losses = [self.error(r, self.answer[r]) for r in rows]
        return [float(loss) for loss in losses if loss is not None]

    def score(self, losses, mean=None):
        mean = sum(losses) / len(losses) if mean is None else mean
        return 1 - mean if self.table.classes and self.loss != "amount" else -mean

    def served_score(self, rows):
        """The score of what was answered on rows, by their labels as told now; None without."""
        losses = [self.error(r, self.answer[r]) for r in rows if self.answer[r] is not None]
        return self.score(None, np.mean(losses)) if losses else None

    def in_ticks(self, value):
        return value if isinstance(value, int) else length(value) // self.tick_length

    def fires(self, trigger):
        memory = self.memory.setdefault(id(trigger), {})  # emptied when the champion changes
        tick, spent = self.tick, self.trained_at
        match type(trigger).__name__:
            case "Never":
                return False
            case "Periodic":
                every, phase = self.in_ticks(trigger.every), self.in_ticks(trigger.phase)
                return tick >= 1 and tick % every == phase
            case "Volume":
                before = self.known_at[spent[-1] if spent else 0]
                new = len(self.known) - before
                if trigger.rows is not None:
                    return new >= trigger.rows
                return new > 0 and new * 100 >= before * trigger.growth
            case "Performance":
                new, all_losses = self.losses(trigger.of), memory.setdefault("losses", [])
                all_losses += new
                first, recent = all_losses[: trigger.window], all_losses[-trigger.window :]
                if not new or len(recent) < trigger.min_labels:
                    return False
                if trigger.below is not None:
                    return more(trigger.below, self.score(recent))
                full = len(first) == trigger.window
                return full and more(self.score(first) - trigger.drop, self.score(recent))
            case "Drift":
                detector = memory.setdefault("detector", deepcopy(trigger.detector))
                alarms = []
                for loss in self.losses(trigger.of):
                    detector.update(loss)
                    alarms.append(detector.drift_detected)
                self.events += [(tick, "alarm")] if any(alarms) else []
                return any(alarms)
            case "Threshold":
                values = self.measured[trigger.name].items()
                values = [(of, v) for of, v in values if trigger.of in (None, of)]
                high, low = trigger.above, trigger.below
                beyond = [of for of, v in values if (v < low if high is None else v > high)]
                self.alarms |= {(tick, trigger.name, of) for of in beyond}
                self.events += [(tick, "alarm")] if beyond else []
                return bool(beyond)
            case "Attention":
                before = len(self.events)
                acts = self.fires(trigger.triggers[0])
                if acts and len(self.events) == before:
                    self.events.append((tick, "alarm"))
                period = tick + 1 if trigger.per is None else self.in_ticks(trigger.per)
                for place in range(before, len(self.events)):
                    looks = sum(t > tick - period for t in self.looks) < trigger.looks
                    self.looks += [tick] if looks else []
                    self.events[place] = (tick, "alarm", looks)
                return acts and (tick, "alarm", True) in self.events[before:]
            case "AnyOf" | "AllOf" as name:
                fired = [self.fires(part) for part in trigger.triggers]
                return any(fired) if name == "AnyOf" else all(fired)
            case "Cooldown":
                fired = self.fires(trigger.triggers[0])
                return fired and not (spent and tick - spent[-1] < self.in_ticks(trigger.wait))
            case "At":
                return tick in trigger.when
            case "Random":
                drawn = uniform(trigger.random_state, "trigger", np.array([tick]))[0]
                return tick >= 1 and drawn < 1 / self.in_ticks(trigger.every)
            case "OnLosses":
                return self.says(trigger.rule, memory, self.losses(trigger.of))
            case "OnSignal":
                values = self.measured[trigger.name]
                for of in values:
                    memory.setdefault(of, {})
                given = {of: [values[of]] if of in values else [] for of in memory}
                beyond = [of for of in given if self.says(trigger.rule, memory[of], given[of])]
                self.alarms |= {(tick, trigger.name, of) for of in beyond}
                self.events += [(tick, "alarm")] if beyond else []
                return bool(beyond)
            case "NewSlice":
                start, unseen = self.first_row(self.since), self.unseen()
                new = [self.table.group[row] for row in unseen if row >= start]
                old = {self.table.group[row] for row in set(self.there) - set(unseen)}
                found = [g for g in {*new} - old if new.count(g) >= trigger.min_rows]
                found = found if self.arrived or tick == self.since else []
                self.events += [(tick, "alarm")] * len(found)
                return bool(found)
            case "KOf":
                return sum([self.fires(part) for part in trigger.triggers]) >= trigger.k
            case "Veto":
                fired, veto = (self.fires(part) for part in trigger.triggers)
                return fired and not veto
            case "Confirm":
                acted = memory.setdefault("acted", [])
                acted.append(self.fires(trigger.triggers[0]))
                recent = acted[-(trigger.within or trigger.times) :]
                return acted[-1] and sum(recent) >= trigger.times
            case "WaitFor":
                if spent and spent[-1] >= memory.get("since", tick):
                    memory.clear()
                if self.fires(trigger.triggers[0]):
                    memory.setdefault("since", tick)
                    memory["last"] = tick
                if "since" not in memory:
                    return False
                new = len(self.known) - self.known_at[memory["since"]]
                quiet = 0 if trigger.quiet is None else self.in_ticks(trigger.quiet)
                return new >= (trigger.labels or 0) and tick - memory["last"] >= quiet
            case "IncorporationLatency":
                start = spent[-1] if spent else 0
                known = [k - self.known_at[start] for k in self.known_at[start : tick + 1]]
                return sum((a + b) / 2 for a, b in itertools.pairwise(known)) >= trigger.allowed
            case "LyapunovBudget":
                queue = 0.0
                for before in range(tick):
                    queue = max(0.0, queue + (before in spent) - 1 / self.in_ticks(trigger.every))
                losses = self.losses(trigger.of)
                excess = memory.setdefault("excess", 0.0)
                if losses:
                    mean = sum(losses) / len(losses)
                    memory["excess"] = max(0.0, excess + mean - trigger.expected)
                return trigger.weight * memory["excess"] > queue
            case "SquareRootCalendar" | "GridCalendar":
                # it remembers its review by itself, unless it is part of what starts afresh
                memory = self.reviews if trigger is self.strategy.trigger else memory
                review = tick - tick % self.in_ticks(trigger.review)
                if memory.get("review") != review:
                    memory["review"], memory["period"] = review, self.reviewed(trigger, review)
                return tick >= 1 and tick - (spent[-1] if spent else 0) >= memory["period"]
            case "Budget":
                fired = self.fires(trigger.triggers[0])
                period = tick + 1 if trigger.per is None else self.in_ticks(trigger.per)
                return fired and sum(t > tick - period for t in spent) < trigger.trainings
        raise NotImplementedError(trigger)

    def reviewed(self, trigger, review):
        """The period of a calendar from a review on, by every period that could be."""
        rows = [r for r in self.seen if r >= self.warm and self.answer[r] is not None]
        rows = [r for r in rows if r in self.known and self.words[r][0][0] <= review]
        pairs = [(self.age[r], self.error(r, self.answer[r])) for r in rows]
        first = self.in_ticks(trigger.every)
        if review == 0 or len(pairs) < trigger.min_labels:
            return first
        growth = trigger.error * (self.first_row(review) - self.warm) / review
        if type(trigger).__name__ == "SquareRootCalendar":
            mean = sum(age for age, _ in pairs) / len(pairs)
            spread = sum((age - mean) ** 2 for age, _ in pairs)
            if not spread:
                return first
            slope = sum((age - mean) * loss for age, loss in pairs) / spread
            periods = range(1, 101 if trigger.longest is None else trigger.longest + 1)
            lost = {k: growth * slope * (k - 1) / 2 for k in periods}
        else:
            ages = sorted({age for age, _ in pairs})
            means = [np.mean([loss for a, loss in pairs if a == age]) for age in ages]
            periods = [self.in_ticks(period) for period in trigger.periods]
            lost = {k: growth * np.mean(np.interp(range(k), ages, means)) for k in periods}
        return min(periods, key=lambda k: trigger.price / k + lost[k])

    def says(self, rule, memory, values):
        """Whether a rule fires over the values of one more tick."""
        match type(rule).__name__:
            case "Level":
                return bool(values) and sum(values) / len(values) > rule.above
            case "Confirmed":
                said = self.says(rule.rule, memory.setdefault("inner", {}), values)
                acted = memory.setdefault("acted", [])
                acted += [said] if values else []
                return said and sum(acted[-rule.times :]) >= rule.times
            case "Cusum":
                total, high = memory.get("sum", 0.0), 0.0
                for value in values:
                    total = max(0.0, total + (value - rule.mean) / rule.spread - rule.k)
                    high = max(high, total)
                fired = high > rule.limit
                memory["sum"] = 0.0 if fired else total
                self.events += [(self.tick, "alarm")] if fired else []
                return fired
            case "AvoidableErrors":
                lost = max(0.0, sum(values) - rule.expected * len(values))
                memory["lost"] = memory.get("lost", 0.0) + lost
                fired = bool(values) and memory["lost"] >= rule.allowed
                memory["lost"] = 0.0 if fired else memory["lost"]
                return fired
        raise NotImplementedError(rule)

    def holdout(self, gate=None):
        gate = gate or self.strategy.offline
        if type(gate).__name__ in ("NoTest", *EXPECTED):
            return []
        if type(gate).__name__ in ("AllOf", "AnyOf"):
            asked = [self.holdout(test) for test in gate.tests]
            self.gated[self.tick, id(gate)] = asked
            return sorted({row for rows in asked for row in rows})
        return self.of_set(gate.set)

    def evaluation(self):
        """Rows that nobody trains on, whose labels are known."""
        rows = [row for row in self.known if row in self.set_aside]
        return [row for row in rows if self.kept(row, self.now)]

    def compare(self, model, champion, rows, weights=None, powers=False):
        """Number of rows that both answer, and the scores of both on them."""
        weighed = dict(zip(rows, weights or [1] * len(rows), strict=True))
        rows = [row for row in rows if weighed[row] is not None]
        pairs = [(self.predict(model, r), self.predict(champion, r), r) for r in rows]
        pairs = [pair for pair in pairs if None not in pair]
        new = [self.error(r, answer) for answer, _, r in pairs]
        old = [self.error(r, answer) for _, answer, r in pairs]
        if not pairs:
            return 0, None, None
        if weights is not None:
            rows = [row for *_, row in pairs]
            stands = np.array([weighed[row] for row in rows])
            means = [np.array(losses) @ stands / stands.sum() for losses in (new, old)]
            if powers:
                means = [
                    self.powered(asked, rows, losses, stands)
                    for asked, losses in ((model, new), (champion, old))
                ]
        else:
            means = np.mean(new), np.mean(old)
        return len(pairs), *(self.score(None, mean) for mean in means)

    def powered(self, model, rows, losses, stands):
        """What is expected of all rows from the first to the last, less what is missed on some."""
        every = {r: self.expected(model, r) for r in self.seen if rows[0] <= r <= rows[-1]}
        there = np.flatnonzero([every[row] == every[row] for row in rows])
        missed = np.array([every[rows[place]] - losses[place] for place in there])
        share = stands[there] / stands[there].sum()
        return np.mean([loss for loss in every.values() if loss == loss]) - missed @ share

    def expected(self, model, row):
        """What an answer loses in the mean, by the chance of each class; NaN where unknown."""
        answer, total = self.predict(model, row), 0.0
        if answer is None:
            return np.nan
        for chance, truth in zip(
            self.likely(model.estimator, row), self.table.classes, strict=True
        ):
            total += chance * self.error(row, answer, truth)
        return total

    def passes(self, model):
        gate = self.strategy.offline
        fresh = {*self.unseen(), *self.evaluation()}  # not what another champion trained on since
        rows = [row for row in model.holdout if self.kept(row, self.now) and row in fresh]
        with self.judged_apart(model, rows):
            accepted = self.gate_says(gate, model, rows)
        if accepted is None:
            return True
        parent = self.champion.number if self.champion else None
        rests = len(rows)
        if type(gate).__name__ in EXPECTED or (type(gate).__name__ == "Suitable" and self.champion):
            rests = self.rests
        event = (self.tick, "offline_test", model.number, parent, rests, accepted)
        self.events.append(event)
        return accepted

    def gate_says(self, gate, model, rows):
        kind = type(gate).__name__
        if kind == "NoTest":
            return None
        if kind in ("AllOf", "AnyOf"):
            asked = self.gated[model.trained, id(gate)]
            verdicts = [
                self.gate_says(test, model, [row for row in of if row in rows])
                for test, of in zip(gate.tests, asked, strict=True)
            ]
            told = [verdict for verdict in verdicts if verdict is not None]
            passed = [verdict is not False for verdict in verdicts]
            return None if not told else all(passed) if kind == "AllOf" else any(passed)
        if kind in EXPECTED:
            self.rests, passed = self.as_expected(gate, model)
            return passed
        if self.champion is None:
            return True  # here nobody has a floor
        if kind == "Suitable":
            self.rests, passed = self.is_suitable(gate, model, rows)
            return passed
        if kind == "ChampionChallenger":
            weights, powers = self.weights_of(rows, gate.set), gate.set.weigh == POWERED
            count, new, old = self.compare(model, self.champion, rows, weights, powers)
            return count >= gate.min_rows and more(new, old + gate.margin)
        there = [row for row in rows if self.compare(model, self.champion, [row])[0]]
        weights = self.weights_of(there, gate.set)
        stands = None if weights is None else dict(zip(there, weights, strict=True))
        there = [row for row in there if stands is None or stands[row] is not None]
        if len(there) < gate.min_rows:
            return False
        named = {"all": there}
        if self.table.group is not None:
            for code, name in enumerate(self.table.schema.slices["group"]):
                named[name] = [row for row in there if self.table.group[row] == code]
        holds = []
        for slices, held in self.claims(gate, stands):
            of = ["all", *(named if "group" in slices else [])]
            enough = {name: named[name] for name in of if len(named[name]) >= gate.min_rows}
            holds += [held(model, rows) for rows in enough.values()]
        return all(holds)

    def claims(self, gate, stands):
        """What a test asks of rows, and of which slices beside the whole."""
        if type(gate).__name__ == "Significance":  # without a correction
            way = self.shown if stands is None else self.shown_by_weights
            return [(gate.measures[0][1].given, lambda new, rows: way(gate, new, rows, stands))]
        found = []
        for bound in gate.bounds:
            given = bound.given

            def held(model, rows, given=given):
                weights = None if stands is None else [stands[row] for row in rows]
                _, new, old = self.compare(model, self.champion, rows, weights)
                scale = {"absolute": 1, "relative": abs(old)}
                needs = [need * scale[key] for key, need in given.items()]
                return all(new - old >= need - 1e-12 for need in needs)

            found.append((bound.slices, held))
        return found

    def shown_by_weights(self, gate, model, rows, stands):
        """By t of a weighted mean of what the challenger loses less; its error by residuals."""
        from scipy.stats import t

        lost = [
            [self.error(r, self.predict(one, r)) for r in rows] for one in (self.champion, model)
        ]
        gains, count = np.subtract(*lost), len(rows)
        share = np.array([stands[row] for row in rows]) / sum(stands[row] for row in rows)
        gain = share @ gains
        error2 = sum((share * (gains - gain)) ** 2) * count / (count - 1) if count > 1 else 0.0
        return bool(error2 > 1e-20 and t.sf(gain / math.sqrt(error2), count - 1) <= gate.alpha)

    def shown(self, gate, model, rows, _):
        """By McNemar's test, exact."""
        pairs = [(self.predict(model, r), self.predict(self.champion, r), r) for r in rows]
        right = [(self.error(r, a) == 0, self.error(r, b) == 0) for a, b, r in pairs]
        only_new = sum(a and not b for a, b in right)
        alone = only_new + sum(b and not a for a, b in right)
        p = sum(math.comb(alone, k) for k in range(only_new, alone + 1)) / 2**alone
        return p <= gate.alpha

    # online tests and monitors -------------------------------------------------------------------

    def verdict(self, trial):
        """Of a shadow: None to go on; the number of labels that it rests on, and whether better."""
        test, *_ = self.online
        if test.ruled:
            return self.judged(trial)
        if self.now < self.starts[trial.tick] + length(test.length):
            return None
        rows = [row for row in self.seen if row >= self.first_row(trial.tick)]
        if test.mature is not None:
            rows = [row for row in rows if self.table.time[row] <= self.now - length(test.mature)]
        rows = [row for row in rows if row in self.known]
        weights = [self.stands.get(row) for row in rows] if test.weigh else None
        powers = test.weigh == POWERED
        count, new, old = self.compare(trial.model, trial.champion, rows, weights, powers)
        return count, count >= test.min_labels and more(new, old + test.margin)

    def measure(self, monitor):
        """The values of a monitor in this tick."""
        served = [row for row in self.seen if row >= self.warm]
        if type(monitor).__name__ == "Score":
            rows = [row for row in served if row in self.known][-monitor.window :]
            rows = [row for row in rows if self.answer[row] is not None]
            return {None: self.served_score(rows)} if len(rows) >= monitor.min_labels else {}
        if type(monitor).__name__ == "Complaints":
            return self.complained(monitor, served)
        if type(monitor).__name__ == "ProfileDistribution":
            return self.profiled(monitor)
        window, reference = monitor.window, range(self.warm)
        now = served[-window:] if isinstance(window, int) else self.lasting(served, window)
        if monitor.reference == "training":
            reference = self.champion.rows if self.champion else []
        was = [row for row in reference if self.kept(row, self.now)]
        if min(len(was), len(now)) < monitor.min_rows:
            return {}
        values = {}
        for name in monitor.features or self.table.schema.features:
            place = self.table.schema.features.index(name)
            one, two = self.table.X[was, place], self.table.X[now, place]
            values[name] = moved(one, two) if "earth" in monitor.distance else bins(one, two)
        return values

    def profiled(self, monitor):
        """The largest difference of shares, of all that was served in some ticks, kept or not."""
        first, before = self.tick - monitor.ticks, monitor.reference == "warmup"
        since = first if before else first - monitor.reference
        if since < 0:
            return {}
        ticks, values = self.tick_of, {}
        was = range(self.warm) if before else [r for r in ticks if since <= ticks[r] < first]
        now = [row for row in ticks if first <= ticks[row] < self.tick]
        names = [None] if monitor.what == "answer" else self.table.schema.features
        for name in monitor.features or names:
            if name is None:
                one, two = ([self.answer[r] for r in some] for some in (was, now))
                one, two = ([a for a in some if a is not None] for some in (one, two))
                cells = [[some.count(c) for c in self.table.classes] for some in (one, two)]
            else:
                column = self.table.X[:, self.table.schema.features.index(name)]
                edges = warm_edges(column[: self.warm], self.strategy.logging.bins)
                bin_of = [[sum(e < column[r] for e in edges) for r in some] for some in (was, now)]
                cells = [[some.count(k) for k in range(len(edges) + 1)] for some in bin_of]
            sizes = [sum(some) for some in cells]
            if min(sizes) >= monitor.min_rows:
                pairs = zip(*cells, strict=True)
                values[name] = max(abs(a / sizes[0] - b / sizes[1]) for a, b in pairs)
        return values

    def complained(self, monitor, served):
        """Shares of answered events whose user complained in time, in all and by answer."""
        span, table = length(monitor.mature), self.table
        old = [row for row in served if table.time[row] + span <= self.now][-monitor.window :]
        old = [row for row in old if self.answer[row] is not None]
        values = {}
        for of in [None, *(table.classes if monitor.per_class else [])]:
            rows = [row for row in old if of is None or self.answer[row] == of]
            if len(rows) < monitor.min_rows:
                continue
            came = 0
            for row in rows:
                when = table.complaints[row][int(self.answer[row] != table.y[row])]
                came += when is not None and when <= table.time[row] + span
            values[None if of is None else str(of)] = came / len(rows)
        return values


def warm_edges(values, bins):
    """Edges of bins of equal share of some values, and of what is beyond all of them."""
    if not len(values):
        return [0.0]
    inner = {np.quantile(values, k / bins) for k in range(1, bins)}
    return sorted({np.nextafter(min(values), -np.inf), *inner, max(values)})


def moved(one, two):
    """How far values have to be moved, in standard deviations of the first."""
    every, total = sorted([*one, *two]), 0.0
    for low, high in itertools.pairwise(every):
        total += (high - low) * abs(np.mean(one <= low) - np.mean(two <= low))
    spread = np.std(one)
    return total / spread if spread else float("inf") if total else 0.0


def bins(one, two):
    """The largest difference of shares in ten bins of equal share of the first."""
    edges = sorted({np.quantile(one, k / 10) for k in range(1, 10)})
    if edges[0] == min(one):  # what is lower still has a bin of its own
        edges = [np.nextafter(min(one), -np.inf), *edges]
    bin_of = [[sum(edge < value for edge in edges) for value in some] for some in (one, two)]
    shares = [[some.count(k) / len(some) for k in range(len(edges) + 1)] for some in bin_of]
    return max(abs(a - b) for a, b in zip(*shares, strict=True))
