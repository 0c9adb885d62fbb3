"""A rise of a mean loss, taken apart exactly over cells that hold every label once."""

from __future__ import annotations

import numpy as np
import pandas as pd


def taken_apart(counts: np.ndarray, lost: np.ndarray) -> pd.DataFrame:
    """What each cell contributes to the change of a mean loss.

    With w the share of a cell in all labels and l its mean loss, the mean loss changes by

        sum of  ½ (w + w') (l' - l)  +  (w' - w) (½ (l + l') - m)

    the cell got worse, and it became more frequent, m being the mean of the two mean losses of all.
    The sum is exact, for any m (Kitagawa, Journal of the American Statistical Association 1955).

    Parameters
    ----------
    counts, lost : numpy.ndarray of shape (2, cells)
        Number of labels, and the sum of their losses, before and now; labels on either side.

    Returns
    -------
    pandas.DataFrame
        One row per cell: reference_n, n, reference_loss, loss (NaN without labels), worse,
        more_frequent, contribution (their sum) and share (of the change; NaN if there is none).

    Examples
    --------
    Two cells: .1 of 50 and .2 of 50 labels, then .1 of 20 and .55 of 80.

    >>> found = taken_apart(np.array([[50, 50], [20, 80]]), np.array([[5, 10], [2, 44]]))
    >>> found["contribution"].round(4).tolist()
    [0.0615, 0.2485]
    """
    losses = np.divide(lost, counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    before, now = lost.sum(axis=1) / counts.sum(axis=1)
    weights = counts / counts.sum(axis=1, keepdims=True)
    # a cell that is on one side alone did not get worse: all that it does is to come, or to go
    filled = np.where(np.isnan(losses), losses[::-1], losses)
    worse = weights.sum(axis=0) / 2 * (filled[1] - filled[0])
    frequent = (weights[1] - weights[0]) * (filled.sum(axis=0) / 2 - (before + now) / 2)
    contribution, total = worse + frequent, now - before
    return pd.DataFrame({
        "reference_n": counts[0].astype(np.int64), "n": counts[1].astype(np.int64),
        "reference_loss": losses[0], "loss": losses[1],
        "worse": worse, "more_frequent": frequent, "contribution": contribution,
        "share": contribution / total if total else np.nan,
    })  # fmt: skip
