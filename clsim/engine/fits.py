"""Trainings as shared values.

A fit is named by how it came about: the way of training, its parent, and the rows. Strategies that
ask for the same fit get the same object; what nobody holds is gone.
"""

from __future__ import annotations

import hashlib
import time
import weakref
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from clsim.engine.filling import Coded
from clsim.engine.knowledge import Knowledge
from clsim.engine.timeline import Timeline
from clsim.learners import RiverLearner, SklearnLearner
from clsim.randomness import globals_kept
from clsim.types import How, Rows, Sample


class Fit:
    """What a training gave.

    Attributes
    ----------
    key : bytes
        Its name.
    estimator : object
        None where there is none.
    failure : str or None
        Why the training gave no estimator.
    seconds : float
        Measured; they decide nothing.
    """

    def __init__(self, key: bytes, estimator: Any = None) -> None:
        self.key, self.estimator = key, estimator
        self.failure: str | None = None
        self.seconds = 0.0


class Fits:
    """All trainings of one replay, held weakly, and the seconds that they took.

    Attributes
    ----------
    count : int
        How many there were.
    keeps_globals : bool
        Whether strategies draw from the global generators, so that learners must not.
    """

    def __init__(
        self,
        timeline: Timeline,
        y: Coded | np.ndarray,
        learner: SklearnLearner | RiverLearner | None,
    ) -> None:
        self.timeline, self.learner = timeline, learner
        self.seconds, self.count, self.keeps_globals = 0.0, 0, False
        self._y = y
        self._checked: tuple[Rows, int, Any] = (np.empty(0, dtype=np.int64), -1, None)
        self._fits: weakref.WeakValueDictionary[bytes, Fit] = weakref.WeakValueDictionary()

    def globals(self) -> AbstractContextManager[None]:
        """A learner starts them anew; what a strategy draws must not depend on who is cached."""
        return globals_kept() if self.keeps_globals else nullcontext()

    def check_rows(self, rows: Rows, tick: int, knowledge: Knowledge) -> None:
        """Refuse rows that are not ascending, or cannot be trained on at a tick.

        Raises
        ------
        LookupError, TypeError, ValueError
        """
        asked = self._checked
        if asked[0] is rows and asked[1:] == (tick, knowledge.key) and not rows.flags.writeable:
            return  # the rows that another strategy asked for
        if not isinstance(rows, np.ndarray) or rows.dtype.kind not in "iu" or rows.ndim != 1:
            raise TypeError(f"dataset: rows must be an array of whole numbers, not {rows!r}")
        if len(rows) and (rows[0] < 0 or rows[-1] >= self.timeline.n):
            raise ValueError(
                f"dataset: rows must lie between 0 and {self.timeline.n - 1}, the last"
            )
        if not (rows[1:] > rows[:-1]).all():
            raise ValueError("dataset: rows must be ascending, and each at most once")
        knowledge.check_training(rows, tick)
        self._checked = rows, tick, knowledge.key

    def fit(
        self, sample: Sample, how: How, parent: Fit | None, labels: np.ndarray | None = None
    ) -> Fit:
        """What training on labelled rows gives, from scratch or on from a parent.

        Parameters
        ----------
        sample : Sample
        how : {'fit', 'partial_fit', 'warm_start'}
        parent : Fit or None
        labels : numpy.ndarray or None
            What is known of their labels, where that may be another time, or in another branch,
            something else; None: the truth.
        """
        name = hashlib.blake2b(how.encode(), digest_size=16)
        name.update(parent.key if parent is not None else b"scratch")
        rows, weights = sample.rows, sample.weights
        part: Any = rows
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):  # they are ascending
            part = slice(int(rows[0]), int(rows[-1]) + 1)
            name.update(b"%d:%d" % (part.start, part.stop))
        else:
            name.update(rows.tobytes())
        if labels is not None:
            name.update(labels.tobytes())
        if weights is not None:
            name.update(b"weights" + weights.tobytes())
        key = name.digest()
        fit = self._fits.get(key)
        if fit is None:
            fit = self._fits[key] = Fit(key)
            self._run(fit, part, weights, how, parent, labels)
        return fit

    def _run(
        self, fit: Fit, part: Any, weights: Any, how: How, parent: Fit | None, labels: Any
    ) -> None:
        assert self.learner is not None
        X, y = self.timeline.X_at(part), self._y[part] if labels is None else labels
        begin = time.perf_counter()
        try:
            with self.globals():
                fit.estimator = self.learner.train(
                    X, y, how, None if parent is None else parent.estimator, weights
                )
        except Exception as error:  # failure is data: the champion goes on serving
            fit.failure = f"{type(error).__name__}: {error}".splitlines()[0]
        fit.seconds = time.perf_counter() - begin
        self.seconds += fit.seconds
        self.count += 1
