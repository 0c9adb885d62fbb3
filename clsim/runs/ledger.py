"""Physical quantities of a run, and what they cost at given prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from clsim.clock import UNITS
from clsim.errors import check_number, unknown

ROW_BY_ROW = "row_by_row"
"""The reason of a ``train`` event that adds up the row-by-row updates of a tick."""

BOUGHT = "bought"
"""The reason of a ``label`` event of labels that were ordered."""

REVISION = "revision"
"""The reason of a ``label`` event of labels that were told otherwise before."""


MOST = 1e15
"""The largest price of a unit: sums of such are finite, and cents of them are counted."""


@dataclass(frozen=True)
class Prices:
    """What a unit of each quantity costs, in money of one currency; and the least score allowed.

    Attributes
    ----------
    error : float or matrix, default=1.0
        Per unit of the declared loss: for the zero-one loss, per wrong prediction. A matrix of
        shape (classes, classes) prices each answer by true and predicted class instead, in the
        order of the classes.
    retraining : float, default=20.0
        Per training started, the initial one apart; failed and rejected ones included.
    by_hand : float, default=0.0
        Per training too: the work of the people who start it, look at it and put it in place.
    row : float, default=0.0
        Per row trained on, row-by-row updates included, the initial training apart.
    label : float, default=0.0
        Per label that arrived by itself after the warm-up.
    bought : float, default=0.0
        Per label ordered.
    logged : float, default=0.0
        Per served event that is kept.
    profile : float, default=0.0
        Per profile that was computed, of one column, tick and slice.
    megabyte : float, default=0.0
        Per million bytes kept of the events that were served: rows, and profiles.
    vote : float, default=0.0
        Per vote of an annotator, for those labels.
    waiting : float, default=0.0
        Per label and day (row, where the stream has no time) from its event to its arrival.
    alarm : float, default=0.0
        Per alarm that somebody looked at.
    review : float, default=0.0
        Per review of a challenger by a person.
    repair : float, default=0.0
        Per call of a person to end what is broken, whether or not that succeeds.
    change : float, default=0.0
        Per answer that a change of the champion changed (`clsim.replay`, ``churn``).
    automation : float or None, default=None
        Per day, of machinery that trains by itself, in place of ``by_hand``. It is in no total:
        `clsim.analysis.choice.automation` says from how many retrainings it pays. None: nobody
        offers it.
    floor : float or None, default=None
        The least score over the whole replay of a strategy that may be recommended.
    currency : str, default='units'

    Raises
    ------
    TypeError, ValueError
        If a price is negative, not finite or above 1e15, the matrix of errors is not square, the
        floor is no finite number, or the currency no text.

    Examples
    --------
    >>> prices = Prices(error=2, retraining=60, currency="EUR")
    >>> prices.retraining, prices.by_hand
    (60, 0.0)
    """

    error: Any = 1.0
    retraining: float = 20.0
    by_hand: float = 0.0
    row: float = 0.0
    label: float = 0.0
    bought: float = 0.0
    logged: float = 0.0
    profile: float = 0.0
    megabyte: float = 0.0
    vote: float = 0.0
    waiting: float = 0.0
    alarm: float = 0.0
    review: float = 0.0
    repair: float = 0.0
    change: float = 0.0
    automation: float | None = None
    floor: float | None = None
    currency: str = "units"

    def __post_init__(self) -> None:
        if not isinstance(self.currency, str) or not self.currency:
            raise TypeError(f"prices.currency={self.currency!r}: expected text, such as EUR")
        for key in PER_UNIT:
            check_number(f"prices.{key}", getattr(self, key), low=0, high=MOST)
        if self.automation is not None:
            check_number("prices.automation", self.automation, low=0, high=MOST)
        if self.floor is not None:
            check_number("prices.floor", self.floor)
        if not isinstance(self.error, Sequence) or isinstance(self.error, str):
            check_number("prices.error", self.error, low=0, high=MOST)
            return
        rows = [tuple(row) if isinstance(row, Sequence) else () for row in self.error]
        if not rows or any(len(row) != len(rows) for row in rows):
            raise ValueError(
                f"prices.error={self.error!r}: a number, or a matrix with a row for each true and "
                "a column for each predicted class, such as [[0, 1], [5, 0]]"
            )
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                check_number(f"prices.error[{i}][{j}]", value, low=0, high=MOST)
        object.__setattr__(self, "error", tuple(rows))

    @property
    def by_class(self) -> bool:
        """Whether errors are priced by true and predicted class."""
        return isinstance(self.error, tuple)

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Prices:
        """Prices from a mapping, such as a file of YAML holds.

        Parameters
        ----------
        given : mapping of str to float
            By the names of the attributes; what it lacks has its default.

        Returns
        -------
        Prices

        Raises
        ------
        TypeError, ValueError
            For an unknown key, or a value that is none of its key.

        Examples
        --------
        >>> Prices.from_dict({"retraining": 60, "currency": "EUR"}).retraining
        60
        """
        names = [f.name for f in fields(cls)]
        for key in given:
            if key not in names:
                raise ValueError(f"prices: {unknown('price', key, names)}")
        return cls(**given)


PER_UNIT = {
    "retraining": "retrainings",
    "by_hand": "retrainings",
    "row": "rows_trained",
    "label": "labels",
    "bought": "bought",
    "logged": "logged",
    "profile": "profiles",
    "megabyte": "megabytes",
    "vote": "votes",
    "waiting": "waited",
    "alarm": "looked_at",
    "review": "reviews",
    "repair": "repairs",
    "change": "changed",
}
"""For each price of upkeep, the quantity that it is for."""

PAID = {
    "retraining": ("retrainings", "retraining"),
    "by_hand": ("work by hand", "retraining by hand"),
    "row": ("rows trained", "row trained on"),
    "label": ("labels", "label"),
    "bought": ("labels bought", "label bought"),
    "logged": ("events kept", "event kept"),
    "profile": ("profiles computed", "profile"),
    "megabyte": ("megabytes kept", "megabyte kept"),
    "vote": ("votes of annotators", "vote"),
    "waiting": ("days of waiting for labels", "label and day of waiting"),
    "alarm": ("alarms looked at", "alarm looked at"),
    "review": ("reviews", "review"),
    "repair": ("repairs", "repair"),
    "change": ("answers changed by a new champion", "changed answer"),
}
"""For each price of upkeep, what a reader calls what is paid for, and one of it."""


def _says(column: Any) -> Callable[[str], np.ndarray]:
    """Where a column of few words says one; they are told apart once, and compared as numbers."""
    codes, words = pd.factorize(np.asarray(column, dtype=object))
    code = {word: number for number, word in enumerate(words)}
    return lambda word: codes == code.get(word, -2)


def quantities(ticks: Any, events: Any, timed: bool, row_bytes: int) -> dict[str, float]:
    """Physical totals of a run.

    Parameters
    ----------
    ticks, events : pandas.DataFrame or dict of arrays
        As in `Run`.
    timed : bool
        Whether the stream has time, so that durations are microseconds.
    row_bytes : int
        Bytes of one event that is kept.

    Returns
    -------
    dict of str to float
        n, answered, errors, loss; retrainings (trainings started), failed, rejected, superseded,
        deployments, rows_trained (row-by-row updates included), updates (row by row), labels
        (those that came by themselves), bought (ordered), logged (events kept), profiles
        (computed), megabytes (a million bytes each, of events and profiles kept), deleted (rows
        that were kept until somebody asked that they go), votes, waited
        (days, or rows, from event to label, summed over ``labels``), revisions, trials (that ended
        with a verdict), rollbacks, reuses (of retired models), alarms, looked_at (of these, all
        that did not find nobody), reviews, adaptations, repairs (calls); initial_rows apart. Where
        it was counted, changed (answers that a change of the champion changed), and abstained
        (events that were left to somebody else; they are among those answered).

    Examples
    --------
    Two ticks of 10 events, one training on 15 rows, and 8 labels that waited 16 rows together.

    >>> ticks = pd.DataFrame({"slice": "all", "n": [10, 10], "answered": [10, 9], "errors": [2, 3],
    ...                       "loss": [2.0, 3.0]})
    >>> events = pd.DataFrame({"kind": ["train", "label"], "reason": ["periodic", None],
    ...                        "rows": [15, 8], "labels": [0, 8], "duration": [0, 16],
    ...                        "accepted": None})
    >>> found = quantities(ticks, events, timed=False, row_bytes=100)
    >>> {name: found[name] for name in ("n", "loss", "retrainings", "rows_trained", "waited")}
    {'n': 20, 'loss': 5.0, 'retrainings': 1, 'rows_trained': 15, 'waited': 16.0}
    >>> found["megabytes"]
    0.002
    """
    every = np.asarray(ticks["slice"]) == "all"
    kind, reason = _says(events["kind"]), _says(events["reason"])
    rows, labels = (np.asarray(events[name]) for name in ("rows", "labels"))
    length = np.asarray(events["duration"])
    length = length.astype("timedelta64[us]").astype(np.int64) / UNITS["d"] if timed else length
    train, initial, tested = kind("train"), kind("initial"), kind("offline_test")
    arrived, online = kind("label"), train & reason(ROW_BY_ROW)
    revision, bought = (arrived & reason(name) for name in (REVISION, BOUGHT))
    arrived &= ~revision & ~bought
    verdict = np.asarray(events["accepted"])
    if verdict.dtype.kind != "i":  # of a frame, where nothing is said as missing
        verdict = pd.Series(events["accepted"]).astype("Int8").fillna(-1).to_numpy()
    tried = kind("online_test") & (verdict >= 0)
    alarm = kind("alarm")
    logged = int(np.asarray(ticks["logged" if "logged" in ticks else "n"])[every].sum())
    profiles, kept, deleted = (
        int(np.asarray(ticks[name])[every].sum()) if name in ticks else 0
        for name in ("profiles", "profile_bytes", "deleted")
    )
    return {
        **served(ticks, every),
        "retrainings": int((train & ~online).sum()),
        "failed": int(kind("train_failed").sum()),
        "rejected": int((tested & (verdict == 0)).sum()),
        "superseded": int(kind("superseded").sum()),
        "deployments": int((kind("deploy") & (verdict != 0)).sum()),
        "rows_trained": int(rows[train].sum()),
        "updates": int(rows[online].sum()),
        "labels": int(labels[arrived].sum()),
        "bought": int(labels[kind("buy")].sum()),
        "logged": logged,
        "profiles": profiles,
        "megabytes": (logged * row_bytes + kept) / 1e6,
        "deleted": deleted,
        "votes": int(rows[arrived | bought].sum()),
        "waited": float(length[arrived].sum()),
        "revisions": int(labels[revision].sum()),
        "trials": int(tried.sum()),
        "rollbacks": int(kind("rollback").sum()),
        "reuses": int(kind("reuse").sum()),
        "alarms": int(alarm.sum()),
        "looked_at": int((alarm & (verdict != 0)).sum()),
        "reviews": int(kind("review").sum()),
        "adaptations": int(kind("adapt").sum()),
        "repairs": int(kind("repair").sum()),
        "initial_rows": int(rows[initial].sum()),
        **_counted(ticks, every),
    }


def _counted(ticks: Any, every: np.ndarray) -> dict[str, float]:
    """Quantities that ticks have where somebody asked for them."""
    there = [name for name in ("changed", "abstained") if name in ticks]
    return {name: int(np.asarray(ticks[name])[every].sum()) for name in there}


def served(ticks: Any, every: np.ndarray) -> dict[str, float]:
    """Of the totals of a run, those of its ticks alone: n, answered, errors and loss.

    Parameters
    ----------
    ticks : pandas.DataFrame or dict of arrays
        As in `Run`.
    every : numpy.ndarray of shape (rows,), bool
        Which of its rows are of all events.

    Returns
    -------
    dict of str to float
        n, answered, errors (NaN for a regression) and loss.

    Examples
    --------
    >>> ticks = pd.DataFrame({"slice": ["all", "a", "all"], "n": [10, 4, 10],
    ...                       "answered": [10, 4, 9], "errors": [2, 1, 3], "loss": [2.0, 1.0, 3.0]})
    >>> served(ticks, (ticks["slice"] == "all").to_numpy())
    {'n': 20, 'answered': 19, 'errors': 5.0, 'loss': 5.0}
    """
    n, answered, loss = (np.asarray(ticks[name])[every] for name in ("n", "answered", "loss"))
    missing = "errors" not in ticks or pd.isna(ticks["errors"]).all() or ticks["errors"][0] < 0
    errors = float("nan") if missing else float(ticks["errors"][every].sum())
    return {"n": int(n.sum()), "answered": int(answered.sum()), "errors": errors,
            "loss": float(loss.sum())}  # fmt: skip


def training_seconds(events: Any) -> tuple[float, float]:
    """Measured seconds of the first training, and of all others.

    Parameters
    ----------
    events : pandas.DataFrame or dict of arrays
        As in `Run`.

    Returns
    -------
    initial, others : float
        In seconds; what was not measured counts as 0.

    Examples
    --------
    >>> training_seconds({"kind": ["initial", "train", "label", "train"],
    ...                   "seconds": [2.0, 0.5, None, 0.25]})
    (2.0, 0.75)
    """
    kind = _says(events["kind"])
    seconds = np.asarray(events["seconds"], dtype=float)
    initial, train = (float(np.nansum(seconds[kind(name)])) for name in ("initial", "train"))
    return initial, train


def score_of(totals: Mapping[str, float], loss: str, unanswered: str) -> float | None:
    """The declared score over all events that count; None if there is none.

    Parameters
    ----------
    totals : mapping
        As `quantities` gives them.
    loss : str
        Kind of the loss: accuracy belongs to ``'zero_one'``, minus the mean loss to any other.
    unanswered : {'skip', 'wrong'}

    Returns
    -------
    float or None
        Higher is better.

    Examples
    --------
    Four of ten events were answered wrongly; or four of eight, if those without an answer are
    skipped.

    >>> totals = {"n": 10, "answered": 8, "loss": 4.0}
    >>> score_of(totals, "zero_one", "wrong"), score_of(totals, "zero_one", "skip")
    (0.6, 0.5)
    >>> score_of(totals, "squared", "skip")
    -0.5
    """
    counted = totals["n" if unanswered == "wrong" else "answered"]
    if not counted:
        return None
    mean = totals["loss"] / counted
    return float(1.0 - mean if loss == "zero_one" else -mean)


def upkeep(totals: Any, prices: Prices) -> Any:
    """Cost of keeping the model fresh: retrainings, rows and labels, errors apart.

    Parameters
    ----------
    totals : mapping or pandas.DataFrame
        Quantities of one run, or a column for each and a row per run.
    prices : Prices

    Returns
    -------
    float or pandas.Series
        In money: of one run, or one number per row.

    Raises
    ------
    ValueError
        If a quantity is missing whose price is not 0.

    Examples
    --------
    Three retrainings at 20, and 100 labels at 0.5.

    >>> upkeep({"retrainings": 3, "labels": 100}, Prices(retraining=20, label=0.5))
    110.0
    """
    units = units_of(totals, prices).items()
    return sum(getattr(prices, price) * totals[name] for price, name in units)


def units_of(totals: Any, prices: Prices) -> dict[str, str]:
    """For each price of upkeep, the quantity that it is for, of those that are there.

    Work by hand is among them where it costs something: otherwise it is the price of a retraining
    a second time.

    Parameters
    ----------
    totals : mapping or pandas.DataFrame
        As for `upkeep`.
    prices : Prices

    Returns
    -------
    dict of str to str
        By the name of a price, as in `Prices`, that of its quantity, as in `quantities`.

    Raises
    ------
    ValueError
        If a quantity is missing whose price is not 0.

    Examples
    --------
    >>> units_of({"retrainings": 3, "labels": 100}, Prices())
    {'retraining': 'retrainings', 'label': 'labels'}
    >>> units_of({"labels": 100}, Prices(retraining=20))
    Traceback (most recent call last):
    ValueError: prices.retraining: there are no quantities 'retrainings'
    """
    units = {price: name for price, name in PER_UNIT.items() if name in totals}
    if not prices.by_hand:
        units.pop("by_hand", None)
    for price in PER_UNIT.keys() - units.keys():
        if getattr(prices, price):
            raise ValueError(f"prices.{price}: there are no quantities {PER_UNIT[price]!r}")
    return units


def error_cost(
    totals: Any, prices: Prices, confusion: pd.DataFrame | None = None, classes: Any = ()
) -> Any:
    """Cost of what was served: the loss at its price, or each answer at that of its classes.

    Parameters
    ----------
    totals : mapping or pandas.DataFrame
        Quantities of one run, or without prices by class a column for each and a row per run.
    prices : Prices
    confusion : pandas.DataFrame or None, default=None
        As in `Run`; read for prices by class alone.
    classes : sequence, default=()
        The classes of the stream, in order; likewise.

    Returns
    -------
    float or pandas.Series
        In money: of one run, or without prices by class one number per row.

    Raises
    ------
    ValueError
        If errors are priced by class, and the run has other classes or none.

    Examples
    --------
    Four errors at 2 each; or three missed at 5 and one false alarm at 1.

    >>> error_cost({"loss": 4.0}, Prices(error=2))
    8.0
    >>> answers = pd.DataFrame({"slice": "all", "y_true": [0, 0, 1, 1], "y_pred": [0, 1, 0, 1],
    ...                         "n": [10, 1, 3, 6]})
    >>> error_cost({"loss": 4.0}, Prices(error=[[0, 1], [5, 0]]), answers, [0, 1])
    16.0
    """
    if not prices.by_class:
        return prices.error * totals["loss"]
    if np.any(totals.get("abstained", 0)):
        raise ValueError(
            "prices.error: a matrix prices answers that are classes, and some events were left to "
            "somebody else; give the matrix as the loss, beside the abstention's, and one price"
        )
    matrix = np.asarray(prices.error, dtype=float)
    if confusion is None or len(classes) != len(matrix):
        raise ValueError(
            f"prices.error: a matrix of {len(matrix)} classes, and the run has {len(classes)}"
        )
    every = confusion[confusion["slice"] == "all"]
    position = {label: code for code, label in enumerate(classes)}
    true, predicted = (every[name].map(position).to_numpy() for name in ("y_true", "y_pred"))
    return float((matrix[true, predicted] * every["n"].to_numpy()).sum())


def cost(
    totals: Any, prices: Prices, confusion: pd.DataFrame | None = None, classes: Any = ()
) -> Any:
    """Total cost: that of what was served, and the upkeep; arguments as for `error_cost`.

    Parameters
    ----------
    totals, prices, confusion, classes
        As for `error_cost`.

    Returns
    -------
    float or pandas.Series
        As `error_cost` gives it.

    Raises
    ------
    ValueError
        As `error_cost` and `upkeep` do.

    Examples
    --------
    Four errors at 1, and three retrainings at 20.

    >>> cost({"loss": 4.0, "retrainings": 3}, Prices(error=1, retraining=20))
    64.0
    """
    return error_cost(totals, prices, confusion, classes) + upkeep(totals, prices)
