"""Forgetting and backward transfer: what is left of a concept when it comes back."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clsim.analysis.behaviour.ticks import clock_units, scored_events, ticks_of
from clsim.analysis.compare.comparison import mean_score
from clsim.errors import check_number
from clsim.runs.run import Run


@dataclass(frozen=True)
class Transfer:
    """What is left of a concept when it comes back.

    Attributes
    ----------
    occurrences : pandas.DataFrame
        One row per turn of a concept: concept, occurrence (from 0), first, last (tick), n, score
        (of the whole turn), opening and closing (score of its first and last ``edge`` ticks), and,
        from a concept's second turn on, ``transfer`` (its opening minus the closing of its turn
        before) and ``forgetting`` (the best closing so far minus its opening).
    backward_transfer : float
        Mean of ``transfer``; below 0: forgetting. NaN if no concept came back.
    forgetting : float
        Mean of ``forgetting``.
    """

    occurrences: pd.DataFrame
    backward_transfer: float
    forgetting: float


def transfer(
    run: Run, concepts: ArrayLike | None = None, *, edge: int = 1, slice: str = "all"
) -> Transfer:
    """Forgetting and backward transfer on recurring concepts.

    Lopez-Paz & Ranzato (2017) learn T tasks one after the other; with R[i, j] the accuracy on task
    j after task i, the backward transfer is the mean over j < T of R[T, j] - R[j, j]. Here a task
    is a turn of a concept; R[j, j] is the score at its close, and it is tested again when
    the concept comes back: the score at the opening of its next turn, before its new labels are
    learned. Forgetting after Chaudhry et al. (2018) takes the best of its earlier closings instead
    of the last. A model that retrains within ``edge`` ticks on labels of the new turn hides
    forgetting: keep it short.

    Parameters
    ----------
    run : Run
    concepts : array-like of int, shape (ticks,), optional
        Which concept each tick has. Default: from the recurring drift in ``run.info.drifts``,
        whose concepts are numbered in order of their turns, 0 being the stream's own. Of a
        stream with `truth`: the column with the largest weight.
    edge : int, default=1
        Ticks at the opening and the close of a turn.
    slice : str, default='all'

    Returns
    -------
    Transfer
        ``occurrences``, one row per turn of a concept, and the means ``backward_transfer`` and
        ``forgetting`` in units of the score, NaN where no concept came back.

    Raises
    ------
    ValueError
        If the concepts are not given and the run has no recurring drift.

    References
    ----------
    Lopez-Paz & Ranzato (2017), Gradient episodic memory for continual learning. NeurIPS.
    Chaudhry, Dokania, Ajanthan & Torr (2018), Riemannian walk for incremental learning. ECCV.

    Examples
    --------
    A concept that is left with a score of 0.9 and opens with 0.6 when it comes back: a backward
    transfer of -0.3.

    >>> from clsim.runs.info import RunInfo
    >>> ticks = pd.DataFrame({"tick": range(4), "slice": "all", "n": 10, "answered": 10,
    ...                       "loss": [2.0, 1.0, 3.0, 4.0]})
    >>> found = transfer(Run({"ticks": ticks}, RunInfo()), [0, 0, 1, 0])
    >>> found.occurrences[["concept", "first", "last", "opening", "closing"]].values.tolist()
    [[0.0, 0.0, 1.0, 0.8, 0.9], [1.0, 2.0, 2.0, 0.7, 0.7], [0.0, 3.0, 3.0, 0.6, 0.6]]
    >>> round(found.backward_transfer, 6), round(found.forgetting, 6)
    (-0.3, 0.3)
    """
    check_number("edge", edge, whole=True, low=1)
    ticks = ticks_of(run, slice)
    loss, n = ticks["loss"].to_numpy(float), scored_events(run, ticks)
    which = _recurring(run) if concepts is None else np.asarray(concepts)
    if which.shape != (len(loss),):
        raise ValueError(
            f"concepts: shape {which.shape}; expected one for each of {len(loss)} ticks"
        )

    def score(first: int, last: int) -> float:
        return float(mean_score(loss[first:last].sum(), n[first:last].sum(), run.info.loss))

    edges = [0, *(np.flatnonzero(np.diff(which)) + 1).tolist(), len(which)]
    closings: dict[int, list[float]] = {}
    rows = []
    for first, end in itertools.pairwise(edges):
        concept = int(which[first])
        earlier = closings.setdefault(concept, [])
        opening = score(first, min(first + edge, end))
        closing = score(max(end - edge, first), end)
        rows.append(
            {
                "concept": concept,
                "occurrence": len(earlier),
                "first": first,
                "last": end - 1,
                "n": int(n[first:end].sum()),
                "score": score(first, end),
                "opening": opening,
                "closing": closing,
                "transfer": opening - earlier[-1] if earlier else np.nan,
                "forgetting": max(earlier) - opening if earlier else np.nan,
            }
        )
        earlier.append(closing)
    table = pd.DataFrame(rows)
    return Transfer(table, float(table["transfer"].mean()), float(table["forgetting"].mean()))


def _recurring(run: Run) -> np.ndarray:
    """The concept at the start of each tick: turns that follow without a gap count up."""
    starts = clock_units(ticks_of(run)["start"])
    turns = sorted((d.start, d.end) for d in run.info.drifts if d.kind == "recurring")
    if not turns:
        raise ValueError(
            "concepts: the run has no recurring drift; say which concept each tick has"
        )
    which = np.zeros(len(starts), dtype=np.int64)
    number, end = 0, None
    for first, last in turns:
        number = number + 1 if first == end else 1
        which[(starts >= first) & (starts < last)] = number
        end = last
    return which
