"""Evaluation sets: the labelled rows on which models are tested, and what they stand for."""

from __future__ import annotations

import hashlib

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_choice, check_flag, check_number, unknown
from clsim.protocols import EvaluationSet, Part, completed
from clsim.statistics.picked import PICKED, PREDICTION_POWERED
from clsim.types import NEVER_TIME, Rows, Schema
from clsim.view import View

HELD_OUT, EVALUATION = "held_out", "evaluation"
"""The rows on which models are compared."""

JOINED = "joined"
"""A row stands for 1 over the chance with which it joined a set."""

NONE = np.empty(0, dtype=np.int64)


def version(rows: Rows) -> str:
    """A digest of some rows: equal for the same rows, and for no others.

    Parameters
    ----------
    rows : Rows

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> version(np.arange(3)) == version(np.array([0, 1, 2])), version(np.arange(3))
    (True, 'cf5ddb2411b6887b')
    """
    return hashlib.blake2b(rows.astype("<i8").tobytes(), digest_size=8).hexdigest()


class Labelled(EvaluationSet):
    """What the sets of this module share: mature rows, slices, and what is told of a set.

    Parameters
    ----------
    mature : int, str or None
        Only events older than this belong to it (rows, or a duration), so that labels that come
        fast do not count more than those that come slowly; of them, those without a label are
        skipped, and counted. None: every label that has arrived.
    by : str or None
        A column of slices: numbers of rows are then of each slice.

    Raises
    ------
    TypeError, ValueError
        If ``mature`` is no duration or ``by`` no text; before the first tick, if the stream has no
        such column of slices.

    Examples
    --------
    The last three rows that the champion never saw, and how many ticks old their ends are:

    >>> from types import SimpleNamespace
    >>> class LastThree(Labelled):
    ...     def rows(self, view):
    ...         return view.latest_unseen(3)
    >>> found = LastThree(mature=None, by=None)
    >>> view = SimpleNamespace(  # what is asked of a view here: row i was served in tick i
    ...     latest_unseen=lambda count: np.array([2, 4, 5]), ages=lambda rows: 9 - rows
    ... )
    >>> told = found.told(view, found.rows(view))
    >>> told["gap"], told["oldest"], told["version"] == version(np.array([2, 4, 5]))
    (4.0, 7.0, True)
    """

    def __init__(self, mature: Duration | None, by: str | None) -> None:
        self.mature = None if mature is None else as_duration(mature, "mature")
        if by is not None and not isinstance(by, str):
            raise TypeError(f"by={by!r}: expected the name of a column of slices")
        self.by = by
        self._mature = 0

    def bind(self, clock: Clock) -> None:
        if self.mature is not None:
            self._mature = clock.units(self.mature, "offline.mature")

    def check_schema(self, schema: Schema) -> None:
        if self.by is not None and self.by not in schema.slices:
            named = unknown("column of slices", self.by, schema.slices)
            raise ValueError(
                f"offline.by: {named if schema.slices else 'the stream has no slices'}"
            )

    def waits(self) -> int:
        return self._mature

    def told(self, view: View, rows: Rows) -> dict[str, float | str]:
        detail: dict[str, float | str] = {"version": version(rows)}
        if len(rows):
            oldest, newest = view.ages(rows[[0, -1]]).tolist()
            detail |= {"gap": float(newest), "oldest": float(oldest)}
            if self.mature is not None:
                of_age = view.stretch(int(rows[0]), self._of_age(view))
                detail["unlabelled"] = float((~view.labels.known(of_age)).sum())
        return detail

    def _of_age(self, view: View) -> int:
        """The first row that is too young."""
        return view.row_at(view.now - self._mature + 1)

    def _mature_of(self, view: View, rows: Rows) -> Rows:
        if self.mature is None:
            return rows
        return rows[: np.searchsorted(rows, self._of_age(view))]

    def _last(self, view: View, rows: Rows, count: int) -> Rows:
        """The last so many rows, of all or of each slice."""
        if self.by is None:
            return rows[max(0, len(rows) - count) :]
        codes = view.slices(rows)[self.by]
        last = [rows[codes == code][-count:] for code in range(len(view.schema.slices[self.by]))]
        return np.sort(np.concatenate(last))


class Newest(Labelled):
    """The newest labelled rows on which the champion never trained.

    They are held out of the training at hand, and of no other: what is held out today is trained
    on tomorrow. Where labels are late, the newest labelled rows are old: how old is told as
    ``gap``.

    Parameters
    ----------
    rows : int or str, default=500
        Number of rows, or a duration: rows of that last stretch of time. With ``by``, of each
        slice.
    using : {'held_out', 'evaluation'}, default='held_out'
        ``'evaluation'``: of the labels that were bought for evaluation alone (``evaluation`` of
        `clsim.strategy.curation.Buying`). No model ever trains on them.
    weigh : {'picked', 'prediction_powered'} or None, default=None
        ``'picked'``: each row stands for 1/P(picked), and rows whose label was not bought by
        chance are left out. ``'prediction_powered'``: they are, and what is expected of all events
        mends them, as `clsim.strategy.offline.ChampionChallenger` says.
    mature : int, str or None, default=None
        Only events older than this (rows, or a duration): a duration of rows ends there too. Of
        the rows that are old enough, those without a label are skipped, and counted.
    by : str or None, default=None
        A column of slices: so many rows of each slice. A rare slice then counts as much as a
        frequent one in what is found over all rows.

    Examples
    --------
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> gate = ChampionChallenger(Newest(300, mature="14d"))

    Of the rows that the champion never saw, the last two:

    >>> from types import SimpleNamespace
    >>> newest = Newest(2)
    >>> newest.bind(Clock.of(False, tick=5))
    >>> newest.rows(SimpleNamespace(unseen=lambda: np.array([4, 7, 9]))).tolist()
    [7, 9]
    """

    def __init__(
        self,
        rows: Duration = 500,
        using: str = HELD_OUT,
        weigh: str | None = None,
        mature: Duration | None = None,
        by: str | None = None,
    ) -> None:
        super().__init__(mature, by)
        check_choice("using", using, (HELD_OUT, EVALUATION))
        check_choice("weigh", weigh, (None, PICKED, PREDICTION_POWERED))
        self.size = as_duration(rows, "rows", positive=True)
        if by is not None and not isinstance(self.size, int):
            raise ValueError(f"rows={rows!r}: with by, a number of rows of each slice")
        if by is not None and weigh is not None:
            raise ValueError(f"by={by!r}: so many rows of each slice stand for nothing else; "
                             "leave out by, or weigh")  # fmt: skip
        self.using, self.on_evaluation = using, using == EVALUATION
        self.weigh, self.undoes_picks = weigh, weigh is not None
        every = mature is None and by is None and weigh is None and not self.on_evaluation
        self.plain = self.size if every else None  # neither mature, nor of slices, nor bought

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if not isinstance(self.size, int):
            self._length = clock.units(self.size, "offline.holdout")

    def rows(self, view: View) -> Rows:
        rows = view.labels.evaluation() if self.on_evaluation else view.unseen()
        if self.undoes_picks:
            rows = rows[~np.isnan(view.labels.stands_for(rows))]
        rows = self._mature_of(view, rows)
        if isinstance(self.size, int):
            return self._last(view, rows, self.size)
        since = view.now - self._mature - self._length
        return rows[np.searchsorted(rows, view.row_at(since)) :]


class Fixed(Labelled):
    """A part of the warm-up on which no model ever trains, the first one included.

    Every challenger is judged on the same rows, so scores of different weeks can be compared; but
    they say how models do in the world of then.

    Parameters
    ----------
    rows : int, default=500
        Number of rows; with ``by``, of each slice.
    pick : {'random', 'newest'}, default='random'
        Which labelled rows of the warm-up: drawn by the seed, or the last ones.
    mature, by
        As for `Newest`; how old a row is at the end of the warm-up.

    Notes
    -----
    What logging keeps for a time alone leaves the set when its time is over, and the version
    changes.

    Examples
    --------
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> gate = ChampionChallenger(Fixed(200))

    The two newest of the warm-up, for as long as they are kept:

    >>> from types import SimpleNamespace
    >>> fixed = Fixed(2, pick="newest")
    >>> for tick, labelled in ((0, np.arange(6)), (1, np.arange(9))):
    ...     view = SimpleNamespace(tick=tick, labelled=lambda: labelled, usable=lambda rows: rows)
    ...     print(tick, fixed.rows(view))
    0 [4 5]
    1 [4 5]
    """

    def __init__(
        self,
        rows: int = 500,
        pick: str = "random",
        mature: Duration | None = None,
        by: str | None = None,
    ) -> None:
        super().__init__(mature, by)
        check_number("rows", rows, whole=True, low=1)
        check_choice("pick", pick, ("random", "newest"))
        self.size, self.pick = rows, pick
        self._fixed: Rows | None = None

    def needs(self) -> tuple[str, int]:
        return "offline.rows", self.size + 1

    def reserved(self, view: View) -> Rows:
        if self._fixed is None:
            self._fixed = self._drawn(view)
        return view.usable(self._fixed)

    def rows(self, view: View) -> Rows:
        return self.reserved(view)

    def _drawn(self, view: View) -> Rows:
        if view.tick > 0:
            return NONE
        rows = self._mature_of(view, view.labelled())
        if self.pick == "newest":
            return self._last(view, rows, self.size)
        order = rows[np.argsort(view.uniform("evaluation", rows), kind="stable")]
        return np.sort(self._last(view, order[::-1], self.size))


class EdgeCases(Part):
    """Rows that a deployed model got wrong, badly enough to be remembered.

    Parameters
    ----------
    above : float, default=0.0
        The loss of what was answered must be above this. With the zero-one loss and 0: every
        error; with money, an amount.
    complained : bool, default=False
        Whether the user must have complained too.
    share : float, default=1.0
        The share of them that joins, drawn by row.

    Examples
    --------
    >>> EdgeCases(complained=True, share=0.5).share
    0.5
    """

    def __init__(self, above: float = 0.0, complained: bool = False, share: float = 1.0) -> None:
        check_number("above", above, low=0)
        check_number("share", share, above=0, high=1)
        check_flag("complained", complained)
        self.above, self.complained, self.share = above, complained, share

    def among(self, view: View, rows: Rows) -> np.ndarray:
        """Which of some labelled rows are edge cases by now, as a mask."""
        found = view.outcomes.losses(rows) > self.above  # not where nobody answered
        if self.complained:
            found &= view.outcomes.complaints(rows) != NEVER_TIME
        return found


class Growing(Labelled):
    """A set that grows: a share of all labelled rows, edge cases, and labels bought for it.

    What has joined stays, and no model trains on it from then on. A row that became an edge case
    when a model had trained on it is kept from later trainings, and models that trained on it are
    not judged by it.

    Parameters
    ----------
    share : float, default=0.1
        The share of all labelled rows that joins as soon as the label is there, drawn by row.
    edges : EdgeCases or None, default=None
        Rows that join too, since a deployed model got them wrong.
    bought : bool, default=False
        Whether labels that were bought for evaluation alone belong to it.
    weigh : {'joined', 'picked'} or None, default='joined'
        ``'joined'``: each row stands for 1 over the chance with which it joined, the greater of
        both shares for an edge case and else ``share``, so that what is found holds for all
        labelled rows. ``'picked'``, where all rows are bought: each stands for 1/P(picked). None:
        all count the same.
    limit : int or None, default=None
        Models are judged on the newest so many rows; with ``by``, of each slice. What is older is
        still not trained on.
    mature, by
        As for `Newest`.

    Raises
    ------
    ValueError
        If nothing could join, or weights cannot undo how it joined.

    Notes
    -----
    On edge cases alone, a champion that made them loses by construction: a challenger that is no
    better errs on other rows. Without weights such a set is a test of the old errors, and no
    comparison of models.

    Examples
    --------
    >>> from clsim.strategy.offline import ChampionChallenger
    >>> gate = ChampionChallenger(Growing(0.05, EdgeCases(), limit=2_000))

    Rows with a number below .25 join, and stay:

    >>> from types import SimpleNamespace
    >>> view = SimpleNamespace(
    ...     tick=3, labelled=lambda: np.arange(4), usable=lambda rows: rows,
    ...     uniform=lambda role, rows: np.array([0.1, 0.7, 0.2, 0.9]),
    ... )
    >>> Growing(0.25).reserved(view).tolist()
    [0, 2]
    """

    def __init__(
        self,
        share: float = 0.1,
        edges: EdgeCases | None = None,
        bought: bool = False,
        weigh: str | None = JOINED,
        limit: int | None = None,
        mature: Duration | None = None,
        by: str | None = None,
    ) -> None:
        super().__init__(mature, by)
        check_number("share", share, low=0, high=1)
        check_choice("weigh", weigh, (None, JOINED, PICKED))
        if limit is not None:
            check_number("limit", limit, whole=True, low=1)
        check_flag("bought", bought)
        if edges is not None:
            edges = completed("offline.edges", edges, EdgeCases, "among")
        self.share, self.edges, self.bought, self.limit = share, edges, bought, limit
        self.weigh, self.undoes_picks = weigh, weigh == PICKED
        self.on_evaluation = bought
        self.reads_complaints = edges is not None and edges.complained
        self._found = NONE
        self._check_weights()

    def _check_weights(self) -> None:
        alone = self.share == 0 and self.edges is None
        if alone and not self.bought:
            raise ValueError("share=0: nothing would ever join; give a share, edges or bought")
        if self.weigh == JOINED and (self.bought or self.share == 0):
            why = "bought labels join by another chance" if self.bought else "share is 0"
            raise ValueError(
                f"weigh='joined': {why}, so rows do not stand for all labelled rows; give "
                "weigh=None to count all the same"
                + (", or 'picked' where all are bought" if self.bought else ", or a share")
            )
        if self.weigh == PICKED and not (self.bought and alone):
            raise ValueError(
                "weigh='picked': only labels that were bought for it are picked by a known chance; "
                "give bought=True, share=0 and no edges, or weigh='joined'"
            )
        if self.by is not None and self.limit is None:
            raise ValueError(f"by={self.by!r}: give a limit, the number of rows of each slice")
        if self.by is not None and self.weigh is not None:
            raise ValueError(
                f"by={self.by!r}: so many rows of each slice stand for nothing else; leave out by, "
                "or give weigh=None"
            )

    def reserved(self, view: View) -> Rows:
        rows = view.labelled()
        draw = view.uniform("evaluation", rows)
        inside = draw < self.share
        if self.edges is not None:
            self._found = view.usable(self._found)
            may = rows[~inside & (draw < self.edges.share)]
            may = np.setdiff1d(may, self._found, assume_unique=True)
            self._found = np.union1d(self._found, may[self.edges.among(view, may)])
            inside |= np.isin(rows, self._found, assume_unique=True)
        return rows[inside]

    def rows(self, view: View) -> Rows:
        rows = np.intersect1d(self.reserved(view), view.unseen(), assume_unique=True)
        if self.bought:
            rows = np.union1d(rows, view.labels.evaluation())
        rows = self._mature_of(view, rows)
        return rows if self.limit is None else self._last(view, rows, self.limit)

    def weights(self, view: View, rows: Rows) -> np.ndarray | None:
        if self.weigh != JOINED:
            return super().weights(view, rows)
        chances = np.full(len(rows), self.share)
        if self.edges is not None and self.edges.share > self.share:
            edge = np.isin(rows, self._found) | self.edges.among(view, rows)
            chances[edge] = self.edges.share
        return 1 / chances
