"""A challenger must be shown to be better, not worse or the same, by a statistical test."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_choice, check_number
from clsim.protocols import EvaluationSet
from clsim.slices import Sliced
from clsim.statistics.intervals import check_level
from clsim.statistics.multiplicity import benjamini_hochberg, holm
from clsim.strategy.evaluation import HELD_OUT
from clsim.strategy.offline.measures import Cell, Costs
from clsim.strategy.offline.measuring import Measuring, verdict
from clsim.strategy.offline.ways import WAYS, Way
from clsim.types import Extent, Line, Rows, Verdict
from clsim.view import View

BETTER, NOT_WORSE, EQUIVALENT = "better", "not_worse", "equivalent"
NOT_SHOWN_WORSE = "not_shown_worse"
PAIRED_T = "paired_t"
CLAIMS = {
    BETTER: "shown to be better", NOT_WORSE: "shown to be not worse",
    EQUIVALENT: "shown to be as good", NOT_SHOWN_WORSE: "shown to be worse",
}  # fmt: skip
"""What is claimed of a challenger, and what a test shows where it shows something."""

CORRECTIONS: dict[str | None, Callable[..., np.ndarray]] = {
    "holm": holm, "benjamini_hochberg": benjamini_hochberg, None: np.asarray,
}  # fmt: skip

NAMES = {"holm": " (Holm)", "benjamini_hochberg": " (Benjamini-Hochberg)", None: ""}


class Significance(Measuring):
    """The challenger is judged by a statistical test, on rows that neither model trained on.

    Parameters
    ----------
    claim : {'better', 'not_worse', 'equivalent', 'not_shown_worse'}, default='better'
        What is asked of the challenger, in each metric and slice. ``'better'``: it is shown to be
        better than the champion by more than the margin. ``'not_worse'``: it is shown to be worse
        by less than the margin (non-inferiority). ``'equivalent'``: it is shown to differ by less
        than the margin (two one-sided tests). ``'not_shown_worse'``: it is not shown to be worse by
        more than the margin, which few rows never do.
    by : {'mcnemar', 'paired_t', 'paired_bootstrap', 'two_proportions'} or None, default=None
        ``'mcnemar'``: by the rows on which one model alone is right, exact; against a margin the
        score test of Tango (Statistics in Medicine, 1998). ``'paired_t'``: Student's t of
        differences row by row; of a metric that is no mean over rows (AUC, F1), of 20 pseudo-values
        of the jackknife. ``'paired_bootstrap'``: resamples of the rows; of what is no mean, some
        seconds for each metric and slice. None: ``'mcnemar'`` where answers are right or wrong,
        else ``'paired_t'``.
        ``'two_proportions'``: as if each model had rows of its own.
    margin : float, default=0.0
        In units of the metric; above 0 for ``'not_worse'`` and ``'equivalent'``.
    metrics : sequence, default=('score',)
        ``'score'`` and ``'loss'`` as declared, per event; ``'money'``; and metrics as
        `clsim.replay` takes them.
    slices : sequence of str or Where, default=()
        Slices that are looked at beside the whole: slice columns, single slices
        ``'column=value'``, or rules (`clsim.slices.Where`).
    alpha : float, default=0.05
        Chance to be wrong, one-sided.
    correction : {'holm', 'benjamini_hochberg'} or None, default='holm'
        For looking at several metrics and slices. Holm's: with a chance of at most alpha any line
        of a report card is wrong. Benjamini and Hochberg's: of the lines that show something, a
        share of alpha is wrong on average. None: each line by itself.
    must : {'every', 'any'}, default='every'
        In how many metrics and slices the claim must hold.
    holdout, min_rows, using
        As of `clsim.strategy.offline.ChampionChallenger`. A slice with fewer rows than ``min_rows``
        says nothing.
    weigh : {'picked'} or None, default=None
        As of `clsim.strategy.offline.ChampionChallenger`, and as a set may say: each row stands for
        others. By ``'paired_t'``, of what each row adds to the weighted mean (linearisation), of
        metrics that are means over rows; the other tests count rows, and are refused.
    power : float, default=0.8
        The report card says which difference so many rows show with this chance.
    costs : float, matrix or None, default=None
        For the metric ``'money'``: what a unit of the declared loss costs, or what each error costs
        by true and answered class. None: the declared loss is money.
    draws : int, default=1000
        Resamples of the bootstrap.

    Raises
    ------
    TypeError, ValueError

    Notes
    -----
    If every metric and slice must hold, the chance to promote a challenger of which the claim is
    false is at most alpha without any correction (Berger, Technometrics, 1982); the correction is
    for the lines of the card. Where any of them is enough, or where one that is shown to be worse
    rejects, it is for the verdict as well. ``'not_shown_worse'`` bounds the chance to reject what
    is not worse, not the chance to promote what is.

    Before: `clsim.statistics.sample_sizes` says how many rows a difference needs
    (``two_sided=False``, and with margin: the distance from it).

    Examples
    --------
    >>> gate = Significance("not_worse", "mcnemar", margin=0.02, holdout=2_000)

    After four zeros all labels are 1. The challenger alone is right on the six rows that were held
    out, which has the chance .5⁶ = .016 if it is no better:

    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> import clsim
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import At
    >>> from clsim.streams import Recorded
    >>> gate = Significance(holdout=6, min_rows=6)
    >>> log = pd.DataFrame({"x": range(16), "y": [0] * 4 + [1] * 12})
    >>> runs = clsim.replay(Recorded(log, label="y"),
    ...                     {"it": clsim.Strategy(At([2]), SlidingWindow(8), offline=gate)},
    ...                     learner=DummyClassifier(), tick=4, warmup=4)
    >>> events = runs["it"].events
    >>> events.loc[events["kind"] == "offline_test", ["reason", "accepted"]].values.tolist()
    [['shown to be better: p = 0.0156', True]]
    """

    def __init__(
        self,
        claim: str = BETTER,
        by: str | None = None,
        margin: float = 0.0,
        *,
        metrics: Sequence[Any] = ("score",),
        slices: Sequence[Sliced] = (),
        alpha: float = 0.05,
        correction: str | None = "holm",
        must: str = "every",
        holdout: Duration | EvaluationSet = 500,
        min_rows: int = 30,
        using: str = HELD_OUT,
        weigh: str | None = None,
        power: float = 0.8,
        costs: Costs | None = None,
        draws: int = 1_000,
    ) -> None:
        check_choice("claim", claim, CLAIMS)
        check_choice("by", by, (None, *WAYS))
        check_choice("correction", correction, CORRECTIONS)
        check_choice("must", must, ("every", "any"))
        check_number("margin", margin, low=0)
        if margin == 0 and claim in (NOT_WORSE, EQUIVALENT):
            raise ValueError(f"margin={margin!r}: {claim!r} needs one above 0")
        check_number("alpha", alpha, above=0, high=0.4)
        check_level(power, "power")
        if isinstance(metrics, str) or not isinstance(metrics, Sequence) or not metrics:
            raise TypeError(f"metrics={metrics!r}: expected a list, such as ['score']")
        super().__init__([(one, slices) for one in metrics], holdout, min_rows, using, weigh,
                         costs, draws)  # fmt: skip
        if self.set.weigh is not None and by not in (None, PAIRED_T):
            raise ValueError(
                f"by={by!r}: it counts rows, and with weigh={self.set.weigh!r} a row stands for "
                f"others; use by={PAIRED_T!r}, or weigh=None"
            )
        self.claim, self.by, self.margin = claim, by, margin
        self.alpha, self.correction, self.must, self.power = alpha, correction, must, power

    def check_loss(self, loss: str) -> None:
        super().check_loss(loss)
        for measure, _ in self.measures:
            if self.by and WAYS[self.by].right_or_wrong and not measure.right_or_wrong:
                raise ValueError(
                    f"offline.by={self.by!r}: it needs answers that are right or wrong, and "
                    f"{measure.name} (loss={loss}) is not; use by='paired_t' or 'paired_bootstrap'"
                )

    def check_scores(self, loss: Extent, score: Extent) -> None:
        for measure, _ in self.measures:
            measure.extent(loss, score).check_gap("margin", self.margin)

    def judge(
        self, view: View, challenger: int, champion: int | None, holdout: Rows
    ) -> Verdict | None:
        if champion is None:
            return Verdict(True, "no champion")
        rows, weights = self.asked(view, challenger, champion, holdout)
        missing = self.too_few(len(rows))
        if missing is not None:
            return Verdict(False, missing, of_set=self.of_set(view, holdout))
        found = self.cells(view, challenger, champion, rows, weights)
        told = self.told([cell for of_metric in found for cell in of_metric])
        return replace(told, of_set=self.of_set(view, holdout))

    def told(self, found: Sequence[Cell]) -> Verdict:
        """What the test says of metrics and slices, whatever they come from."""
        asked = [cell.size >= self.min_rows and cell.found[1] is None for cell in found]
        p = np.array(
            [self._p(cell) if some else np.nan for cell, some in zip(found, asked, strict=True)]
        )
        p = CORRECTIONS[self.correction](p)
        card = tuple(
            self._line(cell, float(value), sum(asked) > 1)
            if some
            else self.silent(cell, self._said)
            for cell, value, some in zip(found, p, asked, strict=True)
        )
        return verdict(card, self.must)

    def _way(self, cell: Cell) -> Way:
        return WAYS[self.by or ("mcnemar" if cell.right_or_wrong else PAIRED_T)]

    def _p(self, cell: Cell) -> float:
        """Of the claim, or of the challenger being worse."""
        way, margin = self._way(cell), self.margin
        if self.claim == BETTER:
            return way.p(cell, margin, "greater")
        if self.claim == NOT_SHOWN_WORSE:
            return way.p(cell, -margin, "less")
        above = way.p(cell, -margin, "greater")
        if self.claim == NOT_WORSE:
            return above
        return float(np.maximum(above, way.p(cell, margin, "less")))

    @property
    def _said(self) -> str:
        return self.claim.replace("_", " ")

    def _line(self, cell: Cell, p: float, several: bool) -> Line:
        shown = p <= self.alpha
        accepted = not shown if self.claim == NOT_SHOWN_WORSE else shown
        named = NAMES[self.correction] if several else ""
        said = "no p-value, as all rows are alike" if math.isnan(p) else f"p = {p:.3g}{named}"
        reason = f"{'' if shown else 'not '}{CLAIMS[self.claim]}: {said}"
        interval = self._way(cell).interval(cell, 1 - 2 * self.alpha)
        shows = self._way(cell).shows(cell, self.power, self.alpha)
        return self.line(cell, self._said, interval, accepted, reason, shows)
