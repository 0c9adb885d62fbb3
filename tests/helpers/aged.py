"""Tables whose losses are a function of the age of the model and of the tick."""

import numpy as np

from clsim.hindsight.losses import Table

N = 100


def table(rate, ticks=60, *, candidates=None, duration=0, largest_age=None, rows=10, n=N):
    """A table whose loss per event is a function of age and tick."""
    trained = np.arange(ticks) if candidates is None else np.asarray(candidates)
    trained = np.append(trained, -1)
    serves = np.append(trained[:-1] + duration, 0)
    j = np.arange(ticks)
    age = j - trained[:, None]
    n = np.broadcast_to(n, ticks).astype(np.int64)
    loss = n * rate(age, j) * np.ones_like(age)
    loss[j < serves[:, None]] = np.nan
    if largest_age is not None:
        loss[:-1][age[:-1] > largest_age] = np.nan
    return Table(loss, trained, serves, np.append(np.full(len(trained) - 1, rows), 0), n)


def wave(j):
    return 0.3 + 0.2 * np.sin(j / 5.0)
