"""How well what was served has scored, by the labels that have arrived."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clsim.errors import check_number
from clsim.protocols import Monitor
from clsim.types import Of, Schema
from clsim.view import View


class Score(Monitor):
    """The declared score on the latest labelled events, whoever served them.

    Parameters
    ----------
    window : int, default=500
        Number of the most recent served events whose labels have arrived.
    min_labels : int, default=100
        With fewer there is no number.
    """

    def __init__(self, window: int = 500, min_labels: int = 100) -> None:
        check_number("window", window, whole=True, low=1)
        check_number("min_labels", min_labels, whole=True, low=1, high=window)
        self.window = window
        self.min_labels = min_labels

    def names(self, schema: Schema) -> Sequence[str]:
        return ()

    def measure(self, view: View) -> dict[Of, float]:
        rows = view.latest_known(self.window)
        rows = rows[np.searchsorted(rows, view.first_row(0)) :]
        losses = view.served_losses(rows)
        losses = losses[~np.isnan(losses)]
        if len(losses) < self.min_labels:
            return {}
        return {None: float(view.score(losses.mean()))}
