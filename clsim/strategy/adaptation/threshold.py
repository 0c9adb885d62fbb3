"""The cut between two classes that would have cost least."""

from __future__ import annotations

import numpy as np

from clsim.policies import Adapt, Adapted, Cut
from clsim.strategy.adaptation.regular import Regular
from clsim.types import Rows, Schema
from clsim.view import View


class BestCut(Regular):
    """Of two classes the second, if its chance is at least what would have lost least.

    The cut is that under which the last labelled rows would have lost least by the declared loss,
    among all that tell them apart: halfway between neighbouring chances. Of equals it is the one
    nearest to a half. It needs no calibrated probabilities; where they are calibrated,
    ``threshold='by_price'`` of the strategy needs no labels.

    Parameters
    ----------
    window, min_rows, every, survives
        As for `Regular`; rows with a label.

    Examples
    --------
    >>> from clsim import Strategy
    >>> from clsim.strategy.triggers import Periodic
    >>> strategy = Strategy(Periodic("30d"), adaptation=BestCut(window=1000, every="1d"))

    Of four labelled rows the second and the fourth are of the second class; to miss one costs 5:

    >>> from types import SimpleNamespace
    >>> chance = np.array([0.1, 0.3, 0.6, 0.8])
    >>> of_first, of_second = np.array([0.0, 5.0, 0.0, 5.0]), np.array([1.0, 0.0, 1.0, 0.0])
    >>> asked = SimpleNamespace(
    ...     untrained=lambda rows: rows >= 0,
    ...     chances=lambda rows: np.column_stack([1 - chance, chance]),
    ...     losses=lambda rows, policy: of_second if policy.then.at == 0 else of_first,
    ... )
    >>> view = SimpleNamespace(latest_known=np.arange, usable=lambda rows: rows,
    ...                        model=lambda number: asked)
    >>> found = BestCut(window=4, min_rows=4).adapt(view, 1, Adapted(), without=[])
    >>> found.policy.then, found.detail["loss"]
    (Cut(at=0.2), 0.25)
    """

    def check_loss(self, loss: str, schema: Schema) -> None:
        super().check_loss(loss, schema)
        if len(schema.classes) != 2:
            raise ValueError(
                "adaptation: BestCut is for two classes, and the stream has "
                f"{len(schema.classes)}; use PriorCorrection or Calibration"
            )
        if loss == "log":
            raise ValueError(
                "adaptation: BestCut sets which class is answered, and the log loss goes by "
                "probabilities alone; use another loss, or Calibration"
            )

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        rows, chances = self.said(view, model, policy, self.labelled(view, model, without))
        if len(rows) < self.min_rows:
            return None
        asked = view.model(model)
        of_first = asked.losses(rows, policy.deciding(Cut(2.0)))
        of_second = asked.losses(rows, policy.deciding(Cut(0.0)))
        cut, mean = best_cut(chances[:, 1], of_first, of_second)
        detail = {"cut": cut, "loss": mean}
        return Adapt(policy.deciding(Cut(cut)), f"cut at {cut:.4g}", len(rows), detail)


def best_cut(
    chances: np.ndarray, of_first: np.ndarray, of_second: np.ndarray
) -> tuple[float, float]:
    """The cut under which rows lose least, and their mean loss under it.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n,)
        Of the second class.
    of_first, of_second : numpy.ndarray of shape (n,)
        What each row loses if the first class is answered, and if the second is.

    Examples
    --------
    Two of three rows above the middle are of the second class, and a miss costs 5:

    >>> chances = np.array([0.1, 0.3, 0.6, 0.8])
    >>> cut, mean = best_cut(chances, np.array([0.0, 5.0, 0.0, 5.0]), np.array([1.0, 0.0, 1.0, 0]))
    >>> round(cut, 9), mean
    (0.2, 0.25)
    """
    order = np.argsort(chances, kind="stable")
    sorted_chances = chances[order]
    edges = np.flatnonzero(np.diff(sorted_chances)) + 1
    # with the k-th edge, the rows before it are answered with the first class
    before = np.concatenate([[0.0], np.cumsum(of_first[order])])
    after = np.concatenate([np.cumsum(of_second[order][::-1])[::-1], [0.0]])
    places = np.concatenate([[0], edges, [len(order)]])
    low = np.concatenate([[0.0], sorted_chances[edges - 1], sorted_chances[-1:]])
    high = np.concatenate([sorted_chances[:1], sorted_chances[edges], [1.0]])
    cuts, lost = (low + high) / 2, before[places] + after[places]
    # between its neighbours' chances a cut must lie above the lower one; all of the first need room
    fits = (cuts > low) & (cuts <= high)
    fits[0] = cuts[0] > 0
    least = lost[fits].min()
    equal = fits & (lost <= least + 1e-10 * np.abs(lost).max())
    best = np.flatnonzero(equal)[np.argmin(np.abs(cuts[equal] - 0.5))]
    return float(cuts[best]), float(lost[best] / len(order))
