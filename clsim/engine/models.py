"""Predictions as shared values: what the models of a replay answer, or how likely each class is.

Strategies that ask for the same model get the same object; what nobody holds is gone.
"""

from __future__ import annotations

import copy
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Hashable
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np

from clsim.engine.fits import Fit, Fits
from clsim.engine.knowledge import Knowledge
from clsim.engine.lessons import lessons
from clsim.engine.outputs import Outputs
from clsim.learners import STRANGE, RiverLearner, SklearnLearner
from clsim.losses import Loss
from clsim.strategy.strategy import Strategy
from clsim.types import NEVER, SUM_OF_CHANCES, How, Rows, Sample

ALIGN = 64
"""Predictions are made for whole blocks of so many rows of the stream, since BLAS may give the
last rows of a call other last bits."""

AHEAD = 32
"""Blocks at most that are answered ahead of being asked for: being called costs a quick learner
about as much as so many rows."""

CHUNK = 256
"""Blocks in one call, so that what a learner allocates stays small."""

STRETCH = 4_096
"""Rows that an online model turns into dicts at a time."""


def one_thread() -> Any:
    """A context in which libraries compute in one thread, so that bits do not hang on the number.

    The thread pools are looked for again when modules were imported.
    """
    return _thread_pools(len(sys.modules)).limit(limits=1)


@lru_cache(maxsize=1)
def _thread_pools(modules: int) -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


Write = Callable[[Any, int, np.ndarray], None]
"""Takes a model's output for consecutive rows, from a first row on."""


class Model:
    """A trained model, and the predictions that were asked of it so far.

    Predictions that nobody looks at yet are owed until the last strategy that serves the model
    leaves it, and then made in one call.
    """

    def __init__(self, models: Models, fit: Fit) -> None:
        self.fit = fit
        self._models = models
        self._output: Outputs | None = None
        self._asked: Model | None = None  # the same estimator, asked for probabilities
        self._servers = 0
        self._owed: list[tuple[int, int, Write]] = []
        self._ahead = 0  # blocks that the next call may take ahead

    @property
    def fits(self) -> Fits:
        """The trainings of its replay."""
        return self._models.fits

    @property
    def key(self) -> Hashable:
        """Equal for models that answer alike; None: nobody knows."""
        return self.fit.key

    def join(self) -> None:
        """Begin to serve one more strategy."""
        self._servers += 1

    def leave(self) -> None:
        """End serving one strategy; the last one to leave has all that is owed made."""
        self._servers -= 1
        if self._servers == 0:
            self.settle()

    def owe(self, first: int, stop: int, write: Write) -> None:
        """Note that predictions for consecutive rows are to be made, and who takes them."""
        self._owed.append((first, stop, write))

    def settle(self) -> None:
        """Make all predictions that are owed."""
        if not self._owed:
            return
        owed, self._owed = self._owed, []
        begin, end = min(first for first, _, _ in owed), max(stop for _, stop, _ in owed)
        output = self.output(begin, end)
        for first, stop, write in owed:
            write(self, first, output[first - begin : stop - begin])

    def output(self, first: int, stop: int) -> np.ndarray:
        """Class codes, values or probabilities for consecutive rows of the stream."""
        low, high = first // ALIGN, -(-stop // ALIGN)
        ready = self._ready()[low:high]
        if not ready.all():
            self._predict(low + np.flatnonzero(~ready))
        assert self._output is not None
        return self._output.of(first, stop)

    def going_on(self, first: int, stop: int) -> np.ndarray:
        """The same for one who will ask for the rows that follow too.

        Some of those are answered in the same call: as many as were asked for before, so that calls
        double in length, and no more answers are for nobody than for somebody.
        """
        low, high = first // ALIGN, -(-stop // ALIGN)
        if self._models.looks_ahead and not self._ready()[low:high].all():
            until = max(high, min(high + self._ahead, low + CHUNK, len(self._done)))
            if until > high and not self._look_ahead(low, until):
                until, self._ahead = high, -AHEAD  # not again for a while
            self._ahead = min(AHEAD, self._ahead + until - low)
        return self.output(first, stop)

    def _look_ahead(self, low: int, high: int) -> bool:
        """Predict for blocks that are not all asked for, unless it fails for some row of them."""
        blocks = low + np.flatnonzero(~self._done[low:high])
        low, high = int(blocks[0]), int(blocks[-1]) + 1
        if high - low > len(blocks):
            return False
        rows = slice(low * ALIGN, min(high * ALIGN, self._models.timeline.n))
        output = self._models.tried(self.fit.estimator, rows)
        if output is None:
            return False
        assert self._output is not None
        self._output.write(rows, output)
        self._done[low:high] = True
        return True

    def chances(self, first: int, stop: int) -> np.ndarray:
        """Probabilities of the classes for consecutive rows, where `Models` asks for them.

        Answers do not hang on them: they are asked for in calls of their own.
        """
        return self._for_chances().output(first, stop)

    def chances_of(self, rows: Rows) -> np.ndarray:
        """The same for any rows."""
        return self._for_chances().output_of(rows)

    def _for_chances(self) -> Model:
        """The same estimator as it is asked for probabilities."""
        apart = self._models.chances
        assert apart is not None
        if apart is self._models:
            return self
        if self._asked is None:
            self._asked = apart.of(self.fit)
        return self._asked

    def forget(self) -> None:
        """Drop the predictions that nobody is owed any more; they can be made again."""
        if self._servers == 0 and not self._owed:
            self._output = self._asked = None

    def output_of(self, rows: Rows) -> np.ndarray:
        """The same for any rows."""
        ready = self._ready()
        wanted = np.zeros(len(ready), dtype=bool)
        wanted[rows // ALIGN] = True
        self._predict(np.flatnonzero(wanted & ~ready))
        assert self._output is not None
        return self._output.take(rows)

    def output_to(self, X: Any) -> np.ndarray:
        """The same for features that are of no row, in blocks of their own."""
        whole = isinstance(X, np.ndarray)
        n, parts = len(X), []
        for low in range(0, n, ALIGN):
            places = np.minimum(np.arange(low, low + ALIGN), n - 1)
            part = X[places] if whole else X.iloc[places]
            parts.append(self._output_of_block(part, places)[: n - low])
        return np.concatenate(parts) if parts else self._models.empty_output(0)

    def _output_of_block(self, X: Any, places: np.ndarray) -> np.ndarray:
        """Of a block that fails, the rows one by one; those that fail alone have no answer."""
        models = self._models
        try:
            return models.predict(self.fit.estimator, X, places)
        except Exception as error:
            if len(np.unique(places)) == 1:
                models.warn_unanswered(int(places[0]), error)
                output = models.empty_output(len(places))
                output[:] = models.no_answer
                return output
            each = []
            for row in range(len(places)):
                same = np.full(len(places), row)
                part = X[same] if isinstance(X, np.ndarray) else X.iloc[same]
                each.append(self._output_of_block(part, places[same])[:1])
            return np.concatenate(each)

    def chances_to(self, X: Any) -> np.ndarray:
        """Probabilities of the classes for features that are of no row."""
        return self._for_chances().output_to(X)

    def _ready(self) -> np.ndarray:
        if self._output is None:
            n = self._models.timeline.n
            self._output = Outputs(n, self._models.empty_output)
            self._done = np.zeros(-(-n // ALIGN), dtype=bool)
        return self._done

    def _predict(self, blocks: np.ndarray) -> None:
        for begin in range(0, len(blocks), CHUNK):
            self._predict_chunk(blocks[begin : begin + CHUNK])

    def _predict_chunk(self, blocks: np.ndarray) -> None:
        assert self._output is not None
        timeline = self._models.timeline
        if blocks[-1] - blocks[0] + 1 == len(blocks):
            part: Any = slice(
                int(blocks[0]) * ALIGN, min(timeline.n, (int(blocks[-1]) + 1) * ALIGN)
            )
            X = timeline.X_at(part)
        else:
            part = (blocks[:, None] * ALIGN + np.arange(ALIGN)).ravel()
            part = part[part < timeline.n]
            X = timeline.X_of(part)
        try:
            self._output.write(part, self._models.predict(self.fit.estimator, X, part))
        except Exception as error:
            if len(blocks) > 1:
                for block in blocks:
                    self._predict_chunk(np.array([block]))
            else:
                self._predict_others(np.arange(timeline.n)[part], error)
        self._done[blocks] = True

    def _predict_others(self, rows: Rows, failure: Exception) -> None:
        """A block that fails: its failing rows stay unanswered, and the others are asked again.

        Each row is tried in a call of its own that is as long as the block; then the block is asked
        with a row that does not fail in the place of those that do. So the others have the bits
        that they would have beside any neighbours.
        """
        assert self._output is not None
        models = self._models
        fails = np.array([self._fails(np.full(len(rows), row)) for row in rows])
        output = models.empty_output(len(rows))
        output[:] = models.no_answer
        self._output.write(rows, output)
        if fails.any():
            models.warn_unanswered(int(rows[fails][0]), failure)
        if fails.all():
            return
        asked = np.where(fails, rows[~fails][0], rows)
        try:
            output = models.predict(self.fit.estimator, models.timeline.X_of(asked), asked)
        except Exception as error:  # alone they do not fail
            models.warn_unanswered(int(rows[0]), error)
            return
        self._output.write(rows[~fails], output[~fails])

    def _fails(self, rows: Rows) -> bool:
        try:
            self._models.predict(self.fit.estimator, self._models.timeline.X_of(rows), rows)
        except Exception:
            return True
        return False


class RowByRowModel:
    """A model that goes on learning, row by row, while it serves.

    At each tick before ``until`` it learns the labels that arrived in that tick, in event order;
    then it predicts the tick's events.
    """

    def __init__(
        self, models: Models, base: Model, trained: int, knowledge: Knowledge, until: int
    ) -> None:
        assert isinstance(models.learner, RiverLearner)
        self.base, self.until = base, until
        self._knowledge, self._models, self._learner = knowledge, models, models.learner
        self._model = copy.deepcopy(base.fit.estimator)
        self._start = self._next = max(trained, 0)
        self._output = models.room_for_all()
        apart = models.chances
        self._chances: np.ndarray | None = None
        if apart is not None and apart is not models and apart.learner is not None:
            self._chances = apart.room_for_all()

    def join(self) -> None:
        """Nothing to note: who serves it asks for its predictions at once."""

    def leave(self) -> None:
        """Nothing is owed."""

    def settle(self) -> None:
        """Nothing is owed."""

    def owe(self, first: int, stop: int, write: Write) -> None:
        """Make predictions at once: it goes on learning."""
        write(self, first, self.output(first, stop))

    def follow(self, knowledge: Knowledge) -> None:
        """Learn on from what has become of the world."""
        self._knowledge = knowledge

    def fork(self, knowledge: Knowledge) -> RowByRowModel:
        """A model that has learned the same, and goes on in a branch of the world."""
        other = copy.copy(self)
        other._knowledge, other._model = knowledge, copy.deepcopy(self._model)
        other._output = self._output.copy()
        other._chances = None if self._chances is None else self._chances.copy()
        return other

    def output(self, first: int, stop: int) -> np.ndarray:
        """Predictions for served rows, as the model stood in the tick of each."""
        timeline = self._knowledge.timeline
        until = int(timeline.ticks_of(stop - 1)) if stop > first else -1
        begin = time.perf_counter()
        while self._next <= until:
            # a stretch of ticks at a time, so that rows become dicts in one go
            near = np.searchsorted(timeline.first, timeline.first[self._next] + STRETCH)
            last = min(until, max(self._next, int(near) - 1))
            with self._models.fits.globals():
                self._serve(self._next, last)
            self._next = last + 1
        self._models.predict_seconds += time.perf_counter() - begin
        return self._output[first:stop]

    def going_on(self, first: int, stop: int) -> np.ndarray:
        """The same: it must learn before it can look ahead."""
        return self.output(first, stop)

    def chances(self, first: int, stop: int) -> np.ndarray:
        """Probabilities of the classes for rows that were served, as the model then stood."""
        return (self._output if self._chances is None else self._chances)[first:stop]

    def learned(self, last: int) -> tuple[Rows, np.ndarray, np.ndarray]:
        """What it has learned while it served, up to a tick: rows, labels, and the tick of each."""
        return lessons(self._knowledge, self._start, max(self._start, min(last, self.until - 1)))

    def _serve(self, tick: int, last: int) -> None:
        timeline, learner, model = self._knowledge.timeline, self._learner, self._model
        low, high = int(timeline.first[tick]), int(timeline.first[last + 1])
        # labels that had arrived when the model was trained are no lessons
        after = tick if tick == self._start else tick - 1
        rows, labels, ticks = lessons(self._knowledge, after, max(after, min(last, self.until - 1)))
        arrived = np.bincount(ticks - tick, minlength=last - tick + 1)
        taught = learner.lessons(timeline.X_of(rows), labels)
        questions = learner.dicts(timeline.X_at(slice(low, high)))
        learn, predict = model.learn_one, learner.asked(model)
        answers, chances, apart = [], [], self._models.chances
        likely = None
        if self._chances is not None and apart is not None:
            likely = apart.asked_for_one(model)
        learner.begin()
        asked = np.diff(timeline.first[tick : last + 2])
        for n_lessons, n_questions in zip(arrived.tolist(), asked.tolist(), strict=True):
            for x, y in islice(taught, n_lessons):
                learn(x, y)
            for x in islice(questions, n_questions):
                answers.append(predict(x))
                if likely is not None:
                    chances.append(likely(x))
        learner.end()
        self._output[low:high] = self._models.checked(answers, model, slice(low, high))
        if self._chances is not None and apart is not None:
            self._chances[low:high] = apart.checked(chances, model, slice(low, high))


class Models:
    """All models of one replay, as they are asked for answers, or for probabilities.

    Parameters
    ----------
    fits : Fits
        The trainings that they are of.
    learner : SklearnLearner, RiverLearner or None
        As it is asked; None where no strategy has a learner.
    loss : Loss
    likely : bool
        Whether they are asked for probabilities.
    serves : bool, default=True
        Whether answers are made of what they are asked; else it is recorded alone.

    Attributes
    ----------
    chances : Models or None
        Those through which probabilities are recorded; itself, if it asks for them anyway. None:
        nobody wants them.
    looks_ahead : bool
        Whether rows may be answered before their time; not where what is to come hangs on answers.
    """

    chances: Models | None = None
    looks_ahead = False

    def __init__(
        self,
        fits: Fits,
        learner: SklearnLearner | RiverLearner | None,
        loss: Loss,
        likely: bool,
        serves: bool = True,
    ) -> None:
        self.fits, self.timeline = fits, fits.timeline
        self.learner, self.loss, self.likely, self.serves = learner, loss, likely, serves
        self.predict_seconds = 0.0
        self._warned = False
        self._models: weakref.WeakValueDictionary[bytes, Model] = weakref.WeakValueDictionary()
        self._row_by_row: weakref.WeakValueDictionary[Any, RowByRowModel] = (
            weakref.WeakValueDictionary()
        )

    def records(self, strategy: Strategy) -> bool:
        """Whether probabilities are recorded of a strategy: they are wanted, and it has them."""
        if self.chances is None:
            return False
        if strategy.trains:
            return self.chances.learner is not None
        return self.likely or strategy.has_chances(self.timeline.schema)

    def of(self, fit: Fit) -> Model:
        """The model of a training."""
        model = self._models.get(fit.key)
        if model is None:
            model = self._models[fit.key] = Model(self, fit)
        return model

    def train(
        self, sample: Sample, how: How, parent: Model | None, labels: np.ndarray | None = None,
        **more: Any,
    ) -> Model:  # fmt: skip
        """The model trained on labelled rows, from scratch or on from a parent: see `Fits.fit`."""
        before = None if parent is None else parent.fit
        return self.of(self.fits.fit(sample, how, before, labels, **more))

    def empty_output(self, n: int) -> np.ndarray:
        """Room for a learner's output for n rows."""
        if self.likely:
            return np.empty((n, self.loss.n_classes))
        return np.empty(n, dtype=self.loss.answer_dtype)

    def room_for_all(self) -> np.ndarray:
        """Room for a learner's output for all rows of the stream, where other columns lie."""
        empty = self.empty_output(0)
        return self.timeline.room.empty((self.timeline.n, *empty.shape[1:]), empty.dtype)

    @property
    def no_answer(self) -> float:
        """What a learner's output holds where there is no prediction."""
        return np.nan if self.likely else self.loss.unanswered

    def predict(self, estimator: Any, X: Any, rows: Any) -> np.ndarray:
        """What the learner answers for some rows; its seconds are added up.

        Raises
        ------
        Exception
            Whatever the learner raises, and ``ValueError`` if it does not give an answer for each.
        """
        return self.checked(self._ask(estimator, X), estimator, rows)

    def tried(self, estimator: Any, rows: slice) -> np.ndarray | None:
        """The same for consecutive rows; None, and no warning, if there is not one for each."""
        try:
            answers = self._ask(estimator, self.timeline.X_at(rows))
            output, strange = self._read(answers, estimator, rows.stop - rows.start)
        except Exception:
            return None
        return None if strange.any() else output

    def _ask(self, estimator: Any, X: Any) -> Any:
        assert self.learner is not None
        begin = time.perf_counter()
        try:
            with self.fits.globals():
                if self.fits.limited is None:
                    return self.learner.answers(estimator, X)
                what = f"a prediction for {len(X):,} rows"
                return self.fits.limited(what, self.learner.answers, estimator, X)
        finally:
            self.predict_seconds += time.perf_counter() - begin

    def checked(self, answers: Any, estimator: Any, rows: Any) -> np.ndarray:
        """Answers as codes, values or probabilities; what is none of them is no prediction.

        Raises
        ------
        ValueError
            If there is not one for each row.
        """
        n = rows.stop - rows.start if isinstance(rows, slice) else len(rows)
        output, strange = self._read(answers, estimator, n)
        if strange.any():
            output = output.copy()
            output[strange] = self.no_answer
            place = int(np.flatnonzero(strange)[0])
            row = place + rows.start if isinstance(rows, slice) else int(rows[place])
            self.warn_unanswered(row, self._strange(answers[place]))
        return output

    def _read(self, answers: Any, estimator: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Answers to n rows as codes, values or probabilities, and which of them are none."""
        assert self.learner is not None
        output = self.learner.encode(answers, estimator)
        shape = (n, self.loss.n_classes) if self.likely else (n,)
        if output.shape != shape:
            raise ValueError(f"its answers have the shape {output.shape}, not {shape}")
        if self.likely:
            return output, _no_chances(output)
        return output, output == STRANGE if self.loss.n_classes else np.isinf(output)

    def _strange(self, answer: Any) -> Exception:
        """Why an answer is no prediction."""
        answer = answer.tolist() if isinstance(answer, (np.ndarray, np.generic)) else answer
        if self.likely:
            return ValueError(f"{answer} are no probabilities")
        if not self.loss.n_classes:
            return ValueError(f"{answer} is no number")
        return ValueError(f"{answer!r} is none of the classes ({self.timeline.schema.listed})")

    def warn_unanswered(self, row: int, failure: Exception) -> None:
        """Say once that the learner cannot answer for some rows."""
        if not self._warned:
            reason = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
            said = f"no prediction for row {row}, and maybe others, which stay unanswered"
            if not self.serves:
                said = "no probabilities for some rows, which metrics of probabilities leave out"
            warnings.warn(f"learner: {said}: {reason}", RuntimeWarning, stacklevel=2)
        self._warned = True

    def row_by_row(
        self, base: Model, trained: int, knowledge: Knowledge, until: int = NEVER
    ) -> RowByRowModel:
        """The model that goes on learning from what arrives after one tick and before another."""
        name = base.fit.key, trained, knowledge.key, until
        model = self._row_by_row.get(name)
        if model is None:
            model = self._row_by_row[name] = RowByRowModel(self, base, trained, knowledge, until)
        return model

    def asked_for_one(self, model: Any) -> Callable[[Any], Any]:
        """What gives the probabilities of one row; None where the model cannot."""
        assert isinstance(self.learner, RiverLearner)
        ask = self.learner.asked(model)

        def chances(x: Any) -> Any:
            try:
                return ask(x)
            except Exception as error:  # it answers all the same
                self.warn_unanswered(-1, error)
                return None

        return chances


def _no_chances(output: np.ndarray) -> np.ndarray:
    """Rows that are no probabilities, but for those that are missing as a whole."""
    # of few columns the sum is the same to the bit, and much faster one column after the other
    first, *others = output.T
    total = sum(others, first) if len(others) < 7 else output.sum(axis=1)
    with np.errstate(invalid="ignore"):
        right, each = np.abs(total - 1) <= SUM_OF_CHANCES, output >= 0
    if right.all() and each.all():  # as a rule
        return np.asarray(~right)
    right &= each.all(axis=1)
    return ~right & ~np.isnan(output).all(axis=1)
