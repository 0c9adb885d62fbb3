"""The replay agrees with the slow reference, whatever the stream and the strategy."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st
from river import bandit, drift, linear_model, naive_bayes
from sklearn.base import BaseEstimator
from sklearn.linear_model import SGDClassifier, SGDRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from threadpoolctl import threadpool_limits

import clsim
from clsim.monitoring import Complaints, FeatureDistribution, ProfileDistribution, Score
from clsim.strategy import (
    AsServed,
    NoModel,
    Strategy,
    changes,
    curation,
    datasets,
    deployment,
    evaluation,
    expectations,
    guards,
    logging,
    offline,
    online,
    reuse,
    review,
    rules,
    suitable,
    triggers,
)
from clsim.strategy.online import rules as online_rules
from clsim.strategy.online.bandit import BetterMean
from clsim.strategy.training import RowByRow, Stateful, Stateless
from clsim.strategy.triggers.combinations import within
from clsim.streams.delays import Annotators
from clsim.types import Ask
from helpers.examples import share
from helpers.reference import Reference
from helpers.split import Split
from helpers.tables import Rumour, Table, assert_same, happened

NUMBERS = itertools.count()  # no two signals of a strategy have one name


class Fussy(BaseEstimator):
    """Remembers the mean target of its rows; refuses every fifth number of rows."""

    def fit(self, X, y):
        self.total_, self.rows_ = 0.0, 0
        return self.partial_fit(X, y)

    def partial_fit(self, X, y, classes=None):
        if len(y) % 5 == 4:
            raise RuntimeError(f"{len(y)} rows")
        self.total_ = getattr(self, "total_", 0.0) + y.sum()
        self.rows_ = getattr(self, "rows_", 0) + len(y)
        self.whole_ = y.dtype.kind in "iu"
        return self

    def predict(self, X):
        mean = self.total_ / self.rows_
        return np.full(len(X), int(mean + 0.5)) if self.whole_ else mean + X[:, 0]


class Choosy(Fussy):
    """Refuses to answer about some events, beside which others are asked again."""

    def predict(self, X):
        if (X[:, 0] > 0.8).any():
            raise ValueError("above 0.8")
        return super().predict(X)


def some_group(rng, n):
    """Two groups; in half of the cases the second one comes late."""
    late = rng.integers(0, 2) * n // 2
    return np.where(np.arange(n) < late, 0, rng.integers(0, 2, n))


@st.composite
def worlds(draw, longest=250):
    """A stream and its clock: ``(table, tick, warmup)``."""
    n = draw(st.integers(40, longest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["rows", "regular", "irregular"]))
    n_classes = draw(st.sampled_from([2, 2, 3, 0]))
    X = rng.normal(size=(n, 2))
    if n_classes:
        y = np.clip(np.rint(X[:, 0] + 1), 0, n_classes - 1).astype(int)
        y[n // 2 :] = n_classes - 1 - y[n // 2 :]
        y = np.where(rng.random(n) < 0.2, rng.integers(0, n_classes, n), y)
    else:
        y = X[:, 0] * np.where(np.arange(n) < n // 2, 1, -1) + 0.1 * rng.normal(size=n)
    if kind == "irregular":
        time = 5 + np.cumsum(rng.choice([0, 0, 1, 2, 3, 30], n))
    else:
        time = np.arange(n) * (4 if kind == "regular" else 1)
    late = draw(st.sampled_from(["none", "constant", "random", "never"]))
    longest = draw(st.integers(1, 60))
    if late == "none":
        label_time = time
    elif late == "constant":
        label_time = time + longest
    else:
        label_time = time + rng.integers(0, longest, n)
    label_time = label_time.tolist()
    if late == "never":
        label_time = [t if rng.random() < 0.7 else None for t in label_time]
    timed = kind != "rows"
    tick = draw(st.integers(1, 20))
    if timed and draw(st.booleans()):
        tick = f"{tick}us"
    warmup = draw(st.integers(0, n // 3))
    if timed and draw(st.booleans()):
        warmup = f"{int(time[n // 3]) - int(time[0]) - draw(st.integers(0, 3))}us"
        warmup = "0us" if warmup.startswith("-") else warmup
    available = told = revised = None
    if draw(st.booleans()):  # rows load late, some never
        wait = rng.integers(0, draw(st.integers(1, 60)), n)
        available = [int(t + w) if rng.random() < 0.9 else None
                     for t, w in zip(time, wait, strict=True)]  # fmt: skip
    if draw(st.booleans()):  # labels are told otherwise, and revised
        other = rng.integers(0, n_classes, n) if n_classes else y + rng.normal(size=n)
        told = np.where(rng.random(n) < 0.3, other, y)
        wait = rng.integers(0, draw(st.integers(1, 90)), n)
        revised = [int((t or 0) + w) if rng.random() < 0.7 else None
                   for t, w in zip(label_time, wait, strict=True)]  # fmt: skip
        revised = [
            None if r is None else max(r, int(t)) for r, t in zip(revised, time, strict=True)
        ]
    deleted = None
    if draw(st.booleans()):  # people ask that rows are deleted, some before their labels come
        wait = rng.integers(0, draw(st.integers(1, 120)), n)
        share = draw(st.sampled_from([0.1, 0.5]))
        deleted = [int(t + w) if rng.random() < share else None
                   for t, w in zip(time, wait, strict=True)]  # fmt: skip
    amount = None
    if n_classes:
        of = draw(st.sampled_from([None, None, "error", "answer", "pair"]))
        shape = (n, *[n_classes] * (("error", "answer", "pair").index(of) if of else 0))
        amount = None if of is None else rng.exponential(3, shape)
    complaints = None
    if n_classes:  # of right answers seldom, and sooner
        wait = time[:, None] + rng.integers(0, [9, 40], (n, 2))
        complains = rng.random((n, 2)) < (0.2, 0.7)
        complaints = [
            [int(when) if does else None for when, does in zip(*both, strict=True)]
            for both in zip(wait, complains, strict=True)
        ]
    table = Table(
        X, y, amount=amount, complaints=complaints,
        time=time.tolist() if timed else None, label_time=label_time,
        classes=range(n_classes), blocks=draw(st.integers(1, 3)), available=available, told=told,
        revised=revised, group=some_group(rng, n) if draw(st.booleans()) else None,
        deleted=deleted,
    )  # fmt: skip
    table.warmup = warmup if isinstance(warmup, int) else n  # what a strategy may refer to
    event(f"{kind}, {late}, {type(tick).__name__}, {available is not None}, {told is not None}")
    return table, tick, warmup


def detectors(table):
    found = [drift.ADWIN(clock=1, grace_period=3, min_window_length=2, delta=0.3),
             drift.PageHinkley(min_instances=4, threshold=0.5)]  # fmt: skip
    counts = table.classes and table.amount is None
    return [*found, drift.binary.DDM(warm_start=4)] if counts else found


def some_rules():
    return [rules.Cusum(limit=2.5, k=0.25, mean=0.25, spread=0.5), rules.AvoidableErrors(4, 0.25),
            rules.Confirmed(rules.Level(above=0.25), 2)]  # fmt: skip


def one_attention(trigger):
    return sum(isinstance(part, triggers.Attention) for part in within(trigger)) <= 1


@st.composite
def some_trigger(draw, table, tick, depth=2):
    in_time = isinstance(tick, str)

    def ticks(low, high):
        count = draw(st.integers(low, high))
        return f"{count * int(tick[:-2])}us" if in_time and draw(st.booleans()) else count

    names = ["Never", "Periodic", "Volume", "Growth", "Below", "Drop", "Drift", "Threshold"]
    names += ["At", "Random", "OnLosses", "OnSignal", "Latency", "Lyapunov", "Law", "Grid"]
    names += ["NewSlice"] if table.group is not None else []
    if depth:
        names += ["KOf", "Veto", "Confirm", "WaitFor"]
        names += ["AnyOf", "AllOf", "Cooldown", "Budget", "Budget per"]
        names += ["Attention"] * 5  # often, since a strategy may have but one
    name = draw(st.sampled_from(names))
    of = draw(st.sampled_from(["champion", "all"]))
    window = draw(st.integers(1, 20))
    watched = {"window": window, "min_labels": draw(st.integers(1, window)), "of": of}
    inner = some_trigger(table, tick, depth - 1)
    if name == "Never":
        return triggers.Never()
    if name == "Periodic":
        return triggers.Periodic(ticks(3, 6), draw(st.integers(0, 2)))
    if name == "Volume":
        return triggers.Volume(rows=draw(st.integers(1, 30)))
    if name == "Growth":
        return triggers.Volume(growth=draw(st.sampled_from([3, 10.0, 33.3])))
    if name == "Below":
        return triggers.Performance(
            below=draw(st.sampled_from([0.5, 0.75, 0.9] if table.classes else [-0.3, -1])),
            **watched,
        )
    if name == "Drop":
        return triggers.Performance(drop=draw(st.sampled_from([0, 0.05, 0.2])), **watched)
    if name == "Drift":
        return triggers.Drift(draw(st.sampled_from(detectors(table))), of)
    if name == "Threshold":
        monitor, thresholds = draw(some_monitor(table))
        side = "below" if isinstance(monitor, Score) else "above"
        names = [] if side == "below" else monitor.names(table.schema)
        of = draw(st.sampled_from([None, "a"])) if "a" in names else None
        return triggers.Threshold(
            monitor, **{side: draw(st.sampled_from(thresholds))}, of=of,
            name=f"signal {next(NUMBERS)}",
        )  # fmt: skip
    if name == "At":
        return triggers.At(draw(st.lists(st.integers(0, 20), max_size=4)))
    if name == "NewSlice":
        return triggers.NewSlice("group", draw(st.integers(1, 5)))
    if name == "Random":
        return triggers.Random(ticks(1, 6), random_state=draw(st.integers(0, 9)))
    if name == "OnLosses":
        return triggers.OnLosses(draw(st.sampled_from(some_rules())), of)
    if name == "OnSignal":
        monitor, thresholds = draw(some_monitor(table))
        rule = rules.Level(above=draw(st.sampled_from(thresholds)))
        rule = draw(st.sampled_from([rule, rules.Confirmed(rule, 2)]))
        return triggers.OnSignal(monitor, rule, name=f"signal {next(NUMBERS)}")
    if name == "Latency":
        return triggers.IncorporationLatency(draw(st.sampled_from([5, 40.5, 300])))
    if name == "Lyapunov":
        weight = draw(st.sampled_from([0.5, 3]))
        return triggers.LyapunovBudget(ticks(1, 6), weight, draw(st.sampled_from([0, 0.25])), of=of)
    if name in ("Law", "Grid"):
        review, price = ticks(1, 6), draw(st.sampled_from([1.37, 9.41]))
        enough = {"error": 1.03, "every": ticks(1, 4), "min_labels": draw(st.integers(2, 20))}
        if name == "Law":
            longest = draw(st.sampled_from([None, 9]))
            return triggers.SquareRootCalendar(review, price, longest=longest, **enough)
        return triggers.GridCalendar([1, 3, 5], review, price, **enough)
    if name == "KOf":
        return triggers.KOf([draw(inner) for _ in range(3)], draw(st.integers(1, 3)))
    if name == "Veto":
        return triggers.Veto(draw(inner), by=draw(inner))
    if name == "Confirm":
        times = draw(st.integers(1, 3))
        return triggers.Confirm(draw(inner), times, draw(st.sampled_from([None, times + 2])))
    if name == "WaitFor":
        labels, quiet = draw(st.sampled_from([(9, None), (None, 2), (5, 1)]))
        return triggers.WaitFor(draw(inner), labels, quiet)
    if name in ("AnyOf", "AllOf"):
        return getattr(triggers, name)([draw(inner), draw(inner)])
    if name == "Cooldown":
        return triggers.Cooldown(draw(inner), ticks(1, 8))
    if name == "Attention":
        return triggers.Attention(draw(inner), draw(st.integers(1, 3)), ticks(2, 8))
    return triggers.Budget(
        draw(inner), draw(st.integers(0, 4)), ticks(1, 8) if name == "Budget per" else None
    )


@st.composite
def some_span(draw, table, low, high):
    """A length on the table's clock."""
    span = draw(st.integers(low, high))
    return f"{span}us" if table.timed else span


@st.composite
def some_monitor(draw, table):
    """A monitor, and thresholds that its values may pass."""
    kinds = ["features", "score", "complaints", *(["profiles"] if table.warmup else [])]
    kind = draw(st.sampled_from(kinds))
    if kind == "profiles":
        what = draw(st.sampled_from(["features", *(["answer"] if table.classes else [])]))
        references = st.sampled_from(["warmup", 1, 3] if what == "features" else [1, 3])
        ticks, rows = draw(st.integers(1, 3)), draw(st.integers(1, 10))
        monitor = ProfileDistribution(what, reference=draw(references), ticks=ticks, min_rows=rows)
        return monitor, [0.2, 0.3, 0.5]
    if kind == "complaints" and table.classes:
        window = draw(st.integers(1, 30))
        monitor = Complaints(
            draw(some_span(table, 0, 40)), window, draw(st.integers(1, window)), draw(st.booleans())
        )
        return monitor, [0.1, 0.3]
    if kind != "features":
        window = draw(st.integers(1, 30))
        monitor = Score(window, draw(st.integers(1, window)))
        return monitor, [0.4, 0.6, 0.8] if table.classes else [-0.3, -1]
    window = draw(st.one_of(st.integers(1, 40), some_span(table, 1, 60)))
    rows = draw(st.integers(1, min(10, window if isinstance(window, int) else 10)))
    references = ["training", "warmup"] if table.warmup >= rows else ["training"]
    monitor = FeatureDistribution(
        draw(st.sampled_from(["l_infinity", "earth_mover"])), draw(st.sampled_from(references)),
        window, rows, draw(st.sampled_from([None, ["a"], ["b", "a"]])),
    )  # fmt: skip
    return monitor, [0.2, 0.3, 0.5]


@st.composite
def some_dataset(draw, table, tick, learner=None, alarms=False):
    """A window is never shorter than a tick; one of two rules is about another."""
    if weighs(learner) and draw(st.integers(0, 3)) == 0:
        inner = draw(some_dataset(table, tick, alarms=alarms))
        return datasets.Decayed(inner, draw(some_span(table, 1, 60)))
    if draw(st.booleans()):
        return draw(some_dataset_within(table, tick, learner, alarms))
    names = ["All", "NewSinceLast", "rows", "time", *["SinceAlarm"] * (2 * alarms)]
    name = draw(st.sampled_from(names))
    if name == "SinceAlarm":
        return datasets.SinceAlarm(draw(st.integers(5, 40)), draw(some_span(table, 1, 30)))
    if name == "rows":
        return datasets.SlidingWindow(draw(st.integers(20, 60)))
    if name == "time" and table.timed:
        return datasets.SlidingWindow(f"{draw(st.integers(20, 100))}us")
    return datasets.NewSinceLast() if name == "NewSinceLast" else datasets.All()


@st.composite
def some_dataset_within(draw, table, tick, learner, alarms):
    inner = draw(some_dataset(table, tick, alarms=alarms))
    grouped = ["class"] * bool(table.classes) + ["group"] * (table.group is not None)
    kinds = ["Sampled", "Replayed", *["ByLoss"] * (learner is not None)]
    kinds += ["Balanced"] * bool(grouped)
    kind = draw(st.sampled_from(kinds))
    if kind == "Sampled":
        half_life = draw(st.sampled_from([None, draw(some_span(table, 1, 60))]))
        size = {"rows": draw(st.integers(10, 60)), "half_life": half_life}
        return datasets.Sampled(inner, **draw(st.sampled_from([size, {"share": 0.7}])))
    if kind == "ByLoss":
        return datasets.ByLoss(inner, draw(st.integers(10, 60)), draw(st.sampled_from([1.0, 50.0])))
    if kind == "Replayed":
        return datasets.Replayed(datasets.NewSinceLast(), inner, draw(st.sampled_from([0.3, 1.0])))
    how = draw(st.sampled_from(["down", "up", *["weights"] * weighs(learner)]))
    undo = weighs(learner) and how != "weights" and draw(st.booleans())
    by = draw(st.sampled_from(grouped))
    return datasets.Balanced(inner, by, how, draw(st.sampled_from([1.0, 1.5])), undo)


@st.composite
def some_training(draw, table, tick, learner):
    duration = draw(some_span(table, 0, 60)) if draw(st.booleans()) else 0
    duration = f"{duration}us" if table.timed and duration == 0 else duration
    ways = [how for how in ("partial_fit", "warm_start") if can(learner, how)]
    kinds = ["Stateless", *["Stateful"] * bool(ways), *["RowByRow"] * hasattr(learner, "learn_one")]
    kind = draw(st.sampled_from(kinds))
    more = draw(some_span(table, 0, 400)) if draw(st.booleans()) else 0
    more = f"{more}us" if table.timed and more == 0 else more
    if kind == "RowByRow":
        until = draw(st.sampled_from([None, draw(st.integers(20, 300))]))
        until = until and until + int(np.min(table.time) if table.timed else 0)
        dated = table.timed and until is not None
        return RowByRow(duration, str(np.datetime64(until, "us")) if dated else until, more)
    if kind == "Stateless":
        return Stateless(duration, more)
    how = draw(st.sampled_from(ways))
    micro = how == "partial_fit" and table.classes and not hasattr(learner, "learn_one")
    return Stateful(
        how, "partial_fit" if how == "partial_fit" and draw(st.booleans()) else "fit",
        draw(st.sampled_from([None, 1, 3])), draw(some_dataset(table, tick)), duration,
        draw(st.sampled_from([None, 3, 16])) if micro else None, None, more,
    )  # fmt: skip


def some_weigh(table, learner):
    """Of labels bought by chance; expected losses need probabilities, and amounts known before."""
    before = table.schema.amounts in (None, "pair") and table.classes
    likely = before and weighs(learner) and hasattr(learner, "predict_proba")
    return st.sampled_from([None, "picked", *(["prediction_powered"] if likely else [])])


@st.composite
def some_gate(draw, table, bought, learner):
    """A test; with evaluation rows on these, and weighed where that can be."""
    more = {}
    if bought is not None and bought.evaluation:
        more["using"] = draw(st.sampled_from(["evaluation", "held_out"]))
    held_out = more.get("using") == "held_out"
    if bought is not None and bought.biased is None and not held_out:
        more["weigh"] = draw(some_weigh(table, learner))
    size = draw(st.integers(5, 20))
    size = f"{size * 3}us" if table.timed and draw(st.booleans()) else size
    margin, least = draw(st.sampled_from([0, 0.05, -0.1, -9])), draw(st.integers(1, 5))
    given = more
    if not more.get("weigh") and not held_out and draw(st.booleans()):
        size, given = draw(some_set(table, bought)), {}
    usual = offline.ChampionChallenger(size, margin, least, **given)
    other = usual
    if more.get("weigh") == "prediction_powered":
        more["weigh"] = "picked"
    some, weighed = draw(st.integers(5, 20)), bool(more.get("weigh"))
    if not more and draw(st.booleans()):
        some = draw(some_set(table, bought))
        weighed = some.weigh is not None
    slices = ["group"] if table.group is not None else []
    if draw(st.booleans()):
        bound = {draw(st.sampled_from(["absolute", "relative"])): draw(st.sampled_from([0, -0.2]))}
        bounds = [offline.Bound("score", slices=slices, **bound), offline.Bound(absolute=-0.5)]
        other = offline.Bounds(bounds, some, least, **more)
    elif table.classes and table.amount is None:
        alpha = draw(st.sampled_from([0.1, 0.4]))
        more |= {"alpha": alpha, "correction": None, "slices": slices, "min_rows": least}
        way = None if weighed else "mcnemar"
        other = offline.Significance("better", way, holdout=some, **more)
    combined = [offline.AllOf([usual, other]), offline.AnyOf([other, offline.AllOf([usual])])]
    return draw(st.sampled_from([usual, usual, other, *combined]))


@st.composite
def some_review(draw, table):
    """A person, who may be slow."""
    takes = draw(st.sampled_from([0, 3, 12]))
    takes = f"{takes}us" if table.timed and takes else takes
    over = "20us" if table.timed else 20
    sees, suspects = draw(st.sampled_from([0.3, 1.0])), draw(st.sampled_from([0.0, 0.4]))
    stale, wins = draw(st.sampled_from([None, over])), draw(st.sampled_from([None, 2]))
    return review.Person(takes, sees, suspects, over, max_wins=wins, stale_after=stale)


@st.composite
def some_set(draw, table, bought, weighs=True):
    """An evaluation set, as far as the warm-up surely has it."""
    mature = draw(st.sampled_from([None, 3, 10]))
    mature = f"{mature}us" if mature is not None and table.timed else mature
    by = draw(st.sampled_from([None, "group"])) if table.group is not None else None
    kind = draw(st.sampled_from(["Newest", "Fixed", "Growing", "Growing"]))
    if kind == "Newest":
        return evaluation.Newest(draw(st.integers(3, 20)), mature=mature, by=by)
    if kind == "Fixed":
        pick = draw(st.sampled_from(["random", "newest"]))
        return evaluation.Fixed(draw(st.integers(1, 4)), pick, mature, by)
    share, limit = draw(st.sampled_from([0.1, 0.5])), draw(st.sampled_from([None, 5]))
    edges = evaluation.EdgeCases(share=draw(st.sampled_from([0.3, 1.0])))
    evaluated = bought is not None and bought.evaluation > 0
    by = None if limit is None else by
    weigh = None if by or evaluated or not weighs else draw(st.sampled_from([None, "joined"]))
    edges = draw(st.sampled_from([None, edges]))
    return evaluation.Growing(share, edges, evaluated, weigh, limit, mature, by)


@st.composite
def some_shadow(draw, table, bought, learner):
    weigh = None
    if bought is not None and bought.biased is None:
        weigh = draw(some_weigh(table, learner))
    length = draw(st.integers(1, 40 if table.timed else 25))  # not more than is served
    mature, more = draw(st.one_of(st.none(), some_span(table, 0, length - 1))), {}
    if weigh is None and length >= 8 and draw(st.booleans()):
        more["rule"] = draw(some_rule(coin=False))
        more["unit"] = draw(st.sampled_from([None, table.schema.features[-1]]))
    return online.Shadow(
        f"{length}us" if table.timed else length, draw(st.sampled_from([0, 0.05, -0.1, -9])),
        draw(st.integers(1, min(length, 6))), mature, draw(st.booleans()), weigh, **more,
    )  # fmt: skip


@st.composite
def some_rule(draw, coin):
    kinds = ["end", "wald", "end" if coin else "group", "sequence", "ranks"]
    kind = draw(st.sampled_from(kinds))
    alpha = draw(st.sampled_from([0.05, 0.4, 0.8]))
    if kind == "ranks":
        level, tolerance = draw(st.sampled_from([0.3, 0.6])), draw(st.sampled_from([0, 0.25]))
        return online.rules.Kayenta(level, tolerance)
    if kind == "sequence":
        rows, by_arm = draw(st.integers(4, 20)), draw(st.booleans())
        return online.rules.ConfidenceSequence(rows, alpha, by_arm)
    if kind == "end":
        return online.rules.AtTheEnd(alpha)
    if kind == "wald":
        return online.rules.SPRT(draw(st.sampled_from([0.1, 0.5])), alpha / 2, 0.3)
    rows = draw(st.integers(4, 8))
    return online.rules.GroupSequential(rows, draw(st.integers(1, 3)), alpha, draw(
        st.sampled_from(["pocock", "obrien-fleming"])))  # fmt: skip


@st.composite
def some_judged(draw, table):
    """An A/B test, a canary, or interleaving, that some rule judges."""
    kind = draw(st.sampled_from([online.ABTest, online.Canary, online.Interleaving]))
    span = draw(st.integers(14, 20) if kind is not online.Canary else st.integers(8, 12))
    more = {
        "rule": draw(some_rule(kind is online.Interleaving)), "min_labels": draw(st.integers(2, 3)),
        "mature": draw(st.one_of(st.none(), some_span(table, 0, 6))),
        "afresh": draw(st.booleans()),
    }  # fmt: skip
    if kind is not online.Interleaving:
        more["unit"] = draw(st.sampled_from([None, table.schema.features[-1]]))
    if kind is online.Canary:
        more["steps"] = draw(st.sampled_from([[0.3, 0.6], [0.5], [0.2, 0.4]]))
        more["margin"] = draw(st.sampled_from([0.0, 0.05]))
    else:
        more["share"] = draw(st.sampled_from([0.5, 0.3]))
    if kind is online.ABTest:
        more["margin"] = draw(st.sampled_from([0.0, 0.05, -0.4]))
    return kind(f"{span}us" if table.timed else span, **more)


@st.composite
def some_bandit(draw, table):
    span, burn_in = draw(st.integers(8, 20)), draw(st.sampled_from([0, 2]))
    policy = draw(st.sampled_from([bandit.UCB(1, burn_in=burn_in), bandit.EpsilonGreedy(0.4)]))
    return online.Bandit(
        f"{span}us" if table.timed else span, policy, draw(st.sampled_from([0.5, 1.0])), 20,
        draw(st.sampled_from([0.0, 0.05, -0.4])), draw(st.integers(2, 3)),
        draw(st.one_of(st.none(), some_span(table, 0, 6))), draw(st.booleans()),
        draw(st.sampled_from([None, table.schema.features[-1]])),
    )  # fmt: skip


@st.composite
def some_trial(draw, table, bought, learner):
    """A shadow, or shares of the events; with some held back after a promotion, or none."""
    test = draw(some_shadow(table, bought, learner))
    if draw(st.booleans()):
        shares = draw(st.lists(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.9]), min_size=1, max_size=4))
        unit = draw(st.sampled_from([None, table.schema.features[-1]]))
        test = Split(
            shares, draw(st.integers(1, 3)), draw(st.booleans()), draw(st.booleans()), unit
        )
    if draw(st.booleans()):
        test = draw(st.one_of(some_judged(table), some_bandit(table)))
    if test.most <= 0.6 and draw(st.booleans()):
        span = draw(some_span(table, 1, 40))
        test = online.Holdback(draw(st.sampled_from([0.1, 0.4])), span, test)
    return test


@st.composite
def some_guard(draw):
    window = draw(st.integers(1, 30))
    return guards.RollBack(
        draw(st.sampled_from([0, 0.1])), draw(st.integers(1, 8)), window,
        draw(st.integers(1, min(window, 5))), draw(st.booleans()),
    )  # fmt: skip


@st.composite
def some_taking_back(draw, table):
    """A guard that takes back, in any way."""
    window, keeps = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    few = draw(st.integers(1, min(window, 5)))
    more = {"window": window, "min_labels": few, "distrust": draw(st.booleans())}
    if draw(st.booleans()):
        low, margin = draw(st.sampled_from([(0.4, None), (None, 0.0), (-2.0, -0.1)]))
        more["to"] = guards.LastFine(low, margin, window, few, keeps)
    if draw(st.booleans()):
        sliced = table.group is not None and draw(st.booleans())
        more["slices"] = ["group"] if sliced else []
        more["confidence"] = draw(st.sampled_from([0.5, 0.8]))
    within = draw(st.sampled_from([None, 2, 8]))
    kind = draw(st.sampled_from(["RollBack", "Floor", "OnAlarm"]))
    if kind == "RollBack":
        return guards.RollBack(draw(st.sampled_from([0, 0.1])), within or 5, **more)
    floor = 0.6 if table.classes and table.amount is None else -0.8
    if kind == "Floor":
        mature = draw(st.one_of(st.none(), some_span(table, 0, 20)))
        return guards.Floor(floor, within, mature=mature, **more)
    alarms = [triggers.Performance(below=floor, window=window, min_labels=few),
              triggers.At(draw(st.lists(st.integers(1, 20), min_size=1, max_size=4)))]  # fmt: skip
    to = {key: more[key] for key in ("to", "distrust") if key in more}
    return guards.OnAlarm(draw(st.sampled_from(alarms)), within, **to)


@st.composite
def some_freeze(draw, table):
    first, length = draw(st.integers(0, 12)), draw(st.integers(0, 4))
    inner = draw(st.one_of(st.none(), some_taking_back(table)))
    more = draw(st.lists(st.integers(0, 20), max_size=2))
    return guards.Freeze(ticks=[[first, first + length], *more], rollbacks_of=inner)


@st.composite
def some_guards(draw, table):
    kinds = [some_taking_back(table), some_freeze(table)]
    each = draw(st.lists(st.one_of(*kinds), min_size=1, max_size=3))
    return each[0] if len(each) == 1 else guards.FirstOf(each)


@st.composite
def some_reuse(draw):
    window = draw(st.integers(1, 12))
    few = draw(st.integers(1, min(window, 5)))
    return reuse.BestFit(draw(st.integers(1, 4)), draw(st.sampled_from([0, 0.1])), window, few)


@st.composite
def some_logging(draw, table, tick, learner):
    retention = None
    if draw(st.booleans()):
        low = int(tick[:-2]) if isinstance(tick, str) else tick  # nothing shorter than a tick
        retention = draw(some_span(table, low + 1, low + 120))
    likely = hasattr(learner, "predict_proba") or hasattr(learner, "predict_proba_one")
    kinds = ["Sample", "ByAnswer", "Unsure"] if likely else ["Sample", "ByAnswer"]
    kind = draw(st.sampled_from(["Everything", *(kinds if table.classes else ["Sample"])]))
    few = st.sampled_from([0.0, 0.3, 1.0])
    if kind == "Everything":
        return logging.Everything(retention)
    if kind == "ByAnswer":
        return logging.ByAnswer({table.classes[-1]: draw(few)}, draw(few), retention)
    if kind == "Unsure":
        by = draw(st.sampled_from(["chance", "margin"]))
        return logging.Unsure(draw(st.sampled_from([0.5, 0.7, 0.95])), by, draw(few), retention)
    slices = {"group=b": draw(st.sampled_from([0, 0.2, 1]))} if table.group is not None else {}
    return logging.Sample(draw(st.sampled_from([0.3, 0.7, 1.0])), slices, retention)


@st.composite
def some_curation(draw, table, tick, learner, alone):
    per = draw(st.integers(1, 4))
    if isinstance(tick, str) and draw(st.booleans()):
        per = f"{per * int(tick[:-2])}us"
    among = draw(st.one_of(st.none(), some_span(table, 1, 80)))
    delay = draw(st.one_of(st.none(), some_span(table, 0, 40)))
    if table.classes and draw(st.booleans()):
        delay = Annotators(draw(st.integers(1, 3)), 0.3, delay)
    budget, pick = curation.Fixed(draw(st.integers(1, 12)), per), curation.Random()
    likely = hasattr(learner, "predict_proba") or hasattr(learner, "predict_proba_one")
    if table.classes and likely and not alone and draw(st.booleans()):
        pick = curation.Uncertainty(draw(st.sampled_from(["confidence", "margin", "entropy"])))
    elif table.classes and draw(st.booleans()):
        since = draw(st.one_of(st.none(), some_span(table, 1, 80)))
        tree = DecisionTreeClassifier(max_depth=2, random_state=0)
        how = draw(st.sampled_from(["forget", "bagged", "fuzzy"]))
        pick = curation.Refitted(tree, "margin", 30, since, how, draws=2)
    elif table.group is not None and draw(st.booleans()):
        pick = curation.Stratified("group", {"group=b": draw(st.sampled_from([0.5, 1, 3]))})
    if among is None and isinstance(pick, curation.Random) and draw(st.booleans()):
        budget = curation.Chance(draw(st.sampled_from([0.1, 0.5, 1.0])))
    elif among is None and getattr(pick, "confident", False) and draw(st.booleans()):
        budget = curation.VariableUncertainty(draw(st.sampled_from([0.1, 0.5])), window=20)
    natural, evaluation = draw(st.booleans()), 0.0
    if not natural and isinstance(budget, curation.Fixed):
        evaluation = draw(st.sampled_from([0.0, 0.3, 1.0]))
    return curation.Buying(pick, budget, among, natural, delay, evaluation)


@st.composite
def strategies(draw, table, tick, learner):
    train = draw(some_training(table, tick, learner))
    alone = isinstance(train, RowByRow)
    parts, bought = {}, None
    if draw(st.booleans()):
        parts["curation"] = bought = draw(some_curation(table, tick, learner, alone))
    if not alone:
        if draw(st.booleans()):
            parts["offline"] = draw(some_gate(table, bought, learner))
        if draw(st.booleans()):
            parts["online"] = draw(some_trial(table, bought, learner))
        if draw(st.booleans()):
            parts["guard"] = draw(some_guard())
        if draw(st.integers(0, 3)) == 3:
            parts["review"] = draw(some_review(table))
    if draw(st.booleans()):
        parts["logging"] = draw(some_logging(table, tick, learner))
    if draw(st.booleans()):
        parts["monitors"] = {"looked at by nobody": draw(some_monitor(table))[0]}
    weighed = None if alone else learner
    likely = hasattr(learner, "predict_proba") or hasattr(learner, "predict_proba_one")
    if table.classes and likely:
        cuts = [0.3, 0.6] if len(table.classes) == 2 else []
        cuts += ["by_price"] * (table.schema.amounts in ("error", "pair"))
        parts["threshold"] = draw(st.sampled_from([None, *cuts]))
    trigger = draw(some_trigger(table, tick).filter(one_attention))
    monitors = [*parts.get("monitors", {}).values(), *trigger.monitors.values()]
    if any(monitor.reads_profiles for monitor in monitors):
        rows = parts.get("logging", logging.Everything())
        parts["logging"] = logging.Profiles(rows, draw(st.sampled_from([1, 4, 20])))
    return Strategy(
        trigger, draw(some_dataset(table, tick, weighed, trigger.alarms)), train,
        overlap=draw(st.sampled_from([True, False, ["trial"], ["training"]])), **parts,
    )  # fmt: skip


def weighs(learner):
    return hasattr(learner, "fit") and not isinstance(learner, Fussy)


def can(learner, how):
    if how == "partial_fit":
        return hasattr(learner, how) or hasattr(learner, "learn_one")
    return hasattr(learner, "get_params") and how in learner.get_params()


def learners(table):
    sgd = {"random_state": 0, "max_iter": 5, "tol": None}
    if not table.classes:
        tree = DecisionTreeRegressor(max_depth=3, random_state=0)
        return [Fussy(), Choosy(), tree, SGDRegressor(**sgd), linear_model.LinearRegression()]
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    found = [Fussy(), Choosy(), tree, SGDClassifier(**sgd), GaussianNB(), naive_bayes.GaussianNB()]
    return [*found, linear_model.LogisticRegression()] if len(table.classes) == 2 else found


def told(run):
    """Events of a run as the reference tells them."""
    found = []
    for e in happened(run):
        tick, kind, number = e["tick"], e["kind"], e.get("model")
        if kind == "label" or e.get("reason") == "row_by_row":
            continue
        if kind == "initial":
            found.append((tick, kind, number, e["rows"]))
        elif kind == "alarm":
            found.append((tick, kind, e["accepted"]) if "accepted" in e else (tick, kind))
        elif kind == "trigger":
            found.append((tick, kind, e["accepted"]))
        elif kind == "deploy":
            found.append((tick, kind, number, *([False] if "accepted" in e else [])))
        elif kind == "train":
            span = run.events["duration"]
            length = e["duration"].value // 1000 if span.dtype.kind == "m" else e["duration"]
            what = (number, e.get("parent"), e["rows"], e["labels"], length, e["detail"]["how"])
            found.append((tick, kind, *what))
        elif kind == "buy":
            found.append((tick, kind, e["labels"]))
        elif kind == "rollback":
            found.append((tick, kind, number, e["parent"]))
        elif kind == "online_test":
            found.append((tick, kind, number, e["parent"], e.get("accepted"), e["rows"]))
        elif kind == "repair":
            found.append((tick, kind, e["accepted"]))
        elif kind == "review":
            found.append((tick, kind, number, e["rows"], e["accepted"]))
        elif kind == "offline_test":
            found.append((tick, kind, number, e.get("parent"), e["rows"], e["accepted"]))
        else:
            found.append((tick, kind, number))
    return found


def column(values):
    return [None if pd.isna(v) else v for v in values]


def assert_agrees(run, reference, table):
    assert told(run) == reference.events
    ticks = run.ticks[run.ticks["slice"] == "all"]
    names = ("start", "n", "answered", "loss", "observed_n", "model")
    got = [ticks[c] for c in names]
    got.append(ticks["logged" if "logged" in ticks else "n"])
    if table.timed:
        got[0] = got[0].astype("int64")
    assert list(zip(*[column(c.astype(object)) for c in got], strict=True)) == reference.ticks
    answers = run.predictions["y_pred"].astype(object)
    expected = [reference.answer[row] for row in range(reference.warm, reference.n)]
    assert column(answers) == expected
    assert_labels_agree(run, reference)
    assert_served_agrees(run, reference)
    assert_signals_agree(run, reference)
    assert_totals_agree(run, reference)


def assert_labels_agree(run, reference):
    found = {name: [0] * len(reference.starts) for name in ("natural", "bought", "revision")}
    for e in happened(run, ["label"]):
        found[e.get("reason", "natural")][e["tick"]] = e["labels"]
    assert found == reference.labels_that_came()


def assert_served_agrees(run, reference):
    """Who was asked, as what: every tick, where anything else than champions was."""
    if run.served is None:
        assert not reference.routed
        assert {row[1] for row in reference.asked} <= {"champion"}
        return
    every = run.served[(run.served["slice"] == "all") & run.served["model"].notna()]
    columns = [every[c].tolist() for c in ("tick", "role", "model", "n", "answered", "loss")]
    assert sorted(zip(*columns, strict=True)) == sorted(reference.asked)


def assert_signals_agree(run, reference):
    found = []
    if run.signals is not None:
        signals = run.signals.assign(model=run.signals["model"].fillna(-1))  # none serves yet
        columns = [signals[c].tolist() for c in ("tick", "signal", "of", "model", "value")]
        found = [(*row[:2], None if pd.isna(row[2]) else row[2], *row[3:])
                 for row in zip(*columns, strict=True)]  # fmt: skip
        raised = {row[:3] for row, alarm in zip(found, run.signals["alarm"], strict=True) if alarm}
        assert raised == reference.alarms
    assert [row[:4] for row in found] == [
        (*row[:3], -1 if row[3] is None else row[3]) for row in reference.signals
    ]
    np.testing.assert_allclose(
        [row[4] for row in found], [row[4] for row in reference.signals], rtol=1e-9, atol=1e-12
    )


def assert_totals_agree(run, reference):
    came, events = reference.labels_that_came(), reference.events
    votes = sum(
        order.votes
        for row, order in reference.orders.items()
        if reference.words[row] and reference.words[row][0][0] != reference.natural[row]
    )
    expected = {
        "labels": sum(came["natural"]), "revisions": sum(came["revision"]),
        "bought": len(reference.orders), "votes": votes,
        "logged": sum(reference.logged[reference.warm :]), "deleted": len(reference.went()),
        "trials": sum(e[1] == "online_test" and e[4] is not None for e in events),
        "rollbacks": sum(e[1] == "rollback" for e in events),
        "reuses": sum(e[1] == "reuse" for e in events),
        "superseded": sum(e[1] == "superseded" for e in events),
        "alarms": sum(e[1] == "alarm" for e in events),
        "reviews": sum(e[1] == "review" for e in events),
        "looked_at": sum(e[1] == "alarm" and e[-1] is not False for e in events),
        "retrainings": sum(e[1] == "train" for e in events),
    }  # fmt: skip
    assert {name: run.totals[name] for name in expected} == expected


@st.composite
def cases(draw, count=1, longest=250):
    table, tick, warmup = draw(worlds(longest))
    learner = draw(st.sampled_from(learners(table)))
    parts = [draw(strategies(table, tick, learner)) for _ in range(count)]
    setting = {"learner": learner, "tick": tick, "warmup": warmup}
    counts = table.classes and table.amount is None
    setting["unanswered"] = draw(st.sampled_from(["skip", "wrong"])) if counts else "skip"
    setting["loss"] = None if table.classes else draw(st.sampled_from(["absolute", "squared"]))
    setting["warmup_labels"] = draw(st.sampled_from(["history", "as_recorded"]))
    setting["loss"] = setting["loss"] if table.amount is None else "amount"
    setting["delay"] = None if table.told is None else Rumour(table)
    return table, parts, setting


@share(1.5)
@given(cases())
def test_replay_agrees_with_the_reference(case):
    assert_case_agrees(case)


@st.composite
def bought_cases(draw):
    """Labels that come only if they are bought, and tests that go by them."""
    table, _, setting = draw(cases(count=0))
    learner, tick = setting["learner"], setting["tick"]
    bought = draw(some_curation(table, tick, learner, alone=False))
    more = {"budget": curation.Fixed(draw(st.integers(6, 20))), "natural": False}
    evaluation = draw(st.sampled_from([0.0, 0.3, 0.5]))
    bought = curation.Buying(bought.pick, delay=bought.delay, evaluation=evaluation, **more)
    train = draw(some_training(table, tick, learner).filter(lambda it: it.class_name != "RowByRow"))
    parts = {"offline": draw(some_gate(table, bought, learner)), "curation": bought}
    if draw(st.booleans()):
        parts["online"] = draw(some_shadow(table, bought, learner))
    if draw(st.booleans()):
        parts["guard"] = draw(some_guard())
    trigger = triggers.Periodic(draw(st.integers(2, 4)))
    return table, [Strategy(trigger, draw(some_dataset(table, tick)), train, **parts)], setting


@share(2 / 3)
@given(bought_cases())
def test_what_is_bought_agrees_with_the_reference(case):
    [strategy] = case[1]
    gate = strategy.offline
    event(f"evaluation {strategy.curation.evaluation}, {gate.on_evaluation}, {gate.undoes_picks}")
    assert_case_agrees(case)


@st.composite
def tried_cases(draw):
    """Challengers on trial, several at once, by row or by unit, taken back and started afresh."""
    table, _, setting = draw(cases(count=0))
    learner, tick = setting["learner"], setting["tick"]
    table.X[:, 1] = np.rint(table.X[:, 1])  # a few units
    train = draw(some_training(table, tick, learner).filter(lambda it: it.class_name != "RowByRow"))
    parts = {"online": draw(some_trial(table, None, learner)), "overlap": draw(st.booleans())}
    if draw(st.booleans()):
        parts["guard"] = draw(some_guard())
    parts["monitors"] = {"looked at by nobody": Score(20, 5)}
    if draw(st.booleans()):
        chances = draw(st.sampled_from([0.0, 0.4])), draw(st.sampled_from([0.5, 1.0]))
        parts["deployment"] = deployment.MayFail(
            chances[0], draw(some_span(table, 1, 30)), chances[1]
        )
    trigger = triggers.Periodic(draw(st.integers(1, 3)))
    return table, [Strategy(trigger, draw(some_dataset(table, tick)), train, **parts)], setting


@share(1 / 4)
@given(tried_cases())
def test_trials_agree_with_the_reference(case):
    assert_case_agrees(case)


@st.composite
def guarded_cases(draw):
    """Models that come and go and come again."""
    table, _, setting = draw(cases(count=0, longest=100))
    # models are asked often, and river's are slow: they are in the other cases
    learner = draw(st.sampled_from([it for it in learners(table) if hasattr(it, "fit")]))
    setting["learner"], tick = learner, setting["tick"]
    train = draw(some_training(table, tick, learner).filter(lambda it: it.class_name != "RowByRow"))
    parts = {"guard": draw(some_guards(table)), "reuse": draw(some_reuse())}
    if draw(st.booleans()):
        parts["offline"] = draw(some_gate(table, None, learner))
    if draw(st.booleans()):
        parts["online"] = draw(some_trial(table, None, learner))
    if draw(st.booleans()):
        parts["review"] = draw(some_review(table))
    if draw(st.booleans()):
        parts["logging"] = draw(some_logging(table, tick, learner))
    trigger = triggers.Periodic(draw(st.integers(1, 3)))
    overlap = draw(st.sampled_from([True, False, ["trial"]]))
    dataset = draw(some_dataset(table, tick))
    return table, [Strategy(trigger, dataset, train, overlap=overlap, **parts)], setting


@share(1 / 4)
@given(guarded_cases())
def test_guards_and_re_use_agree_with_the_reference(case):
    assert_case_agrees(case)


def assert_case_agrees(case):
    table, [strategy], setting = case
    learner = setting["learner"]
    event(f"{type(learner).__name__}, {type(strategy.training).__name__}")
    of_world = {key: value for key, value in setting.items() if key != "delay"}
    reference = Reference(strategy, table, **of_world)
    try:
        with threadpool_limits(1):
            reference.run()
    except ValueError:
        with pytest.raises(ValueError, match="warmup"):
            clsim.replay(table, {"it": strategy}, **setting)
        return None
    try:
        run = clsim.replay(table, {"it": strategy}, record="events", **setting)["it"]
    except ValueError as error:  # a trial of what is kept no more: tests/strategy/test_online.py
        assume("older than logging keeps them" not in str(error))
        assume("the warm-up that it refers to" not in str(error))  # a set that is larger
        raise
    for kind in {e[1] for e in reference.events} | {row[1] for row in reference.asked}:
        event(kind)
    assert_agrees(run, reference, table)
    return run, reference


@st.composite
def some_change(draw, table):
    kind, feature = draw(st.sampled_from(["shift", "noise", "swap"])), draw(st.sampled_from("ab"))
    if kind == "shift":
        return changes.Shift(feature, draw(st.sampled_from([0.3, -1.5])))
    if kind == "noise":
        return changes.AddNoise(feature, draw(st.sampled_from([0.1, 1.0])))
    column = table.X[:, table.schema.features.index(feature)].tolist()
    return changes.Swap(feature, dict(zip(column[::2], column[1::2], strict=False)))


EXPECTATIONS = ["Invariance", "Direction", "NotConstant", "FewMissing", "ClassShares", "Agreement"]


@st.composite
def some_expectation(draw, kind, table, learner):
    """A test that looks at no labels, or at few."""
    size, few = draw(st.integers(4, 30)), draw(st.integers(1, 4))
    more, most = {"rows": size, "min_rows": few}, draw(st.sampled_from([0.0, 0.1, 0.3, 0.5, 0.8]))
    assume(table.classes or kind not in ("ClassShares", "Suitable"))
    tolerance = {} if table.classes else {"tolerance": draw(st.sampled_from([0.0, 0.35]))}
    if kind == "Invariance":
        return expectations.Invariance(draw(some_change(table)), most, **more, **tolerance)
    if kind == "Direction":
        of = draw(st.sampled_from(table.classes)) if table.classes else None
        tolerance = draw(st.sampled_from([1e-6, 0.2]))  # chances of one row alone may be rounded
        moves, change = draw(st.sampled_from(["up", "down"])), draw(some_change(table))
        return expectations.Direction(change, moves, of, most, tolerance=tolerance, **more)
    if kind == "NotConstant":
        return expectations.NotConstant(max(most, 0.3), **more)
    if kind == "FewMissing":
        return expectations.FewMissing(most, draw(st.sampled_from([None, 0.1])), **more)
    if kind == "ClassShares":
        return expectations.ClassShares(draw(st.sampled_from([0.1, 0.2, 0.4])), **more)
    if kind == "Agreement":
        return expectations.Agreement(most, draw(st.sampled_from([0.9, 1.0])), **more, **tolerance)
    margin, alpha = draw(st.sampled_from([0.0, 0.2])), draw(st.sampled_from([0.1, 0.4]))
    held_out = draw(st.integers(8, 30))
    return suitable.Suitable(margin, alpha, held_out, max(size, 4), max(few, 4))


@st.composite
def expected_cases(draw, kind):
    table, _, setting = draw(cases(count=0, longest=120))
    likely = {"Direction", "Suitable"} if table.classes else {}
    if kind == "Suitable":  # on events whose labels are still to come
        table.label_time = [int(time) for time in [*table.time[12:], *table.time[-1:] * 12]]
        if table.revised is not None:  # a label is revised when it is there
            table.revised = [None if revised is None else max(revised, first) for revised, first
                             in zip(table.revised, table.label_time, strict=True)]  # fmt: skip
    some = [it for it in learners(table) if kind not in likely or hasattr(it, "predict_proba")]
    if kind == "FewMissing":
        some = [it for it in some if isinstance(it, Choosy)]
    learner, tick = draw(st.sampled_from(some)), setting["tick"]
    setting["learner"] = learner
    train = draw(some_training(table, tick, learner).filter(lambda it: it.class_name != "RowByRow"))
    gate = draw(some_expectation(kind, table, learner))
    if draw(st.integers(0, 3)) == 0:
        gate = offline.AllOf([draw(some_gate(table, None, learner)), gate])
    parts = {"offline": gate}
    if table.classes and hasattr(learner, "predict_proba") and len(table.classes) == 2:
        parts["threshold"] = draw(st.sampled_from([None, 0.3]))
    if draw(st.booleans()):
        parts["logging"] = draw(some_logging(table, tick, learner))
    trigger = triggers.Periodic(draw(st.integers(1, 3)))
    return table, [Strategy(trigger, draw(some_dataset(table, tick)), train, **parts)], setting


def assert_expectations_agree(kind, case):
    """The runs, and the figures of the report cards where the test stands alone."""
    agreed = assert_case_agrees(case)
    if agreed and type(case[1][0].offline).__name__ == kind:
        run, reference = agreed
        detail = [e.get("detail", {}) for e in happened(run, ["offline_test"])]
        names = ("challenger", "low") if kind == "Suitable" else ("challenger",)
        found = [line[name] for it in detail for line in it.get("card", []) for name in names]
        assert found == [None if it is None else pytest.approx(it, abs=2e-3)
                         for it in reference.figures]  # fmt: skip


@pytest.mark.parametrize("kind", EXPECTATIONS)
@share(1 / 20)
@given(st.data())
def test_expectations_agree_with_the_reference(kind, data):
    assert_expectations_agree(kind, data.draw(expected_cases(kind)))


@share(1 / 6)
@given(expected_cases("Suitable"))
def test_estimates_without_labels_agree_with_the_reference(case):
    assert_expectations_agree("Suitable", case)


@st.composite
def given_cases(draw):
    """A world whose production answered, and strategies without a learner."""
    table, [_], setting = draw(cases())
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    said = rng.integers(0, len(table.classes), len(table.y)) if table.classes else table.y + 1
    missing = rng.random(len(said)) < 0.1
    served = [None if gone else one for one, gone in zip(said.tolist(), missing, strict=True)]
    table = Table(
        table.X, table.y, time=table.time if table.timed else None, label_time=table.label_time,
        classes=table.classes, blocks=3, available=table.available, told=table.told,
        revised=table.revised, group=table.group, served=served, amount=table.amount,
        complaints=table.complaints, deleted=table.deleted,
    )  # fmt: skip
    setting["delay"] = None if table.told is None else Rumour(table)
    return table, setting


@share(1 / 2)
@given(given_cases())
def test_answers_that_are_given_agree_with_the_reference(case):
    table, setting = case
    monitors = {"score": Score(20, 5)}
    monitors |= (
        {"complaints": Complaints("5us" if table.timed else 5, 20, 5)} if table.classes else {}
    )
    parts = {
        "today": AsServed(monitors=monitors), "constant": NoModel(), "last": NoModel("last"),
        "one": NoModel(value=1, monitors=monitors),
    }  # fmt: skip
    told = {key: value for key, value in setting.items() if key != "delay"}
    runs = clsim.replay(table, parts, record="events", **setting)
    for name, strategy in parts.items():
        assert_agrees(runs[name], Reference(strategy, table, **told).run(), table)
        assert runs[name].totals["rows_trained"] == runs[name].totals["deployments"] == 0


@share(1 / 2)
@given(cases(count=4))
def test_together_is_alone(case):
    table, parts, setting = case
    named = dict(zip("abcd", parts, strict=True))
    try:
        together = clsim.replay(table, named, record="events", **setting)
    except ValueError:  # the first model of some cannot be trained
        with pytest.raises(ValueError, match=r"warmup|warm-up|older than logging"):
            [clsim.replay(table, {name: named[name]}, **setting) for name in named]
        return
    for name, strategy in named.items():
        alone = clsim.replay(table, {name: strategy}, record="events", **setting)[name]
        assert_same(together[name], alone)


# the reference sees what is wrong ------------------------------------------------------------


def by_the_other_sign(found):
    """A rule that takes the worse model for the better one."""
    return found._replace(says=-found.says)


def for_the_other(said, self, view, challenger, champion, holdout):
    """A gate that asks as if the champion were the challenger."""
    if champion is None:
        return said(self, view, challenger, champion, holdout)
    return said(self, view, champion, challenger, holdout)


def but_the_first(said, *given):
    """An evaluation set that loses a row."""
    return said(*given)[1:]


def found_otherwise(said, self, *given):
    """A person who lets pass what is to be stopped, and stops the rest."""
    accepted, reason = said(self, *given)
    return not accepted, reason


def a_score_more(said, self, view):
    """A guard that sees any model a tenth better than it is."""
    return [one._replace(score=one.score + 0.1) for one in said(self, view)]


WRONG = {
    "Suitable": (suitable.Suitable, "_verdict", lambda said, self, gains, off, each: said(
        self, gains, 0 * off, each)),
    "Invariance": (expectations.Invariance, "wrong", lambda said, *given: ~said(*given)),
    "Direction": (expectations.Direction, "wrong", lambda said, *given: ~said(*given)),
    "NotConstant": (expectations.NotConstant, "at_most", lambda said, self, metric, one, other,
                    most, of: said(self, metric, one, other, most - 0.3, of)),
    "FewMissing": (expectations.FewMissing, "at_most", lambda said, self, metric, one, other,
                   most, of: said(self, metric, one, other, most + 1, of)),
    "ClassShares": (expectations.ClassShares, "line", lambda said, self, metric, values, rows,
                    least, most: said(self, metric, values, rows, least + 0.1, most)),
    "Agreement": (expectations.Agreement, "line", lambda said, self, metric, values, rows,
                  least, most: said(self, metric, values, rows, least + 0.1, most)),
    "ChampionChallenger": (offline.ChampionChallenger, "judge", for_the_other),
    "Bounds": (offline.Bounds, "_line", lambda said, self, cell, key, bound, confidence: said(
        self, cell, key, bound + 0.1, confidence)),
    "Significance": (offline.Significance, "_p", lambda said, self, cell: 1 - said(self, cell)),
    "Newest": (evaluation.Newest, "rows", but_the_first),
    "Fixed": (evaluation.Fixed, "rows", but_the_first),
    "Growing": (evaluation.Growing, "rows", but_the_first),
    "Person": (review.Person, "finds", found_otherwise),
    **{kind.__name__: (kind, "found", lambda said, self, tally: by_the_other_sign(
        said(self, tally)))
       for kind in (online_rules.AtTheEnd, online_rules.GroupSequential, online_rules.SPRT,
                    online_rules.ConfidenceSequence, online_rules.Kayenta)},
    "BetterMean": (BetterMean, "found", lambda said, self, tally: by_the_other_sign(
        said(self, tally))),
    "Shadow": (online.Shadow, "begin", lambda said, *given: Ask(0.5)),
    "ABTest": (online.ABTest, "begin", lambda said, self, *given: Ask(self.share / 2)),
    "Canary": (online.Canary, "step", lambda said, self, view, trial: None
               if said(self, view, trial) is None else self.undecided(
                   view, self.look(view, trial, trial.since))),
    "Interleaving": (online.Interleaving, "tally", lambda said, self, evidence, counts: said(
        self, evidence, counts).swapped),
    "Bandit": (online.Bandit, "_share", lambda said, *given: said(*given) / 2),
    "Holdback": (online.Holdback, "holds", lambda said, self: 3 * said(self) + 9),
    "MayFail": (deployment.MayFail, "fails", lambda said, self, draw: not said(self, draw)),
    "RollBack": (guards.RollBack, "judged", a_score_more),
    "Floor": (guards.Floor, "judged", a_score_more),
    "OnAlarm": (guards.OnAlarm, "watch", lambda said, self, view: None),
    "Freeze": (guards.Freeze, "frozen", lambda said, self, view: None),
    "FirstOf": (guards.FirstOf, "watch", lambda said, self, view: self.guards[0].watch(view)),
    "LastFine": (guards.LastFine, "of", lambda said, self, view: None),
    "BestFit": (reuse.BestFit, "choose", lambda said, self, view: None),
}  # fmt: skip
"""What stands for a fault in the engine: a class, its method, and what that gives instead."""

EXPECTED = (*EXPECTATIONS, "Suitable")
TRIED = (
    "AtTheEnd", "GroupSequential", "SPRT", "ConfidenceSequence", "Kayenta", "BetterMean",
    "Shadow", "ABTest", "Canary", "Interleaving", "Bandit", "Holdback", "MayFail",
)  # fmt: skip

SLOWLY = ("Floor", "GroupSequential", "RollBack", "ConfidenceSequence", "LastFine", "BetterMean")
"""Faults that few examples show."""


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[pytest.mark.long] if name in SLOWLY else []) for name in WRONG
])  # fmt: skip
def test_the_reference_sees_a_fault(name, monkeypatch):
    """Of each gate, trial, review and guard: with it, some drawn example disagrees."""
    kind, method, wrong = WRONG[name]
    right = getattr(kind, method)
    monkeypatch.setattr(kind, method, lambda *given: wrong(right, *given))
    if name in EXPECTED:
        drawn = expected_cases(name)
    elif name in TRIED:
        drawn = tried_cases().filter(lambda case: name in parts_of(case))
    else:
        drawn = guarded_cases().filter(lambda case: name in parts_of(case))
    assert_some_case_disagrees(drawn)


def assert_some_case_disagrees(drawn):
    """Of 400 cases, as they are drawn: what was planted is seen."""
    assert_some_case_fails(drawn, assert_case_agrees)


def assert_some_case_fails(drawn, check):
    """The same of any check."""

    @settings(max_examples=400, phases=[Phase.generate], database=None, report_multiple_bugs=False,
              suppress_health_check=list(HealthCheck), derandomize=True)  # fmt: skip
    @given(drawn)
    def agree(case):
        check(case)

    with pytest.raises(AssertionError):
        agree()


def parts_of(case):
    """Names of the classes of what judges, tries, guards and re-uses in a case."""
    strategy = case[1][0]
    test = getattr(strategy.online, "test", strategy.online)
    each = [getattr(test, "rule", None), strategy.reuse, strategy.online, test]
    each += [strategy.deployment, strategy.review, strategy.guard, *gates_of(strategy.offline)]
    for guard in getattr(strategy.guard, "guards", [strategy.guard]):
        inner = getattr(guard, "rollbacks_of", None) or guard
        each += [guard, inner, getattr(inner, "to", None)]
    return {type(part).__name__ for part in each}


def gates_of(test):
    """An offline test, those that it is made of, and what they judge on."""
    inner = [part for each in getattr(test, "tests", []) for part in gates_of(each)]
    return [test, getattr(test, "set", None), *inner]
