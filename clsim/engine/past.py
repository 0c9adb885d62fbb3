"""What a strategy can see of what it did: its models, their losses, its signals."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import numpy as np

from clsim.engine.alike import Alike
from clsim.engine.complaining import complained
from clsim.engine.hypothetical import Hypothetical
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.profiling import Profiling
from clsim.engine.serving import Serving
from clsim.engine.training import learned_shares
from clsim.monitoring.confidence import confidence
from clsim.profiles import Profile, Profiled
from clsim.types import Column, Of, Rows, Trial
from clsim.view import View

NONE = np.empty(0, dtype=np.int64)


class Past:
    """The past of one strategy, for its `View`.

    Parameters
    ----------
    knowledge : Knowledge
    lineage : Lineage
    serving : Serving
    signal : callable
        What a monitor of the strategy gives, by its name, in the tick of a view.
    profiled : Profiled or None, default=None
        Of what it keeps profiles.

    Attributes
    ----------
    alike : Alike
        What it shares with other strategies.
    looks : list of int
        For each alarm that somebody with limited attention has looked at, its tick.
    alarms : list of int
        Ticks of alarms that did not find nobody, ascending.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        lineage: Lineage,
        serving: Serving,
        signal: Callable[[str, View], dict[Of, float]],
        profiled: Profiled | None = None,
    ) -> None:
        self.knowledge = knowledge
        self.looks, self.alarms = list[int](), list[int]()
        self.called: int | None = None  # clock time at which the work ends of who was called last
        self.profiled, self._profiling = profiled, Profiling(profiled, self._column)
        self._lineage, self._serving, self._signal = lineage, serving, signal
        self.alike = Alike(lineage, serving)

    @property
    def training_ticks(self) -> list[int]:
        """Ticks at which trainings started, the initial one apart."""
        return list(self._lineage.training_ticks)

    @property
    def in_flight(self) -> bool:
        """Whether a training has started and has not yet taken effect."""
        return bool(self._lineage.challengers)

    @property
    def on_trial(self) -> bool:
        """Whether a challenger is on an online test."""
        return bool(self._lineage.trials)

    @property
    def trials(self) -> tuple[Trial, ...]:
        """The online tests that run or wait."""
        return tuple(self._lineage.trials)

    @property
    def champion(self) -> int | None:
        """Number of the model that serves."""
        champion = self._lineage.champion
        return None if champion is None else champion.number

    @property
    def has_champion(self) -> bool:
        """Whether there is a model that serves."""
        return self._lineage.champion is not None

    @property
    def replaced(self) -> int | None:
        """Number of the model that it replaced, if that can come back."""
        return self._lineage.replaced

    @property
    def former(self) -> tuple[int, ...]:
        """Numbers of the former champions that are kept, the latest last."""
        return self._lineage.former

    @property
    def retired(self) -> tuple[int, ...]:
        """Numbers of the retired models that can be re-used, the latest last."""
        return self._lineage.reusable

    @property
    def promoted(self) -> int:
        """The tick in which the champion began to serve; 0 if there is none."""
        services = self._lineage.services
        return services[-1].tick if services else 0

    @property
    def trained_rows(self) -> Rows:
        """Rows that the champion was trained on."""
        champion = self._lineage.champion
        return NONE if champion is None else champion.rows

    @property
    def held_out(self) -> Rows:
        """Rows that were held out when the champion was trained."""
        champion = self._lineage.champion
        return NONE if champion is None else champion.holdout

    def answers(self, rows: Rows, tick: int) -> np.ndarray:
        """What was answered to rows: codes (-1: no answer), or values (NaN)."""
        return self._said(self._serving.answered(self.knowledge, rows, tick))

    def chances(self, rows: Rows, tick: int) -> np.ndarray:
        """Probabilities that belong to what was answered; NaN where there are none."""
        return self._serving.likely(self.knowledge, rows, tick)

    def propensities(self, rows: Rows, tick: int) -> np.ndarray:
        """With which chance rows had the answer that they were given."""
        return self._serving.propensities(self.knowledge, rows, tick)

    def complaints(self, rows: Rows, tick: int) -> np.ndarray:
        """Clock time at which users complained of rows by a tick; ``NEVER_TIME`` if none has."""

        def answered(some: Rows) -> tuple[np.ndarray, np.ndarray]:
            given = self._serving.answered(self.knowledge, some, tick)
            return self._said(given), self._serving.loss.named(given)

        return complained(self.knowledge, rows, tick, answered)

    def answers_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray:
        """What a model of this run answers to rows, or would if they had other features."""
        asked = self._asked(model)
        if asked is None:
            return self.answers(rows, tick)
        return self._said(asked.answers(rows, X))

    def chances_on(self, model: int | None, rows: Rows, tick: int, X: Any = None) -> np.ndarray:
        """Probabilities that a model of this run gives for rows."""
        asked = self._asked(model)
        return self.chances(rows, tick) if asked is None else asked.chances(rows, X)

    def answerer(self, model: int | None) -> Hashable:
        """Equal for models that answer alike; None: nobody knows."""
        version = self._version(model)
        by = self._serving.answering_of(version.number).policy
        return None if version.answerer is None else (version.answerer, by)

    def trained_in(self, model: int | None) -> int:
        """The tick in which the training of a model of this run started; -1 of the initial one."""
        return self._version(model).trained

    def _version(self, model: int | None) -> Version:
        """A model of this run, by its number; None: the champion."""
        champion = self._lineage.champion
        if model is not None or champion is None:
            return self._lineage.versions[model]  # type: ignore[index]  # None is no number
        return champion

    def _asked(self, model: int | None) -> Hypothetical | None:
        """A model that can be asked about any rows; None for one that has learned on since."""
        version = self._version(model)
        return self._hypothetical(version) if version.model is version.serving else None

    def _hypothetical(self, version: Version) -> Hypothetical:
        by = self._serving.answering_of(version.number)
        return Hypothetical(version.model, by, self.knowledge)

    def _said(self, answers: np.ndarray) -> np.ndarray:
        loss = self._serving.loss
        if not loss.n_classes:
            return answers
        return np.where(loss.named(answers), answers.astype(np.int64), -1)

    def unseen(self, tick: int) -> Rows:
        """Labelled rows on which the champion's lineage never trained."""
        return self._lineage.unseen(self.knowledge, tick, self._lineage.champion)

    def untrained(self, model: int | None, rows: Rows, tick: int) -> np.ndarray:
        """Which of some rows the lineage of a model of this run never trained on."""
        return self._lineage.untrained(self.knowledge, self._version(model), rows, tick)

    def latest_unseen(self, tick: int, count: int, before: int) -> Rows:
        """The last ``count`` of these before a row."""
        champion = self._lineage.champion
        if champion is None:
            rows = self.knowledge.training.at(tick)
            return rows[: np.searchsorted(rows, before)][-count:]
        return self._lineage.latest_unseen(self.knowledge, tick, champion, count, before)

    def arrived_losses(self, tick: int, of: str) -> np.ndarray:
        """Losses of answered events whose labels arrived in this tick, as they came."""
        if of != "champion":
            return self._serving.arrived(self.knowledge, tick, 0)
        since = int(self.knowledge.timeline.first[self.promoted])
        return self._serving.arrived(self.knowledge, tick, since, by=self.champion)

    def served_losses(self, rows: Rows, tick: int) -> np.ndarray:
        """Losses of served rows, by their labels as they are told by now; NaN if unanswered."""
        return self._serving.known(self.knowledge, rows, tick)

    def losses_on(self, model: int | None, rows: Rows, tick: int, policy: Any = None) -> np.ndarray:
        """Losses of a model of this run on rows of the stream; NaN where unanswered."""
        return self._hypothetical(self._version(model)).under(policy).losses(rows, tick)

    def learned_shares(self, model: int | None) -> np.ndarray:
        """Shares of the classes among what a model of this run was last trained on."""
        return learned_shares(self._version(model), self.knowledge)

    def answerers(self, rows: Rows, tick: int) -> np.ndarray:
        """Number of the model that answered each row; -1 for none."""
        return self._serving.answerers(self.knowledge, rows, tick, self._lineage.champions)

    def model_ages(self, rows: Rows, tick: int) -> np.ndarray:
        """How old the model was that answered each row; NaN where none did."""
        models, first = self.answerers(rows, tick), self.knowledge.timeline.first
        ticks = np.searchsorted(first, rows, "right") - 1
        ages = np.full(len(rows), np.nan)
        for model in np.unique(models[models >= 0]).tolist():
            its = models == model
            ages[its] = ticks[its] - max(self._lineage.trained[model], 0)
        return ages

    def expected_losses(self, rows: Rows, tick: int) -> np.ndarray:
        """What was answered to rows loses in the mean, by the probabilities beside it."""
        given = self._serving.answered(self.knowledge, rows, tick)
        amount = self.knowledge.timeline.amount(rows)
        return self._serving.answering.expected(self.chances(rows, tick), given, amount)

    def expected_losses_on(self, model: int | None, rows: Rows, tick: int) -> np.ndarray:
        """What a model of this run loses in the mean, by its own probabilities."""
        return self._hypothetical(self._version(model)).expected_losses(rows)

    def score(self, mean_loss: float) -> float:
        """The declared score that belongs to a mean loss."""
        return self._serving.loss.score(mean_loss)

    def signal(self, name: str, view: View) -> dict[Of, float]:
        """What a monitor gives in the view's tick."""
        return self._signal(name, view)

    def profile(self, kind: str, name: str | None, first: int, stop: int, of_slice: str) -> Profile:
        """The profile of what some ticks served, kept or not."""
        return self._profiling.of(self.knowledge, kind, name, range(first, stop), of_slice)

    def _column(self, kind: str, name: str | None, rows: Rows) -> Column:
        """What there is a profile of, for served rows of which nobody need know anything."""
        timeline = self.knowledge.timeline
        if kind == "features":
            assert name is not None
            return timeline.column(name, rows)
        over = int(timeline.ticks_of(rows[-1])) + 1 if len(rows) else 0
        if kind == "confidence":
            return Column(confidence(self.chances(rows, over)))
        classes = timeline.schema.classes.astype(str)
        return Column(self.answers(rows, over), classes if len(classes) else None)
