"""The clock and the lanes: the only place where world, strategies and models meet."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import Duration
from clsim.engine.binding import bind
from clsim.engine.branches import Branches
from clsim.engine.models import Model, Models, OnlineModel, one_thread
from clsim.engine.scoring import confusion_columns, ticks_columns
from clsim.engine.timeline import World
from clsim.protocols import Delay, Stream
from clsim.randomness import globals_kept, integer, seed_globals, seeded
from clsim.runs.info import Made, RunInfo
from clsim.runs.ledger import ONLINE, REVISION, quantities, score_of, training_seconds
from clsim.runs.run import Run, versions
from clsim.strategy.strategy import Strategy, due_of
from clsim.strategy.training import Online
from clsim.types import NEVER_TIME, Columns, Plan, Rows
from clsim.view import View


@dataclass
class Version:
    """A model of one run: its number, its lineage, and when it was and is ready.

    Attributes
    ----------
    number : int
        Local to the run; the initial model is 0.
    trained : int
        Tick at which the training started; -1 for the initial model.
    left_out : Rows or None
        Labelled rows at ``trained`` on which neither it nor an ancestor trained; None: all that
        are not in ``rows``.
    """

    number: int
    parent: int | None
    trained: int
    ready: int
    rows: Rows
    holdout: Rows
    model: Model
    serving: Model | OnlineModel
    left_out: Rows | None


COLUMNS: dict[str, Any] = {
    "tick": np.int32, "kind": object, "reason": object, "model": np.int32, "parent": np.int32,
    "rows": np.int64, "labels": np.int64, "duration": np.int64, "seconds": np.float64,
    "accepted": np.int8, "detail": object,
}  # fmt: skip
"""What is noted of an event; -1 where a model or a verdict is missing."""


HOW = {how: json.dumps({"how": how}) for how in ("fit", "partial_fit", "warm_start")}
"""Detail of a training event."""


def _repeated(kind: str, **given: Any) -> dict[str, np.ndarray]:
    """Columns of the events of one kind that may happen in any tick: where a count is not 0."""
    count = given["labels" if "labels" in given else "rows"]
    ticks = np.flatnonzero(count)
    default = {"reason": None, "detail": None, "rows": 0, "labels": 0, "duration": 0}
    values = {"model": -1, "parent": -1, "accepted": -1, "seconds": np.nan, **default, **given}
    values |= {"kind": kind, "tick": np.arange(len(count))}
    columns = {}
    for name, dtype in COLUMNS.items():
        value = values[name]
        value = value[ticks] if isinstance(value, np.ndarray) else [value] * len(ticks)
        columns[name] = np.array(value, dtype=dtype)
    return columns


class Lane:
    """One strategy, bound to the clock, on its way through the world."""

    def __init__(self, strategy: Strategy, world: World, models: Models, unanswered: str) -> None:
        found = seeded(strategy, "strategy", self._draws(world.seed, -1))
        self.strategy, self.foreign = found.part, found.foreign
        self._fresh_trigger = strategy.trigger
        self._random_trigger = seeded(strategy.trigger, "strategy.trigger", lambda place: 0).random
        self._due = due_of(strategy.trigger)
        self.wakes = 0  # the next tick that needs a step
        self.world, self.models, self.loss_function = world, models, models.loss
        self.online = isinstance(self.strategy.training, Online)
        self.unanswered = unanswered
        self.view = View(world, self)
        self.champion: Version | None = None
        self.challengers: list[Version] = []
        self.training_ticks: list[int] = []
        self.versions: dict[int, Version] = {}
        self._numbers = 0
        self._noted: list[tuple[Any, ...]] = []
        self._swaps: list[tuple[int, int, int]] = []  # (tick, number, when trained)
        served = world.n - world.n_warm
        self.answers = np.full(served, self.loss_function.unanswered, models.loss.answer_dtype)
        self.losses = np.full(served, unanswered == "wrong", dtype=models.loss.dtype)
        self._predicted = world.n_warm
        self._debts: set[Model] = set()  # models that still owe predictions to this lane
        self._champion_since = world.n_warm
        self._shares = world.told is None  # whether labels are told as they are
        self._truth = models.truth
        self._told = None
        self.observed = self.losses
        if world.told is not None:
            self._told = world.told
            if self.loss_function.n_classes:
                self._told = world.schema.codes(world.told).astype(models.truth.dtype)
            self.observed = self.losses.copy()

    @staticmethod
    def _draws(seed: int, tick: int) -> Callable[[str], int]:
        """Integers for what is random in a strategy, by its place and by the tick of its start."""
        return lambda place: integer(seed, place, tick)

    # what the view shows ------------------------------------------------------------------

    def unseen(self, tick: int) -> Rows:
        """Labelled rows on which the champion's lineage never trained."""
        return self._unseen_by(self.champion, tick)

    def _unseen_by(self, version: Version | None, tick: int) -> Rows:
        world = self.world
        if version is None:
            return world.training.at(tick)
        then = max(version.trained, 0)
        if version.left_out is None:
            version.left_out = np.setdiff1d(
                world.training.at(then), version.rows, assume_unique=True
            )
        if self.online:  # it learned all that arrived since
            return version.left_out
        new = world.training.between(then, tick)
        if world.final is None:
            return np.sort(np.concatenate([version.left_out, new]))
        again = world.revised(then, tick)
        again = again[world.training.arrives[again] <= tick]
        return np.unique(np.concatenate([version.left_out, new, again]))

    def arrived_losses(self, tick: int, of: str) -> np.ndarray:
        """Losses of answered events whose labels arrived in this tick, by the labels told.

        In the order in which they came.
        """
        rows = self.world.labels.arrived(tick)
        since = self._champion_since if of == "champion" else self.world.n_warm
        rows = rows[rows >= since]
        if len(rows) == 0:
            return np.empty(0)
        when = self.world.label_time[rows]
        if (when[1:] < when[:-1]).any():
            rows = rows[np.lexsort([rows, when])]
        rows = rows - self.world.n_warm
        self._predict_until(int(self.world.first[tick]))
        if self.unanswered == "skip":
            rows = rows[self.loss_function.answered(self.answers[rows])]
        return self.observed[rows].astype(float)

    def losses_on(self, number: int, rows: Rows) -> np.ndarray:
        """Losses of a model of this run on rows of the stream; NaN where unanswered."""
        if len(rows) == 0:
            return np.empty(0)
        loss, model = self.loss_function, self.versions[number].model
        output = model.output_of(rows)
        losses = loss.per_event(self.world.truth_at(rows, self.view.tick), output).astype(float)
        losses[~loss.answered(loss.answers(output))] = np.nan
        return losses

    def record(
        self,
        tick: int,
        kind: str,
        *,
        reason: str | None = None,
        model: int | None = None,
        parent: int | None = None,
        rows: int = 0,
        labels: int = 0,
        duration: int = 0,
        seconds: float = np.nan,
        accepted: bool | None = None,
        detail: dict[str, Any] | str | None = None,
    ) -> None:
        """Note that something happened."""
        model = -1 if model is None else model
        parent = -1 if parent is None else parent
        verdict = -1 if accepted is None else int(accepted)
        text = json.dumps(detail) if isinstance(detail, dict) and detail else detail or None
        self._noted.append(
            (tick, kind, reason, model, parent, rows, labels, duration, seconds, verdict, text)
        )

    # one tick ----------------------------------------------------------------------------

    def begin(self) -> None:
        """Train the first model on the warm-up, if it has labels."""
        self._seed_globals(-1)
        plan = self.strategy.initial(self.view)
        if len(plan.rows) == 0 and not self.online:
            return
        version = self._train(plan, -1)
        if version.model.failure is not None:
            raise ValueError(
                f"warmup: the first model cannot be trained on the {len(plan.rows)} labelled rows "
                f"of the warm-up: {version.model.failure}{self._remedy(version.model.failure)}"
            )
        self.record(
            -1, "initial", reason=plan.reason, model=version.number, rows=len(plan.rows),
            labels=int(self.world.labels.known[0]), duration=0, seconds=version.model.seconds,
        )  # fmt: skip
        self._swap(version, 0)

    def _remedy(self, failure: str) -> str:
        X = self.world.X
        if self.models.learner.online and failure.startswith("KeyError"):
            return (
                " (missing values are left out of what river sees; a step that needs every feature "
                "comes after river.preprocessing.StatImputer)"
            )
        if isinstance(X, np.ndarray) or "to float" not in failure:
            return ""
        text = [name for name in X.columns if X[name].dtype == "category"]
        return (
            f" ({', '.join(text)}: categories; use a learner that takes them, such as "
            "learner=boosting, or a pipeline that encodes them)"
        )

    def step(self, tick: int) -> None:
        """Take effect, decide, serve; labels have arrived with the tick."""
        self.view.tick = tick
        self._seed_globals(tick)
        if self.challengers:
            self._settle(tick)
        champion = None if self.champion is None else self.champion.number
        plan = self.strategy.decide(self.view, champion)
        if plan is not None:
            self._start(plan, tick)
            self._settle(tick)
        if self._due is not None:
            ready = [version.ready for version in self.challengers]
            self.wakes = min(self._due(tick + 1), *ready) if ready else self._due(tick + 1)

    def _seed_globals(self, tick: int) -> None:
        """Let what a user's own parts draw from the global generators depend on the tick alone."""
        if self.foreign:
            seed_globals(integer(self.world.seed, "strategy", tick))

    def _start(self, plan: Plan, tick: int) -> None:
        found = len(plan.rows) > 0
        self.record(
            tick, "trigger", reason=plan.reason, accepted=found,
            detail={} if found else {"failure": "no labelled rows to train on"},
        )  # fmt: skip
        if not found:
            return
        self.training_ticks.append(tick)
        version = self._train(plan, tick)
        self.record(
            tick, "train", reason=plan.reason, model=version.number, parent=version.parent,
            rows=len(plan.rows), labels=len(plan.holdout), duration=plan.duration,
            seconds=version.model.seconds, detail=HOW[plan.how],
        )  # fmt: skip
        self.challengers.append(version)

    def _train(self, plan: Plan, tick: int) -> Version:
        world = self.world
        self.models.check_rows(plan.rows, max(tick, 0), world)
        parent = self.champion if plan.inherit else None
        labels = None if self._shares else world.y_at(plan.rows, max(tick, 0))
        model = self.models.train(
            plan.rows, plan.how, None if parent is None else parent.model, labels
        )
        left_out = None
        if parent is not None:
            left_out = np.setdiff1d(self._unseen_by(parent, tick), plan.rows, assume_unique=True)
        ready = 0
        if tick >= 0:
            ready = tick
            if plan.duration:
                done = world.starts[tick] + plan.duration
                ready = max(tick, int(np.searchsorted(world.starts[:-1], done, "left")))
        serving: Model | OnlineModel = model
        if self.online and model.failure is None:
            serving = self.models.online(model, tick, world)
        version = Version(
            self._numbers, None if parent is None else parent.number, tick, ready, plan.rows,
            plan.holdout, model, serving, left_out,
        )  # fmt: skip
        self.versions[version.number] = version
        self._numbers += 1
        return version

    def _settle(self, tick: int) -> None:
        for version in [v for v in self.challengers if v.ready <= tick]:
            self.challengers.remove(version)
            self._judge(version, tick)
            if self.champion is not version:
                del self.versions[version.number]

    def _judge(self, version: Version, tick: int) -> None:
        number, champion = version.number, self.champion
        if version.model.failure is not None:
            self.record(tick, "train_failed", reason=version.model.failure, model=number)
            return
        if champion is not None and champion.trained > version.trained:
            self.record(
                tick, "superseded", model=number, reason=f"model {champion.number} is newer"
            )
            return
        verdict = self.strategy.offline.judge(
            self.view, number, None if champion is None else champion.number, version.holdout
        )
        if verdict is not None:
            self.record(
                tick, "offline_test", reason=verdict.reason, model=number,
                parent=None if champion is None else champion.number,
                rows=len(version.holdout), accepted=verdict.accepted, detail=verdict.detail,
            )  # fmt: skip
            if not verdict.accepted:
                return
        self._swap(version, tick)
        self.record(tick, "deploy", model=number, reason=f"trained at tick {version.trained}")

    def _swap(self, version: Version, tick: int) -> None:
        row = int(self.world.first[tick])
        self._hand_over(row)
        if self.champion is not None:
            del self.versions[self.champion.number]
        self.champion = version
        if isinstance(version.serving, Model):
            version.serving.join()
        self._champion_since = row
        self._swaps.append((tick, version.number, version.trained))
        if self._due is None:
            self.strategy.trigger = self._restarted(tick)

    def _restarted(self, tick: int) -> Any:
        if not self._random_trigger:
            return copy.deepcopy(self._fresh_trigger)
        draws = self._draws(self.world.seed, tick)
        return seeded(self._fresh_trigger, "strategy.trigger", draws).part

    def _hand_over(self, row: int) -> None:
        """End the champion's service before a row; its predictions can wait for other lanes."""
        if self.champion is None:
            self._predicted = row
            return
        model = self.champion.serving
        if isinstance(model, OnlineModel):
            self._predict_until(row)
            return
        if row > self._predicted:
            model.owe(self._predicted, row, self._write)
            self._debts.add(model)
            self._predicted = row
        model.leave()

    def _predict_until(self, row: int) -> None:
        """Make the predictions owed for rows served so far."""
        for model in list(self._debts):
            model.settle()
        first, self._predicted = self._predicted, max(row, self._predicted)
        if self.champion is None or row <= first:
            return
        self._write(self.champion.serving, first, self.champion.serving.output(first, row))

    def _write(self, model: Model | OnlineModel, first: int, output: np.ndarray) -> None:
        """Take predictions for consecutive rows, from a first row on."""
        self._debts.discard(model)
        part = slice(first - self.world.n_warm, first - self.world.n_warm + len(output))
        loss, rows = self.loss_function, slice(first, first + len(output))
        self.answers[part] = loss.answers(output)
        self.losses[part] = loss.per_event(self._truth[rows], output)
        if self._told is not None:
            self.observed[part] = loss.per_event(self._told[rows], output)

    # branches: where what is served changes what comes next -------------------------------

    def answers_in(self, tick: int) -> np.ndarray:
        """What was answered in a tick, for each of its rows."""
        low, high = (int(row) for row in self.world.first[tick : tick + 2])
        self._predict_until(high)
        return self.answers[low - self.world.n_warm : high - self.world.n_warm]

    def enter(self, world: World, moved: dict[int, OnlineModel]) -> None:
        """Go on in another branch of the world.

        Parameters
        ----------
        moved : dict
            Models that go on learning there, by what they were; strategies that move together
            share them.
        """
        self.world = self.view._world = world
        self._shares = False
        self._truth = world.codes if self.loss_function.n_classes else world.y
        for version in self.versions.values():
            model = version.serving
            if isinstance(model, OnlineModel):
                if id(model) not in moved:
                    moved[id(model)] = model.fork(world)
                version.serving = moved[id(model)]

    # the end -----------------------------------------------------------------------------

    def close(self) -> None:
        """End the last champion's service."""
        self._hand_over(self.world.n)

    def finish(self, *, record: str, info: RunInfo) -> Run:
        """Score what was served, and lay out what happened."""
        self.world = world = self.world.happened()
        loss = self.loss_function
        if world.n - world.n_warm < len(self.answers):
            served = world.ids[world.n_warm :] - world.n_warm
            self.answers, self.losses = self.answers[served], self.losses[served]
            self.observed = self.observed[served] if self._told is not None else self.losses
        answered = loss.answered(self.answers)
        if not answered.all():
            for losses in (self.losses, self.observed):
                losses[~answered] = 1 if self.unanswered == "wrong" else 0
        model = self._model_by_tick()
        ticks = ticks_columns(
            world, loss, self.answers, (self.losses, self.observed), model, self.unanswered
        )
        events = self._events(model)
        totals = quantities(ticks, events, world.clock.timed)
        score = score_of(totals, loss.kind, self.unanswered)
        tables: dict[str, Any] = {"ticks": ticks, "events": events}
        if loss.n_classes:
            tables["confusion"] = confusion_columns(world, loss, self.answers)
        if record == "events":
            tables["predictions"] = self._predictions(answered, model)
        initial, train = training_seconds(events)
        made = Made(initial_seconds=initial, train_seconds=train)
        return Run(tables, replace(info, score=score, totals=totals, made=made))

    def _model_by_tick(self) -> np.ndarray:
        ticks = [0, *(tick for tick, _, _ in self._swaps), self.world.n_ticks]
        numbers = np.array([-1, *(number for _, number, _ in self._swaps)], dtype=np.int32)
        return np.repeat(numbers, np.diff(ticks))

    def _times(self, units: np.ndarray) -> Any:
        return units.astype("datetime64[us]") if self.world.clock.timed else units

    def _events(self, model: np.ndarray) -> Columns:
        world = self.world
        parts = self._label_events()
        if self.online:
            parts.append(_repeated("train", reason=ONLINE, rows=self._updates(model), model=model))
        noted = zip(*self._noted, strict=True) if self._noted else [()] * len(COLUMNS)
        parts.append(
            {
                name: np.array(values, dtype=kind)
                for (name, kind), values in zip(COLUMNS.items(), noted, strict=True)
            }
        )
        column = {name: np.concatenate([part[name] for part in parts]) for name in COLUMNS}
        # labels arrive first in a tick, and sorting keeps the order of the rest
        order = np.argsort(column["tick"], kind="stable")
        column = {name: values[order] for name, values in column.items()}
        time = world.starts[np.maximum(column["tick"], 0)]
        return {"tick": column.pop("tick"), "time": time, **column}

    def _label_events(self) -> list[dict[str, np.ndarray]]:
        """Labels that arrived in each tick, the sum of their waits, and their votes; revisions."""
        world = self.world
        count, wait, votes = world.arrivals
        parts = [_repeated("label", labels=count, duration=wait, rows=votes)]
        if world.final is not None:
            ticks = world.final[world.revised(0, world.n_ticks - 1)]
            revised = np.bincount(ticks, minlength=len(count))
            parts.append(_repeated("label", reason=REVISION, labels=revised))
        return parts

    def _updates(self, model: np.ndarray) -> np.ndarray:
        """Number of row-by-row updates in each tick of the model that serves it."""
        ticks = self.world.lessons(-1, self.world.n_ticks - 1)[2]
        learned = np.cumsum(np.bincount(ticks, minlength=self.world.n_ticks))
        updates = np.where(model < 0, 0, np.diff(learned, prepend=learned[:1]))
        for tick, _, trained in self._swaps:
            updates[tick] = learned[tick] - learned[max(trained, 0)]
        return updates

    def _predictions(self, answered: np.ndarray, model: np.ndarray) -> pd.DataFrame:
        world, warm = self.world, self.world.n_warm
        classes = world.schema.classes
        if len(classes):
            y_pred = pd.Series(classes[np.where(answered, self.answers, 0)])
        else:
            y_pred = pd.Series(self.answers)
        known = (world.label_time[warm:] != NEVER_TIME) & ~world.hidden[warm:]
        due = np.where(known, world.label_time[warm:], 0)
        label_time = pd.Series(self._times(due)).where(known)
        if not world.clock.timed:
            label_time = label_time.astype("Int64")
        served_by = model[world.tick_of[warm:]]
        names = [np.array(world.schema.slices[c], dtype=object)[codes[warm:]]
                 for c, codes in world.slices.items()]  # fmt: skip
        joined = [";".join(parts) for parts in zip(*names, strict=True)] if names else None
        return pd.DataFrame(
            {
                "id": world.ids[warm:],
                "tick": world.tick_of[warm:],
                "time": self._times(world.time[warm:]),
                "label_time": label_time,
                "slice": joined,
                "y_true": world.y[warm:],
                "y_pred": y_pred.where(answered, None) if not answered.all() else y_pred,
                "model": pd.Series(served_by, dtype="Int32").where(served_by >= 0),
            }
        )


def replay(
    stream: Stream,
    strategies: Mapping[str, Strategy],
    *,
    learner: Any,
    tick: Duration,
    warmup: Duration = 0,
    seed: int = 0,
    delay: Delay | None = None,
    loss: Any = None,
    unanswered: str = "skip",
    record: str = "ticks",
) -> dict[str, Run]:
    """Replay a stream through strategies, all in step.

    Strategies share the world, fits and predictions; each gets what it would get alone, bit for
    bit.

    Parameters
    ----------
    stream : Stream
        `clsim.streams.Synthetic` or `clsim.streams.Recorded`, or your own.
    strategies : dict of str to Strategy
    learner : scikit-learn estimator or river model
        A prototype; it is copied, never fitted itself.
    tick : int or str
        The interval at which decisions are taken: rows, or a duration where the stream has time.
    warmup : int or str, default=0
        The historical log on which the first model is trained: rows, or a duration.
    seed : int, default=0
        From it every random stream is derived by its role.
    delay : Delay or None, default=None
        When labels are known. None: as the stream says, else at once.
    loss : {'zero_one', 'log', 'absolute', 'squared'}, matrix or None, default=None
        The additive loss. None: zero-one for classification, absolute for regression.
    unanswered : {'skip', 'wrong'}, default='skip'
        How events are scored for which there was no prediction.
    record : {'ticks', 'events'}, default='ticks'
        With ``'events'``, runs keep every prediction.

    Returns
    -------
    dict of str to Run

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit each other or the stream, before any work starts; or if the
        first model cannot be trained on the warm-up.

    Examples
    --------
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.strategy.strategy import Strategy, due_of
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
    bound = bind(
        stream, strategies, learner=learner, tick=tick, warmup=warmup, seed=seed, loss=loss,
        unanswered=unanswered, record=record,
    )  # fmt: skip
    declared = bound.loss
    with one_thread(), globals_kept():
        world = World(stream, seed=seed, tick=tick, warmup=warmup, delay=delay)
        models = Models(world, bound.learner, declared)
        lanes = {name: Lane(s, world, models, unanswered) for name, s in bound.strategies.items()}
        models.keeps_globals = any(lane.foreign for lane in lanes.values())
        for name, lane in lanes.items():
            try:
                lane.begin()
            except ValueError as error:
                raise ValueError(f"strategies[{name!r}]: {error}") from error
        branches = None
        if bound.responds:
            branches = Branches(stream, world, list(lanes.values()), declared)
        for t in range(world.n_ticks):
            for lane in lanes.values():
                if lane.wakes <= t:
                    lane.step(t)
            if branches is not None:
                branches.respond(t)
        info = RunInfo(
            versions=versions(), seed=seed, task=stream.schema.task, timed=stream.schema.timed,
            labels=world.y.dtype.str, classes=tuple(world.schema.classes.tolist()),
            loss=declared.kind, unanswered=unanswered, drifts=tuple(world.drifts), draw=world.draw,
        )  # fmt: skip
        for lane in lanes.values():
            lane.close()
        runs = {name: lane.finish(record=record, info=info) for name, lane in lanes.items()}
    made: dict[str, Any] = {
        "wall_seconds": time.perf_counter() - begin,
        "fit_seconds": models.fit_seconds,
        "predict_seconds": models.predict_seconds,
        "unique_fits": models.fits,
        "together": len(lanes),
    }
    setting = {"seed": int(seed), "tick": str(tick), "warmup": str(warmup)}
    for name, run in runs.items():
        run.info = replace(run.info, made=replace(run.info.made, **made))
        run.config = {"strategy": {"name": name}, **setting}
    return runs
