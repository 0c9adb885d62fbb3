"""Other shares of classes than in training, found without labels."""

from __future__ import annotations

import numpy as np

from clsim.clock import Duration
from clsim.errors import check_number
from clsim.policies import Adapt, Adapted, OtherShares
from clsim.strategy.adaptation.regular import Regular
from clsim.types import Rows
from clsim.view import View


class PriorCorrection(Regular):
    """Correct probabilities for other shares of classes than those of the training rows.

    The shares under which the latest rows are the likeliest are found without labels, by
    expectation and maximisation (Saerens, Latinne & Decaestecker, Neural Computation 14, 2002).
    They are put to use if they explain those rows better than the old ones do by more than chance
    would, in the paper's likelihood ratio test. It is right where classes come more or less often
    and each looks as it did (a shift of labels) and the probabilities are calibrated; put
    `Calibration` before it where they are not. A change of P(y|x) alone it cannot see.

    Parameters
    ----------
    alpha : float, default=0.01
        How often the test says that shares have changed where they have not. Rows are taken to be
        independent. 1: whatever is found is put to use.
    window, min_rows, every, survives
        As for `Regular`; rows with a label or without.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Never
    >>> strategy = Strategy(Never(), adaptation=PriorCorrection(window=1000))

    The model learned both classes alike, and of a hundred new rows 75 are surely of the second:

    >>> from types import SimpleNamespace
    >>> said = np.repeat([[1.0, 0.0], [0.0, 1.0]], [25, 75], axis=0)
    >>> asked = SimpleNamespace(chances=lambda rows: said, learned_shares=np.array([0.5, 0.5]),
    ...                         untrained=lambda rows: rows >= 0)
    >>> view = SimpleNamespace(  # what is asked of a view here
    ...     recent=np.arange, labels=SimpleNamespace(known=lambda rows: rows < 0),
    ...     model=lambda number: asked, schema=SimpleNamespace(classes=["no", "yes"]),
    ... )
    >>> found = PriorCorrection(window=100).adapt(view, 1, Adapted(), without=[])
    >>> found.policy.steps, found.policy.shares
    ((OtherShares(factors=(0.5, 1.5)),), (0.25, 0.75))
    """

    reads_shares = True

    def __init__(
        self, window: int = 500, min_rows: int = 100, every: Duration = 1,
        survives: bool = False, *, alpha: float = 0.01,
    ) -> None:  # fmt: skip
        super().__init__(window, min_rows, every, survives)
        check_number("alpha", alpha, above=0, high=1)
        self.alpha = alpha

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        from clsim.monitoring.calibration import prior_by_likelihood

        rows, chances = self.said(view, model, policy, self.latest(view, model))
        if len(rows) < self.min_rows:
            return None
        was = view.model(model).learned_shares if policy.shares is None else policy.shares
        old = np.asarray(was, dtype=float)
        new = prior_by_likelihood(chances, old)
        chance = by_chance(chances, old, new)
        detail = {"p_value": chance}
        for label, share in zip(view.schema.classes, new, strict=True):
            detail[f"share of {label}"] = float(share)
        if chance > self.alpha:
            return Adapt(policy, "shares of classes as in training", len(rows), detail)
        factors = np.divide(new, old, out=np.zeros(len(old)), where=old > 0)
        found = policy.after(OtherShares(tuple(factors.tolist())), tuple(new.tolist()))
        return Adapt(found, "other shares of classes", len(rows), detail)


def by_chance(chances: np.ndarray, old: np.ndarray, new: np.ndarray) -> float:
    """How likely new shares are to fit as much better by chance as they do: a p-value.

    The likelihood ratio test of Saerens, Latinne & Decaestecker (2002), equation 4.3: twice the
    difference of log-likelihoods is distributed as chi-squared with a degree of freedom less than
    there are classes.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        Under the old shares.
    old, new : numpy.ndarray of shape (classes,)

    Examples
    --------
    Ten rows that are surely of a class whose share was a half: 2 · 10 ln 2 = 13.86.

    >>> sure = np.tile([0.0, 1.0], (10, 1))
    >>> round(by_chance(sure, np.array([0.5, 0.5]), np.array([0.0, 1.0])), 6)
    0.000197
    """
    from scipy.stats import chi2

    ratio = np.divide(new, old, out=np.zeros(len(old)), where=old > 0)
    with np.errstate(divide="ignore"):
        gain = 2 * np.log(chances @ ratio).sum()
    return float(chi2.sf(max(gain, 0.0), int((old > 0).sum()) - 1))
