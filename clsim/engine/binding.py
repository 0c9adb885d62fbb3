"""What does not fit together is refused here, before any work starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Clock, Duration
from clsim.engine.batches import check_batch, check_label_times, check_schema, check_told, locked
from clsim.engine.branches import check_feedback
from clsim.errors import check_choice, check_number
from clsim.learners import RiverLearner, SklearnLearner, as_learner
from clsim.metrics import Loss
from clsim.monitoring import FeatureDistribution
from clsim.protocols import Delay, Stream, as_delay, as_stream
from clsim.randomness import copied
from clsim.runs.run import check_record
from clsim.strategy import Strategy
from clsim.strategy.online import Shadow
from clsim.strategy.training import RowByRow, Stateful
from clsim.types import WARMUP_LABELS, Batch, Schema


@dataclass(frozen=True)
class Bound:
    """Parts that fit each other.

    Attributes
    ----------
    clock : Clock
    loss : Loss
    learner : SklearnLearner or RiverLearner
    strategies : dict of str to Strategy
        Copies, with durations in units of the clock.
    responds : bool
        Whether the stream responds to what is served.
    """

    clock: Clock
    loss: Loss
    learner: SklearnLearner | RiverLearner
    strategies: dict[str, Strategy]
    responds: bool


def bind(
    stream: Stream,
    strategies: Mapping[str, Strategy],
    *,
    learner: Any,
    tick: Duration,
    warmup: Duration = 0,
    warmup_labels: str = "history",
    seed: int = 0,
    loss: Any = None,
    unanswered: str = "skip",
    record: str = "ticks",
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
        if not isinstance(strategy, Strategy):
            raise TypeError(f"strategies[{name!r}]={strategy!r}: expected a Strategy")
    if not strategies:
        raise ValueError("strategies: give at least one")
    check_schema(stream.schema)
    declared, adapted = bind_learner(learner, loss, unanswered, stream.schema, seed)
    clock = Clock.of(stream.schema.timed, tick, warmup)
    bound = {name: _bound(strategy, clock, adapted) for name, strategy in strategies.items()}
    responds = check_feedback(stream)
    for name, strategy in bound.items():
        try:
            strategy.check_schema(stream.schema)
            strategy.check_loss(declared.kind, stream.schema)
            check_curation(strategy, stream, clock, declared, seed)
            _check_lengths(strategy, stream, clock, warmup)
        except (TypeError, ValueError) as error:
            raise type(error)(f"strategies[{name!r}]: {error}") from error
    return Bound(clock, declared, adapted, bound, responds)


def bind_learner(
    learner: Any, loss: Any, unanswered: str, schema: Schema, seed: int
) -> tuple[Loss, SklearnLearner | RiverLearner]:
    """The loss, and the adapter for a learner that is to be scored by it.

    Raises
    ------
    TypeError, ValueError
        Naming what does not fit.
    """
    declared = Loss(loss, schema)
    if unanswered == "wrong" and declared.kind != "zero_one":
        raise ValueError(f"unanswered='wrong': needs the zero-one loss, not {declared.kind}")
    adapted = as_learner(
        learner, schema, seed=seed, proba=declared.wants_proba, unanswered=declared.unanswered
    )
    return declared, adapted


def _bound(strategy: Strategy, clock: Clock, learner: SklearnLearner | RiverLearner) -> Strategy:
    """A copy of a strategy on a clock, whose ways of training the learner has."""
    strategy = copied(strategy, "strategies")
    strategy.bind(clock)
    training = strategy.training
    if isinstance(training, RowByRow) and not learner.row_by_row:
        raise ValueError("training: learning row by row needs a river model as learner")
    weighs = strategy.dataset.weighs
    for how in {training.initial, *training.hows}:
        learner.check(how, weighs=weighs)
    if isinstance(training, Stateful) and training.full_every is not None:
        learner.check("fit", weighs=training.full_dataset.weighs)
    return strategy


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


def _check_lengths(strategy: Strategy, stream: Stream, clock: Clock, warmup: Duration) -> None:
    """Refuse what is longer than the stream or the warm-up, where that is known before."""
    for name, monitor in strategy.monitors.items():
        if not isinstance(monitor, FeatureDistribution) or monitor.reference != "warmup":
            continue
        if isinstance(warmup, int) and warmup < monitor.min_rows:
            raise ValueError(
                f"monitors.{name}: min_rows={monitor.min_rows}, and the warm-up that it refers to "
                f"has {warmup} rows; ask for fewer, or lengthen the warm-up"
            )
    n, online = getattr(stream, "n", None), strategy.online
    if clock.timed or not isinstance(n, int) or not isinstance(warmup, int):
        return
    if isinstance(online, Shadow) and isinstance(online.length, int):
        served = n - warmup
        if online.length >= served:
            raise ValueError(
                f"online.length={online.length}: not shorter than the {served} events that are "
                "served, so no trial could end; shorten it"
            )


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
