"""Contract checks for authors of plug-ins.

Each check takes your object, tries it on a small world and raises ``AssertionError`` with a
message that names what broke. Call them in your own tests.
"""

from __future__ import annotations

import copy
import itertools
import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import UNITS, Clock
from clsim.engine.batches import (
    check_drifts,
    check_label_times,
    check_schema,
    check_told,
    checked,
    lock,
)
from clsim.engine.branches import check_response
from clsim.engine.filling import events_of
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import ALIGN
from clsim.engine.replay import replay
from clsim.learners import as_learner
from clsim.losses import Loss
from clsim.metrics import as_metrics
from clsim.policies import Adapt, Adapted
from clsim.protocols import (
    Adaptation,
    Curation,
    Dataset,
    Deployment,
    EvaluationSet,
    Exploring,
    Guard,
    Logging,
    Monitor,
    OfflineTest,
    OnlineTest,
    Repairing,
    Reusing,
    Review,
    Stream,
    Training,
    Trigger,
    as_delay,
    as_stream,
    completed,
)
from clsim.randomness import globals_kept
from clsim.runs.run import Run
from clsim.statistics.arms import split
from clsim.strategy import Strategy
from clsim.strategy.curation import Buying, Fixed, Random
from clsim.strategy.datasets import SlidingWindow
from clsim.strategy.logging import Everything, Profiles
from clsim.strategy.offline import ChampionChallenger
from clsim.strategy.online import ABTest
from clsim.strategy.online.rules import Rule as TrialRule
from clsim.strategy.rules import Cusum, Rule
from clsim.strategy.training import RowByRow
from clsim.strategy.triggers import AnyOf, Never, OnLosses, Periodic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts.linear import Logistic
from clsim.streams.delays.constant import Constant
from clsim.streams.delays.drawn import Uniform
from clsim.streams.deletion import Deleting
from clsim.streams.drift.shapes import Sudden
from clsim.streams.recorded import Recorded
from clsim.streams.synthetic import Synthetic
from clsim.types import (
    NEVER_TIME,
    Batch,
    Extent,
    Fired,
    Recipe,
    Response,
    Reuse,
    Rollback,
    Sample,
    Schema,
    Served,
    Verdict,
)
from clsim.view import View

HOWS = ("fit", "partial_fit", "warm_start", "refit")

# small worlds ------------------------------------------------------------------------------


class _Setting:
    """A small drifting world, in time or in rows; some of its users complain, some have themselves
    deleted."""

    def __init__(self, timed: bool) -> None:
        drifts = [Sudden(Logistic(4, variant=1), at="25d" if timed else 1_200)]
        rate = "48/d" if timed else None
        world = Synthetic(Logistic(4), drifts, n=1_920, rate=rate)
        heard = Complaining(world, wrong=0.5, right=0.1, after="1d" if timed else 48)
        self.stream: Any = Deleting(heard, Uniform(0, "10d" if timed else 480), share=0.1)
        lengths: tuple[Any, Any, Any] = ("1d", "10d", "1d") if timed else (48, 480, 48)
        tick, warmup, delay = lengths
        self.arguments: dict[str, Any] = {"tick": tick, "warmup": warmup, "seed": 7}
        self.arguments["delay"] = Constant(delay)
        self.clock = Clock(timed, UNITS["d"] if timed else 48, not timed)

    def replay(self, strategies: dict[str, Strategy], learner: Any, stream: Any) -> dict[str, Run]:
        abstains = any(strategy.adaptation.abstains for strategy in strategies.values())
        price = 0.2 if abstains else None
        return replay(
            stream, strategies, learner=learner, record="events", abstention=price,
            **self.arguments,
        )  # fmt: skip


class _Fixed(Stream):
    """A stream of one batch."""

    def __init__(self, schema: Schema, batch: Batch) -> None:
        self.schema = schema
        self._batch = batch

    def blocks(self, seed: int) -> Iterator[Batch]:
        yield self._batch


def _setting_for(what: str, bind: Callable[[Clock], Any]) -> _Setting:
    """The first setting that the parts accept: some need time, some need rows."""
    refusals = []
    for timed in (True, False):
        setting = _Setting(timed)
        try:
            bind(setting.clock)
        except ValueError as error:
            refusals.append(str(error))
        else:
            return setting
    raise AssertionError(f"{what}: refuses a clock with time ({refusals[0]}) and one of rows "
                         f"({refusals[1]})")  # fmt: skip


def _changed_later(setting: _Setting, tick: int, *, truth: bool = False) -> _Fixed:
    """The same world, with everything else that is not yet visible at a tick.

    With ``truth``, the labels of all events that were served are visible.
    """
    world = Knowledge.of(setting.stream, **setting.arguments)
    X, y = world.timeline.X.copy(), world.labels.y[:].copy()
    X[world.timeline.first[tick] :] = 5.0 - 3.0 * X[world.timeline.first[tick] :, ::-1]
    late = world.known.arrives > tick
    if truth:
        late &= np.arange(len(y)) >= world.timeline.first[tick]
    y[late] = 1 - y[late]
    complaints = world.timeline.events.complaints
    assert complaints is not None
    # what a user has complained of by now stays so, though what was right is wrong now
    complaints = np.where(late[:, None], complaints[:, ::-1], complaints)
    complaints[world.timeline.first[tick] :] = NEVER_TIME
    complaints[complaints > world.timeline.starts[tick]] = NEVER_TIME
    time, deleted = world.timeline.time, world.timeline.events.deleted
    assert deleted is not None
    # who would have asked later does not, and all others do
    start = world.timeline.starts[tick]
    other = np.where(deleted == NEVER_TIME, np.maximum(time, start) + 1, NEVER_TIME)
    deleted = np.where(deleted > start, other, deleted)
    return _Fixed(
        world.timeline.schema, Batch(X, y, time, complaints=complaints, deleted=deleted)
    )  # fmt: skip


@contextmanager
def _asserted() -> Iterator[None]:
    """What a replay refuses is what a check finds."""
    try:
        yield
    except (TypeError, ValueError) as error:
        raise AssertionError(str(error)) from error


# comparing ---------------------------------------------------------------------------------


def _same(a: Any, b: Any) -> bool:
    """Whether two values are equal in every bit."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    return bool(a == b)


def _state(part: Any) -> bytes:
    """What an object holds, to tell whether it changed."""
    inside = getattr(part, "__dict__", part)
    try:
        return pickle.dumps(inside)
    except Exception:  # not everything can be pickled
        return repr(inside).encode()


def _difference(a: Run, b: Run, until: int | None = None) -> str | None:
    """What two runs do differently, up to a tick if one is given."""
    events = []
    for run in (a, b):
        frame = run.events.drop(columns="seconds")
        frame = frame[frame["kind"] != "label"]
        events.append(frame if until is None else frame[frame["tick"] <= until])
    if not events[0].reset_index(drop=True).equals(events[1].reset_index(drop=True)):
        ours, theirs = (list(zip(f["tick"], f["kind"], f["reason"], strict=True)) for f in events)
        for one, other in zip(ours, theirs, strict=False):
            if one != other:
                return f"{one} became {other}"
        return f"{len(ours)} events became {len(theirs)}, or their rows and models differ"
    answers = []
    for run in (a, b):
        assert run.predictions is not None
        frame = run.predictions
        answers.append(frame if until is None else frame[frame["tick"] < until])
    first, second = (frame["y_pred"] for frame in answers)
    different = ((first != second) & ~(first.isna() & second.isna())).to_numpy()
    if different.any():
        return f"the prediction of event {answers[0]['id'].to_numpy()[different][0]} changed"
    signals = [run.signals for run in (a, b) if run.signals is not None]
    if until is not None:
        signals = [frame[frame["tick"] <= until] for frame in signals]
    if signals and not signals[0].equals(signals[1]):
        return "what a monitor measured changed"
    return None


def _watched(part: Any, method: str, check: Callable[[Any, Any], None]) -> Any:
    """A copy of a part that has each result of a method checked; check(first argument, result)."""

    def call(self: Any, *args: Any) -> Any:
        result = getattr(super(watched, self), method)(*args)
        check(args[0], result)
        return result

    kind = type(part)
    watched = type(kind.__name__, (kind,), {method: call, "__module__": kind.__module__})
    part = copy.deepcopy(part)
    part.__class__ = watched
    return part


def _check_deepcopy(what: str, part: Any) -> None:
    try:
        twin = copy.deepcopy(part)
    except Exception as error:
        raise AssertionError(f"{what}: cannot be deep-copied: {error}") from error
    assert type(twin) is type(part), f"{what}: its deep copy is a {type(twin).__name__}"


def _check_rows(what: str, view: View, rows: Any) -> None:
    """Row numbers that a strategy returns: sorted, unique, and with visible labels."""
    assert isinstance(rows, np.ndarray), f"{what}: expected an array of rows, got {rows!r}"
    assert rows.dtype == np.int64, f"{what}: rows must be int64, not {rows.dtype}"
    assert rows.ndim == 1, f"{what}: rows must have one dimension, not {rows.ndim}"
    assert np.all(np.diff(rows) > 0), f"{what}: rows must be ascending and unique"
    assert len(rows) == 0 or rows[0] >= 0, f"{what}: row {rows[0]} does not exist"
    try:
        view.y(rows)
    except (LookupError, IndexError) as error:
        raise AssertionError(f"{what}: {error}") from error


def _default_learner(strategy: Strategy) -> Any:
    if isinstance(strategy.training, RowByRow):
        from river import linear_model

        return linear_model.LogisticRegression()
    from sklearn.linear_model import SGDClassifier

    learner = SGDClassifier(loss="log_loss", random_state=0)
    if "refit" not in strategy.training.hows:
        return learner
    from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

    return GridSearchCV(learner, {"alpha": [1e-4, 1e-2]}, cv=TimeSeriesSplit(2))


def _check_in_replay(
    what: str, strategy: Strategy, original: Any, learner: Any = None, *, truth: bool = False
) -> None:
    """Deterministic, causal, shared exactly, and without a trace on the prototype.

    With ``truth``, it may know the labels of all events that were served.
    """

    def bind(clock: Clock) -> None:
        copy.deepcopy(strategy).bind(clock)

    setting = _setting_for(what, bind)
    learner = _default_learner(strategy) if learner is None else learner
    before = _state(original)

    def run(stream: Any, **others: Strategy) -> Run:
        try:
            return setting.replay({**others, "it": strategy}, learner, stream)["it"]
        except LookupError as error:
            raise AssertionError(f"{what}: asks for what is not visible: {error}") from error
        except (TypeError, ValueError) as error:
            raise AssertionError(f"{what}: the replay fails: {error}") from error

    first = run(setting.stream)
    again = _difference(first, run(setting.stream))
    assert again is None, f"{what}: not deterministic; in a second replay {again}"
    assert before == _state(original), (
        f"{what}: a replay changed the prototype; keep state in what is deep-copied"
    )
    companion = RowByRow() if isinstance(strategy.training, RowByRow) else None
    watched = strategy.monitors.values()
    needed: dict[str, Any] = {}  # what the monitors cannot do without
    if any(monitor.reads_profiles for monitor in watched):
        needed["logging"] = strategy.logging
    if any(monitor.undoes_picks for monitor in watched):
        needed["curation"] = strategy.curation
    other = Strategy(
        Periodic(2), SlidingWindow(300), training=companion, monitors=strategy.monitors, **needed
    )
    shared = _difference(first, run(setting.stream, other=other))
    assert shared is None, f"{what}: another strategy beside it changes it; {shared}"
    for tick in (3, 11, 17, 24):
        seen = _difference(first, run(_changed_later(setting, tick, truth=truth)), until=tick)
        assert seen is None, f"{what}: not causal; with another future from tick {tick} on, {seen}"


# the checks --------------------------------------------------------------------------------


def check_trigger(trigger: Any) -> None:
    """Check a trigger.

    ``fires(view)`` returns None or a reason; the trigger can be deep-copied; replayed twice it
    does the same; what is not yet visible does not matter; its prototype stays as it was.

    Parameters
    ----------
    trigger : Trigger

    Raises
    ------
    AssertionError
        With what broke.

    Examples
    --------
    >>> class EveryThird:
    ...     def fires(self, view):
    ...         return "third tick" if view.tick % 3 == 2 else None
    >>> check_trigger(EveryThird())
    """
    assert callable(getattr(trigger, "fires", None)), "trigger: needs a method fires(view)"
    _check_deepcopy("trigger", trigger)

    def check(view: View, answer: Any) -> None:
        reason = answer.reason if isinstance(answer, Fired) else answer
        assert reason is None or (isinstance(reason, str) and reason), (
            f"trigger: fires must return None, a Fired, or a reason (text), not {answer!r}"
        )

    watched = _watched(trigger, "fires", check)
    _check_in_replay("trigger", Strategy(watched, SlidingWindow(300)), trigger)


def check_rule(rule: Any) -> None:
    """Check a rule over the values of a signal, or over losses.

    ``after(values, score)`` returns None or a `clsim.types.Fired`, also for a tick without values;
    it keeps its state to itself, so that a copy of the prototype starts afresh, and two copies that
    are given the same say the same; ``excess`` of what it said is a number; and, over the losses of
    a replay, as for `check_trigger`.

    Parameters
    ----------
    rule : Rule

    Examples
    --------
    >>> from clsim.strategy.rules import Rule
    >>> from clsim.types import Fired
    >>> class EveryHundredth(Rule):
    ...     seen = 0
    ...
    ...     def after(self, values, score):
    ...         self.seen += len(values)
    ...         return Fired(f"{self.seen} values") if self.seen % 100 == 0 else None
    >>> check_rule(EveryHundredth())
    """
    assert isinstance(rule, Rule), f"rule: must derive from clsim.strategy.rules.Rule, not {rule!r}"
    _check_deepcopy("rule", rule)
    rng, before = np.random.default_rng(7), _state(rule)
    ticks = [(rng.random(size) < 0.2 + 0.6 * (tick > 30)).astype(float).tolist()
             for tick, size in enumerate(rng.integers(0, 30, 60).tolist())]  # fmt: skip
    said = []
    for _ in range(2):
        one = copy.deepcopy(rule)
        one.bind(_Setting(timed=True).clock)
        one.begins(1)
        said.append([one.after(list(values), float) for values in ticks])
        for fired in said[-1]:
            assert fired is None or isinstance(fired, Fired), (
                f"rule: after must return None or a Fired, not {fired!r}"
            )
            if fired is not None:
                assert fired.reason, "rule: a reason is empty"
                excess = one.excess(fired)
                assert isinstance(excess, float), f"rule: excess must be a number, not {excess!r}"
    assert said[0] == said[1], (
        "rule: a copy of the prototype is not afresh; what is given to one copy changes another"
    )
    assert before == _state(rule), "rule: a copy changed the prototype"
    _check_in_replay("rule", Strategy(OnLosses(rule), SlidingWindow(300)), rule)


def check_dataset(dataset: Any) -> None:
    """Check a dataset formation.

    ``rows(view)`` returns row numbers, int64, ascending and unique, whose labels are visible;
    ``sample(view, rows)`` a `clsim.types.Sample` of some of these, with weights that are numbers of
    at least 0 if it says that it ``weighs``, and counts of at least 1; and as for `check_trigger`.

    Parameters
    ----------
    dataset : Dataset

    Examples
    --------
    >>> class EverySecond:
    ...     def rows(self, view):
    ...         return view.labelled()[::2]
    >>> check_dataset(EverySecond())
    """
    assert callable(getattr(dataset, "rows", None)), "dataset: needs a method rows(view)"
    _check_deepcopy("dataset", dataset)
    full = completed("dataset", dataset, Dataset)
    watched = _watched(full, "rows", lambda view, rows: _check_rows("dataset", view, rows))
    watched = _watched(watched, "sample", partial(_check_sample, full.weighs))
    often: Trigger = Periodic(3)
    if watched.reads_alarms:
        often = AnyOf([often, OnLosses(Cusum(limit=4, learn=40))])
    _check_in_replay("dataset", Strategy(often, watched), dataset)


def _check_sample(weighs: bool, view: View, sample: Any) -> None:
    """A sample that a dataset makes of its rows."""
    assert isinstance(sample, Sample), f"dataset: sample must return a Sample, not {sample!r}"
    _check_rows("dataset", view, sample.rows)
    shape, weights, counts = sample.rows.shape, sample.weights, sample.counts
    assert weighs or weights is None, "dataset: rows have weights; say so (weighs = True)"
    if weights is not None:
        right = weights.shape == shape and np.isfinite(weights).all() and (weights >= 0).all()
        assert right, "dataset: weights must be a number of at least 0 for each row"
    if counts is not None:
        right = counts.shape == shape and counts.dtype == np.int64 and (counts >= 1).all()
        assert right, "dataset: counts must be int64 and at least 1, for each row"
    json.dumps(sample.noted)


def check_training(training: Any) -> None:
    """Check a training.

    ``initial`` is a way of training; ``recipe(view)`` returns a `clsim.types.Recipe`: a way of
    training, the champion or None as parent, and a duration in clock units; and as for
    `check_trigger`.

    Parameters
    ----------
    training : Training

    Examples
    --------
    >>> from clsim.types import Recipe
    >>> class Instant:
    ...     def recipe(self, view):
    ...         return Recipe("fit")
    >>> check_training(Instant())
    """
    assert callable(getattr(training, "recipe", None)), "training: needs a method recipe(view)"
    training = completed("training", training, Training)
    initial = training.initial
    assert initial in HOWS, f"training: initial={initial!r} must be one of {', '.join(HOWS)}"
    _check_deepcopy("training", training)

    def check(view: View, recipe: Any) -> None:
        assert isinstance(recipe, Recipe), f"training: recipe must return a Recipe, not {recipe!r}"
        how, parent, duration = recipe.how, recipe.parent, recipe.duration
        assert how in HOWS, f"training: how={how!r} must be one of {', '.join(HOWS)}"
        assert parent is None or parent == view.champion, (
            f"training: parent={parent!r} must be the champion, {view.champion}, or None"
        )
        whole = isinstance(duration, (int, np.integer)) and duration >= 0
        assert whole, f"training: duration={duration!r} must be an integer >= 0"

    watched = _watched(training, "recipe", check)
    _check_in_replay("training", Strategy(Periodic(3), SlidingWindow(300), watched), training)


def check_offline(offline: Any) -> None:
    """Check an offline test.

    ``holdout(view)`` returns visible rows; ``judge(view, challenger, champion, holdout)`` returns
    a `clsim.types.Verdict` or None; and as for `check_trigger`.

    Parameters
    ----------
    offline : OfflineTest

    Examples
    --------
    >>> from clsim.types import Verdict
    >>> class LastHundred:
    ...     def holdout(self, view):
    ...         return view.latest(100)
    ...
    ...     def judge(self, view, challenger, champion, holdout):
    ...         better = view.model(challenger).losses(holdout).mean() < 0.4
    ...         return Verdict(bool(better), "below 0.4" if better else "not good enough")
    >>> check_offline(LastHundred())
    """
    for method in ("holdout", "judge"):
        assert callable(getattr(offline, method, None)), f"offline: needs a method {method}"
    _check_deepcopy("offline", offline)

    def check(view: View, verdict: Any) -> None:
        assert verdict is None or isinstance(verdict, Verdict), (
            f"offline: judge must return a Verdict or None, not {verdict!r}"
        )
        if verdict is not None:
            assert isinstance(verdict.accepted, bool), (
                f"offline: accepted={verdict.accepted!r} must be True or False"
            )
            assert isinstance(verdict.reason, str), f"offline: reason={verdict.reason!r} is no text"

    watched = _watched(
        offline, "holdout", lambda view, rows: _check_rows("offline: holdout", view, rows)
    )
    watched = _watched(watched, "judge", check)
    curation = _bought_for(completed("offline", offline, OfflineTest))
    strategy = Strategy(Periodic(4), SlidingWindow(300), offline=watched, curation=curation)
    _check_in_replay("offline", strategy, offline)


def check_evaluation_set(it: Any) -> None:
    """Check an evaluation set.

    ``rows(view)`` and ``reserved(view)`` return visible rows; ``weights(view, rows)`` None or a
    number for each row, and ``told(view, rows)`` a dict of numbers and text; and as for
    `check_trigger`.

    Parameters
    ----------
    it : EvaluationSet

    Examples
    --------
    >>> class LastHundred:
    ...     def rows(self, view):
    ...         return view.latest_unseen(100)
    >>> check_evaluation_set(LastHundred())
    """
    assert callable(getattr(it, "rows", None)), "evaluation set: needs a method rows(view)"
    it = completed("evaluation set", it, EvaluationSet)

    def check_told(view: View, told: Any) -> None:
        right = isinstance(told, dict) and all(isinstance(v, float | str) for v in told.values())
        assert right, f"evaluation set: told must return a dict of numbers and text, not {told!r}"

    def check_weights(view: View, weights: Any) -> None:
        assert weights is None or (isinstance(weights, np.ndarray) and weights.ndim == 1), (
            f"evaluation set: weights must return a number for each row or None, not {weights!r}"
        )

    for method in ("rows", "reserved"):
        it = _watched(
            it, method, lambda view, rows: _check_rows("evaluation set: rows", view, rows)
        )
    it = _watched(_watched(it, "told", check_told), "weights", check_weights)
    check_offline(ChampionChallenger(it, min_rows=1))


def check_review(review: Any) -> None:
    """Check a review.

    ``ends(now)`` returns a clock time that is not before, or None; ``finds(score, of_champion,
    draw)`` whether a challenger may pass, and the reason; and as for `check_trigger`, but that it
    may go by the true labels of all events that were served.

    Parameters
    ----------
    review : Review

    Examples
    --------
    >>> from clsim.strategy.review import Person
    >>> check_review(Person("2d", over="5d"))
    """
    assert callable(getattr(review, "finds", None)), "review: needs a method finds"
    _check_deepcopy("review", review)
    review = completed("review", review, Review)

    def check_end(now: Any, end: Any) -> None:
        whole = isinstance(end, (int, np.integer)) and end >= now
        assert end is None or whole, f"review: ends({now}) must not be before, but is {end!r}"

    def check_found(score: float, found: Any) -> None:
        pair = isinstance(found, tuple) and len(found) == 2 and isinstance(found[0], bool)
        assert pair, f"review: finds must return whether it may pass and the reason, not {found!r}"

    watched = _watched(_watched(review, "ends", check_end), "finds", check_found)
    strategy = Strategy(Periodic(3), SlidingWindow(300), review=watched)
    _check_in_replay("review", strategy, review, truth=True)


def check_online(online: Any) -> None:
    """Check an online test.

    ``begin(view, trial)`` returns whether a challenger is tried, ``step(view, trial)`` a
    `clsim.types.Verdict` or None to go on; a trial ends in time; and as for `check_trigger`.

    Parameters
    ----------
    online : OnlineTest

    Examples
    --------
    >>> from clsim.strategy.online import Shadow
    >>> check_online(Shadow(length="4d"))
    """
    assert callable(getattr(online, "step", None)), "online: needs a method step(view, trial)"
    online = completed("online", online, OnlineTest)
    _check_deepcopy("online", online)
    curation = _bought_for(completed("online", online, OnlineTest))
    strategy = Strategy(Periodic(4), SlidingWindow(300), online=online, curation=curation)
    _check_in_replay("online", strategy, online)


def check_online_rule(rule: Any) -> None:
    """Check a rule that judges the trials of online tests.

    ``look_at(counts)`` returns ascending numbers of labels, none larger than there are; ``found``
    says -1, 0 or 1 at each look, or at the last one alone, and the same of the same sums; and, in
    an A/B test, as for `check_online`.

    Parameters
    ----------
    rule : clsim.strategy.online.rules.Rule

    Examples
    --------
    >>> from clsim.strategy.online.rules import AtTheEnd
    >>> check_online_rule(AtTheEnd(alpha=0.1))
    """
    base = "clsim.strategy.online.rules.Rule"
    assert isinstance(rule, TrialRule), f"rule: must derive from {base}, not {rule!r}"
    _check_deepcopy("rule", rule)
    before, counts = _state(rule), np.array([40, 90, 150, 400])
    losses = np.random.default_rng(7).random(400)
    looks = np.asarray(rule.look_at(counts))
    whole = looks.ndim == 1 and looks.dtype.kind in "iu"
    assert whole, f"rule: look_at must return whole numbers, not {looks!r}"
    told = f"rule: looks must ascend and not pass the labels that there are, {looks.tolist()}"
    assert (np.diff([*looks, counts[-1] + 1]) > 0).all(), told
    if len(looks):
        tally = split(losses, np.arange(400) % 2 == 1, looks)
        first, again = rule.found(tally), rule.found(tally)
        says = np.asarray(first.says)
        right = says.shape in {(len(looks),), (1,)} and np.isin(says, (-1, 0, 1)).all()
        assert right, f"rule: it must say -1, 0 or 1 at each look, not {says!r}"
        assert np.array_equal(says, again.says), "rule: it says another thing of the same sums"
    assert before == _state(rule), "rule: to be asked has changed it"
    check_online(ABTest("4d", rule=rule, min_labels=2))


def check_guard(guard: Any) -> None:
    """Check a guard: ``watch(view)`` returns a `clsim.types.Rollback` or None.

    ``frozen(view)``, where it has one, returns a reason or None; and as for `check_trigger`.

    Parameters
    ----------
    guard : Guard

    Examples
    --------
    >>> from clsim.strategy.guards import RollBack
    >>> check_guard(RollBack(margin=0.01, within=3, window=60, min_labels=20))
    """
    assert callable(getattr(guard, "watch", None)), "guard: needs a method watch(view)"
    guard = completed("guard", guard, Guard)
    _check_deepcopy("guard", guard)

    def check(view: View, rollback: Any) -> None:
        assert rollback is None or isinstance(rollback, Rollback), (
            f"guard: watch must return a Rollback or None, not {rollback!r}"
        )

    def check_frozen(view: View, reason: Any) -> None:
        assert reason is None or (isinstance(reason, str) and reason), (
            f"guard: frozen must return None, or the reason as text, not {reason!r}"
        )

    watched = _watched(_watched(guard, "watch", check), "frozen", check_frozen)
    _check_in_replay("guard", Strategy(Periodic(3), SlidingWindow(60), guard=watched), guard)


def check_reuse(reuse: Any) -> None:
    """Check a re-use: ``choose(view)`` returns a `clsim.types.Reuse` of a retired model, or None.

    And as for `check_trigger`.

    Parameters
    ----------
    reuse : Reusing

    Examples
    --------
    >>> from clsim.types import Reuse
    >>> class TheOneBefore:
    ...     keeps = 1
    ...
    ...     def choose(self, view):
    ...         return Reuse(view.retired[-1], "in turn") if view.tick % 2 else None
    >>> check_reuse(TheOneBefore())
    """
    assert callable(getattr(reuse, "choose", None)), "reuse: needs a method choose(view)"
    reuse = completed("reuse", reuse, Reusing)
    _check_deepcopy("reuse", reuse)

    def check(view: View, chosen: Any) -> None:
        assert chosen is None or isinstance(chosen, Reuse), (
            f"reuse: choose must return a Reuse or None, not {chosen!r}"
        )
        assert chosen is None or chosen.model in view.retired, (
            f"reuse: model {chosen.model} is none of those that are kept, {list(view.retired)}"
        )

    watched = _watched(reuse, "choose", check)
    _check_in_replay("reuse", Strategy(Periodic(3), SlidingWindow(60), reuse=watched), reuse)


def check_exploration(exploration: Any) -> None:
    """Check an exploration: ``explored(...)`` gives a class and a chance in (0, 1] for each event.

    Each event by itself, whatever others are beside it. And as for `check_trigger`.

    Parameters
    ----------
    exploration : Exploring

    Examples
    --------
    >>> from clsim.strategy.exploration import Explore
    >>> check_exploration(Explore(0.1))
    """
    assert callable(getattr(exploration, "explored", None)), (
        "exploration: needs a method explored(answers, draws, others, n_classes)"
    )
    exploration = completed("exploration", exploration, Exploring)
    _check_deepcopy("exploration", exploration)
    answers, draws = np.arange(40) % 2, np.linspace(0, 0.975, 40)
    given, chances = exploration.explored(answers, draws, draws[::-1], 2)
    assert np.isin(given, [0, 1]).all(), "exploration: answers must be codes of classes"
    right = ((chances > 0) & (chances <= 1)).all()
    assert right, "exploration: each answer needs one of the chances above 0, and at most 1"
    alone = exploration.explored(answers[:1], draws[:1], draws[-1:], 2)
    assert (alone[0][0], alone[1][0]) == (given[0], chances[0]), (
        "exploration: each event must be answered by itself"
    )
    strategy = Strategy(Periodic(3), SlidingWindow(60), exploration=exploration)
    _check_in_replay("exploration", strategy, exploration)


def check_repair(repair: Any) -> None:
    """Check a repair: ``calls(view)`` returns None, a reason or a `clsim.types.Fired`.

    And as for `check_trigger`, in a world in which nothing is broken.

    Parameters
    ----------
    repair : Repairing

    Examples
    --------
    >>> class EveryTenth:
    ...     def calls(self, view):
    ...         return "in turn" if view.tick % 10 == 9 else None
    >>> check_repair(EveryTenth())
    """
    assert callable(getattr(repair, "calls", None)), "repair: needs a method calls(view)"
    repair = completed("repair", repair, Repairing)
    _check_deepcopy("repair", repair)

    def check(view: View, found: Any) -> None:
        right = found is None or isinstance(found, Fired) or (isinstance(found, str) and found)
        assert right, f"repair: calls must give None, a Fired or the reason as text, not {found!r}"

    strategy = Strategy(Periodic(3), SlidingWindow(60), repair=_watched(repair, "calls", check))
    _check_in_replay("repair", strategy, repair)


def check_deployment(deployment: Any) -> None:
    """Check a deployment: ``fails(draw)`` is a truth value, ``down(draw)`` a number of units.

    And as for `check_trigger`.

    Parameters
    ----------
    deployment : Deployment

    Examples
    --------
    >>> from clsim.strategy.deployment import MayFail
    >>> check_deployment(MayFail(0.2))
    """
    assert callable(getattr(deployment, "fails", None)), "deployment: needs a method fails(draw)"
    deployment = completed("deployment", deployment, Deployment)
    _check_deepcopy("deployment", deployment)

    def check_fails(draw: float, failed: Any) -> None:
        assert isinstance(failed, bool), f"deployment: fails must be true or false, not {failed!r}"

    def check_down(draw: float, length: Any) -> None:
        right = isinstance(length, int) and length >= 0
        assert right, f"deployment: down must be a number of clock units, not {length!r}"

    watched = _watched(_watched(deployment, "fails", check_fails), "down", check_down)
    strategy = Strategy(Periodic(3), SlidingWindow(60), deployment=watched)
    _check_in_replay("deployment", strategy, deployment)


def check_adaptation(adaptation: Any) -> None:
    """Check an adaptation: ``adapt(...)`` returns a `clsim.policies.Adapt` or None.

    What it gives turns probabilities into probabilities of the same classes, each row by itself,
    and can be hashed. And as for `check_trigger`.

    Parameters
    ----------
    adaptation : Adaptation

    Examples
    --------
    >>> from clsim.strategy.adaptation import PriorCorrection
    >>> check_adaptation(PriorCorrection(window=200))
    """
    assert callable(getattr(adaptation, "adapt", None)), (
        "adaptation: needs a method adapt(view, model, policy, without)"
    )
    adaptation = completed("adaptation", adaptation, Adaptation)
    _check_deepcopy("adaptation", adaptation)
    said = np.array([[0.9, 0.1], [0.5, 0.5], [0.2, 0.8], [np.nan, np.nan]])

    def check(view: View, found: Any) -> None:
        assert found is None or isinstance(found, Adapt), (
            f"adaptation: adapt must return an Adapt or None, not {found!r}"
        )
        if found is None:
            return
        assert isinstance(found.policy, Adapted), "adaptation: Adapt.policy must be an Adapted"
        hash(found.policy)
        chances = found.policy.chances(said)
        assert chances.shape == said.shape, "adaptation: probabilities must keep their shape"
        some = chances[:3]
        right = (some >= 0).all() and np.allclose(some.sum(axis=1), 1)
        assert right, "adaptation: what becomes of probabilities must be some that sum to 1"
        assert np.isnan(chances[3]).all(), "adaptation: where there is no prediction, there is none"
        alone = found.policy.chances(said[1:2])
        assert (alone == chances[1:2]).all(), "adaptation: each row must be adapted by itself"

    watched = _watched(adaptation, "adapt", check)
    strategy = Strategy(Periodic(3), SlidingWindow(60), adaptation=watched)
    _check_in_replay("adaptation", strategy, adaptation)


def check_logging(logging: Any) -> None:
    """Check a logging: ``kept`` is a mask of the rows, or None; and as for `check_trigger`.

    So is ``kept_of``, where it goes by answers: a mask of the rows of each tick.

    Parameters
    ----------
    logging : Logging

    Examples
    --------
    >>> from clsim.strategy.logging import Sample
    >>> check_logging(Sample(0.3))
    """
    assert callable(getattr(logging, "kept", None)), "logging: needs a method kept"
    logging = completed("logging", logging, Logging)
    _check_deepcopy("logging", logging)
    _check_in_replay("logging", Strategy(Periodic(3), SlidingWindow(300), logging=logging), logging)


def check_curation(curation: Any) -> None:
    """Check a curation: ``buy(view, draw)`` returns one `clsim.types.Buy`, several or None.

    As `check_trigger`; its rows are kept, and their labels neither known nor ordered.

    Parameters
    ----------
    curation : Curation

    Examples
    --------
    >>> from clsim.strategy.curation import Buying, Fixed, Random
    >>> check_curation(Buying(Random(), Fixed(5), natural=False))
    """
    assert callable(getattr(curation, "buy", None)), "curation: needs a method buy(view, draw)"
    curation = completed("curation", curation, Curation)
    _check_deepcopy("curation", curation)
    strategy = Strategy(Periodic(3), SlidingWindow(300), curation=curation)
    _check_in_replay("curation", strategy, curation)


def check_monitor(monitor: Any) -> None:
    """Check a monitor: ``measure(view)`` returns a number per feature or None; `check_trigger`.

    Keys are a feature, None for the whole, or ``(feature or None, slice)``. One that is ``shared``
    gives the same beside another strategy with the same monitor. All lie in its ``extent``.

    Parameters
    ----------
    monitor : Monitor

    Examples
    --------
    >>> from clsim.monitoring import FeatureDistribution
    >>> check_monitor(FeatureDistribution(window=100))
    """
    assert callable(getattr(monitor, "measure", None)), "monitor: needs a method measure(view)"
    monitor = completed("monitor", monitor, Monitor)
    _check_deepcopy("monitor", monitor)

    def check(view: View, values: Any) -> None:
        numbers = isinstance(values, dict) and all(
            _is_of(of) and isinstance(value, float) for of, value in values.items()
        )
        assert numbers, f"monitor: measure must return a dict of numbers, not {values!r}"
        beyond.extend(
            value for value in values.values()
            if value < between.low - 1e-9 or value > between.high + 1e-9
        )  # fmt: skip

    between, beyond = monitor.extent(Extent(0, 1)), list[float]()  # of the zero-one loss
    watched = _watched(monitor, "measure", check)
    watched.shared = monitor.shared
    kind, curation = monitor.reads_profiles, _bought_for(monitor)
    kept = None if kind is None else Profiles(Everything(), confidence=kind == "confidence")
    strategy = Strategy(
        Periodic(3), SlidingWindow(300), monitors={"it": watched}, logging=kept, curation=curation
    )
    _check_in_replay("monitor", strategy, monitor)
    assert not beyond, (  # what is raised while it measures is no value
        f"monitor: measure gave {beyond[0]:g}, and its extent says from {between.low:g} to "
        f"{between.high:g}"
    )
    if type(monitor).measure_each is not Monitor.measure_each:
        _check_each(monitor)


def _check_each(monitor: Monitor) -> None:
    """What ``measure_each`` says of two models is what ``measure`` says of each."""
    first: dict[int, tuple[View, Any]] = {}
    compared: dict[int, tuple[str, str]] = {}

    def keep(view: View, values: Any) -> None:
        first[view.tick] = view, values

    def measure(self: Any, view: View) -> Any:
        values = kind.measure(self, view)
        if view.tick in first and view.tick not in compared:
            compared[view.tick] = "", ""  # it may itself ask again
            other, alone = first[view.tick]
            together = kind.measure_each(self, [other, view])
            compared[view.tick] = repr(together), repr([alone, values])  # in which NaN is NaN
        return values

    kind: Any = type(monitor)
    often = copy.deepcopy(monitor)
    often.__class__ = type(kind.__name__, (kind,), {"measure": measure})
    strategies = {
        "never": Strategy(Never(), monitors={"it": _watched(monitor, "measure", keep)}),
        "often": Strategy(Periodic(3), SlidingWindow(300), monitors={"it": often}),
    }
    setting = _setting_for("monitor", copy.deepcopy(monitor).bind)
    setting.replay(strategies, _default_learner(strategies["often"]), setting.stream)
    assert compared, "monitor: measure_each was never asked beside another model"
    for found, expected in compared.values():
        assert found == expected, f"monitor: measure_each gives {found}, and measure {expected}"


def _bought_for(part: OfflineTest | OnlineTest | Monitor) -> Curation | None:
    """Labels bought by chance, for a part that weighs them or goes by an evaluation set."""
    evaluation = isinstance(part, OfflineTest) and part.on_evaluation
    if not (evaluation or part.undoes_picks):
        return None
    return Buying(Random(), Fixed(50), natural=False, evaluation=0.5 if evaluation else 0.0)


def _is_of(of: Any) -> bool:
    """Whether a value of a signal may be of this: a feature, the whole, or either in a slice."""
    what, name = of if isinstance(of, tuple) and len(of) == 2 else (of, "all")
    return (what is None or isinstance(what, str)) and isinstance(name, str)


def check_strategy(strategy: Strategy, learner: Any = None) -> None:
    """Check a whole strategy: deterministic, causal, and untouched by its neighbours.

    Parameters
    ----------
    strategy : Strategy
    learner : scikit-learn estimator or river model, default=None
        For binary labels. None: stochastic gradient descent; for online training, river's
        Gaussian naive Bayes.

    Examples
    --------
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.triggers import Performance
    >>> check_strategy(Strategy(Performance(below=0.7)))
    """
    assert isinstance(strategy, Strategy), f"strategy: expected a Strategy, got {strategy!r}"
    _check_deepcopy("strategy", strategy)
    _check_in_replay("strategy", strategy, strategy, learner)


def check_learner(learner: Any, stream: Any = None) -> None:
    """Check a learner.

    Training returns a new model, and leaves the prototype and the parent as they were; the same
    training twice gives the same predictions; predictions have the right shape and classes,
    do not depend on how calls are cut, if they are cut in blocks of 64 rows, nor on what the other
    rows of a block are, nor on whether probabilities were asked for.

    Parameters
    ----------
    learner : scikit-learn estimator or river model
    stream : Stream or None, default=None
        None: a small one, for binary classification, or regression if the learner is a regressor.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> check_learner(LogisticRegression())
    """
    from threadpoolctl import threadpool_limits

    stream = _stream_for(learner) if stream is None else stream
    batches = list(stream.blocks(1))
    X, y = batches[0].X, batches[0].y
    for proba in (False, True):
        if proba and (stream.schema.task != "classification" or not _has_proba(learner)):
            continue
        loss = Loss("log" if proba else None, stream.schema)
        before = _state(learner)
        with _asserted():
            adapted = as_learner(
                learner, stream.schema, seed=1, proba=proba, unanswered=loss.unanswered
            )
        with threadpool_limits(1), globals_kept():
            _check_adapted(adapted, loss, X, y)
            if not proba:
                _check_chances_apart(adapted, X, y)
        assert before == _state(learner), "learner: training changed the prototype"


def _has_proba(learner: Any) -> bool:
    return hasattr(learner, "predict_proba") or hasattr(learner, "predict_proba_one")


def _stream_for(learner: Any) -> Any:
    batch = next(Synthetic(Logistic(4), n=1_280).blocks(1))
    kind = getattr(learner, "_estimator_type", None)
    if hasattr(learner, "learn_one"):
        from river.base import Regressor

        regression = isinstance(getattr(learner, "_last_step", learner), Regressor)
    elif hasattr(learner, "__sklearn_tags__"):
        from sklearn.base import is_regressor

        regression = is_regressor(learner)
    else:
        regression = kind == "regressor"
    frame = pd.DataFrame(batch.X, columns=[f"x{i}" for i in range(batch.X.shape[1])])
    if regression:
        frame["y"] = batch.X @ np.arange(1.0, 5.0) + batch.y
        return Recorded(frame, label="y", task="regression")
    return Recorded(frame.assign(y=batch.y), label="y")


def _check_adapted(learner: Any, loss: Loss, X: Any, y: np.ndarray) -> None:
    half = len(y) // 2

    def rows(low: int, high: int) -> Any:
        return X[low:high] if isinstance(X, np.ndarray) else X.iloc[low:high]

    def fit() -> Any:
        try:
            return learner.train(rows(0, half), y[:half], "fit", None)
        except TypeError as error:
            raise AssertionError(f"learner: {error}") from error

    model = fit()
    whole = learner.predict(model, X)
    _check_output(loss, learner.proba, whole, len(y))
    assert _same(whole, learner.predict(model, X)), (
        "learner: predicting twice gives two answers; prediction must not change the model"
    )
    assert _same(whole, learner.predict(fit(), X)), (
        "learner: the same fit twice gives two models; set its random_state or seed"
    )
    for size in (ALIGN, 3 * ALIGN):
        pieces = [
            learner.predict(model, rows(low, min(low + size, len(y))))
            for low in range(0, len(y), size)
        ]
        assert _same(whole, np.concatenate(pieces)), (
            f"learner: predictions depend on how calls are cut; in calls of {size} rows they "
            f"differ from one call of {len(y)}"
        )
    _check_neighbours(learner, model, X, whole)
    for how in ("partial_fit", "warm_start"):
        try:
            learner.check(how)
        except ValueError:
            continue
        child = learner.train(rows(half, len(y)), y[half:], how, model)
        assert child is not model, f"learner: {how} returned the parent itself, not a new model"
        assert _same(whole, learner.predict(model, X)), f"learner: {how} changed the parent"


def _check_chances_apart(learner: Any, X: Any, y: np.ndarray) -> None:
    """Asking a model for probabilities changes none of its answers."""
    asked = learner.for_chances()
    if asked is None:
        return
    model = learner.train(X, y, "fit", None)
    whole = learner.predict(model, X)
    asked.answers(model, X)
    assert _same(whole, learner.predict(model, X)), (
        "learner: asking for probabilities changes what it answers; it must not change the model"
    )


def _check_neighbours(learner: Any, model: Any, X: Any, whole: np.ndarray) -> None:
    """A row has the same answer, to the bit, whatever the other rows of its block are."""
    block = np.arange(min(ALIGN, len(whole)))
    others = np.arange(len(whole))[::-1]
    for row in (0, 1, len(block) // 2, len(block) - 1):
        asked = others[: len(block)].copy()
        asked[row] = row
        X_asked = X[asked] if isinstance(X, np.ndarray) else X.iloc[asked]
        beside = learner.predict(model, X_asked)
        assert _same(whole[row : row + 1], beside[row : row + 1]), (
            f"learner: the prediction for row {row} depends on the other rows of the call, so the "
            "future would decide what was answered"
        )


def _check_output(loss: Loss, proba: bool, output: Any, n: int) -> None:
    assert isinstance(output, np.ndarray), f"learner: predictions are a {type(output).__name__}"
    shape = (n, loss.n_classes) if proba else (n,)
    assert output.shape == shape, f"learner: predictions of shape {output.shape}, not {shape}"
    if proba:
        sums = output[~np.isnan(output[:, 0])].sum(axis=1)
        assert np.allclose(sums, 1.0), "learner: the probabilities of an event do not sum to 1"
    elif loss.n_classes:
        known = (output == loss.unanswered) | ((output >= 0) & (output < loss.n_classes))
        assert known.all(), f"learner: prediction {output[~known][0]!r} is none of the classes"


def check_metric(metric: Any, task: str = "classification") -> None:
    """Check a metric.

    It gives a number for a few hundred events of all classes, the same each time and in whatever
    order they come, and does not change what it is given.

    Parameters
    ----------
    metric : str, callable or `clsim.metrics.Metric`
    task : {'classification', 'regression'}, default='classification'

    Examples
    --------
    >>> from sklearn.metrics import matthews_corrcoef
    >>> check_metric(matthews_corrcoef)
    """
    draws, n = np.random.default_rng(0), 300
    classes = np.array(["no", "yes"]) if task == "classification" else np.empty(0)
    with _asserted():
        (asked,) = as_metrics([metric], Schema(("x",), task, classes, False))
    chances = draws.dirichlet([1, 1], n)
    truth: Any = (draws.uniform(size=n) < chances[:, 1]).astype(np.uint8)
    given: Any = chances if asked.reads == "probabilities" else chances.argmax(axis=1)
    if task == "regression":
        truth = draws.normal(10.0, 1.0, n)
        given = truth + draws.normal(size=n)
    what, order = f"metric: {asked.name}", draws.permutation(n)
    value, reason = asked.measure(lock(truth), lock(given), classes)
    assert reason is None, f"{what} gives no value on {n} events of all classes: {reason}"
    assert asked.measure(truth, given, classes)[0] == value, f"{what} gives two values of the same"
    other = asked.measure(truth[order], given[order], classes)[0]
    assert np.isclose(value, other), f"{what} depends on the order of events"


def check_projection(projection: Any, X: Any = None) -> None:
    """Check a projection.

    ``fit(X, random_state)`` gives something whose ``columns(X)`` are arrays of a value for each
    row; the same again for the same reference and state; of each row alone, whatever the others
    are. Neither changes the prototype or what it is given, and ``check_rows`` refuses none of it.

    Parameters
    ----------
    projection : `clsim.monitoring.projections.Projection`
    X : pandas.DataFrame or numpy.ndarray of shape (n, d) or None, default=None
        Rows to try it on, at least 20; the first half is the reference. None: 120 rows of four
        numbers.

    Examples
    --------
    >>> from clsim.monitoring.projections import PCA
    >>> check_projection(PCA(2))
    """
    X = np.random.default_rng(0).normal(size=(120, 4)) if X is None else X
    half, before = len(X) // 2, _state(projection)
    reference, rest = X[:half], X[half:]
    given = copy.deepcopy((reference, rest))
    with _asserted():
        projection.check_rows(reference[:50])
        fitted, again = (copy.deepcopy(projection).fit(reference, 1) for _ in range(2))
        columns = fitted.columns(rest)
        some = fitted.columns(rest[3:8])
    for name, values in columns.items():
        shaped = isinstance(values, np.ndarray) and values.shape == (len(rest),)
        assert shaped, f"projection: column {name!r} must be an array of a value for each row"
    assert columns, "projection: it gave no column"
    assert _same(columns, again.columns(rest)), (
        "projection: not deterministic; fitted again with the same state it gave other columns"
    )
    alike = some.keys() == columns.keys() and all(
        np.allclose(some[name], values[3:8], equal_nan=True)
        if values.dtype.kind == "f"
        else np.array_equal(some[name], values[3:8])
        for name, values in columns.items()
    )
    assert alike, "projection: the columns of a row depend on the other rows"
    unchanged = map(
        pd.DataFrame.equals, *(map(pd.DataFrame, each) for each in (given, (reference, rest)))
    )
    assert all(unchanged), "projection: it changed the rows that it was given"
    assert before == _state(projection), "projection: it changed the prototype"


def check_stream(stream: Any, *, seeded: bool | None = None) -> None:
    """Check a stream.

    Events come in time order, whatever is asked twice is the same twice, shapes agree with the
    schema, labels are of its classes and never known before their event; drifts lie within the
    stream. A block alone equals that of the sequence; where there is a truth, it has a row for each
    event, and the shares of concepts sum to 1. Where it says how likely classes are, it says so of
    every event and class, and chances sum to 1.

    Parameters
    ----------
    stream : Stream
    seeded : bool or None, default=None
        Whether another seed must give other events. None: unless it is a `Recorded` stream.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> check_stream(Synthetic(Sine(), n=100))
    """
    given, stream = stream, as_stream(stream)
    schema = stream.schema
    with _asserted():
        check_schema(schema)
        batches = list(checked(stream.blocks(1), schema))
        check_drifts(stream.drift_events(1))
    assert batches, "stream: it has no events"
    again = list(stream.blocks(1))
    repeated = len(batches) == len(again) and all(map(_equal_batches, batches, again))
    assert repeated, "stream: not deterministic; the same seed gave other events the second time"
    if seeded is None:
        seeded = not isinstance(given, Recorded)
    if seeded:
        others = list(stream.blocks(2))
        assert not all(map(_equal_batches, batches, others)), (
            "stream: another seed gives the same events; for a log say seeded=False"
        )
    for number in reversed(range(len(batches))):
        assert _equal_batches(batches[number], stream.block(1, number)), (
            f"stream: block {number} alone is not that of the sequence"
        )
    time = np.concatenate([batch.time for batch in batches])
    truth = stream.truth(time, 1)
    if truth is not None:
        _check_truth(truth, time)
    likely = stream.chances(1)
    if likely is not None:
        _check_likely(np.concatenate(list(likely)), (len(time), len(schema.classes)))
    if stream.responds:
        check_feedback(given)
    first, last = batches[0].time[0], batches[-1].time[-1]
    for drift in stream.drift_events(1):
        within = drift.start <= last and drift.end >= first
        assert within, f"stream: a drift lies outside of the stream: {drift!r}"


def _check_truth(truth: Any, time: np.ndarray) -> None:
    assert isinstance(truth, pd.DataFrame), f"stream: truth is a {type(truth).__name__}"
    assert len(truth) == len(time), f"stream: truth has {len(truth)} rows for {len(time)} times"
    assert np.array_equal(truth["time"], time), "stream: the times of the truth are not those asked"
    weights = truth.drop(columns="time")
    inside = ((weights >= 0) & (weights <= 1)).to_numpy()
    assert inside.all(), "stream: the truth has weights outside of [0, 1]"
    shares = weights.filter(regex="^concept ").sum(axis=1)
    assert np.allclose(shares, 1.0), "stream: the shares of concepts in the truth do not sum to 1"


def _check_likely(likely: np.ndarray, shape: tuple[int, int]) -> None:
    assert likely.shape == shape, (
        f"stream: its chances have the shape {likely.shape}, not {shape}: events, classes"
    )
    assert ((likely >= 0) & (likely <= 1)).all(), "stream: has chances outside of [0, 1]"
    assert np.allclose(likely.sum(axis=1), 1.0), "stream: chances of an event do not sum to 1"


def _equal_batches(a: Batch, b: Batch) -> bool:
    if isinstance(a.X, np.ndarray):
        equal = isinstance(b.X, np.ndarray) and _same(a.X, b.X)
    else:
        equal = bool(a.X.equals(b.X))
    return equal and all(
        _same(getattr(a, name), getattr(b, name))
        for name in (
            "y", "time", "label_time", "slices", "available", "amount", "complaints", "deleted"
        )
    )  # fmt: skip


def check_feedback(stream: Any) -> None:
    """Check how a stream responds to what is served.

    ``respond(served, state, seed)`` returns a `clsim.types.Response`, the same whenever it is asked
    the same, and changes neither its arguments nor the stream; it hides labels of events that
    were served, and removes or relabels events of the next tick alone.

    Parameters
    ----------
    stream : Stream
        One with ``respond``.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.feedback import Selective
    >>> check_feedback(Selective(Synthetic(Sine(), n=2000), explore=0.1))
    """
    assert as_stream(stream).responds, "stream: needs a method respond(served, state, seed)"
    events, state = _all_of(stream), None
    rng, rows = np.random.default_rng(0), np.arange(len(events.y))
    ends = np.linspace(len(rows) // 40, len(rows), 8).astype(np.int64)  # the first tick is short
    for tick, (now, later) in enumerate(itertools.pairwise(np.split(rows, ends[:-1]))):
        answers = events.y[rng.permutation(len(rows))[: len(now)]]
        served = Served(
            tick, now, _rows_of(events, now), answers, rng.random(len(now)) < 0.9, later,
            _rows_of(events, later),
        )  # fmt: skip
        given, before = copy.deepcopy((served, state)), _state(stream)
        first, again = (stream.respond(served, state, 1) for _ in range(2))
        assert isinstance(first, Response), f"stream: respond gave {first!r}, not a Response"
        pure = pickle.dumps(first) == pickle.dumps(again) and before == _state(stream)
        assert pure, "stream: respond is not pure; asked twice, it differs or changes the stream"
        assert pickle.dumps(given) == pickle.dumps((served, state)), (
            "stream: respond changes what it is given"
        )
        try:
            check_response(first, served, stream.schema.classes)
        except ValueError as error:
            raise AssertionError(str(error)) from error
        state = first.state


def _rows_of(events: Batch, rows: np.ndarray) -> Batch:
    return replace(events.take(rows), label_time=None, available=None, deleted=None)


def check_delay(delay: Any, stream: Any = None) -> None:
    """Check a label delay.

    ``label_times(events, schema, clock, seed)`` returns int64 of the shape of ``events.time``,
    never before it, and the same for the same seed; a label that is known by some time does not
    depend on events that come later. Where it is ``by_row``, events asked about some at a time, by
    their times, labels and rows, have the times that they have among all. Where it has ``told``,
    that returns a `clsim.types.Told`: labels of the stream, none revised before it is told, and
    likewise the same and causal.

    Parameters
    ----------
    delay : Delay
    stream : Stream or None, default=None
        For a delay that needs certain classes or slices. None: a small one with the labels 0 and
        1, and a slice column ``group`` with the values ``a`` and ``b``.

    Examples
    --------
    >>> from clsim.streams.delays import Exponential
    >>> check_delay(Exponential("3d"))
    """
    with _asserted():
        tells = as_delay(delay).tells
    _check_deepcopy("delay", delay)

    def labels_of(timed: bool) -> tuple[Schema, Batch]:
        return _labels_to_come(timed) if stream is None else (stream.schema, _all_of(stream))

    def ask(delay: Any, clock: Clock, n: int | None = None) -> Any:
        schema, events = labels_of(clock.timed)
        return delay.label_times(_head(events, n), schema, clock, 1)

    if stream is None:
        clock = _setting_for("delay", lambda clock: ask(copy.deepcopy(delay), clock)).clock
    else:
        clock = _Setting(stream.schema.timed).clock
    schema, events = copy.deepcopy(labels_of(clock.timed))
    before = _state(delay)
    known = delay.label_times(events, schema, clock, 1)
    assert _equal_batches(events, labels_of(clock.timed)[1]), "delay: it changed the events"
    with _asserted():
        check_label_times(known, events)
    assert _same(known, ask(delay, clock)), (
        "delay: not deterministic; the same seed gave other label times the second time"
    )
    assert before == _state(delay), "delay: asking for label times changed the prototype"
    half = len(known) // 2
    head, until = ask(delay, clock, half), events.time[half]
    assert _same(np.minimum(known[:half], until), np.minimum(head, until)), (
        "delay: not causal; label times change with the events that come later"
    )
    if as_delay(delay).by_row:
        rows = slice(half, len(known))
        times = Batch(
            np.empty((len(known) - half, 0)), events.y[rows], events.time[rows],
            rows=np.arange(half, len(known)),
        )  # fmt: skip
        assert _same(known[rows], delay.label_times(times, schema, clock, 1)), (
            "delay: by_row says that events may be asked about some at a time, and the last half "
            "asked alone has other label times"
        )
    if tells:
        _check_told(delay, schema, events, clock, known)


def _check_told(delay: Any, schema: Schema, events: Batch, clock: Clock, known: np.ndarray) -> None:
    told, again = (delay.told(events, schema, clock, 1) for _ in range(2))
    with _asserted():
        check_told(told, events, schema)
    for name in ("y", "revised", "votes"):
        same = _same(getattr(told, name), getattr(again, name))
        assert same, f"delay: told.{name} is not deterministic"
    if told.revised is not None:
        early = told.revised < known
        assert not early.any(), f"delay: row {int(np.argmax(early))} is revised before it is told"
    half = len(known) // 2
    head = delay.told(_head(events, half), schema, clock, 1)
    for name in ("y", "votes"):
        ours, theirs = getattr(told, name), getattr(head, name)
        assert ours is None or _same(ours[:half], theirs), (
            f"delay: told.{name} changes with the events that come later"
        )


def _labels_to_come(timed: bool) -> tuple[Schema, Batch]:
    """Events for a delay: binary labels and two slices."""
    rng, n = np.random.default_rng(0), 3_000
    schema = Schema(
        ("x0",), "classification", np.array([0, 1]), timed, {"group": ("group=a", "group=b")}
    )
    time = np.arange(n, dtype=np.int64) * (UNITS["h"] if timed else 1)
    X, y, codes = rng.random((n, 1)), rng.integers(0, 2, n), rng.integers(0, 2, n)
    return schema, Batch(X, y, time, slices={"group": codes})


def _all_of(stream: Any) -> Batch:
    """All events of a stream, as the world sees them."""
    return events_of(stream.blocks(1), stream.schema, None).batch()


def _head(batch: Batch, n: int | None) -> Batch:
    """The first n events."""
    return replace(batch.take(np.arange(len(batch.y))[:n]), available=None, deleted=None)
