"""One stream through many strategies, in step."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from clsim.clock import Duration, as_duration
from clsim.engine.asked import Asked
from clsim.engine.asks import Asks
from clsim.engine.binding import Bound, bind, check_inputs, check_spans, check_times
from clsim.engine.branches import Branches
from clsim.engine.churn import Churn
from clsim.engine.fits import Fits
from clsim.engine.ghosts import Ghosts, likely
from clsim.engine.given import GivenLane
from clsim.engine.knowledge import Knowledge
from clsim.engine.lane import Lane
from clsim.engine.limits import Limits, check_limits, limited
from clsim.engine.models import one_thread
from clsim.engine.outcome import outcome
from clsim.engine.scoring import Scored
from clsim.engine.scratch import room_in
from clsim.engine.signals import Measured
from clsim.engine.timeline import draw_of
from clsim.protocols import Delay, Stream
from clsim.randomness import globals_kept
from clsim.runs.info import RunInfo
from clsim.runs.run import Run, versions
from clsim.strategy.strategy import Strategy


def replay(
    stream: Stream,
    strategies: Mapping[str, Strategy],
    *,
    learner: Any = None,
    tick: Duration,
    warmup: Duration = 0,
    seed: int = 0,
    delay: Delay | None = None,
    warmup_labels: str = "history",
    loss: Any = None,
    unanswered: str = "skip",
    record: str = "ticks",
    metrics: Sequence[Any] = (),
    ghosts: Duration | None = None,
    churn: Duration | None = None,
    scratch: str | Path | None = None,
    limits: Limits | Mapping[str, Any] | None = None,
) -> dict[str, Run]:
    """Replay a stream through strategies, all in step.

    Strategies share the world, fits and predictions; each gets what it would get alone, bit for
    bit.

    Parameters
    ----------
    stream : Stream
        `clsim.streams.Synthetic` or `clsim.streams.Recorded`, or your own.
    strategies : dict of str to Strategy
    learner : scikit-learn estimator, river model or None, default=None
        A prototype; it is copied, never fitted itself. None: only where no strategy trains.
    tick : int or str
        The interval at which decisions are taken: rows, or a duration where the stream has time.
    warmup : int or str, default=0
        The historical log on which the first model is trained: rows, or a duration.
    seed : int, default=0
        From it every random stream is derived by its role.
    delay : Delay or None, default=None
        When labels are known. None: as the stream says, else at once.
    warmup_labels : {'history', 'as_recorded'}, default='history'
        With ``'history'`` the warm-up is a log that was kept whole: all labels of its events that
        ever come, and rows that load late, are there when it ends. With ``'as_recorded'`` they
        come when the stream or the delay says: the first model is trained on those that are there
        by the end of the warm-up, and the others arrive in ticks, like those of served events.
    loss : {'zero_one', 'log', 'amount', 'absolute', 'squared'}, matrix or None, default=None
        The additive loss. ``'amount'``: the money that each event says that an error on it costs,
        or each answer to it. None: zero-one for classification, absolute for regression.
    unanswered : {'skip', 'wrong'}, default='skip'
        How events are scored for which there was no prediction.
    record : {'ticks', 'events', 'lineage'}, default='ticks'
        With ``'events'``, runs keep every prediction, and its probabilities where the learner has
        them. With ``'lineage'``, they also keep all rows that each model learned, so that
        `clsim.rebuild` can train it again.
    metrics : sequence of str, callable or `clsim.metrics.Metric`, default=()
        What is also reported, per tick, per slice and over the whole: names out of
        `clsim.metrics.METRICS`, or functions of ``(y_true, y_pred)``. They are computed from every
        event that was answered, against the final labels, whatever ``record`` is.
    ghosts : int, str or None, default=None
        For how long each challenger that is ready for its tests, and the champion that it meets
        then, are asked beside it, served to nobody, so that `clsim.verdicts` can say whether the
        tests were right: rows, or a duration. Both models are kept until the replay ends, and
        asked then, so it decides nothing. None: not at all.
    churn : int, str or None, default=None
        For how long from each change of the champion on it is counted which answers it changed, as
        the column ``changed`` of ``ticks``, which ``Prices.change`` prices: rows, or a duration,
        such as that in which people notice. None: not at all.
    scratch : str, Path or None, default=None
        A folder for a stream that is larger than memory: columns of all events, labels, times,
        answers and features, are written to files there as they come, mapped or read by block, and
        gone when the replay ends (what records of every event are made of, when nobody holds the
        runs). It changes no number. Features must be numbers. None: they are held in memory.
    limits : mapping or None, default=None
        How long each training and each prediction may take, and how much memory: ``seconds``,
        ``memory`` (MB) and ``count_as_failure`` (`clsim.engine.limits.Limits`). They are then made
        in a process of their own, which is ended. None: nothing is limited.

    Returns
    -------
    dict of str to Run

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit each other or the stream, before any work starts; or if the
        first model cannot be trained on the warm-up.
    LimitError
        If a training or a prediction takes longer, or more memory, than it may.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.strategy import Strategy
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> stream = Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=4000)
    >>> runs = replay(
    ...     stream,
    ...     {"never": Strategy(Never()), "often": Strategy(Periodic(every=5))},
    ...     learner=GaussianNB(), tick=100, warmup=500, seed=1,
    ... )
    >>> runs["never"].totals["retrainings"], runs["often"].totals["retrainings"]
    (0, 6)
    """
    begin = time.perf_counter()
    tick, warmup = as_duration(tick, "tick"), as_duration(warmup, "warmup")
    room_in(scratch)  # refuses a folder that cannot be written to
    limits = Limits.of(limits)
    bound = bind(
        stream, strategies, learner=learner, tick=tick, warmup=warmup,
        warmup_labels=warmup_labels, seed=seed, loss=loss, unanswered=unanswered, record=record,
        metrics=metrics,
    )  # fmt: skip
    asks = Asks.of(bound.clock, bound.responds, ghosts=ghosts, churn=churn)
    check_limits(limits, bound.learner)
    with limited(limits, bound.learner) as within, one_thread(), globals_kept():
        world = Knowledge.of(
            stream, seed=seed, tick=tick, warmup=warmup, delay=delay, warmup_labels=warmup_labels,
            scratch=scratch,
        )  # fmt: skip
        _check(bound, world)
        asked = Asked(Fits(world.timeline, world.labels.y, bound.learner), bound)
        asked.fits.keeps_rows, asked.fits.limited = record == "lineage", within
        lanes = _in_step(stream, world, asked, bound, unanswered, record != "ticks", asks)
        info = _info(world, bound, int(seed), unanswered, asks.ghosts)
        chances = None if asks.ghosts is None else likely(stream, int(seed))
        laid_out = partial(outcome, record=record, metrics=bound.metrics, info=info, likely=chances)
        runs = _outcomes(lanes, laid_out)
    made: dict[str, Any] = {
        "wall_seconds": time.perf_counter() - begin,
        "fit_seconds": asked.fits.seconds,
        "predict_seconds": asked.predict_seconds,
        "unique_fits": asked.fits.count,
        "together": len(lanes),
    }
    setting = {
        "seed": int(seed), "tick": str(tick), "warmup": str(warmup), "warmup_labels": warmup_labels
    }  # fmt: skip
    for name, run in runs.items():
        run.info = replace(run.info, made=replace(run.info.made, **made))
        run.config = {"strategy": {"name": name}, **setting}
    return runs


def _check(bound: Bound, world: Knowledge) -> None:
    """Refuse strategies that do not fit the stream's times and columns."""
    timeline = world.timeline
    check_spans(bound.strategies, bound.clock, int(timeline.starts[-1] - timeline.starts[0]))
    check_times(bound.strategies, int(timeline.time[0]), timeline.starts)
    first = timeline.X_at(slice(0, 50)).copy()  # whatever a part does to them
    check_inputs(bound.strategies, timeline.head, first, timeline.begins)


def _outcomes(lanes: dict[str, Lane], laid_out: Callable[[Lane, Scored], Run]) -> dict[str, Run]:
    """What each strategy leaves; those that knew the same are scored on the same."""
    scored: dict[int, Scored] = {}
    for lane in lanes.values():
        scored.setdefault(id(lane.knowledge), Scored(lane.knowledge))
    return {name: laid_out(lane, scored[id(lane.knowledge)]) for name, lane in lanes.items()}


def _in_step(
    stream: Stream, world: Knowledge, asked: Asked, bound: Bound, unanswered: str, cells: bool,
    asks: Asks,
) -> dict[str, Lane]:  # fmt: skip
    """All strategies, when they have come to the end of the stream."""
    measured = Measured(cells)
    lanes = {
        name: (Lane if strategy.trains else GivenLane)(
            strategy, world, asked.by(strategy), measured, unanswered
        )
        for name, strategy in bound.strategies.items()
    }
    for lane in lanes.values():
        lane.promotions.ghosts = None if asks.ghosts is None else Ghosts(asks.ghosts)
        lane.promotions.churn = None if asks.churn is None else Churn(asks.churn)
    asked.fits.keeps_globals = any(lane.restarts.foreign for lane in lanes.values())
    for name, lane in lanes.items():
        try:
            lane.begin()
        except ValueError as error:
            raise ValueError(f"strategies[{name!r}]: {error}") from error
    branches = None
    if bound.responds:
        branches = Branches(stream, world, list(lanes.values()), bound.loss)
    for tick in range(world.timeline.n_ticks):
        for lane in lanes.values():
            if lane.wakes <= tick:
                lane.step(tick)
            else:  # in step too, since what one measures others need not
                lane.sleep(tick)
        if branches is not None:
            branches.respond(tick)
    for lane in lanes.values():
        lane.close()
    return lanes


def _info(
    world: Knowledge, bound: Bound, seed: int, unanswered: str, ghosts: int | None
) -> RunInfo:
    """What all runs of a replay have in common."""
    timeline, y = world.timeline, world.labels.y
    schema = timeline.schema
    return RunInfo(
        versions=versions(), seed=seed, task=schema.task, timed=schema.timed, labels=y.dtype.str,
        classes=tuple(schema.classes.tolist()), loss=bound.loss.kind,
        unanswered=unanswered, drifts=tuple(timeline.drifts),
        warmup_events=timeline.n_warm, warmup_labels=timeline.warmup_labels,
        draw=draw_of(world.labels.truth, schema.task == "classification"),
        labelling=timeline.labelling,
        ghosts=None if ghosts is None else f"{ghosts}us" if schema.timed else str(ghosts),
    )  # fmt: skip
