"""Rows on which the models that have served disagree."""

from __future__ import annotations

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Draw
from clsim.strategy.curation.picks import Scored, check_classes, doubt
from clsim.types import Rows, Schema
from clsim.view import View


class FormerModels(Scored):
    """Where the model that serves and those that served before it disagree.

    The score is the entropy of their votes, as for `Committee`, whose members are fitted for it
    alone; these are there already. It needs no probabilities.

    Parameters
    ----------
    keeps : int, default=3
        Number of former champions that are kept and asked. As long as there are none, rows are
        picked at random.

    Notes
    -----
    It asks about what has changed from one training to the next: after a drift about what old
    models still say. A model that was withdrawn is not asked.

    Examples
    --------
    >>> pick = FormerModels(keeps=3)
    """

    def __init__(self, keeps: int = 3) -> None:
        check_number("keeps", keeps, whole=True, low=1)
        self.keeps = keeps

    def check_schema(self, schema: Schema) -> None:
        check_classes("a vote of former models", schema)

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        if view.champion is None:
            return np.full(len(rows), np.nan)
        votes = np.zeros((len(rows), len(view.schema.classes)))
        for model in (view.champion, *view.former[-self.keeps :]):
            said = view.model(model).answers(rows)
            votes[np.flatnonzero(said >= 0), said[said >= 0]] += 1
        with np.errstate(invalid="ignore"):  # nobody answered
            return doubt(votes / votes.sum(axis=1, keepdims=True), "entropy")
