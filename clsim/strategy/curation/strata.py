"""Labels spread over strata: slices, predicted classes, or bins of a projection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clsim.errors import check_number, check_object, unknown
from clsim.protocols import Draw
from clsim.strategy.curation.picks import Pick, Picked
from clsim.types import Rows, Schema
from clsim.view import View

if TYPE_CHECKING:  # it loads pandas
    from clsim.monitoring.projections import Fitted, Projection

ANSWER = "answer"
"""The strata that go by what the model that serves answers."""


class Stratified(Pick):
    """As many labels from every stratum, at random within each.

    Parameters
    ----------
    by : str or clsim.monitoring.projections.Projection
        A slice column; ``'answer'`` for the predicted class; or a projection, whose first column is
        cut at the quantiles of the rows that the model was trained on, or is a category.
    weights : mapping of str to float or None, default=None
        How many labels a stratum gets, relative to 1 for those that are not named: by the name of
        the slice (``column=value``) or class. Not for a projection.
    bins : int, default=4
        Bins of a projection that gives numbers.

    Notes
    -----
    A stratum with too few candidates gives all, and the others share what it leaves. Where a share
    is no whole number it is rounded by one random number for all strata, up or down, so that each
    row's chance is exactly its stratum's share over the number of its candidates.

    Examples
    --------
    >>> pick = Stratified("shop", weights={"shop=north": 3})

    Three rows of one shop and one of another, and a label of each: chances of 1 / 3 and 1:

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(slices=lambda rows: {"shop": np.array([0, 0, 0, 1])})
    >>> draws = {3: 0.9, 5: 0.2, 8: 0.6, 9: 0.5}
    >>> def draw(rows, text=""):
    ...     return np.array([draws[row] for row in rows.tolist()])
    >>> picked = Stratified("shop").pick(view, np.array([3, 5, 8, 9]), 2, draw)
    >>> picked.rows.tolist(), picked.chances.round(4).tolist(), picked.kind
    ([5, 9], [0.3333, 1.0], 'inclusion')
    """

    biased = None

    def __init__(
        self, by: str | Projection, weights: Mapping[str, float] | None = None, bins: int = 4
    ) -> None:
        check_object("by", by)
        if not isinstance(by, str):
            _check_projection(by)
        if not isinstance(weights or {}, Mapping):
            raise TypeError(f"weights={weights!r}: expected a dict of names of strata to numbers")
        for name, weight in (weights or {}).items():
            check_number(f"weights.{name}", weight, above=0)
        if weights and not isinstance(by, str):
            raise ValueError("weights: bins of a projection have no names; leave them out")
        check_number("bins", bins, whole=True, low=2)
        self.by, self.weights, self.bins = by, dict(weights or {}), bins
        self._names: list[str] = []
        self._features: tuple[str, ...] = ()
        self._cut: tuple[int | None, Fitted, np.ndarray | None] | None = None

    def check_schema(self, schema: Schema) -> None:
        self._features = schema.features
        if not isinstance(self.by, str):
            return
        classes = schema.task == "classification"
        if self.by in schema.slices:
            self._names = list(schema.slices[self.by])
        elif self.by == ANSWER and classes:
            self._names = [str(label) for label in schema.classes]
        else:
            allowed = [*([ANSWER] if classes else []), *schema.slices]
            raise ValueError(f"curation.pick.by: {self._unknown(allowed or ['none'])}")
        for name in self.weights:
            if name not in self._names:
                raise ValueError(f"curation.pick.weights: {unknown('stratum', name, self._names)}")

    def _unknown(self, allowed: list[str]) -> str:
        if self.by in self._features:
            return (
                f"'{self.by}' is a feature and no slice column; give a projection, such as a "
                f"Function of it, or one of: {', '.join(allowed)}"
            )
        return unknown("strata", self.by, allowed)

    def check_rows(self, X: Any) -> None:
        if isinstance(self.by, str):
            return
        try:
            self.by.check_rows(X)
        except ValueError as error:
            raise ValueError(f"pick.by: {error}") from error

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        strata = self._strata(view, rows)
        found, stratum, sizes = np.unique(strata, return_inverse=True, return_counts=True)
        weights = np.ones(len(found))
        for name, weight in self.weights.items():
            weights[found == self._names.index(name)] = weight
        share = shares(sizes, weights, count)
        start = float(draw(rows[:1], " start")[0])
        whole = rounded(share, start)
        order = np.lexsort([draw(rows), stratum])
        rank = np.empty(len(rows), dtype=np.int64)
        rank[order] = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        picked = rank < whole[stratum]
        return Picked(rows[picked], (share / sizes)[stratum][picked], "inclusion")

    def _strata(self, view: View, rows: Rows) -> np.ndarray:
        """A code for each row; -1 where a row has no slice or no answer."""
        if not isinstance(self.by, str):
            return self._bins(view, rows, self.by)
        slices = view.slices(rows)
        if self.by in slices:
            return np.asarray(slices[self.by])
        model = view.champion
        return view.outcomes.answers(rows) if model is None else view.model(model).answers(rows)

    def _bins(self, view: View, rows: Rows, projection: Projection) -> np.ndarray:
        if self._cut is None or self._cut[0] != view.champion:
            there = view.usable(view.trained_rows)
            X = view.X(there if len(there) else rows)
            fitted = projection.fit(X, 0)
            column = next(iter(fitted.columns(X).values()))
            edges = None
            if np.issubdtype(column.dtype, np.number):
                edges = np.quantile(column, np.arange(1, self.bins) / self.bins)
            self._cut = view.champion, fitted, edges
        _, fitted, edges = self._cut
        column = next(iter(fitted.columns(view.X(rows)).values()))
        if edges is None:
            return np.unique(column, return_inverse=True)[1]
        return np.searchsorted(edges, column, "right")


def _check_projection(by: object) -> None:
    from clsim.monitoring.projections import Projection

    if not isinstance(by, Projection):
        raise TypeError(
            f"by={by!r}: expected a slice column, 'answer', or one of "
            "clsim.monitoring.projections, such as KMeans(8)"
        )


def shares(sizes: np.ndarray, weights: np.ndarray, count: int) -> np.ndarray:
    """How many of some labels fall to each stratum, in the mean.

    By weight, but no more than a stratum has; what it leaves goes to the others by theirs.

    Parameters
    ----------
    sizes : numpy.ndarray of shape (strata,), int64
    weights : numpy.ndarray of shape (strata,)
        Above 0.
    count : int
        At most the sum of the sizes.

    Returns
    -------
    numpy.ndarray of shape (strata,), float64

    Examples
    --------
    >>> shares(np.array([2, 50, 50]), np.ones(3), 10).tolist()
    [2.0, 4.0, 4.0]
    """
    share = np.zeros(len(sizes))
    open_, left = np.ones(len(sizes), dtype=bool), float(count)
    while open_.any():
        each = left * weights / weights[open_].sum()
        full = open_ & (each >= sizes)
        if not full.any():
            share[open_] = each[open_]
            break
        share[full] = sizes[full]
        left -= float(sizes[full].sum())
        open_ &= ~full
    return share


def rounded(share: np.ndarray, start: float) -> np.ndarray:
    """Whole numbers of the same sum, each next to its share, and equal to it in the mean.

    Parameters
    ----------
    share : numpy.ndarray of shape (n,)
        Their sum is a whole number.
    start : float
        Uniform in [0, 1): over it the mean is taken (systematic sampling).

    Examples
    --------
    >>> share = np.array([0.5, 0.5, 2.0])
    >>> rounded(share, 0.2).tolist(), rounded(share, 0.7).tolist()
    ([0, 1, 2], [1, 0, 2])
    """
    base = np.floor(share)
    rest = np.cumsum(share - base)
    if len(rest):
        rest[-1] = round(rest[-1])
    steps = np.diff(np.floor(rest + start), prepend=0.0)
    return (base + steps).astype(np.int64)
