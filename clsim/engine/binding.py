"""What does not fit together is refused here, before any work starts."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Clock, Duration
from clsim.engine.batches import check_batch, check_label_times, check_schema, check_told, locked
from clsim.engine.branches import check_feedback
from clsim.errors import Unreachable, check_choice, check_number, check_object, prefixed
from clsim.learners import RiverLearner, SklearnLearner, as_learner
from clsim.losses import Loss, cheapest_cut, likeliest_is_cheapest
from clsim.metrics import METRICS, Metric, as_metrics
from clsim.policies import Abstaining, Adapted, Policy
from clsim.protocols import (
    Delay,
    Guard,
    OnlineTest,
    Repairing,
    Review,
    Stream,
    Training,
    Trigger,
    as_delay,
    as_stream,
)
from clsim.randomness import copied
from clsim.runs.run import check_record
from clsim.statistics.picked import PREDICTION_POWERED
from clsim.strategy import Strategy
from clsim.strategy.datasets import NewSinceLast
from clsim.strategy.training import RowByRow, Stateful
from clsim.types import WARMUP_LABELS, Batch, Column, Schema

Learner = SklearnLearner | RiverLearner


@dataclass(frozen=True)
class Bound:
    """Parts that fit each other.

    Attributes
    ----------
    clock : Clock
    loss : Loss
    learner : SklearnLearner, RiverLearner or None
        None where no strategy trains.
    strategies : dict of str to Strategy
        Copies, with durations in units of the clock.
    responds : bool
        Whether the stream responds to what is served.
    metrics : tuple of Metric
        What is reported beside the loss.
    chances : SklearnLearner, RiverLearner or None
        The learner as it is asked for probabilities, if it has them.
    wants_chances : bool
        Whether probabilities are recorded of those who have them.
    """

    clock: Clock
    loss: Loss
    learner: Learner | None
    strategies: dict[str, Strategy]
    responds: bool
    metrics: tuple[Metric, ...]
    chances: Learner | None
    wants_chances: bool

    def of(self, names: Sequence[str]) -> Bound:
        """The same of some strategies alone."""
        return replace(self, strategies={name: self.strategies[name] for name in names})


def bind(
    stream: Stream,
    strategies: Mapping[str, Strategy],
    *,
    learner: Any = None,
    tick: Duration,
    warmup: Duration = 0,
    warmup_labels: str = "history",
    seed: int = 0,
    loss: Any = None,
    unanswered: str = "skip",
    record: str = "ticks",
    metrics: Sequence[Any] = (),
    abstention: float | None = None,
) -> Bound:
    """The parts of a replay, once they are known to fit each other; nothing is drawn.

    Parameters are those of `clsim.replay`.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit.
    """
    check_number("seed", seed, whole=True)
    check_choice("unanswered", unanswered, ("skip", "wrong"))
    check_choice("warmup_labels", warmup_labels, WARMUP_LABELS)
    check_record(record)
    if not isinstance(strategies, Mapping):
        raise TypeError(f"strategies={strategies!r}: expected a dict of names to strategies")
    stream = as_stream(stream)
    for name, strategy in strategies.items():
        check_object(f"strategies[{name!r}]", strategy)
        if not isinstance(strategy, Strategy):
            raise TypeError(f"strategies[{name!r}]={strategy!r}: expected a Strategy")
    if not strategies:
        raise ValueError("strategies: give at least one")
    check_schema(stream.schema)
    reported = as_metrics(metrics, stream.schema)
    declared = bind_loss(loss, unanswered, stream.schema, abstention)
    adapted = chances = None
    if any(strategy.trains for strategy in strategies.values()):
        adapted = bind_learner(learner, declared, stream.schema, seed)
        chances = adapted.for_chances()
        _check_metrics(adapted, chances, reported)
        _warn_of_half(declared, strategies, chances)
    wanted = record != "ticks" or any(one.reads == "probabilities" for one in reported)
    wanted |= any(strategy.reads_chances is not None for strategy in strategies.values())
    clock = Clock.of(stream.schema.timed, tick, warmup)
    bound = {name: _bound(strategy, clock, adapted) for name, strategy in strategies.items()}
    _warn_of_new_again(bound)
    responds = check_feedback(stream)
    for name, strategy in _each(bound):
        try:
            _check_answers(strategy, declared, stream.schema, adapted)
            _warn_of_bounds(name, strategy, declared)
            check_curation(strategy, stream, clock, declared, seed)
            _check_reference(strategy, warmup)
            _check_complaints(strategy, stream.schema)
            _check_profiles(strategy, stream.schema, warmup)
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error
    n = getattr(stream, "n", None)
    if not clock.timed and isinstance(n, int) and isinstance(warmup, int):
        check_spans(bound, clock, n - warmup)
    return Bound(
        clock, declared, adapted, bound, responds, reported, chances, wanted
    )  # fmt: skip


def _check_answers(strategy: Strategy, loss: Loss, schema: Schema, learner: Learner | None) -> None:
    """Refuse a strategy that the stream, the loss or the learner cannot have."""
    strategy.check_schema(schema)
    strategy.check_loss(loss.judged_as, schema)
    if strategy.adaptation.abstains:
        Abstaining().check(loss, schema)
    check_policy(strategy.policy, loss, schema, learner)
    _check_expected(strategy, loss)
    _check_chances(strategy, learner)


def _each(strategies: Mapping[str, Strategy]) -> Iterator[tuple[str, Strategy]]:
    """All strategies, those apart that follow one another, by what they are called in messages."""
    for name, strategy in strategies.items():
        for place, one in strategy.each.items():
            yield f"strategies[{name!r}]{place}", one


def bind_loss(loss: Any, unanswered: str, schema: Schema, abstention: float | None = None) -> Loss:
    """The declared loss of a stream.

    Raises
    ------
    ValueError
        For one that the stream cannot have, or that cannot count what has no answer.
    """
    declared = Loss(loss, schema, abstention)
    if unanswered == "wrong" and declared.kind != "zero_one":
        raise ValueError(f"unanswered='wrong': needs the zero-one loss, not {declared.kind}")
    return declared


def bind_learner(learner: Any, loss: Loss, schema: Schema, seed: int) -> Learner:
    """The adapter for a learner that is to be scored by a loss.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit.
    """
    if learner is None:
        raise TypeError(
            "learner=None: strategies that train need one; give a scikit-learn estimator or a "
            "river model"
        )
    by_chances = loss.kind == "log"
    return as_learner(learner, schema, seed=seed, proba=by_chances, unanswered=loss.unanswered)


def check_policy(policy: Policy, loss: Loss, schema: Schema, learner: Learner | None) -> None:
    """Refuse a policy that the loss, the stream or the learner cannot have.

    Raises
    ------
    ValueError
    """
    policy.check(loss, schema)
    if policy.likely and learner is not None and learner.for_chances() is None:
        what = "adaptation" if isinstance(policy, Adapted) else "threshold"
        raise ValueError(
            f"{what}: needs probabilities, and the learner ({type(learner.prototype).__name__}) "
            f"has none; give another learner, or no {what}"
        )


WITHOUT_CHANCES = {
    "monitors": "a monitor of answers or labels", "logging": "log by answers or slices",
    "curation": "another pick, such as Committee",
    "offline": "metrics of answers, another test, or weigh='picked'", "online": "weigh='picked'",
    "training": "teach='hard'",
}  # fmt: skip
"""What to do without probabilities, by the part that asks for them."""


def _check_chances(strategy: Strategy, learner: Learner | None) -> None:
    """Refuse monitors, logging and curation by probabilities where the learner has none."""
    asking = strategy.reads_chances
    if asking is None or learner is None or learner.for_chances() is not None:
        return
    key, part = asking
    raise ValueError(
        f"{key}: {part.class_name} needs probabilities, and the learner "
        f"({type(learner.prototype).__name__}) has none; give another learner, or "
        f"{WITHOUT_CHANCES[key.partition('.')[0]]}"
    )


def _check_expected(strategy: Strategy, loss: Loss) -> None:
    """Refuse what goes by expected losses where chances of classes do not say them."""
    if loss.expected:
        return
    why = "an amount is known with the label alone, and would give it away"
    if not loss.n_classes:
        why = "the stream's task is regression, where there are no chances of classes"
    for key in strategy.expects_losses:
        raise ValueError(
            f"{key}.weigh='{PREDICTION_POWERED}': what an answer loses cannot be expected before "
            f"its label: {why}; use 'picked'"
        )


def _check_metrics(learner: Learner, chances: Learner | None, metrics: Sequence[Metric]) -> None:
    """Refuse metrics of probabilities where the learner has none."""
    reading = [metric for metric in metrics if metric.reads == "probabilities"]
    if reading and chances is None:
        others = [name for name, metric in METRICS.items()
                  if (metric.task, metric.reads) == (reading[0].task, "answers")]  # fmt: skip
        raise ValueError(
            f"metrics: {reading[0].name!r} needs probabilities, and the learner "
            f"({type(learner.prototype).__name__}) has none; give another learner, or metrics of "
            f"answers: {', '.join(others)}"
        )


def _warn_of_half(loss: Loss, strategies: Mapping[str, Strategy], chances: Learner | None) -> None:
    """Say so where errors have unequal prices, and every cut is the learner's own."""
    if chances is None or any(strategy.policy.likely for strategy in strategies.values()):
        return
    matrix, cut = loss.matrix, np.nan
    if loss.kind == "amount" and loss.amounts == "pair":
        by = "by what the event itself says"
    elif matrix is not None and not likeliest_is_cheapest(matrix):
        cut = cheapest_cut(matrix) if len(matrix) == 2 else np.nan
        by = "" if np.isnan(cut) else f"of two classes, from a chance of {cut:.3g} for the second"
    else:
        return
    warnings.warn(
        "loss: errors cost differently, and the learner's own answers take them, as a rule, to "
        f"cost the same; threshold='by_price' gives the answer of the least expected cost"
        f"{f' ({by})' if by else ''}, if its probabilities are calibrated",
        UserWarning,
        stacklevel=4,
    )


def _warn_of_bounds(name: str, strategy: Strategy, loss: Loss) -> None:
    """Say so where a part does nothing, or always the same, since nothing reaches its bound."""
    try:
        strategy.check_scores(loss.extent, loss.score_extent)
    except Unreachable as error:
        warnings.warn(f"{name}: {error}", UserWarning, stacklevel=4)


def _warn_of_new_again(strategies: Mapping[str, Strategy]) -> None:
    """Say so where rows are new to a champion that knows nothing of those before it."""
    for name, strategy in _each(strategies):
        from_scratch = strategy.training.hows == ("fit",) and not strategy.training.others
        if strategy.retrains and from_scratch and isinstance(strategy.dataset, NewSinceLast):
            warnings.warn(
                f"{name}: dataset: NewSinceLast goes by what the champion's lineage learned, and a "
                "model that is trained from scratch has no ancestors: rows that an earlier "
                "training had are new again; use stateful training, or SlidingWindow",
                UserWarning,
                stacklevel=4,
            )


def _bound(strategy: Strategy, clock: Clock, learner: Learner | None) -> Strategy:
    """A copy of a strategy on a clock, whose ways of training the learner has."""
    strategy = copied(strategy, "strategies")
    strategy.bind(clock)
    for place, one in strategy.each.items():
        if one.trains:
            assert learner is not None
            with prefixed(place.removeprefix(".")):
                _check_training(one, learner)
    return strategy


def _check_training(strategy: Strategy, learner: Learner) -> None:
    """Refuse ways of training that the learner does not have."""
    training = strategy.training
    if isinstance(training, RowByRow) and not learner.row_by_row:
        raise ValueError("training: learning row by row needs a river model as learner")
    weighs = strategy.dataset.weighs
    for how in {training.initial, *training.hows}:
        learner.check(how, weighs=weighs, never=training.never)
    if isinstance(training, Stateful) and training.full_every is not None:
        learner.check("fit", weighs=training.full_dataset.weighs)
    for other in training.others:
        _check_other(other, learner, training, weighs)


def _check_other(given: Any, learner: Learner, training: Training, weighs: bool) -> None:
    """Refuse another learner that cannot take the place of that of the replay."""
    if not isinstance(learner, SklearnLearner):
        raise ValueError("training.learner: a river model is not followed by another learner")
    try:
        other = learner.another(given)
        for how in training.hows:
            other.check(how, weighs=weighs, never=training.never)
        other.check("fit", weighs=weighs or training.reads_chances)
    except (TypeError, ValueError) as error:
        raise type(error)(f"training.{error}") from error
    if learner.for_chances() is not None and other.for_chances() is None:
        raise ValueError(
            f"training.learner: {type(given).__name__} has no probabilities, and the learner of "
            "the replay has; give another one"
        )


def check_curation(strategy: Strategy, stream: Stream, clock: Clock, loss: Loss, seed: int) -> None:
    """Refuse orders of labels that the stream, the clock or the loss cannot have.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit.
    """
    if not strategy.buys:
        return
    if stream.responds:
        raise ValueError(
            f"curation: {stream.class_name} responds to what is served, so the label of an event "
            "depends on the answer, and cannot be ordered; use a stream without feedback, or buy "
            "no labels"
        )
    delay = strategy.curation.delay
    if delay is None:
        return
    if delay.tells and loss.kind == "log":
        raise ValueError(
            f"curation.delay: people of {delay.class_name} may err, and the log loss by a wrong "
            "label cannot be told; use loss='zero_one', or a delay that tells the truth"
        )
    schema = stream.schema
    like = schema.classes[:1] if len(schema.classes) else np.zeros(1)
    first = np.zeros(1, dtype=np.int64)
    X = pd.DataFrame(np.zeros((1, len(schema.features))), columns=list(schema.features))
    slices = dict.fromkeys(schema.slices, first)
    event = locked(Batch(X, like, first, None, slices, rows=first))
    try:
        check_label_times(delay.label_times(event, schema, clock, seed), event)
        delay.told(event, schema, clock, seed)
    except ValueError as error:
        raise ValueError(f"curation.delay: {error}") from error


def _check_complaints(strategy: Strategy, schema: Schema) -> None:
    """Refuse parts that read complaints where the stream tells none of the strategy's answers."""
    reading = strategy.reads_complaints
    if reading and schema.complaints is None:
        raise ValueError(
            f"{reading}: the stream tells of no complaints; put Complaining around it, "
            "or give Recorded the column of their times (complained='...')"
        )
    if reading and schema.complaints == "production" and strategy.source != "production":
        others = {"curation": "use another pick", "offline": "use another test"}
        remedy = others.get(reading, "watch them with AsServed alone")
        raise ValueError(
            f"{reading}: the log tells when users complained of what production answered, and of "
            f"other answers nobody knows; {remedy}, or draw complaints by putting Complaining "
            "around a stream without them"
        )


def _check_profiles(strategy: Strategy, schema: Schema, warmup: Duration) -> None:
    """Refuse monitors of profiles that logging does not keep, and bins by no warm-up."""
    kept = strategy.logging.profiled
    if kept is not None and warmup == 0:
        raise ValueError(
            "logging: the bins of profiles are those of the warm-up, and there is none (warmup=0); "
            "give one, or keep no profiles"
        )
    for name, monitor in strategy.monitors.items():
        kind = monitor.reads_profiles
        if kind is None:
            continue
        if kept is None:
            raise ValueError(
                f"monitors.{name}: it reads profiles, and logging keeps none; keep them beside "
                "what is kept (logging=Profiles(rows=...)), or watch rows"
            )
        if kind not in kept.kinds:
            raise ValueError(
                f"monitors.{name}: logging keeps no profiles of {kind}; keep them "
                f"(logging.{kind}=true)"
            )
        for one in monitor.slice_names(schema) or ():
            if one not in kept.slices:
                raise ValueError(
                    f"monitors.{name}: logging keeps no profiles of the slice {one!r}; name it in "
                    "logging.slices"
                )


def _check_reference(strategy: Strategy, warmup: Duration) -> None:
    """Refuse parts that refer to more rows than the warm-up has, where that is known before."""
    parts: dict[str, Any] = {
        f"monitors.{key}": monitor for key, monitor in strategy.monitors.items()
    }
    parts["offline"] = strategy.offline
    for name, part in parts.items():
        needs = part.needs()
        if needs is not None and isinstance(warmup, int) and warmup < needs[1]:
            raise ValueError(
                f"{name}: {needs[0]}={needs[1]}, and the warm-up that it refers to "
                f"has {warmup} rows; ask for fewer, or lengthen the warm-up"
            )


def check_inputs(
    strategies: Mapping[str, Strategy],
    column: Callable[[str], Column],
    X: Any,
    begins: Callable[[str], int | None],
) -> None:
    """Refuse parts by features that are of another kind, or that are not there.

    Parameters
    ----------
    strategies : mapping of str to Strategy
    column : callable
        Gives a feature by its name.
    X : pandas.DataFrame or numpy.ndarray
        The first rows of the stream.
    begins : callable
        Gives the clock time of the first event that has a feature; None if none has.

    Raises
    ------
    TypeError, ValueError
        Naming the strategy, the part, and what does not fit.
    """

    for name, strategy in _each(strategies):
        try:
            strategy.training.check_begin(begins)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        parts: dict[str, Any] = {
            f"monitors.{key}": monitor for key, monitor in strategy.monitors.items()
        }
        parts |= {"curation": strategy.curation, "offline": strategy.offline}
        parts |= {"online": strategy.online, "guard": strategy.guard, "dataset": strategy.dataset}
        parts["training"] = strategy.training
        for key, part in parts.items():
            try:
                part.check_columns(column)
                part.check_rows(X)
            except (TypeError, ValueError) as error:
                raise type(error)(f"{name}: {key}: {error}") from error


def check_spans(strategies: Mapping[str, Strategy], clock: Clock, span: int) -> None:
    """Refuse trials and reviews that could not end before the stream does.

    Parameters
    ----------
    strategies : mapping of str to Strategy
    clock : Clock
    span : int
        For how long events are served, in units of the clock.

    Raises
    ------
    ValueError
        Naming the strategy, and what does not fit.
    """
    for name, strategy in _each(strategies):
        stages: dict[str, OnlineTest | Review] = {
            "online: a trial": strategy.online,
            "review: a review": strategy.review,
        }
        for what, part in stages.items():
            lasts = part.lasts()
            if lasts is not None and lasts >= span:
                raise ValueError(
                    f"{name}: {what} of {clock.said(lasts)} could not end, "
                    f"since only {clock.said(span)} are served; shorten it, or lengthen the stream"
                )


def check_times(strategies: Mapping[str, Strategy], begin: int, starts: np.ndarray) -> None:
    """Refuse strategies, triggers, trainings, guards and repairs with times outside the stream.

    Parameters
    ----------
    strategies : mapping of str to Strategy
    begin : int
        Clock time of the first event.
    starts : numpy.ndarray
        Clock time at which each tick begins, and the end of the last.

    Raises
    ------
    ValueError
        Naming the strategy, and what lies outside.
    """
    for name, strategy in strategies.items():
        with prefixed(f"strategies[{name!r}]"):
            strategy.turns(starts[:-1])
    for name, strategy in _each(strategies):
        parts: dict[str, Trigger | Training | Guard | Repairing] = {
            "trigger": strategy.trigger,
            "training": strategy.training,
            "guard": strategy.guard,
            "repair": strategy.repair,
        }
        for key, part in parts.items():
            with prefixed(f"{name}: {key}"):
                part.check_times(begin, int(starts[-1]))


def try_delay(stream: Stream, delay: Delay | None, clock: Clock, seed: int) -> None:
    """Ask a delay for the first events of a stream, to see whether they fit.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit.
    """
    head = next(iter(stream.blocks(seed)), None)
    if head is None:
        raise ValueError("stream: it has no events")
    check_batch(head, stream.schema)
    if delay is None:
        return
    head = locked(head)
    delay = as_delay(delay)
    check_label_times(delay.label_times(head, stream.schema, clock, seed), head)
    told = delay.told(head, stream.schema, clock, seed)
    if told is not None:
        check_told(told, head, stream.schema)
