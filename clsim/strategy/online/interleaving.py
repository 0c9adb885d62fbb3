"""Interleaving: where two models disagree, either answers by a coin."""

from __future__ import annotations

import numpy as np

from clsim.clock import Duration
from clsim.statistics.arms import Tally
from clsim.strategy.online.ab_test import ABTest
from clsim.strategy.online.evidence import Evidence, together
from clsim.strategy.online.judged import Look
from clsim.strategy.online.rules import Rule
from clsim.types import Ask, Trial
from clsim.view import View


class Interleaving(ABTest):
    """Both models are asked, either answers by a coin, and who wins more rows is the better one.

    After Radlinski, Kurup and Joachims (CIKM, 2008), for answers instead of rankings. A row is won
    by the model that loses less on it: of classes, the one that is right where the other is wrong;
    of values, the one that is closer to the label. Where both lose the same, nothing is learned. A
    sign test decides: if the models are equally good, each of the other rows falls to either by a
    coin.

    Parameters
    ----------
    length : int or str
        How long the trial lasts at the most: rows, or a duration where the stream has time.
    share : float, default=0.5
        Of the events that the challenger answers. Another than a half treats the two unlike where
        it depends on the answer which labels come.
    rule : Rule or None, default=None
        Of `clsim.strategy.online.rules`, of rows won: a difference is the share of them that one
        wins less the share that the other wins. None: one look at the end, `AtTheEnd`, by the
        exact sign test.
    min_labels : int, default=100
        Number of rows that one of them won that it takes.
    mature, afresh, unit
        As of `clsim.strategy.online.judged.Judged`.

    Notes
    -----
    It is as sensitive as a shadow, since both answer each event; it costs the predictions of both,
    and half of what the challenger does better or worse. By the coin it is fair where a shadow is
    not: if a label comes only of what was answered (a loan that was granted), the rows on which the
    challenger alone would have granted are never known to a shadow. How much one model wins by on a
    row does not count, so it may promote a model with the larger mean loss, by rows that are lost
    by far and won by little.

    Examples
    --------
    >>> trial = Interleaving("7d", min_labels=50)

    After four zeros all labels are 1. A challenger that was trained on ones wins all of the eight
    rows of two ticks; that one model does has the chance 2 (.5⁸) if they are equally good:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(20), "y": [0] * 4 + [1] * 16})
    >>> strategy = clsim.Strategy(At([1]), SlidingWindow(4), online=Interleaving(8, min_labels=8))
    >>> runs = clsim.replay(Recorded(log, label="y"), {"it": strategy},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "online_test", ["tick", "reason"]].values.tolist()
    [[1, 'begins with 0.5 of the events'], [3, 'challenger is better']]
    """

    metric = "rows lost"
    at_least = "rows won by either"

    def __init__(
        self,
        length: Duration,
        share: float = 0.5,
        rule: Rule | None = None,
        min_labels: int = 100,
        mature: Duration | None = None,
        afresh: bool = True,
        unit: str | None = None,
    ) -> None:
        super().__init__(length, share, rule, 0.0, min_labels, mature, afresh, unit)

    def begin(self, view: View, trial: Trial) -> Ask:
        return Ask(self.share, shadow=True)

    def evidence(self, view: View, trial: Trial, since: int) -> Evidence:
        return together(view, trial, since, self._mature, self.unit).won()

    def tally(self, evidence: Evidence, counts: np.ndarray) -> Tally:
        return evidence.tally(counts, 0.0, coin=True)

    def figures(self, view: View, look: Look) -> dict[str, float]:
        rows = self.rested(look)
        return {
            "won": float(round(rows * look.champion)) if rows else 0.0,
            "lost": float(round(rows * look.challenger)) if rows else 0.0,
            "tied": float(look.tied),
        }

    def rested(self, look: Look) -> int:
        return look.rows[0]
