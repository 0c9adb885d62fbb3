"""A model of a run, trained again from the stream and the record."""

from __future__ import annotations

import copy
import json
import warnings
from typing import Any

import numpy as np
import pandas as pd

from clsim.engine.binding import bind_learner, bind_loss
from clsim.engine.fits import Fit, Fits
from clsim.engine.labels import Labels
from clsim.engine.models import one_thread
from clsim.engine.register import digest_of_rows
from clsim.engine.repairs import Mended, mended_by
from clsim.engine.restarts import Restarts
from clsim.engine.timeline import Timeline
from clsim.errors import unknown
from clsim.learners import RiverLearner, settings_of
from clsim.protocols import Stream, as_stream
from clsim.randomness import globals_kept
from clsim.runs.run import Run, versions
from clsim.runs.schema import chance_columns
from clsim.strategy.strategy import Strategy
from clsim.types import Sample


def trained_again(
    run: Run, model: int, stream: Stream, learner: Any, strategy: Strategy | None = None
) -> Any:
    """A model of a run, trained again: see `clsim.rebuild`."""
    stream = mended_by(as_stream(stream), _mended(run), run.info.seed)
    with one_thread(), globals_kept():
        rebuilding = _Rebuilding(run, model, stream, learner, strategy)
        fit = rebuilding.fit(model)
        if fit.failure is not None:
            raise ValueError(f"model={model}: its training failed, as in the run: {fit.failure}")
        return rebuilding.learned(model, fit)


def _mended(run: Run) -> Mended:
    """The repairs that ended something: from there on rows are not those of the stream as given."""
    events = run.events[(run.events["kind"] == "repair") & run.events["accepted"].fillna(False)]
    called, takes = (events[name].to_numpy().astype(np.int64) for name in ("time", "duration"))
    return tuple(zip(called.tolist(), (called + takes).tolist(), strict=True))


class _Rebuilding:
    """The trainings of one run once more, as far as they are asked for."""

    def __init__(
        self, run: Run, model: int, stream: Stream, learner: Any, strategy: Strategy | None
    ) -> None:
        models, lessons = run.models, run.lessons
        if models is None:
            raise ValueError("run: no model was trained in it")
        numbers = models["model"].tolist()
        if model not in numbers:
            raise ValueError(f"model={model!r}: {unknown('model', model, map(str, numbers))}")
        if lessons is None:
            raise ValueError(
                "run: the rows of its models were not kept; replay it with record='lineage'"
            )
        now = versions()
        other = [f"{name} {then} (now {now.get(name, 'missing')})"
                 for name, then in run.info.versions.items() if now.get(name) != then]  # fmt: skip
        if other:
            warnings.warn(
                f"rebuild: the run was made with {', '.join(other)}; last bits may differ",
                RuntimeWarning, stacklevel=4,
            )  # fmt: skip
        self._models: dict[int, dict[str, Any]] = {}
        for said in models.to_dict("records"):
            self._models[said["model"]] = {str(key): value for key, value in said.items()}
        own = lessons.groupby("model").indices
        self._lessons = {number: lessons.iloc[own.get(number, [])] for number in numbers}
        self._timeline = Timeline(stream, seed=run.info.seed, tick=1)
        schema = self._timeline.schema
        if schema.classes.tolist() != list(run.info.classes):
            raise ValueError("stream: has other classes than the run's")
        loss = bind_loss("log" if run.info.loss == "log" else None, "skip", schema)
        adapted = bind_learner(learner, loss, schema, run.info.seed)
        labels = Labels(self._timeline, None)
        self._fits = Fits(self._timeline, labels.y, adapted)
        others = [None]
        for one in [] if strategy is None else strategy.each.values():
            others += Restarts(one, run.info.seed).strategy.training.others
        self._learners = {settings_of(self._fits.prototype_of(one)): one for one in others}
        self._chances = list(chance_columns(run.info.classes)) if run.info.probabilities else []
        self._labels = np.dtype(run.info.labels)
        self._made: dict[int, Fit] = {}

    def fit(self, model: int) -> Fit:
        """The training of a model, after those that it goes on from."""
        if model in self._made:
            return self._made[model]
        said = self._models[model]
        recipe = json.loads(said["recipe"])
        learner = self._learner(model, said["learner"])
        parent = None
        line = [model]  # from the first ancestor on, so that no chain is too long
        while line[-1] not in self._made:
            before = json.loads(self._models[line[-1]]["recipe"]).get("from")
            if before is None:
                break
            line.append(before)
        for ancestor in reversed(line[1:]):
            parent = self.fit(ancestor)
        sample, labels = self._sample(model, said, recipe)
        fit = self._made[model] = self._fits.fit(
            sample, recipe["how"], parent, labels, batch=recipe.get("batch"),
            frozen=tuple(recipe.get("frozen", ())), learner=learner,
        )  # fmt: skip
        return fit

    def _learner(self, model: int, settings: str) -> Any:
        if settings in self._learners:
            return self._learners[settings]
        raise ValueError(
            f"learner: model {model} was trained by {settings}, and these are given: "
            f"{'; '.join(self._learners)}"
        )

    def _sample(
        self, model: int, said: dict[str, Any], recipe: dict[str, Any]
    ) -> tuple[Sample, np.ndarray | None]:
        """What a model was trained on, if it is still what it was; and its labels."""
        own = self._lessons[model]
        own = own[own["learned"].isna()]
        rows = own["id"].to_numpy(dtype=np.int64)
        if len(rows) != said["rows"] or digest_of_rows(rows) != said["digest"]:
            raise ValueError(f"model={model}: its rows are not those that its digest is of")
        if len(rows) and rows[-1] >= self._timeline.n:
            raise ValueError(
                f"stream: has {self._timeline.n} rows, and model {model} learned row {rows[-1]}"
            )
        if self._fits.digest_of(rows) != said["data"]:
            raise ValueError(
                f"stream: the data of the rows of model {model} have changed since it was trained"
            )
        y = self._read(own)
        weights = None if pd.isna(said["weights"]) else own["weight"].to_numpy(dtype=float)
        counts = own["times"].to_numpy(dtype=np.int64) if "counts" in recipe else None
        taught = None
        kind = recipe.get("taught")
        if kind == "values":
            taught = y.astype(float)
        elif kind == "classes":
            codes = self._timeline.schema.codes(y)
            taught = np.eye(len(self._timeline.schema.classes))[codes]
        elif kind == "chances":
            taught = own[self._chances].to_numpy(dtype=float)
        return Sample(rows, weights, counts, taught), None if taught is not None else y

    def _read(self, own: pd.DataFrame) -> np.ndarray:
        return np.array(own["y"].tolist(), dtype=self._labels)

    def learned(self, model: int, fit: Fit) -> Any:
        """The estimator; of a model that learned row by row, as it was when it last answered."""
        later = self._lessons[model]
        later = later[later["learned"].notna()]
        learner = self._fits.learner
        if later.empty or not isinstance(learner, RiverLearner):
            return fit.estimator
        estimator = copy.deepcopy(fit.estimator)
        X = self._timeline.X_of(later["id"].to_numpy(dtype=np.int64))
        learner.begin()
        for x, y in learner.lessons(X, self._read(later)):
            estimator.learn_one(x, y)
        learner.end()
        return estimator
