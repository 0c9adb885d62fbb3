"""Small tables of hindsight, and prices, drawn."""

import numpy as np
from hypothesis import strategies as st

from clsim.hindsight.losses import Table
from clsim.runs.ledger import Prices
from clsim.types import NEVER


@st.composite
def tables(draw, ticks=7, candidates=7):
    """Small whole losses, so that sums are exact and ties are common."""
    T = draw(st.integers(1, ticks))
    every = st.sets(st.integers(0, T - 1), max_size=min(candidates, T))
    trained = sorted(draw(every))
    m = len(trained) + 1
    wait = st.integers(0, 3)
    lag = draw(st.one_of(wait, st.lists(wait, min_size=m - 1, max_size=m - 1)))
    serves = np.minimum(np.array(trained, dtype=np.int64) + np.array(lag, dtype=np.int64), T)
    failed = draw(st.lists(st.sampled_from([False, False, False, True]), min_size=m, max_size=m))
    serves = np.append(np.where(failed[:-1], NEVER, serves), 0)
    rows = draw(st.lists(st.integers(1, 4), min_size=m - 1, max_size=m - 1))
    cells = draw(st.lists(st.integers(0, 6), min_size=m * T, max_size=m * T))
    loss = np.array(cells, dtype=float).reshape(m, T)
    loss[np.arange(T) < serves[:, None]] = np.nan
    if draw(st.booleans()):  # beyond a largest age nothing is known
        age = draw(st.integers(1, T))
        loss[:-1][np.arange(T) - serves[:-1, None] >= age] = np.nan
    n = draw(st.lists(st.integers(0, 6), min_size=T, max_size=T))
    return Table(loss, np.array([*trained, -1]), serves, np.array([*rows, 0]), np.array(n))


MONEY = st.builds(
    Prices,
    error=st.integers(1, 3),
    retraining=st.integers(0, 8),
    row=st.sampled_from([0, 0, 1, 2]),
)
