"""Which rows are preferred: by chance, by a rule, or by what the model is unsure of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from clsim.errors import check_choice, check_number, check_object, undefined
from clsim.protocols import Draw, Part
from clsim.types import Column, Rows, Schema
from clsim.view import View

if TYPE_CHECKING:  # monitors load pandas
    from clsim.slices import Where


class Picked(NamedTuple):
    """Rows to have labelled.

    Attributes
    ----------
    rows : Rows
        By ``kind='sequence'`` in the order picked.
    chances : numpy.ndarray of the same shape, float64, or None
    kind : {'inclusion', 'sequence'} or None
        As in `clsim.types.Buy`.
    """

    rows: Rows
    chances: np.ndarray | None = None
    kind: Literal["inclusion", "sequence"] | None = None


class Pick(Part):
    """Which of some candidates are to be labelled.

    Examples
    --------
    The newest rows:

    >>> class Newest(Pick):
    ...     def pick(self, view, rows, count, draw):
    ...         return Picked(rows[-count:])
    >>> Newest().pick(None, np.array([3, 5, 8]), 2, draw=None).rows.tolist()  # it asks no view
    [5, 8]
    >>> Newest().biased
    'it picks by what looks best, not by chance'
    """

    reads_chances = False
    """Whether it asks for probabilities, so that the learner must have them."""

    reads_complaints = False
    """Whether it asks for complaints, so that the stream must tell of them."""

    keeps = 0
    """Number of former champions that it asks, so that they are kept."""

    biased: str | None = "it picks by what looks best, not by chance"
    """Why what it picked cannot be undone by weights; None: each candidate has a chance."""

    def among(self, view: View, rows: Rows) -> Rows:
        """Those of the candidates that it considers at all."""
        return rows

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        """So many of the candidates, which are more.

        Parameters
        ----------
        view : View
        rows : Rows
        count : int
            From 1, below the number of rows.
        draw : callable
            A uniform number in [0, 1) for each of some rows, anew in every tick.
        """
        raise undefined(self, "pick")

    def check_columns(self, column: Callable[[str], Column]) -> None:
        """Refuse features that it cannot read; asked before the first tick."""

    def check_rows(self, X: Any) -> None:
        """Refuse rows that it cannot see; asked before the first tick, of the stream's first."""


class Scored(Pick):
    """The rows with the highest scores; ties fall by chance.

    Examples
    --------
    The largest values of a feature; one that is missing comes last:

    >>> from types import SimpleNamespace
    >>> class Largest(Scored):
    ...     def scores(self, view, rows, draw):
    ...         return view.column("amount", rows).values
    >>> amount = Column(np.array([20.0, np.nan, 90.0, 50.0]))
    >>> view = SimpleNamespace(column=lambda name, rows: amount)
    >>> Largest().pick(view, np.array([3, 5, 8, 9]), 2, draw=None).rows.tolist()
    [8, 9]
    """

    confident = False
    """Whether the scores are the model's doubt: 1 less the chance of its likeliest class."""

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        """A number for each row, the higher the rather; NaN: only if no others are left."""
        raise undefined(self, "scores")

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        return Picked(rows[highest(self.scores(view, rows, draw), count, rows, draw)])


def highest(scores: np.ndarray, count: int, rows: Rows, draw: Draw) -> np.ndarray:
    """Places of the highest scores; of equal ones those that are drawn, and NaN is the lowest.

    Parameters
    ----------
    scores : numpy.ndarray of shape (n,)
    count : int
        From 1 to n.
    rows : Rows
    draw : callable

    Returns
    -------
    numpy.ndarray of shape (count,), int64
        Ascending.
    """
    low = -scores
    low[np.isnan(low)] = np.inf
    bound = np.partition(low, count - 1)[count - 1]
    sure = np.flatnonzero(low < bound)
    tied = np.flatnonzero(low == bound)
    left = count - len(sure)
    if left < len(tied):
        tied = tied[np.argpartition(draw(rows[tied]), left - 1)[:left]]
    return np.sort(np.concatenate([sure, tied]))


class Random(Scored):
    """At random: every candidate of a tick has the same chance.

    It is the yardstick, and what monitors and tests can be computed from.

    Examples
    --------
    >>> from clsim.strategy.curation import Buying, Fixed
    >>> curation = Buying(Random(), Fixed(20, per="1d"))

    >>> draws = np.array([0.9, 0.2, 0.6, 0.1])
    >>> picked = Random().pick(None, np.array([3, 5, 8, 9]), 2, draw=lambda rows: draws)
    >>> picked.rows.tolist(), picked.chances.tolist(), picked.kind
    ([5, 9], [0.5, 0.5], 'inclusion')
    """

    biased = None

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        return 1.0 - draw(rows)

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        picked = np.sort(rows[np.argpartition(draw(rows), count - 1)[:count]])
        return Picked(picked, np.full(count, count / len(rows)), "inclusion")


def chances_of(view: View, rows: Rows) -> np.ndarray:
    """Probabilities of the model that serves now, of shape (rows, classes); NaN without one."""
    model = view.champion
    return view.outcomes.chances(rows) if model is None else view.model(model).chances(rows)


def doubt(chances: np.ndarray, measure: str) -> np.ndarray:
    """How unsure probabilities are.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
    measure : {'confidence', 'margin', 'entropy'}

    Returns
    -------
    numpy.ndarray of shape (n,)
        1 - p1, 1 - (p1 - p2) of the two likeliest classes, or the entropy in nats; NaN where there
        are no probabilities.

    Examples
    --------
    >>> chances = np.array([[0.5, 0.3, 0.2]])
    >>> [round(float(doubt(chances, m)[0]), 3) for m in ("confidence", "margin", "entropy")]
    [0.5, 0.8, 1.03]
    """
    if measure == "confidence":
        return np.asarray(1.0 - chances.max(axis=1))
    if measure == "margin":
        if chances.shape[1] == 2:  # to the bit the same, and several times as fast
            return np.asarray(1.0 - np.abs(chances[:, 1] - chances[:, 0]))
        two = np.partition(chances, -2, axis=1)[:, -2:]
        return np.asarray(1.0 - (two[:, 1] - two[:, 0]))
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(chances == 0, 0.0, chances * np.log(chances))
    return np.asarray(-each.sum(axis=1))


def check_classes(what: str, schema: Schema) -> None:
    """Refuse a pick that goes by classes where there are none.

    Raises
    ------
    ValueError
    """
    if schema.task != "classification":
        raise ValueError(
            f"curation.pick: {what} is of classes, and the stream's task is regression; "
            "use PredictedLoss"
        )


MEASURES = ("confidence", "margin", "entropy")


class Uncertainty(Scored):
    """Where the model that serves is the least sure.

    Parameters
    ----------
    measure : {'confidence', 'margin', 'entropy'}, default='confidence'
        By the chance of the likeliest class, by how far it is above the second, or by the entropy
        of all (Settles, Active learning literature survey, 2009). Of two classes the order is the
        same.

    Notes
    -----
    It finds the rows that lie between the classes the model knows. It never asks where the model is
    sure and wrong, and under noisy labels it asks where no label helps.

    Examples
    --------
    >>> from clsim.strategy.curation import Buying, Fixed
    >>> curation = Buying(Uncertainty("margin"), Fixed(20, per="1d"))

    >>> from types import SimpleNamespace
    >>> chances = np.array([[0.5, 0.5], [0.875, 0.125]])
    >>> model = SimpleNamespace(chances=lambda rows: chances)
    >>> view = SimpleNamespace(champion=1, model=lambda number: model)
    >>> Uncertainty().scores(view, np.array([7, 8]), draw=None).tolist()
    [0.5, 0.125]
    >>> Uncertainty().pick(view, np.array([7, 8]), 1, draw=None).rows.tolist()
    [7]
    """

    reads_chances = True

    def __init__(self, measure: str = "confidence") -> None:
        check_choice("measure", measure, MEASURES)
        self.measure = measure
        self.confident = measure == "confidence"

    def check_schema(self, schema: Schema) -> None:
        check_classes("uncertainty", schema)

    def scores(self, view: View, rows: Rows, draw: Draw) -> np.ndarray:
        return doubt(chances_of(view, rows), self.measure)


class Matching(Pick):
    """Only rows that meet a rule of one's own, such as a suspected error.

    Parameters
    ----------
    where : clsim.monitoring.Where
    pick : Pick or None, default=None
        Which of them, if there are more than may be bought. None: at random.

    Examples
    --------
    >>> from clsim.monitoring import Where
    >>> pick = Matching(Where("elderly", {"age": {"at_least": 65}}))

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(column=lambda name, rows: Column(np.array([30.0, 65.0, 80.0])))
    >>> pick.among(view, np.array([3, 5, 8])).tolist()
    [5, 8]
    """

    biased = "rows that do not meet the rule have no chance to be picked"

    def __init__(self, where: Where, pick: Pick | None = None) -> None:
        check_object("where", where)
        if not callable(getattr(where, "mask", None)):
            raise TypeError(f"where={where!r}: expected a Where")
        self.where = where
        self.picks = as_pick("pick", Random() if pick is None else pick)
        self.reads_chances = self.picks.reads_chances
        self.reads_complaints = self.picks.reads_complaints
        self.keeps = self.picks.keeps

    def bind(self, clock: Any) -> None:
        self.picks.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        try:
            self.where.check_schema(schema)
        except ValueError as error:
            raise ValueError(f"curation.pick.where: {error}") from error
        self.picks.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.where.check_columns(column)
        self.picks.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.picks.check_rows(X)

    def among(self, view: View, rows: Rows) -> Rows:
        return self.picks.among(view, rows[self.where.mask(view, rows)])

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        return Picked(np.sort(self.picks.pick(view, rows, count, draw).rows))


class InProportion(Pick):
    """One row after the other, each with a chance in proportion to its score among those left.

    What is picked by its score alone cannot be undone; this can (`clsim.statistics.picked.lure`).

    Parameters
    ----------
    scored : Scored
        Gives the scores, of which negative ones and NaN count as 0.
    floor : float, default=0.1
        This part of the chance is spread evenly over all candidates, so that none has no chance.

    Notes
    -----
    Rows are ordered by -log(1 - u) / q for a uniform u and a share q: picking without replacement
    (Efraimidis and Spirakis, Weighted random sampling with a reservoir, 2006).

    Examples
    --------
    >>> pick = InProportion(Uncertainty("margin"))

    Scores of 1, 2 and 5, with next to no floor: the third is picked with a chance of 5 / 8, and
    then of 1 and 2 the second with 2 / 3:

    >>> class Given(Scored):
    ...     def scores(self, view, rows, draw):
    ...         return np.array([1.0, 2.0, 5.0])
    >>> half = lambda rows, text: np.full(len(rows), 0.5)
    >>> picked = InProportion(Given(), floor=1e-9).pick(None, np.array([3, 5, 8]), 2, half)
    >>> picked.rows.tolist(), picked.chances.round(4).tolist(), picked.kind
    ([8, 5], [0.625, 0.6667], 'sequence')
    """

    biased = None

    def __init__(self, scored: Scored, floor: float = 0.1) -> None:
        if not isinstance(as_pick("scored", scored), Scored):
            raise TypeError(
                f"scored: {type(scored).__name__} picks rows together and has no score for each; "
                "use one that has, such as Uncertainty"
            )
        check_number("floor", floor, above=0, high=1)
        self.scored, self.floor = scored, floor
        self.reads_chances = scored.reads_chances
        self.reads_complaints = scored.reads_complaints
        self.keeps = scored.keeps

    def bind(self, clock: Any) -> None:
        self.scored.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.scored.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.scored.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.scored.check_rows(X)

    def pick(self, view: View, rows: Rows, count: int, draw: Draw) -> Picked:
        scores = self.scored.scores(view, rows, draw)
        scores = np.where(scores > 0, scores, 0.0)  # NaN is not
        total = scores.sum()
        even = np.full(len(rows), 1.0 / len(rows))
        share = even if total == 0 else (1 - self.floor) * scores / total + self.floor * even
        apart = draw(rows, " in proportion")  # from what the scores may have drawn
        order = np.argsort(-np.log1p(-apart) / share, kind="stable")
        share = share[order]
        left = np.cumsum(share[::-1])[::-1]
        return Picked(rows[order[:count]], (share / left)[:count], "sequence")


def as_pick(key: str, given: Any) -> Pick:
    """A pick, or an error that names where it stands.

    Raises
    ------
    TypeError
    """
    check_object(key, given)
    if not isinstance(given, Pick):
        raise TypeError(f"{key}={given!r}: expected a Pick, such as Random()")
    return given
