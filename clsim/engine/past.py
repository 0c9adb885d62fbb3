"""What a strategy can see of what it did: its models, their losses, its signals."""

from __future__ import annotations

import numpy as np

from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage
from clsim.engine.serving import Serving
from clsim.engine.signals import Signals
from clsim.types import Rows
from clsim.view import View

NONE = np.empty(0, dtype=np.int64)


class Past:
    """The past of one strategy, for its `View`."""

    def __init__(
        self, knowledge: Knowledge, lineage: Lineage, serving: Serving, signals: Signals
    ) -> None:
        self.knowledge = knowledge
        self._lineage, self._serving, self._signals = lineage, serving, signals

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
    def champion(self) -> int | None:
        """Number of the model that serves."""
        champion = self._lineage.champion
        return None if champion is None else champion.number

    @property
    def replaced(self) -> int | None:
        """Number of the model that it replaced, if that can come back."""
        return self._lineage.replaced

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

    def unseen(self, tick: int) -> Rows:
        """Labelled rows on which the champion's lineage never trained."""
        return self._lineage.unseen(self.knowledge, tick, self._lineage.champion)

    def arrived_losses(self, tick: int, of: str) -> np.ndarray:
        """Losses of answered events whose labels arrived in this tick, as they came."""
        since = int(self.knowledge.timeline.first[self.promoted]) if of == "champion" else 0
        return self._serving.arrived(self.knowledge, tick, since)

    def served_losses(self, rows: Rows, tick: int) -> np.ndarray:
        """Losses of served rows, by their labels as they are told by now; NaN if unanswered."""
        return self._serving.known(self.knowledge, rows, tick)

    def losses_on(self, model: int, rows: Rows, tick: int) -> np.ndarray:
        """Losses of a model of this run on rows of the stream; NaN where unanswered."""
        if len(rows) == 0:
            return np.empty(0)
        answering, amount = self._serving.answering, self.knowledge.timeline.amount(rows)
        output = self._lineage.versions[model].model.output_of(rows)
        answers = answering.answers(output, amount)
        truth = self.knowledge.labels.coded(self.knowledge.y_at(rows, tick))
        losses = answering.losses(truth, output, answers, amount).astype(float)
        losses[~answering.loss.answered(answers)] = np.nan
        return losses

    def score(self, mean_loss: float) -> float:
        """The declared score that belongs to a mean loss."""
        return self._serving.loss.score(mean_loss)

    def signal(self, name: str, view: View) -> dict[str | None, float]:
        """What a monitor gives in the view's tick."""
        return self._signals.value(name, view)
