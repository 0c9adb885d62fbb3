"""Distances between two samples of whole rows: what no feature shows alone.

Rows are numbers, one column each, of comparable spread and without missing values, as
`clsim.monitoring.projections.Encoding` makes them. Those that look at all pairs of rows cost the
square of their number, so they are meant for `ROWS` rows a window at most: see `drawn`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clsim.errors import check_number
from clsim.monitoring.distances import earth_mover

ROWS = 500
"""Rows of a window that are compared pair by pair: then a distance costs some ten milliseconds."""

Between = Callable[[np.ndarray], np.ndarray]
"""Takes which rows are the reference's, masks of shape (k, n), and gives k distances."""


def drawn(rows: np.ndarray, draws: np.ndarray, most: int = ROWS) -> np.ndarray:
    """At most so many of a window's rows: those whose draws are the least, in the order given.

    With draws that belong to the rows (`clsim.randomness.uniform`) windows that overlap keep the
    same rows of what they share, so that a signal does not jump because others were drawn.

    Parameters
    ----------
    rows : numpy.ndarray of shape (n,)
    draws : numpy.ndarray of shape (n,)
        A uniform number for each row.
    most : int, default=500

    Examples
    --------
    >>> drawn(np.array([10, 11, 12, 13]), np.array([0.3, 0.9, 0.1, 0.2]), most=2).tolist()
    [12, 13]
    """
    check_number("most", most, whole=True, low=1)
    return rows[np.sort(np.argsort(draws, kind="stable")[:most])]


def mmd(reference: np.ndarray, current: np.ndarray, width: float | None = None) -> float:
    """The squared maximum mean discrepancy, unbiased: around 0, and below it too, without drift.

    With the kernel exp(-d² / (2 width²)) of the Euclidean distance d (Gretton et al., Journal of
    Machine Learning Research, 2012, equation 3).

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n, d), (m, d)
        At least two rows each.
    width : float or None, default=None
        None: the median distance between two rows of both samples together (the mean of those that
        are not 0, if the median is).

    Returns
    -------
    float
        At most 2. 0 if all rows are equal.

    Raises
    ------
    ValueError
        For fewer than two rows, other columns, or what is not finite.

    Examples
    --------
    >>> round(mmd(np.array([[0.0], [1]]), np.array([[100.0], [101]]), width=1.0), 6)  # 2 exp(-1/2)
    1.213061
    """
    rows, mask = _together(reference, current, 2)
    return float(mmd_between(rows, width)(mask)[0])


def mmd_between(rows: np.ndarray, width: float | None = None) -> Between:
    """`mmd` for any way to deal out the same rows: the kernel is computed once.

    Parameters
    ----------
    rows : numpy.ndarray of shape (n, d)
        Of both samples.
    width : float or None, default=None
    """
    from scipy.spatial.distance import pdist, squareform

    if width is not None:
        check_number("width", width, above=0)
    apart = pdist(rows)
    width = _median(apart) if width is None else width
    kernel = squareform(np.exp(-(apart**2) / (2 * width**2)))  # 0 on the diagonal: no row with self

    def between(reference: np.ndarray) -> np.ndarray:
        within, across, others = _sums(kernel, reference)
        n = reference.sum(axis=1)
        m = reference.shape[1] - n
        return within / (n * (n - 1)) + others / (m * (m - 1)) - 2 * across / (n * m)

    return between


def energy(reference: np.ndarray, current: np.ndarray) -> float:
    """The energy distance: the root of 2 E|X - Y| - E|X - X'| - E|Y - Y'|; a metric.

    For one column `clsim.monitoring.distances.energy`, at the cost of all pairs (Székely & Rizzo,
    Journal of Statistical Planning and Inference, 2013).

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n, d), (m, d)

    Raises
    ------
    ValueError
        For no rows, other columns, or what is not finite.

    Examples
    --------
    >>> round(energy(np.array([[0.0, 0]]), np.array([[3.0, 4]])), 6)  # the root of twice 5
    3.162278
    """
    rows, mask = _together(reference, current, 1)
    return float(energy_between(rows)(mask)[0])


def energy_between(rows: np.ndarray) -> Between:
    """`energy` for any way to deal out the same rows: distances are computed once.

    Parameters
    ----------
    rows : numpy.ndarray of shape (n, d)
        Of both samples.
    """
    from scipy.spatial.distance import pdist, squareform

    apart = squareform(pdist(rows))

    def between(reference: np.ndarray) -> np.ndarray:
        within, across, others = _sums(apart, reference)
        n = reference.sum(axis=1)
        m = reference.shape[1] - n
        squared = 2 * across / (n * m) - within / n**2 - others / m**2
        return np.sqrt(np.maximum(squared, 0))

    return between


def directions(columns: int, count: int, generator: np.random.Generator) -> np.ndarray:
    """Directions that are equally likely to point anywhere.

    Returns
    -------
    numpy.ndarray of shape (columns, count)
        Each column has length 1.
    """
    check_number("count", count, whole=True, low=1)
    drawn = generator.standard_normal((columns, count))
    return drawn / np.linalg.norm(drawn, axis=0)


def sliced_earth_mover(
    reference: np.ndarray, current: np.ndarray, directions: np.ndarray
) -> float:  # fmt: skip
    """The earth mover's distance along each of some directions, on average.

    Rabin et al. (Scale Space and Variational Methods in Computer Vision, 2011). It costs a sort a
    direction, so it can look at all rows.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n, d), (m, d)
    directions : numpy.ndarray of shape (d, k)
        Such as those of `directions`; the same for every window.

    Examples
    --------
    >>> square = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    >>> sliced_earth_mover(square, square + [3, 1], np.eye(2))
    2.0
    """
    rows, mask = _together(reference, current, 1)
    if len(directions) != rows.shape[1]:
        raise ValueError(f"directions for {len(directions)} columns; there are {rows.shape[1]}")
    along = np.einsum("ij,jk->ki", rows, directions)
    n = int(mask.sum())
    return float(np.mean([earth_mover(each[:n], each[n:]) for each in along]))


def classifier(
    reference: np.ndarray,
    current: np.ndarray,
    random_state: int,
    learner: Any = None,
    folds: int = 5,
) -> float:
    """How well a classifier tells current rows from those of the reference: its AUC out of fold.

    Lopez-Paz & Oquab (ICLR, 2017), with the area under the ROC curve, which needs no equal sizes:
    .5 without drift, 1 when each row gives away its sample. The mean over folds, each of which is
    unbiased.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n, d), (m, d)
        At least as many rows each as there are folds.
    random_state : int
        Deals rows to folds, and seeds the learner if it has a parameter of this name.
    learner : scikit-learn classifier or None, default=None
        None: thirty small boosted trees, which also see a change of spread or of an interaction (a
        quarter of a second for twice 500 rows of twenty columns).
    folds : int, default=5

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 2))
    >>> classifier(rows, rows + 9, random_state=0)
    1.0
    """
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from threadpoolctl import threadpool_limits

    check_number("folds", folds, whole=True, low=2)
    rows, mask = _together(reference, current, folds)
    learner = _learner(learner, random_state)
    split = StratifiedKFold(folds, shuffle=True, random_state=random_state)
    with threadpool_limits(1):  # bits do not hang on their number
        scores = cross_val_score(
            learner, rows, ~mask[0], cv=split, scoring="roc_auc", error_score="raise"
        )  # fmt: skip
    return float(scores.mean())


def classifier_p_value(
    reference: np.ndarray, current: np.ndarray, random_state: int, learner: Any = None
) -> float:
    """How likely a classifier is to tell the samples apart so well, if nothing has changed.

    It learns from one half of the rows of each side, and the ranks of its scores for the other half
    are tested (Mann-Whitney, one-sided, scipy's): given the classifier, these are independent of it
    and of each other. So fewer rows decide than with `classifier`, whose folds share rows.

    Parameters
    ----------
    reference, current : numpy.ndarray of shape (n, d), (m, d)
        At least four rows each.
    random_state, learner
        As for `classifier`.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 2))
    >>> classifier_p_value(rows, rows + 9, random_state=0) < 1e-9
    True
    """
    from scipy.stats import mannwhitneyu
    from sklearn.model_selection import train_test_split
    from threadpoolctl import threadpool_limits

    rows, mask = _together(reference, current, 4)
    learner = _learner(learner, random_state)
    learned, asked, now, then = train_test_split(
        rows, ~mask[0], test_size=0.5, stratify=~mask[0], random_state=random_state
    )
    with threadpool_limits(1):
        scores = learner.fit(learned, now).predict_proba(asked)[:, 1]
    return float(mannwhitneyu(scores[then], scores[~then], alternative="greater").pvalue)


def _learner(learner: Any, random_state: int) -> Any:
    """A classifier that has learned nothing, seeded."""
    from sklearn.base import clone
    from sklearn.ensemble import HistGradientBoostingClassifier

    if learner is None:
        learner = HistGradientBoostingClassifier(
            max_iter=30, max_leaf_nodes=8, min_samples_leaf=10, max_bins=32, early_stopping=False
        )
    learner = clone(learner)
    if "random_state" in learner.get_params():
        learner.set_params(random_state=random_state)
    return learner


def _together(
    reference: np.ndarray, current: np.ndarray, least: int
) -> tuple[np.ndarray, np.ndarray]:
    """The rows of both, and a mask of shape (1, n + m) of the reference's."""
    both = [np.asarray(rows, dtype=float) for rows in (reference, current)]
    for name, rows in zip(("reference", "current"), both, strict=True):
        if rows.ndim != 2 or rows.shape[1] != both[0].shape[1]:
            raise ValueError(f"{name} has shape {rows.shape}: rows of the same columns are needed")
        if len(rows) < least:
            raise ValueError(f"{name} has {len(rows)} rows: at least {least} are needed")
        if not np.isfinite(rows).all():
            raise ValueError(f"{name} has missing or infinite values; Encoding puts numbers there")
    mask = np.arange(sum(map(len, both))) < len(both[0])
    return np.concatenate(both), mask[None, :]


def _median(apart: np.ndarray) -> float:
    median = float(np.median(apart))
    if median == 0 and (apart > 0).any():
        return float(apart[apart > 0].mean())
    return median or 1.0


def _sums(matrix: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each mask, sums of a symmetric matrix within it, from it to the rest, and in the rest."""
    ours = mask.astype(float)
    # one value without BLAS, whose last bits hang on the number of threads; many are only ranked
    products = np.einsum("ki,ij->kj", ours, matrix) if len(ours) == 1 else ours @ matrix
    within, across = (products * ours).sum(axis=1), (products * (1 - ours)).sum(axis=1)
    return within, across, matrix.sum() - within - 2 * across
