"""What one strategy answered to the served rows, and what that loses."""

from __future__ import annotations

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.knowledge import Knowledge
from clsim.engine.telling import Telling
from clsim.types import Rows


class Answered:
    """The answers of one strategy, whoever gave them.

    The zero-one loss follows from answers and labels, and is worked out when asked for; others are
    made of what models were asked for, which is not kept, and so are kept themselves.

    Attributes
    ----------
    answers : numpy.ndarray over the served rows
        Codes of classes or values; as the loss has it where there is no answer.
    chances : numpy.ndarray of shape (served rows, classes) or None
        Probabilities of the classes, where somebody asks for them; NaN where there are none.
    labels : Labels
        Of the branch of the world that is served.
    """

    def __init__(self, knowledge: Knowledge, answering: Answering, chances: bool) -> None:
        loss, timeline = answering.loss, knowledge.timeline
        self.answering, self.loss, self._n_warm = answering, loss, timeline.n_warm
        served, full = timeline.n - self._n_warm, timeline.room.full
        self.answers = full(served, loss.unanswered, loss.answer_dtype)
        self.chances = full((served, loss.n_classes), np.nan, float) if chances else None
        self.labels, self._amounts = knowledge.labels, timeline.events.amount
        self._losses = None if loss.kind == "zero_one" else full(served, 0, float)
        told = self._losses is not None and self.labels.told is not None
        self._observed = full(served, 0, float) if told else self._losses

    def _place(self, rows: slice | Rows) -> slice | Rows:
        """Where rows stand among the served ones."""
        if isinstance(rows, slice):
            return slice(rows.start - self._n_warm, rows.stop - self._n_warm)
        return rows - self._n_warm

    def amount(self, rows: slice | Rows) -> np.ndarray | None:
        """What wrong answers to rows cost, or each answer; None where the stream does not say."""
        return None if self._amounts is None else self._amounts[rows]

    def write(self, rows: slice | Rows, output: np.ndarray, chances: np.ndarray | None) -> None:
        """Write down what models gave for some rows."""
        place, labels, amount = self._place(rows), self.labels, self.amount(rows)
        answers = self.answering.answers(output, amount)
        self.answers[place] = answers
        if self.chances is not None:
            self.chances[place] = chances
        if self._losses is None or self._observed is None:
            return
        truth, told = labels.truth[rows], labels.told_truth
        self._losses[place] = self.answering.losses(truth, output, answers, amount)
        if told is not None:
            self._observed[place] = self.answering.losses(told[rows], output, answers, amount)

    def to(self, rows: slice | Rows) -> np.ndarray:
        """What was answered to served rows."""
        return self.answers[self._place(rows)]

    def likely(self, rows: slice | Rows) -> np.ndarray:
        """Probabilities that belong to the same."""
        assert self.chances is not None, "a monitor that reads them says so"
        return self.chances[self._place(rows)]

    def there(self, rows: slice | Rows) -> np.ndarray:
        """Which of some served rows were answered."""
        return self.loss.answered(self.to(rows))

    def losses(self, rows: slice | Rows) -> np.ndarray:
        """Losses on served rows by the truth; of those without an answer, 1 (zero-one) or NaN."""
        return self._lost(rows, self.labels.truth, self._losses)

    def observed(self, rows: slice | Rows) -> np.ndarray:
        """The same by labels as they are first told."""
        told = self.labels.told_truth
        return self._lost(rows, self.labels.truth if told is None else told, self._observed)

    def first_told(self, telling: Telling, rows: Rows) -> np.ndarray:
        """The same by the labels that were first told to one who may have bought them."""
        losses = self.observed(rows)
        if telling.orders is not None:
            place, bought = telling.bought_first(rows)
            labels = telling.labels.coded(telling.orders.y[place[bought]])
            losses[bought] = self.by(rows[bought], labels)
        return losses

    def _lost(
        self, rows: slice | Rows, labels: np.ndarray, losses: np.ndarray | None
    ) -> np.ndarray:
        if losses is not None:
            return losses[self._place(rows)]
        return self.loss.per_event(labels[rows], self.to(rows))

    def by(self, rows: Rows, labels: np.ndarray) -> np.ndarray:
        """The same by some labels: the truth, what is told first, or something else."""
        known, losses = self.labels, self.losses(rows).astype(float)
        other = labels != known.truth[rows]
        if known.told_truth is not None:
            first = other & (labels == known.told_truth[rows])
            losses[first] = self.observed(rows[first])
            other &= ~first
        if other.any():  # not with the log loss: the chances are not kept
            some = rows[other]
            losses[other] = self.loss.per_event(labels[other], self.to(some), self.amount(some))
        return losses
