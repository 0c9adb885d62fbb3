"""Trainings as shared values.

A fit is named by how it came about: the way of training, its parent, and the rows. Strategies that
ask for the same fit get the same object; what nobody holds is gone.
"""

from __future__ import annotations

import hashlib
import pickle
import time
import weakref
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any

import numpy as np

from clsim.engine.filling import Coded
from clsim.engine.knowledge import Knowledge
from clsim.engine.limits import Limited, StruckError
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
    rows : str or None
        A digest of what it was trained on, once somebody asked for one.
    """

    def __init__(self, key: bytes, estimator: Any = None) -> None:
        self.key, self.estimator = key, estimator
        self.failure: str | None = None
        self.rows: str | None = None
        self.seconds = 0.0


class Fits:
    """All trainings of one replay, held weakly, and the seconds that they took.

    Attributes
    ----------
    count : int
        How many there were.
    keeps_globals : bool
        Whether strategies draw from the global generators, so that learners must not.
    keeps_rows : bool
        Whether runs keep the rows that each model learned.
    limited : Limited or None
        What trainings and predictions are made within; None: nothing is limited.
    """

    def __init__(
        self,
        timeline: Timeline,
        y: Coded | np.ndarray,
        learner: SklearnLearner | RiverLearner | None,
    ) -> None:
        self.timeline, self.learner = timeline, learner
        self.seconds, self.count, self.keeps_globals = 0.0, 0, False
        self.keeps_rows = False
        self.limited: Limited | None = None
        self._y = y
        self._checked: tuple[Rows, int, Any] = (np.empty(0, dtype=np.int64), -1, None)
        self._fits: weakref.WeakValueDictionary[bytes, Fit] = weakref.WeakValueDictionary()
        self._others: dict[bytes, SklearnLearner] = {}

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
        self, sample: Sample, how: How, parent: Fit | None, labels: np.ndarray | None = None,
        *, batch: int | None = None, frozen: tuple[str, ...] = (), learner: Any = None,
    ) -> Fit:  # fmt: skip
        """What training on labelled rows gives, from scratch or on from a parent.

        Parameters
        ----------
        sample : Sample
        how : {'fit', 'partial_fit', 'warm_start', 'refit'}
        parent : Fit or None
        labels : numpy.ndarray or None
            What is known of their labels, where that may be another time, or in another branch,
            something else; None: the truth.
        batch, frozen, learner
            As in `clsim.types.Recipe`.
        """
        name = hashlib.blake2b(how.encode(), digest_size=16)
        if batch or frozen:
            name.update(repr((batch, frozen)).encode())
        other, adapter = self._adapted(learner)
        name.update(other)
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
        if sample.counts is not None:
            name.update(b"counts" + sample.counts.tobytes())
        if sample.taught is not None:
            name.update(b"taught" + sample.taught.tobytes())
        key = name.digest()
        fit = self._fits.get(key)
        if fit is None:
            fit = self._fits[key] = Fit(key)
            given = self._given(sample, part, labels)
            train = partial(adapter.train, batch=batch, frozen=frozen)
            self._run(fit, train, given, how, parent)
        return fit

    def truth(self, rows: Rows) -> np.ndarray:
        """The labels of some rows."""
        return np.asarray(self._y[rows])

    def digest_of(self, rows: Rows) -> str:
        """A digest of the features and true labels of some rows."""
        X, y = self.timeline.X_at(rows), self.truth(rows)
        digest = hashlib.blake2b(repr(y.tolist()).encode(), digest_size=8)
        if isinstance(X, np.ndarray):
            digest.update(np.ascontiguousarray(X).tobytes())
        else:
            from pandas.util import hash_pandas_object

            digest.update(hash_pandas_object(X, index=False).to_numpy().tobytes())
        return digest.hexdigest()

    def prototype_of(self, learner: Any) -> Any:
        """What is copied for a training of another learner, or of the usual one (None)."""
        return self._adapted(learner)[1].prototype

    def _adapted(self, learner: Any) -> tuple[bytes, SklearnLearner | RiverLearner]:
        """A name of another learner by what it holds, and its adapter; no name of the usual one."""
        assert self.learner is not None
        if learner is None:
            return b"", self.learner
        assert isinstance(self.learner, SklearnLearner)
        try:
            held = pickle.dumps(learner)
        except Exception:  # then it is shared with nobody
            held = b"%d" % id(learner)
        name = hashlib.blake2b(held, digest_size=16).digest()
        if name not in self._others:
            self._others[name] = self.learner.another(learner)
        return name, self._others[name]

    def _given(self, sample: Sample, part: Any, labels: Any) -> tuple[Any, np.ndarray, Any]:
        """What the learner is given: features, labels, and weights."""
        y, weights, counts = labels, sample.weights, sample.counts
        if sample.taught is not None:
            part, y, weights = learned(sample.rows, sample.taught, self.timeline.schema.classes)
        elif counts is not None:
            part = np.repeat(sample.rows, counts)
            y = None if y is None else np.repeat(y, counts)
            weights = None if weights is None else np.repeat(weights, counts)
        return self.timeline.X_at(part), self._y[part] if y is None else y, weights

    def _run(
        self, fit: Fit, train: Any, given: tuple[Any, np.ndarray, Any], how: How, parent: Fit | None
    ) -> None:
        X, y, weights = given
        begin = time.perf_counter()
        try:
            with self.globals():
                before = None if parent is None else parent.estimator
                if self.limited is None:
                    fit.estimator = train(X, y, how, before, weights)
                else:
                    what = f"a training on {len(y):,} rows"
                    fit.estimator = self.limited(what, train, X, y, how, before, weights)
        except StruckError as error:
            if self.limited is None or not self.limited.counts:
                raise
            fit.failure = str(error)
        except Exception as error:  # failure is data: the champion goes on serving
            fit.failure = f"{type(error).__name__}: {error}".splitlines()[0]
        fit.seconds = time.perf_counter() - begin
        self.seconds += fit.seconds
        self.count += 1


def learned(
    rows: Rows, taught: np.ndarray, classes: np.ndarray
) -> tuple[Rows, np.ndarray, np.ndarray | None]:
    """Rows, labels and weights by which what a model taught is learned.

    Where it is sure of all rows, they have labels; else a row is there once for each class that has
    a chance, which is its weight.

    Examples
    --------
    >>> taught = np.array([[1.0, 0.0], [0.25, 0.75]])
    >>> [part.tolist() for part in learned(np.array([4, 7]), taught, np.array(["a", "b"]))]
    [[4, 7, 7], ['a', 'a', 'b'], [1.0, 0.25, 0.75]]
    """
    if taught.ndim == 1:
        return rows, taught, None
    if (taught.max(axis=1, initial=0) == 1).all():
        return rows, classes[taught.argmax(axis=1)], None
    place, code = np.nonzero(taught)
    return rows[place], classes[code], taught[place, code]
