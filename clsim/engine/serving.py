"""Who answers which event, and what that loses: predictions owed, made and scored."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from clsim.engine.answered import Answered
from clsim.engine.answering import Answering
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import Model, RowByRowModel
from clsim.routes import Route
from clsim.types import Rows

Server = Model | RowByRowModel

Draws = Callable[[Rows], np.ndarray]
"""A number in [0, 1) for each of some rows, by which a route sends them."""


class Serving:
    """The answers of one strategy.

    Attributes
    ----------
    said : Answered
        What was answered, as far as it was predicted.
    answered_by : numpy.ndarray of int32 over the served rows, or None
        Number of the model that answers, as far as it is known; None while champions alone answer.
    """

    def __init__(
        self, knowledge: Knowledge, answering: Answering, unanswered: str, *, chances: bool = False
    ) -> None:
        self.answering, self.unanswered, self.loss = answering, unanswered, answering.loss
        self.said = Answered(knowledge, answering, chances)
        self._n_warm = knowledge.timeline.n_warm
        self._predicted = self._n_warm  # rows before it have predictions, or are owed them
        self._since = self._n_warm  # the row from which on the present model answers
        self._owing: set[Server] = set()
        self._servers, self._silent = dict[int, Server](), -1  # who should, while nobody answers
        self._route: tuple[Route, Draws] | None = None  # where several models answer
        self.answered_by: np.ndarray | None = None

    def enter(self, knowledge: Knowledge) -> None:
        """Go on with the labels of another branch of the world."""
        self.said.labels = knowledge.labels

    def hand_over(self, row: int, servers: dict[int, Server]) -> None:
        """Let another model answer from a row on, or none; what is owed can wait for others."""
        self._leave(row)
        self._route = None
        self._join(servers)

    def split(
        self,
        row: int,
        servers: dict[int, Server],
        route: Route,
        draws: Draws,
        by: Callable[[], Rows],
    ) -> None:
        """Let several models answer from a row on, each its share.

        ``by`` gives the models that answered before, for each served row.
        """
        if self.answered_by is None:
            self.answered_by = by().astype(np.int32)
        self._leave(row)
        self._route = route, draws
        self._join(servers)

    def silence(self, row: int, number: int) -> None:
        """Let nobody answer from a row on, though a model should."""
        self._leave(row)
        self._route, self._servers, self._silent = None, {}, number

    def _join(self, servers: dict[int, Server]) -> None:
        self._servers, self._silent = servers, -1
        for server in servers.values():
            server.join()

    def _leave(self, row: int) -> None:
        if row > self._predicted and self._servers:
            self._send(self._predicted, row)
            self._owing.update(self._servers.values())
            for number, server in self._servers.items():
                server.owe(self._predicted, row, partial(self._take_owed, number))
        elif row > self._predicted:
            self._send(self._predicted, row)
        for server in self._servers.values():
            server.leave()
        self._predicted = self._since = row

    def _send(self, first: int, stop: int) -> None:
        """Note who answers consecutive rows, or should."""
        if self.answered_by is None:
            return
        place = slice(first - self._n_warm, stop - self._n_warm)
        if self._route is None:
            self.answered_by[place] = next(iter(self._servers), self._silent)
        else:
            route, draws = self._route
            self.answered_by[place] = route.of(draws(np.arange(first, stop)))

    def moved(self, number: int, server: Server) -> None:
        """The same model goes on in another branch."""
        self._servers[number] = server

    def _predict(self, rows: Rows, until: int) -> None:
        """Make the predictions for some served rows, with all that are owed before another row.

        While none of those rows needs them, they wait, and come in fewer calls.
        """
        if len(rows) == 0:
            return
        if self._owing and rows.min() < self._since:
            for model in list(self._owing):
                model.settle()
        first = self._predicted
        if rows.max() < first:
            return
        self._predicted = until
        self._send(first, until)
        for number, server in self._servers.items():
            self._write(number, server, first, server.going_on(first, until))

    def _take_owed(self, number: int, model: Server, first: int, output: np.ndarray) -> None:
        """Take predictions that a model owed; it makes all that it owes at once."""
        self._owing.discard(model)
        self._write(number, model, first, output)

    def _write(self, number: int, model: Server, first: int, output: np.ndarray) -> None:
        """Take predictions for those of consecutive rows, from a first row on, that it answers."""
        rows: slice | Rows = slice(first, first + len(output))
        chances = None if self.said.chances is None else model.chances(first, first + len(output))
        if self.answered_by is not None:
            own = self.answered_by[first - self._n_warm :][: len(output)] == number
            if not own.all():
                rows, output = first + np.flatnonzero(own), output[own]
                chances = None if chances is None else chances[own]
        self.said.write(rows, output, chances)

    def answers_to(self, low: int, high: int) -> np.ndarray:
        """What was answered to consecutive rows."""
        self._predict(np.arange(low, high), high)
        return self.said.to(slice(low, high))

    def answered(self, knowledge: Knowledge, rows: Rows, tick: int) -> np.ndarray:
        """What was answered to rows of earlier ticks; those of the warm-up were not served."""
        answers = np.full(len(rows), self.loss.unanswered, self.loss.answer_dtype)
        served = rows >= self._n_warm
        self._predict(rows[served], int(knowledge.timeline.first[tick]))
        answers[served] = self.said.to(rows[served])
        return answers

    def likely(self, knowledge: Knowledge, rows: Rows, tick: int) -> np.ndarray:
        """Probabilities of the same; NaN where there are none."""
        chances = np.full((len(rows), self.loss.n_classes), np.nan)
        served = rows >= self._n_warm
        self._predict(rows[served], int(knowledge.timeline.first[tick]))
        chances[served] = self.said.likely(rows[served])
        return chances

    def answerers(
        self,
        knowledge: Knowledge,
        rows: Rows,
        tick: int,
        champions: Callable[[np.ndarray], np.ndarray],
    ) -> np.ndarray:
        """Number of the model that answered rows of earlier ticks; -1 for none.

        ``champions`` gives the champion of each of some ticks, who answers where nobody else does.
        """
        models = np.full(len(rows), -1, dtype=np.int32)
        served = rows >= self._n_warm
        if self.answered_by is None:
            ticks = np.searchsorted(knowledge.timeline.first, rows[served], "right") - 1
            models[served] = champions(ticks)
        else:
            self._predict(rows[served], int(knowledge.timeline.first[tick]))
            models[served] = self.answered_by[rows[served] - self._n_warm]
        return models

    # losses whose labels have arrived ----------------------------------------------------------

    def arrived(
        self, knowledge: Knowledge, tick: int, since: int, by: int | None = None
    ) -> np.ndarray:
        """Losses of answered events from a row on whose labels arrived in a tick, as they came.

        ``by``: of those alone that a model answered.
        """
        rows = knowledge.came(tick)
        rows = rows[rows >= max(since, self._n_warm)]
        if len(rows) == 0:
            return np.empty(0)
        self._predict(rows, int(knowledge.timeline.first[tick]))
        if by is not None and self.answered_by is not None:
            rows = rows[self.answered_by[rows - self._n_warm] == by]
        if self.unanswered == "skip":
            rows = rows[self.said.there(rows)]
        return self.said.first_told(knowledge.telling, rows).astype(float)

    def known(self, knowledge: Knowledge, rows: Rows, tick: int) -> np.ndarray:
        """Losses on served rows by their labels as they are told by a tick; NaN if unanswered."""
        losses = np.full(len(rows), np.nan)
        served = rows >= self._n_warm
        some = rows[served]
        self._predict(some, int(knowledge.timeline.first[tick]))
        if knowledge.telling.revises:
            told = knowledge.labels.coded(knowledge.telling.y_at(some, tick))
            some_losses = self.said.by(some, told)
        else:
            some_losses = self.said.losses(some).astype(float)
        some_losses[~self.said.there(some)] = np.nan
        losses[served] = some_losses
        return losses
